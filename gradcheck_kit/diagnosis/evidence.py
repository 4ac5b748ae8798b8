"""The wrong versions of a catalogue: their source, and whether a learner's values are theirs."""

import contextlib
import inspect
import io
import math
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.diagnosis.observed import Call, Calls
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.learner.values import Opaque, Snapshot, snapshot
from gradcheck_kit.numerics.compare import ATOL, RTOL
from gradcheck_kit.problems.problem import Arguments, Function, Problem

_TEXT = 200  # characters of an exception's message to compare


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
        source = _reference_source(function)
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


@lru_cache(maxsize=64)
def _reference_source(function: Function) -> str:
    return inspect.getsource(function.reference)


@lru_cache(maxsize=1024)
def _code(function: Function, entry: Misconception) -> CodeType:
    return compile(wrong_source(function, entry), f"<{entry.id}>", "exec")


def wrong_function(
    problem: Problem, function: Function, entry: Misconception, constant: float | None = None
) -> Callable[..., Any]:
    """Return a fresh function that makes the mistake, on top of right lower functions."""
    space: dict[str, Any] = {"math": math, "np": np, "Any": Any, "CONSTANT": constant}
    for other in problem.functions:
        space[other.name] = other.reference
    exec(_code(function, entry), space)
    wrong: Callable[..., Any] = space[function.name]
    return wrong


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let wrong versions warn and print for nobody."""
    with (
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def check_evidence(
    problem: Problem, function: Function, entry: Misconception, points: Sequence[Arguments]
) -> None:
    """Raise GradcheckError unless a wrong version runs, and is wrong at some probe point.

    Parameters
    ----------
    problem, function : Problem, Function
        What it should be.
    entry : Misconception
        With `body` or `change`.
    points : sequence of tuple
        The probe points.

    Raises
    ------
    GradcheckError
        If no learner's function can be recognised by it.
    """
    with _quiet():
        for constant in entry.tries or (None,):
            wrong = wrong_function(problem, function, entry, constant)
            if any(_differs(function, entry, wrong, arguments) for arguments in points):
                return
    if entry.when or entry.links or entry.is_advisory:
        return  # its values are not what it is recognised by
    raise GradcheckError(
        f"misconception {entry.id}: its code returns the right values at every probe point"
    )


def _differs(
    function: Function, entry: Misconception, wrong: Callable[..., Any], arguments: Arguments
) -> bool:
    scales = [r.scale(*arguments) if r.scale else 1.0 for r in function.returns]
    right = snapshot(function.reference(*arguments))
    try:
        value = snapshot(wrong(*_own(arguments)))
    except NameError as error:
        raise GradcheckError(f"misconception {entry.id}: its code does not run: {error}") from None
    except Exception:
        return True  # right code raises at no probe point
    if len(scales) == 1:
        return not alike(value, right, scales[0])
    if _length(value) != len(scales):
        return True
    return not all(map(alike, value, right, scales))


@dataclass(frozen=True, slots=True)
class Match:
    """A mistake whose wrong version returned what the learner's function did.

    Parameters
    ----------
    entry : Misconception
        The mistake.
    returns : frozenset of str
        The returns in which they agree at every probe point, right ones included.
    changes : frozenset of str
        The returns that the wrong version gets wrong, whether they agree or not.
    """

    entry: Misconception
    returns: frozenset[str]
    changes: frozenset[str]


def matches(
    problem: Problem,
    function: Function,
    entries: Sequence[Misconception],
    calls: Calls,
    suspects: Iterable[str] = (),
) -> list[Match]:
    """Return the mistakes whose wrong versions give the values that were seen.

    Parameters
    ----------
    problem, function : Problem, Function
        What it should be.
    entries : sequence of Misconception
        The mistakes to try.
    calls : sequence of Call
        Every call, in the order in which they were made.
    suspects : iterable of str
        The returns that are wrong; empty for all of them.
    """
    found: list[tuple[Match, bool]] = []
    names = frozenset(suspects) or frozenset(entry.name for entry in function.returns)
    with _quiet():
        for entry in entries:
            for constant in entry.tries or (None,):
                match = _match(problem, function, entry, constant, calls, names)
                if match is not None:
                    found.append(match)
                    break
    # Of those that agree everywhere else, the ones that agree far out too, if any does.
    agree_far = any(far for _match_, far in found)
    return [match for match, far in found if far or not agree_far]


def _match(
    problem: Problem,
    function: Function,
    entry: Misconception,
    constant: float | None,
    calls: Calls,
    suspects: frozenset[str],
) -> tuple[Match, bool] | None:
    """Return in which returns a wrong version agrees, and whether it does so far out too."""
    comparison = _Comparison(function, suspects)
    wrong = wrong_function(problem, function, entry, constant)
    near = [call for call in calls if not call.is_extreme]
    far = [call for call in calls if call.is_extreme]  # right code may do many things there
    if not all(comparison.add(wrong, call) for call in near):
        return None
    agreed = comparison.told
    agrees_far = all(comparison.add(wrong, call) for call in far)
    if not agreed and agrees_far:
        agreed = comparison.told  # as far as everything near shows, it was the right function
    if not agreed:
        return None
    changes = comparison.told & comparison.wrong
    if len(agreed) < len(function.returns):
        fresh = wrong_function(problem, function, entry, constant)
        changes = _wrong_returns(fresh, near, function)
    return Match(entry, agreed, changes), agrees_far


def _wrong_returns(
    wrong: Callable[..., Any], calls: Sequence[Call], function: Function
) -> frozenset[str]:
    """Return which returns of a wrong version are not right at some point."""
    found: set[str] = set()
    for call in calls:
        try:
            value = snapshot(wrong(*_own(call.arguments)))
        except Exception:
            return frozenset(entry.name for entry in function.returns)
        parts = value if _length(value) == len(function.returns) > 1 else [value] * len(call.right)
        for position, entry in enumerate(function.returns):
            if not alike(parts[position], call.right[position], call.scales[position]):
                found.add(entry.name)
    return frozenset(found)


def _own(arguments: Arguments) -> list[Any]:
    """Return arguments with arrays copied: a wrong version may change them."""
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]


class _Comparison:
    """Compares one wrong version with a learner's function, call by call."""

    def __init__(self, function: Function, suspects: frozenset[str]) -> None:
        self.function = function
        self.suspects = suspects
        self.agreed = {entry.name for entry in function.returns}
        self.wrong: set[str] = set()  # returns in which the wrong version was not right

    @property
    def told(self) -> frozenset[str]:
        """The returns in which everything agrees; none if that tells nothing.

        Where no return that agrees was ever wrong, the versions agree by being right.
        """
        return frozenset(self.agreed) if self.agreed & self.wrong else frozenset()

    def add(self, wrong: Callable[..., Any], call: Call) -> bool:
        """Compare at one point; return whether any return that is wrong still agrees."""
        try:
            value = snapshot(wrong(*_own(call.arguments)))
        except Exception as error:
            return self._add_raised(error, call.result)
        if call.result.status != "returned":
            return False
        for position, (got, due) in enumerate(self._parts(call.result.value, value)):
            entry, scale = self.function.returns[position], call.scales[position]
            if entry.name not in self.agreed:
                continue
            if not alike(got, due, scale):
                self.agreed.discard(entry.name)
            elif entry.name not in self.wrong and not alike(due, call.right[position], scale):
                self.wrong.add(entry.name)
        return bool(self.agreed & self.suspects)

    def _add_raised(self, error: Exception, result: CallResult) -> bool:
        trouble = result.trouble
        if result.status != "raised" or trouble is None:
            return False
        if trouble.kind != type(error).__name__:
            return False
        # The kind alone says little; numpy's messages hold the shapes. Stand-ins hide them.
        if not trouble.text:
            return True
        same = trouble.text[:_TEXT] == str(error)[:_TEXT]
        if same:
            self.wrong |= self.agreed
        return same

    def _parts(self, got: Snapshot, due: Snapshot) -> Sequence[tuple[Snapshot, Snapshot]]:
        count = len(self.function.returns)
        if count > 1 and _length(got) == _length(due) == count:
            return list(zip(got, due, strict=True))
        # Another structure: all of it is right for every return, or for none.
        return [(got, due)] * count


