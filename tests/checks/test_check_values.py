"""Values, precision, overflow, arguments that change, kept arrays, state: each with a near miss."""

from collections.abc import Callable

import pytest

from gradcheck_kit.checks.substitution import Judge

JudgeOf = Callable[..., Judge]


def test_a_relative_error_of_a_millionth_is_wrong(judge: JudgeOf) -> None:
    """1e-6 is a mistake at ordinary arguments, 1e-9 is rounding."""
    code = "_right = {0}\ndef {0}(*a): return _right(*a) * (1 + {1})"
    for name in ("loss", "sigmoid", "sigmoid_prime", "update"):
        for error, outcome in (("1e-6", "wrong"), ("-1e-6", "wrong"), ("1e-9", "passed")):
            assert judge(code.format(name, error)).verdict(name).outcome == outcome


@pytest.mark.parametrize("index", range(4))
def test_a_small_error_in_one_entry_of_a_matrix_is_wrong(judge: JudgeOf, index: int) -> None:
    """Every entry of every return counts, and the entry is named."""
    judging = judge(
        f"""
        _right = forward
        def forward(X, W1, W2):
            values = [v.copy() for v in _right(X, W1, W2)]
            values[{index}][-1, -1] *= 1 + 1e-6
            return tuple(values)
        """,
        "batch",
    )
    name = ("Z1", "A1", "Z2", "Y_pred")[index]
    verdict = judging.verdict("forward", name)
    assert verdict.outcome == "wrong"
    assert verdict.finding is not None
    assert verdict.finding.entry.startswith(f"{name}[")
    others = [n for n in ("Z1", "A1", "Z2", "Y_pred") if n != name]
    assert all(judging.verdict("forward", other).outcome == "passed" for other in others)


def test_the_simplest_call_that_fails_is_shown(judge: JudgeOf) -> None:
    """A mistake that shows in some calls only is told with the first of them and a count."""
    finding = judge("_r = loss\ndef loss(p, t): return _r(p, t) if p > t else 0.25")
    verdict = finding.verdict("loss")
    assert verdict.finding is not None
    assert verdict.finding.arguments == (0.2, 0.9)
    assert verdict.finding.got == 0.25
    assert verdict.finding.expected == pytest.approx(0.245)
    assert 1 < verdict.finding.failing < verdict.finding.tried == 19


def test_the_same_seed_asks_the_same_points_and_another_seed_others(judge: JudgeOf) -> None:
    """Points depend on the seed and on nothing else."""
    problem = judge("").problem
    for function in problem.functions:
        once, twice = problem.points(function, 3), problem.points(function, 3)
        assert repr(once) == repr(twice)
        assert repr(once) != repr(problem.points(function, 4))


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')", "-float('inf')"])
def test_what_is_not_finite_is_wrong(judge: JudgeOf, value: str) -> None:
    """NaN and infinities are wrong values, with a reason of their own."""
    verdict = judge(f"def loss(p, t): return {value}").verdict("loss")
    assert verdict.outcome == "wrong"
    assert verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.reason == "not-finite"


def test_a_single_nan_in_a_matrix_is_found(judge: JudgeOf) -> None:
    """NaN compares false with everything, but not with this check."""
    verdict = judge(
        """
        def update(W, grad, lr):
            new = W - lr * grad
            new[-1, -1] = np.nan
            return new
        """,
        "batch",
    ).verdict("update")
    assert verdict.outcome == "wrong"
    assert verdict.finding is not None
    assert verdict.finding.reason == "not-finite"
    assert verdict.finding.entry == "W[0, 1]"


@pytest.mark.parametrize(
    ("body", "ratio"),
    [
        ("return 2 * _right(*a)", 2.0),
        ("return -_right(*a)", -1.0),
        ("return 0.0 * _right(*a)", 0.0),
        ("return _right(*a) + 1e-3", None),
        ("return _right(*a) ** 2", None),
    ],
)
def test_a_constant_ratio_is_told(judge: JudgeOf, body: str, ratio: float | None) -> None:
    """A factor that is the same in every call is a clue; anything else is none."""
    finding = judge(f"_right = loss\ndef loss(*a): {body}").verdict("loss").finding
    assert finding is not None
    assert finding.facts["ratio"] == (None if ratio is None else pytest.approx(ratio))


