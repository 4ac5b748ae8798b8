"""The sandbox: what it shuts, what it leaves open, and the tables it is built from."""

import ctypes
import ctypes.util
import os
import platform
import signal
import struct
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest

from gradcheck_kit.learner import isolated, landlock, proof, readable, sandbox, seccomp, syscalls
from gradcheck_kit.learner.probe import SUCCEEDED

ROOT = Path(__file__).resolve().parents[2]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
MACHINES = (syscalls.X86_64, syscalls.ARM64)
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
EPERM, ENOSYS, ENOTTY = ERRNO | 1, ERRNO | 38, ERRNO | 25
ARCHITECTURES = {syscalls.X86_64: 0xC000003E, syscalls.ARM64: 0xC00000B7}


def skip_or_fail(reason):
    """Skip a test on a user's machine; in CI it must run."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (CI is set: this must not be skipped)")
    pytest.skip(reason)


@pytest.fixture
def strict():
    """Skip where this machine has no strict sandbox."""
    found = sandbox.obstacles()
    if found:
        skip_or_fail(f"no strict sandbox here: {', '.join(found)}")


# Tables


@LINUX
@pytest.mark.parametrize("machine", MACHINES)
def test_numbers_are_libseccomps(machine):
    """Every system call of the table, for both architectures."""
    name = ctypes.util.find_library("seccomp") or "libseccomp.so.2"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        skip_or_fail("libseccomp is not installed")
    resolve = library.seccomp_syscall_resolve_name_arch
    resolve.argtypes = (ctypes.c_uint32, ctypes.c_char_p)
    ours = syscalls.numbers_for(machine)
    for call in syscalls.numbers_for(syscalls.X86_64):
        number = resolve(ARCHITECTURES[machine], call.encode())
        assert ours.get(call, "none") == (number if number >= 0 else "none"), call


# The filter, run by a small interpreter of BPF


def run_filter(machine, name, *arguments, pid=4321, architecture=None, number=None):
    """Return the filter's action for a system call."""
    if number is None:
        number = syscalls.numbers_for(machine)[name]
    values = [a & 0xFFFFFFFFFFFFFFFF for a in (*arguments, *[0] * (6 - len(arguments)))]
    data = struct.pack(
        "<IIQ6Q", number & 0xFFFFFFFF, architecture or ARCHITECTURES[machine], 0, *values
    )
    raw = seccomp.make_filter(machine, pid)
    program = [struct.unpack_from("=HBBI", raw, at) for at in range(0, len(raw), 8)]
    at = accumulator = 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, constant)[0]
        elif code == 0x54:
            accumulator &= constant
        elif code == 0x06:
            return constant
        else:
            holds = {
                0x15: accumulator == constant,
                0x35: accumulator >= constant,
                0x45: bool(accumulator & constant),
            }[code]
            at += if_true if holds else if_false


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("call", "action"),
    [
        (("read", 3, 0, 10), ALLOW),
        (("exit_group", 0), ALLOW),
        (("openat", -100, 1, os.O_RDONLY), ALLOW),
        (("openat", -100, 1, os.O_WRONLY | 0o1000), ALLOW),  # landlock's business
        (("openat", -100, 1, os.O_RDONLY | 0o1000), EPERM),
        (("kill", 4321, 9), ALLOW),
        (("kill", 1, 9), EPERM),
        (("kill", -1, 9), EPERM),
        (("kill", 0, 9), EPERM),
        (("kill", (1 << 32) | 7, 9), EPERM),
        (("tgkill", 4321, 4322, 6), ALLOW),
        (("tgkill", 1, 1, 9), EPERM),
        (("sendto", 3, 1, 1, 0, 0, 0), ALLOW),
        (("sendto", 3, 1, 1, 0, 0x1000, 16), EPERM),
        (("sendto", 3, 1, 1, 0, 1 << 40, 16), EPERM),
        (("prlimit64", 0, 7, 0, 0x1000), ALLOW),
        (("prlimit64", 4321, 7, 0, 0x1000), ALLOW),
        (("prlimit64", 0, 7, 0x1000, 0), EPERM),
        (("prlimit64", 0, 7, 1 << 40, 0), EPERM),
        (("prlimit64", 1, 7, 0, 0x1000), EPERM),
        (("fcntl", 3, 3), ALLOW),
        (("fcntl", 3, 8, 1), EPERM),  # F_SETOWN: signals to others
        (("fcntl", 3, 1024, 1), EPERM),  # F_SETLEASE
        (("ioctl", 3, 0x5421, 0), ALLOW),
        (("ioctl", 0, 0x5412, 0), ENOTTY),  # TIOCSTI: typing into a terminal
        (("prctl", 15, 0x1000), ALLOW),
        (("prctl", 4, 1), EPERM),  # PR_SET_DUMPABLE
        (("prctl", 1, 0), EPERM),  # PR_SET_PDEATHSIG
        (("clone3", 0, 0), ENOSYS),
        (("openat2", 0, 0), ENOSYS),
        (("ptrace", 16, 1), EPERM),
        (("process_vm_readv", 1), EPERM),
        (("io_uring_setup", 1), EPERM),
        (("memfd_create", 1), EPERM),
        (("socket", 2, 1, 0), EPERM),
        (("seccomp", 1), EPERM),
        (("landlock_restrict_self", 3), EPERM),
    ],
    ids=str,
)  # fmt: skip
def test_the_filters_answers(machine, call, action):
    """What a worker needs passes, what looks like it does not."""
    assert run_filter(machine, *call) == action


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_kills_what_speaks_another_language(machine):
    """Calls of another architecture have other numbers: the list would let some through."""
    assert run_filter(machine, "read", architecture=0x40000003) == KILL  # i386
    other = MACHINES[machine == MACHINES[0]]
    assert run_filter(machine, "read", architecture=ARCHITECTURES[other]) == KILL
    assert run_filter(machine, "", number=0x40000000) == KILL  # x32's read
    assert run_filter(machine, "", number=-1) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_lets_no_other_call_through(machine):
    """All numbers there are or will be: allowed are those of the list, and only those."""
    listed = set(syscalls.numbers_for(machine).values())
    for number in range(700):
        action = run_filter(machine, "", number=number)
        if number not in listed:
            assert action == (ENOSYS if number >= 450 else EPERM), number


