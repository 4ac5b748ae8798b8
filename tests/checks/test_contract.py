"""What can be called, and what kind of thing it returns: each rule with a near miss."""

from collections.abc import Callable

import pytest

from gradcheck_kit.checks.contract import kind_of
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner.values import Opaque
from gradcheck_kit.problems import get_problem

JudgeOf = Callable[..., Judge]

# The file


def test_a_missing_file_is_missing_and_nobody_is_blamed(judge: JudgeOf) -> None:
    """Without network.py every function of it is missing."""
    found = judge("", "warmup")  # the folder holds warmup.py only
    network = Judge(found.learner, get_problem("network"), 0)
    for function in network.problem.functions:
        verdict = network.verdict(function.name)
        assert verdict.outcome == "missing"
        assert verdict.finding is not None
        assert verdict.finding.reason == "file-missing"
        assert not verdict.blamed


def test_a_folder_in_the_place_of_the_file_is_invalid(judge: JudgeOf) -> None:
    """A folder called network.py is no file of Python."""
    found = judge("", "warmup")
    (found.learner.folder / "network.py").mkdir()
    verdict = Judge(found.learner, get_problem("network"), 0).verdict("loss")
    assert verdict.outcome == "invalid"
    assert verdict.finding is not None
    assert verdict.finding.reason == "file-folder"
    assert not verdict.blamed


@pytest.mark.parametrize(
    ("source", "outcome", "reason", "line"),
    [
        (b"import math\n\ndef loss(y_pred, y_true)\n    return 0\n", "invalid", "syntax", 3),
        (b"def loss(p, t):\n\treturn 0\n        return 1\n", "invalid", "syntax", 3),
        (b"x = (1,\n", "invalid", "syntax", 1),
        ("# ok\nname = '기울기'\n".encode("cp949"), "invalid", "encoding", 2),
        (b"# ok\nname = '\xff'\n", "invalid", "encoding", 2),
        (b"a = 1\nb = '\0'\n", "invalid", "syntax", None),
        (b"\0\0\0\0", "invalid", "syntax", None),
        (b"# coding: no-such-thing\n", "invalid", "encoding", None),
        (b"import math\n\n1 / 0\n", "raised", "raised", 3),
        (b"import no_such_module_anywhere\n", "raised", "raised", 1),
        (b"raise SystemExit(3)\n", "raised", "raised", 1),
        (b"import sys\nsys.exit()\n", "raised", "raised", 2),
        (b"name = input('name? ')\n", "raised", "input", 1),
    ],
)
def test_a_file_that_cannot_be_imported_blames_no_function(
    judge: JudgeOf, source: bytes, outcome: str, reason: str, line: int | None
) -> None:
    """The outcome, the reason and the line are told, and every function has the same."""
    judging = judge(source)
    for function in judging.problem.functions:
        verdict = judging.verdict(function.name)
        assert verdict.outcome == outcome
        finding = verdict.finding
        assert finding is not None
        assert finding.reason == f"file-{reason}"
        assert not verdict.blamed
        assert finding.trouble is not None
        assert {frame[0] for frame in finding.trouble.frames} <= {"network.py"}
        if line is not None:
            assert finding.trouble.frames[0][1] == line


_LOSS = b"def loss(y_pred, y_true):\n    return 0.5 * (y_pred - y_true) ** 2\n"


@pytest.mark.parametrize(
    "source",
    [
        _LOSS,
        b"\xef\xbb\xbf" + _LOSS,
        _LOSS.replace(b"\n", b"\r\n"),
        _LOSS.replace(b"    ", b"\t"),
        "# -*- coding: cp949 -*-\n# 손실\n".encode("cp949") + _LOSS,
        "# 손실 σ ∂ 😀\n".encode() + _LOSS,
        _LOSS + b"pattern = '\\d'\n",  # an invalid escape is only a warning
        _LOSS + b"assert 1 is 1\n",
        _LOSS + b"if __name__ == '__main__':\n    input('go? ')\n",
        b"print('hello')\nimport sys\nprint('oh', file=sys.stderr)\n" + _LOSS,
        _LOSS + b"import warnings\nwarnings.warn('at import')\n",
        _LOSS.rstrip(b"\n"),
    ],
)
def test_an_unusual_but_right_file_is_read(judge: JudgeOf, source: bytes) -> None:
    """Line ends, byte order marks, declared encodings and prints cost nothing."""
    assert judge(source).verdict("loss").outcome == "passed"


