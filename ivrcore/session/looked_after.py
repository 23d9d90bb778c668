"""Until when somebody looked after each contact: a server was there, and saw its Asterisk.

A fold. From then on nobody knows what became of the caller, until it is seen that they are there, or gone.
"""

from __future__ import annotations

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.pbx import by_agi, pbx_of, pbx_of_driver

TOLD: frozenset[type[Event]] = frozenset(
    {
        events.ClockSetBack,
        events.ContactAdopted,
        events.ContactArrived,
        events.ContactClosed,
        events.LegEnded,
        events.LinkCameUp,
        events.LinkWentDown,
        events.ServerStarted,
    }
)
"""What it has to be told; of others only when they were."""


class LookedAfter:
    """`last_at` is that of what it was told: a running server need not tell it all."""

    def __init__(self) -> None:
        self.last_at = 0.0
        """When the last event was (UTC seconds): from then on no server was there."""
        self._links: dict[str, float | None] = {}
        """PBX -> since when it is not seen (UTC seconds), by its link's loss or the server's; None: it is."""
        self._by_agi: dict[str, str] = {}
        """Contact -> the caller's leg, of those that need no link: each is a connection of its own."""
        self._expected: dict[str, float] = {}
        """Of these, whom Asterisk's dialplan has not handed over again since a server died -> when it did."""

    def lost(self, contact: str) -> float | None:
        """Give since when nobody sees the contact (UTC seconds); None where that is only since `last_at`, or
        the server runs and sees it."""
        if contact in self._by_agi:
            return self._expected.get(contact)
        return self._links.get(pbx_of(contact))

    def until(self, contact: str) -> float:
        """Give until when the contact was looked after, by servers that are no more (UTC seconds)."""
        lost = self.lost(contact)
        return self.last_at if lost is None else lost

    def apply(self, event: Event) -> None:
        """Take the next event."""
        ended, self.last_at = self.last_at, max(self.last_at, event.at)
        if type(event) in TOLD:
            self._apply(event, ended)

    def _apply(self, event: Event, ended: float) -> None:
        match event:
            case events.ContactArrived(contact=contact, channel=channel, leg=leg):
                if by_agi(contact, channel):
                    self._by_agi[contact] = leg
            case events.ContactAdopted(contact=contact):
                self._expected.pop(contact, None)
            case events.LegEnded(contact=contact, leg=leg):
                if self._by_agi.get(contact) == leg:  # who is called back after it, is by a link
                    self._forget(contact)
            case events.ContactClosed(contact=contact):
                self._forget(contact)
            case events.LinkWentDown(driver=driver, at=at):
                pbx = pbx_of_driver(driver)
                if self._links.get(pbx) is None:  # else it is told again, for another reason
                    self._links[pbx] = at
            case events.LinkCameUp(driver=driver):
                self._links[pbx_of_driver(driver)] = None
            case events.ServerStarted():
                self._ended(ended)
            case events.ClockSetBack(at=at, seconds=seconds):
                self._set_back(at, seconds)
            case _:
                pass

    def _forget(self, contact: str) -> None:
        self._by_agi.pop(contact, None)
        self._expected.pop(contact, None)

    def _ended(self, at: float) -> None:
        """The server before this one was last known to be then."""
        self._links = {pbx: at if lost is None else lost for pbx, lost in self._links.items()}
        for contact in self._by_agi:
            self._expected.setdefault(contact, at)

    def _set_back(self, now: float, seconds: float) -> None:
        self.last_at = now
        self._links = {pbx: lost and lost - seconds for pbx, lost in self._links.items()}
        self._expected = {contact: at - seconds for contact, at in self._expected.items()}
