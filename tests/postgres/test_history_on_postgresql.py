"""The history in a real PostgreSQL: rows and reports as in SQLite, and nothing lost while it is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ivrcore.config import HistoryConfig
from ivrcore.errors import HistoryError, HistoryHalfMade
from ivrcore.history.database import Database, newest
from ivrcore.history.intervals import Every
from ivrcore.history.projection import Projection
from ivrcore.history.report import About, Asked, Report, make_report
from ivrcore.history.tables import METADATA, TABLES
from ivrcore.lab.postgres import Postgres, running
from ivrcore.model.event import Event
from ivrcore.service import history as live
from ivrcore.service.history import LiveHistory
from tests.scenarios.floor import START
from tests.scenarios.test_any_day import SEVERAL, WEIGHTS
from tests.scenarios.test_history_agrees import day_of
from tests.unit.history.history_site import append, projected, whole
from tests.unit.metrics import metrics_stories as stories

DEADLINE = 60.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with running() as made:
        yield made


@pytest.fixture
def database(cluster: Postgres) -> Iterator[Database]:
    """Give a database without anything of ours."""
    made = Database(cluster.url)
    with made.transaction() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    yield made
    made.close()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.transaction() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
            for table in TABLES.values()
        }


def told(report: Report) -> list[tuple[object, ...]]:
    """Give the lines; sums of many numbers may differ in their last digits."""
    return [
        (line.interval, line.key, {name: value and round(value, 6) for name, value in line.values.items()})
        for line in report.lines
    ]


def test_given_an_empty_database_when_upgraded_then_the_tables_are_those_of_the_code(
    database: Database,
) -> None:
    database.upgrade()
    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": METADATA})
        assert compare_metadata(context, METADATA) == []


def test_given_several_that_upgrade_at_once_then_all_succeed(cluster: Postgres, database: Database) -> None:
    """All have seen no tables before the first of them begins."""
    together = threading.Barrier(3, timeout=DEADLINE)

    class Meeting(Database):
        def revision(self) -> str | None:
            found = super().revision()
            together.wait()
            return found

    def upgrade(made: Database) -> None:
        made.upgrade()
        made.close()

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(upgrade, Meeting(cluster.url)) for _ in range(3)]:
            done.result(timeout=DEADLINE)
    assert database.revision() == newest()


def test_given_a_half_made_database_then_it_is_told_and_left_as_it_is(database: Database) -> None:
    with database.transaction() as connection:
        for name in ("contact", "leg"):
            METADATA.tables[name].create(connection)
    with pytest.raises(HistoryHalfMade, match="has the tables contact, leg") as caught:
        database.upgrade()
    assert "drop its tables" in caught.value.hint
    assert database.revision() is None
    with database.transaction() as connection:
        assert sorted(sa.inspect(connection).get_table_names()) == ["contact", "leg"]


def test_given_a_statement_that_takes_longer_than_to_connect_then_it_is_waited_for(
    cluster: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Database(cluster.url)
    with patient.transaction() as connection:
        assert connection.execute(sa.text("SELECT pg_sleep(5.5)")).one()
    patient.close()
    monkeypatch.setattr("ivrcore.history.database.STATEMENT_SECONDS", 0.2)
    bounded = Database(cluster.url)
    with pytest.raises(HistoryError), bounded.transaction() as connection:
        connection.execute(sa.text("SELECT pg_sleep(60)"))
    bounded.close()


@pytest.mark.parametrize("seed", [0, 2])
def test_given_a_day_then_rows_and_reports_are_those_of_sqlite(
    seed: int, database: Database, tmp_path: Path
) -> None:
    events: list[Event] = day_of(seed, SEVERAL if seed else WEIGHTS, to_the_end=False)
    sqlite = projected(tmp_path, events)
    projection = Projection(tmp_path / "journal.db", database)
    while projection.step(37):
        pass
    assert contents(database) == contents(sqlite)
    for about in About:
        for every in (Every.WHOLE, Every.QUARTER):
            asked = Asked(about, START - 60, START + 7200, every)
            found, wanted = (
                make_report(database, asked, START + 7200),
                make_report(sqlite, asked, START + 7200),
            )
            assert told(found) == told(wanted)
    database.prune(START + 7200, 3)
    sqlite.prune(START + 7200, 3)
    assert contents(database) == contents(sqlite)


def test_given_postgresql_away_when_it_is_back_then_nothing_is_lost_nor_there_twice(
    cluster: Postgres, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EVERY", 0.01)
    monkeypatch.setattr(live, "RETRY", (0.01, 0.1))
    path = tmp_path / "journal.db"
    append(path, stories.a_day())
    history = LiveHistory(HistoryConfig(cluster.url, keep=1e12, live=True), path)
    history.start()
    try:
        for number in range(3):
            known = len(stories.a_day()) + number
            until(partial(lambda known: history.healthy and history.seq >= known, known))
            cluster.stop()
            append(path, [stories.arrived(f"away{number}", 300.0 + number)])
            until(lambda: not history.healthy)
            cluster.start()
        until(lambda: history.healthy and history.seq == len(stories.a_day()) + 3)
    finally:
        history.stop()
    assert whole(database, About.CONTACTS).total["offered"] == 9
    assert contents(database) == contents(_again(path, tmp_path))


def _again(journal: Path, folder: Path) -> Database:
    made = Database(f"sqlite:///{folder / 'again.db'}")
    Projection(journal, made).catch_up()
    return made
