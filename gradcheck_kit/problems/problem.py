"""What a Problem is: named functions with everything a check needs to know of them."""

import inspect
import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Literal

from gradcheck_kit.errors import GradcheckError

Arguments = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """One thing a function returns.

    Parameters
    ----------
    name : str
        As the lesson calls it: ``y_pred``, ``grad_w1``.
    kind : {"value", "sequence"}
        A ``value`` is a number or an array with exactly the shape of the reference's; a
        ``sequence`` may be a list, a tuple or a one-dimensional array of that length.
    of : str or None
        For a gradient: the parameter it belongs to (``w1`` for ``grad_w1``).
    scale : callable or None
        ``scale(*arguments)`` gives the size that the absolute tolerance is multiplied by.
    """

    name: str
    kind: Literal["value", "sequence"] = "value"
    of: str | None = None
    scale: Callable[..., float] | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """A primitive quantity that gradients are products of.

    Parameters
    ----------
    name : str
        As a learner reads it: ``w2``, ``1 - a1``.
    value : callable
        ``value(*arguments)`` of the function it belongs to gives the number; for a gradient
        that is an array, an array that broadcasts to it, or NaN where the gradient is no
        product of its factors, entry by entry, at these arguments.
    returns : tuple of str
        The returns that it belongs to; empty for all.
    """

    name: str
    value: Callable[..., Any]
    returns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objective:
    """The scalar that a gradient belongs to, composed of the learner's own functions.

    Parameters
    ----------
    forward, loss : str
        Names of two functions of the problem.
    forward_arguments : callable
        From the gradient function's arguments to those of `forward`.
    loss_arguments : callable
        From what `forward` returned and the gradient function's arguments to those of `loss`.
    """

    forward: str
    forward_arguments: Callable[..., Arguments]
    loss: str
    loss_arguments: Callable[..., Arguments]


@dataclass(frozen=True, eq=False)
class Function:
    """A function that learners write.

    Parameters
    ----------
    name : str
        Its name in the learner's module.
    parameters : tuple of str
        What it takes, in order; learners may name them otherwise.
    returns : tuple of Return
        One entry: it returns that. More: a tuple or list of them.
    reference : callable
        The right function, numerically stable. Its source is sent to other processes as a
        stand-in, so it may use ``np``, ``math`` and its lower functions, nothing else.
    points : callable
        ``points(rng)`` lists argument tuples to try, simplest first, with at least 8 whose
        right values are 1e-6 or larger in size; `rng` is a ``random.Random``.
    lower : tuple of str
        The functions of the problem it may use.
    extreme : callable or None
        ``extreme(*arguments)``: is this a point where overflow is forgiven?
    mutation : {"wrong", "note"}
        What changing an argument counts as.
    is_derivative : bool
        Could it be written as a numerical differentiation, right to some digits only?
    objective : Objective or None
        For a gradient: the scalar it is the gradient of.
    factors : tuple of Factor
        Quantities that right and wrong gradients are products of.
    chains : mapping
        For a return, the links of its chain in order: the text of the link and the names of
        the factors it is the product of.
    chains_hold : str
        Where every entry of a gradient is the product of its links, for learners, if that is
        not everywhere: ``with one row``. The factors are NaN at all other points.
    products : mapping
        Names for products of factors that are no links but stand for one in mistakes:
        ``σ'(a1)``.
    sizes : tuple of Factor
        Sizes that a result can be too large or too small by: the number of rows, say.
    """

    name: str
    parameters: tuple[str, ...]
    returns: tuple[Return, ...]
    reference: Callable[..., Any]
    points: Callable[[random.Random], Sequence[Arguments]]
    lower: tuple[str, ...] = ()
    extreme: Callable[..., bool] | None = None
    mutation: Literal["wrong", "note"] = "wrong"
    is_derivative: bool = False
    objective: Objective | None = None
    factors: tuple[Factor, ...] = ()
    chains: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    chains_hold: str = ""
    products: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sizes: tuple[Factor, ...] = ()

    def return_named(self, name: str) -> Return:
        """Return the entry called `name`, or the gradient of a parameter called `name`.

        Raises
        ------
        GradcheckError
            If there is none.
        """
        for entry in self.returns:
            if name in (entry.name, entry.of):
                return entry
        known = ", ".join(entry.of or entry.name for entry in self.returns)
        raise GradcheckError(f"{self.name} has no return for wrt={name!r}; it has: {known}")


@dataclass(frozen=True, eq=False)
class Problem:
    """A set of functions that learners write in one file.

    Parameters
    ----------
    name : str
        Names the learner's file, ``<name>.py``, and the tests, ``test_<name>.py``.
    functions : tuple of Function
        In the order in which they build on each other.
    """

    name: str
    functions: tuple[Function, ...]

    @property
    def file(self) -> str:
        """Name of the learner's file."""
        return f"{self.name}.py"

    @cached_property
    def _by_name(self) -> dict[str, Function]:
        return {function.name: function for function in self.functions}

    def function(self, name: str) -> Function:
        """Return the function called `name`.

        Raises
        ------
        GradcheckError
            If the problem has none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            known = ", ".join(self._by_name)
            raise GradcheckError(
                f"problem {self.name!r} has no function {name!r}; it has: {known}"
            ) from None

    def points(self, function: Function, seed: int) -> list[Arguments]:
        """Return the probe points of `function` for `seed`: the same seed, the same points."""
        rng = random.Random(zlib.crc32(f"{seed}/{self.name}.{function.name}".encode()))
        return list(function.points(rng))

    def stand_in_source(self, names: Sequence[str]) -> str:
        """Return source code that defines the references of `names`."""
        return "\n\n".join(_source_of(self.function(name).reference) for name in names)


@cache
def _source_of(function: Callable[..., Any]) -> str:
    """Return source code, which takes long to find and is asked for in every submission."""
    return inspect.getsource(function)
