"""The same network for many rows of data at once, with matrices.

    Z1 = X @ W1     A1 = σ(Z1)     Z2 = A1 @ W2     Y_pred = σ(Z2)

There are n rows of data with d inputs each, h hidden units and k outputs:

    X (n, d)   W1 (d, h)   Z1, A1 (n, h)   W2 (h, k)   Z2, Y_pred, Y_true (n, k)

@ is the matrix product; σ works on each entry by itself. The loss L is the mean over the
n rows of half the squared error summed over the k outputs, and η (lr in the code) is the
learning rate. Return new arrays: the arrays that come in must stay as they are.

Start with sigmoid and go down the file: each function may call the ones above it.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]  # a 2-D array of numbers


def sigmoid(Z: Matrix) -> Matrix:
    """Return the sigmoid of every entry of Z.

    σ(z) = 1 / (1 + e^(-z)) for each entry z

    Parameters
    ----------
    Z : ndarray, any 2-D shape
        Pre-activations, any numbers.

    Returns
    -------
    ndarray, shape of Z
        σ(Z), every entry between 0 and 1.
    """
    # TODO: write sigmoid, then delete the next line.
    raise NotImplementedError("sigmoid is not written yet")


def sigmoid_prime(Z: Matrix) -> Matrix:
    """Return the derivative of the sigmoid at every entry of Z.

    σ'(z) = σ(z)·(1 - σ(z)) for each entry z

    Parameters
    ----------
    Z : ndarray, any 2-D shape
        Pre-activations: the values before the sigmoid, not σ(Z).

    Returns
    -------
    ndarray, shape of Z
        σ'(Z), every entry above 0 (it rounds to 0 very far out) and at most 0.25.
    """
    # TODO: write sigmoid_prime, then delete the next line.
    raise NotImplementedError("sigmoid_prime is not written yet")


def forward(X: Matrix, W1: Matrix, W2: Matrix) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Return every matrix on the way from the inputs to the predictions.

    Z1 = X @ W1,  A1 = σ(Z1),  Z2 = A1 @ W2,  Y_pred = σ(Z2)

    Parameters
    ----------
    X : ndarray, shape (n, d)
        The inputs, one row for each example.
    W1 : ndarray, shape (d, h)
        The weights of the hidden layer.
    W2 : ndarray, shape (h, k)
        The weights of the output layer.

    Returns
    -------
    Z1 : ndarray, shape (n, h)
        Pre-activations of the hidden layer.
    A1 : ndarray, shape (n, h)
        Activations of the hidden layer, between 0 and 1.
    Z2 : ndarray, shape (n, k)
        Pre-activations of the output layer.
    Y_pred : ndarray, shape (n, k)
        The predictions, between 0 and 1.
    """
    # TODO: write forward, then delete the next line.
    raise NotImplementedError("forward is not written yet")


def loss(Y_pred: Matrix, Y_true: Matrix) -> float:
    """Return the mean over the rows of half the squared error.

    L = (1/n) · Σ over the n rows of ( ½ · Σ over the k outputs of (Y_pred - Y_true)² )

    Parameters
    ----------
    Y_pred : ndarray, shape (n, k)
        The predictions.
    Y_true : ndarray, shape (n, k)
        The wanted outputs.

    Returns
    -------
    float
        L, one number for the whole batch, never negative.
    """
    # TODO: write loss, then delete the next line.
    raise NotImplementedError("loss is not written yet")


def backward(X: Matrix, Y_true: Matrix, W1: Matrix, W2: Matrix) -> tuple[Matrix, Matrix]:
    """Return the gradient of the loss for each of the two weight matrices.

    Walk back from the loss to the weights, with one factor for each step:

        L <- Y_pred <- Z2 <- W2
        L <- Y_pred <- Z2 <- A1 <- Z1 <- W1

    A step through σ multiplies entry by entry. A step through a matrix product is again a
    matrix product. The mean in L brings 1/n once. Let the shapes guide you: the gradient
    for a matrix always has the shape of that matrix.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        The inputs, one row for each example.
    Y_true : ndarray, shape (n, k)
        The wanted outputs.
    W1 : ndarray, shape (d, h)
        The weights of the hidden layer.
    W2 : ndarray, shape (h, k)
        The weights of the output layer.

    Returns
    -------
    grad_W1 : ndarray, shape (d, h)
        ∂L/∂W1.
    grad_W2 : ndarray, shape (h, k)
        ∂L/∂W2.
    """
    # TODO: write backward, then delete the next line.
    raise NotImplementedError("backward is not written yet")


def update(W: Matrix, grad: Matrix, lr: float) -> Matrix:
    """Return the weights after one step of gradient descent.

    new W = W - η·∂L/∂W

    Parameters
    ----------
    W : ndarray, any 2-D shape
        The weights. They may be integers; they must not be changed in place.
    grad : ndarray, shape of W
        The gradient of the loss for these weights, ∂L/∂W.
    lr : float or int
        The learning rate η, above 0.

    Returns
    -------
    ndarray, shape of W
        The new weights, in a new array.
    """
    # TODO: write update, then delete the next line.
    raise NotImplementedError("update is not written yet")


def train(
    X: Matrix, Y_true: Matrix, W1: Matrix, W2: Matrix, lr: float, steps: int
) -> tuple[Matrix, Matrix, list[float]]:
    """Repeat forward, loss, backward, update over the data, and keep a record of the loss.

    In every step: record the loss of the present weights, compute both gradients from
    these weights, and only then change both weights. Every step uses all n rows.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        The inputs, one row for each example.
    Y_true : ndarray, shape (n, k)
        The wanted outputs.
    W1 : ndarray, shape (d, h)
        The weights of the hidden layer at the start.
    W2 : ndarray, shape (h, k)
        The weights of the output layer at the start.
    lr : float or int
        The learning rate η, above 0.
    steps : int
        How many steps to take, 0 or more.

    Returns
    -------
    W1 : ndarray, shape (d, h)
        The weights of the hidden layer after the last step.
    W2 : ndarray, shape (h, k)
        The weights of the output layer after the last step.
    losses : list of float, length steps
        The loss before each step; losses[0] belongs to the weights at the start.
    """
    # TODO: write train, then delete the next line.
    raise NotImplementedError("train is not written yet")
