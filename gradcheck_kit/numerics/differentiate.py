"""Numerical differentiation: Ridders' method, the complex step, and which one to trust.

Central differences D(h) = (f(x + h) - f(x - h)) / 2h have an error series in h²; Neville's
scheme cancels its terms one after the other. Every entry of the table gets an error
estimate, its distance to the two entries it was made from plus the round-off that the
combination amplifies, and the entry with the smallest one is the answer.

References
----------
C. J. F. Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering
Software 4 (1982) 75-76. Press et al., Numerical Recipes, section 5.7.
W. Squire and G. Trapp, Using complex variables to estimate derivatives of real functions,
SIAM Review 40 (1998) 110-112.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.evaluate import Evaluator
from gradcheck_kit.numerics.parameters import Parameters, Vector

STARTS = (2.0, 0.5, 0.1)
"""Largest steps, in units of max(1, |x|). In saturation only the large ones see a slope."""

LEVELS = 7
"""Halvings of the step from each start."""

EPS = float(np.finfo(np.float64).eps)

COMPLEX_STEP = 1e-100
"""Step along the imaginary axis: so small that the error in h² is below the last digit."""

_VAGUE = 1e-3
"""A relative error above this calls for a second look with smaller steps."""

_NEAR_STARTS = (0.02, 1e-3, 5e-5, 2e-6)
"""Smaller largest steps, for entries close to the edge of a domain or to a kink."""


@dataclass(frozen=True, slots=True)
class NumericalGradient:
    """A numerical derivative.

    Parameters
    ----------
    value : object
        The derivative, in the structure of the parameters.
    error : object
        Estimated absolute error of each entry, in the same structure.
    method : str
        ``complex-step`` or ``ridders``.
    """

    value: Any
    error: Any
    method: str


def numerical_gradient(f: Callable[[Any], Any], params: Any) -> NumericalGradient:
    """Differentiate a scalar function numerically.

    Parameters
    ----------
    f : callable
        Takes parameters like `params`, returns a number (a float, a 0-d or a (1,) array).
    params : object
        Where to differentiate: a number, an array, or tuples, lists and dicts of them,
        nested. Integers are taken as float64. `f` gets copies, read-only where it can be.

    Returns
    -------
    NumericalGradient
        ``value`` and ``error`` in the structure of `params`. An entry where `f` is not
        finite nearby has an infinite error.

    Raises
    ------
    TypeError
        If `f` returns something else than one real number, or a parameter is no number.

    Examples
    --------
    >>> result = numerical_gradient(lambda w: (w**3).sum(), np.array([1.0, 2.0]))
    >>> np.round(result.value, 9).tolist(), result.method
    ([3.0, 12.0], 'complex-step')
    >>> import math
    >>> result = numerical_gradient(lambda w: math.exp(w), 0.0)
    >>> abs(result.value - 1.0) <= 3 * result.error < 1e-11, result.method
    (True, 'ridders')
    """
    parameters = Parameters(params)
    found = differentiate(Evaluator(f, parameters))
    return NumericalGradient(
        parameters.build(found.value, writable=True),
        parameters.build(found.error, writable=True),
        found.method,
    )


@dataclass(frozen=True, slots=True)
class Derivatives:
    """Derivatives along all entries, as vectors.

    Parameters
    ----------
    value, error : ndarray, shape (n,)
        The derivatives and estimates of their absolute errors.
    method : str
        How they were computed.
    """

    value: Vector
    error: Vector
    method: str


def differentiate(evaluate: Evaluator, seed: int = 0) -> Derivatives:
    """Differentiate along every entry by the best oracle that holds up for this function.

    The complex step is taken first. It is exact where code is analytic, and silently wrong
    for ``abs``, norms and code that drops imaginary parts, so it counts only if it agrees
    with Ridders' method along two random ±1 directions. Else every entry gets Ridders.
    """
    n = len(evaluate.vector)
    if n:
        directions = random_signs(np.random.default_rng(seed), 2, n)
        if complex_step_holds(evaluate, directions):
            value = complex_step(evaluate, range(n))
            if value is not None:
                return Derivatives(value, EPS * np.abs(value), "complex-step")
    value, error = ridders_entries(evaluate, range(n))
    return Derivatives(value, error, "ridders")


def random_signs(rng: np.random.Generator, count: int, n: int) -> Vector:
    """Return `count` vectors of ±1, shape (count, n)."""
    return (2 * rng.integers(0, 2, (count, n), dtype=np.int8) - 1).astype(np.float64)


# The complex step


def complex_step(evaluate: Evaluator, entries: Sequence[int]) -> Vector | None:
    """Return Im f(x + ih·e_k) / h for each of `entries`; None where f refuses complex numbers."""
    units = np.zeros(len(evaluate.vector))
    result = np.empty(len(entries))
    with evaluate.quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        for at, entry in enumerate(entries):
            units[entry] = 1.0
            value = evaluate.along_imaginary(units, COMPLEX_STEP)
            units[entry] = 0.0
            if value is None:
                return None
            result[at] = value
    return result if bool(np.all(np.isfinite(result))) else None


def complex_step_along(evaluate: Evaluator, directions: Vector) -> Vector | None:
    """Return the derivatives along `directions`, shape (m, n), by the complex step."""
    result = np.empty(len(directions))
    with evaluate.quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        for at, direction in enumerate(directions):
            value = evaluate.along_imaginary(direction, COMPLEX_STEP)
            if value is None:
                return None
            result[at] = value
    return result if bool(np.all(np.isfinite(result))) else None


def complex_step_holds(evaluate: Evaluator, directions: Vector) -> bool:
    """Tell whether the complex step agrees with real differences along `directions`.

    Where the real differences themselves say nothing (deep in saturation), it does not count
    as confirmed.
    """
    if evaluate.noise_floor > EPS:  # float32 inside: differences cannot confirm anything
        return False
    exact = complex_step_along(evaluate, directions)
    if exact is None:
        return False
    value, error = ridders_along(evaluate, directions)
    useful = error <= 0.05 * np.abs(exact)
    useful |= (error == 0.0) & (exact == 0.0)
    close = np.abs(value - exact) <= 3.0 * error + 1e-6 * np.abs(value)
    return bool(np.all(useful & close))


# Ridders


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


def ridders_entries(
    evaluate: Evaluator, entries: Sequence[int], starts: Sequence[float] = STARTS
) -> tuple[Vector, Vector]:
    """Differentiate along single entries.

    Returns
    -------
    value, error : ndarray, shape (len(entries),)
        An entry that `starts` give nothing for, near the edge of a domain, is tried with
        smaller steps, and at last from one side.
    """
    count = len(entries)
    value, error = np.zeros(count), np.full(count, np.inf)
    if not count:
        return value, error
    noise = evaluate.noise
    steps = np.repeat(_steps(starts, 1.0)[np.newaxis], count, axis=0)
    above, below, actual = np.empty_like(steps), np.empty_like(steps), np.empty_like(steps)
    with evaluate.quiet():
        moved = evaluate.vector.copy()
        for at, entry in enumerate(entries):
            home = moved[entry]
            for place in np.ndindex(steps.shape[1:]):
                h = steps[at][place]
                # The numbers next to x + h and x - h are what is really compared.
                up, down = home + h, home - h
                actual[at][place] = (up - down) / 2.0
                moved[entry] = up
                above[at][place] = evaluate.real(moved)
                moved[entry] = down
                below[at][place] = evaluate.real(moved)
            moved[entry] = home
    value, error = _tables(above, below, actual, noise)
    if tuple(starts) == STARTS:
        _look_closer(evaluate, entries, value, error)
    return value, error


def _look_closer(evaluate: Evaluator, entries: Sequence[int], value: Vector, error: Vector) -> None:
    """Try smaller steps, and at last one side, where the usual ones say too little."""
    vague = [at for at in range(len(entries)) if error[at] > _VAGUE * abs(value[at])]
    if not vague:
        return
    closer, estimate = ridders_entries(evaluate, [entries[at] for at in vague], _NEAR_STARTS)
    for at, new, new_error in zip(vague, closer, estimate, strict=True):
        if new_error < error[at]:
            gap = abs(new - value[at])
            agree = gap <= 3.0 * (new_error + error[at])
            value[at], error[at] = new, new_error if agree else max(new_error, gap)
        if not np.isfinite(error[at]):
            value[at], error[at] = one_sided(evaluate, entries[at])


def ridders_along(
    evaluate: Evaluator, directions: Vector, starts: Sequence[float] = STARTS
) -> tuple[Vector, Vector]:
    """Differentiate along whole directions, shape (m, n); see `ridders_entries`."""
    length = np.sqrt(np.mean(directions**2, axis=1, keepdims=True))
    # A direction through n entries moves all of them: shorter, so that f stays smooth.
    unit = 1.0 / np.sqrt(max(1.0, evaluate.vector.size / 2))
    steps = np.broadcast_to(
        _steps(starts, unit) / length[:, :, np.newaxis],
        (len(directions), len(starts), LEVELS),
    )
    above, below = np.empty(steps.shape), np.empty(steps.shape)
    with evaluate.quiet():
        for at, direction in enumerate(directions):
            for place in np.ndindex(steps.shape[1:]):
                h = steps[at][place]
                above[at][place] = evaluate.along(direction, h)
                below[at][place] = evaluate.along(direction, -h)
    return _tables(above, below, steps, evaluate.noise)


def one_sided(evaluate: Evaluator, entry: int) -> tuple[float, float]:
    """Differentiate along an entry from the side on which the function is defined.

    Forward differences have an error series in h, so the extrapolation divides by 2^k - 1.
    """
    best, best_error = 0.0, np.inf
    home = float(evaluate.vector[entry])
    here = evaluate.base
    moved = evaluate.vector.copy()
    with evaluate.quiet():
        for sign in (1.0, -1.0):
            for start in (0.1, 1e-3):
                steps = sign * start * max(abs(home), 1e-3) * 2.0 ** -np.arange(LEVELS)
                values = np.empty(LEVELS)
                for level, h in enumerate(steps):
                    moved[entry] = home + h
                    values[level] = evaluate.real(moved)
                column = (values - here) / ((home + steps) - home)
                value, error = _neville(
                    column[np.newaxis], 1.0 / np.abs(steps)[np.newaxis], evaluate.noise, 2.0
                )
                if error[0] < best_error:
                    best, best_error = float(value[0]), float(error[0])
    return best, best_error


def slopes_from_both_sides(
    evaluate: Evaluator, entry: int, steps: Sequence[float]
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
    shape = (len(column) * column.shape[1], column.shape[2])
    value, error = _neville(column.reshape(shape), (1.0 / steps).reshape(shape), noise, 4.0)
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
