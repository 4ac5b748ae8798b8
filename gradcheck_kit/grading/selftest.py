"""Self-test of an assignment: its stubs, its solutions, and mistakes planted in these."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from gradcheck_kit.assignment import Assignment, read_assignment
from gradcheck_kit.courses.imports import imports_of
from gradcheck_kit.diagnosis.diagnose import contradictions
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.assignment_checks import (
    Complaint,
    metadata_complaints,
    points_complaints,
    stray_files,
    stub_complaints,
)
from gradcheck_kit.grading.copying import remove_tree
from gradcheck_kit.grading.course import use_course
from gradcheck_kit.grading.equivalence import ARGUMENTS, Comparer, Comparison
from gradcheck_kit.grading.grade import Order, assignment_files, bundled_exercises, grade
from gradcheck_kit.grading.mutations import Mutant, choose, mutants
from gradcheck_kit.i18n import _
from gradcheck_kit.problems import get_problem
from gradcheck_kit.problems.problem import Problem

MUTANTS = 300
"""How many mistakes are planted in each problem, unless asked otherwise."""

_STUBS, _SOLUTIONS = "stubs", "solutions"

Progress = Callable[[str, int, int], None]
"""Gets what is being graded, how many of it are done, and how many there are."""

Fate = Literal["caught", "misblamed", "let_through", "equivalent", "forgiven", "crashed"]


@dataclass(frozen=True)
class SelftestOrder:
    """What to check and how.

    Parameters
    ----------
    exercises : Path or None
        Folder of the assignment: stubs, tests, assignment.toml; None for the bundled one.
    solutions : Path or None
        Folder of its solutions; None for ``solutions`` beside the exercises, or inside.
    only : sequence of str
        Problems to check; empty for all.
    mutants : int
        Mistakes to plant in each problem.
    seed : int
        Chooses the mistakes, and draws probe points and arguments.
    jobs : int or None
        Sessions at a time; None for one on each core.
    arguments : int
        Where a mutant that no test caught is compared with the solution.
    """

    exercises: Path | None = None
    solutions: Path | None = None
    only: Sequence[str] = ()
    mutants: int = MUTANTS
    seed: int = 0
    jobs: int | None = None
    arguments: int = ARGUMENTS


@dataclass(frozen=True)
class Planted:
    """What became of one planted mistake.

    Parameters
    ----------
    mutant : Mutant
        The mistake.
    fate : str
        ``caught``: points were lost and the mutated function alone was blamed.
        ``misblamed``: points were lost, another function or none was blamed.
        ``let_through``: no point was lost, though values change.
        ``equivalent``: no point was lost, and no value changes.
        ``forgiven``: the same, but for what costs nothing (overflow far out).
        ``crashed``: the grader failed on it.
    blame : tuple of str
        The functions that were blamed.
    diagnosis, notes : tuple of str
        Ids.
    comparison : Comparison or None
        With the solution, where no test caught it.
    outcomes : mapping
        For each function that was blamed, what its check came to: ``wrong``, ``raised``.
    """

    mutant: Mutant
    fate: Fate
    blame: tuple[str, ...] = ()
    diagnosis: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    comparison: Comparison | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Selftest:
    """All that was found.

    Parameters
    ----------
    exercises, solutions : Path
        Folders.
    assignment : Assignment
        Its metadata.
    seed : int
        As ordered.
    problems : list of str
        Those that were checked.
    points : dict
        The sum of the points of each problem.
    complaints : list of Complaint
        What the author should mend, mistakes that were let through or misblamed apart.
    planted : list of Planted
        Problem by problem, in the order of their lines.
    possible : dict
        How many mistakes could have been planted in each problem.
    """

    exercises: Path
    solutions: Path
    assignment: Assignment
    seed: int
    problems: list[str] = field(default_factory=list)
    points: dict[str, float] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    possible: dict[str, int] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether nothing needs the author's attention."""
        bad = ("misblamed", "let_through", "crashed")
        return not self.complaints and all(p.fate not in bad for p in self.planted)


