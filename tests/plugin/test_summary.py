"""What a learner sees at the end of a run."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from wcwidth import wcswidth

from gradcheck_kit.i18n import LOCALE_DIR
from gradcheck_kit.terminal import show_summary

ROOT = Path(__file__).resolve().parents[2]
MISTAKES = ROOT / "tests" / "submissions" / "mistakes"
SOLUTIONS = ROOT / "solutions"
WIDTH = 80

Table = Callable[[pytest.RunResult], list[str]]
Append = Callable[..., None]


def test_stubs_are_not_started_and_no_failures(
    pytester: pytest.Pytester, exercises: Path, table: Table
) -> None:
    """A fresh set shows a table, where to begin, and not a single traceback."""
    result = pytester.runpytest_inprocess("exercises")
    assert result.ret == 1
    text = result.stdout.str()
    assert result.outlines[-1].strip("= ").startswith("19 not started in")
    for unwanted in ("Traceback", "FAILURES", "FAILED", "NotImplementedError", "ERROR"):
        assert unwanted not in text
    assert result.stderr.str() == ""
    lines = table(result)
    rows = [line for line in lines if line.startswith("  ")]
    assert len([row for row in rows if "not started (exercises/" in row]) == 17
    assert "0 of 100 points (practice run, not a grade; seed 0)" in lines
    result.stdout.fnmatch_lines(["next  write df_dx in exercises/warmup.py, line *", "hint  *"])


def _pasted(lines: list[str], folder: Path) -> str:
    """Run the command in the row "more", as a learner would paste it."""
    (row,) = [line for line in lines if line.startswith("more  ")]
    run = subprocess.run(
        row.removeprefix("more  "), shell=True, cwd=folder, capture_output=True, text=True,
        encoding="utf-8", check=True,
    )  # fmt: skip
    return run.stdout


@pytest.mark.parametrize("name", ["exercises", "my own"])
def test_the_command_for_the_next_hint_can_be_pasted(
    pytester: pytest.Pytester, exercises: Path, table: Table, name: str
) -> None:
    """Wherever the exercises are, and whether or not the kit's command is on the path."""
    exercises.rename(pytester.path / name)
    lines = table(pytester.runpytest_inprocess(name))
    assert "warmup.df_dx" in _pasted(_joined(lines), pytester.path)


def test_the_command_that_explains_a_mistake_can_be_pasted(
    pytester: pytest.Pytester, exercises: Path, table: Table, append: Append
) -> None:
    """A mistake that was named is explained by its id."""
    append(exercises, "def loss(y_pred, y_true): return (y_pred - y_true) ** 2")
    lines = table(pytester.runpytest_inprocess("exercises", "-k", "test_network and test_loss"))
    assert _pasted(_joined(lines), pytester.path).startswith("loss-missing-half (network.loss)")


def test_no_hint_on_a_formula_for_a_name_error(
    pytester: pytest.Pytester, exercises: Path, table: Table, append: Append
) -> None:
    """The message says all there is; no hint, and no more of them."""
    append(exercises, "def loss(y_pred, y_true): return half * (y_pred - y_true) ** 2")
    lines = table(pytester.runpytest_inprocess("exercises", "-k", "test_network and test_loss"))
    assert [line for line in lines if line.startswith(("hint", "more"))] == []


def _joined(lines: list[str]) -> list[str]:
    """Join the lines of a wrapped row."""
    joined: list[str] = []
    for line in lines:
        if line.startswith("      ") and joined:
            joined[-1] += f" {line.strip()}"
        else:
            joined.append(line)
    return joined


def test_the_table_is_in_the_order_of_the_assignment(
    pytester: pytest.Pytester, exercises: Path, table: Table
) -> None:
    """Warm-ups first, and the files of the assignment in its order."""
    lines = table(pytester.runpytest_inprocess("exercises"))
    assert [line for line in lines if line.endswith(".py")] == [
        "warmup.py",
        "network.py",
        "batch.py",
    ]


def test_quiet_runs_have_the_same_table(
    pytester: pytest.Pytester, exercises: Path, table: Table
) -> None:
    """-q leaves out pytest's lines, not ours."""
    loud = table(pytester.runpytest_inprocess("exercises"))
    assert table(pytester.runpytest_inprocess("exercises", "-q")) == loud


