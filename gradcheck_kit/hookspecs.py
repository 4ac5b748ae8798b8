"""Hooks by which a course registers what is its own; signatures and docstrings, nothing else.

Write them as plain functions, either in the ``conftest.py`` beside the exercises or in a module
that an installed distribution names as an entry point of the group ``gradcheck_kit``::

    [project.entry-points.gradcheck_kit]
    softmax_regression = "softmax_regression.plugin"

They are called once for each folder of exercises, after collection and only when there are tests
of learners' functions. Import what is large inside the function, then.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcheck_kit.diagnosis.misconception import Mistakes
    from gradcheck_kit.problems.problem import Problem


def pytest_gradcheck_problems() -> "Sequence[Problem]":  # type: ignore[empty-body]
    """Return the course's problems.

    Returns
    -------
    sequence of Problem
        Names must differ from those of all other problems, the kit's ``warmup``, ``network``
        and ``batch`` among them.

    Examples
    --------
    ::

        def pytest_gradcheck_problems():
            from softmax_regression.problem import PROBLEM

            return [PROBLEM]
    """


def pytest_gradcheck_misconceptions() -> "Mapping[str, Mistakes]":  # type: ignore[empty-body]
    """Return the mistakes that learners make, by function.

    Returns
    -------
    mapping
        From ``"problem.function"`` to `Mistakes`: the right formula and the entries. The
        function may be another course's or the kit's own: its mistakes are added to those
        known already. ``"*"`` stands for any function.

    Examples
    --------
    ::

        def pytest_gradcheck_misconceptions():
            return {
                "softmax.cross_entropy": Mistakes(
                    right="L = −(1/n)·Σ Y·log P",
                    entries=(
                        Misconception(
                            id="ce-sum",
                            title="The loss is a sum over the rows, not a mean",
                            hint="If every row stood there twice, should L double?",
                            yours="L = −Σ Y·log P",
                            change=((" / len(Y)", ""),),
                        ),
                    ),
                )
            }
    """


def pytest_gradcheck_translations(language: str) -> Mapping[str, str]:  # type: ignore[empty-body]
    """Return translations of the course's own English texts.

    Parameters
    ----------
    language : str
        Code of a language that the kit speaks, but not ``en``: ``ko``.

    Returns
    -------
    mapping
        From the English text to the other one: titles and hints of misconceptions, and whole
        docstrings of stubs (for ``gradcheck-kit init``). What is missing stays English. Titles
        and hints of functions are translated in ``assignment.toml``.

    Examples
    --------
    ::

        def pytest_gradcheck_translations(language):
            return KOREAN if language == "ko" else {}
    """


def pytest_gradcheck_report_writers() -> (  # type: ignore[empty-body]
    "Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, str | bytes]]]"
):
    r"""Return report formats for ``gradcheck-kit grade``.

    Returns
    -------
    mapping
        From the name of a format (letters, digits, hyphens) to a callable that takes what
        ``results.json`` holds, without its seed, and returns the contents of the files to
        write, by path: text (written as UTF-8) or bytes. Paths are relative, with slashes.

    Examples
    --------
    ::

        def csv(results):
            rows = [f"{s['id']},{s['score']}" for s in results["submissions"]]
            return {"scores.csv": "\n".join(["id,score", *rows, ""])}

        def pytest_gradcheck_report_writers():
            return {"scores": csv}
    """
