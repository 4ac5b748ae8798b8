"""The problem `softmax`: six functions, what is right, and where it is asked.

X (n, d) holds n examples, Y (n, k) is 1 at each example's class and 0 elsewhere, W is (d, k) and
b is (k,). Z = X·W + b, P = softmax(Z) row by row, L = −(1/n)·Σ Y·log P.
"""

import numpy as np

from gradcheck_kit import Factor, Function, Objective, Problem, Return

# The references. Their source runs in other processes too: np, math and each other, no more.


def softmax(Z):
    """Return e^z / Σ e^z for each row, from z − max(z) so that nothing overflows."""
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def cross_entropy(P, Y):
    """Return L = −(1/n)·Σ Y·log P."""
    return -np.sum(Y * np.log(P)) / len(Y)


def forward(X, W, b):
    """Return (Z, P)."""
    Z = X @ W + b
    return Z, softmax(Z)


def gradient(X, Y, W, b):
    """Return (∂L/∂W, ∂L/∂b): D = (P − Y)/n, ∂L/∂W = Xᵀ·D, ∂L/∂b = the sum of D's rows."""
    P = forward(X, W, b)[1]
    D = (P - Y) / len(X)
    return X.T @ D, D.sum(axis=0)


def update(w, grad, lr):
    """Return w − η·∂L/∂w."""
    return w - lr * grad


def train(X, Y, W, b, lr, steps):
    """Return (W, b, losses); both gradients are taken before W or b changes."""
    losses = []
    for _ in range(steps):
        losses.append(cross_entropy(forward(X, W, b)[1], Y))
        dW, db = gradient(X, Y, W, b)
        W, b = update(W, dW, lr), update(b, db, lr)
    return W, b, losses


# Where they are asked. `rng` is a random.Random: the same seed, the same points.


def _matrix(rng, rows, columns, size=2.0):
    """Draw a matrix with all digits, so that rounding on the way shows."""
    return np.array([[rng.uniform(-size, size) for _ in range(columns)] for _ in range(rows)])


def _classes(rng, n, k):
    """Draw a class for each row; the first rows get different ones."""
    first = rng.randrange(k)
    return np.eye(k)[[(first + row) % k if row < k else rng.randrange(k) for row in range(n)]]


def _draw(rng, n, d, k):
    return (
        _matrix(rng, n, d),
        _classes(rng, n, k),
        _matrix(rng, d, k),
        _matrix(rng, 1, k)[0],
    )


# n, d, k, smallest first. One row: there every entry of a gradient is a product. All three
# differ, so that a transposed matrix or a division by the wrong one shows.
_SIZES = (
    (1, 2, 3), (2, 3, 2), (3, 2, 4), (4, 3, 2), (5, 4, 3), (1, 3, 2), (1, 4, 3), (3, 1, 2),
    (6, 2, 3), (1, 1, 4), (2, 5, 3), (1, 2, 5),
)  # fmt: skip


def _gradient_points(rng):
    return [_draw(rng, *sizes) for sizes in _SIZES]


def _softmax_points(rng):
    points = [np.array([[0.0, 1.0]]), np.array([[0.5, -1.0, 2.0]]), np.array([[1, 2], [3, 1]])]
    points += [_matrix(rng, n, k, 4.0) for n, _d, k in _SIZES]
    # Only the differences within a row count, however large the numbers are.
    points += [np.array([[1000.0, 1001.5, 999.0]]), np.array([[-1000.0, -1001.5]])]
    points += [np.array([[800.0, 801.0], [-3.0, 0.5]]), np.array([[0.0, 1001.5, 999.0]])]
    return [(Z,) for Z in points]


def _cross_entropy_points(rng):
    return [(softmax(_matrix(rng, n, k)), _classes(rng, n, k)) for n, _d, k in _SIZES]


def _forward_points(rng):
    return [(X, W, b) for X, _Y, W, b in _gradient_points(rng)]


