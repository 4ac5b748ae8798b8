"""The words a learner reads, pinned in full for what happens most."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from wcwidth import wcswidth

from gradcheck_kit.checks.finding import Verdict
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.diagnosis.messages import Place, brief, describe
from gradcheck_kit.i18n import spoken
from gradcheck_kit.learner.inprocess import InProcessLearner
from gradcheck_kit.learner.watchdog import Watchdog
from gradcheck_kit.problems import get_problem

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"
HINT = "Which way do you want to go?"
MOST_LINES = 15
MOST_COLUMNS = 80

VerdictOf = Callable[..., Verdict]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Speak the language in which the texts below are pinned."""
    with spoken("en"):
        yield


@pytest.fixture
def verdict_of(tmp_path: Path) -> VerdictOf:
    """Return a function that judges one function of a solution with functions replaced."""

    def verdict_of(problem: str, function: str, code: str, wrt: str | None = None) -> Verdict:
        folder = tmp_path / "exercises"
        folder.mkdir(exist_ok=True)
        text = (SOLUTIONS / f"{problem}.py").read_text(encoding="utf-8")
        # Line 1001 and on are the learner's, however long the solution is.
        padding = "\n" * (1000 - text.count("\n"))
        source = text + padding + dedent(code).lstrip("\n") + "\n"
        (folder / f"{problem}.py").write_text(source, encoding="utf-8")
        learner = InProcessLearner("exercises", folder, Watchdog(0.3))
        return Judge(learner, get_problem(problem), 0).verdict(function, wrt)

    return verdict_of


def message(verdict: Verdict, problem: str, *, hint: str = "") -> str:
    """Return the whole message, with a check that it fits."""
    place = Place(f"exercises/{problem}.py", "exercises", hint)
    text = describe(verdict, get_problem(problem), place)
    lines = text.splitlines()
    command = [line for line in lines if line.startswith("  python -c ")]
    assert len(lines) - len(command) <= MOST_LINES
    assert [line for line in lines if line not in command and wcswidth(line) > MOST_COLUMNS] == []
    assert brief(verdict, get_problem(problem), place).count("\n") == 0
    return text


