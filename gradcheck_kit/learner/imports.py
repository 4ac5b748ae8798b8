"""What learner code in workers may import of a course, and what it must not."""

from dataclasses import astuple, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Imports:
    """What a course says of the packages that are installed.

    Parameters
    ----------
    packages : tuple of str
        Names of packages that learner code may import in the strict sandbox, beside numpy and
        what else is there for everybody.
    hidden : tuple of str
        Folders and files that hold references. Nothing in them can be imported, at any level;
        the strict sandbox does not even let them be read.
    """

    packages: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def to_plain(self) -> tuple[Any, ...]:
        """Return the fields as plain values."""
        return astuple(self)
