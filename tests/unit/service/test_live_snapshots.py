"""The server's snapshots: made while it runs by a process of their own, and again after one failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ivrcore.errors import JournalError
from ivrcore.journal.local import LocalJournal
from ivrcore.lab import made_day
from ivrcore.service import snapshots as live
from ivrcore.service.snapshots import LiveSnapshots

DEADLINE = 30.0
KEY = bytes(32)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    loop, path = asyncio.new_event_loop(), tmp_path / "journal.db"
    journal = LocalJournal(path, loop)
    journal.append(made_day.day(5)[:100])
    journal.close()
    loop.close()
    return path


def of(path: Path, seq: Callable[[], int], records: int = 50) -> LiveSnapshots:
    config: Any = SimpleNamespace(
        journal=SimpleNamespace(path=path, key=KEY),
        plugins=SimpleNamespace(folder=None, disabled=()),
        wallboard=SimpleNamespace(zone=ZoneInfo("UTC")),
    )
    return LiveSnapshots(config, seq, every=0.01, records=records)


def figures(snapshots: LiveSnapshots) -> dict[str, Any]:
    found = {family.name: family.rows for family in snapshots.families()}
    return {name.removeprefix("ivrcore_journal_snapshot_"): value for name, (((), value),) in found.items()}


def test_given_enough_new_records_then_a_snapshot_is_made_and_not_again(path: Path) -> None:
    snapshots = of(path, lambda: 100)
    snapshots.start()
    until(lambda: snapshots.seq == 100)
    file = snapshots.files.newest_first()[0]
    assert snapshots.files.read(file).seq == 100
    made = (snapshots.files.folder / f"{file}.snapshot").stat().st_mtime_ns
    time.sleep(0.1)  # ten looks
    snapshots.stop()
    assert (snapshots.files.folder / f"{file}.snapshot").stat().st_mtime_ns == made
    assert snapshots.behind == 0
    again = of(path, lambda: 103)
    again.begin_from(100)
    assert figures(again) == {
        "healthy": 1.0,
        "time_seconds": pytest.approx(made / 1e9),
        "behind_records": 3.0,
    }
    again.begin_from(99)
    assert figures(again)["time_seconds"] == 0.0


def test_given_few_new_records_then_there_is_none_until_it_is_late(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = of(path, lambda: 100, records=101)
    looks: list[int] = []
    monkeypatch.setattr(LiveSnapshots, "behind", property(lambda self: looks.append(1) or 100 - self.seq))
    snapshots.start()
    until(lambda: len(looks) > 5)
    assert not snapshots.files.newest_first()
    monkeypatch.setattr(live, "LONGEST", 0.0)
    until(lambda: snapshots.seq == 100)
    snapshots.stop()


def test_given_one_that_fails_then_the_log_says_so_and_it_is_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live, "RETRY", (0.01, 0.05))
    snapshots = of(path, lambda: 100)
    snapshots.files.folder.write_text("in its way")
    snapshots.start()
    until(lambda: len(caplog.messages) >= 2)
    assert "no snapshot of the journal could be made, starts take longer" in caplog.messages[0]
    assert not snapshots.healthy
    assert figures(snapshots) == {"healthy": 0.0, "time_seconds": 0.0, "behind_records": 100.0}
    before = time.time()
    snapshots.files.folder.unlink()
    until(lambda: snapshots.seq == 100)
    until(lambda: snapshots.healthy)
    assert before <= figures(snapshots)["time_seconds"] <= time.time()
    snapshots.stop()


def test_given_a_stop_while_one_is_made_then_it_ends_soon_and_nothing_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun: list[Any] = []

    class Long:
        def __init__(self, _asked: Any) -> None:
            self.ended = False
            begun.append(self)

        def wait(self) -> int:
            until(lambda: self.ended)
            raise JournalError("the process ended with -9")

        def stop(self) -> None:
            self.ended = True

    monkeypatch.setattr(live, "Making", Long)
    snapshots = of(path, lambda: 100)
    snapshots.start()
    until(lambda: bool(begun))
    snapshots.stop()
    assert not caplog.messages
    assert len(begun) == 1
