"""A count beside Asterisk's own, under traffic that does not pause."""

from __future__ import annotations

from ivrcore.app_queue.tally import Tally


def settled(count: int = 0) -> Tally:
    tally = Tally()
    tally.opened()
    told(tally, count)
    return tally


def told(tally: Tally, *counts: int) -> None:
    """Tell three statuses, or those given."""
    for count in counts if len(counts) > 1 else counts * 3:
        tally.told(count)


def events(tally: Tally, many: int) -> None:
    for _ in range(many):
        tally.event()


def test_given_statuses_ahead_of_events_when_traffic_is_steady_then_nothing_counts_twice() -> None:
    tally, real, heard = settled(), 0, 0
    for _ in range(20):
        real += 5
        events(tally, real - 1 - heard)
        heard = real - 1
        tally.told(real)
    events(tally, 1)
    told(tally, real)
    assert (tally.total, tally.unseen, tally.uncounted) == (real, 0, 0)


def test_given_calls_that_nobody_saw_when_traffic_is_steady_then_they_count_beyond_it_and_at_a_pause() -> (
    None
):
    tally = settled()
    tally.opened()
    for count in (61, 62, 63):
        events(tally, 1)
        tally.told(count)
    assert (tally.total, tally.unseen) == (3 + 58, 58)
    told(tally, 63)
    assert (tally.total, tally.unseen, tally.uncounted) == (63, 60, 0)


def test_given_events_before_asterisk_counts_them_when_traffic_is_steady_then_none_is_uncounted() -> None:
    tally = settled()
    for real in range(1, 20):
        events(tally, 1)
        tally.told(real - 1)
    told(tally, 19)
    assert (tally.total, tally.unseen, tally.uncounted) == (19, 0, 0)
