"""The processes that run learner code for a grader: a zygote, and its workers.

The zygote is started once, imports numpy, and forks one worker for every copy of a learner's
module: a fork takes 2 ms, a fresh interpreter with numpy 100 ms. Where there is no fork, each
worker is a fresh interpreter. Neither ever loads a reference solution.
"""

import contextlib
import math
import os
import signal
import socket
import sys
import tempfile
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from gradcheck_kit.learner import probe, wire
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.results import CallResult
from gradcheck_kit.learner.runner import Runner
from gradcheck_kit.learner.sandbox import Sandbox, die_with_parent, make_undumpable

_FOREVER = math.inf


def zygote(descriptor: int, level: str, limits: tuple[Any, ...], imports: tuple[Any, ...]) -> None:
    """Fork a worker for each connection that arrives on `descriptor`, until it closes.

    Parameters
    ----------
    descriptor : int
        Where connections arrive.
    level : str
        Of the sandbox that every worker enters.
    limits : tuple
        Fields of Limits.
    imports : tuple
        Fields of Imports.
    """
    die_with_parent()
    make_undumpable()
    allowed = Imports(*imports)
    refuse_other_modules(allowed.hidden)
    sandbox = Sandbox(level, Limits(*limits), allowed.packages)
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers: no zombies
    control.sendall(wire.READY)
    own_id = os.getpid()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 65_536, 1)
        if not message or len(descriptors) != 1:
            return
        child = os.fork()
        if child == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with_parent()
            if os.getppid() != own_id:  # it ended before the line above
                os._exit(1)
            os.setsid()  # so that the grader can end it with everything it starts
            try:
                connection = socket.socket(fileno=descriptors[0])
                serve(connection, Path(os.fsdecode(message)), sandbox)
            finally:
                os._exit(0)
        os.close(descriptors[0])
        control.sendall(child.to_bytes(8, "little"))


def spawned(level: str, limits: tuple[Any, ...], imports: tuple[Any, ...]) -> None:
    """Serve the connection that standard input describes; used where there is no fork."""
    die_with_parent()
    allowed = Imports(*imports)
    refuse_other_modules(allowed.hidden)
    sandbox = Sandbox(level, Limits(*limits), allowed.packages)
    handle, path = sys.stdin.buffer.readline(), sys.stdin.buffer.readline()
    if sys.platform == "win32":
        connection = socket.fromshare(bytes.fromhex(handle.decode()))
    else:
        connection = socket.socket(fileno=int(handle))
    serve(connection, Path(os.fsdecode(bytes.fromhex(path.decode()))), sandbox)


class _OtherModules:
    """Refuses to import more of the kit than a worker needs: no reference for learner code."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        """Raise for modules of the kit; leave all others to other finders."""
        if name.startswith("gradcheck_kit"):
            raise ImportError(f"{name} is not there for submissions")


class _Unreadable:
    """Makes a package that is hidden, by the sandbox or the course, one that is not installed.

    Without it, ``try: import pytest`` would meet a PermissionError, which no learner expects.
    """

    def __init__(self, hidden: tuple[str, ...]) -> None:
        self._hidden = tuple(map(Path, hidden))

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find as PathFinder does; raise for a file that cannot or must not be read."""
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.has_location and spec.origin is not None:
            origin = Path(os.path.realpath(spec.origin))
            try:
                os.close(os.open(spec.origin, os.O_RDONLY))
                is_hidden = any(origin.is_relative_to(place) for place in self._hidden)
            except OSError:
                is_hidden = True
            if is_hidden:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return spec


def refuse_other_modules(hidden: tuple[str, ...] = ()) -> None:
    """Let nothing else of the kit be imported from now on, and hide what is loaded of it.

    Parameters
    ----------
    hidden : tuple of str
        Folders and files of which nothing can be imported either.
    """
    sys.meta_path.insert(0, _OtherModules)
    unreadable: Any = _Unreadable(hidden)
    sys.meta_path.insert(sys.meta_path.index(PathFinder), unreadable)
    # A source tree that a .pth file puts on the path holds solutions beside the kit.
    sys.path[:] = [entry for entry in sys.path if not _is_source_tree(Path(entry))]
    for name in [name for name in sys.modules if name.partition(".")[0] == "gradcheck_kit"]:
        del sys.modules[name]
    # Nothing can be written in the strict sandbox, so nobody may search for such a place.
    tempfile.tempdir = os.environ.get("TMPDIR") or os.environ.get("TEMP")


def _is_source_tree(folder: Path) -> bool:
    is_installed = folder.name in ("site-packages", "dist-packages")
    return not is_installed and (folder / "gradcheck_kit").is_dir()


def serve(connection: socket.socket, path: Path, sandbox: Sandbox) -> None:
    """Answer requests about one copy of the module at `path` until the grader hangs up."""
    sys.dont_write_bytecode = True
    with contextlib.suppress(OSError):
        os.chdir(path.parent)
    sandbox.enter(path.parent)
    runner = Runner(path, sandbox.limits.output)
    with contextlib.suppress(wire.WireError):
        while True:
            _answer(connection, runner, wire.receive(connection, _FOREVER))


def _answer(connection: socket.socket, runner: Runner, request: Any) -> None:
    operation, *arguments = request
    if operation == "load":
        reply: Any = runner.load().to_plain()
    elif operation == "presence":
        reply = runner.presence(*arguments).to_plain()
    elif operation == "substitute":
        runner.substitute(*arguments)
        reply = True
    elif operation == "own_functions_called":
        reply = runner.own_functions_called(*arguments)
    elif operation == "probe":
        targets = dict(arguments[0])
        attempts = probe.attempt_all(targets), probe.needed_all(Path(targets["own"]))
        reply = tuple(tuple(came.items()) for came in attempts)
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
