"""gradcheck-kit: checks hand-written forward and backward propagation.

The public names below are loaded when first used, so that a pytest run which only has
the plugin installed does not pay for numpy.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from gradcheck_kit.assertions import Gradcheck
    from gradcheck_kit.diagnosis.misconception import Misconception, Mistakes
    from gradcheck_kit.errors import GradcheckError, GradcheckFailure
    from gradcheck_kit.learner.learner import Learner
    from gradcheck_kit.numerics.check import (
        GradientEntry,
        GradientReport,
        assert_gradient,
        check_gradient,
    )
    from gradcheck_kit.numerics.differentiate import NumericalGradient, numerical_gradient
    from gradcheck_kit.numerics.vjp import check_vjp
    from gradcheck_kit.problems.problem import Factor, Function, Objective, Problem, Return

_HOMES = {
    "Factor": "gradcheck_kit.problems.problem",
    "Function": "gradcheck_kit.problems.problem",
    "Gradcheck": "gradcheck_kit.assertions",
    "GradcheckError": "gradcheck_kit.errors",
    "GradcheckFailure": "gradcheck_kit.errors",
    "GradientEntry": "gradcheck_kit.numerics.check",
    "GradientReport": "gradcheck_kit.numerics.check",
    "Learner": "gradcheck_kit.learner.learner",
    "Misconception": "gradcheck_kit.diagnosis.misconception",
    "Mistakes": "gradcheck_kit.diagnosis.misconception",
    "NumericalGradient": "gradcheck_kit.numerics.differentiate",
    "Objective": "gradcheck_kit.problems.problem",
    "Problem": "gradcheck_kit.problems.problem",
    "Return": "gradcheck_kit.problems.problem",
    "assert_gradient": "gradcheck_kit.numerics.check",
    "check_gradient": "gradcheck_kit.numerics.check",
    "check_vjp": "gradcheck_kit.numerics.vjp",
    "numerical_gradient": "gradcheck_kit.numerics.differentiate",
}

__all__ = [
    "Factor",
    "Function",
    "Gradcheck",
    "GradcheckError",
    "GradcheckFailure",
    "GradientEntry",
    "GradientReport",
    "Learner",
    "Misconception",
    "Mistakes",
    "NumericalGradient",
    "Objective",
    "Problem",
    "Return",
    "__version__",
    "assert_gradient",
    "check_gradient",
    "check_vjp",
    "numerical_gradient",
]


class _PlainFinder:
    """Loads the kit's modules as Python does, past pytest's assertion rewriting.

    pytest rewrites the asserts of every package that has a plugin, and where bytecode is not
    written (PYTHONDONTWRITEBYTECODE, common in containers) it compiles them anew in every
    run, which takes 0.1 s. The kit's messages do not come from asserts.
    """

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of a module of the kit."""
        return PathFinder.find_spec(name, path, target) if name.startswith(_PREFIX) else None


_PREFIX = f"{__name__}."
if any(type(finder).__name__ == "AssertionRewritingHook" for finder in sys.meta_path):
    sys.meta_path.insert(0, _PlainFinder)


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562)."""
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'gradcheck_kit' has no attribute {name!r}") from None
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *_HOMES})