# The function

CALLABLES = {
    "missing": ("del loss", "missing", "function-missing"),
    "other name": ("del loss\ndef Loss(y_pred, y_true): return 0.0", "missing", "function-missing"),
    "number": ("loss = 3.0", "invalid", "not-callable"),
    "None": ("loss = None", "invalid", "not-callable"),
    "module": ("import math as loss", "invalid", "not-callable"),
    "class": (
        "class loss:\n    def __init__(self, y_pred, y_true): pass",
        "invalid",
        "other",
    ),
    "generator": (
        "def loss(y_pred, y_true): yield 0.5 * (y_pred - y_true) ** 2",
        "invalid",
        "generator",
    ),
    "async": (
        "async def loss(y_pred, y_true): return 0.5 * (y_pred - y_true) ** 2",
        "invalid",
        "async",
    ),
    "one parameter": ("def loss(y_pred): return 0.0", "invalid", "parameters"),
    "no parameter": ("def loss(): return 0.0", "invalid", "parameters"),
    "one too many": ("def loss(y_pred, y_true, n): return 0.0", "invalid", "parameters"),
    "keyword only": ("def loss(*, y_pred, y_true): return 0.0", "invalid", "parameters"),
    "half keyword only": ("def loss(y_pred, *, y_true): return 0.0", "invalid", "parameters"),
    "needs self": (
        "class Net:\n    def loss(self, y_pred, y_true): return 0.0\nloss = Net.loss",
        "invalid",
        "parameters",
    ),
    "partial too far": (
        "import functools\ndef _l(p, t): return 0.0\nloss = functools.partial(_l, 1.0)",
        "invalid",
        "parameters",
    ),
}


@pytest.mark.parametrize(("code", "outcome", "reason"), CALLABLES.values(), ids=CALLABLES)
def test_what_cannot_be_called_as_agreed(
    judge: JudgeOf, code: str, outcome: str, reason: str
) -> None:
    """The verdict says which rule is broken; only what is there can be blamed."""
    verdict = judge(code).verdict("loss")
    assert verdict.outcome == outcome
    assert verdict.finding is not None
    assert verdict.finding.reason == reason
    assert verdict.blamed == (outcome != "missing")


RIGHT_CALLABLES = {
    "lambda": "loss = lambda p, t: 0.5 * (p - t) ** 2",
    "partial": (
        "import functools\n"
        "def _scaled(scale, p, t): return scale * (p - t) ** 2\n"
        "loss = functools.partial(_scaled, 0.5)"
    ),
    "bound method": (
        "class Net:\n    def loss(self, p, t): return 0.5 * (p - t) ** 2\nloss = Net().loss"
    ),
    "static method": (
        "class Net:\n    @staticmethod\n    def loss(p, t): return 0.5 * (p - t) ** 2\n"
        "loss = Net.loss"
    ),
    "callable object": (
        "class Loss:\n    def __call__(self, p, t): return 0.5 * (p - t) ** 2\nloss = Loss()"
    ),
    "frompyfunc": (
        "import numpy as np\n_u = np.frompyfunc(lambda p, t: 0.5 * (p - t) ** 2, 2, 1)\nloss = _u"
    ),
    "vectorize": "import numpy as np\nloss = np.vectorize(lambda p, t: 0.5 * (p - t) ** 2)",
    "a class that makes floats": (
        "class loss(float):\n"
        "    def __new__(cls, p, t): return float.__new__(cls, 0.5 * (p - t) ** 2)"
    ),
    "a default more": "def loss(p, t, half=0.5): return half * (p - t) ** 2",
    "all defaults": "def loss(p=0.0, t=0.0): return 0.5 * (p - t) ** 2",
    "star args": "def loss(*args): return 0.5 * (args[0] - args[1]) ** 2",
    "star args and keywords": "def loss(*a, **k): return 0.5 * (a[0] - a[1]) ** 2",
    "optional keyword only": "def loss(p, t, *, half=0.5): return half * (p - t) ** 2",
    "positional only": "def loss(p, t, /): return 0.5 * (p - t) ** 2",
    "Korean names": "def loss(예측, 정답): return 0.5 * (예측 - 정답) ** 2",
    "wrapped": (
        "import functools\n"
        "def _trace(f):\n"
        "    @functools.wraps(f)\n"
        "    def g(*a): return f(*a)\n"
        "    return g\n"
        "@_trace\n"
        "def loss(p, t): return 0.5 * (p - t) ** 2"
    ),
    "cached": ("import functools\n@functools.lru_cache\ndef loss(p, t): return 0.5 * (p - t) ** 2"),
    "no signature": (
        "class Loss:\n"
        "    __signature__ = 'nonsense'\n"
        "    def __call__(self, p, t): return 0.5 * (p - t) ** 2\n"
        "loss = Loss()"
    ),
    "written twice": "def loss(): pass\ndef loss(p, t): return 0.5 * (p - t) ** 2",
    "imported": "from helper import loss",
    "generator inside": "def loss(p, t): return sum(0.5 * e ** 2 for e in [p - t])",
}


