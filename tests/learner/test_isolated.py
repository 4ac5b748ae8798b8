"""Learner code in worker processes: contained, ended in time, and nothing left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.errors import GradcheckFailure
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.learner.isolated import IsolatedLearner, Limits, WorkerPool
from gradcheck_kit.learner.sandbox import obstacles
from gradcheck_kit.problems import get_problem

ROOT = Path(__file__).resolve().parents[2]
SOLUTION = ROOT / "solutions" / "network.py"
SHORT = Limits(load=2.0, calls=0.5, submission=30.0)

LearnerOf = Callable[..., IsolatedLearner]
PoolOf = Callable[[str], WorkerPool]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerPool]:
    """Start workers for the tests of this file from one zygote, which is up by then."""
    pool = WorkerPool()
    pool.start(tmp_path_factory.mktemp("none")).end()
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def pool_of(pool: WorkerPool) -> Iterator[PoolOf]:
    """Return a function that returns the pool of a level."""
    pools = {pool.level: pool}

    def pool_of(level: str) -> WorkerPool:
        if level == "strict" and obstacles():
            pytest.skip("no strict sandbox here")
        if level not in pools:
            pools[level] = WorkerPool(level=level)
        return pools[level]

    yield pool_of
    for made in pools.values():
        made.close()


@pytest.fixture
def learner_of(tmp_path: Path, pool: WorkerPool) -> Iterator[LearnerOf]:
    """Return a function that makes a learner whose network.py is the solution and more."""
    made: list[IsolatedLearner] = []

    def learner_of(
        code: str, limits: Limits | None = None, pool: WorkerPool = pool
    ) -> IsolatedLearner:
        text = SOLUTION.read_text(encoding="utf-8") + "\n\n" + dedent(code)
        (tmp_path / "network.py").write_text(text, encoding="utf-8")
        made.append(IsolatedLearner("learner", tmp_path, pool, limits))
        return made[-1]

    yield learner_of
    for learner in made:
        learner.close()


def judge(learner: IsolatedLearner) -> Judge:
    return Judge(learner, get_problem("network"), 0)


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    status = Path(f"/proc/{pid}/stat")
    if status.parent.parent.joinpath("self").exists():
        try:
            return status.read_text().rpartition(")")[2].split()[0] not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ends(pid: int, seconds: float = 5.0) -> bool:
    """Tell whether a process ends within some seconds."""
    end = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("level", ["strict", "basic"])
def test_matplotlib_finds_the_folder_that_it_insists_on(
    learner_of: LearnerOf, pool_of: PoolOf, level: str
) -> None:
    """Its import looks for a folder that can be written, and fails where there is none."""
    learner = learner_of(
        """
        import os
        from pathlib import Path
        place = Path(os.environ["MPLCONFIGDIR"]).resolve()
        place.mkdir(parents=True, exist_ok=True)
        assert os.access(str(place), os.W_OK) and place.is_dir()
        """,
        pool=pool_of(level),
    )
    assert learner.copy("network.py").load().status == "loaded"


# Time


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n        try:\n            while True: pass\n        except: pass",
        "import time\n    time.sleep(60)",
        "import signal\n    signal.pause()",
        "return 9 ** 9 ** 9",
    ],
)
def test_a_call_that_does_not_end_is_timed_out(learner_of: LearnerOf, body: str) -> None:
    """Also where nothing in the process could stop it; the next function is judged."""
    judging = judge(learner_of(f"def loss(p, t):\n    {body}", SHORT))
    start = time.monotonic()
    verdict = judging.verdict("loss")
    assert time.monotonic() - start < 5.0
    assert verdict.outcome == "timed_out"
    assert verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.arguments == (0.75, 0.25)
    assert judging.verdict("update").outcome == "passed"


def test_the_call_that_hangs_is_named_among_many(learner_of: LearnerOf) -> None:
    """Results come one by one, so the first that is missing is the one."""
    code = "_r = loss\ndef loss(p, t):\n    while p < 0.3: pass\n    return _r(p, t)"
    finding = judge(learner_of(code, SHORT)).verdict("loss").finding
    assert finding is not None
    assert (finding.outcome, finding.arguments) == ("timed_out", (0.2, 0.9))


def test_an_import_that_does_not_end_is_timed_out(learner_of: LearnerOf) -> None:
    """It is waited for once, and every function has the same verdict."""
    judging = judge(learner_of("while True: pass", Limits(load=0.5)))
    start = time.monotonic()
    for function in judging.problem.functions:
        verdict = judging.verdict(function.name)
        assert verdict.outcome == "timed_out"
        assert not verdict.blamed
        assert verdict.finding is not None
        assert verdict.finding.reason == "file-timed_out"
    assert time.monotonic() - start < 3.0


def test_a_submission_has_one_limit_for_everything(learner_of: LearnerOf) -> None:
    """Seven functions that hang take no longer than the submission may."""
    names = ("sigmoid", "sigmoid_prime", "forward", "loss", "backward", "update", "train")
    code = "\n".join(f"def {name}(*a):\n    while True: pass" for name in names)
    judging = judge(learner_of(code, Limits(load=0.5, calls=0.4, submission=1.0)))
    start = time.monotonic()
    found = [judging.verdict(name).outcome for name in names]
    assert time.monotonic() - start < 3.0
    assert found[0] == "timed_out"
    assert not {"passed", "follow_through"} & set(found)


def test_functions_that_hang_leave_time_for_the_others(learner_of: LearnerOf) -> None:
    """With limits in the proportion of the default ones, right functions are still judged."""
    hanging = ("sigmoid", "sigmoid_prime", "forward")
    code = "\n".join(f"def {name}(*a):\n    while True: pass" for name in hanging)
    judging = judge(learner_of(code, Limits(load=1.0, calls=0.6, submission=5.0)))
    found = {f.name: judging.verdict(f.name) for f in judging.problem.functions}
    assert {found[name].outcome for name in hanging} == {"timed_out"}
    assert found["loss"].outcome == found["update"].outcome == "passed"
    assert found["backward"].outcome == found["train"].outcome == "follow_through"


def test_callers_of_what_does_not_end_follow_through(learner_of: LearnerOf) -> None:
    """A hanging loss does not cost train its points."""
    judging = judge(learner_of("def loss(p, t):\n    while True: pass", SHORT))
    assert judging.verdict("train").outcome == "follow_through"


class _SlowPool(WorkerPool):
    """Needs a second until the first worker can start, as on a cold disk."""

    def _command(self, call: str) -> list[str]:
        return super()._command(f"import time; time.sleep(1.0); {call}")


def test_starting_the_zygote_does_not_cost_a_learner_time(learner_of: LearnerOf) -> None:
    """Whoever is first must not be timed out for it."""
    pool = _SlowPool()
    try:
        learner = learner_of("", Limits(load=0.8, calls=0.8, submission=10.0), pool)
        assert judge(learner).verdict("loss").outcome == "passed"
        learner.close()
    finally:
        pool.close()


# Crashes

CRASHES = {
    "os._exit": "os._exit(0)",
    "os._exit 1": "os._exit(1)",
    "killed": "os.kill(os.getpid(), 9)",
    "terminated": "os.kill(os.getpid(), 15)",
    "aborted": "os.abort()",
    "descriptors closed": "os.closerange(3, 64)",
    "nonsense sent": (
        "for fd in range(3, 64):\n"
        "        try: os.write(fd, b'x' * 4096)\n"
        "        except OSError: pass"
    ),
    "parent group killed": "os.killpg(0, 9)",
}
REFUSED_WHEN_STRICT = ("os.killpg(0, 9)",)


@pytest.mark.parametrize("body", CRASHES.values(), ids=CRASHES)
@pytest.mark.parametrize("level", ["strict", "basic"])
def test_a_worker_that_dies_costs_one_function(
    learner_of: LearnerOf, pool_of: PoolOf, body: str, level: str
) -> None:
    """The next function is judged in a fresh worker."""
    pool = pool_of(level)
    code = f"import os\ndef loss(p, t):\n    {body}\n    return 0.0"
    judging = judge(learner_of(code, SHORT, pool))
    verdict = judging.verdict("loss")
    refused = pool.level == "strict" and body in REFUSED_WHEN_STRICT
    assert verdict.outcome == ("raised" if refused else "crashed")
    assert verdict.blamed
    assert judging.verdict("update").outcome == "passed"
    assert judging.verdict("forward").outcome == "passed"


def test_a_worker_that_dies_at_some_point_is_told_by_its_arguments(
    learner_of: LearnerOf,
) -> None:
    """The calls before it have their results."""
    code = "import os\n_r = loss\ndef loss(p, t): return _r(p, t) if p > 0.3 else os._exit(3)"
    finding = judge(learner_of(code)).verdict("loss").finding
    assert finding is not None
    assert (finding.outcome, finding.arguments) == ("crashed", (0.2, 0.9))


def test_an_import_that_ends_python_is_crashed(learner_of: LearnerOf) -> None:
    """os._exit at the top level takes the whole file."""
    verdict = judge(learner_of("import os\nos._exit(0)")).verdict("loss")
    assert verdict.outcome == "crashed"
    assert not verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.reason == "file-crashed"


def test_deep_recursion_is_raised_or_crashed(learner_of: LearnerOf) -> None:
    """A raised recursion limit may end the worker; the next function is judged all the same."""
    code = """
    import sys
    sys.setrecursionlimit(10 ** 7)
    def loss(p, t): return loss(p, loss(p, t))
    """
    judging = judge(learner_of(code, SHORT))
    assert judging.verdict("loss").outcome in ("raised", "crashed", "timed_out")
    assert judging.verdict("update").outcome == "passed"


# Memory and output


@pytest.mark.skipif(sys.platform != "linux", reason="memory is capped through RLIMIT_AS")
@pytest.mark.parametrize(
    "body",
    [
        "kept = []\n    while True: kept.append(bytearray(1 << 26))",
        "kept = []\n    while True: kept.append(np.zeros(1 << 23))",
        "return [0] * 10 ** 10",
        "return 'x' * (1 << 40)",
    ],
)
def test_memory_is_capped(learner_of: LearnerOf, body: str) -> None:
    """A worker cannot take more than its share, and says so."""
    learner = learner_of(f"import numpy as np\ndef bomb():\n    {body}")
    with pytest.raises(GradcheckFailure, match=r"MemoryError|crashed"):
        learner.call("network.bomb")
    assert judge(learner).verdict("update").outcome == "passed"


def test_output_is_capped(learner_of: LearnerOf) -> None:
    """A flood of prints is cut, and right code that prints a lot stays right."""
    code = """
    import sys
    _r = loss
    def loss(p, t):
        for i in range(2_000): print('x' * 100, file=sys.stderr if i % 2 else sys.stdout)
        sys.__stdout__.write('y' * 10_000)
        return _r(p, t)
    """
    learner = learner_of(code)
    copy = learner.copy("network.py")
    copy.load()
    (result,) = copy.call_many("loss", [(0.75, 0.25)])
    assert result.status == "returned"
    assert len(result.output) == 2_000
    assert judge(learner).verdict("loss").outcome == "passed"


@pytest.mark.parametrize(
    "value",
    [
        "np.zeros((3000, 3000))",
        "'x' * 50_000_000",
        "[0.0] * 5_000_000",
        "tuple([[[[[[1]]]]]] * 3)",
        "10 ** 5000",
        "{'a': [1] * 1_000_000}",
        "loop",
    ],
)
def test_results_too_large_to_read_are_invalid(learner_of: LearnerOf, value: str) -> None:
    """Whatever comes back is small and plain by the time it is here."""
    code = f"import numpy as np\nloop = []\nloop.append(loop)\ndef loss(p, t): return {value}"
    judging = judge(learner_of(code))
    assert judging.verdict("loss").outcome == "invalid"
    assert judging.verdict("update").outcome == "passed"


# What a worker knows and can do


def test_the_terminal_of_the_grader_is_out_of_reach(
    learner_of: LearnerOf, capfd: pytest.CaptureFixture[str]
) -> None:
    """Writing to the standard descriptors ends nowhere, reading gives nothing."""
    code = """
    import os, sys
    os.write(1, b'loud'); os.write(2, b'loud')
    sys.__stdout__.write('loud'); sys.__stdout__.flush()
    def f(): return os.read(0, 10).decode()
    """
    learner = learner_of(code)
    assert learner.call("network.f") == ""
    learner.close()
    assert capfd.readouterr() == ("", "")


def test_no_reference_is_in_the_worker(learner_of: LearnerOf) -> None:
    """Neither the problems nor the checks nor pytest are loaded there."""
    code = """
    import sys
    def f():
        known = [n for n in sys.modules if n.startswith(('gradcheck_kit.', 'pytest', 'network'))]
        return sorted(known)
    """
    found = learner_of(code).call("network.f")
    assert [n for n in found if n.startswith("pytest")] == []
    allowed = ("gradcheck_kit.learner", "gradcheck_kit.numerics", "gradcheck_kit.errors")
    extra = [n for n in found if n != "network" and not n.startswith(allowed)]
    assert extra == []


def test_the_environment_is_scrubbed(
    tmp_path: Path, learner_of: LearnerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret of the grader's environment is not handed on."""
    monkeypatch.setenv("A_SECRET_TOKEN", "s3cret")
    own = WorkerPool()
    try:
        learner = learner_of("import os\ndef f(): return sorted(os.environ)", pool=own)
        names = learner.call("network.f")
        learner.close()
    finally:
        own.close()
    assert "A_SECRET_TOKEN" not in names
    assert "HOME" in names


