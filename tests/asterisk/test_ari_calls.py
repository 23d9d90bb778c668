"""The ARI driver on a real Asterisk: callers."""

from __future__ import annotations

import asyncio
import math

import pytest

from ivrcore.errors import CoreMisuse
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Capability,
    Ended,
    HangUp,
    Key,
    Play,
    PlayEnded,
    Ring,
    StartMusic,
    StopMusic,
    StopPlay,
)
from tests.asterisk.ari_lab import AriLab
from tests.support.aio import asyncio_test, until
from tests.support.ua import power

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("no_leaks")]

MUSIC_HERTZ = 523.25


@asyncio_test
async def test_given_a_caller_when_answered_and_played_to_then_each_outcome_is_told(ari: AriLab) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        assert call.arrival.number == "701"
        assert call.arrival.caller_number == caller.name
        assert call.leg.capabilities == frozenset(Capability)
        call.leg.send(Answer())
        call.leg.send(Play("p1", ("sound:beep",)))
        await call.told(PlayEnded("p1", PromptEnd.FINISHED))
        call.leg.send(HangUp())
        await call.told(Ended(Cause.NORMAL, By.SERVER))
        await until(lambda: caller.gone)
    assert call.events == [Answered(), PlayEnded("p1", PromptEnd.FINISHED), Ended(Cause.NORMAL, By.SERVER)]


@asyncio_test
async def test_given_a_prompt_when_the_caller_presses_a_key_then_it_can_be_stopped(ari: AriLab) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(Answer())
        call.leg.send(Play("p1", ("sound:demo-congrats",)))
        call.leg.send(Play("p2", ("sound:demo-congrats",)))
        await until(lambda: len(caller.heard) > 8000)
        for key in "5*#":
            caller.press(key)
            await call.told(Key(key))
        call.leg.send(StopPlay("p2"))
        call.leg.send(StopPlay("p1"))
        await call.told(PlayEnded("p1", PromptEnd.STOPPED))
        await call.told(PlayEnded("p2", PromptEnd.STOPPED))
        caller.hang_up()
        await call.told(Ended(Cause.NORMAL, By.CALLER))


@asyncio_test
async def test_given_several_media_when_played_then_one_end_is_told_after_the_last(ari: AriLab) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(Answer())
        call.leg.send(Play("p1", ("sound:beep", "sound:digits/1", "sound:digits/2")))
        await call.told(PlayEnded("p1", PromptEnd.FINISHED))
        assert len(caller.heard) > 1.5 * 8000
        call.leg.send(Play("p2", ("sound:there-is-no-such-thing",)))
        await call.told(PlayEnded("p2", PromptEnd.FAILED))
        caller.hang_up()


@asyncio_test
async def test_given_a_prompt_when_the_caller_hangs_up_then_it_counts_as_stopped(ari: AriLab) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(Answer())
        call.leg.send(Play("p1", ("sound:demo-congrats",)))
        call.leg.send(Play("p2", ("sound:demo-congrats",)))
        await until(lambda: caller.heard)
        caller.hang_up()
        await call.told(Ended(Cause.NORMAL, By.CALLER))
    stopped = [PlayEnded(name, PromptEnd.STOPPED) for name in ("p1", "p2")]
    assert call.events == [Answered(), *stopped, Ended(Cause.NORMAL, By.CALLER)]


@pytest.mark.parametrize(
    ("cause", "status"),
    [(Cause.BUSY, 486), (Cause.CONGESTION, 503), (Cause.UNALLOCATED, 404), (Cause.REJECTED, 403)],
)
@asyncio_test
async def test_given_an_unanswered_call_when_hung_up_then_the_trunk_sees_the_cause(
    ari: AriLab, cause: Cause, status: int
) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(HangUp(cause))
        await call.told(Ended(cause, By.SERVER))
        await until(lambda: caller.gone)
    assert caller.statuses == [100, status]
    assert caller.reasons[-1] == f"Q.850;cause={int(cause)}"


@asyncio_test
async def test_given_an_unanswered_call_when_played_to_then_the_caller_hears_early_media(ari: AriLab) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(Ring())
        await until(lambda: 180 in caller.statuses)
        call.leg.send(Play("p1", ("sound:digits/1",)))
        call.leg.send(Answer())
        await call.told(Answered())
        assert call.events == [PlayEnded("p1", PromptEnd.FINISHED), Answered()]
        assert len(caller.heard) > 4000
        await until(lambda: caller.up)
        assert caller.statuses == [100, 180, 183, 200]
        caller.hang_up()


