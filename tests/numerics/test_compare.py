"""The closeness rule accepts what right code gives and refuses what wrong code gives."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcheck_kit.numerics.compare import (
    ATOL,
    FLOAT32_PROBES,
    PRECISION_ATOL,
    PRECISION_RTOL,
    RTOL,
    is_float32,
    is_imprecise,
    tolerance,
    wrong_entries,
)

SIZES = st.floats(1e-9, 1e6) | st.floats(-1e6, -1e-9)
IRRATIONAL = [math.sqrt(k) / 7 for k in (2, 3, 5, 6, 7, 8, 10, 11, 12, 13)]


def rounded(values):
    return [float(np.float32(value)) for value in values]


@given(SIZES, st.floats(1.0, 1e4), st.sampled_from([-1.0, 1.0]))
def test_the_bound_parts_right_from_wrong(reference, scale, sign):
    """Just inside RTOL·|reference| + ATOL·scale is right, just outside is wrong."""
    bound = RTOL * abs(reference) + ATOL * scale
    assert not wrong_entries(reference + 0.99 * sign * bound, reference, scale).any()
    assert wrong_entries(reference + 1.01 * sign * bound, reference, scale).all()
    assert tolerance(reference, scale) == pytest.approx(bound)


@given(SIZES)
def test_the_right_value_itself_is_right(reference):
    """No reference is wrong against itself, not even 0."""
    assert not wrong_entries([reference, 0.0], [reference, 0.0]).any()


@given(SIZES)
def test_popular_mistakes_are_wrong(reference):
    """A flipped sign, a factor of 2, a zero and an error of 1e-6 are wrong."""
    assume(abs(reference) > 1e-6)
    wrong = [-reference, 2 * reference, reference / 2, 0.0, reference * (1 + 1e-6)]
    assert wrong_entries(wrong, [reference] * 5).all()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_wrong(value):
    """NaN and infinities break the rule whatever the reference is, without a warning."""
    for reference in (1.0, 0.0, 1e300):
        assert wrong_entries([value, reference], [reference, reference]).tolist() == [True, False]


def test_no_finite_value_equals_a_reference_that_is_nan():
    """A reference that is NaN refuses everything rather than pass everything."""
    assert wrong_entries([0.0, math.nan], [math.nan, math.nan]).all()


def test_opposite_extremes_overflow_to_wrong():
    """A difference too large for float64 is wrong, not an error."""
    assert wrong_entries(1e308, -1e308).all()


def test_scale_widens_only_the_absolute_part():
    """A larger scale forgives an error that large weights bring, and no more."""
    assert wrong_entries(1e-12, 0.0).all()
    assert not wrong_entries(1e-12, 0.0, scale=100.0).any()
    assert wrong_entries(1.0 + 1e-6, 1.0, scale=100.0).all()


@pytest.mark.parametrize("shape", [(), (1,), (3, 2), (0, 4), (2, 1, 3)])
def test_the_verdicts_have_the_shape_of_the_values(shape):
    """Entry by entry, in every shape, and booleans."""
    reference = np.full(shape, 0.5)
    verdicts = wrong_entries(reference + 1.0, reference)
    assert verdicts.shape == shape
    assert verdicts.dtype == bool
    assert verdicts.all()
    assert not wrong_entries(reference, reference).any()


def test_only_the_wrong_entries_are_named():
    """One wrong entry does not spoil its neighbours."""
    reference = np.arange(6.0).reshape(2, 3)
    got = reference.copy()
    got[1, 2] += 1.0
    assert np.argwhere(wrong_entries(got, reference)).tolist() == [[1, 2]]


@given(SIZES, st.floats(1.0, 1e3))
def test_imprecise_begins_beyond_eleven_digits(reference, scale):
    """The precision bound parts exact formulas from numerical differentiation."""
    bound = PRECISION_RTOL * abs(reference) + PRECISION_ATOL * scale
    assert is_imprecise(reference + 1.1 * bound, reference, scale)
    assert not is_imprecise(reference + 0.9 * bound, reference, scale)


def test_imprecise_tells_differences_from_formulas():
    """A central difference of exp is imprecise, its formula is not."""
    h = 1e-5
    xs = np.array([0.3, 0.7, 1.9])
    difference = (np.exp(xs + h) - np.exp(xs - h)) / (2 * h)
    assert not wrong_entries(difference, np.exp(xs)).any()
    assert is_imprecise(difference, np.exp(xs))
    assert not is_imprecise(np.exp(xs / 2) ** 2, np.exp(xs))


def test_one_imprecise_entry_is_enough():
    """A single entry with too few digits counts."""
    assert is_imprecise([1.0, 1.0 + 1e-9], [1.0, 1.0])


def test_values_rounded_to_float32_are_recognised():
    """Ten irrational values, rounded, are float32."""
    assert is_float32(rounded(IRRATIONAL), IRRATIONAL)


def test_float64_values_are_not_float32():
    """Values with all their digits are no float32, though the first few may be."""
    assert not is_float32(IRRATIONAL, IRRATIONAL)
    assert not is_float32([*rounded(IRRATIONAL[:-1]), IRRATIONAL[-1]], IRRATIONAL)


def test_values_that_float32_holds_exactly_tell_nothing():
    """Halves and whole numbers look rounded in right code too."""
    exact = [k / 4 for k in range(1, 40)]
    assert not is_float32(exact, exact)
    assert is_float32(exact + rounded(IRRATIONAL), exact + IRRATIONAL)


@pytest.mark.parametrize("count", [0, 1, FLOAT32_PROBES - 1, FLOAT32_PROBES])
def test_fewer_than_eight_telling_values_are_no_proof(count):
    """Seven rounded values may be chance, eight are not."""
    values = IRRATIONAL[:count]
    assert is_float32(rounded(values), values) == (count >= FLOAT32_PROBES)


def test_float32_looks_into_arrays_of_all_shapes():
    """Entries of 0-d arrays and matrices count one by one."""
    right = [np.array(IRRATIONAL[:6]).reshape(2, 3), *map(np.float64, IRRATIONAL[6:])]
    got = [np.asarray(r, dtype=np.float32) for r in right]
    assert is_float32(got, right)
    assert not is_float32(right, right)


def test_float32_ignores_values_below_its_range():
    """Below 1e-30 float32 runs out of exponents, and such values tell nothing."""
    tiny = [1e-31 * value for value in IRRATIONAL]
    assert not is_float32(rounded(tiny), tiny)


def test_float32_copes_with_values_above_its_range():
    """1e300 overflows float32: no warning, and no float32."""
    huge = [1e300 * value for value in IRRATIONAL]
    assert not is_float32(huge, huge)
