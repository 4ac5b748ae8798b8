"""The same gradients, checked by this kit and by every other checker that is installed.

    OPENBLAS_NUM_THREADS=1 python benchmarks/gradient_checkers.py [--json FILE] [--quick] [--seed 0]

Compared with: torch.autograd.gradcheck (slow and fast_mode), jax.test_util.check_grads in
float64, autograd.test_util.check_grads, scipy.optimize.check_grad, scipy's 3-point differences,
scipy.differentiate.derivative, numdifftools.Gradient, and statsmodels' approx_fprime
(centered) and approx_fprime_cs. Those that are not installed are listed and left out.

Every checker gets the loss of one two-layer sigmoid network, the point, and a gradient as
finished values, so that the time is the time of checking. torch and JAX get the loss in their
own array operations, the others in NumPy. Everything runs on one thread, in float64, with
each checker's own default settings.

Verdicts. torch, JAX, autograd and this kit decide by themselves. The others return numbers
and leave the decision to the reader, so a rule had to be chosen for them:

- scipy.optimize.check_grad returns a norm of the difference: wrong above 1e-6. The forward
  difference that it takes has errors of its own, so a much smaller limit turns down right
  gradients.
- scipy.differentiate.derivative and numdifftools estimate their own error: wrong where the
  difference is above 10 times that estimate plus 1e-9 of the value, entry by entry.
- statsmodels and scipy's 3-point differences give the derivative only: wrong where
  numpy.allclose says so, with its defaults (1e-5 of the value plus 1e-8), as their users write.

Measures:

(a) processor time (other programs on the machine disturb it less than the clock's time; on
    one thread the two are the same), and evaluations of the loss;
(b) the error of the numerical derivative itself, against the gradient in long double;
(c) the smallest relative error of one single entry that is noticed, down to 1e-10;
(d) over random scalar networks, right gradients that are turned down, and gradients with a
    mistake in grad_w1 that are passed, among the networks whose right gradient is passed;
(e) what a failure says: its length, and whether it names the entry.

To add a checker, write one function with the decorator `checker`.
"""

import argparse
import datetime
import importlib
import importlib.metadata
import json
import os
import platform
import re
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # before numpy is imported
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np  # noqa: E402  (the threads have to be set first)

from gradcheck_kit import check_gradient, numerical_gradient  # noqa: E402

Vector = np.ndarray[Any, Any]

LEVELS = tuple(10.0**-k for k in range(2, 11))
"""Relative errors of one entry, from the largest to the smallest that is tried."""

TOO_LONG = 20.0
"""Seconds; a checker that needs more for one gradient is not measured at that size."""

MISTAKES: dict[str, Callable[[float], float]] = {
    "zero": lambda g: 0.0,
    "sign": lambda g: -g,
    "factor 2": lambda g: 2.0 * g,
    "1e-3": lambda g: g * (1.0 + 1e-3),
    "1e-6": lambda g: g * (1.0 + 1e-6),
}


# The work: a network, its loss, its gradient


def sigmoid(z: Any, exp: Any = np.exp) -> Any:
    return 1.0 / (1.0 + exp(-z))


def textbook_gradient(X: Vector, T: Vector, W1: Vector, W2: Vector) -> tuple[Vector, Vector]:
    """Return (grad_W1, grad_W2) as a textbook writes them, s·(1 - s) and all."""
    A1 = sigmoid(X @ W1)
    Y = sigmoid(A1 @ W2)
    D2 = (Y - T) * Y * (1.0 - Y) / len(X)
    return X.T @ (D2 @ W2.T * A1 * (1.0 - A1)), A1.T @ D2


def exact_gradient(X: Vector, T: Vector, W1: Vector, W2: Vector) -> Vector:
    """Return the gradient as a vector, computed in long double without 1 - s."""
    X, T, W1, W2 = (a.astype(np.longdouble) for a in (X, T, W1, W2))
    Z1 = X @ W1
    A1 = sigmoid(Z1)
    Z2 = A1 @ W2
    D2 = (sigmoid(Z2) - T) * sigmoid(Z2) * sigmoid(-Z2) / len(X)
    grad_W1 = X.T @ (D2 @ W2.T * A1 * sigmoid(-Z1))
    return np.concatenate([grad_W1.ravel(), (A1.T @ D2).ravel()])


