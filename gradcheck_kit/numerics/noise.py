"""How much a function jitters from rounding.

References
----------
J. J. Moré and S. M. Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011)
1292-1314.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Values = Sequence[float]  # nine numbers: Python's own arithmetic is faster than arrays

_SPACINGS = (1e-9, 1e-6, 1e-5, 1e-4, 1e-3)
_FAR_SPACINGS = (1e-2, 1e-1, 1.0)  # where f is flat at all the others
_POINTS = 9
_EPS = float(np.finfo(np.float64).eps)
_MOST_RISE = 30.0
_STEP = 1e-12  # steps of rounding are smaller, relative to the function


def measured_noise(along: Callable[[Vector, Vector], Vector], n: int) -> float:
    """Return the standard deviation of the noise of a function of `n` parameters at a point.

    The k-th differences of a smooth function at close points vanish; what is left is noise,
    blown up by a known factor. A spacing counts where three orders agree within a factor of
    4 and the differences change sign. What close points leave no room for does not count at
    wider spacings either: there bends would pass for noise.

    Parameters
    ----------
    along : callable
        ``along(direction, steps)`` is the function at the point plus ``t·direction`` for each t
        in `steps`; NaN where it is not defined.
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
        values = along(direction, points).tolist()
        if all(map(math.isfinite, values)):
            table = _estimates(values)
            found = 0.0 if is_bent_once(values) else max(_noise_in(*table), quantum_of(values))
            moves = moves or any(value != values[0] for value in values)
            if found <= limit:
                noise = max(noise, found)
            limit = min(limit, _MOST_RISE * _most_noise(values, table[0]))
    return noise


def quantum_of(values: Values) -> float:
    """Return the height of the smallest step where values rest on plateaus, else 0.

    A value deep inside, next to 0.5 say, can only move by its last digit; the function then
    moves in steps that are much larger than its own last digit.
    """
    jumps = [abs(jump) for jump in _differences(values)]
    moving = [jump for jump in jumps if jump > 0.0]
    return float(min(moving)) if 0 < len(moving) <= len(jumps) - 3 else 0.0


def noise_of(values: Values) -> float:
    """Return the noise in values of a function at equally spaced points."""
    return _noise_in(*_estimates(values))


def _differences(values: Values) -> list[float]:
    return [after - before for before, after in pairwise(values)]


def _noise_in(estimates: list[float], changes: list[bool]) -> float:
    for order in range(len(estimates) - 2):
        three = estimates[order : order + 3]
        if changes[order] and max(three) <= 4.0 * min(three):
            return three[0]
    return 0.0


def _estimates(values: Values) -> tuple[list[float], list[bool]]:
    """Return the noise that the differences of each order show, and if they change sign."""
    estimates, changes = [], []
    gamma = 1.0
    differences = values
    for order in range(1, len(values)):
        differences = _differences(differences)
        gamma *= 0.5 * order / (2.0 * order - 1.0)  # (k!)² / (2k)!
        squares = sum([d * d for d in differences])
        estimates.append(math.sqrt(gamma * squares / len(differences)))
        changes.append(min(differences) < 0.0 < max(differences))
    return estimates, changes


def _most_noise(values: Values, estimates: list[float]) -> float:
    """Return a bound on the noise: a smooth part only adds to differences of any order.

    Equal steps are no evidence: rounded values can climb a staircase.
    """
    if len(set(_differences(values))) <= _POINTS // 2:
        return math.inf
    return max(min(estimates[:-2]), _EPS * max(map(abs, values)))


def is_bent_once(values: Values) -> bool:
    """Tell whether values lie on two straight lines: the function has a kink there.

    The bend shows in one second difference, or in two neighbours of the same sign where it
    falls between points; noise shows in all of them, a step in two of opposite signs, or in
    one at an end, where only its size tells it from a bend.
    """
    second = _differences(_differences(values))
    largest = max(map(abs, second))
    large = [at for at, bend in enumerate(second) if abs(bend) > largest / 20.0]
    if not 0 < len(large) <= 2:
        return False
    first, last = large[0], large[-1]
    if last - first > 1 or second[first] * second[last] < 0.0:
        return False
    is_inside = first > 0 and last < len(second) - 1
    return bool(is_inside or largest > _STEP * max(map(abs, values)))
