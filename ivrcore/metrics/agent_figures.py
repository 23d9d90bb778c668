"""How each event changes the figures of agents, their phones and the roster. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivrcore.metrics.figures import AgentFigures, Figures, serves
from ivrcore.metrics.outside_figures import bump
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, counted_as


def _roster(figures: Figures, event: events.RosterLoaded) -> None:
    figures.roster = event.queues
    for queue in event.queues:
        known = figures.queues.get(queue.name)
        if known is None or not known.has_threshold(queue.threshold):
            figures.queue(queue.name).set_threshold(queue.threshold)
        if known is None or known.objective != queue.objective:
            figures.queue(queue.name).objective = queue.objective
    named = {agent.name for agent in event.agents}
    for name, one in list(figures.agents.items()):
        retired = name not in named
        if one.retired != retired:
            figures.agent(name).retired = retired
        if retired and one.state == AgentState.LOGGED_OUT:
            del figures.agents[name]
    # Of thousands of agents, few serve other queues than all the rest: theirs are one tuple.
    same = {agent.queues: agent.queues for agent in figures.agents.values()}
    for facts in event.agents:
        queues = serves(facts, event.queues)
        queues = same.setdefault(queues, queues)
        agent = figures.agents.get(facts.name)
        if agent is None or agent.queues is not queues or agent.display != facts.display:
            agent = figures.agent(facts.name)
            agent.queues, agent.display = queues, facts.display


def _agent_changed(figures: Figures, event: events.AgentStateChanged) -> None:
    agent = figures.agent(event.agent)
    agent.told, agent.reason = event.state, event.reason
    agent.resting = event.state is AgentState.READY and event.until is not None
    _count_agent(figures, agent, event.at, first=agent.since is None)
    if agent.retired and event.state is AgentState.LOGGED_OUT:
        del figures.agents[event.agent]


def _device_changed(figures: Figures, event: events.AgentDeviceChanged) -> None:
    agent = figures.agent(event.agent)
    agent.device = event.device
    _count_agent(figures, agent, event.at)


def _count_agent(figures: Figures, agent: AgentFigures, now: float, *, first: bool = False) -> None:
    state = str(counted_as(agent.told, resting=agent.resting, device=agent.device))
    if first or state != agent.state:
        _leave_state(figures, agent, now)
        agent.state, agent.since = state, now


def _leave_state(figures: Figures, agent: AgentFigures, now: float) -> None:
    if agent.since is None:
        return
    spent = now - agent.since
    agent.seconds[agent.state] = agent.seconds.get(agent.state, 0.0) + spent
    if agent.state == AgentState.WRAP_UP and agent.last_queue:
        figures.queue(agent.last_queue).wrap_up.observe(spent, agent.last_contact, now)


def _code_used(figures: Figures, event: events.FeatureCodeUsed) -> None:
    bump(figures.codes_used.setdefault(str(event.code or "none"), {}), event.answer)


AGENTS: Mapping[type[Event], Callable[[Figures, Any], None]] = {
    events.RosterLoaded: _roster,
    events.AgentStateChanged: _agent_changed,
    events.AgentDeviceChanged: _device_changed,
    events.FeatureCodeUsed: _code_used,
}
"""Event class -> what it changes."""
