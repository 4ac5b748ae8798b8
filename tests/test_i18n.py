"""Which language is spoken, Korean particles, and text for terminals of all kinds."""

import unicodedata
from pathlib import Path

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck_kit import i18n
from gradcheck_kit.display import display_width, labelled, pad, shorten, wrap
from gradcheck_kit.i18n import (
    _,
    activate,
    active_language,
    choose_language,
    final_sound,
    languages,
    particle,
    printable,
    spoken,
    translate_text,
)

LOCALE_DIR = Path(i18n.__file__).with_name("locale")
LOCALE_VARIABLES = ("GRADCHECK_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def compiled(tmp_path, monkeypatch):
    """Point the kit at translations compiled from the .po files as they are now."""
    for path in LOCALE_DIR.rglob("*.po"):
        target = tmp_path / path.relative_to(LOCALE_DIR).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        polib.pofile(str(path)).save_as_mofile(str(target))
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)


# Which language


@pytest.mark.parametrize(
    ("option", "at_init", "environ", "expected"),
    [
        (None, None, {}, "en"),
        # Each source by itself
        ("ko", None, {}, "ko"),
        (None, None, {"GRADCHECK_LANG": "ko"}, "ko"),
        (None, None, {"LC_ALL": "ko_KR.UTF-8"}, "ko"),
        (None, None, {"LC_MESSAGES": "ko_KR.UTF-8"}, "ko"),
        (None, None, {"LANG": "ko_KR.UTF-8"}, "ko"),
        (None, "ko", {}, "ko"),
        # Each source before the next
        ("en", None, {"GRADCHECK_LANG": "ko"}, "en"),
        ("ko", "en", {"GRADCHECK_LANG": "en", "LC_ALL": "en_US.UTF-8"}, "ko"),
        (None, None, {"GRADCHECK_LANG": "en", "LC_ALL": "ko_KR.UTF-8"}, "en"),
        (None, None, {"LC_ALL": "en_US.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8"}, "en"),
        (None, None, {"LC_MESSAGES": "en_US.UTF-8", "LANG": "ko_KR.UTF-8"}, "en"),
        (None, "ko", {"LANG": "en_US.UTF-8"}, "en"),
        (None, "en", {"LANG": "ko_KR.UTF-8"}, "ko"),
        # auto asks for the rest
        ("auto", None, {"GRADCHECK_LANG": "ko"}, "ko"),
        ("auto", "ko", {"GRADCHECK_LANG": "auto"}, "ko"),
        ("auto", None, {}, "en"),
        # Ways to write a language
        ("ko-KR", None, {}, "ko"),
        ("KO", None, {}, "ko"),
        (None, None, {"LANG": "ko"}, "ko"),
        (None, None, {"LANG": "ko.EUC-KR"}, "ko"),
        (None, None, {"LANG": "ko_KR"}, "ko"),
        # Locales that name no language, or one that nobody speaks here
        (None, "ko", {"LANG": "C"}, "ko"),
        (None, "ko", {"LC_ALL": "C.UTF-8"}, "ko"),
        (None, "ko", {"LC_ALL": "POSIX"}, "ko"),
        (None, None, {"LC_ALL": "C", "LANG": "ko_KR.UTF-8"}, "en"),
        (None, None, {"LANG": "fr_FR.UTF-8"}, "en"),
        (None, "ko", {"LANG": "fr_FR.UTF-8"}, "ko"),
        (None, "ko", {"GRADCHECK_LANG": "xx"}, "ko"),
        ("xx", None, {"GRADCHECK_LANG": "ko"}, "ko"),
        ("", "", {"GRADCHECK_LANG": "", "LC_ALL": "", "LANG": "ko_KR.UTF-8"}, "ko"),
        (None, None, {"LANG": "kok_IN.UTF-8"}, "en"),
        (None, "xx", {}, "en"),
    ],
)
def test_language_is_that_of_the_first_source_that_names_one(option, at_init, environ, expected):
    """The order is: option, GRADCHECK_LANG, the locale, init's choice, English."""
    assert choose_language(option, at_init, environ) == expected