def test_solutions_pass(pytester: pytest.Pytester, exercises: Path, table: Table) -> None:
    """All points, exit status 0, and a word of praise."""
    result = pytester.runpytest_inprocess("exercises", f"--submission={SOLUTIONS}")
    assert result.ret == 0
    lines = table(result)
    assert "100 of 100 points (practice run, not a grade; seed 0)" in lines
    assert "next  everything is right; well done!" in lines
    assert not [line for line in lines if "✗" in line or "○" in line]


def test_a_mistake_is_the_next_thing_to_mend(
    pytester: pytest.Pytester, exercises: Path, table: Table
) -> None:
    """Functions above it follow through; the way ahead starts at the mistake."""
    result = pytester.runpytest_inprocess(
        "exercises", "-k", "network", f"--submission={MISTAKES / 'case_34'}"
    )
    assert result.ret == 1
    result.assert_outcomes(passed=7, failed=1, deselected=11)
    lines = table(result)
    marks = {line.split()[1]: line.split()[0] for line in lines if line[2:3] in "✓✗○"}
    assert marks.pop("sigmoid") == "✗"
    assert set(marks.values()) == {"✓"}
    assert len([line for line in lines if line.endswith("right; mend sigmoid first")]) == 4
    assert "46 of 50 points (practice run, not a grade; seed 0)" in lines
    assert any(line.startswith("next  mend sigmoid in") for line in lines)


def test_what_was_not_run_does_not_hold_up_the_next_step(
    pytester: pytest.Pytester, exercises: Path, table: Table
) -> None:
    """With -k only the functions of this run count."""
    result = pytester.runpytest_inprocess("exercises", "-k", "test_network and test_train")
    assert any(line.startswith("next  write train in") for line in table(result))


LONG = {
    "a very long exception": "def loss(p, t): raise ValueError('x' * 500)",
    "a long word": "def loss(p, t): return 'y' * 500",
    "lines in an exception": "def loss(p, t): raise ValueError('one\\n\\ntwo' * 50)",
    "Hangul in an exception": "def loss(p, t): raise ValueError('틀렸어요 ' * 100)",
    "a long parameter list": "def loss(" + ", ".join(f"parameter_{n}" for n in range(40)) + "): 0",
    "control characters": "def loss(p, t): raise ValueError('\\x1b[31m\\x07\\x00')",
    "emoji": "def loss(p, t): raise ValueError('😀' * 100)",
}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("code", [*LONG.values(), ""], ids=[*LONG, "nothing"])
def test_no_line_of_the_table_is_wider_than_the_terminal(
    pytester: pytest.Pytester,
    exercises: Path,
    append: Append,
    table: Table,
    code: str,
    language: str,
) -> None:
    """80 columns, where Hangul takes two each and control characters none."""
    if not list((LOCALE_DIR / language).glob("**/*.mo")) and language != "en":
        pytest.skip(f"no compiled messages for {language}")
    append(exercises, code)
    result = pytester.runpytest_inprocess("exercises", "--gradcheck-lang", language)
    lines = table(result)
    assert len(lines) > 20
    for line in lines[1:]:
        assert 0 <= wcswidth(line) <= WIDTH, line
    assert "network.py" in lines


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_heading_is_no_wider_than_the_terminal(
    pytester: pytest.Pytester, exercises: Path, table: Table, language: str
) -> None:
    """The title of the assignment may be Hangul."""
    result = pytester.runpytest_inprocess("exercises", "--gradcheck-lang", language)
    assert wcswidth(table(result)[0]) <= WIDTH


def test_korean_is_spoken_when_asked_for(pytester: pytest.Pytester, exercises: Path) -> None:
    """The option decides over the environment; the rest of pytest stays as it is."""
    if not list((LOCALE_DIR / "ko").glob("**/*.mo")):
        pytest.skip("no compiled messages for ko")
    result = pytester.runpytest_inprocess("exercises", "--gradcheck-lang", "ko")
    text = result.stdout.str()
    assert "손으로 만드는 2층 신경망" in text
    assert "100점 중 0점" in text
    assert "not a grade" not in text
    from gradcheck_kit.i18n import active_language

    assert active_language() == "en"  # as it was before the run


