"""The two-layer sigmoid network with one unit in each layer and no biases.

z1 = w1·x, a1 = σ(z1), z2 = w2·a1, y_pred = σ(z2), L = ½(y_pred − y_true)².
"""

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck_kit.problems.problem import (
    Arguments,
    Factor,
    Function,
    Objective,
    Problem,
    Return,
)


def sigmoid(z: Any) -> Any:
    """Return σ(z) = 1/(1 + e^−z), from e^−|z| so that nothing overflows."""
    if isinstance(z, int | float):
        e = math.exp(-abs(z))
        return 1.0 / (1.0 + e) if z >= 0 else e / (1.0 + e)
    z = np.asarray(z)  # a learner's own code may hand a stand-in arrays
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def sigmoid_prime(z: Any) -> Any:
    """Return σ'(z) = σ(z)(1 − σ(z)), from e^−|z| so that no digits cancel."""
    e = math.exp(-abs(z)) if isinstance(z, int | float) else np.exp(-np.abs(np.asarray(z)))
    return e / ((1.0 + e) * (1.0 + e))


def forward(x: Any, w1: Any, w2: Any) -> Any:
    """Return (z1, a1, z2, y_pred)."""
    z1 = w1 * x
    a1 = sigmoid(z1)
    z2 = w2 * a1
    return z1, a1, z2, sigmoid(z2)


def loss(y_pred: Any, y_true: Any) -> Any:
    """Return L = ½(y_pred − y_true)²."""
    error = y_pred - y_true
    return 0.5 * (error * error)


def backward(x: Any, y_true: Any, w1: Any, w2: Any) -> Any:
    """Return (∂L/∂w1, ∂L/∂w2).

    ∂L/∂w2 = (y_pred − y_true)·σ'(z2)·a1, ∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·x.
    """
    z1, a1, z2, y_pred = forward(x, w1, w2)
    delta2 = (y_pred - y_true) * sigmoid_prime(z2)
    return delta2 * w2 * sigmoid_prime(z1) * x, delta2 * a1


def update(w: Any, grad: Any, lr: Any) -> Any:
    """Return w − η·∂L/∂w."""
    return w - lr * grad


def train(x: Any, y_true: Any, w1: Any, w2: Any, lr: Any, steps: Any) -> Any:
    """Return (w1, w2, losses); both gradients are taken before either weight changes."""
    losses = []
    for _ in range(steps):
        losses.append(loss(forward(x, w1, w2)[3], y_true))
        grad_w1, grad_w2 = backward(x, y_true, w1, w2)
        w1, w2 = update(w1, grad_w1, lr), update(w2, grad_w2, lr)
    return w1, w2, losses


def extreme_z(z: object) -> bool:
    """Tell whether |z| > 300, where right textbook code may overflow."""
    return bool(np.max(np.abs(np.asarray(z, dtype=np.float64))) > 300.0)


def _z_points(rng: random.Random) -> list[Arguments]:
    near = [0.4, -0.7, 2.5, -3.0, 2, -1, 0.0, 7.3]
    far = [-40.0, 40.0, -300.0, 300.0, -800.0, 800.0]
    return [(z,) for z in (*near, *(round(rng.uniform(-6.0, 6.0), 3) for _ in range(8)), *far)]


def weight_scale(y_true: float, w2: float) -> float:
    """Size of the absolute tolerance of what is computed back from the loss."""
    return (1.0 + abs(y_true)) * (1.0 + abs(w2))


# x, y_true, w1, w2. x and w2 are never 1 and y_true is never 0: there, mistakes look right.
# From the third on: points that separate all but 9 pairs of 77 mistakes in `backward`.
_FIXED = (
    (2.0, 0.8, 0.5, -1.5),
    (-0.5, 0.9, 2.0, 0.8),
    (1.7, 0.3, -0.6, 1.4),
    (-0.8, 0.9, 0.9, -2.1),
    (0.6, 0.2, 1.3, 0.7),
    (-0.6, 0.8, -1.7, -0.3),
    (2.1, 0.5, -2.0, 2.1),
    (1.9, 0.7, 2.0, -2.0),
    (-1.1, 0.9, -0.5, -2.2),
    (0.7, 1.6, 0.8, -1.2),  # targets need not lie between 0 and 1
    (-1.3, -0.7, 0.5, 1.8),
    (2, 1, -1, 3),  # integers, as ints
    (3, -1, 2, -2),
)
_ALL_DIGITS = 17
_SATURATED = ((1.5, 0.3, -40.0, 25.0), (2.0, 0.7, 120.0, -250.0))


