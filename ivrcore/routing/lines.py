"""The agents of each line: who fits, who of them is free in which order, and how many are in which state.

A line that no visit waits in any more is kept for a while, for the next one that asks the same, but not for
ever: visits may ask for anything. A queue's own line (with no need) is always there.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, overload

from sortedcontainers import SortedList

from ivrcore.model.names import AgentState
from ivrcore.routing.need import AGENTS, TIER, line_of, skills_asked
from ivrcore.routing.rulebook import Rank

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ivrcore.model.roster import AgentFacts, QueueFacts
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.facts import Candidate
    from ivrcore.routing.need import Line
    from ivrcore.routing.plain import KeyPart
    from ivrcore.routing.rulebook import Rulebook

LOGGED_OUT, READY, TALKING = AgentState.LOGGED_OUT, AgentState.READY, AgentState.TALKING
IDLE_KEPT = 500
"""Lines without a visit that are kept."""


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
        self.ready: SortedList[Rank] = SortedList()
        self.sharing = 0
        """How many of those who are free are in a conversation, with room for another contact."""
        self.tally: dict[str, int] = {}
        """Agents who fit, by what they count as; with zeros."""
        self.tiers: Counter[int] = Counter()
        """Agents who fit and are logged in, by tier; tiers without any stay as zeros."""
        self.misfits: Counter[str] = Counter()
        """Agents of the queue who do not fit, by reason."""
        self.used = 0
        """Visits in it."""

    def place(self, agent: Agent, rank: Rank) -> None:
        """Give a free agent a rank, or another one."""
        before = self.ranks.get(rank.agent)
        if before is None:
            del self.unranked[rank.agent]
        else:
            self.ready.remove(before)
        self.ranks[rank.agent] = rank
        self.ready.add(rank)

    def has(self, agent: str) -> bool:
        """Tell whether an agent is among those who are free."""
        return agent in self.unranked or agent in self.ranks

    @property
    def free(self) -> int:
        """Give how many are free."""
        return len(self.unranked) + len(self.ranks)

    def count(self, state: str, more: int) -> None:
        """Count so many more of those who fit under a state."""
        self.tally[state] = self.tally.get(state, 0) + more

    @property
    def tier_end(self) -> int:
        """Give how many of `ready` are of the lowest tier that has anybody."""
        return self.ready.bisect_left(Rank(self.ready[0].tier + 1, 0, (), "")) if self.ready else 0

    def after(self, start: tuple[KeyPart, ...]) -> Rank:
        """Give the first of the lowest tier whose key is greater than ``start``, else the first of all."""
        tier, end = self.ready[0].tier, self.tier_end
        at = self.ready.bisect_left(Rank(tier, 0, (*start, (2, 0)), ""))
        found: Rank = self.ready[at if at < end else 0]
        return found

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


class Lines:
    """All lines, and the members of all queues."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._queues: Mapping[str, QueueFacts] = {}
        self._members: dict[str, dict[str, Agent]] = {}
        self._all: dict[Line, LineIndex] = {}
        self._idle: OrderedDict[Line, None] = OrderedDict()
        self.deserted: dict[Line, bool] = {}
        """Lines that nobody is logged in for, and that it matters to: whether the last one just went."""

    def load(self, queues: Mapping[str, QueueFacts], agents: Iterable[Agent]) -> None:
        """Build everything anew, with the queues' own lines only."""
        self._queues = queues
        self._members = {queue: {} for queue in queues}
        self._all.clear()
        self._idle.clear()
        self.deserted.clear()
        serves = _Serving(queues)
        for agent in agents:
            agent.queues = () if agent.retired else serves(agent.facts)
            agent.lines, agent.listed, agent.counted = {}, False, agent.count_as
            agent.known.clear()
            for queue in agent.queues:
                self._members[queue][agent.facts.name] = agent
        for queue in queues:
            self._build(line_of(queue, ()))

    def members(self, queue: str) -> Collection[Agent]:
        """Give the agents who serve a queue."""
        return self._members.get(queue, {}).values()

    def index(self, line: Line) -> LineIndex | None:
        """Give a line that is open."""
        return self._all.get(line)

    def open(self, line: Line) -> Iterable[Agent]:
        """Count a visit in; give the agents who are new to the line, because it is new."""
        index = self._all.get(line)
        added: Iterable[Agent] = ()
        if index is None:
            if line.queue not in self._members:
                return ()
            index, added = self._build(line)
        index.used += 1
        self._idle.pop(line, None)
        return added

    def close(self, line: Line) -> None:
        """Count a visit out; the line that was idle for longest may go."""
        index = self._all.get(line)
        if index is None or not line.need:
            return
        index.used -= 1
        if index.used <= 0:
            self._idle[line] = None
            if len(self._idle) > IDLE_KEPT:
                self._drop(self._idle.popitem(last=False)[0])

    def count(self, agent: Agent, now: str) -> None:
        """Count the agent under what it is now, in all its lines."""
        before = agent.counted
        agent.counted = now
        for index in agent.lines.values():
            tally = index.tally
            tally[before] -= 1
            tally[now] = tally[now] + 1 if now in tally else 1
        if now is LOGGED_OUT:
            self._count_tiers(agent, -1)
        elif before is LOGGED_OUT:
            self._count_tiers(agent, 1)

    def _count_tiers(self, agent: Agent, more: int) -> None:
        """Count an agent who came, or (-1) went, and note the lines whose last one it was."""
        for line, index in agent.lines.items():
            index.tiers[agent.tier(line.queue)] += more
            if more < 0 and not index.logged_in and self._matters(line):
                self.deserted[line] = True

    def tally(self, line: Line) -> dict[str, int]:
        """Count those who fit by what they count as; no zeros."""
        index = self._all.get(line)
        return {state: count for state, count in index.tally.items() if count} if index else {}

    def count_fitting(self, line: Line) -> dict[str, int]:
        """Count those who fit a line that is not open by what they count as."""
        return Counter(agent.count_as for agent in self.fitting(line))

    def left_out(self, line: Line) -> dict[str, int]:
        """Count the agents of the queue who are not free for the line, by reason."""
        index = self._all.get(line)
        if index is None:
            return {}
        found = {state: n for state, n in index.tally.items() if n and state != READY}
        if index.sharing:
            found[TALKING] -= index.sharing
            if not found[TALKING]:
                del found[TALKING]
        if several := index.tally.get(READY, 0) - (index.free - index.sharing):
            found["not yet free"] = several
        found.update(index.misfits)
        return found

    def logged_in(self, line: Line) -> int:
        """Give how many fit and are logged in."""
        index = self._all.get(line)
        if index is not None:
            return index.logged_in
        return sum(agent.state is not LOGGED_OUT for agent in self.fitting(line))

    def tiers(self, line: Line, *, logged_out: bool) -> list[int]:
        """Give the tiers of those who fit, lowest first: those logged in, or else all."""
        index = self._all.get(line)
        if index is not None:
            return sorted(tier for tier, count in index.tiers.items() if count or logged_out)
        fitting = self.fitting(line)
        here = (agent for agent in fitting if logged_out or agent.state is not LOGGED_OUT)
        return sorted({agent.tier(line.queue) for agent in here})

    def find_deserted(self, lines: Mapping[Line, bool]) -> None:
        """Take lines for deserted where by a new roster nobody who fits is logged in; told of each whether
        somebody was before."""
        for line, staffed in lines.items():
            if self._matters(line) and not self.logged_in(line):
                self.deserted[line] = staffed

    def _matters(self, line: Line) -> bool:
        """Whether it matters to those who wait that nobody who fits is logged in."""
        return bool(line.need) or (line.queue in self._queues and self._queues[line.queue].leave_empty)

    def fitting(self, line: Line) -> list[Agent]:
        """Give the agents of the queue who fit, whatever they do."""
        members = self._asked_members(line).values()
        return [a for a in members if not self._rulebook.misfit(a.member(line.queue), line.need)]

    def _asked_members(self, line: Line) -> Mapping[str, Agent]:
        members = self._members.get(line.queue, {})
        for rule, asked in line.need:
            if rule == AGENTS and isinstance(asked, tuple):
                return {name: members[name] for name in asked if name in members}
        return members

    def _build(self, line: Line) -> tuple[LineIndex, list[Agent]]:
        queue = self._queues[line.queue]
        index = self._all[line] = LineIndex(line, queue, self._rulebook)
        members = self._asked_members(line)
        fitting = []
        for agent in members.values():
            misfit = self._rulebook.misfit(agent.member(line.queue), line.need) if line.need else ""
            if misfit:
                index.misfits[misfit] += 1
                continue
            agent.lines[line] = index
            index.count(agent.counted, 1)
            index.tiers[agent.tier(line.queue)] += agent.counted != LOGGED_OUT
            fitting.append(agent)
        if others := len(self._members[line.queue]) - len(members):
            index.misfits["not one of those asked for"] += others
        return index, fitting

    def _drop(self, line: Line) -> None:
        del self._all[line]
        self.deserted.pop(line, None)
        for agent in self._asked_members(line).values():
            agent.lines.pop(line, None)


class _Serving:
    """Which queues an agent serves; agents of equal skills share one answer."""

    def __init__(self, queues: Mapping[str, QueueFacts]) -> None:
        self._queues = queues
        self._by_skills: dict[tuple[tuple[str, int], ...], tuple[str, ...]] = {}

    def __call__(self, agent: AgentFacts) -> tuple[str, ...]:
        if agent.queues:
            return tuple(queue for queue in dict.fromkeys(agent.queues) if queue in self._queues)
        skills = tuple(sorted(agent.skills.items()))
        if skills not in self._by_skills:
            self._by_skills[skills] = tuple(
                name
                for name, queue in self._queues.items()
                if all(agent.skills.get(skill, 0) >= level for skill, level in queue.skills.items())
            )
        return self._by_skills[skills]
