"""Ready-made set-ups for platforms: what one is, and what all of them hold."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gradcheck_kit
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.grade import assignment_files, files_of_course
from gradcheck_kit.grading.report import write_whole
from gradcheck_kit.i18n import _, active_language

Files = Mapping[str, bytes]
"""What to write, by its path below the folder, with slashes."""

_TEMPLATES = Path(__file__).with_name("templates")
_EXECUTABLE = 0o755
_REQUIREMENT = re.compile(r"[\w.\-\[\], ]+([=<>~!]=?[\w.*+!, =<>~\-]+)?|https://[\w./:@+%\-]+")


@dataclass(frozen=True)
class PackOrder:
    """What a set-up is made of.

    Parameters
    ----------
    exercises : Path
        The instructor's tests.
    kit : str
        What pip installs: a requirement, or a wheel beside the scripts.
    wheel : Path or None
        That wheel.
    repository : str
        ``owner/name`` of the instructor's own repository, where the platform has some.
    """

    exercises: Path
    kit: str
    wheel: Path | None = None
    repository: str = "YOUR-ORGANIZATION/YOUR-TESTS"

    @property
    def files(self) -> Sequence[str]:
        """The names of the files that learners hand in."""
        return assignment_files(self.exercises)


@dataclass(frozen=True, slots=True)
class Pack:
    """A set-up. Each file in ``grading/packs/`` defines one as PACK.

    Parameters
    ----------
    description : str
        One line in English for ``--help``, marked with ``N_``.
    files : callable
        Takes a `PackOrder`, and returns the files.
    next_step : str
        What to do with them, in English, marked with ``N_``; may name ``{folder}``.
    """

    description: str
    files: Callable[[PackOrder], Files]
    next_step: str


def pack_order(exercises: Path, kit: str | None, repository: str | None) -> PackOrder:
    """Return what a set-up is made of, checked.

    Raises
    ------
    GradcheckError
        If there are no tests, or none of a known problem, or the kit or the repository is none.
    """
    files_of_course(exercises)
    wheel = Path(kit) if kit and kit.endswith(".whl") else None
    if wheel is not None and not wheel.is_file():
        raise GradcheckError(_("--kit {path}: there is no such file", path=wheel))
    requirement = kit or f"gradcheck-kit=={gradcheck_kit.__version__}"
    if wheel is None and not _REQUIREMENT.fullmatch(requirement):
        raise GradcheckError(_("--kit {kit}: no requirement that pip takes", kit=requirement))
    if wheel is not None and not re.fullmatch(r"[\w.+\-]+", wheel.name):
        raise GradcheckError(_("--kit {kit}: no requirement that pip takes", kit=wheel.name))
    if repository and not re.fullmatch(r"[\w.\-]+/[\w.\-]+", repository):
        raise GradcheckError(
            _("--repository {name}: write it as OWNER/NAME", name=repository)
        )  # fmt: skip
    order = PackOrder(exercises, requirement, wheel)
    return PackOrder(exercises, requirement, wheel, repository or order.repository)


def tests_of(order: PackOrder) -> Iterator[tuple[str, bytes]]:
    """Yield what grading reads of the exercises: no stubs, no solutions, no dot files."""
    for path in sorted(order.exercises.rglob("*")):
        inside = path.relative_to(order.exercises)
        unwanted = any(p.startswith(".") or p in ("__pycache__", "solutions") for p in inside.parts)
        if unwanted or path.is_symlink() or not path.is_file():
            continue
        if inside.as_posix() in order.files or path.suffix == ".md":
            continue
        yield f"exercises/{inside.as_posix()}", path.read_bytes()


def filled(template: str, values: Mapping[str, str]) -> bytes:
    """Return a template with its ``@NAME@`` replaced.

    Shell scripts and workflows are full of braces and dollars, which therefore mean nothing.
    """
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    left = re.findall(r"@[A-Z]+@", text)
    assert not left, left
    return text.encode("utf-8")


def values_of(order: PackOrder, wheels: str) -> dict[str, str]:
    """Return what templates name; `wheels` is where the scripts find the wheel."""
    kit = f"{wheels}/{order.wheel.name}" if order.wheel else order.kit
    return {
        "KIT": kit,
        "LANGUAGE": active_language(),
        "REPOSITORY": order.repository,
        "FILES": ", ".join(order.files),
        "NAMES": " -o ".join(
            f"-name '{name}' -o -name '{name.removesuffix('.py')}.ipynb'" for name in order.files
        ),
    }


def wheel_of(order: PackOrder) -> Iterator[tuple[str, bytes]]:
    """Yield the wheel, where there is one."""
    if order.wheel is not None:
        yield order.wheel.name, order.wheel.read_bytes()


def zipped(files: Files) -> bytes:
    """Return an archive, the same for the same files; scripts can be executed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            member = zipfile.ZipInfo(name)
            member.external_attr = (_EXECUTABLE if _is_script(content) else 0o644) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return target.getvalue()


def write_pack(files: Files, folder: Path) -> None:
    """Write the files into a new folder.

    Raises
    ------
    GradcheckError
        If something is there already, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise GradcheckError(_("{folder} is there already; name a new folder", folder=folder))
    for name, content in sorted(files.items()):
        path = folder.joinpath(*name.split("/"))
        write_whole(path, content)
        if _is_script(content):
            path.chmod(_EXECUTABLE)


def _is_script(content: bytes) -> bool:
    return content.startswith(b"#!")
