"""Who is to blame: judged again on right lower functions, whatever style the code has."""

from collections.abc import Callable

import pytest

from gradcheck_kit.checks.substitution import Judge

JudgeOf = Callable[..., Judge]
WRONG_SIGMOID = "def sigmoid(z): return 1 / (1 + math.exp(z))\n"
WRONG_PRIME = "def sigmoid_prime(z): return sigmoid(z) * (1 + sigmoid(z))\n"


def outcomes(judging: Judge) -> dict[str, str]:
    """Return the outcome of every function."""
    names = [function.name for function in judging.problem.functions]
    return {name: judging.verdict(name).outcome for name in names}


def blamed(judging: Judge) -> list[str]:
    """Return the blamed functions in order."""
    names = [function.name for function in judging.problem.functions]
    return [name for name in names if judging.verdict(name).blamed]


def test_right_functions_on_a_wrong_one_follow_through(judge: JudgeOf) -> None:
    """They earn their points, and say what to mend first."""
    judging = judge(WRONG_SIGMOID)
    assert blamed(judging) == ["sigmoid"]
    assert outcomes(judging)["sigmoid"] == "wrong"
    for name in ("sigmoid_prime", "forward", "backward", "train"):
        verdict = judging.verdict(name)
        assert verdict.outcome in ("follow_through", "passed"), name
        if verdict.outcome == "follow_through":
            assert verdict.mend_first == ("sigmoid",)
            assert verdict.is_right
    assert judging.verdict("forward").outcome == "follow_through"
    assert judging.verdict("loss").outcome == "passed"


def test_two_mistakes_on_top_of_each_other_are_both_blamed(judge: JudgeOf) -> None:
    """A wrong function over a wrong one is wrong of its own."""
    judging = judge(WRONG_SIGMOID + WRONG_PRIME)
    assert blamed(judging) == ["sigmoid", "sigmoid_prime"]
    assert judging.verdict("backward").outcome == "follow_through"
    assert judging.verdict("backward").mend_first == ("sigmoid", "sigmoid_prime")


def test_a_right_function_over_a_wrong_one_it_does_not_use_passes(judge: JudgeOf) -> None:
    """Self-contained code is judged as it is."""
    judging = judge(
        WRONG_SIGMOID + "def sigmoid_prime(z): return 1 / (2 + math.exp(-z) + math.exp(z))\n"
    )
    assert judging.verdict("sigmoid_prime").outcome == "passed"


def test_wrong_lower_functions_that_cancel_leave_the_upper_one_passed(judge: JudgeOf) -> None:
    """What is right as handed in is never blamed, even where it would fail on stand-ins."""
    code = """
    def sigmoid(z): return 2 / (1 + math.exp(-z)) if z < 700 else 2.0
    def sigmoid_prime(z): return 0.5 * sigmoid(z) * (1 - 0.5 * sigmoid(z))
    """
    judging = judge(code)
    assert judging.verdict("sigmoid").blamed
    assert judging.verdict("sigmoid_prime").outcome == "passed"
    assert not judging.verdict("sigmoid_prime").blamed


def test_a_caller_of_a_stub_is_not_a_stub(judge: JudgeOf) -> None:
    """NotImplementedError from a called stub does not make the caller "not started"."""
    judging = judge("def sigmoid(z): raise NotImplementedError('to do')\n")
    found = outcomes(judging)
    assert found["sigmoid"] == "not_started"
    for name in ("sigmoid_prime", "forward", "backward", "train"):
        assert found[name] == "follow_through", name
        assert judging.verdict(name).mend_first[0] == "sigmoid"
    assert found["loss"] == found["update"] == "passed"
    assert blamed(judging) == []


def test_a_wrong_caller_of_a_stub_is_blamed(judge: JudgeOf) -> None:
    """It has been judged on a right lower function, and is wrong there."""
    code = "def sigmoid(z): raise NotImplementedError\n" + WRONG_PRIME
    judging = judge(code)
    assert judging.verdict("sigmoid_prime").outcome == "raised"
    assert blamed(judging) == ["sigmoid_prime"]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("del sigmoid", "missing"),
        ("sigmoid = 3", "invalid"),
        ("def sigmoid(z): return None", "invalid"),
        ("def sigmoid(z): return 1 / 0", "raised"),
        ("def sigmoid(z, k): return 1.0", "invalid"),
        ("def sigmoid(z): print(1 / (1 + math.exp(-z)))", "invalid"),
        ("def sigmoid(z): return str(z)", "invalid"),
    ],
)
def test_whatever_is_wrong_below_the_callers_are_judged(
    judge: JudgeOf, code: str, outcome: str
) -> None:
    """A lower function that is missing, raises or returns rubbish holds nobody up."""
    judging = judge(code)
    assert judging.verdict("sigmoid").outcome == outcome
    for name in ("sigmoid_prime", "forward", "backward", "train"):
        assert judging.verdict(name).outcome == "follow_through", name


