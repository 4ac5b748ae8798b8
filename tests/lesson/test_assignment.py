"""The assignment lists the solutions' functions in order, with hints that give nothing away."""

import ast
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = tomllib.loads((ROOT / "exercises" / "assignment.toml").read_text(encoding="utf-8"))
ENTRIES: dict[str, dict[str, Any]] = {entry["name"]: entry for entry in ASSIGNMENT["functions"]}
LANGUAGES = ("en", "ko")
TITLE_WIDTH = 36
HINT_LENGTH = 160


def solution_functions() -> dict[str, ast.FunctionDef]:
    """Return the functions of the three solutions by full name, in order."""
    return {
        f"{module}.{node.name}": node
        for module in ("warmup", "network", "batch")
        for node in ast.parse(
            (ROOT / "solutions" / f"{module}.py").read_text(encoding="utf-8")
        ).body
        if isinstance(node, ast.FunctionDef)
    }


FUNCTIONS = solution_functions()


def display_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def squeezed(text: str) -> str:
    """Return text without spaces and with one multiplication sign, for comparison."""
    return re.sub(r"\s", "", text).replace("·", "*").replace("×", "*").replace("**2", "²")


def given_away(function: ast.FunctionDef, hint: str) -> list[str]:
    """Return the expressions that function returns or computes and that hint contains.

    A call or a bare name is no secret (a hint may say "s = sigmoid(z)"), arithmetic is.
    """
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    assigned = [
        node.value for node in ast.walk(function) if isinstance(node, ast.Assign | ast.AnnAssign)
    ]
    expressions = [node for node in returned if node is not None]
    expressions += [
        node
        for node in assigned
        if node is not None and any(isinstance(part, ast.BinOp) for part in ast.walk(node))
    ]
    return [
        ast.unparse(node)
        for node in expressions
        if squeezed(ast.unparse(node)).strip("()") in squeezed(hint)
    ]


def test_header() -> None:
    assert ASSIGNMENT["schema"] == 1
    assert ASSIGNMENT["id"] == "two-layer-network"
    assert set(ASSIGNMENT) == {"schema", "id", "title", "functions"}
    assert set(ASSIGNMENT["title"]) == set(LANGUAGES)


def test_functions_are_those_of_the_solutions_in_order() -> None:
    assert len(FUNCTIONS) == 17
    assert [entry["name"] for entry in ASSIGNMENT["functions"]] == list(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_needs_are_the_earlier_functions_that_the_solution_calls(name: str) -> None:
    module = name.partition(".")[0]
    called = {
        f"{module}.{node.func.id}"
        for node in ast.walk(FUNCTIONS[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    earlier = list(FUNCTIONS)[: list(FUNCTIONS).index(name)]
    assert ENTRIES[name]["needs"] == [other for other in earlier if other in called]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_entry_has_nothing_missing_and_nothing_more(name: str) -> None:
    assert set(ENTRIES[name]) == {"name", "needs", "title", "hints"}
    assert set(ENTRIES[name]["title"]) == set(ENTRIES[name]["hints"]) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_are_different_and_fit(language: str) -> None:
    titles = {name: entry["title"][language] for name, entry in ENTRIES.items()}
    assert len(set(titles.values())) == len(titles)
    assert not {n: t for n, t in titles.items() if not 0 < display_width(t) <= TITLE_WIDTH}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_three_hints_climb_from_a_question(name: str, language: str) -> None:
    hints = ENTRIES[name]["hints"][language]
    assert len(hints) == 3
    assert all(hint.strip() == hint and 0 < len(hint) <= HINT_LENGTH for hint in hints)
    assert "?" in hints[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_hints_do_not_contain_the_solution(name: str, language: str) -> None:
    for hint in ENTRIES[name]["hints"][language]:
        assert not given_away(FUNCTIONS[name], hint)


def test_a_hint_that_gives_the_solution_away_is_noticed() -> None:
    assert given_away(FUNCTIONS["network.update"], "Return w - lr·grad.")
    assert given_away(FUNCTIONS["network.backward"], "The last link: dL_dz2 * a1")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_are_complete_and_give_nothing_away(name: str) -> None:
    docstring = ast.get_docstring(FUNCTIONS[name])
    assert docstring is not None
    assert re.match(r"[A-Z].*\.\n\n", docstring)
    assert docstring.index("Parameters\n----------") < docstring.index("Returns\n-------")
    assert "\\" not in docstring
    assert ">>>" not in docstring
    for argument in FUNCTIONS[name].args.args:
        assert f"\n{argument.arg} : " in docstring
    if name.endswith(("backward", "df_dx", "df_dy", "chain_rule")):
        assert not given_away(FUNCTIONS[name], docstring)
