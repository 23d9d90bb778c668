"""What is said of a simulated run: the field's measures of visits and of agents, from counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ivrcore.simulator.tally import Counts, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivrcore.model.roster import QueueFacts
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
    can_be: Callable[[QueueFacts], bool] = lambda queue: True
    """Whether a queue's rules let it be more than nothing."""
    only_with: str = ""
    """The measure without which there is nothing to say."""


def _lets_leave(queue: QueueFacts) -> bool:
    return queue.max_wait is not None or queue.leave_empty or bool(queue.overflow)


def _refuses(queue: QueueFacts) -> bool:
    return not queue.join_empty or queue.join_waiting is not None or queue.join_expected is not None


MEASURES = (
    Measure("entered", "contacts", Unit.COUNT, of_slices=False),
    Measure("service_level", "service level", Unit.SHARE),
    Measure("asa", "ASA", Unit.SECONDS),
    Measure("abandon_rate", "abandoned", Unit.SHARE),
    Measure("left_rate", "left otherwise", Unit.SHARE, can_be=_lets_leave),
    Measure("waiting_rate", "still waiting", Unit.SHARE, of_slices=False),
    Measure("refused_rate", "refused", Unit.SHARE, can_be=_refuses),
    Measure("call_back_rate", "call-backs", Unit.SHARE, only_with="call_back_rate"),
    Measure("called_back", "called back", Unit.SHARE, of_slices=False, only_with="call_back_rate"),
    Measure("until_called", "until called", Unit.SECONDS, of_slices=False, only_with="call_back_rate"),
    Measure("longest_wait", "longest wait", Unit.SECONDS, of_slices=False),
    Measure("occupancy", "occupancy", Unit.SHARE, of_agents=True),
    Measure("fairness", "fairness", Unit.INDEX, of_agents=True),
    Measure("spread", "occupancy spread", Unit.SHARE, of_agents=True),
)
"""Service level: A_T ÷ (A + B + W_T), W_T being those who wait when the run ends and have for longer than the
threshold. ASA: mean wait of those answered. Abandoned, left otherwise, still waiting when the run ends: ÷ N.
Refused, by rules of joining: ÷ (N + refused). Call-backs: asked for ÷ N; called back: talked ÷ asked, until
called: the mean time from the asking to the talk. Occupancy: talk and wrap-up ÷ (that + ready). Fairness:
Jain's index of the agents' occupancies, 1 if all are equal. Spread: the highest of them less the lowest."""

Figures = dict[str, float]
"""Measure's name -> value; NaN where there is nothing to measure."""


def figures(tally: Tally, queue: str = ALL, part: int | None = None) -> Figures:
    """Give the measures of one queue, or of `ALL` of them with the agents', in one slice or over all."""
    found = _of_visits(total(tally, queue, part))
    if queue == ALL:
        agents = [_sum(work if part is None else work[part : part + 1]) for work in tally.agents.values()]
        found |= _of_agents(agents)
    return found


def _sum(works: Sequence[Work]) -> Work:
    return Work(sum(work.busy for work in works), sum(work.ready for work in works))


def in_time(counts: Counts) -> tuple[int, int]:
    """Give A_T, and of how many: for whom it is decided, be it because they wait for too long already."""
    return counts.in_threshold, counts.answered + counts.abandoned + counts.late


def total(tally: Tally, queue: str = ALL, part: int | None = None) -> Counts:
    """Give the counts of one queue, or of `ALL` of them, in one slice or over all."""
    found = Counts()
    for name, counts in tally.queues.items():
        for one in counts if part is None else counts[part : part + 1]:
            if queue in (ALL, name):
                found.add(one)
    return found


def _of_visits(counts: Counts) -> Figures:
    return {
        "entered": counts.entered,
        "service_level": _share(*in_time(counts)),
        "asa": _share(counts.waited_answered, counts.answered),
        "abandon_rate": _share(counts.abandoned, counts.entered),
        "left_rate": _share(counts.left - counts.asked, counts.entered),
        "waiting_rate": _share(counts.waiting, counts.entered),
        "refused_rate": _share(counts.refused, counts.entered + counts.refused),
        "call_back_rate": _share(counts.asked, counts.entered),
        "called_back": _share(counts.called_back, counts.asked),
        "until_called": _share(counts.until_called, counts.called_back),
        "longest_wait": counts.longest if counts.entered else math.nan,
    }


def _of_agents(works: Sequence[Work]) -> Figures:
    each = [work.busy / (work.busy + work.ready) for work in works if work.busy + work.ready > 0]
    together = _sum(works)
    return {
        "occupancy": _share(together.busy, together.busy + together.ready),
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
