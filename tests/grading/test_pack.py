"""Set-ups for platforms, run here as far as they can be: a result is always left."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradcheck_kit.cli import main

ROOT = Path(__file__).resolve().parents[2]
BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(
    BASH is None or sys.platform == "win32", reason="the scripts run on Linux"
)
Write = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


def pack(*arguments: object) -> int:
    return main(["pack", *map(str, arguments)])


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a set-up."""

    def packed(platform: str, *more: object) -> Path:
        folder = tmp_path / "pack"
        assert pack(platform, "--out", folder, *more) == 0
        return folder

    return packed


def wrapper(path: Path, script: str = 'exec "@PYTHON@" "$@"') -> None:
    """Write what stands in for a Python; `script` decides what it does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{BASH}\n{script.replace('@PYTHON@', sys.executable)}\n")
    path.chmod(0o755)


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


BROKEN = {
    "ends at once": "exit 1",
    "is killed": "kill -9 $$",
    "hangs": "sleep 60",
    "ignores being told to stop": "trap '' TERM; while :; do sleep 0.1; done",
}


# Gradescope


@pytest.fixture
def gradescope(tmp_path: Path, packed: Callable[..., Path]) -> Path:
    """Return a folder as /autograder is, with nothing handed in."""
    folder = packed("gradescope")
    root = tmp_path / "autograder"
    shutil.copytree(folder / "autograder", root / "source")
    shutil.copy(root / "source" / "run_autograder", root)
    (root / "submission").mkdir()
    wrapper(root / "venv" / "bin" / "python")
    return root


def run_gradescope(root: Path, **more: str) -> dict[str, Any]:
    subprocess.run(
        [root / "run_autograder"], env=environment(AUTOGRADER_ROOT=str(root), **more),
        cwd=root, capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    results: dict[str, Any] = json.loads((root / "results" / "results.json").read_bytes())
    assert sorted(path.name for path in (root / "results").iterdir()) == ["results.json"]
    return results


@pytest.mark.parametrize("where", ["", "homework/"])
def test_gradescope_grades_a_submission(gradescope: Path, write: Write, where: str) -> None:
    """At its top, or in a folder of its own, with others beside it."""
    write(f"autograder/submission/{where}network.py", "def loss(p, t): return 0.0")
    (gradescope / "submission" / "notes").mkdir()
    results = run_gradescope(gradescope)
    assert results["score"] == 46.0
    failed = [t for t in results["tests"] if t["status"] == "failed" and "network" in t["name"]]
    assert [test["name"] for test in failed] == ["network: loss"]


@pytest.mark.parametrize("how", BROKEN)
def test_gradescope_leaves_a_result_when_the_grader(
    gradescope: Path, write: Write, how: str
) -> None:
    write("autograder/submission/network.py")
    wrapper(gradescope / "venv" / "bin" / "python", BROKEN[how])
    results = run_gradescope(gradescope, GRADCHECK_LIMIT="1")
    assert results["score"] == 0
    assert "tell your instructor" in results["output"]


def test_gradescope_leaves_a_result_when_the_runner_itself_is_killed(
    gradescope: Path, write: Write
) -> None:
    """It was there before anything could go wrong."""
    write("autograder/submission/network.py")
    # The parent of timeout's child is timeout; its parent is the runner.
    wrapper(
        gradescope / "venv" / "bin" / "python",
        "kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat); exit 1",
    )
    assert "tell your instructor" in run_gradescope(gradescope)["output"]


def test_gradescope_leaves_a_result_when_a_test_file_is_broken(
    gradescope: Path, write: Write
) -> None:
    """And the learner does not read why."""
    write("autograder/submission/network.py")
    (gradescope / "source" / "exercises" / "test_network.py").write_text("SECRET = (")
    results = run_gradescope(gradescope)
    assert "tell your instructor" in results["output"]
    assert "SECRET" not in json.dumps(results)


@pytest.mark.parametrize("handed_in", [[], ["notes.txt"], ["a/network.py", "b/network.py"]])
def test_gradescope_says_what_to_hand_in(
    gradescope: Path, write: Write, handed_in: list[str]
) -> None:
    for name in handed_in:
        write(f"autograder/submission/{name}")
    results = run_gradescope(gradescope)
    assert "Hand in these files" in results["output"]
    assert "network.py" in results["output"]


def test_gradescopes_zip_is_what_the_folder_is(packed: Callable[..., Path]) -> None:
    """With scripts that can be executed, and neither stubs nor solutions."""
    folder = packed("gradescope")
    with zipfile.ZipFile(io.BytesIO((folder / "autograder.zip").read_bytes())) as archive:
        names = archive.namelist()
        for name in names:
            assert archive.read(name) == (folder / "autograder" / name).read_bytes()
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 == 0o755
    assert "exercises/test_network.py" in names
    assert "exercises/network.py" not in names
    assert os.access(folder / "autograder" / "run_autograder", os.X_OK)


def test_gradescopes_setup_installs_the_kit(
    gradescope: Path, tmp_path: Path, packed: Callable[..., Path]
) -> None:
    """With stand-ins for the commands that need a network."""
    said = tmp_path / "said"
    tools = tmp_path / "tools"
    for name in ("apt-get", "python3"):
        wrapper(tools / name, f'echo {name} "$@" >> {said}')
    wrapper(gradescope / "venv" / "bin" / "python", f'echo venv "$@" >> {said}')
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", gradescope / "source" / "setup.sh"], check=True, capture_output=True, timeout=20,
        env=environment(AUTOGRADER_ROOT=str(gradescope), PATH=path),
    )  # fmt: skip
    lines = said.read_text().splitlines()
    assert lines[0] == "apt-get update"
    assert f"python3 -m venv {gradescope}/venv" in lines
    assert lines[-1].startswith("venv -m pip install --no-cache-dir gradcheck-kit==")


# GitHub


@pytest.fixture
def github(tmp_path: Path, packed: Callable[..., Path]) -> Path:
    """Return a workspace with both checkouts, the learner's one with tests of their own."""
    folder = packed("github", "--repository", "uni/tests")
    workspace = tmp_path / "workspace"
    shutil.copytree(folder / "tests", workspace / "tests")
    (workspace / "submission").mkdir()
    (workspace / "submission" / "test_network.py").write_text("def test_easy(): pass")
    (workspace / "submission" / "conftest.py").write_text("raise SystemExit(0)")
    wrapper(tmp_path / "tools" / "python", 'case "$2" in pip) exit 0;; esac; exec "@PYTHON@" "$@"')
    return workspace