def _draw_point(
    rng: random.Random, weights: float, inputs: float = 3.0, digits: int = 3
) -> tuple[float, float, float, float]:
    def draw(limit: float) -> float:
        while True:
            value = round(rng.uniform(-limit, limit), digits)
            if abs(value) > 0.2 and abs(abs(value) - 1.0) > 0.1:
                return value

    return draw(inputs), round(rng.uniform(0.1, 0.9), digits), draw(weights), draw(weights)


def _network_points(rng: random.Random) -> list[tuple[float, float, float, float]]:
    drawn = [_draw_point(rng, 3.0) for _ in range(4)]
    # Small numbers with all digits, so that rounding shows: a product of numbers with 3
    # decimals has 6, and what is lost of a large one is little beside it.
    drawn += [_draw_point(rng, 0.8, 0.8, _ALL_DIGITS) for _ in range(3)]
    return [*_FIXED, *drawn, *_SATURATED]


def _forward_points(rng: random.Random) -> list[Arguments]:
    return [(2.0, 0.5, -1.0), *((x, w1, w2) for x, _, w1, w2 in _network_points(rng))]


def _loss_points(rng: random.Random) -> list[Arguments]:
    points: list[Arguments] = [(0.75, 0.25), (0.2, 0.9), (0.5, 1), (0.9, 0.1), (2.5, -1.5), (3, 1)]
    points += [(0.8, 1.7), (0.3, -0.6), (1.2, 2.5)]  # targets need not lie between 0 and 1
    # All digits, so that rounding on the way shows.
    points += [(rng.uniform(0.02, 0.98), rng.uniform(0.02, 0.98)) for _ in range(10)]
    return points


def _update_points(rng: random.Random) -> list[Arguments]:
    points: list[Arguments] = [(0.5, 0.2, 0.1), (-1.5, 0.3, 0.5), (2, -3, 0.01), (0.7, -0.4, 2.0)]
    points += [(0.3, 0.0, 0.5), (1.5, 12.0, 0.1), (-0.4, -40.0, 0.02), (2.5, 0.6, 30.0)]
    for lr in (0.003, 0.03, 0.25, 0.9, 1.5, 5.0, 12.0, 0.6):
        points.append((rng.uniform(-3, 3), rng.uniform(-2, 2), lr))  # all digits
    return points


def _train_points(rng: random.Random) -> list[Arguments]:
    # Large learning rates make a wrong order of the two updates visible beyond rounding.
    points: list[Arguments] = [
        (1.5, 0.8, 0.4, -0.6, 0.5, 1),
        (2.0, 0.8, 0.5, -1.5, 2.0, 2),
        (-0.8, 0.9, 0.9, -2.1, 5.0, 3),
        (2, 1, -1, 3, 0.5, 2),
    ]
    for lr, steps in ((0.1, 4), (1.0, 3), (8.0, 5), (3.0, 7), (0.7, 2), (20.0, 4)):
        points.append((*_draw_point(rng, 2.5), lr, steps))
    points.append((*_draw_point(rng, 2.5), 0.5, 0))  # no step at all: no loss to record
    return points


def _chain_value(value: Callable[..., float]) -> Callable[..., float]:
    """Make a factor of (x, y_true, w1, w2) from one of the values on the way forward."""

    def of_arguments(x: float, y_true: float, w1: float, w2: float) -> float:
        z1, a1, z2, y_pred = forward(x, w1, w2)
        return value(z1=z1, a1=a1, z2=z2, y_pred=y_pred, y_true=y_true)

    return of_arguments


