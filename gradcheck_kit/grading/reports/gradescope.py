"""What Gradescope reads of one submission: ``/autograder/results/results.json``."""

import json
from typing import Any

from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Check, Results, Submission
from gradcheck_kit.grading.safe_text import file_names, one_line, visible
from gradcheck_kit.grading.words import hidden_text, mistake_title, outcome_text, status_text
from gradcheck_kit.i18n import N_


def write(results: Results, wish: Wish) -> Files:
    """Yield a file in a folder of its own for every submission."""
    names = file_names(submission.id for submission in results.submissions)
    for name, submission in zip(names, results.submissions, strict=True):
        text = json.dumps(document(submission), ensure_ascii=False, indent=1)
        yield f"{name}/results.json", f"{text}\n"


def document(submission: Submission) -> dict[str, Any]:
    """Return the document of one submission.

    Hidden tests are in it for the instructor; Gradescope keeps what is ``hidden`` from
    learners. All texts are plain, which is said each time and not left to a default.
    """
    output = [status_text(submission), hidden_text(submission)]
    return {
        "score": submission.score,
        "execution_time": submission.seconds,
        "output": "\n".join(filter(None, output)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            _test(check, f"{number}") for number, check in enumerate(submission.checks, start=1)
        ],
    }


def _test(check: Check, number: str) -> dict[str, Any]:
    title = outcome_text(check.outcome)
    named = [mistake_title(name) for name in check.diagnosis]
    return {
        "name": one_line(f"{check.group}: {check.name}"),
        "number": number,
        "score": check.points,
        "max_score": check.max_points,
        "status": "passed" if check.is_right else "failed",
        "output": visible(check.message) or title,
        "visibility": "hidden" if check.is_hidden else "visible",
        "tags": [check.outcome],
        "extra_data": {
            "diagnosis": [one_line(name) for name in check.diagnosis],
            "titles": list(filter(None, named)),
        },
    }


REPORT = Report(
    description=N_("Gradescope's results.json, a folder for every submission"),
    write=write,
)
