"""Chunks of a class: one pytest session each, wherever it runs."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGEST = 100
"""Most submissions in one session: its start (0.3 s) is shared by them."""
SMALLEST = 25
"""Fewer are only taken to keep all processes busy: smaller chunks at the end even them out."""


@dataclass(frozen=True, slots=True)
class Work:
    """What all chunks of a grading have in common.

    Parameters
    ----------
    exercises : Path
        Folder of the tests.
    settings : dict
        What else a session must know, as plain values: seed, language, only.
    """

    exercises: Path
    settings: dict[str, Any]


@dataclass(slots=True)
class Chunk:
    """Submissions for one session.

    Parameters
    ----------
    numbers : list of int
        Their numbers in the class.
    folders : list of Path
        Their copies.
    done : set of int
        Numbers of those that are graded.
    """

    numbers: list[int]
    folders: list[Path]
    done: set[int] = field(default_factory=set)

    @property
    def left(self) -> list[int]:
        """Numbers of those that are not graded, in order."""
        return [number for number in self.numbers if number not in self.done]


@dataclass(frozen=True, slots=True)
class Line:
    """What a session wrote about one submission.

    Parameters
    ----------
    number : int
        Its number in the class.
    found : dict
        ``seconds`` and ``checks``.
    """

    number: int
    found: dict[str, Any]


class Place(ABC):
    """Where sessions run: processes of this machine, or a cluster."""

    @property
    @abstractmethod
    def slots(self) -> int:
        """How many sessions run at a time."""

    @abstractmethod
    def start(self, chunk: Chunk) -> None:
        """Start a session for `chunk`."""

    @abstractmethod
    def poll(self) -> Iterator[Line | Chunk]:
        """Wait a moment; yield what was graded, and every chunk whose session ended.

        Raises
        ------
        GradcheckError
            If the tests themselves are at fault.
        """

    @abstractmethod
    def stop(self) -> None:
        """End all sessions."""


def next_size(left: int, everything: int, jobs: int) -> int:
    """Return how many submissions the next chunk should have."""
    share = -(-everything // jobs)
    return max(1, min(LARGEST, share, max(SMALLEST, -(-left // (2 * jobs)))))


def line_of(chunk: Chunk, found: dict[str, Any]) -> Line:
    """Return what was found, with the number in the class for that in the session."""
    number = chunk.numbers[found["index"]]
    chunk.done.add(number)
    return Line(number, found)