def selftest(order: SelftestOrder, progress: Progress = lambda what, done, all_: None) -> Selftest:
    """Check an assignment.

    Parameters
    ----------
    order : SelftestOrder
        What to check.
    progress : callable
        See `Progress`.

    Raises
    ------
    GradcheckError
        If folders or problems asked for are not there.
    """
    exercises = (order.exercises or bundled_exercises()).resolve()
    use_course(exercises)
    files = assignment_files(exercises, order.only)
    problems = [get_problem(file.removesuffix(".py")) for file in files]
    if order.only:
        problems = [problem for problem in problems if problem.name in order.only]
    solutions = find_solutions(exercises, order.solutions)
    assignment = read_assignment(exercises)
    found = Selftest(exercises, solutions, assignment, order.seed, [p.name for p in problems])
    found.complaints += metadata_complaints(assignment, problems, complete=not order.only)
    found.complaints += [
        Complaint(f"{problem.name}.{function}", text)
        for problem in problems
        for function, text in contradictions(problem, order.seed)
    ]
    found.complaints += stub_complaints(exercises, solutions, problems, assignment.language)
    if not order.only:
        found.complaints += stray_files(exercises, problems)
    present = [p for p in problems if (exercises / p.file).exists() and _has(solutions, p)]
    with _scratch() as scratch:
        if not _check_both(found, present, order, scratch, progress):
            return found
        for problem in present:
            _plant(found, problem, order, scratch / problem.name, progress)
    return found


def find_solutions(exercises: Path, given: Path | None) -> Path:
    """Return the folder of the solutions.

    Raises
    ------
    GradcheckError
        If there is none.
    """
    candidates = [given] if given else [exercises.parent / "solutions", exercises / "solutions"]
    for folder in candidates:
        if folder.is_dir() and any(folder.glob("*.py")):
            return folder.resolve()
    if given:
        raise GradcheckError(_("{folder}: there are no .py files here", folder=given))
    raise GradcheckError(
        _(
            "{folder}: no solutions beside it; name their folder with --solutions DIR (an "
            "installed kit holds none: those of its own exercises are in its source)",
            folder=exercises,
        )
    )


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gradcheck-selftest-"))
    try:
        yield folder
    finally:
        remove_tree(folder)


def _has(solutions: Path, problem: Problem) -> bool:
    return (solutions / problem.file).exists()


def _copy_modules(source: Path, target: Path) -> None:
    """Copy the modules of a folder, helpers too, but no tests."""
    target.mkdir(parents=True)
    for path in sorted(source.glob("*.py")):
        if not path.name.startswith(("test_", "conftest")):
            shutil.copy(path, target)


def _check_both(
    found: Selftest,
    problems: Sequence[Problem],
    order: SelftestOrder,
    scratch: Path,
    progress: Progress,
) -> bool:
    """Grade stubs and solutions; tell whether it makes sense to go on."""
    names = [problem.name for problem in problems]
    _copy_modules(found.exercises, scratch / "both" / _STUBS)
    _copy_modules(found.solutions, scratch / "both" / _SOLUTIONS)
    what = _("stubs and solutions")
    try:
        results = _graded(scratch / "both", scratch / "out", found, names, order, what, progress)
    except GradcheckError as error:
        found.complaints.append(Complaint("tests", str(error)))
        return False
    by_id = {result["id"]: result for result in results}
    for name in names:
        found.points[name] = sum(
            check["max_points"]
            for check in by_id[_SOLUTIONS]["checks"]
            if _problem_of(check) == name
        )
    found.complaints += _about_stubs(by_id[_STUBS]) + _about_solutions(by_id[_SOLUTIONS])
    found.complaints += points_complaints(by_id[_SOLUTIONS], problems)
    return bool(by_id[_SOLUTIONS]["status"] == "graded")


def _problem_of(check: dict[str, Any]) -> str:
    if check["function"]:
        return str(check["function"]).partition(".")[0]
    return str(check["id"]).partition("::")[0].removeprefix("test_").removesuffix(".py")


def _graded(
    folder: Path,
    out: Path,
    found: Selftest,
    only: Sequence[str],
    order: SelftestOrder,
    what: str,
    progress: Progress,
) -> list[dict[str, Any]]:
    engine = Order(
        submissions=[folder],
        out=out,
        exercises=found.exercises,
        only=only,
        jobs=order.jobs,
        seed=order.seed,
        language="en",
    )
    graded = grade(engine, lambda done, all_: progress(what, done, all_))
    submissions: list[dict[str, Any]] = graded.results["submissions"]
    return submissions


def _about_stubs(result: dict[str, Any]) -> list[Complaint]:
    """Return what is wrong with the stubs: each must be "not started", with no points."""
    if result["status"] != "graded":
        return [Complaint("stubs", _("the grader failed on them"))]
    complaints = []
    for check in result["checks"]:
        if check["outcome"] != "not_started":
            text = _("the stub is {outcome}, not not_started", outcome=check["outcome"])
            complaints.append(Complaint(check["id"], text))
        if check["points"]:
            text = _("the stub earns {points} points", points=f"{check['points']:g}")
            complaints.append(Complaint(check["id"], text))
    complaints += [Complaint(name, _("the stub is blamed")) for name in result["blame"]]
    return complaints


