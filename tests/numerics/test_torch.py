"""Functions of PyTorch tensors: right gradients pass, wrong ones do not, torch is not believed."""

import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from gradcheck_kit import (
    GradcheckFailure,
    assert_gradient,
    check_gradient,
    check_vjp,
    numerical_gradient,
)
from gradcheck_kit.numerics.check import LARGE

try:
    import torch
except ImportError as error:
    if os.environ.get("CI") == "true":
        error.add_note("a run that counts must not leave these tests out: pip install torch")
        raise
    pytest.skip("needs PyTorch (pip install torch)", allow_module_level=True)

PAGE = Path(__file__).parents[2] / "docs" / "how-the-check-decides.md"
F64 = torch.float64


def tensor(*values, dtype=F64, **options):
    return torch.tensor(values, dtype=dtype, **options)


def notes_of(report):
    return " | ".join(report.notes)


W = tensor(0.7, -1.3, 0.4)


def f(w):
    return (torch.sin(w) * w**2).sum()


def grad(w):
    return torch.cos(w) * w**2 + 2 * w * torch.sin(w)


def network(x, t):
    def loss(w):
        return 0.5 * ((torch.sigmoid(torch.sigmoid(x @ w["W1"]) @ w["W2"]) - t) ** 2).sum()

    return loss


def by_autograd(loss):
    """Return a gradient as users take it: clone, backward, .grad."""

    def gradient(w):
        leaves = {key: value.detach().clone().requires_grad_() for key, value in w.items()}
        loss(leaves).backward()
        return {key: value.grad for key, value in leaves.items()}

    return gradient


def dense(d, h, k, n, dtype=F64):
    generator = torch.Generator().manual_seed(3)
    options = {"generator": generator, "dtype": dtype}
    x, t = torch.randn(n, d, **options), torch.rand(n, k, **options)
    weights = {"W1": torch.randn(d, h, **options) / d**0.5, "W2": torch.randn(h, k, **options)}
    return x, t, weights


# Right and wrong


def test_right_and_wrong_gradients():
    report = check_gradient(f, grad, W)
    assert (report.verdict, report.method, report.notes) == ("ok", "autograd", ())
    assert all(entry.error < 1e-14 for entry in report.entries)
    wrong = check_gradient(f, lambda w: grad(w) * tensor(1.0, 1.0, 1.0 + 1e-7), W)
    assert [entry.path for entry in wrong.entries_that_are("wrong")] == ["w[2]"]
    with pytest.raises(GradcheckFailure, match=r"w\[0\]: yours -"):
        assert_gradient(f, -grad(W), W)


@pytest.mark.parametrize(
    "result",
    [lambda y: y, lambda y: y.reshape(1), lambda y: y.detach(), lambda y: y.item(), np.float64],
    ids=["0-d", "(1,)", "detached", "float", "numpy"],
)
def test_what_a_function_may_return(result):
    """Autograd where there is a history, else other oracles."""
    report = check_gradient(lambda w: result(f(w)), grad, W)
    assert report.verdict == "ok"
    assert report.notes == ()
    assert check_gradient(lambda w: result(f(w)), lambda w: 1.001 * grad(w), W).verdict == "wrong"


def test_a_function_of_arrays_may_use_tensors_inside():
    """No warning about read-only arrays reaches the caller, and its array stays as it is."""
    w = W.numpy().copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = check_gradient(
            lambda w: f(torch.from_numpy(w)), lambda w: grad(torch.tensor(w)), w
        )
    assert (report.verdict, report.notes) == ("ok", ())
    assert report.method != "autograd"

    def careless(w):
        own = torch.from_numpy(w)
        own.mul_(2.0)
        return f(own / 2.0)

    assert check_gradient(careless, grad(W), w).verdict == "ok"
    np.testing.assert_array_equal(w, W.numpy())


