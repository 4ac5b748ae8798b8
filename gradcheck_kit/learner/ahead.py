"""What a worker is asked in one go, before anybody waits for the answers.

While the grader judges one answer, or the submission before, the worker gets on with the next.
The order of the calls does not depend on when the answers are read: always all of a file, in
the order of its problem, then the next file.
"""

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradcheck_kit.learner import wire
from gradcheck_kit.learner.results import CallResult, LoadResult, Presence
from gradcheck_kit.learner.values import KeptPoints, is_snapshot

if TYPE_CHECKING:
    from gradcheck_kit.learner.isolated import IsolatedLearner, Seat

_UNASKED_SECONDS = 0.5
"""How long an answer that nobody waits for may keep others waiting before all are given up."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What will be asked of one file.

    Parameters
    ----------
    file : str
        In the learner's folder.
    expected : tuple of tuple
        Names of functions, and how many arguments each takes.
    calls : tuple of tuple
        Names of functions, and where each is called.
    """

    file: str
    expected: tuple[tuple[str, int], ...]
    calls: tuple[tuple[str, KeptPoints], ...]


class Plan:
    """What a worker will be asked, file by file; one serves for a whole class.

    Parameters
    ----------
    parts : iterable of FilePlan
        For each file, in this order.
    """

    def __init__(self, parts: Iterable[FilePlan] = ()) -> None:
        self.parts = tuple(parts)

    @cached_property
    def plain(self) -> KeptPoints:
        """The same in values for the wire, which encodes them once.

        Raises
        ------
        WireError
            If a worker could not read that: it is too much, or nested too deeply.
        """
        plain = KeptPoints(
            (part.file, list(part.expected), list(part.calls)) for part in self.parts
        )
        wire.decode(wire.encode(message(plain)))
        return plain


_Answer = tuple[str, str]
"""File, and function; "" for its import."""
_NOBODY: _Answer = "", ""


def message(plain: KeptPoints) -> tuple[Any, ...]:
    """Return what a worker is sent."""
    return ("ahead", "", plain)


def read_results(
    frames: wire.Frames, points: Sequence[Sequence[Any]], *, is_last: bool
) -> tuple[list[CallResult], str]:
    """Read what came of calls at points.

    Parameters
    ----------
    frames : Frames
        Where it comes from.
    points : sequence of sequence
        Arguments of the calls.
    is_last : bool
        Is nothing to come after them?

    Returns
    -------
    tuple of list and str
        The results; and "", or how the last of them failed: ``timed_out`` or ``crashed``. The
        worker is then of no use any more.
    """
    results: list[CallResult] = []
    changed: dict[int, Any] = {}
    try:
        while len(results) < len(points):
            results.append(CallResult.from_plain(frames.receive(), len(points[len(results)])))
        for at, value in frames.receive():  # what a later call changed
            if type(at) is not int or not 0 <= at < len(results) or not is_snapshot(value):
                raise ValueError("no such call")
            changed[at] = value
        if is_last and not frames.are_over:
            raise ValueError("more than was asked for")
    except wire.WireTimeout:
        return [*results[: len(points) - 1], CallResult("timed_out")], "timed_out"
    except (wire.WireError, TypeError, ValueError):
        return [*results[: len(points) - 1], CallResult("crashed")], "crashed"
    for at, value in changed.items():
        results[at] = replace(results[at], later=value)
    return results, ""