# Integers and precision


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("new = W.copy(); new[:] = W - lr * grad; return new", "wrong"),
        ("return (W - lr * grad).astype(W.dtype)", "wrong"),
        ("new = np.empty_like(W); np.subtract(W, lr * grad, out=new, casting='unsafe'); return new",
         "wrong"),
        ("new = W.copy(); new -= lr * grad; return new", "raised"),
        ("new = W.astype(float); new -= lr * grad; return new", "passed"),
        ("new = np.array(W, dtype=float); new[:] = W - lr * grad; return new", "passed"),
    ],
)  # fmt: skip
def test_integer_weights_are_not_cut_off(judge: JudgeOf, body: str, outcome: str) -> None:
    """Weights that come as whole numbers must still move by fractions."""
    code = f"import numpy as np\ndef update(W, grad, lr): {body}"
    assert judge(code, "batch").verdict("update").outcome == outcome


def test_integer_division_shows_at_whole_numbers(judge: JudgeOf) -> None:
    """// is right by chance at some numbers and wrong at others."""
    verdict = judge("def loss(p, t): return (p - t) ** 2 // 2").verdict("loss")
    assert verdict.outcome == "wrong"


FLOAT32 = {
    "float32": "np.float32(v)",
    "as float64": "float(np.float32(v))",
    "array": "np.array(v, dtype=np.float32)",
}


@pytest.mark.parametrize("cast", FLOAT32.values(), ids=FLOAT32)
@pytest.mark.parametrize("function", ["sigmoid", "loss", "sigmoid_prime", "update"])
def test_single_precision_is_told_as_such(judge: JudgeOf, function: str, cast: str) -> None:
    """Digits that were lost on the way are wrong, whatever type comes back."""
    code = f"import numpy as np\n_right = {function}\ndef {function}(*a):\n    v = _right(*a)\n"
    verdict = judge(f"{code}    return {cast}").verdict(function)
    assert verdict.outcome == "wrong"
    assert verdict.finding is not None
    assert verdict.finding.reason == "float32"
    assert verdict.finding.failing == verdict.finding.tried
    assert verdict.diagnosis == ("float32",)
    assert verdict.blamed


@pytest.mark.parametrize("cast", ["astype(np.float32)", "astype(np.float32).astype(float)"])
def test_single_precision_of_matrices_is_told_as_such(judge: JudgeOf, cast: str) -> None:
    """The same for arrays."""
    code = f"_right = update\ndef update(*a): return _right(*a).{cast}"
    verdict = judge(code, "batch").verdict("update")
    assert verdict.outcome == "wrong"
    assert verdict.finding is not None
    assert verdict.finding.reason == "float32"


def test_a_wrong_value_in_single_precision_is_a_wrong_value(judge: JudgeOf) -> None:
    """float32 is named only where it is what is wrong."""
    code = "import numpy as np\n_right = loss\ndef loss(*a): return np.float32(2 * _right(*a))"
    finding = judge(code).verdict("loss").finding
    assert finding is not None
    assert finding.reason == "value"


def test_float32_weights_inside_double_precision_are_no_float32(judge: JudgeOf) -> None:
    """Values that happen to be short are not held against anybody."""
    code = "import numpy as np\ndef update(w, grad, lr): return np.float64(w) - lr * grad"
    assert judge(code).verdict("update").outcome == "passed"


@pytest.mark.parametrize(("digits", "outcome"), [(3, "wrong"), (6, "wrong"), (15, "passed")])
def test_rounding_the_result_is_wrong(judge: JudgeOf, digits: int, outcome: str) -> None:
    """round() for a nice print changes the value."""
    code = f"_right = loss\ndef loss(*a): return round(_right(*a), {digits})"
    assert judge(code).verdict("loss").outcome == outcome


