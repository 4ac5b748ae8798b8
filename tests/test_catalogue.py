"""The translations say what the source says, and the Korean stubs are the English ones."""

import ast
import importlib.util
import re
import string
from pathlib import Path

import polib
import pytest

from gradcheck_kit import i18n
from gradcheck_kit.display import display_width
from gradcheck_kit.grading.stubs import docstrings, translate_stub
from gradcheck_kit.i18n import printable, spoken

ROOT = Path(__file__).resolve().parents[1]
LOCALE_DIR = ROOT / "gradcheck_kit" / "locale"
CATALOGUES = sorted(LOCALE_DIR.rglob("*.po"))
STUBS = sorted(p for p in (ROOT / "exercises").glob("*.py") if not p.name.startswith("test_"))
LANGUAGES = [path.parts[-3] for path in CATALOGUES]
MAX_WIDTH = 92  # of a line in a stub, where docstrings of functions stand 4 columns in
SAMPLES = ("w1", "w2", "grad_W2[1, 0]", "0.598688", "1e-07", "exercises/network.py", "기울기", "")


_TOOL = ROOT / ".hatch" / "update_messages.py"
_HEADING = re.compile(r"^(Parameters|Returns)\n-+$", re.MULTILINE)
_PARTICLE = "은|는|이|가|을|를|과|와|으로|로|이에요|예요|이어야|여야|이라|라|이나|나|이든|든"
_PAIR = re.compile(
    r"[은을이과와는를가]\([은을이과와는를가]\)|\((?:으|이)\)|[은을이과]/[는를가와]|[는를가와]/[은을이과]"
)
_BARE_PARTICLE = re.compile(rf"\}}(?:{_PARTICLE})(?![가-힣])")
_FORMAL = re.compile("니다(?![가-힣])|십시오")


def _load_tool():
    spec = importlib.util.spec_from_file_location("update_messages", _TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def source_messages():
    return _load_tool().messages()


@pytest.fixture
def compiled(tmp_path, monkeypatch):
    """Point the kit at translations compiled from the .po files as they are now."""
    for path in CATALOGUES:
        target = tmp_path / path.relative_to(LOCALE_DIR).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        polib.pofile(str(path)).save_as_mofile(str(target))
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)


# What can be wrong with an entry


def placeholders(text):
    """Return (name, spec) of every placeholder."""
    parsed = string.Formatter().parse(text)
    return [(name, spec) for _text, name, spec, _conversion in parsed if name is not None]


def is_docstring(msgid):
    return "\n" in msgid


def complaints(msgid, msgstr, *, fuzzy=False):
    """Return what is wrong with a translation, in words."""
    if fuzzy or not msgstr.strip():
        return ["not translated"]
    found = _encoding_complaints(msgstr) + _wording_complaints(msgstr)
    if is_docstring(msgid):
        return found + _docstring_complaints(msgid, msgstr)
    return found + _placeholder_complaints(msgid, msgstr)


def _encoding_complaints(msgstr):
    shown = printable(msgstr, "cp949")
    try:
        shown.encode("cp949")
    except UnicodeEncodeError:
        return ["not for cp949"]
    return ["a symbol without fallback"] if shown.count("?") > msgstr.count("?") else []


def _wording_complaints(msgstr):
    found = []
    if _PAIR.search(msgstr):
        found.append("a pair of particles")
    if _BARE_PARTICLE.search(msgstr):
        found.append("a particle that does not follow the value")
    if _FORMAL.search(msgstr):
        found.append("another style of speech")
    return found


def _placeholder_complaints(msgid, msgstr):
    names = {name for name, _spec in placeholders(msgid)}
    if names != {name for name, _spec in placeholders(msgstr)}:
        return ["other placeholders"]
    specs = [spec for _name, spec in placeholders(msgstr) if spec and "가" <= spec[0] <= "힣"]
    if any(spec not in i18n._EITHER for spec in specs):
        return ["an unknown particle"]
    for sample in SAMPLES:
        i18n._formatter.vformat(msgstr, (), dict.fromkeys(names, sample))
    return []


