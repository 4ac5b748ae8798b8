"""What a learner reads about a finding: a full message, and one line for the summary.

Findings carry ids and values; the words are here, English in the source and every other
language in its .po file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck_kit.checks.finding import FOLLOW_THROUGH, Finding, Verdict
from gradcheck_kit.diagnosis.chain import marked_chain, what_is_off, wrong_size
from gradcheck_kit.diagnosis.records import NOTHING, Diagnosis
from gradcheck_kit.display import labelled, shorten, wrap
from gradcheck_kit.i18n import _
from gradcheck_kit.numerics.curves import Curve
from gradcheck_kit.problems.problem import Function, Problem

WIDTH = 78
"""Columns of a message: 80, less what editors and pytest put around it."""

_MISTAKES = 2  # named in one message
_PATTERNS = ("scaled", "sign")
_ANOTHER_CHAIN = 5  # factors off: it is another chain altogether (the gradients are swapped)
_ROWS_OF_FRAMES = 4
_MATRIX_WIDTH = 60
_LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are, as the learner would type it.

    Parameters
    ----------
    file : str
        The learner's file, ``exercises/network.py``.
    folder : str
        Its folder, ``exercises``; for the call that repeats a failure.
    hint : str
        The first hint of the function, or "".
    hidden : bool
        Keep the call and the expected values to ourselves?
    repeatable : bool
        Is the learner at the keyboard, so that a command to paste helps?
    python : str
        How the interpreter is called there.
    """

    file: str
    folder: str = ""
    hint: str = ""
    hidden: bool = False
    repeatable: bool = True
    python: str = "python"


Row = tuple[str, str]


def describe(
    verdict: Verdict, problem: Problem, place: Place, diagnosis: Diagnosis = NOTHING
) -> str:
    """Return the whole message about a verdict that is not plainly right.

    Parameters
    ----------
    verdict : Verdict
        What was found.
    problem : Problem
        Where the function belongs.
    place : Place
        Where things are.
    diagnosis : Diagnosis
        Which mistakes were recognised.
    """
    finding = verdict.finding
    assert finding is not None
    title = headline(verdict, problem, place)
    if verdict.outcome == "not_started":
        return title
    rows = list(_rows(verdict, finding, problem, place, diagnosis))
    lines = [*wrap(title, WIDTH), *labelled(rows, WIDTH)]
    shown = place.repeatable and not place.hidden
    if shown and finding.arguments is not None and not verdict.is_right:
        # A line of its own, however long: it is there to be pasted.
        command = repeat_command(verdict.function, finding.arguments, problem, place)
        lines += [_("To repeat this call:"), f"  {command}"]
    return "\n".join(lines)


def headline(verdict: Verdict, problem: Problem, place: Place) -> str:
    """Return one line that says what is wrong, starting with the function's name."""
    finding = verdict.finding
    assert finding is not None
    name = verdict.function
    if verdict.outcome == "not_started":
        at = _at(place.file, verdict.line)
        return _("{function}: not started ({place})", function=name, place=at)
    if verdict.outcome == FOLLOW_THROUGH:
        return _follow_through(verdict)
    if place.hidden:
        return _("{function}: a hidden test does not pass", function=name)
    text = _headline(verdict, finding, problem, place)
    # What concerns the whole file is not about this function.
    return text if finding.reason.startswith("file-") else f"{name}: {text}"


def brief(verdict: Verdict, problem: Problem, place: Place, diagnosis: Diagnosis = NOTHING) -> str:
    """Return what is wrong without the function's name, for a table with one row each."""
    finding = verdict.finding
    if finding is None:
        return ""
    if verdict.outcome == "not_started":
        return _("not started ({place})", place=_at(place.file, verdict.line))
    if verdict.outcome == FOLLOW_THROUGH:
        if not verdict.mend_first:
            return _("right, once the functions it calls are")
        return _("right; mend {functions} first", functions=_names(verdict.mend_first))
    if place.hidden:
        return _("a hidden test does not pass")
    if verdict.mend_first:
        return _waits_for(verdict)
    groups = diagnosis.shown(finding.facts.get("return"))
    if groups:
        return _(groups[0][0].title)
    function = problem.function(verdict.function)
    unnamed = _unnamed(function, finding.facts.get("return", ""), diagnosis)
    if unnamed:
        return unnamed
    return _headline(verdict, finding, problem, place)


