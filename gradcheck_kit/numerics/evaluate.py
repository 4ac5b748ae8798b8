"""Calling the function that is differentiated, with the hygiene that strangers' code needs."""

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck_kit.numerics.noise import measured_noise
from gradcheck_kit.numerics.parameters import EPS, Parameters, Vector, article
from gradcheck_kit.numerics.torch_functions import (
    NOT_WRITABLE,
    as_array,
    eps_of,
    gradient,
    is_tensor,
)

_COARSE = 1e-10
"""Relative noise that float64 code does not have, unless it cancels."""

_MANY = 1000
"""Points with more entries than this are made one after the other, to save memory."""

_NEAR = 0.1
"""Undefined at most so far away, a function earns a note."""


@contextlib.contextmanager
def as_seen_by_caller() -> Iterator[None]:
    """Let warnings through, but for torch's about read-only arrays: they are the kit's copies."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=NOT_WRITABLE)
        yield


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Hold back what is printed."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def is_write_refused(error: ValueError) -> bool:
    """Tell whether an array refused to be written to ("assignment destination is read-only")."""
    return "read-only" in str(error)


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
        If `f` does not return one real number at the point.
    ValueError
        If that number is not finite. An exception of `f` itself passes through, with a note
        that says where it happened.

    Notes
    -----
    `f` gets read-only copies, so that code which changes its input stops at its own line;
    where it does, it gets writable copies from then on. Tensors are copies, too. A function
    that raises for float64 tensors where shorter ones were given gets those. Elsewhere than
    at the point, whatever `f` raises means "not defined there".
    """

    def __init__(self, f: Callable[[Any], Any], parameters: Parameters) -> None:
        self._f = f
        self._parameters = parameters
        self._writable = False
        self._changes_input = False
        self._is_compared = False
        self._own_dtypes = False
        self._is_quiet = False
        self._undefined: tuple[float, str] | None = None
        self.vector: Vector = parameters.vector
        self.evaluations = 0
        self.eps = EPS  # of the least precise type that f returned
        self.base = self._first_call()
        self._jitter = self._second_call()

    def _first_call(self) -> float:
        with as_seen_by_caller():
            try:
                result = self._call_narrowing()
            except Exception as error:
                error.add_note("raised by the function itself, at the given parameters")
                raise
        value = self._real(result)
        if not math.isfinite(value):
            raise ValueError(f"the function is {value} at the given parameters, not finite")
        return value

    def _call_narrowing(self) -> Any:
        try:
            return self._call(self.vector)
        except Exception:
            if not self._parameters.narrow_eps:
                raise
        # Float32 weights in a closure refuse float64 tensors, say.
        self._own_dtypes = True
        self.eps = self._parameters.narrow_eps
        return self._call(self.vector)

    def _second_call(self) -> float:
        """Call again: the same parameters, the same answer? Return how much it differs."""
        with self.quiet():
            difference = abs(self.real(self.vector) - self.base)
        return difference if math.isfinite(difference) else math.inf

    @property
    def is_repeatable(self) -> bool:
        """Whether the same parameters gave the same answer twice."""
        return self._jitter == 0.0

    @property
    def is_at_an_edge(self) -> bool:
        """Whether the function is not defined at some points close to the given ones."""
        return self._undefined is not None and self._undefined[0] <= _NEAR

    @property
    def notes(self) -> list[str]:
        """What a reader should know about the function, as far as it was seen."""
        found = []
        if self._changes_input:
            found.append("the function changes its parameters in place; it got copies")
        if self._own_dtypes:
            found.append(
                "the function takes no float64 tensors, so it was called with shorter ones"
            )
        if not self.is_repeatable:
            found.append(
                f"the same parameters give two answers ({self._jitter:.2g} apart): hidden state "
                "or randomness"
            )
        if self._undefined is not None and self.is_at_an_edge:
            distance, how = self._undefined
            found.append(f"the function {how} at a distance of {distance:.1g}")
        return found

    def _call(self, vector: NDArray[Any], owned: bool = False) -> Any:
        self.evaluations += 1
        if not self._writable:
            given = self._parameters.build(vector, owned=owned, own_dtypes=self._own_dtypes)
            try:
                result = self._f(given)
            except ValueError as error:
                if not is_write_refused(error):
                    raise
            else:
                if not self._is_compared:  # what is no array can be changed all the same
                    self._is_compared = True
                    self._compare(given, vector)
                return result
            self._writable = True
            with silenced():  # what it prints was seen before it stopped
                return self._call_writable(vector)
        return self._call_writable(vector)

    def _call_writable(self, vector: NDArray[Any]) -> Any:
        given = self._parameters.build(vector, writable=True, own_dtypes=self._own_dtypes)
        result = self._f(given)
        if vector.dtype == np.float64 and not self._changes_input:
            self._compare(given, vector)
        return result

    def _compare(self, given: Any, vector: NDArray[Any]) -> None:
        now = self._parameters.flatten(given, "")
        self._changes_input = isinstance(now, str) or not np.array_equal(now, vector)

    def _real(self, result: Any) -> float:
        if isinstance(result, float):  # NumPy's float64 is one, too
            return float(result)
        array = as_array(result)
        if array.size != 1 or array.dtype.kind not in "fiub":
            kind = "tensor" if is_tensor(result) else "array"
            what = f"{kind} of shape {array.shape}" if array.ndim else type(result).__name__
            if array.size == 1 and array.dtype.kind == "c":
                what = "complex number"
            if result is None:
                raise TypeError("the function must return one real number, not None")
            raise TypeError(f"the function must return one real number, not {article(what)}")
        self.eps = max(self.eps, eps_of(result))
        return float(array.reshape(()))

    def real(self, vector: Vector) -> float:
        """Return f at a real vector; NaN where it is not defined."""
        return self._value(vector, owned=False)

    def along(self, direction: Vector, t: float) -> float:
        """Return f at the point plus ``t·direction``; NaN where it is not defined."""
        return self._value(self.vector + t * direction, owned=True)

    def along_all(self, direction: Vector, steps: Vector) -> Vector:
        """Return f at the points ``t·direction`` away for all t in `steps`, in their shape."""
        if self.vector.size > _MANY:
            values = [self.along(direction, t) for t in steps.ravel()]
        else:
            points = self.vector + np.multiply.outer(steps.ravel(), direction)
            values = [self._value(point, owned=True) for point in points]
        return np.array(values).reshape(steps.shape)

    def _value(self, vector: Vector, owned: bool) -> float:
        try:
            result = self._call(vector, owned)
        except Exception as error:  # strangers' code may guard its domain with anything
            self._remember_undefined(vector, f"raises {type(error).__name__}")
            return math.nan
        try:
            value = self._real(result)
        except TypeError:
            self._remember_undefined(vector, "gives no real number")
            return math.nan
        if not math.isfinite(value):
            self._remember_undefined(vector, f"is {value}")
        return value

    def _remember_undefined(self, vector: Vector, how: str) -> None:
        distance = float(np.max(np.abs(vector - self.vector), initial=0.0))
        if self._undefined is None or distance < self._undefined[0]:
            self._undefined = (distance, how)

    def along_imaginary(
        self, direction: Vector, step: float, at: Vector | None = None
    ) -> float | None:
        """Return Im f(x + i·step·direction) / step; None if f cannot take complex numbers.

        Parameters
        ----------
        direction : ndarray, shape (n,)
            Where to go.
        step : float
            How far.
        at : ndarray, shape (n,), or None
            The real point; None for the one that is checked.
        """
        moved = np.empty(len(self.vector), dtype=np.complex128)
        moved.real = self.vector if at is None else at
        np.multiply(direction, step, out=moved.imag)
        try:
            result = self._call(moved, owned=True)
        except Exception:  # whatever complex numbers do to it: another oracle takes over
            return None
        array = as_array(result)
        if array.size != 1 or array.dtype.kind not in "fciu" or array.dtype.itemsize < 8:
            return None
        if array.dtype.kind != "c":
            return 0.0  # a real number came back: nothing depends on it, or it was dropped
        return float(array.reshape(()).imag) / step

    def autograd(self, point: Vector) -> Vector | None:
        """Return PyTorch's gradient at a point, in float64; None where there is none.

        All parameters must be tensors, or numbers, which become tensors.
        """
        parameters = self._parameters
        if self._own_dtypes or parameters.has_arrays or not parameters.has_tensors:
            return None
        self.evaluations += 1
        with self.quiet():
            return gradient(self._f, lambda leaf: parameters.build_leaves(point, leaf))

    @property
    def noise(self) -> float:
        """Absolute noise of f: the last digit, and what was measured on top of it."""
        return self.eps * abs(self.base) + self._jitter + self._measured

    @property
    def is_coarse(self) -> bool:
        """Whether fewer digits than float64's were seen, whatever type was returned."""
        return self.noise > _COARSE * abs(self.base)

    @cached_property
    def _measured(self) -> float:
        with self.quiet():
            return measured_noise(self.along_all, len(self.vector))

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold back what f prints and warns while it is called a hundred times."""
        if self._is_quiet:
            yield
            return
        with silenced(), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            self._is_quiet = True
            try:
                yield
            finally:
                self._is_quiet = False
