"""What plugins of routing may know of agents, contacts and queues: plain facts, all times UTC seconds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from ivrcore.model.roster import ONLY_MAIN
from ivrcore.routing.workload import EMPTY, Window

if TYPE_CHECKING:
    from ivrcore.routing.need import Need

Options = Mapping[str, Any]
"""A plugin's settings in a queue's configuration: what YAML can say (texts, numbers, lists, mappings)."""

Memory = Mapping[str, bool | int | float | str | None]
"""What a strategy remembers of one queue from decision to decision; the core keeps and journals it."""


def nothing_yet(seconds: float, now: float) -> Window:
    """Give the window of an agent who has done nothing."""
    return EMPTY


class Member(msgspec.Struct, frozen=True):
    """An agent as configuration states them for one queue."""

    agent: str
    skills: Mapping[str, int]
    tier: int = 1
    """Level, penalty or ring: agents of a lower tier come first, whatever the strategy."""
    position: int = 0
    """Place in the configuration, from 0."""
    weight: float = 1.0
    """Share of contacts, where a strategy uses it."""
    reach: Collection[str] = ONLY_MAIN
    """The PBXs whose callers can be connected with the agent's phone."""


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """What a strategy may know of a free agent."""

    agent: str
    idle_since: float
    """End of the last contact or missed offer since login, else since first ready."""
    skills: Mapping[str, int] = {}
    contacts_taken: int = 0
    """Since login."""
    tier: int = 1
    position: int = 0
    weight: float = 1.0
    ready_since: float = 0.0
    """When the agent last became ready, or missed an offer; one that was taken back interrupts nothing."""
    talk_began: float | None = None
    """When the last conversation since login began."""
    load: int = 0
    """Contacts in hand, for agents who may have several."""
    asked: Mapping[str, int] = {}
    """Skill -> least level that this contact (and all of its line) asks for, the queue's own included."""
    window: Callable[[float, float], Window] = nothing_yet
    """``window(seconds, now)``: what the agent did in the last seconds."""
    inbound_idle_since: float | None = None
    """Like ``idle_since``, call-backs left out; None: the same."""


class VisitFacts(msgspec.Struct, frozen=True):
    """What a plugin may know of a waiting contact."""

    contact: str
    visit: str
    queue: str
    entered: float
    since: float
    """From when its order of service counts: mostly when it entered."""
    priority: int = 0
    skills: Mapping[str, int] = {}
    """Asked for by the dialplan, beside the queue's own."""
    step: int = 0
    """How often its need was relaxed so far."""
    preferred: Sequence[str] = ()
    """Agents whom the contact should rather have, best first (the one who spoke with it last, say)."""
    call_back: bool = False
    tried: Sequence[str] = ()
    """Agents to whom it was offered in vain, latest last."""
    need: Need = ()
    """What it needs of an agent now."""


class Floor(Protocol):
    """Who is there for a queue, as a relaxation may ask."""

    def logged_in(self, need: Need) -> int:
        """Give how many agents of the queue fit a need and are logged in, whatever they do."""

    def free(self, need: Need) -> int:
        """Give how many agents of the queue fit a need and could be offered a contact now."""

    def tiers(self, need: Need, *, logged_out: bool = False) -> Sequence[int]:
        """Give the tiers of those who fit a need, lowest first: logged in, or else whatever they do."""


class QueueView(msgspec.Struct, frozen=True, gc=False):
    """What the choice between contacts may know of a queue."""

    name: str
    threshold: float
    """Service-level threshold T in seconds."""
    waiting: int
    answered: int
    """In the last half hour, with those abandoned after T: the base of the service level."""
    in_threshold: int
    """Of these, answered within T."""
