"""The pytest plugin: options, markers, fixtures and reports. It decides nothing itself.

Importing this module must stay cheap: every pytest run in an environment that has the kit
installed pays for it. Whatever needs numpy is imported when a fixture is first used.
"""

import os
import sys
from collections.abc import Callable, Generator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pluggy import PluginValidationError

from gradcheck_kit.errors import GradcheckError, GradcheckFailure

if TYPE_CHECKING:
    from gradcheck_kit.assertions import Checked, Gradcheck, Judges
    from gradcheck_kit.assignment import Assignment
    from gradcheck_kit.courses.registry import Before, Registry
    from gradcheck_kit.learner.imports import Imports
    from gradcheck_kit.learner.learner import Learner
    from gradcheck_kit.learner.watchdog import Watchdog
    from gradcheck_kit.problems.problem import Problem
    from gradcheck_kit.turns import Turn, Turns

PROPERTY = "gradcheck"
"""Name of the user property that carries a test's result, also from xdist workers."""

ISOLATION = pytest.StashKey[Any]()
"""Level and Limits of the workers of a grading, when its session chose them."""

LEARNERS_SEED = 0
"""Seed of a learner's own run, so that the same code gets the same answer."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let courses register what is their own."""
    from gradcheck_kit import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the command-line options."""
    group = parser.getgroup("gradcheck", "gradcheck-kit: checks of learners' functions")
    group.addoption(
        "--submission",
        action="append",
        metavar="PATH",
        help="check the files in this folder, or this one file, instead of those beside the "
        "tests; may be given more than once",
    )
    group.addoption(
        "--gradcheck-seed",
        type=int,
        metavar="N",
        help=f"seed of the probe points (default: {LEARNERS_SEED}, the same points every time)",
    )
    group.addoption(
        "--gradcheck-lang",
        metavar="LANG",
        help="language of the messages: en, ko or auto (default: auto, from GRADCHECK_LANG or "
        "the system's language)",
    )
    group.addoption(
        "--gradcheck-isolate",
        action="store_true",
        help="run learners' code in worker processes of its own, as grading does; prints and "
        "debuggers do not work there",
    )
    parser.addini("gradcheck_seed", "default of --gradcheck-seed")
    parser.addini("gradcheck_lang", "default of --gradcheck-lang, after GRADCHECK_LANG")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, check the options and set up the summary."""
    config.addinivalue_line(
        "markers", "points(n, hidden=False): how many points the test is worth in an assignment"
    )
    config.addinivalue_line(
        "markers", "problem(name): which problem the learner's functions belong to"
    )
    session = _Session(config)
    config.pluginmanager.register(session, "gradcheck_session")
    config.pluginmanager.register(_Fixtures(session), "gradcheck_fixtures")


