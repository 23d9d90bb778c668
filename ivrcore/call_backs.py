"""Open call-backs as a fold of events: who is still to be called back, and what was tried so far. Pure.

The live server and the journal come to the same state, since both apply the same events; after a restart
the open ones are taken up again from it. Must not know of routing, calls or numbers: the number is one of the
personal values of ``subject``, and time comes in as ``now``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from msgspec import structs

from ivrcore.model import events
from ivrcore.model.names import CallBackEnd, OutboundRefusal, Told

if TYPE_CHECKING:
    from ivrcore.model.event import Event


class Limits(Protocol):
    """What the site allows; times in seconds."""

    @property
    def tries(self) -> int:
        """How often a customer's phone is rung in vain."""

    @property
    def gap(self) -> float:
        """Between one try and the next."""

    @property
    def longest_wait(self) -> float:
        """From the asking; then it is given up."""


@dataclass(frozen=True, slots=True)
class OpenCallBack:
    """One customer who is still to be called back; see the events' fields. ``asked`` is UTC seconds."""

    contact: str
    queue: str
    subject: str
    asked: float
    number: str = ""
    """The number that was called."""
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    contact_subject: str = ""
    dials: int = 0
    """How often the customer's phone was dialled, for whatever it came to."""
    missed: int = 0
    """How many of these count as tries."""
    dialling: bool = False
    """The last dialling has not come to its end."""
    reached: bool = False
    """The customer answered the last dialling."""
    talked: bool = False
    """The customer talked with an agent of its queue since it was asked for, on the line or in the very call
    in which it was asked for: nobody is to be called back any more."""
    again: float | None = None
    """When the next try is or was planned (UTC seconds), or a limit looked at; none after a missed try:
    there is no next one."""

    since: float | None = None
    """From when its place counts, if that was before it was asked for."""
    through: tuple[str, ...] = ()
    """The queues that it was moved through, the one that was asked for first."""
    in_person: bool = False
    """It goes on with the call of who called in and has its place: whoever talks with them serves them."""

    def set_back(self, seconds: float) -> OpenCallBack:
        """Give the same with so much off every time."""
        again, since = (None if at is None else at - seconds for at in (self.again, self.since))
        return replace(self, asked=self.asked - seconds, again=again, since=since)

    def is_of(self, subject: str) -> bool:
        """Whether these personal values are its own, or its contact's."""
        return subject in (self.subject, self.contact_subject)

    def serves(self, queue: str) -> bool:
        """Whether a conversation in that queue is the one that was wanted."""
        return self.in_person or queue in self.queues

    @property
    def queues(self) -> tuple[str, ...]:
        """The queue it is for, and those it was for."""
        return (self.queue, *self.through)

    @property
    def place(self) -> float:
        """From when its place in the queue counts (UTC seconds)."""
        return self.asked if self.since is None else self.since

    @property
    def attempt(self) -> int:
        """The number of the try that is made now, or would be."""
        return self.missed + 1

    @property
    def in_use(self) -> bool:
        """Whether the customer's phone rings, or the customer is on the line."""
        return self.dialling or self.reached

    @property
    def line(self) -> str:
        """The id of the last dialling."""
        return f"{self.contact}.b{self.dials}"

    @property
    def next_line(self) -> str:
        """The id of the dialling to come."""
        return f"{self.contact}.b{self.dials + 1}"


def asked(event: events.CallBackAsked) -> OpenCallBack:
    """Begin one."""
    return OpenCallBack(
        event.contact,
        event.queue,
        event.subject,
        event.at if event.asked is None else event.asked,
        event.number,
        event.priority,
        dict(event.skills),
        contact_subject=event.contact_subject,
        dials=event.dials,
        since=event.since,
        missed=event.missed,
        again=event.at if event.again is None and event.missed else event.again,
        through=event.through,
        in_person=event.in_person,
    )


def asked_again(one: OpenCallBack, now: float) -> events.CallBackAsked:
    """Ask for one anew that nobody was rung for yet; it keeps its place."""
    return events.CallBackAsked(
        at=now,
        contact=one.contact,
        queue=one.queue,
        subject=one.subject,
        contact_subject=one.contact_subject,
        number=one.number,
        priority=one.priority,
        skills=dict(one.skills),
        since=one.place,
        missed=one.missed,
        in_person=one.in_person,
        asked=one.asked,
        dials=one.dials,
        again=one.again,
        through=one.through,
    )


def goes_on(one: OpenCallBack, contact: str, contact_subject: str, now: float) -> list[Event]:
    """Say that it is another contact's from now on, of who called in: to be appended at once, as one record.

    Nothing begins anew: not its tries, nor its time, nor the wait until the next try.
    """
    event = structs.replace(
        asked_again(one, now),
        contact=contact,
        contact_subject=contact_subject,
        in_person=True,
        goes_on_with=one.contact,
    )
    return [ended(one, CallBackEnd.GOES_ON, now), event]


