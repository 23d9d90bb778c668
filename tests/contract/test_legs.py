"""The promises of a switch, held against the doubles in :mod:`ivrcore.testing`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from ivrcore.model.capability import Capability
from ivrcore.model.names import Cause, Device
from ivrcore.telephony.leg import Arrival
from ivrcore.testing import FakeSwitch, Phone
from tests.contract.leg_cases import CASES, Case

AGENT = "PJSIP/agent1"


class FakeTable:
    """The doubles under a clock."""

    short, long, missing = "sound:short", "sound:long", "sound:missing"
    can = frozenset(Capability)

    def __init__(self) -> None:
        self.clock = Clock()
        self.arrivals: list[Arrival] = []
        self.switch = FakeSwitch(self.clock, on_arrival=self.arrivals.append)
        self.switch.durations[self.long] = 60.0
        self.switch.missing.add(self.missing)

    async def call(self) -> Arrival:
        self.switch.call("701")
        return self.arrivals[-1]

    async def press(self, digit: str) -> None:
        next(iter(self.switch.legs.values())).press(digit)

    async def say(self) -> None:
        for _ in range(10):
            self.clock.advance(0.1)
            next(iter(self.switch.legs.values())).speak(b"\x00\x10" * 1600)

    async def caller_hangs_up(self) -> None:
        self._hang_up(dialled=False)

    async def rings(self) -> None:
        await self.until(lambda: any(one.ringing for one in self.switch.legs.values()))

    async def agent_hangs_up(self) -> None:
        if any(one.dialled for one in self.switch.legs.values()):
            self._hang_up(dialled=True)
        else:
            self.switch.device(AGENT, Device.IDLE)

    async def agent_holds(self, on: bool) -> None:
        [leg] = [one for one in self.switch.legs.values() if one.dialled]
        leg.hold(on)

    async def agent_sends_on(self) -> None:
        [leg] = [one for one in self.switch.legs.values() if one.dialled]
        leg.refer()

    async def own_call(self) -> None:
        self.switch.device(AGENT, Device.BUSY)

    def _hang_up(self, *, dialled: bool) -> None:
        [leg] = [one for one in self.switch.legs.values() if one.dialled is dialled]
        leg.hang_up()
        self.clock.advance(0)

    async def script(self, what: str) -> str:
        self.switch.phones[AGENT] = {
            "answer": Phone(answers_after=0.5),
            "reject": Phone(rejects_after=0.5, cause=Cause.BUSY),
            "nothing": Phone(),
        }[what]
        return AGENT

    async def until(self, condition: Callable[[], Any]) -> None:
        for _ in range(400):
            self.clock.advance(0)
            if condition():
                return
            self.clock.advance(0.05)
        raise AssertionError("20 s passed in vain")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_double(case: Case) -> None:
    table = FakeTable()
    work = case(table).__await__()
    with pytest.raises(StopIteration):  # nothing is really awaited: the double's time is the clock's
        next(work)
    assert table.switch.legs == {}
    assert table.switch.bridges == {}
