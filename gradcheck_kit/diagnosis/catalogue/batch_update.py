"""Mistakes in batch.update."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "W − η·∂L/∂W"

MISCONCEPTIONS = (
    Misconception(
        id="bt-update-inplace",
        title=N_("update changes the array W that it is given"),
        hint=N_(
            "W -= ... writes into the caller's array, so the old weights are lost. How do you get "
            "the result in a new array?"
        ),
        yours="W -= η·∂L/∂W",
        body="""
W -= lr * grad
return W
""",
        when="mutates:W",
    ),
    Misconception(
        id="bt-up-ascent",
        title=N_("The step is added to W, so the loss grows"),
        hint=N_(
            "For each entry ∂L/∂W tells which way the loss grows. To which side should the weight "
            "move?"
        ),
        yours="W + η·∂L/∂W",
        change=(("- lr", "+ lr"),),
    ),
    Misconception(
        id="bt-up-missing-lr",
        title=N_("The gradient is not multiplied by lr"),
        hint=N_("lr sets how far W moves. Your step is just as long for lr = 0.1 as for lr = 10."),
        yours="W − ∂L/∂W",
        change=(("lr * grad", "grad"),),
    ),
    Misconception(
        id="bt-up-lr-twice",
        title=N_("The gradient is multiplied by lr twice"),
        hint=N_(
            "With lr = 0.1 your step is only a tenth of what it should be. Where does the second "
            "lr come in?"
        ),
        yours="W − η²·∂L/∂W",
        change=(("lr * grad", "lr * lr * grad"),),
    ),
    Misconception(
        id="bt-up-returns-step",
        title=N_("Only the step is returned, not the new W"),
        hint=N_(
            "lr times the gradient is how far to move. Where does this step start, and where do "
            "the weights end up?"
        ),
        yours="η·∂L/∂W",
        change=(("w - lr * grad", "lr * grad"),),
    ),
    Misconception(
        id="bt-up-unchanged",
        title=N_("W comes back as it was"),
        hint=N_(
            "Nothing is subtracted, or the result has another name than the one you return. Look "
            "at the return line."
        ),
        yours="W",
        change=(("w - lr * grad", "w"),),
    ),
)
