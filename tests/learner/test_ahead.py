"""Questions that a worker is asked ahead: the same verdicts, whenever the answers are read."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from gradcheck_kit.checks.questions import plan
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner import isolated
from gradcheck_kit.learner.ahead import Plan
from gradcheck_kit.learner.isolated import IsolatedLearner, WorkerPool
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.problems import get_problem

ROOT = Path(__file__).resolve().parents[2]
SHORT = Limits(load=2.0, calls=0.4, submission=30.0)
NAMES = ("warmup", "network", "batch")

LearnerOf = Callable[..., IsolatedLearner]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerPool]:
    pool = WorkerPool()
    pool.start(tmp_path_factory.mktemp("none")).end()
    yield pool
    pool.close()


@pytest.fixture
def learner_of(tmp_path: Path, pool: WorkerPool) -> Iterator[LearnerOf]:
    """Return a function that makes a learner, asked ahead, with more in network.py."""
    made: list[IsolatedLearner] = []

    def learner_of(code: str = "", *, is_ahead: bool = True) -> IsolatedLearner:
        for name in NAMES:
            text = (ROOT / "solutions" / f"{name}.py").read_text(encoding="utf-8")
            more = dedent(code) if name == "network" else ""
            (tmp_path / f"{name}.py").write_text(f"{text}\n\n{more}", encoding="utf-8")
        made.append(IsolatedLearner("learner", tmp_path, pool, SHORT))
        if is_ahead:
            made[-1].ask_ahead(plan(map(get_problem, NAMES), 0))
        return made[-1]

    yield learner_of
    for learner in made:
        learner.close()


def outcomes(learner: IsolatedLearner, *names: str) -> dict[str, str]:
    """Judge all functions of problems, or some; return their outcomes."""
    found = {}
    for problem in map(get_problem, names or NAMES):
        judge = Judge(learner, problem, 0)
        for function in problem.functions:
            verdict = judge.verdict(function.name)
            found[f"{problem.name}.{function.name}"] = verdict.outcome
    return found


CODES = {
    "right": "",
    "wrong": "def update(w, grad, lr):\n    return w + lr * grad\n",
    "lower": "def sigmoid(z):\n    return z\n",
    "missing": "del loss\n",
    "stub": "def loss(y_pred, y_true):\n    raise NotImplementedError\n",
    "parameters": "def loss(y_pred):\n    return 0.0\n",
    "async": "async def loss(y_pred, y_true):\n    return 0.0\n",
    "raises": "def forward(x, w1, w2):\n    raise ValueError\n",
    "import": "raise RuntimeError\n",
    "syntax": "def\n",
    "ends": "import os\ndef update(w, grad, lr):\n    os._exit(1)\n",
    "ends at once": "import os\nos._exit(1)\n",
    "hangs": "def update(w, grad, lr):\n    while True:\n        pass\n",
    "lower hangs": "def sigmoid(z):\n    while True:\n        pass\n",
    "hangs at once": "while True:\n    pass\n",
    "closes": "import os\nos.closerange(3, 50)\n",
}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_the_verdicts_are_those_of_one_question_after_the_other(
    learner_of: LearnerOf, code: str
) -> None:
    ahead = outcomes(learner_of(code))
    assert ahead == outcomes(learner_of(code, is_ahead=False))
    assert set(list(ahead.values())[:3]) == {"passed"}


def test_one_worker_answers_everything(learner_of: LearnerOf) -> None:
    learner = learner_of()
    assert set(outcomes(learner).values()) == {"passed"}
    assert learner.workers_lost == 0
    assert learner._shared.number == 1
    assert len(learner._seats) == 1


def test_what_nobody_asked_for_costs_nobody_anything(learner_of: LearnerOf) -> None:
    """A function without a test hangs: what comes after it is asked in a fresh worker."""
    learner = learner_of("def train(x, y_true, w1, w2, lr, steps):\n    while True: pass\n")
    assert set(outcomes(learner, "warmup").values()) == {"passed"}
    began = time.monotonic()
    copy = learner.copy("batch.py", {"sigmoid": 1})
    assert copy.load().status == "loaded"
    judge = Judge(learner, get_problem("batch"), 0)
    assert judge.verdict("loss").outcome == "passed"
    assert learner.workers_lost == 0
    assert time.monotonic() - began < 5.0


def test_a_function_without_a_test_takes_no_time_from_those_with_one(
    learner_of: LearnerOf,
) -> None:
    learner = learner_of(CODES["lower hangs"])
    learner._end = learner._share_end = time.monotonic() + 0.3
    judge = Judge(learner, get_problem("network"), 0, lambda: 1)
    assert judge.verdict("loss").outcome == "passed"
    assert learner.workers_lost == 0


@pytest.mark.parametrize("code", [CODES["hangs at once"], CODES["ends at once"]])
def test_a_file_without_a_test_takes_no_time_from_those_with_one(
    learner_of: LearnerOf, code: str
) -> None:
    learner = learner_of(code)
    learner._end = learner._share_end = time.monotonic() + 0.3
    judge = Judge(learner, get_problem("batch"), 0, lambda: 1)
    assert judge.verdict("loss").outcome == "passed"
    assert learner.workers_lost == 0


def test_a_question_between_waits_for_what_the_worker_is_busy_with(learner_of: LearnerOf) -> None:
    """Here the slope of the learner's own loss, which only a wrong gradient needs."""
    learner = learner_of(
        """
        def backward(x, y_true, w1, w2):
            return 1.0, 2.0
        """
    )
    judge = Judge(learner, get_problem("network"), 0)
    finding = judge.verdict("backward", "w1").finding
    assert finding is not None
    assert "own_slope" in finding.facts
    assert judge.verdict("train").outcome == "follow_through"
    assert learner.workers_lost == 0
    assert learner._shared.number == 1