@dataclass
class Network:
    """A two-layer sigmoid network at a point, with counters for the calls of its loss.

    `loss(X, T)(W1, W2)` works with the arrays of NumPy, torch and JAX.
    """

    name: str
    X: Vector
    T: Vector
    W1: Vector
    W2: Vector
    calls: int = 0
    seconds: float = 0.0

    @property
    def size(self) -> int:
        return int(self.W1.size + self.W2.size)

    @property
    def vector(self) -> Vector:
        return np.concatenate([self.W1.ravel(), self.W2.ravel()])

    def gradient(self) -> Vector:
        """Return the textbook's gradient as a vector."""
        with np.errstate(over="ignore"):
            parts = textbook_gradient(self.X, self.T, self.W1, self.W2)
        return np.concatenate([part.ravel() for part in parts])

    def split(self, vector: Any) -> tuple[Any, Any]:
        """Return a vector as (W1, W2)."""
        cut = self.W1.size
        return vector[:cut].reshape(self.W1.shape), vector[cut:].reshape(self.W2.shape)

    def loss(self, X: Any, T: Any, exp: Any = np.exp) -> Callable[[Any, Any], Any]:
        def loss(W1: Any, W2: Any) -> Any:
            started = time.process_time()
            Y = sigmoid(sigmoid(X @ W1, exp) @ W2, exp)
            result = 0.5 * ((Y - T) ** 2).sum() / len(self.X)
            self.calls += 1
            self.seconds += time.process_time() - started
            return result

        return loss

    def loss_of_vector(self) -> Callable[[Vector], Any]:
        """Return the loss as a function of one vector, for NumPy."""
        loss = self.loss(self.X, self.T)
        return lambda vector: loss(*self.split(vector))

    def entry_name(self, position: int) -> tuple[str, str]:
        """Return the names of an entry in its matrix and in the vector: ("3, 7", "97")."""
        inside = position - (self.W1.size if position >= self.W1.size else 0)
        shape = self.W1.shape if position < self.W1.size else self.W2.shape
        row, column = np.unravel_index(inside, shape)
        return f"{row}, {column}", str(position)


def dense_network(n: int, inputs: int, hidden: int, outputs: int, seed: int) -> Network:
    """Return a network whose units are not saturated."""
    rng = np.random.default_rng(seed)
    return Network(
        f"{inputs}-{hidden}-{outputs}, batch {n}",
        rng.normal(size=(n, inputs)),
        rng.uniform(size=(n, outputs)),
        rng.normal(size=(inputs, hidden)) / np.sqrt(inputs),
        rng.normal(size=(hidden, outputs)) / np.sqrt(hidden),
    )


def scalar_network(x: float, t: float, w1: float, w2: float) -> Network:
    arrays = (np.array([[value]]) for value in (x, t, w1, w2))
    return Network("1-1-1, batch 1", *arrays)


def random_scalar_networks(count: int, seed: int) -> list[Network]:
    """Return networks with |w| log-uniform 0.01..30, |x| log-uniform 0.1..3, t in 0..1."""
    rng = np.random.default_rng(seed)
    networks = []
    for _ in range(count):
        w1, w2 = np.exp(rng.uniform(np.log(0.01), np.log(30.0), 2)) * rng.choice([-1.0, 1.0], 2)
        x = float(np.exp(rng.uniform(np.log(0.1), np.log(3.0))) * rng.choice([-1.0, 1.0]))
        networks.append(scalar_network(x, float(rng.uniform()), float(w1), float(w2)))
    return networks


# The checkers


@dataclass(frozen=True)
class Answer:
    """What a checker says of a gradient: "ok", "wrong" or "cannot tell", and its words."""

    verdict: str
    text: str = ""


Check = Callable[[Network, Vector], Answer]
Derivative = Callable[[Network], Vector]


