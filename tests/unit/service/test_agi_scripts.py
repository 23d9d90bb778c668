"""What dialplans of Asterisk's own ask over a real connection: answers as variables, hang-ups, refusals."""

from __future__ import annotations

import contextlib
import faulthandler
from collections.abc import AsyncIterator

import pytest

from ivrcore.model import events
from ivrcore.service.agi_scripts import add_scripts
from ivrcore.session.routed import Patience
from ivrcore.session.routing_desk import RoutingDesk
from ivrcore.telephony.leg import Found, LegEvent, Remembered
from tests.scenarios.floor import Floor
from tests.support.aio import asyncio_test, until
from tests.unit.telephony.agi.agi_peer import SECRET, WHOLE, Peer, Server, serving

DONE = "200 result=1"


@contextlib.asynccontextmanager
async def asked(floor: Floor) -> AsyncIterator[Server]:
    """A driver whose requests come to a hotline in memory; `5000` is served, and may be asked for."""
    async with serving() as server:
        desk = RoutingDesk(floor.exchange, 60.0, Patience())
        numbers = ["5000", "welcome"]
        add_scripts(server.switch, desk, numbers, lambda number: floor.plan.numbers.get(number))
        yield server


async def variables(peer: Peer) -> dict[str, str]:
    """Take what is set, until the connection is closed."""
    found = {}
    while command := await peer.told():
        if command == 'GET VARIABLE "AGISIGHUP"':  # it waits for half a second already
            peer.say(b"200 result=0\n")
            continue
        if command == "CHANNEL STATUS":
            peer.say(b"200 result=6\n")
            continue
        verb, name, value = command.removeprefix("SET ").split(" ", 2)
        assert verb == "VARIABLE"
        found[name.strip('"')] = value.strip('"')
        peer.say(f"{DONE}\n".encode())
    return found


@asyncio_test
async def test_a_route_is_answered_by_variables_and_the_dialplan_goes_on() -> None:
    floor = Floor()
    floor.ready("ann")
    async with asked(floor) as server:
        peer = await server.connect()
        peer.ask(f"{SECRET}/route?group=cards&priority=5", calleridname='Kim" VERBOSE ${X}')
        told = await variables(peer)
        assert (told["IVRCORE_RESULT"], told["IVRCORE_DIAL"]) == ("agent", "PJSIP/ann")
        outcome = await server.connect()
        outcome.ask(f"{SECRET}/outcome?contact={told['IVRCORE_CONTACT']}&status=CANCEL&gone=1")
        assert (await variables(outcome))["IVRCORE_RESULT"] == "over"
    (arrived,) = floor.happened(events.ContactArrived)
    assert isinstance(arrived, events.ContactArrived)
    assert arrived.number == "701"
    floor.check()


@asyncio_test
async def test_a_caller_who_hangs_up_while_it_waits_is_noticed_at_once_by_a_line_or_the_end() -> None:
    floor = Floor()
    async with asked(floor) as server:
        for goes in (lambda peer: peer.say(b"HANGUP\n"), lambda peer: peer.close()):
            peer = await server.connect()
            peer.ask(f"{SECRET}/route?group=cards&wait=50")
            await until(lambda: len(floor.exchange.sessions) == 1)
            goes(peer)
            await until(lambda: not floor.exchange.sessions)
    assert len(floor.happened(events.VisitAbandoned)) == 2
    floor.check()


@asyncio_test
async def test_where_asterisk_tells_of_no_hang_up_it_is_asked_and_what_comes_meanwhile_is_told() -> None:
    floor = Floor()
    async with asked(floor) as server:
        leaves, stays = await server.connect(), await server.connect()
        for peer in (leaves, stays):
            peer.ask(f"{SECRET}/route?group=cards&wait=50")
            await peer.expect('GET VARIABLE "AGISIGHUP"', "200 result=1 (No)")
            await peer.expect("CHANNEL STATUS", "200 result=6")
        await leaves.expect("CHANNEL STATUS", "511 Command Not Permitted on a dead channel")
        await leaves.closed()
        await until(lambda: len(floor.exchange.sessions) == 1)
        assert len(floor.happened(events.VisitAbandoned)) == 1
        while await stays.told() != "CHANNEL STATUS":
            pass
        floor.ready("ann")
        stays.say(b"200 result=6\n")
        told = await variables(stays)
        assert (told["IVRCORE_RESULT"], told["IVRCORE_DIAL"]) == ("agent", "PJSIP/ann")
        outcome = await server.connect()
        outcome.ask(f"{SECRET}/outcome?contact={told['IVRCORE_CONTACT']}&status=CANCEL&gone=1")
        assert (await variables(outcome))["IVRCORE_RESULT"] == "over"
    floor.check()


