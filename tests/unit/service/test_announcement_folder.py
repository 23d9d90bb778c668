"""The folder of announcements, watched for real: what is saved is in force once nothing changes any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from ivrcore.announcements.board import Board
from ivrcore.announcements.live import LiveBoard
from ivrcore.journal.memory import MemoryJournal
from ivrcore.model import events as e
from ivrcore.service.notices import AnnouncementFolder
from ivrcore.session.clock import UtcClock
from tests.unit.announcements.board_desk import AROUND, Voice

SOON = 20.0
"""Seconds: far more than it takes, for a machine that is busy."""


class Watched:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = MemoryJournal()
        self.board = LiveBoard(
            Board(), self.journal, UtcClock(reactor, time.time), Voice(reactor), lambda: AROUND
        )
        self.watch = AnnouncementFolder(folder, self.board)

    def save(self, text: str, name: str = "fraud.yaml") -> None:
        draft = self.folder / f".{name}.new"
        draft.write_text(text)
        draft.replace(self.folder / name)

    async def soon(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + SOON
        while not condition():
            assert time.monotonic() < deadline, f"not within {SOON:g} s"
            await deferLater(reactor, 0.02)

    def texts(self) -> list[str]:
        return [one.announcement.texts["en"] for one in self.board.board.posted.values()]

    def refused(self) -> list[e.AnnouncementRefused]:
        return [one for one in self.journal.events if isinstance(one, e.AnnouncementRefused)]

    async def stop(self) -> None:
        await Deferred.fromFuture(asyncio.ensure_future(self.watch.stop()))
        self.board.stop()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    made.save("text: Here before.\n", "old.yaml")
    reactor.callLater(0, made.watch.start)  # in the loop, which the first test only begins
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.stop()))


@ensureDeferred
async def test_a_file_is_in_force_soon_changed_soon_and_gone_soon(watched: Watched) -> None:
    await watched.soon(lambda: watched.texts() == ["Here before."])
    watched.save("text: Careful.\n")
    await watched.soon(lambda: "Careful." in watched.texts())
    watched.save("text: Very careful.\n")
    await watched.soon(lambda: "Very careful." in watched.texts())
    (watched.folder / "fraud.yaml").unlink()
    await watched.soon(lambda: watched.texts() == ["Here before."])


@ensureDeferred
async def test_a_broken_file_is_told_and_what_was_in_force_stays(watched: Watched) -> None:
    watched.save("text: Careful.\n")
    await watched.soon(lambda: "Careful." in watched.texts())
    watched.save("text: Careful!\nnumbers: [1]\n")
    await watched.soon(watched.refused)
    assert watched.refused()[0].problem.startswith(f"{watched.folder}/fraud.yaml:2:")
    assert "Careful." in watched.texts()
    watched.save("text: Careful!\n")
    await watched.soon(lambda: "Careful!" in watched.texts())
