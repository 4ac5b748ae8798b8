"""check_gradient: right gradients pass, wrong ones do not, and hazards are named."""

import math
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck_kit import GradcheckFailure, assert_gradient, check_gradient

W = np.array([0.7, -1.3, 0.4])


def f(w):
    return (np.sin(w) * w**2).sum()


def grad(w):
    return np.cos(w) * w**2 + 2 * w * np.sin(w)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def notes_of(report):
    return " | ".join(report.notes)


def test_right_and_wrong_without_any_hazard():
    """The plain case has no notes, so that those below mean something."""
    report = check_gradient(f, grad, W)
    assert (report.verdict, report.notes, report.problem) == ("ok", (), "")
    assert check_gradient(f, lambda w: -grad(w), W).verdict == "wrong"


@pytest.mark.parametrize("size", [1e-7, 1e-9, 1e-11])
def test_a_small_part_that_the_complex_step_loses(size):
    """It says half the slope of w2, and does not get through with it, however small it is."""

    def mostly_smooth(w):
        w1, w2 = w
        return w1**2 + size * (w2 + abs(w2)) ** 2

    right, half = (4.0, 24 * size), (4.0, 12 * size)
    assert check_gradient(mostly_smooth, right, (2.0, 3.0)).verdict == "ok"
    report = check_gradient(mostly_smooth, half, (2.0, 3.0))
    assert [entry.path for entry in report.entries_that_are("wrong")] == ["w[1]"]


# Changing inputs


def test_a_function_that_changes_its_input_is_noted():
    """In-place work on the parameters is named, and spoils neither verdict nor caller."""

    def careless(w):
        w *= 2.0
        return f(w / 2.0)

    w = W.copy()
    report = check_gradient(careless, grad, w)
    assert report.verdict == "ok"
    assert "the function changes its parameters in place" in notes_of(report)
    np.testing.assert_array_equal(w, W)
    assert check_gradient(careless, lambda w: 2 * grad(w), w).verdict == "wrong"


def test_writing_back_the_same_values_is_not_noted():
    """Code that needs writable arrays, but leaves them as they are, gets no note."""

    def harmless(w):
        w[0] = w[0] * 1.0
        return f(w)

    assert check_gradient(harmless, grad, W).notes == ()


def test_a_write_far_from_the_point_is_found_too():
    """A branch that only moved parameters enters does not count as "not defined"."""

    def careless(w):
        total = f(w)
        if w[0] > W[0]:
            w[0] = 0.0
        return total

    report = check_gradient(careless, grad, W)
    assert report.verdict == "ok"
    assert "the function changes its parameters in place" in notes_of(report)
    assert "raises" not in notes_of(report)


def test_a_changed_dict_or_list_is_noted():
    """Containers cannot be locked; the first call shows it."""

    def popping(w):
        return f(w.pop("w"))

    report = check_gradient(popping, {"w": grad(W)}, {"w": W})
    assert report.verdict == "ok"
    assert "changes its parameters in place" in notes_of(report)
    assert check_gradient(lambda w: f(w["w"]), {"w": grad(W)}, {"w": W}).notes == ()


def test_a_gradient_function_that_changes_its_input_is_noted():
    """The same for grad, by its own name."""

    def careless(w):
        right = grad(w)
        w -= 0.1 * right
        return right

    report = check_gradient(f, careless, W)
    assert report.verdict == "ok"
    assert "the gradient function changes its parameters in place" in notes_of(report)


# State, randomness and buffers


def test_hidden_state_is_noted_and_never_ok():
    """A counter inside changes the answer: "cannot tell", with the size and what to do."""
    calls = []

    def drifting(w):
        calls.append(1)
        return f(w) + 0.01 * len(calls)

    report = check_gradient(drifting, grad, W)
    assert report.verdict == "cannot_tell"
    assert "two answers (0.01 apart): hidden state or randomness" in notes_of(report)
    assert "same answer to the same parameters" in str(report)


def test_a_cache_is_no_hidden_state():
    """State that does not change the answer is nobody's business."""
    cache = {}

    def cached(w):
        return cache.setdefault(w.tobytes(), f(w))

    assert check_gradient(cached, grad, W).verdict == "ok"
    assert check_gradient(cached, grad, W).notes == ()


