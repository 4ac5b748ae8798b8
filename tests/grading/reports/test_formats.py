"""Every format: its schema, hostile text, and what learners must not see."""

import base64
import csv
import io
import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from gradcheck_kit.grading.reports import get_report, report_names
from gradcheck_kit.grading.result_records import Results, parse_results

from .samples import FORMULAS, SEED, check, document, small_class, submission, written

FREE = [name for name in report_names() if not get_report(name).fills_sheet]
FOR_LEARNERS = [name for name in FREE if name not in ("csv", "html", "gradescope")]
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def needs(name: str) -> None:
    for library in get_report(name).libraries:
        pytest.importorskip(library)


def test_a_file_in_the_folder_is_a_format() -> None:
    """No list names them; the names of the contract are there."""
    assert set(report_names()) >= {
        "csv", "canvas", "moodle", "gradescope", "github", "junit", "html", "feedback",
    }  # fmt: skip
    for name in report_names():
        assert get_report(name).description


@pytest.mark.parametrize("name", FREE)
def test_the_seed_is_nowhere(name: str, results: Results) -> None:
    needs(name)
    assert str(SEED) not in "".join(written(name, results).values())


@pytest.mark.parametrize("name", FREE)
def test_hostile_text_has_no_control_characters(name: str, hostile: Results) -> None:
    """And no file leaves the folder of the report."""
    needs(name)
    files = written(name, hostile)
    for path, text in files.items():
        if name == "github" and path.endswith("result.txt"):
            text = base64.b64decode(text).decode()
        text = text.replace("\r\n", "\n").removeprefix("\ufeff")
        assert not CONTROL.search(text), path
        assert not path.startswith("/")
        assert ".." not in path.split("/")


@pytest.mark.parametrize("name", FOR_LEARNERS)
def test_hidden_tests_do_not_leak(name: str, results: Results) -> None:
    needs(name)
    for path, text in written(name, results).items():
        if path.endswith("result.txt"):
            text = base64.b64decode(text).decode()
        assert "SECRET" not in text, path


@pytest.mark.parametrize("name", FOR_LEARNERS)
def test_hidden_tests_are_counted(name: str, results: Results) -> None:
    needs(name)
    texts = written(name, results).values()
    decoded = [base64.b64decode(t).decode() if re.fullmatch("[A-Za-z0-9+/=]+", t) else t
               for t in texts]  # fmt: skip
    assert any("hidden: 1 of 2 passed" in text for text in decoded)


@pytest.mark.parametrize("name", FREE)
def test_an_empty_class_has_a_report(name: str) -> None:
    needs(name)
    written(name, parse_results(document()))


# csv


def rows(results: Results) -> list[dict[str, str]]:
    text = written("csv", results)["grades.csv"]
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_csv_has_a_row_for_every_submission(results: Results) -> None:
    first, second, third, torn, lost = rows(results)
    assert first["score"] == "20.0"
    assert second["id"] == "이영희"
    assert second["mend"] == "network.backward"
    assert second["diagnosis"] == "bw-w1-missing-x"
    assert second["notes"] == "numeric-differentiation"
    assert second["test_network.py::test_loss"] == "10.0"
    assert second["test_network.py::test_SECRETA"] == ""
    assert third["test_network.py::test_SECRETA"] == "0.0"
    assert (torn["status"], torn["score"]) == ("unreadable", "")
    assert (lost["status"], lost["score"]) == ("crashed", "")


def test_csv_has_those_who_handed_nothing_in() -> None:
    """Harmless, and with a cell for every column."""
    absent = [{"id": "=1", "name": "박민수"}]
    content = written("csv", parse_results({**small_class(), "not_handed_in": absent}))
    lines = csv.reader(io.StringIO(content["grades.csv"].removeprefix("\ufeff")))
    header, *_rows, last = lines
    assert last[:5] == ["'=1", "박민수", "not_handed_in", "", "20.0"]
    assert len(last) == len(header)


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_has_no_formulas(text: str) -> None:
    data = document(
        submission(text, check("loss", "wrong", id=text, diagnosis=[{"id": text}]), blame=[text],
                   name=text)
    )  # fmt: skip
    content = written("csv", parse_results(data))["grades.csv"].removeprefix("\ufeff")
    for delimiter in ",;\t":  # what spreadsheets of other countries take for one
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter):
            assert not [cell for cell in row if cell.strip(' "')[:1] in set("=+-@＝\t\r\n")]


# Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/

VISIBILITY = ("hidden", "after_due_date", "after_published", "visible")
FORMATS = ("text", "html", "simple_format", "md", "ansi")
GRADESCOPE = {
    "score": float, "execution_time": float, "output": str, "output_format": FORMATS,
    "test_output_format": FORMATS, "test_name_format": FORMATS, "visibility": VISIBILITY,
    "stdout_visibility": VISIBILITY, "extra_data": dict, "tests": list, "leaderboard": list,
}  # fmt: skip
GRADESCOPE_TEST = {
    "score": float, "max_score": float, "status": ("passed", "failed"), "name": str,
    "name_format": FORMATS, "number": str, "output": str, "output_format": FORMATS, "tags": list,
    "visibility": VISIBILITY, "extra_data": dict,
}  # fmt: skip


def follows(value: dict[str, Any], schema: dict[str, Any]) -> bool:
    return all(
        key in schema
        and (isinstance(v, schema[key]) if isinstance(schema[key], type) else v in schema[key])
        for key, v in value.items()
    )


@pytest.mark.parametrize("fixture", ["results", "hostile"])
def test_gradescope_follows_its_schema(fixture: str, request: pytest.FixtureRequest) -> None:
    results: Results = request.getfixturevalue(fixture)
    files = written("gradescope", results)
    assert len(files) == len(results.submissions)
    for text in files.values():
        data = json.loads(text)
        assert follows(data, GRADESCOPE), data
        assert isinstance(data["score"], float)
        for test in data["tests"]:
            assert follows(test, GRADESCOPE_TEST), test
            assert all(isinstance(tag, str) for tag in test["tags"])


def test_the_gradescope_schema_can_fail() -> None:
    assert not follows({"score": "1"}, GRADESCOPE)
    assert not follows({"points": 1.0}, GRADESCOPE)
    assert not follows({"status": "ok"}, GRADESCOPE_TEST)


def test_gradescope_keeps_hidden_tests_from_learners(results: Results) -> None:
    """In the test's own visibility; what is visible does not name them."""
    data = json.loads(written("gradescope", results)["park/results.json"])
    shown = [test for test in data["tests"] if test["visibility"] != "hidden"]
    assert [test["visibility"] for test in data["tests"]] == ["visible"] * 2 + ["hidden"] * 2
    assert "SECRET" not in json.dumps([data["output"], shown])
    assert data["output"] == "hidden: 1 of 2 passed"
    assert sum(test["score"] for test in data["tests"]) == data["score"]


# GitHub: classroom-resources/autograding-grading-reporter, src/main.js and notify-classroom.js


def as_the_reporter_reads(value: str) -> dict[str, Any]:
    assert re.fullmatch("[A-Za-z0-9+/]+=*", value)  # one line: it goes into an output
    data: dict[str, Any] = json.loads(base64.b64decode(value, validate=True).decode("utf-8"))
    assert data["version"] == 3
    assert data["status"] in ("pass", "fail", "error")
    for test in data["tests"]:
        assert test["status"] in ("pass", "fail", "error")
        assert isinstance(test["name"], str)
        assert isinstance(test["score"], float)
        assert isinstance(test["line_no"], int)
    return data


def test_github_result_is_what_the_reporter_decodes(results: Results) -> None:
    files = written("github", results)
    read = {
        name: as_the_reporter_reads(files[f"{name}/result.txt"])
        for name in ("kim", "park", "torn", "lost")
    }
    assert read["kim"]["status"] == "pass"
    assert read["park"]["status"] == "fail"
    assert read["torn"]["status"] == read["lost"]["status"] == "error"
    assert sum(test["score"] for test in read["park"]["tests"]) == 3.0
    assert read["park"]["max_score"] == 26.0
    assert read["park"]["tests"][-1]["message"] == "hidden: 1 of 2 passed"


def test_github_texts_hold_no_commands_and_no_markup(hostile: Results) -> None:
    """The reporter prints messages into a log; a summary is Markdown."""
    files = written("github", hostile)
    for path, text in files.items():
        if path.endswith("result.txt"):
            data = as_the_reporter_reads(text)
            for test in data["tests"]:
                for value in (test["name"], test["message"], test["filename"]):
                    assert not re.search("^\\s*::", value, re.MULTILINE)
                    assert "##[" not in value
        else:
            assert outside_code(text) == outside_code(text).replace("<", "").replace("@", "")
            assert "http" not in outside_code(text)


