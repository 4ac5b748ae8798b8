"""Set-ups for platforms, one file each: ``<name>.py`` defines PACK, and is found by being here."""

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loads the grader, and every command asks for the names
    from gradcheck_kit.grading.pack import Pack


def pack_names() -> list[str]:
    """Return the names of the platforms, without loading them."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__))


def get_pack(name: str) -> "Pack":
    """Return the set-up of that name, which is one of `pack_names`."""
    pack: Pack = import_module(f"{__name__}.{name}").PACK
    return pack