def note_text(note: str) -> str:
    """Return what a learner reads about a note; "" for those that only results.json has."""
    if note == "numeric-differentiation":
        return _("right, but numerical; write it as a formula")
    if note == "mutates":
        return _("right, but it changes the weights it is given")
    if note == "plot-window":
        return _("right, but importing the file opens a plot window")
    return ""


def _follow_through(verdict: Verdict) -> str:
    name = verdict.function
    if not verdict.mend_first:
        return _(
            "{function} is right; it only looks wrong because of a function it calls",
            function=name,
        )
    return _(
        "{function} is right; it only looks wrong because of {functions}",
        function=name,
        functions=_names(verdict.mend_first),
    )


def _waits_for(verdict: Verdict) -> str:
    names = _names(verdict.mend_first)
    if len(verdict.mend_first) == 1:
        return _("cannot be judged until {function} is right", function=names)
    return _("cannot be judged until these are right: {functions}", functions=names)


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def _at(file: str, line: int | None) -> str:
    return _("{file}, line {line}", file=file, line=line) if line else file


# One line for each reason


def _headline(verdict: Verdict, finding: Finding, problem: Problem, place: Place) -> str:
    if finding.reason in _HEADLINES:
        return _HEADLINES[finding.reason](verdict, finding, problem, place)
    return _("{entry} is {what}, not {wanted}", **_misfit(finding, problem, verdict))


def _misfit(finding: Finding, problem: Problem, verdict: Verdict) -> dict[str, str]:
    function = problem.function(verdict.function)
    entry = _entry(finding)
    if not finding.entry and len(function.returns) > 1:
        wanted = _("a tuple ({names})", names=", ".join(r.name for r in function.returns))
    elif any(r.kind == "sequence" and r.name == finding.entry for r in function.returns):
        wanted = _("a list with one loss for each step")
    elif finding.facts.get("shape"):
        wanted = _("an array of shape {shape}", shape=_shape(finding.facts["shape"]))
    else:
        wanted = _("a number")
    return {"entry": entry, "what": _what(finding), "wanted": wanted}


def _what(finding: Finding) -> str:
    value = finding.got
    words: dict[str, Callable[[], str]] = {
        "none": lambda: "None",
        "text": lambda: _("text, {text}", text=repr(shorten(str(value), 30))),
        "bool": lambda: _("True or False"),
        "complex": lambda: _("a complex number"),
        "generator": lambda: _("a generator (it uses yield)"),
        "coroutine": lambda: _("a coroutine (it uses async)"),
        "sequence": lambda: _("a list or tuple of length {length}", length=len(value)),
        "number": lambda: _("a single number, {value}", value=_number(value)),
        "not-sequence": lambda: _("a single number or a table"),
        "array": lambda: _("an array of shape {shape}", shape=_shape(value.shape)),
        "array-kind": lambda: _("an array of {kind}", kind=value.dtype),
        "other": lambda: _("an object of type {kind}", kind=value.kind),
    }
    return words[finding.reason]() if finding.reason in words else f"{finding.reason}"


def _entry(finding: Finding) -> str:
    """Return what a part of the result is called; a function's only value is its result."""
    if not finding.entry:
        return _("the result")
    return finding.entry.replace("result", _("the result"), 1)


def _value_headline(verdict: Verdict, finding: Finding, problem: Problem, place: Place) -> str:
    return _(
        "{entry} is {got}, but {expected} is right",
        entry=_entry(finding),
        got=_number(finding.got, finding.expected),
        expected=_number(finding.expected, finding.got),
    )


def _trouble_text(finding: Finding) -> str:
    trouble = finding.trouble
    if trouble is None:
        return ""
    # A word without end would make the line wider than the terminal.
    words = [shorten(word, _LONGEST_WORD) for word in _one_line(trouble.text).split(" ")]
    return f"{trouble.kind}: {' '.join(words)}" if trouble.text else trouble.kind


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()


