"""How fast a class is graded, and how much memory that takes.

    python benchmarks/grading.py                 rates, against a fresh pytest per submission
    python benchmarks/grading.py --profile       where the time of a session goes, by phase
    python benchmarks/grading.py --class 10000   memory and time over a large class (Linux)
    python benchmarks/grading.py --doubtful      what the second look at time-outs costs

Three kinds of classes: `right`, the submissions of tests/submissions/correct as they were handed
in, most of them one file of the lesson; `mixed`, half of those and half the mistakes of
tests/submissions/mistakes; `whole`, right ones of which each is filled up with the solutions of
the files that it lacks. One of the right ones trains for 0.2 s when it is imported, so `quick` is
`right` without those whose own import, timed by itself, takes long. Rates are the best and the
median of several runs: whatever else the machine does only makes them smaller. A process of
`grade --jobs` is a session; the workers that run learner code for it are processes of their own,
so that one session can use two cores: it is also timed on a single one.
"""

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SUBMISSIONS = ROOT / "tests" / "submissions"
FILES = ("warmup.py", "network.py", "batch.py")
IGNORE = shutil.ignore_patterns("__pycache__")


LONG_IMPORT = 0.05  # seconds beyond that of numpy


def right() -> list[Path]:
    return _folders(SUBMISSIONS / "correct")


def mixed() -> list[Path]:
    pairs = zip(itertools.cycle(right()), _folders(SUBMISSIONS / "mistakes"), strict=False)
    return [folder for pair in pairs for folder in pair]


def quick() -> list[Path]:
    return [folder for folder in right() if import_seconds(folder) < LONG_IMPORT]


def import_seconds(folder: Path) -> float:
    """Return how long a submission's own code takes when it is imported."""
    name = next(path.stem for path in sorted(folder.glob("*.py")) if path.name in FILES)
    code = (
        "import math, sys, time, numpy; sys.path.insert(0, sys.argv[1])\n"
        f"began = time.perf_counter(); import {name}\n"
        "sys.stderr.write(str(time.perf_counter() - began))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], env=environment(), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return float(done.stderr.splitlines()[-1])


def _folders(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_dir()]


def make_class(kinds: list[Path], size: int, target: Path, *, is_whole: bool = False) -> Path:
    """Write a class of `size` submissions, kinds in turn; whole: all files of the lesson."""
    for number, kind in zip(range(size), itertools.cycle(kinds), strict=False):
        folder = target / f"s{number:05}"
        shutil.copytree(kind, folder, ignore=IGNORE)
        for name in FILES if is_whole else ():
            if not (folder / name).exists():
                shutil.copy(ROOT / "solutions" / name, folder / name)
    return target


def command(folder: Path, out: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "gradcheck_kit", "grade", str(folder), "--out", str(out),
        "--seed", "17", "--lang", "en", *more,
    ]  # fmt: skip


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}


def graded(folder: Path, out: Path, jobs: int, cores: set[int] | None = None) -> float:
    """Grade, on all cores or on some; return the seconds it took, start of Python included."""
    started = time.perf_counter()
    subprocess.run(
        command(folder, out, "--jobs", str(jobs)), env=environment(), stdout=subprocess.DEVNULL,
        check=False, preexec_fn=cores and (lambda: os.sched_setaffinity(0, cores)),
    )  # fmt: skip
    return time.perf_counter() - started


def fresh_pytest(folder: Path, count: int) -> float:
    """Return the seconds that a fresh pytest takes for one submission of a class."""
    started = time.perf_counter()
    for path in _folders(folder)[:count]:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
             str(ROOT / "exercises"), f"--submission={path}", "--gradcheck-isolate"],
            env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    return (time.perf_counter() - started) / count


