"""Load one learner's file and call its functions; used in-process and in workers.

Needs the standard library and numpy only, so that a worker which runs a stranger's code
holds nothing else of the kit, least of all a reference solution.
"""

import __future__

import ast
import contextlib
import dis
import functools
import inspect
import io
import itertools
import linecache
import math
import os
import sys
import tokenize
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gradcheck_kit.learner.results import (
    MAX_FRAMES,
    MAX_TEXT,
    CallResult,
    Frame,
    LoadResult,
    Presence,
    Trouble,
)
from gradcheck_kit.learner.surroundings import InputRequested, Quiet, without_plot_window
from gradcheck_kit.learner.values import class_name, contains_array, one_line, snapshot

STAND_IN_FILE = "<stand-in>"
MAX_KEPT_OUTPUT = 1024 * 1024

Guard = Callable[[Sequence[Any]], contextlib.AbstractContextManager[None]]
"""Makes the context in which one call with these arguments runs (a time limit, say)."""


def _no_guard(arguments: Sequence[Any]) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


class Runner:
    """One fresh copy of a learner's module.

    Parameters
    ----------
    path : Path
        The file; helper modules beside it can be imported by it.
    max_output : int
        How many characters of one call's output are kept.
    """

    def __init__(self, path: Path, max_output: int = MAX_KEPT_OUTPUT) -> None:
        self.path = path
        self._max_output = max_output
        self.name = path.stem
        self._module = types.ModuleType(self.name)
        self._namespace: dict[str, Any] = self._module.__dict__
        self._own_modules: dict[str, types.ModuleType] = {self.name: self._module}
        self._numpy_errors = np.geterr()
        self._filters: list[Any] | None = None
        self._source = b""
        self._tree: ast.Module | None = None  # made when it is needed: that takes a while
        self._replaced: dict[str, Any] = {}
        self._stand_in_calls = 0

    # Loading

    def load(self, guard: Guard = _no_guard) -> LoadResult:
        """Import the file; whatever it does wrong comes back as a status."""
        try:
            if self.path.is_dir():
                return LoadResult("folder")
            source = self.path.read_bytes()
        except FileNotFoundError:
            return LoadResult("missing")
        except OSError as error:
            return LoadResult("unreadable", Trouble(type(error).__name__, error.strerror or ""))
        try:
            code = self._compile(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return self._not_python(source, error)
        output = ""
        plots = False
        try:
            with (
                self.active(),
                Quiet(self._max_output) as quiet,
                without_plot_window(),
            ):
                filters = list(warnings.filters)
                self._namespace["__file__"] = str(self.path)
                try:
                    with guard(()):
                        exec(code, self._namespace)
                finally:
                    output = quiet.text()
                if list(warnings.filters) != filters:
                    self._filters = list(warnings.filters)
                plots = any("non-interactive" in str(w.message) for w in quiet.seen)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            status = "timed_out" if getattr(error, "is_time_out", False) else "raised"
            return LoadResult(status, self._trouble(error, None), output, plots)
        return LoadResult("loaded", None, output, plots)

    def _compile(self, source: bytes) -> types.CodeType:
        # Python itself lets a comment in another encoding pass here, but not `python file.py`.
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        source.decode(encoding)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape costs nothing
            code: types.CodeType = compile(source, str(self.path), "exec", dont_inherit=True)
        self._source = source
        return code

    def _not_python(self, source: bytes, error: BaseException) -> LoadResult:
        if isinstance(error, UnicodeDecodeError):
            error = SyntaxError(f"'{error.encoding[:80]}' codec can't decode the file")
        if isinstance(error, SyntaxError):
            line = error.lineno or 0
            text = one_line((error.msg or "invalid syntax")[:MAX_TEXT])
            code = one_line((error.text or "").strip()[:200])
            frame: Frame = (self.path.name, line, "", code)
            encoding = "codec can't decode" in text or "encoding" in text
            if not encoding:
                return LoadResult("syntax", Trouble("SyntaxError", text, (frame,)))
            line = next(
                (n for n, raw in enumerate(source.splitlines(), 1) if not _is_utf8(raw)), line
            )
            return LoadResult(
                "encoding", Trouble("SyntaxError", text, ((self.path.name, line, "", ""),))
            )
        frame = (self.path.name, 1, "", "")
        return LoadResult("syntax", Trouble(type(error).__name__, _text_of(error), (frame,)))

    # Looking

    def presence(self, function: str, parameters: int) -> Presence:
        """Tell how `function` stands in the file; it must take `parameters` arguments."""
        found = self._namespace.get(function, _MISSING)
        if found is _MISSING:
            return Presence("missing")
        if self._is_plain(found, function, parameters):
            return Presence("callable", "", found.__code__.co_firstlineno)
        line = self._line_of(function, found)
        if not callable(found):
            return Presence("not_callable", class_name(type(found)), line)
        node = self._definition(function)
        code = _code_of(found)
        # The definition counts only while the name still stands for it.
        is_stub = (
            node is not None and _is_stub(node) and code is not None and code.co_name == function
        )
        is_async = inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found)
        try:
            signature = inspect.signature(found)
            signature.bind(*range(parameters))
        except TypeError:
            try:
                taken = _without_annotations(signature)
            except UnboundLocalError:
                taken = ""  # no readable signature: the call itself will tell
            if taken:
                return Presence("parameters", one_line(taken[:120]), line, is_stub, is_async)
        except Exception:  # a signature that lies or raises: the call itself will tell
            pass
        return Presence("callable", "", line, is_stub, is_async)

    def function(self, name: str) -> Any:
        """Return the learner's own object called `name`."""
        return self._namespace[name]

    def _is_plain(self, found: Any, function: str, parameters: int) -> bool:
        """Tell whether it is a function as most are: nothing about it takes a closer look."""
        if type(found) is not types.FunctionType or found.__dict__:
            return False
        code = found.__code__
        required = code.co_argcount - len(found.__defaults__ or ())
        first = code.co_firstlineno
        return (
            code.co_name == function
            and code.co_filename == str(self.path)
            and code.co_flags & _UNUSUAL == 0
            and code.co_kwonlyargcount == 0
            and required <= parameters <= code.co_argcount
            # Not a decorator, whose line would be that of the code.
            and any(line.startswith(b"def ") for line in self._lines[first - 1 : first])
            and _does_something(code)
        )

    @functools.cached_property
    def _lines(self) -> list[bytes]:
        return self._source.splitlines()

    def _parsed(self) -> ast.Module:
        if self._tree is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._tree = ast.parse(self._source, str(self.path))
        return self._tree

    def _definition(self, function: str) -> ast.AST | None:
        nodes = [
            node
            for node in self._parsed().body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function
        ]
        return nodes[-1] if nodes else None

    def _line_of(self, function: str, found: Any) -> int | None:
        node = self._definition(function)
        if node is not None:
            return node.lineno  # type: ignore[attr-defined,no-any-return]
        code = _code_of(found)
        if code is not None and self._is_own_file(code.co_filename):
            return code.co_firstlineno
        for node in ast.walk(self._parsed()):
            names: list[str] = []
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names = [node.id]
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.asname or alias.name for alias in node.names]
            elif isinstance(node, ast.ClassDef):
                names = [node.name]
            if function in names:
                return node.lineno  # type: ignore[attr-defined,no-any-return]
        return None

    # Stand-ins

    def substitute(self, source: str, names: Sequence[str]) -> None:
        """Replace functions of the module, by name, by the ones that `source` defines."""
        namespace: dict[str, Any] = {"np": np, "math": math}
        # Annotations of a reference may name what is not here: do not evaluate them.
        flags = __future__.annotations.compiler_flag
        exec(compile(source, STAND_IN_FILE, "exec", flags, dont_inherit=True), namespace)
        for name in names:
            own = self._namespace.get(name)
            self._replaced[name] = own
            self._namespace[name] = self._stand_in(namespace[name], own)

    def _stand_in(self, reference: Callable[..., Any], own: Any) -> Callable[..., Any]:
        arity = len(inspect.signature(reference).parameters)
        try:
            signature = inspect.signature(own)
        except Exception:
            signature = None

        def stand_in(*arguments: Any, **keywords: Any) -> Any:
            if (keywords or len(arguments) != arity) and signature is not None:
                # A learner's own parameter names, defaults and extra switches.
                bound = signature.bind(*arguments, **keywords)
                if len(bound.args) != arity or bound.kwargs:
                    return own(*arguments, **keywords)
                arguments, keywords = bound.args, {}
            self._stand_in_calls += 1
            return reference(*arguments, **keywords)

        return stand_in

    def own_functions_called(
        self, function: str, arguments: Sequence[Any], names: Sequence[str]
    ) -> list[str]:
        """Return which of the module's own functions `names` run when `function` is called.

        A function without Python code (a ufunc) cannot be followed and counts as called.
        """
        found = {name: self._namespace.get(name) for name in names}
        codes = {name: _code_of(value) for name, value in found.items() if callable(value)}
        ran: set[types.CodeType] = set()

        def note(frame: types.FrameType, event: str, _: Any) -> None:
            if event == "call":
                ran.add(frame.f_code)

        before = sys.getprofile()
        with self.active(), Quiet(self._max_output):
            prepared = [_prepared(argument, writable=True) for argument in arguments]
            sys.setprofile(note)
            try:
                self._namespace[function](*prepared)
            except KeyboardInterrupt:
                raise
            except BaseException:  # what it does wrong is known already; a time-out ends here
                pass
            finally:
                sys.setprofile(before)
        return [name for name, code in codes.items() if code is None or code in ran]

    # Calling

    def call_many(
        self,
        function: str,
        points: Sequence[Sequence[Any]],
        emit: Callable[[CallResult], None],
        guard: Guard = _no_guard,
    ) -> list[Any]:
        """Call `function` at each point and `emit` what came of it, in order.

        Parameters
        ----------
        function : str
            Its name.
        points : sequence of sequence
            Arguments of each call. The function gets copies; arrays are read-only, so that
            writing to one raises at the learner's own line, and the call is then repeated
            with writable copies.
        emit : callable
            Gets each CallResult as soon as it is known.
        guard : callable
            Makes the context of one call.

        Returns
        -------
        list
            The objects returned, for a later look; None where a call raised. It is shorter
            than `points` after a time-out.
        """
        kept: list[Any] = []
        with self.active(), Quiet(self._max_output) as quiet:
            for arguments in points:
                result, value = self._call(function, arguments, guard, quiet)
                kept.append(value)
                emit(result)
                if result.status == "timed_out":
                    break
        return kept

    def _call(
        self, function: str, arguments: Sequence[Any], guard: Guard, quiet: Quiet
    ) -> tuple[CallResult, Any]:
        quiet.renew(self._filters)
        self._stand_in_calls = 0
        mutated: tuple[int, ...] = ()
        value: Any = None
        categories: tuple[str, ...] = ()
        trouble: Trouble | None = None
        status = "returned"
        try:
            with guard(arguments), np.errstate(**self._numpy_errors):
                try:
                    value = self._plain_call(function, arguments, writable=False)
                except ValueError as error:
                    if "read-only" not in str(error):
                        raise
                    value, mutated = self._writable_call(function, arguments)
            categories = quiet.categories()
            recorded = snapshot(value)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            status = "timed_out" if getattr(error, "is_time_out", False) else "raised"
            trouble = self._trouble(error, function)
            value = recorded = None
        return (
            CallResult(
                status,
                recorded,
                recorded,
                trouble,
                quiet.text(),
                categories,
                mutated,
                self._stand_in_calls,
            ),
            value,
        )

    def _plain_call(self, function: str, arguments: Sequence[Any], *, writable: bool) -> Any:
        prepared = [_prepared(argument, writable=writable) for argument in arguments]
        return self._namespace[function](*prepared)

    def _writable_call(
        self, function: str, arguments: Sequence[Any]
    ) -> tuple[Any, tuple[int, ...]]:
        prepared = [_prepared(argument, writable=True) for argument in arguments]
        value = self._namespace[function](*prepared)
        changed = tuple(
            position
            for position, (now, before) in enumerate(zip(prepared, arguments, strict=True))
            if isinstance(before, np.ndarray) and now.tobytes() != before.tobytes()
        )
        return value, changed

    def look_again(self, results: list[CallResult], kept: Sequence[Any]) -> list[Any]:
        """Return snapshots of kept results as they are now, after all calls."""
        return [
            snapshot(value) if contains_array(result.value) else result.value
            for result, value in zip(results, kept, strict=True)
        ]

    # Surroundings

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Make the module and its helpers importable, as when it runs by itself."""
        folder = str(self.path.parent)
        path_before, directory = sys.path[:], _working_directory()
        hidden = {
            name: sys.modules[name]
            for name in {self.name, *self._own_modules, *self._siblings()}
            if name in sys.modules and (name in self._own_modules or _is_replaceable(name))
        }
        for name in hidden:
            del sys.modules[name]
        sys.modules.update(self._own_modules)
        # Only what is added is looked at: touching all modules costs a forked worker 0.3 ms.
        newest = next(reversed(sys.modules))
        numpy_errors = np.seterr(**self._numpy_errors)
        sys.path.insert(0, folder)
        try:
            yield
        finally:
            self._numpy_errors = np.seterr(**numpy_errors)
            added = list(itertools.takewhile(lambda name: name != newest, reversed(sys.modules)))
            for name in {*added, *self._own_modules} & sys.modules.keys():
                module = sys.modules[name]
                file = getattr(module, "__file__", None)
                if name in self._own_modules or (isinstance(file, str) and self._is_own_file(file)):
                    self._own_modules[name] = module
                    del sys.modules[name]
            sys.modules.update(hidden)
            sys.path[:] = path_before
            if directory is not None and _working_directory() != directory:
                os.chdir(directory)

    def _siblings(self) -> set[str]:
        try:
            with os.scandir(self.path.parent) as entries:
                return {e.name.removesuffix(".py") for e in entries if e.name.endswith(".py")}
        except OSError:
            return set()

    def _is_own_file(self, file: str) -> bool:
        try:
            return Path(file).parent == self.path.parent or Path(file).is_relative_to(
                self.path.parent
            )
        except ValueError:
            return False

    def _trouble(self, error: BaseException, function: str | None) -> Trouble:
        frames: list[Frame] = []
        in_stand_in = False
        innermost: types.CodeType | None = None
        traceback = error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            innermost = code
            if code.co_filename == STAND_IN_FILE:
                in_stand_in = True
            elif self._is_own_file(code.co_filename) and Path(code.co_filename).suffix == ".py":
                line = traceback.tb_lineno
                linecache.checkcache(code.co_filename)
                source = one_line(linecache.getline(code.co_filename, line).strip()[:200])
                name, function_name = Path(code.co_filename).name, code.co_name[:80]
                frames.append((one_line(name), line, one_line(function_name), source))
            traceback = traceback.tb_next
        own = function is not None and innermost is not None
        if own:
            called = self._namespace.get(str(function))
            own = innermost is _code_of(called) or (
                innermost.co_name == function and innermost.co_filename == str(self.path)  # type: ignore[union-attr]
            )
        return Trouble(
            class_name(type(error)),
            _text_of(error),
            tuple(frames if len(frames) <= MAX_FRAMES else frames[:2] + frames[2 - MAX_FRAMES :]),
            own,
            in_stand_in,
            isinstance(error, InputRequested),
        )


_MISSING = object()


def _without_annotations(signature: inspect.Signature) -> str:
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(inspect.Signature(parameters))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_replaceable(name: str) -> bool:
    """Tell whether a loaded module may give way to a learner's file of the same name."""
    file = getattr(sys.modules[name], "__file__", None)
    if not isinstance(file, str) or name == "conftest" or name.startswith("test_"):
        return False
    return not any(
        Path(file).is_relative_to(place)
        for place in {sys.prefix, sys.base_prefix, str(Path(np.__file__).parents[1])}
    )


