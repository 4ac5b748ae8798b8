"""Self-test: a good assignment is well, and every fault planted in one is complained of."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polib
import pytest
from wcwidth import wcswidth

from gradcheck_kit import i18n
from gradcheck_kit.assignment import _read_assignment, read_assignment
from gradcheck_kit.cli import main
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading import selftest as selftest_module
from gradcheck_kit.grading.assignment_checks import metadata_complaints, stub_complaints
from gradcheck_kit.grading.equivalence import Comparison
from gradcheck_kit.grading.mutations import Mutant
from gradcheck_kit.grading.selftest import Planted, Selftest, SelftestOrder, selftest
from gradcheck_kit.grading.selftest_report import report, to_json
from gradcheck_kit.grading.stubs import translate_stub
from gradcheck_kit.problems import get_problem

ROOT = Path(__file__).resolve().parents[2]
WARMUP = get_problem("warmup")

Capture = pytest.CaptureFixture[str]
Edit = Callable[[str, str, str], None]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Make an assignment of the warm-up only, with its solutions beside it."""
    exercises = tmp_path / "exercises"
    exercises.mkdir()
    (tmp_path / "solutions").mkdir()
    for name in ("warmup.py", "test_warmup.py", "README.md"):
        shutil.copy(ROOT / "exercises" / name, exercises)
    shutil.copy(ROOT / "solutions" / "warmup.py", tmp_path / "solutions")
    text = (ROOT / "exercises" / "assignment.toml").read_text(encoding="utf-8")
    head, *entries = text.split("[[functions]]")
    kept = [head, *(entry for entry in entries if 'name = "warmup.' in entry)]
    (exercises / "assignment.toml").write_text("[[functions]]".join(kept), encoding="utf-8")
    return exercises


@pytest.fixture
def edit(course: Path) -> Edit:
    """Return a function that replaces text in a file of the course."""

    def edit(name: str, old: str, new: str) -> None:
        path = course / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        _read_assignment.cache_clear()

    return edit


def complaints(course: Path, **order: Any) -> list[str]:
    found = selftest(SelftestOrder(exercises=course, mutants=0, **order))
    assert found.is_well is (found.complaints == [])
    return [f"{complaint.where}: {complaint.text}" for complaint in found.complaints]


def metadata(course: Path) -> list[str]:
    found = metadata_complaints(read_assignment(course), [WARMUP], complete=True)
    return [f"{complaint.where}: {complaint.text}" for complaint in found]


def test_a_good_assignment_is_well(course: Path) -> None:
    """Nothing to complain of; its points are added up."""
    found = selftest(SelftestOrder(exercises=course, mutants=6, seed=5, jobs=1, arguments=100))
    assert found.is_well
    assert found.points == {"warmup": 20}
    assert len(found.planted) == 6
    assert {planted.fate for planted in found.planted} == {"caught"}
    for planted in found.planted:
        assert planted.blame == (f"warmup.{planted.mutant.function}",)


def test_the_bundled_assignment_is_well() -> None:
    """Its stubs, solutions, words, points and files."""
    found = selftest(SelftestOrder(mutants=0))
    assert found.complaints == []
    assert found.points == {"warmup": 20, "network": 50, "batch": 30}


def test_a_stub_that_works_is_no_stub(course: Path) -> None:
    """It earns points, and it is not what its solution says."""
    shutil.copy(course.parent / "solutions" / "warmup.py", course)
    found = complaints(course)
    assert "test_warmup.py::test_df_dx: the stub is passed, not not_started" in found
    assert any("test_df_dx: the stub earns" in text for text in found)
    assert any(text.startswith("warmup.py: the stub is not as its solution says") for text in found)


def test_a_stub_that_is_blamed(course: Path, edit: Edit) -> None:
    """A stub that returns None looks like a mistake."""
    edit("warmup.py", 'raise NotImplementedError("df_dx is not written yet")', "return None")
    found = complaints(course)
    assert "test_warmup.py::test_df_dx: the stub is invalid, not not_started" in found
    assert "warmup.df_dx: the stub is blamed" in found


def test_a_wrong_solution(course: Path, edit: Edit) -> None:
    """With the headline of its failure."""
    edit("../solutions/warmup.py", "2 * x * y + 3 * y", "2 * x * y + 4 * y")
    (text,) = complaints(course)
    assert text.startswith("test_warmup.py::test_df_dx: the solution is wrong: df_dx")


