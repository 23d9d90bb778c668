"""The journal in SQLite: numbering, observers, reading. See `store` for the file, `writer` for the thread."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ivrcore.errors import JournalError
from ivrcore.journal import rows
from ivrcore.journal.audience import Audience
from ivrcore.journal.record import Record
from ivrcore.journal.store import PART, Row, Store, Write, connect, reading
from ivrcore.journal.stored import event_of, record_of, rows_of
from ivrcore.journal.writer import Writer
from ivrcore.model.event import Event
from ivrcore.model.events import ClockSetBack, ContactArrived, ServerStarted

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from pathlib import Path

    from ivrcore.model.histogram import Histogram

MARK_EVERY = 100
"""Records after which the number of the last one is written down beside them."""

CHECKPOINT_SECONDS = 1.0
"""How often the write-ahead log is copied into the main file, if anything was written."""

# OR IGNORE: a commit whose end is unclear is tried again, and the numbers are ours alone.
INSERT_EVENT = "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?)"
INSERT_PLACE = "INSERT OR IGNORE INTO place VALUES (?, ?)"
INSERT_MARK = "INSERT OR REPLACE INTO mark VALUES ('last', ?)"
SELECT_LAST = "SELECT at, name FROM event ORDER BY seq DESC LIMIT 100"
"""Enough to see the latest time of a run: its events are appended as they happen."""
BEGIN = (ServerStarted.__name__, ClockSetBack.__name__)
"""With either a run begins."""

log = logging.getLogger(__name__)


class LocalJournal:
    """A :class:`ivrcore.journal.record.Journal` in one SQLite file, mode 600, for one process at a time.

    Opening blocks and raises :class:`JournalError` with a hint. Use on the thread of ``loop``. With
    ``now``, the time by this run's clock (UTC seconds), `ClockSetBack` is put behind what the last run wrote
    at later times than that, before anything is read.
    """

    def __init__(self, path: Path, loop: AbstractEventLoop, now: float | None = None) -> None:
        store = Store(path)
        try:
            self._seq = _all_there(path)
            if now is not None:
                self._seq += _note_set_back(store, self._seq, now)
        except BaseException:
            store.close()
            raise
        self.path = path
        self._store = store
        self._audience = Audience()
        self.writer = Writer(store, loop)
        """The thread that writes; :class:`ivrcore.journal.subjects.Subjects` shares it."""
        self._checkpoints = _Checkpoints(path)
        self._marked = self._seq
        self._places = _Places()
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
        self._seq += len(records)
        if new := self._places.new(records):  # first: who reads the records finds them by it
            self.writer.submit(Write(INSERT_PLACE, new), _nothing, urgent=False)
        self.writer.submit(insert(records), partial(self._show, records, then), urgent=then is not None)
        if self._seq >= self._marked + MARK_EVERY:
            self._mark()

    def _show(self, records: list[Record], then: Callable[[], None] | None) -> None:
        for record in records:
            for observer in self._audience[type(record.event)]:
                try:
                    observer(record)
                except Exception:  # the others still see the record, and `then` is called
                    log.exception("IVR500 an observer of the journal raised at record %d", record.seq)
        if then is not None:
            then()

    def _mark(self) -> None:
        """Write down which record there was at least, so that a lost end is noticed."""
        self._marked = self._seq
        self.writer.submit(Write(INSERT_MARK, [(self._seq,)]), _nothing, urgent=False)

    def subscribe(
        self, observer: Callable[[Record], None], of: Collection[type[Event]] | None = None
    ) -> None:
        """See :meth:`ivrcore.journal.record.Journal.subscribe`."""
        self._audience.subscribe(observer, of)

    def read(self, after: int = 0) -> Iterator[Record]:
        """Give the durable records whose seq is greater, in order (blocks)."""
        return read_records(self.path, after)

    def close(self, *, in_haste: bool = False) -> None:
        """Write and show what is waiting, then let go of the file (blocks). Closing twice is harmless.

        ``in_haste`` leaves the last of the write-ahead log to whoever opens the journal next.
        """
        if self._closed:
            return
        self._closed = True
        if self._seq != self._marked:
            self._mark()
        self.writer.close()
        self._checkpoints.close(copy=not in_haste)
        self._store.close()


def read_records(path: Path, after: int = 0) -> Iterator[Record]:
    """Read a journal file, also one that a server is writing; raise :class:`JournalError` at a gap."""
    with reading(path) as connection:
        yield from map(record_of, rows.ascending(connection, after))


def read_named(path: Path, names: Collection[str], since: float = 0.0) -> Iterator[Event]:
    """Give the events of some names from ``since`` (UTC seconds) on, in order; others are not decoded.

    ``since`` is by the clock as it is now, the events' own times are as they were recorded: if `ClockSetBack`
    comes later, by a clock that was ahead. Also of a journal that a server is writing. Raise
    :class:`JournalError` where it cannot be read.
    """
    with reading(path) as connection:
        begin = rows.first_since(connection, since)
        yield from map(event_of, rows.ascending(connection, begin - 1, names=names))


def read_arrived(path: Path, names: Collection[str], since: float, until: float) -> Iterator[Event]:
    """Leave out the arrivals of contacts that came at ``until`` or later, and what was before ``since``; see
    `read_named`."""
    with reading(path) as connection:
        begin, end = rows.first_since(connection, since), rows.first_since(connection, until)
        for row in rows.ascending(connection, begin - 1, names=names):
            if row[0] < end or row[2] != ContactArrived.__name__:
                yield event_of(row)


class Batch(NamedTuple):
    """A stretch of a journal: its records of some names, and number and time of the last one of any name."""

    records: list[Record]
    seq: int
    at: float


def read_batch(path: Path, names: Collection[str], after: int, most: int) -> Batch:
    """Read the next ``most`` records, of which only those of some names are decoded.

    Also of a journal that a server is writing. Raise :class:`JournalError` at a gap, or where ``after`` is
    greater than what the journal has.
    """
    with reading(path) as connection:
        found = list(islice(rows.ascending(connection, after), most))
        if not found:
            if after and rows.row_at(connection, after) is None:
                raise JournalError(
                    f"the journal {path} ends before its record {after}",
                    hint="it is another one, or an older copy, than the one that was read before",
                )
            return Batch([], after, 0.0)
    return Batch([record_of(row) for row in found if row[2] in names], found[-1][0], found[-1][1])


def time_of(path: Path, seq: int) -> float | None:
    """Give the time of one record (UTC seconds, as it was recorded); None if the journal does not have it."""
    with reading(path) as connection:
        found = rows.row_at(connection, seq)
    return None if found is None else float(found[1])


def mark_of(path: Path) -> str:
    """Give what tells this journal from every other: a hash of its first record, empty if it has none."""
    with reading(path) as connection:
        first = rows.first_row(connection)
    if first is None:
        return ""
    seq, at, name, _, data, _ = first
    return hashlib.sha256(repr((seq, at, name, data)).encode()).hexdigest()[:16]


def read_back(path: Path, names: Collection[str], before: float) -> Iterator[Event]:
    """Give the events of some names before ``before`` (UTC seconds), the last one first; see `read_named`."""
    with reading(path) as connection:
        end = rows.first_since(connection, before)
        yield from map(event_of, rows.descending(connection, end, names))


def span_of(path: Path) -> tuple[float, float] | None:
    """Give when the first and the last event of a journal were, by the clock as it is now (UTC seconds); None
    if it has none."""
    with reading(path) as connection:
        ahead = sum(seconds for _, seconds in rows.set_backs(connection))
        first = rows.first_row(connection)
        last = rows.row_at(connection, rows.last_seq(connection))
    return None if first is None or last is None else (first[1] - ahead, last[1])


def last_seq(path: Path) -> int:
    """Give the number of the last record of a journal, also one that a server is writing; 0 without any."""
    with reading(path) as connection:
        return rows.last_seq(connection)


def places(records: Sequence[Record]) -> Write:
    """Give what tells where the contacts of these records are; to be stored no later than those."""
    return Write(INSERT_PLACE, _Places().new(records))


def insert(records: Sequence[Record]) -> Write:
    """Give what stores these records; who stores them by himself stores their `places`."""
    return Write(INSERT_EVENT, rows_of(records))


def _note_set_back(store: Store, seq: int, now: float) -> int:
    """Give how many events were written: one, if the last run's clock was ahead of this one's."""
    ahead = _latest(store.path) - now
    if ahead <= 0:
        return 0
    log.warning("the machine's clock is %.1f s behind what the journal has last: its times are moved", ahead)
    try:
        store.commit([insert([Record(seq + 1, ClockSetBack(at=now, seconds=ahead))])])
    except (sqlite3.Error, JournalError) as error:  # calls come first; the writer tells of a disk that fails
        log.warning("IVR500 that could not be written, times stay in the future for so long: %s", error)
        return 0
    return 1


def _latest(path: Path) -> float:
    """Give the latest time that the last run wrote, by its own clock; 0 without any."""
    latest = 0.0
    with reading(path) as connection:
        for at, name in connection.execute(SELECT_LAST):
            latest = max(latest, at)
            if name in BEGIN:
                break
    return latest


def _all_there(path: Path) -> int:
    """Give the number of the last record; raises :class:`JournalError` if there were later ones."""
    last = last_seq(path)
    with reading(path) as connection:
        marked = connection.execute("SELECT seq FROM mark WHERE name = 'last'").fetchone()
    if marked is not None and marked[0] > last:
        raise JournalError(
            f"the journal {path} lacks the records {last + 1} to {marked[0]}",
            hint="the end of the file is damaged; restore a copy",
        )
    return last


def _nothing() -> None:
    """Nobody waits for a mark."""


class _Places:
    """Which contacts were seen in the part of the journal that is being written."""

    def __init__(self) -> None:
        self._part, self._end = 0, 0
        self._seen: set[str] = set()

    def new(self, records: Sequence[Record]) -> list[Row]:
        """Give the rows that tell of contacts that are new in it."""
        found: list[Row] = []
        for record in records:
            contact = getattr(record.event, "contact", "")
            if record.seq >= self._end:
                self._part = record.seq // PART
                self._end = (self._part + 1) * PART
                self._seen.clear()
            if contact and contact not in self._seen:
                self._seen.add(contact)
                found.append((contact, self._part))
        return found


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

    def close(self, *, copy: bool = True) -> None:
        self._stop.set()
        self._thread.join()
        if copy:
            self._checkpoint("TRUNCATE")
