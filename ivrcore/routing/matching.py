"""Which waiting visit goes to which free agent, one pair at a time.

Nobody who waits fits anybody who is free, except what became so since the last look: the *fresh* visits and
agents. So only these are looked at. The best visit among them goes first; it gets the best agent of its line.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import AgentState
from ivrcore.routing.commands import RingAgent
from ivrcore.routing.pool import RESTING
from ivrcore.routing.waiting import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivrcore.routing.draft import Draft
    from ivrcore.routing.pool import Agent
    from ivrcore.routing.state import RouterState
    from ivrcore.routing.waiting import Place, Visit

ANSWER_GRACE = 2.0
"""Seconds beyond the ring time for an answer to travel here, before an offer counts as not answered."""

SHOWN = (
    (AgentState.OFFERED, "being offered a contact"),
    (AgentState.TALKING, "talking"),
    (AgentState.WRAP_UP, "in wrap-up"),
    (RESTING, "resting after a missed offer"),
    (AgentState.PAUSED, "paused"),
    (AgentState.LOGGED_OUT, "logged out"),
)


def pairs(state: RouterState) -> Iterator[tuple[Visit, Agent]]:
    """Give pairs until none is left; each must be offered (and applied) before the next is asked for."""
    heap = _fresh(state)
    while heap:
        place, name = heap[0]
        visit = state.waiting.visits.get(place.visit)
        agent = state.pool.first(visit.line) if visit and visit.waiting else None
        if visit and agent:
            yield visit, agent
        heappop(heap)
        if name:
            _push_best(state, heap, state.pool.agents[name])


Heap = list[tuple["Place", str]]
"""A visit's place, and for whom it is the best choice ("" where the visit itself is fresh)."""


def _fresh(state: RouterState) -> Heap:
    heap: Heap = []
    for name in state.waiting.fresh:
        heappush(heap, (state.waiting.visits[name].place, ""))
    state.waiting.fresh.clear()
    for agent in state.pool.rank_fresh(state.ranking):
        _push_best(state, heap, agent)
    return heap


def _push_best(state: RouterState, heap: Heap, agent: Agent) -> None:
    """Add the visit that a free agent should take: of the lines that he fits, the first by place."""
    if not agent.free:
        return
    lines = state.waiting.lines
    few, many = (lines, agent.lines) if len(lines) < len(agent.lines) else (agent.lines, lines)
    places = [lines[line][0] for line in few if line in many]
    if places:
        heappush(heap, (min(places), agent.facts.name))


def make_offer(draft: Draft, visit: Visit, agent: Agent) -> None:
    """Reserve the agent for the visit and ring."""
    queue, offer = visit.facts, f"{visit.id}.o{visit.offers + 1}"
    draft.events.append(
        events.OfferMade(
            at=draft.now,
            contact=visit.contact,
            visit=visit.id,
            queue=queue.name,
            offer=offer,
            agent=agent.facts.name,
            deadline=draft.now + queue.ring_time + ANSWER_GRACE,
            strategy=queue.strategy,
            why=_why(draft, visit, agent),
        )
    )
    draft.agent_to(agent, AgentState.OFFERED)
    draft.commands.append(
        RingAgent(
            offer=offer,
            contact=visit.contact,
            visit=visit.id,
            queue=queue.name,
            agent=agent.facts.name,
            endpoint=agent.facts.endpoint,
            ring_time=queue.ring_time,
        )
    )


def _why(draft: Draft, visit: Visit, agent: Agent) -> str:
    pool, queue = draft.state.pool, visit.facts
    words = draft.state.ranking.explain(queue, agent.candidate, draft.now)
    fit, tally = pool.ready(visit.line), pool.tally(queue.name)
    others = [f"{tally[state]} {shown}" for state, shown in SHOWN if state in tally]
    if unfit := pool.ready(Line(queue.name)) - fit:
        others.append(f"{unfit} lacking a skill asked for")
    return f"{queue.strategy}: {words}; first of {fit} free" + (f" ({', '.join(others)})" if others else "")