def test_files_cannot_be_written(learner_of: LearnerOf, tmp_path: Path) -> None:
    """A worker may create files but not fill them; right code beside it stays right."""
    target = tmp_path / "stolen.txt"
    code = f"""
    def f():
        with open({str(target)!r}, 'w') as stream: stream.write('x' * 100)
    """
    judging = judge(learner_of(code))
    with pytest.raises(GradcheckFailure):
        judging.learner.call("network.f")
    assert not target.exists() or target.read_text() == ""


def test_helpers_and_data_beside_the_file_can_be_read(
    learner_of: LearnerOf, tmp_path: Path
) -> None:
    """The working directory is the submission's folder."""
    (tmp_path / "helper.py").write_text("half = 0.5\n")
    (tmp_path / "데이터.txt").write_text("0.5", encoding="utf-8")
    code = """
    from pathlib import Path
    import helper
    half = float(Path('데이터.txt').read_text(encoding='utf-8'))
    def loss(p, t): return half * (p - t) ** 2 * helper.half * 2
    """
    assert judge(learner_of(code)).verdict("loss").outcome == "passed"
    assert not (tmp_path / "__pycache__").exists()


# Nothing is left

PIDS = "import os\ndef pids(): return os.getpid(), os.getppid()"


def test_no_process_is_left(learner_of: LearnerOf) -> None:
    """Closing the learner ends its workers, closing the pool the zygote."""
    own = WorkerPool()
    learner = learner_of(PIDS, pool=own)
    worker, zygote = learner.call("network.pids")
    assert is_running(worker)
    assert is_running(zygote)
    assert os.getpid() not in (worker, zygote)
    learner.close()
    assert ends(worker)
    assert is_running(zygote)
    own.close()
    assert ends(zygote)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("end", ["close", "time out"])