def test_environment_of_the_process_is_used_by_default(monkeypatch):
    """Without `environ`, os.environ decides."""
    for name in LOCALE_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(i18n, "_windows_language", lambda: None)
    assert choose_language() == "en"
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert choose_language() == "ko"


def test_windows_language_comes_after_the_locale_and_before_init(monkeypatch):
    """On Windows the locale variables are mostly not set."""
    for name in LOCALE_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(i18n, "_windows_language", lambda: "ko_KR")
    assert choose_language(None, "en") == "ko"
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert choose_language(None, "ko") == "en"


def test_languages_are_those_with_a_catalogue(tmp_path, monkeypatch):
    """English comes first; a .po or a .mo makes a language."""
    assert languages() == ["en", "ko"]
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    assert languages() == ["en"]
    for name in ("de/LC_MESSAGES/gradcheck_kit.mo", "ja/LC_MESSAGES/gradcheck_kit.po"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert languages() == ["en", "de", "ja"]


# Speaking


def test_activate_returns_the_language_before(compiled):
    """So that a caller can go back to it."""
    start = active_language()
    try:
        activate("en")
        assert activate("ko") == "en"
        assert active_language() == "ko"
        assert _("not started") == "시작 전"
        assert activate("en") == "ko"
        assert _("not started") == "not started"
    finally:
        activate(start)


def test_spoken_restores_the_language(compiled):
    """Also inside another one, and after an exception."""
    start = active_language()
    with spoken("ko"):
        with spoken("en"):
            assert _("hint") == "hint"
        assert _("hint") == "힌트"
        with pytest.raises(ZeroDivisionError), spoken("en"):
            raise ZeroDivisionError
        assert active_language() == "ko"
    assert active_language() == start


def test_language_without_catalogue_speaks_english(compiled):
    """A missing .mo is no reason to stop."""
    with spoken("xx"):
        assert _("hint") == "hint"


def test_placeholders_are_filled_in_both_languages(compiled):
    """A particle follows the value in Korean."""
    message = "cannot be judged until {function} is right"
    with spoken("en"):
        assert _(message, function="loss") == "cannot be judged until loss is right"
    with spoken("ko"):
        assert _(message, function="loss") == "loss가 맞아야 확인할 수 있어요"
        assert _(message, function="train") == "train이 맞아야 확인할 수 있어요"


def test_values_are_not_formatted_again(compiled):
    """Braces in a learner's text are text."""
    for language in ("en", "ko"):
        with spoken(language):
            assert "{x:d} {" in _("it raises {error}", error="KeyError: {x:d} {")


def test_other_format_specs_work_as_ever():
    """Only a spec in Hangul is a particle."""
    assert i18n._formatter.format("{a:.2f} {b:>3} {c:을}", a=1, b="x", c="w2") == "1.00   x w2를"


def test_text_without_translation_stays(compiled):
    """Neither an unknown text nor an empty one becomes the header of the catalogue."""
    with spoken("ko"):
        assert translate_text("no such text") == "no such text"
        assert translate_text("") == ""


# Particles

PARTICLES = """
w1을 w2를 w3을 z1이 z2가 a1은 x는 X가 L을 n이 y가 h는 k를 d가 m은 r로 l로 n으로 x로
y_pred를 Y_pred가 y_true는 grad_w1이 grad_w2가 grad_W1을 new_w가 dy_dx를 df_dx는 df_dy가
chain_rule을 chain_rule로 sigmoid가 sigmoid_prime을 sigmoid_prime으로 forward를 backward가
loss가 losses는 update를 train이 train으로 lr을 lr로 steps를 step이
0.598688이 1e-07이 1e-07로 -0.6이 0.25가 0.25로 10을 10으로 3이에요 2예요 0.5예요 7이어야 4여야
100으로 1로 8로 6으로 9로 nan이 inf가 None이 True가 float64로 float32가 int64를 x²이 x²으로
f(x)가 f(z1)이 losses[2]가 losses[1]이 losses[10]으로 (2,·3)이어야 (4,)여야 "w1"이
grad_W2[1,·0]이 grad_W2[0,·2]가 grad_W1[1,·1]로 sigmoid()를 w1,·w2가 forward,·train을
network.py를 exercises/network.py는 warmup.py로 results.json을 build/out은 README.md가
기울기를 손실을 손실로 가중치가 편미분이 숫자·하나여야 튜플이어야 배열로 모양으로 값이라 행과
열과 σ를 W2.T가 model을 data를 batch를 list가 tuple을 dict를 str을 class가 function을 numpy와
table이나 table로 number나 값이든 w2든 w2라 w1이라
"""


def _case(text):
    """Split a word of the table from its particle; "·" stands for a space."""
    forms = sorted(i18n._EITHER, key=len, reverse=True)
    form = next(form for form in forms if text.endswith(form))
    return text.removesuffix(form).replace("·", " "), form


CASES = [_case(text) for text in PARTICLES.split()]


@pytest.mark.parametrize(("word", "form"), CASES)
def test_particle_fits_the_last_sound(word, form):
    """Whichever form of the pair is asked for, the one that fits comes."""
    for asked in i18n._EITHER[form]:
        assert particle(word, asked) == form


def test_table_of_particles_is_long():
    """It has at least 60 words and every pair."""
    assert len({word for word, _form in CASES}) >= 60
    assert {form for _word, form in CASES} == set(i18n._EITHER)


def test_unknown_particle_is_refused():
    """A slip in a catalogue shows at once."""
    with pytest.raises(KeyError):
        particle("w1", "에서요")


@pytest.mark.parametrize("text", ["", "()", "...", '"'])
def test_text_without_sound_gets_the_form_after_a_vowel(text):
    """There has to be some answer."""
    assert final_sound(text) == ""
    assert particle(text, "을") == "를"


@given(st.integers(ord("가"), ord("힣")).map(chr))
def test_sound_of_a_syllable_is_its_last_letter(syllable):
    """The decomposition of Unicode is the witness."""
    letters = unicodedata.normalize("NFD", syllable)
    expected = "" if len(letters) == 2 else "ㄹ" if letters[2] == "\u11af" else "x"
    assert final_sound(syllable) == expected
    assert final_sound(f"{syllable})") == expected


@given(st.text(), st.sampled_from(sorted(i18n._EITHER)))
def test_every_text_gets_one_form_of_the_pair(text, form):
    """Learners' names and error texts may be anything."""
    assert particle(text, form) in i18n._EITHER[form]


# Symbols


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("✓ ∂L/∂w1 → σ'(z1)", "utf-8", "✓ ∂L/∂w1 → σ'(z1)"),
        ("✓ ∂L/∂w1 → σ'(z1)", None, "✓ ∂L/∂w1 → σ'(z1)"),
        ("✓ ∂L/∂w1 → σ'(z1)", "ascii", "o dL/dw1 -> sigma'(z1)"),
        ("½(y − 1)² · η ≤ 3", "ascii", "1/2(y - 1)^2 * eta <= 3"),
        ("기울기", "ascii", "???"),
        ("✗ 기울기가 틀렸어요", "cp949", "x 기울기가 틀렸어요"),
        ("✓ ∂L/∂w1 σ η ½ ² · ○", "cp949", "o ∂L/∂w1 σ η ½ ² · ○"),
        ("Xᵀ", "cp949", "X^T"),
        ("✗ σ² – it’s…", "cp1252", "x sigma² – it’s…"),
        ("✓ σ 기", "no-such-encoding", "o sigma ?"),
        ("plain", "no-such-encoding", "plain"),
        ("plain", "ascii", "plain"),
        ("", "ascii", ""),
        ("\ud800", "utf-8", "?"),
    ],
)
def test_symbols_that_an_encoding_lacks_are_replaced(text, encoding, expected):
    """What can be shown stays; the rest gets a plain stand-in."""
    assert printable(text, encoding) == expected


