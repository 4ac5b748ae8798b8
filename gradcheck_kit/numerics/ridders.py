"""Ridders' method: derivatives by real differences, each with an estimate of its error.

Central differences D(h) = (f(x + h) - f(x - h)) / 2h have an error series in h²; Neville's
scheme cancels its terms one after the other. Every entry of the table gets an error
estimate, its distance to the two entries it was made from plus the round-off that the
combination amplifies, and the entry with the smallest one is the answer.

References
----------
C. J. F. Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering
Software 4 (1982) 75-76. Press et al., Numerical Recipes, section 5.7.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.evaluate import Evaluator
from gradcheck_kit.numerics.parameters import EPS, Vector

Entries = NDArray[np.intp]

STARTS = (2.0, 0.5, 0.1)
"""Largest steps, in units of max(1, |x|). In saturation only the large ones see a slope."""

LEVELS = 7
"""Halvings of the step from each start."""

LOCAL = 1e-5
"""Step of the difference that every result of large steps must agree with."""

OFF = 1e-3
"""Relative difference from a small step's slope that is more than its own error."""

SCALES = tuple(0.25**k for k in range(11))
"""Factors that bring parameters out of saturation."""

_VAGUE = 1e-6
"""A relative error above this calls for a second look with smaller steps."""

_NEAR_STARTS = (0.02, 1e-3, 5e-5, 2e-6, 1e-7)
"""Smaller largest steps, for entries close to the edge of a domain or to a kink."""

_PLENTY = 3e-10
"""A relative error so small along a direction that other steps cannot better it by much."""

_HUGE = 100.0
"""From here on steps in proportion to the entry are worth a try."""

_LITTLE = 1e-4
"""Relative step that a flat function does not notice, and others do."""

_MUCH = 0.1
"""The same for functions with few digits."""

_TINY = float(np.finfo(np.float64).tiny)


def ridders(f: Callable[[float], float], scale: float = 1.0) -> tuple[float, float]:
    """Differentiate ``f(t)`` at ``t = 0``.

    Parameters
    ----------
    f : callable
        A function of one float. ArithmeticError and ValueError mean "not defined there".
    scale : float
        Unit of the steps; max(1, |x|) of the parameter moved.

    Returns
    -------
    value, error : float
        The derivative and an estimate of its absolute error; the error is infinite where
        no table gave a finite value.
    """

    def defined(t: float) -> float:
        try:
            return f(t)
        except (ArithmeticError, ValueError):  # outside the domain: a smaller step may do
            return np.nan

    return extrapolate([defined(t) for t in offsets(scale)], scale)


def offsets(scale: float = 1.0) -> list[float]:
    """Return all the ``t`` at which `extrapolate` wants to know ``f(t)``."""
    steps = _steps(STARTS, scale).ravel()
    return [float(t) for t in np.concatenate([steps, -steps])]


def extrapolate(values: Sequence[float], scale: float = 1.0) -> tuple[float, float]:
    """Differentiate at 0 from the values of a function at ``offsets(scale)``.

    Parameters
    ----------
    values : sequence of float
        ``f(t)`` in the order of `offsets`; NaN where it is not defined.
    scale : float
        The one given to `offsets`.

    Returns
    -------
    value, error : float
        See `ridders`.
    """
    both = np.array(values, dtype=np.float64).reshape(1, 2, len(STARTS), LEVELS)
    finite = np.abs(both[np.isfinite(both)])
    noise = EPS * float(np.max(finite, initial=0.0))
    steps = _steps(STARTS, scale)[np.newaxis]
    value, error = _tables(both[:, 0], both[:, 1], steps, noise)
    return float(value[0]), float(error[0])


