"""Learner code in this process: prints, tracebacks and pdb work as a learner expects."""

import contextlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck_kit.learner.learner import Learner, ModuleCopy
from gradcheck_kit.learner.results import CallResult, LoadResult, Presence
from gradcheck_kit.learner.runner import Runner
from gradcheck_kit.learner.watchdog import CallTimedOut, Watchdog


class InProcessCopy(ModuleCopy):
    """A module copy in this process, each call under a time limit."""

    def __init__(self, path: Path, watchdog: Watchdog) -> None:
        self.runner = Runner(path)
        self._watchdog = watchdog
        self._loaded: LoadResult | None = None

    def load(self) -> LoadResult:
        """Import it (once; the result is kept)."""
        if self._loaded is None:
            name = self.runner.path.name
            self._loaded = self.runner.load(lambda _arguments: self._watchdog.limit(lambda: name))
        return self._loaded

    def presence(self, function: str, parameters: int) -> Presence:
        """Tell how `function` stands in it."""
        return self.runner.presence(function, parameters)

    def substitute(self, source: str, names: Sequence[str]) -> None:
        """Replace functions by stand-ins."""
        self.runner.substitute(source, names)

    def call_many(self, function: str, points: Sequence[Sequence[Any]]) -> list[CallResult]:
        """Call `function` at each point."""

        def guard(arguments: Sequence[Any]) -> contextlib.AbstractContextManager[None]:
            return self._watchdog.limit(lambda: f"{function}({', '.join(map(repr, arguments))})")

        results: list[CallResult] = []
        kept = self.runner.call_many(function, points, results.append, guard)
        later = self.runner.look_again(results, kept)
        return [
            result if seen is result.value else replace(result, later=seen)
            for result, seen in zip(results, later, strict=True)
        ]

    def own_functions_called(
        self, function: str, arguments: Sequence[Any], names: Sequence[str]
    ) -> list[str]:
        """Return which own functions run."""
        try:
            with self._watchdog.limit(lambda: function):
                return self.runner.own_functions_called(function, arguments, names)
        except CallTimedOut:
            return list(names)


class InProcessLearner(Learner):
    """The files of a learner, run here.

    Parameters
    ----------
    label, folder : str, Path
        See Learner.
    watchdog : Watchdog
        Limits each call.
    file : Path or None
        The only file to look at when a single file was handed in.
    """

    def __init__(
        self, label: str, folder: Path, watchdog: Watchdog, file: Path | None = None
    ) -> None:
        super().__init__(label, folder)
        self._watchdog = watchdog
        self._file = file

    def copy(self, file: str, expected: Mapping[str, int] | None = None) -> InProcessCopy:
        """Return a fresh copy of the module in `file`."""
        path = self._file if self._file is not None and self._file.name == file else None
        if path is None:
            path = self.folder / file if self._file is None else self.folder / "no file" / file
        return InProcessCopy(path, self._watchdog)

    def replay(self, file: str, function: str, arguments: Sequence[Any]) -> None:
        """Call once in a fresh copy, with output, breakpoints and pdb live."""
        copy = self.copy(file)
        if copy.load().status != "loaded":
            return
        prepared = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
        with copy.runner.active(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(Exception, SystemExit):
                copy.runner.function(function)(*prepared)
