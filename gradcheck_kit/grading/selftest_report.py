"""What a self-test found, for a terminal of 80 columns and for machines."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from gradcheck_kit.assignment import FILE_NAME
from gradcheck_kit.display import display_width, labelled, pad, wrap
from gradcheck_kit.grading.assignment_checks import used_languages
from gradcheck_kit.grading.equivalence import Comparison
from gradcheck_kit.grading.selftest import Planted, Selftest
from gradcheck_kit.i18n import _

WIDTH = 79
LISTED = 20
"""From so many unnamed mistakes on they are counted, not listed."""


def report(found: Selftest) -> list[str]:
    """Return the report as lines."""
    lines = _about_assignment(found)
    if found.planted:
        lines += ["", *_table(found), *_lists(found)]
    return [*lines, "", _closing(found)]


def to_json(found: Selftest) -> dict[str, Any]:
    """Return everything that was found, as plain values."""
    return {
        "schema": 1,
        "assignment": {"id": found.assignment.id, "seed": found.seed, "points": found.points},
        "is_well": found.is_well,
        "complaints": [{"where": c.where, "text": c.text} for c in found.complaints],
        "possible": found.possible,
        "planted": [_planted_to_json(planted) for planted in found.planted],
    }


def _planted_to_json(planted: Planted) -> dict[str, Any]:
    mutant, comparison = planted.mutant, planted.comparison
    entry: dict[str, Any] = {
        "function": _name(planted),
        "line": mutant.line,
        "kind": mutant.kind,
        "description": mutant.description,
        "fate": planted.fate,
        "blame": list(planted.blame),
        "outcomes": dict(planted.outcomes),
        "diagnosis": [{"id": name} for name in planted.diagnosis],
        "notes": [{"id": name} for name in planted.notes],
    }
    if mutant.reason:
        entry["reason"] = mutant.reason
    if comparison is not None:
        entry["comparison"] = {"outcome": comparison.outcome, "arguments_tried": comparison.tried}
        if comparison.arguments is not None:
            entry["comparison"] |= {
                "arguments": [_value(argument) for argument in comparison.arguments],
                "got": _value(comparison.got),
                "right": _value(comparison.right),
            }
    return entry


def _name(planted: Planted) -> str:
    return f"{planted.mutant.problem}.{planted.mutant.function}"


def _about_assignment(found: Selftest) -> list[str]:
    points = found.points
    total = " + ".join(f"{name} {value:g}" for name, value in points.items())
    languages = ", ".join(used_languages(found.assignment))
    listed = _("no {file}", file=FILE_NAME)
    if found.assignment.tasks:
        listed = _(
            "{count} functions in {file}; titles and hints in {languages}",
            count=len(found.assignment.tasks),
            file=FILE_NAME,
            languages=languages,
        )
    rows = [
        (_("exercises"), str(found.exercises)),
        (_("solutions"), str(found.solutions)),
        (_("words"), listed),
        (_("points"), f"{total} = {sum(points.values()):g}" if points else "-"),
        (_("seed"), str(found.seed)),
    ]
    lines = [_("Self-test of {assignment}", assignment=found.assignment.id)]
    lines += labelled(rows, WIDTH)
    if found.complaints:
        lines += ["", _("✗ to mend in the assignment: {count}", count=len(found.complaints))]
        lines += labelled(
            [(complaint.where, complaint.text) for complaint in found.complaints], WIDTH
        )
    else:
        lines += [
            "",
            _("✓ every stub is not started and earns nothing"),
            _("✓ every solution earns full points, with nothing else to say"),
            _("✓ functions, needs, titles, hints, points and files are in order"),
        ]
    return lines


def _table(found: Selftest) -> list[str]:
    counts = {
        name: Counter(p.fate for p in found.planted if p.mutant.problem == name)
        for name in found.problems
        if name in found.possible
    }
    named = Counter(p.mutant.problem for p in found.planted if p.fate == "caught" and p.diagnosis)

    def row(label: str, value: Callable[[str], int]) -> list[str]:
        return [label, *(str(value(name)) for name in counts)]

    rows = [
        [_("mistakes planted in the solutions"), *counts],
        row(_("possible"), lambda name: found.possible[name]),
        row(_("planted"), lambda name: sum(counts[name].values())),
        row(_("✓ caught, the right function blamed"), lambda name: counts[name]["caught"]),
        row(_("✗ caught, another function blamed"), lambda name: counts[name]["misblamed"]),
        row(_("✗ let through, though values change"), lambda name: counts[name]["let_through"]),
        row(_("○ let through, the same values"), lambda name: counts[name]["equivalent"]),
        row(_("○ let through, forgiven with a note"), lambda name: counts[name]["forgiven"]),
        row(_("✗ the grader failed on it"), lambda name: counts[name]["crashed"]),
        row(_("named by a diagnosis"), lambda name: named[name]),
    ]
    # Lines about what did not happen only distract.
    kept = [r for at, r in enumerate(rows) if at not in (4, 5, 7, 8) or set(r[1:]) != {"0"}]
    first = max(display_width(r[0]) for r in kept)
    widths = [max(len(r[at]) for r in kept) for at in range(1, len(rows[0]))]
    lines = []
    for label, *values in kept:
        cells = [value.rjust(width) for value, width in zip(values, widths, strict=True)]
        lines.append("   ".join([pad(label, first), *cells]))
    return lines


def _lists(found: Selftest) -> list[str]:
    """List mistakes under headings; those that call for the author's attention in full."""
    by_fate: dict[str, list[Planted]] = {}
    for planted in found.planted:
        by_fate.setdefault(planted.fate, []).append(planted)
    unnamed = [p for p in by_fate.get("caught", ()) if not p.diagnosis]
    lines: list[str] = []
    lines += _list(
        _("✗ let through, though values change"), by_fate.get("let_through", ()), _difference
    )
    lines += _list(
        _("✗ caught, another function blamed"),
        by_fate.get("misblamed", ()),
        lambda p: [_("blamed: {functions}", functions=_blamed(p) or _("no function"))],
    )
    lines += _list(_("✗ the grader failed on it"), by_fate.get("crashed", ()), lambda p: [])
    lines += _list(_("○ let through, the same values"), by_fate.get("equivalent", ()), _proof)
    lines += _list(
        _("○ let through, forgiven with a note"),
        by_fate.get("forgiven", ()),
        lambda p: [
            _("note: {notes}", notes=", ".join(p.notes) or "-"),
            *_difference(p),
        ],
    )
    heading = _("caught, but no diagnosis names the mistake")
    if len(unnamed) <= LISTED:
        return lines + _list(heading, unnamed, lambda p: [])
    return [*lines, "", f"{heading}: {len(unnamed)}", *_unnamed_by_function(unnamed, found)]


