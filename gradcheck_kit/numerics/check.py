"""Is a gradient right? Entry by entry, with three verdicts: ok, wrong, cannot tell."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from gradcheck_kit.errors import GradcheckFailure
from gradcheck_kit.numerics.differentiate import (
    Derivatives,
    differentiate,
    differentiate_by,
    differentiate_by_ridders,
)
from gradcheck_kit.numerics.evaluate import (
    Evaluator,
    as_seen_by_caller,
    is_write_refused,
    silenced,
)
from gradcheck_kit.numerics.oracles import (
    Autograd,
    contradicted,
    random_signs,
    trusted_oracle,
)
from gradcheck_kit.numerics.parameters import (
    EPS,
    Parameters,
    Vector,
    coarsest_eps,
    parameter_name,
)
from gradcheck_kit.numerics.ridders import Entries, ridders_entries, slopes_from_both_sides
from gradcheck_kit.numerics.screen import Block, screen

VerdictName = Literal["ok", "wrong", "cannot_tell"]

LARGE = 2000
"""More entries than this are screened along directions instead of one by one."""

RTOL = {"autograd": 1e-9, "complex-step": 1e-9, "ridders": 1e-7, "float32": 1e-3}
"""Default relative tolerance by oracle."""

_FLOOR = 4.0
_CALIBRATION = 100.0
_PLAIN = 8.0
_INCONCLUSIVE = 0.05
_KINK_STEPS = (1e-2, 1e-4, 1e-6)
_COARSE_KINK_STEPS = (0.5, 0.05, 5e-3)
_MOST_KINKS = 50
_MOST_SHOWN = 5
_MOST_VAGUE = 40
_MOST_CHARACTERS = 599
_LONGEST_PATH = 120
_LONGEST_NOTE = 200


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
        Every entry; for a large problem, those that were looked at one by one, or with
        ``autograd`` those that are not ok.
    size : int
        Number of entries of the gradient.
    method : str
        The oracle: ``autograd`` (PyTorch's), ``complex-step`` or ``ridders``.
    notes : tuple of str
        What else a reader should know.
    problem : str
        What is wrong with the gradient as a whole (its shape, say), or "".
    evaluations : int
        How often the function was called.
    seed : int
        Of the random directions.
    advice : str
        What to do where the gradient cannot be told.
    """

    verdict: VerdictName
    entries: list[GradientEntry] = field(repr=False)
    size: int
    method: str
    notes: tuple[str, ...] = ()
    problem: str = ""
    evaluations: int = 0
    seed: int = 0
    advice: str = ""

    def entries_that_are(self, verdict: VerdictName) -> list[GradientEntry]:
        """Return the entries with a verdict, the worst first."""
        found = [entry for entry in self.entries if entry.verdict == verdict]
        return sorted(found, key=_badness, reverse=True)

    def __str__(self) -> str:
        """Return a report of under 600 characters, with at most 5 entries."""
        if self.problem:
            return f"gradient is wrong: {_shortened(self.problem, _MOST_CHARACTERS - 30)}"
        lines = [self._headline()]
        lines += [_line(entry) for entry in self._shown()]
        notes = [f"note: {_shortened(note, _LONGEST_NOTE)}" for note in self.notes]
        while len("\n".join(lines + notes)) > _MOST_CHARACTERS and (len(lines) > 2 or notes):
            del (lines if len(lines) > 2 else notes)[-1]
        return "\n".join(lines + notes)

    def _headline(self) -> str:
        how = f"({self.method}, {self.evaluations} evaluations, seed {self.seed})"
        if self.size == 0:
            return "gradient is not possible to judge: there are no parameters"
        screened = len(self.entries) < self.size and self.method != "autograd"
        if self.verdict == "ok" and screened:
            return f"gradient is right along random directions through {self.size} entries {how}"
        if self.verdict == "ok":
            return f"gradient is right in all {self.size} entries {how}"
        which = f"in {len(self.entries_that_are(self.verdict))} of {self.size} entries {how}"
        if self.verdict == "wrong":
            return f"gradient is wrong {which}{_pattern(self.entries)}"
        return f"gradient is not possible to judge {which}: {self.advice}"

    def _shown(self) -> list[GradientEntry]:
        return [] if self.verdict == "ok" else self.entries_that_are(self.verdict)[:_MOST_SHOWN]


