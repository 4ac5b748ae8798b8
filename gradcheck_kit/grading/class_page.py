"""What the page about a class shows: its numbers, its plots and the data that its script reads."""

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from gradcheck_kit.grading.result_records import OUTCOMES, Check, Results, Submission
from gradcheck_kit.grading.safe_text import one_line, visible
from gradcheck_kit.grading.words import (
    mistake_hint,
    mistake_title,
    notes_text,
    outcome_text,
    status_text,
)
from gradcheck_kit.i18n import _

BINS = 11
"""Tenths of the most points, and full marks by themselves."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the score distribution.

    Parameters
    ----------
    label : str
        Percent: ``80``, for 80 up to 90; ``100``.
    count : int
        Submissions.
    height : float
        Of the tallest bar, 0 to 1.
    """

    label: str
    count: int
    height: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """A misconception that somebody in the class has.

    Parameters
    ----------
    id, title, hint : str
        As the catalogue has them; title and hint are "" for an id that nobody registers here.
    functions : tuple of str
        Where it was made.
    count : int
        Submissions that have it.
    share : float
        Of the most frequent one, 0 to 1.
    example : str
        The id of a submission that has it.
    message : str
        What that one reads.
    """

    id: str
    title: str
    hint: str
    functions: tuple[str, ...]
    count: int
    share: float
    example: str
    message: str


def percent_bin(score: float, max_score: float) -> int:
    """Return the number of the bar that a score belongs to, 0 to 10."""
    if not max_score:
        return 0
    # Points like 0.1 + 0.2 must not fall out of the bar that they reach.
    return min(BINS - 1, max(0, int(10 * score / max_score + 1e-9)))


def distribution(results: Results) -> list[Bar]:
    """Return the bars of the score distribution; only what was graded counts."""
    graded = [s for s in results.submissions if s.status == "graded"]
    counts = Counter(percent_bin(s.score, s.max_score) for s in graded)
    tallest = max(counts.values(), default=1)
    return [Bar(f"{10 * n}", counts[n], counts[n] / tallest) for n in range(BINS)]


def numbers(results: Results) -> list[tuple[str, str]]:
    """Return the figures at the top, each with its label."""
    graded = [s for s in results.submissions if s.status == "graded"]
    scores = [s.score for s in graded]
    full = sum(s.score >= s.max_score > 0 for s in graded)
    figures = [
        (_("submissions"), f"{len(results.submissions):,}"),
        (_("median"), f"{median(scores):.4g}" if scores else "–"),
        (_("mean"), f"{mean(scores):.3g}" if scores else "–"),
        (_("full marks"), f"{full:,}"),
    ]
    if len(graded) < len(results.submissions):
        figures.append((_("not graded"), f"{len(results.submissions) - len(graded):,}"))
    return figures


def mistakes(results: Results) -> list[Mistake]:
    """Return the misconceptions, those of most submissions first."""
    having: dict[str, dict[str, tuple[Submission, Check]]] = {}
    functions: dict[str, dict[str, None]] = {}
    for number, submission in enumerate(results.submissions):
        for check in submission.checks:
            for name in check.diagnosis:
                having.setdefault(name, {}).setdefault(str(number), (submission, check))
                if check.function:
                    functions.setdefault(name, {}).setdefault(one_line(check.function))
    most = max(map(len, having.values()), default=1)
    found = []
    for name, submissions in having.items():
        # The shortest message is the simplest example.
        submission, check = min(submissions.values(), key=lambda pair: len(pair[1].message))
        found.append(
            Mistake(
                id=one_line(name),
                title=mistake_title(name),
                hint=mistake_hint(name),
                functions=tuple(functions.get(name, {})),
                count=len(submissions),
                share=len(submissions) / most,
                example=one_line(submission.id),
                message=visible(check.message),
            )
        )
    return sorted(found, key=lambda mistake: (-mistake.count, mistake.id))


class _Table(dict[Any, int]):
    """Numbers values as they come, each different one once."""

    def number(self, value: Hashable) -> int:
        return self.setdefault(value, len(self))


def page_data(results: Results) -> dict[str, Any]:
    """Return what the page's script shows. Texts that many have stand in it once."""
    checks, texts, named = _Table(), _Table(), _Table()
    submissions = [
        {
            "id": one_line(submission.id),
            "name": one_line(submission.name),
            "status": submission.status,
            "why": visible(submission.message) or status_text(submission),
            "score": submission.score,
            "max": submission.max_score,
            "bin": percent_bin(submission.score, submission.max_score)
            if submission.status == "graded"
            else -1,
            "blame": [one_line(name) for name in submission.blame],
            "checks": list(_checks(submission, checks, texts, named)),
        }
        for submission in results.submissions
    ]
    return {
        "checks": [
            {"group": group, "name": name, "max": most, "hidden": hidden}
            for group, name, most, hidden in checks
        ],
        "outcomes": [[name, outcome_text(name)] for name in OUTCOMES],
        "texts": list(texts),
        "mistakes": [[one_line(name), mistake_title(name)] for name in named],
        "submissions": submissions,
    }


def _checks(
    submission: Submission, checks: _Table, texts: _Table, named: _Table
) -> Iterator[list[Any]]:
    for check in submission.checks:
        key = (one_line(check.group), one_line(check.name), check.max_points, check.is_hidden)
        yield [
            checks.number(key),
            OUTCOMES.index(check.outcome),
            check.points,
            texts.number(visible(check.message).rstrip()),
            [named.number(name) for name in check.diagnosis],
            notes_text(check),
        ]
