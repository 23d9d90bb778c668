"""Packs a journal's old records into blocks, beside the server that writes it, and gives space back.

Any number of small transactions, each of which leaves a whole journal behind: a block is written, then the
records that are in it are taken out of the table, some at a time; readers go by the blocks. Whoever is ended
anywhere in between has lost nothing, and the next one goes on there. Between two of them it rests, so that
the server's commits find the file free. What takes long, reading and packing, is done at the lowest priority;
what holds the file is not: calls would wait for whoever has the processor instead. Blocking throughout; must
not know of snapshots and projections.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

import msgspec

from ivrcore.errors import JournalError
from ivrcore.journal import rows
from ivrcore.journal.blocks import BLOCK, Block, packed
from ivrcore.journal.of_contact import SELECT_PLACES, SELECT_UNPLACED
from ivrcore.journal.store import BLOCKS, PART, Store, connect, not_written, reading, writing
from ivrcore.journal.stored import record_of

if TYPE_CHECKING:
    from pathlib import Path

    from ivrcore.journal.store import Row

Given = ParamSpec("Given")
Result = TypeVar("Result")

TAKEN_OUT = 512
"""Records that are taken out of the table in one transaction."""
FREED = 64
"""Pages that are given back in one transaction."""
SLACK = 2048
"""Free pages that stay: 8 MB, which new records use again."""
SLACK_PART = 8
"""And of a large file this part of it: it would only grow again."""
NICE = 19
REST = 3.0
"""How long it rests after a transaction, in times of that."""
LEAST_REST = 0.004
"""Seconds: longer than the server's next try for the file takes to come."""
TRIES = 40
"""How often a file that somebody else writes is tried again, for `store.BUSY_SECONDS` each."""

INSERT_BLOCK = "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
TAKE_OUT = "DELETE FROM event WHERE seq >= ? AND seq < ? AND seq <= ?"
INSERT_PLACE = "INSERT OR IGNORE INTO place VALUES (?, ?)"
ALL_PLACED = "UPDATE mark SET seq = 0 WHERE name = 'unplaced'"
SELECT_SIZES = "SELECT count(*), coalesce(sum(records), 0), coalesce(sum(length(data)), 0) FROM block"


class Sizes(NamedTuple):
    """How large a journal is: bytes on the disk, bytes of it that are free, records in blocks, and bytes of
    those."""

    file: int
    free: int
    packed: int
    blocks: int


class _Whose(msgspec.Struct, frozen=True):
    contact: str = ""


def sizes(path: Path) -> Sizes:
    """Measure a journal, also one that a server writes; raises :class:`JournalError`."""
    with reading(path) as connection:
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        found = (0, 0, 0)
        if rows.packed_to(connection):
            found = connection.execute(SELECT_SIZES).fetchone()
    beside = path.with_name(f"{path.name}-wal")
    log = beside.stat().st_size if beside.exists() else 0
    return Sizes(path.stat().st_size + log, free * page, found[1], found[2])