_HEADLINES: dict[str, Callable[[Verdict, Finding, Problem, Place], str]] = {
    "file-missing": lambda v, f, p, at: _("there is no file {file}", file=at.file),
    "file-folder": lambda v, f, p, at: _(
        "{file} is a folder; it should be a Python file", file=at.file
    ),
    "file-unreadable": lambda v, f, p, at: _(
        "{file} cannot be read: {error}", file=at.file, error=_trouble_text(f)
    ),
    "file-syntax": lambda v, f, p, at: _(
        "{file} is not valid Python: {error}",
        file=_frame_place(f, at),
        error=_one_line(f.trouble.text) if f.trouble else "",
    ),
    "file-encoding": lambda v, f, p, at: _(
        "{file} is not saved as UTF-8", file=_frame_place(f, at)
    ),
    "file-raised": lambda v, f, p, at: _(
        "{file} cannot be imported: {error}", file=_frame_place(f, at), error=_trouble_text(f)
    ),
    "file-input": lambda v, f, p, at: _(
        "{file} waits for input() when it is imported", file=_frame_place(f, at)
    ),
    "file-timed_out": lambda v, f, p, at: _(
        "importing {file} does not end", file=_frame_place(f, at)
    ),
    "file-crashed": lambda v, f, p, at: _("importing {file} ends Python itself", file=at.file),
    "function-missing": lambda v, f, p, at: _("{file} has no function of that name", file=at.file),
    "not-callable": lambda v, f, p, at: _(
        "this is no function but an object of type {kind}", kind=f.facts["kind"]
    ),
    "parameters": lambda v, f, p, at: _(
        "it takes {taken}, but it is called with ({parameters})",
        taken=f.facts["taken"],
        parameters=", ".join(p.function(v.function).parameters),
    ),
    "uncallable": lambda v, f, p, at: _(
        "it cannot be called with ({parameters}): {error}",
        parameters=", ".join(p.function(v.function).parameters),
        error=_one_line(f.trouble.text) if f.trouble else "",
    ),
    "async": lambda v, f, p, at: _("it is written with async def; write def"),
    "length": lambda v, f, p, at: _(
        "it returns {length} values, not {wanted} ({names})",
        length=f.facts["length"],
        wanted=len(p.function(v.function).returns),
        names=", ".join(r.name for r in p.function(v.function).returns),
    ),
    "sequence-length": lambda v, f, p, at: _(
        "{entry} has length {length}, not {wanted} (one entry for each step)",
        entry=_entry(f),
        length=f.facts["length"],
        wanted=f.facts["wanted"],
    ),
    "shape": lambda v, f, p, at: _(
        "{entry} has shape {got}, not {wanted}",
        entry=_entry(f),
        got=_shape(f.facts["got_shape"]),
        wanted=_shape(f.facts["shape"]) if f.facts["shape"] else _("a number"),
    ),
    "none": lambda v, f, p, at: (
        _("it prints its result instead of returning it")
        if f.output.strip() and (not f.entry or len(p.function(v.function).returns) == 1)
        else _("{entry} is {what}, not {wanted}", **_misfit(f, p, v))
    ),
    "value": _value_headline,
    "not-finite": lambda v, f, p, at: _(
        "{entry} is {got}, not a finite number", entry=_entry(f), got=_number(f.got)
    ),
    "float32": lambda v, f, p, at: _(
        "{entry} has only the digits of float32; compute with Python floats or float64",
        entry=_entry(f),
    ),
    "state": lambda v, f, p, at: _("the same call gives two different answers"),
    "reuse": lambda v, f, p, at: _(
        "a later call changes an earlier result ({entry})", entry=_entry(f)
    ),
    "mutates": lambda v, f, p, at: _(
        "it changes its argument {changed}", changed=", ".join(f.facts["changed"])
    ),
}


def _call_headline(verdict: Verdict, finding: Finding, problem: Problem, place: Place) -> str:
    if finding.outcome == "timed_out":
        return _("it does not end; is there an endless loop?")
    if finding.outcome == "crashed":
        return _("it ends Python itself, or its answer cannot be read")
    if finding.trouble is not None and finding.trouble.wants_input:
        return _("it asks for input(); use its parameters instead")
    if finding.trouble is not None and finding.trouble.kind == "SystemExit":
        return _("it calls exit(); return the result instead")
    return _("it raises {error}", error=_trouble_text(finding))


_HEADLINES["call"] = _call_headline


def _frame_place(finding: Finding, place: Place) -> str:
    frames = finding.trouble.frames if finding.trouble else ()
    return _at(place.file, frames[0][1] if frames else None)


# The rows below the headline