@dataclass(frozen=True)
class Checker:
    """A checker: `check` judges a gradient, `derivative` returns the numerical one, if any."""

    name: str
    package: str
    module: str
    check: Check
    derivative: Derivative | None
    most_parameters: float
    has_words: bool


CHECKERS: list[Checker] = []


def checker(
    name: str,
    package: str,
    module: str = "",
    *,
    derivative: Derivative | None = None,
    most_parameters: float = np.inf,
    has_words: bool = True,
) -> Callable[[Check], Check]:
    """Register a function ``check(network, gradient) -> Answer`` as a checker.

    Parameters: `package` and `module` tell whether it is installed; `derivative` returns the
    numerical gradient; `has_words` is False where the decision is not the checker's own.
    """

    def register(check: Check) -> Check:
        CHECKERS.append(
            Checker(
                name, package, module or package, check, derivative, most_parameters, has_words
            )
        )  # fmt: skip
        return check

    return register


def _judged(is_right: Any, text: str = "") -> Answer:
    return Answer("ok" if is_right else "wrong", text)


def _judged_by_raising(check: Callable[[], Any]) -> Answer:
    try:
        check()
    except (AssertionError, RuntimeError) as error:
        return Answer("wrong", str(error))
    return Answer("ok")


def _kit_loss(network: Network) -> Callable[[Any], Any]:
    loss = network.loss(network.X, network.T)
    return lambda w: loss(w[0], w[1])


def kit_derivative(network: Network) -> Vector:
    found = numerical_gradient(_kit_loss(network), (network.W1, network.W2))
    return np.concatenate([part.ravel() for part in found.value])


@checker("gradcheck-kit", "gradcheck-kit", "gradcheck_kit", derivative=kit_derivative)
def kit(network: Network, gradient: Vector) -> Answer:
    report = check_gradient(_kit_loss(network), network.split(gradient), (network.W1, network.W2))
    return Answer(report.verdict.replace("_", " "), str(report))


def _kit_loss_on_floats(network: Network) -> Callable[[Any], float]:
    """Return a loss that complex numbers cannot pass through."""
    loss = _kit_loss(network)
    return lambda w: float(loss(w))


def kit_ridders_derivative(network: Network) -> Vector:
    found = numerical_gradient(_kit_loss_on_floats(network), (network.W1, network.W2))
    return np.concatenate([part.ravel() for part in found.value])


@checker(
    "gradcheck-kit, real numbers only", "gradcheck-kit", "gradcheck_kit",
    derivative=kit_ridders_derivative,
)  # fmt: skip
def kit_ridders(network: Network, gradient: Vector) -> Answer:
    report = check_gradient(
        _kit_loss_on_floats(network), network.split(gradient), (network.W1, network.W2)
    )
    return Answer(report.verdict.replace("_", " "), str(report))


def _kit_on_tensors(network: Network) -> tuple[Callable[[Any], Any], tuple[Any, Any]]:
    """Return the loss as a function of torch tensors, and the point."""
    import torch

    torch.set_num_threads(1)
    loss = network.loss(torch.from_numpy(network.X), torch.from_numpy(network.T), torch.exp)
    point = torch.from_numpy(network.W1.copy()), torch.from_numpy(network.W2.copy())
    return lambda w: loss(w[0], w[1]), point


def kit_autograd_derivative(network: Network) -> Vector:
    found = numerical_gradient(*_kit_on_tensors(network))
    return np.concatenate([part.numpy().ravel() for part in found.value])


@checker("gradcheck-kit, torch tensors", "torch", derivative=kit_autograd_derivative)
def kit_autograd(network: Network, gradient: Vector) -> Answer:
    loss, point = _kit_on_tensors(network)
    report = check_gradient(loss, network.split(gradient), point)
    return Answer(report.verdict.replace("_", " "), str(report))


