"""A course with annotations all through: what a type checker sees of the kit's public names."""

import random
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit import (
    Factor,
    Function,
    GradientReport,
    Misconception,
    Mistakes,
    Problem,
    Return,
    check_gradient,
)


def line(x: float, m: float, c: float) -> float:
    """Return m·x + c."""
    return m * x + c


def points(rng: random.Random) -> Sequence[tuple[float, float, float]]:
    """Draw ten points."""
    return [(rng.uniform(1, 2), rng.uniform(1, 2), rng.uniform(1, 2)) for _ in range(10)]


def size_of_x(x: float, m: float, c: float) -> float:
    """Return what a result may be too large by."""
    return x


LINE = Function(
    name="line",
    parameters=("x", "m", "c"),
    returns=(Return("y"),),
    reference=line,
    points=points,
    sizes=(Factor("x", size_of_x),),
)
NO_CONSTANT = Misconception(
    id="line-no-c", title="c is left out", hint="What is y where x is 0?", yours="y = m·x",
    change=(("m * x + c", "m * x"),),
)  # fmt: skip


def pytest_gradcheck_problems() -> Sequence[Problem]:
    """Return the course's problem."""
    return [Problem("line", (LINE,))]


def pytest_gradcheck_misconceptions() -> Mapping[str, Mistakes]:
    """Return its mistakes."""
    return {"line.line": Mistakes(right="y = m·x + c", entries=(NO_CONSTANT,))}


def pytest_gradcheck_translations(language: str) -> Mapping[str, str]:
    """Return its words."""
    return {"c is left out": "c가 빠졌어요"} if language == "ko" else {}


def squares(w: NDArray[np.float64]) -> float:
    """Return Σ w²."""
    return float(np.sum(w**2))


def worst_error() -> float:
    """Check a gradient and return how far off its worst entry is."""
    w = np.array([0.5, -1.5])
    report: GradientReport = check_gradient(squares, 2 * w, w)
    return max(abs(entry.analytic - entry.numerical) for entry in report.entries)
