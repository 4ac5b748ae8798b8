"""The same network on matrices, n examples at once.

X (n, d), W1 (d, h), W2 (h, k), Y_true (n, k); L is the mean over the n rows of half the
squared error summed over the k outputs.
"""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.i18n import N_
from gradcheck_kit.problems.network import extreme_z
from gradcheck_kit.problems.problem import (
    Arguments,
    Factor,
    Function,
    Objective,
    Problem,
    Return,
)

Matrix = NDArray[np.float64]


def sigmoid(z: Any) -> Any:
    """Return σ(z) = 1/(1 + e^−z), entry by entry, from e^−|z| so that nothing overflows."""
    z = np.asarray(z)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def sigmoid_prime(z: Any) -> Any:
    """Return σ'(z) = σ(z)(1 − σ(z)), entry by entry, from e^−|z| so that no digits cancel."""
    e = np.exp(-np.abs(np.asarray(z)))
    return e / ((1.0 + e) * (1.0 + e))


def forward(X: Any, W1: Any, W2: Any) -> Any:
    """Return (Z1, A1, Z2, Y_pred)."""
    Z1 = X @ W1
    A1 = sigmoid(Z1)
    Z2 = A1 @ W2
    return Z1, A1, Z2, sigmoid(Z2)


def loss(Y_pred: Any, Y_true: Any) -> Any:
    """Return L = (1/n)·Σ ½(Y_pred − Y_true)², the sum over all entries, n the number of rows."""
    return 0.5 * ((Y_pred - Y_true) ** 2).sum() / len(Y_true)


def backward(X: Any, Y_true: Any, W1: Any, W2: Any) -> Any:
    """Return (∂L/∂W1, ∂L/∂W2).

    D2 = (Y_pred − Y_true)∘σ'(Z2)/n, ∂L/∂W2 = A1ᵀ·D2, ∂L/∂W1 = Xᵀ·((D2·W2ᵀ)∘σ'(Z1)).
    """
    Z1, A1, Z2, Y_pred = forward(X, W1, W2)
    D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / len(X)
    D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
    return X.T @ D1, A1.T @ D2


def update(w: Any, grad: Any, lr: Any) -> Any:
    """Return W − η·∂L/∂W."""
    return w - lr * grad


def train(X: Any, Y_true: Any, W1: Any, W2: Any, lr: Any, steps: Any) -> Any:
    """Return (W1, W2, losses); both gradients are taken before either weight changes."""
    losses = []
    for _ in range(steps):
        losses.append(loss(forward(X, W1, W2)[3], Y_true))
        grad_W1, grad_W2 = backward(X, Y_true, W1, W2)
        W1, W2 = update(W1, grad_W1, lr), update(W2, grad_W2, lr)
    return W1, W2, losses


def _largest(array: Any) -> float:
    return float(np.max(np.abs(array), initial=0.0))


def _weight_scale(X: Matrix, Y_true: Matrix, W1: Matrix, W2: Matrix) -> float:
    return (1.0 + _largest(Y_true)) * (1.0 + _largest(W2))


def _matrix(rng: random.Random, rows: int, columns: int, low: float, high: float) -> Matrix:
    return np.array(
        [[round(rng.uniform(low, high), 2) for _ in range(columns)] for _ in range(rows)]
    )


def _unrounded(rng: random.Random, rows: int, columns: int, low: float, high: float) -> Matrix:
    """Draw a matrix with all digits, so that rounding on the way shows."""
    return np.array([[rng.uniform(low, high) for _ in range(columns)] for _ in range(rows)])


def _draw_point(rng: random.Random, n: int, d: int, h: int, k: int) -> tuple[Matrix, ...]:
    return (
        _matrix(rng, n, d, -2.0, 2.0),
        _matrix(rng, n, k, 0.1, 0.9),
        _matrix(rng, d, h, -2.0, 2.0),
        _matrix(rng, h, k, -2.0, 2.0),
    )


