"""SIGKILL for grading processes, at random moments: the class must be graded all the same.

    python benchmarks/kills.py                         50 of each kind
    python benchmarks/kills.py --times 20 --kind grader

Kinds: `grader` (the command itself, which then goes on with ``--resume``), `session` (a pytest
session), `zygote` and `worker`. What is killed is drawn, with the moment, from the seed. Then
results.json must be that of an undisturbed run, apart from times, and no process may be left.
Linux only.
"""

import argparse
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grading import command, environment, family, make_class, mixed

KINDS = ("grader", "session", "zygote", "worker")


def without_times(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if '"seconds":' not in line]


def start(folder: Path, out: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(folder, out, "--resume", "--jobs", "2"),
        env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def kind_of(process: int, parent: str) -> str:
    """Return the kind of a process; zygotes and workers have the same command line."""
    try:
        line = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return ""
    if b"gradcheck_kit.grading.session" in line:
        return "session"
    if b"w.zygote(" in line:
        return "worker" if parent == "zygote" else "zygote"
    return ""


def processes(grader: int, kind: str) -> list[int]:
    """Return the processes of a kind that a grader has at the moment."""
    if kind == "grader":
        return [grader]
    kinds = {grader: "grader"}
    found = []
    for process in list(family(grader))[1:]:
        try:
            parent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        kinds[process] = kind_of(process, kinds.get(parent, ""))
        # Before the class, a zygote of the grader itself proves the sandbox; that is not meant.
        if kinds[process] == kind and (kind == "session" or kinds.get(parent) != "grader"):
            found.append(process)
    return found


def left_over() -> list[int]:
    """Return our children after a run: orphans come to us."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    return list(family(os.getpid()))[1:]


def disturbed(kind: str, times: int, folder: Path, right: list[str], draw: random.Random) -> int:
    """Kill so many processes of a kind; return how many runs went wrong."""
    wrong = killed = runs = 0
    out = folder.parent / f"out-{kind}"
    while killed < times:
        process = start(folder, out)
        while process.poll() is None:
            time.sleep(draw.uniform(0.1, 1.5))
            targets = processes(process.pid, kind) if process.poll() is None else []
            if targets and killed < times:
                try:
                    os.kill(draw.choice(targets), signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
        process.wait()
        time.sleep(0.3)  # whoever is being killed is gone by then
        left = left_over()
        if process.returncode == -signal.SIGKILL and killed < times and not left:
            continue  # the next run resumes this one
        if process.returncode == -signal.SIGKILL:
            start(folder, out).wait()
        runs += 1
        same = (out / "results.json").exists() and without_times(out / "results.json") == right
        if not same or left:
            wrong += 1
            print(f"{kind}: same results: {same}; left: {left}")
        shutil.rmtree(out, ignore_errors=True)
    print(f"{kind}: {killed} killed in {runs} gradings, {wrong} of them wrong", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=50, help="kills of each kind")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--size", type=int, default=60, help="submissions in the class")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.size} submissions, half of them with mistakes")
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    with tempfile.TemporaryDirectory() as temporary:
        folder = make_class(mixed(), options.size, Path(temporary) / "class")
        start(folder, Path(temporary) / "whole").wait()
        right = without_times(Path(temporary) / "whole" / "results.json")
        start(folder, Path(temporary) / "again").wait()
        again = without_times(Path(temporary) / "again" / "results.json")
        print(f"two undisturbed runs with one seed are the same: {again == right}")
        wrong = again != right
        for kind in options.kind or KINDS:
            draw = random.Random(f"{options.seed}/{kind}")
            wrong += disturbed(kind, options.times, folder, right, draw)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
