"""Supervisors and single contacts: move, prioritise, send back to the dialplan, hand over to an agent.

Who did it is in the events. Only a contact that waits (its phones may ring) can be steered: one that an agent
answered for is joined first.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from msgspec import structs

from ivrcore.durations import in_words
from ivrcore.errors import RequestRefused
from ivrcore.model import events
from ivrcore.model.names import WITHDRAWALS, AgentState, OfferEnd
from ivrcore.routing import overflow
from ivrcore.routing.agents import known
from ivrcore.routing.commands import ANSWERED, WHO_WAITS
from ivrcore.routing.contacts import placed
from ivrcore.routing.need import AGENTS

if TYPE_CHECKING:
    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.commands import HandOver, MoveContact, Prioritise, WithdrawContact
    from ivrcore.routing.draft import Draft
    from ivrcore.routing.state import RouterState
    from ivrcore.routing.waiting import Visit

MOST_PRIORITY = 1000
LONGEST_HAND_OVER = 3600.0
"""Seconds."""


def move(draft: Draft, given: MoveContact) -> None:
    """Have it wait in another queue, with the time that it has waited; a ringing offer is withdrawn."""
    visit = _waiting(draft.state, given.contact)
    queue = _queue(draft.state, given.queue)
    if queue.name == visit.facts.name:
        raise _refused(f"contact {given.contact!r} waits in {queue.name} already")
    overflow.move(draft, visit, queue, given.by)


def prioritise(draft: Draft, given: Prioritise) -> None:
    """Give it another priority (more is sooner), and with it another place."""
    if abs(given.priority) > MOST_PRIORITY:
        hint = f"-{MOST_PRIORITY} to {MOST_PRIORITY}; more is sooner"
        raise RequestRefused(f"{given.priority} is no priority", status=400, hint=hint)
    visit = _waiting(draft.state, given.contact)
    view = structs.replace(visit.view, priority=given.priority)
    place = draft.state.rulebook.place(visit.facts, view)
    if (given.priority, place) != (visit.priority, visit.place.since):
        placed(draft, visit, given.priority, place, given.by)


def withdraw(draft: Draft, given: WithdrawContact) -> None:
    """Let it go on in its dialplan; a ringing offer is withdrawn."""
    if given.why not in WITHDRAWALS:
        hint = f"one of {', '.join(WITHDRAWALS)}"
        raise RequestRefused(f"nobody is sent back as {given.why}", status=400, hint=hint)
    draft.leave(_waiting(draft.state, given.contact), given.why, given.by)


def hand_over(draft: Draft, given: HandOver) -> None:
    """For so long let nobody but one agent have it, who may be busy; then it needs what it usually would.

    Until then it is held: overflow and the queue's longest wait leave it alone, and count again afterwards.
    If the agent logs out, that time is over. Phones of other agents that ring for it stop.
    """
    if not 0 < given.seconds <= LONGEST_HAND_OVER:
        hint = f"give seconds: more than 0, at most {LONGEST_HAND_OVER:.0f} ({in_words(LONGEST_HAND_OVER)})"
        raise RequestRefused(f"{in_words(given.seconds)} is no time to hand over for", status=400, hint=hint)
    state = draft.state
    visit, agent = _waiting(state, given.contact), known(draft, given.agent)
    queue = visit.facts.name
    if queue not in agent.queues:
        hint = (
            f"move the contact to a queue of the agent's first: {', '.join(agent.queues) or 'there is none'}"
        )
        raise _refused(f"agent {given.agent!r} does not serve the queue {queue}", hint)
    if agent.state is AgentState.LOGGED_OUT or agent.logout_next:
        raise _refused(f"agent {given.agent!r} is logged out", "hand it over to somebody who is there")
    if away := state.rulebook.misfit(agent.member(queue), state.need_from(visit.contact, ())):
        raise _refused(f"agent {given.agent!r} is one {away}", "hand it over to somebody at its own PBX")
    for name in visit.live:
        if state.offers[name].agent != given.agent:
            draft.end_offer(state.offers[name], OfferEnd.WITHDRAWN)
    draft.events.append(
        events.NeedRelaxed(
            at=draft.now,
            contact=visit.contact,
            visit=visit.id,
            queue=queue,
            step=visit.step,
            need={AGENTS: (given.agent,)},
            until=draft.now + given.seconds,
            when_nobody=True,
            why=f"handed over to {given.agent}",
            stage=visit.stage,
            began=visit.stage_began,
            by=given.by,
            held=True,
        )
    )


def _waiting(state: RouterState, contact: str) -> Visit:
    visit = state.waiting.by_contact.get(contact)
    if visit is None:
        raise RequestRefused(f"contact {contact!r} waits in no queue", status=404, hint=WHO_WAITS)
    if visit.taken or visit.answered:
        agent = state.offers[visit.taken].agent
        raise _refused(f"agent {agent!r} has answered for contact {contact!r}", ANSWERED)
    return visit


def _queue(state: RouterState, name: str) -> QueueFacts:
    queue = state.queues.get(name)
    if queue is None:
        close = ", ".join(get_close_matches(name, state.queues, n=3))
        hint = f"did you mean {close}?" if close else "the configuration names the queues"
        raise RequestRefused(f"there is no queue {name!r}", status=404, hint=hint)
    return queue


def _refused(message: str, hint: str = "") -> RequestRefused:
    return RequestRefused(message, status=409, hint=hint)
