"""Mistakes in batch.sigmoid."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "σ(z) = 1/(1 + e^−z)"

MISCONCEPTIONS = (
    Misconception(
        id="bt-sigmoid-scalar-if",
        title=N_("if, max and min cannot decide for a whole matrix"),
        hint=N_(
            "Comparing a matrix gives True or False for each entry, but if wants a single answer."
            " np.where, np.maximum and np.clip work entry by entry."
        ),
        yours="Z ≥ 0: 1/(1 + e^−Z),  Z < 0: e^Z/(1 + e^Z)",
        body="""
if z >= 0:
    return 1 / (1 + np.exp(-z))
else:
    return np.exp(z) / (1 + np.exp(z))
""",
    ),
    Misconception(
        id="bt-sig-exp-sign",
        title=N_("This is 1 − σ(Z): the curve falls where σ rises"),
        hint=N_(
            "Try a matrix with an entry such as 10 in it: σ should be close to 1 there. Look at "
            "the sign of the exponent, and at anything subtracted from 1."
        ),
        yours="σ(z) = 1/(1 + e^z)",
        body="return 1 / (1 + np.exp(z))",
    ),
    Misconception(
        id="bt-sig-missing-paren",
        title=N_("The denominator needs parentheses"),
        hint=N_(
            "1 / 1 + np.exp(-Z) divides first and adds afterwards. The whole sum belongs below "
            "the line."
        ),
        yours="σ(z) = 1/1 + e^−z",
        body="return 1 / 1 + np.exp(-z)",
    ),
    Misconception(
        id="bt-sig-tanh",
        title=N_("This is tanh, not the sigmoid"),
        hint=N_(
            "tanh runs from -1 to 1, the sigmoid from 0 to 1. What should come out for an entry "
            "that is 0?"
        ),
        yours="tanh(z)",
        body="return np.tanh(z)",
    ),
)
