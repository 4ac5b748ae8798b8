"""A worker that answers anything at all: the grader judges and describes it, and never fails.

Learner code holds the worker's end of the wire. So whatever can be sent on it may arrive, also
replies that no runner of ours would ever make.
"""

import contextlib
import random
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from gradcheck_kit.assertions import Checked, Gradcheck, Judges
from gradcheck_kit.errors import GradcheckFailure
from gradcheck_kit.learner import wire
from gradcheck_kit.learner.isolated import IsolatedLearner, Worker
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.results import CallResult, LoadResult, Presence, Trouble
from gradcheck_kit.learner.runner import Runner
from gradcheck_kit.learner.values import Opaque
from gradcheck_kit.learner.worker import changed
from gradcheck_kit.numerics.curves import Curve
from gradcheck_kit.problems import get_problem
from gradcheck_kit.turns import plan

SOLUTION = Path(__file__).resolve().parents[2] / "solutions" / "network.py"
LIES = (
    None, True, False, 0, -1, 1, 2, 10**9, 2**63 - 1, -(2**63), 0.0, -0.0, float("nan"),
    float("inf"), 1e308, 5e-324, 1j, complex("nan"), "", "x", "returned", "raised", "loaded",
    "missing", "syntax", "callable", "parameters", "timed_out", "TypeError", "ModuleNotFoundError",
    "NameError", "backward() missing 1 required positional argument: 'w2'", "{0} {name} %s %d",
    "\x1b[2J\x00\r\n\u202e", "한" * 3000, Opaque("generator"), Opaque(""),
    Curve("sin", (1.0, 2.0, 0.5)), np.zeros(()), np.zeros(0), np.zeros((1,)), np.ones((3, 2)),
    np.zeros((0, 3)), np.array(True), np.arange(4), np.array([1j]), np.full(200, np.nan), (), [],
    ((),), [[]], (1.0, 2.0), [0.5, "x"], (None, None), tuple(range(300)), ("a", 1, "b", "c"),
    (("network.py", 3, "loss", "x"),), [("network.py", -5, "", "")],
)  # fmt: skip


def twisted(value, draw):
    """Return a value with one of its parts replaced, left out, doubled or wrapped."""
    if isinstance(value, tuple | list) and value and draw.random() < 0.8:
        parts = list(value)
        at = draw.randrange(len(parts))
        how = draw.random()
        if how < 0.8:
            parts[at] = twisted(parts[at], draw)
        elif how < 0.9:
            del parts[at]
        else:
            parts.insert(at, parts[at])
        return type(value)(parts)
    return (value,) if draw.random() < 0.1 else draw.choice(LIES)


class Liar:
    """Stands in for a pool: workers that are right but for some of their replies."""

    limits = Limits(load=2.0, calls=2.0)

    def __init__(self, seed, rate):
        self.draw = random.Random(seed)
        self.rate = rate
        self.one_at_a_time = threading.Lock()  # runners change what all threads share
        self.threads = []

    def warm_up(self):
        """Nothing to start."""

    def start(self, folder):
        ours, theirs = socket.socketpair()
        self.threads.append(threading.Thread(target=self.serve, args=(theirs, folder)))
        self.threads[-1].start()
        worker = Worker(ours, -1)
        worker.end = ours.close
        return worker

    def serve(self, connection, folder):
        runner = Runner(folder / "network.py")

        def say(reply):
            if self.draw.random() < self.rate:
                reply = twisted(reply, self.draw)
            wire.send(connection, reply, time.monotonic() + 2.0)

        with connection, contextlib.suppress(wire.WireError):
            while True:
                operation, _, *arguments = wire.receive(connection, time.monotonic() + 60.0)
                with self.one_at_a_time:
                    replies = self.replies(runner, operation, arguments)
                for reply in replies:
                    say(reply)

    @classmethod
    def replies(cls, runner, operation, arguments):
        if operation == "ahead":
            ((_file, expected, calls),) = arguments[0]
            replies = cls.replies(runner, "load", [expected])
            for call in calls:
                replies += cls.replies(runner, "call", call)
            return replies
        if operation == "load":
            loaded = runner.load()
            presences = [runner.presence(*asked).to_plain() for asked in arguments[0]]
            return [loaded.to_plain(), presences] if presences else [loaded.to_plain()]
        if operation == "presence":
            return [runner.presence(*arguments).to_plain()]
        if operation == "own_functions_called":
            return [runner.own_functions_called(*arguments)]
        results = []
        function, points, *stand_ins = arguments
        if stand_ins and stand_ins[0]:
            runner.substitute(*stand_ins[0])
        kept = runner.call_many(function, points, results.append)
        later = changed(results, runner.look_again(results, kept))
        return [*(result.to_plain() for result in results), later]


