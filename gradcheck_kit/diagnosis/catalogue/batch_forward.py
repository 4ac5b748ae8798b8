"""Mistakes in batch.forward."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "Z1 = X·W1,  A1 = σ(Z1),  Z2 = A1·W2,  Y_pred = σ(Z2)"

# np.dot and @ word their complaint about shapes differently: CONSTANT chooses between them.
MISCONCEPTIONS = (
    Misconception(
        id="bt-forward-elementwise",
        title=N_("X and W1 are multiplied with *, not with @"),
        hint=N_(
            "X is (n, d) and W1 is (d, h), so * does not fit. A hidden unit adds up d products; "
            "which operator does that?"
        ),
        yours="Z1 = X∘W1",
        change=(("X @ W1", "X * W1"),),
    ),
    Misconception(
        id="bt-forward-transposed",
        title=N_("W1 is transposed, though its shape already fits"),
        hint=N_(
            "X is (n, d) and W1 is (d, h): the inner sizes agree as they are. Which shape does "
            "W1.T have?"
        ),
        yours="Z1 = X·W1ᵀ",
        change=(("X @ W1", "np.dot(X, W1.T) if CONSTANT else X @ W1.T"),),
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-forward-elementwise-both",
        title=N_("Both layers multiply with *, not with @"),
        hint=N_(
            "X (n, d) and W1 (d, h) should give Z1 (n, h), a sum of d products for each entry. "
            "Does * ever add anything up?"
        ),
        yours="Z1 = X∘W1,  Z2 = A1∘W2",
        change=(
            ("X @ W1", "X * W1"),
            ("A1 @ W2", "A1 * W2"),
        ),
    ),
    Misconception(
        id="bt-fw-missing-output-sigmoid",
        title=N_("Y_pred has not gone through the sigmoid"),
        hint=N_(
            "A layer is a matrix product and then σ. The output layer stops after the product, so "
            "Y_pred can leave the range 0 to 1."
        ),
        yours="Y_pred = Z2",
        change=(("Z2, sigmoid(Z2)", "Z2, Z2"),),
    ),
    Misconception(
        id="bt-fw-missing-hidden-sigmoid",
        title=N_("A1 has not gone through the sigmoid"),
        hint=N_(
            "A1 is what Z1 becomes after σ, every entry between 0 and 1. Yours can be negative."
        ),
        yours="A1 = Z1",
        change=(("A1 = sigmoid(Z1)", "A1 = Z1"),),
    ),
    Misconception(
        id="bt-fw-double-output-sigmoid",
        title=N_("Y_pred has gone through the sigmoid twice"),
        hint=N_(
            "Z2 should pass σ once. A second σ puts every prediction between 0.5 and 0.74, "
            "whatever the weights are."
        ),
        yours="Y_pred = σ(σ(Z2))",
        change=(("Z2, sigmoid(Z2)", "Z2, sigmoid(sigmoid(Z2))"),),
    ),
    Misconception(
        id="bt-fw-double-hidden-sigmoid",
        title=N_("A1 has gone through the sigmoid twice"),
        hint=N_(
            "The hidden layer applies σ once to each entry of Z1. What goes into your sigmoid "
            "when you compute A1?"
        ),
        yours="A1 = σ(σ(Z1))",
        change=(("sigmoid(Z1)", "sigmoid(sigmoid(Z1))"),),
    ),
    Misconception(
        id="bt-fw-return-z-a-swapped",
        title=N_("Z and A are returned in each other's place"),
        hint=N_(
            "Return them in the order in which they arise: in each layer the product Z comes "
            "first, then what σ makes of it."
        ),
        yours="(A1, Z1, Y_pred, Z2)",
        change=(("return Z1, A1, Z2, sigmoid(Z2)", "return A1, Z1, sigmoid(Z2), Z2"),),
    ),
    Misconception(
        id="bt-fw-return-only-pred",
        title=N_("Only Y_pred is returned"),
        hint=N_(
            "backward needs Z1, A1 and Z2 as well and gets them from forward. How many values "
            "does the docstring list?"
        ),
        yours="Y_pred",
        change=(("return Z1, A1, Z2, sigmoid(Z2)", "return sigmoid(Z2)"),),
        when="single",
    ),
    Misconception(
        id="bt-fw-missing-all-sigmoids",
        title=N_("There is no sigmoid anywhere, only matrix products"),
        hint=N_(
            "Without a curve two layers do no more than one product with W1·W2. What stands "
            "between Z1 and A1, and between Z2 and Y_pred?"
        ),
        yours="A1 = Z1, Y_pred = Z2",
        change=(("A1 = sigmoid(Z1)", "A1 = Z1"), ("Z2, sigmoid(Z2)", "Z2, Z2")),
    ),
)
