"""Mistakes in network.forward."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "z1 = w1·x,  a1 = σ(z1),  z2 = w2·a1,  y_pred = σ(z2)"

MISCONCEPTIONS = (
    Misconception(
        id="fw-missing-output-sigmoid",
        title=N_("The output has no sigmoid: y_pred is z2 itself"),
        hint=N_(
            "The network ends with a curve, so y_pred must lie between 0 and 1. What happens to "
            "z2 on its way to y_pred?"
        ),
        yours="y_pred = z2",
        change=(("sigmoid(z2)", "z2"),),
    ),
    Misconception(
        id="fw-missing-hidden-sigmoid",
        title=N_("The hidden unit has no sigmoid: a1 is z1 itself"),
        hint=N_(
            "Without a curve between the layers, two weights do no more than one: z2 is just "
            "w2·w1·x. What turns z1 into a1?"
        ),
        yours="a1 = z1",
        change=(("sigmoid(z1)", "z1"),),
    ),
    Misconception(
        id="fw-double-output-sigmoid",
        title=N_("y_pred goes through the sigmoid twice"),
        hint=N_(
            "Your y_pred always lies between 0.5 and 0.74, whatever x is. Look for two calls of "
            "sigmoid between z2 and y_pred."
        ),
        yours="y_pred = σ(σ(z2))",
        change=(("sigmoid(z2)", "sigmoid(sigmoid(z2))"),),
    ),
    Misconception(
        id="fw-double-hidden-sigmoid",
        title=N_("a1 goes through the sigmoid twice"),
        hint=N_(
            "Your a1 always lies between 0.5 and 0.74, whatever x is. Look for two calls of "
            "sigmoid between z1 and a1."
        ),
        yours="a1 = σ(σ(z1))",
        change=(("sigmoid(z1)", "sigmoid(sigmoid(z1))"),),
    ),
    Misconception(
        id="fw-swapped-weights",
        title=N_("w1 and w2 have changed places"),
        hint=N_(
            "Follow the picture of the network from left to right: which weight does x meet "
            "first, and which one multiplies a1?"
        ),
        yours="z1 = w2·x,  z2 = w1·a1",
        change=(
            ("w1 * x", "w2 * x"),
            ("w2 * a1", "w1 * a1"),
        ),
    ),
    Misconception(
        id="fw-same-weight",
        title=N_("z2 is computed with w1 again"),
        hint=N_(
            "Each layer has a weight of its own, and yours never uses the second one. Was the "
            "line for z1 copied and not changed in full?"
        ),
        yours="z2 = w1·a1",
        change=(("w2 * a1", "w1 * a1"),),
    ),
    Misconception(
        id="fw-z2-uses-x",
        title=N_("z2 is computed from x, not from a1"),
        hint=N_(
            "The second layer gets what the first one puts out. With x in z2, the hidden unit has "
            "no effect on y_pred at all."
        ),
        yours="z2 = w2·x",
        change=(("w2 * a1", "w2 * x"),),
    ),
    Misconception(
        id="fw-z2-uses-z1",
        title=N_("z2 is computed from z1, not from a1"),
        hint=N_(
            "What leaves the hidden unit is the value after its sigmoid. Which of z1 and a1 is "
            "that?"
        ),
        yours="z2 = w2·z1",
        change=(("w2 * a1", "w2 * z1"),),
    ),
    Misconception(
        id="fw-adds-weight",
        title=N_("w1 is added to x instead of multiplied"),
        hint=N_(
            "A weight says how strongly the input counts, so it scales x. With x = 0, what should "
            "z1 be?"
        ),
        yours="z1 = w1 + x",
        change=(("w1 * x", "w1 + x"),),
    ),
    Misconception(
        id="fw-adds-bias",
        title=N_("A constant is added to z1, but there is no bias here"),
        hint=N_(
            "z1 is the product of w1 and x and nothing else: for x = 0 it must be 0. Which number "
            "do you add?"
        ),
        yours="z1 = w1·x + b",
        change=(("w1 * x", "w1 * x + CONSTANT"),),
        tries=(1.0, 0.5, 0.1, -1.0, 0.01),
    ),
    Misconception(
        id="fw-threshold-output",
        title=N_("y_pred is turned into 0 or 1"),
        hint=N_(
            "Then a small change of a weight no longer shows in the loss, and nothing is learned. "
            "Keep the value of the sigmoid as it is."
        ),
        yours="y_pred = 1 if σ(z2) ≥ 0.5, else 0",
        change=(
            (
                "return z1, a1, z2, sigmoid(z2)",
                "y_pred = 1 if sigmoid(z2) >= 0.5 else 0\n    return z1, a1, z2, y_pred",
            ),
        ),
    ),
    Misconception(
        id="fw-return-only-pred",
        title=N_("forward returns y_pred only"),
        hint=N_(
            "backward needs the values on the way as well. Return all four, in the order in which "
            "they are computed."
        ),
        yours="y_pred",
        change=(("return z1, a1, z2, sigmoid(z2)", "return sigmoid(z2)"),),
        when="single",
    ),
    Misconception(
        id="fw-return-z-a-swapped",
        title=N_("The values come back in another order: a1 before z1"),
        hint=N_(
            "In both pairs, z1 with a1 and z2 with y_pred, the two are exchanged. The caller "
            "unpacks by place: z first, then what the sigmoid makes of it."
        ),
        yours="(a1, z1, y_pred, z2)",
        change=(("return z1, a1, z2, sigmoid(z2)", "return a1, z1, sigmoid(z2), z2"),),
    ),
    Misconception(
        id="fw-return-none",
        title=N_("forward returns nothing"),
        hint=N_(
            "The four values are gone when the function ends, unless the last line hands them "
            "back to the caller."
        ),
        yours="None",
        change=(("return z1, a1, z2, sigmoid(z2)", "y_pred = sigmoid(z2)"),),
        when="none",
    ),
    Misconception(
        id="fw-adds-both-weights",
        title=N_("The weights are added instead of multiplied"),
        hint=N_(
            "A weight scales what comes in: with x = 0, z1 should be 0 whatever w1 is. The same "
            "goes for a1 and w2."
        ),
        yours="z1 = w1 + x,  z2 = w2 + a1",
        change=(
            ("w1 * x", "w1 + x"),
            ("w2 * a1", "w2 + a1"),
        ),
    ),
    Misconception(
        id="fw-return-z-first",
        title=N_("The values come back in another order: z2 before a1"),
        hint=N_(
            "The caller unpacks by place, in the order of the picture: each value follows the one "
            "it is made from. What is z2 made from?"
        ),
        yours="(z1, z2, a1, y_pred)",
        change=(("return z1, a1, z2, sigmoid(z2)", "return z1, z2, a1, sigmoid(z2)"),),
    ),
    Misconception(
        id="fw-missing-all-sigmoids",
        title=N_("There is no sigmoid anywhere, only products"),
        hint=N_(
            "Without a curve the network is one multiplication by w2·w1, however many layers it "
            "has. What stands between z1 and a1, and between z2 and y_pred?"
        ),
        yours="a1 = z1, y_pred = z2",
        change=(("a1 = sigmoid(z1)", "a1 = z1"), ("sigmoid(z2)", "z2")),
    ),
)