@pytest.mark.parametrize("size", [1e-6, 1e-2, 1.0])
def test_unseeded_randomness_is_never_ok_and_never_wrong(size):
    """Noise widens the tolerance; a right gradient is not accused of it."""
    rng = np.random.default_rng(5)

    def noisy(w):
        return f(w) + size * rng.normal()

    report = check_gradient(noisy, grad, W)
    assert report.verdict != "wrong"
    assert "hidden state or randomness" in notes_of(report)
    assert size < 1e-3 or report.verdict == "cannot_tell"


def test_seeded_randomness_is_fine():
    """The same numbers at each call are constants."""

    def dropout(w):
        mask = np.random.default_rng(3).integers(0, 2, w.shape)
        return f(w * mask)

    mask = np.random.default_rng(3).integers(0, 2, W.shape)
    report = check_gradient(dropout, grad(W * mask) * mask, W)
    assert (report.verdict, report.notes) == ("ok", ())


def test_a_reused_output_buffer_is_read_in_time():
    """f returns the same 0-d array each time, grad the same array."""
    out, buffer = np.zeros(()), np.zeros(3)

    def f_out(w):
        out[...] = f(w)
        return out

    def grad_out(w):
        buffer[:] = grad(w)
        return buffer

    report = check_gradient(f_out, grad_out, W)
    assert (report.verdict, report.notes) == ("ok", ())


def test_a_gradient_that_accumulates_is_wrong_at_the_second_call():
    """Forgetting to zero the buffer is right once; the second answer counts as well."""
    buffer = np.zeros(3)

    def accumulating(w):
        buffer[:] += grad(w)
        return buffer

    report = check_gradient(f, accumulating, W)
    assert report.verdict == "wrong"
    assert "the gradient differs from call to call" in notes_of(report)


# Printing, warning, raising


def test_output_appears_at_most_once(capsys):
    """A hundred evaluations print what one prints."""

    def talking(w):
        print("loss")
        print("trouble", file=sys.stderr)
        return f(w)

    def talking_grad(w):
        print("grad")
        return grad(w)

    check_gradient(talking, talking_grad, W)
    seen = capsys.readouterr()
    assert seen.out.splitlines() == ["loss", "grad"]
    assert seen.err.splitlines() == ["trouble"]


def test_output_of_code_that_writes_to_its_input_appears_once(capsys):
    """The repetition with writable copies is silent."""

    def talking(w):
        print("loss")
        w += 0.0
        return f(w)

    check_gradient(talking, lambda w: print("grad") or grad(w), W)
    assert capsys.readouterr().out.splitlines() == ["loss", "grad"]


def test_warnings_away_from_the_point_are_held_back():
    """With warnings as errors, an overflow nearby neither raises nor warns."""

    def steep(w):
        return np.exp(300 * w)  # overflows from 2.37 on

    assert check_gradient(steep, lambda w: 300 * np.exp(300 * w), 1.0).verdict == "ok"


def test_a_warning_at_the_point_reaches_the_caller_once():
    """It is about their own parameters."""

    def warning(w):
        warnings.warn("hot", UserWarning, stacklevel=1)
        return f(w)

    with pytest.warns(UserWarning, match="hot") as caught:
        assert check_gradient(warning, grad, W).verdict == "ok"
    assert len(caught) == 1


@pytest.mark.parametrize("error", [ValueError, KeyError, ZeroDivisionError, NotImplementedError])
def test_exceptions_at_the_point_pass_through_with_a_note(error):
    """The caller's own exception, and where it came from."""

    def broken(w):
        raise error("mine")

    with pytest.raises(error, match="mine") as caught:
        check_gradient(broken, grad, W)
    assert caught.value.__notes__ == ["raised by the function itself, at the given parameters"]
    with pytest.raises(error, match="mine") as caught:
        check_gradient(f, broken, W)
    assert caught.value.__notes__ == ["raised by the gradient function, at the given parameters"]


@pytest.mark.parametrize("error", [AssertionError, ValueError, OverflowError, IndexError])
def test_exceptions_nearby_mean_not_defined_there(error):
    """A guarded domain is stepped back from, with a note that names the exception."""

    def guarded(w):
        if w < 0.95:
            raise error("outside")
        return w**3

    report = check_gradient(guarded, 3.0, 1.0)
    assert report.verdict == "ok"
    assert f"the function raises {error.__name__} at a distance of 0.0" in notes_of(report)
    assert check_gradient(guarded, 6.0, 1.0).verdict == "wrong"
    assert check_gradient(guarded, 3.0 * 25, 5.0).notes == ()


