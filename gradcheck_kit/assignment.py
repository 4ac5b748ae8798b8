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
    packages : tuple of str
        Installed packages that learners may import when they are graded in the strict sandbox.
    """

    id: str
    title: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    tasks: Mapping[str, Task] = field(default_factory=dict)
    packages: tuple[str, ...] = ()

    def title_in(self, language: str) -> str:
        """Return the title in `language`, else in English, else the id."""
        return self.title.get(language) or self.title.get(SOURCE_LANGUAGE) or self.id

    def first_hint(self, function: str, language: str) -> str:
        """Return the first hint of a function, or ""."""
        task = self.tasks.get(function)
        hints = task.hints_in(language) if task else ()
        return hints[0] if hints else ""


def read_assignment(folder: Path) -> Assignment:
    """Return what ``assignment.toml`` in `folder` says; a folder without one is fine.

    Raises
    ------
    GradcheckError
        If the file is no valid TOML or lacks something.
    """
    # "exercises" is another one elsewhere. Every test asks: resolve() would look at the disk.
    return _read_assignment(folder.absolute())


@cache
def _read_assignment(folder: Path) -> Assignment:
    path = folder / FILE_NAME
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Assignment(folder.name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GradcheckError(f"{path} cannot be read: {error}") from None
    try:
        return _assignment(data, folder)
    except GradcheckError as error:
        raise GradcheckError(f"{path}: {error}") from None


def _assignment(data: Mapping[str, Any], folder: Path) -> Assignment:
    tasks = {}
    for entry in _list(data, "functions"):
        task = _task(entry)
        if task.name in tasks:
            raise GradcheckError(f"{task.name}: there are two entries of that name")
        tasks[task.name] = task
    language = data.get("language")
    if not isinstance(language, str | None):
        raise GradcheckError('language must be a code: "en"')
    packages = _texts(data.get("packages", []), 'packages must be a list of names: ["pandas"]')
    for name in packages:
        if not name.isidentifier():
            raise GradcheckError(f"packages: {name!r} is no name of a package: use the one that "
                                 "an import statement starts with")  # fmt: skip
    return Assignment(
        id=str(data.get("id", folder.name)),
        title=_by_language(data, "title"),
        language=language,
        tasks=tasks,
        packages=packages,
    )


def _task(entry: object) -> Task:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise GradcheckError('each entry under [[functions]] needs a name: "network.forward"')
    name = entry["name"]
    try:
        hints = entry.get("hints", {})
        wrong = 'hints must be lists by language: { en = ["A question?", "A rule."] }'
        if not isinstance(hints, dict):
            raise GradcheckError(wrong)
        return Task(
            name=name,
            needs=_texts(entry.get("needs", []), 'needs must be a list: ["network.sigmoid"]'),
            title=_by_language(entry, "title"),
            hints={language: _texts(texts, wrong) for language, texts in hints.items()},
        )
    except GradcheckError as error:
        raise GradcheckError(f"{name}: {error}") from None


def _list(data: Mapping[str, Any], name: str) -> list[object]:
    value = data.get(name, [])
    if not isinstance(value, list):
        raise GradcheckError(f"write [[{name}]], with two brackets, before each entry")
    return value


def _texts(value: object, wrong: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise GradcheckError(wrong)
    return tuple(value)


def _by_language(data: Mapping[str, Any], name: str) -> dict[str, str]:
    value = data.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise GradcheckError(f'{name} must be texts by language: {{ en = "…" }}')
    return dict(value)
