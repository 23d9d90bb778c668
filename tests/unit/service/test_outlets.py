"""What goes beside the journal writes to it only as long as that is ours."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ivrcore.journal.forgetting import Untold, untold
from ivrcore.journal.local import LocalJournal, read_records
from ivrcore.journal.store import Store, Write
from ivrcore.model import events
from ivrcore.service.outlets import Outlets

THEM = Untold(3, 1_700_000_000.0, 7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with seven subjects' values removed, of which an event told of four."""
    store = Store(tmp_path / "journal.db")
    marks = [("removed", 7), ("removed before", 1_700_000_000), ("removed and told", 4)]
    store.commit([Write("INSERT INTO mark VALUES (?, ?)", marks)])
    store.close()
    return tmp_path / "journal.db"


def config_of(path: Path) -> Any:
    return SimpleNamespace(
        journal=SimpleNamespace(path=path, key=bytes(32), pack_after=1e9, forget_after=1e9),
        history=SimpleNamespace(url="", live=False),
        plugins=SimpleNamespace(folder=None, disabled=()),
        wallboard=SimpleNamespace(zone=ZoneInfo("UTC")),
        traces=None,
    )


def tell(path: Path, *, stopping: bool) -> None:
    """Have another thread tell of what was removed, then close the journal."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        journal = LocalJournal(path, loop)
        outlets = Outlets(config_of(path), journal, lambda: 1_800_000_000.0)
        if stopping:
            outlets.stopping()
            journal.close()
        await asyncio.to_thread(outlets._forgotten, THEM)
        await asyncio.sleep(0)
        journal.close()

    with ThreadPoolExecutor(1) as thread:  # a loop runs on this one
        thread.submit(asyncio.run, run()).result()


def test_given_values_that_were_removed_then_an_event_tells_it_and_that_is_noted(path: Path) -> None:
    assert untold(path) == THEM
    tell(path, stopping=False)
    (told,) = [record.event for record in read_records(path)]
    assert told == events.SubjectsForgotten(at=1_800_000_000.0, count=3, before=THEM.before)
    assert untold(path) is None


def test_given_a_journal_that_is_let_go_then_it_is_left_to_the_next_server(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tell(path, stopping=True)
    assert not list(read_records(path))
    assert not caplog.messages
    assert untold(path) == THEM
