"""A grading that is stopped, killed, split or repeated gives the results of one that is not."""

import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gradcheck_kit.cli import main
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading import chunks, engine
from gradcheck_kit.grading import grade as grading
from gradcheck_kit.grading.chunks import Chunk, Line
from gradcheck_kit.grading.copying import remove_tree
from gradcheck_kit.grading.grade import Graded, Order, grade
from gradcheck_kit.grading.journal import JOURNAL, Journal, hash_of_files
from gradcheck_kit.grading.local import LocalPlace
from gradcheck_kit.learner.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
MISTAKES = ROOT / "tests" / "submissions" / "mistakes"
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals")
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a class of eight: right and wrong ones, one unreadable, one that hangs."""
    root = tmp_path_factory.mktemp("class")
    for n, case in enumerate(("case_34", "case_05", "case_12", "case_20")):
        shutil.copytree(MISTAKES / case, root / f"wrong{n}")
    shutil.copytree(ROOT / "solutions", root / "김철수")
    shutil.copytree(ROOT / "exercises", root / "stubs")
    (root / "broken.zip").write_text("no zip")
    (root / "ends").mkdir()
    (root / "ends" / "network.py").write_text("import os\ndef sigmoid(z): os._exit(1)\n")
    return root


def run(folder: Path, out: Path, **options: Any) -> Graded:
    return grade(Order([folder], out, **{"seed": 17, "jobs": 2, "language": "en", **options}))


def without_times(path: Path) -> str:
    """Return the text of results.json, timings left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if '"seconds":' not in line)


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the results of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole")
    run(folder, out)
    return without_times(out / "results.json")


