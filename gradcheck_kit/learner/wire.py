"""The wire between the grader and a worker: frames of plain values, nothing else.

A frame is a fixed header (magic and length) and one value. Values are a closed set, each a
tag byte and exactly sized data; nothing is looked up by a received name, nothing is
evaluated, and every size is checked against what is left before memory is taken.
"""

import math
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck_kit.learner.values import (
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_ITEMS,
    KeptPoints,
    Opaque,
)
from gradcheck_kit.numerics.curves import COEFFICIENTS, KINDS, Curve

MAX_FRAME = 64 * 1024 * 1024
"""Largest frame accepted, in bytes."""

LONG_WAIT = 0.5
"""After so many seconds a reader may look to other things."""

NEXT = b"+"
"""What a zygote is told, outside any frame, when it is to fork the next worker."""

_HEADER = struct.Struct("<4sI")
_MAGIC = b"gck1"
_DEPTH = MAX_DEPTH + 9  # a snapshot or a curve inside the tuples of a plan
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


_CHUNK = 1 << 16


class WireError(Exception):
    """The other side sent something that is no frame, too late, or nothing any more."""


class WireTimeout(WireError):
    """The deadline passed before the frame was complete."""


@dataclass(slots=True)
class Budget:
    """How much one side may still send: what it sends takes the other's memory.

    Parameters
    ----------
    size : int
        Bytes of all frames together.
    items : int
        Values in them; each takes up to 110 bytes once it is a Python object.
    """

    size: int = 48 * 1024 * 1024
    items: int = 300_000

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

    def reset(self, before: "Budget") -> None:
        """Make it what it was."""
        self.size, self.items = before.size, before.items


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
    elif kind is KeptPoints:
        value.encoded = value.encoded or encode(list(value))
        parts.append(value.encoded)
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
    budget = budget or Budget()
    budget.spend(items=1)
    try:
        value, end = _decode(data, 0, 0, budget)
    except (struct.error, IndexError):  # what reading past the end gives
        raise WireError("value longer than its frame") from None
    if end != len(data):
        raise WireError("bytes left over")
    return value


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    end = at + size
    if end > len(data):
        raise WireError("value longer than its frame")
    return data[at:end], end


def _text(data: bytes, at: int) -> tuple[str, int]:
    size = _COUNT.unpack_from(data, at)[0]
    if size > _MAX_TEXT:
        raise WireError("text too long")
    raw, at = _take(data, at + 4, size)
    return raw.decode("utf-8", "replace"), at


def _decode(data: bytes, at: int, depth: int, budget: Budget) -> tuple[Any, int]:
    """Return the value at a place, and the place after it.

    Most of a grading's messages are numbers in tuples, so those come first and in few steps:
    this is where a grader spends its time. A sequence pays for its items before it is read.
    """
    kind = data[at]
    at += 1
    if kind == 70:  # F
        return _FLOAT.unpack_from(data, at)[0], at + 8
    if kind == 84 or kind == 76:  # T, L
        if depth == _DEPTH:
            raise WireError("nested too deeply")
        size = _COUNT.unpack_from(data, at)[0]
        at += 4
        if size > len(data) - at:  # every item takes at least one byte
            raise WireError("sequence longer than its frame")
        budget.spend(items=size)
        items = []
        for _ in range(size):
            if data[at] == 70:
                items.append(_FLOAT.unpack_from(data, at + 1)[0])
                at += 9
            else:
                item, at = _decode(data, at, depth + 1, budget)
                items.append(item)
        return (tuple(items) if kind == 84 else items), at
    if kind == 78:  # N
        return None, at
    if kind == 83:  # S
        return _text(data, at)
    if kind == 65:  # A
        return _decode_array(data, at)
    if kind == 73:  # I
        return _INT.unpack_from(data, at)[0], at + 8
    if kind == 66:  # B
        return data[at] == 1, at + 1
    if kind == 67:  # C
        return complex(*_COMPLEX.unpack_from(data, at)), at + 16
    if kind == 79:  # O
        text, at = _text(data, at)
        return Opaque(text), at
    if kind == 75:  # K
        if depth == _DEPTH:
            raise WireError("nested too deeply")
        index, order = data[at], data[at + 1]
        budget.spend(items=1)
        coefficients, at = _decode(data, at + 2, depth + 1, budget)
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


