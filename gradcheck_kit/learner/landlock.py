"""Landlock: which files a worker may read. Everything else, and all writing, is refused.

References
----------
Linux, ``Documentation/userspace-api/landlock.rst`` and ``include/uapi/linux/landlock.h`` for the
constants, ``include/uapi/asm-generic/unistd.h`` for the numbers of the calls (the same on all
architectures). What each ABI brought: 1 files, 2 links between folders, 3 truncation, 4 TCP,
5 device ioctls, 6 signals and abstract sockets.
"""

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from gradcheck_kit.learner.syscalls import allow_no_new_privileges, libc

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_HIGH = 512
_RULE = struct.Struct("=Qi")

WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
_FOR_FILES = (1 << 0) | WRITE_FILE | READ_FILE | (1 << 14) | (1 << 15)
_FILES_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract unix sockets, signals

Rule = tuple[Path, int]
"""A folder or file, and what is allowed on it and all that is in it."""


def abi_version() -> int:
    """Return the kernel's landlock ABI, or 0 where there is none."""
    with contextlib.suppress(OSError, AttributeError):
        return max(0, int(libc().syscall(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)))
    return 0


def open_rules(rules: Iterable[Rule]) -> list[tuple[int, int]]:
    """Open what rules are about, for many rulesets: finding a path takes most of their time.

    Returns
    -------
    list of tuple
        Descriptor, which the caller closes, and access. A path that is not there is left out.
    """
    opened = []
    for path, access in rules:
        try:
            target = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            access &= _FOR_FILES
        opened.append((_out_of_the_way(target), access))
    return opened


def _out_of_the_way(descriptor: int) -> int:
    """Give a descriptor a high number: workers' own connections keep the low ones."""
    import fcntl

    try:
        high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    except OSError:  # the system allows fewer
        return descriptor
    os.close(descriptor)
    return high


class Ruleset:
    """Rules that a process can put itself under.

    Parameters
    ----------
    abi : int
        The kernel's version; every access right that it knows is refused by default.

    Raises
    ------
    OSError
        If the kernel does not make it.
    """

    def __init__(self, abi: int) -> None:
        self._libc = libc()
        self.handled = _FILES_BY_ABI[max(known for known in _FILES_BY_ABI if known <= abi)]
        attributes = struct.pack("=Q", self.handled)
        if abi >= 4:
            attributes += struct.pack("=Q", _TCP)
        if abi >= 6:
            attributes += struct.pack("=Q", _SCOPES)
        size = ctypes.c_size_t(len(attributes))
        self._descriptor = int(self._libc.syscall(_CREATE_RULESET, attributes, size, 0))
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "landlock_create_ruleset")

    def allow(self, rules: Iterable[Rule]) -> None:
        """Add rules; a path that is not there is left out."""
        opened = open_rules(rules)
        try:
            self.allow_opened(opened)
        finally:
            for target, _access in opened:
                os.close(target)

    def allow_opened(self, rules: Iterable[tuple[int, int]]) -> None:
        """Add rules for files and folders that are open already, see `open_rules`."""
        call, descriptor = self._libc.syscall, self._descriptor
        for target, access in rules:
            rule = _RULE.pack(access & self.handled, target)
            if call(_ADD_RULE, descriptor, _RULE_PATH_BENEATH, rule, 0) != 0:
                raise OSError(ctypes.get_errno(), "landlock_add_rule")

    def restrict_self(self) -> None:
        """Put this process under the rules, for good.

        Raises
        ------
        OSError
            If the kernel does not do it.
        """
        allow_no_new_privileges()
        if self._libc.syscall(_RESTRICT_SELF, self._descriptor, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
        self.close()

    def close(self) -> None:
        """Let go of the rules; what they were put on stays under them."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