def _torch_gradcheck(network: Network, gradient: Vector, fast_mode: bool) -> Answer:
    import torch

    torch.set_num_threads(1)
    X, T = torch.from_numpy(network.X), torch.from_numpy(network.T)
    loss = network.loss(X, T, torch.exp)
    handed_in = tuple(torch.from_numpy(part.copy()) for part in network.split(gradient))

    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, W1: Any, W2: Any) -> Any:
            return loss(W1, W2)

        @staticmethod
        def backward(ctx: Any, upstream: Any) -> Any:
            return tuple(upstream * part for part in handed_in)

    point = tuple(torch.from_numpy(w.copy()).requires_grad_() for w in (network.W1, network.W2))
    return _judged_by_raising(
        lambda: torch.autograd.gradcheck(Loss.apply, point, fast_mode=fast_mode)
    )


@checker("torch gradcheck", "torch")
def torch_slow(network: Network, gradient: Vector) -> Answer:
    return _torch_gradcheck(network, gradient, fast_mode=False)


@checker("torch gradcheck, fast_mode", "torch")
def torch_fast(network: Network, gradient: Vector) -> Answer:
    return _torch_gradcheck(network, gradient, fast_mode=True)


@checker("jax check_grads, float64", "jax")
def jax_check_grads(network: Network, gradient: Vector) -> Answer:
    import jax
    import jax.numpy as jnp
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    loss = network.loss(jnp.asarray(network.X), jnp.asarray(network.T), jnp.exp)
    handed_in = tuple(jnp.asarray(part) for part in network.split(gradient))

    @jax.custom_vjp
    def f(W1: Any, W2: Any) -> Any:
        return loss(W1, W2)

    f.defvjp(
        lambda W1, W2: (loss(W1, W2), None),
        lambda _, upstream: tuple(upstream * part for part in handed_in),
    )
    point = (jnp.asarray(network.W1), jnp.asarray(network.W2))
    return _judged_by_raising(lambda: check_grads(f, point, order=1, modes=["rev"]))


@checker("autograd check_grads", "autograd")
def autograd_check_grads(network: Network, gradient: Vector) -> Answer:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    @primitive
    def f(vector: Any) -> Any:
        return loss(vector)

    loss = network.loss_of_vector()
    defvjp(f, lambda ans, vector: lambda upstream: upstream * gradient)
    return _judged_by_raising(lambda: check_grads(f, modes=["rev"], order=1)(network.vector))


def scipy_forward(network: Network) -> Vector:
    from scipy.optimize import approx_fprime

    return approx_fprime(network.vector, network.loss_of_vector())


@checker("scipy.optimize.check_grad", "scipy", derivative=scipy_forward)
def scipy_check_grad(network: Network, gradient: Vector) -> Answer:
    from scipy.optimize import check_grad

    norm = check_grad(network.loss_of_vector(), lambda _: gradient, network.vector)
    return _judged(norm <= 1e-6, repr(float(norm)))


def scipy_three_point_derivative(network: Network) -> Vector:
    """Return scipy's "3-point" differences.

    Users write ``minimize(..., jac="3-point")``. The function behind that name is private to
    scipy; its public one, approx_fprime, takes forward differences only.
    """
    from scipy.optimize._numdiff import approx_derivative

    return approx_derivative(network.loss_of_vector(), network.vector, method="3-point")


@checker("scipy, 3-point", "scipy", has_words=False, derivative=scipy_three_point_derivative)
def scipy_three_point(network: Network, gradient: Vector) -> Answer:
    return _judged(np.allclose(gradient, scipy_three_point_derivative(network)))


def _scipy_differentiate(network: Network) -> Any:
    from scipy.differentiate import derivative

    loss, here = network.loss_of_vector(), network.vector

    def moved(x: Vector, entry: Vector) -> Vector:
        entries = np.broadcast_to(entry, x.shape).astype(int)
        result = np.empty(x.shape)
        for place in np.ndindex(x.shape):
            vector = here.copy()
            vector[entries[place]] = x[place]
            result[place] = loss(vector)
        return result

    return derivative(moved, here, args=(np.arange(len(here)),))


@checker(
    "scipy.differentiate.derivative", "scipy", has_words=False,
    derivative=lambda network: _scipy_differentiate(network).df,
)  # fmt: skip
def scipy_derivative(network: Network, gradient: Vector) -> Answer:
    found = _scipy_differentiate(network)
    limit = 10.0 * found.error + 1e-9 * np.abs(found.df)
    return _judged(np.all(np.abs(gradient - found.df) <= limit))


