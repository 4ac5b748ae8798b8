"""Is a gradient right? Entry by entry, with three verdicts: ok, wrong, cannot tell."""

import contextlib
import inspect
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from gradcheck_kit.errors import GradcheckFailure
from gradcheck_kit.numerics.differentiate import (
    EPS,
    complex_step,
    differentiate,
    ridders_entries,
    slopes_from_both_sides,
)
from gradcheck_kit.numerics.evaluate import Evaluator
from gradcheck_kit.numerics.parameters import Parameters, Vector
from gradcheck_kit.numerics.screen import screen

VerdictName = Literal["ok", "wrong", "cannot_tell"]

LARGE = 2000
"""More entries than this are screened along directions instead of one by one."""

RTOL = {"complex-step": 1e-9, "ridders": 1e-7, "float32": 1e-3}
"""Default relative tolerance by oracle."""

_FLOOR = 4.0 * EPS
_CALIBRATION = 100.0
_PLAIN = 8.0
_INCONCLUSIVE = 0.05
_KINK_STEPS = (1e-2, 1e-4, 1e-6)
_MOST_KINKS = 50
_MOST_SHOWN = 5
_MOST_CHARACTERS = 599


@dataclass(frozen=True, slots=True)
class GradientEntry:
    """One entry of a gradient.

    Parameters
    ----------
    path : str
        ``w["hidden"][7, 3]``.
    analytic, numerical : float
        What was handed in, and what finite differences give.
    error : float
        Estimated absolute error of `numerical`.
    tolerance : float
        How far the two may be apart.
    verdict : {"ok", "wrong", "cannot_tell"}
        ``cannot_tell``: the tolerance is more than 5 % of the numerical value.
    """

    path: str
    analytic: float
    numerical: float
    error: float
    tolerance: float
    verdict: VerdictName


@dataclass(frozen=True)
class GradientReport:
    """What a check of a gradient found.

    Parameters
    ----------
    verdict : {"ok", "wrong", "cannot_tell"}
        ``wrong`` if any entry is; else ``cannot_tell`` if any entry cannot be told.
    entries : list of GradientEntry
        Every entry; for a large problem, those that were looked at one by one.
    size : int
        Number of entries of the gradient.
    method : str
        The oracle: ``complex-step`` or ``ridders``.
    notes : tuple of str
        What else a reader should know.
    problem : str
        What is wrong with the gradient as a whole (its shape, say), or "".
    evaluations : int
        How often the function was called.
    seed : int
        Of the random directions.
    """

    verdict: VerdictName
    entries: list[GradientEntry] = field(repr=False)
    size: int
    method: str
    notes: tuple[str, ...] = ()
    problem: str = ""
    evaluations: int = 0
    seed: int = 0

    def entries_that_are(self, verdict: VerdictName) -> list[GradientEntry]:
        """Return the entries with a verdict, the worst first."""
        found = [entry for entry in self.entries if entry.verdict == verdict]
        return sorted(found, key=_badness, reverse=True)

    def __str__(self) -> str:
        """Return a report of under 600 characters, with at most 5 entries."""
        if self.problem:
            return f"gradient is wrong: {self.problem}"[:_MOST_CHARACTERS]
        lines = [self._headline()]
        lines += [_line(entry) for entry in self._shown()]
        notes = [f"note: {note}" for note in self.notes]
        text = "\n".join(lines + notes)
        while len(text) > _MOST_CHARACTERS and len(lines) > 2:
            del lines[-1]
            text = "\n".join(lines + notes)
        while len(text) > _MOST_CHARACTERS and notes:
            del notes[-1]
            text = "\n".join(lines + notes)
        return text[:_MOST_CHARACTERS]

    def _headline(self) -> str:
        how = f"{self.method}, {self.evaluations} evaluations, seed {self.seed}"
        if self.verdict == "ok":
            return f"gradient is right in all {self.size} entries ({how})"
        which = len(self.entries_that_are(self.verdict))
        what = "wrong" if self.verdict == "wrong" else "not possible to judge"
        text = f"gradient is {what} in {which} of {self.size} entries ({how})"
        if self.verdict == "wrong":
            pattern = _pattern(self.entries)
            return f"{text}{pattern}"
        return f"{text}: try smaller parameters, away from saturation"

    def _shown(self) -> list[GradientEntry]:
        return [] if self.verdict == "ok" else self.entries_that_are(self.verdict)[:_MOST_SHOWN]


