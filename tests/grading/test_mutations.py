"""Planted mistakes: every kind with an example, and what is never planted."""

import ast
import inspect
from pathlib import Path

import pytest

from gradcheck_kit.grading.mutations import Mutant, choose, mutants
from gradcheck_kit.problems import get_problem

ROOT = Path(__file__).resolve().parents[2]
PROBLEMS = ("warmup", "network", "batch")


def of_solution(problem: str) -> tuple[str, list[Mutant]]:
    source = (ROOT / "solutions" / f"{problem}.py").read_text(encoding="utf-8")
    return source, mutants(problem, source, [f.name for f in get_problem(problem).functions])


def planted(body: str, parameters: str = "x, y", beside: str = "") -> dict[str, Mutant]:
    """Return the mutants of a function by their lines, without def and unchanged lines."""
    code = inspect.cleandoc(body)
    lines = [f"def f({parameters}):", *(f"    {line}" for line in code.split("\n"))]
    source = "\n".join([*beside.split("\n"), *lines]) + "\n"
    found = {}
    for mutant in mutants("p", source, ["f"]):
        changed = mutant.source.rstrip("\n").split("\n")
        start = len(beside.split("\n")) + 1
        found[inspect.cleandoc("\n" + "\n".join(changed[start:]))] = mutant
    return found


