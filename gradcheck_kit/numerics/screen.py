"""Large gradients: a few ±1 directions for every parameter, then bisection to what is wrong.

A direction mixes all entries, so its cost does not grow with their number. Tolerances do not
grow with it either, apart from round-off; and each block of parameters is screened by itself,
so that a small one is not drowned by a large one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.evaluate import Evaluator
from gradcheck_kit.numerics.oracles import Oracle, random_signs
from gradcheck_kit.numerics.parameters import EPS, Leaf, Vector
from gradcheck_kit.numerics.ridders import is_flat_along, ridders_along

DIRECTIONS = 8
"""Directions for each block of parameters."""

_HALF_DIRECTIONS = 3
_FEW = 4
_MOST_SUSPECTS = 40
_INCONCLUSIVE = 0.05
_START = 0.5


@dataclass(frozen=True, slots=True)
class Block:
    """A block of parameters with a direction that fails or tells nothing.

    Parameters
    ----------
    path : str
        The name of the block.
    projected, numerical, tolerance : float
        The gradient along the direction, the numerical value, and how far they may be apart.
    suspects : set of int
        The entries that the search led to.
    """

    path: str
    projected: float
    numerical: float
    tolerance: float
    suspects: set[int]


@dataclass
class Screened:
    """What screening found.

    Parameters
    ----------
    method : str
        The oracle.
    suspects : set of int
        Entries to look at one by one.
    blocks : list of Block
        Blocks that fail or cannot be told as a whole.
    notes : list of str
        Remarks.
    """

    method: str
    suspects: set[int] = field(default_factory=set)
    blocks: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


Span = NDArray[np.intp]


def screen(
    evaluate: Evaluator,
    oracle: Oracle | None,
    rng: np.random.Generator,
    leaves: Sequence[Leaf],
    analytic: Vector,
    *,
    rtol: Callable[[str], float],
    noise: float,
    plain: Vector | None,
    skip: NDArray[np.bool_],
) -> Screened:
    """Compare a gradient with derivatives along random directions, block by block.

    Parameters
    ----------
    evaluate : Evaluator
        The function.
    oracle : Oracle or None
        An exact one that has been confirmed, if there is one.
    rng : Generator
        Draws the directions.
    leaves : sequence of Leaf
        The blocks.
    analytic : ndarray, shape (n,)
        The gradient handed in.
    rtol : callable
        Relative tolerance by oracle.
    noise : float
        Absolute noise of the function, or of its gradient if that is larger.
    plain : ndarray, shape (n,), or None
        See `check_gradient`.
    skip : ndarray of bool, shape (n,)
        Entries that are suspect from the start (NaN, say), and in no direction.
    """
    result = Screened("ridders" if oracle is None else oracle.method)
    result.suspects.update(int(k) for k in np.flatnonzero(skip)[:_MOST_SUSPECTS])
    search = _Search(evaluate, oracle, analytic, rng, result, rtol(result.method), noise, plain)
    for leaf in leaves:
        span = np.arange(leaf.start, leaf.start + leaf.size)
        span = span[~skip[span]]
        if len(span) <= DIRECTIONS:
            result.suspects.update(int(k) for k in span)  # as cheap, and exact
        else:
            search.block(leaf.path, span)
    return result


@dataclass(slots=True)
class _Search:
    """The search for wrong entries, block by block."""

    evaluate: Evaluator
    oracle: Oracle | None
    analytic: Vector
    rng: np.random.Generator
    result: Screened
    rtol: float
    noise: float
    plain: Vector | None

    def block(self, path: str, span: Span) -> None:
        """Screen the entries `span` along directions; where one fails, search them."""
        failing = self._compare(span, DIRECTIONS)
        if failing is None:
            return
        projected, numerical, tolerance, is_wrong = failing
        found: set[int] = set()
        if is_wrong:
            self._bisect(span, found)
            self.result.suspects |= found
        self.result.blocks.append(Block(path, projected, numerical, tolerance, found))
        if len(found) >= _MOST_SUSPECTS:
            note = f"more entries may be wrong: the search stopped at {_MOST_SUSPECTS}"
            self.result.notes.append(note)

    def _bisect(self, span: Span, found: set[int]) -> None:
        if len(found) >= _MOST_SUSPECTS:
            return
        if len(span) <= _FEW:
            found.update(int(k) for k in span)
            return
        middle = len(span) // 2
        halves = span[:middle], span[middle:]
        # Two equal mistakes cancel along half of all directions.
        for count in (_HALF_DIRECTIONS, DIRECTIONS):
            failing = [self._compare(half, count) for half in halves]
            wrong = [half for half, f in zip(halves, failing, strict=True) if f and f[3]]
            if wrong:
                break
        for half in wrong:
            self._bisect(half, found)

    def _compare(self, span: Span, count: int) -> tuple[float, float, float, bool] | None:
        """Return a direction through `span` that fails or tells nothing, or None.

        That is the gradient along it, the numerical value, the tolerance, and whether the two
        differ by more.
        """
        directions = np.zeros((count, len(self.analytic)))
        directions[:, span] = random_signs(self.rng, count, len(span))
        # A single wrong entry shows in every direction: one is often enough.
        failing = self._judge(span, directions[:1])
        if failing is not None and failing[3]:
            return failing
        return self._judge(span, directions[1:])

    def _judge(self, span: Span, directions: Vector) -> tuple[float, float, float, bool] | None:
        numerical, error = self._along(directions)
        projected = directions[:, span] @ self.analytic[span]
        norm = float(np.linalg.norm(self.analytic[span]))
        tolerance = 10.0 * error + self.rtol * norm
        if self.plain is None:
            tolerance += 100.0 * self.noise * np.sqrt(len(span))
        else:
            tolerance += 8.0 * np.abs(directions[:, span] @ self.plain[span] - numerical)
            tolerance += 4.0 * EPS * abs(self.evaluate.base) * np.sqrt(len(span))
        difference = np.abs(projected - numerical)
        wrong = difference > tolerance
        if np.any(wrong):
            at = int(np.argmax(np.where(wrong, difference - tolerance, -np.inf)))
            return float(projected[at]), float(numerical[at]), float(tolerance[at]), True
        # A direction through entries of norm g has a slope of about g.
        size = max(norm, float(np.sqrt(np.mean(numerical**2))))
        if bool(np.all(tolerance > _INCONCLUSIVE * size)) and (
            size or not all(is_flat_along(self.evaluate, direction) for direction in directions)
        ):
            return float(projected[0]), float(numerical[0]), float(tolerance[0]), False
        return None

    def _along(self, directions: Vector) -> tuple[Vector, Vector]:
        if self.oracle is not None:
            value = self.oracle.along(directions)
            if value is not None:
                return value, EPS * np.abs(value)
        return ridders_along(self.evaluate, directions, (_START,))