# X, Y_true, W1, W2, smallest first: every size n, d, h, k differs somewhere, one row, one
# column, a square case, and integer weights.
_FIXED: tuple[tuple[Any, ...], ...] = (
    (
        [[-0.65, -0.17]],
        [[0.88, 0.16]],
        [[-1.64, -0.01, -0.62], [0.15, -1.61, 0.24]],
        [[0.24, 1.58], [0.32, 0.51], [-1.49, 2.25]],
    ),
    (
        [[2.04, -2.56], [0.42, -0.57], [-0.45, -0.22]],
        [[0.48], [0.23], [0.69]],
        [[3.32, 0.23, -0.35, -0.28], [-0.67, -1.06, -0.39, 0.48]],
        [[-0.24], [0.96], [-0.2], [0.02]],
    ),
    (
        [[-0.8, -1.32], [-0.25, 0.42], [1.14, 0.11], [-0.55, -0.78]],
        [[0.14, 0.9], [0.62, 0.29], [0.45, 0.88], [0.82, 0.78]],
        [[1, -1, 2], [0, 1, -2]],
        [[1, -1], [2, 0], [-1, 1]],
    ),
    (
        [[0.35, 0.82], [0.33, -1.3], [0.91, 0.45], [-0.54, 0.58], [0.36, 0.29]],
        [[0.7, 0.53, 0.36], [0.73, 0.34, 0.46], [0.21, 0.42, 0.26], [0.31, 0.7, 0.32],
         [0.49, 0.88, 0.87]],
        [[-1.89, -0.17, -0.42, 0.21], [0.22, 2.12, -1.11, -0.38]],
        [[2.04, 0.65, 0.66], [-0.51, -1.65, 0.17], [0.11, -1.23, -0.68], [-0.07, -0.94, -0.1]],
    ),
    (
        [[0.19, -0.52, -0.41], [-2.44, 1.8, 1.14], [-0.33, 0.77, 0.28], [-0.55, 0.98, -0.31]],
        [[0.45, 0.64, 0.44], [0.61, 0.87, 0.65], [0.41, 0.25, 0.38], [0.51, 0.81, 0.72]],
        [[-1.01, 0.78, 2.06], [-1.64, -1.73, -1.5], [0.84, 0.13, 1.08]],
        [[0.72, 0.21, 0.28], [-0.17, 0.87, -1.13], [-0.42, 0.24, 1.8]],
    ),
)  # fmt: skip

# n, d, h, k of the drawn points; two share their sizes, so that kept results show reuse.
_SIZES = ((2, 2, 2, 1), (3, 2, 4, 1), (5, 2, 4, 3), (6, 1, 3, 1), (3, 4, 1, 2), (2, 3, 2, 5))


def _network_points(rng: random.Random) -> list[tuple[Matrix, ...]]:
    fixed = [tuple(np.array(matrix) for matrix in point) for point in _FIXED]
    drawn = [_draw_point(rng, *sizes) for sizes in _SIZES]
    beyond = (  # targets need not lie in 0..1
        _unrounded(rng, 3, 2, -2.0, 2.0),
        _unrounded(rng, 3, 2, -0.6, 1.8),
        _unrounded(rng, 2, 3, -2.0, 2.0),
        _unrounded(rng, 3, 2, -2.0, 2.0),
    )
    # One row and one output: there every entry of a gradient is a product of its links.
    products = [_draw_point(rng, 1, 2, 3, 1) for _ in range(5)]
    return [*drawn[:1], *fixed, *drawn[1:], beyond, *products]


def _z_points(rng: random.Random) -> list[Arguments]:
    near = [
        [[0.4, -0.7], [2.5, -3.0]],
        [[0.3, -1.2, 0.8]],
        [[1.5], [-0.4], [0.0], [7.3]],
        [[2, -1], [1, -3]],
    ]
    points: list[Arguments] = [(np.array(z),) for z in near]
    points += [(_matrix(rng, n, m, -6.0, 6.0),) for n, m in ((2, 2), (3, 2), (2, 4), (1, 5))]
    points += [(np.array([[-40.0, 40.0], [-300.0, 300.0]]),), (np.array([[-800.0, 800.0]]),)]
    return points