def _rows(
    verdict: Verdict, finding: Finding, problem: Problem, place: Place, diagnosis: Diagnosis
) -> Iterator[Row]:
    if place.hidden:
        return
    call = _call(verdict, finding, problem)
    if call:
        yield _("call"), call
    if verdict.outcome == FOLLOW_THROUGH:
        if verdict.mend_first:
            yield _("mend first"), _names(verdict.mend_first)
        return
    if verdict.mend_first:
        yield _("but"), _waits_for(verdict)
    groups = diagnosis.shown(finding.facts.get("return"))
    # "Off by the same factor" needs the factor beside it.
    is_named = bool(groups) and groups[0][0].id not in _PATTERNS
    yield from _value_rows(finding, is_named)
    yield from _mistake_rows(verdict, finding, problem, diagnosis)
    yield from _trouble_rows(finding)
    if not groups:  # else the hint says it
        yield from _advice_rows(finding, place)
    if finding.tried > 1 and finding.failing:
        yield (
            _("shows in"),
            _(
                "{failing} of {tried} calls; this is the simplest",
                failing=finding.failing,
                tried=finding.tried,
            ),
        )
    about_values = finding.outcome == "wrong" or finding.reason == "shape"
    if groups and not verdict.mend_first:
        yield _("hint"), _(groups[0][0].hint)
    elif place.hint and about_values and not verdict.mend_first:
        yield _("hint"), place.hint
    if not finding.reason.startswith("file-"):
        yield _("open"), _at(place.file, verdict.line)


def _call(verdict: Verdict, finding: Finding, problem: Problem) -> str:
    if finding.arguments is None:
        return ""
    names = problem.function(verdict.function).parameters
    values = [
        f"{name}={_argument(value)}" for name, value in zip(names, finding.arguments, strict=True)
    ]
    return f"{verdict.function}({', '.join(values)})"


def _mistake_rows(
    verdict: Verdict, finding: Finding, problem: Problem, diagnosis: Diagnosis
) -> Iterator[Row]:
    """Yield what the mistake is, and the chain with each link marked."""
    function = problem.function(verdict.function)
    for group in diagnosis.shown(finding.facts.get("return"))[:_MISTAKES]:
        yield _("mistake"), _("; or: ").join(_(entry.title) for entry in group[:_MISTAKES])
    name = finding.facts.get("return", "")
    if name not in diagnosis.groups:
        text = _unnamed(function, name, diagnosis)
        if text:
            yield _("mistake"), text
    deviation = diagnosis.deviations.get(name)
    if deviation is not None and len(deviation.exponents) < _ANOTHER_CHAIN:
        yield _("chain"), marked_chain(function, name, deviation)


def _unnamed(function: Function, name: str, diagnosis: Diagnosis) -> str:
    """Return what is known of a return whose mistake has no name."""
    if name in diagnosis.size_deviations:
        return wrong_size(name, diagnosis.size_deviations[name])
    if name in diagnosis.deviations:
        return what_is_off(function, name, diagnosis.deviations[name])
    return ""


def _value_rows(finding: Finding, is_named: bool = False) -> Iterator[Row]:
    if finding.reason == "state":
        yield _("first"), _number(finding.got, finding.facts["again"])
        yield _("then"), _number(finding.facts["again"], finding.got)
        yield _("expected"), _number(finding.expected)
    if finding.reason not in ("value", "not-finite", "float32"):
        return
    yield _("yours"), _number(finding.got, finding.expected)
    yield _("expected"), _number(finding.expected, finding.got) + _own_slope(finding)
    facts = finding.facts
    is_array = facts.get("entries", 1) > 1
    if finding.reason == "value" and not (is_named and is_array):
        yield _("off by"), _off_by(finding)
    if is_array:
        yield (
            _("where"),
            _(
                "{wrong} of {all} entries are wrong; {entry} is the first",
                wrong=facts["wrong_entries"],
                all=facts["entries"],
                entry=_entry(finding),
            ),
        )
    ratio = facts.get("ratio")
    if ratio is not None and abs(ratio - 1.0) > 1e-6 and not is_named:
        yield _("pattern"), _pattern(ratio)
    if "step" in facts and not is_named:
        yield (
            _("step"),
            _(
                "your weight moves by {step}; it should move by {right}",
                step=_number(facts["step"]),
                right=_number(facts["right_step"]),
            ),
        )
    if facts.get("first_wrong_step"):
        yield (
            _("from step"),
            _(
                "{step} on (counted from 0); the losses before it are right",
                step=facts["first_wrong_step"],
            ),
        )


def _own_slope(finding: Finding) -> str:
    slope = finding.facts.get("own_slope")
    if slope is None:
        return ""
    agrees = abs(slope - finding.expected) <= 1e-5 * abs(finding.expected) + 1e-9
    text = (
        _("finite differences of your own loss agree")
        if agrees
        else _("finite differences of your own loss: {slope}", slope=f"{slope:.6g}")
    )
    return f"   ({text})"


