"""The functions of expressions: one table, of which the reference is made too. Each is total."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivrcore.expressions.values import Value, compare, equal, is_in, number_of, rounded, written

_NUMBER = re.compile(r"\s*([-+]?[0-9]{1,18})(\.[0-9]{1,18})?\s*")
_PLACES = 9
"""Decimals that ``round`` can keep at most."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its ``forms`` as one would write them, how many values it takes, and what it gives."""

    name: str
    forms: tuple[str, ...]
    least: int
    most: int
    meaning: str
    run: Callable[[Sequence[Value]], Value]


def _length(given: Sequence[Value]) -> Value:
    return len(given[0]) if isinstance(given[0], str | tuple) else None


def read_number(value: Value) -> int | float | None:
    """Give a number itself, or the one that a text writes; None for anything else."""
    if not isinstance(value, str):
        return number_of(value)
    match = _NUMBER.fullmatch(value)
    if match is None:
        return None
    return float(match[0]) if match[2] else int(match[1])


def _number(given: Sequence[Value]) -> Value:
    return read_number(given[0])


def _text(given: Sequence[Value]) -> Value:
    return written(given[0])


def _lower(given: Sequence[Value]) -> Value:
    return given[0].lower() if isinstance(given[0], str) else None


def _starts_with(given: Sequence[Value]) -> Value:
    whole, part = given
    return whole.startswith(part) if isinstance(whole, str) and isinstance(part, str) else None


def _ends_with(given: Sequence[Value]) -> Value:
    whole, part = given
    return whole.endswith(part) if isinstance(whole, str) and isinstance(part, str) else None


def _contains(given: Sequence[Value]) -> Value:
    return is_in(given[1], given[0])


def _first(given: Sequence[Value]) -> Value:
    return _end_of(given, first=True)


def _last(given: Sequence[Value]) -> Value:
    return _end_of(given, first=False)


def _end_of(given: Sequence[Value], *, first: bool) -> Value:
    whole = given[0]
    if not isinstance(whole, str | tuple):
        return None
    if len(given) == 1:
        return whole[0 if first else -1] if whole else None
    count = given[1]
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return None
    return whole[:count] if first else whole[max(0, len(whole) - count) :]


def _round(given: Sequence[Value]) -> Value:
    number = number_of(given[0])
    places = number_of(given[1]) if len(given) == 2 else 0
    if number is None or not isinstance(places, int) or not 0 <= places <= _PLACES:
        return None
    return number if isinstance(number, int) else rounded(number, places)


def _min(given: Sequence[Value]) -> Value:
    return _extreme(given, "<")


def _max(given: Sequence[Value]) -> Value:
    return _extreme(given, ">")


def _extreme(given: Sequence[Value], sign: str) -> Value:
    """Give the item before (or after) all others; None if any two have no order."""
    items = given[0] if len(given) == 1 and isinstance(given[0], tuple) else given
    best: Value = items[0] if items else None
    for item in items:
        better = compare(sign, item, best)
        if better is None:
            return None
        if better and not equal(item, best):
            best = item
    return best


_ALL = (
    Function("length", ("length(x)",), 1, 1, "how many characters a text or items a list has", _length),
    Function("number", ("number(x)",), 1, 1, "the number that a text such as `12` or `-0.5` writes", _number),
    Function("text", ("text(x)",), 1, 1, "a value as text; none is the empty text", _text),
    Function("lower", ("lower(text)",), 1, 1, "a text in small letters", _lower),
    Function("starts_with", ("starts_with(text, part)",), 2, 2, "whether a text begins so", _starts_with),
    Function("ends_with", ("ends_with(text, part)",), 2, 2, "whether a text ends so", _ends_with),
    Function(
        "contains",
        ("contains(x, part)",),
        2,
        2,
        "whether a text has that part, or a list that item",
        _contains,
    ),
    Function(
        "first",
        (
            "first(x)",
            "first(x, n)",
        ),
        1,
        2,
        "the first character or item; the first n of them",
        _first,
    ),
    Function(
        "last",
        (
            "last(x)",
            "last(x, n)",
        ),
        1,
        2,
        "the last character or item; the last n of them",
        _last,
    ),
    Function(
        "round",
        (
            "round(x)",
            "round(x, places)",
        ),
        1,
        2,
        "a number rounded, a half away from zero",
        _round,
    ),
    Function(
        "min",
        (
            "min(a, b, …)",
            "min(list)",
        ),
        1,
        20,
        "the least of numbers, or the first of texts",
        _min,
    ),
    Function(
        "max",
        (
            "max(a, b, …)",
            "max(list)",
        ),
        1,
        20,
        "the largest of numbers, or the last of texts",
        _max,
    ),
)

FUNCTIONS = {function.name: function for function in _ALL}
"""All of them, by name."""
