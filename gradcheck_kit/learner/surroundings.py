"""What learner code finds around it while it is probed: nothing that waits for somebody."""

import builtins
import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from gradcheck_kit.learner.results import MAX_OUTPUT, MAX_WARNINGS
from gradcheck_kit.learner.values import class_name


class InputRequested(RuntimeError):
    """Learner code called ``input()`` where nobody can answer."""


class Quiet:
    """What learner code finds while it is probed.

    Prints and warnings are kept, ``input()`` is refused, breakpoints are passed over.

    Parameters
    ----------
    max_output : int
        How many characters of what is printed are kept.
    """

    def __init__(self, max_output: int) -> None:
        self._output = _CappedText(max_output)
        self._max_output = max_output
        self._warnings = warnings.catch_warnings(record=True)

    def __enter__(self) -> "Quiet":
        self._streams = sys.stdout, sys.stderr
        self._hooks = sys.breakpointhook, builtins.input
        self._debugger = sys.modules.get("pdb")
        self._set_trace = getattr(self._debugger, "set_trace", None)
        seen = self._warnings.__enter__()
        assert seen is not None  # record=True
        self.seen = seen
        self.renew()
        return self

    def renew(self, filters: Sequence[Any] | None = None) -> None:
        """Make everything as new, whatever learner code did to it.

        Parameters
        ----------
        filters : sequence or None
            Of warnings; None for all of them. A warning is no error, whatever pytest was told.
        """
        if self._output.tell():
            self._output = _CappedText(self._max_output)
        sys.stdout = sys.stderr = self._output
        sys.breakpointhook = _pass_over
        builtins.input = _refuse_input
        if self._debugger is not None:
            self._debugger.set_trace = _pass_over  # type: ignore[attr-defined]
        self.seen.clear()
        if filters is None:
            filters = _ALL_WARNINGS
        if list(warnings.filters) != list(filters):
            warnings.filters[:] = filters  # type: ignore[index]
            warnings._filters_mutated()  # type: ignore[attr-defined]

    def text(self) -> str:
        """Return what was printed since all was new, shortened to what a message can show."""
        return self._output.text() if self._output.tell() else ""

    def categories(self) -> tuple[str, ...]:
        """Return the kinds of warnings since all was new."""
        if not self.seen:
            return ()
        return tuple({class_name(w.category): None for w in self.seen})[:MAX_WARNINGS]

    def __exit__(self, *_: object) -> None:
        self._warnings.__exit__(None, None, None)
        sys.stdout, sys.stderr = self._streams
        sys.breakpointhook, builtins.input = self._hooks
        if self._debugger is not None:
            self._debugger.set_trace = self._set_trace  # type: ignore[attr-defined]


def _refuse_input(*_: Any) -> str:
    raise InputRequested("input() was called")


def _pass_over(*_: Any, **__: Any) -> None:
    return None


_ALL_WARNINGS = (("always", None, Warning, None, 0),)
"""As `warnings.simplefilter` writes it."""


class _CappedText(io.StringIO):
    """Text that stops growing at so many characters."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, text: str, /) -> int:
        left = self._most - self.tell()
        if left > 0:
            super().write(text[:left])
        return len(text)

    def text(self) -> str:
        """Return what was written, shortened to what a message can show."""
        return self.getvalue()[:MAX_OUTPUT]


@contextlib.contextmanager
def without_plot_window() -> Iterator[None]:
    """Make ``plt.show()`` at import return at once instead of waiting for a window."""
    before = os.environ.get("MPLBACKEND")
    os.environ["MPLBACKEND"] = "Agg"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("MPLBACKEND", None)
        else:
            os.environ["MPLBACKEND"] = before
