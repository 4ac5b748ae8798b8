"""The assertions that tests make about a learner's functions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gradcheck_kit.assignment import Assignment
from gradcheck_kit.checks.finding import FOLLOW_THROUGH, PASSED, Finding, Verdict
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.diagnosis.messages import Place, brief, describe
from gradcheck_kit.diagnosis.records import NOTHING, NUMERIC_NOTE, Diagnosis
from gradcheck_kit.display import python_as_typed
from gradcheck_kit.errors import GradcheckError, GradcheckFailure
from gradcheck_kit.i18n import _, active_language
from gradcheck_kit.learner.learner import Learner
from gradcheck_kit.problems.problem import Problem


@dataclass
class Checked:
    """What one assertion found, in plain values for reports.

    Parameters
    ----------
    function : str
        ``network.backward``.
    outcome : str
        See GradcheckFailure, and ``passed``, ``follow_through``.
    blamed : bool
        Is the mistake in this function?
    brief, message : str
        One line, and the whole text; "" when passed.
    diagnosis, notes : list of str
        Ids.
    line : int or None
        Where the function stands.
    hint : str
        On the mistake that was recognised, or "".
    """

    function: str
    outcome: str
    blamed: bool = False
    brief: str = ""
    message: str = ""
    hint: str = ""
    diagnosis: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    line: int | None = None


class Judges:
    """The judges of one submission, made when needed and kept, so nothing is judged twice.

    Parameters
    ----------
    learner : Learner
        The submission.
    seed : int
        Draws the probe points.
    functions : int
        How many functions will be judged in all; shares out the submission's time.
    """

    def __init__(self, learner: Learner, seed: int, functions: int = 0) -> None:
        self.learner = learner
        self.seed = seed
        self._left = functions
        # Two folders of one run may have problems of one name.
        self._judges: dict[Problem, Judge] = {}
        self._diagnoses: dict[tuple[Problem, str], Diagnosis] = {}

    def diagnosis(self, problem: Problem, function: str) -> Diagnosis:
        """Return which mistakes were recognised in a function."""
        key = problem, function
        if key not in self._diagnoses:
            # Only a function that is not plainly right needs the catalogue.
            from gradcheck_kit.diagnosis.diagnose import diagnose

            self._diagnoses[key] = diagnose(self.judge(problem), function)
        return self._diagnoses[key]

    def judge(self, problem: Problem) -> Judge:
        """Return the judge for `problem`."""
        if problem not in self._judges:
            self._judges[problem] = Judge(self.learner, problem, self.seed, self._functions_left)
        return self._judges[problem]

    def _functions_left(self) -> int:
        self._left -= 1
        return self._left + 1


class Gradcheck:
    """The ``gradcheck`` fixture: assertions about a learner's functions.

    Every method takes the ``learner`` fixture and raises GradcheckFailure, whose text says
    which function is wrong, where and by how much.

    Parameters
    ----------
    problem : callable
        Returns the problem of this test.
    judges : callable
        Returns the judges of a learner.
    assignment : Assignment
        Titles and hints.
    hidden : bool
        Keep calls and expected values out of messages?
    on_checked : callable
        Gets a Checked for every assertion, before it raises.
    """

    def __init__(
        self,
        problem: Callable[[], Problem],
        judges: Callable[[Learner], Judges],
        assignment: Assignment | None = None,
        hidden: bool = False,
        on_checked: Callable[[Checked], None] = lambda checked: None,
    ) -> None:
        self._problem = problem
        self._judges = judges
        self._assignment = assignment or Assignment("")
        self._hidden = hidden
        self._on_checked = on_checked

    def contract(self, learner: Learner, function: str | None = None) -> None:
        """Assert that functions exist, take the right parameters and return the right form.

        Parameters
        ----------
        learner : Learner
            The fixture.
        function : str or None
            Its name; None for all functions of the problem.

        Raises
        ------
        GradcheckFailure
            If it is not so. Wrong values do not matter here.
        """
        __tracebackhide__ = True
        problem = self._problem()
        names = [function] if function else [entry.name for entry in problem.functions]
        for name in names:
            verdict = self._judges(learner).judge(problem).verdict(name)
            if verdict.outcome == "wrong":
                verdict = Verdict(name, PASSED, line=verdict.line)
            self._conclude(learner, problem, verdict)

    def values(self, learner: Learner, function: str, *, wrt: str | None = None) -> None:
        """Assert that a function returns the right values.

        Parameters
        ----------
        learner : Learner
            The fixture.
        function : str
            Its name.
        wrt : str or None
            Only this one of its returns; None for all.

        Raises
        ------
        GradcheckFailure
            If it does not.
        """
        __tracebackhide__ = True
        self._check(learner, function, wrt)

    def gradient(
        self, learner: Learner, function: str | None = None, *, wrt: str | None = None
    ) -> None:
        """Assert that a gradient is right.

        Parameters
        ----------
        learner : Learner
            The fixture.
        function : str or None
            The function that returns it; None for the problem's only one (``backward``).
        wrt : str or None
            The parameter it belongs to (``w1``); None for all.

        Raises
        ------
        GradcheckFailure
            If it is not; the message also has the finite differences of the learner's loss.
        """
        __tracebackhide__ = True
        self._check(learner, function or self._only_gradient(), wrt)

    def update(
        self, learner: Learner, function: str | None = None, *, wrt: str | None = None
    ) -> None:
        """Assert that one step of gradient descent is right; `function` is ``update``.

        Raises
        ------
        GradcheckFailure
            If it is not.
        """
        __tracebackhide__ = True
        self._check(learner, function or "update", wrt)

    def training(
        self, learner: Learner, function: str | None = None, *, wrt: str | None = None
    ) -> None:
        """Assert that repeated steps are right; `function` is ``train``.

        Raises
        ------
        GradcheckFailure
            If they are not.
        """
        __tracebackhide__ = True
        self._check(learner, function or "train", wrt)

    def _only_gradient(self) -> str:
        problem = self._problem()
        names = [f.name for f in problem.functions if f.objective is not None]
        if len(names) != 1:
            raise GradcheckError(
                f"gradcheck.gradient needs the function's name: problem {problem.name!r} "
                f"has {len(names)} functions with an objective"
            )
        return names[0]

    def _check(self, learner: Learner, function: str, wrt: str | None) -> None:
        __tracebackhide__ = True
        problem = self._problem()
        verdict = self._judges(learner).judge(problem).verdict(function, wrt)
        self._conclude(learner, problem, verdict, wrt)

    def _conclude(
        self, learner: Learner, problem: Problem, verdict: Verdict, wrt: str | None = None
    ) -> None:
        __tracebackhide__ = True
        name = f"{problem.name}.{verdict.function}"
        finding = verdict.finding
        diagnosis = NOTHING
        if verdict.blamed or NUMERIC_NOTE in verdict.notes:
            diagnosis = self._judges(learner).diagnosis(problem, verdict.function)
            if wrt is not None:
                entry = problem.function(verdict.function).return_named(wrt)
                diagnosis = diagnosis.only(entry.name)
        # What the judge saw by itself (a changed argument) has a general name as well.
        recognised = () if diagnosis is NOTHING else diagnosis.ids
        checked = Checked(
            function=name,
            outcome=verdict.outcome,
            blamed=verdict.blamed,
            diagnosis=list(dict.fromkeys([*recognised, *verdict.diagnosis])),
            notes=list(verdict.notes),
            line=verdict.line,
        )
        if finding is None:
            self._on_checked(checked)
            return
        place = self._place(learner, problem, name)
        checked.brief = brief(verdict, problem, place, diagnosis)
        checked.message = describe(verdict, problem, place, diagnosis)
        if diagnosis.all_groups and not self._hidden:
            checked.hint = _(diagnosis.all_groups[0][0].hint)
        self._on_checked(checked)
        if verdict.outcome == FOLLOW_THROUGH:
            return
        if _can_be_replayed(finding) and not self._hidden:
            learner.replay(problem.file, verdict.function, finding.arguments or ())
        raise GradcheckFailure(
            checked.message,
            outcome=verdict.outcome,
            diagnosis=checked.diagnosis,
            notes=verdict.notes,
            file=place.file,
            line=verdict.line or _line_in_file(finding),
        )

    def _place(self, learner: Learner, problem: Problem, function: str) -> Place:
        hint = self._assignment.first_hint(function, active_language())
        if learner.is_isolated:  # nobody repeats a call there
            return Place(problem.file, ".", hint, hidden=self._hidden, repeatable=False)
        return Place(
            file=str(Path(learner.label) / problem.file),
            folder=learner.label or ".",
            hint=hint,
            hidden=self._hidden,
            python=python_as_typed(),
        )


def _can_be_replayed(finding: Finding) -> bool:
    return finding.arguments is not None and finding.outcome in ("wrong", "raised", "invalid")


def _line_in_file(finding: Finding) -> int | None:
    trouble = finding.trouble
    return trouble.frames[0][1] if trouble is not None and trouble.frames else None
