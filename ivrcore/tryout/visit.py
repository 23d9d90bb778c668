"""A wait in a queue within a trial call, and the events that routing would have journalled of it."""

from __future__ import annotations

from dataclasses import dataclass

from ivrcore.model import events as ev
from ivrcore.model.names import By, LeftQueue

AGENT = "agent"
"""Who takes every call."""
THRESHOLD = 20.0
"""Seconds of waiting that count as served in time, in the figures of a trial."""


@dataclass(slots=True)
class Visit:
    """One visit. Times in UTC seconds; ``talking`` since an agent took the call."""

    contact: str
    id: str
    queue: str
    priority: int
    skills: dict[str, int]
    tier: str
    since: float
    talking: float | None = None
    exits: tuple[str, ...] = ()

    def queued(self) -> ev.ContactQueued:
        """Tell that it begins."""
        return ev.ContactQueued(
            at=self.since,
            contact=self.contact,
            visit=self.id,
            queue=self.queue,
            priority=self.priority,
            skills=self.skills,
        )

    def answered(self, now: float) -> ev.VisitAnswered:
        """Have an agent take it."""
        self.talking = now
        waited = now - self.since
        return ev.VisitAnswered(
            at=now,
            contact=self.contact,
            visit=self.id,
            queue=self.queue,
            offer=f"{self.id}.o1",
            agent=AGENT,
            bridge=f"{self.id}.o1.b",
            waited=waited,
            in_threshold=waited <= THRESHOLD,
        )

    def talked(self, now: float, by: By) -> ev.TalkEnded:
        """Tell that the conversation is over."""
        return ev.TalkEnded(
            at=now,
            contact=self.contact,
            visit=self.id,
            queue=self.queue,
            agent=AGENT,
            talked=now - (now if self.talking is None else self.talking),
            by=by,
        )

    def left(self, now: float, why: LeftQueue) -> ev.VisitLeft:
        """Tell that it ended without a conversation, and the call goes on."""
        return ev.VisitLeft(
            at=now,
            contact=self.contact,
            visit=self.id,
            queue=self.queue,
            waited=now - self.since,
            why=why,
        )

    def abandoned(self, now: float) -> ev.VisitAbandoned:
        """Tell that the caller hung up while waiting."""
        waited = now - self.since
        return ev.VisitAbandoned(
            at=now,
            contact=self.contact,
            visit=self.id,
            queue=self.queue,
            waited=waited,
            in_threshold=waited <= THRESHOLD,
            short=False,
        )
