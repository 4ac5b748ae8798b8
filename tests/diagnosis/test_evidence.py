"""Wrong versions are made from the reference, run afresh, and compared call by call."""

import math

import numpy as np
import pytest

from gradcheck_kit.diagnosis.evidence import alike, matches, wrong_function, wrong_source
from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.diagnosis.observed import Call
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.learner.results import CallResult, Trouble
from gradcheck_kit.learner.values import Opaque, snapshot
from gradcheck_kit.problems.problem import Function, Problem, Return


def bend(x):
    """Return x³, for others to use."""
    return x * x * x


def slopes(x, w):
    """Return the product and the sum."""
    first = w * x
    return first, w + x


def line(x, w):
    """Return w·x³ + 1."""
    return w * bend(x) + 1.0


def double(x):
    """Return a new array, 2·x."""
    return 2.0 * x


BEND = Function("bend", ("x",), (Return("y"),), bend, lambda rng: [])
SLOPES = Function("slopes", ("x", "w"), (Return("one"), Return("other")), slopes, lambda rng: [])
LINE = Function("line", ("x", "w"), (Return("y"),), line, lambda rng: [], lower=("bend",))
DOUBLE = Function("double", ("x",), (Return("y"),), double, lambda rng: [])
PROBLEM = Problem("small", (BEND, SLOPES, LINE, DOUBLE))
FAR = Function(
    "line", ("x", "w"), (Return("y"),), line, lambda rng: [], extreme=lambda x, w: abs(x) > 100
)
FAR_PROBLEM = Problem("far", (BEND, FAR))
POINTS = [(2.0, 3.0), (-1.0, 0.5), (0.25, -4.0), (1.5, 1.25)]
FAR_POINTS = [*POINTS, (1000.0, 2.0)]


def entry(entry_id="some-id", **fields):
    return Misconception(entry_id, "A title", "A hint.", "y", **fields)


def returned(function, arguments, value):
    return Call(function, arguments, CallResult("returned", snapshot(value)))


def raised(function, arguments, kind, text):
    return Call(function, arguments, CallResult("raised", trouble=Trouble(kind, text)))


def calls_of(function, learner, points=POINTS):
    """Return the calls of a learner's function, which may raise."""
    found = []
    for arguments in points:
        try:
            found.append(returned(function, arguments, learner(*arguments)))
        except Exception as error:
            found.append(raised(function, arguments, type(error).__name__, str(error)))
    return found


def matched(function, entries, calls, suspects=(), problem=PROBLEM):
    """Return the ids of the mistakes that match, with their returns."""
    return {m.entry.id: m.returns for m in matches(problem, function, entries, calls, suspects)}


PLUS_TO_MINUS = entry("minus", change=(("+ 1.0", "- 1.0"),))
NO_BEND = entry("no-bend", change=(("bend(x)", "x"),))
LATER_BEND = entry("bend-all", body="return bend(w * x) + 1.0")


# The source


def test_a_change_replaces_text_of_the_reference():
    """What is left is the reference's own source."""
    source = wrong_source(LINE, PLUS_TO_MINUS)
    assert source == ('def line(x, w):\n    """Return w·x³ + 1."""\n    return w * bend(x) - 1.0\n')


def test_a_body_stands_under_the_functions_own_head():
    """Its lines are at the margin; blocks keep their depth."""
    made = wrong_source(LINE, entry(body="\nif x > 0:\n    return w\nreturn x\n"))
    assert made == "def line(x, w):\n    if x > 0:\n        return w\n    return x\n"


def test_lines_ahead_come_first():
    """For a global that the function keeps."""
    made = wrong_source(LINE, entry(before="\ntotal = []\n", body="return len(total)"))
    assert made == "total = []\n\n\ndef line(x, w):\n    return len(total)\n"


def test_changes_follow_each_other():
    """The second may change what the first has put there."""
    made = wrong_source(LINE, entry(change=(("bend(x)", "bend(w)"), ("bend(w)", "bend(1)"))))
    assert "return w * bend(1) + 1.0" in made


