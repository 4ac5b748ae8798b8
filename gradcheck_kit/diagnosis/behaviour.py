"""Mistakes that show in what a function does, whatever it computes.

Each is a word that a misconception's `when` may name:

- ``none``, ``printed``, ``text``, ``dict``, ``single``, ``packed``: what comes back is None,
  None with the result printed, a text, a dict, one value where several are due, or all of them
  in one array;
- ``constant``, ``zero``: the same answer, or 0, whatever the arguments are;
- ``rounded``: the right values rounded to a few decimals; ``float32``: to 24 bits;
- ``sign``, ``scaled``: the right values times -1, or times another number;
- ``int-weights``: right, but for integer arguments, where the results are cut to integers;
- ``mutates:NAME``, ``mutates``, ``reuse``, ``state``: an argument is changed, a later call
  changes an earlier result, the same call gives two answers;
- ``after-forward``: right only right after `forward` was called with the same values;
- ``one-sided``, ``numeric``: off as a difference quotient to one side, or to both, is;
- ``imprecise``, with `links`: that product, to some digits only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.checks.finding import Finding
from gradcheck_kit.diagnosis.observed import Calls
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.numerics.compare import is_imprecise, wrong_entries
from gradcheck_kit.problems.problem import Arguments, Function

FORMS = ("printed", "none", "text", "dict", "single", "packed")
"""What comes back has another form: its values say nothing."""

WHEN = (
    "", *FORMS, "constant", "zero", "rounded", "float32", "sign", "scaled", "int-weights",
    "mutates", "reuse", "state", "after-forward", "one-sided", "numeric", "imprecise",
)  # fmt: skip
"""All that `when` may be, but for ``mutates:NAME``; "" for what does not show that way."""

_DECIMALS = range(9)
_SHARE = 0.8  # of the telling points, where a rule is approximate
_STEP = 1e-3  # to differentiate the reference's gradient

Table = Mapping[str, "Values"]


class Values:
    """The numbers of one return over all calls, beside the right ones.

    Parameters
    ----------
    got, right : list of ndarray
        One for each call that could be read, flattened.
    arguments : list of tuple
        Of those calls.
    scales : list of float
        Size of the absolute tolerance at each.
    """

    def __init__(self) -> None:
        self.got: list[NDArray[np.float64]] = []
        self.right: list[NDArray[np.float64]] = []
        self.arguments: list[Arguments] = []
        self.scales: list[float] = []

    @property
    def everything(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """All numbers in a row, and the right ones."""
        if not self.got:
            return np.zeros(0), np.zeros(0)
        return np.concatenate(self.got), np.concatenate(self.right)


def table(function: Function, calls: Calls) -> Table:
    """Return the numbers of every return, leaving out calls whose result is no such thing."""
    values = {entry.name: Values() for entry in function.returns}
    for call in calls:
        for position, entry in enumerate(function.returns):
            parsed = call.parsed[position]
            if parsed is None:
                continue
            own = values[entry.name]
            own.got.append(np.ravel(np.asarray(parsed, dtype=np.float64)))
            own.right.append(np.ravel(np.asarray(call.right[position], dtype=np.float64)))
            own.arguments.append(call.arguments)
            own.scales.append(call.scales[position])
    return values


def form_of(function: Function, calls: Calls) -> str:
    """Return which of `FORMS` comes back wherever anything does, or ""."""
    kinds = {_form(function, c.result) for c in calls if c.result.status == "returned"}
    if kinds == {"none", "printed"}:
        return "printed"
    return kinds.pop() if len(kinds) == 1 else ""


def _form(function: Function, result: CallResult) -> str:
    value = result.value
    if value is None or (isinstance(value, tuple) and value and all(v is None for v in value)):
        return "printed" if result.output.strip() else "none"
    if isinstance(value, str) or (
        isinstance(value, tuple | list) and value and all(isinstance(v, str) for v in value)
    ):
        return "text"
    if getattr(value, "kind", None) == "dict":
        return "dict"
    several = len(function.returns) > 1
    if several and isinstance(value, np.ndarray) and value.shape == (len(function.returns),):
        return "packed"
    number = isinstance(value, int | float) or (isinstance(value, np.ndarray) and value.size)
    return "single" if several and number else ""


def habits_of(finding: Finding, function: Function) -> Iterator[str]:
    """Yield what the finding itself says of how the function behaves."""
    if finding.reason == "mutates":
        for name in finding.facts["changed"]:
            yield f"mutates:{name}"
    if finding.reason in ("mutates", "reuse", "state", "float32"):
        yield finding.reason
    if finding.facts.get("after_forward"):
        yield "after-forward"


def pattern_of(function: Function, name: str, values: Values) -> str:
    """Return how wrong values of one return follow from the right ones, or ""."""
    with np.errstate(all="ignore"):  # values may be anything
        return _pattern_of(function, name, values)


def _pattern_of(function: Function, name: str, values: Values) -> str:
    got, right = values.everything
    if got.size < 4 or not np.all(np.isfinite(got)):
        return ""
    if np.all(got == 0.0):
        return "zero"
    if np.all(got == got[0]) and np.ptp(right) > 0.0 and len(values.got) > 3:
        return "constant"
    if _is_rounded(got, right):
        return "rounded"
    if _cuts_integers(values):
        return "int-weights"
    if _error_follows(function, name, values, 1):
        return "one-sided"
    if _error_follows(function, name, values, 2):
        return "numeric"
    return _ratio_pattern(got, right)


def _is_rounded(got: NDArray[np.float64], right: NDArray[np.float64]) -> bool:
    telling = np.abs(right) > 1e-3
    if telling.sum() < 4:
        return False
    for decimals in _DECIMALS:
        if np.all(np.abs(got - np.round(right, decimals)) <= 1e-12 * (1.0 + np.abs(got))):
            return True
    return False


def _cuts_integers(values: Values) -> bool:
    seen = False
    for got, right, arguments, scale in zip(
        values.got, values.right, values.arguments, values.scales, strict=True
    ):
        if not wrong_entries(got, right, scale).any():
            continue
        if not any(_is_integer(a) for a in arguments) or np.any(got != np.trunc(got)):
            return False
        seen = True
    return seen


def is_numerical(function: Function, values: Values) -> bool:
    """Tell whether the values that are right carry the error of a numerical differentiation."""
    return function.is_derivative and any(
        is_imprecise(got, right, scale)
        for got, right, scale in zip(values.got, values.right, values.scales, strict=True)
        if not wrong_entries(got, right, scale).any()
    )


def _is_integer(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu"


def _error_follows(function: Function, name: str, values: Values, order: int) -> bool:
    """Tell whether the error is that of a difference quotient, with one step h everywhere.

    To one side (order 1) it is h/2 times the second derivative of the loss, to both sides
    (order 2) h²/6 times the third: the gradient's own first and second derivative.
    """
    entry = function.return_named(name)
    if function.objective is None or entry.of is None:
        return False
    sizes = []
    for got, right, arguments in zip(values.got, values.right, values.arguments, strict=True):
        if got.size != 1 or abs(right[0]) < 1e-6:
            continue
        if abs(got[0] - right[0]) > 0.05 * abs(right[0]):
            return False
        slope = _slope_of_gradient(function, name, entry.of, arguments, order)
        if abs(slope) > 1e-2:
            sizes.append((got[0] - right[0]) / slope)
    if len(sizes) < 6:
        return False
    middle = float(np.median(sizes))
    near = np.abs(np.array(sizes) - middle) <= 0.1 * abs(middle)
    return abs(middle) > 1e-9 and float(np.mean(near)) >= _SHARE


def _slope_of_gradient(
    function: Function, name: str, parameter: str, arguments: Arguments, order: int
) -> float:
    position = function.parameters.index(parameter)
    index = [entry.name for entry in function.returns].index(name)

    def gradient(step: float) -> float:
        moved = (*arguments[:position], arguments[position] + step, *arguments[position + 1 :])
        result = function.reference(*moved)
        return float(result[index] if len(function.returns) > 1 else result)

    if order == 1:
        return (gradient(_STEP) - gradient(-_STEP)) / (2.0 * _STEP)
    return (gradient(_STEP) - 2.0 * gradient(0.0) + gradient(-_STEP)) / _STEP**2


def _ratio_pattern(got: NDArray[np.float64], right: NDArray[np.float64]) -> str:
    telling = np.abs(right) > 1e-6
    if telling.sum() < 4:
        return ""
    ratios = got[telling] / right[telling]
    middle = float(np.median(ratios))
    if not np.all(np.abs(ratios - middle) <= 1e-6 * abs(middle)) or not np.all(
        np.abs(got - middle * right) <= 1e-6 * np.abs(got) + 1e-9
    ):
        return ""
    if abs(middle - 1.0) <= 1e-6:
        return ""
    return "sign" if abs(middle + 1.0) <= 1e-6 else "scaled"
