"""The state of routing as frozen values, to compare or to show. Made by :mod:`ivrcore.routing.state`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivrcore.model.names import AgentState, Device
    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.estimate import QueueEstimate
    from ivrcore.routing.facts import Memory
    from ivrcore.routing.need import Need
    from ivrcore.routing.redial import Dropped
    from ivrcore.routing.state import Phase


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer or conversation as shown. ``until`` is when it ends by itself (UTC seconds), if it does."""

    offer: str
    contact: str
    queue: str
    agent: str
    phase: Phase
    until: float | None


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent as shown; times are UTC seconds. ``resting`` after a missed offer, until ``until``."""

    agent: str
    display: str
    state: AgentState
    resting: bool
    since: float
    until: float | None
    reason: str
    pause_next: bool
    logout_next: bool
    idle_since: float | None
    contacts_taken: int
    missed: int
    device: Device
    offers: tuple[str, ...]
    """Live offers and conversations."""
    in_hand: tuple[OfferView, ...]
    """The same."""
    capacity: int
    skills: tuple[tuple[str, int], ...]
    tiers: tuple[tuple[str, int], ...]
    """Queue -> tier, for every queue that the agent serves."""
    retired: bool
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit as shown. Without ``phase`` it waits; ``position`` counts from 1, 0 in conversation."""

    visit: str
    contact: str
    queue: str
    priority: int
    skills: tuple[tuple[str, int], ...]
    entered: float
    position: int
    since: float
    through: tuple[str, ...]
    place: float
    need: Need
    step: int
    """How often its need was relaxed, and ``why`` it is what it is now."""
    why: str
    call_back: bool
    parked: bool
    """It is offered to nobody until who has its call asks again."""
    preferred: tuple[str, ...]
    offers: int
    live: tuple[str, ...]
    """The offers that ring, or the one that was taken."""
    rung: tuple[OfferView, ...]
    """The same."""
    offer: str
    """The first of these."""
    agent: str
    phase: Phase | None
    deadline: float | None
    bridged_at: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state, each part sorted by name."""

    queues: tuple[QueueFacts, ...]
    agents: tuple[AgentView, ...]
    visits: tuple[VisitView, ...]
    memories: tuple[tuple[str, Memory], ...]
    dropped: tuple[tuple[tuple[str, str], Dropped], ...]
    estimates: tuple[tuple[str, QueueEstimate], ...]
