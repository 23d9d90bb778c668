"""Today and yesterday: the same as the metrics' figures count, by time of day, wherever the site is."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.journal.record import Record
from ivrcore.metrics.days import ALL, DAYS, STEP, Counts, DayFold
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.fold import apply
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import LeftQueue

UTC = ZoneInfo("UTC")
DAY = 86_400.0
MIDNIGHT = 20_000 * DAY
NOON = MIDNIGHT + DAY / 2


def came(at: float, queue: str = "loans") -> Event:
    return e.ContactQueued(at=at, contact="c1", visit="c1.v1", queue=queue)


def answered(at: float, *, soon: bool = True) -> Event:
    return e.VisitAnswered(
        at=at, contact="c1", visit="c1.v1", queue="loans", offer="o", agent="ann", bridge="b", waited=3.0,
        in_threshold=soon,
    )  # fmt: skip


def abandoned(at: float, *, soon: bool = False, short: bool = False) -> Event:
    return e.VisitAbandoned(
        at=at, contact="c1", visit="c1.v1", queue="loans", waited=3.0, in_threshold=soon, short=short
    )


def left(at: float) -> Event:
    return e.VisitLeft(at=at, contact="c1", visit="c1.v1", queue="loans", waited=1.0, why=LeftQueue.FULL)


def folded(*found: Event, zone: ZoneInfo = UTC) -> DayFold:
    fold = DayFold(zone)
    for event in found:
        fold.apply(event)
    return fold


def test_yesterday_is_counted_up_to_the_same_time_of_day() -> None:
    fold = folded(came(NOON - 600), came(NOON), came(NOON + 600), answered(NOON + 700))
    assert fold.today("loans", NOON + 700) == Counts(entered=3, answered=1, answered_in_threshold=1)
    tomorrow = NOON + DAY
    assert fold.today("loans", tomorrow) == Counts()
    assert [fold.yesterday("loans", tomorrow + late).entered for late in (-601, 0, 599, 600)] == [0, 2, 2, 3]
    assert fold.yesterday("loans", tomorrow + 700).answered == 1
    assert fold.yesterday("cards", tomorrow) == Counts()
    assert fold.yesterday("loans", tomorrow + DAY) == Counts()


def test_a_day_begins_at_midnight_where_the_site_is() -> None:
    seoul = ZoneInfo("Asia/Seoul")  # 9 hours ahead
    fold = folded(came(MIDNIGHT + 15 * 3600 - 1), came(MIDNIGHT + 15 * 3600), zone=seoul)
    now = MIDNIGHT + 16 * 3600
    assert fold.today("loans", now).entered == 1
    assert fold.yesterday("loans", now).entered == 0  # it came late in the evening
    assert fold.yesterday("loans", now + 22 * 3600).entered == 0
    assert fold.yesterday("loans", now + 23 * 3600).entered == 1


@pytest.mark.parametrize("turn", ["2026-03-29 spring", "2026-10-25 autumn"])
def test_where_clocks_are_changed_nothing_is_lost(turn: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begins = 1_774_738_800.0 if "spring" in turn else 1_792_879_200.0  # midnight in Berlin
    hours = 23 if "spring" in turn else 25
    fold = folded(*(came(begins + hour * 3600.0) for hour in range(hours)), zone=berlin)
    assert fold.today("loans", begins + hours * 3600 - 1).entered == hours
    assert fold.today("loans", begins + hours * 3600).entered == 0
    assert fold.yesterday("loans", begins + (hours + 24) * 3600 - 1).entered == hours


def test_while_an_hour_is_repeated_what_was_counted_in_its_first_pass_stays() -> None:
    begins = 1_792_879_200.0  # midnight of 2026-10-25 in Berlin
    fold = folded(came(begins + 8640), answered(begins + 9000), zone=ZoneInfo("Europe/Berlin"))
    again = begins + 3 * 3600 + 300  # 02:05 for the second time
    assert fold.today("loans", again) == Counts(entered=1, answered=1, answered_in_threshold=1)


def test_all_contacts_are_counted_when_they_arrive() -> None:
    arrived = e.ContactArrived(
        at=NOON, contact="c1", leg="l", channel="ch", number="1", plan="bank", plan_version="1"
    )
    assert folded(arrived, came(NOON)).today(ALL, NOON) == Counts(entered=1)


def test_two_days_are_kept() -> None:
    fold = folded(*(came(NOON + day * DAY) for day in range(9)))
    assert len(fold._days) == DAYS


def test_a_clock_that_was_set_back_takes_what_was_counted_along() -> None:
    late = folded(came(NOON + DAY), came(NOON + DAY + 60), e.ClockSetBack(at=NOON + 120, seconds=DAY))
    assert late.today("loans", NOON + 120).entered == 2
    assert late.yesterday("loans", NOON + DAY + 30).entered == 1
    assert late.yesterday("loans", NOON + DAY + 120).entered == 2


KINDS = (came, answered, abandoned, left)


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.floats(0, 3000)), max_size=60))
def test_both_days_together_are_what_the_metrics_count(steps: list[tuple[object, float]]) -> None:
    fold, figures, at = DayFold(UTC), Figures(), MIDNIGHT
    for seq, (make, later) in enumerate(steps, 1):
        at = min(at + later, MIDNIGHT + 2 * DAY - STEP)
        event = make(at)  # type: ignore[operator]
        fold.apply(event)
        apply(figures, Record(seq, event))
    queue, end = figures.queue("loans"), MIDNIGHT + 2 * DAY - 1
    both = Counts(*map(int.__add__, fold.today("loans", end), fold.yesterday("loans", end)))
    assert both == Counts(
        queue.entered, queue.answered, queue.answered_in_threshold, queue.abandoned,
        queue.abandoned_in_threshold, queue.abandoned_short,
    )  # fmt: skip