WRONG = """

def backward(x, y_true, w1, w2):
    z1, a1, z2, y_pred = forward(x, w1, w2)
    dL_dz2 = (y_pred - y_true) * sigmoid_prime(z2)
    return dL_dz2 * w2 * sigmoid_prime(a1) * x, dL_dz2 * a1
"""


@pytest.mark.parametrize("is_ahead", [False, True], ids=["asked", "ahead"])
@pytest.mark.parametrize("rate", [0.02, 0.3])
@pytest.mark.parametrize("more", ["", WRONG], ids=["right", "wrong"])
def test_no_reply_fails_the_grader(tmp_path, more, rate, is_ahead):
    """Every function gets an outcome and, where it is not right, a text."""
    source = SOLUTION.read_text(encoding="utf-8")
    (tmp_path / "network.py").write_text(source + more, encoding="utf-8")
    problem = get_problem("network")
    outcomes = set()
    for seed in range(40):
        liar = Liar(seed, rate)
        learner = IsolatedLearner("liar", tmp_path, liar)
        if is_ahead:
            learner.ask_ahead(plan([problem], seed))
        judges = Judges(learner, seed)
        checked: list[Checked] = []
        gradcheck = Gradcheck(lambda: problem, lambda _, j=judges: j, on_checked=checked.append)
        try:
            for function in problem.functions:
                with contextlib.suppress(GradcheckFailure):
                    gradcheck.values(learner, function.name)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        finally:
            learner.close()
            for thread in liar.threads:
                thread.join()
        assert len(checked) == len(problem.functions)
        assert all(c.message for c in checked if c.outcome not in ("passed", "follow_through"))
        outcomes |= {c.outcome for c in checked}
    assert "crashed" in outcomes
    assert rate > 0.1 or "passed" in outcomes  # of many lies, one is met everywhere


@pytest.mark.parametrize("lie", ["loaded", "timed_out", "x" * 10_000, ("loaded",), None])
def test_only_the_grader_says_that_there_was_no_reply(tmp_path, monkeypatch, lie):
    """A text in place of the reply is none: it stood in the message, whatever it was."""
    monkeypatch.setattr(Liar, "replies", staticmethod(lambda *_: [lie]))
    learner = IsolatedLearner("liar", tmp_path, Liar(0, 0.0))
    try:
        assert learner.copy("network.py").load() == LoadResult("crashed")
    finally:
        learner.close()


def test_a_worker_that_never_loads_again_is_given_up(tmp_path, monkeypatch):
    """It was started and asked to replace functions until Python's stack was full."""
    started = []

    def replies(runner, operation, arguments):
        started.extend([operation] * (operation == "load"))
        if operation == "presence" or len(started) > 1:
            raise wire.WireError("gone")  # closes the connection
        return [("loaded", None, "", False)]

    monkeypatch.setattr(Liar, "replies", staticmethod(replies))
    learner = IsolatedLearner("liar", tmp_path, Liar(0, 0.0))
    try:
        copy = learner.copy("network.py")
        assert copy.load().status == "loaded"
        copy.substitute("", [])
        copy.presence("loss", 2)
        assert copy.call_many("loss", [(0.5, 1.0)]) == [CallResult("crashed")]
    finally:
        learner.close()
    assert len(started) < 4


def test_calls_whose_later_look_never_comes_are_timed_out(tmp_path, monkeypatch):
    """All values came, but what would show a reused buffer was kept back."""
    monkeypatch.setattr(
        Liar, "replies", staticmethod(lambda *_: [(*RIGHT_CALL[:4], (), (), 0)] * 2)
    )
    learner = IsolatedLearner("liar", tmp_path, Liar(0, 0.0), Limits(calls=0.3))
    try:
        came = learner.copy("network.py").call_many("loss", [(0.5, 1.0), (0.5, 2.0)])
        assert [result.status for result in came] == ["returned", "timed_out"]
    finally:
        learner.close()


