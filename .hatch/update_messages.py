"""Bring every .po file up to date with the messages in the source: run it after a change.

    python .hatch/update_messages.py

New messages get an empty translation, vanished ones go. Needs babel, jinja2 and
polib (extra `test`).
"""

from pathlib import Path

import polib
from babel.messages.extract import extract_from_file

from gradcheck_kit.grading.stubs import docstrings

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "gradcheck_kit"


def messages() -> dict[str, list[str]]:
    """Return every message with the files it stands in, in the order of the source."""
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "exercises" in path.parts[len(ROOT.parts) :]:
            continue
        keywords = {"_": None, "N_": None}
        for _line, text, _comments, _context in extract_from_file("python", path, keywords):
            found.setdefault(text, []).append(path.relative_to(ROOT).as_posix())
    for path in sorted(PACKAGE.rglob("*.jinja")):
        # Without the option a template that does not parse would have no messages.
        found_in = extract_from_file("jinja2", path, {"_": None}, options={"silent": "false"})
        for _line, text, _comments, _context in found_in:
            found.setdefault(text, []).append(path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "solutions").glob("*.py")):
        for text in docstrings(path.read_text(encoding="utf-8")):
            found.setdefault(text, []).append(path.relative_to(ROOT).as_posix())
    return found


def update(path: Path) -> None:
    """Rewrite one .po file."""
    old = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=96)
    catalogue.metadata = {
        "Project-Id-Version": "gradcheck-kit",
        "Language": path.parts[-3],
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for text, places in messages().items():
        occurrences = [(place, "") for place in dict.fromkeys(places)]
        catalogue.append(
            polib.POEntry(msgid=text, msgstr=old.get(text, ""), occurrences=occurrences)
        )
    catalogue.save(str(path))
    missing = sum(not entry.msgstr for entry in catalogue)
    print(f"{path.relative_to(ROOT)}: {len(catalogue)} messages, {missing} not translated")


if __name__ == "__main__":
    for po in sorted((PACKAGE / "locale").rglob("*.po")) or [
        PACKAGE / "locale" / "ko" / "LC_MESSAGES" / "gradcheck_kit.po"
    ]:
        update(po)
