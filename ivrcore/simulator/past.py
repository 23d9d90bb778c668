"""What a journal tells of callers: when they came, how long they waited and talked. A fold; reads no file.

Whom the router moved to another queue has not come again: the visits are one, in the queue asked for.
Whom the dialplan sent on comes again, but only where he leaves the first queue without a conversation. A
conversation by call-back is the one of the caller who waited before; a transfer is another caller's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState
from ivrcore.simulator.attendance import Attendance
from ivrcore.simulator.chance import Duration, Empirical
from ivrcore.simulator.people import Shift
from ivrcore.simulator.traffic import Past, Replay, fitted_patience

NAMES = tuple(
    event.__name__
    for event in (
        events.RosterLoaded,
        events.ContactQueued,
        events.JoinRefused,
        events.VisitAnswered,
        events.VisitAbandoned,
        events.VisitLeft,
        events.TalkEnded,
        events.AgentStateChanged,
        events.ClockSetBack,
    )
)
"""The events that are looked at."""
BEFORE = tuple(
    event.__name__ for event in (events.RosterLoaded, events.AgentStateChanged, events.ClockSetBack)
)
"""Those that matter from before the time that is looked at."""


@dataclass(slots=True)
class _Visit:
    """What a contact did in the queue that it asked for, and in those that it was moved to from there."""

    asked: events.ContactQueued | events.JoinRefused
    at: float
    """When, by the clock as it is now."""
    priority: int
    waited: float | None = None
    gave_up: bool = False
    answered: bool = False
    talk: float | None = None


@dataclass(slots=True)
class History:
    """The callers of a journal, times in UTC seconds, by when they came."""

    callers: tuple[Past, ...] = ()
    wrap_up: dict[str, float] = field(default_factory=dict)
    """Queue -> mean seconds of wrap-up after each of its conversations."""
    period: tuple[float, float] | None = None
    """From when to when callers were looked for; None: from the first to the last of them."""
    shifts: dict[str, tuple[Shift, ...]] = field(default_factory=dict)
    """Every agent of the roster -> when at work, from before the period to after it."""

    @property
    def visits(self) -> Iterator[Past]:
        """Give the callers, and what each did later, after another."""
        return (visit for caller in self.callers for visit in caller.visits)

    @property
    def queues(self) -> tuple[str, ...]:
        """Give the queues that anybody came to."""
        return tuple(sorted({one.queue for one in self.visits}))

    def talk(self, queue: str) -> Duration | None:
        """Give how long conversations took, as they were; None if there were none."""
        talks = tuple(one.talk for one in self.visits if one.queue == queue and one.talk is not None)
        return Empirical(talks) if talks else None

    def patience(self, queue: str) -> Duration:
        """Estimate how long callers stay; see :func:`ivrcore.simulator.traffic.fitted_patience`."""
        there = [one for one in self.visits if one.queue == queue]
        return fitted_patience((one.waited for one in there), sum(one.patience is not None for one in there))

    def replay(self, begin: float, queues: Iterable[str]) -> Replay:
        """Give the callers of these queues as traffic, ``begin`` being the simulation's 0.

        Queues nobody talked in are left out: how long to talk there is not known.
        """
        talks = {queue: talk for queue in queues if (talk := self.talk(queue)) is not None}
        came = [kept for one in self.callers if (kept := one.replayed(begin, talks))]
        patience = {queue: self.patience(queue) for queue in talks}
        return Replay(tuple(sorted(came, key=attrgetter("at"))), talks, patience)


def history(happened: Iterable[Event], begin: float, end: float) -> History:
    """Fold the events of a journal; callers who came from ``begin`` to ``end`` (UTC seconds) are kept.

    What :func:`ivrcore.simulator.attendance.told_before` gives of the time before ``begin`` comes first. All
    times are by the clock as it is at the end: what was before it was set back is moved with it.
    """
    fold, last = _Fold(), begin
    for event in happened:
        fold.see(event)
        last = event.at if isinstance(event, events.ClockSetBack) else max(last, event.at)
    last = max(begin, last)
    callers = [_caller(visits, last) for contact in fold.contacts.values() for visits in _each(contact)]
    kept = sorted((one for one in callers if begin <= one.at < end), key=attrgetter("at"))
    return History(tuple(kept), fold.mean_wrap_up(), (begin, end), fold.attendance.shifts())


def _each(visits: list[_Visit]) -> Iterator[list[_Visit]]:
    """Cut what one contact did after each conversation: the next one is another caller's work."""
    begin = 0
    for number, visit in enumerate(visits, start=1):
        if visit.answered or number == len(visits):
            yield visits[begin:number]
            begin = number