RIGHT = {
    LoadResult: ("loaded", None, "", False),
    Presence: ("callable", "", 3, False, False),
    Trouble: ("ValueError", "x", (("network.py", 3, "loss", "x"),), True, False, False),
}
RIGHT_CALL = ("returned", 0.5, None, "", ("RuntimeWarning",), (1,), 0)


@pytest.mark.parametrize("record", RIGHT, ids=lambda record: record.__name__)
def test_records_come_out_as_they_went_in(record):
    """What is right is taken as it is."""
    assert record.from_plain(RIGHT[record]).to_plain() == RIGHT[record]
    assert CallResult.from_plain(RIGHT_CALL, 2).to_plain() == RIGHT_CALL[:6]


@pytest.mark.parametrize(
    ("record", "place", "lie"),
    [
        (LoadResult, 0, "who knows"),
        (LoadResult, 0, "timed_out"),  # only the grader says so
        (LoadResult, 1, 1.5),
        (LoadResult, 3, 1),
        (Presence, 0, "there"),
        (Presence, 2, float("inf")),  # int() of it is an OverflowError
        (Presence, 2, np.zeros(3)),
        (Presence, 3, None),
        (Trouble, 0, Opaque("x")),
        (Trouble, 2, (("network.py", float("inf"), "loss", "x"),)),
        (Trouble, 2, ("abcd",)),
        (Trouble, 3, "yes"),
        # Larger than any runner of ours sends: a word of 300,000 letters took minutes to wrap.
        (LoadResult, 2, "x" * 2_001),
        (Presence, 1, "x" * 301),
        (Trouble, 0, "x" * 301),
        (Trouble, 1, "x" * 301),
        (Trouble, 2, (("network.py", 3, "loss", "x"),) * 9),
        (Trouble, 2, (("network.py", 3, "x" * 301, "x"),)),
        # What steers a terminal, or in the log of a CI job starts a command.
        (Presence, 1, "Kind\n::error::x"),
        (Trouble, 0, "Kind\x1b[2J"),
        (Trouble, 1, "\u202e"),
        (Trouble, 2, (("network.py", 3, "f\n::error::x", "x"),)),
    ],
    ids=lambda lie: str(lie)[:40],
)
def test_records_of_another_form_are_refused(record, place, lie):
    """With the errors that the grader expects."""
    plain = list(RIGHT[record])
    plain[place] = lie
    with pytest.raises((TypeError, ValueError)):
        record.from_plain(tuple(plain))


@pytest.mark.parametrize(
    ("place", "lie"),
    [
        (0, "timed_out"),
        (0, "raised"),  # but nothing that was raised
        (1, Curve("sin", (1.0, 2.0, 0.5))),
        (1, (0.5, [Curve("exp", (1.0, 2.0))])),
        (2, ("ValueError", "x", (), True, False, False)),  # raised, and yet returned
        (4, (None,)),
        (5, (2,)),  # no such argument
        (5, (-1,)),
        (5, (True,)),
        (6, 1.0),
        (1, "x" * 201),
        (1, Opaque("x" * 201)),
        (1, (0.0,) * 10_001),
        (1, [[[[1.0]]]]),
        (1, Opaque("Kind\n::error::x")),
        (1, (np.zeros(200_000, np.int8), np.zeros(100_000, np.int8))),  # as a list: 40 times that
        (3, "x" * 2_001),
        (4, ("RuntimeWarning",) * 51),
        (4, ("x" * 301,)),
        (5, (1, 1, 1)),  # each argument once
    ],
    ids=lambda lie: str(lie)[:40],
)
def test_calls_of_another_form_are_refused(place, lie):
    """A position past the arguments would be an IndexError in a message."""
    plain = list(RIGHT_CALL)
    plain[place] = lie
    with pytest.raises((TypeError, ValueError)):
        CallResult.from_plain(tuple(plain), 2)
