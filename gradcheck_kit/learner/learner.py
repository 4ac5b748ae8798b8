"""What checks need of a learner's code, wherever it runs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradcheck_kit.errors import GradcheckError, GradcheckFailure
from gradcheck_kit.learner.results import CallResult, LoadResult, Presence

_LOAD_OUTCOMES = ("missing", "raised", "timed_out", "crashed")


class ModuleCopy(ABC):
    """One fresh copy of one of the learner's modules."""

    @abstractmethod
    def load(self) -> LoadResult:
        """Import it (once; the result is kept)."""

    @abstractmethod
    def presence(self, function: str, parameters: int) -> Presence:
        """Tell how `function`, called with so many arguments, stands in it."""

    @abstractmethod
    def substitute(self, source: str, names: Sequence[str]) -> None:
        """Replace functions by the stand-ins that `source` defines."""

    @abstractmethod
    def call_many(self, function: str, points: Sequence[Sequence[Any]]) -> list[CallResult]:
        """Call `function` at each point, in order; shorter than `points` if it hung."""

    @abstractmethod
    def own_functions_called(
        self, function: str, arguments: Sequence[Any], names: Sequence[str]
    ) -> list[str]:
        """Return which of the module's functions `names` run when `function` is called."""

    def close(self) -> None:  # noqa: B027  in-process there is nothing to end
        """End it."""


class Learner(ABC):
    """A submission: the files of one learner.

    Parameters
    ----------
    label : str
        How it is called in messages; a path as the learner would type it, or an id.
    folder : Path
        Where its files are.
    """

    is_isolated = False

    def __init__(self, label: str, folder: Path) -> None:
        self.label = label
        self.folder = folder
        self.workers_lost = 0
        """How many workers hung or crashed until now; always 0 in-process."""
        self._called: dict[str, ModuleCopy] = {}

    @abstractmethod
    def copy(self, file: str, expected: Mapping[str, int] | None = None) -> ModuleCopy:
        """Return a fresh copy of the module in `file`.

        Parameters
        ----------
        file : str
            In the learner's folder.
        expected : mapping or None
            Functions whose presence will be asked for, and how many arguments each takes: a
            worker tells of them all at once.
        """

    def share_time(self, functions: int) -> None:  # noqa: B027
        """Give the next of so many functions its share of the time that is left."""

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a learner's function once, for tests of an author's own.

        Parameters
        ----------
        function : str
            ``network.forward``: the file's name without its suffix, and the function's.
        *arguments
            Numbers, arrays, text, and tuples or lists of them.

        Returns
        -------
        object
            What it returned, as plain values (see `gradcheck_kit.learner.values.snapshot`).

        Raises
        ------
        GradcheckFailure
            If it is missing, raises or does not end.
        """
        __tracebackhide__ = True
        module, _, name = function.rpartition(".")
        if not module:
            raise GradcheckError(f"learner.call({function!r}): write the file's name too, "
                                 f"as in 'network.{function}'")  # fmt: skip
        file = f"{module}.py"
        if file not in self._called:
            self._called[file] = self.copy(file)
        copy = self._called[file]
        loaded = copy.load()
        if loaded.status != "loaded":
            outcome = loaded.status if loaded.status in _LOAD_OUTCOMES else "invalid"
            raise GradcheckFailure(f"{file}: {loaded.status}", outcome=outcome, file=file)
        if copy.presence(name, len(arguments)).status == "missing":
            raise GradcheckFailure(f"{file} has no {name}", outcome="missing", file=file)
        result = copy.call_many(name, [arguments])[0]
        if result.status != "returned":
            trouble = result.trouble
            text = f"{trouble.kind}: {trouble.text}" if trouble else result.status
            outcome = result.status
            if trouble and trouble.kind == "NotImplementedError" and trouble.own_frame:
                outcome = "not_started"
            raise GradcheckFailure(f"{name}{arguments}: {text}", outcome=outcome, file=file)
        return result.value

    def replay(self, file: str, function: str, arguments: Sequence[Any]) -> None:  # noqa: B027
        """Call once with output and debugger live, where somebody can watch."""

    def close(self) -> None:  # noqa: B027
        """End everything that runs for this learner."""
