"""Each word for what a function does has one that shows it, and near misses that do not."""

import re

import numpy as np
import pytest

from gradcheck_kit.checks.finding import Finding
from gradcheck_kit.diagnosis import behaviour
from gradcheck_kit.diagnosis.behaviour import (
    FORMS,
    form_of,
    habits_of,
    is_numerical,
    pattern_of,
    table,
)
from gradcheck_kit.diagnosis.observed import Call
from gradcheck_kit.learner.results import CallResult, Trouble
from gradcheck_kit.learner.values import Opaque, snapshot
from gradcheck_kit.problems.problem import Function, Objective, Return

OBJECTIVE = Objective("forward", lambda w: (w,), "loss", lambda out, w: (out, 0.0))


def slope(w):
    """Return the slope of sin(w)·e^(w/3)."""
    return float(np.exp(w / 3) * (np.cos(w) + np.sin(w) / 3))


def height(w):
    """Return what `slope` is the slope of."""
    return float(np.exp(w / 3) * np.sin(w))


GRAD = (Return("grad", of="w"),)


def function(reference=slope, returns=GRAD, **fields):
    return Function(
        name="f", parameters=("w",), returns=returns, reference=reference,
        points=lambda rng: [], **fields,
    )  # fmt: skip


PLAIN = function()
GRADIENT = function(is_derivative=True, objective=OBJECTIVE)
PAIR = function(lambda w: (slope(w), height(w)), (Return("one"), Return("other")))
POINTS = [(float(w),) for w in np.linspace(-2.5, 2.7, 12)]


def returned(of, value, arguments=(1.0,), output=""):
    """Return one call that returned a value."""
    return Call(of, arguments, CallResult("returned", snapshot(value), output=output))


def raised(of, arguments=(1.0,)):
    return Call(of, arguments, CallResult("raised", trouble=Trouble("ValueError", "no")))


def calls_of(of, learner, points=POINTS):
    return [returned(of, learner(*p), p) for p in points]


def pattern(learner, of=PLAIN, points=POINTS, name="grad"):
    """Return the pattern of a learner's function."""
    return pattern_of(of, name, table(of, calls_of(of, learner, points))[name])


# What comes back has another form


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("none", None),
        ("none", (None, None)),
        ("text", "0.5"),
        ("text", ("0.5", "0.25")),
        ("text", ["0.5", "0.25"]),
        ("dict", {"one": 1.0}),
        ("single", 0.5),
        ("single", 3),
        ("single", np.float64(0.5)),
        ("single", np.array([[1.0, 2.0]])),
    ],
)
def test_a_form_is_told(form, value):
    """Whatever is returned everywhere has a word."""
    assert form in FORMS
    assert form_of(PAIR, [returned(PAIR, value), returned(PAIR, value, (2.0,))]) == form


@pytest.mark.parametrize(
    "value",
    [
        (0.5, 0.25),
        [0.5, 0.25],
        (0.5, None),
        ("0.5", 0.25),
        (),
        {1.0, 2.0},
        (0.5, 0.25, 0.125),
        object(),
        np.zeros(0),
    ],
)
def test_other_values_have_no_such_form(value):
    """The right form, half of a wrong one, and things that have other words."""
    assert form_of(PAIR, [returned(PAIR, value), returned(PAIR, value, (2.0,))]) == ""


def test_one_number_is_right_where_one_is_due():
    """`single` needs a function that returns several."""
    assert form_of(PLAIN, calls_of(PLAIN, slope)) == ""
    assert form_of(PAIR, calls_of(PAIR, slope)) == "single"


def test_printed_is_none_with_output():
    """Blank lines are no output, and output beside a value is no mistake of this kind."""
    assert form_of(PLAIN, [returned(PLAIN, None, output="0.5\n")]) == "printed"
    assert form_of(PLAIN, [returned(PLAIN, None, output=" \n")]) == "none"
    assert form_of(PLAIN, [returned(PLAIN, 0.5, output="0.5\n")]) == ""


def test_printing_now_and_then_is_printed():
    """None is returned always, and something was to be seen."""
    calls = [returned(PLAIN, None, output="0.5"), returned(PLAIN, None, (2.0,))]
    assert form_of(PLAIN, calls) == "printed"
    assert form_of(PLAIN, [*calls, returned(PLAIN, 0.5, (3.0,))]) == ""


def test_one_other_form_is_enough_to_say_nothing():
    """A branch without a return is a mistake in values, not in form."""
    nothing = [returned(PLAIN, None, p) for p in POINTS]
    assert form_of(PLAIN, nothing) == "none"
    assert form_of(PLAIN, [*nothing[:-1], returned(PLAIN, 0.5, POINTS[-1])]) == ""
    assert form_of(PLAIN, [*nothing[:-1], returned(PLAIN, "0.5", POINTS[-1])]) == ""


