"""Dialling a phone on a caller's channel: what is asked of Asterisk, and what its answers mean."""

from __future__ import annotations

import asyncio

import pytest

from ivrcore.errors import CoreMisuse
from ivrcore.model.names import By, Cause
from ivrcore.telephony.agi.dialling import NO_LIMIT
from ivrcore.telephony.leg import (
    Answer,
    Answered,
    Arrival,
    Dial,
    Ended,
    Failed,
    HangUp,
    Joined,
    Leg,
    LegEvent,
    StartMusic,
)
from tests.support.aio import asyncio_test, until
from tests.unit.telephony.agi.agi_peer import SECRET, Peer, Server, serving

pytestmark = pytest.mark.usefixtures("no_leaks")
WAIT = "WAIT FOR DIGIT 60000"
OPTIONS = "G(ivrcore-answered^s^1)r"


async def called(server: Server, **line: str) -> tuple[Peer, Arrival]:
    peer, arrival = await server.called(**{"context": "from-trunk", "priority": "1"} | line)
    arrival.leg.send(Answer())
    await peer.expect("ANSWER", "200 result=0")
    return peer, arrival


def dial(server: Server, arrival: Arrival, **changes: object) -> tuple[Leg, list[LegEvent]]:
    told: list[LegEvent] = []
    values = {"leg": "c1.l2", "channel": "c1.l2", "endpoint": "PJSIP/ann", "time_out": 15.0} | changes
    return server.switch.dial(Dial(**values, partner=arrival.leg), told.append), told  # type: ignore[arg-type]


async def rings(peer: Peer, options: str = OPTIONS, back: str = "from-trunk,701,2") -> None:
    await peer.expect('SET VARIABLE "__IVRCORE_LEG" "c1.l2"', "200 result=1")
    await peer.expect(f'SET VARIABLE "IVRCORE_BACK" "{back}"', "200 result=1")
    assert await peer.told() == f'EXEC Dial "PJSIP/ann,15,{options}"'


@pytest.mark.parametrize(
    ("status", "cause", "ended"),
    [
        ("BUSY", "17", Ended(Cause.BUSY, By.AGENT)),
        ("BUSY", "21", Ended(Cause.REJECTED, By.AGENT)),
        ("CONGESTION", "34", Ended(Cause.CONGESTION, By.AGENT)),
        ("NOANSWER", "", Ended(Cause.NO_ANSWER, By.AGENT)),
        ("CHANUNAVAIL", "", Ended(Cause.UNREACHABLE, By.AGENT)),
        ("INVALIDARGS", "", Ended(Cause.TEMPORARY_FAILURE, By.AGENT)),
    ],
)
@asyncio_test
async def test_how_a_dial_ended_is_told(status: str, cause: str, ended: Ended) -> None:
    async with serving() as server:
        peer, arrival = await called(server)
        _, told = dial(server, arrival)
        await rings(peer)
        peer.say(b"200 result=0\n")
        await peer.expect('GET VARIABLE "DIALSTATUS"', f"200 result=1 ({status})")
        if cause:
            await peer.expect('GET VARIABLE "HANGUPCAUSE"', f"200 result=1 ({cause})")
        assert await peer.told() == WAIT
        assert told == [ended]
        assert server.events == [Answered()]


@asyncio_test
async def test_music_goes_on_while_a_phone_rings_and_after() -> None:
    async with serving() as server:
        peer, arrival = await called(server)
        arrival.leg.send(StartMusic("calm"))
        await peer.expect("SET MUSIC ON calm", "200 result=0")
        dial(server, arrival, caller_name='Cards, "gold"\n', caller_number="0212345678")
        await peer.expect('SET VARIABLE "CALLERID(num)" "0212345678"', "200 result=1")
        await peer.expect('SET VARIABLE "CALLERID(name)" "Cards, \\"gold\\" "', "200 result=1")
        await rings(peer, "G(ivrcore-answered^s^1)m(calm)")
        peer.say(b"200 result=0\n")
        await peer.expect('GET VARIABLE "DIALSTATUS"', "200 result=1 (NOANSWER)")
        await peer.expect("SET MUSIC ON calm", "200 result=0")


@pytest.mark.parametrize(
    "endpoint", ["PJSIP/ann,20,S(1)", "PJSIP/ann&PJSIP/bob", "PJSIP/${X}", "ann", "PJSIP/a\nHANGUP"]
)
@asyncio_test
async def test_an_endpoint_that_is_more_than_one_is_not_dialled(endpoint: str) -> None:
    async with serving() as server:
        peer, arrival = await called(server)
        _, told = dial(server, arrival, endpoint=endpoint)
        assert await peer.told() == WAIT
        assert told == [Failed(None, "IVR303"), Ended(Cause.TEMPORARY_FAILURE, By.UNKNOWN)]


