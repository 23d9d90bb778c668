"""The database remembers all: a fold stopped anywhere goes on; no record is lost, none taken in twice."""

from __future__ import annotations

import random
import socket
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ivrcore.errors import HistoryError, HistoryHalfMade, HistoryMoved
from ivrcore.history.database import Database, Place, newest
from ivrcore.history.fold import fold
from ivrcore.history.projection import Projection
from ivrcore.history.rows import ContactRow, Row
from ivrcore.history.tables import METADATA, TABLES
from ivrcore.journal.record import Record
from ivrcore.model import events as e
from ivrcore.model.event import Event
from tests.unit.history.history_site import append, projected
from tests.unit.metrics import metrics_stories as stories


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.transaction() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
            for table in TABLES.values()
        }


def wrap(events: list[Event]) -> list[Record]:
    return [Record(seq, event) for seq, event in enumerate(events, 1)]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'deep/history.db'}")
    made.upgrade()
    return made


def test_given_an_empty_file_when_upgraded_then_the_tables_are_those_of_the_code(database: Database) -> None:
    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": METADATA})
        assert compare_metadata(context, METADATA) == []
    assert database.revision() == newest()
    database.upgrade()
    assert database.revision() == newest()


@pytest.mark.parametrize("table", ["leg", "place"])
def test_given_an_upgrade_cut_off_then_nothing_of_it_is_there_and_the_next_succeeds(
    table: str, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'history.db'}")

    def cut_off(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if f"CREATE TABLE {table} " in statement:
            raise OSError("cut off")

    sa.event.listen(sa.Engine, "before_cursor_execute", cut_off)
    try:
        with pytest.raises(HistoryError, match="cut off"):
            database.upgrade()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", cut_off)
    with database.transaction() as connection:
        assert sa.inspect(connection).get_table_names() == []
    database.upgrade()
    assert database.revision() == newest()


def old_release_cut_off(path: Path, *, revision: str = "") -> None:
    """Leave what an upgrade outside a transaction left: some tables, and no revision (or that one)."""
    made = sa.create_engine(f"sqlite:///{path}")
    with made.begin() as connection:
        for name in ("contact", "leg"):
            METADATA.tables[name].create(connection)
        if revision:
            connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(sa.text(f"INSERT INTO alembic_version VALUES ('{revision}')"))
    made.dispose()


@pytest.mark.parametrize("revision", ["", "0001", "newest"])
def test_given_a_half_made_database_then_it_is_told_and_left_as_it_is(revision: str, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    old_release_cut_off(path, revision=newest() if revision == "newest" else revision)
    append(tmp_path / "journal.db", stories.a_day())
    database = Database(f"sqlite:///{path}")
    with pytest.raises(HistoryHalfMade) as caught:
        Projection(tmp_path / "journal.db", database).catch_up()
    assert caught.value.code == "IVR513"
    assert ("lacks" if revision else "contact, leg") in str(caught.value)
    assert f"delete {path}" in caught.value.hint
    with database.transaction() as connection:
        assert METADATA.tables.keys() & set(sa.inspect(connection).get_table_names()) == {"contact", "leg"}
    database.close()
    path.unlink()
    whole = Database(f"sqlite:///{path}")
    assert Projection(tmp_path / "journal.db", whole).catch_up() == len(stories.a_day())
    whole.close()


def test_given_a_database_of_the_first_revision_then_its_rows_are_kept_and_the_new_tables_made(
    tmp_path: Path,
) -> None:
    database = projected(tmp_path, stories.a_day())
    rows = contents(database)
    with database.transaction() as connection:
        for name in ("disposition", "recognition"):
            connection.execute(sa.text(f"DROP TABLE {name}"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    database.upgrade()
    assert database.revision() == newest()
    assert contents(database) == rows | {"disposition": [], "recognition": []}


def test_given_several_that_upgrade_at_once_then_all_succeed(tmp_path: Path) -> None:
    """All have seen an empty file before the first of them begins."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    together = threading.Barrier(4, timeout=60.0)

    class Meeting(Database):
        def revision(self) -> str | None:
            found = super().revision()
            together.wait()
            return found

    def upgrade(database: Database) -> None:
        database.upgrade()
        database.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(upgrade, Meeting(url)) for _ in range(4)]:
            done.result(timeout=60.0)
    assert Database(url).revision() == newest()


def test_given_an_sqlite_file_then_nobody_else_may_read_it(database: Database) -> None:
    file = Path(database.url.database or "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_given_a_newer_revision_then_it_is_left_alone(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HistoryError, match="revision 9999"):
        database.upgrade()


def test_given_another_writer_when_the_place_has_moved_then_nothing_is_written(database: Database) -> None:
    (row,) = (
        row for row in fold(wrap([stories.arrived("c1", 1.0)])).open_rows() if isinstance(row, ContactRow)
    )
    first = Place("j", 5, 1.0)
    database.write([row], Place(), first)
    with pytest.raises(HistoryMoved):
        database.write([], Place(), Place("j", 9, 1.0))
    row.language = "ko"
    with pytest.raises(HistoryMoved):
        database.write([row], Place("j", 4, 1.0), Place("j", 9, 1.0))
    place, rows = database.load()
    assert place == first
    assert [row.language for row in rows if isinstance(row, ContactRow)] == [""]


@pytest.mark.parametrize("seed", [0, *(pytest.param(more, marks=pytest.mark.slow) for more in (1, 2))])
def test_given_a_fold_stopped_anywhere_then_it_ends_as_if_it_had_not(seed: int, tmp_path: Path) -> None:
    events = stories.a_day()
    whole = contents(projected(tmp_path, events))
    chance = random.Random(seed)
    piecewise = Database(f"sqlite:///{tmp_path / 'piecewise.db'}")
    projection = Projection(tmp_path / "journal.db", piecewise)
    while projection.step(chance.randrange(1, 9)):
        if chance.random() < 0.5:
            projection = Projection(tmp_path / "journal.db", piecewise)
    assert contents(piecewise) == whole


@pytest.mark.slow
def test_given_a_failing_write_then_the_next_step_takes_the_same_records_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = stories.a_day()
    whole = contents(projected(tmp_path, events))
    database = Database(f"sqlite:///{tmp_path / 'failing.db'}")
    projection = Projection(tmp_path / "journal.db", database)
    chance, write = random.Random(1), database.write

    def unsure(rows: list[Row], before: Place, after: Place) -> None:
        """Fail before the commit, or after it."""
        fate = chance.random()
        if fate < 0.3:
            raise HistoryError("gone before")
        write(rows, before, after)
        if fate < 0.6:
            raise HistoryError("gone after")

    monkeypatch.setattr(database, "write", unsure)
    failed, last = 0, len(events)
    while projection.place.seq < last or failed == 0:
        try:
            projection.step(5)
        except HistoryError:
            failed += 1
    assert failed > 2
    assert contents(database) == whole


def test_given_another_journal_then_the_history_is_not_mixed_up(tmp_path: Path) -> None:
    database = projected(tmp_path, stories.a_day())
    append(tmp_path / "other.db", [stories.arrived("x", 1.0)])
    with pytest.raises(HistoryError, match="another journal"):
        Projection(tmp_path / "other.db", database).step()
    database.clear()
    assert Projection(tmp_path / "other.db", database).catch_up() == 1


@pytest.mark.parametrize("later", [0, 5, 60])
def test_given_an_older_copy_of_the_journal_then_it_is_not_taken_for_the_same(
    later: int, tmp_path: Path
) -> None:
    """Whether it ends before what the history has, or has grown past that."""
    events = stories.a_day()
    whole = contents(projected(tmp_path, events))
    copy = tmp_path / "copy.db"
    append(copy, events[: len(events) - 30])
    append(copy, [stories.arrived(f"new{number}", 1000.0 + number) for number in range(later)])
    database = Database(f"sqlite:///{tmp_path / 'history.db'}")
    with pytest.raises(HistoryError, match="not the journal it was") as caught:
        Projection(copy, database).catch_up()
    assert "history rebuild" in caught.value.hint
    assert contents(database) == whole
    database.clear()
    assert Projection(copy, database).catch_up() == len(events) - 30 + later


def test_given_old_rows_when_pruned_then_closed_ones_go_a_bounded_number_at_a_time(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(30):
        name = f"c{number}"
        events += [stories.arrived(name, number), stories.queued(name, number)]
        events += stories.abandoned(name, number + 1.0, 1.0, short=True)
    events += [stories.arrived("open", 2.0)]
    database = projected(tmp_path, events)
    assert database.prune(20.0, 7) == 14
    while database.prune(20.0, 7):
        pass
    left = contents(database)
    assert len(left["contact"]) == 11
    assert ("open", True) in {row[:2] for row in left["contact"]}
    assert len(left["visit"]) == 10


def test_given_an_unreachable_database_then_the_error_has_no_password() -> None:
    database = Database("postgresql://ivrcore:s3cret@127.0.0.1:1/history")
    with pytest.raises(HistoryError) as caught:
        database.upgrade()
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_given_a_demand_for_tls_then_a_server_without_is_refused(mode: str) -> None:
    """PostgreSQL's client first asks for it, in eight bytes; `N` is no."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        server.settimeout(60.0)

        def refuse() -> bytes:
            with server.accept()[0] as client:
                asked = client.recv(8)
                client.sendall(b"N")
                return asked

        refused = pool.submit(refuse)
        port = server.getsockname()[1]
        with pytest.raises(HistoryError, match="refuses SSL") as caught:
            Database(f"postgresql://me:s3cret@127.0.0.1:{port}/history?sslmode={mode}").revision()
        assert refused.result(timeout=60.0) == bytes.fromhex("0000000804d2162f")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("parameters", ["pool=3", "sslmode=no", "sslmode=require&sslmode=disable"])
def test_given_parameters_that_are_not_known_then_they_are_refused(parameters: str) -> None:
    with pytest.raises(HistoryError, match="not known") as caught:
        Database(f"postgresql://me:s3cret@db/history?{parameters}")
    assert "sslmode" in caught.value.hint
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ("sslrootcert=/no/such/file", "of no use with sslmode=prefer"),
        ("sslmode=require&sslrootcert=/no/such/file", "of no use with sslmode=require"),
        ("sslmode=verify-full&sslrootcert=/no/such/file", "No such file"),
        (f"sslmode=verify-full&sslrootcert={__file__}", "cannot be used"),
    ],
)
def test_given_a_file_of_authorities_that_cannot_be_used_then_it_is_refused(
    parameters: str, wrong: str
) -> None:
    with pytest.raises(HistoryError, match=wrong) as caught:
        Database(f"postgresql://me:s3cret@db/history?{parameters}")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://h/x", "nonsense", "postgresql+psycopg2://h/x"])
def test_given_a_database_of_another_kind_then_it_is_refused(url: str) -> None:
    with pytest.raises(HistoryError) as caught:
        Database(url)
    assert "postgresql://" in caught.value.hint


def test_given_a_clock_set_back_then_what_lasts_moves_with_it() -> None:
    history = fold(wrap([stories.arrived("c1", 100.0), e.ClockSetBack(at=40.0, seconds=60.0)]))
    (contact,) = history.all(ContactRow)
    assert contact.arrived == 40.0


def test_given_open_rows_then_they_are_found_by_their_own_index(database: Database) -> None:
    with database.transaction() as connection:
        for table in TABLES.values():
            query = sa.select(table).where(table.c.open)
            plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {query.compile(connection)}"))
            assert f"ix_{table.name}_open" in str(plan.all())
