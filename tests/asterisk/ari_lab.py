"""The ARI driver beside a private Asterisk, with phones inside the test process."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivrcore.lab import audio
from ivrcore.lab.pbx import Pbx
from ivrcore.model.names import By, Cause
from ivrcore.telephony.ari.config import AriConfig
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.leg import Arrival, Ended, Leg, LegEvent, Ring
from tests.support.aio import until
from tests.support.ua import Phone

PATIENCE = 40.0
"""Seconds that anything real is waited for: a deadline costs only a test that fails."""

EXTENSIONS = """
[from-trunk]
exten => _7XX,1,Stasis({app},inbound,${{EXTEN}})
 same => n,Set(GLOBAL(RETURNED)=${{STASISSTATUS}})
 same => n,Hangup()
; the port of agent 1's phone: a call of which the server knows nothing
exten => _8XXXX!,1,Dial(PJSIP/agent1/sip:agent1@127.0.0.1:${{EXTEN:1}},10)
 same => n,Hangup()
[ivrcore-fallback]
exten => s,1,Set(GLOBAL(FALLBACK)=${{CHANNEL(uniqueid)}})
 same => n,Answer()
 same => n,Wait(60)
"""


@dataclass
class Call:
    """A leg and all it reported."""

    leg: Leg
    events: list[LegEvent] = field(default_factory=list)

    async def told(self, event: LegEvent, seconds: float = PATIENCE) -> None:
        """Wait for an event."""
        await until(lambda: event in self.events, seconds, f"for {event}, told {self.events}")

    async def ended(self, seconds: float = PATIENCE) -> Ended:
        """Wait for the leg's end."""
        await until(
            lambda: self.events and isinstance(self.events[-1], Ended), seconds, f"told {self.events}"
        )
        last = self.events[-1]
        assert isinstance(last, Ended)
        return last


@dataclass
class InboundCall(Call):
    """A caller's leg."""

    arrival: Arrival = None  # type: ignore[assignment]


class AriLab:
    """One Asterisk, one driver per test."""

    app = "test-a"

    def __init__(self, pbx: Pbx) -> None:
        self.pbx = pbx
        self.arrivals: list[InboundCall] = []
        self.ups: list[tuple[float, str]] = []
        self.downs: list[str] = []
        self.orphans: list[tuple[str, str, str]] = []
        self._ports = iter(pbx.block.media)

    def config(self, **changes: Any) -> AriConfig:
        """The driver's configuration for this Asterisk."""
        values: dict[str, Any] = {
            "url": self.pbx.ari_url,
            "user": self.pbx.ari_user,
            "password": self.pbx.ari_password,
            "app": self.app,
            "rtp_ports": self.pbx.block.streams,
        }
        return AriConfig(**values | changes)

    def switch(self, **changes: Any) -> AriSwitch:
        """A driver that is not started."""
        from twisted.internet import reactor  # pytest-twisted chooses it after collection

        switch = AriSwitch(self.config(**changes), reactor, chance=random.Random(1))
        switch.on_arrival = self._arrived
        switch.on_up = lambda away, peer: self.ups.append((away, peer))
        switch.on_down = self.downs.append
        switch.on_orphan = lambda what, name, action: self.orphans.append((what, name, action))
        return switch

    def _arrived(self, arrival: Arrival) -> None:
        call = InboundCall(arrival.leg, arrival=arrival)
        arrival.leg.own(call.events.append)
        self.arrivals.append(call)

    @contextlib.asynccontextmanager
    async def running(self, **changes: Any) -> AsyncIterator[AriSwitch]:
        """A connected driver; nothing of it is left on Asterisk afterwards."""
        switch = self.switch(**changes)
        switch.start()
        try:
            await until(lambda: switch.connected)
            yield switch
            await until(lambda: not switch.owned(), what=f"for {switch.owned()} to go")
        except BaseException:
            self.pbx.hang_up_all()  # the next test has the same Asterisk
            raise
        finally:
            await switch.stop()
        await self.nothing_left()

    async def nothing_left(self) -> None:
        """Asterisk's own lists are empty; what is left is told, and taken from the next test's way."""
        try:
            await until(lambda: not self.pbx.channels() and not self.pbx.bridges(), what="")
        except AssertionError as fault:
            fault.add_note(f"left: {self.pbx.channels()} {self.pbx.bridges()}")
            self.pbx.hang_up_all()
            raise

    def phone(self, *, name: str = "0212345678", tone: float | None = None) -> Phone:
        """A caller's phone."""
        return Phone(next(self._ports), self.pbx.sip_port, name=name, tone=tone)

    def agent(self, number: int, *, tone: float | None = None) -> Phone:
        """An agent's phone, dialled by :meth:`endpoint`."""
        return Phone(self.pbx.block.agents[number], self.pbx.sip_port, name=f"agent{number}", tone=tone)

    def endpoint(self, number: int) -> str:
        """What to dial for an agent's phone: each has a port of its own here."""
        return f"PJSIP/agent{number}/sip:agent{number}@127.0.0.1:{self.pbx.block.agents[number]}"

    def tone(self, hertz: float) -> str:
        """A recording of a tone, 5 s long; for ``sound:``."""
        path = self.pbx.folder / f"tone{hertz:g}.wav"
        audio.write_wav(path, audio.tone(hertz, 5.0, level=0.5))
        return str(path.with_suffix(""))

    async def called_by(self, phone: Phone, number: str) -> InboundCall:
        """Let a phone call; wait until the call arrives."""
        seen = len(self.arrivals)
        phone.call(number)
        await until(lambda: len(self.arrivals) > seen, what="for the call")
        return self.arrivals[seen]


async def gives_up_while_it_rings(ari: AriLab) -> None:
    """A caller who hangs up before the answer ended the call normally."""
    async with ari.running(), ari.phone() as caller:
        call = await ari.called_by(caller, "701")
        call.leg.send(Ring())
        await until(lambda: 180 in caller.statuses)
        caller.cancel()
        await call.told(Ended(Cause.NORMAL, By.CALLER))


def extensions(folder: Path, app: str = AriLab.app) -> Path:
    """Asterisk's side: callers of 7xx come to the application."""
    path = folder / "ari.conf"
    path.write_text(EXTENSIONS.format(app=app))
    return path