# Landlock


@LINUX
def test_nothing_of_the_kit_is_readable():
    """No rule covers a file of the package, whose references would earn full points."""
    package = Path(sandbox.__file__).parents[1]
    for path, access in readable.readable_rules():
        covers = package.is_relative_to(path) or path.is_relative_to(package)
        assert not (covers and access & landlock.READ_FILE), path


@LINUX
def test_installed_packages_are_named_one_by_one(tmp_path, monkeypatch):
    """The kit, pytest or a course's own package beside numpy cannot be read."""
    place = tmp_path / "lib" / "site-packages"
    for name in (
        "numpy", "numpy.libs", "PIL", "pillow.libs", "gradcheck_kit", "pytest", "course", "six.py"
    ):  # fmt: skip
        (place / name).mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(place)])
    rules = dict(readable.readable_rules())
    found = {p.name for p, a in rules.items() if p.parent == place and a & landlock.READ_FILE}
    assert found == {"numpy", "numpy.libs", "PIL", "pillow.libs", "six.py"}
    assert rules[place] == landlock.READ_DIR


@LINUX
def test_packages_within_the_standard_library_are_left_out(tmp_path, monkeypatch):
    """A Python without a virtual environment has its site-packages there."""
    for name in ("json", "os.py", "site-packages", "dist-packages"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    rules = dict(readable.readable_rules())
    found = {p.name for p, a in rules.items() if p.parent == tmp_path and a & landlock.READ_FILE}
    assert found == {"json", "os.py"}
    assert tmp_path not in rules


@LINUX
def test_libraries_within_pythons_own_prefix_are_readable(monkeypatch):
    """Debian's Python has the prefix /usr: import sqlite3 or ssl failed there."""
    monkeypatch.setattr(sys, "base_prefix", "/")
    with Path("/proc/self/maps").open() as maps:
        libraries = {Path(line.split()[-1]) for line in maps if "/libc.so" in line}
    rules = [path for path, access in readable.readable_rules() if access & landlock.READ_FILE]
    assert libraries
    for library in libraries:
        assert any(library.is_relative_to(path) for path in rules)


# Levels


@pytest.mark.parametrize("fork", [True, False], ids=["fork", "spawn"])
@pytest.mark.usefixtures("strict")
def test_the_strict_sandbox_is_shut(fork):
    """Every probe of the forbidden fails, everything that learner code needs works."""
    forbidden, needed = proof.try_level("strict", fork)
    assert {name: came for name, came in forbidden.items() if came == SUCCEEDED} == {}
    assert {name: came for name, came in needed.items() if came != SUCCEEDED} == {}
    assert len(forbidden) >= 30


@LINUX
def test_the_probes_would_notice_an_open_sandbox():
    """At the level basic most of them succeed."""
    forbidden, needed = proof.try_level("basic")
    opened = {name for name, came in forbidden.items() if came == SUCCEEDED}
    assert {"read", "list", "write", "delete", "chmod", "udp", "exec", "ptrace"} <= opened
    assert set(needed.values()) == {SUCCEEDED}


@pytest.mark.usefixtures("strict")
def test_this_machine_is_strict():
    """The level is what was proved."""
    found = proof.find_protection()
    assert (found.level, found.obstacles) == ("strict", [])
    assert found.to_plain() == {"level": "strict", "layers": ["rlimits", "landlock", "seccomp"]}


@pytest.mark.parametrize(
    ("came", "obstacles"),
    [
        (({"read": SUCCEEDED, "fork": "PermissionError"}, {"numpy": SUCCEEDED}), ["open read"]),
        (({"read": "PermissionError"}, {"numpy": "ImportError"}), ["shut numpy"]),
        (({}, {}), ["start"]),
    ],
)
def test_a_sandbox_that_is_not_shut_is_basic(monkeypatch, came, obstacles):
    """It is no use to claim more than was seen."""
    monkeypatch.setattr(proof, "obstacles", list)
    monkeypatch.setattr(proof, "try_level", lambda level, fork: came)
    found = proof.find_protection()
    assert (found.level, found.obstacles) == ("basic", obstacles)


def test_other_systems_are_basic(monkeypatch):
    """macOS and Windows have no landlock; other processors no filter of ours."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert sandbox.obstacles() == ["system"]
    assert sandbox.layers_of("basic") == ["rlimits"]
    monkeypatch.setattr(sys, "platform", "win32")
    assert sandbox.layers_of("basic") == []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert sandbox.obstacles() == ["architecture"]


def test_a_kernel_without_landlock_is_basic(monkeypatch):
    """An old kernel, or a container that hides it."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(landlock, "abi_version", lambda: 0)
    monkeypatch.setattr(seccomp, "is_available", lambda: False)
    assert sandbox.obstacles() == ["landlock", "seccomp"]


def in_sandbox(body, tmp_path):
    """Run lines in a fresh Python that has entered the strict sandbox."""
    script = (
        "import ctypes, os, socket, sys\nfrom pathlib import Path\n"
        "from gradcheck_kit.learner.limits import Limits\n"
        "from gradcheck_kit.learner.sandbox import Sandbox\n"
        "out = os.dup(1)\n"
        f"Sandbox('strict', Limits()).enter(Path({str(tmp_path)!r}))\n{body}\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", "")},
    )  # fmt: skip