SLOPES = {
    "df_dx": (
        "warmup",
        "def df_dx(x, y): return (_f(x + h, y) - _f(x - h, y)) / (2 * h)",
    ),
    "df_dy": ("warmup", "def df_dy(x, y): return (_f(x, y + h) - _f(x, y - h)) / (2 * h)"),
    "chain_rule": (
        "warmup",
        "def chain_rule(fp, g, gp, x): return fp(g(x)) * (g(x + h) - g(x - h)) / (2 * h)",
    ),
    "sigmoid_prime": (
        "network",
        "def sigmoid_prime(z): return (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)",
    ),
    "backward": (
        "network",
        "def backward(x, t, w1, w2):\n"
        "    def L(a, b): return loss(forward(x, a, b)[3], t)\n"
        "    g1 = (L(w1 + h, w2) - L(w1 - h, w2)) / (2 * h)\n"
        "    return g1, (L(w1, w2 + h) - L(w1, w2 - h)) / (2 * h)",
    ),
}


@pytest.mark.parametrize(
    ("function", "problem", "code"),
    [(name, problem, code) for name, (problem, code) in SLOPES.items()],
    ids=SLOPES,
)
def test_numerical_differentiation_earns_the_points_and_a_note(
    judge: JudgeOf, function: str, problem: str, code: str
) -> None:
    """Central differences with h = 1e-5 count, and are remarked on."""
    setup = "h = 1e-5\ndef _f(x, y): return x * x * y + 3 * x * y + y * y\n"
    verdict = judge(setup + code, problem).verdict(function)
    assert verdict.outcome == "passed"
    assert verdict.notes == ("numeric-differentiation",)


def test_crude_numerical_differentiation_is_wrong(judge: JudgeOf) -> None:
    """A one-sided difference with a large step is off by more than 1e-7."""
    code = """
    def backward(x, t, w1, w2):
        def L(a, b): return loss(forward(x, a, b)[3], t)
        h = 1e-2
        return (L(w1 + h, w2) - L(w1, w2)) / h, (L(w1, w2 + h) - L(w1, w2)) / h
    """
    verdict = judge(code).verdict("backward")
    assert verdict.outcome == "wrong"
    assert verdict.blamed


def test_exact_gradients_get_no_note_about_differentiation(judge: JudgeOf) -> None:
    """Textbook formulas that lose digits in saturation are not taken for differences."""
    code = "def sigmoid(z): return 1 / (1 + math.exp(-max(z, -700)))\n"
    code += "def sigmoid_prime(z): return sigmoid(z) * (1 - sigmoid(z))"
    judging = judge(code)
    assert judging.verdict("sigmoid_prime").outcome == "passed"
    assert judging.verdict("sigmoid_prime").notes == ()
    assert judging.verdict("backward").notes == ()


# Overflow

OVERFLOWS = {
    "math.exp": "return 1 / (1 + math.exp(-z))",
    "np.exp": "return 1 / (1 + np.exp(-z))",
    "power": "return 1 / (1 + math.e ** -z)",
    "errstate raise": "with np.errstate(over='raise'): return 1 / (1 + np.exp(-z))",
}


@pytest.mark.parametrize("body", OVERFLOWS.values(), ids=OVERFLOWS)
def test_overflow_far_out_is_a_note(judge: JudgeOf, body: str) -> None:
    """The textbook formula overflows at z = -800; that costs nothing."""
    judging = judge(f"import math\nimport numpy as np\ndef sigmoid(z):\n    {body}")
    assert judging.verdict("sigmoid").outcome == "passed"
    assert judging.verdict("sigmoid").notes == ("overflow",)
    assert judging.verdict("forward").outcome == "passed"


