"""Which links does a gradient have? Exponents of its factors, found by least squares.

A gradient by the chain rule is a product of links, and most mistakes leave it a product: a
link is missing, doubled, or another quantity stands in its place. So the logarithm of its
size is a sum, ``log|g| = Σ eᵢ·log|fᵢ| + c``, over the primitive factors fᵢ that the problem
declares. Twenty probe points determine the exponents eᵢ and the constant; whatever is not
such a product leaves a residual and is refused.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.diagnosis.records import Deviation
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems.problem import Function, Problem

RESIDUAL = 1e-6
"""Largest error of a logarithm, so a relative error, at which a fit is accepted."""

EXACT = 3e-11
"""Up to here, values were computed by a formula; above, by numerical differentiation."""

_SMALLEST, _LARGEST = 1e-8, 1e8
"""Beyond these sizes of a factor right code has lost too many digits to be measured."""

_TOO_MANY = 4  # an exponent that no learner's product has
_SPARE = 3  # equations beyond the unknowns
_FAR = 1e-9  # absolute closeness where a factor is too small or too large to be measured


class FactorFit:
    """Fits the values of one function's returns at its probe points.

    Parameters
    ----------
    problem : Problem
        Where the function belongs.
    function : Function
        With factors and chains.
    seed : int
        Of the probe points.

    Raises
    ------
    GradcheckError
        If some factors cannot be told apart at the probe points, or a chain does not
        multiply to what the reference returns.
    """

    def __init__(self, problem: Problem, function: Function, seed: int) -> None:
        self.function = function
        self.names = [factor.name for factor in function.factors]
        points = problem.points(function, seed)
        with np.errstate(all="ignore"):
            table = [[float(f.value(*a)) for f in function.factors] for a in points]
        self.factors: NDArray[np.float64] = np.array(table)
        sizes = np.abs(self.factors)
        self.usable = np.all((sizes > _SMALLEST) & (sizes < _LARGEST), axis=1)
        self._check_rank()
        self._right = {name: self._right_fit(name, points) for name in function.chains}

    @cached_property
    def _logs(self) -> NDArray[np.float64]:
        with np.errstate(divide="ignore"):
            logs = np.log(np.abs(self.factors))
        return np.column_stack([logs, np.ones(len(logs))])

    def _check_rank(self) -> None:
        logs = self._logs[self.usable]
        unknowns = len(self.names) + 1
        if len(logs) < unknowns + _SPARE:
            raise GradcheckError(
                f"{self.function.name}: its {len(self.names)} factors need at least "
                f"{unknowns + _SPARE} probe points where none is 0; there are {len(logs)}"
            )
        scaled = logs / np.linalg.norm(logs, axis=0)
        if np.linalg.matrix_rank(scaled, tol=1e-6) < unknowns:
            raise GradcheckError(
                f"{self.function.name}: its factors ({', '.join(self.names)}) cannot be told "
                "apart; leave out what is a product of the others"
            )

    def _right_fit(self, name: str, points: Sequence[tuple[object, ...]]) -> "_Product":
        function = self.function
        position = [entry.name for entry in function.returns].index(name)
        values = []
        for arguments in points:
            result = function.reference(*arguments)
            values.append(float(result[position] if len(function.returns) > 1 else result))
        product = self._fit(values)
        declared = [part for parts in function.chains[name].values() for part in parts]
        wanted = [declared.count(factor) for factor in self.names]
        if product is None or list(product.exponents) != wanted:
            raise GradcheckError(
                f"{function.name}: the chain of {name} does not multiply to what the reference "
                "returns"
            )
        return product

    def fit(self, name: str, values: Sequence[float | None]) -> Deviation | None:
        """Return what the values of one return have beyond the right ones.

        Parameters
        ----------
        name : str
            The return.
        values : sequence of float or None
            One for each probe point; None where there is no number.

        Returns
        -------
        Deviation or None
            None if the values are no product of the factors.
        """
        right = self._right.get(name)
        product = self._fit(values)
        if right is None or product is None:
            return None
        beyond = [e - r for e, r in zip(product.exponents, right.exponents, strict=True)]
        return Deviation(
            {factor: e for factor, e in zip(self.names, beyond, strict=True) if e},
            _simple(product.constant / right.constant),
            product.signs ^ right.signs,
            product.is_exact,
        )

    def _fit(self, values: Sequence[float | None]) -> "_Product | None":
        count = len(values)
        got = np.array([math.nan if v is None else v for v in values], dtype=np.float64)
        told = np.isfinite(got) & (got != 0.0)
        mask = self.usable[:count] & told
        logs = self._logs[:count][mask]
        unknowns = len(self.names) + 1
        if len(logs) < unknowns + _SPARE or np.any(self.usable[:count] & ~told):
            return None
        wanted = np.log(np.abs(got[mask]))
        solution, *_ = np.linalg.lstsq(logs, wanted, rcond=None)
        exponents = np.rint(solution[:-1])
        rest = wanted - logs[:, :-1] @ exponents
        constant = float(np.median(rest))
        residual = float(np.max(np.abs(rest - constant)))
        if residual > RESIDUAL or np.max(np.abs(exponents)) > _TOO_MANY:
            return None
        found = self._signs(exponents, got, mask)
        if found is None:
            return None
        sign, signs = found
        product = _Product(
            tuple(int(e) for e in exponents),
            sign * math.exp(constant),
            signs,
            residual <= EXACT,
        )
        return product if self._holds_far_out(product, got) else None

    def _signs(
        self, exponents: NDArray[np.float64], got: NDArray[np.float64], mask: NDArray[np.bool_]
    ) -> tuple[float, frozenset[str]] | None:
        signs = np.sign(self.factors[: len(got)][mask])
        odd = exponents % 2 != 0
        rest = np.sign(got[mask]) * np.prod(signs[:, odd], axis=1)
        if np.all(rest == rest[0]):
            return float(rest[0]), frozenset()
        for position, name in enumerate(self.names):
            without = rest * signs[:, position]
            if np.all(without == without[0]):
                return float(without[0]), frozenset([name])
        return None

    def _holds_far_out(self, product: "_Product", got: NDArray[np.float64]) -> bool:
        """Tell whether the product also fits where digits are lost, as far as it can."""
        far = ~self.usable[: len(got)] & np.isfinite(got)
        with np.errstate(all="ignore"):
            factors = self.factors[: len(got)][far]
            sizes = np.prod(np.abs(factors) ** np.array(product.exponents), axis=1)
            due = abs(product.constant) * sizes
            error = np.abs(np.abs(got[far]) - due)
            # Where a factor rounds to 0 and is divided by, anything may come out.
            close = (error <= 1e-3 * due + _FAR) | ~np.isfinite(due) | (due > 1.0 / _FAR)
        return bool(np.all(close))


@dataclass(frozen=True, slots=True)
class _Product:
    exponents: tuple[int, ...]
    constant: float
    signs: frozenset[str]
    is_exact: bool


def _simple(number: float) -> float:
    """Return the plain number that one with rounding errors stands for, if there is one."""
    for candidate in (float(f"{number:.3g}"), 1.0 / float(f"{1.0 / number:.3g}")):
        if abs(candidate - number) <= 3.0 * RESIDUAL * abs(number):
            return candidate
    return number


@lru_cache(maxsize=64)
def factor_fit(problem: Problem, function_name: str, seed: int) -> FactorFit | None:
    """Return the fit of a function, kept for the next submission; None without factors."""
    function = problem.function(function_name)
    return FactorFit(problem, function, seed) if function.chains else None
