"""Decisions on what callers do, and on offers: answered, failed, bridged, over."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import structs

from ivrcore.errors import CoreMisuse
from ivrcore.model import events
from ivrcore.model.names import AgentState, By, Device, LeftQueue, OfferEnd
from ivrcore.routing.commands import ConnectAgent, ReturnContact, WithdrawOffer
from ivrcore.routing.facts import VisitFacts
from ivrcore.routing.joining import outlook_of, refuse, why_not
from ivrcore.routing.need import need_of
from ivrcore.routing.pool import QueueFloor
from ivrcore.routing.relaxation import Relaxed
from ivrcore.routing.state import Phase
from ivrcore.routing.waiting import Place, first_need

if TYPE_CHECKING:
    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.commands import (
        AgentAnswered,
        AgentPickedUp,
        Bridged,
        CallerLeft,
        CustomerMissed,
        Enqueue,
        LeaveQueue,
        OfferFailed,
        Park,
        TalkOver,
        Unpark,
    )
    from ivrcore.routing.draft import Draft
    from ivrcore.routing.state import Offer
    from ivrcore.routing.waiting import Visit

TALKING = AgentState.TALKING
RINGING, IN_TALK = Phase.RINGING, Phase.TALKING
BRIDGE_TIME = 30.0
"""Seconds from an agent's answer, whisper included, by which the two must be in one bridge."""
CALL_BACK_TIME = 90.0
"""The same where the customer's phone must ring first (60 s at most)."""


def enqueue(draft: Draft, given: Enqueue) -> None:
    """Begin a visit; for an unknown queue, or one that lets nobody join, give the contact back at once."""
    waiting = draft.state.waiting
    if given.visit in waiting.visits or given.contact in waiting.by_contact:
        raise CoreMisuse(f"visit {given.visit} of {given.contact} is queued a second time")
    queue = draft.state.queues.get(given.queue)
    if queue is None:
        draft.commands.append(ReturnContact(given.contact, given.visit, LeftQueue.FAILED))
        return
    caller = given.caller if (queue.redial or queue.last_agent) and not given.call_back else ""
    since = given.since
    if since is None and caller and queue.redial:
        since = draft.state.redials.since(queue.name, caller, draft.now - queue.redial)
    view = VisitFacts(
        contact=given.contact,
        visit=given.visit,
        queue=given.queue,
        entered=draft.now,
        since=draft.now if since is None else since,
        priority=queue.priority + given.priority,
        skills=MappingProxyType(given.skills),
        preferred=_preferred(draft, queue, given) if queue.last_agent else tuple(given.preferred),
        call_back=given.call_back,
    )
    need = draft.state.need_from(given.contact, first_need(queue, given.skills))
    refused = why_not(draft.state, queue, need)
    promised = given.call_back or (given.promised and refused is not LeftQueue.NOBODY_THERE)
    if refused and not promised:
        refuse(draft, given, queue, refused)
        return
    place = draft.state.rulebook.place(queue, view)
    outlook = outlook_of(draft.state, queue, given.contact, given.skills, Place(place, given.visit))
    draft.events.append(
        events.ContactQueued(
            at=draft.now,
            contact=given.contact,
            visit=given.visit,
            queue=given.queue,
            priority=view.priority,
            skills=dict(given.skills),
            call_back=given.call_back,
            since=since,
            place=place,
            preferred=tuple(view.preferred),
            expected=outlook.expected if outlook else None,
            at_most=outlook.at_most if outlook else None,
            caller=caller,
        )
    )


def _preferred(draft: Draft, queue: QueueFacts, given: Enqueue) -> tuple[str, ...]:
    """Give whom the dialplan names, then who talked with the contact or its caller."""
    earliest = draft.now - queue.last_agent
    last = draft.state.last_talks.agents(given.contact, given.caller, earliest)
    return tuple(dict.fromkeys((*given.preferred, *last)))


def caller_left(draft: Draft, given: CallerLeft) -> None:
    """Close whatever the contact had here: abandoned, or the end of a conversation."""
    visit = draft.state.waiting.by_contact.get(given.contact)
    if visit is None:
        return
    if visit.answered:
        draft.end_talk(draft.state.offers[visit.taken], By.CALLER, given.since)
    else:
        draft.abandon(visit, given.since)
        draft.end_offers(visit, OfferEnd.CALLER_LEFT)


