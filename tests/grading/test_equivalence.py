"""Survivors: the same values, to the last bit or to rounding, or an argument that shows more."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gradcheck_kit.grading.equivalence import Comparer, Comparison, many_arguments
from gradcheck_kit.problems import get_problem
from gradcheck_kit.problems.problem import Function, Problem, Return

ROOT = Path(__file__).resolve().parents[2]

Write = Callable[..., Path]
Compare = Callable[..., Comparison]


@pytest.fixture
def compare(write: Write) -> Iterator[Compare]:
    """Return a function that compares a solution with one where a function is redefined."""
    comparers = []

    def compare(code: str, function: str, problem: str = "network") -> Comparison:
        solution = write("solution/" + problem + ".py", file=f"{problem}.py").parent
        mutant = write("mutant/" + problem + ".py", code, file=f"{problem}.py").parent
        comparer = Comparer(solution, get_problem(problem), seed=3, count=400)
        comparers.append(comparer)
        return comparer.compare(mutant, function)

    yield compare
    for comparer in comparers:
        comparer.close()


@pytest.mark.parametrize(
    ("problem", "function", "code", "outcome"),
    [
        ("network", "loss", "", "identical"),
        ("network", "loss", "def loss(p, t): return (t - p) ** 2 / 2", "identical"),
        ("network", "loss", "def loss(p, t): return (p*p - 2*p*t + t*t) / 2", "rounding"),
        ("network", "sigmoid", "def sigmoid(z): return 1 / (1 + math.exp(-z))", "forgiven"),
        ("batch", "sigmoid", "def sigmoid(Z): return 1 / (1 + np.exp(-Z))", "forgiven"),
        ("batch", "update", "def update(W, g, lr): return W + -lr * g", "identical"),
        ("network", "loss", "def loss(p, t): return 0.5 * abs(p - t) ** 1.9", "differs"),
        ("network", "loss", "def loss(p, t): return None", "differs"),
        ("network", "loss", "def loss(p, t): return 0.5 * (p - t) ** 2 if t else 1", "differs"),
        ("network", "loss", "def loss(p, t): raise ValueError", "differs"),
        ("network", "loss", "import os\ndef loss(p, t): os._exit(1)", "differs"),
        ("network", "sigmoid", "def sigmoid(z): return [][0] if z > 700 else 0.0", "differs"),
        ("network", "update", "def update(w, g, lr): return round(w - lr * g, 9)", "differs"),
        ("network", "forward", "def forward(x, w1, w2): return 1.0", "differs"),
        ("batch", "loss", "def loss(P, T): return [0.5 * np.sum((P - T) ** 2)]", "differs"),
        ("batch", "update", "def update(W, g, lr):\n    W -= lr * g\n    return W", "differs"),
        (
            "batch",
            "update",
            "b = {}\ndef update(W, g, lr):\n    o = b.setdefault(W.shape, np.empty(W.shape))\n"
            "    o[:] = W - lr * g\n    return o",
            "differs",
        ),
        (
            "batch",
            "train",
            "_t = train\ndef train(X, Y, W1, W2, lr, n):\n    out = _t(X, Y, W1, W2, lr, n)\n"
            "    W1[:] = out[0]\n    return out",
            "forgiven",
        ),
    ],
)  # fmt: skip
def test_how_two_functions_compare(
    compare: Compare, problem: str, function: str, code: str, outcome: str
) -> None:
    """Values, their form, changed arguments, results that later calls change, exceptions."""
    assert compare(code, function, problem).outcome == outcome


def test_the_arguments_that_show_a_difference_are_given(compare: Compare) -> None:
    """With what came and what should have come: here the solution is right only below 5."""
    found = compare("def df_dx(x, y): return 2*x*y + 3*y + (y == 0)", "df_dx", "warmup")
    assert found.outcome == "differs"
    assert found.arguments is not None
    assert found.arguments[1] == 0
    assert (found.got, found.right) == (1, 0)
    assert found.tried == 400


def test_an_exception_is_named(compare: Compare) -> None:
    """In place of a value."""
    found = compare("def loss(p, t): return 1 / 0", "loss")
    assert found.got == "ZeroDivisionError"


def test_arguments_at_which_the_solution_is_not_at_home_do_not_count(
    write: Write,
) -> None:
    """They say nothing about a mutant."""
    picky = write("solution/network.py", "def loss(p, t):\n    return math.sqrt(t) * p").parent
    comparer = Comparer(picky, get_problem("network"), seed=3, count=400)
    try:
        found = comparer.compare(picky, "loss")
    finally:
        comparer.close()
    assert found.outcome == "identical"
    assert 100 < found.tried < 400


def test_special_arguments_go_beyond_the_probe_points() -> None:
    """Zeros, whole numbers, other magnitudes; the first half are probe points of other seeds."""
    problem = get_problem("network")
    function = problem.function("update")
    points = many_arguments(problem, function, 0, 1000)
    assert len(points) == 1000
    assert not {repr(p) for p in points[500:]} <= {repr(p) for p in points[:500]}
    weights = [abs(point[0]) for point in points[500:]]
    assert min(weights) == 0
    assert 0 < min(w for w in weights if w) < 1e-4
    assert all(point[2] > 0 for point in points)  # a learning rate stays positive


def test_steps_stay_whole_and_may_be_none() -> None:
    """Integers at every probe point are integers here."""
    problem = get_problem("batch")
    points = many_arguments(problem, problem.function("train"), 0, 200)
    assert {type(point[-1]) for point in points} == {int}
    assert 0 in {point[-1] for point in points}
    assert all(isinstance(point[0], np.ndarray) for point in points)


def test_callables_stay_and_a_seed_fixes_the_arguments() -> None:
    """The same seed, the same arguments; another one, others."""
    problem = get_problem("warmup")
    function = problem.function("chain_rule")
    points = many_arguments(problem, function, 4, 60)
    assert all(callable(point[0]) for point in points)
    assert repr(points) == repr(many_arguments(problem, function, 4, 60))
    assert repr(points) != repr(many_arguments(problem, function, 5, 60))


def test_what_is_zero_or_one_everywhere_stays_so():
    """A class is one-hot: other numbers there are no question to ask."""
    onehot = Function(
        "pick", ("P", "Y"), (Return("L"),), lambda P, Y: (P * Y).sum(),
        lambda rng: [(np.array([rng.random(), 0.3]), np.eye(2)[rng.randrange(2)])],
    )  # fmt: skip
    arguments = many_arguments(Problem("classes", (onehot,)), onehot, 0, 200)
    assert all(np.isin(Y, (0, 1)).all() and Y.sum() == 1 for _P, Y in arguments)
    assert len({P.tobytes() for P, _Y in arguments}) > 100