def ridders_entries(evaluate: Evaluator, entries: Entries) -> tuple[Vector, Vector]:
    """Differentiate along single entries.

    Returns
    -------
    value, error : ndarray, shape (len(entries),)
        Where large steps say too little, or something else than a small one does, smaller
        ones are tried; near the edge of a domain also steps in proportion to the entry, and
        at last one side only.
    """
    if not len(entries):
        return np.zeros(0), np.zeros(0)
    value, error = _ridders(evaluate, entries, np.ones(len(entries)), STARTS)
    error[_flat(evaluate, entries, value)] = 0.0
    apart = _disagrees_locally(evaluate, entries, value, error)
    vague = np.flatnonzero((error > _VAGUE * np.abs(value)) | apart)
    if len(vague):
        look = entries[vague]
        closer, estimate = _ridders(evaluate, look, np.ones(len(look)), _NEAR_STARTS)
        for at, new, new_error in zip(vague, closer, estimate, strict=True):
            gap = abs(new - value[at])
            if apart[at] and 3.0 * new_error < gap:
                value[at], error[at] = new, new_error  # a slope is a local matter
            elif new_error < error[at]:
                agree = gap <= 3.0 * (new_error + error[at])
                value[at], error[at] = new, new_error if agree else max(new_error, gap)
    for at in np.flatnonzero(error > _VAGUE * np.abs(value)):
        new, new_error = _at_an_edge(evaluate, entries[at], error[at])
        if new_error < error[at]:
            value[at], error[at] = new, new_error
    flat = _flat(evaluate, entries, value)
    error[flat] = 0.0
    # Zero, but here alone: saturation, or a minimum.
    error[(value == 0.0) & (error == 0.0) & ~flat] = _TINY
    return value, error


def _ridders(
    evaluate: Evaluator, entries: Entries, scales: Vector, starts: Sequence[float]
) -> tuple[Vector, Vector]:
    """Differentiate along single entries with steps from ``starts·scale``."""
    noise = evaluate.noise
    steps = scales[:, np.newaxis, np.newaxis] * _steps(starts, 1.0)
    above, below, actual = np.empty_like(steps), np.empty_like(steps), np.empty_like(steps)
    moved = evaluate.vector.copy()
    with evaluate.quiet():
        for at, entry in enumerate(entries):
            home = moved[entry]
            for place in np.ndindex(steps.shape[1:]):
                # The numbers next to x + h and x - h are what is really compared.
                up, down = home + steps[at][place], home - steps[at][place]
                actual[at][place] = (up - down) / 2.0
                moved[entry] = up
                above[at][place] = evaluate.real(moved)
                moved[entry] = down
                below[at][place] = evaluate.real(moved)
            moved[entry] = home
    return _tables(above, below, actual, noise)


def _flat(evaluate: Evaluator, entries: Entries, value: Vector) -> NDArray[np.bool_]:
    """Tell at which entries with a slope of 0 the function does not change at all."""
    flat = np.asarray(value == 0.0)
    for at in np.flatnonzero(flat):
        flat[at] = is_flat_along(evaluate, unit(evaluate, entries[at]))
    return flat


def is_flat_along(evaluate: Evaluator, direction: Vector) -> bool:
    """Tell whether f does not change at all along a direction, to the last digit.

    A saturated unit does not either, but with all parameters scaled down it does at last;
    what nothing depends on, a dead ReLU, or the weight of an input that is 0, stays flat.
    """
    sizes = np.abs(evaluate.vector)
    size = max(float(np.mean(sizes)), float(np.mean(sizes[direction != 0.0]))) or 1.0
    step = (_MUCH if evaluate.is_coarse else _LITTLE) * size
    with evaluate.quiet():
        for scale in SCALES:
            place = evaluate.vector * scale
            here = evaluate.real(place)
            for h in (step * scale, -step * scale):
                if evaluate.real(place + h * direction) != here:
                    return False
    return True


def unit(evaluate: Evaluator, entry: np.intp) -> Vector:
    """Return the direction of one entry."""
    direction = np.zeros(len(evaluate.vector))
    direction[entry] = 1.0
    return direction


def _disagrees_locally(
    evaluate: Evaluator, entries: Entries, value: Vector, error: Vector
) -> NDArray[np.bool_]:
    """Tell which results a small central difference speaks against: large steps saw a kink."""
    right, left = np.empty(len(entries)), np.empty(len(entries))
    for at, entry in enumerate(entries):
        (right[at],), (left[at],) = slopes_from_both_sides(evaluate, entry, (LOCAL,))
    allowed = 3.0 * error + OFF * np.abs(value) + 10.0 * evaluate.noise / LOCAL
    with np.errstate(invalid="ignore"):
        local = (right + left) / 2.0
        return np.asarray(np.abs(local - value) > allowed)


