"""Holds that began or ended while the link was away: the agents' channels are asked afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ivrcore.telephony.ari import missed_holds
from ivrcore.telephony.leg import Answered, Dial, Held, Key, LegEvent, Resumed
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import DROP, SILENCE
from tests.unit.telephony.ari.test_lost_answers import NOT_FOUND, Table, in_turn, table

pytestmark = pytest.mark.usefixtures("no_leaks")

AGENT = {"id": "ag-1", "state": "Up", "name": "PJSIP/agent1-00000001"}
OTHER = {"id": "ag-1", "state": "Up", "name": "IAX2/agent1-2"}
ASK = "GET channels/ag-1/variable"


async def talking(it: Table) -> list[LegEvent]:
    """An agent's leg that has been answered; what it reports."""
    events: list[LegEvent] = []
    it.switch.dial(Dial("c1.l2", "ag-1", "PJSIP/agent1"), events.append)
    await until(lambda: it.asterisk.times("POST channels/ag-1/dial"))
    await it.asterisk.tell("ChannelStateChange", channel=AGENT)
    await until(lambda: Answered() in events)
    return events


async def away(it: Table, *channels: dict[str, str]) -> None:
    """The link is lost, and back: Asterisk has these channels."""
    it.asterisk.answers["GET channels"] = (200, json.dumps(channels))
    it.asterisk.answers["GET applications/app"] = (
        200,
        json.dumps({"channel_ids": [one["id"] for one in channels]}),
    )
    await it.asterisk.vanish()
    await until(lambda: not it.switch.connected)
    await it.asterisk.listen()
    await until(lambda: it.switch.connected)


@asyncio_test
async def test_given_a_loss_when_the_phone_holds_after_it_then_that_is_told_and_so_is_its_end() -> None:
    async with table() as it:
        events = await talking(it)
        it.asterisk.answers[ASK] = (200, '{"value":"1"}')
        await away(it, AGENT)
        await until(lambda: events[-1:] == [Held()])
        assert it.asterisk.asked[-1].query == {"variable": "CHANNEL(rtp,hold)"}
        it.asterisk.answers[ASK] = (200, '{"value":"0"}')
        await away(it, AGENT)
        await until(lambda: events[-1:] == [Resumed()])


@pytest.mark.parametrize("answer", [NOT_FOUND, (200, '{"value":""}')])
@asyncio_test
async def test_given_a_channel_that_tells_nothing_then_nothing_is_made_up(
    answer: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    async with table() as it:
        events = await talking(it)
        await away(it, OTHER)
        assert not it.asterisk.times(ASK), "it is none of PJSIP"
        it.asterisk.answers[ASK] = answer
        await away(it, AGENT)
        await until(lambda: it.asterisk.times(ASK))
        assert not [one for one in caplog.records if one.levelname == "WARNING" and "holds" in one.message]
        await it.asterisk.tell("ChannelDtmfReceived", channel=AGENT, digit="5")
        await until(lambda: Key("5") in events)
        assert not {type(one) for one in events} & {Held, Resumed}


def in_vain(answer: tuple[int, str], times: int) -> Callable[[], tuple[int, str]]:
    """So many times this answer, and then that the phone holds."""
    return in_turn(*[answer] * times, (200, '{"value":"1"}'))


@pytest.mark.parametrize("answer", [SILENCE, (500, ""), (200, "no json"), DROP])
@asyncio_test
async def test_given_an_asterisk_that_does_not_say_so_at_once_then_it_is_asked_again(
    answer: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed_holds, "PAUSE", 0.01)
    async with table() as it:
        events = await talking(it)
        it.asterisk.answers[ASK] = in_vain(answer, missed_holds.TRIES - 1)
        await away(it, AGENT)
        await until(lambda: events[-1:] == [Held()])


@asyncio_test
async def test_given_an_asterisk_that_never_says_so_then_that_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(missed_holds, "PAUSE", 0.01)
    async with table() as it:
        events = await talking(it)
        it.asterisk.answers[ASK] = (200, "no json")
        await away(it, AGENT)
        await until(lambda: "whether the phone of c1.l2 holds cannot be seen" in caplog.text)
        assert it.asterisk.times(ASK) == missed_holds.TRIES
        assert Held() not in events


@asyncio_test
async def test_given_a_hold_that_is_told_while_its_phone_is_looked_at_then_what_was_told_counts() -> None:
    async with table() as it:
        events = await talking(it)
        it.asterisk.answers[ASK] = SILENCE
        await away(it, AGENT)
        await until(lambda: it.asterisk.times(ASK))
        asked = next(n for n, one in enumerate(it.asterisk.asked, 1) if str(one) == ASK)
        await it.asterisk.tell("ChannelHold", channel=AGENT)
        await until(lambda: events[-1:] == [Held()])
        await it.asterisk.respond(str(asked), 200, '{"value":"0"}')
        await it.asterisk.tell("ChannelUnhold", channel=AGENT)
        await until(lambda: Resumed() in events)
        assert [one for one in events if isinstance(one, Held | Resumed)] == [Held(), Resumed()]
