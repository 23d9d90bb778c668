"""Amounts of money that callers say: read into a number, and the ways to say them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ivrcore.speech.grammar import normalised
from ivrcore.speech.network import Network, Part, either, maybe, network, one_of, row
from ivrcore.speech.numerals import Numerals

_GROUPS = re.compile("(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_DECIMALS = re.compile("(?<=[0-9])[.](?=[0-9]{1,2}(?![0-9]))")

MOST = 10**9
"""Amounts are less than this."""


@dataclass(frozen=True, slots=True)
class Money:
    """A currency as callers of one language name it: words for it and for its hundredth part."""

    major: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()
    decimals: int = 2

    @property
    def said_decimals(self) -> int:
        """How many may be said after the point: nobody says, or types, thousandths of a dinar."""
        return min(self.decimals, 2)

    @property
    def has_hundredths(self) -> bool:
        """Whether a part may be said besides the whole: of a dinar it would be thousandths."""
        return self.decimals == 2

    @property
    def names(self) -> tuple[str, ...]:
        """All of its words."""
        return (*self.major, *self.minor)


NO_NAMES = Money()
"""Where no currency is told: numbers alone."""


def read_amount(numerals: Numerals, money: Money, text: str) -> str:
    """Give the amount that is said, as digits with a point where it has decimals; empty if none is."""
    money = _all_names(numerals, money)
    tokens = numerals.tokens(_signs_said(numerals, text), money.names)
    at = next((at for at, token in enumerate(tokens) if token in money.major), None)
    if at is not None:
        return _both(numerals, money, tokens[:at], tokens[at + 1 :])
    if money.major and len(tokens) == 1 and tokens[0] in numerals.nameless:
        return ""
    minor = numerals.minor(tokens, money.minor, alone=True) if money.has_hundredths else None
    return _written(0, minor) if minor else _number(numerals, money, tokens)


def is_one_word(numerals: Numerals, money: Money, text: str) -> bool:
    """Whether one word is all that is said: a bit of an amount, perhaps."""
    return len(numerals.tokens(_signs_said(numerals, text), _all_names(numerals, money).names)) == 1


def _signs_said(numerals: Numerals, text: str) -> str:
    """Make words of the signs in an amount that is written in digits: 1,250.5 is 1250 point 5."""
    plain = _GROUPS.sub("", unicodedata.normalize("NFKC", text))
    return _DECIMALS.sub(f" {numerals.points[0]} ", plain) if numerals.points else plain


def _all_names(numerals: Numerals, money: Money) -> Money:
    """Give them as they are compared, and what callers call a currency besides its name."""
    also = tuple(name for one in money.major for name in numerals.also.get(one, ()))
    major = map(normalised, (*money.major, *also))
    return replace(money, major=tuple(dict.fromkeys(major)), minor=tuple(map(normalised, money.minor)))


def _both(numerals: Numerals, money: Money, left: Sequence[str], right: Sequence[str]) -> str:
    """Read what stands before the currency's name, and after it."""
    if not right:
        return _number(numerals, money, left, named=True)
    whole = numerals.counted(left)
    minor = numerals.minor(right, money.minor, alone=False) if money.has_hundredths else None
    return "" if whole is None or not minor else _written(whole, minor)


def _number(numerals: Numerals, money: Money, tokens: Sequence[str], *, named: bool = False) -> str:
    """Read a number, with decimals after the point."""
    if named and not set(tokens) & set(numerals.points):
        return _written(numerals.counted(tokens) or 0, 0)
    point = next((at for at, token in enumerate(tokens) if token in numerals.points), len(tokens))
    whole = numerals.cardinal(tokens[:point])
    decimals = numerals.read_digits(" ".join(tokens[point + 1 :]))
    if whole is None or (point < len(tokens) and not 0 < len(decimals) <= money.said_decimals):
        return ""
    return _written(whole, int(f"{decimals:0<2}"))


def _written(whole: int, minor: int) -> str:
    if whole >= MOST or not (whole or minor):  # nothing is a slip of the tongue, or of the recogniser
        return ""
    return f"{whole}.{minor:02}" if minor else str(whole)


def amount_network(numerals: Numerals, money: Money) -> Network | None:
    """Give the ways to say an amount; None where a language's numbers are not known."""
    if numerals.whole is None:
        return None
    money = _all_names(numerals, money)
    if not numerals.spaced:  # no engine that follows ways speaks these languages: the words will do
        return numerals.loop(money.names)
    return network(_ways(numerals, numerals.whole, money))


def _ways(numerals: Numerals, whole: Part, money: Money) -> Part:
    """Give more ways than there are amounts: what is none is read as none."""
    digit, point = one_of(numerals.digits), one_of(numerals.points)
    parts = [whole]
    if money.decimals:
        parts.append(maybe(row(point, digit, maybe(digit))))
    if money.major:
        parts.append(maybe(one_of(money.major)))
    if not (money.major and money.has_hundredths and numerals.few):
        return row(*parts)
    name = one_of(money.minor)
    parts.append(maybe(row(maybe(one_of(numerals.joins)), numerals.few, maybe(name))))
    return either(row(*parts), row(numerals.few, name)) if money.minor else row(*parts)
