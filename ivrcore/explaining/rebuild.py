"""Routing's state as it was just before a decision: folded from the journal, with the plugins of today.

A live router ranks agents at the end of each step in which one became free or somebody came, at that step's
time; a key may depend on that time. So the same is done here between events. Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from ivrcore.explaining.model import WINDOW, AgentRow, OtherRow
from ivrcore.model import events
from ivrcore.model.names import AgentState
from ivrcore.routing.agents import IN_CONTACT
from ivrcore.routing.deadlines import Kind
from ivrcore.routing.fold import NOT_THE_AGENTS_DOING, apply
from ivrcore.routing.need import AGENTS
from ivrcore.routing.state import Offer, Phase, RouterState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ivrcore.model.event import Event
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.need import Line
    from ivrcore.routing.rulebook import Rank, RoutingPlugins
    from ivrcore.routing.waiting import Visit

UNKNOWN = "?"
"""How the names of offers begin that nothing is known of."""


class Rebuilding:
    """The state, event by event: `before` each, then `apply`."""

    def __init__(self, plugins: RoutingPlugins) -> None:
        self.state = RouterState(plugins)
        self._at = 0.0
        self._part = False
        self._since_login: set[str] = set()
        """Agents of whom it is not known what they did since login."""
        self._idle: set[str] = set()
        """Those of them of whom it is not known since when they are idle."""

    def begin(self, standing: Iterable[Event]) -> None:
        """Begin in the midst of a journal: with the roster, the last events of each agent and queue, and
        those of the visits that are open."""
        self._part = True
        for event in standing:
            if self.fits(event):
                self.apply(event)
                set_back = isinstance(event, events.ClockSetBack)
                self._at = event.at if set_back else max(self._at, event.at)
        for name, agent in self.state.pool.agents.items():
            if agent.state is not AgentState.LOGGED_OUT:
                self._since_login.add(name)
                self._idle.add(name)
            if agent.state in IN_CONTACT and not agent.offers:
                self._occupy(agent)
        self.state.pool.begin(self._at)

    def _occupy(self, agent: Agent) -> None:
        """Have an agent's hands full of contacts that nothing is known of: he is not free."""
        pool, offers = self.state.pool, self.state.offers
        pool.alter(agent)
        talks = agent.state is AgentState.TALKING
        for number in range(agent.facts.capacity if talks else 1):
            name, phase = f"{UNKNOWN}{agent.facts.name}.{number}", Phase.TALKING if talks else Phase.RINGING
            offers[name] = Offer(name, "", "", "", agent.facts.name, None, phase)
            agent.offers[name] = None
            agent.talking += talks
        pool.settle(agent)

    def _release(self, agent: Agent) -> None:
        """Take away what an agent had in hand who has nothing in hand any more."""
        over = [name for name in agent.offers if name.startswith(UNKNOWN)]
        if not over:
            return
        self.state.pool.alter(agent)
        for name in over:
            agent.talking -= self.state.offers.pop(name).phase is Phase.TALKING
            del agent.offers[name]
        self.state.pool.settle(agent)

    def fits(self, event: Event) -> bool:
        """Whether what an event is about is known: not if it began before a part of a journal does."""
        if not self._part or isinstance(event, events.JoinRefused):
            return True
        if isinstance(event, events.ContactQueued):
            return event.queue in self.state.queues
        agent, visit = getattr(event, "agent", ""), getattr(event, "visit", "")
        if agent and agent not in self.state.pool.agents:
            return False
        known = visit in self.state.waiting.visits or getattr(event, "offer", "") in self.state.offers
        return not visit or known

    def before(self, event: Event) -> None:
        """Bring the order of the free agents to what it was when the event was decided."""
        if event.at != self._at:
            self._step_over()
            self._at = event.at
            self.state.pool.begin(event.at)
        if isinstance(event, events.OfferMade | events.MoreOffersPlanned):
            planned = self.state.plans.get(Kind.MORE, event.visit)
            if planned is not None and planned <= event.at and not _taken(event):
                self.state.pool.rank(event.at)
            if isinstance(event, events.OfferMade):
                self._step_over()

    def apply(self, event: Event) -> None:
        """Take the event; raises :class:`ivrcore.errors.CoreMisuse` for a journal that does not add up."""
        apply(self.state, event)
        if self._since_login:
            self._learn(event)

    def _learn(self, event: Event) -> None:
        """Note what is known again of agents by what they do in the part that is read."""
        match event:
            case events.TalkEnded():
                self._idle.discard(event.agent)
            case events.OfferEnded() if event.how not in NOT_THE_AGENTS_DOING:
                self._idle.discard(event.agent)
            case events.AgentStateChanged() if event.state not in IN_CONTACT:
                if event.state is AgentState.LOGGED_OUT:
                    self._since_login.discard(event.agent)
                    self._idle.discard(event.agent)
                agent = self.state.pool.agents.get(event.agent)
                if agent is not None:
                    self._release(agent)

    def as_known(self, row: AgentRow, *, kept: bool) -> AgentRow:
        """Give an agent's row without what is not known; ``kept`` if the event itself has its key."""
        if row.agent not in self._since_login:
            return row
        row = structs.replace(row, contacts_taken=None, incomplete=True)
        if any(name.startswith(UNKNOWN) for name in self.state.pool.agents[row.agent].offers):
            row = structs.replace(row, in_hand=None)
        if row.agent not in self._idle:
            return row
        return structs.replace(row, idle_since=None, key=row.key if kept else ())

    def _step_over(self) -> None:
        pool, waiting = self.state.pool, self.state.waiting
        if pool.fresh or waiting.fresh:
            pool.take_fresh(self._at)
            waiting.fresh.clear()
        pool.take_deserted()


