"""The FastAGI driver beside a private Asterisk, with phones inside the test process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from ivrcore.lab.pbx import Pbx
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.agi.config import AgiConfig
from ivrcore.telephony.agi.switch import AgiSwitch
from ivrcore.telephony.leg import Arrival
from tests.asterisk.ari_lab import InboundCall
from tests.support.aio import until
from tests.support.ua import Phone

SECRET = "tell-nobody"
EXTENSIONS = """
[from-trunk]
exten => _7XX,1,AGI(agi://127.0.0.1:${AGI_PORT}/tell-nobody/hotline?entry=welcome)
 same => n,Set(GLOBAL(RETURNED)=${AGISTATUS})
 same => n,Hangup()
; the wrong secret
exten => 799,1,AGI(agi://127.0.0.1:${AGI_PORT}/a-guess/hotline)
 same => n,Set(GLOBAL(RETURNED)=${AGISTATUS})
 same => n,Answer()
 same => n,Wait(60)
[ivrcore-answered]
exten => s,1,GotoIf($["${IVRCORE_BACK}" != ""]?${IVRCORE_BACK}:over)
exten => s,2,AGI(agi://127.0.0.1:${AGI_PORT}/tell-nobody/answered?leg=${IVRCORE_LEG}&back=1)
 same => n,Wait(1)
 same => n(over),Hangup()
"""


class AgiLab:
    """One Asterisk, one driver per test."""

    def __init__(self, pbx: Pbx) -> None:
        self.pbx = pbx
        self.arrivals: list[InboundCall] = []
        self._ports = iter(pbx.block.media)

    def config(self, **changes: Any) -> AgiConfig:
        """The driver's configuration."""
        values: dict[str, Any] = {"secret": SECRET, "port": 0}
        return AgiConfig(**values | changes)

    def _arrived(self, arrival: Arrival) -> None:
        call = InboundCall(arrival.leg, arrival=arrival)
        arrival.leg.own(call.events.append)
        self.arrivals.append(call)

    @contextlib.asynccontextmanager
    async def running(self, claims: Claims | None = None, **changes: Any) -> AsyncIterator[AgiSwitch]:
        """A driver to which Asterisk connects; nothing of it is left afterwards."""
        from twisted.internet import reactor  # pytest-twisted chooses it after collection

        switch = AgiSwitch(self.config(**changes), reactor, claims=claims)
        switch.on_arrival = self._arrived
        switch.start()
        self.pbx.rx(f"dialplan set global AGI_PORT {switch.port}")
        try:
            yield switch
            await until(lambda: not switch.owned(), what=f"for {switch.owned()} to go")
        except BaseException:
            self.pbx.hang_up_all()  # the next test has the same Asterisk
            raise
        finally:
            await switch.stop()
        await until(lambda: not switch.server.connections, what="for the connections to close")
        await until(lambda: not self.pbx.channels(), what="for the channels to go")

    def phone(self, *, name: str = "0212345678", tone: float | None = None) -> Phone:
        """A caller's phone."""
        return Phone(next(self._ports), self.pbx.sip_port, name=name, tone=tone)

    def agent(self, number: int) -> Phone:
        """An agent's phone, dialled by :meth:`endpoint`."""
        return Phone(self.pbx.block.agents[number], self.pbx.sip_port, name=f"agent{number}")

    def endpoint(self, number: int) -> str:
        """What to dial for an agent's phone: each has a port of its own here."""
        return f"PJSIP/agent{number}/sip:agent{number}@127.0.0.1:{self.pbx.block.agents[number]}"

    async def called_by(self, phone: Phone, number: str) -> InboundCall:
        """Let a phone call; wait until the call arrives."""
        seen = len(self.arrivals)
        phone.call(number)
        await until(lambda: len(self.arrivals) > seen, what="for the call")
        return self.arrivals[seen]


def extensions(folder: Path) -> Path:
    """Asterisk's side: callers of 7xx come to the driver."""
    path = folder / "agi.conf"
    path.write_text(EXTENSIONS)
    return path
