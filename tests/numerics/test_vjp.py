"""check_vjp: layers with right and with planted wrong backward passes."""

import numpy as np
import pytest

from gradcheck_kit import check_vjp

RNG = np.random.default_rng(3)
X, W, B = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=2)
LABELS = np.array([0, 1, 1, 0])


def named(report):
    """Return the inputs that have wrong entries."""
    return {entry.path.split("[")[0] for entry in report.entries_that_are("wrong")}


def spoil(backward, at, factor=1.01):
    """Return a backward whose gradient number `at` has one entry off by a factor."""

    def spoiled(*arguments):
        found = backward(*arguments)
        several = isinstance(found, tuple)
        parts = [
            part if part is None else np.array(part) for part in (found if several else [found])
        ]
        largest = np.unravel_index(np.argmax(np.abs(parts[at])), parts[at].shape)
        parts[at][largest] *= factor
        return tuple(parts) if several else parts[0]

    return spoiled


# Layers: forward, backward, inputs, and whether there is a cache


def affine(x, W, b):
    return x @ W + b


def affine_backward(upstream, x, W, b):
    return upstream @ W.T, x.T @ upstream, upstream.sum(axis=0)


def cross_entropy(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(labels)), labels].mean()


def cross_entropy_backward(upstream, scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1.0
    return upstream * p / len(labels), None


def batch_norm(x, gamma, beta):
    mean, variance = x.mean(axis=0), x.var(axis=0)
    scale = 1.0 / np.sqrt(variance + 1e-5)
    normal = (x - mean) * scale
    return gamma * normal + beta, (normal, scale, gamma)


def batch_norm_backward(upstream, cache):
    normal, scale, gamma = cache
    d = upstream * gamma
    centred = d - d.mean(axis=0) - normal * (d * normal).mean(axis=0)
    return centred * scale, (upstream * normal).sum(axis=0), upstream.sum(axis=0)


def convolution(image, kernel):
    rows, columns = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = (image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum()
    return out


def convolution_backward(upstream, image, kernel):
    d_image, d_kernel = np.zeros_like(image), np.zeros_like(kernel)
    for i in range(upstream.shape[0]):
        for j in range(upstream.shape[1]):
            here = slice(i, i + kernel.shape[0]), slice(j, j + kernel.shape[1])
            d_image[here] += upstream[i, j] * kernel
            d_kernel += upstream[i, j] * image[here]
    return d_image, d_kernel


def attention(Q, K, V):
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    A = e / e.sum(axis=1, keepdims=True)
    return A @ V, (Q, K, V, A)


def attention_backward(upstream, cache):
    Q, K, V, A = cache
    dA = upstream @ V.T
    dS = A * (dA - (dA * A).sum(axis=1, keepdims=True)) / np.sqrt(Q.shape[1])
    return dS @ K, dS.T @ Q, A.T @ upstream


LAYERS = {
    "affine": (affine, affine_backward, (X, W, B), False),
    "cross-entropy": (
        cross_entropy, cross_entropy_backward, (RNG.normal(size=(4, 3)), LABELS), False
    ),
    "batch norm": (
        batch_norm, batch_norm_backward, (RNG.normal(size=(6, 3)), *RNG.normal(size=(2, 3))), True
    ),
    "convolution": (
        convolution, convolution_backward, (RNG.normal(size=(5, 6)), RNG.normal(size=(2, 3))), False
    ),
    "attention": (
        attention, attention_backward, tuple(RNG.normal(size=(4, 3)) for _ in range(3)), True
    ),
}  # fmt: skip

PLANTED = [
    (name, number, argument)
    for name, arguments in {
        "affine": ("x", "W", "b"),
        "cross-entropy": ("scores",),
        "batch norm": ("x", "gamma", "beta"),
        "convolution": ("image", "kernel"),
        "attention": ("Q", "K", "V"),
    }.items()
    for number, argument in enumerate(arguments)
]


@pytest.mark.parametrize("name", LAYERS)
def test_right_layers_are_ok(name):
    """Every entry of every input, without a note."""
    forward, backward, inputs, cache = LAYERS[name]
    for seed in range(3):
        report = check_vjp(forward, backward, inputs, cache=cache, seed=seed)
        assert report.verdict == "ok", str(report)
        assert report.notes == ()
        assert report.size == sum(np.size(v) for v in inputs if np.asarray(v).dtype.kind == "f")


@pytest.mark.parametrize(("name", "number", "argument"), PLANTED)
@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0, 1.001])
def test_a_planted_mistake_is_found_in_its_input(name, number, argument, factor):
    """One entry of one gradient is off: that input is named, and no other."""
    forward, backward, inputs, cache = LAYERS[name]
    report = check_vjp(forward, spoil(backward, number, factor), inputs, cache=cache)
    assert report.verdict == "wrong"
    assert named(report) == {argument}
    assert f"  {argument}[" in str(report)


