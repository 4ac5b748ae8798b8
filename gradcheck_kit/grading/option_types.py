"""What options of the commands may be: a wrong one ends in a line that says so."""

import argparse

from gradcheck_kit.i18n import _


def positive(text: str) -> int:
    """Return a whole number of 1 or more."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(_("must be 1 or more"))
    return number


def not_negative(text: str) -> int:
    """Return a whole number of 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(_("must be 0 or more"))
    return int(text)


def shard(text: str) -> tuple[int, int]:
    """Return which part of how many ``I/N`` is."""
    number, _slash, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise argparse.ArgumentTypeError(_("write I/N, from 1/N to N/N"))
    return int(number), int(of)


def seconds(text: str) -> float:
    """Return a time limit, of a day at most."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number <= 86_400.0:
        raise argparse.ArgumentTypeError(_("must be more than 0 and at most 86400"))
    return number