def run_github(workspace: Path, **more: str) -> tuple[dict[str, Any], str, str]:
    """Return the result as the reporter decodes it, the summary, and the log."""
    parent = workspace.parent
    output, summary = parent / "output", parent / "summary"
    done = subprocess.run(
        ["bash", "tests/grade.sh", "submission"], cwd=workspace, timeout=100, check=False,
        capture_output=True, text=True,
        env=environment(
            GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary),
            PATH=f"{parent / 'tools'}{os.pathsep}{os.environ['PATH']}", **more,
        ),
    )  # fmt: skip
    (line,) = output.read_text().splitlines()
    name, _equals, value = line.partition("=")
    assert name == "result"
    data = json.loads(base64.b64decode(value).decode("utf-8"))
    assert data["version"] == 3
    return data, summary.read_text(encoding="utf-8"), done.stdout + done.stderr


def test_github_grades_with_the_instructors_tests(github: Path, write: Write) -> None:
    """Whatever tests and settings the learner has; the log tells nothing."""
    write("workspace/submission/network.py", "def loss(p, t): return 0.0")
    data, summary, log = run_github(github)
    assert sum(test["score"] for test in data["tests"]) == 46.0
    assert (data["status"], data["max_score"]) == ("fail", 100.0)
    assert "mend `network.loss`" in summary
    assert log == "gradcheck-kit ended with status 0\n"


@pytest.mark.parametrize("how", BROKEN)
def test_github_has_a_result_when_the_grader(
    github: Path, write: Write, tmp_path: Path, how: str
) -> None:
    write("workspace/submission/network.py")
    wrapper(
        tmp_path / "tools" / "python", BROKEN[how].join(['case "$2" in pip) ;; *) ', ";; esac"])
    )
    data, summary, _log = run_github(github, GRADCHECK_LIMIT="1")
    assert data["status"] == "error"
    assert "tell your instructor" in summary


def test_github_has_a_result_when_nothing_can_be_installed(github: Path, tmp_path: Path) -> None:
    wrapper(tmp_path / "tools" / "python", "exit 1")
    data, summary, _log = run_github(github)
    assert data["status"] == "error"
    assert "tell your instructor" in summary