def test_structures_and_names():
    """Tensors in tuples, lists and dicts, with numbers and arrays among them."""
    params = {"a": [tensor(1.0, 2.0), (tensor(0.5), 0.3)], "b": 2.0}

    def g(p):
        (x, (y, z)), b = p["a"], p["b"]
        return b * (x**2).sum() + (y * z).sum() + z**3

    def right(p):
        (x, (y, z)), b = p["a"], p["b"]
        return {"a": [2 * b * x, (z * torch.ones(1), y.sum() + 3 * z**2)], "b": (x**2).sum()}

    report = check_gradient(g, right, params)
    assert (report.verdict, report.method) == ("ok", "autograd")
    wrong = right(params)
    wrong["a"][1] = (tensor(0.31), wrong["a"][1][1])
    report = check_gradient(g, wrong, params)
    assert [e.path for e in report.entries_that_are("wrong")] == ['p["a"][1][0][0]']


def test_tensors_next_to_arrays():
    """Both kinds move; autograd would see the tensors only, so it is not asked."""

    def g(w, to=float):
        return (w[0] ** 2).sum() * to((w[1] ** 3).sum())

    def right(w):
        return 2 * w[0] * float((w[1] ** 3).sum()), 3 * w[1] ** 2 * float((w[0] ** 2).sum())

    params = (tensor(1.0, -2.0), np.array([0.5, 0.8]))
    for function in (g, lambda w: g(w, to=lambda number: number)):
        report = check_gradient(function, right, params)
        assert report.verdict == "ok"
        assert report.method in ("complex-step", "ridders")
        wrong = right(params)[0], 1.001 * right(params)[1]
        report = check_gradient(function, wrong, params)
        assert {e.path for e in report.entries_that_are("wrong")} == {"w[1][0]", "w[1][1]"}


def test_numerical_gradient_returns_tensors():
    found = numerical_gradient(f, W.float().requires_grad_())
    assert found.method == "autograd"
    assert found.value.dtype == F64
    assert not found.value.requires_grad
    assert torch.allclose(found.value, grad(W.float().double()), rtol=1e-12)
    assert found.error.shape == W.shape


def test_leaves_that_record_their_history():
    """requires_grad stays, so that backward() and .grad work on what is handed over."""
    w = W.clone().requires_grad_()

    def gradient(w):
        f(w).backward()
        return w.grad

    report = check_gradient(f, gradient, w)
    assert (report.verdict, report.notes) == ("ok", ())
    assert w.grad is None
    forgotten = check_gradient(f, lambda w: w.grad, w)
    assert "backward()" in str(forgotten)


def test_a_network_in_one_go():
    x, t, weights = dense(5, 6, 3, 8)
    loss = network(x, t)
    report = check_gradient(loss, by_autograd(loss), weights)
    assert (report.verdict, report.method) == ("ok", "autograd")
    wrong = by_autograd(loss)(weights)
    wrong["W2"][4, 1] *= 1 + 1e-7
    report = check_gradient(loss, wrong, weights)
    assert [e.path for e in report.entries_that_are("wrong")] == ['w["W2"][4, 1]']


def test_a_large_network_needs_no_search():
    """Every entry is compared: an error of 1e-7 in one of thousands is found."""
    x, t, weights = dense(40, 60, 10, 8)
    loss = network(x, t)
    gradient = by_autograd(loss)(weights)
    report = check_gradient(loss, gradient, weights)
    assert report.size > LARGE
    assert report.verdict == "ok"
    assert "gradient is right in all 3000 entries" in str(report)
    assert report.evaluations < 250
    gradient["W1"][7, 3] *= 1 + 1e-7
    report = check_gradient(loss, gradient, weights)
    assert [e.path for e in report.entries_that_are("wrong")] == ['w["W1"][7, 3]']
    assert len(str(report)) < 600


