"""Courses register problems, mistakes, words and report writers; the kit does so itself."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gradcheck_kit import hookspecs
from gradcheck_kit.cli import main
from gradcheck_kit.courses.registry import KIT
from gradcheck_kit.diagnosis.catalogue import use_mistakes
from gradcheck_kit.grading.course import use_course
from gradcheck_kit.grading.course_reports import files_of
from gradcheck_kit.i18n import _, spoken
from gradcheck_kit.problems import get_problem, problem_names
from tests.courses.conftest import COURSE, Install, write_exercises, write_submission

HOOKS = sorted(name for name in dir(hookspecs) if name.startswith("pytest_"))


def run_pytest(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run pytest in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, encoding="utf-8",
    )  # fmt: skip


def site(name: str, install: Install, tmp_path: Path) -> Path:
    """Write exercises whose course comes from a conftest or from a distribution."""
    if name == "installed":
        install()
        return write_exercises(tmp_path / "exercises")
    return write_exercises(tmp_path / "exercises", COURSE)


WAYS = pytest.mark.parametrize("way", ["conftest", "installed"])


@WAYS
def test_a_learner_runs_another_courses_tests(way: str, install: Install, tmp_path: Path) -> None:
    """Right functions pass; a wrong one is blamed, and its mistake has the course's name."""
    exercises = site(way, install, tmp_path)
    write_submission(exercises)
    done = run_pytest("exercises", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 of 6 points" in done.stdout
    write_submission(exercises, ("-k * x", "k * x"), ("/ 2", "* 1"))
    done = run_pytest("exercises", cwd=tmp_path)
    assert "mistake   The force pushes outwards" in done.stdout
    assert "mistake   The ½ is missing" in done.stdout
    assert "1 of 6 points" in done.stdout


@pytest.mark.parametrize("folder", ["exercises", "week 3"])
def test_the_command_that_a_learner_is_told_explains_the_mistake(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where only a conftest.py makes it known."""
    write_submission(write_exercises(tmp_path / folder, COURSE), ("-k * x", "k * x"))
    done = run_pytest(folder, cwd=tmp_path)
    (told,) = re.findall(r"^more .* -m gradcheck_kit (.*)", done.stdout, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(told)) == 0
    assert "F = −k·x" in capsys.readouterr().out


def test_without_an_assignment_the_problems_order_counts(tmp_path: Path) -> None:
    """Tests may stand in any order, or be shuffled by another plugin."""
    exercises = write_exercises(tmp_path / "exercises", COURSE)
    tests = exercises / "test_oscillator.py"
    head, *functions = tests.read_text(encoding="utf-8").split("@pytest")
    tests.write_text("@pytest".join([head, *reversed(functions)]), encoding="utf-8")
    write_submission(exercises, ("return x * x", "raise NotImplementedError"),
                     ("return -k * x", "raise NotImplementedError"))  # fmt: skip
    done = run_pytest("exercises", cwd=tmp_path)
    rows = re.findall(r"^  \S (\w+) +\d/\d", done.stdout, re.MULTILINE)
    assert rows == ["spring", "energy", "force"]
    assert "next  write spring" in done.stdout


@WAYS
def test_a_class_of_another_course_is_graded(way: str, install: Install, tmp_path: Path) -> None:
    """Blame and diagnosis are the course's; a lower function that is wrong excuses others."""
    exercises = site(way, install, tmp_path)
    write_submission(tmp_path / "class" / "right")
    write_submission(tmp_path / "class" / "sign", ("-k * x", "k * x"))
    write_submission(tmp_path / "class" / "lower", ("return x * x", "return x"))
    out = tmp_path / "out"
    options = ["--exercises", exercises, "--out", out, "--jobs", 1, "--seed", 1]
    assert main(["grade", str(tmp_path / "class"), *map(str, options)]) == 0
    graded = json.loads((out / "results.json").read_text(encoding="utf-8"))["submissions"]
    found = {s["id"]: (s["score"], s["blame"]) for s in graded}
    assert found == {
        "right": (6, []),
        "sign": (3, ["oscillator.force"]),
        "lower": (5, ["oscillator.spring"]),
    }
    ids = {c["id"]: c["diagnosis"] for s in graded if s["id"] == "sign" for c in s["checks"]}
    assert ids["test_oscillator.py::test_force"] == [{"id": "fo-sign"}]


@WAYS
def test_the_other_commands_know_the_course(
    way: str, install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stubs, init, hint, explain and selftest."""
    exercises = site(way, install, tmp_path)
    solutions = write_submission(tmp_path / "solutions")
    (exercises / "assignment.toml").write_text(
        'id = "oscillator"\n[title]\nen = "An oscillator"\n'
        + "".join(
            f'[[functions]]\nname = "oscillator.{name}"\ntitle = {{ en = "{name}" }}\n'
            f'hints = {{ en = ["Think of {name}."] }}\n'
            for name in ("spring", "energy", "force")
        )
    )
    assert main(["stubs", str(solutions), str(exercises)]) == 0
    assert main(["stubs", str(solutions), str(exercises), "--check"]) == 0
    assert main(["init", str(tmp_path / "mine"), "--exercises", str(exercises)]) == 0
    mine = {path.name for path in (tmp_path / "mine").iterdir()}
    assert {"oscillator.py", "test_oscillator.py", "assignment.toml"} <= mine
    assert ("conftest.py" in mine) == (way == "conftest")
    assert "oscillator.py" in capsys.readouterr().out
    assert main(["hint", "--exercises", str(tmp_path / "mine")]) == 0
    assert "Think of spring." in capsys.readouterr().out
    assert main(["explain", "fo-sign", "--exercises", str(exercises)]) == 0
    assert "F = −k·x" in capsys.readouterr().out
    assert main(["explain", "--exercises", str(exercises), "--lang", "ko"]) == 0
    assert "힘이 바깥쪽으로 밀어요" in capsys.readouterr().out
    code = main(["selftest", str(exercises), "--mutants", "12", "--jobs", "2", "--lang", "en"])
    text = capsys.readouterr().out
    assert "oscillator" in text
    assert code == 0, text


def test_a_courses_words_are_translated(tmp_path: Path, install: Install) -> None:
    """A course ships its second language itself; what it lacks stays English."""
    install()
    use_course(None)
    with spoken("ko"):
        assert _("The force pushes outwards") == "힘이 바깥쪽으로 밀어요"
        assert _("The ½ is missing") == "The ½ is missing"
    assert _("The force pushes outwards") == "The force pushes outwards"


@WAYS
def test_report_writers_are_known(way: str, install: Install, tmp_path: Path) -> None:
    """A format has a name, and makes files of what results.json holds."""
    registry = use_course(site(way, install, tmp_path))
    results = {"submissions": [{"id": "kim"}, {"id": "lee"}]}
    files = files_of("ids", registry.writers["ids"], results)
    assert list(files) == [("ids.txt", "kim lee")]


@WAYS
def test_a_registered_format_is_written(
    way: str, install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the grades, and from results.json afterwards; others are named when it is unknown."""
    exercises = site(way, install, tmp_path)
    for name in ("kim", "lee"):
        write_submission(tmp_path / "class" / name)
    out = tmp_path / "out"
    command = ["grade", str(tmp_path / "class"), "--exercises", str(exercises), "--out", str(out)]
    assert main([*command, "--jobs", "1", "--format", "nope"]) == 2
    said = capsys.readouterr().err
    assert "--format nope: there is no such format; there are: canvas, " in said
    assert said.strip().endswith(", ids")
    assert not out.exists()
    assert main([*command, "--jobs", "1", "--format", "ids", "--format", "csv"]) == 0
    assert (out / "ids" / "ids.txt").read_text(encoding="utf-8") == "kim lee"
    assert (out / "grades.csv").exists()
    again = tmp_path / "again"
    command = ["report", str(out), "--format", "ids", "--out", str(again)]
    assert main([*command, "--exercises", str(exercises)]) == 0
    assert (again / "ids.txt").read_text(encoding="utf-8") == "kim lee"


@WAYS
def test_a_set_up_names_the_courses_files(way: str, install: Install, tmp_path: Path) -> None:
    """And leaves its stubs out."""
    exercises = site(way, install, tmp_path)
    (exercises / "oscillator.py").touch()
    folder = tmp_path / "pack"
    command = ["pack", "gradescope", "--exercises", str(exercises), "--out", str(folder)]
    assert main(command) == 0
    source = folder / "autograder"
    assert "-name 'oscillator.py'" in (source / "run_autograder").read_text(encoding="utf-8")
    assert "oscillator.py" in (source / "nothing_found.json").read_text(encoding="utf-8")
    assert (source / "exercises" / "test_oscillator.py").exists()
    assert not (source / "exercises" / "oscillator.py").exists()


@WAYS
def test_the_kits_reports_have_the_courses_words(
    way: str, install: Install, tmp_path: Path
) -> None:
    """With the grades, and from results.json afterwards, where the course is named again."""
    exercises = site(way, install, tmp_path)
    write_submission(tmp_path / "class" / "kim", ("-k * x", "k * x"))
    out, again = tmp_path / "out", tmp_path / "again"
    course = ["--exercises", str(exercises), "--format", "gradescope", "--out"]
    assert main(["grade", str(tmp_path / "class"), *course, str(out), "--jobs", "1"]) == 0
    use_mistakes(None)  # as in a process of its own
    assert main(["report", str(out), *course, str(again)]) == 0
    path = Path("kim", "results.json")
    at_once = (out / "gradescope" / path).read_text(encoding="utf-8")
    assert "The force pushes outwards" in at_once
    assert (again / path).read_text(encoding="utf-8") == at_once


def test_the_kits_own_formats_cannot_be_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their names are taken."""
    course = COURSE.replace('return {"ids"', 'return {"csv"')
    exercises = write_exercises(tmp_path / "exercises", course)
    command = ["grade", str(tmp_path), "--exercises", str(exercises), "--out", str(tmp_path / "o")]
    assert main(command) == 2
    assert "there is a report format 'csv' already, the kit's own" in capsys.readouterr().err


def test_the_kit_registers_by_the_same_door(tmp_path: Path) -> None:
    """Blocked like any plugin, its problems are gone."""
    (tmp_path / "test_network.py").write_text(
        "def test_it(learner, gradcheck):\n    gradcheck.values(learner, 'loss')\n"
    )
    (tmp_path / "network.py").write_text("def loss(p, t):\n    return 0.5 * (p - t) ** 2\n")
    done = run_pytest(cwd=tmp_path)
    assert "1 passed" in done.stdout
    done = run_pytest("-p", f"no:{KIT}", cwd=tmp_path)
    assert "there is no problem called 'network'" in done.stdout


def test_nothing_is_called_without_tests_of_learners(tmp_path: Path, install: Install) -> None:
    """A course that is installed costs other projects nothing, not even its import."""
    install("raise RuntimeError('imported')")
    (tmp_path / "conftest.py").write_text(
        "def pytest_gradcheck_problems():\n    raise RuntimeError('called')\n"
    )
    (tmp_path / "test_other.py").write_text(
        "import sys\n\n\ndef test_other():\n"
        "    assert 'gradcheck_kit.registrations' not in sys.modules\n"
        "    assert 'oscillator_course' not in sys.modules\n"
    )
    done = run_pytest(cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_learners_run_does_not_import_the_checks_of_courses(tmp_path: Path) -> None:
    """They take 80 ms, and there is no course to check."""
    (tmp_path / "test_network.py").write_text(
        "import sys\n\n\ndef test_loss(learner, gradcheck):\n"
        "    gradcheck.values(learner, 'loss')\n"
        "    assert 'gradcheck_kit.courses.registry' in sys.modules\n"
        "    assert 'gradcheck_kit.courses.checks' not in sys.modules\n"
        "    assert 'gradcheck_kit.learner.wire' not in sys.modules\n"
    )
    (tmp_path / "network.py").write_text("def loss(p, t):\n    return 0.5 * (p - t) ** 2\n")
    done = run_pytest(cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_two_courses_of_one_name_in_one_run(tmp_path: Path) -> None:
    """Each folder has what its own conftest registers, also for one submission."""
    for name, sign in (("one", "-k * x"), ("two", "k * x")):
        course = COURSE.replace("return -k * x", f"return {sign}")
        folder = write_exercises(tmp_path / name, course)
        write_submission(folder, ("return -k * x", f"return {sign}"))
    done = run_pytest("one", "two", "--import-mode=importlib", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    done = run_pytest("one", "two", "--submission=one", "--import-mode=importlib", cwd=tmp_path)
    assert "1 failed, 5 passed" in done.stdout
    assert "two/test_oscillator.py::test_force" in done.stdout.partition("short test summary")[2]


def test_a_submissions_conftest_registers_nothing(tmp_path: Path) -> None:
    """A learner cannot replace the problem."""
    exercises = write_exercises(tmp_path / "exercises", COURSE)
    cheat = COURSE.replace("return -k * x", "return 0 * x")
    write_submission(tmp_path / "class" / "kim", ("-k * x", "0 * x"))
    (tmp_path / "class" / "kim" / "conftest.py").write_text(cheat, encoding="utf-8")
    out = tmp_path / "out"
    options = ["--exercises", exercises, "--out", out, "--jobs", 1]
    assert main(["grade", str(tmp_path / "class"), *map(str, options)]) == 0
    (graded,) = json.loads((out / "results.json").read_text(encoding="utf-8"))["submissions"]
    assert (graded["score"], graded["blame"]) == (3, ["oscillator.force"])


def test_a_course_can_add_to_the_kits_mistakes(tmp_path: Path) -> None:
    """The entries of both are known then, and the kit's formula stays."""
    exercises = write_exercises(
        tmp_path / "exercises",
        "from gradcheck_kit import Misconception, Mistakes\n\n\n"
        "def pytest_gradcheck_misconceptions():\n"
        "    entry = Misconception('my-own', 'Thirds', 'Why a third?', 'L = ⅓…',\n"
        "                          body='return (y_pred - y_true) ** 2 / 3')\n"
        "    return {'network.loss': Mistakes(entries=(entry,))}\n",
    )
    registry = use_course(exercises)
    assert set(problem_names()) == {"batch", "network", "warmup"}
    assert get_problem("network") is registry.problems["network"]
    from gradcheck_kit.diagnosis.catalogue import misconceptions, right_formula

    ids = [entry.id for entry in misconceptions("network", "loss")]
    assert ids[-1] == "my-own"
    assert len(ids) > 3
    assert right_formula("network", "loss").startswith("½(")


def test_xdist_workers_know_the_course(tmp_path: Path) -> None:
    """Every worker registers for itself."""
    exercises = write_exercises(tmp_path / "exercises", COURSE)
    write_submission(exercises)
    done = run_pytest("exercises", "-n", 2, cwd=tmp_path)
    assert "6 of 6 points" in done.stdout, done.stdout


# Wrong registrations

WRONG = {
    "a name that is taken": (
        'Problem(\n    "oscillator"', 'Problem(\n    "network"',
        "there is a problem 'network' already, from gradcheck-kit",
    ),
    "no name for a module": (
        'Problem(\n    "oscillator"', 'Problem(\n    "my course"', "no name for a module",
    ),
    "two functions of one name": (
        '"energy", ("x", "k")', '"force", ("x", "k")', "oscillator.force: there are two functions",
    ),
    "no reference": (
        '(Return("F"),), force, points', '(Return("F"),), None, points',
        "oscillator.force: its reference is missing",
    ),
    "another function as reference": (
        '(Return("F"),), force, points', '(Return("F"),), energy, points',
        "oscillator.force: its reference must be a function called force",
    ),
    "a reference that fails": (
        "return -k * x", "return -k / (x - x)", "force: its reference fails at (0.5, 0.7)",
    ),
    "a reference that is not a number": (
        "return -k * x", "return float('nan')", "oscillator.force: its reference returns F = nan",
    ),
    "a reference that needs its module": (
        "return -k * x", "return -k * x * len(KOREAN) / 2",
        "may use np, math and its lower functions only: name 'KOREAN' is not defined",
    ),
    "parameters that differ": (
        '"force", ("x", "k")', '"force", ("x",)', "takes 2 parameters, not 1",
    ),
    "a lower function that does not exist": (
        'lower=("spring",)', 'lower=("sprong",)',
        "oscillator.energy: its lower function 'sprong' does not exist; there are: spring, energy",
    ),
    "a lower function that comes later": (
        'lower=("spring",)', 'lower=("force",)', "'force' does not come before it",
    ),
    "too few points": (
        "range(8)", "range(7)", "oscillator.spring: only 7 of its probe points",
    ),
    "points that are not tuples": (
        "((n + 2) / 7,)", "(n + 2) / 8", "one of its points is no tuple of 1 arguments: 0.25",
    ),
    "points that come from elsewhere": (
        "((n + 2) / 7,)", "(id(object()) * n + __import__('time').perf_counter(),)",
        "its points differ from call to call",
    ),
    "a chain that is not the reference": (
        'chains={"F": {"k": ("k",), "x": ("x",)}}', 'chains={"F": {"k": ("k",)}}',
        "oscillator.force: the chain of F does not multiply to what the reference returns",
    ),
    "factors that are the same": (
        'Factor("k", lambda x, k: k)', 'Factor("k", lambda x, k: x)',
        "the factors of F (x, k) cannot be told apart",
    ),
    "a link of an unknown factor": (
        '"k": ("k",)', '"k": ("kk",)', "the link 'k' names 'kk', which is no factor of F",
    ),
    "a chain of an unknown return": (
        'chains={"F"', 'chains={"G"', "there is a chain of 'G', which it does not return",
    ),
    "mistakes in an unknown function": (
        '"oscillator.force": Mistakes', '"oscillator.farce": Mistakes',
        "mistakes in a function that does not exist; there are: oscillator.spring, oscillator.e",
    ),
    "links of a mistake that do not exist": (
        "links={\"F\": {-1: 1}}", "links={\"F\": {\"mass\": 1}}",
        "misconception fo-sign: 'mass' is no factor of force",
    ),
    "evidence whose text is not there": (
        '("0.5 * ", "")', '("0.25 * ", "")',
        "misconception en-half: '0.25 * ' is in the source of energy 0 times, not once",
    ),
    "evidence that is no Python": (
        '("0.5 * ", "")', '("0.5 * ", "0.5 ** *")', "oscillator.energy: misconception en-half",
    ),
    "a mistake without words": (
        'title="The force pushes outwards"', 'title=""', "'fo-sign' lacks an id, a title or a hint",
    ),
    "a mistake that nothing shows": (
        "links={\"F\": {-1: 1}}", "links={}", "fo-sign has nothing to be recognised by",
    ),
    "a language that the kit does not speak": (
        "return KOREAN if", "return {1: 2} if", "a translation into ko is no text: 1",
    ),
    "a hook that returns something else": (
        "return [PROBLEM]", "return PROBLEM",
        "pytest_gradcheck_problems must return a list of Problem, not",
    ),
    "no comma after the only return": (
        '(Return("F"),), force', 'Return("F"), force',
        "oscillator.force: returns must be a tuple of Return; a single one needs its comma",
    ),
    "no comma after the only parameter": (
        '"spring", ("x",)', '"spring", ("x")',
        "oscillator.spring: parameters must be a tuple of texts",
    ),
    "a factor that fails": (
        'Factor("x", lambda x, k: x)', 'Factor("x", lambda x: x)',
        "oscillator.force: the factor 'x' fails at (0.5, 0.7): TypeError: ",
    ),
    "a factor of another shape": (
        'Factor("x", lambda x, k: x)', 'Factor("x", lambda x, k: [x, x])',
        "the factor 'x' has the shape (2,) at (0.5, 0.7), which does not broadcast to F, ()",
    ),
    "a chain whose links are no tuples": (
        '{"k": ("k",), "x": ("x",)}', '{"k": "k", "x": "x"}',
        "oscillator.force: chains must be a mapping from returns to links",
    ),
    "a product of unknown factors": (
        'chains={"F"', 'products={"q": ("m", "x")}, chains={"F"',
        "oscillator.force: the product 'q' names 'm', which is no factor",
    ),
    "a size that is 0": (
        'chains={"F"', 'sizes=(Factor("m", lambda x, k: 0),), chains={"F"',
        "oscillator.force: the size 'm' is 0.0 at (0.5, 0.7); it must be above 0",
    ),
    "a scale that fails": (
        'Return("F")', 'Return("F", scale=lambda x: 1)', "the scale of F fails at (0.5, 0.7)",
    ),
    "a kind that does not exist": (
        'Return("F")', 'Return("F", kind="list")', "Return 'F': kind must be",
    ),
    "a sequence that is a number": (
        'Return("F")', 'Return("F", kind="sequence")', "F is no sequence: its kind must be",
    ),
    "extreme of another function": (
        'lower=("spring",)', 'lower=("spring",), extreme=lambda x: x > 700',
        "oscillator.energy: extreme fails at (0.5, 0.7): TypeError",
    ),
    "an objective whose arguments do not fit": (
        '(Return("F"),), force, points', '(Return("F", of="x"),), force, points, objective='
        'Objective("spring", lambda x: (x,), "energy", lambda out, x, k: (x, k))',
        "oscillator.force: its objective fails at (0.5, 0.7): TypeError",
    ),
    "a gradient of something else": (  # the force is minus the slope of the energy
        '(Return("F"),), force, points', '(Return("F", of="x"),), force, points, objective='
        'Objective("spring", lambda x, k: (x,), "energy", lambda out, x, k: (x, k))',
        "oscillator.force: F is not the gradient of its objective by x at (0.5, 0.7)",
    ),
    "a module that learners' file would hide": (
        '"oscillator",', '"numpy",', "learners' numpy.py would hide the module of that name",
    ),
    "no functions": (
        "return [PROBLEM]", 'return [Problem("oscillator", ())]',
        "problem 'oscillator': it has no functions",
    ),
    "two mistakes of one id": (
        'entries=(\n            Misconception(\n                id="fo-sign"',
        'entries=(\n            Misconception("fo-sign", "Twice", "Why twice?", "F = −2·k·x", '
        'links={"F": {2: 1}}),\n            Misconception(\n                id="fo-sign"',
        "oscillator.force: there are two misconceptions fo-sign",
    ),
    "no comma after the only change": (
        '(("0.5 * ", ""),)', '(("0.5 * ", ""))', "misconception 'en-half': change must be",
    ),
    "evidence that is right": (
        '("0.5 * ", "")', '("0.5 * ", "1 / 2 * ")',
        "misconception en-half: its code returns the right values at every probe point",
    ),
    "evidence that does not run": (
        '("0.5 * ", "")', '("0.5 * ", "half * ")',
        "misconception en-half: its code does not run: name 'half' is not defined",
    ),
    "a link to the power of a half": (
        "{-1: 1}", "{-1: 0.5}", "links must be a mapping from returns to factors with whole",
    ),
    "behaviour that nobody looks for": (
        'links={"F": {-1: 1}}', 'when="never"', "misconception 'fo-sign': when must be one of",
    ),
    "braces in a hint": (
        "Integrate the force from 0 to x.", "The set {x}.",
        "misconception en-half: write {{ and }} for braces in 'The set {x}.'",
    ),
    "braces in a translation": (
        "힘이 바깥쪽으로 밀어요", "힘 {F}", "a translation into ko: write {{ and }} for braces",
    ),
    "a format with a path in its name": (
        'return {"ids"', 'return {"../ids"', "the report format '../ids' needs a name of letters",
    ),
    "a problem that is none": ("return [PROBLEM]", "return ['p']", "'p' is no Problem"),
    "a hook that fails": (
        "return MISTAKES", "return MISTAKE",
        "pytest_gradcheck_misconceptions failed: NameError: name 'MISTAKE' is not defined",
    ),
    "a writer that cannot be called": (
        'return {"ids": lambda results:', 'return {"ids": "x", "no": lambda results:',
        "the report writer 'ids' cannot be called",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_registration_ends_the_run_at_start(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names the plugin and the culprit; exit 2 of the command."""
    old, new, text = WRONG[case]
    assert old in COURSE
    exercises = write_exercises(tmp_path / "exercises", COURSE.replace(old, new))
    (tmp_path / "class" / "kim").mkdir(parents=True)
    command = ["grade", str(tmp_path / "class"), "--exercises", str(exercises)]
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"gradcheck-kit: {exercises / 'conftest.py'}: ")
    assert text in line


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_wrong_registration_ends_pytest_with_4(workers: tuple[str, ...], tmp_path: Path) -> None:
    """Before any test runs."""
    course = COURSE.replace('lower=("spring",)', 'lower=("sprong",)')
    write_submission(write_exercises(tmp_path / "exercises", course))
    done = run_pytest("exercises", *workers, cwd=tmp_path)
    lines = re.findall(r".*its lower function 'sprong' does not exist.*", done.stdout + done.stderr)
    assert lines
    assert "conftest.py: oscillator.energy" in lines[0]
    assert " passed" not in done.stdout
    if not workers:
        assert len(lines) == 1
        assert done.returncode == 4
        assert lines[0].startswith("ERROR: ")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import no_such_module", "no_such_module"),
        ("def pytest_gradcheck_problems(", "SyntaxError"),
    ],
)
def test_a_course_that_cannot_be_imported_is_named(
    code: str, text: str, install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An installed one by its entry point."""
    install(code, "broken_course")
    write_exercises(tmp_path / "exercises")
    done = run_pytest("exercises", cwd=tmp_path)
    assert done.returncode == 4
    assert "ERROR: broken_course: the course's plugin broken_course cannot be imported: " in (
        done.stderr
    )
    assert text in done.stderr
    assert main(["explain", "bw-w1-missing-x"]) == 2
    assert "broken_course: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        (("physics", "physics"), "physics: two installed packages have a course of that name"),
        (("terminal", "other"), "terminal: another plugin of pytest has that name"),
    ],
)
def test_names_of_installed_courses_must_differ(
    entries: tuple[str, str], text: str, install: Install, tmp_path: Path
) -> None:
    """Else one of them would be left out without a word."""
    for number, entry in enumerate(entries):
        code = COURSE.replace('"oscillator",', f'"oscillator{number}",')
        install(code.replace('"oscillator.', f'"oscillator{number}.'), f"course{number}", entry)
    write_exercises(tmp_path / "exercises")
    done = run_pytest("exercises", cwd=tmp_path)
    assert done.returncode == 4
    assert f"ERROR: {text}" in done.stderr


def test_an_installed_course_can_be_blocked(install: Install, tmp_path: Path) -> None:
    """By its name, like any plugin of pytest."""
    install()
    write_submission(write_exercises(tmp_path / "exercises"))
    assert run_pytest("exercises", cwd=tmp_path).returncode == 0
    done = run_pytest("exercises", "-p", "no:oscillator_course", cwd=tmp_path)
    assert "there is no problem called 'oscillator'" in done.stdout


def test_a_conftest_that_cannot_be_imported_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With pytest's own words."""
    exercises = write_exercises(tmp_path / "exercises", "import no_such_module")
    command = ["grade", str(tmp_path), "--exercises", str(exercises), "--out", str(tmp_path / "o")]
    assert main(command) == 2
    assert "no_such_module" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("exercises",), ()], ids=["named", "found"])
def test_a_misspelt_hook_is_refused(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the names that there are, whether the folder was named or found."""
    course = f"{COURSE}\n\ndef pytest_gradcheck_problem():\n    return []\n"
    exercises = write_exercises(tmp_path / "exercises", course)
    done = run_pytest(*arguments, cwd=tmp_path)
    assert done.returncode == 4
    (line,) = done.stderr.strip().splitlines()
    place = exercises / "conftest.py"
    assert f"{place}: there is no hook pytest_gradcheck_problem; there are: " in line
    command = ["grade", str(tmp_path), "--exercises", str(exercises), "--out", str(tmp_path / "o")]
    assert main(command) == 2
    assert "there is no hook pytest_gradcheck_problem;" in capsys.readouterr().err


def test_a_hook_with_another_argument_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """pytest shows a traceback then; the commands say it in one line."""
    course = COURSE.replace("gradcheck_problems()", "gradcheck_problems(course)")
    exercises = write_exercises(tmp_path / "exercises", course)
    command = ["grade", str(tmp_path), "--exercises", str(exercises), "--out", str(tmp_path / "o")]
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "{'course'} are declared in the hookimpl but can not be found in the hookspec" in line


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_says_what_it_is_for(name: str) -> None:
    """With what it returns and an example."""
    text = getattr(hookspecs, name).__doc__
    assert {"Returns", "Examples"} <= set(map(str.strip, text.splitlines()))
    assert f"def {name}(" in text
    assert name.startswith("pytest_gradcheck_")


def test_the_environment_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking pytest changes no variable and keeps no module."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    before, modules = dict(os.environ), set(sys.modules)
    use_course(write_exercises(tmp_path / "exercises", COURSE))
    assert "oscillator" in problem_names()
    assert {k: v for k, v in os.environ.items() if k != "PYTEST_VERSION"} == {
        k: v for k, v in before.items() if k != "PYTEST_VERSION"
    }
    assert not [name for name in set(sys.modules) - modules if "conftest" in name]
    assert not list(tmp_path.rglob("__pycache__"))
