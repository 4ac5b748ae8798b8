"""The wrong versions of a catalogue, as source and as functions to compare with."""

import inspect
import math
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems.problem import Function, Problem


def wrong_source(function: Function, entry: Misconception) -> str:
    """Return the source of a function that makes the mistake.

    Parameters
    ----------
    function : Function
        What it should be.
    entry : Misconception
        The mistake.

    Raises
    ------
    GradcheckError
        If a text to change is not in the reference's source exactly once, or the entry has
        no wrong version.
    """
    if entry.body:
        body = textwrap.indent(entry.body.strip("\n"), "    ")
        source = f"def {function.name}({', '.join(function.parameters)}):\n{body}\n"
    elif entry.change:
        source = inspect.getsource(function.reference)
        for old, new in entry.change:
            if source.count(old) != 1:
                raise GradcheckError(
                    f"misconception {entry.id}: {old!r} is in the source of "
                    f"{function.name} {source.count(old)} times, not once"
                )
            source = source.replace(old, new)
    else:
        raise GradcheckError(f"misconception {entry.id} has no wrong version")
    return f"{entry.before.strip()}\n\n\n{source}" if entry.before else source


def wrong_function(
    problem: Problem, function: Function, entry: Misconception, constant: float | None = None
) -> Callable[..., Any]:
    """Return a fresh function that makes the mistake, on top of right lower functions."""
    space: dict[str, Any] = {"math": math, "np": np, "Any": Any, "CONSTANT": constant}
    for other in problem.functions:
        space[other.name] = other.reference
    code = compile(wrong_source(function, entry), f"<{entry.id}>", "exec")
    exec(code, space)
    wrong: Callable[..., Any] = space[function.name]
    return wrong