@pytest.mark.parametrize(
    ("name", "mistake", "wrong"),
    [
        ("affine", lambda u, x, W, b: (u @ W.T, x.T @ u, u.mean(axis=0)), {"b"}),
        ("affine", lambda u, x, W, b: (u @ W.T, x.T @ u / len(x), u.sum(axis=0)), {"W"}),
        ("affine", lambda u, x, W, b: (u @ W.T, x.T @ np.ones_like(u), u.sum(axis=0)), {"W"}),
        (
            "cross-entropy",
            lambda u, s, y: (cross_entropy_backward(u, s, y)[0] * len(y), None),
            {"scores"},
        ),
        ("cross-entropy", lambda u, s, y: (cross_entropy_backward(1.0, s, y)[0], None), {"scores"}),
        (
            "batch norm",
            lambda u, c: (u * c[2] * c[1], *batch_norm_backward(u, c)[1:]),
            {"x"},
        ),
        (
            "attention",
            lambda u, c: (
                *(g * np.sqrt(3) for g in attention_backward(u, c)[:2]),
                attention_backward(u, c)[2],
            ),
            {"Q", "K"},
        ),
    ],
)
def test_typical_mistakes_are_found(name, mistake, wrong):
    """A mean for a sum, a forgotten upstream, constants taken for variables, a lost scale."""
    forward, _, inputs, cache = LAYERS[name]
    report = check_vjp(forward, mistake, inputs, cache=cache)
    assert report.verdict == "wrong"
    assert named(report) == wrong


def test_a_factor_common_to_all_entries_is_named():
    """The pattern line works for layers, too."""
    report = check_vjp(affine, lambda *a: tuple(2 * g for g in affine_backward(*a)), (X, W, B))
    assert "wrong ones are 2 times" in str(report)


# Several outputs


def several(x, W):
    return x @ W, (x**2).sum(), x[:, 0]


def several_backward(upstream, x, W):
    first, second, third = upstream
    dx = first @ W.T + 2 * second * x
    dx[:, 0] += third
    return dx, x.T @ first


def test_several_outputs_get_several_upstream_gradients():
    """Arrays and a number; a forgotten one is found in the input it belongs to."""
    assert check_vjp(several, several_backward, (X, W)).verdict == "ok"

    def forgetful(upstream, x, W):
        return several_backward((*upstream[:2], 0 * upstream[2]), x, W)

    report = check_vjp(several, forgetful, (X, W))
    assert named(report) == {"x"}
    assert {e.path for e in report.entries_that_are("wrong")} == {f"x[{k}, 0]" for k in range(4)}


def test_one_input_and_one_number():
    """backward may return its gradient as it is, or in a tuple."""
    assert check_vjp(np.sin, lambda u, x: u * np.cos(x), (X,)).verdict == "ok"
    assert check_vjp(lambda x: x * x, lambda u, x: (2 * x * u,), (3.0,)).verdict == "ok"
    report = check_vjp(lambda x: x * x, lambda u, x: x * u, (3.0,))
    assert named(report) == {"x"}


def test_inputs_may_be_structures():
    """A dict of weights is one input, its entries are named inside it."""

    def forward(x, net):
        return x @ net["W"] + net["b"]

    def backward(upstream, x, net):
        return upstream @ net["W"].T, {"W": x.T @ upstream, "b": upstream.sum(axis=0)}

    net = {"W": W, "b": B}
    assert check_vjp(forward, backward, (X, net)).verdict == "ok"

    def wrong(upstream, x, net):
        dx, dnet = backward(upstream, x, net)
        return dx, {**dnet, "b": 2 * dnet["b"]}

    report = check_vjp(forward, wrong, (X, net))
    assert {e.path for e in report.entries_that_are("wrong")} == {'net["b"][0]', 'net["b"][1]'}


# Inputs without gradients


