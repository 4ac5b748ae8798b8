"""Check a layer: its backward must give the vector-Jacobian products of its forward."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.check import GradientReport, check_gradient

UPSTREAMS = 2
"""Random upstream gradients tried: one alone can hide what two cannot."""


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
        ``forward(*inputs)`` returns an array, a number, or a tuple of them; with `cache`,
        ``(out, cache)``.
    backward : callable
        ``backward(upstream, *inputs)``, or with `cache` ``backward(upstream, cache)``, returns
        one gradient for each input (a single one as it is): ∂(Σ upstream·out)/∂input. For
        integer inputs, which have no gradient, None will do.
    inputs : sequence
        Arrays and numbers; gradients are checked for those of float type.
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
        If `forward` returns no numbers, or an input is complex or not finite.

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
    moving = [k for k, value in enumerate(inputs) if _is_float(value)]
    if not moving:
        raise TypeError("no input is of float type: there is no gradient to check")
    rng = np.random.default_rng(seed)
    first = forward(*_copies(inputs))
    out = _outputs(first[0] if cache else first)
    worst: GradientReport | None = None
    for _ in range(UPSTREAMS):
        upstream = [rng.normal(size=part.shape) for part in out]
        report = _check_one(
            forward, backward, inputs, names, moving, upstream, cache=cache, rtol=rtol, seed=seed
        )
        if worst is None or _SEVERITY[report.verdict] > _SEVERITY[worst.verdict]:
            worst = report
        if worst.verdict == "wrong":
            break
    assert worst is not None
    return worst


_SEVERITY = {"ok": 0, "cannot_tell": 1, "wrong": 2}


def _check_one(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: tuple[Any, ...],
    names: list[str],
    moving: list[int],
    upstream: list[NDArray[np.float64]],
    *,
    cache: bool,
    rtol: float | None,
    seed: int,
) -> GradientReport:
    def with_moved(moved: dict[str, Any]) -> tuple[Any, ...]:
        values = list(inputs)
        for k in moving:
            values[k] = moved[names[k]]
        return tuple(values)

    def f(moved: dict[str, Any]) -> Any:
        result = forward(*with_moved(moved))
        parts = _outputs(result[0] if cache else result)
        return sum((u * part).sum() for u, part in zip(upstream, parts, strict=True))

    def grad(moved: dict[str, Any]) -> dict[str, Any]:
        values = with_moved(moved)
        single = upstream[0] if len(upstream) == 1 else tuple(u.copy() for u in upstream)
        given = np.array(single) if isinstance(single, np.ndarray) else single
        rest = (forward(*values)[1],) if cache else values
        found = backward(given, *rest)
        return _by_name(found, inputs, names, moving)

    params = {names[k]: inputs[k] for k in moving}
    report = check_gradient(f, grad, params, rtol=rtol, seed=seed)
    return _renamed(report, names)


def _by_name(
    found: Any, inputs: tuple[Any, ...], names: list[str], moving: list[int]
) -> dict[str, Any]:
    if not isinstance(found, tuple | list):
        found = (found,)
    if len(found) == len(inputs):
        return {names[k]: found[k] for k in moving}
    if len(found) == len(moving):
        return {names[k]: value for k, value in zip(moving, found, strict=True)}
    return {f"backward returned {len(found)} gradients for {len(inputs)} inputs": None}


def _renamed(report: GradientReport, names: list[str]) -> GradientReport:
    """Call entries ``W[2, 0]`` instead of ``moved['W'][2, 0]``."""
    entries = []
    for entry in report.entries:
        path = entry.path
        for name in names:
            path = path.replace(f"moved[{name!r}]", name)
        entries.append(replace(entry, path=path))
    problem = report.problem
    if "must be a dict" in problem:
        problem = f"backward must return one gradient for each input: {', '.join(names)}"
    for name in names:
        problem = problem.replace(f"the gradient[{name!r}]", f"the gradient of {name}")
    return replace(report, entries=entries, problem=problem)


def _names(forward: Callable[..., Any], count: int) -> list[str]:
    try:
        names = list(inspect.signature(forward).parameters)
    except (TypeError, ValueError):
        names = []
    return names[:count] if len(names) >= count else [f"input {k}" for k in range(count)]


def _is_float(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "fc"


def _copies(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(v.copy() if isinstance(v, np.ndarray) else v for v in inputs)


def _outputs(out: Any) -> list[NDArray[Any]]:
    parts = out if isinstance(out, tuple | list) else (out,)
    arrays = [np.asarray(part) for part in parts]
    for array in arrays:
        if array.dtype.kind not in "fciu":
            raise TypeError(f"forward must return numbers, not {array.dtype}")
    return arrays
