"""The READMEs show what really happens."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[1]
READMES = {"en": ROOT / "README.md", "ko": ROOT / "README.ko.md"}


@pytest.fixture
def learners_folder(tmp_path):
    """Exercises in which one derivative is taken at a1 instead of z1, as the READMEs show."""
    exercises = tmp_path / "exercises"
    shutil.copytree(ROOT / "exercises", exercises, ignore=shutil.ignore_patterns("__pycache__"))
    source = (ROOT / "solutions" / "network.py").read_text(encoding="utf-8")
    wrong = source.replace("dL_dz1 = dL_dz2 * w2 * sigmoid_prime(z1)",
                           "dL_dz1 = dL_dz2 * w2 * sigmoid_prime(a1)")  # fmt: skip
    assert wrong != source
    (exercises / "network.py").write_text(wrong, encoding="utf-8")
    return tmp_path


def compiled(language):
    """Make sure the messages that a run speaks are those of the .po file."""
    if language != "en":
        folder = ROOT / "gradcheck_kit" / "locale" / language / "LC_MESSAGES"
        source = polib.pofile(str(folder / "gradcheck_kit.po"))
        target = folder / "gradcheck_kit.mo"
        if not target.exists() or target.read_bytes() != source.to_binary():
            source.save_as_mofile(str(target))


@pytest.mark.parametrize("language", READMES)
def test_the_failure_shown_is_the_real_one(language, learners_folder):
    compiled(language)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "exercises", "-k", "grad_w1",
         "--color=no", "--gradcheck-lang", language],
        cwd=learners_folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env={"PYTHONIOENCODING": "utf-8", "COLUMNS": "80", "PATH": ""},
    )  # fmt: skip
    text = READMES[language].read_text(encoding="utf-8")
    shown = re.search(r"```text\n(backward: .*?)```", text, re.DOTALL)[1]
    # The README's reader works in .venv; here another Python runs.
    assert shown.replace(".venv/bin/python -c", f"{sys.executable} -c") in run.stdout


@pytest.mark.parametrize("language", READMES)
def test_commands_are_the_same_in_both_languages(language):
    commands = [
        re.findall(r"```(?:sh|bat)\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
        for path in READMES.values()
    ]
    assert commands[0] == commands[1]
    assert any("-e '.[test]'" in command for command in commands[0])


def test_both_setup_commands_are_marked_for_ci():
    text = READMES["en"].read_text(encoding="utf-8")
    for name in ("learner", "tests"):
        match = re.search(rf"<!-- command: {name} -->\n```sh\n(.*)\n```", text)
        assert match is not None
        assert "\n" not in match[1]


def test_links_lead_somewhere():
    for path in READMES.values():
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), target


def test_every_dependency_is_named_with_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for requirement in tomllib.loads(text)["project"]["dependencies"]:
        assert re.search(rf'"{re.escape(requirement)}",\s+# \w+', text), requirement
