"""How long a contact will wait: learnt from what routing's events say, and silent where too little is known.

With s agents who each end a contact every 1/m seconds, and contacts ahead that each give up at a rate θ, the
j + 1 st of those ahead goes at a rate s·m + j·θ (to an agent, or away). So who finds k ahead waits, if it
stays, Σ 1/(s·m + j·θ) over j = 0 … k on average: the virtual waiting time of Erlang A (W. Whitt, "Improving
service by informing customers about anticipated delays", Management Science 45, 1999; A. Mandelbaum and
S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue", 2007). With θ = 0 it is (k + 1)/(s·m).

θ is abandons ÷ all time waited: the maximum likelihood of exponential patience, to which a wait that ended
otherwise only says "longer than that" (it is censored). Every mean fades with each new observation, so that
this needs no clock. Changed by :mod:`ivrcore.routing.fold` only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

LEAST = 5
"""With fewer contacts handled in a queue nothing is said."""
HANDLED_KEPT = 100.0
"""About how many of the last contacts a mean is of."""
WAITS_KEPT = 400.0
"""About how many of the last waits patience is learnt from: few of them end with an abandon."""
CHECKED = 10.0
"""From so many answered contacts on, estimates are silent that were wrong by too much."""
ERRORS_KEPT = 40.0
WORST_FACTOR = 2.0
"""What was waited may be so much more, or less, than what was expected, on average."""
HARMLESS = 30.0
"""A mean error of fewer seconds keeps nobody silent."""
EXACT = 64
"""So many terms of the sum are added up; the others are integrated (midpoint rule: off by under 1e-5)."""


def virtual_wait(ahead: int, served: float, leave: float) -> float:
    """Give Σ 1/(served + j·leave), j = 0 … ahead, in seconds: rates per second, ``served`` above 0."""
    if leave <= 0:
        return (ahead + 1) / served
    last = min(ahead, EXACT - 1)
    total = math.fsum([1.0 / (served + j * leave) for j in range(last + 1)])
    if ahead > last:
        total += math.log((served + (ahead + 0.5) * leave) / (served + (last + 0.5) * leave)) / leave
    return total


@dataclass(slots=True)
class Fading:
    """Two sums whose past fades with each addition, and how many additions they hold."""

    kept: float
    count: float = 0.0
    over: float = 0.0
    under: float = 0.0
    fade: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.fade = 1.0 - 1.0 / self.kept

    def add(self, over: float, under: float) -> None:
        """Count one more."""
        fade = self.fade
        self.count = self.count * fade + 1.0
        self.over = self.over * fade + over
        self.under = self.under * fade + under

    @property
    def ratio(self) -> float | None:
        """Give one sum by the other; None where there is nothing to divide by."""
        return self.over / self.under if self.under > 0 else None


def _handled() -> Fading:
    return Fading(HANDLED_KEPT)


def _waits() -> Fading:
    return Fading(WAITS_KEPT)


def _errors() -> Fading:
    return Fading(ERRORS_KEPT)


@dataclass(slots=True)
class QueueEstimate:
    """What is known of one queue."""

    contacts: int = 0
    """Handled since the journal begins."""
    handling: Fading = field(default_factory=_handled)
    """Seconds of agents' time by contacts."""
    share: Fading = field(default_factory=_handled)
    """Of the work of its agents, the part that was for it."""
    patience: Fading = field(default_factory=_waits)
    """Abandons by seconds waited."""
    errors: Fading = field(default_factory=_errors)
    """Seconds waited by seconds expected, of the answered."""

    @property
    def trusted(self) -> bool:
        """Whether it was near enough of late."""
        errors, ratio = self.errors, self.errors.ratio
        if errors.count < CHECKED or abs(errors.over - errors.under) <= HARMLESS * errors.count:
            return True
        return ratio is not None and 1.0 / WORST_FACTOR <= ratio <= WORST_FACTOR

    def wait(self, ahead: int, agents: int) -> float | None:
        """Give the seconds that a contact with so many ahead waits; None where nothing can be said."""
        handling, share = self.handling.ratio, self.share.ratio
        if self.contacts < LEAST or not handling or not share or agents <= 0:
            return None
        return virtual_wait(ahead, agents * share / handling, self.patience.ratio or 0.0)


@dataclass(slots=True)
class _Span:
    """An agent at work, from the first contact offered to being free again."""

    began: float
    talks: dict[str, int] = field(default_factory=dict)
    """Queue -> conversations."""


class Estimates:
    """All queues."""

    def __init__(self) -> None:
        self.queues: dict[str, QueueEstimate] = {}
        self._spans: dict[str, _Span] = {}

    def of(self, queue: str) -> QueueEstimate:
        """Give what is known of a queue."""
        found = self.queues.get(queue)
        if found is None:
            found = self.queues[queue] = QueueEstimate()
        return found

    def keep(self, queues: Collection[str]) -> None:
        """Forget queues that are configured no more."""
        for name in self.queues.keys() - set(queues):
            del self.queues[name]

    def waited(self, queue: str, seconds: float, *, abandoned: bool) -> None:
        """A wait ended, of a caller on the line."""
        self.of(queue).patience.add(float(abandoned), seconds)

    def answered(self, queue: str, seconds: float, expected: float | None) -> None:
        """A contact was answered; ``expected`` is what was estimated when it came."""
        if expected is not None:
            self.of(queue).errors.add(seconds, expected)

    def talked(self, agent: str, queue: str) -> None:
        """A conversation is over."""
        span = self._spans.get(agent)
        if span is not None:
            span.talks[queue] = span.talks.get(queue, 0) + 1

    def at_work(self, agent: str, at: float) -> None:
        """An agent who was free is not."""
        if agent not in self._spans:
            self._spans[agent] = _Span(at)

    def done(self, agent: str, at: float, serves: Collection[str]) -> None:
        """An agent is free again, or away: the time since `at_work` went to the contacts of that time."""
        span = self._spans.pop(agent, None)
        if span is None or not span.talks:
            return
        worked = at - span.began
        each = worked / sum(span.talks.values())
        for queue, talks in span.talks.items():
            known = self.of(queue)
            known.contacts += talks
            for _ in range(talks):
                known.handling.add(each, 1.0)
        for queue in serves:
            own = self.queues.get(queue)
            if own is not None:
                own.share.add(each * span.talks.get(queue, 0), worked)
