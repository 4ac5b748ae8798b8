"""Known mistakes: the kit's own, one file a function, and those that courses register.

A file ``<problem>_<function>.py`` defines MISCONCEPTIONS, and RIGHT, what the function should
compute, as mathematics. Mistakes that can be made in any function stand in ``anywhere.py``.
"""

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import import_module

from gradcheck_kit.diagnosis.misconception import ANYWHERE, Misconception, Mistakes

_ANYWHERE_FILE = "anywhere"


class _Files(Mapping[str, Mistakes]):
    """The kit's own mistakes by function; a file is imported when it is asked for."""

    def __getitem__(self, function: str) -> Mistakes:
        name = function.replace(".", "_") if function != ANYWHERE else _ANYWHERE_FILE
        if name not in _files() or "_" in function.partition(".")[0]:
            raise KeyError(function)
        module = import_module(f"{__name__}.{name}")
        return Mistakes(getattr(module, "RIGHT", ""), module.MISCONCEPTIONS)

    def __iter__(self) -> Iterator[str]:
        for name in _files():
            yield ANYWHERE if name == _ANYWHERE_FILE else name.replace("_", ".", 1)

    def __len__(self) -> int:
        return len(_files())


@cache
def _files() -> tuple[str, ...]:
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


KIT_MISTAKES: Mapping[str, Mistakes] = _Files()
"""The mistakes that ship with the kit, by function: ``network.backward``."""

_sources: tuple[Mapping[str, Mistakes], ...] | None = None


def use_mistakes(
    sources: tuple[Mapping[str, Mistakes], ...] | None,
) -> tuple[Mapping[str, Mistakes], ...] | None:
    """Know the mistakes of all `sources` from now on; return the sources known before.

    None stands for the kit's own alone.
    """
    global _sources
    before, _sources = _sources, sources
    if sources is not before:
        _found.cache_clear()
    return before


def _known() -> tuple[Mapping[str, Mistakes], ...]:
    return (KIT_MISTAKES,) if _sources is None else _sources


@lru_cache(maxsize=256)
def _found(function: str) -> Mistakes:
    """Return what all sources together know of one function."""
    parts = [source[function] for source in _known() if function in source]
    right = next((part.right for part in parts if part.right), "")
    return Mistakes(right, tuple(entry for part in parts for entry in part.entries))


def misconceptions(problem: str, function: str) -> tuple[Misconception, ...]:
    """Return the known mistakes in one function; none where nobody wrote any down."""
    return tuple(_found(f"{problem}.{function}").entries)


def anywhere() -> tuple[Misconception, ...]:
    """Return the mistakes that can be made in any function."""
    return tuple(_found(ANYWHERE).entries)


def right_formula(problem: str, function: str) -> str:
    """Return what a function should compute, as mathematics; "" where nobody wrote it down."""
    return _found(f"{problem}.{function}").right


def every_misconception() -> Iterator[tuple[str, Misconception]]:
    """Yield every known mistake with its function, sorted; "" stands for any function."""
    names = {name for source in _known() for name in source}
    for name in sorted(names, key=lambda name: "" if name == ANYWHERE else name):
        for entry in _found(name).entries:
            yield "" if name == ANYWHERE else name, entry