def test_github_workflows_are_yaml_and_name_what_is_there(packed: Callable[..., Path]) -> None:
    yaml = pytest.importorskip("yaml")
    folder = packed("github", "--repository", "uni/tests")
    learners = folder / "learners" / ".github" / "workflows" / "classroom.yml"
    workflow = yaml.safe_load(learners.read_text(encoding="utf-8"))
    steps = workflow["jobs"]["grade"]["steps"]
    assert steps[1]["with"]["repository"] == "uni/tests"
    assert steps[3]["run"] == "bash tests/grade.sh submission"
    assert (folder / "tests" / "grade.sh").exists()
    reporter = steps[-1]
    runner = reporter["with"]["runners"]
    assert runner.isalnum()  # what the reporter's own check of names allows
    assert f"{runner.upper()}_RESULTS" in reporter["env"]
    assert f"steps.{runner}.outputs.result" in reporter["env"][f"{runner.upper()}_RESULTS"]
    # A secret there could be read by whoever may edit the file: the learner.
    assert "${{ secrets" not in learners.read_text(encoding="utf-8")
    grading = folder / "tests" / ".github" / "workflows" / "class.yml"
    workflow = yaml.safe_load(grading.read_text(encoding="utf-8"))
    for step in workflow["jobs"]["grade"]["steps"]:
        if "run" in step:
            # Inputs go through the environment: in a script they would be code.
            assert "${{" not in step["run"]
            subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)


# Both


@pytest.mark.parametrize("platform", ["gradescope", "github"])
def test_scripts_are_well_formed(packed: Callable[..., Path], platform: str) -> None:
    folder = packed(platform)
    scripts = [p for p in folder.rglob("*") if p.is_file() and p.read_bytes()[:2] == b"#!"]
    assert scripts
    for script in scripts:
        subprocess.run(["bash", "-n", script], check=True)
        assert b"\r" not in script.read_bytes()


def test_a_wheel_goes_along(packed: Callable[..., Path], tmp_path: Path) -> None:
    wheel = tmp_path / "gradcheck_kit-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    folder = packed("github", "--kit", wheel)
    assert (folder / "tests" / wheel.name).read_bytes() == b"wheel"
    assert f'install -q "$here/{wheel.name}"' in (folder / "tests" / "grade.sh").read_text()


def test_own_exercises_go_without_solutions(packed: Callable[..., Path], tmp_path: Path) -> None:
    course = tmp_path / "course"
    shutil.copytree(ROOT / "exercises", course)
    shutil.copytree(ROOT / "solutions", course / "solutions")
    (course / "data.csv").write_text("1,2\n")
    (course / ".env").write_text("TOKEN=1")
    folder = packed("gradescope", "--exercises", course)
    names = {p.relative_to(folder / "autograder").as_posix() for p in folder.rglob("*.*")
             if p.is_file() and "autograder" in p.parent.as_posix()}  # fmt: skip
    assert "exercises/data.csv" in names
    assert not [name for name in names if "solutions" in name or ".env" in name]


def test_a_course_that_is_not_installed_is_one_line_and_2(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "test_cell.py").touch()
    arguments = ["--exercises", tmp_path / "course", "--out", tmp_path / "pack"]
    assert pack("gradescope", *arguments) == 2
    error = capsys.readouterr().err
    assert "is the course installed?" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "pack").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--exercises", "nowhere"], "no such folder of exercises"),
        (["--kit", "nowhere.whl"], "there is no such file"),
        (["--kit", 'x"; rm -rf /'], "no requirement that pip takes"),
        (["--kit", "$(id)"], "no requirement that pip takes"),
        (["--repository", "uni"], "write it as OWNER/NAME"),
        (["--repository", "uni/x: y"], "write it as OWNER/NAME"),
    ],
)
def test_wrong_usage_is_one_line_and_2(
    tmp_path: Path, capsys: Capture, arguments: list[str], text: str
) -> None:
    assert pack("github", "--out", tmp_path / "pack", *arguments) == 2
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1
    assert not (tmp_path / "pack").exists()


def test_nothing_is_overwritten(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "mine").write_text("x")
    assert pack("github", "--out", tmp_path) == 2
    assert "is there already" in capsys.readouterr().err
