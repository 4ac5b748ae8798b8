"""The declared chains multiply to the gradient, and their factors can be told apart."""

import math

import numpy as np
import pytest
from hypothesis import given

from gradcheck_kit.problems import get_problem, problem_names
from gradcheck_kit.problems.problem import Factor
from gradcheck_kit.strategies import points

CHAINED = [
    (name, function.name)
    for name in problem_names()
    for function in get_problem(name).functions
    if function.chains
]

# Their factors are single numbers, at every point.
NUMBERS = [case for case in CHAINED if case[0] != "batch"]


def product(function, links, arguments):
    values = {factor.name: factor.value(*arguments) for factor in function.factors}
    return math.prod(values[name] for names in links for name in names)


def gradients(function, arguments):
    got = function.reference(*arguments)
    return dict(
        zip(
            [entry.name for entry in function.returns],
            [got] if len(function.returns) == 1 else got,
            strict=True,
        )
    )


def probes(problem, function, count=40):
    """Return about `count` points at which no factor is 0 or underflows."""
    found = [a for seed in range(8) for a in get_problem(problem).points(function, seed)]
    useful = [
        arguments
        for arguments in found
        if all(abs(factor.value(*arguments)) > 1e-15 for factor in function.factors)
    ]
    return useful[:count]


def log_rank(factors, arguments):
    """Return the rank of log|factor| over the points, with a column for the constant."""
    logs = [[math.log(abs(factor.value(*a))) for factor in factors] for a in arguments]
    matrix = np.column_stack([np.array(logs), np.ones(len(arguments))])
    return np.linalg.matrix_rank(matrix / np.linalg.norm(matrix, axis=0), tol=1e-6)


@pytest.mark.parametrize(("problem", "name"), CHAINED)
def test_every_gradient_has_a_chain_of_known_factors(problem, name):
    """Each return has its chain, and each link names factors that exist, once each."""
    function = get_problem(problem).function(name)
    assert list(function.chains) == [entry.name for entry in function.returns]
    for returned, links in function.chains.items():
        own = [f for f in function.factors if not f.returns or returned in f.returns]
        known = [factor.name for factor in own]
        assert len(set(known)) == len(known)
        names = [n for factors in links.values() for n in factors]
        assert set(names) <= set(known)
        assert len(set(names)) == len(names)


@given(points(inputs=5.0, weights=8.0))
def test_the_links_multiply_to_the_network_gradients(point):
    """The product over all links is the reference, to the last digits."""
    function = get_problem("network").function("backward")
    for name, gradient in gradients(function, point).items():
        links = function.chains[name]
        assert product(function, links.values(), point) == pytest.approx(gradient, rel=1e-12)


@given(points())
def test_without_a_link_the_product_is_another(point):
    """Each link matters: leaving it out gives another number."""
    function = get_problem("network").function("backward")
    for name, gradient in gradients(function, point).items():
        links = function.chains[name]
        for left_out in links:
            rest = [factors for link, factors in links.items() if link != left_out]
            assert abs(product(function, rest, point) - gradient) > 1e-4 * abs(gradient)


@pytest.mark.parametrize("seed", range(5))
def test_the_links_multiply_to_the_chain_rule(seed):
    """So do the two links of the warm-up, at its own points."""
    problem = get_problem("warmup")
    function = problem.function("chain_rule")
    for arguments in problem.points(function, seed):
        links = function.chains["dy_dx"].values()
        assert product(function, links, arguments) == pytest.approx(
            function.reference(*arguments), rel=1e-14
        )


@pytest.mark.parametrize(("problem", "name"), NUMBERS)
def test_factors_are_independent(problem, name):
    """Over 40 points no factor is a product of powers of others, nor a constant."""
    function = get_problem(problem).function(name)
    arguments = probes(problem, function)
    assert len(arguments) == 40
    assert log_rank(function.factors, arguments) == len(function.factors) + 1


@pytest.mark.parametrize(
    "extra",
    [
        Factor("z1", lambda x, y_true, w1, w2: w1 * x),
        Factor("x²", lambda x, y_true, w1, w2: x * x),
        Factor("2", lambda x, y_true, w1, w2: 2.0),
    ],
    ids=lambda factor: factor.name,
)
def test_a_dependent_factor_is_noticed(extra):
    """The rank falls short with a factor that is made of others, like z1 = w1·x."""
    function = get_problem("network").function("backward")
    factors = (*function.factors, extra)
    assert log_rank(factors, probes("network", function)) < len(factors) + 1


@pytest.mark.parametrize(("problem", "name"), NUMBERS)
def test_factors_have_both_signs_or_one(problem, name):
    """Factors are finite numbers wherever the learner is asked."""
    function = get_problem(problem).function(name)
    for arguments in get_problem(problem).points(function, 0):
        assert all(math.isfinite(factor.value(*arguments)) for factor in function.factors)


@pytest.mark.parametrize("seed", range(8))
def test_entries_of_matrix_gradients_are_products_with_one_row_and_one_output(seed):
    """There, and only there, each entry is the product of its links."""
    problem = get_problem("batch")
    function = problem.function("backward")
    seen = 0
    for X, Y_true, W1, W2 in problem.points(function, seed):
        for name, gradient in gradients(function, (X, Y_true, W1, W2)).items():
            own = {
                f.name: f.value(X, Y_true, W1, W2)
                for f in function.factors
                if not f.returns or name in f.returns
            }
            entries = 1.0
            for names in function.chains[name].values():
                for factor in names:
                    entries = entries * own[factor]
            if len(X) == Y_true.shape[1] == 1:
                np.testing.assert_allclose(
                    np.broadcast_to(entries, gradient.shape), gradient, rtol=1e-12
                )
                seen += 1
            else:
                assert np.all(np.isnan(entries))
    assert seen >= 8
