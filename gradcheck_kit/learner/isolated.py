"""Learner code in worker processes: it shares nothing with whatever decides about it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradcheck_kit
from gradcheck_kit.learner import wire
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.learner.learner import Learner, ModuleCopy
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.results import CallResult, LoadResult, Presence
from gradcheck_kit.learner.sandbox import BASIC, STRICT, obstacles
from gradcheck_kit.learner.values import is_snapshot

CAN_FORK = hasattr(os, "fork") and hasattr(socket, "send_fds")
_START_SECONDS = 60.0  # a first import of numpy on a cold disk


class WorkerPool:
    """Starts and ends worker processes.

    Parameters
    ----------
    fork : bool
        Fork workers off a zygote; else start a fresh interpreter for each.
    level : str or None
        Of the sandbox, ``strict`` or ``basic``; None for the highest that this machine says
        it has. A worker that cannot have the level does not start.
    limits : Limits or None
        How much a worker may use; None for the defaults.
    imports : Imports
        What learner code may import, and what it must not.
    """

    def __init__(
        self,
        fork: bool = CAN_FORK,
        level: str | None = None,
        limits: Limits | None = None,
        imports: Imports = Imports(),  # noqa: B008 - frozen
    ) -> None:
        self.level = level or (BASIC if obstacles() else STRICT)
        self.limits = limits or Limits()
        self.imports = imports
        self._fork = fork
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="gradcheck-", ignore_cleanup_errors=True)

    def start(self, path: Path) -> "Worker":
        """Start a worker for a copy of the module at `path`."""
        ours, theirs = socket.socketpair()
        with theirs:
            if not self._fork:
                return Worker(ours, self._spawn(theirs, path))
            for _ in range(2):  # a zygote that died is replaced once
                try:
                    return Worker(ours, self._forked(theirs, path))
                except OSError:
                    self._end_zygote()
        ours.close()
        raise wire.WireError("no worker could be started")

    def close(self) -> None:
        """End the zygote; workers are ended by whoever started them."""
        self._end_zygote()
        self._scratch.cleanup()

    def _command(self, call: str) -> list[str]:
        # First, so that it is this copy of the kit; and gone before learner code runs.
        home = str(Path(gradcheck_kit.__file__).parents[1])
        code = (
            f"import sys; before = sys.path[:]; sys.path.insert(0, {home!r}); "
            "import gradcheck_kit.learner.worker as w; sys.path[:] = before; "
        )
        plain = self.level, self.limits.to_plain(), self.imports.to_plain()
        arguments = ", ".join(map(repr, plain))
        return [sys.executable, "-I", "-c", code + call.format(arguments=arguments)]

    def _environment(self) -> dict[str, str]:
        keep = ("SYSTEMROOT", "PATH") if sys.platform == "win32" else ("PATH",)
        scratch = self._scratch.name
        return {
            **{name: os.environ[name] for name in keep if name in os.environ},
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP", "HOME"), scratch),
            **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        }

    def warm_up(self) -> None:
        """Start the zygote, if there is to be one, before the first learner's clock runs."""
        if self._fork and self._control is None:
            with contextlib.suppress(OSError):
                self._start_zygote()

    def _start_zygote(self) -> socket.socket:
        if self._control is None:
            self._control, end = socket.socketpair()
            with end:
                self._zygote = subprocess.Popen(
                    self._command(f"w.zygote({end.fileno()}, {{arguments}})"),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(end.fileno(),),
                    env=self._environment(),
                    cwd=self._scratch.name,
                )
            self._control.settimeout(_START_SECONDS)
            if self._control.recv(1) != wire.READY:
                raise ConnectionError("the zygote does not start")
        return self._control

    def _forked(self, theirs: socket.socket, path: Path) -> int:
        control = self._start_zygote()
        socket.send_fds(control, [os.fsencode(path)], [theirs.fileno()])
        answer = control.recv(8)
        if len(answer) != 8:
            raise ConnectionError("the zygote is gone")
        return int.from_bytes(answer, "little")

    def _spawn(self, theirs: socket.socket, path: Path) -> "subprocess.Popen[bytes]":
        inherited = () if sys.platform == "win32" else (theirs.fileno(),)
        process = subprocess.Popen(
            self._command("w.spawned({arguments})"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=inherited,
            env=self._environment(),
            cwd=self._scratch.name,
        )
        if sys.platform == "win32":
            handle = theirs.share(process.pid).hex()
        else:
            handle = str(theirs.fileno())
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(f"{handle}\n{os.fsencode(path).hex()}\n".encode())
        return process

    def _end_zygote(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._zygote is not None:
            self._zygote.kill()
            self._zygote.wait()
            self._zygote = None


class Worker:
    """One worker process and the connection to it."""

    def __init__(self, connection: socket.socket, process: "int | subprocess.Popen[bytes]") -> None:
        self.connection = connection
        self._process = process

    def end(self) -> None:
        """Kill the worker and everything it started."""
        self.connection.close()
        if isinstance(self._process, int):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process, signal.SIGKILL)
        else:
            self._process.kill()
            self._process.wait()


class WorkerCopy(ModuleCopy):
    """A module copy in a worker; a fresh one takes over after a time-out or a crash."""

    def __init__(self, learner: "IsolatedLearner", path: Path) -> None:
        self._learner = learner
        self._path = path
        self._worker: Worker | None = None
        self._loaded: LoadResult | None = None
        self._stand_ins: tuple[str, list[str]] | None = None

    def load(self) -> LoadResult:
        """Import it (once; the result is kept)."""
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _load(self) -> LoadResult:
        reply = self._ask(("load",), self._learner.limits.load)
        if isinstance(reply, str):
            return LoadResult(reply)
        try:
            return LoadResult.from_plain(reply)
        except (TypeError, ValueError):
            return LoadResult("crashed")

    def presence(self, function: str, parameters: int) -> Presence:
        """Tell how `function` stands in it."""
        reply = self._ask(("presence", function, parameters), self._learner.limits.calls)
        try:
            return Presence.from_plain(reply)
        except (TypeError, ValueError):
            return Presence("callable")

    def substitute(self, source: str, names: Sequence[str]) -> None:
        """Replace functions by stand-ins."""
        self._stand_ins = (source, list(names))
        self._ask(("substitute", source, list(names)), self._learner.limits.calls)

    def call_many(self, function: str, points: Sequence[Sequence[Any]]) -> list[CallResult]:
        """Call `function` at each point."""
        results: list[CallResult] = []
        deadline = self._learner.deadline(self._learner.limits.calls)
        try:
            connection = self._connection()
            wire.send(connection, ("call", function, [tuple(p) for p in points]), deadline)
            while len(results) < len(points):
                reply = wire.receive(connection, deadline, self._learner.budget)
                results.append(CallResult.from_plain(reply, len(points[len(results)])))
            later = wire.receive(connection, deadline, self._learner.budget)
            if not isinstance(later, list) or len(later) != len(results) or not is_snapshot(later):
                raise ValueError("not one value for each call")
        except wire.WireTimeout:
            self.close()
            return [*results, CallResult("timed_out")][: len(points)]
        except (wire.WireError, TypeError, ValueError):
            self.close()
            return [*results[: len(points) - 1], CallResult("crashed")]
        return [replace(r, later=seen) for r, seen in zip(results, later, strict=True)]

    def own_functions_called(
        self, function: str, arguments: Sequence[Any], names: Sequence[str]
    ) -> list[str]:
        """Return which own functions run; all of them when the worker does not tell."""
        reply = self._ask(
            ("own_functions_called", function, tuple(arguments), list(names)),
            self._learner.limits.calls,
        )
        if not isinstance(reply, list) or any(type(name) is not str for name in reply):
            return list(names)
        return [name for name in names if name in reply]

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def _connection(self) -> socket.socket:
        if self._worker is None:
            self._worker = self._learner.pool.start(self._path)
            if self._loaded is not None:  # the worker before this one hung or crashed
                self._load()
                if self._stand_ins is not None:
                    self.substitute(*self._stand_ins)
            if self._worker is None:
                raise wire.WireError("the module cannot be loaded again")
        return self._worker.connection

    def _ask(self, request: tuple[Any, ...], seconds: float) -> Any:
        """Return the reply, or ``timed_out`` or ``crashed``."""
        deadline = self._learner.deadline(seconds)
        try:
            connection = self._connection()
            wire.send(connection, request, deadline)
            return wire.receive(connection, deadline, self._learner.budget)
        except wire.WireTimeout:
            self.close()
            return "timed_out"
        except wire.WireError:
            self.close()
            return "crashed"


class IsolatedLearner(Learner):
    """The files of a learner, run in workers.

    Parameters
    ----------
    label, folder : str, Path
        See Learner; the folder must be a copy that nobody else needs.
    pool : WorkerPool
        Starts the workers.
    limits : Limits or None
        How long they may take; None for the pool's.
    """

    is_isolated = True

    def __init__(
        self, label: str, folder: Path, pool: WorkerPool, limits: Limits | None = None
    ) -> None:
        super().__init__(label, folder)
        self.pool = pool
        self.limits = limits or pool.limits
        self.budget = wire.Budget()
        pool.warm_up()
        self._end = self._share_end = time.monotonic() + self.limits.submission
        self._copies: list[WorkerCopy] = []

    def deadline(self, seconds: float) -> float:
        """Return the moment, on `time.monotonic`, by which a message must be answered."""
        return min(time.monotonic() + seconds, self._share_end)

    def share_time(self, functions: int) -> None:
        """Let the next of so many functions use its part of the time that is left.

        Functions that hang must not use up the time of those after them.
        """
        now = time.monotonic()
        self._share_end = now + max(0.0, self._end - now) / functions

    def copy(self, file: str) -> WorkerCopy:
        """Return a fresh copy of the module in `file`."""
        copy = WorkerCopy(self, self.folder / file)
        self._copies.append(copy)
        return copy

    def close(self) -> None:
        """End all workers of this learner."""
        for copy in self._copies:
            copy.close()
