"""Phones that dial codes for agents: known by the channel's endpoint, whatever number they show."""

from __future__ import annotations

import pytest

from ivrcore.telephony.leg import CodeDialled
from tests.support.aio import asyncio_test, until
from tests.unit.telephony.ari.test_lost_answers import CHANNEL, table
from tests.unit.telephony.ari.test_strangers import Seen

pytestmark = pytest.mark.usefixtures("no_leaks")


@asyncio_test
async def test_given_a_code_then_it_is_told_with_the_endpoint_and_is_no_arrival() -> None:
    async with table() as it:
        seen, codes = Seen(it), list[CodeDialled]()
        it.switch.on_code = codes.append
        channel = CHANNEL | {
            "name": "PJSIP/ann-0000001f",
            "caller": {"name": "PJSIP/bob", "number": "bob"},
        }
        await it.asterisk.tell("StasisStart", channel=channel, args=["code", "*131"])
        await until(lambda: codes)
        [dialled] = codes
        assert (dialled.code, dialled.endpoint) == ("*131", "PJSIP/ann")
        assert (dialled.leg.id, dialled.leg.channel) == ("c-ch-1.l1", "ch-1")
        assert seen.arrivals == []


@pytest.mark.parametrize(("sent", "endpoint"), [("0", "PJSIP/ann"), ("1", ""), ("", "")])
@asyncio_test
async def test_given_a_call_that_another_phone_sent_to_the_code_then_it_is_no_phones(
    sent: str, endpoint: str
) -> None:
    async with table() as it:
        codes = list[CodeDialled]()
        it.switch.on_code = codes.append
        channel = CHANNEL | {"name": "PJSIP/ann-0000001f"}
        await it.asterisk.tell("StasisStart", channel=channel, args=["code", "*12", sent])
        await until(lambda: codes)
        assert [(one.code, one.endpoint) for one in codes] == [("*12", endpoint)]


@asyncio_test
async def test_given_an_orderly_stop_then_the_phone_is_hung_up_and_not_sent_to_the_callers_fallback() -> None:
    async with table() as it:
        await it.asterisk.tell("StasisStart", channel=CHANNEL, args=["code", "*11"])
        await until(lambda: "ch-1" in it.switch.owned())
        assert await it.switch.send_on() == 0
        await until(lambda: it.asterisk.times("DELETE channels/ch-1") == 1)
        assert it.asterisk.times("POST channels/ch-1/continue") == 0
