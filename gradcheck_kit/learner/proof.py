"""Which level of sandbox this machine really has: a worker tries the forbidden, and must fail."""

import os
import socket
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradcheck_kit.learner import wire
from gradcheck_kit.learner.isolated import CAN_FORK, WorkerPool
from gradcheck_kit.learner.probe import SUCCEEDED
from gradcheck_kit.learner.results import LoadResult
from gradcheck_kit.learner.sandbox import BASIC, STRICT, layers_of, obstacles

_SECONDS = 60.0


@dataclass(frozen=True)
class Protection:
    """What learner code is kept in.

    Parameters
    ----------
    level : str
        ``strict`` or ``basic``.
    layers : list of str
        What the level is made of.
    obstacles : list of str
        What keeps it from strict: ids of `sandbox.obstacles`, ``start`` (no worker comes up
        in the strict sandbox), or ``open NAME`` and ``shut NAME`` for a probe that was let
        through, or something learner code needs that was refused.
    probes : dict
        What came of every probe, by name.
    """

    level: str
    layers: list[str]
    obstacles: list[str] = field(default_factory=list)
    probes: dict[str, str] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """Return what results.json records."""
        return {"level": self.level, "layers": self.layers}


def find_protection(fork: bool = CAN_FORK) -> Protection:
    """Find the highest level of this machine, by trying it.

    Parameters
    ----------
    fork : bool
        As for WorkerPool.
    """
    found = obstacles()
    if found:
        return Protection(BASIC, layers_of(BASIC), found)
    forbidden, needed = try_level(STRICT, fork)
    found = [f"open {name}" for name, came in forbidden.items() if came == SUCCEEDED]
    found += [f"shut {name}" for name, came in needed.items() if came != SUCCEEDED]
    if not forbidden or not needed:
        found = ["start"]
    level = BASIC if found else STRICT
    return Protection(level, layers_of(level), found, {**forbidden, **needed})


def can_start(level: str, fork: bool = CAN_FORK) -> bool:
    """Tell whether a worker of a level comes up and answers."""
    pool = WorkerPool(fork, level)
    try:
        with tempfile.TemporaryDirectory(prefix="gradcheck-", ignore_cleanup_errors=True) as own:
            worker = pool.start(Path(own))
            try:
                deadline = time.monotonic() + _SECONDS
                wire.send(worker.connection, ("load", "none.py", []), deadline)
                reply = wire.receive(worker.connection, deadline)
                return LoadResult.from_plain(reply).status == "missing"
            finally:
                worker.end()
    except (wire.WireError, TypeError, ValueError):
        return False
    finally:
        pool.close()


def try_level(level: str, fork: bool = CAN_FORK) -> tuple[dict[str, str], dict[str, str]]:
    """Run the probes in a worker of a level.

    Returns
    -------
    tuple of dict
        What came of the forbidden attempts and of the needed ones; both empty when no worker
        could be started.
    """
    pool = WorkerPool(fork, level)
    with tempfile.TemporaryDirectory(prefix="gradcheck-", ignore_cleanup_errors=True) as scratch:
        own, folder = Path(scratch, "own"), Path(scratch, "other")
        own.mkdir()
        folder.mkdir()
        secret = folder / "secret"
        secret.write_text("secret")
        with socket.create_server(("127.0.0.1", 0)) as server:
            targets = {
                "secret": str(secret), "folder": str(folder), "own": str(own),
                "port": server.getsockname()[1], "pid": os.getpid(),
            }  # fmt: skip
            try:
                worker = pool.start(own)
                try:
                    deadline = time.monotonic() + _SECONDS
                    wire.send(worker.connection, ("probe", "", tuple(targets.items())), deadline)
                    forbidden, needed = wire.receive(worker.connection, deadline)
                    return dict(forbidden), dict(needed)
                finally:
                    worker.end()
            except (wire.WireError, TypeError, ValueError):
                return {}, {}
            finally:
                pool.close()
