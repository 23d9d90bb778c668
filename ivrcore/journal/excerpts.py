"""The part of a journal that one contact needs: where it begins and ends, and what still counted there.

Reads a file that a server may be writing. Knows the names of routing's events and their fields `contact`,
`visit`, `agent`, `state` and `queue`, as JSON; must not know what they mean to routing's state.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.journal import rows
from ivrcore.journal.laying_out import MOST, STANDING, laid_out
from ivrcore.journal.of_contact import contact_mark, stretches
from ivrcore.journal.store import reading
from ivrcore.journal.stored import event_of
from ivrcore.model import events
from ivrcore.model.names import AgentState

if TYPE_CHECKING:
    import sqlite3

    from ivrcore.model.event import Event

LEAST = 4 * 3600.0
"""Seconds before the contact that are read at least: figures of agents look back so far."""
OF_QUEUES = ("RosterLoaded", "StrategyRemembered")
"""Of what counts at the beginning these come first."""
OVER = ("VisitAbandoned", "VisitLeft", "TalkEnded")
"""With one of these a visit is over; it begins with ContactQueued."""

SELECT_SPAN = (
    "SELECT min(seq), max(seq), min(at) FROM event WHERE name IN (SELECT value FROM json_each(?)) "
    "AND instr(CAST(data AS TEXT), ?) > 0"
)
SELECT_CHANGES = (
    "SELECT seq, at, name, version, data, crc FROM event "
    "WHERE name = 'AgentStateChanged' AND seq < ? ORDER BY seq DESC"
)
SELECT_AT = "SELECT coalesce(max(seq), 0) FROM event WHERE seq < ? AND at < ?"
SELECT_STANDING = (
    "SELECT seq, at, name, version, data, crc FROM event "
    "WHERE seq IN (SELECT max(seq) FROM event WHERE seq <= ? "
    "AND name IN (SELECT value FROM json_each(?)) "
    "GROUP BY name, json_extract(CAST(data AS TEXT), '$.agent'), "
    "json_extract(CAST(data AS TEXT), '$.queue'))"
)
SELECT_ROSTERS = (
    "SELECT seq, at, name, version, data, crc FROM event WHERE name = 'RosterLoaded' AND seq <= ?1 "
    "AND seq >= (SELECT max(seq) FROM event WHERE name = 'RosterLoaded' AND seq < ?2)"
)
SELECT_SET_BACK = (
    "SELECT seq, at, name, version, data, crc FROM event WHERE seq <= ? AND name = 'ClockSetBack'"
)
"""Of what counts at the beginning all that is before one of these has times that were ahead."""
SELECT_LONG_BEFORE = (
    "SELECT seq FROM event WHERE seq < ?1 "
    "AND at < (SELECT at FROM event WHERE seq >= ?1 ORDER BY seq LIMIT 1) - ?2 "
    "ORDER BY seq DESC LIMIT 1"
)
SELECT_OPEN = (
    "WITH part AS MATERIALIZED (SELECT seq, at, name, version, data, crc, "
    "json_extract(CAST(data AS TEXT), '$.visit') AS visit FROM event "
    "WHERE seq > ? AND seq <= ? AND name IN (SELECT value FROM json_each(?))) "
    "SELECT seq, at, name, version, data, crc FROM part "
    "WHERE visit IN (SELECT visit FROM part WHERE name = 'ContactQueued') "
    "AND visit NOT IN (SELECT visit FROM part WHERE name IN (SELECT value FROM json_each(?)))"
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a journal: the records after ``begin`` up to ``end``, for one contact that came at ``at``
    (UTC seconds, as recorded)."""

    path: Path
    begin: int
    end: int
    names: Collection[str]
    at: float = 0.0

    @property
    def whole(self) -> Excerpt:
        """The same from the journal's beginning."""
        return replace(self, begin=0)

    def standing(self) -> Iterator[Event]:
        """Give what still counts at the beginning: the roster, then the last of each agent and queue, and all
        that happened to the visits that are open, if they began within `MOST` before.

        What a queue remembered comes between the rosters of its time and later: one may have ended it.
        """
        names = json.dumps(list(self.names))
        with laid_out(self.path, self.names, self.at) as connection:
            before = connection.execute(SELECT_LONG_BEFORE, (self.begin, MOST)).fetchone()
            visits = (before[0] if before else 0, self.begin, names, json.dumps(OVER))
            standing = connection.execute(SELECT_STANDING, (self.begin, json.dumps(STANDING))).fetchall()
            oldest = min((row[0] for row in standing if row[2] == "StrategyRemembered"), default=0)
            rows = {
                *standing,
                *connection.execute(SELECT_OPEN, visits),
                *connection.execute(SELECT_SET_BACK, (self.begin,)),
                *connection.execute(SELECT_ROSTERS, (self.begin, oldest)),
            }
        for row in sorted(rows, key=lambda row: (row[2] not in OF_QUEUES, row[0])):
            yield event_of(row)

    def events(self) -> Iterator[Event]:
        """Give the events of the part, in order."""
        with reading(self.path) as connection:
            yield from map(event_of, rows.ascending(connection, self.begin, self.end + 1, self.names))


def excerpt(path: Path, contact: str, names: Collection[str]) -> Excerpt | None:
    """Find the part for a contact: from before those logged in who are there when it comes, to its end.

    None for a contact of whom there is no event of these names. Raises :class:`ivrcore.errors.JournalError`.
    """
    with reading(path) as connection:
        span = _span(connection, contact, names)
    if span is None:
        return None
    first, last, at = span
    with laid_out(path, names, at) as connection:
        begin = min(_before(connection, first, at - LEAST), _logged_in(connection, first, at))
    return Excerpt(path, begin, last, names, at)


def _span(
    connection: sqlite3.Connection, contact: str, names: Collection[str]
) -> tuple[int, int, float] | None:
    """Give the first and the last record of a contact, and when the first was."""
    mark = contact_mark(contact)
    if not rows.packed_to(connection):
        found = connection.execute(SELECT_SPAN, (json.dumps(list(names)), mark)).fetchone()
        return None if found[0] is None else found
    parts = [
        row[:2]
        for first, end in stretches(connection, contact)
        for row in rows.ascending(connection, first - 1, end, names, mark)
    ]
    return (min(parts)[0], max(parts)[0], min(at for _, at in parts)) if parts else None


def _before(connection: sqlite3.Connection, seq: int, at: float) -> int:
    found: int = connection.execute(SELECT_AT, (seq, at)).fetchone()[0]
    return found


def _logged_in(connection: sqlite3.Connection, first: int, at: float) -> int:
    """Give the record before which nobody had logged in of those who are there, `MOST` before at the most."""
    there: dict[str, bool] = {}
    begin = first
    for row in connection.execute(SELECT_CHANGES, (first,)):
        seq, changed = row[:2]
        if changed < at - MOST:
            return min(begin, int(seq))
        event = event_of(row)
        if not isinstance(event, events.AgentStateChanged):
            continue
        out = event.state is AgentState.LOGGED_OUT
        if event.agent not in there:
            there[event.agent] = not out
        elif there[event.agent] and out:
            there[event.agent] = False
            begin = int(seq) - 1
        if changed < at - LEAST and not any(there.values()):
            return begin
    return 0 if any(there.values()) else begin
