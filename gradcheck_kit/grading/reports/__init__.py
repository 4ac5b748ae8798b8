"""Report formats, one file each: ``<name>.py`` defines REPORT, and is found by being here.

A format's name is its file's, with hyphens for underscores.
"""

import pkgutil
from importlib import import_module

from gradcheck_kit.grading.report import Report


def report_names() -> list[str]:
    """Return the names of the formats, without loading them."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__))


def get_report(name: str) -> Report:
    """Return the format of that name, which is one of `report_names`."""
    report: Report = import_module(f"{__name__}.{name.replace('-', '_')}").REPORT
    return report
