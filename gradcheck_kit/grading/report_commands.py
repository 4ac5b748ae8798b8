"""``gradcheck-kit report``, and the options of ``grade`` that write reports."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.report import Report, Wish, prepare, write_report
from gradcheck_kit.grading.reports import get_report, report_names
from gradcheck_kit.grading.result_records import Results
from gradcheck_kit.grading.results_file import RESULTS, read_results
from gradcheck_kit.i18n import _

if TYPE_CHECKING:
    from gradcheck_kit.courses.registry import ReportWriter

Say = Callable[[str], None]
_FORMATS = "(the list of formats)"
FEEDBACK = {"md": "feedback", "html": "feedback-html"}


class _HelpWithFormats(argparse.RawDescriptionHelpFormatter):
    """Loads the formats, which takes 0.1 s, only for somebody who asks for help."""

    def add_text(self, text: str | None) -> None:
        if text == _FORMATS:
            lines = [f"  {name:14} {_(get_report(name).description)}" for name in report_names()]
            text = "\n".join([_("formats:"), *lines])
        super().add_text(text)


@dataclass(frozen=True, slots=True)
class Job:
    """A report to write.

    Parameters
    ----------
    name : str
        Of its format.
    report : Report
        The format.
    wish : Wish
        What it is to be filled with.
    target : Path or None
        Where it goes; None for beside results.json.
    """

    name: str
    report: Report
    wish: Wish
    target: Path | None = None

    def target_in(self, folder: Path) -> Path:
        """Return where it goes, beside results.json if nobody said."""
        return self.target or folder / (self.report.file or self.name)


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add what `grade` and `report` share."""
    parser.add_argument("--format", action="append", default=[],
                        metavar="NAME", help=_("a report: {names}; may be repeated",
                                               names=", ".join(report_names())))  # fmt: skip
    parser.add_argument("--sheet", type=Path, metavar="FILE",
                        help=_("for canvas and moodle: the CSV file that you exported there"))  # fmt: skip
    parser.add_argument("--column", metavar="NAME",
                        help=_("which column of it (default: found by its name)"))  # fmt: skip


def add_grade_options(parser: argparse.ArgumentParser) -> None:
    """Add what `grade` has for reports."""
    add_report_options(parser)
    parser.add_argument("--feedback", nargs="?", const="md", choices=FEEDBACK, metavar="md|html",
                        help=_("a file for every learner in DIR/feedback (default: md)"))  # fmt: skip


def add_report_command(commands: Any, language: argparse.ArgumentParser, say: Say) -> None:
    """Add the command `report`."""
    parser = commands.add_parser(
        "report",
        parents=[language],
        help=_("write reports from results.json"),
        description=_(
            "Write reports from a results.json: gradebooks, feedback, a page about the class. "
            "Nothing is graded again."
        ),
        epilog=_FORMATS,
        formatter_class=_HelpWithFormats,
    )
    parser.add_argument("results", type=Path, metavar="RESULTS",
                        help=_("results.json, or the folder it is in"))  # fmt: skip
    add_report_options(parser)
    parser.add_argument("--exercises", type=Path, metavar="DIR",
                        help=_("folder of a course's exercises (default: those that come with the kit)"))  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="PATH",
                        help=_("file, or folder for formats of many files (default: beside results.json)"))  # fmt: skip
    parser.add_argument("--feedback", type=Path, metavar="DIR",
                        help=_("write a file for every learner into this folder"))  # fmt: skip
    parser.add_argument("--feedback-as", choices=FEEDBACK, default="md", metavar="md|html",
                        help=_("kind of those files (default: md)"))  # fmt: skip
    parser.set_defaults(run=lambda options: _report(options, parser, say))


def _report(options: argparse.Namespace, parser: argparse.ArgumentParser, say: Say) -> int:
    if not options.format and options.feedback is None:
        parser.error(_("name a report with --format, or a folder with --feedback"))
    if options.out is not None and len(options.format) != 1:
        parser.error(_("--out goes with one --format"))
    from gradcheck_kit.grading.course import use_course  # loads pytest

    results = read_results(options.results)
    exercises = options.exercises
    if exercises is not None and not exercises.is_dir():
        raise GradcheckError(_("{path}: there is no such folder of exercises", path=exercises))
    writers = use_course(exercises).writers  # reports have the words of its mistakes
    jobs = _jobs(options, writers, options.out, say, options.results)
    if options.feedback is not None:
        name = FEEDBACK[options.feedback_as]
        jobs.append(_job(name, get_report(name), options, options.feedback, say))
    folder = options.results if options.results.is_dir() else options.results.parent
    _write(jobs, results, folder, say)
    return 0


def jobs_of_grade(options: argparse.Namespace, say: Say) -> list[Job]:
    """Return the reports that `grade` is to write; what they lack is told before it starts.

    Raises
    ------
    GradcheckError
        If a library or a sheet is missing.
    """
    path = options.out / RESULTS
    jobs = _jobs(options, _writers_of(options), None, say, path)
    if options.feedback:
        name = FEEDBACK[options.feedback]
        jobs.append(_job(name, get_report(name), options, options.out / "feedback", say))
    return jobs


def write_jobs(jobs: Sequence[Job], path: Path, say: Say) -> None:
    """Write the reports on what `grade` found, from the results.json that it wrote."""
    if jobs:
        _write(jobs, read_results(path), path.parent, say)


def _writers_of(options: argparse.Namespace) -> "Mapping[str, ReportWriter]":
    """Return the formats that the course registers, if any is asked for."""
    if set(options.format) <= set(report_names()):
        return {}
    from gradcheck_kit.grading.course import use_course  # loads pytest

    return use_course(options.exercises).writers


def _jobs(
    options: argparse.Namespace,
    writers: "Mapping[str, ReportWriter]",
    target: Path | None,
    say: Say,
    results: Path,
) -> list[Job]:
    return [
        _job(name, _find_report(name, writers, results), options, target, say)
        for name in dict.fromkeys(options.format)
    ]


def _find_report(name: str, writers: "Mapping[str, ReportWriter]", results: Path) -> Report:
    """Return a format of the kit's own, or one that a course registers."""
    if name in report_names():
        return get_report(name)
    if name not in writers:
        raise GradcheckError(
            _("--format {name}: there is no such format; there are: {names}",
              name=name, names=", ".join([*report_names(), *writers]))
        )  # fmt: skip
    from gradcheck_kit.grading.course_reports import report_of

    return report_of(name, writers[name], results)


def _job(
    name: str, report: Report, options: argparse.Namespace, target: Path | None, say: Say
) -> Job:
    wish = prepare(name, report, options.sheet, options.column)
    wish = Wish(wish.sheet, wish.column, remark=lambda line: say(f"{name}: {line}"))
    return Job(name, report, wish, target)


def _write(jobs: Sequence[Job], results: Results, folder: Path, say: Say) -> None:
    if not results.is_complete:
        say(_("this grading was stopped: not everybody is in it"))
    if results.shard is not None:
        number, of = results.shard
        say(_("this is shard {number} of {of}: not everybody is in it", number=number, of=of))
    for job in jobs:
        target = job.target_in(folder)
        write_report(job.report, results, job.wish, target)
        say(_("{name}: wrote {path}", name=job.name, path=target))
