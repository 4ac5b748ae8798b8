"""Submissions that attack the grader gain nothing and harm nobody, in the strict sandbox."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradcheck_kit.learner.sandbox import obstacles

ROOT = Path(__file__).resolve().parents[2]
ATTACKS = ROOT / "tests" / "submissions" / "attacks"
BENCHMARK = ROOT / "benchmarks" / "attacks.py"
FILES_OF_TOOLS = (
    "conftest.py", "pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "sitecustomize.py",
    "usercustomize.py",
)  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Grade all attacks in a process of its own, each with a right submission after it."""
    found = obstacles()
    if found and os.environ.get("CI"):
        pytest.fail(f"no strict sandbox ({', '.join(found)}), and CI must not skip this")
    if found:
        pytest.skip(f"no strict sandbox here: {', '.join(found)}")
    folder = tmp_path_factory.mktemp("attacks")
    first = run(folder, "--jobs", "2", "--once")
    # A busy machine lets right code hang, too. That is looked at again; points never are.
    hung = {slug for slug, text in first["failures"] if is_of_time(text)} & set(first["attacks"])
    if not hung:
        return first
    again = run(folder, "--jobs", "1", *(f"--only={slug}" for slug in sorted(hung)))
    kept = [[slug, text] for slug, text in first["failures"] if not is_of_time(text)]
    return {
        **first,
        "failures": kept + again["failures"],
        "attacks": {**first["attacks"], **again["attacks"]},
    }


def run(folder, *options):
    path = folder / "report.json"
    path.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), str(ATTACKS), "--json", str(path), *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, close_fds=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )  # fmt: skip
    assert path.exists(), done.stdout + done.stderr
    return json.loads(path.read_text(encoding="utf-8"))


def is_of_time(text):
    """Tell whether a failure can come from a machine that is too busy."""
    return text.startswith(("the right submission after it", "took", "outcomes ['timed_out'"))


@pytest.mark.parametrize("name", sorted(path.name for path in ATTACKS.iterdir()))
def test_an_attack_fails(report, name):
    """No points, an outcome that fits, in time, and the right one after it graded in full."""
    assert name in report["attacks"]
    assert [text for slug, text in report["failures"] if slug == name] == []


def test_no_attack_does_harm(report):
    """Nothing read, written or left, and a grader that is not confused."""
    assert report["failures"] == []
    # Their own loop is right; what it runs on earns nothing.
    assert {text.partition(": ")[2] for text in report["follow_through"]} <= {"train"}
    assert report["sandbox"]["level"] == "strict"
    assert len(report["attacks"]) == len(list(ATTACKS.iterdir())) == 170


def test_the_grader_stays_small(report):
    """Whatever attacks send it."""
    assert 0 < report["grader_peak_mb"] < 200


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        ("lie-float32", ["wrong"]),
        ("zip-duplicate-names", ["unreadable"]),
        ("steal-import-names", ["raised"]),
    ],
)
def test_pinned_outcomes(report, name, outcomes):
    """These must not change."""
    assert report["attacks"][name]["outcomes"] == outcomes


def test_the_attacks_sleep_where_they_lie():
    """No tool that reads this tree meets a name that it acts on: no attack runs in its process."""
    names = {path.name for path in ATTACKS.rglob("*") if path.suffix != ".attack"}
    assert not names & set(FILES_OF_TOOLS)
    assert not [n for n in names if n.startswith(("test_", ".")) or n.endswith("_test.py")]
