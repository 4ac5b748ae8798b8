"""Deviations are named by the mistakes that multiply to them, if only one set does."""

import itertools
import random

import pytest

from gradcheck_kit.diagnosis.catalogue import misconceptions
from gradcheck_kit.diagnosis.evidence import wrong_function
from gradcheck_kit.diagnosis.factor_fit import factor_fit
from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.diagnosis.naming import Effect, known_products, names_of
from gradcheck_kit.diagnosis.records import Deviation
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems import get_problem

PROBLEM = get_problem("network")
FUNCTION = PROBLEM.function("backward")
ENTRIES = misconceptions("network", "backward")
KNOWN = known_products(FUNCTION, ENTRIES)
EXACT = [k for k in KNOWN if k.entry.when != "imprecise"]
NOTHING = Effect({}, frozenset(), {})
RETURNS = ("grad_w1", "grad_w2")


def known(entry_id):
    """Return a mistake of the catalogue by its id."""
    return next(k for k in KNOWN if k.entry.id == f"bw-{entry_id}")


def both(*effects):
    """Return what several mistakes do together."""
    total = NOTHING
    for effect in effects:
        total = total.times(effect)
    return total


def deviations(effect, is_exact=True):
    """Return what the factor fit finds where an effect is all that is wrong."""
    found = {}
    for name in RETURNS:
        own = effect.only(name)
        exponents = {f: e for (_, f), e in own.exponents.items() if e}
        signs = frozenset(f for _, f in own.signs)
        constant = own.constants.get(name, 1.0)
        if exponents or signs or constant != 1.0:
            found[name] = Deviation(exponents, constant, signs, is_exact)
    return found


def named(effect, is_exact=True, catalogue=KNOWN):
    """Return the ids of each group, by return."""
    groups = names_of(deviations(effect, is_exact), catalogue)
    return {name: [{e.id for e in g} for g in found] for name, found in groups.items()}


def names(*ids, **choices):
    """Return what is named where those mistakes are made together."""
    return named(both(*(known(i).effect for i in ids)), **choices)


def ids(*short):
    return [{f"bw-{i}"} for i in short]


def as_set(groups):
    """Return groups whatever their order."""
    return {frozenset(group) for group in groups}


# Effects


def test_effects_multiply_and_divide():
    """Exponents add up, signs come in twice and are gone, numbers multiply."""
    one = Effect({("g", "x"): 1, ("g", "y"): -1}, frozenset({("g", "x")}), {"g": 2.0})
    other = Effect({("g", "x"): 1, ("h", "y"): 1}, frozenset({("g", "x"), ("h", "y")}), {"h": 3.0})
    together = one.times(other)
    assert together.exponents == {("g", "x"): 2, ("g", "y"): -1, ("h", "y"): 1}
    assert together.signs == {("h", "y")}
    assert together.constants == {"g": 2.0, "h": 3.0}
    assert together.minus(other).key == one.key
    assert together.minus(one).key == other.key
    assert together.minus(together).key == NOTHING.key
    assert one.key != other.key


def test_effects_know_where_they_are():
    """Exponents of 0 and factors of 1 are nowhere."""
    effect = Effect({("g", "x"): 1, ("h", "x"): 0}, frozenset({("k", "y")}), {"h": 1.0, "l": 2.0})
    assert effect.returns == {"g", "k", "l"}
    assert effect.only("g").returns == {"g"}
    assert effect.only("h").key == NOTHING.key


def test_keys_forgive_rounding():
    """A constant with rounding errors is the same; one in the fourth digit is another."""

    def key(constant):
        return Effect({}, frozenset(), {"g": constant}).key

    assert key(0.1) == key(0.1 * (1 + 1e-9))
    assert key(0.1) != key(0.1001)
    assert key(1.0 + 1e-9) == NOTHING.key


# One mistake


