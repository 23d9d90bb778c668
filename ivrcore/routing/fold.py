"""How each event changes the state: the only code that does, live and from the journal alike.

Never decides, reads no clock and calls no plugin. Events that are not routing's change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.errors import CoreMisuse
from ivrcore.model import events
from ivrcore.model.names import AgentState, OfferEnd
from ivrcore.routing.deadlines import Kind
from ivrcore.routing.state import Offer, Phase
from ivrcore.routing.waiting import Visit, skills_of

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.routing.state import RouterState

NOT_THE_AGENTS_DOING = frozenset({OfferEnd.CALLER_LEFT, OfferEnd.WITHDRAWN})
"""Ends of an offer after which the agent keeps the idle time of before."""


def apply(state: RouterState, event: Event) -> None:
    """Change the state as this event says; raise :class:`CoreMisuse` for one that does not fit it."""
    try:
        _apply(state, event)
    except KeyError as error:
        raise CoreMisuse(f"{type(event).__name__} at {event.at} names {error}, which is not open") from error


def _apply(state: RouterState, event: Event) -> None:
    match event:
        case events.RosterLoaded():
            _roster_loaded(state, event)
        case events.ContactQueued():
            _contact_queued(state, event)
        case events.OfferMade():
            _offer_made(state, event)
        case events.OfferAccepted():
            _offer_accepted(state, event)
        case events.OfferEnded():
            _offer_ended(state, event)
        case events.VisitAnswered():
            _visit_answered(state, event)
        case events.VisitAbandoned() | events.VisitLeft():
            _visit_over(state, event.visit)
        case events.TalkEnded():
            _talk_ended(state, event)
        case events.AgentStateChanged():
            _agent_changed(state, event)


def _roster_loaded(state: RouterState, event: events.RosterLoaded) -> None:
    state.queues = {queue.name: queue for queue in event.queues}
    for visit in state.waiting.visits.values():
        visit.facts = state.queues.get(visit.facts.name, visit.facts)
        _limit_wait(state, visit)
    lines = {visit.line for visit in state.waiting.visits.values()}
    state.pool.load(state.queues, event.agents, lines)
    for agent in state.pool.agents.values():
        leaves = agent.retired and not _answered(state, agent.offer)
        state.deadlines.set(Kind.AGENT, agent.facts.name, event.at if leaves else agent.until)
    for visit in state.waiting.visits.values():
        if visit.waiting:
            state.waiting.fresh[visit.id] = None


def _contact_queued(state: RouterState, event: events.ContactQueued) -> None:
    visit = Visit(
        id=event.visit,
        contact=event.contact,
        facts=state.queues[event.queue],
        priority=event.priority,
        skills=skills_of(event.skills),
        entered=event.at,
        since=event.at if event.since is None else event.since,
        call_back=event.call_back,
    )
    state.waiting.add(visit)
    state.pool.open_line(visit.line)
    _limit_wait(state, visit)


def _limit_wait(state: RouterState, visit: Visit) -> None:
    """Set the end of waiting: none once an agent answered (that has its own), now if the queue is gone."""
    longest = None if visit.call_back else visit.facts.max_wait
    limit = longest if visit.facts.name in state.queues else 0.0
    ends = None if limit is None or _answered(state, visit.offer) else visit.entered + limit
    state.deadlines.set(Kind.VISIT, visit.id, ends)


def _answered(state: RouterState, offer: str) -> bool:
    """Whether there is such an offer and the agent picked up."""
    return bool(offer) and state.offers[offer].phase is not Phase.RINGING


def _offer_made(state: RouterState, event: events.OfferMade) -> None:
    visit, agent = state.waiting.visits[event.visit], state.pool.agents[event.agent]
    state.offers[event.offer] = Offer(
        id=event.offer,
        contact=event.contact,
        visit=event.visit,
        queue=event.queue,
        agent=event.agent,
        deadline=event.deadline,
    )
    state.waiting.offered(visit, event.offer)
    with state.pool.changing(agent):
        agent.offer = event.offer
    state.deadlines.set(Kind.OFFER, event.offer, event.deadline)


def _offer_accepted(state: RouterState, event: events.OfferAccepted) -> None:
    offer = state.offers[event.offer]
    offer.phase, offer.deadline = Phase.ACCEPTED, event.deadline
    state.deadlines.set(Kind.OFFER, offer.id, event.deadline)
    state.deadlines.set(Kind.VISIT, offer.visit, None)


def _offer_ended(state: RouterState, event: events.OfferEnded) -> None:
    _close_offer(state, state.offers[event.offer])
    agent = state.pool.agents[event.agent]
    if event.how not in NOT_THE_AGENTS_DOING:
        with state.pool.changing(agent):
            agent.idle_since = event.at
    visit = state.waiting.visits.get(event.visit)
    if visit:
        state.waiting.waits_again(visit)
        _limit_wait(state, visit)


def _close_offer(state: RouterState, offer: Offer) -> None:
    agent = state.pool.agents[offer.agent]
    with state.pool.changing(agent):
        agent.offer = ""
    state.deadlines.set(Kind.OFFER, offer.id, None)
    del state.offers[offer.id]


def _visit_answered(state: RouterState, event: events.VisitAnswered) -> None:
    offer, agent = state.offers[event.offer], state.pool.agents[event.agent]
    offer.phase, offer.deadline, offer.bridged_at = Phase.TALKING, None, event.at
    state.waiting.answered(state.waiting.visits[event.visit])
    state.deadlines.set(Kind.OFFER, offer.id, None)
    with state.pool.changing(agent):
        agent.contacts_taken += 1


def _visit_over(state: RouterState, visit: str) -> None:
    state.waiting.remove(state.waiting.visits[visit])
    state.deadlines.set(Kind.VISIT, visit, None)


def _talk_ended(state: RouterState, event: events.TalkEnded) -> None:
    _close_offer(state, state.offers[state.waiting.visits[event.visit].offer])
    agent = state.pool.agents[event.agent]
    with state.pool.changing(agent):
        agent.idle_since = event.at
    _visit_over(state, event.visit)


def _agent_changed(state: RouterState, event: events.AgentStateChanged) -> None:
    agent = state.pool.agents[event.agent]
    with state.pool.changing(agent):
        if event.state is not agent.state:
            agent.since = event.at
        agent.state, agent.reason, agent.until = event.state, event.reason, event.until
        agent.pause_next, agent.logout_next = event.pause_next, event.logout_next
        if event.state is AgentState.LOGGED_OUT:
            agent.idle_since, agent.contacts_taken = None, 0
        elif event.state is AgentState.READY and agent.idle_since is None:
            agent.idle_since = event.at
    state.deadlines.set(Kind.AGENT, event.agent, event.until)
    if agent.retired and event.state is AgentState.LOGGED_OUT:
        state.pool.drop(agent)
