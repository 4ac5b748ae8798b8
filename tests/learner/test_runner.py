"""Loading and calling one file: its surroundings are as it expects, and ours stay as they were."""

import builtins
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from gradcheck_kit.learner.results import MAX_OUTPUT, CallResult, LoadResult, Presence
from gradcheck_kit.learner.runner import Runner
from gradcheck_kit.learner.values import Opaque

RunnerOf = Callable[..., Runner]


@pytest.fixture
def runner_of(tmp_path: Path) -> RunnerOf:
    """Return a function that writes a module (and helpers) and makes its runner."""

    def runner_of(
        source: str, folder: str = "learner", name: str = "network", **helpers: str
    ) -> Runner:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        for stem, text in {name: source, **helpers}.items():
            (place / f"{stem}.py").write_text(dedent(text), encoding="utf-8")
        return Runner(place / f"{name}.py")

    return runner_of


def call(runner: Runner, function: str = "f", *points: tuple[Any, ...]) -> list[CallResult]:
    """Call a function of a runner at some points (once without arguments by default)."""
    results: list[CallResult] = []
    runner.call_many(function, points or ((),), results.append)
    return results


def test_a_module_is_loaded_as_if_it_had_been_imported(runner_of: RunnerOf) -> None:
    """Its name, its file and its place in sys.modules are its own."""
    runner = runner_of(
        """
        import sys
        me = sys.modules[__name__]
        found = me.__dict__ is globals(), __name__, __file__
        def f(): return found[0], found[1], sys.modules['network'] is me
        """
    )
    assert runner.load().status == "loaded"
    assert call(runner)[0].value == (True, "network", True)
    assert runner.function("found")[2] == str(runner.path)
    assert "network" not in sys.modules


def test_dataclasses_with_postponed_annotations_work(runner_of: RunnerOf) -> None:
    """They look their module up by name while it is executed."""
    runner = runner_of(
        """
        from __future__ import annotations
        import dataclasses, typing
        @dataclasses.dataclass
        class Pass:
            z1: float
            kind: typing.ClassVar[str] = 'pass'
        def f(): return dataclasses.asdict(Pass(1.0))['z1'], len(typing.get_type_hints(Pass))
        """
    )
    assert runner.load().status == "loaded"
    assert call(runner)[0].value == (1.0, 2)


def test_training_at_import_works_and_its_prints_are_kept(runner_of: RunnerOf) -> None:
    """Code at the top level runs once, with its output captured."""
    result = runner_of(
        """
        w = 0.0
        for step in range(100):
            w -= 0.1 * (w - 1.0)
            print('step', step, w)
        def f(): return w
        """
    ).load()
    assert result.status == "loaded"
    assert result.output.startswith("step 0 0.1\n")
    assert len(result.output) <= MAX_OUTPUT


def test_the_main_block_does_not_run(runner_of: RunnerOf) -> None:
    """The module has its own name, not __main__."""
    runner = runner_of("ran = False\nif __name__ == '__main__':\n    ran = True\n")
    runner.load()
    assert runner.function("ran") is False


def test_helpers_of_one_name_in_two_submissions_do_not_mix(runner_of: RunnerOf) -> None:
    """Each module sees the helper beside it, also when it imports it late or again."""
    source = """
    import helper
    def f():
        import helper as again
        from helper import value
        import late
        return helper.value, again.value, value, late.value
    """
    runners = [
        runner_of(source, folder=f"learner{n}", helper=f"value = {n}", late=f"value = {10 * n}")
        for n in (1, 2)
    ]
    for runner in runners:
        assert runner.load().status == "loaded"
    for _ in range(2):
        for n, runner in enumerate(runners, 1):
            assert call(runner)[0].value == (n, n, n, 10 * n)
    assert not {"helper", "late", "network"} & set(sys.modules)


def test_helper_packages_and_circular_imports_work(runner_of: RunnerOf, tmp_path: Path) -> None:
    """A folder with helpers, and a helper that imports the module back."""
    package = tmp_path / "learner" / "tools"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from tools.maths import double\n")
    (package / "maths.py").write_text("def double(x): return 2 * x\n")
    runner = runner_of(
        """
        from tools import double
        base = 3
        import other
        def f(): return double(other.g())
        """,
        other="import network\ndef g(): return network.base\n",
    )
    assert runner.load().status == "loaded"
    assert call(runner)[0].value == 6
    assert not {"tools", "tools.maths", "other", "network"} & set(sys.modules)


