"""A switch beside a real Asterisk, with SIP phones, for the cases that every driver has to pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from ivrcore.lab.audio import RATE
from ivrcore.lab.pbx import Pbx
from ivrcore.model.capability import Capability
from ivrcore.telephony.leg import Arrival, Switch
from tests.asterisk.ari_lab import InboundCall
from tests.support.aio import until
from tests.support.ua import Phone, power


class Lab(Protocol):
    """A driver's lab."""

    pbx: Pbx

    async def called_by(self, phone: Phone, number: str) -> InboundCall:
        """Let a phone call; wait until the call arrives."""

    def endpoint(self, number: int) -> str:
        """What to dial for an agent's phone."""


BEEP = 700.0
"""Hertz of Asterisk's beep."""
WHOLE_BEEP = 0.06
"""Amplitude times seconds of nearly all of it: 0.17 for 0.42 s."""
FROM_KEY_TO_KEY = 0.25
"""Seconds that a finger takes. Asterisk drops the keys that are pressed between two commands of an AGI
session, and on a busy machine those are further apart than two keys sent at once."""
SCRIPTS = {"answer": [(0.05, 180), (0.2, 200)], "reject": [(0.05, 180), (0.2, 486)], "nothing": [(0.05, 180)]}


class PhoneTable:
    """The driver with SIP phones."""

    short, long, missing = "sound:digits/1", "sound:demo-congrats", "sound:there-is-no-such-thing"

    def __init__(
        self,
        lab: Lab,
        switch: Switch,
        caller: Phone,
        agent: Phone,
        can: frozenset[Capability] = frozenset(Capability),
    ) -> None:
        self.switch, self.can = switch, can
        self._lab, self._caller, self._agent = lab, caller, agent

    async def call(self) -> Arrival:
        return (await self._lab.called_by(self._caller, "701")).arrival

    async def press(self, digit: str) -> None:
        await self.until(lambda: self._caller.up)  # the phone may have its 200 after we know of it
        self._caller.press(digit)
        await asyncio.sleep(FROM_KEY_TO_KEY)

    async def say(self) -> None:
        await until(self._beeped)
        self._caller.speak(440.0)
        await asyncio.sleep(1.0)  # the length of what is said
        self._caller.speak(None)

    def _beeped(self) -> bool:
        """Whether Asterisk's beep was heard to its end: it records after it, and sends nothing meanwhile."""
        heard = self._caller.heard
        return power(heard, BEEP) * len(heard) / RATE > WHOLE_BEEP

    async def caller_hangs_up(self) -> None:
        caller = self._caller
        if not caller.up:
            caller.cancel()
            # We may know of the answer before the phone does: then there is nothing to cancel any more.
            await self.until(lambda: caller.gone or caller.up)
        if not caller.gone:
            caller.hang_up()

    async def rings(self) -> None:
        await self.until(lambda: self._agent.invite)

    async def agent_hangs_up(self) -> None:
        self._agent.hang_up()

    async def script(self, what: str) -> str:
        self._agent.reply = SCRIPTS[what]
        return self._lab.endpoint(1)

    async def agent_holds(self, on: bool) -> None:
        self._agent.hold(on)

    async def agent_sends_on(self) -> None:
        self._agent.refer("9006")

    async def own_call(self) -> None:
        # Asterisk forgets a channel before the phone has its BYE: called in between, the phone is busy.
        await self.until(lambda: self._agent.gone and not self._lab.pbx.channels())
        self._caller.call(f"8{self._agent.port}")
        await self.until(lambda: self._agent.up and not self._agent.gone)

    async def until(self, condition: Callable[[], Any]) -> None:
        await until(condition)
