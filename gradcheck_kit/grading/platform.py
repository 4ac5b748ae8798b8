"""What a learning platform's download is, for the modules in ``platforms``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Found:
    """One submission in a download.

    Parameters
    ----------
    id : str
        The learner's number or name on the platform.
    sources : tuple of tuple
        Path, and what a single file is called in the copy ("" for a folder or zip).
    name : str
        The learner's name, or "".
    members : tuple of str
        Ids of the learners, where a group handed it in.
    """

    id: str
    sources: tuple[tuple[Path, str], ...]
    name: str = ""
    members: tuple[str, ...] = ()


@dataclass
class Download:
    """What a folder holds, once it is known where it comes from.

    Parameters
    ----------
    found : list of Found
        The submissions.
    skipped : list of tuple
        Path and reason of what is none.
    rest : list of Path
        What is not the platform's; the general rules apply to it.
    """

    found: list[Found] = field(default_factory=list)
    skipped: list[tuple[Path, str]] = field(default_factory=list)
    rest: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Platform:
    """How to recognise and read the downloads of one platform.

    Parameters
    ----------
    label : str
        What such a download is called: ``Moodle download``.
    read : callable
        Gets a folder, what lies in it, and the names of the assignment's files; returns a
        Download, or None if it is no download of this platform.
    is_zip_of : callable
        Gets the names of a zip's members; tells whether it is such a download in one zip.
    """

    label: str
    read: Callable[[Path, Sequence[Path], Sequence[str]], Download | None]
    is_zip_of: Callable[[Sequence[str]], bool] = lambda names: False