def test_calls_that_returned_nothing_at_all_are_left_out():
    """An exception has no form."""
    assert form_of(PLAIN, [raised(PLAIN), returned(PLAIN, "0.5")]) == "text"
    assert form_of(PLAIN, [raised(PLAIN)]) == ""
    assert form_of(PLAIN, []) == ""


# What the finding says


@pytest.mark.parametrize("reason", ["reuse", "state", "float32"])
def test_reasons_that_are_habits(reason):
    """They are words themselves."""
    assert list(habits_of(Finding("wrong", reason), PLAIN)) == [reason]


def test_a_changed_argument_is_named_and_then_said_of_any():
    """First for mistakes with this argument, then for any."""
    finding = Finding("wrong", "mutates", facts={"changed": ("W2", "X")})
    assert list(habits_of(finding, PLAIN)) == ["mutates:W2", "mutates:X", "mutates"]


def test_after_forward_is_a_fact():
    """It stands beside a wrong value."""
    finding = Finding("wrong", "value", facts={"after_forward": True})
    assert list(habits_of(finding, PLAIN)) == ["after-forward"]
    assert list(habits_of(Finding("wrong", "value", facts={"after_forward": False}), PLAIN)) == []


@pytest.mark.parametrize("reason", ["value", "not-finite", "shape", "none"])
def test_other_reasons_are_no_habits(reason):
    """A wrong value says nothing of how it came about."""
    assert list(habits_of(Finding("wrong", reason), PLAIN)) == []


# Patterns: what shows them


def slope_of(w):
    """Return the slope at each entry."""
    return np.exp(w / 3) * (np.cos(w) + np.sin(w) / 3)


ARRAYS = function(slope_of)
MIXED = [
    (np.array([1, -2, 3]),),
    (np.array([0.5, -1.5]),),
    (np.array([2, 4]),),
    (np.array([[-2.25, 1.75]]),),
]


def cut(w):
    """Return the slope stored in an array made like w."""
    result = np.zeros_like(w)
    result[...] = slope_of(w).astype(w.dtype)
    return result


@pytest.mark.parametrize(
    ("word", "learner"),
    [
        ("zero", lambda w: 0.0),
        ("zero", lambda w: 0),
        ("constant", lambda w: 0.7),
        ("rounded", lambda w: round(slope(w), 4)),
        ("rounded", lambda w: round(slope(w), 1)),
        ("rounded", lambda w: round(slope(w))),
        ("rounded", lambda w: round(slope(w), 8)),
        ("sign", lambda w: -slope(w)),
        ("scaled", lambda w: 2 * slope(w)),
        ("scaled", lambda w: slope(w) / 3),
        ("scaled", lambda w: -2 * slope(w)),
        ("scaled", lambda w: 1.001 * slope(w)),
    ],
)
def test_a_pattern_has_its_word(word, learner):
    """One function for each."""
    assert pattern(learner) == word


@pytest.mark.parametrize(
    "learner",
    [
        slope,
        lambda w: slope(w) + 0.1,
        lambda w: 3 * slope(w) + 0.1,
        lambda w: abs(slope(w)),
        lambda w: slope(w) ** 2,
        lambda w: 1 / slope(w),
        lambda w: slope(w) * (1 + 1e-4 * w),
        lambda w: float("nan"),
        lambda w: 0.7 if w < 2 else 0.8,
        lambda w: 0.0 if w < 2 else slope(w),
        lambda w: float(f"{slope(w):.6g}") * (1 + 1e-9),
        lambda w: np.floor(slope(w) * 1e4) / 1e4,
        lambda w: -slope(w) if w < 2 else slope(w),
        height,
    ],
)
def test_near_misses_have_no_word(learner):
    """Affine is not scaled, cut off is not rounded, nearly always is not always."""
    assert pattern(learner) == ""


def test_right_to_six_digits_is_not_rounded():
    """round cuts after a number of decimals; values with six digits each are otherwise."""

    def wide(w):
        return 10.0 ** round(2 * w) * slope(w)

    def six_digits(w):
        return float(f"{wide(w):.6g}")

    assert pattern(lambda w: round(wide(w), 5), function(wide)) == "rounded"
    assert pattern(six_digits, function(wide)) != "rounded"
    assert pattern(lambda w: slope(w) * (1 + 4e-7)) != "rounded"


def test_one_value_that_is_not_rounded_is_enough():
    """The rule holds everywhere or not at all."""
    assert pattern(lambda w: round(slope(w), 3) if w < 2 else slope(w) + 0.01) == ""


