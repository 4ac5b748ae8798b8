"""Known mistakes, one file a function: ``<problem>_<function>.py`` defines MISCONCEPTIONS.

A file also defines RIGHT, what the function should compute, as mathematics. Mistakes that
can be made in any function stand in ``anywhere.py``.
"""

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from gradcheck_kit.diagnosis.misconception import Misconception

_ANYWHERE = "anywhere"


@cache
def _files() -> frozenset[str]:
    return frozenset(found.name for found in pkgutil.iter_modules(__path__))


@cache
def misconceptions(problem: str, function: str) -> tuple[Misconception, ...]:
    """Return the known mistakes in one function; none where nobody wrote any down."""
    name = f"{problem}_{function}"
    if name not in _files():
        return ()
    found: tuple[Misconception, ...] = import_module(f"{__name__}.{name}").MISCONCEPTIONS
    return found


@cache
def anywhere() -> tuple[Misconception, ...]:
    """Return the mistakes that can be made in any function."""
    found: tuple[Misconception, ...] = import_module(f"{__name__}.{_ANYWHERE}").MISCONCEPTIONS
    return found


@cache
def right_formula(problem: str, function: str) -> str:
    """Return what a function should compute, as mathematics; "" where nobody wrote it down."""
    name = f"{problem}_{function}"
    if name not in _files():
        return ""
    formula: str = import_module(f"{__name__}.{name}").RIGHT
    return formula


def every_misconception() -> Iterator[tuple[str, Misconception]]:
    """Yield every known mistake with the name of its file, in the order of the files."""
    for name in sorted(_files()):
        for entry in import_module(f"{__name__}.{name}").MISCONCEPTIONS:
            yield name, entry