def test_a_branch_without_return_nearby_is_noted():
    """None at moved parameters is no number there."""

    def forgetful(w):
        if w >= 1.0:
            return w**3
        return None

    report = check_gradient(forgetful, 3.0, 1.0)
    assert report.verdict == "ok"
    assert "gives no real number at a distance" in notes_of(report)


@pytest.mark.parametrize(
    ("result", "what"),
    [
        (None, "not None"),
        ("0.5", "not a str"),
        (W, r"not an array of shape \(3,\)"),
        ([0.1, 0.2], r"not an array of shape \(2,\)"),
        (1j, "not a complex number"),
        ({}, "not a dict"),
    ],
)
def test_a_function_without_a_number_is_refused(result, what):
    """The text names what came instead."""
    with pytest.raises(TypeError, match=f"the function must return one real number, {what}"):
        check_gradient(lambda w: result, grad, W)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_not_finite_at_the_point_is_refused(value):
    """There is no slope to speak of."""
    with pytest.raises(ValueError, match=f"the function is {value} at the given parameters"):
        check_gradient(lambda w: value, grad, W)


# Kinks

KINKED = {
    "relu": (lambda w: max(w, 0.0), 0.0, 1.0),
    "numpy relu": (lambda w: np.maximum(w, 0), 0.0, 1.0),
    "abs": (abs, -1.0, 1.0),
    "numpy abs": (np.abs, -1.0, 1.0),
    "leaky": (lambda w: np.where(w > 0, w, 0.1 * w), 0.1, 1.0),
    "shifted": (lambda w: 3.0 + w + 2 * abs(w), -1.0, 3.0),
}


@pytest.mark.parametrize("at", [0.0, 1e-7])
@pytest.mark.parametrize("name", KINKED)
def test_any_slope_between_those_of_a_kink_is_accepted_and_noted(name, at):
    """Left, right and what lies between is right at a kink; what lies outside is wrong."""
    kinked, left, right = KINKED[name]
    for slope in (left, right, 0.5 * (left + right), 0.3 * left + 0.7 * right):
        report = check_gradient(kinked, slope, at)
        assert report.verdict == "ok", (slope, str(report))
        assert "lies at or next to a kink: any slope from" in notes_of(report)
    for slope in (left - 0.2, right + 0.2, 2 * right + 1, -right - 1):
        assert check_gradient(kinked, slope, at).verdict == "wrong"


@pytest.mark.parametrize("at", [1e-3, -1e-3, 0.01, 0.3])
@pytest.mark.parametrize("name", KINKED)
def test_next_to_a_kink_only_the_slope_there_is_right(name, at):
    """At 1e-3 the sides can be told: the other slope and the mean are wrong."""
    kinked, left, right = KINKED[name]
    here, other = (right, left) if at > 0 else (left, right)
    report = check_gradient(kinked, here, at)
    assert report.verdict == "ok"
    assert report.notes == ()
    assert check_gradient(kinked, other, at).verdict == "wrong"
    assert check_gradient(kinked, 0.5 * (here + other), at).verdict == "wrong"


@pytest.mark.parametrize("tied", [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.3, 0.7]])
def test_ties_of_max_accept_any_share(tied):
    """Whoever of the two gets the gradient is right, and a note says why."""
    w = np.array([0.5, 0.5, -0.2])
    report = check_gradient(lambda w: 3.0 * w.max(), 3.0 * np.array([*tied, 0.0]), w)
    assert report.verdict == "ok"
    assert all(entry.verdict == "ok" for entry in report.entries[:2])
    assert "w[0] lies at or next to a kink: any slope from 0 to 3" in notes_of(report)
    assert check_gradient(lambda w: 3.0 * w.max(), np.array([4.0, 0, 0]), w).verdict == "wrong"


def test_a_smooth_function_beside_a_kink_keeps_its_accuracy():
    """One kinked entry does not excuse another one's error."""

    def mixed(w):
        return abs(w[0]) + w[1] ** 3

    assert check_gradient(mixed, [0.2, 3.0], [0.0, 1.0]).verdict == "ok"
    report = check_gradient(mixed, [0.2, 3.0001], [0.0, 1.0])
    assert [entry.path for entry in report.entries_that_are("wrong")] == ["w[1]"]


@pytest.mark.parametrize("curved", [lambda w: w * w * 1e6, lambda w: math.cosh(40 * w)])
def test_strong_curvature_is_no_kink(curved):
    """A bend that closes up as h shrinks excuses nothing."""
    report = check_gradient(curved, 1.0, 0.0)
    assert report.verdict == "wrong"
    assert report.notes == ()


