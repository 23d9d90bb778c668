"""What a dialplan had asked the outside for when the server ended, and how far that was. Pure.

A fold of the contact's events. A transfer's other leg and a recording go on in Asterisk without us; what had
not been begun can be asked for again, and nobody is told twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.message_ids import message_of
from ivrcore.model.names import Owner, Service, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.model.event import Event
    from ivrcore.model.names import Scalar

GOES_ON = (Service.TRANSFER, Service.RECORD)
"""What Asterisk carries on with by itself."""
HARMLESS = (*GOES_ON, Service.CALL_BACK)
"""What may be asked for again, as long as the journal has nothing of it."""


@dataclass
class Begun:
    """One request that has not been answered. Times are UTC seconds."""

    request: str
    service: Service
    name: str
    until: float
    """When the dialplan goes on without an answer."""
    handed: bool = False
    """Whether the caller's leg was given to whoever answers."""
    line: str = ""
    """The outside leg, once it was to be dialled."""
    channel: str = ""
    answered: float | None = None
    """Since when the outside is on the line."""
    joining: bool = False
    """Whether the two were to be joined."""
    ended: Told | None = None
    """How the outside number ended."""
    message: Mapping[str, Scalar] | None = None
    """What is told of the message that was kept."""
    promised: bool = False
    """Whether the customer is to be called back."""

    @property
    def goes_on(self) -> bool:
        """Whether there is something in Asterisk that belongs to it."""
        if self.service is Service.TRANSFER:
            return bool(self.line) and self.ended is None
        return self.service is Service.RECORD and self.handed and self.message is None

    @property
    def again(self) -> bool:
        """Whether nothing came of it yet, so that it can be asked for as if it never was."""
        return self.service in HARMLESS and not (self.handed or self.line)

    @property
    def told(self) -> tuple[Told, Mapping[str, Scalar]] | None:
        """Give the answer that nobody was told of; None if there is none."""
        if self.message is not None:
            return Told.DONE, self.message
        if self.promised:
            return Told.DONE, {}
        if self.ended is None:
            return None
        if self.joining:
            return Told.DONE, {}
        return (Told.FAILED if self.ended is Told.DONE else self.ended), {}


def begun(one: Begun | None, event: Event) -> Begun | None:
    """Fold an event of the contact."""
    match event:
        case events.ServiceAsked(request=request, service=service, name=name, until=until):
            return Begun(request, service, name, until)
        case events.ServiceAnswered(request=request) if one is not None and request == one.request:
            return None
        case events.ClockSetBack(seconds=seconds) if one is not None:
            one.until -= seconds
            one.answered = None if one.answered is None else one.answered - seconds
        case _ if one is not None:
            _apply(one, event)
    return one


def _apply(one: Begun, event: Event) -> None:
    match event:
        case events.LegHandedOver(owner=Owner.SERVICE):
            one.handed = True
        case events.LegDialled(outbound=outbound, leg=leg, channel=channel) if outbound == one.request:
            one.line, one.channel = leg, channel
        case events.LegAnswered(leg=one.line, at=at) if one.line:
            one.answered = at
        case events.BridgeRequested(legs=legs) if one.line in legs:
            one.joining = True
        case events.OutboundEnded(outbound=one.request, how=how):
            one.ended = how
        case events.LegEnded(leg=one.line) if one.line and one.ended is None:
            one.ended = Told.FAILED
        case events.CallBackAsked() if one.service is Service.CALL_BACK:
            one.promised = True
        case events.MessageRecorded(message=message, seconds=seconds) if message == message_of(one.request):
            one.message = {"message": message, "seconds": round(seconds, 1)}
        case _:
            pass
