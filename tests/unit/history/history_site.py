"""Journals and databases for the tests of the history."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ivrcore.history.database import Database
from ivrcore.history.projection import Projection
from ivrcore.history.report import About, Asked, Report, make_report
from ivrcore.journal.local import insert, last_seq, places
from ivrcore.journal.record import Record
from ivrcore.journal.store import Store
from ivrcore.model.event import Event


def append(path: Path, events: Iterable[Event]) -> None:
    """Put events at the end of a journal's file, which is made if need be."""
    store = Store(path)
    begin = last_seq(path) + 1
    records = [Record(seq, event) for seq, event in enumerate(events, begin)]
    store.commit([places(records), insert(records)])
    store.close()


def projected(folder: Path, events: Iterable[Event]) -> Database:
    """Give a database with all of these."""
    append(folder / "journal.db", events)
    database = Database(f"sqlite:///{folder / 'history.db'}")
    Projection(folder / "journal.db", database).catch_up()
    return database


def whole(database: Database, about: About, since: float = 0.0, until: float = 4e9) -> Report:
    """Give a report of all time."""
    return make_report(database, Asked(about, since, until), until)
