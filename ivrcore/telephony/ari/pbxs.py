"""The PBXs of one server as one switch: each leg, bridge and recording is its PBX's, as its id tells.

A contact is where its caller's channel is, and so is everything that is made for it; an agent's phone may be
at another PBX, which a trunk leads to then. Must not know what is said on a wire.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ivrcore.model.pbx import MAIN, apart, at, pbx_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ivrcore.model.names import Device
    from ivrcore.telephony.ari.adopted import Before
    from ivrcore.telephony.ari.leg import AriLeg
    from ivrcore.telephony.ari.switch import AriSwitch
    from ivrcore.telephony.leg import Arrival, CodeDialled, Dial, Fetched, Leg, LegEvent, Remembered

GONE_SECONDS = 1.0
"""How much later than a call by a trunk its other end may leave the phone."""
AWAY_SECONDS = 3.0
"""After so long without the link to one of several PBXs its phones count as out of reach: a trunk would lead
to nobody. Those of the only PBX do at once: nobody could be rung, and nobody else be offered the contact."""


class Pbxs:
    """``switches`` by the PBX's name: the first is `MAIN`. What is of a PBX that is not there any more is
    the first one's: it is not found there."""

    def __init__(self, switches: Mapping[str, AriSwitch], reactor: Any) -> None:
        self.switches = dict(switches)
        self._reactor = reactor
        self._first = self.switches[MAIN]
        self._unmet = set(self.switches)
        self._elsewhere: dict[str, AriSwitch] = {}
        """Channel of each leg that rings a phone of another PBX -> where that is."""
        if len(self.switches) > 1:
            for switch in self.switches.values():
                switch.on_gone = self._gone
        for switch in self.switches.values():
            switch.on_down = partial(self._down, switch, switch.on_down)

    def start(self, on_arrival: Callable[[Arrival], None], on_code: Callable[[CodeDialled], None]) -> None:
        """Take calls from now on."""
        for switch in self.switches.values():
            switch.on_arrival = on_arrival
            switch.on_code = on_code
            switch.start()

    async def send_on(self) -> int:
        """See :meth:`AriSwitch.send_on`; all at once. An asyncio coroutine."""
        return sum(await asyncio.gather(*(switch.send_on() for switch in self.switches.values())))

    async def hold(self, seconds: float) -> None:
        """See :meth:`AriSwitch.hold`; all at once, as the others."""
        await asyncio.gather(*(switch.hold(seconds) for switch in self.switches.values()))

    async def at_rest(self, seconds: float) -> None:
        """See :meth:`AriSwitch.at_rest`."""
        await asyncio.gather(*(switch.at_rest(seconds) for switch in self.switches.values()))

    async def let_go(self) -> None:
        """See :meth:`AriSwitch.let_go`."""
        await asyncio.gather(*(switch.let_go() for switch in self.switches.values()))

    async def taken_over(self, seconds: float) -> None:
        """See :meth:`AriSwitch.taken_over`."""
        await asyncio.gather(*(switch.taken_over(seconds) for switch in self.switches.values()))

    async def stop(self) -> None:
        """See :meth:`AriSwitch.stop`. An asyncio coroutine."""
        await asyncio.gather(*(switch.stop() for switch in self.switches.values()))

    def _down(self, switch: AriSwitch, tell: Callable[[str], None], reason: str) -> None:
        tell(reason)
        if len(self.switches) == 1:
            switch.lose_phones()
        else:
            self._reactor.callLater(AWAY_SECONDS, partial(self._still_away, switch))

    def _still_away(self, switch: AriSwitch) -> None:
        if not switch.connected:
            switch.lose_phones()

    def met(self, pbx: str) -> bool:
        """Note that a PBX's link stands; tell whether all PBXs have been asked by now what they have."""
        self._unmet.discard(pbx)
        return not self._unmet

    def why_not(self) -> dict[str, str]:
        """Give by PBX why it cannot be talked to; empty where it can."""
        return {name: switch.why_not for name, switch in self.switches.items()}

    def _of(self, name: str) -> AriSwitch:
        return self.switches.get(pbx_of(name), self._first)

    # --- legs

    def dial(self, dial: Dial, owner: Callable[[LegEvent], None]) -> AriLeg:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        if dial.home:
            self._rings_elsewhere(dial.home, dial.channel)
        return self._of(dial.leg).dial(dial, owner)

    def _rings_elsewhere(self, phone: str, channel: str) -> None:
        pbx, endpoint = apart(phone)
        home = self.switches.get(pbx)
        if home is not None:
            self._elsewhere[channel] = home
            home.rung_from_elsewhere(endpoint, channel)

    def _gone(self, channel: str) -> None:
        home = self._elsewhere.pop(channel, None)
        if home is not None:
            self._reactor.callLater(GONE_SECONDS, partial(home.left_by_elsewhere, channel))

    def begin_again(self, before: Before) -> None:
        """See :meth:`AriSwitch.begin_again`; ``callers`` are of all PBXs, as `ivrcore.model.pbx.at` says."""
        for name, switch in self.switches.items():
            own = {channel for pbx, channel in map(apart, before.callers) if pbx == name}
            switch.begin_again(replace(before, callers=frozenset(own)))

    def adopt(self, known: Remembered, owner: Callable[[LegEvent], None]) -> AriLeg:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        if known.home:
            self._rings_elsewhere(known.home, known.channel)
        return self._of(known.leg).adopt(known, owner)

    def adopt_bridge(self, bridge: str, legs: Sequence[Leg]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self._of(bridge).adopt_bridge(bridge, legs)

    def join(self, bridge: str, legs: Sequence[Leg]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self._of(bridge).join(bridge, legs)

    def part(self, bridge: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self._of(bridge).part(bridge)

    def watch_devices(self, endpoints: Iterable[str], on_change: Callable[[str, Device], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`; those of a PBX that is not there are never told of."""
        phones = [apart(phone) for phone in endpoints]
        for name, switch in self.switches.items():
            own = tuple(endpoint for pbx, endpoint in phones if pbx == name)
            switch.watch_devices(own, partial(_changed, on_change, name))

    def fetch_recording(self, recording: str, done: Callable[[Fetched], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self._of(recording).fetch_recording(recording, done)

    def erase_recording(self, recording: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self._of(recording).erase_recording(recording)


def _changed(tell: Callable[[str, Device], None], pbx: str, endpoint: str, device: Device) -> None:
    tell(at(pbx, endpoint), device)
