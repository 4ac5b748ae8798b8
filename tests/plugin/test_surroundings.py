"""Encodings, paths, pytest's own options, and projects that have nothing to do with us."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradcheck_kit.i18n import LOCALE_DIR

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = ROOT / "solutions"

Append = Callable[..., None]
Table = Callable[[pytest.RunResult], list[str]]

MIXED = (
    "def loss(p, t): return (p - t) ** 2\ndef forward(x, w1, w2): raise ValueError('∂ 기울기 ✓')"
)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", "✗"), ("cp949", "x"), ("ascii", "x"), ("cp1252", "x")]
)
def test_symbols_fall_back_to_what_the_terminal_can_show(
    pytester: pytest.Pytester,
    exercises: Path,
    append: Append,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    mark: str,
    language: str,
) -> None:
    """No encoding makes a run crash, and marks stay readable."""
    if language == "ko" and not list((LOCALE_DIR / "ko").glob("**/*.mo")):
        pytest.skip("no compiled messages for ko")
    append(exercises, MIXED)
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    monkeypatch.setenv("PYTHONUTF8", "0")
    process = pytester.popen(
        [sys.executable, "-m", "pytest", "exercises", "--gradcheck-lang", language],
        stdin=b"",
    )
    out, err = process.communicate(timeout=60)
    text = out.decode(encoding)
    assert process.returncode == 1
    assert "INTERNALERROR" not in text + err.decode("utf-8", "replace")
    assert "UnicodeEncodeError" not in text
    assert f"  {mark} loss" in text
    assert f"  {mark} forward" in text
    if language == "ko" and encoding in ("utf-8", "cp949"):
        assert "아직" in text or "점 중" in text


@pytest.mark.parametrize("name", ["my work", "수업 과제", "a'b", "100%", "{x}"])
def test_folders_may_be_called_anything(
    pytester: pytest.Pytester, exercises: Path, append: Append, name: str
) -> None:
    """Spaces, Hangul, quotes, percent signs and braces, for tests and for submissions."""
    folder = exercises.rename(exercises.with_name(name))
    append(folder, "def loss(p, t): return (p - t) ** 2")
    result = pytester.runpytest_inprocess(folder, "-k", "test_network")
    result.assert_outcomes(passed=7, failed=1, deselected=11)
    assert f"open      {name}/network.py, line 212" in result.stdout.str()
    target = pytester.path / "sub" / name
    shutil.copytree(SOLUTIONS, target)
    result = pytester.runpytest_inprocess(folder, f"--submission={target}")
    result.assert_outcomes(passed=19)


def test_a_run_from_another_directory(
    pytester: pytest.Pytester, exercises: Path, append: Append, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths are as the learner would type them there."""
    append(exercises, "def loss(p, t): return (p - t) ** 2")
    monkeypatch.chdir(exercises)
    result = pytester.runpytest_inprocess("-k", "test_network and test_loss")
    assert "  open      network.py, line 212" in result.outlines
    assert "sys.path.insert(0, '.')" in result.stdout.str()
    elsewhere = pytester.mkdir("elsewhere")
    monkeypatch.chdir(elsewhere)
    result = pytester.runpytest_inprocess(exercises, "-k", "test_network and test_loss")
    result.assert_outcomes(failed=1, deselected=18)
    assert f"sys.path.insert(0, {str(exercises)!r})" in result.stdout.str()


@pytest.mark.parametrize(
    "options",
    [
        ["--strict-markers"],
        ["--strict-config", "--strict-markers"],
        ["--import-mode=importlib"],
        ["--import-mode=append"],
        ["-p", "no:cacheprovider"],
        ["-p", "no:terminal"],
        ["-p", "no:capture"],
        ["--capture=sys"],
        ["--capture=tee-sys"],
        ["-W", "error"],
        ["-v", "-v"],
        ["-x"],
        ["--lf"],
        ["--color=yes"],
        ["--setup-show"],
        ["--durations=3"],
        ["-p", "no:randomly", "--no-header", "--no-summary"],
    ],
    ids=" ".join,
)
def test_pytests_own_options_work(
    pytester: pytest.Pytester, exercises: Path, options: list[str]
) -> None:
    """All solutions pass under each of them, and stubs are no crash."""
    result = pytester.runpytest_inprocess("exercises", f"--submission={SOLUTIONS}", *options)
    assert result.ret == 0
    result = pytester.runpytest_inprocess("exercises", *options)
    assert result.ret == 1
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_one_test_by_its_id(pytester: pytest.Pytester, exercises: Path) -> None:
    """Runs what was asked for, and the table has one row."""
    result = pytester.runpytest_inprocess(
        "exercises/test_network.py::test_loss", f"--submission={SOLUTIONS}"
    )
    result.assert_outcomes(passed=1)
    assert "  ✓ loss  4/4" in result.outlines