def _docstring_complaints(msgid, msgstr):
    found = []
    if _HEADING.findall(msgid) != _HEADING.findall(msgstr):
        found.append("other headings")
    prose, sections = _split(msgid)
    own_prose, own_sections = _split(msgstr)
    if _at_margin(sections) != _at_margin(own_sections):
        found.append("other names or types")
    if _indented(prose) != _indented(own_prose):
        found.append("other formulas")
    if any(display_width(line) > MAX_WIDTH - 4 for line in own_sections):
        found.append("a line too wide")
    return found


def _split(text):
    match = _HEADING.search(text)
    at = match.start() if match else len(text)
    return text[:at].split("\n"), text[at:].split("\n")


def _at_margin(lines):
    return [line for line in lines if line and not line.startswith(" ")]


def _indented(lines):
    return [line for line in lines if line.startswith(" ")]


# The catalogues


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_catalogue_has_exactly_the_messages_of_the_source(path, source_messages):
    """No message is missing and none is left over."""
    keys = [entry.msgid for entry in polib.pofile(str(path)) if not entry.obsolete]
    assert sorted(keys) == sorted(source_messages)


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_translations_have_no_complaints(path):
    """Every entry passes every check below."""
    entries = list(polib.pofile(str(path)))
    found = {e.msgid: complaints(e.msgid, e.msgstr, fuzzy=e.fuzzy) for e in entries}
    assert {msgid: texts for msgid, texts in found.items() if texts} == {}
    assert len(entries) > 100


def test_korean_is_among_the_languages():
    """The checks above did look at something."""
    assert "ko" in LANGUAGES


@pytest.mark.parametrize(
    ("msgid", "msgstr", "complaint"),
    [
        ("next", "", "not translated"),
        ("next", " ", "not translated"),
        ("{function} is right", "맞아요", "other placeholders"),
        ("{function} is right", "{functions:은} 맞아요", "other placeholders"),
        ("{function} is right", "{function:는요} 맞아요", "an unknown particle"),
        ("{function} is right", "{function}을(를) 고치세요", "a pair of particles"),
        ("{function} is right", "{function}를(을) 고치세요", "a pair of particles"),
        ("{function} is right", "{function}을/를 고치세요", "a pair of particles"),
        ("{file} is used", "{file}(으)로 하세요", "a pair of particles"),
        ("{function} is right", "{function}은 맞아요", "a particle that does not follow the value"),
        ("a number", "숫자입니다", "another style of speech"),
        ("a number", "숫자 🙂", "a symbol without fallback"),
        ("One.\n\nReturns\n-------\nfloat\n    It.", "하나.\n\n반환값\n-----", "other headings"),
        (
            "One.\n\nReturns\n-------\nfloat\n    It.",
            "하나.\n\nReturns\n-------\n실수\n    값.",
            "other names or types",
        ),
        ("One.\n\n    L <- w2", "하나.\n\n    L <- w1", "other formulas"),
        (
            "One.\n\nReturns\n-------\nfloat\n    It.",
            f"하나.\n\nReturns\n-------\nfloat\n    {'값' * 43}",
            "a line too wide",
        ),
    ],
)
def test_complaint_about_a_planted_translation(msgid, msgstr, complaint):
    """Each check finds the mistake that it is there for."""
    assert complaint in complaints(msgid, msgstr)


@pytest.mark.parametrize(
    ("msgid", "msgstr"),
    [
        ("{function} is right", "{function:은} 맞아요"),
        ("{place}, in {function}", "{place}, {function} 안"),
        ("do → {name}?", "{name:을} → 하세요?"),
        ("One.\n\nReturns\n-------\nfloat\n    It.", "하나.\n\nReturns\n-------\nfloat\n    값."),
    ],
)
def test_no_complaint_about_a_good_translation(msgid, msgstr):
    """Right translations pass."""
    assert complaints(msgid, msgstr) == []


def test_fuzzy_translation_is_none():
    """A fuzzy entry counts as not translated, as gettext takes it."""
    assert complaints("next", "다음", fuzzy=True) == ["not translated"]


# Extraction


