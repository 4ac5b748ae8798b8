"""The values of a gradient tell which links of its chain are there, at every seed."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck_kit.diagnosis.factor_fit import FactorFit, factor_fit
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems import get_problem
from gradcheck_kit.problems.batch import sigmoid_prime as batch_prime
from gradcheck_kit.problems.network import sigmoid, sigmoid_prime
from gradcheck_kit.problems.problem import Factor, Function, Problem, Return

SEEDS = range(6)
NETWORK = get_problem("network")
BACKWARD = NETWORK.function("backward")
BATCH = get_problem("batch")
BATCH_BACKWARD = BATCH.function("backward")
BATCH_LOSS = BATCH.function("loss")

ERROR = {"y_pred - y_true": 1}
SP2 = {"y_pred": 1, "1 - y_pred": 1}
SP1 = {"a1": 1, "1 - a1": 1}
SP_A1 = {"σ(a1)": 1, "1 - σ(a1)": 1}
SP_Y = {"σ(y_pred)": 1, "1 - σ(y_pred)": 1}


def less(*links):
    return {factor: -e for link in links for factor, e in link.items()}


class Way:
    """The values on the way forward and the two right gradients, at one point."""

    def __init__(self, x, y_true, w1, w2):
        self.x, self.y_true, self.w1, self.w2 = x, y_true, w1, w2
        self.z1 = w1 * x
        self.a1 = sigmoid(self.z1)
        self.z2 = w2 * self.a1
        self.y_pred = sigmoid(self.z2)
        self.error = self.y_pred - y_true
        self.sp2, self.sp1 = sigmoid_prime(self.z2), sigmoid_prime(self.z1)
        self.grad_w1 = self.error * self.sp2 * w2 * self.sp1 * x
        self.grad_w2 = self.error * self.sp2 * self.a1


def deviation_of(name, formula, seed=0):
    """Return what the fit says of a gradient by that formula of a `Way`."""
    points = NETWORK.points(BACKWARD, seed)
    return FactorFit(NETWORK, BACKWARD, seed).by_factors(name, [formula(Way(*p)) for p in points])


FORMULAS = [
    # What is wrong; the gradient; its formula; exponents beyond the right ones; constant.
    ("right w1", "grad_w1", lambda v: v.grad_w1, {}, 1.0),
    ("right w2", "grad_w2", lambda v: v.grad_w2, {}, 1.0),
    ("no error", "grad_w1", lambda v: v.sp2 * v.w2 * v.sp1 * v.x, less(ERROR), 1.0),
    ("no σ'(z2)", "grad_w1", lambda v: v.error * v.w2 * v.sp1 * v.x, less(SP2), 1.0),
    ("no w2", "grad_w1", lambda v: v.error * v.sp2 * v.sp1 * v.x, {"w2": -1}, 1.0),
    ("no σ'(z1)", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * v.x, less(SP1), 1.0),
    ("no x", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * v.sp1, {"x": -1}, 1.0),
    ("no error", "grad_w2", lambda v: v.sp2 * v.a1, less(ERROR), 1.0),
    ("no σ'(z2)", "grad_w2", lambda v: v.error * v.a1, less(SP2), 1.0),
    ("no a1", "grad_w2", lambda v: v.error * v.sp2, {"a1": -1}, 1.0),
    ("error twice", "grad_w1", lambda v: v.grad_w1 * v.error, ERROR, 1.0),
    ("σ'(z2) twice", "grad_w1", lambda v: v.grad_w1 * v.sp2, SP2, 1.0),
    ("w2 twice", "grad_w1", lambda v: v.grad_w1 * v.w2, {"w2": 1}, 1.0),
    ("x three times", "grad_w1", lambda v: v.grad_w1 * v.x * v.x, {"x": 2}, 1.0),
    ("a1 twice", "grad_w2", lambda v: v.grad_w2 * v.a1, {"a1": 1}, 1.0),
    ("σ'(z2) twice", "grad_w2", lambda v: v.grad_w2 * v.sp2, SP2, 1.0),
    ("by w2", "grad_w1", lambda v: v.error * v.sp2 / v.w2 * v.sp1 * v.x, {"w2": -2}, 1.0),
    ("by x", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * v.sp1 / v.x, {"x": -2}, 1.0),
    ("by a1", "grad_w2", lambda v: v.error * v.sp2 / v.a1, {"a1": -2}, 1.0),
    (
        "1/grad", "grad_w2", lambda v: 1 / v.grad_w2,
        {"y_pred - y_true": -2, "y_pred": -2, "1 - y_pred": -2, "a1": -2}, 1.0,
    ),
    ("x for a1", "grad_w2", lambda v: v.error * v.sp2 * v.x, {"a1": -1, "x": 1}, 1.0),
    ("z1 for a1", "grad_w2", lambda v: v.error * v.sp2 * v.z1, {"a1": -1, "x": 1, "w1": 1}, 1.0),
    ("z2 for a1", "grad_w2", lambda v: v.error * v.sp2 * v.z2, {"w2": 1}, 1.0),
    ("w1 for w2", "grad_w1", lambda v: v.error * v.sp2 * v.w1 * v.sp1 * v.x,
     {"w2": -1, "w1": 1}, 1.0),
    ("σ' swapped", "grad_w2", lambda v: v.error * v.sp1 * v.a1, {**less(SP2), **SP1},
     1.0),
    ("σ'(z2) twice, no σ'(z1)", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * v.sp2 * v.x,
     {**less(SP1), **SP2}, 1.0),
    ("y_pred alone", "grad_w2", lambda v: v.error * v.y_pred * v.a1, {"1 - y_pred": -1}, 1.0),
    ("a1 alone", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * v.a1 * v.x, {"1 - a1": -1}, 1.0),
    ("σ'(a1)", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * sigmoid_prime(v.a1) * v.x,
     {**less(SP1), **SP_A1}, 1.0),
    ("σ'(y_pred)", "grad_w2", lambda v: v.error * sigmoid_prime(v.y_pred) * v.a1,
     {**less(SP2), **SP_Y}, 1.0),
    ("2", "grad_w1", lambda v: 2 * v.grad_w1, {}, 2.0),
    ("½", "grad_w2", lambda v: v.grad_w2 / 2, {}, 0.5),
    ("−1", "grad_w2", lambda v: -v.grad_w2, {}, -1.0),
    ("0.1", "grad_w1", lambda v: 0.1 * v.grad_w1, {}, 0.1),
    ("L", "grad_w1", lambda v: 0.5 * v.error**2 * v.sp2 * v.w2 * v.sp1 * v.x, ERROR, 0.5),
    ("−2, no x, w1", "grad_w1", lambda v: -2 * v.error * v.sp2 * v.w2 * v.sp1 * v.w1,
     {"x": -1, "w1": 1}, -2.0),
    ("0.1, no σ'(z2), a1²", "grad_w2", lambda v: 0.1 * v.error * v.a1 * v.a1,
     {**less(SP2), "a1": 1}, 0.1),
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "formula", "exponents", "constant"),
    [row[1:] for row in FORMULAS],
    ids=[f"{row[1]}: {row[0]}" for row in FORMULAS],
)
def test_links_that_are_off_are_found(name, formula, exponents, constant, seed):
    """Missing, doubled, inverted and exchanged links, and numbers in front."""
    found = deviation_of(name, formula, seed)
    assert found is not None
    assert dict(found.exponents) == exponents
    assert found.constant == constant
    assert found.signs == frozenset()
    assert found.is_exact
    assert found.is_none == (not exponents and constant == 1.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_lost_sign_of_the_error_is_found(seed):
    """|y_pred − y_true| has the right size in every gradient."""
    for name in ("grad_w1", "grad_w2"):
        found = deviation_of(name, lambda v, n=name: getattr(v, n) * np.sign(v.error), seed)
        assert (dict(found.exponents), found.constant) == ({}, 1.0)
        assert found.signs == {"y_pred - y_true"}
        assert not found.is_none


@pytest.mark.parametrize("seed", SEEDS)
def test_both_gradients_are_looked_at_by_themselves(seed):
    """Swapped returns are each a product of the other's links."""
    one = deviation_of("grad_w1", lambda v: v.grad_w2, seed)
    other = deviation_of("grad_w2", lambda v: v.grad_w1, seed)
    assert dict(one.exponents) == {"w2": -1, "1 - a1": -1, "x": -1}
    assert dict(other.exponents) == {"w2": 1, "1 - a1": 1, "x": 1}