@pytest.mark.parametrize(
    ("change", "times"),
    [
        ((("q * bend", "x"),), 0),
        ((("w", "x"),), 3),
        ((("+ 1.0", "- 1.0"), ("+ 1.0", "")), 0),
    ],
)
def test_a_text_to_change_stands_there_once(change, times):
    """Missing or more than once, it is an error that says which text of which entry."""
    with pytest.raises(GradcheckError, match=f"some-id: .* source of line {times} times"):
        wrong_source(LINE, entry(change=change))
    assert "return w * x(x)" in wrong_source(LINE, entry(change=(("bend", "x"),)))


def test_an_entry_without_a_wrong_version_is_an_error():
    """Lines ahead alone are none."""
    for nothing in (entry(), entry(before="total = 0"), entry(when="constant")):
        with pytest.raises(GradcheckError, match="some-id has no wrong version"):
            wrong_source(LINE, nothing)


def test_a_wrong_function_stands_on_right_lower_ones():
    """It finds the other functions, math, np and its constant."""
    assert wrong_function(PROBLEM, LINE, LATER_BEND)(2.0, 3.0) == 217.0
    everything = entry(body="return math.pi + np.float64(x) + CONSTANT + bend(w)")
    assert wrong_function(PROBLEM, LINE, everything, 0.5)(2.0, 3.0) == math.pi + 29.5


def test_every_wrong_function_starts_afresh():
    """One that counts its calls counts only its own."""
    counting = entry(before="seen = []", body="seen.append(x)\nreturn float(len(seen))")
    one = wrong_function(PROBLEM, LINE, counting)
    assert [one(0, 0), one(0, 0)] == [1.0, 2.0]
    other = wrong_function(PROBLEM, LINE, counting)
    assert other(0, 0) == 1.0
    assert one(0, 0) == 3.0


# Matches


def test_the_mistake_that_gives_the_same_values_is_found():
    """Others are not, and neither is anything for right values or something else."""
    entries = [PLUS_TO_MINUS, NO_BEND, LATER_BEND]
    minus = calls_of(LINE, lambda x, w: w * x**3 - 1)
    assert matched(LINE, entries, minus) == {"minus": {"y"}}
    assert matched(LINE, entries, calls_of(LINE, lambda x, w: w * x + 1)) == {"no-bend": {"y"}}
    assert matched(LINE, entries, calls_of(LINE, lambda x, w: w * x)) == {}
    assert matched(LINE, entries, calls_of(LINE, line)) == {}
    assert matched(LINE, [], minus) == {}


def test_all_points_count():
    """One other value, at the last point, and it is another mistake."""
    calls = calls_of(LINE, lambda x, w: w * x**3 - 1 if x != 1.5 else 0.0)
    assert matched(LINE, [PLUS_TO_MINUS], calls) == {}
    assert matched(LINE, [PLUS_TO_MINUS], calls[:-1]) == {"minus": {"y"}}


def test_values_are_close_not_equal():
    """Another order of computing is no other mistake; 1e-5 is."""
    near = calls_of(LINE, lambda x, w: (w * x**3 - 1) * (1 + 1e-9))
    far = calls_of(LINE, lambda x, w: (w * x**3 - 1) * (1 + 1e-5))
    assert matched(LINE, [PLUS_TO_MINUS], near) == {"minus": {"y"}}
    assert matched(LINE, [PLUS_TO_MINUS], far) == {}


def test_a_wrong_version_that_is_right_at_these_points_says_nothing():
    """Right values are no evidence for a mistake."""
    only_far = entry("far", change=(("+ 1.0", "+ (1.0 if x < 100 else 0.0)"),))
    assert matched(LINE, [only_far], calls_of(LINE, line)) == {}


def test_twins_are_both_found():
    """Nothing tells them apart."""
    twin = entry("twin", body="return bend(x) * w - 1")
    calls = calls_of(LINE, lambda x, w: w * x**3 - 1)
    assert list(matched(LINE, [PLUS_TO_MINUS, NO_BEND, twin], calls)) == ["minus", "twin"]


