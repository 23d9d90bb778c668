"""The driver's side of a caller's audio by RTP: its channels, its port, its end."""

from __future__ import annotations

import contextlib
import json
import random
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ivrcore.errors import LinkLost, RequestFailed
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.leg import Arrival, Capability, HangUp, Leg, LegEvent
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import SILENCE, FakeAsterisk
from tests.unit.telephony.test_media_stream import FRAMES, free_even, rtp

pytestmark = pytest.mark.usefixtures("no_leaks")

CALLER = {"id": "ch-1", "name": "PJSIP/trunk-1", "state": "Up"}
MEDIA, SNOOP = "c-ch-1.l1.a1.media", "c-ch-1.l1.a1.snoop"
WHERE = f"GET channels/{MEDIA}/variable"


class Ear:
    """Remembers."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.lost: list[str] = []

    def audio(self, pcm: bytes) -> None:
        self.heard.append(pcm)

    def audio_lost(self, code: str) -> None:
        self.lost.append(code)


class Table:
    """A caller at a server that knows RTP alone; the test sends what Asterisk would."""

    def __init__(self, asterisk: FakeAsterisk, switch: AriSwitch, sender: socket.socket) -> None:
        self.asterisk, self.switch, self.sender = asterisk, switch, sender
        self.ear = Ear()
        self.to = ("", 0)

    async def caller(self) -> Leg:
        """A call arrives."""
        arrivals: list[Arrival] = []
        self.switch.on_arrival = arrivals.append
        await self.asterisk.tell("StasisStart", channel=CALLER, args=["inbound", "701"])
        await until(lambda: arrivals)
        return arrivals[0].leg

    def from_where(self) -> None:
        """Asterisk says from where it sends: the address first, then the port."""
        answers = iter(self.sender.getsockname())
        self.asterisk.answers[WHERE] = lambda: (200, json.dumps({"value": str(next(answers))}))

    async def listen(self, leg: Leg) -> None:
        """Open the stream, as far as Asterisk is to be asked for a bridge of its parts."""
        leg.open_audio(self.ear)
        await until(lambda: self.asterisk.times(WHERE) == 2)
        [asked] = [one for one in self.asterisk.asked if one.path == "channels/externalMedia"]
        assert (asked.query["format"], asked.query["channelId"]) == ("slin16", MEDIA)
        host, _, port = asked.query["external_host"].partition(":")
        self.to = host, int(port)
        for part in (SNOOP, MEDIA):
            await self.asterisk.tell("StasisStart", channel={"id": part}, args=["part"])
        await until(lambda: self.asterisk.times("POST bridges/c-ch-1.l1.a1.bridge/addChannel") == 2)

    def say(self, number: int) -> None:
        self.sender.sendto(rtp(number, FRAMES[number]), self.to)

    async def let_go(self) -> None:
        """All of the stream is undone, its port too."""
        await until(lambda: self.switch.owned() == {"ch-1"})
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(self.to)


@contextlib.asynccontextmanager
async def table(**changes: Any) -> AsyncIterator[Table]:
    from twisted.internet import reactor

    first = free_even()
    ports = {"rtp_ports": range(first, first + 40)}
    async with FakeAsterisk() as asterisk:
        asterisk.modules = {"chan_rtp"}
        switch = AriSwitch(asterisk.config(**ports | changes), reactor, chance=random.Random(1))
        switch.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            try:
                await until(lambda: switch.connected)
                yield Table(asterisk, switch, sender)
            finally:
                await switch.stop()


@asyncio_test
async def test_what_asterisk_sends_is_heard_and_the_port_is_given_back() -> None:
    async with table() as it:
        it.from_where()
        leg = await it.caller()
        assert leg.capabilities == frozenset(Capability)
        await it.listen(leg)
        assert it.to[0] == "127.0.0.1"  # our end of the link
        for number in range(3):
            it.say(number)
        await until(lambda: it.ear.heard == FRAMES[:3])
        leg.close_audio()
        await it.let_go()
        assert it.ear.lost == []


@asyncio_test
async def test_a_media_channel_that_ends_loses_the_stream() -> None:
    async with table() as it:
        it.from_where()
        await it.listen(await it.caller())
        await it.asterisk.tell("StasisEnd", channel={"id": MEDIA})
        await until(lambda: it.ear.lost)
        assert it.ear.lost == [LinkLost.code]
        await it.let_go()


@asyncio_test
async def test_a_media_channel_that_ended_while_the_link_was_away_loses_the_stream() -> None:
    async with table() as it:
        it.from_where()
        await it.listen(await it.caller())
        listed = json.dumps([CALLER])  # no media channel
        it.asterisk.answers["GET channels"] = (200, listed)
        it.asterisk.answers["GET applications/app"] = (200, json.dumps({"channel_ids": ["ch-1"]}))
        it.asterisk.connections[-1].transport.abort()
        await until(lambda: it.ear.lost)
        assert it.ear.lost == [LinkLost.code]
        await until(lambda: it.switch.connected)
        await it.let_go()


@asyncio_test
async def test_a_stream_goes_on_while_the_link_is_away() -> None:
    async with table() as it:
        it.from_where()
        leg = await it.caller()
        await it.listen(leg)
        there = [CALLER, {"id": MEDIA}, {"id": SNOOP}]
        it.asterisk.answers["GET channels"] = (200, json.dumps(there))
        it.asterisk.connections[-1].transport.abort()
        await until(lambda: not it.switch.connected)
        it.say(0)
        await until(lambda: it.ear.heard == FRAMES[:1])
        await until(lambda: it.switch.connected)
        it.say(1)
        await until(lambda: it.ear.heard == FRAMES[:2])
        assert it.ear.lost == []
        leg.close_audio()
        await it.let_go()


@asyncio_test
async def test_without_the_address_that_audio_comes_from_there_is_none() -> None:
    async with table() as it:
        it.asterisk.answers[WHERE] = (200, json.dumps({"value": ""}))
        leg = await it.caller()
        leg.open_audio(it.ear)
        await until(lambda: it.ear.lost)
        assert it.ear.lost == [RequestFailed.code]
        await until(lambda: it.switch.owned() == {"ch-1"})


@asyncio_test
async def test_where_no_port_is_free_there_is_no_audio_and_the_next_stream_has_one() -> None:
    first = free_even()
    async with table(rtp_ports=range(first, first + 2)) as it:
        it.from_where()
        leg = await it.caller()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", first))
            leg.open_audio(it.ear)
            await until(lambda: it.ear.lost)
        assert it.ear.lost == [LinkLost.code]
        await until(lambda: it.switch.owned() == {"ch-1"})
        assert it.asterisk.times("POST channels/externalMedia") == 0
        leg.open_audio(Ear())
        await until(lambda: it.asterisk.times("POST channels/externalMedia") == 1)
        leg.close_audio()
        await until(lambda: it.switch.owned() == {"ch-1"})


@asyncio_test
async def test_a_channel_is_not_hung_up_while_its_snoop_is_being_made() -> None:
    async with table() as it:
        leg = await it.caller()
        events: list[LegEvent] = []
        leg.own(events.append)
        it.asterisk.answers[f"POST channels/ch-1/snoop/{SNOOP}"] = SILENCE
        leg.open_audio(it.ear)
        await until(lambda: it.asterisk.times(f"POST channels/ch-1/snoop/{SNOOP}"))
        leg.close_audio()  # its end does not take the request back
        leg.send(HangUp())
        await it.asterisk.tell("ChannelDtmfReceived", channel=CALLER, digit="1")
        await until(lambda: events)
        assert not it.asterisk.times("DELETE channels/ch-1")
        await it.asterisk.respond(str(len(it.asterisk.asked)), 200, "{}")
        await until(lambda: it.asterisk.times("DELETE channels/ch-1"))
        await it.asterisk.tell("StasisEnd", channel=CALLER)
        await until(lambda: not it.switch.owned())
        assert it.asterisk.times(f"DELETE channels/{SNOOP}") == 1
