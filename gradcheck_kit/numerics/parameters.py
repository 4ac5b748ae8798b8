"""Parameters of any structure as one vector: arrays, tensors, scalars, tuples, lists, dicts.

A leaf keeps its path (``w["hidden"]``), so that a report can name every entry the way the
caller would write it.
"""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.torch_functions import (
    TensorKind,
    as_array,
    eps_of,
    is_module,
    is_tensor,
)

Vector = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array or number among the parameters.

    Parameters
    ----------
    path : str
        How a caller writes it: ``w["hidden"]``, ``w[0]``, or ``w`` for the whole.
    shape : tuple of int
        Its shape; () for numbers.
    start : int
        Where its entries begin in the vector.
    size : int
        Number of its entries.
    is_number : bool
        Was it a plain number, not an array?
    tensor : TensorKind or None
        What kind of tensor it was, if it was one.
    """

    path: str
    shape: tuple[int, ...]
    start: int
    size: int
    is_number: bool
    tensor: TensorKind | None = None

    def entry(self, offset: int) -> str:
        """Return the path of one entry, ``w["hidden"][7, 3]``."""
        if not self.shape:
            return self.path
        index = ", ".join(str(int(i)) for i in np.unravel_index(offset, self.shape))
        return f"{self.path}[{index}]"


class Parameters:
    """The structure of parameters, and the way between it and a vector.

    Parameters
    ----------
    params : object
        An array, a tensor, a number, or tuples, lists and dicts of them, nested.
    name : str
        What the whole is called in messages.
    names : sequence of str
        Names of the items, where `params` is a tuple that has no name itself: the arguments
        of a function.

    Attributes
    ----------
    has_tensors, has_arrays : bool
        Whether there is a torch tensor, or a NumPy array, among them.

    Raises
    ------
    TypeError
        If a leaf is complex, or no number at all.
    ValueError
        If a number is not finite.
    """

    def __init__(self, params: Any, name: str = "params", *, names: Sequence[str] = ()) -> None:
        self.name = name
        self.names = tuple(names)
        self.notes: list[str] = []
        self.leaves: list[Leaf] = []
        parts: list[Vector] = []
        if names:
            self._template: Any = tuple(
                self._read(value, own, parts) for value, own in zip(params, names, strict=True)
            )
        else:
            self._template = self._read(params, name, parts)
        self.vector: Vector = np.concatenate(parts) if parts else np.zeros(0)
        self.size = len(self.vector)
        self.has_tensors = any(leaf.tensor is not None for leaf in self.leaves)
        self.has_arrays = any(leaf.tensor is None and not leaf.is_number for leaf in self.leaves)
        self._are_numbers = all(leaf.is_number for leaf in self.leaves)
        self._are_arrays = not any(leaf.is_number or leaf.tensor for leaf in self.leaves)
        self._is_flat = type(self._template) in (tuple, list) and all(
            type(part) is Leaf for part in self._template
        )
        self._places = [(slice(p.start, p.start + p.size), p.shape) for p in self.leaves]
        self._note_sharing(params)

    def _read(self, value: Any, path: str, parts: list[Vector]) -> Any:
        if isinstance(value, Mapping):
            return {key: self._read(value[key], _item(path, key), parts) for key in value}
        if isinstance(value, tuple | list):
            items = [self._read(v, f"{path}[{i}]", parts) for i, v in enumerate(value)]
            if isinstance(value, list):
                return items
            return value._make(items) if hasattr(value, "_make") else tuple(items)
        array = self._numbers(value, path)
        kind = TensorKind.of(value)
        is_number = kind is None and not isinstance(value, np.ndarray)
        start = sum(len(part) for part in parts)
        leaf = Leaf(path, array.shape, start, array.size, is_number, kind)
        self.leaves.append(leaf)
        parts.append(array.ravel())
        return leaf

    def _numbers(self, value: Any, path: str) -> Vector:
        if is_module(value):
            raise TypeError(
                f"{path} is a module; check a function of dict({path}.named_parameters()), with "
                "torch.func.functional_call"
            )
        array = as_array(value)
        kind = array.dtype.kind
        if kind == "c":
            raise TypeError(
                f"{path} is complex; check real and imaginary parts as two real parameters"
            )
        what = f"array of {array.dtype}" if array.ndim else type(value).__name__
        no_number = f"{path} is {article(what)}, not a number or an array of numbers"
        if kind == "O":
            try:
                array = np.array([float(item) for item in array.flat]).reshape(array.shape)
            except (TypeError, ValueError):
                raise TypeError(no_number) from None
            self.notes.append(f"{path} is {article(what)}; taken as float64")
        elif kind in "iub" or (kind == "f" and array.dtype.itemsize < 8):
            dtype = value.dtype if is_tensor(value) else array.dtype
            self.notes.append(f"{path} is {dtype}; taken as float64 to differentiate")
        elif kind != "f":
            raise TypeError(no_number)
        if not np.all(np.isfinite(array)):
            raise ValueError(f"{path} is not finite: no slope can be taken there")
        return array.astype(np.float64)

    def _note_sharing(self, params: Any) -> None:
        arrays = [a for a in _arrays(params) if a.size]
        for number, one in enumerate(arrays):
            if any(np.shares_memory(one, other) for other in arrays[number + 1 :]):
                self.notes.append(
                    "two parameters share their memory; each was moved without the other"
                )
                return

    def build(
        self,
        vector: NDArray[Any],
        *,
        writable: bool = False,
        owned: bool = False,
        own_dtypes: bool = False,
    ) -> Any:
        """Return parameters of the given structure with the entries of `vector`.

        Parameters
        ----------
        vector : ndarray, shape (n,)
            The entries.
        writable : bool
            May the arrays be written to? Tensors, which are copies, always may.
        owned : bool
            Will nobody else use `vector` any more? Then arrays need not be copies.
        own_dtypes : bool
            Shall tensors have the type that they had, not float64?
        """
        # This runs for every evaluation: the usual structures are built without a detour.
        if self._are_numbers and self._is_flat:
            numbers = vector.tolist()
            return tuple(numbers) if type(self._template) is tuple else numbers
        if not owned:
            vector = vector.copy()
        vector.flags.writeable = writable
        if self._are_arrays and self._is_flat:
            parts = [vector[where].reshape(shape) for where, shape in self._places]
            return tuple(parts) if type(self._template) is tuple else parts

        def make(leaf: Leaf) -> Any:
            if leaf.is_number:
                return vector.item(leaf.start)
            array = vector[leaf.start : leaf.start + leaf.size].reshape(leaf.shape)
            return array if leaf.tensor is None else leaf.tensor.tensor(array, own_dtypes)

        return _filled(self._template, make)

    def build_leaves(self, vector: Vector, leaf: Callable[[Vector, Any], Any]) -> Any:
        """Return parameters whose arrays and numbers are made by ``leaf(array, device)``."""

        def make(own: Leaf) -> Any:
            array = vector[own.start : own.start + own.size].reshape(own.shape)
            return leaf(array, None if own.tensor is None else own.tensor.device)

        return _filled(self._template, make)

    def restore(self, vector: Vector) -> Any:
        """Return the entries of `vector` as float64 values that anybody may change."""

        def make(leaf: Leaf) -> Any:
            if leaf.is_number:
                return vector[leaf.start].item()
            array = vector[leaf.start : leaf.start + leaf.size].reshape(leaf.shape).copy()
            return array if leaf.tensor is None else leaf.tensor.result(array)

        return _filled(self._template, make)

    @property
    def narrow_eps(self) -> float:
        """Machine epsilon of the least precise tensors; 0 if all are float64 or whole numbers."""
        kinds = [leaf.tensor for leaf in self.leaves if leaf.tensor is not None]
        return max((kind.eps for kind in kinds if kind.is_narrow), default=0.0)

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
        if value is None:
            return f"{name} is None; is a return statement missing?"
        if isinstance(template, dict):
            problem = _wrong_keys(template, value, name)
            if problem:
                return problem
            items = [(_item(name, key), template[key], value[key]) for key in template]
        else:
            if not isinstance(value, tuple | list) or len(value) != len(template):
                many = f"{len(template)} items"
                if template is self._template and self.names:
                    many = f"one item for each of {', '.join(self.names)}"
                return f"{name} must be a tuple or list of {many}, not {_describe(value)}"
            items = [(f"{name}[{i}]", t, value[i]) for i, t in enumerate(template)]
            if template is self._template and self.names:
                paths = [f"{name} of {own}" for own in self.names]
                items = [(path, t, v) for path, (_, t, v) in zip(paths, items, strict=True)]
        for path, part, own in items:
            problem = self._flatten(part, own, path, parts)
            if problem:
                return problem
        return ""

    def entry_name(self, position: int) -> str:
        """Return how a caller would write entry number `position`: ``w["hidden"][7, 3]``."""
        for leaf in self.leaves:
            if leaf.start <= position < leaf.start + leaf.size:
                return leaf.entry(position - leaf.start)
        raise IndexError(position)


def _filled(template: Any, make: Callable[[Leaf], Any]) -> Any:
    """Return a structure with every leaf replaced by what `make` makes of it."""
    if type(template) is Leaf:
        return make(template)
    if isinstance(template, dict):
        return {key: _filled(item, make) for key, item in template.items()}
    items = [make(item) if type(item) is Leaf else _filled(item, make) for item in template]
    if isinstance(template, list):
        return items
    return template._make(items) if hasattr(template, "_make") else tuple(items)


def parameter_name(f: Callable[..., Any]) -> str:
    """Return what `f` calls its first argument, "params" where it has no name."""
    try:
        first = next(iter(inspect.signature(f).parameters.values()))
    except (TypeError, ValueError, StopIteration):
        return "params"
    return "params" if first.kind is inspect.Parameter.VAR_POSITIONAL else first.name


def coarsest_eps(value: Any) -> float:
    """Return the machine epsilon of the least precise float type in a structure."""
    if isinstance(value, Mapping):
        return max(map(coarsest_eps, value.values()), default=EPS)
    if isinstance(value, tuple | list):
        return max(map(coarsest_eps, value), default=EPS)
    return max(eps_of(value), EPS)


def article(words: str) -> str:
    """Put "a" or "an" in front."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _item(path: str, key: object) -> str:
    written = json.dumps(key, ensure_ascii=False) if isinstance(key, str) else repr(key)
    return f"{path}[{written}]"