def numdifftools_gradient(network: Network) -> Vector:
    import numdifftools

    return numdifftools.Gradient(network.loss_of_vector())(network.vector)


# It makes matrices of the square of the number of parameters: gigabytes at 11,000.
@checker(
    "numdifftools.Gradient", "numdifftools", derivative=numdifftools_gradient,
    most_parameters=2000, has_words=False,
)  # fmt: skip
def numdifftools_check(network: Network, gradient: Vector) -> Answer:
    import numdifftools

    tool = numdifftools.Gradient(network.loss_of_vector(), full_output=True)
    found = tool(network.vector)
    limit = 10.0 * np.ravel(found.error_estimate) + 1e-9 * np.abs(found.estimate)
    return _judged(np.all(np.abs(gradient - found.estimate) <= limit))


def statsmodels_centered_derivative(network: Network) -> Vector:
    from statsmodels.tools.numdiff import approx_fprime

    return approx_fprime(network.vector, network.loss_of_vector(), centered=True)


@checker(
    "statsmodels, centered", "statsmodels", has_words=False,
    derivative=statsmodels_centered_derivative,
)  # fmt: skip
def statsmodels_centered(network: Network, gradient: Vector) -> Answer:
    return _judged(np.allclose(gradient, statsmodels_centered_derivative(network)))


def statsmodels_complex_derivative(network: Network) -> Vector:
    from statsmodels.tools.numdiff import approx_fprime_cs

    return approx_fprime_cs(network.vector, network.loss_of_vector())


@checker(
    "statsmodels, complex step", "statsmodels", has_words=False,
    derivative=statsmodels_complex_derivative, most_parameters=2000,
)  # fmt: skip
def statsmodels_complex(network: Network, gradient: Vector) -> Answer:
    return _judged(np.allclose(gradient, statsmodels_complex_derivative(network)))


def installed(candidates: list[Checker]) -> tuple[list[Checker], list[str]]:
    """Return the checkers whose packages can be imported, and the names of the others."""
    present, missing = [], []
    for candidate in candidates:
        try:
            importlib.import_module(candidate.module)
        except ImportError:
            missing.append(candidate.name)
        else:
            present.append(candidate)
    return present, missing


def ask(check: Checker, network: Network, gradient: Vector, seed: int = 0) -> Answer:
    """Have a gradient judged; the same seed gives the same directions."""
    np.random.seed(seed)  # autograd draws from the global generator
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return check.check(network, gradient)


# The measures


def times(check: Checker, network: Network, repeats: int) -> dict[str, Any] | None:
    """(a) Return median time, evaluations of the loss, and time outside the loss."""
    if network.size > check.most_parameters:
        return None
    gradient = network.gradient()
    totals, outside = [], []
    for number in range(repeats + 1):
        network.calls, network.seconds = 0, 0.0
        started = time.process_time()
        ask(check, network, gradient, number)
        total = time.process_time() - started
        if total > TOO_LONG:
            return None
        if number or total > 1.0:  # the first call imports and warms up
            totals.append(total)
            outside.append(total - network.seconds)
        if sum(totals) > 3.0:
            break
    return {
        "milliseconds": 1e3 * statistics.median(totals),
        "outside_the_loss_milliseconds": 1e3 * statistics.median(outside),
        "evaluations": network.calls,
    }


