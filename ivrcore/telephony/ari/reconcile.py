"""After the link came back: compare what we believe with Asterisk's own lists.

Missed events are not sent again, so what happened meanwhile is inferred: Asterisk's truth wins on what
exists and in which state, ours on what it is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from ivrcore.errors import RequestFailed
from ivrcore.model.names import By, Cause
from ivrcore.telephony import variables
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.leg import AriLeg
from ivrcore.telephony.ari.server import AriServer

YOUNG_SECONDS = 30.0
"""Who came unnoticed and waits longer than this is not greeted as a new caller any more."""
UP = "Up"
"""State of a channel that has been answered."""


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
    """Playbacks and recordings that we asked for and that go on."""


async def look(server: AriServer, legs: Collection[AriLeg]) -> Snapshot:
    """Ask for all lists; raises a :class:`ivrcore.errors.TelephonyError`."""
    asked = {
        one.play.playback: requests.playback(one.play.playback)
        for leg in legs
        if (one := leg.player.playing) is not None
    }
    for leg in legs:
        if leg.recorder.recording is not None:
            name = leg.recorder.recording.record.recording
            asked[name] = requests.live_recording(name)
    # Each a round trip, of hundreds. What changes between two answers is among the events that are held back.
    (channels, bridges, application), found = await asyncio.gather(
        asyncio.gather(
            server.request(requests.channels()),
            server.request(requests.bridges()),
            server.request(requests.application(server.config.app)),
        ),
        asyncio.gather(*[_goes_on(server, request) for request in asked.values()]),
    )
    return Snapshot(
        channels={channel.id: channel for channel in wire.read(channels, list[wire.Channel])},
        bridges={bridge.id: bridge for bridge in wire.read(bridges, list[wire.Bridge])},
        ours=frozenset(wire.read(application, Application).channel_ids),
        playing=frozenset(name for name, plays in zip(asked, found, strict=True) if plays),
    )


async def _goes_on(server: AriServer, request: wire.Request) -> bool:
    try:
        await server.request(request)
    except RequestFailed as error:
        if error.status == 404:
            return False
        raise
    return True


def compare(leg: AriLeg, snapshot: Snapshot, since: float | None, *, restarted: bool = False) -> None:
    """Report what a leg missed. ``since`` is when the link went away (UTC seconds).

    With ``restarted`` Asterisk ended and began anew meanwhile: nobody hung up.
    """
    if not (leg.exists.done() and leg.exists.result()):
        return  # still being made: whoever makes it asks
    channel = snapshot.channels.get(leg.channel)
    if channel is None and restarted and not leg.hanging_up:
        leg.finish(Cause.TEMPORARY_FAILURE, since, By.UNKNOWN)
        return
    if channel is None:
        leg.finish(since=since)
        return
    leg.compare(channel)
    playing = leg.player.playing
    if playing is not None and playing.play.playback not in snapshot.playing:
        leg.player.missing()


def missed_arrivals(
    snapshot: Snapshot, known: Callable[[str], bool], since: float, now: float
) -> list[tuple[wire.Channel, list[str]]]:
    """Give the callers whose coming we did not hear of, with the arguments of their ``Stasis()``.

    Asterisk notices a cut link later than we do, or never, and goes on letting callers in. They are those
    who came after ``since`` (UTC seconds, when this process began), have not been answered, and have not
    waited for long.
    """
    earliest = max(since, now - YOUNG_SECONDS)
    return [
        (channel, stasis_arguments(channel))
        for name, channel in snapshot.channels.items()
        if name in snapshot.ours
        and not known(name)
        and channel.state != UP
        and stasis_arguments(channel)[:1] == [variables.ARGUMENT_INBOUND]
        and made_at(channel) >= earliest
    ]


def stasis_arguments(channel: wire.Channel) -> list[str]:
    """Give the arguments with which a channel came into our application."""
    return channel.dialplan.app_data.split(",")[1:]


def made_at(channel: wire.Channel) -> float:
    """Give when a channel was made, UTC seconds; 0 where Asterisk did not say."""
    try:
        return datetime.fromisoformat(channel.creationtime).timestamp()
    except ValueError:
        return 0.0