@asyncio_test
async def test_only_numbers_that_may_be_asked_for_and_have_a_dialplan_are_served() -> None:
    floor = Floor()
    async with asked(floor) as server:
        for said in ("entry=welcome", "number=5001", "entry=9", ""):
            peer = await server.connect()
            peer.ask(f"{SECRET}/hotline?{said}")
            assert (await variables(peer))["IVRCORE_RESULT"] == "refused"
        assert server.arrivals == []
        _, arrival = await server.called(script=f"{SECRET}/hotline?entry=5000")
        assert arrival.number == "5000"


@asyncio_test
async def test_who_was_here_before_a_start_goes_on_though_the_number_is_served_no_more() -> None:
    events: list[LegEvent] = []
    async with asked(Floor()) as server:
        known = Remembered("c-1.1-abcdef.l1", "1.1", answered=True, returns=60.0)
        leg = server.switch.adopt(known, events.append)
        peer = await server.connect()
        peer.ask(f"{SECRET}/hotline?entry=withdrawn")
        await peer.expect("CHANNEL STATUS", "200 result=6")
        await until(lambda: events)
        assert events == [Found(up=True)]
        peer.close()
        await until(lambda: leg.ended)
        assert server.arrivals == []


@asyncio_test
async def test_what_cannot_be_understood_is_refused_in_one_harmless_line() -> None:
    floor = Floor()
    async with asked(floor) as server:
        peer = await server.connect()
        peer.ask(f"{SECRET}/route?group=%22;EXEC%0aHANGUP%20$%7bX%7d")
        told = await variables(peer)
    assert told["IVRCORE_RESULT"] == "refused"
    assert not set(told["IVRCORE_REASON"]) & set('"${};\n')


@pytest.mark.parametrize("script", ["outcome?contact=x&status=BUSY", "taken?contact=x&channel=PJSIP/ann-01"])
@asyncio_test
async def test_a_hang_up_behind_the_question_stops_neither_the_answer_nor_the_server(script: str) -> None:
    faulthandler.dump_traceback_later(20, exit=True)  # a session that never yields could not be timed out
    async with asked(Floor()) as server:
        peer = await server.connect()
        said = f"agi_network_script: {SECRET}/{script}\nagi_uniqueid: 1.1\n{WHOLE}\nHANGUP\n"
        peer.say(said.encode())
        assert (await variables(peer))["IVRCORE_RESULT"] == "unknown"
    faulthandler.cancel_dump_traceback_later()


@asyncio_test
async def test_what_is_no_line_of_asterisks_ends_a_wait() -> None:
    faulthandler.dump_traceback_later(20, exit=True)
    floor = Floor()
    async with asked(floor) as server:
        for said in (b"x" * 20_000, b"200 result=1\n"):
            peer = await server.connect()
            peer.ask(f"{SECRET}/route?group=cards&wait=50")
            await until(lambda: len(floor.exchange.sessions) == 1)
            peer.say(said)
            await peer.closed()
            await until(lambda: not floor.exchange.sessions)
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("closes", [False, True])
@asyncio_test
async def test_a_caller_who_hangs_up_as_the_agent_is_told_leaves_no_missed_call(closes: bool) -> None:
    floor = Floor()
    floor.ready("ann")
    async with asked(floor) as server:
        peer = await server.connect()
        peer.ask(f"{SECRET}/route?group=cards&wait=50")
        assert (await peer.told()).startswith("SET VARIABLE")
        if closes:
            peer.close()
        else:
            peer.say(f"HANGUP\n{DONE}\n".encode())
            await variables(peer)
        await until(lambda: not floor.exchange.sessions)
    floor.wait(60)
    assert floor.exchange.routing.agent_view("ann").missed == 0
    floor.check()
