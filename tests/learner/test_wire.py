"""The wire carries plain values exactly, and survives whatever the other side sends."""

import math
import socket
import struct
import threading
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradcheck_kit.learner import wire
from gradcheck_kit.learner.results import CallResult, Trouble
from gradcheck_kit.learner.values import MAX_DEPTH, Opaque, same
from gradcheck_kit.learner.wire import MAX_FRAME, WireError, WireTimeout, decode, encode
from gradcheck_kit.numerics.curves import KINDS, Curve

HEADER = struct.Struct("<4sI")
MAGIC = b"gck1"
PATIENCE = 10.0  # far beyond any deadline below: a test that needs it hangs
DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
SAMPLES = [
    None,
    True,
    -3,
    0.1,
    1 - 2j,
    "σ'(z)",
    Opaque("generator"),
    Curve("sin", (1.0, 2.0, 0.5), 1),
    np.arange(6.0).reshape(2, 3),
    np.zeros((0, 3), dtype=np.int32),
    ("returned", (1.0, [np.array(2.5)]), None, "out", ("RuntimeWarning",), (0,), 0),
]

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9).map(Opaque),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays(dtype, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
    ),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)).map(lambda c: Curve("exp", c)),
    st.lists(st.floats(-2, 2)).map(lambda c: Curve("polynomial", tuple(c), 1)),
)
VALUES = st.recursive(
    LEAVES,
    lambda items: st.lists(items, max_size=4) | st.lists(items, max_size=4).map(tuple),
    max_leaves=10,
)


