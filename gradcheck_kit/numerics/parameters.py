"""Parameters of any structure as one vector: arrays, scalars, tuples, lists, dicts, nested.

A leaf keeps its path (``w["hidden"]``), so that a report can name every entry the way the
caller would write it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array or number among the parameters.

    Parameters
    ----------
    path : str
        How a caller reaches it: ``["hidden"]``, ``[0]``, or "" for the whole.
    shape : tuple of int
        Its shape; () for numbers.
    start : int
        Where its entries begin in the vector.
    size : int
        Number of its entries.
    is_number : bool
        Was it a plain number, not an array?
    """

    path: str
    shape: tuple[int, ...]
    start: int
    size: int
    is_number: bool

    def entry(self, offset: int) -> str:
        """Return the path of one entry, ``["hidden"][7, 3]``."""
        if not self.shape:
            return self.path
        index = ", ".join(str(int(i)) for i in np.unravel_index(offset, self.shape))
        return f"{self.path}[{index}]"


class Parameters:
    """The structure of parameters, and the way between it and a vector.

    Parameters
    ----------
    params : object
        An array, a number, or tuples, lists and dicts of them, nested.
    name : str
        What the whole is called in messages.

    Raises
    ------
    TypeError
        If a leaf is complex, or no number at all.
    """

    def __init__(self, params: Any, name: str = "params") -> None:
        self.name = name
        self.notes: list[str] = []
        self.leaves: list[Leaf] = []
        parts: list[Vector] = []
        self._template = self._read(params, "", parts)
        self.vector: Vector = np.concatenate(parts) if parts else np.zeros(0)
        self.size = len(self.vector)
        self._note_sharing(params)

    def _read(self, value: Any, path: str, parts: list[Vector]) -> Any:
        if isinstance(value, Mapping):
            return {key: self._read(value[key], f"{path}[{key!r}]", parts) for key in value}
        if isinstance(value, tuple | list):
            items = [self._read(v, f"{path}[{i}]", parts) for i, v in enumerate(value)]
            if isinstance(value, list):
                return items
            return value._make(items) if hasattr(value, "_make") else tuple(items)
        array = self._numbers(value, path)
        is_number = not isinstance(value, np.ndarray)
        start = sum(len(part) for part in parts)
        leaf = Leaf(path, array.shape, start, array.size, is_number)
        self.leaves.append(leaf)
        parts.append(array.ravel())
        return leaf

    def _numbers(self, value: Any, path: str) -> Vector:
        where = f"{self.name}{path}"
        array = np.asarray(value)
        kind = array.dtype.kind
        if kind == "c":
            raise TypeError(
                f"{where} is complex; check real and imaginary parts as two real parameters"
            )
        if kind == "O":
            try:
                array = array.astype(np.float64)
            except (TypeError, ValueError):
                raise TypeError(f"{where} holds objects that are no numbers") from None
            self.notes.append(f"{where} is an object array; taken as float64")
        elif kind in "iub":
            self.notes.append(f"{where} is {array.dtype}; taken as float64 to differentiate")
        elif kind != "f":
            raise TypeError(f"{where} is {type(value).__name__}, not a number or an array")
        if not np.all(np.isfinite(array)):
            raise ValueError(f"{where} is not finite")
        return array.astype(np.float64)

    def _note_sharing(self, params: Any) -> None:
        arrays = [a for a in _arrays(params) if a.size]
        for number, one in enumerate(arrays):
            if any(np.shares_memory(one, other) for other in arrays[number + 1 :]):
                self.notes.append(
                    "two parameters share their memory; each was moved without the other"
                )
                return

    def build(self, vector: NDArray[Any], *, writable: bool = False, owned: bool = False) -> Any:
        """Return parameters of the given structure with the entries of `vector`.

        Parameters
        ----------
        vector : ndarray, shape (n,)
            The entries.
        writable : bool
            May the arrays be written to?
        owned : bool
            Will nobody else use `vector` any more? Then arrays need not be copies.
        """
        return self._build(self._template, vector if owned else vector.copy(), writable)

    def _build(self, template: Any, vector: NDArray[Any], writable: bool) -> Any:
        if isinstance(template, Leaf):
            if template.is_number:
                return vector[template.start].item()
            end = template.start + template.size
            array = vector[template.start : end].reshape(template.shape)
            array.flags.writeable = writable
            return array
        if isinstance(template, dict):
            return {key: self._build(item, vector, writable) for key, item in template.items()}
        items = [self._build(item, vector, writable) for item in template]
        if isinstance(template, list):
            return items
        return template._make(items) if hasattr(template, "_make") else tuple(items)

    def flatten(self, value: Any, name: str) -> Vector | str:
        """Return values of the same structure as a vector, or what is wrong with them."""
        parts: list[Vector] = []
        problem = self._flatten(self._template, value, name, parts)
        if problem:
            return problem
        return np.concatenate(parts) if parts else np.zeros(0)

    def _flatten(self, template: Any, value: Any, name: str, parts: list[Vector]) -> str:
        if isinstance(template, Leaf):
            return _flatten_leaf(template, value, name, parts)
        if isinstance(template, dict):
            if not isinstance(value, Mapping) or set(value) != set(template):
                return f"{name} must be a dict with the keys {sorted(map(str, template))}"
            items = [(f"{name}[{key!r}]", template[key], value[key]) for key in template]
        else:
            if not isinstance(value, tuple | list) or len(value) != len(template):
                return f"{name} must be a tuple or list of length {len(template)}"
            items = [(f"{name}[{i}]", t, value[i]) for i, t in enumerate(template)]
        for path, part, own in items:
            problem = self._flatten(part, own, path, parts)
            if problem:
                return problem
        return ""

    def entry_name(self, position: int, name: str | None = None) -> str:
        """Return how a caller would write entry number `position`: ``w["hidden"][7, 3]``."""
        for leaf in self.leaves:
            if leaf.start <= position < leaf.start + leaf.size:
                return f"{name or self.name}{leaf.entry(position - leaf.start)}"
        raise IndexError(position)


def _flatten_leaf(leaf: Leaf, value: Any, name: str, parts: list[Vector]) -> str:
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        return f"{name} is {type(value).__name__}, not a number or an array"
    if array.dtype.kind not in "fiub":
        return f"{name} is {array.dtype}, not real numbers"
    if array.shape != leaf.shape and not (leaf.is_number and array.size == 1):
        return f"{name} has shape {array.shape}, but its parameter has shape {leaf.shape}"
    parts.append(array.astype(np.float64).ravel())
    return ""


def _arrays(value: Any) -> Iterator[NDArray[Any]]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _arrays(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _arrays(item)