def test_processes_that_learner_code_started_end_with_it(
    learner_of: LearnerOf, pool_of: PoolOf, end: str
) -> None:
    """Where it can start any: they are ended with it, whether it is closed or hangs."""
    code = """
    import os, time
    def start():
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        return child
    def hang():
        while True: pass
    """
    learner = learner_of(code, SHORT, pool_of("basic"))
    child = learner.call("network.start")
    assert is_running(child)
    if end == "close":
        learner.close()
    else:
        with pytest.raises(GradcheckFailure):
            learner.call("network.hang")
    assert ends(child)


def test_a_zygote_that_was_killed_is_replaced(learner_of: LearnerOf) -> None:
    """A learner who kills the parent process stops nobody else."""
    own = WorkerPool()
    try:
        first = learner_of(PIDS, pool=own)
        _worker, zygote = first.call("network.pids")
        first.close()
        os.kill(zygote, 9)
        assert ends(zygote)
        second = learner_of(PIDS, pool=own)
        assert second.call("network.pids")[1] != zygote
        assert judge(second).verdict("loss").outcome == "passed"
        second.close()
    finally:
        own.close()


def test_learner_code_cannot_end_the_zygote_for_others(learner_of: LearnerOf) -> None:
    """Killing one's parent costs at most one's own function."""
    own = WorkerPool()
    try:
        judging = judge(
            learner_of("import os\ndef loss(p, t): return os.kill(os.getppid(), 9)", pool=own)
        )
        assert not judging.verdict("loss").is_right
        assert judging.verdict("update").outcome == "passed"
        judging.learner.close()
    finally:
        own.close()


