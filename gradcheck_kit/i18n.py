"""Languages: which one to speak, the messages in it, Korean particles, and symbols.

English stands in the source; every other language is one ``.po`` file under ``locale/``.
Message placeholders are named; a translation may give a Korean particle after the name,
``{function:을}``, and the form that fits the value's last sound is chosen.
"""

import gettext
import os
import string
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DOMAIN = "gradcheck_kit"
LOCALE_DIR = Path(__file__).with_name("locale")
SOURCE_LANGUAGE = "en"

_active: gettext.NullTranslations = gettext.NullTranslations()
_active_language = SOURCE_LANGUAGE
_course_words: Mapping[str, Mapping[str, str]] = {}


def languages() -> list[str]:
    """Return the codes of the languages the kit speaks, English first."""
    others = {path.parts[-3] for path in LOCALE_DIR.glob("*/LC_MESSAGES/*.po")}
    others |= {path.parts[-3] for path in LOCALE_DIR.glob("*/LC_MESSAGES/*.mo")}
    return [SOURCE_LANGUAGE, *sorted(others)]


def choose_language(
    option: str | None = None,
    chosen_at_init: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> str:
    """Return the language code to speak.

    Parameters
    ----------
    option : str or None
        What the user asked for on the command line; ``auto`` and None ask for the rest.
    chosen_at_init : str or None
        The language that ``gradcheck-kit init`` recorded beside the exercises.
    environ : mapping or None
        The environment; ``os.environ`` when None.

    Returns
    -------
    str
        The first that the kit speaks of: `option`, ``GRADCHECK_LANG``, the locale variables
        (``LC_ALL``, ``LC_MESSAGES``, ``LANG``), the Windows user interface, `chosen_at_init`;
        else ``en``. A locale variable that names another language than the kit speaks does
        not decide: the next source is asked.
    """
    env = os.environ if environ is None else environ
    known = languages()
    candidates = [option, env.get("GRADCHECK_LANG")]
    # As in POSIX, the first locale variable that is set hides the ones after it.
    candidates.append(next(filter(None, map(env.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), None))
    if environ is None:
        candidates.append(_windows_language())
    candidates.append(chosen_at_init)
    for candidate in candidates:
        code = (candidate or "").replace("-", "_").split(".")[0].split("_")[0].lower()
        if code in known:
            return code
    return SOURCE_LANGUAGE


def _windows_language() -> str | None:
    if sys.platform != "win32":
        return None
    import ctypes
    import locale

    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage())


def activate(language: str) -> str:
    """Speak `language` from now on; return the language spoken before."""
    global _active, _active_language
    before = _active_language
    _active_language = language
    _active = (
        gettext.NullTranslations()
        if language == SOURCE_LANGUAGE
        else gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True)
    )
    return before


