"""Real mistakes are named; right code, and mistakes that nobody knows, get no name."""

import json
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.diagnosis.diagnose import contradictions, diagnose
from gradcheck_kit.diagnosis.messages import Place, brief, describe
from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.diagnosis.records import NOTHING
from gradcheck_kit.i18n import spoken
from gradcheck_kit.problems import get_problem
from gradcheck_kit.problems.problem import Problem

ROOT = Path(__file__).resolve().parents[2]
SUBMISSIONS = ROOT / "tests" / "submissions"
MISTAKES = json.loads((SUBMISSIONS / "mistakes" / "index.json").read_text(encoding="utf-8"))
CORRECT = sorted(path.name for path in (SUBMISSIONS / "correct").iterdir())
LEVELS = {"w": "warmup", "s": "network", "b": "batch"}
# It stops with an IndexError before anything of the numerical gradient can be seen.
NOT_TO_BE_SEEN = {"case_50": {"bw-numeric-cheat"}}


def ids_of(judge):
    found = {}
    for function in judge.problem.functions:
        diagnosis = diagnose(judge, function.name)
        found.update(dict.fromkeys(diagnosis.ids, function.name))
    return found


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("case", MISTAKES)
def test_real_mistakes_are_named_in_full(learner_in, case, seed):
    """All that people really did wrong there, at the functions that are to blame."""
    facts = MISTAKES[case]
    judge = Judge(learner_in(SUBMISSIONS / "mistakes" / case), get_problem(facts["level"]), seed)
    found = ids_of(judge)
    wanted = set(facts["misconceptions"]) - NOT_TO_BE_SEEN.get(case, set())
    assert wanted <= set(found)
    assert {f"{facts['level']}.{name}" for name in found.values()} <= set(facts["blame"])


@pytest.mark.parametrize("name", CORRECT)
def test_right_code_gets_no_diagnosis(learner_in, name):
    """Nothing is recognised where nothing is wrong."""
    judge = Judge(learner_in(SUBMISSIONS / "correct" / name), get_problem(LEVELS[name[0]]), 0)
    assert ids_of(judge) == {}


@pytest.mark.parametrize("problem", LEVELS.values())
def test_solutions_get_no_diagnosis(learner_in, problem):
    """The solutions are plainly right."""
    assert ids_of(Judge(learner_in(ROOT / "solutions"), get_problem(problem), 0)) == {}


def test_functions_above_a_wrong_one_get_no_diagnosis(planted):
    """backward is right on top of a right sigmoid: what is named is sigmoid's mistake."""
    wrong = "def sigmoid(z):\n    return 1 / (1 + math.exp(z))"
    assert ids_of(planted("network", {"sigmoid": wrong})) == {"sig-exp-sign": "sigmoid"}


# What nobody knows

