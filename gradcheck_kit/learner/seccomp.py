"""A seccomp filter for workers: a list of the system calls that learner code may make.

What is not on the list fails with EPERM, or ENOSYS where the C library then tries an older
call. The filter stays for good, also over ``exec``, and needs no privilege.

References
----------
Linux, ``Documentation/userspace-api/seccomp_filter.rst`` and ``include/uapi/linux/seccomp.h``,
``filter.h``, ``audit.h`` for the constants.
"""

import ctypes
import errno
import functools
import struct
from collections.abc import Sequence

from gradcheck_kit.learner.syscalls import (
    ARM64,
    X86_64,
    allow_no_new_privileges,
    call,
    numbers_for,
)

_ARCHITECTURES = {X86_64: 0xC000003E, ARM64: 0xC00000B7}  # AUDIT_ARCH_X86_64, _AARCH64
_X32_BIT = 0x40000000  # x86-64's second table of calls has it set

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT = 0x20, 0x15, 0x35, 0x45
_AND, _RETURN = 0x54, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_SET_MODE_FILTER, _GET_ACTION_AVAIL = 1, 2
_NEWEST_KNOWN = 450  # calls newer than this list: "no such call", as on an older kernel

_FREE = (
    "read", "write", "readv", "writev", "pread64", "preadv", "close", "lseek", "fstat",
    "newfstatat", "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink",
    "readlinkat", "getdents64", "getcwd", "chdir", "fchdir", "dup", "dup2", "dup3", "fadvise64",
    "mmap", "mprotect", "munmap", "mremap", "brk", "madvise", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait", "pause", "sigaltstack",
    "restart_syscall", "poll", "ppoll", "select", "pselect6", "recvfrom", "shutdown",
    "getsockopt", "setsockopt", "getsockname", "getpeername", "nanosleep", "clock_nanosleep",
    "clock_gettime", "clock_getres", "gettimeofday", "time", "times", "sched_yield", "getrusage",
    "sysinfo", "uname", "getpid", "getppid", "gettid", "getpgrp", "getpgid", "getsid", "getuid",
    "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "getrlimit",
    "sched_getaffinity", "getcpu", "umask", "futex", "set_robust_list", "get_robust_list", "rseq",
    "getrandom", "exit", "exit_group",
)  # fmt: skip

# With ENOSYS the C library falls back to a call that the filter can look into.
_NO_SUCH_CALL = ("clone3", "openat2", "close_range", "membarrier")

_O_ACCMODE, _O_TRUNC = 0o3, 0o1000
_FCNTL = (0, 1, 2, 3, 4, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
# TCGETS (isatty), TIOCGWINSZ, FIONREAD, FIONBIO (time limits of sockets), FIONCLEX, FIOCLEX
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
_PRCTL = (15, 16, 0x53564D41)  # PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (glibc names its heap)

Instruction = tuple[int, int, int, int]

_PID = 0xFFFFFFFE  # stands for the process id; no process has it, and no other constant is it


def is_known(machine: str) -> bool:
    """Tell whether there is a filter for an architecture."""
    return machine in _ARCHITECTURES


def is_available() -> bool:
    """Tell whether this kernel takes filters that return an error number."""
    action = ctypes.c_uint32(_ERRNO)
    try:
        call("seccomp", _GET_ACTION_AVAIL, 0, ctypes.c_void_p(ctypes.addressof(action)))
    except OSError:
        return False
    return True


def make_filter(machine: str, pid: int) -> bytes:
    """Return the filter for a worker, as an array of ``struct sock_filter``.

    Parameters
    ----------
    machine : str
        ``x86_64`` or ``aarch64``.
    pid : int
        The worker's own process id, the only one that it may send signals to.
    """
    template, places = _template(machine)
    program = bytearray(template)
    for place in places:
        struct.pack_into("=I", program, place, pid)
    return bytes(program)


@functools.cache
def _template(machine: str) -> tuple[bytes, tuple[int, ...]]:
    """Return the filter without the process id, and where that goes; workers are many."""
    numbers, pid = numbers_for(machine), _PID
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]

    def add(name: str, block: Sequence[Instruction]) -> None:
        if name in numbers:
            program.append((_JUMP_EQUAL, 0, len(block), numbers[name]))
            program.extend(block)

    for name in _FREE:
        add(name, [_returning(_ALLOW)])
    for name, argument in (("open", 1), ("openat", 2)):
        add(name, _no_truncating_read(argument))
    add("fcntl", _one_of(1, _FCNTL, errno.EPERM))
    add("ioctl", _one_of(1, _IOCTL, errno.ENOTTY))
    add("prctl", _one_of(0, _PRCTL, errno.EPERM))
    add("kill", _one_of(0, (pid,), errno.EPERM))
    add("tgkill", _one_of(0, (pid,), errno.EPERM))
    add("sendto", _null(4))  # on the connection that is there, not to an address
    add("prlimit64", [*_one_of(0, (0, pid), errno.EPERM)[:-1], *_null(2)])  # reading one's own
    for name in _NO_SUCH_CALL:
        add(name, [_error(errno.ENOSYS)])
    program += [
        (_JUMP_AT_LEAST, 0, 1, _NEWEST_KNOWN),
        _error(errno.ENOSYS),
        _error(errno.EPERM),
    ]
    places = tuple(8 * at + 4 for at, (*_, constant) in enumerate(program) if constant == _PID)
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program), places


def _returning(action: int) -> Instruction:
    return (_RETURN, 0, 0, action)


def _error(number: int) -> Instruction:
    return _returning(_ERRNO | number)


def _low(argument: int) -> Instruction:
    # Both architectures are little-endian; the kernel takes an int from the low half only.
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)


def _one_of(argument: int, values: Sequence[int], error: int) -> list[Instruction]:
    """Allow if an int argument is one of `values`; the allowing instruction comes last."""
    tests = [(_JUMP_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [_low(argument), *tests, _error(error), _returning(_ALLOW)]


def _null(argument: int) -> list[Instruction]:
    """Allow if a pointer argument is null, both halves of it."""
    low, high = _low(argument), (_LOAD, 0, 0, _ARGUMENTS + 8 * argument + 4)
    return [
        low,
        (_JUMP_EQUAL, 0, 2, 0),
        high,
        (_JUMP_EQUAL, 1, 0, 0),
        _error(errno.EPERM),
        _returning(_ALLOW),
    ]


def _no_truncating_read(argument: int) -> list[Instruction]:
    """Refuse O_RDONLY | O_TRUNC: it empties a file, and landlock before ABI 3 lets it."""
    return [
        _low(argument),
        (_JUMP_ANY_BIT, 0, 3, _O_TRUNC),
        (_AND, 0, 0, _O_ACCMODE),
        (_JUMP_EQUAL, 0, 1, 0),
        _error(errno.EPERM),
        _returning(_ALLOW),
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(program: bytes) -> None:
    """Put this process under a filter, for good.

    Raises
    ------
    OSError
        If the kernel does not take it.
    """
    allow_no_new_privileges()
    wrapped = _Program(len(program) // 8, program)
    call("seccomp", _SET_MODE_FILTER, 0, ctypes.c_void_p(ctypes.addressof(wrapped)))
