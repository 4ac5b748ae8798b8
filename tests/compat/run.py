"""Does the installed kit get along with a pytest, a numpy and other plugins?

    python tests/compat/run.py PYTHON [--selftest]

PYTHON is the interpreter of an environment in which the kit and the softmax course are
installed from their wheels. Each case is a pytest run, or a grading, of its own; cases whose
plugin is not installed there are skipped. Prints a table; exits with 1 if a case fails. With
--selftest, both courses are self-tested as well, with a few mistakes planted.

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
    """A pytest run: its arguments, and how many tests pass, are not started, and fail.

    `setting` stands in the pytest.ini of the folder in which pytest starts, `inner` in one
    beside the exercises; `first` are the arguments of a run before this one, and `shows` is a
    text that the run must print.
    """

    name: str
    arguments: tuple[str, ...]
    passed: int = 19
    not_started: int = 0
    failed: int = 0
    needs: str = ""
    setting: str = ""
    inner: str = ""
    first: tuple[str, ...] = ()
    shows: str = ""


_SUBMISSION = "--submission=solutions"
_WRONG = "--submission=wrong"  # network.update only
CASES = (
    Case("solutions", ("exercises", _SUBMISSION)),
    Case("stubs", ("exercises",), 0, 19),
    Case("softmax course", ("course", "--submission=course solutions"), 7),
    Case("two assignments in one run", ("exercises", "course"), 0, 26),
    Case("-k", ("exercises", _SUBMISSION, "-k", "test_network and grad"), 2),
    Case("--lf", ("exercises", _WRONG, "--lf"), 0, failed=1, first=("exercises", _WRONG)),
    Case("-p no:cacheprovider", ("exercises", _SUBMISSION, "-p", "no:cacheprovider")),
    Case("--import-mode=importlib", ("exercises", "course", "--import-mode=importlib"), 0, 26),
    Case("--import-mode=append", ("exercises", _SUBMISSION, "--import-mode=append")),
    Case("strict markers", ("exercises", _SUBMISSION, "--strict-markers", "-W", "error")),
    Case(
        "strict config, settings in an ini file",
        ("exercises", _SUBMISSION, "--strict-config"),
        setting="xfail_strict = true\ngradcheck_seed = 5\ngradcheck_lang = ko\n",
        shows="시드 5)",
    ),
    Case("isolated", ("exercises", _SUBMISSION, "--gradcheck-isolate")),
    Case("a rootdir inside another", ("exercises", _SUBMISSION), setting="gradcheck_seed = 5\n",
         inner="gradcheck_seed = 6\n", shows="seed 6)"),
    Case("--rootdir", ("--rootdir=exercises", "exercises", _SUBMISSION)),
    Case("xdist", ("exercises", "course", "-n", "2"), 0, 26, needs="pytest-xdist"),
    Case("xdist --dist=loadfile", ("exercises", _SUBMISSION, "-n", "2", "--dist=loadfile"),
         needs="pytest-xdist"),
    Case("pytest-cov", ("exercises", _SUBMISSION, "--cov=solutions"), needs="pytest-cov"),
    Case("pytest-cov and xdist", ("exercises", _SUBMISSION, "--cov=solutions", "-n", "2"),
         needs="pytest-cov"),
    Case("pytest-randomly", ("exercises", _SUBMISSION, "-p", "randomly"), needs="pytest-randomly"),
    Case("pytest-timeout", ("exercises", _SUBMISSION, "--timeout=60"), needs="pytest-timeout"),
    Case("pytest-sugar", ("exercises", _SUBMISSION, "-p", "sugar"), needs="pytest-sugar"),
)  # fmt: skip


def main(python: str, with_selftest: bool = False) -> int:
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
        others = {"ten lines with check_vjp": _layer, "grade, both courses": _grade}
        if with_selftest:
            others["selftest, both courses"] = _selftest
        for name, other in others.items():
            good, output = other(python, Path(scratch), environment)
            print(f"  {'ok    ' if good else 'FAILED'}  {name}")
            failures += not good
            if not good:
                print(output)
    print(f"{len(cases) + len(others) - failures} passed, {failures} failed")
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
    _copy(ROOT / "solutions", folder / "wrong")
    _spoil(folder / "wrong" / "network.py")
    return folder


def _spoil(path: Path) -> None:
    """Give `update` the wrong sign."""
    text = path.read_text(encoding="utf-8")
    assert text.count("return w - lr * grad") == 1, path
    path.write_text(text.replace("return w - lr", "return w + lr"), encoding="utf-8")


def _run(python: str, case: Case, scratch: Path, environment: dict[str, str]) -> tuple[bool, str]:
    folder = _folder(scratch, case.name)
    (folder / "pytest.ini").write_text(f"[pytest]\n{case.setting}", encoding="utf-8")
    if case.inner:
        inner = folder / "exercises" / "pytest.ini"
        inner.write_text(f"[pytest]\n{case.inner}", encoding="utf-8")
    for arguments in filter(None, (case.first, case.arguments)):
        done = subprocess.run(
            [python, "-m", "pytest", *arguments],
            capture_output=True, encoding="utf-8", cwd=folder, env=environment,
        )  # fmt: skip
    output = done.stdout + done.stderr
    counts = {"passed": 0, "not started": 0, "failed": 0, "error": 0}
    for line in output.splitlines()[-12:]:
        for number, word in re.findall(r"(\d+) (passed|not started|failed|errors?)\b", line):
            counts[word.removesuffix("s") if word == "errors" else word] = int(number)
    wanted = {"passed": case.passed, "not started": case.not_started, "failed": case.failed}
    good = counts == {**wanted, "error": 0}
    good = good and done.returncode == (1 if case.not_started or case.failed else 0)
    return good and "INTERNALERROR" not in output and case.shows in output, output[-3000:]


# What a learner of each course hands in: the function that spoils it, a reference to steal.
COURSES = (
    ("exercises", "solutions", "network", "gradcheck_kit.problems.network"),
    ("course", "course solutions", "softmax", "softmax_regression.problem"),
)


def _layer(python: str, scratch: Path, environment: dict[str, str]) -> tuple[bool, str]:
    """Run the example that needs no course."""
    done = subprocess.run(
        [python, COURSE.parent / "check_a_layer.py"],
        capture_output=True, encoding="utf-8", cwd=scratch, env=environment,
    )  # fmt: skip
    return done.stdout.startswith("ok\n"), done.stdout + done.stderr


def _grade(python: str, scratch: Path, environment: dict[str, str]) -> tuple[bool, str]:
    """Grade a class in both courses: right, wrong, and two that import something.

    ``pluggy`` stands for a package of the course that learners may import, once it is named
    in assignment.toml; what holds the references cannot be imported by anybody.
    """
    folder = _folder(scratch, "grade")
    output = ""
    for exercises, solutions, problem, reference in COURSES:
        students = folder / f"class {exercises}"
        for name in ("imports", "right", "steals", "wrong"):
            _copy(folder / solutions, students / name)
        _spoil(students / "wrong" / f"{problem}.py")
        for name, module in (("imports", "pluggy"), ("steals", reference)):
            file = students / name / f"{problem}.py"
            text = file.read_text(encoding="utf-8")
            file.write_text(f"{text}\nimport {module}\n", encoding="utf-8")
        assignment = folder / exercises / "assignment.toml"
        text = assignment.read_text(encoding="utf-8")
        assignment.write_text(f'packages = ["pluggy"]\n{text}', encoding="utf-8")
        out = folder / f"out {exercises}"
        done = subprocess.run(
            [python, "-m", "gradcheck_kit", "grade", students, "--exercises", exercises,
             "--only", problem, "--out", out],
            capture_output=True, encoding="utf-8", cwd=folder, env=environment,
        )  # fmt: skip
        output += done.stdout + done.stderr
        if done.returncode:
            return False, output
        results = json.loads((out / "results.json").read_text(encoding="utf-8"))
        found = {s["id"]: s for s in results["submissions"]}
        full = results["assignment"]["max_score"]
        good = (
            found["right"]["score"] == found["imports"]["score"] == full > 0
            and found["steals"]["score"] == 0
            and {c["outcome"] for c in found["steals"]["checks"]} == {"raised"}
            and found["wrong"]["blame"] == [f"{problem}.update"]
        )
        if not good:
            return False, output
        print(f"          {problem}: sandbox {results['sandbox']['level']}")
    return True, output


def _selftest(python: str, scratch: Path, environment: dict[str, str]) -> tuple[bool, str]:
    """Plant a few mistakes in the solutions of both courses; nothing may need attention."""
    folder = _folder(scratch, "selftest")
    output = ""
    for exercises, solutions, _problem, _reference in COURSES:
        done = subprocess.run(
            [python, "-m", "gradcheck_kit", "selftest", exercises, "--solutions", solutions,
             "--mutants", "5"],
            capture_output=True, encoding="utf-8", cwd=folder, env=environment,
        )  # fmt: skip
        output += done.stdout + done.stderr
        if done.returncode:
            return False, output
        at = output.rindex("mistakes planted in")
        print("\n".join(f"          {line}" for line in output[at:].split("\n\n")[0].splitlines()))
    return True, output


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--selftest" in sys.argv[2:]))
