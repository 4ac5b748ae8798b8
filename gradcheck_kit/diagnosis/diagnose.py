"""Which mistake is it? Names it where it can be named, and says nothing where it cannot.

What comes back in another form (None, a text) is named at once. Else what the function does
comes first (it changes an argument), then the factor fit says which links a gradient has, then
the wrong versions of the catalogue are compared, and last come patterns that fit any function.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from gradcheck_kit.checks.finding import Examination, Finding, Verdict
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.diagnosis.behaviour import (
    Table,
    form_of,
    habits_of,
    is_numerical,
    pattern_of,
    table,
)
from gradcheck_kit.diagnosis.catalogue import anywhere, misconceptions
from gradcheck_kit.diagnosis.evidence import check_evidence, matches
from gradcheck_kit.diagnosis.factor_fit import FactorFit, factor_fit
from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.diagnosis.naming import known_products, names_of
from gradcheck_kit.diagnosis.observed import Call
from gradcheck_kit.diagnosis.records import NOTHING, NUMERIC_NOTE, Deviation, Diagnosis, Group
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems.problem import Function, Problem

_NUMERIC = "numeric"


def diagnose(judge: Judge, function_name: str) -> Diagnosis:
    """Return what is known of the mistakes in a function that was judged.

    Parameters
    ----------
    judge : Judge
        Whose verdicts and observations.
    function_name : str
        Which function.

    Raises
    ------
    GradcheckError
        If the problem's factors or catalogue contradict themselves.
    """
    function = judge.problem.function(function_name)
    verdicts = {r.name: judge.verdict(function_name, r.name) for r in function.returns}
    wrong = {name: v for name, v in verdicts.items() if v.blamed and v.finding is not None}
    seen = judge.observed(function_name)
    if not wrong:
        numeric = any(NUMERIC_NOTE in verdict.notes for verdict in verdicts.values())
        return _all_over(_with(judge, function, _NUMERIC), verdicts) if numeric else NOTHING
    best = NOTHING
    for examination in seen:
        found = _Search(judge, function, wrong, examination).diagnosis()
        if all(found.groups.get(name) for name in wrong):
            return found
        if len(found.groups) + len(found.known) > len(best.groups) + len(best.known):
            best = found
    return best


def _with(judge: Judge, function: Function, when: str) -> Group:
    """Return the mistakes that show by a behaviour: the function's own, else anybody's."""
    own = misconceptions(judge.problem.name, function.name)
    found = tuple(entry for entry in own if entry.when == when and not entry.links)
    return found or tuple(entry for entry in anywhere() if entry.when == when)


def _all_over(group: Group, names: Mapping[str, Verdict]) -> Diagnosis:
    return Diagnosis(dict.fromkeys(names, (group,)) if group else {})


class _Search:
    """Looks for the mistakes in one function, as one examination saw it."""

    def __init__(
        self,
        judge: Judge,
        function: Function,
        wrong: Mapping[str, Verdict],
        examination: Examination,
    ) -> None:
        self.judge = judge
        self.problem = judge.problem
        self.function = function
        self.findings: dict[str, Finding] = {
            name: verdict.finding for name, verdict in wrong.items() if verdict.finding
        }
        self.wrong = wrong
        self.calls = [Call(function, *call) for call in examination.calls]
        # Code with a memory answers by the order of the calls, and so do its known versions.
        self.called = [self.calls[at] for at in examination.order] or self.calls
        self.own = misconceptions(judge.problem.name, function.name)
        self.groups: dict[str, tuple[Group, ...]] = {}
        self.deviations: dict[str, Deviation] = {}
        self.size_deviations: dict[str, Deviation] = {}

    def diagnosis(self) -> Diagnosis:
        """Return what was found, one way after the other."""
        form = form_of(self.function, self.calls)
        if form:
            return _all_over(self._form(form), self.wrong)
        steps = (self._by_own_habit, self._by_factors, self._by_evidence, self._by_own_pattern,
                 self._by_sizes, self._by_habit, self._by_pattern)  # fmt: skip
        for step in steps:
            if self._left:
                step()
        self._also_numerical()
        return Diagnosis(
            {name: groups for name, groups in self.groups.items() if groups},
            self.deviations,
            self.size_deviations,
        )

    @property
    def _left(self) -> list[str]:
        return [name for name in self.wrong if not self.groups.get(name)]

    def _name(self, name: str, group: Group) -> None:
        if group:
            self.groups[name] = (group,)

    def _form(self, form: str) -> Group:
        """Return what a result of another form is called; evidence knows the details."""
        if form not in ("none", "printed"):
            found = matches(self.problem, self.function, self._evidence(form), self.called)
            if found:
                return tuple(match.entry for match in found)
        if form == "single":  # which value it is, only evidence can tell
            return tuple(entry for entry in anywhere() if entry.when == form)
        return _with(self.judge, self.function, form)

    def _evidence(self, form: str = "") -> list[Misconception]:
        """Return the mistakes that are recognised by running their wrong versions."""
        return [
            entry
            for entry in self.own
            if (entry.body or entry.change)
            and not entry.links
            and not entry.is_advisory
            and entry.when in ("", form)
        ]

    def _habits(self) -> Iterator[tuple[str, str]]:
        for name in self._left:
            for habit in habits_of(self.findings[name], self.function):
                yield name, habit

    def _by_own_habit(self) -> None:
        """Name what only this function's catalogue has words for."""
        for name, habit in self._habits():
            self._name(name, tuple(entry for entry in self.own if entry.when == habit))

    def _by_habit(self) -> None:
        for name, habit in self._habits():
            self._name(name, _with(self.judge, self.function, habit))

    def _by_own_pattern(self) -> None:
        for name, pattern in self._patterns():
            self._name(name, tuple(entry for entry in self.own if entry.when == pattern))

    def _by_pattern(self) -> None:
        for name, pattern in self._patterns():
            # The links, or the sizes, say more than "off by the same factor".
            known = name in self.deviations or name in self.size_deviations
            if not (known and pattern in ("scaled", "sign")):
                self._name(name, _with(self.judge, self.function, pattern))

    def _patterns(self) -> Iterator[tuple[str, str]]:
        for name in self._left:
            if self.findings[name].outcome == "wrong":
                pattern = pattern_of(self.function, name, self._table[name])
                if pattern:
                    yield name, pattern

    def _also_numerical(self) -> None:
        """Name numerical differentiation too, where a small step is cut off with the rest."""
        for name, groups in self.groups.items():
            cut = any(entry.when == "int-weights" for group in groups for entry in group)
            if cut and is_numerical(self.function, self._table[name]):
                self.groups[name] = (*groups, _with(self.judge, self.function, _NUMERIC))

    @cached_property
    def _table(self) -> Table:
        return table(self.function, self.calls)

    @cached_property
    def _fit(self) -> FactorFit | None:
        return factor_fit(self.problem, self.function.name, self.judge.seed)

    def _values(self, name: str) -> list[Any]:
        """Return the values of one return at the probe points, one of which is asked twice."""
        position = [entry.name for entry in self.function.returns].index(name)
        assert self._fit is not None
        return [call.parsed[position] for call in self.calls[: len(self._fit.points)]]

    def _by_factors(self) -> None:
        if self._fit is None:
            return
        for name in self._left:
            deviation = self._fit.by_factors(name, self._values(name))
            if deviation is not None and not deviation.is_none:
                self.deviations[name] = deviation
        known = known_products(self.function, self.own)
        if known and self.deviations:
            self.groups.update(names_of(self.deviations, known))

    def _by_sizes(self) -> None:
        """Say by which size a result is too large, where nothing else is known of it."""
        if self._fit is None:
            return
        for name in self._left:
            size = self._fit.by_sizes(name, self._values(name))
            if size is not None and size.exponents:
                self.size_deviations[name] = size

    def _by_evidence(self) -> None:
        found = matches(self.problem, self.function, self._evidence(), self.called, self._left)
        every = {entry.name for entry in self.function.returns}
        whole = tuple(match.entry for match in found if match.returns == every)
        if whole:
            # Zeros come from many mistakes: the one that is known may be another.
            patterns = {pattern_of(self.function, n, self._table[n]) for n in self.findings}
            if patterns == {"zero"}:
                whole += tuple(entry for entry in anywhere() if entry.when == "zero")
            self.groups = dict.fromkeys(self.wrong, (whole,))
            return
        # Gradients are computed each by itself; other values of one call depend on each other.
        gradients = {entry.name for entry in self.function.returns if entry.of is not None}
        for name in self._left:
            if name in gradients:
                self._name(name, tuple(m.entry for m in found if m.changes == {name}))


def contradictions(problem: Problem, seed: int) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a problem's factors and catalogue, with the function's name.

    Parameters
    ----------
    problem : Problem
        Whose functions.
    seed : int
        Of the probe points at which factors must be told apart.
    """
    for function in problem.functions:
        try:
            fit = factor_fit(problem, function.name, seed)
            if fit is not None:
                fit.check_sizes()
            known_products(function, misconceptions(problem.name, function.name))
        except GradcheckError as error:
            yield function.name, str(error)
        points = problem.points(function, seed)
        for entry in misconceptions(problem.name, function.name):
            if entry.body or entry.change:
                try:
                    check_evidence(problem, function, entry, points)
                except GradcheckError as error:
                    yield function.name, str(error)
                except SyntaxError as error:
                    yield function.name, f"misconception {entry.id}: {error}"
