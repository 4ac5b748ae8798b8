"""Moodle's grading worksheet, or its gradebook export, with the grades filled in."""

import re
from collections.abc import Iterator

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.gradesheet import Sheet
from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Results
from gradcheck_kit.grading.sheet_filling import Layout, fill_in, rows_by_key
from gradcheck_kit.i18n import N_, _

# Moodle writes the names in the language of the course. "Identifier" holds "Participant 123".
_PARTICIPANT = ("Identifier", "식별자")
_IDS = ("ID number", "Email address", "Username", "학번", "ID 번호", "이메일 주소", "이메일",
        "사용자 아이디")  # fmt: skip
_GRADE = ("Grade", "성적")
_MAXIMUM = ("Maximum Grade", "Maximum grade", "최고 성적")
_CHANGEABLE = ("Grade can be changed", "성적 변경 가능")
_DOWNLOAD = re.compile(r"_(\d+)_assignsubmission_\w+$")
_LAST_NUMBER = re.compile(r"(\d+)$")


def write(results: Results, wish: Wish) -> Files:
    """Yield the filled sheet.

    Only the grade is written: an import of feedback replaces what stands in Moodle.
    """
    sheet = wish.sheet
    assert sheet is not None
    participant = sheet.column(*_PARTICIPANT)
    ids = [column for name in _IDS if (column := sheet.column(name)) is not None]
    if participant is None and not ids:
        raise GradcheckError(
            _("--sheet {path}: it has none of the columns {names}",
              path=sheet.path, names="Identifier, ID number, Email address, Username")
        )  # fmt: skip
    rows = range(len(sheet.rows))
    keys = dict(rows_by_key(sheet, ids, rows))
    for row in rows:
        match = _LAST_NUMBER.search(sheet.value(row, participant))
        if match:
            keys.setdefault(f"participant {match[1]}", set()).add(row)
            keys.setdefault(sheet.value(row, participant), set()).add(row)
    maximum, changeable = sheet.column(*_MAXIMUM), sheet.column(*_CHANGEABLE)
    layout = Layout(
        grade=_grade_column(sheet, wish.column),
        keys=keys,
        maximum=lambda row: sheet.value(row, maximum),
        is_locked=lambda row: sheet.value(row, changeable).casefold() in ("no", "아니오", "아니요"),
        keys_of=_keys_of,
    )
    yield REPORT.file, fill_in(results, wish, layout)


def _grade_column(sheet: Sheet, wanted: str | None) -> int:
    column = sheet.column(wanted) if wanted else sheet.column(*_GRADE)
    if column is None:
        raise GradcheckError(
            _("--sheet {path}: which column is it? Name it with --column: {names}",
              path=sheet.path, names=", ".join(name for name in sheet.header if name))
        )  # fmt: skip
    return column


def _keys_of(identity: str) -> Iterator[str]:
    """Yield an id, and the participant in a name as Moodle hands folders out.

    ``김철수_123_assignsubmission_file``; a plain number may be the participant's, too.
    """
    yield identity
    match = _DOWNLOAD.search(identity)
    if match:
        yield f"participant {match[1]}"
    elif identity.isdecimal():
        yield f"participant {identity}"


REPORT = Report(
    description=N_("your grading worksheet from Moodle (--sheet), with the grades filled in"),
    write=write,
    file="moodle.csv",
    fills_sheet=True,
)
