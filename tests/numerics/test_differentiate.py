"""Numerical differentiation is exact where it can be, and honest where it cannot."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck_kit.numerics.differentiate import numerical_gradient
from gradcheck_kit.numerics.ridders import LEVELS, STARTS, extrapolate, offsets, ridders

NUMBERS = st.floats(-3.0, 3.0)
# The estimate is no bound, but on smooth functions the true error stays near it.
HONEST = 10.0


def sigmoid(z):
    e = math.exp(-abs(z))
    return 1.0 / (1.0 + e) if z >= 0 else e / (1.0 + e)


def sigmoid_slope(z):
    e = math.exp(-abs(z))
    return e / (1.0 + e) ** 2


@st.composite
def smooth_functions(draw):
    """Draw a function and its derivative: a sum or a product of two simple ones."""

    def simple():
        a, b, c = draw(NUMBERS), draw(NUMBERS), draw(NUMBERS)
        return draw(
            st.sampled_from(
                [
                    (lambda x: a + b * x + c * x**3, lambda x: b + 3 * c * x**2),
                    (lambda x: a * math.sin(b * x + c), lambda x: a * b * math.cos(b * x + c)),
                    (lambda x: a * math.exp(b * x / 3), lambda x: a * b / 3 * math.exp(b * x / 3)),
                    (lambda x: a * sigmoid(b * x + c), lambda x: a * b * sigmoid_slope(b * x + c)),
                    (lambda x: a / (9 + x * x), lambda x: -2 * a * x / (9 + x * x) ** 2),
                ]
            )
        )

    (f, df), (g, dg) = simple(), simple()
    if draw(st.booleans()):
        return lambda x: f(x) + g(x), lambda x: df(x) + dg(x)
    return lambda x: f(x) * g(x), lambda x: df(x) * g(x) + f(x) * dg(x)


@given(smooth_functions(), NUMBERS)
def test_smooth_functions_get_their_derivative(functions, x):
    """The true error is within a factor of the estimate, and the estimate is small."""
    f, derivative = functions
    result = numerical_gradient(f, x)
    size = abs(derivative(x)) + abs(f(x)) + 1.0
    assert abs(result.value - derivative(x)) <= HONEST * result.error + 1e-15 * size
    assert result.error <= 1e-7 * size


@given(smooth_functions(), NUMBERS)
def test_a_wrong_derivative_is_told_apart(functions, x):
    """A derivative that is off by 1e-5 lies far outside the estimate."""
    f, derivative = functions
    result = numerical_gradient(f, x)
    size = abs(derivative(x)) + abs(f(x)) + 1.0
    assert abs(result.value - (derivative(x) + 1e-5 * size)) > HONEST * result.error


@pytest.mark.parametrize("z", [0.0, 1.0, 4.0, -4.0, 10.0, -10.0, 15.0, 20.0, -20.0, 25.0, -25.0])
def test_a_slope_is_found_in_saturation(z):
    """Up to |z| = 25 the slope of σ is not taken for zero, and is right to its estimate."""
    result = numerical_gradient(sigmoid, z)
    true = sigmoid_slope(z)
    assert result.value != 0.0
    assert abs(result.value - true) <= HONEST * result.error
    assert result.error <= 1e-3 * true


@pytest.mark.parametrize("z", [28.0, 30.0, 33.0, 36.0, 40.0, 100.0])
def test_beyond_sight_the_estimate_covers_the_error(z):
    """Where 1 − σ(z) drowns in rounding, the estimate must say so.

    By the symmetry of σ the two largest steps, 2z and z, agree on a slope of 1/(4z) here: a
    coincidence that must not be taken for convergence.
    """
    result = numerical_gradient(sigmoid, z)
    assert abs(result.value - sigmoid_slope(z)) <= HONEST * result.error
    value, error = ridders(lambda t: sigmoid(z + t), scale=z)
    assert abs(value - sigmoid_slope(z)) <= HONEST * error


@given(st.floats(-25.0, 25.0))
def test_negative_saturation_keeps_its_digits(z):
    """On the side where σ is small nothing is lost."""
    z = -abs(z)
    assert numerical_gradient(sigmoid, z).value == pytest.approx(sigmoid_slope(z), rel=1e-8)


def test_a_constant_has_slope_zero():
    """A slope of zero is found where it is zero, with a small estimate."""
    result = numerical_gradient(lambda w: 5.0, 2.0)
    assert result.value == 0.0
    assert result.error < 1e-13


def test_the_edge_of_a_domain_is_stepped_back_from():
    """log near 0 is differentiated with the steps that stay inside."""
    result = numerical_gradient(math.log, 0.5)
    assert abs(result.value - 2.0) <= HONEST * result.error
    assert result.error < 1e-9


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (math.log, -0.5),
        (math.log, 0.0),
        (lambda w: math.nan, 1.0),
        (lambda w: math.inf, 1.0),
        (lambda w: -math.inf if w < 1 else math.inf, 1.0),
        (math.exp, 1e4),
        (lambda w: 1 / w, 0.0),
        (lambda w: w, math.nan),
        (lambda w: w, math.inf),
    ],
)
def test_no_slope_is_claimed_where_the_function_is_not_finite(f, x):
    """Not finite at the point itself: refused, or an infinite error."""
    try:
        error = numerical_gradient(f, x).error
    except (ArithmeticError, ValueError):
        error = math.inf
    assert error == math.inf


@pytest.mark.parametrize(
    "f",
    [
        lambda w: 0.0 if w == 1.0 else math.nan,
        lambda w: 0.0 if w == 1.0 else math.inf,
        lambda w: 0.0 if w == 1.0 else math.log(-1.0),
    ],
)
def test_where_nothing_near_is_finite_the_error_is_infinite(f):
    """Finite at the point alone: there is nothing to differentiate."""
    assert numerical_gradient(f, 1.0).error == math.inf


@pytest.mark.parametrize("f", [math.log, lambda t: math.nan, lambda t: math.inf])
def test_ridders_claims_nothing_without_finite_values(f):
    """The method itself answers with an infinite error, and without a warning."""
    assert ridders(f)[1] == math.inf


def test_some_entries_may_be_undefined_alone():
    """An entry that cannot be moved does not spoil the others."""
    result = numerical_gradient(
        lambda w: w[1] ** 2 if w[0] == 0.0 else math.nan, np.array([0.0, 3.0])
    )
    assert result.error[0] == math.inf
    assert result.error[1] < 1e-10
    assert result.value[1] == pytest.approx(6.0, rel=1e-12)


def test_a_noisy_function_gets_an_honest_estimate():
    """Rounding to float32 costs digits, and the estimate shows it."""
    result = numerical_gradient(lambda w: float(np.float32(math.sin(w))), 0.3)
    assert abs(result.value - math.cos(0.3)) <= HONEST * result.error
    assert result.error > 1e-12


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (np.sin, math.cos(0.7)),
        (np.exp, math.exp(0.7)),
        (lambda w: w**3, 3 * 0.7**2),
        (lambda w: np.abs(w), 1.0),
        (lambda w: np.abs(-3 * w), 3.0),
        (lambda w: np.linalg.norm([w, 2.4]), 0.7 / 2.5),
        (lambda w: float(np.real(w)) ** 2, 1.4),
        (lambda w: np.conj(w) * w, 1.4),
    ],
)
def test_code_that_treats_complex_numbers_its_own_way(f, slope):
    """Whatever a function does to complex numbers, its slope is that along the real axis."""
    result = numerical_gradient(f, 0.7)
    assert abs(result.value - slope) <= HONEST * result.error + 1e-15
    assert result.error < 1e-9


@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3), (1, 2, 2), (0, 3)])
def test_arrays_keep_their_shape(shape):
    """Value and error have the shape of the parameter, 0-d and empty ones too."""
    w = np.linspace(0.5, 2.0, num=math.prod(shape)).reshape(shape)
    result = numerical_gradient(lambda w: np.sum(w**3), w)
    assert isinstance(result.value, np.ndarray)
    assert result.value.shape == result.error.shape == shape
    np.testing.assert_allclose(result.value, 3 * w**2, rtol=1e-10)


@pytest.mark.parametrize("three", [3, 3.0, np.int64(3), np.float64(3.0), np.float32(3.0)])
def test_numbers_give_floats(three):
    """A number, whole or not, is moved as a float and answered with floats."""
    seen = []

    def square(w):
        seen.append(type(w))
        return w * w

    result = numerical_gradient(square, three)
    assert type(result.value) is float
    assert type(result.error) is float
    assert result.value == pytest.approx(6.0, rel=1e-12)
    assert set(seen) <= {float, complex}


def test_integer_arrays_are_differentiated_as_float64():
    """Whole weights do not truncate the steps."""
    result = numerical_gradient(lambda w: (w * w).sum(), np.array([[1, -2], [3, 4]]))
    np.testing.assert_allclose(result.value, [[2, -4], [6, 8]], rtol=1e-12)


def test_lists_of_numbers_are_parameters():
    """A list of numbers gives a slope for each."""
    result = numerical_gradient(lambda w: sum(v * v for v in w), [3, 4])
    np.testing.assert_allclose(result.value, [6, 8], rtol=1e-12)


@pytest.mark.parametrize(
    "wrap", [float, np.float64, np.array, lambda v: np.array([v]), lambda v: np.array([[v]])]
)
def test_one_number_in_any_wrapping_is_accepted(wrap):
    """Floats, 0-d and one-element arrays are one number."""
    result = numerical_gradient(lambda w: wrap(w * w), 1.5)
    assert result.value == pytest.approx(3.0, rel=1e-12)


@pytest.mark.parametrize(
    "output",
    [None, "1.0", 1j, np.array(1j), np.ones(2), np.ones((0,)), [1.0, 2.0], {}, np.array("1.0")],
    ids=repr,
)
def test_what_is_not_one_real_number_is_refused(output):
    """A wrong kind of output is the caller's mistake, said at once."""
    with pytest.raises((TypeError, ValueError), match="one real number"):
        numerical_gradient(lambda w: output, 1.5)


