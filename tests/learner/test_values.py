"""A snapshot holds plain values only, whatever the object that it was taken of says."""

import collections
import enum
import math
import types
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, scalar_dtypes

from gradcheck_kit.learner import wire
from gradcheck_kit.learner.values import (
    MAX_ARRAY_BYTES,
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_TEXT,
    Opaque,
    contains_array,
    is_snapshot,
    same,
    snapshot,
)


class ReachedError(Exception):
    """Raised by hostile objects when somebody runs their code."""


def trap(*_, **__):
    raise ReachedError


class LyingFloat(float):
    __float__ = __eq__ = __repr__ = __abs__ = __hash__ = __getattribute__ = trap
    real = property(trap)


class LyingInt(int):
    __int__ = __index__ = __eq__ = __lt__ = __le__ = __ge__ = __hash__ = __getattribute__ = trap


class LyingComplex(complex):
    real = imag = property(trap)
    __complex__ = __getattribute__ = trap


class LyingText(str):
    __str__ = __len__ = __getitem__ = __iter__ = __getattribute__ = trap
    __slots__ = ()


class LyingTuple(tuple):
    __iter__ = __getitem__ = __getattribute__ = trap
    __slots__ = ()

    def __len__(self):
        return 7


class LyingList(list):
    __iter__ = __getitem__ = __getattribute__ = __copy__ = trap

    def __len__(self):
        return 0


class Spoof:
    """Claims to be a float, is equal to everything, and fails when asked anything else."""

    __class__ = property(lambda self: float)
    __float__ = __repr__ = __str__ = __len__ = __iter__ = __array__ = __bool__ = trap

    def __eq__(self, other):
        return True

    __hash__ = None


class HostileMeta(type):
    __name__ = property(trap)
    __repr__ = __str__ = __eq__ = __hash__ = __instancecheck__ = __subclasscheck__ = trap


class Hostile(metaclass=HostileMeta):
    __getattribute__ = __repr__ = __array__ = trap


class LyingArray(np.ndarray):
    __array__ = __array_ufunc__ = __array_function__ = __getattribute__ = trap
    __len__ = __iter__ = __getitem__ = trap


class LyingScalar(np.float64):
    dtype = shape = nbytes = property(trap)
    __array__ = __float__ = __getattribute__ = trap
    __array_interface__ = __array_struct__ = property(trap)


class ShadowedName:
    """Its name is a str subclass that fails when used."""


ShadowedName.__name__ = LyingText("ShadowedName")

Pair = collections.namedtuple("Pair", ["grad_w1", "grad_w2"])


class Colour(enum.IntEnum):
    RED = 3


def cycle(kind):
    items = [1.0]
    items.append(kind([items]))
    return items


def nested(levels):
    value = 1.5
    for _ in range(levels):
        value = [value]
    return value


def flat(value):
    """Yield every value in a snapshot, the sequences included."""
    yield value
    if isinstance(value, tuple | list):
        for item in value:
            yield from flat(item)


def is_closed(value):
    """Tell whether a snapshot is of the closed set, by exact types."""
    for item in flat(value):
        kind = type(item)
        if kind is np.ndarray:
            if item.dtype.kind not in "biufc" or not item.flags.c_contiguous:
                return False
        elif kind is int:
            if not -(2**63) <= item < 2**63:
                return False
        elif kind is str:
            if len(item) > MAX_TEXT:
                return False
        elif kind is Opaque:
            if type(item.kind) is not str or len(item.kind) > MAX_TEXT:
                return False
        elif item is not None and kind not in (bool, float, complex, tuple, list):
            return False
    return True


def travels(value):
    """Tell whether a snapshot comes out of the wire as it went in, in the machine's byte order."""
    if type(value) is np.ndarray:
        value = value.astype(value.dtype.newbyteorder("="))
    return same(wire.decode(wire.encode(value)), value) and is_snapshot(value)


