"""What a learner sees at the end of a run: a row for every function, and what to do next."""

import os
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gradcheck_kit.assignment import Assignment, read_assignment
from gradcheck_kit.diagnosis.messages import note_text
from gradcheck_kit.display import (
    display_width,
    kit_command,
    labelled,
    outcome_mark,
    pad,
    shorten,
)
from gradcheck_kit.i18n import _, active_language, printable

Result = Mapping[str, Any]

_COLOURS = {"✓": "green", "✗": "red", "○": "yellow"}
_WIDTH = 79
_RIGHT = ("passed", "follow_through")
_ORDER = ("passed", "follow_through", "missing", "not_started")


def show_summary(
    reporter: "pytest.TerminalReporter", results: Sequence[Result], encoding: str, seed: int
) -> None:
    """Write the summary of each submission that was checked."""
    submissions: dict[tuple[int, str], list[Result]] = defaultdict(list)
    # Workers bring results in any order.
    for result in sorted(results, key=lambda result: int(result["order"])):
        submissions[result["submission"], result["folder"]].append(result)
    for (_index, folder), own in sorted(submissions.items()):
        assignment = read_assignment(Path(folder))
        title = f"gradcheck: {assignment.title_in(active_language())}"
        if len(submissions) > 1:
            title += f" · {own[0]['label']}"
        _write_heading(reporter, printable(title, encoding))
        for text, colour in summary_lines(own, assignment, seed):
            markup = {colour: True} if colour else {}
            reporter.write_line(printable(text, encoding), **markup)


def _write_heading(reporter: "pytest.TerminalReporter", title: str) -> None:
    """Write a line like pytest's own headings, which count characters and not columns."""
    rest = max(2, reporter._tw.fullwidth - display_width(title) - 2)
    left = "=" * (rest // 2)
    reporter.ensure_newline()
    reporter.write_line(f"{left} {title} {'=' * (rest - len(left))}", bold=True)


def summary_lines(
    results: Sequence[Result], assignment: Assignment, seed: int
) -> list[tuple[str, str]]:
    """Return the lines of one submission's summary, each with a colour or ""."""
    rows = _rows(results, assignment)
    name_width = max(display_width(row.name) for row in rows)
    points_width = max(len(row.points) for row in rows)
    lines: list[tuple[str, str]] = []
    group = None
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append((f"{group}.py", ""))
        text = f"  {row.mark} {pad(row.name, name_width)}  {row.points:>{points_width}}"
        if row.text:
            text += f"  {shorten(row.text, _WIDTH - display_width(text) - 2)}"
        lines.append((text, _COLOURS[row.mark]))
    lines.append(("", ""))
    lines += [(line, "") for line in _closing(results, rows, assignment, seed)]
    return lines


class _Row:
    """One function: all its tests together."""

    def __init__(self, function: str, results: Sequence[Result]) -> None:
        self.function = function
        self.group, _dot, self.name = function.rpartition(".")
        self.results = results
        worst = max(results, key=_severity)
        self.is_right = all(r["outcome"] in _RIGHT for r in results)
        self.mark = outcome_mark(worst["outcome"])
        remarks = [note_text(note) for result in results for note in result["notes"]]
        self.text = str(worst["brief"]) or next(filter(None, remarks), "")
        self.outcome = str(worst["outcome"])
        earned = sum(r["points"] for r in results)
        most = sum(r["max_points"] for r in results)
        self.points = f"{earned:g}/{most:g}"
        self.worst = worst


def _severity(result: Result) -> int:
    outcome = result["outcome"]
    return _ORDER.index(outcome) if outcome in _ORDER else len(_ORDER)


def _rows(results: Sequence[Result], assignment: Assignment) -> list[_Row]:
    by_function: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        name = result["function"] or result["test"].replace(".py::", ".").removeprefix("test_")
        by_function[name].append(result)
    # The assignment's order is the order in which to solve. Others follow: files as they ran,
    # their functions in the problem's order.
    order = {name: number for number, name in enumerate(assignment.tasks)}
    groups = list(dict.fromkeys(name.rpartition(".")[0] for name in by_function))

    def place(name: str) -> tuple[int, int, int]:
        group = groups.index(name.rpartition(".")[0])
        return order.get(name, len(order)), group, by_function[name][0]["place"]

    return [_Row(name, by_function[name]) for name in sorted(by_function, key=place)]


def _closing(
    results: Sequence[Result], rows: Sequence[_Row], assignment: Assignment, seed: int
) -> list[str]:
    earned = sum(r["points"] for r in results)
    most = sum(r["max_points"] for r in results)
    lines = [
        _(
            "{earned} of {most} points (practice run, not a grade; seed {seed})",
            earned=f"{earned:g}",
            most=f"{most:g}",
            seed=seed,
        )
    ]
    return lines + labelled(_next_step(rows, assignment), _WIDTH, indent=0)


def _more(row: _Row) -> str:
    """Return the command that says more: about the mistake, or the next hint."""
    worst = row.worst
    folder = str(worst["folder"])
    beside = Path(folder).resolve() == Path("exercises").resolve()
    where = () if beside else ("--exercises", shlex.quote(os.path.relpath(folder)))
    if worst.get("hint") and worst["diagnosis"]:
        return kit_command("explain", worst["diagnosis"][0], *where)
    return kit_command("hint", row.function, *where)


def _next_step(rows: Sequence[_Row], assignment: Assignment) -> list[tuple[str, str]]:
    right = {row.function for row in rows if row.is_right}
    seen = {row.function for row in rows}
    for row in rows:
        task = assignment.tasks.get(row.function)
        needs = task.needs if task else ()
        # A need that was not checked in this run (-k, one file only) does not hold up.
        if row.is_right or any(need in seen and need not in right for need in needs):
            continue
        worst = row.worst
        file = str(Path(worst["label"]) / f"{row.group}.py")
        place = _("{file}, line {line}", file=file, line=worst["line"]) if worst["line"] else file
        what = (
            _("write {function} in {place}", function=row.name, place=place)
            if row.outcome in ("not_started", "missing")
            else _("mend {function} in {place}", function=row.name, place=place)
        )
        steps = [(_("next"), what)]
        # The first hint is about values and about how to begin, not about a NameError.
        hint = worst.get("hint")
        if not hint and row.outcome in ("wrong", "not_started", "missing"):
            hint = assignment.first_hint(row.function, active_language())
        if hint:
            steps += [(_("hint"), hint), (_("more"), _more(row))]
        return steps
    if rows and all(row.is_right for row in rows):
        return [(_("next"), _("everything is right; well done!"))]
    return []
