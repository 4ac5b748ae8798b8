"""What else is told about a wrong gradient, update or training; it never decides."""

from collections.abc import Callable

import pytest

from gradcheck_kit.checks.substitution import Judge

JudgeOf = Callable[..., Judge]


def test_the_slope_of_the_learners_own_loss_is_told(judge: JudgeOf) -> None:
    """Right forward and loss: finite differences agree with what is expected."""
    code = "_r = backward\ndef backward(*a): return _r(*a)[0], 2 * _r(*a)[1]"
    finding = judge(code).verdict("backward", "w2").finding
    assert finding is not None
    assert finding.facts["own_slope"] == pytest.approx(finding.expected, rel=1e-5)


def test_a_wrong_loss_has_another_slope(judge: JudgeOf) -> None:
    """A backward that belongs to the learner's own wrong loss is wrong all the same."""
    code = """
    _r = backward
    def loss(p, t): return (p - t) ** 2
    def backward(*a): return tuple(2 * g for g in _r(*a))
    """
    verdict = judge(code).verdict("backward", "w1")
    assert verdict.outcome == "wrong"
    assert verdict.finding is not None
    assert verdict.finding.facts["own_slope"] == pytest.approx(verdict.finding.got, rel=1e-5)


def test_a_constant_loss_does_not_make_a_zero_gradient_right(judge: JudgeOf) -> None:
    """Consistency with one's own loss earns nothing."""
    code = "def loss(p, t): return 0.0\ndef backward(*a): return 0.0, 0.0"
    judging = judge(code)
    assert judging.verdict("backward").outcome == "wrong"
    assert judging.verdict("backward").blamed


@pytest.mark.parametrize(
    "code",
    [
        "def loss(p, t): raise ValueError",
        "def loss(p, t): return 'L'",
        "def forward(x, w1, w2): return 0.5",
        "def forward(x, w1, w2): return ()",
        "def forward(x, w1, w2): raise NotImplementedError",
        "del loss",
        "del forward",
    ],
)
def test_no_slope_is_told_where_there_is_none(judge: JudgeOf, code: str) -> None:
    """Whatever is wrong with forward and loss, the gradient is still judged."""
    code += "\ndef backward(x, t, w1, w2): return w1, w2"
    verdict = judge(code).verdict("backward")
    assert verdict.outcome == "wrong"
    assert verdict.finding is not None
    assert "own_slope" not in verdict.finding.facts


def test_the_slope_is_told_for_the_entry_of_a_matrix(judge: JudgeOf) -> None:
    """The entry that is shown is the one that is differentiated."""
    code = """
    _r = backward
    def backward(*a):
        g1, g2 = _r(*a)
        g1[-1, -1] *= 1.5
        return g1, g2
    """
    finding = judge(code, "batch").verdict("backward", "W1").finding
    assert finding is not None
    assert finding.entry.startswith("grad_W1[")
    assert finding.facts["own_slope"] == pytest.approx(finding.expected, rel=1e-5)
    assert finding.facts["wrong_entries"] == 1


def test_the_step_of_an_update_is_told(judge: JudgeOf) -> None:
    """By how much the weight moved, and by how much it should have."""
    finding = judge("def update(w, grad, lr): return w + lr * grad").verdict("update").finding
    assert finding is not None
    assert finding.arguments == (0.5, 0.2, 0.1)
    assert finding.facts["step"] == pytest.approx(0.02)
    assert finding.facts["right_step"] == pytest.approx(-0.02)


def test_the_first_wrong_loss_of_a_training_is_told(judge: JudgeOf) -> None:
    """Losses that are right until the weights have moved point at the step."""
    code = """
    def train(x, t, w1, w2, lr, steps):
        losses = []
        for _ in range(steps):
            losses.append(loss(forward(x, w1, w2)[3], t))
            w2 = update(w2, backward(x, t, w1, w2)[1], lr)
            w1 = update(w1, backward(x, t, w1, w2)[0], lr)
        return w1, w2, losses
    """
    finding = judge(code).verdict("train", "losses").finding
    assert finding is not None
    assert finding.facts["first_wrong_step"] == 1
    assert finding.facts["steps"] == finding.arguments[-1]  # type: ignore[index]


def test_losses_recorded_after_the_step_are_wrong_from_the_first_on(judge: JudgeOf) -> None:
    """One entry for each step, recorded before it."""
    code = """
    def train(x, t, w1, w2, lr, steps):
        losses = []
        for _ in range(steps):
            g1, g2 = backward(x, t, w1, w2)
            w1, w2 = update(w1, g1, lr), update(w2, g2, lr)
            losses.append(loss(forward(x, w1, w2)[3], t))
        return w1, w2, losses
    """
    judging = judge(code)
    finding = judging.verdict("train", "losses").finding
    assert finding is not None
    assert finding.facts["first_wrong_step"] == 0
    assert judging.verdict("train", "w1").outcome == "passed"
