"""Warm-up: partial derivatives and the chain rule.

The first two functions belong to

    f(x, y) = x²y + 3xy + y²

and ask for its partial derivatives. The third is the chain rule for a function inside a
function, y = f(g(x)). The network needs nothing else.

Start with df_dx, then df_dy, then chain_rule.
"""

from collections.abc import Callable


def df_dx(x: float, y: float) -> float:
    """Return the partial derivative of f with respect to x.

    f(x, y) = x²y + 3xy + y². Only x moves; y is held still, like a constant number.

    Parameters
    ----------
    x : float or int
        The variable that moves.
    y : float or int
        The variable that is held still.

    Returns
    -------
    float
        ∂f/∂x at the point (x, y).
    """
    # TODO: write df_dx, then delete the next line.
    raise NotImplementedError("df_dx is not written yet")


def df_dy(x: float, y: float) -> float:
    """Return the partial derivative of f with respect to y.

    f(x, y) = x²y + 3xy + y². Only y moves; x is held still, like a constant number.

    Parameters
    ----------
    x : float or int
        The variable that is held still.
    y : float or int
        The variable that moves.

    Returns
    -------
    float
        ∂f/∂y at the point (x, y).
    """
    # TODO: write df_dy, then delete the next line.
    raise NotImplementedError("df_dy is not written yet")


def chain_rule(
    f_prime: Callable[[float], float],
    g: Callable[[float], float],
    g_prime: Callable[[float], float],
    x: float,
) -> float:
    """Return the derivative of y = f(g(x)) with respect to x.

    With u = g(x) for the inner value, y = f(u) and

        dy/dx = dy/du · du/dx

    where each derivative is taken at the value that goes into its own function.

    Parameters
    ----------
    f_prime : callable, float -> float
        f', the derivative of the outer function. Call it as f_prime(number).
    g : callable, float -> float
        The inner function.
    g_prime : callable, float -> float
        g', the derivative of the inner function.
    x : float or int
        The point at which dy/dx is wanted.

    Returns
    -------
    float
        dy/dx at x.
    """
    # TODO: write chain_rule, then delete the next line.
    raise NotImplementedError("chain_rule is not written yet")
