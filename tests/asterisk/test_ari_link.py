"""The ARI driver on a real Asterisk: a link lost, refused or taken over, and what earlier lives left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from ivrcore.lab.pbx import Pbx
from ivrcore.lab.proxy import Proxy
from ivrcore.model.names import By, Cause, PromptEnd
from ivrcore.telephony.ari import wire
from ivrcore.telephony.ari.server import State
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Dial,
    Ended,
    HangUp,
    Joined,
    Key,
    Leg,
    Play,
    PlayEnded,
)
from tests.asterisk.ari_lab import AriLab, Call, extensions
from tests.support.aio import asyncio_test, until
from tests.support.ua import power

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("no_leaks")]


@asyncio_test
async def test_given_a_link_cut_for_5_s_then_calls_go_on_and_what_was_missed_is_inferred(ari: AriLab) -> None:
    async with Proxy(ari.pbx.http_port) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/ari"
        async with (
            ari.running(url=url) as switch,
            ari.phone() as listener,
            ari.phone() as leaver,
            ari.phone() as patient,
        ):
            calls = [await ari.called_by(phone, "701") for phone in (listener, leaver, patient)]
            for call in calls:
                call.leg.send(Answer())
                await call.told(Answered())
            listening, leaving, waiting = calls
            listening.leg.send(Play("long", ("sound:demo-congrats",)))
            waiting.leg.send(Play("short", ("sound:digits/1",)))
            await until(lambda: listener.heard and patient.heard)
            await proxy.cut()
            await until(lambda: ari.downs)
            assert not switch.connected
            leaver.hang_up()
            waiting.leg.send(Play("later", ("sound:digits/2",)))
            heard = len(listener.heard)
            # the cut lasts for 5 s of what the caller hears meanwhile, as the requirement states it
            await until(lambda: len(listener.heard) > heard + 5 * 8000)
            await proxy.restore()
            await until(lambda: switch.connected)
            [ended] = leaving.events[1:]
            assert isinstance(ended, Ended)
            assert ended.by is By.CALLER
            assert ended.since is not None
            await waiting.told(PlayEnded("short", PromptEnd.FINISHED, inferred=True))
            await waiting.told(PlayEnded("later", PromptEnd.FINISHED))
            assert listening.events == [Answered()]
            listener.press("7")
            await listening.told(Key("7"))
            for call in (listening, waiting):
                call.leg.send(HangUp())
                await call.ended()
            assert listening.events[-2] == PlayEnded("long", PromptEnd.STOPPED)
        assert len(ari.downs) == 1
        assert [round(away) >= 5 for away, _ in ari.ups] == [False, True]
        assert ari.orphans == []


@asyncio_test
async def test_given_a_link_that_is_cut_when_hanging_up_and_dialling_then_both_are_done_later(
    ari: AriLab,
) -> None:
    async with Proxy(ari.pbx.http_port) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/ari"
        async with ari.running(url=url) as switch, ari.phone() as caller, ari.agent(1) as agent:
            agent.reply = [(0.0, 200)]
            call = await ari.called_by(caller, "701")
            call.leg.send(Answer())
            await call.told(Answered())
            await proxy.cut()
            call.leg.send(HangUp())
            events: list[object] = []
            leg = switch.dial(Dial("c1.l2", "c1.l2", ari.endpoint(1)), events.append)
            await until(lambda: ari.downs)
            assert not call.events[1:]
            await proxy.restore()
            assert await call.ended() == Ended(Cause.NORMAL, By.SERVER)
            await until(lambda: Answered() in events)
            agent.hang_up()
            await until(lambda: isinstance(events[-1], Ended))
            assert leg.ended


@asyncio_test
async def test_given_a_link_cut_as_two_are_joined_then_they_are_joined_once_it_is_back(ari: AriLab) -> None:
    async with Proxy(ari.pbx.http_port) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/ari"
        async with (
            ari.running(url=url) as switch,
            ari.phone(tone=700) as caller,
            ari.agent(1, tone=1100) as agent,
        ):
            agent.reply = [(0.0, 200)]
            call = await ari.called_by(caller, "701")
            call.leg.send(Answer())
            events: list[object] = []
            leg: Leg = switch.dial(Dial("c1.l2", "c1.l2", ari.endpoint(1)), events.append)
            other = Call(leg, events)  # type: ignore[arg-type]
            await other.told(Answered())
            switch.join("c1.b1", [call.leg, leg])
            await proxy.cut()
            await until(lambda: ari.downs)
            await proxy.restore()
            await call.told(Joined("c1.b1"))
            await other.told(Joined("c1.b1"))
            await until(lambda: power(caller.heard[-4000:], 1100) > 0.2)
            caller.hang_up()
            agent.hang_up()
            await other.ended()


@asyncio_test
async def test_given_a_wrong_password_then_it_is_told_once_and_not_tried_fast(ari: AriLab) -> None:
    switch = ari.switch(password="wrong", refused_retry_seconds=0.2)
    tries = counted(switch)
    switch.start()
    await until(lambda: len(tries) >= 3)
    assert switch.state is State.REFUSED
    await switch.stop()
    assert len(ari.downs) == 1
    assert "refuses user" in ari.downs[0]
    assert "wrong" not in ari.downs[0]


@asyncio_test
async def test_given_an_asterisk_that_is_not_there_then_it_is_told_once(ari: AriLab) -> None:
    switch = ari.switch(url="http://127.0.0.1:9/ari")
    switch.start()
    await until(lambda: ari.downs)
    assert switch.state is State.CONNECTING
    await switch.stop()
    assert len(ari.downs) == 1


@asyncio_test
async def test_given_a_second_process_with_our_name_then_the_first_gives_way_until_it_is_gone(
    ari: AriLab,
) -> None:
    first = ari.switch(refused_retry_seconds=0.1)
    first.start()
    await until(lambda: first.connected)
    looks = counted(first)
    async with ari.running() as second, ari.phone() as caller:
        await until(lambda: first.state is State.REPLACED)
        assert not first.connected
        assert "another process" in ari.downs[0]
        assert "another process" in first.why_not
        await until(lambda: len(looks) >= 3)
        assert first.state is State.REPLACED
        assert second.connected
        call = await ari.called_by(caller, "701")
        call.leg.send(HangUp())
        await call.ended()
        assert len(ari.ups) == 2
    await until(lambda: first.connected)
    assert len(ari.ups) == 3
    await first.stop()


def counted(switch: AriSwitch) -> list[str]:
    """Give the looks of a driver whether its application is free, as they happen."""
    looks: list[str] = []
    http = switch.server._http
    request = http.request

    async def watched(asked: wire.Request) -> str:
        looks.append(str(asked))
        return await request(asked)

    http.request = watched  # type: ignore[method-assign]
    return looks


@asyncio_test
async def test_given_calls_of_an_earlier_life_then_callers_go_to_the_fallback_and_pairs_talk_on(
    ari: AriLab,
) -> None:
    first = ari.switch()
    first.start()
    await until(lambda: first.connected)
    async with (
        ari.phone() as alone,
        ari.phone(tone=700) as caller,
        ari.agent(1, tone=1100) as agent,
        ari.agent(2) as ringing,
    ):
        agent.reply, ringing.reply = [(0.0, 200)], [(0.0, 180)]
        lonely = await ari.called_by(alone, "701")
        lonely.leg.send(Answer())
        await lonely.told(Answered())
        call = await ari.called_by(caller, "702")
        call.leg.send(Answer())
        events: list[object] = []
        leg = first.dial(Dial("c1.l2", "c1.l2", ari.endpoint(1)), events.append)
        first.dial(Dial("c1.l3", "c1.l3", ari.endpoint(2)), lambda _: None)
        await until(lambda: Answered() in events and ringing.invite)
        first.join("c1.b1", [call.leg, leg])
        await call.told(Joined("c1.b1"))
        await first.stop()
        async with ari.running():
            await until(lambda: len(ari.orphans) == 3)
            assert set(ari.orphans) == {
                ("bridge", "c1.b1", "left in peace"),
                ("channel", lonely.leg.channel, "sent to the fallback"),
                ("channel", "c1.l3", "ended"),
            }
            await until(lambda: ari.pbx.variable("FALLBACK") == lonely.leg.channel)
            alone.hang_up()
            await until(lambda: ringing.gone)
            caller.hang_up()
            await until(lambda: agent.gone)
            await ari.nothing_left()


@asyncio_test
async def test_given_an_asterisk_that_crashes_and_returns_then_every_leg_ended(
    pbx_factory: Callable[..., Pbx], tmp_path: Path
) -> None:
    pbx = pbx_factory(includes=[extensions(tmp_path)])
    ari = AriLab(pbx)
    async with ari.running() as switch, ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(Answer())
        call.leg.send(Play("p1", ("sound:demo-congrats",)))
        await call.told(Answered())
        call.leg.open_audio(Silent())
        await until(lambda: caller.heard)
        await asyncio.to_thread(pbx.kill)
        await until(lambda: ari.downs)
        await asyncio.to_thread(pbx.start)
        await until(lambda: switch.connected)
        ended = await call.ended()
        assert ended.since is not None
        assert call.events[1:-1] == [PlayEnded("p1", PromptEnd.STOPPED, inferred=True)]
        await until(lambda: not switch.owned())
        caller.gone = True


class Silent:
    """A sink that keeps nothing."""

    def audio(self, pcm: bytes) -> None:
        pass

    def audio_lost(self, code: str) -> None:
        pass