NO_PRODUCTS = [
    ("tanh", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * (1 - v.a1**2) * v.x),
    ("tanh", "grad_w2", lambda v: v.error * (1 - v.y_pred**2) * v.a1),
    ("z(1-z)", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * v.z1 * (1 - v.z1) * v.x),
    ("z(1-z)", "grad_w2", lambda v: v.error * v.z2 * (1 - v.z2) * v.a1),
    ("sum of links", "grad_w1", lambda v: v.error * v.sp2 * v.w2 + v.sp1 * v.x),
    ("sum of links", "grad_w2", lambda v: v.error * v.sp2 + v.a1),
    ("rounded", "grad_w1", lambda v: round(v.grad_w1, 4)),
    ("rounded", "grad_w2", lambda v: round(v.grad_w2, 6)),
    ("σ'(x)", "grad_w1", lambda v: v.error * v.sp2 * v.w2 * sigmoid_prime(v.x) * v.x),
    ("a new weight", "grad_w1", lambda v: v.w1 - 0.1 * v.grad_w1),
    ("zero", "grad_w2", lambda v: 0.0),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "formula"),
    [row[1:] for row in NO_PRODUCTS],
    ids=[f"{row[1]}: {row[0]}" for row in NO_PRODUCTS],
)
def test_what_is_no_product_of_links_is_refused(name, formula, seed):
    """Other functions, sums and rounded values are nobody's links."""
    assert deviation_of(name, formula, seed) is None