@pytest.mark.parametrize("error", [TypeError, KeyError, NotImplementedError])
def test_other_exceptions_of_the_function_come_through(error):
    """Only "not defined here" is taken for a missing value."""

    def broken(w):
        raise error("mine")

    with pytest.raises(error):
        numerical_gradient(broken, 1.0)


def test_the_parameter_is_not_changed():
    """The function gets copies: writing into them harms nobody."""
    w = np.array([1.0, 2.0])

    def careless(v):
        total = float((v**2).sum())
        v[:] = 99.0
        return total

    result = numerical_gradient(careless, w)
    assert w.tolist() == [1.0, 2.0]
    np.testing.assert_allclose(result.value, [2.0, 4.0], rtol=1e-12)


def test_steps_grow_with_the_parameter():
    """At 1e6 the steps are large enough to see a slope."""
    result = numerical_gradient(lambda w: math.sin(w / 1e6), 1e6)
    assert result.value == pytest.approx(math.cos(1.0) / 1e6, rel=1e-9)


@given(st.floats(0.1, 1e3))
def test_offsets_are_symmetric_and_scaled(scale):
    """The offsets come in pairs ±h, from the largest start down."""
    steps = offsets(scale)
    assert len(steps) == 2 * len(STARTS) * LEVELS
    half = len(steps) // 2
    assert steps[half:] == [-step for step in steps[:half]]
    assert max(steps) == max(STARTS) * scale
    assert min(map(abs, steps)) == min(STARTS) * 0.5 ** (LEVELS - 1) * scale