@pytest.mark.parametrize(
    "setup",
    [
        "np.seterr(all='ignore')",
        "import warnings; warnings.simplefilter('ignore')",
        "np.seterr(all='warn')",
        "np.seterr(all='raise')",
        "import warnings; warnings.simplefilter('error')",
    ],
)
def test_how_numpy_reports_an_overflow_does_not_matter(judge: JudgeOf, setup: str) -> None:
    """Right at every |z| up to 300, and only warned or raised about beyond."""
    code = f"import numpy as np\n{setup}\ndef sigmoid(z): return 1 / (1 + np.exp(-z))"
    for problem in ("network", "batch"):
        assert judge(code, problem).verdict("sigmoid").outcome == "passed"


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("return math.exp(z) / (1 + math.exp(z)) if z < 700 else float('nan')", "wrong"),
        ("return 1 / (1 + math.exp(-z)) if z > -300 else 0.5", "wrong"),
        ("if abs(z) > 200: raise OverflowError('too far')\n    return 1 / (1 + math.exp(-z))",
         "raised"),
        ("if abs(z) > 600: raise ValueError('too far')\n    return 1 / (1 + math.exp(-z))",
         "raised"),
        ("return 0.5 * (1 + math.tanh(z / 2))", "passed"),
        ("z = max(-500, min(500, z))\n    return 1 / (1 + math.exp(-z))", "passed"),
    ],
)  # fmt: skip
def test_what_is_wrong_far_out_is_wrong(judge: JudgeOf, body: str, outcome: str) -> None:
    """Only overflow is forgiven, only beyond 300; a wrong number never is."""
    assert judge(f"def sigmoid(z):\n    {body}").verdict("sigmoid").outcome == outcome


# Arguments that change

MUTATING = {
    "update in place": (
        "update",
        "def update(W, grad, lr):\n    W -= lr * grad\n    return W",
    ),
    "update through out": (
        "update",
        "def update(W, grad, lr): return np.subtract(W, lr * grad, out=W)",
    ),
    "the gradient instead": (
        "update",
        "def update(W, grad, lr):\n    grad *= lr\n    return W - grad",
    ),
    "backward scales X": (
        "backward",
        "_r = backward\ndef backward(X, Y, W1, W2):\n"
        "    r = _r(X, Y, W1, W2)\n    X /= len(X)\n    return r",
    ),
}
RIGHT_COPIES = {
    "update copies": (
        "update",
        "def update(W, grad, lr):\n    W = W.astype(float)\n    W -= lr * grad\n    return W",
    ),
    "update adds zero": (
        "update",
        "def update(W, grad, lr):\n    W = W + 0.0\n    W -= lr * grad\n    return W",
    ),
    "backward copies": (
        "backward",
        "_r = backward\ndef backward(X, Y, W1, W2):\n"
        "    X = X.copy()\n    r = _r(X, Y, W1, W2)\n    X /= len(X)\n    return r",
    ),
}


@pytest.mark.parametrize(("function", "code"), MUTATING.values(), ids=MUTATING)
def test_changing_an_argument_is_wrong(judge: JudgeOf, function: str, code: str) -> None:
    """The caller's arrays stay as they were; the argument is named."""
    verdict = judge(code, "batch").verdict(function)
    assert verdict.finding is not None
    assert verdict.blamed
    if verdict.outcome == "raised":  # whole numbers cannot be changed by fractions in place
        pytest.fail(f"{verdict.finding.trouble}")
    assert verdict.outcome == "wrong"
    assert verdict.finding.reason == "mutates"
    assert verdict.diagnosis == ("mutates",)
    assert 2 * verdict.finding.failing > verdict.finding.tried >= verdict.finding.failing


@pytest.mark.parametrize(("function", "code"), RIGHT_COPIES.values(), ids=RIGHT_COPIES)
def test_changing_a_copy_is_right(judge: JudgeOf, function: str, code: str) -> None:
    """Writing to an array of one's own is nobody's business."""
    assert judge(code, "batch").verdict(function).outcome == "passed"


TRAIN = """
def train(X, Y, W1, W2, lr, steps):
    losses = []
    {first}
    for _ in range(steps):
        losses.append(loss(forward(X, W1, W2)[3], Y))
        g1, g2 = backward(X, Y, W1, W2)
        W1 -= lr * g1
        W2 -= lr * g2
    return W1, W2, losses
"""


