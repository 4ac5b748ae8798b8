"""Hypothesis strategies for points, networks and batches on which mistakes show.

At some numbers a wrong gradient is right by accident: a forgotten ``x`` does not show where
x is 1, two weights that are swapped do not show where they are equal. The strategies here
stay away from those numbers by a margin. This is the only module of the kit that needs
hypothesis.
"""

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gradcheck_kit.problems.network import sigmoid

__all__ = ["Batch", "Network", "Point", "batches", "networks", "points"]

_ENTRY_MARGIN = 0.01  # of matrix entries: a single one near 0 hides little


class Network(NamedTuple):
    """The weights of the scalar network.

    Parameters
    ----------
    w1 : float
        Weight of the hidden unit.
    w2 : float
        Weight of the output unit.
    """

    w1: float
    w2: float


class Point(NamedTuple):
    """The arguments of the scalar network's ``backward``, in its order.

    Parameters
    ----------
    x : float
        The input.
    y_true : float
        The wanted output.
    w1, w2 : float
        The weights.
    """

    x: float
    y_true: float
    w1: float
    w2: float


class Batch(NamedTuple):
    """The arguments of the batch network's ``backward``, in its order.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        The inputs, one row for each example.
    Y_true : ndarray, shape (n, k)
        The wanted outputs.
    W1 : ndarray, shape (d, h)
        Weights of the hidden layer.
    W2 : ndarray, shape (h, k)
        Weights of the output layer.
    """

    X: NDArray[np.float64]
    Y_true: NDArray[np.float64]
    W1: NDArray[np.float64] | NDArray[np.int64]
    W2: NDArray[np.float64] | NDArray[np.int64]


def networks(*, weights: float = 3.0, margin: float = 0.1) -> st.SearchStrategy[Network]:
    """Return a strategy for the weights of a scalar network.

    Parameters
    ----------
    weights : float
        Largest size of a weight.
    margin : float
        Distance kept, at least, by both weights from 0, by w2 from 1 and -1, and by the
        weights from each other.

    Returns
    -------
    SearchStrategy of Network

    Raises
    ------
    ValueError
        If `margin` is not positive, or leaves nothing up to `weights`.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(networks(weights=5.0))
    ... def test_weights_differ(network):
    ...     assert network.w1 != network.w2
    >>> test_weights_differ()
    """
    _check_sizes(margin, weights=weights)
    return st.builds(
        Network, w1=_away_from_zero(weights, margin), w2=_away_from_one(weights, margin)
    ).filter(lambda network: abs(network.w1 - network.w2) >= margin)


def points(
    *, inputs: float = 3.0, weights: float = 3.0, margin: float = 0.1
) -> st.SearchStrategy[Point]:
    """Return a strategy for the arguments of the scalar network's ``backward``.

    Parameters
    ----------
    inputs : float
        Largest size of x.
    weights : float
        Largest size of a weight.
    margin : float
        Distance kept, at least, by x and w2 from 0, 1 and -1, by w1 from 0, by w1 from w2
        and from x, and by y_true from 0, from 1 and from the prediction. Below 1/4, so that
        there is room for y_true on one side of every prediction.

    Returns
    -------
    SearchStrategy of Point

    Raises
    ------
    ValueError
        If `margin` is not between 0 and 1/4, or leaves nothing up to `inputs` or `weights`.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(points(weights=10.0))
    ... def test_input_shows(point):
    ...     assert point.x not in (0.0, 1.0, -1.0, point.w1)
    >>> test_input_shows()
    """
    _check_sizes(margin, inputs=inputs, weights=weights)
    return st.builds(
        lambda x, y_true, network: Point(x, y_true, *network),
        _away_from_one(inputs, margin),
        st.floats(margin, 1.0 - margin),
        networks(weights=weights, margin=margin),
    ).filter(lambda point: _tells_apart(point, margin))


def batches(
    *,
    rows: int = 5,
    features: int = 4,
    hidden: int = 4,
    outputs: int = 3,
    inputs: float = 2.0,
    weights: float = 2.0,
    integer_weights: bool = False,
) -> st.SearchStrategy[Batch]:
    """Return a strategy for the arguments of the batch network's ``backward``.

    Parameters
    ----------
    rows, features, hidden, outputs : int
        Largest n, d, h and k; the smallest of each is 1.
    inputs, weights : float
        Largest size of an entry of X and of the weights.
    integer_weights : bool
        Draw W1 and W2 as int64 arrays of whole numbers, none of them 0, as they come from a
        learner who writes ``np.array([[1, -2]])``.

    Returns
    -------
    SearchStrategy of Batch
        float64 arrays; entries of Y_true lie between 0.1 and 0.9.

    Raises
    ------
    ValueError
        If a size is below 1, or a bound leaves no entries.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(batches(rows=3))
    ... def test_shapes_fit(batch):
    ...     assert (batch.X @ batch.W1 @ batch.W2).shape == batch.Y_true.shape
    >>> test_shapes_fit()
    """
    for name, size in (("rows", rows), ("features", features), ("hidden", hidden),
                       ("outputs", outputs)):  # fmt: skip
        if size < 1:
            raise ValueError(f"{name} must be at least 1, not {size!r}")
    _check_sizes(_ENTRY_MARGIN, inputs=inputs, weights=weights)
    if integer_weights and weights < 1:
        raise ValueError(f"weights must be at least 1 for whole numbers, not {weights!r}")

    def matrices(height: int, width: int) -> st.SearchStrategy[Any]:
        if integer_weights:
            whole = st.integers(1, int(weights)) | st.integers(-int(weights), -1)
            return _arrays(np.int64, height, width, whole)
        return _arrays(np.float64, height, width, _away_from_zero(weights, _ENTRY_MARGIN))

    def of_size(n: int, d: int, h: int, k: int) -> st.SearchStrategy[Batch]:
        entries = _away_from_zero(inputs, _ENTRY_MARGIN)
        return st.builds(
            Batch,
            X=_arrays(np.float64, n, d, entries),
            Y_true=_arrays(np.float64, n, k, st.floats(0.1, 0.9)),
            W1=matrices(d, h),
            W2=matrices(h, k),
        )

    sizes = st.tuples(*(st.integers(1, top) for top in (rows, features, hidden, outputs)))
    return sizes.flatmap(lambda size: of_size(*size))


def _check_sizes(margin: float, **sizes: float) -> None:
    if not 0.0 < margin < 0.25:
        raise ValueError(f"margin must be between 0 and 0.25, not {margin!r}")
    for name, size in sizes.items():
        if not size > 2.0 * margin:
            raise ValueError(f"{name} must be more than twice the margin, not {size!r}")


def _away_from_zero(limit: float, margin: float) -> st.SearchStrategy[float]:
    return st.floats(margin, limit) | st.floats(-limit, -margin)


def _away_from_one(limit: float, margin: float) -> st.SearchStrategy[float]:
    result = _away_from_zero(min(limit, 1.0 - margin), margin)
    if limit > 1.0 + margin:
        result |= st.floats(1.0 + margin, limit) | st.floats(-limit, -1.0 - margin)
    return result


def _tells_apart(point: Point, margin: float) -> bool:
    y_pred = sigmoid(point.w2 * sigmoid(point.w1 * point.x))
    return abs(point.x - point.w1) >= margin and abs(y_pred - point.y_true) >= margin


def _arrays(
    dtype: type[np.generic], rows: int, columns: int, elements: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    # Without a fill every entry is drawn by itself; equal entries would hide a transpose.
    return arrays(dtype, (rows, columns), elements=elements, fill=st.nothing())
