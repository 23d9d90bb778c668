"""How many agents are needed in each interval for a service level, and what a simulation says of the plan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from ivrcore.collecting import uncollected
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.simulator.chance import NEVER, Exponential
from ivrcore.simulator.erlang import Load, mean_wait, steady
from ivrcore.simulator.estimate import ratio
from ivrcore.simulator.measures import in_time, total
from ivrcore.simulator.people import Person, Shift
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.traffic import Demand, Rate, Several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.routing.rulebook import RoutingPlugins
    from ivrcore.simulator.erlang import Steady
    from ivrcore.simulator.estimate import Estimate
    from ivrcore.simulator.tally import Tally

QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Interval:
    """What is expected in one interval; the times in seconds."""

    begin: float
    """Since midnight."""
    length: float
    contacts: float
    handling: float
    """Talk and wrap-up (AHT)."""
    patience: float = math.inf
    """Mean; infinite: nobody gives up."""

    @property
    def load(self) -> Load:
        """Give it as the formulas take it."""
        return Load(self.contacts / self.length, self.handling, self.patience)


@dataclass(frozen=True, slots=True)
class Target:
    """What a plan is to reach."""

    service_level: float = 0.8
    """The part of contacts to be answered within ``threshold`` seconds."""
    threshold: float = 20.0
    most_occupied: float = 1.0
    """Talk and wrap-up may take so much of the agents' time."""
    shrinkage: float = 0.0
    """The part of paid time that is not spent at the phone."""
    most_abandoned: float = 1.0


@dataclass(frozen=True, slots=True)
class Planned:
    """One interval of a plan."""

    interval: Interval
    agents: int
    """At the phone."""
    steady: Steady
    shrinkage: float

    @property
    def scheduled(self) -> int:
        """Give how many must be scheduled, so that so many are at the phone."""
        return math.ceil(self.agents / (1.0 - self.shrinkage) - 1e-9)

    @property
    def asa(self) -> float:
        """Give the mean wait of those answered."""
        return mean_wait(self.agents, self.interval.load)


def plan(intervals: Sequence[Interval], target: Target) -> tuple[Planned, ...]:
    """Give the fewest agents for each interval, taken for long enough to settle (SIPP: each by itself)."""
    return tuple(_planned(interval, target) for interval in intervals)


def _planned(interval: Interval, target: Target) -> Planned:
    if interval.contacts <= 0:
        return Planned(interval, 0, steady(0, interval.load, target.threshold), target.shrinkage)
    enough, few = max(1, math.ceil(interval.load.erlangs)), 0
    while not _good(steady(enough, interval.load, target.threshold), target):
        few, enough = enough, enough + max(1, enough // 10)
    while enough - few > 1:
        middle = (few + enough) // 2
        if _good(steady(middle, interval.load, target.threshold), target):
            enough = middle
        else:
            few = middle
    return Planned(interval, enough, steady(enough, interval.load, target.threshold), target.shrinkage)


def _good(found: Steady, target: Target) -> bool:
    return (
        found.service_level >= target.service_level
        and found.occupancy <= target.most_occupied
        and found.abandoned <= target.most_abandoned
    )


# --- the plan, simulated ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What the simulation says of one interval."""

    service_level: Estimate
    abandoned: Estimate
    occupancy: Estimate

    def misses(self, target: Target) -> bool:
        """Whether the interval surely falls short of the service level."""
        return self.service_level.most < target.service_level

    def doubtful(self, target: Target) -> bool:
        """Whether the interval falls short of it in the mean, though perhaps by chance."""
        return self.service_level.mean < target.service_level and not self.misses(target)


def floor_of(planned: Sequence[Planned], target: Target, strategy: str = "longest_idle") -> Floor:
    """Give the planned day: agents come and go between intervals, and finish the contact that they are in."""
    first = planned[0].interval.begin
    end = planned[-1].interval.begin + planned[-1].interval.length - first
    most = max((each.agents for each in planned), default=0)
    agents = tuple(AgentFacts(name=f"agent-{n}", endpoint="PJSIP/simulated") for n in range(1, most + 1))
    people = {agent.name: Person(shifts=_shifts(planned, n)) for n, agent in enumerate(agents, start=1)}
    return Floor(
        queues=(QueueFacts(name=QUEUE, strategy=strategy, threshold=target.threshold, wrap_up=0.0),),
        agents=agents,
        traffic=Several(
            tuple(_demand(each.interval, first) for each in planned if each.interval.contacts > 0)
        ),
        end=end,
        people=people,
    )


def _demand(interval: Interval, first: float) -> Demand:
    """Give one interval's callers: each interval has its own AHT and patience."""
    begin = interval.begin - first
    return Demand(
        queue=QUEUE,
        rates=(Rate(begin, interval.load.rate), Rate(begin + interval.length, 0.0)),
        talk=Exponential(interval.handling),
        patience=Exponential(interval.patience) if math.isfinite(interval.patience) else NEVER,
        stream=f"{QUEUE}/{begin:g}",
    )


def _shifts(planned: Sequence[Planned], number: int) -> tuple[Shift, ...]:
    """Give when the n-th agent is there: while at least so many are planned."""
    found: list[Shift] = []
    first = planned[0].interval.begin
    for each in planned:
        begin = each.interval.begin - first
        if each.agents >= number:
            if found and found[-1].end == begin:
                begin = found.pop().begin
            found.append(Shift(begin, each.interval.begin - first + each.interval.length))
    return tuple(found)


def check(
    planned: Sequence[Planned],
    target: Target,
    plugins: RoutingPlugins,
    *,
    replications: int,
    seed: str,
    strategy: str = "longest_idle",
) -> tuple[Checked, ...]:
    """Simulate the planned day so often; give what was found of each interval.

    Intervals are of one length, without gaps. Unlike the formulas, the simulation carries a queue over into
    the next interval, and the day begins with nobody waiting.
    """
    floor = floor_of(planned, target, strategy)
    runs = []
    for number in range(1, replications + 1):
        with uncollected():
            runs.append(simulate(floor, f"{seed}/{number}", plugins, slices=len(planned)))
    return tuple(_checked(runs, part) for part in range(len(planned)))


def _checked(runs: Sequence[Tally], part: int) -> Checked:
    """Put the runs together: contacts and seconds of all of them, not each run's own shares."""
    counts = [total(tally, part=part) for tally in runs]
    works = [[work[part] for work in tally.agents.values()] for tally in runs]
    busy = [fsum(work.busy for work in each) for each in works]
    ready = [fsum(work.ready for work in each) for each in works]
    kept = [in_time(one) for one in counts]
    return Checked(
        service_level=ratio([one for one, _ in kept], [all_ for _, all_ in kept]),
        abandoned=ratio([one.abandoned for one in counts], [one.entered for one in counts]),
        occupancy=ratio(busy, [one + other for one, other in zip(busy, ready, strict=True)]),
    )
