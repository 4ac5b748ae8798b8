"""What a failing test shows: our message, the learner's prints once, and no frames of ours."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from gradcheck_kit.display import python_as_typed

ROOT = Path(__file__).resolve().parents[2]
MISTAKES = ROOT / "tests" / "submissions" / "mistakes"

Append = Callable[..., None]
WRONG = "def loss(p, t):\n    {first}\n    return (p - t) ** 2"


def failures(result: pytest.RunResult) -> list[str]:
    """Return the lines of the section on failures, without its headings."""
    lines = result.outlines
    start = next(n for n, line in enumerate(lines) if "= FAILURES =" in line)
    end = next(n for n, line in enumerate(lines) if "= gradcheck:" in line)
    return [line for line in lines[start + 1 : end] if not line.startswith("___")]


def test_a_failure_is_our_message_and_nothing_else(
    pytester: pytest.Pytester, exercises: Path, append: Append
) -> None:
    """No source of the test, no frames, no "GradcheckFailure"."""
    append(exercises, WRONG.format(first="pass"))
    result = pytester.runpytest_inprocess("exercises", "-k", "test_network and test_loss")
    assert failures(result) == [
        "loss: L is 0.25, but 0.125 is right",
        "  call      loss(y_pred=0.75, y_true=0.25)",
        "  yours     0.25",
        "  expected  0.125",
        "  off by    0.125 (100 %)",
        "  mistake   The factor ½ is missing",
        "  shows in  19 of 19 calls; this is the simplest",
        *[line for line in failures(result) if line.startswith(("  hint", "            "))],
        "  open      exercises/network.py, line 212",
        "To repeat this call:",
        f"  {python_as_typed()} -c \"import sys; sys.path.insert(0, 'exercises'); "
        'from network import loss; print(loss(0.75, 0.25))"',
    ]


def test_the_short_summary_has_one_line_for_each_failure(
    pytester: pytest.Pytester,
    exercises: Path,
    append: Append,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In CI pytest shortens nothing: it must get the headline only."""
    monkeypatch.setenv("CI", "true")
    append(exercises, WRONG.format(first="pass"))
    result = pytester.runpytest_inprocess("exercises", "-k", "test_network and test_loss")
    at = next(n for n, line in enumerate(result.outlines) if "short test summary" in line)
    assert result.outlines[at + 1 : -1] == [
        "FAILED exercises/test_network.py::test_loss - loss: L is 0.25, but 0.125 is right"
    ]


@pytest.mark.parametrize("style", ["long", "short", "line", "native", "no", "auto"])
def test_every_style_of_traceback_shows_no_frames_of_ours(
    pytester: pytest.Pytester, exercises: Path, append: Append, style: str
) -> None:
    """--tb changes nothing about who is to blame."""
    append(exercises, "def loss(p, t): return 1 / 0")
    result = pytester.runpytest_inprocess("exercises", "-k", "test_loss", f"--tb={style}")
    text = result.stdout.str()
    for unwanted in ("gradcheck_kit/", "GradcheckFailure", "def test_loss", "__tracebackhide__"):
        assert unwanted not in text
    assert "ZeroDivisionError" in text


def test_an_exception_names_the_learners_line(
    pytester: pytest.Pytester, exercises: Path, append: Append
) -> None:
    """The file, the line and its text."""
    append(exercises, "def _half(x):\n    return x / 0\n\ndef loss(p, t):\n    return _half(p)")
    result = pytester.runpytest_inprocess("exercises", "-k", "test_network and test_loss")
    text = "\n".join(failures(result))
    assert "loss: it raises ZeroDivisionError: float division by zero" in text
    assert "network.py, line 216, in loss" in text
    assert "network.py, line 213, in _half" in text
    assert "return x / 0" in text


def test_what_the_learner_prints_appears_once(
    pytester: pytest.Pytester, exercises: Path, append: Append
) -> None:
    """The call that is shown is replayed once; probing is silent."""
    append(exercises, WRONG.format(first="print('p is', p)"))
    result = pytester.runpytest_inprocess("exercises", "-k", "test_network and test_loss")
    assert result.stdout.str().count("p is") == 1
    result.stdout.fnmatch_lines(["*Captured stdout call*", "p is 0.75"])


def test_what_right_code_prints_does_not_appear(
    pytester: pytest.Pytester, exercises: Path, append: Append
) -> None:
    """Neither with -s nor with -rA."""
    append(exercises, "_r = loss\ndef loss(p, t):\n    print('p is', p)\n    return _r(p, t)")
    result = pytester.runpytest_inprocess("exercises", "-k", "network", "-s", "-rA")
    assert result.ret == 0
    assert "p is" not in result.stdout.str()


def test_with_s_the_replay_is_live(
    pytester: pytest.Pytester, exercises: Path, append: Append
) -> None:
    """-s shows the one replay where it happens."""
    append(exercises, WRONG.format(first="print('p is', p)"))
    result = pytester.runpytest_inprocess("exercises", "-k", "test_network and test_loss", "-s")
    assert result.stdout.str().count("p is 0.75") == 1


