"""The SQLite journal in good and bad luck: full disk, locks, foreign files, a second process, a crash."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from ivrcore.errors import JournalError
from ivrcore.journal.local import LocalJournal, read_batch, read_records
from ivrcore.journal.record import Record
from ivrcore.journal.writer import GROUP_SECONDS
from ivrcore.model.event import Event
from ivrcore.model.events import ClockSetBack, NoInput, ServerStarted


def event(n: int) -> Event:
    return NoInput(at=float(n), contact="c1", menu="main", turn=n, count=1)


def open_journal(path: Path) -> LocalJournal:
    return LocalJournal(path, reactor._asyncioEventloop)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


@pytest.fixture
def journal(path: Path):
    made = open_journal(path)
    yield made
    made.close()


def durable(journal: LocalJournal, *events: Event) -> "Deferred[None]":
    done: Deferred[None] = Deferred()
    journal.append(events, lambda: done.callback(None))
    return done.addTimeout(5, reactor)


async def until(condition) -> None:
    for _ in range(6000):
        if condition():
            return
        await deferLater(reactor, 0.01)
    raise AssertionError("the condition did not come true in 60 s")


@ensureDeferred
async def test_given_a_closed_journal_when_opened_again_then_numbers_go_on(path: Path) -> None:
    first = open_journal(path)
    first.append([event(1), event(2)])
    first.close()
    second = open_journal(path)
    assert second.last_seq == 2
    await durable(second, event(3))
    assert [record.seq for record in second.read()] == [1, 2, 3]
    second.close()


def test_given_waiting_events_when_closed_then_all_are_written_and_shown(path: Path) -> None:
    journal = open_journal(path)
    seen: list[object] = []
    journal.subscribe(lambda record: seen.append(record.seq))
    for n in range(1, 1201):
        journal.append([event(n)])
    journal.append([], lambda: seen.append("then"))
    journal.close()
    assert seen == [*range(1, 1201), "then"]
    assert [record.seq for record in read_records(path)] == list(range(1, 1201))
    assert journal.backlog == 0


def test_the_file_is_for_its_owner_only_and_keeps_names_and_versions(
    journal: LocalJournal, path: Path
) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    journal.append([event(1)])
    journal.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT seq, at, name, version FROM event").fetchall() == [
            (1, 1.0, "NoInput", 1)
        ]
    connection.close()


@ensureDeferred
async def test_given_another_program_locks_the_file_then_calls_go_on_and_nothing_is_lost_or_doubled(
    journal: LocalJournal, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ivrcore")
    await durable(journal, event(1))
    seen: list[int] = []
    journal.subscribe(lambda record: seen.append(record.seq))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await durable(journal, event(2))
    assert not journal.healthy
    await durable(journal, event(3), event(4))
    journal.append([event(5)])
    assert [record.seq for record in journal.read()] == [1]
    assert journal.backlog == 4
    other.execute("ROLLBACK")
    other.close()
    await until(lambda: journal.healthy)
    assert list(journal.read()) == [Record(n, event(n)) for n in range(1, 6)]
    assert seen == [2, 3, 4, 5]
    assert journal.backlog == 0
    assert caplog.messages[-1] == "the journal is written again, nothing is missing"


FULL_DISK = """
import logging, resource, sys
from pathlib import Path
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import reactor, task
from twisted.internet.defer import Deferred, ensureDeferred
from ivrcore.journal.local import LocalJournal
from ivrcore.model.events import ClockSetBack, NoInput, ServerStarted

logged = []

class Lines(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())

logging.getLogger("ivrcore").setLevel(logging.INFO)
logging.getLogger("ivrcore").addHandler(Lines())

def append(journal, *numbers):
    done = Deferred()
    events = [NoInput(at=float(n), contact="c" * 500, menu="m", turn=n, count=1) for n in numbers]
    journal.append(events, lambda: done.callback(None))
    return done.addTimeout(5, reactor)

