"""Small floors to simulate."""

from functools import cache

from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing.rulebook import RoutingPlugins
from ivrcore.simulator.chance import NEVER, Duration, Exponential
from ivrcore.simulator.people import Person
from ivrcore.simulator.run import Floor
from ivrcore.simulator.traffic import Demand, Rate, Several

MINUTE = Exponential(60.0)
LOANS = QueueFacts(name="loans")


@cache
def plugins() -> RoutingPlugins:
    """What the installed plugins give to routing."""
    return load_plugins().routing()


def markov(
    agents: int,
    occupancy: float,
    contacts: float,
    *,
    handling: float = 60.0,
    patience: float | None = None,
    threshold: float = 20.0,
    warm_up: float = 900.0,
) -> Floor:
    """One queue of Erlang's kind, offered so many erlangs per agent."""
    rate = agents * occupancy / handling
    return floor(
        agents,
        rate,
        end=warm_up + contacts / rate,
        warm_up=warm_up,
        talk=Exponential(handling),
        patience=Exponential(patience) if patience else NEVER,
        queue=QueueFacts(name="loans", wrap_up=0.0, threshold=threshold),
    )


def floor(
    agents: int,
    rate: float,
    *,
    end: float = 3600.0,
    warm_up: float = 0.0,
    talk: Duration = MINUTE,
    patience: Duration = NEVER,
    queue: QueueFacts = LOANS,
    person: Person | None = None,
) -> Floor:
    """One queue, agents who are all alike."""
    facts = tuple(AgentFacts(name=f"a{n}", endpoint=f"PJSIP/a{n}") for n in range(agents))
    return Floor(
        queues=(queue,),
        agents=facts,
        traffic=Several((Demand(queue.name, (Rate(0.0, rate),), talk, patience),)),
        end=end,
        warm_up=warm_up,
        people={agent.name: person for agent in facts} if person else {},
    )
