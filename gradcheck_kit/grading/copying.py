"""Copying submissions to a place of our own, with a limit to everything a stranger chooses."""

import contextlib
import io
import os
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from gradcheck_kit.grading.arrangement import arrange
from gradcheck_kit.grading.submission import (
    IGNORED,
    Submission,
    UnreadableSubmission,
    readable,
)
from gradcheck_kit.i18n import _

MAX_FILES = 500
MAX_BYTES = 32 * 1024 * 1024
MAX_SAID = 5  # paths of one submission that are named because they are left out
MAX_NESTING = 20  # folders within folders
MAX_RATIO = 100  # unpacked to packed, beyond the first megabyte
_MAX_READ = 8 << 20  # the list of 60,000 files of a .venv, which are not unpacked
# The decoders of the others unpack all that they are given, whatever size was agreed on.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def copy_submission(submission: Submission, target: Path, files: Sequence[str] = ()) -> list[str]:
    """Copy the regular files of a submission into the new folder `target`.

    Parameters
    ----------
    submission : Submission
        Where its files are.
    target : Path
        The copy.
    files : sequence of str
        Names of the assignment's files: those that lie deeper are brought to the top if there
        is just one of the name, and notebooks are made Python files.

    Returns
    -------
    list of str
        What was done that the instructor should know of.

    Raises
    ------
    UnreadableSubmission
        If it cannot be read, is too large, or is a zip with paths that lead elsewhere, links,
        two members of one name, or a suspicious ratio.
    """
    if submission.trouble:
        raise UnreadableSubmission(submission.trouble)
    target.mkdir(parents=True)
    names = submission.names or ("",) * len(submission.sources)
    left_out: list[tuple[str, str]] = []
    try:
        for source, name in zip(submission.sources, names, strict=True):
            if name:
                _copy_file(source, target / name, MAX_BYTES)
            elif source.is_dir():
                left_out += _copy_folder(source, target)
            else:
                _unpack(source, target)
        return [*_said(left_out), *arrange(target, files, _unpack)]
    except Exception as error:  # whatever a broken archive makes its decoder raise
        raise UnreadableSubmission(reason_of(error)) from None


def reason_of(error: Exception) -> str:
    """Return why something cannot be read, as text that can be written."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # without the path, which is a place of ours
    # It may repeat a name that is no text at all.
    return str(error).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _copy_file(path: Path, target: Path, limit: int) -> int:
    """Copy one regular file, never following a link; return its size."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnreadableSubmission(_("{file} is no regular file", file=path.name))
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise UnreadableSubmission(_("too large"))
    target.write_bytes(data)
    return len(data)


def _copy_folder(source: Path, target: Path) -> list[tuple[str, str]]:
    """Copy what is there to read; return paths that are left out, with the reason."""
    left, count = MAX_BYTES, 0
    left_out: list[tuple[str, str]] = []

    def is_wanted(path: Path) -> bool:
        if path.is_symlink():
            left_out.append((path.relative_to(source).as_posix(), _("a link")))
            return False
        return True

    def note(error: OSError) -> None:
        path = Path(str(error.filename)).relative_to(source).as_posix()
        left_out.append((path, str(error.strerror)))

    for folder, subfolders, names in os.walk(source, onerror=note, followlinks=False):
        subfolders[:] = sorted(
            name
            for name in subfolders
            if name not in IGNORED and not name.startswith(".") and is_wanted(Path(folder, name))
        )
        inner = Path(folder).relative_to(source)
        if len(inner.parts) > MAX_NESTING:
            raise _nested_too_deeply()
        # macOS hands out decomposed names, and Python imports composed ones.
        place = target / safe_part(str(inner))
        place.mkdir(exist_ok=True)
        names = sorted(name for name in names if name not in IGNORED)
        count += len(subfolders) + len(names)
        if count > MAX_FILES:
            raise UnreadableSubmission(_("more than {count} files", count=MAX_FILES))
        for name in names:
            path = Path(folder, name)
            if not is_wanted(path):
                continue
            inside = path.relative_to(source).as_posix()
            if not stat.S_ISREG(path.lstat().st_mode):
                left_out.append((inside, _("no regular file")))
                continue
            try:
                left -= _copy_file(path, place / safe_part(name), left)
            except PermissionError as error:  # it then counts as missing
                left_out.append((inside, str(error.strerror)))
    return left_out


