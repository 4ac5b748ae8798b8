"""points and problem: right and wrong use, hidden tests, tests of an author's own."""

from collections.abc import Callable
from typing import Any

import pytest

Recorded = Callable[[], list[dict[str, Any]]]
Append = Callable[..., None]

WRONG_LOSS = "def loss(p, t): return (p - t) ** 2"


@pytest.fixture
def run(
    pytester: pytest.Pytester, append: Append, recorded: Recorded
) -> Callable[..., tuple[pytest.RunResult, list[dict[str, Any]]]]:
    """Return a function that runs a test file against network.py; it returns the results."""

    def run(
        tests: str, code: str = "", *options: str, name: str = "test_network.py"
    ) -> tuple[pytest.RunResult, list[dict[str, Any]]]:
        folder = pytester.path / "course"
        append(folder, code)
        (folder / name).write_text(f"import pytest\n\n{tests}", encoding="utf-8")
        return pytester.runpytest_inprocess("course", *options), recorded()

    return run


Run = Callable[..., tuple[pytest.RunResult, list[dict[str, Any]]]]


@pytest.mark.parametrize(
    "usage",
    [
        "points", "points()", "points('ten')", "points(-1)", "points(True)", "points(None)",
        "points(1, 2, 3)", "points(1, hide=True)", "points(1, n=2, hidden=True, x=1)",
        "points([1])", "points(float('nan'))",
    ],
)  # fmt: skip
def test_wrong_use_of_points_says_how_to_write_it(run: Run, usage: str) -> None:
    """The author is told, and the test does not pass by accident."""
    result, _ = run(
        f"@pytest.mark.{usage}\n"
        "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
    )
    assert result.ret != 0
    text = result.stdout.str() + result.stderr.str()
    assert "write @pytest.mark.points(n) or points(n, hidden=True)" in text
    assert "test_network.py::test_loss" in text


@pytest.mark.parametrize(
    ("usage", "points", "hidden"),
    [
        ("points(3)", 3.0, False),
        ("points(2.5)", 2.5, False),
        ("points(0)", 0.0, False),
        ("points(n=4)", 4.0, False),
        ("points(4, hidden=True)", 4.0, True),
        ("points(4, True)", 4.0, True),
    ],
)
def test_right_use_of_points(run: Run, usage: str, points: float, hidden: bool) -> None:
    """Numbers of points, also halves and none, by position or by name."""
    _, (found,) = run(
        f"@pytest.mark.{usage}\n"
        "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
    )
    assert (found["points"], found["max_points"], found["hidden"]) == (points, points, hidden)


def test_a_test_that_fails_earns_nothing(run: Run) -> None:
    """Points are for tests that pass."""
    result, (found,) = run(
        "@pytest.mark.points(3)\n"
        "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n",
        WRONG_LOSS,
    )
    assert result.ret == 1
    assert (found["points"], found["max_points"], found["outcome"]) == (0.0, 3.0, "wrong")
    assert found["function"] == "network.loss"


def test_points_of_a_class_or_a_module_hold_for_its_tests(run: Run) -> None:
    """The closest marker counts."""
    _, found = run(
        "pytestmark = pytest.mark.points(2)\n"
        "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
        "@pytest.mark.points(5)\n"
        "def test_update(learner, gradcheck): gradcheck.update(learner)\n"
    )
    assert [r["max_points"] for r in found] == [2.0, 5.0]


HIDDEN = (
    "@pytest.mark.points(3, hidden=True)\n"
    "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
)


@pytest.mark.parametrize(
    "isolate",
    [
        pytest.param(
            (),
        ),
        ("--gradcheck-isolate",),
    ],
)
@pytest.mark.parametrize(
    "code",
    [
        WRONG_LOSS,
        "def loss(p, t): raise ValueError(f'p was {p!r}')",
        "def loss(p, t): return [p, t]",
        "def loss(p, t): return str(p)",
    ],
)
def test_a_hidden_test_shows_neither_call_nor_values(
    run: Run, code: str, isolate: tuple[str, ...]
) -> None:
    """What a hidden test asks stays hidden, in every kind of failure."""
    result, (found,) = run(HIDDEN, code, *isolate)
    # Without the last line: the seconds that the run took are no secret.
    text = "\n".join([*result.outlines[:-1], found["message"], found["brief"]])
    assert "a hidden test does not pass" in text
    for secret in ("0.75", "0.25", "0.125", "y_pred=", "expected", "To repeat", "ValueError"):
        assert secret not in text, secret
    assert found["outcome"] in ("wrong", "raised", "invalid")


