"""False alarms and misses of check_gradient over random networks.

    python benchmarks/gradient_rates.py [--scalar 20000] [--dense 1000] [--seed 0]

Scalar networks: |w| log-uniform 0.01..30, x log-uniform 0.1..3 with random sign, y_true
uniform 0..1. Dense ones: sizes up to 8, weights normal with scale log-uniform 0.1..60 over
the root of the number of inputs; once more without that root, where most units are saturated
beyond the last digit and nothing can be told. For each, the right textbook
gradient is checked (a "wrong" is a false alarm), then the gradient with one entry set to
zero, with its sign flipped, doubled, and off by 1e-3 and 1e-6 relative (an "ok" is a miss).
Rates are per entry, misses among the entries that can be told.
"""

import argparse
import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck_kit.numerics.check import check_gradient

Vector = np.ndarray[Any, Any]

MISTAKES: dict[str, Callable[[float], float]] = {
    "zero": lambda g: 0.0,
    "sign": lambda g: -g,
    "factor 2": lambda g: 2.0 * g,
    "1e-3": lambda g: g * (1.0 + 1e-3),
    "1e-6": lambda g: g * (1.0 + 1e-6),
}


def sigmoid(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


def plain_gradient(w: tuple[float, float], x: float, t: float) -> tuple[float, float]:
    """Return the textbook's gradient, s·(1 - s) with its cancellation and all."""
    w1, w2 = w
    a1 = float(sigmoid(w1 * x))
    y = float(sigmoid(w2 * a1))
    delta = (y - t) * y * (1.0 - y)
    return delta * w2 * a1 * (1.0 - a1) * x, delta * a1


def scalar_loss(x: float, t: float) -> Callable[[Any], Any]:
    return lambda w: 0.5 * (sigmoid(w[1] * sigmoid(w[0] * x)) - t) ** 2


def float_loss(x: float, t: float) -> Callable[[Any], Any]:
    def loss(w: Any) -> float:
        a1 = 1.0 / (1.0 + math.exp(-w[0] * x))
        y = 1.0 / (1.0 + math.exp(-w[1] * a1))
        return 0.5 * (y - t) ** 2

    return loss


def float32_loss(x: float, t: float) -> Callable[[Any], Any]:
    def loss(w: Any) -> Any:
        one, a, b = np.float32(1), np.float32(w[0]), np.float32(w[1])
        a1 = one / (one + np.exp(-a * np.float32(x)))
        y = one / (one + np.exp(-b * a1))
        return np.float32(0.5) * (y - np.float32(t)) ** 2

    return loss


class Rates:
    """Counts verdicts entry by entry."""

    def __init__(self) -> None:
        self.entries = 0
        self.alarms = 0
        self.untold = 0
        self.tried: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()

    def add(self, f: Any, gradient: Any, params: Any, seed: int, **options: Any) -> None:
        report = check_gradient(f, gradient, params, seed=seed, **options)
        for entry in report.entries:
            self.entries += 1
            self.alarms += entry.verdict == "wrong"
            self.untold += entry.verdict == "cannot_tell"
            if entry.verdict != "ok":
                continue
            # The tolerance does not depend on what was handed in: judge mistakes by it.
            for name, mistake in MISTAKES.items():
                self.tried[name] += 1
                wrong = abs(mistake(entry.analytic) - entry.numerical) > entry.tolerance
                self.missed[name] += not wrong

    def line(self, name: str) -> str:
        rates = "  ".join(f"{self.missed[m] / max(1, self.tried[m]):7.3%}" for m in MISTAKES)
        untold = self.untold / self.entries
        return f"{name:<28} {self.entries:>7} {self.alarms:>6} {untold:>8.2%}  {rates}"


def scalar_networks(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rates = {name: Rates() for name in ("complex-safe", "with plain form", "float()", "float32")}
    for number in range(count):
        w1, w2 = np.exp(rng.uniform(np.log(0.01), np.log(30.0), 2)) * rng.choice([-1.0, 1.0], 2)
        x = float(np.exp(rng.uniform(np.log(0.1), np.log(3.0))) * rng.choice([-1.0, 1.0]))
        t = float(rng.uniform())
        w = (float(w1), float(w2))
        gradient = plain_gradient(w, x, t)
        rates["complex-safe"].add(scalar_loss(x, t), gradient, w, number)
        rates["with plain form"].add(scalar_loss(x, t), gradient, w, number, plain=gradient)
        rates["float()"].add(float_loss(x, t), gradient, w, number)
        if number % 4 == 0:
            rates["float32"].add(float32_loss(x, t), gradient, w, number)
    for name, found in rates.items():
        print(found.line(f"scalar, {name}"))


def dense_networks(count: int, seed: int, *, by_inputs: bool) -> None:
    rng = np.random.default_rng(seed)
    rates = Rates()
    for number in range(count):
        n, d, h, k = rng.integers(1, 9, 4)
        scale = float(np.exp(rng.uniform(np.log(0.1), np.log(60.0))))
        X, T = rng.normal(size=(n, d)), rng.uniform(size=(n, k))
        W1, W2 = rng.normal(size=(d, h)) * scale, rng.normal(size=(h, k)) * scale
        if by_inputs:
            W1, W2 = W1 / np.sqrt(d), W2 / np.sqrt(h)

        def loss(w: Any, X: Vector = X, T: Vector = T) -> Any:
            return 0.5 * ((sigmoid(sigmoid(X @ w[0]) @ w[1]) - T) ** 2).sum() / len(X)

        with np.errstate(over="ignore"):
            A1 = sigmoid(X @ W1)
            Y = sigmoid(A1 @ W2)
        D2 = (Y - T) * Y * (1.0 - Y) / n
        gradient = (X.T @ ((D2 @ W2.T) * A1 * (1.0 - A1)), A1.T @ D2)
        rates.add(loss, gradient, (W1, W2), number)
    print(rates.line("dense" if by_inputs else "dense, saturated"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scalar", type=int, default=20_000)
    parser.add_argument("--dense", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    print(f"seed {options.seed}")
    print(f"{'':<28} {'entries':>7} {'alarms':>6} {'untold':>8}  missed: " + "  ".join(MISTAKES))
    scalar_networks(options.scalar, options.seed)
    dense_networks(options.dense, options.seed, by_inputs=True)
    dense_networks(options.dense, options.seed, by_inputs=False)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
