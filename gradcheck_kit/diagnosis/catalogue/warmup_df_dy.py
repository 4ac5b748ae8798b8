"""Mistakes in warmup.df_dy."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "∂f/∂y = x² + 3x + 2y"

MISCONCEPTIONS = (
    Misconception(
        id="wp-dy-missing-2y",
        title=N_("The part from y² is missing"),
        hint=N_(
            "Now y moves, so y² is not a constant. What does it give when you differentiate it by "
            "y?"
        ),
        yours="∂f/∂y = x² + 3x",
        change=(("x * x + 3 * x + 2 * y", "x**2 + 3 * x"),),
    ),
    Misconception(
        id="wp-dy-missing-3x",
        title=N_("The part from 3xy is missing"),
        hint=N_(
            "3xy has a y in it, multiplied by 3x. What is left of this term when only y moves?"
        ),
        yours="∂f/∂y = x² + 2y",
        change=(("x * x + 3 * x + 2 * y", "x**2 + 2 * y"),),
    ),
    Misconception(
        id="wp-dy-power-on-x",
        title=N_("x² has been differentiated, though only y moves"),
        hint=N_(
            "In x²y the factor x² is held still like a number. What happens to the 5 when you "
            "differentiate 5y by y?"
        ),
        yours="∂f/∂y = 2x + 3x + 2y",
        change=(("x * x + 3 * x + 2 * y", "2 * x + 3 * x + 2 * y"),),
    ),
    Misconception(
        id="wp-dy-y-not-2y",
        title=N_("The 2 from differentiating y² is missing"),
        hint=N_(
            "When a power is differentiated, its exponent comes down as a factor. Your term from "
            "y² has lost it."
        ),
        yours="∂f/∂y = x² + 3x + y",
        change=(("2 * y", "y"),),
    ),
    Misconception(
        id="wp-dy-is-dx",
        title=N_("This is the derivative by x, not by y"),
        hint=N_(
            "df_dy asks how f changes when y moves and x is held still. Which letter did you "
            "differentiate by?"
        ),
        yours="∂f/∂x = 2xy + 3y",
        change=(("x * x + 3 * x + 2 * y", "2 * x * y + 3 * y"),),
    ),
    Misconception(
        id="wp-dy-constant-2",
        title=N_("y² is differentiated to 2 instead of 2y"),
        hint=N_(
            "The power rule takes the exponent down and leaves one y less. How many are left of y²?"
        ),
        yours="x² + 3x + 2",
        body="return x * x + 3 * x + 2",
    ),
    Misconception(
        id="wp-dy-loses-x",
        title=N_("3xy is differentiated to 3, without its x"),
        hint=N_("Now x is held still like a number and stays as a factor. What is left of 3xy?"),
        yours="x² + 3 + 2y",
        body="return x * x + 3 + 2 * y",
    ),
)