def test_state_is_fresh_in_every_search():
    """A mistake that adds up over calls is found again and again."""
    adding = entry(
        "adds", before="total = [0.0]", body="total[0] += w * bend(x) + 1.0\nreturn total[0]"
    )
    total = 0.0

    def learner(x, w):
        nonlocal total
        total += line(x, w)
        return total

    calls = calls_of(LINE, learner)
    for _ in range(2):
        assert matched(LINE, [adding, adding], calls) == {"adds": {"y"}}
    assert len(matches(PROBLEM, LINE, [adding, adding], calls)) == 2
    assert matched(LINE, [adding], calls[1:]) == {}  # it is seen from the first call on


def test_state_is_fresh_for_every_number_that_is_tried():
    """What the first try left behind does not spoil the second."""
    adding = entry(
        "adds",
        before="total = [0.0]",
        body="total[0] += CONSTANT * w\nreturn total[0]",
        tries=(0.1, 0.5),
    )
    total = 0.0

    def learner(x, w):
        nonlocal total
        total += 0.5 * w
        return total

    assert matched(LINE, [adding], calls_of(LINE, learner)) == {"adds": {"y"}}


def test_every_number_is_tried():
    """The last as well as the first; each mistake is found once, others not at all."""
    scaled = entry("scaled", body="return CONSTANT * (w * bend(x) + 1.0)", tries=(0.1, 0.5, -2.0))
    for constant in scaled.tries:
        calls = calls_of(LINE, lambda x, w, c=constant: c * line(x, w))
        assert matched(LINE, [scaled], calls) == {"scaled": {"y"}}
    assert matched(LINE, [scaled], calls_of(LINE, lambda x, w: 0.2 * line(x, w))) == {}
    same = entry("same", body="return 0.0 * CONSTANT", tries=(1.0, 2.0))
    assert len(matches(PROBLEM, LINE, [same], calls_of(LINE, lambda x, w: 0.0))) == 1


ARRAYS = [(np.array([1.0, 2.0]),), (np.array([[3.0], [-0.5]]),)]


def test_arguments_are_not_changed():
    """A wrong version that writes into its argument gets a copy each time."""
    before = [x.copy() for (x,) in ARRAYS]
    writing = entry("writes", body="x *= 3.0\nreturn x")
    also = entry("also-writes", body="x += 2 * x\nreturn x")
    calls = calls_of(DOUBLE, lambda x: 3.0 * x, ARRAYS)
    assert matched(DOUBLE, [writing, also], calls) == {"writes": {"y"}, "also-writes": {"y"}}
    assert all(np.array_equal(x, old) for (x,), old in zip(ARRAYS, before, strict=True))


def test_what_a_wrong_version_prints_and_warns_of_is_not_shown(capsys):
    """Nor do its warnings become errors."""
    loud = entry("loud", body="print('here')\nreturn np.float64(1.0) / np.float64(0.0)")
    warning = entry("warns", body="import warnings\nwarnings.warn('there')\nreturn 0.0")
    assert matched(LINE, [loud], calls_of(LINE, lambda x, w: math.inf)) == {"loud": {"y"}}
    assert matched(LINE, [warning], calls_of(LINE, lambda x, w: 0.0)) == {"warns": {"y"}}
    assert capsys.readouterr().out == ""


# Returns


FIRST_WRONG = entry("first", change=(("first = w * x", "first = w * x * x"),))
SECOND_WRONG = entry("second", change=(("w + x", "w - x"),))
BOTH_WRONG = entry("both", body="return w * x * x, w - x")


def test_matches_tell_in_which_returns_they_agree():
    """Right ones included: nothing else is wrong there."""
    entries = [FIRST_WRONG, SECOND_WRONG, BOTH_WRONG]
    one = calls_of(SLOPES, lambda x, w: (w * x * x, w + x))
    assert matched(SLOPES, entries, one) == {"first": {"one", "other"}, "both": {"one"}}
    two = calls_of(SLOPES, lambda x, w: (w * x * x, w - x))
    assert matched(SLOPES, entries, two) == {
        "first": {"one"},
        "second": {"other"},
        "both": {"one", "other"},
    }


