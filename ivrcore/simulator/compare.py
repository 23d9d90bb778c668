"""Variants side by side: each is run as often as the others, and meets the same callers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.collecting import uncollected
from ivrcore.simulator.estimate import Estimate, difference, estimate
from ivrcore.simulator.measures import ALL, MEASURES, figures
from ivrcore.simulator.run import Floor, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.rulebook import RoutingPlugins
    from ivrcore.simulator.measures import Figures, Measure
    from ivrcore.simulator.tally import Tally

SLICES = 20
"""Slices of a run that is not repeated."""


@dataclass(slots=True)
class Result:
    """What was found of one variant."""

    name: str
    values: dict[str, list[Figures]] = field(default_factory=dict)
    """Queue (`ALL` for all) -> figures of each replication; of each slice where there is one replication."""
    whole: dict[str, Figures] = field(default_factory=dict)
    """Queue -> figures of the only replication."""
    failures: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def each(self, queue: str, measure: Measure) -> list[float]:
        """Give a measure's values, by replication or slice."""
        if queue in self.whole and not measure.of_slices:
            return [self.whole[queue][measure.name]]
        return [found[measure.name] for found in self.values[queue]]

    def anybody(self, queue: str) -> bool:
        """Whether any contact came to a queue, or was refused."""
        runs = [self.whole[queue]] if queue in self.whole else self.values[queue]
        return any(found["entered"] > 0 or found["refused_rate"] > 0 for found in runs)

    def estimate(self, queue: str, measure: Measure) -> Estimate:
        """Estimate a measure."""
        found = estimate(self.each(queue, measure))
        return found._replace(mean=self.whole[queue][measure.name]) if queue in self.whole else found


@dataclass(frozen=True, slots=True)
class Comparison:
    """The results of all variants; the first is what the others are compared with."""

    results: tuple[Result, ...]
    facts: tuple[QueueFacts, ...]
    """The queues of every variant."""
    replications: int

    @property
    def queues(self) -> tuple[str, ...]:
        """Give their names."""
        return tuple(dict.fromkeys(queue.name for queue in self.facts))

    @property
    def shown(self) -> tuple[str, ...]:
        """What there are figures of: all queues together, and each where there are several."""
        return (ALL, *self.queues) if len(self.queues) > 1 else (ALL,)

    @property
    def quiet(self) -> tuple[str, ...]:
        """Give the queues that nobody came to, or was refused by, in any run of any variant."""
        return tuple(queue for queue in self.queues if not any(one.anybody(queue) for one in self.results))

    def measures(self, queue: str) -> list[Measure]:
        """Give the measures that are said of a queue, or of all."""
        return [measure for measure in MEASURES if queue == ALL or not measure.of_agents]

    def can_be(self, queue: str, measure: Measure) -> bool:
        """Whether a measure can be more than nothing, by the queues of any variant, or by what happened."""
        if measure.only_with:
            return any(found[measure.only_with] > 0 for one in self.results for found in one.values[queue])
        return any(measure.can_be(one) for one in self.facts if queue in (ALL, one.name))

    def against_first(self, result: Result, queue: str, measure: Measure) -> Estimate:
        """Estimate how much more a variant has than the first."""
        return difference(result.each(queue, measure), self.results[0].each(queue, measure))


def compare(
    variants: Mapping[str, Floor],
    plugins: RoutingPlugins,
    *,
    replications: int,
    seed: str,
    say: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Run every variant so often; one replication is cut into `SLICES` instead."""
    facts = tuple(queue for floor in variants.values() for queue in floor.queues)
    names = tuple(dict.fromkeys(queue.name for queue in facts))
    results = {name: Result(name) for name in variants}
    for number in range(1, replications + 1):
        for name, floor in variants.items():
            with uncollected():
                tally = simulate(floor, f"{seed}/{number}", plugins, SLICES if replications == 1 else 1)
            _keep(results[name], tally, (ALL, *names), in_slices=replications == 1)
            say(f"{name}: {number} of {replications}")
    return Comparison(tuple(results.values()), facts, replications)


def _keep(result: Result, tally: Tally, queues: Sequence[str], *, in_slices: bool) -> None:
    result.failures += tally.failures
    for queue in queues:
        kept = result.values.setdefault(queue, [])
        if in_slices:
            result.whole[queue] = figures(tally, queue)
            kept += [figures(tally, queue, part) for part in range(tally.slices.count)]
        else:
            kept.append(figures(tally, queue))