def _caller(visits: list[_Visit], last: float) -> Past:
    """Give the first visit, and with it the later ones; all of them were for the same conversation."""
    later: Past | None = None
    for visit in reversed(visits):
        later = _past(visit, last, later)
    assert later is not None, "a contact has a visit"
    return later


def _past(visit: _Visit, last: float, later: Past | None) -> Past:
    asked = visit.asked
    waited = last - visit.at if visit.waited is None else visit.waited
    return Past(
        at=visit.at,
        queue=asked.queue,
        waited=max(0.0, waited),
        patience=waited if visit.gave_up else None,
        talk=later.talk if visit.talk is None and later else visit.talk,
        priority=visit.priority,
        skills=asked.skills,
        preferred=asked.preferred,
        later=later,
    )


class _Fold:
    def __init__(self) -> None:
        self.contacts: dict[str, list[_Visit]] = {}
        self.attendance = Attendance()
        self._visits: dict[str, _Visit] = {}
        """By the visit's id, those that a contact was moved to too."""
        self._called_back: dict[str, _Visit] = {}
        """Visit of a call-back -> the visit that it takes the place of."""
        self._priorities: Mapping[str, int] = {}
        self._talked: dict[str, str] = {}
        """Agent -> queue of the conversation that just ended."""
        self._wrapping: dict[str, tuple[str, float]] = {}
        self._wrapped: dict[str, float] = defaultdict(float)
        self._conversations: dict[str, int] = defaultdict(int)

    def mean_wrap_up(self) -> dict[str, float]:
        """Give the mean wrap-up of each queue's conversations."""
        return {queue: self._wrapped[queue] / count for queue, count in self._conversations.items()}

    def see(self, event: Event) -> None:
        """Take one event."""
        match event:
            case events.RosterLoaded():
                self._priorities = {queue.name: queue.priority for queue in event.queues}
                self.attendance.see(event)
            case events.ContactQueued():
                self._queued(event)
            case events.JoinRefused():
                visit = _Visit(event, event.at, event.priority, waited=0.0)
                self.contacts.setdefault(event.contact, []).append(visit)
            case events.VisitAnswered() | events.VisitAbandoned() | events.VisitLeft():
                self._ended(event)
            case events.TalkEnded():
                self._talk_ended(event)
            case events.AgentStateChanged():
                self.attendance.see(event)
                self._agent_changed(event)
            case events.ClockSetBack():
                self._set_back(event.seconds)

    def _set_back(self, seconds: float) -> None:
        for visits in self.contacts.values():
            for visit in visits:
                visit.at -= seconds
        for agent, (queue, since) in self._wrapping.items():
            self._wrapping[agent] = queue, since - seconds
        self.attendance.set_back(seconds)

    def _queued(self, event: events.ContactQueued) -> None:
        known = self.contacts.get(event.contact)
        if event.call_back:
            if known:
                self._called_back[event.visit] = known[-1]
        elif not event.through:
            # the queue's own priority is added again by the router
            visit = _Visit(event, event.at, event.priority - self._priorities.get(event.queue, 0))
            self.contacts.setdefault(event.contact, []).append(visit)
            self._visits[event.visit] = visit
        elif known:  # else it came before what is read
            self._visits[event.visit] = known[-1]
            known[-1].waited = None

    def _ended(self, event: events.VisitAnswered | events.VisitAbandoned | events.VisitLeft) -> None:
        visit = self._visits.get(event.visit)
        if visit:
            since = None if isinstance(event, events.VisitAnswered) else event.since
            visit.waited = (event.at if since is None else since) - visit.at
            visit.gave_up = isinstance(event, events.VisitAbandoned)
            visit.answered = isinstance(event, events.VisitAnswered)

    def _talk_ended(self, event: events.TalkEnded) -> None:
        self._talked[event.agent] = event.queue
        self._conversations[event.queue] += 1
        visit = self._visits.get(event.visit) or self._called_back.get(event.visit)
        if visit:
            visit.talk = event.talked

    def _agent_changed(self, event: events.AgentStateChanged) -> None:
        queue, since = self._wrapping.pop(event.agent, ("", event.at))
        if queue:
            self._wrapped[queue] += event.at - since
        if event.state is AgentState.WRAP_UP:
            self._wrapping[event.agent] = queue or self._talked.get(event.agent, ""), event.at