def test_agreeing_in_a_right_return_alone_is_nothing():
    """Both are right there: that is no mistake."""
    calls = calls_of(SLOPES, lambda x, w: (99.0, w + x))
    assert matched(SLOPES, [FIRST_WRONG], calls) == {}
    assert matched(SLOPES, [SECOND_WRONG], calls) == {}


def test_only_suspects_need_an_explanation():
    """What agrees in a return that nobody suspects is not looked for."""
    calls = calls_of(SLOPES, lambda x, w: (w * x * x, w - x))
    assert matched(SLOPES, [FIRST_WRONG, SECOND_WRONG], calls, ["other"]) == {"second": {"other"}}
    assert matched(SLOPES, [FIRST_WRONG, SECOND_WRONG], calls, ["one"]) == {"first": {"one"}}


def test_another_structure_agrees_as_a_whole():
    """One number where two are due, or three."""
    single = entry("single", body="return w * x")
    assert matched(SLOPES, [single], calls_of(SLOPES, lambda x, w: w * x)) == {
        "single": {"one", "other"}
    }
    assert matched(SLOPES, [single], calls_of(SLOPES, lambda x, w: (w * x, w + x, 1.0))) == {}
    assert matched(SLOPES, [single], calls_of(SLOPES, lambda x, w: 2 * w * x)) == {}


def test_a_dict_agrees_with_any_dict():
    """Of such values only the kind is known, on both sides."""
    as_dict = entry("dict", body="return {'one': w * x, 'other': w + x}")
    calls = calls_of(SLOPES, lambda x, w: {"a": x})
    assert matched(SLOPES, [as_dict], calls) == {"dict": {"one", "other"}}
    assert matched(SLOPES, [as_dict], calls_of(SLOPES, lambda x, w: {x})) == {}


def test_lists_and_tuples_are_the_same():
    """How several values are held together makes no difference."""
    calls = calls_of(SLOPES, lambda x, w: [w * x * x, w + x])
    assert matched(SLOPES, [FIRST_WRONG], calls) == {"first": {"one", "other"}}


# Exceptions

BROKEN = entry("broken", body="if x < 0:\n    raise ValueError('negative')\nreturn 0.0")


def broken(x, w):
    if x < 0:
        raise ValueError("negative")
    return 0.0


def test_the_same_exception_at_the_same_point_agrees():
    """Everywhere else the values agree."""
    assert matched(LINE, [BROKEN], calls_of(LINE, broken)) == {"broken": {"y"}}


@pytest.mark.parametrize(
    "other",
    [
        raised(LINE, (-1.0, 0.5), "ValueError", "something else"),
        raised(LINE, (-1.0, 0.5), "TypeError", "negative"),
        returned(LINE, (-1.0, 0.5), 0.0),
        Call(LINE, (-1.0, 0.5), CallResult("timed_out", trouble=Trouble("ValueError", "negative"))),
        Call(LINE, (-1.0, 0.5), CallResult("raised")),
    ],
    ids=["other text", "other kind", "a value", "timed out", "no trouble"],
)
def test_another_end_of_one_call_is_another_mistake(other):
    """Kind and text both count."""
    calls = calls_of(LINE, broken)
    position = next(i for i, c in enumerate(calls) if c.result.status == "raised")
    calls[position] = other
    assert matched(LINE, [BROKEN], calls) == {}


def test_an_exception_where_the_wrong_version_has_none_is_another_mistake():
    """Also at a single point."""
    calls = calls_of(LINE, lambda x, w: w * x**3 - 1)
    assert matched(LINE, [PLUS_TO_MINUS], calls) == {"minus": {"y"}}
    calls[2] = raised(LINE, POINTS[2], "ValueError", "no")
    assert matched(LINE, [PLUS_TO_MINUS], calls) == {}


