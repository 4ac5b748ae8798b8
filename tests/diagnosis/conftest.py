"""Solutions in which one function makes a mistake."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner.inprocess import InProcessLearner
from gradcheck_kit.learner.watchdog import Watchdog
from gradcheck_kit.problems import get_problem

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"
IMPORTS = "import math\nfrom typing import Any\nimport numpy as np\n"

Planted = Callable[..., Judge]


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """Return a function that judges a solution whose functions are replaced by sources."""

    def planted(
        problem: str, sources: dict[str, str], constant: float | None = None, seed: int = 0
    ) -> Judge:
        text = (SOLUTIONS / f"{problem}.py").read_text(encoding="utf-8")
        lines = text.split("\n")
        nodes = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
        for node in reversed(nodes):
            if node.name in sources:
                lines[node.lineno - 1 : node.end_lineno] = sources[node.name].split("\n")
        folder = tmp_path / "learner"
        folder.mkdir(exist_ok=True)
        code = f"{IMPORTS}nan = float('nan')\nCONSTANT = {constant!r}\n" + "\n".join(lines)
        (folder / f"{problem}.py").write_text(code, encoding="utf-8")
        learner = InProcessLearner("exercises", folder, Watchdog())
        return Judge(learner, get_problem(problem), seed)

    return planted