def _working_directory() -> Path | None:
    try:
        return Path.cwd()
    except OSError:
        return None


_UNUSUAL = (
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)
_NOTHING = frozenset(
    number
    for name, number in dis.opmap.items()
    if name in ("RESUME", "NOP", "CACHE", "RETURN_VALUE", "RETURN_CONST") or "LOAD_CONST" in name
)


def _does_something(code: types.CodeType) -> bool:
    """Tell whether a function is surely no stub, from its code alone."""
    is_busy = any(number not in _NOTHING for number in code.co_code[::2])
    return is_busy and "NotImplementedError" not in code.co_names


def _is_stub(node: ast.AST) -> bool:
    body = list(node.body)  # type: ignore[attr-defined]
    return all(
        isinstance(step, ast.Pass)
        or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
        or (
            isinstance(step, ast.Raise)
            and step.exc is not None
            and "NotImplementedError" in ast.dump(step.exc)
        )
        for step in body
    )


def _code_of(function: Any) -> types.CodeType | None:
    """Return the Python code that runs when `function` is called, if it can be known."""
    for _ in range(5):
        if isinstance(function, types.MethodType):
            function = function.__func__
        elif isinstance(function, types.FunctionType):
            return function.__code__
        elif isinstance(function, type):
            function = function.__init__  # type: ignore[misc]
        elif hasattr(type(function), "func") and hasattr(function, "func"):  # functools.partial
            function = function.func
        else:
            function = getattr(type(function), "__call__", None)  # noqa: B004  not a test
    return None


def _prepared(argument: Any, *, writable: bool) -> Any:
    if isinstance(argument, np.ndarray):
        argument = argument.copy()
        argument.flags.writeable = writable
    return argument


def _text_of(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException as raised:  # a hostile or broken __str__
        return f"(its text cannot be shown: {type(raised).__name__})"
    return one_line(str.__getitem__(text, slice(MAX_TEXT))) if issubclass(type(text), str) else ""