def test_a_solution_with_a_note(course: Path, edit: Edit) -> None:
    """Full points are not enough: here it differentiates numerically."""
    edit("../solutions/warmup.py", "return 2 * x * y + 3 * y",
         "return (2 * x * y + 3 * y) * (1 + 1e-9)")  # fmt: skip
    assert complaints(course) == [
        "test_warmup.py::test_df_dx: the solution gets the note numeric-differentiation",
        "test_warmup.py::test_df_dx: the solution gets the diagnosis numeric",
    ]


def test_missing_files(course: Path) -> None:
    """A problem without stub or solution."""
    (course / "warmup.py").unlink()
    assert any("warmup.py: missing" in text for text in complaints(course))


def test_a_solution_that_is_missing(course: Path) -> None:
    """There are others in the folder."""
    (course.parent / "solutions" / "warmup.py").rename(course.parent / "solutions" / "other.py")
    assert any("warmup.py: missing" in text for text in complaints(course))


def test_stray_files(course: Path) -> None:
    """Not those that a README speaks of, nor hidden ones."""
    for name in ("notes.txt", "picture.svg", ".hidden", "conftest.py"):
        (course / name).write_text("", encoding="utf-8")
    with (course / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("![](picture.svg)")
    assert complaints(course) == ["notes.txt: a stray file: no test and no lesson names it"]


def test_a_function_without_points(course: Path, edit: Edit) -> None:
    """Whatever is planted in it gets through, and the arguments that show it are given."""
    test = (course / "test_warmup.py").read_text(encoding="utf-8")
    start = test.index("@pytest.mark.points", test.index("def test_df_dx"))
    end = test.index("@pytest.mark.points", start + 1)
    (course / "test_warmup.py").write_text(test[:start] + test[end:], encoding="utf-8")
    found = selftest(SelftestOrder(exercises=course, mutants=30, seed=1, arguments=100))
    assert not found.is_well
    assert [f"{c.where}: {c.text}" for c in found.complaints] == [
        "warmup.df_dy: no test with points judges it"
    ]
    through = [planted for planted in found.planted if planted.fate == "let_through"]
    assert through
    assert {planted.mutant.function for planted in through} == {"df_dy"}
    for planted in through:
        assert planted.comparison is not None
        assert planted.comparison.outcome == "differs"
        assert planted.comparison.got != planted.comparison.right
    text = "\n".join(report(found))
    assert f"let through, though values change: {len(through)}" in text
    assert "with the mistake" in text


def test_tests_that_do_not_run(course: Path, edit: Edit) -> None:
    """The author's own mistake."""
    edit("test_warmup.py", "import pytest", "import pytest_of_another_planet as pytest")
    (text,) = complaints(course)
    assert text.startswith("tests: ")
    assert "pytest_of_another_planet" in text


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "warmup.df_dx"', 'name = "warmup.df_dz"',
         "warmup.df_dx: assignment.toml does not list this function"),
        ('name = "warmup.df_dx"', 'name = "warmup.df_dz"',
         "warmup.df_dz: assignment.toml lists it, but no problem has this function"),
        ("needs = []", 'needs = ["warmup.f"]', "warmup.df_dx: needs warmup.f, which is not there"),
        ("needs = []", 'needs = ["warmup.df_dy"]',
         "warmup.df_dx: needs warmup.df_dy, which is listed after it"),
        ("needs = []", 'needs = ["warmup.df_dx"]',
         "warmup.df_dx: needs warmup.df_dx, which needs it"),
        (', ko = "x로 편미분하기"', "", "warmup.df_dx: no title in ko"),
        ('en = "A two-layer network by hand"\n', "", "assignment.toml: no title in en"),
        ("ko = [\n", "fr = [\n", "warmup.df_dx: no hints in ko"),
        ("ko = [\n", "fr = [\n", "assignment.toml: the kit does not speak the language fr"),
        ('"Only x moves. Which of the three terms of f have an x in them, and which does not?"',
         '" "', "warmup.df_dx: an empty hint in en"),
    ],
)  # fmt: skip
def test_faults_in_the_metadata(
    course: Path, edit: Edit, old: str, new: str, complaint: str
) -> None:
    """Functions, needs and words."""
    assert metadata(course) == []
    edit("assignment.toml", old, new)
    assert complaint in metadata(course)


def test_needs_in_a_circle(course: Path, edit: Edit) -> None:
    """Each of the two waits for the other."""
    edit("assignment.toml", "needs = []", 'needs = ["warmup.df_dy"]')
    edit("assignment.toml", "needs = []", 'needs = ["warmup.df_dx"]')
    assert "warmup.df_dy: needs warmup.df_dx, which needs it" in metadata(course)


