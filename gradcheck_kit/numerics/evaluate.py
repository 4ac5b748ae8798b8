"""Calling the function that is differentiated, with the hygiene that strangers' code needs."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.noise import measured_noise
from gradcheck_kit.numerics.parameters import Parameters, Vector

_EPS = float(np.finfo(np.float64).eps)


class Evaluator:
    """A scalar function of a vector, made from a function of structured parameters.

    Parameters
    ----------
    f : callable
        Takes parameters like those given, returns one number.
    parameters : Parameters
        The structure, and the point.

    Raises
    ------
    TypeError
        If `f` does not return one real number at the point. An exception of `f` itself
        passes through, with a note that says where it happened.
    """

    def __init__(self, f: Callable[[Any], Any], parameters: Parameters) -> None:
        self._f = f
        self._parameters = parameters
        self.vector: Vector = parameters.vector
        self.notes: list[str] = []
        self.evaluations = 0
        self._writable = False
        self.noise_floor = _EPS
        self.base = self._first_call()
        self._jitter = self._second_call()

    def _first_call(self) -> float:
        try:
            result = self._call(self.vector)
        except ValueError as error:
            if "read-only" not in str(error):
                error.add_note("raised by the function itself, at the given parameters")
                raise
            result = self._call_writable()
        except Exception as error:
            error.add_note("raised by the function itself, at the given parameters")
            raise
        value = self._real(result)
        if not np.isfinite(value):
            raise ValueError(f"the function is {value} at the given parameters, not finite")
        return value

    def _call_writable(self) -> Any:
        self._writable = True
        given = self._parameters.build(self.vector, writable=True)
        self.evaluations += 1
        result = self._f(given)
        now = self._parameters.flatten(given, self._parameters.name)
        if isinstance(now, str) or not np.array_equal(now, self.vector, equal_nan=True):
            self.notes.append("the function changes its parameters in place; it got copies")
        return result

    def _second_call(self) -> float:
        """Call again: the same parameters, the same answer? Return how much it differs."""
        difference = abs(self.real(self.vector) - self.base)
        if difference > 0.0:
            self.notes.append(
                f"the same parameters give two answers ({difference:.2g} apart): hidden state "
                "or randomness"
            )
        return difference

    def _call(self, vector: NDArray[Any], owned: bool = False) -> Any:
        self.evaluations += 1
        return self._f(self._parameters.build(vector, writable=self._writable, owned=owned))

    def _real(self, result: Any) -> float:
        if type(result) is float:
            return result
        array = np.asarray(result)
        if array.size != 1 or array.dtype.kind not in "fiub":
            what = f"array of shape {array.shape}" if array.ndim else type(result).__name__
            if array.size == 1 and array.dtype.kind == "c":
                what = "complex number"
            raise TypeError(f"the function must return one real number, not {_article(what)}")
        if array.dtype.kind == "f" and array.dtype.itemsize < 8:
            self.noise_floor = max(self.noise_floor, float(np.finfo(array.dtype).eps))
        return float(array.reshape(()))

    def real(self, vector: Vector) -> float:
        """Return f at a real vector; NaN where it is not defined."""
        try:
            return self._real(self._call(vector))
        except (ArithmeticError, ValueError):
            return float("nan")

    def along(self, direction: Vector, t: float) -> float:
        """Return f at the point plus ``t·direction``; NaN where it is not defined."""
        try:
            return self._real(self._call(self.vector + t * direction, owned=True))
        except (ArithmeticError, ValueError):
            return float("nan")

    def along_imaginary(self, direction: Vector, step: float) -> float | None:
        """Return Im f(x + i·step·direction) / step; None if f cannot take complex numbers."""
        moved = np.empty(len(self.vector), dtype=np.complex128)
        moved.real = self.vector
        np.multiply(direction, step, out=moved.imag)
        try:
            result = self._call(moved, owned=True)
        except Exception:  # whatever complex numbers do to it: another oracle takes over
            return None
        array = np.asarray(result)
        if array.size != 1 or array.dtype.kind not in "fciu" or array.dtype.itemsize < 8:
            return None
        if array.dtype.kind != "c":
            return 0.0  # a real number came back: nothing depends on it, or it was dropped
        return float(array.reshape(()).imag) / step

    @property
    def noise(self) -> float:
        """Absolute noise of f: the last digit, and what was measured on top of it."""
        return self.noise_floor * abs(self.base) + self._jitter + self._measured

    @cached_property
    def _measured(self) -> float:
        with self.quiet():
            return measured_noise(self.along, len(self.vector))

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold back what f prints and warns while it is called a hundred times."""
        with (
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            yield


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
