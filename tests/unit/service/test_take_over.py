"""The new process's side of a hand-over, by real sockets: whatever becomes of an answer, exactly one goes on.

The other server is played: it holds the journal's lock, hears what is asked, and answers as the test wants.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ivrcore.errors import RequestRefused
from ivrcore.journal.store import LOCK
from ivrcore.service import successor
from ivrcore.service.claim import Claim
from ivrcore.service.successor import take_over
from ivrcore.web.client import ApiClient
from tests.support.aio import asyncio_test

Reply = Callable[["Other", socket.socket], object]


class Other:
    """A server that has the journal until it lets go; ``replies`` are what it does about each request."""

    def __init__(self, folder: Path, replies: list[Reply]) -> None:
        self.journal = folder / "journal.db"
        self._lock = os.open(folder / f"journal.db{LOCK}", os.O_RDWR | os.O_CREAT)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.client = ApiClient(f"http://127.0.0.1:{self._door.getsockname()[1]}", "token")
        self._replies = replies
        self.heard: list[dict[str, Any]] = []
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self) -> None:
        for reply in self._replies:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return  # nobody asks any more
            self._held.append(connection)
            raw = b""
            while not raw.endswith(b"}"):
                raw += connection.recv(4096)
            self.heard.append(json.loads(raw.partition(b"\r\n\r\n")[2]))
            reply(self, connection)

    def let_go(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()
        for one in self._held:
            one.close()
        self.let_go()


@contextmanager
def other(folder: Path, *replies: Reply) -> Iterator[Other]:
    one = Other(folder, list(replies))
    try:
        yield one
    finally:
        one.close()


def hangs_up(_other: Other, connection: socket.socket) -> None:
    connection.close()


def is_silent(_other: Other, _connection: socket.socket) -> None:
    pass


def answers(status: str, body: dict[str, Any]) -> Reply:
    raw = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(raw)}\r\nConnection: close\r\n\r\n".encode()

    def reply(_other: Other, connection: socket.socket) -> None:
        connection.sendall(head + raw)
        connection.close()

    return reply


def lets_go_and(then: Reply, after: float = 0.2) -> Reply:
    def reply(one: Other, connection: socket.socket) -> None:
        then(one, connection)
        threading.Timer(after, one.let_go).start()

    return reply


YES = answers("200 OK", {"hand_over": {"pid": 1, "version": "0.1.0", "to": 2, "failed": ""}})
NO = answers("409 Conflict", {"error_id": "IVR600", "message": "the journal cannot be written", "hint": ""})


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again sooner than a real one does."""
    monkeypatch.setattr(successor, "AGAIN_SECONDS", 0.05)


async def taken(one: Other) -> None:
    claim = Claim(one.journal)
    try:
        async with asyncio.timeout(30):
            await take_over(one.journal, one.client, claim)
    finally:
        claim.release()


@asyncio_test
async def test_who_is_answered_waits_until_the_other_has_let_go(tmp_path: Path) -> None:
    with other(tmp_path, lets_go_and(YES)) as one:
        await taken(one)
        assert [asked["pid"] for asked in one.heard] == [os.getpid()]


@pytest.mark.parametrize("lost", [hangs_up, is_silent], ids=["closed", "frozen"])
@asyncio_test
async def test_an_answer_that_is_lost_is_no_refusal(tmp_path: Path, lost: Reply) -> None:
    with other(tmp_path, lets_go_and(lost)) as one:
        await taken(one)
        assert len(one.heard) == 1


@asyncio_test
async def test_it_is_asked_again_and_in_the_same_words(tmp_path: Path) -> None:
    with other(tmp_path, hangs_up, hangs_up, YES, lets_go_and(YES)) as one:
        await taken(one)
        assert len(one.heard) == 4
        assert all(asked == one.heard[0] for asked in one.heard)


@asyncio_test
async def test_a_refusal_ends_it_also_after_an_answer_was_lost(tmp_path: Path) -> None:
    with other(tmp_path, hangs_up, NO) as one:
        with pytest.raises(RequestRefused, match="the journal cannot be written"):
            await taken(one)
        assert len(one.heard) == 2


@asyncio_test
async def test_where_nobody_can_have_heard_it_the_other_is_left_alone(tmp_path: Path) -> None:
    with other(tmp_path) as one:
        one.client = ApiClient("http://127.0.0.1:1", "token")
        with pytest.raises(RequestRefused, match="it cannot be asked to hand over"):
            await taken(one)


@asyncio_test
async def test_where_nobody_serves_nobody_is_asked(tmp_path: Path) -> None:
    with other(tmp_path) as one:
        one.let_go()
        await taken(one)
        assert one.heard == []
