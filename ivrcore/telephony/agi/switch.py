"""The FastAGI driver as the rest of ivrcore uses it: arrivals and other requests; start and stop."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ivrcore.errors import CoreMisuse
from ivrcore.model.names import Device
from ivrcore.model.pbx import contact_of, pbx_of
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.agi.audio import CallerAudio
from ivrcore.telephony.agi.config import AgiConfig
from ivrcore.telephony.agi.connection import Connection
from ivrcore.telephony.agi.dialled import DialledLeg, Stage
from ivrcore.telephony.agi.dialling import DialOut, JoinWith
from ivrcore.telephony.agi.leaving import ASK_AGAIN, LAST_WORD_SECONDS, STOP
from ivrcore.telephony.agi.leg import AgiLeg
from ivrcore.telephony.agi.looking import Looks
from ivrcore.telephony.agi.returning import ReturningLeg
from ivrcore.telephony.agi.server import AgiServer
from ivrcore.telephony.agi.talking import TalkingLeg, TalkingPhone
from ivrcore.telephony.agi.wire import Request
from ivrcore.telephony.leg import Arrival, Dial, Fetched, Leg, LegEvent, Remembered, Unfetched

log = logging.getLogger(__name__)

HOTLINE = "hotline"
"""Script of a caller whom a dialplan hands over."""
ANSWERED = "answered"
"""Script of a phone that we dialled, once it picked up."""
BACK_KNOWN = "back"
"""Key of that script by which a dialplan says that it brings callers back whose session has died."""


def _nobody(*_: object) -> None:
    pass


class AgiSwitch:
    """See :class:`ivrcore.telephony.leg.Switch`. ``reactor`` is Twisted's, ``utc`` gives UTC seconds.

    ``claims`` are the AEAP server's, by which callers are heard if the configuration names its engine.

    Set before :meth:`start`: `on_arrival(Arrival)` for a new caller (own its leg at once);
    `number_of(Request)` if another number than the one called says which dialplan it is for.
    """

    def __init__(
        self,
        config: AgiConfig,
        reactor: Any,
        *,
        claims: Claims | None = None,
        utc: Callable[[], float] = time.time,
    ) -> None:
        self.on_arrival: Callable[[Arrival], None] = _nobody
        self.number_of: Callable[[Request], str] = lambda request: request.number
        self.server = AgiServer(config, reactor, utc)
        self.server.scripts[HOTLINE] = self._hotline
        self.server.scripts[ANSWERED] = self._answered
        self._claims = claims
        self._legs: dict[str, AgiLeg] = {}
        self._dialled: dict[str, DialledLeg] = {}
        self._returning: dict[str, ReturningLeg] = {}
        """By channel, over all PBXs: those whom Asterisk's dialplan is to hand over again."""
        self._looks = Looks(self.server, lambda: self._legs.values())
        self._told_old = False

    # --- start and stop

    @property
    def connected(self) -> bool:
        """Whether calls can come: each call is a connection of its own."""
        return self.server.listening

    @property
    def why_not(self) -> str:
        """Why no calls can come; empty where they can."""
        return "" if self.connected else "it does not listen"

    @property
    def port(self) -> int:
        """The TCP port it listens at."""
        return self.server.port

    def start(self) -> None:
        """Listen. TelephonyError where that cannot be."""
        self.server.start()
        for leg in self._returning.values():
            leg.wait()
        self._looks.start()

    async def send_on(self, *, again: bool = False) -> int:
        """Give every call back to the dialplan that handed it over, before :meth:`stop`; how many.

        The dialplan is told that the server ends, or (``again``) that it is to ask again at once.
        """
        legs, word = list(self._legs.values()), ASK_AGAIN if again else STOP
        saying = {leg.connection for leg in legs if leg.give_back(word)}
        self._dialled.clear()
        await self.server.gone(saying, LAST_WORD_SECONDS)
        return len(legs)

    async def stop(self, *, again: bool = False) -> None:
        """Listen no more and close every connection; calls go on in Asterisk's dialplan (`send_on`)."""
        self._looks.stop()
        stopping = self.server.stop_listening()
        await self.send_on(again=again)
        self.server.close()
        if stopping is not None:
            await stopping.asFuture(_loop())

    def owned(self) -> frozenset[str]:
        """Ids of all legs that live."""
        return frozenset(self._legs) | frozenset(self._dialled)

    # --- callers

    def adopt(self, known: Remembered, owner: Callable[[LegEvent], None]) -> AgiLeg | TalkingPhone:
        """See :class:`ivrcore.telephony.leg.Switch`: it is there once the dialplan hands it over again, or
        (a phone and its caller, who are joined) once somebody's session has asked Asterisk.
        """
        if known.dialled:
            phone = TalkingPhone(self.server, known, owner)
            self._looks.pair(phone, known.joined_with)
            return phone
        kind = TalkingLeg if known.joined_with else ReturningLeg
        leg = kind(self.server, known, owner=owner, forget=self._forget)
        self._looks.add(leg)
        name = contact_of(known.channel, pbx_of(known.leg))
        self._legs[leg.id] = self._returning[name] = leg
        return leg

    def expects(self, request: Request) -> bool:
        """Tell whether a request is that of a caller whom an earlier life of the server had."""
        return contact_of(request.channel_id, request.pbx) in self._returning

    def _hotline(self, connection: Connection, request: Request) -> Callable[[], None]:
        returning = self._returning.pop(contact_of(request.channel_id, request.pbx), None)
        if returning is not None:
            returning.come_back(connection, self._audio(connection))
            self._looks.look_by(returning)
            return returning.serve
        contact = _contact(request.channel_id, request.pbx)
        leg = AgiLeg(
            connection,
            f"{contact}.l1",
            request.channel_id,
            owner=_nobody,
            forget=self._forget,
            audio=self._audio(connection),
        )
        self._legs[leg.id] = leg
        self._looks.look_by(leg)
        arrival = Arrival(
            leg, contact, self.number_of(request), request.caller_number, request.caller_name, request.query
        )
        if not self._tell(self.on_arrival, arrival):
            connection.close()  # Asterisk's dialplan is better for the caller than silence
        return leg.serve

    def _audio(self, connection: Connection) -> CallerAudio | None:
        engine = self.server.config.speech_engine
        return CallerAudio(connection, self._claims, engine) if self._claims and engine else None

    def _answered(self, connection: Connection, request: Request) -> Callable[[], None]:
        """A phone that we dialled picked up; one that nobody waits for is its dialplan's to let go.

        Not ours at once: the Dial that an earlier life began may not be through with it (see `DialledLeg`).
        """
        if BACK_KNOWN not in request.query and not self._told_old:
            self._told_old = True
            log.warning(
                "the context [%s] in extensions.conf is that of an older sample: a caller whose agent picks"
                " up while no server is there is hung up; take its lines from the sample anew",
                self.server.config.answered_context,
            )
        leg = self._dialled.get(request.query.get("leg", ""))
        if leg is None or leg.stage is not Stage.RINGING:
            log.warning("a phone answered that nobody waits for: it is let go")
            return _nobody
        return leg.answered(connection, request).serve

    def _forget_dialled(self, leg: DialledLeg) -> None:
        self._dialled.pop(leg.id, None)

    def _forget(self, leg: AgiLeg) -> None:
        self._legs.pop(leg.id, None)
        if self._returning:
            self._returning = {name: one for name, one in self._returning.items() if one is not leg}

    def _tell(self, callback: Callable[..., None], *news: object) -> bool:
        """Call back; whether that went well."""
        try:
            callback(*news)
        except Exception:  # a fault in one callback must not end the driver
            log.exception("a callback of the AGI driver raised")
            return False
        return True

    # --- what AGI has not, or not yet

    def dial(self, dial: Dial, owner: Callable[[LegEvent], None]) -> Leg:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        caller = dial.partner
        if not isinstance(caller, AgiLeg):
            raise CoreMisuse("AGI dials on the channel of a caller of its own")
        leg = DialledLeg(dial, caller, owner, self._forget_dialled)
        self._dialled[leg.id] = leg
        if caller.ended or caller.hanging_up:
            self.server.call_later(0, leg.caller_gone)
        else:
            caller.send(DialOut(leg))
        return leg

    def join(self, bridge: str, legs: Sequence[Leg]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`: a caller and a phone that was dialled for them."""
        if self._looks.joined(bridge, legs):
            return
        callers = [leg for leg in legs if isinstance(leg, AgiLeg)]
        phones = [leg for leg in legs if isinstance(leg, DialledLeg)]
        if len(callers) != 1 or len(phones) != 1 or len(legs) != 2:
            raise CoreMisuse("AGI joins a caller with the phone that was dialled for them")
        for one in (*callers, phones[0].session):
            if one is not None:
                one.silence()
        callers[0].send(JoinWith(phones[0], bridge))

    def part(self, bridge: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`: here they part when one of them leaves."""

    def watch_devices(self, endpoints: Iterable[str], on_change: Callable[[str, Device], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`: AGI tells nothing of phones."""

    def device(self, endpoint: str, device: Device) -> None:
        """Take what another driver says of a phone (named as in :func:`ivrcore.model.pbx.at`)."""
        self._looks.heard_of(endpoint, device)

    def fetch_recording(self, recording: str, done: Callable[[Fetched], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`: AGI records nothing."""
        self.server.call_later(0, lambda: done(Unfetched.GONE))

    def erase_recording(self, recording: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""


def _contact(channel: str, pbx: str) -> str:
    """Give a contact's id: a call may be handed over again, also to the server's next life."""
    return f"{contact_of(channel, pbx)}-{secrets.token_hex(3)}"


def _loop() -> Any:
    import asyncio

    return asyncio.get_running_loop()
