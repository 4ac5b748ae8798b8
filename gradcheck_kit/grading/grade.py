"""Grading a class: copies, sessions on all cores, and results.json."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradcheck_kit
from gradcheck_kit.assignment import read_assignment
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.course import use_course
from gradcheck_kit.grading.intake import (
    Intake,
    Submission,
    UnreadableSubmission,
    copy_submission,
    find_submissions,
    remove_tree,
)
from gradcheck_kit.i18n import _, choose_language
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.proof import Protection, find_protection
from gradcheck_kit.learner.sandbox import BASIC, STRICT, layers_of
from gradcheck_kit.problems import get_problem, problem_names

RESULTS = "results.json"
CHUNK = 25
"""Most submissions in one pytest session: small enough to share out, large enough to pay."""

_POLL_SECONDS = 0.05
_AUTHOR_ERROR = 3
_NOBODY = -1
_STOP_SECONDS = 3.0


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
        Of the probe points; None draws one.
    language : str or None
        Of the messages.
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
    limits: Limits = field(default_factory=Limits)
    require_sandbox: bool = False
    level: str | None = None


@dataclass(frozen=True)
class Graded:
    """What came of it.

    Parameters
    ----------
    results : dict
        What results.json holds.
    intake : Intake
        What was found and what was skipped.
    path : Path
        Where results.json is.
    """

    results: dict[str, Any]
    intake: Intake
    path: Path


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
    """
    protection = _protection(order)
    exercises = (order.exercises or bundled_exercises()).resolve()
    use_course(exercises)
    files = assignment_files(exercises, order.only)
    intake = find_submissions(order.submissions, files, order.out)
    _prepare_out(order.out)
    seed = secrets.randbelow(2**31) if order.seed is None else order.seed
    assignment = read_assignment(exercises)
    language = choose_language(order.language, assignment.language)
    scratch = Path(tempfile.mkdtemp(prefix="gradcheck-"))
    try:
        unreadable = _copy_all(intake.submissions, scratch)
        readable = [n for n in range(len(intake.submissions)) if n not in unreadable]
        if not readable:  # an empty one then tells what there was to earn
            (scratch / "class" / str(_NOBODY)).mkdir(parents=True)
            readable = [_NOBODY]
        lines = _run_sessions(
            readable, scratch, exercises, order, seed, language, protection.level,
            lambda done: progress(done + len(unreadable), len(intake.submissions)),
        )  # fmt: skip
    finally:
        remove_tree(scratch)
    checks_of_all = _checks_of_all(lines.values())
    graded = [
        _result(submission, lines.get(number), unreadable.get(number), checks_of_all)
        for number, submission in enumerate(intake.submissions)
    ]
    results = {
        "schema": 1,
        "assignment": {
            "id": assignment.id,
            "max_score": sum(check["max_points"] for check in checks_of_all),
            "seed": seed,
            "kit_version": gradcheck_kit.__version__,
        },
        "sandbox": protection.to_plain(),
        "submissions": graded,
    }
    path = order.out / RESULTS
    _write_whole(path, json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    return Graded(results, intake, path)


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


def _protection(order: Order) -> Protection:
    """Return what learner code will be kept in.

    Raises
    ------
    GradcheckError
        If it must be strict and is not.
    """
    is_basic = order.level == BASIC
    protection = Protection(BASIC, layers_of(BASIC)) if is_basic else find_protection()
    if order.require_sandbox and protection.level != STRICT:
        raise GradcheckError(
            _("--require-sandbox: this machine has no strict sandbox; see: gradcheck-kit doctor")
        )
    return protection


def _prepare_out(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradcheckError(_("--out {path}: {error}", path=out, error=error.strerror)) from None
    if not os.access(out, os.W_OK):
        raise GradcheckError(_("--out {path}: cannot be written to", path=out))


def _copy_all(submissions: Sequence[Submission], scratch: Path) -> dict[int, str]:
    unreadable = {}
    for number, submission in enumerate(submissions):
        target = scratch / "class" / str(number)
        try:
            copy_submission(submission, target)
        except UnreadableSubmission as error:
            unreadable[number] = str(error)
    return unreadable


def _run_sessions(
    numbers: Sequence[int],
    scratch: Path,
    exercises: Path,
    order: Order,
    seed: int,
    language: str,
    level: str,
    progress: Callable[[int], None],
) -> dict[int, dict[str, Any]]:
    """Return the line that the sessions wrote for each submission they finished."""
    config = scratch / "pytest.ini"
    config.write_text("[pytest]\n")  # so that no settings of other folders apply
    jobs = order.jobs or os.cpu_count() or 1
    size = max(1, min(CHUNK, -(-len(numbers) // jobs)))
    chunks = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    waiting = list(enumerate(chunks))
    running: dict[int, subprocess.Popen[bytes]] = {}
    lines: dict[int, dict[str, Any]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                at, chunk = waiting.pop(0)
                folders = [str(scratch / "class" / str(number)) for number in chunk]
                spec = {
                    "config": str(config), "exercises": str(exercises), "folders": folders,
                    "seed": seed, "language": language, "only": list(order.only),
                    "output": str(scratch / f"{at}.jsonl"),
                    "level": level, "limits": order.limits.to_plain(),
                }  # fmt: skip
                running[at] = _start(spec, scratch, at)
            time.sleep(_POLL_SECONDS)
            for at, process in list(running.items()):
                ended = process.poll() is not None
                for index, line in _read_lines(scratch / f"{at}.jsonl"):
                    lines[chunks[at][index]] = line
                if ended:
                    del running[at]
                    if process.returncode == _AUTHOR_ERROR:
                        raise GradcheckError(_author_error(scratch, at, exercises))
                    # One submission took the session down: the others get one of their own.
                    left = [number for number in chunks[at] if number not in lines]
                    for number in left if len(chunks[at]) > 1 else ():
                        waiting.append((len(chunks), [number]))
                        chunks.append([number])
            progress(len(lines))
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            process.kill()
            process.wait()
    return lines


def _start(spec: Mapping[str, Any], scratch: Path, at: int) -> "subprocess.Popen[bytes]":
    path = scratch / f"{at}.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    home = str(Path(gradcheck_kit.__file__).parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    with (scratch / f"{at}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "gradcheck_kit.grading.session", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=scratch,
            # Whatever the session leaves in its temporary folder goes with ours.
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
            },
        )


def _author_error(scratch: Path, at: int, exercises: Path) -> str:
    text = (scratch / f"{at}.log").read_text(encoding="utf-8", errors="replace").strip()
    return _("{path}: the tests do not run: {error}", path=exercises, error=text[-2000:])


def _read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if not path.exists():
        return
    for text in path.read_text(encoding="utf-8").split("\n")[:-1]:
        line = json.loads(text)
        yield line["index"], line


def _checks_of_all(lines: Any) -> list[dict[str, Any]]:
    """Return the checks that every submission has: those of the first one graded."""
    for line in lines:
        checks: list[dict[str, Any]] = line["checks"]
        return checks
    return []


def _result(
    submission: Submission,
    line: Mapping[str, Any] | None,
    unreadable: str | None,
    checks_of_all: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    max_score = sum(check["max_points"] for check in checks_of_all)
    result: dict[str, Any] = {
        "id": submission.id,
        "status": "graded",
        "score": 0.0,
        "max_score": max_score,
        "seconds": 0.0,
        "blame": [],
        "checks": [],
    }
    if unreadable is not None:
        return {**result, "status": "unreadable", "message": unreadable}
    if line is None:
        return {**result, "status": "crashed"}
    checks = line["checks"]
    return {
        **result,
        "score": sum(check["points"] for check in checks),
        "max_score": sum(check["max_points"] for check in checks),
        "seconds": line["seconds"],
        "blame": list(dict.fromkeys(c["function"] for c in checks if c["blamed"])),
        "checks": [_check(check) for check in checks],
    }


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": check["test"],
        "function": check["function"],
        "points": check["points"],
        "max_points": check["max_points"],
        "hidden": check["hidden"],
        "outcome": check["outcome"],
        "diagnosis": [{"id": name} for name in check["diagnosis"]],
        "notes": [{"id": name} for name in check["notes"]],
        "message": check["message"],
    }


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or the whole new one."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)
