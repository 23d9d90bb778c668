"""What a report counts, asked of the database: one grouped query for each moment that is counted by.

A thing counts in the interval in which it happened, as in the metrics: a visit that entered in one hour and
was answered in the next counts as entered in the first and as answered in the second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from ivrcore.history.intervals import Interval
from ivrcore.history.measures import LEFT, OUTCOMES
from ivrcore.history.rows import (
    AgentRow,
    ContactRow,
    DispositionRow,
    IntervalRow,
    MenuRow,
    OfferRow,
    QueueRow,
    RecognitionRow,
    RefusalRow,
    VisitRow,
)
from ivrcore.history.tables import TABLES
from ivrcore.model.names import Cause, Outcome

Key = tuple[str, ...]
"""What a row is of: a queue, an agent, a dialplan and its menu or disposition, a recogniser, or () for all
contacts."""
Found = Iterator[tuple[int, Key, dict[str, float]]]
"""Number of the interval, what it is of, and counts by name."""

VISIT, OFFER, MENU = TABLES[VisitRow], TABLES[OfferRow], TABLES[MenuRow]
CONTACT, REFUSAL = TABLES[ContactRow], TABLES[RefusalRow]
SAID, HEARD = TABLES[DispositionRow], TABLES[RecognitionRow]
STAY, QUEUE, AGENT = TABLES[IntervalRow], TABLES[QueueRow], TABLES[AgentRow]
MISSED = ("no_answer", "rejected", "unreachable", "agent_hung_up", "unconfirmed")
"""How offers end that the agent missed."""
Column = sa.ColumnElement[Any]


def how_many(condition: Column | None = None) -> Column:
    """Count rows, or those of a condition."""
    counted = sa.func.count()
    return counted if condition is None else counted.filter(condition)


def total(column: Column, condition: Column | None = None) -> Column:
    """Add a column up, or that of rows of a condition."""
    summed = sa.func.sum(column)
    return sa.func.coalesce(summed if condition is None else summed.filter(condition), 0)


class Asker:
    """Asks one database about one list of intervals, which follow on each other."""

    def __init__(self, connection: sa.Connection, intervals: Sequence[Interval], now: float) -> None:
        self._connection = connection
        self._intervals = intervals
        self._now = now
        columns = (sa.column("n", sa.Integer), sa.column("begins", sa.Double), sa.column("ends", sa.Double))
        data = [(number, one.begin, one.end) for number, one in enumerate(intervals)]
        self._spans = sa.values(*columns, name="spans", literal_binds=True).data(data).cte("spans")

    def by(
        self,
        at: Column,
        keys: Sequence[Column],
        counts: Mapping[str, Column],
        condition: Column | None = None,
    ) -> Found:
        """Count rows by the interval in which their moment ``at`` is, and by ``keys``."""
        spans = self._spans
        within = (at >= spans.c.begins) & (at < spans.c.ends)
        chosen = sa.select(spans.c.n, *keys, *(one.label(name) for name, one in counts.items()))
        chosen = chosen.select_from(spans.join(_table_of(at), within)).group_by(spans.c.n, *keys)
        if condition is not None:
            chosen = chosen.where(condition)
        for number, *found in self._connection.execute(chosen):
            key, values = found[: len(keys)], found[len(keys) :]
            yield (
                number,
                tuple(key),
                {name: float(value or 0) for name, value in zip(counts, values, strict=True)},
            )

    # --- queues ---------------------------------------------------------------------------------

    def queues(self) -> Found:
        """Count what happened in queues."""
        key = (VISIT.c.queue,)
        yield from self.by(VISIT.c.entered, key, {"entered": how_many()})
        yield from self.by(VISIT.c.ended, key, _visits_ended())
        yield from self.by(VISIT.c.talk_ended, key, _talks())
        yield from self.by(REFUSAL.c.at, (REFUSAL.c.queue,), {"refused": how_many()})
        yield from self._offers((OFFER.c.queue,))
        after = (STAY.c.state == "wrap_up") & (STAY.c.queue != "")
        wrapped = {"wrap_ups": how_many(), "wrap_up": total(STAY.c.ended - STAY.c.began)}
        yield from self.by(STAY.c.ended, (STAY.c.queue,), wrapped, after)

    def _offers(self, key: Sequence[Column]) -> Found:
        yield from self.by(OFFER.c.made, key, {"offers": how_many()})
        yield from self.by(OFFER.c.picked_up, key, {"offers_picked_up": how_many()})
        yield from self.by(OFFER.c.accepted, key, {"offers_accepted": how_many()})
        ended = {
            "offers_ended": how_many(OFFER.c.how != "talked"),
            "offers_missed": how_many(OFFER.c.how.in_(MISSED)),
        }
        yield from self.by(OFFER.c.ended, key, ended)

    def waiting(self, at: float) -> dict[str, int]:
        """Give how many waited in each queue then (UTC seconds)."""
        there = (VISIT.c.entered < at) & (VISIT.c.ended.is_(None) | (VISIT.c.ended >= at))
        chosen = sa.select(VISIT.c.queue, how_many()).where(there).group_by(VISIT.c.queue)
        return {row[0]: row[1] for row in self._connection.execute(chosen)}

    def configured(self) -> list[str]:
        """Name the queues that there are now."""
        return [name for (name,) in self._connection.execute(sa.select(QUEUE.c.id).where(QUEUE.c.open))]

    # --- agents ---------------------------------------------------------------------------------

    def agents(self) -> Found:
        """Count what agents did, and for how long."""
        key = (VISIT.c.agent,)
        named = VISIT.c.agent != ""
        yield from self.by(VISIT.c.ended, key, {"answered": how_many()}, named)
        yield from self.by(VISIT.c.talk_ended, key, _talks(), named)
        yield from self._offers((OFFER.c.agent,))
        yield from self._stays()

    def _stays(self) -> Found:
        """Spread the times that agents spent in states over the intervals that they fall into."""
        first, last = self._intervals[0].begin, self._intervals[-1].end
        overlap = (STAY.c.began < last) & (STAY.c.ended.is_(None) | (STAY.c.ended > first))
        chosen = sa.select(STAY.c.agent, STAY.c.state, STAY.c.began, STAY.c.ended).where(overlap)
        for agent, state, began, ended in self._connection.execute(chosen):
            for number, length in spread(self._intervals, began, self._now if ended is None else ended):
                yield number, (agent,), {f"{state}_seconds": length}

    # --- menus and contacts ---------------------------------------------------------------------

    def menus(self) -> Found:
        """Count what happened in menus, by when callers came to them."""
        names = (
            "entered", "turns", "choices_by_key", "choices_by_speech", "no_inputs", "no_matches", "gave_up",
            "universals", "impatient", "accepted", "confirmed", "rejected",
        )  # fmt: skip
        counts = {name: total(MENU.c[name]) for name in names}
        over = MENU.c.ended.is_not(None)
        counts["left"] = how_many(MENU.c.how == "left")
        counts["stays"] = how_many(over)
        counts["time"] = total(MENU.c.ended - MENU.c.began, over)
        yield from self.by(MENU.c.began, (MENU.c.plan, MENU.c.menu), counts)

    def contacts(self) -> Found:
        """Count whole contacts."""
        yield from self.by(CONTACT.c.arrived, (), {"offered": how_many()})
        ended = {name: how_many(CONTACT.c.outcome == name) for name in OUTCOMES}
        # A dialplan may refuse with that cause, too: then the number has one.
        nowhere = sa.and_(
            CONTACT.c.outcome == Outcome.REFUSED,
            CONTACT.c.plan == "",
            CONTACT.c.cause == Cause.UNALLOCATED,
        )
        length = total(CONTACT.c.closed - CONTACT.c.arrived)
        counts = {"closed": how_many(), "length": length, "no_such_number": how_many(nowhere), **ended}
        yield from self.by(CONTACT.c.closed, (), counts)

    # --- dispositions and recognisers -------------------------------------------------------------

    def dispositions(self) -> Found:
        """Count what contacts were about."""
        yield from self.by(SAID.c.at, (SAID.c.plan, SAID.c.disposition), {"times": how_many()})
        ended = {name: how_many(CONTACT.c.outcome == name) for name in OUTCOMES}
        length = total(CONTACT.c.closed - CONTACT.c.arrived)
        counts = {"contacts": how_many(), "length": length, **ended}
        key = (CONTACT.c.plan, CONTACT.c.disposition)
        yield from self.by(CONTACT.c.closed, key, counts, CONTACT.c.disposition != "")

    def engines(self) -> Found:
        """Count what recognisers did."""
        how, took = HEARD.c.how, HEARD.c.took
        counts = {
            "utterances": how_many(how.in_(("accept", "confirm", "reject"))),
            "accepted": how_many(how == "accept"),
            "confirmed": how_many(how == "confirm"),
            "rejected": how_many(how == "reject"),
            "decision": total(took),
            "slowest_decision": sa.func.coalesce(sa.func.max(took), 0.0),
            "gave_up": how_many(how == "gave_up"),
            "taken_out": how_many(how == "taken_out"),
        }
        yield from self.by(HEARD.c.at, (HEARD.c.engine,), counts)


def names_in(connection: sa.Connection, about: str) -> set[str]:
    """Give the names of which reports may have rows at some time."""
    columns = {
        "queues": (QUEUE.c.id, VISIT.c.queue, OFFER.c.queue, REFUSAL.c.queue),
        "agents": (AGENT.c.id, VISIT.c.agent, OFFER.c.agent, STAY.c.agent),
        "menus": (MENU.c.plan, MENU.c.menu),
        "dispositions": (SAID.c.plan, SAID.c.disposition, CONTACT.c.disposition),
        "engines": (HEARD.c.engine,),
    }[about]
    found = (connection.execute(sa.select(column).distinct()) for column in columns)
    return {name for rows in found for (name,) in rows if name}


def spread(intervals: Sequence[Interval], began: float, ended: float) -> Iterator[tuple[int, float]]:
    """Give what of a stretch of time falls into which interval, in seconds."""
    first = max(0, bisect_right(intervals, began, key=_begin) - 1)
    for number in range(first, len(intervals)):
        one = intervals[number]
        if one.begin >= ended:
            return
        length = min(ended, one.end) - max(began, one.begin)
        if length > 0:
            yield number, length


_begin = attrgetter("begin")


def _visits_ended() -> dict[str, Column]:
    outcome, waited = VISIT.c.outcome, VISIT.c.waited
    answered, abandoned = outcome == "answered", outcome == "abandoned"
    left = outcome == "left"
    return {
        "answered": how_many(answered),
        "answered_in_threshold": how_many(answered & VISIT.c.in_threshold),
        "abandoned": how_many(abandoned),
        "abandoned_in_threshold": how_many(abandoned & VISIT.c.in_threshold),
        "abandoned_short": how_many(abandoned & VISIT.c.short),
        "left": how_many(left),
        **{name: how_many(left & (VISIT.c.why == name[5:])) for name in LEFT},
        "wait_answered": total(waited, answered),
        "wait_abandoned": total(waited, abandoned),
        "longest_wait": sa.func.coalesce(sa.func.max(waited), 0.0),
    }


def _talks() -> dict[str, Column]:
    return {
        "talks": how_many(),
        "talk": total(VISIT.c.talked),
        "hold": total(VISIT.c.held),
        "holds": total(VISIT.c.holds),
        "sent_on": how_many(VISIT.c.sent_on),
    }


def _table_of(column: Column) -> sa.FromClause:
    assert isinstance(column, sa.Column), "of a table"
    return column.table