def test_a_module_of_ours_by_that_name_is_back_afterwards(
    runner_of: RunnerOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper may be called like a module that is loaded from elsewhere."""
    place = tmp_path / "ours"
    place.mkdir()
    (place / "helper_of_ours.py").write_text("value = 'ours'\n")
    monkeypatch.syspath_prepend(str(place))
    import helper_of_ours  # type: ignore[import-not-found]

    runner = runner_of(
        "import helper_of_ours\ndef f(): return helper_of_ours.value",
        helper_of_ours="value = 'theirs'",
    )
    assert runner.load().status == "loaded"
    assert call(runner)[0].value == "theirs"
    assert sys.modules["helper_of_ours"] is helper_of_ours
    del sys.modules["helper_of_ours"]


@pytest.mark.parametrize("name", ["random", "math", "json", "numpy", "types", "statistics"])
def test_a_sibling_called_like_a_library_does_no_harm(runner_of: RunnerOf, name: str) -> None:
    """What is loaded already stays what it is, for the learner's module and for us."""
    __import__(name)
    before = sys.modules[name]
    runner = runner_of(
        "import math, random, json\nimport numpy as np\ndef f(): return np.exp(0.0) + math.pi",
        **{name: "raise RuntimeError('not this one')"},
    )
    assert runner.load().status == "loaded"
    assert call(runner)[0].status == "returned"
    assert sys.modules[name] is before


def test_a_sibling_called_like_a_library_nobody_loaded_is_gone_afterwards(
    runner_of: RunnerOf,
) -> None:
    """The learner gets their own file; we get the library."""
    sys.modules.pop("colorsys", None)
    runner = runner_of("import colorsys\ndef f(): return colorsys.mine", colorsys="mine = 1")
    assert runner.load().status == "loaded"
    assert call(runner)[0].value == 1
    import colorsys

    assert hasattr(colorsys, "rgb_to_hsv")
    assert call(runner)[0].value == 1


SURROUNDINGS = {
    "np.seterr": "np.seterr(all='ignore')",
    "warning filters": "warnings.simplefilter('error')",
    "no filters": "warnings.resetwarnings()",
    "working directory": "os.chdir('/')",
    "sys.path": "sys.path.append('/nowhere'); sys.path.insert(0, '/elsewhere')",
    "sys.path emptied": "sys.path.clear()",
    "sys.path replaced": "sys.path = ['/nowhere']",
    "stdout": "sys.stdout = open(os.devnull, 'w')",
    "input": "builtins.input = lambda *a: '1'",
    "breakpoint": "sys.breakpointhook = print",
}


@pytest.mark.parametrize("place", ["module", "function"])
@pytest.mark.parametrize("code", SURROUNDINGS.values(), ids=SURROUNDINGS)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the file that the learner left open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_learner_code_changes_does_not_reach_us(
    runner_of: RunnerOf, code: str, place: str
) -> None:
    """NumPy's error state, warning filters, directory, path, streams and hooks come back."""

    def surroundings() -> tuple[Any, ...]:
        return (
            np.geterr(), list(warnings.filters), Path.cwd(), list(sys.path), sys.stdout,
            sys.stderr, builtins.input, sys.breakpointhook, os.environ.get("MPLBACKEND"),
        )  # fmt: skip

    setup = "import builtins, os, sys, warnings\nimport numpy as np\n"
    source = (
        f"{setup}{code}\ndef f(): return 1"
        if place == "module"
        else f"{setup}def f():\n    {code}\n    return 1"
    )
    before = surroundings()
    runner = runner_of(source)
    assert runner.load().status == "loaded"
    assert surroundings() == before
    assert [r.value for r in call(runner, "f", (), ())] == [1, 1]
    assert surroundings() == before


def test_settings_made_at_import_hold_in_the_calls(runner_of: RunnerOf) -> None:
    """np.seterr and filters are the learner's own business, and work as they expect."""
    runner = runner_of(
        """
        import warnings
        import numpy as np
        np.seterr(divide='raise')
        warnings.simplefilter('ignore')
        def f(): return np.geterr()['divide']
        def g():
            warnings.warn('unheard')
            return np.float64(1e308) * 10 > 0
        """
    )
    runner.load()
    assert call(runner)[0].value == "raise"
    assert call(runner, "g")[0].warnings == ()
    assert np.geterr()["divide"] == "warn"


@pytest.mark.parametrize(
    ("code", "status", "wants_input"),
    [
        ("name = input('name? ')", "raised", True),
        ("import builtins\nname = builtins.input()", "raised", True),
        ("import sys\nname = sys.stdin.readline()", "", False),
    ],
)
def test_input_at_import_is_told(
    runner_of: RunnerOf, code: str, status: str, wants_input: bool
) -> None:
    """A question nobody can answer ends the import instead of waiting."""
    result = runner_of(code).load()
    assert result.status == status or not status
    assert (result.trouble is not None and result.trouble.wants_input) == wants_input


def test_a_plot_window_at_import_does_not_wait(runner_of: RunnerOf) -> None:
    """The plotting library is told not to open windows, and only while the file loads."""
    before = os.environ.get("MPLBACKEND")
    runner = runner_of("import os\nbackend = os.environ['MPLBACKEND']")
    assert runner.load().status == "loaded"
    assert runner.function("backend") == "Agg"
    assert os.environ.get("MPLBACKEND") == before


@pytest.mark.parametrize(
    ("code", "kind", "line"),
    [
        ("import sys\nsys.exit(0)", "SystemExit", 2),
        ("x = 1\nraise KeyError('x')", "KeyError", 2),
        ("def f(): return f()\nf()", "RecursionError", 2),
        ("from helper import nothing", "ImportError", 1),
        ("import helper_that_fails", "ZeroDivisionError", 1),
        ("import helper_with_syntax_error", "SyntaxError", 1),
    ],
)
def test_an_exception_at_import_has_its_place(
    runner_of: RunnerOf, code: str, kind: str, line: int
) -> None:
    """Also in helpers, and also exceptions that end an interpreter."""
    result = runner_of(
        code, helper="", helper_that_fails="1 / 0", helper_with_syntax_error="def f(:\n"
    ).load()
    assert result.status == "raised"
    assert result.trouble is not None
    assert result.trouble.kind == kind
    assert result.trouble.frames[0][:2] == ("network.py", line)


def test_breakpoints_are_passed_over(runner_of: RunnerOf) -> None:
    """Neither breakpoint() nor pdb stops a hundred probing calls."""
    runner = runner_of(
        """
        import pdb
        def f():
            breakpoint()
            pdb.set_trace()
            return 1
        """
    )
    runner.load()
    assert call(runner)[0].value == 1


def test_output_is_kept_and_capped(runner_of: RunnerOf) -> None:
    """Prints go into the result, not to the terminal, up to a limit."""
    runner = runner_of(
        """
        import sys
        def f(n):
            for i in range(n):
                print('가' * 50, file=sys.stderr if i % 2 else sys.stdout)
            return n
        """
    )
    runner.load()
    few, many = call(runner, "f", (2,), (100_000,))
    assert few.output == ("가" * 50 + "\n") * 2
    assert many.value == 100_000
    assert len(many.output) == MAX_OUTPUT


def test_a_learners_own_stream_does_not_matter(
    runner_of: RunnerOf, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing reaches the terminal while probing."""
    runner = runner_of("import sys\ndef f():\n    sys.stdout.write('loud')\n    return 1")
    runner.load()
    call(runner, "f", *[()] * 100)
    assert capsys.readouterr() == ("", "")


def test_arguments_are_copies_and_arrays_are_read_only(runner_of: RunnerOf) -> None:
    """A write raises at the learner's own line, and is then tried on writable copies."""
    runner = runner_of("def f(a):\n    a[0] = 7.0\n    return a")
    runner.load()
    argument = np.array([1.0, 2.0])
    result = call(runner, "f", (argument,))[0]
    assert result.status == "returned"
    assert result.value.tolist() == [7.0, 2.0]
    assert result.mutated == (0,)
    assert argument.tolist() == [1.0, 2.0]


def test_a_write_that_changes_nothing_is_no_change(runner_of: RunnerOf) -> None:
    """Only bytes that differ afterwards count."""
    runner = runner_of("def f(a, b):\n    a[0] = a[0]\n    b += 1\n    return a")
    runner.load()
    assert call(runner, "f", (np.ones(2), np.ones(2)))[0].mutated == (1,)


def test_another_value_error_is_the_learners_own(runner_of: RunnerOf) -> None:
    """Only NumPy's refusal to write is repeated."""
    runner = runner_of("n = [0]\ndef f(a):\n    n[0] += 1\n    raise ValueError('shape')")
    runner.load()
    assert call(runner, "f", (np.ones(2),))[0].status == "raised"
    assert runner.function("n") == [1]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\n\ndef f(): return 1", 3),
        ("import functools\nf = functools.partial(max, 1)", 2),
        ("from math import exp as f", 1),
        ("class f:\n    pass", 1),
        ("def f(): return 1\ndef f(): return 2", 2),
        ("if True:\n    def f(): return 1", 2),
        ("f = g = lambda: 1", 1),
        ("import functools\n@functools.cache\ndef f(): return 1", 3),
        ("a, f = 1, 2", 1),
        ("globals()['f'] = max", None),
    ],
)
def test_the_line_of_a_function_is_found(
    runner_of: RunnerOf, source: str, line: int | None
) -> None:
    """However it came to its name, if the name stands anywhere in the file."""
    runner = runner_of(source)
    runner.load()
    assert runner.presence("f", 0).line == line


