"""How a function is asked: often enough, in an order that nobody can foresee, one point twice."""

from pathlib import Path

import pytest

from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner.isolated import IsolatedLearner
from gradcheck_kit.problems import get_problem, problem_names

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = [(name, f.name) for name in problem_names() for f in get_problem(name).functions]


@pytest.mark.parametrize(("problem", "function"), FUNCTIONS)
@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_at_least_eight_points_carry_the_points(problem, function, seed):
    """One lucky constant must not pass."""
    found = get_problem(problem)
    points = found.points(found.function(function), seed)
    assert len(points) >= 8
    assert len({repr(point) for point in points}) >= 8


def calls_of(folder, pool, seed):
    """Judge a loss that raises its arguments; return the points in the order of the calls."""
    source = (ROOT / "solutions" / "network.py").read_text(encoding="utf-8")
    source += (
        "\nasked = []\ndef loss(p, t):\n    asked.append((p, t))\n    return float(len(asked))\n"
    )
    (folder / "network.py").write_text(source, encoding="utf-8")
    learner = IsolatedLearner("kim", folder, pool)
    try:
        judge = Judge(learner, get_problem("network"), seed)
        judge.verdict("loss")
        examination = judge.observed("loss")[0]
        return [arguments for arguments, _ in examination.calls], examination
    finally:
        learner.close()


def test_the_order_of_the_calls_is_drawn(tmp_path, pool):
    """Findings come simplest first all the same; the first point is asked again at the end."""
    points, examination = calls_of(tmp_path, pool, 7)
    assert points[:-1] == get_problem("network").points(get_problem("network").function("loss"), 7)
    assert points[-1] == points[0]
    places = [int(result.value) - 1 for _, result in examination.calls]
    assert places != sorted(places)
    assert (places[0], places[-1]) == (0, len(places) - 1)
    assert [places[at] for at in examination.order] == sorted(places)


def test_another_seed_is_another_order(tmp_path, pool):
    """Nobody can learn it from an earlier grading; the same seed repeats it."""
    orders = [calls_of(tmp_path, pool, seed)[1].order for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize("code", ["np.array([0.5])", "[0.5]", "np.zeros((1, 1))"])
def test_an_array_of_one_number_is_no_number(tmp_path, pool, code):
    """A (1,) array where a number is due is invalid."""
    source = (ROOT / "solutions" / "network.py").read_text(encoding="utf-8")
    source += f"\nimport numpy as np\n\ndef loss(p, t):\n    return {code}\n"
    (tmp_path / "network.py").write_text(source, encoding="utf-8")
    learner = IsolatedLearner("kim", tmp_path, pool)
    assert Judge(learner, get_problem("network"), 0).verdict("loss").outcome == "invalid"
    learner.close()
