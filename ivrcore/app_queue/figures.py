"""The figures of one Asterisk's queues. Plain values, so that they can be kept over a restart. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ivrcore.app_queue.messages import Member, Params
from ivrcore.app_queue.tally import Tally
from ivrcore.model.histogram import Histogram

HOLD_EDGES = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1800.0)
TALK_EDGES = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0)

ABSENT = 3
"""A queue that so many statuses in a row do not have is absent, as one of a database that nobody uses is."""


class State(StrEnum):
    """What a member does; each is in one of these."""

    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    """With a caller of this queue."""
    BUSY = "busy"
    """In another call."""
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"
    """The phone is not there, or Asterisk does not know it."""


UNREACHABLE = (0, 4, 5)
RINGING = (6, 7)
USED = (2, 3, 8)
"""States of devices, as Asterisk numbers them (``AST_DEVICE_UNKNOWN`` = 0 and so on)."""


def state_of(member: Member, now: float) -> State:
    """Tell what a member does at a time, UTC seconds."""
    if member.in_call:
        return State.TALKING
    if member.status in UNREACHABLE:
        return State.UNREACHABLE
    if member.status in RINGING:
        return State.RINGING
    if member.status in USED:
        return State.BUSY
    if member.paused:
        return State.PAUSED
    if member.last_call and now < member.last_call + member.wrap_up:
        return State.WRAP_UP
    return State.READY


class MemberFigures(msgspec.Struct, kw_only=True):
    """A member of a queue at one phone; ``told`` is None while logged out."""

    name: str
    own: bool = False
    """Whether the name has rows of its own; else it is counted with the others."""
    calls: Tally = msgspec.field(default_factory=Tally)
    told: Member | None = None


class QueueFigures(msgspec.Struct, kw_only=True):
    """One queue."""

    told: Params | None = None
    """Asterisk's own figures, as it told them last."""
    completed: Tally = msgspec.field(default_factory=Tally)
    abandoned: Tally = msgspec.field(default_factory=Tally)
    completed_in_threshold: int = 0
    abandoned_in_threshold: int = 0
    joined: int = 0
    left: int = 0
    connected: int = 0
    rung: int = 0
    missed: int = 0
    dumped: int = 0
    hold_answered: Histogram = msgspec.field(default_factory=lambda: Histogram(edges=HOLD_EDGES))
    hold_abandoned: Histogram = msgspec.field(default_factory=lambda: Histogram(edges=HOLD_EDGES))
    talk: Histogram = msgspec.field(default_factory=lambda: Histogram(edges=TALK_EDGES))
    waiting: dict[str, float] = {}
    """Caller -> when the wait began, UTC seconds."""
    members: dict[str, MemberFigures] = {}
    """By interface."""
    names: dict[str, int] = {}
    """Those that have rows of their own -> calls of phones that have the name no more."""
    others: int = 0
    """Such calls of all other names."""
    lacking: int = 0
    """Statuses in a row that did not have it."""
    seen: float = 0.0
    """When anything was heard of it last, UTC seconds."""

    @property
    def absent(self) -> bool:
        """Whether Asterisk does not have it now: what was counted stands, what is now is not shown."""
        return self.lacking >= ABSENT

    def tallies(self) -> list[Tally]:
        """Give every count that Asterisk counts too."""
        return [self.completed, self.abandoned, *(member.calls for member in self.members.values())]


class Figures(msgspec.Struct, kw_only=True):
    """All of one Asterisk."""

    queues: dict[str, QueueFigures] = {}
    names: int = 0
    """Names of members that have rows of their own, over all queues."""
    started: str = ""
    """When Asterisk says that it started; empty if it may not say."""
    losses: int = 0
    away: float = 0.0
    """Seconds without the link, between links."""
    restarts: int = 0
    statuses: int = 0
    lost_since: float | None = None
    odd: dict[str, int] = {}
    """Why -> how often."""
