"""Plain records of what a check found; words for them are made elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gradcheck_kit.learner.results import CallResult, Trouble
from gradcheck_kit.learner.values import Snapshot

PASSED = "passed"
FOLLOW_THROUGH = "follow_through"
OUTCOMES = (
    PASSED,
    FOLLOW_THROUGH,
    "not_started",
    "missing",
    "invalid",
    "raised",
    "timed_out",
    "crashed",
    "wrong",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a function, or one of its returns, does not pass.

    Parameters
    ----------
    outcome : str
        One of `OUTCOMES`.
    reason : str
        What exactly: ``value``, ``not-finite``, ``shape``, ``none``, ...
    arguments : tuple or None
        The simplest call that shows it.
    entry : str
        Which part of the result: ``grad_W1[1, 0]``; "" for the whole.
    got, expected : Snapshot, object
        What came and what is right, for that entry.
    failing, tried : int
        At how many of the calls it showed.
    trouble : Trouble or None
        The exception, if there was one.
    output : str
        What the call printed.
    facts : mapping
        Further values that the words for `reason` need.
    """

    outcome: str
    reason: str
    arguments: tuple[Any, ...] | None = None
    entry: str = ""
    got: Snapshot = None
    expected: Any = None
    failing: int = 0
    tried: int = 0
    trouble: Trouble | None = None
    output: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Examination:
    """What one judgement of a function found.

    Parameters
    ----------
    findings : mapping
        For each return of the function, the finding or None.
    notes : tuple of str
        Ids of remarks that cost nothing.
    line : int or None
        Where the function stands in its file.
    stand_ins : int
        How often it called a stand-in, over all calls.
    calls : tuple of (tuple, CallResult)
        Every call with what came of it: the probe points in order, then the first again.
    order : tuple of int
        Places in `calls`, in the order in which they were made; () for their own.
    """

    findings: Mapping[str, Finding | None]
    notes: tuple[str, ...] = ()
    line: int | None = None
    stand_ins: int = 0
    calls: tuple[tuple[tuple[Any, ...], CallResult], ...] = ()
    order: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one return of a function, or on the whole function.

    Parameters
    ----------
    function : str
        Name of the function.
    outcome : str
        One of `OUTCOMES`.
    finding : Finding or None
        Why, unless it passed.
    blamed : bool
        Is the mistake in this very function?
    mend_first : tuple of str
        The lower functions that must be right before this one can be (judged).
    notes : tuple of str
        Ids of remarks.
    diagnosis : tuple of str
        Ids of misconceptions recognised.
    line : int or None
        Where the function stands in its file.
    """

    function: str
    outcome: str
    finding: Finding | None = None
    blamed: bool = False
    mend_first: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    diagnosis: tuple[str, ...] = ()
    line: int | None = None

    @property
    def is_right(self) -> bool:
        """Whether it earns its points."""
        return self.outcome in (PASSED, FOLLOW_THROUGH)
