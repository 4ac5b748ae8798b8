"""What isolation costs: the same checks of the same submissions, in this process and in workers.

    python benchmarks/isolation.py
    python benchmarks/isolation.py --runs 100 --level basic

Both take turns, so that whatever else the machine does falls on both; medians of the
differences. The zygote is up before: it is started once for a class. A second judgement is
that of a function whose values were wrong, in a worker of its own with stand-ins for the
lower functions.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from gradcheck_kit.checks.substitution import Judge  # noqa: E402
from gradcheck_kit.learner.inprocess import InProcessLearner  # noqa: E402
from gradcheck_kit.learner.isolated import IsolatedLearner, WorkerPool  # noqa: E402
from gradcheck_kit.learner.watchdog import Watchdog  # noqa: E402
from gradcheck_kit.problems import get_problem  # noqa: E402

SOLUTIONS = ROOT / "solutions"
WRONG = "\n\ndef sigmoid(z):\n    return 1 / (1 + math.exp(-z)) + 1e-3\n"


class CountingPool(WorkerPool):
    """A pool that counts its workers."""

    started = 0

    def start(self, folder):
        self.started += 1
        return super().start(folder)


def judged(learner, problems):
    """Judge all functions; return the seconds that took."""
    started = time.perf_counter()
    for name in problems:
        problem = get_problem(name)
        judge = Judge(learner, problem, 0)
        for function in problem.functions:
            judge.verdict(function.name)
    learner.close()
    return time.perf_counter() - started


def compare(label, folder, problems, pool, runs):
    """Print what both cost; return the median difference in ms and the workers of one run."""
    here, there, watchdog = [], [], Watchdog()
    for _ in range(runs + 2):
        here.append(judged(InProcessLearner(str(folder), folder, watchdog), problems))
        pool.started = 0
        there.append(judged(IsolatedLearner("x", folder, pool), problems))
    pairs = list(zip(here, there, strict=True))[2:]  # the first ones import and warm up
    extra = statistics.median(b - a for a, b in pairs) * 1000
    print(f"{label:45} {statistics.median(a for a, _ in pairs) * 1000:8.1f} ms "
          f"{statistics.median(b for _, b in pairs) * 1000:8.1f} ms {extra:+8.1f} ms "
          f"{pool.started:4} workers")  # fmt: skip
    return extra, pool.started


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--level", choices=("strict", "basic"))
    options = parser.parse_args()
    pool = CountingPool(level=options.level)
    pool.warm_up()
    print(f"level {pool.level}, {options.runs} runs, seed 0")
    print(f"{'':45} {'in-process':>11} {'isolated':>11} {'costs':>11}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("warmup", "network", "batch"):
            shutil.copy(SOLUTIONS / f"{name}.py", folder)
        right, workers = compare("right, network.py", folder, ["network"], pool, options.runs)
        compare("right, all three files", folder, ["warmup", "network", "batch"], pool,
                options.runs)  # fmt: skip
        with (folder / "network.py").open("a", encoding="utf-8") as file:
            file.write(WRONG)
        wrong, more = compare("network.py with a wrong sigmoid", folder, ["network"], pool,
                              options.runs)  # fmt: skip
    pool.close()
    print(f"a second judgement costs {(wrong - right) / (more - workers):+.1f} ms")


if __name__ == "__main__":
    main()
