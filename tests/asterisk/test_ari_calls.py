"""The ARI driver on a real Asterisk: callers."""

from __future__ import annotations

from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.leg import Answer, Answered, Ended, HangUp, Key, Play, PlayEnded, StopPlay
from tests.asterisk.ari_lab import AriLab
from tests.support.aio import asyncio_test, until


@asyncio_test
async def test_given_a_caller_when_answered_and_played_to_then_each_outcome_is_told(ari: AriLab) -> None:
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        assert call.arrival.number == "701"
        assert call.arrival.caller_number == caller.name
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
        await until(lambda: len(caller.heard) > 8000)
        caller.press("5")
        await call.told(Key("5"))
        call.leg.send(StopPlay("p1"))
        await call.told(PlayEnded("p1", PromptEnd.STOPPED))
        caller.hang_up()
        await call.told(Ended(Cause.NORMAL, By.CALLER))
