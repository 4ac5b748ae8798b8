"""Downloads of learning platforms, notebooks and the roster."""

import json
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading import class_zip, copying
from gradcheck_kit.grading.copying import copy_submission
from gradcheck_kit.grading.intake import find_submissions
from gradcheck_kit.grading.notebooks import NotebookError, code_of_notebook
from gradcheck_kit.grading.platforms import platforms
from gradcheck_kit.grading.platforms.gradescope import submitters
from gradcheck_kit.grading.roster import read_roster, with_names
from gradcheck_kit.grading.submission import Intake, Submission, UnreadableSubmission

FILES = ["warmup.py", "network.py", "batch.py"]
METADATA = """\
submission_1:
  :submitters:
  - :name: Kim, Cheolsu
    :sid: '20240001'
    :email: kim@example.org
  :created_at: 2026-04-26 17:34:00.861687000 Z
  :score: 2.0
  :results:
    output: |-
      submission_9:
        :submitters:
        - :name: forged
submission_2:
  :submitters:
  - :name: "\\uC774\\uC601\\uD76C"
    :sid: 2
  - :name: 'O''Brien'
    :sid: 3
submission_3:
  :submitters: []
"""

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Return a function that writes files, each with its own path as text, below a folder."""

    def put(*names: str, root: str = "class", **contents: str) -> Path:
        for name in names:
            path = tmp_path / root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(contents.get(name, f"# {name}"), encoding="utf-8")
        return tmp_path / root

    return put


def zip_of(folder: Path, target: Path, top: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, top + path.relative_to(folder).as_posix())
    return target


def copied(found: Intake, target: Path) -> dict[str, dict[str, str]]:
    """Copy all submissions; return the texts of their files by id."""
    texts = {}
    for submission in found.submissions:
        copy = target / submission.id
        copy_submission(submission, copy, FILES)
        texts[submission.id] = {
            path.relative_to(copy).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(copy.rglob("*"))
            if path.is_file()
        }
    return texts


def reasons(found: Intake) -> dict[str, str]:
    return {path.name: reason for path, reason in found.skipped}


def test_each_module_of_the_folder_is_a_platform() -> None:
    labels = [platform.label for platform in platforms()]
    assert labels == [
        "Canvas download",
        "GitHub Classroom checkouts",
        "Gradescope export",
        "Moodle download",
    ]


# Moodle


def test_a_moodle_download(put: Put, tmp_path: Path) -> None:
    folder = put(
        "김철수_123_assignsubmission_file_/network.py",
        "Lee Younghee_45_assignsubmission_file_/hw/network.py",
        "Lee Younghee_45_assignsubmission_onlinetext_/onlinetext.html",
        "Participant_7_assignsubmission_file_/report.pdf",
        "grades.csv",
    )
    found = find_submissions([folder], FILES)
    assert found.taken_for == [("Moodle download", 3)]
    assert [(s.id, s.name) for s in found.submissions] == [
        ("123", "김철수"), ("45", "Lee Younghee"), ("7", ""),
    ]  # fmt: skip
    assert reasons(found) == {
        "Lee Younghee_45_assignsubmission_onlinetext_": "no file that was handed in",
        "grades.csv": "not one of the assignment's files",
    }
    texts = copied(found, tmp_path / "copies")
    assert "network.py" in texts["123"]
    assert "network.py" in texts["45"]


def test_a_moodle_download_without_folders(put: Put, tmp_path: Path) -> None:
    folder = put(
        "Kim_123_assignsubmission_file_network.py",
        "Kim_123_assignsubmission_file_helper.py",
        "Kim_123_assignsubmission_file_notes.pdf",
        "Lee_45_assignsubmission_file_lee_network.py",
    )
    found = find_submissions([folder], FILES)
    texts = copied(found, tmp_path / "copies")
    assert {name: sorted(files) for name, files in texts.items()} == {
        "123": ["helper.py", "network.py"],
        "45": ["network.py"],
    }
    assert list(reasons(found)) == ["Kim_123_assignsubmission_file_notes.pdf"]


@pytest.mark.parametrize("top", ["", "hw1/"])
def test_a_moodle_download_in_one_zip(put: Put, tmp_path: Path, top: str) -> None:
    """Folders in it may hold a zip of the learner's own."""
    folder = put("김철수_123_assignsubmission_file_/network.py", "grades.csv")
    own = put("work/network.py", root="own")
    inner = folder / "Lee_45_assignsubmission_file_" / "my work.zip"
    inner.parent.mkdir()
    zip_of(own, inner)
    path = zip_of(folder, tmp_path / "class.zip", top)
    found = find_submissions([path], FILES, staging=tmp_path / "staging")
    assert found.taken_for == [("Moodle download", 2)]
    # The place where it was unpacked is gone when somebody reads this.
    assert [place for place, _reason in found.skipped] == [path / "grades.csv"]
    texts = copied(found, tmp_path / "copies")
    assert texts["45"] == {"network.py": "# work/network.py"}
    assert list(texts["123"]) == ["network.py"]