def test_a_hidden_test_does_not_print_what_it_asks(run: Run) -> None:
    """A learner's print must not give the arguments of a hidden test away."""
    result, _ = run(HIDDEN, "def loss(p, t):\n    print('asked for', p, t)\n    return p", "-rA")
    assert "asked for" not in result.stdout.str()


def test_a_hidden_test_that_passes_looks_like_any_other(run: Run) -> None:
    """And a stub is still "not started"."""
    result, (found,) = run(HIDDEN)
    assert result.ret == 0
    assert found["outcome"] == "passed"
    result, (found,) = run(HIDDEN, "def loss(p, t): raise NotImplementedError")
    assert found["outcome"] == "not_started"


def test_a_test_without_gradcheck_calls_is_scored_by_passing(run: Run) -> None:
    """Its function is null."""
    tests = (
        "@pytest.mark.points(3)\n"
        "def test_half(learner): assert learner.call('network.loss', 0.75, 0.25) == 0.125\n"
    )
    result, (found,) = run(tests)
    assert result.ret == 0
    assert (found["function"], found["points"], found["outcome"]) == (None, 3.0, "passed")
    result, (found,) = run(tests, WRONG_LOSS)
    assert result.ret == 1
    assert (found["function"], found["points"], found["outcome"]) == (None, 0.0, "wrong")


def test_a_stub_under_an_authors_own_test_is_not_started(run: Run) -> None:
    """learner.call meets a stub: no mistake, no points."""
    result, (found,) = run(
        "@pytest.mark.points(3)\n"
        "def test_half(learner): assert learner.call('network.loss', 0.75, 0.25) == 0.125\n",
        "def loss(p, t): raise NotImplementedError",
    )
    assert found["outcome"] == "not_started"
    assert "Traceback" not in result.stdout.str()


def test_follow_through_passes_with_its_points(run: Run) -> None:
    """The test passes, the outcome says why."""
    result, (found,) = run(
        "@pytest.mark.points(6)\ndef test_train(learner, gradcheck): gradcheck.training(learner)\n",
        WRONG_LOSS,
    )
    assert result.ret == 0
    assert (found["outcome"], found["points"]) == ("follow_through", 6.0)
    assert found["blamed"] is False


@pytest.mark.parametrize(
    ("code", "outcome", "function", "points"),
    [
        ("", "passed", "network.update", 4.0),
        (WRONG_LOSS, "wrong", "network.loss", 0.0),
        ("def update(w, g, lr): return w", "wrong", "network.update", 0.0),
        ("def sigmoid(z): return 0.5", "follow_through", "network.forward", 4.0),
    ],
)
def test_a_test_with_several_calls_passes_if_all_do(
    run: Run, code: str, outcome: str, function: str, points: float
) -> None:
    """The first that fails is told; a follow-through is told if nothing failed."""
    _, (found,) = run(
        "@pytest.mark.points(4)\n"
        "def test_all(learner, gradcheck):\n"
        "    gradcheck.values(learner, 'loss')\n"
        "    gradcheck.values(learner, 'forward')\n"
        "    gradcheck.update(learner)\n",
        code,
    )
    assert (found["outcome"], found["function"], found["points"]) == (outcome, function, points)


def test_a_failure_that_the_test_expects_is_none(run: Run) -> None:
    """pytest.raises around a check works, with the outcome on the exception."""
    result, (found,) = run(
        "from gradcheck_kit import GradcheckFailure\n"
        "@pytest.mark.points(4)\n"
        "def test_wrong_on_purpose(learner, gradcheck):\n"
        "    with pytest.raises(GradcheckFailure, match='loss') as caught:\n"
        "        gradcheck.values(learner, 'loss')\n"
        "    assert caught.value.outcome == 'wrong'\n"
        "    assert caught.value.file.endswith('network.py')\n"
        "    assert caught.value.line > 1\n",
        WRONG_LOSS,
    )
    assert result.ret == 0
    assert found["points"] == 4.0


def test_contract_does_not_mind_wrong_values(run: Run) -> None:
    """It is about form only, for one function or for all of a problem."""
    tests = (
        "def test_form(learner, gradcheck): gradcheck.contract(learner)\n"
        "def test_loss(learner, gradcheck): gradcheck.contract(learner, 'loss')\n"
    )
    result, _ = run(tests, WRONG_LOSS)
    result.assert_outcomes(passed=2)
    result, _ = run(tests, "def loss(p, t): return 'L'")
    result.assert_outcomes(failed=2)


