"""What the driver does when an answer got lost: nothing is done twice, nothing is forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

import pytest

from ivrcore.errors import CoreMisuse, LinkLost, RequestFailed
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.ari import dialling
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.leg import (
    Answered,
    Arrival,
    Capability,
    Dial,
    Ended,
    Failed,
    HangUp,
    Joined,
    Leg,
    LegEvent,
    Play,
    PlayEnded,
    Ring,
    Ringing,
    StartMusic,
    StopPlay,
)
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import DROP, SILENCE, FakeAsterisk

pytestmark = pytest.mark.usefixtures("no_leaks")

CHANNEL = {"id": "ch-1", "state": "Ring", "name": "PJSIP/trunk-1"}
PLAY, STILL = "POST channels/ch-1/play", "GET playbacks/p1"
NOT_FOUND = (404, '{"message":"not found"}')


def in_turn(*answers: tuple[int, str]) -> Callable[[], tuple[int, str]]:
    """Another answer each time, the last one from then on."""
    left = list(answers)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


class Table:
    """A driver, the server that plays Asterisk, and a caller's leg."""

    def __init__(self, asterisk: FakeAsterisk, switch: AriSwitch) -> None:
        self.asterisk, self.switch = asterisk, switch
        self.events: list[LegEvent] = []
        self.leg: Leg | None = None
        self.has_channel()

    def has_channel(self, state: str = "Ring") -> None:
        """Asterisk lists the caller's channel."""
        channel = f'{{"id":"ch-1","state":"{state}"}}'
        self.asterisk.answers["GET channels"] = (200, f"[{channel}]")
        self.asterisk.answers["GET applications/app"] = (200, '{"channel_ids":["ch-1"]}')

    async def caller(self, state: str = "Ring") -> Leg:
        """A call arrives."""
        arrivals: list[Arrival] = []
        self.switch.on_arrival = arrivals.append
        await self.asterisk.tell("StasisStart", channel=CHANNEL | {"state": state}, args=["inbound", "701"])
        await until(lambda: arrivals)
        self.leg = arrivals[0].leg
        self.leg.own(self.events.append)
        return self.leg


@contextlib.asynccontextmanager
async def table(*, modules: Collection[str] = ("chan_websocket",), **changes: Any) -> AsyncIterator[Table]:
    from twisted.internet import reactor

    async with FakeAsterisk() as asterisk:
        asterisk.modules = set(modules)
        switch = AriSwitch(asterisk.config(**changes), reactor, chance=random.Random(1), utc=lambda: 50.0)
        switch.start()
        try:
            await until(lambda: switch.connected)
            yield Table(asterisk, switch)
        finally:
            await switch.stop()


@asyncio_test
async def test_a_play_whose_answer_got_lost_is_not_repeated_if_it_plays() -> None:
    async with table() as it:
        leg = await it.caller()
        it.asterisk.answers[PLAY] = in_turn(DROP, (201, "{}"))
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.asterisk.times(STILL))
        await it.asterisk.tell(
            "PlaybackFinished", playback={"id": "p1", "state": "done", "target_uri": "channel:ch-1"}
        )
        await until(lambda: it.events)
        assert it.events == [PlayEnded("p1", PromptEnd.FINISHED)]
        assert it.asterisk.times(PLAY) == 1


@asyncio_test
async def test_a_play_whose_request_got_lost_is_sent_again() -> None:
    async with table() as it:
        leg = await it.caller()
        it.asterisk.answers |= {PLAY: in_turn(DROP, (201, "{}")), STILL: NOT_FOUND}
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.asterisk.times(PLAY) == 2)
        assert it.events == []


@asyncio_test
async def test_a_playback_that_ended_meanwhile_is_inferred_and_a_gone_channel_too() -> None:
    async with table() as it:
        leg = await it.caller()
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.asterisk.times(PLAY))
        it.asterisk.answers[STILL] = NOT_FOUND
        await it.asterisk.vanish()
        await until(lambda: not it.switch.connected)
        await it.asterisk.listen()
        await until(lambda: it.events)
        assert it.events == [PlayEnded("p1", PromptEnd.FINISHED, inferred=True)]
        it.asterisk.answers["GET channels"] = (200, "[]")
        await it.asterisk.vanish()
        await until(lambda: not it.switch.connected)
        await it.asterisk.listen()
        await until(lambda: len(it.events) > 1)
        assert it.events[1:] == [Ended(Cause.NORMAL, By.CALLER, since=50.0)]
        assert it.switch.owned() == frozenset()


