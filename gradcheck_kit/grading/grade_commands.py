"""``gradcheck-kit grade`` and ``merge``."""

import argparse
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcheck_kit.display import display_width, pad, shorten
from gradcheck_kit.grading.option_types import positive, seconds, shard
from gradcheck_kit.grading.report_commands import add_grade_options, jobs_of_grade, write_jobs
from gradcheck_kit.grading.safe_text import visible
from gradcheck_kit.i18n import _

if TYPE_CHECKING:
    from gradcheck_kit.grading.grade import Graded

Say = Callable[..., None]
"""Prints a line; ``file`` is standard output by default."""


def add_grade_command(commands: Any, language: argparse.ArgumentParser, say: Say) -> None:
    """Add the command `grade`."""
    grade = commands.add_parser(
        "grade",
        parents=[language],
        help=_("grade submissions and write results.json"),
        description=_(
            "Grade submissions: every one in processes of its own, under time limits. "
            "A folder with one of the assignment's files in it is a submission; in any other "
            "folder every subfolder, zip and file like kim_network.py is one. Downloads of "
            "Moodle, Canvas, Gradescope and GitHub Classroom are recognised, unpacked or as one "
            "zip; a notebook counts as the file it is named like."
        ),
        epilog=_(
            "exit status: 0 all were graded, whatever the scores; 1 the grader failed on one (or, "
            "with --strict-intake, one could not be read); 2 wrong usage; 130 stopped: results.json "
            "then holds what was graded, and --resume goes on"
        ),
    )
    grade.add_argument("submissions", type=Path, nargs="+", metavar="SUBMISSIONS",
                       help=_("folders, zips or .py files"))  # fmt: skip
    grade.add_argument("--out", type=Path, required=True, metavar="DIR",
                       help=_("folder for results.json; made when it is not there"))  # fmt: skip
    grade.add_argument("--exercises", type=Path, metavar="DIR",
                       help=_("folder of the tests (default: those that come with the kit)"))  # fmt: skip
    grade.add_argument("--only", action="append", default=[], metavar="PROBLEM",
                       help=_("grade this problem only, e.g. network; may be repeated"))  # fmt: skip
    grade.add_argument("--jobs", type=positive, metavar="N",
                       help=_("submissions graded at a time (default: one for each core)"))  # fmt: skip
    grade.add_argument("--seed", type=int, metavar="N",
                       help=_("seed of the probe points (default: a fresh one, in results.json)"))  # fmt: skip
    grade.add_argument("--resume", action="store_true",
                       help=_("go on with the grading in DIR: keep what its journal has of the same files, tests, seed and version"))  # fmt: skip
    grade.add_argument("--roster", type=Path, metavar="CSV",
                       help=_("columns id and name: gives submissions their names, and lists who handed nothing in"))  # fmt: skip
    grade.add_argument("--strict-intake", action="store_true",
                       help=_("exit with 1 also when a submission could not be read"))  # fmt: skip
    grade.add_argument("--require-sandbox", action="store_true",
                       help=_("grade only in the strict sandbox; exit with 2 where there is none"))  # fmt: skip
    add_grade_options(grade)
    limits = grade.add_argument_group(
        _("limits"), _("of learners' code, which can start no process and write no file")
    )
    limits.add_argument("--import-seconds", type=seconds, default=5.0, metavar="S",
                        help=_("for one import (default: 5)"))  # fmt: skip
    limits.add_argument("--call-seconds", type=seconds, default=5.0, metavar="S",
                        help=_("for all calls of one check (default: 5)"))  # fmt: skip
    limits.add_argument("--submission-seconds", type=seconds, default=30.0, metavar="S",
                        help=_("for one submission in all (default: 30)"))  # fmt: skip
    limits.add_argument("--memory-mib", type=positive, default=1024, metavar="N",
                        help=_("memory of a worker, in MiB (default: 1024)"))  # fmt: skip
    limits.add_argument("--output-kib", type=positive, default=1024, metavar="N",
                        help=_("text kept of what a call prints, in KiB (default: 1024)"))  # fmt: skip
    far = grade.add_argument_group(_("beyond one machine"))
    far.add_argument("--shard", type=shard, metavar="I/N",
                     help=_("grade every N-th submission only, from the I-th on, e.g. 2/8; needs --seed; join with: gradcheck-kit merge"))  # fmt: skip
    far.add_argument("--dask", metavar="ADDRESS",
                     help=_("grade on the workers of this Dask scheduler, e.g. tcp://host:8786; needs the extra dask"))  # fmt: skip
    grade.set_defaults(run=lambda options: _grade(options, say))


