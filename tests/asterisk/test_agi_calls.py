"""Calls over AGI on a real Asterisk: hang-ups in every state, injection, and the way back to the dialplan."""

from __future__ import annotations

import time

import pytest

from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Command,
    Dial,
    Ended,
    Joined,
    Play,
    PlayEnded,
    Ring,
    StartMusic,
)
from tests.asterisk.agi_lab import AgiLab
from tests.asterisk.ari_lab import InboundCall
from tests.support.aio import asyncio_test, until
from tests.support.held_up import HeldUp
from tests.support.ua import Phone

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("no_leaks")]

GONE = Ended(Cause.NORMAL, By.CALLER)
NASTY = "${GLOBAL(X)}, (y)&z|$[1+1]'\"; same => n,Hangup()"


async def gone_within_a_second(call: InboundCall, phone: Phone) -> None:
    with HeldUp() as held:
        began = time.monotonic()
        if phone.up:
            phone.hang_up()
        else:
            phone.cancel()
        assert await call.ended() == GONE
        assert time.monotonic() - began < 1.0 + held.seconds
    await until(lambda: phone.gone)


@pytest.mark.parametrize(
    "commands",
    [(), (Ring(),), (Answer(),), (Answer(), Play("p1", ("sound:demo-congrats",))), (Answer(), StartMusic())],
    ids=["nothing said", "ringing", "waiting for keys", "playing", "music"],
)
@asyncio_test
async def test_a_hang_up_is_noticed_within_a_second(agi: AgiLab, commands: tuple[Command, ...]) -> None:
    async with agi.running(), agi.phone() as phone:
        call = await agi.called_by(phone, "701")
        for command in commands:
            call.leg.send(command)
        if Answer() in commands:
            await until(lambda: phone.up)
            await call.told(Answered())
        await gone_within_a_second(call, phone)


@asyncio_test
async def test_a_hang_up_is_noticed_while_a_phone_rings_for_the_caller(agi: AgiLab) -> None:
    async with agi.running() as switch, agi.phone() as phone, agi.agent(1) as agent:
        call = await agi.called_by(phone, "701")
        call.leg.send(Answer())
        await call.told(Answered())
        agent.reply = [(0.05, 180)]
        told: list[object] = []
        switch.dial(Dial("c1.l2", "c1.l2", agi.endpoint(1), partner=call.leg), told.append)
        await until(lambda: agent.invite)
        await gone_within_a_second(call, phone)
        await until(lambda: told == [Ended(Cause.NORMAL, By.SERVER)] and agent.gone)


@asyncio_test
async def test_a_conversation_is_ended_after_the_longest_that_it_may_be_and_no_call_before_it_or_after(
    agi: AgiLab,
) -> None:
    async with agi.running(longest_talk=3.0) as switch, agi.phone() as phone, agi.agent(1) as agent:
        call = await agi.called_by(phone, "701")
        call.leg.send(Answer())
        await call.told(Answered())
        for number in (2, 3):
            agent.reply = [(0.05, 180), (0.2, 200)]
            told: list[object] = []
            dial = Dial(f"c1.l{number}", f"c1.l{number}", agi.endpoint(1), partner=call.leg)
            other = switch.dial(dial, told.append)
            await until(lambda told=told: Answered() in told)  # type: ignore[misc]
            switch.join(f"c1.b{number}", [call.leg, other])
            await call.told(Joined(f"c1.b{number}"))
            if number == 2:
                agent.hang_up()
                await until(lambda told=told: Ended(Cause.NORMAL, By.AGENT) in told)  # type: ignore[misc]
                call.leg.send(Play("p1", ("sound:silence/5",)))
                await call.told(PlayEnded("p1", PromptEnd.FINISHED), 15.0)
        assert await call.ended(15.0) == GONE
        await until(lambda: phone.gone and agent.gone)


@asyncio_test
async def test_what_a_caller_is_called_stays_what_it_is(agi: AgiLab) -> None:
    async with agi.running(), agi.phone(name="0212345678") as phone:
        call = await agi.called_by(phone, "701")
        agi.pbx.rx("dialplan set global X hit")
        connection = call.leg.connection  # type: ignore[attr-defined]
        seen: list[str] = []

        def look() -> None:
            connection.agi.set_variable("NASTY", f"{NASTY}\nHANGUP\r\nEXEC Hangup\0")
            seen.append(connection.agi.get_variable("NASTY"))
            connection.agi.set_variable("NASTY", "김철수\\")
            seen.append(connection.agi.get_variable("NASTY"))

        call.leg.send(_InSession(look))
        call.leg.send(Answer())
        await call.told(Answered())
        assert seen == [f"{NASTY} HANGUP  EXEC Hangup ", "김철수\\"]
        call.leg.send(Play("p1", (f"sound:{NASTY}\nHANGUP",)))
        await call.told(PlayEnded("p1", PromptEnd.FAILED))
        phone.hang_up()
        assert await call.ended() == GONE


def _InSession(look: object) -> Command:  # noqa: N802  # reads as a command
    from ivrcore.telephony.agi.leg import Task

    class One(Task):
        def run(self, caller: object) -> None:
            look()  # type: ignore[operator]

    return One()


@asyncio_test
async def test_a_call_that_nobody_has_the_secret_for_goes_on_in_the_dialplan(agi: AgiLab) -> None:
    async with agi.running() as switch, agi.phone() as phone:
        phone.call("799")
        await until(lambda: phone.up)
        assert dict(switch.server.refused) == {"secret": 1}
        assert agi.arrivals == []
        phone.hang_up()


@asyncio_test
async def test_calls_go_on_in_the_dialplan_when_the_driver_stops_also_after_a_phone_was_dialled(
    agi: AgiLab,
) -> None:
    agi.pbx.rx("dialplan set global RETURNED nothing")
    async with agi.running() as switch, agi.phone() as phone, agi.agent(1) as agent:
        call = await agi.called_by(phone, "701")
        call.leg.send(Answer())
        await call.told(Answered())
        agent.reply = [(0.05, 180), (0.2, 200)]
        told: list[object] = []
        other = switch.dial(Dial("c1.l2", "c1.l2", agi.endpoint(1), partner=call.leg), told.append)
        await until(lambda: Answered() in told)
        agent.hang_up()
        await until(lambda: Ended(Cause.NORMAL, By.AGENT) in told)
        assert other.id == "c1.l2"
        call.leg.send(Play("p1", ("sound:digits/1",)))
        await call.told(PlayEnded("p1", PromptEnd.FINISHED))
        assert await switch.send_on() == 1
        await until(lambda: agi.pbx.variable("RETURNED") == "SUCCESS")
        await until(lambda: phone.gone)
        assert not isinstance(call.events[-1], Ended)
