"""Who is to blame? A function that fails is judged again on top of right lower functions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from gradcheck_kit.checks.finding import FOLLOW_THROUGH, PASSED, Examination, Finding, Verdict
from gradcheck_kit.checks.gradient import explain_gradient
from gradcheck_kit.checks.questions import Questions, expected_of, kept_questions
from gradcheck_kit.checks.training import explain_training
from gradcheck_kit.checks.update import explain_update
from gradcheck_kit.checks.values import examine
from gradcheck_kit.learner.learner import Learner, ModuleCopy
from gradcheck_kit.problems.problem import Function, Problem

# Exceptions that a stand-in's plain tuple or number causes in code that expects more of it.
_TYPE_TROUBLE = frozenset({"AttributeError", "TypeError", "KeyError", "IndexError"})
_OWN_FAULT = frozenset({"missing", "not_started"})
_DIAGNOSES = {"mutates": "mutates", "float32": "float32", "reuse": "reuse", "state": "state"}


class Judge:
    """Judges the functions of one problem in one submission, each once.

    Parameters
    ----------
    learner : Learner
        Whose functions.
    problem : Problem
        What they should be.
    seed : int
        Draws the probe points.
    functions_left : callable or None
        How many functions of the submission are not judged yet, this one included; each
        gets its share of the time that is left. None counts this problem's.
    """

    def __init__(
        self,
        learner: Learner,
        problem: Problem,
        seed: int,
        functions_left: Callable[[], int] | None = None,
    ) -> None:
        self.learner = learner
        self.problem = problem
        self.seed = seed
        self._functions_left = functions_left or self._own_functions_left
        self._copy = self._fresh_copy(*problem.functions)
        self._verdicts: dict[str, dict[str, Verdict]] = {}
        self._observed: dict[str, tuple[Examination, ...]] = {}

    def observed(self, function: str) -> tuple[Examination, ...]:
        """Return what was seen of a judged function, the most telling examination first.

        On right lower functions it shows its own mistakes only. If nothing could be
        replaced, or it does not get along with stand-ins, the one as handed in comes first.
        """
        return self._observed.get(function, ())

    def verdict(self, function: str, wrt: str | None = None) -> Verdict:
        """Return the verdict on a function, or on one of its returns.

        Parameters
        ----------
        function : str
            Its name.
        wrt : str or None
            A return, or the parameter that a gradient belongs to; None for all of them.
        """
        wanted = self.problem.function(function)
        if function not in self._verdicts:
            self._verdicts[function] = self._judge(wanted)
        verdicts = self._verdicts[function]
        if wrt is not None:
            return verdicts[wanted.return_named(wrt).name]
        # The one that is worst for the learner to hear speaks for the whole function.
        return max(verdicts.values(), key=_severity)

    def _questions(self, function: Function) -> Questions:
        """Return what to ask about a function.

        Learner code in another process gets copies, so the same serves for a whole class. In
        this process it is better given its own, and simplest first.
        """
        if not self.learner.is_isolated:
            return Questions(function, self.problem.points(function, self.seed))
        return kept_questions(self.problem, function, self.seed)

    def _fresh_copy(self, *functions: Function) -> ModuleCopy:
        """Return a copy in which these functions will be looked at."""
        return self.learner.copy(self.problem.file, expected_of(functions))

    def _own_functions_left(self) -> int:
        return len(self.problem.functions) - len(self._verdicts)

    def _judge(self, function: Function) -> dict[str, Verdict]:
        self.learner.share_time(max(1, self._functions_left()))
        is_loaded = self._copy.load().status == "loaded"
        lower = (self.verdict(name).outcome for name in function.lower)
        if is_loaded and "timed_out" in lower:
            # Its callers would wait just as long: try them without it first.
            ahead = self._judge_on_stand_ins(function)
            if all(finding is None for finding in ahead.findings.values()):
                waiting = Verdict(
                    function.name,
                    FOLLOW_THROUGH,
                    Finding("timed_out", "call"),
                    mend_first=self._not_right(function.lower),
                    line=ahead.line,
                )
                return dict.fromkeys(ahead.findings, waiting)
        first = examine(self._copy, function, self._questions(function))
        self._observed[function.name] = (first,)
        if all(finding is None for finding in first.findings.values()):
            return {
                name: Verdict(function.name, PASSED, notes=first.notes, line=first.line)
                for name in first.findings
            }
        whole = next(iter(first.findings.values()))
        if _cannot_be_called(whole):
            assert whole is not None
            blamed = whole.outcome not in _OWN_FAULT and not whole.reason.startswith("file-")
            verdict = Verdict(function.name, whole.outcome, whole, blamed, line=first.line)
            return dict.fromkeys(first.findings, verdict)
        second = self._judge_on_stand_ins(function) if function.lower else None
        # Only now: explaining must not take the time that the verdict needs.
        first = self._explained(function, first, second)
        if second is None:
            self._observed[function.name] = (first,)
        else:
            alone = second.stand_ins > 0 and not any(
                finding is not None and before is not None and _comes_from_stand_in(before, finding)
                for before, finding in zip(
                    first.findings.values(), second.findings.values(), strict=True
                )
            )
            self._observed[function.name] = (second, first) if alone else (first, second)
        return {
            name: self._weigh(function, name, finding, first, second)
            for name, finding in first.findings.items()
        }

    def _explained(
        self, function: Function, first: Examination, second: Examination | None
    ) -> Examination:
        """Add what helps to understand the findings that a function is not excused from."""
        explain = _explanation(function)
        wrong = {
            name: finding
            for name, finding in first.findings.items()
            if finding is not None and (second is None or second.findings[name] is not None)
        }
        if explain is None or not wrong:
            return first
        copy = self._copy
        if function.objective is not None and self.learner.is_isolated:
            # This makes calls of its own, while the copy as handed in may be busy already with
            # functions that come later: they must not see those calls, nor the other way round.
            copy = self._fresh_copy()
        try:
            told = {name: explain(copy, function, finding) for name, finding in wrong.items()}
        finally:
            if copy is not self._copy:
                copy.close()
        return replace(first, findings={**first.findings, **told})

    def _culprits(self, function: Function, entry: str) -> tuple[str, ...]:
        """Return the lower functions whose stand-in alone makes a function right.

        Their own checks passed, yet something in them is wrong that those did not reach.
        """
        return tuple(
            name
            for name in function.lower
            if self._judge_on_stand_ins(function, (name,)).findings[entry] is None
        )

    def _judge_on_stand_ins(
        self, function: Function, names: tuple[str, ...] | None = None
    ) -> Examination:
        names = function.lower if names is None else names
        copy = self._fresh_copy(function)
        try:
            if copy.load().status == "loaded":
                # References call each other, so the source holds all of them.
                copy.substitute(self.problem.stand_in_source(function.lower), names)
            return examine(copy, function, self._questions(function))
        finally:
            copy.close()

    def _weigh(
        self,
        function: Function,
        name: str,
        finding: Finding | None,
        first: Examination,
        second: Examination | None,
    ) -> Verdict:
        verdict = partial(Verdict, function.name, notes=first.notes, line=first.line)
        if finding is None:
            return verdict(PASSED)
        again = second.findings[name] if second is not None else None
        if second is not None and again is None:
            to_mend = self._not_right(function.lower) or self._culprits(function, name)
            return verdict(FOLLOW_THROUGH, finding, mend_first=to_mend)
        diagnosis = (_DIAGNOSES[finding.reason],) if finding.reason in _DIAGNOSES else ()
        suspects: tuple[str, ...] = ()
        if second is not None and again is not None:
            if second.stand_ins == 0:
                # Nothing could be replaced (methods of a class, say). Lower functions that
                # are wrong and do run excuse this one; a self-contained one stays blamed.
                suspects = self._not_right(function.lower)
                if suspects:
                    suspects = self._that_run(function, finding, suspects)
            elif _comes_from_stand_in(finding, again):
                suspects = self._not_right(function.lower)
        return verdict(
            finding.outcome, finding, not suspects, mend_first=suspects, diagnosis=diagnosis
        )

    def _not_right(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if not self.verdict(name).is_right)

    def _that_run(
        self, function: Function, finding: Finding, names: tuple[str, ...]
    ) -> tuple[str, ...]:
        arguments = finding.arguments
        if arguments is None:
            return names
        copy: ModuleCopy = self._fresh_copy()
        try:
            copy.load()
            return tuple(copy.own_functions_called(function.name, arguments, names))
        finally:
            copy.close()


def _cannot_be_called(finding: Finding | None) -> bool:
    return finding is not None and (
        (finding.arguments is None and finding.outcome != "wrong" and finding.reason != "stub")
        or finding.outcome in _OWN_FAULT
    )


def _comes_from_stand_in(first: Finding, second: Finding) -> bool:
    trouble = second.trouble
    if second.outcome != "raised" or trouble is None:
        return False
    if trouble.in_stand_in:
        return True
    before = first.trouble
    is_new = before is None or (before.kind, before.text) != (trouble.kind, trouble.text)
    return is_new and trouble.kind in _TYPE_TROUBLE


_SEVERITY = (
    PASSED, FOLLOW_THROUGH, "wrong", "invalid", "raised", "timed_out", "crashed", "not_started",
    "missing",
)  # fmt: skip


def _severity(verdict: Verdict) -> tuple[bool, int]:
    return verdict.blamed, _SEVERITY.index(verdict.outcome)


Explain = Callable[[ModuleCopy, Function, Finding], Finding]
"""Adds to a finding what helps to understand it."""

_EXPLANATIONS: Mapping[str, Explain] = {"update": explain_update, "train": explain_training}


def _explanation(function: Function) -> Explain | None:
    if function.objective is not None:
        return explain_gradient
    return _EXPLANATIONS.get(function.name)
