"""Every example in the pages is run: as a doctest, by a test named here, or by this file."""

import doctest
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gradcheck_kit.cli import main
from gradcheck_kit.grading.report import Wish
from gradcheck_kit.grading.results_file import read_results

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "README.ko.md"]
INSTRUCTORS = ROOT / "docs" / "instructors.md"
REPORTS = ROOT / "docs" / "reports.md"
# Pages whose blocks another test runs, and that test.
ELSEWHERE = {
    "authors.md": "tests/test_author_guide.py",
    "messages.md": "tests/diagnosis/test_sample_messages.py",
}
TORCH = "tests/numerics/test_torch.py"


def blocks(page, language):
    """Return a page's fenced blocks in a language."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def code_examples():
    """Return every block of Python that no test of its own page runs."""
    return [
        pytest.param(page, text, id=f"{page.name}-{number}")
        for page in PAGES
        if page.name not in ELSEWHERE
        for number, text in enumerate(blocks(page, "python"))
    ]


@pytest.mark.parametrize(("page", "text"), code_examples())
def test_an_example_is_run_somewhere(page, text):
    """Nothing is only shown."""
    if ">>>" in text:
        assert doctest.DocTestParser().get_examples(text)
        listed = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        assert re.search(rf"-m doctest .*{re.escape(page.name)}", listed)
    elif "import torch" in text:
        assert page.name in (ROOT / TORCH).read_text(encoding="utf-8")
    elif page in (INSTRUCTORS, REPORTS):
        assert text in blocks(page, "python")[:1]  # tests below run it
    else:  # a part of a file of the kit's own
        assert text in (ROOT / "exercises" / "test_network.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("test", [*ELSEWHERE.values(), TORCH])
def test_the_other_tests_are_there(test):
    """They read the page that they are named for."""
    text = (ROOT / test).read_text(encoding="utf-8")
    pages = [page for page, found in ELSEWHERE.items() if found == test]
    assert all(page in text for page in pages or ["how-the-check-decides.md"])


def test_the_instructors_tests_run(tmp_path):
    """Both pass for the solution, and earn their points."""
    (text,) = blocks(INSTRUCTORS, "python")
    (tmp_path / "test_network.py").write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "solutions" / "network.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--gradcheck-lang=en"],
        capture_output=True, text=True, cwd=tmp_path, encoding="utf-8",
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout
    assert "15 of 15 points" in done.stdout


def shape(value):
    """Return the keys of a value all the way down; of a list, those of its first entry."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Grade one wrong submission; return the path of results.json."""
    tmp_path = tmp_path_factory.mktemp("grading")
    source = (ROOT / "solutions" / "network.py").read_text(encoding="utf-8")
    wrong = source.replace("return w - lr * grad", "return w + lr * grad")
    assert wrong != source
    (tmp_path / "class" / "kim").mkdir(parents=True)
    (tmp_path / "class" / "kim" / "network.py").write_text(wrong, encoding="utf-8")
    out = tmp_path / "out"
    assert main(["grade", str(tmp_path / "class"), "--only", "network", "--out", str(out)]) == 0
    return out / "results.json"


def test_the_format_of_reports_md_works(written):
    """As a file of the kit's own would."""
    (text,) = blocks(REPORTS, "python")
    space = {}
    exec(text, space)
    report = space["REPORT"]
    assert list(report.write(read_results(written), Wish())) == [("scores.tsv", "kim\t46\n")]


def test_results_json_is_as_shown(written):
    """The same keys and types as in a file that was really written."""
    (text,) = blocks(INSTRUCTORS, "json")
    written = shape(json.loads(written.read_text(encoding="utf-8")))
    shown = shape(json.loads(text))
    for found in (written, shown):  # of the first check, which may hold none
        for name in ("diagnosis", "notes"):
            found["submissions"][0]["checks"][0].pop(name)
    assert written == shown
