"""A small course: one problem, its mistakes in two languages, exercises and an installer."""

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradcheck_kit import i18n
from gradcheck_kit.diagnosis.catalogue import use_mistakes
from gradcheck_kit.problems import use_problems

COURSE = """
from gradcheck_kit import Factor, Function, Misconception, Mistakes, Objective, Problem, Return


def spring(x):
    return x * x


def energy(x, k):
    return 0.5 * k * spring(x)


def force(x, k):
    return -k * x


def points(rng):
    return [(x, k) for x in (0.5, -1.5, 2.0, 3.0) for k in (0.7, 2.5, 3.1)]


PROBLEM = Problem(
    "oscillator",
    (
        Function("spring", ("x",), (Return("result"),), spring,
                 lambda rng: [((n + 2) / 7,) for n in range(8)]),
        Function("energy", ("x", "k"), (Return("E"),), energy, points, lower=("spring",)),
        Function(
            "force", ("x", "k"), (Return("F"),), force, points,
            factors=(Factor("x", lambda x, k: x), Factor("k", lambda x, k: k)),
            chains={"F": {"k": ("k",), "x": ("x",)}},
        ),
    ),
)
MISTAKES = {
    "oscillator.energy": Mistakes(
        right="E = ½·k·x²",
        entries=(
            Misconception(
                id="en-half", title="The ½ is missing", hint="Integrate the force from 0 to x.",
                yours="E = k·x²", change=(("0.5 * ", ""),),
            ),
        ),
    ),
    "oscillator.force": Mistakes(
        right="F = −k·x",
        entries=(
            Misconception(
                id="fo-sign", title="The force pushes outwards",
                hint="Which way does a stretched spring pull?", yours="F = k·x",
                links={"F": {-1: 1}},
            ),
        ),
    ),
}
KOREAN = {
    "The force pushes outwards": "힘이 바깥쪽으로 밀어요",
    "Which way does a stretched spring pull?": "늘어난 용수철은 어느 쪽으로 당기나요?",
}


def pytest_gradcheck_problems():
    return [PROBLEM]


def pytest_gradcheck_misconceptions():
    return MISTAKES


def pytest_gradcheck_translations(language):
    return KOREAN if language == "ko" else {}


def pytest_gradcheck_report_writers():
    return {"ids": lambda results: {"ids.txt": " ".join(s["id"] for s in results["submissions"])}}
"""

TESTS = """
import pytest


@pytest.mark.points(1)
def test_spring(learner, gradcheck):
    gradcheck.values(learner, "spring")


@pytest.mark.points(2)
def test_energy(learner, gradcheck):
    gradcheck.values(learner, "energy")


@pytest.mark.points(3)
def test_force(learner, gradcheck):
    gradcheck.values(learner, "force")
"""

SOLUTION = '''"""An oscillator."""


def spring(x):
    """Return x²."""
    return x * x


def energy(x, k):
    """Return the energy."""
    return k * spring(x) / 2


def force(x, k):
    """Return the force."""
    return -k * x
'''

Install = Callable[..., Path]


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Speak English, and forget the courses that a test makes known."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GRADCHECK_LANG", "en")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    yield
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]  # the next test installs its own
    use_problems(None)
    use_mistakes(None)
    i18n.use_words({})
    i18n.activate("en")


def write_exercises(folder: Path, conftest: str = "") -> Path:
    """Write the course's exercises, stubs for the solution beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test_oscillator.py").write_text(TESTS, encoding="utf-8")
    if conftest:
        (folder / "conftest.py").write_text(conftest, encoding="utf-8")
    return folder


def write_submission(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the solution with some texts changed."""
    text = SOLUTION
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "oscillator.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that installs a course as a distribution with an entry point."""

    def install(code: str = COURSE, name: str = "oscillator_course", entry: str = "") -> Path:
        site = tmp_path / "site"
        metadata = site / f"{name}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (site / f"{name}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        (metadata / "METADATA").write_text(text, encoding="utf-8")
        points = f"[gradcheck_kit]\n{entry or name} = {name}\n"
        (metadata / "entry_points.txt").write_text(points, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)
        monkeypatch.syspath_prepend(str(site))
        return site

    return install
