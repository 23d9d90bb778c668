"""A clock that was set back: whom the traffic counted before is no caller of the future."""

from __future__ import annotations

from pathlib import Path

from ivrcore.journal.local import insert, read_arrived
from ivrcore.journal.record import Record
from ivrcore.journal.store import Store
from ivrcore.metrics.traffic import TrafficFold, counted_events
from ivrcore.model import events
from ivrcore.model.event import Event

NOW = 1_800_000_000.0
"""A full hour."""
HOUR = 3600.0


def arrived(contact: str, at: float) -> list[Event]:
    return [
        events.ContactArrived(
            at=at, contact=contact, leg=contact, channel=contact, number="5000", plan="hotline",
            plan_version="1",
        ),
        events.DialplanEntered(at=at, contact=contact, number="5000", block="welcome", answer="at_once"),
    ]  # fmt: skip


def test_given_a_clock_that_was_set_back_then_callers_of_before_are_counted_still() -> None:
    fold = TrafficFold().fold(
        [
            *arrived("long ago", NOW - 2 * HOUR),
            *arrived("before", NOW + 3 * HOUR + 60),
            events.ClockSetBack(at=NOW + 120, seconds=3 * HOUR),
            *arrived("after", NOW + 180),
        ]
    )
    assert fold.counts("hotline", ["1"], NOW + 200, since=NOW - 100).contacts == 2
    counts = fold.counts("hotline", ["1"], NOW + 200)
    assert (counts.contacts, counts.since) == (3, NOW - 5 * HOUR)


def test_given_a_clock_that_was_set_back_a_little_then_no_hour_lies_ahead() -> None:
    fold = TrafficFold().fold([*arrived("before", NOW + 5), events.ClockSetBack(at=NOW - 5, seconds=20.0)])
    assert fold.counts("hotline", ["1"], NOW - 1).contacts == 1


def test_given_a_clock_that_was_set_back_then_arrivals_are_read_by_the_clock_of_now(tmp_path: Path) -> None:
    happened = [
        *arrived("early", NOW),
        *arrived("before", NOW + 1000),
        events.ClockSetBack(at=NOW - 2500, seconds=3600.0),
        *arrived("after", NOW - 2400),
        *arrived("late", NOW - 2000),
    ]
    store = Store(tmp_path / "journal.db")
    records = [Record(seq, event) for seq, event in enumerate(happened, 1)]
    store.commit([insert(records)])
    store.close()
    names = [kind.__name__ for kind in counted_events()]
    found = list(read_arrived(tmp_path / "journal.db", names, NOW - 2700, NOW - 2100))
    came = [event.contact for event in found if isinstance(event, events.ContactArrived)]
    assert came == ["before", "after"]
    assert events.ClockSetBack in map(type, found)