def test_a_relu_network():
    """Random directions through all weights cross kinks; that is no reason to give autograd up."""
    x, t, weights = dense(10, 20, 3, 8)

    def loss(w):
        return 0.5 * ((torch.relu(x @ w["W1"]) @ w["W2"] - t) ** 2).sum()

    report = check_gradient(loss, by_autograd(loss), weights)
    assert (report.verdict, report.method) == ("ok", "autograd")
    assert report.evaluations < 1000


# Automatic differentiation that is wrong


def wrong_backward(change):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            y = torch.sigmoid(z)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, upstream):
            (y,) = ctx.saved_tensors
            return upstream * change(y * (1 - y), y)

    return Wrong.apply


@pytest.mark.parametrize(
    "change",
    [
        lambda g, y: 2 * g,
        lambda g, y: 0 * g,
        lambda g, y: -g,
        lambda g, y: g * (1 + 1e-5),
        lambda g, y: torch.where(y > 0.9999, 2 * g, g),  # wrong for the smallest slopes only
    ],
    ids=["doubled", "zero", "sign", "1e-5", "small ones"],
)
def test_a_wrong_backward_does_not_fool_it(change):
    """The gradient handed in is the very one that autograd gives."""
    apply = wrong_backward(change)
    w = {"w": tensor(0.3, -0.8, 1.9, 11.0, 13.0)}

    def loss(w):
        return (apply(w["w"]) ** 2).sum()

    report = check_gradient(loss, by_autograd(loss), w)
    assert report.verdict == "wrong"
    assert report.method != "autograd"

    def right(w):
        y = torch.sigmoid(w["w"])
        return {"w": 2 * y * y * (1 - y)}

    assert check_gradient(loss, right, w).verdict == "ok"


def test_a_wrong_backward_in_a_large_problem():
    apply = wrong_backward(lambda g, y: 2 * g)
    w = {"w": torch.linspace(-2, 2, LARGE + 5, dtype=F64)}

    def loss(w):
        return apply(w["w"]).sum()

    assert check_gradient(loss, by_autograd(loss), w).verdict == "wrong"
    half = by_autograd(loss)(w)["w"] / 2
    assert check_gradient(loss, {"w": half}, w).verdict == "ok"


@pytest.mark.parametrize(
    "leave",
    [lambda t: t.detach(), lambda t: t.data, lambda t: t.item(), lambda t: float(t.detach())],
    ids=["detach", "data", "item", "float"],
)
def test_code_that_leaves_the_graph(leave):
    """A part of the function that autograd does not see is seen."""

    def partial(w):
        return (w[:1] ** 2).sum() + leave(w[1]) * leave(w[2]) * 3.0

    right = tensor(2 * W[0], 3 * W[2], 3 * W[1])
    assert check_gradient(partial, right, W).verdict == "ok"
    seen = tensor(2 * W[0], 0.0, 0.0)
    assert check_gradient(partial, seen, W).verdict == "wrong"

    def both(w):  # every entry has a slope of its own, too
        return (w**2).sum() + 1e-3 * leave(w[1]) * leave(w[2])

    right = 2 * W + tensor(0.0, 1e-3 * W[2], 1e-3 * W[1])
    assert check_gradient(both, right, W).verdict == "ok"
    assert check_gradient(both, 2 * W, W).verdict == "wrong"


# Hazards


def test_changes_in_place():
    def careless(w):
        w *= 2.0
        return f(w / 2.0)

    w = W.clone()
    for change in (careless, lambda w: careless(w.data)):
        report = check_gradient(change, grad, w)
        assert report.verdict == "ok"
        assert "the function changes its parameters in place" in notes_of(report)
    assert torch.equal(w, W)

    def careless_gradient(w):
        result = grad(w)
        w.zero_()
        return result

    report = check_gradient(f, careless_gradient, w)
    assert report.verdict == "ok"
    assert "the gradient function changes its parameters in place" in notes_of(report)
    assert torch.equal(w, W)


