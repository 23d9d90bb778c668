"""Dates that callers say, seen from the day of the call: what every language shares. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from ivrcore.speech.network import Network
from ivrcore.speech.numerals import Numerals

YEARS = range(1900, 2100)
"""Dates are of these years: nobody says others."""


class Dates:
    """The ways of one language to say a date."""

    def read(self, text: str, today: date) -> date | None:
        """Give the date that is said; None if none is."""
        raise NotImplementedError

    def weekday(self, text: str) -> tuple[int, int | None] | None:
        """Give the weekday that is said (0: Monday) and its week (0: this, 1: the next, None: untold)."""
        raise NotImplementedError

    def is_unclear(self, text: str, today: date) -> bool:
        """Whether another day may be meant than was read: a Friday, said on one, is today or in a week."""
        return self.weekday(text) == (today.weekday(), None)

    def network(self) -> Network:
        """Give the ways to say one."""
        raise NotImplementedError


MOST_DIGITS = 4
"""A year's; more are no part of a date, however an engine came by them."""


def number_of(numerals: Numerals, said: str) -> int | None:
    """Give a year's, month's or day's number, in words or (as some recognisers write it) in digits."""
    if said.isascii() and said.isdigit():
        return int(said) if len(said) <= MOST_DIGITS else None
    found = numerals.cardinal(numerals.tokens(said))
    return found if found is not None and found < 10**MOST_DIGITS else None


def day_of(year: int | None, month: int | None, day: int | None, today: date) -> date | None:
    """Give a date; without a year, the next such day from today on. None if there is none."""
    if month is None or day is None:
        return None
    years = (year,) if year is not None else range(today.year, today.year + 9)
    found = (_date(each, month, day) for each in years if each in YEARS)
    return next((one for one in found if one and (year is not None or one >= today)), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def away(today: date, days: int) -> date | None:
    """Give the day so many days from today; None beyond the years that are known."""
    found = today + timedelta(days)
    return found if found.year in YEARS else None


def coming(weekday: int, today: date, week: int | None = None) -> date | None:
    """Give the next such day from today on (0: Monday), or that of this week (0) or the next (1)."""
    ahead = weekday - today.weekday()
    return away(today, ahead + 7 * week if week is not None else ahead % 7)
