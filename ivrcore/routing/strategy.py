"""What a routing strategy plugin provides: which of a queue's free agents gets the next contact.

There are two kinds, both pure. A `KeyStrategy` gives each agent a sort key; the core keeps the agents
sorted, so that a choice costs O(log n) however many agents there are. An `OrderStrategy` looks at all
candidates of one contact, and may ring several at once. Before either is asked the core has left only agents
who are free, who fit the contact's need, and who are of the lowest tier that has anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from ivrcore.routing.facts import Candidate, Memory, Options, VisitFacts

Key = tuple[float | int | str, ...]


class Ranked(msgspec.Struct, frozen=True):
    """A key that changes by itself: the core asks for it again at ``until`` (UTC seconds)."""

    key: Key
    until: float


class KeyStrategy(Protocol):
    """Orders a queue's free agents: the one with the least key is offered the contact; ties go by name.

    It may also have `start(memory) -> Key | None`, the key behind which the search begins (wrapping round at
    the end), and `remember(memory, candidate, key) -> Memory`, what to remember after an offer. Where that
    holds places in the configuration, `reordered(memory, before, now) -> Memory` gives what they are in a new
    one: ``before`` names the agents in the order of the old one, ``now`` has their places in the new one.

    One whose keys are the same at whatever time they are asked for says so by ``steady = True``: agents then
    get theirs when a contact is to be offered, not in every queue of theirs whenever they become free.
    """

    @property
    def name(self) -> str:
        """As configuration names it."""

    def key(self, candidate: Candidate, options: Options, now: float) -> Key | Ranked:
        """Give the sort key; it may change only by this agent's own events or at the time it names."""

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        """Say in words why this agent came first, e.g. ``idle for 63 s``."""


class Choice(msgspec.Struct, frozen=True):
    """One contact and the agents who could have it."""

    contact: VisitFacts
    candidates: Sequence[Candidate]
    """Free agents of the lowest tier, by name; made as they are looked at, so picking one costs little."""
    ringing: Sequence[str]
    """Agents who are being rung for this contact already."""
    ringing_tier: int | None
    """The lowest of their tiers; None while nobody is rung."""
    memory: Memory
    """What this strategy remembered of this queue."""
    options: Options
    now: float
    draw: Callable[[], float]
    """A random number from 0 up to 1; those drawn are journalled with the decision."""


class Order(msgspec.Struct, frozen=True):
    """Whom to ring for the contact, all at once; the first who answers gets it."""

    ring: Sequence[str]
    why: str
    """In words, e.g. ``drawn of 12``."""
    memory: Memory | None = None
    """To be remembered from now on; None: as before."""
    again: float | None = None
    """Ask again at this time (UTC seconds), if nobody has answered by then."""


class OrderStrategy(Protocol):
    """Picks among the candidates of one contact, at a cost of its own.

    One that never rings anybody by itself, because agents take contacts, says so by ``pulled = True``: the
    core then does not ask it at all.
    """

    @property
    def name(self) -> str:
        """As configuration names it."""

    def order(self, choice: Choice) -> Order:
        """Say whom to ring now; nobody, if the contact is to wait on until ``again``."""


Strategy = KeyStrategy | OrderStrategy
