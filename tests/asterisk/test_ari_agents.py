"""The ARI driver on a real Asterisk: agents' phones and bridges."""

from __future__ import annotations

import pytest

from ivrcore.model.names import By, Cause, Device, PromptEnd
from ivrcore.telephony import variables
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Dial,
    Ended,
    HangUp,
    Joined,
    Play,
    PlayEnded,
    Ringing,
    StartMusic,
)
from tests.asterisk.ari_lab import AriLab, Call
from tests.support.aio import asyncio_test, until
from tests.support.ua import Phone, power

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("no_leaks")]


def dialled(switch: AriSwitch, endpoint: str, *, time_out: float = 10.0) -> Call:
    """Dial an agent's phone."""
    events: list[object] = []
    dial = Dial(
        "c1.l2",
        "c1.l2",
        endpoint,
        caller_number="0212345678",
        caller_name="Kim\r\nX-Evil: 1",
        time_out=time_out,
        variables={
            variables.header(variables.HEADER_QUEUE): "sales",
            variables.header(variables.HEADER_CALLED): "701",
        },
    )
    return Call(switch.dial(dial, events.append), events)  # type: ignore[arg-type]


@asyncio_test
async def test_given_an_agent_who_answers_then_the_phone_showed_caller_queue_and_number(ari: AriLab) -> None:
    async with ari.running() as switch, ari.agent(1) as agent:
        agent.reply = [(0.05, 180), (0.2, 200)]
        call = dialled(switch, ari.endpoint(1))
        await call.told(Answered())
        assert call.events == [Ringing(), Answered()]
        assert 'From: "KimX-Evil: 1" <sip:0212345678@' in agent.invite
        assert "X-Queue: sales\r\n" in agent.invite
        assert "X-Called-Number: 701\r\n" in agent.invite
        agent.hang_up()
        assert await call.ended() == Ended(Cause.NORMAL, By.AGENT)


@pytest.mark.parametrize(
    ("status", "cause"), [(486, Cause.BUSY), (603, Cause.REJECTED), (480, Cause.NO_ANSWER)]
)
@asyncio_test
async def test_given_an_agent_who_rejects_then_the_leg_ends_with_the_cause(
    ari: AriLab, status: int, cause: Cause
) -> None:
    async with ari.running() as switch, ari.agent(1) as agent:
        agent.reply = [(0.05, 180), (0.1, status)]
        call = dialled(switch, ari.endpoint(1))
        assert await call.ended() == Ended(cause, By.AGENT)
        assert call.events[0] == Ringing()


@asyncio_test
async def test_given_an_agent_who_never_answers_then_ringing_stops_in_time(ari: AriLab) -> None:
    async with ari.running() as switch, ari.agent(1) as agent:
        agent.reply = [(0.05, 180)]
        call = dialled(switch, ari.endpoint(1), time_out=1.0)
        assert await call.ended() == Ended(Cause.NO_ANSWER, By.AGENT)
        await until(lambda: agent.gone)


@asyncio_test
async def test_given_a_phone_that_is_off_or_unknown_then_the_leg_ends_unreachable(ari: AriLab) -> None:
    async with ari.running() as switch:
        off = dialled(switch, ari.endpoint(2), time_out=1.0)
        assert (await off.ended()).cause == Cause.NO_USER_RESPONSE
        unknown = dialled(switch, "PJSIP/nobody")
        assert await unknown.ended() == Ended(Cause.UNREACHABLE, By.AGENT)
        unregistered = dialled(switch, "PJSIP/you")
        assert (await unregistered.ended()).cause == Cause.UNREACHABLE


@asyncio_test
async def test_given_a_ringing_agent_when_hung_up_then_the_phone_stops_ringing(ari: AriLab) -> None:
    async with ari.running() as switch, ari.agent(1) as agent:
        agent.reply = [(0.05, 180)]
        call = dialled(switch, ari.endpoint(1))
        await call.told(Ringing())
        call.leg.send(HangUp())
        assert await call.ended() == Ended(Cause.NORMAL, By.SERVER)
        await until(lambda: agent.gone)


@asyncio_test
async def test_given_a_dial_when_hung_up_at_once_then_nothing_stays(ari: AriLab) -> None:
    async with ari.running() as switch, ari.agent(1) as agent:
        agent.reply = [(0.0, 180), (0.0, 200)]
        call = dialled(switch, ari.endpoint(1))
        call.leg.send(HangUp())
        assert (await call.ended()).by is By.SERVER


