"""Who registers what: problems, mistakes, words and report writers of the kit and of courses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gradcheck_kit import i18n
from gradcheck_kit.diagnosis.catalogue import KIT_MISTAKES, use_mistakes
from gradcheck_kit.diagnosis.misconception import Mistakes
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems import kit_problems, use_problems
from gradcheck_kit.problems.problem import Problem

KIT = "gradcheck-kit"
"""Name of the plugin that registers what ships with the kit."""

ReportWriter = Callable[[Mapping[str, Any]], Mapping[str, str | bytes]]
"""Makes the files of a report from what results.json holds: their contents by file name."""


@dataclass(frozen=True)
class Registration:
    """What one plugin registers.

    Parameters
    ----------
    plugin : str
        Its name, or the path of a conftest.py.
    problems : sequence of Problem
        New problems.
    mistakes : mapping
        Mistakes by function, ``softmax.gradient``; ``*`` stands for any function.
    words : mapping
        By language: translations of the course's English texts.
    writers : mapping
        Report writers by the name of their format.
    """

    plugin: str
    problems: Sequence[Problem] = ()
    mistakes: Mapping[str, Mistakes] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    writers: Mapping[str, ReportWriter] = field(default_factory=dict)


def kit_registration() -> Registration:
    """Return what ships with the kit."""
    return Registration(KIT, kit_problems(), KIT_MISTAKES)


class Registry:
    """All that is registered, and checked.

    Parameters
    ----------
    registrations : sequence of Registration
        What every plugin registers, the kit's own among them.

    Raises
    ------
    GradcheckError
        If something is wrong with it: one line that names the plugin and the culprit.
    """

    def __init__(self, registrations: Sequence[Registration]) -> None:
        # The kit's own are tested with the kit, and what checks them is much to import: 80 ms
        # in every run of a learner.
        courses = [registration for registration in registrations if registration.plugin != KIT]
        if courses:
            from gradcheck_kit.courses import checks
        for registration in courses:
            checks.check_types(registration)
        self.problems: dict[str, Problem] = {}
        self.writers: dict[str, ReportWriter] = {}
        self.words: dict[str, dict[str, str]] = {}
        self.mistakes = tuple(registration.mistakes for registration in registrations)
        self._add_problems(registrations)
        for registration in courses:
            for problem in registration.problems:
                checks.check_problem(registration.plugin, problem)
            checks.check_words(registration)
            checks.check_writers(registration)
            for language, words in registration.words.items():
                self.words.setdefault(language, {}).update(words)
            for name, writer in registration.writers.items():
                if name in self.writers:
                    raise GradcheckError(
                        f"{registration.plugin}: there is a report format {name!r} already"
                    )
                self.writers[name] = writer
        if courses:
            with self.active():
                checks.check_mistakes(courses, self.problems)

    def _add_problems(self, registrations: Sequence[Registration]) -> None:
        owners: dict[str, str] = {}
        for registration in registrations:
            for problem in registration.problems:
                if problem.name in owners:
                    raise GradcheckError(
                        f"{registration.plugin}: there is a problem {problem.name!r} already, "
                        f"from {owners[problem.name]}"
                    )
                owners[problem.name] = registration.plugin
                self.problems[problem.name] = problem

    def activate(self) -> "Before":
        """Know what is registered here from now on; `restore` goes back."""
        return Before(
            use_problems(self.problems), use_mistakes(self.mistakes), i18n.use_words(self.words)
        )

    @contextmanager
    def active(self) -> Iterator[None]:
        """Know what is registered here inside a ``with`` statement."""
        before = self.activate()
        try:
            yield
        finally:
            before.restore()


@dataclass(frozen=True)
class Before:
    """What was known before a registry was activated.

    Parameters
    ----------
    problems, mistakes, words : object
        As the functions that replaced them returned it.
    """

    problems: Mapping[str, Problem] | None
    mistakes: tuple[Mapping[str, Mistakes], ...] | None
    words: Mapping[str, Mapping[str, str]]

    def restore(self) -> None:
        """Know that again, and only that."""
        use_problems(self.problems)
        use_mistakes(self.mistakes)
        i18n.use_words(self.words)
