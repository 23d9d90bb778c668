"""Admission: measures against limits, and the bucket of calls a second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrcore.model.overload_names import TurnedAway
from ivrcore.overload import Bucket, Limits, Measures, decide

ALL = Limits(calls_per_second=10.0, burst=5.0, contacts=100, lag=0.2, streams=50)


def test_without_limits_everybody_is_let_in() -> None:
    verdict = decide(Limits(), Measures(10**6, 60.0, 10**6), Bucket(), 0.0)
    assert verdict.why is None


@pytest.mark.parametrize(
    ("measures", "why", "measured", "limit"),
    [
        (Measures(contacts=100), TurnedAway.CONTACTS, 100, 100),
        (Measures(lag=0.25), TurnedAway.LAG, 0.25, 0.2),
        (Measures(streams=51), TurnedAway.STREAMS, 51, 50),
    ],
)
def test_a_measure_at_its_limit_turns_away_and_says_so(
    measures: Measures, why: TurnedAway, measured: float, limit: float
) -> None:
    verdict = decide(ALL, measures, Bucket(), 0.0)
    assert (verdict.why, verdict.measured, verdict.limit) == (why, measured, limit)
    assert verdict.bucket == Bucket()  # who is turned away costs no token


def test_below_every_limit_one_is_let_in() -> None:
    assert decide(ALL, Measures(99, 0.19, 49), Bucket(), 0.0).why is None


def let_in(limits: Limits, times: list[float]) -> int:
    bucket, count = Bucket(), 0
    for now in times:
        verdict = decide(limits, Measures(), bucket, now)
        bucket = verdict.bucket
        count += verdict.why is None
        assert verdict.why in (None, TurnedAway.RATE)
    return count


def test_a_minute_of_ten_times_too_many_lets_the_tenth_in_and_the_burst() -> None:
    storm = [n / 100 for n in range(6000)]
    assert let_in(ALL, storm) == pytest.approx(600 + 5, abs=2)


def test_after_a_storm_the_next_caller_comes_in_within_one_interval() -> None:
    bucket = decide(ALL, Measures(), Bucket(0.0, 60.0), 60.1).bucket
    assert bucket.tokens == pytest.approx(0.0)
    assert decide(ALL, Measures(), bucket, 60.2).why is None


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    verdict = decide(ALL, Measures(), Bucket(1.0, 100.0), 40.0)
    assert verdict.why is None
    assert verdict.bucket == Bucket(0.0, 40.0)


@given(
    rate=st.floats(0.1, 100.0),
    burst=st.floats(1.0, 50.0),
    gaps=st.lists(st.floats(0.0, 5.0), min_size=1, max_size=200),
)
def test_never_more_than_the_burst_and_the_rate(rate: float, burst: float, gaps: list[float]) -> None:
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    limits = Limits(calls_per_second=rate, burst=burst)
    assert let_in(limits, times) <= burst + rate * (times[-1] - times[0]) + 1e-6
