"""Time never goes back, jumps are seen once, alarms ring once."""

import pytest
from twisted.internet.task import Clock as Steady

from ivrcore.session.clock import Alarm, UtcClock


class Wall:
    def __init__(self, steady: Steady) -> None:
        self.steady = steady
        self.set_by = 1_000_000.0

    def __call__(self) -> float:
        return float(self.steady.seconds()) + self.set_by


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def wall(steady: Steady) -> Wall:
    return Wall(steady)


@pytest.fixture
def clock(steady: Steady, wall: Wall) -> UtcClock:
    return UtcClock(steady, wall)


def test_follows_steady_time(clock: UtcClock, steady: Steady) -> None:
    steady.advance(2.5)
    assert clock.now() == 1_000_002.5
    assert clock.check() == 0.0


def test_a_jump_back_is_told_once_and_not_followed(clock: UtcClock, steady: Steady, wall: Wall) -> None:
    wall.set_by -= 3600
    assert clock.check() == -3600
    assert clock.check() == 0.0
    steady.advance(1)
    assert clock.now() == 1_000_001


def test_a_jump_forward_is_told_once_and_not_followed(clock: UtcClock, wall: Wall) -> None:
    wall.set_by += 60
    assert clock.check() == 60
    assert clock.now() == 1_000_000
    assert clock.check() == 0.0


def test_back_and_forth_again_never_decreases(clock: UtcClock, wall: Wall) -> None:
    wall.set_by -= 10
    assert clock.check() == -10
    wall.set_by += 10
    assert clock.check() == 10
    assert clock.now() == 1_000_000


def test_an_alarm_rings_once_at_its_last_setting(clock: UtcClock, steady: Steady) -> None:
    rings: list[float] = []
    alarm = Alarm(clock, lambda: rings.append(clock.now()))
    alarm.set(1_000_005)
    alarm.set(1_000_003)
    steady.advance(10)
    assert len(rings) == 1
    alarm.set(1_000_020)
    alarm.set(None)
    steady.advance(20)
    assert len(rings) == 1


def test_a_deadline_already_past_rings_at_once(clock: UtcClock, steady: Steady) -> None:
    rings: list[int] = []
    Alarm(clock, lambda: rings.append(1)).set(5.0)
    steady.advance(0)
    assert rings == [1]
