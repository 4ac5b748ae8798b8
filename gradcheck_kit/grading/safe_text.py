"""Text that a submission can influence, made harmless for what reads it next.

Ids, messages and file names come from learners. A spreadsheet runs what starts with ``=``, a
terminal obeys control characters, a page its tags, and a CI log its workflow commands.
"""

import re
import unicodedata
from collections.abc import Iterable

MAX_NAME = 60
"""Characters of a file name; three bytes each in UTF-8 still fit every file system."""

_FORMULA = re.compile(r"(^|;)(\s*)(?=[=+\-@＝＋－＠])")
_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")


def visible(text: str, keep: str = "\n") -> str:
    r"""Return `text` with every character that is not printed written out.

    Control characters, changes of the writing direction, lone surrogates and the like become
    escapes, unusual spaces plain ones, and line ends ``\n``. Characters of `keep` stay.

    Examples
    --------
    >>> print(visible("kim\x1b[31m\u202e기울기"))
    kim\x1b[31m\u202e기울기
    """
    text = text.replace("\r\n", "\n")
    if all(c.isprintable() or c in keep for c in text):
        return text
    return "".join(_visible_character(c, keep) for c in text)


def _visible_character(character: str, keep: str) -> str:
    if character.isprintable() or character in keep:
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def one_line(text: str) -> str:
    """Return `text` without control characters on one line."""
    return " ".join(visible(text).split())


def csv_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    An apostrophe stands before what would start one, also after a semicolon, where a
    spreadsheet of another country starts a new cell.

    Examples
    --------
    >>> csv_cell("=1+1"), csv_cell("kim"), csv_cell("a;@SUM(1)")
    ("'=1+1", 'kim', "a;'@SUM(1)")
    """
    return _FORMULA.sub(r"\1'\2", visible(text, keep=""))


def code_span(text: str, in_table: bool = False) -> str:
    r"""Return `text` as inline code in Markdown: in code nothing is a tag, link or mention.

    In a table a bar would end the cell, so it is escaped there.

    Examples
    --------
    >>> print(code_span("<b>`x` | @all", in_table=True))
    `` <b>`x` \| @all ``
    """
    text = one_line(text) or " "
    text = text.replace("|", "\\|") if in_table else text
    fence = "`" * (_longest_run(text) + 1)
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{text}{space}{fence}"


def code_block(text: str) -> str:
    """Return `text` as a block of code in Markdown, with a fence that it cannot close."""
    text = log_text(text)
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def log_text(text: str) -> str:
    """Return `text` for a log of GitHub Actions, which takes ``::name::`` for a command."""
    return _COMMAND.sub(r"\1: ", visible(text)).replace("##[", "## [")


def file_names(ids: Iterable[str]) -> list[str]:
    """Return a file name for every id, without suffix: no two are one, on any system.

    Letters and digits of every script stay; a path, a hidden file, a device of Windows or a
    name that is too long cannot come of it.

    Examples
    --------
    >>> file_names(["김철수", "../etc/passwd", "a b", "Kim", "kim", "con"])
    ['김철수', '_etc_passwd', 'a b', 'Kim', 'kim~2', '_con']
    """
    taken: set[str] = set()
    names = []
    for text in ids:
        plain = re.sub(r"[^\w .~+@=-]", "_", unicodedata.normalize("NFC", text))[:MAX_NAME]
        plain = plain.lstrip(" .-~").rstrip(" .") or "_"
        plain = f"_{plain}" if _RESERVED.fullmatch(plain) else plain
        name, number = plain, 2
        while name.casefold() in taken:
            name, number = f"{plain}~{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names
