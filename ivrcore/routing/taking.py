"""An agent takes a contact: the one who waits first, or a chosen one, whatever the queue's strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.errors import RequestRefused
from ivrcore.model import events
from ivrcore.routing.agents import asked_for
from ivrcore.routing.commands import ANSWERED, PARKED, WHO_WAITS
from ivrcore.routing.deadlines import Kind
from ivrcore.routing.matching import Matching
from ivrcore.routing.offering import offer_taken, words

if TYPE_CHECKING:
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.commands import TakeContact
    from ivrcore.routing.draft import Draft
    from ivrcore.routing.state import RouterState
    from ivrcore.routing.waiting import Visit


def take(draft: Draft, given: TakeContact) -> None:
    """Offer it to the agent, whose phone rings as for any offer; refuse what cannot be."""
    state, agent = draft.state, asked_for(draft, given)
    if not agent.free:
        raise _refused(
            f"agent {given.agent!r} is {words(agent.count_as)}", hint="who is ready can take a contact"
        )
    visit = _chosen(state, agent, given.contact) if given.contact else _first(state, agent, draft.now)
    planned = state.plans.get(Kind.MORE, visit.id)
    offer_taken(draft, visit, agent)
    if planned is not None:  # an offer ends what was planned before it
        draft.events.append(
            events.MoreOffersPlanned(
                at=draft.now,
                contact=visit.contact,
                visit=visit.id,
                queue=visit.facts.name,
                due=planned,
            )
        )


def _chosen(state: RouterState, agent: Agent, contact: str) -> Visit:
    visit = state.waiting.by_contact.get(contact)
    if visit is None:
        raise RequestRefused(f"contact {contact!r} waits in no queue", status=404, hint=WHO_WAITS)
    if visit.answered or visit.taken:
        raise _refused(f"an agent has answered for contact {contact!r}", ANSWERED)
    if visit.parked:
        raise _refused(f"contact {contact!r} cannot be brought to anybody just now", PARKED)
    if visit.line not in agent.lines:
        queue = visit.facts.name
        if queue not in agent.queues:
            hint = f"queues of the agent: {', '.join(agent.queues) or 'none'}"
            raise _refused(f"agent {agent.facts.name!r} does not serve the queue {queue}", hint)
        why = state.rulebook.misfit(agent.member(queue), visit.need)
        raise _refused(f"agent {agent.facts.name!r} does not fit contact {contact!r}: {why}")
    return visit


def _first(state: RouterState, agent: Agent, now: float) -> Visit:
    visit = Matching(state, now, pulls=True).best(agent)
    if visit is None:
        raise _refused(f"nobody waits whom agent {agent.facts.name!r} could take")
    return visit


def _refused(message: str, hint: str = "") -> RequestRefused:
    return RequestRefused(message, status=409, hint=hint)