def leave_queue(draft: Draft, given: LeaveQueue) -> None:
    """Take the visit out, unless an agent has answered for it: then the conversation comes first.

    A call-back has none before the customer is on the line; whoever asks for this knows.
    """
    visit = draft.state.waiting.by_contact.get(given.contact)
    if visit is None or visit.answered or (visit.taken and not visit.call_back):
        return
    draft.leave(visit, given.why, key=given.key, since=given.since)


def park(draft: Draft, given: Park) -> None:
    """Offer the visit to nobody for now, unless an agent has answered for it and can be joined with it."""
    visit = draft.state.waiting.by_contact.get(given.contact)
    if visit is None or visit.answered or visit.parked or (visit.taken and not given.lost):
        return
    queue = visit.facts.name
    draft.events.append(events.VisitParked(at=draft.now, contact=visit.contact, visit=visit.id, queue=queue))
    draft.end_offers(visit, OfferEnd.FAILED if given.lost else OfferEnd.WITHDRAWN, missed=False)


def unpark(draft: Draft, given: Unpark) -> None:
    """Let the visit be offered again."""
    visit = draft.state.waiting.by_contact.get(given.contact)
    if visit is not None and visit.parked:
        queue = visit.facts.name
        draft.events.append(
            events.VisitUnparked(at=draft.now, contact=visit.contact, visit=visit.id, queue=queue)
        )


def due(draft: Draft, visit: Visit) -> None:
    """It waited as long as it may, or its queue is no longer named."""
    known = visit.facts.name in draft.state.queues
    draft.leave(visit, LeftQueue.TIMED_OUT if known else LeftQueue.FAILED)


def picked_up(draft: Draft, given: AgentPickedUp) -> None:
    """Give the agent the time to press the key, however long it rang before; a late one is undone."""
    offer = draft.state.offers.get(given.offer)
    if offer is None:
        draft.commands.append(WithdrawOffer(given.offer, OfferEnd.WITHDRAWN))
    elif offer.phase is Phase.RINGING and offer.deadline is not None and not offer.picked_up:
        within = draft.state.pool.agents[offer.agent].facts.confirm  # None: not any more, by a new roster
        draft.events.append(
            events.OfferPickedUp(
                at=draft.now,
                contact=offer.contact,
                visit=offer.visit,
                queue=offer.queue,
                offer=offer.id,
                agent=offer.agent,
                deadline=offer.deadline if within is None else draft.now + within,
            )
        )


def agent_answered(draft: Draft, given: AgentAnswered) -> None:
    """Connect them; a late answer is undone."""
    offer = draft.state.offers.get(given.offer)
    if offer is None:
        draft.commands.append(WithdrawOffer(given.offer, OfferEnd.WITHDRAWN))
    elif offer.phase is RINGING:
        _accept(draft, offer)
        draft.commands.append(ConnectAgent(offer.id, offer.contact, offer.agent))


def _accept(draft: Draft, offer: Offer) -> None:
    visit = draft.state.waiting.visits[offer.visit]
    draft.events.append(
        events.OfferAccepted(
            at=draft.now,
            contact=offer.contact,
            visit=offer.visit,
            queue=offer.queue,
            offer=offer.id,
            agent=offer.agent,
            deadline=draft.now + (CALL_BACK_TIME if visit.call_back else BRIDGE_TIME),
        )
    )
    draft.end_offers(visit, OfferEnd.TAKEN, but=offer.id)


def offer_failed(draft: Draft, given: OfferFailed) -> None:
    """Let the visit wait on at its place and the agent rest; in conversation it is the end of that."""
    offer = draft.state.offers.get(given.offer)
    if offer is None:
        return
    if offer.phase is IN_TALK:
        draft.end_talk(offer, By.AGENT, given.since)
    else:
        draft.end_offer(offer, given.how)


def customer_missed(draft: Draft, given: CustomerMissed) -> None:
    """End the visit; a later try is another one. Who had taken it wraps up; who was rung for it goes on."""
    visit = draft.state.waiting.by_contact.get(given.contact)
    if visit is None or visit.answered:
        return
    taken = OfferEnd.AGENT_HUNG_UP if given.agent_left else OfferEnd.CUSTOMER_MISSED
    how = taken if visit.taken else OfferEnd.WITHDRAWN
    draft.leave(visit, LeftQueue.NOT_REACHED, how=how, since=given.since)


