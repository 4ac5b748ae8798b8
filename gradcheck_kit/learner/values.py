"""What learner code returns, reduced to a closed set of plain values.

Checks never touch an object that learner code made: it could lie about its type, compare
equal to everything, or change later. They see a snapshot, which is the same whether the code
ran in this process or in another one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 3
MAX_ITEMS = 10_000
MAX_TEXT = 200
MAX_ARRAY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opaque:
    """An object that is no number, array, text or sequence of those.

    Parameters
    ----------
    kind : str
        What a learner calls it: ``dict``, ``generator``, ``function``, a class name.
    """

    kind: str


Snapshot = Any
"""None, bool, int, float, complex, str, Opaque, a numeric ndarray, a tuple or list of those."""


def snapshot(value: object, depth: int = 0) -> Snapshot:
    """Return a copy of `value` made of plain values only.

    Parameters
    ----------
    value : object
        Anything a learner's function returned.

    Returns
    -------
    None, bool, int, float, complex, str, Opaque, ndarray, or a tuple or list of these
        Subclasses become their base class; named tuples become tuples; numpy scalars become
        arrays of shape (), so that their dtype is kept.
    """
    kind = type(value)
    if value is None or kind is float or kind is bool:
        return value
    # issubclass on the real type: an object can lie to isinstance about its class.
    if issubclass(kind, np.ndarray | np.generic):
        return _array(value)
    if issubclass(kind, float):
        return float.__float__(value)  # type: ignore[arg-type]
    if issubclass(kind, int):
        number = int.__int__(value)  # type: ignore[arg-type]
        return number if -(2**63) <= number < 2**63 else Opaque("very large int")
    if issubclass(kind, complex):
        return complex(complex.real.__get__(value), complex.imag.__get__(value))
    if issubclass(kind, str):
        return str.__getitem__(value, slice(MAX_TEXT))  # type: ignore[index]
    for base in (tuple, list):
        if issubclass(kind, base):
            items: list[Any] = list(base.__iter__(value))  # type: ignore[arg-type]
            if depth >= MAX_DEPTH or len(items) > MAX_ITEMS:
                return Opaque(f"{base.__name__} too large to read")
            return base([snapshot(item, depth + 1) for item in items])
    return Opaque(_plain_name(kind))


def _array(value: Any) -> Snapshot:
    try:
        array = np.ndarray.view(value, np.ndarray) if type(value) is not np.ndarray else value
    except (TypeError, ValueError):
        array = np.array(value)
    if array.dtype.kind not in "biufc":
        return Opaque(f"array of {array.dtype.kind if array.dtype.names else array.dtype}")
    if array.nbytes > MAX_ARRAY_BYTES:
        return Opaque("array too large to read")
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        return array.astype(np.float64)  # longdouble: the same number, read as float64
    return np.array(array, order="C", copy=True, subok=False)


def _plain_name(kind: type) -> str:
    name = type.__dict__["__name__"].__get__(kind)
    return str.__getitem__(name, slice(60)) if issubclass(type(name), str) else "object"


def contains_array(value: Snapshot) -> bool:
    """Tell whether a snapshot holds an array, which its maker could change later."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, tuple | list) and any(contains_array(item) for item in value)


def same(one: Snapshot, other: Snapshot) -> bool:
    """Tell whether two snapshots are equal to the last bit (NaN equals NaN)."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))