def _badness(entry: GradientEntry) -> float:
    difference = abs(entry.analytic - entry.numerical)
    return float("inf") if not np.isfinite(difference) else difference / (entry.tolerance or EPS)


def _line(entry: GradientEntry) -> str:
    return (
        f"  {entry.path}: yours {entry.analytic:.9g}, numerical {entry.numerical:.9g} "
        f"± {entry.error:.1g}, tolerance {entry.tolerance:.1g}"
    )


def _pattern(entries: list[GradientEntry]) -> str:
    """Return ": all are 2 times what is right" where wrong entries share a ratio."""
    wrong = [e for e in entries if e.verdict == "wrong" and abs(e.numerical) > 20 * e.tolerance]
    if len(wrong) < 2:
        return ""
    ratios = np.array([e.analytic / e.numerical for e in wrong])
    middle = float(np.median(ratios))
    if np.any(np.abs(ratios - middle) > 1e-4 * max(abs(middle), 1e-3)):
        return ""
    return f": wrong ones are {middle:.6g} times the numerical value"


def check_gradient(
    f: Callable[[Any], Any],
    grad: Any,
    params: Any,
    *,
    rtol: float | None = None,
    seed: int = 0,
    plain: Any = None,
) -> GradientReport:
    """Check a gradient against finite differences.

    Parameters
    ----------
    f : callable
        ``f(params)`` returns one real number.
    grad : callable or object
        ``grad(params)``, or its value: the same structure as `params`.
    params : object
        The point: a number, an array, or tuples, lists and dicts of them, nested.
    rtol : float or None
        Relative tolerance; None for 1e-9 where the complex step holds, 1e-7 where it does
        not, 1e-3 for code that computes in float32.
    seed : int
        Draws the directions for validation and screening.
    plain : callable or object
        The gradient written down in a textbook's plain form, where one is known: the
        tolerance then allows for the digits that this form itself loses. Do not give a
        stable form here.

    Returns
    -------
    GradientReport
        ``str()`` of it says where the gradient is wrong and by how much.

    Raises
    ------
    TypeError, ValueError
        If `f` returns no number, or a parameter is complex, not finite or no number.

    Notes
    -----
    An entry is wrong if it is further from the numerical value n than
    ``3·err + rtol·|n| + 4·eps·|f|/max(1, |x|) + calibration``, where the calibration is 100
    times the third term, or 8·|plain − n| where a plain form is known; it cannot be told if
    this is more than 5 % of |n|.

    Examples
    --------
    >>> def f(w):
    ...     return (w**3).sum()
    >>> report = check_gradient(f, lambda w: 3 * w**2, np.array([1.0, -2.0]))
    >>> report.verdict
    'ok'
    >>> print(check_gradient(f, lambda w: 3 * abs(w) * w, np.array([1.0, -2.0])))
    gradient is wrong in 1 of 2 entries (complex-step, 141 evaluations, seed 0)
      w[1]: yours -12, numerical 12 ± 3e-15, tolerance 1e-08
    """
    parameters = Parameters(params, _parameter_name(f))
    evaluate = Evaluator(f, parameters)
    notes = [*parameters.notes, *evaluate.notes]
    analytic, problem = _analytic(grad, parameters, notes)
    size = parameters.size
    if problem:
        return GradientReport(
            "wrong", [], size, "", tuple(notes), problem, evaluate.evaluations, seed
        )
    if size == 0:
        notes.append("there are no parameters: nothing was checked")
        return GradientReport("cannot_tell", [], size, "", tuple(notes), seed=seed)
    if parameters.size > LARGE:
        entries, method = _check_large(evaluate, parameters, analytic, rtol, seed, notes)
    else:
        entries, method = _check_all(evaluate, parameters, analytic, rtol, seed, plain, notes)
    verdicts = {entry.verdict for entry in entries}
    verdict: VerdictName = (
        "wrong" if "wrong" in verdicts else "cannot_tell" if "cannot_tell" in verdicts else "ok"
    )
    unique = tuple(dict.fromkeys(notes))
    return GradientReport(verdict, entries, size, method, unique, "", evaluate.evaluations, seed)


