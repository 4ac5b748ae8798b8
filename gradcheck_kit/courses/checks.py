"""Is what a course registers complete and free of contradictions? Asked once, at start.

An author's slip would otherwise show as a learner's mistake. Every complaint is one line that
names the plugin and the culprit.
"""

import __future__

import inspect
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.courses.fields import wrong_fields
from gradcheck_kit.diagnosis.catalogue import misconceptions
from gradcheck_kit.diagnosis.diagnose import contradictions
from gradcheck_kit.diagnosis.misconception import ANYWHERE, Misconception, Mistakes
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.i18n import SOURCE_LANGUAGE, _, languages
from gradcheck_kit.numerics.check import check_gradient
from gradcheck_kit.problems.problem import Arguments, Factor, Function, Problem, Return

if TYPE_CHECKING:
    from gradcheck_kit.courses.registry import Registration

TELLING = 8
"""So many probe points must have right values of `TELLING_SIZE` or more."""

TELLING_SIZE = 1e-6

DIFFERENTIATED = 2
"""At so many points it is checked that a reference is the gradient of its objective."""

_SEED = 0


def check_types(registration: "Registration") -> None:
    """Raise GradcheckError unless everything registered is of the right type."""
    plugin = registration.plugin
    for problem in registration.problems:
        if not isinstance(problem, Problem):
            raise GradcheckError(f"{plugin}: {problem!r:.80} is no Problem")
        for where, text in _type_complaints(problem):
            raise GradcheckError(f"{plugin}: {where}: {text}")
    for name in registration.mistakes:
        if not isinstance(name, str):
            raise GradcheckError(f"{plugin}: mistakes are listed by function, not by {name!r}")


def _type_complaints(problem: Problem) -> Iterator[tuple[str, str]]:
    for text in wrong_fields(problem):
        yield f"problem {problem.name!r}", text
    for function in problem.functions:
        where = f"{problem.name}.{function.name}"
        for text in wrong_fields(function):
            yield where, text
        parts: list[Return | Factor] = [*function.returns, *function.factors, *function.sizes]
        for part in parts:
            for text in wrong_fields(part):
                yield where, f"{type(part).__name__} {part.name!r}: {text}"
        if function.objective is not None:
            for text in wrong_fields(function.objective):
                yield where, f"its objective: {text}"


def check_words(registration: "Registration") -> None:
    """Raise GradcheckError unless translations are texts, in languages that the kit speaks."""
    known = [language for language in languages() if language != SOURCE_LANGUAGE]
    for language, words in registration.words.items():
        if language not in known:
            raise GradcheckError(
                f"{registration.plugin}: translations into {language!r}, but the kit speaks "
                f"{', '.join(languages())}"
            )
        for key, value in words.items():
            if not (isinstance(key, str) and isinstance(value, str)):
                raise GradcheckError(
                    f"{registration.plugin}: a translation into {language} is no text: {key!r}"
                )
            if "\n" not in key:  # but for docstrings
                _check_braces(f"{registration.plugin}: a translation into {language}", value)


def _check_braces(where: str, text: str) -> None:
    """Raise GradcheckError if a text cannot be shown: it goes through a formatter."""
    try:
        _(text)
    except (KeyError, ValueError, IndexError):
        raise GradcheckError(f"{where}: write {{{{ and }}}} for braces in {text!r:.60}") from None


def check_writers(registration: "Registration") -> None:
    """Raise GradcheckError unless report writers can be called."""
    for name, writer in registration.writers.items():
        if not isinstance(name, str) or not callable(writer):
            raise GradcheckError(
                f"{registration.plugin}: the report writer {name!r} cannot be called"
            )
        if not re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", name):
            raise GradcheckError(
                f"{registration.plugin}: the report format {name!r} needs a name of letters, "
                "digits and single hyphens"
            )


def check_problem(plugin: str, problem: Problem) -> None:
    """Raise GradcheckError with the first thing that is wrong with a problem.

    Parameters
    ----------
    plugin : str
        Who registers it.
    problem : Problem
        The problem.
    """
    for name, text in _problem_complaints(problem):
        raise GradcheckError(f"{plugin}: {name}: {text}")


