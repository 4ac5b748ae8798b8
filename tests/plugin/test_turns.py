"""The worker of the next submission is busy while the one before has its turn."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner import isolated, wire
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.learner.isolated import IsolatedLearner
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.problems import get_problem
from gradcheck_kit.turns import Turn, Turns

ROOT = Path(__file__).resolve().parents[2]
PROBLEM = get_problem("warmup")
SHORT = Limits(load=1.0, calls=1.0)


@pytest.fixture
def three(tmp_path: Path) -> list[Turn]:
    """Return the turns of three submissions."""
    for name in "abc":
        (tmp_path / name).mkdir()
        shutil.copy(ROOT / "solutions" / "warmup.py", tmp_path / name)
    return [Turn(tmp_path / name, number, Imports()) for number, name in enumerate("abc")]


@pytest.fixture
def turns() -> Iterator[Turns]:
    made = Turns(0, None, SHORT)
    yield made
    made.close()


def expect(turns: Turns, all_turns: list[Turn], *, in_order: bool = True) -> None:
    turns.expect(dict.fromkeys(all_turns, (PROBLEM,)), in_order=in_order)


def outcomes(learner: IsolatedLearner) -> set[str]:
    judge = Judge(learner, PROBLEM, 0)
    return {judge.verdict(function.name).outcome for function in PROBLEM.functions}


def test_the_next_one_has_begun(turns: Turns, three: list[Turn]) -> None:
    expect(turns, three)
    for number, turn in enumerate(three):
        learner = turns.take(turn)
        assert list(turns._waiting) == three[number + 1 : number + 2]
        assert all(not waiting._shared.is_empty for waiting in turns._waiting.values())
        assert outcomes(learner) == {"passed"}
        learner.close()


def test_in_another_order_nobody_is_left_waiting(turns: Turns, three: list[Turn]) -> None:
    expect(turns, three)
    turns.take(three[0]).close()
    skipped = turns._waiting[three[1]]
    last = turns.take(three[2])
    assert skipped._shared.is_empty
    assert not turns._waiting
    assert outcomes(last) == {"passed"}
    last.close()


def test_where_nobody_knows_the_order_nobody_is_started(turns: Turns, three: list[Turn]) -> None:
    """The workers of xdist."""
    expect(turns, three, in_order=False)
    learner = turns.take(three[0])
    assert not turns._waiting
    assert outcomes(learner) == {"passed"}
    learner.close()


def test_at_the_end_nobody_is_left(three: list[Turn]) -> None:
    turns = Turns(0, None, SHORT)
    expect(turns, three)
    turns.take(three[0]).close()
    waiting = turns._waiting[three[1]]
    turns.close()
    assert waiting._shared.is_empty
    assert not turns._waiting


def test_one_that_hangs_does_not_run_beside_another_for_long(
    turns: Turns, three: list[Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took the processor from it; in its own turn it starts anew, and is told what it does."""
    monkeypatch.setattr(wire, "LONG_WAIT", 0.1)
    monkeypatch.setattr(isolated, "_AHEAD_SECONDS", 0.05)
    (three[0].path / "warmup.py").write_text(
        (ROOT / "solutions" / "warmup.py").read_text(encoding="utf-8")
        + "\nimport time\ntime.sleep(0.4)\n",
        encoding="utf-8",
    )
    (three[1].path / "warmup.py").write_text("while True: pass\n", encoding="utf-8")
    expect(turns, three)
    learner = turns.take(three[0])
    hanging = turns._waiting[three[1]]
    assert outcomes(learner) == {"passed"}
    assert hanging._shared.is_empty
    learner.close()
    began = time.monotonic()
    assert outcomes(turns.take(three[1])) == {"timed_out"}
    assert time.monotonic() - began > 0.9  # as long as any other
    hanging.close()


def test_points_that_raise_are_met_by_their_test(turns: Turns, three: list[Turn]) -> None:
    def broken(_rng: object) -> list[tuple[float, ...]]:
        raise ZeroDivisionError

    functions = tuple(replace(function, points=broken) for function in PROBLEM.functions)
    problem = replace(PROBLEM, functions=functions)
    turns.expect(dict.fromkeys(three, (problem,)), in_order=True)
    learner = turns.take(three[0])
    with pytest.raises(ZeroDivisionError):
        Judge(learner, problem, 0).verdict("df_dx")
    learner.close()


def test_what_is_too_much_for_one_message_is_asked_one_by_one(
    turns: Turns, three: list[Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that could not read it ended, and the whole class was blamed."""
    monkeypatch.setattr("gradcheck_kit.learner.ahead.message", lambda plain: [plain] * 3000)
    expect(turns, three)
    learner = turns.take(three[0])
    assert learner._ahead is None
    assert outcomes(learner) == {"passed"}
    learner.close()
