"""``gradcheck-kit pack``."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradcheck_kit.grading.packs import get_pack, pack_names
from gradcheck_kit.i18n import _

Say = Callable[[str], None]


def add_pack_command(commands: Any, language: argparse.ArgumentParser, say: Say) -> None:
    """Add the command `pack`."""
    parser = commands.add_parser(
        "pack",
        parents=[language],
        help=_("write what Gradescope or GitHub needs to grade by itself"),
        description=_(
            "Write what a platform needs to grade by itself: scripts, and a copy of your tests. "
            "Learners' own copies of the tests are never used, and a result is left whatever "
            "happens."
        ),
    )
    parser.add_argument("platform", choices=pack_names(), metavar="PLATFORM",
                        help=", ".join(pack_names()))  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help=_("a new folder"))  # fmt: skip
    parser.add_argument("--exercises", type=Path, metavar="DIR",
                        help=_("folder of the tests (default: those that come with the kit)"))  # fmt: skip
    parser.add_argument("--kit", metavar="REQUIREMENT",
                        help=_("what pip installs there, or a wheel to send along (default: this version)"))  # fmt: skip
    parser.add_argument("--repository", metavar="OWNER/NAME",
                        help=_("for github: the repository that your tests will be in"))  # fmt: skip
    parser.set_defaults(run=lambda options: _pack(options, say))


def _pack(options: argparse.Namespace, say: Say) -> int:
    from gradcheck_kit.grading.course import use_course
    from gradcheck_kit.grading.grade import bundled_exercises
    from gradcheck_kit.grading.pack import pack_order, write_pack

    exercises = (options.exercises or bundled_exercises()).resolve()
    use_course(exercises)
    pack = get_pack(options.platform)
    order = pack_order(exercises, options.kit, options.repository)
    write_pack(pack.files(order), options.out)
    say(_("{name}: wrote {path}", name=options.platform, path=options.out))
    say(_(pack.next_step, folder=options.out))
    return 0