def relu_network(seed):
    rng = np.random.default_rng(seed)
    X, T = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    W1, W2 = rng.normal(size=(3, 5)), rng.normal(size=(5, 2))

    def loss(w):
        return 0.5 * ((np.maximum(X @ w[0], 0) @ w[1] - T) ** 2).sum()

    def gradient(w):
        A = np.maximum(X @ w[0], 0)
        D = A @ w[1] - T
        return X.T @ (D @ w[1].T * (A > 0)), A.T @ D

    return loss, gradient, (W1, W2)


@pytest.mark.parametrize("seed", range(12))
def test_relu_networks_are_judged_like_smooth_ones(seed):
    """Right is ok, a forgotten mask is wrong, though kinks lie within the steps."""
    loss, gradient, params = relu_network(seed)
    assert check_gradient(loss, gradient, params).verdict == "ok"
    G1, G2 = gradient(params)
    spoiled = G1.copy()
    spoiled[0, 0] *= 1.01
    report = check_gradient(loss, (spoiled, G2), params)
    if G1[0, 0]:
        assert [e.path for e in report.entries_that_are("wrong")] == ["w[0][0, 0]"]


# Edges of domains


@pytest.mark.parametrize("at", [1e-3, 1e-8, 1e-12])
@pytest.mark.parametrize(
    ("edge", "slope"),
    [
        (np.log, lambda w: 1 / w),
        (math.log, lambda w: 1 / w),
        (np.sqrt, lambda w: 0.5 / w**0.5),
        (math.sqrt, lambda w: 0.5 / w**0.5),
        (lambda w: w**0.5, lambda w: 0.5 / w**0.5),
    ],
)
def test_close_to_the_edge_of_a_domain(edge, slope, at):
    """log and sqrt near 0: right is never wrong, twice as much never ok, and a note."""
    report = check_gradient(edge, slope, at)
    assert report.verdict == "ok"
    assert "at a distance of" in notes_of(report)
    assert check_gradient(edge, lambda w: 2 * slope(w), at).verdict == "wrong"


@pytest.mark.parametrize("undefined", [math.nan, math.inf])
def test_one_side_is_enough_at_an_edge(undefined):
    """Defined from 0 on: the slope to the right decides."""

    def edge(w):
        return math.exp(2 * w) if w >= 0 else undefined

    assert check_gradient(edge, 2.0, 0.0).verdict == "ok"
    assert check_gradient(edge, 4.0, 0.0).verdict == "wrong"
    assert check_gradient(lambda w: edge(-w), -2.0, 0.0).verdict == "ok"


def test_an_infinite_slope_cannot_be_told():
    """sqrt at 0 has no finite slope; whatever is claimed, the advice is to move away."""
    for claimed in (0.0, 1.0, 1e3):
        report = check_gradient(math.sqrt, claimed, 0.0)
        assert report.verdict != "ok"
    assert "move away from the edge" in str(check_gradient(math.sqrt, 0.0, 0.0))


def test_a_point_alone_cannot_be_told():
    """Undefined everywhere around: infinite error, and the same advice."""
    report = check_gradient(lambda w: 1.0 if w == 2.0 else math.nan, 0.0, 2.0)
    assert report.verdict == "cannot_tell"
    assert "move away from the edge" in str(report)


# Less than float64


def in_type(dtype, returned):
    return lambda w: returned(((w.astype(dtype) - dtype(0.3)) ** 2).sum())


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("returned", [lambda v: v, float])
def test_code_that_computes_in_less_gets_no_false_alarm(dtype, returned):
    """float32 and float16 inside, returned as such or as float64; factor 2 is found."""
    w = np.array([4.0, -7.0])
    narrow = in_type(dtype, returned)

    def right(w):
        return 2 * (w - 0.3)

    def narrow_right(w):
        return dtype(2) * (w.astype(dtype) - dtype(0.3))

    for gradient in (right, narrow_right):
        assert check_gradient(narrow, gradient, w).verdict != "wrong"
        factor_2 = check_gradient(narrow, lambda w, g=gradient: 2 * g(w), w).verdict
        assert factor_2 == ("wrong" if dtype is np.float32 else factor_2)
        assert factor_2 != "ok"


