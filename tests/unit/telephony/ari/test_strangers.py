"""Channels that come into our application and cannot become a leg: nobody is left waiting in it."""

from __future__ import annotations

from typing import Any

import pytest

from ivrcore.telephony.leg import Arrival
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import Asked
from tests.unit.telephony.ari.test_lost_answers import CHANNEL, Table, table

pytestmark = pytest.mark.usefixtures("no_leaks")

SENT_AWAY = "POST channels/ch-1/continue"


class Seen:
    """What a driver told of strangers."""

    def __init__(self, it: Table) -> None:
        self.arrivals: list[Arrival] = []
        self.orphans: list[tuple[str, str, str]] = []
        it.switch.on_arrival = self.arrivals.append
        it.switch.on_orphan = lambda *orphan: self.orphans.append(orphan)


@asyncio_test
async def test_given_a_caller_without_a_name_then_the_call_arrives() -> None:
    async with table() as it:
        seen = Seen(it)
        channel = CHANNEL | {"caller": {"name": None, "number": None}, "dialplan": None}
        await it.asterisk.tell("StasisStart", channel=channel, args=["inbound", "701"])
        await until(lambda: seen.arrivals)
        [arrival] = seen.arrivals
        assert (arrival.number, arrival.caller_name, arrival.caller_number) == ("701", "", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"args": 5},
        {"args": ["inbound"]},
        {"args": []},
        {"args": ["another", "application"]},
        {"args": ["inbound", "701"], "channel": CHANNEL | {"caller": "odd"}},
    ],
)
@asyncio_test
async def test_given_an_arrival_that_cannot_be_used_then_the_caller_goes_to_the_fallback(
    fields: dict[str, Any],
) -> None:
    async with table() as it:
        seen = Seen(it)
        await it.asterisk.tell("StasisStart", **({"channel": CHANNEL} | fields))
        await until(lambda: seen.orphans)
        assert seen.orphans == [("channel", "ch-1", "sent to the fallback")]
        assert seen.arrivals == []
        [sent] = [one for one in it.asterisk.asked if str(one) == SENT_AWAY]
        place = {"context": "ivrcore-fallback", "extension": "s", "priority": "1"}
        assert sent == Asked("POST", "channels/ch-1/continue", place)


@asyncio_test
async def test_given_a_dialled_channel_that_nobody_waits_for_then_it_is_ended() -> None:
    async with table() as it:
        seen = Seen(it)
        await it.asterisk.tell("StasisStart", channel={"id": "ag-1"}, args=["dialled", "c1.l2"])
        await until(lambda: seen.orphans)
        assert seen.orphans == [("channel", "ag-1", "ended")]
        assert it.asterisk.times("DELETE channels/ag-1") == 1


@asyncio_test
async def test_given_a_start_of_a_known_channel_that_cannot_be_read_then_the_call_goes_on() -> None:
    async with table() as it:
        seen = Seen(it)
        await it.caller()
        await it.asterisk.tell("StasisStart", channel=CHANNEL, args=5)
        await it.asterisk.tell("ChannelStateChange", channel=CHANNEL | {"state": "Up"})
        await until(lambda: it.events)
        assert seen.orphans == []
        assert it.asterisk.times(SENT_AWAY) == 0
