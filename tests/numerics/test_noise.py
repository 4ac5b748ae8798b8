"""The noise of a function is measured where there is noise, and nowhere else."""

import math

import numpy as np
import pytest

from gradcheck_kit.numerics.noise import (
    is_bent_once,
    measured_noise,
    noise_of,
    quantum_of,
)

EPS = float(np.finfo(np.float64).eps)
LINE = np.linspace(-4.0, 4.0, 9)


def along(f, x=0.7):
    return lambda direction, steps: np.array([f(x + t * direction[0]) for t in steps])


def jitter(size):
    """Deterministic noise: the same number always gets the same error."""
    return lambda x: math.sin(x) + size * math.sin(1e13 * x + 1e5 * x)


@pytest.mark.parametrize("size", [1e-12, 1e-10, 1e-8, 1e-6])
def test_noise_of_known_size_is_found(size):
    """The estimate is within a factor of 5 of the standard deviation."""
    found = measured_noise(along(jitter(size)), 1)
    assert size / 5 <= found <= 5 * size


@pytest.mark.parametrize("f", [math.sin, math.exp, lambda x: x**5, lambda x: 3 * x - 1])
def test_smooth_functions_have_only_rounding(f):
    """No more than a few last digits."""
    assert measured_noise(along(f), 1) <= 20 * EPS * max(1.0, abs(f(0.7)))


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_rounding_to_fewer_digits_is_found_in_float64(dtype):
    """A result that was rounded on the way shows it, though it is a Python float."""
    eps = float(np.finfo(dtype).eps)
    found = measured_noise(along(lambda x: float(dtype(math.sin(x)))), 1)
    assert eps / 30 <= found <= 10 * eps


@pytest.mark.parametrize("shift", [0.0, 1e-9, 3.3e-7, -2.5e-6, 1e-5, 7e-4, 2.5e-3, 1e-2])
@pytest.mark.parametrize("bend", [abs, lambda t: max(t, 0.0), lambda t: max(0.2 * t, t)])
def test_a_kink_is_no_noise(bend, shift):
    """A bend at or near the point does not pass for noise, whatever its distance."""
    assert measured_noise(along(lambda x: bend(x - 0.7 - shift)), 1) <= 1e-14


@pytest.mark.parametrize("shift", [0.0, 0.3, -1.5, 2.5, -3.5])
def test_two_straight_lines_are_bent_once(shift):
    """At a point or between two, in the middle or at an end."""
    assert is_bent_once(np.abs(LINE - shift))
    assert is_bent_once(np.maximum(LINE, shift))
    assert is_bent_once(-2.0 * np.abs(LINE - shift) + 3.0)


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(9),
        LINE**2,
        np.sin(LINE),
        np.array([0, 0, 0, 0, 0, 1, 1, 1, 1.0]),
        1.0 + EPS * np.array([0, 0, 0, 0, 0, 0, 0, 0, 1.0]),
        np.random.default_rng(0).normal(size=9),
        np.abs(LINE - 2) + np.abs(LINE + 2),
    ],
)
def test_curves_steps_and_noise_are_not_bent_once(values):
    """Everything else is left to the other estimates."""
    assert not is_bent_once(values)


def test_plateaus_give_their_step():
    """Where values rest, the smallest step counts; where they move all the time, none."""
    assert quantum_of(np.array([0, 0, 0, 2, 2, 2, 3, 3, 3.0])) == 1.0
    assert quantum_of(LINE) == 0.0
    assert quantum_of(np.ones(9)) == 0.0


def test_the_difference_table_sees_noise_and_no_curve():
    """Normal noise is estimated within a factor of 3, a parabola has none."""
    rng = np.random.default_rng(2)
    found = [noise_of(1e-3 * rng.normal(size=9)) for _ in range(50)]
    seen = [value for value in found if value]
    assert len(seen) >= 25
    assert 1e-3 / 3 <= float(np.median(seen)) <= 3e-3
    assert noise_of(LINE**2) == 0.0


def test_undefined_points_are_no_noise():
    """NaN on one side, or everywhere, gives no estimate and no warning."""
    assert measured_noise(along(lambda x: math.sqrt(x - 0.7) if x >= 0.7 else math.nan), 1) == 0.0
    assert measured_noise(along(lambda x: math.nan), 1) == 0.0


def test_noise_of_many_parameters_is_the_same():
    """The direction gets shorter with n, the noise does not change."""

    def f(direction, steps):
        return np.sin(0.7 + steps * np.sum(direction)) + 1e-9 * np.sin(1e13 * steps)

    assert 2e-10 <= measured_noise(f, 500) <= 5e-9
