"""What each queue counted today and the day before, up to any time of day: a fold. Pure, and bounded.

A day begins at midnight where the site is. Counts are cumulative by time of day in steps of `STEP`, so that
yesterday at this time of day is one look-up. Definitions are those of :mod:`ivrcore.metrics.fold`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from ivrcore.model import events
from ivrcore.model.event import Event

STEP = 10
"""Seconds. A queue's day holds one entry for each step in which something happened: 8,640 at most."""
DAYS = 2
"""Kept: today and yesterday."""
ALL = ""
"""Under which all contacts are counted when they arrive; no queue has that name."""


class Counts(NamedTuple):
    """What was counted of visits; for `ALL` only ``entered``: contacts that arrived."""

    entered: int = 0
    answered: int = 0
    answered_in_threshold: int = 0
    abandoned: int = 0
    abandoned_in_threshold: int = 0
    abandoned_short: int = 0


NOTHING = Counts()


@dataclass(slots=True)
class _Day:
    """One queue's day: steps since midnight, ascending, and the counts up to the end of each."""

    steps: array[int] = field(default_factory=lambda: array("I"))
    counts: list[Counts] = field(default_factory=list)

    def add(self, step: int, more: Counts) -> None:
        """Count at a step; one that is before the last (the clock went back) counts as the last."""
        total = Counts(*map(int.__add__, self.last(), more))
        if self.steps and step <= self.steps[-1]:
            self.counts[-1] = total
        else:
            self.steps.append(step)
            self.counts.append(total)

    def last(self) -> Counts:
        """Give the counts of all that there is."""
        return self.counts[-1] if self.counts else NOTHING

    def up_to(self, step: int) -> Counts:
        """Give the counts up to the end of a step."""
        at = bisect_right(self.steps, step)
        return self.counts[at - 1] if at else NOTHING

    def parts(self) -> Iterator[tuple[int, Counts]]:
        """Give what was counted in each step."""
        before = NOTHING
        for step, total in zip(self.steps, self.counts, strict=True):
            yield step, Counts(*map(int.__sub__, total, before))
            before = total


class DayFold:
    """Counts events in their order. ``zone`` is where the site is."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._days: dict[int, dict[str, _Day]] = {}
        """Day (of the Gregorian calendar, from 1) -> queue -> what was counted."""
        self._step = -1
        """The step of all time that `_where` is of, since times mostly fall into the same one."""
        self._where = (0, 0)

    def apply(self, event: Event) -> None:
        """Count one event."""
        count = _COUNTED.get(type(event))
        if count is not None:
            queue, more = count(event)
            day, step = self._place(event.at)
            self._day(day, queue).add(step, more)
        elif isinstance(event, events.ClockSetBack):
            self._set_back(event.seconds)

    def today(self, queue: str, now: float) -> Counts:
        """Give what was counted of a queue since midnight, also while the clock repeats an hour."""
        day, _ = self._place(now)
        return self._known(day, queue).last()

    def yesterday(self, queue: str, now: float) -> Counts:
        """Give what had been counted of it by this time of day, the day before."""
        day, step = self._place(now)
        return self._known(day - 1, queue).up_to(step)

    def _place(self, at: float) -> tuple[int, int]:
        """Give the day, and the step of the time of day."""
        step = int(at // STEP)
        if step != self._step:
            local = datetime.fromtimestamp(at, self._zone)
            second = local.hour * 3600 + local.minute * 60 + local.second
            self._step, self._where = step, (local.toordinal(), second // STEP)
        return self._where

    def _known(self, day: int, queue: str) -> _Day:
        return self._days.get(day, {}).get(queue) or _Day()

    def _day(self, day: int, queue: str) -> _Day:
        if day not in self._days:
            self._days[day] = {}
            for old in [one for one in self._days if one <= day - DAYS]:
                del self._days[old]
        return self._days[day].setdefault(queue, _Day())

    def _set_back(self, seconds: float) -> None:
        """Move all that was counted to what is by the clock of now the time at which it happened."""
        before, self._days = self._days, {}
        for day, queues in sorted(before.items()):
            midnight = datetime.fromordinal(day).replace(tzinfo=self._zone).timestamp()
            for queue, counted in queues.items():
                for step, part in counted.parts():
                    whole, at = self._place(midnight + step * STEP - seconds)
                    self._day(whole, queue).add(at, part)


Counted = Callable[[Any], tuple[str, Counts]]


def _arrived(_event: events.ContactArrived) -> tuple[str, Counts]:
    return ALL, Counts(entered=1)


def _queued(event: events.ContactQueued) -> tuple[str, Counts]:
    return event.queue, Counts(entered=1)


def _answered(event: events.VisitAnswered) -> tuple[str, Counts]:
    return event.queue, Counts(answered=1, answered_in_threshold=event.in_threshold)


def _abandoned(event: events.VisitAbandoned) -> tuple[str, Counts]:
    soon = event.in_threshold
    return event.queue, Counts(abandoned=1, abandoned_in_threshold=soon, abandoned_short=event.short)


_COUNTED: Mapping[type[Event], Counted] = {
    events.ContactArrived: _arrived,
    events.ContactQueued: _queued,
    events.VisitAnswered: _answered,
    events.VisitAbandoned: _abandoned,
}


def counted_events() -> tuple[type[Event], ...]:
    """The events that matter here: others need not be shown."""
    return (*_COUNTED, events.ClockSetBack)
