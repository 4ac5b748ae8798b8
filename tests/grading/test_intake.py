"""What counts as a submission, and what of it is copied."""

import os
import stat
import subprocess
import sys
import tracemalloc
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading import copying
from gradcheck_kit.grading.copying import copy_submission, remove_tree
from gradcheck_kit.grading.intake import find_submissions
from gradcheck_kit.grading.submission import Submission, UnreadableSubmission

FILES = ["warmup.py", "network.py", "batch.py"]
SYMLINKS = pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")

Tree = Callable[..., Path]
Zip = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Return a function that makes a class folder with files in it."""

    def tree(*names: str) -> Path:
        root = tmp_path / "class"
        root.mkdir(exist_ok=True)
        for name in names:
            path = root / name
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".zip"):
                with zipfile.ZipFile(path, "w") as archive:
                    archive.writestr("network.py", "# network")
            else:
                path.write_text(f"# {name}", encoding="utf-8")
        return root

    return tree


@pytest.fixture
def zipped(tmp_path: Path) -> Zip:
    """Return a function that makes a zip of members and returns its path."""

    def zipped(members: dict[str, bytes], name: str = "kim.zip", packing: int = 8) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", packing) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        return path

    return zipped


def ids(*paths: Path) -> list[str]:
    return [submission.id for submission in find_submissions(paths, FILES).submissions]


def unpacked(path: Path, target: Path) -> list[str]:
    """Copy a submission and return the names of what is in the copy."""
    copy_submission(Submission("id", (path,)), target)
    return sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())


# What counts


def test_a_folder_with_one_of_the_files_at_its_root_is_a_submission(tree: Tree) -> None:
    """Its subfolders are not."""
    root = tree("network.py", "helpers/", "other.zip")
    assert ids(root) == ["class"]


def test_in_any_other_folder_every_subfolder_and_zip_is_one(tree: Tree) -> None:
    """Whatever it holds: what is missing shows in its results."""
    root = tree("kim/network.py", "lee/deep/network.py", "empty/", "park.zip", "jo/notes.txt")
    assert ids(root) == ["empty", "jo", "kim", "lee", "park"]


def test_single_files_belong_to_the_learner_they_name(tree: Tree) -> None:
    """kim_network.py and kim.batch.py are one submission, stray files are listed."""
    root = tree("kim_network.py", "kim.batch.py", "lee.network.py", "notes.txt", "my_other.py")
    found = find_submissions([root], FILES)
    assert [(s.id, s.names) for s in found.submissions] == [
        ("kim", ("batch.py", "network.py")),
        ("lee", ("network.py",)),
    ]
    assert sorted(path.name for path, _ in found.skipped) == ["my_other.py", "notes.txt"]


def test_the_files_of_one_learner_are_merged_in_the_copy(tree: Tree, tmp_path: Path) -> None:
    """Under the names of the assignment."""
    root = tree("kim_network.py", "kim.batch.py")
    (submission,) = find_submissions([root], FILES).submissions
    copy_submission(submission, tmp_path / "copy")
    assert (tmp_path / "copy" / "network.py").read_text() == "# kim_network.py"
    assert (tmp_path / "copy" / "batch.py").read_text() == "# kim.batch.py"


def test_single_paths_may_be_given(tree: Tree) -> None:
    """A folder, a zip and a file, each by itself."""
    root = tree("a/network.py", "park.zip", "kim_network.py")
    assert ids(root / "a", root / "park.zip", root / "kim_network.py") == ["a", "kim", "park"]


def test_a_file_of_the_assignment_by_itself_is_named_after_its_folder(tree: Tree) -> None:
    """network.py alone has no learner's name."""
    root = tree("kim/network.py")
    assert ids(root / "kim" / "network.py") == ["kim"]


