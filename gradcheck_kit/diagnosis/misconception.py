"""What the kit knows of one mistake: its words, its mathematics, and code that makes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ANYWHERE = "*"
"""Stands for any function where mistakes are listed by function."""

Links = Mapping[str, Mapping[str | float, int]]


@dataclass(frozen=True, eq=False, slots=True)
class Misconception:
    """One mistake that learners make in one function.

    Parameters
    ----------
    id : str
        ``bw-w1-missing-x``, as results name it.
    title : str
        One short sentence in English that says what is wrong, marked with ``N_``.
    hint : str
        One or two sentences in English on what to look at next, marked with ``N_``.
    yours : str
        What such code computes, as mathematics.
    change : tuple of (str, str)
        The wrong version as differences from the reference's source: each first text stands
        in it exactly once and is replaced by the second.
    body : str
        The wrong version where it is no small difference: the whole body, its lines at the
        margin. It may use ``math``, ``np`` and the functions of the problem.
    before : str
        Lines ahead of the function: a global that it keeps.
    tries : tuple of float
        Values of ``CONSTANT``, a number in `body` or `change` that learners choose freely.
    links : mapping
        For mistakes that are a product of links: by return, what the gradient has beyond the
        right one. ``{"grad_w1": {"x": -1}}`` lacks x, ``{2: 1}`` is twice as large, and
        ``{"sign of x": 1}`` has the size right and the sign of x on top. Such mistakes are
        recognised by the factor fit, all others by running `body` or `change`.
    when : str
        For mistakes that are recognised by what the code does, not by its values; see
        `gradcheck_kit.diagnosis.behaviour`.
    is_advisory : bool
        Is it right code all the same? Then it is explained, never diagnosed.
    """

    id: str
    title: str
    hint: str
    yours: str
    change: tuple[tuple[str, str], ...] = ()
    body: str = ""
    before: str = ""
    tries: tuple[float, ...] = ()
    links: Links = field(default_factory=dict)
    when: str = ""
    is_advisory: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Mistakes:
    """What is known of one function: the right formula and the mistakes made in it.

    Parameters
    ----------
    right : str
        What it should compute, as mathematics; parts are separated by a comma and two spaces.
    entries : sequence of Misconception
        The mistakes.
    """

    right: str = ""
    entries: Sequence[Misconception] = ()
