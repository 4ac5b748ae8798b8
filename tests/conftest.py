"""One hypothesis profile for everybody, and learners of either kind.

The same examples in every run, no deadlines.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gradcheck_kit.learner.inprocess import InProcessLearner
from gradcheck_kit.learner.isolated import IsolatedLearner, WorkerPool
from gradcheck_kit.learner.learner import Learner
from gradcheck_kit.learner.watchdog import Watchdog

settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci")

pytest_plugins = ["pytester"]

collect_ignore = ["submissions"]
"""Strangers' code, some of it hostile: never collected, also not with --doctest-modules."""


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerPool]:
    """Start workers for all tests from one zygote, which is up by then."""
    pool = WorkerPool()
    pool.start(tmp_path_factory.mktemp("none")).end()
    yield pool
    pool.close()


@pytest.fixture(params=["in-process", "isolated"])
def learner_in(
    request: pytest.FixtureRequest, pool: WorkerPool
) -> Iterator[Callable[[Path], Learner]]:
    """Return a function that makes the learner of a folder, of either kind."""
    made: list[Learner] = []

    def learner_in(folder: Path) -> Learner:
        learner: Learner = (
            InProcessLearner(folder.name, folder, Watchdog())
            if request.param == "in-process"
            else IsolatedLearner(folder.name, folder, pool)
        )
        made.append(learner)
        return learner

    yield learner_in
    for learner in made:
        learner.close()
