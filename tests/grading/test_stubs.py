"""Stubs are made from solutions, so the two cannot drift apart."""

import ast
from pathlib import Path

import pytest

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.stubs import docstrings, make_stub, translate_stub, write_stubs
from gradcheck_kit.i18n import spoken

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("warmup.py", "network.py", "batch.py")

SOLUTION = '''"""A module.

    f(x) = x
"""

import math

from helpers import something

LIMIT = 3  # a constant stays


def _private(x):
    return x + 1


def f(x: float, /, *, y: float = 2.0) -> float:
    """Return x."""
    # a comment of the solution
    z = _private(x)
    return z


@decorated
def g(
    a,
    b,
):
    """Return a.

    And more.
    """
    def inner():
        """Not for learners."""
        return a
    return inner()
'''

STUB = '''"""A module.

    f(x) = x
"""

import math

from helpers import something

LIMIT = 3  # a constant stays




def f(x: float, /, *, y: float = 2.0) -> float:
    """Return x."""
    # TODO: write f, then delete the next line.
    raise NotImplementedError("f is not written yet")


@decorated
def g(
    a,
    b,
):
    """Return a.

    And more.
    """
    # TODO: write g, then delete the next line.
    raise NotImplementedError("g is not written yet")
'''


@pytest.mark.parametrize("name", NAMES)
def test_the_exercises_are_the_stubs_of_the_solutions(name: str) -> None:
    """Run ``gradcheck-kit stubs solutions exercises`` after changing a solution."""
    solution = (ROOT / "solutions" / name).read_text(encoding="utf-8")
    assert (ROOT / "exercises" / name).read_text(encoding="utf-8") == make_stub(solution)


def test_there_is_a_stub_for_every_solution() -> None:
    """And nothing else beside the tests."""
    stubs = {p.name for p in (ROOT / "exercises").glob("*.py") if not p.name.startswith("test_")}
    assert stubs == {path.name for path in (ROOT / "solutions").glob("*.py")} == set(NAMES)


def test_signatures_and_docstrings_stay_and_bodies_go() -> None:
    """Private helpers go as a whole, imports and constants stay."""
    stub = make_stub(SOLUTION)
    assert [line for line in stub.splitlines() if line] == [
        line for line in STUB.splitlines() if line
    ]
    ast.parse(stub)
    for secret in ("_private", "z =", "inner", "comment of the solution"):
        assert secret not in stub


def test_a_stub_of_a_stub_is_the_stub() -> None:
    """Making stubs twice changes nothing."""
    assert make_stub(make_stub(SOLUTION)) == make_stub(SOLUTION)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("def f(x):\n    return x\n", "line 1: f has no docstring"),
        ("x = 1\n\n\n@cached\ndef f(x):\n    return x\n", "line 5: f has no docstring"),
        ("def f(:\n", "line 1: not valid Python"),
    ],
)
def test_what_cannot_become_a_stub(source: str, text: str) -> None:
    """The author is told the line."""
    with pytest.raises(GradcheckError, match=text):
        make_stub(source)


def test_writing_and_checking(tmp_path: Path) -> None:
    """--check writes nothing; writing twice changes nothing the second time."""
    solutions, exercises = tmp_path / "solutions", tmp_path / "new" / "exercises"
    solutions.mkdir()
    (solutions / "f.py").write_text(SOLUTION, encoding="utf-8")
    assert write_stubs(solutions, exercises, check=True) == [exercises / "f.py"]
    assert not exercises.exists()
    assert write_stubs(solutions, exercises, check=False) == [exercises / "f.py"]
    assert (exercises / "f.py").read_text(encoding="utf-8") == make_stub(SOLUTION)
    assert write_stubs(solutions, exercises, check=False) == []
    (exercises / "f.py").write_text("drifted", encoding="utf-8")
    assert write_stubs(solutions, exercises, check=True) == [exercises / "f.py"]
    assert (exercises / "f.py").read_text(encoding="utf-8") == "drifted"


def test_no_solutions_are_wrong_usage(tmp_path: Path) -> None:
    """Nothing to make stubs from."""
    with pytest.raises(GradcheckError, match=r"no \.py files"):
        write_stubs(tmp_path, tmp_path / "exercises", check=False)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", NAMES)
def test_a_translated_stub_has_the_same_code(name: str, language: str) -> None:
    """Only docstrings and TODO lines change."""
    stub = (ROOT / "exercises" / name).read_text(encoding="utf-8")
    with spoken(language):
        translated = translate_stub(stub)
    assert _code(translated) == _code(stub)
    assert translated.count("# TODO: ") == stub.count("# TODO: ") > 0
    assert len(docstrings(translated)) == len(docstrings(stub))
    assert all(line == line.rstrip() for line in translated.splitlines())
    if language == "en":
        assert translated == stub


def _code(source: str) -> str:
    """Return the syntax tree of a module without its docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
