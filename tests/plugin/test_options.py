"""The options: which submission, which seed, which language, isolated or not."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MISTAKES = ROOT / "tests" / "submissions" / "mistakes"
SOLUTIONS = ROOT / "solutions"

Recorded = Callable[[], list[dict[str, Any]]]
Append = Callable[..., None]
Table = Callable[[pytest.RunResult], list[str]]


def test_a_folder_is_checked_instead_of_the_stubs(
    pytester: pytest.Pytester, exercises: Path
) -> None:
    """--submission names another folder; the tests stay where they are."""
    shutil.copytree(SOLUTIONS, pytester.path / "mine")
    result = pytester.runpytest_inprocess("exercises", "--submission", "mine")
    result.assert_outcomes(passed=19)


def test_a_single_file_is_checked_alone(
    pytester: pytest.Pytester, exercises: Path, recorded: Recorded
) -> None:
    """The files beside it do not count; what the file is not is missing."""
    shutil.copytree(SOLUTIONS, pytester.path / "mine")
    pytester.runpytest_inprocess("exercises", "--submission=mine/network.py")
    assert {(r["test"].partition("::")[0], r["outcome"]) for r in recorded()} == {
        ("test_network.py", "passed"),
        ("test_warmup.py", "missing"),
        ("test_batch.py", "missing"),
    }


def test_two_submissions_have_two_tables(
    pytester: pytest.Pytester, exercises: Path, table: Table
) -> None:
    """Each test runs for each of them, named in the test's id and over the table."""
    for name in ("case_34", "case_33"):
        shutil.copytree(MISTAKES / name, pytester.path / name)
    result = pytester.runpytest_inprocess(
        "exercises", "-k", "network", "--submission=case_34", "--submission=case_33", "-v"
    )
    result.stdout.fnmatch_lines(
        [
            "*test_network.py::test_sigmoid[[]case_34[]] FAILED*",
            "*test_network.py::test_sigmoid[[]case_33[]] PASSED*",
            "*= gradcheck: A two-layer network by hand · case_34 =*",
            "46 of 50 points*",
            "*= gradcheck: A two-layer network by hand · case_33 =*",
            "30 of 50 points*",
        ]
    )


def test_submissions_of_one_name_are_told_apart(pytester: pytest.Pytester, exercises: Path) -> None:
    """Ids of tests stay unique."""
    for parent in ("a", "b"):
        shutil.copytree(SOLUTIONS, pytester.path / parent / "work")
    result = pytester.runpytest_inprocess("exercises", "--submission=a/work", "--submission=b/work")
    result.assert_outcomes(passed=38)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("nowhere", "*--submission nowhere: there is no such file or folder*"),
        ("notes.txt", "*--submission notes.txt: give a folder or a .py file*"),
    ],
)
def test_a_bad_submission_is_one_line(
    pytester: pytest.Pytester, exercises: Path, value: str, text: str
) -> None:
    """Wrong usage ends before any test runs, without a traceback."""
    (pytester.path / "notes.txt").write_text("hello")
    result = pytester.runpytest_inprocess("exercises", f"--submission={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([text])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_an_empty_folder_is_missing_everything(
    pytester: pytest.Pytester, exercises: Path, recorded: Recorded
) -> None:
    """Nothing crashes where nothing was handed in."""
    (pytester.path / "empty").mkdir()
    result = pytester.runpytest_inprocess("exercises", "--submission=empty")
    assert result.ret == 1
    assert {r["outcome"] for r in recorded()} == {"missing"}


def test_another_language_than_those_spoken_is_wrong_usage(
    pytester: pytest.Pytester, exercises: Path
) -> None:
    """The message lists the languages."""
    result = pytester.runpytest_inprocess("exercises", "--gradcheck-lang=tlh")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--gradcheck-lang tlh: use one of en*auto*"])


SPY = """
_right = loss
def loss(y_pred, y_true):
    with open({path!r}, "a") as stream:
        print(y_pred, y_true, file=stream)
    return _right(y_pred, y_true)
"""


