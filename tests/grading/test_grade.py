"""A class is graded: results.json key by key, and the same results however they are made."""

import json
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradcheck_kit
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.grade import Order, assignment_files, bundled_exercises, grade

ROOT = Path(__file__).resolve().parents[2]
MISTAKES = ROOT / "tests" / "submissions" / "mistakes"
INDEX = json.loads((MISTAKES / "index.json").read_text(encoding="utf-8"))
OUTCOMES = {
    "passed", "follow_through", "not_started", "missing", "invalid", "raised", "timed_out",
    "crashed", "wrong",
}  # fmt: skip


Write = Callable[..., Path]


def graded(*submissions: Path, out: Path, **options: Any) -> dict[str, Any]:
    """Grade and return what results.json holds, by id under "by_id"."""
    done = grade(Order(submissions, out, **{"seed": 17, "jobs": 2, **options}))
    results: dict[str, Any] = json.loads(done.path.read_text(encoding="utf-8"))
    assert results == done.results
    results["by_id"] = {submission["id"]: submission for submission in results["submissions"]}
    return results


@pytest.fixture(scope="module")
def whole_class(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Grade one class with everything in it, once for several tests."""
    root = tmp_path_factory.mktemp("class")
    shutil.copytree(ROOT / "solutions", root / "right")
    shutil.copytree(ROOT / "exercises", root / "stubs")
    shutil.copytree(MISTAKES / "case_34", root / "case_34")
    shutil.copytree(MISTAKES / "case_05", root / "case_05")
    (root / "empty").mkdir()
    (root / "broken.zip").write_text("no zip")
    with zipfile.ZipFile(root / "김철수.zip", "w") as archive:
        archive.write(ROOT / "solutions" / "network.py", "work/network.py")
    for name, code in {
        "syntax": "def loss(:\n",
        "fails": "import math\n\n1 / 0\n",
        "cp949": "name = '기울기'\n",
    }.items():
        (root / name).mkdir()
        (root / name / "network.py").write_bytes(code.encode("cp949"))
    (root / "notes.txt").write_text("no submission")
    return graded(root, out=root.parent / "out")


def test_the_schema_of_results(whole_class: dict[str, Any]) -> None:
    """Every key, with values of the right kind."""
    assert set(whole_class) - {"by_id"} == {"schema", "assignment", "sandbox", "submissions"}
    assert whole_class["schema"] == 1
    assignment = whole_class["assignment"]
    assert assignment == {
        "id": "two-layer-network",
        "max_score": 100.0,
        "seed": 17,
        "kit_version": gradcheck_kit.__version__,
    }
    sandbox = whole_class["sandbox"]
    assert set(sandbox) >= {"level", "layers"}
    assert sandbox["level"] in ("strict", "basic", "none")
    assert all(isinstance(layer, str) for layer in sandbox["layers"])
    for submission in whole_class["submissions"]:
        expected = {"id", "status", "score", "max_score", "seconds", "blame", "checks"}
        assert set(submission) - {"message"} == expected
        assert ("message" in submission) == (submission["status"] == "unreadable")
        assert submission["status"] in ("graded", "unreadable", "crashed")
        assert submission["max_score"] == 100.0
        assert 0.0 <= submission["score"] <= 100.0
        assert isinstance(submission["seconds"], float)
        assert submission["score"] == sum(check["points"] for check in submission["checks"])
        for check in submission["checks"]:
            assert set(check) == {
                "id", "function", "points", "max_points", "hidden", "outcome", "diagnosis",
                "notes", "message",
            }  # fmt: skip
            assert check["outcome"] in OUTCOMES
            assert check["id"].startswith("test_")
            assert check["function"].partition(".")[0] in ("warmup", "network", "batch")
            assert isinstance(check["hidden"], bool)
            assert isinstance(check["message"], str)
            assert (check["points"] == check["max_points"]) == (
                check["outcome"] in ("passed", "follow_through")
            )
            for entries in (check["diagnosis"], check["notes"]):
                assert all(isinstance(entry["id"], str) for entry in entries)


def test_every_submission_has_every_check(whole_class: dict[str, Any]) -> None:
    """19 for each that could be read, in the same order."""
    lists = [
        [check["id"] for check in submission["checks"]]
        for submission in whole_class["submissions"]
        if submission["status"] == "graded"
    ]
    assert all(names == lists[0] for names in lists)
    assert len(set(lists[0])) == 19


def test_the_ids_are_sorted_and_stray_files_are_none(whole_class: dict[str, Any]) -> None:
    """Every subfolder and zip is there."""
    assert [s["id"] for s in whole_class["submissions"]] == [
        "broken", "case_05", "case_34", "cp949", "empty", "fails", "right", "stubs", "syntax",
        "김철수",
    ]  # fmt: skip


def test_right_code_has_all_points_and_no_blame(whole_class: dict[str, Any]) -> None:
    """No notes, no messages."""
    right = whole_class["by_id"]["right"]
    assert (right["status"], right["score"], right["blame"]) == ("graded", 100.0, [])
    assert all(not check["message"] and not check["notes"] for check in right["checks"])


def test_stubs_have_no_points_and_no_blame(whole_class: dict[str, Any]) -> None:
    """They are not started; a folder without files misses everything."""
    for name, outcome in (("stubs", "not_started"), ("empty", "missing")):
        submission = whole_class["by_id"][name]
        assert (submission["score"], submission["blame"]) == (0, [])
        assert {check["outcome"] for check in submission["checks"]} == {outcome}


def test_mistakes_are_blamed_and_the_rest_follows_through(whole_class: dict[str, Any]) -> None:
    """Only the function at fault loses points; files that were not handed in are missing."""
    for name in ("case_34", "case_05"):
        submission = whole_class["by_id"][name]
        level = INDEX[name]["level"]
        assert submission["blame"] == INDEX[name]["blame"]
        for check in submission["checks"]:
            if not check["function"].startswith(f"{level}."):
                assert check["outcome"] == "missing"
            elif check["function"] in submission["blame"]:
                assert check["points"] == 0.0
            else:
                assert check["points"] == check["max_points"] > 0.0


@pytest.mark.parametrize(
    ("name", "outcome", "text"),
    [
        ("syntax", "invalid", "network.py, line 1"),
        ("fails", "raised", "network.py, line 3"),
        ("cp949", "invalid", "network.py, line 1"),
    ],
)
def test_a_file_that_cannot_be_imported_is_graded(
    whole_class: dict[str, Any], name: str, outcome: str, text: str
) -> None:
    """Its functions are invalid or raised, with the line; nobody is blamed."""
    submission = whole_class["by_id"][name]
    assert (submission["status"], submission["score"], submission["blame"]) == ("graded", 0, [])
    checks = [c for c in submission["checks"] if c["function"].startswith("network.")]
    assert {check["outcome"] for check in checks} == {outcome}
    assert all(text in check["message"] for check in checks)
    others = [c for c in submission["checks"] if not c["function"].startswith("network.")]
    assert {check["outcome"] for check in others} == {"missing"}


def test_what_cannot_be_read_is_unreadable(whole_class: dict[str, Any]) -> None:
    """No checks, no points, and a reason."""
    broken = whole_class["by_id"]["broken"]
    assert (broken["status"], broken["score"], broken["checks"]) == ("unreadable", 0, [])
    assert broken["message"]


def test_no_message_gives_paths_of_the_grader_or_the_seed_away(
    whole_class: dict[str, Any],
) -> None:
    """Feedback names the learner's files only."""
    for submission in whole_class["submissions"]:
        for check in submission["checks"]:
            for secret in ("gradcheck-", "/tmp", "exercises/", "seed", "python -c"):
                assert secret not in check["message"], secret


def without_seconds(results: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**s, "seconds": 0} for s in results["submissions"]]


