"""Large gradients are screened along directions, and what is wrong is found and located."""

import numpy as np
import pytest

from gradcheck_kit import check_gradient
from gradcheck_kit.numerics.check import LARGE

SHAPES = (100, 100), (100, 10)  # 11,000 entries
RNG = np.random.default_rng(7)
X, T = RNG.normal(size=(64, 100)), RNG.uniform(size=(64, 10))
PARAMS = tuple(RNG.normal(size=shape) / 10.0 for shape in SHAPES)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def loss(w):
    return 0.5 * ((sigmoid(sigmoid(X @ w[0]) @ w[1]) - T) ** 2).sum() / len(X)


def real_loss(w):
    return loss([np.real(part).astype(float) for part in w])


def gradient():
    A1 = sigmoid(X @ PARAMS[0])
    Y = sigmoid(A1 @ PARAMS[1])
    D = (Y - T) * Y * (1 - Y) / len(X)
    return X.T @ (D @ PARAMS[1].T * A1 * (1 - A1)), A1.T @ D


def spoiled(index, block, factor):
    parts = gradient()
    parts[block][index] *= factor
    return parts


def place_of(kind, block=0):
    """Return the index of the entry of median or largest size in a block."""
    sizes = np.abs(gradient()[block])
    flat = np.argsort(sizes, axis=None)
    at = flat[len(flat) // 2] if kind == "median" else flat[-1]
    return tuple(int(i) for i in np.unravel_index(at, sizes.shape))


def wrong_paths(report):
    return {entry.path for entry in report.entries_that_are("wrong")}


def test_the_right_gradient_is_right():
    """Eleven thousand entries take fewer evaluations than a hundred would one by one."""
    for seed in range(5):
        report = check_gradient(loss, gradient(), PARAMS, seed=seed)
        assert (report.verdict, report.method) == ("ok", "complex-step")
        assert report.evaluations <= 160
    assert "right along random directions through 11000 entries" in str(report)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("block", [0, 1])
@pytest.mark.parametrize(("kind", "error"), [("median", 1e-5), ("largest", 1e-6)])
def test_one_wrong_entry_is_found_and_located(kind, error, block, seed):
    """1e-5 at the median entry and 1e-6 at the largest, in at most 160 evaluations."""
    index = place_of(kind, block)
    report = check_gradient(loss, spoiled(index, block, 1 + error), PARAMS, seed=seed)
    assert wrong_paths(report) == {f"w[{block}][{index[0]}, {index[1]}]"}
    assert report.evaluations <= 160


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0, 1.01])
def test_popular_mistakes_in_one_entry_are_located(factor):
    """The line has both values."""
    report = check_gradient(loss, spoiled((17, 3), 0, factor), PARAMS)
    assert wrong_paths(report) == {"w[0][17, 3]"}
    assert "w[0][17, 3]: yours" in str(report)
    assert len(str(report)) < 600


@pytest.mark.parametrize("seed", range(3))
def test_several_wrong_entries_are_all_located(seed):
    """In both blocks, far apart and side by side."""
    parts = gradient()
    for block, index in ((0, (0, 0)), (0, (50, 50)), (0, (50, 51)), (1, (99, 9))):
        parts[block][index] *= 1.1
    report = check_gradient(loss, parts, PARAMS, seed=seed)
    assert wrong_paths(report) == {"w[0][0, 0]", "w[0][50, 50]", "w[0][50, 51]", "w[1][99, 9]"}


def test_a_wrong_small_block_beside_a_large_one_is_wrong():
    """A bias of 20 entries is not drowned by 11,000 weights; the factor is named."""

    def with_bias(w):
        return 1e3 * loss(w[:2]) + (w[2] ** 3).sum()

    bias = np.linspace(0.1, 0.9, 20)
    params = [*PARAMS, bias]
    weights = [1e3 * part for part in gradient()]
    right = check_gradient(with_bias, [*weights, 3 * bias**2], params)
    assert right.verdict == "ok"
    report = check_gradient(with_bias, [*weights, 6 * bias**2], params)
    assert wrong_paths(report) == {f"w[2][{k}]" for k in range(20)}
    assert "wrong ones are 2 times" in str(report)


