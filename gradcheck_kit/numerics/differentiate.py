"""Numerical differentiation by Ridders' method: central differences, extrapolated.

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
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STARTS = (2.0, 0.5, 0.1)
"""Largest steps, in units of max(1, |x|). In saturation only the large ones see a slope."""

LEVELS = 7
"""Halvings of the step from each start."""

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class NumericalGradient:
    """A numerical derivative.

    Parameters
    ----------
    value : float or ndarray
        The derivative, in the shape of the parameter.
    error : float or ndarray
        Estimated absolute error of each entry.
    method : str
        How it was computed; ``ridders``.
    """

    value: Any
    error: Any
    method: str


def numerical_gradient(f: Callable[[Any], Any], params: Any) -> NumericalGradient:
    """Differentiate a scalar function of a number or an array numerically.

    Parameters
    ----------
    f : callable
        Takes a parameter like `params`, returns a number (a float, a 0-d or a (1,) array).
    params : float or array_like
        Where to differentiate. Integers are taken as float64.

    Returns
    -------
    NumericalGradient
        ``value`` and ``error`` in the shape of `params`. An entry where `f` is not finite
        nearby has an infinite error.

    Raises
    ------
    ValueError
        If `f` returns something else than one real number.

    Examples
    --------
    >>> result = numerical_gradient(lambda w: (w**3).sum(), np.array([1.0, 2.0]))
    >>> np.round(result.value, 9).tolist()
    [3.0, 12.0]
    """
    base = np.array(params, dtype=np.float64)
    scalar = not isinstance(params, np.ndarray) and base.ndim == 0
    value, error = np.empty(base.shape), np.empty(base.shape)
    for index in np.ndindex(base.shape):

        def along(t: float, index: tuple[int, ...] = index) -> float:
            moved = base.copy()
            moved[index] += t
            return _scalar(f(float(moved) if scalar else moved))

        value[index], error[index] = ridders(along, scale=max(1.0, abs(float(base[index]))))
    if scalar:
        return NumericalGradient(float(value), float(error), "ridders")
    return NumericalGradient(value, error, "ridders")


def _scalar(value: Any) -> float:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "fiub":
        raise ValueError(f"the function must return one real number, not {value!r:.80}")
    return float(array.reshape(()))


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
    steps = _steps(scale).ravel()
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
    above, below = np.array(values, dtype=np.float64).reshape(2, len(STARTS), LEVELS)
    best, best_error = 0.0, np.inf
    with np.errstate(all="ignore"):
        for steps, plus, minus in zip(_steps(scale), above, below, strict=True):
            value, error = _neville(steps, plus, minus)
            if error < best_error:
                best, best_error = value, error
    return best, best_error


def _steps(scale: float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.outer(STARTS, 2.0 ** -np.arange(LEVELS)) * scale
    return result


def _neville(
    steps: NDArray[np.float64], above: NDArray[np.float64], below: NDArray[np.float64]
) -> tuple[float, float]:
    sizes = np.abs(np.concatenate([above, below]))
    noise = EPS * float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    best, best_error = 0.0, np.inf
    # weights[l] holds how strongly column entry l depends on each difference, by 1/h.
    column, weights = (above - below) / (2.0 * steps), np.diag(1.0 / steps)
    for order in range(1, len(steps)):
        factor = 4.0**order
        refined = (factor * column[1:] - column[:-1]) / (factor - 1.0)
        amplified = (factor * weights[1:] + weights[:-1]) / (factor - 1.0)
        errors = np.maximum(np.abs(refined - column[1:]), np.abs(refined - column[:-1]))
        errors = errors + noise * amplified.sum(axis=1)
        errors[~np.isfinite(errors)] = np.inf
        at = int(np.argmin(errors))
        if errors[at] < best_error:
            best, best_error = float(refined[at]), float(errors[at])
        column, weights = refined, amplified
    return best, best_error
