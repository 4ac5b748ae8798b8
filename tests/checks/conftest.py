"""Judging small learner modules, in this process and in worker processes."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner.learner import Learner
from gradcheck_kit.problems import get_problem

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"


@pytest.fixture
def judge(learner_in: Callable[[Path], Learner], tmp_path: Path) -> Callable[..., Judge]:
    """Return a function that makes the judge of a module whose source is given."""

    def judge(
        source: str | bytes,
        problem: str = "network",
        *,
        on_solution: bool = True,
        helpers: dict[str, str] | None = None,
        seed: int = 0,
    ) -> Judge:
        # What is appended to the solution replaces functions of it.
        if isinstance(source, str):
            base = (SOLUTIONS / f"{problem}.py").read_text(encoding="utf-8") if on_solution else ""
            source = (base + "\n\n" + dedent(source)).encode()
        folder = tmp_path / "learner"
        folder.mkdir(exist_ok=True)
        (folder / f"{problem}.py").write_bytes(source)
        for name, text in (helpers or {}).items():
            (folder / name).write_text(dedent(text), encoding="utf-8")
        return Judge(learner_in(folder), get_problem(problem), seed)

    return judge
