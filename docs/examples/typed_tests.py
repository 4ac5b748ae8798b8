"""Tests of the typed course, annotated as well; the file beside a learner's is test_line.py."""

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from gradcheck_kit import (
    Gradcheck,
    GradcheckFailure,
    Learner,
    assert_gradient,
    check_vjp,
    numerical_gradient,
)
from gradcheck_kit.strategies import Network, networks


@pytest.mark.points(3)
def test_line(learner: Learner, gradcheck: Gradcheck) -> None:
    """Points for the right values."""
    gradcheck.values(learner, "line")


@pytest.mark.points(1)
def test_line_at_0(learner: Learner) -> None:
    """One call of the learner's function, for a test of another kind."""
    assert learner.call("line.line", 0.0, 2.0, 3.0) == 3.0


def doubled(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 2·x."""
    return 2 * x


def doubled_backward(upstream: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return upstream times the slope of `doubled`."""
    return 2 * upstream


def test_a_layer() -> None:
    """No course needed."""
    assert check_vjp(doubled, doubled_backward, (np.array([0.5, -1.5]),)).verdict == "ok"


@given(networks())
def test_a_square(network: Network) -> None:
    """Weights drawn by hypothesis."""

    def square(w: float) -> float:
        return w * w

    assert abs(numerical_gradient(square, network.w1).value - 2 * network.w1) < 1e-9
    with pytest.raises(GradcheckFailure):
        assert_gradient(square, 3 * network.w1, network.w1)
