"""Modules import from their own layer or lower ones, and importing them stays cheap."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gradcheck_kit

PACKAGE = Path(gradcheck_kit.__file__).parent
BASE = -1
LAYERS = {
    "": BASE,  # the package itself: names that are loaded on first use, and the version
    "errors": BASE,
    "i18n": BASE,
    "display": BASE,
    "numerics": 0,
    "problems": 1,
    "strategies": 1,
    "learner": 2,
    "checks": 3,
    "diagnosis": 4,
    "assignment": 4,
    "assertions": 4,
    "courses": 4,
    "turns": 4,
    "hookspecs": 5,
    "plugin": 5,
    "registrations": 5,
    "terminal": 5,
    "grading": 6,
    "cli": 6,
    "hints": 6,
    "__main__": 6,
}
PYTEST_LAYERS = (5, 6)
HYPOTHESIS_MODULES = ("strategies",)


def part_of(module):
    """Return the part of the package that a module belongs to: a.b.c belongs to b."""
    return module.partition(".")[2].partition(".")[0]


def imported(source, module, is_package=False):
    """Yield every module that a source imports, anywhere in it, as a full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                parents = module.split(".")
                parents = parents[: len(parents) - node.level + is_package]
                start = ".".join([*parents, *filter(None, [node.module])])
            if start == "gradcheck_kit":  # the names may be modules
                for alias in node.names:
                    found = f"gradcheck_kit.{alias.name}"
                    yield found if part_of(found) in LAYERS else start
            else:
                yield start


def violations(source, module, is_package=False):
    """Return what a module imports against the rules, as text."""
    layer = LAYERS[part_of(module)]
    found = []
    for name in imported(source, module, is_package):
        top = name.partition(".")[0]
        if top == "gradcheck_kit" and LAYERS[part_of(name)] > layer and module != top:
            found.append(f"{module} (layer {layer}) imports {name} from above")
        if top in ("pytest", "_pytest", "pluggy") and layer not in PYTEST_LAYERS:
            found.append(f"{module} (layer {layer}) imports {name}")
        if top == "hypothesis" and part_of(module) not in HYPOTHESIS_MODULES:
            found.append(f"{module} imports {name}")
    return found


def modules():
    """Return name, path and whether it is a package, for every module there is."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] == "exercises":  # put there in a wheel
            continue
        is_package = parts[-1] == "__init__"
        name = ".".join(["gradcheck_kit", *(parts[:-1] if is_package else parts)])
        found.append((name, path, is_package))
    return found


MODULES = modules()


def loaded_by(statement):
    """Return the names of the modules that a fresh interpreter has after a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def below_the_plugin():
    return [
        name
        for name, _, _ in MODULES
        if LAYERS[part_of(name)] < min(PYTEST_LAYERS) and part_of(name) not in HYPOTHESIS_MODULES
    ]


def test_every_module_has_a_layer():
    """A new module or folder needs a line in the table above; a line needs a module."""
    assert {part_of(name) for name, _, _ in MODULES} == set(LAYERS)


@pytest.mark.parametrize("name", [name for name, _, _ in MODULES])
def test_modules_import_downwards(name):
    """No import, in a function or for types only either, goes to a higher layer."""
    path, is_package = next((path, package) for n, path, package in MODULES if n == name)
    assert violations(path.read_text(encoding="utf-8"), name, is_package) == []


