"""GitHub: workflows that grade from the instructor's repository, never from the learner's."""

import base64
import json

from gradcheck_kit.grading.pack import Files, Pack, PackOrder, filled, tests_of, values_of, wheel_of
from gradcheck_kit.i18n import N_, _


def files(order: PackOrder) -> Files:
    """Return what goes into the instructor's repository, and into the learners' template."""
    values = values_of(order, "$here")
    message = _("The grader did not finish. This is not your fault: tell your instructor.")
    document = {"version": 3, "status": "error", "message": message, "max_score": 0, "tests": []}
    text = json.dumps(document, ensure_ascii=False)
    tests = {
        "grade.sh": filled("github/grade.sh", values),
        "not_graded.txt": base64.b64encode(text.encode("utf-8")) + b"\n",
        "not_graded.md": f"{message}\n".encode(),
        ".github/workflows/class.yml": filled("github/class.yml", values),
        **dict(wheel_of(order)),
        **dict(tests_of(order)),
    }
    return {
        **{f"tests/{name}": content for name, content in tests.items()},
        "learners/.github/workflows/classroom.yml": filled("github/classroom.yml", values),
        "README.md": filled("github/README.md", values),
    }


PACK = Pack(
    description=N_("workflows for GitHub Actions and GitHub Classroom"),
    files=files,
    next_step=N_("{folder}/README.md says what goes where"),
)
