"""What `gradcheck-kit doctor` says of a machine."""

import pytest

from gradcheck_kit.cli import main
from gradcheck_kit.grading import doctor
from gradcheck_kit.i18n import spoken
from gradcheck_kit.learner.proof import Protection

OBSTACLES = ("system", "architecture", "landlock", "seccomp", "start")


def machine(monkeypatch: pytest.MonkeyPatch, protection: Protection, starts: bool) -> None:
    """Pretend to be a machine on which this was found."""
    monkeypatch.setattr(doctor, "find_protection", lambda: protection)
    monkeypatch.setattr(doctor, "can_start", lambda level: starts)


def test_this_machine_is_examined() -> None:
    """The level is that of the results, and advice goes with anything but strict."""
    report = doctor.examine_machine()
    level = next(value for label, value in report.rows if label == "sandbox")
    assert level.startswith("strict" if report.is_strict else "basic")
    assert bool(report.advice) != report.is_strict


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_every_obstacle_has_advice_of_its_own(
    monkeypatch: pytest.MonkeyPatch, obstacle: str
) -> None:
    """And grading is possible without the strict sandbox."""
    machine(monkeypatch, Protection("basic", ["rlimits"], [obstacle]), starts=True)
    with spoken("en"):
        report = doctor.examine_machine()
        others = doctor.advice([name for name in OBSTACLES if name != obstacle])
    assert len(report.advice) == 1
    assert report.advice[0] not in others
    assert not report.is_strict


def test_a_probe_that_went_wrong_is_named_and_to_be_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By its name, as nobody here can know why."""
    found = Protection("basic", ["rlimits"], ["open udp"], {"udp": "succeeded"})
    machine(monkeypatch, found, starts=True)
    with spoken("en"):
        report = doctor.examine_machine()
    assert any("open udp" in value for _label, value in report.rows)
    assert "please report" in report.advice[0]


def test_a_machine_on_which_no_worker_starts_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a command that shows why."""
    machine(monkeypatch, Protection("basic", ["rlimits"], ["start"]), starts=False)
    assert main(["doctor"]) == 1
    assert '-I -c "import numpy"' in capsys.readouterr().out
