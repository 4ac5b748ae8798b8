"""Mistakes in network.backward."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·x,  ∂L/∂w2 = (y_pred − y_true)·σ'(z2)·a1"

# The reference's last line, for mistakes that rewrite all of it.
_RETURN = "return delta2 * w2 * sigmoid_prime(z1) * x, delta2 * a1"
_RATES = (0.1, 0.01, 0.001, 0.05, 0.5, 1.0)
_STEPS = (1e-5, 1e-4, 1e-6, 1e-3, 1e-7, 1e-8)

MISCONCEPTIONS = (
    Misconception(
        id="bw-w2-missing-error",
        title=N_("grad_w2 lacks the error y_pred - y_true"),
        hint=N_(
            "Without it, grad_w2 is the same for every target. The walk starts at the loss: what "
            "is ∂L/∂y_pred, and where does grad_w2 use it?"
        ),
        yours="∂L/∂w2 = σ'(z2)·a1",
        change=((", delta2 * a1", ", sigmoid_prime(z2) * a1"),),
        links={"grad_w2": {"y_pred - y_true": -1}},
    ),
    Misconception(
        id="bw-w2-missing-sp2",
        title=N_("grad_w2 lacks σ'(z2), the slope of the output sigmoid"),
        hint=N_(
            "Between y_pred and z2 lies a sigmoid, and every sigmoid that you walk through adds a "
            "link. Which one do you pass on the way to w2?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) * a1"),),
        links={"grad_w2": {"σ'(z2)": -1}},
    ),
    Misconception(
        id="bw-w2-missing-a1",
        title=N_("grad_w2 lacks the factor a1 (= ∂z2/∂w2)"),
        hint=N_(
            "You stopped at z2, one step before w2. In z2 = w2·a1, how much does z2 grow when w2 "
            "grows a little and a1 is held still?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)",
        change=((", delta2 * a1", ", delta2"),),
        links={"grad_w2": {"a1": -1}},
    ),
    Misconception(
        id="bw-w1-missing-error",
        title=N_("grad_w1 lacks the error y_pred - y_true"),
        hint=N_(
            "As it stands, the target has no say in grad_w1. The long walk to w1 starts at the "
            "loss as well: what is its first link?"
        ),
        yours="∂L/∂w1 = σ'(z2)·w2·σ'(z1)·x",
        change=(("return delta2 * w2", "return sigmoid_prime(z2) * w2"),),
        links={"grad_w1": {"y_pred - y_true": -1}},
    ),
    Misconception(
        id="bw-w1-missing-sp2",
        title=N_("grad_w1 lacks σ'(z2), the slope of the output sigmoid"),
        hint=N_(
            "The way back to w1 passes the output sigmoid too. Did you go on from ∂L/∂z2, or "
            "straight from the error?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·w2·σ'(z1)·x",
        change=(("return delta2 * w2", "return (y_pred - y_true) * w2"),),
        links={"grad_w1": {"σ'(z2)": -1}},
    ),
    Misconception(
        id="bw-w1-missing-w2",
        title=N_("grad_w1 lacks the factor w2 (= ∂z2/∂a1)"),
        hint=N_(
            "On the way to w1 you step from z2 to a1, and z2 = w2·a1. How strongly does z2 react "
            "when a1 moves?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·σ'(z1)·x",
        change=((" * w2", ""),),
        links={"grad_w1": {"w2": -1}},
    ),
    Misconception(
        id="bw-w1-missing-sp1",
        title=N_("grad_w1 lacks σ'(z1), the slope of the hidden sigmoid"),
        hint=N_(
            "a1 = σ(z1), so there is a sigmoid between a1 and z1 as well. What does this step give "
            "on the way back?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·x",
        change=((" * sigmoid_prime(z1)", ""),),
        links={"grad_w1": {"σ'(z1)": -1}},
    ),
    Misconception(
        id="bw-w1-missing-x",
        title=N_("grad_w1 lacks the factor x (= ∂z1/∂w1)"),
        hint=N_(
            "You stopped at z1. In z1 = w1·x, how much does z1 grow when w1 grows a little? That "
            "is the last link."
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)",
        change=((" * x, ", ", "),),
        links={"grad_w1": {"x": -1}},
    ),
    Misconception(
        id="bw-w2-dup-sp2",
        title=N_("grad_w2 has the factor σ'(z2) twice"),
        hint=N_(
            "The way to w2 passes the output sigmoid once. ∂L/∂z2 already contains σ'(z2): did you "
            "multiply by it again when you went on to w2?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)²·a1",
        change=((", delta2 * a1", ", delta2 * sigmoid_prime(z2) * a1"),),
        links={"grad_w2": {"σ'(z2)": 1}},
    ),
    Misconception(
        id="bw-w2-dup-a1",
        title=N_("grad_w2 has the factor a1 twice"),
        hint=N_(
            "a1 comes from the last step only, from z2 = w2·a1. Was a1 already in the value that "
            "you multiplied by a1 at the end?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)·a1²",
        change=((", delta2 * a1", ", delta2 * a1 * a1"),),
        links={"grad_w2": {"a1": 1}},
    ),
    Misconception(
        id="bw-w1-dup-sp2",
        title=N_("grad_w1 has the factor σ'(z2) twice"),
        hint=N_(
            "Once you have ∂L/∂z2, the output sigmoid is behind you. Which line on the way to w1 "
            "multiplies by its slope a second time?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)²·w2·σ'(z1)·x",
        change=((" * w2", " * sigmoid_prime(z2) * w2"),),
        links={"grad_w1": {"σ'(z2)": 1}},
    ),
    Misconception(
        id="bw-w1-dup-sp1",
        title=N_("grad_w1 has the factor σ'(z1) twice"),
        hint=N_(
            "There is one sigmoid between a1 and z1, so its slope enters once. Is it in ∂L/∂z1, "
            "and then again in the step to w1?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)²·x",
        change=(("* sigmoid_prime(z1)", "* sigmoid_prime(z1) * sigmoid_prime(z1)"),),
        links={"grad_w1": {"σ'(z1)": 1}},
    ),
    Misconception(
        id="bw-w1-dup-w2",
        title=N_("grad_w1 has the factor w2 twice"),
        hint=N_(
            "w2 belongs to one step only, from z2 to a1. A value that has taken this step has w2 "
            "in it already: where did you multiply by it again?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2²·σ'(z1)·x",
        change=((" * w2", " * w2 * w2"),),
        links={"grad_w1": {"w2": 1}},
    ),
    Misconception(
        id="bw-w1-dup-x",
        title=N_("grad_w1 has the factor x twice"),
        hint=N_(
            "x comes from the last step only, from z1 = w1·x. The step through the hidden sigmoid "
            "gives σ'(z1) and no x: where is the second x from?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·x²",
        change=((" * x, ", " * x * x, "),),
        links={"grad_w1": {"x": 1}},
    ),
    Misconception(
        id="bw-w2-sp-at-z1",
        title=N_("grad_w2 uses σ'(z1) instead of σ'(z2)"),
        hint=N_(
            "The slope of a sigmoid is taken at the value that goes into it. Which value goes into "
            "the sigmoid that makes y_pred?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z1)·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) * sigmoid_prime(z1) * a1"),),
        links={"grad_w2": {"σ'(z2)": -1, "σ'(z1)": 1}},
    ),
    Misconception(
        id="bw-w2-sp-at-activation",
        title=N_("grad_w2 uses σ'(y_pred) instead of σ'(z2)"),
        hint=N_(
            "y_pred is what comes out of the output sigmoid. Its slope is taken at what goes in, "
            "the value before the curve."
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(y_pred)·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) * sigmoid_prime(y_pred) * a1"),),
        links={"grad_w2": {"σ'(z2)": -1, "σ(y_pred)": 1, "1 - σ(y_pred)": 1}},
    ),
    Misconception(
        id="bw-w2-sp-at-a1",
        title=N_("grad_w2 uses σ'(a1) instead of σ'(z2)"),
        hint=N_(
            "a1 does not go straight into the output sigmoid: it is multiplied by w2 first. What "
            "is the value after that called?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(a1)·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) * sigmoid_prime(a1) * a1"),),
        links={"grad_w2": {"σ'(z2)": -1, "σ(a1)": 1, "1 - σ(a1)": 1}},
    ),
    Misconception(
        id="bw-w2-sp-raw-z",
        title=N_("grad_w2 uses z2·(1 - z2) as the slope of the sigmoid"),
        hint=N_(
            "The short formula for the slope is made of σ(z2), not of z2 itself. Under which name "
            "does forward return σ(z2)?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·z2·(1 − z2)·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) * z2 * (1 - z2) * a1"),),
    ),
    Misconception(
        id="bw-w2-uses-x",
        title=N_("grad_w2 has x in the place of a1"),
        hint=N_(
            "The input x meets w1, not w2. Look at the formula for z2 in forward: what is w2 "
            "multiplied by there?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)·x",
        change=((", delta2 * a1", ", delta2 * x"),),
        links={"grad_w2": {"a1": -1, "x": 1}},
    ),
    Misconception(
        id="bw-w2-uses-w2",
        title=N_("grad_w2 has w2 in the place of a1"),
        hint=N_(
            "z2 = w2·a1 has two partial derivatives. When w2 is the one that moves, which of the "
            "two is held still and remains?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)·w2",
        change=((", delta2 * a1", ", delta2 * w2"),),
        links={"grad_w2": {"a1": -1, "w2": 1}},
    ),
    Misconception(
        id="bw-w2-uses-w1",
        title=N_("grad_w2 has w1 in the place of a1"),
        hint=N_(
            "The last step goes from z2 to w2, and the formula of z2 has no w1 in it. Which value "
            "is multiplied by w2 there?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)·w1",
        change=((", delta2 * a1", ", delta2 * w1"),),
        links={"grad_w2": {"a1": -1, "w1": 1}},
    ),
    Misconception(
        id="bw-w2-uses-z1",
        title=N_("grad_w2 has z1 in the place of a1"),
        hint=N_(
            "z1 is the hidden value before the curve. Does forward multiply w2 by the value before "
            "the curve, or by the one after it?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)·z1",
        change=((", delta2 * a1", ", delta2 * z1"),),
        links={"grad_w2": {"a1": -1, "x": 1, "w1": 1}},
    ),
    Misconception(
        id="bw-w2-uses-ypred",
        title=N_("grad_w2 has y_pred in the place of a1"),
        hint=N_(
            "y_pred is what comes out of the output layer. The gradient of a weight needs the "
            "value that goes in and is multiplied by this weight."
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)·y_pred",
        change=((", delta2 * a1", ", delta2 * y_pred"),),
        links={"grad_w2": {"a1": -1, "y_pred": 1}},
    ),
    Misconception(
        id="bw-w2-uses-hidden-delta",
        title=N_("grad_w2 is built on ∂L/∂z1 instead of ∂L/∂z2"),
        hint=N_(
            "w2 sits in the output layer. ∂L/∂z1 has walked on to the hidden layer and picked up "
            "w2 and σ'(z1), which do not lie on the way to w2."
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·a1",
        change=(
            (
                _RETURN,
                "delta1 = delta2 * w2 * sigmoid_prime(z1)\n    return delta1 * x, delta1 * a1",
            ),
        ),
        links={"grad_w2": {"w2": 1, "σ'(z1)": 1}},
    ),
    Misconception(
        id="bw-w2-sigma-not-derivative",
        title=N_("grad_w2 uses σ(z2) instead of its derivative σ'(z2)"),
        hint=N_(
            "On the way back, a link says how fast a value changes, not how large it is. σ(z2), "
            "which is y_pred, is the value: where is the slope?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·y_pred·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) * y_pred * a1"),),
        links={"grad_w2": {"σ'(z2)": -1, "y_pred": 1}},
    ),
    Misconception(
        id="bw-w2-one-minus-only",
        title=N_("grad_w2 uses 1 - y_pred alone instead of σ'(z2)"),
        hint=N_(
            "The derivative of the sigmoid is a product, and 1 - y_pred is only one of its two "
            "factors. Find the other one in the formula for σ'(z)."
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·(1 − y_pred)·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) * (1 - y_pred) * a1"),),
        links={"grad_w2": {"y_pred": -1}},
    ),
    Misconception(
        id="bw-w2-tanh-derivative",
        title=N_("grad_w2 uses 1 - y_pred², the derivative of tanh"),
        hint=N_(
            "One minus the square is the slope of tanh, another curve. This network bends with the "
            "sigmoid: what is its slope, written with y_pred?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·(1 − y_pred²)·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) * (1 - y_pred**2) * a1"),),
    ),
    Misconception(
        id="bw-w2-error-squared",
        title=N_("grad_w2 uses the square of the error"),
        hint=N_(
            "The square belongs to the loss, but the walk starts with the derivative of the loss. "
            "What becomes of a square when you differentiate it?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)²·σ'(z2)·a1",
        change=((", delta2 * a1", ", (y_pred - y_true) ** 2 * sigmoid_prime(z2) * a1"),),
        links={"grad_w2": {"y_pred - y_true": 1}},
    ),
    Misconception(
        id="bw-w2-loss-not-differentiated",
        title=N_("grad_w2 starts from the loss L, not from its derivative"),
        hint=N_(
            "A gradient says how fast L changes, so its first link is ∂L/∂y_pred. The value of L "
            "itself is not a link of the chain."
        ),
        yours="∂L/∂w2 = L·σ'(z2)·a1",
        change=((", delta2 * a1", ", loss(y_pred, y_true) * sigmoid_prime(z2) * a1"),),
        links={"grad_w2": {0.5: 1, "y_pred - y_true": 1}},
    ),
    Misconception(
        id="bw-w2-extra-w2",
        title=N_("grad_w2 has w2 as an extra factor"),
        hint=N_(
            "In z2 = w2·a1, only the factor that is held still remains when w2 moves. Did you "
            "multiply by w2, or by z2, which has w2 in it?"
        ),
        yours="∂L/∂w2 = (y_pred − y_true)·σ'(z2)·a1·w2",
        change=((", delta2 * a1", ", delta2 * a1 * w2"),),
        links={"grad_w2": {"w2": 1}},
    ),
    Misconception(
        id="bw-w1-sp1-at-z2",
        title=N_("grad_w1 has σ'(z2) in the place of σ'(z1)"),
        hint=N_(
            "The way to w1 passes two sigmoids, one in each layer. Which value goes into the "
            "hidden one, the one that makes a1?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z2)·x",
        change=(("sigmoid_prime(z1)", "sigmoid_prime(z2)"),),
        links={"grad_w1": {"σ'(z1)": -1, "σ'(z2)": 1}},
    ),
    Misconception(
        id="bw-w1-sp2-at-z1",
        title=N_("grad_w1 has σ'(z1) in the place of σ'(z2)"),
        hint=N_(
            "The first sigmoid that you meet on the way back from y_pred is the one of the output "
            "layer. Which value goes into it?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z1)·w2·σ'(z1)·x",
        change=(("return delta2 * w2", "return (y_pred - y_true) * sigmoid_prime(z1) * w2"),),
        links={"grad_w1": {"σ'(z2)": -1, "σ'(z1)": 1}},
    ),
    Misconception(
        id="bw-w1-sp1-at-activation",
        title=N_("grad_w1 uses σ'(a1) instead of σ'(z1)"),
        hint=N_(
            "a1 has been through the curve already, and this sends it through once more. Which "
            "value does forward put into the hidden sigmoid?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(a1)·x",
        change=(("sigmoid_prime(z1)", "sigmoid_prime(a1)"),),
        links={"grad_w1": {"σ'(z1)": -1, "σ(a1)": 1, "1 - σ(a1)": 1}},
    ),
    Misconception(
        id="bw-w1-sp1-at-x",
        title=N_("grad_w1 uses σ'(x) instead of σ'(z1)"),
        hint=N_(
            "The hidden sigmoid never gets x by itself. What happens to x in forward before it "
            "reaches the curve?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(x)·x",
        change=(("sigmoid_prime(z1)", "sigmoid_prime(x)"),),
    ),
    Misconception(
        id="bw-w1-sp1-raw-z",
        title=N_("grad_w1 uses z1·(1 - z1) as the slope of the sigmoid"),
        hint=N_(
            "σ(z)·(1 - σ(z)) is made of the value after the curve, and z1 is the one before it. "
            "Which of the values from forward belongs there?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·z1·(1 − z1)·x",
        change=(("sigmoid_prime(z1)", "z1 * (1 - z1)"),),
    ),
    Misconception(
        id="bw-w1-sigma-not-derivative",
        title=N_("grad_w1 uses a1 = σ(z1) instead of σ'(z1)"),
        hint=N_(
            "a1 says how high the sigmoid is at z1. The link from a1 to z1 says how steep it is "
            "there, and that takes one factor more."
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·a1·x",
        change=(("sigmoid_prime(z1)", "a1"),),
        links={"grad_w1": {"σ'(z1)": -1, "a1": 1}},
    ),
    Misconception(
        id="bw-w1-uses-w1",
        title=N_("grad_w1 has w1 in the place of w2"),
        hint=N_(
            "The step from z2 to a1 belongs to z2 = w2·a1, and there is no w1 in this formula. "
            "What is a1 multiplied by?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w1·σ'(z1)·x",
        change=(("delta2 * w2", "delta2 * w1"),),
        links={"grad_w1": {"w2": -1, "w1": 1}},
    ),
    Misconception(
        id="bw-w1-uses-a1-for-x",
        title=N_("grad_w1 has a1 in the place of x"),
        hint=N_(
            "a1 is made after w1 has done its work, so w1 never meets it. What is w1 multiplied by "
            "when z1 is computed?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·a1",
        change=((" * x, ", " * a1, "),),
        links={"grad_w1": {"x": -1, "a1": 1}},
    ),
    Misconception(
        id="bw-w1-uses-w1-for-x",
        title=N_("grad_w1 has w1 in the place of x"),
        hint=N_(
            "In z1 = w1·x, it is w1 that moves. Hold the other one still: which of the two remains "
            "as a factor?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·w1",
        change=((" * x, ", " * w1, "),),
        links={"grad_w1": {"x": -1, "w1": 1}},
    ),
    Misconception(
        id="bw-w1-uses-z1-for-x",
        title=N_("grad_w1 has one w1 too many"),
        hint=N_(
            "Is z1 = w1·x in the place of x? When z1 is differentiated by w1, what remains of the"
            " product?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·z1",
        change=((" * x, ", " * z1, "),),
        links={"grad_w1": {"w1": 1}},
    ),
    Misconception(
        id="bw-w1-uses-a1-for-w2",
        title=N_("grad_w1 has a1 in the place of w2"),
        hint=N_(
            "Here the walk goes from z2 = w2·a1 on to a1, not to w2. So a1 is the one that moves: "
            "which one is held still and remains?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·a1·σ'(z1)·x",
        change=(("delta2 * w2", "delta2 * a1"),),
        links={"grad_w1": {"w2": -1, "a1": 1}},
    ),
    Misconception(
        id="bw-w1-reuses-grad-w2",
        title=N_("grad_w1 has one a1 too many"),
        hint=N_(
            "a1 belongs to the walk to w2 only. Did grad_w1 go on from grad_w2, or is z2 in the "
            "place of w2? The two walks part at z2."
        ),
        yours="∂L/∂w1 = ∂L/∂w2·w2·σ'(z1)·x",
        change=(
            (
                _RETURN,
                "grad_w2 = delta2 * a1\n    return grad_w2 * w2 * sigmoid_prime(z1) * x, grad_w2",
            ),
        ),
        links={"grad_w1": {"a1": 1}},
    ),
    Misconception(
        id="bw-w1-tanh-derivative",
        title=N_("grad_w1 uses 1 - a1², the derivative of tanh"),
        hint=N_(
            "1 - a1² would be right if the hidden unit used tanh. Here a1 = σ(z1): what is the "
            "slope of σ, written with a1?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·(1 − a1²)·x",
        change=(("sigmoid_prime(z1)", "(1 - a1**2)"),),
    ),
    Misconception(
        id="bw-w1-uses-updated-w2",
        title=N_("grad_w1 uses a w2 that was already changed"),
        hint=N_(
            "Both gradients belong to one place, the w1 and w2 that came in. If w2 moves in "
            "between, grad_w1 belongs to another. Who should move it?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·(w2 − η·∂L/∂w2)·σ'(z1)·x",
        change=(
            (
                _RETURN,
                "grad_w2 = delta2 * a1\n"
                "    w2 = w2 - CONSTANT * grad_w2\n"
                "    return delta2 * w2 * sigmoid_prime(z1) * x, grad_w2",
            ),
        ),
        tries=_RATES,
    ),
    Misconception(
        id="bw-w1-missing-sp2-and-w2",
        title=N_("grad_w1 skips the output layer: no σ'(z2) and no w2"),
        hint=N_(
            "The error cannot jump from y_pred to the hidden unit. Which two links lead from "
            "y_pred through z2 to a1?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z1)·x",
        change=(("return delta2 * w2", "return (y_pred - y_true)"),),
        links={"grad_w1": {"σ'(z2)": -1, "w2": -1}},
    ),
    Misconception(
        id="bw-w1-missing-sp2-and-sp1",
        title=N_("grad_w1 lacks both σ'(z2) and σ'(z1)"),
        hint=N_(
            "This would fit a network without curves. How many sigmoids lie between w1 and y_pred, "
            "and what does each add to the product?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·w2·x",
        change=(("return delta2 * w2 * sigmoid_prime(z1)", "return (y_pred - y_true) * w2"),),
        links={"grad_w1": {"σ'(z2)": -1, "σ'(z1)": -1}},
    ),
    Misconception(
        id="bw-w1-adds-chain-factors",
        title=N_("grad_w1 adds pieces of the chain instead of multiplying"),
        hint=N_(
            "There is only one path from L back to w1, and the links along a path multiply. Look "
            "for a + in grad_w1."
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2 + σ'(z1)·x",
        change=(("w2 * sigmoid_prime(z1)", "w2 + sigmoid_prime(z1)"),),
    ),
    Misconception(
        id="bw-w1-sign",
        title=N_("grad_w1 has the wrong sign"),
        hint=N_(
            "Its size is right, so all the links are there. Look for a minus that only grad_w1 "
            "gets, on the steps from z2 to w1."
        ),
        yours="∂L/∂w1 = −(y_pred − y_true)·σ'(z2)·w2·σ'(z1)·x",
        change=(("return delta2", "return -delta2"),),
        links={"grad_w1": {-1: 1}},
    ),
    Misconception(
        id="bw-w2-sign",
        title=N_("grad_w2 has the wrong sign"),
        hint=N_(
            "Its size is right. Is there a stray minus in the line for grad_w2, or is the error "
            "the other way round only there?"
        ),
        yours="∂L/∂w2 = −(y_pred − y_true)·σ'(z2)·a1",
        change=((", delta2 * a1", ", -delta2 * a1"),),
        links={"grad_w2": {-1: 1}},
    ),
    Misconception(
        id="bw-w1-factor-2",
        title=N_("grad_w1 is exactly twice what it should be"),
        hint=N_(
            "No link on the way to w1 leaves a 2 behind: the 2 of the square meets the ½ of the "
            "loss. Where does grad_w1 get its 2 from?"
        ),
        yours="∂L/∂w1 = 2·(y_pred − y_true)·σ'(z2)·w2·σ'(z1)·x",
        change=(("return delta2", "return 2 * delta2"),),
        links={"grad_w1": {2: 1}},
    ),
    Misconception(
        id="bw-w2-factor-2",
        title=N_("grad_w2 is exactly twice what it should be"),
        hint=N_(
            "The 2 of the square and the ½ of the loss cancel. Look for a 2 in the line for "
            "grad_w2, or for something that is added to it twice."
        ),
        yours="∂L/∂w2 = 2·(y_pred − y_true)·σ'(z2)·a1",
        change=((", delta2 * a1", ", 2 * delta2 * a1"),),
        links={"grad_w2": {2: 1}},
    ),
    Misconception(
        id="bw-both-sign",
        title=N_("Both gradients have the wrong sign"),
        hint=N_(
            "Differentiate ½(y_pred - y_true)² by y_pred: what is subtracted from what? The minus "
            "for going downhill comes later, in update."
        ),
        yours="∂L/∂y_pred = y_true − y_pred",
        change=(("(y_pred - y_true)", "(y_true - y_pred)"),),
        links={"grad_w1": {-1: 1}, "grad_w2": {-1: 1}},
    ),
    Misconception(
        id="bw-both-factor-2",
        title=N_("Both gradients are exactly twice what they should be"),
        hint=N_(
            "Differentiating a square brings a 2 to the front. What else stands in front of the "
            "square in this loss?"
        ),
        yours="∂L/∂y_pred = 2·(y_pred − y_true)",
        change=(("(y_pred - y_true)", "2 * (y_pred - y_true)"),),
        links={"grad_w1": {2: 1}, "grad_w2": {2: 1}},
    ),
    Misconception(
        id="bw-both-factor-half",
        title=N_("Both gradients are exactly half of what they should be"),
        hint=N_(
            "The ½ of the loss does not stay alone. Which number does the square bring to the "
            "front when you differentiate it?"
        ),
        yours="∂L/∂y_pred = ½·(y_pred − y_true)",
        change=(("(y_pred - y_true)", "0.5 * (y_pred - y_true)"),),
        links={"grad_w1": {0.5: 1}, "grad_w2": {0.5: 1}},
    ),
    Misconception(
        id="bw-both-missing-sp2",
        title=N_("Both gradients lack σ'(z2), the slope of the output sigmoid"),
        hint=N_(
            "y_pred - y_true is ∂L/∂y_pred, not yet ∂L/∂z2. With cross-entropy as the loss that "
            "would do; here one step is still missing."
        ),
        yours="∂L/∂z2 = y_pred − y_true",
        change=((" * sigmoid_prime(z2)", ""),),
        links={"grad_w1": {"σ'(z2)": -1}, "grad_w2": {"σ'(z2)": -1}},
    ),
    Misconception(
        id="bw-both-missing-all-sp",
        title=N_("Neither gradient has any derivative of the sigmoid"),
        hint=N_(
            "These are the gradients of a network without curves. forward goes through σ twice: "
            "what does each of these steps give on the way back?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·w2·x, ∂L/∂w2 = (y_pred − y_true)·a1",
        change=(
            (" * sigmoid_prime(z2)", ""),
            (" * sigmoid_prime(z1)", ""),
        ),
        links={"grad_w1": {"σ'(z2)": -1, "σ'(z1)": -1}, "grad_w2": {"σ'(z2)": -1}},
    ),
    Misconception(
        id="bw-both-sp-at-activation",
        title=N_("σ' is taken at a1 and y_pred instead of z1 and z2"),
        hint=N_(
            "a1 and y_pred have been through the curve already, and here they go through it again. "
            "Which values does forward put into σ?"
        ),
        yours=(
            "∂L/∂w1 = (y_pred − y_true)·σ'(y_pred)·w2·σ'(a1)·x, ∂L/∂w2 = (y_pred − "
            "y_true)·σ'(y_pred)·a1"
        ),
        change=(
            ("sigmoid_prime(z2)", "sigmoid_prime(y_pred)"),
            ("sigmoid_prime(z1)", "sigmoid_prime(a1)"),
        ),
        links={
            "grad_w1": {
                "σ'(z2)": -1,
                "σ(y_pred)": 1,
                "1 - σ(y_pred)": 1,
                "σ'(z1)": -1,
                "σ(a1)": 1,
                "1 - σ(a1)": 1,
            },
            "grad_w2": {"σ'(z2)": -1, "σ(y_pred)": 1, "1 - σ(y_pred)": 1},
        },
    ),
    Misconception(
        id="bw-both-sp-raw-z",
        title=N_("z·(1 - z) is used as the slope of the sigmoid in both layers"),
        hint=N_(
            "The slope of a sigmoid is never negative, but z·(1 - z) can be. Which values belong "
            "in this product, those before the curve or after it?"
        ),
        yours=(
            "∂L/∂w1 = (y_pred − y_true)·z2·(1 − z2)·w2·z1·(1 − z1)·x, ∂L/∂w2 = (y_pred − "
            "y_true)·z2·(1 − z2)·a1"
        ),
        change=(
            ("sigmoid_prime(z2)", "z2 * (1 - z2)"),
            ("sigmoid_prime(z1)", "z1 * (1 - z1)"),
        ),
    ),
    Misconception(
        id="bw-both-missing-error",
        title=N_("The error y_pred - y_true is in neither gradient"),
        hint=N_(
            "Change y_true, and your gradients stay the same: they only say how y_pred reacts to "
            "the weights. Which link leads from L to y_pred?"
        ),
        yours="∂L/∂w1 = σ'(z2)·w2·σ'(z1)·x, ∂L/∂w2 = σ'(z2)·a1",
        change=(("(y_pred - y_true) * ", ""),),
        links={"grad_w1": {"y_pred - y_true": -1}, "grad_w2": {"y_pred - y_true": -1}},
    ),
    Misconception(
        id="bw-both-upstream-is-prediction",
        title=N_("Both gradients start from y_pred instead of the error"),
        hint=N_(
            "When the prediction hits the target exactly, there is nothing to mend and both "
            "gradients should be 0. What must the first link contain?"
        ),
        yours="∂L/∂y_pred = y_pred",
        change=(("(y_pred - y_true)", "y_pred"),),
        links={
            "grad_w1": {"y_pred - y_true": -1, "y_pred": 1},
            "grad_w2": {"y_pred - y_true": -1, "y_pred": 1},
        },
    ),
    Misconception(
        id="bw-both-upstream-is-loss",
        title=N_("Both gradients start from the loss L, not its derivative"),
        hint=N_(
            "L is never negative, so it cannot tell whether y_pred is too high or too low. The "
            "walk starts with the derivative of L by y_pred."
        ),
        yours="∂L/∂z2 = L·σ'(z2)",
        change=(("(y_pred - y_true)", "loss(y_pred, y_true)"),),
        links={
            "grad_w1": {0.5: 1, "y_pred - y_true": 1},
            "grad_w2": {0.5: 1, "y_pred - y_true": 1},
        },
    ),
    Misconception(
        id="bw-both-abs-error",
        title=N_("The error has lost its sign"),
        hint=N_(
            "The sign of y_pred - y_true says which way the weights have to move. Did abs, or the "
            "root of a square, take it away?"
        ),
        yours="∂L/∂y_pred = |y_pred − y_true|",
        change=(("(y_pred - y_true)", "abs(y_pred - y_true)"),),
        links={
            "grad_w1": {"sign of y_pred - y_true": 1},
            "grad_w2": {"sign of y_pred - y_true": 1},
        },
    ),
    Misconception(
        id="bw-both-applies-lr",
        title=N_("Both gradients are already multiplied by a learning rate"),
        hint=N_(
            "backward says how steep the loss is. How far to go is decided in update, and with "
            "both the learning rate would count twice."
        ),
        yours="η·∂L/∂w1, η·∂L/∂w2",
        change=(
            (
                _RETURN,
                "return CONSTANT * delta2 * w2 * sigmoid_prime(z1) * x, CONSTANT * delta2 * a1",
            ),
        ),
        tries=(0.1, 0.01, 0.001, 0.05, 0.2, 0.3, 0.02),
        links={"grad_w1": {"CONSTANT": 1}, "grad_w2": {"CONSTANT": 1}},
    ),
    Misconception(
        id="bw-both-rounded",
        title=N_("The gradients are rounded"),
        hint=N_(
            "A small gradient is rounded to 0, and then the weights stop moving. Keep every digit "
            "here, and round only what you print."
        ),
        yours="round(∂L/∂w1, n), round(∂L/∂w2, n)",
        change=(
            (
                _RETURN,
                "grad_w1 = delta2 * w2 * sigmoid_prime(z1) * x\n"
                "    grad_w2 = delta2 * a1\n"
                "    return round(grad_w1, int(CONSTANT)), round(grad_w2, int(CONSTANT))",
            ),
        ),
        tries=(2, 3, 4, 1, 5, 6),
        when="rounded",
    ),
    Misconception(
        id="bw-w1-sp-pair-swapped",
        title=N_("σ'(z1) and σ'(z2) have changed places"),
        hint=N_(
            "Both are factors of grad_w1, so it does not show there. The way to w2 passes only one "
            "sigmoid: in which layer, and what goes into it?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ'(z1)·w2·σ'(z2)·x, ∂L/∂w2 = (y_pred − y_true)·σ'(z1)·a1",
        change=(
            ("sigmoid_prime(z2)", "sigmoid_prime(z1)"),
            ("w2 * sigmoid_prime(z1)", "w2 * sigmoid_prime(z2)"),
        ),
        links={"grad_w2": {"σ'(z2)": -1, "σ'(z1)": 1}},
    ),
    Misconception(
        id="bw-return-swapped",
        title=N_("The two gradients are returned in the wrong order"),
        hint=N_(
            "The caller takes the first value for grad_w1 and the second for grad_w2. Compare your "
            "return line with the description of the function."
        ),
        yours="(∂L/∂w2, ∂L/∂w1)",
        change=((_RETURN, "return delta2 * a1, delta2 * w2 * sigmoid_prime(z1) * x"),),
        links={
            "grad_w1": {"a1": 1, "w2": -1, "σ'(z1)": -1, "x": -1},
            "grad_w2": {"a1": -1, "w2": 1, "σ'(z1)": 1, "x": 1},
        },
    ),
    Misconception(
        id="bw-return-none",
        title=N_("backward returns nothing"),
        hint=N_(
            "Without return, the caller gets None, and all you have computed is lost. How should "
            "the last line of backward begin?"
        ),
        yours="None",
        change=(("return delta2", "grad_w1, grad_w2 = delta2"),),
        when="none",
    ),
    Misconception(
        id="bw-return-single",
        title=N_("backward returns only one value"),
        hint=N_(
            "There are two weights, so the caller waits for two gradients, first the one for w1. "
            "Which of them does your return line leave out?"
        ),
        yours="∂L/∂w1",
        change=(
            (" * x, delta2 * a1", " * x, delta2 * a1)[int(CONSTANT)]"),
            ("return delta2", "return (delta2"),
        ),
        tries=(0.0, 1.0),
        when="single",
    ),
    Misconception(
        id="bw-return-string",
        title=N_("backward returns text instead of numbers"),
        hint=N_(
            "update multiplies a gradient by the learning rate, and that takes a number. Turn "
            "numbers into text only where you print them."
        ),
        yours="str(∂L/∂w1), str(∂L/∂w2)",
        change=(
            (
                _RETURN,
                "grad_w1 = delta2 * w2 * sigmoid_prime(z1) * x\n"
                '    return f"{grad_w1:.4f}", f"{delta2 * a1:.4f}"',
            ),
        ),
        when="text",
    ),
    Misconception(
        id="bw-return-dict",
        title=N_("backward returns a dict instead of two values"),
        hint=N_(
            "grad_w1, grad_w2 = backward(...) would unpack the keys of a dict, not its numbers. "
            "Return the two numbers themselves."
        ),
        yours="dict(grad_w1=∂L/∂w1, grad_w2=∂L/∂w2)",
        change=(
            (
                _RETURN,
                "grad_w1 = delta2 * w2 * sigmoid_prime(z1) * x\n"
                '    return {"grad_w1": grad_w1, "grad_w2": delta2 * a1}',
            ),
        ),
        when="dict",
    ),
    Misconception(
        id="bw-prints-not-returns",
        title=N_("backward prints the gradients instead of returning them"),
        hint=N_(
            "print only shows a number on the screen, and the caller still gets None. What hands a "
            "value to the code that called?"
        ),
        yours="None",
        change=((_RETURN, "print(delta2 * w2 * sigmoid_prime(z1) * x, delta2 * a1)"),),
        when="printed",
    ),
    Misconception(
        id="bw-returns-new-weights",
        title=N_("backward returns new weights instead of gradients"),
        hint=N_(
            "Taking the step is the job of update. backward only says how steep the loss is, so no "
            "weight and no learning rate is subtracted here."
        ),
        yours="(w1 − η·∂L/∂w1, w2 − η·∂L/∂w2)",
        change=(
            (
                _RETURN,
                "grad_w1 = delta2 * w2 * sigmoid_prime(z1) * x\n"
                "    grad_w2 = delta2 * a1\n"
                "    return w1 - CONSTANT * grad_w1, w2 - CONSTANT * grad_w2",
            ),
        ),
        tries=_RATES,
    ),
    Misconception(
        id="bw-reciprocal",
        title=N_("The gradients are upside down: ∂w/∂L instead of ∂L/∂w"),
        hint=N_(
            "A gradient asks how much L changes for a small change of w, so L is on top. Look for "
            "a division where links should be multiplied."
        ),
        yours="1/(∂L/∂w1), 1/(∂L/∂w2)",
        change=((_RETURN, "return 1 / (delta2 * w2 * sigmoid_prime(z1) * x), 1 / (delta2 * a1)"),),
        links={
            "grad_w1": {"y_pred - y_true": -2, "σ'(z2)": -2, "w2": -2, "σ'(z1)": -2, "x": -2},
            "grad_w2": {"y_pred - y_true": -2, "σ'(z2)": -2, "a1": -2},
        },
    ),
    Misconception(
        id="bw-numeric-cheat",
        title=N_("backward measures the slope instead of using the chain rule"),
        hint=N_(
            "Finite differences are how a gradient is checked, and here they would check "
            "themselves. Multiply the links, starting with ∂L/∂y_pred."
        ),
        yours="∂L/∂w1 = (L(w1 + h, w2) − L(w1 − h, w2))/(2h)",
        body=(
            "def loss_at(w1, w2):\n"
            "    return loss(forward(x, w1, w2)[3], y_true)\n"
            "\n"
            "h = CONSTANT\n"
            "grad_w1 = (loss_at(w1 + h, w2) - loss_at(w1 - h, w2)) / (2 * h)\n"
            "grad_w2 = (loss_at(w1, w2 + h) - loss_at(w1, w2 - h)) / (2 * h)\n"
            "return grad_w1, grad_w2"
        ),
        tries=_STEPS,
        when="numeric",
    ),
    Misconception(
        id="bw-numeric-onesided-cheat",
        title=N_("backward measures the slope, and only to one side"),
        hint=N_(
            "Moving a weight to one side gives a slope that is a little off. The chain rule is "
            "exact and needs no h: which links does it multiply?"
        ),
        yours="∂L/∂w1 = (L(w1 + h, w2) − L(w1, w2))/h",
        body=(
            "def loss_at(w1, w2):\n"
            "    return loss(forward(x, w1, w2)[3], y_true)\n"
            "\n"
            "h = CONSTANT\n"
            "grad_w1 = (loss_at(w1 + h, w2) - loss_at(w1, w2)) / h\n"
            "grad_w2 = (loss_at(w1, w2 + h) - loss_at(w1, w2)) / h\n"
            "return grad_w1, grad_w2"
        ),
        tries=_STEPS,
        when="one-sided",
    ),
    Misconception(
        id="bw-numeric-of-prediction",
        title=N_("backward measures how y_pred changes, not how L changes"),
        hint=N_(
            "A gradient belongs to the loss, but y_true is nowhere in your differences. Leave the "
            "measuring and walk back from L, link by link."
        ),
        yours="∂L/∂w1 = (y_pred(w1 + h, w2) − y_pred(w1 − h, w2))/(2h)",
        body=(
            "def predict(w1, w2):\n"
            "    return forward(x, w1, w2)[3]\n"
            "\n"
            "h = CONSTANT\n"
            "grad_w1 = (predict(w1 + h, w2) - predict(w1 - h, w2)) / (2 * h)\n"
            "grad_w2 = (predict(w1, w2 + h) - predict(w1, w2 - h)) / (2 * h)\n"
            "return grad_w1, grad_w2"
        ),
        tries=_STEPS,
        links={"grad_w1": {"y_pred - y_true": -1}, "grad_w2": {"y_pred - y_true": -1}},
        when="imprecise",
    ),
    Misconception(
        id="bw-numeric-missing-2h",
        title=N_("backward divides a central difference by h instead of 2h"),
        hint=N_(
            "How far is it from w - h to w + h? Better than mending this: walk back from L with "
            "the chain rule, where no h is needed."
        ),
        yours="∂L/∂w1 = (L(w1 + h, w2) − L(w1 − h, w2))/h",
        body=(
            "def loss_at(w1, w2):\n"
            "    return loss(forward(x, w1, w2)[3], y_true)\n"
            "\n"
            "h = CONSTANT\n"
            "grad_w1 = (loss_at(w1 + h, w2) - loss_at(w1 - h, w2)) / h\n"
            "grad_w2 = (loss_at(w1, w2 + h) - loss_at(w1, w2 - h)) / h\n"
            "return grad_w1, grad_w2"
        ),
        tries=_STEPS,
        links={"grad_w1": {2: 1}, "grad_w2": {2: 1}},
        when="imprecise",
    ),
    Misconception(
        id="bw-accumulates-across-calls",
        title=N_("backward adds to the gradients of earlier calls"),
        hint=N_(
            "Call it twice with the same numbers, and the answers differ. Which variable outside "
            "of backward remembers the last call?"
        ),
        yours="∂L/∂w1 + ∂L/∂w1[old], ∂L/∂w2 + ∂L/∂w2[old]",
        change=(
            (
                _RETURN,
                'total["w1"] += delta2 * w2 * sigmoid_prime(z1) * x\n'
                '    total["w2"] += delta2 * a1\n'
                '    return total["w1"], total["w2"]',
            ),
        ),
        before='total = {"w1": 0.0, "w2": 0.0}',
    ),
    Misconception(
        id="bw-uses-global-cache",
        title=N_("backward uses values left over from an earlier forward"),
        hint=N_(
            "Saved values fit only if forward has just run with the same x, w1 and w2. How can "
            "backward get fresh ones from its own parameters?"
        ),
        yours="∂L/∂w2 = (y_pred[old] − y_true)·σ'(z2[old])·a1[old]",
        body=(
            'delta2 = (saved["y_pred"] - y_true) * sigmoid_prime(saved["z2"])\n'
            'return delta2 * w2 * sigmoid_prime(saved["z1"]) * x, delta2 * saved["a1"]'
        ),
        before=(
            "saved = {}\n"
            "_forward = forward\n"
            "\n"
            "\n"
            "def forward(x, w1, w2):\n"
            "    z1, a1, z2, y_pred = _forward(x, w1, w2)\n"
            "    saved.update(z1=z1, a1=a1, z2=z2, y_pred=y_pred)\n"
            "    return z1, a1, z2, y_pred"
        ),
        when="after-forward",
    ),
    Misconception(
        id="bw-hardcoded-example",
        title=N_("backward returns the same numbers for every input"),
        hint=N_(
            "The answer has to depend on x, y_true, w1 and w2. Numbers worked out for one example "
            "fit only there: which symbols did they stand for?"
        ),
        yours="∂L/∂w1 = c1, ∂L/∂w2 = c2",
        body="return 0.019622, -0.061527",
        when="constant",
    ),
    Misconception(
        id="bw-both-error-squared",
        title=N_("Both gradients start from the square of the error"),
        hint=N_(
            "The square belongs to the loss, but the walk starts with the derivative of the loss. "
            "What becomes of a square when you differentiate it?"
        ),
        yours="∂L/∂y_pred = (y_pred − y_true)²",
        change=(("(y_pred - y_true)", "(y_pred - y_true) ** 2"),),
        links={"grad_w1": {"y_pred - y_true": 1}, "grad_w2": {"y_pred - y_true": 1}},
    ),
    Misconception(
        id="bw-both-tanh-derivative",
        title=N_("Both layers use the derivative of tanh, 1 - a²"),
        hint=N_(
            "1 - a² would be right if the units used tanh. Here they use σ: what is the slope of "
            "σ, written with its own value?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·(1 − y_pred²)·w2·(1 − a1²)·x",
        change=(
            ("sigmoid_prime(z2)", "(1 - y_pred**2)"),
            ("sigmoid_prime(z1)", "(1 - a1**2)"),
        ),
    ),
    Misconception(
        id="bw-both-output-tanh-derivative",
        title=N_("The output layer uses the derivative of tanh, 1 - y_pred²"),
        hint=N_(
            "1 - y_pred² would be right if the output used tanh. Here y_pred = σ(z2): what is the "
            "slope of σ, written with y_pred?"
        ),
        yours="∂L/∂z2 = (y_pred − y_true)·(1 − y_pred²)",
        change=(("sigmoid_prime(z2)", "(1 - y_pred**2)"),),
    ),
    Misconception(
        id="bw-return-same-twice",
        title=N_("The same gradient is returned twice"),
        hint=N_(
            "w1 and w2 have gradients of their own, and they end in different links. Which two "
            "names belong in the return line?"
        ),
        yours="∂L/∂w1 = ∂L/∂w2",
        change=(
            (
                "return delta2 * w2 * sigmoid_prime(z1) * x, delta2 * a1",
                "grads = (delta2 * w2 * sigmoid_prime(z1) * x, delta2 * a1)\n"
                "    return grads[int(CONSTANT)], grads[int(CONSTANT)]",
            ),
        ),
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bw-both-sigma-not-derivative",
        title=N_("Both layers use σ itself instead of its derivative"),
        hint=N_(
            "A link is a slope. How steep is σ at z, written with the value a that it has there?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·σ(z2)·w2·σ(z1)·x",
        change=(("sigmoid_prime(z2)", "sigmoid(z2)"), ("sigmoid_prime(z1)", "sigmoid(z1)")),
        links={
            "grad_w1": {"1 - y_pred": -1, "1 - a1": -1},
            "grad_w2": {"1 - y_pred": -1},
        },
    ),
    Misconception(
        id="bw-both-one-minus-only",
        title=N_("Both layers use 1 - a where a·(1 - a) belongs"),
        hint=N_(
            "The slope of σ is a product of two things, and one of them is missing in both "
            "layers. What is σ' made of?"
        ),
        yours="∂L/∂w1 = (y_pred − y_true)·(1 − y_pred)·w2·(1 − a1)·x",
        change=(("sigmoid_prime(z2)", "(1 - y_pred)"), ("sigmoid_prime(z1)", "(1 - a1)")),
        links={"grad_w1": {"y_pred": -1, "a1": -1}, "grad_w2": {"y_pred": -1}},
    ),
)