def test_float32_is_noted_and_float64_is_not():
    """A returned float32, or a float32 gradient, widens the tolerance and says so."""
    w = np.array([4.0, -7.0])
    report = check_gradient(in_type(np.float32, lambda v: v), 2 * (w - 0.3), w)
    assert report.verdict == "ok"
    assert "computes in less than float64" in notes_of(report)
    report = check_gradient(f, grad(W).astype(np.float32), W)
    assert report.verdict == "ok"
    assert "the gradient has less than float64's digits" in notes_of(report)
    assert check_gradient(f, 2 * grad(W).astype(np.float32), W).verdict == "wrong"


@pytest.mark.parametrize("seed", range(30))
def test_float32_networks_get_no_false_alarm(seed):
    """A two-layer network in float32: right never wrong, factor 2 never ok."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(4, 3)).astype(np.float32)
    T = rng.uniform(size=(4, 2)).astype(np.float32)
    params = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(4, 2))

    def forward(w):
        W1, W2 = (part.astype(np.float32) for part in w)
        A = sigmoid(X @ W1)
        return A, sigmoid(A @ W2), W2

    def gradient(w):
        A, Y, W2 = forward(w)
        D = (Y - T) * Y * (1 - Y)
        return X.T @ (D @ W2.T * A * (1 - A)), A.T @ D

    def loss(w):
        return float(0.5 * ((forward(w)[1] - T) ** 2).sum())

    assert check_gradient(loss, gradient, params).verdict != "wrong"
    doubled = check_gradient(loss, lambda w: tuple(2 * g for g in gradient(w)), params)
    assert doubled.verdict == "wrong"


# Zero slopes


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-9])
def test_constant_functions_have_gradient_zero(value):
    """Zero is right for what never changes, anything else is not."""
    assert check_gradient(lambda w: value, np.zeros(3), W).verdict == "ok"
    assert check_gradient(lambda w: value, np.array([0, 0, 1e-3]), W).verdict == "wrong"


def test_an_unused_parameter_has_gradient_zero():
    """The others decide; a slope claimed for the unused one is wrong."""

    def partly(w):
        return math.exp(w[0])

    assert check_gradient(partly, [math.exp(0.5), 0.0], [0.5, 2.0]).verdict == "ok"
    assert check_gradient(partly, [math.exp(0.5), 1e-6], [0.5, 2.0]).verdict == "wrong"


@pytest.mark.parametrize(
    ("still", "at"),
    [
        (lambda w: (w - 3) ** 2 + 1, 3.0),
        (lambda w: float(np.cos(w)), 0.0),
        (lambda w: math.cos(w - 0.1), 0.1),
        (lambda w: w**2, 0.0),
        (lambda w: w**4 - 2 * w**2, 1.0),
    ],
)
def test_a_right_zero_at_a_stationary_point_is_never_wrong(still, at):
    """Where zero cannot be told from a forgotten term, the report says where to go."""
    report = check_gradient(still, 0.0, at)
    assert report.verdict != "wrong"
    if report.verdict == "cannot_tell":
        assert "away from saturation and from points where the gradient is 0" in str(report)
    assert check_gradient(still, 0.1, at).verdict == "wrong"


@pytest.mark.parametrize("z", [37.0, 60.0, 300.0, 800.0, 1e4])
@pytest.mark.parametrize("target", [0.3, 1.0])
def test_zero_in_deep_saturation_is_never_ok(z, target):
    """Whether a unit is saturated or its term forgotten cannot be seen; never a pass."""

    def loss(w):
        return 0.5 * (sigmoid(w[0] * w[1]) - target) ** 2

    def float_loss(w):
        return float(loss(w))

    for function in (loss, float_loss):
        for w in ([z, 1.0], [z / 5, 5.0]):
            assert check_gradient(function, [0.0, 0.0], w).verdict != "ok"


def test_an_underflowed_slope_beside_a_live_one_is_not_ok():
    """The complex step gives exactly 0 for a saturated unit; that is no proof."""

    def loss(w):
        return sigmoid(w[0]) + w[1] ** 2

    report = check_gradient(loss, [0.0, 2.0], [800.0, 1.0])
    assert [entry.verdict for entry in report.entries] == ["cannot_tell", "ok"]


def test_a_dead_relu_is_ok_where_complex_numbers_prove_it():
    """Its slope is exactly 0, with all parameters scaled down as well."""

    def loss(w):
        return np.maximum(w[0], 0) + np.exp(w[1])

    assert check_gradient(loss, [0.0, math.exp(1.0)], [-3.0, 1.0]).verdict == "ok"


# Gradients that are no numbers


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_is_wrong(bad):
    """NaN and infinities are named with their entry."""
    spoiled = grad(W)
    spoiled[1] = bad
    report = check_gradient(f, spoiled, W)
    assert [entry.path for entry in report.entries_that_are("wrong")] == ["w[1]"]
    assert f"w[1]: yours {bad:g}" in str(report)


# The complex step and where it lies

UNSAFE = {
    "np.abs": lambda w: (np.abs(w) * w**2).sum(),
    "norm": lambda w: np.linalg.norm(w) ** 3,
    "float()": lambda w: sum(float(v) ** 3 for v in w),
    "buffer": lambda w: _in_buffer(w),
    "astype": lambda w: (w.astype(float) ** 3).sum(),
    "conj": lambda w: ((w * np.conj(w)) ** 2).sum().real,
    "math": lambda w: sum(math.sin(v) for v in w),
    "real part": lambda w: (np.real(w) ** 3).sum(),
    "abs on one": lambda w: w[0] ** 2 + w[2] ** 2 + np.abs(w[1]) ** 3,
    "small abs": lambda w: w[0] ** 2 + w[2] ** 2 + 1e-8 * np.abs(w[1]),
    "tiny abs": lambda w: 1e3 * w[0] ** 2 + w[2] ** 2 + 1e-8 * np.abs(w[1]),
    "smaller part": lambda w: w[0] ** 2 + w[2] ** 2 + w[1] ** 2 + 1e-7 * np.abs(w[1]),
}
RIGHT = {
    "np.abs": lambda w: 3 * w * np.abs(w),
    "norm": lambda w: 3 * np.linalg.norm(w) * w,
    "float()": lambda w: 3 * w**2,
    "buffer": lambda w: 3 * w**2,
    "astype": lambda w: 3 * w**2,
    "conj": lambda w: 4 * w**3,
    "math": np.cos,
    "real part": lambda w: 3 * w**2,
    "abs on one": lambda w: np.array([2 * w[0], 3 * w[1] * abs(w[1]), 2 * w[2]]),
    "small abs": lambda w: np.array([2 * w[0], 1e-8 * np.sign(w[1]), 2 * w[2]]),
    "tiny abs": lambda w: np.array([2e3 * w[0], 1e-8 * np.sign(w[1]), 2 * w[2]]),
    "smaller part": lambda w: 2 * w + np.array([0, 1e-7 * np.sign(w[1]), 0]),
}


def _in_buffer(w):
    out = np.zeros(len(w))
    out[:] = w**3
    return out.sum()


@pytest.mark.parametrize("name", UNSAFE)
def test_code_unsafe_for_complex_numbers_ends_in_ridders(name):
    """Silently dropped imaginary parts do not make a right gradient wrong, nor hide a zero."""
    report = check_gradient(UNSAFE[name], RIGHT[name], W)
    assert (report.verdict, report.method) == ("ok", "ridders") or name == "smaller part"
    assert report.verdict == "ok"
    for at in range(3):
        spoiled = np.array(RIGHT[name](W))
        spoiled[at] = 0.0
        report = check_gradient(UNSAFE[name], spoiled, W)
        assert [entry.path for entry in report.entries_that_are("wrong")] == [f"w[{at}]"]


@pytest.mark.parametrize(
    "safe",
    [
        lambda w: (w**3).sum(),
        lambda w: np.where(w.real > 0, w**3, w**3).sum(),
        lambda w: (w * np.maximum(w, -10) ** 2).sum(),
        lambda w: np.tanh(w).sum() * 0 + (w @ (w * w)),
    ],
)
def test_code_safe_for_complex_numbers_keeps_the_complex_step(safe):
    """Its accuracy is 1e-9: an error of 1e-8 is found."""
    report = check_gradient(safe, 3 * W**2, W)
    assert (report.verdict, report.method) == ("ok", "complex-step")
    assert check_gradient(safe, 3 * W**2 * (1 + 1e-8), W).verdict == "wrong"


# Options


def test_rtol_sets_the_relative_tolerance():
    """An error of 1e-4 passes at 1e-3 and fails at 1e-5."""
    assert check_gradient(f, grad(W) * (1 + 1e-4), W, rtol=1e-3).verdict == "ok"
    assert check_gradient(f, grad(W) * (1 + 1e-4), W, rtol=1e-5).verdict == "wrong"


def test_the_plain_form_allows_for_the_digits_it_loses():
    """a·(1 − a) is far off in saturation: told with the plain form, vague or stricter without."""
    w, x, t = (8.5, 0.7), 2.0, 0.2

    def loss(w):
        return 0.5 * (sigmoid(w[1] * sigmoid(w[0] * x)) - t) ** 2

    def plain(w):
        a = sigmoid(w[0] * x)
        y = sigmoid(w[1] * a)
        return (y - t) * y * (1 - y) * w[1] * a * (1 - a) * x, (y - t) * y * (1 - y) * a

    for form in (plain, plain(w)):
        report = check_gradient(loss, plain, w, plain=form)
        assert report.verdict == "ok"
        assert check_gradient(loss, [1.01 * g for g in plain(w)], w, plain=form).verdict == "wrong"
    without = check_gradient(loss, plain, w)
    assert without.verdict != "wrong"
    assert all(
        a.tolerance <= b.tolerance for a, b in zip(report.entries, without.entries, strict=True)
    )


def test_a_plain_form_of_another_structure_is_the_callers_mistake():
    """It raises, as no verdict on the gradient follows from it."""
    with pytest.raises(TypeError, match="plain has shape"):
        check_gradient(f, grad, W, plain=np.zeros(2))


def test_the_same_seed_gives_the_same_report():
    """Reports are equal, and their texts; another seed changes no verdict."""
    spoiled = grad(W) * np.array([1, 2, 1])
    for gradient in (grad(W), spoiled):
        one = check_gradient(f, gradient, W, seed=4)
        two = check_gradient(f, gradient, W, seed=4)
        other = check_gradient(f, gradient, W, seed=5)
        assert one == two
        assert str(one) == str(two)
        assert one.verdict == other.verdict
        assert one.seed == 4
        assert "seed 4" in str(one)


# assert_gradient


def test_assert_gradient_returns_the_report_or_raises_it():
    """Wrong and "cannot tell" both fail, with the report's text."""
    assert assert_gradient(f, grad, W).verdict == "ok"
    with pytest.raises(GradcheckFailure, match=r"gradient is wrong in 3 of 3") as caught:
        assert_gradient(f, 2 * grad(W), W)
    assert str(check_gradient(f, 2 * grad(W), W)) == str(caught.value)
    with pytest.raises(GradcheckFailure, match="not possible to judge"):
        assert_gradient(lambda w: sigmoid(w), 0.0, 60.0)