@pytest.mark.usefixtures("strict")
def test_a_call_of_the_x32_table_kills(tmp_path):
    """It would reach calls past the list."""
    if platform.machine() != "x86_64":
        pytest.skip("x86-64 only")
    done = in_sandbox("ctypes.CDLL(None).syscall(0x40000000 + 39)", tmp_path)
    assert done.returncode == -signal.SIGSYS


@pytest.mark.usefixtures("strict")
def test_no_privilege_is_left(tmp_path):
    """Not even root's: no capabilities, no supplementary groups, no new privileges."""
    body = (
        "import struct\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "os.write(out, repr(os.getgroups()).encode())\n"
        "os.write(out, b' '.join(str(libc.prctl(n, 0, 0, 0, 0)).encode() for n in (3, 39)))\n"
    )
    done = in_sandbox(body, tmp_path)
    groups = "[]" if os.getuid() == 0 else repr(os.getgroups())
    # Reading them back takes prctl, which is refused as well.
    assert done.stdout == f"{groups}-1 -1"


@LINUX
def test_capabilities_are_dropped():
    """Seen from outside: all sets that let a process do something are empty."""
    script = (
        "from gradcheck_kit.learner.sandbox import drop_privileges\ndrop_privileges()\n"
        "print(*[l.split()[1] for l in open('/proc/self/status') if l[:6] in "
        "('CapInh', 'CapPrm', 'CapEff', 'CapAmb')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.split() == ["0" * 16] * 4


@pytest.mark.usefixtures("strict")
def test_a_worker_that_cannot_have_its_level_does_not_start(tmp_path):
    """It ends instead of running learner code with less."""
    script = (
        "from pathlib import Path\nfrom gradcheck_kit.learner import landlock, sandbox\n"
        "from gradcheck_kit.learner.limits import Limits\n"
        "made = sandbox.Sandbox('strict', Limits())\n"
        "landlock._RESTRICT_SELF = 9999\n"
        f"made.enter(Path({str(tmp_path)!r}))\nprint('in')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode != 0
    assert "in" not in done.stdout.split()


# Starting


def test_a_worker_that_does_not_start_is_noticed(monkeypatch):
    """An isolated Python without numpy, say: every function would seem to have crashed."""
    assert proof.can_start(sandbox.BASIC)
    monkeypatch.setattr(
        isolated.WorkerPool, "_command", lambda self, call: [sys.executable, "-c", "1 / 0"]
    )
    assert not proof.can_start(sandbox.BASIC)


def test_workers_have_the_numpy_of_the_grader(tmp_path):
    """Also where an isolated Python does not look: in PYTHONPATH, or in a home."""
    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    places = [str(ROOT), str(Path(np.__file__).parents[1])]
    program = (
        "from gradcheck_kit.learner.proof import can_start, find_protection as found;"
        "print(can_start('basic'), found().level)"
    )
    run = subprocess.run(
        [python, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
    )  # fmt: skip
    assert run.stdout.split() == ["True", proof.find_protection().level]
