"""To whom a visit is offered: asks its queue's strategy, reserves the agents, rings, and says why."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import OFF_QUEUE, RESTING, UNREACHABLE, AgentState
from ivrcore.model.pbx import pbx_of
from ivrcore.routing.commands import RingAgent
from ivrcore.routing.strategy import Choice, Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.routing.agent import Agent
    from ivrcore.routing.draft import Draft
    from ivrcore.routing.facts import Memory
    from ivrcore.routing.rulebook import QueueRules
    from ivrcore.routing.waiting import Visit

READY, OFFERED = AgentState.READY, AgentState.OFFERED
NOTHING: Memory = MappingProxyType({})
ANSWER_GRACE = 2.0
"""Seconds beyond the ring time for an answer to travel here, before an offer counts as not answered."""
FIRST_SHOWN = 10
"""How many of the candidates a decision's event keeps."""

WORDS: dict[str, str] = {
    AgentState.OFFERED: "being offered a contact",
    AgentState.TALKING: "talking",
    AgentState.WRAP_UP: "in wrap-up",
    RESTING: "resting after a missed offer",
    OFF_QUEUE: "in a call that no queue gave",
    UNREACHABLE: "whose phone cannot be reached",
    AgentState.PAUSED: "paused",
    AgentState.LOGGED_OUT: "logged out",
}


def offer(draft: Draft, visit: Visit, claim: float, *, more: bool = False) -> bool:
    """Offer a visit as its strategy says; give whether anybody rings now.

    With ``more`` the strategy is asked though others ring for the visit, or nobody is free: its time came.
    """
    state, queue = draft.state, visit.facts
    memory = MappingProxyType(state.memories[queue.name]) if queue.name in state.memories else NOTHING
    rules = state.rulebook.of(queue)
    if rules.keyed:
        if more:  # its strategy was another one when this was planned
            _plan(draft, visit, None)
        return visit.waiting and _by_key(draft, visit, claim, memory, rules)
    candidates = state.pool.free(visit.line)
    drawn: list[float] = []

    def draw() -> float:
        drawn.append(state.draw())
        return drawn[-1]

    choice = Choice(
        contact=visit.view,
        candidates=() if candidates is None else candidates,
        ringing=tuple(state.offers[name].agent for name in visit.live),
        ringing_tier=min(
            (state.pool.tier(state.offers[name].agent, visit.line) for name in visit.live), default=None
        ),
        memory=memory,
        options=rules.options,
        now=draft.now,
        draw=draw,
    )
    order = state.rulebook.order(queue, choice, candidates.has if candidates else _nobody)
    _ring(draft, visit, claim, order, drawn)
    if order.again is not None or more:
        _plan(draft, visit, order.again)
    return bool(order.ring)


def _nobody(_agent: str) -> bool:
    return False


def _by_key(draft: Draft, visit: Visit, claim: float, memory: Memory, rules: QueueRules) -> bool:
    state, queue = draft.state, visit.facts
    rulebook = state.rulebook
    rank = state.pool.next_of(visit.line, rulebook.start(queue, memory) if rules.start else None)
    if rank is None:
        return False
    words, remembered = "", None
    if state.explained or rules.remember:
        candidate = state.pool.candidate(rank.agent, visit.line)
        words = rulebook.explain(queue, candidate, draft.now) if state.explained else ""
        remembered = rulebook.remember(queue, memory, candidate, rank) if rules.remember else None
    _ring(draft, visit, claim, Order((rank.agent,), words, remembered), ())
    return True


def _ring(draft: Draft, visit: Visit, claim: float, order: Order, drawn: Sequence[float]) -> None:
    if order.ring:
        rung = str(len(order.ring)) if len(order.ring) > 1 else "first"
        why, decided = _account(draft, visit, claim, order.why, rung, drawn)
        for number, name in enumerate(order.ring, start=visit.offers + 1):
            agent = draft.state.pool.agents[name]
            _make(draft, visit, agent, f"{visit.id}.o{number}", why, decided)
    if order.memory is not None:
        draft.events.append(
            events.StrategyRemembered(at=draft.now, queue=visit.facts.name, memory=dict(order.memory))
        )


def _make(
    draft: Draft, visit: Visit, agent: Agent, name: str, why: str, decided: events.Decided | None
) -> None:
    queue, pbx = visit.facts, pbx_of(visit.contact)
    draft.events.append(
        events.OfferMade(
            at=draft.now,
            contact=visit.contact,
            visit=visit.id,
            queue=queue.name,
            offer=name,
            agent=agent.facts.name,
            deadline=draft.now + queue.ring_time + ANSWER_GRACE,
            strategy=queue.strategy,
            why=why,
            decided=decided,
        )
    )
    if agent.state is READY:
        draft.agent_to(agent, OFFERED)
    draft.commands.append(
        RingAgent(
            offer=name,
            contact=visit.contact,
            visit=visit.id,
            queue=queue.name,
            agent=agent.facts.name,
            endpoint=agent.facts.dialled_from(pbx),
            ring_time=queue.ring_time,
            confirm=agent.facts.confirm is not None,
            known=agent.facts.name in visit.preferred,
            home=agent.facts.home_from(pbx),
        )
    )


def offer_taken(draft: Draft, visit: Visit, agent: Agent) -> None:
    """Offer a visit to an agent who takes it, whatever the strategy would say."""
    state = draft.state
    claim = state.claim(visit, draft.now)
    why, decided = _account(draft, visit, claim, f"taken by {agent.facts.name}", "one", ())
    _make(draft, visit, agent, f"{visit.id}.o{visit.offers + 1}", why, decided)


def _plan(draft: Draft, visit: Visit, due: float | None) -> None:
    draft.events.append(
        events.MoreOffersPlanned(
            at=draft.now, contact=visit.contact, visit=visit.id, queue=visit.facts.name, due=due
        )
    )


def _account(
    draft: Draft, visit: Visit, claim: float, reason: str, rung: str, drawn: Sequence[float]
) -> tuple[str, events.Decided | None]:
    """Give how it was decided, in words and in figures; nothing where nobody will ask."""
    if not draft.state.explained:
        return "", None
    decided = _decided(draft, visit, claim, drawn)
    return _why(visit, decided, reason, rung), decided


def _why(visit: Visit, decided: events.Decided, reason: str, rung: str) -> str:
    others = ""
    if decided.excluded:
        excluded = decided.excluded
        left_out = [f"{excluded[reason]} {WORDS.get(reason, reason)}" for reason in sorted(excluded)]
        others = f" ({', '.join(left_out)})"
    return f"{visit.facts.strategy}: {reason}; {rung} of {decided.free} free{others}"


def words(reason: str) -> str:
    """Say in words why agents were left out: a state, or what a rule of eligibility said."""
    return WORDS.get(reason, reason)


def _decided(draft: Draft, visit: Visit, claim: float, drawn: Sequence[float]) -> events.Decided:
    free, first, excluded = draft.state.pool.account(visit.line, FIRST_SHOWN)
    return events.Decided(
        order=visit.facts.order,
        claim=claim,
        need=dict(visit.line.need),
        step=visit.step,
        free=free,
        first=first,
        excluded=excluded,
        drawn=tuple(drawn),
    )
