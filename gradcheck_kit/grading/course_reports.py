"""Report formats that courses register: what their writers are given, and what they return."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from gradcheck_kit.courses.registry import ReportWriter
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Results
from gradcheck_kit.grading.results_file import RESULTS, read_plain_results


def files_of(
    name: str, writer: ReportWriter, results: Mapping[str, Any]
) -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of a registered format: pairs of a path and what to write there.

    Parameters
    ----------
    name : str
        Of the format.
    writer : callable
        What the hook ``pytest_gradcheck_report_writers`` returned for it.
    results : mapping
        What results.json holds. The writer gets a copy without the seed, which no report may
        show.

    Raises
    ------
    GradcheckError
        If the writer fails, or returns something else than files below one folder. Nothing
        has been yielded by then.
    """
    given = copy.deepcopy(dict(results))
    given.get("assignment", {}).pop("seed", None)
    try:
        files = writer(given)
    except Exception as error:
        text = f"{type(error).__name__}: {error}".replace("\n", " ")
        raise GradcheckError(f"the report format {name} failed: {text}") from error
    if not isinstance(files, Mapping):
        raise GradcheckError(
            f"the report format {name} must return a mapping from file names to texts or bytes, "
            f"not {files!r:.60}"
        )
    for path, content in files.items():
        if not _is_below(path):
            raise GradcheckError(
                f"the report format {name} names a file {path!r:.60}: give a relative path with "
                f"slashes, below its folder, and not {RESULTS}"
            )
        if not isinstance(content, str | bytes):
            raise GradcheckError(
                f"the report format {name}: {path} must be text or bytes, not {content!r:.60}"
            )
    yield from files.items()


def report_of(name: str, writer: ReportWriter, path: Path) -> Report:
    """Return a registered format as one of the kit's own: its files go into a folder.

    Parameters
    ----------
    name : str
        Of the format.
    writer : callable
        As for `files_of`.
    path : Path
        results.json, or its folder.
    """

    def write(results: Results, wish: Wish) -> Files:
        return files_of(name, writer, read_plain_results(path))

    return Report(description=name, write=write)


def _is_below(path: object) -> bool:
    if not isinstance(path, str) or not path or "\\" in path or ":" in path or "\0" in path:
        return False
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and path != RESULTS