@pytest.fixture
def pair():
    """Two connected sockets."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon(seconds=PATIENCE):
    return time.monotonic() + seconds


def nested(levels):
    value = 1.5
    for _ in range(levels):
        value = (value,)
    return value


def exact(value):
    """Return something equal for values of equal types and bits."""
    if type(value) is np.ndarray:
        return (value.dtype, value.shape, value.tobytes())
    if type(value) in (tuple, list):
        return (type(value), [exact(item) for item in value])
    if type(value) is float:
        return struct.pack("<d", value)
    if type(value) is complex:
        return struct.pack("<dd", value.real, value.imag)
    return (type(value), value)


def read(data):
    """Decode bytes of an enemy: a value of the closed set, or WireError and nothing else."""
    try:
        value = decode(data)
    except WireError:
        return
    encode(value)


@given(VALUES)
def test_values_come_out_as_they_went_in(value):
    """Types, shapes, dtypes and every bit survive, NaN and −0.0 too."""
    assert exact(decode(encode(value))) == exact(value)


@given(VALUES, VALUES)
def test_different_values_have_different_bytes(one, other):
    """Nothing is lost: what differs before differs after."""
    if exact(one) != exact(other):
        assert encode(one) != encode(other)


def test_arrays_come_out_writable_and_native():
    """Byte order and memory order are the reader's, the numbers the sender's."""
    got = decode(encode([np.array([1.0, 2.0], dtype=">f8"), np.asfortranarray(np.eye(2, 3))]))
    assert got[0].tolist() == [1.0, 2.0]
    assert got[0].dtype == np.float64
    assert got[1].flags.c_contiguous
    got[1][0, 0] = 5.0
    assert got[1][0, 0] == 5.0


def test_text_that_is_no_text_is_replaced():
    """Lone surrogates cannot be encoded, and arrive as question marks."""
    assert decode(encode("a\ud800b")) == "a?b"
    assert decode(encode(Opaque("\udfff"))) == Opaque("?")


class SubFloat(float):
    """A float, and yet not exactly one."""


@pytest.mark.parametrize(
    "value",
    [
        {},
        {1.0},
        b"abc",
        bytearray(b"abc"),
        range(3),
        object(),
        lambda x: x,
        ...,
        SubFloat(1.0),
        np.float64(1.0),
        np.array([None]),
        np.array(["a"]),
        np.array(["2020-01-01"], dtype="M8[D]"),
        np.zeros(2, dtype=[("a", "f8")]),
        np.ma.array([1.0]),
        np.eye(2).view(np.matrix),
        [1.0, ({},)],
        ValueError("x"),
        float,
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_types_are_not_sent(value):
    """What is not of the closed set is refused, also deep inside."""
    with pytest.raises(WireError, match="cannot send"):
        encode(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(2**63, id="int"),
        pytest.param(-(2**63) - 1, id="negative int"),
        pytest.param(Curve("tan", (1.0,)), id="kind of curve"),
        pytest.param(Curve("sin", (1.0, 1.0, 1.0), 256), id="order of curve"),
    ],
)
def test_values_outside_the_closed_set_are_not_sent(value):
    """The types are right, the values are none that can be received."""
    with pytest.raises(WireError):
        encode(value)


def test_nesting_of_a_message_is_enough_for_snapshots():
    """A snapshot of the largest depth fits into a message; deeper nesting is refused."""
    depth = MAX_DEPTH + 9
    assert decode(encode(nested(depth))) == nested(depth)
    with pytest.raises(WireError, match="nested"):
        decode(encode(nested(depth + 1)))
    with pytest.raises(WireError, match="nested"):
        decode(b"T\x01\x00\x00\x00" * 100_000 + b"N")


@pytest.mark.parametrize("value", SAMPLES, ids=lambda value: type(value).__name__)
def test_every_truncation_is_refused(value):
    """A frame cut off anywhere is no value, and one byte more is too many."""
    data = encode(value)
    assert exact(decode(data)) == exact(value)
    for end in range(len(data)):
        with pytest.raises(WireError):
            decode(data[:end])
    with pytest.raises(WireError, match="left over"):
        decode(data + b"N")


@given(VALUES, st.data())
def test_truncations_of_any_value_are_refused(value, data):
    """So is every value that hypothesis thinks of."""
    frame = encode(value)
    with pytest.raises(WireError):
        decode(frame[: data.draw(st.integers(0, len(frame) - 1))])


@pytest.mark.parametrize(
    "value",
    SAMPLES,
    ids=lambda value: type(value).__name__,
)
def test_every_changed_byte_gives_a_value_or_an_error(value):
    """Each byte is replaced by many others, and nothing but WireError comes."""
    frame = encode(value)
    for at in range(len(frame)):
        for byte in (*range(0, 256, 5), *b"NBIFCSTLAOK"):
            changed = frame[:at] + bytes([byte]) + frame[at + 1 :]
            read(changed)


@given(VALUES, st.lists(st.tuples(st.integers(0), st.binary(max_size=6)), min_size=1, max_size=4))
def test_random_mutations_give_a_value_or_an_error(value, changes):
    """Bytes are replaced, put in and left out at random places."""
    frame = bytearray(encode(value))
    for place, new in changes:
        at = place % (len(frame) + 1)
        frame[at : at + place % 5] = new
    read(bytes(frame))


@given(st.binary(max_size=60))
def test_random_bytes_give_a_value_or_an_error(data):
    """So does garbage."""
    read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"X",
        b"n",
        b"\x00",
        b"B",
        b"A",
        b"A\x0e\x00",  # no such dtype
        b"A\xff\x00",
        b"A\x0b\x09" + b"\x01\x00\x00\x00" * 9 + b"\x00" * 8,  # too many dimensions
        b"K\x04\x00T\x00\x00\x00\x00",  # no such kind
        b"K\x00\x02T\x00\x00\x00\x00",  # no such order
        b"K\x00\x00N",  # no coefficients
        b"NN",
    ],
    ids=repr,
)
def test_what_is_no_value_is_refused(data):
    """Unknown tags and codes, and two values instead of one."""
    with pytest.raises(WireError):
        decode(data)


@pytest.mark.parametrize(
    "shape",
    [(0, 2**32 - 1, 2**32 - 1), (2**32 - 1,) * 2 + (0,), (0,) + (2**32 - 1,) * 7],
    ids=len,
)
def test_an_empty_array_with_an_impossible_shape_is_refused(shape):
    """No bytes are needed for it, but numpy cannot make it."""
    data = b"A" + bytes((11, len(shape))) + b"".join(struct.pack("<I", size) for size in shape)
    with pytest.raises(WireError):
        decode(data)


@pytest.mark.parametrize(
    ("kind", "coefficients"),
    [("sin", (1.0,)), ("exp", (1.0, 2.0, 3.0)), ("polynomial", ("a",)), ("polynomial", (None,))],
)
def test_a_curve_with_other_coefficients_is_refused(kind, coefficients):
    """A curve that fails when it is shown or called is no curve."""
    with pytest.raises(WireError):
        decode(b"K" + bytes((KINDS.index(kind), 0)) + encode(coefficients))


@pytest.mark.parametrize(
    "tag", [b"S", b"O", b"T", b"L", b"A\x0b\x01", b"A\x0d\x02\xff\xff\xff\xff"]
)
def test_a_claimed_size_is_not_believed(tag):
    """4 billion items are claimed, nothing follows: refused before memory is taken."""
    data = tag + b"\xff\xff\xff\xff" + b"N" * 50
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize(
    "data",
    [
        encode([None] * 20_000),
        encode("x" * 100_000),
        encode(np.zeros(20_000)),
        b"T\x01\x00\x00\x00" * 7 + b"L" + struct.pack("<I", 20_000) + b"N" * 20_000,
    ],
    ids=["list", "text", "array", "nested"],
)
def test_memory_stays_in_proportion_to_the_frame(data):
    """A value takes a small multiple of the bytes that were sent for it."""
    tracemalloc.start()
    try:
        decode(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(data) <= peak + 1_000
    assert peak < 20 * len(data)


def test_long_text_is_refused():
    """One million bytes of text are enough, one more is too many."""
    assert len(decode(encode("x" * 1_000_000))) == 1_000_000
    with pytest.raises(WireError, match="text too long"):
        decode(encode("x" * 1_000_001))


def test_frames_arrive_in_order(pair):
    """Several frames on one connection keep their borders."""
    ours, theirs = pair
    for value in SAMPLES:
        wire.send(ours, value, soon())
    for value in SAMPLES:
        assert same(wire.receive(theirs, soon()), value) or type(value) is Curve


def test_large_frames_arrive(pair):
    """A frame larger than any socket buffer is read while it is sent."""
    ours, theirs = pair
    value = np.arange(400_000.0)
    sender = threading.Thread(target=wire.send, args=(ours, value, soon()))
    sender.start()
    got = wire.receive(theirs, soon())
    sender.join(PATIENCE)
    assert same(got, value)


def test_a_frame_in_single_bytes_arrives(pair):
    """How the bytes are cut up does not matter, as long as they come in time."""
    ours, theirs = pair
    data = encode((1.0, "ab"))

    def drip():
        for byte in HEADER.pack(MAGIC, len(data)) + data:
            ours.sendall(bytes([byte]))

    sender = threading.Thread(target=drip)
    sender.start()
    assert wire.receive(theirs, soon()) == (1.0, "ab")
    sender.join(PATIENCE)


def test_no_deadline_waits(pair):
    """An infinite deadline blocks until something comes."""
    ours, theirs = pair
    timer = threading.Timer(0.05, wire.send, (ours, "late", math.inf))
    timer.start()
    assert wire.receive(theirs, math.inf) == "late"
    timer.join(PATIENCE)


def test_silence_ends_at_the_deadline(pair):
    """Nothing comes: a time-out, at the deadline and not long after."""
    _, theirs = pair
    began = time.monotonic()
    with pytest.raises(WireTimeout):
        wire.receive(theirs, began + 0.1)
    assert 0.09 <= time.monotonic() - began < PATIENCE / 2


def test_a_deadline_in_the_past_is_a_timeout(pair):
    """Even a frame that is already there is too late."""
    ours, theirs = pair
    wire.send(ours, 1.0, soon())
    with pytest.raises(WireTimeout):
        wire.receive(theirs, time.monotonic() - 1.0)
    with pytest.raises(WireTimeout):
        wire.send(ours, 1.0, time.monotonic() - 1.0)


def test_a_slow_drip_does_not_move_the_deadline(pair):
    """A byte every now and then does not keep the reader waiting beyond the deadline."""
    ours, theirs = pair
    stop = threading.Event()

    def drip():
        ours.sendall(HEADER.pack(MAGIC, 1_000_000))
        while not stop.wait(0.01):
            ours.sendall(b"N")

    sender = threading.Thread(target=drip)
    sender.start()
    began = time.monotonic()
    try:
        with pytest.raises(WireTimeout):
            wire.receive(theirs, began + 0.15)
        assert time.monotonic() - began < PATIENCE / 2
    finally:
        stop.set()
        sender.join(PATIENCE)


@pytest.mark.parametrize("size", [MAX_FRAME + 1, 2**32 - 1])
def test_a_frame_that_claims_too_much_is_refused_at_once(pair, size):
    """The cap is checked in the header, before anything is waited for or taken."""
    ours, theirs = pair
    ours.sendall(HEADER.pack(MAGIC, size))
    began = time.monotonic()
    with pytest.raises(WireError, match="not a frame"):
        wire.receive(theirs, soon())
    assert time.monotonic() - began < PATIENCE / 2


def test_a_claimed_frame_takes_no_memory_before_it_comes(pair):
    """The largest size that is allowed is read in small pieces."""
    ours, theirs = pair
    ours.sendall(HEADER.pack(MAGIC, MAX_FRAME) + b"N" * 1_000)
    tracemalloc.start()
    try:
        with pytest.raises(WireTimeout):
            wire.receive(theirs, soon(0.1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        HEADER.pack(b"gck2", 1) + b"N",
        HEADER.pack(MAGIC, 0),
        HEADER.pack(MAGIC, 1) + b"X",
        HEADER.pack(MAGIC, 2) + b"NN",
        bytes(64),
    ],
    ids=repr,
)
def test_garbage_is_no_frame(pair, garbage):
    """A wrong magic, an empty frame and a frame without a value are refused."""
    ours, theirs = pair
    ours.sendall(garbage)
    with pytest.raises(WireError) as caught:
        wire.receive(theirs, soon())
    assert not isinstance(caught.value, WireTimeout)


@pytest.mark.parametrize("sent", [0, 3, HEADER.size, HEADER.size + 5])
def test_a_closed_connection_is_said(pair, sent):
    """Closed before, in the header or in the value: an error at once, no time-out."""
    ours, theirs = pair
    data = encode(np.zeros(4))
    ours.sendall((HEADER.pack(MAGIC, len(data)) + data)[:sent])
    ours.close()
    with pytest.raises(WireError, match="connection closed"):
        wire.receive(theirs, soon())


def test_sending_to_nobody_is_said(pair):
    """The other side is gone: an error that is a WireError."""
    ours, theirs = pair
    theirs.close()
    with pytest.raises(WireError) as caught:
        wire.send(ours, np.zeros(1_000_000), soon())
    assert not isinstance(caught.value, WireTimeout)


def test_sending_to_a_reader_that_sleeps_ends_at_the_deadline(pair):
    """More than the buffers hold is not waited for beyond the deadline."""
    ours, _ = pair
    began = time.monotonic()
    with pytest.raises(WireTimeout):
        wire.send(ours, np.zeros(4_000_000), began + 0.2)
    assert time.monotonic() - began < PATIENCE / 2


def test_using_a_closed_socket_is_a_wire_error(pair):
    """Our own end is closed: still a WireError, not an OSError."""
    ours, _ = pair
    ours.close()
    with pytest.raises(WireError):
        wire.receive(ours, soon())
    with pytest.raises(WireError):
        wire.send(ours, 1.0, soon())


def test_frames_that_are_there_are_read_together(pair):
    """The answers to one request; what comes after the last of them is not asked for."""
    ours, theirs = pair
    for value in SAMPLES:
        wire.send(ours, value, soon())
    frames = wire.Frames(theirs, soon())
    for value in SAMPLES[:-1]:
        assert same(frames.receive(), value) or type(value) is Curve
    assert not frames.are_over
    frames.receive()
    assert frames.are_over


def test_a_reader_that_waits_for_long_may_do_something_else(pair, monkeypatch):
    """Once, and it goes on waiting until its deadline."""
    ours, theirs = pair
    monkeypatch.setattr(wire, "LONG_WAIT", 0.05)
    calls = []
    frames = wire.Frames(theirs, time.monotonic() + 0.3, None, lambda: calls.append(1))
    began = time.monotonic()
    with pytest.raises(wire.WireTimeout):
        frames.receive()
    assert 0.25 < time.monotonic() - began < PATIENCE
    assert calls == [1]
    wire.send(ours, 1.5, soon())
    frames.deadline = soon()
    assert frames.receive() == 1.5
    assert calls == [1]


@pytest.mark.parametrize(
    "result",
    [
        CallResult("returned", 1.5, 1.5),
        CallResult("returned", None, None, stand_ins=3),
        CallResult("returned", 1, 1, output="text"),
        CallResult("returned", (1.0,), (1.0,), None, "", ("RuntimeWarning",)),
        CallResult("raised", trouble=Trouble("ValueError", "no")),
    ],
)
def test_a_call_result_is_sent_without_what_is_as_usual(result):
    """And comes back whole."""
    assert CallResult.from_plain(decode(encode(result.to_plain())), 9) == result
    assert len(CallResult("returned", 1.5, 1.5).to_plain()) == 2


@pytest.mark.parametrize(
    "plain", [(), ("returned",), ("timed_out", 1), ("raised", None) + (None,) * 9, 3, None]
)
def test_what_is_no_call_result_is_refused(plain):
    """Too short, too long, or an outcome that only the grader may state."""
    with pytest.raises((TypeError, ValueError)):
        CallResult.from_plain(plain, 9)
