"""Mistakes in batch.sigmoid_prime."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "σ'(z) = σ(z)·(1 − σ(z))"

MISCONCEPTIONS = (
    Misconception(
        id="bt-sp-raw-z",
        title=N_("Z stands where σ(Z) belongs"),
        hint=N_(
            "In s·(1 − s) the s is σ(z), but your code has Z itself there. Every entry should "
            "stay between 0 and 0.25."
        ),
        yours="σ'(z) = z·(1 − z)",
        body="return z * (1 - z)",
    ),
    Misconception(
        id="bt-sp-only-s",
        title=N_("This is σ(Z) itself, not its derivative"),
        hint=N_(
            "For large z the curve is flat, yet your value is close to 1 there. Which factor "
            "takes it down to 0?"
        ),
        yours="σ'(z) = σ(z)",
        body="return sigmoid(z)",
    ),
    Misconception(
        id="bt-sp-only-one-minus-s",
        title=N_("Only 1 − σ(Z) is there, the factor σ(Z) is missing"),
        hint=N_(
            "For very negative z the curve is flat, yet 1 − σ(z) is close to 1 there. The slope "
            "is a product of two factors."
        ),
        yours="σ'(z) = 1 − σ(z)",
        body="return 1 - sigmoid(z)",
    ),
    Misconception(
        id="bt-sp-tanh",
        title=N_("1 − a² is the derivative of tanh"),
        hint=N_(
            "The rules look alike, but this network uses the sigmoid. Its slope at z = 0 is 0.25: "
            "what does your formula give there?"
        ),
        yours="σ'(z) = 1 − σ(z)²",
        body="""
s = sigmoid(z)
return 1 - s**2
""",
    ),
    Misconception(
        id="bt-sp-negative",
        title=N_("The sign is wrong: σ rises, so its slope is positive"),
        hint=N_(
            "The quotient rule brings one minus, and the derivative of e^(-z) another. What "
            "becomes of two of them?"
        ),
        yours="σ'(z) = −σ(z)·(1 − σ(z))",
        body="""
s = sigmoid(z)
return -s * (1 - s)
""",
    ),
    Misconception(
        id="bt-sp-double-sigmoid",
        title=N_("The sigmoid is applied twice"),
        hint=N_(
            "sigmoid_prime gets Z and needs σ(Z) once. Does the result of sigmoid go into sigmoid "
            "again?"
        ),
        yours="σ'(z) = s·(1 − s),  s = σ(σ(z))",
        body="""
s = sigmoid(sigmoid(z))
return s * (1 - s)
""",
    ),
)