def _decode_array(data: bytes, at: int) -> tuple[Any, int]:
    code, dimensions = data[at], data[at + 1]
    at += 2
    dtype = _DTYPES.get(code)
    if dtype is None or dimensions > MAX_DIMENSIONS:
        raise WireError("no such array")
    shape = struct.unpack_from(f"<{dimensions}I", data, at)
    at += 4 * dimensions
    total = dtype.itemsize
    for size in shape:
        total *= size
    raw, at = _take(data, at, total)
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


def receive(
    connection: socket.socket,
    deadline: float,
    budget: Budget | None = None,
    while_waiting: Callable[[], None] | None = None,
) -> Any:
    """Receive one frame before `deadline` (a time of `time.monotonic`), within a budget.

    Raises
    ------
    WireError, WireTimeout
        If no well-formed frame came in time.
    """
    return Frames(connection, deadline, budget, while_waiting, ahead=False).receive()


class Frames:
    """Receives the frames that answer one request, several at a time where they are there.

    Parameters
    ----------
    connection : socket
        Where they come from. Nothing else must be on its way: the other side speaks only when
        it was asked, and answers everything in order.
    deadline : float
        A time of `time.monotonic`; can be set anew.
    budget : Budget or None
        How much they may hold; None for one frame of the largest size.
    while_waiting : callable or None
        Called once when a frame has not come for `LONG_WAIT` seconds.
    ahead : bool
        Read more than the next frame, if it is there.
    """

    def __init__(
        self,
        connection: socket.socket,
        deadline: float,
        budget: Budget | None = None,
        while_waiting: Callable[[], None] | None = None,
        *,
        ahead: bool = True,
    ) -> None:
        self.deadline = deadline
        self._ahead = ahead
        self._while_waiting = while_waiting
        self._connection = connection
        self._budget = budget or Budget(MAX_FRAME)
        self._data = bytearray()

    def receive(self) -> Any:
        """Return the value of the next frame.

        Raises
        ------
        WireError, WireTimeout
            If no well-formed frame came in time.
        """
        self._read(_HEADER.size)
        magic, size = _HEADER.unpack_from(self._data)
        if magic != _MAGIC or size > MAX_FRAME:
            raise WireError("not a frame")
        self._budget.spend(size)
        end = _HEADER.size + size
        self._read(end)
        body = bytes(self._data[_HEADER.size : end])
        del self._data[:end]
        return decode(body, self._budget)

    @property
    def are_over(self) -> bool:
        """Whether nothing came after the last frame."""
        return not self._data

    def _read(self, size: int) -> None:
        """Wait until so many bytes are there."""
        data = self._data
        pause = math.inf
        if self._while_waiting is not None and len(data) < size:
            pause = time.monotonic() + LONG_WAIT
        while len(data) < size:
            try:
                _set_deadline(self._connection, min(self.deadline, pause))
                missing = size - len(data)
                chunk = self._connection.recv(_CHUNK if self._ahead else min(missing, _CHUNK))
            except (TimeoutError, WireTimeout):
                if pause >= self.deadline or self._while_waiting is None:
                    raise WireTimeout("no answer in time") from None
                pause = math.inf
                self._while_waiting()
                continue
            except OSError as error:
                raise WireError(str(error)) from None
            if not chunk:
                raise WireError("connection closed")
            data += chunk


def _set_deadline(connection: socket.socket, deadline: float) -> None:
    if deadline == math.inf:
        connection.settimeout(None)
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise WireTimeout("no time left")
    connection.settimeout(left)
