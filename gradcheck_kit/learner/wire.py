"""The wire between the grader and a worker: frames of plain values, nothing else.

A frame is a fixed header (magic and length) and one value. Values are a closed set, each a
tag byte and exactly sized data; nothing is looked up by a received name, nothing is
evaluated, and every size is checked against what is left before memory is taken.
"""

import math
import socket
import struct
import time
from typing import Any

import numpy as np

from gradcheck_kit.learner.values import MAX_DEPTH, MAX_DIMENSIONS, MAX_ITEMS, Opaque
from gradcheck_kit.numerics.curves import COEFFICIENTS, KINDS, Curve

MAX_FRAME = 64 * 1024 * 1024
"""Largest frame accepted, in bytes."""

READY = b"+"
"""What a zygote says, outside any frame, once it has imported all it needs."""

_HEADER = struct.Struct("<4sI")
_MAGIC = b"gck1"
_DEPTH = MAX_DEPTH + 5  # a snapshot inside the tuples of a message
_MAX_TEXT = 1_000_000
_DTYPES = {
    code: np.dtype(name)
    for code, name in enumerate(
        ("bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
    )
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
_COUNT = struct.Struct("<I")
_INT = struct.Struct("<q")
_FLOAT = struct.Struct("<d")
_COMPLEX = struct.Struct("<dd")


class WireError(Exception):
    """The other side sent something that is no frame, too late, or nothing any more."""


class WireTimeout(WireError):
    """The deadline passed before the frame was complete."""


class Budget:
    """How much one side may still send: what it sends takes the other's memory.

    Parameters
    ----------
    size : int
        Bytes of all frames together.
    items : int
        Values in them; each takes up to 110 bytes once it is a Python object.
    """

    def __init__(self, size: int = 48 * 1024 * 1024, items: int = 300_000) -> None:
        self.size = size
        self.items = items

    def spend(self, size: int = 0, items: int = 0) -> None:
        """Take away from it.

        Raises
        ------
        WireError
            If there is not so much left.
        """
        if size > self.size or items > self.items:
            raise WireError("too much sent")
        self.size -= size
        self.items -= items


def encode(value: Any) -> bytes:
    """Return `value` as bytes.

    Raises
    ------
    WireError
        If it is not of the closed set.
    """
    parts: list[bytes] = []
    _encode(value, parts)
    return b"".join(parts)


def _encode(value: Any, parts: list[bytes]) -> None:
    kind = type(value)
    if value is None:
        parts.append(b"N")
    elif kind is bool:
        parts.append(b"B\x01" if value else b"B\x00")
    elif kind is int:
        if not -(2**63) <= value < 2**63:
            raise WireError("cannot send so large an int")
        parts.append(b"I" + _INT.pack(value))
    elif kind is float:
        parts.append(b"F" + _FLOAT.pack(value))
    elif kind is complex:
        parts.append(b"C" + _COMPLEX.pack(value.real, value.imag))
    elif kind is str:
        data = value.encode("utf-8", "replace")
        parts.append(b"S" + _COUNT.pack(len(data)) + data)
    elif kind is tuple or kind is list:
        parts.append((b"T" if kind is tuple else b"L") + _COUNT.pack(len(value)))
        for item in value:
            _encode(item, parts)
    elif kind is np.ndarray and value.dtype.newbyteorder("=") in _CODES:
        if value.ndim > MAX_DIMENSIONS:
            raise WireError("cannot send an array of so many dimensions")
        array = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("="))
        shape = value.shape
        parts.append(b"A" + bytes((_CODES[array.dtype], len(shape))))
        parts.extend(_COUNT.pack(size) for size in shape)
        parts.append(array.tobytes())
    elif kind is Opaque:
        data = value.kind.encode("utf-8", "replace")
        parts.append(b"O" + _COUNT.pack(len(data)) + data)
    elif kind is Curve:
        if value.kind not in KINDS or value.order not in (0, 1):
            raise WireError("cannot send such a curve")
        parts.append(b"K" + bytes((KINDS.index(value.kind), value.order)))
        _encode(value.coefficients, parts)
    else:
        raise WireError(f"cannot send a {kind.__name__}")


def decode(data: bytes, budget: Budget | None = None) -> Any:
    """Return the value that `data` holds.

    Parameters
    ----------
    data : bytes
        One value, encoded.
    budget : Budget or None
        Bounds the number of values; None for a fresh one.

    Raises
    ------
    WireError
        If it is not exactly one value of the closed set, or too many.
    """
    value, end = _decode(memoryview(data), 0, 0, budget or Budget())
    if end != len(data):
        raise WireError("bytes left over")
    return value


def _take(data: memoryview, at: int, size: int) -> tuple[memoryview, int]:
    if size > len(data) - at:
        raise WireError("value longer than its frame")
    return data[at : at + size], at + size


def _count(data: memoryview, at: int) -> tuple[int, int]:
    raw, at = _take(data, at, 4)
    return int(_COUNT.unpack(raw)[0]), at


def _text(data: memoryview, at: int) -> tuple[str, int]:
    size, at = _count(data, at)
    if size > _MAX_TEXT:
        raise WireError("text too long")
    raw, at = _take(data, at, size)
    return bytes(raw).decode("utf-8", "replace"), at


def _decode(data: memoryview, at: int, depth: int, budget: Budget) -> tuple[Any, int]:
    if depth > _DEPTH:
        raise WireError("nested too deeply")
    budget.spend(items=1)
    tag, at = _take(data, at, 1)
    kind = bytes(tag)
    if kind == b"N":
        return None, at
    if kind == b"B":
        raw, at = _take(data, at, 1)
        return raw[0] == 1, at
    if kind == b"I":
        raw, at = _take(data, at, 8)
        return _INT.unpack(raw)[0], at
    if kind == b"F":
        raw, at = _take(data, at, 8)
        return _FLOAT.unpack(raw)[0], at
    if kind == b"C":
        raw, at = _take(data, at, 16)
        return complex(*_COMPLEX.unpack(raw)), at
    if kind == b"S":
        return _text(data, at)
    if kind in (b"T", b"L"):
        size, at = _count(data, at)
        if size > len(data) - at:  # every item takes at least one byte
            raise WireError("sequence longer than its frame")
        items = []
        for _ in range(size):
            item, at = _decode(data, at, depth + 1, budget)
            items.append(item)
        return (tuple(items) if kind == b"T" else items), at
    if kind == b"A":
        return _decode_array(data, at)
    if kind == b"O":
        text, at = _text(data, at)
        return Opaque(text), at
    if kind == b"K":
        raw, at = _take(data, at, 2)
        index, order = raw
        coefficients, at = _decode(data, at, depth + 1, budget)
        if index >= len(KINDS) or order > 1 or not _are_coefficients(KINDS[index], coefficients):
            raise WireError("no such curve")
        return Curve(KINDS[index], coefficients, order), at
    raise WireError("unknown tag")


def _are_coefficients(kind: str, value: Any) -> bool:
    return (
        type(value) is tuple
        and len(value) <= MAX_ITEMS
        and len(value) == COEFFICIENTS.get(kind, len(value))
        and all(type(coefficient) is float for coefficient in value)
    )


def _decode_array(data: memoryview, at: int) -> tuple[Any, int]:
    raw, at = _take(data, at, 2)
    code, dimensions = raw
    dtype = _DTYPES.get(code)
    if dtype is None or dimensions > MAX_DIMENSIONS:
        raise WireError("no such array")
    shape = []
    for _ in range(dimensions):
        size, at = _count(data, at)
        shape.append(size)
    total = 1
    for size in shape:
        total *= size
    raw, at = _take(data, at, total * dtype.itemsize)
    try:
        return np.frombuffer(raw, dtype=dtype).reshape(shape).copy(), at
    except ValueError:  # an empty array with sides too long for numpy
        raise WireError("no such array") from None


def send(connection: socket.socket, value: Any, deadline: float) -> None:
    """Send one frame before `deadline` (a time of `time.monotonic`).

    Raises
    ------
    WireError, WireTimeout
        If the other side is gone or does not read.
    """
    data = encode(value)
    try:
        _set_deadline(connection, deadline)
        connection.sendall(_HEADER.pack(_MAGIC, len(data)) + data)
    except TimeoutError:
        raise WireTimeout("not read in time") from None
    except OSError as error:
        raise WireError(str(error)) from None


def receive(connection: socket.socket, deadline: float, budget: Budget | None = None) -> Any:
    """Receive one frame before `deadline` (a time of `time.monotonic`), within a budget.

    Raises
    ------
    WireError, WireTimeout
        If no well-formed frame came in time.
    """
    magic, size = _HEADER.unpack(_read(connection, _HEADER.size, deadline))
    if magic != _MAGIC or size > MAX_FRAME:
        raise WireError("not a frame")
    budget = budget or Budget(MAX_FRAME)
    budget.spend(size)
    return decode(_read(connection, size, deadline), budget)


def _read(connection: socket.socket, size: int, deadline: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        try:
            _set_deadline(connection, deadline)
            chunk = connection.recv(min(size - len(data), 1 << 16))
        except TimeoutError:
            raise WireTimeout("no answer in time") from None
        except OSError as error:
            raise WireError(str(error)) from None
        if not chunk:
            raise WireError("connection closed")
        data += chunk
    return bytes(data)


def _set_deadline(connection: socket.socket, deadline: float) -> None:
    if deadline == math.inf:
        connection.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise WireTimeout("no time left")
    connection.settimeout(left)