def test_other_points_are_other_questions(learner_of: LearnerOf) -> None:
    learner = learner_of()
    judge = Judge(learner, get_problem("network"), 0)
    copy = judge._copy
    assert copy.load().status == "loaded"
    assert copy.call_many("loss", [(0.5, 1.0)]) == [CallResult("returned", 0.125, 0.125)]
    assert judge.verdict("loss").outcome == "passed"
    other = Judge(learner, get_problem("network"), 1)  # of another seed
    assert other.verdict("loss").outcome == "passed"


def test_calls_of_an_author_do_not_load_a_module_twice(learner_of: LearnerOf) -> None:
    learner = learner_of("import sys\nsys.loads = getattr(sys, 'loads', 0) + 1\n"
                         "def loads():\n    return sys.loads\n")  # fmt: skip
    assert learner.call("network.loads") == 1
    assert set(outcomes(learner).values()) == {"passed"}
    assert learner.call("network.loads") == 1


def test_a_worker_that_was_busy_for_long_starts_anew(
    learner_of: LearnerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have used up the processor time that the system lets it use."""
    learner = learner_of()
    monkeypatch.setattr(isolated, "_AHEAD_SECONDS", -1.0)
    learner.take_turn()
    assert learner._shared.number == 2
    assert set(outcomes(learner).values()) == {"passed"}
    assert learner._shared.number == 2
    assert learner.workers_lost == 0


def test_time_counts_from_a_learners_own_turn(learner_of: LearnerOf) -> None:
    learner = learner_of()
    learner._end = learner._share_end = 0.0
    learner.take_turn()
    assert outcomes(learner, "warmup")["warmup.df_dx"] == "passed"


def test_values_that_cannot_be_sent_are_met_when_they_are_asked(learner_of: LearnerOf) -> None:
    """A course's own points: the test that asks is the one to say so."""
    learner = learner_of(is_ahead=False)
    part = plan([get_problem("warmup")], 0).parts[0]
    points = type(part.calls[0][1])([(object(), 1.0)])
    learner.ask_ahead(Plan([type(part)(part.file, part.expected, (("df_dx", points),))]))
    assert set(outcomes(learner).values()) == {"passed"}
