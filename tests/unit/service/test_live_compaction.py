"""The server's compaction: by a process of its own, of what may be packed only, and again after it failed."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivrcore.errors import JournalError
from ivrcore.history.database import Database
from ivrcore.history.projection import Projection
from ivrcore.journal import compaction
from ivrcore.journal.blocks import BLOCK
from ivrcore.journal.compaction import compacting, packed_to
from ivrcore.journal.forgetting import Untold
from ivrcore.journal.local import last_seq, read_records
from ivrcore.journal.snapshots import Snapshots
from ivrcore.journal.store import Store, Write
from ivrcore.journal.subjects import INSERT
from ivrcore.lab import made_day
from ivrcore.model import events
from ivrcore.model.names import Cause, Outcome
from ivrcore.service import compaction as live
from ivrcore.service import forgetting
from ivrcore.service.compaction import LiveCompaction
from ivrcore.service.forgetting import Forgetting
from ivrcore.service.known_callers import day_of
from ivrcore.service.packing import Packing, allowed, asked_of
from tests.unit.history.history_site import append
from tests.unit.service.test_past_snapshots import start

DEADLINE = 120.0
KEY = bytes(range(32))
WEEK = 7 * 86_400.0


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def day() -> list[Any]:
    return made_day.day(700)[: 4 * BLOCK + 500]


@pytest.fixture
def path(tmp_path: Path, day: list[Any]) -> Path:
    append(tmp_path / "journal.db", day)
    return tmp_path / "journal.db"


def config_of(
    path: Path,
    pack_after: float = WEEK,
    history: str | None = None,
    forget_after: float = float("inf"),
) -> Any:
    return SimpleNamespace(
        journal=SimpleNamespace(path=path, key=KEY, pack_after=pack_after, forget_after=forget_after),
        history=SimpleNamespace(url=history or "", live=history is not None),
    )


def snapshot(path: Path, end: int) -> None:
    start(path, end=end).save(Snapshots(path, KEY))


def of(path: Path, **kept: Any) -> LiveCompaction:
    return live_of(config_of(path, **kept))


def live_of(config: Any, **how: Any) -> LiveCompaction:
    usual = {"now": time.time, "every": 0.01, "packed_every": 0.0, "first": 0.0, "sure_after": 0.0}
    return LiveCompaction(config, **(usual | how))


def figures(compacting: LiveCompaction) -> dict[str, Any]:
    found = {family.name: family.rows for family in compacting.families()}
    return {name.removeprefix("ivrcore_journal_"): value for name, (((), value),) in found.items()}


def health(looking: LiveCompaction) -> tuple[float, float]:
    """Of compaction, and of forgetting."""
    found = figures(looking)
    return found["compaction_healthy"], found["forgetting_healthy"]


def test_given_old_records_before_a_snapshot_then_they_are_packed_and_metrics_tell_it(path: Path) -> None:
    snapshot(path, 2 * BLOCK + 10)
    before = [record.event for record in read_records(path)]
    compacting = of(path)
    compacting.start()
    until(lambda: figures(compacting)["packed_records"] > 0)
    compacting.stop()
    found = figures(compacting)
    assert found["packed_records"] == 2 * BLOCK - 1 == packed_to(path)
    assert 0 < found["packed_bytes"] < found["bytes"] / 10
    assert found["free_bytes"] > 0
    assert found["compaction_healthy"] == 1.0
    assert [record.event for record in read_records(path)] == before


def test_given_no_snapshot_that_can_be_opened_then_nothing_may_be_packed(path: Path) -> None:
    asked = asked_of(config_of(path))
    assert allowed(asked, time.time()) == 0
    snapshot(path, 2 * BLOCK)
    assert allowed(asked, time.time()) == 2 * BLOCK - 1
    files = Snapshots(path, KEY)
    file = files.folder / f"{files.newest_first()[0]}.snapshot"
    sealed = bytearray(file.read_bytes())
    sealed[-1] ^= 1
    file.write_bytes(sealed)
    assert allowed(asked, time.time()) == 0


def test_given_snapshots_then_the_oldest_from_which_a_start_may_begin_counts(path: Path) -> None:
    for end in (BLOCK + 5, 3 * BLOCK, 3 * BLOCK + 7, 4 * BLOCK + 9):
        snapshot(path, end)
    assert allowed(asked_of(config_of(path)), time.time()) == 3 * BLOCK - 1


def test_given_a_live_history_then_only_what_it_has_may_be_packed(path: Path, tmp_path: Path) -> None:
    snapshot(path, 4 * BLOCK)
    url = f"sqlite:///{tmp_path / 'history.db'}"
    asked = asked_of(config_of(path, history=url))
    assert allowed(asked, time.time()) == 0
    database = Database(url)
    projection = Projection(path, database)
    projection.step(2 * BLOCK + 5)
    assert allowed(asked, time.time()) == 2 * BLOCK - 1
    projection.catch_up()
    database.close()
    assert allowed(asked, time.time()) == 4 * BLOCK - 1


def test_given_records_that_are_not_old_yet_then_none_may_be_packed(path: Path, day: list[Any]) -> None:
    snapshot(path, 4 * BLOCK)
    asked = asked_of(config_of(path))
    assert allowed(asked, day[0].at + WEEK) == 0
    assert allowed(asked, day[2 * BLOCK + 50].at + WEEK) == 2 * BLOCK - 1


@pytest.mark.parametrize("pack_after", [float("inf"), 100 * 365 * 86_400.0])
def test_given_never_or_nothing_old_then_no_process_is_begun(
    path: Path, pack_after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot(path, 4 * BLOCK)
    begun: list[Any] = []
    monkeypatch.setattr(live, "Packing", begun.append)
    looks: list[Path] = []

    def look(path: Path) -> compaction.Sizes:
        looks.append(path)
        return compaction.sizes(path)

    monkeypatch.setattr(live, "sizes", look)
    compacting = of(path, pack_after=pack_after)
    compacting.start()
    until(lambda: len(looks) > 3)
    compacting.stop()
    assert not begun
    assert figures(compacting)["bytes"] > 0


def test_given_one_that_fails_then_the_log_says_so_once_and_it_is_tried_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot(path, 2 * BLOCK)
    compacting = of(path)
    with compaction.compacting(path):
        compacting.start()
        until(lambda: not figures(compacting)["compaction_healthy"])
    assert figures(compacting)["forgetting_healthy"] == 1.0
    until(lambda: packed_to(path) > 0)
    until(lambda: figures(compacting)["compaction_healthy"])
    compacting.stop()
    assert len([one for one in caplog.messages if "the journal could not be compacted" in one]) == 1
    assert "is being compacted already" in caplog.text


def test_given_a_stop_meanwhile_then_the_process_ends_and_the_next_goes_on(
    path: Path, day: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    snapshot(path, 4 * BLOCK)
    compacting = of(path)
    compacting.start()
    until(lambda: packed_to(path) > 0)
    compacting.stop()
    assert figures(compacting)["compaction_healthy"] == 1.0
    assert not caplog.messages
    Packing(asked_of(config_of(path))).wait()
    assert packed_to(path) == 4 * BLOCK - 1
    assert [record.event for record in read_records(path)] == day


def test_given_a_process_that_dies_then_that_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packing = Packing(asked_of(config_of(path)))
    packing.stop()
    with pytest.raises(JournalError, match="the process ended with -9"):
        packing.wait()
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(JournalError, match="cannot be started"):
        Packing(asked_of(config_of(path)))


def test_given_a_snapshot_and_blocks_then_a_start_reads_no_block(path: Path) -> None:
    snapshot(path, 3 * BLOCK)
    with compacting(path, lambda _: None) as one:
        list(one.pack(allowed(asked_of(config_of(path)), time.time())))
    assert packed_to(path) == 3 * BLOCK - 1
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE block SET data = x'00'")
    past = start(path, zone=ZoneInfo("UTC"))
    assert past.began == 3 * BLOCK
    assert past.seq == last_seq(path)


# --- personal values ------------------------------------------------------------------------------


def put_down(path: Path, subjects: dict[str, dict[str, str]]) -> None:
    store, cipher, nonce = Store(path), AESGCM(KEY), bytes(12)
    rows = [
        (one, nonce, cipher.encrypt(nonce, msgspec.json.encode(values), one.encode()))
        for one, values in subjects.items()
    ]
    store.commit([Write(INSERT, rows)])
    store.close()


def there(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {one for (one,) in connection.execute("SELECT id FROM subject")}


def whose(path: Path, contact: str, at: float, *, over: bool) -> None:
    """Have a contact come, and perhaps go, whose values are kept as of the subject of its name."""
    came = events.ContactArrived(
        at=at,
        contact=contact,
        leg=f"{contact}.l1",
        channel=contact,
        number="5000",
        plan="p",
        plan_version="1",
        subject=f"s-{contact}",
    )
    left = events.ContactClosed(at=at, contact=contact, outcome=Outcome.QUEUED, cause=Cause.NORMAL)
    append(path, [came, left] if over else [came])


def test_given_old_contacts_then_their_values_are_removed_once_a_day_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, now = tmp_path / "journal.db", time.time()
    whose(path, "old", now - 2 * WEEK, over=True)
    whose(path, "open", now - 2 * WEEK, over=False)
    whose(path, "new", now, over=True)
    known = {"known_as": "n1", "used": day_of(now - 2 * WEEK)}
    put_down(path, {"s-old": {}, "s-open": {}, "s-new": {}, "long-ago": known})
    put_down(path, {"lately": known | {"used": day_of(now)}})
    told: list[Untold] = []
    begun: list[Any] = []

    def begin(asked: Any) -> Forgetting:
        begun.append(asked)
        return Forgetting(asked)

    monkeypatch.setattr(live, "Forgetting", begin)
    config = config_of(path, pack_after=float("inf"), forget_after=WEEK)
    looking = live_of(config, forgotten=told.append)
    looking.start()
    until(lambda: told)
    assert there(path) == {"s-open", "s-new", "lately"}
    until(lambda: figures(looking)["bytes"] > 0)
    looking.stop()
    ((count, before, in_all),) = told
    assert count == in_all == 2
    assert before == pytest.approx(now - WEEK, abs=DEADLINE)
    assert len(begun) == 1
    assert figures(looking)["forgetting_healthy"] == 1.0


def test_given_values_that_others_removed_then_that_is_told_once(tmp_path: Path) -> None:
    path, told = tmp_path / "journal.db", list[Untold]()
    whose(path, "old", time.time() - 2 * WEEK, over=True)
    put_down(path, {"s-old": {}})
    config = config_of(path, forget_after=WEEK)
    asked = forgetting.asked_of(config, time.time(), sure=True)
    forgetting.forgotten(asked, settle=lambda _: None)
    assert not there(path)
    looking = live_of(config_of(path), forgotten=told.append)
    looking.start()
    until(lambda: figures(looking)["bytes"] > 0)
    looking.stop()
    assert told == [(1, float(int(asked.before)), 1)]


def test_given_no_limit_then_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, begun = tmp_path / "journal.db", list[Any]()
    whose(path, "old", 1.0, over=True)
    monkeypatch.setattr(live, "Forgetting", begun.append)
    looking = of(path)
    looking.start()
    until(lambda: figures(looking)["bytes"] > 0)
    looking.stop()
    assert not begun


def test_given_values_that_cannot_be_removed_then_the_journal_is_packed_and_it_is_tried_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot(path, 2 * BLOCK)
    whose(path, "c1", 1.0, over=True)
    put_down(path, {"s-c1": {}})
    with closing(sqlite3.connect(path)) as connection:
        (good,) = connection.execute("SELECT data FROM event WHERE seq = ?", (last_seq(path),)).fetchone()
        connection.execute("UPDATE event SET data = x'00' WHERE seq = ?", (last_seq(path),))
        connection.commit()
    looking = of(path, forget_after=WEEK)
    looking.start()
    until(lambda: packed_to(path) == 2 * BLOCK - 1 and not figures(looking)["forgetting_healthy"])
    assert figures(looking)["compaction_healthy"] == 1.0
    assert "old personal values could not be removed" in caplog.text
    assert there(path) == {"s-c1"}
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE event SET data = ? WHERE seq = ?", (good, last_seq(path)))
        connection.commit()
    until(lambda: figures(looking)["forgetting_healthy"])
    looking.stop()
    assert not there(path)


def test_given_both_that_fail_then_both_are_told_once_and_when_they_are_well_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ivrcore.journal")
    snapshot(path, 2 * BLOCK)
    looking = of(path, forget_after=WEEK)
    with compacting(path):
        looking.start()
        until(lambda: not any(health(looking)))
    until(lambda: all(health(looking)))
    looking.stop()
    for words in (
        "old personal values could not be removed",
        "the journal could not be compacted",
        "old personal values are removed again",
        "the journal is compacted again",
    ):
        assert len([one for one in caplog.messages if one.startswith(words)]) == 1, words


def test_given_a_size_that_cannot_be_told_once_then_compaction_and_forgetting_are_well(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "ivrcore.journal")
    healths: list[tuple[float, float]] = []
    looking = live_of(config_of(path), packed_every=3600.0)

    def busy_at_first(path: Path) -> compaction.Sizes:
        healths.append(health(looking))
        if len(healths) == 1:
            raise JournalError("database is locked")
        return compaction.sizes(path)

    monkeypatch.setattr(live, "sizes", busy_at_first)
    looking.start()
    until(lambda: len(healths) > 3)
    looking.stop()
    assert set(healths) == {(1.0, 1.0)}
    assert [one.split(":")[0] for one in caplog.messages] == [
        "the journal's size could not be told",
        "the journal's size is told again",
    ]


def test_given_an_error_that_nobody_thought_of_then_it_is_told_with_its_place_and_the_rest_goes_on(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot(path, 2 * BLOCK)

    def begin(_asked: Any) -> Forgetting:
        raise ValueError("what is that?")

    monkeypatch.setattr(live, "Forgetting", begin)
    looking = of(path, forget_after=WEEK)
    looking.start()
    until(lambda: packed_to(path) == 2 * BLOCK - 1 and figures(looking)["bytes"] > 0)
    assert health(looking) == (1.0, 0.0)
    monkeypatch.setattr(live, "Forgetting", Forgetting)
    until(lambda: all(health(looking)))
    looking.stop()
    (told,) = [one for one in caplog.records if one.exc_info]
    assert told.getMessage() == "old personal values could not be removed"
    assert "what is that?" in caplog.text


AHEAD = 100 * 86_400.0


def a_week_of_calls(path: Path) -> set[str]:
    """Up to yesterday; gives whose values are kept."""
    for day in range(7, 0, -1):
        whose(path, f"c{day}", time.time() - day * 86_400.0, over=True)
    subjects: set[str] = {f"s-c{day}" for day in range(1, 8)}
    put_down(path, {one: {} for one in subjects})
    return subjects


def ahead() -> float:
    return time.time() + AHEAD


@pytest.mark.parametrize(("now", "machine"), [(ahead, time.time), (time.time, ahead)])
def test_given_a_clock_that_jumped_after_the_start_then_the_one_of_both_that_is_behind_counts(
    tmp_path: Path, now: Callable[[], float], machine: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, begun = tmp_path / "journal.db", list[Any]()
    subjects = a_week_of_calls(path)

    def begin(asked: Any) -> Forgetting:
        begun.append(asked)
        return Forgetting(asked)

    monkeypatch.setattr(live, "Forgetting", begin)
    looking = live_of(config_of(path, forget_after=2 * WEEK), now=now, machine=machine)
    looking.start()
    until(lambda: figures(looking)["bytes"] > 0)
    looking.stop()
    assert begun[0].now == pytest.approx(time.time(), abs=DEADLINE)
    assert there(path) == subjects


def test_given_a_start_while_the_clock_is_ahead_then_nothing_is_removed_and_that_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, begun = tmp_path / "journal.db", list[Any]()
    subjects = a_week_of_calls(path)
    append(path, [events.ServerStarted(at=ahead(), node="n", app="n-a", version="1")])

    def begin(asked: Any) -> Forgetting:
        begun.append(asked)
        return Forgetting(asked)

    monkeypatch.setattr(live, "Forgetting", begin)
    config = config_of(path, forget_after=2 * WEEK)
    looking = live_of(config, now=ahead, machine=ahead, sure_after=86_400.0)
    looking.start()
    until(lambda: len(begun) > 2)
    looking.stop()
    assert there(path) == subjects
    assert health(looking) == (1.0, 1.0)
    (told,) = caplog.messages
    assert "the clock is 101 days ahead of the journal" in told
    assert "--now-is-right" in told


def test_given_a_site_that_was_off_then_values_go_once_the_server_has_run_for_long_enough(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    whose(path, "old", time.time() - 2 * WEEK, over=True)
    put_down(path, {"s-old": {}})
    looking = live_of(config_of(path, forget_after=WEEK), sure_after=0.5)
    looking.start()
    until(lambda: not there(path))
    looking.stop()
    assert health(looking) == (1.0, 1.0)