class _Session:
    """What one pytest run knows of learners; its hooks do nothing for other tests."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.results: list[dict[str, Any]] = []
        self.submissions: list[Path] | None = None
        self.problems: set[Problem] = set()
        self.isolated: bool = config.getoption("gradcheck_isolate")
        self._judges: dict[Learner, Judges] = {}
        self._learners: dict[Any, Learner] = {}
        self._imports_known: dict[Path, Imports] = {}
        self._watchdog: Watchdog | None = None
        self._before: str | None = None
        self._registries: dict[frozenset[int], Registry] = {}
        self._by_folder: dict[Path, Registry] = {}
        self._folders: dict[Path, Path] = {}
        self._known_before: Before | None = None
        self._check_options()

    def _check_options(self) -> None:
        asked = self.config.getoption("gradcheck_lang")
        language = asked or self.config.getini("gradcheck_lang") or None
        where = "--gradcheck-lang" if asked else "gradcheck_lang ="
        seed = self.config.getini("gradcheck_seed")
        try:
            int(seed or 0)
        except ValueError:
            message = f"gradcheck_seed = {seed}: give a whole number"
            raise pytest.UsageError(message) from None
        paths = [Path(path) for path in self.config.getoption("submission") or ()]
        if not paths and language is None:
            return  # not our run: import nothing
        from gradcheck_kit.i18n import _, choose_language, languages, spoken

        if language not in (None, "auto", *languages()):
            known = ", ".join([*languages(), "auto"])
            raise pytest.UsageError(f"{where} {language}: use one of {known}")
        with spoken(choose_language(language)):
            for path in paths:
                if not path.exists():
                    raise pytest.UsageError(
                        _("--submission {path}: there is no such file or folder", path=path)
                    )
                if path.is_file() and path.suffix != ".py":
                    raise pytest.UsageError(
                        _("--submission {path}: give a folder or a .py file", path=path)
                    )
        self.submissions = paths or None

    # Set up

    def speak(self, folder: Path) -> None:
        """Choose the language once the first learner's test is there."""
        if self._before is not None:
            return
        from gradcheck_kit.assignment import read_assignment
        from gradcheck_kit.i18n import activate, choose_language, is_showable

        option = self.config.getoption("gradcheck_lang")
        if option in (None, "auto") and not os.environ.get("GRADCHECK_LANG"):
            option = self.config.getini("gradcheck_lang") or option
        language = choose_language(option, read_assignment(folder).language)
        if option in (None, "auto") and not is_showable(language, self.encoding):
            language = choose_language("en")  # rows of question marks help nobody
        self._before = activate(language)

    def pytest_unconfigure(self) -> None:
        """Leave the language and what is registered as they were."""
        if self._known_before is not None:
            self._known_before.restore()
        if self._before is not None:
            from gradcheck_kit.i18n import activate

            activate(self._before)

    @property
    def seed(self) -> int:
        """Seed of the probe points."""
        seed = self.config.getoption("gradcheck_seed")
        if seed is None:
            seed = self.config.getini("gradcheck_seed") or LEARNERS_SEED
        return int(seed)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker what the terminal of this process can show."""
        node.workerinput["gradcheck_encoding"] = self.encoding

    @property
    def encoding(self) -> str:
        """Encoding of the terminal that will show the messages."""
        told = getattr(self.config, "workerinput", {}).get("gradcheck_encoding")
        return told or getattr(sys.__stdout__, "encoding", None) or "utf-8"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a learner's test for every submission when there are several."""
        if "learner" in metafunc.fixturenames and self.submissions and len(self.submissions) > 1:
            metafunc.parametrize(
                "learner",
                range(len(self.submissions)),
                ids=_test_ids(self.submissions, self.isolated),
                indirect=True,
            )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        """Say in one line which hook of a course is misspelt; pytest takes it for its own error."""
        try:
            return (yield)
        except PluginValidationError:
            from gradcheck_kit.registrations import check_names

            try:
                check_names(self.config.pluginmanager)
            except GradcheckError as error:
                raise pytest.UsageError(str(error)) from None
            raise

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Run learners' tests in the order of their assignment, in the places they have."""
        places = [n for n, item in enumerate(items) if tests_a_learner(item)]
        if not places:
            return
        ordered = [items[n] for n in places]
        is_worker = hasattr(self.config, "workerinput")
        try:
            ordered.sort(key=_assignment_order())
        except GradcheckError as error:  # an assignment.toml that cannot be read
            if not is_worker:
                raise pytest.UsageError(str(error)) from None
        for n, item in zip(places, ordered, strict=True):
            items[n] = item
            item.stash[_ORDER] = n
        for item in ordered:
            try:
                problem = self.use_courses(item).problems.get(problem_name(item))
            except pytest.UsageError:
                if not is_worker:
                    raise
                continue  # xdist takes this for a crash of its worker: the fixtures say it
            if problem is not None:
                self.problems.add(problem)

    # Courses

    def folder(self, item: pytest.Item) -> Path:
        """Return where a test stands: always the same object, since a new one is slow to hash."""
        return self._folders.setdefault(item.path, item.path.parent)

    def use_courses(self, item: pytest.Item) -> "Registry":
        """Know what is registered for a test's folder from now on; return it."""
        from gradcheck_kit.registrations import load_courses, registrants, registry

        # One folder, one set of conftest files: a class has thousands of tests in it.
        folder = self.folder(item)
        found = item.stash.get(_REGISTRY, self._by_folder.get(folder))
        if found is None:
            manager = self.config.pluginmanager
            try:
                if not self._by_folder:
                    load_courses(manager)
                plugins = registrants(manager, item.ihook)
                key = frozenset(map(id, plugins))
                if key not in self._registries:
                    self._registries[key] = registry(manager, plugins)
                if self.isolated:
                    self._imports(folder, self._registries[key])
            except GradcheckError as error:
                raise pytest.UsageError(str(error)) from None
            found = self._by_folder[folder] = self._registries[key]
        item.stash[_REGISTRY] = found
        before = found.activate()
        self._known_before = self._known_before or before
        return found

    # Learners

    def learner(self, item: pytest.Item) -> "Learner":
        """Return the learner of one test, the same one for all tests of a submission."""
        key: Any = self._turn(item) if self.isolated else (self._path(item), submission_of(item))
        if key not in self._learners:
            if self.isolated:
                self.close_learners()  # a class must not pile up processes
                self._learners[key] = self._turns.take(key)
            else:
                self._learners[key] = self._here(self._path(item))
        return self._learners[key]

    def _path(self, item: pytest.Item) -> Path:
        """Return the submission that a test is about."""
        return self.submissions[submission_of(item)] if self.submissions else self.folder(item)

    def _turn(self, item: pytest.Item) -> "Turn":
        from gradcheck_kit.turns import Turn

        imports = self._imports(self.folder(item), item.stash[_REGISTRY])
        return Turn(self._path(item), submission_of(item), imports)

    @cached_property
    def _turns(self) -> "Turns":
        from gradcheck_kit.turns import Turns

        return Turns(self.seed, *self.config.stash.get(ISOLATION, (None, None)))

    def _here(self, path: Path) -> "Learner":
        from gradcheck_kit.learner.inprocess import InProcessLearner
        from gradcheck_kit.learner.watchdog import Watchdog

        if self._watchdog is None:
            self._watchdog = Watchdog(announce=self._announce)
        folder = path.parent if path.is_file() else path
        return InProcessLearner(
            _as_typed(folder, self.config),
            folder.resolve(),
            self._watchdog,
            path.resolve() if path.is_file() else None,
        )

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what will be asked of each submission, and which one comes after it."""
        if not self.isolated:
            return
        asked: dict[Turn, dict[Problem, None]] = {}
        for item in session.items:
            registry = item.stash.get(_REGISTRY, None)
            if registry is not None and tests_a_learner(item):
                problem = registry.problems.get(problem_name(item))
                asked.setdefault(self._turn(item), {}).update({problem: None} if problem else {})
        # Which tests come next in a worker of xdist, nobody knows.
        self._turns.expect(
            {turn: tuple(problems) for turn, problems in asked.items()},
            in_order=not hasattr(self.config, "workerinput"),
        )

    def _imports(self, folder: Path, registry: "Registry") -> "Imports":
        from gradcheck_kit.courses.imports import imports_of

        if folder not in self._imports_known:
            self._imports_known[folder] = imports_of(folder, registry.problems.values())
        return self._imports_known[folder]

    def close_learners(self) -> None:
        """End whatever runs for the learners so far."""
        for learner in self._learners.values():
            learner.close()
            self._judges.pop(learner, None)
        self._learners.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """End all processes of learners."""
        if self.results and "hypothesis" not in sys.modules:
            # Its plugin imports all of hypothesis (0.3 s) for the summary of a run that did
            # not use it; a learner's run has nothing for it to say.
            self.config.pluginmanager.unregister(name="hypothesispytest")
        self.close_learners()
        if self.isolated:
            self._turns.close()

    def judges(self, learner: "Learner") -> "Judges":
        """Return the judges of a learner, the same ones for all its tests."""
        from gradcheck_kit.assertions import Judges

        if learner not in self._judges:
            self._judges[learner] = Judges(learner, self.seed, self._functions_in_all())
        return self._judges[learner]

    def _functions_in_all(self) -> int:
        """Return how many functions the tests of this run are about, at most."""
        return sum(len(problem.functions) for problem in self.problems)

    def _announce(self, description: str) -> None:
        """Say, past pytest's capture, which call hangs where it cannot be interrupted."""
        from gradcheck_kit.i18n import _, printable

        text = _("gradcheck: still waiting for {call}; press Ctrl-C to stop it", call=description)
        capture: Any = self.config.pluginmanager.getplugin("capturemanager")
        if capture is not None:
            capture.suspend_global_capture(in_=False)
        print("\n" + printable(text, self.encoding), file=sys.__stderr__, flush=True)
        if capture is not None:
            capture.resume_global_capture()

    # Reports

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach what was checked; show a learner's failure without frames of ours."""
        state = item.stash.get(_STATE, None)
        failed = call.excinfo is not None and isinstance(call.excinfo.value, GradcheckFailure)
        if state is not None and failed:
            # What pytest would show takes it longer than the check, and gives way to our text.
            vars(item)["repr_failure"] = lambda excinfo: ""
        try:
            report = yield
        finally:
            vars(item).pop("repr_failure", None)
        if state is None or call.when == "teardown" or (call.when == "setup" and report.passed):
            return report
        error = call.excinfo.value if call.excinfo is not None else None
        if isinstance(error, GradcheckFailure):
            if self._is_grading:
                report.longrepr = error.message
            else:
                self._show_message_only(report, call, error)
        result = state.result(report, error)
        # Not about the learner at all: a fixture that fails, a problem that does not exist.
        result["is_authors"] = call.when == "setup" or _is_authors_slip(error)
        if state.hidden and report.failed and not isinstance(error, GradcheckFailure):
            report.longrepr = result["message"]  # a test's source tells what it expects
        report.user_properties.append((PROPERTY, result))
        return report

    @property
    def _is_grading(self) -> bool:
        """Whether this is a session of a grading, of which nobody sees anything but results."""
        return ISOLATION in self.config.stash

    def _show_message_only(
        self, report: pytest.TestReport, call: pytest.CallInfo[None], error: GradcheckFailure
    ) -> None:
        from gradcheck_kit.i18n import printable

        assert call.excinfo is not None
        text = printable(error.message, self.encoding)
        shown: Any = call.excinfo.getrepr(style="value", tbfilter=False)
        shown.reprtraceback.reprentries[0].lines = [text]
        if shown.reprcrash is not None:
            shown.reprcrash.message = _headline(text)
            if error.file:
                shown.reprcrash.path, shown.reprcrash.lineno = error.file, error.line or 1
        report.longrepr = shown

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport | pytest.CollectReport
    ) -> tuple[str, str, str] | None:
        """Keep stubs apart from failures: they are no mistakes."""
        result = result_of(report)
        if result is not None and report.failed and result["outcome"] == "not_started":
            return "not started", "-", "NOT STARTED"
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what was checked, also from xdist workers, for the table at the end."""
        result = None if self._is_grading else result_of(report)
        if result is not None:
            self.results.append(result)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Show the learner's table."""
        if self.results:
            self.speak(Path(self.results[0]["folder"]))
            from gradcheck_kit.terminal import show_summary

            show_summary(terminalreporter, self.results, self.encoding, self.seed)


