"""Warm-ups: two partial derivatives of f(x, y) = x²y + 3xy + y², and the chain rule."""

import random
from typing import Any

from gradcheck_kit.numerics.curves import Curve
from gradcheck_kit.problems.problem import Arguments, Factor, Function, Problem, Return


def df_dx(x: Any, y: Any) -> Any:
    """Return ∂f/∂x = 2xy + 3y."""
    return 2 * x * y + 3 * y


def df_dy(x: Any, y: Any) -> Any:
    """Return ∂f/∂y = x² + 3x + 2y."""
    return x * x + 3 * x + 2 * y


def chain_rule(f_prime: Any, g: Any, g_prime: Any, x: Any) -> Any:
    """Return dy/dx = f'(g(x))·g'(x) for y = f(g(x))."""
    return f_prime(g(x)) * g_prime(x)


def _partial_points(rng: random.Random) -> list[Arguments]:
    points: list[Arguments] = [(2.0, 3.0), (3, 2), (-1.2, 0.7), (0.3, -2.4), (5, -2), (-4, 3)]
    # The last ones small and with all digits, so that rounding on the way shows.
    for limit, digits in [(4.0, 3)] * 3 + [(0.5, 17)] * 5:
        points.append((_away_from_one(rng, limit, digits), _away_from_one(rng, limit, digits)))
    return points


def _away_from_one(rng: random.Random, limit: float, digits: int = 3) -> float:
    """Draw a number that is not near 0, 1 or -1, where mistakes hide."""
    while True:
        value = round(rng.uniform(-limit, limit), digits)
        if abs(value) > 0.2 and abs(abs(value) - 1.0) > 0.2:
            return value


def _chain_points(rng: random.Random) -> list[Arguments]:
    square, triple = Curve("polynomial", (0.0, 0.0, 1.0)), Curve("polynomial", (1.0, 3.0))
    mixed = Curve("polynomial", (0.0, 1.0, 1.0))
    points: list[Arguments] = [_chain_point(square, triple, 2.0), _chain_point(mixed, triple, 4)]
    while len(points) < 12:
        f, g, x = _curve(rng), _curve(rng), _away_from_one(rng, 2.0)
        if _tells_apart(f, g, x):
            points.append(_chain_point(f, g, x))
    return points


def _chain_point(f: Curve, g: Curve, x: float) -> Arguments:
    return f.derivative(), g, g.derivative(), x


def _curve(rng: random.Random) -> Curve:
    def draw(low: float, high: float) -> float:
        return round(rng.uniform(low, high), 2)

    kind = rng.choice(("polynomial", "exp", "sin", "sigmoid"))
    if kind == "polynomial":
        return Curve(kind, tuple(draw(-2.0, 2.0) for _ in range(rng.choice((3, 4)))))
    if kind == "sin":
        return Curve(kind, (draw(0.5, 2.0), draw(0.5, 2.0), draw(-1.0, 1.0)))
    return Curve(kind, (draw(0.5, 2.0), draw(0.3, 1.2)))


def _tells_apart(f: Curve, g: Curve, x: float) -> bool:
    """Tell whether the quantities that learners mix up differ pairwise at this point."""
    f_prime, g_prime = f.derivative(), g.derivative()
    values = [f_prime(g(x)), f_prime(x), g(x), g_prime(x), f_prime(g_prime(x)), 1.0]
    if any(not 0.05 < abs(value) < 50.0 for value in values):
        return False
    return all(abs(a - b) > 0.01 * abs(a) for i, a in enumerate(values) for b in values[i + 1 :])


PROBLEM = Problem(
    name="warmup",
    functions=(
        Function(
            name="df_dx",
            parameters=("x", "y"),
            returns=(Return("result", scale=lambda x, y: 1.0 + abs(x * y) + abs(y)),),
            reference=df_dx,
            is_derivative=True,
            points=_partial_points,
        ),
        Function(
            name="df_dy",
            parameters=("x", "y"),
            returns=(Return("result", scale=lambda x, y: 1.0 + x * x + abs(x) + abs(y)),),
            reference=df_dy,
            is_derivative=True,
            points=_partial_points,
        ),
        Function(
            name="chain_rule",
            parameters=("f_prime", "g", "g_prime", "x"),
            returns=(Return("dy_dx"),),
            reference=chain_rule,
            is_derivative=True,
            points=_chain_points,
            factors=(
                Factor("f'(g(x))", lambda f_prime, g, g_prime, x: f_prime(g(x))),
                Factor("g'(x)", lambda f_prime, g, g_prime, x: g_prime(x)),
                Factor("f'(x)", lambda f_prime, g, g_prime, x: f_prime(x)),
                Factor("g(x)", lambda f_prime, g, g_prime, x: g(x)),
            ),
            chains={"dy_dx": {"f'(g(x))": ("f'(g(x))",), "g'(x)": ("g'(x)",)}},
        ),
    ),
)
