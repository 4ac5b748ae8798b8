"""One pytest session over a chunk of the class, in a process of its own.

Started as ``python -m gradcheck_kit.grading.session SPEC``; SPEC is a JSON file. Writes one
JSON line for every submission, as soon as it is graded.
"""

import io
import json
import os
import signal
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, TextIO

import pytest

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.local import AUTHOR_ERROR, RECALLED
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.sandbox import die_with_parent, make_undumpable
from gradcheck_kit.plugin import ISOLATION, problem_name, result_of, submission_of, tests_a_learner


class Recorder:
    """A pytest plugin that writes down what was found, submission by submission."""

    def __init__(
        self,
        output: TextIO,
        only: list[str],
        isolation: tuple[str, Limits] | None = None,
        recall: Path | None = None,  # the grader makes this file
    ) -> None:
        self.output = output
        self.only = only
        self.isolation = isolation
        self.recall = recall
        self.was_recalled = False
        self._session: pytest.Session | None = None
        self.author_error = ""
        self.has_begun = False
        self._checks: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._seconds: dict[int, float] = defaultdict(float)
        self._expected: dict[str, int] = {}
        self._open: dict[int, int] = defaultdict(int)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Tell the plugin which sandbox the workers are to be in, and pytest to be brief."""
        # A learner's mistake has a message of its own, and an author's needs file and line:
        # whole functions, as pytest shows them by itself, are read by nobody.
        config.option.tbstyle = "short"
        if self.isolation is not None:
            config.stash[ISOLATION] = self.isolation

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remember what can be told to stop."""
        self._session = session

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the tests of learners' functions, of the problems asked for."""
        kept = [
            item
            for item in items
            if tests_a_learner(item) and (not self.only or problem_name(item) in self.only)
        ]
        items[:] = kept
        places: dict[tuple[Path, str], pytest.Item] = {}
        for item in kept:
            index = submission_of(item)
            self._expected[item.nodeid] = index
            # Where a test stands, pytest looks up for each submission anew; it takes as long as
            # some checks do.
            found = places.setdefault((item.path, getattr(item, "originalname", item.name)), item)
            vars(item)["location"] = (*found.location[:2], item.name)
            self._open[index] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a test file that cannot be collected: the author's mistake."""
        if report.failed:
            self.author_error = self.author_error or str(report.longrepr)

    def pytest_runtest_logstart(self) -> None:
        """Note that learner code may have run: what ends pytest now may be its doing."""
        self.has_begun = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect a check; write the submission down after its last one."""
        index = self._expected.get(report.nodeid)
        if index is None:
            return
        self._seconds[index] += report.duration
        result = result_of(report)
        if result is not None:
            self._checks[index].append(result)
        if report.failed and (result is None or result["is_authors"]):
            self.author_error = self.author_error or str(report.longrepr)
        if report.when == "teardown":
            self._open[index] -= 1
            if self._open[index] == 0:
                self._write(index)
                self._look_for_recall()

    def _write(self, index: int) -> None:
        line = {
            "index": index,
            "seconds": round(self._seconds.pop(index), 4),
            "checks": self._checks.pop(index, []),
        }
        self.output.write(json.dumps(line) + "\n")
        self.output.flush()

    def _look_for_recall(self) -> None:
        """Stop when the grader wants back what is not graded yet."""
        if self.recall is not None and self._session is not None and self.recall.exists():
            self.was_recalled = True
            self._session.shouldstop = "the grader wants the others back"


def run(spec: dict[str, Any]) -> int:
    """Grade the chunk that `spec` describes; return the exit status.

    Raises
    ------
    GradcheckError
        If the tests themselves are at fault.
    """
    arguments = [
        "-c", spec["config"], "--rootdir", spec["exercises"],
        "-p", "gradcheck_kit.plugin", "-p", "no:cacheprovider", "-p", "no:terminal",
        "-p", "no:faulthandler", "-s", "-p", "no:logging", "-p", "no:unraisableexception",
        "-p", "no:threadexception", "-p", "no:setuponly", "-p", "no:setupplan",
        "--import-mode=importlib", "--gradcheck-isolate",
        "--gradcheck-seed", str(spec["seed"]), "--gradcheck-lang", spec["language"],
    ]  # fmt: skip
    # One word each: pytest takes a path by itself for tests, and reads the settings in it.
    arguments += [f"--submission={folder}" for folder in spec["folders"]]
    sys.dont_write_bytecode = True
    with Path(spec["output"]).open("w", encoding="utf-8") as output:
        isolation = spec["level"], Limits(*spec["limits"])
        recall = Path(spec["recall"]) if "recall" in spec else None
        recorder = Recorder(output, spec["only"], isolation, recall)
        status = pytest.main([*arguments, spec["exercises"]], plugins=[recorder])
        if recorder.author_error:
            raise GradcheckError(recorder.author_error)
        if status == pytest.ExitCode.NO_TESTS_COLLECTED:
            raise GradcheckError("no tests of learners' functions")
        if recorder.was_recalled:
            return RECALLED
        has_ended = status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not has_ended and not recorder.has_begun:
            raise GradcheckError(f"pytest ended with status {int(status)}")
    return 0 if has_ended else 1


def main() -> int:
    """Run one chunk; what is wrong with the tests goes to a file of its own, status 3.

    Status 1 is a session that was interrupted, as a worker in the sandbox `basic` can do.
    """
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    die_with_parent(spec["parent"])
    make_undumpable()  # no process of the same user may look into the one that decides
    # SIGTERM ends the session like Ctrl-C, so that it ends its workers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ.pop("PYTEST_PLUGINS", None)
    # What the tests print is shown to nobody, and must not fail them on its way there.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return run(spec)
    except GradcheckError as error:
        Path(spec["error"]).write_text(str(error), encoding="utf-8")
        return AUTHOR_ERROR


if __name__ == "__main__":
    sys.exit(main())