def test_own_functions_that_run_are_told(runner_of: RunnerOf) -> None:
    """Methods count as the functions they became; what has no Python code counts as called."""
    runner = runner_of(
        """
        import numpy as np
        class Net:
            def a(self): return self.b()
            def b(self): return 1
            def c(self): return 2
        net = Net()
        a, b, c = net.a, net.b, net.c
        d = np.exp
        """
    )
    runner.load()
    profile = sys.getprofile()
    assert runner.own_functions_called("a", (), ["a", "b", "c", "d"]) == ["a", "b", "d"]
    assert sys.getprofile() is profile


def test_a_later_look_shows_a_result_that_was_changed(runner_of: RunnerOf) -> None:
    """Kept arrays are read once more after all calls."""
    runner = runner_of(
        "import numpy as np\nkept = np.zeros(1)\ndef f(x):\n    kept[0] = x\n    return kept, x"
    )
    runner.load()
    results: list[CallResult] = []
    kept = runner.call_many("f", [(1.0,), (2.0,)], results.append)
    later = runner.look_again(results, kept)
    assert [r.value[0].tolist() for r in results] == [[1.0], [2.0]]
    assert [value[0].tolist() for value in later] == [[2.0], [2.0]]


def test_a_keyboard_interrupt_is_the_persons_at_the_terminal(runner_of: RunnerOf) -> None:
    """Ctrl-C is never taken for a learner's exception."""
    runner = runner_of("def f(): raise KeyboardInterrupt")
    runner.load()
    with pytest.raises(KeyboardInterrupt):
        call(runner)
    with pytest.raises(KeyboardInterrupt):
        runner_of("raise KeyboardInterrupt").load()


