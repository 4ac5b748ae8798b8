"""From what a gradient has beyond the right one to the mistakes that make it so.

Mistakes in a product multiply, so what several of them do together is the sum of what each
does to the exponents. The fewest known mistakes that add up to what was found are its names;
where different sets do, nobody can tell which it was, and none is named.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gradcheck_kit.diagnosis.chain import symbol
from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.diagnosis.records import Deviation, Group
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.problems.problem import Function

_SIGN_OF = "sign of "
_CONSTANT = "CONSTANT"


@dataclass(frozen=True, slots=True)
class Known:
    """What one mistake does to each gradient.

    Parameters
    ----------
    entry : Misconception
        The mistake.
    effect : Effect
        Its effect.
    """

    entry: Misconception
    effect: "Effect"


class Effect:
    """What a mistake multiplies gradients with.

    Parameters
    ----------
    exponents : mapping
        By return and factor.
    signs : frozenset of (str, str)
        Returns and factors whose sign comes in once more.
    constants : mapping
        By return: the number in front.
    """

    __slots__ = ("constants", "exponents", "signs")

    def __init__(
        self,
        exponents: Mapping[tuple[str, str], int],
        signs: frozenset[tuple[str, str]],
        constants: Mapping[str, float],
    ) -> None:
        self.exponents = exponents
        self.signs = signs
        self.constants = constants

    def minus(self, other: "Effect") -> "Effect":
        """Return what is left of this without the other."""
        exponents = dict(self.exponents)
        for key, exponent in other.exponents.items():
            exponents[key] = exponents.get(key, 0) - exponent
        constants = dict(self.constants)
        for name, constant in other.constants.items():
            constants[name] = constants.get(name, 1.0) / constant
        return Effect(exponents, self.signs ^ other.signs, constants)

    def times(self, other: "Effect") -> "Effect":
        """Return what both do together."""
        nothing = Effect({}, frozenset(), {})
        return self.minus(nothing.minus(other))

    def only(self, name: str) -> "Effect":
        """Return the part that concerns one return."""
        return Effect(
            {key: value for key, value in self.exponents.items() if key[0] == name},
            frozenset(key for key in self.signs if key[0] == name),
            {key: value for key, value in self.constants.items() if key == name},
        )

    @property
    def key(self) -> object:
        """The same for the same effect, whatever rounding did to the constants."""
        return (
            frozenset((k, v) for k, v in self.exponents.items() if v),
            self.signs,
            frozenset((k, f"{v:.5g}") for k, v in self.constants.items() if f"{v:.5g}" != "1"),
        )

    @property
    def returns(self) -> frozenset[str]:
        """The returns that it changes."""
        names = {name for (name, _), value in self.exponents.items() if value}
        names |= {name for name, _ in self.signs}
        names |= {name for name, value in self.constants.items() if f"{value:.5g}" != "1"}
        return frozenset(names)


@lru_cache(maxsize=64)
def known_products(function: Function, entries: tuple[Misconception, ...]) -> tuple[Known, ...]:
    """Return the mistakes among `entries` that are products, one for each constant.

    Raises
    ------
    GradcheckError
        If an entry names a return or a factor that the function does not have.
    """
    parts: dict[str, tuple[str, ...]] = {f.name: (f.name,) for f in function.factors}
    for links in function.chains.values():
        for link, factors in links.items():
            parts.setdefault(symbol(link), factors)
    found = []
    for entry in entries:
        if entry.links:
            for constant in entry.tries or (1.0,):
                found.append(Known(entry, _effect(function, entry, parts, constant)))
    return tuple(found)


def _effect(
    function: Function,
    entry: Misconception,
    parts: Mapping[str, tuple[str, ...]],
    constant: float,
) -> Effect:
    exponents: dict[tuple[str, str], int] = {}
    signs: set[tuple[str, str]] = set()
    constants: dict[str, float] = {}
    for name, links in entry.links.items():
        if name not in function.chains:
            raise GradcheckError(f"misconception {entry.id}: {function.name} has no chain {name}")
        for link, exponent in links.items():
            if not isinstance(link, str) or link == _CONSTANT:
                number = constant if isinstance(link, str) else float(link)
                constants[name] = constants.get(name, 1.0) * number**exponent
                continue
            factors = parts.get(link.removeprefix(_SIGN_OF))
            if factors is None:
                raise GradcheckError(
                    f"misconception {entry.id}: {link!r} is no factor of {function.name}"
                )
            for factor in factors:
                if link.startswith(_SIGN_OF):
                    signs ^= {(name, factor)}
                else:
                    key = (name, factor)
                    exponents[key] = exponents.get(key, 0) + exponent
    return Effect(exponents, frozenset(signs), constants)


def names_of(
    deviations: Mapping[str, Deviation], known: Sequence[Known]
) -> dict[str, tuple[Group, ...]]:
    """Return the mistakes in each gradient.

    Parameters
    ----------
    deviations : mapping
        What each wrong return has beyond the right one.
    known : sequence of Known
        The mistakes to choose from.

    Returns
    -------
    dict
        By return: one group for each mistake, which holds more than one where they cannot
        be told apart. No group where no set of few known mistakes, or more than one set,
        would do it.
    """
    exact = all(deviation.is_exact for deviation in deviations.values())
    usable = [k for k in known if (k.entry.when == "imprecise") <= (not exact)]
    found = _decompose(_sum_of(deviations), usable, exact)
    if not found and len(deviations) > 1:
        found = _shared_and_own(deviations, usable, exact)
    if not found:
        # Each gradient by itself then, with mistakes that touch no other.
        for name, deviation in deviations.items():
            own = [k for k in usable if k.effect.returns == {name}]
            found += _decompose(_sum_of({name: deviation}), own, exact)
    return {name: _touching(name, found) for name in deviations}


def _shared_and_own(
    deviations: Mapping[str, Deviation], known: Sequence[Known], exact: bool
) -> list[list[Known]]:
    """Return one mistake in several gradients with one more in each, if only one set does it."""
    target = _sum_of(deviations)
    sets: dict[object, list[list[Known]]] = {}
    for one in known:
        if len(one.effect.returns) < 2:
            continue
        rest = target.minus(one.effect)
        groups = [[one]]
        for name in deviations:
            own = [k for k in known if k.effect.returns == {name}]
            part = rest.only(name)
            found = _decompose(part, own, exact) if part.returns else [[]]
            if len(found) != 1:
                break
            groups += [group for group in found if group]
        else:
            if not _constants_cancel([group[0] for group in groups]):
                sets[one.effect.key] = groups
    return next(iter(sets.values())) if len(sets) == 1 else []


def _sum_of(deviations: Mapping[str, Deviation]) -> Effect:
    return Effect(
        {(name, f): e for name, d in deviations.items() for f, e in d.exponents.items()},
        frozenset((name, f) for name, d in deviations.items() for f in d.signs),
        {name: d.constant for name, d in deviations.items() if d.constant != 1.0},
    )


def _decompose(target: Effect, known: Sequence[Known], exact: bool) -> list[list[Known]]:
    by_key: dict[object, list[Known]] = {}
    for one in known:
        by_key.setdefault(one.effect.key, []).append(one)
    singles = by_key.get(target.key)
    if singles:
        # Numerical differentiation gives all digits but the last ones: those tell it apart.
        numerical = [] if exact else [k for k in singles if k.entry.when == "imprecise"]
        return [numerical or singles]
    pairs: dict[frozenset[object], list[list[Known]]] = {}
    for key, group in by_key.items():
        rest = target.minus(group[0].effect).key
        others = by_key.get(rest)
        if others and not _cancel(group[0], others[0]):
            pairs.setdefault(frozenset([key, rest]), [group, others])
    return next(iter(pairs.values())) if len(pairs) == 1 else []


def _cancel(one: Known, other: Known) -> bool:
    """Tell whether two mistakes mend each other in part: nobody would call that both."""
    if one.entry is other.entry or one.effect.signs & other.effect.signs:
        return True
    first, second = one.effect, other.effect
    exponents = (first.exponents.get(key, 0) * e for key, e in second.exponents.items())
    return any(product < 0 for product in exponents) or _constants_cancel([one, other])


def _constants_cancel(together: Sequence[Known]) -> bool:
    """Tell whether numbers in front of one gradient mend each other: 2 times a half."""
    for name in {name for one in together for name in one.effect.constants}:
        numbers = [one.effect.constants.get(name, 1.0) for one in together]
        sizes = [abs(number) for number in numbers if abs(abs(number) - 1.0) > 1e-9]
        if len(sizes) > 1 and abs(math.prod(sizes) - 1.0) < 1e-9:
            return True
        if sum(number < 0 for number in numbers) > 1:
            return True
    return False


def _touching(name: str, groups: Sequence[Sequence[Known]]) -> tuple[Group, ...]:
    return tuple(
        tuple(dict.fromkeys(k.entry for k in group))
        for group in groups
        if name in group[0].effect.returns
    )
