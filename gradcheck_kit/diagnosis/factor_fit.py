"""Which links does a gradient have? Its values as a product of the problem's factors.

A gradient by the chain rule is a product of links, and most mistakes leave it a product: a
link is missing, doubled, or another quantity stands in its place. The fit finds the exponents
of all factors at the probe points; what they are beyond the right ones is the mistake.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.diagnosis.product_fit import SPARE, Product, ProductFit, simple
from gradcheck_kit.diagnosis.records import Deviation
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems.problem import Factor, Function, Problem, Return

Values = Sequence[Any]
"""For each probe point, the value of one return, or None where there is none."""


class FactorFit:
    """Fits the values of one function's returns at its probe points.

    Parameters
    ----------
    problem : Problem
        Where the function belongs.
    function : Function
        With factors and chains, or with sizes.
    seed : int
        Of the probe points.

    Raises
    ------
    GradcheckError
        If some factors cannot be told apart at the probe points, or a chain does not
        multiply to what the reference returns; sizes are looked at when they are needed.
    """

    def __init__(self, problem: Problem, function: Function, seed: int) -> None:
        self.function = function
        self.points = problem.points(function, seed)
        several = len(function.returns) > 1
        results = [function.reference(*arguments) for arguments in self.points]
        self._references: dict[str, list[NDArray[np.float64]]] = {
            entry.name: [np.asarray(r[i] if several else r, dtype=np.float64) for r in results]
            for i, entry in enumerate(function.returns)
            if entry.kind == "value"
        }
        self._factor_values: dict[Factor, list[Any]] = {}
        self._fits: dict[str, tuple[ProductFit, Product]] = {}
        for entry in function.returns:
            if entry.name in function.chains:
                self._fits[entry.name] = self._checked(entry)

    def _checked(self, entry: Return) -> tuple[ProductFit, Product]:
        function = self.function
        factors = [f for f in function.factors if not f.returns or entry.name in f.returns]
        fit = ProductFit([f.name for f in factors], self._table(entry, factors))
        if not fit.is_determined:
            raise GradcheckError(
                f"{function.name}: the factors of {entry.name} "
                f"({', '.join(fit.names)}) cannot be told apart. Leave out what is a product of "
                f"the others, or add probe points: {len(fit.names) + 1 + SPARE} equations are "
                f"needed where no factor is 0, and there are {fit.equations}"
            )
        right = fit.fit(self._flat(entry.name, self._references[entry.name]))
        declared = [part for parts in function.chains[entry.name].values() for part in parts]
        if right is None or list(right.exponents) != [declared.count(n) for n in fit.names]:
            raise GradcheckError(
                f"{function.name}: the chain of {entry.name} does not multiply to what the "
                "reference returns"
            )
        return fit, right

    def _table(self, entry: Return, factors: Sequence[Factor]) -> NDArray[np.float64]:
        """Return the factors' values, a row for each entry of the return at each point."""
        shapes = [right.shape for right in self._references[entry.name]]
        columns = []
        with np.errstate(all="ignore"):
            for factor in factors:
                if factor not in self._factor_values:
                    self._factor_values[factor] = [factor.value(*a) for a in self.points]
                values = self._factor_values[factor]
                if any(shapes):
                    values = [
                        part
                        for value, shape in zip(values, shapes, strict=True)
                        for part in np.broadcast_to(np.asarray(value), shape).ravel()
                    ]
                columns.append(np.array(values, dtype=np.float64))
        return np.stack(columns, axis=1)

    def _flat(self, name: str, values: Values) -> NDArray[np.float64]:
        """Return all entries at all points in a row; NaN where a value has another shape."""
        parts = []
        for position, right in enumerate(self._references[name]):
            value = values[position] if position < len(values) else None
            array = np.full(right.shape, np.nan) if value is None else np.asarray(value)
            if array.shape != right.shape:
                array = np.full(right.shape, np.nan)
            parts.append(array.ravel())
        return np.concatenate(parts).astype(np.float64)

    @cached_property
    def _size_fit(self) -> ProductFit | None:
        sizes = self.function.sizes
        if not sizes:
            return None
        table = [[float(size.value(*arguments)) for size in sizes] for arguments in self.points]
        fit = ProductFit([size.name for size in sizes], np.array(table))
        if not fit.is_determined:
            raise GradcheckError(
                f"{self.function.name}: its sizes ({', '.join(fit.names)}) cannot be told apart "
                "at the probe points"
            )
        return fit

    def check_sizes(self) -> None:
        """Raise GradcheckError if the sizes cannot be told apart at the probe points."""
        _ = self._size_fit

    def by_factors(self, name: str, values: Values) -> Deviation | None:
        """Return what the values of one return have beyond the right ones, as a product.

        Parameters
        ----------
        name : str
            The return.
        values : sequence
            Its value at each probe point; None where there is none.

        Returns
        -------
        Deviation or None
            None if they are no product of the factors.
        """
        if name not in self._fits:
            return None
        fit, right = self._fits[name]
        product = fit.fit(self._flat(name, values))
        if product is None:
            return None
        beyond = [e - r for e, r in zip(product.exponents, right.exponents, strict=True)]
        return Deviation(
            {factor: e for factor, e in zip(fit.names, beyond, strict=True) if e},
            simple(product.constant / right.constant),
            product.signs ^ right.signs,
            product.is_exact,
        )

    def by_sizes(self, name: str, values: Values) -> Deviation | None:
        """Return by which product of sizes one return is too large, the same in all entries.

        Parameters
        ----------
        name : str
            The return.
        values : sequence
            Its value at each probe point; None where there is none.
        """
        if self._size_fit is None or name not in self._references:
            return None
        ratios = []
        for position, right in enumerate(self._references[name]):
            value = values[position] if position < len(values) else None
            if value is None or np.shape(value) != right.shape:
                return None
            telling = np.abs(right) > 1e-6
            if not telling.any():
                return None
            with np.errstate(all="ignore"):
                own = np.asarray(value)[telling] / right[telling]
                ratios.append(float(np.median(own)))
                if not np.all(np.abs(own - ratios[-1]) <= 1e-6 * abs(ratios[-1])):
                    return None
        product = self._size_fit.fit(np.array(ratios))
        if product is None or product.signs:
            return None
        exponents = dict(zip(self._size_fit.names, product.exponents, strict=True))
        return Deviation(
            {size: e for size, e in exponents.items() if e},
            product.constant, frozenset(), product.is_exact,
        )  # fmt: skip


@lru_cache(maxsize=64)
def factor_fit(problem: Problem, function_name: str, seed: int) -> FactorFit | None:
    """Return the fit of a function, kept for the next submission; None without factors."""
    function = problem.function(function_name)
    if not function.chains and not function.sizes:
        return None
    return FactorFit(problem, function, seed)