def calls_of_underscore(source):
    """Return the text of every ``_("...")`` in source code, wherever it stands."""
    return [
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]


def test_every_message_of_the_package_is_extracted(source_messages):
    """The tool finds every call of the translating function, also in odd places."""
    paths = sorted((ROOT / "gradcheck_kit").rglob("*.py"))
    calls = [text for path in paths for text in calls_of_underscore(path.read_text("utf-8"))]
    assert len(calls) > 100
    assert [text for text in calls if text not in source_messages] == []


def test_every_message_of_the_templates_is_extracted(source_messages):
    """Pages speak every language, too."""
    paths = sorted((ROOT / "gradcheck_kit").rglob("*.jinja"))
    texts = [t for path in paths for t in re.findall(r'\b_\("(.*?)"', path.read_text("utf-8"))]
    assert len(texts) > 20
    assert [text for text in texts if text not in source_messages] == []


def test_calls_are_found_inside_other_expressions():
    """The search that the tool is compared with looks inside f-strings too."""
    assert calls_of_underscore("""x = f"{_('a')}: {g(_('b', n=1))}"; y = _(z)""") == ["a", "b"]


def test_every_docstring_of_the_stubs_is_extracted(source_messages):
    """Stubs look up what was extracted from the solutions."""
    for path in STUBS:
        texts = docstrings(path.read_text("utf-8"))
        assert texts, path
        assert [text for text in texts if text not in source_messages] == [], path


# Translated stubs


def without_docstrings(source):
    """Return the syntax tree as text, every docstring replaced by an empty one."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        holds = isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        if holds and ast.get_docstring(node) is not None:
            node.body[0].value.value = ""
    return ast.dump(tree)


def untranslated(english, translated):
    """Return the docstrings that stand in both, or lack Hangul where there should be some."""
    before = docstrings(english)
    after = docstrings(translated)
    assert len(before) == len(after)
    pairs = zip(before, after, strict=True)
    return [old for old, new in pairs if old == new or not re.search("[가-힣]", new)]


def test_there_are_three_stubs():
    """The checks below do look at something."""
    assert [path.name for path in STUBS] == ["batch.py", "network.py", "warmup.py"]


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.name)
def test_korean_stub_differs_in_docstrings_only(path, compiled):
    """Code stays, every docstring is Korean, and lines fit."""
    english = path.read_text("utf-8")
    with spoken("ko"):
        korean = translate_stub(english)
    assert without_docstrings(korean) == without_docstrings(english)
    assert untranslated(english, korean) == []
    assert [line for line in korean.split("\n") if display_width(line) > MAX_WIDTH] == []
    assert [line for line in korean.split("\n") if line != line.rstrip()] == []


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.name)
def test_english_stub_stays_as_it_is(path, compiled):
    """Without a translation nothing changes."""
    english = path.read_text("utf-8")
    with spoken("en"):
        assert translate_stub(english) == english


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.name)
def test_todo_lines_are_korean(path, compiled):
    """The line that says what to do is in Korean too."""
    with spoken("ko"):
        korean = translate_stub(path.read_text("utf-8"))
    todo = [line for line in korean.split("\n") if "# TODO" in line]
    assert todo
    assert [line for line in todo if not re.search("[가-힣]", line)] == []


def test_changed_code_is_noticed():
    """The comparison of stubs sees changes of code, and only those."""
    stub = 'def f(x):\n    """Do."""\n    raise NotImplementedError\n'
    assert without_docstrings(stub) == without_docstrings(stub.replace("Do.", "해요."))
    assert without_docstrings(stub) != without_docstrings(stub.replace("f(x)", "f(y)"))
    assert without_docstrings(stub) != without_docstrings(stub.replace('    """Do."""\n', ""))


def test_docstring_left_in_english_is_noticed():
    """A docstring without translation is found."""
    stub = '"""One."""\n\n\ndef f(x):\n    """Two."""\n'
    assert untranslated(stub, stub.replace("One.", "하나.")) == ["Two."]
    assert untranslated(stub, stub.replace("One.", "하나.").replace("Two.", "둘.")) == []
