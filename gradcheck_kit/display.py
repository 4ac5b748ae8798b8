"""Text for a terminal: display width, padding and wrapping, where Hangul takes two columns."""

import contextlib
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

# One column wide everywhere, and used so often that loading wcwidth for them would be waste.
_KNOWN_NARROW = frozenset("✓✗○→−∂·½≤≥≠×—–’…²′│─σηΣ∘ᵀ")
_ZERO_WIDTH = re.compile("[\u0300-\u036f\u200b-\u200f\ufe0e\ufe0f]")
_MARKS = {"passed": "✓", "follow_through": "✓", "not_started": "○", "missing": "○"}


def display_width(text: str) -> int:
    """Return how many columns `text` takes.

    Examples
    --------
    >>> display_width("w1"), display_width("기울기"), display_width("✓ σ'(z1)")
    (2, 6, 8)
    """
    if text.isascii():
        return len(text)
    if all(c < "\u1100" or c in _KNOWN_NARROW for c in text) and not _ZERO_WIDTH.search(text):
        return len(text)
    from wcwidth import wcswidth  # 30 ms to import: only for text that needs it

    width: int = wcswidth(text)
    return width if width >= 0 else len(text)  # -1: control characters


def outcome_mark(outcome: str) -> str:
    """Return a symbol for an outcome."""
    return _MARKS.get(outcome, "✗")


def pad(text: str, width: int) -> str:
    """Return `text` with spaces after it up to `width` columns."""
    return text + " " * max(0, width - display_width(text))


def shorten(text: str, width: int) -> str:
    """Return `text` cut to `width` columns, ending in "..." where it was cut.

    Examples
    --------
    >>> shorten("the loss is wrong", 12), shorten("기울기가 틀렸어요", 12)
    ('the loss...', '기울기가...')
    """
    if display_width(text) <= width:
        return text
    text = text[: 4 * width]  # a text without end would be measured again for each letter
    while text and display_width(text) > width - 3:
        text = text[:-1]
    return text.rstrip() + "..."


def wrap(text: str, width: int) -> list[str]:
    """Return `text` as lines of at most `width` columns, broken between words.

    A word that is wider than a line stays whole, so that it can be copied; spaces in front
    of the text are kept.
    """
    lines: list[str] = []
    words = text.lstrip(" ").split(" ")
    line = " " * (len(text) - len(text.lstrip(" "))) + words[0]
    for word in words[1:]:
        longer = f"{line} {word}"
        if line.strip() and display_width(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def labelled(rows: Iterable[tuple[str, str]], width: int = 78, indent: int = 2) -> list[str]:
    """Return rows of a label and a text as lines, the texts in one column, wrapped.

    A text that contains a newline keeps its own lines.
    """
    rows = list(rows)
    column = max((display_width(label) for label, _ in rows), default=0) + 2
    lines = []
    for label, text in rows:
        pieces = [
            piece for part in text.split("\n") for piece in wrap(part, width - indent - column)
        ]
        if isinstance(text, Command):
            pieces = [text]
        for number, piece in enumerate(pieces):
            lines.append(" " * indent + pad(label if number == 0 else "", column) + piece)
    return [line.rstrip() for line in lines]


class Command(str):
    """A command line: it stays on one line, however long, so that it can be pasted."""

    __slots__ = ()


def python_as_typed() -> str:
    """Return a command that starts this very Python: it has numpy and the kit, others may not."""
    running = Path(sys.executable)
    found = shutil.which("python")
    if found is not None and Path(found) == running:
        return "python"
    with contextlib.suppress(ValueError):
        return str(running.relative_to(Path.cwd()))  # .venv/bin/python
    return f"'{running}'" if " " in str(running) else str(running)


def kit_command(*words: str) -> str:
    """Return the kit's own command as it can be pasted, whether or not it is on the path."""
    return Command(" ".join([python_as_typed(), "-m", "gradcheck_kit", *words]))
