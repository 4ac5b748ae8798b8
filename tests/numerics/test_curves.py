"""Curves know their derivative, and their text makes the same function again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck_kit.numerics.curves import KINDS, Curve
from gradcheck_kit.numerics.differentiate import numerical_gradient

NUMBERS = st.floats(-2.0, 2.0).map(lambda value: round(value, 3))
SLOPES = st.floats(0.3, 1.5).map(lambda value: round(value, 3))
ARGUMENTS = st.floats(-2.0, 2.0)


def curves():
    return st.one_of(
        st.lists(NUMBERS, min_size=0, max_size=5).map(lambda c: Curve("polynomial", tuple(c))),
        st.builds(lambda a, b: Curve("exp", (a, b)), NUMBERS, NUMBERS),
        st.builds(lambda a, b, c: Curve("sin", (a, b, c)), NUMBERS, NUMBERS, NUMBERS),
        st.builds(lambda a, b: Curve("sigmoid", (a, b)), NUMBERS, SLOPES),
    )


def rebuilt(curve):
    return eval(repr(curve), {"math": math, "__builtins__": {}})


@given(curves(), ARGUMENTS)
def test_derivative_is_the_slope(curve, x):
    """Each kind's derivative equals its numerical derivative."""
    slope = numerical_gradient(curve, x)
    assert slope.error < 1e-8
    assert abs(curve.derivative()(x) - slope.value) <= 10 * slope.error + 1e-12


def test_a_wrong_derivative_is_no_slope():
    """The comparison above can fail: the function itself is not its derivative."""
    curve = Curve("sin", (1.0, 2.0, 0.5))
    slope = numerical_gradient(curve, 0.7)
    assert abs(curve(0.7) - slope.value) > 1000 * slope.error


@given(curves(), ARGUMENTS)
def test_repr_evaluates_to_the_same_function(curve, x):
    """The text of a curve and of its derivative is Python source with only math in it."""
    for function in (curve, curve.derivative()):
        assert rebuilt(function)(x) == pytest.approx(function(x), rel=1e-13, abs=1e-14)


def test_the_text_of_different_curves_differs():
    """The text holds every coefficient: no two curves share one."""
    made = [
        Curve("polynomial", (1.0, 2.0)),
        Curve("polynomial", (1.0, 2.5)),
        Curve("exp", (1.0, 2.0)),
        Curve("sigmoid", (1.0, 2.0)),
        Curve("sin", (1.0, 2.0, 0.0)),
        Curve("sin", (1.0, 2.0, 0.5)),
    ]
    texts = {repr(c) for curve in made for c in (curve, curve.derivative())}
    assert len(texts) == 2 * len(made)


@pytest.mark.parametrize(
    ("curve", "x", "value", "slope"),
    [
        (Curve("polynomial", (1.0, 3.0)), 2, 7.0, 3.0),
        (Curve("polynomial", (0.0, 0.0, 1.0)), 3, 9.0, 6.0),
        (Curve("polynomial", (5.0,)), 2.0, 5.0, 0.0),
        (Curve("polynomial", ()), 2.0, 0.0, 0.0),
        (Curve("exp", (2.0, 0.0)), 3.0, 2.0, 0.0),
        (Curve("exp", (2.0, 0.5)), 0, 2.0, 1.0),
        (Curve("sin", (2.0, 3.0, 0.0)), 0.0, 0.0, 6.0),
        (Curve("sigmoid", (4.0, 1.0)), 0.0, 2.0, 1.0),
    ],
)
def test_known_values(curve, x, value, slope):
    """Values and slopes that anybody can work out, at floats and ints."""
    assert curve(x) == value
    assert curve.derivative()(x) == slope
    assert type(curve(x)) is float


def test_curves_are_plain_values():
    """Equal numbers make equal curves, and a curve cannot be changed."""
    assert Curve("exp", (1.0, 2.0)) == Curve("exp", (1.0, 2.0))
    assert Curve("exp", (1.0, 2.0)) != Curve("exp", (1.0, 2.0)).derivative()
    with pytest.raises(AttributeError):
        Curve("exp", (1.0, 2.0)).kind = "sin"


def test_every_kind_is_tested():
    """The strategy above covers the closed table of kinds."""
    assert KINDS == ("polynomial", "exp", "sin", "sigmoid")