@given(
    st.text(st.characters()) | st.text(st.sampled_from(sorted(i18n._FALLBACKS))),
    st.sampled_from(["ascii", "cp949", "cp1252", "cp437", "latin-1", "utf-8"]),
)
def test_printable_text_can_be_encoded(text, encoding):
    """Printing a message never fails, and text that was fine is not touched."""
    shown = printable(text, encoding)
    encoded = shown.encode(encoding)
    assert printable(shown, encoding) == shown
    try:
        fine = text.encode(encoding) == encoded
    except UnicodeEncodeError:
        assert shown != text
    else:
        assert fine


@given(st.text())
def test_unknown_encoding_gets_ascii(text):
    """Ascii is the one thing that every terminal shows."""
    assert printable(text, "no-such-encoding").isascii()


def test_every_fallback_is_ascii():
    """Otherwise the stand-in itself might be missing."""
    assert all(symbol.isascii() for symbol in i18n._FALLBACKS.values())


# Columns

NFD = unicodedata.normalize("NFD", "기울기가 틀렸어요")
WORDS = st.text(st.sampled_from("abz019_(),가힣울✓σ한"), min_size=1, max_size=12)
TEXTS = st.lists(WORDS, max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("w1", 2),
        ("기울기", 6),
        ("grad_w1의 기울기", 16),
        ("✓ ∂L/∂w1", 8),
        ("σ'(z1)·½", 8),
        ("e\u0301", 1),
        (NFD, 17),
        (unicodedata.normalize("NFC", NFD), 17),
        ("日本", 4),
    ],
)
def test_width_counts_columns(text, width):
    """Hangul takes two, composed or not; marks take none."""
    assert display_width(text) == width