def last_before(path: Path, before: float, behind: int) -> int:
    """Give the last record that may be packed: of a time before ``before`` (UTC seconds, by the clock now),
    before the record ``behind``, and a block's last; 0 where there is none."""
    with reading(path) as connection:
        end = min(rows.first_since(connection, before), behind)
    return max(0, end // BLOCK * BLOCK - 1)


def packed_to(path: Path) -> int:
    """Give the last record that is packed, 0 where nothing is."""
    with reading(path) as connection:
        return rows.packed_to(connection)


class Compaction:
    """Compacts one journal. ``rest`` waits for so many seconds; raises what ends the whole, if it is to end.

    Making it and each step raise :class:`JournalError`: in use by another compaction, full, damaged.
    """

    def __init__(self, path: Path, rest: Callable[[float], object] = time.sleep) -> None:
        self._path = path
        self._rest = rest
        self._lock = _take_lock(path)
        self._idly = ThreadPoolExecutor(1, "ivrcore packing", _be_last)
        try:
            self._connection = _connected(path)
        except BaseException:
            self._idly.shutdown()
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._idly.shutdown()
        self._connection.close()
        os.close(self._lock)

    def pack(self, until: int) -> Iterator[int]:
        """Pack up to a block's last record, as `last_before` gives it; gives the last record of each block
        once it is done."""
        self._take_out()  # what one that was ended left
        done = packed_to(self._path)
        while done < until:
            last = (done + 1) // BLOCK * BLOCK + BLOCK - 1
            self._pack(done + 1, last)
            self._take_out()
            done = last
            yield last

    def _pack(self, first: int, last: int) -> None:
        block, places, placed = self.idly(_prepared, self._path, first, last)

        def write(connection: sqlite3.Connection) -> None:
            if not rows.packed_to(connection):
                for statement in BLOCKS:
                    connection.execute(statement)
            connection.execute(INSERT_BLOCK, block)
            connection.executemany(INSERT_PLACE, places)
            if placed:
                connection.execute(ALL_PLACED)

        self.transaction(write)

    def _take_out(self) -> None:
        """Take out of the table what is in a block."""
        with reading(self._path) as connection:
            end = rows.packed_to(connection)
            first = connection.execute("SELECT min(seq) FROM event").fetchone()[0]
        while first is not None and first <= end:
            self.transaction(partial(_take_out, first=first, end=end))
            first += TAKEN_OUT

    def give_back(self) -> Iterator[int]:
        """Make the file smaller by what is free in it, but for some slack; gives how many pages still are.

        Of a journal that was begun by a release of before the free pages stay, for new records.
        """
        (how,) = self._connection.execute("PRAGMA auto_vacuum").fetchone()
        while how and (free := self._too_many()):
            self.transaction(_give_back)
            yield free

    def _too_many(self) -> int:
        free: int = self._connection.execute("PRAGMA freelist_count").fetchone()[0]
        pages: int = self._connection.execute("PRAGMA page_count").fetchone()[0]
        return free if free > max(SLACK, pages // SLACK_PART) else 0

    def idly(self, work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
        """Do what takes long and holds no file, at the lowest priority."""
        return self._idly.submit(work, *given, **named).result()

    def transaction(self, write: Callable[[sqlite3.Connection], object]) -> None:
        """Do something in one transaction, once the file is free, and rest."""
        for left in reversed(range(TRIES)):
            began = time.monotonic()
            try:
                with writing(self._path):
                    self._connection.execute("BEGIN IMMEDIATE")
                    try:
                        write(self._connection)
                        self._connection.execute("COMMIT")
                    except BaseException:
                        if self._connection.in_transaction:
                            self._connection.execute("ROLLBACK")
                        raise
            except JournalError as error:
                if not left or not isinstance(error.__cause__, sqlite3.OperationalError):
                    raise
                if "locked" not in error.message:
                    raise
            else:
                self._rest(max(LEAST_REST, REST * (time.monotonic() - began)))
                return

    def checkpoint(self) -> None:
        """Copy the write-ahead log into the file as far as nobody reads it: where no server does."""
        with writing(self._path), closing(connect(self._path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _connected(path: Path) -> sqlite3.Connection:
    with writing(path):
        connection = connect(path)
        # Nothing is lost with the power: what is written later is never kept without what was before.
        connection.execute("PRAGMA synchronous=NORMAL")
        if connection.execute(SELECT_PLACES).fetchone() is not None:
            return connection
        connection.close()
    raise JournalError(
        f"the journal {path} is of an earlier release, and no server of this one has opened it",
        hint="start the server once",
    )


def _prepared(path: Path, first: int, last: int) -> tuple[Block, list[Row], bool]:
    """Give a block, the places of its contacts where those are not known, and whether all are then."""
    with reading(path) as connection:
        found = list(rows.ascending(connection, first - 1, last + 1))
        unplaced = connection.execute(SELECT_UNPLACED).fetchone()[0]
    if not found or found[0][0] > first > 1 or found[-1][0] != last:
        raise JournalError(f"the journal {path} lacks some of the records {first} to {last}")
    first = found[0][0]
    for row in found:
        record_of(row)  # what is damaged is not given a new checksum
    places: list[Row] = []
    if unplaced >= first:
        places = [(contact, seq // PART) for seq, contact in _contacts(found)]
    return packed(found, first, last), places, first <= unplaced <= last


def _be_last() -> None:
    """Let this thread, and no other of the process, have the processor when nobody else wants it."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def write_anew(path: Path) -> None:
    """Write a journal's file without what is free in it, and so that space can be given back from then on.

    For a journal that no server writes: it takes as much of the disk again as is left, and some time. Raise
    :class:`JournalError`.
    """
    store = Store(path)  # nobody else writes
    try:
        with writing(path), closing(connect(path)) as connection:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        store.close()


def _take_out(connection: sqlite3.Connection, first: int, end: int) -> None:
    connection.execute(TAKE_OUT, (first, first + TAKEN_OUT, end))


def _give_back(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA incremental_vacuum({FREED})").fetchall()


def _contacts(found: list[tuple[Any, ...]]) -> Iterator[tuple[int, str]]:
    for row in found:
        whose = msgspec.json.decode(row[4], type=_Whose)
        if whose.contact:
            yield row[0], whose.contact


@contextmanager
def compacting(path: Path, rest: Callable[[float], object] = time.sleep) -> Iterator[Compaction]:
    """Give a compaction, and close it."""
    one = Compaction(path, rest)
    try:
        yield one
    finally:
        one.close()


def _take_lock(path: Path) -> int:
    """Hold ``<path>.compacting``: two would pack the same."""
    beside = path.with_name(f"{path.name}.compacting")
    try:
        lock = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise not_written(path, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise JournalError(
            f"the journal {path} is being compacted already", hint="wait until that is done"
        ) from error
    return lock
