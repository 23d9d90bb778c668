"""Opening hours: whether a moment is in them, and when that changes next; right when clocks are changed.

A range of hours belongs to the day it begins on. It lasts from the first moment at which the clock on a wall
shows its beginning or is past it, to the first at which it shows its end or is past that. Must not know how
hours are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from ivrcore.location import NOWHERE, Location

DAY = 24 * 60
"""Minutes of a day on the wall's clock."""
AHEAD = 400
"""Days that `next_change` looks ahead."""
_LATEST = 250_000_000_000.0
"""A moment beyond which no calendar goes (in the year 9892)."""


class HoursState(StrEnum):
    """What `hours.NAME` is in an expression."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """From ``start`` to before ``end``, in minutes since midnight; beyond 1,440 is the next day."""

    start: int
    end: int


Ranges = tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """The days from ``first`` to ``last``; ``ranges`` are the hours of each (none: closed all day)."""

    first: date
    last: date
    ranges: Ranges = ()
    location: Location = field(default=NOWHERE, compare=False, repr=False)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours: seven days from Monday, then what is different on some dates.

    For a day, ``special`` dates go before ``closed`` ones, these before the public holidays of ``country``
    (and its ``subdivision``), these before the day of the week.
    """

    name: str
    zone: ZoneInfo
    week: tuple[Ranges, ...]
    special: tuple[Dates, ...] = ()
    closed: tuple[Dates, ...] = ()
    country: str = ""
    subdivision: str = ""
    location: Location = NOWHERE

    def of(self, day: date) -> Ranges:
        """Give the ranges that begin on a day."""
        for dates in (*self.special, *self.closed):
            if day in dates:
                return dates.ranges
        return () if self.is_holiday(day) else self.week[day.weekday()]

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is a public holiday."""
        return bool(self.country) and day in public_holidays(self.country, self.subdivision, day.year)


def state(hours: Hours, now: float) -> HoursState:
    """Tell whether it is open, closed, or closed for a public holiday at a moment (UTC seconds)."""
    moment = min(max(now, 0.0), _LATEST)
    today = datetime.fromtimestamp(moment, hours.zone).date()
    for count in (-1, 0, 1):  # a clock that is put back over midnight was in tomorrow already
        day = today + timedelta(days=count)
        for one in hours.of(day):
            if instant(day, one.start, hours.zone) <= moment < instant(day, one.end, hours.zone):
                return HoursState.OPEN
    if any(today in dates for dates in (*hours.special, *hours.closed)):
        return HoursState.CLOSED
    return HoursState.HOLIDAY if hours.is_holiday(today) else HoursState.CLOSED


def next_change(hours: Hours, now: float) -> float | None:
    """Give the first moment after ``now`` (UTC seconds) with another state, of the next 400 days; or None."""
    before = state(hours, now)
    for moment in _turns(hours, now):
        if moment > now and state(hours, moment) is not before:
            return moment
    return None


def _turns(hours: Hours, now: float) -> Iterator[float]:
    """Give every moment, in order, at which the state may change."""
    moment = min(max(now, 0.0), _LATEST)
    first = datetime.fromtimestamp(moment, hours.zone).date() - timedelta(days=1)
    ahead: set[float] = set()
    for count in range(AHEAD):
        day = first + timedelta(days=count)
        midnight = instant(day, 0, hours.zone)
        yield from sorted(turn for turn in ahead if turn < midnight)
        ahead = {turn for turn in ahead if turn >= midnight} | {midnight}
        for one in hours.of(day):
            ahead |= {instant(day, one.start, hours.zone), instant(day, one.end, hours.zone)}
    yield from sorted(ahead)


@lru_cache(maxsize=4096)
def instant(day: date, minutes: int, zone: ZoneInfo) -> float:
    """Give the first moment (UTC seconds) at which a zone's clock shows that time of a day, or is past it."""
    wanted = datetime.combine(day, time()) + timedelta(minutes=minutes)
    shown = wanted.replace(tzinfo=zone)
    early, late = shown.replace(fold=1).timestamp(), shown.timestamp()
    if early < late:  # clocks are put forward over that time (PEP 495): they never show it
        return _leap(int(early), int(late), zone)
    return late


def _leap(before: int, after: int, zone: ZoneInfo) -> float:
    """Find the moment between two at which clocks are put forward."""
    offset = _offset(after, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == offset:
            after = middle
        else:
            before = middle
    return float(after)


def _offset(moment: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Give a year's public holidays; raise NotImplementedError for an unknown country or subdivision.

    The first call imports `holidays` and the country (measured: 0.3 s, 12 MB), which reading hours does;
    then a year costs 1 ms.
    """
    import holidays  # only who has a country in the hours pays for it

    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))