def test_what_systems_leave_behind_is_ignored(tree: Tree) -> None:
    """No submission, and nothing to report; a hidden folder of another name is."""
    root = tree(
        "kim/network.py", "__MACOSX/kim/network.py", ".DS_Store", "__pycache__/x.pyc",
        ".git/config", "Thumbs.db", ".hidden/network.py",
    )  # fmt: skip
    found = find_submissions([root], FILES)
    assert [s.id for s in found.submissions] == ["kim"]
    assert found.skipped == [(root / ".hidden", "its name makes it hidden")]


@SYMLINKS
def test_links_are_skipped_and_reported(tree: Tree) -> None:
    """A link in the class folder leads to somebody else's files."""
    root = tree("kim/network.py")
    (root / "lee").symlink_to(root / "kim")
    (root / "park_network.py").symlink_to(root / "kim" / "network.py")
    found = find_submissions([root], FILES)
    assert [s.id for s in found.submissions] == ["kim"]
    assert sorted(path.name for path, _ in found.skipped) == ["lee", "park_network.py"]


def test_archives_of_other_kinds_are_named_as_such(tree: Tree) -> None:
    root = tree("kim/network.py", "lee.rar", "park_network.tar.gz")
    found = find_submissions([root], FILES)
    assert {reason for _path, reason in found.skipped} == {"no zip: unpack it, or ask for a zip"}


@SYMLINKS
def test_what_is_left_out_of_a_submission_is_told(tree: Tree, tmp_path: Path) -> None:
    """Each with its reason, the first few by name."""
    root = tree("kim/network.py", "kim/.git/config", "other/x.py")
    (root / "kim" / "other").symlink_to(root / "other")
    for number in range(5):
        (root / "kim" / f"link{number}.py").symlink_to(root / "other" / "x.py")
    os.mkfifo(root / "kim" / "pipe")
    kim = find_submissions([root], FILES).submissions[0]
    said = copy_submission(kim, tmp_path / "copy", FILES)
    assert said[0] == "other left out: a link"
    assert said[4:] == ["link3.py left out: a link", "2 more left out"]
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["network.py"]


