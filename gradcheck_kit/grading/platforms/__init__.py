"""Learning platforms, one file each: ``<name>.py`` defines PLATFORM, and is found by being here."""

import pkgutil
from importlib import import_module

from gradcheck_kit.grading.platform import Platform


def platforms() -> list[Platform]:
    """Return all platforms, in the order of their names."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return [import_module(f"{__name__}.{name}").PLATFORM for name in names]
