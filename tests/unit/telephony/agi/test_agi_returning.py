"""Legs of an earlier life of the server, whose channels Asterisk's dialplan hands over again."""

from __future__ import annotations

import time

import pytest

from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.agi import looking
from ivrcore.telephony.agi.switch import AgiSwitch
from ivrcore.telephony.leg import (
    Answered,
    Ended,
    Found,
    HangUp,
    LegEvent,
    Play,
    PlayEnded,
    Remembered,
    Ring,
    StartMusic,
)
from tests.support.aio import asyncio_test, until
from tests.unit.telephony.agi.agi_peer import SECRET, serving

pytestmark = pytest.mark.usefixtures("no_leaks")
ASKED = 'GET FULL VARIABLE "there ${IMPORT(${BRIDGEPEER},IVRCORE_LEG)}" "1.1"'
LEG = "c-1.1-abcdef.l1"
KNOWN = Remembered(LEG, "1.1", answered=True, playback="p1", returns=60.0, since=1000.0)


class Left:
    """What an earlier life has left: one leg."""

    def __init__(self, known: Remembered = KNOWN) -> None:
        self.known = known
        self.events: list[LegEvent] = []

    def __call__(self, switch: AgiSwitch) -> None:
        self.leg = switch.adopt(self.known, self.events.append)


@asyncio_test
async def test_a_channel_that_comes_back_is_the_leg_that_it_was_and_does_what_was_asked_meanwhile() -> None:
    left = Left()
    async with serving(left) as server:
        left.leg.send(StartMusic("default"))
        left.leg.send(Play("p2", ("sound:two",)))
        assert left.events == []
        assert server.switch.owned() == {LEG}
        peer = await server.connect()
        peer.ask()
        await peer.expect("CHANNEL STATUS", "200 result=6")
        await peer.expect("SET MUSIC ON default", "200 result=0")
        assert (await peer.told()).startswith("STREAM FILE two")
        assert left.events == [PlayEnded("p1", PromptEnd.STOPPED, inferred=True), Found(up=True)]
        assert server.arrivals == []
        peer.say(b"HANGUP\n200 result=-1 endpos=80\n")
        peer.close()
        await until(lambda: left.leg.ended)
        assert left.events[-1] == Ended(Cause.NORMAL, By.CALLER)
        again, arrival = await server.called()
        assert arrival.contact != "c-1.1-abcdef"
        again.close()


@asyncio_test
async def test_a_channel_that_was_answered_meanwhile_says_so_and_another_one_is_a_new_call() -> None:
    left = Left(Remembered(LEG, "1.1", returns=60.0))
    async with serving(left) as server:
        other, arrival = await server.called(uniqueid="1.2")
        assert arrival.leg.id != LEG
        other.close()
        peer = await server.connect()
        peer.ask()
        await peer.expect("CHANNEL STATUS", "200 result=6")
        await until(lambda: len(left.events) == 2)
        assert left.events == [Found(up=True), Answered()]
        peer.close()
        await until(lambda: left.leg.ended)


@asyncio_test
async def test_a_channel_that_does_not_come_back_has_ended_since() -> None:
    left = Left(Remembered(LEG, "1.1", answered=True, playback="p1", returns=0.05, since=1000.0))
    async with serving(left) as server:
        left.leg.send(Play("p2", ("sound:two",)))
        await until(lambda: left.leg.ended)
        assert left.events == [
            PlayEnded("p1", PromptEnd.STOPPED, inferred=True),
            PlayEnded("p2", PromptEnd.STOPPED),
            Ended(Cause.NORMAL, By.UNKNOWN, since=1000.0),
        ]
        assert server.switch.owned() == frozenset()
        peer, arrival = await server.called()
        assert arrival.leg.id != LEG
        peer.close()


@asyncio_test
async def test_a_channel_that_is_seen_to_be_gone_is_waited_for_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking, "LOOK_SECONDS", 0.05)
    left = Left()
    async with serving(left) as server:
        peer, arrival = await server.called(uniqueid="1.2")
        arrival.leg.send(StartMusic("default"))
        looks = ["200 result=1 (there )", "200 result=0"]  # it rings a phone, say; it is gone
        while not left.leg.ended:
            told = await peer.told()
            if told == ASKED:
                before = time.time()
                assert left.events == []
                peer.say(f"{looks.pop(0)}\n".encode())
            elif told == "NOOP":
                peer.say(b"200 result=1\n200 result=0\n")
            elif not told.startswith("WAIT"):
                assert told == "SET MUSIC ON default"
                peer.say(b"200 result=0\n")
            if not looks:
                await until(lambda: left.leg.ended)
        assert looks == []
        ended = left.events[-1]
        assert isinstance(ended, Ended)
        assert ended.since is not None
        assert 1000.0 < ended.since < before  # when it was seen to be there
        peer.close()


@asyncio_test
async def test_where_nobody_waits_the_next_who_comes_looks_at_those_of_that_pbx_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking, "LOOK_SECONDS", 0.05)
    left = Left()
    async with serving(left, pbxs=("main", "branch")) as server:
        looks = server.switch._looks
        await until(lambda: looks._due == {"main"})
        monkeypatch.setattr(looking, "LOOK_SECONDS", 60.0)
        looks.stop()
        looks.start()
        other, arrival = await server.called(uniqueid="1.1", script=f"{SECRET}/hotline?pbx=branch")
        arrival.leg.send(Ring())
        assert (await other.told()).startswith("EXEC Ringing")  # it knows nothing of main's channels
        for first in (True, False):
            peer, arrival = await server.called(uniqueid="1.2")
            arrival.leg.send(Ring())
            if first:
                await peer.expect(ASKED, "200 result=1 (there )")
            assert (await peer.told()).startswith("EXEC Ringing")
            peer.close()
        assert not left.leg.ended
        other.close()


@asyncio_test
async def test_a_channel_that_is_to_be_hung_up_is_when_it_comes_back() -> None:
    left = Left()
    async with serving(left) as server:
        left.leg.send(HangUp(Cause.BUSY))
        peer = await server.connect()
        peer.ask()
        await peer.expect("CHANNEL STATUS", "200 result=6")
        await peer.expect('EXEC Hangup "17"', "200 result=-1")
        await peer.expect("HANGUP", "200 result=1")
        await peer.closed()
        assert left.events[-1] == Ended(Cause.BUSY, By.SERVER)


@asyncio_test
async def test_a_channel_that_dies_as_it_comes_back_has_ended_and_a_stop_gives_it_back() -> None:
    left = Left()
    async with serving(left) as server:
        peer = await server.connect()
        peer.ask()
        assert await peer.told() == "CHANNEL STATUS"
        peer.close()
        await until(lambda: left.leg.ended)
        assert left.events[-1] == Ended(Cause.NORMAL, By.UNKNOWN)
    kept = Left()
    async with serving(kept) as server:
        assert await server.switch.send_on() == 1
    assert kept.events == []
