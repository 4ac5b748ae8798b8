"""A small class, a hostile one, and the reports on them."""

from typing import Any

from gradcheck_kit.cli import main
from gradcheck_kit.grading.report import Wish
from gradcheck_kit.grading.reports import get_report
from gradcheck_kit.grading.result_records import Results

SEED = 918273645
# Everything that some reader takes for more than text, in one.
HOSTILE = (
    "=cmd|'/C calc'!A0\x1b[31m\x07\u202e]]></failure><script>alert(1)</script>"
    "\n::error::gone\n##[error]gone\n```\n# big\n| a | ![x](http://x.test/y.png) @all `b` \ud800"
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "a;=1")


def check(name: str, outcome: str = "passed", **more: Any) -> dict[str, Any]:
    """Return a check as results.json has it."""
    most = more.pop("max_points", 10.0)
    right = outcome in ("passed", "follow_through")
    return {
        "id": f"test_network.py::test_{name}", "function": f"network.{name}",
        "points": most if right else 0.0, "max_points": most, "hidden": False,
        "outcome": outcome, "diagnosis": [], "notes": [],
        "message": "" if right else f"{name}: not so", **more,
    }  # fmt: skip


def submission(identity: str, *checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a submission as results.json has it."""
    return {
        "id": identity, "status": "graded", "score": sum(c["points"] for c in checks),
        "max_score": sum(c["max_points"] for c in checks) or 20.0, "seconds": 0.25, "blame": [],
        "checks": list(checks), **more,
    }  # fmt: skip


def document(*submissions: dict[str, Any]) -> dict[str, Any]:
    """Return a results.json."""
    return {
        "schema": 1,
        "assignment": {"id": "two-layer-network", "max_score": 20.0, "seed": SEED,
                       "kit_version": "0.1.0"},
        "sandbox": {"level": "basic", "layers": ["rlimits"]},
        "submissions": list(submissions),
    }  # fmt: skip


def small_class() -> dict[str, Any]:
    """Return a class with a bit of everything."""
    secret = {"hidden": True, "message": "SECRET forward", "diagnosis": [{"id": "SECRET-id"}]}
    return document(
        submission("kim", check("loss"), check("backward", "follow_through")),
        submission(
            "이영희", check("loss", notes=[{"id": "numeric-differentiation"}]),
            check("backward", "wrong", diagnosis=[{"id": "bw-w1-missing-x"}]),
            blame=["network.backward"],
        ),
        submission(
            "park", check("loss", "not_started"),
            check("backward", "raised", message="backward: it raises"),
            check("SECRETA", "wrong", max_points=3.0, **secret),
            check("SECRETB", max_points=3.0, **secret),
            blame=["network.backward", "network.SECRETA"],
        ),
        submission("torn", status="unreadable", message="torn.zip: not a zip", score=0.0),
        submission("lost", status="crashed", score=0.0),
    )  # fmt: skip


def hostile_class() -> dict[str, Any]:
    """Return a class whose every text is an attack."""
    bad = check(
        HOSTILE, "wrong", id=f"{HOSTILE}::{HOSTILE}", function=HOSTILE, message=HOSTILE,
        diagnosis=[{"id": HOSTILE}], notes=[{"id": HOSTILE}],
    )  # fmt: skip
    return document(
        submission(HOSTILE, bad, {**bad, "hidden": True}, blame=[HOSTILE], name=HOSTILE),
        submission("../../" + HOSTILE, status="unreadable", message=HOSTILE, score=0.0),
    )


def written(name: str, results: Results, wish: Wish | None = None) -> dict[str, str]:
    """Return the files of a format as text."""
    files = get_report(name).write(results, wish or Wish())
    return {
        path: content if isinstance(content, str) else content.decode("utf-8")
        for path, content in files
    }


def report(*arguments: object) -> int:
    return main(["report", *map(str, arguments)])
