"""Probe points show mistakes: every function is asked where a wrong answer differs."""

import itertools

import numpy as np
import pytest

from gradcheck_kit.numerics.compare import wrong_entries
from gradcheck_kit.numerics.curves import Curve
from gradcheck_kit.problems import get_problem, network, problem_names

FUNCTIONS = [
    (name, function.name) for name in problem_names() for function in get_problem(name).functions
]
BATCH = [(name, function) for name, function in FUNCTIONS if name == "batch"]
OF_WEIGHTS = [(name, f) for name, f in FUNCTIONS if f in ("forward", "backward", "train")]
SEEDS = (0, 1, 2, 17)
ENOUGH = 8
TELLING = 1e-6


def points_of(problem, name, seed=0):
    found = get_problem(problem)
    return found.points(found.function(name), seed)


def named(problem, name, arguments):
    return dict(zip(get_problem(problem).function(name).parameters, arguments, strict=True))


def key(value):
    """Return something that is equal for equal arguments, types and arrays included."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, tuple | list):
        return tuple(map(key, value))
    return (type(value), value)


def numbers(value):
    if isinstance(value, Curve):
        return list(value.coefficients)
    return np.ravel(value).tolist()


def is_whole(value):
    return type(value) is int or (isinstance(value, np.ndarray) and value.dtype.kind == "i")


def telling(problem, name, points):
    """Return for each return of a function at how many of the points it is not near 0."""
    function = get_problem(problem).function(name)
    counts = [0] * len(function.returns)
    for arguments in points:
        got = function.reference(*arguments)
        for at, value in enumerate([got] if len(counts) == 1 else got):
            counts[at] += bool(np.max(np.abs(value), initial=0.0) >= TELLING)
    return counts


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_a_seed_fixes_the_points(problem, name):
    """The same seed gives the same points, another seed others."""
    assert key(points_of(problem, name, 5)) == key(points_of(problem, name, 5))
    drawn = [key(points_of(problem, name, seed)) for seed in range(6)]
    assert len(set(drawn)) == 6


def test_functions_do_not_share_their_randomness():
    """Two functions with the same kind of points get different ones for one seed."""
    assert key(points_of("warmup", "df_dx", 3)) != key(points_of("warmup", "df_dy", 3))
    assert key(points_of("batch", "sigmoid", 3)) != key(points_of("batch", "sigmoid_prime", 3))


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_returning_zeros_earns_nothing(problem, name):
    """For every return at least 8 right values are 1e-6 or larger, whatever the seed."""
    for seed in SEEDS:
        assert min(telling(problem, name, points_of(problem, name, seed))) >= ENOUGH


def test_points_in_saturation_would_not_be_enough():
    """The count above can fail: deep in saturation right gradients look like zeros."""
    assert telling("network", "backward", [(2.0, 0.7, 120.0, -250.0)] * 9)[0] < ENOUGH


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_the_first_point_is_simple(problem, name):
    """The point that is shown first has small numbers with few digits, and no extremes."""
    function = get_problem(problem).function(name)
    for seed in SEEDS:
        first = points_of(problem, name, seed)[0]
        values = list(itertools.chain.from_iterable(map(numbers, first)))
        assert len(values) <= 14
        assert all(abs(value) <= 5 for value in values)
        assert all(round(value, 2) == value for value in values)
        assert function.extreme is None or not function.extreme(*first)


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_extreme_points_come_last(problem, name):
    """Where overflow is forgiven, every ordinary point has been tried before."""
    function = get_problem(problem).function(name)
    if function.extreme is None:
        return
    extremes = [function.extreme(*arguments) for arguments in points_of(problem, name)]
    assert any(extremes)
    assert sorted(extremes) == extremes


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_arguments_are_of_the_agreed_types(problem, name):
    """Scalar functions get floats and ints, batch functions 2-D arrays and a rate and steps."""
    for arguments in points_of(problem, name):
        for parameter, value in named(problem, name, arguments).items():
            if parameter in ("f_prime", "g", "g_prime"):
                assert type(value) is Curve
            elif parameter == "steps":
                assert type(value) is int
            elif problem == "batch" and parameter != "lr":
                assert type(value) is np.ndarray
                assert value.ndim == 2
                assert value.dtype.kind in "if"
                assert value.dtype.itemsize == 8 or value.dtype.kind == "i"
            else:
                assert type(value) in (int, float)


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_integers_are_among_the_arguments(problem, name):
    """Whole numbers come as ints, or as integer weights, and other points as floats."""
    if (problem, name) == ("batch", "loss"):
        return  # predictions are no whole numbers
    without = {"lr", "steps", "X", "Y_true", "f_prime", "g", "g_prime"}
    points = [
        [value for p, value in named(problem, name, arguments).items() if p not in without]
        for arguments in points_of(problem, name)
    ]
    assert any(any(map(is_whole, values)) for values in points)
    assert any(not any(map(is_whole, values)) for values in points)


@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_several_magnitudes_occur(problem, name):
    """The numbers of the points spread over a factor of ten at least."""
    values = [
        abs(number)
        for arguments in points_of(problem, name)
        for argument in arguments
        for number in numbers(argument)
        if number
    ]
    assert max(values) >= 10 * min(values)


@pytest.mark.parametrize(("problem", "name"), OF_WEIGHTS)
def test_no_argument_hides_a_mistake(problem, name):
    """Targets are never 0, and x and w2 are never 0 or 1."""
    for seed in SEEDS:
        for arguments in points_of(problem, name, seed):
            got = named(problem, name, arguments)
            assert np.all(got.get("y_true", got.get("Y_true", 1.0)) != 0)
            if problem == "network":
                assert got["x"] not in (0, 1)
                assert got["w2"] not in (0, 1)
                assert got["w1"] != 0
                assert got["w1"] != got["w2"]
            else:
                assert not np.all(got["W2"] == 1)
                assert not np.all(got["X"] == 1)


def test_most_points_keep_inputs_and_weights_apart():
    """x = w1, where the two are confused, is rare: it separates little."""
    for seed in SEEDS:
        points = points_of("network", "backward", seed)
        assert sum(x != w1 for x, _, w1, _ in points) >= len(points) - 1


@pytest.mark.parametrize("problem", ["network", "batch"])
def test_both_signs_of_the_error_occur(problem):
    """Predictions above and below the target both occur, in backward and in loss."""
    found = get_problem(problem)
    for seed in SEEDS:
        errors = []
        for x, y_true, w1, w2 in points_of(problem, "backward", seed):
            y_pred = found.function("forward").reference(x, w1, w2)[3]
            errors += np.ravel(y_pred - y_true).tolist()
        assert min(errors) < -0.1
        assert max(errors) > 0.1
        losses = [np.ravel(p - t).tolist() for p, t in points_of(problem, "loss", seed)]
        assert min(map(min, losses)) < -0.1
        assert max(map(max, losses)) > 0.1


def test_signs_of_weights_and_inputs_vary():
    """Every sign pattern of x and w2 occurs, so that abs and flipped signs show."""
    for seed in SEEDS:
        signs = {(x > 0, w2 > 0) for x, _, _, w2 in points_of("network", "backward", seed)}
        assert len(signs) == 4


def rounding_shows(function, points):
    """Return for each return whether rounding it to 6 decimals is wrong at one of the points."""
    shown = [False] * len(function.returns)
    for arguments in points:
        right = function.reference(*arguments)
        for at, value in enumerate(right if len(shown) > 1 else [right]):
            entry = function.returns[at]
            scale = entry.scale(*arguments) if entry.scale else 1.0
            shown[at] |= bool(np.any(wrong_entries(np.round(value, 6), value, scale)))
    return shown


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("problem", "name"), FUNCTIONS)
def test_rounding_shows_in_every_return(problem, name, seed):
    """Arguments of few digits would hide it where a product of two has no more than 6."""
    function = get_problem(problem).function(name)
    assert all(rounding_shows(function, points_of(problem, name, seed)))


def test_arguments_of_few_digits_hide_rounding():
    """The test above can fail: z1 = w1·x has 6 decimals here."""
    function = get_problem("network").function("forward")
    assert rounding_shows(function, [(1.234, 0.567, 1.5), (-2.005, 1.771, -0.5)])[0] is False


@pytest.mark.parametrize(("problem", "name"), BATCH)
def test_batch_shapes_are_of_every_kind(problem, name):
    """Square and not, one row and one column; results of one shape occur twice."""
    all_shapes = []
    for arguments in points_of(problem, name):
        all_shapes.append(tuple(map(np.shape, arguments)))
    first = [shapes[0] for shapes in all_shapes]
    assert any(rows == columns > 1 for rows, columns in first)
    assert any(rows > columns > 1 or columns > rows > 1 for rows, columns in first)
    assert any(rows == 1 < columns for rows, columns in first)
    assert any(columns == 1 < rows for rows, columns in first)
    # A shared buffer shows where two results have one shape; all losses have the same.
    assert len(set(all_shapes)) < len(all_shapes) or name == "loss"


@pytest.mark.parametrize("name", ["forward", "backward", "train"])
def test_batch_sizes_differ_somewhere(name):
    """One point has n, d, h and k all different, so that no two axes can be confused."""
    sizes = []
    for arguments in points_of("batch", name):
        got = named("batch", name, arguments)
        sizes.append({len(got["X"]), *got["W1"].shape, got["W2"].shape[1]})
    assert max(map(len, sizes)) == 4


def mixes_nothing_up(f_prime, g, g_prime, x):
    """Tell whether f'(g(x)), f'(x), g(x) and g'(x) differ pairwise."""
    values = [f_prime(g(x)), f_prime(x), g(x), g_prime(x)]
    return all(
        abs(one - other) > 1e-3 * max(abs(one), abs(other))
        for one, other in itertools.combinations(values, 2)
    )


