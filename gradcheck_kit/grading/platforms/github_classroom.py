"""Checkouts of GitHub Classroom: one repository for each learner, named assignment-user."""

from collections.abc import Sequence
from pathlib import Path

from gradcheck_kit.grading.platform import Download, Found, Platform
from gradcheck_kit.i18n import N_

_FOLDER_SUFFIX = "-submissions"  # `gh classroom clone student-repos` makes hw1-submissions


def _read(folder: Path, entries: Sequence[Path], files: Sequence[str]) -> Download | None:
    checkouts = [path for path in entries if path.is_dir() and (path / ".git").exists()]
    prefix = _prefix(folder.resolve().name, [path.name for path in checkouts])
    if not prefix:
        return None
    download = Download()
    for path in entries:
        if path in checkouts and path.name.startswith(prefix) and path.name != prefix:
            download.found.append(Found(path.name[len(prefix) :], ((path, ""),)))
        else:
            download.rest.append(path)
    return download


def _prefix(folder: str, names: Sequence[str]) -> str:
    """Return what the names start with, up to a hyphen: the assignment; "" if there is none."""
    if folder.endswith(_FOLDER_SUFFIX):
        prefix = folder.removesuffix(_FOLDER_SUFFIX) + "-"
        if any(name.startswith(prefix) and name != prefix for name in names):
            return prefix
    if len(names) < 2:
        return ""
    first, last = min(names), max(names)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    return first[: first.rfind("-", 0, length) + 1]


PLATFORM = Platform(N_("GitHub Classroom checkouts"), _read)
