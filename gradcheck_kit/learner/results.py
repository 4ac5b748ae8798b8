"""Plain records of what happened when learner code was loaded and called."""

from dataclasses import astuple, dataclass
from typing import Any

from gradcheck_kit.learner.values import Snapshot

Frame = tuple[str, int, str, str]
"""File name, line, function and source line of one step of a traceback."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An exception of learner code.

    Parameters
    ----------
    kind : str
        Name of the exception class.
    text : str
        Its message.
    frames : tuple of Frame
        The learner's own frames, outermost first.
    own_frame : bool
        Was it raised by the called function itself, not by something it called?
    in_stand_in : bool
        Was it raised inside a stand-in?
    wants_input : bool
        Did the code call ``input()``?
    """

    kind: str
    text: str
    frames: tuple[Frame, ...] = ()
    own_frame: bool = False
    in_stand_in: bool = False
    wants_input: bool = False

    def to_plain(self) -> tuple[Any, ...]:
        """Return the fields as nested tuples of plain values."""
        return astuple(self)

    @classmethod
    def from_plain(cls, plain: Any) -> "Trouble | None":
        """Rebuild from `to_plain`, trusting nothing; None stays None."""
        if plain is None:
            return None
        kind, text, frames, own_frame, in_stand_in, wants_input = plain
        return cls(
            str(kind),
            str(text),
            tuple((str(f), int(n), str(w), str(s)) for f, n, w, s in frames),
            bool(own_frame),
            bool(in_stand_in),
            bool(wants_input),
        )


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What came of importing a learner's file.

    Parameters
    ----------
    status : str
        ``loaded``, or why not: ``missing``, ``folder``, ``unreadable`` (no permission),
        ``syntax``, ``encoding``, ``raised``, ``timed_out``, ``crashed``.
    trouble : Trouble or None
        The exception, with its place in the file.
    output : str
        What the import printed.
    opened_plot : bool
        Did it try to show a plot window?
    """

    status: str
    trouble: Trouble | None = None
    output: str = ""
    opened_plot: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """How a function stands in the learner's file.

    Parameters
    ----------
    status : str
        ``callable``, ``missing``, ``not_callable`` or ``parameters`` (cannot be called with
        so many).
    detail : str
        What it is instead, or the parameters it takes.
    line : int or None
        Where it is defined.
    is_stub : bool
        Does its body do nothing but stand there: a docstring, ``pass``, ``...`` or
        ``raise NotImplementedError``?
    is_async : bool
        Is it written with ``async def``?
    """

    status: str
    detail: str = ""
    line: int | None = None
    is_stub: bool = False
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of one call.

    Parameters
    ----------
    status : str
        ``returned``, ``raised``, ``timed_out`` or ``crashed``.
    value : Snapshot
        What it returned, as it was when it returned.
    later : Snapshot
        The same object looked at again after all calls; equal to `value` in healthy code.
    trouble : Trouble or None
        The exception; for a time-out, the place where it was.
    output : str
        What it printed.
    warnings : tuple of str
        Categories of the warnings it gave.
    mutated : tuple of int
        Positions of the arguments that it changed.
    stand_ins : int
        How often it called a stand-in.
    """

    status: str
    value: Snapshot = None
    later: Snapshot = None
    trouble: Trouble | None = None
    output: str = ""
    warnings: tuple[str, ...] = ()
    mutated: tuple[int, ...] = ()
    stand_ins: int = 0

    def to_plain(self) -> tuple[Any, ...]:
        """Return the fields, without `later`, as nested tuples of plain values.

        What is as usual is left out at the end: most calls return, and nothing more.
        """
        plain = (
            self.status,
            self.value,
            self.trouble.to_plain() if self.trouble else None,
            self.output,
            self.warnings,
            self.mutated,
            self.stand_ins,
        )
        size = len(plain)
        while size > 2 and plain[size - 1] == _USUAL[size - 3]:
            size -= 1
        return plain[:size]

    @classmethod
    def from_plain(cls, plain: Any) -> "CallResult":
        """Rebuild from `to_plain`, trusting nothing.

        Raises
        ------
        TypeError, ValueError
            If `plain` has another form.
        """
        status, value, *more = plain
        if not more and status == "returned":
            return cls(status, value, value)
        trouble, output, warnings, mutated, stand_ins = list(more) + list(_USUAL[len(more) :])
        if status not in ("returned", "raised"):
            raise ValueError("unknown status")
        return cls(
            status,
            value,
            value,
            Trouble.from_plain(trouble),
            str(output),
            tuple(str(category) for category in warnings),
            tuple(int(position) for position in mutated),
            int(stand_ins),
        )


_USUAL: tuple[Any, ...] = (None, "", (), (), 0)
"""Of a call that returned: trouble, output, warnings, mutated, stand_ins."""
