"""The calls of a learner's function, each beside what is right there."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from gradcheck_kit.checks.contract import parse_return, split_returns
from gradcheck_kit.checks.finding import Finding
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.problems.problem import Arguments, Function


class Call:
    """One call of a learner's function.

    Parameters
    ----------
    function : Function
        What it should be.
    arguments : tuple
        What it was called with.
    result : CallResult
        What came of it.
    """

    def __init__(self, function: Function, arguments: Arguments, result: CallResult) -> None:
        self.function = function
        self.arguments = arguments
        self.result = result

    @cached_property
    def right(self) -> tuple[Any, ...]:
        """What is right, one value for each return."""
        value = self.function.reference(*self.arguments)
        return tuple(value) if len(self.function.returns) > 1 else (value,)

    @cached_property
    def scales(self) -> tuple[float, ...]:
        """Size of the absolute tolerance, for each return."""
        return tuple(
            entry.scale(*self.arguments) if entry.scale else 1.0 for entry in self.function.returns
        )

    @cached_property
    def parsed(self) -> tuple[Any, ...]:
        """The numbers that came, for each return; None where none did."""
        nothing = (None,) * len(self.function.returns)
        if self.result.status != "returned":
            return nothing
        parts = split_returns(self.function, self.result.value)
        if isinstance(parts, Finding):
            return nothing
        values = (
            parse_return(entry, part, right)
            for entry, part, right in zip(self.function.returns, parts, self.right, strict=True)
        )
        return tuple(None if isinstance(value, Finding) else value for value in values)

    @cached_property
    def is_extreme(self) -> bool:
        """Whether right code may overflow there."""
        extreme = self.function.extreme
        return extreme is not None and extreme(*self.arguments)


Calls = Sequence[Call]
