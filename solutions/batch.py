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
    # For z >= 0 this is 1 / (1 + e^(-z)). For z < 0 it is e^z / (1 + e^z), the same fraction
    # with top and bottom times e^z. Either way the exponent is never positive, so that
    # np.exp cannot overflow.
    e = np.exp(-np.abs(Z))
    A: Matrix = np.where(Z >= 0, 1.0, e) / (1 + e)
    return A


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
    # 1 - σ(z) equals σ(-z). Subtracting from 1 would lose digits once σ(z) is close to 1.
    return sigmoid(Z) * sigmoid(-Z)


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
    Z1 = X @ W1
    A1 = sigmoid(Z1)
    Z2 = A1 @ W2
    Y_pred = sigmoid(Z2)
    return Z1, A1, Z2, Y_pred  # all four, because backward needs them again


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
    row_losses = 0.5 * np.sum((Y_pred - Y_true) ** 2, axis=1)  # axis=1: along each row
    return float(np.mean(row_losses))  # a mean over rows only, not over all n·k entries


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
    n = X.shape[0]
    Z1, A1, Z2, Y_pred = forward(X, W1, W2)
    dL_dZ2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / n  # both walks begin here; 1/n only here
    grad_W2 = A1.T @ dL_dZ2  # (h, n) @ (n, k): the product adds up the n rows
    dL_dZ1 = (dL_dZ2 @ W2.T) * sigmoid_prime(Z1)  # (n, k) @ (k, h): back through W2
    grad_W1 = X.T @ dL_dZ1  # (d, n) @ (n, h)
    return grad_W1, grad_W2


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
    return W - lr * grad  # not W -= ..., which would change the caller's array


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
    losses = []
    for _ in range(steps):
        _, _, _, Y_pred = forward(X, W1, W2)
        losses.append(loss(Y_pred, Y_true))  # before the step, so with the present weights
        # Both gradients first: after W2 has changed, the gradient for W1 would belong to
        # another point than the gradient for W2.
        grad_W1, grad_W2 = backward(X, Y_true, W1, W2)
        W1 = update(W1, grad_W1, lr)
        W2 = update(W2, grad_W2, lr)
    return W1, W2, losses
