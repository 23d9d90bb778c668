"""How each event changes the state: the only code that does, live and from the journal alike.

Never decides and reads no clock. Events that are not routing's change nothing. Of plugins it asks eligibility
who may have which contacts (`ContactQueued`, `NeedRelaxed`, `RosterLoaded`), from the journal too: which
agents fit a line is no event. What fails there is kept in `Rulebook.failures`; whoever reads a journal drops
it, for it says nothing of today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ivrcore.errors import CoreMisuse
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, OfferEnd
from ivrcore.model.pbx import MAIN
from ivrcore.routing.deadlines import Kind
from ivrcore.routing.estimate import Promised
from ivrcore.routing.last_talks import Talk
from ivrcore.routing.need import PBX, line_of, need_of, with_asked
from ivrcore.routing.redial import Dropped
from ivrcore.routing.standing import Standing
from ivrcore.routing.state import Offer, Phase
from ivrcore.routing.waiting import NOTHING_PROMISED, TRIED_KEPT, Place, Visit, first_need

if TYPE_CHECKING:
    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.agent import Agent
    from ivrcore.routing.state import RouterState

FOLD = 4
"""Raised when an event changes the state another way, or the state keeps something more: then snapshots of
before (`ivrcore.service.past`) are left aside and the journal is folded anew."""

NOT_THE_AGENTS_DOING = frozenset({OfferEnd.CALLER_LEFT, OfferEnd.WITHDRAWN, OfferEnd.TAKEN})
"""Ends of an offer after which the agent keeps the idle time of before."""


LOGGED_OUT, READY, OFFERED = AgentState.LOGGED_OUT, AgentState.READY, AgentState.OFFERED
IN_CONTACT = frozenset({OFFERED, AgentState.TALKING})
WORKING = frozenset({AgentState.TALKING, AgentState.WRAP_UP})
BUSY = WORKING | {OFFERED}
AWAY = frozenset({LOGGED_OUT, AgentState.PAUSED})
OFFER, AGENT, VISIT, RELAX, MORE, LOOK = Kind
RINGING, ACCEPTED, TALKING = Phase


def apply(state: RouterState, event: Event) -> None:
    """Change the state as this event says; raise :class:`CoreMisuse` for one that does not fit it."""
    fold = _FOLDS.get(type(event))
    if fold is None:
        return
    try:
        fold(state, event)
    except KeyError as error:
        raise CoreMisuse(f"{type(event).__name__} at {event.at} names {error}, which is not open") from error


def _roster_loaded(state: RouterState, event: events.RosterLoaded) -> None:
    before, state.queues = state.queues, {queue.name: queue for queue in event.queues}
    for name in list(state.memories):
        if name not in state.queues or _strategy(before.get(name)) != _strategy(state.queues[name]):
            del state.memories[name]
    for visit in state.waiting.visits.values():
        visit.facts = state.queues.get(visit.facts.name, visit.facts)
        _limit_wait(state, visit)
    _tell_apart(state, event)
    state.estimates.keep(state.queues)
    lines = [visit.line for visit in state.waiting.visits.values()]
    state.pool.load(state.queues, event.agents, lines)
    for agent in state.pool.agents.values():
        leaves = agent.retired and not (agent.offers and all(_answered(state, name) for name in agent.offers))
        state.deadlines.set(AGENT, agent.facts.name, event.at if leaves else agent.until)
    for visit in state.waiting.visits.values():
        if visit.waiting:
            state.waiting.fresh[visit.id] = None
            _look(state, visit, event.at)


def _tell_apart(state: RouterState, event: events.RosterLoaded) -> None:
    """See whether it matters from now on at which PBX a contact is, for those who wait too."""
    several = any(agent.pbx != MAIN for agent in event.agents)
    if several is state.several:
        return
    state.several = several
    for visit in state.waiting.visits.values():
        need = state.need_from(visit.contact, with_asked(visit.need, PBX, None))
        if need != visit.need:
            state.waiting.relaxed(visit, need)


def _strategy(queue: QueueFacts | None) -> str:
    return queue.strategy if queue else ""


def _contact_queued(state: RouterState, event: events.ContactQueued) -> None:
    queue = state.queues[event.queue]
    since = event.at if event.since is None else event.since
    visit = Visit(
        id=event.visit,
        contact=event.contact,
        facts=queue,
        entry=queue,
        priority=event.priority,
        skills=event.skills,
        entered=event.at,
        since=since,
        place=Place(since if event.place is None else event.place, event.visit, since),
        line=line_of(queue.name, state.need_from(event.contact, first_need(queue, event.skills))),
        preferred=event.preferred,
        call_back=event.call_back,
        promised=Promised(event.expected, event.at_most, state.estimates.stretched(queue.name)),
        through=event.through,
        caller=event.caller,
    )
    state.waiting.add(visit)
    if visit.caller:
        state.redials.taken(queue.name, visit.caller)
    state.pool.open_line(visit.line)
    if queue.max_wait is not None:
        _limit_wait(state, visit)
    if queue.overflow:
        _look(state, visit, event.at)
    if queue.relaxation:
        _relaxes(state, visit, event.at)


def _contact_placed(state: RouterState, event: events.ContactPlaced) -> None:
    visit = state.waiting.visits[event.visit]
    visit.priority = event.priority
    state.waiting.placed(visit, Place(event.place, visit.id, visit.since))


def _visit_parked(state: RouterState, event: events.VisitParked | events.VisitUnparked) -> None:
    visit = state.waiting.visits[event.visit]
    state.waiting.park(visit, isinstance(event, events.VisitParked))
    state.plans.set(MORE, visit.id, None)
    _look(state, visit, event.at)


def _need_relaxed(state: RouterState, event: events.NeedRelaxed) -> None:
    visit = state.waiting.visits[event.visit]
    need = state.need_from(visit.contact, need_of(event.need))
    visit.step, visit.why, visit.when_nobody = event.step, event.why, event.when_nobody
    visit.stage, visit.stage_began = event.stage, event.began
    _relaxes(state, visit, event.until)
    _hold(state, visit, event.until if event.held else None, event.at)
    if need != visit.need:
        before = visit.line
        state.waiting.relaxed(visit, need)
        state.pool.open_line(visit.line)
        state.pool.close_line(before)


def _hold(state: RouterState, visit: Visit, until: float | None, at: float) -> None:
    """Let nothing take it away until then, or (None) count its wait again as if nothing had been."""
    if until != visit.held_until:
        visit.held_until = until
        visit.promised = NOTHING_PROMISED  # what was said of the wait is not what it waits for
        _limit_wait(state, visit)
        _look(state, visit, at)


def _relaxes(state: RouterState, visit: Visit, at: float | None) -> None:
    visit.relaxes = at
    state.deadlines.set(RELAX, visit.id, at)


def _limit_wait(state: RouterState, visit: Visit) -> None:
    """Set the end of waiting: none while it is held, nor once an agent answered (that has its own); now if
    the queue is gone."""
    longest = None if visit.call_back or visit.held_until else visit.facts.max_wait
    limit = longest if visit.facts.name in state.queues else 0.0
    ends = None if limit is None or visit.taken else visit.entered + limit
    state.deadlines.set(VISIT, visit.id, ends)


def _look(state: RouterState, visit: Visit, at: float) -> None:
    """Have it looked whether the visit moves on."""
    state.looks.set(LOOK, visit.id, at if visit.facts.overflow and not visit.held_until else None)


def _answered(state: RouterState, offer: str) -> bool:
    """Whether the agent of an offer picked up."""
    return state.offers[offer].phase is not RINGING


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
    state.pool.alter(agent)
    agent.offers[event.offer] = None
    state.pool.settle(agent)
    state.deadlines.set(OFFER, event.offer, event.deadline)
    if state.plans.count:
        state.plans.set(MORE, event.visit, None)


def _picked_up(state: RouterState, event: events.OfferPickedUp) -> None:
    offer = state.offers[event.offer]
    offer.picked_up, offer.deadline = True, event.deadline
    state.deadlines.set(OFFER, offer.id, event.deadline)


def _offer_accepted(state: RouterState, event: events.OfferAccepted) -> None:
    offer = state.offers[event.offer]
    offer.phase, offer.deadline = ACCEPTED, event.deadline
    state.waiting.visits[offer.visit].taken = offer.id
    state.deadlines.set(OFFER, offer.id, event.deadline)
    _nothing_due(state, state.waiting.visits[offer.visit])


def _offer_ended(state: RouterState, event: events.OfferEnded) -> None:
    agent = state.pool.agents[event.agent]
    state.pool.alter(agent)
    _close_offer(state, state.offers[event.offer], agent)
    visit = state.waiting.visits.get(event.visit)
    asked = visit is None or not visit.parked
    if event.how not in NOT_THE_AGENTS_DOING:
        agent.idle_since = agent.inbound_idle_since = agent.ready_since = event.at
        # Who took a call-back in vain missed nothing, nor did who was not asked.
        agent.missed = 0 if event.how is OfferEnd.CUSTOMER_MISSED else agent.missed + asked
    state.pool.settle(agent)
    if visit:
        if asked:
            visit.tried = (*visit.tried, event.agent)[-TRIED_KEPT:]
        state.waiting.offer_over(visit, event.offer)
        _limit_wait(state, visit)
        _look(state, visit, event.at)
        _relaxes(state, visit, visit.relaxes)


def _close_offer(state: RouterState, offer: Offer, agent: Agent) -> None:
    """Take an offer away, within a change of its agent."""
    del agent.offers[offer.id]
    if offer.deadline is not None:
        state.deadlines.set(OFFER, offer.id, None)
    del state.offers[offer.id]


def _visit_answered(state: RouterState, event: events.VisitAnswered) -> None:
    offer, agent = state.offers[event.offer], state.pool.agents[event.agent]
    offer.phase, offer.deadline, offer.bridged_at = TALKING, None, event.at
    visit = state.waiting.visits[event.visit]
    state.waiting.answered(visit)
    state.last_talks.began(visit.contact, visit.caller, Talk(event.agent, event.at))
    if not visit.call_back:  # its time has the customer's phone in it, and nobody was told of it
        state.estimates.judge(event.queue, event.waited, visit.promised, answered=True)
        state.estimates.waited(event.queue, event.waited, abandoned=False)
    state.deadlines.set(OFFER, offer.id, None)
    state.pool.alter(agent)
    agent.contacts_taken += 1
    agent.talking += 1
    agent.missed = 0
    agent.talk_began = event.at
    agent.workload.talk.set(False, event.at)
    agent.workload.talk.set(True, event.at)
    state.pool.settle(agent)
    _standing(state, event.queue).add(event.at, in_threshold=event.in_threshold)


def _standing(state: RouterState, queue: str) -> Standing:
    found = state.standings.get(queue)
    if found is None:
        found = state.standings[queue] = Standing()
    return found


def _visit_gone(state: RouterState, event: events.VisitAbandoned | events.VisitLeft) -> None:
    if isinstance(event, events.VisitAbandoned):
        _keep_place(state, state.waiting.visits[event.visit], event.at)
    if isinstance(event, events.VisitAbandoned) and not event.in_threshold:
        _standing(state, event.queue).add(event.at, in_threshold=False)
    if not state.waiting.visits[event.visit].call_back:
        gave_up = isinstance(event, events.VisitAbandoned)
        state.estimates.waited(event.queue, event.waited, abandoned=gave_up)
        state.estimates.judge(
            event.queue, event.waited, state.waiting.visits[event.visit].promised, answered=False
        )
    _visit_over(state, event.visit)


def _keep_place(state: RouterState, visit: Visit, at: float) -> None:
    for name in (*visit.through, visit.facts.name) if visit.caller else ():
        if name in state.queues and state.queues[name].redial:
            state.redials.drop(name, visit.caller, Dropped(visit.since, at))


def _visit_over(state: RouterState, name: str) -> None:
    visit = state.waiting.visits[name]
    state.waiting.remove(visit)
    state.pool.close_line(visit.line)
    _nothing_due(state, visit)


def _nothing_due(state: RouterState, visit: Visit) -> None:
    state.deadlines.set(VISIT, visit.id, None)
    if visit.relaxes is not None:
        state.deadlines.set(RELAX, visit.id, None)
    if state.plans.count:
        state.plans.set(MORE, visit.id, None)
    if state.looks.count:
        state.looks.set(LOOK, visit.id, None)


def _talk_ended(state: RouterState, event: events.TalkEnded) -> None:
    visit, agent = state.waiting.visits[event.visit], state.pool.agents[event.agent]
    alone = event.since is not None and agent.talking == 1  # else there was other work meanwhile
    unseen = event.at - event.since if event.since is not None and alone else 0.0
    state.estimates.talked(event.agent, event.queue, unseen)
    state.pool.alter(agent)
    _close_offer(state, state.offers[visit.taken], agent)
    agent.talking -= 1
    agent.idle_since = event.at
    if not visit.call_back:
        agent.inbound_idle_since = event.at
    if agent.offers:
        agent.owes = max(agent.owes, visit.facts.wrap_up)
    agent.workload.talk.set(agent.talking > 0, event.at)
    state.pool.settle(agent)
    _visit_over(state, event.visit)


def _device_changed(state: RouterState, event: events.AgentDeviceChanged) -> None:
    agent = state.pool.agents[event.agent]
    state.pool.alter(agent)
    agent.device = event.device
    state.pool.settle(agent)


def _remembered(state: RouterState, event: events.StrategyRemembered) -> None:
    state.memories[event.queue] = event.memory


def _more_planned(state: RouterState, event: events.MoreOffersPlanned) -> None:
    state.plans.set(MORE, event.visit, event.due)


def _set_back(state: RouterState, event: events.ClockSetBack) -> None:
    state.set_back(event.seconds)


def _agent_changed(state: RouterState, event: events.AgentStateChanged) -> None:
    agent, now = state.pool.agents[event.agent], event.state
    before, ended, away = agent.state, agent.until, now in AWAY
    _estimate_work(state, agent, event)
    state.pool.alter(agent)
    if now is not before:
        agent.state, agent.since = now, event.at
        if before is not OFFERED and now is not OFFERED:
            agent.ready_since = event.at
        works = now in WORKING
        if works is not (before in WORKING):
            agent.workload.work.set(works, event.at)
        if away is not (before in AWAY):
            agent.workload.staffed.set(not away, event.at)
    agent.reason, agent.until = event.reason, event.until
    agent.pause_next, agent.logout_next = event.pause_next, event.logout_next
    if now is LOGGED_OUT:
        agent.idle_since = agent.inbound_idle_since = agent.talk_began = None
        agent.contacts_taken = 0
    elif now is READY and agent.idle_since is None:
        agent.idle_since = agent.inbound_idle_since = event.at
    if away:
        agent.missed = 0
    if now not in IN_CONTACT:
        agent.owes = 0.0
    state.pool.settle(agent)
    if event.until is not None or ended is not None or agent.retired:
        state.deadlines.set(AGENT, event.agent, event.until)
    if now is LOGGED_OUT and agent.retired:
        state.pool.drop(agent)


def _estimate_work(state: RouterState, agent: Agent, event: events.AgentStateChanged) -> None:
    busy = event.state in BUSY
    if busy is (agent.state in BUSY):
        return
    if busy:
        state.estimates.at_work(event.agent, event.at)
    else:
        state.estimates.done(event.agent, event.at, agent.queues)


_FOLDS: Mapping[type[Event], Callable[[RouterState, Any], None]] = {
    events.RosterLoaded: _roster_loaded,
    events.ContactQueued: _contact_queued,
    events.ContactPlaced: _contact_placed,
    events.VisitParked: _visit_parked,
    events.VisitUnparked: _visit_parked,
    events.NeedRelaxed: _need_relaxed,
    events.OfferMade: _offer_made,
    events.OfferPickedUp: _picked_up,
    events.OfferAccepted: _offer_accepted,
    events.OfferEnded: _offer_ended,
    events.VisitAnswered: _visit_answered,
    events.VisitAbandoned: _visit_gone,
    events.VisitLeft: _visit_gone,
    events.TalkEnded: _talk_ended,
    events.AgentStateChanged: _agent_changed,
    events.AgentDeviceChanged: _device_changed,
    events.StrategyRemembered: _remembered,
    events.MoreOffersPlanned: _more_planned,
    events.ClockSetBack: _set_back,
    events.CallBackAsked: lambda state, event: state.last_talks.to_be_called_back(event.contact),
    events.CallBackEnded: lambda state, event: state.last_talks.called_back(event.contact),
    events.ContactClosed: lambda state, event: state.last_talks.closed(event.contact),
}
"""By the kind of event: which of them change routing, and how. A table, since replay takes millions."""

KINDS = frozenset(_FOLDS)
"""The kinds of events that change routing."""

DECIDED_ELSEWHERE = (events.CallBackAsked, events.CallBackEnded, events.ContactClosed)
"""Those of them that a live router has to be shown: it decides all others itself, and applies them then."""