def test_a_pool_can_be_closed_twice_and_without_use() -> None:
    """Closing is always safe."""
    pool = WorkerPool()
    pool.close()
    pool.close()


# Fresh interpreters


def test_workers_without_fork_give_the_same_verdicts(pool: WorkerPool) -> None:
    """Where there is no fork, every worker is an interpreter of its own."""
    folder = ROOT / "tests" / "submissions" / "mistakes" / "case_34"
    problem = get_problem("network")
    found = []
    spawning = WorkerPool(fork=False)
    try:
        for kind in (pool, spawning):
            learner = IsolatedLearner("case_34", folder, kind)
            judging = Judge(learner, problem, 5)
            verdicts = [judging.verdict(function.name) for function in problem.functions]
            found.append([(v.function, v.outcome, v.blamed, v.line) for v in verdicts])
            learner.close()
    finally:
        spawning.close()
    assert found[0] == found[1]
    assert [name for name, _, blamed, _ in found[0] if blamed] == ["sigmoid"]


def test_workers_without_fork_end_and_time_out(learner_of: LearnerOf) -> None:
    """They are ended like the others."""
    spawning = WorkerPool(fork=False)
    code = PIDS + "\ndef loss(p, t):\n    while True: pass"
    try:
        learner = learner_of(code, Limits(load=20.0, calls=3.0, submission=60.0), spawning)
        worker, _parent = learner.call("network.pids")
        assert is_running(worker)
        copy = learner.copy("network.py")
        assert copy.load().status == "loaded"
        assert copy.call_many("loss", [(0.75, 0.25)])[0].status == "timed_out"
        learner.close()
        assert ends(worker)
    finally:
        spawning.close()


