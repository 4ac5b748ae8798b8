"""What reports say of a result, in the language spoken now."""

from gradcheck_kit.diagnosis.catalogue import every_misconception
from gradcheck_kit.diagnosis.messages import note_text
from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.grading.result_records import Check, Submission
from gradcheck_kit.i18n import N_, _

_OUTCOMES = {
    "passed": N_("passed"),
    "follow_through": N_("right, once the functions it calls are"),
    "wrong": N_("wrong"),
    "invalid": N_("invalid: not Python, or of the wrong form"),
    "raised": N_("raised an exception"),
    "timed_out": N_("ran out of time"),
    "crashed": N_("crashed"),
    "not_started": N_("not started"),
    "missing": N_("missing"),
}


def outcome_text(outcome: str) -> str:
    """Return an outcome in words."""
    return _(_OUTCOMES[outcome])


def points_text(points: float, max_points: float) -> str:
    """Return points of a maximum: ``8.5/10``."""
    return f"{round(points, 2):g}/{round(max_points, 2):g}"


def status_text(submission: Submission) -> str:
    """Return what a status other than `graded` means to the learner; "" for that."""
    if submission.status == "unreadable":
        return _("no file of it could be read")
    if submission.status == "crashed":
        return _("it could not be graded; tell your instructor")
    return ""


def hidden_text(submission: Submission) -> str:
    """Return all that a learner is told of hidden tests; "" where there are none.

    Not which, and not the points of each.
    """
    hidden = submission.hidden
    if not hidden:
        return ""
    passed = sum(check.is_right for check in hidden)
    return _("hidden: {passed} of {count} passed", passed=passed, count=len(hidden))


def notes_text(check: Check) -> str:
    """Return what a learner reads about the notes of a check, which cost no points."""
    return "; ".join(filter(None, map(note_text, check.notes)))


def mistake_title(identity: str) -> str:
    """Return what a mistake is in one sentence; "" for an id that nobody registers."""
    entry = _mistake(identity)
    return _(entry.title) if entry else ""


def mistake_hint(identity: str) -> str:
    """Return what to look at next; "" for an id that nobody registers."""
    entry = _mistake(identity)
    return _(entry.hint) if entry else ""


def _mistake(identity: str) -> Misconception | None:
    return next((entry for _name, entry in every_misconception() if entry.id == identity), None)
