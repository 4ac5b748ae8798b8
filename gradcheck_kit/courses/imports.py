"""Which installed packages learners of a course may import when they are graded."""

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import gradcheck_kit
from gradcheck_kit.assignment import FILE_NAME, read_assignment
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.learner.imports import Imports
from gradcheck_kit.problems.problem import Function, Problem


def imports_of(folder: Path, problems: Iterable[Problem]) -> Imports:
    """Return what learners may import beside a folder of exercises, and what is hidden.

    Parameters
    ----------
    folder : Path
        The exercises; their ``assignment.toml`` names the packages.
    problems : iterable of Problem
        Those whose references no learner may reach.

    Raises
    ------
    GradcheckError
        If a package is not installed, or holds a reference.
    """
    homes = {Path(gradcheck_kit.__file__).resolve().parent: "the kit"}
    for problem in problems:
        for function in problem.functions:
            home = _home(function)
            if home is not None:
                homes.setdefault(home, f"{problem.name}.{function.name}")
    packages = read_assignment(folder).packages
    for name in packages:
        places = _places(name)
        where = f"{folder / FILE_NAME}: packages: {name}"
        if not places:
            raise GradcheckError(f"{where} is not installed")
        for home, whose in homes.items():
            if any(home.is_relative_to(place) for place in places):
                raise GradcheckError(
                    f"{where} holds the reference of {whose}; name a package without one"
                )
    return Imports(packages, tuple(sorted(map(str, homes))))


def _home(function: Function) -> Path | None:
    """Return the package or the file that a reference stands in."""
    module = sys.modules.get(getattr(function.reference, "__module__", None) or "")
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return None
    package = getattr(sys.modules.get(module.__name__.partition(".")[0]), "__file__", None)
    if package is not None and Path(package).name == "__init__.py":
        return Path(package).resolve().parent
    return Path(file).resolve()


def _places(package: str) -> list[Path]:
    """Return the folders of an installed package, or its file; none if there is none."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [Path(place).resolve() for place in spec.submodule_search_locations]
    return [Path(spec.origin).resolve()] if spec.has_location and spec.origin else []
