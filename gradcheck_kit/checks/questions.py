"""What a function is asked: where, in which order, and what the right values are."""

import random
from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from gradcheck_kit.learner.values import KeptPoints
from gradcheck_kit.problems.problem import Arguments, Function, Problem, Return


class Questions:
    """The calls that judge one function.

    Parameters
    ----------
    function : Function
        What is judged.
    points : sequence of tuple
        Where to call it, simplest first.
    shuffle : random.Random or None
        Draws the order of the calls between the first and its repetition at the end; None
        for the order of `points`.
    are_kept : bool
        Are many learners asked the same? Then nobody may change the points.

    Attributes
    ----------
    points : list of tuple
        As given, and the first again: the same call, the same answer?
    order : list of int
        Places in `points`, in the order of the calls.
    calls : sequence of tuple
        The points in that order.
    """

    def __init__(
        self,
        function: Function,
        points: Sequence[Arguments],
        shuffle: random.Random | None = None,
        *,
        are_kept: bool = False,
    ) -> None:
        self._function = function
        self.points = [*points, points[0]]
        self.order = list(range(len(self.points)))
        if shuffle is not None:  # so that nobody can answer by the number of the call
            between = self.order[1:-1]
            shuffle.shuffle(between)
            self.order[1:-1] = between
        in_order = (self.points[at] for at in self.order)
        self.calls: Sequence[Arguments] = KeptPoints(in_order) if are_kept else list(in_order)
        if are_kept:
            for argument in (a for arguments in points for a in arguments):
                if isinstance(argument, np.ndarray):
                    argument.setflags(write=False)
        self._expected: dict[int, tuple[tuple[Return, Any, float], ...]] = {}

    def expected(self, at: int) -> tuple[tuple[Return, Any, float], ...]:
        """Return what is right at one of the points: each return with its value and scale."""
        if at == len(self.points) - 1:
            at = 0
        if at not in self._expected:
            arguments = self.points[at]
            returns = self._function.returns
            values = self._function.reference(*arguments)
            self._expected[at] = tuple(
                (entry, value, entry.scale(*arguments) if entry.scale else 1.0)
                for entry, value in zip(
                    returns, values if len(returns) > 1 else (values,), strict=True
                )
            )
        return self._expected[at]


_KEPT: WeakKeyDictionary[Function, tuple[int, dict[str, Questions]]] = WeakKeyDictionary()
"""For each function: the seed, and by problem what a whole class is asked about it."""


def kept_questions(problem: Problem, function: Function, seed: int) -> Questions:
    """Return what every submission of a class is asked about a function.

    Parameters
    ----------
    problem : Problem
        Whose function it is.
    function : Function
        What is judged.
    seed : int
        Draws the points and their order.
    """
    kept_seed, kept = _KEPT.get(function, (seed, {}))
    if kept_seed != seed:
        kept = {}
    if problem.name not in kept:
        points = problem.points(function, seed)
        shuffle = random.Random(f"{seed}/{problem.name}.{function.name}/order")
        kept[problem.name] = Questions(function, points, shuffle, are_kept=True)
        _KEPT[function] = seed, kept
    return kept[problem.name]


def expected_of(functions: Iterable[Function]) -> dict[str, int]:
    """Return the names of functions, and how many arguments each takes."""
    return {function.name: len(function.parameters) for function in functions}
