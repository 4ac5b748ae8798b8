"""The closeness rule, stated once: when a value is right.

A value is right when ``|got - reference| <= RTOL * |reference| + ATOL * scale``. The scale
grows with the sizes of what went in, because right code loses digits there: ``s * (1 - s)``
has a relative error of 3e-12 for ``|z|`` up to 10 and of 3e-8 up to 20, so a purely relative
rule rejects right solutions by the thousand, while its absolute error stays near 1e-16.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

RTOL = 1e-7
"""Relative part of the closeness rule (dimensionless)."""

ATOL = 1e-13
"""Absolute part of the closeness rule, in the unit of the value, times its scale."""

PRECISION_RTOL = 1e-11
"""Values right to `RTOL` but not to this were most likely differentiated numerically."""

PRECISION_ATOL = 1e-15
"""Absolute part that goes with `PRECISION_RTOL`, times the scale."""

FLOAT32_PROBES = 8
"""So many values must equal their own float32 rounding before it is called float32."""


def tolerance(reference: ArrayLike, scale: float = 1.0) -> NDArray[np.float64]:
    """Return how far a right value may be from `reference`, entry by entry.

    Parameters
    ----------
    reference : array_like
        The right values.
    scale : float
        Size of what the value was computed from; at least 1.
    """
    result: NDArray[np.float64] = RTOL * np.abs(reference) + ATOL * scale
    return result


def wrong_entries(got: ArrayLike, reference: ArrayLike, scale: float = 1.0) -> NDArray[np.bool_]:
    """Return which entries of `got` break the closeness rule; NaN and infinities do.

    Parameters
    ----------
    got, reference : array_like
        Values of one shape.
    scale : float
        See `tolerance`.

    Examples
    --------
    >>> wrong_entries([1.0, 2.0, float("nan")], [1.0 + 1e-9, 2.1, 0.0]).tolist()
    [False, True, True]
    """
    with np.errstate(invalid="ignore", over="ignore"):
        close = np.abs(np.subtract(got, reference)) <= tolerance(reference, scale)
    result: NDArray[np.bool_] = ~np.asarray(close)
    return result


def is_imprecise(got: ArrayLike, reference: ArrayLike, scale: float = 1.0) -> bool:
    """Tell whether right values carry the error of a numerical differentiation."""
    if isinstance(got, float) and isinstance(reference, float):  # most values are numbers
        limit = PRECISION_RTOL * abs(reference) + PRECISION_ATOL * scale
        return abs(got - reference) > limit
    error = np.abs(np.subtract(got, reference))
    limit = PRECISION_RTOL * np.abs(reference) + PRECISION_ATOL * scale
    return bool(np.any(error > limit))


def is_float32(got: list[Any], reference: list[Any]) -> bool:
    """Tell whether values were rounded to float32 (24 bits) on the way.

    Parameters
    ----------
    got, reference : list of array_like
        What a function returned at each probe, and the right values. Only entries whose
        right value is no float32 number count, and `FLOAT32_PROBES` of them are needed.
    """
    # Most code does not round, which one number shows already.
    for value, right in zip(got, reference, strict=True):
        are_numbers = isinstance(value, float) and isinstance(right, float)
        if are_numbers and _tells(right) and not _fits_float32(value):
            return False
    for some in (slice(_GLANCE), slice(None)):  # nor do most arrays
        telling, rounded = _are_float32(got[some], reference[some])
        if not rounded[telling].all():
            return False
    return int(telling.sum()) >= FLOAT32_PROBES


_GLANCE = 3
_LEAST_FLOAT32 = 1e-30  # beyond it float32 runs out of exponents: such entries say nothing
_FLOAT32 = struct.Struct("f")


def _fits_float32(value: float) -> bool:
    try:
        return bool(_FLOAT32.unpack(_FLOAT32.pack(value))[0] == value)
    except OverflowError:
        return False


def _tells(right: float) -> bool:
    return abs(right) > _LEAST_FLOAT32 and not _fits_float32(right)


def _are_float32(
    got: list[Any], reference: list[Any]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which right values are no float32 numbers, and which values are."""
    empty = np.empty(0)
    values = np.concatenate([empty, *(np.ravel(np.asarray(g, dtype=np.float64)) for g in got)])
    right = np.concatenate([empty, *(np.ravel(np.asarray(r, dtype=np.float64)) for r in reference)])
    with np.errstate(over="ignore"):
        telling = (right.astype(np.float32) != right) & (np.abs(right) > _LEAST_FLOAT32)
        rounded = values.astype(np.float32) == values
    return telling, rounded
