"""Callers by AGI: Asterisk's own dialplan has them while the server is away, and asks again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.lab.chaos_site import ENTRIES
from ivrcore.model import events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.model.event import Event

CONTEXTS = ("ivrcore-sample-hotline", "ivrcore-answered")
"""Where Asterisk's dialplan has them."""
REFUSED = "Congestion"
"""Where it has those who came while no server was there."""
CALLERS = ".l1"
"""How the id of a caller's leg ends."""
CONTEXT, APPLICATION, CHANNEL = 1, 5, 13
"""Columns of Asterisk's list of channels."""


def call_of(contact: str) -> str:
    """Give what contacts of one AGI call have in common: it may be handed over again as a new one."""
    return contact.rpartition("-")[0]


@dataclass
class AgiCallers:
    """A fold of the journal."""

    came: set[str] = field(default_factory=set)
    on_line: set[str] = field(default_factory=set)
    """Who has not left: whoever is called back later is ARI's."""
    dialled: int = 0
    """How often a phone was dialled for one of these."""

    def take(self, event: Event) -> None:
        """Take what happened."""
        match event:
            case events.ContactArrived(contact=contact, number=number) if number in ENTRIES.values():
                self.came.add(contact)
                self.on_line.add(contact)
            case events.LegEnded(contact=contact, leg=leg) if leg.endswith(CALLERS):
                self.on_line.discard(contact)
            case events.ContactClosed(contact=contact):
                self.on_line.discard(contact)
            case events.LegDialled(contact=contact) if contact in self.on_line:
                self.dialled += 1
            case _:
                pass

    def again(self) -> list[str]:
        """Give the contacts that are not the first one of their call: who came back is who was there."""
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
        return calls ^ {call_of(contact) for contact in self.on_line}
