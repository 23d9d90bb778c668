"""The ARI driver as the rest of ivrcore uses it: arrivals, dialling, joining; start and stop.

Gives each event of Asterisk to the leg it is about. Owns every leg, bridge and part that the driver made.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from ivrcore.model.names import Cause, Device
from ivrcore.model.pbx import at, contact_of
from ivrcore.telephony import variables
from ivrcore.telephony.ari import missed_holds, reconcile, requests, wire
from ivrcore.telephony.ari.adopted import AdoptedLeg, Before
from ivrcore.telephony.ari.bridge import Bridges
from ivrcore.telephony.ari.config import AriConfig
from ivrcore.telephony.ari.devices import Devices
from ivrcore.telephony.ari.dialling import dial_out
from ivrcore.telephony.ari.leaving import send_on
from ivrcore.telephony.ari.leg import AriLeg
from ivrcore.telephony.ari.orphans import Orphans
from ivrcore.telephony.ari.recorder import fetch
from ivrcore.telephony.ari.server import WHY_NOT, AriServer, State
from ivrcore.telephony.ari.tasks import Busy
from ivrcore.telephony.endpoints import endpoint_of
from ivrcore.telephony.leg import Arrival, CodeDialled, Dial, Fetched, HangUp, Leg, LegEvent, Remembered

log = logging.getLogger(__name__)

REFER_SECONDS = 1.0
"""How long a phone that sent its conversation on has for hanging up by itself."""
LEAVE_SECONDS = 2.5
"""How long a stop may take to send callers away."""


def _nobody(*_: object) -> None:
    pass


def _who_dialled(channel: wire.Channel, sent: Sequence[str]) -> str:
    """Give the phone that dialled a code itself, "" where another one transferred its call there."""
    endpoint = endpoint_of(channel.name)
    if not sent or sent[0] == variables.NOT_SENT:  # files of an earlier release do not say it
        return endpoint
    log.warning("a call of %s was sent to a code of agents by another phone: it is refused", endpoint)
    return ""


class AriSwitch:
    """See :class:`ivrcore.telephony.leg.Switch`. ``reactor`` is Twisted's, running on asyncio.

    Set the callbacks before :meth:`start`: `on_arrival(Arrival)` for a new caller (own its leg at once);
    `on_code(CodeDialled)` for a phone that dialled a code (the same);
    `on_up(away_seconds, peer)` when the link stands, before anything that was missed is reported;
    `on_down(reason)` once per loss; `on_orphan(what, id, action)` for what nobody owned; `on_gone(channel)`
    for every leg's end. ``utc`` gives UTC seconds (for `Ended.since`), ``chance`` the jitter of reconnecting.
    """

    def __init__(
        self,
        config: AriConfig,
        reactor: Any,
        *,
        chance: random.Random | None = None,
        utc: Callable[[], float] = time.time,
    ) -> None:
        self.on_arrival: Callable[[Arrival], None] = _nobody
        self.on_code: Callable[[CodeDialled], None] = _nobody
        self.on_up: Callable[[float, str], None] = _nobody
        self.on_down: Callable[[str], None] = _nobody
        self.on_orphan: Callable[[str, str, str], None] = _nobody
        self.on_gone: Callable[[str], None] = _nobody
        self.pbx = config.pbx
        self._legs: dict[str, AriLeg] = {}
        self._codes: set[str] = set()
        """Channels of phones that dialled a code: agents, not callers."""
        self._dialling = Busy()
        """Phones that are being made, and do not ring yet."""
        self._held: list[wire.Event] | None = None
        """What is told until Asterisk was asked: who was not found yet is not to hear of a key."""
        self._leaving = False
        self._before = Before()
        """What an earlier life of the server left; until Asterisk was asked."""
        self._started_at = 0.0
        self._server = AriServer(
            config,
            reactor,
            on_event=self._take,
            on_opening=self._hold,
            on_open=self._reconcile,
            on_down=lambda reason: self._tell(self.on_down, reason),
            chance=chance or random.Random(),  # noqa: S311  # jitter, no secret
            utc=utc,
        )
        self._bridges = Bridges(self._server)
        self._devices = Devices(self._server)
        self._orphans = Orphans(
            self._server, self._known, lambda *orphan: self._tell(self.on_orphan, *orphan)
        )

    @property
    def connected(self) -> bool:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        return self._server.connected

    @property
    def state(self) -> State:
        """How the connection stands."""
        return self._server.state

    @property
    def why_not(self) -> str:
        """Why there is no link, without an address or a name; empty where there is one."""
        return "" if self.connected else WHY_NOT.get(self._server.state, "being looked over")

    @property
    def server(self) -> AriServer:
        """The connection, for its state and counts."""
        return self._server

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._started_at = self._server.utc()
        self._server.start()

    async def send_on(self) -> int:
        """Send every caller who is in no conversation to Asterisk's fallback, before :meth:`stop`.

        Phones that ring for them are hung up. Takes `LEAVE_SECONDS` at most and gives how many callers went;
        without a link nobody does, and the next start finds them. An asyncio coroutine.
        """
        if not self.connected:
            return 0
        self._bridges.part_unfinished()
        for leg in [leg for leg in self._legs.values() if leg.channel in self._codes]:
            leg.send(HangUp(Cause.NORMAL))
        went = 0
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                # again for those who came meanwhile
                while legs := [leg for leg in self._legs.values() if not self._stays(leg)]:
                    went += await send_on(self._server, legs)
        except TimeoutError:
            log.warning("some callers may be left to the next start")
        return went

    def _stays(self, leg: AriLeg) -> bool:
        """Whether nobody is to send it on: it talks, or is no caller's."""
        return leg.channel in self._codes or self._bridges.talking(leg)

    async def stop(self) -> None:
        """Let go of Asterisk: streams are undone, calls go on there. An asyncio coroutine."""
        for leg in list(self._legs.values()):
            leg.close_audio()
        await self._server.stop()

    async def hold(self, seconds: float) -> None:
        """Take no event any more: another process is to have our calls, and will see what became of them.

        Begins as soon as no phone is being made, which could not be taken over, in ``seconds`` at the latest.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.sleep(0)  # what was asked for in this turn of the loop has begun then
                await self._dialling.rest()
        self._leaving = True

    async def at_rest(self, seconds: float) -> None:
        """Wait until Asterisk has answered all that was asked, for so long at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.sleep(0)  # what was asked for in this turn of the loop has begun then
                await self._dialling.rest()
                await self._server.asking.rest()

    async def let_go(self) -> None:
        """After :meth:`hold`: begin nothing any more. The link stays, for callers who come meanwhile."""
        await self._server.let_go()
        for leg in list(self._legs.values()):
            leg.close_audio()

    async def taken_over(self, seconds: float) -> None:
        """Wait, so long at most, until another process has our link."""
        await self._server.taken_over(seconds)

    def owned(self) -> frozenset[str]:
        """Ids of all channels and bridges in Asterisk that are ours to end."""
        return frozenset(self._legs) | frozenset(self._server.owned)

    def dial(self, dial: Dial, owner: Callable[[LegEvent], None]) -> AriLeg:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        leg = AriLeg(self._server, dial.leg, dial.channel, dialled=True, owner=owner, forget=self._forget)
        self._legs[dial.channel] = leg
        self._devices.dialled(dial.endpoint, dial.channel)
        self._server.tasks.start(dial_out(self._server, dial, leg, self._dialling), f"dial {dial.leg}")
        return leg

    def lose_phones(self) -> None:
        """Tell of every phone that it cannot be reached, until the link is back and says otherwise."""
        self._devices.lost()

    def rung_from_elsewhere(self, endpoint: str, channel: str) -> None:
        """Know that a leg of ours at another PBX rings this phone by a trunk: its call is no private one."""
        self._devices.dialled(endpoint, channel)

    def left_by_elsewhere(self, channel: str) -> None:
        """Such a leg is gone."""
        self._devices.ended(channel)

    def begin_again(self, before: Before) -> None:
        """Say what is known of an earlier life of the server; before :meth:`start`."""
        self._before = before

    def adopt(self, known: Remembered, owner: Callable[[LegEvent], None]) -> AriLeg:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        leg = AdoptedLeg(self._server, known, self._before.life, owner=owner, forget=self._forget)
        self._legs[known.channel] = leg
        if known.dialled:
            self._devices.dialled(known.endpoint, known.channel)
        return leg

    def adopt_bridge(self, bridge: str, legs: Sequence[Leg]) -> None:
        """Know the bridge in which an earlier life joined these legs, or was about to."""
        self._bridges.adopt(bridge, [leg for leg in legs if isinstance(leg, AriLeg)])

    def join(self, bridge: str, legs: Sequence[Leg]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        mine = [leg for leg in legs if isinstance(leg, AriLeg) and not leg.ended]
        if mine:
            self._bridges.join(bridge, mine)

    def part(self, bridge: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self._bridges.part(bridge)

    def fetch_recording(self, recording: str, done: Callable[[Fetched], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""

        async def work() -> None:
            self._tell(done, await fetch(self._server, recording))

        self._server.tasks.start(work(), f"fetch {recording}")

    def erase_recording(self, recording: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        erasing = self._server.undo(requests.erase_recording(recording), recording)
        self._server.cleaning.start(erasing, f"erase {recording}")

    def watch_devices(self, endpoints: Iterable[str], on_change: Callable[[str, Device], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self._devices.watch(endpoints, lambda *news: self._tell(on_change, *news))

    def _known(self, name: str) -> bool:
        return name in self._legs or name in self._server.owned

    def _forget(self, leg: AriLeg) -> None:
        self._legs.pop(leg.channel, None)
        self._codes.discard(leg.channel)
        self._bridges.forget(leg)
        self._devices.ended(leg.channel)
        self._tell(self.on_gone, leg.channel)

    def _tell(self, callback: Callable[..., None], *news: object) -> None:
        try:
            callback(*news)
        except Exception:  # a fault in one callback must not end the link of all calls
            log.exception("a callback of the ARI driver raised")

    # --- events

    def _take(self, event: wire.Event) -> None:
        if self._leaving:
            if isinstance(event, wire.StasisStart):
                self._server.entered(event.channel.id)  # a phone that is being made after all
            return
        if self._held is not None:
            self._held.append(event)
            return
        match event:
            case wire.StasisStart(channel, replace_channel=wire.Channel(replaced)) if replaced in self._legs:
                self._replaced(self._legs[replaced], channel.id)
            case wire.StasisStart(channel, arguments):
                self._started(channel, arguments)
            case wire.BadStart(channel, arguments):
                if not self._awaited(channel):
                    self._orphans.came(channel, arguments)
            case wire.PlaybackFinished(playback):
                self._playback_finished(playback)
            case wire.RecordingFinished(recording) | wire.RecordingFailed(recording):
                leg = self._legs.get(recording.target_uri.removeprefix("channel:"))
                if leg is not None:
                    leg.recorder.finished(recording, failed=isinstance(event, wire.RecordingFailed))
            case wire.ChannelEnteredBridge(bridge, wire.Channel() as channel):
                self._bridges.entered(bridge.id, channel.id)
            case wire.ChannelLeftBridge(bridge, wire.Channel() as channel):
                self._bridges.left(bridge.id, channel.id)
                self._about_channel(event)
            case wire.DeviceStateChanged(device):
                self._devices.changed(device.name)
            case _:
                self._about_channel(event)

    def _about_channel(self, event: wire.Event) -> None:
        channel = event.peer if isinstance(event, wire.Dial) else getattr(event, "channel", None)
        if channel is None:
            return
        leg = self._legs.get(channel.id)
        if leg is not None:
            leg.take(event)
        elif isinstance(event, wire.StasisEnd | wire.ChannelLeftBridge | wire.ChannelDestroyed):
            self._server.left(channel.id)
            self._orphans.left(channel.id)

    def _awaited(self, channel: wire.Channel) -> bool:
        """Whether a channel that came into our application is one that we know of."""
        return self._server.entered(channel.id) or self._known(channel.id)

    def _started(self, channel: wire.Channel, arguments: list[str]) -> None:
        if self._awaited(channel):
            return
        contact = contact_of(channel.id, self.pbx)
        match arguments:
            case [variables.ARGUMENT_INBOUND, number, *more]:
                leg, caller = self._came(channel, contact), channel.caller
                sent = variables.ARGUMENT_SENT in more
                arrival = Arrival(leg, contact, number, caller.number, caller.name, sent_here=sent)
                self._tell(self.on_arrival, arrival)
            case [variables.ARGUMENT_CODE, code, *sent]:
                leg = self._came(channel, contact)
                self._codes.add(channel.id)
                phone = _who_dialled(channel, sent)
                self._tell(self.on_code, CodeDialled(leg, code, phone and at(self.pbx, phone)))
            case _:
                self._orphans.came(channel, arguments)

    def _came(self, channel: wire.Channel, contact: str) -> AriLeg:
        leg = AriLeg(
            self._server, f"{contact}.l1", channel.id, dialled=False, owner=_nobody, forget=self._forget
        )
        leg.exists.set_result(True)
        leg.answered = channel.state == "Up"
        self._legs[channel.id] = leg
        return leg

    def _replaced(self, leg: AriLeg, channel: str) -> None:
        """A phone sent its conversation on (REFER), so Asterisk put another channel into its place.

        The leg is that channel from now on; the phone's own is not needed any more.
        """
        phone = leg.channel
        del self._legs[phone]
        self._legs[channel] = leg
        self._codes.discard(phone)  # who was sent there is a caller, and no agent's phone
        self._devices.ended(phone)
        self._tell(self.on_gone, phone)
        self._bridges.replaced(leg, channel)
        self._server.owned.add(phone)
        self._server.cleaning.start(self._let_go(phone), f"end of {phone}")
        leg.sent_on(channel)

    async def _let_go(self, phone: str) -> None:
        """End a phone that sent its conversation on; most hang up by themselves when told of success."""
        await asyncio.sleep(REFER_SECONDS)
        await self._server.undo(requests.hang_up(phone, Cause.NORMAL), phone)

    def _playback_finished(self, playback: wire.Playback) -> None:
        leg = self._legs.get(playback.target_uri.removeprefix("channel:"))
        if leg is not None:
            leg.playback_finished(playback)

    # --- after the link was opened

    def _hold(self) -> None:
        self._held = []

    async def _reconcile(self, away: float, peer: str) -> None:
        snapshot = await reconcile.look(self._server, list(self._legs.values()))
        self._tell(self.on_up, away, peer)
        before, self._before = self._before, Before()
        self._bridges.find(snapshot.bridges)
        for leg in list(self._legs.values()):
            if isinstance(leg, AdoptedLeg) and not leg.found:
                leg.look(snapshot)
            else:
                reconcile.compare(leg, snapshot, self._server.lost_at, restarted=self._server.restarted)
        self._bridges.compare(snapshot.bridges)
        self._server.compare(snapshot.channels)
        held, self._held = self._held, None
        for event in held or ():
            self._take(event)
        missed_holds.look(self._server, list(self._legs.values()), snapshot)
        self._greet_missed(snapshot, before)
        self._orphans.find(snapshot)
        self._devices.begin()

    def _greet_missed(self, snapshot: reconcile.Snapshot, before: Before) -> None:
        """Take those who came while we could not hear of it; other callers of earlier lives are orphans."""
        now = self._server.utc()
        since = 0.0 if before.life else self._started_at

        def known(channel: str) -> bool:
            return self._known(channel) or channel in before.callers

        for channel, arguments in reconcile.missed_arrivals(snapshot, known, since, now):
            self._started(channel, arguments)