def test_a_constant_lacks_every_link():
    """A number that is the same whatever goes in is a product of none."""
    found = deviation_of("grad_w2", lambda v: -3.0)
    assert (dict(found.exponents), found.constant) == (less(ERROR, SP2, {"a1": 1}), -3.0)


def predicted(x, w1, w2):
    return Way(x, 0.0, w1, w2).y_pred


@pytest.mark.parametrize("seed", SEEDS)
def test_a_numerical_derivative_of_the_prediction_lacks_the_error(seed):
    """It is found in spite of its lost digits, and they are told."""
    h = 1e-5

    def by_w1(v):
        return (predicted(v.x, v.w1 + h, v.w2) - predicted(v.x, v.w1 - h, v.w2)) / (2 * h)

    def by_w2(v):
        return (predicted(v.x, v.w1, v.w2 + h) - predicted(v.x, v.w1, v.w2 - h)) / (2 * h)

    for name, formula in (("grad_w1", by_w1), ("grad_w2", by_w2)):
        found = deviation_of(name, formula, seed)
        assert dict(found.exponents) == {"y_pred - y_true": -1}
        assert (found.constant, found.signs) == (1.0, frozenset())
        assert not found.is_exact


@pytest.mark.parametrize("bad", [None, np.zeros(1), np.zeros((1, 1)), float("nan")])
def test_a_value_that_is_none_spoils_the_fit(bad):
    """None and arrays where numbers are due say nothing, at one point or at all."""
    points = NETWORK.points(BACKWARD, 0)
    fit = FactorFit(NETWORK, BACKWARD, 0)
    values = [Way(*p).grad_w1 for p in points]
    assert fit.by_factors("grad_w1", values).is_none
    assert fit.by_factors("grad_w1", [*values[:3], bad, *values[4:]]) is None
    assert fit.by_factors("grad_w1", [bad] * len(points)) is None
    assert fit.by_factors("grad_w1", values[:-4]) is None
    assert fit.by_factors("grad_w1", []) is None


def test_a_return_without_a_chain_is_not_fitted():
    """Only gradients have chains."""
    fit = FactorFit(NETWORK, BACKWARD, 0)
    assert fit.by_factors("y_pred", [1.0] * len(fit.points)) is None
    assert fit.by_sizes("grad_w1", [1.0] * len(fit.points)) is None


# Matrices


def batch_values(change, seed=0):
    """Return the changed gradients at the probe points: `change` takes all, gives both."""
    fit = FactorFit(BATCH, BATCH_BACKWARD, seed)
    values = []
    for X, Y_true, W1, W2 in fit.points:
        Z1, A1, Z2, Y_pred = BATCH.function("forward").reference(X, W1, W2)
        values.append(change(X, Y_true, W1, W2, Z1, A1, Z2, Y_pred))
    return fit, values