def _is_authors_slip(error: BaseException | None) -> bool:
    """Tell whether a test failed for a reason that no learner's code can cause."""
    if isinstance(error, AttributeError):
        from gradcheck_kit.assertions import Gradcheck
        from gradcheck_kit.learner.learner import Learner

        return isinstance(error.obj, Gradcheck | Learner)
    return isinstance(error, GradcheckError | NameError)


def _headline(message: str) -> str:
    """Return the lines of a message before its rows, as one: for pytest's short summary."""
    lines = message.split("\n")
    rows = next((n for n, line in enumerate(lines) if line.startswith("  ")), len(lines))
    return " ".join(lines[:rows])


def tests_a_learner(item: pytest.Item) -> bool:
    """Tell whether a test uses the fixture `learner` of this plugin, not one of its own."""
    if "learner" not in getattr(item, "fixturenames", ()):
        return False
    definitions: Any = getattr(item, "_fixtureinfo", None)
    found: Any = definitions.name2fixturedefs.get("learner") if definitions else None
    return bool(found) and found[-1].func.__module__ == __name__


def _assignment_order() -> Callable[[pytest.Item], tuple[str, int, int]]:
    """Return a sort key: folder, then submission, then the order of the assignment's problems."""
    from gradcheck_kit.assignment import read_assignment

    places: dict[Path, tuple[str, dict[str, int]]] = {}

    def key(item: pytest.Item) -> tuple[str, int, int]:
        if item.path not in places:  # a class has thousands of tests in one file
            folder = item.path.parent
            names = (name.partition(".")[0] for name in read_assignment(folder).tasks)
            order = {name: n for n, name in enumerate(dict.fromkeys(names))}
            places[item.path] = str(folder), order
        folder_name, order = places[item.path]
        return folder_name, submission_of(item), order.get(problem_name(item), len(order))

    return key


