"""The journal's SQLite file: who may open it, what is in it, how it is written and read.

Blocking throughout; :mod:`ivrcore.journal.writer` calls it on its own thread. Must not know of threads,
the reactor or what an event means.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from ivrcore.errors import JournalError

APPLICATION_ID = 0x49565243
"""``IVRC`` in the file's header tells our file from any other SQLite file."""

SCHEMA_VERSION = 2
"""2: records have a checksum, and the number of the last one is written down. Snapshots are files now. Which
parts of the journal a contact is in is written down too."""

PACKED_VERSION = 3
"""With blocks in it. A file has format 2 until something is packed, so that a release of before can go on."""

LEAST = 512
"""Bytes of the smallest database: SQLite takes a file of less for a new one."""

LOCK = ".lock"
"""The file beside the journal that its writer holds."""
DAMAGED = "the file is damaged or not a journal: move it away to begin a new one, or restore a copy"

BUSY_SECONDS = 0.25
"""How long a commit waits for somebody else's lock before it counts as failed: callers wait for it too."""

PLACES = """
CREATE TABLE place (contact TEXT NOT NULL, part INTEGER NOT NULL, PRIMARY KEY (contact, part)) WITHOUT ROWID;
INSERT INTO mark SELECT 'unplaced', coalesce(max(seq), 0) FROM event;
"""
"""In which parts contacts are, of records behind the one of the mark."""

SCHEMA = f"""
CREATE TABLE event (seq INTEGER PRIMARY KEY, at REAL NOT NULL, name TEXT NOT NULL,
                    version INTEGER NOT NULL, data BLOB NOT NULL, crc INTEGER);
CREATE TABLE mark (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE subject (id TEXT PRIMARY KEY, nonce BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
{PLACES}"""

BLOCKS = (
    "CREATE TABLE IF NOT EXISTS block (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, "
    "records INTEGER NOT NULL, begins REAL NOT NULL, ends REAL NOT NULL, names TEXT NOT NULL, "
    "crc INTEGER NOT NULL, data BLOB NOT NULL)",
    f"PRAGMA user_version={PACKED_VERSION}",
)
"""Makes room for records that are packed; see `ivrcore.journal.blocks`."""

VALUES = "VALUES "
"""What stands before a row's place in statements that can take more of them."""

TOGETHER = (256, 128, 64, 32, 16, 8, 4, 2, 1)
"""Rows that one statement takes. Each one executed lets another thread have the interpreter, and waits for it
then: row by row, a commit for forty calls changed between threads some hundred times."""
UPGRADE = f"""
BEGIN; ALTER TABLE event ADD COLUMN crc INTEGER; DROP TABLE snapshot;
CREATE TABLE mark (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version={SCHEMA_VERSION}; COMMIT;
"""
"""From format 1, in a moment however long the journal is: its records stay as they are, without checksum."""
AS_OF_1 = "CREATE TEMP VIEW event AS SELECT *, NULL AS crc FROM main.event"
"""Lets readers take a file of format 1, which no server of this release has opened yet, for one of 2."""

PART = 32_768
"""Records of a part of the journal: looked through in some hundredths of a second, and even on a busy site a
call is over within a few parts."""

Value = str | int | float | bytes
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """One statement for each of ``rows``. Must do no harm when run twice: an unclear commit is retried."""

    sql: str
    rows: Sequence[Row]


class Store:
    """The file, opened for writing by this process alone.

    Raise :class:`JournalError` where it cannot be had: in use, broken, foreign, newer, not permitted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _take_lock(path)
        try:
            self._connection: sqlite3.Connection | None = self._open()
        except BaseException:
            os.close(self._lock)
            raise

    def _open(self) -> sqlite3.Connection:
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self.path.chmod(0o600)
            if 0 < self.path.stat().st_size < LEAST:
                raise JournalError(f"the journal {self.path} is cut short", hint=DAMAGED)
            connection = connect(self.path)
            try:
                _prepare(connection, self.path)
            except BaseException:
                connection.close()
                raise
        except (sqlite3.Error, OSError) as error:
            problem = f"the journal {self.path} cannot be opened: {error}"
            raise JournalError(problem, hint=_hint(error)) from error
        return connection

    def commit(self, writes: Sequence[Write]) -> None:
        """Make all of these durable in one transaction, or none; raise sqlite3.Error or JournalError."""
        if self._connection is None:
            self._connection = self._open()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for sql, rows in _statements(writes):
                self._connection.execute(sql, rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._drop_connection()
            raise

    def _drop_connection(self) -> None:
        """After a failure the next try begins with a new connection; closing this one rolls back."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def close(self) -> None:
        """Let go of the file and of the right to write it."""
        self._drop_connection()
        os.close(self._lock)


