"""Phrases with words that may be left out, and alternatives: ``[please] (block | cancel) my card``. Pure.

::

    alternatives = sequence { "|" sequence }
    sequence     = { text | "[" alternatives "]" | "(" alternatives ")" }

What stands side by side is joined as it is written, so ``card[s]`` is "card" and "cards". The first way is
the one without what may be left out and with the first of each alternatives. Nothing here raises: a text
that is no pattern gives a `Fault`. Must not know where texts come from or what phrases mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

SIGNS = frozenset("[]()|")
"""A text without any of these is one plain phrase."""
DEEPEST = 16
"""Brackets within brackets; more is no phrase that a person wrote."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a pattern, ``at`` its character (from 0)."""

    at: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after another."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several; a `Sequence` without parts stands for nothing at all."""

    ways: tuple[Pattern, ...]


Pattern = str | Sequence | OneOf
"""A text is said as it is."""

NOTHING = Sequence(())


def optional(pattern: Pattern) -> OneOf:
    """Make something that may be left out."""
    return OneOf((NOTHING, pattern))


def parse(text: str) -> Pattern | Fault:
    """Read a pattern."""
    reader = _Reader(text)
    try:
        found = reader.whole()
    except _Refused as refused:
        return refused.fault
    if silent(found):
        return Fault(0, "it can be said by saying nothing", "write words outside of the brackets [ ]")
    return found


def count(pattern: Pattern, most: int) -> int:
    """Count the ways to say it, as far as ``most`` + 1 (there may be very many)."""
    match pattern:
        case str():
            return 1
        case OneOf(ways):
            total = 0
            for way in ways:
                total = min(total + count(way, most), most + 1)
            return total
        case Sequence(parts):
            total = 1
            for part in parts:
                total = min(total * count(part, most), most + 1)
            return total


def expand(pattern: Pattern) -> tuple[str, ...]:
    """Give every way to say it, each once; ask `count` before."""
    return tuple(dict.fromkeys(" ".join(way.split()) for way in _ways(pattern)))


def silent(pattern: Pattern) -> bool:
    """Whether one way to say it is to say nothing."""
    match pattern:
        case str():
            return not pattern.strip()
        case OneOf(ways):
            return any(silent(way) for way in ways)
        case Sequence(parts):
            return all(silent(part) for part in parts)


def written(pattern: Pattern) -> str:
    """Write a pattern in the syntax that `parse` reads."""
    return " ".join(_written(pattern).split())


def _written(pattern: Pattern) -> str:
    match pattern:
        case str():
            return pattern
        case Sequence(parts):
            return "".join(f"({_written(part)})" if _bare(part) else _written(part) for part in parts)
        case OneOf(ways):
            said = [_written(way) for way in ways if way != NOTHING]
            if not said:
                return ""
            joined = " | ".join(said)
            return f"[{joined}]" if NOTHING in ways else joined


def _empty(pattern: Pattern) -> bool:
    return pattern == NOTHING or (isinstance(pattern, str) and not pattern.strip())


def _bare(pattern: Pattern) -> bool:
    """Whether alternatives need brackets where they stand beside something."""
    return isinstance(pattern, OneOf) and NOTHING not in pattern.ways and len(pattern.ways) > 1


def _ways(pattern: Pattern) -> list[str]:
    match pattern:
        case str():
            return [pattern]
        case OneOf(ways):
            return [one for way in ways for one in _ways(way)]
        case Sequence(parts):
            return ["".join(one) for one in product(*map(_ways, parts))]


class _Refused(Exception):
    """This is no pattern."""

    def __init__(self, at: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.fault = Fault(at, message, hint)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def sign(self) -> str:
        return self.text[self.at : self.at + 1]

    def whole(self) -> Pattern:
        found = self.alternatives(0)
        if self.sign:
            raise _Refused(self.at, f"nothing is open that {self.sign} could close", "remove it")
        return found

    def alternatives(self, depth: int) -> Pattern:
        if depth > DEEPEST:
            raise _Refused(self.at, "too many brackets within brackets", "write several phrases")
        first = self.at
        ways = [self.sequence(depth)]
        while self.sign == "|":
            self.at += 1
            ways.append(self.sequence(depth))
        if any(_empty(way) for way in ways) and (len(ways) > 1 or depth):
            message = "there is nothing between two of its signs | [ ] ( )"
            raise _Refused(first, message, "write [words] for words that may be left out")
        return ways[0] if len(ways) == 1 else OneOf(tuple(ways))

    def sequence(self, depth: int) -> Pattern:
        parts: list[Pattern] = []
        while self.sign and self.sign not in "|])":
            parts.append(self.brackets(depth) if self.sign in "[(" else self.words())
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def brackets(self, depth: int) -> Pattern:
        opened = self.at
        closing = "]" if self.sign == "[" else ")"
        self.at += 1
        inner = self.alternatives(depth + 1)
        if self.sign != closing:
            message = f"the {self.text[opened]} that opens here is not closed by {closing}"
            raise _Refused(opened, message, f"add {closing}")
        self.at += 1
        return optional(inner) if closing == "]" else inner

    def words(self) -> str:
        first = self.at
        while self.sign and self.sign not in SIGNS:
            self.at += 1
        return self.text[first : self.at]
