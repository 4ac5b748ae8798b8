"""Sessions on the workers of a Dask cluster (extra ``dask``).

The same chunks and the same session as on one machine, sent as bytes: nothing has to be shared
but the kit, in the same version, on every worker. Learner code runs in workers of its own there
as well, and what comes back is what the session wrote.
"""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradcheck_kit
from gradcheck_kit.display import python_as_typed
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.chunks import Chunk, Line, Place, Work, line_of
from gradcheck_kit.grading.local import LocalPlace
from gradcheck_kit.grading.submission import IGNORED
from gradcheck_kit.i18n import _

Files = dict[str, bytes]

_POLL_SECONDS = 0.05
_CONNECT_SECONDS = 10


class DaskPlace(Place):
    """Sessions on the workers of a Dask cluster.

    Parameters
    ----------
    work : Work
        What all chunks have in common.
    address : str
        Of the scheduler: ``tcp://host:8786``.
    jobs : int or None
        Sessions at a time; None for one on each thread of each worker.

    Raises
    ------
    GradcheckError
        If ``distributed`` is not installed, nobody answers, or there are no workers.
    """

    def __init__(self, work: Work, address: str, jobs: int | None) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise GradcheckError(
                _("--dask needs distributed: {python} -m pip install 'gradcheck-kit[dask]'",
                  python=python_as_typed())
            ) from None  # fmt: skip
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise GradcheckError(
                _("--dask {address}: {error}", address=address, error=error)
            ) from None
        threads = sum(self._client.ncores().values())
        if not threads:
            self._client.close()
            raise GradcheckError(_("--dask {address}: there are no workers", address=address))
        self._slots = jobs or threads
        self._work = work
        self._exercises = _files_of(work.exercises)
        self._running: list[tuple[Chunk, Any]] = []

    @property
    def slots(self) -> int:
        """How many sessions run at a time."""
        return self._slots

    def start(self, chunk: Chunk) -> None:
        """Start a session for `chunk`."""
        future = self._client.submit(
            run_chunk,
            [_files_of(folder) for folder in chunk.folders],
            self._exercises,
            self._work.settings,
            gradcheck_kit.__version__,
            str(self._work.exercises),
            pure=False,
        )
        self._running.append((chunk, future))

    def poll(self) -> Iterator[Line | Chunk]:
        """Wait a moment; yield what was graded, and every chunk whose session ended."""
        time.sleep(_POLL_SECONDS)
        for running in [entry for entry in self._running if entry[1].done()]:
            self._running.remove(running)
            chunk, future = running
            if future.status == "finished":
                for found in future.result():
                    yield line_of(chunk, found)
            elif isinstance(future.exception(), GradcheckError):
                raise GradcheckError(str(future.exception()))
            yield chunk  # any other failure: what is left is tried again

    def stop(self) -> None:
        """End all sessions."""
        for _chunk, future in self._running:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                future.cancel()
        self._running.clear()
        with contextlib.suppress(Exception):
            self._client.close()


def run_chunk(
    submissions: list[Files], exercises: Files, settings: dict[str, Any], version: str, shown: str
) -> list[dict[str, Any]]:
    """Run one session; the function that workers execute.

    Parameters
    ----------
    submissions : list of dict
        For each submission its files.
    exercises : dict
        The files of the tests.
    settings : dict
        See Work.
    version : str
        Of the kit that asks.
    shown : str
        What the folder of the tests is called where the instructor sits.

    Returns
    -------
    list of dict
        What the session wrote.

    Raises
    ------
    GradcheckError
        If the versions differ, or the tests are at fault.
    """
    if version != gradcheck_kit.__version__:
        raise GradcheckError(
            f"a worker has gradcheck-kit {gradcheck_kit.__version__}, not {version}"
        )
    with tempfile.TemporaryDirectory(prefix="gradcheck-", ignore_cleanup_errors=True) as temporary:
        scratch = Path(temporary)
        folders = []
        for number, files in enumerate(submissions):
            folder = scratch / "class" / str(number)
            _write_files(files, folder)
            folders.append(folder)
        tests = scratch / "exercises"
        _write_files(exercises, tests)
        place = LocalPlace(Work(tests, settings), scratch, 1)
        found: list[dict[str, Any]] = []
        try:
            place.start(Chunk(list(range(len(folders))), folders))
            while True:
                for event in place.poll():
                    if isinstance(event, Chunk):
                        return found
                    found.append(event.found)
        except GradcheckError as error:
            raise GradcheckError(str(error).replace(str(tests), shown)) from None
        finally:
            place.stop()


def _files_of(folder: Path) -> Files:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not IGNORED & set(path.relative_to(folder).parts)
    }


def _write_files(files: Files, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
