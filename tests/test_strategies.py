"""The public strategies keep what they promise, and refuse bounds that leave nothing."""

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.errors import NoSuchExample

from gradcheck_kit.problems.network import backward, forward
from gradcheck_kit.strategies import Batch, Network, Point, batches, networks, points

ROUNDING = 1e-12
SEARCH = settings(phases=[Phase.generate], max_examples=400)  # any example will do


def distance(value, *special):
    return min(abs(value - other) for other in special) + ROUNDING


@given(points())
def test_points_keep_away_from_values_that_hide_mistakes(point):
    """By default every point keeps 0.1 from each special value."""
    assert isinstance(point, Point)
    x, y_true, w1, w2 = point
    assert distance(x, 0, 1, -1, w1) >= 0.1
    assert distance(w1, 0, w2) >= 0.1
    assert distance(w2, 0, 1, -1) >= 0.1
    assert distance(y_true, 0, 1, forward(x, w1, w2)[3]) >= 0.1


@given(points(inputs=7.0, weights=0.5, margin=0.2))
def test_points_keep_to_their_bounds(point):
    """The sizes and the margin are the caller's; below 1 no value lies beyond 1."""
    assert 0.2 <= abs(point.x) <= 7.0
    assert min(abs(point.w1), abs(point.w2)) >= 0.2
    assert max(abs(point.w1), abs(point.w2)) <= 0.5
    assert distance(point.x, 1, -1, point.w1) >= 0.2


@given(points())
def test_points_tell_both_gradients_from_zero(point):
    """No gradient is so small that returning 0 would pass."""
    assert min(map(abs, backward(*point))) > 1e-5


@given(networks(weights=10.0))
def test_networks_keep_to_their_bounds(network):
    """Both weights are away from 0 and each other, and w2 from 1 and -1."""
    assert isinstance(network, Network)
    assert 0.1 <= abs(network.w1) <= 10.0
    assert abs(network.w2) <= 10.0
    assert distance(network.w2, 0, 1, -1, network.w1) >= 0.1


@given(batches(rows=4, features=3, hidden=2, outputs=2, inputs=5.0, weights=3.0))
def test_batches_are_float64_matrices_that_fit(batch):
    """Sizes, bounds and dtype are those asked for."""
    assert isinstance(batch, Batch)
    (n, d), (_, k), (_, h), _ = (matrix.shape for matrix in batch)
    assert [m.shape for m in batch] == [(n, d), (n, k), (d, h), (h, k)]
    assert min(n, d, h, k) >= 1
    assert (n <= 4, d <= 3, h <= 2, k <= 2) == (True,) * 4
    assert all(matrix.dtype == np.float64 for matrix in batch)
    assert np.abs(batch.X).min() >= 0.01
    assert np.abs(batch.X).max() <= 5.0
    assert np.abs(batch.W1).max() <= 3.0
    assert (batch.Y_true >= 0.1).all()
    assert (batch.Y_true <= 0.9).all()


@given(batches(integer_weights=True))
def test_integer_weights_are_whole_and_not_zero(batch):
    """With integer weights W1 and W2 are int64 and X and Y_true stay float64."""
    assert [m.dtype for m in batch] == [np.float64, np.float64, np.int64, np.int64]
    assert np.abs(batch.W1).min() >= 1
    assert np.abs(batch.W2).max() <= 2


@pytest.mark.parametrize(
    "condition",
    [
        lambda p: p.x < -1.0,
        lambda p: 0.0 < p.x < 1.0,
        lambda p: p.w1 * p.w2 < 0.0,
        lambda p: forward(p.x, p.w1, p.w2)[3] > p.y_true,
        lambda p: forward(p.x, p.w1, p.w2)[3] < p.y_true,
    ],
)
def test_points_reach_every_kind(condition):
    """Signs, sizes on either side of 1 and signs of the error all occur."""
    find(points(), condition, settings=SEARCH)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_batches_reach_every_size(size):
    """Every size up to the bound occurs, so that square batches and single rows do."""
    small = batches(rows=3, features=3, hidden=3, outputs=3)
    for condition in (
        lambda b: b.X.shape == (size, size),
        lambda b: len(b.X) == size != b.W1.shape[1],
        lambda b: b.W2.shape == (size, size),
    ):
        find(small, condition, settings=SEARCH)


def test_points_never_reach_a_hiding_value():
    """A search for a hiding value finds none, while it finds its neighbour."""
    with pytest.raises(NoSuchExample):
        find(points(), lambda p: abs(p.x - 1.0) < 0.05, settings=SEARCH)
    find(points(), lambda p: abs(p.x - 1.0) < 0.15, settings=SEARCH)


@pytest.mark.parametrize(
    ("strategy", "bounds", "names"),
    [
        (points, {"margin": 0.0}, "margin"),
        (points, {"margin": 0.25}, "margin"),
        (points, {"inputs": 0.2}, "inputs"),
        (points, {"weights": float("nan")}, "weights"),
        (networks, {"weights": -3.0}, "weights"),
        (networks, {"margin": -0.1}, "margin"),
        (batches, {"rows": 0}, "rows"),
        (batches, {"outputs": -1}, "outputs"),
        (batches, {"inputs": 0.0}, "inputs"),
        (batches, {"weights": 0.5, "integer_weights": True}, "weights"),
    ],
)
def test_bounds_that_leave_nothing_are_refused(strategy, bounds, names):
    """The error names the bound, and comes when the strategy is made."""
    with pytest.raises(ValueError, match=names):
        strategy(**bounds)


def test_tight_bounds_still_give_examples():
    """Bounds just inside the limits are accepted and lead somewhere."""
    find(points(inputs=0.21, weights=0.21), lambda p: True, settings=SEARCH)
    find(
        batches(rows=1, features=1, hidden=1, outputs=1, weights=0.5),
        lambda b: True,
        settings=SEARCH,
    )
    find(batches(weights=1.0, integer_weights=True), lambda b: True, settings=SEARCH)