# Reports


def test_a_report_names_the_exact_entry_with_both_values():
    """Index, own value, numerical value and tolerance, and nothing about right entries."""
    M = np.arange(1.0, 13.0).reshape(4, 3)
    spoiled = 3 * M**2
    spoiled[2, 1] = 5.0
    text = str(check_gradient(lambda weights: (weights**3).sum(), spoiled, M))
    assert "gradient is wrong in 1 of 12 entries" in text
    assert "weights[2, 1]: yours 5, numerical 192 ± " in text
    assert "tolerance" in text
    assert text.count("yours") == 1


@pytest.mark.parametrize("factor", [2.0, 0.5, -1.0, 32.0, 0.25])
def test_a_common_factor_is_named(factor):
    """All wrong entries by the same factor: that is the pattern."""
    assert f": wrong ones are {factor:g} times the numerical value" in str(
        check_gradient(f, factor * grad(W), W)
    )


def test_zeros_are_a_pattern_of_their_own():
    """Forgotten blocks read "all 0"."""
    assert "wrong ones are all 0" in str(check_gradient(f, np.zeros(3), W))


def test_different_factors_are_no_pattern():
    """Nothing is made up where there is nothing in common."""
    text = str(check_gradient(f, grad(W) * [2, 3, 4], W))
    assert "times" not in text
    assert "all 0" not in text
    assert "times" not in str(check_gradient(f, grad(W) * [2, math.nan, 2], W))


