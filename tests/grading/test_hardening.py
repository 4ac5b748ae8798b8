"""A submission that is broken or means harm costs nobody else anything."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.copying import remove_tree
from gradcheck_kit.grading.grade import Order, grade
from gradcheck_kit.learner.limits import Limits

Write = Callable[..., Path]
SOLUTION = (Path(__file__).resolve().parents[2] / "solutions" / "network.py").read_text("utf-8")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def results_of(folder: Path, out: Path, **options: object) -> dict[str, dict[str, object]]:
    """Grade a class on one core and return its submissions by id."""
    order = Order([folder], out, only=["network"], jobs=1, seed=5, **options)  # type: ignore[arg-type]
    return {s["id"]: s for s in grade(order).results["submissions"]}


def add(folder: Path, name: str, code: str) -> None:
    """Write one submission."""
    (folder / name).mkdir(parents=True)
    (folder / name / "network.py").write_text(code, encoding="utf-8")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_corrupt_zip_is_unreadable_and_no_more(tmp_path: Path, method: int) -> None:
    """Whatever its decoder raises, the class is graded."""
    folder = tmp_path / "class"
    add(folder, "kim", SOLUTION)
    path = folder / "lee.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("network.py", SOLUTION)
    data = bytearray(path.read_bytes())
    data[60:200] = bytes(255 - b for b in data[60:200])
    path.write_bytes(data)
    found = results_of(folder, tmp_path / "out")
    assert found["lee"]["status"] == "unreadable"
    assert found["kim"]["score"] == 50.0


@LINUX
def test_names_that_are_no_text_are_shown_escaped(tmp_path: Path) -> None:
    """A folder name in another encoding is still a submission."""
    folder = tmp_path / "class"
    add(folder, os.fsdecode(b"k\xffm"), SOLUTION)
    assert results_of(folder, tmp_path / "out")["k\\xffm"]["score"] == 50.0


@LINUX
def test_an_error_about_a_name_that_is_no_text_is_written(tmp_path: Path) -> None:
    """It cannot be encoded, and the class was without results."""
    folder = tmp_path / "class"
    add(folder, "kim", SOLUTION)
    os.mkfifo(folder / os.fsdecode(b"l\xffe_network.py"))
    found = results_of(folder, tmp_path / "out")
    assert found["l\\xffe"]["status"] == "unreadable"
    assert "l\\xffe_network.py" in str(found["l\\xffe"]["message"])
    assert found["kim"]["score"] == 50.0


def test_the_reference_cannot_be_imported(tmp_path: Path) -> None:
    """One line must not earn full points; the kit's other modules are refused too."""
    folder = tmp_path / "class"
    add(folder, "kim", "from gradcheck_kit.problems.network import *\n")
    add(folder, "lee", "import gradcheck_kit.checks.values\n" + SOLUTION)
    add(folder, "park", SOLUTION)
    found = results_of(folder, tmp_path / "out")
    assert {name: s["score"] for name, s in found.items()} == {"kim": 0, "lee": 0, "park": 50.0}


@LINUX
def test_a_session_that_is_killed_costs_only_the_one_who_did_it(tmp_path: Path) -> None:
    """The others are graded in sessions of their own."""
    folder = tmp_path / "class"
    add(folder, "a", SOLUTION)
    add(
        folder,
        "b",
        "import os, signal\n"
        "zygote = open(f'/proc/{os.getppid()}/status').read()\n"
        "os.kill(int(zygote.split('PPid:')[1].split()[0]), signal.SIGKILL)\n",
    )
    add(folder, "c", SOLUTION)
    found = results_of(folder, tmp_path / "out", level="basic")
    assert found["b"]["status"] == "crashed"
    assert found["a"]["score"] == found["c"]["score"] == 50.0


@LINUX
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGSTOP"])
def test_a_session_that_is_stopped_costs_only_the_one_who_did_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """An interrupted session looked like broken tests, and nobody was graded."""
    if how == "SIGSTOP":
        monkeypatch.setattr("gradcheck_kit.grading.local.STUCK_SECONDS", 5.0)
    folder = tmp_path / "class"
    add(
        folder,
        "a",
        "import os, signal, time\n"
        "zygote = open(f'/proc/{os.getppid()}/status').read()\n"
        f"os.kill(int(zygote.split('PPid:')[1].split()[0]), signal.{how})\n"
        "time.sleep(1)\n",
    )
    add(folder, "b", SOLUTION)
    found = results_of(folder, tmp_path / "out", level="basic", limits=Limits(submission=5.0))
    assert found["a"]["status"] == "crashed"
    assert found["b"]["score"] == 50.0


