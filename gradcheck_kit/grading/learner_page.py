"""What one learner reads about their submission, in Markdown and as the parts of a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from gradcheck_kit.display import outcome_mark
from gradcheck_kit.grading.result_records import Check, Results, Submission
from gradcheck_kit.grading.safe_text import code_block, code_span, one_line, visible
from gradcheck_kit.grading.words import (
    hidden_text,
    notes_text,
    outcome_text,
    points_text,
    status_text,
)
from gradcheck_kit.i18n import _


@dataclass(frozen=True, slots=True)
class Remark:
    """A message, and the checks that have it.

    Parameters
    ----------
    checks : tuple of str
        Their names.
    text : str
        The message.
    """

    checks: tuple[str, ...]
    text: str


def check_title(check: Check) -> str:
    """Return how a check is called in reports: ``network: grad_w1``."""
    return one_line(f"{check.group}: {check.name}")


def remarks(checks: Sequence[Check]) -> list[Remark]:
    """Return the messages of checks, those that say the same once."""
    found: dict[str, list[str]] = {}
    for check in checks:
        text = visible(check.message).rstrip()
        if text:
            found.setdefault(text, []).append(check_title(check))
    return [Remark(tuple(names), text) for text, names in found.items()]


def learner_page(results: Results, submission: Submission) -> str:
    """Return the feedback on one submission in Markdown.

    Hidden tests are one line; the seed is nowhere. Everything that a submission can influence
    stands in code, where Markdown has no tags, links or mentions.
    """
    title = code_span(submission.name or submission.id)
    lines = [f"# {code_span(results.assignment)}: {title}", ""]
    if submission.status != "graded":
        lines += [status_text(submission), ""]
        if submission.message:
            lines += [code_block(submission.message), ""]
        return "\n".join(lines)
    points = points_text(submission.score, submission.max_score)
    lines += [f"**{_('{points} points', points=points)}**", ""]
    if submission.visible_blame:
        names = ", ".join(map(code_span, submission.visible_blame))
        lines += [_("mend {functions}", functions=names), ""]
    lines += [
        f"|  | {_('check')} | {_('points')} | {_('result')} |",
        "|---|---|---:|---|",
    ]
    for check in submission.visible:
        result = "; ".join(filter(None, [outcome_text(check.outcome), notes_text(check)]))
        points = points_text(check.points, check.max_points)
        name = code_span(check_title(check), in_table=True)
        lines.append(f"| {outcome_mark(check.outcome)} | {name} | {points} | {result} |")
    lines.append("")
    if submission.hidden:
        lines += [hidden_text(submission), ""]
    for remark in remarks(submission.visible):
        lines += [
            f"### {', '.join(map(code_span, remark.checks))}",
            "",
            code_block(remark.text),
            "",
        ]
    return "\n".join(lines)
