"""What reports read: results.json as records, and no more of it than a report may show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.i18n import _

SCHEMA = 1
RIGHT = ("passed", "follow_through")
NOT_DONE = ("not_started", "missing")
OUTCOMES = (
    "passed", "follow_through", "wrong", "invalid", "raised", "timed_out", "crashed",
    "not_started", "missing",
)  # fmt: skip
STATUSES = ("graded", "unreadable", "crashed")
LEVELS = ("none", "basic", "strict")
"""Of the sandbox, the lowest first."""


@dataclass(frozen=True, slots=True)
class Check:
    """One test of one submission.

    Parameters
    ----------
    id : str
        ``test_network.py::test_grad_w1``.
    function : str
        ``network.backward``; "" where the test names none.
    points, max_points : float
        Earned, and possible.
    is_hidden : bool
        Learners may not see it.
    outcome : str
        One of `OUTCOMES`.
    diagnosis, notes : tuple of str
        Ids.
    message : str
        What the learner reads; "" where there is nothing to say.
    """

    id: str
    function: str
    points: float
    max_points: float
    is_hidden: bool
    outcome: str
    diagnosis: tuple[str, ...]
    notes: tuple[str, ...]
    message: str

    @property
    def is_right(self) -> bool:
        """Whether it passed, if only once the functions below are right."""
        return self.outcome in RIGHT

    @property
    def group(self) -> str:
        """The test file without ``test_`` and suffix: ``network``."""
        return self.id.partition("::")[0].removesuffix(".py").removeprefix("test_")

    @property
    def name(self) -> str:
        """The test without ``test_``: ``grad_w1``."""
        return self.id.rpartition("::")[2].removeprefix("test_")


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of one submission.

    Parameters
    ----------
    id : str
        As results.json has it.
    name : str
        The learner's name, where a roster gave one, else "".
    status : str
        One of `STATUSES`.
    score, max_score : float
        Points.
    seconds : float
        How long it took.
    blame : tuple of str
        The functions that hold a mistake themselves.
    checks : tuple of Check
        In the order of the tests.
    message : str
        Why it is unreadable, else "".
    """

    id: str
    name: str
    status: str
    score: float
    max_score: float
    seconds: float
    blame: tuple[str, ...]
    checks: tuple[Check, ...]
    message: str

    @property
    def visible(self) -> tuple[Check, ...]:
        """The checks that the learner may see."""
        return tuple(check for check in self.checks if not check.is_hidden)

    @property
    def hidden(self) -> tuple[Check, ...]:
        """The others."""
        return tuple(check for check in self.checks if check.is_hidden)

    @property
    def visible_blame(self) -> tuple[str, ...]:
        """The functions to mend that a learner may know of: a visible check shows them."""
        shown = {check.function for check in self.visible if not check.is_right}
        return tuple(name for name in self.blame if name in shown)


@dataclass(frozen=True, slots=True)
class Results:
    """A graded class. The seed is left out on purpose: no report may show it.

    Parameters
    ----------
    assignment : str
        Its id.
    max_score : float
        Points possible.
    kit_version : str
        That graded.
    sandbox : str
        The level of isolation.
    submissions : tuple of Submission
        In the order of results.json.
    not_handed_in : tuple of tuple
        Id and name of those on the roster without a submission.
    shard : tuple of int or None
        Number and count, if these are the results of a part of the class.
    is_complete : bool
        False if the grading was stopped.
    """

    assignment: str
    max_score: float
    kit_version: str
    sandbox: str
    submissions: tuple[Submission, ...]
    not_handed_in: tuple[tuple[str, str], ...] = ()
    shard: tuple[int, int] | None = None
    is_complete: bool = True


def parse_results(data: Any) -> Results:
    """Return what results.json holds as records.

    Raises
    ------
    GradcheckError
        If it has another schema.
    """
    if not isinstance(data, dict) or "schema" not in data:
        raise GradcheckError(_("this is no results.json: it has no schema"))
    if data["schema"] != SCHEMA:
        raise GradcheckError(
            _("results.json has schema {schema}; this version reads schema {known}",
              schema=str(data["schema"])[:20], known=SCHEMA)
        )  # fmt: skip
    try:
        return Results(
            assignment=_text(data["assignment"]["id"]),
            max_score=_number(data["assignment"]["max_score"]),
            kit_version=_text(data["assignment"].get("kit_version", "")),
            sandbox=_one_of(data["sandbox"]["level"], LEVELS),
            submissions=tuple(_submission(entry) for entry in _list(data["submissions"])),
            not_handed_in=tuple(
                (_text(learner["id"]), _text(learner["name"]))
                for learner in _list(data.get("not_handed_in", []))
            ),
            shard=_shard(data["shard"]) if "shard" in data else None,
            is_complete=_flag(data.get("complete", True)),
        )
    except KeyError as error:
        raise GradcheckError(_("this is no results.json: {name} is missing", name=error)) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise GradcheckError(
            _("this is no results.json: something in it is not what it should be ({error})",
              error=str(error)[:80])
        ) from None  # fmt: skip


def _submission(entry: Mapping[str, Any]) -> Submission:
    return Submission(
        id=_text(entry["id"]),
        name=_text(entry.get("name") or ""),
        status=_one_of(entry["status"], STATUSES),
        score=_number(entry["score"]),
        max_score=_number(entry["max_score"]),
        seconds=_number(entry.get("seconds", 0.0)),
        blame=tuple(_text(name) for name in _list(entry["blame"])),
        checks=tuple(_check(check) for check in _list(entry["checks"])),
        message=_text(entry.get("message", "")),
    )


def _check(entry: Mapping[str, Any]) -> Check:
    return Check(
        id=_text(entry["id"]),
        function=_text(entry["function"] or ""),
        points=_number(entry["points"]),
        max_points=_number(entry["max_points"]),
        is_hidden=_flag(entry["hidden"]),
        outcome=_one_of(entry["outcome"], OUTCOMES),
        diagnosis=tuple(_text(found["id"]) for found in _list(entry["diagnosis"])),
        notes=tuple(_text(found["id"]) for found in _list(entry["notes"])),
        message=_text(entry["message"]),
    )


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list expected, not {type(value).__name__}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, not {type(value).__name__}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError(f"a number expected, not {str(value)[:20]}")
    return float(value)


def _shard(value: Any) -> tuple[int, int]:
    number, of = value["number"], value["of"]
    if type(number) is not int or type(of) is not int or not 1 <= number <= of:
        raise ValueError(f"no shard: {number!r} of {of!r}"[:60])
    return number, of


def _flag(value: Any) -> bool:
    # A hidden test must not become a visible one because a file says "hidden": null.
    if not isinstance(value, bool):
        raise TypeError(f"true or false expected, not {type(value).__name__}")
    return value


def _one_of(value: Any, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"{str(value)[:20]!r} is none of {', '.join(known)}")
    return str(value)
