"""All lines: who fits each, and when it is kept.

A line that no visit waits in any more is kept for a while, for the next one that asks the same, but not for
ever: visits may ask for anything. A queue's own line (with no need) is always there.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

from ivrcore.model.names import AgentState
from ivrcore.routing.line_index import LineIndex
from ivrcore.routing.need import AGENTS, line_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ivrcore.model.roster import AgentFacts, QueueFacts
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.need import Line
    from ivrcore.routing.rulebook import Rulebook

LOGGED_OUT, READY, TALKING = AgentState.LOGGED_OUT, AgentState.READY, AgentState.TALKING
IDLE_KEPT = 500
"""Lines without a visit that are kept."""


class Lines:
    """All lines, and the members of all queues."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._queues: Mapping[str, QueueFacts] = {}
        self._members: dict[str, dict[str, Agent]] = {}
        self.all: dict[Line, LineIndex] = {}
        """Those that are open."""
        self._idle: OrderedDict[Line, None] = OrderedDict()
        self._moved: Agent | None = None
        """Who changed last: counted anew where somebody looks, and in the other lines when the next one does,
        as most are offered a contact as soon as they are ready."""
        self._was = ""
        """What that agent is still counted as in its lines."""
        self._seen_as: dict[Line, str] = {}
        """But in these, which somebody looked at: as what."""
        self.unsteady = False
        """Whether there may be a line where it matters when an agent is ranked."""
        self.deserted: dict[Line, bool] = {}
        """Lines that nobody is logged in for, and that it matters to: whether the last one just went."""

    def load(self, queues: Mapping[str, QueueFacts], agents: Iterable[Agent]) -> None:
        """Build everything anew, with the queues' own lines only."""
        self._queues = queues
        self._members = {queue: {} for queue in queues}
        self.all.clear()
        self._idle.clear()
        self._moved = None
        self._seen_as.clear()
        self.unsteady = False
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

    def open(self, line: Line) -> Iterable[Agent]:
        """Count a visit in; give the agents who are new to the line, because it is new."""
        index = self.all.get(line)
        added: Iterable[Agent] = ()
        if index is None:
            if line.queue not in self._members:
                return ()
            index, added = self._build(line)
        if line.need:
            index.used += 1
            self._idle.pop(line, None)
        return added

    def close(self, line: Line) -> None:
        """Count a visit out; the line that was idle for longest may go."""
        index = self.all.get(line) if line.need else None
        if index is None:
            return
        index.used -= 1
        if index.used <= 0:
            self._idle[line] = None
            if len(self._idle) > IDLE_KEPT:
                self._drop(self._idle.popitem(last=False)[0])

    def count(self, agent: Agent, now: str) -> None:
        """Count the agent under what it is now, in all its lines."""
        before = agent.counted
        if agent is not self._moved:
            self._count_moved()
            self._moved, self._was = agent, before
        agent.counted = now
        if now is LOGGED_OUT:
            self._count_tiers(agent, -1)
        elif before is LOGGED_OUT:
            self._count_tiers(agent, 1)

    def _count_moved(self) -> None:
        """Count who changed last in all lines."""
        agent, was, seen_as = self._moved, self._was, self._seen_as
        if agent is None:
            return
        now, lines = agent.counted, agent.lines
        if was is not now:
            for line, index in lines.items():
                index.recount(seen_as.get(line, was), now)
        else:
            for line, seen in seen_as.items():
                if line in lines:
                    lines[line].recount(seen, now)
        self._moved = None
        seen_as.clear()

    def counted(self, line: Line) -> LineIndex | None:
        """Give a line that is open, with all who fit counted as what they are now."""
        moved = self._moved
        if moved is not None and line in moved.lines:
            moved.lines[line].recount(self._seen_as.get(line, self._was), moved.counted)
            self._seen_as[line] = moved.counted
        return self.all.get(line)

    def _count_tiers(self, agent: Agent, more: int) -> None:
        """Count an agent who came, or (-1) went, and note the lines whose last one it was."""
        self._count_moved()
        for line, index in agent.lines.items():
            index.tiers[agent.tier(line.queue)] += more
            if more < 0 and not index.logged_in and self._matters(line):
                self.deserted[line] = True

    def tally(self, line: Line) -> dict[str, int]:
        """Count those who fit by what they count as; no zeros."""
        index = self.counted(line)
        return {state: count for state, count in index.tally.items() if count} if index else {}

    def count_fitting(self, line: Line) -> dict[str, int]:
        """Count those who fit a line that is not open by what they count as."""
        return Counter(agent.count_as for agent in self.fitting(line))

    def left_out(self, line: Line) -> dict[str, int]:
        """Count the agents of the queue who are not free for the line, by reason."""
        index = self.counted(line)
        if index is None:
            return {}
        found = {state: n for state, n in index.tally.items() if n and state is not READY}
        if index.sharing:
            found[TALKING] -= index.sharing
            if not found[TALKING]:
                del found[TALKING]
        if several := index.tally.get(READY, 0) - (index.free - index.sharing):
            found["not yet free"] = several
        if index.misfits:
            found.update(index.misfits)
        return found

    def logged_in(self, line: Line) -> int:
        """Give how many fit and are logged in."""
        index = self.counted(line)
        if index is not None:
            return index.logged_in
        return sum(agent.state is not LOGGED_OUT for agent in self.fitting(line))

    def tiers(self, line: Line, *, logged_out: bool) -> list[int]:
        """Give the tiers of those who fit, lowest first: those logged in, or else all."""
        index = self.all.get(line)
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
        self._count_moved()
        queue = self._queues[line.queue]
        index = self.all[line] = LineIndex(line, queue, self._rulebook)
        self.unsteady = self.unsteady or not index.steady
        members = self._asked_members(line)
        fitting = []
        for agent in members.values():
            misfit = self._rulebook.misfit(agent.member(line.queue), line.need) if line.need else ""
            if misfit:
                index.misfits[misfit] += 1
                continue
            agent.lines[line] = index
            index.tally[agent.counted] = index.tally.get(agent.counted, 0) + 1
            index.tiers[agent.tier(line.queue)] += agent.counted != LOGGED_OUT
            fitting.append(agent)
        if others := len(self._members[line.queue]) - len(members):
            index.misfits["not one of those asked for"] += others
        return index, fitting

    def _drop(self, line: Line) -> None:
        del self.all[line]
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
