"""The references are the lesson's formulas: right, stable, and the same as the solutions."""

import math
import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck_kit.numerics.curves import Curve
from gradcheck_kit.numerics.differentiate import numerical_gradient
from gradcheck_kit.problems import batch, get_problem, network, problem_names, warmup
from gradcheck_kit.strategies import batches, points

FUNCTIONS = [
    (name, function.name) for name in problem_names() for function in get_problem(name).functions
]
FAR = st.floats(-1000.0, 1000.0) | st.sampled_from([0.0, -0.0, 36.7, 709.8, -745.2, 1000.0])
RATES = st.floats(0.01, 5.0)


def assert_same(got, reference):
    """Compare numbers, arrays and sequences of them, in structure and to the last digits."""
    if isinstance(reference, tuple | list):
        assert type(got) is type(reference)
        assert len(got) == len(reference)
        for one, other in zip(got, reference, strict=True):
            assert_same(one, other)
    else:
        assert np.shape(got) == np.shape(reference)
        np.testing.assert_allclose(got, reference, rtol=1e-11, atol=1e-15)


def copies(arguments):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]


def exact_sigmoid(z):
    """Return σ(z) and σ'(z), rounded from 60 digits."""
    with localcontext() as context:
        context.prec = 60
        s, other = 1 / (1 + (-Decimal(z)).exp()), 1 / (1 + Decimal(z).exp())
        return float(s), float(s * other)


def is_exact(got, exact):
    # Below the smallest normal number there are fewer digits to have.
    return abs(got - exact) <= 1e-14 * exact + 1e-307


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_references_equal_the_solutions_at_the_probe_points(problem, name, solutions):
    """Package and lesson agree where learners are judged."""
    found = get_problem(problem)
    function = found.function(name)
    for seed in (0, 1, 2):
        for arguments in found.points(function, seed):
            reference = function.reference(*copies(arguments))
            assert_same(getattr(solutions[problem], name)(*copies(arguments)), reference)


@given(points(inputs=5.0, weights=8.0), RATES, st.integers(0, 4))
def test_network_references_equal_the_solutions(solutions, point, lr, steps):
    """Package and lesson agree on scalar networks of all kinds."""
    lesson = solutions["network"]
    x, y_true, w1, w2 = point
    z = w1 * x
    assert_same(network.sigmoid(z), lesson.sigmoid(z))
    assert_same(network.sigmoid_prime(z), lesson.sigmoid_prime(z))
    assert_same(network.forward(x, w1, w2), lesson.forward(x, w1, w2))
    assert_same(network.loss(w2, y_true), lesson.loss(w2, y_true))
    assert_same(network.backward(*point), lesson.backward(*point))
    assert_same(network.update(w1, w2, lr), lesson.update(w1, w2, lr))
    assert_same(network.train(*point, lr, steps), lesson.train(*point, lr, steps))


@given(st.booleans().flatmap(lambda whole: batches(integer_weights=whole)), RATES)
def test_batch_references_equal_the_solutions(solutions, point, lr):
    """Package and lesson agree on batches of all shapes, integer weights too."""
    lesson = solutions["batch"]
    X, Y_true, W1, W2 = point
    assert_same(batch.sigmoid(X), lesson.sigmoid(X))
    assert_same(batch.sigmoid_prime(X), lesson.sigmoid_prime(X))
    assert_same(batch.forward(X, W1, W2), lesson.forward(X, W1, W2))
    assert_same(batch.loss(2 * Y_true, Y_true), lesson.loss(2 * Y_true, Y_true))
    assert_same(batch.backward(*point), lesson.backward(*point))
    assert_same(batch.update(W1, 0.3 * W1, lr), lesson.update(W1, 0.3 * W1, lr))
    assert_same(batch.train(*point, lr, 2), lesson.train(*point, lr, 2))


@given(points(), st.floats(-9.0, 9.0), st.floats(-9.0, 9.0))
def test_warmup_references_equal_the_solutions(solutions, point, x, y):
    """Package and lesson agree on the warm-ups."""
    lesson = solutions["warmup"]
    assert warmup.df_dx(x, y) == pytest.approx(lesson.df_dx(x, y), rel=1e-14)
    assert warmup.df_dy(x, y) == pytest.approx(lesson.df_dy(x, y), rel=1e-14, abs=1e-14)
    f, g = Curve("sin", (1.0, point.w1, 0.3)), Curve("exp", (point.w2, 0.5))
    arguments = f.derivative(), g, g.derivative(), point.x
    assert_same(warmup.chain_rule(*arguments), lesson.chain_rule(*arguments))


