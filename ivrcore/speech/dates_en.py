"""How English callers say a date: ``the third of March``, ``November twenty second``, ``tomorrow``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ivrcore.speech.dates import YEARS, Dates, away, coming, day_of
from ivrcore.speech.grammar import words
from ivrcore.speech.network import Network, either, maybe, network, one_of, row
from ivrcore.speech.numerals_en import DIGITS, FEW, below_100

_MONTHS: tuple[str, ...] = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
)
_MONTHS += ("october", "november", "december")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIRST = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TENTH: tuple[str, ...] = (
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
)
_TENTH += ("seventeenth", "eighteenth", "nineteenth", "twentieth")
_ORDINALS = {word: day for day, word in enumerate((*_FIRST, *_TENTH), 1)} | {"thirtieth": 30}
_CENTURIES = {"nineteen": 1900, "twenty": 2000}
_AWAY = {"today": 0, "tomorrow": 1, "yesterday": -1}
_AWAY |= {"the day after tomorrow": 2, "day after tomorrow": 2}
_AWAY |= {"the day before yesterday": -2, "day before yesterday": -2}
_BEFORE_DAY = {"this": 0, "next": 1}
_FILLERS = ("the", "of")


class EnglishDates(Dates):
    """English."""

    def read(self, text: str, today: date) -> date | None:
        """See :class:`Dates`; ``next`` Monday is the next one after today, ``this`` one may be today."""
        said = _said(text)
        if " ".join(said) in _AWAY:
            return away(today, _AWAY[" ".join(said)])
        match self.weekday(text):
            case day, 1:
                return coming(day, today + timedelta(1))
            case day, _:
                return coming(day, today)
        return _calendar([word for word in said if word not in _FILLERS], today)

    def weekday(self, text: str) -> tuple[int, int | None] | None:
        """See :class:`Dates`."""
        *before, day = _said(text) or [""]
        if day not in _DAYS or len(before) > 1 or not _BEFORE_DAY.keys() >= set(before):
            return None
        return _DAYS.index(day), _BEFORE_DAY[before[0]] if before else None

    def network(self) -> Network:
        """See :class:`Dates`."""
        the, of = maybe(one_of(["the"])), maybe(one_of(["of"]))
        ordinal = either(one_of(_ORDINALS), row(one_of(["twenty", "thirty"]), one_of(_FIRST)))
        short = either(FEW, one_of(["hundred"]), row(one_of(["oh"]), one_of(DIGITS)))
        long = row(one_of(["two"]), one_of(["thousand"]), maybe(row(maybe(one_of(["and"])), FEW)))
        year = maybe(either(row(one_of(_CENTURIES), short), long))
        day_first = row(the, ordinal, of, one_of(_MONTHS), year)
        month_first = row(one_of(_MONTHS), the, either(ordinal, FEW), year)
        weekday = row(maybe(one_of(_BEFORE_DAY)), one_of(_DAYS))
        on = maybe(one_of(["on"]))
        return network(either(row(on, either(day_first, month_first, weekday)), one_of(_AWAY)))


def _said(text: str) -> list[str]:
    said = list(words(text))
    return said[1:] if said[:1] == ["on"] else said


def _calendar(said: Sequence[str], today: date) -> date | None:
    """Read a day and a month, in either order, and perhaps a year."""
    months = [at for at, word in enumerate(said) if word in _MONTHS]
    if len(months) != 1:
        return None
    at = months[0]
    month, left, right = _MONTHS.index(said[at]) + 1, said[:at], said[at + 1 :]
    parts = [(left, right)] if left else [(right[:size], right[size:]) for size in (2, 1)]
    for day, rest in parts:
        year = _year(rest) if rest else None
        if (year is not None or not rest) and (number := _day(day)) is not None:
            return day_of(year, month, number, today)
    return None


def _day(said: Sequence[str]) -> int | None:
    match said:
        case [one]:
            return _ORDINALS.get(one) or below_100(said)
        case ["twenty" | "thirty" as tens, one] if one in _FIRST:
            return {"twenty": 20, "thirty": 30}[tens] + _ORDINALS[one]
    return below_100(said)


def _year(said: Sequence[str]) -> int | None:
    match said:
        case [one] if one.isascii() and one.isdigit() and len(one) == 4:
            found = int(one)
        case ["two", "thousand", *rest]:
            rest = rest[1:] if rest[:1] == ["and"] else rest
            few = below_100(rest) if rest else 0
            found = 2000 + few if few is not None else 0
        case [century, "hundred"] if century in _CENTURIES:
            found = _CENTURIES[century]
        case [century, "oh", one] if century in _CENTURIES and one in DIGITS:
            found = _CENTURIES[century] + DIGITS.index(one) + 1
        case [century, *rest] if century in _CENTURIES:
            few = below_100(rest)
            found = _CENTURIES[century] + few if few is not None and few >= 10 else 0
        case _:
            found = 0
    return found if found in YEARS else None