@pytest.mark.parametrize(
    ("kind", "body", "changed", "text"),
    [
        ("operator", "return x + y", "return x - y", "- instead of +"),
        ("operator", "return x - y", "return x + y", "+ instead of -"),
        ("operator", "return x * y", "return x / y", "/ instead of *"),
        ("operator", "return x * y", "return x ** y", "** instead of *"),
        ("operator", "return x / y", "return x // y", "// instead of /"),
        ("operator", "return x ** 2", "return x * 2", "* instead of **"),
        ("operator", "return x @ y", "return x * y", "* instead of @"),
        ("operator", "x += y\nreturn x", "x -= y\nreturn x", "- instead of +"),
        ("dropped", "return x * y", "return x", "factor y dropped"),
        ("dropped", "return x * y", "return y", "factor x dropped"),
        ("dropped", "return x @ y", "return x", "factor y dropped"),
        ("dropped", "return x + y", "return y", "term x dropped"),
        ("dropped", "return x - y", "return -y", "term x dropped"),
        ("dropped", "return x / y", "return 1 / y", "factor x dropped"),
        ("dropped", "return x / y", "return x", "division by y dropped"),
        ("dropped", "return x ** 2", "return x", "power 2 dropped"),
        ("dropped", "return x, y", "return (x,)", "y dropped"),
        ("doubled", "return x * y", "return x * y * y", "factor y doubled"),
        ("doubled", "return x * y", "return x * (x * y)", "factor x doubled"),
        ("doubled", "return x / y", "return x / y / y", "division by y doubled"),
        ("factor", "return x * 3", "return x * 3 * y", "factor y too many"),
        ("order", "return x - y", "return y - x", "x and y swapped"),
        ("order", "return x @ y", "return y @ x", "x and y swapped"),
        ("order", "return x, y", "return (y, x)", "order y, x"),
        ("order", "a, b = g(x)\nreturn a", "b, a = g(x)\nreturn a", "order b, a"),
        ("parentheses", "return x * (y + 1)", "return x * y + 1",
         "parentheses elsewhere: x * y + 1"),
        ("parentheses", "return 2 * (x - y) ** 2", "return (2 * (x - y)) ** 2",
         "parentheses elsewhere: (2 * (x - y)) ** 2"),
        ("sign", "return -x", "return x", "minus before x dropped"),
        ("sign", "return g(x)", "return g(-x)", "minus before x"),
        ("sign", "return g(x)", "return -g(x)", "sign changed"),
        ("constant", "return 2 * x", "return 3 * x", "3 instead of 2"),
        ("constant", "return 0.5 * x", "return 0.25 * x", "0.25 instead of 0.5"),
        ("constant", "n = x.shape[0]\nreturn n", "n = x.shape[1]\nreturn n", "1 instead of 0"),
        ("constant", "return x * y", "return 2 * (x * y)", "doubled"),
        ("constant", "return x * y", "return 0.5 * (x * y)", "halved"),
        ("comparison", "if x >= 0:\n    return x\nreturn y", "if x > 0:\n    return x\nreturn y",
         "> instead of >="),
        ("name", "a = x * 2\nreturn a", "a = x * 2\nreturn x", "x instead of a"),
        ("name", "return g(x)", "return g(y)", "y instead of x"),
        ("call", "return g(x)", "return x", "g(...) dropped"),
        ("call", "return x * y", "return abs(x * y)", "abs(...) of it"),
        ("call", "return x * y", "return round(x * y, 6)", "round(...) of it"),
        ("arguments", "return g(x, y)", "return g(y, x)", "arguments x and y swapped"),
        ("range", "for i in range(x):\n    g(i)\nreturn y",
         "for i in range(x + 1):\n    g(i)\nreturn y", "range(x + 1)"),
        ("range", "for i in range(x):\n    g(i)\nreturn y",
         "for i in range(x - 1):\n    g(i)\nreturn y", "range(x - 1)"),
        ("axis", "return np.sum(x, axis=1)", "return np.sum(x, axis=0)",
         "axis=0 instead of axis=1"),
        ("axis", "return x.sum(axis=1)", "return x.sum()", "axis=1 dropped"),
        ("reduction", "return np.mean(x)", "return np.sum(x)", "sum instead of mean"),
        ("reduction", "return x.sum(axis=0)", "return x.mean(axis=0)", "mean instead of sum"),
        ("transpose", "return x.T @ y", "return x @ y", "transpose of x dropped"),
        ("transpose", "return x @ y", "return x.T @ y", "x transposed"),
        ("transpose", "return x @ y", "return (x @ y).T", "result transposed"),
        ("in-place", "return x - 3 * y", "x -= 3 * y\nreturn x", "x -= 3 * y, in place"),
        ("line", "g(x)\nh(y)\nreturn x", "h(y)\ng(x)\nreturn x", "line swapped with the next one"),
        ("line", "g(x)\nreturn y", "pass\nreturn y", "line left out"),
        ("line", "x = g(y)\nreturn x", "pass\nreturn x", "line left out"),
        ("line", "a = 0\nfor i in x:\n    a = a + i\nreturn a",
         "pass\nfor i in x:\n    a = 0\n    a = a + i\nreturn a", "line moved into the loop"),
        ("line", "a = 0\nfor i in x:\n    a = a + i\nreturn a",
         "a = 0\nfor i in x:\n    a = a + i\n    return a\npass", "line moved into the loop"),
        ("line", "for i in x:\n    g(i)\n    h(i)\nreturn y",
         "for i in x:\n    g(i)\n    pass\nh(i)\nreturn y", "line moved out of the loop"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake(kind: str, body: str, changed: str, text: str) -> None:
    """What the code becomes, and what the report calls it."""
    found = planted(body)
    assert changed in found
    assert found[changed].kind == kind
    assert found[changed].description.endswith(f": {text}")


def test_the_description_has_line_and_place() -> None:
    """The line of the solution, and what is assigned there."""
    found = planted("a = x * y\nreturn a", beside="import math\n\n")
    assert found["a = x\nreturn a"].description == "line 5, a: factor y dropped"
    assert found["a = x\nreturn a"].line == 5


def test_functions_of_the_same_parameters_are_mistaken_for_each_other() -> None:
    """But not for one that takes others, for a helper, or for itself."""
    beside = "def g(z): pass\ndef h(z): pass\ndef _k(z): pass\ndef m(z, w): pass"
    found = planted("return g(x)", beside=beside)
    assert "return h(x)" in found
    assert not {"return m(x)", "return _k(x)", "return f(x)"} & set(found)


def test_names_of_another_kind_are_left_alone() -> None:
    """A learner does not take the step count for a weight, or a list for a number."""
    found = planted("a = []\nreturn w * x", "x: float, w: float, steps: int, g: Callable[..., int]")
    assert "a = []\nreturn x * x" in found
    for name in ("a", "steps", "g"):
        assert f"a = []\nreturn {name} * x" not in found


def test_only_earlier_names_are_used() -> None:
    """A later one would be an error at once."""
    assert "a = b\nb = y\nreturn a" not in planted("a = x\nb = y\nreturn a")


@pytest.mark.parametrize(
    ("body", "parameters", "changed", "reason"),
    [
        ("return (x - y) ** 2", "x, y", "return (y - x) ** 2", "even power"),
        ("return x - y", "x: float, y: float", "x -= y\nreturn x", "number"),
        ("a = x\nb = y\nreturn a, b", "x, y", "b = y\na = x\nreturn a, b", "depend"),
        ("return float(x)", "x, y", "return x", "type"),
    ],
)
def test_reasons_why_nothing_changes(body: str, parameters: str, changed: str, reason: str) -> None:
    """Known by construction."""
    assert reason in planted(body, parameters)[changed].reason


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("return (x - y) ** 3", "return (y - x) ** 3"),
        ("return x - y", "x -= y\nreturn x"),
        ("a = x\nb = a\nreturn a, b", "b = a\na = x\nreturn a, b"),
        ("a = x\na = y\nreturn a", "a = y\na = x\nreturn a"),
        ("g(x)\nh(y)\nreturn x", "h(y)\ng(x)\nreturn x"),
        ("return int(x)", "return x"),
    ],
)
def test_no_reason_where_something_may_change(body: str, changed: str) -> None:
    """An odd power, arrays, lines that use each other."""
    assert planted(body)[changed].reason == ""


def test_helpers_docstrings_and_comments_are_left_alone() -> None:
    """Mistakes are planted in the functions asked for, in their code."""
    source = (
        '"""Doc: 1 + 1."""\n\nA = 1 + 2\n\n\ndef f(x):\n    """Return x + 1."""\n'
        "    return _h(x)  # 2 * x\n\n\ndef _h(x):\n    return x + 1\n"
    )
    found = mutants("p", source, ["f"])
    assert {mutant.function for mutant in found} == {"f"}
    for mutant in found:
        before, after = source.split("    return _h", 1)
        assert mutant.source.startswith(before)
        assert mutant.source.endswith(after[after.index("  # 2 * x") :])


def test_text_beyond_ascii_does_not_shift_the_place() -> None:
    """Positions in syntax trees count bytes."""
    found = planted("σ = '기울기'; a = x * y\nreturn a")
    assert "σ = '기울기'; a = x\nreturn a" in found


@pytest.mark.parametrize("problem", PROBLEMS)
def test_mutants_of_the_solutions_parse_and_differ(problem: str) -> None:
    """From the solution and from each other, as code; the module's other parts are the same."""
    source, found = of_solution(problem)
    codes = [ast.dump(ast.parse(mutant.source)) for mutant in found]
    assert len({*codes, ast.dump(ast.parse(source))}) == len(codes) + 1
    original = {n.name: ast.dump(n) for n in ast.parse(source).body if hasattr(n, "name")}
    for mutant in found:
        now = {n.name: ast.dump(n) for n in ast.parse(mutant.source).body if hasattr(n, "name")}
        assert [name for name in now if now[name] != original[name]] == [mutant.function]


def test_there_are_enough_of_every_kind() -> None:
    """At least 300 in network and in batch, in every function."""
    for problem in ("network", "batch"):
        _, found = of_solution(problem)
        assert len(found) >= 500
        functions = [f.name for f in get_problem(problem).functions]
        assert {mutant.function for mutant in found} == set(functions)


def test_a_seed_fixes_the_choice_and_rare_kinds_are_in_it() -> None:
    """Kinds take turns: the one mutant of a kind is not lost among hundreds of others."""
    _, found = of_solution("network")
    chosen = choose(found, 60, 1)
    assert len(chosen) == 60
    assert chosen == choose(found, 60, 1)
    assert chosen != choose(found, 60, 2)
    assert chosen == sorted(chosen, key=found.index)
    assert {mutant.kind for mutant in chosen} == {mutant.kind for mutant in found}
    assert choose(found, 10_000, 1) == found
    assert choose([], 5, 1) == choose(found, 0, 1) == []