# learner.call


def test_call_sends_and_returns_plain_values(learner_of: LearnerOf) -> None:
    """Numbers, arrays, text, lists and tuples go there and back."""
    learner = learner_of(
        "def echo(*a): return a\ndef kinds(*a): return [type(x).__name__ for x in a]"
    )
    array = np.array([[1, 2], [3, 4]])
    sent = (1, 2.5, True, None, "기울기", [1.0, (2, 3)], array, 1 + 2j)
    got = learner.call("network.echo", *sent)
    assert got[:6] == sent[:6]
    assert got[6].tolist() == array.tolist()
    assert got[6].dtype == array.dtype
    assert got[7] == 1 + 2j
    assert learner.call("network.kinds", *sent)[:4] == ["int", "float", "bool", "NoneType"]


@pytest.mark.parametrize(
    ("function", "outcome", "text"),
    [
        ("network.nothing", "missing", "no nothing"),
        ("network.fails", "raised", "ZeroDivisionError"),
        ("network.hangs", "timed_out", "hangs"),
        ("network.dies", "crashed", "dies"),
    ],
)
def test_call_fails_with_the_outcome(
    learner_of: LearnerOf, function: str, outcome: str, text: str
) -> None:
    """And the next call works again."""
    code = """
    import os
    def fails(): return 1 / 0
    def hangs():
        while True: pass
    def dies(): os._exit(1)
    """
    learner = learner_of(code, SHORT)
    with pytest.raises(GradcheckFailure, match=text) as caught:
        learner.call(function)
    assert caught.value.outcome == outcome
    assert learner.call("network.loss", 0.75, 0.25) == 0.125