CLASS_CODE = """
class Network:
    def sigmoid(self, z):
        return {sigmoid}
    def sigmoid_prime(self, z):
        s = self.sigmoid(z)
        return s * (1 - s)
    def forward(self, x, w1, w2):
        z1 = w1 * x
        a1 = self.sigmoid(z1)
        z2 = w2 * a1
        return z1, a1, z2, self.sigmoid(z2)
    def backward(self, x, t, w1, w2):
        z1, a1, z2, y = self.forward(x, w1, w2)
        d = (y - t) * self.sigmoid_prime(z2)
        return d * {link} * self.sigmoid_prime(z1) * x, d * a1
net = Network()
sigmoid, sigmoid_prime = net.sigmoid, net.sigmoid_prime
forward, backward = net.forward, net.backward
"""


def test_methods_on_a_wrong_method_cannot_be_judged_yet(judge: JudgeOf) -> None:
    """Nothing can be replaced inside a class, so a lower mistake excuses the callers."""
    judging = judge(CLASS_CODE.format(sigmoid="1 / (1 + math.exp(z))", link="w2"))
    assert blamed(judging) == ["sigmoid"]
    for name in ("forward", "backward"):
        verdict = judging.verdict(name)
        assert verdict.outcome == "wrong"
        assert verdict.mend_first == ("sigmoid",) or "sigmoid" in verdict.mend_first
        assert not verdict.is_right


def test_methods_on_right_methods_pass_or_are_blamed(judge: JudgeOf) -> None:
    """With a right sigmoid the same class passes, and a wrong link in it is blamed."""
    right = "1 / (1 + math.exp(-z))"
    assert blamed(judge(CLASS_CODE.format(sigmoid=right, link="w2"))) == []
    judging = judge(CLASS_CODE.format(sigmoid=right, link="1"))
    assert blamed(judging) == ["backward"]


def test_a_wrong_function_that_calls_nothing_is_blamed_beside_a_wrong_sigmoid(
    judge: JudgeOf,
) -> None:
    """Only lower functions that do run excuse a caller."""
    code = (
        WRONG_SIGMOID
        + """
def backward(x, t, w1, w2):
    def s(z): return 1 / (1 + math.exp(-z))
    a1 = s(w1 * x)
    y = s(w2 * a1)
    d = (y - t) * y * (1 - y)
    return d * a1 * (1 - a1) * x, d * a1
"""
    )
    judging = judge(code)
    assert blamed(judging) == ["sigmoid", "backward"]
    assert judging.verdict("backward", "w1").mend_first == ()
    assert judging.verdict("backward", "w2").outcome == "passed"


NAMED = """
import collections
Pass = collections.namedtuple("Pass", "z1 a1 z2 y")
_right = forward
def forward(x, w1, w2):
    return Pass(*_right(x, w1, w2))
def backward(x, t, w1, w2):
    p = forward(x, w1, w2)
    d = (p.y - t) * sigmoid_prime(p.z2)
    return d * {link} * sigmoid_prime(p.z1) * x, d * p.a1
"""


def test_code_that_reads_a_named_tuple_is_not_blamed_for_a_stand_ins_tuple(
    judge: JudgeOf,
) -> None:
    """It fails on a plain tuple for a reason that is no mistake."""
    judging = judge(WRONG_SIGMOID + NAMED.format(link="w2"))
    verdict = judging.verdict("backward")
    assert verdict.outcome == "wrong"
    assert not verdict.blamed
    assert "sigmoid" in verdict.mend_first
    assert blamed(judging) == ["sigmoid"]


def test_named_tuples_are_fine_where_nothing_else_is_wrong(judge: JudgeOf) -> None:
    """Right code passes as handed in, and a wrong link is blamed although stand-ins fail."""
    assert blamed(judge(NAMED.format(link="w2"))) == []
    assert outcomes(judge(NAMED.format(link="w2")))["backward"] == "passed"
    assert blamed(judge(NAMED.format(link="1"))) == ["backward"]


