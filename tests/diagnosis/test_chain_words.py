"""A chain with its marks, and what is off with it, in both languages."""

import re
from dataclasses import replace

import polib
import pytest

from gradcheck_kit import i18n
from gradcheck_kit.diagnosis.chain import marked_chain, symbol, what_is_off, wrong_size
from gradcheck_kit.diagnosis.records import Deviation
from gradcheck_kit.i18n import spoken
from gradcheck_kit.problems import get_problem
from gradcheck_kit.problems.problem import Factor, Function, Return

NETWORK = get_problem("network").function("backward")
BATCH = get_problem("batch").function("backward")
SP2 = ("y_pred", "1 - y_pred")
SP1 = ("a1", "1 - a1")


@pytest.fixture
def english():
    """Speak the language of the source."""
    with spoken("en"):
        yield


@pytest.fixture
def korean(tmp_path, monkeypatch):
    """Speak Korean, with the translations as they are now."""
    source = i18n.LOCALE_DIR
    for path in sorted(source.rglob("*.po")):
        target = tmp_path / path.relative_to(source).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        polib.pofile(str(path)).save_as_mofile(str(target))
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    with spoken("ko"):
        yield


def deviation(exponents=(), constant=1.0, signs=()):
    return Deviation(dict(exponents), constant, frozenset(signs), True)


def of(factors, exponent):
    return dict.fromkeys(factors, exponent)


# The marks


def test_a_symbol_is_what_stands_on_the_right():
    """A text without an equals sign is its own symbol."""
    assert symbol("∂y_pred/∂z2 = σ'(z2)") == "σ'(z2)"
    assert symbol("σ'(z2)") == "σ'(z2)"


@pytest.mark.parametrize(
    ("name", "found", "chain"),
    [
        ("grad_w1", deviation(), "✓ (y_pred − y_true) · ✓ σ'(z2) · ✓ w2 · ✓ σ'(z1) · ✓ x"),
        (
            "grad_w1",
            deviation({"x": -1}),
            "✓ (y_pred − y_true) · ✓ σ'(z2) · ✓ w2 · ✓ σ'(z1) · ✗ x",
        ),
        (
            "grad_w1",
            deviation({**of(SP2, -1), "w2": 1}),
            "✓ (y_pred − y_true) · ✗ σ'(z2) · ✗ w2 · ✓ σ'(z1) · ✓ x",
        ),
        ("grad_w2", deviation({"1 - y_pred": -1}), "✓ (y_pred − y_true) · ✗ σ'(z2) · ✓ a1"),
        (
            "grad_w2",
            deviation(signs=["y_pred - y_true"]),
            "✗ (y_pred − y_true) · ✓ σ'(z2) · ✓ a1",
        ),
        ("grad_w2", deviation({"w1": 1}, -2.0), "✓ (y_pred − y_true) · ✓ σ'(z2) · ✓ a1"),
    ],
)
def test_links_are_marked(name, found, chain):
    """A link is off where any of its factors is; what is not in the chain has no mark."""
    assert marked_chain(NETWORK, name, found) == chain


def test_links_of_matrices_are_marked():
    """Their factors belong to one return each."""
    assert marked_chain(BATCH, "grad_W1", deviation({"A1": -1, "1 - A1": -1})) == (
        "✓ (Y_pred − Y_true) · ✓ σ'(Z2) · ✓ W2ᵀ · ✗ σ'(Z1) · ✓ Xᵀ"
    )


# What is off