def test_an_assignment_in_one_language(course: Path) -> None:
    """Only languages that it uses are expected."""
    path = course / "assignment.toml"
    lines = path.read_text(encoding="utf-8").split("\n")
    english, skipping = [], False
    for line in lines:
        skipping = line.startswith("ko = [") or (skipping and line != "]")
        if not skipping and not line.startswith('ko = "'):
            english.append(line.split(", ko = ")[0] + (" }" if ", ko = " in line else ""))
    text = "\n".join(english).replace("]\n]", "]")
    path.write_text(text, encoding="utf-8")
    _read_assignment.cache_clear()
    assert "ko" not in text
    assert metadata(course) == []


def test_an_assignment_without_metadata_is_fine(course: Path) -> None:
    """Titles and hints are optional."""
    (course / "assignment.toml").unlink()
    _read_assignment.cache_clear()
    assert complaints(course) == []


def test_stubs_in_the_language_of_init(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Korean stubs are as their solutions say, where Korean was chosen."""
    source = i18n.LOCALE_DIR / "ko" / "LC_MESSAGES" / "gradcheck_kit.po"
    target = tmp_path / "locale" / "ko" / "LC_MESSAGES" / "gradcheck_kit.mo"
    target.parent.mkdir(parents=True)
    polib.pofile(str(source)).save_as_mofile(str(target))
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path / "locale")
    stub = course / "warmup.py"
    with i18n.spoken("ko"):
        korean = translate_stub(stub.read_text(encoding="utf-8"))
    assert korean != stub.read_text(encoding="utf-8")
    stub.write_text(korean, encoding="utf-8")
    solutions = course.parent / "solutions"
    assert stub_complaints(course, solutions, [WARMUP], "ko") == []
    assert len(stub_complaints(course, solutions, [WARMUP], None)) == 1


# What becomes of a planted mistake


MUTANT = Mutant("network", "loss", 7, "sign", "line 7, return: sign changed", "")


class Same:
    """Stands in for the comparison with the solution."""

    def __init__(self, outcome: str) -> None:
        self.outcome = outcome

    def compare(self, folder: Path, name: str) -> Comparison:
        assert name == "loss"
        return Comparison(self.outcome, 9, (1.0,), 2.0, 3.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "blame", "status", "outcome", "fate"),
    [
        (40, ["network.loss"], "graded", "differs", "caught"),
        (40, ["network.train"], "graded", "differs", "misblamed"),
        (40, ["network.loss", "network.train"], "graded", "differs", "misblamed"),
        (40, [], "graded", "differs", "misblamed"),
        (50, ["network.loss"], "graded", "differs", "caught"),
        (50, [], "graded", "differs", "let_through"),
        (50, [], "graded", "identical", "equivalent"),
        (50, [], "graded", "rounding", "equivalent"),
        (50, [], "graded", "forgiven", "forgiven"),
        (0, [], "crashed", "differs", "crashed"),
    ],
)
def test_fates(score: float, blame: list[str], status: str, outcome: str, fate: str) -> None:
    """Blame must be the mutated function and nothing else."""
    ids = {"diagnosis": [{"id": "loss-sign"}], "notes": []}
    check = {"function": "network.loss", "outcome": "wrong", **ids}
    result = {"status": status, "score": score, "max_score": 50, "blame": blame, "checks": [check]}
    planted = selftest_module._planted(MUTANT, result, Same(outcome), Path())  # type: ignore[arg-type]
    assert planted.fate == fate
    if fate == "caught":
        assert planted.diagnosis == ("loss-sign",)
        assert planted.outcomes == {"network.loss": "wrong"}


def test_those_that_ran_out_of_time_are_graded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone, because a busy machine is no mistake; the others keep their results."""
    results = [
        {"id": "1", "status": "graded", "checks": [{"outcome": "wrong"}]},
        {"id": "2", "status": "graded", "checks": [{"outcome": "timed_out"}]},
        {"id": "3", "status": "crashed", "checks": []},
    ]
    for result in results:
        (tmp_path / "class" / str(result["id"])).mkdir(parents=True)

    def graded(folder: Path, *arguments: Any) -> list[dict[str, Any]]:
        assert arguments[3].jobs == 1
        return [{"id": path.name, "again": True} for path in sorted(folder.iterdir())]

    monkeypatch.setattr(selftest_module, "_graded", graded)
    found = found_with("caught")
    order = SelftestOrder()
    again = selftest_module._asked_again(results, found, WARMUP, order, tmp_path)
    assert again == [results[0], {"id": "2", "again": True}, {"id": "3", "again": True}]
    assert len(list((tmp_path / "class").iterdir())) == 3  # to be compared with the solution
    assert selftest_module._asked_again(again[:0], found, WARMUP, order, tmp_path) == []


def found_with(fate: Any, **more: Any) -> Selftest:
    comparison = Comparison("differs", 9, (1.0, 0.25), 2.0, 3.0)
    planted = Planted(MUTANT, fate, comparison=comparison, **more)
    found = Selftest(Path("exercises"), Path("solutions"), read_assignment(Path("nowhere")), 3)
    found.problems, found.planted, found.possible = ["network"], [planted], {"network": 1}
    return found


@pytest.mark.parametrize(
    ("fate", "is_well", "words"),
    [
        ("caught", True, "caught, but no diagnosis names the mistake: 1"),
        ("equivalent", True, "○ let through, the same values: 1"),
        ("forgiven", True, "○ let through, forgiven with a note: 1"),
        ("misblamed", False, "blamed: network.train (raised)"),
        ("let_through", False, "with the mistake 2.0, else 3.0"),
        ("crashed", False, "✗ the grader failed on it: 1"),
    ],
)
def test_what_needs_attention(fate: str, is_well: bool, words: str) -> None:
    """And how the report puts it, in lines of 80 columns."""
    found = found_with(fate, blame=("network.train",), outcomes={"network.train": "raised"})
    assert found.is_well is is_well
    lines = report(found)
    assert words in "\n".join(lines)
    assert "  network.loss, line 7, return: sign changed" in lines
    assert all(wcswidth(line) <= 80 for line in lines)
    assert lines[-1].startswith("✓" if is_well else "✗")


def test_many_unnamed_mistakes_are_counted() -> None:
    """By function."""
    found = found_with("caught")
    found.planted *= 30
    assert "  network.loss  30 of 30" in report(found)


def test_json_has_everything() -> None:
    """Also arrays and tuples, as lists."""
    entry = to_json(found_with("let_through"))["planted"][0]
    assert entry["function"] == "network.loss"
    assert entry["fate"] == "let_through"
    assert entry["comparison"] == {
        "outcome": "differs", "arguments_tried": 9,
        "arguments": [1.0, 0.25], "got": 2.0, "right": 3.0,
    }  # fmt: skip


# The command


def test_the_command_says_all_is_well(course: Path, tmp_path: Path, capsys: Capture) -> None:
    """Exit 0; a table, and the same in JSON."""
    file = tmp_path / "found.json"
    arguments = ["selftest", course, "--mutants", 8, "--seed", 2, "--jobs", 1, "--json", file]
    assert main(list(map(str, arguments))) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert "  seed       2" in lines
    assert "  points     warmup 20 = 20" in lines
    assert "✓ nothing needs your attention" in lines
    assert all(wcswidth(line) <= 80 or str(tmp_path) in line for line in lines)
    data = json.loads(file.read_text(encoding="utf-8"))
    assert data["is_well"] is True
    assert data["assignment"] == {"id": "two-layer-network", "seed": 2, "points": {"warmup": 20}}
    assert len(data["planted"]) == 8
    assert main(list(map(str, arguments))) == 0
    assert json.loads(file.read_text(encoding="utf-8")) == data


def test_the_command_says_what_to_mend(course: Path, capsys: Capture) -> None:
    """Exit 1."""
    (course / "notes.txt").write_text("", encoding="utf-8")
    assert main(["selftest", str(course), "--mutants", "0"]) == 1
    out = capsys.readouterr().out
    assert "✗ to mend in the assignment: 1" in out
    assert "notes.txt  a stray file" in out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nowhere"], "nowhere: there is no such folder of exercises"),
        (["exercises", "--only", "net"], "--only net"),
        (["exercises", "--solutions", "nowhere"], "nowhere: there are no .py files here"),
        (["alone/exercises"], "no solutions beside it; name their folder with --solutions DIR"),
        (["exercises", "--json", "no/where.json"], "--json no/where.json"),
    ],
)
def test_wrong_usage_is_2(
    course: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    text: str,
) -> None:
    """One line on standard error."""
    shutil.copytree(course, course.parent / "alone" / "exercises")
    monkeypatch.chdir(course.parent)
    assert main(["selftest", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert text in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("option", [["--mutants", "-1"], ["--mutants", "x"], ["--jobs", "0"]])
def test_wrong_options_are_2(capsys: Capture, option: list[str]) -> None:
    """As argparse does it."""
    with pytest.raises(SystemExit) as ended:
        main(["selftest", *option])
    assert ended.value.code == 2


def test_solutions_inside_the_exercises(course: Path) -> None:
    """The second place to look."""
    shutil.move(course.parent / "solutions", course / "solutions")
    assert selftest_module.find_solutions(course, None) == (course / "solutions").resolve()
    shutil.rmtree(course / "solutions")
    with pytest.raises(GradcheckError, match="no solutions"):
        selftest_module.find_solutions(course, None)
