"""Mistakes in warmup.df_dx."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "∂f/∂x = 2xy + 3y"

MISCONCEPTIONS = (
    Misconception(
        id="wp-dx-missing-3y",
        title=N_("The part from 3xy is missing"),
        hint=N_(
            "f has two terms with an x in them, x²y and 3xy. What does the second one give when "
            "only x moves?"
        ),
        yours="∂f/∂x = 2xy",
        change=(("2 * x * y + 3 * y", "2 * x * y"),),
    ),
    Misconception(
        id="wp-dx-missing-2",
        title=N_("The 2 from differentiating x² is missing"),
        hint=N_(
            "When x² is differentiated, its exponent comes down as a factor. What does x²y give "
            "then?"
        ),
        yours="∂f/∂x = xy + 3y",
        change=(("2 * x * y", "x * y"),),
    ),
    Misconception(
        id="wp-dx-keeps-y2",
        title=N_("y² is still there, though it does not depend on x"),
        hint=N_(
            "While only x moves, y² stays the same all the time. What is the derivative of "
            "something that never changes?"
        ),
        yours="∂f/∂x = 2xy + 3y + y²",
        change=(("2 * x * y + 3 * y", "2 * x * y + 3 * y + y**2"),),
    ),
    Misconception(
        id="wp-dx-drops-y",
        title=N_("The factor y has been dropped"),
        hint=N_(
            "y is held still like a number. A number that multiplies, as the 5 in 5x², stays when "
            "you differentiate."
        ),
        yours="∂f/∂x = 2x + 3",
        change=(("2 * x * y + 3 * y", "2 * x + 3"),),
    ),
    Misconception(
        id="wp-dx-is-dy",
        title=N_("This is the derivative by y, not by x"),
        hint=N_(
            "df_dx asks how f changes when x moves and y is held still. In your formula it is y "
            "that moves."
        ),
        yours="∂f/∂y = x² + 3x + 2y",
        change=(("2 * x * y + 3 * y", "x**2 + 3 * x + 2 * y"),),
    ),
    Misconception(
        id="wp-dx-total",
        title=N_("Both partial derivatives are added together"),
        hint=N_(
            "A partial derivative moves one variable only. Which of your terms come from moving y?"
        ),
        yours="∂f/∂x + ∂f/∂y = 2xy + 3y + x² + 3x + 2y",
        change=(("2 * x * y + 3 * y", "2 * x * y + 3 * y + x**2 + 3 * x + 2 * y"),),
    ),
    Misconception(
        id="wp-dx-not-differentiated",
        title=N_("This is f itself, not its derivative"),
        hint=N_(
            "df_dx is the slope of f in the direction of x. Take x²y, 3xy and y² one after the "
            "other and differentiate each by x."
        ),
        yours="f(x, y) = x²y + 3xy + y²",
        change=(("2 * x * y + 3 * y", "x**2 * y + 3 * x * y + y**2"),),
    ),
    Misconception(
        id="wp-dx-term-3",
        title=N_("3xy is differentiated to 3, without its y"),
        hint=N_(
            "In 3xy only x moves, and y is held still like a number. What is the derivative of a "
            "number times x?"
        ),
        yours="2xy + 3",
        body="return 2 * x * y + 3",
    ),
    Misconception(
        id="wp-dx-term-3x",
        title=N_("3xy is differentiated to 3x instead of by x"),
        hint=N_(
            "Differentiating by x removes one x and leaves the y. Which letter is left of 3xy?"
        ),
        yours="2xy + 3x",
        body="return 2 * x * y + 3 * x",
    ),
    Misconception(
        id="wp-dx-first-term-2x",
        title=N_("x²y is differentiated to 2x, without its y"),
        hint=N_(
            "y is held still like a number and stays as a factor. Go over the first term again."
        ),
        yours="2x + 3y",
        body="return 2 * x + 3 * y",
    ),
)
