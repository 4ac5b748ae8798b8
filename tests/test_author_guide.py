"""The walk of docs/authors.md, done as a newcomer does it: every block, in order.

.ci/run does it a second time, in an environment that holds the wheel and nothing else of the
project.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gradcheck_kit.i18n import LOCALE_DIR

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "authors.md"
BLOCK = re.compile(r"(?:<!-- ([^>]*) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
KOREAN = LOCALE_DIR / "ko" / "LC_MESSAGES" / "gradcheck_kit.mo"


def blocks():
    """Yield what the guide says to do: a directive, the language, the text."""
    yield from BLOCK.findall(GUIDE.read_text(encoding="utf-8"))


def run(line, folder):
    """Run a command of the guide with this Python."""
    program, *arguments = shlex.split(line)
    module = {"pytest": "pytest", "gradcheck-kit": "gradcheck_kit"}[program]
    environment = {name: value for name, value in os.environ.items() if name != "LANG"}
    environment |= {"PYTHONIOENCODING": "utf-8", "COLUMNS": "80", "GRADCHECK_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", env=environment,
    )  # fmt: skip


def test_the_walk(tmp_path):
    """Files are written, commands run, and they print what the guide shows."""
    if not KOREAN.exists():  # in a source tree that was never built
        import polib

        polib.pofile(str(KOREAN.with_suffix(".po"))).save_as_mofile(str(KOREAN))
    output, ran = "", 0
    for directive, language, text in blocks():
        action, _, what = directive.partition(":")
        if action in ("file", "append"):
            path = tmp_path / what.strip()
            path.parent.mkdir(parents=True, exist_ok=True)
            assert path.exists() == (action == "append")
            with path.open("a", encoding="utf-8") as stream:
                stream.write(("\n\n" if action == "append" else "") + text)
        elif action == "run":
            for line in text.splitlines():
                done = run(line, tmp_path)
                output = done.stdout + done.stderr
                assert done.returncode == int(what or 0), f"{line}\n{output}"
                ran += 1
        elif language == "text":
            shown = iter(output.splitlines())
            for line in text.splitlines():
                found = any(line.strip() in other for other in shown)
                assert found, f"not printed, or not in this order: {line!r}\n{output}"
    assert ran == 10


@pytest.mark.parametrize(("directive", "language", "text"), list(blocks()))
def test_every_block_is_used(directive, language, text):
    """Blocks that are not executed are the ones that install and package."""
    if not directive and language != "text":
        assert text.startswith(("pip install", "[project.entry-points"))
