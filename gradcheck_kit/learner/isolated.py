"""Learner code in worker processes: it shares nothing with whatever decides about it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import gradcheck_kit
from gradcheck_kit.learner import wire
from gradcheck_kit.learner.ahead import Ahead, Plan, read_results
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.learner.learner import Learner, ModuleCopy
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.results import CallResult, LoadResult, Presence
from gradcheck_kit.learner.sandbox import BASIC, STRICT, obstacles
from gradcheck_kit.learner.values import KeptPoints

CAN_FORK = hasattr(os, "fork") and hasattr(socket, "send_fds")
_START_SECONDS = 60.0  # a first import of numpy on a cold disk
_AHEAD_SECONDS = 0.5  # a worker that was busy for longer before its turn starts anew


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
        self._waiting: Worker | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="gradcheck-", ignore_cleanup_errors=True)

    def start(self, folder: Path) -> "Worker":
        """Start a worker for the modules in `folder`, the only one that it may read."""
        if not self._fork:
            ours, theirs = socket.socketpair()
            with theirs:
                return Worker(ours, self._spawn(theirs, folder))
        for _ in range(2):  # a zygote that died is replaced once
            try:
                return self._forked(folder)
            except OSError:
                self._end_zygote()
        raise wire.WireError("no worker could be started")

    def close(self) -> None:
        """End the zygote; workers are ended by whoever started them."""
        self._end_zygote()
        self._scratch.cleanup()

    def _command(self, call: str) -> list[str]:
        # First, so that it is this copy of the kit; and gone before learner code runs.
        home = str(Path(gradcheck_kit.__file__).parents[1])
        # numpy may come from PYTHONPATH or a home, which an isolated Python leaves out.
        packages = str(Path(np.__file__).parents[1])
        code = (
            f"import sys; before = list(dict.fromkeys([*sys.path, {packages!r}])); "
            f"sys.path[:] = [{home!r}, *before]; "
            "import gradcheck_kit.learner.worker as w; sys.path[:] = before; "
        )
        plain = os.getpid(), self.level, self.limits.to_plain(), self.imports.to_plain()
        arguments = ", ".join(map(repr, plain))
        return [sys.executable, "-I", "-c", code + call.format(arguments=arguments)]

    def _environment(self) -> dict[str, str]:
        keep = ("SYSTEMROOT", "PATH") if sys.platform == "win32" else ("PATH",)
        scratch = self._scratch.name
        return {
            **{name: os.environ[name] for name in keep if name in os.environ},
            # matplotlib is content with a folder that looks writable, and fails without one.
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP", "HOME", "MPLCONFIGDIR"), scratch),
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
            # The first worker waits for its folder only when the zygote is up.
            self._waiting = self._next_worker(self._control)
        return self._control

    @staticmethod
    def _next_worker(control: socket.socket) -> "Worker":
        message, descriptors, _, _ = socket.recv_fds(control, 8, 1)
        if len(message) != 8 or len(descriptors) != 1:
            raise ConnectionError("the zygote is gone")
        os.set_inheritable(descriptors[0], False)
        connection = socket.socket(fileno=descriptors[0])
        return Worker(connection, int.from_bytes(message, "little"))

    def _forked(self, folder: Path) -> "Worker":
        control = self._start_zygote()
        path = os.fsencode(folder)
        for _ in range(2):
            worker = self._waiting or self._next_worker(control)
            self._waiting = None
            is_there = _told(worker.connection, len(path).to_bytes(4, "little") + path)
            is_up = _told(control, wire.NEXT)
            if is_there and is_up:
                return worker
            worker.end()  # it was killed while it waited, or the zygote was
            if not is_up:
                break
        raise ConnectionError("workers do not wait")

    def _spawn(self, theirs: socket.socket, folder: Path) -> "subprocess.Popen[bytes]":
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
            process.stdin.write(f"{handle}\n{os.fsencode(folder).hex()}\n".encode())
        return process

    def _end_zygote(self) -> None:
        if self._waiting is not None:
            self._waiting.end()
            self._waiting = None
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._zygote is not None:
            self._zygote.kill()
            self._zygote.wait()
            self._zygote = None


def _told(connection: socket.socket, data: bytes) -> bool:
    """Send something; tell whether somebody is there to read it."""
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


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


class Seat:
    """A place for a worker: one after the other, when one hung or crashed.

    Parameters
    ----------
    pool : WorkerPool
        Starts the workers.
    folder : Path
        Of the learner.
    """

    def __init__(self, pool: WorkerPool, folder: Path) -> None:
        self._pool = pool
        self._folder = folder
        self._worker: Worker | None = None
        self.number = 0
        """Of the worker that sits here: how many have been started."""
        self.ahead: Ahead | None = None
        """What that worker is busy with before it can be asked anything else."""

    @property
    def is_empty(self) -> bool:
        """Tell whether no worker sits here."""
        return self._worker is None

    def connection(self) -> socket.socket:
        """Return the connection to its worker, which is started if there is none.

        Raises
        ------
        WireError
            If none can be started.
        """
        if self._worker is None:
            self._worker = self._pool.start(self._folder)
            self.number += 1
        return self._worker.connection

    def clear(self) -> None:
        """End its worker."""
        self.ahead = None
        if self._worker is not None:
            self._worker.end()
            self._worker = None


def _do_nothing() -> None:
    pass


class _NoAnswerError(Exception):
    """The worker did not answer; the text says why: ``timed_out`` or ``crashed``."""


class WorkerCopy(ModuleCopy):
    """A module copy in a worker; a fresh one takes over after a time-out or a crash.

    Parameters
    ----------
    learner : IsolatedLearner
        Whose module it is.
    file : str
        In the learner's folder.
    seat : Seat
        Of its worker; the learner's other modules may sit there too.
    expected : mapping
        See Learner.copy.
    ahead : Ahead or None
        Answers that the worker was asked for already.
    """

    def __init__(
        self,
        learner: "IsolatedLearner",
        file: str,
        seat: Seat,
        expected: Mapping[str, int],
        ahead: Ahead | None = None,
    ) -> None:
        self._learner = learner
        self._file = file
        self._seat = seat
        self._expected = expected
        self._ahead = ahead
        self._presences: dict[tuple[str, int], Presence] = {}
        self._number = 0  # of the worker that has loaded it
        self._loaded: LoadResult | None = None
        self._stand_ins: tuple[str, tuple[str, ...]] | tuple[()] = ()
        self._is_on_stand_ins = False

    def load(self) -> LoadResult:
        """Import it (once; the result is kept)."""
        if self._loaded is None and self._ahead is not None:
            self._loaded = self._ahead.load(self._file)
            if self._loaded is not None:
                self._presences = self._ahead.presences(self._file)
                self._number = self._ahead.number
                if not self._presences:
                    self._expected = {}  # ask one by one
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _load(self) -> LoadResult:
        asked = list(self._expected.items())
        try:
            reply = self._ask("load", self._learner.limits.load, asked)
            loaded = LoadResult.from_plain(reply)
        except _NoAnswerError as error:
            return LoadResult(str(error))
        except (TypeError, ValueError):
            return LoadResult("crashed")
        if asked and loaded.status == "loaded":
            # After the reply: what cannot be told of a function says nothing of the import.
            try:
                found = self._next(self._learner.limits.calls)
                presences = [Presence.from_plain(plain) for plain in found]
                self._presences = dict(zip(asked, presences, strict=True))
            except (_NoAnswerError, TypeError, ValueError):
                self._expected = {}  # ask one by one
        return loaded

    def presence(self, function: str, parameters: int) -> Presence:
        """Tell how `function` stands in it."""
        if (function, parameters) in self._presences:
            return self._presences[function, parameters]
        seconds = self._learner.limits.calls
        try:
            return Presence.from_plain(self._ask("presence", seconds, function, parameters))
        except (_NoAnswerError, TypeError, ValueError):
            return Presence("callable")

    def substitute(self, source: str, names: Sequence[str]) -> None:
        """Replace functions by stand-ins, before the next calls."""
        self._stand_ins = source, tuple(names)
        self._is_on_stand_ins = False

    def call_many(self, function: str, points: Sequence[Sequence[Any]]) -> list[CallResult]:
        """Call `function` at each point."""
        if self._ahead is not None:
            known = self._ahead.results(self._file, function, points)
            if known is not None:
                return known
        learner = self._learner
        asked = points if isinstance(points, KeptPoints) else [tuple(p) for p in points]
        try:
            with self._answering():
                connection = self._connection()
                stand_ins = () if self._is_on_stand_ins else self._stand_ins
                request = "call", self._file, function, asked, stand_ins
                deadline = learner.deadline(learner.limits.calls)
                wire.send(connection, request, deadline)
        except _NoAnswerError as error:
            return [CallResult(str(error))]
        self._is_on_stand_ins = True
        frames = wire.Frames(connection, deadline, learner.budget, learner.while_waiting)
        results, failure = read_results(frames, points, is_last=True)
        if failure:
            self._lose()
        return results

    def own_functions_called(
        self, function: str, arguments: Sequence[Any], names: Sequence[str]
    ) -> list[str]:
        """Return which own functions run; all of them when the worker does not tell."""
        seconds = self._learner.limits.calls
        try:
            reply = self._ask(
                "own_functions_called", seconds, function, tuple(arguments), list(names)
            )
        except _NoAnswerError:
            return list(names)
        if not isinstance(reply, list) or any(type(name) is not str for name in reply):
            return list(names)
        return [name for name in names if name in reply]

    def close(self) -> None:
        """End the worker."""
        self._seat.clear()

    def _lose(self) -> None:
        self._learner.workers_lost += 1
        self.close()

    def _connection(self) -> socket.socket:
        if self._seat.ahead is not None:
            self._seat.ahead.finish()
        connection = self._seat.connection()
        if self._number == self._seat.number:
            return connection
        self._number = self._seat.number
        if self._loaded is not None:  # the worker before this one hung or crashed
            if self._load().status in ("timed_out", "crashed"):
                raise wire.WireError("the module cannot be loaded again")
            if self._seat.is_empty:
                return self._connection()
            self._is_on_stand_ins = False
        return connection

    def _ask(self, operation: str, seconds: float, *arguments: Any) -> Any:
        """Return the reply.

        Raises
        ------
        _NoAnswerError
            If there is none.
        """
        learner = self._learner
        with self._answering():
            connection = self._connection()  # which may wait for what others have asked
            deadline = learner.deadline(seconds)
            wire.send(connection, (operation, self._file, *arguments), deadline)
            return wire.receive(connection, deadline, learner.budget, learner.while_waiting)

    def _next(self, seconds: float) -> Any:
        """Return one more reply to the same request; raises like `_ask`."""
        learner = self._learner
        with self._answering():
            return wire.receive(
                self._seat.connection(),
                learner.deadline(seconds),
                learner.budget,
                learner.while_waiting,
            )

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except wire.WireTimeout:
            self._lose()
            raise _NoAnswerError("timed_out") from None
        except wire.WireError:
            self._lose()
            raise _NoAnswerError("crashed") from None


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
        self.on_long_wait: Callable[[], None] = _do_nothing
        """Called when a worker lets the grader wait for long."""
        pool.warm_up()
        self._began = time.monotonic()
        self._end = self._share_end = self._began + self.limits.submission
        self._shared = Seat(pool, folder)
        self._seats = [self._shared]
        self._seated: set[str] = set()
        self._plan = Plan()
        self._ahead: Ahead | None = None

    def ask_ahead(self, plan: Plan) -> None:
        """Let a worker begin with what will be asked of fresh copies, in this order.

        Parameters
        ----------
        plan : Plan
            For each file, what will be asked of its first copy.
        """
        self._plan = plan
        self._began = time.monotonic()
        self._ahead = None
        if not plan.parts:
            return
        try:
            self._ahead = self._shared.ahead = Ahead(self, self._shared, plan)
        except wire.WireError:  # whoever asks will learn of it
            self._shared.clear()

    def while_waiting(self) -> None:
        """Use the time in which a worker lets the grader wait."""
        self.on_long_wait()

    def stop_ahead(self) -> None:
        """End a worker that has been busy for so long that it will start anew in its turn."""
        if time.monotonic() - self._began > _AHEAD_SECONDS:
            self._shared.clear()

    def take_turn(self) -> None:
        """Begin to count the time of this submission, whatever its worker did until now.

        A worker that has been busy for long is asked anew: its head start must not make slow
        code pass, and it may have used up what the system lets it use.
        """
        if time.monotonic() - self._began > _AHEAD_SECONDS:
            self._shared.clear()
            self.ask_ahead(self._plan)
        self._end = self._share_end = time.monotonic() + self.limits.submission

    def deadline(self, seconds: float) -> float:
        """Return the moment, on `time.monotonic`, by which a message must be answered."""
        return min(time.monotonic() + seconds, self._share_end)

    def give_back_time(self, seconds: float) -> None:
        """Leave some time uncounted: it went to what nobody asked for."""
        self._end += seconds
        self._share_end += seconds

    def share_time(self, functions: int) -> None:
        """Let the next of so many functions use its part of the time that is left.

        Functions that hang must not use up the time of those after them.
        """
        now = time.monotonic()
        self._share_end = now + max(0.0, self._end - now) / functions

    def copy(self, file: str, expected: Mapping[str, int] | None = None) -> WorkerCopy:
        """Return a fresh copy of the module in `file`.

        The first copies of all files share a worker: a fork and its sandbox take longer than
        most checks. Any further copy has one of its own, which keeps stand-ins away from the
        code that was handed in.
        """
        seat, ahead = self._shared, self._ahead
        is_loaded_there = file in self._seated
        if ahead is not None and not ahead.is_about(file, expected or {}):
            is_loaded_there = is_loaded_there or ahead.has(file)
            ahead = None
        if is_loaded_there:
            seat, ahead = Seat(self.pool, self.folder), None
            self._seats.append(seat)
        else:
            self._seated.add(file)
        return WorkerCopy(self, file, seat, expected or {}, ahead)

    def close(self) -> None:
        """End all workers of this learner."""
        for seat in self._seats:
            seat.clear()