def _badness(entry: GradientEntry) -> float:
    difference = abs(entry.analytic - entry.numerical)
    return float("inf") if not np.isfinite(difference) else difference / (entry.tolerance or EPS)


def _line(entry: GradientEntry) -> str:
    return (
        f"  {_shortened(entry.path, _LONGEST_PATH)}: yours {entry.analytic:.9g}, "
        f"numerical {entry.numerical:.9g} ± {entry.error:.1g}, tolerance {entry.tolerance:.1g}"
    )


def _shortened(text: str, length: int) -> str:
    """Cut the middle out of a long text: a path ends in its index."""
    if len(text) <= length:
        return text
    half = (length - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def _pattern(entries: list[GradientEntry]) -> str:
    """Return ": wrong ones are 2 times the numerical value" where they share a ratio."""
    wrong = [e for e in entries if e.verdict == "wrong" and abs(e.numerical) > 20 * e.tolerance]
    if len(wrong) < 2:
        return ""
    ratios = np.array([e.analytic / e.numerical for e in wrong])
    if not np.any(ratios):
        return ": wrong ones are all 0"
    middle = float(np.median(ratios))
    # NaN among them has no pattern either.
    if not np.all(np.abs(ratios - middle) <= 1e-4 * max(abs(middle), 1e-3)):
        return ""
    return f": wrong ones are {middle:.10g} times the numerical value"


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
        The point: a number, an array, a torch tensor, or tuples, lists and dicts of them,
        nested.
    rtol : float or None
        Relative tolerance; None for 1e-9 where the complex step or torch's automatic
        differentiation holds, 1e-7 where neither does, 1e-3 for code that computes in float32.
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
    gradient is wrong in 1 of 2 entries (complex-step, 108 evaluations, seed 0)
      w[1]: yours -12, numerical 12 ± 3e-15, tolerance 1e-08
    """
    parameters = Parameters(params, parameter_name(f))
    return check_parameters(f, grad, parameters, rtol=rtol, seed=seed, plain=plain)


def check_parameters(
    f: Callable[[Any], Any],
    grad: Any,
    parameters: Parameters,
    *,
    rtol: float | None = None,
    seed: int = 0,
    plain: Any = None,
) -> GradientReport:
    """Check a gradient as `check_gradient` does, at parameters that have been read already."""
    evaluate = Evaluator(f, parameters)
    given, problem = _given(grad, parameters)
    size, notes = parameters.size, given.notes

    def report(
        verdict: VerdictName,
        entries: list[GradientEntry],
        method: str = "",
        problem: str = "",
        advice: str = "",
    ) -> GradientReport:
        all_notes = tuple(dict.fromkeys([*parameters.notes, *evaluate.notes, *notes]))
        return GradientReport(
            verdict, entries, size, method, all_notes, problem, evaluate.evaluations, seed, advice
        )

    if problem:
        return report("wrong", [], problem=problem)
    if not size:
        return report("cannot_tell", [], advice="there are no parameters")
    task = _Task(evaluate, parameters, given, rtol, seed, _plain_form(plain, parameters))
    with evaluate.quiet():
        entries, method = (_check_large if size > LARGE else _check_all)(task)
    if evaluate.eps > EPS:
        notes.append("the function computes in less than float64: tolerances are wider")
    elif given.eps > EPS:
        notes.append("the gradient has less than float64's digits: tolerances are wider")
    verdicts = {entry.verdict for entry in entries}
    verdict: VerdictName = (
        "wrong" if "wrong" in verdicts else "cannot_tell" if "cannot_tell" in verdicts else "ok"
    )
    advice = _advice(evaluate, entries) if verdict == "cannot_tell" else ""
    return report(verdict, entries, method, advice=advice)


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


@dataclass(slots=True)
class _Given:
    """The gradient handed in: its values, those of a second call, and what was noticed."""

    value: Vector
    again: Vector
    eps: float = EPS
    notes: list[str] = field(default_factory=list)

    def farther_from(self, numerical: Vector) -> Vector:
        """Return, entry by entry, the worse of the two answers."""
        with np.errstate(invalid="ignore"):
            closer = np.abs(self.again - numerical) <= np.abs(self.value - numerical)
        return np.where(closer, self.value, self.again)


@dataclass(frozen=True, slots=True)
class _Task:
    """All that judging an entry takes."""

    evaluate: Evaluator
    parameters: Parameters
    given: _Given
    rtol: float | None
    seed: int
    plain: Vector | None

    @property
    def eps(self) -> float:
        """Relative rounding of the least precise number involved."""
        return max(self.evaluate.eps, self.given.eps)

    @property
    def noise(self) -> float:
        """Absolute noise of the function, were it computed as imprecisely as its gradient."""
        return max(self.evaluate.noise, self.eps * abs(self.evaluate.base))

    def rtol_for(self, method: str) -> float:
        """Return the relative tolerance for an oracle."""
        if self.rtol is not None:
            return self.rtol
        return max(RTOL["float32"], 10.0 * self.eps) if self.eps > EPS else RTOL[method]

    def entries(self, at: Entries, found: Derivatives) -> list[GradientEntry]:
        """Judge the entries `at` by their numerical derivatives."""
        analytic, tolerance = self._compared(at, found)
        verdicts = _verdicts(analytic, found, tolerance)
        numbers = (column.tolist() for column in (analytic, found.value, found.error, tolerance))
        names = map(self.parameters.entry_name, at.tolist())
        return [GradientEntry(*entry) for entry in zip(names, *numbers, verdicts, strict=True)]

    def verdicts(self, at: Entries, found: Derivatives) -> list[VerdictName]:
        """Return the verdicts alone."""
        analytic, tolerance = self._compared(at, found)
        return _verdicts(analytic, found, tolerance)

    def _compared(self, at: Entries, found: Derivatives) -> tuple[Vector, Vector]:
        """Return the analytic values, and how far they may be from the numerical ones."""
        numerical = np.zeros(self.parameters.size)
        numerical[at] = found.value
        return self.given.farther_from(numerical)[at], self._tolerances(at, found)

    def _tolerances(self, at: Entries, found: Derivatives) -> Vector:
        # Moving one weight by itself moves f by less than its last digit.
        scale = np.maximum(1.0, np.abs(self.parameters.vector[at]))
        floor = _FLOOR * self.eps * abs(self.evaluate.base) / scale
        if self.plain is None:
            # Near the minimum f is small and its last digit says little about the gradient's.
            calibration = _CALIBRATION * _FLOOR * self.noise / scale
        else:
            calibration = _PLAIN * np.abs(self.plain[at] - found.value)
        error = found.error
        if self.evaluate.eps > EPS:
            error = 10.0 / 3.0 * error
        # An error estimate that large is a guess itself.
        factor = np.where(3.0 * error > _INCONCLUSIVE * np.abs(found.value), 10.0, 3.0)
        rtol = self.rtol_for(found.method)
        with np.errstate(invalid="ignore"):
            result: Vector = factor * error + rtol * np.abs(found.value) + floor + calibration
        return result


def _given(grad: Any, parameters: Parameters) -> tuple[_Given, str]:
    """Return the gradient handed in, and what is wrong with its structure."""
    notes: list[str] = []
    first = _call_gradient(grad, parameters, notes) if callable(grad) else grad
    eps = coarsest_eps(first)
    value = parameters.flatten(first, "the gradient")
    if isinstance(value, str):
        return _Given(np.zeros(0), np.zeros(0), notes=notes), value
    if not callable(grad):
        return _Given(value, value, eps, notes), ""
    with silenced():  # it has printed once already
        again = parameters.flatten(_call_gradient(grad, parameters, []), "the gradient")
    if isinstance(again, str):
        return _Given(value, value, eps, notes), f"at the second call, {again}"
    if not np.array_equal(value, again, equal_nan=True):
        gap = float(np.max(np.abs(value - again), initial=0.0))
        notes.append(f"the gradient differs from call to call (by {gap:.2g}): hidden state?")
    return _Given(value, again, eps, notes), ""


def _call_gradient(grad: Callable[[Any], Any], parameters: Parameters, notes: list[str]) -> Any:
    with as_seen_by_caller():
        try:
            return _call_copying(grad, parameters, notes)
        except Exception as error:
            error.add_note("raised by the gradient function, at the given parameters")
            raise


def _call_copying(grad: Callable[[Any], Any], parameters: Parameters, notes: list[str]) -> Any:
    """Call with copies: read-only ones, else writable ones, else tensors of their own type."""
    given = parameters.build(parameters.vector)
    try:
        result = grad(given)
    except Exception as error:
        if isinstance(error, ValueError) and is_write_refused(error):
            given = parameters.build(parameters.vector, writable=True)
        elif parameters.narrow_eps:
            given = parameters.build(parameters.vector, writable=True, own_dtypes=True)
            notes.append("the gradient function takes no float64 tensors; it got shorter ones")
        else:
            raise
        with silenced():  # what it prints was seen before it stopped
            result = grad(given)
    else:
        if not parameters.has_tensors:
            return result
    now = parameters.flatten(given, "")
    if isinstance(now, str) or not np.array_equal(now, parameters.vector):
        notes.append("the gradient function changes its parameters in place; it got copies")
    return result


def _plain_form(plain: Any, parameters: Parameters) -> Vector | None:
    if plain is None:
        return None
    given = plain(parameters.build(parameters.vector)) if callable(plain) else plain
    vector = parameters.flatten(given, "plain")
    if isinstance(vector, str):
        raise TypeError(vector)
    return vector


def _check_all(task: _Task) -> tuple[list[GradientEntry], str]:
    every = np.arange(task.parameters.size)
    found = differentiate(task.evaluate, task.seed)
    entries = task.entries(every, found)
    if found.oracle is not None:
        # Before anything is called wrong, real differences must not speak against it.
        wrong = np.flatnonzero([entry.verdict == "wrong" for entry in entries])
        if contradicted(task.evaluate, found.oracle, np.random.default_rng(task.seed), wrong):
            found = differentiate_by_ridders(task.evaluate)
            entries = task.entries(every, found)
    return _with_kinks(task, entries, every, found.method), found.method


def _check_large(task: _Task) -> tuple[list[GradientEntry], str]:
    """Screen along directions; look closely only where one fails."""
    parameters, given = task.parameters, task.given
    finite = np.isfinite(given.value) & np.isfinite(given.again)
    rng = np.random.default_rng(task.seed)
    oracle = trusted_oracle(task.evaluate, random_signs(rng, 1, parameters.size))
    if isinstance(oracle, Autograd):
        # It has all entries at once: nothing has to be searched.
        exact = differentiate_by(oracle, task.evaluate, rng, _MOST_VAGUE)
        entries = None if exact is None else _check_exact(task, exact)
        if entries is not None:
            return entries, oracle.method
        oracle = None
    screened = screen(
        task.evaluate, oracle, rng, parameters.leaves, given.value,
        rtol=task.rtol_for, noise=task.noise, plain=task.plain,
        skip=~finite | (given.value != given.again),
    )  # fmt: skip
    given.notes.extend(screened.notes)
    suspects = np.array(sorted(screened.suspects), dtype=np.intp)
    value = None if oracle is None else oracle.at_entries(suspects)
    if value is None:
        value, error = ridders_entries(task.evaluate, suspects)
    else:
        error = EPS * np.abs(value)
    entries = task.entries(suspects, Derivatives(value, error, screened.method))
    entries = _with_kinks(task, entries, suspects, screened.method)
    found = {int(k): entry.verdict for k, entry in zip(suspects, entries, strict=True)}
    for block in screened.blocks:
        verdicts = {found[k] for k in block.suspects}
        if "wrong" in verdicts or verdicts == {"ok"}:
            continue  # located, or explained by kinks
        entries.append(_judge_block(block))
    return entries, screened.method


def _check_exact(task: _Task, found: Derivatives) -> list[GradientEntry] | None:
    """Return the entries that are not ok; None where real differences contradict the oracle."""
    assert found.oracle is not None
    verdicts = np.array(task.verdicts(np.arange(task.parameters.size), found))
    wrong, failing = np.flatnonzero(verdicts == "wrong"), np.flatnonzero(verdicts != "ok")
    if contradicted(task.evaluate, found.oracle, np.random.default_rng(task.seed), wrong):
        return None
    entries = task.entries(failing, found.at(failing))
    return _with_kinks(task, entries, failing, found.method)


def _judge_block(block: Block) -> GradientEntry:
    """Judge a block as a whole: many entries together show what none shows by itself."""
    projected, numerical, tolerance = block.projected, block.numerical, block.tolerance
    verdict: VerdictName = "wrong" if abs(projected - numerical) > tolerance else "cannot_tell"
    path = f"{block.path} (along a direction)"
    return GradientEntry(path, projected, numerical, 0.0, tolerance, verdict)


def _advice(evaluate: Evaluator, entries: list[GradientEntry]) -> str:
    """Say what to do about entries that cannot be told."""
    if not evaluate.is_repeatable:
        return "make the function give the same answer to the same parameters (seed it)"
    vague = [entry for entry in entries if entry.verdict == "cannot_tell"]
    if evaluate.is_at_an_edge and any(e.error > 1e-3 * abs(e.numerical) for e in vague):
        return "it is not defined all around these parameters: move away from the edge"
    if evaluate.eps > EPS:
        return "compute in float64"
    return (
        "the slope drowns in rounding: try smaller parameters, away from saturation and from "
        "points where the gradient is 0"
    )


def _verdicts(analytic: Vector, found: Derivatives, tolerance: Vector) -> list[VerdictName]:
    size = np.abs(found.value)
    # Zero is right where the function does not change at all along an entry.
    flat = (size == 0.0) & (found.error == 0.0) & (analytic == 0.0)
    with np.errstate(invalid="ignore"):
        vague = ~(np.isfinite(tolerance) & ((tolerance <= _INCONCLUSIVE * size) | flat))
        wrong = np.isfinite(tolerance) & (np.abs(analytic - found.value) > tolerance)
    wrong |= ~np.isfinite(analytic)
    return [
        "wrong" if is_wrong else "cannot_tell" if is_vague else "ok"
        for is_wrong, is_vague in zip(wrong.tolist(), vague.tolist(), strict=True)
    ]


def _with_kinks(
    task: _Task, entries: list[GradientEntry], positions: Entries, method: str
) -> list[GradientEntry]:
    """Look for kinks at wrong entries, and at all where the oracle did not rule them out."""
    if not task.evaluate.is_repeatable:
        return entries  # every jump would look like one
    looked = 0
    result = list(entries)
    for at, (k, entry) in enumerate(zip(positions, entries, strict=True)):
        if not np.isfinite(entry.analytic) or looked >= _MOST_KINKS:
            continue
        if method == "ridders" or entry.verdict == "wrong":
            looked += method != "ridders"
            result[at] = _look_for_kink(task, k, entry)
    return result


def _look_for_kink(task: _Task, at: np.intp, entry: GradientEntry) -> GradientEntry:
    """Accept an entry that lies between the slopes on both sides of a kink."""
    evaluate = task.evaluate
    scale = max(1.0, abs(float(evaluate.vector[at])))
    steps = _COARSE_KINK_STEPS if evaluate.is_coarse else _KINK_STEPS
    noise = 2.0 * evaluate.noise / (steps[-1] * scale)
    right, left = slopes_from_both_sides(evaluate, at, steps[-1:])
    size = float(max(abs(right[0]), abs(left[0])))
    if not abs(float(right[0] - left[0])) > 1e-4 * size + 10.0 * noise:
        return entry
    right, left = slopes_from_both_sides(evaluate, at, steps)
    gaps = np.abs(right - left)
    # A curve's two slopes close up as h shrinks; a kink's do not.
    if not np.all(np.isfinite(gaps)) or gaps[-1] <= 0.05 * gaps[0] + 10.0 * noise:
        return entry
    low = float(min(right.min(), left.min()))
    high = float(max(right.max(), left.max()))
    slack = noise + 1e-4 * (high - low)
    if not low - slack <= entry.analytic <= high + slack:
        return entry
    task.given.notes.append(
        f"{entry.path} lies at or next to a kink: any slope from {low:.4g} to {high:.4g} counts"
    )
    return replace(entry, tolerance=high - low, verdict="ok")
