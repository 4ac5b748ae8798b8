"""The command: exit status, one line for wrong usage, and what it says."""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from wcwidth import wcswidth

import gradcheck_kit
from gradcheck_kit.cli import main
from gradcheck_kit.grading import grade_commands
from gradcheck_kit.i18n import LOCALE_DIR

ROOT = Path(__file__).resolve().parents[2]

Write = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


def grade(*arguments: object) -> int:
    return main(["grade", *map(str, arguments)])


def test_a_graded_class_ends_with_0_whatever_the_scores(
    tmp_path: Path, write: Write, capsys: Capture
) -> None:
    """A row for every submission, what to mend, and where the results are."""
    write("class/kim/network.py", "def loss(p, t): return 0.0")
    write("class/lee/network.py")
    (tmp_path / "class" / "broken.zip").write_text("no zip")
    (tmp_path / "class" / "notes.txt").write_text("hello")
    (tmp_path / "class" / "stubs").mkdir()
    shutil.copy(ROOT / "exercises" / "network.py", tmp_path / "class" / "stubs")
    out = tmp_path / "out"
    assert grade(tmp_path / "class", "--out", out, "--only", "network", "--seed", 1) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert any(line.startswith("skipped ") and "notes.txt" in line for line in lines)
    rows = {line.split()[0]: line for line in lines if "/50" in line}
    assert rows["kim"].split(maxsplit=2)[1:] == ["46/50", "mend network.loss"]
    assert "everything is right" in rows["lee"]
    assert "not started" in rows["stubs"]
    assert "unreadable" in rows["broken"]
    assert "submissions graded: 4; median 23; sandbox level " in captured.out
    assert str(out / "results.json") in captured.out
    assert all(wcswidth(line) <= 80 for line in rows.values())
    assert "seed" not in captured.out
    assert captured.err == ""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nowhere"], "nowhere: there is no such file or folder"),
        (["empty"], "empty: no submission here"),
        (["kim", "--only", "net"], "--only net"),
        (["kim", "--exercises", "nowhere"], "nowhere"),
        (["kim", "--exercises", "empty"], "empty: there are no test files"),
    ],
)
def test_wrong_usage_is_one_line_and_2(
    tmp_path: Path,
    write: Write,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    text: str,
) -> None:
    """On standard error, without a traceback."""
    write("kim/network.py")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert grade(*arguments, "--out", "out") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("gradcheck-kit: ")
    assert text in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["grade"],
        ["grade", "x"],
        ["grade", "x", "--out"],
        ["grade", "x", "--out", "o", "--jobs", "0"],
        ["grade", "x", "--out", "o", "--jobs", "two"],
        ["grade", "x", "--out", "o", "--seed", "x"],
        ["grade", "x", "--out", "o", "--lang", "tlh"],
        ["grade", "x", "--out", "o", "--nope"],
        ["stubs"],
        ["nope"],
    ],
)
def test_wrong_options_are_2(capsys: Capture, arguments: list[str]) -> None:
    """As argparse does it, with the usage."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: gradcheck-kit" in capsys.readouterr().err


def test_no_command_shows_the_help_and_is_2(capsys: Capture) -> None:
    """Nothing was asked for."""
    assert main([]) == 2
    assert "usage: gradcheck-kit" in capsys.readouterr().out


def test_a_broken_test_file_is_2(tmp_path: Path, write: Write, capsys: Capture) -> None:
    """The author's mistake, not a learner's."""
    write("kim/network.py")
    course = tmp_path / "course"
    course.mkdir()
    (course / "test_network.py").write_text("def test_loss(learner:\n")
    assert grade(tmp_path / "kim", "--out", tmp_path / "out", "--exercises", course) == 2
    error = capsys.readouterr().err
    assert "the tests do not run" in error
    assert "SyntaxError" in error


def test_a_submission_the_grader_failed_on_is_1(
    tmp_path: Path, write: Write, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that ends early leaves its submissions as crashed."""
    write("kim/network.py")
    real = subprocess.Popen

    def popen(command: list[str], **options: object) -> "subprocess.Popen[bytes]":
        if "gradcheck_kit.grading.session" in command:
            command = [sys.executable, "-c", "raise SystemExit(7)"]
        return real(command, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("gradcheck_kit.grading.local.subprocess.Popen", popen)
    assert grade(tmp_path / "kim", "--out", tmp_path / "out") == 1
    assert "the grader failed on it" in capsys.readouterr().out
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["submissions"][0]["status"] == "crashed"
    assert results["submissions"][0]["score"] == 0


def test_names_of_strangers_are_shown_without_control_characters(
    tmp_path: Path, write: Write, capsys: Capture
) -> None:
    """A folder's name must not move the cursor of the grader's terminal."""
    write("class/k\x1b[31mim/network.py")
    (tmp_path / "class" / "n\x1b[2Jotes.txt").write_text("x")
    assert grade(tmp_path / "class", "--out", tmp_path / "out", "--only", "network") == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_large_class_is_shown_in_part(capsys: Capture) -> None:
    """Forty rows, and how many more there are."""
    submissions = [
        {"id": f"learner {n}", "status": "graded", "score": 1.0, "max_score": 2.0, "blame": [],
         "checks": []}
        for n in range(40)
    ]  # fmt: skip
    lines = grade_commands._table(submissions, 45)
    assert len(lines) == 41
    assert lines[-1] == "... and 5 more"


# init


def test_init_copies_the_exercises(tmp_path: Path, capsys: Capture) -> None:
    """Stubs, tests and lesson, with the language recorded and the next steps told."""
    folder = tmp_path / "my work"
    assert main(["init", str(folder)]) == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "README.md", "README.ko.md", "assignment.toml", "warmup.py", "network.py", "batch.py",
        "test_warmup.py", "test_network.py", "test_batch.py",
    }  # fmt: skip
    data = tomllib.loads((folder / "assignment.toml").read_text(encoding="utf-8"))
    assert data["language"] == "en"
    assert data["id"] == "two-layer-network"
    for name in ("warmup.py", "network.py", "batch.py"):
        assert (folder / name).read_bytes() == (ROOT / "exercises" / name).read_bytes()
    said = capsys.readouterr().out
    assert "README.md" in said
    assert "warmup.py" in said
    assert "pytest" in said


