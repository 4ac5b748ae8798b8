"""What ships with the kit, and the hooks of others: from pytest's plugins to a checked registry.

This module is itself a plugin of the kit's hooks: the three problems of the lesson and their
mistakes come in by the door that courses use.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest

from gradcheck_kit import hookspecs
from gradcheck_kit.courses.registry import KIT, Registration, Registry
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.i18n import SOURCE_LANGUAGE, languages

if TYPE_CHECKING:
    from gradcheck_kit.diagnosis.misconception import Mistakes
    from gradcheck_kit.problems.problem import Problem

_PREFIX = "pytest_gradcheck_"

GROUP = "gradcheck_kit"
"""Group of the entry points that name installed courses."""

_HOOKS = tuple(name for name in vars(hookspecs) if name.startswith(_PREFIX))


# What ships with the kit


def pytest_gradcheck_problems() -> "Sequence[Problem]":
    """Return the lesson's problems."""
    from gradcheck_kit.problems import kit_problems

    return kit_problems()


def pytest_gradcheck_misconceptions() -> "Mapping[str, Mistakes]":
    """Return the lesson's mistakes, each file of them loaded when it is needed."""
    from gradcheck_kit.diagnosis.catalogue import KIT_MISTAKES

    return KIT_MISTAKES


# What anybody registers


def load_courses(manager: pytest.PytestPluginManager) -> None:
    """Make plugins of the kit's own registrations and of the courses that are installed.

    Raises
    ------
    GradcheckError
        If a course cannot be imported, or a hook does not exist.
    """
    check_names(manager)
    if not manager.has_plugin(KIT):
        import sys

        manager.register(sys.modules[__name__], KIT)
    before = ""
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        if manager.is_blocked(point.name):
            continue
        if point.name == before:
            raise GradcheckError(
                f"{point.name}: two installed packages have a course of that name; "
                f"`-p no:{point.name}` blocks both"
            )
        before = point.name
        try:
            plugin = point.load()
        except Exception as error:
            raise GradcheckError(
                f"{point.name}: the course's plugin {point.value} cannot be imported: "
                f"{type(error).__name__}: {error}"
            ) from error
        known = manager.get_plugin(point.name)
        if known is None:
            manager.register(plugin, point.name)
        elif known is not plugin:
            raise GradcheckError(
                f"{point.name}: another plugin of pytest has that name; give the course's entry "
                "point another one"
            )


def check_names(manager: pytest.PytestPluginManager) -> None:
    """Raise GradcheckError if somebody has a hook of ours that does not exist.

    pytest itself ends with an internal error.
    """
    for name, caller in sorted(vars(manager.hook).items()):
        if name.startswith(_PREFIX) and name not in _HOOKS:
            for implementation in caller.get_hookimpls():
                raise GradcheckError(
                    f"{_name(manager, implementation.plugin)}: there is no hook {name}; "
                    f"there are: {', '.join(_HOOKS)}"
                )


def registrants(manager: pytest.PytestPluginManager, hooks: Any) -> list[object]:
    """Return the plugins that register something, the kit first.

    Parameters
    ----------
    manager : PytestPluginManager
        Who knows their names.
    hooks : hook relay
        ``config.hook``, or an item's ``ihook``: without the conftest.py of other folders.
    """
    found = {
        id(implementation.plugin): implementation.plugin
        for name in _HOOKS
        for implementation in getattr(hooks, name).get_hookimpls()
    }
    return sorted(found.values(), key=lambda plugin: _name(manager, plugin) != KIT)


def registry(manager: pytest.PytestPluginManager, plugins: Sequence[object]) -> Registry:
    """Return what these plugins register, checked.

    Raises
    ------
    GradcheckError
        If something is wrong with it.
    """
    return Registry([_registration(manager, plugin) for plugin in plugins])


def _name(manager: pytest.PytestPluginManager, plugin: object) -> str:
    return str(manager.get_name(plugin) or plugin)


def _registration(manager: pytest.PytestPluginManager, plugin: object) -> Registration:
    name = _name(manager, plugin)
    others = [other for other in manager.get_plugins() if other is not plugin]

    def called(hook: str, kind: type, what: str, **arguments: str) -> list[Any]:
        try:
            results: list[Any] = manager.subset_hook_caller(hook, others)(**arguments)
        except Exception as error:
            text = f"{type(error).__name__}: {error}".replace("\n", " ")
            raise GradcheckError(f"{name}: {hook} failed: {text}") from error
        for result in results:
            if not isinstance(result, kind) or isinstance(result, str):
                raise GradcheckError(f"{name}: {hook} must return {what}, not {result!r:.80}")
        return results

    problems = called("pytest_gradcheck_problems", Sequence, "a list of Problem")
    mistakes = called(
        "pytest_gradcheck_misconceptions", Mapping, "a mapping from 'problem.function' to Mistakes"
    )
    writers = called(
        "pytest_gradcheck_report_writers", Mapping, "a mapping from names to callables"
    )
    words = {}
    for language in languages():
        if language == SOURCE_LANGUAGE:
            continue
        found = called(
            "pytest_gradcheck_translations", Mapping, "a mapping from texts to texts",
            language=language,
        )  # fmt: skip
        words[language] = {key: text for mapping in found for key, text in mapping.items()}
    return Registration(
        name,
        [problem for sequence in problems for problem in sequence],
        mistakes[0] if mistakes else {},
        words,
        {key: writer for mapping in writers for key, writer in mapping.items()},
    )
