"""A record is younger in doubt, and a clock is in doubt that the journal has not lived with."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.durations import DAY, HOUR
from ivrcore.journal.ages import ahead_of, latest
from ivrcore.model import events
from ivrcore.model.event import Event
from tests.unit.history.history_site import append

NOW = 1_800_000_000.0


def started(at: float) -> Event:
    return events.ServerStarted(at=at, node="n", app="n-a", version="1")


@pytest.mark.parametrize(
    ("says", "ago"),
    [
        ([0.0], 0.0),
        ([-400 * DAY, -1.5 * DAY, 0.0], 0.0),
        ([-2 * DAY + HOUR, -HOUR], 0.0),
        ([-1.5 * DAY], 0.0),
        ([-7 * DAY, 0.0], 7 * DAY),  # off for a week, or a week ahead
        ([-7 * DAY], 7 * DAY),
        ([-7 * DAY, -DAY + HOUR, 0.0], 7 * DAY),
        ([-7 * DAY, -DAY - HOUR, 0.0], 0.0),  # and a day later
        ([-100 * DAY - HOUR, -100 * DAY, -HOUR, 0.0], 100 * DAY),
    ],
)
def test_a_clock_is_ahead_until_the_journal_has_lived_a_day_with_it(
    tmp_path: Path, says: list[float], ago: float
) -> None:
    path = tmp_path / "journal.db"
    append(path, [started(NOW + one) for one in says])
    assert ahead_of(path, NOW) == ago


def test_a_journal_without_a_record_confirms_any_clock(tmp_path: Path) -> None:
    append(tmp_path / "journal.db", [])
    assert ahead_of(tmp_path / "journal.db", NOW) == 0.0


def test_after_a_clock_that_was_ahead_was_set_back_it_is_right(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    append(path, [started(NOW - one * DAY) for one in (3, 2, 1)])
    append(path, [started(NOW + 100 * DAY), started(NOW + 100 * DAY + HOUR)])
    assert ahead_of(path, NOW + 100 * DAY + HOUR) == 101 * DAY + HOUR
    append(path, [events.ClockSetBack(at=NOW + HOUR, seconds=100.0 * DAY), started(NOW + HOUR)])
    assert ahead_of(path, NOW + HOUR) == 0.0


def test_what_is_not_in_the_future_is_taken_at_its_word() -> None:
    moves = [(10, 100.0), (20, 1000.0)]
    assert latest(moves, 1, 400.0, 500.0) == 400.0
    assert latest(moves, 1, 550.0, 500.0) == 450.0
    assert latest(moves, 1, 1550.0, 500.0) == 450.0
    assert latest(moves, 15, 1450.0, 500.0) == 450.0
    assert latest(moves, 25, 1450.0, 500.0) == 1450.0
