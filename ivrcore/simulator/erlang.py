"""How a queue with Poisson arrivals and exponential times settles: Erlang C and Erlang A. Pure.

Erlang C: nobody gives up (A. K. Erlang 1917). Erlang A: callers hang up after exponential patience (C. Palm
1957): its states are a birth-death process, whose probabilities are summed from logarithms, so that nothing
over- or underflows. With j ahead, a newcomer waits for j + 1 others to be served or to leave, and
1 − exp(−wait ÷ patience) has the beta distribution of j + 1 and agents · patience ÷ handling: it is a sum of
exponential times, as the (j + 1)-th least of many is (Rényi 1953).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

NEGLIGIBLE = 1e-17
LOG_NEGLIGIBLE = math.log(NEGLIGIBLE)
SPREAD = 10.0
"""Standard deviations beyond which states are too unlikely to matter."""
MOST_ERLANGS = 20_000.0
"""More than anybody plans as one queue; reading refuses more, here and below."""
MOST_PATIENT = 1e8
"""Contacts that come within one caller's patience: how long summing takes grows by the root of it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What comes in: ``rate`` contacts a second, ``handling`` and ``patience`` mean seconds."""

    rate: float
    handling: float
    patience: float = math.inf

    @property
    def erlangs(self) -> float:
        """Give the offered load."""
        return self.rate * self.handling


@dataclass(frozen=True, slots=True)
class Steady:
    """How so many agents do with a load."""

    agents: int
    service_level: float
    """The part of contacts that is answered within the threshold."""
    delayed: float
    """The part of contacts that cannot be answered at once."""
    abandoned: float
    occupancy: float


def erlang_b(agents: int, erlangs: float) -> float:
    """Give the part of contacts that find nobody free where nobody can wait."""
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = erlangs * blocked / (number + erlangs * blocked)
    return blocked


def erlang_c(agents: int, load: Load, threshold: float) -> Steady:
    """Give how a queue does in which nobody gives up; one with too few agents only grows."""
    erlangs = load.erlangs
    if agents <= erlangs:
        return Steady(agents, 0.0, 1.0, 0.0, 1.0)
    blocked = erlang_b(agents, erlangs)
    delayed = agents * blocked / (agents - erlangs * (1.0 - blocked))
    spare = (agents - erlangs) / load.handling
    return Steady(
        agents=agents,
        service_level=1.0 - delayed * math.exp(-spare * threshold),
        delayed=delayed,
        abandoned=0.0,
        occupancy=erlangs / agents,
    )


def erlang_a(agents: int, load: Load, threshold: float) -> Steady:
    """Give how a queue does whose callers give up; it settles however few agents there are."""
    if agents < 1:
        return Steady(agents, 0.0, 1.0, 1.0, 1.0)
    idle, queue = _weighed(agents, load, threshold)
    whole = idle + queue.all
    abandoned = queue.abandoned / whole
    return Steady(
        agents=agents,
        service_level=(idle + queue.in_time) / whole,
        delayed=queue.all / whole,
        abandoned=abandoned,
        occupancy=min(1.0, load.erlangs * (1.0 - abandoned) / agents),
    )


def mean_wait(agents: int, load: Load) -> float:
    """Give the ASA, the mean wait of those answered (seconds); infinite where the queue only grows."""
    if load.rate <= 0:
        return 0.0
    if math.isinf(load.patience):
        found = erlang_c(agents, load, 0.0)
        return found.delayed * load.handling / (agents - load.erlangs) if agents > load.erlangs else math.inf
    if agents < 1:
        return math.inf
    idle, queue = _weighed(agents, load, 0.0)
    return load.patience * queue.waited / (idle + queue.all - queue.abandoned)


@dataclass(slots=True)
class _Queue:
    """Sums over the states in which everybody is busy, as a newcomer finds them; see `_weighed`."""

    all: float = 0.0
    abandoned: float = 0.0
    in_time: float = 0.0
    """Of those who are answered: within the threshold."""
    waited: float = 0.0
    """By those who are answered, ÷ patience."""


