"""The agents: their states, what they serve, and who is free in which order.

Free agents are kept sorted in every line (see :mod:`ivrcore.routing.need`) that they fit, by their tier and
their strategy's key, so the best one for a visit is the first. Must not know of visits.
"""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING

from sortedcontainers import SortedList

from ivrcore.model.names import AgentState
from ivrcore.routing.agent import Agent, Renewal
from ivrcore.routing.line_index import FreeAgents
from ivrcore.routing.lines import Lines
from ivrcore.routing.need import Line, line_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ivrcore.model.roster import AgentFacts, QueueFacts
    from ivrcore.routing.facts import Candidate
    from ivrcore.routing.line_index import LineIndex
    from ivrcore.routing.need import Need
    from ivrcore.routing.plain import KeyPart
    from ivrcore.routing.rulebook import Rank, Rulebook

READY, TALKING = AgentState.READY, AgentState.TALKING
ShownRank = tuple[str, int, tuple[float | str, ...]]
"""An agent, the tier, and the key, as events keep them."""
RENEWED_AT_ONCE = 50
"""Keys that one decision renews at most, those due for longest first. Where thousands are after a quiet time,
the others' are old for the next few decisions, none of which has to wait for them all."""


class Pool:
    """All agents. A change of one is O(q log n), q being the lines that the agent fits."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.agents: dict[str, Agent] = {}
        self.fresh: dict[str, Agent] = {}
        """Agents who became free since matching last looked; they may have no rank yet."""
        self._rulebook = rulebook
        self._queues: Mapping[str, QueueFacts] = {}
        self._lines = Lines(rulebook)
        self.deserted = self._lines.deserted
        """Lines that nobody is logged in for, since `take_deserted`: whether the last one just went."""
        self._late: Agent | None = None
        """Who became free last: not in all lines yet, since most are offered a contact at once."""
        self._late_in: list[LineIndex] = []
        """The lines in which that one is: those that were looked at, or that are not steady."""
        self._last_ranked: tuple[Agent, LineIndex, Candidate] | None = None
        """What the strategy was shown of whom it was asked about last, until any agent changes."""
        self._now = 0.0
        """When `rank` was last asked."""
        self._renewals: SortedList[Renewal] = SortedList()
        """When keys change by themselves."""
        self._serials = count()
        self.begun = 0.0
        """Since when it is decided what is decided now."""
        self._last_due: Renewal | None = None
        """The last of the keys that are renewed then, if that are not all that are due."""

    # --- configuration and lines ---

    def load(
        self, queues: Mapping[str, QueueFacts], agents: Sequence[AgentFacts], lines: Collection[Line]
    ) -> None:
        """Take new facts and build every index anew: O(everything), and only then."""
        waited_in = dict.fromkeys((*lines, *(line_of(line.queue, ()) for line in lines)))
        staffed = {line: self.logged_in(line) > 0 for line in waited_in}
        named = {facts.name: (position, facts) for position, facts in enumerate(agents)}
        for name, agent in list(self.agents.items()):
            agent.retired = name not in named
            if agent.retired and agent.state is AgentState.LOGGED_OUT:
                del self.agents[name]
        for name, (position, facts) in named.items():
            agent = self.agents.setdefault(name, Agent(facts))
            agent.facts, agent.position = facts, position
        for agent in self.agents.values():
            agent.renewals.clear()
        self._queues = queues
        self.fresh.clear()
        self._renewals.clear()
        self._late, self._late_in, self._last_ranked = None, [], None
        self._lines.load(queues, self.agents.values())
        for line in lines:
            self.open_line(line)
        self._lines.find_deserted(staffed)
        for name, agent in self.agents.items():
            if agent.free:
                self.fresh[name] = agent

    def open_line(self, line: Line) -> None:
        """One more visit waits in a line. The first one costs O(agents of the queue)."""
        for agent in self._lines.open(line):
            if agent.free:
                self.fresh[agent.facts.name] = agent

    def close_line(self, line: Line) -> None:
        """One visit less is in a line."""
        self._lines.close(line)

    # --- agents ---

    def alter(self, agent: Agent) -> None:
        """Take the agent out of the order of those who are free: before the record changes. `settle` comes
        after it."""
        if not agent.listed:
            return
        self._last_ranked = None
        indexes: Iterable[LineIndex] = agent.lines.values()
        if agent is self._late:
            indexes, self._late, self._late_in = self._late_in, None, []
        name, talks = agent.facts.name, agent.talking > 0
        for index in indexes:
            if index.remove(name):
                index.sharing -= talks
        agent.listed = False
        agent.known.clear()
        if agent.renewals:
            for renewal in agent.renewals.values():
                self._renewals.remove(renewal)
            agent.renewals.clear()

    def settle(self, agent: Agent) -> None:
        """Count the agent as what it is now; if free, it will get its ranks when matching looks."""
        state = agent.state
        if state is READY:
            count_as, free = agent.count_as, agent.free
        else:
            count_as, free = state, state is TALKING and agent.facts.capacity > 1 and agent.free
        if count_as is not agent.counted:
            self._lines.count(agent, count_as)
        if free:
            self.fresh[agent.facts.name] = agent
        elif self.fresh:
            self.fresh.pop(agent.facts.name, None)

    def drop(self, agent: Agent) -> None:
        """Forget a retired agent who is done; no index knows of one."""
        del self.agents[agent.facts.name]

    # --- who is free ---

    def begin(self, now: float) -> None:
        """Tell that what follows is decided at another time, before anything of it takes effect: now it shows
        which keys are renewed, however soon there is anybody to look at."""
        self.begun = now
        due = self._renewals
        self._last_due = due[RENEWED_AT_ONCE - 1] if len(due) > RENEWED_AT_ONCE else None

    def rank(self, now: float) -> None:
        """Put the agents who became free into their lines; renew keys that changed by themselves.

        In a steady line, where the key is the same at any time, agents get their rank when it is looked at:
        most of an agent's lines are not before he has a contact again.
        """
        if now != self._now:  # once for all that is decided at that time, as an explanation does it
            self._now = now
            self._renew(now)
        for agent in self.fresh.values():
            if self._late is not None:
                self._list(self._late, self._late.lines.values(), now)
                self._late = None
            if agent.listed:  # fits a line that was opened since
                self._list(agent, agent.lines.values(), now)
            else:
                agent.listed, self._late = True, agent
                self._late_in = []
                if self._lines.unsteady:
                    self._late_in += [index for index in agent.lines.values() if not index.steady]
                    self._list(agent, self._late_in, now)

    def _list(self, agent: Agent, indexes: Iterable[LineIndex], now: float) -> None:
        """Take an agent among those who are free in these lines, where that is not so already."""
        name, talks = agent.facts.name, agent.talking > 0
        for index in indexes:
            unranked = index.unranked
            if name not in unranked and name not in index.ranks:
                unranked[name] = agent
                index.sharing += talks
                if not index.steady:
                    self._rank(agent, index, now)

    def _looked_at(self, line: Line) -> LineIndex | None:
        """Give a line that is open, with all in it who are free."""
        index, late = self._lines.all.get(line), self._late
        if late is not None and index is not None and index not in self._late_in and line in late.lines:
            self._late_in.append(index)
            self._list(late, (index,), self._now)
        return index

    def _renew(self, now: float) -> None:
        renewals, last = self._renewals, self._last_due
        while renewals and renewals[0].at <= now and (last is None or renewals[0] <= last):
            due: Renewal = renewals.pop(0)
            agent = self.agents[due.agent]
            del agent.renewals[due.line]
            found = agent.lines.get(due.line)
            if found and found.has(due.agent):
                self._rank(agent, found, now)

    def take_fresh(self, now: float) -> list[Agent]:
        """Give the agents who became free since this was last asked, ranked."""
        self.rank(now)
        fresh = list(self.fresh.values())
        self.fresh.clear()
        return fresh

    def _ready(self, line: Line) -> LineIndex | None:
        """Give a line where somebody is free, all of them ranked."""
        index = self._looked_at(line)
        if index is None:
            return None
        for agent in list(index.unranked.values()) if index.unranked else ():
            rank = agent.known.get(index.kind) if line.queue not in agent.facts.members else None
            if rank is not None:
                index.place(agent, rank)
            else:
                self._rank(agent, index, self._now)
        return index if index.ranks else None

    def _rank(self, agent: Agent, index: LineIndex, now: float) -> None:
        line, candidate = index.line, agent.candidate(index)
        self._last_ranked = agent, index, candidate
        rank, until = self._rulebook.rank(self._queues[line.queue], candidate, now)
        index.place(agent, rank)
        if index.steady and not rank.failed and line.queue not in agent.facts.members:
            agent.known[index.kind] = rank
        before = agent.renewals.pop(line, None) if agent.renewals else None
        if before:  # of the line when it was last open
            self._renewals.remove(before)
        if until is not None:
            agent.renewals[line] = renewal = Renewal(until, agent.facts.name, next(self._serials), line)
            self._renewals.add(renewal)

    def free(self, line: Line) -> FreeAgents | None:
        """Give the agents whom a line's next contact may be offered to; None if there is nobody."""
        index = self._ready(line)
        return FreeAgents(self.agents, index) if index else None

    def next_of(self, line: Line, start: tuple[KeyPart, ...] | None = None) -> Rank | None:
        """Give who is first by key in the lowest tier, beginning behind ``start``, if that is given."""
        index = self._ready(line)
        if index is None:
            return None
        return index.ready[0] if start is None else index.after(start)

    def candidate(self, agent: str, line: Line) -> Candidate:
        """Give what a strategy may know of an agent who fits a line that is open."""
        named = self.agents[agent]
        index = named.lines[line]
        ranked = self._last_ranked
        if ranked is not None and ranked[0] is named and ranked[1] is index:
            return ranked[2]
        return named.candidate(index)

    def tier(self, agent: str, line: Line) -> int:
        """Give the tier in which an agent counts for a line."""
        index, own = self._lines.all.get(line), self.agents[agent].member(line.queue).tier
        return max(own, index.least_tier) if index else own

    def free_count(self, line: Line) -> int:
        """Give how many are free for a line, of whatever tier."""
        index = self._looked_at(line)
        return len(index.unranked) + len(index.ranks) if index else 0

    def account(self, line: Line, shown: int) -> tuple[int, tuple[ShownRank, ...], dict[str, int]]:
        """Give how many are free for a line, the first of them, and by reason how many of its queue cannot
        have its next contact."""
        index = self._ready(line)
        left_out = self._lines.left_out(line)
        if index is None:
            return 0, (), left_out
        first = islice(index.ready, shown)
        ranks = [(rank.agent, rank.tier, tuple([value for _, value in rank.key])) for rank in first]
        return index.free, tuple(ranks), left_out

    def ranks(self, line: Line) -> Mapping[str, Rank]:
        """Give the ranks of all who are free for a line, by name and in order: O(these)."""
        index = self._ready(line)
        return {rank.agent: rank for rank in index.ready} if index else {}

    # --- figures ---

    def members(self, queue: str) -> Collection[Agent]:
        """Give the agents who serve a queue, whatever they do."""
        return self._lines.members(queue)

    def tally(self, queue: str) -> Mapping[str, int]:
        """Count a queue's agents by state (resting and the like apart from ready); no zeros."""
        return self._lines.tally(line_of(queue, ()))

    def staff(self, line: Line) -> Mapping[str, int]:
        """Count those who fit a line by state, zeros included; O(agents of the queue) where nobody waits."""
        index = self._lines.counted(line)
        return index.tally if index else self._lines.count_fitting(line)

    def logged_in(self, line: Line) -> int:
        """Give how many fit a line and are logged in; O(agents of the queue) for a line that nobody waits
        in."""
        return self._lines.logged_in(line)

    def untried(self, line: Line, tried: Collection[str]) -> bool:
        """Tell whether somebody fits a line, is free, and is none of these; O(agents of the queue)."""
        return any(one.free and one.facts.name not in tried for one in self._lines.fitting(line))

    def could_take(self, line: Line) -> int:
        """Give how many fit a line and are free; O(agents of the queue) for a line that nobody waits in."""
        index = self._looked_at(line)
        if index is None:
            return sum(agent.free for agent in self._lines.fitting(line))
        fresh = self.fresh.items()
        return index.free + sum(line in one.lines and not index.has(name) for name, one in fresh)

    def coming_free(self, line: Line, by: float) -> list[Agent]:
        """Give who fits a line and is free, or in wrap-up that ends by a time; O(agents of the queue)."""
        return [agent for agent in self._lines.fitting(line) if agent.free or agent.ready_by(by)]

    def tiers(self, line: Line, *, logged_out: bool) -> list[int]:
        """Give the tiers of those who fit; O(agents of the queue) for a line that nobody waits in."""
        return self._lines.tiers(line, logged_out=logged_out)

    def take_deserted(self) -> list[tuple[Line, bool]]:
        """Give the lines that nobody is logged in for any more, or (False) still, by a new roster."""
        found = list(self.deserted.items())
        self.deserted.clear()
        return found


class QueueFloor:
    """Who is there for one queue: what a relaxation may ask."""

    def __init__(self, pool: Pool, queue: str) -> None:
        self._pool = pool
        self._queue = queue

    def logged_in(self, need: Need) -> int:
        """See :class:`ivrcore.routing.facts.Floor`."""
        return self._pool.logged_in(Line(self._queue, need))

    def free(self, need: Need) -> int:
        """See :class:`ivrcore.routing.facts.Floor`."""
        return self._pool.could_take(Line(self._queue, need))

    def tiers(self, need: Need, *, logged_out: bool = False) -> Sequence[int]:
        """See :class:`ivrcore.routing.facts.Floor`."""
        return self._pool.tiers(Line(self._queue, need), logged_out=logged_out)