def _problem_complaints(problem: Problem) -> Iterator[tuple[str, str]]:
    name = problem.name
    if not name.isidentifier() or iskeyword(name) or name.startswith("test_"):
        yield f"problem {name!r}", "its name is no name for a module"
    elif name in sys.stdlib_module_names or name in ("numpy", "pytest", "conftest"):
        yield f"problem {name!r}", f"learners' {name}.py would hide the module of that name"
    if not problem.functions:
        yield f"problem {problem.name!r}", "it has no functions"
    names = [function.name for function in problem.functions]
    for position, function in enumerate(problem.functions):
        where = f"{problem.name}.{function.name}"
        if names.count(function.name) > 1:
            yield where, "there are two functions of that name"
        for text in _form_complaints(function, names[:position], names):
            yield where, text
        for text in _reference_complaints(problem, function):
            yield where, text


def _form_complaints(
    function: Function, earlier: Sequence[str], names: Sequence[str]
) -> Iterator[str]:
    """Yield what is wrong with the names that a function gives."""
    if not function.name.isidentifier() or iskeyword(function.name):
        yield "this is no name for a function"
    if not function.returns:
        yield "it has no returns"
    for lower in function.lower:
        if lower not in names:
            yield f"its lower function {lower!r} does not exist; there are: {', '.join(names)}"
        if lower not in earlier:
            yield f"its lower function {lower!r} does not come before it"
    returns = [entry.name for entry in function.returns]
    yield from _repeated(returns, "return")
    yield from _repeated(function.parameters, "parameter")
    for entry in function.returns:
        if entry.of is not None and entry.of not in function.parameters:
            yield f"{entry.name} is the gradient of {entry.of!r}, which is no parameter"
    if function.objective is not None:
        for name in (function.objective.forward, function.objective.loss):
            if name not in names:
                yield f"its objective names {name!r}, which does not exist"
    yield from _chain_complaints(function, returns)


def _chain_complaints(function: Function, returns: Sequence[str]) -> Iterator[str]:
    for factor in function.factors:
        for name in factor.returns:
            if name not in returns:
                yield f"the factor {factor.name!r} belongs to {name!r}, which it does not return"
    for name, links in function.chains.items():
        if name not in returns:
            yield f"there is a chain of {name!r}, which it does not return"
        known = {f.name for f in function.factors if not f.returns or name in f.returns}
        for link, parts in links.items():
            for part in parts:
                if part not in known:
                    yield f"the link {link!r} names {part!r}, which is no factor of {name}"
    every = {f.name for f in function.factors}
    for product, parts in function.products.items():
        for part in parts:
            if part not in every:
                yield f"the product {product!r} names {part!r}, which is no factor"
    # One name may stand for several factors, as long as each return has only one of them.
    for name in returns:
        own = [f.name for f in function.factors if not f.returns or name in f.returns]
        yield from _repeated(own, "factor")


def _repeated(names: Iterable[str], what: str) -> Iterator[str]:
    names = list(names)
    for name in names:
        if names.count(name) > 1:
            yield f"it has two {what}s called {name!r}"


def _reference_complaints(problem: Problem, function: Function) -> Iterator[str]:
    """Yield what is wrong with a reference; all it needs is looked at by running it."""
    if not callable(function.reference):
        yield "its reference is missing: give the right function"
        return
    if getattr(function.reference, "__name__", "") != function.name:
        yield f"its reference must be a function called {function.name} as well"
    arity = len(inspect.signature(function.reference).parameters)
    if arity != len(function.parameters):
        yield f"its reference takes {arity} parameters, not {len(function.parameters)}"
    try:
        points = problem.points(function, _SEED)
        again = problem.points(function, _SEED)
    except Exception as error:
        yield f"its points cannot be drawn: {_text(error)}"
        return
    for arguments in points:
        if not isinstance(arguments, tuple) or len(arguments) != arity:
            yield f"one of its points is no tuple of {arity} arguments: {_shown(arguments, 80)}"
            return
    if len(points) != len(again) or not all(map(_same, points, again)):
        yield "its points differ from call to call; draw them from the rng that points() is given"
    yield from _value_complaints(problem, function, points)


def _same(one: Arguments, other: Arguments) -> bool:
    return len(one) == len(other) and all(
        callable(a) or np.array_equal(a, b) for a, b in zip(one, other, strict=True)
    )


