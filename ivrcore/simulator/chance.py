"""How long things take in a simulation: distributions by their mean and spread, in seconds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random


def stream(*names: str) -> Random:
    """Give a source of random numbers of its own to every purpose, the same one for the same names."""
    return Random("/".join(names))  # noqa: S311 - figures, not secrets, are drawn


Source = Callable[[], float]
"""Gives one duration after another."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    mean: float

    def source(self, random: Random) -> Source:
        """Draw nothing."""
        return lambda: self.mean


NEVER = Fixed(math.inf)
"""Patience without end."""
AT_ONCE = Fixed(0.0)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory: what Erlang's formulas assume."""

    mean: float

    def source(self, random: Random) -> Source:
        """Draw from ``random``."""
        return partial(random.expovariate, 1.0 / self.mean)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Skewed, as measured handling times mostly are; ``cv`` is standard deviation ÷ mean."""

    mean: float
    cv: float

    def source(self, random: Random) -> Source:
        """Draw from ``random``."""
        variance = math.log1p(self.cv**2)
        return partial(random.lognormvariate, math.log(self.mean) - variance / 2, math.sqrt(variance))


@dataclass(frozen=True, slots=True)
class Gamma:
    """Skewed with a lighter tail; a ``cv`` below 1 is Erlang's phases, 1 is exponential."""

    mean: float
    cv: float

    def source(self, random: Random) -> Source:
        """Draw from ``random``."""
        return partial(random.gammavariate, self.cv**-2, self.mean * self.cv**2)


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the values that were seen, each as likely."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Give the mean of the values."""
        return math.fsum(self.values) / len(self.values)

    def source(self, random: Random) -> Source:
        """Draw from ``random``, which chooses with replacement."""
        return partial(random.choice, self.values)


Duration = Fixed | Exponential | Lognormal | Gamma | Empirical
