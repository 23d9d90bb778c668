"""Counts of what goes beyond a caller's own call: services, outside numbers, call-backs, messages. Pure.

How each event changes them is here too; :mod:`ivrcore.metrics.fold` calls it. Ids are kept only of what is
open, and are never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

import msgspec

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.histogram import Histogram
from ivrcore.model.names import CallBackEnd, OutboundRefusal, Told, TriesLimit
from ivrcore.tollguard.guard import LIMITS

SERVICE_EDGES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
LINE_EDGES = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
CALL_BACK_EDGES = (60.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 43200.0)
MESSAGE_EDGES = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)

MOST_NAMES = 100
"""Names of the site's own that are told apart: labels must have an end."""
ENDS = tuple(how for how in CallBackEnd if how is not CallBackEnd.GOES_ON)
"""How a customer's call-back ends: what goes on has not."""
OTHERS = "(others)"
"""What the rest is counted as."""


def zeros(words: Iterable[StrEnum]) -> dict[str, int]:
    """Make counts of a closed set of words: absent series break alerts."""
    return {word.value: 0 for word in words}


def bump(counts: dict[str, int], word: str) -> None:
    """Count one; a snapshot of an older release may lack the word."""
    word = str(word)
    counts[word] = counts.get(word, 0) + 1


def bump_named(counts: dict[str, int], name: str) -> None:
    """Count one under a name that people choose."""
    bump(counts, name if name in counts or len(counts) < MOST_NAMES else OTHERS)


def _seconds(edges: tuple[float, ...]) -> Callable[[], Histogram]:
    return lambda: Histogram(edges=edges)


class ServiceFigures(msgspec.Struct, kw_only=True):
    """One service: a kind, and for lookups, queues and mailboxes a name."""

    asked: int = 0
    answered: dict[str, int] = msgspec.field(default_factory=lambda: zeros(Told))


class OpenPromise(msgspec.Struct, kw_only=True):
    """A call-back that is open."""

    queue: str
    asked: float


class OutsideFigures(msgspec.Struct, kw_only=True):
    """All of it."""

    services: dict[str, dict[str, ServiceFigures]] = {}
    """Kind -> name."""
    took: dict[str, Histogram] = {}
    """Kind -> seconds until the answer."""
    errors: dict[str, dict[str, int]] = {}
    """Kind -> error code -> times."""
    not_judged: dict[str, dict[str, int]] = {}
    """Lookup -> whose tries were too many -> PINs that were not looked at."""
    lines: dict[str, str] = {}
    """Outside numbers on the line -> kind of service."""
    allowed: dict[str, int] = msgspec.field(default_factory=dict)
    refused: dict[str, dict[str, int]] = {}
    """Kind -> why -> times."""
    ended: dict[str, int] = msgspec.field(default_factory=lambda: zeros(Told))
    talked: Histogram = msgspec.field(default_factory=_seconds(LINE_EDGES))
    call_backs: dict[str, OpenPromise] = {}
    """Open ones by contact."""
    call_backs_asked: dict[str, int] = {}
    """Queue -> times."""
    call_backs_dialled: int = 0
    call_backs_reached: int = 0
    call_backs_missed: dict[str, int] = msgspec.field(default_factory=lambda: zeros(Told))
    call_backs_postponed: dict[str, int] = msgspec.field(default_factory=lambda: zeros(sorted(LIMITS)))
    """Limit -> times."""
    call_backs_ended: dict[str, dict[str, int]] = {}
    """Queue -> how -> times."""
    call_back_seconds: Histogram = msgspec.field(default_factory=_seconds(CALL_BACK_EDGES))
    messages_recorded: dict[str, int] = {}
    messages_fetched: dict[str, int] = {}
    messages_deleted: dict[str, int] = {}
    """Mailbox -> times."""
    message_seconds: Histogram = msgspec.field(default_factory=_seconds(MESSAGE_EDGES))

    def service(self, kind: str, name: str) -> ServiceFigures:
        """Give a service, made on first sight."""
        known = self.services.setdefault(str(kind), {})
        if name not in known and len(known) >= MOST_NAMES:
            name = OTHERS
        return known.setdefault(name, ServiceFigures())


# --- services -----------------------------------------------------------------------------------


def _asked(figures: OutsideFigures, event: events.ServiceAsked) -> None:
    figures.service(event.service, event.name).asked += 1


