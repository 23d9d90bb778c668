"""After the link came back: compare what we believe with Asterisk's own lists.

Missed events are not sent again, so what happened meanwhile is inferred: Asterisk's truth wins on what
exists and in which state, ours on what it is for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from ivrcore.errors import RequestFailed
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.leg import AriLeg
from ivrcore.telephony.ari.server import AriServer


class Application(msgspec.Struct):
    """What an application is subscribed to: the channels that are in it."""

    channel_ids: list[str] = []


@dataclass(frozen=True)
class Snapshot:
    """What Asterisk has."""

    channels: dict[str, wire.Channel]
    bridges: dict[str, wire.Bridge]
    ours: frozenset[str]
    """Ids of the channels in our application."""
    playing: frozenset[str]
    """Playbacks that we asked for and that go on."""


async def look(server: AriServer, legs: Collection[AriLeg]) -> Snapshot:
    """Ask for all lists; raises a :class:`ivrcore.errors.TelephonyError`."""
    channels = wire.read(await server.request(requests.channels()), list[wire.Channel])
    bridges = wire.read(await server.request(requests.bridges()), list[wire.Bridge])
    body = await server.request(requests.application(server.config.app))
    asked = [leg.player.playing.play.playback for leg in legs if leg.player.playing]
    return Snapshot(
        channels={channel.id: channel for channel in channels},
        bridges={bridge.id: bridge for bridge in bridges},
        ours=frozenset(wire.read(body, Application).channel_ids),
        playing=frozenset([name for name in asked if await _plays(server, name)]),
    )


async def _plays(server: AriServer, playback: str) -> bool:
    try:
        await server.request(requests.playback(playback))
    except RequestFailed as error:
        if error.status == 404:
            return False
        raise
    return True


def compare(leg: AriLeg, snapshot: Snapshot, since: float | None) -> None:
    """Report what a leg missed. ``since`` is when the link went away (UTC seconds)."""
    if not (leg.exists.done() and leg.exists.result()):
        return  # still being made: whoever makes it asks
    channel = snapshot.channels.get(leg.channel)
    if channel is None:
        leg.finish(since=since)
        return
    leg.compare(channel)
    playing = leg.player.playing
    if playing is not None and playing.play.playback not in snapshot.playing:
        leg.player.missing()
