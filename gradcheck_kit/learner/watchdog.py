"""A time limit for calls of learner code in this process, on every platform.

A thread watches the clock and raises `CallTimedOut` in the calling thread, which ends a loop
written in Python. Code that waits inside C cannot be interrupted so; then a line that names
the call is announced, for the person at the terminal.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

CALL_SECONDS = 10.0
"""Default limit of one call in a learner's own run, in seconds."""

_POLL_SECONDS = 0.1
_REPEAT_SECONDS = 0.5
_ANNOUNCE_AFTER_SECONDS = 0.4


class CallTimedOut(BaseException):
    """Raised inside learner code that runs too long; no ``except Exception`` catches it."""

    is_time_out = True


class _Watch:
    def __init__(self, thread: int, seconds: float, description: Callable[[], str]) -> None:
        self.thread = thread
        self.limit = time.monotonic() + seconds
        self.next_raise = self.limit
        self.description = description
        self.fired = False
        self.announced = False


class Watchdog:
    """Limits calls in one thread at a time.

    Parameters
    ----------
    seconds : float
        The limit of one call.
    announce : callable
        Gets one line of text when a call cannot be interrupted.
    """

    def __init__(
        self, seconds: float = CALL_SECONDS, announce: Callable[[str], None] = lambda _: None
    ) -> None:
        self.seconds = seconds
        self._announce = announce
        self._lock = threading.Lock()
        self._watch: _Watch | None = None
        self._thread: threading.Thread | None = None

    @contextmanager
    def limit(self, description: Callable[[], str]) -> Iterator[None]:
        """Run the body under the limit.

        Raises
        ------
        CallTimedOut
            Inside the body once the time is over, and after it when the body swallowed that.
        """
        if _is_being_debugged():
            yield
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="gradcheck", daemon=True)
            self._thread.start()
        watch = _Watch(threading.get_ident(), self.seconds, description)
        with self._lock:
            self._watch = watch
        try:
            yield
        finally:
            with self._lock:
                self._watch = None
            if watch.fired:
                # One more raise may be under way to this thread: let it arrive here.
                with suppress(CallTimedOut):
                    time.sleep(0.01)
        if watch.fired:
            raise CallTimedOut

    def _run(self) -> None:
        while True:
            time.sleep(_POLL_SECONDS)
            text = None
            with self._lock:
                watch, now = self._watch, time.monotonic()
                if watch is None or now < watch.next_raise:
                    continue
                watch.fired = True
                watch.next_raise = now + _REPEAT_SECONDS
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(watch.thread), ctypes.py_object(CallTimedOut)
                )
                if now > watch.limit + _ANNOUNCE_AFTER_SECONDS and not watch.announced:
                    watch.announced = True
                    text = watch.description()
            if text is not None:
                self._announce(text)


def _is_being_debugged() -> bool:
    """Tell whether somebody is stepping through the code: a debugger takes its time."""
    return sys.gettrace() is not None and bool({"pydevd", "debugpy", "bdb"} & set(sys.modules))