@pytest.mark.parametrize("code", RIGHT_CALLABLES.values(), ids=RIGHT_CALLABLES)
def test_every_kind_of_callable_is_welcome(judge: JudgeOf, code: str) -> None:
    """Nobody has to write a plain def."""
    helper = {"helper.py": "def loss(p, t): return 0.5 * (p - t) ** 2"}
    assert judge(code, helpers=helper).verdict("loss").outcome == "passed"


def test_ufuncs_are_welcome_on_matrices(judge: JudgeOf) -> None:
    """A ufunc has no Python code and no readable parameters."""
    code = "from numpy import frompyfunc\nupdate = lambda W, g, lr: W - lr * g\n"
    code += "import numpy as np\n_half = np.multiply\nsigmoid_prime = lambda z: np.multiply("
    code += "sigmoid(z), sigmoid(-z))\n"
    judging = judge(code, "batch")
    assert judging.verdict("sigmoid_prime").outcome == "passed"
    assert judging.verdict("update").outcome == "passed"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("def loss(y_pred, y_true): raise NotImplementedError", "not_started"),
        ("def loss(y_pred, y_true): raise NotImplementedError('loss is to do')", "not_started"),
        ("def loss(y_pred, y_true):\n    '''Say what it does.'''", "not_started"),
        ("def loss(y_pred, y_true): pass", "not_started"),
        ("def loss(y_pred, y_true): ...", "not_started"),
        (
            "def loss(y_pred, y_true):\n    e = y_pred - y_true\n    raise NotImplementedError",
            "not_started",
        ),
        ("def loss(y_pred, y_true): return None", "invalid"),
        ("def loss(y_pred, y_true): return", "invalid"),
        ("def loss(y_pred, y_true): return NotImplemented", "invalid"),
        ("def loss(y_pred, y_true): raise ValueError('no')", "raised"),
        ("def loss(y_pred, y_true): pass\nloss = lambda p, t: 0.5 * (p - t) ** 2", "passed"),
    ],
)
def test_a_stub_is_told_from_a_mistake(judge: JudgeOf, code: str, outcome: str) -> None:
    """A stub is not started, however it is left; an attempt is judged."""
    verdict = judge(code).verdict("loss")
    assert verdict.outcome == outcome
    assert verdict.blamed == (outcome in ("invalid", "raised"))


# What it returns

_ERROR = "0.5 * (y_pred - y_true) ** 2"
RETURNS = {
    "None": ("pass\n    y_pred", "none"),
    "printed": (f"print({_ERROR})", "none"),
    "text": (f"return str({_ERROR})", "text"),
    "bool": ("return True", "bool"),
    "numpy bool": ("import numpy as np\n    return np.bool_(True)", "bool"),
    "complex": (f"return complex({_ERROR})", "complex"),
    "dict": (f"return {{'L': {_ERROR}}}", "dict"),
    "set": (f"return {{{_ERROR}}}", "set"),
    "list of one": (f"return [{_ERROR}]", "sequence"),
    "tuple by a comma": (f"return {_ERROR},", "sequence"),
    "function": (f"return lambda: {_ERROR}", "function"),
    "map": (f"return map(float, [{_ERROR}])", "map"),
    "decimal": (f"import decimal\n    return decimal.Decimal({_ERROR})", "other"),
    "array of one": (f"import numpy as np\n    return np.array([{_ERROR}])", "shape"),
    "matrix of one": (f"import numpy as np\n    return np.array([[{_ERROR}]])", "shape"),
    "object array": (f"import numpy as np\n    return np.array({_ERROR}, dtype=object)", "other"),
    "text array": (f"import numpy as np\n    return np.array(str({_ERROR}))", "other"),
    "very large int": ("return 10 ** 30", "other"),
}


