"""Over random networks: no false alarm, and the popular mistakes never pass.

The same generators as in ``benchmarks/gradient_rates.py``, on a sample.
"""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "gradient_rates.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("gradient_rates", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def collected(benchmark, monkeypatch, run):
    """Run a part of the benchmark and return its tallies."""
    tallies = []

    class Kept(benchmark.Rates):
        def __init__(self):
            super().__init__()
            tallies.append(self)

    monkeypatch.setattr(benchmark, "Rates", Kept)
    run()
    return tallies


def never_fooled(rates):
    assert rates.alarms == 0
    for mistake in ("zero", "sign", "factor 2"):
        assert rates.tried[mistake] > 0
        assert rates.missed[mistake] == 0


def test_scalar_networks(benchmark, monkeypatch):
    """300 networks with |w| up to 30, in four kinds of code."""
    tallies = collected(benchmark, monkeypatch, lambda: benchmark.scalar_networks(300, 11))
    assert len(tallies) == 4
    for rates in tallies:
        never_fooled(rates)
    for rates in tallies[:3]:
        assert rates.untold <= 0.06 * rates.entries
        assert rates.missed["1e-3"] <= 0.03 * rates.tried["1e-3"]


@pytest.mark.parametrize("by_inputs", [True, False])
def test_dense_networks(benchmark, monkeypatch, by_inputs):
    """40 networks of up to 8 units a layer, half of the sets deep in saturation."""
    (rates,) = collected(
        benchmark, monkeypatch, lambda: benchmark.dense_networks(40, 11, by_inputs=by_inputs)
    )
    never_fooled(rates)
    assert rates.entries > 1000
    assert rates.untold <= 0.15 * rates.entries


def test_mistakes_are_found_when_they_are_handed_in(benchmark):
    """The tallies judge mistakes by the tolerance; here they go through the check itself."""
    from gradcheck_kit import check_gradient

    w, x, t = (0.8, -1.7), 1.3, 0.4
    right = benchmark.plain_gradient(w, x, t)
    for loss in (benchmark.scalar_loss(x, t), benchmark.float_loss(x, t)):
        assert check_gradient(loss, right, w).verdict == "ok"
        for mistake in benchmark.MISTAKES.values():
            for at in range(2):
                wrong = list(right)
                wrong[at] = mistake(wrong[at])
                report = check_gradient(loss, wrong, w)
                assert [e.path for e in report.entries_that_are("wrong")] == [f"w[{at}]"]
