"""Parameters of any structure are moved entry by entry and named as a caller writes them."""

import functools
from collections import OrderedDict, namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from gradcheck_kit import check_gradient
from gradcheck_kit.numerics.parameters import EPS, Parameters, coarsest_eps, parameter_name

Pair = namedtuple("Pair", ["w", "b"])
MATRIX = np.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.6]])


def leaves(params):
    if isinstance(params, dict):
        params = list(params.values())
    if isinstance(params, tuple | list):
        return [leaf for item in params for leaf in leaves(item)]
    return [params]


def cubes(params):
    return sum((np.asarray(leaf) ** 3).sum() for leaf in leaves(params))


def like(params, function):
    """Apply a function to every leaf of a structure."""
    if isinstance(params, dict):
        return {key: like(value, function) for key, value in params.items()}
    if isinstance(params, list):
        return [like(value, function) for value in params]
    if isinstance(params, tuple):
        items = [like(value, function) for value in params]
        return params._make(items) if hasattr(params, "_make") else tuple(items)
    return function(params)


def slope(leaf):
    return 3 * leaf**2


STRUCTURES = {
    "array": (MATRIX, "params[1, 2]"),
    "number": (0.7, "params"),
    "numpy number": (np.float64(0.7), "params"),
    "0-d array": (np.array(0.7), "params"),
    "vector": (np.array([0.2, 0.9]), "params[1]"),
    "tuple": ((0.3, MATRIX), "params[1][1, 2]"),
    "list": ([MATRIX, 0.3], "params[1]"),
    "named tuple": (Pair(MATRIX, 0.4), "params[1]"),
    "dict": ({"w": MATRIX, "b": 0.4}, 'params["b"]'),
    "ordered dict": (OrderedDict(w=MATRIX), 'params["w"][1, 2]'),
    "nested": ({"hidden": {"W": MATRIX, 3: [0.2, 0.4]}}, 'params["hidden"][3][1]'),
    "Korean key": ({"가중치": np.array([0.3])}, 'params["가중치"][0]'),
    "quote in a key": ({'a"b': np.array([0.3])}, 'params["a\\"b"][0]'),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_structure_is_checked_entry_by_entry(name):
    """A right gradient is ok; with the last entry off by 1 %, that entry alone is named."""
    params, last = STRUCTURES[name]
    report = check_gradient(cubes, lambda p: like(p, slope), params)
    assert report.verdict == "ok"
    assert report.entries[-1].path == last

    size = report.size

    def spoiled(p):
        seen = 0

        def one(leaf):
            nonlocal seen
            right = np.array(slope(leaf))
            seen += right.size
            if seen == size:
                right[(-1,) * right.ndim] *= 1.01
            return right if isinstance(leaf, np.ndarray) else float(right)

        return like(p, one)

    report = check_gradient(cubes, spoiled, params)
    assert [entry.path for entry in report.entries_that_are("wrong")] == [last]


def test_the_function_gets_the_structure_it_was_given():
    """Named tuples, dicts, lists and numbers arrive as such, in float64."""
    seen = []

    def f(p):
        seen.append(p)
        return cubes(p)

    params = (Pair(MATRIX, 1), {"a": [2.0, np.array(3)]})
    check_gradient(f, like(params, slope), params)
    first = seen[0]
    assert type(first) is tuple
    assert type(first[0]) is Pair
    assert type(first[0].b) is float
    assert first[0].w.dtype == np.float64
    assert not first[0].w.flags.writeable
    assert type(first[1]["a"]) is list
    assert first[1]["a"][1].shape == ()


def test_entries_carry_the_name_of_the_functions_own_parameter():
    """The path begins with what f calls its argument."""

    def f(weights, scale=1.0):
        return cubes(weights) * scale

    assert check_gradient(f, slope(MATRIX), MATRIX).entries[0].path == "weights[0, 0]"


class Model:
    def loss(self, theta):
        return cubes(theta)

    def __call__(self, theta):
        return cubes(theta)


def two(scale, theta):
    return scale * cubes(theta)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda w: w, "w"),
        (lambda *parts: parts, "params"),
        (Model().loss, "theta"),
        (Model(), "theta"),
        (functools.partial(two, 2.0), "theta"),
        (np.sin, "params"),
        (lambda 가중치: 가중치, "가중치"),
    ],
)
def test_the_name_is_found_where_there_is_one(f, name):
    """Methods, callable objects and partials name their argument, ufuncs do not."""
    found = parameter_name(f)
    assert found == name or (f is np.sin and found in ("params", "x"))


