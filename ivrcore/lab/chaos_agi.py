"""Callers by AGI: Asterisk's own dialplan has them while the server is away, and asks again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.lab.chaos_site import ENTRY
from ivrcore.model import events
from ivrcore.model.names import Owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.model.event import Event

CONTEXTS = ("chaos-agi", "ivrcore-answered")
"""Where Asterisk's dialplan has them."""
REFUSED = "Congestion"
"""Where it has those who came while no server was there."""
CONTEXT, APPLICATION, CHANNEL = 1, 5, 13
"""Columns of Asterisk's list of channels."""


def call_of(contact: str) -> str:
    """Give what contacts of one AGI call have in common: it may be handed over again as a new one."""
    return contact.rpartition("-")[0]


@dataclass
class AgiCallers:
    """A fold of the journal."""

    came: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    unwatched: set[str] = field(default_factory=set)
    """Calls whose callers were with somebody when the server died: see `unwatched_talk`."""
    dialled: int = 0
    """How often a phone was dialled for one of them."""
    _with: set[str] = field(default_factory=set)

    def take(self, event: Event) -> None:
        """Take what happened."""
        match event:
            case events.ContactArrived(contact=contact, number=number) if number == ENTRY:
                self.came.add(contact)
                self.open.add(contact)
            case events.ContactClosed(contact=contact):
                self.open.discard(contact)
                self._with.discard(contact)
            case events.LegHandedOver(contact=contact, owner=owner) if contact in self.open:
                (self._with.discard if owner is Owner.SESSION else self._with.add)(contact)
            case events.LegDialled(contact=contact) if contact in self.open:
                self.dialled += 1
            case events.BridgeRequested(contact=contact) if contact in self.open:
                self._with.add(contact)
            case events.TalkEnded(contact=contact):
                self._with.discard(contact)
            case _:
                pass

    def killed(self) -> set[str]:
        """Know that the server died; give who was with somebody just then."""
        met = self._with & self.open
        self.unwatched |= {call_of(contact) for contact in met}
        return met

    def again(self) -> list[str]:
        """Give the contacts that are not the first one of their call."""
        seen = set[str]()
        found = []
        for contact in sorted(self.came):
            if call_of(contact) in seen:
                found.append(contact)
            seen.add(call_of(contact))
        return found

    def strangers(self, rows: Sequence[Sequence[str]]) -> set[str]:
        """Give contacts without a caller's channel, and callers' channels without a contact."""
        calls = {
            f"c-{row[CHANNEL]}"
            for row in rows
            if row[0].startswith("PJSIP/trunk") and row[CONTEXT] in CONTEXTS and row[APPLICATION] != REFUSED
        }
        return (calls ^ {call_of(contact) for contact in self.open}) - self.unwatched


def unwatched_talk(callers: AgiCallers, contact: str) -> bool:
    """Tell whether it is what docs/reliability.md says is not taken up: by AGI, with an agent or about to be.

    They talk on, and who comes back to the dialplan's line is a new contact.
    """
    return call_of(contact) in callers.unwatched