@asyncio_test
async def test_given_a_ringing_call_when_the_caller_gives_up_then_it_ended_normally(ari: AriLab) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(Ring())
        await until(lambda: 180 in caller.statuses)
        caller.cancel()
        await call.told(Ended(Cause.NORMAL, By.CALLER))


@asyncio_test
async def test_given_music_when_stopped_then_the_caller_hears_it_no_more(ari: AriLab) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(Answer())
        call.leg.send(StartMusic())
        await until(lambda: power(caller.heard[-1600:], MUSIC_HERTZ) > 0.02)
        call.leg.send(StopMusic())
        call.leg.send(Play("p1", ("sound:silence/1",)))
        await call.told(PlayEnded("p1", PromptEnd.FINISHED))
        assert power(caller.heard[-1600:], MUSIC_HERTZ) < 0.005
        caller.hang_up()


class Ear:
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.heard = b""
        self.lost: list[str] = []

    def audio(self, pcm: bytes) -> None:
        self.heard += pcm

    def audio_lost(self, code: str) -> None:
        self.lost.append(code)

    def level(self, hertz: float) -> float:
        """Amplitude of a tone in the last half second."""
        samples = memoryview(self.heard[-16000:]).cast("h")
        turn = 2 * math.pi * hertz / 16000
        real = sum(s * math.cos(turn * n) for n, s in enumerate(samples))
        imaginary = sum(s * math.sin(turn * n) for n, s in enumerate(samples))
        return 2 * math.hypot(real, imaginary) / max(len(samples), 1) / 32768


@asyncio_test
async def test_given_an_open_stream_then_it_has_the_caller_and_not_the_prompt(ari: AriLab) -> None:
    async with ari.running() as switch, ari.phone(tone=700) as caller:
        call = await ari.called_by(caller, "701")
        ear, other = Ear(), Ear()
        call.leg.send(Answer())
        call.leg.open_audio(ear)
        call.leg.send(Play("p1", (f"sound:{ari.tone(1900)}",)))
        await until(lambda: len(ear.heard) > 32000)
        assert ear.level(700) > 0.2
        assert ear.level(1900) < 0.01
        assert power(caller.heard[-4000:], 1900) > 0.2
        call.leg.open_audio(other)
        taken = len(ear.heard)
        await until(lambda: other.heard)
        assert len(ear.heard) == taken
        call.leg.close_audio()
        taken = len(other.heard)
        await until(lambda: switch.owned() == {call.leg.channel})
        assert len(other.heard) == taken
        call.leg.open_audio(ear)
        await until(lambda: len(ear.heard) > 64000)
        caller.hang_up()
        await call.ended()
        assert ear.lost == other.lost == []


@asyncio_test
async def test_given_a_stream_when_its_media_channel_dies_then_it_is_lost_once(ari: AriLab) -> None:
    async with ari.running() as switch, ari.phone(tone=700) as caller:
        call = await ari.called_by(caller, "701")
        ear = Ear()
        call.leg.send(Answer())
        call.leg.open_audio(ear)
        await until(lambda: ear.heard)
        ari.pbx.rx(
            "channel request hangup " + next(c.name for c in ari.pbx.channels() if "WebSocket" in c.name)
        )
        await until(lambda: ear.lost)
        await until(lambda: switch.owned() == {call.leg.channel})
        caller.hang_up()
        await call.ended()
        assert len(ear.lost) == 1


class SoreEar(Ear):
    """Cannot take what it hears."""

    def audio(self, pcm: bytes) -> None:
        raise OSError("a fault of ours")


@asyncio_test
async def test_given_an_ear_that_fails_then_the_stream_is_lost_and_the_next_one_hears(
    ari: AriLab, no_leaks: list[str]
) -> None:
    async with ari.running() as switch, ari.phone(tone=700) as caller:
        call = await ari.called_by(caller, "701")
        sore, ear = SoreEar(), Ear()
        call.leg.send(Answer())
        call.leg.open_audio(sore)
        await until(lambda: sore.lost)
        assert sore.lost == [CoreMisuse.code]
        assert "a fault of ours" in no_leaks.pop()
        await until(lambda: switch.owned() == {call.leg.channel})
        call.leg.open_audio(ear)
        await until(lambda: ear.heard)
        caller.hang_up()
        await call.ended()


@asyncio_test
async def test_given_a_stream_asked_for_as_the_caller_leaves_then_nothing_stays(ari: AriLab) -> None:
    for pause in (0.0, 0.002, 0.005, 0.01, 0.02):
        async with ari.running(), ari.phone() as caller:
            call = await ari.called_by(caller, "701")
            call.leg.send(Answer())
            call.leg.open_audio(Ear())
            await asyncio.sleep(pause)  # meets another step of the stream's set-up each time
            call.leg.send(HangUp())
            await call.ended()
