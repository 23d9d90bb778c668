"""How a queue with Poisson arrivals and exponential times settles: Erlang C and Erlang A. Pure.

Erlang C: nobody gives up (A. K. Erlang 1917). Erlang A: callers hang up after exponential patience (C. Palm
1957). Its formulas are those of M/M/n+G in S. Zeltyn and A. Mandelbaum, Call centers with impatient
customers: many-server asymptotics of the M/M/n+G queue (2005), section 3; for exponential patience the
integrals are incomplete gamma functions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


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
    import mpmath

    if agents < 1:
        return Steady(agents, 0.0, 1.0, 1.0, 1.0)
    everything = _offered(agents, load)
    idle = _idle(agents, load)
    whole = idle + everything
    in_time = idle + _offered(agents, load, 0.0, 1) - _offered(agents, load, threshold, 1)
    ratio = agents / load.erlangs
    abandoned = (1 / mpmath.mpf(load.rate) + (1 - ratio) * everything) / whole
    return Steady(
        agents=agents,
        service_level=float(in_time / whole),
        delayed=float(everything / whole),
        abandoned=float(abandoned),
        occupancy=float(load.erlangs * (1 - abandoned) / agents),
    )


def _idle(agents: int, load: Load) -> Any:
    """Weigh the states in which somebody is free, as `_offered` does waits: both are divided by λ."""
    return 1.0 / (load.rate * erlang_b(agents - 1, load.erlangs))


def _offered(agents: int, load: Load, since: float = 0.0, spent: int = 0) -> Any:
    """∫ exp(λH(v) − nμv − spent·θv) dv from ``since`` on, H(v) = (1 − e^−θv) ÷ θ, by u = e^−θv."""
    import mpmath

    patience = mpmath.mpf(load.patience)
    power, scale = agents * patience / load.handling + spent, load.rate * patience
    whole = mpmath.gammainc(power, 0, scale * mpmath.exp(-since / patience))
    return patience * mpmath.exp(scale) * mpmath.power(scale, -power) * whole


def mean_wait(agents: int, load: Load) -> float:
    """Give the ASA, the mean wait of those answered (seconds); infinite where the queue only grows.

    Slow for callers who give up: ∫ v dP(v) of those who are still there is found by adding up its tails.
    """
    import mpmath

    if load.rate <= 0:
        return 0.0
    if math.isinf(load.patience):
        found = erlang_c(agents, load, 0.0)
        return found.delayed * load.handling / (agents - load.erlangs) if agents > load.erlangs else math.inf
    if agents < 1:
        return math.inf
    reach = [0, load.patience, 10 * load.patience]
    waited = mpmath.quad(lambda t: _offered(agents, load, t, 1), reach, maxdegree=5)
    whole = _idle(agents, load) + _offered(agents, load)
    return float(waited / whole) / (1.0 - erlang_a(agents, load, 0.0).abandoned)


def steady(agents: int, load: Load, threshold: float) -> Steady:
    """Give how a queue does: by Erlang A, or C for callers who never give up."""
    if load.rate <= 0:
        return Steady(agents, 1.0, 0.0, 0.0, 0.0)
    formula = erlang_c if math.isinf(load.patience) else erlang_a
    return formula(agents, load, threshold)
