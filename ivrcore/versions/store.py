"""Every version that was ever published, in ``dialplans.db`` beside the journal. Blocks: not for the reactor.

A file of its own rather than events: the journal is read whole at every start and is for what happened, which
its events tell (name, version, author, way); the texts, megabytes each, are only for people who look back,
and they are still wanted when an old journal has been put away. Mode 600: a text may name what is not
for everybody. Each call opens its own connection, so that any thread may ask; a commit is on the disk
when it returns.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from ivrcore.errors import VersionsError
from ivrcore.model.names import PublishedBy

APPLICATION_ID = 0x49564450
"""``IVDP`` in the file's header."""
SCHEMA_VERSION = 1
BUSY_SECONDS = 2.0

SCHEMA = """
CREATE TABLE text (name TEXT NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL,
                   PRIMARY KEY (name, version)) WITHOUT ROWID;
CREATE TABLE publication (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL,
                          before TEXT NOT NULL, author TEXT NOT NULL, how TEXT NOT NULL, at REAL NOT NULL,
                          note TEXT NOT NULL, file TEXT NOT NULL);
CREATE INDEX publication_of ON publication (name, seq);
"""

COLUMNS = "name, version, before, author, how, at, note, file"
LATEST = f"SELECT {COLUMNS} FROM publication WHERE seq IN (SELECT max(seq) FROM publication GROUP BY name)"  # noqa: S608 - our own words
LOG = f"SELECT {COLUMNS} FROM publication WHERE name = ? ORDER BY seq DESC LIMIT ?"  # noqa: S608 - our own words


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A version took effect; ``at`` is UTC seconds. With ``version`` "" the dialplan was taken away."""

    name: str
    version: str
    before: str
    """The version that it replaced; "" for none."""
    author: str
    how: PublishedBy
    at: float
    note: str = ""
    file: str = ""
    """The file's name in the site's folder."""


def store_path(journal: Path) -> Path:
    """Say where the versions are kept."""
    return journal.with_name("dialplans.db")


class VersionStore:
    """The file. With ``read_only`` it must be there already.

    Every method raises :class:`ivrcore.errors.VersionsError` where the file cannot be used.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        if read_only and not path.is_file():
            raise VersionsError(
                f"there is no {path}", hint="the server keeps it from its first start on; has it run here?"
            )
        with self._open() as connection:
            _prepare(connection, path)

    def publish(self, publications: Iterable[tuple[Publication, str]]) -> None:
        """Keep publications and their texts, all or none."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            for one, text in publications:
                if one.version:
                    row = (one.name, one.version, text)
                    connection.execute("INSERT OR IGNORE INTO text VALUES (?, ?, ?)", row)
                connection.execute(
                    f"INSERT INTO publication ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own words
                    (one.name, one.version, one.before, one.author, str(one.how), one.at, one.note, one.file),
                )
            connection.execute("COMMIT")

    def latest(self) -> list[Publication]:
        """Give the last publication of every name that was not taken away."""
        with self._open() as connection:
            found = [_publication(row) for row in connection.execute(LATEST)]
        return sorted((one for one in found if one.version), key=lambda one: one.name)

    def log(self, name: str, most: int = 1000) -> list[Publication]:
        """Give the publications of a dialplan, the newest first."""
        with self._open() as connection:
            return [_publication(row) for row in connection.execute(LOG, (name, most))]

    def text(self, name: str, version: str) -> str | None:
        """Give the text of a version; None if it was never published under this name."""
        ask = "SELECT text FROM text WHERE name = ? AND version = ?"
        with self._open() as connection:
            row = connection.execute(ask, (name, version)).fetchone()
        return None if row is None else str(row[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self._read_only:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
                self.path.chmod(0o600)
            with closing(self._connect()) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise VersionsError(
                f"the versions of the dialplans in {self.path} cannot be used: {error}",
                hint="see that the folder has space and may be written by this user, and the file is whole",
            ) from error

    def _connect(self) -> sqlite3.Connection:
        # mode=rw also to read: the write-ahead log needs its index file.
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA query_only={int(self._read_only)}")
        return connection


def _publication(row: tuple[object, ...]) -> Publication:
    named = dict(zip(COLUMNS.split(", "), row, strict=True))
    return msgspec.convert(named, Publication)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if empty and application == 0:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(
            f"BEGIN; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION};"
            f"{SCHEMA} COMMIT;"
        )
    elif application != APPLICATION_ID:
        raise VersionsError(f"{path} holds no versions of dialplans", hint="move it away to begin a new one")
    elif version != SCHEMA_VERSION:
        raise VersionsError(
            f"{path} has format {version}, this release writes {SCHEMA_VERSION}",
            hint="it was written by a newer release; run that one",
        )