def test_the_files_of_a_learner_share_a_worker(tmp_path: Path, pool: WorkerPool) -> None:
    """Each starts anew; a second copy of one, which gets stand-ins, is elsewhere."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("import os\ndef f():\n    return os.getpid()\n")
    learner = IsolatedLearner("x", tmp_path, pool)
    one, two, again = (learner.copy(name) for name in ("one.py", "two.py", "one.py"))
    processes = [copy.call_many("f", [()])[0].value for copy in (one, two, again) if copy.load()]
    assert processes[0] == processes[1] != processes[2]
    learner.close()
    assert all(ends(process) for process in processes)


def test_a_worker_that_ends_costs_the_other_files_nothing(tmp_path: Path, pool: WorkerPool) -> None:
    """They are loaded again, in a fresh one."""
    (tmp_path / "good.py").write_text("def f():\n    return 1\n")
    (tmp_path / "bad.py").write_text("import os\ndef f():\n    os._exit(3)\n")
    learner = IsolatedLearner("x", tmp_path, pool)
    good, bad = learner.copy("good.py"), learner.copy("bad.py")
    assert (good.load().status, bad.load().status) == ("loaded", "loaded")
    for lost in (0, 1):
        assert learner.workers_lost == lost
        assert good.call_many("f", [(), ()])[-1].value == 1
        assert [result.status for result in bad.call_many("f", [(), ()])] == ["crashed"]
    learner.close()


def test_an_import_that_succeeds_only_once_ends(tmp_path: Path, pool: WorkerPool) -> None:
    """Nobody tries for ever to load it again."""
    (tmp_path / "bad.py").write_text(
        "import os\nif os.urandom(1)[0] < 200:\n    os._exit(3)\ndef f():\n    os._exit(4)\n"
    )
    learner = IsolatedLearner("x", tmp_path, pool)
    for _ in range(200):
        copy = learner.copy("bad.py")
        if copy.load().status == "loaded":
            break
    copy.substitute("def g(): return 1", ["g"])
    for _ in range(5):
        assert [result.status for result in copy.call_many("f", [()])] == ["crashed"]
    learner.close()


def test_a_function_that_hangs_when_it_is_looked_at_can_be_called(
    tmp_path: Path, pool: WorkerPool
) -> None:
    """And the others are told of one by one."""
    (tmp_path / "odd.py").write_text(
        "class Odd:\n"
        "    @property\n"
        "    def __signature__(self):\n"
        "        while True: pass\n"
        "    def __call__(self, x):\n"
        "        return x\n"
        "odd = Odd()\n"
        "def f(x, y): return x\n"
    )
    learner = IsolatedLearner("x", tmp_path, pool, SHORT)
    copy = learner.copy("odd.py", {"f": 1, "odd": 1})
    assert copy.load().status == "loaded"
    assert copy.presence("f", 1).status == "parameters"
    assert copy.presence("odd", 1).status == "callable"
    assert [result.value for result in copy.call_many("odd", [(3,), (4,)])] == [3, 4]
    learner.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_waiting_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """A worker waits for the next module; nobody notices when it is gone."""
    pool = WorkerPool()
    pool.warm_up()
    assert pool._zygote is not None
    for _ in range(3):
        children = Path(f"/proc/{pool._zygote.pid}/task/{pool._zygote.pid}/children")
        for _ in range(100):
            waiting = children.read_text().split()
            if waiting:
                break
            time.sleep(0.01)
        os.kill(int(waiting[-1]), signal.SIGKILL)
        assert ends(int(waiting[-1]))
        (tmp_path / "one.py").write_text("def f():\n    return 1\n")
        learner = IsolatedLearner("x", tmp_path, pool)
        copy = learner.copy("one.py")
        assert copy.load().status == "loaded"
        assert copy.call_many("f", [()])[0].value == 1
        learner.close()
    pool.close()


# What a course says of installed packages

IMPORTS = """
def can_import(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True
"""


@pytest.mark.parametrize("level", ["strict", "basic"])
@pytest.mark.parametrize("fork", [True, False], ids=["fork", "spawn"])
def test_a_course_names_what_can_be_imported(
    level: str, fork: bool, learner_of: LearnerOf, pool_of: PoolOf
) -> None:
    """A named package also in the strict sandbox; one that is hidden at no level."""
    pool_of(level)  # skips where there is no strict sandbox
    pluggy = str(Path(sys.modules["pluggy"].__file__ or "").parent.resolve())
    with_both = Imports(packages=("wcwidth",), hidden=(pluggy,))
    for imports, expected in (
        (Imports(), {"strict": (False, False), "basic": (True, True)}[level]),
        (with_both, (True, False)),
    ):
        own = WorkerPool(fork=fork, level=level, imports=imports)
        try:
            learner = learner_of(IMPORTS, pool=own)
            names = ("wcwidth", "pluggy")
            assert tuple(learner.call("network.can_import", name) for name in names) == expected
            learner.close()
        finally:
            own.close()