@pytest.mark.parametrize("one", EXACT, ids=lambda k: f"{k.entry.id}-{k.effect.constants}")
def test_a_mistake_alone_gives_its_name(one):
    """One group in each gradient that it changes, with itself and at most its twins."""
    found = named(one.effect)
    assert set(found) == one.effect.returns
    twins = {k.entry.id for k in EXACT if k.effect.key == one.effect.key}
    assert one.entry.id in twins
    for groups in found.values():
        assert groups == [twins]


def test_few_mistakes_have_twins():
    """All but one pair are told apart by what they multiply."""
    by_key = {}
    for k in EXACT:
        by_key.setdefault(k.effect.key, set()).add(k.entry.id)
    several = [found for found in by_key.values() if len(found) > 1]
    assert several == [{"bw-w2-sp-at-z1", "bw-w1-sp-pair-swapped"}]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.links], ids=lambda e: e.id)
def test_code_that_makes_a_mistake_gives_its_name(entry, seed):
    """From the values of the wrong version to its name, numerical ones included."""
    fit = factor_fit(PROBLEM, "backward", seed)
    wrong = wrong_function(PROBLEM, FUNCTION, entry, next(iter(entry.tries), None))
    results = [wrong(*arguments) for arguments in fit.points]
    found = {}
    for position, name in enumerate(RETURNS):
        deviation = fit.by_factors(name, [result[position] for result in results])
        assert deviation is not None
        if not deviation.is_none:
            found[name] = deviation
    groups = names_of(found, KNOWN)
    assert groups
    for of_return in groups.values():
        assert len(of_return) == 1
        assert entry in of_return[0]


def test_nothing_wrong_has_no_name():
    """Where no return deviates there is nothing to name."""
    assert names_of({}, KNOWN) == {}


@pytest.mark.parametrize(
    ("exponents", "constant"),
    [({"x": -3}, 1.0), ({}, 7.0), ({}, 2.0001), ({"σ(a1)": 1}, 1.0), ({"y_pred": 1}, 1.0)],
)
def test_what_no_mistake_does_has_no_name(exponents, constant):
    """What is found is said elsewhere; here is silence."""
    found = {"grad_w1": Deviation(exponents, constant, frozenset(), True)}
    assert names_of(found, KNOWN) == {"grad_w1": ()}


# Two mistakes


@pytest.mark.parametrize(
    "pair",
    [
        ("w1-missing-x", "w1-missing-w2"),
        ("w1-missing-x", "w1-factor-2"),
        ("w1-missing-error", "w1-dup-x"),
        ("w1-sp1-at-activation", "w1-missing-x"),
        ("w1-dup-w2", "w1-sign"),
        ("w1-sign", "w1-factor-2"),
    ],
)
def test_two_mistakes_in_one_gradient_are_both_named(pair):
    """Nothing else multiplies to the same."""
    found = names(*pair)
    assert set(found) == {"grad_w1"}
    assert as_set(found["grad_w1"]) == as_set(ids(*pair))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("w1-missing-x", "w2-missing-a1"),
        ("w1-dup-sp1", "w2-uses-x"),
        ("w1-factor-2", "w2-sign"),
        ("w1-uses-w1", "w2-error-squared"),
    ],
)
def test_each_gradient_has_the_name_of_its_own_mistake(first, second):
    """A mistake in the other gradient is not mentioned."""
    assert names(first, second) == {"grad_w1": ids(first), "grad_w2": ids(second)}


@pytest.mark.parametrize(
    ("shared", "own"),
    [
        ("both-sign", "w1-missing-x"),
        ("both-missing-error", "w1-dup-w2"),
        ("both-factor-half", "w1-uses-w1"),
        ("both-abs-error", "w1-missing-w2"),
    ],
)
def test_a_shared_mistake_and_one_in_one_gradient(shared, own):
    """The gradient with one mistake has one name, the other has two."""
    found = names(shared, own)
    assert found["grad_w2"] == ids(shared)
    assert as_set(found["grad_w1"]) == as_set(ids(shared, own))