def _statements(writes: Iterable[Write]) -> Iterator[tuple[str, Row]]:
    """Give what is to be executed for these writes: rows of one statement together, in their order.

    Statements that take rows each fill a table of their own, so a row of one may overtake those of another;
    what takes none (it deletes) is overtaken by nothing, and overtakes nothing.
    """
    waiting: dict[str, list[Row]] = {}
    for write in writes:
        if VALUES in write.sql:
            waiting.setdefault(write.sql, []).extend(write.rows)
            continue
        yield from _filled(waiting)
        waiting.clear()
        for row in write.rows:
            yield write.sql, row
    yield from _filled(waiting)


def _filled(waiting: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, Row]]:
    """Give the statements that take these rows, as few as can be."""
    for sql, rows in waiting.items():
        done, count = 0, len(rows)
        for size in TOGETHER:
            while done + size <= count:
                yield _for_rows(sql, size), tuple(chain.from_iterable(rows[done : done + size]))
                done += size


@cache
def _for_rows(sql: str, rows: int) -> str:
    """Give the statement that does for so many rows what ``sql`` does for one."""
    before, values, row = sql.partition(VALUES)
    return f"{before}{values}{', '.join([row] * rows)}"


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection with our settings; usable on any one thread at a time."""
    # Not mode=ro: reading a write-ahead log needs its index file, which has to be made if nobody has it open.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # FULL: a commit that returned survives a power cut. Erased personal values are overwritten.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        # Checkpoints stall for as long as they copy: they are made on a connection of their own.
        connection.execute("PRAGMA wal_autocheckpoint=0")
        if read_only and connection.execute("PRAGMA user_version").fetchone()[0] == 1:
            connection.execute(AS_OF_1)
        connection.execute(f"PRAGMA query_only={int(read_only)}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a read-only connection; failures inside come out as :class:`JournalError`."""
    try:
        with closing(connect(path, read_only=True)) as connection:
            connection.execute("BEGIN")  # all that is read is of one moment
            yield connection
    except sqlite3.Error as error:
        raise JournalError(f"the journal {path} cannot be read: {error}", hint=_hint(error)) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Have failures of whoever writes inside come out as :class:`JournalError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise not_written(path, error) from error


def not_written(path: Path, error: Exception) -> JournalError:
    """Give what is raised where the journal, or a file beside it, cannot be written."""
    return JournalError(f"the journal {path} cannot be written: {error}", hint=_hint(error))


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in an empty file; refuse a file that is not ours or is of a newer release."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if empty and application == 0:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # only a new file can be made so
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(
            f"BEGIN; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION};"
            f"{SCHEMA} COMMIT;"
        )
    elif application != APPLICATION_ID:
        raise JournalError(
            f"{path} is a database, but no journal of ivrcore", hint="name another file in the configuration"
        )
    elif version == 1:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(UPGRADE)
    elif version not in (SCHEMA_VERSION, PACKED_VERSION):
        raise JournalError(
            f"the journal {path} has format {version}, this release writes {PACKED_VERSION}",
            hint="the journal was written by a newer release; run that one",
        )
    connection.execute("PRAGMA journal_mode=WAL")
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'place'").fetchone() is None:
        connection.executescript(f"BEGIN; {PLACES} COMMIT;")  # what is older is not in it


def is_free(path: Path) -> bool:
    """Tell whether no process writes this journal just now."""
    try:
        lock = os.open(path.with_name(path.name + LOCK), os.O_RDWR)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be opened: {error}", hint=_hint(error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _take_lock(path: Path) -> int:
    """Hold ``<path>.lock`` as long as this process lives; two writers would interleave their numbers."""
    beside = path.with_name(path.name + LOCK)
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be opened: {error}", hint=_hint(error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise JournalError(
            f"the journal {path} is in use by another process (pid {owner})",
            hint="one server writes a journal; stop the other, or name another file in the configuration",
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, b"%d\n" % os.getpid())
    return lock


def _hint(error: Exception) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return DAMAGED
    if "locked" in text:
        return "another program holds the file; close it"
    if "full" in text:
        return "free space on the disk; waiting events are then written by themselves"
    return "see that the folder exists, has space, and may be written by this user"
