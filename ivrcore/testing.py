"""Public test doubles: a switch and legs in memory, driven by a clock that the test advances.

They keep the promises of :mod:`ivrcore.telephony.leg` that the real drivers keep (the contract tests run on
both), so a scenario needs no Asterisk and no real time. Nothing is reported from within a call of `send`,
`dial` or `join`: events arrive when the clock is advanced, `clock.advance(0)` for those that take no time.
Recorded playbacks end after their duration; phones behave as scripted. Must not know of sessions or routing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.errors import RequestFailed
from ivrcore.model.names import Device
from ivrcore.telephony.leg import (
    Arrival,
    Capability,
    CodeDialled,
    Command,
    Dial,
    Fetched,
    Leg,
    LegEvent,
    Remembered,
    Unfetched,
)
from ivrcore.testing_leg import NEVER_ANSWERS, UNREACHABLE, FakeLeg, Phone, Time, Timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["NEVER_ANSWERS", "UNREACHABLE", "FakeLeg", "FakeSwitch", "Phone", "Time", "Timer"]


class FakeSwitch:
    """A driver in memory with scripted phones.

    `clock` is Twisted's `task.Clock` (or the reactor). Set `phones[endpoint]`, `durations[media]` (seconds;
    `duration` for others), `missing` media, `refuse[(leg id, command type)] = (code, status)` (once each).
    """

    def __init__(self, clock: Time, *, on_arrival: Callable[[Arrival], None] | None = None) -> None:
        self.clock = clock
        self.utc: Callable[[], float] = clock.seconds
        """What tells UTC seconds, for `Ended.since`."""
        self.lost_at: float | None = None
        """When the link was lost that is away (UTC seconds)."""
        self.on_arrival = on_arrival or (lambda _: None)
        self.on_code: Callable[[CodeDialled], None] = lambda _: None
        self.on_up: Callable[[float, str], None] = lambda _away, _peer: None
        self.on_down: Callable[[str], None] = lambda _reason: None
        self.capabilities = frozenset(Capability)
        self.phones: dict[str, Phone] = {}
        self.durations: dict[str, float] = {}
        self.duration = 1.0
        self.missing: set[str] = set()
        self.refuse: dict[tuple[str, type[Command]], tuple[str, int]] = {}
        self.audio_fails = False
        self.joins_fail = False
        self.fetches_fail = False
        self.commands: list[tuple[str, Command]] = []
        """(leg id, command) in the order sent, over all legs."""
        self.dials: list[Dial] = []
        self.recordings: dict[str, bytes] = {}
        """What was recorded and not erased, as wavs."""
        self.fetch_seconds = 0.0
        """How long it takes to give one."""
        self.legs: dict[str, FakeLeg] = {}
        """Legs that live, by id."""
        self.bridges: dict[str, list[FakeLeg]] = {}
        """Bridges that exist, with the legs in each."""
        self.away_since: float | None = None
        self.devices: dict[str, Device] = {}
        """What phones are doing beside our legs, as last set; `IDLE` for others."""
        self._watched: tuple[str, ...] = ()
        self._told: dict[str, Device] = {}
        self._on_device: Callable[[str, Device], None] = lambda _endpoint, _device: None
        self.lives = 1
        """How many servers there have been."""
        self.orphans: dict[str, FakeLeg] = {}
        """Legs that a server left that died, and the next one did not adopt, by id."""
        self._calls = 0
        self._all: list[FakeLeg] = []

    @property
    def connected(self) -> bool:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        return self.away_since is None

    def call(
        self,
        number: str,
        *,
        caller_number: str = "",
        caller_name: str = "",
        contact: str = "",
        channel: str = "",
    ) -> FakeLeg:
        """A caller dials `number`; reported at once, with nothing done to the leg yet."""
        self._calls += 1
        contact = contact or f"c{self._calls}"
        channel = channel or f"{contact}-channel"
        leg = FakeLeg(self, f"{contact}.l1", channel, dialled=False, owner=lambda _: None)
        self._keep(leg)
        self.on_arrival(Arrival(leg, contact, number, caller_number, caller_name))
        return leg

    def dial_code(self, endpoint: str, code: str) -> FakeLeg:
        """A phone dials a code for agents; reported at once, with nothing done to the leg yet."""
        self._calls += 1
        name = f"code{self._calls}"
        leg = FakeLeg(self, f"{name}.l1", f"{name}-channel", dialled=False, owner=lambda _: None)
        self._keep(leg)
        self.on_code(CodeDialled(leg, code, endpoint))
        return leg

    def dial(self, dial: Dial, owner: Callable[[LegEvent], None]) -> FakeLeg:
        """See :class:`ivrcore.telephony.leg.Switch`; the phone is `phones[dial.endpoint]`."""
        leg = FakeLeg(self, dial.leg, dial.channel, dialled=True, owner=owner)
        self.dials.append(dial)
        self._keep(leg)
        leg.follow(self.phones.get(dial.endpoint, NEVER_ANSWERS), dial)
        return leg

    def die(self) -> None:
        """The server dies: calls go on, nobody is told, and what was not asked for yet never is.

        `come_back` is the moment at which the next one has looked at what there is.
        """
        self.away_since = self.clock.seconds()
        self.lives += 1
        self.orphans = dict(self.legs)
        for leg in self._all:
            leg.die()

    def adopt(self, known: Remembered, owner: Callable[[LegEvent], None]) -> FakeLeg:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self.orphans.pop(known.leg, None)
        leg = self.legs.get(known.leg)
        if leg is None:
            leg = FakeLeg(self, known.leg, known.channel, dialled=known.dialled, owner=owner)
            leg.ended = True
        self._all = [one for one in self._all if one is not leg]
        self._all.append(leg)  # what became of them is told in the order in which they were asked for
        leg.remember(known, owner)
        return leg

    def adopt_bridge(self, bridge: str, legs: Sequence[Leg]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`; bridges stay as they are."""

    def _keep(self, leg: FakeLeg) -> None:
        self.legs[leg.id] = leg
        self._all = [one for one in self._all if not one.settled]
        self._all.append(leg)

    def join(self, bridge: str, legs: Sequence[Leg]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self.clock.callLater(0, lambda: self._join(bridge, legs))

    def _join(self, bridge: str, legs: Sequence[Leg]) -> None:
        mine = [leg for leg in legs if isinstance(leg, FakeLeg) and not leg.ended]
        if self.joins_fail:
            for leg in mine:
                leg.fail(RequestFailed.code, 500)
            return
        if mine:
            self.bridges[bridge] = mine
        for leg in list(mine):
            leg.enter(bridge)

    def part(self, bridge: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        for leg in self.bridges.pop(bridge, []):
            leg.bridge = None

    def watch_devices(self, endpoints: Iterable[str], on_change: Callable[[str, Device], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self._watched, self._on_device = tuple(endpoints), on_change
        self._told.clear()
        self.clock.callLater(0, self._tell_devices)

    def device(self, endpoint: str, device: Device) -> None:
        """A phone does something else from now on."""
        self.devices[endpoint] = device
        self.clock.callLater(0, self._tell_devices)

    def _tell_devices(self) -> None:
        if not self.connected:
            return
        for endpoint in self._watched:
            device = self.devices.get(endpoint, Device.IDLE)
            if self._told.get(endpoint) is not device:
                self._told[endpoint] = device
                self._on_device(endpoint, device)

    def fetch_recording(self, recording: str, done: Callable[[Fetched], None]) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        life = self.lives

        def fetched() -> None:
            if life == self.lives:  # nobody tells one that is dead
                found = self.recordings.get(recording, Unfetched.GONE)
                done(Unfetched.NOT_NOW if self.fetches_fail else found)

        self.clock.callLater(self.fetch_seconds, fetched)

    def erase_recording(self, recording: str) -> None:
        """See :class:`ivrcore.telephony.leg.Switch`."""
        self.recordings.pop(recording, None)

    def forget(self, leg: FakeLeg) -> None:
        """A leg ended: out of the lists, and its bridge too if it was the last in it."""
        self.legs.pop(leg.id, None)
        for bridge, legs in list(self.bridges.items()):
            if leg in legs:
                legs.remove(leg)
                if not legs:
                    del self.bridges[bridge]

    def go_away(self, reason: str = "the test cut it") -> None:
        """Cut the link: calls go on, nothing is reported, commands wait."""
        self.away_since, self.lost_at = self.clock.seconds(), self.utc()
        self.on_down(reason)

    def come_back(self) -> None:
        """Restore the link: what happened meanwhile is reported as inferred, then commands go on."""
        assert self.away_since is not None, "the link was not away"
        away = self.clock.seconds() - self.away_since
        self.away_since = self.lost_at = None
        self.on_up(away, "fake")
        for leg in list(self._all):
            leg.release()
        self._tell_devices()
