"""For GitHub Actions: a job summary in Markdown, and the autograding reporter's result.

The reporter takes JSON of version 3, base64-encoded, from the environment of its step. Both
can be read by the learner, so hidden tests are one line in them.
"""

import base64
import json
from typing import Any

from gradcheck_kit.grading.learner_page import learner_page
from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Check, Results, Submission
from gradcheck_kit.grading.safe_text import code_span, file_names, log_text, one_line
from gradcheck_kit.grading.words import (
    hidden_text,
    outcome_text,
    points_text,
    status_text,
)
from gradcheck_kit.i18n import N_, _

VERSION = 3
_ROWS = 500
"""A job summary may have 1 MiB; more rows than these do not help anybody either."""
_MESSAGE = 4000
"""Characters of a message: the step's environment holds them all."""


def write(results: Results, wish: Wish) -> Files:
    """Yield a summary of the class, and summary and result of every submission."""
    yield "summary.md", _class_summary(results)
    # No folder may have the name of the summary beside it.
    names = file_names(["summary.md", *(submission.id for submission in results.submissions)])[1:]
    for name, submission in zip(names, results.submissions, strict=True):
        yield f"{name}/summary.md", learner_page(results, submission)
        yield f"{name}/result.txt", encoded(document(submission))


def encoded(document: dict[str, Any]) -> str:
    """Return a document as the value of the step's output ``result``."""
    text = json.dumps(document, ensure_ascii=False)
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def document(submission: Submission) -> dict[str, Any]:
    """Return the reporter's document of one submission."""
    tests = [_test(check) for check in submission.visible]
    hidden = submission.hidden
    if hidden:
        tests.append(
            {
                "name": _("hidden tests"),
                "status": "pass" if all(check.is_right for check in hidden) else "fail",
                "message": hidden_text(submission),
                "test_code": "",
                "filename": "",
                "line_no": 0,
                "duration": 0,
                "score": sum(check.points for check in hidden),
            }
        )
    if submission.status == "graded":
        status = "pass" if all(t["status"] == "pass" for t in tests) else "fail"
    else:
        status = "error"
    return {
        "version": VERSION,
        "status": status,
        "message": status_text(submission) or None,
        "max_score": submission.max_score,
        "tests": tests,
    }


def _test(check: Check) -> dict[str, Any]:
    message = log_text(check.message)
    return {
        "name": log_text(one_line(f"{check.group}: {check.name}")),
        "status": "pass" if check.is_right else "fail",
        "message": message[:_MESSAGE] or outcome_text(check.outcome),
        "test_code": "",
        "filename": log_text(one_line(check.id.partition("::")[0])),
        "line_no": 0,
        "duration": 0,
        "score": check.points,
    }


def _class_summary(results: Results) -> str:
    lines = [
        f"# {code_span(results.assignment)}",
        "",
        f"| {_('submission')} | {_('points')} | {_('mend')} |",
        "|---|---:|---|",
    ]
    for submission in results.submissions[:_ROWS]:
        points = points_text(submission.score, submission.max_score)
        mend = ", ".join(code_span(name, in_table=True) for name in submission.visible_blame)
        if submission.status != "graded":
            points, mend = "–", status_text(submission)
        lines.append(f"| {code_span(submission.id, in_table=True)} | {points} | {mend} |")
    if len(results.submissions) > _ROWS:
        lines += ["", _("... and {count} more", count=len(results.submissions) - _ROWS)]
    return "\n".join(lines) + "\n"


REPORT = Report(
    description=N_("GitHub Actions: job summary and the autograding reporter's result"),
    write=write,
)
