"""The exceptions of the kit."""

from collections.abc import Sequence


class GradcheckError(Exception):
    """Wrong use of the kit: a bad option, file or definition; the text says what to do."""


class GradcheckFailure(AssertionError):
    """A learner's function did not pass a check.

    Parameters
    ----------
    message : str
        What the learner reads, complete and in their language.
    outcome : str
        One of ``missing``, ``not_started``, ``invalid``, ``raised``, ``timed_out``,
        ``crashed``, ``wrong``.
    diagnosis : sequence of str
        Ids of the misconceptions recognised, best first.
    notes : sequence of str
        Ids of remarks that cost no points.
    file, line : str or None, int or None
        Where the function at fault stands.
    """

    def __init__(
        self,
        message: str,
        *,
        outcome: str,
        diagnosis: Sequence[str] = (),
        notes: Sequence[str] = (),
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.outcome = outcome
        self.diagnosis = list(diagnosis)
        self.notes = list(notes)
        self.file = file
        self.line = line