def test_code_without_gradients():
    """Under no_grad and inference_mode there is no history; other oracles do the work."""
    for mode in (torch.no_grad(), torch.inference_mode()):

        def quiet(w, mode=mode):
            with mode:
                return f(w)

        report = check_gradient(quiet, grad, W)
        assert (report.verdict, report.notes) == ("ok", ())
        assert check_gradient(quiet, lambda w: 1.001 * grad(w), W).verdict == "wrong"
    with torch.no_grad():  # around the call, autograd can still be used
        assert check_gradient(f, grad, W).method == "autograd"


def test_whole_numbers_are_taken_as_float64():
    report = check_gradient(lambda w: (w**3).sum(), lambda w: 3 * w**2, torch.tensor([1, -2]))
    assert report.verdict == "ok"
    assert "w is torch.int64; taken as float64" in notes_of(report)


def test_float32_tensors_are_taken_as_float64():
    report = check_gradient(f, grad, W.float())
    assert (report.verdict, report.method) == ("ok", "autograd")
    assert "w is torch.float32; taken as float64" in notes_of(report)
    assert check_gradient(f, lambda w: grad(w) * (1 + 1e-7), W.float()).verdict == "wrong"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_code_with_few_digits_inside(dtype):
    """What is computed in few digits cannot be judged as if there were many."""
    report = check_gradient(lambda w: f(w.to(dtype)), grad, W)
    assert report.verdict != "wrong"
    assert "computes in less than float64" in notes_of(report)
    assert check_gradient(lambda w: f(w.to(dtype)), lambda w: -9 * grad(w), W).verdict == "wrong"
    handed_in = check_gradient(f, grad(W).to(dtype), W)
    assert handed_in.verdict != "wrong"
    assert "less than float64's digits" in notes_of(handed_in)


def test_float32_modules():
    """A module's weights are float32, and refuse float64 tensors: it gets its own type."""
    torch.manual_seed(1)
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    x = torch.randn(5, 3)

    def loss(x):
        return (module(x) ** 2).mean()

    def gradient(x):
        x = x.detach().clone().requires_grad_()
        return torch.autograd.grad(loss(x), x)[0]

    report = check_gradient(loss, gradient, x)
    assert report.verdict != "wrong"
    assert "the function takes no float64 tensors" in notes_of(report)
    wrong = check_gradient(loss, lambda x: 2 * gradient(x), x)
    assert wrong.verdict == "wrong"
    # As parameters the weights are float64 ones, and all is exact.
    weights = dict(module.named_parameters())

    def of_weights(w):
        return (torch.func.functional_call(module, w, (x.to(w["0.bias"].dtype),)) ** 2).mean()

    report = check_gradient(of_weights, by_autograd(of_weights), weights)
    assert (report.verdict, report.method) == ("ok", "autograd")
    with pytest.raises(TypeError, match="named_parameters"):
        check_gradient(lambda m: m(x).sum(), lambda m: None, module)


def test_an_error_is_the_functions_own():
    """Where tensors of either type are refused, the reader sees what the function said."""
    with pytest.raises(RuntimeError) as caught:
        check_gradient(lambda w: (w @ torch.ones(7)).sum(), grad, W.float())
    assert "raised by the function itself" in caught.value.__notes__[0]
    assert "size" in str(caught.value)


def test_what_is_no_number():
    with pytest.raises(TypeError, match="w is complex"):
        check_gradient(f, grad, W.to(torch.complex128))
    with pytest.raises(TypeError, match=r"not a tensor of shape \(3,\)"):
        check_gradient(lambda w: w**2, grad, W)
    with pytest.raises(ValueError, match="not finite"):
        check_gradient(f, grad, tensor(1.0, float("nan")))
    report = check_gradient(f, lambda w: grad(w)[:2], W)
    assert "the gradient has shape (2,), but its parameter has shape (3,)" in str(report)


def test_randomness_is_named():
    report = check_gradient(lambda w: (w * torch.rand(3, dtype=F64)).sum(), grad, W)
    assert report.verdict == "cannot_tell"
    assert "the same parameters give two answers" in notes_of(report)


