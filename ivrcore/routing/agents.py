"""Decisions on what agents ask for, and on a new roster."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from ivrcore.errors import PluginError, RequestRefused
from ivrcore.model import events
from ivrcore.model.names import AgentState, OfferEnd
from ivrcore.routing.state import Phase

if TYPE_CHECKING:
    from collections.abc import Collection

    from ivrcore.routing.agent import Agent
    from ivrcore.routing.commands import (
        AgentDevice,
        AgentLogout,
        AgentPause,
        AgentReady,
        ExtendWrapUp,
        LoadRoster,
        TakeContact,
    )
    from ivrcore.routing.draft import Draft

IN_CONTACT = frozenset({AgentState.OFFERED, AgentState.TALKING})


def ready(draft: Draft, given: AgentReady) -> None:
    """Take contacts from now on: ends a pause, wrap-up or rest, and takes back a pending pause."""
    agent = asked_for(draft, given)
    if agent.state in IN_CONTACT:
        if agent.pause_next or agent.logout_next or agent.until is not None:
            draft.agent_to(agent, agent.state)
    elif agent.state is not AgentState.READY or agent.until is not None:
        draft.agent_to(agent, AgentState.READY)


def pause(draft: Draft, given: AgentPause) -> None:
    """Take no contacts; a ringing offer goes to somebody else, a conversation is finished first."""
    agent = asked_for(draft, given)
    _stop(draft, agent, AgentState.PAUSED, given.reason)


def logout(draft: Draft, given: AgentLogout) -> None:
    """Go; a ringing offer goes to somebody else, a conversation is finished first."""
    agent = asked_for(draft, given)
    _stop(draft, agent, AgentState.LOGGED_OUT, "")


def _stop(draft: Draft, agent: Agent, to: AgentState, reason: str) -> None:
    offers = [draft.state.offers[name] for name in agent.offers]
    if not offers:
        if (agent.state, agent.reason) != (to, reason):
            draft.agent_to(agent, to, reason=reason)
    elif all(offer.phase is Phase.RINGING for offer in offers):
        draft.end_offer(offers[0], OfferEnd.AGENT_LEFT, to, reason)
    else:
        for offer in offers:
            if offer.phase is Phase.RINGING:
                draft.end_offer(offer, OfferEnd.AGENT_LEFT)
        draft.agent_to(
            agent,
            agent.state,
            reason=reason,
            pause_next=to is AgentState.PAUSED,
            logout_next=to is AgentState.LOGGED_OUT,
        )


def asked_for(
    draft: Draft, given: AgentReady | AgentPause | AgentLogout | ExtendWrapUp | TakeContact
) -> Agent:
    """Give the agent whom an input is about, and keep who asks with what it changes of the agent."""
    draft.told = given.agent, given.by
    return known(draft, given.agent)


def known(draft: Draft, name: str) -> Agent:
    """Give a configured agent; refuse a name that nobody has."""
    agents = draft.state.pool.agents
    agent = agents.get(name)
    if agent is None or agent.retired:
        close = ", ".join(get_close_matches(name, agents, n=3))
        hint = f"did you mean {close}?" if close else "the configuration names the agents"
        raise RequestRefused(f"there is no agent {name!r}", status=404, hint=hint)
    return agent


def load_roster(draft: Draft, given: LoadRoster) -> None:
    """Let new facts take effect; what is no longer named becomes due at once."""
    plugins = draft.state.rulebook.plugins
    for queue in given.queues:
        _check(queue.name, "strategy", queue.strategy, plugins.strategies)
        _check(queue.name, "contact order", queue.order, plugins.contact_orders)
        for relaxation in (queue.relaxation, *(one.name for one in queue.relaxation_next)):
            if relaxation:
                _check(queue.name, "relaxation", relaxation, plugins.relaxations)
        for rule in queue.require:
            _check(queue.name, "rule of eligibility", rule, plugins.eligibility)
    draft.events.append(events.RosterLoaded(at=draft.now, queues=given.queues, agents=given.agents))
    _reorder(draft, given)


def _reorder(draft: Draft, given: LoadRoster) -> None:
    """Let strategies that go by places in the configuration find their agents again."""
    state = draft.state
    there = [agent for agent in state.pool.agents.values() if not agent.retired]
    before = tuple(agent.facts.name for agent in sorted(there, key=lambda agent: agent.position))
    now = {facts.name: position for position, facts in enumerate(given.agents)}
    for queue in given.queues if before != tuple(now) else ():
        known, memory = state.queues.get(queue.name), state.memories.get(queue.name)
        if memory is None or known is None or known.strategy != queue.strategy:
            continue
        found = state.rulebook.reordered(queue, memory, before, now)
        if found != memory:
            draft.events.append(events.StrategyRemembered(at=draft.now, queue=queue.name, memory=dict(found)))


def _check(queue: str, what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        close = get_close_matches(name, known, n=1) or sorted(known)
        raise PluginError(
            f"queue {queue}: no plugin provides the {what} {name!r}",
            plugin=name,
            hint=f"use {', '.join(close)}, or install the plugin",
        )


def due(draft: Draft, agent: Agent) -> None:
    """Wrap-up or rest is over, or the agent is no longer named and has no caller on the line."""
    offers = [draft.state.offers[name] for name in agent.offers]
    ringing = [offer for offer in offers if offer.phase is Phase.RINGING]
    if agent.retired and ringing:
        for offer in ringing:
            draft.end_offer(offer, OfferEnd.AGENT_LEFT)
    elif offers:  # the rest of one who missed another contact
        draft.agent_on(agent, agent.state)
    else:
        draft.release(agent)


def device(draft: Draft, given: AgentDevice) -> None:
    """Keep in mind what the agent's phone is doing."""
    agent = known(draft, given.agent)
    if agent.device is not given.device:
        draft.events.append(events.AgentDeviceChanged(at=draft.now, agent=given.agent, device=given.device))


def extend_wrap_up(draft: Draft, given: ExtendWrapUp) -> None:
    """Let the agent finish the work on the last contact; refused for one who is not in wrap-up."""
    agent = asked_for(draft, given)
    if agent.state is not AgentState.WRAP_UP:
        hint = "wrap-up is extended between a contact's end and being ready"
        raise RequestRefused(f"agent {given.agent!r} is not in wrap-up", status=409, hint=hint)
    until = None if given.seconds is None else draft.now + given.seconds
    draft.agent_on(agent, AgentState.WRAP_UP, until=until)
