"""Every worked number in the lesson is what the solutions compute, in both languages."""

import importlib.util
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.ko.md")
NUMBER_LINE = re.compile(r"^(?P<name>\S.*?) = (?P<number>-?\d+(?:\.\d+)?)$")
NUMBER_COUNT = 79  # in one language; a test must not pass because it found nothing
SNIPPET_COUNT = 5


def load_solution(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"lesson_{name}", ROOT / "solutions" / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


warmup = load_solution("warmup")
network = load_solution("network")
batch = load_solution("batch")


def fenced_blocks(readme: str) -> list[tuple[int, str, list[str]]]:
    """Return (section number, language, lines) of each fenced block, in order."""
    blocks: list[tuple[int, str, list[str]]] = []
    section = 0
    block: tuple[str, list[str]] | None = None
    for line in (ROOT / "exercises" / readme).read_text(encoding="utf-8").splitlines():
        if block is not None:
            if line == "```":
                blocks.append((section, *block))
                block = None
            else:
                block[1].append(line)
        elif line.startswith("```"):
            block = (line[3:], [])
        elif heading := re.match(r"## (\d+)\. ", line):
            section = int(heading[1])
    assert block is None, "a fence is left open"
    return blocks


def printed_numbers(readme: str) -> list[tuple[int, str, str]]:
    """Return (section number, name, number as printed) of each worked number, in order."""
    return [
        (section, match["name"], match["number"])
        for section, language, lines in fenced_blocks(readme)
        if language == "text"
        for line in lines
        if (match := NUMBER_LINE.match(line))
    ]


def python_snippets(readme: str) -> list[tuple[int, str]]:
    return [
        (section, "\n".join(lines))
        for section, language, lines in fenced_blocks(readme)
        if language == "python"
    ]


def is_printed_form_of(printed: str, value: float) -> bool:
    """Say whether value rounds to the printed number; a whole number must be exact."""
    decimals = len(printed.partition(".")[2])
    allowed = 0.5 * 10.0**-decimals if decimals else 0.0
    return abs(float(printed) - value) <= allowed + 1e-12


# The expected values, one function for each section that has numbers.

EXAMPLE = {"x": 1.5, "y_true": 0.8, "w1": 0.4, "w2": -0.6, "lr": 0.5}
X, Y_TRUE, W1, W2, LR = EXAMPLE.values()


def loss_at(w1: float, w2: float) -> float:
    return float(network.loss(network.forward(X, w1, w2)[3], Y_TRUE))


def first_step() -> tuple[float, float]:
    grad_w1, grad_w2 = network.backward(X, Y_TRUE, W1, W2)
    return network.update(W1, grad_w1, LR), network.update(W2, grad_w2, LR)


def snippet_arrays(section: int) -> dict[str, np.ndarray]:
    """Return what the arrays' snippet of a section defines (the same in both languages)."""
    texts = {text for readme in READMES for at, text in python_snippets(readme) if at == section}
    assert len(texts) == 1
    names: dict[str, np.ndarray] = {}
    exec(texts.pop(), names)
    return names


def partial_derivatives() -> dict[str, float]:
    def f(x: float, y: float) -> float:
        return x**2 * y + 3 * x * y + y**2

    x, y = 2, 3
    return {
        "x": x,
        "y": y,
        "f": f(x, y),
        "df_dx": warmup.df_dx(x, y),
        "df_dy": warmup.df_dy(x, y),
        "f(2.001, 3)": f(2.001, 3),
    }


def chain_rule() -> dict[str, float]:
    x = 2
    u = 3 * x + 1
    return {
        "x": x,
        "u": u,
        "f_prime(u)": 2 * u,
        "g_prime(x)": 3,
        "dy/dx": warmup.chain_rule(lambda u: 2 * u, lambda x: 3 * x + 1, lambda x: 3, x),
    }


def forward() -> dict[str, float]:
    z1, a1, z2, y_pred = network.forward(X, W1, W2)
    return {
        "sigmoid(0)": network.sigmoid(0),
        "sigmoid(2)": network.sigmoid(2),
        "sigmoid(-2)": network.sigmoid(-2),
        "sigmoid_prime(0)": network.sigmoid_prime(0),
        "sigmoid_prime(2)": network.sigmoid_prime(2),
        "z1": z1,
        "a1": a1,
        "z2": z2,
        "y_pred": y_pred,
    }


def loss() -> dict[str, float]:
    y_pred = network.forward(X, W1, W2)[3]
    return {"y_pred - y_true": y_pred - Y_TRUE, "L": network.loss(y_pred, Y_TRUE)}


def backward() -> dict[str, float]:
    z1, a1, z2, y_pred = network.forward(X, W1, W2)
    grad_w1, grad_w2 = network.backward(X, Y_TRUE, W1, W2)
    links = {
        "∂L/∂y_pred": y_pred - Y_TRUE,
        "∂y_pred/∂z2": network.sigmoid_prime(z2),
        "∂z2/∂w2": a1,
        "∂z2/∂a1": W2,
        "∂a1/∂z1": network.sigmoid_prime(z1),
        "∂z1/∂w1": X,
    }
    to_z2 = links["∂L/∂y_pred"] * links["∂y_pred/∂z2"]
    to_z1 = to_z2 * links["∂z2/∂a1"] * links["∂a1/∂z1"]
    assert math.isclose(to_z2 * links["∂z2/∂w2"], grad_w2, rel_tol=1e-12)
    assert math.isclose(to_z1 * links["∂z1/∂w1"], grad_w1, rel_tol=1e-12)
    return {**links, "∂L/∂z2": to_z2, "grad_w2": grad_w2, "∂L/∂z1": to_z1, "grad_w1": grad_w1}


def update() -> dict[str, float]:
    new_w1, new_w2 = first_step()
    return {"new_w1": new_w1, "new_w2": new_w2, "new_L": loss_at(new_w1, new_w2)}


def train() -> dict[str, float]:
    w1, w2, losses = network.train(X, Y_TRUE, W1, W2, LR, 500)
    return {
        **{f"losses[{i}]": losses[i] for i in (0, 1, 10, 100, 200)},
        "w1_after": w1,
        "w2_after": w2,
        "y_pred_after": network.forward(X, w1, w2)[3],
        "grad_w1_too_late": network.backward(X, Y_TRUE, W1, first_step()[1])[0],
    }


def batch_loss() -> dict[str, float]:
    arrays = snippet_arrays(10)
    Y_pred, Y_true = arrays["Y_pred"], arrays["Y_true"]
    return {
        "row_losses[0]": batch.loss(Y_pred[:1], Y_true[:1]),
        "row_losses[1]": batch.loss(Y_pred[1:], Y_true[1:]),
        "L": batch.loss(Y_pred, Y_true),
    }


def batch_backward() -> dict[str, float]:
    arrays = snippet_arrays(11)
    x, y_true, w1, w2 = (arrays[name] for name in ("X", "Y_true", "W1", "W2"))
    z1, a1, z2, y_pred = batch.forward(x, w1, w2)
    grad_w1, grad_w2 = batch.backward(x, y_true, w1, w2)
    new_w1, new_w2, _ = batch.train(x, y_true, w1, w2, arrays["lr"], 1)
    return {
        "Z1[0, 1]": z1[0, 1],
        "A1[0, 1]": a1[0, 1],
        "Z2[0, 0]": z2[0, 0],
        "Y_pred[0, 0]": y_pred[0, 0],
        "L": batch.loss(y_pred, y_true),
        **{f"grad_W2[{j}, {o}]": value for (j, o), value in np.ndenumerate(grad_w2)},
        **{f"grad_W1[{j}, {o}]": value for (j, o), value in np.ndenumerate(grad_w1)},
        "new_L": batch.loss(batch.forward(x, new_w1, new_w2)[3], y_true),
    }


def finite_differences() -> dict[str, float]:
    up, down = loss_at(0.41, W2), loss_at(0.39, W2)
    return {
        "L(0.41)": up,
        "L(0.39)": down,
        "central_difference": (up - down) / 0.02,
        "grad_w1": network.backward(X, Y_TRUE, W1, W2)[0],
        "one_sided_difference": (up - loss_at(W1, W2)) / 0.01,
    }


def saturation() -> dict[str, float]:
    y_pred = network.sigmoid(10)
    return {
        **{f"sigmoid_prime({z})": network.sigmoid_prime(z) for z in (0, 2, 5, 10)},
        "y_pred": y_pred,
        "∂L/∂z2": y_pred * network.sigmoid_prime(10),
    }


def libraries() -> dict[str, float]:
    grad_w1, grad_w2 = network.backward(X, Y_TRUE, W1, W2)
    return {"grad_w1": grad_w1, "grad_w2": grad_w2}


SECTIONS: dict[int, Callable[[], dict[str, float]]] = {
    2: partial_derivatives,
    3: chain_rule,
    4: lambda: dict(EXAMPLE),
    5: forward,
    6: loss,
    7: backward,
    8: update,
    9: train,
    10: batch_loss,
    11: batch_backward,
    12: finite_differences,
    13: saturation,
    14: libraries,
}


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("section", SECTIONS)
def test_numbers_of_a_section_come_from_the_solutions(readme: str, section: int) -> None:
    printed = [(name, number) for at, name, number in printed_numbers(readme) if at == section]
    expected = SECTIONS[section]()
    assert sorted(name for name, _ in printed) == sorted(expected)
    wrong = {
        name: (number, float(expected[name]))
        for name, number in printed
        if not is_printed_form_of(number, expected[name])
    }
    assert not wrong


@pytest.mark.parametrize("readme", READMES)
def test_all_numbers_are_found_and_belong_to_a_section(readme: str) -> None:
    numbers = printed_numbers(readme)
    assert len(numbers) == NUMBER_COUNT
    assert {section for section, _, _ in numbers} == set(SECTIONS)


def test_both_languages_print_the_same_numbers_in_the_same_order() -> None:
    english, korean = (printed_numbers(readme) for readme in READMES)
    assert english == korean


@pytest.mark.parametrize(("printed", "value"), [("0.25", 0.2551), ("21", 21.4), ("-0.6", 0.6)])
def test_a_wrong_number_is_noticed(printed: str, value: float) -> None:
    assert not is_printed_form_of(printed, value)


@pytest.mark.parametrize("readme", READMES)
def test_python_snippets_compile_and_those_without_a_library_run(
    readme: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "warmup", warmup)
    snippets = [text for _, text in python_snippets(readme)]
    assert len(snippets) == SNIPPET_COUNT
    for text in snippets:
        code = compile(text, readme, "exec")
        if "import torch" not in text and "import tensorflow" not in text:
            exec(code, {})
    assert capsys.readouterr().out.split() == ["42"]


def test_both_languages_show_the_same_code() -> None:
    def without_comments(readme: str) -> list[str]:
        return [re.sub(r"\s*#.*", "", text) for _, text in python_snippets(readme)]

    english, korean = (without_comments(readme) for readme in READMES)
    assert english == korean


@pytest.mark.parametrize("readme", READMES)
def test_the_table_of_contents_links_to_every_section(readme: str) -> None:
    """GitHub's anchor: lower case, punctuation dropped, spaces to hyphens."""
    text = (ROOT / "exercises" / readme).read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings]
    assert re.findall(r"^\d+\. \[.*\]\(#(.*)\)$", text, re.MULTILINE) == anchors