def add_merge_command(commands: Any, language: argparse.ArgumentParser, say: Say) -> None:
    """Add the command `merge`."""
    merge = commands.add_parser(
        "merge",
        parents=[language],
        help=_("merge the results of all shards into one results.json"),
        description=_(
            "Merge the results of all shards of a class, in any order. They must be of the same "
            "assignment, seed and version of the kit, and none may be missing."
        ),
        epilog=_(
            "exit status: 0 merged; 1 merged, and the grader had failed on one; 2 wrong usage"
        ),
    )
    merge.add_argument("results", type=Path, nargs="+", metavar="RESULTS",
                       help=_("files results.json, or folders with one"))  # fmt: skip
    merge.add_argument("--out", type=Path, required=True, metavar="DIR",
                       help=_("folder for results.json; made when it is not there"))  # fmt: skip
    merge.set_defaults(run=lambda options: _merge(options, say))


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def stop_on_signals() -> None:
    """Clean up after SIGTERM and a closed terminal as after Ctrl-C."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) != signal.SIG_IGN:
            signal.signal(getattr(signal, name), _stop)


def _grade(options: argparse.Namespace, say: Say) -> int:
    stop_on_signals()
    from tqdm import tqdm

    from gradcheck_kit.grading.grade import Order, grade
    from gradcheck_kit.learner.limits import Limits
    from gradcheck_kit.learner.sandbox import make_undumpable

    make_undumpable()
    order = Order(
        submissions=options.submissions,
        out=options.out,
        exercises=options.exercises,
        only=options.only,
        jobs=options.jobs,
        seed=options.seed,
        language=options.lang,
        resume=options.resume,
        shard=options.shard,
        dask=options.dask,
        roster=options.roster,
        limits=Limits(
            options.import_seconds,
            options.call_seconds,
            options.submission_seconds,
            options.memory_mib << 20,
            options.output_kib << 10,
        ),
        require_sandbox=options.require_sandbox,
    )
    reports = jobs_of_grade(options, say)
    done = everything = 0
    # disable=None: no bar where standard error is no terminal
    with tqdm(disable=None, unit="", desc=_("grading"), leave=False) as bar:

        def progress(so_far: int, of: int) -> None:
            nonlocal done, everything
            done, everything = so_far, of
            bar.total = everything
            bar.update(done - bar.n)

        try:
            graded = grade(order, progress)
        except KeyboardInterrupt:
            bar.close()
            if everything:
                say(
                    _("{done} of {all} graded; --resume goes on", done=done, all=everything),
                    file=sys.stderr,
                )
            raise
    _say_intake(graded, say)
    for line in _table(graded.summary.shown, len(graded.summary.scores)):
        say(line)
    say("")
    say(_closing_line(graded.summary.scores, graded.sandbox["level"]))
    say(_("results: {path}", path=graded.path))
    write_jobs(reports, graded.path, say)
    return _grading_status(graded.summary.statuses, options.strict_intake)


def _grading_status(statuses: Mapping[str, int], strict_intake: bool = False) -> int:
    return int("crashed" in statuses or (strict_intake and "unreadable" in statuses))


def _say_intake(graded: "Graded", say: Say) -> None:
    """Say what was taken for what, and what was not taken."""
    for label, count in graded.intake.taken_for:
        say(_("{what}: {count} submissions", what=label, count=count))
    for path, reason in graded.intake.skipped:
        say(_("skipped {path}: {reason}", path=_one_line(str(path)), reason=reason))
    for name, remark in graded.remarks:
        say(f"{_one_line(name)}: {_one_line(remark)}")
    for name, who in graded.not_handed_in:
        say(_("handed nothing in: {learner}", learner=_one_line(f"{name} {who}".strip())))
    for name in graded.not_on_roster:
        say(_("not on the roster: {learner}", learner=_one_line(name)))
    if graded.is_anew:
        say(_("the journal was of other tests, settings or versions: everything was graded anew"))


def _merge(options: argparse.Namespace, say: Say) -> int:
    from gradcheck_kit.grading.results_file import RESULTS, merge_results, prepare_out

    prepare_out(options.out)
    summary, level = merge_results(options.results, options.out)
    say(_closing_line(summary.scores, level))
    say(_("results: {path}", path=options.out / RESULTS))
    return _grading_status(summary.statuses)


def _table(shown: Sequence[dict[str, Any]], everything: int) -> list[str]:
    names = [shorten(_one_line(f"{s['id']} {s.get('name', '')}".rstrip()), 30) for s in shown]
    scores = [f"{s['score']:g}/{s['max_score']:g}" for s in shown]
    name_width = max(map(display_width, names), default=0)
    score_width = max(map(len, scores), default=0)
    lines = []
    for name, score, submission in zip(names, scores, shown, strict=True):
        text = f"{pad(name, name_width)}  {score:>{score_width}}  {_remark(submission)}"
        lines.append(shorten(text.rstrip(), 79))
    if everything > len(shown):
        lines.append(_("... and {count} more", count=everything - len(shown)))
    return lines


def _remark(submission: dict[str, Any]) -> str:
    if submission["status"] == "unreadable":
        return _("unreadable: {reason}", reason=_one_line(submission["message"]))
    if submission["status"] == "crashed":
        return _("the grader failed on it")
    if submission["blame"]:
        return _("mend {functions}", functions=", ".join(submission["blame"]))
    outcomes = {check["outcome"] for check in submission["checks"] if check["max_points"]}
    if outcomes <= {"passed", "follow_through"}:
        return _("everything is right")
    if outcomes == {"missing"}:
        return _("none of the assignment's files is in it")
    if outcomes <= {"not_started", "missing"}:
        return _("not started")
    if outcomes <= {"passed", "follow_through", "missing"}:
        return _("everything handed in is right")
    failed = [c for c in submission["checks"] if c["outcome"] in ("invalid", "raised", "crashed")]
    if failed:
        return _one_line(failed[0]["message"].split("\n")[0])
    return ""


def _closing_line(scores: Sequence[float], level: str) -> str:
    ordered = sorted(scores) or [0.0]
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return _(
        "submissions graded: {count}; median {median}; sandbox level {level}",
        count=len(scores),
        median=f"{median:g}",
        level=level,
    )


def _one_line(text: str) -> str:
    """Return a line that a stranger has a part in, without control characters."""
    return visible(text, keep="")
