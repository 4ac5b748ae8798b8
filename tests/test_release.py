"""What is published: the wheel's contents, one version, bounds that were tried, typed users."""

import email
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import gradcheck_kit

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TYPED = ROOT / "docs" / "examples" / "typed_course.py"
TYPED_TESTS = TYPED.with_name("typed_tests.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel, with what is installed here."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index"]
    command += ["--disable-pip-version-check", "--no-build-isolation", "-w", str(target)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True, text=True)
    (path,) = target.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_what_learners_need_and_no_solutions(wheel: zipfile.ZipFile) -> None:
    """Types, messages and exercises are there; tests and solutions are not."""
    names = set(wheel.namelist())
    assert {
        "gradcheck_kit/py.typed",
        "gradcheck_kit/hookspecs.py",
        "gradcheck_kit/locale/ko/LC_MESSAGES/gradcheck_kit.mo",
        "gradcheck_kit/exercises/network.py",
        "gradcheck_kit/exercises/test_network.py",
        "gradcheck_kit/exercises/assignment.toml",
        "gradcheck_kit/exercises/README.ko.md",
    } <= names
    tops = {name.partition("/")[0] for name in names}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"gradcheck_kit"}
    assert not [name for name in names if "solution" in name or "__pycache__" in name]
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "gradcheck_kit").rglob("*.py")}
    assert modules <= names


def test_the_version_has_one_home(wheel: zipfile.ZipFile) -> None:
    """The package's own; the wheel's metadata repeat it."""
    (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(wheel.read(name))
    assert metadata["Version"] == gradcheck_kit.__version__
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert "version" not in PROJECT["project"]


def test_the_oldest_versions_are_the_ones_that_are_tried() -> None:
    """tests/compat/oldest.txt has the lower bound of every dependency."""
    lines = (ROOT / "tests" / "compat" / "oldest.txt").read_text(encoding="utf-8").splitlines()
    tried = dict(line.split("==") for line in lines if not line.startswith("#"))
    bounds = dict(re.match(r"([\w-]+)>=([\d.]+)", d).groups() for d in _dependencies())
    assert set(tried) == set(bounds)
    for name, bound in bounds.items():
        assert tried[name] in (bound, f"{bound}.0", f"{bound}.0.0"), name


def _dependencies() -> list[str]:
    dependencies: list[str] = PROJECT["project"]["dependencies"]
    return dependencies


def test_users_of_the_types_pass_mypy_strict(tmp_path: Path) -> None:
    """An annotated course has no errors; one with wrong types has them."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file="]
    both = [str(TYPED), str(TYPED_TESTS)]
    done = subprocess.run([*command, *both], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    source = TYPED.read_text(encoding="utf-8")
    wrong = source.replace('returns=(Return("y"),)', 'returns="y"')
    assert wrong != source
    (tmp_path / "wrong.py").write_text(wrong, encoding="utf-8")
    done = subprocess.run(
        [*command, str(tmp_path / "wrong.py")], capture_output=True, text=True, cwd=ROOT
    )
    assert 'Argument "returns" to "Function" has incompatible type "str"' in done.stdout


def test_users_of_the_types_pass_pyright_strict(tmp_path: Path) -> None:
    """The same course, under another type checker's strictest rules."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    pyright = shutil.which("pyright", path=places)
    if pyright is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("pyright is not installed")
    settings = '{"typeCheckingMode": "strict"}'
    (tmp_path / "pyrightconfig.json").write_text(settings, encoding="utf-8")
    for path in (TYPED, TYPED_TESTS):
        shutil.copy(path, tmp_path)
    done = subprocess.run(
        [pyright, "--pythonpath", sys.executable, TYPED.name, TYPED_TESTS.name],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_typed_course_works(tmp_path: Path) -> None:
    """As a conftest: its right solution passes."""
    (tmp_path / "conftest.py").write_text(TYPED.read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copy(TYPED_TESTS, tmp_path / "test_line.py")
    (tmp_path / "line.py").write_text("def line(x, m, c):\n    return c + m * x\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--gradcheck-lang=en"],
        capture_output=True, text=True, cwd=tmp_path, encoding="utf-8",
    )  # fmt: skip
    assert "4 passed" in done.stdout, done.stdout
    assert "4 of 4 points" in done.stdout


def test_extras_are_documented() -> None:
    """Each optional set of dependencies is explained where people look for it."""
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for name in PROJECT["project"]["optional-dependencies"]:
        assert f"`{name}`" in text, name
