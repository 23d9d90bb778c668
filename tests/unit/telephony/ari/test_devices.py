"""What the driver makes of what Asterisk says of phones, and when it looks."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ivrcore.model.names import Device
from ivrcore.telephony.ari import wire
from ivrcore.telephony.ari.devices import device_of
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.endpoints import endpoint_name, endpoint_of
from ivrcore.telephony.leg import Dial, Ended, HangUp, LegEvent, Remembered
from tests.support.aio import asyncio_test, until
from tests.support.fake_asterisk import FakeAsterisk

ANN = "PJSIP/ann"
LOOK = f"GET endpoints/{ANN}"
SUBSCRIBE = "POST applications/app/subscription"


@pytest.mark.parametrize(
    ("state", "channels", "ours", "device"),
    [
        ("online", [], set(), Device.IDLE),
        ("offline", [], set(), Device.UNREACHABLE),
        ("unknown", [], set(), Device.UNKNOWN),
        ("online", ["c1.l"], {"c1.l"}, Device.IDLE),
        ("online", ["c1.l", "1.2"], {"c1.l"}, Device.BUSY),
        ("offline", ["1.2"], set(), Device.BUSY),
    ],
)
def test_every_channel_that_is_not_ours_is_a_call_of_the_phones_own(
    state: str, channels: list[str], ours: set[str], device: Device
) -> None:
    assert device_of(wire.Endpoint("PJSIP", "ann", state, channels), ours) is device


@pytest.mark.parametrize(
    ("dialled", "name"),
    [
        ("PJSIP/ann", "PJSIP/ann"),
        ("PJSIP/ann/sip:ann@127.0.0.1:5060", "PJSIP/ann"),
        ("pjsip/ann", "PJSIP/ann"),
        ("PJSIP/Ann", "PJSIP/Ann"),
        ("PJSIP/0212345678@trunk", ""),
        ("PJSIP/", ""),
        ("ann", ""),
    ],
)
def test_the_endpoint_behind_what_is_dialled(dialled: str, name: str) -> None:
    assert endpoint_name(dialled) == name


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("PJSIP/ann-0000001f", "PJSIP/ann"),
        ("PJSIP/ann-at-home-00000001", "PJSIP/ann-at-home"),
        ("DAHDI/1-1", "DAHDI/1"),
        ("Local/200@ivrcore-agents-00000002;1", ""),
        ("", ""),
    ],
)
def test_the_endpoint_that_a_channel_is_of(channel: str, name: str) -> None:
    assert endpoint_of(channel) == name


def endpoint(*channels: str, state: str = "online") -> tuple[int, str]:
    body = {"technology": "PJSIP", "resource": "ann", "state": state, "channel_ids": list(channels)}
    return 200, json.dumps(body)


@asynccontextmanager
async def watching(
    asterisk: FakeAsterisk, seen: list[tuple[str, Device]], *phones: str
) -> AsyncIterator[AriSwitch]:
    from twisted.internet import reactor  # pytest-twisted chooses it after collection

    switch = AriSwitch(asterisk.config(), reactor, chance=random.Random(1))
    switch.watch_devices(phones or [ANN], lambda *news: seen.append(news))
    switch.start()
    try:
        yield switch
    finally:
        await switch.stop()


async def change(asterisk: FakeAsterisk, name: str = ANN) -> None:
    await asterisk.tell("DeviceStateChanged", device_state={"name": name, "state": "INUSE"})


@asyncio_test
async def test_told_at_the_start_at_changes_and_only_then() -> None:
    seen: list[tuple[str, Device]] = []
    async with FakeAsterisk() as asterisk:
        asterisk.answers[LOOK] = endpoint()
        async with watching(asterisk, seen, ANN, f"{ANN}/sip:ann@127.0.0.1"):
            await until(lambda: len(seen) == 2)
            asterisk.answers[LOOK] = endpoint("1.2")
            await change(asterisk)
            await until(lambda: len(seen) == 4)
            looks = asterisk.times(LOOK)
            await change(asterisk, "PJSIP/stranger")
            await change(asterisk)
            await until(lambda: asterisk.times(LOOK) > looks)
            asterisk.answers[LOOK] = endpoint(state="offline")
            await change(asterisk)
            await until(lambda: len(seen) == 6)
    assert [device for _, device in seen[::2]] == [Device.IDLE, Device.BUSY, Device.UNREACHABLE]
    assert {where for where, _ in seen} == {ANN, f"{ANN}/sip:ann@127.0.0.1"}


@asyncio_test
async def test_a_leg_of_ours_is_no_call_of_its_own_even_while_asterisk_still_lists_it() -> None:
    seen: list[tuple[str, Device]] = []
    told: list[LegEvent] = []
    async with FakeAsterisk() as asterisk:
        asterisk.answers[LOOK] = endpoint()
        async with watching(asterisk, seen) as switch:
            await until(lambda: seen)
            asterisk.answers[LOOK] = endpoint("c1.l")
            leg = switch.dial(Dial("c1.l", "c1.l", ANN), told.append)
            await until(lambda: asterisk.times("POST channels/create"))
            await asterisk.tell("StasisStart", channel={"id": "c1.l"}, args=["dialled", "c1.l"])
            looks = asterisk.times(LOOK)
            await change(asterisk)
            leg.send(HangUp())
            await until(lambda: asterisk.times("DELETE channels/c1.l"))
            assert asterisk.times(LOOK) == looks
            await asterisk.tell("StasisEnd", channel={"id": "c1.l"})
            await until(lambda: told and isinstance(told[-1], Ended))
            await until(lambda: asterisk.times(LOOK) > looks)
            await change(asterisk)
            await until(lambda: asterisk.times(LOOK) > looks + 1)
            asterisk.answers[LOOK] = endpoint("1.2")
            await change(asterisk)
            await until(lambda: len(seen) > 1)
    assert [device for _, device in seen] == [Device.IDLE, Device.BUSY]


@asyncio_test
async def test_a_leg_of_an_earlier_life_is_no_call_of_the_phones_own_though_it_is_watched_later() -> None:
    """Legs are adopted before the roster says which phones to watch."""
    from twisted.internet import reactor

    seen: list[tuple[str, Device]] = []
    async with FakeAsterisk() as asterisk:
        asterisk.answers[LOOK] = endpoint("c1.l")
        asterisk.answers["GET channels"] = (200, '[{"id": "c1.l", "name": "PJSIP/ann-1", "state": "Up"}]')
        asterisk.answers["GET applications/app"] = (200, '{"channel_ids": ["c1.l"]}')
        switch = AriSwitch(asterisk.config(), reactor, chance=random.Random(1))
        switch.adopt(
            Remembered("c1.l", "c1.l", answered=True, dialled=True, endpoint=ANN), lambda _event: None
        )
        switch.watch_devices([ANN], lambda *news: seen.append(news))
        switch.start()
        try:
            await until(lambda: seen)
            asterisk.answers[LOOK] = endpoint("1.2")
            await asterisk.tell("StasisEnd", channel={"id": "c1.l"})
            await until(lambda: len(seen) > 1)
        finally:
            await switch.stop()
    assert [device for _, device in seen] == [Device.IDLE, Device.BUSY]


@asyncio_test
async def test_a_call_that_outlives_our_leg_is_seen_at_its_end() -> None:
    seen: list[tuple[str, Device]] = []
    async with FakeAsterisk() as asterisk:
        asterisk.answers[LOOK] = endpoint()
        async with watching(asterisk, seen) as switch:
            await until(lambda: seen)
            switch.dial(Dial("c1.l", "c1.l", ANN), lambda _event: None)
            await until(lambda: asterisk.times("POST channels/create"))
            await asterisk.tell("StasisStart", channel={"id": "c1.l"}, args=["dialled", "c1.l"])
            asterisk.answers[LOOK] = endpoint("c1.l", "1.2")
            await asterisk.tell("StasisEnd", channel={"id": "c1.l"})
            await until(lambda: len(seen) > 1)
    assert [device for _, device in seen] == [Device.IDLE, Device.BUSY]


@asyncio_test
async def test_after_a_loss_of_the_link_it_subscribes_and_looks_again() -> None:
    seen: list[tuple[str, Device]] = []
    async with FakeAsterisk() as asterisk:
        asterisk.answers[LOOK] = endpoint("1.2")
        async with watching(asterisk, seen):
            await until(lambda: seen)
            await asterisk.vanish()
            asterisk.answers[LOOK] = endpoint()
            await asterisk.listen()
            await until(lambda: len(seen) > 1)
            assert asterisk.times(SUBSCRIBE) == 2
    assert [device for _, device in seen] == [Device.BUSY, Device.IDLE]


@pytest.mark.parametrize(
    ("request_", "status", "device"),
    [(LOOK, 404, Device.UNREACHABLE), (LOOK, 500, Device.UNKNOWN), (SUBSCRIBE, 400, Device.UNKNOWN)],
)
@asyncio_test
async def test_a_refusal_leaves_no_agent_blocked_for_good(request_: str, status: int, device: Device) -> None:
    seen: list[tuple[str, Device]] = []
    async with FakeAsterisk() as asterisk:
        asterisk.answers[LOOK] = endpoint()
        asterisk.answers[request_] = (status, "{}")
        async with watching(asterisk, seen):
            await until(lambda: seen)
    assert seen == [(ANN, device)]
