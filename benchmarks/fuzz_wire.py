"""Feed the wire's parser random and mutated frames: it must answer with a value or WireError.

    python benchmarks/fuzz_wire.py                     # 200,000 frames, seed 0
    python benchmarks/fuzz_wire.py --frames 1000000 --seed 7

Half of the frames come from hypothesis (values of the closed set, encoded and then damaged; and
bytes from nothing), half from a coverage-guided fuzzer, if one is installed (`pip install
atheris`; Linux and macOS); without it, hypothesis makes all. Each frame is read as the grader
reads it, from a socket, and the memory that this took is measured: never more than ITEM_BYTES
for each byte of the frame, and SLACK.
"""

import argparse
import importlib.util
import random
import socket
import struct
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from gradcheck_kit.learner import wire  # noqa: E402

ITEM_BYTES = 110  # the largest value that one byte of a frame can be: an empty array's object
SLACK = 64 * 1024
INSIDE = "--coverage-guided"
MAX_LENGTH = 4096


class Reader:
    """Reads frames as the grader does, and counts what came of them."""

    def __init__(self):
        self.outcomes = Counter()
        self.peak = 0.0

    def read(self, frame):
        """Send a frame through a socket and receive it.

        Raises
        ------
        AssertionError
            If it takes more memory than it may.
        Exception
            Whatever else than WireError the parser raises.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                theirs.sendall(frame)  # a socket holds more than MAX_LENGTH
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            try:
                wire.receive(ours, time.monotonic() + 60.0)
                self.outcomes["a value"] += 1
            except wire.WireTimeout:
                raise  # everything was there
            except wire.WireError as error:
                self.outcomes[str(error)] += 1
            _, peak = tracemalloc.get_traced_memory()
        used = peak - before
        self.peak = max(self.peak, used)
        assert used <= ITEM_BYTES * len(frame) + SLACK, f"{used} bytes for {len(frame)}"


def framed(body):
    """Return a frame with a right header."""
    return struct.pack("<4sI", b"gck1", len(body)) + body


def with_hypothesis(count, seed):
    """Feed so many frames that hypothesis makes."""
    import hypothesis
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    from tests.learner.test_wire import VALUES

    reader = Reader()
    draw = random.Random(seed)
    each = 20  # damaged frames of each value

    @hypothesis.seed(seed)
    @settings(
        max_examples=count // (each + 1), database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(VALUES, st.binary(max_size=200))
    def feed(value, garbage):
        frame = framed(wire.encode(value))
        reader.read(draw.choice((garbage, framed(garbage), frame)))
        for _ in range(each):
            reader.read(damaged(frame, draw))

    feed()
    return reader


def damaged(frame, draw):
    """Return a frame with a few bytes replaced, put in, left out, doubled, or cut off."""
    data = bytearray(frame)
    for _ in range(draw.randint(1, 4)):
        at, size = draw.randrange(len(data) + 1), draw.randrange(9)
        how = draw.randrange(5)
        if how == 0:
            data[at : at + size] = draw.randbytes(size)
        elif how == 1:
            data[at:at] = draw.choice((draw.randbytes(size), b"\xff" * size, b"\0" * size))
        elif how == 2:
            del data[at : at + size]
        elif how == 3:
            data[at:at] = data[at : at + 8 * size]
        elif at < len(data):
            data[at] = draw.choice(b"NBIFCSTLAOK\x00\x01\x7f\x80\xff")
    if draw.random() < 0.7 and len(data) >= 8:  # else most would end at the header
        data[:8] = struct.pack("<4sI", b"gck1", len(data) - 8)
    return bytes(data[:MAX_LENGTH])


def coverage_guided(count, seed, corpus):
    """Feed so many frames that atheris makes, and end this process."""
    import atheris

    with atheris.instrument_imports(include=["gradcheck_kit.learner.wire"]):
        for name in [name for name in sys.modules if name == "gradcheck_kit.learner.wire"]:
            del sys.modules[name]
        import gradcheck_kit.learner.wire as instrumented

    globals()["wire"] = instrumented
    reader = Reader()
    tracemalloc.start()

    def feed(data):
        reader.read(data if len(data) % 8 == 0 else framed(data))
        if sum(reader.outcomes.values()) == count:
            report("coverage-guided", reader)
            sys.stdout.flush()

    atheris.Setup(
        [sys.argv[0], f"-atheris_runs={count}", f"-seed={seed + 1}", f"-max_len={MAX_LENGTH}",
         "-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=0", corpus],
        feed,
    )  # fmt: skip
    atheris.Fuzz()


def report(what, reader):
    """Print what came of the frames."""
    count = sum(reader.outcomes.values())
    print(f"{what}: {count} frames, at most {reader.peak / 1024:.0f} KiB of memory for one")
    for outcome, times in reader.outcomes.most_common():
        print(f"  {times:8} {outcome}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(INSIDE, metavar="CORPUS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.coverage_guided:
        coverage_guided(options.frames, options.seed, options.coverage_guided)
        return 0
    print(f"seed {options.seed}")
    guided = importlib.util.find_spec("atheris") is not None
    tracemalloc.start()
    report("hypothesis", with_hypothesis(options.frames // (1 + guided), options.seed))
    tracemalloc.stop()
    if not guided:
        print("coverage-guided: not run (pip install atheris)")
        return 0
    return run_guided(options.frames // 2, options.seed)


def run_guided(count, seed):
    """Run the coverage-guided part in a process of its own, which it ends by itself."""
    import tempfile

    from tests.learner.test_wire import SAMPLES

    with tempfile.TemporaryDirectory() as corpus:
        for number, value in enumerate(SAMPLES):
            Path(corpus, str(number)).write_bytes(wire.encode(value))
        command = [sys.executable, __file__, INSIDE, corpus, "--frames", str(count)]
        done = subprocess.run(
            [*command, "--seed", str(seed)], cwd=corpus, capture_output=True, text=True
        )
    print(done.stdout, end="")
    if done.returncode != 0:
        print(done.stderr[-4000:])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
