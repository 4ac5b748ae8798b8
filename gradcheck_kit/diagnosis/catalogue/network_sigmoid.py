"""Mistakes in network.sigmoid."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "1/(1 + e^(−z))"

MISCONCEPTIONS = (
    Misconception(
        id="sig-exp-sign",
        title=N_("This is 1 − σ(z): it falls where σ rises"),
        hint=N_(
            "Put in z = 3: a sigmoid is close to 1 there, yours is close to 0. Look at the sign "
            "of the exponent, and at anything subtracted from 1."
        ),
        yours="1/(1 + e^z)",
        body="return 1 / (1 + math.exp(z))",
    ),
    Misconception(
        id="sig-missing-paren",
        title=N_("The denominator lacks its parentheses"),
        hint=N_(
            "Python divides before it adds, so only a 1 is below the line. The whole sum 1 + "
            "e^(-z) belongs there."
        ),
        yours="1/1 + e^(−z)",
        body="return 1 / 1 + math.exp(-z)",
    ),
    Misconception(
        id="sig-base-misparen",
        title=N_("1 + e is raised to the power, not e alone"),
        hint=N_(
            "Look at where the parentheses close. Only e carries the exponent -z, so the power "
            "comes first and the 1 is added after it."
        ),
        yours="1/(1 + e)^(−z)",
        body="return 1 / ((1 + math.e) ** (-z))",
    ),
    Misconception(
        id="sig-numerator-z",
        title=N_("The numerator is z instead of 1"),
        hint=N_(
            "For z = 10 your value is near 10, but a sigmoid never leaves the range from 0 to 1. "
            "What stands above the line in the formula?"
        ),
        yours="z/(1 + e^(−z))",
        body="return z / (1 + math.exp(-z))",
    ),
    Misconception(
        id="sig-denominator-minus",
        title=N_("The denominator has a minus where a plus belongs"),
        hint=N_(
            "At z = 0 your denominator is 0, so you cannot divide. With which sign between 1 and "
            "e^(-z) does it stay above 1 for every z?"
        ),
        yours="1/(1 − e^(−z))",
        # CONSTANT chooses math or NumPy: at z = 0 one raises and the other gives inf.
        body="exp = np.exp if CONSTANT else math.exp\nreturn 1 / (1 - exp(-z))",
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="sig-tanh",
        title=N_("This is tanh, not the sigmoid"),
        hint=N_(
            "tanh runs from -1 to 1 and gives 0 at z = 0. The sigmoid runs from 0 to 1; what does "
            "it give at z = 0?"
        ),
        yours="tanh(z)",
        body="return math.tanh(z)",
    ),
    Misconception(
        id="sig-base-10",
        title=N_("The base of the power is not e"),
        hint=N_(
            "The sigmoid is built on e = 2.718..., and only then is its slope σ(z)·(1 − σ(z)). "
            "Which function of math gives powers of e?"
        ),
        yours="1/(1 + b^(−z)),  b ≠ e",
        body="return 1 / (1 + CONSTANT ** (-z))",
        tries=(10.0, 2.0, 3.0),
    ),
    Misconception(
        id="sig-step",
        title=N_("A step from 0 to 1 stands in place of the smooth curve"),
        hint=N_(
            "A step is flat nearly everywhere: its slope is 0, so no gradient comes back and "
            "nothing is learned. The sigmoid rises smoothly."
        ),
        yours="1 if z > 0, else 0",
        # CONSTANT is what the step gives at z = 0 itself: learners write z > 0 or z >= 0.
        body="return np.heaviside(z, CONSTANT)",
        tries=(0.0, 1.0, 0.5),
    ),
    Misconception(
        id="sig-ratio-nan",
        title=N_("Large z gives nan, because e^z becomes too large"),
        hint=N_(
            "For z = 800 top and bottom are both inf, and inf/inf is nan. Divide top and bottom "
            "by e^z: which exponent is left?"
        ),
        yours="e^z/(1 + e^z)",
        body="return np.exp(z) / (1 + np.exp(z))",
    ),
    Misconception(
        id="sig-math-overflow",
        title=N_("math.exp overflows when z is very negative"),
        hint=N_(
            "Your formula is right. At z = -1000, math.exp(1000) is too large for a float; for "
            "negative z, multiply the fraction by e^z above and below."
        ),
        yours="1/(1 + e^(−z))",
        body="return 1 / (1 + math.exp(-z))",
        is_advisory=True,
    ),
    Misconception(
        id="sig-clip-too-tight",
        title=N_("The range that z is clipped to is too narrow"),
        hint=N_(
            "Beyond your bounds the curve goes flat and its slope is lost. Clipping only has to "
            "prevent overflow, which starts near |z| = 700."
        ),
        yours="σ(min(max(z, −c), c))",
        body="z = max(-CONSTANT, min(CONSTANT, z))\nreturn 1 / (1 + math.exp(-z))",
        tries=(2.0, 1.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0),
    ),
    Misconception(
        id="sig-float32",
        title=N_("The sigmoid is computed in float32"),
        hint=N_(
            "float32 keeps about 7 digits, and a numerical check of gradients needs more. Find "
            "where float32 comes in and leave it out."
        ),
        yours="float32(1/(1 + e^(−z)))",
        body=(
            "z = np.asarray(z, dtype=np.float32)\n"
            "return np.float32(1) / (np.float32(1) + np.exp(-z))"
        ),
        when="float32",
    ),
    Misconception(
        id="sig-int-truncates",
        title=N_("The decimals of z are cut off"),
        hint=N_(
            "For z = 0.4 and z = 0.9 you get the same value as for 0. Look for int() or // ahead "
            "of the exponential: z must stay a float."
        ),
        yours="σ(int(z))",
        body="z = int(z)\nreturn 1 / (1 + math.exp(-z))",
    ),
    Misconception(
        id="sig-rounded",
        title=N_("The result is rounded"),
        hint=N_(
            "A rounded curve is made of small steps, and on a step the slope is 0. Return all "
            "digits; round only where you print."
        ),
        yours="round(σ(z), n)",
        body="return round(1 / (1 + math.exp(-z)), int(CONSTANT))",
        tries=(2.0, 3.0, 4.0, 1.0),
        when="rounded",
    ),
    Misconception(
        id="sig-prints",
        title=N_("sigmoid prints its value and returns nothing"),
        hint=N_(
            "print only shows a number on the screen. forward calls sigmoid and goes on computing "
            "with what it returns, which is None now."
        ),
        yours="None",
        body="print(1 / (1 + math.exp(-z)))",
        when="printed",
    ),
    Misconception(
        id="sig-approx-e",
        title=N_("e is typed in with too few digits"),
        hint=N_(
            "With a few digits of e the error grows as z does, and a gradient check sees it. "
            "Where does Python keep e, or its powers, to full precision?"
        ),
        yours="1/(1 + 2.718^(−z))",
        body="return 1 / (1 + CONSTANT ** (-z))",
        tries=(2.718, 2.71828, 2.7, 2.71, 2.72, 2.7183, 2.7182, 2.718281),
    ),
    Misconception(
        id="sig-floor-division",
        title=N_("The result is cut down to a whole number"),
        hint=N_(
            "σ(z) lies between 0 and 1, so only 0 is left of it. Is there a // or an int() that "
            "drops everything after the decimal point?"
        ),
        yours="floor(1/(1 + e^(−z)))",
        body="return 1 // (1 + math.exp(-z))",
    ),
    Misconception(
        id="sig-caret",
        title=N_("In Python, ^ is not a power"),
        hint=N_(
            "^ works on the bits of whole numbers, so it fails for floats. Powers have another "
            "sign in Python, and for powers of e there is a function."
        ),
        yours="1/((1 + e) xor (−z))",
        body="return 1 / (1 + math.e ^ (-z))",
    ),
    Misconception(
        id="sig-relu",
        title=N_("This is ReLU, not the sigmoid"),
        hint=N_(
            "ReLU gives 0 for every negative z and grows without bound. The sigmoid stays between "
            "0 and 1; what should come out at z = 0?"
        ),
        yours="max(0, z)",
        body="return max(0, z)",
    ),
)
