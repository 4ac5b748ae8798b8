"""How much a function jitters from rounding.

References
----------
J. J. Moré and S. M. Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011)
1292-1314.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_SPACINGS = (1e-9, 1e-6, 1e-5, 1e-4, 1e-3)
_FAR_SPACINGS = (1e-2, 1e-1, 1.0)  # where f is flat at all the others
_POINTS = 9
_EPS = float(np.finfo(np.float64).eps)
_MOST_RISE = 30.0
_STEP = 1e-12  # steps of rounding are smaller, relative to the function


def measured_noise(along: Callable[[Vector, float], float], n: int) -> float:
    """Return the standard deviation of the noise of a function of `n` parameters at a point.

    The k-th differences of a smooth function at close points vanish; what is left is noise,
    blown up by a known factor. A spacing counts where three orders agree within a factor of
    4 and the differences change sign. What close points leave no room for does not count at
    wider spacings either: there bends would pass for noise.

    Parameters
    ----------
    along : callable
        ``along(direction, t)`` is the function at the point plus ``t·direction``; NaN where it
        is not defined.
    n : int
        Number of parameters.

    Returns
    -------
    float
        The noise, in the unit of the function; 0 where none was seen. Takes 45 evaluations,
        27 more where it does not move.
    """
    rng = np.random.default_rng(1)
    direction = (2 * rng.integers(0, 2, n) - 1).astype(np.float64)
    scale = 1.0 / np.sqrt(max(1.0, n / 2))
    noise, limit = 0.0, np.inf
    moves = False
    for spacing in (*_SPACINGS, *_FAR_SPACINGS):
        if spacing > _SPACINGS[-1] and moves:
            break
        points = (np.arange(_POINTS) - _POINTS // 2) * spacing * scale
        values = np.array([along(direction, t) for t in points])
        if np.all(np.isfinite(values)):
            found = 0.0 if is_bent_once(values) else max(noise_of(values), quantum_of(values))
            moves = moves or bool(np.any(values != values[0]))
            if found <= limit:
                noise = max(noise, found)
            limit = min(limit, _MOST_RISE * _most_noise(values))
    return noise


def quantum_of(values: Vector) -> float:
    """Return the height of the smallest step where values rest on plateaus, else 0.

    A value deep inside, next to 0.5 say, can only move by its last digit; the function then
    moves in steps that are much larger than its own last digit.
    """
    jumps = np.abs(values[1:] - values[:-1])
    moving = jumps[jumps > 0.0]
    return float(moving.min()) if 0 < len(moving) <= len(jumps) - 3 else 0.0


def noise_of(values: Vector) -> float:
    """Return the noise in values of a function at equally spaced points."""
    estimates, changes = _estimates(values)
    for order in range(len(estimates) - 2):
        three = estimates[order : order + 3]
        if changes[order] and max(three) <= 4.0 * min(three):
            return three[0]
    return 0.0


def _estimates(values: Vector) -> tuple[list[float], list[bool]]:
    """Return the noise that the differences of each order show, and if they change sign."""
    estimates, changes = [], []
    gamma = 1.0
    differences = values
    for order in range(1, len(values)):
        differences = differences[1:] - differences[:-1]
        gamma *= 0.5 * order / (2.0 * order - 1.0)  # (k!)² / (2k)!
        estimates.append(float(np.sqrt(gamma * (differences @ differences) / len(differences))))
        changes.append(bool(differences.min() < 0.0 < differences.max()))
    return estimates, changes


def _most_noise(values: Vector) -> float:
    """Return a bound on the noise: a smooth part only adds to differences of any order.

    Equal steps are no evidence: rounded values can climb a staircase.
    """
    if len(np.unique(np.diff(values))) <= _POINTS // 2:
        return np.inf
    return max(min(_estimates(values)[0][:-2]), _EPS * float(np.max(np.abs(values))))


def is_bent_once(values: Vector) -> bool:
    """Tell whether values lie on two straight lines: the function has a kink there.

    The bend shows in one second difference, or in two neighbours of the same sign where it
    falls between points; noise shows in all of them, a step in two of opposite signs, or in
    one at an end, where only its size tells it from a bend.
    """
    second = np.diff(values, 2)
    largest = float(np.max(np.abs(second), initial=0.0))
    (large,) = np.nonzero(np.abs(second) > largest / 20.0)
    if not 0 < len(large) <= 2:
        return False
    first, last = int(large[0]), int(large[-1])
    if last - first > 1 or second[first] * second[last] < 0.0:
        return False
    is_inside = first > 0 and last < len(second) - 1
    return is_inside or largest > _STEP * float(np.max(np.abs(values)))
