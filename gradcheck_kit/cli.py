"""The command gradcheck-kit."""

import argparse
import contextlib
import json
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradcheck_kit import __version__
from gradcheck_kit.display import kit_command, labelled
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.grade_commands import (
    add_grade_command,
    add_merge_command,
    stop_on_signals,
)
from gradcheck_kit.grading.option_types import not_negative, positive
from gradcheck_kit.grading.pack_command import add_pack_command
from gradcheck_kit.grading.report_commands import add_report_command
from gradcheck_kit.grading.safe_text import visible
from gradcheck_kit.i18n import _, activate, choose_language, languages, printable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str or None
        What follows the command's name; None takes them from ``sys.argv``.

    Returns
    -------
    int
        0, 1 (something crashed, differs under ``--check``, or needs attention) or 2 (wrong
        usage).
    """
    activate(choose_language())  # for the help; --lang decides for the rest
    parser = _parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 2
    activate(choose_language(options.lang))
    try:
        return int(options.run(options))
    except GradcheckError as error:
        _say(f"gradcheck-kit: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        _say(_("gradcheck-kit: stopped"), file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head`: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _say(text: str, file: Any = None) -> None:
    stream = sys.stdout if file is None else file
    print(printable(text, getattr(stream, "encoding", None)), file=stream)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gradcheck-kit",
        description=_(
            "Check hand-written forward and backward propagation. Learners run pytest; "
            "this command is for setting up exercises and for grading."
        ),
        epilog=_("exit status: 0 done; 1 something crashed or differs; 2 wrong usage"),
    )
    parser.add_argument("--version", action="version", version=f"gradcheck-kit {__version__}")
    commands = parser.add_subparsers(title=_("commands"), metavar="COMMAND")
    language = argparse.ArgumentParser(add_help=False)
    language.add_argument(
        "--lang",
        choices=[*languages(), "auto"],
        default="auto",
        help=_("language of the messages (default: auto, from GRADCHECK_LANG or the system)"),
    )

    init = commands.add_parser(
        "init",
        parents=[language],
        help=_("copy the exercises into a folder of your own"),
        description=_("Copy the exercises into a folder of your own: stubs, tests and lesson."),
    )
    init.add_argument("folder", type=Path, nargs="?", default=Path("exercises"),
                      help=_("a new folder (default: exercises)"))  # fmt: skip
    init.add_argument("--exercises", type=Path, metavar="DIR",
                      help=_("folder of a course's exercises (default: those that come with the kit)"))  # fmt: skip
    init.set_defaults(run=_init)

    add_grade_command(commands, language, _say)
    add_merge_command(commands, language, _say)

    doctor = commands.add_parser(
        "doctor",
        parents=[language],
        help=_("show what this machine has for grading, and what to do about the rest"),
        description=_(
            "Show what this machine has for grading, and what to do about the rest. "
            "Exit status: 0 when the strict sandbox is available, 1 otherwise."
        ),
    )
    doctor.set_defaults(run=_doctor)

    add_report_command(commands, language, _say)
    add_pack_command(commands, language, _say)

    hint = commands.add_parser(
        "hint",
        parents=[language],
        help=_("show a hint; ask again for the next one"),
        description=_(
            "Show a hint for one function. Ask again and the next one goes one step further."
        ),
    )
    hint.add_argument("function", nargs="?", metavar="FUNCTION",
                      help=_("e.g. network.backward (default: the first that is not right yet)"))  # fmt: skip
    hint.add_argument("--exercises", type=Path, metavar="DIR",
                      help=_("your folder (default: exercises if it is there, else this one)"))  # fmt: skip
    hint.add_argument("--again", action="store_true", help=_("start with the first hint again"))
    hint.set_defaults(run=_hint)

    explain = commands.add_parser(
        "explain",
        parents=[language],
        help=_("explain a mistake by its id"),
        description=_(
            "Explain a mistake by its id, as results.json names it: what such code computes, "
            "what is right, and what to look at."
        ),
    )
    explain.add_argument("id", nargs="?", metavar="ID",
                         help=_("e.g. bw-w1-missing-x; a function's name lists its mistakes (default: all)"))  # fmt: skip
    explain.add_argument("--exercises", type=Path, metavar="DIR",
                         help=_("your folder (default: exercises if it is there, else this one)"))  # fmt: skip
    explain.set_defaults(run=_explain)

    selftest = commands.add_parser(
        "selftest",
        parents=[language],
        help=_("check an assignment, its solutions and its tests"),
        description=_(
            "Check an assignment: stubs, solutions, words, points and files. Then plant mistakes "
            "in the solutions, grade them, and list those that the tests let through."
        ),
        epilog=_("exit status: 0 all is well; 1 something needs your attention; 2 wrong usage"),
    )
    selftest.add_argument("exercises", type=Path, nargs="?", metavar="DIR",
                          help=_("folder of the exercises (default: those that come with the kit)"))  # fmt: skip
    selftest.add_argument("--solutions", type=Path, metavar="DIR",
                          help=_("folder of the solutions (default: solutions beside the exercises)"))  # fmt: skip
    selftest.add_argument("--only", action="append", default=[], metavar="PROBLEM",
                          help=_("check this problem only, e.g. network; may be repeated"))  # fmt: skip
    selftest.add_argument("--mutants", type=not_negative, metavar="N",
                          help=_("mistakes to plant in each problem (default: 300)"))  # fmt: skip
    selftest.add_argument("--seed", type=int, default=0, metavar="N",
                          help=_("chooses the mistakes and the probe points (default: 0)"))  # fmt: skip
    selftest.add_argument("--jobs", type=positive, metavar="N",
                          help=_("submissions graded at a time (default: one for each core)"))  # fmt: skip
    selftest.add_argument("--json", type=Path, metavar="FILE",
                          help=_("write everything that was found to this file"))  # fmt: skip
    selftest.set_defaults(run=_selftest)

    stubs = commands.add_parser(
        "stubs",
        parents=[language],
        help=_("make exercise stubs from solutions"),
        description=_(
            "Make exercise stubs from solutions: signatures and docstrings stay, "
            "bodies become a TODO."
        ),
    )
    stubs.add_argument("solutions", type=Path, help=_("folder of the solutions"))
    stubs.add_argument("exercises", type=Path, help=_("folder for the stubs"))
    stubs.add_argument("--check", action="store_true",
                       help=_("write nothing; exit with 1 if a stub differs from its solution"))  # fmt: skip
    stubs.set_defaults(run=_stubs)
    return parser


def _init(options: argparse.Namespace) -> int:
    from gradcheck_kit.assignment import FILE_NAME
    from gradcheck_kit.grading.course import use_course
    from gradcheck_kit.grading.grade import bundled_exercises, files_of_course
    from gradcheck_kit.grading.stubs import translate_stub
    from gradcheck_kit.i18n import active_language

    folder: Path = options.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise GradcheckError(_("{folder} is there already; name a new folder", folder=folder))
    source = options.exercises or bundled_exercises()
    use_course(source)
    first = files_of_course(source)[0]
    ignore = shutil.ignore_patterns("__pycache__", ".*", "solutions")
    shutil.copytree(source, folder, ignore=ignore, dirs_exist_ok=True)
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("test_"):
            text = translate_stub(path.read_text(encoding="utf-8"))
            path.write_text(text, encoding="utf-8", newline="\n")
    assignment = folder / FILE_NAME
    text = assignment.read_text(encoding="utf-8") if assignment.exists() else ""
    assignment.write_text(f'language = "{active_language()}"\n{text}', encoding="utf-8")
    lesson = f"README.{active_language()}.md"
    lesson = lesson if (folder / lesson).exists() else "README.md"
    _say(_("Wrote the exercises to {folder}.", folder=folder))
    rows = [
        (_("read"), str(folder / lesson)),
        (_("start with"), str(folder / first)),
        (_("check with"), f"pytest {folder}"),
    ]
    _say("\n".join(labelled(rows)))
    return 0


def _learners_folder(options: argparse.Namespace) -> Path:
    """Return the folder of the exercises: named, else `exercises` if it is there, else this one."""
    folder: Path = options.exercises or Path("exercises")
    return folder if options.exercises is not None or folder.is_dir() else Path()


def _hint(options: argparse.Namespace) -> int:
    from gradcheck_kit.assignment import FILE_NAME, read_assignment
    from gradcheck_kit.grading.course import use_course
    from gradcheck_kit.hints import SEEN, next_hint
    from gradcheck_kit.i18n import active_language

    folder = _learners_folder(options)
    if not (folder / FILE_NAME).is_file():
        raise GradcheckError(
            _("there are no exercises in {folder}; name their folder with --exercises",
              folder=folder.resolve())
        )  # fmt: skip
    use_course(folder)
    assignment = read_assignment(folder)
    activate(choose_language(options.lang, assignment.language))
    if options.again:
        with contextlib.suppress(OSError):  # a folder that cannot be written to has none
            (folder / SEEN).unlink(missing_ok=True)
    hint = next_hint(folder, assignment, options.function)
    if hint is None:
        _say(_("everything is right; well done!"))
        return 0
    title = hint.task.title.get(active_language()) or hint.task.title.get("en", "")
    _say(f"{hint.task.name}: {title}" if title else hint.task.name)
    label = _("hint {number} of {of}", number=hint.number, of=hint.of)
    rows = [(label, hint.text)]
    if hint.number < hint.of:
        again = ["hint", hint.task.name]
        if options.exercises is not None:
            again += ["--exercises", shlex.quote(str(options.exercises))]
        rows.append((_("next"), kit_command(*again)))
    else:
        rows.append(("", _("this is the last hint; --again starts with the first")))
    _say("\n".join(labelled(rows)))
    return 0


def _explain(options: argparse.Namespace) -> int:
    from gradcheck_kit.assignment import FILE_NAME
    from gradcheck_kit.grading.course import use_course
    from gradcheck_kit.hints import explained, listed

    folder = _learners_folder(options)
    # Another project's conftest.py in this folder is none of ours.
    found_by_name = options.exercises is not None or folder != Path()
    is_course = found_by_name or (folder / FILE_NAME).is_file()
    use_course(folder if is_course else None)
    found = listed(options.id)
    if not found:
        _say(explained(options.id))
        return 0
    for function, entries in found:
        _say(function or _("any function"))
        _say("\n".join(labelled([(entry.id, _(entry.title)) for entry in entries], 100)))
    return 0


def _stubs(options: argparse.Namespace) -> int:
    from gradcheck_kit.grading.stubs import write_stubs

    changed = write_stubs(options.solutions, options.exercises, check=options.check)
    for path in changed:
        _say(_("differs: {file}", file=path) if options.check else _("wrote {file}", file=path))
    if not changed:
        _say(_("all stubs are as their solutions say"))
    return 1 if changed and options.check else 0


def _selftest(options: argparse.Namespace) -> int:
    stop_on_signals()
    from tqdm import tqdm

    from gradcheck_kit.grading.selftest import MUTANTS, SelftestOrder, selftest
    from gradcheck_kit.grading.selftest_report import report, to_json

    target: Path | None = options.json
    if target is not None and not target.resolve().parent.is_dir():
        raise GradcheckError(_("--json {path}: there is no such folder", path=target))
    order = SelftestOrder(
        exercises=options.exercises,
        solutions=options.solutions,
        only=options.only,
        mutants=MUTANTS if options.mutants is None else options.mutants,
        seed=options.seed,
        jobs=options.jobs,
    )
    shown = ""
    with tqdm(disable=None, unit="", leave=False) as bar:

        def progress(what: str, done: int, everything: int) -> None:
            nonlocal shown
            if what != shown:
                shown = what
                bar.reset(everything)
                bar.set_description(what)
            bar.update(done - bar.n)

        found = selftest(order, progress)
    for line in report(found):
        _say(visible(line, keep=""))
    if target is not None:
        text = json.dumps(to_json(found), ensure_ascii=False, indent=1)
        target.write_text(f"{text}\n", encoding="utf-8", newline="\n")
        _say(_("results: {path}", path=target))
    return 0 if found.is_well else 1


def _doctor(options: argparse.Namespace) -> int:
    from gradcheck_kit.grading.doctor import examine_machine

    report = examine_machine()
    _say("\n".join(labelled(report.rows)))
    for line in report.advice:
        _say(line)
    return 0 if report.is_strict else 1
