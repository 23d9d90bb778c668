"""The router: what happens when a contact is queued, an agent becomes free, or time passes. Pure.

`step` decides and applies; its caller appends the events to the journal, then runs the commands. `apply`
alone rebuilds the state from the journal, without deciding anything again. `decide` gives the decision on
one input alone, before the matching that follows it. Must not know of the journal, sessions or a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

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
    Prioritise,
    TakeContact,
    TalkOver,
    Tick,
    WithdrawContact,
)
from ivrcore.routing.deadlines import Kind
from ivrcore.routing.draft import Decision, Draft
from ivrcore.routing.fold import apply
from ivrcore.routing.matching import Matching
from ivrcore.routing.offering import offer
from ivrcore.routing.state import RouterState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivrcore.model.event import Event
    from ivrcore.routing.commands import Command
    from ivrcore.routing.deadlines import Deadline
    from ivrcore.routing.need import Line
    from ivrcore.routing.rulebook import Failure
    from ivrcore.routing.waiting import Visit

__all__ = ["Decision", "RouterState", "apply", "decide", "next_deadline", "step"]


def next_deadline(state: RouterState) -> float | None:
    """Give when `Tick` is next due (UTC seconds), or None."""
    firsts = [
        first.at for first in (state.deadlines.first(), state.plans.first(), state.looks.first()) if first
    ]
    return min(firsts, default=None)


def step(state: RouterState, given: Input, now: float) -> Decision:
    """Take one input, all that is due by now, and every offer that can then be made; apply it all.

    Raises :class:`RequestRefused` or :class:`CoreMisuse` before anything changes. A fault of ours after that
    is in the decision: what has happened must be recorded all the same.
    """
    happened: list[Event] = []
    commands: list[Command] = []
    fault: Exception | None = None
    try:
        for decision in _decisions(state, given, now):
            commands += decision.commands
            for event in decision.events:
                apply(state, event)
                happened.append(event)
    except Exception as error:
        if not happened:
            raise
        fault = error
    return Decision(tuple(happened), tuple(commands), fault)


def _decisions(state: RouterState, given: Input, now: float) -> Iterator[Decision]:
    """Give small decisions, each made on a state to which the one before was applied."""
    yield decide(state, given, now)
    if isinstance(given, LoadRoster):
        draft = Draft(state, now)
        contacts.replace_all(draft)
        yield draft.done()
    yield from _overdue(state, now)
    for line in state.pool.take_deserted():
        yield from _deserted(state, line, now)
    if state.waiting.fresh:
        yield from _back(state, now)
    if state.waiting.fresh or state.pool.fresh:
        yield from _matched(state, now)
    if (look := state.looks.first()) and look.at <= now:
        yield from _looked(state, now)
    while (plan := state.plans.first()) and plan.at <= now:
        draft = Draft(state, now)
        _more(draft, state.waiting.visits[plan.name])
        yield draft.done()
    if failures := state.rulebook.take_failures():
        yield _reported(failures, now)


def _matched(state: RouterState, now: float) -> Iterator[Decision]:
    matching = Matching(state, now)
    for visit, claim in matching.visits():
        draft = Draft(state, now)
        if not offer(draft, visit, claim):
            matching.decline(visit)
        yield draft.done()


def _overdue(state: RouterState, now: float) -> Iterator[Decision]:
    while (first := state.deadlines.first()) and first.at <= now:
        yield decide(state, Tick(), now)


def _back(state: RouterState, now: float) -> Iterator[Decision]:
    """Look at visits that were offered in vain before they are offered again.

    Agents who are free and do not answer would keep them from moving on, and while they rang, the last one
    whom they need may have gone.
    """
    for name in [name for name in state.waiting.fresh if state.waiting.visits[name].offers]:
        visit = state.waiting.visits[name]
        if visit.when_nobody and not state.pool.logged_in(visit.line):
            draft = Draft(state, now)
            contacts.relax(draft, visit)
            yield draft.done()
        if visit.facts.overflow and not visit.held_until:
            yield from _look(state, visit, now)


def _looked(state: RouterState, now: float) -> Iterator[Decision]:
    """Move visits on to other queues whose time has come, and offer them there."""
    while (look := state.looks.first()) and look.at <= now:
        yield from _look(state, state.waiting.visits[look.name], now)
    if state.waiting.fresh:
        yield from _matched(state, now)


def _look(state: RouterState, visit: Visit, now: float) -> Iterator[Decision]:
    draft = Draft(state, now)
    again = overflow.look(draft, visit)
    yield draft.done()
    if visit.id in state.waiting.visits:
        state.looks.set(Kind.LOOK, visit.id, again)
    else:
        yield from _overdue(state, now)  # what it needs in its new queue, before anybody is rung


def _deserted(state: RouterState, line: Line, now: float) -> Iterator[Decision]:
    """Relax the needs that nobody who is logged in fits any more, and let go who waits in vain."""
    for place in list(state.waiting.lines.get(line, ())):
        visit = state.waiting.visits[place.visit]
        if visit.when_nobody:
            draft = Draft(state, now)
            contacts.relax(draft, visit)
            yield draft.done()
    for visit in joining.stranded(state, line):
        draft = Draft(state, now)
        draft.leave(visit, LeftQueue.NOBODY_THERE)
        yield draft.done()


def decide(state: RouterState, given: Input, now: float) -> Decision:
    """Decide on one input (for `Tick`: on the earliest thing due) without changing the state."""
    draft = Draft(state, now)
    _DECISIONS[type(given)](draft, given)
    return draft.done()


def _tick(draft: Draft, _given: Tick) -> None:
    first = draft.state.deadlines.first()
    if first and first.at <= draft.now:
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
    view = draft.state.queue_view(visit.facts.name, draft.now)
    claim = draft.state.rulebook.claim(visit.facts, visit.place.since, view, draft.now)
    offer(draft, visit, claim, more=True)


def _reported(failures: Sequence[Failure], now: float) -> Decision:
    return Decision(
        tuple(
            events.PluginFailed(at=now, plugin=failure.plugin, hook=failure.hook, error=failure.error)
            for failure in failures
        )
    )


_DECISIONS: Mapping[type[Input], Callable[[Draft, Any], None]] = {
    LoadRoster: agents.load_roster,
    Enqueue: contacts.enqueue,
    CallerLeft: contacts.caller_left,
    LeaveQueue: contacts.leave_queue,
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