def _about_solutions(result: dict[str, Any]) -> list[Complaint]:
    """Return what is wrong with the solutions: full points, and nothing else to say."""
    if result["status"] != "graded":
        return [Complaint("solutions", _("the grader failed on them"))]
    complaints = []
    for check in result["checks"]:
        if check["outcome"] != "passed":
            text = _("the solution is {outcome}", outcome=check["outcome"])
            if check["message"]:
                text = f"{text}: {check['message'].splitlines()[0]}"
            complaints.append(Complaint(check["id"], text))
        elif check["points"] != check["max_points"]:
            points = f"{check['points']:g}/{check['max_points']:g}"
            text = _("the solution earns {points} points", points=points)
            complaints.append(Complaint(check["id"], text))
        complaints += [
            Complaint(check["id"], _("the solution gets the note {note}", note=note["id"]))
            for note in check["notes"]
        ]
        complaints += [
            Complaint(check["id"], _("the solution gets the diagnosis {id}", id=entry["id"]))
            for entry in check["diagnosis"]
        ]
    return complaints


def _plant(
    found: Selftest, problem: Problem, order: SelftestOrder, scratch: Path, progress: Progress
) -> None:
    """Plant mistakes in the solution of one problem and see what becomes of each."""
    source = (found.solutions / problem.file).read_text(encoding="utf-8")
    everything = mutants(problem.name, source, [f.name for f in problem.functions])
    found.possible[problem.name] = len(everything)
    chosen = choose(everything, order.mutants, order.seed)
    if not chosen:
        return
    _copy_modules(found.solutions, scratch / "solution")
    folders = {f"{number:06d}": mutant for number, mutant in enumerate(chosen)}
    for name, mutant in folders.items():
        _copy_modules(found.solutions, scratch / "class" / name)
        path = scratch / "class" / name / problem.file
        path.write_text(mutant.source, encoding="utf-8", newline="\n")
    results = _graded(
        scratch / "class", scratch / "out", found, [problem.name], order, problem.name, progress
    )
    results = _asked_again(results, found, problem, order, scratch)
    imports = imports_of(found.exercises, [problem])
    comparer = Comparer(scratch / "solution", problem, order.seed, order.arguments, imports)
    try:
        for result in results:
            folder = scratch / "class" / result["id"]
            found.planted.append(_planted(folders[result["id"]], result, comparer, folder))
    finally:
        comparer.close()


def _asked_again(
    results: Sequence[dict[str, Any]],
    found: Selftest,
    problem: Problem,
    order: SelftestOrder,
    scratch: Path,
) -> list[dict[str, Any]]:
    """Grade those that ran out of time again, one by one: the machine may have been busy."""
    late = [
        result["id"]
        for result in results
        if any(check["outcome"] in ("timed_out", "crashed") for check in result["checks"])
        or result["status"] == "crashed"
    ]
    if not late:
        return list(results)
    for name in late:
        (scratch / "late").mkdir(exist_ok=True)
        shutil.move(scratch / "class" / name, scratch / "late" / name)
    alone = replace(order, jobs=1)
    again = _graded(
        scratch / "late", scratch / "out", found, [problem.name], alone, "", lambda *_: None
    )
    for name in late:
        shutil.move(scratch / "late" / name, scratch / "class" / name)
    by_id = {result["id"]: result for result in (*results, *again)}
    return [by_id[result["id"]] for result in results]


def _planted(mutant: Mutant, result: dict[str, Any], comparer: Comparer, folder: Path) -> Planted:
    if result["status"] != "graded":
        return Planted(mutant, "crashed")
    blame, diagnosis, notes = (
        tuple(result["blame"]),
        _ids(result, "diagnosis"),
        _ids(result, "notes"),
    )
    if result["score"] < result["max_score"] or blame:
        right = blame == (f"{mutant.problem}.{mutant.function}",)
        outcomes = {c["function"]: c["outcome"] for c in result["checks"] if c["function"] in blame}
        fate: Fate = "caught" if right else "misblamed"
        return Planted(mutant, fate, blame, diagnosis, notes, outcomes=outcomes)
    comparison = comparer.compare(folder, mutant.function)
    fates: dict[str, Fate] = {"differs": "let_through", "forgiven": "forgiven"}
    survived = fates.get(comparison.outcome, "equivalent")
    return Planted(mutant, survived, blame, diagnosis, notes, comparison)


def _ids(result: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry["id"] for check in result["checks"] for entry in check[key]))