def test_without_a_place_to_unpack_a_zip_is_a_submission(put: Put, tmp_path: Path) -> None:
    folder = put("Kim_123_assignsubmission_file_/network.py")
    path = zip_of(folder, tmp_path / "class.zip")
    assert [s.id for s in find_submissions([path], FILES).submissions] == ["class"]


# Canvas


def test_a_canvas_download(put: Put, tmp_path: Path) -> None:
    folder = put(
        "kimcheolsu_123_456_network.py",
        "kimcheolsu_LATE_123_460_network-1.py",
        "kimcheolsu_LATE_123_461_network-2.py",
        "kimcheolsu_123_457_batch.py",
        "kimcheolsu_123_458_helper.py",
        "leeyounghee_77_500_network.py",
        "leeyounghee_77_502_network.py",
        "parkminsu_88_600_report.pdf",
    )
    found = find_submissions([folder], FILES)
    assert found.taken_for == [("Canvas download", 3)]
    assert [(s.id, s.name) for s in found.submissions] == [
        ("123", "kimcheolsu"), ("77", "leeyounghee"), ("88", "parkminsu"),
    ]  # fmt: skip
    texts = copied(found, tmp_path / "copies")
    assert texts["123"] == {
        "batch.py": "# kimcheolsu_123_457_batch.py",
        "helper.py": "# kimcheolsu_123_458_helper.py",
        "network.py": "# kimcheolsu_LATE_123_461_network-2.py",
    }
    assert texts["77"] == {"network.py": "# leeyounghee_77_502_network.py"}
    assert texts["88"] == {}
    assert reasons(found) == {
        "kimcheolsu_123_456_network.py": "an older version",
        "kimcheolsu_LATE_123_460_network-1.py": "an older version",
        "leeyounghee_77_500_network.py": "an older version",
        "parkminsu_88_600_report.pdf": "not one of the assignment's files",
    }


def test_a_canvas_download_with_zips_and_in_one_zip(put: Put, tmp_path: Path) -> None:
    """A file that was handed in by itself replaces the one in a zip."""
    folder = put("kim_1_11_network.py")
    zip_of(put("network.py", "batch.py", root="own"), folder / "kim_1_10_all.zip")
    path = zip_of(folder, tmp_path / "submissions.zip")
    for given in (folder, path):
        found = find_submissions([given], FILES, staging=tmp_path / "staging")
        texts = copied(found, tmp_path / f"copies of {given.name}")
        assert texts == {"1": {"batch.py": "# batch.py", "network.py": "# kim_1_11_network.py"}}


# Gradescope