def _value_complaints(
    problem: Problem, function: Function, points: Sequence[Arguments]
) -> Iterator[str]:
    try:
        stand_in = _stand_in(problem, function)
    except (OSError, TypeError):
        yield "the source of its reference cannot be read; write it in a file, with def"
        return
    except Exception as error:
        yield (
            "the source of its reference does not run by itself; define it at the top of a file, "
            f"with def: {_text(error)}"
        )
        return
    telling = 0
    for number, arguments in enumerate(points):
        with np.errstate(all="ignore"):
            try:
                value = function.reference(*arguments)
            except (Exception, SystemExit) as error:
                yield f"its reference fails {_at(arguments)}: {_text(error)}"
                return
            try:
                stand_in(*arguments)
            except NameError as error:
                yield (
                    "its reference runs in other processes too, where it may use np, math and "
                    f"its lower functions only: {error}"
                )
                return
            except Exception as error:
                yield f"its reference fails as a stand-in: {_text(error)}"
                return
        values = [value] if len(function.returns) == 1 else value
        if not isinstance(values, tuple | list) or len(values) != len(function.returns):
            yield f"its reference does not return a tuple of {len(function.returns)} values"
            return
        largest = 0.0
        for entry, part in zip(function.returns, values, strict=True):
            numbers = _finite(part)
            if numbers is None:
                value = _shown(part, 60)
                yield f"its reference returns {entry.name} = {value} {_at(arguments)}"
                return
            if entry.kind == "sequence" and np.ndim(numbers) != 1:
                yield f'{entry.name} is no sequence: its kind must be "value", not "sequence"'
                return
            largest = max(largest, float(np.max(np.abs(numbers), initial=0.0)))
        telling += largest >= TELLING_SIZE
        complaints = [
            *_helper_complaints(function, arguments, values),
            *_objective_complaints(problem, function, arguments, values, number < DIFFERENTIATED),
        ]
        if complaints:
            yield complaints[0]
            return
    if telling < TELLING:
        yield (
            f"only {telling} of its probe points have a right value of {TELLING_SIZE:g} or more; "
            f"{TELLING} are needed"
        )


def _finite(value: Any) -> NDArray[np.float64] | None:
    """Return a value as finite numbers, or None if it is something else."""
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return numbers if np.all(np.isfinite(numbers)) else None


def _helper_complaints(
    function: Function, arguments: Arguments, values: Sequence[Any]
) -> Iterator[str]:
    """Yield what is wrong with the author's other functions, called at one probe point."""
    if function.extreme is not None:
        try:
            function.extreme(*arguments)
        except Exception as error:
            yield f"extreme fails {_at(arguments)}: {_text(error)}"
    for entry in function.returns:
        try:
            scale = 1.0 if entry.scale is None else float(entry.scale(*arguments))
        except Exception as error:
            yield f"the scale of {entry.name} fails {_at(arguments)}: {_text(error)}"
        else:
            if not (math.isfinite(scale) and scale > 0):
                yield f"the scale of {entry.name} is {scale} {_at(arguments)}; it must be above 0"
    for factor in function.factors:
        try:
            value = np.asarray(factor.value(*arguments), dtype=np.float64)
        except Exception as error:
            yield f"the factor {factor.name!r} fails {_at(arguments)}: {_text(error)}"
            continue
        for entry, right in zip(function.returns, values, strict=True):
            if entry.name in function.chains and entry.name in (factor.returns or (entry.name,)):
                try:
                    np.broadcast_to(value, np.shape(right))
                except ValueError:
                    yield (
                        f"the factor {factor.name!r} has the shape {value.shape} "
                        f"{_at(arguments)}, which does not broadcast to {entry.name}, "
                        f"{np.shape(right)}"
                    )
    for size in function.sizes:
        try:
            number = float(size.value(*arguments))
        except Exception as error:
            yield f"the size {size.name!r} fails {_at(arguments)}: {_text(error)}"
        else:
            if not (math.isfinite(number) and number > 0):
                yield f"the size {size.name!r} is {number} {_at(arguments)}; it must be above 0"


