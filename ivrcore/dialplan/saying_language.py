"""What a language is to `saying`, and the words that num2words and Babel know for it.

English, Chinese and Korean build on it with their own words where the libraries are wrong or silent. Traps of
num2words 0.5.14, each seen: it loses the minus of numbers between -1 and 0, and the decimals of numbers from
10^14; it has no Chinese; its Korean ordinals end at 99 with 20 wrong; it knows few currencies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import get_currency_name, get_currency_precision
from babel.units import format_unit

DIGITS = "0123456789"
_EXACT = 10**12
"""Below this the libraries are right about decimals."""
_UNSAID = (NotImplementedError, OverflowError, KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What num2words raises for what it cannot say: its languages are of many hands."""


@dataclass(frozen=True, slots=True)
class Currency:
    """The words for an amount; without ``minor`` decimals are said with the point."""

    one: str
    many: str
    minor_one: str = ""
    minor_many: str = ""


class Language:
    """The words of one language; every method gives some for whatever it is given, digits at worst."""

    currencies: dict[str, Currency] = {}
    """By ISO 4217 code; Babel's names for the others."""
    signs: dict[str, str] = {}
    """Signs that are said among digits."""
    gap = " "
    """What stands between words."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.locale = _locale(code)

    def cardinal(self, number: int) -> str:
        """Say a whole number that is not negative."""
        return self.library(number, "cardinal") or str(number)

    def library(self, number: int | Decimal, form: str) -> str:
        """Ask num2words; empty if it does not know."""
        from num2words import num2words  # sixty modules, of which a start has no use

        try:
            return str(num2words(number, to=form, lang=self.code.replace("-", "_")))
        except _UNSAID:
            return ""

    def digit(self, digit: str) -> str:
        """Say one digit of a longer number."""
        return self.cardinal(int(digit))

    def point(self) -> str:
        """Say the point between a number and its decimals; empty where only the library knows."""
        return ""

    def minus(self) -> str:
        """Say what stands before a number below zero."""
        return self.library(-1, "cardinal").removesuffix(self.library(1, "cardinal")).strip() or "-"

    def below_zero(self, said: str) -> str:
        """Say the minus before a number that is said already."""
        minus = self.minus()
        return f"-{said}" if minus == "-" else f"{minus}{self.gap}{said}"

    def number(self, number: Decimal) -> str:
        """Say a number."""
        if number < 0:
            return self.below_zero(self.number(-number))
        whole = int(number)
        if number == whole:
            return self.cardinal(whole)
        if not self.point():
            return (self.library(number, "cardinal") if number < _EXACT else "") or f"{number:f}"
        decimals = f"{number:f}".partition(".")[2].rstrip("0")
        return self.gap.join([self.cardinal(whole), self.point(), *map(self.digit, decimals)])

    def ordinal(self, number: int) -> str:
        """Say which one in a row, from 1."""
        return self.library(number, "ordinal") or self.cardinal(number)

    def digits(self, text: str) -> str:
        """Say a text character by character: digits, letters, and the signs that have a word."""
        said = [self.character(char) for char in text]
        return self.gap.join(word for word in said if word)

    def character(self, char: str) -> str:
        """Say one character of a number of a phone or account; empty if it is not said."""
        if char in DIGITS:
            return self.digit(char)
        return self.signs.get(char, char.upper() if char.isalpha() else "")

    def amount(self, number: Decimal, currency: str) -> str:
        """Say an amount of money, rounded to the currency's own decimals."""
        step = Decimal(1).scaleb(-get_currency_precision(currency))
        exact = number.quantize(step, ROUND_HALF_UP)
        said = self.money(abs(exact), currency)
        return self.below_zero(said) if exact < 0 else said

    def money(self, number: Decimal, currency: str) -> str:
        """Say an amount that is not negative and has no more decimals than its currency."""
        words = self.currencies.get(currency)
        if words is None:
            return f"{self.number(number)}{self.gap}{self.currency_name(number, currency)}"
        whole, rest = int(number), number - int(number)
        if rest and not words.minor_one:
            return f"{self.number(number)}{self.gap}{words.many}"
        major = self.counted(whole, words.one, words.many)
        if not rest:
            return major
        minor = self.counted(
            int(rest.scaleb(get_currency_precision(currency))), words.minor_one, words.minor_many
        )
        return self.both(major, minor) if whole else minor

    def currency_name(self, number: Decimal, currency: str) -> str:
        """Give Babel's name of a currency; its code if there is none."""
        whole = number == int(number)  # 1.00 is plural to Babel, 1 is not
        return str(get_currency_name(currency, count=int(number) if whole else number, locale=self.locale))

    def currency_names(self, currency: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
        """Give all words for a currency, for its hundredth part, and how many decimals it has."""
        words = self.currencies.get(currency)
        names = (
            [words.one, words.many] if words else [self.currency_name(Decimal(n), currency) for n in (1, 2)]
        )
        minor = [words.minor_one, words.minor_many] if words and words.minor_one else []
        return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(minor)), get_currency_precision(currency)

    def counted(self, number: int, one: str, many: str) -> str:
        """Say how many of a thing."""
        return f"{self.cardinal(number)}{self.gap}{one if number == 1 else many}"

    def both(self, major: str, minor: str) -> str:
        """Join the two parts of an amount or of a duration."""
        return f"{major}{self.gap}{minor}"

    def date(self, day: date) -> str:
        """Say a date."""
        return str(format_date(day, "long", locale=self.locale))

    def time(self, at: time) -> str:
        """Say a time of day, to the minute."""
        return str(format_time(at, "short", locale=self.locale))

    def duration(self, minutes: int) -> str:
        """Say about how long."""
        hours, rest = divmod(max(minutes, 1), 60)
        parts = [self.unit(hours, "duration-hour")] if hours else []
        return " ".join([*parts, self.unit(rest, "duration-minute")] if rest else parts)

    def unit(self, number: int, unit: str) -> str:
        """Say how many of a unit of the Unicode locale data."""
        return str(format_unit(number, unit, locale=self.locale))


@lru_cache
def _locale(code: str) -> Locale:
    """Give Babel's locale for a language, the English one if it has none."""
    try:
        return Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