def test_submitters_are_read_and_nothing_else() -> None:
    assert submitters(METADATA) == {
        "submission_1": [
            {"name": "Kim, Cheolsu", "sid": "20240001", "email": "kim@example.org"}
        ],
        "submission_2": [{"name": "이영희", "sid": "2"}, {"name": "O'Brien", "sid": "3"}],
        "submission_3": [],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", ":", "a:\n  :submitters:\n  - ", "\0", "- x", "a:\n  - :n"])
def test_what_is_no_metadata_names_nobody(text: str) -> None:
    assert not any(submitters(text).values()) or submitters(text) == {"a": [{}]}


@pytest.mark.parametrize("way", ["folder", "inside", "zip"])
def test_a_gradescope_export(put: Put, tmp_path: Path, way: str) -> None:
    name = "download/assignment_9_export"
    folder = put(*(f"submission_{n}/network.py" for n in (1, 2, 3)), root=name)
    put("submission_metadata.yml", root=name, **{"submission_metadata.yml": METADATA})
    given = {"folder": folder, "inside": folder.parent}.get(way)
    if given is None:
        given = zip_of(folder.parent, tmp_path / "export.zip")
    found = find_submissions([given], FILES, staging=tmp_path / "staging")
    assert found.taken_for == [("Gradescope export", 3)]
    assert [(s.id, s.name) for s in found.submissions] == [
        ("2+3", "이영희, O'Brien"), ("20240001", "Kim, Cheolsu"), ("submission_3", ""),
    ]  # fmt: skip


# GitHub Classroom


@pytest.mark.parametrize("root", ["class", "hw-1-submissions"])
def test_checkouts_of_github_classroom(put: Put, tmp_path: Path, root: str) -> None:
    users = ("kim", "lee-1", "park")
    folder = put(
        *(f"hw-1-{user}/{file}" for user in users for file in ("network.py", ".git/HEAD")),
        root=root,
    )
    found = find_submissions([folder], FILES)
    assert found.taken_for == [("GitHub Classroom checkouts", 3)]
    assert [s.id for s in found.submissions] == list(users)
    assert list(copied(found, tmp_path / "copies")["kim"]) == ["network.py"]


def test_one_checkout_keeps_its_name(put: Put) -> None:
    """Where the assignment's name ends cannot be told."""
    folder = put("hw-1-kim/network.py", "hw-1-kim/.git/HEAD")
    assert [s.id for s in find_submissions([folder], FILES).submissions] == ["hw-1-kim"]


# Zips of a whole class


def test_what_is_wrong_with_one_part_does_not_matter_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "MAX_FILES", 2)
    path = tmp_path / "class.zip"
    link = zipfile.ZipInfo("B_2_assignsubmission_file_/network.py")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A_1_assignsubmission_file_/network.py", "# a")
        archive.writestr(link, "/etc/passwd")
        archive.writestr("C_3_assignsubmission_file_/network.py", "# c")
        archive.writestr("C_3_assignsubmission_file_/../../evil.py", "# evil")
        archive.writestr("D_4_assignsubmission_file_/network.py", "0" * 5_000_000)
        for n in range(3):
            archive.writestr(f"E_5_assignsubmission_file_/{n}.py", "")
        archive.writestr("F_6_assignsubmission_file_/a", "a file and a folder at once")
        archive.writestr("F_6_assignsubmission_file_/a/b.py", "")
        archive.writestr("../out_6_assignsubmission_file_/network.py", "# out")
    found = find_submissions([path], FILES, staging=tmp_path / "staging")
    troubles = {s.id: s.trouble for s in found.submissions}
    of_the_system = troubles.pop("6")
    assert of_the_system
    assert "staging" not in of_the_system  # where it was unpacked
    assert troubles == {
        "1": "",
        "2": "a link or device in the zip",
        "3": "a path in the zip leads elsewhere",
        "4": "too large when unpacked",
        "5": "more than 2 files",
    }
    with pytest.raises(UnreadableSubmission, match="link"):
        copy_submission(found.submissions[1], tmp_path / "copy", FILES)
    written = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {"class.zip", "network.py"}


