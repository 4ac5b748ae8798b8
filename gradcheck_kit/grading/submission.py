"""A submission, all that was found of a class, and why something is none."""

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gradcheck_kit.i18n import _

IGNORED = frozenset({"__MACOSX", ".DS_Store", "__pycache__", ".git", ".venv", "Thumbs.db"})
"""Names that systems leave behind; they belong to nobody's work."""

_OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".egg", ".alz")


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
        Folders, zips and single files that belong together; later ones win.
    names : tuple of str
        For each source: what a single file is called in the copy, "" for a folder or zip.
        Empty when no source is a single file.
    name : str
        The learner's name, where a platform or a roster tells it.
    trouble : str
        Why it cannot be read, where that is known already.
    members : tuple of str
        Ids of the learners who handed it in, where a platform tells of a group.
    """

    id: str
    sources: tuple[Path, ...]
    names: tuple[str, ...] = ()
    name: str = ""
    trouble: str = ""
    members: tuple[str, ...] = ()


@dataclass
class Intake:
    """All that was found.

    Parameters
    ----------
    submissions : list of Submission
        Sorted by id.
    skipped : list of tuple
        Path and reason of everything that is no submission.
    taken_for : list of tuple
        What a folder or zip was taken for, and how many submissions it holds.
    """

    submissions: list[Submission] = field(default_factory=list)
    skipped: list[tuple[Path, str]] = field(default_factory=list)
    taken_for: list[tuple[str, int]] = field(default_factory=list)


def split_name(name: str, files: Sequence[str]) -> tuple[str, str]:
    """Split the name of a single file into the learner's and the assignment's part.

    Parameters
    ----------
    name : str
        ``kim_network.py``, ``kim.network.ipynb``, ``network.py``.
    files : sequence of str
        Names of the assignment's files.

    Returns
    -------
    tuple of str
        The learner's part, "" if there is none, and what the file is called in a submission;
        both "" if it is none of the assignment's files.
    """
    for file in files:
        for wanted in (file, notebook_of(file)):
            if name == wanted:
                return "", wanted
            if name.endswith((f".{wanted}", f"_{wanted}")):
                return name[: -len(wanted) - 1], wanted
    return "", ""


def why_skipped(name: str) -> str:
    """Return why a single file of this name is not looked at."""
    if name.lower().endswith(_OTHER_ARCHIVES):
        return _("no zip: unpack it, or ask for a zip")
    return _("not one of the assignment's files")


def notebook_of(file: str) -> str:
    """Return the name of the notebook that stands for a file: network.ipynb for network.py."""
    return f"{file.removesuffix('.py')}.ipynb"


def readable(name: str) -> str:
    """Return the name of a file as text that can be written: in NFC, and escaped if need be.

    A Korean zip that was unpacked on Linux leaves names in cp949.
    """
    raw = os.fsencode(name)
    for encoding in ("utf-8", "cp949"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return unicodedata.normalize("NFC", raw.decode("utf-8", "backslashreplace"))
