"""Chunks of a class: one pytest session each, wherever it runs."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGEST = 200
"""Most submissions in one session: its start (0.6 s) is shared by them, its memory too."""
SMALLEST = 25
"""Fewer are only taken to keep all processes busy."""
_ROUNDS = 4
"""Chunks for each process where none can be called back: they even out what takes longer."""


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
    started : float
        When, on `time.monotonic`.
    is_recalled : bool
        Is its session to end before all are graded, and give back the others?
    gave_back : bool
        Did it? Else whatever is left when it ends is left because it came down.
    """

    numbers: list[int]
    folders: list[Path]
    done: set[int] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)
    is_recalled: bool = False
    gave_back: bool = False

    @property
    def left(self) -> list[int]:
        """Numbers of those that are not graded, in order."""
        return [number for number in self.numbers if number not in self.done]

    @property
    def seconds_left(self) -> float:
        """How long the others will take, if they take as long as those that are graded."""
        if not self.done:
            return 0.0
        return (time.monotonic() - self.started) / len(self.done) * len(self.left)


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

    can_recall = False
    """Can sessions be told to give back what they have not graded?"""
    has_idle_cores = False
    """Is there a core for one session more than `slots`?"""

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

    def recall(self, chunk: Chunk) -> None:  # noqa: B027
        """Let a session end after the submission that it is busy with, where that is possible."""

    @abstractmethod
    def stop(self) -> None:
        """End all sessions."""


def size_of_chunks(count: int, slots: int, can_recall: bool) -> int:
    """Return how many submissions each chunk should have.

    Parameters
    ----------
    count : int
        Submissions to grade.
    slots : int
        Sessions at a time.
    can_recall : bool
        Can a session be told to give back what it has not graded?
    """
    rounds = -(-count // (slots * LARGEST))
    if not can_recall:
        rounds = max(rounds, min(_ROUNDS, count // (slots * SMALLEST)))
    return max(1, -(-count // (slots * max(1, rounds))))


def line_of(chunk: Chunk, found: dict[str, Any]) -> Line:
    """Return what was found, with the number in the class for that in the session."""
    number = chunk.numbers[found["index"]]
    chunk.done.add(number)
    return Line(number, found)