def _forward_points(rng: random.Random) -> list[Arguments]:
    return [(X, W1, W2) for X, _, W1, W2 in _network_points(rng)]


def _loss_points(rng: random.Random) -> list[Arguments]:
    points: list[Arguments] = [
        (np.array([[0.75], [0.2]]), np.array([[0.25], [0.9]])),
        (np.array([[0.6, 0.1]]), np.array([[0.2, 0.8]])),
    ]
    for n, k in ((2, 2), (3, 1), (1, 4), (3, 2), (2, 5), (4, 4), (5, 3), (6, 2)):
        points.append((_unrounded(rng, n, k, 0.02, 0.98), _unrounded(rng, n, k, -0.5, 1.8)))
    return points


def _update_points(rng: random.Random) -> list[Arguments]:
    points: list[Arguments] = [
        (np.array([[0.5, -1.5]]), np.array([[0.2, 0.3]]), 0.1),
        (np.array([[2, -1], [3, 1]]), np.array([[0.5, -0.25], [0.3, 0.7]]), 0.5),
    ]
    sizes = ((2, 2), (3, 1), (1, 4), (3, 2), (2, 5), (4, 4))
    points.append((np.array([[0.3, -0.8]]), np.zeros((1, 2)), 0.5))
    for (n, k), lr in zip(sizes, (0.003, 0.03, 0.9, 2.0, 12.0, 0.25), strict=True):
        points.append((_unrounded(rng, n, k, -3.0, 3.0), _unrounded(rng, n, k, -30.0, 30.0), lr))
    return points


def _train_points(rng: random.Random) -> list[Arguments]:
    sizes = ((2, 2, 2, 1), (1, 2, 3, 2), (3, 2, 4, 1), (4, 2, 3, 2), (3, 3, 3, 3), (2, 1, 2, 3))
    settings = ((0.5, 1), (2.0, 2), (8.0, 3), (0.1, 3), (1.0, 2), (5.0, 4))
    points: list[Arguments] = [
        (*_draw_point(rng, *size), lr, steps)
        for size, (lr, steps) in zip(sizes, settings, strict=True)
    ]
    whole = tuple(np.array(matrix) for matrix in _FIXED[2])  # integer weights
    points += [(*whole, 0.5, 2), (*_draw_point(rng, 5, 2, 4, 3), 3.0, 3)]
    return [*points, (*_draw_point(rng, 2, 3, 2, 1), 0.5, 0)]  # no step: no loss to record


def _entrywise(value: Callable[..., Any]) -> Callable[..., Any]:
    """Make a factor of a gradient's entries where each is a product: one row, one output."""

    def of_arguments(X: Matrix, Y_true: Matrix, W1: Matrix, W2: Matrix) -> Any:
        if len(X) != 1 or Y_true.shape[1] != 1:
            return np.nan
        Z1, A1, Z2, Y_pred = forward(X, W1, W2)
        return value(X=X, Y_true=Y_true, W1=W1, W2=W2, Z1=Z1, A1=A1, Z2=Z2, Y_pred=Y_pred)

    return of_arguments


_OF_W1, _OF_W2 = ("grad_W1",), ("grad_W2",)
# grad_W1 is (d, h) and grad_W2 (h, 1): hidden units are its columns, and the other's rows.
_FACTORS = (
    Factor("Y_pred - Y_true", _entrywise(lambda Y_pred, Y_true, **_: Y_pred - Y_true)),
    Factor("Y_pred", _entrywise(lambda Y_pred, **_: Y_pred)),
    Factor("1 - Y_pred", _entrywise(lambda Z2, **_: sigmoid(-Z2))),
    Factor("W2", _entrywise(lambda W2, **_: W2.T), _OF_W1),
    Factor("A1", _entrywise(lambda A1, **_: A1), _OF_W1),
    Factor("1 - A1", _entrywise(lambda Z1, **_: sigmoid(-Z1)), _OF_W1),
    Factor("X", _entrywise(lambda X, **_: X.T), _OF_W1),
    Factor("W1", _entrywise(lambda W1, **_: W1), _OF_W1),
    Factor("W2", _entrywise(lambda W2, **_: W2), _OF_W2),
    Factor("A1", _entrywise(lambda A1, **_: A1.T), _OF_W2),
    Factor("1 - A1", _entrywise(lambda Z1, **_: sigmoid(-Z1).T), _OF_W2),
)
_OUTPUT_LINKS = {
    "∂L/∂Y_pred = Y_pred − Y_true": ("Y_pred - Y_true",),
    "∂Y_pred/∂Z2 = σ'(Z2)": ("Y_pred", "1 - Y_pred"),
}

