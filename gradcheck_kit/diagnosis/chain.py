"""The chain of a gradient with each link marked, and what is off with it, in words."""

from collections.abc import Iterator, Mapping

from gradcheck_kit.diagnosis.records import Deviation
from gradcheck_kit.i18n import _
from gradcheck_kit.problems.problem import Function

RIGHT, WRONG = "✓", "✗"

Links = Mapping[str, tuple[str, ...]]


def symbol(link: str) -> str:
    """Return what stands for a link: ``σ'(z2)`` in "∂y_pred/∂z2 = σ'(z2)"."""
    return link.rpartition(" = ")[2]


def marked_chain(function: Function, name: str, deviation: Deviation) -> str:
    """Return the links of a gradient in one line, each with its mark, and what is too much.

    Parameters
    ----------
    function : Function
        With the chain.
    name : str
        The return.
    deviation : Deviation
        What the learner's gradient has beyond it.
    """
    links = function.chains[name]
    beyond = _by_link(function, name, deviation)
    extra = _("(extra)")
    parts = []
    for link, factors in links.items():
        left = {factor: beyond[factor] for factor in factors if beyond.get(factor, 0) < 0}
        own = symbol(link)
        off = own in beyond or bool(left) or any(f in deviation.signs for f in factors)
        parts.append(f"{WRONG if off else RIGHT} {_written(own)}")
    for text, exponent in beyond.items():
        if text in map(symbol, links) or _is_part_of(text, links, exponent):
            continue
        power = _power(_written(text), abs(exponent))
        parts.append(f"{WRONG} {power if exponent > 0 else f'1/{power}'} {extra}")
    if deviation.constant != 1.0:
        number = f"{deviation.constant:.4g}".replace("-", "−")
        parts.append(f"{WRONG} {number} {extra}")
    return " · ".join(parts)


def _is_part_of(factor: str, links: Links, exponent: int) -> bool:
    """Tell whether a factor that is missing is a part of one of the links."""
    return exponent < 0 and any(factor in factors for factors in links.values())


def _by_link(function: Function, name: str, deviation: Deviation) -> dict[str, int]:
    """Return what is beyond the right gradient as links where it is whole links, else factors.

    A σ'(z1) too much is σ'(z1), not "a1 and 1 - a1".
    """
    left = {factor: e for factor, e in deviation.exponents.items() if e}
    own = {symbol(link): factors for link, factors in function.chains[name].items()}
    known = dict(own)
    for links in function.chains.values():
        known.update({symbol(link): factors for link, factors in links.items()})
    known.update(function.products)
    products = {text: factors for text, factors in known.items() if len(factors) > 1}
    result: dict[str, int] = {}
    for text, factors in (products | own).items():
        exponents = [left.get(factor, 0) for factor in factors]
        shared = min(exponents, key=abs)
        if shared and all(e * shared > 0 for e in exponents):
            result[text] = shared
            for factor in factors:
                left[factor] -= shared
    result.update({factor: e for factor, e in left.items() if e})
    order = {text: number for number, text in enumerate(own)}
    return dict(sorted(result.items(), key=lambda item: order.get(item[0], len(order))))


def _written(text: str) -> str:
    """Put a sum in brackets, as it stands in a product."""
    return f"({text})" if " − " in text or " - " in text or " + " in text else text


def _power(text: str, exponent: int) -> str:
    return text if exponent == 1 else f"{text}^{exponent}"


def what_is_off(function: Function, name: str, deviation: Deviation) -> str:
    """Return what is off with a gradient: which links are missing, doubled, too much.

    Of a gradient that is an array, it is known where every entry is a product of its links.
    """
    links = function.chains[name]
    due = [symbol(link) for link in links]
    flat = [factor for parts in links.values() for factor in parts]
    texts = []
    for text, exponent in _by_link(function, name, deviation).items():
        times = max(due.count(text), flat.count(text))
        texts.append(_exponent_text(_written(text), exponent, times, text in due))
    for factor in sorted(deviation.signs):
        texts.append(_("the sign of {factor} is lost", factor=_written(factor)))
    texts += _constant_texts(deviation.constant)
    problems = "; ".join(texts)
    if function.chains_hold:
        where = _(function.chains_hold)
        return _("In {name}, {where}: {problems}", name=name, where=where, problems=problems)
    return _("In {name}: {problems}", name=name, problems=problems)


def _exponent_text(text: str, exponent: int, times: int, is_link: bool) -> str:
    """Say what an exponent beyond the right one means, for a factor that is due `times` times."""
    if exponent > 0:
        if exponent == 1 and is_link:
            return _("{factor} is there twice", factor=text)
        if exponent == 1:
            return _("one {factor} too many", factor=text)
        return _("{factor} is there {count} times too often", factor=text, count=exponent)
    if -exponent <= times:
        return _("{factor} is missing", factor=text)
    if times:
        return _("it is divided by {factor} instead of multiplied", factor=text)
    return _("it is divided by {factor}", factor=_power(text, -exponent))


def _constant_texts(constant: float) -> Iterator[str]:
    size = abs(constant)
    if constant < 0:
        yield _("the sign is wrong")
    if abs(size - 1.0) > 1e-9:
        yield _("an extra factor {number}", number=f"{size:.4g}")


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
    return _("{name} is {product} times what is right", name=name, product=product)
