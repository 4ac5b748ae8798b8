"""Linux system calls that the sandbox makes and speaks of, for x86-64 and arm64.

Sources: Linux, ``arch/x86/entry/syscalls/syscall_64.tbl`` and
``include/uapi/asm-generic/unistd.h`` (arm64). A test compares them with libseccomp.
"""

import ctypes
import functools
import os
import platform
from collections.abc import Mapping
from typing import Any

X86_64 = "x86_64"
ARM64 = "aarch64"

_PR_SET_NO_NEW_PRIVS = 38

_NUMBERS: Mapping[str, tuple[int, int | None]] = {  # None: arm64 has no such call
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "preadv": (295, 69),
    "close": (3, 57),
    "lseek": (8, 62),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "stat": (4, None),
    "lstat": (6, None),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "chdir": (80, 49),
    "fchdir": (81, 50),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "open": (2, None),
    "openat": (257, 56),
    "fadvise64": (221, 223),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "brk": (12, 214),
    "madvise": (28, 233),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "rt_sigsuspend": (130, 133),
    "rt_sigtimedwait": (128, 137),
    "pause": (34, None),
    "rt_sigpending": (127, 136),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "shutdown": (48, 210),
    "getsockopt": (55, 209),
    "setsockopt": (54, 208),
    "getsockname": (51, 204),
    "getpeername": (52, 205),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "sched_yield": (24, 124),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getpgrp": (111, None),
    "getpgid": (121, 155),
    "getsid": (124, 156),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "getrlimit": (97, 163),
    "prlimit64": (302, 261),
    "sched_getaffinity": (204, 123),
    "getcpu": (309, 168),
    "umask": (95, 166),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "rseq": (334, 293),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "prctl": (157, 167),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "clone3": (435, 435),
    "openat2": (437, 437),
    "close_range": (436, 436),
    "capset": (126, 91),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "io_uring_setup": (425, 425),
    "inotify_init1": (294, 26),
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "socket": (41, 198),
    "settimeofday": (164, 170),
    "sched_setaffinity": (203, 122),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "seccomp": (317, 277),
}


@functools.cache
def libc() -> ctypes.CDLL:
    """Return the C library; made once, since that takes longer than the calls themselves."""
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> int:
    """Make a system call of the table on this machine.

    Raises
    ------
    OSError
        If it fails; its text says which call that was.
    """
    result = int(libc().syscall(numbers_for(platform.machine())[name], *arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int) -> None:
    """Change something about this process.

    Raises
    ------
    OSError
        If the kernel does not do it.
    """
    if libc().prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")


def allow_no_new_privileges() -> None:
    """Give up all that a later ``exec`` could gain; landlock and seccomp ask for it."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


@functools.cache
def numbers_for(machine: str) -> Mapping[str, int]:
    """Return the numbers of one architecture, by name.

    Parameters
    ----------
    machine : str
        ``x86_64`` or ``aarch64``, as ``platform.machine()`` has it.
    """
    column = {X86_64: 0, ARM64: 1}[machine]
    found = {name: both[column] for name, both in _NUMBERS.items()}
    return {name: number for name, number in found.items() if number is not None}
