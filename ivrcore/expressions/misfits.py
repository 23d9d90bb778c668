"""Comparisons and sums that never fit, whatever the call: told from literals and from what names can be.

Only what is certain is reported. Must not know where names come from, but what those of the language can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ivrcore.expressions import rules
from ivrcore.expressions.syntax import Chain, Comparison, Expression, Listing, Literal, Name, Node, walk
from ivrcore.expressions.text import Template
from ivrcore.expressions.values import Kind, kind_of, written
from ivrcore.location import Location
from ivrcore.problems import Problems, did_you_mean, quoted

_ORDERED = (Kind.NUMBER, Kind.TEXT)


@dataclass(frozen=True, slots=True)
class Possible:
    """What a name can be beside none: its kind, and for a text the only ``words`` there are, if few."""

    kind: Kind
    words: frozenset[str] = frozenset()


_HOURS = Possible(Kind.TEXT, frozenset({"open", "closed", "holiday"}))
_NUMBER, _TEXT = Possible(Kind.NUMBER), Possible(Kind.TEXT)
_FIXED = {
    "time.hour": _NUMBER,
    "time.minute": _NUMBER,
    "time.weekday": Possible(Kind.TEXT, frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})),
    "time.date": _TEXT,
    "call.number": _TEXT,
    "call.caller": _TEXT,
    "call.language": _TEXT,
    "call.priority": _NUMBER,
}


def possible(name: str) -> Possible | None:
    """Give what a name of the language can be; None for a variable, which can be anything."""
    if name.startswith("hours."):
        return _HOURS
    return _NUMBER if name.startswith("queue.") else _FIXED.get(name)


def report_misfits(
    read: Expression | Template,
    location: Location,
    problems: Problems,
    known: Callable[[str], Possible | None] = possible,
) -> None:
    """Warn of what can never fit in an expression, or in the slots of a text; ``location`` is the whole's."""
    roots = [read.root] if isinstance(read, Expression) else [slot.expression.root for slot in read.slots]
    for root in roots:
        for node, _ in walk(root):
            for message, hint in _of(node, known):
                problems.report(rules.NEVER_FITS, location, message, hint)


def _of(node: Node, known: Callable[[str], Possible | None]) -> list[tuple[str, str]]:
    if isinstance(node, Comparison):
        return _comparison(node, known)
    if isinstance(node, Chain):
        return _sum(node, known)
    return []


def _what(node: Node, known: Callable[[str], Possible | None]) -> Possible | None:
    if isinstance(node, Literal) and node.value is not None:
        return Possible(kind_of(node.value))
    if isinstance(node, Listing):
        return Possible(Kind.LIST)
    return known(node.name) if isinstance(node, Name) else None


def _shown(node: Node, what: Possible) -> str:
    if isinstance(node, Name):
        return f"{node.name} ({what.kind})"
    if isinstance(node, Literal):
        return repr(node.value) if isinstance(node.value, str) else written(node.value)
    return str(what.kind)


def _comparison(node: Comparison, known: Callable[[str], Possible | None]) -> list[tuple[str, str]]:
    """Compare what the two sides can be; the items of a list one by one."""
    sign = node.sign
    if sign in ("in", "not in") and isinstance(node.right, Listing):
        pairs = [(node.left, item) for item in node.right.items]
        return [found for left, right in pairs for found in _pair("==", left, right, known)]
    return _pair(sign, node.left, node.right, known)


def _pair(
    sign: str, left: Node, right: Node, known: Callable[[str], Possible | None]
) -> list[tuple[str, str]]:
    first, second = _what(left, known), _what(right, known)
    if first is None or second is None:
        return []
    if not _fit(sign, first.kind, second.kind):
        message = f"{_shown(left, first)} {sign} {_shown(right, second)} never fits"
        return [(message, _hint(left, right))]
    for one, other in ((first, right), (second, left)):
        if one.words and isinstance(other, Literal) and other.value not in one.words and sign in ("==", "!="):
            name = left if one is first else right
            message = f"{_shown(name, one)} is never {quoted(str(other.value))}"
            return [(message, did_you_mean(str(other.value), one.words))]
    return []


def _fit(sign: str, left: Kind, right: Kind) -> bool:
    if sign in ("in", "not in"):
        return right is Kind.LIST or left is right is Kind.TEXT
    return left is right and (sign in ("==", "!=") or left in _ORDERED)


def _hint(left: Node, right: Node) -> str:
    """Tell how to write a number as text, where that is what is wrong."""
    for one in (left, right):
        if isinstance(one, Literal) and kind_of(one.value) is Kind.NUMBER:
            return f"as a text it is '{one.value}'"
        if isinstance(one, Literal) and isinstance(one.value, str) and one.value.isdigit():
            return f"as a number it is {one.value}, without quotes"
    return ""


def _sum(node: Chain, known: Callable[[str], Possible | None]) -> list[tuple[str, str]]:
    """Look at the operands of a chain next to one another."""
    operands = [(sign, _what(operand, known), operand) for sign, operand in node.rest]
    left, before = _what(node.first, known), node.first
    for sign, right, operand in operands:
        if sign in ("and", "or"):
            return []
        if left and right and not _adds(sign, left.kind, right.kind):
            hint = "join texts: text(…)" if sign == "+" else "a text becomes one by number(…)"
            return [(f"{_shown(before, left)} {sign} {_shown(operand, right)} never fits", hint)]
        left, before = right, operand
    return []


def _adds(sign: str, left: Kind, right: Kind) -> bool:
    return left is right and (left is Kind.NUMBER or (sign == "+" and left in (Kind.TEXT, Kind.LIST)))