def test_at_most_five_entries_are_shown_the_worst_first():
    """The worst is the first line; the headline has the count."""
    M = np.linspace(0.5, 2.0, 60)
    error = np.full(60, 1e-5)
    error[37] = 1.0
    text = str(check_gradient(lambda w: (w**3).sum(), 3 * M**2 + error, M))
    assert "wrong in 60 of 60" in text
    assert text.count("yours") <= 5
    assert text.splitlines()[1].startswith("  w[37]: ")


def test_every_report_stays_below_600_characters():
    """Long paths, many wrong entries and many notes together."""
    long = "layer/" * 60
    params = {long + str(k): np.arange(1, 30) for k in range(6)}

    def loss(parameters_of_the_network):
        return sum((np.abs(part) * part**2).sum() for part in parameters_of_the_network.values())

    reports = [
        check_gradient(loss, {k: 2.0 * v for k, v in params.items()}, params),
        check_gradient(loss, {k: 3.0 * v**2 for k, v in params.items()}, params),
        check_gradient(loss, {long: 1}, params),
        check_gradient(loss, lambda w: 3, params),
        check_gradient(
            lambda w: 0.5 * sum(sigmoid(v).sum() for v in w.values()),
            {k: 0.0 * v for k, v in params.items()},
            {k: 50.0 * v for k, v in params.items()},
        ),
    ]
    assert {r.verdict for r in reports} == {"ok", "wrong", "cannot_tell"}
    for report in reports:
        assert len(str(report)) < 600
        assert str(report).startswith("gradient is ")
    shown = str(reports[0]).splitlines()[1]
    assert "]: yours " in shown
    assert "tolerance" in shown