def test_the_problem_marker_decides_over_the_files_name(run: Run) -> None:
    """A test file may be called anything."""
    tests = (
        "@pytest.mark.problem('network')\n@pytest.mark.points(1)\n"
        "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
    )
    result, (found,) = run(tests, name="test_week_3.py")
    assert result.ret == 0
    assert found["test"] == "test_week_3.py::test_loss"


def test_a_marker_that_a_conftest_adds_counts(pytester: pytest.Pytester, run: Run) -> None:
    """Also if it is added after the kit has sorted the tests."""
    (pytester.path / "course").mkdir(exist_ok=True)
    (pytester.path / "course" / "conftest.py").write_text(
        "import pytest\ndef pytest_collection_modifyitems(items):\n"
        "    for item in items: item.add_marker(pytest.mark.problem('network'))\n"
    )
    tests = "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
    result, (found,) = run(tests, name="test_part1.py")
    assert result.ret == 0
    assert found["function"] == "network.loss"


@pytest.mark.parametrize(
    ("marker", "body", "text"),
    [
        ("", "gradcheck.values(learner, 'loss')", "there is no problem called 'week_3'"),
        ("@pytest.mark.problem('networks')\n", "gradcheck.values(learner, 'loss')",
         "there is no problem called 'networks'"),
        ("@pytest.mark.problem()\n", "gradcheck.values(learner, 'loss')",
         "write @pytest.mark.problem('name')"),
        ("@pytest.mark.problem(3)\n", "gradcheck.values(learner, 'loss')",
         "write @pytest.mark.problem('name')"),
        ("@pytest.mark.problem('network')\n", "gradcheck.values(learner, 'lose')",
         "has no function 'lose'"),
        ("@pytest.mark.problem('network')\n", "gradcheck.gradient(learner, wrt='w3')",
         "has no return for wrt='w3'"),
        ("@pytest.mark.problem('warmup')\n", "gradcheck.gradient(learner)",
         "needs the function's name"),
    ],
)  # fmt: skip
def test_mistakes_of_an_author_are_told_to_the_author(
    run: Run, marker: str, body: str, text: str
) -> None:
    """Unknown problems, functions and gradients name those that exist."""
    result, _ = run(
        f"{marker}def test_something(learner, gradcheck): {body}\n", name="test_week_3.py"
    )
    assert result.ret != 0
    assert text in result.stdout.str() + result.stderr.str()


def test_parametrised_tests_keep_their_parameters_in_the_id(run: Run) -> None:
    """Without the submission, which is not part of the test's name."""
    _, found = run(
        "@pytest.mark.points(1)\n"
        "@pytest.mark.parametrize('name', ['loss', 'update'])\n"
        "def test_values(learner, gradcheck, name): gradcheck.values(learner, name)\n",
        "",
        "--submission=course", "--submission=course",
    )  # fmt: skip
    assert sorted({r["test"] for r in found}) == [
        "test_network.py::test_values[loss]",
        "test_network.py::test_values[update]",
    ]
    assert sorted(r["submission"] for r in found) == [0, 0, 1, 1]


def test_an_error_in_a_fixture_of_the_author_is_an_error(run: Run) -> None:
    """It is not the learner's mistake, and pytest shows it as usual."""
    result, _ = run(
        "@pytest.fixture\ndef data(): raise OSError('no data')\n"
        "@pytest.mark.points(1)\n"
        "def test_loss(learner, gradcheck, data): gradcheck.values(learner, 'loss')\n"
    )
    result.assert_outcomes(errors=1)
    assert "no data" in result.stdout.str()


def test_skipped_and_expected_failures_earn_nothing(run: Run) -> None:
    """pytest's own markers go on working beside ours."""
    result, found = run(
        "@pytest.mark.points(1)\n@pytest.mark.skip(reason='later')\n"
        "def test_one(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
        "@pytest.mark.points(1)\n@pytest.mark.xfail(reason='later')\n"
        "def test_two(learner, gradcheck): gradcheck.values(learner, 'loss')\n",
        WRONG_LOSS,
    )
    result.assert_outcomes(skipped=1, xfailed=1)
    assert sum(r["points"] for r in found) == 0.0