@pytest.mark.parametrize("technology", ["pjsip", "PjSip"])
@asyncio_test
async def test_given_a_phone_named_in_another_case_of_its_technology_then_its_own_calls_are_seen(
    ari: AriLab, technology: str
) -> None:
    named = f"{technology}/agent1"
    seen: list[tuple[str, Device]] = []
    async with ari.running() as switch, ari.phone() as caller, ari.agent(1) as agent:
        agent.reply = [(0.05, 200)]
        switch.watch_devices([named], lambda *news: seen.append(news))
        await until(lambda: seen)
        caller.call(f"8{agent.port}")
        await until(lambda: len(seen) > 1)
        agent.hang_up()
        await until(lambda: len(seen) > 2)
    before, during, after = (device for _, device in seen)
    assert (during, before) == (Device.BUSY, after)
    assert {name for name, _ in seen} == {named}


@asyncio_test
async def test_given_a_phone_named_in_another_case_than_its_own_then_asterisk_has_no_such_phone(
    ari: AriLab,
) -> None:
    seen: list[tuple[str, Device]] = []
    async with ari.running() as switch:
        switch.watch_devices(["PJSIP/Agent1"], lambda *news: seen.append(news))
        await until(lambda: seen)
        rung = dialled(switch, "PJSIP/Agent1")
        assert (await rung.ended()).cause == Cause.UNREACHABLE
    assert seen == [("PJSIP/Agent1", Device.UNREACHABLE)]


async def conversation(ari: AriLab, switch: AriSwitch, caller: Phone, agent: Phone) -> tuple[Call, Call]:
    """A caller with music and an agent, joined in bridge ``c1.b1``."""
    agent.reply = [(0.0, 180), (0.05, 200)]
    call = await ari.called_by(caller, "701")
    call.leg.send(Answer())
    call.leg.send(StartMusic())
    other = dialled(switch, ari.endpoint(1))
    await other.told(Answered())
    switch.join("c1.b1", [call.leg, other.leg])
    await call.told(Joined("c1.b1"))
    await other.told(Joined("c1.b1"))
    return call, other


@asyncio_test
async def test_given_two_legs_when_joined_then_both_hear_each_other(ari: AriLab) -> None:
    async with ari.running() as switch, ari.phone(tone=700) as caller, ari.agent(1, tone=1100) as agent:
        call, other = await conversation(ari, switch, caller, agent)
        await until(lambda: power(caller.heard[-4000:], 1100) > 0.2 and power(agent.heard[-4000:], 700) > 0.2)
        await until(lambda: power(caller.heard[-4000:], 523.25) < 0.01)  # the music is over
        assert switch.owned() == {call.leg.channel, other.leg.channel, "c1.b1"}
        switch.part("c1.b1")
        await until(lambda: not ari.pbx.bridges())
        switch.part("c1.b1")
        call.leg.send(Play("p1", ("sound:beep",)))
        await call.told(PlayEnded("p1", PromptEnd.FINISHED))
        caller.hang_up()
        agent.hang_up()
        assert (await call.ended()).by is By.CALLER
        assert (await other.ended()).by is By.AGENT


@asyncio_test
async def test_given_a_prompt_when_joined_then_it_is_stopped_first(ari: AriLab) -> None:
    async with ari.running() as switch, ari.phone(tone=700) as caller, ari.agent(1, tone=1100) as agent:
        agent.reply = [(0.0, 200)]
        call = await ari.called_by(caller, "701")
        call.leg.send(Answer())
        call.leg.send(Play("p1", ("sound:demo-congrats",)))
        other = dialled(switch, ari.endpoint(1))
        await other.told(Answered())
        await until(lambda: caller.heard)
        switch.join("c1.b1", [call.leg, other.leg])
        await call.told(Joined("c1.b1"))
        assert call.events == [Answered(), PlayEnded("p1", PromptEnd.STOPPED), Joined("c1.b1")]
        await until(lambda: power(caller.heard[-4000:], 1100) > 0.2)
        caller.hang_up()
        await call.ended()
        agent.hang_up()
        await other.ended()


@asyncio_test
async def test_given_a_caller_who_leaves_as_they_are_joined_then_the_agent_is_alone(ari: AriLab) -> None:
    async with ari.running() as switch, ari.phone() as caller, ari.agent(1) as agent:
        agent.reply = [(0.0, 200)]
        call = await ari.called_by(caller, "701")
        call.leg.send(Answer())
        other = dialled(switch, ari.endpoint(1))
        await other.told(Answered())
        switch.join("c1.b1", [call.leg, other.leg])
        caller.hang_up()
        await call.ended()
        await other.told(Joined("c1.b1"))
        other.leg.send(HangUp())
        await other.ended()
