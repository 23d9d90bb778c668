"""Run on a small file system of its own: a disk that is full while a server writes, dies, writes again."""

import asyncio
import logging
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ivrcore.errors import JournalError
from ivrcore.journal.local import LocalJournal, read_records
from ivrcore.journal.snapshots import Snapshots
from ivrcore.journal.store import reading
from ivrcore.model.events import NoInput

KEY = bytes(32)
DEADLINE = 60.0


def event(n: int) -> NoInput:
    return NoInput(at=float(n), contact="c" * 500, menu="m", turn=n, count=1)


async def durable(journal: LocalJournal, *numbers: int) -> None:
    done = asyncio.get_running_loop().create_future()
    journal.append([event(n) for n in numbers], lambda: done.set_result(None))
    await asyncio.wait_for(done, DEADLINE)


async def healthy(journal: LocalJournal) -> None:
    for _ in range(round(DEADLINE / 0.01)):
        if journal.healthy:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not catch up")


def fill(folder: Path) -> Path:
    """Leave no room on the disk."""
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(b"x"):
            pass
    return ballast


async def writer(folder: Path) -> None:
    """Write, with a full disk from the record 20 on, and wait for the end."""
    journal = LocalJournal(folder / "journal.db", asyncio.get_running_loop())
    await durable(journal, *range(1, 21))
    fill(folder)
    await durable(journal, *range(21, 400))
    assert not journal.healthy
    print(journal.backlog, flush=True)
    await asyncio.sleep(DEADLINE)


def killed(folder: Path) -> None:
    """Kill a writer while its disk is full."""
    with subprocess.Popen(
        [sys.executable, __file__, str(folder), "writer"], stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert int(server.stdout.readline()) >= 379
        server.send_signal(signal.SIGKILL)


async def main(folder: Path) -> None:
    path, lines = folder / "journal.db", []
    killed(folder)
    logging.getLogger("ivrcore").setLevel(logging.INFO)
    logging.getLogger("ivrcore").addHandler(told := logging.Handler())
    told.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]

    kept = [record.seq for record in read_records(path)]
    assert kept == list(range(1, len(kept) + 1)), kept
    assert len(kept) >= 20, kept

    # Without a byte of room no server starts, and it says why; nothing is changed by that.
    snapshots = Snapshots(path, KEY)
    (folder / "ballast").unlink()
    snapshots.write(10, {}, {}, b"good")
    fill(folder)
    with suppress(JournalError):
        LocalJournal(path, asyncio.get_running_loop()).close()
        raise AssertionError("it started without room")
    (folder / "ballast").unlink()

    # The disk fills while the next one runs: calls go on, it is said once, snapshots stay as they are.
    journal = LocalJournal(path, asyncio.get_running_loop())
    assert journal.last_seq == len(kept)
    fill(folder)
    first = journal.last_seq + 1
    await durable(journal, *range(first, first + 500))
    await durable(journal, first + 500)
    assert not journal.healthy
    assert journal.backlog >= 500
    with suppress(JournalError):
        snapshots.write(11, {}, {}, b"x" * 500_000)
        raise AssertionError("the disk is not full")
    assert [snapshots.read(name).data for name in snapshots.newest_first()] == [b"good"]
    assert not list(snapshots.folder.glob(".*"))

    (folder / "ballast").unlink()
    await healthy(journal)
    journal.close()
    assert [record.event for record in read_records(path)][first - 1 :] == [
        event(n) for n in range(first, first + 501)
    ]
    with reading(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert len([line for line in lines if line.startswith("IVR500")]) == 1, lines
    assert "the journal is written again, nothing is missing" in lines


if __name__ == "__main__":
    asyncio.run((writer if "writer" in sys.argv else main)(Path(sys.argv[1])))
