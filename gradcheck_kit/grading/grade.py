"""Grading a class: what to grade, by what, and where the results go."""

import functools
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradcheck_kit
from gradcheck_kit.assignment import read_assignment
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.chunks import Place, Work
from gradcheck_kit.grading.copying import remove_tree
from gradcheck_kit.grading.course import installed_courses, use_course
from gradcheck_kit.grading.doctor import no_worker
from gradcheck_kit.grading.engine import Engine
from gradcheck_kit.grading.intake import find_submissions
from gradcheck_kit.grading.journal import SCRATCH_PREFIX, Journal, hash_of_files
from gradcheck_kit.grading.local import LocalPlace, cores
from gradcheck_kit.grading.results_file import (
    RESULTS,
    Summary,
    prepare_out,
    read_plain_results,
    write_results,
)
from gradcheck_kit.grading.roster import read_roster, with_names
from gradcheck_kit.grading.submission import Intake, Submission
from gradcheck_kit.i18n import _, choose_language
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.proof import Protection, can_start, find_protection
from gradcheck_kit.learner.sandbox import BASIC, STRICT, layers_of
from gradcheck_kit.problems import get_problem, problem_names


def bundled_exercises() -> Path:
    """Return the folder of the exercises that ship with the kit."""
    package = Path(gradcheck_kit.__file__).parent
    inside = package / "exercises"
    return inside if inside.is_dir() else package.parent / "exercises"


@dataclass(frozen=True)
class Order:
    """What to grade and how.

    Parameters
    ----------
    submissions : sequence of Path
        See `find_submissions`.
    out : Path
        Folder for the results; made when it is not there.
    exercises : Path or None
        Folder of test files; None for the bundled set.
    only : sequence of str
        Problems to grade; empty for all.
    jobs : int or None
        Sessions at a time; None for one on each core.
    seed : int or None
        Of the probe points; None draws one, or takes the journal's when resuming.
    language : str or None
        Of the messages.
    resume : bool
        Keep what the journal in `out` has of the same submissions, tests, version and seed.
    shard : tuple of int or None
        Number and count: grade only that part of the class.
    dask : str or None
        Address of a Dask scheduler whose workers do the grading.
    roster : Path or None
        See `read_roster`.
    limits : Limits
        How much every submission may use.
    require_sandbox : bool
        Grade only if the sandbox is strict.
    level : str or None
        ``basic`` to do without the strict sandbox; None for the highest there is.
    """

    submissions: Sequence[Path]
    out: Path
    exercises: Path | None = None
    only: Sequence[str] = ()
    jobs: int | None = None
    seed: int | None = None
    language: str | None = None
    resume: bool = False
    shard: tuple[int, int] | None = None
    dask: str | None = None
    roster: Path | None = None
    limits: Limits = field(default_factory=Limits)
    require_sandbox: bool = False
    level: str | None = None


@dataclass(frozen=True)
class Graded:
    """What came of it.

    Parameters
    ----------
    path : Path
        Where results.json is.
    intake : Intake
        What was found and what was skipped.
    summary : Summary
        Scores, and the first submissions.
    sandbox : dict
        What results.json says of it.
    remarks : list of tuple
        Id, and what was done with a submission to read it.
    not_handed_in : list of tuple
        Id and name of those on the roster without a submission.
    not_on_roster : list of str
        Ids that a roster does not have.
    is_anew : bool
        Was there a journal to resume, but of other tests, settings or versions?
    """

    path: Path
    intake: Intake
    summary: Summary
    sandbox: dict[str, Any]
    remarks: list[tuple[str, str]] = field(default_factory=list)
    not_handed_in: list[tuple[str, str]] = field(default_factory=list)
    not_on_roster: list[str] = field(default_factory=list)
    is_anew: bool = False

    @functools.cached_property
    def results(self) -> dict[str, Any]:
        """What results.json holds."""
        return read_plain_results(self.path)


def grade(order: Order, progress: Callable[[int, int], None] = lambda done, all_: None) -> Graded:
    """Grade submissions and write results.json.

    Parameters
    ----------
    order : Order
        What to grade.
    progress : callable
        Gets the number of submissions graded so far, and of all.

    Raises
    ------
    GradcheckError
        If something asked for is not there, or the tests are at fault.
    KeyboardInterrupt
        If it was stopped; results.json then has what was graded until then.
    """
    if order.shard is not None and order.seed is None and not order.resume:
        raise GradcheckError(_("--shard: give all shards the same --seed"))
    protection = _protection(order)
    exercises = (order.exercises or bundled_exercises()).resolve()
    use_course(exercises)
    files = assignment_files(exercises, order.only)
    roster = read_roster(order.roster) if order.roster is not None else None
    with tempfile.TemporaryDirectory(
        prefix=SCRATCH_PREFIX, ignore_cleanup_errors=True
    ) as temporary:
        scratch = Path(temporary)
        intake = find_submissions(order.submissions, files, order.out, scratch / "handed-in")
        try:
            return _grade(order, protection, progress, exercises, files, roster, scratch, intake)
        finally:
            remove_tree(scratch / "class")  # with permissions that a plain removal fails on


