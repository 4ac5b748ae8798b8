"""What learners of a course may import: packages that it names, and never its references."""

import json
from pathlib import Path

import pytest

from gradcheck_kit.cli import main
from gradcheck_kit.courses.imports import imports_of
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.course import use_course
from gradcheck_kit.learner.sandbox import obstacles
from tests.courses.conftest import COURSE, Install, write_exercises, write_submission
from tests.courses.test_hooks import run_pytest

USES_WCWIDTH = ("def spring(x):", "import wcwidth\n\n\ndef spring(x):")


def assignment(exercises: Path, packages: str) -> None:
    """Write an assignment.toml."""
    (exercises / "assignment.toml").write_text(f"packages = {packages}\n", encoding="utf-8")


def graded(exercises: Path, tmp_path: Path) -> dict[str, float]:
    """Grade the class; return the scores."""
    command = ["grade", tmp_path / "class", "--exercises", exercises, "--out", tmp_path / "out"]
    assert main([*map(str, command), "--jobs", "1"]) == 0
    data = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    return {s["id"]: s["score"] for s in data["submissions"]}


@pytest.mark.skipif(bool(obstacles()), reason="no strict sandbox here")
def test_a_package_of_the_course_can_be_imported_in_the_strict_sandbox(tmp_path: Path) -> None:
    """Named in assignment.toml; else it is as if it were not installed."""
    exercises = write_exercises(tmp_path / "exercises", COURSE)
    write_submission(tmp_path / "class" / "kim", USES_WCWIDTH)
    assert graded(exercises, tmp_path) == {"kim": 0}
    assignment(tmp_path / "exercises", '["wcwidth"]')
    # Whatever reads the file keeps it: another folder, another reading.
    exercises = exercises.rename(tmp_path / "named")
    assert graded(exercises, tmp_path) == {"kim": 6}
    done = run_pytest("named", "--gradcheck-isolate", "--submission=class/kim", cwd=tmp_path)
    assert "6 of 6 points" in done.stdout, done.stdout


def test_the_home_of_a_reference_is_hidden(tmp_path: Path, install: Install) -> None:
    """A file of the course, or its whole package; the kit's own as well."""
    site = install()
    registry = use_course(None)
    hidden = imports_of(tmp_path, registry.problems.values()).hidden
    assert str((site / "oscillator_course.py").resolve()) in hidden
    assert any(Path(place).name == "gradcheck_kit" for place in hidden)
    assert len(hidden) == 2


@pytest.mark.parametrize(
    ("packages", "text"),
    [
        ('["oscillator_course"]', "oscillator_course holds the reference of oscillator.spring"),
        ('["gradcheck_kit"]', "gradcheck_kit holds the reference of the kit"),
        ('["no_such_package"]', "no_such_package is not installed"),
        ('"wcwidth"', "packages must be a list of names"),
        ('["os.path"]', "packages: 'os.path' is no name of a package"),
    ],
)
def test_wrong_packages_end_the_run_at_start(
    packages: str,
    text: str,
    tmp_path: Path,
    install: Install,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line that names the file."""
    install()
    exercises = write_exercises(tmp_path / "exercises")
    assignment(exercises, packages)
    write_submission(tmp_path / "class" / "kim")
    command = ["grade", tmp_path / "class", "--exercises", exercises, "--out", tmp_path / "out"]
    assert main([*map(str, command)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"gradcheck-kit: {exercises / 'assignment.toml'}: ")
    assert text in line
    assert not (tmp_path / "out").exists()
    with pytest.raises(GradcheckError, match="packages"):
        imports_of(exercises, use_course(None).problems.values())
    done = run_pytest("exercises", "--gradcheck-isolate", "--submission=class/kim", cwd=tmp_path)
    assert done.returncode == 4, done.stdout
    assert text in done.stderr


@pytest.mark.skipif(bool(obstacles()), reason="no strict sandbox here")
def test_each_folder_of_a_run_has_its_own_packages(tmp_path: Path) -> None:
    """One submission in two assignments: it can import what the assignment at hand names."""
    for name, packages in (("with", '["wcwidth"]'), ("without", "[]")):
        assignment(write_exercises(tmp_path / name, COURSE), packages)
    write_submission(tmp_path / "kim", USES_WCWIDTH)
    done = run_pytest(
        "with", "without", "--gradcheck-isolate", "--submission=kim", "--import-mode=importlib",
        cwd=tmp_path,
    )  # fmt: skip
    assert "3 failed, 3 passed" in done.stdout, done.stdout
    failures = done.stdout.partition("short test summary")[2]
    assert failures.count("FAILED without/test_oscillator.py") == 3
