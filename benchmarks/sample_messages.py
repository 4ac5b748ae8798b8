"""Writes docs/messages.md: ten messages as learners get them, in every language.

    python benchmarks/sample_messages.py [--check]

With --check nothing is written; the exit status is 1 if the page is not what the kit says.
"""

import argparse
import ast
import sys
import tempfile
from pathlib import Path

import polib

from gradcheck_kit import i18n
from gradcheck_kit.assignment import read_assignment
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.diagnosis.catalogue import misconceptions
from gradcheck_kit.diagnosis.diagnose import diagnose
from gradcheck_kit.diagnosis.evidence import wrong_source
from gradcheck_kit.diagnosis.messages import Place, describe
from gradcheck_kit.learner.inprocess import InProcessLearner
from gradcheck_kit.learner.watchdog import Watchdog
from gradcheck_kit.problems import get_problem

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "messages.md"
IMPORTS = "import math\nfrom typing import Any\nimport numpy as np\n"
LANGUAGES = {"en": "English", "ko": "한국어"}

# What was done, and: problem, mistakes by function, the function whose message is shown.
SAMPLES = [
    ("The last link of the chain is forgotten", "network", {"backward": "bw-w1-missing-x"},
     "backward", "w1"),
    ("The derivative is taken at the wrong value", "network",
     {"backward": "bw-w1-sp1-at-activation"}, "backward", "w1"),
    ("Two links are off at once", "network",
     {"backward": "return -2 * e * s2 * w2 * s1 * x * x, e * s2 * a1"}, "backward", "w1"),
    ("Two mistakes that nothing tells apart", "network", {"sigmoid_prime": "sp-raw-z"},
     "sigmoid_prime", None),
    ("A right function above a wrong one", "network", {"sigmoid": "sig-exp-sign"},
     "backward", None),
    ("A sum where a mean is due", "batch", {"backward": "bt-sum-not-mean"}, "backward", "W2"),
    ("An order of updates", "network", {"train": "tr-stale-order"}, "train", None),
    ("State that is kept between calls", "network",
     {"backward": "bw-accumulates-across-calls"}, "backward", None),
    ("print instead of return", "network", {"sigmoid": "sig-prints"}, "sigmoid", None),
    ("A mistake that nobody has seen before", "network",
     {"backward": "return e * s2 * (w2 + x) * s1 * x, e * s2 * a1"}, "backward", "w1"),
]  # fmt: skip


def source_of(problem_name: str, function_name: str, mistake: str) -> str:
    """Return a wrong function: a mistake of the catalogue, or backward with this last line."""
    problem = get_problem(problem_name)
    if mistake.startswith("return "):
        return (
            "def backward(x, y_true, w1, w2):\n"
            "    z1, a1, z2, y_pred = forward(x, w1, w2)\n"
            "    e, s1, s2 = y_pred - y_true, sigmoid_prime(z1), sigmoid_prime(z2)\n"
            f"    {mistake}"
        )
    entry = next(e for e in misconceptions(problem_name, function_name) if e.id == mistake)
    return wrong_source(problem.function(function_name), entry)


def planted(problem_name: str, mistakes: dict[str, str]) -> str:
    """Return the solution with mistakes planted in it."""
    text = (ROOT / "solutions" / f"{problem_name}.py").read_text(encoding="utf-8")
    lines = text.split("\n")
    nodes = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
    for node in reversed(nodes):
        if node.name in mistakes:
            source = source_of(problem_name, node.name, mistakes[node.name])
            lines[node.lineno - 1 : node.end_lineno] = source.split("\n")
    # All on one line, so that line numbers stay those of the solution.
    return IMPORTS.replace("\n", "; ") + "CONSTANT = 1.0\n" + "\n".join(lines)


def message(sample: tuple[str, str, dict[str, str], str, str | None], language: str) -> str:
    """Return what a learner reads."""
    _title, problem_name, mistakes, function, wrt = sample
    problem = get_problem(problem_name)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / problem.file).write_text(planted(problem_name, mistakes), encoding="utf-8")
        judge = Judge(InProcessLearner("exercises", folder, Watchdog()), problem, 0)
        verdict = judge.verdict(function, wrt)
        diagnosis = diagnose(judge, function)
    if wrt is not None:
        diagnosis = diagnosis.only(problem.function(function).return_named(wrt).name)
    hint = read_assignment(ROOT / "exercises").first_hint(f"{problem_name}.{function}", language)
    place = Place(f"exercises/{problem.file}", "exercises", hint, repeatable=False)
    with i18n.spoken(language):
        return describe(verdict, problem, place, diagnosis)


def page() -> str:
    """Return the page."""
    parts = [
        "# What learners read",
        "Ten messages, in every language the kit speaks. Each starts with what is wrong and the "
        "simplest call that\nshows it; `mistake` is there only where the mistake was recognised, "
        "and `chain` marks each link of the chain\nrule. In a practice run the message ends with "
        "a command that repeats the call.",
        "Made by `python benchmarks/sample_messages.py`; a test keeps it up to date.",
    ]
    for number, sample in enumerate(SAMPLES, 1):
        parts.append(f"## {number}. {sample[0]}")
        for language, name in LANGUAGES.items():
            parts.append(f"{name}\n\n```text\n{message(sample, language)}\n```")
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        # The translations as they are now, not as they were when the kit was installed.
        source = i18n.LOCALE_DIR
        for path in source.rglob("*.po"):
            target = Path(name) / path.relative_to(source).with_suffix(".mo")
            target.parent.mkdir(parents=True)
            polib.pofile(str(path)).save_as_mofile(str(target))
        i18n.LOCALE_DIR = Path(name)
        text = page()
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/messages.md is not what the kit says: run python benchmarks/sample_messages.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
