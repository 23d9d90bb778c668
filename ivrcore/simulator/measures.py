"""What is said of a simulated run: the field's measures of visits and of agents, from counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ivrcore.simulator.tally import Counts, Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.simulator.tally import Tally

ALL = ""
"""Stands for all queues together."""


class Unit(StrEnum):
    """How a measure is shown."""

    COUNT = "contacts"
    SHARE = "%"
    SECONDS = "s"
    INDEX = "0 to 1"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure; ``words`` head its column."""

    name: str
    words: str
    unit: Unit
    of_agents: bool = False
    """Said of the agents, whom queues share, not of each queue."""
    of_slices: bool = True
    """Whether the mean over slices of one long run estimates it."""


MEASURES = (
    Measure("entered", "contacts", Unit.COUNT, of_slices=False),
    Measure("service_level", "service level", Unit.SHARE),
    Measure("asa", "ASA", Unit.SECONDS),
    Measure("abandon_rate", "abandoned", Unit.SHARE),
    Measure("left_rate", "left otherwise", Unit.SHARE),
    Measure("refused_rate", "refused", Unit.SHARE),
    Measure("longest_wait", "longest wait", Unit.SECONDS, of_slices=False),
    Measure("occupancy", "occupancy", Unit.SHARE, of_agents=True),
    Measure("fairness", "fairness", Unit.INDEX, of_agents=True),
    Measure("spread", "occupancy spread", Unit.SHARE, of_agents=True),
)
"""Service level: A_T ÷ (A + B). ASA: mean wait of those answered. Abandoned, left otherwise: ÷ N.
Refused, by rules of joining: ÷ (N + refused). Occupancy:
talk and wrap-up ÷ (that + ready). Fairness: Jain's index of the agents' occupancies, 1 if all are
equal. Spread: the highest of them less the lowest."""

Figures = dict[str, float]
"""Measure's name -> value; NaN where there is nothing to measure."""


def figures(tally: Tally, queue: str = ALL, part: int | None = None) -> Figures:
    """Give the measures of one queue, or of `ALL` of them with the agents', in one slice or over all."""
    chosen = [counts for name, counts in tally.queues.items() if queue in (ALL, name)]
    total = Counts()
    for counts in chosen:
        for one in counts if part is None else counts[part : part + 1]:
            total.add(one)
    found = _of_visits(total)
    if queue == ALL:
        agents = [_sum(work if part is None else work[part : part + 1]) for work in tally.agents.values()]
        found |= _of_agents(agents)
    return found


def _sum(works: Sequence[Work]) -> Work:
    return Work(sum(work.busy for work in works), sum(work.ready for work in works))


def _of_visits(counts: Counts) -> Figures:
    return {
        "entered": counts.entered,
        "service_level": _share(counts.in_threshold, counts.answered + counts.abandoned),
        "asa": _share(counts.waited_answered, counts.answered),
        "abandon_rate": _share(counts.abandoned, counts.entered),
        "left_rate": _share(counts.left, counts.entered),
        "refused_rate": _share(counts.refused, counts.entered + counts.refused),
        "longest_wait": counts.longest if counts.entered else math.nan,
    }


def _of_agents(works: Sequence[Work]) -> Figures:
    each = [work.busy / (work.busy + work.ready) for work in works if work.busy + work.ready > 0]
    total = _sum(works)
    return {
        "occupancy": _share(total.busy, total.busy + total.ready),
        "fairness": jain(each),
        "spread": max(each) - min(each) if each else math.nan,
    }


def jain(values: Sequence[float]) -> float:
    """Give Jain's index of fairness, (Σx)² ÷ (n Σx²): 1 if all are equal, 1/n if one has all (Jain, Chiu and
    Hawe 1984); NaN where all are nothing."""
    squares = math.fsum(value * value for value in values)
    return math.fsum(values) ** 2 / (len(values) * squares) if squares > 0 else math.nan


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