@asyncio_test
async def test_a_playback_asked_for_and_to_be_stopped_when_the_call_ends_is_let_go_without_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with table() as it:
        leg = await it.caller()
        it.asterisk.answers[PLAY] = SILENCE
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.asterisk.times(PLAY))
        leg.send(StopPlay("p1"))
        await it.asterisk.tell("ChannelDestroyed", channel=CHANNEL, cause=16)
        await until(lambda: len(it.events) > 1)
        assert it.events == [PlayEnded("p1", PromptEnd.STOPPED), Ended(Cause.NORMAL, By.CALLER)]
    assert not [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


@asyncio_test
async def test_a_call_answered_meanwhile_is_told() -> None:
    async with table() as it:
        await it.caller()
        it.has_channel("Up")
        await it.asterisk.vanish()
        await until(lambda: not it.switch.connected)
        await it.asterisk.listen()
        await until(lambda: it.events)
        assert it.events == [Answered()]


@asyncio_test
async def test_a_playback_whose_end_was_never_told_is_asked_for() -> None:
    async with table(playback_check_seconds=0.1) as it:
        leg = await it.caller()
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.asterisk.times(STILL) > 1)
        assert it.events == []
        it.asterisk.answers[STILL] = NOT_FOUND
        await until(lambda: it.events)
        assert it.events == [PlayEnded("p1", PromptEnd.FINISHED, inferred=True)]


@pytest.mark.slow
@asyncio_test
async def test_hanging_up_is_repeated_until_it_is_answered() -> None:
    async with table() as it:
        leg = await it.caller()
        it.asterisk.answers["DELETE channels/ch-1"] = in_turn(SILENCE, DROP, NOT_FOUND)
        leg.send(Ring())
        leg.send(HangUp(Cause.BUSY))
        await until(lambda: it.events)
        assert it.events == [Ended(Cause.BUSY, By.SERVER)]
        assert it.asterisk.times("DELETE channels/ch-1") == 3


@asyncio_test
async def test_a_command_to_a_channel_that_is_gone_ends_the_leg() -> None:
    async with table() as it:
        leg = await it.caller()
        it.asterisk.answers[PLAY] = NOT_FOUND
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.events)
        assert it.events == [Ended(Cause.NORMAL, By.CALLER)]


@asyncio_test
async def test_a_refused_command_fails_with_its_status_and_the_next_is_done() -> None:
    async with table() as it:
        leg = await it.caller()
        it.asterisk.answers["POST channels/ch-1/ring"] = (500, "{}")
        leg.send(Ring())
        leg.send(StartMusic())
        await until(lambda: it.asterisk.times("POST channels/ch-1/moh"))
        assert it.events == [Failed(Ring(), RequestFailed.code, 500)]


@asyncio_test
async def test_one_command_at_a_time_and_hanging_up_overtakes() -> None:
    async with table(request_seconds=3.0) as it:
        leg = await it.caller()
        it.asterisk.answers["POST channels/ch-1/ring"] = SILENCE
        leg.send(Ring())
        leg.send(StartMusic())
        leg.send(HangUp())
        await until(lambda: it.asterisk.times("DELETE channels/ch-1"))
        assert it.asterisk.times("POST channels/ch-1/moh") == 0
        await it.asterisk.tell("StasisEnd", channel=CHANNEL)
        await until(lambda: it.events)
        assert it.events == [Ended(Cause.NORMAL, By.SERVER)]


@asyncio_test
async def test_a_command_that_waited_too_long_for_the_link_fails() -> None:
    async with table(command_seconds=0.1) as it:
        leg = await it.caller()
        await it.asterisk.vanish()
        await until(lambda: not it.switch.connected)
        leg.send(StartMusic())
        leg.send(Play("p1", ("sound:a",)))
        await until(lambda: it.switch.server.lost_at)
        with pytest.raises(AssertionError):
            await until(lambda: it.events, 0.3)
        await it.asterisk.listen()
        await until(lambda: len(it.events) == 2)
        assert it.events == [Failed(StartMusic(), LinkLost.code), PlayEnded("p1", PromptEnd.FAILED)]
        assert it.asterisk.times(PLAY) == 0