def _as_typed(folder: Path, config: pytest.Config) -> str:
    """Return a folder relative to where pytest was started, when it lies below."""
    try:
        return str(folder.resolve().relative_to(config.invocation_params.dir.resolve()))
    except ValueError:
        return str(folder)


def _test_ids(paths: list[Path], isolated: bool) -> list[str]:
    """Name submissions in test ids; by number in a grading, where names are a stranger's."""
    if isolated:
        return [str(number) for number in range(len(paths))]
    return [path.resolve().name.encode("ascii", "backslashreplace").decode() for path in paths]


def result_of(report: pytest.TestReport | pytest.CollectReport) -> dict[str, Any] | None:
    """Return what a test of a learner's function found, or None for other tests."""
    for name, value in getattr(report, "user_properties", ()):
        if name == PROPERTY:
            return dict(value)
    return None


class _State:
    """What one test of a learner's functions has found so far."""

    def __init__(self, item: pytest.Item, learner: "Learner", submission: int) -> None:
        self.item = item
        self.learner = learner
        self.submission = submission
        self.checked: list[Checked] = []
        self.points, self.hidden = _points_of(item)

    def result(self, report: pytest.TestReport, error: BaseException | None) -> dict[str, Any]:
        """Return the test's result in plain values."""
        worst = next((c for c in reversed(self.checked) if not _is_right(c.outcome)), None)
        last = worst or (self.checked[-1] if self.checked else None)
        follow = next((c for c in self.checked if c.outcome == "follow_through"), None)
        if report.passed:
            last, outcome = follow or last, "follow_through" if follow else "passed"
        else:
            outcome = worst.outcome if worst else getattr(error, "outcome", "wrong")
        message = last.message if last else ""
        if not report.passed and worst is None and self.hidden:
            from gradcheck_kit.i18n import _

            message = _("a hidden test does not pass")
        elif not report.passed and worst is None:
            message = error.message if isinstance(error, GradcheckFailure) else str(error)[:2000]
        return {
            "test": f"{self.item.path.name}::{_plain_name(self.item)}",
            "nodeid": self.item.nodeid,
            "folder": str(self.item.path.parent),
            "submission": self.submission,
            "order": self.item.stash.get(_ORDER, 0),
            "label": self.learner.label,
            "function": last.function if last else None,
            "place": self._place(last.function) if last else 0,
            "points": self.points if report.passed else 0.0,
            "max_points": self.points,
            "hidden": self.hidden,
            "outcome": outcome,
            "blamed": any(c.blamed for c in self.checked),
            "diagnosis": last.diagnosis if last else [],
            "notes": sorted({note for c in self.checked for note in c.notes}),
            "brief": (last.brief or message.split("\n", 1)[0]) if last else message.split("\n")[0],
            "message": message,
            "hint": last.hint if last else "",
            "line": last.line if last else None,
            "workers_lost": self.learner.workers_lost,
        }

    def _place(self, function: str) -> int:
        """Return which function of its problem it is: they build on each other in that order."""
        problem, _dot, name = function.partition(".")
        found = self.item.stash[_REGISTRY].problems[problem]
        return [entry.name for entry in found.functions].index(name)