def test_a_function_that_is_constant_by_nature_is_not_constant():
    """Its right value is the same everywhere as well: it is off by a factor."""
    three = function(lambda w: 3.0)
    assert pattern(lambda w: 6.0, three) == "scaled"
    assert pattern(lambda w: 6.0) == "constant"


def test_three_calls_are_too_few_for_a_constant():
    """Small arrays of one value each may well be the same."""
    points = [(np.array([w, -w]),) for w in (1.0, 0.5, 2.0, 0.25)]
    assert pattern(lambda w: np.full(2, 0.7), ARRAYS, points) == "constant"
    assert pattern(lambda w: np.full(2, 0.7), ARRAYS, points[:3]) == ""


def test_too_few_numbers_say_nothing():
    """Three numbers follow any rule."""
    assert pattern(lambda w: -slope(w), points=POINTS[:4]) == "sign"
    assert pattern(lambda w: -slope(w), points=POINTS[:3]) == ""
    assert pattern(lambda w: 0.0, points=POINTS[:3]) == ""
    assert pattern(lambda w: 0.0, points=[]) == ""


def test_values_near_zero_do_not_hide_a_factor():
    """Where the right value is 0, twice of it is 0; anything else is no factor."""
    line = function(lambda w: w)
    points = [(0.0,), *POINTS]
    assert pattern(lambda w: 2 * w, line, points) == "scaled"
    assert pattern(lambda w: -w, line, points) == "sign"
    assert pattern(lambda w: 2 * w if w else 1e-3, line, points) == ""


# Integer weights


def test_results_cut_to_integers_for_integer_arguments():
    """Right for floats; for integers, what an int array keeps."""
    assert pattern(cut, ARRAYS, MIXED) == "int-weights"


@pytest.mark.parametrize(
    "learner",
    [
        lambda w: np.trunc(slope_of(w)),
        lambda w: slope_of(w) + 1.0 if w.dtype.kind == "i" else slope_of(w),
        lambda w: slope_of(w),
    ],
    ids=["always cut", "wrong otherwise", "right"],
)
def test_other_mistakes_with_integers_are_not_cut(learner):
    """Floats are right, and what comes for integers are integers."""
    assert pattern(learner, ARRAYS, MIXED) != "int-weights"


def test_without_integer_arguments_nothing_was_cut():
    """Integers that come from floats are another mistake."""
    floats = [(w.astype(np.float64),) for (w,) in MIXED]
    assert pattern(lambda w: cut(w), ARRAYS, floats) == ""
    assert pattern(lambda w: np.trunc(slope_of(w)), ARRAYS, floats) != "int-weights"


# Numerical differentiation


def one_sided(w, h=1e-5):
    return (height(w + h) - height(w)) / h


def central(w, h=1e-5):
    return (height(w + h) - height(w - h)) / (2 * h)


@pytest.mark.parametrize("h", [1e-2, 1e-3, 1e-5, 1e-6, -1e-4])
def test_a_step_to_one_side_is_recognised_by_its_error(h):
    """The error is h/2 times the curvature, whatever h is, also backwards."""
    assert pattern(lambda w: one_sided(w, h), GRADIENT) == "one-sided"


@pytest.mark.parametrize(
    "learner",
    [
        lambda w: slope(w) + 1e-5,
        lambda w: slope(w) * (1 + 1e-5),
        lambda w: one_sided(w, 1e-5 * (1 + w * w)),
        lambda w: central(w, 1e-2),
        lambda w: slope(w) + 1e-3 * np.sin(40 * w),
    ],
    ids=["shifted", "scaled", "another h each time", "central", "something"],
)
def test_other_errors_are_not_one_sided(learner):
    """They have other shapes."""
    assert pattern(learner, GRADIENT) != "one-sided"


def test_right_values_are_not_one_sided():
    """An h of 0 is none."""
    assert pattern(slope, GRADIENT) != "one-sided"


def test_one_sided_needs_a_gradient_with_a_parameter():
    """Elsewhere there is nothing to take a step in."""
    learner = one_sided
    assert pattern(learner, GRADIENT) == "one-sided"
    assert pattern(learner, PLAIN) != "one-sided"
    no_parameter = function(returns=(Return("grad"),), is_derivative=True, objective=OBJECTIVE)
    assert pattern(learner, no_parameter) != "one-sided"


def test_one_sided_needs_six_points():
    """Fewer steps may be the same by chance."""
    assert pattern(lambda w: one_sided(w, 1e-3), GRADIENT, POINTS[1:7]) == "one-sided"
    assert pattern(lambda w: one_sided(w, 1e-3), GRADIENT, POINTS[1:6]) == ""


