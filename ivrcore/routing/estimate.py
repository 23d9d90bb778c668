"""How long a contact will wait: learnt from what routing's events say, and silent where too little is known.

With s agents who each end a contact every 1/m seconds, and contacts ahead that each give up at a rate θ, the
j + 1 st of those ahead goes at a rate s·m + j·θ (to an agent, or away). So who finds k ahead waits, if it
stays, Σ 1/(s·m + j·θ) over j = 0 … k on average: the virtual waiting time of Erlang A (W. Whitt, "Improving
service by informing customers about anticipated delays", Management Science 45, 1999; A. Mandelbaum and
S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue", 2007). With θ = 0 it is (k + 1)/(s·m).

What callers are told is a bound: 19 of 20 waits should be shorter. By theory the wait has the variance
Σ 1/(s·m + j·θ)², and about a gamma distribution, whose quantile is approximated after E. B. Wilson and
M. M. Hilferty ("The distribution of chi-square", PNAS 17, 1931). What the queue's last waits took, for what
theory said of each, makes it larger where theory falls short (as split conformal prediction does: V. Vovk,
A. Gammerman and G. Shafer, "Algorithmic Learning in a Random World", 2005).

θ is abandons ÷ all time waited: the maximum likelihood of exponential patience, to which a wait that ended
otherwise only says "longer than that" (it is censored). Every mean fades with each new observation, so that
this needs no clock. Changed by :mod:`ivrcore.routing.fold` only.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

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
WORST_ERROR = 0.65
"""What was waited may be so far from what was expected, without the sign, for the larger of the two: 0.65 is
a factor of 2.9. Exponential waits that are right on average have 0.54, give or take 0.06."""
HARMLESS = 30.0
"""A mean error of fewer seconds keeps nobody silent."""
EXACT = 64
"""So many terms of a sum are added up; the others are integrated (midpoint rule: off by under 1e-5)."""
SHORTER = 0.95
"""The share of waits that should be shorter than their bound."""
SHORTER_NORMAL = 1.6449
"""The quantile of the normal distribution for that share."""
RATIOS_KEPT = 200
"""Of so many of the last waits it is looked how long they took for what theory said."""
MOST_BROKEN = 0.15
"""With a larger share of bounds broken of late no bound is told."""


def virtual_wait(ahead: int, served: float, leave: float) -> tuple[float, float]:
    """Give Σ 1/r and Σ 1/r², r = served + j·leave, j = 0 … ahead: mean (s) and variance (s²) of the wait.

    Rates are per second, ``served`` above 0.
    """
    if leave <= 0:
        return (ahead + 1) / served, (ahead + 1) / (served * served)
    last = min(ahead, EXACT - 1)
    times = [1.0 / (served + j * leave) for j in range(last + 1)]
    mean, variance = math.fsum(times), math.fsum([time * time for time in times])
    if ahead > last:
        near, far = served + (last + 0.5) * leave, served + (ahead + 0.5) * leave
        mean += math.log(far / near) / leave
        variance += (1.0 / near - 1.0 / far) / leave
    return mean, variance


def gamma_bound(mean: float, variance: float) -> float:
    """Give what a gamma distributed time is under with probability `SHORTER`; ``mean`` above 0."""
    ninth = variance / (9.0 * mean * mean)
    return float(mean * (1.0 - ninth + SHORTER_NORMAL * math.sqrt(ninth)) ** 3)


class Outlook(msgspec.Struct, frozen=True, gc=False):
    """What can be said of a wait to come (seconds)."""

    expected: float
    at_most: float | None
    """Shorter in 19 of 20 cases; None for one that is over at once."""


class Promised(msgspec.Struct, frozen=True, gc=False):
    """What was expected of a wait when it began (seconds), as its event has it."""

    expected: float | None
    at_most: float | None
    stretched: float
    """By how much the bound was larger than by theory."""


@lru_cache
def _fade(kept: float) -> float:
    """Give what is left of the past at each addition: one number for all, so that it is at hand."""
    return 1.0 - 1.0 / kept


@dataclass(slots=True)
class Fading:
    """Two sums whose past fades with each addition."""

    kept: float
    over: float = 0.0
    under: float = 0.0
    fade: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.fade = _fade(self.kept)

    def add(self, over: float, under: float) -> None:
        """Count one more."""
        fade = self.fade
        self.over = self.over * fade + over
        self.under = self.under * fade + under

    @property
    def ratio(self) -> float | None:
        """Give one sum by the other; None where there is nothing to divide by."""
        return self.over / self.under if self.under > 0 else None


@dataclass(slots=True)
class Counted(Fading):
    """Such sums, and how many additions they hold."""

    count: float = 0.0

    def add(self, over: float, under: float) -> None:
        """Count one more."""
        self.count = self.count * self.fade + 1.0
        Fading.add(self, over, under)


HANDLED_FADE = _fade(HANDLED_KEPT)


def _handled() -> Fading:
    return Fading(HANDLED_KEPT)


def _waits() -> Fading:
    return Fading(WAITS_KEPT)


def _errors() -> Counted:
    return Counted(ERRORS_KEPT)


@dataclass(slots=True)
class Stretch:
    """How long the last waits took, for the bound that theory had for each."""

    latest: deque[float] = field(default_factory=lambda: deque(maxlen=RATIOS_KEPT))
    ordered: list[float] = field(default_factory=list)
    factor: float = field(default=1.0, repr=False, compare=False)
    """By how much bounds are to be stretched: 1 or more."""

    def add(self, ratio: float) -> None:
        """Count one more; the oldest is forgotten."""
        if len(self.latest) == RATIOS_KEPT:
            del self.ordered[bisect_left(self.ordered, self.latest[0])]
        self.latest.append(ratio)
        insort(self.ordered, ratio)
        known = len(self.ordered)
        at = min(math.ceil((known + 1) * SHORTER), known)
        self.factor = max(1.0, self.ordered[at - 1])


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
    errors: Counted = field(default_factory=_errors)
    """Of the answered: seconds between waited and expected, without the sign, by the larger of the two."""
    stretch: Stretch = field(default_factory=Stretch)
    broken: Counted = field(default_factory=_errors)
    """Waits that took longer than their bound, by all with one."""

    @property
    def trusted(self) -> bool:
        """Whether what was expected was near enough of late: errors of opposite sign do not cancel."""
        errors = self.errors
        if errors.count < CHECKED or errors.over <= HARMLESS * errors.count:
            return True
        return errors.over <= WORST_ERROR * errors.under

    @property
    def kept_word(self) -> bool:
        """Whether bounds held often enough of late to be told to callers."""
        return self.broken.count < CHECKED or (self.broken.ratio or 0.0) <= MOST_BROKEN

    @property
    def says(self) -> bool:
        """Whether enough is known of it to say anything."""
        return self.contacts >= LEAST

    def outlook(self, ahead: int, agents: int) -> Outlook | None:
        """Tell how long a contact with so many ahead waits; None where nothing can be said."""
        handling, share = self.handling.ratio, self.share.ratio
        if self.contacts < LEAST or not handling or not share or agents <= 0:
            return None
        mean, variance = virtual_wait(ahead, agents * share / handling, self.patience.ratio or 0.0)
        return Outlook(mean, gamma_bound(mean, variance) * self.stretch.factor)

    def checked(self, waited: float, expected: float) -> None:
        """A contact was answered of whom that was expected."""
        self.errors.add(abs(waited - expected), max(waited, expected))

    def bounded(self, waited: float, at_most: float, stretched: float) -> None:
        """A wait is over that had a bound, which was stretched by so much."""
        self.broken.add(float(waited > at_most), 1.0)
        self.stretch.add(waited * stretched / at_most)


class _Span(msgspec.Struct, gc=False):
    """An agent at work, from the first contact offered to being free again."""

    began: float
    talks: list[str] = []
    """The queue of each conversation."""


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

    def stretched(self, queue: str) -> float:
        """Give by how much bounds are stretched now."""
        known = self.queues.get(queue)
        return known.stretch.factor if known else 1.0

    def judge(self, queue: str, seconds: float, promised: Promised, *, answered: bool) -> None:
        """A wait is over for which something was expected. One that was given up says of its bound only that
        it was broken, if it was."""
        known = self.of(queue)
        if answered and promised.expected is not None:
            known.checked(seconds, promised.expected)
        if promised.at_most and (answered or seconds > promised.at_most):
            known.bounded(seconds, promised.at_most, promised.stretched)

    def talked(self, agent: str, queue: str, unseen: float = 0.0) -> None:
        """A conversation is over; for so many seconds nobody knew whether it was: they are no work."""
        span = self._spans.get(agent)
        if span is not None:
            span.talks.append(queue)
            span.began += unseen

    def at_work(self, agent: str, at: float) -> None:
        """An agent who was free is not."""
        if agent not in self._spans:
            self._spans[agent] = _Span(at)

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        for span in self._spans.values():
            span.began -= seconds

    def done(self, agent: str, at: float, serves: Collection[str]) -> None:
        """An agent is free again, or away: the time since `at_work` went to the contacts of that time."""
        span = self._spans.pop(agent, None)
        if span is None or not span.talks or at < span.began:  # a journal without ClockSetBack
            return
        worked = at - span.began
        talks = span.talks
        each = worked / len(talks)
        for queue in talks:
            known = self.of(queue)
            known.contacts += 1
            known.handling.add(each, 1.0)
        queues, fade = self.queues, HANDLED_FADE
        for queue in serves:
            if queue in queues:
                share = queues[queue].share  # as `add` does it, which for each queue would cost too much
                share.over = share.over * fade + each * talks.count(queue)
                share.under = share.under * fade + worked
