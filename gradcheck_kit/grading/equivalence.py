"""Does a mutant that no test caught compute the same? Asked of thousands of arguments.

Both run in workers of their own, the mutant beside the solution that it was made from, on the
probe points of many seeds and on special arguments made from them: zeros, other signs, other
magnitudes, whole numbers.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gradcheck_kit.checks.contract import parse_return, split_returns
from gradcheck_kit.checks.finding import Finding
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.learner.isolated import IsolatedLearner, WorkerPool
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.learner.values import same
from gradcheck_kit.problems.problem import Arguments, Function, Problem

ARGUMENTS = 4000
"""How many arguments a survivor is compared at."""

ROUNDINGS = 64
"""So many rounding errors may two ways to write one formula differ by, for each step."""

_BATCH = 200  # calls in one message
_LIMITS = Limits(load=30.0, calls=60.0, submission=600.0)
_EPS = float(np.finfo(np.float64).eps)
_OVERFLOWS = ("OverflowError", "FloatingPointError", "RuntimeWarning")

Outcome = Literal["identical", "rounding", "forgiven", "differs"]
_ORDER: tuple[Outcome, ...] = ("identical", "rounding", "forgiven", "differs")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a mutant compares with its solution.

    Parameters
    ----------
    outcome : {"identical", "rounding", "forgiven", "differs"}
        To the last bit; to a few rounding errors; but for overflow far out and changed
        arguments where the problem says that these cost nothing; not.
    tried : int
        At how many arguments both were compared.
    arguments : tuple or None
        Where they differ, or where it must be forgiven: the first such arguments.
    got, right : object
        What came from the mutant and from the solution there.
    """

    outcome: Outcome
    tried: int
    arguments: Arguments | None = None
    got: Any = None
    right: Any = None


class Comparer:
    """Compares functions of changed files with those of one solution.

    Parameters
    ----------
    solution : Path
        A folder with the problem's solution.
    problem : Problem
        What it solves.
    seed : int
        Draws the arguments.
    count : int
        How many arguments.
    imports : Imports
        What the files may import.
    """

    def __init__(
        self,
        solution: Path,
        problem: Problem,
        seed: int,
        count: int = ARGUMENTS,
        imports: Imports = Imports(),  # noqa: B008 - frozen
    ) -> None:
        self.solution = solution
        self.problem = problem
        self.seed = seed
        self.count = count
        self.imports = imports
        self._right: dict[str, tuple[list[Arguments], list[CallResult]]] = {}

    @cached_property
    def _pool(self) -> WorkerPool:
        return WorkerPool(imports=self.imports)

    def close(self) -> None:
        """End the workers."""
        self._pool.close()

    def compare(self, folder: Path, name: str) -> Comparison:
        """Compare the function `name` of the file in `folder` with the solution's."""
        function = self.problem.function(name)
        if name not in self._right:
            points = many_arguments(self.problem, function, self.seed, self.count)
            self._right[name] = points, self._call(self.solution, name, points)
        points, rights = self._right[name]
        results = self._call(folder, name, points)
        tried, worst = 0, Comparison("identical", 0)
        for arguments, right, got in zip(points, rights, results, strict=False):
            if not _is_usable(right):
                continue
            tried += 1
            outcome = _outcome(function, arguments, right, got)
            if _ORDER.index(outcome) > _ORDER.index(worst.outcome):
                worst = Comparison(outcome, 0, arguments, _shown(got), right.value)
        return Comparison(worst.outcome, tried, worst.arguments, worst.got, worst.right)

    def _call(self, folder: Path, name: str, points: Sequence[Arguments]) -> list[CallResult]:
        learner = IsolatedLearner(folder.name, folder, self._pool, _LIMITS)
        results: list[CallResult] = []
        try:
            copy = learner.copy(self.problem.file)
            copy.load()
            for start in range(0, len(points), _BATCH):
                batch = points[start : start + _BATCH]
                some = copy.call_many(name, batch)
                results += some
                if len(some) < len(batch):
                    break  # it hung or crashed: the last result says so
        finally:
            learner.close()
        return results


def _is_usable(right: CallResult) -> bool:
    """Tell whether the solution itself is at home at these arguments."""
    return right.status == "returned" and not right.warnings and _is_finite(right.value)


def _is_finite(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_finite, value))
    return isinstance(value, int | float | np.ndarray) and bool(np.all(np.isfinite(value)))


def _shown(result: CallResult) -> Any:
    if result.status == "returned":
        return result.value
    return result.trouble.kind if result.trouble else result.status


