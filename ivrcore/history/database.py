"""The history database: SQLite or PostgreSQL behind SQLAlchemy. Blocks; must not know of threads or events.

Rows and the place in the journal are written in one transaction, which goes through only if the place is
still where the writer thinks: so no record is taken in twice, whoever else writes, and none is lost.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from ivrcore.config.history import SSL_AUTHORITIES, SSL_MODES
from ivrcore.errors import HistoryError, HistoryHalfMade, HistoryMoved
from ivrcore.history.rows import ROWS, Row
from ivrcore.history.tables import METADATA, PLACE, TABLES
from ivrcore.problems import quoted

MIGRATIONS = Path(__file__).with_name("migrations")
AT_ONCE = 100
"""Rows of one statement, where the database is asked over a network."""
BUSY_SECONDS = 5.0
"""For a connection, or for an SQLite file that somebody else writes."""
STATEMENT_SECONDS = 300.0
"""For PostgreSQL's answer to a statement: deleting a whole history takes a while."""
UPGRADE_LOCK = 0x49565243
"""``IVRC``: PostgreSQL's advisory lock of those that change our tables."""
Insert = sqlite.Insert | postgresql.Insert
"""Of either kind of database."""
POSTGRESQL = "postgresql+pg8000"
URL_HINT = "postgresql://USER:PASSWORD@HOST/DATABASE; without a URL it is an SQLite file"


class Place(NamedTuple):
    """How far the journal is taken in: which journal, its last record, and that one's time (UTC seconds)."""

    journal: str = ""
    seq: int = 0
    at: float = 0.0


def database_url(text: str) -> sa.URL:
    """Read ``sqlite:///file`` or ``postgresql://user:password@host/name``; raise :class:`HistoryError`."""
    try:
        url = make_url(text)
    except sa.exc.ArgumentError as error:
        raise HistoryError("the URL of the history database cannot be read", hint=URL_HINT) from error
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername=POSTGRESQL)
    if url.drivername not in ("sqlite", POSTGRESQL):
        raise HistoryError(f"the history cannot be kept in {url.drivername!r}", hint=URL_HINT)
    return url


class Tls(NamedTuple):
    """What a URL asks for: ``sslmode``, and the file of authorities that `verify-full` goes by."""

    mode: str = "prefer"
    authorities: str = ""

    def context(self) -> ssl.SSLContext | bool | None:
        """Give what pg8000 takes: None for TLS without a check if there is any, True to insist on it.

        Raise :class:`HistoryError` where the file cannot be read.
        """
        if self.mode != "verify-full":
            return {"disable": False, "prefer": None, "require": True}[self.mode]
        try:
            return ssl.create_default_context(cafile=self.authorities or None)
        except OSError as error:  # an ssl.SSLError is one too
            raise HistoryError(
                f"{SSL_AUTHORITIES}={self.authorities} of the history database cannot be used: {error}",
                hint="name a file in PEM form: the certificate of the authority that signed the server's",
            ) from error


def _without_tls(url: sa.URL) -> tuple[sa.URL, Tls]:
    """Give the URL without parameters, which pg8000 does not know, and those; refuse any other."""
    if url.drivername != POSTGRESQL:
        return url, Tls()
    mode, authorities = url.query.get("sslmode", "prefer"), url.query.get(SSL_AUTHORITIES, "")
    unknown = url.query.keys() - {"sslmode", SSL_AUTHORITIES}
    hint = f"?sslmode= and one of {', '.join(SSL_MODES)}; with verify-full also &{SSL_AUTHORITIES}=FILE"
    if unknown or mode not in SSL_MODES or not isinstance(authorities, str):
        what = f"the parameter {quoted(min(unknown))}" if unknown else "an sslmode"
        raise HistoryError(f"the URL of the history database has {what} that is not known", hint=hint)
    if authorities and mode != "verify-full":
        message = f"{SSL_AUTHORITIES} is of no use with sslmode={mode}, which checks nothing"
        raise HistoryError(message, hint=hint)
    return url.set(query={}), Tls(str(mode), authorities)