@pytest.mark.parametrize("h", [1e-3, 1e-2])
def test_the_error_of_a_central_difference_is_numeric(h):
    """It is h²/6 times the third derivative, with one h everywhere."""
    assert pattern(lambda w: central(w, h), GRADIENT) == "numeric"


@pytest.mark.parametrize(
    "learner",
    [
        lambda w: central(w, 0.5),
        lambda w: central(w, 1e-3 * (1 + w * w)),
        lambda w: round(slope(w) * 1e4) / 1e4 * (1 + 1e-9),
        lambda w: slope(w) * (1 + 5e-5),
        lambda w: slope(w) + 5e-8,
        lambda w: slope(w) * (1 + 3e-4),
        lambda w: slope(w) + 1e-3 * w,
        lambda w: central(w, 1e-3) if w < 2 else 0.0,
    ],
)
def test_other_errors_are_not_numeric(learner):
    """An error that shows in four digits is a mistake."""
    assert pattern(learner, GRADIENT) != "numeric"


def test_only_gradients_are_numeric():
    """Other functions have nothing to differentiate."""
    assert pattern(lambda w: central(w, 1e-2), GRADIENT) == "numeric"
    assert pattern(lambda w: central(w, 1e-2), PLAIN) == ""


def numerical(of, learner):
    return is_numerical(of, table(of, calls_of(of, learner))["grad"])


def test_right_values_may_carry_the_error_of_a_numerical_differentiation():
    """It shows beyond the closeness rule; right formulas have no such error."""
    assert numerical(GRADIENT, central)
    assert not numerical(GRADIENT, slope)
    assert not numerical(GRADIENT, lambda w: slope(w) * (1 + 1e-13))
    assert not numerical(PLAIN, central)


def test_wrong_values_carry_no_such_error():
    """They are wrong; one right value that does is enough."""
    assert not numerical(GRADIENT, lambda w: 2 * slope(w))
    assert numerical(GRADIENT, lambda w: 2 * slope(w) if w < 2 else central(w))
    assert not numerical(GRADIENT, lambda w: 2 * slope(w) if w < 2 else slope(w))


# The table


def test_returns_are_looked_at_one_by_one():
    """One of two may be right."""
    values = table(PAIR, calls_of(PAIR, lambda w: (-slope(w), height(w))))
    assert pattern_of(PAIR, "one", values["one"]) == "sign"
    assert pattern_of(PAIR, "other", values["other"]) == ""


def test_calls_that_cannot_be_read_are_left_out():
    """Exceptions, text and wrong shapes have no numbers."""
    calls = [raised(PLAIN), returned(PLAIN, "0.5"), returned(PLAIN, np.zeros(2))]
    assert table(PLAIN, calls)["grad"].got == []
    got, right = table(PLAIN, calls)["grad"].everything
    assert got.size == right.size == 0
    more = [*calls, *calls_of(PLAIN, lambda w: -slope(w))]
    assert len(table(PLAIN, more)["grad"].got) == len(POINTS)
    assert pattern_of(PLAIN, "grad", table(PLAIN, more)["grad"]) == "sign"


def test_numbers_stand_beside_the_right_ones():
    """In one row, arrays flattened, with the size of the tolerance of each call."""
    of = function(slope_of, (Return("grad", scale=lambda w: 7.0),))
    values = table(of, calls_of(of, lambda w: 2 * slope_of(w), MIXED))["grad"]
    got, right = values.everything
    assert got == pytest.approx(2 * right, rel=1e-15)
    assert right == pytest.approx(np.concatenate([slope_of(w).ravel() for (w,) in MIXED]))
    assert values.arguments == MIXED
    assert values.scales == [7.0] * len(MIXED)


def test_every_word_of_the_docstring_is_tested_here():
    """A new word needs a test: the words here are those that the module explains."""
    listed = behaviour.__doc__.partition("name:")[2]
    words = set(re.findall(r"``([\w:-]+)``", listed))
    assert words - {"forward", "NAME"} == {
        *FORMS, "constant", "zero", "rounded", "float32", "sign", "scaled", "int-weights",
        "mutates:NAME", "mutates", "reuse", "state", "after-forward", "one-sided", "numeric",
        "imprecise",
    }  # fmt: skip


def test_a_dict_is_told_by_its_kind():
    """Other things that are no values have no word."""
    assert form_of(PLAIN, [Call(PLAIN, (1.0,), CallResult("returned", Opaque("dict")))]) == "dict"
    assert form_of(PLAIN, [Call(PLAIN, (1.0,), CallResult("returned", Opaque("set")))]) == ""
