"""How many calls are on each version, and which old versions have had their last one. A fold; pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ivrcore.model import events

if TYPE_CHECKING:
    from ivrcore.model.event import Event

Key = tuple[str, str]
"""Name and version."""


COUNTED: frozenset[type[Event]] = frozenset(
    {
        events.ContactArrived,
        events.ContactClosed,
        events.DialplanPublished,
        events.DialplanWithdrawn,
        events.DialplanRetired,
    }
)


class VersionCalls:
    """Folds the journal; an arrival is in it before the publication that follows it, so no call is missed."""

    def __init__(self) -> None:
        self.calls: Counter[Key] = Counter()
        self.old: set[Key] = set()
        """Not current any more, and not retired."""
        self._contacts: dict[str, Key] = {}

    def apply(self, event: Event) -> None:
        """Take an event; most change nothing."""
        if type(event) not in COUNTED:
            return
        match event:
            case events.ContactArrived(plan=plan) if plan:
                key = (plan, event.plan_version)
                self._contacts[event.contact] = key
                self.calls[key] += 1
            case events.ContactClosed():
                self._closed(event.contact)
            case events.DialplanPublished(name=name):
                if event.before:
                    self.old.add((name, event.before))
                self.old.discard((name, event.version))
            case events.DialplanWithdrawn():
                self.old.add((event.name, event.version))
            case events.DialplanRetired():
                self.old.discard((event.name, event.version))
            case _:
                pass

    def _closed(self, contact: str) -> None:
        key = self._contacts.pop(contact, None)
        if key is not None:
            self.calls[key] -= 1
            if not self.calls[key]:
                del self.calls[key]

    def take_over(self) -> list[Key]:
        """Give the old versions whose last call has ended, each once."""
        if not self.old:  # mostly, and this is asked at every event
            return []
        over = sorted(key for key in self.old if key not in self.calls)
        self.old.difference_update(over)
        return over

    def of(self, name: str) -> dict[str, int]:
        """Give the calls in progress of a dialplan, by version."""
        return {version: count for (plan, version), count in self.calls.items() if plan == name}