def test_training_in_place_is_a_note(judge: JudgeOf) -> None:
    """`train` may change its weights; whole numbers must become floats first, though."""
    first = "W1 = W1 if W1.dtype == float else W1.astype(float)\n"
    first += "    W2 = W2 if W2.dtype == float else W2.astype(float)"
    verdict = judge(TRAIN.format(first=first), "batch").verdict("train")
    assert verdict.outcome == "passed"
    assert verdict.notes == ("mutates",)


def test_training_on_copies_is_no_note(judge: JudgeOf) -> None:
    """The same loop on copies of its own has nothing to remark on."""
    first = "W1, W2 = W1.astype(float), W2.astype(float)"
    verdict = judge(TRAIN.format(first=first), "batch").verdict("train")
    assert (verdict.outcome, verdict.notes) == ("passed", ())


def test_training_in_place_on_whole_numbers_fails(judge: JudgeOf) -> None:
    """Whole numbers cannot take a fraction in place, which NumPy says at the learner's line."""
    verdict = judge(TRAIN.format(first="pass"), "batch").verdict("train")
    assert verdict.outcome == "raised"
    assert verdict.finding is not None
    assert verdict.finding.trouble is not None
    assert verdict.finding.trouble.frames[-1][3] == "W1 -= lr * g1"


# Results that are kept


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "_kept = {}\n_r = sigmoid\ndef sigmoid(z):\n"
            "    out = _kept.setdefault(z.shape, np.empty(z.shape))\n"
            "    out[:] = _r(z)\n    return out",
            "reuse",
        ),
        (
            "_kept = {}\n_r = sigmoid\ndef sigmoid(z):\n"
            "    out = _kept.setdefault(z.shape, np.empty(z.shape))\n"
            "    out[:] = _r(z)\n    return out.copy()",
            "",
        ),
        ("_r = sigmoid\ndef sigmoid(z): return _r(z)[:, :]", ""),
    ],
)
def test_an_array_that_a_later_call_fills_again(judge: JudgeOf, code: str, reason: str) -> None:
    """A result belongs to the caller: a buffer that is used again is found."""
    verdict = judge(code, "batch").verdict("sigmoid")
    assert (verdict.finding.reason if verdict.finding else "") == reason
    assert verdict.diagnosis == ((reason,) if reason else ())


STATE = {
    "a counter": "_n = [0]\ndef loss(p, t):\n    _n[0] += 1\n    return _r(p, t) + 1e-3 * _n[0]",
    "a sum over calls": "_s = [0.0]\ndef loss(p, t):\n    _s[0] += _r(p, t)\n    return _s[0]",
    "wrong from the second call on": (
        "_n = [0]\ndef loss(p, t):\n    _n[0] += 1\n    return _r(p, t) * (1 if _n[0] < 2 else 2)"
    ),
    "wrong in the last call only": (
        "_n = [0]\ndef loss(p, t):\n    _n[0] += 1\n    return _r(p, t) * (1 if _n[0] < 17 else 2)"
    ),
    "random": "import random\ndef loss(p, t): return _r(p, t) * random.uniform(0.5, 1.5)",
    "numpy random": (
        "import numpy as np\n_g = np.random.default_rng(0)\n"
        "def loss(p, t): return _r(p, t) + _g.normal() * 1e-3"
    ),
}


@pytest.mark.parametrize("code", STATE.values(), ids=STATE)
def test_the_same_call_must_give_the_same_answer(judge: JudgeOf, code: str) -> None:
    """Both answers of the same call are told."""
    verdict = judge("_r = loss\n" + code).verdict("loss")
    assert verdict.outcome == "wrong"
    assert verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.reason == "state"
    assert verdict.diagnosis == ("state",)
    assert verdict.finding.facts["again"] != verdict.finding.got


@pytest.mark.parametrize(
    "code",
    [
        "_n = [0]\ndef loss(p, t):\n    _n[0] += 1\n    return _r(p, t)",
        "_m = {}\ndef loss(p, t): return _m.setdefault((p, t), _r(p, t))",
        "import random\ndef loss(p, t): return _r(p, t) * (1 + random.uniform(-1, 1) * 1e-12)",
        "import random\nrandom.seed(1)\ndef loss(p, t):\n    random.random()\n    return _r(p, t)",
    ],
)
def test_state_that_changes_no_answer_is_fine(judge: JudgeOf, code: str) -> None:
    """Counting, caching and noise below rounding cost nothing."""
    assert judge("_r = loss\n" + code).verdict("loss").outcome == "passed"