def test_the_same_seed_gives_the_same_results(tmp_path: Path) -> None:
    """However many sessions run at a time."""
    folders = [MISTAKES / name for name in ("case_01", "case_08", "case_34", "case_57")]
    alone = graded(*folders, out=tmp_path / "1", jobs=1)
    again = graded(*folders, out=tmp_path / "2", jobs=1)
    shared = graded(*folders, out=tmp_path / "3", jobs=2)
    assert without_seconds(alone) == without_seconds(again) == without_seconds(shared)


def test_a_fresh_seed_is_drawn_and_recorded(tmp_path: Path, write: Write) -> None:
    """So that a grading can be repeated."""
    write("kim/network.py")
    seeds = {
        graded(tmp_path / "kim", out=tmp_path / "out", seed=None, only=["network"], jobs=1)[
            "assignment"
        ]["seed"]
        for _ in range(2)
    }
    assert len(seeds) == 2


def test_only_one_problem(tmp_path: Path, write: Write) -> None:
    """The maximum is that problem's, and only its files count."""
    write("kim/network.py", "def loss(p, t): return 0.0")
    results = graded(tmp_path / "kim", out=tmp_path / "out", only=["network"])
    assert results["assignment"]["max_score"] == 50.0
    kim = results["by_id"]["kim"]
    assert (kim["score"], kim["max_score"], kim["blame"]) == (46.0, 50.0, ["network.loss"])
    assert {check["function"].partition(".")[0] for check in kim["checks"]} == {"network"}


