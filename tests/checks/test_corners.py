"""Mistakes that show only in a corner, and who is blamed when a check does not reach one."""

from collections.abc import Callable

import pytest

from gradcheck_kit.checks.substitution import Judge

JudgeOf = Callable[..., Judge]

CORNERS = {
    "rounded step": ("network", "update", "return round(w - lr * grad, 6)"),
    "small rates only": ("network", "update", "return w - min(lr, 5) * grad"),
    "clipped gradient": ("network", "update", "return w - lr * max(-5, min(5, grad))"),
    "large gradients skipped": (
        "network", "update", "return w if abs(grad) > 3 else w - lr * grad",
    ),
    "rounded prediction": (
        "network", "loss", "return 0.5 * (round(y_pred, 3) - y_true) ** 2",
    ),
    "rounded loss": ("network", "loss", "return round(0.5 * (y_pred - y_true) ** 2, 7)"),
    "target at most 1": ("network", "loss", "return 0.5 * (y_pred - min(y_true, 1)) ** 2"),
    "target clipped": ("batch", "loss", "return _right(Y_pred, np.clip(Y_true, 0, 1))"),
    "rounded matrix": ("batch", "loss", "return _right(Y_pred.round(2), Y_true)"),
    "target clipped on the way back": (
        "batch", "backward", "return _right(X, np.clip(Y_true, 0.1, 0.9), W1, W2)",
    ),
}  # fmt: skip
PARAMETERS = {
    ("network", "update"): "w, grad, lr",
    ("network", "loss"): "y_pred, y_true",
    ("batch", "loss"): "Y_pred, Y_true",
    ("batch", "backward"): "X, Y_true, W1, W2",
}


@pytest.mark.parametrize("name", CORNERS)
@pytest.mark.parametrize("wrong", [True, False], ids=["wrong", "right"])
def test_a_mistake_in_a_corner_is_found(judge: JudgeOf, name: str, wrong: bool) -> None:
    """Targets beyond 0..1, large gradients and rates, and all digits; the right twin passes."""
    problem, function, body = CORNERS[name]
    parameters = PARAMETERS[problem, function]
    body = body if wrong else f"return _right({parameters})"
    code = f"import numpy as np\n_right = {function}\ndef {function}({parameters}):\n    {body}\n"
    verdict = judge(code, problem).verdict(function)
    assert verdict.outcome == ("wrong" if wrong else "passed")
    assert verdict.blamed is wrong


def test_a_mistake_that_no_check_of_its_own_reaches_is_named(judge: JudgeOf) -> None:
    """train shows that something below is wrong: the one stand-in that mends it says what."""
    judging = judge(
        """
        def update(w, grad, lr):
            return w - lr * grad + (0.001 if lr == 8.0 else 0.0)
        """
    )
    assert judging.verdict("update").outcome == "passed"
    verdict = judging.verdict("train")
    assert verdict.outcome == "follow_through"
    assert verdict.mend_first == ("update",)


def test_callers_of_a_loop_do_not_wait_for_it_again(judge: JudgeOf) -> None:
    """One endless sigmoid costs one time-out, not five."""
    judging = judge("def loss(p, t):\n    while p == p: pass\n")
    assert judging.verdict("loss").outcome == "timed_out"
    assert judging.verdict("train").outcome == "follow_through"
    assert judging.verdict("train").mend_first == ("loss",)


def test_annotations_do_not_hide_the_parameters(judge: JudgeOf) -> None:
    """A long annotation says nothing about how a function can be called."""
    verdict = judge(
        """
        import numpy as np
        from numpy.typing import NDArray
        def loss(Y_pred: NDArray[np.float64]) -> float:
            return 0.0
        """,
        "batch",
    ).verdict("loss")
    assert verdict.finding is not None
    assert verdict.finding.facts["taken"] == "(Y_pred)"
