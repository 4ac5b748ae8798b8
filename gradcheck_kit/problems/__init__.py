"""The problems: those that ship with the kit, one module each, and those that courses register."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems.problem import Problem

_registered: Mapping[str, Problem] | None = None


@cache
def kit_problems() -> tuple[Problem, ...]:
    """Return the problems that ship with the kit: the PROBLEM of every module of this package."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").PROBLEM for name in names if name != "problem")


def _known() -> Mapping[str, Problem]:
    if _registered is not None:
        return _registered
    return {problem.name: problem for problem in kit_problems()}


def use_problems(problems: Mapping[str, Problem] | None) -> Mapping[str, Problem] | None:
    """Know `problems` from now on, by name; return those known before.

    None stands for the kit's own; see `gradcheck_kit.courses` for who registers others.
    """
    global _registered
    before, _registered = _registered, problems
    return before


def problem_names() -> tuple[str, ...]:
    """Return the names of the problems, sorted."""
    return tuple(sorted(_known()))


def get_problem(name: str) -> Problem:
    """Return the problem called `name`.

    Raises
    ------
    GradcheckError
        If there is none.
    """
    known = _known()
    if name not in known:
        raise GradcheckError(
            f"there is no problem called {name!r} (known: {', '.join(problem_names())}); name the "
            "test file test_<problem>.py or mark it with @pytest.mark.problem('<problem>')"
        )
    return known[name]