def _is_right(outcome: str) -> bool:
    return outcome in ("passed", "follow_through")


def _plain_name(item: pytest.Item) -> str:
    """Return a test's name without the id of the submission, which is not part of it."""
    callspec = getattr(item, "callspec", None)
    name = str(getattr(item, "originalname", None) or item.name)
    if callspec is None:
        return name
    parameters = [
        part for key, part in zip(callspec.params, callspec._idlist, strict=False)
        if key != "learner"
    ]  # fmt: skip
    return f"{name}[{'-'.join(parameters)}]" if parameters else name


def _points_of(item: pytest.Item) -> tuple[float, bool]:
    marker = item.get_closest_marker("points")
    if marker is None:
        return 0.0, False
    arguments = dict(zip(("n", "hidden"), marker.args, strict=False)) | dict(marker.kwargs)
    points = arguments.pop("n", None)
    hidden = arguments.pop("hidden", False)
    valid = isinstance(points, int | float) and not isinstance(points, bool) and points >= 0
    if not valid or arguments or len(marker.args) > 2:
        raise pytest.UsageError(
            f"{item.nodeid}: write @pytest.mark.points(n) or points(n, hidden=True) "
            "with a number of points, 0 or more"
        )
    return float(points), bool(hidden)


_STATE: pytest.StashKey[_State] = pytest.StashKey()
_ORDER: pytest.StashKey[int] = pytest.StashKey()
_REGISTRY: "pytest.StashKey[Registry]" = pytest.StashKey()


