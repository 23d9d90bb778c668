"""What contacts are just doing, by the journal: so that a run can say what its kills met."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ivrcore.lab.chaos_site import ENTRIES
from ivrcore.model import events
from ivrcore.model.names import Owner, Service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivrcore.model.event import Event

ON_HOLD = "on hold"
OUTSIDE_RINGS, OUTSIDE_TALKS = "outside phone ringing", "talking with the outside"
MESSAGE = "leaving a message"
CALL_BACK, CUSTOMER_RINGS, CUSTOMER_REACHED = (
    "waiting to be called back",
    "customer's phone ringing",
    "customer called back",
)
LOOKUP = "in a lookup"
BY_AGI = "by AGI"


class Doing:
    """A fold of the journal: contact → what it is doing, of what is told apart."""

    def __init__(self) -> None:
        self._now: dict[str, str] = {}
        self._asked: dict[str, Service] = {}
        self._by_agi: set[str] = set()

    def of(self, contacts: Iterable[str]) -> dict[str, int]:
        """Count these contacts by what they are doing; those by AGI also apart."""
        found = Counter[str]()
        for contact in contacts:
            what, by_agi = self._now.get(contact), contact in self._by_agi
            found.update([BY_AGI] * by_agi)
            if what:
                found.update([what, *[f"{what} ({BY_AGI})"] * by_agi])
        return dict(found)

    def take(self, event: Event) -> None:
        """Take what happened."""
        match event:
            case events.ContactArrived(contact=contact, number=number) if number in ENTRIES.values():
                self._by_agi.add(contact)
            case events.CallBackAsked(contact=contact) | events.CallBackMissed(contact=contact):
                self._now[contact] = CALL_BACK
            case events.CallBackDialled(contact=contact):
                self._now[contact] = CUSTOMER_RINGS
            case events.CallBackReached(contact=contact):
                self._now[contact] = CUSTOMER_REACHED
            case events.ContactHeld(contact=contact):
                self._now[contact] = ON_HOLD
            case events.LegDialled(contact=contact, outbound=outbound) if (
                outbound and self._asked.get(contact) is Service.TRANSFER
            ):
                self._now[contact] = OUTSIDE_RINGS
            case events.BridgeRequested(contact=contact) if self._asked.get(contact) is Service.TRANSFER:
                self._now[contact] = OUTSIDE_TALKS
            case events.ServiceAsked(contact=contact, service=service):
                self._asked[contact] = service
                if service is Service.LOOKUP:
                    self._now[contact] = LOOKUP
            case events.LegHandedOver(contact=contact, owner=Owner.SERVICE) if (
                self._asked.get(contact) is Service.RECORD
            ):
                self._now[contact] = MESSAGE
            case events.ServiceAnswered(contact=contact, service=service):
                self._asked.pop(contact, None)
                if service is not Service.CALL_BACK:
                    self._now.pop(contact, None)
            case events.ContactClosed(contact=contact):
                self._asked.pop(contact, None)
                self._now.pop(contact, None)
                self._by_agi.discard(contact)
            case events.ContactResumed(contact=contact):
                self._now.pop(contact, None)
            case _:
                pass
