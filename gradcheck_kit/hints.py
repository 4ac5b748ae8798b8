"""What ``gradcheck-kit hint`` and ``explain`` print: hints that climb, and mistakes explained."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from gradcheck_kit.assignment import Assignment, Task
from gradcheck_kit.checks.contract import check_load
from gradcheck_kit.checks.finding import PASSED, Verdict
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.diagnosis.catalogue import every_misconception, right_formula
from gradcheck_kit.diagnosis.messages import Place, headline
from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.display import labelled, wrap
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.i18n import _, active_language
from gradcheck_kit.learner.inprocess import InProcessLearner
from gradcheck_kit.learner.watchdog import Watchdog
from gradcheck_kit.problems import get_problem, problem_names
from gradcheck_kit.problems.problem import Problem

SEEN = ".gradcheck_hints.json"
"""Beside the exercises: how many hints of each function were shown."""

_WIDTH = 78


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint.

    Parameters
    ----------
    task : Task
        For which function.
    number, of : int
        Which one it is, counted from 1, and how many there are.
    text : str
        The hint.
    """

    task: Task
    number: int
    of: int
    text: str


def next_hint(folder: Path, assignment: Assignment, function: str | None = None) -> Hint | None:
    """Return the next hint for a function, one further each time; the last one stays.

    Parameters
    ----------
    folder : Path
        The learner's exercises; what was shown is kept there.
    assignment : Assignment
        With the hints.
    function : str or None
        ``network.backward``, or ``backward`` where only one file has it; None for the first
        function that is not right yet.

    Returns
    -------
    Hint or None
        None if every function is right.

    Raises
    ------
    GradcheckError
        If there is no such function, or it has no hints.
    """
    learner = InProcessLearner(str(folder), folder, Watchdog())
    if function:
        task = _task(assignment, function)
        _refuse_unusable_file(learner, task)
    else:
        first = _first_not_right(learner, assignment)
        if first is None:
            return None
        task = first
    hints = task.hints_in(active_language())
    if not hints:
        raise GradcheckError(_("there is no hint for {function}", function=task.name))
    shown = _shown(folder)
    number = min(shown.get(task.name, 0) + 1, len(hints))
    # A folder that cannot be written to still gets its hints, the first one every time.
    with contextlib.suppress(OSError):
        text = json.dumps({**shown, task.name: number}, indent=1)
        (folder / SEEN).write_text(text + "\n", encoding="utf-8")
    return Hint(task, number, len(hints), hints[number - 1])


def _task(assignment: Assignment, function: str) -> Task:
    known = [name for name in assignment.tasks if function in (name, name.rpartition(".")[2])]
    if len(known) == 1:
        return assignment.tasks[known[0]]
    if known:
        raise GradcheckError(
            _("several files have {function}; name one of: {names}",
              function=function, names=", ".join(known))
        )  # fmt: skip
    raise GradcheckError(
        _("there is no function {function}; there are: {names}",
          function=function, names=", ".join(assignment.tasks))
    )  # fmt: skip


def _first_not_right(learner: InProcessLearner, assignment: Assignment) -> Task | None:
    judges: dict[str, Judge] = {}
    for name, task in assignment.tasks.items():
        problem_name, _dot, function = name.rpartition(".")
        if problem_name not in problem_names():
            continue
        if problem_name not in judges:
            judges[problem_name] = Judge(learner, get_problem(problem_name), 0)
        verdict = judges[problem_name].verdict(function)
        if verdict.outcome != PASSED:
            _refuse(verdict, get_problem(problem_name), learner.folder)
            return task
    return None


def _refuse_unusable_file(learner: InProcessLearner, task: Task) -> None:
    problem_name, _dot, function = task.name.rpartition(".")
    if problem_name not in problem_names():
        return
    problem = get_problem(problem_name)
    finding = check_load(learner.copy(problem.file).load())
    if finding is not None:
        _refuse(Verdict(function, finding.outcome, finding), problem, learner.folder)


def _refuse(verdict: Verdict, problem: Problem, folder: Path) -> None:
    """Say what is wrong with the file first: no hint on a formula helps there, or is spent."""
    if verdict.finding is not None and verdict.finding.reason.startswith("file-"):
        place = Place(str(folder / problem.file), str(folder))
        raise GradcheckError(headline(verdict, problem, place))


def _shown(folder: Path) -> dict[str, int]:
    try:
        data = json.loads((folder / SEEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {str(name): n for name, n in data.items() if isinstance(n, int) and n > 0}


# Mistakes


def listed(function: str | None = None) -> list[tuple[str, list[Misconception]]]:
    """Return every mistake, by the function that it is made in; or those of one function."""
    found: dict[str, list[Misconception]] = {}
    for name, entry in every_misconception():
        if function is None or (name and function in (name, name.rpartition(".")[2])):
            found.setdefault(name, []).append(entry)
    return list(found.items())


def explained(identity: str) -> str:
    """Return the text about one mistake: what it is, its mathematics, what to look at.

    Raises
    ------
    GradcheckError
        If there is no mistake of that id.
    """
    identity = identity.strip()
    found = [
        (name, entry)
        for name, entry in every_misconception()
        if entry.id.lower() == identity.lower()
    ]
    if not found:
        known = [entry.id for _name, entry in every_misconception()]
        close = get_close_matches(identity, known, n=3, cutoff=0.5)
        if close:
            raise GradcheckError(
                _("there is no mistake {id}; did you mean {names}?",
                  id=identity, names=", ".join(close))
            )  # fmt: skip
        raise GradcheckError(
            _("there is no mistake {id}; gradcheck-kit explain lists them all", id=identity)
        )
    return "\n\n".join(_explanation(function, entry) for function, entry in found)


def _explanation(function: str, entry: Misconception) -> str:
    title = f"{entry.id} ({function})" if function else entry.id
    rows = []
    if entry.yours:
        rows.append((_("such code"), entry.yours))
    problem, _dot, name = function.rpartition(".")
    right = right_formula(problem, name)
    if right:
        rows.append((_("right"), right.replace(",  ", "\n")))
    for returned, links in entry.links.items():
        rows.append((_("ratio"), f"{returned}: {ratio_text(links)}"))
    rows.append((_("hint"), _(entry.hint)))
    if entry.is_advisory:
        rows.append((_("points lost"), _("none; within the tested range it is right")))
    return "\n".join([title, *wrap(_(entry.title), _WIDTH), *labelled(rows, _WIDTH)])


def ratio_text(links: Mapping[str | float, int]) -> str:
    """Return a product of links as a fraction: ``a1/x``, ``2``, ``1/σ'(z2)``."""
    above: list[str] = []
    below: list[str] = []
    for link, exponent in links.items():
        text = link if isinstance(link, str) else f"{link:g}"
        text = "c" if text == "CONSTANT" else text  # any number
        text = f"({text})" if " " in text else text
        power = text if abs(exponent) == 1 else f"{text}^{abs(exponent)}"
        (above if exponent > 0 else below).append(power)
    top = "·".join(above) or "1"
    if not below:
        return top
    return f"{top}/{below[0]}" if len(below) == 1 else f"{top}/({'·'.join(below)})"
