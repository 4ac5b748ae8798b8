"""Canvas's "Download Submissions": files in one folder, named after user and attachment."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from gradcheck_kit.grading.platform import Download, Found, Platform
from gradcheck_kit.grading.submission import split_name, why_skipped
from gradcheck_kit.i18n import N_, _

# kimcheolsu_LATE_123_4567_network-1.py: 123 is the user, 4567 the attachment, -1 the version
# that Canvas adds when a file of this name has been handed in before.
_NAME = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)")
_VERSION = re.compile(r"(?P<stem>.+)-(?P<version>\d+)(?P<suffix>\.[^.]+)")


def _read(folder: Path, entries: Sequence[Path], files: Sequence[str]) -> Download | None:
    download = Download()
    # By user and name in the copy: the newest, by version and then by attachment.
    newest: dict[str, dict[str, tuple[int, int, Path]]] = defaultdict(dict)
    names: dict[str, str] = {}
    for path in entries:
        match = _NAME.fullmatch(path.name)
        if match is None or path.is_dir():
            download.rest.append(path)
            continue
        file, version = _without_version(match["file"])
        named = split_name(file, files)[1]
        user = match["user"]
        names[user] = match["name"]
        if not (named or _is_zip(file) or file.endswith(".py")):
            newest[user]  # it is a submission, with nothing in it that counts
            download.skipped.append((path, why_skipped(file)))
            continue
        key = named or file
        this = (version, int(match["attachment"]), path)
        older = newest[user].get(key)
        if older is not None:
            download.skipped.append((min(this, older)[2], _("an older version")))
            this = max(this, older)
        newest[user][key] = this
    if not names:
        return None
    for user in sorted(names):
        # A zip first: files that were handed in by themselves replace those in it.
        found = sorted(newest[user].items(), key=lambda item: not _is_zip(item[0]))
        sources = tuple((path, "" if _is_zip(key) else key) for key, (*_order, path) in found)
        download.found.append(Found(user, sources, names[user]))
    return download


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _without_version(file: str) -> tuple[str, int]:
    match = _VERSION.fullmatch(file)
    return (match["stem"] + match["suffix"], int(match["version"])) if match else (file, 0)


def _is_zip_of(names: Sequence[str]) -> bool:
    files = [name.rpartition("/")[2] for name in names if name.count("/") <= 1]
    return any(_NAME.fullmatch(file) for file in files)


PLATFORM = Platform(N_("Canvas download"), _read, _is_zip_of)