def test_an_exception_everywhere_can_be_recognised():
    """A mistake that never gets to a value has its text."""
    never = entry("never", body="return [1, 2][5]")
    assert matched(LINE, [never], calls_of(LINE, lambda x, w: [1, 2][5])) == {"never": {"y"}}
    assert matched(LINE, [never], calls_of(LINE, lambda x, w: (1, 2)[5])) == {}


def test_a_hidden_text_neither_agrees_nor_contradicts():
    """Then the values have to tell."""
    calls = [
        raised(LINE, c.arguments, "ValueError", "") if c.result.status == "raised" else c
        for c in calls_of(LINE, broken)
    ]
    assert matched(LINE, [BROKEN], calls) == {"broken": {"y"}}
    never = entry("never", body="raise ValueError('whatever')")
    hidden = [raised(LINE, p, "ValueError", "") for p in POINTS]
    assert matched(LINE, [never], hidden) == {}


# Far out

OVERFLOWS = entry(
    "overflows", body="if x > 100:\n    raise OverflowError('too large')\nreturn w * bend(x) - 1.0"
)
GIVES_NAN = entry("gives-nan", body="return float('nan') if x > 100 else w * bend(x) - 1.0")
GIVES_INF = entry("gives-inf", body="return float('inf') if x > 100 else w * bend(x) - 1.0")


def minus_but(far):
    """Return a learner's function that has the wrong sign, and something else far out."""
    return lambda x, w: far() if x > 100 else w * x**3 - 1


def overflow():
    raise OverflowError("too large")


@pytest.mark.parametrize(
    ("far", "wanted"),
    [(overflow, "overflows"), (lambda: math.nan, "gives-nan"), (lambda: math.inf, "gives-inf")],
)
def test_agreeing_far_out_as_well_is_better(far, wanted):
    """Near they are all the same; what happens far out tells them apart."""
    entries = [OVERFLOWS, GIVES_NAN, GIVES_INF]
    calls = calls_of(FAR, minus_but(far), FAR_POINTS)
    assert list(matched(FAR, entries, calls, problem=FAR_PROBLEM)) == [wanted]
    near = [entry for entry in entries if entry.id != wanted]
    assert list(matched(FAR, near, calls, problem=FAR_PROBLEM)) == [e.id for e in near]


def test_infinity_agrees_with_nothing_else():
    """A wrong version that overflows is not one that goes on to compute."""
    calls = calls_of(FAR, lambda x, w: w * x**3 - 1, FAR_POINTS)
    assert list(matched(FAR, [PLUS_TO_MINUS, GIVES_INF], calls, problem=FAR_PROBLEM)) == ["minus"]


def test_far_out_comes_after_everything_near():
    """A mistake that agrees far out but not near is none."""
    calls = calls_of(FAR, lambda x, w: math.nan if x > 100 else w * x + 7, FAR_POINTS)
    assert matched(FAR, [GIVES_NAN], calls, problem=FAR_PROBLEM) == {}


def test_a_mistake_may_show_far_out_only():
    """Near everything is right; then agreeing far out is what counts."""
    far_only = entry("far-only", body="return -1.0 if x > 100 else w * bend(x) + 1.0")

    def learner(x, w):
        return -1.0 if x > 100 else line(x, w)

    calls = calls_of(FAR, learner, FAR_POINTS)
    assert matched(FAR, [far_only], calls, problem=FAR_PROBLEM) == {"far-only": {"y"}}
    right_near = calls_of(FAR, lambda x, w: -2.0 if x > 100 else line(x, w), FAR_POINTS)
    assert matched(FAR, [far_only], right_near, problem=FAR_PROBLEM) == {}


def test_a_function_without_far_points_has_none():
    """All points are near then."""
    calls = calls_of(LINE, minus_but(lambda: math.nan), FAR_POINTS)
    assert list(matched(LINE, [GIVES_NAN, OVERFLOWS], calls)) == ["gives-nan"]


# Alike

NAN, INF = math.nan, math.inf

