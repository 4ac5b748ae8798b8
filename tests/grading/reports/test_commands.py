"""The command `report`, and reports of `grade`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradcheck_kit.cli import main
from gradcheck_kit.display import python_as_typed
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading import report as report_module
from gradcheck_kit.grading.report import write_whole

from .samples import SEED, report, small_class

ClassFile = Callable[[dict[str, Any]], Path]
Capture = pytest.CaptureFixture[str]


def test_reports_go_beside_the_results(
    tmp_path: Path, class_file: ClassFile, capsys: Capture
) -> None:
    """Several at once; each says what it wrote."""
    class_file(small_class())
    assert report(tmp_path, "--format", "csv", "--format", "junit", "--format", "github") == 0
    said = capsys.readouterr().out
    for name in ("grades.csv", "junit.xml", "github"):
        assert (tmp_path / name).exists()
        assert str(tmp_path / name) in said
    assert str(SEED) not in said


def test_out_is_a_file_or_an_existing_folder(tmp_path: Path, class_file: ClassFile) -> None:
    path = class_file(small_class())
    assert report(path, "--format", "csv", "--out", tmp_path / "new" / "my.csv") == 0
    assert report(path, "--format", "csv", "--out", tmp_path / "new") == 0
    assert {p.name for p in (tmp_path / "new").iterdir()} == {"my.csv", "grades.csv"}


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["--format", "csv", "--format", "junit", "--out", "x"],
        ["--feedback", "f", "--out", "x"],
    ],
)  # fmt: skip
def test_wrong_options_are_2(class_file: ClassFile, capsys: Capture, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        report(class_file(small_class()), *arguments)
    assert ended.value.code == 2
    assert "usage: gradcheck-kit report" in capsys.readouterr().err


def test_exercises_that_do_not_exist_are_2(class_file: ClassFile, capsys: Capture) -> None:
    """A report without the words of the course was written."""
    arguments = ["--format", "csv", "--exercises", "nowhere"]
    assert report(class_file(small_class()), *arguments) == 2
    assert "nowhere: there is no such folder of exercises" in capsys.readouterr().err


def test_a_format_that_does_not_exist_is_2(class_file: ClassFile, capsys: Capture) -> None:
    assert report(class_file(small_class()), "--format", "nope") == 2
    said = capsys.readouterr().err
    assert "--format nope: there is no such format; there are: canvas, csv, " in said


def test_the_help_lists_the_formats(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        report("--help")
    said = capsys.readouterr().out
    assert "\n  moodle " in said
    assert "\n  gradescope " in said


def test_feedback_is_a_file_for_every_learner(tmp_path: Path, class_file: ClassFile) -> None:
    assert report(class_file(small_class()), "--feedback", tmp_path / "back") == 0
    names = {path.name for path in (tmp_path / "back").iterdir()}
    assert names == {"kim.md", "이영희.md", "park.md", "torn.md", "lost.md"}


def test_feedback_speaks_the_language(
    tmp_path: Path, class_file: ClassFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "gradcheck_kit.i18n.gettext.translation",
        lambda *args, **options: type("T", (), {"gettext": lambda self, text: f"«{text}»"})(),
    )
    arguments = ["--feedback", tmp_path / "back", "--lang", "ko"]
    assert report(class_file(small_class()), *arguments) == 0
    assert "«hidden: 1 of 2 passed»" in (tmp_path / "back" / "park.md").read_text(encoding="utf-8")


def test_a_library_that_is_missing_is_one_line(
    class_file: ClassFile, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_module, "find_spec", lambda name: None)
    assert report(class_file(small_class()), "--format", "html") == 2
    error = capsys.readouterr().err
    assert error == (
        f"gradcheck-kit: --format html needs jinja2: {python_as_typed()} -m pip install "
        "'gradcheck-kit[report]'\n"
    )


def test_grade_writes_reports(tmp_path: Path, write: Callable[..., Path], capsys: Capture) -> None:
    """After results.json, into the same folder."""
    write("class/kim/network.py")
    out = tmp_path / "out"
    arguments = ["--only", "network", "--format", "csv", "--format", "junit", "--feedback"]
    assert main(["grade", str(tmp_path / "class"), "--out", str(out), *arguments]) == 0
    assert {path.name for path in out.iterdir()} == {
        "results.json", "journal.jsonl", "grades.csv", "junit.xml", "feedback",
    }  # fmt: skip
    assert (out / "feedback" / "kim.md").exists()
    assert "csv: wrote " in capsys.readouterr().out


def test_grade_says_what_is_missing_before_it_grades(
    tmp_path: Path, write: Callable[..., Path], capsys: Capture
) -> None:
    write("class/kim/network.py")
    out = tmp_path / "out"
    arguments = ["--out", str(out), "--format", "canvas"]
    assert main(["grade", str(tmp_path / "class"), *arguments]) == 2
    assert "--sheet" in capsys.readouterr().err
    assert not (out / "results.json").exists()


def test_a_file_is_the_old_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the disk is full; no part of it stays."""
    path = tmp_path / "grades.csv"
    write_whole(path, "old")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(GradcheckError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_one_line(
    tmp_path: Path, class_file: ClassFile, capsys: Capture
) -> None:
    (tmp_path / "file").write_text("x")
    path = class_file(small_class())
    assert report(path, "--format", "csv", "--out", tmp_path / "file" / "x.csv") == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"complete": False}, "this grading was stopped: not everybody is in it"),
        ({"shard": {"number": 2, "of": 3}}, "this is shard 2 of 3: not everybody is in it"),
    ],
)
def test_reports_on_a_part_say_so(
    class_file: ClassFile, capsys: Capture, more: dict[str, Any], said: str
) -> None:
    path = class_file({**small_class(), **more})
    assert report(path, "--format", "csv", "--lang", "en") == 0
    assert said in capsys.readouterr().out.splitlines()
