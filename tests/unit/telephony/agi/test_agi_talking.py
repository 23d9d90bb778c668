"""Conversations of an earlier life of the server: asked about by way of others, and over in several ways."""

from __future__ import annotations

import pytest

from ivrcore.model.names import By, Cause, Device
from ivrcore.telephony.agi import looking, talking
from ivrcore.telephony.agi.switch import AgiSwitch
from ivrcore.telephony.leg import (
    Command,
    Ended,
    Found,
    HangUp,
    Joined,
    LegEvent,
    Play,
    Remembered,
    Ring,
    StartMusic,
)
from tests.support.aio import asyncio_test, until
from tests.unit.telephony.agi.agi_peer import SECRET, Server, serving

pytestmark = pytest.mark.usefixtures("no_leaks")
CALLER, PHONE = "c-1.1-abcdef.l1", "c-1.1-abcdef.v1.o1.l"
ASKED = 'GET FULL VARIABLE "there ${IMPORT(${BRIDGEPEER},IVRCORE_LEG)}" "1.1"'
DIED = 1000.0


class Talk:
    """What an earlier life has left: two who talk."""

    def __init__(self, returns: float = 60.0) -> None:
        self.returns = returns
        self.caller: list[LegEvent] = []
        self.phone: list[LegEvent] = []

    def __call__(self, switch: AgiSwitch) -> None:
        known = Remembered(CALLER, "1.1", answered=True, returns=self.returns, joined_with=PHONE, since=DIED)
        self.leg = switch.adopt(known, self.caller.append)
        known = Remembered(
            PHONE, PHONE, dialled=True, endpoint="PJSIP/kim", returns=self.returns, joined_with=CALLER
        )
        self.other = switch.adopt(known, self.phone.append)


async def asked(server: Server, answer: str, *first: Command, **call: str) -> None:
    """Another caller comes, and Asterisk answers what is asked by way of that one."""
    peer, arrival = await server.called(uniqueid="1.2", **call)
    for one in first:
        arrival.leg.send(one)
    await peer.expect(ASKED, answer)
    assert (await peer.told()).startswith("EXEC Ringing" if first else "WAIT")
    peer.close()
    await until(lambda: arrival.leg.id not in server.switch.owned())


@asyncio_test
async def test_a_talk_that_goes_on_is_found_on_both_sides_before_the_caller_who_came_is_served() -> None:
    talk = Talk()
    async with serving(talk) as server:
        assert talk.caller == talk.phone == []
        await asked(server, f"200 result=1 (there {PHONE})", Ring())
        assert talk.caller == talk.phone == [Found(up=True)]
        await asked(server, f"200 result=1 (there {PHONE})")
        assert talk.caller == talk.phone == [Found(up=True)]
        server.switch.join("b1", [talk.leg, talk.other])
        await until(lambda: len(talk.phone) == 2)
        assert talk.caller == talk.phone == [Found(up=True), Joined("b1")]
        assert server.switch.owned() == {CALLER}


@asyncio_test
async def test_a_caller_who_is_gone_has_ended_since_it_was_known_and_the_phone_with_it() -> None:
    talk = Talk()
    async with serving(talk) as server:
        await asked(server, "200 result=0")
        assert talk.caller == [Ended(Cause.NORMAL, By.UNKNOWN, since=DIED)]
        assert talk.phone == [Ended(Cause.NORMAL, By.SERVER, since=DIED)]
        peer, _ = await server.called(uniqueid="1.3")
        assert (await peer.told()).startswith("WAIT")  # nobody is asked about any more
        assert server.switch.owned() == {server.arrivals[-1].leg.id}


@asyncio_test
async def test_another_pbx_which_knows_nothing_of_its_channels_is_not_asked() -> None:
    talk = Talk()
    async with serving(talk, pbxs=("main", "branch")) as server:
        peer, arrival = await server.called(uniqueid="1.1", script=f"{SECRET}/hotline?pbx=branch")
        arrival.leg.send(Ring())
        assert (await peer.told()).startswith("EXEC Ringing")
        peer.close()
        await asked(server, "200 result=0")
        assert talk.leg.ended


@asyncio_test
async def test_since_is_when_it_was_last_seen() -> None:
    talk = Talk()
    async with serving(talk) as server:
        await asked(server, f"200 result=1 (there {PHONE})")
        await asked(server, "200 result=0")
        (_, ended) = talk.caller
        assert isinstance(ended, Ended)
        assert ended.since is not None
        assert ended.since > DIED + 1e9