@pytest.mark.parametrize(
    ("startups", "end"),
    [
        (("A", "B"), Ended(Cause.TEMPORARY_FAILURE, By.UNKNOWN, 50.0)),
        (("A", "A"), Ended(Cause.NORMAL, By.CALLER, 50.0)),
        (("", ""), Ended(Cause.NORMAL, By.CALLER, 50.0)),
    ],
    ids=["crashed", "ran on", "does not say"],
)
@asyncio_test
async def test_a_call_that_is_gone_with_its_asterisk_was_ended_by_nobody(
    startups: tuple[str, str], end: Ended
) -> None:
    async with table() as it:
        ups: list[float] = []
        it.switch.on_up = lambda away, _peer: ups.append(away)
        await it.caller("Up")
        for n, startup in enumerate(startups, 1):
            status = {"startup_time": startup} if startup else {}
            info = {"system": {"version": "22.10.1"}, "status": status}
            it.asterisk.answers["HTTP asterisk/info"] = (200, json.dumps(info))
            if n == len(startups):
                it.asterisk.answers["GET channels"] = (200, "[]")
            it.asterisk.connections[-1].transport.abort()
            await until(lambda n=n: len(ups) == n and it.switch.connected)
        assert it.events == [end]


@asyncio_test
async def test_a_dial_whose_answer_got_lost_asks_before_it_dials_again() -> None:
    async with table() as it:
        events: list[LegEvent] = []
        it.asterisk.answers["POST channels/create"] = in_turn(DROP, (200, "{}"))
        it.switch.dial(Dial("c1.l2", "ag-1", "PJSIP/a", variables={"X": "1"}), events.append)
        await until(lambda: it.asterisk.times("GET channels/ag-1"))
        agent = {"id": "ag-1", "state": "Down"}
        await it.asterisk.tell("StasisStart", channel=agent, args=["dialled", "c1.l2"])
        await until(lambda: it.asterisk.times("POST channels/ag-1/dial"))
        assert it.asterisk.times("POST channels/create") == 1
        (created,) = (one for one in it.asterisk.asked if one.path == "channels/create")
        assert json.loads(created.body) == {"variables": {"X": "1"}}
        await it.asterisk.tell("Dial", peer=agent, dialstatus="RINGING")
        await it.asterisk.tell("Dial", peer=agent, dialstatus="ANSWER")
        await it.asterisk.tell("ChannelStateChange", channel=agent | {"state": "Up"})
        await it.asterisk.tell("ChannelHangupRequest", channel=agent, cause=16)
        await it.asterisk.tell("StasisEnd", channel=agent)
        await until(lambda: len(events) == 3)
        assert events == [Ringing(), Answered(), Ended(Cause.NORMAL, By.AGENT)]