def test_the_same_seed_asks_the_same(
    pytester: pytest.Pytester, exercises: Path, append: Append
) -> None:
    """A learner's own run is always the same; --gradcheck-seed draws other points."""
    path = pytester.path / "seen.txt"
    append(exercises, SPY.format(path=str(path)))
    asked = []
    for options in ([], [], ["--gradcheck-seed=0"], ["--gradcheck-seed=5"]):
        result = pytester.runpytest_inprocess("exercises", "-k", "test_loss", "-q", *options)
        assert f"seed {5 if options == ['--gradcheck-seed=5'] else 0})" in result.stdout.str()
        asked.append(path.read_text())
        path.unlink()
    assert asked[0] == asked[1] == asked[2] != asked[3]


def test_isolated_runs_have_the_same_verdicts(
    pytester: pytest.Pytester, exercises: Path, recorded: Recorded
) -> None:
    """--gradcheck-isolate runs learner code elsewhere; what is printed there stays there."""
    shutil.copytree(MISTAKES / "case_34", pytester.path / "case_34")
    path = pytester.path / "case_34" / "network.py"
    path.write_text("print('loud')\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    verdicts = []
    for options in ([], ["--gradcheck-isolate"]):
        result = pytester.runpytest_inprocess(
            "exercises", "-k", "network", "--submission=case_34", *options
        )
        assert "loud" not in result.stdout.str()
        verdicts.append([(r["test"], r["outcome"], r["points"]) for r in recorded()])
    assert verdicts[0] == verdicts[1]


def test_settings_beside_a_submission_are_not_read_with_an_equals_sign(
    pytester: pytest.Pytester, exercises: Path
) -> None:
    """--submission=PATH is one word, which pytest leaves alone; conftest.py is not read."""
    theirs = pytester.path / "elsewhere" / "theirs"
    shutil.copytree(SOLUTIONS, theirs)
    (theirs / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = -p their_plugin\n")
    (theirs / "their_plugin.py").write_text("print('their plugin is here')\n")
    (theirs / "conftest.py").write_text("print('their conftest is here')\n")
    (theirs / "test_theirs.py").write_text("def test_theirs(): pass\n")
    result = pytester.runpytest_subprocess(
        "exercises", f"--submission={theirs}", "--gradcheck-isolate"
    )
    result.assert_outcomes(passed=19)
    assert "their" not in result.stdout.str().replace("theirs", "")


# Settings of an ini file


def test_a_seed_in_the_ini_file(pytester: pytest.Pytester, exercises: Path) -> None:
    """It is a default: the command line decides."""
    pytester.makeini("[pytest]\ngradcheck_seed = 5\n")
    arguments = ["exercises", f"--submission={SOLUTIONS}", "-k", "test_loss"]
    assert "seed 5)" in pytester.runpytest_inprocess(*arguments).stdout.str()
    result = pytester.runpytest_inprocess(*arguments, "--gradcheck-seed=7")
    assert "seed 7)" in result.stdout.str()


@pytest.mark.parametrize(
    ("variable", "option", "korean"),
    [("", None, True), ("en", None, False), ("", "en", False), ("", "auto", True)],
)
def test_a_language_in_the_ini_file(
    pytester: pytest.Pytester,
    exercises: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    option: str | None,
    korean: bool,
) -> None:
    """It is a default: the command line and GRADCHECK_LANG decide."""
    monkeypatch.setenv("GRADCHECK_LANG", variable)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    pytester.makeini("[pytest]\ngradcheck_lang = ko\n")
    options = [f"--gradcheck-lang={option}"] if option else []
    result = pytester.runpytest_inprocess("exercises", "-k", "test_loss", *options)
    # The title comes from assignment.toml: no compiled messages are needed for it.
    assert ("2층 신경망" in result.stdout.str()) is korean


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("gradcheck_seed = five", "gradcheck_seed = five: give a whole number"),
        ("gradcheck_lang = xx", "gradcheck_lang = xx: use one of en, ko, auto"),
    ],
)
def test_a_wrong_setting_is_one_line(
    pytester: pytest.Pytester, exercises: Path, setting: str, text: str
) -> None:
    """As a wrong option is."""
    pytester.makeini(f"[pytest]\n{setting}\n")
    result = pytester.runpytest_inprocess("exercises")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {text}" in result.stderr.str()