OBJECTS = {
    "none": None,
    "lying float": LyingFloat(1.5),
    "lying int": LyingInt(7),
    "lying complex": LyingComplex(1 + 2j),
    "lying text": LyingText("abc"),
    "lying tuple": LyingTuple((1.0, 2.0)),
    "lying list": LyingList([1.0, [2.0]]),
    "spoof": Spoof(),
    "hostile": object.__new__(Hostile),
    "hostile class": Hostile,
    "lying array": np.arange(3.0).view(LyingArray),
    "lying scalar": LyingScalar(2.5),
    "shadowed name": ShadowedName(),
    "hostile items": [Spoof(), (object.__new__(Hostile), LyingTuple((Spoof(),)))],
    "long name": type("x" * 10_000, (), {})(),
    "named tuple": Pair(1.0, 2.0),
    "enum": Colour.RED,
    "object array": np.full(3, Hostile, dtype=object),
    "0-d object array": np.array(None, dtype=object),
    "structured": np.zeros(2, dtype=[("a", "f8"), ("b", "O")]),
    "void": np.zeros(2, dtype=[("a", "f8")])[0],
    "record": np.zeros(2, dtype=[("a", "f8")]).view(np.recarray),
    "dates": np.array(["2020-01-01"], dtype="M8[D]"),
    "time span": np.timedelta64(3, "s"),
    "text array": np.array(["a", "bc"]),
    "numpy text": np.str_("abc"),
    "numpy bytes": np.bytes_(b"abc"),
    "masked": np.ma.array([1.0, 2.0], mask=[False, True]),
    "all masked": np.ma.masked,
    "matrix": np.array([[1.0, 2.0]]).view(np.matrix),
    "read-only": np.broadcast_to(np.arange(3.0), (2, 3)),
    "reversed": np.arange(6.0)[::-2],
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big-endian": np.array([1.0, 2.0], dtype=">f8"),
    "half": np.float16(1.5),
    "numpy bool": np.True_,
    "empty array": np.zeros((0, 3)),
    "longdouble": np.longdouble(1) / 3,
    "longdouble array": np.ones(3, dtype=np.longdouble),
    "large array": np.zeros(MAX_ARRAY_BYTES // 8 + 1),
    "huge broadcast array": np.broadcast_to(np.float64(1.0), (10**12,)),
    "huge int": 10**5000,
    "negative huge int": -(2**63) - 1,
    "int64 bounds": [2**63 - 1, -(2**63), 2**63],
    "nan": [math.nan, math.inf, complex(math.nan, -math.inf), np.float64("nan")],
    "long text": "x" * 100_000,
    "cyclic list": cycle(list),
    "cycle through a tuple": cycle(tuple),
    "deep": nested(500),
    "long list": [0.0] * (MAX_ITEMS + 1),
    "dict": {"grad_w1": 1.0},
    "set": {1.0},
    "bytes": b"abc",
    "memory": memoryview(b"abc"),
    "function": lambda: 1.0,
    "generator": (i for i in range(3)),
    "range": range(3),
    "module": types.ModuleType("learner"),
    "class": int,
    "proxy": types.SimpleNamespace(a=1),
    "not implemented": NotImplemented,
    "ellipsis": ...,
    "exception": ReachedError(),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_a_snapshot_is_plain_and_travels(name):
    """No code of the object runs, and what comes out is of the closed set."""
    value = snapshot(OBJECTS[name])
    assert is_closed(value)
    assert travels(value)


RAW = {
    "subclass": LyingInt(7),
    "numpy scalar": np.float64(1.5),
    "subclass inside": (1.0, LyingTuple()),
    "large int": 10**100,
    "objects": np.array([None]),
    "other order": np.asfortranarray(np.eye(2)),
    "dict": {},
    "long text": "x" * (MAX_TEXT + 1),
}


@pytest.mark.parametrize("name", RAW)
def test_raw_objects_are_not_of_the_closed_set(name):
    """The demand above can fail: these are refused before a snapshot is taken of them."""
    assert not is_closed(RAW[name])


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(
            np.ones(2, dtype=np.clongdouble),
            id="complex longdouble",
        ),
        pytest.param(
            np.ones((1,) * 9),
            id="nine dimensions",
        ),
    ],
)
def test_unusual_arrays_travel_too(value):
    """What a worker cannot send is taken for a crash, though the learner's code returned."""
    assert travels(snapshot(value))


@pytest.mark.skipif(
    np.finfo(np.longdouble).maxexp <= 1024, reason="longdouble is float64 on this platform"
)
def test_numbers_beyond_float64_are_read_in_silence():
    """A longdouble that is too large becomes infinite, whatever the learner did to np.seterr."""
    huge = np.array([np.finfo(np.longdouble).max])
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert snapshot(huge).tolist() == [math.inf]


def test_numpy_text_cannot_run_code():
    """A subclass of numpy's text is text, or opaque, and is not asked anything."""

    class LyingNumpyText(np.str_):
        __str__ = __repr__ = __len__ = trap

    assert is_closed(snapshot(LyingNumpyText("abc")))


READINGS = {
    "float": (LyingFloat(1.5), 1.5),
    "int": (LyingInt(7), 7),
    "bool": (True, True),
    "complex": (LyingComplex(1 + 2j), 1 + 2j),
    "text": (LyingText("abc"), "abc"),
    "no text": (LyingText(""), ""),
    "tuple": (LyingTuple((1.0, LyingTuple(()))), (1.0, ())),
    "list": (LyingList([1, LyingList([2])]), [1, [2]]),
    "named tuple": (Pair(1.0, [2]), (1.0, [2])),
    "enum": (Colour.RED, 3),
    "spoof": (Spoof(), Opaque("Spoof")),
    "hostile": (object.__new__(Hostile), Opaque("Hostile")),
    "hostile class": (Hostile, Opaque("HostileMeta")),
    "shadowed name": (ShadowedName(), Opaque("ShadowedName")),
    "dict": ({}, Opaque("dict")),
    "large int": (10**30, Opaque("very large int")),
}


