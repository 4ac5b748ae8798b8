"""Report formats: what one is, and how its files get written."""

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from gradcheck_kit.display import python_as_typed
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.gradesheet import Sheet, read_sheet
from gradcheck_kit.grading.result_records import Results
from gradcheck_kit.i18n import _

Files = Iterator[tuple[str, str | bytes]]
"""Pairs of a path, relative and with slashes, and what to write there."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the instructor asked for beside the format.

    Parameters
    ----------
    sheet : Sheet or None
        The gradebook to fill in.
    column : str or None
        Which column of it.
    remark : callable
        Takes a line for the instructor: an id that the sheet does not have, say.
    """

    sheet: Sheet | None = None
    column: str | None = None
    remark: Callable[[str], None] = lambda line: None


@dataclass(frozen=True, slots=True)
class Report:
    """A report format. Each file in ``grading/reports/`` defines one as REPORT.

    Parameters
    ----------
    description : str
        One line in English for ``--help``, marked with ``N_``.
    write : callable
        Takes `Results` and a `Wish`, and yields the files. Whatever can be wrong with the
        wish is told before the first one.
    file : str
        The name of its only file; "" for a format of many files, which go into a folder.
    fills_sheet : bool
        Does it need the instructor's own sheet?
    libraries : tuple of str
        What it needs beyond the kit's own dependencies, from the extra ``report``.
    """

    description: str
    write: Callable[[Results, Wish], Files]
    file: str = ""
    fills_sheet: bool = False
    libraries: tuple[str, ...] = ()


def prepare(name: str, report: Report, sheet: Path | None, column: str | None) -> Wish:
    """Return the wish for a format, before an hour of grading goes into it.

    Raises
    ------
    GradcheckError
        If a library or the sheet is missing, or the sheet cannot be read.
    """
    for library in report.libraries:
        if find_spec(library) is None:
            raise GradcheckError(
                _("--format {name} needs {library}: "
                  "{python} -m pip install 'gradcheck-kit[report]'",
                  name=name, library=library, python=python_as_typed())
            )  # fmt: skip
    if not report.fills_sheet:
        return Wish()
    if sheet is None:
        raise GradcheckError(
            _("--format {name} fills in your own gradebook: name the exported file with --sheet",
              name=name)
        )  # fmt: skip
    return Wish(sheet=read_sheet(sheet), column=column)


def write_report(report: Report, results: Results, wish: Wish, target: Path) -> None:
    """Write the files of a format.

    Parameters
    ----------
    report : Report
        The format.
    results : Results
        What it shows.
    wish : Wish
        As `prepare` returned it.
    target : Path
        The file, or the folder of a format that has many. An existing folder also takes the
        only file of a format.

    Raises
    ------
    GradcheckError
        If something cannot be written, or the format cannot do what was asked.
    """
    files = report.write(results, wish)
    if report.file:
        ((_path, content),) = files
        write_whole(target / report.file if target.is_dir() else target, content)
    else:
        write_files(files, target)


def write_files(files: Iterable[tuple[str, str | bytes]], folder: Path) -> None:
    """Write files below a folder, which is made when it is not there."""
    for path, content in files:
        write_whole(folder.joinpath(*PurePosixPath(path).parts), content)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is either the old one or the whole new one.

    Raises
    ------
    GradcheckError
        If it cannot be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    # Not made from the name, which may be as long as a file system takes.
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(data)
            partial.replace(path)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
    except OSError as error:
        raise GradcheckError(f"{path}: {error.strerror}") from None
