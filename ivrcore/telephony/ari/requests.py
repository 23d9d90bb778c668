"""The requests that the driver makes, each built at one place. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ivrcore.telephony.ari.wire import NOT_WANTED, Request

CAUSE_NAMES = {
    1: "unallocated",
    16: "normal",
    17: "busy",
    18: "timeout",
    19: "no_answer",
    21: "rejected",
    34: "congestion",
    42: "congestion",
    127: "interworking",
}
"""Q.850 causes as Asterisk 16 names them where a channel is hung up (its `rest-api/channels.json`)."""
OTHER_CAUSE = "failure"


def info() -> Request:
    """Who Asterisk is."""
    return Request(method="GET", path="asterisk/info")


def module(name: str) -> Request:
    """Whether a module is there."""
    return Request(method="GET", path=f"asterisk/modules/{name}.so")


def filter_events(app: str) -> Request:
    """Keep events that nobody reads off the socket."""
    unwanted = [{"type": name} for name in NOT_WANTED]
    path = f"applications/{app}/eventFilter"
    return Request(method="PUT", path=path, body={"disallowed": unwanted})


def application(app: str) -> Request:
    """What our application is subscribed to."""
    return Request(method="GET", path=f"applications/{app}")


def subscribe(app: str, sources: Sequence[str]) -> Request:
    """Let our application be told of these event sources; one that it has already is no error."""
    query = {"eventSource": ",".join(sources)}
    return Request(method="POST", path=f"applications/{app}/subscription", query=query)


def endpoint(name: str) -> Request:
    """One endpoint, ``TECHNOLOGY/resource``: whether it can be reached, and its channels."""
    return Request(method="GET", path=f"endpoints/{name}")


def channels() -> Request:
    """Every channel."""
    return Request(method="GET", path="channels")


def channel(channel_id: str) -> Request:
    """One channel."""
    return Request(method="GET", path=f"channels/{channel_id}")


def bridges() -> Request:
    """Every bridge."""
    return Request(method="GET", path="bridges")


def playback(playback_id: str) -> Request:
    """One playback; 404 when it is over."""
    return Request(method="GET", path=f"playbacks/{playback_id}")


def answer(channel_id: str) -> Request:
    """Pick up."""
    return Request(method="POST", path=f"channels/{channel_id}/answer", may_block=True)


def ring(channel_id: str) -> Request:
    """Signal ringing."""
    return Request(method="POST", path=f"channels/{channel_id}/ring")


def play(channel_id: str, playback_id: str, media: tuple[str, ...]) -> Request:
    """Play media one after another, as one playback."""
    return Request(
        method="POST",
        path=f"channels/{channel_id}/play",
        query={"media": ",".join(media), "playbackId": playback_id},
    )


def stop_play(playback_id: str) -> Request:
    """End a playback."""
    return Request(method="DELETE", path=f"playbacks/{playback_id}")


def record(channel_id: str, name: str, longest: float, silence: float, terminator: str) -> Request:
    """Record what a channel's far side says, as wav; Asterisk counts whole seconds."""
    query = {
        "name": name,
        "format": "wav",
        "maxDurationSeconds": str(max(1, math.ceil(longest))),
        "maxSilenceSeconds": str(max(1, math.ceil(silence))),
        "ifExists": "overwrite",
        "beep": "true",
        "terminateOn": terminator or "none",
    }
    return Request(method="POST", path=f"channels/{channel_id}/record", query=query)


def live_recording(name: str) -> Request:
    """A recording under way; 404 when it is over."""
    return Request(method="GET", path=f"recordings/live/{name}")


def stop_recording(name: str) -> Request:
    """End a recording and keep it."""
    return Request(method="POST", path=f"recordings/live/{name}/stop")


def recorded_file(name: str) -> Request:
    """What was recorded."""
    return Request(method="GET", path=f"recordings/stored/{name}/file")


def erase_recording(name: str) -> Request:
    """Delete what was recorded."""
    return Request(method="DELETE", path=f"recordings/stored/{name}")