def test_a_shared_mistake_with_one_more_in_each():
    """No σ' anywhere, w1 too much in one gradient and w2 in the other: three names."""
    found = names("both-missing-all-sp", "w1-uses-z1-for-x", "w2-extra-w2")
    assert as_set(found["grad_w1"]) == as_set(ids("both-missing-all-sp", "w1-uses-z1-for-x"))
    assert as_set(found["grad_w2"]) == as_set(ids("both-missing-all-sp", "w2-extra-w2"))


def test_two_shared_mistakes():
    """The wrong sign and the 2 are in both gradients."""
    found = names("both-sign", "both-factor-2")
    for name in RETURNS:
        assert as_set(found[name]) == as_set(ids("both-sign", "both-factor-2"))


def test_one_name_is_better_than_two():
    """Mistakes that have a name together are not taken apart."""
    assert names("w1-missing-sp2", "w1-missing-w2") == {"grad_w1": ids("w1-missing-sp2-and-w2")}
    assert names("w1-sign", "w2-sign") == {name: ids("both-sign") for name in RETURNS}


def test_what_has_two_explanations_has_no_name():
    """x exchanged for a1 and no w2, or w2 exchanged for a1 and no x: who can tell?"""
    one = both(known("w1-uses-a1-for-x").effect, known("w1-missing-w2").effect)
    other = both(known("w1-uses-a1-for-w2").effect, known("w1-missing-x").effect)
    assert one.key == other.key
    assert named(one) == {"grad_w1": []}
    # Without one of the explanations, the other one is the name.
    fewer = [k for k in KNOWN if k.entry.id != "bw-w1-missing-x"]
    assert as_set(named(one, catalogue=fewer)["grad_w1"]) == as_set(
        ids("w1-uses-a1-for-x", "w1-missing-w2")
    )


def test_mistakes_that_mend_each_other_in_part_are_no_names():
    """a1 exchanged for x, and a1 doubled: that is an x too much, and nobody did both."""
    assert names("w2-uses-x", "w2-dup-a1") == {"grad_w2": []}
    assert named(Effect({("grad_w2", "x"): 1}, frozenset(), {})) == {"grad_w2": []}


def test_the_sum_of_such_mistakes_may_have_a_name_of_its_own():
    """x exchanged for w1, and x doubled: that is z1 in the place of x."""
    assert names("w1-uses-w1-for-x", "w1-dup-x") == {"grad_w1": ids("w1-uses-z1-for-x")}


def test_numbers_that_mend_each_other_are_no_names():
    """The error squared in both gradients: neither of them is twice what it should be."""
    squared = Effect({(name, "y_pred - y_true"): 1 for name in RETURNS}, frozenset(), {})
    for found in named(squared).values():
        assert {"bw-w1-factor-2"} not in found
        assert {"bw-w2-factor-2"} not in found


def test_mistakes_that_undo_each_other_are_nothing():
    """Twice the half is right, and so is the wrong sign of the wrong sign."""
    assert names("both-factor-half", "both-factor-2") == {}
    assert names("both-abs-error", "both-abs-error") == {}


@pytest.mark.parametrize("is_exact", [True, False])
def test_every_name_multiplies_to_what_was_found(is_exact):
    """Whatever two or three mistakes come together, what is named explains all of it."""
    rng = random.Random(7)
    usable = EXACT if is_exact else list(KNOWN)
    in_full = 0
    for _ in range(400):
        planted = rng.sample(usable, rng.choice([2, 2, 3]))
        target = both(*(k.effect for k in planted))
        groups = names_of(deviations(target, is_exact), KNOWN)
        assert set(groups) == target.returns
        for name, of_return in groups.items():
            if not of_return:
                continue
            in_full += 1
            # Entries with CONSTANT have one effect for each number.
            choices = [
                [k.effect.only(name) for k in KNOWN if k.entry is group[0]] for group in of_return
            ]
            products = {both(*chosen).key for chosen in itertools.product(*choices)}
            assert target.only(name).key in products
            assert len(of_return) <= 3
    assert in_full > 100


