"""Numbers are recognised as a product of factors, and nothing else is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck_kit.diagnosis.product_fit import EXACT, ProductFit, simple

NAMES = ("a", "b", "c", "d")
PLAIN = (1.0, 2.0, 0.5, 1 / 3, 0.1, 0.001, 6.0, 1 / 7, 1.25)


def table(seed=0, rows=20, columns=4):
    """Return factors of both signs, between 0.2 and 3 in size."""
    rng = np.random.default_rng(seed)
    sizes = rng.uniform(0.2, 3.0, (rows, columns))
    return sizes * rng.choice([-1.0, 1.0], (rows, columns))


def fit_of(factors):
    return ProductFit(NAMES[: factors.shape[1]], factors)


def product(factors, exponents, constant=1.0):
    return constant * np.prod(factors ** np.array(exponents), axis=1)


def noise(seed, rows, size):
    """Return numbers around 1 that are off by exactly `size`, up or down."""
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], rows)
    signs[:2] = 1.0, -1.0
    return 1.0 + size * signs


@given(
    st.integers(0, 1000),
    st.lists(st.integers(-3, 3), min_size=len(NAMES), max_size=len(NAMES)),
    st.sampled_from(PLAIN),
    st.sampled_from([1.0, -1.0]),
)
def test_exponents_constant_and_sign_come_back(seed, exponents, constant, sign):
    """Whatever the product is, it is found, to the last bit of a plain constant."""
    factors = table(seed)
    found = fit_of(factors).fit(product(factors, exponents, sign * constant))
    assert found is not None
    assert found.exponents == tuple(exponents)
    assert found.constant == sign * constant
    assert found.signs == frozenset()
    assert found.is_exact


@pytest.mark.parametrize("constant", [math.pi, -math.e, 1.2341, 1e-6 * math.sqrt(2)])
def test_a_constant_that_is_not_plain_stays(constant):
    """No digit of such a number is thrown away."""
    factors = table()
    found = fit_of(factors).fit(product(factors, (1, -1, 0, 2), constant))
    assert found.constant == pytest.approx(constant, rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_a_sum_is_no_product(seed):
    """Two products added up leave a residual."""
    factors = table(seed)
    one, other = product(factors, (1, 1, 0, 0)), product(factors, (0, 0, 1, 1))
    assert fit_of(factors).fit(one).exponents == (1, 1, 0, 0)
    assert fit_of(factors).fit(one + other) is None
    assert fit_of(factors).fit(one + 1e-3 * other) is None


@pytest.mark.parametrize("seed", range(10))
def test_small_noise_is_accepted_and_said(seed):
    """Errors of 1e-9 are those of a numerical differentiation; they are not hidden."""
    factors = table(seed)
    right = product(factors, (1, 2, -1, 0), 2.0)
    found = fit_of(factors).fit(right * noise(seed, len(right), 1e-9))
    assert (found.exponents, found.constant) == ((1, 2, -1, 0), 2.0)
    assert not found.is_exact
    assert fit_of(factors).fit(right).is_exact


@pytest.mark.parametrize("seed", range(10))
def test_rounding_errors_are_exact(seed):
    """Errors as small as those of another order of computing count as none."""
    factors = table(seed)
    right = product(factors, (1, 2, -1, 0))
    assert fit_of(factors).fit(right * noise(seed, len(right), EXACT / 10)).is_exact


@pytest.mark.parametrize("seed", range(10))
def test_large_noise_is_refused(seed):
    """Errors of 1e-5 are another function, also where only one number has one."""
    factors = table(seed)
    right = product(factors, (1, 2, -1, 0))
    assert fit_of(factors).fit(right * noise(seed, len(right), 1e-5)) is None
    one_off = right.copy()
    one_off[-1] *= 1.0 + 1e-5
    assert fit_of(factors).fit(one_off) is None
    assert fit_of(factors).fit(right) is not None


@pytest.mark.parametrize("bad", [0.0, math.nan, math.inf, -math.inf])
def test_a_number_without_logarithm_is_refused(bad):
    """Where the factors say something, every number has to."""
    factors = table()
    got = product(factors, (1, 0, 0, 0))
    assert fit_of(factors).fit(got) is not None
    got[3] = bad
    assert fit_of(factors).fit(got) is None


def test_too_few_equations_are_refused():
    """One equation fewer than needed, and nothing is said, however well it fits."""
    needed = len(NAMES) + 1 + 3
    for rows, is_enough in ((needed, True), (needed - 1, False)):
        factors = table(rows=rows)
        fit = fit_of(factors)
        assert fit.equations == rows
        assert fit.is_determined == is_enough
        assert (fit.fit(product(factors, (1, -1, 2, 0))) is not None) == is_enough


def test_rows_without_factors_are_no_equations():
    """A row with a NaN says nothing: it is not counted, and its number is not looked at."""
    needed = len(NAMES) + 1 + 3
    factors = table(rows=needed + 1)
    got = product(factors, (1, -1, 2, 0))
    factors[2, 1] = math.nan
    got[2] = 77.0
    fit = fit_of(factors)
    assert fit.equations == needed
    assert fit.fit(got).exponents == (1, -1, 2, 0)
    factors[3, 0] = math.nan
    assert fit_of(factors).fit(got) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_exponents_have_a_limit(sign):
    """Fourth powers are the largest that a learner could have written."""
    factors = table()
    fit = fit_of(factors)
    assert fit.fit(product(factors, (0, 4 * sign, 1, 0))).exponents == (0, 4 * sign, 1, 0)
    assert fit.fit(product(factors, (0, 5 * sign, 1, 0))) is None


def test_a_root_is_refused():
    """Exponents are whole."""
    factors = table()
    assert fit_of(factors).fit(np.sqrt(np.abs(factors[:, 0]))) is None


@pytest.mark.parametrize("position", range(len(NAMES)))
@pytest.mark.parametrize("constant", [1.0, -3.0])
def test_one_lost_sign_is_found(position, constant):
    """The sign of one factor may be missing: ``abs`` does that."""
    factors = table(seed=position)
    exponents = (1, -1, 3, 1)
    got = product(factors, exponents, constant) * np.sign(factors[:, position])
    found = fit_of(factors).fit(got)
    assert found.exponents == exponents
    assert found.constant == constant
    assert found.signs == {NAMES[position]}


def test_a_sign_too_much_is_found():
    """A factor that is squared or absent has its sign on top just as well."""
    factors = table()
    for exponents in ((1, 2, 1, 0), (1, 0, 1, 0)):
        found = fit_of(factors).fit(product(factors, exponents) * np.sign(factors[:, 1]))
        assert (found.exponents, found.constant, found.signs) == (exponents, 1.0, {"b"})


@pytest.mark.parametrize("seed", range(10))
def test_two_lost_signs_are_refused(seed):
    """More than one lost sign could be many things."""
    factors = table(seed)
    got = product(factors, (1, 1, 1, 1))
    assert fit_of(factors).fit(got * np.sign(factors[:, 0])) is not None
    assert fit_of(factors).fit(got * np.sign(factors[:, 0] * factors[:, 2])) is None


def test_one_wrong_sign_is_refused():
    """A single number with the wrong sign is no rule."""
    factors = table()
    got = product(factors, (1, 1, 0, 0))
    got[5] = -got[5]
    assert fit_of(factors).fit(got) is None


def test_factors_that_are_products_of_others_are_not_determined():
    """Powers, products and constants among the factors are noticed."""
    factors = table(columns=2)
    a, b = factors.T
    assert fit_of(factors).is_determined
    for extra in (a * b, a * a, 1 / b, np.full_like(a, 3.0), np.ones_like(a)):
        assert not fit_of(np.column_stack([a, b, extra])).is_determined
    assert fit_of(np.column_stack([a, b, a + b])).is_determined


def saturated(exponents=(1, -1, 2, 0), size=1e-30):
    """Return factors with one that is tiny in the last row, and their product."""
    factors = table()
    factors[-1, 0] = size
    return factors, product(factors, exponents, 0.5)


def test_saturated_rows_do_not_spoil_the_fit():
    """There digits are lost: the exact product, 0 and a NaN are all the same."""
    factors, got = saturated()
    fit = fit_of(factors)
    assert fit.equations == len(factors) - 1
    for value in (got[-1], 0.0, math.nan, 1e-16, math.inf):
        got[-1] = value
        found = fit.fit(got)
        assert (found.exponents, found.constant) == ((1, -1, 2, 0), 0.5)
        assert found.is_exact


@pytest.mark.parametrize("value", [1.0, -1e-3, 1e-6])
def test_a_saturated_row_that_contradicts_is_refused(value):
    """What should be tiny there and is not has another reason."""
    factors, got = saturated()
    got[-1] = value
    assert fit_of(factors).fit(got) is None


@pytest.mark.parametrize("ratio", [2.0, 1.01, 0.0])
def test_a_saturated_row_can_also_be_large(ratio):
    """A factor that does not count leaves a number to compare there."""
    factors, got = saturated(exponents=(0, 1, 1, 0))
    assert abs(got[-1]) > 0.1
    assert fit_of(factors).fit(got).exponents == (0, 1, 1, 0)
    got[-1] *= ratio
    assert fit_of(factors).fit(got) is None


@pytest.mark.parametrize("size", [0.0, 1e-320, 1e-30])
@pytest.mark.parametrize("value", [0.0, 1e300, math.inf, -5.0])
def test_where_a_vanished_factor_is_divided_by_anything_may_come_out(size, value):
    """Dividing by 0 gives what it gives."""
    factors, _ = saturated()
    got = product(factors, (-1, 1, 0, 0))
    factors[-1, 0] = size
    got[-1] = value
    assert fit_of(factors).fit(got).exponents == (-1, 1, 0, 0)


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        (2.0000000001, 2.0),
        (0.49999999, 0.5),
        (0.333333333, 1 / 3),
        (-1.0000001, -1.0),
        (0.14285714285, 1 / 7),
        (-0.0166666667, -1 / 60),
        (123.00001, 123.0),
        (1e-4 * (1 + 1e-9), 1e-4),
    ],
)
def test_simple_takes_off_rounding_errors(number, plain):
    """Three digits, or one over three digits, are what somebody wrote."""
    assert simple(number) == plain


@pytest.mark.parametrize("number", [math.pi, 1.0001, -1.00001, 0.3334, 1234.5, 0.33300, 2 / 3])
def test_simple_leaves_other_numbers(number):
    """Numbers with more digits stay to the last bit, and plain ones too."""
    assert simple(number) == number