def gradients(X, Y_true, W1, W2, Z1, A1, Z2, Y_pred, *, sp1=1, sp2=1, x=1, a1=1):
    """Return both gradients with powers of some links."""
    D2 = (Y_pred - Y_true) * batch_prime(Z2) ** sp2 / len(X)
    return (X**x).T @ ((D2 @ W2.T) * batch_prime(Z1) ** sp1), (A1**a1).T @ D2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("powers", "first", "second"),
    [
        ({}, {}, {}),
        ({"sp1": 0}, {"A1": -1, "1 - A1": -1}, {}),
        (
            {"sp2": 0},
            {"Y_pred": -1, "1 - Y_pred": -1},
            {"Y_pred": -1, "1 - Y_pred": -1},
        ),
        ({"sp1": 2}, {"A1": 1, "1 - A1": 1}, {}),
        ({"x": 2, "a1": 0}, {"X": 1}, {"A1": -1}),
    ],
)
def test_entries_of_matrices_are_products_too(powers, first, second, seed):
    """With one row and one output, each entry has its own links."""
    fit, both = batch_values(lambda *v: gradients(*v, **powers), seed)
    for position, (name, exponents) in enumerate((("grad_W1", first), ("grad_W2", second))):
        found = fit.by_factors(name, [pair[position] for pair in both])
        assert dict(found.exponents) == exponents
        assert (found.constant, found.signs, found.is_exact) == (1.0, frozenset(), True)


def test_one_wrong_entry_is_no_product():
    """Every entry counts, not their sum or their mean."""
    fit, both = batch_values(gradients)
    values = [pair[0].copy() for pair in both]
    assert fit.by_factors("grad_W1", values).is_none
    values[-1][1, 2] *= 1.001
    assert fit.by_factors("grad_W1", values) is None


def is_single(X, Y_true, W1, W2):
    return len(X) == 1 and Y_true.shape[1] == 1


@pytest.mark.parametrize("bad", [None, np.zeros(3), np.zeros((3, 2)), 1.0])
def test_only_points_with_one_row_and_one_output_are_looked_at(bad):
    """A value of another form hurts at those and nowhere else."""
    fit, both = batch_values(gradients)
    values = [pair[0] for pair in both]
    single = [i for i, point in enumerate(fit.points) if is_single(*point)]
    assert 0 < len(single) < len(values)
    elsewhere = [v if i in single else bad for i, v in enumerate(values)]
    assert fit.by_factors("grad_W1", elsewhere).is_none
    values[single[0]] = bad
    assert fit.by_factors("grad_W1", values) is None


# Sizes

SIZES = [
    ("n", lambda n, d, h, k: n, {"n": 1}, 1.0),
    ("1/n", lambda n, d, h, k: 1 / n, {"n": -1}, 1.0),
    ("n/k", lambda n, d, h, k: n / k, {"n": 1, "k": -1}, 1.0),
    ("−2n", lambda n, d, h, k: -2 * n, {"n": 1}, -2.0),
    ("1/(2k)", lambda n, d, h, k: 1 / (2 * k), {"k": -1}, 0.5),
    ("n²", lambda n, d, h, k: n * n, {"n": 2}, 1.0),
    ("3", lambda n, d, h, k: 3, {}, 3.0),
    ("1", lambda n, d, h, k: 1, {}, 1.0),
]


def sizes_of(X, Y_true, W1, W2):
    return len(X), X.shape[1], W1.shape[1], W2.shape[1]


