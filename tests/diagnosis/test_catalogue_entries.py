"""Every known mistake is blamed and named, and its words and its mathematics hold."""

import json
from pathlib import Path
from unicodedata import east_asian_width

import numpy as np
import polib
import pytest
from wcwidth import wcswidth

from gradcheck_kit import i18n
from gradcheck_kit.checks.finding import Verdict
from gradcheck_kit.diagnosis.catalogue import (
    anywhere,
    every_misconception,
    misconceptions,
    right_formula,
)
from gradcheck_kit.diagnosis.diagnose import diagnose
from gradcheck_kit.diagnosis.evidence import wrong_function, wrong_source
from gradcheck_kit.diagnosis.factor_fit import factor_fit
from gradcheck_kit.diagnosis.messages import Place, brief, describe
from gradcheck_kit.diagnosis.naming import known_products
from gradcheck_kit.i18n import spoken
from gradcheck_kit.problems import get_problem, problem_names

DATA = json.loads(Path(__file__).with_name("misconceptions.json").read_text(encoding="utf-8"))
TWINS = [set(pair) for pair in DATA["inseparable"]]
MOST_LINES, MOST_COLUMNS = 15, 80
ENTRIES = [
    pytest.param(problem, function.name, entry, id=f"{problem}.{function.name}-{entry.id}")
    for problem in problem_names()
    for function in get_problem(problem).functions
    for entry in misconceptions(problem, function.name)
]
# Right values: nobody is blamed, and a note or nothing at all is said.
RIGHT_VALUES = ("numeric",)


@pytest.fixture
def korean(tmp_path, monkeypatch):
    """Point the kit at the translations as they are now."""
    for path in i18n.LOCALE_DIR.rglob("*.po"):
        target = tmp_path / path.relative_to(i18n.LOCALE_DIR).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        polib.pofile(str(path)).save_as_mofile(str(target))
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)


def test_every_mistake_of_the_collection_is_in_the_catalogue():
    """The 213 are there, each at its function."""
    have = {
        f"{problem}.{function.name}": {e.id for e in misconceptions(problem, function.name)}
        for problem in problem_names()
        for function in get_problem(problem).functions
    }
    assert len(DATA["misconceptions"]) == 213
    missing = [m for m in DATA["misconceptions"] if m["id"] not in have[m["function"]]]
    assert missing == []


def test_ids_are_unique_in_each_file():
    """No file has an id twice."""
    ids = [(name, entry.id) for name, entry in every_misconception()]
    assert len(set(ids)) == len(ids)


def test_every_file_belongs_to_a_function():
    """A file with a typing error in its name would never be found."""
    known = {f"{p}.{f.name}" for p in problem_names() for f in get_problem(p).functions}
    assert {name for name, _entry in every_misconception()} <= known | {""}


@pytest.mark.parametrize(("problem", "function", "entry"), ENTRIES)
def test_words_are_short_sentences(problem, function, entry):
    """A title fits one row, a hint a few, and both look like sentences."""
    assert len(entry.title) <= 66
    assert entry.title[-1] not in ".!"
    assert 20 < len(entry.hint) <= 170
    assert entry.hint[-1] in ".?"
    assert "{" not in entry.title + entry.hint
    assert entry.yours
    assert not any(east_asian_width(c) in "WF" for c in entry.title + entry.hint + entry.yours)
    assert right_formula(problem, function)


def test_words_for_any_function_are_there():
    """Whatever a function does, if it is recognised it has words."""
    assert {"mutates", "reuse", "state", "float32"} <= {entry.id for entry in anywhere()}
    assert all(entry.when and entry.title and entry.hint for entry in anywhere())


@pytest.mark.parametrize(("problem", "function", "entry"), ENTRIES)
def test_a_mistake_is_blamed_and_named(planted, problem, function, entry):
    """Planted in the solution, it is blamed on its function alone, and named first."""
    wanted = get_problem(problem).function(function)
    constant = entry.tries[0] if entry.tries else None
    judge = planted(problem, {function: wrong_source(wanted, entry)}, constant)
    blamed = [f.name for f in get_problem(problem).functions if judge.verdict(f.name).blamed]
    diagnosis = diagnose(judge, function)
    if entry.is_advisory:
        assert blamed == []
        assert diagnosis.ids == ()
        return
    assert blamed == ([] if entry.when in RIGHT_VALUES else [function])
    # Zeros come from many mistakes, so "always 0" may stand beside the name.
    first = [one.id for one in diagnosis.all_groups[0] if one.id != "zero"]
    assert entry.id in first
    # Several names only where nothing tells them apart.
    assert set(first) == {entry.id} or set(first) in TWINS


@pytest.mark.parametrize(("problem", "function", "entry"), ENTRIES)
def test_a_message_fits_a_small_terminal(planted, korean, problem, function, entry):
    """At most 15 lines of 80 columns in both languages, with title and hint in it."""
    wanted = get_problem(problem).function(function)
    constant = entry.tries[0] if entry.tries else None
    judge = planted(problem, {function: wrong_source(wanted, entry)}, constant)
    diagnosis = diagnose(judge, function)
    verdict: Verdict = judge.verdict(function)
    if verdict.finding is None:
        return
    for language in ("en", "ko"):
        with spoken(language):
            place = Place(f"exercises/{problem}.py", "exercises", "A hint.")
            text = describe(verdict, get_problem(problem), place, diagnosis)
            title = i18n._(diagnosis.all_groups[0][0].title)
            assert brief(verdict, get_problem(problem), place, diagnosis) == title
        lines = text.split("\n")
        assert len(lines) <= MOST_LINES + 1, text  # the last is the command to paste
        assert [s for s in lines if "python -c" not in s and wcswidth(s) > MOST_COLUMNS] == []
        assert "A hint." not in text


@pytest.mark.parametrize(
    ("problem", "function", "entry"), [p for p in ENTRIES if p.values[2].links]
)
def test_links_say_what_the_wrong_version_computes(problem, function, entry):
    """The declared links and the code agree: the fit finds in the code what is declared."""
    wanted = get_problem(problem).function(function)
    fit = factor_fit(get_problem(problem), function, 0)
    known = known_products(wanted, (entry,))
    wrong = wrong_function(
        get_problem(problem), wanted, entry, entry.tries[0] if entry.tries else None
    )
    with np.errstate(all="ignore"):
        results = [wrong(*arguments) for arguments in fit.points]
    for position, returned in enumerate(wanted.returns):
        values = [r[position] if len(wanted.returns) > 1 else r for r in results]
        found = fit.by_factors(returned.name, values)
        effect = known[0].effect.only(returned.name)
        exponents = {f: e for (_name, f), e in effect.exponents.items() if e}
        assert found.exponents == exponents
        assert found.signs == {factor for _name, factor in effect.signs}
        assert found.constant == pytest.approx(effect.constants.get(returned.name, 1.0), rel=1e-6)
        assert found.is_exact == (entry.when != "imprecise")
