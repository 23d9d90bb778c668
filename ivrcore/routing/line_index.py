"""One line: who of its agents is free in which order, and how many are in which state.

Kept by :mod:`ivrcore.routing.lines`, and asked by whoever looks for an agent. Must not know of other lines.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Sequence
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, overload

from ivrcore.model.names import AgentState
from ivrcore.routing.need import TIER, skills_asked
from ivrcore.routing.rulebook import Rank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.facts import Candidate
    from ivrcore.routing.need import Line
    from ivrcore.routing.plain import KeyPart
    from ivrcore.routing.rulebook import Rulebook

LOGGED_OUT = AgentState.LOGGED_OUT


class LineIndex:
    """One line. Of those who are free, `unranked` ones have no place yet in `ready`: see `Pool`."""

    __slots__ = (
        "asked",
        "kind",
        "least_tier",
        "line",
        "misfits",
        "pulled",
        "ranks",
        "ready",
        "sharing",
        "steady",
        "tally",
        "tiers",
        "unranked",
        "used",
        "weighs",
    )

    def __init__(self, line: Line, queue: QueueFacts, rulebook: Rulebook) -> None:
        self.line = line
        self.asked = MappingProxyType({**queue.skills, **skills_asked(line.need)})
        """Skills asked for, the queue's own included."""
        self.steady = rulebook.steady(queue)
        """Whether it does not matter when an agent is ranked."""
        self.least_tier = _least_tier(line)
        self.kind = intern(repr((queue.strategy, queue.options, dict(self.asked), self.least_tier)))
        """In steady lines of one kind an agent has the same rank, if he is the usual in both queues."""
        self.weighs = rulebook.weighs(queue)
        """Whether its contact order claims anything but the time waited."""
        self.pulled = rulebook.pulled(queue)
        """Whether its contacts wait to be taken."""
        self.unranked: dict[str, Agent] = {}
        self.ranks: dict[str, Rank] = {}
        """By agent: what is in `ready`."""
        self.ready: list[Rank] = []
        """In order. To put one in or take one out moves the others by 8 bytes: of ten thousand it takes a
        microsecond."""
        self.sharing = 0
        """How many of those who are free are in a conversation, with room for another contact."""
        self.tally: dict[str, int] = {}
        """Agents who fit, by what they count as; with zeros."""
        self.tiers: Counter[int] = Counter()
        """Agents who fit and are logged in, by tier; tiers without any stay as zeros."""
        self.misfits: Counter[str] = Counter()
        """Agents of the queue who do not fit, by reason."""
        self.used = 0
        """Visits in it; not counted in a queue's own line."""

    def place(self, agent: Agent, rank: Rank) -> None:
        """Give a free agent a rank, or another one."""
        before = self.ranks.get(rank.agent)
        if before is None:
            del self.unranked[rank.agent]
        else:
            del self.ready[bisect_left(self.ready, before)]
        self.ranks[rank.agent] = rank
        insort(self.ready, rank)

    def remove(self, agent: str) -> bool:
        """Take an agent from those who are free; tell whether it was one of them."""
        if agent in self.ranks:
            del self.ready[bisect_left(self.ready, self.ranks.pop(agent))]
            return True
        return self.unranked.pop(agent, None) is not None

    def has(self, agent: str) -> bool:
        """Tell whether an agent is among those who are free."""
        return agent in self.unranked or agent in self.ranks

    @property
    def free(self) -> int:
        """Give how many are free."""
        return len(self.unranked) + len(self.ranks)

    def recount(self, before: str, now: str) -> None:
        """Count one of those who fit under another state."""
        tally = self.tally
        tally[before] -= 1
        tally[now] = tally[now] + 1 if now in tally else 1

    @property
    def tier_end(self) -> int:
        """Give how many of `ready` are of the lowest tier that has anybody."""
        return bisect_left(self.ready, Rank(self.ready[0].tier + 1, 0, (), "")) if self.ready else 0

    def after(self, start: tuple[KeyPart, ...]) -> Rank:
        """Give the first of the lowest tier whose key is greater than ``start``, else the first of all."""
        tier, end = self.ready[0].tier, self.tier_end
        at = bisect_left(self.ready, Rank(tier, 0, (*start, (2, 0)), ""))
        return self.ready[at if at < end else 0]

    @property
    def logged_in(self) -> int:
        """Give how many who fit are logged in."""
        return sum(self.tally.values()) - self.tally.get(LOGGED_OUT, 0)


def _least_tier(line: Line) -> int:
    """Give the tier that lower ones count as: app_queue's "raise penalty", the third thing asked of a
    tier."""
    for rule, asked in line.need:
        if rule == TIER and isinstance(asked, tuple) and len(asked) > 2 and isinstance(asked[2], int):
            return asked[2]
    return 0


class FreeAgents(Sequence["Candidate"]):
    """The free agents of a line's lowest tier, by name; each is looked up when asked for."""

    def __init__(self, agents: Mapping[str, Agent], index: LineIndex) -> None:
        self._agents = agents
        self._index = index
        self._count = index.tier_end

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Candidate]: ...
    def __getitem__(self, at: int | slice) -> Candidate | Sequence[Candidate]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(self._count))]
        if not -self._count <= at < self._count:
            raise IndexError(at)
        rank = self._index.ready[at % self._count]
        return self._agents[rank.agent].candidate(self._index)

    def has(self, agent: str) -> bool:
        """Tell whether an agent is among them."""
        rank = self._index.ranks.get(agent)
        return rank is not None and rank.tier == self._index.ready[0].tier
