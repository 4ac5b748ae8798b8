"""What a worker may read: Python, numpy, and what plots need; nothing of the kit, no home.

The kit's own package holds the reference solutions, and other packages beside it may hold a
course's. So installed packages are named one by one, and so are the parts of the standard
library where installed packages lie within it.
"""

import os
import sys
import sysconfig
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from gradcheck_kit.learner.landlock import READ_DIR, READ_FILE, WRITE_FILE, Rule

_PACKAGES = frozenset(
    (
        "numpy", "scipy", "matplotlib", "mpl_toolkits", "pylab", "PIL", "pillow", "kiwisolver",
        "contourpy", "cycler", "dateutil", "pyparsing", "packaging", "fontTools", "six",
        "typing_extensions",
    )
)  # fmt: skip
"""Importable by learners: numpy for the task, scipy, and matplotlib with what it needs."""

_DEVICES = ("/dev/urandom", "/dev/random", "/dev/zero")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo")
_INSTALLED = ("site-packages", "dist-packages")


def readable_rules(packages: tuple[str, ...] = ()) -> list[Rule]:
    """Return rules for all that every worker may read; its own folder is not among them.

    Parameters
    ----------
    packages : tuple of str
        Names of installed packages that a course adds.
    """
    named = _PACKAGES | frozenset(packages)
    rules: dict[Path, int] = {}
    for path in _standard_library():
        rules[path] = READ_FILE | READ_DIR
    for folder in _package_folders():
        rules[folder] = rules.get(folder, 0) | READ_DIR  # the importer lists it
        for entry in _entries(folder):
            if _belongs_to(entry.name, named):
                rules[entry] = READ_FILE | READ_DIR
    for place in _elsewhere(packages):
        rules[place] = READ_FILE | READ_DIR
        rules[place.parent] = rules.get(place.parent, 0) | READ_DIR
    for path in _shared_libraries():
        rules[path] = READ_FILE
    for name in (*_DEVICES, *_SYSTEM_FILES):
        rules[Path(name)] = READ_FILE
    rules[Path(os.devnull)] = READ_FILE | WRITE_FILE
    return list(rules.items())


def _standard_library() -> Iterator[Path]:
    places = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    for place in sorted(map(Path, filter(None, places))):
        if any((place / name).is_dir() for name in _INSTALLED):
            yield from (e for e in _entries(place) if e.name not in _INSTALLED)
        else:
            yield place
    yield from (Path(entry) for entry in sys.path if entry.endswith(".zip"))


def _package_folders() -> Iterator[Path]:
    for entry in sys.path:
        path = Path(entry)
        if path.name in (*_INSTALLED, "lib-dynload", Path(sysconfig.get_path("stdlib")).name):
            yield path


def _belongs_to(name: str, packages: frozenset[str]) -> bool:
    """Tell whether an entry of site-packages is one of these, or its compiled libraries."""
    return name.removesuffix(".libs").partition(".")[0] in packages


def _elsewhere(packages: tuple[str, ...]) -> Iterator[Path]:
    """Yield the folders or files of packages that lie outside of site-packages (editable)."""
    for name in packages:
        spec = PathFinder.find_spec(name)
        places = list(spec.submodule_search_locations or []) if spec else []
        if spec is not None and not places and spec.has_location and spec.origin:
            places = [spec.origin]
        yield from (place for place in map(Path, places) if place.parent.name not in _INSTALLED)


def _shared_libraries() -> Iterator[Path]:
    """Yield the system's shared libraries: where those lie that this process has loaded."""
    folders = set()
    with Path("/proc/self/maps").open(encoding="utf-8", errors="replace") as maps:
        for line in maps:
            path = line.rstrip("\n").partition("/")[2]
            if ".so" in path:
                folders.add(Path("/", path).parent)
    installed = [Path(entry) for entry in sys.path if Path(entry).name in _INSTALLED]
    for folder in sorted(folders):
        if any(folder.is_relative_to(place) for place in installed):
            continue
        # Python's own prefix counts, too: Debian's is /usr, and sqlite3 needs a library there.
        # /usr/lib64 holds libraries and installed packages, /usr/lib/x86_64-linux-gnu does not.
        if any(child.name.startswith("python") for child in _entries(folder)):
            yield from (e for e in _entries(folder) if ".so" in e.name)
        else:
            yield folder


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