def test_the_package_loads_its_names_on_first_use():
    """Only for types, or inside a function, does the package import its parts."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    modules = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    modules |= {a.name for node in tree.body if isinstance(node, ast.Import) for a in node.names}
    assert {str(name).partition(".")[0] for name in modules} == {"importlib", "sys", "typing"}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gradcheck_kit.numerics.compare", "from gradcheck_kit.problems import get_problem"),
        ("gradcheck_kit.numerics.compare", "from gradcheck_kit import plugin"),
        ("gradcheck_kit.numerics.compare", "import gradcheck_kit.strategies"),
        ("gradcheck_kit.numerics.compare", "from ..problems import network"),
        ("gradcheck_kit.errors", "from .numerics import compare"),
        ("gradcheck_kit.learner.wire", "def f():\n    from gradcheck_kit.checks import values"),
        (
            "gradcheck_kit.checks.values",
            "if TYPE_CHECKING:\n    from gradcheck_kit.assertions import Gradcheck",
        ),
        ("gradcheck_kit.plugin", "from gradcheck_kit.grading.grade import grade"),
        ("gradcheck_kit.assertions", "import pytest"),
        ("gradcheck_kit.checks.values", "from _pytest.config import Config"),
        ("gradcheck_kit.learner.runner", "def f():\n    import pytest"),
        ("gradcheck_kit.plugin", "import hypothesis.strategies as st"),
        ("gradcheck_kit.problems.network", "from hypothesis import given"),
    ],
)
def test_an_import_upwards_is_noticed(module, source):
    """Every way of writing it is seen."""
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gradcheck_kit.numerics.compare", "from gradcheck_kit.numerics import curves"),
        ("gradcheck_kit.numerics.compare", "from .curves import Curve"),
        ("gradcheck_kit.numerics.compare", "from gradcheck_kit.errors import GradcheckError"),
        ("gradcheck_kit.learner.wire", "from gradcheck_kit import __version__"),
        ("gradcheck_kit.plugin", "import pytest\nfrom gradcheck_kit.assertions import Gradcheck"),
        ("gradcheck_kit.grading.session", "import pytest\nfrom gradcheck_kit import plugin"),
        ("gradcheck_kit.strategies", "import hypothesis.strategies as st"),
        ("gradcheck_kit.learner.wire", "import numpy, socket, pytestish"),
    ],
)
def test_an_import_downwards_is_not_complained_of(module, source):
    """What is allowed is allowed."""
    assert violations(source, module) == []


def test_relative_imports_are_resolved_from_packages_too():
    """In an __init__ a single dot is the package itself."""
    source = "from .problem import Problem\nfrom ..errors import GradcheckError"
    assert list(imported(source, "gradcheck_kit.problems", is_package=True)) == [
        "gradcheck_kit.problems.problem",
        "gradcheck_kit.errors",
    ]
    assert list(imported(source, "gradcheck_kit.problems.network")) == [
        "gradcheck_kit.problems.problem",
        "gradcheck_kit.errors",
    ]


def test_the_package_imports_without_any_library():
    """import gradcheck_kit takes nothing: no pytest, no numpy, none of its own parts."""
    loaded = loaded_by("import gradcheck_kit")
    assert not loaded & {"pytest", "_pytest", "hypothesis", "numpy"}
    assert {name for name in loaded if name.startswith("gradcheck_kit")} == {"gradcheck_kit"}


def test_the_layers_below_the_plugin_import_neither_pytest_nor_hypothesis():
    """Checks and diagnosis can be used, and sent to workers, without a test runner."""
    names = below_the_plugin()
    loaded = loaded_by("import " + ", ".join(names))
    assert set(names) <= loaded
    assert not loaded & {"pytest", "_pytest", "hypothesis"}


def test_an_import_of_pytest_or_hypothesis_would_be_noticed():
    """The test above can fail: the plugin and the strategies bring them."""
    assert "pytest" in loaded_by("import gradcheck_kit.plugin")
    assert "hypothesis" in loaded_by("import gradcheck_kit.strategies")


def test_the_plugin_costs_nothing_until_it_is_used():
    """Every pytest run of the installation loads the plugin: no numpy, no other parts."""
    loaded = loaded_by("import gradcheck_kit.plugin")
    assert not loaded & {"numpy", "hypothesis"}
    own = {name for name in loaded if name.startswith("gradcheck_kit")}
    assert own == {"gradcheck_kit", "gradcheck_kit.errors", "gradcheck_kit.plugin"}


def test_a_plugin_that_loads_more_would_be_noticed():
    """The test above can fail: the assertions bring numpy and the layers below."""
    loaded = loaded_by("import gradcheck_kit.plugin, gradcheck_kit.assertions")
    assert {"numpy", "gradcheck_kit.problems.problem"} <= loaded


def test_the_command_line_costs_little_until_a_command_runs():
    """Every command names all of them with their options: no grader, no pytest, no numpy."""
    loaded = loaded_by("from gradcheck_kit.cli import _parser; _parser()")
    assert "gradcheck_kit.grading.report_commands" in loaded
    assert not loaded & {"numpy", "pytest", "gradcheck_kit.grading.grade"}


def test_a_run_without_gradcheck_tests_loads_neither_numpy_nor_hypothesis(tmp_path):
    """Other people's tests, in an installation with the kit, start as fast as before."""
    test = tmp_path / "test_other.py"
    test.write_text(
        "import sys\n\n\n"
        "def test_other():\n"
        "    assert 'gradcheck_kit.plugin' in sys.modules\n"
        "    assert not {'numpy', 'hypothesis', 'gradcheck_kit.assertions'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "gradcheck_kit.plugin", str(test)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # only the kit's own
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_are_loaded_past_pytests_assertion_rewriting():
    """Rewriting them would cost a learner 0.1 s in every run that writes no bytecode."""
    script = (
        "import sys\n"
        "class AssertionRewritingHook:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.startswith('gradcheck_kit.'): print('rewritten:', name)\n"
        "sys.meta_path.insert(0, AssertionRewritingHook())\n"
        "import gradcheck_kit\n"
        "import gradcheck_kit.errors\n"
        "sys.meta_path.remove(gradcheck_kit._PlainFinder)\n"
        "import gradcheck_kit.i18n\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    # The second import shows that the hook would have seen the first.
    assert run.stdout.split("\n")[:-1] == ["rewritten: gradcheck_kit.i18n"]
