"""The events of one contact in a journal's file, with what its agents did until their wrap-up was over.

Reads a file that a server may be writing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.journal import rows
from ivrcore.journal.store import PART, reading
from ivrcore.journal.stored import record_of
from ivrcore.model import events
from ivrcore.model.names import AgentState

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from ivrcore.journal.record import Record

SELECT_PARTS = "SELECT part FROM place WHERE contact = ?"
SELECT_UNPLACED = "SELECT seq FROM mark WHERE name = 'unplaced'"
SELECT_PLACES = "SELECT 1 FROM sqlite_schema WHERE name = 'place'"


def read_contact(path: Path, contact: str) -> list[Record]:
    """Give a contact's events in order; none for one that the journal does not know.

    Only the parts of the journal are read that it is in, and what is older than the list of those.

    Raise :class:`ivrcore.errors.JournalError` where it cannot be read.
    """
    with reading(path) as connection:
        mark = contact_mark(contact)
        found: list[Record] = []
        for first, end in stretches(connection, contact):
            found += map(record_of, rows.ascending(connection, first - 1, end, mark=mark))
        for record in list(found):
            if isinstance(record.event, events.VisitAnswered):
                found += _states_after(connection, record.seq, record.event)
    return sorted({record.seq: record for record in found}.values(), key=lambda record: record.seq)


def stretches(connection: sqlite3.Connection, contact: str) -> list[tuple[int, int]]:
    """Give the records among which a contact's are: the first, and the one behind the last."""
    if connection.execute(SELECT_PLACES).fetchone() is None:
        return [(0, rows.NEVER)]
    (unplaced,) = connection.execute(SELECT_UNPLACED).fetchone()
    old = [(0, unplaced + 1)] if unplaced else []
    parts = [part for (part,) in connection.execute(SELECT_PARTS, (contact,))]
    return [*old, *((max(part * PART, unplaced + 1), (part + 1) * PART) for part in parts)]


def contact_mark(contact: str) -> str:
    """Give what stands in the text of every event of a contact."""
    return _mark("contact", contact)


def _mark(field: str, value: str) -> str:
    return f'"{field}":{json.dumps(value, ensure_ascii=False)}'


def _states_after(
    connection: sqlite3.Connection, seq: int, answered: events.VisitAnswered
) -> Iterator[Record]:
    """Give the agent's states from the conversation's beginning until its wrap-up is over."""
    wrapping = False
    states = (events.AgentStateChanged.__name__,)
    for row in rows.ascending(connection, seq - 1, names=states, mark=_mark("agent", answered.agent)):
        record = record_of(row)
        event = record.event
        assert isinstance(event, events.AgentStateChanged), "by its name"
        if wrapping and event.state is not AgentState.WRAP_UP:
            yield record
            return
        wrapping = event.state is AgentState.WRAP_UP
        if event.state not in (AgentState.TALKING, AgentState.WRAP_UP):
            return  # no wrap-up came, or it is another conversation's
        yield record