def _answered(figures: OutsideFigures, event: events.ServiceAnswered) -> None:
    bump(figures.service(event.service, event.name).answered, event.how)
    kind = event.service.value
    figures.took.setdefault(kind, Histogram(edges=SERVICE_EDGES)).observe(event.took, event.contact, event.at)
    if event.code:
        bump_named(figures.errors.setdefault(kind, {}), event.code)


def _not_judged(figures: OutsideFigures, event: events.PinNotJudged) -> None:
    known, name = figures.not_judged, event.name
    if name not in known and len(known) >= MOST_NAMES:
        name = OTHERS
    bump(known.setdefault(name, zeros(TriesLimit)), event.limit)


# --- outside numbers ----------------------------------------------------------------------------


def _allowed(figures: OutsideFigures, event: events.OutboundAllowed) -> None:
    bump(figures.allowed, event.service)
    figures.lines[event.outbound] = event.service.value


def _refused(figures: OutsideFigures, event: events.OutboundRefused) -> None:
    bump(figures.refused.setdefault(event.service.value, zeros(OutboundRefusal)), event.why)


def _ended(figures: OutsideFigures, event: events.OutboundEnded) -> None:
    figures.lines.pop(event.outbound, None)
    bump(figures.ended, event.how)
    if event.how is Told.DONE:
        figures.talked.observe(event.talked, event.contact, event.at)


# --- call-backs ---------------------------------------------------------------------------------


def _call_back_asked(figures: OutsideFigures, event: events.CallBackAsked) -> None:
    asked = event.at if event.asked is None else event.asked
    promise = OpenPromise(queue=event.queue, asked=asked)
    if event.goes_on_with:  # nobody asked anew: it is the same promise, under the contact of who called in
        promise = figures.call_backs.pop(event.goes_on_with, promise)
    else:
        bump(figures.call_backs_asked, event.queue)
    figures.call_backs[event.contact] = promise


def _call_back_dialled(figures: OutsideFigures, _: events.CallBackDialled) -> None:
    figures.call_backs_dialled += 1


def _call_back_reached(figures: OutsideFigures, _: events.CallBackReached) -> None:
    figures.call_backs_reached += 1


def _call_back_missed(figures: OutsideFigures, event: events.CallBackMissed) -> None:
    bump(figures.call_backs_missed, event.how)


def _call_back_postponed(figures: OutsideFigures, event: events.CallBackPostponed) -> None:
    bump(figures.call_backs_postponed, event.why)


def _call_back_ended(figures: OutsideFigures, event: events.CallBackEnded) -> None:
    if event.how is CallBackEnd.GOES_ON:
        return  # `_call_back_asked` moves it
    promise = figures.call_backs.pop(event.contact, None)
    queue = promise.queue if promise is not None else ""
    bump(figures.call_backs_ended.setdefault(queue, zeros(ENDS)), event.how)
    if promise is not None and event.how is CallBackEnd.TALKED:
        figures.call_back_seconds.observe(event.at - promise.asked, event.contact, event.at)


# --- messages -----------------------------------------------------------------------------------


def _recorded(figures: OutsideFigures, event: events.MessageRecorded) -> None:
    bump_named(figures.messages_recorded, event.mailbox)
    figures.message_seconds.observe(event.seconds, event.contact, event.at)


def _fetched(figures: OutsideFigures, event: events.MessageFetched) -> None:
    bump_named(figures.messages_fetched, event.mailbox)


def _deleted(figures: OutsideFigures, event: events.MessageDeleted) -> None:
    bump_named(figures.messages_deleted, event.mailbox)


OUTSIDE: dict[type[Event], Callable[[OutsideFigures, Any], None]] = {
    events.ServiceAsked: _asked,
    events.ServiceAnswered: _answered,
    events.PinNotJudged: _not_judged,
    events.OutboundAllowed: _allowed,
    events.OutboundRefused: _refused,
    events.OutboundEnded: _ended,
    events.CallBackAsked: _call_back_asked,
    events.CallBackDialled: _call_back_dialled,
    events.CallBackReached: _call_back_reached,
    events.CallBackMissed: _call_back_missed,
    events.CallBackPostponed: _call_back_postponed,
    events.CallBackEnded: _call_back_ended,
    events.MessageRecorded: _recorded,
    events.MessageFetched: _fetched,
    events.MessageDeleted: _deleted,
}
"""Event class -> what it changes."""