@pytest.mark.parametrize(("body", "reason"), RETURNS.values(), ids=RETURNS)
def test_what_is_no_number(judge: JudgeOf, body: str, reason: str) -> None:
    """A loss is one real number; everything else is invalid, and says what came."""
    verdict = judge(f"def loss(y_pred, y_true):\n    {body}").verdict("loss")
    assert verdict.outcome == "invalid"
    assert verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.reason == reason


def test_printing_instead_of_returning_keeps_the_output(judge: JudgeOf) -> None:
    """What the call printed is the evidence for the message."""
    finding = judge("def loss(y_pred, y_true): print('L =', 1.5)").verdict("loss").finding
    assert finding is not None
    assert finding.output == "L = 1.5\n"


@pytest.mark.parametrize(
    "body",
    [
        f"import numpy as np\n    return np.float64({_ERROR})",
        f"import numpy as np\n    return np.array({_ERROR})",
        f"import numpy as np\n    return np.longdouble({_ERROR})",
        f"class Loss(float): pass\n    return Loss({_ERROR})",
        f"print('L =', {_ERROR})\n    return {_ERROR}",
    ],
)
def test_every_kind_of_number_is_a_number(judge: JudgeOf, body: str) -> None:
    """NumPy's scalars, arrays of no dimension and subclasses are numbers."""
    assert judge(f"def loss(y_pred, y_true):\n    {body}").verdict("loss").outcome == "passed"


FORWARD = "z1 = w1 * x; a1 = sigmoid(z1); z2 = w2 * a1; y = sigmoid(z2); "


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ("y", "number"),
        ("z1, a1, z2", "length"),
        ("z1, a1, z2, y, y", "length"),
        ("(z1, a1, z2, y),", "length"),
        ("((z1, a1), (z2, y))", "length"),
        ("{'z1': z1, 'a1': a1, 'z2': z2, 'y': y}", "dict"),
        ("{z1, a1, z2, y}", "set"),
        ("(v for v in (z1, a1, z2, y))", "generator"),
        ("None", "none"),
        ("np.array([z1, a1, z2, y])", "array"),
        ("z1, a1, z2, (y,)", "sequence"),
        ("z1, a1, z2, [y]", "sequence"),
        ("z1, a1, z2, None", "none"),
        ("z1, a1, z2, str(y)", "text"),
        ("z1, a1, z2, np.array([y])", "shape"),
    ],
)
def test_what_is_no_tuple_of_four(judge: JudgeOf, returned: str, reason: str) -> None:
    """`forward` returns four numbers, no more, no fewer and not nested."""
    code = f"import numpy as np\ndef forward(x, w1, w2):\n    {FORWARD}return {returned}"
    verdict = judge(code).verdict("forward")
    assert verdict.outcome == "invalid"
    assert verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.reason == reason


@pytest.mark.parametrize(
    "returned",
    [
        "[z1, a1, z2, y]",
        "collections.namedtuple('Pass', 'z1 a1 z2 y')(z1, a1, z2, y)",
        "z1, np.float64(a1), np.array(z2), y",
        "tuple(v for v in (z1, a1, z2, y))",
    ],
)
def test_every_sequence_of_four_numbers_will_do(judge: JudgeOf, returned: str) -> None:
    """A list or a named tuple is as good as a tuple."""
    code = f"import collections\nimport numpy as np\ndef forward(x, w1, w2):\n    {FORWARD}"
    assert judge(f"{code}return {returned}").verdict("forward").outcome == "passed"


def test_only_the_wrong_part_of_a_tuple_is_wrong(judge: JudgeOf) -> None:
    """The gradients are judged apart, so one of them can pass beside text."""
    judging = judge(
        """
        _right = backward
        def backward(x, y_true, w1, w2):
            g1, g2 = _right(x, y_true, w1, w2)
            return str(g1), g2
        """
    )
    assert judging.verdict("backward", "w1").outcome == "invalid"
    assert judging.verdict("backward", "w2").outcome == "passed"
    assert judging.verdict("backward").outcome == "invalid"