@given(points())
def test_a_wrong_gradient_is_not_the_solution(solutions, point):
    """The comparison can fail: without its last link grad_w1 is another number."""
    x, y_true, w1, w2 = point
    right = solutions["network"].backward(x, y_true, w1, w2)[0]
    with pytest.raises(AssertionError):
        assert_same(right / x, network.backward(x, y_true, w1, w2)[0])


@given(FAR)
def test_sigmoid_is_exact_and_silent_up_to_1000(z):
    """σ and σ' have all their digits out to |z| = 1000, and no warning or error comes."""
    sigmoid, slope = exact_sigmoid(z)
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        assert is_exact(network.sigmoid(z), sigmoid)
        assert is_exact(network.sigmoid_prime(z), slope)
        matrix = np.array([[z, 0.5], [-z, 2.0]])
        assert is_exact(batch.sigmoid(matrix)[0, 0], sigmoid)
        assert is_exact(batch.sigmoid_prime(matrix)[0, 0], slope)
        assert is_exact(network.sigmoid(matrix)[0, 0], sigmoid)
        assert is_exact(network.sigmoid_prime(matrix)[0, 0], slope)


def test_the_textbook_formula_is_not_stable():
    """The demands above can fail: the plain formulas overflow and lose digits."""
    with pytest.raises(OverflowError):
        1 / (1 + math.exp(800.0))
    s = 1 / (1 + math.exp(-30.0))
    assert not is_exact(s * (1 - s), exact_sigmoid(30.0)[1])


@given(FAR, FAR, st.floats(0.1, 0.9))
def test_the_whole_network_is_silent_up_to_1000(z1, z2, y_true):
    """Forward, loss, backward and train stay finite and silent deep in saturation."""
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        y_pred = network.forward(1.0, z1, z2)[3]
        assert 0.0 <= y_pred <= 1.0
        values = [*network.backward(1.0, y_true, z1, z2), network.loss(y_pred, y_true)]
        assert all(map(math.isfinite, values))
        W1, W2 = np.array([[z1]]), np.array([[z2]])
        W1, W2, losses = batch.train(np.ones((1, 1)), np.array([[y_true]]), W1, W2, 1.0, 2)
        assert np.isfinite([*W1.ravel(), *W2.ravel(), *losses]).all()


def test_the_worked_example_has_the_known_values():
    """x = 2, y_true = 0.8, w1 = 0.5, w2 = −1.5, worked out with 40 digits elsewhere."""
    z1, a1, z2, y_pred = network.forward(2.0, 0.5, -1.5)
    assert z1 == 1.0
    assert a1 == pytest.approx(0.7310585786300048792511592, rel=1e-15)
    assert z2 == pytest.approx(-1.096587867945007318876739, rel=1e-15)
    assert y_pred == pytest.approx(0.2503797709599314122639591, rel=1e-15)
    assert network.loss(y_pred, 0.8) == pytest.approx(0.1510411980850287268679922, rel=1e-15)
    grad_w1, grad_w2 = network.backward(2.0, 0.8, 0.5, -1.5)
    assert grad_w1 == pytest.approx(0.06084632777519865528853089, rel=1e-14)
    assert grad_w2 == pytest.approx(-0.07541459829832801530125192, rel=1e-14)
    w1, w2, losses = network.train(2.0, 0.8, 0.5, -1.5, 0.5, 1)
    assert w1 == pytest.approx(0.5 - 0.5 * grad_w1, rel=1e-15)
    assert w2 == pytest.approx(-1.5 - 0.5 * grad_w2, rel=1e-15)
    assert losses == [network.loss(y_pred, 0.8)]


def test_small_examples_have_the_known_values():
    """Values that anybody can work out."""
    assert warmup.df_dx(2, 3) == 21
    assert warmup.df_dy(2, 3) == 16
    square, line = Curve("polynomial", (0.0, 0.0, 1.0)), Curve("polynomial", (1.0, 3.0))
    assert warmup.chain_rule(square.derivative(), line, line.derivative(), 2.0) == 42.0
    assert network.sigmoid(0) == 0.5
    assert network.sigmoid_prime(0) == 0.25
    assert network.sigmoid(math.log(3)) == pytest.approx(0.75, rel=1e-15)
    assert network.loss(0.75, 0.25) == 0.125
    assert network.update(0.5, 0.2, 0.1) == pytest.approx(0.48, rel=1e-15)
    two = batch.loss(np.array([[0.75], [0.2]]), np.array([[0.25], [0.9]]))
    assert two == pytest.approx((0.125 + 0.245) / 2, rel=1e-15)  # the mean over rows
    one = batch.loss(np.array([[0.75, 0.2]]), np.array([[0.25, 0.9]]))
    assert one == pytest.approx(0.125 + 0.245, rel=1e-15)  # the sum over outputs


