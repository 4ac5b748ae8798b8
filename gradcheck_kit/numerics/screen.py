"""Large gradients: a few ±1 directions for every parameter, then bisection to what is wrong.

A direction mixes all entries, so its cost does not grow with their number. Tolerances do not
grow with it either, apart from round-off; and each block of parameters is screened by itself,
so that a small one is not drowned by a large one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.differentiate import (
    EPS,
    complex_step_along,
    complex_step_holds,
    random_signs,
    ridders_along,
)
from gradcheck_kit.numerics.evaluate import Evaluator
from gradcheck_kit.numerics.parameters import Leaf, Vector

DIRECTIONS = 8
"""Directions for each block of parameters."""

_HALF_DIRECTIONS = 2
_FEW = 4
_MOST_SUSPECTS = 40
_RTOL = {"complex-step": 1e-9, "ridders": 1e-7}
_INCONCLUSIVE = 0.05


@dataclass
class Screened:
    """What screening found.

    Parameters
    ----------
    method : str
        The oracle.
    suspects : set of int
        Entries to look at one by one.
    unresolved : list of tuple
        Blocks that fail or cannot be told as a whole, without an entry to show: name, the
        gradient along a direction, the numerical value, the tolerance.
    notes : list of str
        Remarks.
    """

    method: str
    suspects: set[int] = field(default_factory=set)
    unresolved: list[tuple[str, float, float, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


Span = NDArray[np.intp]
Along = Callable[[Evaluator, Vector], tuple[Vector, Vector]]


def screen(evaluate: Evaluator, leaves: Sequence[Leaf], analytic: Vector, seed: int) -> Screened:
    """Compare a gradient with derivatives along random directions, block by block."""
    rng = np.random.default_rng(seed)
    n = len(analytic)
    holds = complex_step_holds(evaluate, random_signs(rng, 1, n))
    along: Along = _complex if holds else _real
    result = Screened("complex-step" if holds else "ridders")
    for leaf in leaves:
        if leaf.size:
            span = np.arange(leaf.start, leaf.start + leaf.size)
            _screen_block(evaluate, leaf, span, analytic, rng, along, result)
    return result


def _screen_block(
    evaluate: Evaluator,
    leaf: Leaf,
    span: Span,
    analytic: Vector,
    rng: np.random.Generator,
    along: Along,
    result: Screened,
) -> None:
    failing = _compare(evaluate, span, analytic, rng, along, result.method, DIRECTIONS)
    if failing is None:
        return
    projected, numerical, tolerance, is_wrong = failing
    name = leaf.path or "the gradient"
    if not is_wrong:
        result.unresolved.append((name, projected, numerical, tolerance))
        return
    before = len(result.suspects)
    _bisect(evaluate, span, analytic, rng, along, result)
    if len(result.suspects) == before:
        result.unresolved.append((name, projected, numerical, tolerance))
    if len(result.suspects) >= _MOST_SUSPECTS:
        result.notes.append(f"more entries may be wrong: the search stopped at {_MOST_SUSPECTS}")


def _compare(
    evaluate: Evaluator,
    span: Span,
    analytic: Vector,
    rng: np.random.Generator,
    along: Along,
    method: str,
    count: int,
) -> tuple[float, float, float, bool] | None:
    """Return the worst direction through `span` that fails or tells nothing, or None."""
    directions = np.zeros((count, len(analytic)))
    directions[:, span] = random_signs(rng, count, len(span))
    numerical, error = along(evaluate, directions)
    projected = directions[:, span] @ analytic[span]
    norm = float(np.linalg.norm(analytic[span]))
    tolerance = (
        10.0 * error + _RTOL[method] * norm + 100.0 * EPS * abs(evaluate.base) * np.sqrt(len(span))
    )
    difference = np.abs(projected - numerical)
    wrong = difference > tolerance
    if np.any(wrong):
        at = int(np.argmax(difference - tolerance))
        return float(projected[at]), float(numerical[at]), float(tolerance[at]), True
    # A direction through entries of norm g has a slope of about g.
    size = max(norm, float(np.sqrt(np.mean(numerical**2))))
    if size and bool(np.all(tolerance > _INCONCLUSIVE * size)):
        return float(projected[0]), float(numerical[0]), float(tolerance[0]), False
    return None


def _complex(evaluate: Evaluator, directions: Vector) -> tuple[Vector, Vector]:
    value = complex_step_along(evaluate, directions)
    if value is None:
        return _real(evaluate, directions)
    return value, EPS * np.abs(value)


def _real(evaluate: Evaluator, directions: Vector) -> tuple[Vector, Vector]:
    return ridders_along(evaluate, directions, (0.5,))


def _bisect(
    evaluate: Evaluator,
    span: Span,
    analytic: Vector,
    rng: np.random.Generator,
    along: Along,
    result: Screened,
) -> None:
    if len(result.suspects) >= _MOST_SUSPECTS:
        return
    if len(span) <= _FEW:
        result.suspects.update(int(k) for k in span)
        return
    middle = len(span) // 2
    for half in (span[:middle], span[middle:]):
        found = _compare(evaluate, half, analytic, rng, along, result.method, _HALF_DIRECTIONS)
        if found is not None and found[3]:
            _bisect(evaluate, half, analytic, rng, along, result)