def sessions(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Return a list of the chunks that are started from now on."""
    started: list[list[int]] = []
    real = LocalPlace.start

    def start(self: LocalPlace, chunk: Chunk) -> None:
        started.append(list(chunk.numbers))
        real(self, chunk)

    monkeypatch.setattr(LocalPlace, "start", start)
    return started


# The same results, whatever happens


def test_results_are_those_that_json_would_write(whole: str, folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path, jobs=1)
    text = done.path.read_text(encoding="utf-8")
    assert text == json.dumps(done.results, ensure_ascii=False, indent=1) + "\n"
    assert without_times(done.path) == whole
    assert done.summary.scores == [s["score"] for s in done.results["submissions"]]
    assert done.summary.statuses == {"graded": 7, "unreadable": 1}


@pytest.mark.parametrize("size", [1, 3])
def test_the_size_of_chunks_does_not_matter(
    whole: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(engine, "size_of_chunks", lambda *_: size)
    assert without_times(run(folder, tmp_path).path) == whole


def test_what_is_graded_is_not_graded_again(
    whole: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder, tmp_path)
    started = sessions(monkeypatch)
    done = run(folder, tmp_path, resume=True, seed=None)
    assert started == []
    assert without_times(done.path) == whole
    run(folder, tmp_path, seed=17)
    assert started  # without --resume everything is


def test_what_has_changed_is_graded_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "class"
    shutil.copytree(folder, own)
    run(own, tmp_path / "out")
    started = sessions(monkeypatch)
    path = own / "stubs" / "network.py"
    path.write_text((ROOT / "solutions" / "network.py").read_text(encoding="utf-8"))
    done = run(own, tmp_path / "out", resume=True)
    assert [len(chunk) for chunk in started] == [1]
    scores = {s["id"]: s["score"] for s in done.results["submissions"]}
    assert scores["stubs"] == 50


def test_a_name_is_part_of_what_must_be_the_same(folder: Path, tmp_path: Path) -> None:
    one = hash_of_files(folder / "stubs", start="a")
    assert one != hash_of_files(folder / "stubs", start="b")
    (tmp_path / "ab").write_text("c")
    before = hash_of_files(tmp_path)
    (tmp_path / "ab").rename(tmp_path / "a")
    (tmp_path / "a").write_text("bc")
    assert hash_of_files(tmp_path) != before


@pytest.mark.parametrize("changed", ["tests", "version", "language"])
def test_other_tests_version_or_language_mean_grading_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    exercises = tmp_path / "exercises"
    shutil.copytree(ROOT / "exercises", exercises)
    options: dict[str, Any] = {"exercises": exercises, "only": ["warmup"]}
    run(folder, tmp_path / "out", **options)
    if changed == "tests":
        (exercises / "more.txt").write_text("x")
    elif changed == "version":
        monkeypatch.setattr(grading.gradcheck_kit, "__version__", "9.9")
    else:
        options["language"] = "ko"
    started = sessions(monkeypatch)
    done = run(folder, tmp_path / "out", resume=True, seed=None, **options)
    assert done.is_anew
    assert started
    assert done.results["assignment"]["seed"] == 17


def test_another_seed_contradicts_the_journal(
    folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    run(folder, tmp_path, only=["warmup"])
    before = (tmp_path / JOURNAL).read_bytes()
    arguments = ["grade", str(folder), "--out", str(tmp_path), "--resume", "--lang", "en"]
    assert main([*arguments, "--only", "warmup", "--seed", "18"]) == 2
    assert "the journal in" in capsys.readouterr().err
    assert (tmp_path / JOURNAL).read_bytes() == before
    assert main([*arguments, "--only", "warmup", "--seed", "17"]) == 0


def test_resuming_nothing_starts_from_the_beginning(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path, resume=True, only=["warmup"])
    assert not done.is_anew
    assert len(done.summary.scores) == 8


@pytest.mark.skipif(sys.platform != "linux", reason="flock")
def test_two_graders_do_not_write_into_one_folder(folder: Path, tmp_path: Path) -> None:
    with (
        Journal(tmp_path, 1, 1, {}, resume=False),
        pytest.raises(GradcheckError, match="another gradcheck-kit grade"),
    ):
        run(folder, tmp_path, resume=True)


# The journal itself


@pytest.mark.parametrize(
    "end", [b"", b'{"key": "c", "fin', b'{"key": "c", "final": true, "entry": {}}', b"\xff\n{}\n"]
)
def test_half_a_line_is_as_if_it_were_not_there(tmp_path: Path, end: bytes) -> None:
    with Journal(tmp_path, 5, 0, {"a": 1}, resume=False) as journal:
        journal.add("a", {"score": 1}, final=True)
        journal.add("b", {"score": 2}, final=False)
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    path.write_bytes(whole + end)
    with Journal(tmp_path, None, 0, {"a": 1}, resume=True) as journal:
        assert path.read_bytes() == whole
        assert (journal.seed, journal.has("c"), journal.is_stale) == (5, False, False)
        assert journal.is_final("a")
        assert not journal.is_final("b")
        journal.add("b", {"score": 3}, final=True)
        assert journal.entry("a") == {"score": 1}
        assert journal.entry("b") == {"score": 3}
    with Journal(tmp_path, 5, 0, {"a": 1}, resume=True) as journal:
        assert journal.is_final("b")


@pytest.mark.parametrize("data", [b"", b"{}\n", b"[]\n", b"3\n", b"\xff\n", b'{"journal": 2}\n'])
def test_what_is_no_journal_is_begun_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / JOURNAL).write_bytes(data)
    with Journal(tmp_path, None, 9, {}, resume=True) as journal:
        assert journal.seed == 9


def test_only_copies_of_a_grader_are_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("gradcheck-abc", "mine", "gradcheck-x/gradcheck-y"):
        (tmp_path / name).mkdir(parents=True)
        with Journal(tmp_path, 1, 1, {}, resume=False) as journal:
            journal.note_scratch(tmp_path / name)
        with Journal(tmp_path, None, 1, {}, resume=True):
            pass
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gradcheck-x", JOURNAL, "mine"]
    assert (tmp_path / "gradcheck-x" / "gradcheck-y").exists()


# Once more, alone


def test_what_timed_out_or_crashed_is_graded_once_more_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first result is not final: a grader that is killed in between looks again."""
    started = sessions(monkeypatch)
    run(folder, tmp_path)
    names = sorted(p.stem for p in folder.iterdir())
    assert started[-1] == [names.index("ends")]
    lines = [json.loads(text) for text in (tmp_path / JOURNAL).read_text().splitlines()]
    finals = [line["final"] for line in lines if "key" in line]
    assert sorted(finals) == [False] + [True] * 7
    assert finals[-1] is True


def test_a_time_out_of_a_busy_machine_does_not_count(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the first session of every submission says that something timed out."""
    seen: set[int] = set()
    real = LocalPlace.poll

    def poll(self: LocalPlace) -> Any:
        for event in real(self):
            if isinstance(event, Line) and event.number not in seen:
                seen.add(event.number)
                for check in event.found["checks"]:
                    check["outcome"] = "timed_out"
            yield event

    monkeypatch.setattr(LocalPlace, "poll", poll)
    done = run(folder / "stubs", tmp_path, only=["warmup"])
    outcomes = {check["outcome"] for check in done.results["submissions"][0]["checks"]}
    assert outcomes == {"not_started"}


@pytest.mark.parametrize(
    ("looks", "outcome", "count"),
    [
        (["timed_out"] * 9, "timed_out", 2),  # seen twice: it is so
        (["crashed", "timed_out", ""], "not_started", 3),
        (["crashed", "timed_out", "timed_out"], "timed_out", 3),
        (["crashed", "timed_out"] * 5, "timed_out", 4),  # enough
        (["lost", ""], "not_started", 2),  # a worker was lost, whatever came of it
    ],
)
def test_looks_that_differ_do_not_count(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    looks: list[str],
    outcome: str,
    count: int,
) -> None:
    """Whoever ends workers from outside must not decide about a learner."""
    real, left = LocalPlace.poll, list(looks)

    def poll(self: LocalPlace) -> Any:
        for event in real(self):
            if isinstance(event, Line):
                look = left.pop(0) if left else ""
                for check in event.found["checks"]:
                    if look == "lost":
                        check["workers_lost"] = 1
                    elif look:
                        check["outcome"] = look
            yield event

    monkeypatch.setattr(LocalPlace, "poll", poll)
    started = sessions(monkeypatch)
    done = run(folder / "stubs", tmp_path, only=["warmup"])
    outcomes = {check["outcome"] for check in done.results["submissions"][0]["checks"]}
    assert outcomes == {outcome}
    assert len(started) == count


def test_a_submission_the_grader_fails_on_is_tried_once_more(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one the session came down over goes alone; the others get a session together."""
    started: list[list[int]] = []
    real = LocalPlace.start

    def start(self: LocalPlace, chunk: Chunk) -> None:
        started.append(list(chunk.numbers))
        real(self, chunk)
        if len(started) == 1:
            self._running[0].process.kill()

    monkeypatch.setattr(LocalPlace, "start", start)
    done = run(folder, tmp_path, jobs=1, only=["warmup"])
    first, others, alone = started
    assert others == first[1:]
    assert alone == first[:1]
    assert set(done.summary.statuses) == {"graded", "unreadable"}


# Stopped and killed


def command(folder: Path, out: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "gradcheck_kit", "grade", str(folder), "--out", str(out), "--jobs",
        "2", "--lang", "en", *more,
    ]  # fmt: skip


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 120
    while process.poll() is None and not condition() and time.monotonic() < end:
        time.sleep(0.01)


@POSIX
def test_stopping_leaves_results_and_a_journal_to_go_on_with(
    whole: str, folder: Path, tmp_path: Path
) -> None:
    # "waits" keeps the first session busy for a while; it is not there in the end.
    own = tmp_path / "class"
    shutil.copytree(folder, own)
    (own / "waits").mkdir()
    (own / "waits" / "network.py").write_text("while True: pass\n")
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(own, out, "--seed", "17"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    journal = out / JOURNAL
    wait_for(lambda: journal.exists() and journal.read_bytes().count(b"\n") >= 4, process)
    process.send_signal(signal.SIGINT)
    _out, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"--resume goes on" in said
    assert len(said.splitlines()) == 2
    partial = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert partial["complete"] is False
    assert all(s["status"] in ("graded", "unreadable") for s in partial["submissions"])
    remove_tree(own / "waits")
    run(own, out, resume=True, seed=None)
    assert without_times(out / "results.json") == whole


@POSIX
def test_kills_at_any_moment_do_not_change_the_results(
    whole: str, folder: Path, tmp_path: Path
) -> None:
    """Three here; benchmarks/kills.py does fifty, and of sessions, zygotes and workers, too."""
    draw = random.Random(3)
    out = tmp_path / "out"
    for _ in range(3):
        process = subprocess.Popen(
            command(folder, out, "--seed", "17", "--resume"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(draw.uniform(0.1, 3.0))
        process.kill()
        process.wait()
    run(folder, out, resume=True)
    assert without_times(out / "results.json") == whole


# Shards


def test_shards_are_merged_to_the_same_results(
    whole: str, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    parts = []
    for n in (3, 1, 2):
        out = tmp_path / str(n)
        assert main(
            ["grade", str(folder), "--out", str(out), "--seed", "17", "--shard", f"{n}/3",
             "--lang", "en"]
        ) == 0  # fmt: skip
        parts.append(str(out) if n == 1 else str(out / "results.json"))
    capsys.readouterr()
    assert main(["merge", *parts, "--out", str(tmp_path / "all"), "--lang", "en"]) == 0
    assert "submissions graded: 8" in capsys.readouterr().out
    assert without_times(tmp_path / "all" / "results.json") == whole


_REPORTS = ("csv", "junit", "github", "gradescope")


def reports_in(folder: Path) -> dict[str, str]:
    """Return all reports as text, timings left out."""
    files = [folder / "grades.csv", folder / "junit.xml"]
    files += [
        f for name in ("github", "gradescope", "feedback") for f in folder.glob(f"{name}/**/*")
    ]
    time = re.compile(r'(?<="execution_time": )[\d.]+|(?<= time=")[\d.]+')
    found = {}
    for path in (path for path in files if path.is_file()):
        text = time.sub("-", path.read_text(encoding="utf-8"))
        if path.suffix == ".csv":  # seconds are its ninth column
            rows = csv.reader(io.StringIO(text))
            text = "\n".join("|".join(row[:8] + row[9:]) for row in rows)
        found[path.relative_to(folder).as_posix()] = text
    return found


def test_reports_are_the_same_at_once_later_and_of_merged_shards(
    folder: Path, tmp_path: Path
) -> None:
    formats = [word for name in _REPORTS for word in ("--format", name)]
    given = ["--seed", "17", "--lang", "en"]
    at_once, merged = tmp_path / "once", tmp_path / "merged"
    assert main(["grade", str(folder), "--out", str(at_once), *given, *formats, "--feedback"]) == 0
    found = reports_in(at_once)
    assert len(found) == 2 + 8 + 1 + 2 * 8 + 8
    for path in at_once.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    again = ["--format", "csv", "--resume", *given, "--feedback"]
    assert main(["grade", str(folder), "--out", str(at_once), *again]) == 0
    for number in (1, 2):
        out = str(tmp_path / str(number))
        assert main(["grade", str(folder), "--out", out, *given, "--shard", f"{number}/2"]) == 0
    parts = [str(tmp_path / "1"), str(tmp_path / "2")]
    assert main(["merge", *parts, "--out", str(merged), "--lang", "en"]) == 0
    for out in (at_once, merged):
        feedback = ["--feedback", str(out / "feedback")]
        assert main(["report", str(out), *formats, *feedback, "--lang", "en"]) == 0
        assert reports_in(out) == found


def test_more_shards_than_submissions(folder: Path, tmp_path: Path) -> None:
    done = run(folder / "stubs", tmp_path, shard=(2, 2), only=["warmup"])
    assert done.results["submissions"] == []
    assert done.results["assignment"]["max_score"] == 20
    assert main(["merge", str(tmp_path), "--out", str(tmp_path / "all")]) == 2


def test_shards_need_one_seed(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = ["grade", str(folder), "--out", str(tmp_path), "--shard", "1/2", "--lang", "en"]
    assert main(arguments) == 2
    assert "the same --seed" in capsys.readouterr().err


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "1/", "/2", "a/b", "-1/2", "1/2/3"])
def test_what_is_no_shard(folder: Path, tmp_path: Path, shard: str) -> None:
    arguments = ["grade", str(folder), "--out", str(tmp_path), f"--shard={shard}", "--seed", "1"]
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def results(**changes: Any) -> dict[str, Any]:
    assignment = {"id": "a", "max_score": 1.0, "seed": 1, "kit_version": "1"}
    whole = {
        "schema": 1,
        "assignment": assignment,
        "sandbox": {"level": "strict", "layers": []},
        "submissions": [submission("kim")],
    }
    return {**whole, **changes}


def submission(name: str, status: str = "graded", score: float = 1.0) -> dict[str, Any]:
    return {
        "id": name, "status": status, "score": score, "max_score": 1.0, "seconds": 0.0,
        "blame": [], "checks": [],
    }  # fmt: skip


def merged(tmp_path: Path, *parts: Any) -> int:
    paths = []
    for n, part in enumerate(parts):
        paths.append(tmp_path / f"{n}.json")
        paths[-1].write_text(part if isinstance(part, str) else json.dumps(part))
    return main(["merge", *map(str, paths), "--out", str(tmp_path / "all"), "--lang", "en"])


OTHER = [submission("lee", "crashed", 0.0)]
OTHER_SEED = {"id": "a", "max_score": 1.0, "seed": 2, "kit_version": "1"}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (["no json"], "no results.json: not JSON"),
        (["[" * 100_000], "no results.json: not JSON"),
        (["[]"], "no results.json: it has no schema"),
        ([results(sandbox={})], "no results.json: 'level' is missing"),
        ([results(shard=3)], "no results.json: something in it is not what it should be"),
        ([results(shard={"number": 3, "of": 2})], "no shard: 3 of 2"),
        ([results(), results()], "kim is in other results as well"),
        ([results(), results(assignment=OTHER_SEED)], "not the same seed"),
        ([results(), results(submissions=OTHER, complete=False)], "finish it with --resume"),
        ([results(shard={"number": 2, "of": 3})], "missing: 1, 3"),
        ([results(shard={"number": 1, "of": 1}), results(submissions=OTHER)], "not shards"),
    ],
)
def test_what_does_not_belong_together_is_not_merged(
    tmp_path: Path, capsys: Capture, parts: Sequence[Any], said: str
) -> None:
    assert merged(tmp_path, *parts) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "all" / "results.json").exists()


def test_merging_into_a_folder_that_cannot_be_written_to_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """It was a traceback."""
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert merged(tmp_path, results()) == 2
    assert "all: cannot be written to" in capsys.readouterr().err


def test_merging_keeps_the_lowest_level_and_the_status(tmp_path: Path) -> None:
    low = {"level": "basic", "layers": ["rlimits"]}
    assert merged(tmp_path, results(), results(submissions=OTHER, sandbox=low)) == 1
    found = json.loads((tmp_path / "all" / "results.json").read_text())
    assert found["sandbox"] == low
    assert [s["id"] for s in found["submissions"]] == ["kim", "lee"]


# Sizes of chunks


@pytest.mark.parametrize("can_recall", [False, True])
@pytest.mark.parametrize("jobs", [1, 2, 7])
@pytest.mark.parametrize("everything", [1, 8, 60, 1000, 10_000])
def test_chunks_fill_all_processes_evenly(everything: int, jobs: int, can_recall: bool) -> None:
    size = chunks.size_of_chunks(everything, jobs, can_recall)
    count = -(-everything // size)
    rounds = -(-count // jobs)
    assert size <= chunks.LARGEST
    assert count >= min(jobs, everything) / 2
    if can_recall:  # as few sessions as are possible
        assert rounds == -(-everything // (jobs * chunks.LARGEST))
    elif everything >= 4 * jobs * chunks.SMALLEST:
        assert rounds >= 4


def test_nothing_to_grade_is_no_chunk() -> None:
    assert chunks.size_of_chunks(0, 2, True) == 1


def test_a_process_without_work_shares_that_of_the_slowest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same results; nobody is suspected of having ended a session that gave back its rest."""
    solution = (ROOT / "solutions" / "warmup.py").read_text(encoding="utf-8")
    for name in ("a1", "a2", "a3", "b1", "b2", "b3"):
        (tmp_path / "class" / name).mkdir(parents=True)
        slow = "\nimport time\ntime.sleep(1.5)\n" if name == "b1" else ""
        path = tmp_path / "class" / name / "warmup.py"
        path.write_text(solution + slow, encoding="utf-8")
    started = sessions(monkeypatch)
    monkeypatch.setattr(engine, "RECALL_SECONDS", 1e9)
    alone = run(tmp_path / "class", tmp_path / "alone", only=["warmup"])
    assert started == [[0, 1, 2], [3, 4, 5]]
    started.clear()
    monkeypatch.setattr(engine, "RECALL_SECONDS", -1.0)
    shared = run(tmp_path / "class", tmp_path / "shared", only=["warmup"])
    assert started[:2] == [[0, 1, 2], [3, 4, 5]]
    assert len(started) > 2  # b1 takes long, so most likely b2 and b3
    assert all(number in (1, 2, 4, 5) for chunk in started[2:] for number in chunk)
    assert without_times(shared.path) == without_times(alone.path)
    assert {s["score"] for s in shared.results["submissions"]} == {20.0}


@pytest.mark.skipif(sys.platform != "linux", reason="affinity is Linux's")
def test_only_the_cores_that_this_process_may_use_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container they are fewer than the machine has."""
    work = chunks.Work(tmp_path, {"limits": (1.0,) * len(Limits().to_plain())})
    for allowed in ({0}, {0, 5, 7}):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid, own=allowed: own)
        order = Order([], tmp_path)
        assert grading._place(order, work, tmp_path).slots == len(allowed)
        assert not LocalPlace(work, tmp_path, len(allowed)).has_idle_cores
        assert LocalPlace(work, tmp_path, len(allowed) - 1).has_idle_cores


class Slow(chunks.Place):
    """A place where the last submissions of each session never end."""

    can_recall = True
    has_idle_cores = True
    slots = 2

    def __init__(self) -> None:
        self.running: list[Chunk] = []
        self.most = 0
        self.polls = 0

    def start(self, chunk: Chunk) -> None:
        self.running.append(chunk)
        self.most = max(self.most, len(self.running))

    def poll(self) -> Any:
        self.polls += 1
        for chunk in list(self.running):
            for number in chunk.left[: max(0, len(chunk.left) - 20)][:50]:
                chunk.done.add(number)
                yield Line(number, {"seconds": 0.0, "checks": []})
        if self.polls > 60:
            raise KeyboardInterrupt

    def stop(self) -> None:
        pass


def test_there_is_at_most_one_session_more_than_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each one that had few left counted for nothing, and they piled up."""
    place = Slow()
    monkeypatch.setattr(engine, "copy_submission", lambda *_: [])
    monkeypatch.setattr(engine, "hash_of_files", lambda *_, start: start)
    class_of = [engine.Submission(f"s{n}", ()) for n in range(2000)]
    with Journal(tmp_path, 1, 1, {}, False) as journal:
        work = engine.Engine(class_of, [], tmp_path, journal, place, lambda done: None)
        with pytest.raises(KeyboardInterrupt):
            work.run()
    assert place.most == 3


CHECK = {
    "test": "test_network.py::test_loss", "function": "network.loss", "points": 4.0,
    "max_points": 4.0, "hidden": False, "outcome": "passed", "blamed": False, "diagnosis": [],
    "notes": [], "message": "",
}  # fmt: skip


class Killed(Slow):
    """A place where somebody kills the session that is busy with one submission, so often."""

    def __init__(self, victim: int, times: int) -> None:
        super().__init__()
        self.victim = victim
        self.times = times

    def poll(self) -> Any:
        chunk = self.running.pop()
        for number in chunk.numbers:
            if number == self.victim and self.times:
                self.times -= 1
                break
            chunk.done.add(number)
            yield Line(number, {"seconds": 0.0, "checks": [CHECK]})
        yield chunk


@pytest.mark.parametrize(("times", "is_graded"), [(0, True), (1, True), (2, True), (3, False)])
def test_two_looks_alone_must_see_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, is_graded: bool
) -> None:
    """A session with others that came down over a submission is no look at it yet."""
    monkeypatch.setattr(engine, "copy_submission", lambda *_: [])
    monkeypatch.setattr(engine, "hash_of_files", lambda *_, start: start)
    class_of = [engine.Submission(f"s{n}", ()) for n in range(6)]
    place = Killed(2, times)
    with Journal(tmp_path, 1, 1, {}, False) as journal:
        engine.Engine(class_of, [], tmp_path, journal, place, lambda done: None).run()
        graded = [number for number in range(6) if journal.has(f"s{number}")]
    assert graded == [number for number in range(6) if number != 2 or is_graded]
    assert place.times == 0