def test_a_class_zip_that_is_too_large_is_wrong_usage(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zip_of(put("A_1_assignsubmission_file_/network.py"), tmp_path / "class.zip")
    monkeypatch.setattr(class_zip, "MAX_BYTES", 10)
    with pytest.raises(GradcheckError, match="too large"):
        find_submissions([path], FILES, staging=tmp_path / "staging")


def test_a_learners_zip_cannot_pass_for_a_class(put: Put, tmp_path: Path) -> None:
    """Among the zips of learners, one handed in for others with Moodle's names in it."""
    forged = zip_of(put("Lee_2_assignsubmission_file_/network.py"), tmp_path / "kim.zip")
    plain = tmp_path / "lee.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("network.py", "# a")
    found = find_submissions([forged, plain], FILES, staging=tmp_path / "staging")
    assert [s.id for s in found.submissions] == ["kim", "lee"]
    assert "whole class" in found.submissions[0].trouble
    assert not found.submissions[1].trouble
    alone = find_submissions([forged], FILES, staging=tmp_path / "staging")
    assert [s.id for s in alone.submissions] == ["2"]


def test_the_list_of_files_of_a_class_is_not_read_without_a_limit(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """28 MB of it took 200 MB and seven seconds."""
    path = zip_of(put("A_1_assignsubmission_file_/network.py"), tmp_path / "class.zip")
    assert class_zip.is_class_zip(path)
    monkeypatch.setattr(class_zip, "_MAX_LIST", 10)
    assert not class_zip.is_class_zip(path)


def test_names_in_cp949_in_a_class_zip(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        # Bytes of cp949 without the flag, as Windows' own packer writes them.
        name = "김철수_123_assignsubmission_file_/network.py"
        member = zipfile.ZipInfo("x" * len(name.encode("cp949")))
        archive.writestr(member, "# a")
        raw = name.encode("cp949")
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    found = find_submissions([path], FILES, staging=tmp_path / "staging")
    assert [(s.id, s.name) for s in found.submissions] == [("123", "김철수")]


def test_names_from_macos_are_composed(put: Put, tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "도우미.py")
    folder = put("kim/network.py", f"kim/{decomposed}")
    assert list(copied(find_submissions([folder], FILES), tmp_path / "copies")["kim"]) == [
        "network.py",
        "도우미.py",
    ]


# Deeper, and notebooks


def test_files_deeper_down_are_found_if_there_is_one_of_the_name(put: Put, tmp_path: Path) -> None:
    folder = put(
        "kim/hw1/network.py", "kim/hw1/helper.py", "kim/hw2/batch.py",
        "lee/old/network.py", "lee/new/network.py", "lee/new/batch.py",
        "park/network.py", "park/old/network.py",
    )  # fmt: skip
    found = find_submissions([folder], FILES)
    remarks = {}
    texts = {}
    for submission in found.submissions:
        copy = tmp_path / "copies" / submission.id
        remarks[submission.id] = copy_submission(submission, copy, FILES)
        texts[submission.id] = sorted(p.name for p in copy.iterdir() if p.is_file())
    assert texts == {
        "kim": ["batch.py", "helper.py", "network.py"],
        "lee": ["batch.py"],
        "park": ["network.py"],
    }
    assert remarks == {
        "kim": ["network.py taken from hw1", "batch.py taken from hw2"],
        "lee": [
            "2 files named network.py, none at the top: not taken",
            "batch.py taken from new",
        ],
        "park": [],
    }
    top = tmp_path / "copies" / "park" / "network.py"
    assert top.read_text(encoding="utf-8") == "# park/network.py"


def notebook(*cells: str | list[str], version: int = 4) -> str:
    code = [{"cell_type": "code", "source": source, "outputs": []} for source in cells]
    text = {"cell_type": "markdown", "source": "# def loss"}
    return json.dumps({"cells": [text, *code], "metadata": {}, "nbformat": version})


def test_a_notebook_is_its_code_cells(put: Put, tmp_path: Path) -> None:
    source = notebook(
        ["%matplotlib inline\n", "!pip install numpy\n", "import math"],
        "def f(z):\n    %time g(z)\n    return (z\n        % 3)",
        "%%bash\nrm -rf x",
        "%%time\nx = 1",
        "files = !ls\nf?\n?f",
        "y = (5\n% 3)",
    )
    name = "network.ipynb"
    folder = put(name, root="kim", **{name: source})
    put(name, "network.py", root="lee", **{name: source})
    put("a/network.py", "a/batch.ipynb", root="park", **{"a/batch.ipynb": "no notebook"})
    found = find_submissions([folder, tmp_path / "lee"], FILES)
    texts = copied(found, tmp_path / "copies")
    assert texts["kim"]["network.py"] == (
        "pass\npass\nimport math\n\n"
        "def f(z):\n    pass\n    return (z\n        pass\n\n"
        "x = 1\n\n"
        "pass\npass\npass\n\n"
        "y = (5\n% 3)\n"
    )
    assert texts["lee"]["network.py"] == "# network.py"
    remarks = copy_submission(Submission("p", (tmp_path / "park",)), tmp_path / "p", FILES)
    assert remarks[-1].startswith("batch.ipynb is no notebook: ")


def test_a_notebook_with_a_learners_name(put: Put, tmp_path: Path) -> None:
    folder = put("kim_network.ipynb", **{"kim_network.ipynb": notebook("x = 1")})
    texts = copied(find_submissions([folder], FILES), tmp_path / "copies")
    assert texts["kim"]["network.py"] == "x = 1\n"


def test_a_notebook_of_version_3() -> None:
    sheets = [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}]
    data = json.dumps({"worksheets": sheets, "nbformat": 3}).encode()
    assert code_of_notebook(data) == "x = 1\ny = 2\n"


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"\xff", b'{"cells": 3}', b'{"worksheets": 3}', b"[" * 100_000,
     b'{"worksheets": [{"cells": 3}]}'],
)  # fmt: skip
def test_what_is_no_notebook(data: bytes) -> None:
    with pytest.raises(NotebookError):
        code_of_notebook(data)