PINNED = {
    "a factor 2": (
        "network", "loss", None,
        "def loss(p, t): return (p - t) ** 2",
        """\
        loss: L is 0.25, but 0.125 is right
          call      loss(y_pred=0.75, y_true=0.25)
          yours     0.25
          expected  0.125
          off by    0.125 (100 %)
          pattern   in every call it is 2 times what is right
          shows in  19 of 19 calls; this is the simplest
          hint      Which way do you want to go?
          open      exercises/network.py, line 1001
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import loss; \
print(loss(0.75, 0.25))"
        """,
    ),
    "a wrong sign": (
        "network", "backward", "w1",
        "_r = backward\ndef backward(*a): return -_r(*a)[0], _r(*a)[1]",
        """\
        backward: grad_w1 is -0.0608463, but 0.0608463 is right
          call      backward(x=2.0, y_true=0.8, w1=0.5, w2=-1.5)
          yours     -0.0608463
          expected  0.0608463   (finite differences of your own loss agree)
          off by    0.1217 (200 %)
          pattern   the sign is wrong in every call; the size is right
          shows in  20 of 22 calls; this is the simplest
          hint      Which way do you want to go?
          open      exercises/network.py, line 1002
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import backward; \
print(backward(2.0, 0.8, 0.5, -1.5))"
        """,
    ),
    "follow-through": (
        "network", "forward", None,
        "def sigmoid(z): return 1 / (1 + math.exp(z))",
        """\
        forward is right; it only looks wrong because of sigmoid
          call        forward(x=2.0, w1=0.5, w2=-1.0)
          mend first  sigmoid
        """,
    ),
    "printed": (
        "network", "loss", None,
        "def loss(p, t): print(0.5 * (p - t) ** 2)",
        """\
        loss: it prints its result instead of returning it
          call      loss(y_pred=0.75, y_true=0.25)
          do        replace print by return
          shows in  19 of 19 calls; this is the simplest
          open      exercises/network.py, line 1001
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import loss; \
print(loss(0.75, 0.25))"
        """,
    ),
    "raised": (
        "network", "loss", None,
        "def loss(p, t):\n    e = p - q\n    return e",
        """\
        loss: it raises NameError: name 'q' is not defined
          call      loss(y_pred=0.75, y_true=0.25)
          at        network.py, line 1002, in loss
                        e = p - q
          shows in  19 of 19 calls; this is the simplest
          open      exercises/network.py, line 1001
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import loss; \
print(loss(0.75, 0.25))"
        """,
    ),
    "parameters": (
        "network", "loss", None,
        "def loss(p): return p",
        """\
        loss: it takes (p), but it is called with (y_pred, y_true)
          open  exercises/network.py, line 1001
        """,
    ),
    "not a tuple": (
        "network", "forward", None,
        "def forward(x, w1, w2): return sigmoid(w2 * sigmoid(w1 * x))",
        """\
        forward: the result is a single number, 0.324962, not a tuple (z1, a1, z2,
        y_pred)
          call      forward(x=2.0, w1=0.5, w2=-1.0)
          shows in  23 of 23 calls; this is the simplest
          open      exercises/network.py, line 1001
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import forward; \
print(forward(2.0, 0.5, -1.0))"
        """,
    ),
    "uphill": (
        "network", "update", None,
        "def update(w, g, lr): return w + lr * g",
        """\
        update: w is 0.52, but 0.48 is right
          call      update(w=0.5, grad=0.2, lr=0.1)
          yours     0.52
          expected  0.48
          off by    0.04 (8.33 %)
          step      your weight moves by 0.02; it should move by -0.02
          shows in  15 of 16 calls; this is the simplest
          hint      Which way do you want to go?
          open      exercises/network.py, line 1001
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import update; \
print(update(0.5, 0.2, 0.1))"
        """,
    ),
    "update order": (
        "network", "train", "losses",
        """
        def train(x, t, w1, w2, lr, steps):
            losses = []
            for _ in range(steps):
                losses.append(loss(forward(x, w1, w2)[3], t))
                w2 = update(w2, backward(x, t, w1, w2)[1], lr)
                w1 = update(w1, backward(x, t, w1, w2)[0], lr)
            return w1, w2, losses
        """,
        """\
        train: losses[1] is 0.133113, but 0.132453 is right
          call       train(x=2.0, y_true=0.8, w1=0.5, w2=-1.5, lr=2.0, steps=2)
          yours      0.133113
          expected   0.132453
          off by     0.0006605 (0.499 %)
          where      1 of 2 entries are wrong; losses[1] is the first
          from step  1 on (counted from 0); the losses before it are right
          shows in   8 of 11 calls; this is the simplest
          hint       Which way do you want to go?
          open       exercises/network.py, line 1001
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import train; \
print(train(2.0, 0.8, 0.5, -1.5, 2.0, 2))"
        """,
    ),
    "endless": (
        "network", "loss", None,
        "def loss(p, t):\n    while True: pass",
        """\
        loss: it does not end; is there an endless loop?
          call  loss(y_pred=0.75, y_true=0.25)
          at    network.py, line 1002, in loss
                    while True: pass
          open  exercises/network.py, line 1001
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import loss; \
print(loss(0.75, 0.25))"
        """,
    ),
    "in place": (
        "batch", "update", None,
        "def update(W, g, lr):\n    W -= lr * g\n    return W",
        """\
        update: it changes its argument W
          call      update(W=[[ 0.5, -1.5]], grad=[[0.2, 0.3]], lr=0.1)
          do        compute with a copy, or write w = w - ... instead of w -= ...
          shows in  7 of 9 calls; this is the simplest
          hint      Which way do you want to go?
          open      exercises/batch.py, line 1001
        To repeat this call:
          python -c "import sys, numpy as np; sys.path.insert(0, 'exercises'); \
from batch import update; print(update(np.array([[0.5, -1.5]]), np.array([[0.2, 0.3]]), 0.1))"
        """,
    ),
    "one of many entries": (
        "batch", "update", None,
        "def update(W, g, lr): return W + lr * g",
        """\
        update: W[0, 0] is 0.52, but 0.48 is right
          call      update(W=[[ 0.5, -1.5]], grad=[[0.2, 0.3]], lr=0.1)
          yours     0.52
          expected  0.48
          off by    0.04 (8.33 %)
          where     2 of 2 entries are wrong; W[0, 0] is the first
          step      your weight moves by 0.02; it should move by -0.02
          shows in  8 of 9 calls; this is the simplest
          hint      Which way do you want to go?
          open      exercises/batch.py, line 1001
        To repeat this call:
          python -c "import sys, numpy as np; sys.path.insert(0, 'exercises'); \
from batch import update; print(update(np.array([[0.5, -1.5]]), np.array([[0.2, 0.3]]), 0.1))"
        """,
    ),
    "a stub": (
        "network", "loss", None,
        "def loss(p, t): raise NotImplementedError",
        "loss: not started (exercises/network.py, line 1001)",
    ),
    "not Python": (
        "network", "loss", None,
        "x = (1",
        """\
        exercises/network.py, line 1001 is not valid Python: '(' was never closed
          at  network.py, line 1001
                  x = (1
        """,
    ),
    "input at import": (
        "network", "loss", None,
        "input()",
        """\
        exercises/network.py, line 1001 waits for input() when it is imported
          at  network.py, line 1001
                  input()
          do  put the lines that ask under  if __name__ == '__main__':
        """,
    ),
    "single precision": (
        "network", "sigmoid", None,
        "import numpy as np\n_r = sigmoid\ndef sigmoid(z): return float(np.float32(_r(z)))",
        """\
        sigmoid: the result has only the digits of float32; compute with Python floats
        or float64
          call      sigmoid(z=0.4)
          yours     0.598687649
          expected  0.59868766
          shows in  22 of 22 calls; this is the simplest
          hint      Which way do you want to go?
          open      exercises/network.py, line 1003
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from network import sigmoid; \
print(sigmoid(0.4))"
        """,
    ),
    "the chain rule": (
        "warmup", "chain_rule", None,
        "def chain_rule(fp, g, gp, x): return fp(x) * gp(x)",
        """\
        chain_rule: dy_dx is 12, but 42 is right
          call      chain_rule(f_prime=lambda x: 2.0*x, g=lambda x: 1.0 + 3.0*x,
                    g_prime=lambda x: 3.0, x=2.0)
          yours     12
          expected  42
          off by    30 (71.4 %)
          shows in  12 of 12 calls; this is the simplest
          hint      Which way do you want to go?
          open      exercises/warmup.py, line 1001
        To repeat this call:
          python -c "import sys; sys.path.insert(0, 'exercises'); from warmup import chain_rule; \
print(chain_rule(lambda x: 2.0*x, lambda x: 1.0 + 3.0*x, lambda x: 3.0, 2.0))"
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "function", "wrt", "code", "expected"), PINNED.values(), ids=PINNED
)
def test_the_whole_message(
    verdict_of: VerdictOf, problem: str, function: str, wrt: str | None, code: str, expected: str
) -> None:
    """Where, what was given, what is right, how far off, what it may mean, how to repeat it."""
    verdict = verdict_of(problem, function, code, wrt)
    assert message(verdict, problem, hint=HINT) == dedent(expected).rstrip("\n")


COMMANDS = {
    "numbers": ("network", "loss", "def loss(p, t): return (p - t) ** 2", None),
    "a shift": ("network", "loss", "_r = loss\ndef loss(*a): return _r(*a) + a[1] ** 9", None),
    "a tuple": ("network", "backward", "def backward(x, t, w1, w2): return w1, w2", "w1"),
    "a matrix": ("batch", "update", "def update(W, g, lr): return W + lr * g", None),
    "many matrices": ("batch", "backward", "def backward(X, Y, W1, W2): return W1, W2 * 2", "W2"),
    "polynomials": ("warmup", "chain_rule", "def chain_rule(fp, g, gp, x): return fp(x)", None),
}  # fmt: skip


@pytest.mark.parametrize(("problem", "function", "code", "wrt"), COMMANDS.values(), ids=COMMANDS)
def test_the_command_to_paste_prints_what_the_learner_got(
    verdict_of: VerdictOf, tmp_path: Path, problem: str, function: str, code: str, wrt: str | None
) -> None:
    """It runs as it stands, from where the learner started, and shows the value in question."""
    verdict = verdict_of(problem, function, code, wrt)
    finding = verdict.finding
    assert finding is not None
    command = message(verdict, problem).splitlines()[-1]
    output = _paste(command, tmp_path)
    numbers = [float(text) for text in _words(output) if _is_number(text)]
    assert any(number == pytest.approx(finding.got, rel=1e-6) for number in numbers)


def test_the_command_works_for_every_kind_of_curve(verdict_of: VerdictOf, tmp_path: Path) -> None:
    """exp, sin and sigmoid are written out with math."""
    problem = get_problem("warmup")
    function = problem.function("chain_rule")
    verdict = verdict_of("warmup", "chain_rule", "def chain_rule(fp, g, gp, x): return 0.0")
    assert verdict.finding is not None
    from gradcheck_kit.diagnosis.messages import repeat_command

    shutil.copy(SOLUTIONS / "warmup.py", tmp_path / "exercises" / "warmup.py")
    place = Place("exercises/warmup.py", "exercises")
    seen = set()
    for point in problem.points(function, 3):
        kinds = {argument.kind for argument in point[:3]}
        if kinds <= seen:
            continue
        seen |= kinds
        output = _paste(repeat_command("chain_rule", point, problem, place), tmp_path)
        assert float(output) == pytest.approx(function.reference(*point), rel=1e-12)
    assert seen == {"polynomial", "exp", "sin", "sigmoid"}


@pytest.mark.parametrize(
    "folder",
    [
        "my work",
        "수업",
        "100%",
        pytest.param(
            "it's",
        ),
    ],
)
def test_the_command_works_for_every_folder(
    verdict_of: VerdictOf, tmp_path: Path, folder: str
) -> None:
    """Spaces, Hangul and quotes in the path."""
    verdict = verdict_of("network", "loss", "def loss(p, t): return (p - t) ** 2")
    (tmp_path / "exercises").rename(tmp_path / folder)
    text = describe(verdict, get_problem("network"), Place(f"{folder}/network.py", folder))
    assert float(_paste(text.splitlines()[-1], tmp_path)) == 0.25


def _paste(command: str, directory: Path) -> str:
    words = shlex.split(command)
    assert words[:2] == ["python", "-c"]
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=directory, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _words(text: str) -> list[str]:
    for character in "[](),":
        text = text.replace(character, " ")
    return text.replace("np.float64", " ").split()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_a_class_that_waits_for_sigmoid_says_so(verdict_of: VerdictOf) -> None:
    """The function is not blamed, and the message says what to mend first."""
    code = """
    class Net:
        def sigmoid(self, z): return 1 / (1 + math.exp(z))
        def forward(self, x, w1, w2):
            z1 = w1 * x; a1 = self.sigmoid(z1); z2 = w2 * a1
            return z1, a1, z2, self.sigmoid(z2)
    net = Net()
    sigmoid, forward = net.sigmoid, net.forward
    """
    verdict = verdict_of("network", "forward", code)
    assert not verdict.blamed
    place = Place("exercises/network.py", "exercises")
    text = message(verdict, "network", hint=HINT)
    assert "but" in text
    assert "cannot be judged until sigmoid is right" in text
    assert HINT not in text
    assert brief(verdict, get_problem("network"), place) == (
        "cannot be judged until sigmoid is right"
    )


@pytest.mark.parametrize(
    ("value", "beside", "digits"),
    [("0.5 * (p - t) ** 2 * (1 + 1e-6)", 0.125, "0.125000125"), ("0.25", 0.125, "0.25")],
)
def test_numbers_have_enough_digits_to_differ(
    verdict_of: VerdictOf, value: str, beside: float, digits: str
) -> None:
    """What looks equal is written out until it does not."""
    verdict = verdict_of("network", "loss", f"def loss(p, t): return {value}")
    lines = message(verdict, "network").splitlines()
    yours = next(line for line in lines if line.startswith("  yours"))
    expected = next(line for line in lines if line.startswith("  expected"))
    assert yours.split()[1] == digits
    assert float(expected.split()[1]) == beside
    assert yours.split()[1] != expected.split()[1]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "def loss(p, t): raise ValueError('x' * 5000)",
        ),
        "def loss(p, t): raise ValueError('one\\ntwo\\r\\nthree\\x1b[31m\\x00')",
        "def loss(p, t): return 'y' * 5000",
        "def loss(p, t): return [1.0] * 5000",
        "def loss(p, t): return loss(p, t)",
        "def loss(p, t):\n    return undefined" + " + 1" * 500,
        "class " + "L" * 300 + ": pass\ndef loss(p, t): return " + "L" * 300 + "()",
        "loss = lambda p, t: 1 / 0",
        "def loss(" + ", ".join(f"parameter{n}" for n in range(100)) + "): pass",
    ],
)
# hypothesis watches the garbage collector, which may run where no stack is left.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_whatever_the_learner_writes_the_message_fits(verdict_of: VerdictOf, code: str) -> None:
    """At most fifteen lines of at most 80 columns, without control characters."""
    verdict = verdict_of("network", "loss", code)
    text = message(verdict, "network", hint=HINT)
    assert all(c.isprintable() or c == "\n" for c in text)


def test_a_large_call_is_wrapped_and_can_still_be_repeated(
    verdict_of: VerdictOf, tmp_path: Path
) -> None:
    """A matrix in a message is what it is in the command."""
    code = "_r = forward\ndef forward(X, W1, W2):\n    out = _r(X, W1, W2)\n"
    code += "    return (*out[:3], out[3] + (len(X) >= 5))"
    verdict = verdict_of("batch", "forward", code)
    finding = verdict.finding
    assert finding is not None
    assert finding.arguments is not None
    text = message(verdict, "batch")
    assert np.asarray(finding.arguments[0]).shape[0] >= 5
    assert _paste(text.splitlines()[-1], tmp_path)
