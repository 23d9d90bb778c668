"""A journal whose file was damaged: the record is named, a torn end is repaired, nothing else is lost."""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrcore.errors import JournalError
from ivrcore.journal.local import LocalJournal, insert, read_batch, read_named, read_records
from ivrcore.journal.of_contact import read_contact
from ivrcore.journal.record import Record
from ivrcore.journal.store import Store
from ivrcore.journal.stored import row_of
from ivrcore.model.event import Event, encode
from ivrcore.model.events import NoInput

RECORDS = 40
ANY = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def record(n: int) -> Record:
    return Record(n, NoInput(at=float(n), contact=f"c{n}", menu="main" * 20, turn=n, count=1))


WRITTEN = [record(n) for n in range(1, RECORDS + 1)]


def opened(path: Path, *events: Event) -> list[Record]:
    """Open a journal as a server does, append, close; give what is in it."""
    loop = asyncio.new_event_loop()
    try:
        journal = LocalJournal(path, loop)
        journal.append(events)
        journal.close()
    finally:
        loop.close()
    return list(read_records(path))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal whose records are all in the main file, of several pages."""
    path = tmp_path_factory.mktemp("whole") / "journal.db"
    opened(path, *(one.event for one in WRITTEN))
    return path


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sequence[int]]:
    """A journal whose records are in the write-ahead log only, a commit each; and its size after each."""
    path = tmp_path_factory.mktemp("crashed") / "journal.db"
    store, sizes = Store(path), []
    for one in WRITTEN:
        store.commit([insert([one])])
        sizes.append(path.with_name("journal.db-wal").stat().st_size)
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    shutil.copy(path.with_name("journal.db-wal"), copy.with_name("copy.db-wal"))
    store.close()
    return copy, sizes


def copied(path: Path, folder: Path) -> Path:
    for old in folder.glob("x.db*"):
        old.unlink()
    for end in ("", "-wal"):
        if path.with_name(path.name + end).exists():
            shutil.copy(path.with_name(path.name + end), folder / f"x.db{end}")
    return folder / "x.db"


@ANY
@given(at=st.integers(0, 10**9))
def test_given_a_log_cut_anywhere_then_every_whole_commit_is_there_and_numbers_go_on(
    crashed: tuple[Path, Sequence[int]], tmp_path: Path, at: int
) -> None:
    file, sizes = crashed
    path = copied(file, tmp_path)
    log = path.with_name("x.db-wal")
    cut = at % sizes[-1]
    log.write_bytes(log.read_bytes()[:cut])
    kept = sum(size <= cut for size in sizes)
    assert opened(path, record(99).event) == [*WRITTEN[:kept], Record(kept + 1, record(99).event)]


@ANY
@given(at=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_given_any_bit_of_the_log_turned_then_all_before_it_is_there_and_nothing_wrong(
    crashed: tuple[Path, Sequence[int]], tmp_path: Path, at: int, bit: int
) -> None:
    file, sizes = crashed
    path = copied(file, tmp_path)
    log = path.with_name("x.db-wal")
    damaged, turned = bytearray(log.read_bytes()), at % sizes[-1]
    damaged[turned] ^= 1 << bit
    log.write_bytes(damaged)
    kept = sum(size <= turned for size in sizes)
    found = opened(path)
    assert found == WRITTEN[: len(found)]
    assert len(found) >= (kept if turned >= 32 else 0)  # the log's head stands before all


@ANY
@given(at=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_given_any_bit_of_the_main_file_turned_then_it_is_said_or_nothing_is_missing(
    whole: Path, tmp_path: Path, at: int, bit: int
) -> None:
    path = copied(whole, tmp_path)
    damaged = bytearray(path.read_bytes())
    damaged[at % len(damaged)] ^= 1 << bit
    path.write_bytes(damaged)
    try:
        found = opened(path)
    except JournalError as error:
        hint = error.hint
    else:
        hint = "all is there" if found == WRITTEN else ""
    assert hint


@ANY
@given(at=st.integers(0, 10**9))
def test_given_a_main_file_cut_anywhere_then_it_is_said(whole: Path, tmp_path: Path, at: int) -> None:
    path = copied(whole, tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: max(1, at % len(data))])
    with pytest.raises(JournalError) as refused:
        opened(path)
    assert refused.value.hint


@pytest.fixture
def changed(whole: Path, tmp_path: Path) -> Path:
    """A journal whose record 7 says another count than was written."""
    path = copied(whole, tmp_path)
    connection = sqlite3.connect(path)
    data = encode(record(7).event).replace(b'"count":1', b'"count":2')
    connection.execute("UPDATE event SET data = ? WHERE seq = 7", (data,))
    connection.commit()
    connection.close()
    return path


def test_given_a_changed_record_then_whoever_reads_it_is_told_its_number(changed: Path) -> None:
    reading = (
        lambda: list(read_records(changed)),
        lambda: read_batch(changed, ["NoInput"], 0, 10),
        lambda: list(read_named(changed, ["NoInput"])),
        lambda: read_contact(changed, "c7"),
    )
    for read in reading:
        with pytest.raises(JournalError, match="record 7 of the journal is damaged"):
            read()
    assert len(list(read_records(changed, 7))) == RECORDS - 7


def test_given_an_end_that_is_lost_then_the_start_says_what_is_missing(whole: Path, tmp_path: Path) -> None:
    path = copied(whole, tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM event WHERE seq > 30")
    connection.commit()
    connection.close()
    with pytest.raises(JournalError, match="lacks the records 31 to 40"):
        opened(path)


SCHEMA_1 = """
PRAGMA application_id=1230393923; PRAGMA user_version=1;
CREATE TABLE event (seq INTEGER PRIMARY KEY, at REAL NOT NULL, name TEXT NOT NULL,
                    version INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE snapshot (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE subject (id TEXT PRIMARY KEY, nonce BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
"""


def test_given_a_journal_of_the_format_before_then_it_is_read_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA_1)
    connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", [row_of(one)[:5] for one in WRITTEN])
    connection.commit()
    connection.close()
    assert list(read_records(path)) == WRITTEN
    assert [one.seq for one in read_contact(path, "c7")] == [7]
    after = opened(path, record(41).event)
    assert after == [*WRITTEN, record(41)]
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT seq FROM event WHERE crc IS NULL").fetchall() == [
        (one.seq,) for one in WRITTEN
    ]
    connection.close()
