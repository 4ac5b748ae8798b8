"""What the kit costs a pytest run: the learner's own, and one that does not use it.

    python benchmarks/startup.py [--runs 10]

Compares whole processes in alternating runs and prints medians and ratios:

- ``pytest exercises --submission solutions`` against pytest on one empty test that imports
  numpy (without hypothesis's own plugin, whose summary imports all of hypothesis in every
  run), at most 1.5 is the aim;
- pytest on one empty test with and without this plugin, at most 10 ms apart is the aim.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def seconds(arguments: list[str], folder: Path) -> float:
    """Return the wall time of one pytest process."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder)
        (empty / "test_numpy.py").write_text("import numpy\n\n\ndef test_nothing():\n    pass\n")
        (empty / "test_bare.py").write_text("def test_nothing():\n    pass\n")
        quiet = ["-p", "no:cacheprovider"]
        commands = {
            "learner": (["exercises", "--submission", "solutions", *quiet], ROOT),
            "numpy": (["test_numpy.py", "-p", "no:hypothesispytest", *quiet], empty),
            "with": (["test_bare.py", "-p", "no:hypothesispytest", *quiet], empty),
            "without": (
                ["test_bare.py", "-p", "no:hypothesispytest", "-p", "no:gradcheck_kit", *quiet],
                empty,
            ),
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for run in range(runs + 1):
            for name, (arguments, place) in commands.items():
                took = seconds(arguments, place)
                if run:  # the first one warms the caches
                    times[name].append(took)
    middle = {name: statistics.median(values) for name, values in times.items()}
    print(f"medians of {runs} alternating runs, Python {sys.version.split()[0]}")
    print(f"learner's run, all of the exercises   {middle['learner']:.3f} s")
    print(f"one empty test that imports numpy     {middle['numpy']:.3f} s")
    print(f"ratio                                 {middle['learner'] / middle['numpy']:.2f}")
    print(f"one empty test with the plugin        {middle['with']:.3f} s")
    print(f"one empty test without it             {middle['without']:.3f} s")
    print(
        f"difference                            {1e3 * (middle['with'] - middle['without']):.1f} ms"
    )


if __name__ == "__main__":
    main()
