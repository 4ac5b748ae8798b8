"""What is wrong with an assignment's folder: its metadata, stubs, points and files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradcheck_kit.assignment import FILE_NAME, Assignment
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.stubs import make_stub, translate_stub
from gradcheck_kit.i18n import _, languages, spoken
from gradcheck_kit.problems.problem import Problem


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something the author should mend.

    Parameters
    ----------
    where : str
        A test, a function, a file.
    text : str
        What is wrong with it, in the active language.
    """

    where: str
    text: str


def metadata_complaints(
    assignment: Assignment, problems: Sequence[Problem], *, complete: bool
) -> list[Complaint]:
    """Return what is wrong in assignment.toml.

    Parameters
    ----------
    assignment : Assignment
        What it says. A folder without the file has no tasks and no title: nothing to check.
    problems : sequence of Problem
        Those of the assignment, or some of them.
    complete : bool
        Are they all there are? Then every function named must be in one of them.
    """
    if not assignment.tasks and not assignment.title:
        return []
    functions = [f"{problem.name}.{f.name}" for problem in problems for f in problem.functions]
    complaints = [
        Complaint(name, _("{file} does not list this function", file=FILE_NAME))
        for name in functions
        if name not in assignment.tasks
    ]
    if complete:
        complaints += [
            Complaint(name, _("{file} lists it, but no problem has this function", file=FILE_NAME))
            for name in assignment.tasks
            if name not in functions
        ]
    return [*complaints, *_language_complaints(assignment), *_needs_complaints(assignment)]


def used_languages(assignment: Assignment) -> list[str]:
    """Return the languages in which the assignment says anything, as the kit orders them."""
    used = set(assignment.title)
    for task in assignment.tasks.values():
        used |= {*task.title, *task.hints}
    known = [language for language in languages() if language in used]
    return [*known, *sorted(used - set(known))]


def _language_complaints(assignment: Assignment) -> Iterable[Complaint]:
    used = used_languages(assignment)
    for language in used:
        if language not in languages():
            yield Complaint(
                FILE_NAME, _("the kit does not speak the language {language}", language=language)
            )
        if not assignment.title.get(language, "").strip():
            yield Complaint(FILE_NAME, _("no title in {language}", language=language))
    for task in assignment.tasks.values():
        for language in used:
            if not task.title.get(language, "").strip():
                yield Complaint(task.name, _("no title in {language}", language=language))
            hints = task.hints.get(language, ())
            if not hints:
                yield Complaint(task.name, _("no hints in {language}", language=language))
            elif not all(hint.strip() for hint in hints):
                yield Complaint(task.name, _("an empty hint in {language}", language=language))


def _needs_complaints(assignment: Assignment) -> Iterable[Complaint]:
    tasks = assignment.tasks
    before: set[str] = set()
    for name, task in tasks.items():
        for needed in task.needs:
            if needed not in tasks:
                yield Complaint(name, _("needs {function}, which is not there", function=needed))
            elif name in _all_needs(needed, assignment):
                yield Complaint(name, _("needs {function}, which needs it", function=needed))
            elif needed not in before:
                yield Complaint(
                    name, _("needs {function}, which is listed after it", function=needed)
                )
        before.add(name)


def _all_needs(name: str, assignment: Assignment) -> set[str]:
    """Return a function and all that it needs, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            task = assignment.tasks.get(current)
            waiting += task.needs if task else ()
    return found


def stub_complaints(
    exercises: Path, solutions: Path, problems: Sequence[Problem], language: str | None
) -> list[Complaint]:
    """Return which stubs and solutions are missing, and which stubs say something else.

    A stub may be in the language that ``gradcheck-kit init`` was asked for.
    """
    complaints = []
    for problem in problems:
        stub, solution = exercises / problem.file, solutions / problem.file
        missing = [path for path in (stub, solution) if not path.exists()]
        complaints += [Complaint(problem.file, _("{file}: missing", file=path)) for path in missing]
        if missing:
            continue
        try:
            wanted = make_stub(solution.read_text(encoding="utf-8"))
            accepted = {wanted}
            if language:
                with spoken(language):
                    accepted.add(translate_stub(wanted))
            if stub.read_text(encoding="utf-8") not in accepted:
                text = _("the stub is not as its solution says; see gradcheck-kit stubs --check")
                complaints.append(Complaint(problem.file, text))
        except (GradcheckError, UnicodeDecodeError) as error:
            complaints.append(Complaint(problem.file, f"{solution}: {error}"))
    return complaints


def stray_files(exercises: Path, problems: Sequence[Problem]) -> list[Complaint]:
    """Return the files that have no place in an assignment.

    Stubs, tests, conftest.py, assignment.toml, READMEs and what these mention have one.
    """
    readmes = sorted(exercises.glob("README*"))
    mentioned = "".join(path.read_text(encoding="utf-8", errors="replace") for path in readmes)
    known = {FILE_NAME, "conftest.py", *(problem.file for problem in problems)}
    complaints = []
    for path in sorted(exercises.iterdir()):
        name = path.name
        if name in known or name.startswith((".", "__pycache__", "README", "test_")):
            continue
        if name == "solutions" or name in mentioned:
            continue
        complaints.append(Complaint(name, _("a stray file: no test and no lesson names it")))
    return complaints


def points_complaints(result: dict[str, Any], problems: Sequence[Problem]) -> list[Complaint]:
    """Return what does not add up: functions without points, sums that differ.

    Parameters
    ----------
    result : dict
        What results.json says of the solutions.
    problems : sequence of Problem
        Whose functions should earn points.
    """
    complaints = []
    for problem in problems:
        for function in problem.functions:
            name = f"{problem.name}.{function.name}"
            checks = [check for check in result["checks"] if check["function"] == name]
            if not sum(check["max_points"] for check in checks):
                complaints.append(Complaint(name, _("no test with points judges it")))
    total = sum(check["max_points"] for check in result["checks"])
    if total != result["max_score"]:
        text = _("the points add up to {sum}, not {total}",
                 sum=f"{total:g}", total=f"{result['max_score']:g}")  # fmt: skip
        complaints.append(Complaint("tests", text))
    return complaints
