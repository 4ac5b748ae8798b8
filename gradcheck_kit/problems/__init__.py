"""The problems that ship with the kit: one module each, which defines ``PROBLEM``."""

import pkgutil
from functools import cache
from importlib import import_module

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems.problem import Problem


@cache
def problem_names() -> tuple[str, ...]:
    """Return the names of the problems, sorted; each is a module of this package."""
    return tuple(
        sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name != "problem")
    )


@cache
def get_problem(name: str) -> Problem:
    """Return the problem called `name`.

    Raises
    ------
    GradcheckError
        If there is none.
    """
    if name not in problem_names():
        known = ", ".join(problem_names())
        raise GradcheckError(
            f"there is no problem called {name!r} (known: {known}); name the test file "
            "test_<problem>.py or mark it with @pytest.mark.problem('<problem>')"
        )
    problem: Problem = import_module(f"{__name__}.{name}").PROBLEM
    return problem
