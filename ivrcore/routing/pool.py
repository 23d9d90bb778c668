"""The agents: their states, what they serve, and who is free in which order.

Free agents are kept sorted by their strategy's key in every line (see :mod:`ivrcore.routing.waiting`) that
they fit, so the best one for a visit is the first. Must not know of visits.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sortedcontainers import SortedList

from ivrcore.model.names import AgentState
from ivrcore.routing.strategy import Candidate
from ivrcore.routing.waiting import Line, Skills, skills_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ivrcore.model.roster import AgentFacts, QueueFacts
    from ivrcore.routing.ranking import Rank, Ranking

RESTING = "resting"
"""How a ready agent is counted who missed an offer and is left alone for a while."""


@dataclass(slots=True)
class Agent:
    """An agent's record; times are UTC seconds. The last four fields are indices, not state."""

    facts: AgentFacts
    state: AgentState = AgentState.LOGGED_OUT
    since: float = 0.0
    reason: str = ""
    until: float | None = None
    pause_next: bool = False
    logout_next: bool = False
    idle_since: float | None = None
    contacts_taken: int = 0
    offer: str = ""
    """The live offer or conversation, if any."""
    retired: bool = False
    """No longer configured; gone as soon as the present contact is over."""
    queues: tuple[str, ...] = field(default=(), compare=False)
    lines: set[Line] = field(default_factory=set, compare=False)
    ranks: dict[Line, Rank] = field(default_factory=dict, compare=False)
    counted: str = field(default="", compare=False)

    @property
    def free(self) -> bool:
        """Whether a contact may be offered now."""
        return self.state is AgentState.READY and self.until is None and not self.offer and not self.retired

    @property
    def count_as(self) -> str:
        """The state, with resting apart from ready."""
        return RESTING if self.state is AgentState.READY and self.until is not None else self.state

    @property
    def candidate(self) -> Candidate:
        """What a strategy may know."""
        idle_since = self.since if self.idle_since is None else self.idle_since
        return Candidate(self.facts.name, idle_since, self.facts.skills, self.contacts_taken)


class Pool:
    """All agents. A change of one is O(q log n), q being the lines that the agent fits."""

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}
        self.fresh: dict[str, None] = {}
        """Agents who became free since matching last looked, not yet ranked."""
        self._queues: Mapping[str, QueueFacts] = {}
        self._members: dict[str, list[Agent]] = {}
        self._ready: dict[Line, SortedList[Rank]] = {}
        self._tally: dict[str, Counter[str]] = {}

    def load(
        self, queues: Mapping[str, QueueFacts], agents: Iterable[AgentFacts], lines: Iterable[Line]
    ) -> None:
        """Take new facts and build every index anew: O(everything), and only then."""
        named = {facts.name: facts for facts in agents}
        for name, agent in list(self.agents.items()):
            agent.retired = name not in named
            if agent.retired and agent.state is AgentState.LOGGED_OUT:
                del self.agents[name]
        for name, facts in named.items():
            self.agents.setdefault(name, Agent(facts)).facts = facts
        self._queues = queues
        self._members = {queue: [] for queue in queues}
        self._ready = {}
        self.fresh.clear()
        self._tally = {queue: Counter() for queue in queues}
        serves = _Serving(queues)
        for agent in self.agents.values():
            self._join(agent, () if agent.retired else serves(agent.facts))
        for line in (*(Line(queue) for queue in queues), *lines):
            self.open_line(line)

    def open_line(self, line: Line) -> None:
        """Index a line that was not asked for since the last `load`: O(agents of its queue), once."""
        if line in self._ready or line.queue not in self._members:
            return
        self._ready[line] = SortedList()
        for agent in self._members[line.queue]:
            if _has(agent.facts, line.skills):
                agent.lines.add(line)
                if agent.free:
                    self.fresh[agent.facts.name] = None

    @contextmanager
    def changing(self, agent: Agent) -> Iterator[None]:
        """Alter the record inside; the indices are up to date again after it."""
        for line, rank in agent.ranks.items():
            self._ready[line].remove(rank)
        agent.ranks.clear()
        yield
        self._count(agent)
        if agent.free:
            self.fresh[agent.facts.name] = None
        else:
            self.fresh.pop(agent.facts.name, None)

    def drop(self, agent: Agent) -> None:
        """Forget a retired agent who is done; no index knows of one."""
        del self.agents[agent.facts.name]

    def rank_fresh(self, ranking: Ranking) -> list[Agent]:
        """Put the agents who became free into their lines, and give them."""
        ranked = [self.agents[name] for name in self.fresh]
        self.fresh.clear()
        for agent in ranked:
            for line in agent.lines - agent.ranks.keys():
                rank = ranking.rank(self._queues[line.queue], agent.candidate)
                agent.ranks[line] = rank
                self._ready[line].add(rank)
        return ranked

    def first(self, line: Line) -> Agent | None:
        """Give who is to get the line's next contact."""
        ready = self._ready.get(line)
        return self.agents[ready[0][-1]] if ready else None

    def ready(self, line: Line) -> int:
        """Give how many are free for a line."""
        return len(self._ready.get(line, ()))

    def tally(self, queue: str) -> Mapping[str, int]:
        """Count a queue's agents by state (resting apart from ready)."""
        return {state: count for state, count in self._tally.get(queue, Counter()).items() if count}

    def _join(self, agent: Agent, queues: tuple[str, ...]) -> None:
        agent.queues, agent.counted = queues, agent.count_as
        agent.lines, agent.ranks = set(), {}
        for queue in queues:
            self._members[queue].append(agent)
            self._tally[queue][agent.counted] += 1

    def _count(self, agent: Agent) -> None:
        if agent.counted == agent.count_as:
            return
        for queue in agent.queues:
            self._tally[queue][agent.counted] -= 1
            self._tally[queue][agent.count_as] += 1
        agent.counted = agent.count_as


class _Serving:
    """Which queues an agent serves; agents of equal skills share one answer."""

    def __init__(self, queues: Mapping[str, QueueFacts]) -> None:
        self._queues = queues
        self._by_skills: dict[Skills, tuple[str, ...]] = {}

    def __call__(self, agent: AgentFacts) -> tuple[str, ...]:
        if agent.queues:
            return tuple(queue for queue in dict.fromkeys(agent.queues) if queue in self._queues)
        skills = skills_of(agent.skills)
        if skills not in self._by_skills:
            self._by_skills[skills] = tuple(
                name for name, queue in self._queues.items() if _has(agent, skills_of(queue.skills))
            )
        return self._by_skills[skills]


def _has(agent: AgentFacts, skills: Skills) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in skills)