ALIKE = [
    (1.0, 1.0),
    (1.0, 1.0 + 1e-8),
    (1, 1.0),
    (0.0, 1e-14),
    (0.0, -0.0),
    (NAN, NAN),
    (INF, INF),
    (-INF, -INF),
    (None, None),
    ("0.5", "half"),  # both are text: which one depends on the learner's format
    (Opaque("dict"), Opaque("dict")),
    ((1.0, 2.0), (1.0, 2.0)),
    ((1.0, 2.0), [1.0, 2.0]),
    ([1.0, 2.0], np.array([1.0, 2.0])),
    (np.array([1.0, 2.0]), (1.0, 2.0)),
    ((1.0, (None, NAN)), [1.0, [None, NAN]]),
    ((), []),
    (np.array(1.5), 1.5),
    (1.5, np.array(1.5)),
    (np.array([[1.0, NAN], [INF, -INF]]), np.array([[1.0, NAN], [INF, -INF]])),
    (np.array([1, 2]), np.array([1.0, 2.0])),
    (np.array([0.1, 2.0], np.float32), np.array([np.float32(0.1), 2.0])),
    ((np.zeros((2, 1)), None), (np.zeros((2, 1)), None)),
]
DIFFERENT = [
    (1.0, 1.0 + 1e-6),
    (1.0, -1.0),
    (1, 2),
    (0.0, 1e-12),
    (NAN, 1.0),
    (1.0, NAN),
    (INF, 1.0),
    (1.0, INF),
    (INF, -INF),
    (NAN, INF),
    (INF, NAN),
    (None, 0),
    (0, None),
    (0.0, None),
    (None, ()),
    ((), None),
    (None, "None"),
    ("0.5", 0.5),
    (0.5, "0.5"),
    ("0.5", Opaque("str")),
    (Opaque("dict"), Opaque("set")),
    (Opaque("dict"), None),
    (Opaque("dict"), 1.0),
    (1.0, Opaque("dict")),
    ((1.0, 2.0), (1.0, 3.0)),
    ((1.0, 2.0), (2.0, 1.0)),
    ((1.0, 2.0), (1.0, 2.0, 3.0)),
    ((1.0,), 1.0),
    (1.0, (1.0,)),
    ((1.0, 2.0), np.array([[1.0, 2.0]])),
    (np.array([[1.0, 2.0]]), [1.0, 2.0]),
    ((1.0, (1.0,)), (1.0, 1.0)),
    ([[1.0, 2.0], [3.0, 4.0]], np.array([[1.0, 2.0], [3.0, 4.0]])),
    (np.array([1.0]), 1.0),
    (np.zeros((2, 1)), np.zeros((1, 2))),
    (np.zeros((2, 1)), np.zeros(2)),
    (np.zeros((2, 2)), np.zeros((2, 1))),
    (np.array([1.0, 2.0]), np.array([1.0, 2.1])),
    (np.array([1.0, NAN]), np.array([1.0, 2.0])),
    (np.array([1.0, 2.0]), np.array([1.0, INF])),
    (np.array([[1.0, -INF]]), np.array([[1.0, INF]])),
    (np.array([1.0 + 0j]), np.array([1.0])),
    (1.0, np.array(1.0 + 0j)),
    (np.array([1.0]), None),
    (np.array([1.0]), "1"),
]


@pytest.mark.parametrize(("got", "due"), ALIKE, ids=lambda value: repr(value))
def test_values_that_are_alike(got, due):
    """The same numbers, whatever holds them."""
    with np.errstate(invalid="ignore"):
        assert alike(got, due)


@pytest.mark.parametrize(("got", "due"), DIFFERENT, ids=lambda value: repr(value))
def test_values_that_are_not_alike(got, due):
    """Other numbers, other shapes, other things."""
    with np.errstate(invalid="ignore"):
        assert not alike(got, due)


def test_the_tolerance_grows_with_the_scale():
    """As everywhere else, for numbers and in arrays and sequences."""
    for got, due in (
        (1e-11, 0.0),
        (np.array([[1e-11]]), np.zeros((1, 1))),
        ((1e-11, 1.0), (0.0, 1.0)),
    ):
        assert not alike(got, due)
        assert alike(got, due, scale=1000.0)