@pytest.mark.parametrize("seed", range(8))
def test_chain_rule_points_tell_the_mixtures_apart(seed):
    """At every drawn point, and the first, a value taken for another shows."""
    first, _second, *drawn = points_of("warmup", "chain_rule", seed)
    assert all(mixes_nothing_up(*arguments) for arguments in (first, *drawn))


def test_chain_rule_has_no_point_that_hides_a_mixture():
    """At the points that are always there, too."""
    assert all(mixes_nothing_up(*arguments) for arguments in points_of("warmup", "chain_rule"))


def test_a_straight_line_hides_where_its_slope_was_taken():
    """The demand above can fail: f' is the same everywhere."""
    line, square = Curve("polynomial", (1.0, 3.0)), Curve("polynomial", (0.0, 0.0, 1.0))
    assert not mixes_nothing_up(line.derivative(), square, square.derivative(), 3)
    assert mixes_nothing_up(square.derivative(), line, line.derivative(), 2)


@pytest.mark.parametrize("seed", range(8))
def test_chain_rule_points_are_of_several_kinds(seed):
    """Polynomials alone would let a learner differentiate by hand."""
    points = points_of("warmup", "chain_rule", seed)
    assert len({curve.kind for arguments in points for curve in arguments[:3]}) >= 2
    assert all(g_prime == g.derivative() for _, g, g_prime, _ in points)
    assert all(f_prime.order == 1 for f_prime, *_ in points)


def test_z_points_reach_the_extremes():
    """σ is asked at 0, on both sides, and where plain formulas overflow."""
    for name in ("sigmoid", "sigmoid_prime"):
        scalars = [z for (z,) in points_of("network", name)]
        assert 0.0 in scalars
        assert min(scalars) == -800.0
        assert max(scalars) == 800.0
        matrices = [z for (z,) in points_of("batch", name)]
        assert min(z.min() for z in matrices) == -800.0
        assert max(z.max() for z in matrices) == 800.0


@pytest.mark.parametrize(
    ("z", "extreme"),
    [(0.0, False), (300, False), (-300.0, False), (300.1, True), (-801, True)],
)
def test_extreme_begins_beyond_300(z, extreme):
    """300 is ordinary, more is extreme, and one entry of a matrix is enough."""
    assert network.extreme_z(z) is extreme
    assert network.extreme_z(np.array([[0.0, 1.0], [z, 2.0]])) is extreme


def test_points_are_fresh_every_time():
    """Writing into the arrays of one list does not change the next."""
    first = points_of("batch", "backward", 3)
    before = key(first)
    for matrix in itertools.chain.from_iterable(first):
        matrix[...] = 0
    assert key(points_of("batch", "backward", 3)) == before
