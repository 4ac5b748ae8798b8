"""Mistakes that can be made in any function."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = ""

MISCONCEPTIONS = (
    Misconception(
        id="mutates",
        title=N_("An argument is changed in place"),
        hint=N_(
            "The caller's array must stay as it was. Look for -=, += or [...] = on a parameter, "
            "and compute with a new array."
        ),
        yours="",
        when="mutates",
    ),
    Misconception(
        id="reuse",
        title=N_("A later call changes an earlier result"),
        hint=N_(
            "All calls fill the same array, so results from before change along with it. Make a "
            "new array inside the function."
        ),
        yours="",
        when="reuse",
    ),
    Misconception(
        id="state",
        title=N_("The same call gives different answers"),
        hint=N_(
            "Something is left over from earlier calls, perhaps in a global variable, or a random "
            "number is drawn. Use the parameters only."
        ),
        yours="",
        when="state",
    ),
    Misconception(
        id="float32",
        title=N_("The result has only the digits of float32"),
        hint=N_(
            "float32 keeps about 7 digits, too few for checking slopes. Look for it in a dtype or "
            "astype."
        ),
        yours="",
        when="float32",
    ),
    Misconception(
        id="rounded",
        title=N_("The result is rounded"),
        hint=N_(
            "The digits that round cuts off are missing in every function that goes on computing. "
            "Round only what you print."
        ),
        yours="round(...)",
        when="rounded",
    ),
    Misconception(
        id="printed",
        title=N_("The result is printed, not returned"),
        hint=N_(
            "print shows a value on the screen, but the caller gets None. Which statement hands a "
            "value back?"
        ),
        yours="None",
        when="printed",
    ),
    Misconception(
        id="none",
        title=N_("The function returns nothing"),
        hint=N_(
            "Without return a function gives None. Does every way through your code end with a "
            "return and a value after it?"
        ),
        yours="None",
        when="none",
    ),
    Misconception(
        id="text",
        title=N_("The result is text, not a number"),
        hint=N_(
            "An f-string, format or str makes text, and nothing can be computed with it. Return "
            "the number and format it only in print."
        ),
        yours="",
        when="text",
    ),
    Misconception(
        id="dict",
        title=N_("The result is a dict"),
        hint=N_(
            "The caller takes the values by their order and does not know your keys. Return them "
            "plainly, in the order of the docstring."
        ),
        yours="",
        when="dict",
    ),
    Misconception(
        id="single",
        title=N_("One value is returned where several are due"),
        hint=N_(
            "Compare your return line with the docstring, which lists all that should come back. "
            "Are some missing or added together?"
        ),
        yours="",
        when="single",
    ),
    Misconception(
        id="constant",
        title=N_("The answer is the same whatever goes in"),
        hint=N_("Are there numbers from an example in the code where the parameters should stand?"),
        yours="c",
        when="constant",
    ),
    Misconception(
        id="numeric",
        title=N_("The slope is found numerically, not by a formula"),
        hint=N_(
            "Trying small steps to both sides is a way to check a derivative. The exercise is to "
            "write the derivative itself."
        ),
        yours="(f(x + h) − f(x − h))/2h",
        when="numeric",
    ),
    Misconception(
        id="one-sided",
        title=N_("The slope is found by a small step to one side"),
        hint=N_(
            "A step to one side leaves an error about as large as the step. Numerical slopes are "
            "for checking: write the formula here."
        ),
        yours="(f(x + h) − f(x))/h",
        when="one-sided",
    ),
    Misconception(
        id="int-weights",
        title=N_("With integers the results are cut to integers"),
        hint=N_(
            "An array made like an integer array has its dtype and drops all decimals. Which "
            "array do you store the result in?"
        ),
        yours="",
        when="int-weights",
    ),
    Misconception(
        id="scaled",
        title=N_("Every value is off by the same factor"),
        hint=N_(
            "The parts of the formula are right, but a constant is missing or one too many. Look "
            "for a 2, a ½ or a division."
        ),
        yours="c·f",
        when="scaled",
    ),
    Misconception(
        id="sign",
        title=N_("The sign is wrong, the size is right"),
        hint=N_("One minus is missing or one too many. Check the order of each subtraction."),
        yours="−f",
        when="sign",
    ),
    Misconception(
        id="zero",
        title=N_("The result is always 0"),
        hint=N_(
            "One factor of 0 makes a whole product 0. Look for 1//2, int, a value minus itself, "
            "or an array of zeros that is never filled."
        ),
        yours="0",
        when="zero",
    ),
    Misconception(
        id="packed",
        title=N_("All values are packed into one array"),
        hint=N_(
            "Whoever calls the function unpacks several values. Return them side by side, "
            "separated by commas."
        ),
        yours="np.array([…])",
        when="packed",
    ),
)
