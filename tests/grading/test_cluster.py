"""Grading on a Dask cluster: a real scheduler and two workers, over TCP on this machine."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradcheck_kit.cli import main
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading import cluster
from gradcheck_kit.grading.chunks import Work
from gradcheck_kit.grading.grade import Order, grade, settings_of_sessions
from gradcheck_kit.learner.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120

if os.environ.get("CI") == "true":
    import distributed
else:
    distributed = pytest.importorskip(
        "distributed", reason="needs distributed (the extra dask), which is not installed"
    )


def started(module: str, *arguments: str, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
            stdout=stream, stderr=stream, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a scheduler and two worker processes; return where the scheduler listens."""
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    common = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    worker = [
        "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard",
        "--local-directory", str(folder), "--host", "127.0.0.1",
    ]  # fmt: skip
    processes = [
        started("dask_scheduler", *common, "--port", "0", log=folder / "scheduler.log"),
        *(started("dask_worker", *worker, log=folder / f"worker{n}.log") for n in range(2)),
    ]
    try:
        end = time.monotonic() + SECONDS
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.05)
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=SECONDS)
            yield str(client.scheduler.address)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def without_times(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if '"seconds":' not in line)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a class of a few; one ends the process that it runs in."""
    root = tmp_path / "class"
    solution = (ROOT / "solutions" / "network.py").read_text(encoding="utf-8")
    for name, more in {
        "ends": "import os\ndef sigmoid(z): os._exit(1)\n",
        "right": "",
        "wrong": "def update(w, grad, lr): return w + lr * grad\n",
        "김철수": "import 도우미\n",
    }.items():
        (root / name).mkdir(parents=True)
        (root / name / "network.py").write_text(f"{solution}\n{more}", encoding="utf-8")
    (root / "김철수" / "도우미.py").write_text("x = 1\n", encoding="utf-8")
    return root


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_cluster_gives_the_results_of_one_machine(
    address: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"seed": 17, "language": "en", "only": ["network"]}
    here = grade(Order([folder], tmp_path / "here", **options))  # type: ignore[arg-type]
    monkeypatch.setattr("gradcheck_kit.grading.engine.size_of_chunks", lambda *_: 2)
    there = grade(Order([folder], tmp_path / "there", dask=address, **options))  # type: ignore[arg-type]
    assert without_times(there.path) == without_times(here.path)
    assert [s["score"] for s in there.results["submissions"]] == [46.0, 50.0, 46.0, 50.0]


def test_an_authors_mistake_comes_back(
    address: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = tmp_path / "course"
    course.mkdir()
    (course / "test_network.py").write_text("def test_loss(learner:\n")
    arguments = ["--out", str(tmp_path / "out"), "--exercises", str(course), "--lang", "en"]
    assert main(["grade", str(folder), "--dask", address, *arguments]) == 2
    assert "the tests do not run" in capsys.readouterr().err


def test_a_session_that_hangs_on_a_cluster_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was waited for without end."""
    monkeypatch.setattr("gradcheck_kit.grading.local.STUCK_SECONDS", 1.0)
    order = Order([], tmp_path, only=["network"], limits=Limits(submission=0.5))
    settings = settings_of_sessions("en", 17, order, "basic")
    tests = {"test_network.py": b"import time\n\ndef test_loss(learner):\n    time.sleep(600)\n"}
    began = time.monotonic()
    assert cluster.run_chunk([{}], tests, settings, cluster.gradcheck_kit.__version__, "x") == []
    assert time.monotonic() - began < 60


def test_an_authors_mistake_is_told_with_the_folder_that_the_author_knows(tmp_path: Path) -> None:
    settings = settings_of_sessions("en", 17, Order([], tmp_path), "basic")
    tests = {"test_network.py": b"def test_loss(learner:\n"}
    with pytest.raises(GradcheckError, match="/my/course: the tests do not run") as caught:
        cluster.run_chunk([{}], tests, settings, cluster.gradcheck_kit.__version__, "/my/course")
    assert "gradcheck-" not in str(caught.value)


def test_a_worker_with_another_version_is_wrong_usage(
    address: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster.gradcheck_kit, "__version__", "9.9")
    with pytest.raises(GradcheckError, match=r"not 9\.9"):
        grade(Order([folder], tmp_path / "out", dask=address))


def test_nobody_at_the_address_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    work = Work(ROOT / "exercises", {})
    for address in ("tcp://127.0.0.1:1", "no address", "x://y:1"):
        with pytest.raises(GradcheckError, match="--dask"):
            cluster.DaskPlace(work, address, None)
