"""Sessions in processes of this machine."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradcheck_kit
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.chunks import Chunk, Line, Place, Work, line_of
from gradcheck_kit.i18n import _
from gradcheck_kit.learner.limits import Limits

AUTHOR_ERROR = 3
"""Exit status of a session that found the tests themselves at fault."""
RECALLED = 4
"""Exit status of a session that gave back what it had not graded, as it was told to."""
STUCK_SECONDS = 300.0
"""A session silent for so long beyond what a submission may take has failed on it."""

_POLL_SECONDS = 0.02
_STOP_SECONDS = 3.0


def start_session(
    folders: Sequence[Path], work: Work, scratch: Path, name: str
) -> "subprocess.Popen[bytes]":
    """Start a session that writes ``NAME.jsonl`` in `scratch`.

    What is wrong with the tests goes to ``NAME.error`` there.

    Parameters
    ----------
    folders : sequence of Path
        Copies of submissions.
    work : Work
        What to grade them by.
    scratch : Path
        A folder of the grader's own.
    name : str
        Of the session's files.
    """
    config = scratch / "pytest.ini"
    config.write_text("[pytest]\n")  # so that no settings of other folders apply
    spec: Mapping[str, Any] = {
        **work.settings,
        "parent": os.getpid(),
        "config": str(config),
        "exercises": str(work.exercises),
        "folders": [str(folder) for folder in folders],
        "output": str(scratch / f"{name}.jsonl"),
        "recall": str(scratch / f"{name}.recall"),
        "error": str(scratch / f"{name}.error"),
    }
    path = scratch / f"{name}.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    home = str(Path(gradcheck_kit.__file__).parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-m", "gradcheck_kit.grading.session", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=scratch,
        # Ctrl-C in a terminal is for the grader, which then ends its sessions.
        start_new_session=True,
        # Whatever the session leaves in its temporary folder goes with ours.
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
        },
    )


def authors_error(exercises: Path, log: str) -> GradcheckError:
    """Return the error that tells an author what is wrong with the tests."""
    return GradcheckError(
        _("{path}: the tests do not run: {error}", path=exercises, error=log.strip()[-2000:])
    )


def cores() -> int:
    """Return how many cores this process may use: in a container fewer than there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(slots=True)
class _Running:
    chunk: Chunk
    process: "subprocess.Popen[bytes]"
    name: str
    read: int = 0
    heard: float = 0.0


class LocalPlace(Place):
    """Sessions in processes of this machine.

    Parameters
    ----------
    work : Work
        What all chunks have in common.
    scratch : Path
        A folder of the grader's own.
    jobs : int
        Sessions at a time.
    """

    def __init__(self, work: Work, scratch: Path, jobs: int) -> None:
        self._work = work
        self._scratch = scratch
        self._jobs = jobs
        self.has_idle_cores = jobs < cores()
        self._patience = Limits(*work.settings["limits"]).submission + STUCK_SECONDS
        self._started = 0
        self._running: list[_Running] = []

    can_recall = True

    @property
    def slots(self) -> int:
        """How many sessions run at a time."""
        return self._jobs

    def recall(self, chunk: Chunk) -> None:
        """Let its session end after the submission that it is busy with."""
        for running in self._running:
            if running.chunk is chunk:
                (self._scratch / f"{running.name}.recall").touch()

    def start(self, chunk: Chunk) -> None:
        """Start a session for `chunk`."""
        name = f"session{self._started}"
        self._started += 1
        process = start_session(chunk.folders, self._work, self._scratch, name)
        self._running.append(_Running(chunk, process, name, heard=time.monotonic()))

    def poll(self) -> Iterator[Line | Chunk]:
        """Wait a moment; yield what was graded, and every chunk whose session ended."""
        time.sleep(_POLL_SECONDS)
        for running in list(self._running):
            ended = running.process.poll() is not None
            yield from self._read(running)
            if not ended and time.monotonic() - running.heard > self._patience:
                running.process.kill()  # the others get a session of their own
            if ended:
                self._running.remove(running)
                if running.process.returncode == AUTHOR_ERROR:
                    error = self._scratch / f"{running.name}.error"
                    text = error.read_text(encoding="utf-8", errors="replace")
                    raise authors_error(self._work.exercises, text)
                running.chunk.gave_back = running.process.returncode == RECALLED
                for suffix in ("json", "jsonl", "recall", "error"):
                    (self._scratch / f"{running.name}.{suffix}").unlink(missing_ok=True)
                yield running.chunk

    def _read(self, running: _Running) -> Iterator[Line]:
        with contextlib.suppress(FileNotFoundError):
            with (self._scratch / f"{running.name}.jsonl").open("rb") as stream:
                stream.seek(running.read)
                data = stream.read()
            whole = data[: data.rfind(b"\n") + 1]
            running.read += len(whole)
            for text in whole.splitlines():
                running.heard = time.monotonic()
                yield line_of(running.chunk, json.loads(text))

    def stop(self) -> None:
        """End all sessions."""
        for running in self._running:
            running.process.terminate()
        for running in self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(_STOP_SECONDS)
            running.process.kill()
            running.process.wait()
        self._running.clear()
