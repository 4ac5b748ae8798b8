"""How much learner code may use: time, memory, output."""

from dataclasses import astuple, dataclass
from typing import Any

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What learner code may use.

    Processes and files have no number here: at every level a worker can write no file, and
    where the system lets us it can start no process or thread.

    Parameters
    ----------
    load : float
        Seconds for one import.
    calls : float
        Seconds for all calls of one message.
    submission : float
        Seconds for everything of one submission together.
    memory : int
        Bytes of address space of one worker.
    output : int
        Bytes of text kept of what one import or one call prints.
    """

    load: float = 5.0
    calls: float = 5.0
    submission: float = 30.0
    memory: int = 1024 * MEBIBYTE
    output: int = 1 * MEBIBYTE

    def to_plain(self) -> tuple[Any, ...]:
        """Return the fields as plain values."""
        return astuple(self)