def test_shared_memory_is_named():
    report = check_gradient(lambda w: (w[0] * w[1]).sum(), lambda w: (w[1], w[0]), (W, W[:]))
    assert "two parameters share their memory" in notes_of(report)


def test_kinks():
    """Any slope between those on both sides counts at a kink, also one that autograd has not."""
    w = tensor(1.5, 0.0, -2.0)
    for at_zero in (0.0, 0.5, 1.0):
        report = check_gradient(lambda w: torch.relu(w).sum(), tensor(1.0, at_zero, 0.0), w)
        assert report.verdict == "ok", at_zero
    assert (
        check_gradient(lambda w: torch.relu(w).sum(), tensor(1.0, 2.0, 0.0), w).verdict == "wrong"
    )


def test_saturation_cannot_be_told():
    w = tensor(60.0)
    report = check_gradient(lambda w: torch.sigmoid(w).sum(), tensor(0.0), w)
    assert report.verdict == "cannot_tell"


# Layers


def affine(x, W, b):
    return x @ W + b


def affine_backward(upstream, x, W, b):
    return upstream @ W.T, x.T @ upstream, upstream.sum(0)


def inputs(dtype=F64):
    generator = torch.Generator().manual_seed(5)
    shapes = (4, 3), (3, 2), (2,)
    return tuple(torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes)


@pytest.mark.parametrize("dtype", [F64, torch.float32])
def test_layers_of_tensors(dtype):
    report = check_vjp(affine, affine_backward, inputs(dtype))
    assert (report.verdict, report.method) == ("ok", "autograd")

    def forgets_rows(upstream, x, W, b):
        return upstream @ W.T, x.T @ upstream, upstream[0]

    report = check_vjp(affine, forgets_rows, inputs(dtype))
    assert report.verdict == "wrong"
    assert report.entries_that_are("wrong")[0].path.startswith("b[")


def test_layers_with_labels_and_several_outputs():
    x, W, _ = inputs()
    labels = torch.tensor([0, 1, 1, 0])

    def forward(x, W, labels):
        scores = x @ W
        return scores.log_softmax(1)[torch.arange(4), labels], scores

    def backward(upstream, x, W, labels):
        of_chosen, of_scores = upstream
        scores = x @ W
        delta = torch.nn.functional.one_hot(labels, 2) - scores.softmax(1)
        total = of_chosen[:, None] * delta + of_scores
        return total @ W.T, x.T @ total, None

    assert check_vjp(forward, backward, (x, W, labels)).verdict == "ok"


def test_layers_that_take_float32_only():
    module = torch.nn.Linear(3, 2)

    def backward(upstream, x):
        return upstream @ module.weight

    (x, *_) = inputs(torch.float32)
    report = check_vjp(lambda x: module(x), backward, (x,))
    assert report.verdict != "wrong"
    wrong = check_vjp(lambda x: module(x), lambda u, x: 2 * backward(u, x), (x,))
    assert wrong.verdict == "wrong"


def test_layers_with_a_cache():
    def forward(x, W, b):
        return affine(x, W, b), (x, W)

    def backward(upstream, cache):
        x, W = cache
        return upstream @ W.T, x.T @ upstream, upstream.sum(0)

    assert check_vjp(forward, backward, inputs(), cache=True).verdict == "ok"


# What the page says


def test_the_example_on_the_page(capsys):
    """It is no doctest, because not every reader has PyTorch."""
    text = PAGE.read_text(encoding="utf-8").partition("## PyTorch")[2].partition("\n## ")[0]
    code, printed = re.findall(r"```(?:python|text)\n(.*?)```", text, re.DOTALL)
    exec(code, {})
    assert re.sub(r"\d+ evaluations", "... evaluations", capsys.readouterr().out) == re.sub(
        r"\d+ evaluations", "... evaluations", printed
    )
