"""Numerical differentiation along every entry, by the best oracle that holds up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradcheck_kit.numerics.evaluate import Evaluator
from gradcheck_kit.numerics.oracles import (
    Oracle,
    confirmed_error,
    contradicted,
    fading,
    random_signs,
    trusted_oracle,
)
from gradcheck_kit.numerics.parameters import EPS, Parameters, Vector, parameter_name
from gradcheck_kit.numerics.ridders import Entries, ridders_entries


@dataclass(frozen=True, slots=True)
class NumericalGradient:
    """A numerical derivative.

    Parameters
    ----------
    value : object
        The derivative, in the structure of the parameters.
    error : object
        Estimated absolute error of each entry, in the same structure.
    method : str
        ``autograd``, ``complex-step`` or ``ridders``.
    """

    value: Any
    error: Any
    method: str


def numerical_gradient(f: Callable[[Any], Any], params: Any) -> NumericalGradient:
    """Differentiate a scalar function numerically.

    Parameters
    ----------
    f : callable
        Takes parameters like `params`, returns a number (a float, a 0-d or a (1,) array or tensor).
    params : object
        Where to differentiate: a number, an array, a torch tensor, or tuples, lists and dicts
        of them, nested. Integers are taken as float64. `f` gets copies, read-only where it can
        be.

    Returns
    -------
    NumericalGradient
        ``value`` and ``error`` in the structure of `params`. An entry where `f` is not
        finite nearby has an infinite error.

    Raises
    ------
    TypeError
        If `f` returns something else than one real number, or a parameter is no number.

    Examples
    --------
    >>> result = numerical_gradient(lambda w: (w**3).sum(), np.array([1.0, 2.0]))
    >>> np.round(result.value, 9).tolist(), result.method
    ([3.0, 12.0], 'complex-step')
    >>> import math
    >>> result = numerical_gradient(lambda w: math.exp(w), 0.0)
    >>> abs(result.value - 1.0) <= 3 * result.error < 1e-11, result.method
    (True, 'ridders')
    """
    parameters = Parameters(params, parameter_name(f))
    found = differentiate(Evaluator(f, parameters))
    return NumericalGradient(
        parameters.restore(found.value),
        parameters.restore(found.error),
        found.method,
    )


@dataclass(frozen=True, slots=True)
class Derivatives:
    """Derivatives along all entries, as vectors.

    Parameters
    ----------
    value, error : ndarray, shape (n,)
        The derivatives and estimates of their absolute errors.
    method : str
        How they were computed.
    oracle : Oracle or None
        The exact oracle that was trusted, if one was.
    """

    value: Vector
    error: Vector
    method: str
    oracle: Oracle | None = None

    def at(self, entries: Entries) -> "Derivatives":
        """Return some of them."""
        return replace(self, value=self.value[entries], error=self.error[entries])


def differentiate(evaluate: Evaluator, seed: int = 0) -> Derivatives:
    """Differentiate along every entry by the best oracle that holds up for this function.

    An exact one is taken first: PyTorch's automatic differentiation where all parameters are
    tensors or numbers, then the complex step. It counts only if it agrees with Ridders' method
    along two random ±1 directions, and along another one through the entries where it gave 0.
    Else every entry gets Ridders.
    """
    n = len(evaluate.vector)
    if n:
        rng = np.random.default_rng(seed)
        oracle = trusted_oracle(evaluate, random_signs(rng, 2, n))
        if oracle is not None:
            found = differentiate_by(oracle, evaluate, rng)
            if found is not None:
                return found
    return differentiate_by_ridders(evaluate)


def differentiate_by(
    oracle: Oracle, evaluate: Evaluator, rng: np.random.Generator, most_vague: float = np.inf
) -> Derivatives | None:
    """Differentiate along every entry by an exact oracle; None where it does not hold.

    Entries of an automatic gradient that differences along directions cannot confirm get
    Ridders, if there are no more than `most_vague`.
    """
    value = oracle.at_entries(np.arange(len(evaluate.vector)))
    if value is None:
        return None
    zero = np.flatnonzero(value == 0.0)
    if contradicted(evaluate, oracle, rng, zero):
        return None
    error = confirmed_error(evaluate, oracle, rng, value)
    if error is None or np.isinf(error).sum() > most_vague:
        return None
    error[zero[fading(evaluate, oracle, rng, zero)]] = EPS * abs(evaluate.base) or EPS
    vague = np.flatnonzero(np.isinf(error))
    value[vague], error[vague] = ridders_entries(evaluate, vague)
    return Derivatives(value, error, oracle.method, oracle)


def differentiate_by_ridders(evaluate: Evaluator) -> Derivatives:
    """Differentiate along every entry by real differences."""
    value, error = ridders_entries(evaluate, np.arange(len(evaluate.vector)))
    return Derivatives(value, error, "ridders")
