"""A spreadsheet of the class: a row for every submission, a column for every check."""

import csv
import io

from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Results, Submission
from gradcheck_kit.grading.safe_text import csv_cell
from gradcheck_kit.i18n import N_

_COLUMNS = ("id", "name", "status", "score", "max_score", "mend", "diagnosis", "notes", "seconds")


def write(results: Results, wish: Wish) -> Files:
    """Yield the file. The names of columns are the same in every language, for scripts."""
    checks = list(dict.fromkeys(c.id for s in results.submissions for c in s.checks))
    target = io.StringIO()
    # All text in quotes: a delimiter of another country inside a cell then cuts nothing.
    writer = csv.writer(target, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([*_COLUMNS, *map(csv_cell, checks)])
    for submission in results.submissions:
        points = {check.id: check.points for check in submission.checks}
        writer.writerow([*_summary(submission), *(points.get(check, "") for check in checks)])
    for identity, name in results.not_handed_in:
        row = [csv_cell(identity), csv_cell(name), "not_handed_in", "", results.max_score]
        writer.writerow([*row, *[""] * (len(_COLUMNS) + len(checks) - len(row))])
    # The mark of UTF-8, without which Excel takes Hangul for something else.
    yield REPORT.file, target.getvalue().encode("utf-8-sig")


def _summary(submission: Submission) -> list[str | float]:
    diagnosis = [name for check in submission.checks for name in check.diagnosis]
    notes = [name for check in submission.checks for name in check.notes]
    return [
        csv_cell(submission.id),
        csv_cell(submission.name),
        submission.status,
        submission.score if submission.status == "graded" else "",
        submission.max_score,
        csv_cell(" ".join(submission.blame)),
        csv_cell(" ".join(dict.fromkeys(diagnosis))),
        csv_cell(" ".join(dict.fromkeys(notes))),
        submission.seconds,
    ]


REPORT = Report(
    description=N_("spreadsheet of the class, with the points of every test"),
    write=write,
    file="grades.csv",
)
