"""Mistakes in network.update."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "w − η·∂L/∂w"

MISCONCEPTIONS = (
    Misconception(
        id="up-ascent",
        title=N_("The step is added, so the loss grows"),
        hint=N_(
            "The gradient points uphill, to where the loss grows. Which way do you have to step "
            "to go down?"
        ),
        yours="w + η·∂L/∂w",
        change=(("- lr", "+ lr"),),
    ),
    Misconception(
        id="up-missing-lr",
        title=N_("The learning rate is not used"),
        hint=N_(
            "Your step is always as large as the gradient. Which argument sets how far you go?"
        ),
        yours="w − ∂L/∂w",
        change=(("lr * grad", "grad"),),
    ),
    Misconception(
        id="up-lr-twice",
        title=N_("lr is multiplied in twice"),
        hint=N_(
            "With lr = 0.1 your step is only 0.01 times the gradient. The learning rate scales it "
            "once."
        ),
        yours="w − η²·∂L/∂w",
        change=(("lr * grad", "lr * lr * grad"),),
    ),
    Misconception(
        id="up-lr-divides",
        title=N_("The gradient is divided by lr"),
        hint=N_(
            "A smaller learning rate should make a smaller step. What does dividing by 0.01 do to "
            "yours?"
        ),
        yours="w − (∂L/∂w)/η",
        change=(("lr * grad", "grad / lr"),),
    ),
    Misconception(
        id="up-returns-step",
        title=N_("Only the step is returned, not the new weight"),
        hint=N_(
            "lr times the gradient says how far to go. From where do you start, and in which "
            "direction do you go?"
        ),
        yours="η·∂L/∂w",
        change=(("w - lr * grad", "lr * grad"),),
    ),
    Misconception(
        id="up-returns-negative-step",
        title=N_("The change of the weight is returned, not the weight"),
        hint=N_(
            "The direction is right already. What does the change have to be added to so that a "
            "new weight comes out?"
        ),
        yours="−η·∂L/∂w",
        change=(("w - lr * grad", "-lr * grad"),),
    ),
    Misconception(
        id="up-reversed",
        title=N_("The subtraction is the wrong way round"),
        hint=N_(
            "Your result has the opposite sign. For a gradient of 0 the weight should stay as it "
            "is; what do you return then?"
        ),
        yours="η·∂L/∂w − w",
        change=(("w - lr * grad", "lr * grad - w"),),
    ),
    Misconception(
        id="up-multiplies",
        title=N_("The step is multiplied by w"),
        hint=N_(
            "The step depends on lr and the gradient only. With w = 0 yours could never move away "
            "from 0."
        ),
        yours="w·(1 − η·∂L/∂w)",
        change=(("w - lr * grad", "w * (1 - lr * grad)"),),
    ),
    Misconception(
        id="up-uses-weight-not-grad",
        title=N_("lr multiplies w where the gradient belongs"),
        hint=N_(
            "grad is not used at all, so the weight changes in the same way whatever the loss "
            "says. What should lr multiply?"
        ),
        yours="w − η·w",
        change=(("lr * grad", "lr * w"),),
    ),
    Misconception(
        id="up-lr-added",
        title=N_("lr and grad are added, not multiplied"),
        hint=N_(
            "At a gradient of 0 the weight should rest, but yours still moves by lr. The learning "
            "rate scales the gradient."
        ),
        yours="w − (η + ∂L/∂w)",
        change=(("lr * grad", "(lr + grad)"),),
    ),
    Misconception(
        id="up-sign-only",
        title=N_("Only the sign of the gradient is used, not its size"),
        hint=N_(
            "Near the lowest point the gradient gets small, and so should the step. Yours is "
            "always lr long and cannot settle."
        ),
        yours="w − η·sign(∂L/∂w)",
        change=(("lr * grad", "lr * np.sign(grad)"),),
    ),
    Misconception(
        id="up-misparen",
        title=N_("The parentheses are around w - lr"),
        hint=N_(
            "Now the gradient multiplies the weight as well. Which two values make the step, "
            "before anything is subtracted?"
        ),
        yours="(w − η)·∂L/∂w",
        change=(("w - lr * grad", "(w - lr) * grad"),),
    ),
    Misconception(
        id="up-abs-grad",
        title=N_("The gradient has lost its sign, so w only goes down"),
        hint=N_("A negative gradient means that w should grow. What does abs do to it?"),
        yours="w − η·|∂L/∂w|",
        change=(("lr * grad", "lr * abs(grad)"),),
    ),
    Misconception(
        id="up-unchanged",
        title=N_("The weight comes back unchanged"),
        hint=N_("You return w as it came in. Is the new value computed and then not returned?"),
        yours="w",
        change=(("w - lr * grad", "w"),),
    ),
    Misconception(
        id="up-return-none",
        title=N_("update returns nothing"),
        hint=N_(
            "Changing w inside the function does not change the caller's number. The new weight "
            "has to be handed back."
        ),
        yours="None",
        change=(("return w - lr * grad", "w -= lr * grad"),),
        when="none",
    ),
    Misconception(
        id="up-ignores-lr-argument",
        title=N_("A fixed number is used in place of the argument lr"),
        hint=N_(
            "Whatever lr the caller asks for, your step stays the same. Look for a number, or a "
            "name such as LR, from outside the function."
        ),
        yours="w − c·∂L/∂w",
        change=(("lr * grad", "LR * grad"),),
        before="LR = CONSTANT",
        tries=(0.01, 0.1, 0.001, 0.05, 0.5, 0.2, 0.3, 1e-4, float("nan")),
    ),
)
