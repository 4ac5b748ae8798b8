"""Learner code in this process: a time limit for every call, and one live replay."""

import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.errors import GradcheckFailure
from gradcheck_kit.learner.inprocess import InProcessLearner
from gradcheck_kit.learner.watchdog import CallTimedOut, Watchdog
from gradcheck_kit.problems import get_problem

SOLUTION = Path(__file__).resolve().parents[2] / "solutions" / "network.py"
LIMIT = 0.3

LearnerOf = Callable[..., InProcessLearner]


@pytest.fixture
def learner_of(tmp_path: Path) -> LearnerOf:
    """Return a function that makes a learner whose network.py is the solution and more."""

    def learner_of(code: str, seconds: float = LIMIT) -> InProcessLearner:
        text = SOLUTION.read_text(encoding="utf-8") + "\n\n" + dedent(code)
        (tmp_path / "network.py").write_text(text, encoding="utf-8")
        return InProcessLearner("learner", tmp_path, Watchdog(seconds))

    return learner_of


def judge(learner: InProcessLearner) -> Judge:
    return Judge(learner, get_problem("network"), 0)


ENDLESS = {
    "a loop": ("while True:\n        pass", "while True:"),
    "a generator": ("return sum(1 for _ in iter(int, 1))", "return sum(1 for _ in iter(int, 1))"),
    "an exception handler": (
        "n = 0\n    while True:\n        try:\n            n += 1\n"
        "        except Exception:\n            pass",
        None,
    ),
    "a bare except, then a result": (
        "try:\n        while True:\n            pass\n    except:\n        pass\n    return 0.0",
        None,
    ),
    "a sleep": ("import time\n    time.sleep(0.5)", "time.sleep(0.5)"),
}


@pytest.mark.parametrize(("body", "source"), ENDLESS.values(), ids=ENDLESS)
def test_a_call_that_does_not_end_is_timed_out(
    learner_of: LearnerOf, body: str, source: str | None
) -> None:
    """The call and the line are named, and the next function is judged."""
    judging = judge(learner_of(f"def loss(p, t):\n    {body}"))
    start = time.monotonic()
    verdict = judging.verdict("loss")
    assert time.monotonic() - start < 10 * LIMIT
    assert verdict.outcome == "timed_out"
    assert verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.arguments == (0.75, 0.25)
    if source is not None:
        assert verdict.finding.trouble is not None
        file, line, name, text = verdict.finding.trouble.frames[0]
        assert (file, name, text) == ("network.py", "loss", source)
        assert line > len(SOLUTION.read_text(encoding="utf-8").splitlines())
    assert judging.verdict("update").outcome == "passed"


def test_one_call_in_many_that_does_not_end_is_found(learner_of: LearnerOf) -> None:
    """The arguments that make it hang are told."""
    code = "_r = loss\ndef loss(p, t):\n    while p < 0.3: pass\n    return _r(p, t)"
    finding = judge(learner_of(code)).verdict("loss").finding
    assert finding is not None
    assert finding.outcome == "timed_out"
    assert finding.arguments == (0.2, 0.9)


def test_callers_of_what_does_not_end_follow_through(learner_of: LearnerOf) -> None:
    """A hanging loss does not cost train its points."""
    judging = judge(learner_of("def loss(p, t):\n    while True: pass"))
    assert judging.verdict("train").outcome == "follow_through"
    assert judging.verdict("train").mend_first == ("loss",)


def test_an_import_that_does_not_end_is_timed_out(learner_of: LearnerOf) -> None:
    """The file is the one that hangs, at this line; nobody is blamed."""
    verdict = judge(learner_of("n = 0\nwhile True:\n    n += 1")).verdict("loss")
    assert verdict.outcome == "timed_out"
    assert not verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.reason == "file-timed_out"
    assert verdict.finding.trouble is not None
    assert verdict.finding.trouble.frames[0][2] == "<module>"


def test_slow_calls_within_the_limit_are_fine(learner_of: LearnerOf) -> None:
    """The limit is for one call, not for all of them together."""
    code = "import time\n_r = loss\ndef loss(p, t):\n    time.sleep(0.03)\n    return _r(p, t)"
    assert judge(learner_of(code)).verdict("loss").outcome == "passed"


