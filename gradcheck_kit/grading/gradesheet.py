"""A gradebook that a learning platform exported, filled in without touching anything else.

The cells keep their bytes: the file is cut into cells where they stand, and only those that
get a grade are replaced. Reading and writing it with a CSV library would lose the quotes, the
line ends and the encoding that the instructor's spreadsheet or platform expects.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.i18n import _

_ENCODINGS = ("utf-8", "cp949")
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Parameters
    ----------
    start, end : int
        Where it stands in the text, quotes included.
    value : str
        What it says, without quotes and spaces around it, in NFC.
    """

    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Sheet:
    """A sheet, cut into cells.

    Parameters
    ----------
    path : Path
        Where it came from.
    text, encoding, bom : str, str, bytes
        The whole file.
    header : sequence of str
        The names of the columns.
    rows : sequence of sequence of Cell
        What stands below.
    """

    path: Path
    text: str
    encoding: str
    bom: bytes
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def column(self, *names: str) -> int | None:
        """Return the number of the first column with one of these names, else None."""
        known = [name.casefold() for name in self.header]
        for name in names:
            if name.casefold() in known:
                return known.index(name.casefold())
        return None

    def value(self, row: int, column: int | None) -> str:
        """Return what a cell says; "" where the row ends before it."""
        cells = self.rows[row]
        return "" if column is None or column >= len(cells) else cells[column].value

    def filled(self, grades: Mapping[tuple[int, int], str]) -> bytes:
        """Return the file with the cells at (row, column) replaced, and nothing else.

        Raises
        ------
        GradcheckError
            If a row ends before its cell.
        """
        pieces, at = [], 0
        for (row, column), grade in sorted(grades.items()):
            if column >= len(self.rows[row]):
                raise GradcheckError(
                    _("{path}: row {row} has too few cells", path=self.path, row=row + 2)
                )
            cell = self.rows[row][column]
            was = self.text[cell.start : cell.end]
            # A decimal comma is a delimiter elsewhere, and a quoted column stays quoted.
            quoted = was.lstrip().startswith('"') or any(c in grade for c in _DELIMITERS)
            pieces += [self.text[at : cell.start], f'"{grade}"' if quoted else grade]
            at = cell.end
        pieces.append(self.text[at:])
        return self.bom + "".join(pieces).encode(self.encoding)


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file with a row of names at its top.

    Raises
    ------
    GradcheckError
        If it cannot be read, or is no such file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GradcheckError(f"--sheet {path}: {error.strerror}") from None
    if data.startswith(b"PK"):
        raise GradcheckError(_("--sheet {path}: save the workbook as CSV first", path=path))
    text, encoding, bom = _decoded(data, path)
    cells = _cut(text, _delimiter(text))
    if not cells or len(cells[0]) < 2:
        raise GradcheckError(_("--sheet {path}: no row of column names at its top", path=path))
    return Sheet(path, text, encoding, bom, [cell.value for cell in cells[0]], cells[1:])


def _decoded(data: bytes, path: Path) -> tuple[str, str, bytes]:
    bom = next((bom for bom in _BOMS if data.startswith(bom)), b"")
    for encoding in (_BOMS[bom],) if bom else _ENCODINGS:
        try:
            text = data[len(bom) :].decode(encoding)
            same = text.encode(encoding) == data[len(bom) :]
        except UnicodeError:
            continue
        if same and "\0" not in text:
            return text, encoding, bom
    raise GradcheckError(_("--sheet {path}: not text in UTF-8; save it as CSV UTF-8", path=path))


def _delimiter(text: str) -> str:
    """Return the one that cuts the first row into the most cells, none inside quotes."""

    def fit(delimiter: str) -> tuple[bool, int]:
        cells = _cut(text, delimiter, rows=1)[0]
        pieces = [text[cell.start : cell.end].strip(" ") for cell in cells]
        is_clean = all(re.fullmatch(r'"([^"]|"")*"|[^"]*', piece) for piece in pieces)
        return is_clean, len(cells)

    return max(_DELIMITERS, key=fit)


def _cut(text: str, delimiter: str, rows: int | None = None) -> list[list[Cell]]:
    """Return the cells of each row; a quoted cell may hold delimiters, quotes and line ends."""
    cell = re.compile(rf'[ ]*"((?:[^"]|"")*)"[^{delimiter}\r\n]*|[^{delimiter}\r\n]*')
    found: list[list[Cell]] = [[]]
    at = 0
    while True:
        match = cell.match(text, at)
        assert match is not None  # the second alternative also matches nothing
        value = match[0] if match[1] is None else match[1].replace('""', '"')
        value = unicodedata.normalize("NFC", value).strip()
        found[-1].append(Cell(match.start(), match.end(), value))
        at = match.end()
        if at >= len(text):
            break
        if text[at] == delimiter:
            at += 1
            continue
        if len(found) == rows:
            break
        at += 2 if text.startswith("\r\n", at) else 1
        if at >= len(text):
            break
        found.append([])
    return found


def number(text: str) -> float | None:
    """Return the number that a cell holds, with a point or a comma, else None."""
    plain = re.sub(r"\s", "", text)
    if re.fullmatch(r"\d+([.,]\d+)?", plain):
        return float(plain.replace(",", "."))
    return None


def as_grade(score: float, decimal_comma: bool = False) -> str:
    """Return a score as it is written into a cell, to two decimals at most.

    Examples
    --------
    >>> as_grade(85.0), as_grade(66.6666), as_grade(7.5, decimal_comma=True)
    ('85', '66.67', '7,5')
    """
    text = f"{score:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if decimal_comma else text