# Other people's projects


def test_other_projects_are_left_alone(pytester: pytest.Pytester) -> None:
    """No numpy, no table, nothing of the kit but the plugin, in any run without our fixtures."""
    pytester.makepyfile(
        test_other="""
        import sys

        def test_nothing_is_loaded():
            assert 'gradcheck_kit.plugin' in sys.modules
            assert 'numpy' not in sys.modules
            ours = [n for n in sys.modules if n.startswith('gradcheck_kit.')]
            names = ['errors', 'hookspecs', 'plugin']  # hookspecs: signatures only
            assert sorted(ours) == [f'gradcheck_kit.{name}' for name in names]
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
    assert "gradcheck:" not in result.stdout.str()


def test_other_projects_may_use_our_names(pytester: pytest.Pytester) -> None:
    """Fixtures and markers of theirs win, and are not read by us."""
    pytester.makeini("[pytest]\nmarkers =\n    points(*a): theirs\n")
    pytester.makepyfile(
        test_other="""
        import pytest

        @pytest.fixture
        def learner():
            return 'theirs'

        @pytest.fixture
        def gradcheck():
            return 'theirs too'

        @pytest.mark.points('many', of='them')
        @pytest.mark.problem(1, 2, 3)
        def test_names(learner, gradcheck):
            assert (learner, gradcheck) == ('theirs', 'theirs too')

        @pytest.mark.points
        def test_plain():
            pass
        """
    )
    result = pytester.runpytest_subprocess("--strict-markers")
    result.assert_outcomes(passed=2)
    assert "gradcheck:" not in result.stdout.str()


def test_failures_of_other_tests_look_as_always(pytester: pytest.Pytester, exercises: Path) -> None:
    """A mixed run keeps pytest's own report for tests that are not ours."""
    (exercises / "test_other.py").write_text("def test_other():\n    assert 1 + 1 == 3\n")
    result = pytester.runpytest_inprocess("exercises")
    result.stdout.fnmatch_lines([">       assert 1 + 1 == 3", "E       assert (1 + 1) == 3"])
    assert "test_other" not in result.stdout.str().partition("= gradcheck:")[2].partition("=== ")[0]


def test_the_markers_and_options_are_documented(pytester: pytest.Pytester) -> None:
    """pytest --markers, --fixtures and --help describe what the kit adds."""
    text = pytester.runpytest_subprocess("--markers").stdout.str()
    assert "@pytest.mark.points(n, hidden=False):" in text
    assert "@pytest.mark.problem(name):" in text
    text = pytester.runpytest_subprocess("--help").stdout.str()
    for option in ("--submission", "--gradcheck-seed", "--gradcheck-lang", "--gradcheck-isolate"):
        assert option in text
    text = pytester.runpytest_subprocess("--fixtures").stdout.str()
    assert "learner" in text
    assert "gradcheck" in text


@pytest.mark.parametrize(
    ("encoding", "option", "korean"),
    [("ascii", (), False), ("utf-8", (), True), ("ascii", ("--gradcheck-lang", "ko"), False)],
)
def test_a_terminal_without_hangul_gets_english(
    pytester: pytest.Pytester,
    exercises: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    option: tuple[str, ...],
    korean: bool,
) -> None:
    """Rows of question marks help nobody, unless somebody asks for them."""
    monkeypatch.setenv("GRADCHECK_LANG", "ko")
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    result = pytester.runpytest_subprocess("exercises", "-k", "df_dx", *option)
    text = result.stdout.str()
    assert ("시작 전" in text) is korean
    assert ("not started (exercises" in text) is (not korean and not option)
