"""What the journal holds of contacts that are not over: all their events, for whoever takes them up again.

A fold. What it costs is one look-up an event; what it keeps is as much as is going on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.pbx import at, pbx_of

RECENT = 60.0
"""Seconds for which it is remembered that a channel has come to us."""


@dataclass
class Life:
    """One contact so far: ``legs`` are those that have not ended."""

    events: list[Event] = field(default_factory=list)
    legs: set[str] = field(default_factory=set)
    closed: bool = False


class Living:
    """The contacts that are open, or have legs that are."""

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}
        self.recent: dict[str, float] = {}
        """Caller's channel (see :func:`ivrcore.model.pbx.at`) -> when it came (UTC seconds), also of contacts
        that are closed."""

    def apply(self, event: Event) -> None:
        """Take the next event."""
        if type(event) is events.ContactArrived:
            self._arrived(event)
        elif type(event) is events.ClockSetBack:
            self._set_back(event)
        life = self.lives.get(getattr(event, "contact", ""))
        if life is None:
            return
        life.events.append(event)
        match event:
            case events.ContactArrived(leg=leg) | events.LegDialled(leg=leg):
                life.legs.add(leg)
            case events.LegEnded(leg=leg):
                life.legs.discard(leg)
            case events.ContactClosed():
                life.closed = True
            case _:
                return
        if life.closed and not life.legs:
            del self.lives[event.contact]

    def _arrived(self, event: events.ContactArrived) -> None:
        self.lives.setdefault(event.contact, Life())
        while self.recent and next(iter(self.recent.values())) < event.at - RECENT:
            del self.recent[next(iter(self.recent))]
        self.recent[at(pbx_of(event.contact), event.channel)] = event.at

    def _set_back(self, event: events.ClockSetBack) -> None:
        self.recent = {channel: at - event.seconds for channel, at in self.recent.items()}
        for life in self.lives.values():
            life.events.append(event)
