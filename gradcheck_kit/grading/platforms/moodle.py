"""Moodle's "Download all submissions": a folder, or files with a prefix, for each participant."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from gradcheck_kit.grading.platform import Download, Found, Platform
from gradcheck_kit.grading.submission import split_name, why_skipped
from gradcheck_kit.i18n import N_, _

# Kim Cheolsu_123_assignsubmission_file_, with the file's own name after it when Moodle was
# told not to make folders; ..._onlinetext_ is what was typed into a text box.
_NAME = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>.*)")
_NOBODY = frozenset({"participant", "참가자", "참여자"})  # names are hidden in blind marking


def _read(folder: Path, entries: Sequence[Path], files: Sequence[str]) -> Download | None:
    download = Download()
    sources: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    names: dict[str, str] = {}
    for path in entries:
        match = _NAME.fullmatch(path.name)
        if match is None:
            download.rest.append(path)
            continue
        number, file = match["number"], match["file"]
        if match["kind"] != "file":
            download.skipped.append((path, _("no file that was handed in")))
            continue
        name = match["name"].replace("_", " ").strip()
        names[number] = "" if name.casefold() in _NOBODY else name
        if path.is_dir() or file.lower().endswith(".zip"):
            sources[number].append((path, ""))
        elif split_name(file, files)[1] or file.endswith(".py"):
            sources[number].append((path, split_name(file, files)[1] or file))
        else:
            sources[number]  # it is a submission, with nothing in it that counts
            download.skipped.append((path, why_skipped(file)))
    if not names:
        return None
    download.found = [
        Found(number, tuple(sources[number]), names[number]) for number in sorted(names)
    ]
    return download


def _is_zip_of(names: Sequence[str]) -> bool:
    return any(_NAME.fullmatch(part) for name in names for part in name.split("/")[:2])


PLATFORM = Platform(N_("Moodle download"), _read, _is_zip_of)
