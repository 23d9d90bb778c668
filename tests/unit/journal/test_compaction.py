"""A compacted journal tells what it told before, to whoever reads it, wherever the compaction was ended."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrcore import why
from ivrcore.errors import JournalError, RequestRefused
from ivrcore.history.report import About
from ivrcore.journal import checking, compaction, local, of_contact, store
from ivrcore.journal.compaction import compacting, last_before, packed_to, sizes, write_anew
from ivrcore.journal.local import (
    LocalJournal,
    last_seq,
    mark_of,
    read_arrived,
    read_back,
    read_batch,
    read_named,
    read_records,
    span_of,
    time_of,
)
from ivrcore.journal.of_contact import read_contact
from ivrcore.journal.record import Record
from ivrcore.journal.snapshots import record_mark
from ivrcore.journal.store import Store
from ivrcore.lab import made_day
from ivrcore.model.event import Event
from ivrcore.simulator.scenario import past_of
from tests.unit.history.history_site import append, projected, whole
from tests.unit.service.test_past_snapshots import everything, happened, start

BLOCK, PART = 64, 256
SHORT = settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "BLOCK", BLOCK)
    for module in (local, of_contact, compaction):
        monkeypatch.setattr(module, "PART", PART)


def at_once(_seconds: float) -> None:
    """Rest no longer."""


def pack(path: Path, until: int) -> None:
    with compacting(path, at_once) as one:
        for _ in one.pack(until // BLOCK * BLOCK - 1):
            pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    append(tmp_path / "journal.db", happened())
    return tmp_path / "journal.db"


def twin(path: Path, until: int) -> Path:
    """Give a compacted copy, beside the journal."""
    copy = path.parent / f"to-{until}" / path.name
    copy.parent.mkdir()
    shutil.copy(path, copy)
    pack(copy, until)
    return copy


@cache
def contacts() -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for one in happened() if (found := getattr(one, "contact", ""))))


def steps(path: Path, most: int) -> list[Any]:
    found, seq = [], 0
    while (batch := read_batch(path, ["TalkEnded", "ContactClosed"], seq, most)).seq > seq:
        found.append(batch)
        seq = batch.seq
    return found


def explained(contact: str, path: Path) -> Any:
    try:
        return why.explained(contact, path)
    except RequestRefused as error:
        return error.message


@SHORT
@given(st.data())
def test_given_any_compaction_then_whoever_reads_is_told_the_same(path: Path, data: st.DataObject) -> None:
    events = happened()
    end = len(events)
    until = data.draw(st.one_of(st.integers(BLOCK, end), st.just(end)))
    copy = twin(path, until)
    try:
        assert packed_to(copy) == until // BLOCK * BLOCK - 1
        same_to_all(path, copy, data)
    finally:
        shutil.rmtree(copy.parent)


def same_to_all(path: Path, copy: Path, data: st.DataObject) -> None:
    end = last_seq(path)
    after = data.draw(st.integers(0, end + 1))
    seq = data.draw(st.integers(0, end + 1))
    when = data.draw(st.floats(made_day.EPOCH - 10.0, made_day.EPOCH + made_day.DAY))
    later = when + data.draw(st.floats(0.0, made_day.DAY))
    names = data.draw(st.sets(st.sampled_from(sorted({type(one).__name__ for one in happened()}))))
    readers: tuple[Callable[[Path], Any], ...] = (
        last_seq,
        mark_of,
        span_of,
        lambda path: list(read_records(path, after)),
        lambda path: time_of(path, seq),
        lambda path: record_mark(path, seq),
        lambda path: list(read_named(path, names, when)),
        lambda path: list(read_back(path, names, when)),
        lambda path: list(read_arrived(path, {*names, "ContactArrived"}, when, later)),
        lambda path: steps(path, 100),
        lambda path: list(checking.check(path)),
        lambda path: past_of(path, "", ""),
    )
    for read in readers:
        assert read(copy) == read(path)
    some = random.Random(after).sample(contacts(), 10)
    for contact in some:
        assert read_contact(copy, contact) == read_contact(path, contact)
    for contact in some[:3]:
        assert explained(contact, copy) == explained(contact, path)


def test_given_a_compacted_journal_then_folds_and_reports_are_the_same(path: Path, tmp_path: Path) -> None:
    copy = twin(path, len(happened()))
    assert everything(start(copy, key=None)) == everything(start(path, key=None))
    before, after = projected(path.parent, []), projected(copy.parent, [])
    for about in About:
        assert whole(after, about) == whole(before, about)


def test_given_long_ago_then_what_is_explained_is_the_same(tmp_path: Path) -> None:
    """Who stood how is told by what is days before, of which only the last counts."""
    from tests.unit.test_why_long_journals import contacts as of_the_week
    from tests.unit.test_why_long_journals import week

    (tmp_path / "first").mkdir()
    whole_path, events = week(tmp_path / "first", "longest_idle", 6, always=True)
    path = tmp_path / "journal.db"
    append(path, events)
    copy = twin(path, len(events) - 5)
    for contact in of_the_week(events, 3):
        found = explained(contact, copy)
        assert found == explained(contact, whole_path)
        assert found.decisions


# --- the file ---------------------------------------------------------------------------------------


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def test_given_nothing_packed_then_a_release_of_before_can_go_on(path: Path) -> None:
    pack(path, 10)
    assert (version_of(path), packed_to(path)) == (2, 0)
    pack(path, 3 * BLOCK)
    assert (version_of(path), packed_to(path)) == (3, 3 * BLOCK - 1)
    Store(path).close()
    assert version_of(path) == 3


def test_given_a_compacted_journal_then_a_server_goes_on_writing_it(path: Path) -> None:
    end = last_seq(path)
    pack(path, end)
    loop = asyncio.new_event_loop()
    journal = LocalJournal(path, loop)
    more = list(happened()[:BLOCK])
    journal.append(more)
    journal.close()
    loop.close()
    assert [record.event for record in read_records(path)] == [*happened(), *more]
    pack(path, end + BLOCK)
    assert [record.event for record in read_records(path)] == [*happened(), *more]


def test_given_free_space_then_the_file_gets_smaller_and_keeps_some_slack(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "SLACK", 8)
    before = sizes(path)
    assert before.packed == before.blocks == 0
    with compacting(path, at_once) as one:
        list(one.pack(len(happened()) // BLOCK * BLOCK - 1))
        packed = sizes(path)
        list(one.give_back())
        one.checkpoint()
    after = sizes(path)
    assert packed.free > 0.5 * before.file
    assert after.packed == len(happened()) // BLOCK * BLOCK - 1
    assert 0 < after.blocks < before.file / 4
    assert path.stat().st_size < 0.6 * before.file
    assert after.free <= max(8 * 4096, path.stat().st_size / 8)
    assert [record.event for record in read_records(path)] == list(happened())


def test_given_a_file_of_before_then_it_is_written_anew_where_no_server_runs(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:  # as before: what is free stays
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(
            f"PRAGMA application_id={store.APPLICATION_ID};PRAGMA user_version=2;{store.SCHEMA}"
        )
    append(path, happened())
    before = sizes(path).file
    pack(path, len(happened()))
    with compacting(path, at_once) as one:
        assert list(one.give_back()) == []
    assert sizes(path).file >= before
    taken = Store(path)
    with pytest.raises(JournalError, match="in use by another process"):
        write_anew(path)
    taken.close()
    write_anew(path)
    assert sizes(path).file < before / 2
    assert [record.event for record in read_records(path)] == list(happened())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)


def test_given_records_without_places_then_they_have_them_once_they_are_packed(tmp_path: Path) -> None:
    path, events = tmp_path / "journal.db", happened()[: 6 * BLOCK]
    taken = Store(path)
    taken.commit([local.insert([Record(seq, event) for seq, event in enumerate(events, 1)])])
    taken.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE mark SET seq = ? WHERE name = 'unplaced'", (4 * BLOCK,))
        connection.commit()
    contact = contacts()[0]
    before = read_contact(path, contact)
    pack(path, 2 * BLOCK)
    assert read_contact(path, contact) == before
    pack(path, 6 * BLOCK)
    assert read_contact(path, contact) == before != []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT seq FROM mark WHERE name = 'unplaced'").fetchone() == (0,)
        parts = connection.execute("SELECT part FROM place WHERE contact = ?", (contact,)).fetchall()
    own = {record.seq // PART for record in before if getattr(record.event, "contact", "") == contact}
    assert parts == [(part,) for part in sorted(own)]


def test_given_a_file_that_no_server_of_this_release_has_opened_then_it_is_left_alone(path: Path) -> None:
    changed(path, "DROP TABLE place")
    changed(path, "DELETE FROM mark WHERE name = 'unplaced'")
    with pytest.raises(JournalError, match="no server of this one has opened it"):
        pack(path, 9 * BLOCK)
    Store(path).close()
    pack(path, 9 * BLOCK)
    assert packed_to(path) == 9 * BLOCK - 1


def test_given_one_at_work_then_another_is_refused(path: Path) -> None:
    with compacting(path), pytest.raises(JournalError, match="is being compacted already"):
        pack(path, 100)
    pack(path, BLOCK)
    assert packed_to(path) == BLOCK - 1


def test_given_times_and_a_snapshot_then_whole_blocks_before_both_may_be_packed(path: Path) -> None:
    middle = 3 * BLOCK + 5
    at = happened()[middle - 1].at - 30.0  # by the clock as it is now: it was set back by that
    first = next(n for n, one in enumerate(happened(), 1) if one.at >= at + 30.0)
    assert last_before(path, at, 10**9) == first // BLOCK * BLOCK - 1
    assert last_before(path, 4e9, 2 * BLOCK) == 2 * BLOCK - 1
    assert last_before(path, 4e9, 2 * BLOCK - 1) == BLOCK - 1
    assert last_before(path, 4e9, BLOCK - 1) == 0
    assert last_before(path, 0.0, 10**9) == 0


# --- damage -----------------------------------------------------------------------------------------


def changed(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql, values)
        connection.commit()


def test_given_a_damaged_block_then_whoever_needs_it_is_told_and_others_read_on(path: Path) -> None:
    pack(path, 10 * BLOCK)
    assert list(checking.check(path)) == []
    first, last = BLOCK, 2 * BLOCK - 1
    changed(
        path,
        "UPDATE block SET data = CAST(substr(data, 1, length(data) - 1) || 'x' AS BLOB) WHERE first = ?",
        first,
    )
    told = f"records {first} to {last} of the journal are damaged"
    for read in (
        lambda: list(read_records(path)),
        lambda: list(read_records(path, first + 3)),
        lambda: read_batch(path, ["TalkEnded"], first + 1, 5),
        lambda: time_of(path, first + 1),
    ):
        with pytest.raises(JournalError, match=told):
            read()
    assert next(read_records(path, last)).seq == last + 1
    assert list(checking.check(path)) == [told]


def test_given_damage_and_gaps_then_a_check_tells_them_all(path: Path) -> None:
    pack(path, 6 * BLOCK)
    end = last_seq(path)
    changed(path, "DELETE FROM block WHERE first = ?", 2 * BLOCK)
    changed(path, "UPDATE event SET data = '{}' WHERE seq = ?", 7 * BLOCK)
    changed(path, "DELETE FROM event WHERE seq IN (?, ?)", 8 * BLOCK, 8 * BLOCK + 1)
    changed(path, "DELETE FROM event WHERE seq > ?", end - 2)
    changed(path, "INSERT OR REPLACE INTO mark VALUES ('last', ?)", end)
    assert list(checking.check(path)) == [
        f"records {2 * BLOCK} to {3 * BLOCK - 1} are missing",
        f"record {7 * BLOCK} of the journal is damaged",
        f"records {8 * BLOCK} to {8 * BLOCK + 1} are missing",
        f"records {end - 1} to {end} are missing",
    ]
    with pytest.raises(JournalError, match=f"lacks the records {2 * BLOCK} to {3 * BLOCK - 1}"):
        list(read_records(path))


def test_given_a_damaged_record_then_it_is_not_packed_and_no_record_behind_it(path: Path) -> None:
    bad = 3 * BLOCK + 7
    changed(path, "UPDATE event SET at = at + 1 WHERE seq = ?", bad)
    with pytest.raises(JournalError, match=f"record {bad} of the journal is damaged"):
        pack(path, 9 * BLOCK)
    assert packed_to(path) == 3 * BLOCK - 1
    changed(path, "DELETE FROM event WHERE seq = ?", bad)
    with pytest.raises(JournalError, match=f"lacks the records {bad} to {bad}"):
        pack(path, 9 * BLOCK)


# --- beside a server, and killed --------------------------------------------------------------------

PROCESS = """
import sys
from pathlib import Path
from ivrcore.journal import compaction
compaction.BLOCK = {block}
compaction.PART = {part}
compaction.SLACK = 4
with compaction.compacting(Path(sys.argv[1]), lambda seconds: print(flush=True)) as one:
    for _ in one.pack(int(sys.argv[2])):
        pass
    for _ in one.give_back():
        pass
