"""The gradebook that Canvas exported, with the scores in the assignment's column."""

import re
from collections.abc import Iterator

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.gradesheet import Sheet
from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Results
from gradcheck_kit.grading.sheet_filling import Layout, fill_in, rows_by_key
from gradcheck_kit.i18n import N_, _

_LEARNER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account",
            "Section")  # fmt: skip
_IDS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
_POINTS = "points possible"
# Canvas's own totals, which an import cannot change.
_READ_ONLY = re.compile(
    r"(?i)(current|final|unposted current|unposted final)\s+(score|points|grade)$"
)
_DOWNLOAD = re.compile(r"_(\d+)_(\d+)(?:_|$)")


def write(results: Results, wish: Wish) -> Files:
    """Yield the filled sheet."""
    sheet = wish.sheet
    assert sheet is not None
    ids = [column for name in _IDS if (column := sheet.column(name)) is not None]
    if not ids:
        raise GradcheckError(
            _("--sheet {path}: it has none of the columns {names}",
              path=sheet.path, names=", ".join(_IDS))
        )  # fmt: skip
    points = next(
        (row for row in range(len(sheet.rows)) if sheet.value(row, 0).casefold() == _POINTS), None
    )
    grade = _grade_column(sheet, results.assignment, wish.column)
    learners = [row for row in range(len(sheet.rows)) if row != points]
    layout = Layout(
        grade=grade,
        keys=rows_by_key(sheet, ids, learners),
        maximum=lambda row: "" if points is None else sheet.value(points, grade),
        is_locked=lambda row: False,
        keys_of=_keys_of,
    )
    yield REPORT.file, fill_in(results, wish, layout)


def _grade_column(sheet: Sheet, assignment: str, wanted: str | None) -> int:
    """Return the column of the assignment: the one wanted, of its name, or the only one."""
    known = [name.casefold() for name in _LEARNER]
    own = {
        number: name
        for number, name in enumerate(sheet.header)
        if name and name.casefold() not in known and not _READ_ONLY.search(name)
    }
    name = wanted or assignment
    plain = re.compile(r"\s*\(\d+\)$")
    found = [n for n, title in own.items() if title == name or plain.sub("", title) == name]
    if not found:
        key = _letters(name)
        found = [n for n, title in own.items() if _letters(plain.sub("", title)) == key]
    if not found and wanted is None:
        found = list(own)
    if len(found) == 1:
        return found[0]
    raise GradcheckError(
        _("--sheet {path}: which column is it? Name it with --column: {names}",
          path=sheet.path, names=", ".join(own.values()) or "-")
    )  # fmt: skip


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _keys_of(identity: str) -> Iterator[str]:
    """Yield an id, and the number of the user in a name as Canvas hands files out.

    ``kimcheolsu_LATE_123_4567_network``: 123 is the user, 4567 the submission.
    """
    yield identity
    match = _DOWNLOAD.search(identity)
    if match:
        yield match[1]


REPORT = Report(
    description=N_("your gradebook from Canvas (--sheet), with the scores filled in"),
    write=write,
    file="canvas.csv",
    fills_sheet=True,
)
