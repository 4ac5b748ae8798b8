"""Questions that a worker is asked ahead: the same verdicts, whenever the answers are read."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from gradcheck_kit.checks.questions import kept_questions
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner import isolated, wire
from gradcheck_kit.learner.ahead import FilePlan, Plan
from gradcheck_kit.learner.isolated import IsolatedLearner, WorkerPool
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.learner.values import KeptPoints
from gradcheck_kit.problems import get_problem
from gradcheck_kit.turns import plan

ROOT = Path(__file__).resolve().parents[2]
SHORT = Limits(load=2.0, calls=0.4, submission=30.0)
NAMES = ("warmup", "network", "batch")

LearnerOf = Callable[..., IsolatedLearner]


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


def workers_of(learner: IsolatedLearner) -> int:
    """Return how many workers were started for a learner."""
    return sum(seat.number for seat in learner._seats)


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
    "signature hangs": """
class Odd:
    @property
    def __signature__(self):
        while True: pass
    def __call__(self, y_pred, y_true):
        return 0.5 * (y_pred - y_true) ** 2
loss = Odd()
""",
    "more frames": """
import os, stat
def update(w, grad, lr):
    for number in range(3, 40):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, b"gck1" + bytes(4))
        except OSError:
            pass
    return w - lr * grad
""",
}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_the_verdicts_are_those_of_one_question_after_the_other(
    learner_of: LearnerOf, code: str
) -> None:
    ahead = outcomes(learner_of(code))
    assert ahead == outcomes(learner_of(code, is_ahead=False))
    assert set(list(ahead.values())[:3]) == {"passed"}


@pytest.mark.parametrize("is_ahead", [False, True])
def test_a_file_that_hangs_at_its_import_is_imported_once(
    learner_of: LearnerOf, is_ahead: bool
) -> None:
    """Stand-ins cannot help it: six more workers waited for it, five seconds each."""
    learner = learner_of(CODES["hangs at once"], is_ahead=is_ahead)
    assert set(outcomes(learner, "network").values()) == {"timed_out"}
    assert learner.workers_lost == 1
    assert workers_of(learner) == 1


def test_one_worker_answers_everything(learner_of: LearnerOf) -> None:
    learner = learner_of()
    assert set(outcomes(learner).values()) == {"passed"}
    assert learner.workers_lost == 0
    assert workers_of(learner) == 1


def test_what_was_given_up_is_asked_in_its_turn(learner_of: LearnerOf) -> None:
    """Of the worker that failed over what nobody asked for, nothing counts."""
    learner = learner_of(
        """
        import os
        def train(x, y_true, w1, w2, lr, steps):
            os._exit(1)
        """
    )
    assert learner.call("warmup.df_dx", 1.0, 2.0) == 10.0  # not part of the plan
    judge = Judge(learner, get_problem("batch"), 0)
    assert judge.verdict("loss").outcome == "passed"  # comes after train
    assert learner.workers_lost == 0
    found = outcomes(learner, "network")
    assert found.pop("network.train") == "crashed"
    assert set(found.values()) == {"passed"}
    assert learner.workers_lost > 0


def test_waiting_for_what_nobody_asked_for_is_nobodys_time(learner_of: LearnerOf) -> None:
    """Slow but right: the functions before it used up the time of the one that has a test."""
    learner = learner_of(
        """
        import time
        def _slow(function):
            def slow(*arguments):
                time.sleep(0.013)
                return function(*arguments)
            return slow
        forward, loss = _slow(forward), _slow(loss)
        """
    )
    learner._end = learner._share_end = time.monotonic() + 0.5
    judge = Judge(learner, get_problem("network"), 0, lambda: 1)
    assert judge.verdict("update").outcome == "passed"
    assert learner.workers_lost == 0
    assert workers_of(learner) == 1


def test_an_explanation_leaves_the_module_as_it_was_handed_in_alone(
    learner_of: LearnerOf,
) -> None:
    """And is not changed by what later functions do to it."""
    learner = learner_of(
        """
        import time
        _seen = []
        _prime = sigmoid_prime
        def sigmoid_prime(z):
            _seen.append(z)
            return _prime(z)
        def backward(x, y_true, w1, w2):
            return 1.0, 2.0
        def update(w, grad, lr):
            time.sleep(0.06)
            return w - lr * grad * (1 if _seen else float("nan"))
        def train(x, y_true, w1, w2, lr, steps):
            global loss
            loss = lambda a, b: 7.0
            return w1, w2, []
        """
    )
    judge = Judge(learner, get_problem("network"), 0)
    finding = judge.verdict("backward", "w1").finding
    assert finding is not None
    assert finding.facts["own_slope"] != 0.0
    assert judge.verdict("update").outcome == "timed_out"  # 17 calls of 60 ms, in 0.4 s
    learner.limits = Limits(load=2.0, calls=3.0, submission=30.0)
    again = learner_of(Path(learner.folder / "network.py").read_text(encoding="utf-8"))
    again.limits = learner.limits
    assert Judge(again, get_problem("network"), 0).verdict("update").outcome == "passed"


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


def test_a_worker_that_does_not_start_is_asked_for_again(
    learner_of: LearnerOf, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = learner_of(is_ahead=False)
    start = pool.start
    calls: list[Path] = []

    def fails_once(folder: Path) -> isolated.Worker:
        calls.append(folder)
        if len(calls) == 1:
            raise wire.WireError("no worker could be started")
        return start(folder)

    monkeypatch.setattr(pool, "start", fails_once)
    learner.ask_ahead(plan(map(get_problem, NAMES), 0))
    assert set(outcomes(learner).values()) == {"passed"}
    assert len(calls) == 2


def test_a_plan_may_be_nested_as_deep_as_a_call() -> None:
    """And one that a worker could not read is none: everything is asked one by one."""
    points: object = 1.0
    for _ in range(4):
        points = [points]
    calls = (("f", KeptPoints([(points,)])),)
    assert Plan([FilePlan("a.py", (("f", 1),), calls)]).plain
    with pytest.raises(wire.WireError):
        Plan([FilePlan("a.py", (("f", 1),), (("f", KeptPoints([([[[points]]],)])),))]).plain  # noqa: B018
    many = KeptPoints([([1.0] * 30_000,)] * 10)
    with pytest.raises(wire.WireError):
        Plan([FilePlan("a.py", (("f", 1),), (("f", many),))]).plain  # noqa: B018


def test_problems_that_share_a_function_share_no_questions() -> None:
    """Those of the second put out those of the first: everything was asked twice."""
    one = get_problem("warmup")
    other = replace(one, name="other")
    parts = plan([one, other], 3).parts
    kept = kept_questions(one, one.functions[0], 3)
    assert kept.calls is parts[0].calls[0][1]
    assert kept_questions(other, one.functions[0], 3).calls is parts[1].calls[0][1]
    assert kept_questions(other, one.functions[0], 3) is not kept
    assert kept_questions(one, one.functions[0], 3) is kept
    assert kept_questions(one, one.functions[0], 4) is not kept


def test_values_that_cannot_be_sent_are_met_when_they_are_asked(learner_of: LearnerOf) -> None:
    """A course's own points: the test that asks is the one to say so."""
    learner = learner_of(is_ahead=False)
    part = plan([get_problem("warmup")], 0).parts[0]
    points = type(part.calls[0][1])([(object(), 1.0)])
    learner.ask_ahead(Plan([type(part)(part.file, part.expected, (("df_dx", points),))]))
    assert set(outcomes(learner).values()) == {"passed"}
