"""What a function is asked: where, in which order, and what the right values are."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcheck_kit.learner.values import KeptPoints
from gradcheck_kit.problems.problem import Arguments, Function


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
        self._right: dict[int, Any] = {}

    def right(self, at: int) -> Any:
        """Return what the reference returns at one of the points; it is asked once."""
        if at == len(self.points) - 1:
            at = 0
        if at not in self._right:
            self._right[at] = self._function.reference(*self.points[at])
        return self._right[at]