async def main(reactor):
    path = Path(sys.argv[1])
    journal = LocalJournal(path, reactor._asyncioEventloop)
    await append(journal, 1)
    # The kernel now refuses to let any file grow: what a full disk looks like to SQLite.
    size = path.with_name(path.name + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    await append(journal, *range(2, 200))
    assert not journal.healthy
    await append(journal, 200)
    await append(journal, 201)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for _ in range(6000):
        if journal.healthy:
            break
        await task.deferLater(reactor, 0.01)
    assert [r.seq for r in journal.read()] == list(range(1, 202))
    journal.close()
    assert len([line for line in logged if line.startswith("IVR500")]) == 1, logged
    assert "the journal is written again, nothing is missing" in logged

task.react(lambda reactor: ensureDeferred(main(reactor)))
"""


def test_given_a_full_disk_then_calls_go_on_it_is_logged_once_and_later_all_is_there(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr + done.stdout


@ensureDeferred
async def test_given_a_raising_observer_then_the_others_and_the_callback_go_on(journal: LocalJournal) -> None:
    seen: list[int] = []
    journal.subscribe(lambda _: 1 / 0)
    journal.subscribe(lambda record: seen.append(record.seq))
    await durable(journal, event(1), event(2))
    assert seen == [1, 2]
    assert journal.healthy


@ensureDeferred
async def test_given_a_failing_store_when_closed_then_callbacks_come_and_the_loss_is_said(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = open_journal(path)
    await durable(journal, event(1))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    called: list[int] = []
    journal.append([event(2), event(3)], lambda: called.append(1))
    journal.close()
    other.execute("ROLLBACK")
    other.close()
    assert called == [1]
    assert [line for line in caplog.messages if "3 rows are lost" in line]  # with the last one's number
    assert [record.seq for record in read_records(path)] == [1]


@ensureDeferred
async def test_given_a_closed_journal_when_appended_to_then_the_caller_goes_on(path: Path) -> None:
    journal = open_journal(path)
    journal.close()
    await durable(journal, event(1))
    assert not journal.healthy


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no database at all" * 50, "damaged or not a journal"),
        (b"", None),
    ],
)
def test_given_a_file_that_is_no_database_then_it_is_refused_with_a_hint(
    path: Path, content: bytes, words: str | None
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    if words is None:
        open_journal(path).close()
        assert list(read_records(path)) == []
        return
    with pytest.raises(JournalError) as refused:
        open_journal(path)
    assert words in refused.value.hint
    assert path.read_bytes() == content


def test_given_somebody_elses_database_then_it_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match="no journal of ivrcore"):
        open_journal(path)
    assert path.read_bytes() == before


def test_given_a_newer_format_then_the_hint_names_the_newer_release(path: Path) -> None:
    open_journal(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(JournalError) as refused:
        open_journal(path)
    assert "newer release" in refused.value.hint


def test_given_a_folder_that_cannot_be_made_then_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError) as refused:
        open_journal(tmp_path / "file" / "journal.db")
    assert refused.value.hint


def test_given_a_server_that_writes_then_a_second_is_refused_by_its_pid(
    journal: LocalJournal, path: Path
) -> None:
    with pytest.raises(JournalError, match=f"pid {os.getpid()}"):
        open_journal(path)


def test_given_a_missing_record_when_read_then_the_gap_is_named(journal: LocalJournal, path: Path) -> None:
    journal.append([event(1), event(2), event(3)])
    journal.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM event WHERE seq = 2")
    connection.close()
    with pytest.raises(JournalError, match="lacks the records 2 to 2"):
        list(read_records(path))


def test_given_a_place_past_its_end_when_read_by_batches_then_it_says_so(
    journal: LocalJournal, path: Path
) -> None:
    assert read_batch(path, ["NoInput"], 0, 10).records == []
    journal.append([event(1), event(2), event(3)])
    journal.close()
    assert read_batch(path, ["NoInput"], 1, 10).seq == 3
    assert read_batch(path, ["NoInput"], 3, 10).records == []
    with pytest.raises(JournalError, match="ends before its record 4"):
        read_batch(path, ["NoInput"], 4, 10)


CRASH = """
import sys
from pathlib import Path
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import reactor
from ivrcore.journal.local import LocalJournal
from ivrcore.model.events import ClockSetBack, NoInput, ServerStarted

journal = LocalJournal(Path(sys.argv[1]), reactor._asyncioEventloop)

def write(n):
    def durable():
        print(n, flush=True)
        write(n + 1)
    journal.append([NoInput(at=1.0, contact="c", menu="m", turn=n, count=1)], durable)

reactor.callWhenRunning(write, 1)
reactor.run()
"""


def test_given_a_killed_server_then_every_event_that_it_reported_durable_is_there(path: Path) -> None:
    server = subprocess.Popen([sys.executable, "-c", CRASH, path], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    reported = [int(server.stdout.readline()) for _ in range(50)]
    server.send_signal(signal.SIGKILL)
    reported += [int(line) for line in server.stdout if line.endswith("\n")]
    server.wait(60)
    server.stdout.close()
    kept = [record.seq for record in read_records(path)]
    assert kept[: len(reported)] == reported
    assert open_and_close(path) == len(kept)


def open_and_close(path: Path) -> int:
    journal = open_journal(path)
    journal.close()
    return journal.last_seq


def size_of(path: Path) -> int:
    return path.stat().st_size


@ensureDeferred
async def test_commit_times_are_counted_and_the_log_is_checkpointed(
    journal: LocalJournal, path: Path
) -> None:
    await durable(journal, *(event(n) for n in range(1, 400)))
    assert journal.commit_times.count == 1
    assert journal.commit_times.total > 0
    before = size_of(path)
    await until(lambda: size_of(path) > before)


@ensureDeferred
async def test_given_the_clock_was_set_back_when_opened_then_the_journal_says_so(
    path: Path,
) -> None:
    first = LocalJournal(path, reactor._asyncioEventloop, 1000.0)
    started = ServerStarted(at=1000.0, node="n", app="a", version="1")
    await durable(first, started, event(5000), event(4999))
    first.close()
    again = LocalJournal(path, reactor._asyncioEventloop, 3000.0)
    assert [record.event for record in again.read(3)] == [ClockSetBack(at=3000.0, seconds=2000.0)]
    await durable(again, structs.replace(started, at=3000.0), event(3001))
    again.close()
    for now in (3001.0, 9000.0):  # what an earlier run wrote was looked at once
        later = LocalJournal(path, reactor._asyncioEventloop, now)
        assert later.last_seq == 6
        later.close()


@ensureDeferred
async def test_given_a_start_that_ended_at_once_then_the_clock_is_not_set_back_twice(path: Path) -> None:
    first = LocalJournal(path, reactor._asyncioEventloop, 0.0)
    await durable(first, event(5000))
    first.close()
    for now in (3000.0, 3001.0):
        again = LocalJournal(path, reactor._asyncioEventloop, now)
        assert again.last_seq == 2
        again.close()


@pytest.mark.parametrize("rows", [1, 3, 4, 63, 64, 65, 149])
def test_given_any_number_of_rows_when_committed_then_each_is_there_once(path: Path, rows: int) -> None:
    journal = open_journal(path)
    for n in range(rows):
        journal.append([event(n)])
    journal.close()
    assert [record.event for record in read_records(path)] == [event(n) for n in range(rows)]


def test_given_a_small_disk_that_is_full_when_the_server_dies_then_nothing_is_corrupted_and_it_catches_up(
    tmp_path: Path,
) -> None:
    """On a file system of its own (tmpfs of 2 MB, in a mount namespace)."""
    script = Path(__file__).with_name("full_disk.py")
    mounted = 'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" "$3" "$1"'
    command = ["unshare", "-Urm", "sh", "-c", mounted, "sh", str(tmp_path), sys.executable, str(script)]
    subprocess.run(command, check=True, timeout=120)


def test_given_a_killed_server_then_observed_events_wait_for_one_group_commit_only(path: Path) -> None:
    """What nobody waits for is shown to observers once durable; a kill costs only what was not shown yet."""
    server = subprocess.Popen([sys.executable, "-c", OBSERVED, path], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    lines = [server.stdout.readline().split() for _ in range(300)]
    server.send_signal(signal.SIGKILL)
    lines += [line.split() for line in server.stdout if line.endswith("\n")]
    server.wait(10)
    server.stdout.close()
    shown = [int(number) for number, _ in lines]
    kept = [record.seq for record in read_records(path)]
    assert kept[: len(shown)] == shown
    groups = sorted(float(waited) for _, waited in lines)
    assert groups[len(groups) // 2] < 10 * GROUP_SECONDS  # half of them; a busy machine holds some up longer


OBSERVED = """
import sys, time
from pathlib import Path
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import reactor
from ivrcore.journal.local import LocalJournal
from ivrcore.model.events import NoInput

journal = LocalJournal(Path(sys.argv[1]), reactor._asyncioEventloop)
appended = {}

def show(record):
    print(record.seq, time.monotonic() - appended.pop(record.seq), flush=True)

def write(n):
    appended[n] = time.monotonic()
    journal.append([NoInput(at=1.0, contact="c", menu="m", turn=n, count=1)])
    reactor.callLater(0.001, write, n + 1)

journal.subscribe(show)
reactor.callWhenRunning(write, 1)
reactor.run()
"""
