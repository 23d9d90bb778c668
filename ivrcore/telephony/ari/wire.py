"""What travels between us and ARI: typed events and responses in, requests out; bytes and nothing else.

Pure: no sockets, no time, no logging. Events that we do not use are `Unused`, not errors, so that a newer
Asterisk does no harm. Messages of errors name fields and types, never values: those may be personal.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from ivrcore.errors import WireError

T = TypeVar("T")


class Caller(msgspec.Struct):
    """A name and a number."""

    name: str = ""
    number: str = ""


class Place(msgspec.Struct):
    """Where in Asterisk's dialplan a channel is."""

    context: str = ""
    exten: str = ""
    app_name: str = ""
    app_data: str = ""


class Channel(msgspec.Struct):
    """A channel as Asterisk describes it. ``state`` is `Down`, `Ring`, `Ringing`, `Up` …"""

    id: str
    name: str = ""
    state: str = ""
    creationtime: str = ""
    """When it was made: ISO 8601 with the zone."""
    caller: Caller = msgspec.field(default_factory=Caller)
    dialplan: Place = msgspec.field(default_factory=Place)


class Variable(msgspec.Struct):
    """What a channel's variable, or a function of the dialplan, gives."""

    value: str


class Playback(msgspec.Struct):
    """A playback. ``state`` is `queued`, `playing`, `continuing`, `done` or `failed`."""

    id: str
    state: str = ""
    target_uri: str = ""
    """``channel:`` and the channel's id."""


class Recording(msgspec.Struct):
    """A recording under way or just over. ``state`` is `recording`, `done`, `failed`, `canceled` …"""

    name: str
    state: str = ""
    target_uri: str = ""
    """``channel:`` and the channel's id."""


class Bridge(msgspec.Struct):
    """A bridge and the ids of the channels in it."""

    id: str
    channels: list[str] = []


class Endpoint(msgspec.Struct):
    """A phone or a trunk. ``state`` is `online`, `offline` or `unknown`."""

    technology: str = ""
    resource: str = ""
    state: str = ""
    channel_ids: list[str] = []


class DeviceState(msgspec.Struct):
    """What a device is doing, with all of its channels taken together."""

    name: str
    """``TECHNOLOGY/resource``."""
    state: str = ""


class Event(msgspec.Struct):
    """Something that Asterisk tells."""


class StasisStart(Event):
    """A channel came into our application; ``replace_channel`` is whose place in a bridge it takes."""

    channel: Channel
    args: list[str] = []
    replace_channel: Channel | None = None


class BadStart(Event):
    """A channel came into our application, and what is told of it cannot be read; ``problem`` says why."""

    channel: Channel
    args: list[str]
    """As far as they are texts."""
    problem: str


class StasisEnd(Event):
    """A channel left our application, mostly because it hung up."""

    channel: Channel


class ChannelDestroyed(Event):
    """A channel is gone."""

    channel: Channel
    cause: int = 0


class ChannelHangupRequest(Event):
    """Somebody wants a channel to end: the phone (``soft`` false) or Asterisk on our request."""

    channel: Channel
    cause: int = 0
    tech_cause: int = 0
    soft: bool = False


class ChannelStateChange(Event):
    """A channel rings or is up."""

    channel: Channel


class ChannelDtmfReceived(Event):
    """A key."""

    channel: Channel
    digit: str


class ChannelHold(Event):
    """A phone put the other side on hold."""

    channel: Channel


class ChannelUnhold(Event):
    """A phone took the other side back from hold."""

    channel: Channel


class Dial(Event):
    """How dialling goes on. ``dialstatus`` is empty, `RINGING`, `PROGRESS`, `ANSWER`, `BUSY` …"""

    peer: Channel
    dialstatus: str = ""


class PlaybackFinished(Event):
    """A playback is over."""

    playback: Playback


class RecordingFinished(Event):
    """A recording is over and can be fetched."""

    recording: Recording


class RecordingFailed(Event):
    """A recording could not be made."""

    recording: Recording


class ChannelEnteredBridge(Event):
    """A channel is in a bridge."""

    bridge: Bridge
    channel: Channel | None = None


class ChannelLeftBridge(Event):
    """A channel left a bridge."""

    bridge: Bridge
    channel: Channel | None = None


class DeviceStateChanged(Event):
    """Something changed at a device that we subscribed to."""

    device_state: DeviceState


