"""The ways that callers take through each version of each dialplan: a fold of the journal. Pure, and bounded.

A contact counts in the hour in which it arrived, with all that it does later: so what is shown of a stretch
of time adds up. Nothing of it is a label of Prometheus, where a series for every choice would be too many.
Kinds of counts: :mod:`ivrcore.picture.counts`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import ChosenBy, Outcome, Universal
from ivrcore.picture.counts import Counts, Way

HOUR = 3600.0
MOST_COUNTS = 200_000
"""Counts kept at a time; the oldest hours are let go beyond (about 40 MB)."""
MOST_HOURS = 24 * 8
DO = "do"
LEAVING = frozenset({Universal.AGENT, Universal.START_OVER})
"""Universals after which nobody comes back to where `do` left."""

Version = tuple[str, str]
"""Name and version of a dialplan."""


@dataclass(slots=True)
class _Hour:
    begins: float
    """When its first contact arrived."""
    contacts: int = 0
    ways: Counter[Way] = field(default_factory=Counter)


@dataclass(slots=True)
class _Contact:
    """A contact in progress: which counts are its own, and where it is."""

    of: Version
    hour: int
    arrived: float
    place: str = ""
    left: list[str] = field(default_factory=list)
    """The `do` steps to come back to."""
    served: bool = False
    """Talked to somebody, or heard out what it wanted."""
    hung_up: bool = False
    """By us."""
    universal: bool = False
    """Said or pressed just now."""


class TrafficFold:
    """Counts events in their order. ``span`` is how much of the past is kept, in hours."""

    def __init__(self, most: int = MOST_COUNTS, span: int = MOST_HOURS) -> None:
        self._most = most
        self._span = span
        self._hours: dict[Version, dict[int, _Hour]] = {}
        self._contacts: dict[str, _Contact] = {}
        self._kept = 0
        self._begins = 0
        """The first hour of which everything is known."""

    @classmethod
    def unbounded(cls) -> TrafficFold:
        """Make one that forgets nothing, for a journal that is read once."""
        return cls(sys.maxsize, sys.maxsize)

    def apply(self, event: Event) -> None:
        """Count one event."""
        change = _CHANGES.get(type(event))
        if change is not None:
            contact = self._contacts.get(getattr(event, "contact", ""))
            if contact is not None:
                change(self, contact, event)
        elif isinstance(event, events.ContactArrived):
            self._arrived(event)
        elif isinstance(event, events.ClockSetBack):
            self._set_back(event.seconds, int(event.at // HOUR))

    def fold(self, found: Iterable[Event]) -> TrafficFold:
        """Count them all."""
        for event in found:
            self.apply(event)
        return self

    # --- what is known --------------------------------------------------------------------------

    def versions(self, name: str) -> list[str]:
        """The versions of a dialplan that have counts, the latest used last."""
        found = [(max(hours), version) for (plan, version), hours in self._hours.items() if plan == name]
        return [version for _, version in sorted(found)]

    def place_of(self, contact: str) -> str:
        """Give where a contact in progress is: a menu, or block and step; "" where that is not known."""
        known = self._contacts.get(contact)
        return known.place if known else ""

    def counts(
        self, name: str, versions: Collection[str], now: float, since: float = 0.0, until: float | None = None
    ) -> Counts:
        """Add up the contacts that arrived from ``since`` to ``until`` (UTC seconds), in whole hours.

        `Counts.since` is when the counting really begins.
        """
        until = now if until is None else min(until, now)
        first, last = max(int(since // HOUR), self._begins), int(until // HOUR)
        total, contacts, begun = Counter[Way](), 0, [until]
        for version in versions:
            for hour, counted in self._hours.get((name, version), {}).items():
                if first <= hour <= last:
                    total.update(counted.ways)
                    contacts += counted.contacts
                    begun.append(counted.begins)
        for contact in self._contacts.values():
            if contact.of[0] == name and contact.of[1] in versions and first <= contact.hour <= last:
                total["present", contact.place] += 1
        begins = first * HOUR if since > 0 or self._begins else min(begun)
        return Counts(contacts, begins, until, total)

    # --- counting -------------------------------------------------------------------------------

    def _arrived(self, event: events.ContactArrived) -> None:
        version, hour = (event.plan, event.plan_version), int(event.at // HOUR)
        self._contacts[event.contact] = _Contact(version, hour, event.at)
        self._hour(version, hour, event.at).contacts += 1
        self._forget(hour)

    def _hour(self, version: Version, hour: int, at: float) -> _Hour:
        hours = self._hours.setdefault(version, {})
        found = hours.get(hour)
        if found is None:  # no `setdefault`: nearly every event comes here, and a new Counter takes 1 µs
            found = hours[hour] = _Hour(at)
        return found

    def _set_back(self, seconds: float, now: int) -> None:
        """Move every hour by as many as fit best, none of them past the present one."""

        def moved(hour: int) -> int:
            return min(hour - round(seconds / HOUR), now)

        for version, hours in self._hours.items():
            before, self._hours[version] = hours, {}
            for hour, counted in before.items():
                whole = self._hour(version, moved(hour), counted.begins - seconds)
                whole.begins = min(whole.begins, counted.begins - seconds)
                whole.contacts += counted.contacts
                self._kept -= len(whole.ways.keys() & counted.ways.keys())
                whole.ways.update(counted.ways)
        for contact in self._contacts.values():
            contact.hour, contact.arrived = moved(contact.hour), contact.arrived - seconds
        self._begins = max(0, moved(self._begins)) if self._begins else 0

    def count(self, contact: _Contact, *way: str) -> None:
        """Count a way once for a contact."""
        if contact.hour < self._begins:
            return
        ways = self._hour(contact.of, contact.hour, contact.arrived).ways
        self._kept += way not in ways
        ways[way] += 1
        if self._kept > self._most:
            self._forget(contact.hour, 1)

    def gone(self, contact: str) -> None:
        """A contact is over."""
        self._contacts.pop(contact, None)

    def _forget(self, now: int, least: int = 0) -> None:
        """Let go of hours that are too old, and of ``least`` more."""
        known = sorted({hour for hours in self._hours.values() for hour in hours})
        late = [hour for hour in known if hour <= now - self._span]
        if least and len(known) > len(late) + least:
            late = known[: len(late) + least]
        for version, hours in list(self._hours.items()):
            for hour in late:
                dropped = hours.pop(hour, None)
                self._kept -= len(dropped.ways) if dropped else 0
            if not hours:
                del self._hours[version]
        if late:
            self._begins = max(self._begins, late[-1] + 1)


Change = Callable[[TrafficFold, _Contact, Any], None]
_CHANGES: dict[type[Event], Change] = {}


def _counts(*kinds: type[Event]) -> Callable[[Change], Change]:
    def enter(change: Change) -> Change:
        for kind in kinds:
            _CHANGES[kind] = change
        return change

    return enter


def counted_events() -> tuple[type[Event], ...]:
    """The events that matter here: a reader of the journal need not look at others."""
    return (*_CHANGES, events.ContactArrived, events.ClockSetBack)


def _go(fold: TrafficFold, contact: _Contact, place: str) -> None:
    if contact.universal:
        fold.count(contact, "away", contact.place)
        contact.universal = False
    if contact.place and contact.place != place:
        fold.count(contact, "move", contact.place, place)
    contact.place = place


@_counts(events.DialplanEntered)
def _entered(fold: TrafficFold, contact: _Contact, event: events.DialplanEntered) -> None:
    fold.count(contact, "number", event.number)


@_counts(events.StepStarted)
def _step(fold: TrafficFold, contact: _Contact, event: events.StepStarted) -> None:
    place = f"{event.block}/{event.index}"
    fold.count(contact, "step", place)
    _go(fold, contact, place)
    if event.verb == DO:
        contact.left.append(place)


@_counts(events.BlockReturned)
def _returned(fold: TrafficFold, contact: _Contact, event: events.BlockReturned) -> None:
    fold.count(contact, "back", contact.place)
    if contact.left:
        contact.place = contact.left.pop()  # what comes next follows the `do` step


@_counts(events.MenuEntered)
def _menu(fold: TrafficFold, contact: _Contact, event: events.MenuEntered) -> None:
    fold.count(contact, "menu", event.menu)
    _go(fold, contact, event.menu)


@_counts(events.TurnStarted)
def _asked(fold: TrafficFold, contact: _Contact, event: events.TurnStarted) -> None:
    fold.count(contact, "asked", event.menu)
    contact.universal = False


@_counts(events.ChoiceMade)
def _chose(fold: TrafficFold, contact: _Contact, event: events.ChoiceMade) -> None:
    fold.count(contact, "choice", event.menu, event.choice)
    if event.by is ChosenBy.SPEECH:
        fold.count(contact, "spoken", event.menu, event.choice)


@_counts(events.MenuGaveUp)
def _gave_up(fold: TrafficFold, contact: _Contact, event: events.MenuGaveUp) -> None:
    fold.count(contact, "gave_up", event.menu)


@_counts(events.NoInput)
def _no_input(fold: TrafficFold, contact: _Contact, event: events.NoInput) -> None:
    fold.count(contact, "no_input", event.menu)


@_counts(events.NoMatch)
def _no_match(fold: TrafficFold, contact: _Contact, event: events.NoMatch) -> None:
    fold.count(contact, "no_match", event.menu)


@_counts(events.UniversalUsed)
def _universal(fold: TrafficFold, contact: _Contact, event: events.UniversalUsed) -> None:
    fold.count(contact, "universal", event.menu, event.universal)
    fold.count(contact, "everywhere", event.universal)
    contact.universal = True
    if event.universal in LEAVING:
        contact.left.clear()


@_counts(events.CallerImpatient)
def _impatient(fold: TrafficFold, contact: _Contact, event: events.CallerImpatient) -> None:
    fold.count(contact, "universal", event.menu, Universal.AGENT)  # they go the same way
    fold.count(contact, "everywhere", Universal.AGENT)
    contact.universal = True
    contact.left.clear()


@_counts(events.BranchTaken)
def _branch(fold: TrafficFold, contact: _Contact, event: events.BranchTaken) -> None:
    fold.count(contact, "branch", f"{event.block}/{event.index}", event.to)


@_counts(events.EmergencyMet)
def _emergency(fold: TrafficFold, contact: _Contact, event: events.EmergencyMet) -> None:
    fold.count(contact, "emergency")


# --- queues and ends ----------------------------------------------------------------------------


@_counts(events.ContactQueued)
def _queued(fold: TrafficFold, contact: _Contact, event: events.ContactQueued) -> None:
    fold.count(contact, "queued", contact.place)


@_counts(events.VisitAnswered)
def _answered(fold: TrafficFold, contact: _Contact, event: events.VisitAnswered) -> None:
    fold.count(contact, "answered", contact.place)
    contact.served = True


@_counts(events.VisitAbandoned)
def _abandoned(fold: TrafficFold, contact: _Contact, event: events.VisitAbandoned) -> None:
    fold.count(contact, "abandoned", contact.place)


@_counts(events.VisitLeft)
def _left(fold: TrafficFold, contact: _Contact, event: events.VisitLeft) -> None:
    fold.count(contact, "left", contact.place)


@_counts(events.CallerServed, events.MessageRecorded)
def _served(fold: TrafficFold, contact: _Contact, event: Event) -> None:
    contact.served = True


@_counts(events.CallBackAsked)
def _promised(fold: TrafficFold, contact: _Contact, event: events.CallBackAsked) -> None:
    contact.served = contact.served or not event.in_person


@_counts(events.OutboundEnded)
def _talked(fold: TrafficFold, contact: _Contact, event: events.OutboundEnded) -> None:
    contact.served = contact.served or event.talked > 0


@_counts(events.HangUpRequested)
def _hung_up(fold: TrafficFold, contact: _Contact, event: events.HangUpRequested) -> None:
    if event.leg == f"{event.contact}.l1":
        contact.hung_up = True


@_counts(events.ContactClosed)
def _closed(fold: TrafficFold, contact: _Contact, event: events.ContactClosed) -> None:
    if event.inferred or event.outcome is Outcome.FAILED:
        how = "failed"
    else:
        how = "ended" if contact.hung_up or contact.served else "hung_up"
    fold.count(contact, how, contact.place)
    fold.gone(event.contact)