@given(smooth_functions(), st.floats(0.5, 2.0))
def test_extrapolate_is_ridders_on_a_table(functions, scale):
    """Asking for the values in one go gives the same answer."""
    f, _ = functions
    assert extrapolate([f(t) for t in offsets(scale)], scale) == ridders(f, scale)


def test_a_table_of_the_wrong_length_is_refused():
    """A value too few is a ValueError, not a wrong slope."""
    with pytest.raises(ValueError):
        extrapolate([0.0] * (len(offsets()) - 1))


@pytest.mark.parametrize("seed", [6, 7])
def test_kinks_all_around_do_not_hide_the_complex_step(seed):
    """A direction through all weights of a ReLU network crosses kinks; small steps do not."""
    rng = np.random.default_rng(seed)
    X, T = rng.normal(size=(8, 10)), rng.normal(size=(8, 3))
    W1, W2 = rng.normal(size=(10, 20)) / 3, rng.normal(size=(20, 3)) / 4

    def loss(w):
        return 0.5 * ((np.maximum(X @ w[0], 0) @ w[1] - T) ** 2).sum() / 8

    found = numerical_gradient(loss, (W1, W2))
    assert found.method == "complex-step"
    Z1 = X @ W1
    delta = (np.maximum(Z1, 0) @ W2 - T) / 8
    np.testing.assert_allclose(found.value[0], X.T @ (delta @ W2.T * (Z1 > 0)), rtol=1e-12)
