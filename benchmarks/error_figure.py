"""Draw docs/images/error-against-step.svg: the error of a derivative against the step h.

    python benchmarks/error_figure.py            write the figure
    python benchmarks/error_figure.py --check    exit with 1 if the committed one differs
    python benchmarks/error_figure.py --numbers  print the numbers behind it

The loss is that of the scalar network, ½(σ(w2·σ(w1·x)) − y_true)², and the derivative is the
one with respect to w1. The exponential is rounded correctly, through `decimal`, and complex
numbers are taken apart into real ones: the picture is the same on every machine.
"""

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path

from gradcheck_kit import numerical_gradient
from gradcheck_kit.numerics.ridders import LEVELS, STARTS

FIGURE = Path(__file__).parents[1] / "docs" / "images" / "error-against-step.svg"

X, Y_TRUE, W2 = 1.0, 0.2, 1.5
PANELS = {"not saturated: w1 = 0.8": 0.8, "saturated: w1 = 20": 20.0}

Difference = Callable[[float, float], float]


# The loss, and its derivative with respect to w1


def exp(z: float) -> float:
    with localcontext() as context:
        context.prec = 40
        return float(Decimal(z).exp())


def sigmoid(z: float) -> float:
    return 1.0 / (1.0 + exp(-z))


def loss(w1: float) -> float:
    return 0.5 * (sigmoid(W2 * sigmoid(w1 * X)) - Y_TRUE) ** 2


def exact_derivative(w1: float) -> Decimal:
    """Return ∂L/∂w1 to 40 digits."""
    with localcontext() as context:
        context.prec = 60
        one, x, t, w2 = Decimal(1), Decimal(X), Decimal(Y_TRUE), Decimal(W2)
        a1 = one / (one + (-Decimal(w1) * x).exp())
        y = one / (one + (-w2 * a1).exp())
        slope1 = a1 / (one + (Decimal(w1) * x).exp())
        slope2 = y / (one + (w2 * a1).exp())
        return (y - t) * slope2 * w2 * slope1 * x


# The ways to differentiate it


def forward_difference(w1: float, h: float) -> float:
    return (loss(w1 + h) - loss(w1)) / h


def central_difference(w1: float, h: float) -> float:
    return (loss(w1 + h) - loss(w1 - h)) / (2.0 * h)


def _complex_sigmoid(re: float, im: float) -> tuple[float, float]:
    size = exp(-re)
    below, across = 1.0 + size * math.cos(im), -size * math.sin(im)
    square = below * below + across * across
    return below / square, -across / square


def complex_step(w1: float, h: float) -> float:
    """Return Im L(w1 + ih) / h."""
    a_re, a_im = _complex_sigmoid(w1 * X, h * X)
    y_re, y_im = _complex_sigmoid(W2 * a_re, W2 * a_im)
    return (y_re - Y_TRUE) * y_im / h  # the imaginary part of ½(y − t)²


def ridders(w1: float) -> tuple[float, float]:
    """Return what the kit's Ridders gives, and the error that it states."""
    found = numerical_gradient(lambda w: loss(float(w)), w1)  # float() refuses complex numbers
    assert found.method == "ridders"
    return found.value, found.error


def relative_error(w1: float, value: float) -> float:
    exact = exact_derivative(w1)
    return float(abs((Decimal(value) - exact) / exact))


# The picture


@dataclass(frozen=True)
class Curve:
    """One way to differentiate at many steps: a line of the figure."""

    name: str
    difference: Difference
    colour: str
    dashes: str


CURVES = (
    Curve("forward difference", forward_difference, "#d97a1f", ""),
    Curve("central difference", central_difference, "#3d87d6", "7 3"),
    Curve("complex step", complex_step, "#2f9e63", "2 3"),
)
RIDDERS = "#c9459a"
RIDDERS_STEP = math.sqrt(STARTS[0] * STARTS[-1] / 2 ** (LEVELS - 1))  # the middle of its steps
GREY = "#808890"  # readable on white and on black

WIDTH, HEIGHT = 820, 470
PLOT_WIDTH, PLOT_HEIGHT = 325, 290
LEFTS = (72, 472)
TOP = 74
STEPS = (-16, 0)  # powers of ten along the x axis
ERRORS = (-17, 1)  # and along the y axis
PER_DECADE = 6


def _across(h: float, left: int) -> float:
    low, high = STEPS
    return left + PLOT_WIDTH * (math.log10(h) - low) / (high - low)


def _down(error: float) -> float:
    low, high = ERRORS
    exponent = min(max(math.log10(error) if error else low, low), high)
    return TOP + PLOT_HEIGHT * (high - exponent) / (high - low)