def offer_due(draft: Draft, offer: Offer) -> None:
    """Its deadline passed: nobody answered, or took the offer, or the two were never joined."""
    if offer.phase is not RINGING:
        draft.end_offer(offer, OfferEnd.FAILED)
    elif draft.state.pool.agents[offer.agent].device is Device.UNREACHABLE:
        draft.end_offer(offer, OfferEnd.WITHDRAWN)  # since the PBX is away: whether it rang nobody knows
    else:
        draft.end_offer(offer, OfferEnd.UNCONFIRMED if offer.picked_up else OfferEnd.NO_ANSWER)


def bridged(draft: Draft, given: Bridged) -> None:
    """Count the visit as answered; a bridge for an offer that is over is undone."""
    offer = draft.state.offers.get(given.offer)
    if offer is None:
        draft.commands.append(WithdrawOffer(given.offer, OfferEnd.WITHDRAWN))
        return
    if offer.phase is IN_TALK:
        return
    if offer.phase is RINGING:
        _accept(draft, offer)
    visit = draft.state.waiting.visits[offer.visit]
    waited = draft.now - visit.entered
    draft.events.append(
        events.VisitAnswered(
            at=draft.now,
            contact=offer.contact,
            visit=offer.visit,
            queue=offer.queue,
            offer=offer.id,
            agent=offer.agent,
            bridge=given.bridge,
            waited=waited,
            in_threshold=waited <= visit.facts.threshold,
        )
    )
    draft.agent_on(draft.state.pool.agents[offer.agent], TALKING)


def talk_over(draft: Draft, given: TalkOver) -> None:
    """End the conversation; one that never began ends as hung up by whoever did it."""
    offer = draft.state.offers.get(given.offer)
    if offer is None:
        return
    if offer.phase is IN_TALK:
        draft.end_talk(offer, given.by, given.since)
    elif given.by is By.CALLER:
        visit = draft.state.waiting.visits[offer.visit]
        draft.abandon(visit, given.since)
        draft.end_offers(visit, OfferEnd.CALLER_LEFT)
    else:
        draft.end_offer(offer, OfferEnd.AGENT_HUNG_UP if given.by is By.AGENT else OfferEnd.FAILED)


def relax(draft: Draft, visit: Visit) -> None:
    """Ask the relaxation of its queue, as it was configured when the contact came, what it needs now.

    One that is over gives way to the next, for which the wait begins now.
    """
    state, entry, now = draft.state, visit.entry, draft.now
    asked = dict(state.need_from(visit.contact, first_need(entry, visit.skills)))
    floor = QueueFloor(state.pool, visit.facts.name)
    stage, began = visit.stage, visit.stage_began
    if not entry.relaxation:  # a supervisor handed it over for a time, which is over
        _relaxed(draft, visit, Relaxed(asked, "handed over in vain"), stage, began)
        return
    view = visit.view if began is None else structs.replace(visit.view, entered=began)
    if visit.held_until:  # what it needs by a supervisor's word is not what its queue asked for
        view = structs.replace(view, need=need_of(asked))
    relaxed = state.rulebook.relax(entry, stage, view, asked, floor, now)
    while relaxed.over and stage < len(entry.relaxation_next):
        stage, began = stage + 1, now
        view = structs.replace(view, entered=now, step=0, need=need_of(asked))
        relaxed = state.rulebook.relax(entry, stage, view, asked, floor, now)
    _relaxed(draft, visit, relaxed, stage, began)


def _relaxed(draft: Draft, visit: Visit, relaxed: Relaxed, stage: int, began: float | None) -> None:
    draft.events.append(
        events.NeedRelaxed(
            at=draft.now,
            contact=visit.contact,
            visit=visit.id,
            queue=visit.facts.name,
            step=visit.step + 1,
            need=dict(need_of(relaxed.need)),
            until=relaxed.until,
            when_nobody=relaxed.when_nobody,
            why=relaxed.why,
            stage=stage,
            began=began,
        )
    )


def replace_all(draft: Draft) -> None:
    """Give every waiting contact the place that its queue's order, as configured now, has for it."""
    for visit in draft.state.waiting.visits.values():
        if visit.answered or visit.facts.name not in draft.state.queues:
            continue
        place = draft.state.rulebook.place(visit.facts, visit.view)
        if place != visit.place.since:
            placed(draft, visit, visit.priority, place)


def placed(draft: Draft, visit: Visit, priority: int, place: float, by: str = "") -> None:
    """Give a waiting contact another place."""
    draft.events.append(
        events.ContactPlaced(
            at=draft.now,
            contact=visit.contact,
            visit=visit.id,
            queue=visit.facts.name,
            priority=priority,
            place=place,
            by=by,
        )
    )
