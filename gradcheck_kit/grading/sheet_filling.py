"""Grades into an exported gradebook: whose row is it, which number, and what is left alone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gradcheck_kit.grading.gradesheet import Sheet, as_grade, number
from gradcheck_kit.grading.report import Wish
from gradcheck_kit.grading.result_records import Results, Submission
from gradcheck_kit.grading.safe_text import one_line
from gradcheck_kit.i18n import _

Keys = Mapping[str, set[int]]


@dataclass(frozen=True)
class Layout:
    """Where a platform's sheet has what.

    Parameters
    ----------
    grade : int
        The column to fill in.
    keys : mapping
        Rows by what names a learner in them; one that names several is of no use.
    maximum : callable
        Takes a row, and returns the text of its most points; "" where the sheet has none.
    is_locked : callable
        Tells whether the platform refuses a grade in a row.
    keys_of : callable
        Takes a submission's id, and returns all that may name the learner in it.
    """

    grade: int
    keys: Keys
    maximum: Callable[[int], str]
    is_locked: Callable[[int], bool]
    keys_of: Callable[[str], Iterable[str]]


def rows_by_key(sheet: Sheet, columns: Iterable[int | None], rows: Iterable[int]) -> Keys:
    """Return the rows by the values in some columns."""
    found: dict[str, set[int]] = {}
    columns = list(columns)
    for row in rows:
        for value in {sheet.value(row, column) for column in columns} - {""}:
            found.setdefault(value, set()).add(row)
    return found


def fill_in(results: Results, wish: Wish, layout: Layout) -> bytes:
    """Return the sheet with a grade for every submission that has one and a row.

    Everything else is told: ids without a row, submissions without a grade, two for one row.
    """
    sheet = wish.sheet
    assert sheet is not None
    grades: dict[tuple[int, int], str] = {}
    owner: dict[int, Submission] = {}
    scaled: set[str] = set()
    for submission in results.submissions:
        name = one_line(submission.id)
        row = _row(submission, layout)
        if row is None:
            wish.remark(_("not in the sheet, or there more than once: {id}", id=name))
        elif submission.status != "graded" or not submission.max_score:
            wish.remark(_("no grade for {id}; its cell stays as it is", id=name))
        elif layout.is_locked(row):
            wish.remark(_("the sheet says that the grade of {id} cannot be changed", id=name))
        elif row in owner:
            other = one_line(owner[row].id)
            wish.remark(
                _("{id} and {other} have the same row; the better grade stands in it",
                  id=name, other=other)
            )  # fmt: skip
            if submission.score > owner[row].score:
                owner[row] = submission
        else:
            owner[row] = submission
    for row, submission in owner.items():
        maximum = layout.maximum(row)
        most = number(maximum)
        score = submission.score
        if most and most != submission.max_score:
            score *= most / submission.max_score
            scaled.add(as_grade(most))
        grades[row, layout.grade] = as_grade(score, decimal_comma="," in maximum)
    for most_text in sorted(scaled):
        wish.remark(
            _("the sheet counts up to {maximum}, results.json up to {points}: scores are scaled",
              maximum=most_text, points=as_grade(results.max_score))
        )  # fmt: skip
    wish.remark(
        _("grades filled in: {count} of {rows} rows", count=len(grades), rows=len(sheet.rows))
    )
    return sheet.filled(grades)


def _row(submission: Submission, layout: Layout) -> int | None:
    """Return the row that everything in the id leads to; None if there are several.

    123 can be the number of a participant and another learner's ID number: nobody is to get
    somebody else's grade.
    """
    rows = set[int]().union(*(layout.keys.get(key, ()) for key in layout.keys_of(submission.id)))
    return rows.pop() if len(rows) == 1 else None
