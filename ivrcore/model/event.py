"""The base of all events, their registry, and how one becomes JSON and comes back.

An event is something that happened, typed, frozen and versioned. The journal stores events; router state,
session state, metrics and history are folds over them. A field may be added with a default; any other
change of an event's shape raises its ``VERSION`` and adds an entry to ``UPGRADES``. Must not know of
storage, clocks or drivers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from ivrcore.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS: dict[str, type[Event]] = {}
"""Every event class by name; filled as classes are defined."""

UPGRADES: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(name, stored version) -> function from the stored object to the next version's object."""


_ENCODER = msgspec.json.Encoder()


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened; ``at`` is UTC seconds, never decreasing within a process.

    An event refers to plain values only, never back to itself: the collector of cycles need not look at it.
    """

    VERSION: ClassVar[int] = 1

    at: float

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        EVENTS[cls.__name__] = cls


def encode(event: Event) -> bytes:
    """JSON of the event's fields; its name and version are stored beside it."""
    return _ENCODER.encode(event)


def decode(name: str, version: int, data: bytes) -> Event:
    """Turn a stored event back; raise :class:`JournalError` for one that this release cannot read."""
    cls = EVENTS.get(name)
    if cls is None or version > cls.VERSION:
        raise JournalError(
            f"event {name} version {version} is not known to this release",
            hint="the journal was written by a newer release; run that one",
        )
    try:
        if version == cls.VERSION:
            return msgspec.json.decode(data, type=cls)
        raw = msgspec.json.decode(data)
        while version < cls.VERSION:
            raw = UPGRADES[(name, version)](raw)
            version += 1
        return msgspec.convert(raw, type=cls)
    except (msgspec.DecodeError, KeyError) as error:
        raise JournalError(f"event {name} version {version} cannot be read: {error}") from error
