"""Folders of submissions, and the command run in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradcheck_kit.i18n import activate, active_language

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make runs independent of the language of whoever runs the tests."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GRADCHECK_LANG", "en")
    before = active_language()
    activate("en")
    yield
    activate(before)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the solution of a file, with functions replaced, somewhere."""

    def write(path: str, code: str = "", file: str = "network.py") -> Path:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / "solutions" / file).read_text(encoding="utf-8")
        target.write_text(f"{text}\n\n{code}\n", encoding="utf-8")
        return target

    return write