def _length(value: Snapshot) -> int:
    return len(value) if isinstance(value, tuple | list) else -1


def alike(got: Snapshot, due: Any, scale: float = 1.0) -> bool:
    """Tell whether a value is what a wrong version returned, to the closeness rule.

    Parameters
    ----------
    got : Snapshot
        The learner's value.
    due : object
        That of the wrong version.
    scale : float
        See `gradcheck_kit.numerics.compare`.
    """
    if isinstance(got, tuple | list) or isinstance(due, tuple | list):
        count = _count(got)
        return (
            count >= 0
            and count == _count(due)
            and all(alike(g, d, scale) for g, d in zip(got, due, strict=True))
        )
    if got is None or isinstance(got, str | Opaque):
        same_kind = type(got) is type(due)
        return same_kind and (not isinstance(got, Opaque) or got == due)
    if due is None or isinstance(due, str | Opaque):
        return False
    if isinstance(got, float) and isinstance(due, float):
        if not (math.isfinite(got) and math.isfinite(due)):
            return got == due or (math.isnan(got) and math.isnan(due))
        return abs(got - due) <= RTOL * abs(due) + ATOL * scale
    ours_, theirs_ = np.asarray(got), np.asarray(due)
    if ours_.shape != theirs_.shape or ours_.dtype.kind == "c" or theirs_.dtype.kind == "c":
        return False
    with np.errstate(invalid="ignore"):
        close = np.abs(np.subtract(ours_, theirs_, dtype=np.float64)) <= (
            RTOL * np.abs(theirs_) + ATOL * scale
        )
    close &= np.isfinite(ours_) & np.isfinite(theirs_)
    same = (ours_ == theirs_) | (np.isnan(ours_) & np.isnan(theirs_))
    return bool(np.all(close | same))


def _count(value: Snapshot) -> int:
    """Return the length of a sequence, a one-dimensional array included; -1 for others."""
    if isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim == 1):
        return len(value)
    return -1