def _update_points(rng):
    rates = (0.1, 0.5, 0.003, 2.0, 12.0, 0.25, 0.9, 0.03)
    pairs = [(_matrix(rng, d, k), _matrix(rng, d, k, 20.0)) for _n, d, k in _SIZES[:6]]
    pairs += [(_matrix(rng, 1, k)[0], _matrix(rng, 1, k)[0]) for k in (2, 4)]
    return [(w, grad, lr) for (w, grad), lr in zip(pairs, rates, strict=True)]


def _train_points(rng):
    settings = ((0.5, 1), (2.0, 2), (0.1, 3), (1.0, 4), (4.0, 3), (0.7, 2), (3.0, 5), (8.0, 2))
    points = [
        (*_draw(rng, *sizes), lr, steps)
        for sizes, (lr, steps) in zip(_SIZES, settings, strict=False)
    ]
    return [*points, (*_draw(rng, 2, 3, 2), 0.5, 0)]  # no step: no loss to record


# What gradients are products of, with one row: there n is 1 and no sum runs over the rows.


def _with_one_row(value):
    def of_arguments(X, Y, W, b):
        if len(X) != 1:
            return np.nan
        return value(X=X, Y=Y, W=W, P=forward(X, W, b)[1])

    return of_arguments


_FACTORS = (
    Factor("P - Y", _with_one_row(lambda P, Y, **_: (P - Y)[0])),
    Factor("P", _with_one_row(lambda P, **_: P[0])),
    Factor("X", _with_one_row(lambda X, **_: X.T), returns=("dW",)),
    Factor("W", _with_one_row(lambda W, **_: W), returns=("dW",)),
)
_SIZES_OF_GRADIENT = (
    Factor("n", lambda X, Y, W, b: len(X)),
    Factor("d", lambda X, Y, W, b: X.shape[1]),
    Factor("k", lambda X, Y, W, b: Y.shape[1]),
)


def _largest(array):
    return float(np.max(np.abs(array)))


PROBLEM = Problem(
    name="softmax",
    functions=(
        Function(
            name="softmax",
            parameters=("Z",),
            returns=(Return("P"),),
            reference=softmax,
            points=_softmax_points,
        ),
        Function(
            name="cross_entropy",
            parameters=("P", "Y"),
            returns=(Return("L"),),
            reference=cross_entropy,
            points=_cross_entropy_points,
            sizes=(
                Factor("n", lambda P, Y: len(Y)),
                Factor("k", lambda P, Y: Y.shape[1]),
            ),
        ),
        Function(
            name="forward",
            parameters=("X", "W", "b"),
            returns=(
                Return("Z", scale=lambda X, W, b: 1 + len(W) * _largest(X) * _largest(W)),
                Return("P"),
            ),
            reference=forward,
            points=_forward_points,
            lower=("softmax",),
        ),
        Function(
            name="gradient",
            parameters=("X", "Y", "W", "b"),
            returns=(
                Return("dW", of="W", scale=lambda X, Y, W, b: 1 + _largest(X)),
                Return("db", of="b"),
            ),
            reference=gradient,
            points=_gradient_points,
            lower=("softmax", "cross_entropy", "forward"),
            is_derivative=True,
            objective=Objective(
                forward="forward",
                forward_arguments=lambda X, Y, W, b: (X, W, b),
                loss="cross_entropy",
                loss_arguments=lambda out, X, Y, W, b: (out[1], Y),
            ),
            factors=_FACTORS,
            chains={
                "dW": {"∂L/∂Z = P − Y": ("P - Y",), "∂Z/∂W = Xᵀ": ("X",)},
                "db": {"∂L/∂Z = P − Y": ("P - Y",)},
            },
            chains_hold="with one row",
            sizes=_SIZES_OF_GRADIENT,
        ),
        Function(
            name="update",
            parameters=("w", "grad", "lr"),
            returns=(Return("w", scale=lambda w, grad, lr: 1 + _largest(w) + lr * _largest(grad)),),
            reference=update,
            points=_update_points,
        ),
        Function(
            name="train",
            parameters=("X", "Y", "W", "b", "lr", "steps"),
            returns=(Return("W"), Return("b"), Return("losses", kind="sequence")),
            reference=train,
            points=_train_points,
            lower=("softmax", "cross_entropy", "forward", "gradient", "update"),
            mutation="note",
        ),
    ),
)