@pytest.mark.parametrize("own", ["0", "", "3599.100"], ids=["no limit", "no function", "a limit"])
@asyncio_test
async def test_a_phone_that_answers_gets_a_session_and_is_joined(own: str) -> None:
    async with serving() as server:
        peer, arrival = await called(server)
        leg, told = dial(server, arrival)
        await rings(peer)
        phone = await server.connect()
        phone.ask(script=f"{SECRET}/answered?leg=c1.l2&back=1", uniqueid="1.2", channel="PJSIP/ann-02")
        peer.say(b"200 result=0\n")
        await peer.expect('GET VARIABLE "DIALSTATUS"', "200 result=1 (ANSWER)")
        for line in ("SET CONTEXT from-trunk", "SET EXTENSION 701", "set priority 2"):
            await peer.expect(line, "200 result=0")
        assert await peer.told() == WAIT
        await until(lambda: told == [Answered()])
        server.switch.join("b1", [arrival.leg, leg])
        await peer.expect("NOOP", "200 result=1", "200 result=0")
        await peer.expect('GET FULL VARIABLE "${TIMEOUT(absolute)}"', f"200 result=1 ({own})")
        if own in NO_LIMIT:
            await peer.expect("SET AUTOHANGUP 14400", "200 result=0")
        assert await peer.told() == 'EXEC Bridge "PJSIP/ann-02,x"'
        assert await phone.told() == WAIT
        phone.say(b"200 result=-1\nHANGUP\n")
        await phone.expect('GET FULL VARIABLE "${CHANNEL(name)}"', "200 result=1 (Surrogate/PJSIP/ann-02)")
        await phone.closed()
        await until(lambda: told == [Answered(), Joined("b1")])
        assert server.events == [Answered(), Joined("b1")]
        peer.say(b"200 result=0\n")
        await peer.expect("WAIT FOR DIGIT 1", "200 result=0")
        if own in NO_LIMIT:
            await peer.expect("SET AUTOHANGUP 0", "200 result=0")
        assert await peer.told() == WAIT
        assert told[2:] == [Ended(Cause.NORMAL, By.AGENT)]


@asyncio_test
async def test_a_caller_who_is_to_be_hung_up_before_the_bridge_is_not_joined() -> None:
    async with serving() as server:
        peer, arrival = await called(server)
        leg, told = dial(server, arrival)
        await rings(peer)
        phone = await server.connect()
        phone.ask(script=f"{SECRET}/answered?leg=c1.l2&back=1", uniqueid="1.2", channel="PJSIP/ann-02")
        peer.say(b"200 result=0\n")
        await peer.expect('GET VARIABLE "DIALSTATUS"', "200 result=1 (ANSWER)")
        for line in ("SET CONTEXT from-trunk", "SET EXTENSION 701", "set priority 2"):
            await peer.expect(line, "200 result=0")
        assert await peer.told() == WAIT
        await until(lambda: told == [Answered()])
        server.switch.join("b1", [arrival.leg, leg])
        await peer.expect("NOOP", "200 result=1", "200 result=0")
        assert await peer.told() == 'GET FULL VARIABLE "${TIMEOUT(absolute)}"'
        arrival.leg.send(HangUp(Cause.NORMAL))
        peer.say(b"200 result=1 (0)\n")
        await peer.expect("SET AUTOHANGUP 14400", "200 result=0")
        await peer.expect('EXEC Hangup "16"', "200 result=-1")
        await peer.expect("HANGUP", "511 dead")
        await until(lambda: server.events[-1] == Ended(Cause.NORMAL, By.SERVER))
        assert told == [Answered()]  # it is its owner's to end
        assert await phone.told() == WAIT


@asyncio_test
async def test_a_conversation_may_last_as_long_as_the_site_has_it() -> None:
    async with serving(longest_talk=200_000.0) as server:
        peer, arrival = await called(server)
        leg, told = dial(server, arrival)
        await rings(peer)
        phone = await server.connect()
        phone.ask(script=f"{SECRET}/answered?leg=c1.l2&back=1", uniqueid="1.2", channel="PJSIP/ann-02")
        peer.say(b"200 result=0\n")
        await peer.expect('GET VARIABLE "DIALSTATUS"', "200 result=1 (ANSWER)")
        for line in ("SET CONTEXT from-trunk", "SET EXTENSION 701", "set priority 2"):
            await peer.expect(line, "200 result=0")
        assert await peer.told() == WAIT
        await until(lambda: told == [Answered()])
        server.switch.join("b1", [arrival.leg, leg])
        await peer.expect("NOOP", "200 result=1", "200 result=0")
        await peer.expect('GET FULL VARIABLE "${TIMEOUT(absolute)}"', "200 result=1 (0)")
        await peer.expect("SET AUTOHANGUP 200000", "200 result=0")
        assert await peer.told() == 'EXEC Bridge "PJSIP/ann-02,x"'
        (caller,) = (one for one in server.switch.server.connections if one.request.channel_id == "1.1")
        assert caller.deadline is not None
        assert caller.deadline - caller.now > 199_000.0


