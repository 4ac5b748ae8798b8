"""What else is known about a wrong gradient: the slope of the learner's own loss."""

from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck_kit.checks.contract import Parsed, parse_return, split_returns
from gradcheck_kit.checks.finding import Finding
from gradcheck_kit.learner.learner import ModuleCopy
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.numerics.compare import wrong_entries
from gradcheck_kit.problems.problem import Arguments, Function, Return

_LOSS = Return("L")


def explain_gradient(copy: ModuleCopy, function: Function, finding: Finding) -> Finding:
    """Add the numerical slope of the learner's own loss at the entry that is shown.

    It explains and never decides: a constant loss with a zero gradient would pass it, and so
    do mistakes in `forward` that `backward` is consistent with.
    """
    if finding.reason not in ("value", "not-finite") or function.objective is None:
        return finding
    if copy.load().status != "loaded":
        return finding
    facts = dict(finding.facts)
    slope = _own_slope(copy, function, finding)
    if slope is not None:
        facts["own_slope"] = slope[0]
    if _is_right_after_forward(copy, function, finding):
        facts["after_forward"] = True
    return replace(finding, facts=facts)


def _is_right_after_forward(copy: ModuleCopy, function: Function, finding: Finding) -> bool:
    """Tell whether the function is right once `forward` was called with the same values.

    Then it does not compute with its own arguments but with what `forward` left behind.
    """
    assert function.objective is not None
    assert finding.arguments is not None
    arguments = finding.arguments
    objective = function.objective
    copy.call_many(objective.forward, [objective.forward_arguments(*arguments)])
    results = copy.call_many(function.name, [arguments])
    if not results or results[0].status != "returned":
        return False
    values = split_returns(function, results[0].value)
    if isinstance(values, Finding):
        return False
    position = [entry.name for entry in function.returns].index(finding.facts["return"])
    entry, right = function.returns[position], function.reference(*arguments)
    due = right[position] if len(function.returns) > 1 else right
    parsed = parse_return(entry, values[position], due)
    scale = entry.scale(*arguments) if entry.scale else 1.0
    return not isinstance(parsed, Finding) and not wrong_entries(parsed, due, scale).any()


def _own_slope(
    copy: ModuleCopy, function: Function, finding: Finding
) -> tuple[float, float] | None:
    # Only a wrong gradient needs this: other runs start 10 ms sooner without it.
    from gradcheck_kit.numerics.ridders import extrapolate, offsets

    assert function.objective is not None
    assert finding.arguments is not None
    entry = function.return_named(finding.facts["return"])
    if entry.of is None:
        return None
    position = function.parameters.index(entry.of)
    base = np.asarray(finding.arguments[position], dtype=np.float64)
    at = finding.facts["index"]
    scale = max(1.0, abs(float(base[at])))
    moved = [_moved(finding.arguments, position, at, offset) for offset in offsets(scale)]
    objective = function.objective
    passes = copy.call_many(objective.forward, [objective.forward_arguments(*a) for a in moved])
    if len(passes) != len(moved) or any(r.status != "returned" for r in passes):
        return None
    try:
        points = [objective.loss_arguments(r.value, *a) for r, a in zip(passes, moved, strict=True)]
    except (TypeError, IndexError, KeyError):  # their forward returns something else
        return None
    losses = copy.call_many(objective.loss, points)
    if len(losses) != len(points):
        return None
    value, error = extrapolate([_number(result) for result in losses], scale)
    # A slope known to less than three digits would explain nothing.
    return (value, error) if error <= 1e-3 * abs(value) + 1e-9 else None


def _moved(arguments: Arguments, position: int, at: tuple[int, ...], offset: float) -> Arguments:
    base = np.array(arguments[position], dtype=np.float64)
    base[at] += offset
    new: Any = base if base.ndim else float(base)
    return (*arguments[:position], new, *arguments[position + 1 :])


def _number(result: CallResult) -> float:
    if result.status != "returned":
        return float("nan")
    parsed: Parsed | Finding = parse_return(_LOSS, result.value, 0.0)
    return parsed if isinstance(parsed, float) else float("nan")
