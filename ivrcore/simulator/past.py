"""What a journal tells of callers: when they came, how long they waited and talked. A fold; reads no file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState
from ivrcore.simulator.chance import Duration, Empirical
from ivrcore.simulator.traffic import Past, Replay, fitted_patience

NAMES = tuple(
    event.__name__
    for event in (
        events.RosterLoaded,
        events.ContactQueued,
        events.VisitAnswered,
        events.VisitAbandoned,
        events.VisitLeft,
        events.TalkEnded,
        events.AgentStateChanged,
    )
)
"""The events that are looked at."""


@dataclass(slots=True)
class _Visit:
    queued: events.ContactQueued
    priority: int
    waited: float | None = None
    gave_up: bool = False
    talk: float | None = None


@dataclass(slots=True)
class History:
    """The callers of a journal, times in UTC seconds; call-backs are left out."""

    callers: tuple[Past, ...] = ()
    wrap_up: dict[str, float] = field(default_factory=dict)
    """Queue -> mean seconds of wrap-up after each of its conversations."""

    @property
    def queues(self) -> tuple[str, ...]:
        """Give the queues that anybody came to."""
        return tuple(sorted({one.queue for one in self.callers}))

    def talk(self, queue: str) -> Duration | None:
        """Give how long conversations took, as they were; None if there were none."""
        talks = tuple(one.talk for one in self.callers if one.queue == queue and one.talk is not None)
        return Empirical(talks) if talks else None

    def patience(self, queue: str) -> Duration:
        """Estimate how long callers stay; see :func:`ivrcore.simulator.traffic.fitted_patience`."""
        there = [one for one in self.callers if one.queue == queue]
        return fitted_patience((one.waited for one in there), sum(one.patience is not None for one in there))

    def replay(self, begin: float, queues: Iterable[str]) -> Replay:
        """Give the callers of these queues as traffic, ``begin`` being the simulation's 0.

        Queues nobody talked in are left out: how long to talk there is not known.
        """
        talks = {queue: talk for queue in queues if (talk := self.talk(queue)) is not None}
        return Replay(
            tuple(one._replace(at=one.at - begin) for one in self.callers if one.queue in talks),
            talks,
            {queue: self.patience(queue) for queue in talks},
        )


def history(happened: Iterable[Event], begin: float, end: float) -> History:
    """Fold the events of a journal; callers who came from ``begin`` to ``end`` (UTC seconds) are kept."""
    fold, last = _Fold(), begin
    for event in happened:
        fold.see(event)
        last = event.at
    kept = (visit for visit in fold.visits.values() if begin <= visit.queued.at < end)
    return History(tuple(_past(visit, last) for visit in kept), fold.mean_wrap_up())


def _past(visit: _Visit, last: float) -> Past:
    queued = visit.queued
    waited = last - queued.at if visit.waited is None else visit.waited
    return Past(
        at=queued.at,
        queue=queued.queue,
        waited=max(0.0, waited),
        patience=waited if visit.gave_up else None,
        talk=visit.talk,
        priority=visit.priority,
        skills=queued.skills,
        preferred=queued.preferred,
    )


class _Fold:
    def __init__(self) -> None:
        self.visits: dict[str, _Visit] = {}
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
            case events.ContactQueued(call_back=False):
                # the queue's own priority is added again by the router
                priority = event.priority - self._priorities.get(event.queue, 0)
                self.visits[event.visit] = _Visit(event, priority)
            case events.VisitAnswered() | events.VisitAbandoned() | events.VisitLeft():
                visit = self.visits.get(event.visit)
                if visit:
                    visit.waited, visit.gave_up = event.waited, isinstance(event, events.VisitAbandoned)
            case events.TalkEnded():
                self._talked[event.agent] = event.queue
                self._conversations[event.queue] += 1
                if event.visit in self.visits:
                    self.visits[event.visit].talk = event.talked
            case events.AgentStateChanged():
                self._agent_changed(event)

    def _agent_changed(self, event: events.AgentStateChanged) -> None:
        queue, since = self._wrapping.pop(event.agent, ("", event.at))
        if queue:
            self._wrapped[queue] += event.at - since
        if event.state is AgentState.WRAP_UP:
            self._wrapping[event.agent] = queue or self._talked.get(event.agent, ""), event.at
