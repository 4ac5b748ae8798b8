"""The contract: a function is there, can be called and returns the right kind of thing."""

from typing import Any

import numpy as np

from gradcheck_kit.checks.finding import Finding
from gradcheck_kit.learner.results import CallResult, LoadResult, Presence
from gradcheck_kit.learner.values import Opaque, Snapshot
from gradcheck_kit.problems.problem import Function, Return

_LOAD_OUTCOMES = {
    "missing": "missing",
    "folder": "invalid",
    "unreadable": "invalid",
    "syntax": "invalid",
    "encoding": "invalid",
    "raised": "raised",
    "timed_out": "timed_out",
    "crashed": "crashed",
}


def check_load(result: LoadResult) -> Finding | None:
    """Return why the file cannot be used, or None."""
    if result.status == "loaded":
        return None
    reason = result.status
    if result.trouble is not None and result.trouble.wants_input:
        reason = "input"
    return Finding(
        _LOAD_OUTCOMES.get(result.status, "crashed"),
        f"file-{reason}",
        trouble=result.trouble,
        output=result.output,
    )


def check_presence(presence: Presence) -> Finding | None:
    """Return why the function cannot be called, or None."""
    if presence.status == "missing":
        return Finding("missing", "function-missing")
    if presence.status == "not_callable":
        return Finding("invalid", "not-callable", facts={"kind": presence.detail})
    if presence.status == "parameters":
        return Finding("invalid", "parameters", facts={"taken": presence.detail})
    if presence.is_stub:
        return Finding("not_started", "stub")
    if presence.is_async:
        return Finding("invalid", "async")
    return None


def check_call(
    function: Function, arguments: tuple[Any, ...], result: CallResult
) -> Finding | None:
    """Return why a call gave no result, or None."""
    trouble = result.trouble
    if result.status == "returned":
        return None
    if result.status != "raised" or trouble is None:
        return Finding(
            result.status if result.status != "returned" else "crashed",
            "call",
            arguments,
            trouble=trouble,
            output=result.output,
        )
    if trouble.kind == "NotImplementedError" and trouble.own_frame:
        return Finding("not_started", "stub")
    if trouble.kind == "TypeError" and not trouble.frames and not trouble.in_stand_in:
        return Finding("invalid", "uncallable", arguments, trouble=trouble)
    return Finding("raised", "call", arguments, trouble=trouble, output=result.output)


def split_returns(function: Function, value: Snapshot) -> list[Snapshot] | Finding:
    """Return one snapshot for each return of `function`, or why that is not possible."""
    wanted = len(function.returns)
    if wanted == 1:
        return [value]
    if isinstance(value, tuple | list):
        if len(value) == wanted:
            return list(value)
        return Finding("invalid", "length", got=value, facts={"length": len(value)})
    return Finding("invalid", kind_of(value), got=value)


def kind_of(value: Snapshot) -> str:
    """Return the reason id for a value that is no number, array or tuple as it should be."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Opaque):
        known = ("generator", "coroutine", "dict", "set", "function", "map", "zip")
        return value.kind if value.kind in known else "other"
    if isinstance(value, bool) or (isinstance(value, np.ndarray) and value.dtype.kind == "b"):
        return "bool"
    if isinstance(value, complex) or (isinstance(value, np.ndarray) and value.dtype.kind == "c"):
        return "complex"
    if isinstance(value, tuple | list):
        return "sequence"
    return "array" if isinstance(value, np.ndarray) and value.ndim else "number"


Parsed = float | np.ndarray[Any, Any]


def parse_return(entry: Return, value: Snapshot, reference: Any) -> Parsed | Finding:
    """Return the numbers in `value`, in the shape of `reference`, or what is wrong with it."""
    if entry.kind == "sequence":
        return _parse_sequence(entry, value, len(reference))
    shape = getattr(reference, "shape", ())  # np.shape makes an array of a number first
    if not shape:
        return _parse_number(entry.name, value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        if value.shape == shape:
            return value
        return Finding(
            "invalid", "shape", entry=entry.name, got=value,
            facts={"got_shape": value.shape, "shape": shape},
        )  # fmt: skip
    kind = kind_of(value)
    if kind == "array":
        kind = "array-kind"
    return Finding("invalid", kind, entry=entry.name, got=value, facts={"shape": shape})


def _parse_number(name: str, value: Snapshot) -> float | Finding:
    kind = type(value)
    if kind is float or kind is int:
        return float(value)
    if kind is np.ndarray and value.shape == () and value.dtype.kind in "fiu":
        return float(value)
    if kind is np.ndarray and value.ndim and value.dtype.kind in "fiu":
        facts = {"got_shape": value.shape, "shape": ()}
        return Finding("invalid", "shape", entry=name, got=value, facts=facts)
    return Finding("invalid", kind_of(value), entry=name, got=value, facts={"shape": ()})


def _parse_sequence(entry: Return, value: Snapshot, length: int) -> Parsed | Finding:
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "fiu":
        items: list[Snapshot] = list(value)
        numbers: Parsed = value
    elif isinstance(value, tuple | list):
        items = list(value)
        parsed = [_parse_number(f"{entry.name}[{i}]", item) for i, item in enumerate(items)]
        for number in parsed:
            if isinstance(number, Finding):
                return number
        numbers = np.array(parsed, dtype=np.float64)
    else:
        kind = kind_of(value)
        reason = "not-sequence" if kind in ("number", "array") else kind
        return Finding("invalid", reason, entry=entry.name, got=value)
    if len(items) != length:
        facts = {"length": len(items), "wanted": length}
        return Finding("invalid", "sequence-length", entry=entry.name, got=value, facts=facts)
    return numbers
