"""The router: what happens when a contact is queued, an agent becomes free, or time passes. Pure.

`step` decides and applies; its caller appends the events to the journal, then runs the commands. `apply`
alone rebuilds the state from the journal, without deciding anything again. `decide` gives the decision on
one input alone, before the matching that follows it. Must not know of the journal, sessions or a clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.routing import agents, contacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentLogout,
    AgentPause,
    AgentReady,
    Bridged,
    CallerLeft,
    CustomerMissed,
    Enqueue,
    Input,
    LeaveQueue,
    LoadRoster,
    OfferFailed,
    TalkOver,
    Tick,
)
from ivrcore.routing.deadlines import Kind
from ivrcore.routing.draft import Decision, Draft
from ivrcore.routing.fold import apply
from ivrcore.routing.matching import make_offer, pairs
from ivrcore.routing.state import RouterState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivrcore.model.event import Event
    from ivrcore.routing.commands import Command
    from ivrcore.routing.deadlines import Deadline

__all__ = ["Decision", "RouterState", "apply", "decide", "next_deadline", "step"]


def next_deadline(state: RouterState) -> float | None:
    """Give when `Tick` is next due (UTC seconds), or None."""
    first = state.deadlines.first()
    return first.at if first else None


def step(state: RouterState, given: Input, now: float) -> Decision:
    """Take one input, all that is due by now, and every offer that can then be made; apply it all.

    Raises :class:`RequestRefused` or :class:`CoreMisuse` before anything changes.
    """
    happened: list[Event] = []
    commands: list[Command] = []
    for decision in _decisions(state, given, now):
        for event in decision.events:
            apply(state, event)
        happened += decision.events
        commands += decision.commands
    return Decision(tuple(happened), tuple(commands))


def _decisions(state: RouterState, given: Input, now: float) -> Iterator[Decision]:
    """Give small decisions, each made on a state to which the one before was applied."""
    yield decide(state, given, now)
    while (first := state.deadlines.first()) and first.at <= now:
        yield decide(state, Tick(), now)
    for visit, agent in pairs(state):
        draft = Draft(state, now)
        make_offer(draft, visit, agent)
        yield draft.done()
    yield _failures(state, now)


def decide(state: RouterState, given: Input, now: float) -> Decision:
    """Decide on one input (for `Tick`: on the earliest thing due) without changing the state."""
    draft = Draft(state, now)
    match given:
        case LoadRoster():
            agents.load_roster(draft, given)
        case Enqueue():
            contacts.enqueue(draft, given)
        case CallerLeft():
            contacts.caller_left(draft, given)
        case LeaveQueue():
            contacts.leave_queue(draft, given)
        case AgentAnswered():
            contacts.agent_answered(draft, given)
        case OfferFailed():
            contacts.offer_failed(draft, given)
        case CustomerMissed():
            contacts.customer_missed(draft, given)
        case Bridged():
            contacts.bridged(draft, given)
        case TalkOver():
            contacts.talk_over(draft, given)
        case AgentReady():
            agents.ready(draft, given)
        case AgentPause():
            agents.pause(draft, given)
        case AgentLogout():
            agents.logout(draft, given)
        case Tick():
            first = state.deadlines.first()
            if first and first.at <= now:
                _due(draft, first)
    return draft.done()


def _due(draft: Draft, deadline: Deadline) -> None:
    state = draft.state
    match deadline.kind:
        case Kind.OFFER:
            contacts.offer_due(draft, state.offers[deadline.name])
        case Kind.AGENT:
            agents.due(draft, state.pool.agents[deadline.name])
        case Kind.VISIT:
            contacts.due(draft, state.waiting.visits[deadline.name])


def _failures(state: RouterState, now: float) -> Decision:
    """Report the strategies that raised."""
    return Decision(
        tuple(
            events.PluginFailed(at=now, plugin=plugin, hook="ivrcore_strategies", error=error)
            for plugin, error in state.ranking.take_failures()
        )
    )