WORDS = [
    ("grad_w1", deviation({"x": -1}), "x is missing"),
    ("grad_w1", deviation(of(SP1, -1)), "σ'(z1) is missing"),
    ("grad_w1", deviation({"y_pred - y_true": -1}), "(y_pred − y_true) is missing"),
    ("grad_w2", deviation({"1 - y_pred": -1}), "(1 - y_pred) is missing"),
    ("grad_w1", deviation({"w2": 1}), "w2 is there twice"),
    ("grad_w2", deviation(of(SP2, 1)), "σ'(z2) is there twice"),
    ("grad_w2", deviation({"y_pred": 1}), "y_pred is there twice"),
    ("grad_w1", deviation({"x": 2}), "x is there 2 times too often"),
    ("grad_w1", deviation(of(SP2, 3)), "σ'(z2) is there 3 times too often"),
    ("grad_w1", deviation({"w1": 2}), "w1 is there 2 times too often"),
    ("grad_w1", deviation({"x": -2}), "it is divided by x instead of multiplied"),
    ("grad_w1", deviation(of(SP1, -2)), "it is divided by σ'(z1) instead of multiplied"),
    ("grad_w1", deviation({"w1": 1}), "w1 is too much"),
    ("grad_w2", deviation({"w2": 1}), "w2 is too much"),
    ("grad_w2", deviation({"w1": -1}), "it is divided by w1"),
    ("grad_w2", deviation({"1 - a1": -2}), "it is divided by (1 - a1)"),
    (
        "grad_w1",
        deviation(signs=["y_pred - y_true"]),
        "the sign of (y_pred - y_true) is lost",
    ),
    ("grad_w1", deviation(signs=["x"]), "the sign of x is lost"),
    ("grad_w1", deviation(constant=-1.0), "the sign is wrong"),
    ("grad_w1", deviation(constant=2.0), "it is 2 times too large"),
    ("grad_w1", deviation(constant=12.3456), "it is 12.35 times too large"),
    ("grad_w1", deviation(constant=0.5), "it is only 0.5 times as large"),
    ("grad_w1", deviation(constant=1 / 3), "it is only 0.3333 times as large"),
    (
        "grad_w1",
        deviation(constant=-0.1),
        "the sign is wrong; it is only 0.1 times as large",
    ),
    (
        "grad_w2",
        deviation({"a1": -1, "x": 1}),
        "a1 is missing; x is too much",
    ),
    (
        "grad_w1",
        deviation({**of(SP1, -1), **of(SP2, 1), "x": 1}, -2.0, ["w2"]),
        "σ'(z2) is there twice; σ'(z1) is missing; x is there twice; the sign of w2 is lost; "
        "the sign is wrong; it is 2 times too large",
    ),
    (
        "grad_w1",
        deviation({"a1": -1, "1 - a1": 1}),
        "a1 is missing; (1 - a1) is there twice",
    ),
]


@pytest.mark.parametrize(
    ("name", "found", "words"), WORDS, ids=[f"{name}: {words}" for name, _, words in WORDS]
)
@pytest.mark.usefixtures("english")
def test_what_is_off_is_said(name, found, words):
    """Each way of being off has its words, links before single factors before numbers."""
    assert what_is_off(NETWORK, name, found) == f"In {name}: {words}"


@pytest.mark.usefixtures("english")
def test_of_matrices_it_is_said_where_it_was_seen():
    """Only with one row and one output is every entry a product."""
    assert what_is_off(BATCH, "grad_W2", deviation({"A1": -1}, 2.0)) == (
        "In grad_W2, with one row and one output: A1ᵀ is missing; it is 2 times too large"
    )


TWICE = Function(
    name="area",
    parameters=("r",),
    returns=(Return("grad"),),
    reference=lambda r: r * r,
    points=lambda rng: [],
    factors=(Factor("r", lambda r: r),),
    chains={"grad": {"∂a/∂b = r": ("r",), "∂b/∂c = 2r": ("r",)}},
)


@pytest.mark.usefixtures("english")
def test_a_link_that_is_due_twice_can_be_missing_once():
    """Then nothing is divided."""
    assert "divided" not in what_is_off(TWICE, "grad", deviation({"r": -1}))
    assert "missing" in what_is_off(TWICE, "grad", deviation({"r": -2}))


@pytest.mark.usefixtures("english")
def test_where_a_chain_holds_is_the_problems_to_say():
    """Numbers are said without it."""
    batch = replace(TWICE, chains_hold="with one row")
    assert what_is_off(batch, "grad", deviation(constant=2.0)) == (
        "In grad, with one row: it is 2 times too large"
    )
    assert "with one row" not in what_is_off(TWICE, "grad", deviation(constant=2.0))


