"""The file results.json: written submission by submission, read again, and merged."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.result_records import LEVELS, Results, parse_results
from gradcheck_kit.grading.safe_text import one_line
from gradcheck_kit.i18n import _

RESULTS = "results.json"
SHOWN = 40
"""So many submissions are kept for whoever shows them; of the rest there are figures."""


@dataclass
class Summary:
    """What remains in memory of results that were written.

    Parameters
    ----------
    shown : list of dict
        The first submissions, whole.
    scores : list of float
        Of all submissions.
    statuses : dict
        How many submissions have each status.
    """

    shown: list[dict[str, Any]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)

    def add(self, submission: dict[str, Any]) -> None:
        """Take note of one submission."""
        if len(self.shown) < SHOWN:
            self.shown.append(submission)
        self.scores.append(submission["score"])
        status = submission["status"]
        self.statuses[status] = self.statuses.get(status, 0) + 1


def prepare_out(out: Path) -> None:
    """Make the folder for results, if it is not there.

    Raises
    ------
    GradcheckError
        If it cannot be made or written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradcheckError(_("--out {path}: {error}", path=out, error=error.strerror)) from None
    if not os.access(out, os.W_OK):
        raise GradcheckError(_("--out {path}: cannot be written to", path=out))


def write_results(
    path: Path, head: Mapping[str, Any], submissions: Iterable[dict[str, Any]]
) -> Summary:
    """Write results.json, so that it is either the old one or the whole new one.

    Parameters
    ----------
    path : Path
        Where.
    head : mapping
        All keys but ``submissions``.
    submissions : iterable of dict
        They are written one by one: a large class never is in memory as a whole.
    """
    summary = Summary()
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(_dumped(head).removesuffix("\n}"))
        stream.write(',\n "submissions": [')
        separator = ""
        for submission in submissions:
            summary.add(submission)
            stream.write(f"{separator}\n  {_dumped(submission).replace(chr(10), chr(10) + '  ')}")
            separator = ","
        stream.write("\n ]\n}\n" if separator else "]\n}\n")
    partial.replace(path)
    return summary


def _dumped(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def read_plain_results(path: Path) -> dict[str, Any]:
    """Return what a results.json holds, or the one in a folder, as it stands there.

    Raises
    ------
    GradcheckError
        If there is none, or it is not one that this version reads.
    """
    return _read(path)[0]


def read_results(path: Path) -> Results:
    """Return what a results.json holds, or the one in a folder, as records.

    Raises
    ------
    GradcheckError
        If there is none, or it is not one that this version reads.
    """
    return _read(path)[1]


def _read(path: Path) -> tuple[dict[str, Any], Results]:
    file = path / RESULTS if path.is_dir() else path
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise GradcheckError(
            _("{path}: cannot be read: {error}", path=file, error=error.strerror)
        ) from None
    except (ValueError, RecursionError):  # of the encoding, too
        raise GradcheckError(_("{path}: this is no results.json: not JSON", path=file)) from None
    try:
        return plain, parse_results(plain)
    except GradcheckError as error:
        raise GradcheckError(f"{file}: {error}") from None


def merge_results(paths: Sequence[Path], out: Path) -> tuple[Summary, str]:
    """Merge the results of all shards of a class into one results.json in `out`.

    Returns
    -------
    tuple
        What was merged, and the level of the sandbox: the lowest of all.

    Raises
    ------
    GradcheckError
        If they do not belong together, or one is missing or incomplete.
    """
    read = [_read(path) for path in paths]
    parts = [plain for plain, _records in read]
    first = parts[0]
    for path, part in zip(paths, parts, strict=True):
        _check_part(path, part, first)
    _check_shards([records.shard for _plain, records in read])
    submissions: dict[str, dict[str, Any]] = {}
    for path, part in zip(paths, parts, strict=True):
        for submission in part["submissions"]:
            if submission["id"] in submissions:
                raise GradcheckError(
                    _(
                        "{path}: {id} is in other results as well",
                        path=path,
                        id=one_line(submission["id"]),
                    )
                )
            submissions[submission["id"]] = submission
    head = {key: value for key, value in first.items() if key not in ("submissions", "shard")}
    head["sandbox"] = min(
        (part["sandbox"] for part in parts), key=lambda found: LEVELS.index(found["level"])
    )
    ordered = (submissions[name] for name in sorted(submissions))
    return write_results(out / RESULTS, head, ordered), head["sandbox"]["level"]


def _check_part(path: Path, part: Mapping[str, Any], first: Mapping[str, Any]) -> None:
    names = {
        "id": _("assignment"), "max_score": _("points"), "seed": _("seed"),
        "kit_version": _("version of the kit"),
    }  # fmt: skip
    for key, name in names.items():
        if part["assignment"].get(key) != first["assignment"].get(key):
            raise GradcheckError(
                _("{path}: not the same {what} as in the first results", path=path, what=name)
            )
    if not part.get("complete", True):
        raise GradcheckError(
            _("{path}: that grading was stopped; finish it with --resume", path=path)
        )


def _check_shards(parts: Sequence[tuple[int, int] | None]) -> None:
    """See that shards are all there, where results say that they are shards."""
    shards = [shard for shard in parts if shard is not None]
    counts = {of for _number, of in shards}
    if not shards:
        return
    if len(shards) != len(parts) or len(counts) != 1:
        raise GradcheckError(_("these results are not shards of one class"))
    missing = sorted(set(range(1, counts.pop() + 1)) - {number for number, _of in shards})
    if missing:
        listed = ", ".join(map(str, missing))
        raise GradcheckError(_("results of shards are missing: {shards}", shards=listed))