def _text(x: float, y: float, words: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{words}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def _power(exponent: int) -> str:
    return f'10<tspan dy="-5" font-size="9">{str(exponent).replace("-", "−")}</tspan>'


def axes(left: int, title: str) -> list[str]:
    thin = f'stroke="{GREY}" stroke-opacity="0.25"'
    right, bottom = left + PLOT_WIDTH, TOP + PLOT_HEIGHT
    parts = [_text(left + PLOT_WIDTH / 2, TOP - 10, title, more=' font-weight="bold"')]
    for exponent in range(STEPS[0], STEPS[1] + 1, 2):
        x = _across(10.0**exponent, left)
        parts.append(_line(x, TOP, x, bottom, thin))
        parts.append(_text(x, bottom + 19, _power(exponent)))
    for exponent in range(-16, ERRORS[1] + 1, 2):
        y = _down(10.0**exponent)
        parts.append(_line(left, y, right, y, thin))
        parts.append(_text(left - 7, y + 5, _power(exponent), "end"))
    parts.append(
        f'<rect x="{left}" y="{TOP}" width="{PLOT_WIDTH}" height="{PLOT_HEIGHT}" '
        f'fill="none" stroke="{GREY}"/>'
    )
    parts.append(_text(left + PLOT_WIDTH / 2, bottom + 40, "step h"))
    return parts


def curve_points(curve: Curve, w1: float) -> list[tuple[float, float]]:
    """Return (h, relative error) from the smallest step to 1."""
    first, last = (PER_DECADE * exponent for exponent in STEPS)
    steps = [float(Decimal(10) ** (Decimal(k) / PER_DECADE)) for k in range(first, last + 1)]
    return [(h, relative_error(w1, curve.difference(w1, h))) for h in steps]


def draw_curve(curve: Curve, w1: float, left: int) -> str:
    points = [f"{_across(h, left):.1f},{_down(e):.1f}" for h, e in curve_points(curve, w1)]
    dashes = f' stroke-dasharray="{curve.dashes}"' if curve.dashes else ""
    return (
        f'<polyline points="{" ".join(points)}" fill="none" stroke="{curve.colour}" '
        f'stroke-width="1.8" stroke-linejoin="round"{dashes}/>'
    )


def draw_ridders(w1: float, left: int) -> list[str]:
    """Draw a dot at the error of Ridders' answer, and a bar up to the error it states."""
    value, stated = ridders(w1)
    x = _across(RIDDERS_STEP, left)
    dot, bar = _down(relative_error(w1, value)), _down(stated / abs(value))
    style = f'stroke="{RIDDERS}" stroke-width="2"'
    return [
        _line(x, dot, x, bar, style),
        _line(x - 6, bar, x + 6, bar, style),
        f'<circle cx="{x:.1f}" cy="{dot:.1f}" r="4.5" fill="{RIDDERS}"/>',
    ]


def legend() -> list[str]:
    y, x = HEIGHT - 24, 58.0
    parts = []
    for curve in CURVES:
        dashes = f' stroke-dasharray="{curve.dashes}"' if curve.dashes else ""
        style = f'stroke="{curve.colour}" stroke-width="2.4"{dashes}'
        parts += [_line(x, y - 4, x + 30, y - 4, style), _text(x + 37, y, curve.name, "start")]
        x += 57 + 6.4 * len(curve.name)
    style = f'stroke="{RIDDERS}" stroke-width="2"'
    parts += [
        f'<circle cx="{x + 6:.1f}" cy="{y - 1}" r="4.5" fill="{RIDDERS}"/>',
        _line(x + 6, y - 1, x + 6, y - 13, style),
        _line(x, y - 13, x + 12, y - 13, style),
        _text(x + 20, y, "Ridders: error, bar to its estimate", "start"),
    ]
    return parts


def figure() -> str:
    """Return the figure as SVG."""
    title = "Relative error of ∂L/∂w1 against the step h"
    middle = TOP + PLOT_HEIGHT / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12.5" fill="{GREY}">',
        f"<title>{title}</title>",
        "<desc>Two log-log plots. Forward and central differences have their smallest error "
        "at a step in the middle, and in saturation even that is large. The complex step is "
        "exact for every small step. Ridders' method comes close to it.</desc>",
        _text(WIDTH / 2, 28, title, more=' font-size="17" font-weight="bold"'),
        _text(18, middle, "relative error", more=f' transform="rotate(-90 18 {middle:.1f})"'),
    ]
    for (words, w1), left in zip(PANELS.items(), LEFTS, strict=True):
        parts += axes(left, words)
        parts += [draw_curve(curve, w1, left) for curve in CURVES]
        parts += draw_ridders(w1, left)
    return "\n".join([*parts, *legend(), "</svg>", ""])


def print_numbers() -> None:
    for words, w1 in PANELS.items():
        print(f"{words}: dL/dw1 = {float(exact_derivative(w1)):.6g}, L = {loss(w1):.6g}")
        for curve in CURVES:
            points = curve_points(curve, w1)
            h, error = min(points, key=lambda point: point[1])
            print(f"  {curve.name}: smallest error {error:.1e} at h = {h:.1e}")
            for at in (1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0):
                print(f"    h = {at:.0e}: {relative_error(w1, curve.difference(w1, at)):.1e}")
        value, stated = ridders(w1)
        print(f"  Ridders: {relative_error(w1, value):.1e}, states {stated / abs(value):.1e}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--numbers", action="store_true", help="print what is drawn")
    options = parser.parse_args()
    if options.numbers:
        print_numbers()
        return 0
    content = figure()
    if options.check:
        if FIGURE.is_file() and FIGURE.read_text(encoding="utf-8") == content:
            return 0
        print(f"docs/images/{FIGURE.name} is out of date: run python benchmarks/error_figure.py")
        return 1
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    FIGURE.write_text(content, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