PROBLEM = Problem(
    name="batch",
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
            parameters=("X", "W1", "W2"),
            returns=(
                Return("Z1", scale=lambda X, W1, W2: 1.0 + len(W1) * _largest(X) * _largest(W1)),
                Return("A1"),
                Return("Z2", scale=lambda X, W1, W2: 1.0 + len(W2) * _largest(W2)),
                Return("Y_pred", scale=lambda X, W1, W2: 1.0 + _largest(W2)),
            ),
            reference=forward,
            points=_forward_points,
            lower=("sigmoid",),
        ),
        Function(
            name="loss",
            parameters=("Y_pred", "Y_true"),
            returns=(
                Return(
                    "L",
                    scale=lambda Y_pred, Y_true: (
                        Y_true.shape[1] * (1 + _largest(Y_pred)) * (1 + _largest(Y_true))
                    ),
                ),
            ),
            reference=loss,
            points=_loss_points,
            sizes=(
                Factor("n", lambda Y_pred, Y_true: len(Y_true)),
                Factor("k", lambda Y_pred, Y_true: Y_true.shape[1]),
            ),
        ),
        Function(
            name="backward",
            parameters=("X", "Y_true", "W1", "W2"),
            returns=(
                Return(
                    "grad_W1",
                    of="W1",
                    scale=lambda X, Y_true, W1, W2: (
                        _weight_scale(X, Y_true, W1, W2) * max(1.0, _largest(X) * _largest(W2))
                    ),
                ),
                Return("grad_W2", of="W2", scale=_weight_scale),
            ),
            reference=backward,
            is_derivative=True,
            points=_network_points,
            lower=("sigmoid", "sigmoid_prime", "forward", "loss"),
            objective=Objective(
                "forward",
                lambda X, Y_true, W1, W2: (X, W1, W2),
                "loss",
                lambda out, X, Y_true, W1, W2: (out[3], Y_true),
            ),
            factors=_FACTORS,
            chains={
                "grad_W1": {
                    **_OUTPUT_LINKS,
                    "∂Z2/∂A1 = W2ᵀ": ("W2",),
                    "∂A1/∂Z1 = σ'(Z1)": ("A1", "1 - A1"),
                    "∂Z1/∂W1 = Xᵀ": ("X",),
                },
                "grad_W2": {**_OUTPUT_LINKS, "∂Z2/∂W2 = A1ᵀ": ("A1",)},
            },
            chains_hold=N_("with one row and one output"),
            sizes=(
                Factor("n", lambda X, Y_true, W1, W2: len(X)),
                Factor("d", lambda X, Y_true, W1, W2: X.shape[1]),
                Factor("h", lambda X, Y_true, W1, W2: W1.shape[1]),
                Factor("k", lambda X, Y_true, W1, W2: W2.shape[1]),
            ),
        ),
        Function(
            name="update",
            parameters=("W", "grad", "lr"),
            returns=(Return("W", scale=lambda w, grad, lr: 1 + _largest(w) + lr * _largest(grad)),),
            reference=update,
            points=_update_points,
        ),
        Function(
            name="train",
            parameters=("X", "Y_true", "W1", "W2", "lr", "steps"),
            returns=(Return("W1"), Return("W2"), Return("losses", kind="sequence")),
            reference=train,
            points=_train_points,
            lower=("sigmoid", "sigmoid_prime", "forward", "loss", "backward", "update"),
            mutation="note",
        ),
    ),
)
