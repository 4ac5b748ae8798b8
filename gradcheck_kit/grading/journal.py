"""The journal of a grading: what is graded already, safe from whatever stops the grader."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.copying import remove_tree
from gradcheck_kit.grading.submission import IGNORED
from gradcheck_kit.i18n import _

JOURNAL = "journal.jsonl"
SCRATCH_PREFIX = "gradcheck-"


class Journal:
    """One JSON line for every submission that is graded, written before the next is read.

    Only where each line is stays in memory, so that a large class takes little of it.

    Parameters
    ----------
    out : Path
        The folder of the results.
    seed : int or None
        Of the probe points; None takes that of the journal that is gone on with.
    fresh_seed : int
        Used when nothing else tells the seed.
    settings : mapping
        All else that results depend on: tests, version, language. Lines that were written
        under other settings are not used.
    resume : bool
        Go on with the journal that is there; else begin a new one.

    Raises
    ------
    GradcheckError
        If another grader is at work on it, or it was written under another seed.
    """

    def __init__(
        self,
        out: Path,
        seed: int | None,
        fresh_seed: int,
        settings: Mapping[str, Any],
        resume: bool,
    ) -> None:
        self.path = out / JOURNAL
        self.is_stale = False
        self._places: dict[str, tuple[int, int, bool]] = {}
        self._scratch = ""
        self._stream = self.path.open("a+b")
        try:
            _lock(self._stream.fileno(), out)
            self.seed = self._begin(seed, fresh_seed, _digest(settings), resume)
        except BaseException:
            self._stream.close()
            raise

    def _begin(self, seed: int | None, fresh_seed: int, settings: str, resume: bool) -> int:
        self._end = 0
        header = self._read() if resume else {}
        found = header.get("seed")
        if found is not None and seed is not None and seed != found:
            raise GradcheckError(
                _("--seed {seed}: the journal in {folder} has another seed; leave out one of "
                  "--seed and --resume", seed=seed, folder=self.path.parent)
            )  # fmt: skip
        self._remove_scratch()
        if found is None or header.get("settings") != settings:
            self.is_stale = bool(self._places)
            self._places.clear()
            self._end = 0
            seed = seed if seed is not None else fresh_seed if found is None else int(found)
            self._stream.truncate(0)
            self._append({"journal": 1, "seed": seed, "settings": settings})
            return seed
        self._stream.truncate(self._end)  # half a line, if the grader was killed in writing it
        return int(found)

    def _read(self) -> dict[str, Any]:
        """Learn where the lines are, up to the first that is not whole; return the header."""
        header: dict[str, Any] = {}
        self._stream.seek(0)
        for text in self._stream:
            if not text.endswith(b"\n"):
                break
            try:
                line = json.loads(text)
            except ValueError:
                break
            if not header:
                if not (isinstance(line, dict) and line.get("journal") == 1):
                    break
                header = line
            elif "key" in line:
                self._places[line["key"]] = (self._end, len(text), bool(line["final"]))
            self._scratch = line.get("scratch", self._scratch)
            self._end += len(text)
        return header

    def _remove_scratch(self) -> None:
        """Remove the copies that a killed grader has left."""
        path = Path(self._scratch)
        if path.name.startswith(SCRATCH_PREFIX) and path.parent == Path(tempfile.gettempdir()):
            remove_tree(path)

    def _append(self, line: Mapping[str, Any]) -> int:
        text = json.dumps(line, ensure_ascii=True).encode("ascii") + b"\n"
        self._stream.write(text)
        self._stream.flush()  # what the system has, the end of this process cannot take away
        self._end += len(text)
        return len(text)

    def note_scratch(self, folder: Path) -> None:
        """Write down where copies will be, for whoever has to clean up."""
        self._append({"scratch": str(folder)})

    def add(self, key: str, entry: Mapping[str, Any], *, final: bool) -> None:
        """Write down what came of a submission; not final if it will be graded once more."""
        at = self._end
        size = self._append({"key": key, "final": final, "entry": entry})
        self._places[key] = (at, size, final)

    def has(self, key: str) -> bool:
        """Tell whether there is something about a submission, final or not."""
        return key in self._places

    def is_final(self, key: str) -> bool:
        """Tell whether a submission needs no more grading."""
        return key in self._places and self._places[key][2]

    def entry(self, key: str) -> dict[str, Any]:
        """Return what came of a submission."""
        at, size, _final = self._places[key]
        self._stream.seek(at)
        entry: dict[str, Any] = json.loads(self._stream.read(size))["entry"]
        return entry

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()


def hash_of_files(folder: Path, *, start: str = "") -> str:
    """Return a hash of all files in a folder, names and contents."""
    digest = hashlib.sha256(start.encode("utf-8", "surrogateescape"))
    for path in _files(folder):
        name = os.fsencode(path.relative_to(folder).as_posix())
        data = path.read_bytes() if path.is_file() else b""
        for part in (name, data):
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for place, subfolders, names in os.walk(folder):
        subfolders[:] = sorted(n for n in subfolders if n not in IGNORED and n[0] != ".")
        for name in sorted(names):
            path = Path(place, name)
            if name not in IGNORED and name[0] != "." and not path.is_symlink():
                yield path


def _digest(settings: Mapping[str, Any]) -> str:
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _lock(descriptor: int, out: Path) -> None:
    """Keep a second grader away; the system lets go when this process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    with contextlib.suppress(OSError):  # a network drive that knows no locks
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GradcheckError(
                _("--out {path}: another gradcheck-kit grade is writing there", path=out)
            ) from None
