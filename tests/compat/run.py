"""Does the installed kit get along with a pytest, a numpy and other plugins?

    python tests/compat/run.py PYTHON

PYTHON is the interpreter of an environment in which the kit and the softmax course are
installed from their wheels. Each case is a pytest run, or a grading, of its own; cases whose
plugin is not installed there are skipped. Prints a table; exits with 1 if a case fails.

pytest does not collect this file: .ci/run starts it, once for each environment.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COURSE = ROOT / "docs" / "examples" / "softmax_regression"
RIGHT, STUBS = "right", "stubs"

FACTS = """
import importlib.metadata, json, sys
names = ("pytest", "numpy", "pluggy", "pytest-xdist", "pytest-cov", "pytest-randomly",
         "pytest-timeout", "pytest-sugar", "gradcheck-kit", "softmax-regression-course")
found = {}
for name in names:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
import gradcheck_kit
found["python"] = "%d.%d.%d" % sys.version_info[:3]
found["home"] = gradcheck_kit.__file__
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Case:
    """A pytest run: its arguments, and how many tests pass and are not started."""

    name: str
    arguments: tuple[str, ...]
    passed: int = 19
    not_started: int = 0
    needs: str = ""
    setting: str = ""


_SUBMISSION = "--submission=solutions"
CASES = (
    Case("solutions", ("exercises", _SUBMISSION)),
    Case("stubs", ("exercises",), 0, 19),
    Case("softmax course", ("course", "--submission=course solutions"), 7),
    Case("two assignments in one run", ("exercises", "course"), 0, 26),
    Case("-k", ("exercises", _SUBMISSION, "-k", "test_network and grad"), 2),
    Case("--lf", ("exercises", _SUBMISSION, "--lf")),
    Case("-p no:cacheprovider", ("exercises", _SUBMISSION, "-p", "no:cacheprovider")),
    Case("--import-mode=importlib", ("exercises", "course", "--import-mode=importlib"), 0, 26),
    Case("--import-mode=append", ("exercises", _SUBMISSION, "--import-mode=append")),
    Case("strict markers", ("exercises", _SUBMISSION, "--strict-markers", "-W", "error")),
    Case(
        "strict config, settings in an ini file",
        ("exercises", _SUBMISSION, "--strict-config"),
        setting="gradcheck_seed = 5\ngradcheck_lang = ko\n",
    ),
    Case("isolated", ("exercises", _SUBMISSION, "--gradcheck-isolate")),
    Case("nested rootdir", ("--rootdir=exercises", "exercises", _SUBMISSION)),
    Case("xdist", ("exercises", "course", "-n", "2"), 0, 26, "pytest-xdist"),
    Case("xdist --dist=loadfile", ("exercises", _SUBMISSION, "-n", "2", "--dist=loadfile"),
         needs="pytest-xdist"),
    Case("pytest-cov", ("exercises", _SUBMISSION, "--cov=solutions"), needs="pytest-cov"),
    Case("pytest-cov and xdist", ("exercises", _SUBMISSION, "--cov=solutions", "-n", "2"),
         needs="pytest-cov"),
    Case("pytest-randomly", ("exercises", _SUBMISSION, "-p", "randomly"), needs="pytest-randomly"),
    Case("pytest-timeout", ("exercises", _SUBMISSION, "--timeout=60"), needs="pytest-timeout"),
    Case("pytest-sugar", ("exercises", _SUBMISSION, "-p", "sugar"), needs="pytest-sugar"),
)  # fmt: skip


