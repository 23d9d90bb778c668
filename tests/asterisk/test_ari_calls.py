"""The ARI driver on a real Asterisk: callers."""

from __future__ import annotations

import pytest

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
from tests.asterisk.ari_lab import AriLab, gives_up_while_it_rings
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
    await gives_up_while_it_rings(ari)


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
