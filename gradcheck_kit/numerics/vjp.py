"""Check a layer: its backward must give the vector-Jacobian products of its forward."""

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.check import GradientReport, check_parameters
from gradcheck_kit.numerics.evaluate import silenced
from gradcheck_kit.numerics.parameters import Parameters
from gradcheck_kit.numerics.torch_functions import (
    as_array,
    copied,
    is_float,
    is_tensor,
    like_output,
    rounded_like,
    weighted_sum,
)

UPSTREAMS = 2
"""Random upstream gradients tried: one alone can hide what two cannot."""

_SEVERITY = {"ok": 0, "cannot_tell": 1, "wrong": 2}


def check_vjp(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Sequence[Any],
    *,
    cache: bool = False,
    rtol: float | None = None,
    seed: int = 0,
) -> GradientReport:
    """Check that ``backward`` is the derivative of ``forward``, for any upstream gradient.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs)`` returns an array, a tensor, a number, or a tuple of them; with `cache`,
        ``(out, cache)``.
    backward : callable
        ``backward(upstream, *inputs)``, or with `cache` ``backward(upstream, cache)``, returns
        one gradient for each input (a single one as it is): ∂(Σ upstream·out)/∂input. For
        inputs without floats, which have no gradient, None will do, or nothing at all. Several
        outputs have a tuple of upstream gradients.
    inputs : sequence
        The arguments of `forward`: arrays, tensors, numbers, or tuples, lists and dicts of them;
        gradients are checked for those that hold floats.
    cache : bool
        Does `forward` return a cache for `backward`?
    rtol : float or None
        See `check_gradient`.
    seed : int
        Draws the upstream gradients.

    Returns
    -------
    GradientReport
        Entries are named by the parameters of `forward`: ``W[2, 0]``.

    Raises
    ------
    TypeError, ValueError
        If `forward` returns no numbers, or an input is complex or not finite. Exceptions of
        `forward` and `backward` pass through.

    Examples
    --------
    >>> def forward(x, W):
    ...     return x @ W
    >>> def backward(upstream, x, W):
    ...     return upstream @ W.T, x.T @ upstream
    >>> rng = np.random.default_rng(0)
    >>> inputs = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    >>> check_vjp(forward, backward, inputs).verdict
    'ok'
    """
    inputs = tuple(inputs)
    names = _names(forward, len(inputs))
    moving = [k for k, value in enumerate(inputs) if _has_floats(value)]
    if not moving:
        raise TypeError("no input holds floats: there is no gradient to check")
    layer = _Layer(forward, backward, inputs, moving, names, cache)
    out = layer.out = layer.outputs(forward(*_copies(inputs)))
    rng = np.random.default_rng(seed)
    worst: GradientReport | None = None
    for number in range(UPSTREAMS):
        upstream = [rounded_like(part, rng.normal(size=tuple(part.shape))) for part in out]
        with silenced() if number else contextlib.nullcontext():
            report = layer.check(upstream, rtol=rtol, seed=seed)
        if worst is None or _SEVERITY[report.verdict] > _SEVERITY[worst.verdict]:
            worst = report
        if worst.verdict == "wrong":
            break
    assert worst is not None
    return worst


class _Layer:
    """A forward and a backward with their inputs, some of which move."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        inputs: tuple[Any, ...],
        moving: list[int],
        names: list[str],
        cache: bool,
    ) -> None:
        self._forward = forward
        self._backward = backward
        self._inputs = inputs
        self._moving = moving
        self._names = names
        self._cache = cache
        self._notes: list[str] = []
        self.out: list[Any] = []

    def outputs(self, result: Any) -> list[Any]:
        """Return the outputs in what `forward` returned, as arrays or tensors."""
        if self._cache:
            if not isinstance(result, tuple | list) or len(result) != 2:
                raise TypeError("with cache=True, forward must return (out, cache)")
            result = result[0]
        parts = result if isinstance(result, tuple | list) else (result,)
        found = [part if is_tensor(part) else np.asarray(part) for part in parts]
        for part in found:
            if as_array(part).dtype.kind not in "fciu":
                raise TypeError(f"forward must return numbers, not {part.dtype}")
        return found

    def check(
        self, upstream: list[NDArray[np.float64]], *, rtol: float | None, seed: int
    ) -> GradientReport:
        """Check the gradient of Σ upstream·out."""
        self._notes = []
        parameters = Parameters(
            tuple(self._inputs[k] for k in self._moving),
            names=[self._names[k] for k in self._moving],
        )

        def f(moved: tuple[Any, ...]) -> Any:
            with silenced():  # it has printed once already
                parts = self.outputs(self._forward(*self._with(moved)))
            if any(is_tensor(part) for part in parts):
                return weighted_sum(upstream, parts)
            total = sum((u * part).sum() for u, part in zip(upstream, parts, strict=True))
            narrow = [p.dtype for p in parts if p.dtype.kind == "f" and p.dtype.itemsize < 8]
            # What was computed in float32 is no float64 because upstream is.
            return np.asarray(total).astype(min(narrow, key=_width)) if narrow else total

        def grad(moved: tuple[Any, ...]) -> Any:
            return self._gradients(upstream, self._with(moved))

        report = check_parameters(f, grad, parameters, rtol=rtol, seed=seed)
        return replace(report, notes=tuple(dict.fromkeys([*report.notes, *self._notes])))

    def _with(self, moved: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(_copies(self._inputs))
        for k, value in zip(self._moving, moved, strict=True):
            values[k] = value
        return tuple(values)

    def _gradients(self, upstream: list[NDArray[np.float64]], values: tuple[Any, ...]) -> Any:
        """Call `backward` and return the gradients of the inputs that move."""
        arguments = values
        if self._cache:
            with silenced():
                arguments = (self._forward(*values)[1],)
        given = tuple(
            like_output(part, u, values) for part, u in zip(self.out, upstream, strict=True)
        )
        found = self._backward(given if len(given) > 1 else given[0], *arguments)
        if not all(np.array_equal(u, as_array(v)) for u, v in zip(upstream, given, strict=True)):
            self._notes.append("backward changes its upstream gradient in place; it got a copy")
        if found is None:
            return None
        if not isinstance(found, tuple | list) or (
            len(self._inputs) == 1 and isinstance(self._inputs[0], tuple | list)
        ):
            found = (found,)
        if len(found) == len(self._inputs):
            for k, value in enumerate(found):
                if k not in self._moving and value is not None:
                    self._notes.append(
                        f"{self._names[k]} holds no floats: its gradient was not checked"
                    )
            return tuple(found[k] for k in self._moving)
        return tuple(found)


def _width(dtype: np.dtype[Any]) -> int:
    return dtype.itemsize


def _names(forward: Callable[..., Any], count: int) -> list[str]:
    try:
        parameters = list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL]
    return names[:count] if len(names) >= count else [f"input {k}" for k in range(count)]


def _has_floats(value: Any) -> bool:
    return any(is_float(leaf) for leaf in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _copies(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(copied(v) for v in inputs)
