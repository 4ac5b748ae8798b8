"""What learner code returns, reduced to a closed set of plain values.

Checks never touch an object that learner code made: it could lie about its type, compare
equal to everything, or change later. They see a snapshot, which is the same whether the code
ran in this process or in another one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 3
MAX_DIMENSIONS = 8
MAX_ITEMS = 10_000
MAX_TEXT = 200
MAX_ARRAY_BYTES = 256 * 1024


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


class _Budget:
    """How much one snapshot may still hold, over all its parts."""

    def __init__(self) -> None:
        self.items = MAX_ITEMS
        self.array_bytes = MAX_ARRAY_BYTES


def snapshot(value: object) -> Snapshot:
    """Return a copy of `value` made of plain values only.

    Parameters
    ----------
    value : object
        Anything a learner's function returned.

    Returns
    -------
    None, bool, int, float, complex, str, Opaque, ndarray, or a tuple or list of these
        Subclasses become their base class; named tuples become tuples; numpy scalars become
        arrays of shape (), so that their dtype is kept. What is too large, or nested too
        deeply, becomes Opaque.
    """
    if type(value) is float:  # most are
        return value
    return _snapshot(value, 0, _Budget())


def _snapshot(value: object, depth: int, budget: _Budget) -> Snapshot:
    kind = type(value)
    if value is None or kind is float or kind is bool:
        return value
    # issubclass on the real type: an object can lie to isinstance about its class.
    if issubclass(kind, np.ndarray | np.number | np.bool_):
        return _array(value, budget)
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
            budget.items -= len(items)
            if depth >= MAX_DEPTH or budget.items < 0:
                return Opaque(f"{base.__name__} too large to read")
            return base([_snapshot(item, depth + 1, budget) for item in items])
    return Opaque(class_name(kind))


def _array(value: Any, budget: _Budget) -> Snapshot:
    if issubclass(type(value), np.ndarray):
        array = np.ndarray.view(value, np.ndarray)
    else:
        array = np.asarray(value)
    kind = array.dtype.kind
    if kind not in "biufc":
        return Opaque(f"array of {kind if array.dtype.names else array.dtype}")
    budget.array_bytes -= array.nbytes
    if budget.array_bytes < 0:
        return Opaque("array too large to read")
    if array.ndim > MAX_DIMENSIONS:
        return Opaque(f"array with {array.ndim} dimensions")
    dtype = array.dtype
    is_long = kind in "fc" and dtype.itemsize > (8 if kind == "f" else 16)  # long double
    if dtype.isnative and not is_long:
        return np.array(array, order="C", copy=True, subok=False)
    dtype = dtype.newbyteorder("=")
    if is_long:
        dtype = np.dtype(np.float64 if kind == "f" else np.complex128)
    with np.errstate(all="ignore"):
        return np.array(array, dtype=dtype, order="C", copy=True, subok=False)


def class_name(kind: type) -> str:
    """Return the name of a class, as one short line, whatever its metaclass says."""
    name = type.__dict__["__name__"].__get__(kind)
    return one_line(str.__getitem__(name, slice(60))) if issubclass(type(name), str) else "object"


def one_line(text: str) -> str:
    """Return `text` with a space for every character that could steer a terminal or a log."""
    return "".join(c if c.isprintable() else " " for c in text)


class KeptPoints(tuple[Any, ...]):
    """Points at which many learners are asked, in the order of the calls; or a whole plan of them.

    Nobody changes them, so the wire encodes them once.
    """

    encoded: bytes = b""


def is_snapshot(value: object) -> bool:
    """Tell whether a value that came from elsewhere is what `snapshot` makes, no larger either."""
    return _is_snapshot(value, 0, _Budget())


def _is_snapshot(value: object, depth: int, budget: _Budget) -> bool:
    kind = type(value)
    if kind is tuple or kind is list:
        items: Any = value
        budget.items -= len(items)
        if depth >= MAX_DEPTH or budget.items < 0:
            return False
        return all(_is_snapshot(item, depth + 1, budget) for item in items)
    if isinstance(value, np.ndarray):
        budget.array_bytes -= value.nbytes
        return kind is np.ndarray and budget.array_bytes >= 0
    if isinstance(value, str):
        return kind is str and len(value) <= MAX_TEXT
    if isinstance(value, Opaque):
        return len(value.kind) <= MAX_TEXT and value.kind.isprintable()
    return value is None or kind in _PLAIN


_PLAIN = (bool, int, float, complex)


def contains_array(value: Snapshot) -> bool:
    """Tell whether a snapshot holds an array, which its maker could change later."""
    if isinstance(value, np.ndarray):
        return True
    return isinstance(value, tuple | list) and any(contains_array(item) for item in value)


def same(one: Snapshot, other: Snapshot) -> bool:
    """Tell whether two snapshots are equal to the last bit (NaN equals NaN)."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        kinds = one.dtype == other.dtype and one.shape == other.shape
        return kinds and one.tobytes() == other.tobytes()
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    # The text of a float tells all its bits apart, also 0.0 and -0.0; NaN is NaN.
    return type(one) is type(other) and (one is other or repr(one) == repr(other))
