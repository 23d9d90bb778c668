"""Intervals follow the clock of a zone: days of 23 and 25 hours, hours that come twice, months and weeks."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.errors import RequestRefused
from ivrcore.history.intervals import Every, Interval, intervals, moment_in, shown
from ivrcore.history.queries import spread

BERLIN, SEOUL, HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Seoul"), ZoneInfo("Australia/Lord_Howe")
NOW = datetime(2026, 11, 22, 22, 30, tzinfo=UTC).timestamp()


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return moment_in(text, NOW, zone)


def begins(since: str, until: str, every: Every, zone: ZoneInfo = BERLIN) -> list[str]:
    return [shown(one.begin, zone) for one in intervals(at(since, zone), at(until, zone), every, zone)]


def test_given_clocks_are_put_back_then_the_day_has_25_hours_and_one_of_them_twice() -> None:
    found = begins("2026-10-25", "2026-10-26", Every.HOUR)
    assert len(found) == 25
    assert found[1:5] == [
        "2026-10-25T01:00+02:00",
        "2026-10-25T02:00+02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T03:00+01:00",
    ]


def test_given_clocks_are_put_forward_then_the_day_has_23_hours_and_the_week_one_less() -> None:
    found = begins("2026-03-29", "2026-03-30", Every.HOUR)
    assert len(found) == 23
    assert found[1:3] == ["2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"]
    (week,) = intervals(at("2026-03-23"), at("2026-03-30"), Every.WEEK, BERLIN)
    assert week.end - week.begin == 7 * 86_400 - 3600


def test_given_half_an_hour_is_put_back_then_the_longer_hour_is_one_interval() -> None:
    spans = intervals(at("2026-04-05", HOWE), at("2026-04-06", HOWE), Every.HOUR, HOWE)
    assert [one.end - one.begin for one in spans].count(5400) == 1
    assert len(spans) == 24
    assert all(shown(one.begin, HOWE)[14:16] == "00" for one in spans)


def test_given_days_then_each_begins_at_midnight_whatever_its_length() -> None:
    found = begins("2026-10-24", "2026-10-27", Every.DAY)
    assert found == ["2026-10-24T00:00+02:00", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"]


def test_given_a_begin_in_the_middle_then_the_first_and_the_last_are_shorter() -> None:
    assert begins("2026-01-15", "2026-03-02", Every.MONTH, SEOUL) == [
        "2026-01-15T00:00+09:00",
        "2026-02-01T00:00+09:00",
        "2026-03-01T00:00+09:00",
    ]
    assert begins("2026-11-18T10:20", "2026-11-18T11:10", Every.QUARTER, SEOUL) == [
        "2026-11-18T10:20+09:00",
        "2026-11-18T10:30+09:00",
        "2026-11-18T10:45+09:00",
        "2026-11-18T11:00+09:00",
    ]


def test_given_the_whole_then_there_is_one() -> None:
    assert intervals(5.0, 9.0, Every.WHOLE, BERLIN) == [Interval(5.0, 9.0)]


def test_given_too_many_or_none_then_it_is_refused() -> None:
    with pytest.raises(RequestRefused, match="more than 10,000"):
        intervals(0.0, NOW, Every.QUARTER, BERLIN)
    with pytest.raises(RequestRefused, match="before it begins"):
        intervals(9.0, 9.0, Every.WHOLE, BERLIN)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(
    since=st.floats(0, 2e9),
    length=st.floats(1, 30 * 86_400),
    every=st.sampled_from(Every),
    zone=st.sampled_from([BERLIN, SEOUL, HOWE, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")]),
)
def test_given_any_time_then_its_intervals_are_without_gap_and_overlap(
    since: float, length: float, every: Every, zone: ZoneInfo
) -> None:
    spans = intervals(since, since + length, every, zone)
    assert (spans[0].begin, spans[-1].end) == (since, since + length)
    assert all(one.begin < one.end for one in spans)
    assert all(one.end == following.begin for one, following in pairwise(spans))


def test_given_words_then_they_are_of_the_zone() -> None:
    assert shown(at("today", SEOUL), SEOUL) == "2026-11-23T00:00+09:00"
    assert shown(at("yesterday"), BERLIN) == "2026-11-21T00:00+01:00"
    assert at("now") == NOW
    assert at("2h") == NOW - 7200
    assert at("2026-11-22T08:00Z") == at("2026-11-22T09:00")
    assert shown(at("2026-10-25T12:00:30"), BERLIN) == "2026-10-25T12:00+01:00"
    for wrong in ("soon", "", "2026-13-01", "5y"):
        with pytest.raises(RequestRefused, match="is no time"):
            at(wrong)


def test_given_many_intervals_then_a_stretch_of_time_is_spread_without_a_look_at_each() -> None:
    looks = 0

    class Watched(list[Interval]):
        def __getitem__(self, place: Any) -> Any:
            nonlocal looks
            looks += 1
            return super().__getitem__(place)

        def __iter__(self) -> Any:
            for place in range(len(self)):
                yield self[place]

    spans = Watched(Interval(900.0 * n, 900.0 * (n + 1)) for n in range(10_000))
    assert list(spread(spans, 900.0 * 7000 - 10.0, 900.0 * 7001 + 5.0)) == [
        (6999, 10.0),
        (7000, 900.0),
        (7001, 5.0),
    ]
    assert list(spread(spans, -50.0, 10.0)) == [(0, 10.0)]
    assert list(spread(spans, 9_000_000.0, 9_000_010.0)) == []
    assert looks < 100
