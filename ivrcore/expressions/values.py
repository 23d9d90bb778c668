"""The values of expressions, and the operations on them: total, so that no caller's call can fail on them.

What does not fit (a sum of a text and a number, a division by zero, a text that got too long) is None. Must
not know how an expression is written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Protocol, TypeAlias

Value: TypeAlias = "bool | int | float | str | tuple[Value, ...] | None"

LONGEST = 4_000
"""Characters of a text; a list counts one for each item, and its items."""
LARGEST = 10**18
"""Numbers are from minus this to this: whole ones fit into 64 bits of a journal."""
DEEPEST = 10
"""Lists within lists."""
_TEN_DECIMALS = Decimal("1e-10")


class Kind(StrEnum):
    """What sort of value a value is."""

    NONE = "none"
    TRUTH = "true or false"
    NUMBER = "a number"
    TEXT = "a text"
    LIST = "a list"


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """What a name stands for: ``secret`` if it must not be shown, ``live`` if it is a figure from outside.

    The repr of a secret one is without its value.
    """

    value: Value
    secret: bool = False
    live: bool = False

    def __repr__(self) -> str:
        shown = "***" if self.secret else repr(self.value)
        return f"Known({shown}, secret={self.secret}, live={self.live})"


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """What an expression gave: ``secret`` if anything it read was, and the live ``facts`` it read, by name.

    A decision writes the facts into its event; a secret is never among them. The repr of a secret result is
    without its value.
    """

    value: Value
    secret: bool = False
    facts: Mapping[str, Value] = field(default_factory=dict)

    def __repr__(self) -> str:
        shown = "***" if self.secret else repr(self.value)
        return f"Result({shown}, secret={self.secret}, facts={dict(self.facts)!r})"


class Scope(Protocol):
    """Where names get their values."""

    def look_up(self, name: str) -> Known | None:
        """Give what a dotted name stands for; None if there is no such name."""


def kind_of(value: Value) -> Kind:
    """Tell the sort of a value."""
    if value is None:
        return Kind.NONE
    if isinstance(value, bool):
        return Kind.TRUTH
    if isinstance(value, int | float):
        return Kind.NUMBER
    return Kind.TEXT if isinstance(value, str) else Kind.LIST


def number_of(value: Value) -> int | float | None:
    """Give a number itself, None for anything else: ``true`` is no number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def bounded(value: object) -> Value:
    """Give a value as it is, None if it is too long, too large, infinite, or no value at all."""
    return value if _size(value, 0) <= LONGEST else None  # type: ignore[return-value]


def _size(value: object, depth: int) -> int:
    if value is None or isinstance(value, bool):
        return 0
    if isinstance(value, int | float):
        return 0 if -LARGEST <= value <= LARGEST else LONGEST + 1  # not a number compares as false
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, tuple) or depth == DEEPEST:
        return LONGEST + 1
    size = len(value)
    for item in value:
        if size > LONGEST:
            break
        size += _size(item, depth + 1)
    return size


def is_true(value: Value) -> bool:
    """Tell whether a condition holds: none, false, 0, an empty text and an empty list do not."""
    return bool(value)


def equal(left: Value, right: Value) -> bool:
    """Tell whether two values are of the same sort and the same; ``true`` is not 1."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    return kind_of(left) is kind_of(right) and left == right


def compare(sign: str, left: Value, right: Value) -> bool | None:
    """Apply ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in`` or ``not in``.

    Order is that of two numbers or of two texts (by code point: dates as ``2026-11-22`` are in order).
    """
    if sign in ("==", "!="):
        return equal(left, right) is (sign == "==")
    if sign in ("in", "not in"):
        found = is_in(left, right)
        return None if found is None else found is (sign == "in")
    order = _order(left, right)
    if order is None:
        return None
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign]


def _order(left: Value, right: Value) -> int | None:
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    first, second = number_of(left), number_of(right)
    return None if first is None or second is None else (first > second) - (first < second)


def is_in(item: Value, whole: Value) -> bool | None:
    """Tell whether a list has that item, or a text that part; None for other kinds."""
    if isinstance(whole, tuple):
        return any(equal(item, one) for one in whole)
    return item in whole if isinstance(item, str) and isinstance(whole, str) else None


def calculate(sign: str, left: Value, right: Value) -> Value:
    """Apply ``+``, ``-``, ``*``, ``/`` or ``%``; ``+`` also joins two texts or two lists.

    A division of whole numbers without a rest gives a whole number; the sign of ``%`` is the divisor's.
    """
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return bounded(left + right)
    if sign == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        return bounded(left + right)
    first, second = number_of(left), number_of(right)
    if first is None or second is None:
        return None
    return bounded(_arithmetic(sign, first, second))


def _arithmetic(sign: str, left: float, right: float) -> float | None:
    """Calculate with two bounded numbers, so that nothing can overflow."""
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if right == 0:
        return None
    if sign == "%":
        return left % right
    whole = isinstance(left, int) and isinstance(right, int) and left % right == 0
    return left // right if whole else left / right


def rounded(number: float, places: int) -> int | float:
    """Round half away from zero, as people do; a whole number for ``places`` 0."""
    if not math.isfinite(number):
        return 0
    step = Decimal(1).scaleb(-places)
    done = Decimal(repr(number)).quantize(step, ROUND_HALF_UP)
    return float(done) if places > 0 else int(done)


def written(value: Value) -> str:
    """Write a value as text: none is empty, numbers have 10 decimals at most, lists are joined by commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ", ".join(map(written, value))
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return ""
    if value == int(value):
        return str(int(value))
    # by its repr: the digits that a person would write, not those of the binary fraction
    exact = Decimal(repr(value)).quantize(_TEN_DECIMALS, ROUND_HALF_UP)
    return f"{exact:f}".rstrip("0").rstrip(".") if exact else "0"
