"""Real mistakes are blamed on the right function, and right code on none."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gradcheck_kit.checks.finding import Verdict
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner.learner import Learner
from gradcheck_kit.problems import get_problem

ROOT = Path(__file__).resolve().parents[2]
SUBMISSIONS = ROOT / "tests" / "submissions"
MISTAKES = json.loads((SUBMISSIONS / "mistakes" / "index.json").read_text(encoding="utf-8"))
CORRECT = sorted(path.name for path in (SUBMISSIONS / "correct").iterdir())
LEVELS = {"w": "warmup", "s": "network", "b": "batch"}
SEEDS = (0, 20_24)

LearnerIn = Callable[[Path], Learner]


def verdicts(learner: Learner, problem: str, seed: int) -> dict[str, list[Verdict]]:
    """Return the verdicts on every return of every function, by full name."""
    judge = Judge(learner, get_problem(problem), seed)
    return {
        f"{problem}.{function.name}": [
            judge.verdict(function.name, entry.name) for entry in function.returns
        ]
        for function in get_problem(problem).functions
    }


def blamed(found: dict[str, list[Verdict]]) -> set[str]:
    """Return the functions that are blamed for anything."""
    return {name for name, several in found.items() if any(v.blamed for v in several)}


def test_there_are_57_mistakes_and_every_level_has_right_code() -> None:
    """The data is complete, so that the tests below mean something."""
    assert len(MISTAKES) == 57
    assert {name[0] for name in CORRECT} == set(LEVELS)
    assert len(CORRECT) == 37


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_blamed_where_it_was_made(learner_in: LearnerIn, case: str, seed: int) -> None:
    """The functions at fault are blamed, no others, and those above them earn their points."""
    facts = MISTAKES[case]
    found = verdicts(learner_in(SUBMISSIONS / "mistakes" / case), facts["level"], seed)
    assert blamed(found) == set(facts["blame"])
    for name, several in found.items():
        if name not in facts["blame"]:
            # What differs from the reference follows through; what does not may do so, too.
            assert all(v.outcome in ("passed", "follow_through") for v in several), name
            assert all(v.is_right for v in several), name


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CORRECT)
def test_right_code_in_any_style_passes(learner_in: LearnerIn, name: str, seed: int) -> None:
    """No point is lost, and the only remark is one about overflow far out."""
    found = verdicts(learner_in(SUBMISSIONS / "correct" / name), LEVELS[name[0]], seed)
    for function, several in found.items():
        allowed = {"overflow"} if "sigmoid" in function else set()
        for verdict in several:
            assert verdict.outcome == "passed", function
            assert not verdict.blamed
            assert set(verdict.notes) <= allowed, function


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("problem", LEVELS.values())
def test_solutions_pass_without_a_remark(learner_in: LearnerIn, problem: str, seed: int) -> None:
    """The solutions are exemplary: not even a note."""
    found = verdicts(learner_in(ROOT / "solutions"), problem, seed)
    for function, several in found.items():
        assert {v.outcome for v in several} == {"passed"}, function
        assert all(v.notes == () and v.finding is None for v in several), function


@pytest.mark.parametrize("problem", LEVELS.values())
def test_stubs_are_not_started_and_nobody_is_blamed(learner_in: LearnerIn, problem: str) -> None:
    """A stub is no mistake, and its line in the file is known."""
    found = verdicts(learner_in(ROOT / "exercises"), problem, 0)
    assert not blamed(found)
    lines = (ROOT / "exercises" / f"{problem}.py").read_text(encoding="utf-8").splitlines()
    for function, several in found.items():
        for verdict in several:
            assert verdict.outcome == "not_started", function
            assert verdict.line is not None
            assert lines[verdict.line - 1].startswith(f"def {function.partition('.')[2]}(")
