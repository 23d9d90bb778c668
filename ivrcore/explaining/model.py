"""What an explanation consists of. All times are UTC seconds, durations seconds; no personal values."""

from __future__ import annotations

from typing import Any

import msgspec

from ivrcore.model.events import Decided

WINDOW = 3600.0
"""How far the figures of an agent look back (seconds)."""


class AgentRow(msgspec.Struct, frozen=True, kw_only=True):
    """An agent of the queue, as of one decision."""

    agent: str
    rank: int = 0
    """Place among those who were free and fitted, from 1; 0 for the others."""
    rung: bool = False
    """Whether this decision had the agent's phone ring."""
    tier: int = 1
    key: tuple[float | str, ...] = ()
    """The strategy's sort key; empty where it sorts by none."""
    by_idle_time: bool = False
    """Whether the strategy failed for this agent, who then came last, by idle time."""
    reason: str = ""
    """Why the agent was left out, as `Decided.excluded` names it; "" for those who were free."""
    idle_since: float | None = None
    contacts: int = 0
    """Conversations begun in the last `WINDOW`."""
    contacts_taken: int | None = 0
    """Since login; None: not known."""
    incomplete: bool = False
    """Whether the agent logged in before the part of the journal that was read. Without a contact or missed
    offer since then ``idle_since`` is not known (None), nor the key, but of those whom the event names."""
    talk: float = 0.0
    """Seconds of conversation in the last `WINDOW`."""
    occupancy: float = 0.0
    """Work ÷ staffed time in the last `WINDOW`."""
    in_hand: int | None = 0
    """None: not known, but something is."""
    capacity: int = 1
    skills: dict[str, int] = {}


class OtherRow(msgspec.Struct, frozen=True, kw_only=True):
    """The first contact of another line (a queue and a need), as of one decision."""

    contact: str
    queue: str
    need: dict[str, Any]
    priority: int
    waited: float
    claim: float
    """How urgent it was by its queue's contact order (seconds)."""
    free: int
    """Agents who fitted it and were free."""
    reason: str
    """Why it did not go first, in words."""


class OfferView(msgspec.Struct, frozen=True, kw_only=True):
    """How an offer was decided."""

    offer: str
    agent: str
    strategy: str
    why: str
    kept: Decided | None
    """What the event itself keeps."""
    same: bool
    """Whether the rebuilt list agrees with what the event keeps; where not, ``note`` says what may be the
    cause."""
    note: str = ""
    agents: tuple[AgentRow, ...] = ()
    """Every agent of the queue: those who were free first, in order."""
    others: tuple[OtherRow, ...] = ()
    """Those who also waited, the most urgent first."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was decided about the contact, or happened to it."""

    at: float
    kind: str
    """The event's name."""
    visit: str
    queue: str
    said: str
    """In words."""
    details: tuple[str, ...] = ()
    """More words, a line each."""
    offer: OfferView | None = None
    set_back: float = 0.0
    """Seconds that the clock was set back here; all times before are ahead by so much."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that routing did with one contact, in order."""

    contact: str
    decisions: tuple[Decision, ...]
    failed: tuple[str, ...] = ()
    """Plugins of today that failed while the past was rebuilt."""

    @property
    def agrees(self) -> bool:
        """Whether each rebuilt list agrees with what its event keeps."""
        return all(one.offer.same for one in self.decisions if one.offer is not None)
