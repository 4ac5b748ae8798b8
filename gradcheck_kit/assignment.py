"""An assignment's own words: titles, order, needs and hints, from ``assignment.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.i18n import SOURCE_LANGUAGE

FILE_NAME = "assignment.toml"


@dataclass(frozen=True, slots=True)
class Task:
    """What an assignment says of one function.

    Parameters
    ----------
    name : str
        ``network.forward``.
    needs : tuple of str
        The functions that come first.
    title : mapping
        By language.
    hints : mapping
        By language, climbing: a question, the rule, the first step.
    """

    name: str
    needs: tuple[str, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def hints_in(self, language: str) -> tuple[str, ...]:
        """Return the hints in `language`, else in English."""
        return self.hints.get(language) or self.hints.get(SOURCE_LANGUAGE, ())


@dataclass(frozen=True, slots=True)
class Assignment:
    """The metadata of a folder of exercises.

    Parameters
    ----------
    id : str
        Names it in results.
    title : mapping
        By language.
    language : str or None
        What ``gradcheck-kit init`` was asked for.
    tasks : mapping
        Task by function name, in the order in which to solve them.
    """

    id: str
    title: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    tasks: Mapping[str, Task] = field(default_factory=dict)

    def title_in(self, language: str) -> str:
        """Return the title in `language`, else in English, else the id."""
        return self.title.get(language) or self.title.get(SOURCE_LANGUAGE) or self.id

    def first_hint(self, function: str, language: str) -> str:
        """Return the first hint of a function, or ""."""
        task = self.tasks.get(function)
        hints = task.hints_in(language) if task else ()
        return hints[0] if hints else ""


@cache
def read_assignment(folder: Path) -> Assignment:
    """Return what ``assignment.toml`` in `folder` says; a folder without one is fine.

    Raises
    ------
    GradcheckError
        If the file is no valid TOML or lacks something.
    """
    path = folder / FILE_NAME
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Assignment(folder.name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GradcheckError(f"{path} cannot be read: {error}") from None
    try:
        return Assignment(
            id=str(data.get("id", folder.name)),
            title=dict(data.get("title", {})),
            language=data.get("language"),
            tasks={entry["name"]: _task(entry) for entry in data.get("functions", ())},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise GradcheckError(
            f"{path}: an entry under [[functions]] is incomplete ({error}); "
            "each needs name, title and hints"
        ) from None


def _task(entry: Mapping[str, Any]) -> Task:
    return Task(
        name=entry["name"],
        needs=tuple(entry.get("needs", ())),
        title=dict(entry.get("title", {})),
        hints={language: tuple(texts) for language, texts in entry.get("hints", {}).items()},
    )
