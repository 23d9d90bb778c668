"""A folder of sealed files that several processes write to: nobody loses a draft to another's tidying up."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivrcore.journal.snapshots import Snapshots
from ivrcore.sealed import SealedFolder

KEY = bytes(32)

WRITES = """
import os, sys, time
from pathlib import Path
from tests.unit.test_sealed import folder

def hold(_number):
    print("writes", flush=True)
    time.sleep(60)

os.fsync = hold
folder(Path(sys.argv[1])).write("one", b"head", b"of another process")
"""
"""Writes a file and is held up before it is on the disk."""


def folder(path: Path) -> SealedFolder:
    return SealedFolder(path, KEY, what="thing", ending=".thing", magic=b"T", form=re.compile("[a-z]+"))


@contextmanager
def another_writes(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process in the middle of a file."""
    command = [sys.executable, "-c", WRITES, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "writes\n"
            yield other
        finally:
            other.kill()


def drafts(path: Path) -> list[Path]:
    return list(path.glob(".*.thing"))


def test_what_another_process_writes_is_no_left_over_until_it_is_dead(tmp_path: Path) -> None:
    files = folder(tmp_path)
    with another_writes(tmp_path) as other:
        files.clear_drafts()
        assert len(drafts(tmp_path)) == 1
        files.write("one", b"head", b"ours")
        assert len(drafts(tmp_path)) == 1
        assert files.read("one") == (b"head", b"ours")
        other.send_signal(signal.SIGKILL)
        other.wait()
        files.clear_drafts()
    assert drafts(tmp_path) == []
    assert files.read("one") == (b"head", b"ours")


def test_two_that_write_the_same_file_at_once_both_do_and_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, tidied = threading.Barrier(2), threading.Event()
    to_the_disk = os.fsync

    def together(number: int) -> None:
        both.wait(30)
        if threading.current_thread() is threading.main_thread():
            folder(tmp_path).clear_drafts()
            tidied.set()
        assert tidied.wait(30)
        to_the_disk(number)

    monkeypatch.setattr(os, "fsync", together)
    other = threading.Thread(target=folder(tmp_path).write, args=("one", b"b", b"b" * 100_000))
    other.start()
    size = folder(tmp_path).write("one", b"a", b"a" * 100_000)
    other.join()
    assert folder(tmp_path).read("one") in ((b"a", b"a" * 100_000), (b"b", b"b" * 100_000))
    assert folder(tmp_path).size("one") == size
    assert drafts(tmp_path) == []


def test_a_draft_that_is_cleared_away_before_it_is_locked_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, cleared = os.open, []

    def open_and_clear(path: Path, flags: int, mode: int = 0o777) -> int:
        number = opened(path, flags, mode)
        if flags & os.O_EXCL and not cleared:
            cleared.append(path)
            folder(tmp_path).clear_drafts()
        return number

    monkeypatch.setattr(os, "open", open_and_clear)
    folder(tmp_path).write("one", b"head", b"body")
    assert len(cleared) == 1
    assert folder(tmp_path).read("one") == (b"head", b"body")


def test_a_snapshot_is_made_beside_another_process_that_makes_one(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "journal.db", KEY)
    snapshots.folder.mkdir()
    half = snapshots.folder / ".000000000000001-0123abcd.f00d.snapshot"
    with half.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        snapshots.clear_drafts()
        assert half.exists()
    snapshots.clear_drafts()
    assert not half.exists()
