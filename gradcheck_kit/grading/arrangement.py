"""Bringing the assignment's files of a copied submission to where they are looked for."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from gradcheck_kit.grading.notebooks import NotebookError, code_of_notebook
from gradcheck_kit.grading.submission import IGNORED, notebook_of
from gradcheck_kit.i18n import _


def arrange(folder: Path, files: Sequence[str], unpack: Callable[[Path, Path], None]) -> list[str]:
    """Bring the assignment's files to the top of `folder`.

    Parameters
    ----------
    folder : Path
        A copy of a submission.
    files : sequence of str
        Names of the assignment's files.
    unpack : callable
        Unpacks a zip into a folder, with all the checks that a stranger's zip needs.

    Returns
    -------
    list of str
        What was found elsewhere, or not taken, in words.
    """
    if not files:
        return []
    remarks: list[str] = []
    places = _places(folder)
    zips = [path for path in sorted(folder.iterdir()) if path.suffix.lower() == ".zip"]
    wanted = {name for file in files for name in (file, notebook_of(file))}
    if len(zips) == 1 and not wanted & places.keys():
        zips[0].replace(zips[0].with_name(".handed-in"))  # its name may be that of its content
        unpack(folder / ".handed-in", folder)
        (folder / ".handed-in").unlink()
        places = _places(folder)
    for file in files:
        for name in (file, notebook_of(file)):
            found = places.get(name, [])
            if (folder / name).exists() or not found:
                continue
            if len(found) > 1:
                remarks.append(
                    _("{count} files named {name}, none at the top: not taken",
                      count=len(found), name=name)
                )  # fmt: skip
                continue
            remarks.append(_("{file} taken from {folder}", file=name,
                             folder=found[0].parent.relative_to(folder).as_posix()))  # fmt: skip
            _bring_up(found[0].parent, folder, {n for n in wanted if len(places.get(n, ())) > 1})
    for file in files:
        remarks += _convert(folder, file)
    return remarks


def _places(folder: Path) -> dict[str, list[Path]]:
    """Return where files of each name are, hidden folders left out."""
    places: dict[str, list[Path]] = {}
    for place, subfolders, names in os.walk(folder):
        subfolders[:] = sorted(n for n in subfolders if n not in IGNORED and n[0] != ".")
        for name in sorted(names):
            places.setdefault(name, []).append(Path(place, name))
    return places


def _bring_up(source: Path, folder: Path, doubtful: set[str]) -> None:
    """Move what lies in `source` to the top, where nothing has those names.

    Parameters
    ----------
    source, folder : Path
        From where to where.
    doubtful : set of str
        Names that stay: there are several files of each.
    """
    for path in sorted(source.iterdir()):
        target = folder / path.name
        if path.name not in doubtful and not target.exists():
            path.replace(target)


def _convert(folder: Path, file: str) -> list[str]:
    notebook = folder / notebook_of(file)
    if not notebook.is_file():
        return []
    if (folder / file).exists():
        return [_("{file} and {notebook}: the notebook is not looked at",
                  file=file, notebook=notebook.name)]  # fmt: skip
    try:
        code = code_of_notebook(notebook.read_bytes())
    except NotebookError as error:
        return [_("{notebook} is no notebook: {error}", notebook=notebook.name, error=error)]
    (folder / file).write_text(code, encoding="utf-8", newline="\n")
    return []
