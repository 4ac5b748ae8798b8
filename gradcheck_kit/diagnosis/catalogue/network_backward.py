"""Mistakes in network.backward."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·x,  ∂L/∂w2 = (y_pred − y_true)·σ'(z2)·a1"

MISCONCEPTIONS = (
    Misconception(
        id="bw-w1-missing-x",
        title=N_("grad_w1 lacks the factor x (= ∂z1/∂w1)"),
        hint=N_("z1 = w1·x. If w1 grows a little, by how much does z1 grow? That is the last link."),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)",
        change=(("sigmoid_prime(z1) * x", "sigmoid_prime(z1)"),),
        links={"grad_w1": {"x": -1}},
    ),
    Misconception(
        id="bw-both-missing-sp2",
        title=N_("Both gradients lack the factor σ'(z2)"),
        hint=N_(
            "Between the loss and z2 lies the sigmoid of the output. What is ∂y_pred/∂z2, and "
            "where does it go in delta2?"
        ),
        yours="delta2 = y_pred − y_true",
        change=((" * sigmoid_prime(z2)", ""),),
        links={"grad_w1": {"σ'(z2)": -1}, "grad_w2": {"σ'(z2)": -1}},
    ),
    Misconception(
        id="bw-both-abs-error",
        title=N_("The error has lost its sign"),
        hint=N_("y_pred − y_true must stay negative where the prediction is too small."),
        yours="delta2 = |y_pred − y_true|·σ'(z2)",
        change=(("(y_pred - y_true)", "abs(y_pred - y_true)"),),
        links={
            "grad_w1": {"sign of y_pred - y_true": 1},
            "grad_w2": {"sign of y_pred - y_true": 1},
        },
    ),
    Misconception(
        id="bw-return-none",
        title=N_("backward returns nothing"),
        hint=N_("The last line should be a return of both gradients, grad_w1 first."),
        yours="None",
        change=(
            ("return delta2 * w2 * sigmoid_prime(z1) * x, delta2 * a1",
             "delta2 * w2 * sigmoid_prime(z1) * x, delta2 * a1"),
        ),
        when="none",
    ),
    Misconception(
        id="bw-both-applies-lr",
        title=N_("The gradients are multiplied by a learning rate already"),
        hint=N_("backward returns plain gradients. The learning rate comes in once, in update."),
        yours="0.1·∂L/∂w1, 0.1·∂L/∂w2",
        change=(("sigmoid_prime(z2)", "sigmoid_prime(z2) * 0.1"),),
        tries=(0.1, 0.01, 0.001, 0.05),
        links={"grad_w1": {"CONSTANT": 1}, "grad_w2": {"CONSTANT": 1}},
    ),
)
