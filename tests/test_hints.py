"""gradcheck-kit hint climbs, gradcheck-kit explain has the mathematics."""

import json
import shutil
from pathlib import Path

import polib
import pytest

from gradcheck_kit import i18n
from gradcheck_kit.cli import main
from gradcheck_kit.diagnosis.catalogue import every_misconception
from gradcheck_kit.hints import SEEN, ratio_text

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("GRADCHECK_LANG", "en")
    before = i18n.active_language()
    yield
    i18n.activate(before)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A learner's exercises, in the current folder."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises", ignore=ignored)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "exercises"


def said(capsys):
    return capsys.readouterr().out


def test_each_time_the_next_hint_comes_and_the_last_one_stays(folder, capsys):
    """A question, the rule, the first step; then no more."""
    seen = []
    for _ in range(4):
        assert main(["hint", "network.backward"]) == 0
        seen.append(said(capsys))
    assert "hint 1 of 3" in seen[0]
    assert "hint 2 of 3" in seen[1]
    assert "hint 3 of 3" in seen[2]
    assert seen[3] == seen[2]
    assert "-m gradcheck_kit hint network.backward\n" in seen[0]
    assert "gradcheck_kit hint" not in seen[2]
    assert main(["hint", "network.backward", "--again"]) == 0
    assert said(capsys) == seen[0]


def test_without_a_function_it_is_the_first_that_is_not_right(folder, capsys):
    """The order of the assignment, past what is right already."""
    main(["hint"])
    assert said(capsys).startswith("warmup.df_dx: ")
    shutil.copy(ROOT / "solutions" / "warmup.py", folder)
    main(["hint"])
    assert said(capsys).startswith("network.sigmoid: ")
    for path in (ROOT / "solutions").glob("*.py"):
        shutil.copy(path, folder)
    assert main(["hint"]) == 0
    assert "everything is right" in said(capsys)


def test_functions_have_their_own_count(folder, capsys):
    """Hints of one function do not use up those of another."""
    main(["hint", "df_dx"])
    main(["hint", "df_dx"])
    main(["hint", "chain_rule"])
    assert json.loads((folder / SEEN).read_text()) == {
        "warmup.df_dx": 2, "warmup.chain_rule": 1,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", '{"warmup.df_dx": "two"}', "\ufffd{"])
def test_a_damaged_count_starts_anew(folder, capsys, text):
    """What was shown is no treasure."""
    (folder / SEEN).write_text(text, encoding="utf-8")
    assert main(["hint", "df_dx"]) == 0
    assert "hint 1 of 3" in said(capsys)


def test_hints_are_in_the_language_asked_for(folder, capsys, tmp_path, monkeypatch):
    """Korean when asked, and when the exercises were made in Korean."""
    for path in i18n.LOCALE_DIR.rglob("*.po"):
        target = tmp_path / "locale" / path.relative_to(i18n.LOCALE_DIR).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        polib.pofile(str(path)).save_as_mofile(str(target))
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path / "locale")
    main(["hint", "network.backward", "--lang", "ko"])
    assert "힌트 1/3" in said(capsys)
    main(["explain", "bw-w1-missing-x", "--lang", "ko"])
    assert "grad_w1에" in said(capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hint", "backward"], "name one of: network.backward, batch.backward"),
        (["hint", "sigmoyd"], "there is no function sigmoyd; there are: warmup.df_dx"),
        (["explain", "bw-w1-missing"], "did you mean bw-w1-missing-"),
        (["explain", "§"], "gradcheck-kit explain lists them all"),
    ],
)
def test_names_that_do_not_exist_get_one_line(folder, capsys, arguments, words):
    """What is wrong, and what to write instead."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert captured.err.count("\n") == 1


def test_a_folder_without_exercises_gets_one_line(tmp_path, monkeypatch, capsys):
    """Nothing is written there."""
    monkeypatch.chdir(tmp_path)
    assert main(["hint", "backward"]) == 2
    assert "--exercises" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_explanation_has_the_mathematics(capsys):
    """What such code computes, what is right, and how they differ."""
    assert main(["explain", "bw-w1-missing-x"]) == 0
    assert said(capsys).splitlines()[:6] == [
        "bw-w1-missing-x (network.backward)",
        "grad_w1 lacks the factor x (= ∂z1/∂w1)",
        "  such code  ∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)",
        "  right      ∂L/∂w1 = (y_pred − y_true)·σ'(z2)·w2·σ'(z1)·x",
        "             ∂L/∂w2 = (y_pred − y_true)·σ'(z2)·a1",
        "  ratio      grad_w1: 1/x",
    ]


def test_every_mistake_can_be_explained(capsys):
    """Each id of the list has its text."""
    assert main(["explain"]) == 0
    listed = said(capsys)
    for _function, entry in every_misconception():
        assert f"  {entry.id} " in listed
        assert main(["explain", entry.id]) == 0
        assert entry.title in said(capsys).replace("\n", " ")


@pytest.mark.parametrize(
    ("links", "text"),
    [
        ({"x": -1}, "1/x"),
        ({"a1": 1, "x": -1}, "a1/x"),
        ({2: 1}, "2"),
        ({"y_pred - y_true": -2, "x": -1}, "1/((y_pred - y_true)^2·x)"),
        ({"CONSTANT": 1}, "c"),
    ],
)
def test_a_ratio_is_written_as_a_fraction(links, text):
    """As a reader would write it."""
    assert ratio_text(links) == text
