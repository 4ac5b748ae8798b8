"""Functions of one variable that a check hands to a learner's ``chain_rule``.

They come from a closed table of kinds with numbers as coefficients, so that they can be
sent to another process as plain values, and each knows its own derivative.
"""

import math
from dataclasses import dataclass
from typing import Any

KINDS = ("polynomial", "exp", "sin", "sigmoid")
COEFFICIENTS = {"exp": 2, "sin": 3, "sigmoid": 2}
"""How many coefficients each kind has; a polynomial has any number."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A differentiable function of one variable.

    Parameters
    ----------
    kind : str
        ``polynomial`` (coefficients from the constant up), ``exp`` (a·exp(b·x)),
        ``sin`` (a·sin(b·x + c)) or ``sigmoid`` (a·σ(b·x)).
    coefficients : tuple of float
        The numbers of that kind.
    order : int
        0 for the function itself, 1 for its derivative.

    Examples
    --------
    >>> square = Curve("polynomial", (0.0, 0.0, 1.0))
    >>> square(3.0), square.derivative()(3.0)
    (9.0, 6.0)
    >>> square.derivative()
    lambda x: 2.0*x
    """

    kind: str
    coefficients: tuple[float, ...]
    order: int = 0

    def derivative(self) -> "Curve":
        """Return the first derivative of the function itself."""
        return Curve(self.kind, self.coefficients, 1)

    def _polynomial(self) -> tuple[float, ...]:
        if self.order == 0:
            return self.coefficients
        return tuple(k * c for k, c in enumerate(self.coefficients) if k)

    def __call__(self, x: Any) -> Any:
        """Return the value at `x`, a number."""
        if self.kind == "polynomial":
            total = 0.0 * x
            for coefficient in reversed(self._polynomial()):
                total = total * x + coefficient
            return total
        if self.kind == "exp":
            a, b = self.coefficients
            return a * b**self.order * math.exp(b * x)
        if self.kind == "sin":
            a, b, c = self.coefficients
            return a * b * math.cos(b * x + c) if self.order else a * math.sin(b * x + c)
        a, b = self.coefficients
        s = 1.0 / (1.0 + math.exp(-b * x))
        return a * b * s * (1.0 - s) if self.order else a * s

    def __repr__(self) -> str:
        """Return Python source that makes the same function."""
        if self.kind == "polynomial":
            terms = [
                f"{c!r}" if k == 0 else f"{c!r}*x" if k == 1 else f"{c!r}*x**{k}"
                for k, c in enumerate(self._polynomial())
                if c
            ]
            return "lambda x: " + (" + ".join(terms) or "0.0")
        if self.kind == "exp":
            a, b = self.coefficients
            return f"lambda x: {a * b**self.order!r}*math.exp({b!r}*x)"
        if self.kind == "sin":
            a, b, c = self.coefficients
            front, name = (a * b, "cos") if self.order else (a, "sin")
            return f"lambda x: {front!r}*math.{name}({b!r}*x + {c!r})"
        a, b = self.coefficients
        if self.order:
            return f"lambda x: {a * b!r}*math.exp(-{b!r}*x)/(1 + math.exp(-{b!r}*x))**2"
        return f"lambda x: {a!r}/(1 + math.exp(-{b!r}*x))"
