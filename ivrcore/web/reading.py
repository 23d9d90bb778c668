"""The metrics' figures as the web shows them, so that page, API and Prometheus say the same, and with them
what routing alone knows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import structs

from ivrcore.explaining.words import need_in_words
from ivrcore.metrics.figures import AgentFigures, Figures, OpenContact
from ivrcore.metrics.rows import count_states
from ivrcore.model.names import AgentState
from ivrcore.routing import views as routing
from ivrcore.routing.state import RouterState
from ivrcore.web.view import (
    AgentView,
    ContactView,
    OfferView,
    Place,
    QueueView,
    Waiting,
    WaitView,
)

MOST_EXPECTED = 200
"""Positions for which it is estimated how long they will wait: each takes as many sums as its position."""


def agents(figures: Figures, state: RouterState, now: float) -> list[AgentView]:
    """Give every agent, by name."""
    return [
        _agent(name, agent, state.agent_view(name), now) for name, agent in sorted(figures.agents.items())
    ]


def _agent(name: str, agent: AgentFigures, routed: routing.AgentView | None, now: float) -> AgentView:
    view = AgentView(
        name=name,
        display=agent.display or name,
        state=agent.state,
        seconds_in_state=None if agent.since is None else max(0.0, now - agent.since),
        reason=agent.reason,
        queues=agent.queues,
        contacts=agent.contacts,
        since=agent.since,
        device=agent.device,
        last_talk=agent.last_talk,
    )
    return view if routed is None else _routed(view, routed)


def _routed(view: AgentView, routed: routing.AgentView) -> AgentView:
    """Add what routing alone knows; it is ahead of the figures by what is not durable yet."""
    then = AgentState.LOGGED_OUT if routed.logout_next else AgentState.PAUSED if routed.pause_next else ""
    return structs.replace(
        view,
        until=routed.until,
        then=str(then),
        skills=dict(routed.skills),
        tiers=dict(routed.tiers),
        capacity=routed.capacity,
        in_hand=tuple(map(_offer, routed.in_hand)),
        missed=routed.missed,
    )


def _offer(offer: routing.OfferView) -> OfferView:
    return OfferView(
        contact=offer.contact,
        queue=offer.queue,
        agent=offer.agent,
        phase=offer.phase,
        until=offer.until,
    )


def queues(figures: Figures, now: float) -> list[QueueView]:
    """Give every queue that is configured now, in the configuration's order."""
    waiting = figures.waiting()
    return [_queue(figures, facts.name, waiting[facts.name], now) for facts in figures.roster]


def _queue(figures: Figures, name: str, entered: Sequence[float], now: float) -> QueueView:
    queue = figures.queues[name]
    offered = queue.answered + queue.abandoned
    return QueueView(
        name=name,
        waiting=len(entered),
        longest_wait=max(0.0, now - min(entered)) if entered else 0.0,
        entered=queue.entered,
        answered=queue.answered,
        abandoned=queue.abandoned,
        left=sum(queue.left.values()),
        threshold=queue.threshold,
        objective=queue.objective,
        service_level=queue.answered_in_threshold / offered if offered else None,
        agents=count_states(agent for agent in figures.agents.values() if name in agent.queues),
    )


def agent(figures: Figures, state: RouterState, name: str, now: float) -> AgentView | None:
    """Give one agent."""
    found = figures.agents.get(name)
    return _agent(name, found, state.agent_view(name), now) if found else None


def contacts(figures: Figures, state: RouterState, now: float) -> Iterator[ContactView]:
    """Give every contact in progress, the longest first; each as it is when its turn comes."""
    for name in list(figures.open):
        found = contact(figures, state, name, now)
        if found is not None:
            yield found


def contact(figures: Figures, state: RouterState, name: str, now: float) -> ContactView | None:
    """Give one contact in progress."""
    found = figures.open.get(name)
    return _contact(name, found, state, now) if found else None


def places(figures: Figures) -> Counter[Place]:
    """Count the contacts in progress by where they are."""
    return Counter(map(_place, figures.open.values()))


def waiting(figures: Figures, state: RouterState, now: float, most: int) -> Waiting:
    """Give the first ones who wait in each queue, in the order in which they are served."""
    shown: list[ContactView] = []
    more: dict[str, int] = {}
    for facts in figures.roster:
        first = [visit.contact for visit in islice(state.waiting.of(facts.name), most)]
        shown += [_contact(one, figures.open[one], state, now) for one in first if one in figures.open]
        others = state.waiting_in(facts.name) - len(first)
        if others > 0:
            more[facts.name] = others
    return Waiting(shown, more)


def _place(contact: OpenContact) -> Place:
    return Place.AGENT if contact.agent else Place.QUEUE if contact.queue else Place.MENU


def _contact(name: str, contact: OpenContact, state: RouterState, now: float) -> ContactView:
    place = _place(contact)
    routed = state.visit_view(name) if place is Place.QUEUE else None
    return ContactView(
        contact=name,
        dialplan=contact.plan,
        arrived=contact.arrived,
        seconds=max(0.0, now - contact.arrived),
        place=place,
        queue=contact.queue,
        agent=contact.agent,
        wait=None if routed is None or not routed.position else _wait(routed, state, now),
    )


def _wait(visit: routing.VisitView, state: RouterState, now: float) -> WaitView:
    near = visit.position <= MOST_EXPECTED
    return WaitView(
        position=visit.position,
        priority=visit.priority,
        entered=visit.entered,
        waited=max(0.0, now - visit.entered),
        since=visit.since,
        place=visit.place,
        expected=state.remaining_wait(visit.visit) if near else None,
        needs=need_in_words(dict(visit.need)),
        step=visit.step,
        why=visit.why,
        rung=tuple(map(_offer, visit.rung)),
        offers=visit.offers,
        call_back=visit.call_back,
        preferred=visit.preferred,
        through=visit.through,
    )
