"""Mistakes in network.loss."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "½(y_pred − y_true)²"

MISCONCEPTIONS = (
    Misconception(
        id="loss-missing-half",
        title=N_("The factor ½ is missing"),
        hint=N_(
            "The loss is half the square. The ½ is there so that it cancels the 2 when you "
            "differentiate."
        ),
        yours="(y_pred − y_true)²",
        change=(("0.5 * (error * error)", "error * error"),),
    ),
    Misconception(
        id="loss-double-half",
        title=N_("The loss is only half as large as it should be"),
        hint=N_(
            "Is the ½ inside the square? There it is squared as well and becomes 1/4. It belongs "
            "outside, and only once."
        ),
        yours="(½(y_pred − y_true))²",
        body="return ((y_pred - y_true) / 2) ** 2",
    ),
    Misconception(
        id="loss-missing-square",
        title=N_("The difference is not squared"),
        hint=N_(
            "Without the square the loss is negative when y_pred is too small, and a perfect "
            "prediction is not its lowest point."
        ),
        yours="½(y_pred − y_true)",
        change=(("0.5 * (error * error)", "0.5 * error"),),
    ),
    Misconception(
        id="loss-abs",
        title=N_("The absolute value stands in place of the square"),
        hint=N_(
            "Both make the loss positive, but only half the square has the derivative y_pred − "
            "y_true, which backward starts from."
        ),
        yours="½|y_pred − y_true|",
        change=(("0.5 * (error * error)", "0.5 * abs(error)"),),
    ),
    Misconception(
        id="loss-difference-of-squares",
        title=N_("The squares are subtracted, not the difference squared"),
        hint=N_(
            "Subtracting the squares can make the loss negative. Which comes first, the "
            "subtraction or the square? Mind the parentheses."
        ),
        yours="½(y_pred² − y_true²)",
        body="return (y_pred**2 - y_true**2) / 2",
    ),
    Misconception(
        id="loss-cross-entropy",
        title=N_("This is cross-entropy, not half the squared error"),
        hint=N_(
            "It has another derivative, so it does not fit the gradients of this lesson. There is "
            "no logarithm in L: what happens to the difference?"
        ),
        yours="−(y_true·ln y_pred + (1 − y_true)·ln(1 − y_pred))",
        # CONSTANT chooses math or NumPy: where y_pred > 1 one raises and the other gives nan.
        body=(
            "log = np.log if CONSTANT else math.log\n"
            "return -y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred)"
        ),
        tries=(1.0, 0.0),
    ),
    Misconception(
        id="loss-negative",
        title=N_("The sign of the loss is wrong"),
        hint=N_(
            "A square is never negative, so the best loss is 0 and all others are above it. Where "
            "does the minus come from?"
        ),
        yours="−½(y_pred − y_true)²",
        change=(("0.5 * (error * error)", "-0.5 * (error * error)"),),
    ),
    Misconception(
        id="loss-integer-division",
        title=N_("1 // 2 is 0, so the loss is always 0"),
        hint=N_(
            "// drops everything after the decimal point, so 1 // 2 is 0. How else can you write "
            "one half?"
        ),
        yours="floor(½)·(y_pred − y_true)² = 0",
        change=(("0.5 *", "1 // 2 *"),),
    ),
    Misconception(
        id="loss-caret",
        title=N_("In Python, ^ is not a power"),
        hint=N_(
            "^ works on the bits of whole numbers, so it fails for floats. Powers have another "
            "sign in Python, or you multiply the difference by itself."
        ),
        yours="½(y_pred − y_true) xor 2",
        # CONSTANT chooses between the ways it is written, which differ for ints and in the error.
        body=(
            "error = y_pred - y_true\n"
            "if CONSTANT == 2:\n"
            "    return error ^ 2 / 2\n"
            "return 0.5 * error ^ 2 if CONSTANT else 0.5 * (error ^ 2)"
        ),
        tries=(0.0, 1.0, 2.0),
    ),
    Misconception(
        id="loss-sum-not-difference",
        title=N_("y_pred and y_true are added, not subtracted"),
        hint=N_(
            "A perfect prediction should give the loss 0. What do you get when y_pred equals "
            "y_true?"
        ),
        yours="½(y_pred + y_true)²",
        change=(("y_pred - y_true", "y_pred + y_true"),),
    ),
    Misconception(
        id="loss-root",
        title=N_("The loss is the plain distance, not half its square"),
        hint=N_(
            "A square root undoes the square, and abs never squares: both leave just the "
            "distance. What is still to be done with it?"
        ),
        yours="|y_pred − y_true|",
        body="return math.sqrt((y_pred - y_true) ** 2)",
    ),
    Misconception(
        id="loss-plain-difference",
        title=N_("This is the difference itself, not the loss"),
        hint=N_(
            "It is negative when y_pred is too small, and it is the slope of the loss rather than "
            "the loss. Which two steps come after subtracting?"
        ),
        yours="y_pred − y_true",
        change=(("0.5 * (error * error)", "error"),),
    ),
    Misconception(
        id="loss-floor-division",
        title=N_("The loss is cut down to a whole number"),
        hint=N_(
            "Most losses are below 1, so 0 is left of them. Is there a // or an int() that drops "
            "everything after the decimal point?"
        ),
        yours="floor(½(y_pred − y_true)²)",
        body="return (y_pred - y_true) ** 2 // 2",
    ),
)