def _at_an_edge(evaluate: Evaluator, entry: np.intp, error: float) -> tuple[float, float]:
    """Differentiate where the usual steps said little: in proportion, or from one side."""
    home = abs(float(evaluate.vector[entry]))
    if 0.0 < home < _NEAR_STARTS[0] or home > _HUGE:
        (value,), (estimate,) = _ridders(evaluate, np.array([entry]), np.array([home]), (0.5, 0.1))
        if estimate < error:
            return float(value), float(estimate)
    return (0.0, np.inf) if np.isfinite(error) else one_sided(evaluate, entry)


def ridders_along(
    evaluate: Evaluator, directions: Vector, starts: Sequence[float] = STARTS
) -> tuple[Vector, Vector]:
    """Differentiate along whole directions, shape (m, n); see `ridders_entries`."""
    value, error = _ridders_along(evaluate, directions, starts)
    scale = _scale_along(evaluate, directions)
    for at, direction in enumerate(directions):
        h = LOCAL * scale[at]
        with evaluate.quiet():
            above, below = evaluate.along(direction, h), evaluate.along(direction, -h)
        gap = abs((above - below) / (2.0 * h) - value[at])
        if gap > 3.0 * error[at] + OFF * abs(value[at]) + 10.0 * evaluate.noise / h:
            # Kinks within the large steps; many entries move at once, so some always are.
            near, near_error = _ridders_along(evaluate, direction[np.newaxis], _NEAR_STARTS[1:3])
            if 3.0 * near_error[0] < gap:
                value[at], error[at] = near[0], near_error[0]
        elif len(starts) > 1 and not error[at] <= _VAGUE * abs(value[at]):
            near, near_error = _ridders_along(evaluate, direction[np.newaxis], _NEAR_STARTS[1:3])
            apart = abs(near[0] - value[at])
            if near_error[0] < error[at] and apart <= 3.0 * (near_error[0] + error[at]):
                value[at], error[at] = near[0], near_error[0]
    return value, error


def _scale_along(evaluate: Evaluator, directions: Vector) -> Vector:
    length = np.sqrt(np.mean(directions**2, axis=1))
    # A direction through n entries moves all of them: shorter, so that f stays smooth.
    result: Vector = 1.0 / (np.sqrt(max(1.0, evaluate.vector.size / 2)) * length)
    return result


def _ridders_along(
    evaluate: Evaluator, directions: Vector, starts: Sequence[float]
) -> tuple[Vector, Vector]:
    """Differentiate along directions: by the middle start alone where that leaves no doubt."""
    scale = _scale_along(evaluate, directions)
    steps = scale[:, np.newaxis, np.newaxis] * _steps(starts, 1.0)
    above, below = np.empty(steps.shape), np.empty(steps.shape)

    middle = len(starts) // 2
    with evaluate.quiet():
        for at, direction in enumerate(directions):
            above[at, middle] = evaluate.along_all(direction, steps[at, middle])
            below[at, middle] = evaluate.along_all(direction, -steps[at, middle])
    noise = evaluate.noise
    only = slice(middle, middle + 1)
    value, error = _tables(above[:, only], below[:, only], steps[:, only], noise)
    doubtful = np.flatnonzero(~(error <= _PLENTY * np.abs(value)))
    others = [column for column in range(len(starts)) if column != middle]
    if not others or not len(doubtful):
        return value, error
    with evaluate.quiet():
        for at in doubtful.tolist():
            above[at, others] = evaluate.along_all(directions[at], steps[at, others])
            below[at, others] = evaluate.along_all(directions[at], -steps[at, others])
    everything = above[doubtful], below[doubtful], steps[doubtful]
    value[doubtful], error[doubtful] = _tables(*everything, noise)
    return value, error


