"""What writers of courses get, and that they write nothing but files below a folder."""

from collections.abc import Callable
from typing import Any

import pytest

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.course_reports import files_of

RESULTS = {
    "assignment": {"id": "cell", "seed": 17},
    "submissions": [{"id": "kim", "score": 3.0}],
}


def test_files_are_text_or_bytes_by_path() -> None:
    """In the order in which the writer names them."""
    found = files_of(
        "both", lambda results: {"b/a.txt": results["submissions"][0]["id"], "a": b"x"}, RESULTS
    )
    assert list(found) == [("b/a.txt", "kim"), ("a", b"x")]


def test_a_writer_sees_no_seed_and_changes_nothing() -> None:
    """It gets a copy."""
    seen: list[Any] = []

    def writer(results: Any) -> dict[str, str]:
        seen.append(dict(results["assignment"]))
        results["submissions"].clear()
        return {}

    assert list(files_of("spy", writer, RESULTS)) == []
    assert seen == [{"id": "cell"}]
    assert RESULTS["assignment"] == {"id": "cell", "seed": 17}
    assert len(RESULTS["submissions"]) == 1


@pytest.mark.parametrize(
    ("writer", "text"),
    [
        (lambda results: results["nothing"], "format odd failed: KeyError: 'nothing'"),
        (lambda results: "text", "must return a mapping from file names to texts or bytes, not"),
        (lambda results: None, "must return a mapping"),
        (lambda results: {"a.txt": "", "b.txt": 3}, "b.txt must be text or bytes, not 3"),
        (lambda results: {"../a.txt": ""}, "names a file '../a.txt': give a relative path"),
        (lambda results: {"a/../../b": ""}, "give a relative path"),
        (lambda results: {"/etc/a": ""}, "give a relative path"),
        (lambda results: {"C:\\a": ""}, "give a relative path"),
        (lambda results: {"": ""}, "give a relative path"),
        (lambda results: {".": ""}, "give a relative path"),
        (lambda results: {3: ""}, "give a relative path"),
        (lambda results: {"results.json": ""}, "and not results.json"),
    ],
)
def test_what_is_no_report_is_one_clear_line(writer: Callable[..., Any], text: str) -> None:
    """And no file is handed on before everything is known to be right."""
    files = files_of("odd", writer, RESULTS)
    with pytest.raises(GradcheckError) as caught:
        next(files)
    assert text in str(caught.value)
    assert "odd" in str(caught.value)
    assert "\n" not in str(caught.value)