def test_a_wrong_scalar_beside_a_large_block_is_wrong():
    """Blocks of a few entries are looked at one by one."""

    def with_scalar(w):
        return loss(w[:2]) + w[2] ** 2

    params = [*PARAMS, 0.5]
    assert check_gradient(with_scalar, [*gradient(), 1.0], params).verdict == "ok"
    report = check_gradient(with_scalar, [*gradient(), 1.0 + 1e-8], params)
    assert wrong_paths(report) == {"w[2]"}


def test_a_whole_wrong_block_stops_the_search_with_a_note():
    """Everything doubled: wrong, the pattern, and a note that there are more."""
    report = check_gradient(loss, [2 * part for part in gradient()], PARAMS)
    assert report.verdict == "wrong"
    assert "wrong ones are 2 times" in str(report)
    assert any("more entries may be wrong" in note for note in report.notes)
    assert len(str(report)) < 600


def test_an_all_zero_gradient_is_wrong():
    """Zeros do not make the tolerance zero, nor pass."""
    report = check_gradient(loss, [0 * part for part in PARAMS], PARAMS)
    assert report.verdict == "wrong"
    assert "wrong ones are all 0" in str(report)


@pytest.mark.parametrize("seed", range(3))
def test_without_complex_numbers_ridders_screens(seed):
    """Code that casts to float: right is ok, 1e-4 at the largest entry is located."""
    report = check_gradient(real_loss, gradient(), PARAMS, seed=seed)
    assert (report.verdict, report.method) == ("ok", "ridders")
    index = place_of("largest")
    report = check_gradient(real_loss, spoiled(index, 0, 1 + 1e-4), PARAMS, seed=seed)
    assert wrong_paths(report) == {f"w[0][{index[0]}, {index[1]}]"}
    assert report.method == "ridders"


def test_abs_ends_in_ridders():
    """The complex step drops |w|; the right gradient is right, a zero is not."""
    w = RNG.normal(size=2500)

    def f(w):
        return (np.abs(w) ** 3).sum()

    report = check_gradient(f, 3 * w * np.abs(w), w)
    assert (report.verdict, report.method) == ("ok", "ridders")
    assert check_gradient(f, 0 * w, w).verdict == "wrong"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_entries_that_are_not_finite_are_wrong_with_their_value(bad):
    """A few are named, beside what is right there; other mistakes are still found."""
    parts = gradient()
    parts[0][3, 4] = bad
    parts[1][5, 6] = bad
    parts[1][7, 8] *= 2
    report = check_gradient(loss, parts, PARAMS)
    assert wrong_paths(report) == {"w[0][3, 4]", "w[1][5, 6]", "w[1][7, 8]"}
    right = gradient()[0][3, 4]
    (entry,) = [e for e in report.entries if e.path == "w[0][3, 4]"]
    assert entry.numerical == pytest.approx(right, rel=1e-9)
    assert check_gradient(loss, [np.nan * part for part in parts], PARAMS).verdict == "wrong"


def test_constant_functions_have_gradient_zero():
    """Zero is ok, something else is not."""
    w = np.ones(LARGE + 1)
    assert check_gradient(lambda w: 5.0, 0 * w, w).verdict == "ok"
    assert check_gradient(lambda w: 5.0, 1e-3 * w, w).verdict == "wrong"


def test_deep_saturation_is_never_ok():
    """Every unit saturated, a gradient of zeros: "cannot tell" and what to do."""
    w = np.full(LARGE + 1, 800.0)

    def saturated(w):
        return sigmoid(w).sum()

    report = check_gradient(saturated, 0 * w, w)
    assert report.verdict == "cannot_tell"
    assert "w (along a direction)" in str(report)
    assert "try smaller parameters" in str(report)


