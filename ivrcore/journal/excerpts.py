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

from ivrcore.journal.store import reading
from ivrcore.journal.stored import event_of
from ivrcore.model import events
from ivrcore.model.names import AgentState

if TYPE_CHECKING:
    import sqlite3

    from ivrcore.model.event import Event

LEAST = 4 * 3600.0
"""Seconds before the contact that are read at least: figures of agents look back so far."""
MOST = 24 * 3600.0
"""Seconds that are read at most."""
STANDING = ("RosterLoaded", "AgentStateChanged", "AgentDeviceChanged", "StrategyRemembered")
"""Of these the last ones (of each agent, or queue) before the excerpt count at its beginning."""
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
    "SELECT seq FROM event WHERE seq < ?1 AND at < (SELECT at FROM event WHERE seq = ?1) - ?2 "
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
SELECT_PART = (
    "SELECT seq, at, name, version, data, crc FROM event WHERE seq > ? AND seq <= ? "
    "AND name IN (SELECT value FROM json_each(?)) ORDER BY seq"
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a journal: the records after ``begin`` up to ``end``, for one contact."""

    path: Path
    begin: int
    end: int
    names: Collection[str]

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
        with reading(self.path) as connection:
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
        yield from self._read(SELECT_PART, self.begin, self.end, json.dumps(list(self.names)))

    def _read(self, sql: str, *values: int | str) -> Iterator[Event]:
        with reading(self.path) as connection:
            for row in connection.execute(sql, values):
                yield event_of(row)


def excerpt(path: Path, contact: str, names: Collection[str]) -> Excerpt | None:
    """Find the part for a contact: from before those logged in who are there when it comes, to its end.

    None for a contact of whom there is no event of these names. Raises :class:`ivrcore.errors.JournalError`.
    """
    with reading(path) as connection:
        mark = f'"contact":{json.dumps(contact, ensure_ascii=False)}'
        first, last, at = connection.execute(SELECT_SPAN, (json.dumps(list(names)), mark)).fetchone()
        if first is None:
            return None
        begin = min(_before(connection, first, at - LEAST), _logged_in(connection, first, at))
        return Excerpt(path, begin, last, names)


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