# Sizes

SIZE_WORDS = [
    (deviation({"n": 1}), "n"),
    (deviation({"n": -1}), "1/n"),
    (deviation({"n": 1, "k": -1}), "n/k"),
    (deviation({"n": 2}), "n^2"),
    (deviation({"n": -2}), "1/n^2"),
    (deviation({"n": 1, "k": 1}), "n·k"),
    (deviation({"n": -1, "k": -1}), "1/(n·k)"),
    (deviation({"n": 1, "d": -1, "k": -2}), "n/(d·k^2)"),
    (deviation({"n": 1}, 2.0), "2·n"),
    (deviation({"n": 1}, -1.0), "−n"),
    (deviation({"n": -1}, -2.0), "−2/n"),
    (deviation({"k": -1}, 0.5), "0.5/k"),
    (deviation({}, 3.0), "3"),
]


@pytest.mark.parametrize(("found", "product"), SIZE_WORDS, ids=[w for _, w in SIZE_WORDS])
@pytest.mark.usefixtures("english")
def test_a_wrong_size_is_a_product_of_sizes(found, product):
    """What is multiplied stands above, what is divided below."""
    assert wrong_size("grad_W1", found) == (
        f"grad_W1 is {product} times what is right, in every entry"
    )


# Korean


@pytest.mark.parametrize(
    ("name", "found", "words"), WORDS, ids=[f"{name}: {words}" for name, _, words in WORDS]
)
@pytest.mark.usefixtures("korean")
def test_what_is_off_is_said_in_korean(name, found, words):
    """Every part is translated; the names and numbers stay."""
    korean = what_is_off(NETWORK, name, found)
    head, _, rest = korean.partition(": ")
    assert head == f"{name}에서"
    parts = rest.split("; ")
    assert len(parts) == len(words.split("; "))
    for part in parts:
        assert re.search("[가-힣]", part)
        assert not re.search(r"\b(is|the|it|too|of|times|by|missing|twice)\b", part)
    for factor in found.exponents.keys() & {"x", "w1", "w2"}:
        assert factor in rest
    assert "{" not in korean


@pytest.mark.parametrize(
    ("name", "found", "words"),
    [
        ("grad_w1", deviation({"x": -1}), "x가 빠졌어요"),
        ("grad_w1", deviation({"w2": -1}), "w2가 빠졌어요"),
        ("grad_w1", deviation({"w1": 1}), "w1이 더 들어갔어요"),
        ("grad_w1", deviation({"w2": 1}), "w2가 두 번 들어갔어요"),
        ("grad_w2", deviation({"w1": -1}), "w1로 나눴어요"),
        ("grad_w1", deviation(of(SP1, -2)), "σ'(z1)을 곱하지 않고 σ'(z1)로 나눴어요"),
        ("grad_w1", deviation(constant=-2.0), "부호가 반대예요; 2배 커요"),
    ],
)
@pytest.mark.usefixtures("korean")
def test_korean_particles_fit_the_names(name, found, words):
    """x ends in a vowel, w1 in ㄹ: 가 and 이, 로 for both."""
    assert what_is_off(NETWORK, name, found) == f"{name}에서: {words}"


@pytest.mark.usefixtures("korean")
def test_matrices_and_sizes_are_korean_too():
    """The other two sentences."""
    found = what_is_off(BATCH, "grad_W1", deviation({"X": -1}))
    assert found == "행도 출력도 하나일 때 grad_W1에서: Xᵀ가 빠졌어요"
    assert wrong_size("grad_W2", deviation({"n": 1, "k": -1})) == (
        "모든 칸에서 grad_W2가 정답의 n/k배예요"
    )


@pytest.mark.parametrize("name", ["grad_w1", "grad_w2"])
@pytest.mark.usefixtures("korean")
def test_marks_are_the_same_in_korean(name):
    """Mathematics is not translated."""
    korean = marked_chain(NETWORK, name, deviation({"w2": 1}))
    with spoken("en"):
        assert marked_chain(NETWORK, name, deviation({"w2": 1})) == korean