def test_a_run_without_learners_tests_has_no_table(
    pytester: pytest.Pytester, exercises: Path
) -> None:
    """Nothing was checked, so there is nothing to show."""
    result = pytester.runpytest_inprocess("exercises", "-k", "nothing_of_that_name")
    assert "gradcheck:" not in result.stdout.str()


def test_collecting_only_has_no_table(pytester: pytest.Pytester, exercises: Path) -> None:
    """--collect-only lists the 19 tests."""
    result = pytester.runpytest_inprocess("exercises", "--collect-only", "-q")
    assert result.ret == 0
    assert len([line for line in result.outlines if "::test_" in line]) == 19
    assert "gradcheck:" not in result.stdout.str()


def test_a_test_of_an_authors_own_has_a_row(
    pytester: pytest.Pytester, append: Append, table: Table
) -> None:
    """Its name stands for the function, and its points count."""
    append(pytester.path / "course", "")
    (pytester.path / "course" / "test_network.py").write_text(
        "import pytest\n"
        "@pytest.mark.points(3)\n"
        "def test_by_hand(learner):\n"
        "    assert learner.call('network.loss', 0.75, 0.25) == 0.125\n"
    )
    result = pytester.runpytest_inprocess("course")
    assert result.ret == 0
    lines = table(result)
    assert "network.py" in lines
    assert any("✓ test_by_hand" in line and "3/3" in line for line in lines)


@pytest.mark.parametrize("what", ["stubs", "case_34", "case_33"])
def test_xdist_shows_the_same(
    pytester: pytest.Pytester, exercises: Path, table: Table, what: str
) -> None:
    """Two workers bring the same table and the same messages."""
    pytest.importorskip("xdist")
    arguments = (
        ["exercises"] if what == "stubs" else ["exercises", f"--submission={MISTAKES / what}"]
    )
    alone = pytester.runpytest_inprocess(*arguments)
    shared = pytester.runpytest_subprocess(*arguments, "-p", "xdist", "-n", "2")
    assert shared.ret == alone.ret
    assert table(shared) == table(alone)
    assert _messages(shared) == _messages(alone)


class _Reporter:
    """Stands in for pytest's terminal reporter."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._tw = SimpleNamespace(fullwidth=WIDTH)

    def ensure_newline(self) -> None:
        """Do nothing: every line is one already."""

    def write_line(self, line: str, **markup: bool) -> None:
        self.lines.append(line)


def test_the_order_in_which_results_arrive_does_not_matter() -> None:
    """xdist's workers bring results in any order; the table is the same."""
    results = [
        {
            "test": f"test_network.py::test_grad_{name}", "function": "network.backward",
            "points": 0.0, "max_points": 10.0, "outcome": "wrong", "brief": f"grad_{name}",
            "line": 1, "order": order, "place": 6, "label": "exercises", "submission": 0,
            "folder": ".", "nodeid": f"test_network.py::test_grad_{name}", "hidden": False,
            "blamed": True, "diagnosis": [], "notes": [], "message": f"grad_{name} is wrong",
        }
        for order, name in enumerate(("w2", "w1"))
    ]  # fmt: skip
    tables = []
    for arrived in (results, results[::-1]):
        reporter = _Reporter()
        show_summary(reporter, arrived, "utf-8", 0)  # type: ignore[arg-type]
        tables.append(reporter.lines)
    assert tables[0] == tables[1]
    assert any("grad_w2" in line for line in tables[0])


def _messages(result: pytest.RunResult) -> set[str]:
    """Return the indented lines of all failures."""
    text = result.stdout.str().partition("= FAILURES =")[2].partition("= gradcheck:")[0]
    return {line for line in text.splitlines() if line.startswith("  ")}


def test_xdist_finds_out_what_the_terminal_can_show(
    pytester: pytest.Pytester, exercises: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages are made in workers, whose own output is a pipe."""
    pytest.importorskip("xdist")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    result = pytester.run(
        sys.executable, "-m", "pytest", "exercises", "-n", "2",
        f"--submission={MISTAKES / 'case_33'}",
    )  # fmt: skip
    assert result.ret == 1
    assert result.stdout.str().isascii()
    assert "  x backward" in result.stdout.str()
