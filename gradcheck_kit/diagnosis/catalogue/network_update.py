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
)
