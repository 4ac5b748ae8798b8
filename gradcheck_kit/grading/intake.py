"""Finding submissions among what was handed in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.class_zip import is_class_zip, unpack_class
from gradcheck_kit.grading.platforms import platforms
from gradcheck_kit.grading.submission import (
    IGNORED,
    Intake,
    Submission,
    notebook_of,
    readable,
    split_name,
    why_skipped,
)
from gradcheck_kit.i18n import _


@dataclass(frozen=True, slots=True)
class _Entry:
    """One path that is a submission, or a part of one."""

    learner: str
    sources: tuple[tuple[Path, str], ...]
    name: str = ""
    members: tuple[str, ...] = ()
    is_single_file: bool = False


def find_submissions(
    paths: Sequence[Path],
    files: Sequence[str],
    ignore: Path | None = None,
    staging: Path | None = None,
) -> Intake:
    """Find the submissions in `paths`.

    Parameters
    ----------
    paths : sequence of Path
        Folders, zips and single files. A folder with one of the assignment's files at its
        root is a submission. So is everything that a learning platform's download holds, in a
        folder or in one zip (all zips among `paths` must be such downloads). In any other
        folder every subfolder and every zip is one, and every file named like one of the
        assignment's, alone or after a learner's name (``kim.network.py``, ``kim_network.py``),
        the files of one learner together. A
        notebook counts as the file it is named like: ``network.ipynb``.
    files : sequence of str
        Names of the assignment's files: ``network.py``.
    ignore : Path or None
        The folder of the results, which is no submission.
    staging : Path or None
        Folder for what comes in one zip for a whole class; without it, such a zip is taken
        for a submission.

    Raises
    ------
    GradcheckError
        If a path does not exist, or nothing is a submission.
    """
    return _Search(files, ignore, staging).run(paths)


class _Search:
    def __init__(self, files: Sequence[str], ignore: Path | None, staging: Path | None) -> None:
        self.files = files
        self.ignore = ignore.resolve() if ignore is not None else None
        self.staging = staging
        self.entries: list[_Entry] = []
        self.troubles: dict[Path, str] = {}
        self.intake = Intake()
        self.are_classes = False

    def run(self, paths: Sequence[Path]) -> Intake:
        # Among the zips of learners none is that of a class, whatever its files are called: a
        # learner could hand in for others that way.
        zips = [path for path in paths if path.suffix.lower() == ".zip" and path.is_file()]
        classes = list(filter(is_class_zip, zips)) if self.staging is not None else []
        self.are_classes = len(classes) == len(zips)
        if not self.are_classes:
            reason = _("looks like a whole class: give this zip alone")
            self.troubles |= dict.fromkeys(classes, reason)
        for path in paths:
            if not path.exists():
                raise GradcheckError(_("{path}: there is no such file or folder", path=path))
            before = len(self.entries)
            self._look_at_given(path)
            if len(self.entries) == before:
                raise GradcheckError(
                    _(
                        "{path}: no submission here; a submission is a folder or zip, or a file "
                        "named like one of {files}",
                        path=path,
                        files=", ".join(self.files),
                    )
                )
        self.intake.submissions = _merge(self.entries, self.troubles)
        return self.intake

    def _look_at_given(self, path: Path) -> None:
        if path.is_dir():
            if _has_any(path, self.files):
                self._add(path.resolve().name, path)
            else:
                self._look_into(path)
        elif self.are_classes and path.suffix.lower() == ".zip" and path.is_file():
            assert self.staging is not None
            target = self.staging / str(len(self.troubles) + len(self.entries)) / path.stem
            self.troubles |= unpack_class(path, target)
            before = len(self.intake.skipped)
            self._look_into(target)
            self.intake.skipped[before:] = [  # as paths in the zip; ours will be gone
                (path / place.relative_to(target), reason)
                for place, reason in self.intake.skipped[before:]
            ]
        else:
            self._look_at(path)

    def _look_into(self, folder: Path) -> None:
        """Look at what lies in a folder that is no submission itself."""
        entries, skipped = self._list(folder)
        self.intake.skipped += skipped
        rest = self._from_platform(folder, entries)
        if rest is None and len(entries) == 1 and entries[0].is_dir():
            # A download that was unpacked into a folder of its own.
            inner, skipped = self._list(entries[0])
            rest = self._from_platform(entries[0], inner)
            if rest is not None:
                self.intake.skipped += skipped
        for path in entries if rest is None else rest:
            self._look_at(path)

    def _list(self, folder: Path) -> tuple[list[Path], list[tuple[Path, str]]]:
        """Return what lies in a folder, and what is skipped, with the reason."""
        entries, skipped = [], []
        try:
            paths = sorted(folder.iterdir())
        except OSError as error:
            raise GradcheckError(f"{folder}: {error.strerror}") from None
        for path in paths:
            if path.name in IGNORED or path.resolve() == self.ignore:
                continue
            if path.is_symlink():
                skipped.append((path, _("a link")))
            elif path.name.startswith("."):
                skipped.append((path, _("its name makes it hidden")))
            else:
                entries.append(path)
        return entries, skipped

    def _from_platform(self, folder: Path, entries: Sequence[Path]) -> Sequence[Path] | None:
        """Take what a platform's download holds; return what is not the platform's, or None."""
        for platform in platforms():
            download = platform.read(folder, entries, self.files)
            if download is None:
                continue
            self.intake.taken_for.append((_(platform.label), len(download.found)))
            self.intake.skipped += download.skipped
            self.entries += [_Entry(f.id, f.sources, f.name, f.members) for f in download.found]
            return download.rest
        return None

    def _look_at(self, path: Path) -> None:
        if path.is_dir():
            self._add(path.resolve().name, path)
        elif path.suffix.lower() == ".zip":
            self._add(path.stem, path)
        else:
            learner, name = split_name(path.name, self.files)
            if name:
                learner = learner or path.resolve().parent.name
                self.entries.append(_Entry(learner, ((path, name),), is_single_file=True))
            else:
                self.intake.skipped.append((path, why_skipped(path.name)))

    def _add(self, learner: str, path: Path) -> None:
        self.entries.append(_Entry(learner, ((path, ""),)))


def _has_any(folder: Path, files: Iterable[str]) -> bool:
    wanted = [name for file in files for name in (file, notebook_of(file))]
    return any((folder / name).exists() or (folder / name).is_symlink() for name in wanted)


def readable_id(name: str) -> str:
    """Return a name as an id."""
    return readable(name) or "submission"


def _merge(entries: Sequence[_Entry], troubles: dict[Path, str]) -> list[Submission]:
    """Join the single files of one learner, and make ids unique."""
    groups: dict[tuple[str, object], list[_Entry]] = {}
    for number, entry in enumerate(entries):
        learner = readable_id(entry.learner)
        path, file = entry.sources[0] if entry.sources else (Path(), "")
        # A second network.py of the same name is another submission, not part of the first.
        key: tuple[str, object] = (learner, path.parent if entry.is_single_file else number)
        if file and any(file == other.sources[0][1] for other in groups.get(key, ())):
            key = (learner, number)
        groups.setdefault(key, []).append(entry)
    submissions = []
    used: set[str] = set()
    for (learner, _key), group in sorted(groups.items(), key=_order):
        unique, count = learner, 1
        while unique in used:
            count += 1
            unique = f"{learner}~{count}"
        used.add(unique)
        sources = [source for entry in group for source in entry.sources]
        names = tuple(file for _source, file in sources)
        submissions.append(
            Submission(
                unique,
                tuple(source for source, _file in sources),
                names if any(names) else (),
                readable(group[0].name),
                next((troubles[path] for path, _file in sources if path in troubles), ""),
                tuple(map(readable_id, group[0].members)),
            )
        )
    return sorted(submissions, key=lambda submission: submission.id)


def _order(item: tuple[tuple[str, object], list[_Entry]]) -> tuple[str, str]:
    (learner, _key), group = item
    return learner, str(group[0].sources[0][0]) if group[0].sources else ""