def _objective_complaints(
    problem: Problem,
    function: Function,
    arguments: Arguments,
    values: Sequence[Any],
    differentiate: bool,
) -> Iterator[str]:
    """Yield what is wrong with an objective: the reference must be its gradient."""
    objective = function.objective
    if objective is None:
        return
    forward = problem.function(objective.forward).reference
    loss = problem.function(objective.loss).reference

    def scalar(*moved: Any) -> Any:
        out = forward(*objective.forward_arguments(*moved))
        return loss(*objective.loss_arguments(out, *moved))

    try:
        value = scalar(*arguments)
    except Exception as error:
        yield f"its objective fails {_at(arguments)}: {_text(error)}"
        return
    if np.ndim(value) or _finite(value) is None:
        yield f"its objective is {_shown(value, 60)} {_at(arguments)}; it must be a number"
        return
    for entry, right in zip(function.returns, values, strict=True):
        if entry.of is None:
            continue
        position = function.parameters.index(entry.of)
        if np.shape(right) != np.shape(arguments[position]):
            yield (
                f"{entry.name} has the shape {np.shape(right)} {_at(arguments)}, but "
                f"{entry.of} has {np.shape(arguments[position])}"
            )
            continue

        def along(moved: Any, position: int = position) -> Any:
            return scalar(*arguments[:position], moved, *arguments[position + 1 :])

        if differentiate and check_gradient(along, right, arguments[position]).verdict == "wrong":
            yield (
                f"{entry.name} is not the gradient of its objective by {entry.of} {_at(arguments)}"
            )


def _stand_in(problem: Problem, function: Function) -> Callable[..., Any]:
    """Return the reference as it runs in other processes: of its source, with little around."""
    namespace: dict[str, Any] = {"np": np, "math": math}
    source = problem.stand_in_source([*function.lower, function.name])
    flags = __future__.annotations.compiler_flag
    exec(compile(source, "<stand-in>", "exec", flags, dont_inherit=True), namespace)
    found: Callable[..., Any] = namespace[function.name]
    return found


def _at(arguments: Arguments) -> str:
    # Called only where there is something to say: arrays take long to be written out.
    return f"at {_shown(arguments, 80)}"


def _shown(value: Any, length: int) -> str:
    """Return the start of a value in one line, which that of a matrix is not."""
    return " ".join(repr(value).split())[:length]


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".replace("\n", " ")


# Mistakes


def check_mistakes(courses: Sequence["Registration"], problems: Mapping[str, Problem]) -> None:
    """Raise GradcheckError with the first thing that is wrong with the mistakes of courses.

    Parameters
    ----------
    courses : sequence of Registration
        Their registrations, active now.
    problems : mapping
        Every problem, by name, the kit's own among them.
    """
    functions = [f"{p.name}.{f.name}" for p in problems.values() for f in p.functions]
    to_check: dict[str, str] = {}
    for registration in courses:
        to_check.update(dict.fromkeys((p.name for p in registration.problems), registration.plugin))
        for name, mistakes in registration.mistakes.items():
            where = f"{registration.plugin}: {name}"
            if name != ANYWHERE and name not in functions:
                own = [
                    known for known in functions if known.startswith(name.partition(".")[0] + ".")
                ]
                raise GradcheckError(
                    f"{where}: mistakes in a function that does not exist; there are: "
                    f"{', '.join(own or functions)}"
                )
            if not isinstance(mistakes, Mistakes):
                raise GradcheckError(f"{where}: {mistakes!r:.80} is no Mistakes(right, entries)")
            for text in wrong_fields(mistakes):
                raise GradcheckError(f"{where}: {text}")
            for entry in mistakes.entries:
                _check_entry(where, entry)
            if name != ANYWHERE:
                _check_ids(where, name)
                to_check.setdefault(name.partition(".")[0], registration.plugin)
    for name, plugin in to_check.items():
        for function, text in contradictions(problems[name], _SEED):
            text = text.removeprefix(f"{function}: ")
            raise GradcheckError(f"{plugin}: {name}.{function}: {text}")


def _check_entry(where: str, entry: Misconception) -> None:
    for text in wrong_fields(entry):
        raise GradcheckError(f"{where}: misconception {entry.id!r}: {text}")
    for text in (entry.title, entry.hint):
        _check_braces(f"{where}: misconception {entry.id}", text)
    if not entry.id or not entry.title or not entry.hint:
        raise GradcheckError(f"{where}: misconception {entry.id!r} lacks an id, a title or a hint")
    if not (entry.links or entry.body or entry.change or entry.when):
        raise GradcheckError(
            f"{where}: misconception {entry.id} has nothing to be recognised by: give it links, "
            "or change or body"
        )


def _check_ids(where: str, function: str) -> None:
    ids = [entry.id for entry in misconceptions(*function.split("."))]
    for identity in ids:
        if ids.count(identity) > 1:
            raise GradcheckError(f"{where}: there are two misconceptions {identity}")
