"""A zip that holds a whole class: what a learning platform hands out in one piece."""

import shutil
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading import copying
from gradcheck_kit.grading.platforms import platforms
from gradcheck_kit.grading.submission import UnreadableSubmission
from gradcheck_kit.i18n import _

MAX_MEMBERS = 100_000
MAX_BYTES = 4 * 1024 * 1024 * 1024
_MAX_LIST = 24 << 20  # of 100,000 files, with names of two hundred bytes


def is_class_zip(path: Path) -> bool:
    """Tell whether a file is the download of a class, in one zip."""
    if path.suffix.lower() != ".zip" or not path.is_file():  # to open a pipe waits for ever
        return False
    try:
        with copying.ShortReads(path, _MAX_LIST) as stream, zipfile.ZipFile(stream) as archive:
            names = [copying.decoded_name(member) for member in archive.infolist()]
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, UnreadableSubmission):
        return False  # it is a submission, which will be found unreadable
    return _is_download(names)


def _is_download(names: Sequence[str]) -> bool:
    return any(platform.is_zip_of(names) for platform in platforms())


def unpack_class(path: Path, target: Path) -> dict[Path, str]:
    """Unpack the zip of a class into the new folder `target`, one learner's part at a time.

    Parameters
    ----------
    path, target : Path
        The zip, and the folder. An only top folder of the zip is stripped.

    Returns
    -------
    dict
        Parts that are not unpacked, with the reason: each may hold as much as a submission by
        itself may, and no more. The others are not affected.

    Raises
    ------
    GradcheckError
        If the zip as a whole is too large or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _unpack_parts(archive, target)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise GradcheckError(_("{path}: cannot be read: {error}", path=path, error=error)) from None


def _unpack_parts(archive: zipfile.ZipFile, target: Path) -> dict[Path, str]:
    members = [m for m in archive.infolist() if not copying.is_ignored(m.filename)]
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_BYTES:
        raise ValueError(_("too large when unpacked"))
    paths = {id(m): PurePosixPath(copying.decoded_name(m)) for m in members}
    # An only top folder goes, unless it is itself what tells where the zip comes from: the
    # folder of an only learner.
    top = {path.parts[:1] for path in paths.values()}
    inside = ["/".join(path.parts[1:]) for path in paths.values()]
    skip = 1 if len(top) == 1 and _is_download(inside) else 0
    parts: dict[str, list[zipfile.ZipInfo]] = defaultdict(list)
    for member in members:
        inner = paths[id(member)].parts[skip:]
        if inner:
            parts[inner[0]].append(member)
    target.mkdir(parents=True)
    troubles: dict[Path, str] = {}
    for name, own in parts.items():
        try:
            copying.unpack_members(archive, own, target, skip)
        except Exception as error:  # whatever a broken member makes its decoder raise
            troubles |= _spoilt(target, name, copying.reason_of(error))
    return troubles


def _spoilt(target: Path, name: str, reason: str) -> dict[Path, str]:
    """Leave an empty folder for a part that cannot be read, if its name is one for a folder."""
    if name in ("", ".", "..") or set(name) & set("/\\:\0"):
        return {}
    place = target / copying.safe_part(name)
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    elif place.exists():
        place.unlink()
    place.mkdir(exist_ok=True)
    return {place: reason}
