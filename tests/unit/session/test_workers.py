from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ivrcore.session.workers import Workers, _Thread
from tests.support.engines import panics


@pytest.fixture
def make() -> Iterator[Callable[..., Workers]]:
    made: list[Workers] = []

    def one(threads: int, spares: int = 8) -> Workers:
        made.append(Workers(threads, spares=spares))
        return made[-1]

    yield one
    for each in made:
        assert each.stop()


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_lanes_jobs_run_in_order_and_never_at_once(make: Callable[..., Workers]) -> None:
    pool = make(4)
    seen: list[list[int]] = [[] for _ in range(5)]
    busy = [threading.Lock() for _ in range(5)]

    def job(lane: int, number: int) -> None:
        assert busy[lane].acquire(blocking=False)
        seen[lane].append(number)
        busy[lane].release()

    lanes = [pool.lane() for _ in range(5)]
    for number in range(100):
        for at, lane in enumerate(lanes):
            lane.submit(lambda at=at, number=number: job(at, number))  # type: ignore[misc]
    wait(lambda: all(len(each) == 100 for each in seen))
    assert seen == [list(range(100))] * 5


def test_a_long_lane_does_not_hold_another_up(make: Callable[..., Workers]) -> None:
    pool = make(1)
    order: list[str] = []
    gate = threading.Event()
    long, short = pool.lane(), pool.lane()
    long.submit(lambda: (gate.wait(60), order.append("long"))[1])
    for _ in range(5):
        long.submit(lambda: order.append("long"))
    short.submit(lambda: order.append("short"))
    gate.set()
    wait(lambda: len(order) == 7)
    assert order.index("short") <= 2


def test_a_job_that_somebody_waits_for_goes_before_other_lanes(make: Callable[..., Workers]) -> None:
    pool = make(1)
    order: list[str] = []
    gate = threading.Event()
    busy, awaited = pool.lane(), pool.lane()
    others = [pool.lane() for _ in range(5)]
    busy.submit(lambda: (gate.wait(60), None)[1])
    for lane in others:
        lane.submit(lambda: order.append("other"))
    awaited.submit(lambda: order.append("before it"))
    awaited.submit(lambda: order.append("awaited"), awaited=True)
    gate.set()
    wait(lambda: len(order) == 7)
    assert order == ["before it", "awaited", *["other"] * 5]
    for lane in others:  # and nobody waits for what this lane does next
        lane.submit(lambda: order.append("later"))
    awaited.submit(lambda: order.append("last"))
    wait(lambda: len(order) == 13)
    assert order[-1] == "last"


def test_a_lane_that_is_served_keeps_its_order_when_an_answer_is_awaited(
    make: Callable[..., Workers],
) -> None:
    pool = make(1)
    order: list[str] = []
    gate, begun = threading.Event(), threading.Event()
    lane, other = pool.lane(), pool.lane()
    lane.submit(lambda: (begun.set(), gate.wait(60), order.append("first"))[2])
    assert begun.wait(60)
    other.submit(lambda: order.append("other"))
    lane.submit(lambda: order.append("second"))
    lane.submit(lambda: order.append("answer"), awaited=True)
    gate.set()
    wait(lambda: len(order) == 4)
    assert order == ["first", "second", "answer", "other"]


def test_a_closed_lane_drops_what_waits(make: Callable[..., Workers]) -> None:
    pool = make(1)
    gate, ran = threading.Event(), threading.Event()
    first, second = pool.lane(), pool.lane()
    first.submit(lambda: (gate.wait(60), None)[1])
    second.submit(ran.set)
    second.close()
    second.submit(ran.set)
    gate.set()
    done = threading.Event()
    first.submit(done.set)
    assert done.wait(60)
    assert not ran.is_set()


def test_a_stuck_thread_is_replaced_once(make: Callable[..., Workers]) -> None:
    pool = make(1)
    gate, started, done = threading.Event(), threading.Event(), threading.Event()
    stuck = pool.lane()
    stuck.submit(lambda: (started.set(), gate.wait(60), None)[2])
    assert started.wait(60)
    assert stuck.write_off()
    assert not stuck.write_off()
    assert pool.threads == 1
    pool.lane().submit(done.set)
    assert done.wait(60)
    gate.set()


def test_a_waiting_lane_costs_no_thread(make: Callable[..., Workers]) -> None:
    pool = make(1)
    gate, started = threading.Event(), threading.Event()
    pool.lane().submit(lambda: (started.set(), gate.wait(60), None)[2])
    assert started.wait(60)
    waiting = pool.lane()
    waiting.submit(lambda: None)
    assert not waiting.write_off()
    gate.set()


def test_replacements_are_bounded(make: Callable[..., Workers]) -> None:
    pool = make(1, spares=2)
    gate = threading.Event()
    for expected in (1, 1, 0):
        started = threading.Event()
        lane = pool.lane()
        lane.submit(lambda started=started: (started.set(), gate.wait(60), None)[2])  # type: ignore[misc]
        assert started.wait(60)
        assert lane.write_off()
        assert pool.threads == expected
    gate.set()


def test_a_job_that_raises_what_no_job_may_costs_no_thread(
    make: Callable[..., Workers], caplog: pytest.LogCaptureFixture
) -> None:
    pool = make(2)
    done = [threading.Event() for _ in range(4)]
    for each in done:
        lane = pool.lane()
        lane.submit(panics)
        lane.submit(each.set)
    assert all(each.wait(5) for each in done)
    assert pool.threads == 2
    assert caplog.text.count("raised: Panic") == 4
    assert "caller said" not in caplog.text


def test_a_thread_whose_job_ends_while_it_is_written_off_is_given_back(
    make: Callable[..., Workers], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = make(1)
    gate, started, idle, back = (threading.Event() for _ in range(4))
    lost = pool.lose
    lane, next_lane = pool.lane(), pool.lane()

    def late(thread: _Thread, came_back: Callable[[], None]) -> bool:
        gate.set()
        idle.wait(0.2)  # time for the job to end
        return lost(thread, came_back)

    monkeypatch.setattr(pool, "lose", late)
    lane.submit(lambda: (started.set(), gate.wait(60), None)[2])
    next_lane.submit(idle.set)
    assert started.wait(60)
    assert lane.write_off(back.set)
    assert back.wait(5)
    assert pool.threads == 1


def test_more_replacements_may_be_allowed_beside_what_is_stuck(make: Callable[..., Workers]) -> None:
    pool = make(1, spares=0)
    gate = threading.Event()
    for _ in range(2):
        started = threading.Event()
        lane = pool.lane()
        lane.submit(lambda started=started: (started.set(), gate.wait(60), None)[2])  # type: ignore[misc]
        assert started.wait(60)
        assert lane.write_off()
        assert pool.threads == 0
        pool.allow(0)
        assert pool.threads == 1
    gate.set()
