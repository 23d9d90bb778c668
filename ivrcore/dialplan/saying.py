"""How a value is said to a caller: words in a language, ready for a voice. Nothing raises.

Here values are read (a number, a date, a moment); the words of a language are a `Language`'s. A value of
another kind than asked for is said as text, none as nothing.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from functools import lru_cache

from babel.numbers import is_currency as babel_knows

from ivrcore.dialplan.saying_en import English
from ivrcore.dialplan.saying_ko import Korean
from ivrcore.dialplan.saying_language import DIGITS, Language
from ivrcore.dialplan.saying_zh import Chinese
from ivrcore.expressions.functions import read_number
from ivrcore.expressions.text import Saying
from ivrcore.expressions.values import Value, bounded, number_of, written

_LATEST = 250_000_000_000
"""Seconds since 1970 beyond which there is no date."""
_OWN: dict[str, type[Language]] = {"en": English, "zh": Chinese, "ko": Korean}


def say(value: Value, kind: Saying, argument: str, language: str, zone: tzinfo) -> str:
    """Give the words for a value; ``argument`` is the currency of an amount (ISO 4217).

    Numbers may come as texts (``"12"``). A date or time is ISO 8601 text (``2026-11-22``, ``13:05``,
    ``2026-11-22T13:05+09:00``), or UTC seconds since 1970; what has a zone of its own is said in ``zone``. A
    duration is seconds.
    """
    known = bounded(value)
    if known is None:
        return ""
    return _said(known, kind, argument, language_of(language), zone) or written(known)


@lru_cache
def language_of(code: str) -> Language:
    """Give a language by its BCP 47 tag: its own words, or those that the libraries know."""
    return _OWN.get(code.partition("-")[0].lower(), Language)(code)


def load_language(code: str) -> bool:
    """Load what a language needs (Babel reads files), so that no call waits; tell whether it has words."""
    language = language_of(code)
    language.date(date(2026, 1, 1))
    return bool(language.library(1, "cardinal")) or type(language) is not Language


def money_names(currency: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Give the words for a currency, those for its hundredth part, and how many decimals it has."""
    return language_of(language).currency_names(currency)


def is_currency(code: str) -> bool:
    """Tell whether an amount can be said in a currency by its name (ISO 4217)."""
    return babel_knows(code, locale="en")


def _said(value: Value, kind: Saying, argument: str, words: Language, zone: tzinfo) -> str:
    """Say a value; empty if it is not of that kind."""
    if kind is Saying.DIGITS:
        return _digits(value, words)
    if kind in (Saying.DATE, Saying.TIME):
        return _date(value, words, zone) if kind is Saying.DATE else _time(value, words, zone)
    number = decimal_of(value)
    if number is None:
        return ""
    if kind is Saying.NUMBER:
        return words.number(number)
    if kind is Saying.AMOUNT:
        return words.amount(number, argument)
    if kind is Saying.ORDINAL and number == int(number) and number > 0:
        return words.ordinal(int(number))
    return words.duration(_minutes(number)) if kind is Saying.DURATION else ""


def decimal_of(value: Value) -> Decimal | None:
    """Give a number, or a text that writes one, to ten decimals; None for anything else."""
    number = read_number(value) if isinstance(value, str) else number_of(value)
    return None if number is None or not math.isfinite(number) else Decimal(written(number))


def _digits(value: Value, words: Language) -> str:
    """Say each digit, and each letter; spaces, hyphens and the like are left out."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    text = str(value) if whole or isinstance(value, str) else ""
    return words.digits(text) if any(char in DIGITS for char in text) else ""


def _minutes(seconds: Decimal) -> int:
    """Round to minutes; from an hour on to five, because nobody waits that exactly."""
    minutes = int(max(seconds, Decimal(0)) / 60 + Decimal("0.5"))
    return minutes if minutes < 60 else (minutes + 2) // 5 * 5


def _date(value: Value, words: Language, zone: tzinfo) -> str:
    found = _moment(value, zone)
    return words.date(found.date()) if found else ""


def _time(value: Value, words: Language, zone: tzinfo) -> str:
    found = _moment(value, zone)
    if found is None and isinstance(value, str):
        try:
            return words.time(time.fromisoformat(value))
        except ValueError:
            return ""
    return words.time(found.time()) if found else ""


def _moment(value: Value, zone: tzinfo) -> datetime | None:
    number = number_of(value)
    if number is not None:
        return datetime.fromtimestamp(number, zone) if 0 <= number <= _LATEST else None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(zone) if found and found.tzinfo else found
    except (ValueError, OverflowError):  # no date; or one at the calendar's very end
        return None
