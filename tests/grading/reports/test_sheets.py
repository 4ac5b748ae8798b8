"""The instructor's own gradebook: grades in, everything else as it was, byte for byte."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.gradesheet import as_grade, number, read_sheet

from .samples import check, document, report, submission

CANVAS = (
    '"Student","ID","SIS User ID","SIS Login ID","Section","Quiz 1 (111)","Two-layer network (98)",'
    '"Assignments Current Score"\r\n'
    '"    Points Possible","","","","","10","20","(read only)"\r\n'
    '"Kim, ""Chul"" Su","4001","30000001","kim","SEC-1","9.0","","45"\r\n'
    '이영희,4002,30000002,lee,"SEC\n1",,12,50\r\n'
    '"Park, Mi","4003","30000003","park","SEC-1","","7.00",""\r\n'
    '"Student, Test","4004","","t","","","",""\r\n'
)
MOODLE = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    '"Last modified (grade)",Feedback comments\n'
    'Participant 123,"김철수",kim@x.kr,Submitted,,"20,00",Yes,-,"stay, please"\n'
    "Participant 124,Lee,lee@x.kr,Submitted,5,20.00,Yes,-,\n"
    "Participant 125,Park,park@x.kr,No submission,9,20.00,No,-,"
)


def class_of(*ids: str, points: float = 15.0) -> dict[str, Any]:
    most = {"max_points": 20.0, "points": points}
    return document(*(submission(name, check("loss", **most)) for name in ids))


@pytest.fixture
def fill(
    tmp_path: Path,
    class_file: Callable[[dict[str, Any]], Path],
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[bytes, list[str]]]:
    """Return a function that fills in a sheet, and returns it and what was said."""

    def fill(name: str, sheet: str | bytes, data: dict[str, Any], *more: str) -> Any:
        path = tmp_path / "sheet.csv"
        path.write_bytes(sheet if isinstance(sheet, bytes) else sheet.encode())
        out = tmp_path / "filled.csv"
        arguments = ["--format", name, "--sheet", path, "--out", out, *more]
        assert report(class_file(data), *arguments) == 0
        return out.read_bytes(), capsys.readouterr().out.splitlines()

    return fill


Fill = Callable[..., tuple[bytes, list[str]]]


def test_canvas_gets_scores_and_keeps_the_rest(fill: Fill) -> None:
    filled, said = fill("canvas", CANVAS, class_of("4001", "kimchi_LATE_4002_778899_network", "no"))
    want = CANVAS.replace('"9.0","","45"', '"9.0","15","45"').replace(",,12,50", ",,15,50")
    assert filled.decode() == want
    assert "canvas: not in the sheet, or there more than once: no" in said
    assert "canvas: grades filled in: 2 of 5 rows" in said


@pytest.mark.parametrize("name", ["30000003", "park", "4003"])
def test_canvas_knows_each_kind_of_id(fill: Fill, name: str) -> None:
    filled, _said = fill("canvas", CANVAS, class_of(name))
    assert filled.decode() == CANVAS.replace('"7.00"', '"15"')


def test_moodle_gets_grades_and_keeps_the_rest(fill: Fill) -> None:
    """Locked rows, feedback, quotes, the mark of UTF-8 and the missing last line end stay."""
    data = class_of("김철수_123_assignsubmission_file", "lee@x.kr", "125", points=12.5)
    filled, said = fill("moodle", MOODLE, data)
    want = MOODLE.replace('Submitted,,"20,00"', 'Submitted,"12,5","20,00"')
    assert filled.decode() == want.replace("Submitted,5,", "Submitted,12.5,")
    assert "moodle: the sheet says that the grade of 125 cannot be changed" in said


def test_a_submission_without_a_grade_erases_none(fill: Fill) -> None:
    """Unreadable or crashed: the cell keeps what stands in it."""
    data = document(
        submission("lee@x.kr", status="unreadable", message="no zip", score=0.0),
        submission("kim@x.kr", status="crashed", score=0.0),
    )
    filled, said = fill("moodle", MOODLE, data)
    assert filled == MOODLE.encode()
    assert "moodle: no grade for lee@x.kr; its cell stays as it is" in said


def test_another_maximum_scales_and_says_so(fill: Fill) -> None:
    filled, said = fill("moodle", MOODLE.replace("20.00", "10.00"), class_of("124"))
    assert b"Submitted,7.5,10.00" in filled
    assert ("moodle: the sheet counts up to 10, results.json up to 20: scores are scaled") in said


def test_two_submissions_of_one_learner(fill: Fill) -> None:
    low = submission("124", check("loss", points=3.0, max_points=20.0))
    high = submission("lee@x.kr", check("loss", points=17.0, max_points=20.0))
    for order in ([low, high], [high, low]):
        filled, said = fill("moodle", MOODLE, document(*order))
        assert b"Submitted,17,20.00" in filled
        assert any("have the same row; the better grade" in line for line in said)


def test_an_id_that_two_learners_have_decides_nothing(fill: Fill) -> None:
    sheet = CANVAS.replace('"park"', '"kim"')
    filled, said = fill("canvas", sheet, class_of("kim"))
    assert filled.decode() == sheet
    assert "canvas: not in the sheet, or there more than once: kim" in said


def test_a_number_that_leads_to_two_rows_decides_nothing(fill: Fill) -> None:
    """124 is a participant, and the ID number of somebody else."""
    sheet = MOODLE.replace("Identifier,", "Identifier,ID number,").replace("123,", "123,124,")
    sheet = sheet.replace("124,Lee", "124,77,Lee").replace("125,Park", "125,78,Park")
    filled, said = fill("moodle", sheet, class_of("124"))
    assert filled.decode() == sheet
    assert "moodle: not in the sheet, or there more than once: 124" in said


def test_an_unmatched_id_is_shown_harmless(fill: Fill) -> None:
    _filled, said = fill("canvas", CANVAS, class_of("\x1b[31mkim\n=1"))
    assert "canvas: not in the sheet, or there more than once: \\x1b[31mkim =1" in said


def test_the_column_can_be_named(fill: Fill) -> None:
    filled, _said = fill("canvas", CANVAS, class_of("kim", points=20.0), "--column", "quiz 1")
    assert b'"SEC-1","10","","45"' in filled


@pytest.mark.parametrize("encoding", ["cp949", "utf-16-le", "utf-8"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_encodings_and_delimiters_stay(fill: Fill, encoding: str, delimiter: str) -> None:
    text = f"이름{delimiter}학번{delimiter}성적\r\n김{delimiter}124{delimiter}\r\n"
    bom = "\ufeff".encode(encoding) if encoding == "utf-16-le" else b""
    filled, _said = fill("moodle", bom + text.encode(encoding), class_of("124"))
    want = text.replace(f"124{delimiter}", f"124{delimiter}15")
    assert filled == bom + want.encode(encoding)


def test_an_id_in_pieces_is_found(fill: Fill) -> None:
    """macOS decomposes Hangul."""
    sheet = "ID number,Grade\n\u1100\u1175\u11b7,\n"
    filled, _said = fill("moodle", sheet, class_of("김"))
    assert filled.decode() == "ID number,Grade\n\u1100\u1175\u11b7,15\n"


@pytest.mark.parametrize(
    ("name", "sheet", "text"),
    [
        ("canvas", "Student,Section,HW\nKim,1,\n", "none of the columns ID"),
        ("moodle", "Full name,Grade\nKim,\n", "none of the columns Identifier"),
        ("moodle", "Identifier,Mark\nParticipant 1,\n", "--column: Identifier, Mark"),
        ("canvas", "Student,ID,A (1),B (2)\nKim,1,,\n", "--column: A (1), B (2)"),
        ("canvas", "Student,ID\nKim,1\n", "--column: -"),
        ("moodle", "Identifier,Full name,Grade\nParticipant 1\n", "row 2 has too few cells"),
        ("moodle", "", "no row of column names"),
        ("moodle", "\n\n", "no row of column names"),
        ("moodle", b"PK\x03\x04", "save the workbook as CSV"),
        ("moodle", b"\xff\xff\x00", "not text in UTF-8"),
        ("moodle", None, "No such file"),
    ],
)
def test_a_sheet_that_will_not_do_is_one_line_and_2(
    tmp_path: Path,
    class_file: Callable[[dict[str, Any]], Path],
    capsys: pytest.CaptureFixture[str],
    name: str,
    sheet: str | bytes | None,
    text: str,
) -> None:
    """And nothing is written."""
    path = tmp_path / "sheet.csv"
    if sheet is not None:
        path.write_bytes(sheet if isinstance(sheet, bytes) else sheet.encode())
    out = tmp_path / "filled.csv"
    results = class_file(class_of("1"))
    assert report(results, "--format", name, "--sheet", path, "--out", out) == 2
    captured = capsys.readouterr()
    assert text in captured.err
    assert captured.err.count("\n") == 1
    assert not out.exists()


def test_the_sheet_must_be_named(
    class_file: Callable[[dict[str, Any]], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(class_file(class_of("1")), "--format", "canvas") == 2
    assert "name the exported file with --sheet" in capsys.readouterr().err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.text(alphabet='a",;\t \n\r김', max_size=5), min_size=2, max_size=4),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_a_sheet_without_grades_comes_back_as_it_was(
    tmp_path: Path, cells: list[list[str]]
) -> None:
    """Whatever quotes and line ends it has."""
    path = tmp_path / "sheet.csv"
    text = "\r\n".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells
    )
    path.write_bytes(text.encode())
    sheet = read_sheet(path)
    assert sheet.filled({}) == text.encode()
    assert [len(row) for row in sheet.rows] == [len(row) for row in cells[1:]]
    if sheet.rows:
        filled = sheet.filled({(0, 0): "1"}).decode()
        first = '"' + cells[1][0].replace('"', '""') + '"'
        assert len(filled) == len(text) - len(first) + len('"1"')


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='a",;\t \n\r', min_size=3))
def test_any_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(text.encode())
    try:
        sheet = read_sheet(path)
    except GradcheckError:
        return
    assert sheet.filled({}) == text.encode()


def test_numbers_with_point_or_comma() -> None:
    assert [number(text) for text in ("20", "20,00", "1.5", "(read only)", "")] == [
        20.0, 20.0, 1.5, None, None,
    ]  # fmt: skip
    assert [as_grade(x) for x in (0.0, 100.0, 33.3333)] == ["0", "100", "33.33"]
