"""Finding submissions among what was handed in, and copying them to a place of our own."""

import contextlib
import io
import os
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.i18n import _

MAX_FILES = 500
MAX_BYTES = 32 * 1024 * 1024
MAX_NESTING = 20  # folders within folders
MAX_RATIO = 100  # unpacked to packed, beyond the first megabyte
_MAX_READ = 8 << 20  # the list of 60,000 files of a .venv, which are not unpacked
# The decoders of the others unpack all that they are given, whatever size was agreed on.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_IGNORED = frozenset({"__MACOSX", ".DS_Store", "__pycache__", ".git", ".venv", "Thumbs.db"})


class UnreadableSubmission(Exception):
    """Nothing of a submission can be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What one learner handed in.

    Parameters
    ----------
    id : str
        Its name, in Unicode's NFC form, unique in the class.
    sources : tuple of Path
        One folder, one zip, or single files that belong together.
    names : tuple of str
        For single files: what each is called in the copy.
    """

    id: str
    sources: tuple[Path, ...]
    names: tuple[str, ...] = ()


@dataclass
class Intake:
    """All that was found.

    Parameters
    ----------
    submissions : list of Submission
        Sorted by id.
    skipped : list of tuple
        Path and reason of everything that is no submission.
    """

    submissions: list[Submission] = field(default_factory=list)
    skipped: list[tuple[Path, str]] = field(default_factory=list)


def find_submissions(
    paths: Sequence[Path], files: Sequence[str], ignore: Path | None = None
) -> Intake:
    """Find the submissions in `paths`.

    Parameters
    ----------
    paths : sequence of Path
        Folders, zips and single files. A folder with one of the assignment's files at its
        root is a submission; in any other folder every subfolder and every zip is one, and
        every file named like one of the assignment's, alone or after a learner's name
        (``kim.network.py``, ``kim_network.py``), the files of one learner together.
    files : sequence of str
        Names of the assignment's files: ``network.py``.
    ignore : Path or None
        The folder of the results, which is no submission.

    Raises
    ------
    GradcheckError
        If a path does not exist, or nothing is a submission.
    """
    found: list[tuple[str, Path, str]] = []  # id, source, name in the copy or ""
    intake = Intake()
    for path in paths:
        if not path.exists():
            raise GradcheckError(_("{path}: there is no such file or folder", path=path))
        before = len(found)
        _look_at(path, files, found, intake, is_given=True)
        if len(found) == before:
            raise GradcheckError(
                _(
                    "{path}: no submission here; a submission is a folder or zip, or a file "
                    "named like one of {files}",
                    path=path,
                    files=", ".join(files),
                )
            )
    if ignore is not None:
        found = [entry for entry in found if entry[1].resolve() != ignore.resolve()]
    intake.submissions = _merge(found)
    return intake


def _look_at(
    path: Path,
    files: Sequence[str],
    found: list[tuple[str, Path, str]],
    intake: Intake,
    *,
    is_given: bool = False,
) -> None:
    if path.name in _IGNORED or (path.name.startswith(".") and not is_given):
        return
    if path.is_symlink() and not is_given:
        intake.skipped.append((path, _("a link")))
    elif path.is_dir():
        if not is_given or _has_any(path, files):
            found.append((path.resolve().name, path, ""))
            return
        for entry in sorted(path.iterdir()):
            _look_at(entry, files, found, intake)
    elif path.suffix.lower() == ".zip":
        found.append((path.stem, path, ""))
    else:
        learner, name = _split_name(path.name, files)
        if name:
            found.append((learner or path.resolve().parent.name, path, name))
        else:
            intake.skipped.append((path, _("not one of the assignment's files")))


def _has_any(folder: Path, files: Iterable[str]) -> bool:
    return any((folder / name).exists() or (folder / name).is_symlink() for name in files)


def _split_name(name: str, files: Sequence[str]) -> tuple[str, str]:
    """Split ``kim_network.py`` into the learner and the assignment's file; "" if it is none."""
    for file in files:
        if name == file:
            return "", file
        if name.endswith((f".{file}", f"_{file}")):
            return name[: -len(file) - 1], file
    return "", ""