def rates(size: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        core = {min(os.sched_getaffinity(0))}
        settings: list[tuple[str, int, set[int] | None]] = [
            ("one process", 1, None), ("two processes", 2, None), ("one on one core", 1, core),
        ]  # fmt: skip
        print(f"{size} submissions, {runs} runs, {len(os.sched_getaffinity(0))} cores; "
              "submissions a second: best (median)")  # fmt: skip
        for name, kinds in (
            ("right", right()), ("quick", quick()), ("mixed", mixed()), ("whole", right()),
        ):  # fmt: skip
            folder = make_class(kinds, size, work / name, is_whole=name == "whole")
            fresh = 1 / fresh_pytest(folder, 10)
            found = {}
            for label, jobs, cores in settings:
                seconds = [graded(folder, work / "out", jobs, cores) for _ in range(runs)]
                found[label] = size / min(seconds)
                print(f"{name}, {label}: {found[label]:.1f} "
                      f"({size / statistics.median(seconds):.1f}), "
                      f"{found[label] / fresh:.1f} times a fresh pytest each")  # fmt: skip
            one, two, confined = found.values()
            print(f"{name}, fresh pytest each: {fresh:.2f}; two processes are {two / one:.2f} "
                  f"times one, {two / confined:.2f} times one on one core")  # fmt: skip
        results = json.loads((work / "out" / "results.json").read_text(encoding="utf-8"))
        print(f"sandbox: {results['sandbox']['level']}")


# Where the time goes


class Phases:
    """Adds up the time in some functions, less that in others of them."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._open: list[float] = []

    def watch(self, owner: Any, name: str, phase: str) -> None:
        function = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            self._open.append(0.0)
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter() - started
                self.seconds[phase] += took - self._open.pop()
                self.calls[phase] += 1
                if self._open:
                    self._open[-1] += took

        setattr(owner, name, watched)


def profile(size: int) -> None:
    """Run one session in this process, with the functions of each phase timed."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    from gradcheck_kit.checks import values
    from gradcheck_kit.diagnosis import diagnose
    from gradcheck_kit.grading import session
    from gradcheck_kit.grading.grade import Order, settings_of_sessions
    from gradcheck_kit.learner import ahead, isolated, wire
    from gradcheck_kit.learner.proof import find_protection

    phases = Phases()
    for owner, name, phase in (
        (isolated.WorkerPool, "warm_up", "start of the zygote"),
        (isolated.WorkerPool, "start", "start of workers"),
        (isolated.Worker, "end", "end of workers"),
        (ahead.Ahead, "_read_next", "answers asked ahead, and waiting for them"),
        (isolated.WorkerCopy, "call_many", "other calls in workers, and waiting for them"),
        (wire, "encode", "encoding, in the grader"),
        (wire, "decode", "decoding, in the grader"),
        (values, "_Study", "comparison with the reference"),
        (diagnose, "diagnose", "diagnosis"),
        (session.Recorder, "_write", "writing results down"),
    ):
        phases.watch(owner, name, phase)
    for name, kinds in (("right", right()), ("mixed", mixed())):
        phases.seconds.clear()
        phases.calls.clear()
        with tempfile.TemporaryDirectory() as temporary:
            work = Path(temporary)
            folder = make_class(kinds, size, work / "class")
            (work / "pytest.ini").write_text("[pytest]\n")
            spec = {
                **settings_of_sessions("en", 17, Order([], work), find_protection().level),
                "config": str(work / "pytest.ini"),
                "exercises": str(ROOT / "exercises"), "output": str(work / "out.jsonl"),
                "folders": [str(path) for path in _folders(folder)],
            }  # fmt: skip
            started = time.perf_counter()
            session.run(spec)
            whole = time.perf_counter() - started
        print(f"{name}: {whole / size * 1000:.1f} ms a submission, {size} of them")
        phases.seconds["pytest, judging and everything else"] = whole - phases.seconds.total()
        for phase, seconds in phases.seconds.most_common():
            count = phases.calls[phase] / size
            print(f"  {seconds / size * 1000:6.2f} ms  {seconds / whole:4.0%}  "
                  f"{phase}{f', {count:.0f} times' if count else ''}")  # fmt: skip


# A large class


def family(process: int) -> Iterator[int]:
    """Yield a process and everything it started."""
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def memory(process: int) -> int:
    """Return the memory of a process, in bytes, pages that are shared counted in part (PSS)."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:  # it is gone
        pass
    return 0


def large_class(size: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        folder = make_class(mixed(), size, work / "class")
        started = time.perf_counter()
        process = subprocess.Popen(
            command(folder, work / "out"), env=environment(), stdout=subprocess.DEVNULL
        )
        journal = work / "out" / "journal.jsonl"
        samples: list[tuple[float, int, int, int]] = []
        read = lines = 0
        while process.poll() is None:
            time.sleep(0.5)
            if journal.exists():
                with journal.open("rb") as stream:
                    stream.seek(read)
                    data = stream.read()
                read += len(data)
                lines += data.count(b"\n")
            others = list(family(process.pid))[1:]
            samples.append(
                (
                    time.perf_counter() - started,
                    lines,
                    memory(process.pid),
                    sum(map(memory, others)),
                )
            )
        whole = time.perf_counter() - started
        print(f"{size} mixed submissions: {whole:.0f} s, {size / whole:.1f} a second")
        print(" part   seconds   journal   grader MB   sessions and workers MB")
        for part in range(10):
            own = [s for s in samples if part <= s[0] / whole * 10 < part + 1]
            if own:
                peaks = [max(sample[at] for sample in own) / 1e6 for at in (2, 3)]
                print(f"{part + 1:3}/10 {own[-1][0]:9.0f} {own[-1][1]:9} {peaks[0]:11.0f} "
                      f"{peaks[1]:11.0f}")  # fmt: skip
        peak = max(grader + others for _at, _lines, grader, others in samples) / 1e6
        print(f"peak of all together: {peak:.0f} MB; results.json: "
              f"{(work / 'out' / 'results.json').stat().st_size / 1e6:.0f} MB")  # fmt: skip


# The second look


def doubtful(size: int) -> None:
    """Grade a class in which one of ten hangs, with and without the second look."""
    from gradcheck_kit.grading import engine
    from gradcheck_kit.grading.grade import Order, grade

    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        folder = make_class(right(), size, work / "class")
        for path in _folders(folder)[::10]:
            (path / "network.py").write_text(
                (ROOT / "solutions" / "network.py").read_text(encoding="utf-8")
                + "\n\ndef sigmoid(z):\n    while True:\n        pass\n",
                encoding="utf-8",
            )
        for label, outcomes in (("without", frozenset[str]()), ("with", engine.DOUBTFUL)):
            with replaced(engine, "DOUBTFUL", outcomes):
                started = time.perf_counter()
                grade(Order([folder], work / label, seed=17, language="en"))
                print(f"{label} the second look: {time.perf_counter() - started:.1f} s")


@contextmanager
def replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=370, help="submissions in a class")
    parser.add_argument("--runs", type=int, default=3, help="of which the best counts")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--class", type=int, dest="large", metavar="N")
    parser.add_argument("--doubtful", action="store_true")
    options = parser.parse_args()
    actions: list[tuple[Any, Callable[[], None]]] = [
        (options.profile, lambda: profile(options.size)),
        (options.large, lambda: large_class(options.large)),
        (options.doubtful, lambda: doubtful(options.size)),
    ]
    chosen = [act for wanted, act in actions if wanted]
    for act in chosen or [lambda: rates(options.size, options.runs)]:
        act()


if __name__ == "__main__":
    main()