def _outcome(
    function: Function, arguments: Arguments, right: CallResult, got: CallResult
) -> Outcome:
    is_extreme = function.extreme is not None and function.extreme(*arguments)
    if got.status != "returned":
        kind = got.trouble.kind if got.trouble else ""
        return "forgiven" if is_extreme and kind in _OVERFLOWS else "differs"
    if same(right.value, right.later) and not same(got.value, got.later):
        return "differs"
    outcome = _value_outcome(function, arguments, right, got)
    if got.mutated != right.mutated:
        changed: Outcome = "forgiven" if function.mutation == "note" else "differs"
        outcome = max(outcome, changed, key=_ORDER.index)
    if is_extreme and got.warnings:
        outcome = max(outcome, "forgiven", key=_ORDER.index)
    return outcome


def _value_outcome(
    function: Function, arguments: Arguments, right: CallResult, got: CallResult
) -> Outcome:
    if same(got.value, right.value):
        return "identical"
    ours, theirs = split_returns(function, right.value), split_returns(function, got.value)
    if isinstance(ours, Finding) or isinstance(theirs, Finding):
        return "differs"
    outcome: Outcome = "identical"
    for entry, one, other in zip(function.returns, ours, theirs, strict=True):
        value, parsed = parse_return(entry, one, one), parse_return(entry, other, one)
        if isinstance(value, Finding) or isinstance(parsed, Finding):
            return "differs"
        scale = entry.scale(*arguments) if entry.scale else 1.0
        error = np.abs(np.subtract(parsed, value))
        if not np.all(error <= ROUNDINGS * _EPS * np.abs(value) + ROUNDINGS / 4 * _EPS * scale):
            return "differs"
        if np.any(error):
            outcome = "rounding"
    return outcome


# Arguments


def many_arguments(problem: Problem, function: Function, seed: int, count: int) -> list[Arguments]:
    """Return probe points of other seeds and, as many again, special arguments made from them.

    What is positive at every probe point stays so (a learning rate), whole numbers stay whole
    where they always are (a number of steps), what is 0 or 1 everywhere keeps its values (a
    class, one-hot), and callables stay what they are.
    """
    points: list[Arguments] = []
    at = seed
    while len(points) < count // 2:
        at += 1
        points += problem.points(function, at)
    points = points[: count // 2]
    columns = list(zip(*points, strict=True))
    rng = random.Random(f"{seed}/{problem.name}.{function.name}")
    kinds = [_Kind(column) for column in columns]
    special = [
        tuple(kind.special(value, rng) for kind, value in zip(kinds, point, strict=True))
        for point in points
    ]
    return [*points, *special]


class _Kind:
    """What the values of one parameter have in common."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.is_callable = any(callable(value) for value in values)
        if self.is_callable:
            return
        self.is_flags = all(bool(np.isin(np.asarray(value), (0, 1)).all()) for value in values)
        self.is_whole = all(type(value) is int for value in values)
        self.is_positive = all(bool(np.all(np.asarray(value) > 0)) for value in values)
        self.largest = max(float(np.max(np.abs(value), initial=0.0)) for value in values)

    def special(self, value: Any, rng: random.Random) -> Any:
        """Return another value of this kind, often a special one."""
        if self.is_callable or self.is_flags:
            return value
        if self.is_whole:
            return rng.randrange(int(self.largest) + 3)
        what = rng.choice(("same", "scaled", "scaled", "negative", "zeros", "whole", "equal"))
        if self.is_positive and what in ("negative", "zeros", "whole"):
            what = "scaled"
        return _CHANGES[what](value, rng)


def _scaled(value: Any, rng: random.Random) -> Any:
    return value * 10.0 ** rng.uniform(-6.0, 0.7)


def _zeros(value: Any, rng: random.Random) -> Any:
    """Make about half of the entries zero."""
    if not isinstance(value, np.ndarray):
        return 0.0
    keep = [rng.random() < 0.5 for _ in range(value.size)]
    return np.where(np.reshape(keep, value.shape), value, 0.0)


def _equal(value: Any, rng: random.Random) -> Any:
    """Make all entries one number."""
    if not isinstance(value, np.ndarray):
        return value
    return np.full(value.shape, float(value.flat[rng.randrange(value.size)]))


_CHANGES = {
    "same": lambda value, rng: value,
    "scaled": _scaled,
    "negative": lambda value, rng: -value,
    "zeros": _zeros,
    "whole": lambda value, rng: np.rint(value) if isinstance(value, np.ndarray) else round(value),
    "equal": _equal,
}