def accuracy(check: Checker, network: Network) -> dict[str, float] | None:
    """(b) Return the largest error of the derivative, of the largest entry and of each own."""
    if check.derivative is None or network.size > check.most_parameters:
        return None
    exact = exact_gradient(network.X, network.T, network.W1, network.W2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        error = np.abs(check.derivative(network) - exact)
    return {
        "of_largest_entry": float(np.max(error) / np.max(np.abs(exact))),
        "of_own_entry": float(np.max(error / np.abs(exact))),
    }


def entries_to_change(network: Network) -> dict[str, int]:
    """Return the positions of the entry of median size and of the largest one."""
    order = np.argsort(np.abs(network.gradient()))
    return {"median": int(order[len(order) // 2]), "largest": int(order[-1])}


def _with_error(gradient: Vector, position: int, relative: float) -> Vector:
    changed = gradient.copy()
    changed[position] *= 1.0 + relative
    return changed


def smallest_noticed(check: Checker, network: Network, position: int) -> float | str | None:
    """(c) Return the smallest of `LEVELS` that is noticed, "none" or "alarm".

    It is looked for by bisection: what notices an error also notices a larger one.
    """
    if network.size > check.most_parameters:
        return None
    gradient = network.gradient()
    if ask(check, network, gradient).verdict == "wrong":
        return "alarm"
    noticed, low, high = -1, 0, len(LEVELS) - 1
    while low <= high:
        middle = (low + high) // 2
        changed = _with_error(gradient, position, LEVELS[middle])
        if ask(check, network, changed).verdict == "wrong":
            noticed, low = middle, middle + 1
        else:
            high = middle - 1
    return LEVELS[noticed] if noticed >= 0 else "none"


def failure_text(check: Checker, network: Network) -> dict[str, Any] | None:
    """(e) Return length and content of the text for one entry that is 10 times too large."""
    if not check.has_words:
        return None
    position = entries_to_change(network)["largest"]
    answer = ask(check, network, _with_error(network.gradient(), position, 9.0))
    if answer.verdict != "wrong":
        return {"characters": None, "names_entry": False}
    return {
        "characters": len(answer.text),
        "names_entry": any(
            re.search(rf"(?<![\d.]){name}(?![\d.])", answer.text)
            for name in network.entry_name(position)
        ),
    }


def verdicts(check: Checker, networks: list[Network]) -> dict[str, list[str]]:
    """(d) Return the verdicts on the right gradients, and with each mistake in grad_w1."""
    result: dict[str, list[str]] = {"right": [], **{name: [] for name in MISTAKES}}
    for number, network in enumerate(networks):
        gradient = network.gradient()
        result["right"].append(ask(check, network, gradient, number).verdict)
        for name, mistake in MISTAKES.items():
            changed = gradient.copy()
            changed[0] = mistake(gradient[0])
            result[name].append(ask(check, network, changed, number).verdict)
    return result


def rates(found: dict[str, list[str]], can_tell: list[bool]) -> dict[str, Any]:
    """Return shares of false alarms, of "cannot tell", and of mistakes that are passed.

    Mistakes count among the networks whose right gradient is passed; "missed_where_kit_tells"
    only among those of them which this kit can tell (its first row in the table) as well.
    """
    passed = [verdict == "ok" for verdict in found["right"]]
    both = [p and c for p, c in zip(passed, can_tell, strict=True)]

    def missed(name: str, among: list[bool]) -> float:
        these = [v for v, counts in zip(found[name], among, strict=True) if counts]
        return these.count("ok") / max(1, len(these))

    count = len(passed)
    return {
        "networks": count,
        "false_alarms": found["right"].count("wrong") / count,
        "cannot_tell": found["right"].count("cannot tell") / count,
        "missed": {name: missed(name, passed) for name in MISTAKES},
        "missed_where_kit_tells": {name: missed(name, both) for name in MISTAKES},
    }


# The run


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    repeats: int
    random_networks: int
    dense: tuple[tuple[int, int, int, int], ...]

    @property
    def sizes(self) -> list[str]:
        """Return the numbers of parameters, smallest first."""
        return [
            "2",
            *(str((inputs + outputs) * hidden) for _, inputs, hidden, outputs in self.dense),
        ]


FULL = Plan(repeats=9, random_networks=300, dense=((32, 20, 30, 5), (64, 100, 100, 10)))
QUICK = Plan(repeats=1, random_networks=5, dense=((8, 8, 10, 2),))


def measure(checkers: list[Checker], plan: Plan, seed: int) -> dict[str, Any]:
    """Return everything that was measured, by the name of the checker."""
    sized = [scalar_network(1.5, 0.7, 0.8, -1.2)]
    sized += [dense_network(*shape, seed) for shape in plan.dense]
    middle = sized[1]
    drawn = random_scalar_networks(plan.random_networks, seed)
    results: dict[str, Any] = {}
    can_tell: list[bool] = []
    for check in checkers:
        found = verdicts(check, drawn)
        can_tell = can_tell or [verdict == "ok" for verdict in found["right"]]
        results[check.name] = {
            "time": {str(n.size): times(check, n, plan.repeats) for n in sized},
            "error_of_derivative": accuracy(check, middle),
            "smallest_noticed": {
                str(n.size): {
                    which: smallest_noticed(check, n, position)
                    for which, position in entries_to_change(n).items()
                }
                for n in sized[1:]
            },
            "failure_text": failure_text(check, middle),
            "random_networks": rates(found, can_tell),
        }
    return results


def _power(value: float | str | None) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.0e}".replace("e-0", "e-")


def _milliseconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def time_rows(results: dict[str, Any], sizes: list[str]) -> list[list[str]]:
    """Return times; the last two columns are for the largest network."""
    rows = [["time in ms, by parameters", *sizes, "outside the loss", "evaluations"]]
    for name, found in results.items():
        cells = [found["time"][size] for size in sizes]
        last = cells[-1]
        rows.append(
            [name]
            + [_milliseconds(cell["milliseconds"]) if cell else "-" for cell in cells]
            + [_milliseconds(last["outside_the_loss_milliseconds"]) if last else "-"]
            + [str(last["evaluations"]) if last else "-"]
        )
    return rows


def sensitivity_rows(results: dict[str, Any], sizes: list[str]) -> list[list[str]]:
    """Return the error of the derivative, the smallest errors noticed, and what is said."""
    columns = [(size, which) for size in sizes[1:] for which in ("median", "largest")]
    noticed = [f"{size} {which[:3]}" for size, which in columns]
    rows = [["smallest error noticed", *noticed, "own error", "text", "entry"]]
    for name, found in results.items():
        error, text = found["error_of_derivative"], found["failure_text"]
        rows.append(
            [name]
            + [_power(found["smallest_noticed"][size][which]) for size, which in columns]
            + [_power(error["of_largest_entry"] if error else None)]
            + ["-" if text is None else str(text["characters"] or "missed")]
            + ["-" if text is None else "named" if text["names_entry"] else "no"]
        )
    return rows


def rate_rows(results: dict[str, Any]) -> list[list[str]]:
    rows = [["random scalar nets, in %", "alarms", "can't tell", *MISTAKES]]
    for name, found in results.items():
        part = found["random_networks"]
        values = [part["false_alarms"], part["cannot_tell"], *part["missed"].values()]
        rows.append([name] + [f"{100 * value:.1f}" for value in values])
    return rows


def table(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells))
    lines.insert(1, "-" * len(lines[0]))
    return "\n".join(lines)


def about(checkers: list[Checker], missing: list[str], plan: Plan, seed: int) -> dict[str, Any]:
    packages = sorted({check.package for check in checkers} | {"numpy"})
    return {
        "date": datetime.date.today().isoformat(),
        "seed": seed,
        "random_networks": plan.random_networks,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": 1,
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "not_installed": missing,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there, too")
    parser.add_argument("--quick", action="store_true", help="a small part, in seconds")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    checkers, missing = installed(CHECKERS)
    facts = about(checkers, missing, plan, options.seed)
    started = time.perf_counter()
    results = measure(checkers, plan, options.seed)
    print(f"seed {facts['seed']}, Python {facts['python']}, {facts['platform']}, 1 thread")
    print(", ".join(f"{name} {version}" for name, version in facts["versions"].items()))
    print(f"not installed: {', '.join(missing) or 'none'}")
    tables = time_rows(results, plan.sizes), sensitivity_rows(results, plan.sizes)
    for rows in (*tables, rate_rows(results)):
        print(f"\n{table(rows)}")
    print(f"\n{time.perf_counter() - started:.0f} s")
    if options.json:
        content = {"about": facts, "results": results}
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
