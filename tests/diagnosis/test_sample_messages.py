"""The page of sample messages shows what the kit says today."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "messages.md"


def test_the_page_is_what_the_kit_says():
    """Ten samples in both languages; the script that makes the page finds no difference."""
    run = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "sample_messages.py", "--check"],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert run.stdout + run.stderr == ""
    assert run.returncode == 0
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("\n## ") == 10
    assert text.count("```text\n") == 20