@pytest.mark.parametrize("wrap", [float, np.float64, np.array, lambda v: np.array([v])])
def test_a_loss_may_be_any_kind_of_number(wrap):
    """Python floats, 0-d arrays and arrays of one entry are numbers."""
    assert check_gradient(lambda w: wrap(w**3), 3 * 0.7**2, 0.7).verdict == "ok"
    assert check_gradient(lambda w: wrap(w**3), 0.7**2, 0.7).verdict == "wrong"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, np.uint8, np.bool_, object])
def test_other_number_types_are_taken_as_float64_with_a_note(dtype):
    """Steps are not truncated: the gradient is right, a wrong one is found, a note says so."""
    params = np.array([1, 0, 1]).astype(dtype)
    params[0] = 1
    right = np.array([3.0, 0.0, 3.0]) + 1.0

    def f(w):
        assert w.dtype in (np.float64, np.complex128)
        return (w**3 + w).sum()

    report = check_gradient(f, right, params)
    assert report.verdict == "ok"
    assert any("taken as float64" in note for note in report.notes)
    assert check_gradient(f, 2 * right, params).verdict == "wrong"


def test_float64_parameters_get_no_note():
    """The note above is for other types only."""
    assert check_gradient(cubes, slope(MATRIX), MATRIX).notes == ()


@pytest.mark.parametrize("number", [3, True, Fraction(1, 3), Decimal("0.25"), 10**9, 2**70])
def test_numbers_that_are_no_floats_work(number):
    """Whole numbers, fractions and decimals are moved as floats."""
    report = check_gradient(lambda w: w * w, 2 * float(number), number)
    assert report.verdict == "ok"
    assert "taken as float64" in report.notes[0]


def test_integer_weights_do_not_become_integer_gradients():
    """zeros_like of an integer array truncates; float64 copies show the right gradient."""
    assert check_gradient(cubes, slope, np.array([1, 2])).verdict == "ok"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (np.array([1j]), "w is complex; check real and imaginary parts"),
        (1j, "w is complex"),
        ({"a": [np.array([1.0]), 2j]}, r'w\["a"\]\[1\] is complex'),
        (np.array([None]), "w is an array of object, not a number"),
        ({"b": None}, r'w\["b"\] is a NoneType, not a number'),
        ("0.5", "w is a str, not a number"),
        (np.array(["0.5"]), "w is an array of <U3, not a number"),
        ([{1, 2}], r"w\[0\] is a set, not a number"),
    ],
)
def test_what_is_no_real_number_is_refused_by_name(params, message):
    """The text says which parameter it is, and what it is."""
    with pytest.raises(TypeError, match=message):
        check_gradient(lambda w: 0.0, 0.0, params)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_parameters_that_are_not_finite_are_refused(bad):
    """There is no slope at infinity."""
    with pytest.raises(ValueError, match=r"w\[1\] is not finite"):
        check_gradient(lambda w: 0.0, 0.0, [1.0, bad])


@pytest.mark.parametrize(
    "arrange",
    [
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],
        lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
        lambda a: a.T.copy().T,
        lambda a: np.broadcast_to(a, (2, 2, 3)),
    ],
)
def test_the_order_in_memory_does_not_matter(arrange):
    """Transposed, reversed, strided and broadcast arrays keep their indices."""
    params = arrange(MATRIX)
    right = slope(params)
    assert check_gradient(cubes, right, params).verdict == "ok"
    wrong = np.array(right)
    wrong[..., 0, 2] += 1.0
    report = check_gradient(cubes, np.asfortranarray(wrong), params)
    assert all(e.path.endswith("0, 2]") for e in report.entries_that_are("wrong"))
    assert report.verdict == "wrong"


def test_read_only_parameters_stay_as_they_are():
    """They are read, and neither written to nor unlocked."""
    params = MATRIX.copy()
    params.flags.writeable = False
    assert check_gradient(cubes, slope, params).verdict == "ok"
    assert not params.flags.writeable
    np.testing.assert_array_equal(params, MATRIX)


@pytest.mark.parametrize("empty", [np.zeros((0, 3)), [], {}, (), [np.zeros(0)]])
def test_nothing_to_check_is_never_ok(empty):
    """Without any entry the verdict is "cannot tell", and the text says why."""
    report = check_gradient(lambda w: 1.0, empty, empty)
    assert report.verdict == "cannot_tell"
    assert "there are no parameters" in str(report)


def test_an_empty_array_beside_others_does_no_harm():
    """The entries after it keep their places."""
    params = [np.zeros((0, 2)), np.array([0.5, 2.0])]
    report = check_gradient(cubes, like(params, slope), params)
    assert report.verdict == "ok"
    assert [entry.path for entry in report.entries] == ["params[1][0]", "params[1][1]"]