@LINUX
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopping_leaves_no_process_and_valid_results(tmp_path: Path, how: signal.Signals) -> None:
    """Not even workers that are busy with an endless loop."""
    folder = tmp_path / "class"
    for name in "ab":
        add(folder, name, "MARK = 'x'\ndef sigmoid(z):\n    while True: pass\n")
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "gradcheck_kit", "grade", str(folder), "--out", str(tmp_path / "o")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
    )  # fmt: skip
    # Before there is a journal, processes try out the sandbox.
    journal = tmp_path / "o" / "journal.jsonl"
    assert wait_until(lambda: journal.exists() and len(processes_of(tmp_path)) >= 3)
    process.send_signal(how)
    process.wait(20)
    assert wait_until(lambda: not processes_of(tmp_path))
    results = tmp_path / "o" / "results.json"
    assert results.exists() == (how != signal.SIGKILL)
    if how != signal.SIGKILL:
        assert process.returncode == 130
        assert json.loads(results.read_text(encoding="utf-8"))["complete"] is False
        assert list((tmp_path / "tmp").iterdir()) == []


def processes_of(folder: Path) -> list[int]:
    """Return the processes whose command line or working directory lies in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
                place = str((entry / "cwd").readlink())
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state != "Z" and (str(folder) in command or place.startswith(str(folder))):
                found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait for a condition; return whether it came true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_the_folder_of_the_results_is_no_submission(tmp_path: Path) -> None:
    """Grading twice into the class's own folder finds the same learners."""
    folder = tmp_path / "class"
    add(folder, "kim", SOLUTION)
    for _ in range(2):
        assert set(results_of(folder, folder / "results")) == {"kim"}


def test_the_highest_score_is_known_without_a_readable_submission(tmp_path: Path) -> None:
    """It is the sum over the problems graded, whatever was handed in."""
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "kim.zip").write_bytes(b"no zip")
    results = grade(Order([tmp_path / "class"], tmp_path / "out", jobs=1)).results
    assert results["assignment"]["max_score"] == 100.0
    assert results["submissions"][0]["max_score"] == 100.0


@pytest.mark.parametrize(
    "body",
    [
        "gradcheck.valeus(learner, 'loss')",
        "gradcheck.values(lerner, 'loss')",
        "learner.call('loss', 1.0, 0.0)",
        "learner.cal('network.loss', 1.0, 0.0)",
    ],
)
def test_an_authors_slip_is_not_the_learners(tmp_path: Path, body: str) -> None:
    """A whole class with no points, and nobody told, would be worse than no grades."""
    add(tmp_path / "class", "kim", SOLUTION)
    exercises = tmp_path / "exercises"
    exercises.mkdir()
    (exercises / "test_network.py").write_text(
        f"import pytest\n@pytest.mark.points(5)\ndef test_it(learner, gradcheck):\n    {body}\n"
    )
    with pytest.raises(GradcheckError, match="the tests do not run"):
        results_of(tmp_path / "class", tmp_path / "out", exercises=exercises)


def test_a_hidden_test_of_another_kind_gives_nothing_away(tmp_path: Path) -> None:
    """Neither its source nor the values that it compares."""
    add(tmp_path / "class", "kim", SOLUTION)
    exercises = tmp_path / "exercises"
    exercises.mkdir()
    (exercises / "test_network.py").write_text(
        "import pytest\n@pytest.mark.points(5, hidden=True)\ndef test_it(learner):\n"
        "    assert learner.call('network.loss', 1.25, 0.0) == 0.6\n"
    )
    found = results_of(tmp_path / "class", tmp_path / "out", exercises=exercises)
    del found["kim"]["seconds"]  # which may be 0.6
    text = json.dumps(found["kim"])
    assert "a hidden test does not pass" in text
    assert "1.25" not in text
    assert "0.6" not in text


def test_removing_a_copy_never_raises(tmp_path: Path) -> None:
    """Learner code may have locked folders within folders, or removed them all."""
    inner = tmp_path / "copy" / "locked" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    inner.chmod(0)
    inner.parent.chmod(0)
    remove_tree(tmp_path / "copy")
    remove_tree(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