def one_sided(evaluate: Evaluator, entry: np.intp) -> tuple[float, float]:
    """Differentiate along an entry from the side on which the function is defined.

    Forward differences have an error series in h, so the extrapolation divides by 2^k - 1.
    Steps of two sizes must agree: a slope that grows without limit towards the edge looks
    converged to each of them.
    """
    home = float(evaluate.vector[entry])
    moved = evaluate.vector.copy()
    best, best_error = 0.0, np.inf
    with evaluate.quiet():
        for sign in (1.0, -1.0):
            columns, amplified = np.empty((2, 2, LEVELS))
            for at, start in enumerate((1e-2, 1e-4)):
                for level in range(LEVELS):
                    moved[entry] = home + sign * start * max(1.0, abs(home)) * 0.5**level
                    h = moved[entry] - home
                    columns[at, level] = (evaluate.real(moved) - evaluate.base) / h
                    amplified[at, level] = 1.0 / abs(h)
            value, error = _neville(columns, amplified, evaluate.noise, 2.0)
            if abs(value[0] - value[1]) <= 3.0 * (error[0] + error[1]) < np.inf:
                at = int(np.argmin(error))
                if error[at] < best_error:
                    best, best_error = float(value[at]), float(error[at])
    return best, best_error


def slopes_from_both_sides(
    evaluate: Evaluator, entry: np.intp, steps: Sequence[float]
) -> tuple[Vector, Vector]:
    """Return the slopes to the right and to the left of an entry at several steps."""
    home = float(evaluate.vector[entry])
    scale = max(1.0, abs(home))
    moved = evaluate.vector.copy()
    right, left = np.empty(len(steps)), np.empty(len(steps))
    with evaluate.quiet():
        for at, step in enumerate(steps):
            up, down = home + step * scale, home - step * scale
            moved[entry] = up
            right[at] = (evaluate.real(moved) - evaluate.base) / (up - home)
            moved[entry] = down
            left[at] = (evaluate.base - evaluate.real(moved)) / (home - down)
    return right, left


def _steps(starts: Sequence[float], scale: float) -> Vector:
    result: Vector = np.outer(np.asarray(starts), 2.0 ** -np.arange(LEVELS)) * scale
    return result


def _tables(
    above: NDArray[np.float64], below: NDArray[np.float64], steps: NDArray[np.float64], noise: float
) -> tuple[Vector, Vector]:
    """Return the best entry of all tables of each line; arrays of shape (m, starts, levels)."""
    with np.errstate(all="ignore"):
        column = (above - below) / (2.0 * steps)
        amplified = 1.0 / steps  # a step that vanishes beside the parameter is 0
    shape = (len(column) * column.shape[1], column.shape[2])
    value, error = _neville(column.reshape(shape), amplified.reshape(shape), noise, 4.0)
    value, error = value.reshape(column.shape[:2]), error.reshape(column.shape[:2])
    order = np.argsort(error, axis=1, kind="stable")
    lines = np.arange(len(column))
    best = order[:, 0]
    chosen, estimate = value[lines, best], error[lines, best]
    if column.shape[1] > 1:
        # Where f is far from smooth on the scale of its steps, a table can look converged to
        # a wrong value; the next best one, from other steps, then gives it away.
        second = order[:, 1]
        with np.errstate(invalid="ignore"):
            gap = np.abs(chosen - value[lines, second])
            apart = gap > 3.0 * (estimate + error[lines, second])
        estimate = np.where(apart, np.maximum(estimate, gap), estimate)
    return chosen, estimate


def _neville(
    column: NDArray[np.float64], amplified: NDArray[np.float64], noise: float, base: float
) -> tuple[Vector, Vector]:
    """Extrapolate to h = 0 along the last axis; `base` is what halving h divides an error by.

    `amplified` holds the sum of |weight| / h of each entry: its signs alternate from level to
    level, so the sums obey the same recursion with a plus.
    """
    values, errors = [], []
    factor = 1.0
    with np.errstate(all="ignore"):
        for _order in range(1, column.shape[-1]):
            factor *= base
            refined = (factor * column[:, 1:] - column[:, :-1]) / (factor - 1.0)
            amplified = (factor * amplified[:, 1:] + amplified[:, :-1]) / (factor - 1.0)
            error = np.maximum(np.abs(refined - column[:, 1:]), np.abs(refined - column[:, :-1]))
            errors.append(error + noise * amplified)
            values.append(refined)
            column = refined
    everything, estimates = np.concatenate(values, axis=1), np.concatenate(errors, axis=1)
    estimates[~np.isfinite(estimates)] = np.inf
    lines, best = np.arange(len(estimates)), np.argmin(estimates, axis=1)
    value, error = everything[lines, best], estimates[lines, best]
    value[~np.isfinite(error)] = 0.0
    return value, error