print("done", flush=True)
"""


class Server(threading.Thread):
    """Writes a journal, with commits that somebody waits for, until it is told to stop."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._over = threading.Event()
        self.written: list[Event] = []
        self.failed = False

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        journal = LocalJournal(self._path, loop)
        events = iter(happened() * 50)
        while not self._over.is_set():
            durable = loop.create_future()
            some = [next(events) for _ in range(3)]
            journal.append(some, lambda durable=durable: durable.set_result(None))  # type: ignore[misc]
            await durable
            self.failed |= not journal.healthy
            self.written += some
            await asyncio.sleep(0.001)
        journal.close()

    def stop(self) -> None:
        self._over.set()
        self.join()


def killed(path: Path, until: int, transactions: int) -> bool:
    """Compact in a process that is killed while it is at the next one behind so many transactions; tell
    whether it was done before."""
    program = PROCESS.format(block=BLOCK, part=PART)
    command = [sys.executable, "-c", program, str(path), str(until)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(transactions + 1)]
        os.kill(process.pid, signal.SIGKILL)
        return "done\n" in (*said, *process.stdout)


@pytest.mark.slow
def test_given_kills_at_any_moment_beside_a_server_then_nothing_is_lost_or_double(path: Path) -> None:
    by_chance, events = random.Random(8), list(happened())
    end = len(events) // BLOCK * BLOCK - 1
    some = by_chance.sample(contacts(), 20)
    stories = [read_contact(path, one) for one in some]
    server = Server(path)
    server.start()
    kills = 0
    try:
        while not killed(path, end, by_chance.randrange(20)):
            kills += 1
            assert list(checking.check(path)) == []
            assert kills < 200
    finally:
        server.stop()
    assert kills >= 10
    assert packed_to(path) == end
    assert not server.failed
    assert [record.event for record in read_records(path)] == [*events, *server.written]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT min(seq) FROM event").fetchone() == (end + 1,)
    assert [[one for one in read_contact(path, name) if one.seq <= len(events)] for name in some] == stories