class ApplicationReplaced(Event):
    """Another connection took our application over; this socket gets nothing more."""


class Unused(Event):
    """An event that we have no use for; ``kind`` is its name."""

    kind: str


class Response(msgspec.Struct):
    """The answer to a request that went over the socket."""

    status_code: int
    request_id: str = ""
    message_body: str = ""


EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        StasisStart,
        StasisEnd,
        ChannelDestroyed,
        ChannelHangupRequest,
        ChannelStateChange,
        ChannelDtmfReceived,
        ChannelHold,
        ChannelUnhold,
        Dial,
        PlaybackFinished,
        RecordingFinished,
        RecordingFailed,
        ChannelEnteredBridge,
        ChannelLeftBridge,
        DeviceStateChanged,
        ApplicationReplaced,
    )
}

NOT_WANTED = (
    "ChannelVarset",
    "ChannelDialplan",
    "ChannelCallerId",
    "ChannelConnectedLine",
    "ChannelUserevent",
    "PlaybackStarted",
    "PlaybackContinuing",
    "RecordingStarted",
)
"""Events that Asterisk is asked not to send: they are more than half of a played call's traffic."""


class _Kind(msgspec.Struct):
    type: str


class _Id(msgspec.Struct):
    id: str


class _Start(msgspec.Struct):
    channel: _Id
    args: Any = None


_START = msgspec.json.Decoder(_Start)

_KIND = msgspec.json.Decoder(_Kind)
_RESPONSE = msgspec.json.Decoder(Response)
_DECODERS = {name: msgspec.json.Decoder(cls) for name, cls in EVENTS.items()}


def parse(data: str | bytes) -> Event | Response:
    """Read one message from the socket; raise :class:`WireError` if it is malformed.

    A malformed :class:`StasisStart` with a channel's id in it is a :class:`BadStart`: somebody waits there.
    """
    name = "message"
    try:
        name = _KIND.decode(data).type
        if name == "RESTResponse":
            return _RESPONSE.decode(data)
        decoder = _DECODERS.get(name)
        return Unused(name) if decoder is None else _decoded(data, decoder)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = f"Asterisk sent a malformed {name}: {error}"
        start = _bad_start(data, problem) if name == StasisStart.__name__ else None
        if start is None:
            raise WireError(problem) from error
        return start


def read(body: str | bytes, kind: type[T]) -> T:
    """Read a response's body as ``kind``; raise :class:`WireError` if it is not one."""
    try:
        return _decoded(body, msgspec.json.Decoder(kind))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError(f"Asterisk's answer is malformed: {error}") from error


def _decoded(data: str | bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode; a field that is null counts as missing (tried second, since it is rare and costs more)."""
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        return msgspec.convert(_without_nulls(msgspec.json.decode(data)), decoder.type)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value if inner is not None]
    return value


def _bad_start(data: str | bytes, problem: str) -> BadStart | None:
    """Read what can be read of a malformed StasisStart: None where not even the channel's id can."""
    try:
        found = _START.decode(data)
    except msgspec.DecodeError:
        return None
    args = found.args if isinstance(found.args, list) else []
    return BadStart(Channel(found.channel.id), [one for one in args if isinstance(one, str)], problem)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request of ARI's REST interface; ``path`` has no leading slash.

    ``may_block``: Asterisk may answer late and keep all others behind it waiting, so it must not go over
    the socket (seen with set-variable, answer and addChannel while a playback runs).
    """

    method: str
    path: str
    query: dict[str, str] = {}
    body: dict[str, Any] | None = None
    may_block: bool = False

    @property
    def ends(self) -> bool:
        """Whether it ends something, and so overtakes: a hang-up, a playback's or a recording's stop."""
        return self.method == "DELETE" or self.path.endswith("/stop")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def frame(request_id: str, request: Request) -> str:
    """A request as it goes over the socket (RESTRequest)."""
    message: dict[str, Any] = {
        "type": "RESTRequest",
        "request_id": request_id,
        "method": request.method,
        "uri": request.path,
    }
    if request.query:
        message["query_strings"] = [{"name": name, "value": value} for name, value in request.query.items()]
    if request.body is not None:
        message["content_type"] = "application/json"
        message["message_body"] = msgspec.json.encode(request.body).decode()
    return msgspec.json.encode(message).decode()