def _describe(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"{len(value)} items"
    if isinstance(value, np.ndarray) or is_tensor(value):
        what = "a tensor" if is_tensor(value) else "an array"
        return f"{what} of shape {tuple(value.shape)}"
    return article(type(value).__name__)


def _wrong_keys(template: Mapping[Any, Any], value: Any, name: str) -> str:
    if not isinstance(value, Mapping):
        keys = ", ".join(map(str, template))
        return f"{name} must be a dict, not {_describe(value)}; its keys: {keys}"
    missing = [str(key) for key in template if key not in value]
    if missing:
        return f"{name} lacks the key {', '.join(missing)}"
    extra = [str(key) for key in value if key not in template]
    return f"{name} has a key that the parameters lack: {', '.join(extra)}" if extra else ""


def _flatten_leaf(leaf: Leaf, value: Any, name: str, parts: list[Vector]) -> str:
    if value is None and leaf.tensor is not None:
        return f"{name} is None; is a return statement or a call of backward() missing?"
    if value is None:
        return f"{name} is None; is a return statement missing?"
    try:
        array = as_array(value)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError, RuntimeError):
        return f"{name} is {article(type(value).__name__)}, not a number or an array of numbers"
    if array.dtype.kind not in "fiub":
        return f"{name} is {array.dtype}, not real numbers"
    if array.shape != leaf.shape and not (leaf.is_number and array.size == 1):
        return f"{name} has shape {array.shape}, but its parameter has shape {leaf.shape}"
    parts.append(array.astype(np.float64).ravel())
    return ""


def _arrays(value: Any) -> Iterator[NDArray[Any]]:
    if isinstance(value, np.ndarray) or is_tensor(value):
        yield as_array(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _arrays(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _arrays(item)
