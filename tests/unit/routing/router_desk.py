"""A router at a desk: inputs go in at a settable time, and what came out is easy to ask for."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from random import Random
from typing import TypeVar

from ivrcore.model.event import Event, decode, encode
from ivrcore.model.events import AgentStateChanged, ClockSetBack, OfferMade
from ivrcore.model.names import AgentState
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentReady,
    Bridged,
    Command,
    Enqueue,
    Input,
    LoadRoster,
    Tick,
)
from ivrcore.routing.router import Decision, RouterState, apply, next_deadline, step
from ivrcore.routing.rulebook import RoutingPlugins
from ivrcore.routing.strategy import Strategy

E = TypeVar("E", bound=Event)
C = TypeVar("C")


@cache
def built_in() -> RoutingPlugins:
    """Everything that the installed plugins give to routing."""
    return load_plugins().routing()


class Desk:
    """A live router state with its whole history."""

    def __init__(
        self,
        queues: Iterable[QueueFacts] = (QueueFacts(name="loans"),),
        agents: Iterable[str | AgentFacts] = (),
        strategies: Iterable[Strategy] = (),
        ready: bool = True,
        plugins: RoutingPlugins | None = None,
        seed: int = 1,
    ) -> None:
        plugins = plugins or built_in()
        own = {strategy.name: strategy for strategy in strategies}
        plugins = replace(plugins, strategies={**plugins.strategies, **own})
        self.state = RouterState(plugins, Random(seed).random)
        self.now = 1000.0
        self.events: list[Event] = []
        self.commands: list[Command] = []
        facts = tuple(agent_facts(agent) for agent in agents)
        self.give(LoadRoster(tuple(queues), facts))
        if ready:
            for agent in facts:
                self.give(AgentReady(agent.name))

    def give(self, given: Input, after: float = 0.0) -> Decision:
        """Let time pass, then take an input."""
        self.now += after
        decision = step(self.state, given, self.now)
        self.events += decision.events
        self.commands += decision.commands
        if decision.fault is not None:
            raise decision.fault
        return decision

    def set_back(self, seconds: float) -> None:
        """The clock is set back while the server is down."""
        self.now -= seconds
        event = ClockSetBack(at=self.now, seconds=seconds)
        apply(self.state, event)
        self.events.append(event)

    def pass_time(self, seconds: float) -> None:
        """Let time pass with a tick at each deadline."""
        end = self.now + seconds
        while (due := next_deadline(self.state)) is not None and due <= end:
            self.now = max(self.now, due)
            self.give(Tick())
        self.now = end

    def call(self, contact: str, queue: str = "loans", priority: int = 0, **skills: int) -> Decision:
        """A caller comes into a queue."""
        return self.give(Enqueue(contact, f"{contact}.v1", queue, priority, skills))

    def answer(self, offer: str) -> None:
        """The agent answers and both are joined."""
        self.give(AgentAnswered(offer))
        self.give(Bridged(offer, f"{offer}.b"))

    def all(self, kind: type[E]) -> list[E]:
        """Every event of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        """The latest event of a kind."""
        return self.all(kind)[-1]

    def ordered(self, kind: type[C]) -> list[C]:
        """Every command of a kind so far."""
        return [command for command in self.commands if isinstance(command, kind)]

    def offers(self) -> list[tuple[str, str]]:
        """(contact, agent) of every offer so far."""
        return [(event.contact, event.agent) for event in self.all(OfferMade)]

    def agent(self, name: str) -> AgentState | None:
        """An agent's state."""
        return self.state.agent_state(name)

    def changes(self, agent: str) -> list[AgentStateChanged]:
        """All changes of an agent's state."""
        return [event for event in self.all(AgentStateChanged) if event.agent == agent]

    def replayed(self) -> RouterState:
        """A state made from the events alone, read back as a journal does, with no plugin in reach."""
        state = RouterState()
        for event in self.events:
            apply(state, written(event))
        return state


def written(event: Event) -> Event:
    """Give the event as a journal reads it back."""
    return decode(type(event).__name__, event.VERSION, encode(event))


def agent_facts(agent: str | AgentFacts) -> AgentFacts:
    """Facts of an agent of whom only the name matters."""
    return AgentFacts(name=agent, endpoint=f"PJSIP/{agent}") if isinstance(agent, str) else agent


def names(events: Iterable[Event]) -> list[str]:
    """What kinds of event, in order."""
    return [type(event).__name__ for event in events]