def test_aliased_parameters_are_moved_apart_with_a_note():
    """The same array twice: each gets its own slope, and a note says so."""
    w = np.array([0.5, 2.0])
    tied = [w, w[::-1]]
    report = check_gradient(cubes, like(tied, slope), tied)
    assert report.verdict == "ok"
    assert any("share their memory" in note for note in report.notes)


def test_interleaved_views_and_copies_are_not_aliased():
    """Parameters that only lie in the same buffer, or are equal, get no note."""
    buffer = np.array([0.5, 2.0, 0.7, 0.1])
    params = [buffer[::2], buffer[1::2], buffer.copy()]
    assert check_gradient(cubes, like(params, slope), params).notes == ()


@pytest.mark.parametrize(
    ("grad", "problem"),
    [
        (None, "the gradient is None; is a return statement missing"),
        ({"w": MATRIX}, "the gradient lacks the key b"),
        ({"w": MATRIX, "b": 0.1, "c": 1}, "the gradient has a key that the parameters lack: c"),
        ((MATRIX, 0.1), "the gradient must be a dict, not 2 items; its keys: w, b"),
        ({"w": MATRIX.T, "b": 0.1}, r'gradient["w"] has shape (3, 2), but its parameter has'),
        ({"w": MATRIX[0], "b": 0.1}, r'gradient["w"] has shape (3,)'),
        ({"w": None, "b": 0.1}, 'gradient["w"] is None'),
        ({"w": "big", "b": 0.1}, 'gradient["w"] is <U3, not real numbers'),
        ({"w": MATRIX * 1j, "b": 0.1}, 'gradient["w"] is complex128, not real numbers'),
        ({"w": MATRIX, "b": [0.1, 0.2]}, r'gradient["b"] has shape (2,)'),
        ({"w": [[0.1], [0.2, 0.3]], "b": 1.0}, 'gradient["w"] is a list, not a number'),
    ],
)
def test_a_gradient_of_another_structure_is_wrong_and_says_where(grad, problem):
    """Missing keys, wrong shapes and kinds are named with their path."""
    report = check_gradient(lambda w: cubes(w), lambda w: grad, {"w": MATRIX, "b": 0.4})
    assert report.verdict == "wrong"
    assert problem in str(report)
    assert len(str(report)) < 600


def test_a_tuple_gradient_of_the_wrong_length_is_wrong():
    """One gradient too few is a matter of structure."""
    report = check_gradient(cubes, [MATRIX], [MATRIX, 0.3])
    assert "must be a tuple or list of 2 items, not 1 items" in report.problem


def test_lists_for_tuples_and_arrays_for_numbers_are_accepted():
    """What holds the numbers does not matter as long as each has its place."""
    params = (MATRIX, 0.3)
    assert check_gradient(cubes, [slope(MATRIX).tolist(), np.array([0.27])], params).verdict == "ok"


def test_named_arguments_have_no_common_name():
    """Items of a tuple of arguments are called by their own names."""
    parameters = Parameters((MATRIX, 0.5), names=["W", "b"])
    assert [parameters.entry_name(k) for k in (0, 5, 6)] == ["W[0, 0]", "W[1, 2]", "b"]
    assert parameters.flatten((MATRIX,), "the gradient") == (
        "the gradient must be a tuple or list of one item for each of W, b, not 1 items"
    )
    assert "the gradient of W has shape" in parameters.flatten((MATRIX.T, 0.5), "the gradient")
    with pytest.raises(IndexError):
        parameters.entry_name(7)


def test_flatten_and_build_are_inverse():
    """A structure built from its own vector is itself."""
    params = {"a": (MATRIX, [0.5]), "b": Pair(np.array(1.0), 2)}
    parameters = Parameters(params)
    np.testing.assert_array_equal(
        parameters.flatten(parameters.build(parameters.vector), ""), parameters.vector
    )


def test_built_arrays_are_independent_unless_owned():
    """Writable copies do not reach the vector they were made from."""
    parameters = Parameters(MATRIX)
    vector = parameters.vector.copy()
    parameters.build(vector, writable=True)[0, 0] = 99.0
    np.testing.assert_array_equal(vector, parameters.vector)
    assert np.shares_memory(parameters.build(vector, owned=True), vector)


def test_the_coarsest_type_sets_the_precision():
    """One float32 array among float64 ones counts; integers do not."""
    f32, f16 = np.zeros(1, np.float32), np.zeros(1, np.float16)
    assert coarsest_eps([1.0, 2, np.zeros(3), np.zeros(1, int)]) == EPS
    assert coarsest_eps({"a": (1.0, [f32])}) == float(np.finfo(np.float32).eps)
    assert coarsest_eps((f32, f16, None)) == float(np.finfo(np.float16).eps)
