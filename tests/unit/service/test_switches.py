"""Several drivers as one switch: who dials for whom, and a port for AGI that cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock

from ivrcore.model.names import By, Cause, Device
from ivrcore.service.switches import LISTEN_AGAIN, Switches
from ivrcore.telephony.agi.config import AgiConfig
from ivrcore.telephony.agi.switch import AgiSwitch
from ivrcore.telephony.agi.talking import ASKS_SECONDS
from ivrcore.telephony.leg import Dial, Ended, Failed, Found, Leg, LegEvent, Remembered
from ivrcore.testing import FakeSwitch


class Taken(MemoryReactorClock):  # type: ignore[misc]  # Twisted's is untyped
    """A machine on which somebody else has the port, for a while."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def listenTCP(self, port: int, *rest: Any, **more: Any) -> Any:  # noqa: N802  # Twisted's name
        if self.times:
            self.times -= 1
            raise CannotListenError("127.0.0.1", port, OSError("in use"))
        return super().listenTCP(port, *rest, **more)


def started(reactor: Any) -> Switches:
    agi = AgiSwitch(AgiConfig(secret="tell-nobody"), reactor)
    switches = Switches(None, agi, reactor)
    switches.start(lambda _arrival: None, lambda _code: None)
    return switches


def test_given_a_port_that_is_taken_then_it_is_said_once_and_tried_until_it_is_free(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reactor = Taken(times=3)
    switches = started(reactor)
    assert switches.links() == {"agi": False}
    assert "port for AGI" in switches.reasons()["agi"]
    for _ in range(3):
        assert not switches.connected
        reactor.advance(LISTEN_AGAIN)
    assert switches.links() == {"agi": True}
    assert switches.reasons() == {"agi": ""}
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_given_no_driver_that_can_dial_then_the_leg_fails_at_once() -> None:
    reactor = Taken(times=0)
    switches = started(reactor)
    told: list[LegEvent] = []
    leg = switches.dial(Dial("c1.l2", "c1.l2", "PJSIP/ann"), told.append)
    assert told == []
    reactor.advance(0)
    assert told == [Failed(None, "IVR303"), Ended(Cause.UNAVAILABLE, By.SERVER)]
    assert leg.capabilities == frozenset()


class Ari(FakeSwitch):
    """A driver that tells of phones, and knows of no bridge by AGI."""

    def adopt_bridge(self, bridge: str, legs: Sequence[Leg]) -> None:
        raise AssertionError((bridge, legs))


def test_given_a_talk_by_agi_then_what_ari_tells_of_the_phone_is_known_there() -> None:
    reactor = Taken(times=0)
    ari, agi = Ari(reactor), AgiSwitch(AgiConfig(secret="tell-nobody"), reactor, utc=lambda: 1000.0)
    switches = Switches(ari, agi, reactor)  # type: ignore[arg-type]  # a double
    caller: list[LegEvent] = []
    phone: list[LegEvent] = []
    legs = [
        switches.adopt(Remembered("c.l1", "1.1", returns=15.0, joined_with="p"), caller.append),
        switches.adopt(
            Remembered("p", "p", dialled=True, endpoint="PJSIP/ann", returns=15.0, joined_with="c.l1"),
            phone.append,
        ),
    ]
    switches.adopt_bridge("b", legs)
    agi.start()
    told: list[Device] = []
    switches.watch_devices(["PJSIP/ann"], lambda _phone, device: told.append(device))
    ari.device("PJSIP/ann", Device.BUSY)
    reactor.advance(0)
    assert caller == phone == [Found(up=True)]
    ari.device("PJSIP/ann", Device.IDLE)
    reactor.advance(0)
    assert caller == [Found(up=True)]
    reactor.advance(ASKS_SECONDS)
    assert [type(one) for one in caller + phone] == [Found, Found, Ended], "the caller may come back yet"
    reactor.advance(15.0)
    assert [type(one) for one in caller + phone] == [Found, Ended, Found, Ended]
    assert [one.since for one in caller + phone if isinstance(one, Ended)] == [1000.0, 1000.0]
    assert told == [Device.BUSY, Device.IDLE]
