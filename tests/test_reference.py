"""docs/reference.md lists everything that there is, and nothing else."""

import argparse
import dataclasses
import inspect
import re
from pathlib import Path

import pytest

import gradcheck_kit
from gradcheck_kit import Function, Gradcheck, cli, hookspecs, plugin, strategies
from gradcheck_kit.diagnosis.behaviour import WHEN

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").glob("*.md"))


def section(title):
    """Return a section's text."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)[1]


def first_cells(text):
    """Return the code in the first cells of a section's tables."""
    rows = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]*)`", row)]


def test_options_and_settings():
    """Every option and ini setting, each in its row."""
    source = inspect.getsource(plugin.pytest_addoption)
    names = re.findall(r'"(--[\w-]+)"', source) + re.findall(r'addini\("(\w+)"', source)
    assert len(names) == 6
    for name in names:
        assert f"`{name}" in section("Options")


def test_options_of_every_command():
    """Every option of gradcheck-kit, in a row of the same table."""
    commands = next(
        action.choices
        for action in cli._parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    options = {
        option
        for command in commands.values()
        for action in command._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    assert len(options) >= 15
    assert {option for option in options if f"`{option}" not in section("Options")} == set()


def test_what_when_may_be():
    """Every behaviour that a mistake can be recognised by."""
    table = section("A function").partition("| `when` |")[2]
    assert set(first_cells(table)) == {*WHEN, "mutates:NAME"} - {""}


def test_public_strategies():
    """Those of hypothesis, too."""
    text = section("Names of the package")
    assert [name for name in strategies.__all__ if f"`{name}`" not in text] == []


def test_hooks():
    """Every hook with its arguments."""
    hooks = [
        name + str(inspect.signature(value)).partition(" ->")[0].replace(": str", "")
        for name, value in vars(hookspecs).items()
        if name.startswith("pytest_")
    ]
    assert first_cells(section("Hooks")) == hooks


def test_fields_of_a_function():
    """Every field, in order."""
    table = section("A function").partition("| `when` |")[0]
    assert first_cells(table) == [f.name for f in dataclasses.fields(Function)]


def test_methods_of_the_fixture():
    """Every assertion with its arguments."""
    cells = first_cells(section("Fixtures"))
    methods = [
        f"gradcheck.{name}("
        + ", ".join(
            ("*, " if parameter.kind is parameter.KEYWORD_ONLY else "")
            + parameter.name
            + ("=None" if parameter.default is None else "")
            for parameter in list(inspect.signature(method).parameters.values())[1:]
        )
        + ")"
        for name, method in vars(Gradcheck).items()
        if not name.startswith("_")
    ]
    assert cells == ["learner", "gradcheck", *methods]


def test_public_names():
    """Every name of the package, once."""
    names = first_cells(section("Names of the package"))
    assert sorted(names) == sorted(set(gradcheck_kit.__all__) - {"__version__"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """Files that are linked to exist, and so do the headings."""
    for target in re.findall(r"\]\(([^):]+)\)", page.read_text(encoding="utf-8")):
        file, _, heading = target.partition("#")
        path = page.parent / file if file else page
        assert path.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}
            assert heading in slugs, target