_FACTORS = (
    Factor("y_pred - y_true", _chain_value(lambda y_pred, y_true, **_: y_pred - y_true)),
    Factor("y_pred", _chain_value(lambda y_pred, **_: y_pred)),
    # 1 - σ(z) = σ(-z), without the cancellation
    Factor("1 - y_pred", _chain_value(lambda z2, **_: sigmoid(-z2))),
    Factor("w2", lambda x, y_true, w1, w2: w2),
    Factor("a1", _chain_value(lambda a1, **_: a1)),
    Factor("1 - a1", _chain_value(lambda z1, **_: sigmoid(-z1))),
    Factor("x", lambda x, y_true, w1, w2: x),
    Factor("w1", lambda x, y_true, w1, w2: w1),
    Factor("σ(a1)", _chain_value(lambda a1, **_: sigmoid(a1))),
    Factor("1 - σ(a1)", _chain_value(lambda a1, **_: sigmoid(-a1))),
    Factor("σ(y_pred)", _chain_value(lambda y_pred, **_: sigmoid(y_pred))),
    Factor("1 - σ(y_pred)", _chain_value(lambda y_pred, **_: sigmoid(-y_pred))),
)
_OUTPUT_LINKS = {
    "∂L/∂y_pred = y_pred − y_true": ("y_pred - y_true",),
    "∂y_pred/∂z2 = σ'(z2)": ("y_pred", "1 - y_pred"),
}

PROBLEM = Problem(
    name="network",
    functions=(
        Function(
            name="sigmoid",
            parameters=("z",),
            returns=(Return("result"),),
            reference=sigmoid,
            points=_z_points,
            extreme=extreme_z,
        ),
        Function(
            name="sigmoid_prime",
            parameters=("z",),
            returns=(Return("result"),),
            reference=sigmoid_prime,
            is_derivative=True,
            points=_z_points,
            lower=("sigmoid",),
            extreme=extreme_z,
        ),
        Function(
            name="forward",
            parameters=("x", "w1", "w2"),
            returns=(
                Return("z1", scale=lambda x, w1, w2: 1.0 + abs(w1 * x)),
                Return("a1"),
                Return("z2", scale=lambda x, w1, w2: 1.0 + abs(w2)),
                Return("y_pred", scale=lambda x, w1, w2: 1.0 + abs(w2)),
            ),
            reference=forward,
            points=_forward_points,
            lower=("sigmoid",),
        ),
        Function(
            name="loss",
            parameters=("y_pred", "y_true"),
            returns=(
                Return("L", scale=lambda y_pred, y_true: (1 + abs(y_pred)) * (1 + abs(y_true))),
            ),
            reference=loss,
            points=_loss_points,
        ),
        Function(
            name="backward",
            parameters=("x", "y_true", "w1", "w2"),
            returns=(
                Return(
                    "grad_w1",
                    of="w1",
                    scale=lambda x, y_true, w1, w2: (
                        weight_scale(y_true, w2) * max(1.0, abs(x * w2))
                    ),
                ),
                Return(
                    "grad_w2", of="w2", scale=lambda x, y_true, w1, w2: weight_scale(y_true, w2)
                ),
            ),
            reference=backward,
            is_derivative=True,
            points=_network_points,
            lower=("sigmoid", "sigmoid_prime", "forward", "loss"),
            objective=Objective(
                "forward",
                lambda x, y_true, w1, w2: (x, w1, w2),
                "loss",
                lambda out, x, y_true, w1, w2: (out[3], y_true),
            ),
            factors=_FACTORS,
            products={
                "σ'(a1)": ("σ(a1)", "1 - σ(a1)"),
                "σ'(y_pred)": ("σ(y_pred)", "1 - σ(y_pred)"),
            },
            chains={
                "grad_w1": {
                    **_OUTPUT_LINKS,
                    "∂z2/∂a1 = w2": ("w2",),
                    "∂a1/∂z1 = σ'(z1)": ("a1", "1 - a1"),
                    "∂z1/∂w1 = x": ("x",),
                },
                "grad_w2": {**_OUTPUT_LINKS, "∂z2/∂w2 = a1": ("a1",)},
            },
        ),
        Function(
            name="update",
            parameters=("w", "grad", "lr"),
            returns=(Return("w", scale=lambda w, grad, lr: 1.0 + abs(w) + abs(lr * grad)),),
            reference=update,
            points=_update_points,
        ),
        Function(
            name="train",
            parameters=("x", "y_true", "w1", "w2", "lr", "steps"),
            returns=(Return("w1"), Return("w2"), Return("losses", kind="sequence")),
            reference=train,
            points=_train_points,
            lower=("sigmoid", "sigmoid_prime", "forward", "loss", "backward", "update"),
            mutation="note",
        ),
    ),
)
