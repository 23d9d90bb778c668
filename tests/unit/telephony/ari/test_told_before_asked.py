"""What Asterisk tells on a new connection before it was asked for its lists is heard after that."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from ivrcore.errors import RequestTimeout
from ivrcore.telephony.ari import wire
from ivrcore.telephony.ari.adopted import Before
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.leg import Answer, Answered, Arrival, Found, Key, LegEvent, Play, Remembered
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import SILENCE, FakeAsterisk
from tests.unit.telephony.ari.test_lost_answers import table

pytestmark = pytest.mark.usefixtures("no_leaks")

FILTER = "PUT applications/app/eventFilter"
"""The first that is asked on a connection; its answer takes a while on a busy machine."""
CHANNEL = {"id": "ch-1", "state": "Up", "name": "PJSIP/trunk-1"}
LISTS = {
    "GET channels": (200, '[{"id":"ch-1","state":"Up"}]'),
    "GET applications/app": (200, '{"channel_ids":["ch-1"]}'),
}


@contextlib.asynccontextmanager
async def started(asterisk: FakeAsterisk) -> AsyncIterator[AriSwitch]:
    """Give a driver that is about to be answered for the first time."""
    from twisted.internet import reactor

    asterisk.answers[FILTER] = SILENCE
    config = asterisk.config(request_seconds=60.0)
    switch = AriSwitch(config, reactor, chance=random.Random(1), utc=lambda: 50.0)
    try:
        yield switch
    finally:
        await switch.stop()


async def answer(asterisk: FakeAsterisk, request: int) -> None:
    """Answer the request that was asked on all connections together as the so manieth."""
    await asterisk.respond(str(request), 200, "{}")


@asyncio_test
async def test_a_key_pressed_in_between_is_heard_once_the_leg_is_found() -> None:
    async with FakeAsterisk() as asterisk, started(asterisk) as switch:
        asterisk.answers |= LISTS
        heard: list[LegEvent] = []
        switch.begin_again(Before(7))
        switch.adopt(Remembered("c-ch-1.l1", "ch-1", answered=True), heard.append)
        switch.start()
        await until(lambda: asterisk.times(FILTER))
        await asterisk.tell("ChannelDtmfReceived", channel=CHANNEL, digit="1")
        await answer(asterisk, 1)
        await until(lambda: switch.connected)
        assert heard == [Found(up=True), Key("1")]


@asyncio_test
async def test_who_came_on_a_connection_that_was_lost_before_is_not_greeted_on_the_next() -> None:
    async with FakeAsterisk() as asterisk, started(asterisk) as switch:
        arrivals: list[Arrival] = []
        switch.on_arrival = arrivals.append
        switch.start()
        await until(lambda: asterisk.times(FILTER))
        await asterisk.tell("StasisStart", channel=CHANNEL, args=["inbound", "701"])
        await until(lambda: switch._held or arrivals)
        asterisk.connections[-1].transport.abort()
        await until(lambda: asterisk.times(FILTER) == 2)
        await answer(asterisk, 2)
        await until(lambda: switch.connected)
        assert arrivals == []


@asyncio_test
async def test_an_answer_that_is_seen_and_not_confirmed_has_not_failed() -> None:
    """On a machine that has too much to do the channel is up long before the request's own answer comes."""
    async with table() as it:
        leg = await it.caller()
        seen, asked = asyncio.Event(), list[str]()

        async def late(request: wire.Request) -> str:
            asked.append(str(request))
            await seen.wait()
            raise RequestTimeout("no answer")

        it.switch.server._http.request = late  # type: ignore[method-assign]  # the server plays no POST
        leg.send(Answer())
        await until(lambda: asked)
        await it.asterisk.tell("ChannelStateChange", channel=CHANNEL)
        await until(lambda: it.events)
        seen.set()
        leg.send(Play("p1", ("sound:a",)))  # behind it
        await until(lambda: it.asterisk.times("POST channels/ch-1/play"))
        assert it.events == [Answered()]