def test_right_code_is_not_judged_by_what_another_function_left(judge: JudgeOf) -> None:
    """A global that backward reads from the last forward works as long as it calls it."""
    code = """
    _last = {}
    _f = forward
    def forward(x, w1, w2):
        _last['all'] = _f(x, w1, w2)
        return _last['all']
    def backward(x, t, w1, w2):
        forward(x, w1, w2)
        z1, a1, z2, y = _last['all']
        d = (y - t) * sigmoid_prime(z2)
        return d * w2 * sigmoid_prime(z1) * x, d * a1
    """
    assert judge(code).verdict("backward").outcome == "passed"


# Exceptions


def test_an_exception_shows_the_learners_frames_only(judge: JudgeOf) -> None:
    """The place in their file, through their helper, and nothing of NumPy or the kit."""
    verdict = judge(
        """
        import numpy as np
        from helper import deep
        def loss(p, t):
            return deep(p, t)
        """,
        helpers={"helper.py": "import json\n\ndef deep(p, t):\n    return json.loads('{' * 3)\n"},
    ).verdict("loss")
    assert verdict.outcome == "raised"
    assert verdict.finding is not None
    trouble = verdict.finding.trouble
    assert trouble is not None
    assert trouble.kind == "JSONDecodeError"
    assert [(file, name, source) for file, _, name, source in trouble.frames] == [
        ("network.py", "loss", "return deep(p, t)"),
        ("helper.py", "deep", "return json.loads('{' * 3)"),
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("return 1 / 0", "ZeroDivisionError"),
        ("return undefined", "NameError"),
        ("return loss(p, t)", "RecursionError"),
        ("import sys; sys.exit('bye')", "SystemExit"),
        ("raise SystemExit", "SystemExit"),
        ("return quit()", "SystemExit"),
        ("return float(input('loss? '))", "InputRequested"),
        ("raise KeyError('ключ 키')", "KeyError"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("assert p == t, 'no'", "AssertionError"),
        ("raise type('Own', (BaseException,), {})('hm')", "Own"),
        ("raise ExceptionGroup('many', [ValueError(1), TypeError(2)])", "ExceptionGroup"),
        ("bytearray(10 ** 15)", "MemoryError"),
    ],
)
def test_every_exception_ends_as_raised(judge: JudgeOf, body: str, kind: str) -> None:
    """Also those that end an interpreter elsewhere, and the next function is judged."""
    judging = judge(f"def loss(p, t):\n    {body}")
    verdict = judging.verdict("loss")
    assert verdict.outcome == "raised"
    assert verdict.blamed
    assert verdict.finding is not None
    trouble = verdict.finding.trouble
    assert trouble is not None
    assert trouble.kind == kind
    assert trouble.wants_input == (kind == "InputRequested")
    assert 1 <= len(trouble.frames) <= 8
    assert {frame[0] for frame in trouble.frames} == {"network.py"}
    assert judging.verdict("update").outcome == "passed"


def test_an_exception_whose_text_raises_is_told(judge: JudgeOf) -> None:
    """A broken __str__ does not break the report."""
    verdict = judge(
        """
        class Broken(Exception):
            def __str__(self): raise ValueError('no text')
        def loss(p, t): raise Broken
        """
    ).verdict("loss")
    assert verdict.outcome == "raised"
    assert verdict.finding is not None
    assert verdict.finding.trouble is not None
    assert "cannot be shown" in verdict.finding.trouble.text


def test_a_failure_at_one_point_only_is_found(judge: JudgeOf) -> None:
    """Code that fails for whole numbers is right for the rest, and still raised."""
    code = "_r = loss\ndef loss(p, t):\n    t.hex()\n    return _r(p, t)"
    verdict = judge(code).verdict("loss")
    assert verdict.outcome == "raised"
    assert verdict.finding is not None
    assert verdict.finding.arguments == (0.5, 1)