UNKNOWN = {
    "a formula of its own": ("network", "loss", "return (y_pred - y_true) ** 4 + y_pred"),
    "a sum in a gradient": (
        "network", "backward",
        """
        z1, a1, z2, y_pred = forward(x, w1, w2)
        delta2 = (y_pred - y_true) * sigmoid_prime(z2)
        return delta2 * (w2 + x) * sigmoid_prime(z1) * x, delta2 * a1
        """,
    ),
    "always an error": ("network", "update", "return w - lr * gradient"),
    "noise": (
        "network", "backward",
        """
        grads = forward(x, w1, w2)
        return grads[0] * 1.37 + grads[1] ** 2, math.sin(x * 37)
        """,
    ),
    "another activation": (
        "batch", "sigmoid", "return np.maximum(0.1 * np.asarray(z), np.asarray(z)) ** 2"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_mistake_that_nobody_knows_has_no_name(planted, case):
    """The kit says what is wrong and guesses nothing."""
    problem, function, body = UNKNOWN[case]
    parameters = ", ".join(get_problem(problem).function(function).parameters)
    lines = dedent(body).strip().split("\n")
    source = f"def {function}({parameters}):\n" + "\n".join(f"    {line}" for line in lines)
    judge = planted(problem, {function: source})
    assert judge.verdict(function).blamed
    diagnosis = diagnose(judge, function)
    assert diagnosis.ids == ()
    verdict = judge.verdict(function)
    place = Place(f"{problem}.py", ".", "The general hint.")
    with spoken("en"):
        text = describe(verdict, get_problem(problem), place, diagnosis)
    assert "mistake" not in text
    assert ("The general hint." in text) == (verdict.outcome == "wrong")


def backward(*lines):
    body = "".join(f"    {line}\n" for line in lines)
    return (
        "def backward(x, y_true, w1, w2):\n"
        "    z1, a1, z2, y_pred = forward(x, w1, w2)\n"
        "    e, s1, s2 = y_pred - y_true, sigmoid_prime(z1), sigmoid_prime(z2)\n"
        f"{body}"
    )


def message(judge, function, wrt=None):
    verdict = judge.verdict(function, wrt)
    diagnosis = diagnose(judge, function)
    if wrt is not None:
        diagnosis = diagnosis.only(judge.problem.function(function).return_named(wrt).name)
    place = Place(judge.problem.file, ".", "The general hint.")
    with spoken("en"):
        return (
            describe(verdict, judge.problem, place, diagnosis),
            brief(verdict, judge.problem, place, diagnosis),
        )


def test_links_without_a_name_are_described(planted):
    """Combinations that no list foresees still show which links are off."""
    judge = planted(
        "network", {"backward": backward("return -2 * e * s2 * w2 ** 3 * x ** 2 / s1, e * s2 * a1")}
    )
    assert diagnose(judge, "backward").ids == ()
    text, short = message(judge, "backward", "w1")
    assert short == (
        "In grad_w1: w2 is there 2 times too often; it is divided by σ'(z1) instead of "
        "multiplied; x is there twice; the sign is wrong; an extra factor 2"
    )
    assert "  chain     ✓ (y_pred − y_true) · ✓ σ'(z2) · ✗ w2 · ✗ σ'(z1) · ✗ x" in text
    assert "The general hint." in text


def test_each_gradient_has_its_own_names(planted):
    """Two mistakes, one in each gradient: the test of w1 tells only of its own."""
    judge = planted("network", {"backward": backward("return e * s2 * w2 * s1, -e * s2 * a1")})
    found = diagnose(judge, "backward")
    assert found.ids == ("bw-w1-missing-x", "bw-w2-sign")
    assert found.only("grad_w2").ids == ("bw-w2-sign",)
    text, short = message(judge, "backward", "w2")
    assert short == "grad_w2 has the wrong sign"
    assert "lacks" not in text


def test_two_mistakes_in_one_gradient_are_both_named(planted):
    """The message shows both, and one hint."""
    judge = planted("network", {"backward": backward("return e * s2 * w2 * x, e * s2 * a1 * a1")})
    assert diagnose(judge, "backward").ids == ("bw-w1-missing-sp1", "bw-w2-dup-a1")
    judge = planted("network", {"backward": backward("return -e * s2 * w2 * s1, e * s2 * a1")})
    text, _short = message(judge, "backward", "w1")
    assert text.count("  mistake ") == 2
    assert text.count("  hint ") == 1


def test_mistakes_that_look_the_same_are_both_named(planted):
    """The words say "or": nobody can tell which it was."""
    wrong = "def sigmoid_prime(z):\n    return z * (1 - z)"
    judge = planted("network", {"sigmoid_prime": wrong})
    assert set(diagnose(judge, "sigmoid_prime").ids) == {"sp-raw-z", "sp-expects-activation"}
    assert "; or: " in message(judge, "sigmoid_prime")[0].replace("\n            ", " ")


def test_sizes_say_what_a_matrix_gradient_is_too_large_by(planted):
    """A ratio that follows the shapes is told as a product of sizes."""
    wrong = (
        "def backward(X, Y_true, W1, W2):\n"
        "    Z1, A1, Z2, Y_pred = forward(X, W1, W2)\n"
        "    D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / len(X)\n"
        "    D1 = (D2 @ W2.T) * sigmoid_prime(Z1)\n"
        "    return X.T @ D1 * len(X) ** 2 / W2.shape[1], A1.T @ D2\n"
    )
    judge = planted("batch", {"backward": wrong})
    assert diagnose(judge, "backward").ids == ()
    _text, short = message(judge, "backward", "W1")
    assert short == "grad_W1 is n^2/k times what is right"


def test_links_of_a_matrix_gradient_are_found_entry_by_entry(planted):
    """With one row and one output every entry is a product, and its links show."""
    wrong = (
        "def backward(X, Y_true, W1, W2):\n"
        "    Z1, A1, Z2, Y_pred = forward(X, W1, W2)\n"
        "    D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / len(X)\n"
        "    D1 = (D2 @ W2.T) * sigmoid_prime(Z1) ** 2\n"
        "    return X.T @ D1, A1.T @ D2\n"
    )
    judge = planted("batch", {"backward": wrong})
    text, short = message(judge, "backward", "W1")
    assert short == "In grad_W1, with one row and one output: σ'(Z1) is there twice"
    assert "✗ σ'(Z1)" in text


def test_a_note_on_numerical_differentiation_has_its_name(planted):
    """Right values keep their points; the results say how they were found."""
    wrong = (
        "def sigmoid_prime(z):\n"
        "    h = 1e-5\n"
        "    return (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)\n"
    )
    judge = planted("network", {"sigmoid_prime": wrong})
    assert judge.verdict("sigmoid_prime").outcome == "passed"
    assert judge.verdict("sigmoid_prime").notes == ("numeric-differentiation",)
    assert diagnose(judge, "sigmoid_prime").ids == ("numeric",)


def test_missing_functions_have_no_diagnosis(planted):
    """Not started is no mistake."""
    stub = "def loss(y_pred, y_true):\n    raise NotImplementedError"
    assert diagnose(planted("network", {"loss": stub}), "loss") == NOTHING


# What an author can get wrong


@pytest.mark.parametrize("problem", LEVELS.values())
def test_the_kits_own_problems_do_not_contradict_themselves(problem):
    """Factors multiply to the references, and every wrong version can be made."""
    assert list(contradictions(get_problem(problem), 0)) == []


def test_factors_that_do_not_multiply_to_the_reference_are_found():
    """A chain without one of its links is refused, with the function's name."""
    network = get_problem("network")
    backward_ = network.function("backward")
    chain = dict(backward_.chains["grad_w2"])
    chain.popitem()
    wrong = replace(backward_, chains={**backward_.chains, "grad_w2": chain})
    functions = tuple(wrong if f is backward_ else f for f in network.functions)
    (found,) = contradictions(Problem("network", functions), 0)
    assert found[0] == "backward"
    assert "grad_w2" in found[1]


def test_words_for_links_that_do_not_exist_are_found(monkeypatch):
    """A misconception that names an unknown factor, or changes text that is not there."""
    entries = (
        Misconception("a", "A", "B", "C", links={"grad_w1": {"w3": -1}}),
        Misconception("b", "A", "B", "C", change=(("no such text", ""),)),
    )
    monkeypatch.setattr(
        "gradcheck_kit.diagnosis.diagnose.misconceptions",
        lambda problem, function: entries if function == "backward" else (),
    )
    found = list(contradictions(get_problem("network"), 0))
    assert [name for name, _text in found] == ["backward", "backward"]
    assert "'w3' is no factor" in found[0][1]
    assert "no such text" in found[1][1]
