"""A commit of many writes makes the next one wait a little, so that more share it; one of few does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from ivrcore.journal import writer
from ivrcore.journal.store import Store, Write
from ivrcore.journal.subjects import INSERT
from ivrcore.journal.writer import CROWD, Writer
from tests.support.aio import asyncio_test


class Timed(Store):
    """Knows when each commit began, and how many writes were in it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.commits: list[tuple[float, int]] = []

    def commit(self, writes: Sequence[Write]) -> None:
        self.commits.append((time.monotonic(), len(writes)))
        super().commit(writes)


async def commit(made: Writer, *names: str) -> None:
    """Submit a row each in one turn of the loop, and wait until all are durable."""
    done: asyncio.Queue[None] = asyncio.Queue()
    for name in names:
        made.submit(Write(INSERT, [(name, b"", b"")]), lambda: done.put_nowait(None), urgent=True)
    for _ in names:
        await done.get()


@asyncio_test
async def test_behind_a_crowd_the_next_commit_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PACE_SECONDS", 0.3)
    store = Timed(tmp_path / "journal.db")
    made = Writer(store, asyncio.get_running_loop())
    try:
        await commit(made, *(f"a{n}" for n in range(CROWD)))
        await commit(made, "b")
    finally:
        made.close()
        store.close()
    (began, many), (next_began, few) = store.commits
    assert (many, few) == (CROWD, 1)
    assert next_began - began >= 0.3


class Woken:
    """A loop that counts how often a thread wakes it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.times = 0

    def call_soon(self, call: Callable[[], None]) -> None:
        self._loop.call_soon(call)

    def call_soon_threadsafe(self, call: Callable[[], None]) -> None:
        self.times += 1
        self._loop.call_soon_threadsafe(call)


@asyncio_test
async def test_a_commit_wakes_the_loop_once_however_many_wait_for_it(tmp_path: Path) -> None:
    store = Timed(tmp_path / "journal.db")
    woken = Woken(asyncio.get_running_loop())
    made = Writer(store, cast("asyncio.AbstractEventLoop", woken))
    try:
        for n in range(20):
            await commit(made, *(f"{n}-{m}" for m in range(CROWD - 1)))
    finally:
        made.close()
        store.close()
    assert woken.times == len(store.commits) == 20
    assert made.commit_times.count == 20
    assert made.backlog == 0


@asyncio_test
async def test_behind_a_few_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PACE_SECONDS", 1000.0)  # more than the test may last
    store = Timed(tmp_path / "journal.db")
    made = Writer(store, asyncio.get_running_loop())
    try:
        for n in range(3):
            await commit(made, *(f"{n}-{m}" for m in range(CROWD - 1)))
    finally:
        made.close()
        store.close()
    assert sum(writes for _, writes in store.commits) == 3 * (CROWD - 1)