def _unnamed_by_function(unnamed: Sequence[Planted], found: Selftest) -> list[str]:
    """Return how many of the mistakes in each function have no name: too many to list."""
    caught = Counter(_name(p) for p in found.planted if p.fate == "caught")
    rows = [
        (name, _("{count} of {all}", count=count, all=caught[name]))
        for name, count in Counter(map(_name, unnamed)).items()
    ]
    return [*labelled(rows, WIDTH), "  " + _("--json FILE lists them")]


def _blamed(planted: Planted) -> str:
    return ", ".join(
        f"{name} ({planted.outcomes[name]})" if name in planted.outcomes else name
        for name in planted.blame
    )


def _list(
    heading: str,
    planted: Sequence[Planted],
    details: Callable[[Planted], Iterable[str]],
) -> list[str]:
    if not planted:
        return []
    lines = ["", f"{heading}: {len(planted)}"]
    for one in planted:
        lines += _hanging(f"{_name(one)}, {one.mutant.description}", 2)
        for text in details(one):
            lines += _hanging(text, 6)
    return lines


def _hanging(text: str, indent: int) -> list[str]:
    first, *rest = wrap(text, WIDTH - indent - 2)
    return [" " * indent + first, *(" " * (indent + 2) + line for line in rest)]


def _proof(planted: Planted) -> list[str]:
    comparison = planted.comparison
    assert comparison is not None
    if comparison.outcome == "identical":
        text = _("the same to the last bit at {count} arguments", count=comparison.tried)
    else:
        text = _("the same to a few rounding errors at {count} arguments", count=comparison.tried)
    reason = planted.mutant.reason
    return [_("{reason}; {proof}", reason=reason, proof=text) if reason else text]


def _difference(planted: Planted) -> list[str]:
    comparison = planted.comparison
    assert comparison is not None
    assert comparison.arguments is not None
    arguments = ", ".join(_short(argument) for argument in comparison.arguments)
    return [
        f"{planted.mutant.function}({arguments})",
        _("with the mistake {got}, else {right}", **_got_and_right(comparison)),
    ]


def _got_and_right(comparison: Comparison) -> dict[str, str]:
    return {"got": _short(comparison.got), "right": _short(comparison.right)}


def _short(value: Any) -> str:
    """Return Python source for a value, with up to 17 digits: it can be pasted."""
    plain = _value(value)
    return plain if isinstance(plain, str) else repr(plain)


def _value(value: Any) -> Any:
    """Return numbers and lists for numbers, arrays and tuples; text for all else."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [_value(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _closing(found: Selftest) -> str:
    if found.is_well:
        return _("✓ nothing needs your attention")
    bad = sum(p.fate in ("misblamed", "let_through", "crashed") for p in found.planted)
    return _(
        "✗ to mend: {complaints} in the assignment, {mistakes} of the planted mistakes",
        complaints=len(found.complaints),
        mistakes=bad,
    )
