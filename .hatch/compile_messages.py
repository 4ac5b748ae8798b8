"""Build hook: compile every gradcheck_kit/locale/*/LC_MESSAGES/*.po into the .mo gettext reads."""

from pathlib import Path
from typing import Any

import polib
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileMessages(BuildHookInterface):
    """Runs for wheels and for editable installs, so both have the current messages."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the .mo beside its .po; hatchling picks it up as an artifact."""
        for source in sorted(Path(self.root, "gradcheck_kit", "locale").rglob("*.po")):
            polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))
