"""PyTorch tensors as parameters and results, if the caller's code has imported torch.

The kit itself never imports torch: who hands over a tensor has done so already.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOT_WRITABLE = "The given NumPy array is not writable"
"""How torch's warning about read-only arrays starts; the arrays are copies."""


def loaded_torch() -> Any:
    """Return the torch module if it has been imported, else None."""
    torch = sys.modules.get("torch")
    # A learner's own file may have that name, or torch is being imported just now.
    return torch if isinstance(getattr(torch, "Tensor", None), type) else None


def is_tensor(value: Any) -> bool:
    """Tell whether a value is a torch tensor."""
    torch = loaded_torch()
    return torch is not None and isinstance(value, torch.Tensor)


def is_module(value: Any) -> bool:
    """Tell whether a value is a torch module."""
    torch = loaded_torch()
    module = getattr(getattr(torch, "nn", None), "Module", None)
    return isinstance(module, type) and isinstance(value, module)


def as_array(value: Any) -> NDArray[Any]:
    """Return a value as a NumPy array, a tensor without its history.

    A tensor in memory shares it with the array, if NumPy knows its type.
    """
    if isinstance(value, np.ndarray) or not is_tensor(value):
        return np.asarray(value)
    torch = loaded_torch()
    tensor = value.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    if tensor.is_floating_point() and tensor.dtype not in _dtypes_of_numpy(torch):
        tensor = tensor.to(torch.float32)  # bfloat16 and shorter ones fit in
    array: NDArray[Any] = tensor.numpy()
    return array


def _dtypes_of_numpy(torch: Any) -> tuple[Any, ...]:
    return torch.float64, torch.float32, torch.float16


def eps_of(value: Any) -> float:
    """Return the machine epsilon of a float array or tensor, 0 for anything else."""
    if is_tensor(value):
        return float(loaded_torch().finfo(value.dtype).eps) if value.is_floating_point() else 0.0
    dtype = getattr(value, "dtype", None)
    is_float = isinstance(dtype, np.dtype) and dtype.kind == "f"
    return float(np.finfo(dtype).eps) if is_float else 0.0


@dataclass(frozen=True, slots=True)
class TensorKind:
    """What a tensor among the parameters is like.

    Parameters
    ----------
    dtype, device : object
        torch's.
    requires_grad : bool
        Does it record what is done with it?
    """

    dtype: Any
    device: Any
    requires_grad: bool

    @classmethod
    def of(cls, value: Any) -> "TensorKind | None":
        """Return the kind of a tensor, None for any other value."""
        return cls(value.dtype, value.device, value.requires_grad) if is_tensor(value) else None

    @property
    def is_narrow(self) -> bool:
        """Whether it holds floats shorter than float64's."""
        return bool(self.dtype.is_floating_point) and self.dtype.itemsize < 8

    @property
    def eps(self) -> float:
        """Machine epsilon of its floats."""
        return float(loaded_torch().finfo(self.dtype).eps)

    def result(self, array: NDArray[np.float64]) -> Any:
        """Return an array as a float64 tensor without history."""
        return loaded_torch().tensor(array, device=self.device)

    def tensor(self, array: NDArray[Any], own_dtype: bool = False) -> Any:
        """Return an array as a tensor of this kind, float64 or of its own type."""
        torch = loaded_torch()
        result = torch.tensor(array)
        if own_dtype and self.is_narrow and not result.is_complex():
            result = result.to(self.dtype)  # before it moves: not every device has float64
        return result.to(self.device).requires_grad_(self.requires_grad)


def gradient(
    f: Callable[[Any], Any], build: Callable[[Callable[[NDArray[np.float64], Any], Any]], Any]
) -> NDArray[np.float64] | None:
    """Differentiate a function of tensors by torch's automatic differentiation.

    Parameters
    ----------
    f : callable
        Takes parameters, returns a tensor with one entry.
    build : callable
        Returns the parameters, given a function that makes a leaf from its array and device.

    Returns
    -------
    ndarray, shape (n,), or None
        Entries on which the result does not depend are 0; None if the result is no float64
        tensor that knows its history, or anything goes wrong.
    """
    torch = loaded_torch()
    if torch is None:
        return None
    leaves = []

    def leaf(array: NDArray[np.float64], device: Any) -> Any:
        tensor = torch.tensor(array, dtype=torch.float64, device=device).requires_grad_()
        leaves.append(tensor)
        return tensor.clone()  # may be changed in place, which a leaf may not

    with torch.enable_grad():
        given = build(leaf)
        try:
            result = f(given)
            if not is_tensor(result) or result.numel() != 1 or result.dtype != torch.float64:
                return None
            found = torch.autograd.grad(result.reshape(()), leaves, allow_unused=True)
            parts = [
                np.zeros(one.numel()) if g is None else as_array(g).ravel()
                for one, g in zip(leaves, found, strict=True)
            ]
        except Exception:  # no history, or used up: differences take over
            return None
    result_vector: NDArray[np.float64] = np.concatenate(parts).astype(np.float64)
    return result_vector if bool(np.all(np.isfinite(result_vector))) else None


def tensors_in(value: Any) -> Iterator[Any]:
    """Yield the tensors in tuples, lists and dicts, nested."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)
    elif is_tensor(value):
        yield value


# Layers


def is_float(value: Any) -> bool:
    """Tell whether a number, array or tensor holds real or complex floats."""
    return as_array(value).dtype.kind in "fc"


def copied(value: Any) -> Any:
    """Return a copy of an array or a tensor, anything else as it is."""
    if is_tensor(value):
        return value.detach().clone().requires_grad_(value.requires_grad)
    return value.copy() if isinstance(value, np.ndarray) else value


def rounded_like(output: Any, weights: Any) -> NDArray[np.float64]:
    """Return weights for an output: with few digits if it is a tensor with few digits.

    Such a layer may be called with tensors of either type, and both shall get the same.
    """
    if is_tensor(output) and output.is_floating_point():
        weights = as_array(loaded_torch().tensor(weights).to(output.dtype))
    return np.array(weights, dtype=np.float64)


def like_output(output: Any, weights: NDArray[np.float64], inputs: Any) -> Any:
    """Return a copy of the weights for an output: a tensor if it is one.

    Its type is float64, or that of the output where `inputs` hold tensors that are shorter.
    """
    if not is_tensor(output):
        return weights.copy()
    torch = loaded_torch()
    result = torch.tensor(weights)
    floats = [t for t in tensors_in(inputs) if t.is_floating_point()]
    is_narrow = output.is_floating_point() and any(t.dtype.itemsize < 8 for t in floats)
    return (result.to(output.dtype) if is_narrow else result).to(output.device)


def weighted_sum(weights: list[NDArray[np.float64]], outputs: list[Any]) -> Any:
    """Return Σ weights·outputs as a tensor, of the shortest type among the outputs."""
    torch = loaded_torch()
    total: Any = 0.0
    shortest = torch.float64
    for weight, part in zip(weights, outputs, strict=True):
        if not is_tensor(part):
            total = total + float((weight * part).sum())
            continue
        total = total + (torch.tensor(weight) * part.cpu()).sum()
        if part.is_floating_point() and part.dtype.itemsize < shortest.itemsize:
            shortest = part.dtype
    return total if total.is_complex() else total.to(shortest)