@given(points())
def test_a_batch_of_one_is_the_scalar_network(point):
    """With every size 1 both levels give the same numbers."""
    X, Y_true, W1, W2 = (np.array([[value]]) for value in point)
    scalar = network.forward(point.x, point.w1, point.w2)
    assert_same([v.item() for v in batch.forward(X, W1, W2)], [*scalar])
    assert_same([v.item() for v in batch.backward(X, Y_true, W1, W2)], [*network.backward(*point)])


@given(points(weights=5.0))
def test_network_gradients_are_slopes_of_the_loss(point):
    """The reference gradient is the numerical derivative of the reference loss."""
    x, y_true, w1, w2 = point

    def of_weights(w1, w2):
        return network.loss(network.forward(x, w1, w2)[3], y_true)

    slopes = (
        numerical_gradient(lambda w: of_weights(w, w2), w1),
        numerical_gradient(lambda w: of_weights(w1, w), w2),
    )
    for gradient, slope in zip(network.backward(*point), slopes, strict=True):
        assert slope.error < 1e-8
        assert abs(gradient - slope.value) <= 3 * slope.error + 1e-7 * abs(gradient) + 1e-14
        assert abs(2 * gradient - slope.value) > 10 * slope.error  # a forgotten ½ is seen


@given(batches())
def test_batch_gradients_are_slopes_of_the_loss(point):
    """So is every entry of a batch gradient, whatever the shapes."""
    X, Y_true, W1, W2 = point

    def of_weights(W1, W2):
        return batch.loss(batch.forward(X, W1, W2)[3], Y_true)

    slopes = (
        numerical_gradient(lambda W: of_weights(W, W2), W1),
        numerical_gradient(lambda W: of_weights(W1, W), W2),
    )
    for gradient, slope in zip(batch.backward(*point), slopes, strict=True):
        assert gradient.shape == slope.value.shape
        bound = 3 * slope.error + 1e-7 * np.abs(gradient) + 1e-14
        assert (np.abs(gradient - slope.value) <= bound).all()


def test_gradients_at_the_probe_points_are_slopes_of_the_composed_loss():
    """Each declared objective composes forward and loss to what its gradient belongs to."""
    for name in ("network", "batch"):
        problem = get_problem(name)
        function = problem.function("backward")
        objective = function.objective
        forward = problem.function(objective.forward).reference
        loss = problem.function(objective.loss).reference
        for arguments in problem.points(function, 5)[:9]:

            def composed(*moved, objective=objective, forward=forward, loss=loss):
                out = forward(*objective.forward_arguments(*moved))
                return loss(*objective.loss_arguments(out, *moved))

            gradients = function.reference(*arguments)
            for entry, gradient in zip(function.returns, gradients, strict=True):
                at = function.parameters.index(entry.of)
                slope = numerical_gradient(
                    lambda w, at=at, arguments=arguments, composed=composed: composed(
                        *arguments[:at], w, *arguments[at + 1 :]
                    ),
                    arguments[at],
                )
                np.testing.assert_allclose(gradient, slope.value, rtol=1e-6, atol=1e-11)


@given(batches(integer_weights=True))
def test_references_do_not_write_into_what_they_get(point):
    """Read-only arrays are enough for every batch reference."""
    for matrix in point:
        matrix.flags.writeable = False
    X, Y_true, W1, W2 = point
    batch.train(X, Y_true, W1, W2, 0.5, 2)
    assert batch.update(W1, 0.5 * W1, 0.1) is not W1
    batch.loss(Y_true, Y_true)


def test_training_takes_both_gradients_before_either_weight_changes():
    """The order of the two updates matters, and the reference has the right one."""
    x, y_true, w1, w2 = 2.0, 0.8, 0.5, -1.5
    grad_w1, grad_w2 = network.backward(x, y_true, w1, w2)
    new_w2 = w2 - 5.0 * grad_w2
    late_grad_w1 = network.backward(x, y_true, w1, new_w2)[0]
    trained, _, _ = network.train(x, y_true, w1, w2, 5.0, 1)
    assert trained == pytest.approx(w1 - 5.0 * grad_w1, rel=1e-14)
    assert trained != pytest.approx(w1 - 5.0 * late_grad_w1, rel=1e-3)


def test_no_steps_change_nothing():
    """Zero steps return the weights and no losses."""
    assert network.train(2.0, 0.8, 0.5, -1.5, 5.0, 0) == (0.5, -1.5, [])
