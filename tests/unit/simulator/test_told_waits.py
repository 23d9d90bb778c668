"""What callers are told of their wait, over simulated days: how often it took longer, and how much longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from small_floor import plugins

from ivrcore.config.model import less_than
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.fold import apply
from ivrcore.routing.state import RouterState
from ivrcore.simulator.chance import Exponential, Fixed, Lognormal
from ivrcore.simulator.people import Person, Shift
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.traffic import Demand, Rate, Several

HOUR = 3600.0
AGAIN = 60.0
"""How often a caller is told."""
CURVE = ((0, 0.6), (1, 1.0), (2, 1.3), (3, 1.0), (4, 0.7), (5, 0.8), (6, 1.2), (7, 1.0), (8, 0.7), (9, 0.4))
"""Hour of the day and how many contacts come, for what the agents can do."""


@dataclass
class Listener:
    """Follows the events as a server would, and notes what callers hear on joining and once a minute."""

    state: RouterState = field(default_factory=lambda: RouterState(plugins()))
    told: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    """By visit: when, and the minutes that its wait was said to be less than."""
    waits: list[tuple[float, int]] = field(default_factory=list)
    """Seconds that it took from then, and the minutes said; of waits that ended, or took longer already."""
    silent: int = 0
    joined: int = 0

    def hear(self, happened: Sequence[Event]) -> None:
        for event in happened:
            apply(self.state, event)
            if isinstance(event, events.ContactQueued):
                self._say(event.visit, event.at)
            elif isinstance(event, events.VisitAnswered | events.VisitAbandoned):
                self._over(event)
        for visit, said in self.told.items():
            if happened and happened[-1].at >= said[-1][0] + AGAIN:
                self._tell(visit, happened[-1].at)

    def _say(self, visit: str, at: float) -> None:
        queue = self.state.waiting.visits[visit].facts.name
        free = self.state.agents_on(queue).get("ready", 0) > self.state.waiting.ahead(queue)
        self.joined += not free
        self.silent += not free and not self._tell(visit, at)

    def _tell(self, visit: str, at: float) -> bool:
        minutes = less_than(self.state.waits_at_most(visit))
        if minutes is not None:
            self.told.setdefault(visit, []).append((at, minutes))
        return minutes is not None

    def _over(self, event: events.VisitAnswered | events.VisitAbandoned) -> None:
        for at, minutes in self.told.pop(event.visit, ()):
            waited = event.at - at
            if isinstance(event, events.VisitAnswered) or waited > minutes * 60:
                self.waits.append((waited, minutes))

    @property
    def broken(self) -> float:
        """The share of what was said that was wrong."""
        return sum(waited > 60 * minutes for waited, minutes in self.waits) / len(self.waits)

    @property
    def worst(self) -> float:
        """The longest wait, by what was said of it."""
        return max(waited / 60 / minutes for waited, minutes in self.waits)


def agents(number: int) -> tuple[AgentFacts, ...]:
    return tuple(AgentFacts(name=f"a{at}", endpoint=f"PJSIP/a{at}") for at in range(number))


def day(number: int, talk: float, cv: float, load: float, patience: float, person: Person) -> Floor:
    """Ten hours of one queue, with two peaks."""
    rates = tuple(Rate(hour * HOUR, share * load * number / (talk + 20.0)) for hour, share in CURVE)
    queue = QueueFacts(name="q", wrap_up=20.0, ring_time=15.0)
    demand = Demand("q", rates, Lognormal(talk, cv), Exponential(patience))
    people = {agent.name: person for agent in agents(number)}
    return Floor((queue,), agents(number), Several((demand,)), 10 * HOUR, people=people)


def behind_others() -> Floor:
    """A queue whose agents serve a more urgent one first."""
    queues = (QueueFacts(name="hi", priority=100, wrap_up=0.0), QueueFacts(name="lo", wrap_up=0.0))
    talk = Exponential(180.0)
    urgent = Demand("hi", (Rate(0, 4 / 180),), talk, Exponential(300.0))
    other = Demand("lo", (Rate(0, 2 / 180),), talk, Exponential(900.0))
    return Floor(queues, agents(6), Several((urgent, other)), 12 * HOUR)


def most_go_home() -> Floor:
    """Twelve agents, four from the fourth hour on."""
    people = {f"a{at}": Person(shifts=(Shift(0, 4 * HOUR),)) for at in range(8)}
    demand = Demand("q", (Rate(0, 11 / 180),), Exponential(180.0), Exponential(600.0))
    queue = QueueFacts(name="q", wrap_up=0.0)
    return Floor((queue,), agents(12), Several((demand,)), 8 * HOUR, people=people)


USUAL = Person(answer=Fixed(4.0), misses=0.03)
DAYS = {
    "2 agents": lambda: day(2, 180.0, 0.8, 0.85, 900.0, USUAL),
    "10 agents": lambda: day(10, 240.0, 0.8, 0.9, 600.0, USUAL),
    "30 agents": lambda: day(30, 240.0, 1.0, 0.95, 400.0, USUAL),
    "very uneven talks": lambda: day(3, 300.0, 1.5, 0.8, 1800.0, USUAL),
    "a third of the offers missed": lambda: day(5, 200.0, 0.8, 0.7, 900.0, Person(Fixed(12.0), misses=0.3)),
    "behind a more urgent queue": behind_others,
    "most agents go home": most_go_home,
}


MOST_BROKEN, WORST = 0.05, 3.5
"""Ceilings, as docs/routing.md has them. Found over three seeds: 0.1 to 2.8 %, and 3.1 times at worst."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", DAYS)
def test_given_a_day_then_of_twenty_who_are_told_a_bound_at_most_one_waits_longer(kind: str) -> None:
    found = Listener()
    simulate(DAYS[kind](), "1", plugins(), watch=found.hear)
    assert len(found.waits) > 100
    assert found.silent < found.joined / 2
    assert found.broken <= MOST_BROKEN
    assert found.worst <= WORST