def test_a_breakpoint_in_right_code_is_passed_over(
    pytester: pytest.Pytester, exercises: Path, append: Append
) -> None:
    """A hundred probing calls stop nowhere."""
    append(exercises, "_r = loss\ndef loss(p, t):\n    breakpoint()\n    return _r(p, t)")
    result = pytester.run(
        *pytester._getpytestargs(), "exercises", "-k", "test_loss", timeout=60, stdin=b""
    )
    assert "Pdb" not in result.stdout.str()
    result.assert_outcomes(passed=1, deselected=17)  # the other is a stub


@pytest.mark.parametrize("module", ["breakpoint()", "import pdb; pdb.set_trace()"])
def test_a_breakpoint_in_wrong_code_stops_once(
    pytester: pytest.Pytester, exercises: Path, append: Append, module: str
) -> None:
    """At the call that is shown, with the learner's own variables."""
    append(exercises, WRONG.format(first=module))
    result = pytester.run(
        *pytester._getpytestargs(), "exercises", "-k", "test_network and test_loss",
        timeout=60, stdin=b"p ('here', p, t)\nc\n",
    )  # fmt: skip
    text = result.stdout.str()
    assert text.count("('here', 0.75, 0.25)") == 1
    assert "loss: L is 0.25, but 0.125 is right" in text


def test_an_endless_loop_ends(
    pytester: pytest.Pytester, exercises: Path, append: Append, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next functions are checked, and the line is named."""
    from gradcheck_kit.learner import watchdog

    monkeypatch.setattr(watchdog.Watchdog.__init__, "__defaults__", (0.3, lambda text: None))
    append(exercises, "def loss(p, t):\n    while True:\n        pass")
    result = pytester.runpytest_inprocess("exercises", "-k", "test_network")
    result.assert_outcomes(passed=7, failed=1, deselected=11)
    text = "\n".join(failures(result))
    assert "loss: it does not end; is there an endless loop?" in text
    assert "network.py, line 213, in loss" in text


def test_junit_reports_are_valid_and_carry_the_message(
    pytester: pytest.Pytester, exercises: Path, append: Append
) -> None:
    """Also with control characters from learner code, and for stubs."""
    append(exercises, "def loss(p, t): raise ValueError('\\x00\\x1b[31m 기울기')")
    pytester.runpytest_inprocess("exercises", "--junitxml=report.xml")
    root = ET.parse(pytester.path / "report.xml").getroot()
    suite = root if root.tag == "testsuite" else root[0]
    assert suite.get("tests") == "19"
    cases = {(case.get("classname"), case.get("name")): case for case in suite.iter("testcase")}
    failure = cases["exercises.test_network", "test_loss"].find("failure")
    assert failure is not None
    assert "loss: it raises ValueError" in (failure.get("message") or "")
    assert "기울기" in (failure.text or "")
    assert "gradcheck_kit/" not in (failure.text or "")
    stub = cases["exercises.test_warmup", "test_df_dx"].find("failure")
    assert stub is not None
    assert "df_dx: not started" in (stub.get("message") or "")


def test_every_mistake_has_a_message_that_fits(pytester: pytest.Pytester, exercises: Path) -> None:
    """All mistakes at once: no line of a message is wider than 80 columns but commands."""
    from wcwidth import wcswidth

    folders = sorted(path for path in MISTAKES.iterdir() if path.is_dir())[:20]
    result = pytester.runpytest_inprocess(
        "exercises", "-q", *[f"--submission={folder}" for folder in folders]
    )
    assert result.ret == 1
    assert "INTERNALERROR" not in result.stdout.str()
    wide = [
        line
        for line in failures(result)
        if wcswidth(line) > 80 and not line.startswith(("  python -c", "there is no file"))
    ]
    assert [line for line in wide if str(MISTAKES) not in line] == []


def test_a_test_that_is_run_again_shows_its_own_failure(
    pytester: pytest.Pytester, exercises: Path
) -> None:
    """As plugins do that repeat failures: the second one was shown as nothing."""
    (exercises / "conftest.py").write_text(
        "from _pytest.runner import runtestprotocol\n"
        "def pytest_runtest_protocol(item, nextitem):\n"
        "    for _ in range(2):\n"
        "        if hasattr(item, '_initrequest'): item._initrequest()\n"
        "        reports = runtestprotocol(item, nextitem=nextitem, log=False)\n"
        "    for report in reports: item.ihook.pytest_runtest_logreport(report=report)\n"
        "    return True\n"
    )
    (exercises / "test_network.py").write_text(
        "runs = []\ndef test_loss(learner, gradcheck):\n    runs.append(1)\n"
        "    if len(runs) == 1: gradcheck.values(learner, 'loss')\n"
        "    assert runs == 'of its own'\n"
    )
    result = pytester.runpytest_inprocess(str(exercises / "test_network.py"))
    assert "runs == 'of its own'" in result.stdout.str()


@pytest.mark.parametrize("option", ["-p", "--no-header"])
def test_reports_of_others_get_the_headline(
    pytester: pytest.Pytester, exercises: Path, append: Append, option: str
) -> None:
    """With or without a terminal."""
    append(exercises, "def loss(p, t): return (p - t) ** 2")
    options = [option, "no:terminal"] if option == "-p" else [option]
    pytester.runpytest_inprocess(str(exercises), "--junitxml=junit.xml", "-k", "loss", *options)
    (failure, *_others) = ET.parse(pytester.path / "junit.xml").iter("failure")
    assert "\n" not in failure.attrib["message"]
    assert "more line" not in failure.attrib["message"]
