"""Text of strangers, made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck_kit.grading.safe_text import (
    code_block,
    code_span,
    csv_cell,
    file_names,
    log_text,
    one_line,
    visible,
)

from .samples import FORMULAS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 기울기 ∂", "plain 기울기 ∂"),
        ("a\nb", "a\nb"),
        ("a\r\nb", "a\nb"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\rb", "a\\rb"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("\ud800", "\\ud800"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\u2028", "\\u2028"),
    ],
)
def test_what_is_not_printed_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_visible_text_is_printable_and_has_an_encoding(text: str) -> None:
    shown = visible(text)
    assert all(line.isprintable() for line in shown.split("\n"))
    shown.encode("utf-8")
    assert "\n" not in one_line(text)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_starts_as_a_formula(text: str) -> None:
    cell = csv_cell(text)
    for part in cell.split(";"):
        assert part.strip()[0] not in "=+-@＝＋－＠\t\r\n"


@pytest.mark.parametrize("text", ["kim", "김철수", "a-b", "a=b", "x@y.kr", "1"])
def test_a_harmless_cell_stays(text: str) -> None:
    assert csv_cell(text) == text


@given(st.text(alphabet="`|a \n", max_size=12))
def test_a_span_or_block_of_code_cannot_be_left(text: str) -> None:
    span = code_span(text, in_table=True)
    fence = span[: len(span) - len(span.lstrip("`"))]
    inside = span[len(fence) : -len(fence)]
    assert span.endswith(fence)
    assert fence not in inside
    assert "|" not in inside.replace("\\|", "")
    assert "\n" not in span
    first, *lines, last = code_block(text).split("\n")
    assert first == f"{last}text"
    assert last not in "\n".join(lines)


@pytest.mark.parametrize("text", ["::error::x", "  ::set-output::x", "a\n::x::", "a ##[error]"])
def test_a_log_gets_no_commands(text: str) -> None:
    shown = log_text(text)
    assert not any(line.lstrip().startswith("::") for line in shown.split("\n"))
    assert "##[" not in shown


def test_slices_in_a_log_stay() -> None:
    assert log_text("W[::2]") == "W[::2]"


@given(st.lists(st.text(max_size=100), max_size=8))
def test_file_names_are_plain_and_apart(ids: list[str]) -> None:
    names = file_names(ids)
    assert len({name.casefold() for name in names}) == len(ids)
    for name in names:
        assert not set(name) & set('/\\:*?"<>|\n\0')
        assert not name.startswith(".")
        assert not name.endswith((".", " "))
        assert 0 < len(f"{name}.html".encode()) <= 255


@pytest.mark.parametrize("name", ["con", "NUL.txt", "com1", "LPT9.x"])
def test_devices_of_windows_are_no_file_names(name: str) -> None:
    assert file_names([name]) == [f"_{name}"]
