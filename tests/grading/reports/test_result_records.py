"""What is no results.json gets one clear line, and what a learner may see."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.result_records import Results, parse_results
from gradcheck_kit.grading.results_file import read_results

from .samples import SEED, report, small_class


def test_no_record_has_the_seed(results: Results) -> None:
    """What is not there cannot be shown."""
    assert str(SEED) not in repr(results)


def test_a_folder_stands_for_its_results(
    tmp_path: Path, class_file: Callable[[dict[str, Any]], Path]
) -> None:
    class_file(small_class())
    assert read_results(tmp_path) == parse_results(small_class())


def test_blame_that_only_a_hidden_test_shows_is_not_visible(results: Results) -> None:
    assert results.submissions[2].visible_blame == ("network.backward",)


def _without(path: str) -> dict[str, Any]:
    data = small_class()
    *parents, last = path.split(".")
    at: Any = data
    for name in parents:
        at = at[int(name)] if name.isdigit() else at[name]
    del at[last]
    return data


def _with(path: str, value: Any) -> dict[str, Any]:
    data = small_class()
    *parents, last = path.split(".")
    at: Any = data
    for name in parents:
        at = at[int(name)] if name.isdigit() else at[name]
    at[last] = value
    return data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([], "it has no schema"),
        ({}, "it has no schema"),
        (_with("schema", 2), "schema 2; this version reads schema 1"),
        (_without("submissions"), "submissions"),
        (_without("assignment.id"), "id"),
        (_with("submissions", 3), "a list expected"),
        (_with("submissions.0.id", 3), "text expected"),
        (_with("submissions.0.score", "3"), "a number expected"),
        (_with("submissions.0.score", float("nan")), "a number expected"),
        (_with("submissions.0.status", "eaten"), "'eaten' is none of"),
        (_with("submissions.0.checks.0.hidden", None), "true or false expected"),
        (_with("submissions.0.checks.0.outcome", "odd"), "'odd' is none of"),
    ],
)
def test_what_is_no_results_json_is_said(data: Any, text: str) -> None:
    with pytest.raises(GradcheckError, match=text) as failed:
        parse_results(json.loads(json.dumps(data)))
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"[1", b"[]"])
def test_a_file_that_is_none_is_one_line_and_2(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.json"
    if content is not None:
        path.write_bytes(content)
    assert report(path, "--format", "csv", "--out", tmp_path / "out.csv") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"gradcheck-kit: {path}: ")
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()