def scaled_gradients(ratio, seed=0):
    fit = FactorFit(BATCH, BATCH_BACKWARD, seed)
    return fit, [
        tuple(ratio(*sizes_of(*p)) * g for g in BATCH_BACKWARD.reference(*p)) for p in fit.points
    ]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("ratio", "exponents", "constant"), [row[1:] for row in SIZES], ids=[row[0] for row in SIZES]
)
def test_gradients_can_be_too_large_by_sizes(ratio, exponents, constant, seed):
    """By the rows, the outputs, and a number in front."""
    fit, both = scaled_gradients(ratio, seed)
    for position, name in enumerate(("grad_W1", "grad_W2")):
        found = fit.by_sizes(name, [pair[position] for pair in both])
        assert dict(found.exponents) == exponents
        assert (found.constant, found.is_exact) == (constant, True)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_can_be_off_by_the_other_sizes(seed):
    """d and h are told from n and k, and from each other."""
    for ratio, exponents in (
        (lambda n, d, h, k: n / h, {"n": 1, "h": -1}),
        (lambda n, d, h, k: d / k, {"d": 1, "k": -1}),
    ):
        fit, both = scaled_gradients(ratio, seed)
        assert dict(fit.by_sizes("grad_W1", [g for g, _ in both]).exponents) == exponents


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("ratio", "exponents", "constant"), [row[1:] for row in SIZES], ids=[row[0] for row in SIZES]
)
def test_a_loss_can_be_too_large_by_sizes(ratio, exponents, constant, seed):
    """A number is as good as an array."""
    fit = FactorFit(BATCH, BATCH_LOSS, seed)
    values = [ratio(len(t), 0, 0, t.shape[1]) * BATCH_LOSS.reference(p, t) for p, t in fit.points]
    found = fit.by_sizes("L", values)
    assert dict(found.exponents) == exponents
    assert (found.constant, found.is_exact) == (constant, True)


@pytest.mark.parametrize(
    "ratio",
    [
        lambda n, d, h, k: n + k,
        lambda n, d, h, k: n**0.5,
        lambda n, d, h, k: 0.0,
        lambda n, d, h, k: 1.0 if n > 2 else -1.0,
        lambda n, d, h, k: float("nan"),
    ],
    ids=["n + k", "√n", "0", "±1", "nan"],
)
def test_other_ratios_are_no_sizes(ratio):
    """Sums, roots, nothing at all, and a sign that changes."""
    fit, both = scaled_gradients(ratio)
    assert fit.by_sizes("grad_W1", [g for g, _ in both]) is None


@pytest.mark.parametrize(
    "bad",
    [
        lambda g: None,
        lambda g: g.T,
        lambda g: g.ravel(),
        lambda g: g * (1.0 + 1e-4 * np.arange(g.size).reshape(g.shape)),
        lambda g: g * (1.0 + 1e-4 * (np.arange(g.size).reshape(g.shape) == 0)),
        lambda g: 2.0 * g,
    ],
    ids=["None", "transposed", "flat", "entries differ", "one entry", "one point"],
)
def test_sizes_need_the_same_ratio_in_every_entry_at_every_point(bad):
    """One value of another form or ratio, and it is no rule."""
    fit, both = scaled_gradients(lambda n, d, h, k: n)
    values = [g for g, _ in both]
    assert fit.by_sizes("grad_W1", values) is not None
    position = next(i for i, g in enumerate(values) if g.shape[0] != g.shape[1])
    values[position] = bad(values[position])
    assert fit.by_sizes("grad_W1", values) is None
    assert fit.by_sizes("grad_W1", values[:position]) is None


def test_sizes_are_only_for_returns_that_the_function_has():
    """Another name has no values to compare with."""
    fit, both = scaled_gradients(lambda n, d, h, k: n)
    assert fit.by_sizes("grad_W3", [g for g, _ in both]) is None


# Problems that contradict themselves


def double(u, v):
    """Return 2·u·v."""
    return 2.0 * u * v


def draw(rng):
    return [(rng.uniform(0.3, 3.0), rng.uniform(-3.0, -0.3)) for _ in range(12)]


def small(**changes):
    """Return a problem of one function whose chain is u·v·2."""
    function = Function(
        name="double",
        parameters=("u", "v"),
        returns=(Return("grad"),),
        reference=double,
        points=draw,
        factors=(Factor("u", lambda u, v: u), Factor("v", lambda u, v: v)),
        chains={"grad": {"∂a/∂b = u": ("u",), "∂b/∂c = v": ("v",)}},
        sizes=(Factor("s", lambda u, v: round(4 * u)), Factor("t", lambda u, v: round(-9 * v))),
    )
    return Problem("small", (replace(function, **changes),))


