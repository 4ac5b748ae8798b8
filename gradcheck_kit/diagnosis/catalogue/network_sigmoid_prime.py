"""Mistakes in network.sigmoid_prime."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "σ(z)·(1 − σ(z))"

MISCONCEPTIONS = (
    Misconception(
        id="sp-raw-z",
        title=N_("z stands where σ(z) belongs"),
        hint=N_(
            "The slope is made of the sigmoid's value, not of its input: at z = 2 yours is even "
            "negative. What do you have to get from sigmoid first?"
        ),
        yours="z·(1 − z)",
        body="return z * (1 - z)",
    ),
    Misconception(
        id="sp-only-s",
        title=N_("This is σ(z) itself, not its derivative"),
        hint=N_(
            "Far to the right the curve is flat, so its slope must go to 0 there, and yours goes "
            "to 1. Which second factor brings it down?"
        ),
        yours="σ(z)",
        body="return sigmoid(z)",
    ),
    Misconception(
        id="sp-only-one-minus-s",
        title=N_("The factor σ(z) is missing"),
        hint=N_(
            "Far to the left the curve is flat, so its slope must go to 0 there, and yours goes "
            "to 1. Which factor is small for negative z?"
        ),
        yours="1 − σ(z)",
        body="return 1 - sigmoid(z)",
    ),
    Misconception(
        id="sp-difference",
        title=N_("The two factors are subtracted, not multiplied"),
        hint=N_(
            "At z = 0 you get 0, but the curve is steepest there, with slope 0.25. How do σ(z) = "
            "0.5 and 1 − σ(z) = 0.5 make 0.25?"
        ),
        yours="σ(z) − (1 − σ(z))",
        body="s = sigmoid(z)\nreturn s - (1 - s)",
    ),
    Misconception(
        id="sp-negative",
        title=N_("The sign is wrong: the slope of a sigmoid is positive"),
        hint=N_(
            "The curve rises everywhere. One minus comes from the quotient rule and another from "
            "-z: do both stand in your derivation?"
        ),
        yours="−σ(z)·(1 − σ(z))",
        body="s = sigmoid(z)\nreturn -s * (1 - s)",
    ),
    Misconception(
        id="sp-tanh",
        title=N_("1 − σ(z)² is the rule for tanh, not for the sigmoid"),
        hint=N_(
            "At z = 0 it gives 0.75, but the slope of the sigmoid is never above 0.25. Which two "
            "factors make up its own rule?"
        ),
        yours="1 − σ(z)²",
        body="s = sigmoid(z)\nreturn 1 - s**2",
    ),
    Misconception(
        id="sp-plus",
        title=N_("The second factor has a plus where a minus belongs"),
        hint=N_(
            "With 1 + σ(z) the slope goes to 2 for large z, although the curve is flat there. The "
            "second factor must go to 0."
        ),
        yours="σ(z)·(1 + σ(z))",
        body="s = sigmoid(z)\nreturn s * (1 + s)",
    ),
    Misconception(
        id="sp-double-sigmoid",
        title=N_("The sigmoid is applied twice"),
        hint=N_(
            "Do you pass something to sigmoid that has been through it already? Its input is z, "
            "and one call is enough for both factors."
        ),
        yours="σ(σ(z))·(1 − σ(σ(z)))",
        body="s = sigmoid(sigmoid(z))\nreturn s * (1 - s)",
    ),
    Misconception(
        id="sp-square",
        title=N_("The product is squared"),
        hint=N_(
            "At z = 0 that gives 0.0625, but the slope there is 0.25. In the quotient rule only "
            "the denominator 1 + e^(-z) is squared."
        ),
        yours="(σ(z)·(1 − σ(z)))²",
        body="s = sigmoid(z)\nreturn (s * (1 - s)) ** 2",
    ),
    Misconception(
        id="sp-missing-exp",
        title=N_("The numerator e^(-z) is missing, so this is σ(z) squared"),
        hint=N_(
            "In the quotient rule the derivative of the denominator 1 + e^(-z) goes to the "
            "numerator. The two minus signs cancel; what remains?"
        ),
        yours="1/(1 + e^(−z))²",
        body="return 1 / (1 + math.exp(-z)) ** 2",
    ),
    Misconception(
        id="sp-missing-square",
        title=N_("The denominator of the quotient rule is not squared"),
        hint=N_(
            "For very negative z yours goes to 1, but the curve is flat there. What does the "
            "quotient rule do to the denominator?"
        ),
        yours="e^(−z)/(1 + e^(−z))",
        body="return math.exp(-z) / (1 + math.exp(-z))",
    ),
    Misconception(
        id="sp-constant",
        title=N_("The slope is the same number for every z"),
        hint=N_(
            "0.25 is the slope at z = 0 only. The curve gets flatter on both sides, so what you "
            "return has to depend on z."
        ),
        yours="0.25",
        body="return 0.25",
    ),
    Misconception(
        id="sp-expects-activation",
        title=N_("This formula expects σ(z), but the function is given z"),
        hint=N_(
            "a·(1 − a) is right only if a has been through the sigmoid. Here z comes in, so that "
            "step has to happen inside sigmoid_prime."
        ),
        yours="a·(1 − a),  a = z",
        body="a = z\nreturn a * (1 - a)",
    ),
    Misconception(
        id="sp-missing-paren",
        title=N_("s * 1 - s without parentheses is always 0"),
        hint=N_(
            "Without them Python multiplies first: σ(z) times 1, minus σ(z), is always 0. What "
            "has to be subtracted before you multiply?"
        ),
        yours="σ(z)·1 − σ(z) = 0",
        body="s = sigmoid(z)\nreturn s * 1 - s",
    ),
)
