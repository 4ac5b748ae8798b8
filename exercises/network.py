"""A network with one hidden unit: forward, loss, backward, update.

    z1 = w1·x     a1 = σ(z1)     z2 = w2·a1     y_pred = σ(z2)     L = ½(y_pred - y_true)²

x is the input, y_true the wanted output, w1 and w2 are the weights, z1 and z2 the values
before the sigmoid σ, a1 and y_pred the values after it, L is the loss, and η (lr in the
code) is the learning rate. All of them are single numbers.

Start with sigmoid and go down the file: each function may call the ones above it.
"""

import math


def sigmoid(z: float) -> float:
    """Return the sigmoid of z.

    σ(z) = 1 / (1 + e^(-z))

    Parameters
    ----------
    z : float or int
        The pre-activation, any number.

    Returns
    -------
    float
        σ(z), between 0 and 1.
    """
    # TODO: write sigmoid, then delete the next line.
    raise NotImplementedError("sigmoid is not written yet")


def sigmoid_prime(z: float) -> float:
    """Return the derivative of the sigmoid at z.

    σ'(z) = σ(z)·(1 - σ(z))

    Parameters
    ----------
    z : float or int
        The pre-activation: the value before the sigmoid, not σ(z).

    Returns
    -------
    float
        σ'(z), above 0 (it rounds to 0 very far out) and at most 0.25.
    """
    # TODO: write sigmoid_prime, then delete the next line.
    raise NotImplementedError("sigmoid_prime is not written yet")


def forward(x: float, w1: float, w2: float) -> tuple[float, float, float, float]:
    """Return every value on the way from the input to the prediction.

    z1 = w1·x,  a1 = σ(z1),  z2 = w2·a1,  y_pred = σ(z2)

    Parameters
    ----------
    x : float or int
        The input.
    w1 : float or int
        The weight of the hidden unit.
    w2 : float or int
        The weight of the output unit.

    Returns
    -------
    z1 : float
        Pre-activation of the hidden unit.
    a1 : float
        Activation of the hidden unit, between 0 and 1.
    z2 : float
        Pre-activation of the output unit.
    y_pred : float
        The prediction, between 0 and 1.
    """
    # TODO: write forward, then delete the next line.
    raise NotImplementedError("forward is not written yet")


def loss(y_pred: float, y_true: float) -> float:
    """Return half the squared error.

    L = ½(y_pred - y_true)²

    Parameters
    ----------
    y_pred : float or int
        The prediction.
    y_true : float or int
        The wanted output.

    Returns
    -------
    float
        L, never negative.
    """
    # TODO: write loss, then delete the next line.
    raise NotImplementedError("loss is not written yet")


def backward(x: float, y_true: float, w1: float, w2: float) -> tuple[float, float]:
    """Return the gradient of the loss for each of the two weights.

    Walk back from the loss to the weight, with one factor for each step:

        L <- y_pred <- z2 <- w2
        L <- y_pred <- z2 <- a1 <- z1 <- w1

    Each factor is the derivative of the value on the left of an arrow with respect to
    the value on its right. The two walks begin with the same two steps.

    Parameters
    ----------
    x : float or int
        The input.
    y_true : float or int
        The wanted output.
    w1 : float or int
        The weight of the hidden unit.
    w2 : float or int
        The weight of the output unit.

    Returns
    -------
    grad_w1 : float
        ∂L/∂w1.
    grad_w2 : float
        ∂L/∂w2.
    """
    # TODO: write backward, then delete the next line.
    raise NotImplementedError("backward is not written yet")


def update(w: float, grad: float, lr: float) -> float:
    """Return the weight after one step of gradient descent.

    new w = w - η·∂L/∂w

    Parameters
    ----------
    w : float or int
        The weight.
    grad : float or int
        The gradient of the loss for this weight, ∂L/∂w.
    lr : float or int
        The learning rate η, above 0.

    Returns
    -------
    float
        The new weight.
    """
    # TODO: write update, then delete the next line.
    raise NotImplementedError("update is not written yet")


def train(
    x: float, y_true: float, w1: float, w2: float, lr: float, steps: int
) -> tuple[float, float, list[float]]:
    """Repeat forward, loss, backward, update, and keep a record of the loss.

    In every step: record the loss of the present weights, compute both gradients from
    these weights, and only then change both weights.

    Parameters
    ----------
    x : float or int
        The input.
    y_true : float or int
        The wanted output.
    w1 : float or int
        The weight of the hidden unit at the start.
    w2 : float or int
        The weight of the output unit at the start.
    lr : float or int
        The learning rate η, above 0.
    steps : int
        How many steps to take, 0 or more.

    Returns
    -------
    w1 : float
        The weight of the hidden unit after the last step.
    w2 : float
        The weight of the output unit after the last step.
    losses : list of float, length steps
        The loss before each step; losses[0] belongs to the weights at the start.
    """
    # TODO: write train, then delete the next line.
    raise NotImplementedError("train is not written yet")
