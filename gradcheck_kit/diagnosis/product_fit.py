"""Which product of factors are these numbers? Exponents, found by least squares.

The logarithm of a product is a sum, ``log|g| = Σ eᵢ·log|fᵢ| + c``. With more equations than
factors the exponents eᵢ and the constant are determined; numbers that are no such product
leave a residual and are refused.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESIDUAL = 1e-6
"""Largest error of a logarithm, so a relative error, at which a fit is accepted."""

EXACT = 3e-11
"""Up to here, values were computed by a formula; above, by numerical differentiation."""

SPARE = 3
"""Equations that are needed beyond the unknowns."""

_SMALLEST, _LARGEST = 1e-8, 1e8
"""Beyond these sizes of a factor right code has lost too many digits to be measured."""

_TOO_MANY = 4  # an exponent that no learner's product has
_FAR = 1e-9  # absolute closeness where a factor is too small or too large to be measured


@dataclass(frozen=True, slots=True)
class Product:
    """Numbers as a product of factors.

    Parameters
    ----------
    exponents : tuple of int
        One for each factor.
    constant : float
        The number in front.
    signs : frozenset of str
        Factors whose sign is too much or missing: ``abs`` does that.
    is_exact : bool
        Do all digits fit?
    """

    exponents: tuple[int, ...]
    constant: float
    signs: frozenset[str]
    is_exact: bool


class ProductFit:
    """Fits numbers as products of factors.

    Parameters
    ----------
    names : sequence of str
        Of the factors.
    factors : ndarray, shape (equations, factors)
        Their values; NaN in equations that say nothing.
    """

    def __init__(self, names: Sequence[str], factors: NDArray[np.float64]) -> None:
        self.names = list(names)
        self.factors = factors
        sizes = np.abs(factors)
        with np.errstate(all="ignore"):
            self.usable = np.all((sizes > _SMALLEST) & (sizes < _LARGEST), axis=1)
            logs = np.log(sizes)
        self._logs = np.column_stack([logs, np.ones(len(logs))])

    @property
    def equations(self) -> int:
        """How many equations can be used."""
        return int(self.usable.sum())

    @property
    def is_determined(self) -> bool:
        """Whether the factors can be told apart."""
        unknowns = len(self.names) + 1
        if self.equations < unknowns + SPARE:
            return False
        logs = self._logs[self.usable]
        scale = np.linalg.norm(logs, axis=0)
        return (
            bool(np.all(scale > 0))
            and int(np.linalg.matrix_rank(logs / scale, tol=1e-6)) == unknowns
        )

    def fit(self, got: NDArray[np.float64]) -> Product | None:
        """Return the product that the numbers are, or None.

        Parameters
        ----------
        got : ndarray, shape (equations,)
            The numbers; NaN where there is none.
        """
        told = np.isfinite(got) & (got != 0.0)
        if np.any(self.usable & ~told):
            return None
        logs = self._logs[self.usable]
        if len(logs) < len(self.names) + 1 + SPARE:
            return None
        wanted = np.log(np.abs(got[self.usable]))
        solution, *_ = np.linalg.lstsq(logs, wanted, rcond=None)
        exponents = np.rint(solution[:-1])
        rest = wanted - logs[:, :-1] @ exponents
        constant = float(np.median(rest))
        residual = float(np.max(np.abs(rest - constant)))
        if residual > RESIDUAL or np.max(np.abs(exponents), initial=0.0) > _TOO_MANY:
            return None
        found = self._signs(exponents, got)
        if found is None:
            return None
        sign, signs = found
        product = Product(
            tuple(int(e) for e in exponents),
            simple(sign * math.exp(constant)),
            signs,
            residual <= EXACT,
        )
        return product if self._holds_far_out(product, got) else None

    def _signs(
        self, exponents: NDArray[np.float64], got: NDArray[np.float64]
    ) -> tuple[float, frozenset[str]] | None:
        signs = np.sign(self.factors[self.usable])
        odd = exponents % 2 != 0
        rest = np.sign(got[self.usable]) * np.prod(signs[:, odd], axis=1)
        if np.all(rest == rest[0]):
            return float(rest[0]), frozenset()
        for position, name in enumerate(self.names):
            without = rest * signs[:, position]
            if np.all(without == without[0]):
                return float(without[0]), frozenset([name])
        return None

    def _holds_far_out(self, product: Product, got: NDArray[np.float64]) -> bool:
        """Tell whether the product also fits where digits are lost, as far as it can."""
        far = ~self.usable & np.isfinite(got)
        with np.errstate(all="ignore"):
            sizes = np.prod(np.abs(self.factors[far]) ** np.array(product.exponents), axis=1)
            due = abs(product.constant) * sizes
            error = np.abs(np.abs(got[far]) - due)
            # Where a factor rounds to 0 and is divided by, anything may come out.
            close = (error <= 1e-3 * due + _FAR) | ~np.isfinite(due) | (due > 1.0 / _FAR)
        return bool(np.all(close))


def simple(number: float) -> float:
    """Return the plain number that one with rounding errors stands for, if there is one."""
    for candidate in (float(f"{number:.3g}"), 1.0 / float(f"{1.0 / number:.3g}")):
        if abs(candidate - number) <= 3.0 * RESIDUAL * abs(number):
            return candidate
    return number