def is_showable(language: str, encoding: str) -> bool:
    """Tell whether a stream with this encoding has the letters of a language."""
    with spoken(language):
        words = _("not started ({place})", place="")
    try:
        words.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def use_words(words: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """Translate these texts too, which are not the kit's own; return those known before.

    Parameters
    ----------
    words : mapping
        By language, then by English text.
    """
    global _course_words
    before, _course_words = _course_words, words
    return before


def _translated(message: str) -> str:
    text = _active.gettext(message)
    if text is message or text == message:
        return _course_words.get(_active_language, {}).get(message, text)
    return text


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Speak `language` inside a ``with`` statement."""
    before = activate(language)
    try:
        yield
    finally:
        activate(before)


def active_language() -> str:
    """Return the code of the language spoken now."""
    return _active_language


def _(message: str, /, **values: object) -> str:
    """Return `message` in the active language with its placeholders filled in."""
    return _formatter.vformat(_translated(message), (), values)


def N_(message: str) -> str:
    """Mark a message for translation where it stands; ``_`` translates it where it is shown.

    The name is gettext's own convention for words that are kept in tables.
    """
    return message


def translate_text(text: str) -> str:
    """Return the translation of a whole text without placeholders (docstrings of stubs)."""
    return _translated(text) if text else text


class _Formatter(string.Formatter):
    """Format fields where a spec in Hangul is a particle: ``{name:을}``, ``{name:로}``."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec and "가" <= format_spec[0] <= "힣":
            return f"{value}{particle(str(value), format_spec)}"
        return str(super().format_field(value, format_spec))


_formatter = _Formatter()

# (after a final consonant, after a vowel)
_PARTICLES = {
    "은": ("은", "는"),
    "이": ("이", "가"),
    "을": ("을", "를"),
    "과": ("과", "와"),
    "으로": ("으로", "로"),
    "이에요": ("이에요", "예요"),
    "이어야": ("이어야", "여야"),
    "이라": ("이라", "라"),
    "이나": ("이나", "나"),
    "이든": ("이든", "든"),
}
_EITHER = {form: pair for pair in _PARTICLES.values() for form in pair}

# How names and endings of the lesson are read aloud, as their final sound:
# "" ends in a vowel, "ㄹ" in that consonant, "x" in any other consonant.
_LETTERS = {"l": "ㄹ", "r": "ㄹ", "m": "x", "n": "x"}
_DIGITS = {"0": "x", "1": "ㄹ", "3": "x", "6": "x", "7": "ㄹ", "8": "ㄹ", "²": "x"}
_ENDINGS = {
    "pred": "", "true": "", "sigmoid": "", "prime": "x", "forward": "", "backward": "",
    "loss": "", "losses": "", "update": "", "train": "x", "rule": "ㄹ", "steps": "",
    "grad": "", "dx": "", "dy": "", "lr": "ㄹ", "py": "", "none": "x", "nan": "x",
    "inf": "", "float": "", "int": "", "list": "", "tuple": "ㄹ", "str": "ㄹ", "bool": "ㄹ",
    "dict": "", "array": "", "pytest": "", "solutions": "", "exercises": "", "weights": "",
    "step": "x", "input": "x", "output": "x", "dot": "x", "type": "x", "zip": "x", "net": "x",
    "out": "x", "map": "x", "group": "x", "warmup": "x", "setup": "x", "backup": "x",
}  # fmt: skip


def final_sound(text: str) -> str:
    """Return how `text` ends when read in Korean: "" (vowel), "ㄹ" or "x" (other consonant).

    Names and numbers are read as a Korean reader does: w1 is "더블유 일", y_pred is
    "와이 프레드", 0.25 ends in "오". Closing brackets, quotes and units of punctuation
    after the last letter or digit are not read.
    """
    text = unicodedata.normalize("NFC", text)
    end = len(text)
    while end and not (text[end - 1].isalnum()):
        end -= 1
    if not end:
        return ""
    last = text[end - 1]
    if "가" <= last <= "힣":
        jongseong = (ord(last) - ord("가")) % 28
        return "" if jongseong == 0 else "ㄹ" if jongseong == 8 else "x"
    if last.isdigit():
        return _DIGITS.get(last, "")
    start = end
    while start and text[start - 1].isascii() and text[start - 1].isalpha():
        start -= 1
    word = text[start:end].lower()
    if word in _ENDINGS:
        return _ENDINGS[word]
    if len(word) <= 1:
        return _LETTERS.get(word, "")
    # An unknown English word: l, m, n and ng close its last syllable, other letters
    # mostly get a vowel of their own (batch: 배치, list: 리스트).
    if word.endswith(("l", "le")):
        return "ㄹ"
    return "x" if word.endswith(("m", "n", "ng", "me", "ne")) else ""


def particle(word: str, form: str) -> str:
    """Return the form of the Korean particle `form` that fits after `word`.

    Parameters
    ----------
    word : str
        A name, a number or Hangul.
    form : str
        Either form of a pair: 은/는, 이/가, 을/를, 과/와, 으로/로, 이에요/예요, 이어야/여야,
        이라/라, 이나/나, 이든/든.

    Examples
    --------
    >>> [word + particle(word, "을") for word in ("w1", "w2", "y_pred", "기울기", "0.6")]
    ['w1을', 'w2를', 'y_pred를', '기울기를', '0.6을']
    >>> [word + particle(word, "로") for word in ("w1", "a1 * 3", "sigmoid", "값")]
    ['w1로', 'a1 * 3으로', 'sigmoid로', '값으로']
    """
    consonant, vowel = _EITHER[form]
    sound = final_sound(word)
    if sound == "ㄹ" and consonant == "으로":
        return vowel
    return consonant if sound else vowel


# What a stream that cannot show a symbol gets instead.
_FALLBACKS = {
    "✓": "o", "✗": "x", "○": "-", "→": "->", "−": "-", "∂": "d", "σ": "sigma", "·": "*",
    "½": "1/2", "η": "eta", "≤": "<=", "≥": ">=", "≠": "!=", "×": "x", "█": "#", "▏": "|",
    "—": "-", "–": "-", "’": "'", "…": "...", "²": "^2", "ᵀ": "^T", "′": "'", "│": "|",
    "─": "-", "~": "~",
}  # fmt: skip


def printable(text: str, encoding: str | None) -> str:
    r"""Return `text` with every symbol that `encoding` lacks replaced by a plain one.

    Examples
    --------
    >>> printable("✓ ∂L/∂w1 → σ", "ascii")
    'o dL/dw1 -> sigma'
    >>> printable("✗ 기울기", "cp949")
    'x 기울기'
    """
    encoding = encoding or "utf-8"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        pass
    else:
        return text
    # Hangul from macOS file names comes in pieces, which no Korean encoding has.
    return "".join(_printable_characters(unicodedata.normalize("NFC", text), encoding))


def _printable_characters(text: str, encoding: str) -> Iterable[str]:
    for character in text:
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            yield _FALLBACKS.get(character, "?")
        except LookupError:
            yield character if character.isascii() else _FALLBACKS.get(character, "?")
        else:
            yield character