def _taken(event: Event) -> bool:
    return isinstance(event, events.OfferMade) and ": taken by " in event.why


def agents_of(state: RouterState, visit: Visit, rung: Collection[str], now: float) -> tuple[AgentRow, ...]:
    """Give every agent of the visit's queue: those who are free in their order, then the others."""
    line = visit.line
    ranks = state.pool.ranks(line)
    others = sorted(
        (_reason(state, agent, line), agent.facts.name, agent)
        for agent in state.pool.members(line.queue)
        if agent.facts.name not in ranks
    )
    return (
        *(
            _free(state.pool.agents[name], rank, at, name in rung, now)
            for at, (name, rank) in enumerate(ranks.items(), 1)
        ),
        *(_row(agent, agent.tier(line.queue), now, reason=reason) for reason, _, agent in others),
    )


def _free(agent: Agent, rank: Rank, place: int, rung: bool, now: float) -> AgentRow:
    key = tuple(value for _, value in rank.key)
    return _row(agent, rank.tier, now, place, rung, key, bool(rank.failed))


def _row(
    agent: Agent,
    tier: int,
    now: float,
    place: int = 0,
    rung: bool = False,
    key: tuple[float | str, ...] = (),
    by_idle_time: bool = False,
    reason: str = "",
) -> AgentRow:
    window = agent.workload.window(WINDOW, now)
    return AgentRow(
        agent=agent.facts.name,
        rank=place,
        rung=rung,
        tier=tier,
        key=key,
        by_idle_time=by_idle_time,
        reason=reason,
        idle_since=agent.idle_since,
        contacts=window.contacts,
        contacts_taken=agent.contacts_taken,
        talk=window.talk,
        occupancy=window.occupancy,
        in_hand=len(agent.offers),
        capacity=agent.facts.capacity,
        skills=dict(agent.facts.skills),
    )


def _reason(state: RouterState, agent: Agent, line: Line) -> str:
    """Say why an agent has no rank in a line, by the words of `Lines.left_out`."""
    if line in agent.lines:
        return "not yet free" if agent.count_as == "ready" else str(agent.count_as)
    for rule, asked in line.need:
        if rule == AGENTS and isinstance(asked, tuple) and agent.facts.name not in asked:
            return "not one of those asked for"
    return state.rulebook.misfit(agent.member(line.queue), line.need)


def others_of(state: RouterState, visit: Visit, claim: float, now: float) -> tuple[OtherRow, ...]:
    """Give the first contacts of all lines but this visit, the most urgent first."""
    rows = [_other(state, head, claim, now) for head in _heads(state) if head is not visit]
    return tuple(sorted(rows, key=lambda row: (-row.claim, row.contact)))


def _heads(state: RouterState) -> Iterator[Visit]:
    for places in state.waiting.lines.values():
        if places.first is not None:
            yield state.waiting.visits[places.first.visit]


def _other(state: RouterState, head: Visit, claim: float, now: float) -> OtherRow:
    queue = head.facts
    own = state.claim(head, now)
    free = state.pool.free_count(head.line)
    if not free:
        reason = "nobody who fits it was free"
    elif state.rulebook.pulled(queue):
        reason = "its queue waits for agents to take contacts"
    elif own <= claim:
        reason = "less urgent"
    else:
        reason = "its strategy wanted none of those who were free"
    return OtherRow(
        contact=head.contact,
        queue=queue.name,
        need=dict(head.need),
        priority=head.priority,
        waited=now - head.entered,
        claim=own,
        free=free,
        reason=reason,
    )