def test_a_deleted_working_directory_does_not_matter(
    runner_of: RunnerOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learner code runs where the directory it was started in is gone."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    runner = runner_of("def f(): return 1")
    assert runner.load().status == "loaded"
    assert call(runner)[0].value == 1


def test_names_in_hangul_and_spaces_work(runner_of: RunnerOf) -> None:
    """Folders and helpers may be called anything."""
    runner = runner_of(
        "import 도움\ndef f(): return 도움.값 + 1",
        folder="김 철수 (2)",
        도움="값 = 1",
    )
    assert runner.load().status == "loaded"
    assert call(runner)[0].value == 2


PRESENCES = {
    "def f(a, b): return a": ("callable", 1, False, False),
    "def f(a, b=1): return a": ("callable", 1, False, False),
    "def f(a): return a": ("parameters", 1, False, False),
    "def f(a, b, c): return a": ("parameters", 1, False, False),
    "def f(a, b, c=0): return a": ("callable", 1, False, False),
    "def f(a, *, b): return a": ("parameters", 1, False, False),
    "def f(*a): return a": ("callable", 1, False, False),
    "def f(a, *b): pass": ("callable", 1, True, False),
    "def f(a, b): pass": ("callable", 1, True, False),
    "def f(a, b): ...": ("callable", 1, True, False),
    "def f(a, b):\n    '''Text.'''\n    1\n    pass": ("callable", 1, True, False),
    "def f(a, b): return None": ("callable", 1, False, False),
    "def f(a, b): return 1.5": ("callable", 1, False, False),
    "def f(a, b): raise NotImplementedError": ("callable", 1, True, False),
    "def f(a, b): raise NotImplementedError('f: ' + str(a))": ("callable", 1, True, False),
    "def f(a, b): raise ValueError": ("callable", 1, False, False),
    "def f(a, b):\n    if a: raise NotImplementedError\n    a": ("callable", 1, False, False),
    "def f(a, b):\n    '''Text.'''\n    return a": ("callable", 1, False, False),
    "async def f(a, b): return a": ("callable", 1, False, True),
    "def f(a, b): yield a": ("callable", 1, False, False),
    "f = lambda a, b: a": ("callable", 1, False, False),
    "f = lambda a: a": ("parameters", 1, False, False),
    "def g(a, b): return a\nf = g": ("callable", 1, False, False),
    "import functools\n@functools.cache\ndef f(a, b): return a": ("callable", 3, False, False),
    "def same(x): return x\n@same\ndef f(a, b): return a": ("callable", 3, False, False),
    "if True:\n    def f(a, b): return a": ("callable", 2, False, False),
    "import operator\nf = operator.mul": ("callable", 2, False, False),
    "class f:\n    def __init__(self, a, b): pass": ("callable", 2, False, False),
    "f = 3": ("not_callable", 1, False, False),
    "def f(a, b): return a\nf.__signature__ = 3": ("callable", 1, False, False),
    "def f(a, b): return a\n"
    "f.__code__ = f.__code__.replace(co_firstlineno=10**6)": ("callable", 1, False, False),
}  # fmt: skip


@pytest.mark.parametrize("source", PRESENCES)
def test_presence_of_every_kind_of_function(tmp_path, source):
    """Plain functions are told from their code alone; all others take a closer look."""
    (tmp_path / "network.py").write_text(source + "\n", encoding="utf-8")
    runner = Runner(tmp_path / "network.py")
    assert runner.load().status == "loaded"
    found = runner.presence("f", 2)
    assert (found.status, found.line, found.is_stub, found.is_async) == PRESENCES[source]


LONG = "x" * 5_000


@pytest.mark.parametrize(
    "code",
    [
        f"def {LONG}():\n    raise ValueError('x')\ndef f(): {LONG}()\n",
        f"import warnings\nclass {LONG}(Warning): pass\ndef f(): warnings.warn('x', {LONG})\n",
        "import warnings\n"
        "def f():\n"
        "    for n in range(99): warnings.warn('x', type(f'W{n}', (Warning,), {}))\n",
        f"class {LONG}(Exception): pass\ndef f(): raise {LONG}({LONG!r})\n",
    ],
    ids=["function", "warning", "warnings", "exception"],
)
def test_honest_results_are_of_a_size_that_the_grader_takes(runner_of: RunnerOf, code: str) -> None:
    """Else a learner with long names would be told that Python had crashed."""
    found = runner_of(code)
    found.load()
    result = call(found)[0]
    assert CallResult.from_plain(result.to_plain(), 0).status == result.status


@pytest.mark.parametrize(
    "code", [f"def f({LONG}):\n    global {LONG}\n", f"# coding: {LONG}\n"], ids=["name", "codec"]
)
def test_honest_syntax_errors_are_of_a_size_that_the_grader_takes(
    runner_of: RunnerOf, code: str
) -> None:
    """Python repeats names of any length in its messages."""
    result = runner_of(code).load()
    assert LoadResult.from_plain(result.to_plain()).status in ("syntax", "encoding")


def test_the_name_of_a_class_is_of_a_size_that_the_grader_takes(runner_of: RunnerOf) -> None:
    """What stands in a function's place may have a long name, too."""
    found = runner_of(f"class {LONG}: pass\nf = {LONG}()\n")
    found.load()
    presence = found.presence("f", 0)
    assert Presence.from_plain(presence.to_plain()).status == "not_callable"


HOSTILE = "x\n::error::x\x1b[2J\u202e"


@pytest.mark.parametrize(
    "code",
    [
        f"E = type({HOSTILE!r}, (Exception,), {{}})\ndef f(): raise E({HOSTILE!r})\n",
        f"def f(): return type({HOSTILE!r}, (), {{}})()\n",
        f"f = type({HOSTILE!r}, (), {{}})()\n",
        "def g(): raise ValueError\n"
        f"g.__code__ = g.__code__.replace(co_name={HOSTILE!r})\n"
        "def f(): g()\n",
        "import inspect\n"
        f"R = type('R', (), {{'__repr__': lambda self: {HOSTILE!r}}})\n"
        "def f(): pass\n"
        "f.__signature__ = inspect.Signature(\n"
        "    [inspect.Parameter('a' + 'b' * n, 1, default=R()) for n in range(2)])\n",
    ],
    ids=["exception", "class", "not callable", "function", "signature"],
)
def test_no_name_steers_a_terminal(runner_of: RunnerOf, code: str) -> None:
    """Nor does one start a line, which the log of a CI job could take for a command."""
    runner = runner_of(code)
    runner.load()
    result = call(runner)[0]
    told = [runner.presence("f", 3).detail]
    if isinstance(result.value, Opaque):
        told.append(result.value.kind)
    if result.trouble is not None:
        told += [result.trouble.kind, result.trouble.text]
        told += [str(part) for frame in result.trouble.frames for part in frame]
    assert any("::error::x" in text for text in told)
    assert all(text.isprintable() for text in told)
