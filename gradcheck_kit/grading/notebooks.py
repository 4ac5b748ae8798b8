"""The code of a Jupyter notebook.

The JSON is read here, not with nbformat: what is needed are two keys of every cell, which have
been the same in all versions since 2011, and nbformat would bring a JSON schema validator and
three more packages to judge, and refuse, notebooks whose code is perfectly readable.
"""

import ast
import json
import re
from typing import Any

_CELL_MAGIC = re.compile(r"\s*%%(\w*)")
_PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun"})
"""Cell magics whose cell is ordinary Python."""

# What IPython takes for itself: %magic, !command, x = %magic, x = !command, name? and ?name.
_MAGIC_LINE = re.compile(r"(?P<indent>\s*)(?:[%!?]|[\w.]+\s*=\s*[%!]|[\w.]+\?{1,2}\s*$).*")


class NotebookError(Exception):
    """It is no notebook that can be read; the text says why."""


def code_of_notebook(data: bytes) -> str:
    """Return the code cells in order, as one Python source.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    str
        Lines for IPython alone (``%magic``, ``!command``) are ``pass``, so that the block they
        stand in stays one; cells of another language (``%%bash``) are left out.

    Raises
    ------
    NotebookError
        If it is no notebook.
    """
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotebookError(str(error)) from None
    cells = _cells(notebook)
    if cells is None:
        raise NotebookError("no cells")
    sources = [_python(_source(cell)) for cell in cells if _is_code(cell)]
    return "\n\n".join(source.rstrip("\n") for source in sources if source.strip()) + "\n"


def _cells(notebook: Any) -> list[Any] | None:
    if not isinstance(notebook, dict):
        return None
    cells = notebook.get("cells")
    if cells is None:  # version 3 had worksheets
        sheets = notebook.get("worksheets")
        if not isinstance(sheets, list):
            return None
        lists: list[Any] = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        if not lists or not all(isinstance(cells, list) for cells in lists):
            return None
        cells = [cell for cells in lists for cell in cells]
    return cells if isinstance(cells, list) else None


def _is_code(cell: Any) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _python(source: str) -> str:
    lines = source.splitlines()
    magic = _CELL_MAGIC.match(source)
    if magic:
        if magic[1] not in _PYTHON_MAGICS:
            return ""
        lines = source.lstrip().splitlines()[1:]
        source = "\n".join(lines)
    if _is_python(source):
        return source  # a line may start with % where an expression goes on
    return "\n".join(_without_magic(line) for line in lines)


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_magic(line: str) -> str:
    match = _MAGIC_LINE.fullmatch(line)
    return f"{match['indent']}pass" if match else line
