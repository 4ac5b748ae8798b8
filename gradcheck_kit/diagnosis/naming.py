"""From what a gradient has beyond the right one to the mistakes that make it so.

Mistakes in a product multiply, so what several of them do together is the sum of what each
does to the exponents. The fewest known mistakes that add up to what was found are its names;
where different sets do, nobody can tell which it was, and none is named.
"""

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
    vector : _Vector
        Its effect.
    """

    entry: Misconception
    vector: "_Vector"


class _Vector:
    """Exponents, signs and constants by return; they add, cancel and multiply."""

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

    def minus(self, other: "_Vector") -> "_Vector":
        exponents = dict(self.exponents)
        for key, exponent in other.exponents.items():
            exponents[key] = exponents.get(key, 0) - exponent
        constants = dict(self.constants)
        for name, constant in other.constants.items():
            constants[name] = constants.get(name, 1.0) / constant
        return _Vector(exponents, self.signs ^ other.signs, constants)

    def only(self, name: str) -> "_Vector":
        return _Vector(
            {key: value for key, value in self.exponents.items() if key[0] == name},
            frozenset(key for key in self.signs if key[0] == name),
            {key: value for key, value in self.constants.items() if key == name},
        )

    @property
    def key(self) -> object:
        return (
            frozenset((k, v) for k, v in self.exponents.items() if v),
            self.signs,
            frozenset((k, f"{v:.5g}") for k, v in self.constants.items() if f"{v:.5g}" != "1"),
        )

    @property
    def returns(self) -> frozenset[str]:
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
                found.append(Known(entry, _vector(function, entry, parts, constant)))
    return tuple(found)


def _vector(
    function: Function,
    entry: Misconception,
    parts: Mapping[str, tuple[str, ...]],
    constant: float,
) -> _Vector:
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
    return _Vector(exponents, frozenset(signs), constants)


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
            own = [k for k in usable if k.vector.returns == {name}]
            found += _decompose(_sum_of({name: deviation}), own, exact)
    return {name: _touching(name, found) for name in deviations}


def _shared_and_own(
    deviations: Mapping[str, Deviation], known: Sequence[Known], exact: bool
) -> list[list[Known]]:
    """Return one mistake in several gradients with one more in each, if only one set does it."""
    target = _sum_of(deviations)
    sets: dict[object, list[list[Known]]] = {}
    for one in known:
        if len(one.vector.returns) < 2:
            continue
        rest = target.minus(one.vector)
        groups = [[one]]
        for name in deviations:
            own = [k for k in known if k.vector.returns == {name}]
            part = rest.only(name)
            found = _decompose(part, own, exact) if part.returns else [[]]
            if len(found) != 1:
                break
            groups += [group for group in found if group]
        else:
            sets[one.vector.key] = groups
    return next(iter(sets.values())) if len(sets) == 1 else []


def _sum_of(deviations: Mapping[str, Deviation]) -> _Vector:
    return _Vector(
        {(name, f): e for name, d in deviations.items() for f, e in d.exponents.items()},
        frozenset((name, f) for name, d in deviations.items() for f in d.signs),
        {name: d.constant for name, d in deviations.items() if d.constant != 1.0},
    )


def _decompose(target: _Vector, known: Sequence[Known], exact: bool) -> list[list[Known]]:
    by_key: dict[object, list[Known]] = {}
    for one in known:
        by_key.setdefault(one.vector.key, []).append(one)
    singles = by_key.get(target.key)
    if singles:
        # Numerical differentiation gives all digits but the last ones: those tell it apart.
        numerical = [] if exact else [k for k in singles if k.entry.when == "imprecise"]
        return [numerical or singles]
    pairs = set()
    for key, group in by_key.items():
        rest = target.minus(group[0].vector).key
        if rest in by_key and by_key[rest][0].entry is not group[0].entry:
            pairs.add(frozenset([key, rest]))
    return [by_key[key] for key in pairs.pop()] if len(pairs) == 1 else []


def _touching(name: str, groups: Sequence[Sequence[Known]]) -> tuple[Group, ...]:
    return tuple(
        tuple(dict.fromkeys(k.entry for k in group))
        for group in groups
        if name in group[0].vector.returns
    )
