"""Runs of pytest on copies of the exercises."""

import io
import json
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

# pytester unloads what a run inside this process loads, and numpy cannot be loaded twice.
for _name in (
    "assertions", "terminal", "learner.inprocess", "learner.isolated",
    "problems.batch", "problems.network", "problems.warmup",
):  # fmt: skip
    import_module(f"gradcheck_kit.{_name}")

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")

RECORDER = """
import json
from pathlib import Path

def pytest_runtest_logreport(report):
    for name, value in report.user_properties:
        if name == "gradcheck":
            with (Path(__file__).parent / "results.jsonl").open("a") as stream:
                stream.write(json.dumps(value) + "\\n")
"""


@pytest.fixture(autouse=True)
def _english_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make runs independent of the language and the terminal of whoever runs the tests."""
    for name in LANGUAGE_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GRADCHECK_LANG", "en")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    # The plugin asks the process's own standard output what it can show.
    monkeypatch.setattr(sys, "__stdout__", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))


@pytest.fixture
def exercises(pytester: pytest.Pytester) -> Path:
    """Copy the stubs and their tests below the directory in which pytest is started."""
    target = pytester.path / "exercises"
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "exercises", target, ignore=ignore)
    return target


@pytest.fixture
def append() -> Callable[..., None]:
    """Return a function that makes a file of the solution with functions replaced."""

    def append(folder: Path, code: str, file: str = "network.py") -> None:
        text = (ROOT / "solutions" / file).read_text(encoding="utf-8")
        folder.mkdir(exist_ok=True)
        (folder / file).write_text(f"{text}\n\n{code}\n", encoding="utf-8")

    return append


@pytest.fixture
def recorded(pytester: pytest.Pytester) -> Callable[[], list[dict[str, Any]]]:
    """Record the results of all runs in this directory; return a function that reads them."""
    (pytester.path / "conftest.py").write_text(RECORDER, encoding="utf-8")

    def recorded() -> list[dict[str, Any]]:
        path = pytester.path / "results.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    return recorded


@pytest.fixture
def table() -> Callable[[pytest.RunResult], list[str]]:
    """Return a function that picks the lines of the summary out of a run."""

    def table(result: pytest.RunResult) -> list[str]:
        lines = result.outlines
        starts = [n for n, line in enumerate(lines) if "= gradcheck:" in line]
        assert starts, result.stdout.str()
        end = len(lines)
        for n in range(starts[-1] + 1, len(lines)):
            if lines[n].startswith("===") or (lines[n][:1].isdigit() and " in " in lines[n]):
                end = n
                break
        return [line for line in lines[starts[0] : end] if line]

    return table