def test_an_unknown_problem_is_wrong_usage(tmp_path: Path, write: Write) -> None:
    """The message lists those that exist."""
    write("kim/network.py")
    with pytest.raises(GradcheckError, match=r"--only net: .*warmup, network, batch"):
        graded(tmp_path / "kim", out=tmp_path / "out", only=["net"])


# An author's own tests


@pytest.fixture
def course(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that makes a folder with one test file."""

    def course(tests: str) -> Path:
        folder = tmp_path / "course"
        folder.mkdir(exist_ok=True)
        (folder / "test_network.py").write_text(f"import pytest\n\n{tests}", encoding="utf-8")
        return folder

    return course


def test_own_tests_with_hidden_ones(
    tmp_path: Path, write: Write, course: Callable[[str], Path]
) -> None:
    """Points, hidden and functions come from the author's file; the id from the folder."""
    write("kim/network.py", "def loss(p, t): return (p - t) ** 2")
    exercises = course(
        "@pytest.mark.points(3, hidden=True)\n"
        "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
        "@pytest.mark.points(2)\n"
        "def test_by_hand(learner): assert learner.call('network.loss', 0.75, 0.75) == 0.0\n"
        "def test_form(learner, gradcheck): gradcheck.contract(learner)\n"
        "def test_of_the_course_itself(): assert True\n"
    )
    results = graded(tmp_path / "kim", out=tmp_path / "out", exercises=exercises)
    assert results["assignment"]["id"] == "course"
    assert results["assignment"]["max_score"] == 5.0
    checks = {check["id"]: check for check in results["by_id"]["kim"]["checks"]}
    hidden = checks["test_network.py::test_loss"]
    assert (hidden["hidden"], hidden["points"], hidden["outcome"]) == (True, 0.0, "wrong")
    assert "0.75" not in hidden["message"]
    own = checks["test_network.py::test_by_hand"]
    assert (own["function"], own["points"], own["outcome"]) == (None, 2.0, "passed")
    assert checks["test_network.py::test_form"]["max_points"] == 0.0
    assert len(checks) == 3


@pytest.mark.parametrize(
    ("tests", "text"),
    [
        ("def test_loss(learner, gradcheck:\n", "SyntaxError"),
        ("import no_such_module\ndef test_loss(learner): pass\n", "no_such_module"),
        pytest.param(
            "def test_loss(learner, nothing_of_that_name): pass\n",
            "nothing_of_that_name",
        ),
        ("@pytest.mark.points('x')\ndef test_loss(learner): pass\n", "points"),
        ("def test_nothing(): pass\n", "no tests of learners' functions"),
        pytest.param(
            "def test_l(learner, gradcheck): gradcheck.values(learner, 'lose')\n",
            "'lose'",
        ),
    ],
)
def test_a_broken_test_file_is_the_authors_mistake(
    tmp_path: Path, write: Write, course: Callable[[str], Path], tests: str, text: str
) -> None:
    """No learner gets a bad grade for it."""
    write("kim/network.py")
    with pytest.raises(GradcheckError) as caught:
        graded(tmp_path / "kim", out=tmp_path / "out", exercises=course(tests))
    assert text in str(caught.value)
    assert not (tmp_path / "out" / "results.json").exists()


def test_what_the_tests_print_does_not_matter(
    tmp_path: Path, write: Write, course: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ✓ that the system's encoding does not have cost the learner the points."""
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    write("kim/network.py")
    exercises = course(
        "import sys\n@pytest.mark.points(3)\ndef test_loss(learner, gradcheck):\n"
        "    print('✓ 확인')\n    print('✓ 확인', file=sys.stderr)\n"
        "    gradcheck.values(learner, 'loss')\n"
    )
    results = graded(tmp_path / "kim", out=tmp_path / "out", exercises=exercises)
    assert results["by_id"]["kim"]["score"] == 3.0


def test_an_authors_error_is_told_without_what_the_tests_print(
    tmp_path: Path, write: Write, course: Callable[[str], Path]
) -> None:
    write("kim/network.py")
    exercises = course(
        "import sys\ndef test_loss(learner):\n"
        "    print('progress\\n' * 60, file=sys.stderr)\n"
        "    lerner.call('network.loss', 1.0, 0.0)\n"
    )
    with pytest.raises(GradcheckError, match="lerner") as caught:
        graded(tmp_path / "kim", out=tmp_path / "out", exercises=exercises)
    assert "progress\nprogress" not in str(caught.value)


@pytest.mark.parametrize(
    "conftest",
    [
        "def pytest_configure(config): config.option.maxfail = 1\n",
        "import os, pytest\n@pytest.fixture(autouse=True)\ndef ends(): os._exit(0)\n",
        "import pytest\n@pytest.hookimpl(trylast=True)\n"
        "def pytest_collection_modifyitems(items): del items[1:]\n",
    ],
    ids=["maxfail", "exit", "removed"],
)
def test_a_session_that_ends_too_early_is_not_started_for_ever(
    tmp_path: Path, write: Write, course: Callable[[str], Path], conftest: str
) -> None:
    """With status 0, as one that has graded everything."""
    for name in ("kim", "lee", "park"):
        write(f"class/{name}/network.py", "def loss(p, t): return 7.0")
    exercises = course(
        "@pytest.mark.points(3)\n"
        "def test_loss(learner, gradcheck): gradcheck.values(learner, 'loss')\n"
        "@pytest.mark.points(3)\n"
        "def test_forward(learner, gradcheck): gradcheck.values(learner, 'forward')\n"
    )
    (exercises / "conftest.py").write_text(conftest, encoding="utf-8")
    results = graded(tmp_path / "class", out=tmp_path / "out", exercises=exercises)
    assert set(results["by_id"]) == {"kim", "lee", "park"}


def test_a_folder_without_tests_is_wrong_usage(tmp_path: Path, write: Write) -> None:
    """So is one that is not there."""
    write("kim/network.py")
    (tmp_path / "none").mkdir()
    for exercises, text in ((tmp_path / "none", "no test files"), (tmp_path / "not", "no such")):
        with pytest.raises(GradcheckError, match=text):
            graded(tmp_path / "kim", out=tmp_path / "out", exercises=exercises)


def test_files_beside_a_submission_have_no_say(tmp_path: Path, write: Write) -> None:
    """conftest.py, settings and tests of a learner are never read by the grader."""
    marker = tmp_path / "was_here"
    evil = f"open({str(marker)!r}, 'w').close()\n"
    write("kim/network.py")
    folder = tmp_path / "kim"
    (folder / "conftest.py").write_text(evil)
    (folder / "test_network.py").write_text(evil + "def test_mine(): pass\n")
    (folder / "sitecustomize.py").write_text(evil)
    (folder / "pytest.py").write_text(evil)
    (folder / "numpy.py").write_text(evil)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--nope'\n")
    results = graded(folder, out=tmp_path / "out", only=["network"])
    assert results["by_id"]["kim"]["score"] == 50.0
    assert not marker.exists()


def test_the_surroundings_of_the_grader_do_not_matter(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options and plugins in the environment or the working directory are not used."""
    write("kim/network.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    results = graded(Path("kim"), out=Path("out"), only=["network"])
    assert results["by_id"]["kim"]["score"] == 50.0


def test_two_submissions_with_helpers_of_one_name_do_not_mix(tmp_path: Path, write: Write) -> None:
    """Each has its own helper.py."""
    for name, half in (("kim", "0.5"), ("lee", "1.0")):
        write(f"{name}/network.py", "from helper import half\n"
              "def loss(p, t): return half * (p - t) ** 2")  # fmt: skip
        (tmp_path / name / "helper.py").write_text(f"half = {half}\n")
    results = graded(tmp_path / "kim", tmp_path / "lee", out=tmp_path / "out", only=["network"])
    assert results["by_id"]["kim"]["blame"] == []
    assert results["by_id"]["lee"]["blame"] == ["network.loss"]


def test_learner_code_that_dies_or_hangs_costs_its_function_only(
    tmp_path: Path, write: Write
) -> None:
    """Status graded, the outcome says what happened, and the next learner is not affected."""
    write("dies/network.py", "import os\ndef loss(p, t): os._exit(3)")
    write("kills/network.py", "import os\ndef loss(p, t): os.killpg(0, 9)")
    write("right/network.py")
    folders = [tmp_path / name for name in ("dies", "kills", "right")]
    results = graded(*folders, out=tmp_path / "out", only=["network"], jobs=1, level="basic")
    for name in ("dies", "kills"):
        submission = results["by_id"][name]
        assert (submission["status"], submission["blame"]) == ("graded", ["network.loss"])
        outcomes = {check["id"]: check["outcome"] for check in submission["checks"]}
        assert outcomes["test_network.py::test_loss"] == "crashed"
        assert submission["score"] == 46.0
    assert results["by_id"]["right"]["score"] == 50.0


def test_nothing_is_left_behind(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies, logs and specifications are removed; results and journal are in the out folder."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    write("kim/network.py")
    graded(tmp_path / "kim", out=tmp_path / "out", only=["network"])
    end = time.monotonic() + 5
    while list(temporary.iterdir()) and time.monotonic() < end:
        time.sleep(0.05)
    assert list(temporary.iterdir()) == []
    left = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert left == ["journal.jsonl", "results.json"]
    assert sorted(path.name for path in (tmp_path / "kim").iterdir()) == ["network.py"]


def test_messages_are_in_the_language_asked_for(tmp_path: Path, write: Write) -> None:
    """The learner's, not the grader's."""
    from gradcheck_kit.i18n import LOCALE_DIR

    if not list((LOCALE_DIR / "ko").glob("**/*.mo")):
        pytest.skip("no compiled messages for ko")
    write("kim/network.py", "def loss(p, t): return 0.0")
    results = graded(tmp_path / "kim", out=tmp_path / "out", only=["network"], language="ko")
    wrong = [c for c in results["by_id"]["kim"]["checks"] if c["outcome"] == "wrong"]
    assert all(any("가" <= c <= "힣" for c in check["message"]) for check in wrong)


def test_the_files_of_an_assignment(tmp_path: Path) -> None:
    """In the order of the bundled assignment; of a folder, by the names of its tests."""
    assert assignment_files(bundled_exercises()) == ["warmup.py", "network.py", "batch.py"]
    (tmp_path / "test_batch.py").write_text("")
    assert assignment_files(tmp_path) == ["batch.py"]


def test_nobody_is_graded_where_no_worker_starts(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came of it was a whole class with 0 points, and exit status 0."""
    write("kim/network.py")
    monkeypatch.setattr(
        "gradcheck_kit.learner.isolated.WorkerPool._command",
        lambda self, call: [sys.executable, "-c", "1 / 0"],
    )
    with pytest.raises(GradcheckError, match="no worker process starts"):
        graded(tmp_path / "kim", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_out_folder_that_cannot_be_written_is_wrong_usage(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is graded; to root every folder is writable, so the answer is faked."""
    write("kim/network.py")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(GradcheckError, match="cannot be written"):
        graded(tmp_path / "kim", out=tmp_path / "locked")


def test_an_out_path_that_is_a_file_is_wrong_usage(tmp_path: Path, write: Write) -> None:
    """It cannot become a folder."""
    write("kim/network.py")
    (tmp_path / "out").write_text("")
    with pytest.raises(GradcheckError, match="--out"):
        graded(tmp_path / "kim", out=tmp_path / "out")
