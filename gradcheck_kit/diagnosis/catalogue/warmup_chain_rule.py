"""Mistakes in warmup.chain_rule."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "dy/dx = f'(g(x))·g'(x)"

MISCONCEPTIONS = (
    Misconception(
        id="ch-missing-inner",
        title=N_("The inner derivative g'(x) is missing"),
        hint=N_(
            "When x moves, g(x) moves g'(x) times as far, and f reacts to that. Where in your "
            "result does this factor show?"
        ),
        yours="dy/dx = f'(g(x))",
        change=(("f_prime(g(x)) * g_prime(x)", "f_prime(g(x))"),),
        links={"dy_dx": {"g'(x)": -1}},
    ),
    Misconception(
        id="ch-outer-at-x",
        title=N_("f' is taken at x, not at g(x)"),
        hint=N_(
            "f never sees x itself: it is given the inner value u = g(x). At which value do you "
            "need its slope then?"
        ),
        yours="dy/dx = f'(x)·g'(x)",
        change=(("f_prime(g(x))", "f_prime(x)"),),
        links={"dy_dx": {"f'(g(x))": -1, "f'(x)": 1}},
    ),
    Misconception(
        id="ch-sum",
        title=N_("The two derivatives are added, not multiplied"),
        hint=N_(
            "If g moves 3 times as fast as x, and f 2 times as fast as g, how fast does f move? "
            "Along a chain the speeds do not add up."
        ),
        yours="dy/dx = f'(g(x)) + g'(x)",
        change=(("f_prime(g(x)) * g_prime(x)", "f_prime(g(x)) + g_prime(x)"),),
    ),
    Misconception(
        id="ch-nested-primes",
        title=N_("g'(x) is put inside f', not multiplied"),
        hint=N_(
            "f' needs the value that enters f, and that is the value of g, not its slope. What is "
            "the slope of g for then?"
        ),
        yours="dy/dx = f'(g'(x))",
        change=(("f_prime(g(x)) * g_prime(x)", "f_prime(g_prime(x))"),),
    ),
    Misconception(
        id="ch-missing-outer",
        title=N_("The outer derivative f'(g(x)) is missing"),
        hint=N_(
            "g'(x) says how u = g(x) moves with x. How y = f(u) changes with u has to be "
            "multiplied in as well."
        ),
        yours="dy/dx = g'(x)",
        change=(("f_prime(g(x)) * g_prime(x)", "g_prime(x)"),),
        links={"dy_dx": {"f'(g(x))": -1}},
    ),
    Misconception(
        id="ch-dup-inner",
        title=N_("g'(x) is multiplied in twice"),
        hint=N_(
            "From x to g(x) there is one step, so its derivative is a factor once. Does one of "
            "your variables contain g_prime(x) already?"
        ),
        yours="dy/dx = f'(g(x))·g'(x)²",
        change=(("f_prime(g(x)) * g_prime(x)", "f_prime(g(x)) * g_prime(x) ** 2"),),
        links={"dy_dx": {"g'(x)": 1}},
    ),
    Misconception(
        id="ch-multiplies-g",
        title=N_("It multiplies by g(x), not by its derivative g'(x)"),
        hint=N_(
            "The chain rule multiplies slopes. g(x) is the value that goes into f'; which "
            "function gives the slope of g?"
        ),
        yours="dy/dx = f'(g(x))·g(x)",
        change=(("g_prime(x)\n", "g(x)\n"),),
        links={"dy_dx": {"g'(x)": -1, "g(x)": 1}},
    ),
)
