"""Means with confidence intervals: over independent replications, or over the slices of one long run.

Slices (batch means) are less and less dependent the longer they are; take ones that last many waits and
conversations. Law, Simulation Modeling and Analysis, 5th ed., 9.4 and 9.5.
"""

from __future__ import annotations

import math
from functools import cache
from math import fsum
from statistics import fmean, stdev
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A mean, and half the width of its confidence interval: NaN where one value tells nothing of it."""

    mean: float
    half: float = math.nan
    values: int = 1

    @property
    def most(self) -> float:
        """Give the most that the mean may well be: its interval's upper end, itself where there is none."""
        return self.mean if math.isnan(self.half) else self.high

    @property
    def low(self) -> float:
        """Give the interval's lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Give the interval's upper end."""
        return self.mean + self.half


NOTHING = Estimate(math.nan, math.nan, 0)


def estimate(values: Iterable[float]) -> Estimate:
    """Estimate the mean of independent values by Student's t at `CONFIDENCE`; NaNs are left out."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return NOTHING
    if len(known) == 1:
        return Estimate(known[0])
    half = student(len(known) - 1) * stdev(known) / math.sqrt(len(known))
    return Estimate(fmean(known), half, len(known))


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> Estimate:
    """Estimate Σ parts ÷ Σ wholes over independent runs. Unlike the mean of their ratios, which counts a run
    with few contacts as much as one with many, it is not biased where there are few.

    The interval is the jackknife's: what the ratio would be without each run. Law, 9.5.3.
    """
    pairs = [(part, whole) for part, whole in zip(parts, wholes, strict=True) if whole > 0]
    part, whole, count = fsum(one for one, _ in pairs), fsum(one for _, one in pairs), len(pairs)
    if not count:
        return NOTHING
    together = part / whole
    if count == 1:
        return Estimate(together)
    values = [count * together - (count - 1) * (part - p) / (whole - w) for p, w in pairs]
    return Estimate(together, student(count - 1) * stdev(values) / math.sqrt(count), count)


def difference(values: Sequence[float], others: Sequence[float]) -> Estimate:
    """Estimate how much more ``values`` are, pair by pair: callers are the same, so chance cancels out."""
    return estimate(value - other for value, other in zip(values, others, strict=True))


@cache
def student(freedom: int) -> float:
    """Give the quantile of Student's t that `CONFIDENCE`, on both sides, leaves out."""
    import mpmath

    half = mpmath.mpf(freedom) / 2

    def beyond(t: mpmath.mpf) -> mpmath.mpf:  # both tails: Abramowitz and Stegun 26.7.1 with 26.5.2
        tails = mpmath.betainc(half, 0.5, 0, freedom / (freedom + t * t), regularized=True)
        return tails - (1 - CONFIDENCE)

    return float(mpmath.findroot(beyond, (1.5, 13.0), solver="anderson"))
