"""How long an agent lets the caller wait on hold, seen from the agent's phone. Knows no leg and no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.unseen import lasted

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.routing.commands import RingAgent


class Holding:
    """The holds of one conversation."""

    def __init__(self, offer: RingAgent) -> None:
        self._offer = offer
        self._since: float | None = None
        self._early = False

    def early(self) -> None:
        """The agent pressed hold before there was anybody to talk with."""
        self._early = True

    def talking(self, now: float) -> list[Event]:
        """The conversation begins: on hold, if that was pressed early."""
        return self.begin(now) if self._early else []

    def begin(self, now: float) -> list[Event]:
        """The agent pressed hold; nothing for one that is pressed already."""
        if self._since is not None:
            return []
        self._since = now
        offer = self._offer
        return [
            events.ContactHeld(
                at=now, contact=offer.contact, visit=offer.visit, queue=offer.queue, agent=offer.agent
            )
        ]

    def take_up(self, since: float | None) -> None:
        """Know that the caller is on hold since then, if so (UTC seconds)."""
        self._since = since

    def end(self, now: float, since: float | None = None) -> list[Event]:
        """The caller is taken back, or the conversation is over; nothing where nobody was on hold.

        ``since`` (UTC seconds): it is not known when, but that nobody looked from then on.
        """
        self._early = False
        if self._since is None:
            return []
        held, last = lasted(now, self._since, since)
        self._since = None
        offer = self._offer
        return [
            events.ContactResumed(
                at=now,
                contact=offer.contact,
                visit=offer.visit,
                queue=offer.queue,
                agent=offer.agent,
                held=held,
                since=last,
            )
        ]