class Ahead:
    """A plan that a worker works through, and its answers, read as far as they are needed.

    Parameters
    ----------
    learner : IsolatedLearner
        Whose worker it is.
    seat : Seat
        Where it sits.
    plan : Plan
        What it is asked.

    Raises
    ------
    WireError
        If no worker can be started, or it does not listen.
    """

    def __init__(self, learner: "IsolatedLearner", seat: "Seat", plan: Plan) -> None:
        self._learner = learner
        self._seat = seat
        self._parts = {part.file: part for part in plan.parts}
        self._left: deque[_Answer] = deque((part.file, "") for part in plan.parts)
        self._loaded: dict[str, LoadResult] = {}
        self._presences: dict[str, dict[tuple[str, int], Presence]] = {}
        self._results: dict[_Answer, list[CallResult]] = {}
        connection = seat.connection()
        self.number = seat.number
        deadline = time.monotonic() + learner.limits.load
        wire.send(connection, message(plan.plain), deadline)
        self._frames = wire.Frames(connection, deadline, learner.budget, learner.while_waiting)

    def has(self, file: str) -> bool:
        """Tell whether the plan has anything to do with a file."""
        return file in self._parts

    def is_about(self, file: str, expected: Mapping[str, int]) -> bool:
        """Tell whether this file, with these functions, is part of the plan."""
        return file in self._parts and dict(self._parts[file].expected) == dict(expected)

    def load(self, file: str) -> LoadResult | None:
        """Return what came of importing a file; None when that must be asked again."""
        self._advance((file, ""))
        return self._loaded.get(file)

    def presences(self, file: str) -> dict[tuple[str, int], Presence]:
        """Return what is known of the functions of a file that was loaded."""
        return self._presences.get(file, {})

    def results(
        self, file: str, function: str, points: Sequence[Sequence[Any]]
    ) -> list[CallResult] | None:
        """Return what came of calls; None when they are others, or must be asked again."""
        if not any(name == function and own is points for name, own in self._parts[file].calls):
            return None
        self._advance((file, function))
        return self._results.pop((file, function), None)

    def finish(self) -> None:
        """Read what is left, so that the worker can be asked something else.

        Nobody needs it yet: a worker that takes long over it is ended without blame, and what
        it left out is asked again in its turn.
        """
        while self._left:
            self._read_next(_NOBODY)

    def _advance(self, wanted: _Answer) -> None:
        """Read all up to one answer, if that is still to come."""
        file, function = wanted
        while wanted in self._left or (function and (file, "") in self._left):
            self._read_next(wanted)

    def _read_next(self, wanted: _Answer) -> None:
        """Read one answer.

        Nobody waits for it if it is not the one that is wanted: then the time that it takes
        counts for nobody, and of a worker that fails over it nothing is kept.
        """
        file, function = answer = self._left.popleft()
        part = self._parts[file]
        learner, limits = self._learner, self._learner.limits
        began, budget = time.monotonic(), replace(learner.budget)
        if answer == wanted:
            self._frames.deadline = learner.deadline(limits.calls if function else limits.load)
        else:
            self._frames.deadline = began + _UNASKED_SECONDS
        if function:
            points = dict(part.calls)[function]
            results, failure = read_results(self._frames, points, is_last=not self._left)
            if not failure or answer == wanted:
                self._results[answer] = results
        else:
            loaded, failure = self._read_load(part)
            if not failure or answer == wanted:
                self._loaded[file] = loaded
        if answer != wanted:
            learner.give_back_time(time.monotonic() - began)
        elif failure:
            learner.workers_lost += 1
        if failure:
            if answer != wanted:
                learner.budget.reset(budget)
            self._left.clear()
            self._seat.clear()

    def _read_load(self, part: FilePlan) -> tuple[LoadResult, str]:
        try:
            loaded = LoadResult.from_plain(self._frames.receive())
        except wire.WireTimeout:
            return LoadResult("timed_out"), "timed_out"
        except (wire.WireError, TypeError, ValueError):
            return LoadResult("crashed"), "crashed"
        if loaded.status != "loaded":
            return loaded, "" if self._left or self._frames.are_over else "crashed"
        # After the import: what cannot be told of a function says nothing of that.
        try:
            found = [Presence.from_plain(plain) for plain in self._frames.receive()]
            presences = dict(zip(part.expected, found, strict=True))
        except (wire.WireError, TypeError, ValueError):
            return loaded, "crashed"
        self._presences[part.file] = presences
        able = {name for (name, _count), there in presences.items() if there.can_be_called}
        answers = [(part.file, name) for name, _points in part.calls if name in able]
        self._left.extendleft(reversed(answers))
        return loaded, ""