class Database:
    """One history database. Failures come out as :class:`HistoryError`, without the password."""

    def __init__(self, url: str) -> None:
        self.url, self._tls = _without_tls(database_url(url))
        self._sqlite = self.url.drivername == "sqlite"
        self._engine = self._made()
        self._upserts = {kind: _or_update(self._insert(table), table) for kind, table in TABLES.items()}

    def _made(self) -> sa.Engine:
        if not self._sqlite:
            try:
                arguments = {"timeout": BUSY_SECONDS, "ssl_context": self._tls.context()}
                engine = sa.create_engine(self.url, pool_pre_ping=True, connect_args=arguments)
            except ModuleNotFoundError as error:
                raise HistoryError(
                    f"PostgreSQL needs the package {error.name}", hint='pip install "ivrcore[postgresql]"'
                ) from error
            sa.event.listen(engine, "connect", _be_patient)
            return engine
        engine = sa.create_engine(self.url, connect_args={"timeout": BUSY_SECONDS})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        return engine

    @property
    def name(self) -> str:
        """What people are shown: the URL without its password."""
        return self.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Give a connection inside a transaction: all of it, or nothing."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> HistoryError:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        return HistoryError(
            f"the history database {self.name} failed: {reason}",
            hint="see that it runs, may be written and has room; the journal keeps all that it lacks",
        )

    # --- tables ---------------------------------------------------------------------------------

    def revision(self) -> str | None:
        """Give the revision of its tables; None where there are none of ours."""
        with self.transaction() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def upgrade(self) -> None:
        """Make the tables, or bring them to this release's form; raise for those of a newer release.

        Raise :class:`HistoryHalfMade` where some of them are missing: to guess what is whole would be worse.
        """
        self._make_file()
        if self.revision() == newest():
            self.check()
            return
        with self.transaction() as connection:
            self._lock(connection)
            self._see_whole(connection)
            self._upgrade(connection, MigrationContext.configure(connection).get_current_revision())
            self._see_whole(connection)

    def _lock(self, connection: sa.Connection) -> None:
        """Have others that upgrade wait for the end of the transaction, which changes of tables belong to.

        SQLite's driver by itself begins none before a statement that makes a table.
        """
        if self._sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))

    def _upgrade(self, connection: sa.Connection, current: str | None) -> None:
        """Bring tables of this revision to this release's, unless another process just did."""
        if current == newest():
            return
        known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
        if current is not None and current not in known:
            raise HistoryError(
                f"the history database {self.name} has revision {current}, this release knows {newest()}",
                hint="it was made by a newer release; run that one, or use another database",
            )
        config = AlembicConfig()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise HistoryError(f"the history database {self.name}: {error}") from error

    def check(self) -> None:
        """Raise :class:`HistoryHalfMade` where some of our tables are there and some are not."""
        with self.transaction() as connection:
            self._see_whole(connection)

    def _see_whole(self, connection: sa.Connection) -> None:
        revision = MigrationContext.configure(connection).get_current_revision()
        found = METADATA.tables.keys() & set(sa.inspect(connection).get_table_names())
        missing = METADATA.tables.keys() - found
        if revision is None and found:
            raise self._half_made(f"has {_listed(found)}, and does not tell of which revision they are")
        if revision == newest() and missing:
            raise self._half_made(f"tells revision {revision}, and lacks {_listed(missing)}")

    def _half_made(self, what: str) -> HistoryHalfMade:
        way = f"delete {self.url.database}" if self._sqlite else "drop its tables, or name another database"
        return HistoryHalfMade(
            f"the history database {self.name} {what}",
            hint=f"if nobody else's tables are in it, {way}: all that the journal has is taken in again",
        )

    def _make_file(self) -> None:
        """Make an SQLite file so that nobody else reads it."""
        file = self.url.database
        if self._sqlite and file and file != ":memory:":
            try:
                Path(file).parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            except OSError as error:
                raise self._failure(error) from error

    # --- rows -----------------------------------------------------------------------------------

    def place(self) -> Place:
        """Tell how far the journal is taken in."""
        with self.transaction() as connection:
            return _place(connection)

    def load(self) -> tuple[Place, list[Row]]:
        """Give the place and the open rows: all that the fold needs to go on."""
        with self.transaction() as connection:
            place = _place(connection)
            rows = [
                kind(**found)
                for kind, table in TABLES.items()
                for found in connection.execute(sa.select(table).where(table.c.open)).mappings()
            ]
        return place, rows

    def write(self, rows: Sequence[Row], before: Place, after: Place) -> None:
        """Write rows and the new place; raise :class:`HistoryMoved` if the place is not ``before``."""
        with self.transaction() as connection:
            self._move(connection, before, after)
            for kind, group in groupby(sorted(rows, key=_kind_of), key=type):
                self._upsert(connection, kind, [msgspec.structs.asdict(row) for row in group])

    def _move(self, connection: sa.Connection, before: Place, after: Place) -> None:
        """Write first: it takes the lock that makes others wait, or find out."""
        values = {"id": 1, **after._asdict()}
        if before == Place():
            done = connection.execute(self._insert(PLACE).values(values).on_conflict_do_nothing())
        else:
            there = (PLACE.c.seq == before.seq) & (PLACE.c.journal == before.journal)
            done = connection.execute(sa.update(PLACE).where(there).values(values))
        if done.rowcount != 1:
            raise HistoryMoved("somebody else takes records into the history", hint="this is tried again")

    def _upsert(self, connection: sa.Connection, kind: type[Row], rows: list[dict[str, Any]]) -> None:
        if self._sqlite:  # a file: a statement for each row costs nothing
            connection.execute(self._upserts[kind], rows)
            return
        for begin in range(0, len(rows), AT_ONCE):
            part = self._insert(TABLES[kind]).values(rows[begin : begin + AT_ONCE])
            connection.execute(_or_update(part, TABLES[kind]))

    def _insert(self, table: sa.Table) -> Insert:
        return sqlite.insert(table) if self._sqlite else postgresql.insert(table)

    # --- age ------------------------------------------------------------------------------------

    def prune(self, before: float, most: int) -> int:
        """Delete closed rows of before then (UTC seconds), ``most`` of each table; give how many."""
        deleted = 0
        for kind, table in TABLES.items():
            if kind.FROM:
                old = ~table.c.open & (table.c[kind.FROM] < before)
                chosen = sa.select(table.c.id).where(old).order_by(table.c[kind.FROM], table.c.id).limit(most)
                with self.transaction() as connection:
                    deleted += connection.execute(sa.delete(table).where(table.c.id.in_(chosen))).rowcount
        return deleted

    def clear(self) -> None:
        """Forget everything, so that the journal is taken in from its beginning."""
        with self.transaction() as connection:
            connection.execute(sa.delete(PLACE))
            for table in METADATA.tables.values():
                connection.execute(sa.delete(table))


def _listed(tables: Collection[str]) -> str:
    return ("the tables " if len(tables) > 1 else "the table ") + ", ".join(sorted(tables))


def newest() -> str:
    """Give the revision of the tables in this release."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None, "there is a first one"
    return head


def _or_update(statement: Insert, table: sa.Table) -> Insert:
    """Have a row that is there already take the new values."""
    changed = {column.name: statement.excluded[column.name] for column in table.c if column.name != "id"}
    return statement.on_conflict_do_update(table.primary_key, set_=changed)


def _kind_of(row: Row) -> int:
    return ROWS.index(type(row))


def _place(connection: sa.Connection) -> Place:
    found = connection.execute(sa.select(PLACE.c.journal, PLACE.c.seq, PLACE.c.at)).one_or_none()
    return Place() if found is None else Place(*found)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")  # what a power cut takes, place and all, is read again
    cursor.close()


def _be_patient(connection: Any, _record: Any) -> None:
    """Its time-out was that of the connection; pg8000 keeps it for every answer."""
    connection._usock.settimeout(STATEMENT_SECONDS)
