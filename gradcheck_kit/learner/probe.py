"""Harmless attempts at what the level strict forbids, to see that the sandbox is shut.

Runs in a worker, in the sandbox, where no learner code is. Each attempt would do no damage if
it succeeded.
"""

import ctypes
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gradcheck_kit.learner.syscalls import call, prctl

SUCCEEDED = "succeeded"
"""What an attempt returns that was not refused; any other text is the refusal."""

_NO_PROCESS = 2**30  # larger than any process id


def attempt_all(targets: Mapping[str, Any]) -> dict[str, str]:
    """Try everything; return what came of it by the attempt's name.

    Parameters
    ----------
    targets : mapping
        ``secret``, a file to read; ``folder``, one to list and write to; ``own``, the worker's
        own folder; ``port``, a local one that somebody listens on; ``pid``, the grader's.
    """
    secret, folder = Path(targets["secret"]), Path(targets["folder"])
    own, port, pid = Path(targets["own"]), targets["port"], targets["pid"]
    attempts: dict[str, Callable[[], object]] = {
        "read": secret.read_bytes,
        "list": lambda: list(folder.iterdir()),
        "write": lambda: (folder / "written").write_bytes(b""),
        "write-own": lambda: (own / "written").write_bytes(b""),
        "truncate": lambda: os.close(os.open(secret, os.O_RDONLY | os.O_TRUNC)),
        "delete": secret.unlink,
        "rename": lambda: secret.rename(folder / "renamed"),
        "link": lambda: (own / "link").symlink_to(secret),
        "chmod": lambda: secret.chmod(0o600),
        "proc": lambda: Path(f"/proc/{pid}/environ").read_bytes(),
        "connect": lambda: socket.create_connection(("127.0.0.1", port), 1).close(),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "unix": lambda: socket.socket(socket.AF_UNIX).close(),
        "fork": _fork,
        "thread": _start_thread,
        "exec": lambda: os.execv("/nonexistent", ["/nonexistent"]),
        "signal": lambda: os.kill(pid, 0),
        "signal-group": lambda: os.kill(0, signal.SIGCONT),
        "raise-limit": _raise_limit,
        "affinity": lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
        "ptrace": lambda: call("ptrace", 16, _NO_PROCESS, 0, 0),  # PTRACE_ATTACH
        "other-memory": lambda: call("process_vm_readv", _NO_PROCESS, 0, 0, 0, 0, 0),
        "io-uring": lambda: call("io_uring_setup", 0, 0),
        "inotify": lambda: os.close(call("inotify_init1", 0)),
        "memory-file": lambda: os.close(call("memfd_create", b"probe", 0)),
        "shared-memory": lambda: call("shmget", 1, 0, 0),  # IPC_EXCL without size: none is made
        "set-clock": lambda: call("settimeofday", 0, 0),
        "dumpable": lambda: prctl(4, 1),  # PR_SET_DUMPABLE
        "outlive": lambda: prctl(1, 0),  # PR_SET_PDEATHSIG
        "more-rules": lambda: call("seccomp", 2, 0, ctypes.c_void_p(0)),
    }
    return {name: _try(attempt) for name, attempt in attempts.items()}


def needed_all(own: Path) -> dict[str, str]:
    """Try what learner code needs; everything must succeed."""

    def numpy_works() -> None:
        import numpy as np

        assert float(np.linalg.norm(np.random.default_rng().normal(size=9))) > 0

    def import_works() -> None:
        import colorsys  # one that nothing has loaded yet
        import json

        assert json.loads("[1]")
        assert colorsys.rgb_to_hls(0, 0, 0)

    needed: dict[str, Callable[[], object]] = {
        "own-folder": lambda: list(own.iterdir()),
        "numpy": numpy_works,
        "import": import_works,
        "null": lambda: Path(os.devnull).write_text("x"),
        "random": lambda: Path("/dev/urandom").open("rb").close(),
    }
    return {name: _try(attempt) for name, attempt in needed.items()}


def _try(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except Exception as error:
        # For ptrace and the like, "no such process" or "bad address" means that it was let in.
        number = getattr(error, "errno", None)
        return SUCCEEDED if number in _LET_IN else type(error).__name__
    return SUCCEEDED


_LET_IN = frozenset((2, 3, 14, 22))  # ENOENT, ESRCH, EFAULT, EINVAL


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _start_thread() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def _raise_limit() -> None:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard + 1, hard + 1))
