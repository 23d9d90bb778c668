"""The drivers of one server as one switch: each leg is served by the driver that it came by.

What is dialled for a leg goes by that leg's driver; what is dialled for nobody yet (call-backs) by ARI. Must
not know what a driver says on its wire.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ivrcore.errors import RequestFailed, TelephonyError
from ivrcore.model.capability import Capability
from ivrcore.model.names import By, Cause
from ivrcore.model.pbx import driver_of
from ivrcore.telephony.leg import Ended, Failed, Unfetched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ivrcore.model.names import Device
    from ivrcore.telephony.agi.leg import AgiLeg
    from ivrcore.telephony.agi.switch import AgiSwitch
    from ivrcore.telephony.ari.adopted import Before
    from ivrcore.telephony.ari.pbxs import Pbxs
    from ivrcore.telephony.leg import (
        Arrival,
        AudioSink,
        CodeDialled,
        Command,
        Dial,
        Fetched,
        Leg,
        LegEvent,
        Remembered,
    )

log = logging.getLogger("ivrcore")

AGI = "agi"
LISTEN_AGAIN = 5.0
"""Seconds until it is tried again to listen for AGI."""


class Switches:
    """See :class:`ivrcore.telephony.leg.Switch`. Either driver may be None, but not both."""

    def __init__(self, ari: Pbxs | None, agi: AgiSwitch | None, reactor: Any) -> None:
        self.ari = ari
        self.agi = agi
        self._of_agi = _agi_legs() if agi is not None else ()
        """What the legs of AGI are."""
        self._reactor = reactor
        self._why_no_agi = ""
        self._again: Any = None

    # --- start and stop

    def start(self, on_arrival: Callable[[Arrival], None], on_code: Callable[[CodeDialled], None]) -> None:
        """Take calls from now on. That AGI cannot listen keeps nobody from being served otherwise."""
        if self.ari is not None:
            self.ari.start(on_arrival, on_code)
        if self.agi is not None:
            self.agi.on_arrival = on_arrival
            self._listen()

    def _listen(self) -> None:
        assert self.agi is not None
        self._again = None
        try:
            self.agi.start()
        except TelephonyError as error:
            if str(error) != self._why_no_agi:
                log.error("%s; tried again every %.0f s", error, LISTEN_AGAIN)  # noqa: TRY400 - says all
            self._why_no_agi = str(error)
            self._again = self._reactor.callLater(LISTEN_AGAIN, self._listen)
            return
        if self._why_no_agi:
            log.warning("AGI requests are taken now")
        self._why_no_agi = ""

    async def send_on(self) -> int:
        """Let Asterisk go on with callers who are in no conversation; give how many. An asyncio coroutine."""
        went = 0
        for driver in (self.agi, self.ari):
            if driver is not None:
                went += await driver.send_on()
        return went

    @property
    def given_back(self) -> frozenset[str]:
        """Ids of the legs that :meth:`give_back` is about."""
        return self.agi.owned() if self.agi is not None else frozenset()

    async def give_back(self) -> None:
        """Give the calls by AGI back to their dialplans, which are to ask another process at once; before
        :meth:`hold`, and before the server for AEAP stops, through which those are reached who are heard."""
        if self._again is not None:  # it must not listen once the other process is to
            self._again.cancel()
            self._again = None
        if self.agi is not None:
            await self.agi.stop(again=True)

    async def hold(self, seconds: float) -> None:
        """Take nothing any more, since another process is to have the calls, from a good moment within
        ``seconds`` on."""
        if self.ari is not None:
            await self.ari.hold(seconds)

    async def at_rest(self, seconds: float) -> None:
        """Wait until Asterisk has answered all that was asked, for so long at most."""
        if self.ari is not None:
            await self.ari.at_rest(seconds)

    async def let_go(self) -> None:
        """After :meth:`hold`: begin nothing any more."""
        if self.ari is not None:
            await self.ari.let_go()

    async def taken_over(self, seconds: float) -> None:
        """Wait, so long at most, until another process has the link to Asterisk."""
        if self.ari is not None:
            await self.ari.taken_over(seconds)

    async def stop(self) -> None:
        """Let go of Asterisk; calls go on there. An asyncio coroutine."""
        if self._again is not None:
            self._again.cancel()
        for driver in (self.agi, self.ari):
            if driver is not None:
                await driver.stop()

    def met(self, pbx: str) -> bool:
        """See :meth:`ivrcore.telephony.ari.pbxs.Pbxs.met`."""
        return self.ari is None or self.ari.met(pbx)

    # --- how they are

    @property
    def connected(self) -> bool:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        return all(self.links().values())

    def links(self) -> dict[str, bool]:
        """Tell by driver whether calls can be served."""
        pbxs = {} if self.ari is None else self.ari.switches
        found = {driver_of(name): switch.connected for name, switch in pbxs.items()}
        return found if self.agi is None else {**found, AGI: self.agi.connected}

    def reasons(self) -> dict[str, str]:
        """Tell by driver why not; empty where they can."""
        found: dict[str, str] = {}
        if self.ari is not None:
            found = {driver_of(name): why for name, why in self.ari.why_not().items()}
        if self.agi is not None:
            found[AGI] = "" if self.agi.connected else "the port for AGI cannot be listened at: see the log"
        return found

    # --- legs

    def dial(self, dial: Dial, owner: Callable[[LegEvent], None]) -> Leg:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        partner = dial.partner
        if isinstance(partner, self._of_agi):
            if self.agi is not None and Capability.DIAL in partner.capabilities:
                return self.agi.dial(dial, owner)
        elif self.ari is not None:
            return self.ari.dial(dial, owner)
        return _NoLeg(dial, owner, self._reactor)

    def begin_again(self, before: Before) -> None:
        """Say what is known of an earlier life of the server."""
        if self.ari is not None:
            self.ari.begin_again(before)

    def adopt(self, known: Remembered, owner: Callable[[LegEvent], None]) -> Leg:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        driver = self.agi if known.returns else self.ari
        assert driver is not None, "nothing is adopted by a driver that is not there"
        return driver.adopt(known, owner)

    def adopt_bridge(self, bridge: str, legs: Sequence[Leg]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        if self.ari is not None and not any(isinstance(leg, self._of_agi) for leg in legs):
            self.ari.adopt_bridge(bridge, legs)

    def join(self, bridge: str, legs: Sequence[Leg]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        driver = self.agi if any(isinstance(leg, self._of_agi) for leg in legs) else self.ari
        if driver is not None:
            driver.join(bridge, legs)

    def part(self, bridge: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        for driver in (self.agi, self.ari):
            if driver is not None:
                driver.part(bridge)

    def watch_devices(self, endpoints: Iterable[str], on_change: Callable[[str, Device], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`: ARI tells of phones, AGI cannot."""
        agi = self.agi

        def changed(endpoint: str, device: Device) -> None:
            on_change(endpoint, device)
            if agi is not None:
                agi.device(endpoint, device)

        if self.ari is not None:
            self.ari.watch_devices(endpoints, changed)

    def fetch_recording(self, recording: str, done: Callable[[Fetched], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`: whoever has it."""
        if self.agi is None:
            self._fetch_by_ari(recording, done)
            return

        def fetched(sound: Fetched) -> None:
            if sound is Unfetched.GONE and self.ari is not None:
                self.ari.fetch_recording(recording, done)
            else:
                done(sound)

        self.agi.fetch_recording(recording, fetched)

    def _fetch_by_ari(self, recording: str, done: Callable[[Fetched], None]) -> None:
        if self.ari is not None:
            self.ari.fetch_recording(recording, done)

    def erase_recording(self, recording: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        for driver in (self.agi, self.ari):
            if driver is not None:
                driver.erase_recording(recording)


def _agi_legs() -> tuple[type[AgiLeg], ...]:
    from ivrcore.telephony.agi.leg import AgiLeg  # of no use to a site without AGI

    return (AgiLeg,)


class _NoLeg:
    """What is dialled where no driver could: it fails at once."""

    def __init__(self, dial: Dial, owner: Callable[[LegEvent], None], reactor: Any) -> None:
        self.id = dial.leg
        self.channel = dial.channel
        self.capabilities: frozenset[Capability] = frozenset()
        self._owner = owner
        log.warning("%s cannot be dialled: no driver of this site can", dial.leg)
        reactor.callLater(0, self._fail)

    def _fail(self) -> None:
        self._owner(Failed(None, RequestFailed.code))
        self._owner(Ended(Cause.UNAVAILABLE, By.SERVER))

    def own(self, owner: Callable[[LegEvent], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
        self._owner = owner

    def send(self, command: Command) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""

    def command_follows(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""

    def open_audio(self, sink: AudioSink) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""

    def close_audio(self) -> None:
        """See :class:`ivrcore.telephony.leg.Leg`."""
