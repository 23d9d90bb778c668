"""Channels and bridges of our application that nobody owns: left by an earlier life of the server.

Callers alone go to the fallback, those who talk are left in peace until one of them leaves, the rest is
ended. A grace time lets what is only just arriving find its owner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ivrcore.errors import RequestFailed, TelephonyError
from ivrcore.telephony import variables
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.reconcile import Snapshot, stasis_arguments
from ivrcore.telephony.ari.server import AriServer

log = logging.getLogger(__name__)

GRACE_SECONDS = 1.0
OUR_BRIDGES = "c-"
"""What the ids of all our bridges begin with: the contact's id."""

PARTS = ("Snoop/", "WebSocket/", "UnicastRTP/")
"""Names of channels that serve a leg and are none."""


class Orphans:
    """Finds them, ends them, reports each: ``(what, id, action)``."""

    def __init__(
        self, server: AriServer, known: Callable[[str], bool], report: Callable[[str, str, str], None]
    ) -> None:
        self._server = server
        self._known = known
        self._report = report
        self._talks: dict[str, str] = {}
        """Bridge of each channel that is left in peace."""

    def find(self, snapshot: Snapshot) -> None:
        """Deal with what this snapshot has and nobody knows."""
        strangers = {
            name: channel
            for name, channel in snapshot.channels.items()
            if name in snapshot.ours and not self._known(name)
        }
        bridges = [
            bridge
            for bridge in snapshot.bridges.values()
            if not self._known(bridge.id)
            and (any(name in strangers for name in bridge.channels) or _empty_of_ours(bridge))
        ]
        if strangers or bridges:
            self._server.cleaning.start(self._settle(strangers, bridges), "orphans")

    def came(self, channel: wire.Channel, arguments: list[str]) -> None:
        """Deal with a channel that has just come and cannot become anybody's leg.

        It is a caller of whom Asterisk told nothing that can be used, or something of ours that was made
        after we had given it up.
        """
        match arguments:
            case [variables.ARGUMENT_PART, *_]:
                pass  # its stream was given up: being undone
            case [variables.ARGUMENT_DIALLED, *_]:
                self._server.cleaning.start(self._end(channel.id), f"orphan {channel.id}")
            case _:
                self._server.cleaning.start(self._send_away(channel.id), f"orphan {channel.id}")

    def left(self, channel: str) -> None:
        """A channel is gone or left its bridge: whoever talked with it is hung up."""
        bridge = self._talks.pop(channel, None)
        if bridge is None:
            return
        others = [name for name, place in self._talks.items() if place == bridge]
        for other in others:
            del self._talks[other]
        self._server.cleaning.start(self._part(bridge, others), "orphans' bridge")

    async def _part(self, bridge: str, others: list[str]) -> None:
        for other in others:
            await self._end(other)
        await self._gone(requests.delete_bridge(bridge))

    async def _settle(self, strangers: dict[str, wire.Channel], bridges: list[wire.Bridge]) -> None:
        await asyncio.sleep(GRACE_SECONDS)
        talking: set[str] = set()
        for bridge in bridges:
            people = [name for name in bridge.channels if name in strangers and not _serves(strangers[name])]
            if len(people) > 1:
                talking.update(people)
                self._talks |= dict.fromkeys(people, bridge.id)
                self._report("bridge", bridge.id, "left in peace")
            elif not self._known(bridge.id) and await self._gone(requests.delete_bridge(bridge.id)):
                self._report("bridge", bridge.id, "ended")
        for name, channel in strangers.items():
            if name not in talking and not self._known(name):
                await self._settle_channel(channel)

    async def _settle_channel(self, channel: wire.Channel) -> None:
        # The arguments of Stasis() tell a caller from what we made.
        if stasis_arguments(channel)[:1] == [variables.ARGUMENT_INBOUND]:
            await self._send_away(channel.id)
        else:
            await self._end(channel.id)

    async def _send_away(self, channel: str) -> None:
        config = self._server.config
        request = requests.go_on(channel, config.fallback_context, config.fallback_extension)
        if await self._gone(request):
            self._report("channel", channel, "sent to the fallback")

    async def _end(self, channel: str) -> None:
        if await self._gone(requests.hang_up(channel, 16)):
            self._report("channel", channel, "ended")

    async def _gone(self, request: wire.Request) -> bool:
        try:
            return await self._server.done_or_gone(request)
        except RequestFailed as error:
            log.warning("an orphan stays: %s", error)
        except TelephonyError as error:
            log.warning("an orphan may stay: %s", error)
        return False


def _serves(channel: wire.Channel) -> bool:
    return channel.name.startswith(PARTS)


def _empty_of_ours(bridge: wire.Bridge) -> bool:
    return bridge.id.startswith(OUR_BRIDGES) and not bridge.channels