def test_a_right_report_says_so_in_one_line():
    """Verdict, size, method, cost and seed."""
    report = check_gradient(f, grad, W)
    assert str(report) == (
        f"gradient is right in all 3 entries (complex-step, {report.evaluations} evaluations, "
        "seed 0)"
    )


def test_a_report_without_a_verdict_says_what_to_do():
    """Saturation: smaller parameters."""
    text = str(check_gradient(lambda w: sigmoid(w), 0.0, 60.0))
    assert "not possible to judge in 1 of 1 entries" in text
    assert "try smaller parameters, away from saturation" in text


# Random smooth functions

SIZES = st.floats(0.2, 2.0)
SIGNED = st.tuples(SIZES, st.sampled_from([-1.0, 1.0])).map(lambda pair: pair[0] * pair[1])
TERMS = {
    "sin": (np.sin, np.cos),
    "exp": (lambda x: np.exp(0.5 * x), lambda x: 0.5 * np.exp(0.5 * x)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "cubic": (lambda x: x + 0.3 * x**3, lambda x: 1 + 0.9 * x**2),
}


@st.composite
def problems(draw):
    """Draw a sum of products of two terms, its gradient, and a point of any structure."""
    n = draw(st.integers(1, 6))
    point = np.array(draw(st.lists(SIGNED, min_size=n, max_size=n)))
    names = st.sampled_from(sorted(TERMS))
    position = st.integers(0, n - 1)
    parts = draw(
        st.lists(st.tuples(SIGNED, names, position, names, position), min_size=1, max_size=5)
    )
    forced = draw(st.booleans())
    structure = draw(st.sampled_from(["array", "list", "dict", "matrix"]))

    def value(x):
        total = sum(c * TERMS[a][0](x[i]) * TERMS[b][0](x[j]) for c, a, i, b, j in parts)
        return float(total) if forced else total

    def gradient(x):
        result = np.zeros(n)
        for c, a, i, b, j in parts:
            result[i] += c * TERMS[a][1](x[i]) * TERMS[b][0](x[j])
            result[j] += c * TERMS[a][0](x[i]) * TERMS[b][1](x[j])
        return result

    pack, unpack = {
        "array": (lambda x: x, lambda p: p),
        "list": (lambda x: list(map(float, x)), lambda p: p),
        "dict": (lambda x: {"a": x[:1], "b": x[1:]}, lambda p: np.concatenate([p["a"], p["b"]])),
        "matrix": (lambda x: x.reshape(1, n), lambda p: p[0]),
    }[structure]
    return lambda p: value(unpack(p)), pack, point, gradient(point)


@settings(max_examples=150)
@given(problems())
def test_right_gradients_of_random_functions_are_never_wrong(problem):
    """Whatever the structure and the oracle."""
    value, pack, point, gradient = problem
    report = check_gradient(value, pack(gradient), pack(point))
    assert report.verdict != "wrong", str(report)


@settings(max_examples=150)
@given(problems(), st.data())
def test_one_entry_off_by_one_percent_is_never_ok(problem, data):
    """Whichever entry it is, as long as there is something to be off from."""
    value, pack, point, gradient = problem
    at = data.draw(st.integers(0, len(point) - 1))
    if abs(gradient[at]) < 1e-9:
        return
    gradient[at] *= 1.01
    assert check_gradient(value, pack(gradient), pack(point)).verdict != "ok"
