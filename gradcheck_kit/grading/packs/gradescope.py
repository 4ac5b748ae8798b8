"""Gradescope: a zip with a set-up script, a runner, and the instructor's tests."""

import json

from gradcheck_kit.grading.pack import (
    Files,
    Pack,
    PackOrder,
    filled,
    tests_of,
    values_of,
    wheel_of,
    zipped,
)
from gradcheck_kit.i18n import N_, _


def files(order: PackOrder) -> Files:
    """Return the files and the zip of them."""
    values = values_of(order, "/autograder/source")
    inside = {
        "setup.sh": filled("gradescope/setup.sh", values),
        "run_autograder": filled("gradescope/run_autograder", values),
        "not_graded.json": _result(
            _("The grader did not finish. This is not your fault: tell your instructor.")
        ),
        "nothing_found.json": _result(
            _("Nothing to grade was found. Hand in these files, without a folder around them: "
              "{files}", files=", ".join(order.files))
        ),
        **dict(wheel_of(order)),
        **dict(tests_of(order)),
    }  # fmt: skip
    return {
        "autograder.zip": zipped(inside),
        **{f"autograder/{name}": content for name, content in inside.items()},
    }


def _result(message: str) -> bytes:
    document = {
        "score": 0.0,
        "output": message,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
    }
    return f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode()


PACK = Pack(
    description=N_("autograder.zip for a programming assignment on Gradescope"),
    files=files,
    next_step=N_("upload {folder}/autograder.zip; choose an image with Python 3.11 or newer"),
)
