"""assignment.toml: what an author can get wrong in it is said in one line, at start."""

import subprocess
import sys
from pathlib import Path

import pytest

from gradcheck_kit.assignment import read_assignment
from gradcheck_kit.errors import GradcheckError

RIGHT = """
id = "cell"
packages = ["pandas"]
title = { en = "A cell" }

[[functions]]
name = "cell.forward"
needs = ["cell.start"]
title = { en = "Forward" }
hints = { en = ["First?", "Then."] }
"""

WRONG = {
    "no toml": ('id = "cell"', "id = cell", "cannot be read: "),
    "a title without language": (
        '{ en = "A cell" }',
        '"A cell"',
        'title must be texts by language: { en = "…" }',
    ),
    "a title that is a number": (
        '{ en = "A cell" }',
        "{ en = 3 }",
        "title must be texts by language",
    ),
    "one bracket": ("[[functions]]", "[functions]", "write [[functions]], with two brackets"),
    "no name": ('name = "cell.forward"', "", "each entry under [[functions]] needs a name"),
    "needs without a list": (
        '["cell.start"]',
        '"cell.start"',
        "cell.forward: needs must be a list",
    ),
    "hints without language": (
        '{ en = ["First?", "Then."] }',
        '["First?"]',
        "cell.forward: hints must be lists by language",
    ),
    "hints without a list": (
        '["First?", "Then."]',
        '"First?"',
        "cell.forward: hints must be lists by language",
    ),
    "a title of a function": (
        '{ en = "Forward" }',
        '"Forward"',
        "cell.forward: title must be texts by language",
    ),
    "packages without a list": ('["pandas"]', '"pandas"', "packages must be a list of names"),
    "a version of a package": (
        '["pandas"]',
        '["pandas>=2"]',
        "packages: 'pandas>=2' is no name of a package",
    ),
    "a language that is none": ('id = "cell"', "language = 3", "language must be a code"),
    "two of one name": (
        "needs = [",
        '[[functions]]\nname = "cell.forward"\nneeds = [',
        "cell.forward: there are two entries",
    ),
}


def test_a_right_one_is_read(tmp_path: Path) -> None:
    """All that it says."""
    (tmp_path / "assignment.toml").write_text(RIGHT, encoding="utf-8")
    found = read_assignment(tmp_path)
    assert (found.id, found.title, found.packages) == ("cell", {"en": "A cell"}, ("pandas",))
    task = found.tasks["cell.forward"]
    assert (task.needs, task.hints) == (("cell.start",), {"en": ("First?", "Then.")})


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_one_is_one_clear_line(case: str, tmp_path: Path) -> None:
    """It names the file, the entry, and what is wanted."""
    old, new, text = WRONG[case]
    assert RIGHT.count(old) == 1
    path = tmp_path / "assignment.toml"
    path.write_text(RIGHT.replace(old, new), encoding="utf-8")
    with pytest.raises(GradcheckError) as caught:
        read_assignment(tmp_path)
    assert str(caught.value).startswith(str(path))
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pytest_says_it_as_a_usage_error(tmp_path: Path) -> None:
    """Not as an internal one."""
    (tmp_path / "assignment.toml").write_text('title = "A cell"\n', encoding="utf-8")
    (tmp_path / "test_network.py").write_text(
        "def test_it(learner, gradcheck):\n    gradcheck.values(learner, 'loss')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        capture_output=True, text=True, cwd=tmp_path, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr.startswith("ERROR: ")
    assert "title must be texts by language" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
