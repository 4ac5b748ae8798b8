"""Exact derivatives, and when to trust them: only where real differences confirm them.

The complex step is silently wrong for ``abs``, norms and code that drops imaginary parts;
automatic differentiation for a backward that somebody wrote wrongly, and where code leaves
the graph (``.detach()``, ``.item()``). Each gives a wrong slope without a word.

References
----------
W. Squire and G. Trapp, Using complex variables to estimate derivatives of real functions,
SIAM Review 40 (1998) 110-112.
"""

import warnings
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.evaluate import Evaluator
from gradcheck_kit.numerics.parameters import EPS, Vector
from gradcheck_kit.numerics.ridders import (
    LOCAL,
    OFF,
    SCALES,
    Entries,
    ridders_along,
    unit,
)

COMPLEX_STEP = 1e-100
"""Step along the imaginary axis: so small that the error in h² is below the last digit."""

_CLOSE = 1e-9
"""Relative difference that an estimate of errors as small as Ridders' may hide."""

_FADING = 1e-20
"""Slopes below this, next to a slope of exactly 0, mean that it has underflowed."""

_CONFIRMED = 1e-6
"""Relative error of differences that may confirm automatic differentiation."""

_INVISIBLE = 8000.0
"""Slopes of so many last digits of f cannot be told anyway, whatever their oracle."""

_ALIKE = 1e-3
"""Entries down to this part of the largest are confirmed together with it."""


class Oracle(Protocol):
    """A way to exact derivatives of a function at its point."""

    @property
    def method(self) -> str:
        """What it is called in reports."""

    def at_entries(self, entries: Entries) -> Vector | None:
        """Return the derivative along each of `entries`; None where it cannot be taken."""

    def along(self, directions: Vector) -> Vector | None:
        """Return the derivatives along `directions`, shape (m, n), or None."""

    def slope_at(self, point: Vector, direction: Vector) -> float | None:
        """Return the derivative along a direction at another point, or None."""

    def slopes_at(self, point: Vector, entries: Entries) -> Vector:
        """Return the derivatives along entries at another point; NaN where there are none."""


class ComplexStep:
    """Im f(x + ih·v) / h, exact for code that takes complex numbers and is analytic."""

    method = "complex-step"

    def __init__(self, evaluate: Evaluator) -> None:
        self._evaluate = evaluate

    def at_entries(self, entries: Entries) -> Vector | None:
        """Return Im f(x + ih·e_k) / h for each of `entries`; None where f refuses."""
        units = np.zeros(len(self._evaluate.vector))
        result = np.empty(len(entries))
        with self._evaluate.quiet(), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            for at, entry in enumerate(entries):
                units[entry] = 1.0
                value = self._evaluate.along_imaginary(units, COMPLEX_STEP)
                units[entry] = 0.0
                if value is None:
                    return None
                result[at] = value
        return result if bool(np.all(np.isfinite(result))) else None

    def along(self, directions: Vector) -> Vector | None:
        """Return the derivatives along `directions`, shape (m, n); None where f refuses."""
        result = np.empty(len(directions))
        with self._evaluate.quiet(), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            for at, direction in enumerate(directions):
                value = self._evaluate.along_imaginary(direction, COMPLEX_STEP)
                if value is None:
                    return None
                result[at] = value
        return result if bool(np.all(np.isfinite(result))) else None

    def slope_at(self, point: Vector, direction: Vector) -> float | None:
        """Return the derivative along a direction at another point."""
        return self._evaluate.along_imaginary(direction, COMPLEX_STEP, point)

    def slopes_at(self, point: Vector, entries: Entries) -> Vector:
        """Return the derivatives along entries at another point; NaN where f refuses."""
        found = [self.slope_at(point, unit(self._evaluate, entry)) for entry in entries]
        return np.array([np.nan if slope is None else slope for slope in found])


class Autograd:
    """PyTorch's automatic differentiation in float64, for a function of tensors."""

    method = "autograd"

    def __init__(self, evaluate: Evaluator, gradient: Vector) -> None:
        self._evaluate = evaluate
        self.gradient = gradient

    def at_entries(self, entries: Entries) -> Vector | None:
        """Return the derivative along each of `entries`."""
        return self.gradient[entries]

    def along(self, directions: Vector) -> Vector | None:
        """Return the derivatives along `directions`, shape (m, n)."""
        result: Vector = directions @ self.gradient
        return result

    def slope_at(self, point: Vector, direction: Vector) -> float | None:
        """Return the derivative along a direction at another point."""
        gradient = self._evaluate.autograd(point)
        return None if gradient is None else float(gradient @ direction)

    def slopes_at(self, point: Vector, entries: Entries) -> Vector:
        """Return the derivatives along entries at another point; NaN where there are none."""
        gradient = self._evaluate.autograd(point)
        return np.full(len(entries), np.nan) if gradient is None else gradient[entries]


def random_signs(rng: np.random.Generator, count: int, n: int) -> Vector:
    """Return `count` vectors of ±1, shape (count, n)."""
    return (2 * rng.integers(0, 2, (count, n), dtype=np.int8) - 1).astype(np.float64)


