"""Is every field of what a course registers of its type? A comma forgotten shows here.

Dataclasses check nothing: ``returns=(Return("a"))`` would be met as an exception somewhere in
the kit, far from the author's line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gradcheck_kit.diagnosis.behaviour import WHEN
from gradcheck_kit.diagnosis.misconception import Misconception, Mistakes
from gradcheck_kit.problems.problem import Factor, Function, Objective, Problem, Return

Rule = tuple[Callable[[Any], bool], str]


def wrong_fields(record: object) -> Iterator[str]:
    """Yield what is wrong with the types of a record's fields, each in one line.

    Parameters
    ----------
    record : object
        A Problem, Function, Return, Factor, Objective, Mistakes or Misconception.
    """
    for name, (is_right, wanted) in _RULES[type(record)].items():
        value = getattr(record, name)
        if not is_right(value):
            yield f"{name} must be {wanted}, not {value!r:.60}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: Any) -> bool:
    return value is None or _is_text(value)


def _is_callable_or_none(value: Any) -> bool:
    return value is None or callable(value)


def _is_list_of(kind: type) -> Callable[[Any], bool]:
    def is_list(value: Any) -> bool:
        return (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and all(isinstance(part, kind) for part in value)
        )

    return is_list


_is_texts = _is_list_of(str)


def _is_mapping_to(is_value: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def is_mapping(value: Any) -> bool:
        return (
            isinstance(value, Mapping)
            and all(map(_is_text, value))
            and all(map(is_value, value.values()))
        )

    return is_mapping


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_ratio(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(_is_text(link) or _is_number(link) for link in value)
        and all(type(exponent) is int for exponent in value.values())
    )


def _are_changes(value: Any) -> bool:
    return isinstance(value, Sequence) and all(_is_texts(p) and len(p) == 2 for p in value)


def _is_when(value: Any) -> bool:
    return value in WHEN or (_is_text(value) and value.startswith("mutates:"))


_TEXT: Rule = (_is_text, "a text")
_TEXTS: Rule = (_is_texts, 'a tuple of texts: ("x", "w"); a single one needs its comma: ("x",)')
_CALLABLE: Rule = (callable, "a function")
_CALLABLE_OR_NONE: Rule = (_is_callable_or_none, "a function, or None")
_FACTORS: Rule = (_is_list_of(Factor), "a tuple of Factor; a single one needs its comma")
_CHAINS: Rule = (
    _is_mapping_to(_is_mapping_to(_is_texts)),
    'a mapping from returns to links, and from links to tuples of factors: {"dw": {"x": ("x",)}}',
)

_RULES: Mapping[type, Mapping[str, Rule]] = {
    Problem: {
        "name": _TEXT,
        "functions": (_is_list_of(Function), "a tuple of Function; a single one needs its comma"),
    },
    Function: {
        "name": _TEXT,
        "parameters": _TEXTS,
        "returns": (_is_list_of(Return), "a tuple of Return; a single one needs its comma"),
        "reference": (_is_callable_or_none, "the right function"),
        "points": (callable, "a function that lists argument tuples: points(rng)"),
        "lower": _TEXTS,
        "extreme": _CALLABLE_OR_NONE,
        "mutation": (lambda value: value in ("wrong", "note"), '"wrong" or "note"'),
        "is_derivative": (lambda value: isinstance(value, bool), "True or False"),
        "objective": (lambda value: isinstance(value, Objective | None), "an Objective, or None"),
        "factors": _FACTORS,
        "chains": _CHAINS,
        "chains_hold": _TEXT,
        "products": (_is_mapping_to(_is_texts), "a mapping from names to tuples of factors"),
        "sizes": _FACTORS,
    },
    Return: {
        "name": _TEXT,
        "kind": (lambda value: value in ("value", "sequence"), '"value" or "sequence"'),
        "of": (_is_text_or_none, "the name of a parameter, or None"),
        "scale": _CALLABLE_OR_NONE,
    },
    Factor: {"name": _TEXT, "value": _CALLABLE, "returns": _TEXTS},
    Objective: {
        "forward": _TEXT,
        "forward_arguments": _CALLABLE,
        "loss": _TEXT,
        "loss_arguments": _CALLABLE,
    },
    Mistakes: {
        "right": _TEXT,
        "entries": (
            _is_list_of(Misconception),
            "a tuple of Misconception; a single one needs its comma",
        ),
    },
    Misconception: {
        "id": _TEXT,
        "title": _TEXT,
        "hint": _TEXT,
        "yours": _TEXT,
        "change": (_are_changes, 'a tuple of pairs of texts: (("old", "new"),)'),
        "body": _TEXT,
        "before": _TEXT,
        "tries": (
            lambda value: isinstance(value, Sequence) and all(map(_is_number, value)),
            "a tuple of numbers; a single one needs its comma: (0.5,)",
        ),
        "links": (
            _is_mapping_to(_is_ratio),
            'a mapping from returns to factors with whole exponents: {"dw": {"x": -1}}',
        ),
        "when": (_is_when, f"one of {', '.join(WHEN[1:])}, mutates:PARAMETER"),
        "is_advisory": (lambda value: isinstance(value, bool), "True or False"),
    },
}