def apply(one: OpenCallBack, event: Event) -> OpenCallBack | None:
    """Fold an event of its contact; None once it is over."""
    match event:
        case events.CallBackAsked():
            return asked(event)
        case events.CallBackDialled():
            return replace(one, dials=one.dials + 1, dialling=True, reached=False)
        case events.CallBackReached():
            return replace(one, reached=True)
        case events.OutboundEnded() if event.outbound == one.line:
            return replace(one, dialling=False)
        case events.VisitAnswered() if one.reached or one.serves(event.queue):
            return replace(one, talked=True)
        case events.CallBackMissed():
            return replace(one, missed=event.attempt, dialling=False, reached=False, again=event.again)
        case events.CallBackPostponed():
            return replace(one, dialling=False, reached=False, again=event.again)
        case events.ContactQueued() if event.call_back and event.queue != one.queue:
            return replace(one, queue=event.queue, through=(*one.through, one.queue))
        case events.CallBackEnded() | events.ContactClosed():
            return None
        case _:
            return one


def same_person(subject: str, open_ones: Iterable[OpenCallBack]) -> set[str]:
    """Give all subjects that are of the same person as this one, itself too."""
    found = {subject}
    for one in open_ones:
        if one.is_of(subject):
            found |= {one.subject, one.contact_subject} - {""}
    return found


class OpenCallBacks:
    """The fold of a journal: the open ones by contact, in the order in which they were asked for."""

    def __init__(self, found: Mapping[str, OpenCallBack] | None = None) -> None:
        self.by_contact: dict[str, OpenCallBack] = dict(found or {})

    def apply(self, event: Event) -> None:
        """Take the next event; most change nothing."""
        if isinstance(event, events.ClockSetBack):
            for name, known in self.by_contact.items():
                self.by_contact[name] = known.set_back(event.seconds)
        contact = getattr(event, "contact", "")
        one = self.by_contact.get(contact)
        if one is None:
            if isinstance(event, events.CallBackAsked):
                self.by_contact[contact] = asked(event)
            return
        after = apply(one, event)
        if after is None:
            del self.by_contact[contact]
        else:
            self.by_contact[contact] = after

    def after(self, happened: Iterable[Event]) -> OpenCallBacks:
        """Give what they are after these events too; this one stays as it is."""
        later = OpenCallBacks(self.by_contact)
        for event in happened:
            later.apply(event)
        return later


def miss(one: OpenCallBack, limits: Limits, how: Told, now: float) -> events.CallBackMissed:
    """Say that the customer was not reached this time, and when the next try is, if there is one."""
    next_try = now + limits.gap
    may = one.attempt < limits.tries and next_try < one.asked + limits.longest_wait
    return events.CallBackMissed(
        at=now, contact=one.contact, attempt=one.attempt, how=how, again=next_try if may else None
    )


def postpone(
    one: OpenCallBack, limits: Limits, why: OutboundRefusal, until: float, now: float
) -> events.CallBackPostponed:
    """Say that a limit let nobody be rung, which is no try, and when that is looked at again.

    That is when the limit may have passed (``until``), never later than it is too old.
    """
    # a moment later in any case: times are sums of fractions, and it must not be looked at for ever
    again = min(max(until, now + 1.0), one.asked + limits.longest_wait)
    return events.CallBackPostponed(at=now, contact=one.contact, why=why, again=again)


def interrupted(one: OpenCallBack, limits: Limits, now: float) -> list[Event]:
    """Say what the end of the server made of it: nothing if the customer's phone was not rung.

    Whoever talked with an agent was served, called back or not. One who was rung, or waited on the line for
    an agent, was not; that counts as a try, so that a server that dies over and over does not ring somebody
    for ever.
    """
    if one.talked:
        return [ended(one, CallBackEnd.TALKED if one.reached else CallBackEnd.CALLED_IN, now)]
    if one.in_use:
        return [miss(one, limits, Told.FAILED, now)]
    return []


def given_up(one: OpenCallBack, limits: Limits, now: float) -> CallBackEnd | None:
    """Say why it is not to be taken up again; None if it is."""
    if one.missed and one.again is None:
        return CallBackEnd.NOT_REACHED
    if one.missed >= limits.tries:
        return CallBackEnd.NOT_REACHED
    if now >= one.asked + limits.longest_wait:
        return CallBackEnd.TOO_OLD
    return None


def ended(one: OpenCallBack, how: CallBackEnd, now: float) -> events.CallBackEnded:
    """Say that it is over."""
    return events.CallBackEnded(at=now, contact=one.contact, how=how, attempts=one.dials)
