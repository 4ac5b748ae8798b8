"""A Problem is complete: names, files, lower functions, and source that stands alone."""

import __future__

import math

import numpy as np
import pytest

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems import get_problem, problem_names
from gradcheck_kit.problems.problem import Function, Problem, Return

FUNCTIONS = [
    (name, function.name) for name in problem_names() for function in get_problem(name).functions
]
OFFSET = 3.0


def shifted(z):
    return z + OFFSET


def plain(z):
    return z + math.pi


TOY = Problem(
    "toy",
    tuple(
        Function(r.__name__, ("z",), (Return("result"),), r, lambda rng: [(1.0,)])
        for r in (shifted, plain)
    ),
)


def execute(problem, names):
    """Run the stand-ins of `names` in a namespace of np and math, as a worker does."""
    namespace = {"np": np, "math": math}
    flags = __future__.annotations.compiler_flag  # annotations are not evaluated there
    source = problem.stand_in_source(names)
    exec(compile(source, "stand-ins", "exec", flags, dont_inherit=True), namespace)
    return namespace


def test_the_problems_that_ship_with_the_kit():
    """The three problems of the lesson are there, each under its own name, once."""
    assert problem_names() == ("batch", "network", "warmup")
    for name in problem_names():
        assert get_problem(name).name == name
        assert get_problem(name).file == f"{name}.py"
        assert get_problem(name) is get_problem(name)


@pytest.mark.parametrize("name", ["network", "batch"])
def test_the_two_levels_have_the_same_functions(name):
    """Both networks are built of the same seven functions, in the same order."""
    assert [function.name for function in get_problem(name).functions] == [
        "sigmoid", "sigmoid_prime", "forward", "loss", "backward", "update", "train",
    ]  # fmt: skip


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_functions_build_on_earlier_ones_only(problem, name):
    """The lower functions stand above, and gradients belong to parameters."""
    found = get_problem(problem)
    names = [function.name for function in found.functions]
    function = found.function(name)
    assert set(function.lower) <= set(names[: names.index(name)])
    assert all(entry.of in (None, *function.parameters) for entry in function.returns)
    assert len(set(names)) == len(names)
    if function.objective is not None:
        assert {function.objective.forward, function.objective.loss} <= set(function.lower)


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_references_return_what_is_declared(problem, name):
    """One return is that value, more are a tuple of them; a sequence is a list."""
    found = get_problem(problem)
    function = found.function(name)
    for arguments in found.points(function, 0):
        got = function.reference(*arguments)
        values = [got] if len(function.returns) == 1 else got
        assert len(values) == len(function.returns)
        for entry, value in zip(function.returns, values, strict=True):
            assert isinstance(value, list) == (entry.kind == "sequence")
            if entry.of is not None:
                parameter = arguments[function.parameters.index(entry.of)]
                assert np.shape(value) == np.shape(parameter)


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_scales_are_finite_and_at_least_one(problem, name):
    """The absolute tolerance never shrinks below its base, and never swallows all."""
    found = get_problem(problem)
    function = found.function(name)
    for arguments in found.points(function, 0):
        for entry in function.returns:
            if entry.scale is not None:
                assert 1.0 <= entry.scale(*arguments) < 1e6


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_stand_ins_work_with_their_lower_functions_alone(problem, name):
    """Source, run with np and math only, gives the reference's values to the last bit."""
    found = get_problem(problem)
    function = found.function(name)
    stand_in = execute(found, [*function.lower, name])[name]
    assert stand_in is not function.reference
    for arguments in found.points(function, 0):
        np.testing.assert_equal(stand_in(*arguments), function.reference(*arguments))


def test_a_reference_that_needs_more_is_noticed():
    """The demand above can fail: a module's constant does not travel with the source."""
    with pytest.raises(NameError, match="OFFSET"):
        execute(TOY, ["shifted"])["shifted"](1.0)
    assert execute(TOY, ["plain"])["plain"](1.0) == 1.0 + math.pi


def test_stand_ins_hold_only_what_was_asked_for():
    """The source of one function does not bring the others along."""
    namespace = execute(get_problem("network"), ["sigmoid"])
    assert "sigmoid" in namespace
    assert "backward" not in namespace


@pytest.mark.parametrize("name", ["nope", "", "problem", "__init__", "Network", "network.py"])
def test_an_unknown_problem_is_named_with_the_known(name):
    """The text repeats the name, lists the problems and says what to do."""
    with pytest.raises(GradcheckError) as caught:
        get_problem(name)
    text = str(caught.value)
    assert repr(name) in text
    assert "batch, network, warmup" in text
    assert "pytest.mark.problem" in text


def test_an_unknown_function_is_named_with_the_known():
    """The text says which problem, which name, and which functions there are."""
    with pytest.raises(GradcheckError) as caught:
        get_problem("warmup").function("backwards")
    assert str(caught.value) == (
        "problem 'warmup' has no function 'backwards'; it has: df_dx, df_dy, chain_rule"
    )
    assert get_problem("warmup").function("df_dx").name == "df_dx"


def test_an_unknown_stand_in_is_refused():
    """Asking for the source of something else is the same mistake."""
    with pytest.raises(GradcheckError, match="has no function 'relu'"):
        get_problem("network").stand_in_source(["sigmoid", "relu"])


def test_a_return_is_found_by_its_name_or_its_parameter():
    """wrt="w1" and "grad_w1" are one return; another name is refused with the known."""
    backward = get_problem("network").function("backward")
    assert backward.return_named("w1") is backward.returns[0]
    assert backward.return_named("grad_w2") is backward.returns[1]
    with pytest.raises(GradcheckError) as caught:
        backward.return_named("w3")
    assert str(caught.value) == "backward has no return for wrt='w3'; it has: w1, w2"
