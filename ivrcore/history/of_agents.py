"""Agents' time by state, and the roster, in the history; counted as in `metrics.agent_figures`. Pure."""

from __future__ import annotations

from ivrcore.history.book import History, changes
from ivrcore.history.rows import AgentRow, IntervalRow, QueueRow
from ivrcore.model import events
from ivrcore.model.names import AgentState, Device, counted_as

OUT = AgentState.LOGGED_OUT.value


@changes(events.RosterLoaded)
def _roster(history: History, _seq: int, event: events.RosterLoaded) -> None:
    _queues(history, event)
    named = {agent.name for agent in event.agents}
    for agent in history.all(AgentRow):
        agent.retired = agent.id not in named
        _keep(history, agent, event.at)
    for facts in event.agents:
        agent = history.find(AgentRow, facts.name) or AgentRow(id=facts.name)
        agent.display, agent.retired = facts.display, False
        history.keep(agent)


def _queues(history: History, event: events.RosterLoaded) -> None:
    configured = {queue.name: queue.threshold for queue in event.queues}
    for queue in history.all(QueueRow):
        if queue.id not in configured:
            queue.open = False
            history.keep(queue)
    for name, threshold in configured.items():
        known = history.find(QueueRow, name)
        if known is None or known.threshold != threshold:
            history.keep(QueueRow(id=name, threshold=threshold))


def _keep(history: History, agent: AgentRow, now: float) -> None:
    """Keep an agent; one who is neither configured nor logged in is over."""
    if agent.retired and agent.state == OUT:
        _end_interval(history, agent, now)
        agent.open, agent.since, agent.interval = False, None, ""
    history.keep(agent)


@changes(events.AgentStateChanged)
def _state(history: History, seq: int, event: events.AgentStateChanged) -> None:
    agent = history.find(AgentRow, event.agent) or AgentRow(id=event.agent)
    agent.told, agent.reason = event.state.value, event.reason
    agent.resting = event.state is AgentState.READY and event.until is not None
    _count(history, seq, agent, event.at, first=agent.since is None)
    _keep(history, agent, event.at)


@changes(events.AgentDeviceChanged)
def _device(history: History, seq: int, event: events.AgentDeviceChanged) -> None:
    agent = history.find(AgentRow, event.agent) or AgentRow(id=event.agent)
    agent.device = event.device.value
    _count(history, seq, agent, event.at, first=False)
    history.keep(agent)


def _count(history: History, seq: int, agent: AgentRow, now: float, *, first: bool) -> None:
    told, device = AgentState(agent.told), Device(agent.device)
    state = str(counted_as(told, resting=agent.resting, device=device))
    if not first and state == agent.state:
        return
    _end_interval(history, agent, now)
    interval = IntervalRow(id=f"i{seq}", agent=agent.id, state=state, began=now, reason=agent.reason)
    if state == AgentState.WRAP_UP:
        interval.queue, interval.visit = agent.last_queue, agent.last_visit
    history.keep(interval)
    agent.state, agent.since, agent.interval = state, now, interval.id


def _end_interval(history: History, agent: AgentRow, now: float) -> None:
    interval = history.find(IntervalRow, agent.interval) if agent.interval else None
    if interval is None:
        return
    if interval.state == AgentState.WRAP_UP:  # the conversation may have been told of after the state
        interval.queue, interval.visit = agent.last_queue, agent.last_visit
    interval.ended, interval.open = now, False
    history.keep(interval)