def test_an_extra_switch_of_a_learners_own_function_works_on_stand_ins(judge: JudgeOf) -> None:
    """sigmoid(z, derivative=True) is another function than the one that is replaced."""
    code = """
    def sigmoid(z, derivative=False):
        s = 1 / (1 + math.exp(-z)) if z > -700 else 0.0
        return s * (1 - s) if derivative else s
    def sigmoid_prime(z): return sigmoid(z, derivative=True)
    def forward(x, w1, w2):
        z1 = w1 * x
        a1 = sigmoid(z1)
        z2 = w2 * a1
        return z1, a1, z2, {y}
    def backward(x, t, w1, w2):
        z1, a1, z2, y = forward(x, w1, w2)
        d = (y - t) * sigmoid(z2, True)
        return d * w2 * sigmoid(z1, derivative=True) * x, d * a1
    """
    assert blamed(judge(code.replace("{y}", "sigmoid(z2, False)"))) == []
    judging = judge(code.replace("{y}", "z2"))
    assert blamed(judging) == ["forward"]
    assert judging.verdict("backward").outcome == "follow_through"


def test_keywords_of_the_learners_own_names_work_on_stand_ins(judge: JudgeOf) -> None:
    """Lower functions may be called by keywords that the reference does not know."""
    code = """
    def sigmoid(number): return 1 / (1 + math.exp(number))
    def forward(입력, weight1, weight2):
        z1 = weight1 * 입력
        a1 = sigmoid(number=z1)
        z2 = weight2 * a1
        return z1, a1, z2, sigmoid(number=z2)
    def sigmoid_prime(number): return sigmoid(number=number) * sigmoid(number=-number)
    def backward(x, t, w1, w2):
        z1, a1, z2, y = forward(weight2=w2, weight1=w1, 입력=x)
        d = (y - t) * sigmoid_prime(number=z2)
        return d * w2 * sigmoid_prime(number=z1) * x, d * a1
    """
    judging = judge(code)
    assert blamed(judging) == ["sigmoid"]
    assert judging.verdict("forward").outcome == "follow_through"
    assert judging.verdict("backward").outcome == "follow_through"


def test_scalar_stand_ins_take_numpy_scalars_and_arrays(judge: JudgeOf) -> None:
    """Code that computes with NumPy inside the scalar level works on stand-ins."""
    code = (
        WRONG_SIGMOID
        + """
import numpy as np
def forward(x, w1, w2):
    z1 = np.float64(w1) * x
    a1 = sigmoid(z1)
    z2 = w2 * np.asarray(a1)
    return z1, a1, z2, sigmoid(z2)
"""
    )
    judging = judge(code)
    assert judging.verdict("forward").outcome == "follow_through"


def test_functions_imported_under_their_names_are_replaced_where_they_are_used(
    judge: JudgeOf,
) -> None:
    """A helper module keeps its own sigmoid; what network.py calls by name is replaced."""
    judging = judge(
        """
        import math
        from helper import sigmoid
        def sigmoid_prime(z): return sigmoid(z) * sigmoid(-z)
        """,
        on_solution=False,
        helpers={"helper.py": "import math\ndef sigmoid(z): return 1 / (2 + math.exp(-z))"},
    )
    assert judging.verdict("sigmoid").outcome in ("wrong", "raised")
    assert judging.verdict("sigmoid_prime").outcome == "follow_through"


def test_a_stand_in_that_is_used_again_later_leaves_no_trace(judge: JudgeOf) -> None:
    """Judging in another order gives the same verdicts: every judgement has a fresh copy."""
    forwards = judge(WRONG_SIGMOID + WRONG_PRIME)
    expected = outcomes(forwards)
    backwards = judge(WRONG_SIGMOID + WRONG_PRIME)
    for name in reversed(list(expected)):
        assert backwards.verdict(name).outcome == expected[name]


def test_batch_code_follows_through_as_well(judge: JudgeOf) -> None:
    """The same rules hold on matrices, and shape mistakes below do not hold anybody up."""
    judging = judge("def forward(X, W1, W2): return X @ W1\n", "batch")
    assert blamed(judging) == ["forward"]
    assert judging.verdict("forward").outcome == "invalid"
    assert judging.verdict("backward").outcome == "follow_through"
    assert judging.verdict("train").outcome == "follow_through"


def test_the_worst_return_speaks_for_a_function(judge: JudgeOf) -> None:
    """Asked without wrt, a function is as wrong as the worst of its returns."""
    judging = judge("_r = backward\ndef backward(*a): return _r(*a)[0], 2 * _r(*a)[1]")
    assert judging.verdict("backward", "w1").outcome == "passed"
    assert judging.verdict("backward", "w2").outcome == "wrong"
    assert judging.verdict("backward").outcome == "wrong"
    assert judging.verdict("backward", "grad_w2") is judging.verdict("backward", "w2")
