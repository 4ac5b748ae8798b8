"""The roster of a class: a CSV with the columns ``id`` and ``name``."""

import csv
import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.intake import readable_id
from gradcheck_kit.grading.submission import Submission
from gradcheck_kit.i18n import _

_ENCODINGS = ("utf-8-sig", "cp949")  # a Korean Excel writes the second


def read_roster(path: Path) -> dict[str, str]:
    """Return the name for each id.

    Parameters
    ----------
    path : Path
        A CSV; other columns may be there as well. Separators are commas, semicolons or tabs.

    Raises
    ------
    GradcheckError
        If it is not there, is no such CSV, or has an id twice.
    """
    lines = _decoded(path).splitlines(keepends=True)
    header = lines[0] if lines else ""
    separator = max(",;\t", key=header.count)
    rows = csv.DictReader(io.StringIO("".join(lines)), delimiter=separator)
    columns = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
    if not {"id", "name"} <= columns.keys():
        raise GradcheckError(
            _("--roster {path}: the first line must name the columns id and name", path=path)
        )
    roster: dict[str, str] = {}
    try:
        for row in rows:
            identity = (row[columns["id"]] or "").strip()
            if not identity:
                continue
            identity = readable_id(identity)
            if identity in roster:
                raise GradcheckError(
                    _("--roster {path}: {id} is there twice", path=path, id=identity)
                )
            roster[identity] = (row[columns["name"]] or "").strip()
    except csv.Error as error:
        raise GradcheckError(_("--roster {path}: {error}", path=path, error=error)) from None
    return roster


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GradcheckError(
            _("--roster {path}: {error}", path=path, error=error.strerror)
        ) from None
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise GradcheckError(_("--roster {path}: neither UTF-8 nor cp949", path=path))


def with_names(
    submissions: Sequence[Submission], roster: dict[str, str]
) -> tuple[list[Submission], list[str], list[str]]:
    """Give submissions the names that the roster has for them.

    Returns
    -------
    tuple
        The submissions; the ids of the roster that handed nothing in; the ids of submissions
        that are not in the roster.
    """
    named = []
    there: set[str] = set()
    for submission in submissions:
        members = submission.members or (submission.id,)
        there.update(members)
        names = [roster[member] for member in members if roster.get(member)]
        named.append(
            dataclasses.replace(submission, name=", ".join(names)) if names else submission
        )
    return named, [i for i in roster if i not in there], sorted(there - roster.keys())
