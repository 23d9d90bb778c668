"""The promises of a switch, held against the ARI driver and a real Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ivrcore.lab.audio import RATE
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.leg import Arrival
from tests.asterisk.ari_lab import AriLab
from tests.contract.leg_cases import CASES, Case
from tests.support.aio import asyncio_test, until
from tests.support.ua import Phone, power

pytestmark = [pytest.mark.asterisk, pytest.mark.usefixtures("no_leaks")]

BEEP = 700.0
"""Hertz of Asterisk's beep."""
WHOLE_BEEP = 0.06
"""Amplitude times seconds of nearly all of it: 0.17 for 0.42 s."""
SCRIPTS = {"answer": [(0.05, 180), (0.2, 200)], "reject": [(0.05, 180), (0.2, 486)], "nothing": [(0.05, 180)]}


class RealTable:
    """The driver with SIP phones."""

    short, long, missing = "sound:digits/1", "sound:demo-congrats", "sound:there-is-no-such-thing"

    def __init__(self, ari: AriLab, switch: AriSwitch, caller: Phone, agent: Phone) -> None:
        self.switch = switch
        self._ari, self._caller, self._agent = ari, caller, agent

    async def call(self) -> Arrival:
        return (await self._ari.called_by(self._caller, "701")).arrival

    async def press(self, digit: str) -> None:
        self._caller.press(digit)

    async def say(self) -> None:
        await until(self._beeped, 10.0)
        self._caller.speak(440.0)
        await asyncio.sleep(1.0)  # the length of what is said
        self._caller.speak(None)

    def _beeped(self) -> bool:
        """Whether Asterisk's beep was heard to its end: it records after it, and sends nothing meanwhile."""
        heard = self._caller.heard
        return power(heard, BEEP) * len(heard) / RATE > WHOLE_BEEP

    async def caller_hangs_up(self) -> None:
        if self._caller.up:
            self._caller.hang_up()
        else:
            self._caller.cancel()
            await self.until(lambda: self._caller.gone)

    async def agent_hangs_up(self) -> None:
        self._agent.hang_up()

    async def script(self, what: str) -> str:
        self._agent.reply = SCRIPTS[what]
        return self._ari.endpoint(1)

    async def agent_holds(self, on: bool) -> None:
        self._agent.hold(on)

    async def agent_sends_on(self) -> None:
        self._agent.refer("9006")

    async def own_call(self) -> None:
        await self.until(lambda: not self._ari.pbx.channels())
        self._caller.call(f"8{self._agent.port}")
        await self.until(lambda: self._agent.up and not self._agent.gone)

    async def until(self, condition: Callable[[], Any]) -> None:
        await until(condition, 20.0)  # a request that is not answered is tried again after 5 s


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@asyncio_test
async def test_the_ari_driver(ari: AriLab, case: Case) -> None:
    async with ari.running() as switch, ari.phone() as caller, ari.agent(1) as agent:
        await case(RealTable(ari, switch, caller, agent))


@pytest.mark.parametrize("case", CASES[-1:] + CASES[1:3] + CASES[7:8], ids=lambda case: case.__name__)
@asyncio_test
async def test_the_ari_driver_where_all_requests_go_over_http(ari: AriLab, case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ivrcore.telephony.ari.server.takes_requests", lambda version: False)
        async with ari.running() as switch, ari.phone() as caller, ari.agent(1) as agent:
            await case(RealTable(ari, switch, caller, agent))
