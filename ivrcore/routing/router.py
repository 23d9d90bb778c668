"""The router: what happens when a contact is queued, an agent becomes free, or time passes. Pure.

`step` decides and applies; its caller appends the events to the journal, then runs the commands. `apply`
alone rebuilds the state from the journal, without deciding anything again. `decide` gives the decision on
one input alone, before the matching that follows it. Must not know of the journal, sessions or a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ivrcore.errors import IvrError
from ivrcore.model import events
from ivrcore.model.names import LeftQueue
from ivrcore.routing import agents, contacts, joining, overflow, supervising, taking
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentDevice,
    AgentLogout,
    AgentPause,
    AgentPickedUp,
    AgentReady,
    Bridged,
    CallerLeft,
    CustomerMissed,
    Enqueue,
    ExtendWrapUp,
    HandOver,
    Input,
    LeaveQueue,
    LoadRoster,
    MoveContact,
    OfferFailed,
    Park,
    Prioritise,
    TakeContact,
    TalkOver,
    Tick,
    Unpark,
    WithdrawContact,
)
from ivrcore.routing.deadlines import Kind
from ivrcore.routing.draft import NOBODY, Decision, Draft
from ivrcore.routing.fold import DECIDED_ELSEWHERE, apply
from ivrcore.routing.matching import Matching
from ivrcore.routing.offering import offer
from ivrcore.routing.state import RouterState

if TYPE_CHECKING:
    from ivrcore.routing.deadlines import Deadline
    from ivrcore.routing.waiting import Visit

__all__ = ["DECIDED_ELSEWHERE", "Decision", "RouterState", "apply", "decide", "next_deadline", "step"]


def next_deadline(state: RouterState) -> float | None:
    """Give when `Tick` is next due (UTC seconds), or None: nothing is, or all of it is waited for."""
    if state.patient:
        return None
    first = state.deadlines.next_at()
    for other in (state.plans.next_at(), state.looks.next_at()):
        if other is not None and (first is None or other < first):
            first = other
    return first


def step(state: RouterState, given: Input, now: float) -> Decision:
    """Take one input, all that is due by now, and every offer that can then be made; apply it all.

    While the state is ``patient`` nothing is due.

    Raises :class:`RequestRefused` or :class:`CoreMisuse` before anything changes. A fault of ours after that
    is in the decision: what has happened must be recorded all the same.
    """
    draft = Draft(state, now)
    try:
        _decide_all(draft, given)
    except Exception as error:
        if not isinstance(error, IvrError):
            state.offer_anew()
        if not draft.applied:
            raise
        return draft.broken(error)
    return draft.done()


def _decide_all(draft: Draft, given: Input) -> None:
    """Make small decisions one after another, each on the state to which the one before was applied."""
    state, now = draft.state, draft.now
    if state.pool.begun != now:
        state.pool.begin(now)
    _DECISIONS[type(given)](draft, given)
    _take_effect(draft)
    draft.told = NOBODY
    if type(given) is LoadRoster:
        contacts.replace_all(draft)
        _take_effect(draft)
    deadlines, due = state.deadlines, not state.patient
    if due and deadlines.soonest <= now:
        _overdue(draft)
    if state.pool.deserted:
        _deserted(draft)
    if state.waiting.fresh:
        _back(draft)
    if due and deadlines.soonest <= now:  # by a need that was relaxed just now: before anybody is rung
        _overdue(draft)
    if state.waiting.fresh or state.pool.fresh:
        _match(draft)
    if due and state.looks.soonest <= now:
        _looked(draft)
    while due and state.plans.soonest <= now and (plan := state.plans.due(now)):
        _more(draft, state.waiting.visits[plan.name])
        _take_effect(draft)
    if state.rulebook.failures:
        _report(draft)
        _take_effect(draft)


def _take_effect(draft: Draft) -> None:
    """Apply what was decided."""
    state, happened = draft.state, draft.events
    for event in happened[draft.applied :]:
        apply(state, event)
        draft.applied += 1
    draft.ordered = len(draft.commands)


def _match(draft: Draft) -> None:
    matching = Matching(draft.state, draft.now)
    for visit, claim in matching.visits():
        if not offer(draft, visit, claim):
            matching.decline(visit)
        _take_effect(draft)


def _overdue(draft: Draft) -> None:
    while first := draft.state.deadlines.due(draft.now):
        _due(draft, first)
        _take_effect(draft)


def _back(draft: Draft) -> None:
    """Look at visits that were offered in vain before they are offered again.

    Agents who are free and do not answer would keep them from moving on, once all were tried; and while they
    rang, the last one whom they need may have gone.
    """
    state = draft.state
    for name in [name for name in state.waiting.fresh if state.waiting.visits[name].offers]:
        visit = state.waiting.visits[name]
        if visit.when_nobody and not state.pool.logged_in(visit.line):
            contacts.relax(draft, visit)
            _take_effect(draft)
        if visit.facts.overflow and not visit.held_until and not state.pool.untried(visit.line, visit.tried):
            _look(draft, visit)


def _looked(draft: Draft) -> None:
    """Move visits on to other queues whose time has come, and offer them there."""
    state = draft.state
    while look := state.looks.due(draft.now):
        _look(draft, state.waiting.visits[look.name])
    if state.waiting.fresh:
        _match(draft)


def _look(draft: Draft, visit: Visit) -> None:
    state = draft.state
    again = overflow.look(draft, visit)
    _take_effect(draft)
    if visit.id in state.waiting.visits:
        state.looks.set(Kind.LOOK, visit.id, again)
    else:
        _overdue(draft)  # what it needs in its new queue, before anybody is rung


def _deserted(draft: Draft) -> None:
    """Relax the needs that nobody who is logged in fits any more, and let go who waits in vain."""
    state = draft.state
    for line, went in state.pool.take_deserted():
        for place in list(state.waiting.lines.get(line, ())):
            visit = state.waiting.visits[place.visit]
            if visit.when_nobody:
                contacts.relax(draft, visit)
                _take_effect(draft)
        for visit in joining.stranded(state, line) if went else ():
            draft.leave(visit, LeftQueue.NOBODY_THERE)
            _take_effect(draft)


def _report(draft: Draft) -> None:
    """Say which plugins failed: nothing of the state depends on that."""
    for failure in draft.state.rulebook.take_failures():
        draft.events.append(
            events.PluginFailed(at=draft.now, plugin=failure.plugin, hook=failure.hook, error=failure.error)
        )


def decide(state: RouterState, given: Input, now: float) -> Decision:
    """Decide on one input (for `Tick`: on the earliest thing due) without changing the state."""
    draft = Draft(state, now)
    _DECISIONS[type(given)](draft, given)
    return draft.done()


def _tick(draft: Draft, _given: Tick) -> None:
    first = draft.state.deadlines.due(draft.now)
    if first:
        _due(draft, first)


def _due(draft: Draft, deadline: Deadline) -> None:
    state = draft.state
    match deadline.kind:
        case Kind.OFFER:
            contacts.offer_due(draft, state.offers[deadline.name])
        case Kind.AGENT:
            agents.due(draft, state.pool.agents[deadline.name])
        case Kind.VISIT:
            contacts.due(draft, state.waiting.visits[deadline.name])
        case Kind.RELAX:
            contacts.relax(draft, state.waiting.visits[deadline.name])


def _more(draft: Draft, visit: Visit) -> None:
    """Ask the strategy whom to ring besides."""
    draft.state.pool.rank(draft.now)
    offer(draft, visit, draft.state.claim(visit, draft.now), more=True)


_DECISIONS: Mapping[type[Input], Callable[[Draft, Any], None]] = {
    LoadRoster: agents.load_roster,
    Enqueue: contacts.enqueue,
    CallerLeft: contacts.caller_left,
    LeaveQueue: contacts.leave_queue,
    Park: contacts.park,
    Unpark: contacts.unpark,
    MoveContact: supervising.move,
    Prioritise: supervising.prioritise,
    WithdrawContact: supervising.withdraw,
    HandOver: supervising.hand_over,
    AgentPickedUp: contacts.picked_up,
    AgentAnswered: contacts.agent_answered,
    OfferFailed: contacts.offer_failed,
    CustomerMissed: contacts.customer_missed,
    Bridged: contacts.bridged,
    TalkOver: contacts.talk_over,
    AgentReady: agents.ready,
    AgentPause: agents.pause,
    AgentLogout: agents.logout,
    TakeContact: taking.take,
    AgentDevice: agents.device,
    ExtendWrapUp: agents.extend_wrap_up,
    Tick: _tick,
}
"""By the kind of input: who decides on it."""
