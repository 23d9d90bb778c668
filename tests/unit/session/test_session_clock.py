"""Time never goes back, jumps are seen once, alarms ring once, timers call once."""

import pytest
from twisted.internet.task import Clock as Steady

from ivrcore.session.clock import Alarm, Timer, UtcClock


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


def test_an_alarm_that_is_put_off_again_and_again_rings_at_its_last_time_with_few_timers(
    clock: UtcClock, steady: Steady
) -> None:
    rings: list[float] = []
    alarm = Alarm(clock, lambda: rings.append(clock.now()))
    for late in range(100):
        alarm.set(1_000_005 + late)
        alarm.follow(None)
        alarm.follow(1_000_005.5 + late)
        assert len(steady.getDelayedCalls()) == 1
    steady.advance(50)
    assert rings == []
    steady.advance(54.5)
    assert rings == [1_000_104.5]
    assert not steady.getDelayedCalls()


def test_an_alarm_that_follows_nothing_leaves_no_timer_once_it_would_have_rung(
    clock: UtcClock, steady: Steady
) -> None:
    rings: list[int] = []
    alarm = Alarm(clock, lambda: rings.append(1))
    alarm.set(1_000_005)
    alarm.follow(None)
    steady.advance(6)
    assert rings == []
    assert not steady.getDelayedCalls()


def test_a_cancelled_alarm_leaves_no_timer_and_can_be_set_again(clock: UtcClock, steady: Steady) -> None:
    rings: list[int] = []
    alarm = Alarm(clock, lambda: rings.append(1))
    alarm.set(1_000_005)
    alarm.follow(None)
    alarm.cancel()
    assert not steady.getDelayedCalls()
    alarm.set(1_000_005)
    alarm.set(None)
    assert not steady.getDelayedCalls()
    alarm.set(1_000_002)
    steady.advance(3)
    assert rings == [1]


def test_an_alarm_may_be_set_again_by_what_it_calls(clock: UtcClock, steady: Steady) -> None:
    rings: list[float] = []

    def ring() -> None:
        rings.append(clock.now())
        if len(rings) < 3:
            alarm.set(clock.now() + 1)

    alarm = Alarm(clock, ring)
    alarm.set(1_000_001)
    steady.pump([0.5] * 10)
    assert rings == [1_000_001, 1_000_002, 1_000_003]


def test_a_deadline_already_past_rings_at_once(clock: UtcClock, steady: Steady) -> None:
    rings: list[int] = []
    Alarm(clock, lambda: rings.append(1)).set(5.0)
    steady.advance(0)
    assert rings == [1]


def test_a_timer_calls_once_and_then_nothing_is_set(steady: Steady) -> None:
    timer = Timer(steady)
    done: list[str] = []
    timer.set(1.0, lambda: done.append("first"))
    assert timer.is_set
    steady.advance(5)
    assert (done, timer.is_set) == (["first"], False)


def test_a_timer_that_is_set_anew_forgets_what_it_was_set_to_before(steady: Steady) -> None:
    timer = Timer(steady)
    done: list[str] = []
    timer.set(1.0, lambda: done.append("first"))
    timer.set(2.0, lambda: done.append("second"))
    steady.advance(5)
    assert done == ["second"]
    assert not steady.getDelayedCalls()


def test_a_cleared_timer_does_nothing_and_may_be_cleared_twice(steady: Steady) -> None:
    timer = Timer(steady)
    timer.set(1.0, lambda: None)
    timer.clear()
    timer.clear()
    assert not timer.is_set
    assert not steady.getDelayedCalls()


def test_what_a_timer_calls_may_set_it_again(steady: Steady) -> None:
    timer = Timer(steady)
    done: list[float] = []

    def again() -> None:
        done.append(steady.seconds())
        if len(done) < 3:
            timer.set(1.0, again)

    timer.set(1.0, again)
    steady.pump([1.0] * 5)
    assert done == [1.0, 2.0, 3.0]
