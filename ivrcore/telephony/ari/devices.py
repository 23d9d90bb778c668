"""What the agents' phones are doing beside our own legs: in a private call, not registered, or idle.

Asterisk says that something changed at a device, not what: so the endpoint itself is looked at, which lists
its channels. Every channel that we did not dial is a call of the phone's own. The end of a leg of ours may
change nothing in the device's state (another call goes on), so the endpoint is looked at then too.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

from ivrcore.errors import RequestFailed, RequestTimeout, TelephonyError
from ivrcore.model.names import Device
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.server import AriServer
from ivrcore.telephony.endpoints import endpoint_name

log = logging.getLogger(__name__)

AT_ONCE = 50
"""How many devices one request subscribes to, and how many endpoints are asked for before their answers."""


def device_of(endpoint: wire.Endpoint, ours: Collection[str]) -> Device:
    """Tell what a phone is doing; ``ours`` are the channels that we dialled, of which some may be ending."""
    if any(channel not in ours for channel in endpoint.channel_ids):
        return Device.BUSY
    return {"online": Device.IDLE, "offline": Device.UNREACHABLE}.get(endpoint.state, Device.UNKNOWN)


class Devices:
    """Watches phones and tells ``(endpoint as dialled, device)`` at every change."""

    def __init__(self, server: AriServer) -> None:
        self._server = server
        self._watched: dict[str, list[str]] = {}
        """Endpoint -> how it is dialled."""
        self._told: dict[str, Device] = {}
        self._on_change: Callable[[str, Device], None] = lambda _endpoint, _device: None
        self._live: dict[str, str] = {}
        """Channel of each leg that we dialled and that has not ended -> its endpoint."""
        self._legs_at: Counter[str] = Counter()
        """How many of them an endpoint has."""
        self._ending: dict[str, set[str]] = {}
        """Endpoint -> channels of ours that ended and that Asterisk may list for a moment more."""
        self._due: dict[str, None] = {}
        self._looking: asyncio.Task[Any] | None = None
        self._beginning: asyncio.Task[Any] | None = None

    def watch(self, dialled: Iterable[str], on_change: Callable[[str, Device], None]) -> None:
        """Watch these phones instead of those before; what is known of one is told again."""
        self._on_change = on_change
        self._watched = {}
        for one in dialled:
            if name := endpoint_name(one):
                self._watched.setdefault(name, []).append(one)
        self._told.clear()
        if self._server.connected:
            self.begin()

    # --- what the driver tells ------------------------------------------------------------------

    def begin(self) -> None:
        """The link is open: subscribe and look at every phone, as soon as requests may be made."""
        if self._beginning is not None:
            self._beginning.cancel()
        if self._watched:
            self._beginning = self._server.tasks.start(self._begin(list(self._watched)), "devices")

    def lost(self) -> None:
        """The link has been away for long: nobody is offered to a phone before it was looked at again."""
        for name in self._watched:
            self._tell(name, Device.UNREACHABLE)

    def dialled(self, dialled: str, channel: str) -> None:
        """A leg of ours is about to ring a phone; those of an earlier life are told before any is watched."""
        name = endpoint_name(dialled)
        if name:
            self._live[channel] = name
            self._legs_at[name] += 1

    def ended(self, channel: str) -> None:
        """A leg is gone: whether the phone is in another call is to be seen."""
        name = self._live.pop(channel, None)
        if name is not None:
            self._legs_at[name] -= 1
            if name in self._watched:
                self._ending.setdefault(name, set()).add(channel)
                self._look_at(name)

    def changed(self, name: str) -> None:
        """Asterisk says that something changed at a device. While a leg of ours is there, that is ours."""
        if name in self._watched and not self._legs_at[name]:
            self._look_at(name)

    # --- looking --------------------------------------------------------------------------------

    async def _begin(self, names: list[str]) -> None:
        for first in range(0, len(names), AT_ONCE):
            some = names[first : first + AT_ONCE]
            subscription = requests.subscribe(self._server.config.app, [f"deviceState:{one}" for one in some])
            try:
                await self._server.insist(subscription)
            except TelephonyError as error:
                log.warning("calls that agents make themselves are not seen: %s", error)
                for name in names:
                    self._tell(name, Device.UNKNOWN)
                return
            for name in some:
                self._look_at(name)

    def _look_at(self, name: str) -> None:
        self._due[name] = None
        if self._looking is None or self._looking.done():
            self._looking = self._server.tasks.start(self._look(), "look at phones")

    async def _look(self) -> None:
        while self._due:
            some = list(self._due)[:AT_ONCE]
            for name in some:
                del self._due[name]
            await asyncio.gather(*(self._look_once(name) for name in some))

    async def _look_once(self, name: str) -> None:
        try:
            found = wire.read(await self._server.insist(requests.endpoint(name)), wire.Endpoint)
        except RequestTimeout:
            self._due[name] = None  # its time has passed already: ask again
            return
        except RequestFailed as error:
            absent = error.status == 404
            if absent and self._told.get(name) is not Device.UNREACHABLE:
                log.warning("Asterisk has no phone %s; small and capital letters of a name differ", name)
            self._tell(name, Device.UNREACHABLE if absent else Device.UNKNOWN)
            return
        except TelephonyError as error:
            log.warning("what %s is doing cannot be seen: %s", name, error)
            self._tell(name, Device.UNKNOWN)
            return
        ending = self._ending.pop(name, set()) & set(found.channel_ids)
        if ending:
            self._ending[name] = ending
        self._tell(name, device_of(found, ending | self._live.keys()))

    def _tell(self, name: str, device: Device) -> None:
        if name not in self._watched or self._told.get(name) is device:
            return
        self._told[name] = device
        for dialled in self._watched[name]:
            self._on_change(dialled, device)
