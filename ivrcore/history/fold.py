"""How the journal's events become rows: live, after a restart and at a rebuild alike. Pure.

What is counted is counted as in :mod:`ivrcore.metrics.fold`. Events of other kinds change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from ivrcore.history import of_agents, of_contacts, of_queues, of_speech
from ivrcore.history.book import CHANGES, History
from ivrcore.journal.record import Record

PARTS = (of_agents, of_contacts, of_queues, of_speech)
"""The modules that fill `CHANGES`."""


def apply(history: History, record: Record) -> None:
    """Take in one record."""
    change = CHANGES.get(type(record.event))
    if change is not None:
        change(history, record.seq, record.event)


def fold(records: Iterable[Record], history: History | None = None) -> History:
    """Take in records, on top of ``history`` if given."""
    history = History() if history is None else history
    for record in records:
        apply(history, record)
    return history
