"""The bridges in which we joined legs: made, filled, dissolved, and gone when their last leg is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivrcore.errors import RequestFailed, RequestTimeout, TelephonyError
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.leg import AriLeg
from ivrcore.telephony.ari.player import END_SECONDS
from ivrcore.telephony.ari.server import AriServer

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Bridge:
    id: str
    legs: dict[str, AriLeg]
    """By channel."""
    waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    """Channels being put in."""
    inside: set[str] = field(default_factory=set)
    """Channels that are in it."""
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once all have left, while it is being dissolved."""
    task: asyncio.Task[Any] | None = None


class Bridges:
    """All bridges of the driver, by id."""

    def __init__(self, server: AriServer) -> None:
        self._server = server
        self._bridges: dict[str, _Bridge] = {}
        self._leaving: dict[str, _Bridge] = {}
        """Bridges being dissolved."""

    def join(self, bridge_id: str, legs: Sequence[AriLeg]) -> None:
        """Begin to put the legs into a new bridge."""
        bridge = self._remember(bridge_id, legs)
        bridge.task = self._server.tasks.start(self._fill(bridge), f"join {bridge_id}")

    def adopt(self, bridge_id: str, legs: Sequence[AriLeg]) -> None:
        """Know a bridge of an earlier life; who is in it `find` tells, and `join` puts in who is not."""
        self._remember(bridge_id, legs)

    def _remember(self, bridge_id: str, legs: Sequence[AriLeg]) -> _Bridge:
        known = self._bridges.get(bridge_id)
        bridge = self._bridges[bridge_id] = _Bridge(bridge_id, {leg.channel: leg for leg in legs})
        bridge.inside |= known.inside & set(bridge.legs) if known else set()
        self._server.owned.add(bridge_id)
        return bridge

    def find(self, listed: Mapping[str, wire.Bridge]) -> None:
        """Take over who is in the bridges of an earlier life."""
        for bridge in self._bridges.values():
            if bridge.task is None and bridge.id in listed:
                bridge.inside |= set(listed[bridge.id].channels) & set(bridge.legs)

    def part(self, bridge_id: str) -> None:
        """Dissolve a bridge; unknown: nothing to do."""
        bridge = self._bridges.pop(bridge_id, None)
        if bridge is not None:
            self._leaving[bridge_id] = bridge
            for channel in bridge.inside & set(bridge.legs):
                # Asterisk loses a playback that is asked for as its channel leaves a bridge.
                bridge.legs[channel].free.clear()
            self._server.cleaning.start(self._dissolve(bridge), f"part {bridge_id}")

    def talking(self, leg: AriLeg) -> bool:
        """Whether a leg is in a bridge with another."""
        return any(leg.channel in one.inside and len(one.inside) > 1 for one in self._bridges.values())

    def part_unfinished(self) -> None:
        """Dissolve every bridge in which nobody talks (yet)."""
        for bridge in list(self._bridges.values()):
            if len(bridge.inside) < 2:
                self.part(bridge.id)

    def forget(self, leg: AriLeg) -> None:
        """A leg is gone; so is a bridge that has no other."""
        for bridge in [one for one in self._bridges.values() if leg.channel in one.legs]:
            del bridge.legs[leg.channel]
            bridge.inside.discard(leg.channel)
            entered = bridge.waiting.get(leg.channel)
            if entered is not None:
                entered.cancel()
            if not bridge.legs:
                self.part(bridge.id)

    def replaced(self, leg: AriLeg, channel: str) -> None:
        """Another channel takes the place of a leg's; to be told while the leg has the old one."""
        for bridge in (*self._bridges.values(), *self._leaving.values()):
            if bridge.legs.pop(leg.channel, None) is not None:
                bridge.legs[channel] = leg
                if leg.channel in bridge.inside:
                    bridge.inside.remove(leg.channel)
                    bridge.inside.add(channel)

    def entered(self, bridge_id: str, channel: str) -> None:
        """A channel is in a bridge, says Asterisk."""
        bridge = self._bridges.get(bridge_id)
        entered = bridge.waiting.get(channel) if bridge else None
        if bridge is None or entered is None or entered.done():
            return
        entered.set_result(None)
        bridge.inside.add(channel)
        bridge.legs[channel].joined(bridge_id)

    def left(self, bridge_id: str, channel: str) -> None:
        """A channel left a bridge, says Asterisk."""
        bridge = self._leaving.get(bridge_id) or self._bridges.get(bridge_id)
        if bridge is None or channel not in bridge.inside:
            return
        bridge.inside.discard(channel)
        if channel in bridge.legs:
            bridge.legs[channel].free.set()
        if not bridge.inside:
            bridge.empty.set()

    def compare(self, listed: Mapping[str, wire.Bridge]) -> None:
        """Take over what Asterisk's list says of who is in which bridge."""
        for bridge in list(self._bridges.values()):
            if bridge.id in listed:
                for channel in listed[bridge.id].channels:
                    self.entered(bridge.id, channel)

    async def _fill(self, bridge: _Bridge) -> None:
        try:
            await self._server.insist(requests.create_bridge(bridge.id))
        except TelephonyError as error:
            status = error.status if isinstance(error, RequestFailed) else 0
            if status != 409:  # 409: made by an earlier try
                for leg in list(bridge.legs.values()):
                    leg.join_failed(error.code, status)
                self.part(bridge.id)
                return
        await asyncio.gather(*(self._add(bridge, leg) for leg in list(bridge.legs.values())))

    async def _add(self, bridge: _Bridge, leg: AriLeg) -> None:
        if leg.channel in bridge.inside:  # since an earlier life
            leg.joined(bridge.id)
            return
        await leg.silence()
        async with leg.turn:
            await leg.free.wait()
            if leg.ended:
                return
            entered = bridge.waiting[leg.channel] = asyncio.get_running_loop().create_future()
            try:
                await leg.stop_music()
                await self._server.insist(requests.add_channel(bridge.id, leg.channel))
                if not await self._server.happens(entered):
                    raise RequestTimeout("the channel did not enter the bridge")  # one ladder
            except TelephonyError as error:
                if not entered.done() and not leg.ended:
                    leg.join_failed(error.code, error.status if isinstance(error, RequestFailed) else 0)
            finally:
                bridge.waiting.pop(leg.channel, None)

    async def _dissolve(self, bridge: _Bridge) -> None:
        try:
            if bridge.task is not None and not bridge.task.done():
                bridge.task.cancel()
                await asyncio.wait([bridge.task])
            await self._server.undo(requests.delete_bridge(bridge.id), bridge.id)
            if bridge.inside:
                with contextlib.suppress(TimeoutError):  # the news may have been lost with the link
                    async with asyncio.timeout(END_SECONDS):
                        await bridge.empty.wait()
        finally:
            self._leaving.pop(bridge.id, None)
            for leg in bridge.legs.values():
                leg.free.set()