def _weighed(agents: int, load: Load, threshold: float) -> tuple[float, _Queue]:
    """Weigh the states in which somebody is free, and those in which nobody is: by their probabilities, times
    a number that is the same for all."""
    ratio = load.handling / load.patience
    first, log_first, most = _queue_from(agents, load.erlangs, ratio)
    log_idle = _log_idle(agents, load.erlangs)
    scale = max(log_idle, most)
    queue = _Queue()
    weight = math.exp(log_first - scale)
    served, waiting = agents / ratio, first
    beta, wait = _beta(served, first, threshold / load.patience), _harmonic(served, first)
    while True:
        ahead = waiting + 1
        answered = weight * served / (served + ahead)
        wait += 1.0 / (served + ahead)
        queue.all += weight
        queue.abandoned += weight - answered
        queue.in_time += answered * next(beta)
        queue.waited += answered * wait
        waiting += 1
        step = load.erlangs / (agents + waiting * ratio)
        weight *= step
        if step < 1.0 and weight <= NEGLIGIBLE * queue.all * (1.0 - step):
            return math.exp(log_idle - scale), queue


def _queue_from(agents: int, erlangs: float, ratio: float) -> tuple[int, float, float]:
    """Give from how many waiting on states matter, the logarithm of that state's weight, and of the greatest;
    that of the state in which everybody is busy and nobody waits is 0."""

    def log_weight(waiting: int) -> float:
        if not waiting:
            return 0.0
        served = agents / ratio
        return (
            waiting * math.log(erlangs / ratio) - math.lgamma(served + waiting + 1) + math.lgamma(served + 1)
        )

    likeliest = max(0, math.floor((erlangs - agents) / ratio))
    first = max(0, likeliest - math.ceil(SPREAD * math.sqrt(erlangs / ratio)))
    return first, log_weight(first), log_weight(likeliest)


def _log_idle(agents: int, erlangs: float) -> float:
    """Give the logarithm of 1 ÷ `erlang_b` − 1: what all states together weigh in which somebody is free."""
    likeliest = min(agents - 1, math.floor(erlangs))
    log_weight = (
        math.lgamma(agents + 1) - math.lgamma(likeliest + 1) - (agents - likeliest) * math.log(erlangs)
    )
    total = weight = 1.0
    for busy in range(likeliest, 0, -1):
        weight *= busy / erlangs
        total += weight
        if weight < NEGLIGIBLE * total:
            break
    weight = 1.0
    for busy in range(likeliest + 1, agents):
        weight *= erlangs / busy
        total += weight
        if weight < NEGLIGIBLE * total:
            break
    return log_weight + math.log(total)


def _beta(served: float, first: int, threshold: float) -> Iterator[float]:
    """Give, for ``first`` waiting and each one more, the part of those answered who are within the threshold
    (÷ patience): the incomplete beta function of waiting + 1 and served + 1.

    By I(a + 1, b) = I(a, b) − x^a (1 − x)^b ÷ (a B(a, b)): Abramowitz and Stegun 26.5.15.
    """
    if threshold <= 0:
        yield from repeat(0.0)
    b, log_x = served + 1.0, math.log(-math.expm1(-threshold))
    a = first + 1.0
    term = a * log_x - b * threshold + math.lgamma(a + b) - math.lgamma(a + 1.0) - math.lgamma(b)
    found = _beta_from(a, b, log_x, term) if first else -math.expm1(-b * threshold)
    while found > 0.0:
        yield min(1.0, found)
        found -= math.exp(term)
        term += log_x + math.log((a + b) / (a + 1.0))
        a += 1.0
    yield from repeat(0.0)


def _beta_from(a: float, b: float, log_x: float, term: float) -> float:
    """Give I(a, b): the sum of the terms from ``a`` on, or 1 less those before it, whichever end sooner."""
    total, step = 0.0, log_x + math.log((a + b) / (a + 1.0))
    if step < 0.0:
        while term > LOG_NEGLIGIBLE:
            total += math.exp(term)
            term += log_x + math.log((a + b) / (a + 1.0))
            a += 1.0
        return total
    while a > 0.0:
        a -= 1.0
        term -= log_x + math.log((a + b) / (a + 1.0))
        if term < LOG_NEGLIGIBLE:
            break
        total += math.exp(term)
    return 1.0 - total


def _harmonic(served: float, count: int) -> float:
    """Σ 1 ÷ (served + i) for i from 1 to ``count``."""
    import mpmath

    return float(mpmath.psi(0, served + count + 1) - mpmath.psi(0, served + 1)) if count else 0.0


def steady(agents: int, load: Load, threshold: float) -> Steady:
    """Give how a queue does: by Erlang A, or C for callers who never give up."""
    if load.rate <= 0:
        return Steady(agents, 1.0, 0.0, 0.0, 0.0)
    formula = erlang_c if math.isinf(load.patience) else erlang_a
    return formula(agents, load, threshold)
