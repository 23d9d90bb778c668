"""Decisions on what agents ask for, and on a new roster."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from ivrcore.errors import PluginError, RequestRefused
from ivrcore.model import events
from ivrcore.model.names import AgentState, OfferEnd
from ivrcore.routing.state import Phase

if TYPE_CHECKING:
    from ivrcore.routing.commands import AgentLogout, AgentPause, AgentReady, LoadRoster
    from ivrcore.routing.draft import Draft
    from ivrcore.routing.pool import Agent

IN_CONTACT = frozenset({AgentState.OFFERED, AgentState.TALKING})


def ready(draft: Draft, given: AgentReady) -> None:
    """Take contacts from now on: ends a pause, wrap-up or rest, and takes back a pending pause."""
    agent = _agent(draft, given.agent)
    if agent.state in IN_CONTACT:
        if agent.pause_next or agent.logout_next:
            draft.agent_to(agent, agent.state)
    elif agent.state is not AgentState.READY or agent.until is not None:
        draft.agent_to(agent, AgentState.READY)


def pause(draft: Draft, given: AgentPause) -> None:
    """Take no contacts; a ringing offer goes to somebody else, a conversation is finished first."""
    agent = _agent(draft, given.agent)
    _stop(draft, agent, AgentState.PAUSED, given.reason)


def logout(draft: Draft, given: AgentLogout) -> None:
    """Go; a ringing offer goes to somebody else, a conversation is finished first."""
    agent = _agent(draft, given.agent)
    _stop(draft, agent, AgentState.LOGGED_OUT, "")


def _stop(draft: Draft, agent: Agent, to: AgentState, reason: str) -> None:
    offer = draft.state.offers.get(agent.offer)
    if offer is None:
        if (agent.state, agent.reason) != (to, reason):
            draft.agent_to(agent, to, reason=reason)
    elif offer.phase is Phase.RINGING:
        draft.end_offer(offer, OfferEnd.AGENT_LEFT, to, reason)
    else:
        draft.agent_to(
            agent,
            agent.state,
            reason=reason,
            pause_next=to is AgentState.PAUSED,
            logout_next=to is AgentState.LOGGED_OUT,
        )


def _agent(draft: Draft, name: str) -> Agent:
    agents = draft.state.pool.agents
    agent = agents.get(name)
    if agent is None or agent.retired:
        close = ", ".join(get_close_matches(name, agents, n=3))
        hint = f"did you mean {close}?" if close else "the configuration names the agents"
        raise RequestRefused(f"there is no agent {name!r}", status=404, hint=hint)
    return agent


def load_roster(draft: Draft, given: LoadRoster) -> None:
    """Let new facts take effect; what is no longer named becomes due at once."""
    known = draft.state.ranking.names
    for queue in given.queues:
        if queue.strategy not in known:
            close = get_close_matches(queue.strategy, known, n=1) or known
            raise PluginError(
                f"queue {queue.name}: no plugin provides the strategy {queue.strategy!r}",
                plugin=queue.strategy,
                hint=f"use {', '.join(close)}, or install the plugin",
            )
    draft.events.append(events.RosterLoaded(at=draft.now, queues=given.queues, agents=given.agents))


def due(draft: Draft, agent: Agent) -> None:
    """Wrap-up or rest is over, or the agent is no longer named and has no caller on the line."""
    if agent.offer:
        draft.end_offer(draft.state.offers[agent.offer], OfferEnd.AGENT_LEFT)
    else:
        draft.release(agent)
