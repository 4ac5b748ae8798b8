"""Softmax regression by hand: the class of each example, one out of k.

    Z = X @ W + b     P = softmax(Z)     L = −(1/n)·Σ Y·log P

There are n examples with d inputs each, and k classes:

    X (n, d)   W (d, k)   b (k,)   Z, P, Y (n, k)

Y is 1 at the class of each example and 0 elsewhere. Return new arrays: the arrays that come in
must stay as they are. Start with softmax and go down the file.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def softmax(Z: Array) -> Array:
    """Return the probabilities of the classes, row by row.

    P[i, j] = e^Z[i, j] / (the sum of e^Z[i, m] over all classes m)

    Parameters
    ----------
    Z : ndarray, shape (n, k)
        Scores, any numbers, large ones too.

    Returns
    -------
    ndarray, shape (n, k)
        Probabilities; each row adds up to 1.
    """
    # TODO: write softmax, then delete the next line.
    raise NotImplementedError("softmax is not written yet")


def cross_entropy(P: Array, Y: Array) -> float:
    """Return the loss, a mean over the rows.

    L = −(1/n)·Σ Y·log P

    Parameters
    ----------
    P : ndarray, shape (n, k)
        Probabilities, above 0.
    Y : ndarray, shape (n, k)
        1 at the class of each row, 0 elsewhere.

    Returns
    -------
    float
        The loss, 0 or more.
    """
    # TODO: write cross_entropy, then delete the next line.
    raise NotImplementedError("cross_entropy is not written yet")


def forward(X: Array, W: Array, b: Array) -> tuple[Array, Array]:
    """Return the scores and the probabilities.

    Z = X @ W + b,  P = softmax(Z)

    Parameters
    ----------
    X : ndarray, shape (n, d)
        The inputs, one row for each example.
    W : ndarray, shape (d, k)
        The weights.
    b : ndarray, shape (k,)
        The biases.

    Returns
    -------
    Z, P : ndarray, shape (n, k)
        Scores and probabilities.
    """
    # TODO: write forward, then delete the next line.
    raise NotImplementedError("forward is not written yet")


def gradient(X: Array, Y: Array, W: Array, b: Array) -> tuple[Array, Array]:
    """Return the gradients of the loss by W and by b.

    The slopes of softmax and of the logarithm cancel: ∂L/∂Z is (P − Y)/n.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        The inputs.
    Y : ndarray, shape (n, k)
        1 at the class of each row, 0 elsewhere.
    W : ndarray, shape (d, k)
        The weights.
    b : ndarray, shape (k,)
        The biases.

    Returns
    -------
    dW : ndarray, shape (d, k)
        ∂L/∂W.
    db : ndarray, shape (k,)
        ∂L/∂b.
    """
    # TODO: write gradient, then delete the next line.
    raise NotImplementedError("gradient is not written yet")


def update(w: Array, grad: Array, lr: float) -> Array:
    """Return weights after one step of gradient descent.

    w − lr·∂L/∂w

    Parameters
    ----------
    w, grad : ndarray, the same shape
        Weights or biases, and the gradient by them.
    lr : float
        The learning rate.

    Returns
    -------
    ndarray, shape of w
        The new ones.
    """
    # TODO: write update, then delete the next line.
    raise NotImplementedError("update is not written yet")


def train(
    X: Array, Y: Array, W: Array, b: Array, lr: float, steps: int
) -> tuple[Array, Array, list[float]]:
    """Repeat: record the loss, take both gradients, update W and b.

    Parameters
    ----------
    X, Y : ndarray, shapes (n, d) and (n, k)
        Inputs and classes.
    W, b : ndarray, shapes (d, k) and (k,)
        Where to start.
    lr : float
        The learning rate.
    steps : int
        How many steps.

    Returns
    -------
    W, b : ndarray
        After the last step.
    losses : list of float
        The loss before each step.
    """
    # TODO: write train, then delete the next line.
    raise NotImplementedError("train is not written yet")
