"""Everything public resolves and has a docstring."""

import ast
import re
from pathlib import Path

import pytest

import gradcheck_kit

PACKAGE = Path(gradcheck_kit.__file__).parent
SOURCES = [
    path.relative_to(PACKAGE).as_posix()
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] != "exercises"  # put there in a wheel
]
NAMES = [name for name in gradcheck_kit.__all__ if name != "__version__"]
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def without_docstring(source):
    """Return the public classes, functions and methods, and the module, that have none."""

    def visit(node, path):
        for child in node.body:
            if isinstance(child, DEFINITIONS) and not child.name.startswith("_"):
                name = f"{path}.{child.name}".lstrip(".")
                if not ast.get_docstring(child):
                    yield name
                if isinstance(child, ast.ClassDef):
                    yield from visit(child, name)

    tree = ast.parse(source)
    missing = [] if ast.get_docstring(tree) or not tree.body else ["module"]
    return missing + list(visit(tree, ""))


@pytest.mark.parametrize("name", NAMES)
def test_public_names_resolve_and_are_documented(name):
    """Each name is there, is called so, and says what it is for."""
    found = getattr(gradcheck_kit, name)
    assert found.__name__ == name
    assert found.__module__.startswith("gradcheck_kit.")
    assert len(found.__doc__.strip()) > 20
    assert not found.__doc__.startswith(f"{name}(")  # what a dataclass writes by itself


def test_all_is_complete_and_without_repetition():
    """__all__ lists each name once, and dir() and star imports know them."""
    assert len(set(gradcheck_kit.__all__)) == len(gradcheck_kit.__all__)
    assert set(gradcheck_kit.__all__) <= set(dir(gradcheck_kit))
    assert set(NAMES) == set(gradcheck_kit._HOMES)
    namespace = {}
    exec("from gradcheck_kit import *", namespace)
    assert set(gradcheck_kit.__all__) <= set(namespace)


def test_the_version_is_a_version():
    """Three numbers, perhaps with a suffix."""
    assert re.fullmatch(r"\d+\.\d+\.\d+([abrc.]\w+)?", gradcheck_kit.__version__)


@pytest.mark.parametrize("name", ["nope", "numpy", "Curve", "_problem_name"])
def test_other_names_are_refused(name):
    """What is not public is an AttributeError that names it."""
    with pytest.raises(AttributeError, match=f"'gradcheck_kit' has no attribute '{name}'"):
        getattr(gradcheck_kit, name)


@pytest.mark.parametrize("source", SOURCES)
def test_everything_public_has_a_docstring(source):
    """Modules, and the classes, functions and methods in them that others may use."""
    assert without_docstring((PACKAGE / source).read_text(encoding="utf-8")) == []


def test_a_missing_docstring_is_noticed():
    """Each kind is found; private names and nested functions need none."""
    source = (
        "def public(): pass\n"
        "def _private(): pass\n"
        "async def waits():\n    '''Wait.'''\n    def nested(): pass\n"
        "class Kept:\n    '''Keep.'''\n"
        "    def method(self): pass\n"
        "    def __len__(self): pass\n"
        "    @property\n    def value(self): pass\n"
        "class Bare:\n    def documented(self):\n        '''Do.'''\n"
        "class _Hidden:\n    def method(self): pass\n"
    )
    missing = ["module", "public", "Kept.method", "Kept.value", "Bare"]
    assert without_docstring(source) == missing
    assert without_docstring("'''Hold one.'''\ndef f():\n    '''Do.'''\n") == []
    assert without_docstring("") == []
