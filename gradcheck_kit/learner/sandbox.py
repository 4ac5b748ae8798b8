"""The sandbox of a worker: what it gives up before it reads a line of learner code.

Levels: ``strict`` is resource limits, landlock and seccomp together (each of the two alone
leaves holes: landlock knows no UDP sockets and no processes, seccomp no paths); ``basic`` is
resource limits; both come with the grader's own deadlines. Measured: strict takes a worker
1.2 ms, most of it while it waits to be needed.

As root, workers keep the user id 0 and lose every capability. Another user id would protect
nothing that landlock and seccomp do not protect, and where Python lies in root's home, as
with uv and pyenv in containers, it could not even be read.
"""

import contextlib
import math
import os
import platform
import signal
import struct
import sys
from pathlib import Path

from gradcheck_kit.learner import landlock, seccomp
from gradcheck_kit.learner.landlock import READ_DIR, READ_FILE
from gradcheck_kit.learner.limits import Limits
from gradcheck_kit.learner.readable import readable_rules
from gradcheck_kit.learner.syscalls import call, prctl

if sys.platform != "win32":
    import resource  # here, not in each worker

STRICT, BASIC = "strict", "basic"

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_CAPABILITY_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_OPEN_FILES = 64
_CPU_SLACK = 5.0


def obstacles() -> list[str]:
    """Return what keeps this machine from the level strict, as ids; none when nothing does.

    Returns
    -------
    list of str
        ``system`` (no Linux), ``architecture``, ``landlock``, ``seccomp``.
    """
    if sys.platform != "linux":
        return ["system"]
    if not seccomp.is_known(platform.machine()) or struct.calcsize("P") != 8:
        return ["architecture"]
    found = []
    if landlock.abi_version() < 1:
        found.append("landlock")
    if not seccomp.is_available():
        found.append("seccomp")
    return found


def layers_of(level: str) -> list[str]:
    """Return the layers that a level has on this system, for the results."""
    layers = [] if sys.platform == "win32" else ["rlimits"]
    return [*layers, "landlock", "seccomp"] if level == STRICT else layers


class Sandbox:
    """What workers are put into. Made once, in the zygote, before learner code is near.

    Parameters
    ----------
    level : str
        ``strict`` or ``basic``; never silently less.
    limits : Limits
        How much a worker may use.
    packages : tuple of str
        Installed packages that may be read, beside those for everybody.
    """

    def __init__(self, level: str, limits: Limits, packages: tuple[str, ...] = ()) -> None:
        self.level = level
        self.limits = limits
        self._rules: list[tuple[int, int]] = []
        self._abi = 0
        self._ruleset: landlock.Ruleset | None = None
        self._has_begun = False
        if level == STRICT:
            self._rules = landlock.open_rules(readable_rules(packages))
            self._abi = landlock.abi_version()
            seccomp.make_filter(platform.machine(), os.getpid())  # its template is kept

    def begin(self) -> None:
        """Give up all that does not depend on the submission, for good.

        Raises
        ------
        OSError
            If a layer of the level cannot be had; the process must then end.
        """
        release_streams()
        if self.level == STRICT:
            make_undumpable()
            drop_privileges()
            self._ruleset = landlock.Ruleset(self._abi)
            self._ruleset.allow_opened(self._rules)
            for descriptor, _access in self._rules:  # of no use to learner code
                os.close(descriptor)
        limit_resources(self.limits)
        self._has_begun = True

    def enter(self, folder: Path) -> None:
        """Put this process into it, for good.

        Parameters
        ----------
        folder : Path
            The submission's own copy, the only thing of it that it may read.

        Raises
        ------
        OSError
            If a layer of the level cannot be had; the process must then end.
        """
        if not self._has_begun:
            self.begin()
        if self._ruleset is not None:
            self._ruleset.allow([(folder, READ_FILE | READ_DIR)])
            self._ruleset.restrict_self()
            seccomp.install(seccomp.make_filter(platform.machine(), os.getpid()))


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when the one that started it ends, however it ends.

    Parameters
    ----------
    parent : int
        Its process id: if it has ended already, this process ends here.
    """
    if sys.platform == "linux":  # on Windows, a launcher can stand between the two
        _try_prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def make_undumpable() -> None:
    """Let no process of the same user look into this one or trace it (Linux)."""
    _try_prctl(_PR_SET_DUMPABLE, 0)


def _try_prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            prctl(option, value)


def drop_privileges() -> None:
    """Give up supplementary groups and all capabilities, those of root too.

    Raises
    ------
    OSError
        If capabilities are left.
    """
    with contextlib.suppress(OSError):  # takes a capability, and an ordinary user has none
        os.setgroups([])
    call("capset", struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24))


def release_streams() -> None:
    """Connect the standard streams to nothing."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def limit_resources(limits: Limits) -> None:
    """Cap memory, processes, files and core dumps; the limits cannot be raised again."""
    if sys.platform == "win32":
        return
    wanted = {
        "RLIMIT_AS": limits.memory,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": _OPEN_FILES,
        "RLIMIT_NPROC": 0,  # does nothing for root; there only strict keeps processes away
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        # A backstop only: the grader's own deadlines are shorter.
        "RLIMIT_CPU": math.ceil(limits.submission + _CPU_SLACK),
    }
    for name, size in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            with contextlib.suppress(OSError, ValueError):  # macOS refuses some
                hard = resource.getrlimit(kind)[1]
                size = size if hard == resource.RLIM_INFINITY else min(size, hard)
                resource.setrlimit(kind, (size, size))
