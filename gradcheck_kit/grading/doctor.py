"""What a machine has for grading, and what to do about the rest."""

import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import gradcheck_kit
from gradcheck_kit.display import python_as_typed
from gradcheck_kit.grading.local import cores
from gradcheck_kit.i18n import _
from gradcheck_kit.learner import landlock, seccomp
from gradcheck_kit.learner.isolated import CAN_FORK
from gradcheck_kit.learner.proof import Protection, can_start, find_protection
from gradcheck_kit.learner.sandbox import BASIC, STRICT


@dataclass(frozen=True)
class Report:
    """What was found.

    Parameters
    ----------
    rows : list of tuple
        Label and value.
    advice : list of str
        What to do, one line each.
    is_strict : bool
        Is the strict sandbox to be had?
    """

    rows: list[tuple[str, str]]
    advice: list[str]
    is_strict: bool


def examine_machine() -> Report:
    """Look at this machine; the strict sandbox is tried, not only asked for."""
    protection = find_protection()
    rows = [
        ("gradcheck-kit", gradcheck_kit.__version__),
        ("python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("numpy", version("numpy")),
        ("pytest", version("pytest")),
        (_("system"), f"{platform.system()} {platform.release()}, {platform.machine()}"),
        (_("cores"), str(cores())),
        (_("workers"), _workers()),
        (_("sandbox"), f"{protection.level} ({', '.join(protection.layers) or '-'})"),
    ]
    if sys.platform == "linux":
        abi = landlock.abi_version()
        rows.append(("landlock", f"ABI {abi}" if abi else _("none")))
        known = seccomp.is_known(platform.machine())
        rows.append(("seccomp", _("yes") if known and seccomp.is_available() else _("none")))
    if protection.probes:
        rows.append((_("probes"), _probes(protection)))
    is_strict = protection.level == STRICT
    if is_strict:
        return Report(rows, [], True)
    lines = advice(protection.obstacles)
    return Report(rows, lines if can_start(BASIC) else [*lines, no_worker()], False)


def no_worker() -> str:
    """Return what to look at where no worker starts, not even without a sandbox."""
    return _(
        "no worker process starts, so nothing can be graded; "
        'does this work?  {python} -I -c "import numpy"',
        python=python_as_typed(),
    )


def _workers() -> str:
    if CAN_FORK:
        return _("forked (2 ms each)")
    return _("a fresh Python for each: slower, about 0.1 s each")


def _probes(protection: Protection) -> str:
    at_fault = [name for name in protection.obstacles if name.startswith(("open", "shut"))]
    if at_fault:
        return _("not as they should be: {names}", names=", ".join(at_fault))
    return _("{count} attempts, all as they should be", count=len(protection.probes))


_ADVICE: Mapping[str, Callable[[], str]] = {
    "system": lambda: _(
        "The strict sandbox needs Linux. Grade strangers' code in a Linux container or virtual "
        "machine, or on a machine that holds nothing else."
    ),
    "architecture": lambda: _(
        "The strict sandbox knows 64-bit x86-64 and arm64. Grade on such a machine, or on one "
        "that holds nothing else."
    ),
    "landlock": lambda: _(
        "landlock is missing: it needs Linux 5.13 or later, with landlock among the kernel's "
        "lsm= options, and a container whose seccomp profile lets it through (Docker since 20.10)."
    ),
    "seccomp": lambda: _(
        "seccomp filters are missing: the kernel was built without them, or the container "
        "forbids them."
    ),
    "start": lambda: _(
        "No worker comes up in the strict sandbox: the container may forbid it, or Python lies "
        "where it cannot be read."
    ),
}


def advice(obstacles: list[str]) -> list[str]:
    """Return what to do about obstacles (see `Protection`), one line each."""
    lines = [_ADVICE[name]() for name in obstacles if name in _ADVICE]
    if len(lines) < len(obstacles):
        lines.append(
            _(
                "The sandbox lets something through, or keeps something out, that it should "
                "not: please report this list of probes with your kernel's version."
            )
        )
    return lines