def test_pad_fills_up_to_a_column():
    """Columns line up whatever the letters are."""
    assert pad("w1", 6) == "w1    "
    assert pad("값", 6) == "값    "
    assert pad("기울기", 4) == "기울기"
    assert display_width(pad(NFD, 20)) == 20


def test_shortened_text_ends_in_dots():
    """A text that fits stays whole."""
    assert shorten("기울기가 틀렸어요", 17) == "기울기가 틀렸어요"
    assert shorten("기울기가 틀렸어요", 16) == "기울기가 틀렸..."
    assert shorten("기울기가 틀렸어요", 12) == "기울기가..."
    assert shorten("a b", 2) == "..."


def test_decomposed_syllable_is_not_cut_in_two():
    """A syllable stays or goes as a whole."""
    for width in range(3, 18):
        cut = unicodedata.normalize("NFC", shorten(NFD, width))
        assert cut == shorten(unicodedata.normalize("NFC", NFD), width)


@given(TEXTS, st.integers(3, 40))
def test_shortened_text_fits(text, width):
    """And it begins like the whole text."""
    short = shorten(text, width)
    assert display_width(short) <= width
    assert short == text or text.startswith(short.removesuffix("..."))


def test_wrap_breaks_between_words():
    """Hangul counts double; a word wider than the line stays whole."""
    assert wrap("기울기가 틀렸어요", 16) == ["기울기가", "틀렸어요"]
    assert wrap("기울기가 틀렸어요", 17) == ["기울기가 틀렸어요"]
    assert wrap(NFD, 16) == NFD.split(" ")
    assert wrap("a exercises/network.py b", 8) == ["a", "exercises/network.py", "b"]
    assert wrap("", 8) == [""]


@given(TEXTS, st.integers(1, 40))
def test_wrap_loses_no_words(text, width):
    """The lines joined are the text, and only a single word may be too wide."""
    lines = wrap(text, width)
    assert " ".join(lines) == text
    assert all(display_width(line) <= width or " " not in line for line in lines)


def test_labelled_rows_line_up():
    """Texts stand in one column, also their further lines."""
    rows = [("호출", "f(x)"), ("나온 값", "가나 다라"), ("at", "one\ntwo")]
    assert labelled(rows, width=17) == [
        "  호출     f(x)",
        "  나온 값  가나",
        "           다라",
        "  at       one",
        "           two",
    ]
    assert labelled([]) == []


def test_shortening_takes_no_time_of_its_own(monkeypatch):
    """A word without end was measured again for each of its letters: minutes of a grading."""
    measured = []
    monkeypatch.setattr(
        "gradcheck_kit.display.display_width", lambda text: measured.append(len(text)) or len(text)
    )
    assert shorten("가" * 100_000, 60).endswith("...")
    assert sum(measured) < 1_000_000
