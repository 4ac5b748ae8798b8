"""Whose turn it is: submissions in workers, of which the next one is asked ahead."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from gradcheck_kit.checks.questions import expected_of, kept_questions
from gradcheck_kit.learner.ahead import FilePlan, Plan
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.learner.isolated import IsolatedLearner, WorkerPool
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.values import KeptPoints
from gradcheck_kit.problems.problem import Problem


class Turn(NamedTuple):
    """What tells a submission, as the tests of one folder see it, apart from others.

    Parameters
    ----------
    path : Path
        The submission.
    number : int
        Among all that are given.
    imports : Imports
        What its code may import.
    """

    path: Path
    number: int
    imports: Imports


class Turns:
    """Starts the workers of submissions, one submission ahead.

    Parameters
    ----------
    seed : int
        Of the probe points.
    level, limits : str or None, Limits or None
        See WorkerPool.
    """

    def __init__(self, seed: int, level: str | None = None, limits: Limits | None = None) -> None:
        self._seed = seed
        self._level = level
        self._limits = limits
        self._pools: dict[Imports, WorkerPool] = {}
        self._asked: Mapping[Turn, tuple[Problem, ...]] = {}
        self._following: dict[Turn, Turn] = {}
        self._waiting: dict[Turn, IsolatedLearner] = {}
        self._plans: dict[tuple[Problem, ...], Plan] = {}

    def expect(self, asked: Mapping[Turn, tuple[Problem, ...]], *, in_order: bool) -> None:
        """Note which problems the tests are about.

        Parameters
        ----------
        asked : mapping
            For each turn its problems.
        in_order : bool
            Do the turns come in this order? Then each starts while the one before is judged.
        """
        self._asked = asked
        self._following = dict(pairwise(asked)) if in_order else {}

    def take(self, turn: Turn) -> IsolatedLearner:
        """Return the learner whose turn it is, and start the next one."""
        learner = self._waiting.pop(turn, None) or self._started(turn)
        self._close_waiting()  # none, unless the turns come in another order
        learner.take_turn()
        following = self._following.get(turn)
        if following is not None:
            ahead = self._waiting[following] = self._started(following)
            learner.on_long_wait = ahead.stop_ahead  # it must not take the processor for long
        return learner

    def _started(self, turn: Turn) -> IsolatedLearner:
        if turn.imports not in self._pools:
            self._pools[turn.imports] = WorkerPool(
                level=self._level, limits=self._limits, imports=turn.imports
            )
        learner = IsolatedLearner(turn.path.name, turn.path.resolve(), self._pools[turn.imports])
        learner.ask_ahead(self._plan(self._asked.get(turn, ())))
        return learner

    def _plan(self, problems: tuple[Problem, ...]) -> Plan:
        if problems not in self._plans:
            try:
                made = plan(problems, self._seed)
                made.plain  # noqa: B018 - too much for one message?
            except Exception:  # a mistake in a course's own: the tests that meet it tell of it
                made = Plan()
            self._plans[problems] = made
        return self._plans[problems]

    def _close_waiting(self) -> None:
        while self._waiting:
            self._waiting.popitem()[1].close()

    def close(self) -> None:
        """End all processes but those of learners that have had their turn."""
        self._close_waiting()
        while self._pools:
            self._pools.popitem()[1].close()


def plan(problems: Iterable[Problem], seed: int) -> Plan:
    """Return what every submission is asked about all functions of some problems.

    Parameters
    ----------
    problems : iterable of Problem
        In the order in which they are judged.
    seed : int
        Draws the points and their order.
    """
    parts: dict[str, FilePlan] = {}
    for problem in problems:
        calls = []
        for function in problem.functions:
            points = kept_questions(problem, function, seed).calls
            assert isinstance(points, KeptPoints)
            calls.append((function.name, points))
        expected = tuple(expected_of(problem.functions).items())
        parts.setdefault(problem.file, FilePlan(problem.file, expected, tuple(calls)))
    return Plan(parts.values())
