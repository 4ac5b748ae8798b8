"""A page for every learner."""

from gradcheck_kit.display import outcome_mark
from gradcheck_kit.grading.learner_page import check_title, remarks
from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Results
from gradcheck_kit.grading.safe_text import file_names, one_line, visible
from gradcheck_kit.grading.words import (
    hidden_text,
    notes_text,
    outcome_text,
    points_text,
    status_text,
)
from gradcheck_kit.i18n import N_, _, active_language


def write(results: Results, wish: Wish) -> Files:
    """Yield a page for every submission, named after its id."""
    from gradcheck_kit.grading.pages import render

    names = file_names(submission.id for submission in results.submissions)
    for name, submission in zip(names, results.submissions, strict=True):
        rows = [
            {
                "mark": outcome_mark(check.outcome),
                "kind": check.outcome,
                "title": check_title(check),
                "points": points_text(check.points, check.max_points),
                "result": outcome_text(check.outcome),
                "notes": notes_text(check),
            }
            for check in submission.visible
        ]
        yield f"{name}.html", render(
            "feedback.html.jinja", "feedback.css",
            _=_,
            language=active_language(),
            assignment=one_line(results.assignment),
            learner=one_line(submission.name or submission.id),
            points=points_text(submission.score, submission.max_score),
            share=submission.score / submission.max_score if submission.max_score else 0.0,
            status=status_text(submission),
            why=visible(submission.message),
            blame=[one_line(name) for name in submission.visible_blame],
            rows=rows,
            hidden=hidden_text(submission),
            remarks=remarks(submission.visible),
        )  # fmt: skip


REPORT = Report(
    description=N_("feedback: an HTML page for every learner"),
    write=write,
    libraries=("jinja2",),
)
