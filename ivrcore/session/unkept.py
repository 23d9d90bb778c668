"""Messages that callers left and that are in no box yet, as far as the journal tells. Pure.

A fold. A message is fetched from Asterisk and kept when its caller may be long gone, so a server that ends in
between leaves it there; the next one looks for it by the name in the journal. One that is in its box is
remembered for a while: it may lie in Asterisk still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.message_ids import message_of
from ivrcore.model.names import Owner, Service, Told

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.session.living import Living

LONGEST = 3600.0
"""Seconds after which nobody looks for one any more: nothing was said, or it could not be fetched. Those in
which no server was there do not count."""


@dataclass
class Unkept:
    """One message; ``request`` is what its recording is called. Times are UTC seconds."""

    contact: str
    request: str
    mailbox: str
    subject: str
    at: float
    """When it was asked for; once it was said, when that was begun."""
    since: float = 0.0
    """From when on it is looked for, had a server been there ever since."""
    begun: bool = False
    """Whether it was recorded."""
    kept: bool = False
    """Whether it is in its box, and may have to be erased yet."""


class UnkeptMessages:
    """By request, the oldest first."""

    def __init__(self) -> None:
        self.by_request: dict[str, Unkept] = {}
        self._last_at = 0.0
        """When the last event was."""

    def apply(self, event: Event, living: Living) -> None:
        """Take the next event; ``living`` are the contacts that are not over, before it or after it."""
        self._apply(event, living)
        self._last_at = event.at

    def _apply(self, event: Event, living: Living) -> None:
        match event:
            case events.ServiceAsked(service=Service.RECORD):
                self._asked(event, living)
            case _ if not self.by_request:
                pass
            case events.ServerStarted(at=at):
                for one in self.by_request.values():
                    one.since += max(0.0, at - self._last_at)
            case events.ClockSetBack(seconds=seconds):
                for one in self.by_request.values():
                    one.at -= seconds
                    one.since -= seconds
            case events.LegHandedOver(contact=contact, owner=Owner.SERVICE, at=at):
                for one in self._of(contact):
                    if not one.begun:
                        one.begun, one.at, one.since = True, at, at
            case events.MessageRecorded(contact=contact, message=message):
                for one in self._of(contact):
                    one.kept = message == message_of(one.request)
            case events.ServiceAnswered(request=request, how=Told.NO_ANSWER | Told.REFUSED):
                self.by_request.pop(request, None)  # nothing was said; what failed may do so no more
            case events.ContactClosed(contact=contact):
                for one in self._of(contact):
                    if not one.begun:
                        del self.by_request[one.request]
            case _:
                pass

    def _asked(self, event: events.ServiceAsked, living: Living) -> None:
        for one in list(self.by_request.values()):
            if one.since < event.at - LONGEST:
                del self.by_request[one.request]
        life = living.lives.get(event.contact)
        arrived = life.events[0] if life is not None and life.events else None
        subject = arrived.subject if isinstance(arrived, events.ContactArrived) else ""
        one = Unkept(event.contact, event.request, event.name, subject, event.at, event.at)
        self.by_request[event.request] = one

    def _of(self, contact: str) -> list[Unkept]:
        return [one for one in self.by_request.values() if one.contact == contact and not one.kept]