def _said(left_out: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line for each path that is left out, and one for all beyond the first few."""
    lines = [
        _("{file} left out: {reason}", file=readable(path), reason=reason)
        for path, reason in left_out[:MAX_SAID]
    ]
    if len(left_out) > MAX_SAID:
        lines.append(_("{count} more left out", count=len(left_out) - MAX_SAID))
    return lines


class ShortReads(io.FileIO):
    """A file of which nobody reads much at once, as zipfile does with a zip's whole directory.

    Parameters
    ----------
    path : Path
        Of the file.
    most : int
        Bytes in one read.
    """

    def __init__(self, path: Path, most: int = _MAX_READ) -> None:
        super().__init__(path)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual; raise UnreadableSubmission when it is too much."""
        if size is not None and size > self._most:
            raise UnreadableSubmission(_("its list of files is too long"))
        return super().read(size) or b""


def _unpack(source: Path, target: Path) -> None:
    if not source.is_file():  # to open a pipe would wait for ever
        raise UnreadableSubmission(_("{file} is no regular file", file=source.name))
    with ShortReads(source) as stream, zipfile.ZipFile(stream) as archive:
        members = [m for m in archive.infolist() if not is_ignored(m.filename)]
        names = [_safe_name(member) for member in members[: MAX_FILES + 1]]
        top = {name.parts[0] for name in names if name.parts}
        nested = all(len(n.parts) > 1 or m.is_dir() for n, m in zip(names, members, strict=False))
        skip = 1 if len(top) == 1 and nested and members else 0
        unpack_members(archive, members, target, skip)


def unpack_members(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], target: Path, skip: int
) -> None:
    """Unpack what one learner has in a zip, leaving out the first `skip` folders of each path.

    Raises
    ------
    UnreadableSubmission
        If a limit is exceeded; before anything is written, where the zip itself says so.
    """
    if len(members) > MAX_FILES:
        raise UnreadableSubmission(_("more than {count} files", count=MAX_FILES))
    if any(member.compress_type not in _COMPRESSIONS for member in members):
        raise UnreadableSubmission(_("the zip is not packed in the usual way; zip it again"))
    names = [_safe_name(member) for member in members]
    if len({str(name).casefold() for name in names}) != len(names):
        raise UnreadableSubmission(_("two files of one name"))
    # Members can share their packed bytes, so no more is believed than the whole zip has.
    whole = Path(archive.filename or "").stat().st_size
    packed = max(1, min(whole, sum(m.compress_size + 1024 for m in members)))
    total = sum(member.file_size for member in members)
    if total > MAX_BYTES or total > max(1 << 20, MAX_RATIO * packed):
        raise UnreadableSubmission(_("too large when unpacked"))
    left = MAX_BYTES
    for member, name in zip(members, names, strict=True):
        place = target.joinpath(*name.parts[skip:])
        if member.is_dir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as packed_file:
            data = b"".join(iter(lambda: packed_file.read(1 << 20), b""))
        left -= len(data)
        if left < 0 or len(data) != member.file_size:
            raise UnreadableSubmission(_("a file's size is not what the zip says"))
        place.write_bytes(data)


def _nested_too_deeply() -> UnreadableSubmission:
    return UnreadableSubmission(_("folders nested more than {count} deep", count=MAX_NESTING))


def is_ignored(name: str) -> bool:
    """Tell whether a path of a zip is something that systems leave behind."""
    return any(part in IGNORED for part in PurePosixPath(name).parts)


def decoded_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag it may be in UTF-8 or Korean cp949."""
    if member.flag_bits & 0x800 or member.filename.isascii():
        return member.filename
    try:
        raw = member.filename.encode("cp437")  # as zipfile has read it
    except UnicodeEncodeError:  # from 3.12 on, out of the field that WinRAR and WinZip add
        return member.filename
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def safe_part(name: str) -> str:
    """Return a part of a path as copies have it: in Unicode's NFC form."""
    return unicodedata.normalize("NFC", name)


def _safe_name(member: zipfile.ZipInfo) -> PurePosixPath:
    name = PurePosixPath(safe_part(decoded_name(member)))
    if len(name.parts) > MAX_NESTING + 1:
        raise _nested_too_deeply()
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UnreadableSubmission(_("a link or device in the zip"))
    if (
        name.is_absolute()
        or not name.parts
        or ".." in name.parts
        or "\\" in member.filename
        or "\0" in member.orig_filename
        or any(":" in part for part in name.parts)
    ):
        raise UnreadableSubmission(_("a path in the zip leads elsewhere"))
    return name


def remove_tree(folder: Path) -> None:
    """Remove a copy, whatever permissions it has by now; what stays stays, without an error."""
    with contextlib.suppress(RecursionError):  # both walk by calling themselves
        for place, subfolders, _files in os.walk(folder):
            for name in subfolders:
                path = Path(place, name)
                if not path.is_symlink():
                    with contextlib.suppress(OSError):
                        path.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