def trusted_oracle(evaluate: Evaluator, directions: Vector) -> Oracle | None:
    """Return the first exact oracle that real differences confirm along `directions`."""
    if evaluate.eps > EPS:  # float32 inside: differences cannot confirm anything
        return None
    gradient = evaluate.autograd(evaluate.vector)
    candidates: list[Oracle] = [ComplexStep(evaluate)]
    if gradient is not None:
        candidates.insert(0, Autograd(evaluate, gradient))
    differences: tuple[Vector, Vector] | None = None
    for oracle in candidates:
        exact = oracle.along(directions)
        if exact is None:
            continue
        differences = differences or ridders_along(evaluate, directions)
        if _agrees(exact, *differences) and not _locally_off(evaluate, directions, exact):
            return oracle
    return None


def _agrees(exact: Vector, value: Vector, error: Vector) -> bool:
    """Tell whether differences confirm exact slopes.

    Where they themselves say nothing (deep in saturation), that does not count.
    """
    useful = error < 0.05 * np.abs(exact)
    close = np.abs(value - exact) <= 3.0 * error + _CLOSE * np.abs(value)
    return bool(np.all(useful & close))


def confirmed_error(
    evaluate: Evaluator, oracle: Oracle, rng: np.random.Generator, gradient: Vector
) -> Vector | None:
    """Return the errors of an exact gradient, as far as differences confirm it.

    A backward can be wrong, or a part of the function lost, where it is small: for saturated
    units only, say. So entries of like size are confirmed together, along a direction of
    their own: none is drowned.

    Returns
    -------
    ndarray, shape (n,), or None
        Infinite for entries of an automatic gradient that differences along a direction
        cannot resolve; None where they speak against the gradient, which then counts nowhere.
    """
    strict = isinstance(oracle, Autograd)
    sizes = np.abs(gradient)
    result = EPS * sizes
    invisible = sizes <= _INVISIBLE * EPS * abs(evaluate.base)
    left = np.flatnonzero(sizes)
    if not strict:  # the directions through all entries have shown the largest, and more
        left = left[sizes[left] < _ALIKE * np.max(sizes, initial=0.0)]
    while len(left):
        alike = (sizes[left] >= _ALIKE * sizes[left].max()) | np.all(invisible[left])
        group, left = left[alike], left[~alike]
        direction = np.zeros((1, len(sizes)))
        direction[:, group] = random_signs(rng, 1, len(group))
        (exact,) = direction @ gradient
        (value,), (error,) = ridders_along(evaluate, direction)
        resolved = error <= _CONFIRMED * max(abs(value), abs(exact))
        allowed = (3.0 if resolved else 10.0) * error + _CLOSE * abs(value)
        if abs(value - exact) > allowed:  # never where the error is infinite
            return None
        if strict and not resolved:
            hidden = invisible[group]
            result[group[hidden]] = EPS * abs(evaluate.base)
            result[group[~hidden]] = np.inf
    return result


def contradicted(
    evaluate: Evaluator, oracle: Oracle, rng: np.random.Generator, entries: Entries
) -> bool:
    """Tell whether real differences speak against an exact oracle at some entries.

    Agreement along directions through all entries does not see a part of the function that is
    both small and silently dropped; a direction through the suspects alone does.
    """
    if not len(entries):
        return False
    direction = np.zeros((1, len(evaluate.vector)))
    direction[:, entries] = random_signs(rng, 1, len(entries))
    exact = oracle.along(direction)
    if exact is None:
        return True
    if _locally_off(evaluate, direction, exact):
        return True
    value, error = ridders_along(evaluate, direction)
    if not np.isfinite(error[0]):
        return False
    return bool(abs(value[0] - exact[0]) > 10.0 * error[0] + _CLOSE * abs(value[0]))


def _locally_off(evaluate: Evaluator, directions: Vector, exact: Vector) -> bool:
    """Tell whether small differences speak against slopes, or show a kink.

    At a kink between equal slopes of opposite signs, that of ``abs``, code that drops the
    imaginary part and steps to both sides agree on the mean.
    """

    def differences(direction: Vector, h: float) -> tuple[float, float]:
        above, below = evaluate.along(direction, h), evaluate.along(direction, -h)
        return (above - below) / (2.0 * h), abs(above - 2.0 * evaluate.base + below) / h

    allowed = 10.0 * evaluate.noise / LOCAL + OFF * np.abs(exact)
    with evaluate.quiet():
        for direction, slope, limit in zip(directions, exact, allowed, strict=True):
            local, gap = differences(direction, LOCAL)
            if abs(local - slope) > limit:
                return True
            # A curve's gap shrinks with h.
            if gap > limit and gap > 0.1 * differences(direction, 100.0 * LOCAL)[1] + limit:
                return True
    return False


def fading(
    evaluate: Evaluator, oracle: Oracle, rng: np.random.Generator, zero: Entries
) -> NDArray[np.bool_]:
    """Tell which of the slopes that are exactly 0 have only underflowed.

    With all parameters scaled down the slope of a saturated unit comes back through tiny
    numbers; that of a dead ReLU, or of an input that is 0, stays 0.
    """
    result = np.zeros(len(zero), dtype=np.bool_)
    if not len(zero):
        return result
    points = [evaluate.vector * scale for scale in SCALES[1:]]
    with evaluate.quiet():
        together = np.zeros(len(evaluate.vector))
        together[zero] = random_signs(rng, 1, len(zero))[0]
        if any(oracle.slope_at(point, together) for point in points):
            for point in points:
                slopes = np.abs(oracle.slopes_at(point, zero))
                result |= (slopes > 0.0) & (slopes < _FADING)
    return result
