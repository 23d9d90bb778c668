"""Distributions have the mean and spread asked for; arrivals follow their rates; intervals are Student's."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean, stdev

import pytest

from ivrcore.simulator.chance import NEVER, Duration, Empirical, Exponential, Fixed, Gamma, Lognormal, stream
from ivrcore.simulator.estimate import NOTHING, difference, estimate, ratio, student
from ivrcore.simulator.measures import jain
from ivrcore.simulator.traffic import Past, Rate, Replay, arrivals, fitted_patience


@pytest.mark.parametrize(
    ("duration", "cv"),
    [
        (Fixed(90.0), 0.0),
        (Exponential(90.0), 1.0),
        (Lognormal(90.0, 0.6), 0.6),
        (Gamma(90.0, 0.5), 0.5),
        (Empirical((60.0, 90.0, 120.0)), math.sqrt(600.0) / 90.0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_distribution_has_its_mean_and_spread(duration: Duration, cv: float) -> None:
    draw = duration.source(stream("test"))
    drawn = [draw() for _ in range(20_000)]
    assert fmean(drawn) == pytest.approx(90.0, rel=0.03)
    assert stdev(drawn) == pytest.approx(90.0 * cv, rel=0.05, abs=1e-9)
    assert duration.mean == pytest.approx(90.0)


def test_patience_without_end() -> None:
    assert NEVER.source(stream("test"))() == math.inf


def test_arrivals_follow_rates_that_change() -> None:
    rates = (Rate(0.0, 0.5), Rate(1000.0, 0.0), Rate(2000.0, 2.0), Rate(3000.0, 1.0))
    times = list(arrivals(rates, stream("test"), 4000.0))
    assert times == sorted(times)
    counts = [sum(since <= at < since + 1000 for at in times) for since in range(0, 4000, 1000)]
    for found, expected in zip(counts, (500, 0, 2000, 1000), strict=True):
        assert abs(found - expected) <= 4 * math.sqrt(expected)
    gaps = [later - at for at, later in pairwise(times) if 2000 <= at < 2900]
    assert stdev(gaps) == pytest.approx(fmean(gaps), rel=0.1)  # as exponential gaps have it


def test_no_arrivals_before_the_first_rate_nor_after_the_end() -> None:
    times = list(arrivals((Rate(100.0, 1.0),), stream("test"), 150.0))
    assert times
    assert 100.0 < times[0] < times[-1] < 150.0


def test_unknown_talk_and_patience_of_a_replay_are_drawn() -> None:
    past = (
        Past(0.0, "loans", waited=10.0, patience=None, talk=60.0),
        Past(5.0, "loans", waited=30.0, patience=30.0, talk=None),
        Past(99.0, "loans", waited=0.0, patience=None, talk=70.0),
    )
    replay = Replay(past, {"loans": Empirical((80.0,))}, {"loans": Fixed(7.0)})
    first, second = replay.callers("1", 50.0)
    assert (first.at, first.talk, first.patience) == (0.0, 60.0, 17.0)
    assert (second.at, second.talk, second.patience) == (5.0, 80.0, 30.0)


def test_patience_is_estimated_from_those_who_were_answered_too() -> None:
    draw, offered = Exponential(60.0).source(stream("patience")), Exponential(40.0).source(stream("offered"))
    pairs = [(draw(), offered()) for _ in range(20_000)]
    abandoned = sum(patience < wait for patience, wait in pairs)
    found = fitted_patience([min(pair) for pair in pairs], abandoned)
    assert found.mean == pytest.approx(60.0, rel=0.03)
    assert fitted_patience([5.0, 6.0], 0) == NEVER


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.706), (4, 2.776), (9, 2.262), (29, 2.045), (120, 1.980)]
)
def test_students_quantiles_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, abs=0.0006)


def test_estimates() -> None:
    found = estimate([1.0, 2.0, 3.0, math.nan])
    assert (found.mean, found.values) == (2.0, 3)
    assert found.half == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)
    assert (found.low, found.high) == (found.mean - found.half, found.mean + found.half)
    assert math.isnan(estimate([5.0]).half)
    assert estimate([math.nan]) is NOTHING
    assert difference([3.0, 5.0], [1.0, 3.0])[:2] == (2.0, 0.0)


def test_a_ratio_of_sums_with_the_jackknifes_interval() -> None:
    found = ratio([1.0, 9.0, 0.0], [1.0, 10.0, 0.0])
    assert found.mean == 10 / 11
    # without the first run it is 9/10, without the second 1
    values = (2 * 10 / 11 - 9 / 10, 2 * 10 / 11 - 1)
    assert found.half == pytest.approx(student(1) * stdev(values) / math.sqrt(2))
    assert found.values == 2
    one = ratio([3.0, 0.0], [4.0, 0.0])
    assert (one.mean, math.isnan(one.half), one.most) == (0.75, True, 0.75)
    assert ratio([0.0], [0.0]) is NOTHING
    draw, mean = Exponential(10.0).source(stream("ratio")), Exponential(5.0).source(stream("parts"))
    held = 0
    for _ in range(300):
        wholes = [draw() for _ in range(20)]
        estimated = ratio([whole * 0.2 + mean() for whole in wholes], wholes)
        held += estimated.low <= 0.2 + 5.0 / 10.0 <= estimated.high
    assert 0.9 <= held / 300 <= 0.98


def test_jains_index() -> None:
    assert jain([0.5, 0.5, 0.5]) == pytest.approx(1.0)
    assert jain([1.0, 0.0, 0.0, 0.0]) == pytest.approx(0.25)
    assert math.isnan(jain([0.0]))
