"""Gradescope's "Download Submissions": folders, and who they belong to in one YAML file."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from gradcheck_kit.grading.platform import Download, Found, Platform
from gradcheck_kit.i18n import N_

METADATA = "submission_metadata.yml"
_MAX_BYTES = 64 * 1024 * 1024
_TOP = re.compile(r"(?P<key>[^\s:#][^:]*):\s*")
_FIELD = re.compile(r"  (?:- | {2}):(?P<key>name|sid|email):\s*(?P<value>.*)")


def submitters(text: str) -> dict[str, list[dict[str, str]]]:
    """Return the submitters of each folder, as submission_metadata.yml names them.

    Parameters
    ----------
    text : str
        The file. Only what stands under ``:submitters:`` is read, in the one form in which
        Gradescope writes it; the rest of the file can be long and hold what learners printed.

    Returns
    -------
    dict
        By folder, for each submitter what is known of ``name``, ``sid`` and ``email``.

    Notes
    -----
    Three keys in a fixed layout do not need a YAML library, which everybody who installs the
    kit would have to install as well. What is not understood is left out: the folder then
    keeps its own name.
    """
    found: dict[str, list[dict[str, str]]] = {}
    folder, inside = "", False
    for line in text.splitlines():
        if top := _TOP.fullmatch(line):
            folder, inside = _scalar(top["key"]), False
            found[folder] = []
        elif re.match(r"  ?:submitters:\s*$", line):
            inside = bool(folder)
        elif inside and line.startswith("  - "):
            found[folder].append({})
            _note(line, found[folder])
        elif inside and line.startswith("    "):
            _note(line, found[folder])
        else:
            inside = False
    return found


def _note(line: str, people: list[dict[str, str]]) -> None:
    match = _FIELD.fullmatch(line)
    if match and people:
        people[-1][match["key"]] = _scalar(match["value"])


def _scalar(text: str) -> str:
    """Return a plain, 'single' or "double" quoted scalar of YAML; "" for null."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:  # for the escapes that occur in names, JSON's and YAML's are the same
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    return "" if text in ("~", "null") else text


def _read(folder: Path, entries: Sequence[Path], files: Sequence[str]) -> Download | None:
    metadata = folder / METADATA
    if metadata not in entries or not metadata.is_file():
        return None
    with metadata.open("rb") as stream:
        people = submitters(stream.read(_MAX_BYTES).decode("utf-8", "replace"))
    download = Download()
    for path in entries:
        if path.is_dir() and (path.name in people or path.name.startswith("submission_")):
            who = people.get(path.name, [])
            ids = [person.get("sid") or person.get("email") or "" for person in who]
            names = [person.get("name", "") for person in who]
            # A group is one submission; its id names all of them.
            are_known = bool(ids) and all(ids)
            download.found.append(
                Found(
                    "+".join(ids) if are_known else path.name,
                    ((path, ""),),
                    ", ".join(filter(None, names)),
                    tuple(ids) if are_known else (),
                )
            )
        elif path != metadata:
            download.rest.append(path)
    return download


def _is_zip_of(names: Sequence[str]) -> bool:
    return any(name.rpartition("/")[2] == METADATA and name.count("/") <= 1 for name in names)


PLATFORM = Platform(N_("Gradescope export"), _read, _is_zip_of)
