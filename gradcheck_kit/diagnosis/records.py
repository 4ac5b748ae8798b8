"""Plain records of a diagnosis; the search for it stands elsewhere and is loaded when needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gradcheck_kit.diagnosis.misconception import Misconception

NUMERIC_NOTE = "numeric-differentiation"
"""The note on right values that carry the error of a numerical differentiation."""

Group = tuple[Misconception, ...]
"""Mistakes that cannot be told apart; mostly it is one."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """What a gradient has beyond the right one, as a product.

    Parameters
    ----------
    exponents : mapping
        By factor: -1 where it is missing, 1 where it is there once too often. Factors that
        are as they should be are left out.
    constant : float
        The number that is left: 1 where nothing else is wrong, -1 for a wrong sign.
    signs : frozenset of str
        Factors whose sign (not size) is missing or too much: ``abs`` does that.
    is_exact : bool
        Do all digits fit? Numerical differentiation leaves an error.
    """

    exponents: Mapping[str, int]
    constant: float
    signs: frozenset[str]
    is_exact: bool

    @property
    def is_none(self) -> bool:
        """Whether the gradient is the right one."""
        return not self.exponents and not self.signs and self.constant == 1.0


@dataclass(frozen=True)
class Diagnosis:
    """What is known of the mistakes in one function.

    Parameters
    ----------
    groups : mapping
        For each return, one group for each mistake in it; a group of several holds mistakes
        that cannot be told apart. Empty where nothing is recognised.
    deviations : mapping
        For each return that is a product of the problem's factors: what it has beyond the
        right one.
    size_deviations : mapping
        For each return that is the right one times a product of sizes: that product.
    """

    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    deviations: Mapping[str, Deviation] = field(default_factory=dict)
    size_deviations: Mapping[str, Deviation] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[str]:
        """The returns of which something is known that has no name."""
        return frozenset(self.deviations) | frozenset(self.size_deviations)

    @property
    def all_groups(self) -> tuple[Group, ...]:
        """Every group once, in the order of the returns."""
        return tuple(dict.fromkeys(g for groups in self.groups.values() for g in groups))

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id once, the first named first."""
        return tuple(dict.fromkeys(entry.id for group in self.all_groups for entry in group))

    def shown(self, name: str | None) -> tuple[Group, ...]:
        """Return what belongs beside a finding about one return; None: about the whole."""
        return self.all_groups if name is None else self.groups.get(name, ())

    def only(self, name: str) -> "Diagnosis":
        """Return what concerns one return."""
        return Diagnosis(
            {name: self.groups[name]} if name in self.groups else {},
            {name: self.deviations[name]} if name in self.deviations else {},
            {name: self.size_deviations[name]} if name in self.size_deviations else {},
        )


NOTHING = Diagnosis()