@asyncio_test
async def test_a_phone_that_asterisk_does_not_bring_to_us_has_failed_and_the_log_says_what_may_be_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(request_seconds=0.3) as server:
        peer, arrival = await called(server)
        _, told = dial(server, arrival)
        await rings(peer)
        peer.say(b"200 result=0\n")
        await peer.expect('GET VARIABLE "DIALSTATUS"', "200 result=1 (ANSWER)")
        for _ in range(3):
            await peer.told()
            peer.say(b"200 result=0\n")
        await until(lambda: len(told) == 2)
        assert told == [Failed(None, "IVR303"), Ended(Cause.TEMPORARY_FAILURE, By.UNKNOWN)]
        assert "is the context [ivrcore-answered] of the sample in extensions.conf?" in caplog.text


@pytest.mark.parametrize(
    ("line", "back"),
    [
        ({"context": "hotline", "extension": "s", "priority": "5"}, "hotline,s,6"),
        ({"context": "hotline", "extension": "+82*1#", "priority": "1"}, "hotline,+82*1#,2"),
        ({"extension": "a,b"}, ""),
        ({"extension": 'a" & "'}, ""),
        ({"context": "?"}, ""),
    ],
)
@asyncio_test
async def test_a_caller_is_told_the_way_back_before_a_phone_rings_that_may_outlive_us(
    line: dict[str, str], back: str
) -> None:
    async with serving() as server:
        peer, arrival = await called(server, **line)
        dial(server, arrival)
        await rings(peer, back=back)


@pytest.mark.parametrize("order", ["before it answers", "after"])
@asyncio_test
async def test_a_phone_that_was_given_up_and_answers_is_hung_up_once_its_dial_is_over(order: str) -> None:
    async with serving() as server:
        peer, arrival = await called(server)
        leg, told = dial(server, arrival)
        await rings(peer)
        if order == "before it answers":
            leg.send(HangUp(Cause.NO_ANSWER))
        phone = await server.connect()
        phone.ask(script=f"{SECRET}/answered?leg=c1.l2&back=1", uniqueid="1.2")
        assert await phone.told() == WAIT  # Asterisk's Dial still uses its channel
        if order == "after":
            leg.send(HangUp(Cause.NO_ANSWER))
        peer.say(b"200 result=0\n")
        await peer.expect('GET VARIABLE "DIALSTATUS"', "200 result=1 (ANSWER)")
        await phone.expect("NOOP", "200 result=1", "200 result=0")
        await phone.expect('EXEC Hangup "19"', "200 result=-1")
        await phone.expect("HANGUP", "511 dead")
        await until(lambda: told == [Answered(), Ended(Cause.NO_ANSWER, By.SERVER)])


@asyncio_test
async def test_a_phone_that_was_given_up_is_hung_up_when_its_caller_has_gone() -> None:
    async with serving() as server:
        peer, arrival = await called(server)
        leg, _ = dial(server, arrival)
        await rings(peer)
        phone = await server.connect()
        phone.ask(script=f"{SECRET}/answered?leg=c1.l2&back=1", uniqueid="1.2")
        assert await phone.told() == WAIT
        leg.send(HangUp(Cause.NORMAL))
        peer.say(b"HANGUP\n200 result=-1\n")
        peer.close()
        await phone.expect("NOOP", "200 result=1", "200 result=0")
        assert await phone.told() == 'EXEC Hangup "16"'


@asyncio_test
async def test_a_phone_that_nobody_waits_for_is_its_dialplans_to_let_go() -> None:
    async with serving() as server:
        phone = await server.connect()
        phone.ask(script=f"{SECRET}/answered?leg=unknown&back=1")
        await phone.closed()
        assert server.switch.server.ends["went_on"] == 1


@asyncio_test
async def test_an_older_samples_lines_are_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as server:
        for query in ("&back=1", "", ""):
            phone = await server.connect()
            phone.ask(script=f"{SECRET}/answered?leg=unknown{query}")
            await phone.closed()
            told = caplog.text.count("the context [ivrcore-answered] in extensions.conf is that of an older")
            assert told == (0 if query else 1)


@asyncio_test
async def test_a_dial_of_which_asterisk_refuses_a_part_is_over_and_the_caller_gets_the_last_word() -> None:
    async with serving() as server:
        peer, arrival = await called(server)
        _, told = dial(server, arrival)
        await peer.expect('SET VARIABLE "__IVRCORE_LEG" "c1.l2"', "510 Invalid or unknown command")
        await peer.expect("WAIT FOR DIGIT 1", "200 result=0")
        assert await peer.told() == WAIT
        assert told == [Ended(Cause.NORMAL, By.SERVER)]
        going = asyncio.ensure_future(server.switch.send_on())
        await peer.expect("NOOP", "200 result=1", "200 result=0")
        await peer.expect('SET VARIABLE "IVRCORE_RESULT" "stopped"', "200 result=1")
        await peer.closed()
        peer.close()
        assert await going == 1


@asyncio_test
async def test_what_agi_cannot_do_is_refused_at_once() -> None:
    async with serving() as server:
        _, arrival = await called(server)
        with pytest.raises(CoreMisuse):
            server.switch.dial(Dial("c1.l2", "c1.l2", "PJSIP/ann"), lambda _: None)
        with pytest.raises(CoreMisuse):
            server.switch.join("b1", [arrival.leg])