class _Fixtures:
    """The fixtures, of one pytest run.

    They look up which test runs, instead of asking pytest for ``request``: that takes longer
    than both of them.
    """

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._item: pytest.Item | None = None
        self._is_ready = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note which test is set up."""
        self._item, self._is_ready = item, False

    def _ready(self) -> pytest.Item:
        """Return the test, once its language and its courses are chosen."""
        assert self._item is not None
        if not self._is_ready:
            self._session.speak(self._session.folder(self._item))
            self._session.use_courses(self._item)
            self._is_ready = True
        return self._item

    @pytest.fixture
    def learner(self) -> "Learner":
        """Return the submission that is checked; hand it to the methods of ``gradcheck``.

        ``learner.call("network.forward", 2.0, 0.5, -1.0)`` calls a function once, for tests of
        your own.
        """
        item = self._ready()
        found = self._session.learner(item)
        item.stash[_STATE] = _State(item, found, submission_of(item))
        return found

    @pytest.fixture
    def gradcheck(self) -> "Gradcheck":
        """Make assertions about a learner: contract, values, gradient, update, training."""
        from gradcheck_kit.assertions import Gradcheck
        from gradcheck_kit.assignment import read_assignment

        item = self._ready()

        def on_checked(checked: "Checked") -> None:
            state = item.stash.get(_STATE, None)
            if state is not None:
                state.checked.append(checked)

        state = item.stash.get(_STATE, None)
        hidden = state.hidden if state is not None else _points_of(item)[1]
        assignment: Assignment = read_assignment(self._session.folder(item))
        judges = self._session.judges
        return Gradcheck(lambda: _problem(item), judges, assignment, hidden, on_checked)


def submission_of(item: pytest.Item) -> int:
    """Return the number of the submission that a test is about."""
    callspec = getattr(item, "callspec", None)
    number = callspec.params.get("learner", 0) if callspec else 0
    return number if isinstance(number, int) else 0


def _problem(item: pytest.Item) -> "Problem":
    from gradcheck_kit.problems import get_problem

    return get_problem(problem_name(item))


def problem_name(item: pytest.Item) -> str:
    """Return what the marker says, else the name that the test file has."""
    marker = item.get_closest_marker("problem")
    if marker is None:
        return item.path.stem.removeprefix("test_").removesuffix("_test")
    if len(marker.args) != 1 or marker.kwargs or not isinstance(marker.args[0], str):
        raise pytest.UsageError(f"{item.nodeid}: write @pytest.mark.problem('name')")
    return marker.args[0]