def press(channel_id: str, key: str) -> Request:
    """Let the far side hear a key."""
    return Request(method="POST", path=f"channels/{channel_id}/dtmf", query={"dtmf": key})


def start_music(channel_id: str, music: str) -> Request:
    """Music on hold."""
    return Request(method="POST", path=f"channels/{channel_id}/moh", query={"mohClass": music})


def stop_music(channel_id: str) -> Request:
    """No more music on hold."""
    return Request(method="DELETE", path=f"channels/{channel_id}/moh")


def hang_up(channel_id: str, cause: int, *, by_name: bool = False) -> Request:
    """End a channel with a Q.850 cause; ``by_name`` for an Asterisk that knows only some, by their names."""
    query = {"reason": CAUSE_NAMES.get(cause, OTHER_CAUSE)} if by_name else {"reason_code": str(cause)}
    return Request(method="DELETE", path=f"channels/{channel_id}", query=query)


def go_on(channel_id: str, context: str, extension: str) -> Request:
    """Send a channel on into Asterisk's dialplan."""
    return Request(
        method="POST",
        path=f"channels/{channel_id}/continue",
        query={"context": context, "extension": extension, "priority": "1"},
    )


def create(
    app: str,
    channel_id: str,
    endpoint: str,
    arguments: str,
    originator: str = "",
    shown: Mapping[str, str] | None = None,
    far: str = "",
) -> Request:
    """Make a channel without dialling it yet; ``shown`` are variables and dialplan functions to set on it.

    ``far`` is the id of its other half, if it has one.
    """
    query = {"endpoint": endpoint, "app": app, "appArgs": arguments, "channelId": channel_id}
    if originator:
        query["originator"] = originator
    if far:
        query["otherChannelId"] = far
    body = {"variables": dict(shown)} if shown else None
    return Request(method="POST", path="channels/create", query=query, body=body)


def variable(channel_id: str, name: str) -> Request:
    """Read a variable."""
    return Request(method="GET", path=f"channels/{channel_id}/variable", query={"variable": name})


def dial(channel_id: str, seconds: float) -> Request:
    """Dial a created channel; Asterisk counts whole seconds."""
    query = {"timeout": str(max(1, math.ceil(seconds)))}
    return Request(method="POST", path=f"channels/{channel_id}/dial", query=query)


def create_bridge(bridge_id: str) -> Request:
    """A bridge in which everybody hears everybody."""
    return Request(method="POST", path=f"bridges/{bridge_id}", query={"type": "mixing"})


def add_channel(bridge_id: str, channel_id: str, *, may_block: bool = True) -> Request:
    """Put a channel into a bridge."""
    path = f"bridges/{bridge_id}/addChannel"
    return Request(method="POST", path=path, query={"channel": channel_id}, may_block=may_block)


def delete_bridge(bridge_id: str) -> Request:
    """Dissolve a bridge."""
    return Request(method="DELETE", path=f"bridges/{bridge_id}")


def snoop(app: str, channel_id: str, snoop_id: str, arguments: str) -> Request:
    """A channel that hears what the far side of another says."""
    query = {"spy": "in", "app": app, "appArgs": arguments}
    return Request(method="POST", path=f"channels/{channel_id}/snoop/{snoop_id}", query=query)


def rtp_channel(app: str, channel_id: str, address: str) -> Request:
    """A channel whose audio is sent to an address as RTP, as slin16."""
    query = {"channelId": channel_id, "app": app, "external_host": address, "format": "slin16"}
    return Request(method="POST", path="channels/externalMedia", query=query)


def media_channel(app: str, channel_id: str) -> Request:
    """A channel whose audio is fetched over a websocket, as slin16."""
    query = {
        "channelId": channel_id,
        "app": app,
        "external_host": "INCOMING",
        "transport": "websocket",
        "encapsulation": "none",
        "connection_type": "server",
        "format": "slin16",
    }
    return Request(method="POST", path="channels/externalMedia", query=query)