def _grade(
    order: Order,
    protection: Protection,
    progress: Callable[[int, int], None],
    exercises: Path,
    files: Sequence[str],
    roster: dict[str, str] | None,
    scratch: Path,
    intake: Intake,
) -> Graded:
    missing: list[str] = []
    unknown: list[str] = []
    if roster is not None:
        intake.submissions, missing, unknown = with_names(intake.submissions, roster)
    absent = [(name, (roster or {})[name]) for name in missing]
    submissions = intake.submissions
    if order.shard is not None:
        number, of = order.shard
        submissions = submissions[number - 1 :: of]
    prepare_out(order.out)
    assignment = read_assignment(exercises)
    language = choose_language(order.language, assignment.language)
    sandbox = protection.to_plain()
    settings = settings_of_sessions(language, None, order, protection.level)
    depends_on = {
        **settings,
        "kit_version": gradcheck_kit.__version__,
        "sandbox": sandbox,
        "tests": hash_of_files(exercises),
        "courses": installed_courses(),
    }
    fresh_seed = secrets.randbelow(2**31)
    with Journal(order.out, order.seed, fresh_seed, depends_on, order.resume) as journal:
        journal.note_scratch(scratch)
        work = Work(exercises, {**settings, "seed": journal.seed})
        engine = Engine(
            submissions, files, scratch, journal, _place(order, work, scratch),
            lambda done: progress(done, len(submissions)),
        )  # fmt: skip

        def write(is_complete: bool) -> Summary:
            head: dict[str, Any] = {
                "schema": 1,
                "assignment": {
                    "id": assignment.id,
                    "max_score": _max_score(engine),
                    "seed": journal.seed,
                    "kit_version": gradcheck_kit.__version__,
                },
                "sandbox": sandbox,
            }
            if order.shard is not None:
                head["shard"] = {"number": order.shard[0], "of": order.shard[1]}
            if roster is not None:
                head["not_handed_in"] = [{"id": name, "name": who} for name, who in absent]
            if not is_complete:
                head["complete"] = False
            rows = _rows(submissions, engine, journal, is_complete)
            return write_results(order.out / RESULTS, head, rows)

        try:
            engine.run()
        except KeyboardInterrupt:
            write(is_complete=False)
            raise
        summary = write(is_complete=True)
        remarks = [
            (submissions[number].id, remark)
            for number in sorted(engine.remarks)
            for remark in engine.remarks[number]
        ]
        return Graded(
            order.out / RESULTS, intake, summary, sandbox, remarks, absent, unknown,
            journal.is_stale,
        )  # fmt: skip


def settings_of_sessions(
    language: str, seed: int | None, order: Order, level: str
) -> dict[str, Any]:
    """Return what every session must know, as plain values."""
    return {
        "language": language,
        "seed": seed,
        "only": list(order.only),
        "level": level,
        "limits": order.limits.to_plain(),
    }


def _protection(order: Order) -> Protection:
    """Return what learner code will be kept in.

    Raises
    ------
    GradcheckError
        If it must be strict and is not, or no worker starts at all.
    """
    is_basic = order.level == BASIC
    protection = Protection(BASIC, layers_of(BASIC)) if is_basic else find_protection()
    if order.require_sandbox and protection.level != STRICT:
        raise GradcheckError(
            _("--require-sandbox: this machine has no strict sandbox; see: gradcheck-kit doctor")
        )
    if protection.level == BASIC and not can_start(BASIC):  # else all would seem to have crashed
        raise GradcheckError(no_worker())
    return protection


def _place(order: Order, work: Work, scratch: Path) -> Place:
    if order.dask is None:
        return LocalPlace(work, scratch, order.jobs or cores())
    from gradcheck_kit.grading.cluster import DaskPlace

    return DaskPlace(work, order.dask, order.jobs)


def _max_score(engine: Engine) -> float:
    return float(sum(check["max_points"] for check in engine.checks))


def _rows(
    submissions: Sequence[Submission], engine: Engine, journal: Journal, is_complete: bool
) -> Iterator[dict[str, Any]]:
    """Yield what results.json says of each submission; of a part of them, if it was stopped."""
    for number, submission in enumerate(submissions):
        result: dict[str, Any] = {"id": submission.id}
        if submission.name:
            result["name"] = submission.name
        nothing = {
            "score": 0.0, "max_score": _max_score(engine), "seconds": 0.0, "blame": [],
            "checks": [],
        }  # fmt: skip
        key = engine.keys.get(number, "")
        if number in engine.unreadable:
            reason = engine.unreadable[number]
            yield {**result, "status": "unreadable", **nothing, "message": reason}
        elif journal.has(key) and (is_complete or journal.is_final(key)):
            yield {**result, "status": "graded", **journal.entry(key)}
        elif is_complete:
            yield {**result, "status": "crashed", **nothing}


def assignment_files(exercises: Path, only: Sequence[str] = ()) -> list[str]:
    """Return the names of the files that learners hand in for a folder of tests.

    Raises
    ------
    GradcheckError
        If the folder has no tests, or `only` names an unknown problem.
    """
    if not exercises.is_dir():
        raise GradcheckError(_("{path}: there is no such folder of exercises", path=exercises))
    named = [path.stem.removeprefix("test_") for path in sorted(exercises.glob("test_*.py"))]
    tasks = [name.partition(".")[0] for name in read_assignment(exercises).tasks]
    present = [name for name in dict.fromkeys([*tasks, *named]) if name in problem_names()]
    if not named:
        raise GradcheckError(_("{path}: there are no test files (test_*.py) here", path=exercises))
    unknown = [name for name in only if name not in present]
    if unknown:
        raise GradcheckError(
            _(
                "--only {name}: the problems here are {names}",
                name=unknown[0],
                names=", ".join(present),
            )
        )
    return [get_problem(name).file for name in present]


def files_of_course(exercises: Path) -> list[str]:
    """Return the names of the files that learners hand in, of which there must be some.

    Raises
    ------
    GradcheckError
        As `assignment_files`, and if no problem here is known.
    """
    files = assignment_files(exercises)
    if not files:
        raise GradcheckError(
            _("--exercises {path}: no test file here is named after a problem that is known; is "
              "the course installed?", path=exercises)
        )  # fmt: skip
    return files
