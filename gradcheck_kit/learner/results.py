"""Plain records of what happened when learner code was loaded and called."""

from dataclasses import astuple, dataclass
from typing import Any

from gradcheck_kit.learner.values import Snapshot, is_snapshot

MAX_OUTPUT = 2_000
"""Characters of what was printed that a message can show."""

MAX_TEXT = 300
"""Characters of any other text: an exception's message, a line, a name."""

MAX_FRAMES = 8
MAX_WARNINGS = 50

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
        """Rebuild from `to_plain`, trusting nothing; None stays None.

        Raises
        ------
        TypeError, ValueError
            If `plain` has another form.
        """
        if plain is None:
            return None
        kind, text, frames, own_frame, in_stand_in, wants_input = plain
        _are_at_most(MAX_FRAMES, frames)
        for file, line, function, source in frames:
            _are_texts(file, function, source)
            _are(int, line)
        _are_texts(kind, text)
        _are(bool, own_frame, in_stand_in, wants_input)
        return cls(kind, text, tuple(map(tuple, frames)), own_frame, in_stand_in, wants_input)


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

    def to_plain(self) -> tuple[Any, ...]:
        """Return the fields as nested tuples of plain values."""
        trouble = self.trouble.to_plain() if self.trouble else None
        return (self.status, trouble, self.output, self.opened_plot)

    @classmethod
    def from_plain(cls, plain: Any) -> "LoadResult":
        """Rebuild from `to_plain`, trusting nothing.

        Raises
        ------
        TypeError, ValueError
            If `plain` has another form.
        """
        status, trouble, output, opened_plot = plain
        _are(str, status, output)
        _are_at_most(MAX_OUTPUT, output)
        _are(bool, opened_plot)
        if status not in _LOADED:
            raise ValueError("unknown status")
        return cls(status, Trouble.from_plain(trouble), output, opened_plot)


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

    @property
    def can_be_called(self) -> bool:
        """Whether it is a function, with work in it, that can be called with so many."""
        return self.status == "callable" and not self.is_stub and not self.is_async

    def to_plain(self) -> tuple[Any, ...]:
        """Return the fields as a tuple of plain values."""
        return astuple(self)

    @classmethod
    def from_plain(cls, plain: Any) -> "Presence":
        """Rebuild from `to_plain`, trusting nothing.

        Raises
        ------
        TypeError, ValueError
            If `plain` has another form.
        """
        status, detail, line, is_stub, is_async = plain
        _are_texts(status, detail)
        _are(int, 0 if line is None else line)
        _are(bool, is_stub, is_async)
        if status not in _PRESENT:
            raise ValueError("unknown status")
        return cls(status, detail, line, is_stub, is_async)


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
    def from_plain(cls, plain: Any, arguments: int) -> "CallResult":
        """Rebuild from `to_plain`, trusting nothing.

        Parameters
        ----------
        plain : object
            What arrived.
        arguments : int
            How many arguments the call had.

        Raises
        ------
        TypeError, ValueError
            If `plain` has another form.
        """
        status, value, *more = plain
        if not more and status == "returned" and is_snapshot(value):
            return cls(status, value, value)
        trouble, output, warnings, mutated, stand_ins = list(more) + list(_USUAL[len(more) :])
        _are_at_most(MAX_WARNINGS, warnings)
        _are_at_most(arguments, mutated)
        _are_texts(status, *warnings)
        _are(str, output)
        _are_at_most(MAX_OUTPUT, output)
        _are(int, stand_ins, *mutated)
        if status not in ("returned", "raised") or not is_snapshot(value):
            raise ValueError("unknown status or value")
        if any(not 0 <= position < arguments for position in mutated):
            raise ValueError("no such argument")
        trouble = Trouble.from_plain(trouble)
        if (status == "raised") != (trouble is not None):
            raise ValueError("raised what?")
        return cls(
            status, value, value, trouble, output, tuple(warnings), tuple(mutated), stand_ins
        )


_USUAL: tuple[Any, ...] = (None, "", (), (), 0)
"""Of a call that returned: trouble, output, warnings, mutated, stand_ins."""

_LOADED = ("loaded", "missing", "folder", "unreadable", "syntax", "encoding", "raised")
_PRESENT = ("callable", "missing", "not_callable", "parameters")


def _are(kind: type, *values: Any) -> None:
    """Raise ValueError unless all values are of one type, and of no class derived from it."""
    if any(type(value) is not kind for value in values):
        raise ValueError(f"not a {kind.__name__}")


def _are_texts(*values: Any) -> None:
    """Raise ValueError unless all values are single lines that a message can hold."""
    _are(str, *values)
    if not all(map(str.isprintable, values)):
        raise ValueError("not one line")
    for value in values:
        _are_at_most(MAX_TEXT, value)


def _are_at_most(most: int, *values: Any) -> None:
    if any(len(value) > most for value in values):
        raise ValueError(f"longer than {most}")