def fit_small(**changes):
    problem = small(**changes)
    return FactorFit(problem, problem.functions[0], 0)


def test_a_small_problem_can_be_fitted():
    """Nothing is special about the lesson's problems; its constant is not a mistake."""
    fit = fit_small()
    assert fit.by_factors("grad", [double(*p) for p in fit.points]).is_none
    found = fit.by_factors("grad", [-6 * u for u, v in fit.points])
    assert (dict(found.exponents), found.constant) == ({"v": -1}, -3.0)
    size = fit.by_sizes("grad", [double(u, v) * round(4 * u) for u, v in fit.points])
    assert dict(size.exponents) == {"s": 1}


def test_a_factor_may_be_there_twice():
    """The right exponent is how often the chain names it."""
    chains = {"grad": {"∂a/∂b = u": ("u",), "∂b/∂c = u·v": ("u", "v")}}
    fit = fit_small(reference=lambda u, v: u * u * v, chains=chains)
    assert dict(fit.by_factors("grad", [u * v for u, v in fit.points]).exponents) == {"u": -1}


@pytest.mark.parametrize(
    "extra",
    [
        Factor("z1", lambda x, y_true, w1, w2: w1 * x),
        Factor("x²", lambda x, y_true, w1, w2: x * x),
        Factor("3", lambda x, y_true, w1, w2: 3.0),
    ],
    ids=lambda factor: factor.name,
)
def test_factors_that_cannot_be_told_apart_are_an_error(extra):
    """z1 = w1·x is two factors already; the message says which return and which factors."""
    backward = replace(BACKWARD, factors=(*BACKWARD.factors, extra))
    with pytest.raises(GradcheckError, match=r"backward: the factors of grad_w1 .*told apart"):
        FactorFit(Problem("network", (backward,)), backward, 0)


def test_too_few_points_are_an_error():
    """Two factors and a constant need six equations."""
    assert fit_small(points=lambda rng: draw(rng)[:6])
    with pytest.raises(GradcheckError, match=r"6 equations are needed .* there are 5"):
        fit_small(points=lambda rng: draw(rng)[:5])


@pytest.mark.parametrize(
    "chain",
    [
        {"∂a/∂b = u": ("u",)},
        {"∂a/∂b = u": ("u",), "∂b/∂c = v": ("v",), "∂c/∂d = v": ("v",)},
        {},
    ],
    ids=["too few", "too many", "none"],
)
def test_a_chain_that_does_not_multiply_to_the_reference_is_an_error(chain):
    """Missing and surplus links of the right gradient are noticed."""
    with pytest.raises(GradcheckError, match="double: the chain of grad does not multiply"):
        fit_small(chains={"grad": chain})


def test_a_reference_that_is_no_product_is_an_error():
    """A sum has no chain."""
    with pytest.raises(GradcheckError, match="double: the chain of grad does not multiply"):
        fit_small(reference=lambda u, v: u + v)


@pytest.mark.parametrize(
    "sizes",
    [
        (Factor("s", lambda u, v: 4), Factor("t", lambda u, v: round(-9 * v))),
        (Factor("s", lambda u, v: round(4 * u)), Factor("t", lambda u, v: round(4 * u) ** 2)),
        (Factor("s", lambda u, v: round(4 * u)), Factor("t", lambda u, v: 3 * round(4 * u))),
    ],
    ids=["one size", "square", "multiple"],
)
def test_sizes_that_cannot_be_told_apart_are_an_error_when_needed(sizes):
    """The links can be looked at all the same."""
    fit = fit_small(sizes=sizes)
    values = [double(*p) for p in fit.points]
    assert fit.by_factors("grad", values).is_none
    with pytest.raises(GradcheckError, match=r"double: its sizes \(s, t\) cannot be told apart"):
        fit.by_sizes("grad", values)


def test_fits_are_kept_and_functions_without_factors_have_none():
    """Grading asks for the same fit again and again."""
    assert factor_fit(NETWORK, "backward", 3) is factor_fit(NETWORK, "backward", 3)
    assert factor_fit(NETWORK, "backward", 3) is not factor_fit(NETWORK, "backward", 4)
    assert factor_fit(NETWORK, "loss", 3) is None
    assert factor_fit(BATCH, "loss", 3) is not None