@pytest.mark.parametrize("name", READINGS)
def test_snapshots_read_what_is_really_there(name):
    """Subclasses become what they are made of; the rest becomes its class name."""
    value, plain = READINGS[name]
    got = snapshot(value)
    assert is_closed(got)
    assert type(got) is type(plain)
    assert got == plain


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("lying array", [0.0, 1.0, 2.0]),
        ("lying scalar", 2.5),
        ("matrix", [[1.0, 2.0]]),
        ("masked", [1.0, 2.0]),
        ("all masked", 0.0),
        ("reversed", [5.0, 3.0, 1.0]),
        ("big-endian", [1.0, 2.0]),
        ("read-only", [[0.0, 1.0, 2.0]] * 2),
    ],
)
def test_snapshots_of_arrays_hold_their_numbers(name, plain):
    """Subclasses, views and byte orders do not matter, and the copy can be written to."""
    got = snapshot(OBJECTS[name])
    assert got.tolist() == plain
    assert got.flags.writeable


def test_numpy_scalars_become_0_d_arrays_and_keep_their_dtype():
    """float32 stays visible."""
    got = snapshot(np.float32(1.5))
    assert type(got) is np.ndarray
    assert got.shape == ()
    assert got.dtype == np.float32


def test_snapshots_are_copies():
    """What the maker does to an array or list later does not reach the snapshot."""
    array, items = np.arange(3.0), [1.0, 2.0]
    taken = snapshot((array, items))
    array[:] = 9.0
    items[:] = [9.0]
    assert taken[0].tolist() == [0.0, 1.0, 2.0]
    assert taken[1] == [1.0, 2.0]
    taken[0][:] = 5.0  # and the other way round
    assert array.tolist() == [9.0, 9.0, 9.0]


def test_too_large_is_said_and_just_large_enough_is_kept():
    """Both sides of each limit: length, bytes, depth and text."""
    assert len(snapshot([0.0] * MAX_ITEMS)) == MAX_ITEMS
    assert snapshot([0.0] * (MAX_ITEMS + 1)) == Opaque("list too large to read")
    assert snapshot((0.0,) * (MAX_ITEMS + 1)) == Opaque("tuple too large to read")
    assert snapshot(np.zeros(MAX_ARRAY_BYTES // 8)).shape == (MAX_ARRAY_BYTES // 8,)
    assert snapshot(OBJECTS["large array"]) == Opaque("array too large to read")
    assert same(snapshot(nested(MAX_DEPTH)), nested(MAX_DEPTH))
    assert list(flat(snapshot(nested(MAX_DEPTH + 1))))[-1] == Opaque("list too large to read")
    assert snapshot("x" * 10_000) == "x" * MAX_TEXT


PLAIN = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.complex_numbers(),
        st.text(),
        st.binary(max_size=3),
        st.fractions(),
        st.builds(object),
        scalar_dtypes().flatmap(lambda dtype: arrays(dtype, array_shapes(max_side=3))),
    ),
    lambda items: (
        st.lists(items, max_size=3)
        | st.lists(items, max_size=3).map(tuple)
        | st.lists(items, max_size=3).map(LyingTuple)
        | st.dictionaries(st.text(max_size=2), items, max_size=2)
    ),
    max_leaves=8,
)


@given(PLAIN)
def test_any_nesting_gives_a_closed_value(value):
    """Random nestings are read without an exception, and twice the same."""
    taken = snapshot(value)
    assert is_closed(taken)
    assert same(taken, snapshot(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, 1.0),
        (math.nan, math.nan),
        (None, None),
        (Opaque("dict"), Opaque("dict")),
        ((1.0, [2, "a"]), (1.0, [2, "a"])),
        (np.array([1.0, math.nan]), np.array([1.0, math.nan])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (complex(math.nan, 1.0), complex(math.nan, 1.0)),
    ],
    ids=repr,
)
def test_equal_snapshots_are_the_same(one, other):
    """Equal values are the same, NaN included."""
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, math.nextafter(1.0, 2.0)),
        (1.0, 1),
        (1, True),
        (0.0, None),
        ("a", Opaque("a")),
        (Opaque("dict"), Opaque("set")),
        ((1.0,), (1.0, 1.0)),
        ((1.0, [2]), (1.0, [3])),
        (1.0, np.array(1.0)),
        ([1.0], np.array([1.0])),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(2), np.array([0.0, math.nextafter(0.0, 1.0)])),
        (np.zeros(2), np.array([0.0, -0.0])),
        (math.nan, 1.0),
        pytest.param(
            np.zeros(2),
            np.zeros(2, dtype=np.int64),
        ),
        pytest.param(
            0.0,
            -0.0,
        ),
    ],
    ids=repr,
)
def test_different_snapshots_are_not_the_same(one, other):
    """A last bit, a type or a shape is a difference."""
    assert not same(one, other)
    assert not same(other, one)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.zeros(2), True),
        (np.zeros((0, 3)), True),
        ((1.0, [np.zeros(1)]), True),
        (np.array(1.0), True),
        (1.0, False),
        ((1.0, [2.0, "a", None]), False),
        ((), False),
        (Opaque("dict"), False),
    ],
    ids=repr,
)
def test_contains_array_looks_into_sequences(value, expected):
    """Arrays count wherever they stand, 0-d ones too; plain numbers cannot change later."""
    assert contains_array(snapshot(value)) is expected
