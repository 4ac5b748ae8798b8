"""What a folder of exercises registers, found for the command line as pytest finds it.

pytest is started on the folder, reads its ``conftest.py``, and stops before it collects. So the
commands know what a run of the tests knows, with no second set of rules. Only the exercises'
own folder is asked, never a learner's submission.
"""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pluggy import PluginValidationError

from gradcheck_kit.courses.imports import imports_of
from gradcheck_kit.courses.registry import Registry, kit_registration
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.reports import report_names
from gradcheck_kit.i18n import _
from gradcheck_kit.registrations import GROUP, load_courses, registrants, registry

_ENVIRONMENT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}


def use_course(exercises: Path | None) -> Registry:
    """Know what is registered for a folder of exercises, from now on; return it.

    Parameters
    ----------
    exercises : Path or None
        The folder, whose ``conftest.py`` may register something; None for installed courses
        only.

    Raises
    ------
    GradcheckError
        If a plugin fails, or something is wrong with what it registers.
    """
    has_conftest = exercises is not None and (exercises / "conftest.py").is_file()
    if has_conftest or entry_points(group=GROUP):
        found = _ask_pytest(exercises if has_conftest else None)
    else:
        found = Registry([kit_registration()])
    if exercises is not None:
        imports_of(exercises, found.problems.values())
    taken = [name for name in found.writers if name in report_names()]
    if taken:
        raise GradcheckError(f"there is a report format {taken[0]!r} already, the kit's own")
    found.activate()
    return found


def installed_courses() -> list[str]:
    """Return the installed packages that register something, with their versions."""
    points = entry_points(group=GROUP)
    return sorted({f"{p.dist.name} {p.dist.version}" for p in points if p.dist is not None})


class _Finder:
    """A pytest plugin that takes what is registered and ends the run there."""

    def __init__(self) -> None:
        self.registry: Registry | None = None
        self.error: GradcheckError | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int:
        """Ask the plugins that pytest has loaded by now; nothing is collected."""
        try:
            load_courses(config.pluginmanager)
            plugins = registrants(config.pluginmanager, config.hook)
            self.registry = registry(config.pluginmanager, plugins)
        except GradcheckError as error:
            self.error = error
        return 0


def _ask_pytest(exercises: Path | None) -> Registry:
    finder = _Finder()
    output = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="gradcheck-") as scratch:
        config = Path(scratch) / "pytest.ini"
        config.write_text("[pytest]\n", encoding="utf-8")  # no settings of other folders apply
        folder = str(exercises.resolve() if exercises else scratch)
        arguments = [
            "-c", str(config), "--rootdir", folder, "-p", "gradcheck_kit.plugin",
            "-p", "no:cacheprovider", "-p", "no:faulthandler", "--import-mode=importlib", folder,
        ]  # fmt: skip
        with (
            _as_in_grading(),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            try:
                pytest.main(arguments, plugins=[finder])
            except PluginValidationError as error:  # a hook with another argument
                raise GradcheckError(" ".join(str(error).split())) from None
    if finder.error is not None:
        raise finder.error
    if finder.registry is None:
        text = output.getvalue().strip()[-2000:]
        raise GradcheckError(_("{path}: the tests do not run: {error}", path=folder, error=text))
    return finder.registry


@contextlib.contextmanager
def _as_in_grading() -> Iterator[None]:
    """Set what pytest goes by as a grading does; leave no trace of a folder's conftest."""
    variables = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    # Every course's module is called conftest: one of another folder must not stand for it.
    kept = {name: sys.modules.pop(name) for name in _conftests()}
    try:
        yield
    finally:
        for name in _conftests():
            del sys.modules[name]
        sys.modules.update(kept)
        sys.dont_write_bytecode = writes
        for name, value in variables.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _conftests() -> list[str]:
    return [name for name in sys.modules if name.rpartition(".")[2] == "conftest"]
