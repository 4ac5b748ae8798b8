"""The chain of a gradient with each link marked, and what is off with it, in words."""

from collections.abc import Iterator, Mapping

from gradcheck_kit.diagnosis.records import Deviation
from gradcheck_kit.i18n import _
from gradcheck_kit.problems.problem import Function

RIGHT, WRONG = "✓", "✗"


def symbol(link: str) -> str:
    """Return what stands for a link: ``σ'(z2)`` in "∂y_pred/∂z2 = σ'(z2)"."""
    return link.rpartition(" = ")[2]


def marked_chain(function: Function, name: str, deviation: Deviation) -> str:
    """Return the links of a gradient in one line, each with its mark.

    Parameters
    ----------
    function : Function
        With the chain.
    name : str
        The return.
    deviation : Deviation
        What the learner's gradient has beyond it.
    """
    parts = []
    for link, factors in function.chains[name].items():
        off = any(factor in deviation.exponents for factor in factors)
        off = off or any(factor in deviation.signs for factor in factors)
        parts.append(f"{WRONG if off else RIGHT} {_written(symbol(link))}")
    return " · ".join(parts)


def _written(text: str) -> str:
    """Put a sum in brackets, as it stands in a product."""
    return f"({text})" if " − " in text or " - " in text or " + " in text else text


def what_is_off(function: Function, name: str, deviation: Deviation) -> str:
    """Return what is off with a gradient: which links are missing, doubled, too much.

    Of a gradient that is an array, it is known where every entry is a product of its links.
    """
    links = function.chains[name]
    left = dict(deviation.exponents)
    texts = []
    for link, factors in links.items():
        exponents = {left.get(factor, 0) for factor in factors}
        if len(exponents) == 1 and exponents != {0}:
            texts.append(_link_text(_written(symbol(link)), exponents.pop(), factors, links))
            for factor in factors:
                del left[factor]
    own = {factor for factors in links.values() for factor in factors}
    for factor, exponent in left.items():
        present = (factor,) if factor in own else ()
        texts.append(_link_text(_written(factor), exponent, present, links))
    texts += [
        _("the sign of {factor} is lost", factor=_written(f)) for f in sorted(deviation.signs)
    ]
    texts += _constant_texts(deviation.constant)
    problems = "; ".join(texts)
    if function.chains_hold:
        where = _(function.chains_hold)
        return _("In {name}, {where}: {problems}", name=name, where=where, problems=problems)
    return _("In {name}: {problems}", name=name, problems=problems)


def wrong_size(name: str, deviation: Deviation) -> str:
    """Return by which product of sizes a result is too large or too small."""
    above = [_power(size, e) for size, e in deviation.exponents.items() if e > 0]
    below = [_power(size, -e) for size, e in deviation.exponents.items() if e < 0]
    if abs(deviation.constant) != 1.0:
        above.insert(0, f"{abs(deviation.constant):.4g}")
    product = "·".join(above) or "1"
    if below:
        product += "/" + (below[0] if len(below) == 1 else f"({'·'.join(below)})")
    if deviation.constant < 0:
        product = f"−{product}"
    return _("{name} is {product} times what is right, in every entry", name=name, product=product)


def _power(size: str, exponent: int) -> str:
    return size if exponent == 1 else f"{size}^{exponent}"


def _link_text(
    text: str, exponent: int, factors: tuple[str, ...], links: Mapping[str, tuple[str, ...]]
) -> str:
    flat = [factor for parts in links.values() for factor in parts]
    right = min((flat.count(factor) for factor in factors), default=0)
    if right == 0:
        if exponent == 1:
            return _("{factor} is too much", factor=text)
        if exponent > 1:
            return _("{factor} is there {count} times too often", factor=text, count=exponent)
        return _("it is divided by {factor}", factor=text)
    if -right <= exponent < 0:
        return _("{factor} is missing", factor=text)
    if exponent == 1:
        return _("{factor} is there twice", factor=text)
    if exponent > 1:
        return _("{factor} is there {count} times too often", factor=text, count=exponent)
    return _("it is divided by {factor} instead of multiplied", factor=text)


def _constant_texts(constant: float) -> Iterator[str]:
    size = abs(constant)
    if constant < 0:
        yield _("the sign is wrong")
    if abs(size - 1.0) > 1e-9:
        yield (
            _("it is {ratio} times too large", ratio=f"{size:.4g}")
            if size > 1
            else _("it is only {ratio} times as large", ratio=f"{size:.4g}")
        )