def test_integer_inputs_need_no_gradient():
    """None, nothing at all, or whatever: a note in the last case."""
    scores = RNG.normal(size=(4, 3))
    for backward in (
        cross_entropy_backward,
        lambda u, s, y: cross_entropy_backward(u, s, y)[0],
        lambda u, s, y: cross_entropy_backward(u, s, y)[:1],
    ):
        report = check_vjp(cross_entropy, backward, (scores, LABELS))
        assert (report.verdict, report.notes) == ("ok", ())
    report = check_vjp(
        cross_entropy, lambda u, s, y: (cross_entropy_backward(u, s, y)[0], 0 * y), (scores, LABELS)
    )
    assert report.verdict == "ok"
    assert report.notes == ("labels holds no floats: its gradient was not checked",)


def test_without_any_floats_there_is_nothing_to_check():
    """A layer of labels alone is the caller's mistake."""
    with pytest.raises(TypeError, match="no input holds floats"):
        check_vjp(lambda y: y, lambda u, y: u, (LABELS,))


def test_a_complex_input_is_refused_by_its_name():
    """The text names the argument, not our wrapping of it."""
    with pytest.raises(TypeError, match=r"^x is complex"):
        check_vjp(affine, affine_backward, (X * 1j, W, B))


def test_notes_name_the_argument():
    """A float32 input is noted as the caller knows it."""
    report = check_vjp(affine, affine_backward, (X, W.astype(np.float32), B))
    assert report.verdict == "ok"
    assert report.notes == ("W is float32; taken as float64 to differentiate",)


# Wrong structures


@pytest.mark.parametrize(
    ("backward", "problem"),
    [
        (lambda u, x, W, b: None, "the gradient is None; is a return statement missing"),
        (lambda u, x, W, b: (u @ W.T, x.T @ u), "one item for each of x, W, b, not 2 items"),
        (lambda u, x, W, b: u @ W.T, "one item for each of x, W, b, not 1 items"),
        (lambda u, x, W, b: (1, 2, 3, 4), "one item for each of x, W, b, not 4 items"),
        (lambda u, x, W, b: (u @ W.T, x.T @ u, u), "gradient of b has shape (4, 2), but its"),
        (lambda u, x, W, b: (u @ W.T, u.T @ x, u.sum(0)), "gradient of W has shape (2, 3)"),
        (lambda u, x, W, b: (u @ W.T, x.T @ u, None), "the gradient of b is None"),
        (lambda u, x, W, b: (u @ W.T, "W", u.sum(0)), "the gradient of W is <U1, not real"),
    ],
)
def test_gradients_of_another_structure_are_wrong_and_say_where(backward, problem):
    """The number of gradients, their shapes and kinds."""
    report = check_vjp(affine, backward, (X, W, B))
    assert report.verdict == "wrong"
    assert problem in str(report)
    assert len(str(report)) < 600


def test_outputs_must_be_numbers():
    """Text and truth values have no derivative."""
    for out in ("text", None, [X, "text"], np.array([True])):
        with pytest.raises(TypeError, match="forward must return numbers"):
            check_vjp(lambda x, out=out: out, lambda u, x: u, (X,))


def test_a_cache_must_be_there():
    """The text says what cache=True asks for."""
    with pytest.raises(TypeError, match=r"forward must return \(out, cache\)"):
        check_vjp(lambda x: x, lambda u, c: u, (X,), cache=True)


# Hazards


def test_a_changed_upstream_is_noted():
    """In-place work on the upstream gradient is named and does no harm."""

    def careless(upstream, x, W, b):
        right = affine_backward(upstream, x, W, b)
        upstream *= 0.0
        return right

    report = check_vjp(affine, careless, (X, W, B))
    assert report.verdict == "ok"
    assert report.notes == ("backward changes its upstream gradient in place; it got a copy",)


def test_changed_inputs_are_noted_and_the_callers_are_safe():
    """forward and backward that write into their inputs."""

    def forward(x):
        x *= 2.0
        return x**2

    def backward(upstream, x):
        x *= 8.0
        return upstream * x

    x = X.copy()
    report = check_vjp(forward, backward, (x,))
    assert report.verdict == "ok"
    assert "the function changes its parameters in place; it got copies" in report.notes
    assert "the gradient function changes its parameters in place; it got copies" in report.notes
    np.testing.assert_array_equal(x, X)