def main(python: str) -> int:
    """Run all cases with one interpreter."""
    python = str(Path(python).absolute())
    with tempfile.TemporaryDirectory(prefix="compat-") as scratch:
        # Whatever lies around must not be found instead of what is installed.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment |= {"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"GRADCHECK_LANG": "", "LC_ALL": "C.UTF-8"}
        facts = json.loads(
            subprocess.run(
                [python, "-c", FACTS], capture_output=True, text=True, check=True, cwd=scratch,
                env=environment,
            ).stdout
        )  # fmt: skip
        home = Path(facts.pop("home")).resolve()
        if home.parent == ROOT / "gradcheck_kit":
            print(f"the kit comes from the source, {home}: install its wheel")
            return 1
        print(", ".join(f"{name} {version}" for name, version in facts.items()))
        cases = [case for case in CASES if not case.needs or case.needs in facts]
        failures = 0
        with ThreadPoolExecutor(2) as threads:
            runs = threads.map(lambda case: _run(python, case, Path(scratch), environment), cases)
            for case, (good, output) in zip(cases, runs, strict=True):
                print(f"  {'ok    ' if good else 'FAILED'}  {case.name}")
                if not good:
                    failures += 1
                    print(output)
        good, output = _grade(python, Path(scratch), environment)
        print(f"  {'ok    ' if good else 'FAILED'}  grade, both courses")
        failures += not good
        if not good:
            print(output)
    print(f"{len(cases) + 1 - failures} passed, {failures} failed")
    return 1 if failures else 0


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))


def _folder(scratch: Path, name: str) -> Path:
    """Make a folder with both courses; its path has spaces and Hangul in it."""
    folder = scratch / "수업 과제" / re.sub(r"\W+", " ", name).strip()
    _copy(ROOT / "exercises", folder / "exercises")
    _copy(ROOT / "solutions", folder / "solutions")
    _copy(COURSE / "exercises", folder / "course")
    _copy(COURSE / "solutions", folder / "course solutions")
    return folder


def _run(python: str, case: Case, scratch: Path, environment: dict[str, str]) -> tuple[bool, str]:
    folder = _folder(scratch, case.name)
    (folder / "pytest.ini").write_text(f"[pytest]\n{case.setting}", encoding="utf-8")
    done = subprocess.run(
        [python, "-m", "pytest", *case.arguments],
        capture_output=True, encoding="utf-8", cwd=folder, env=environment,
    )  # fmt: skip
    output = done.stdout + done.stderr
    counts = {"passed": 0, "not started": 0, "failed": 0, "error": 0}
    for line in output.splitlines()[-12:]:
        for number, word in re.findall(r"(\d+) (passed|not started|failed|errors?)\b", line):
            counts[word.removesuffix("s") if word == "errors" else word] = int(number)
    wanted = {"passed": case.passed, "not started": case.not_started, "failed": 0, "error": 0}
    good = counts == wanted and done.returncode == (1 if case.not_started else 0)
    good = good and "INTERNALERROR" not in output
    if case.setting:
        good = good and "100점 중 100점" in output and "5" in output
    return good, output[-3000:]


def _grade(python: str, scratch: Path, environment: dict[str, str]) -> tuple[bool, str]:
    """Grade solutions and a wrong function of both courses."""
    folder = _folder(scratch, "grade")
    output = ""
    for exercises, solutions, file, old, new, blame in (
        ("exercises", "solutions", "network.py", "return w - lr * grad", "return w + lr * grad",
         "network.update"),
        ("course", "course solutions", "softmax.py", "return w - lr * grad",
         "return w + lr * grad", "softmax.update"),
    ):  # fmt: skip
        students = folder / f"class {exercises}"
        _copy(folder / solutions, students / "right")
        _copy(folder / solutions, students / "wrong")
        text = (students / "wrong" / file).read_text(encoding="utf-8")
        assert old in text, file
        (students / "wrong" / file).write_text(text.replace(old, new), encoding="utf-8")
        out = folder / f"out {exercises}"
        done = subprocess.run(
            [python, "-m", "gradcheck_kit", "grade", students, "--exercises", exercises,
             "--out", out],
            capture_output=True, encoding="utf-8", cwd=folder, env=environment,
        )  # fmt: skip
        output += done.stdout + done.stderr
        if done.returncode:
            return False, output
        results = json.loads((out / "results.json").read_text(encoding="utf-8"))
        right, wrong = sorted(results["submissions"], key=lambda s: str(s["id"]))
        if right["score"] != right["max_score"] or right["blame"] or wrong["blame"] != [blame]:
            return False, output
    return True, output


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
