"""The journal in SQLite: numbering, observers, reading. See `store` for the file, `writer` for the thread."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.errors import JournalError
from ivrcore.journal.record import Record, Snapshot
from ivrcore.journal.store import Store, Write, connect, reading
from ivrcore.journal.writer import Writer
from ivrcore.model.event import Event, decode, encode

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from pathlib import Path

    from ivrcore.model.histogram import Histogram

CHECKPOINT_SECONDS = 1.0
"""How often the write-ahead log is copied into the main file, if anything was written."""

# OR IGNORE: a commit whose end is unclear is tried again, and the numbers are ours alone.
INSERT_EVENT = "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?)"
INSERT_SNAPSHOT = "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)"
SELECT_EVENTS = "SELECT seq, name, version, data FROM event WHERE seq > ? ORDER BY seq"

SELECT_NAMED = (
    "SELECT name, version, data FROM event WHERE seq >= (SELECT min(seq) FROM event WHERE at >= ?) "
    "AND name IN (SELECT value FROM json_each(?)) ORDER BY seq"
)

SELECT_BACK = (
    "SELECT name, version, data FROM event WHERE at < ? "
    "AND name IN (SELECT value FROM json_each(?)) ORDER BY seq DESC"
)
SELECT_AT = "SELECT at FROM event ORDER BY seq {} LIMIT 1"

log = logging.getLogger(__name__)


class LocalJournal:
    """A :class:`ivrcore.journal.record.Journal` in one SQLite file, mode 600, for one process at a time.

    Opening blocks and raises :class:`JournalError` with a hint. Use on the thread of ``loop``.
    """

    def __init__(self, path: Path, loop: AbstractEventLoop) -> None:
        store = Store(path)
        try:
            self._seq = _last_seq(path)
        except BaseException:
            store.close()
            raise
        self.path = path
        self._store = store
        self._observers: list[Callable[[Record], None]] = []
        self.writer = Writer(store, loop)
        """The thread that writes; :class:`ivrcore.journal.subjects.Subjects` shares it."""
        self._checkpoints = _Checkpoints(path)
        self._closed = False

    @property
    def healthy(self) -> bool:
        """Whether the last commit reached the file."""
        return self.writer.healthy

    @property
    def backlog(self) -> int:
        """How many rows are not durable yet."""
        return self.writer.backlog

    @property
    def commit_times(self) -> Histogram:
        """Seconds that commits took."""
        return self.writer.commit_times

    @property
    def last_seq(self) -> int:
        """The number of the last event appended, 0 before the first."""
        return self._seq

    def append(self, events: Sequence[Event], then: Callable[[], None] | None = None) -> None:
        """Take events in order; see :meth:`ivrcore.journal.record.Journal.append`."""
        records = [Record(self._seq + n, event) for n, event in enumerate(events, 1)]
        rows = [
            (r.seq, r.event.at, type(r.event).__name__, r.event.VERSION, encode(r.event)) for r in records
        ]
        self._seq += len(records)
        self.writer.submit(
            Write(INSERT_EVENT, rows), partial(self._show, records, then), urgent=then is not None
        )

    def _show(self, records: list[Record], then: Callable[[], None] | None) -> None:
        for record in records:
            for observer in self._observers:
                try:
                    observer(record)
                except Exception:  # the others still see the record, and `then` is called
                    log.exception("IVR500 an observer of the journal raised at record %d", record.seq)
        if then is not None:
            then()

    def subscribe(self, observer: Callable[[Record], None]) -> None:
        """Show every record to this observer from now on, once durable."""
        self._observers.append(observer)

    def read(self, after: int = 0) -> Iterator[Record]:
        """Give the durable records whose seq is greater, in order (blocks)."""
        return read_records(self.path, after)

    def save_snapshot(self, name: str, seq: int, data: bytes) -> None:
        """Keep a fold's state; durable after every event appended so far."""
        self.writer.submit(Write(INSERT_SNAPSHOT, [(name, seq, data)]), _nothing, urgent=False)

    def load_snapshot(self, name: str) -> Snapshot | None:
        """Give the last durable state saved under ``name`` (blocks)."""
        with reading(self.path) as connection:
            row = connection.execute("SELECT seq, data FROM snapshot WHERE name = ?", (name,)).fetchone()
        return None if row is None else Snapshot(*row)

    def close(self) -> None:
        """Write and show what is waiting, then let go of the file (blocks). Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        self.writer.close()
        self._checkpoints.close()
        self._store.close()


def read_records(path: Path, after: int = 0) -> Iterator[Record]:
    """Read a journal file, also one that a server is writing; raise :class:`JournalError` at a gap."""
    with reading(path) as connection:
        expected: int | None = after + 1 if after else None
        for seq, name, version, data in connection.execute(SELECT_EVENTS, (after,)):
            if expected is not None and seq != expected:
                raise JournalError(
                    f"the journal {path} lacks the records {expected} to {seq - 1}",
                    hint="the file was changed by something else than ivrcore; restore a copy",
                )
            expected = seq + 1
            yield Record(seq, decode(name, version, data))


def read_named(path: Path, names: Collection[str], since: float = 0.0) -> Iterator[Event]:
    """Give the events of some names from ``since`` (UTC seconds) on, in order; others are not decoded.

    Also of a journal that a server is writing. Raise :class:`JournalError` where it cannot be read.
    """
    with reading(path) as connection:
        for name, version, data in connection.execute(SELECT_NAMED, (since, json.dumps(list(names)))):
            yield decode(name, version, data)


def read_back(path: Path, names: Collection[str], before: float) -> Iterator[Event]:
    """Give the events of some names before ``before`` (UTC seconds), the last one first; see `read_named`."""
    with reading(path) as connection:
        for name, version, data in connection.execute(SELECT_BACK, (before, json.dumps(list(names)))):
            yield decode(name, version, data)


def span_of(path: Path) -> tuple[float, float] | None:
    """Give when the first and the last event of a journal were (UTC seconds); None if it has none."""
    with reading(path) as connection:
        found = [connection.execute(SELECT_AT.format(order)).fetchone() for order in ("ASC", "DESC")]
    return None if found[0] is None else (found[0][0], found[1][0])


def _last_seq(path: Path) -> int:
    with reading(path) as connection:
        seq: int = connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0]
    return seq


def _nothing() -> None:
    """A snapshot has nobody waiting for it."""


class _Checkpoints:
    """Copies the write-ahead log into the main file, on a thread and connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ivrcore checkpoint", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        done = 0.0
        while not self._stop.wait(CHECKPOINT_SECONDS):
            changed = self._wal.stat().st_mtime if self._wal.exists() else 0.0
            if changed != done:
                self._checkpoint("PASSIVE")
                done = changed

    def _checkpoint(self, mode: str) -> None:
        try:
            with closing(connect(self._path)) as connection:
                connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
        except sqlite3.Error as error:
            # Not lost: the log keeps the commits, and the writer reports a disk that is really failing.
            log.debug("checkpoint put off: %s", error)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._checkpoint("TRUNCATE")
