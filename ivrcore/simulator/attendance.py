"""When agents were at work, paused and gone, as a journal tells it. A fold; reads no file."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import Enum, auto

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState
from ivrcore.simulator.people import Shift, Span


class Presence(Enum):
    """What counts of an agent's state."""

    OUT = auto()
    PAUSED = auto()
    AT_WORK = auto()


class Attendance:
    """The fold. Who is to go or to pause after the present contact is taken to do so at once: whoever is
    simulated finishes the contact too."""

    def __init__(self) -> None:
        self._changes: dict[str, list[tuple[float, Presence]]] = {}

    def set_back(self, seconds: float) -> None:
        """Take so much off every time: the clock was set back."""
        for changes in self._changes.values():
            changes[:] = [(at - seconds, presence) for at, presence in changes]

    def see(self, event: events.RosterLoaded | events.AgentStateChanged) -> None:
        """Take one event."""
        if isinstance(event, events.AgentStateChanged):
            self._change(event.agent, event.at, _presence(event))
            return
        named = {agent.name for agent in event.agents}
        for name in named:
            self._changes.setdefault(name, [])
        for name in self._changes.keys() - named:
            self._change(name, event.at, Presence.OUT)

    def _change(self, agent: str, at: float, presence: Presence) -> None:
        changes = self._changes.setdefault(agent, [])
        before = changes[-1][1] if changes else Presence.OUT
        if presence is not before:
            changes.append((at, presence))

    def shifts(self) -> dict[str, tuple[Shift, ...]]:
        """Give every agent's shifts in UTC seconds: none for who never came, no end for who is there."""
        return {agent: tuple(_shifts(changes)) for agent, changes in self._changes.items()}


def _presence(event: events.AgentStateChanged) -> Presence:
    if event.logout_next or event.state is AgentState.LOGGED_OUT:
        return Presence.OUT
    paused = event.pause_next or event.state is AgentState.PAUSED
    return Presence.PAUSED if paused else Presence.AT_WORK


def _shifts(changes: list[tuple[float, Presence]]) -> Iterable[Shift]:
    begin: float | None = None
    paused: float | None = None
    pauses: list[Span] = []
    for at, presence in [*changes, (math.inf, Presence.OUT)]:
        if paused is not None:
            pauses.append((paused, at))
        paused = at if presence is Presence.PAUSED else None
        if begin is None:
            begin = at
        if presence is Presence.OUT:
            if begin < at:
                yield Shift(begin, at, tuple(pauses))
            begin, pauses = None, []


def told_before(backwards: Iterable[Event]) -> list[Event]:
    """Give what the roster and each of its agents were at the end of events that are read backwards, and how
    far the clock was set back since, in the order of the journal."""
    told: list[Event] = []
    agents: set[str] = set()
    roster: events.RosterLoaded | None = None
    for event in backwards:
        if isinstance(event, events.AgentStateChanged) and event.agent not in agents:
            agents.add(event.agent)
            told.append(event)
        elif isinstance(event, events.RosterLoaded) and roster is None:
            roster = event
            told.append(event)
        elif isinstance(event, events.ClockSetBack):
            told.append(event)
        if roster is not None and all(agent.name in agents for agent in roster.agents):
            break
    return told[::-1]
