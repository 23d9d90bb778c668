"""What an earlier run of the server left open in the journal, closed as inferred facts.

The driver sends callers of an earlier life on to Asterisk's fallback and leaves conversations in peace; the
journal must say that we know no more of them, so that every contact is closed once, every visit counted
once, and no agent stays reserved. Customers who are to be called back stay open: they are taken up again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from ivrcore import call_backs
from ivrcore.call_backs import OpenCallBacks
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import By, Cause, LeftQueue, OfferEnd, Outcome, PromptEnd
from ivrcore.model.unseen import lasted
from ivrcore.routing import commands as routing
from ivrcore.routing import router


@dataclass
class OpenContact:
    """One contact that has not been closed yet."""

    arrived: float
    legs: set[str] = field(default_factory=set)
    playbacks: set[str] = field(default_factory=set)
    talking: str = ""
    """The offer whose conversation goes on."""
    held: events.ContactHeld | None = None
    """The hold that goes on in it."""
    accepted: str = ""
    """The offer that an agent took and whose conversation has not begun."""
    queued: bool = False
    visits: int = 0
    last_seen: float = 0.0


TOLD = frozenset(
    {
        events.ContactClosed,
        events.LegDialled,
        events.LegEnded,
        events.PromptStarted,
        events.PromptEnded,
        events.ContactQueued,
        events.OfferAccepted,
        events.OfferEnded,
        events.VisitAnswered,
        events.ContactHeld,
        events.ContactResumed,
        events.TalkEnded,
    }
)
"""Of these an open contact knows more than that it was seen; two of three events are others."""


class OpenContacts:
    """A fold of the journal: the contacts that are open."""

    def __init__(self) -> None:
        self.contacts: dict[str, OpenContact] = {}
        self.call_backs = OpenCallBacks()

    def apply(self, event: Event) -> None:
        """Take the next event."""
        kind = type(event)
        if self.call_backs.by_contact or kind is events.CallBackAsked:
            self.call_backs.apply(event)
        if kind is events.ContactArrived:
            assert isinstance(event, events.ContactArrived)
            self.contacts[event.contact] = OpenContact(event.at, {event.leg})
        elif kind is events.ClockSetBack:
            assert isinstance(event, events.ClockSetBack)
            for known in self.contacts.values():
                known.last_seen -= event.seconds
                known.arrived -= event.seconds
                if known.held is not None:
                    known.held = replace(known.held, at=known.held.at - event.seconds)
        one = self.contacts.get(getattr(event, "contact", ""))
        if one is not None:
            one.last_seen = event.at
            if kind in TOLD:
                self._apply(one, event)

    def _apply(self, one: OpenContact, event: Event) -> None:
        match event:
            case events.ContactClosed(contact=contact):
                del self.contacts[contact]
            case events.LegDialled(leg=leg):
                one.legs.add(leg)
            case events.LegEnded(leg=leg):
                one.legs.discard(leg)
            case events.PromptStarted(playback=playback):
                one.playbacks.add(playback)
            case events.PromptEnded(playback=playback):
                one.playbacks.discard(playback)
            case events.ContactQueued():
                one.queued = True
                one.visits += 1
            case events.OfferAccepted(offer=offer):
                one.accepted = offer
            case events.OfferEnded(offer=offer):
                if offer == one.accepted:  # of several that rang, the others end once one is accepted
                    one.accepted = ""
            case events.VisitAnswered(offer=offer):
                one.talking, one.accepted = offer, ""
            case events.ContactHeld():
                one.held = event
            case events.ContactResumed():
                one.held = None
            case events.TalkEnded():
                one.talking, one.held = "", None
            case _:
                pass


def _seen(_contact: str) -> None:
    pass


def close_left_over(
    left: OpenContacts,
    state: router.RouterState,
    now: float,
    limits: call_backs.Limits,
    but: Collection[str] = (),
    since: float | None = None,
    lost: Callable[[str], float | None] = _seen,
) -> list[Event]:
    """Close what is open, in ``state`` too; give the events, to be appended in this order.

    The contacts in ``but`` stay open: they are taken up again. ``since`` (UTC seconds) is when the earlier
    run was last known to be: waits and conversations count to it. None for a run that ends just now. Those of
    whom a leg is left count to where it lost them from sight, which ``lost`` tells of a contact (None: it did
    not).

    Commands that routing would give are dropped: the legs that they speak of are not ours any more. Nobody
    is offered to an agent who becomes free: they are all about to be closed. Of call-backs, whose ``limits``
    these are, only those are closed whose customer was spoken to.
    """
    happened: list[Event] = []
    for contact, one in list(left.contacts.items()):
        if contact in but:
            continue
        until = (lost(contact) if one.legs else None) or since
        happened += _end_parts(contact, one, now, until)
        for given in _routing_inputs(contact, one, until):
            happened += _decided(state, given, now)
        call_back = left.call_backs.by_contact.get(contact)
        if call_back is not None:
            tried = call_backs.interrupted(call_back, limits, now)
            happened += tried
            if not any(isinstance(event, events.CallBackEnded) for event in tried):
                continue
        happened.append(_closed(contact, one, now))
    return happened


def _closed(contact: str, one: OpenContact, now: float) -> Event:
    return events.ContactClosed(
        at=now,
        contact=contact,
        outcome=Outcome.QUEUED if one.queued else Outcome.FAILED,
        cause=Cause.TEMPORARY_FAILURE,
        inferred=True,
    )


def _decided(state: router.RouterState, given: routing.Input, now: float) -> Iterable[Event]:
    decision = router.decide(state, given, now)
    for event in decision.events:
        router.apply(state, event)
    return decision.events


def _end_parts(contact: str, one: OpenContact, now: float, since: float | None) -> Iterable[Event]:
    for playback in sorted(one.playbacks):
        yield events.PromptEnded(
            at=now, contact=contact, playback=playback, how=PromptEnd.STOPPED, inferred=True
        )
    last = one.last_seen if since is None else min(one.last_seen, since)
    for leg in sorted(one.legs):
        yield events.LegEnded(at=now, contact=contact, leg=leg, cause=Cause.TEMPORARY_FAILURE, since=last)
    if one.held is not None:
        hold = one.held
        held, until = lasted(now, hold.at, since)
        yield events.ContactResumed(
            at=now,
            contact=contact,
            visit=hold.visit,
            queue=hold.queue,
            agent=hold.agent,
            held=held,
            since=until,
        )


def _routing_inputs(contact: str, one: OpenContact, since: float | None) -> Iterable[routing.Input]:
    if one.talking:
        yield routing.TalkOver(one.talking, By.UNKNOWN, since)
    elif one.queued:
        if one.accepted:
            yield routing.OfferFailed(one.accepted, OfferEnd.FAILED)
        yield routing.LeaveQueue(contact, LeftQueue.FAILED, since=since)