@pytest.mark.parametrize("lost", [True, False])
@asyncio_test
async def test_a_phone_that_rings_already_when_it_is_dialled_again_after_a_loss_rings_on(
    monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    """The first request came late, as what a network held back."""
    monkeypatch.setattr(dialling, "END_SECONDS", 0.01)
    async with table() as it:
        events: list[LegEvent] = []
        agent = {"id": "ag-1", "state": "Ringing"}
        it.asterisk.answers["GET channels"] = (200, json.dumps([agent]))
        it.asterisk.answers["GET applications/app"] = (200, '{"channel_ids":["ag-1"]}')
        it.asterisk.answers["POST channels/ag-1/dial"] = in_turn(*[DROP] * lost, (409, "{}"))
        it.switch.dial(Dial("c1.l2", "ag-1", "PJSIP/a"), events.append)
        await until(lambda: it.asterisk.times("POST channels/create"))
        await it.asterisk.tell("StasisStart", channel=agent, args=["dialled", "c1.l2"])
        await until(lambda: it.asterisk.times("POST channels/ag-1/dial") == 1 + lost)
        if not lost:
            await until(lambda: events)
            assert events == [Failed(None, RequestFailed.code, 409)]
            return
        now = asyncio.get_running_loop().time
        later = now() + 0.2
        await until(lambda: it.switch.connected and now() > later)
        await it.asterisk.tell("Dial", peer=agent, dialstatus="ANSWER")
        await it.asterisk.tell("ChannelHangupRequest", channel=agent, cause=16)
        await it.asterisk.tell("StasisEnd", channel=agent)
        await until(lambda: len(events) == 3)
        assert events == [Ringing(), Answered(), Ended(Cause.NORMAL, By.AGENT)]


@asyncio_test
async def test_a_dial_that_is_refused_fails_and_ends() -> None:
    async with table() as it:
        events: list[LegEvent] = []
        it.asterisk.answers["POST channels/create"] = (400, "{}")
        it.switch.dial(Dial("c1.l2", "ag-1", "PJSIP/a"), events.append)
        await until(lambda: len(events) == 2)
        assert events == [
            Failed(None, RequestFailed.code, 400),
            Ended(Cause.TEMPORARY_FAILURE, By.AGENT),
        ]


@asyncio_test
@pytest.mark.parametrize(
    "dial",
    [Dial("c1.l2", "ag-1", "PJSIP/\ud800"), Dial("c1.l2", "ag-1", "PJSIP/a", time_out=float("inf"))],
    ids=["before there is a channel", "after it was made"],
)
async def test_a_dial_that_fails_by_a_fault_of_ours_ends_and_leaves_no_channel(
    no_leaks: list[str], dial: Dial
) -> None:
    async with table() as it:
        events: list[LegEvent] = []
        it.switch.dial(dial, events.append)
        if dial.time_out > 60:
            await until(lambda: it.asterisk.times("POST channels/create"))
            agent = {"id": "ag-1", "state": "Down"}
            await it.asterisk.tell("StasisStart", channel=agent, args=["dialled", "c1.l2"])
            await until(lambda: it.asterisk.times("DELETE channels/ag-1"))
            await it.asterisk.tell("StasisEnd", channel=agent)
        else:
            it.asterisk.answers["DELETE channels/ag-1"] = NOT_FOUND
        await until(lambda: len(events) == 2)
        assert events == [
            Failed(None, CoreMisuse.code),
            Ended(Cause.TEMPORARY_FAILURE, By.SERVER),
        ]
        assert it.asterisk.times("DELETE channels/ag-1") == 1
        assert it.switch.owned() == frozenset()
        assert "dial c1.l2 failed" in no_leaks.pop()


@asyncio_test
async def test_an_owner_that_raises_is_named_and_the_link_goes_on(no_leaks: list[str]) -> None:
    async with table() as it:
        leg = await it.caller()

        def broken(event: LegEvent) -> None:
            raise ValueError("a bug")

        leg.own(broken)
        await it.asterisk.tell("ChannelDtmfReceived", channel=CHANNEL, digit="1")
        await until(lambda: no_leaks)
        assert "the owner of c-ch-1.l1 raised on Key" in no_leaks.pop()
        leg.own(it.events.append)
        await it.asterisk.tell("ChannelStateChange", channel=CHANNEL | {"state": "Up"})
        await until(lambda: it.events)


@asyncio_test
async def test_a_join_that_is_refused_fails_for_each_leg() -> None:
    async with table() as it:
        leg = await it.caller()
        it.asterisk.answers["POST bridges/b1"] = (500, "{}")
        it.switch.join("b1", [leg])
        await until(lambda: it.events)
        assert it.events == [Failed(None, RequestFailed.code, 500)]
        assert Joined("b1") not in it.events
        await until(lambda: "b1" not in it.switch.owned())


class Ear:
    """Remembers what was lost."""

    def __init__(self) -> None:
        self.lost: list[str] = []

    def audio(self, pcm: bytes) -> None:
        raise AssertionError("no audio was expected")

    def audio_lost(self, code: str) -> None:
        self.lost.append(code)


@asyncio_test
async def test_where_asterisk_cannot_send_audio_there_is_none_and_the_leg_says_so() -> None:
    async with table(modules=()) as it:
        leg = await it.caller()
        assert leg.capabilities == frozenset(Capability) - {Capability.AUDIO}
        ear = Ear()
        leg.open_audio(ear)
        assert ear.lost == []
        await until(lambda: ear.lost)
        assert ear.lost == [RequestFailed.code]
        assert it.switch.owned() == {"ch-1"}
    async with table() as it:
        assert (await it.caller()).capabilities == frozenset(Capability)


@asyncio_test
async def test_a_stream_that_cannot_be_had_is_lost_once_and_undone() -> None:
    async with table() as it:
        leg = await it.caller()
        it.asterisk.answers["POST channels/externalMedia"] = (500, "{}")
        ear = Ear()
        leg.open_audio(ear)
        await until(lambda: ear.lost)
        await until(lambda: it.switch.owned() == {"ch-1"})
        assert ear.lost == [RequestFailed.code]
        undone = {f"DELETE channels/{leg.id}.a1.{part}" for part in ("snoop", "media")}
        assert undone <= {str(asked) for asked in it.asterisk.asked}