def assert_gradient(
    f: Callable[[Any], Any],
    grad: Any,
    params: Any,
    *,
    rtol: float | None = None,
    seed: int = 0,
    plain: Any = None,
) -> GradientReport:
    """Check a gradient as `check_gradient` does, and raise unless it is right.

    Raises
    ------
    GradcheckFailure
        If the gradient is wrong, or if it cannot be told; the text is the report's.
    """
    __tracebackhide__ = True
    report = check_gradient(f, grad, params, rtol=rtol, seed=seed, plain=plain)
    if report.verdict != "ok":
        raise GradcheckFailure(str(report), outcome="wrong")
    return report


def _parameter_name(f: Callable[[Any], Any]) -> str:
    try:
        return next(iter(inspect.signature(f).parameters))
    except (TypeError, ValueError, StopIteration):
        return "params"


def _analytic(grad: Any, parameters: Parameters, notes: list[str]) -> tuple[Vector, str]:
    """Return the gradient handed in as a vector, or what is wrong with it."""
    empty = np.zeros(0)
    if not callable(grad):
        value = parameters.flatten(grad, "the gradient")
        return (empty, value) if isinstance(value, str) else (value, "")
    first, problem = _call_gradient(grad, parameters, notes)
    if problem:
        return empty, problem
    value = parameters.flatten(first, "the gradient")
    if isinstance(value, str):
        return empty, value
    with contextlib.redirect_stdout(io.StringIO()):  # it has printed once already
        second, problem = _call_gradient(grad, parameters, [])
    again = problem or parameters.flatten(second, "the gradient")
    if not isinstance(again, str) and not np.array_equal(value, again, equal_nan=True):
        gap = float(np.max(np.abs(value - again), initial=0.0))
        notes.append(f"the gradient differs from call to call (by {gap:.2g}): hidden state?")
    return value, ""


def _call_gradient(grad: Any, parameters: Parameters, notes: list[str]) -> tuple[Any, str]:
    try:
        return grad(parameters.build(parameters.vector)), ""
    except ValueError as error:
        if "read-only" not in str(error):
            raise
    given = parameters.build(parameters.vector, writable=True)
    result = grad(given)
    now = parameters.flatten(given, parameters.name)
    if isinstance(now, str) or not np.array_equal(now, parameters.vector, equal_nan=True):
        notes.append("the gradient function changes its parameters in place; it got copies")
    return result, ""


def _check_all(
    evaluate: Evaluator,
    parameters: Parameters,
    analytic: Vector,
    rtol: float | None,
    seed: int,
    plain: Any,
    notes: list[str],
) -> tuple[list[GradientEntry], str]:
    found = differentiate(evaluate, seed)
    numerical, error = found.value, found.error
    narrow = evaluate.noise_floor > EPS
    if narrow:
        notes.append("the function computes in less than float64: tolerances are wider")
        error = 10.0 / 3.0 * error
    default = RTOL["float32"] if narrow else RTOL[found.method]
    tolerance = _tolerances(
        evaluate, parameters, numerical, error, default if rtol is None else rtol, plain
    )
    entries = [
        _judge(parameters.entry_name(k), analytic[k], numerical[k], error[k], tolerance[k])
        for k in range(parameters.size)
    ]
    wrong = [k for k, entry in enumerate(entries) if entry.verdict == "wrong"]
    for k in wrong[:_MOST_KINKS]:
        entries[k] = _look_for_kink(evaluate, k, entries[k], notes)
    return entries, found.method


def _tolerances(
    evaluate: Evaluator,
    parameters: Parameters,
    numerical: Vector,
    error: Vector,
    rtol: float,
    plain: Any,
) -> Vector:
    # Moving one weight by itself moves f by less than its last digit.
    floor = _FLOOR * abs(evaluate.base) / np.maximum(1.0, np.abs(parameters.vector))
    floor = floor * (evaluate.noise_floor / EPS)
    if plain is None:
        # Near the minimum f is small and its last digit says little about the gradient's.
        jitter = evaluate.noise / (evaluate.noise_floor * abs(evaluate.base) or 1.0)
        calibration = _CALIBRATION * floor * max(1.0, jitter)
    else:
        given = plain(parameters.build(parameters.vector)) if callable(plain) else plain
        textbook = parameters.flatten(given, "plain")
        if isinstance(textbook, str):
            raise TypeError(textbook)
        calibration = _PLAIN * np.abs(textbook - numerical)
    # An error estimate that large is a guess itself.
    factor = np.where(3.0 * error > _INCONCLUSIVE * np.abs(numerical), 10.0, 3.0)
    with np.errstate(invalid="ignore"):
        result: Vector = factor * error + rtol * np.abs(numerical) + floor + calibration
    return result