def outside_code(markdown: str) -> str:
    """Return what a reader of Markdown takes for more than code."""
    markdown = re.sub(r"^(`{3,})text\n.*?\n\1$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", markdown)


def test_markdown_outside_code_is_found() -> None:
    assert outside_code("a `<b>` ``x`@`` c\n```text\n@all\n``\n```\nd") == "a   c\n\nd"


def test_the_summary_has_a_row_for_every_submission(results: Results) -> None:
    summary = written("github", results)["summary.md"]
    assert summary.count("\n| `") == 5
    assert "| `이영희` | 10/20 | `network.backward` |" in summary


def test_an_id_cannot_take_the_place_of_the_summary() -> None:
    files = written("github", parse_results(document(submission("summary.md", check("loss")))))
    assert set(files) == {"summary.md", "summary.md~2/summary.md", "summary.md~2/result.txt"}


# JUnit: jenkinsci/xunit-plugin, junit-10.xsd

OPTIONAL, REQUIRED = False, True
PROBLEM = ({"type": OPTIONAL, "message": OPTIONAL}, ())
JUNIT = {
    "testsuites": (
        dict.fromkeys(("name", "time", "tests", "failures", "errors"), OPTIONAL),
        ("testsuite",),
    ),
    "testsuite": (
        dict.fromkeys(("name", "tests", "failures", "errors"), REQUIRED)
        | dict.fromkeys(
            ("group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log",
             "url"), OPTIONAL),
        ("testsuite", "properties", "testcase", "system-out", "system-err"),
    ),
    "properties": ({}, ("property",)),
    "property": ({"name": REQUIRED, "value": REQUIRED}, ()),
    "testcase": (
        {"name": REQUIRED, "time": OPTIONAL, "classname": OPTIONAL, "group": OPTIONAL},
        ("skipped", "error", "failure", "system-out", "system-err"),
    ),
    "failure": PROBLEM, "error": PROBLEM, "skipped": PROBLEM,
}  # fmt: skip
SUREFIRE_TIME = r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?"


def breaches(element: ElementTree.Element) -> list[str]:
    attributes, children = JUNIT[element.tag]
    found = [f"{element.tag}@{name}" for name in element.attrib if name not in attributes]
    found += [f"no {element.tag}@{name}" for name, needed in attributes.items()
              if needed and name not in element.attrib]  # fmt: skip
    if element.tag.startswith("testsuite") and "time" in element.attrib:
        found += [] if re.fullmatch(SUREFIRE_TIME, element.attrib["time"]) else ["time"]
    for child in element:
        if child.tag not in children:
            found.append(f"{child.tag} in {element.tag}")
        else:
            found += breaches(child)
    return found


@pytest.mark.parametrize("fixture", ["results", "hostile"])
def test_junit_follows_its_schema(fixture: str, request: pytest.FixtureRequest) -> None:
    results: Results = request.getfixturevalue(fixture)
    root = ElementTree.fromstring(written("junit", results)["junit.xml"])
    assert root.tag == "testsuites"
    assert breaches(root) == []
    assert len(root) == len(results.submissions)


def test_the_junit_schema_can_fail() -> None:
    bad = '<testsuites><testsuite name="a" time="1e5"><p/></testsuite></testsuites>'
    assert len(breaches(ElementTree.fromstring(bad))) == 5


def test_junit_counts_what_it_has(results: Results) -> None:
    root = ElementTree.fromstring(written("junit", results)["junit.xml"])
    park = root[2]
    assert (park.get("tests"), park.get("failures"), park.get("errors"), park.get("skipped")) == (
        "3", "1", "1", "1",
    )  # fmt: skip
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    assert root.get("errors") == "3"


# feedback


def test_feedback_says_what_to_mend(results: Results) -> None:
    files = written("feedback", results)
    assert set(files) == {"kim.md", "이영희.md", "park.md", "torn.md", "lost.md"}
    page = files["park.md"]
    assert "**3/26 points**" in page
    assert "mend `network.backward`\n" in page
    assert "hidden: 1 of 2 passed" in page
    assert "```text\nbackward: it raises\n```" in page
    assert "no file of it could be read" in files["torn.md"]
    assert "it could not be graded" in files["lost.md"]


def test_feedback_is_code_where_learners_have_a_say(hostile: Results) -> None:
    for page in written("feedback", hostile).values():
        rest = outside_code(page)
        assert "<" not in rest
        assert "http" not in rest
        assert "@" not in rest