# Digits


def test_numerical_mistakes_need_lost_digits():
    """A factor of exactly 2 is a 2; with an error, it is a difference divided by h."""
    assert names("both-factor-2") == {name: ids("both-factor-2") for name in RETURNS}
    assert names("both-factor-2", is_exact=False) == {
        name: ids("numeric-missing-2h") for name in RETURNS
    }
    assert names("both-missing-error") == {name: ids("both-missing-error") for name in RETURNS}
    assert names("both-missing-error", is_exact=False) == {
        name: ids("numeric-of-prediction") for name in RETURNS
    }


def test_one_gradient_without_digits_is_enough():
    """Whoever measures one slope measures both."""
    found = deviations(known("both-factor-2").effect)
    found["grad_w2"] = Deviation({}, 2.0, frozenset(), False)
    groups = names_of(found, KNOWN)
    assert [e.id for g in groups["grad_w1"] for e in g] == ["bw-numeric-missing-2h"]


def test_other_mistakes_keep_their_name_without_digits():
    """A missing x is one, however x's gradient was computed."""
    assert names("w1-missing-x", is_exact=False) == {"grad_w1": ids("w1-missing-x")}


# Entries


def entry(links, **fields):
    return Misconception("some-id", "A title", "A hint.", "y", links=links, **fields)


def test_entries_may_name_links_factors_signs_and_numbers():
    """σ'(z1) stands for both of its factors."""
    found = known_products(
        FUNCTION,
        (
            entry(
                {
                    "grad_w1": {"σ'(z1)": -1, "a1": 1, 0.5: 1, 2: 2},
                    "grad_w2": {"sign of w2": 1, "σ'(z2)": 2},
                }
            ),
        ),
    )
    assert len(found) == 1
    effect = found[0].effect
    assert {k: e for k, e in effect.exponents.items() if e} == {
        ("grad_w1", "1 - a1"): -1,
        ("grad_w2", "y_pred"): 2,
        ("grad_w2", "1 - y_pred"): 2,
    }
    assert effect.signs == {("grad_w2", "w2")}
    assert effect.constants == {"grad_w1": 2.0}


def test_a_sign_that_comes_in_twice_is_none():
    """Two signs of one factor are a plus."""
    links = {"grad_w1": {"sign of σ'(z2)": 1, "sign of y_pred": 1}}
    (found,) = known_products(FUNCTION, (entry(links),))
    assert found.effect.signs == {("grad_w1", "1 - y_pred")}


def test_a_constant_gives_one_effect_for_each_number():
    """Entries whose number learners choose are known with all of them."""
    found = known_products(
        FUNCTION, (entry({"grad_w1": {"CONSTANT": -1, "x": 1}}, tries=(0.5, 4.0)),)
    )
    assert [k.effect.constants for k in found] == [{"grad_w1": 2.0}, {"grad_w1": 0.25}]
    assert [k.effect.exponents for k in found] == [{("grad_w1", "x"): 1}] * 2


def test_entries_without_links_are_no_products():
    """They are recognised otherwise."""
    assert known_products(FUNCTION, (entry({}, body="return 1"),)) == ()


def test_an_unknown_return_is_an_error():
    """A typing error in a catalogue does not pass."""
    with pytest.raises(GradcheckError, match="some-id: backward has no chain grad_w3"):
        known_products(FUNCTION, (entry({"grad_w3": {"x": -1}}),))


@pytest.mark.parametrize("link", ["q", "σ'(z3)", "sign of q", "y_pred − y_tru"])
def test_an_unknown_factor_is_an_error(link):
    """Nor does one in the name of a link."""
    with pytest.raises(GradcheckError, match=r"some-id: .* is no factor of backward"):
        known_products(FUNCTION, (entry({"grad_w1": {link: -1}}),))