def _off_by(finding: Finding) -> str:
    difference = abs(float(finding.got) - float(finding.expected))
    if finding.expected == 0:
        return f"{difference:.4g}"
    percent = 100.0 * difference / abs(float(finding.expected))
    if percent < 0.01:
        return f"{difference:.4g}"
    return _("{difference} ({percent} %)", difference=f"{difference:.4g}", percent=f"{percent:.3g}")


def _pattern(ratio: float) -> str:
    if abs(ratio) < 1e-9:
        return _("it is 0 in every call")
    if abs(ratio + 1.0) < 1e-6:
        return _("the sign is wrong in every call; the size is right")
    return _("in every call it is {ratio} times what is right", ratio=f"{ratio:.6g}")


def _trouble_rows(finding: Finding) -> Iterator[Row]:
    trouble = finding.trouble
    if trouble is None or finding.outcome == "wrong":
        return
    # A recursion shows the same frame a thousand times; once is enough.
    frames = list(dict.fromkeys(trouble.frames))[-_ROWS_OF_FRAMES:]
    for number, (file, line, function, source) in enumerate(frames):
        where = _at(file, line)
        if function and function != "<module>":
            where = _("{place}, in {function}", place=where, function=function)
        text = f"{where}\n    {shorten(_one_line(source), _MATRIX_WIDTH)}" if source else where
        yield (_("at") if number == 0 else ""), text


def _advice_rows(finding: Finding, place: Place) -> Iterator[Row]:
    advice = _advice(finding)
    if advice:
        yield _("do"), advice


def _advice(finding: Finding) -> str:
    reason, facts = finding.reason, finding.facts
    if reason == "file-input":
        return _("put the lines that ask under  if __name__ == '__main__':")
    if reason == "file-encoding":
        return _("save the file again with the encoding UTF-8 (your editor's Save as)")
    if reason == "file-missing":
        return _("put the file there, or name its folder with --submission")
    if reason == "file-timed_out":
        return _("put long work and plot windows under  if __name__ == '__main__':")
    if reason == "none" and finding.output.strip():
        return _("replace print by return")
    if reason == "none":
        return _("let every way through the function end with return")
    if reason == "shape" and facts["shape"] and facts["got_shape"] == facts["shape"][::-1]:
        return _("rows and columns are swapped: is there a .T too many, or one missing?")
    if reason == "shape" and not facts["shape"]:
        return _("return a plain number, not an array around it")
    if reason == "mutates":
        return _("compute with a copy, or write w = w - ... instead of w -= ...")
    if reason == "reuse":
        return _("make a new array in every call instead of filling an old one")
    if reason == "state":
        return _("use only the parameters: no global value that is kept between calls")
    return ""


# Values as text


def _argument(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return np.array2string(value, separator=", ").replace("\n", "").replace("  ", " ")
    return repr(value)


def _shape(shape: Sequence[int]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _number(value: Any, beside: Any = None) -> str:
    """Return a number with as many digits as it takes to see how it differs from another."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if not isinstance(value, int | float):
        return str(value)
    for digits in (6, 9, 12, 17):
        text = f"{value:.{digits}g}"
        if not isinstance(beside, int | float) or text != f"{beside:.{digits}g}":
            return text
    return repr(value)


def repeat_command(function: str, arguments: Sequence[Any], problem: Problem, place: Place) -> str:
    """Return a command to paste that makes the call and prints what it returns."""
    modules = ["sys"]
    if any(isinstance(a, np.ndarray) for a in arguments):
        modules.append("numpy as np")
    if any(isinstance(a, Curve) and a.kind != "polynomial" for a in arguments):
        modules.append("math")
    values = [
        f"np.array({a.tolist()})" if isinstance(a, np.ndarray) else repr(a) for a in arguments
    ]
    steps = [
        f"import {', '.join(modules)}",
        f"sys.path.insert(0, {_single_quoted(place.folder)})",
        f"from {problem.name} import {function}",
        f"print({function}({', '.join(values)}))",
    ]
    return f'{place.python} -c "{"; ".join(steps)}"'


def _single_quoted(text: str) -> str:
    """Return a Python string without what a shell reads inside double quotes."""
    special = "\"'$`%!\\"
    return "'" + "".join(f"\\x{ord(c):02x}" if c in special else c for c in text) + "'"