def test_a_reused_output_buffer_is_read_in_time():
    """forward and backward that return the same arrays each time."""
    out, grads = np.zeros((4, 2)), (np.zeros((4, 3)), np.zeros((3, 2)), np.zeros(2))

    def forward(x, W, b):
        out[:] = affine(x, W, b)
        return out

    def backward(upstream, x, W, b):
        for buffer, value in zip(grads, affine_backward(upstream, x, W, b), strict=True):
            buffer[:] = value
        return grads

    assert check_vjp(forward, backward, (X, W, B)).verdict == "ok"


def test_dropout_without_a_seed_is_never_ok():
    """Another mask at each call: noted, not accused."""
    rng = np.random.default_rng(0)

    def forward(x):
        return x * (rng.uniform(size=x.shape) < 0.5)

    report = check_vjp(forward, lambda u, x: 0.5 * u, (X,))
    assert report.verdict == "cannot_tell"
    assert any("hidden state or randomness" in note for note in report.notes)


def test_output_appears_once(capsys):
    """One line of forward and one of backward, however many evaluations."""

    def forward(x):
        print("forward")
        return x**2, x

    def backward(upstream, x):
        print("backward")
        return 2 * upstream * x

    check_vjp(forward, lambda u, c: backward(u, c), (X,), cache=True)
    assert capsys.readouterr().out.splitlines() == ["forward", "backward"]


def test_float32_layers_get_no_false_alarm():
    """A layer that casts to float32 is judged by float32's digits."""

    def narrow(x, W, b):
        return affine(x.astype(np.float32), W.astype(np.float32), b.astype(np.float32))

    assert check_vjp(narrow, affine_backward, (X, W, B)).verdict != "wrong"
    doubled = check_vjp(narrow, lambda *a: tuple(2 * g for g in affine_backward(*a)), (X, W, B))
    assert doubled.verdict == "wrong"


def test_relu_accepts_either_slope_at_zero():
    """Ties are kinks, whatever upstream is."""
    x = np.array([0.5, 0.0, -0.7, 0.0])
    for mask in (x > 0, x >= 0):
        report = check_vjp(lambda x: np.maximum(x, 0), lambda u, x, m=mask: u * m, (x,))
        assert report.verdict == "ok"
        assert any("kink" in note for note in report.notes)
    assert check_vjp(lambda x: np.maximum(x, 0), lambda u, x: u, (x,)).verdict == "wrong"


def test_functions_without_names_number_their_inputs():
    """Where forward takes *inputs, entries are called "input 0"."""
    report = check_vjp(lambda *v: v[0] * v[1], lambda u, *v: (u * v[1], u * v[1]), (X, X + 1))
    assert named(report) == {"input 1"}


@pytest.mark.parametrize("size", [60, 200])
def test_large_layers_are_screened(size):
    """Thousands of entries: right is ok, one wrong entry is located."""
    x, weights = RNG.normal(size=(5, size)), RNG.normal(size=(size, 50)) / 8
    assert check_vjp(affine, affine_backward, (x, weights, np.zeros(50))).verdict == "ok"

    def wrong(*arguments):
        dx, dW, db = affine_backward(*arguments)
        dW[7, 3] *= 1.1
        return dx, dW, db

    report = check_vjp(affine, wrong, (x, weights, np.zeros(50)))
    assert [e.path for e in report.entries_that_are("wrong")] == ["W[7, 3]"]


def test_the_same_seed_gives_the_same_report():
    """Upstream gradients come from the seed."""
    wrong = spoil(affine_backward, 1)
    one, two, other = (check_vjp(affine, wrong, (X, W, B), seed=s) for s in (1, 1, 2))
    assert one == two
    assert other.verdict == "wrong"
    assert one != other


def test_rtol_is_passed_on():
    """An error of 0.1 % passes at 1 %."""
    wrong = spoil(affine_backward, 1, 1.001)
    assert check_vjp(affine, wrong, (X, W, B), rtol=1e-2).verdict == "ok"
    assert check_vjp(affine, wrong, (X, W, B), rtol=1e-4).verdict == "wrong"


def test_exceptions_pass_through():
    """Of forward as of backward."""

    def broken(*arguments):
        raise KeyError("mine")

    for forward, backward in ((broken, affine_backward), (affine, broken)):
        with pytest.raises(KeyError, match="mine"):
            check_vjp(forward, backward, (X, W, B))