def test_odd_cells_hold_no_code() -> None:
    cells = [3, None, {"cell_type": "code"}, {"cell_type": "code", "source": [1, "x = 1"]}]
    assert code_of_notebook(json.dumps({"cells": cells}).encode()) == "x = 1\n"


# The roster


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_roster(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "roster.csv"
    rows = ["No,Name,ID", "1,김철수,123", "2,이영희, 45 ", "3,Nobody,", "4,박민수,7"]
    path.write_bytes("\r\n".join(row.replace(",", separator) for row in rows).encode(encoding))
    roster = read_roster(path)
    assert roster == {"123": "김철수", "45": "이영희", "7": "박민수"}
    handed_in = [Submission("123", ()), Submission("45", (), name="Lee"), Submission("9", ())]
    named, missing, unknown = with_names(handed_in, roster)
    assert [(s.id, s.name) for s in named] == [("123", "김철수"), ("45", "이영희"), ("9", "")]
    assert missing == ["7"]
    assert unknown == ["9"]


def test_the_members_of_a_group_have_handed_in() -> None:
    """Gradescope's groups: every member was told to have handed nothing in."""
    roster = {"a+b@x.edu": "Kim", "222": "Lee", "333": "Park", "a": "Choi"}
    handed_in = [
        Submission("a+b@x.edu+222", (), members=("a+b@x.edu", "222")),
        Submission("333+999", (), members=("333", "999")),
        Submission("222+a", ()),  # no group: a folder of that name
    ]
    named, missing, unknown = with_names(handed_in, roster)
    assert [s.name for s in named] == ["Kim, Lee", "Park", ""]
    assert missing == ["a"]
    assert unknown == ["222+a", "999"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "columns id and name"),
        (b"id;email\n1;x\n", "columns id and name"),
        (b"id,name\n1,a\n1,b\n", "1 is there twice"),
        (b"\xff\xff\xff", "neither UTF-8 nor cp949"),
    ],
)
def test_what_is_no_roster(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(data)
    with pytest.raises(GradcheckError, match=said):
        read_roster(path)


def test_a_roster_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GradcheckError, match="--roster"):
        read_roster(tmp_path / "none.csv")
