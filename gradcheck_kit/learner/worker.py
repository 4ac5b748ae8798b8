"""The processes that run learner code for a grader: a zygote, and its workers.

The zygote is started once, imports numpy, and forks one worker for every copy of a learner's
module: a fork takes 2 ms, a fresh interpreter with numpy 100 ms. Where there is no fork, each
worker is a fresh interpreter. Neither ever loads a reference solution.
"""

import contextlib
import ctypes
import math
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from gradcheck_kit.learner import wire
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.learner.runner import Runner

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 120
"""A backstop only: the grader's own deadlines are shorter."""

_FOREVER = math.inf
_PR_SET_PDEATHSIG = 1


def zygote(descriptor: int) -> None:
    """Fork a worker for each connection that arrives on `descriptor`, until it closes."""
    die_with_parent()
    refuse_other_modules()
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers: no zombies
    control.sendall(wire.READY)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 65_536, 1)
        if not message or len(descriptors) != 1:
            return
        child = os.fork()
        if child == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with_parent()
            os.setsid()  # so that the grader can end it with everything it starts
            try:
                serve(socket.socket(fileno=descriptors[0]), Path(os.fsdecode(message)))
            finally:
                os._exit(0)
        os.close(descriptors[0])
        control.sendall(child.to_bytes(8, "little"))


def spawned() -> None:
    """Serve the connection that standard input describes; used where there is no fork."""
    refuse_other_modules()
    handle, path = sys.stdin.buffer.readline(), sys.stdin.buffer.readline()
    if sys.platform == "win32":
        connection = socket.fromshare(bytes.fromhex(handle.decode()))
    else:
        connection = socket.socket(fileno=int(handle))
    serve(connection, Path(os.fsdecode(bytes.fromhex(path.decode()))))


def die_with_parent() -> None:
    """Ask Linux to kill this process when the one that started it ends, however it ends."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class _OtherModules:
    """Refuses to import more of the kit than a worker needs: no reference for learner code."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        """Raise for modules of the kit; leave all others to other finders."""
        if name.startswith("gradcheck_kit"):
            raise ImportError(f"{name} is not there for submissions")


def refuse_other_modules() -> None:
    """Let nothing else of the kit be imported from now on."""
    sys.meta_path.insert(0, _OtherModules)


def serve(connection: socket.socket, path: Path) -> None:
    """Answer requests about one copy of the module at `path` until the grader hangs up."""
    limit_resources()
    sys.dont_write_bytecode = True
    with contextlib.suppress(OSError):
        os.chdir(path.parent)
    runner = Runner(path)
    with contextlib.suppress(wire.WireError):
        while True:
            _answer(connection, runner, wire.receive(connection, _FOREVER))


def _answer(connection: socket.socket, runner: Runner, request: Any) -> None:
    operation, *arguments = request
    if operation == "load":
        result = runner.load()
        trouble = result.trouble.to_plain() if result.trouble else None
        reply: Any = (result.status, trouble, result.output, result.opened_plot)
    elif operation == "presence":
        found = runner.presence(*arguments)
        reply = (found.status, found.detail, found.line, found.is_stub, found.is_async)
    elif operation == "substitute":
        runner.substitute(*arguments)
        reply = True
    elif operation == "own_functions_called":
        reply = runner.own_functions_called(*arguments)
    else:
        _answer_calls(connection, runner, *arguments)
        return
    wire.send(connection, reply, _FOREVER)


def _answer_calls(
    connection: socket.socket, runner: Runner, function: str, points: list[Any]
) -> None:
    results: list[CallResult] = []

    def emit(result: CallResult) -> None:
        results.append(result)
        wire.send(connection, result.to_plain(), _FOREVER)

    kept = runner.call_many(function, points, emit)
    wire.send(connection, runner.look_again(results, kept), _FOREVER)


def limit_resources() -> None:
    """Cap memory, files written and core dumps, and let go of the standard streams."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if sys.platform == "win32":
        return
    import resource

    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: CPU_SECONDS,
    }
    for kind, size in limits.items():
        with contextlib.suppress(OSError, ValueError):  # macOS refuses some
            resource.setrlimit(kind, (size, size))
