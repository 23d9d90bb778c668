"""The stretches of time that a report has a row for, by a time zone's clock. Pure.

Days begin at local midnight, so one has 23 or 25 hours when clocks are changed; the hour that comes twice is
two intervals, told apart by their offsets from UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ivrcore.dialplan.hours import instant
from ivrcore.errors import RequestRefused
from ivrcore.problems import quoted

QUARTER = 900
"""Seconds: all offsets from UTC in use are multiples of it."""
MOST = 10_000
"""Intervals of one report."""
_AGO = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS = {"m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_DAYS = {"today": 0, "yesterday": -1}


class Every(StrEnum):
    """How long an interval is."""

    QUARTER = "15m"
    HALF = "30m"
    HOUR = "1h"
    DAY = "1d"
    WEEK = "1w"
    MONTH = "1mo"
    WHOLE = "whole"
    """The whole time that is asked for is one interval."""


_MINUTES = {Every.QUARTER: 15, Every.HALF: 30, Every.HOUR: 60}


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``begin`` to before ``end``, UTC seconds."""

    begin: float
    end: float


def intervals(since: float, until: float, every: Every, zone: ZoneInfo) -> list[Interval]:
    """Cut a time into intervals; the first and the last are shorter where it begins or ends within one.

    Raise :class:`RequestRefused` where there would be more than `MOST`.
    """
    if until <= since:
        raise RequestRefused("the report ends before it begins", hint="--since must be before --until")
    edges = [since]
    if every is not Every.WHOLE:
        for edge in _edges(since, every, zone):
            if edge >= until:
                break
            if edge > since:
                edges.append(edge)
            if len(edges) > MOST:
                raise RequestRefused(
                    f"the report would have more than {MOST:,} intervals", hint="ask for longer ones"
                )
    return [Interval(begin, end) for begin, end in zip(edges, [*edges[1:], until], strict=True)]


def _edges(since: float, every: Every, zone: ZoneInfo) -> Iterator[float]:
    """Give every moment at which an interval begins, from the day of ``since`` on."""
    day = datetime.fromtimestamp(since, zone).date()
    if every is Every.WEEK:
        day -= timedelta(days=day.weekday())
    elif every is Every.MONTH:
        day = day.replace(day=1)
    while True:
        following = _following(day, every)
        begin = instant(day, 0, zone)
        yield begin
        if every in _MINUTES:
            yield from _within(begin, instant(following, 0, zone), _MINUTES[every], zone)
        day = following


def _following(day: date, every: Every) -> date:
    if every is Every.MONTH:
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if every is Every.WEEK else 1)


def _within(begin: float, end: float, minutes: int, zone: ZoneInfo) -> Iterator[float]:
    """Give the moments of a day after its beginning at which its clock shows a multiple of ``minutes``."""
    for moment in range(int(begin) + QUARTER, int(end), QUARTER):
        shown = datetime.fromtimestamp(moment, zone)
        if (shown.hour * 60 + shown.minute) % minutes == 0:
            yield float(moment)


def shown(moment: float, zone: ZoneInfo) -> str:
    """Write a moment by a zone's clock, with its offset: ``2026-10-25T02:00+01:00``."""
    return datetime.fromtimestamp(moment, zone).isoformat(timespec="minutes")


def moment_in(text: str, now: float, zone: ZoneInfo) -> float:
    """Read a moment as a person writes it: ``today``, ``yesterday``, ``24h`` ago, or a date or time.

    Raise :class:`RequestRefused` for anything else.
    """
    text = text.strip()
    if text == "now":
        return now
    if text in _DAYS:
        day = datetime.fromtimestamp(now, zone).date() + timedelta(days=_DAYS[text])
        return instant(day, 0, zone)
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC).timestamp()
        return instant(at.date(), 0, zone) + _into(at, zone)
    except (ValueError, OverflowError) as error:
        hint = "write today, yesterday, 24h or 7d (ago), 2026-11-22 or 2026-11-22T08:00"
        raise RequestRefused(f"{quoted(text)} is no time", hint=hint) from error


def _into(at: datetime, zone: ZoneInfo) -> float:
    """Give the seconds from local midnight to a time of that day."""
    minutes = at.hour * 60 + at.minute
    return instant(at.date(), minutes, zone) + at.second - instant(at.date(), 0, zone)