def _merge(found: Sequence[tuple[str, Path, str]]) -> list[Submission]:
    """Join the single files of one learner, and make ids unique."""
    groups: dict[tuple[str, object], list[tuple[Path, str]]] = {}
    for number, (name, source, file) in enumerate(found):
        # A name that is no Unicode at all (bytes of another encoding) is shown escaped.
        readable = os.fsencode(name).decode("utf-8", "backslashreplace")
        learner = unicodedata.normalize("NFC", readable) or "submission"
        # A second network.py of the same name is another submission, not part of the first.
        key: tuple[str, object] = (learner, source.parent if file else number)
        if file and any(file == other for _source, other in groups.get(key, ())):
            key = (learner, number)
        groups.setdefault(key, []).append((source, file))
    submissions = []
    used: set[str] = set()
    for (learner, _key), sources in sorted(
        groups.items(), key=lambda item: (item[0][0], str(item[1][0][0]))
    ):
        unique, count = learner, 1
        while unique in used:
            count += 1
            unique = f"{learner}~{count}"
        used.add(unique)
        submissions.append(
            Submission(
                unique,
                tuple(source for source, _file in sources),
                tuple(file for _source, file in sources if file),
            )
        )
    return sorted(submissions, key=lambda submission: submission.id)


def copy_submission(submission: Submission, target: Path) -> None:
    """Copy the regular files of a submission into the new folder `target`.

    Raises
    ------
    UnreadableSubmission
        If it cannot be read, is too large, or is a zip with paths that lead elsewhere, links,
        two members of one name, or a suspicious ratio.
    """
    target.mkdir(parents=True)
    source = submission.sources[0]
    try:
        if submission.names:
            for path, name in zip(submission.sources, submission.names, strict=True):
                _copy_file(path, target / name, MAX_BYTES)
        elif source.is_dir():
            _copy_folder(source, target)
        else:
            _unpack(source, target)
    except UnreadableSubmission:
        raise
    except OSError as error:  # without the path, which is a place of ours
        raise UnreadableSubmission(error.strerror or str(error)) from None
    except Exception as error:  # whatever a broken archive makes its decoder raise
        raise UnreadableSubmission(str(error)) from None


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


def _copy_folder(source: Path, target: Path) -> None:
    left, files = MAX_BYTES, 0
    for folder, subfolders, names in os.walk(source, followlinks=False):
        subfolders[:] = sorted(
            name
            for name in subfolders
            if name not in _IGNORED
            and not name.startswith(".")
            and not Path(folder, name).is_symlink()
        )
        inner = Path(folder).relative_to(source)
        if len(inner.parts) > MAX_NESTING:
            raise _nested_too_deeply()
        place = target / inner
        place.mkdir(exist_ok=True)
        for name in sorted(names):
            path = Path(folder, name)
            if name in _IGNORED or not stat.S_ISREG(path.lstat().st_mode):
                continue  # links, FIFOs and devices are left out
            files += 1
            if files > MAX_FILES:
                raise UnreadableSubmission(_("more than {count} files", count=MAX_FILES))
            try:
                left -= _copy_file(path, place / name, left)
            except PermissionError:
                continue  # the file then counts as missing


class _ShortReads(io.FileIO):
    """A file of which nobody reads much at once, as zipfile does with a zip's whole directory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MAX_READ:
            raise UnreadableSubmission(_("its list of files is too long"))
        return super().read(size) or b""


def _unpack(source: Path, target: Path) -> None:
    if not source.is_file():  # to open a pipe would wait for ever
        raise UnreadableSubmission(_("{file} is no regular file", file=source.name))
    with _ShortReads(source) as stream, zipfile.ZipFile(stream) as archive:
        members = [m for m in archive.infolist() if not _is_ignored(m.filename)]
        if len(members) > MAX_FILES:
            raise UnreadableSubmission(_("more than {count} files", count=MAX_FILES))
        if any(member.compress_type not in _COMPRESSIONS for member in members):
            raise UnreadableSubmission(_("the zip is not packed in the usual way; zip it again"))
        names = [_safe_name(member) for member in members]
        if len({str(name).casefold() for name in names}) != len(names):
            raise UnreadableSubmission(_("two files of one name"))
        packed = max(source.stat().st_size, 1)
        total = sum(member.file_size for member in members)
        if total > MAX_BYTES or total > max(1 << 20, MAX_RATIO * packed):
            raise UnreadableSubmission(_("too large when unpacked"))
        top = {name.parts[0] for name in names if name.parts}
        nested = all(len(n.parts) > 1 or m.is_dir() for n, m in zip(names, members, strict=True))
        skip = 1 if len(top) == 1 and nested and members else 0
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


def _is_ignored(name: str) -> bool:
    return any(part in _IGNORED for part in PurePosixPath(name).parts)


def _decoded_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag it may be in UTF-8 or Korean cp949."""
    if member.flag_bits & 0x800 or member.filename.isascii():
        return member.filename
    raw = member.filename.encode("cp437")  # as zipfile has read it
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _safe_name(member: zipfile.ZipInfo) -> PurePosixPath:
    name = PurePosixPath(unicodedata.normalize("NFC", _decoded_name(member)))
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