@asyncio_test
async def test_a_caller_whose_phone_has_gone_is_expected_back_and_no_longer_than_any() -> None:
    talk = Talk(returns=0.05)
    async with serving(talk) as server:
        await asked(server, "200 result=1 (there )")
        assert talk.phone == [Found(up=True), Ended(Cause.NORMAL, By.AGENT)]
        await until(lambda: len(talk.caller) == 2)
        found, ended = talk.caller
        assert found == Found(up=True)
        assert isinstance(ended, Ended)
        assert ended.since is not None
        assert ended.since > DIED + 1e9  # it was seen just now, without its phone


@asyncio_test
async def test_a_caller_whose_dialplan_asks_again_is_done_with_the_phone_and_goes_on() -> None:
    talk = Talk()
    async with serving(talk) as server:
        peer = await server.connect()
        peer.ask()
        await until(lambda: talk.phone)
        assert talk.phone == [Found(up=True), Ended(Cause.NORMAL, By.AGENT)]
        assert talk.caller == [Found(up=True)]
        talk.leg.send(Play("p1", ("sound:bye",)))
        told = await peer.told()
        if told.startswith("WAIT"):
            await peer.expect("NOOP", "200 result=1", "200 result=0")
            told = await peer.told()
        assert told.startswith("STREAM FILE bye")
        assert server.arrivals == []
        peer.close()
        await until(lambda: len(talk.caller) > 1)


@asyncio_test
async def test_a_phone_that_is_down_by_ari_s_word_ends_the_talk_unless_the_dialplan_asks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(talking, "ASKS_SECONDS", 0.05)
    talk = Talk(returns=0.05)
    async with serving(talk) as server:
        server.switch.device("PJSIP/lee", Device.IDLE)
        server.switch.device("PJSIP/kim", Device.BUSY)
        assert talk.caller == talk.phone == [Found(up=True)]
        server.switch.device("PJSIP/kim", Device.IDLE)
        await until(lambda: len(talk.caller) == 2)
        assert [type(one) for one in talk.caller] == [Found, Ended]
        (_, ended) = talk.phone
        assert isinstance(ended, Ended)
        assert ended.by is By.CALLER  # who hung up is not known; nobody came back
        assert ended.since is not None
        assert ended.since > DIED


@asyncio_test
async def test_a_caller_whose_lines_are_held_up_behind_a_phone_that_is_down_is_who_was_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(talking, "ASKS_SECONDS", 0.05)
    talk = Talk(returns=60.0)
    async with serving(talk) as server:
        server.switch.device("PJSIP/kim", Device.BUSY)
        server.switch.device("PJSIP/kim", Device.IDLE)
        await until(lambda: len(talk.phone) == 2)
        assert talk.caller == [Found(up=True)]
        assert server.switch.owned() == {CALLER}
        talk.leg.send(Ring())
        peer = await server.connect()
        peer.ask()
        assert (await peer.told()).startswith("EXEC Ringing")
        assert server.arrivals == []
        assert len(talk.phone) == 2
        peer.close()
        await until(lambda: talk.leg.ended)


@asyncio_test
async def test_who_waits_is_asked_by_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LOOK_SECONDS", 0.05)
    talk = Talk()
    async with serving(talk) as server:
        peer, arrival = await server.called(uniqueid="1.2")
        await peer.expect(ASKED, f"200 result=1 (there {PHONE})")
        arrival.leg.send(StartMusic("default"))
        while not talk.leg.ended:
            told = await peer.told()
            if told == ASKED:
                peer.say(b"200 result=0\n")
                await until(lambda: talk.leg.ended)
            elif told == "NOOP":
                peer.say(b"200 result=1\n200 result=0\n")
            elif not told.startswith("WAIT"):
                assert told == "SET MUSIC ON default"
                peer.say(b"200 result=0\n")
        peer.close()


@asyncio_test
async def test_a_phone_that_is_to_be_hung_up_has_ended_and_one_without_its_caller_is_known_by_nobody() -> (
    None
):
    talk = Talk()
    async with serving(talk) as server:
        talk.other.send(HangUp())
        assert talk.phone == []
        await until(lambda: talk.phone)
        assert talk.phone == [Ended(Cause.NORMAL, By.SERVER)]
        assert not server.switch.server.connections