def test_a_block_is_named_as_the_caller_writes_it():
    """What cannot be located still has the name of its block."""
    params = {"first": np.full(LARGE, 800.0), "second": np.ones(10)}

    def f(net):
        return sigmoid(net["first"]).sum() + (net["second"] ** 2).sum()

    report = check_gradient(f, {"first": np.zeros(LARGE), "second": 2 * np.ones(10)}, params)
    assert [e.path for e in report.entries_that_are("cannot_tell")] == [
        'net["first"] (along a direction)'
    ]


def test_rtol_holds_for_screening_too():
    """A gradient that is off by 1e-4 everywhere passes at 1e-3."""
    off = [part * (1 + 1e-4) for part in gradient()]
    assert check_gradient(loss, off, PARAMS, rtol=1e-3).verdict == "ok"
    assert check_gradient(loss, off, PARAMS).verdict == "wrong"


def test_float32_code_gets_no_false_alarm():
    """Neither where it computes in float32, nor where only the gradient does."""
    w = np.linspace(0.1, 1.0, LARGE + 1)
    right = (3 * w**2).astype(np.float32)

    def cubes(w):
        return (w**3).sum()

    def narrow(w):
        return cubes(w.astype(np.float32))

    assert check_gradient(narrow, right, w).verdict != "wrong"
    assert check_gradient(cubes, right, w).verdict == "ok"
    assert check_gradient(narrow, 2 * right, w).verdict == "wrong"
    assert check_gradient(cubes, 2 * right, w).verdict == "wrong"


def test_the_plain_form_counts_for_screening_too():
    """It widens the tolerance to the digits that it loses, and no further."""
    w = np.linspace(0.1, 1.0, LARGE + 1)

    def cubes(w):
        return (w**3).sum()

    lossy = 3 * w**2 * (1 + 1e-6 * RNG.normal(size=w.shape))
    assert check_gradient(cubes, lossy, w).verdict == "wrong"
    assert check_gradient(cubes, lossy, w, plain=lossy).verdict == "ok"
    lossy[2] *= 2
    assert check_gradient(cubes, lossy, w, plain=3 * w**2).verdict == "wrong"


def test_kinks_are_accepted_and_noted():
    """Two ReLUs at 0 among thousands: either slope is right."""
    w = RNG.normal(size=2500)
    w[[5, 77]] = 0.0

    def relu(w):
        return (np.maximum(w, 0) * 2).sum()

    report = check_gradient(relu, 2.0 * (w > 0), w)
    assert report.verdict == "ok"
    assert check_gradient(relu, 2.0 * (w >= 0), w).verdict == "ok"
    wrong = 2.0 * (w > 0)
    wrong[77] = 2.5
    assert check_gradient(relu, wrong, w).verdict == "wrong"


def test_a_gradient_that_changes_from_call_to_call_is_wrong():
    """Accumulating into a buffer is right once only."""
    w = RNG.normal(size=2500)
    buffer = np.zeros(2500)

    def accumulating(w):
        buffer[:] += 3 * w**2
        return buffer

    report = check_gradient(lambda w: (w**3).sum(), accumulating, w)
    assert report.verdict == "wrong"
    assert any("differs from call to call" in note for note in report.notes)


def test_one_more_than_the_limit_changes_the_way_not_the_verdict():
    """At the limit every entry is listed, beyond it none that is right."""
    for n in (LARGE, LARGE + 1):
        w = np.linspace(0.1, 1.0, n)
        report = check_gradient(lambda w: (w**3).sum(), 3 * w**2, w)
        assert report.verdict == "ok"
        assert len(report.entries) == (n if n == LARGE else 0)


def test_thousands_of_plain_numbers_take_one_evaluation_each():
    """A list of Python floats is as many blocks; none costs eight directions."""
    w = np.linspace(0.1, 1.0, LARGE + 5).tolist()
    report = check_gradient(lambda w: sum(v * v for v in w), [2 * v for v in w], w)
    assert report.verdict == "ok"
    assert report.evaluations < len(w) + 200


def test_the_same_seed_gives_the_same_report():
    """Screening and bisection draw from the seed alone."""
    wrong = spoiled((17, 3), 0, 1.01)
    assert check_gradient(loss, wrong, PARAMS, seed=3) == check_gradient(
        loss, wrong, PARAMS, seed=3
    )