def _judge(
    path: str, analytic: float, numerical: float, error: float, tolerance: float
) -> GradientEntry:
    difference = abs(analytic - numerical)
    verdict: VerdictName = "ok"
    if not np.isfinite(analytic):
        verdict = "wrong"
    elif not np.isfinite(tolerance):
        verdict = "cannot_tell"
    elif difference > tolerance:
        verdict = "wrong"
    elif numerical == 0.0 and error == 0.0 and analytic == 0.0:
        verdict = "ok"  # the function does not change at all along this entry
    elif tolerance > _INCONCLUSIVE * abs(numerical):
        verdict = "cannot_tell"
    return GradientEntry(
        path, float(analytic), float(numerical), float(error), float(tolerance), verdict
    )


def _look_for_kink(
    evaluate: Evaluator, at: int, entry: GradientEntry, notes: list[str]
) -> GradientEntry:
    """Accept a wrong entry that lies between the slopes on both sides of a kink."""
    right, left = slopes_from_both_sides(evaluate, at, _KINK_STEPS)
    gaps = np.abs(right - left)
    scale = max(1.0, abs(float(evaluate.vector[at])))
    noise = 2.0 * evaluate.noise / (np.asarray(_KINK_STEPS) * scale)
    # A curve's two slopes close up as h shrinks; a kink's do not.
    if not np.all(np.isfinite(gaps)) or gaps[-1] <= 0.05 * gaps[0] + 10.0 * noise[-1]:
        return entry
    low = float(min(right.min(), left.min()))
    high = float(max(right.max(), left.max()))
    slack = float(noise[-1]) + 1e-6 * max(abs(low), abs(high))
    if not low - slack <= entry.analytic <= high + slack:
        return entry
    notes.append(
        f"{entry.path} lies at or next to a kink: any slope from {low:.4g} to {high:.4g} counts"
    )
    return GradientEntry(entry.path, entry.analytic, entry.numerical, entry.error, high - low, "ok")


def _check_large(
    evaluate: Evaluator,
    parameters: Parameters,
    analytic: Vector,
    rtol: float | None,
    seed: int,
    notes: list[str],
) -> tuple[list[GradientEntry], str]:
    """Screen along directions; look closely only where one fails."""
    bad = np.flatnonzero(~np.isfinite(analytic))
    if len(bad):
        names = [parameters.entry_name(int(k)) for k in bad[:_MOST_SHOWN]]
        return [_judge(n, np.nan, 0.0, np.inf, np.inf) for n in names], "none"
    screened = screen(evaluate, parameters.leaves, analytic, seed)
    notes.extend(screened.notes)
    entries: list[GradientEntry] = []
    if screened.suspects:
        suspects = sorted(screened.suspects)
        if screened.method == "complex-step":
            value = complex_step(evaluate, suspects)
            error = np.zeros(len(suspects)) if value is None else EPS * np.abs(value)
        else:
            value, error = ridders_entries(evaluate, suspects)
        assert value is not None
        default = RTOL[screened.method] if rtol is None else rtol
        everywhere = np.zeros(parameters.size)
        everywhere[suspects] = value
        errors = np.zeros(parameters.size)
        errors[suspects] = error
        tolerance = _tolerances(evaluate, parameters, everywhere, errors, default, None)
        entries = [
            _judge(parameters.entry_name(k), analytic[k], everywhere[k], errors[k], tolerance[k])
            for k in suspects
        ]
    for name, projected, numerical, tolerance_along in screened.unresolved:
        entries.append(
            GradientEntry(
                f"{name} (along a direction)", projected, numerical, 0.0, tolerance_along,
                "wrong" if abs(projected - numerical) > tolerance_along else "cannot_tell",
            )
        )  # fmt: skip
    return entries, screened.method
