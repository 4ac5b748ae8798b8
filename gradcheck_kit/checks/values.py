"""Are the values right? Compares a function with the reference at every probe point."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradcheck_kit.checks.contract import (
    Parsed,
    check_call,
    check_load,
    check_presence,
    parse_return,
    split_returns,
)
from gradcheck_kit.checks.finding import Examination, Finding
from gradcheck_kit.checks.questions import Questions
from gradcheck_kit.learner.learner import ModuleCopy
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.learner.values import same
from gradcheck_kit.numerics.compare import (
    ATOL,
    RTOL,
    is_float32,
    is_imprecise,
    wrong_entries,
)
from gradcheck_kit.problems.problem import Arguments, Function, Return

# The last two: numpy's overflow, where np.seterr or the warning filters make it an error.
_OVERFLOWS = ("OverflowError", "FloatingPointError", "RuntimeWarning")


@dataclass(slots=True)
class _Compared:
    """One return at one point: what came, what is right, and the sizes behind the rule."""

    arguments: Arguments
    got: Parsed
    right: Any
    scale: float
    output: str


def examine(
    copy: ModuleCopy,
    function: Function,
    questions: Questions,
) -> Examination:
    """Judge one function of one module copy.

    Parameters
    ----------
    copy : ModuleCopy
        The learner's module, as handed in or with stand-ins.
    function : Function
        What it should be.
    questions : Questions
        Where to call it. What is found is told simplest first, in whatever order it is asked.

    Returns
    -------
    Examination
        A finding, or none, for every return.
    """
    loaded = copy.load()
    whole = check_load(loaded)
    line = None
    if whole is None:
        presence = copy.presence(function.name, len(function.parameters))
        line, whole = presence.line, check_presence(presence)
    if whole is not None:
        return Examination({entry.name: whole for entry in function.returns}, (), line)
    came = copy.call_many(function.name, questions.calls)
    whole_set = len(came) == len(questions.calls)
    called = tuple(questions.order) if whole_set else ()
    order, results = _sorted_by(questions.order, came)
    asked = [questions.points[at] for at in order]
    study = _Study(function, questions, order, results, repeated=whole_set and len(asked) > 1)
    findings = study.findings()
    stand_ins = sum(result.stand_ins for result in results)
    notes = ("plot-window", *study.notes()) if loaded.opened_plot else study.notes()
    calls = tuple(zip(asked, results, strict=False))
    return Examination(findings, notes, line, stand_ins, calls, called)


def _sorted_by(
    order: Sequence[int], results: Sequence[CallResult]
) -> tuple[list[int], list[CallResult]]:
    pairs = sorted(zip(order, results, strict=False), key=lambda pair: pair[0])
    return [at for at, _ in pairs], [result for _, result in pairs]


class _Study:
    """Goes over the results of all calls of one function."""

    def __init__(
        self,
        function: Function,
        questions: Questions,
        places: Sequence[int],
        results: Sequence[CallResult],
        repeated: bool,
    ) -> None:
        self.function = function
        self.questions = questions
        self.results = results
        self.first: dict[str, Finding] = {}
        self.failing = dict.fromkeys((entry.name for entry in function.returns), 0)
        self.compared: dict[str, list[_Compared]] = {e.name: [] for e in function.returns}
        self.whole: list[bool] = []  # was this call understood in full?
        self.overflowed = False
        self.tried = len(results) - repeated
        points = [questions.points[place] for place in places]
        for place, result in zip(places, results, strict=True):
            self._read(place, result)
        if repeated:
            self._look_for_state()
        self._look_for_reuse(points)
        self._look_for_mutation(points)
        self._look_for_float32()

    def _is_extreme(self, arguments: Arguments) -> bool:
        return self.function.extreme is not None and self.function.extreme(*arguments)

    def _read(self, place: int, result: CallResult) -> None:
        arguments = self.questions.points[place]
        self.whole.append(False)
        problem = check_call(self.function, arguments, result)
        if problem is not None:
            overflow = result.trouble is not None and result.trouble.kind in _OVERFLOWS
            if overflow and self._is_extreme(arguments):
                self.overflowed = True
                return
            self._fail_all(problem)
            return
        values = split_returns(self.function, result.value)
        if isinstance(values, Finding):
            self._fail_all(replace(values, arguments=arguments, output=result.output))
            return
        understood = True
        for (entry, right, scale), value in zip(
            self.questions.expected(place), values, strict=True
        ):
            parsed = parse_return(entry, value, right)
            if isinstance(parsed, Finding):
                understood = False
                self._fail(entry, replace(parsed, arguments=arguments, output=result.output))
                continue
            compared = _Compared(arguments, parsed, right, scale, result.output)
            self.compared[entry.name].append(compared)
            self._compare(entry, compared)
        self.whole[-1] = understood
        if result.warnings and self._is_extreme(arguments):
            self.overflowed = True

    def _fail_all(self, finding: Finding) -> None:
        for entry in self.function.returns:
            self._fail(entry, finding)

    def _fail(self, entry: Return, finding: Finding) -> None:
        # The call that is asked twice counts once.
        self.failing[entry.name] += len(self.whole) <= self.tried
        self.first.setdefault(entry.name, finding)

    def _compare(self, entry: Return, compared: _Compared) -> None:
        finding = _value_finding(entry, compared)
        if finding is not None:
            self._fail(entry, finding)

    def _look_for_state(self) -> None:
        """Replace findings by "the same call gave two answers" where it did."""
        if not (self.whole[0] and self.whole[-1]):
            return
        for entry in self.function.returns:
            before, after = self.compared[entry.name][0], self.compared[entry.name][-1]
            if same(after.got, before.got):  # NaN twice is the same
                continue
            changed = wrong_entries(after.got, before.got, before.scale)
            if changed.any():
                at = _first_index(changed)
                self.first[entry.name] = Finding(
                    "wrong", "state", before.arguments, _entry_name(entry.name, at),
                    _item(before.got, at), _item(before.right, at),
                    output=before.output, facts={"again": _item(after.got, at)},
                )  # fmt: skip

    def _look_for_reuse(self, points: Sequence[Arguments]) -> None:
        """Find results that a later call changed, where they were right at first."""
        for arguments, result in zip(points, self.results, strict=False):
            if result.later is result.value or result.status != "returned":
                continue
            if same(result.value, result.later):
                continue
            values = split_returns(self.function, result.value)
            later = split_returns(self.function, result.later)
            if isinstance(values, Finding) or isinstance(later, Finding):
                continue
            for entry, now, then in zip(self.function.returns, values, later, strict=True):
                if not same(now, then) and entry.name not in self.first:
                    self._fail(entry, Finding("wrong", "reuse", arguments, entry.name))

    def _look_for_mutation(self, points: Sequence[Arguments]) -> None:
        if self.function.mutation != "wrong":
            return
        for arguments, result in zip(points, self.results, strict=False):
            if result.mutated:
                changed = tuple(self.function.parameters[i] for i in result.mutated)
                finding = Finding("wrong", "mutates", arguments, facts={"changed": changed})
                changing = sum(bool(r.mutated) for r in self.results[: self.tried])
                for entry in self.function.returns:
                    self.first[entry.name], self.failing[entry.name] = finding, changing
                return

    def _look_for_float32(self) -> None:
        for entry in self.function.returns:
            found = self.first.get(entry.name)
            if found is not None and found.reason != "value":
                continue
            compared = self.compared[entry.name]
            if not is_float32([c.got for c in compared], [c.right for c in compared]):
                continue
            close = all(
                np.all(np.abs(np.subtract(c.got, c.right)) <= 1e-4 * np.abs(c.right) + 1e-6)
                for c in compared
            )
            if close:
                at = _first_index(np.ones(np.shape(compared[0].got), dtype=bool))
                self.failing[entry.name] = self.tried  # in all of them, asked twice or not
                self.first[entry.name] = Finding(
                    "wrong", "float32", compared[0].arguments, _entry_name(entry.name, at),
                    _item(compared[0].got, at), _item(compared[0].right, at),
                )  # fmt: skip

    def findings(self) -> dict[str, Finding | None]:
        """Return the finding on each return, with how often it showed."""
        result: dict[str, Finding | None] = {}
        for entry in self.function.returns:
            finding = self.first.get(entry.name)
            if finding is not None:
                facts = finding.facts
                if finding.reason == "value":
                    facts = {**facts, "ratio": _ratio(self.compared[entry.name])}
                finding = replace(
                    finding, failing=self.failing[entry.name], tried=self.tried, facts=facts
                )
            result[entry.name] = finding
        return result

    def notes(self) -> tuple[str, ...]:
        """Return the ids of remarks that cost nothing."""
        notes = []
        if self.overflowed and not self.first:
            notes.append("overflow")
        if self.function.mutation == "note" and any(r.mutated for r in self.results):
            notes.append("mutates")
        if self.function.is_derivative and not self.first:
            everything = [c for entries in self.compared.values() for c in entries]
            if any(is_imprecise(c.got, c.right, c.scale) for c in everything):
                notes.append("numeric-differentiation")
        return tuple(notes)


def _ratio(compared: Sequence[_Compared]) -> float | None:
    """Return the number that all values are the right ones times, if there is one."""
    got = np.concatenate([np.ravel(np.asarray(c.got, dtype=np.float64)) for c in compared])
    right = np.concatenate([np.ravel(np.asarray(c.right, dtype=np.float64)) for c in compared])
    # Far out, right values are so small that rounding decides about the ratio.
    telling = np.abs(right) > 1e-6
    if int(telling.sum()) < 4:
        return None
    with np.errstate(all="ignore"):
        ratios = got[telling] / right[telling]
    if not np.all(np.isfinite(ratios)):
        return None
    ratio = float(np.sort(ratios)[len(ratios) // 2])
    constant = np.all(np.abs(ratios - ratio) <= 1e-6 * max(abs(ratio), 1e-3))
    return ratio if bool(constant) else None


def _value_finding(entry: Return, compared: _Compared) -> Finding | None:
    got, right = compared.got, compared.right
    if isinstance(got, float):
        right = float(right)
        # The rule of numerics.compare without an array: most values are single numbers.
        if abs(got - right) <= RTOL * abs(right) + ATOL * compared.scale:
            return None
        at: tuple[int, ...] = ()
        count = size = 1
    elif same(got, right):  # to the last bit, as many right solutions are
        return None
    else:
        wrong = wrong_entries(got, right, compared.scale)
        if not wrong.any():
            return None
        at, count, size = _first_index(wrong), int(wrong.sum()), int(wrong.size)
        right = np.asarray(right)
    value = _item(got, at)
    reason = "value" if np.isfinite(value) else "not-finite"
    return Finding(
        "wrong", reason, compared.arguments, _entry_name(entry.name, at),
        value, _item(right, at), output=compared.output,
        facts={"return": entry.name, "index": at, "wrong_entries": count, "entries": size},
    )  # fmt: skip


def _first_index(mask: Any) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), np.shape(mask)))


def _item(value: Any, at: tuple[int, ...]) -> float:
    return float(np.asarray(value)[at])


def _entry_name(name: str, at: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, at))}]" if at else name