UPDATE = "right = W - lr * np.asarray(grad); "


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ("right.T", "shape"),
        ("right.ravel()", "shape"),
        ("float(right.sum())", "number"),
        ("right.tolist()", "sequence"),
        ("tuple(map(tuple, right))", "sequence"),
        ("right[None]", "shape"),
        ("right.astype(object)", "other"),
        ("right.astype(complex)", "complex"),
        ("right > 0", "bool"),
        ("right.astype(str)", "other"),
        ("None", "none"),
        ("{'W': right}", "dict"),
    ],
)
def test_what_is_no_array_of_the_right_shape(judge: JudgeOf, returned: str, reason: str) -> None:
    """Weights keep their shape and stay an array of real numbers."""
    code = f"import numpy as np\ndef update(W, grad, lr):\n    {UPDATE}return {returned}"
    verdict = judge(code, "batch").verdict("update")
    assert verdict.outcome == "invalid"
    assert verdict.blamed
    assert verdict.finding is not None
    assert verdict.finding.reason == reason


@pytest.mark.parametrize(
    "returned",
    [
        "np.asfortranarray(right)",
        "np.array(right.tolist())",
        "np.repeat(right, 2, axis=0)[::2]",
        "right.T.copy().T",
        "_frozen(right)",
        "right.view(_Own)",
        "np.ma.masked_array(right)",
        "right.astype('>f8')",
        "right.astype(np.longdouble)",
    ],
)
def test_every_layout_of_an_array_will_do(judge: JudgeOf, returned: str) -> None:
    """Memory order, strides, flags, byte order and subclasses do not matter."""
    code = f"""
import numpy as np
class _Own(np.ndarray): pass
def _frozen(a):
    a.flags.writeable = False
    return a
def update(W, grad, lr):
    {UPDATE}return {returned}
"""
    assert judge(code, "batch").verdict("update").outcome == "passed"


@pytest.mark.parametrize("returned", ["np.array([L])", "np.array([[L]])", "[L]"])
def test_the_loss_of_a_batch_is_one_number(judge: JudgeOf, returned: str) -> None:
    """An array around the number is invalid."""
    code = "_right = loss\nimport numpy as np\ndef loss(p, t):\n    L = _right(p, t)\n"
    verdict = judge(f"{code}    return {returned}", "batch").verdict("loss")
    assert verdict.outcome == "invalid"


LOSSES = "_right = train\nimport numpy as np\ndef train(x, t, w1, w2, lr, steps):\n"
LOSSES += "    a, b, losses = _right(x, t, w1, w2, lr, steps)\n    return a, b, "


@pytest.mark.parametrize(
    ("returned", "outcome", "reason"),
    [
        ("losses[:-1]", "invalid", "sequence-length"),
        ("losses + [0.0]", "invalid", "sequence-length"),
        ("losses[-1]", "invalid", "not-sequence"),
        ("None", "invalid", "none"),
        ("dict(enumerate(losses))", "invalid", "dict"),
        ("iter(losses)", "invalid", "other"),
        ("np.array([losses])", "invalid", "not-sequence"),
        ("[str(l) for l in losses]", "invalid", "text"),
        ("[[l] for l in losses]", "invalid", "sequence"),
        ("tuple(losses)", "passed", ""),
        ("np.array(losses)", "passed", ""),
        ("[np.float64(l) for l in losses]", "passed", ""),
    ],
)
def test_the_losses_are_a_sequence_with_one_for_each_step(
    judge: JudgeOf, returned: str, outcome: str, reason: str
) -> None:
    """A list, a tuple or an array of that length; nothing else."""
    verdict = judge(LOSSES + returned).verdict("train", "losses")
    assert verdict.outcome == outcome
    assert (verdict.finding.reason if verdict.finding else "") == reason


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "none"),
        ("0.5", "text"),
        (True, "bool"),
        (1j, "complex"),
        ([1.0], "sequence"),
        (Opaque("dict"), "dict"),
        (Opaque("Tensor"), "other"),
        (0.5, "number"),
    ],
)
def test_kind_of_names_what_a_value_is(value: object, kind: str) -> None:
    """Reason ids come from a closed set."""
    assert kind_of(value) == kind
