"""The server's history: kept up to date on its own thread, and caught up after its database was away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivrcore.config import HistoryConfig
from ivrcore.history.database import Database
from ivrcore.history.report import About
from ivrcore.service import history as live
from ivrcore.service.history import LiveHistory
from tests.unit.history.history_site import append, whole
from tests.unit.metrics import metrics_stories as stories

DEADLINE = 30.0


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY", 0.01)
    monkeypatch.setattr(live, "RETRY", (0.01, 0.05))
    monkeypatch.setattr(live, "STOP_SECONDS", DEADLINE)


@contextmanager
def running(folder: Path, database: Path, keep: float = 1e12) -> Iterator[LiveHistory]:
    history = LiveHistory(HistoryConfig(f"sqlite:///{database}", keep=keep, live=True), folder / "journal.db")
    history.start()
    try:
        yield history
    finally:
        history.stop()


def offered(database: Path) -> float | None:
    opened = Database(f"sqlite:///{database}")
    try:
        return whole(opened, About.CONTACTS).total["offered"]
    finally:
        opened.close()


def test_given_a_running_server_then_what_happens_is_in_the_history(tmp_path: Path) -> None:
    database = tmp_path / "history.db"
    append(tmp_path / "journal.db", stories.a_day())
    with running(tmp_path, database) as history:
        until(lambda: history.seq == len(stories.a_day()))
        assert offered(database) == 6
        append(tmp_path / "journal.db", [stories.arrived("c9", 300.0)])
        until(lambda: history.seq == len(stories.a_day()) + 1)
        assert offered(database) == 7
        append(tmp_path / "journal.db", [stories.arrived("c10", 301.0)])
    assert offered(database) == 8, "what comes last is taken in before it ends"


def test_given_its_database_away_then_it_catches_up_once_that_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "disk"
    blocked.write_text("no folder")
    append(tmp_path / "journal.db", stories.a_day())
    with caplog.at_level("INFO", "ivrcore.history"), running(tmp_path, blocked / "history.db") as history:
        until(lambda: not history.healthy)
        assert [family.rows for family in history.families(80)] == [(((), 0.0),), (((), 80.0),)]
        blocked.unlink()
        until(lambda: history.healthy and history.seq == len(stories.a_day()))
    assert offered(blocked / "history.db") == 6
    told = [record.message for record in caplog.records]
    assert sum("falls behind" in message for message in told) == 1
    assert "nothing is missing" in told[-1]


@pytest.mark.slow
def test_given_a_report_that_takes_records_in_meanwhile_then_none_is_there_twice(tmp_path: Path) -> None:
    from ivrcore.history.projection import Projection

    path, database = tmp_path / "journal.db", tmp_path / "history.db"
    append(path, stories.a_day())
    with running(tmp_path, database) as history:
        until(lambda: history.seq > 0)
        other = Database(f"sqlite:///{database}")
        for number in range(20):
            append(path, [stories.arrived(f"x{number}", 300.0 + number)])
            Projection(path, other).catch_up()
        other.close()
        until(lambda: history.seq == len(stories.a_day()) + 20)
    assert offered(database) == 26


def test_given_an_age_then_what_is_older_goes(tmp_path: Path) -> None:
    append(tmp_path / "journal.db", stories.a_day())
    with running(tmp_path, tmp_path / "history.db", keep=1.0) as history:
        until(lambda: history.pruned)
    assert offered(tmp_path / "history.db") == 2, "those who are still there"


def test_given_a_long_journal_when_stopped_then_it_ends_after_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STEP", 5)
    append(tmp_path / "journal.db", stories.a_day())
    config = HistoryConfig(f"sqlite:///{tmp_path / 'history.db'}", keep=1e12, live=True)
    history = LiveHistory(config, tmp_path / "journal.db")
    history.stop()
    history.start()
    history.stop()
    assert (history.seq, history.healthy) == (5, True)


def test_given_no_live_history_then_nothing_runs(tmp_path: Path) -> None:
    history = LiveHistory(HistoryConfig(f"sqlite:///{tmp_path / 'history.db'}"), tmp_path / "journal.db")
    history.start()
    history.stop()
    assert history.families(5) == []
    assert not (tmp_path / "history.db").exists()


def test_given_a_start_that_is_under_way_then_it_waits_but_an_end_does_not_wait_for_it(
    tmp_path: Path,
) -> None:
    database = tmp_path / "history.db"
    append(tmp_path / "journal.db", stories.a_day())
    config = HistoryConfig(f"sqlite:///{database}", keep=1e12, live=True)
    history = LiveHistory(config, tmp_path / "journal.db", after=1e6)
    history.start()
    assert not database.exists()
    history.stop()
    assert offered(database) == 6