def test_init_of_a_course_that_is_not_installed(tmp_path: Path, capsys: Capture) -> None:
    """One line, and nothing written."""
    course = tmp_path / "course"
    course.mkdir()
    (course / "test_pendulum.py").write_text("def test_it(learner): pass\n")
    assert main(["init", str(tmp_path / "mine"), "--exercises", str(course), "--lang", "en"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "is the course installed?" in said
    assert not (tmp_path / "mine").exists()


def test_init_in_korean(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docstrings, the recorded language and the lesson are Korean; runs speak it then."""
    if not list((LOCALE_DIR / "ko").glob("**/*.mo")):
        pytest.skip("no compiled messages for ko")
    folder = tmp_path / "exercises"
    assert main(["init", str(folder), "--lang", "ko"]) == 0
    assert 'language = "ko"' in (folder / "assignment.toml").read_text(encoding="utf-8")
    assert any("가" <= c <= "힣" for c in (folder / "network.py").read_text(encoding="utf-8"))
    assert "README.ko.md" in capsys.readouterr().out
    monkeypatch.delenv("GRADCHECK_LANG")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "exercises", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env=_environment(),
    )  # fmt: skip
    assert "100점 중 0점" in done.stdout


def _environment() -> dict[str, str]:
    import os

    # C.UTF-8 names no language, so what init recorded decides.
    return {**os.environ, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("there", ["a file", "a folder with a file in it"])
def test_init_does_not_overwrite(tmp_path: Path, capsys: Capture, there: str) -> None:
    """Somebody's work may be in it."""
    folder = tmp_path / "exercises"
    if there == "a file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "network.py").write_text("mine")
    assert main(["init", str(folder)]) == 2
    assert "is there already" in capsys.readouterr().err
    mine = folder if there == "a file" else folder / "network.py"
    assert mine.read_text() == "mine"


def test_init_into_an_empty_folder(tmp_path: Path) -> None:
    """Nothing can be lost there."""
    assert main(["init", str(tmp_path / "new" / "deep")]) == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["init", str(empty)]) == 0
    assert (empty / "network.py").exists()


# stubs


def test_stubs_check_tells_what_differs(tmp_path: Path, capsys: Capture) -> None:
    """1 when a stub is not as its solution says, 0 when all are."""
    assert main(["stubs", str(ROOT / "solutions"), str(ROOT / "exercises"), "--check"]) == 0
    copy = tmp_path / "exercises"
    shutil.copytree(ROOT / "exercises", copy)
    (copy / "network.py").write_text("drifted", encoding="utf-8")
    capsys.readouterr()
    assert main(["stubs", str(ROOT / "solutions"), str(copy), "--check"]) == 1
    assert f"differs: {copy / 'network.py'}" in capsys.readouterr().out
    assert main(["stubs", str(ROOT / "solutions"), str(copy)]) == 0
    assert main(["stubs", str(ROOT / "solutions"), str(copy), "--check"]) == 0


def test_stubs_of_what_is_no_solution_is_2(tmp_path: Path, capsys: Capture) -> None:
    """The file and the line are named."""
    (tmp_path / "f.py").write_text("def f(x):\n    return x\n")
    assert main(["stubs", str(tmp_path), str(tmp_path / "exercises")]) == 2
    error = capsys.readouterr().err
    assert "f.py: line 1: f has no docstring" in error


# The command itself


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "ascii"])
def test_the_module_runs_as_a_command(
    tmp_path: Path, write: Write, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """python -m gradcheck_kit, in terminals that cannot show everything."""
    write("김철수/network.py")
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    monkeypatch.setenv("PYTHONUTF8", "0")
    done = subprocess.run(
        [sys.executable, "-m", "gradcheck_kit", "grade", str(tmp_path / "김철수"),
         "--out", str(tmp_path / "결과"), "--only", "warmup"],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ("김철수" if encoding != "ascii" else "???") in done.stdout.decode(encoding)
    text = (tmp_path / "결과" / "results.json").read_text(encoding="utf-8")
    assert json.loads(text)["submissions"][0]["id"] == "김철수"


def test_the_version_is_told(capsys: Capture) -> None:
    """As every command does."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert gradcheck_kit.__version__ in capsys.readouterr().out