def test_the_watchdog_says_what_it_waits_for_when_it_cannot_interrupt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Code that waits inside C gets one announcement, and the limit still counts."""
    monkeypatch.setattr("gradcheck_kit.learner.watchdog._ANNOUNCE_AFTER_SECONDS", 0.05)
    monkeypatch.setattr("gradcheck_kit.learner.watchdog._REPEAT_SECONDS", 0.05)
    said: list[str] = []
    watchdog = Watchdog(0.05, said.append)
    with pytest.raises(CallTimedOut), watchdog.limit(lambda: "loss(1, 2)"):
        time.sleep(0.8)
    assert said == ["loss(1, 2)"]


def test_the_watchdog_leaves_quick_code_alone() -> None:
    """Nothing is raised in or after a body that is done in time."""
    watchdog = Watchdog(0.1)
    for _ in range(3):
        with watchdog.limit(str):
            pass
    time.sleep(0.25)
    with pytest.raises(ZeroDivisionError), watchdog.limit(str):
        _ = 1 / 0


def test_replay_is_live_and_happens_once(
    learner_of: LearnerOf, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is shown is printed, with arrays that the learner may write to."""
    code = "def loss(p, t):\n    print('loss of', p, t)\n    p[0] = 5\n    return p"
    learner = learner_of(code)
    argument = np.array([1.0])
    learner.replay("network.py", "loss", (argument, 2))
    assert capsys.readouterr().out == "loss of [1.] 2\n"
    assert argument.tolist() == [1.0]


@pytest.mark.parametrize("body", ["raise ValueError", "import sys; sys.exit()", "return 1 / 0"])
def test_replay_ends_quietly_where_the_call_fails(learner_of: LearnerOf, body: str) -> None:
    """The message tells about it already."""
    learner_of(f"def loss(p, t): {body}").replay("network.py", "loss", (1.0, 2.0))


def test_replay_of_a_file_that_does_not_load_does_nothing(learner_of: LearnerOf) -> None:
    """There is nothing to call."""
    learner_of("1 / 0").replay("network.py", "loss", (1.0, 2.0))


# learner.call, for tests of an author's own


def test_call_returns_plain_values(learner_of: LearnerOf) -> None:
    """Named tuples become tuples, subclasses their base, and arrays are copies."""
    learner = learner_of(
        """
        import collections
        import numpy as np
        Pair = collections.namedtuple('Pair', 'a b')
        class Own(float): pass
        calls = []
        def pair(x):
            calls.append(x)
            return Pair(Own(x), np.arange(3.0))
        def count(): return len(calls)
        """
    )
    value = learner.call("network.pair", 2.0)
    assert type(value) is tuple
    assert type(value[0]) is float
    assert value[1].tolist() == [0.0, 1.0, 2.0]
    learner.call("network.pair", 3.0)
    assert learner.call("network.count") == 2  # one module for all calls
    assert learner.call("network.loss", 0.75, 0.25) == 0.125


@pytest.mark.parametrize(
    ("function", "outcome", "text"),
    [
        ("network.nothing", "missing", "no nothing"),
        ("network.fails", "raised", "ZeroDivisionError"),
        ("network.hangs", "timed_out", "hangs"),
        ("batch.loss", "missing", "batch.py"),
    ],
)
def test_call_fails_with_the_outcome(
    learner_of: LearnerOf, function: str, outcome: str, text: str
) -> None:
    """A test of an author's own fails as the checks do."""
    learner = learner_of("def fails(): return 1 / 0\ndef hangs():\n    while True: pass")
    with pytest.raises(GradcheckFailure, match=text) as caught:
        learner.call(function)
    assert caught.value.outcome == outcome


def test_call_of_a_stub_is_not_started(learner_of: LearnerOf) -> None:
    """A stub is no mistake for an author's own test either."""
    learner = learner_of("def loss(p, t): raise NotImplementedError('to do')")
    with pytest.raises(GradcheckFailure) as caught:
        learner.call("network.loss", 1.0, 2.0)
    assert caught.value.outcome == "not_started"


def test_call_with_the_wrong_number_of_arguments_is_no_crash(learner_of: LearnerOf) -> None:
    """The text is Python's own."""
    with pytest.raises(GradcheckFailure, match="TypeError"):
        learner_of("").call("network.loss", 1.0)


def test_a_single_file_stands_alone(tmp_path: Path) -> None:
    """Of a folder with all three files only the one that was handed in counts."""
    for name in ("network.py", "warmup.py"):
        text = (SOLUTION.parent / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    learner = InProcessLearner("one", tmp_path, Watchdog(), tmp_path / "network.py")
    assert judge(learner).verdict("loss").outcome == "passed"
    assert Judge(learner, get_problem("warmup"), 0).verdict("df_dx").outcome == "missing"
