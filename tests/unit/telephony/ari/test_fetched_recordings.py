"""What a recording is fetched as: only what Asterisk says that it does not have is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from ivrcore.telephony.ari import recorder
from ivrcore.telephony.ari.recorder import FETCH_TRIES, fetch
from ivrcore.telephony.leg import Fetched, Unfetched
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import DROP, SILENCE, FakeAsterisk
from tests.unit.telephony.ari.test_lost_answers import NOT_FOUND, in_turn
from tests.unit.telephony.ari.test_server import watching

pytestmark = pytest.mark.usefixtures("no_leaks")

FILE = "HTTP recordings/stored/c1.s1/file"
SAID = (200, "RIFF of what was said")
WAV = SAID[1].encode()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "FETCH_PAUSE", 0.01)
    monkeypatch.setattr(recorder, "FETCH_SECONDS", 0.3)


async def fetched(answer: tuple[int, str] | Callable[[], tuple[int, str]]) -> Fetched:
    """What comes of a fetch that is answered like this while the socket stands."""
    async with FakeAsterisk() as asterisk:
        asterisk.answers[FILE] = answer
        async with watching(asterisk) as watcher:
            await until(lambda: watcher.server.connected)
            found = await fetch(watcher.server, "c1.s1")
            assert watcher.server.losses == 0
            return found


@pytest.mark.parametrize("answer", [(500, ""), (503, ""), (403, ""), (401, ""), SILENCE])
@asyncio_test
async def test_what_asterisk_does_not_give_may_be_there_yet(answer: tuple[int, str]) -> None:
    assert await fetched(answer) is Unfetched.NOT_NOW


@asyncio_test
async def test_what_asterisk_does_not_have_is_gone() -> None:
    assert await fetched(NOT_FOUND) is Unfetched.GONE


@asyncio_test
async def test_what_asterisk_still_writes_is_waited_for() -> None:
    assert await fetched(in_turn(NOT_FOUND, NOT_FOUND, SAID)) == WAV


@asyncio_test
async def test_given_connections_that_are_cut_before_the_socket_falls_then_it_is_asked_for_again() -> None:
    assert await fetched(in_turn(*[DROP] * (FETCH_TRIES + 2), SAID)) == WAV


@pytest.mark.parametrize("before", [DROP, SILENCE])
@asyncio_test
async def test_given_an_asterisk_that_dies_under_it_then_it_is_fetched_when_the_link_is_back(
    before: tuple[int, str],
) -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        asked: list[None] = []

        def first() -> tuple[int, str]:
            asked.append(None)
            return before

        asterisk.answers[FILE] = first
        await until(lambda: watcher.server.connected)
        fetching = asyncio.ensure_future(fetch(watcher.server, "c1.s1"))
        await until(lambda: asked)
        await asterisk.vanish()
        await until(lambda: not watcher.server.connected)
        asterisk.answers[FILE] = SAID
        await asterisk.listen()
        assert await fetching == WAV


@asyncio_test
async def test_given_an_asterisk_that_hangs_then_it_is_fetched_when_the_link_is_back() -> None:
    async with FakeAsterisk() as asterisk, watching(asterisk) as watcher:
        asterisk.answers[FILE] = SILENCE
        await until(lambda: watcher.server.connected)
        fetching = asyncio.ensure_future(fetch(watcher.server, "c1.s1"))
        await asterisk.connections[-1].close()
        asterisk.answers[FILE] = in_turn(SILENCE, SAID)
        found = await fetching
        assert watcher.server.losses
        assert found == WAV