def test_too_many_folders_are_too_many_files(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "MAX_FILES", 3)
    root = tree("kim/network.py", "kim/a/", "kim/b/", "kim/c/")
    kim = find_submissions([root], FILES).submissions[0]
    with pytest.raises(UnreadableSubmission, match="more than 3 files"):
        copy_submission(kim, tmp_path / "copy")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_names_in_cp949_that_were_unpacked_as_they_are(tmp_path: Path) -> None:
    """The unzip of Linux leaves the bytes of a Korean zip's names."""
    for name in ("김철수".encode("cp949"), b"\xff\x80"):
        folder = os.fsencode(tmp_path / "class") + b"/" + name
        os.makedirs(folder)  # noqa: PTH103
        Path(os.fsdecode(folder), "network.py").write_text("")
    assert ids(tmp_path / "class") == ["\\xff\\x80", "김철수"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_a_name_that_is_no_unicode_can_be_written_down(tmp_path: Path) -> None:
    """A Moodle download that was unpacked that way: the name is in the folder's."""
    folder = os.fsencode(tmp_path / "class") + "/김철수_12_assignsubmission_file_".encode("cp949")
    os.makedirs(folder)  # noqa: PTH103
    Path(os.fsdecode(folder), "network.py").write_text("")
    (found,) = find_submissions([tmp_path / "class"], FILES).submissions
    assert (found.id, found.name) == ("12", "김철수")


def test_ids_are_in_nfc(tree: Tree) -> None:
    """A name that macOS took apart is put together again."""
    apart = unicodedata.normalize("NFD", "김철수")
    assert apart != "김철수"
    root = tree(f"{apart}/network.py")
    assert ids(root) == ["김철수"]


def test_names_that_collide_get_a_number(tree: Tree, tmp_path: Path) -> None:
    """Folder, zip and file of one name, also in two forms of Unicode."""
    apart = unicodedata.normalize("NFD", "이영희")
    root = tree("kim/network.py", "kim.zip", f"{apart}/network.py", "이영희.zip")
    assert ids(root) == sorted(["kim", "kim~2", "이영희", "이영희~2"])
    other = tmp_path / "more" / "kim"
    other.mkdir(parents=True)
    (other / "network.py").write_text("")
    assert ids(root, other) == sorted(["kim", "kim~2", "kim~3", "이영희", "이영희~2"])


def test_a_name_with_a_number_already_does_not_collide_again(tree: Tree) -> None:
    """A learner may be called kim~2."""
    found = ids(tree("kim/network.py", "kim.zip", "kim~2/network.py"))
    assert len(set(found)) == 3


def test_two_files_of_one_kind_are_two_submissions(tree: Tree) -> None:
    """kim_network.py and kim.network.py cannot both be network.py of one copy."""
    assert ids(tree("kim_network.py", "kim.network.py")) == ["kim", "kim~2"]


def test_submissions_are_sorted(tree: Tree) -> None:
    """In the same order on every system."""
    names = ["b", "a10", "a2", "C", "가"]
    assert ids(tree(*(f"{name}/network.py" for name in names))) == sorted(names)


def test_the_suffix_of_a_zip_may_be_in_capitals(tree: Tree, zipped: Zip) -> None:
    """Windows writes .ZIP at times."""
    path = zipped({"network.py": b""}, name="Kim.ZIP")
    assert ids(path) == ["Kim"]


@pytest.mark.parametrize("names", [(), ("notes.txt",), ("my_other.py", "a.pdf")])
def test_a_folder_without_submissions_is_wrong_usage(tree: Tree, names: tuple[str, ...]) -> None:
    """One line that says what a submission is."""
    with pytest.raises(GradcheckError, match=r"network\.py") as caught:
        find_submissions([tree(*names)], FILES)
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    """One line that names it."""
    with pytest.raises(GradcheckError, match="nowhere") as caught:
        find_submissions([tmp_path / "nowhere"], FILES)
    assert "\n" not in str(caught.value)


# Folders


def test_a_folder_is_copied_with_its_helpers(tree: Tree, tmp_path: Path) -> None:
    """Helpers and data beside the files come along, hidden folders and caches do not."""
    root = tree(
        "network.py", "helper.py", "tools/__init__.py", "data.txt", ".venv/lib/x.py",
        ".git/config", "__pycache__/network.pyc", "tools/__pycache__/x.pyc", "__MACOSX/network.py",
    )  # fmt: skip
    assert unpacked(root, tmp_path / "copy") == [
        "data.txt",
        "helper.py",
        "network.py",
        "tools/__init__.py",
    ]


@SYMLINKS
def test_links_devices_and_pipes_of_a_folder_are_left_out(tree: Tree, tmp_path: Path) -> None:
    """What a link points at does not come into the copy."""
    root = tree("network.py", "sub/")
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (root / "batch.py").symlink_to(secret)
    (root / "linked").symlink_to(tmp_path)
    (root / "sub" / "up").symlink_to("..")
    os.mkfifo(root / "warmup.py")
    assert unpacked(root, tmp_path / "copy") == ["network.py"]


@SYMLINKS
def test_a_submission_whose_only_file_is_a_link_is_found_and_empty(
    tree: Tree, tmp_path: Path
) -> None:
    """The learner is graded, with a file that is missing."""
    root = tree("kim/")
    (root / "kim" / "network.py").symlink_to("/etc/passwd")
    assert ids(root / "kim") == ["kim"]
    assert unpacked(root / "kim", tmp_path / "copy") == []


def test_a_folder_with_too_much_in_it_is_unreadable(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By number of files or by size."""
    root = tree("network.py", "a.py", "b.py")
    monkeypatch.setattr(copying, "MAX_FILES", 2)
    with pytest.raises(UnreadableSubmission, match="more than 2 files"):
        unpacked(root, tmp_path / "many")
    monkeypatch.setattr(copying, "MAX_FILES", 500)
    monkeypatch.setattr(copying, "MAX_BYTES", 10)
    with pytest.raises(UnreadableSubmission, match="too large"):
        unpacked(root, tmp_path / "large")


def test_the_copy_is_a_copy(tree: Tree, tmp_path: Path) -> None:
    """Writing to it does not reach what was handed in."""
    root = tree("network.py")
    unpacked(root, tmp_path / "copy")
    (tmp_path / "copy" / "network.py").write_text("changed")
    assert (root / "network.py").read_text() == "# network.py"


# Zips


def test_a_zip_is_unpacked(zipped: Zip, tmp_path: Path) -> None:
    """With subfolders."""
    path = zipped({"network.py": b"1", "tools/__init__.py": b"2"})
    assert unpacked(path, tmp_path / "copy") == ["network.py", "tools/__init__.py"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"work/network.py": b"1", "work/helper.py": b"2"}, ["helper.py", "network.py"]),
        ({"work/": b"", "work/network.py": b"1"}, ["network.py"]),
        ({"a/b/network.py": b"1"}, ["b/network.py"]),
        ({"work/network.py": b"1", "readme.txt": b"2"}, ["readme.txt", "work/network.py"]),
        ({"a/network.py": b"1", "b/network.py": b"2"}, ["a/network.py", "b/network.py"]),
        ({"work/network.py": b"1", "__MACOSX/work/._network.py": b"2"}, ["network.py"]),
        ({"work/network.py": b"1", "work/.DS_Store": b"2", ".DS_Store": b"3"}, ["network.py"]),
        ({"network.py": b"1", "network": b"2"}, ["network", "network.py"]),
    ],
)
def test_a_zips_only_top_folder_is_stripped(
    zipped: Zip, tmp_path: Path, members: dict[str, bytes], expected: list[str]
) -> None:
    """Most systems pack the folder itself; what macOS adds does not count."""
    assert unpacked(zipped(members), tmp_path / "copy") == expected


def test_an_empty_zip_holds_nothing(zipped: Zip, tmp_path: Path) -> None:
    """It is read, and every file is missing."""
    assert unpacked(zipped({}), tmp_path / "copy") == []


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py", "/evil.py", "a/../../evil.py", "..\\evil.py", "a\\b.py", "C:/evil.py",
        "C:evil.py", "//host/evil.py", "a/./../../evil.py",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_makes_a_zip_unreadable(
    zipped: Zip, tmp_path: Path, name: str
) -> None:
    """Nothing is written outside, and nothing of the rest is taken."""
    path = zipped({"network.py": b"1", name: b"evil"})
    target = tmp_path / "deep" / "copy"
    with pytest.raises(UnreadableSubmission, match="leads elsewhere"):
        unpacked(path, target)
    assert not list(tmp_path.rglob("evil.py"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("other", ["network.py", "Network.py"])
def test_two_members_of_one_name_make_a_zip_unreadable(tmp_path: Path, other: str) -> None:
    """Which of them would be graded? Also where only capitals differ."""
    path = tmp_path / "kim.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("network.py", "1")
        archive.writestr(other, "2")
    with pytest.raises(UnreadableSubmission, match="one name"):
        unpacked(path, tmp_path / "copy")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_make_a_zip_unreadable(tmp_path: Path, kind: int) -> None:
    """A link in a zip has no honest use here."""
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("network.py")
        member.create_system = 3
        member.external_attr = (kind | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(UnreadableSubmission, match="a link or device"):
        unpacked(path, tmp_path / "copy")


def test_a_bomb_is_unreadable_and_not_unpacked(zipped: Zip, tmp_path: Path) -> None:
    """By its ratio, before anything is written."""
    path = zipped({"network.py": b"0" * (20 << 20)})
    assert path.stat().st_size < 50_000
    with pytest.raises(UnreadableSubmission, match="too large when unpacked"):
        unpacked(path, tmp_path / "copy")
    assert not list((tmp_path / "copy").iterdir())


def test_too_many_members_make_a_zip_unreadable(zipped: Zip, tmp_path: Path) -> None:
    """A thousand files are no exercise."""
    path = zipped({f"{n}.py": b"" for n in range(1_000)})
    with pytest.raises(UnreadableSubmission, match="more than 500 files"):
        unpacked(path, tmp_path / "copy")


def test_folders_nested_too_deeply_are_unreadable(tree: Tree, zipped: Zip, tmp_path: Path) -> None:
    """Removing them ran out of Python's stack, and the results of the class were lost."""
    deep = "a/" * 20
    assert unpacked(zipped({f"{deep}b.py": b""}), tmp_path / "fine") == [f"{'a/' * 19}b.py"]
    with pytest.raises(UnreadableSubmission, match="nested more than 20 deep"):
        unpacked(zipped({"network.py": b"", f"{deep}a/b.py": b""}), tmp_path / "zip")
    root = tree(f"lee/{deep}a/b.py")
    with pytest.raises(UnreadableSubmission, match="nested more than 20 deep"):
        copy_submission(Submission("lee", (root / "lee",)), tmp_path / "folder")


@pytest.mark.skipif(os.name == "nt", reason="makes folders by the descriptor of another")
def test_removing_what_is_nested_without_end_is_no_error(tmp_path: Path) -> None:
    """What stays stays."""
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1_200):
        os.mkdir("a", dir_fd=place)
        inner = os.open("a", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    remove_tree(tmp_path / "a")
    subprocess.run(["rm", "-rf", tmp_path / "a"], check=True)


def test_an_error_tells_nothing_of_where_the_copy_is(zipped: Zip, tmp_path: Path) -> None:
    """A member that is a file and a folder at once."""
    with pytest.raises(UnreadableSubmission) as caught:
        unpacked(zipped({"a": b"", "a/b.py": b"", "network.py": b""}), tmp_path / "copy")
    assert str(caught.value)
    assert "copy" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_that_is_named_like_a_zip_is_unreadable(tmp_path: Path) -> None:
    """Nobody ever writes to it."""
    os.mkfifo(tmp_path / "kim.zip")
    with pytest.raises(UnreadableSubmission, match="no regular file"):
        unpacked(tmp_path / "kim.zip", tmp_path / "copy")


def test_a_highly_packed_small_file_is_fine(zipped: Zip, tmp_path: Path) -> None:
    """Plain text of less than a megabyte may be packed as well as it likes."""
    path = zipped({"network.py": b"#" * 900_000})
    assert unpacked(path, tmp_path / "copy") == ["network.py"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path: Path, method: int) -> None:
    """These two decoders take no limit: 300 bytes became 800 MB of the grader's memory."""
    path = tmp_path / "lee.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("network.py", b"0" * (64 << 20))
    data = bytearray(path.read_bytes())
    size = (64 << 20).to_bytes(4, "little")
    assert data.count(size) == 2  # in front of the file, and in the zip's list of files
    path.write_bytes(data.replace(size, (100).to_bytes(4, "little")))
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableSubmission, match="zip it again"):
            unpacked(path, tmp_path / "copy")
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_zip_with_an_endless_list_of_files_is_unreadable(tmp_path: Path) -> None:
    """Not read at all: 28 MB of it took 200 MB of memory and 7 seconds."""
    path = tmp_path / "lee.zip"
    entry = b"PK\1\2" + bytes(24) + b"\1" + bytes(17) + b"a"
    count = (9 << 20) // len(entry)
    size = (count * len(entry)).to_bytes(4, "little")
    end = b"PK\5\6" + bytes(8) + size + bytes(4) + bytes(2)
    path.write_bytes(entry * count + end)
    with pytest.raises(UnreadableSubmission, match="its list of files is too long"):
        unpacked(path, tmp_path / "copy")


def test_a_size_that_the_zip_lies_about_is_unreadable(zipped: Zip, tmp_path: Path) -> None:
    """A member that unpacks to more than it says is cut off by nobody's leave."""
    path = zipped({"network.py": b"0" * 100_000})
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\1\2")
    data[central + 24 : central + 28] = (10).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with pytest.raises(UnreadableSubmission):
        unpacked(path, tmp_path / "copy")


@pytest.mark.parametrize("cut", ["half", "end", "text", "nothing"])
def test_what_is_no_whole_zip_is_unreadable(zipped: Zip, tmp_path: Path, cut: str) -> None:
    """Truncated, empty, or another kind of file under the name of a zip."""
    path = zipped({"network.py": b"x = 1\n" * 100}, packing=0)
    data = path.read_bytes()
    path.write_bytes({"half": data[:300], "end": data[:-10], "text": b"hello", "nothing": b""}[cut])
    with pytest.raises(UnreadableSubmission, match="zip"):
        unpacked(path, tmp_path / "copy")


def test_a_damaged_member_is_unreadable(zipped: Zip, tmp_path: Path) -> None:
    """Its check sum tells."""
    path = zipped({"network.py": b"x = 1\n" * 100}, packing=0)
    data = path.read_bytes().replace(b"x = 1", b"x = 2", 1)
    path.write_bytes(data)
    with pytest.raises(UnreadableSubmission, match="CRC"):
        unpacked(path, tmp_path / "copy")


def test_an_encrypted_zip_is_unreadable(zipped: Zip, tmp_path: Path) -> None:
    """Nobody here knows the password."""
    path = zipped({"network.py": b"x = 1\n"}, packing=0)
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the member's own header
    data[data.index(b"PK\1\2") + 8] |= 1  # and in the directory
    path.write_bytes(bytes(data))
    with pytest.raises(UnreadableSubmission, match="encrypted"):
        unpacked(path, tmp_path / "copy")


def test_names_in_cp949_are_read_as_hangul(zipped: Zip, tmp_path: Path) -> None:
    """Explorer on a Korean Windows writes names so."""
    path = zipped({"network.py": b"", "XXXX.py": b""})
    path.write_bytes(path.read_bytes().replace(b"XXXX", "도움".encode("cp949")))
    assert unpacked(path, tmp_path / "copy") == ["network.py", "도움.py"]


def test_names_in_utf_8_are_read_as_such(zipped: Zip, tmp_path: Path) -> None:
    """Everybody else writes them so."""
    path = zipped({"수업/network.py": b"", "수업/도움.py": b""})
    assert unpacked(path, tmp_path / "copy") == ["network.py", "도움.py"]


def test_names_that_the_zip_repeats_in_utf_8_are_read_as_such(tmp_path: Path) -> None:
    """Python 3.12 and later read that field by themselves: there the zip was unreadable."""
    name = "수업/network.py"
    raw, path = name.encode("cp949"), tmp_path / "kim.zip"
    field = b"\1" + zlib.crc32(raw).to_bytes(4, "little") + name.encode()
    member = zipfile.ZipInfo("x" * len(raw))
    member.extra = b"up" + len(field).to_bytes(2, "little") + field
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "")
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    assert unpacked(path, tmp_path / "copy") == ["network.py"]
    assert copying.decoded_name(zipfile.ZipInfo(name)) == name  # as they have it, on any version


@SYMLINKS
def test_a_copy_is_removed_whatever_its_permissions(tmp_path: Path) -> None:
    """Learner code may have made a folder of its own unreadable."""
    folder = tmp_path / "copy" / "locked"
    folder.mkdir(parents=True)
    (folder / "file").write_text("x")
    folder.chmod(0o500)
    try:
        remove_tree(tmp_path / "copy")
    finally:
        if folder.exists():
            folder.chmod(0o700)
    assert not (tmp_path / "copy").exists()
