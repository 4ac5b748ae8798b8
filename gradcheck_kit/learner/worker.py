"""The processes that run learner code for a grader: a zygote, and its workers.

The zygote is started once, imports numpy, and forks one worker for each submission and each
second judgement: a fork takes 2 ms, a fresh interpreter with numpy 100 ms. Where there is no
fork, each worker is a fresh interpreter. Neither ever loads a reference solution.
"""

import contextlib
import gc
import math
import os
import signal
import socket
import sys
import tempfile
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck_kit.learner import probe, wire
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.results import CallResult, Presence
from gradcheck_kit.learner.runner import Runner
from gradcheck_kit.learner.sandbox import Sandbox, die_with_parent, make_undumpable
from gradcheck_kit.learner.values import same

_FOREVER = math.inf


def zygote(
    descriptor: int,
    parent: int,
    level: str,
    limits: tuple[Any, ...],
    imports: tuple[Any, ...],
) -> None:
    """Fork workers, one ahead of the grader, until it hangs up.

    Parameters
    ----------
    descriptor : int
        Where the process id of each waiting worker goes, with the connection to it, and where
        the next one is asked for.
    parent : int
        The grader's process.
    level : str
        Of the sandbox that every worker enters.
    limits : tuple
        Fields of Limits.
    imports : tuple
        Fields of Imports.
    """
    die_with_parent(parent)
    make_undumpable()
    allowed = Imports(*imports)
    refuse_other_modules(allowed.hidden)
    sandbox = Sandbox(level, Limits(*limits), allowed.packages)
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers: no zombies
    warm_up(sandbox.limits.output)
    while True:
        worker, connection = _fork_worker(control, sandbox)
        with connection:
            socket.send_fds(control, [worker.to_bytes(8, "little")], [connection.fileno()])
        if not control.recv(1):
            return


def _fork_worker(control: socket.socket, sandbox: Sandbox) -> tuple[int, socket.socket]:
    """Fork the next worker, which does all it can while the one before is still busy.

    Returns
    -------
    tuple of int and socket
        Its process, and the grader's end of the connection to it.
    """
    connection, end = socket.socketpair()
    own_id = os.getpid()
    child = os.fork()
    if child != 0:
        end.close()
        return child, connection
    try:
        control.close()
        connection.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with_parent(own_id)
        os.setsid()  # so that the grader can end it with everything it starts
        sandbox.begin()
        size = int.from_bytes(_read(end, 4), "little")
        folder = _read(end, size)
        if folder:
            serve(end, Path(os.fsdecode(folder)), sandbox)
    finally:
        os._exit(0)


def _read(connection: socket.socket, size: int) -> bytes:
    """Return so many bytes; fewer when the grader has hung up."""
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


def warm_up(max_output: int) -> None:
    """Do once what every worker will do, so that all of them share the memory it takes.

    Freezing keeps the garbage collector of workers from writing to every page they share.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "warm.py"
        path.write_text(_WARM_UP, encoding="utf-8")
        runner = Runner(path, max_output)
        runner.load()
        runner.presence("f", 1)
        results: list[CallResult] = []
        kept = runner.call_many("f", [(1.0,), (np.ones((1, 1)),)], results.append)
        runner.look_again(results, kept)
        for result in results:
            wire.decode(wire.encode(result.to_plain()))
    gc.collect()
    gc.freeze()


_WARM_UP = """
import math
import numpy as np


def f(x):
    \"\"\"Add the numbers of an array.\"\"\"
    return float(np.sum(np.exp(-np.asarray(x)))) + math.exp(0.0)
"""


def spawned(parent: int, level: str, limits: tuple[Any, ...], imports: tuple[Any, ...]) -> None:
    """Serve the connection that standard input describes; used where there is no fork."""
    die_with_parent(parent)
    allowed = Imports(*imports)
    refuse_other_modules(allowed.hidden)
    sandbox = Sandbox(level, Limits(*limits), allowed.packages)
    handle, folder = sys.stdin.buffer.readline(), sys.stdin.buffer.readline()
    if sys.platform == "win32":
        connection = socket.fromshare(bytes.fromhex(handle.decode()))
    else:
        connection = socket.socket(fileno=int(handle))
    serve(connection, Path(os.fsdecode(bytes.fromhex(folder.decode()))), sandbox)


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


def serve(connection: socket.socket, folder: Path, sandbox: Sandbox) -> None:
    """Answer requests about the modules in `folder` until the grader hangs up.

    Each request names a file, or all of a plan; there is one copy of each module.
    """
    sys.dont_write_bytecode = True
    with contextlib.suppress(OSError):
        os.chdir(folder)
    sandbox.enter(folder)
    runners: dict[str, Runner] = {}

    def runner_of(file: str) -> Runner:
        if file not in runners:
            runners[file] = Runner(folder / file, sandbox.limits.output)
        return runners[file]

    with contextlib.suppress(wire.WireError):
        while True:
            operation, file, *arguments = wire.receive(connection, _FOREVER)
            if operation != "ahead":
                _answer(connection, runner_of(file), operation, arguments)
                continue
            for file, expected, calls in arguments[0]:
                _answer_ahead(connection, runner_of(file), expected, calls)


def _answer_ahead(
    connection: socket.socket,
    runner: Runner,
    expected: list[tuple[str, int]],
    calls: list[tuple[str, list[Any]]],
) -> None:
    """Answer all that will be asked of a module; functions that cannot be called are left out."""
    found = _answer_load(connection, runner, expected)
    able = {name for name, presence in found if presence.can_be_called}
    for function, points in calls:
        if function in able:
            _answer_calls(connection, runner, function, points)


def _answer_load(
    connection: socket.socket, runner: Runner, expected: list[tuple[str, int]]
) -> list[tuple[str, Presence]]:
    """Answer, and return, how the functions stand in a module, after what came of its import."""
    loaded = runner.load()
    wire.send(connection, loaded.to_plain(), _FOREVER)
    if not expected or loaded.status != "loaded":
        return []
    found = [runner.presence(*asked) for asked in expected]
    wire.send(connection, [presence.to_plain() for presence in found], _FOREVER)
    return [(name, presence) for (name, _count), presence in zip(expected, found, strict=True)]


def _answer(
    connection: socket.socket, runner: Runner, operation: str, arguments: list[Any]
) -> None:
    if operation == "load":
        _answer_load(connection, runner, *arguments)
        return
    reply: Any
    if operation == "presence":
        reply = runner.presence(*arguments).to_plain()
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
    connection: socket.socket,
    runner: Runner,
    function: str,
    points: list[Any],
    stand_ins: tuple[Any, ...] = (),
) -> None:
    if stand_ins:
        runner.substitute(*stand_ins)
    results: list[CallResult] = []

    def emit(result: CallResult) -> None:
        results.append(result)
        wire.send(connection, result.to_plain(), _FOREVER)

    kept = runner.call_many(function, points, emit)
    wire.send(connection, changed(results, runner.look_again(results, kept)), _FOREVER)


def changed(results: list[CallResult], later: list[Any]) -> list[tuple[int, Any]]:
    """Return place and new value of each result that a later call changed."""
    pairs = enumerate(zip(results, later, strict=True))
    return [(at, value) for at, (result, value) in pairs if not same(result.value, value)]
