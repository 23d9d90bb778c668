"""A driver that lets go of its calls, for another process to have them."""

from __future__ import annotations

import asyncio

import pytest

from ivrcore.telephony.ari.server import State
from ivrcore.telephony.leg import Arrival, Dial, HangUp
from tests.support.aio import asyncio_test, until
from tests.unit.telephony.ari.test_lost_answers import CHANNEL, table

pytestmark = pytest.mark.usefixtures("no_leaks")

PHONE = {"id": "ag-1", "state": "Down", "name": "PJSIP/agent1-1"}


def a_dial() -> Dial:
    return Dial("c1.l2", "ag-1", "PJSIP/agent1")


@asyncio_test
async def test_given_a_phone_that_is_being_made_when_held_then_it_is_dialled_first() -> None:
    async with table() as it:
        it.switch.dial(a_dial(), lambda _: None)
        await until(lambda: any("channels/create" in one.path for one in it.asterisk.asked))
        holding = asyncio.ensure_future(it.switch.hold(30.0))
        await asyncio.sleep(0)
        assert not holding.done()
        await it.asterisk.tell("StasisStart", channel=PHONE, args=["dialled", "c1.l2"])
        await holding
        assert it.asterisk.times("POST channels/ag-1/dial") == 1


@asyncio_test
async def test_given_one_that_is_made_too_late_when_held_then_it_is_dialled_all_the_same() -> None:
    async with table() as it:
        it.switch.dial(a_dial(), lambda _: None)
        await it.switch.hold(0.0)
        await it.asterisk.tell("StasisStart", channel=PHONE, args=["dialled", "c1.l2"])
        await it.switch.at_rest(30.0)
        assert it.asterisk.times("POST channels/ag-1/dial") == 1


@asyncio_test
async def test_given_a_driver_that_holds_then_nothing_is_taken_and_what_is_sent_goes_out() -> None:
    async with table() as it:
        leg = await it.caller()
        arrivals: list[Arrival] = []
        it.switch.on_arrival = arrivals.append
        await it.switch.hold(30.0)
        await it.asterisk.tell("StasisStart", channel=CHANNEL | {"id": "ch-2"}, args=["inbound", "701"])
        await it.asterisk.tell("ChannelDtmfReceived", channel=CHANNEL, digit="1", duration_ms=100)
        leg.send(HangUp())
        await it.switch.at_rest(30.0)
        await until(lambda: it.asterisk.times("DELETE channels/ch-1") == 1)
        assert arrivals == []
        assert it.events == []


@asyncio_test
async def test_given_a_driver_that_let_go_when_another_has_its_application_then_it_stays_away() -> None:
    async with table() as it:
        downs: list[str] = []
        it.switch.on_down = downs.append
        await it.switch.hold(30.0)
        await it.switch.let_go()
        assert it.switch.connected, "callers who come meanwhile are let in by it"
        await it.asterisk.tell("ApplicationReplaced")
        await it.switch.taken_over(30.0)
        assert not it.switch.connected
        assert (downs, len(it.asterisk.connections)) == ([], 1)


@asyncio_test
async def test_given_a_driver_that_let_go_when_the_link_is_lost_then_it_is_not_opened_again() -> None:
    async with table() as it:
        downs: list[str] = []
        it.switch.on_down = downs.append
        await it.switch.hold(30.0)
        await it.switch.let_go()
        it.asterisk.connections[-1].transport.abort()
        await it.switch.taken_over(30.0)
        assert not it.switch.connected
        assert (downs, len(it.asterisk.connections)) == ([], 1)


@asyncio_test
async def test_given_no_link_when_a_driver_lets_go_then_it_tries_no_more() -> None:
    async with table() as it:
        await it.asterisk.vanish()
        await until(lambda: not it.switch.connected)
        await it.switch.hold(30.0)
        await it.switch.let_go()
        await it.switch.taken_over(30.0)
        await it.asterisk.listen()
        await it.switch.stop()
        assert it.switch.state is State.STOPPED
        assert it.asterisk.connections == []
