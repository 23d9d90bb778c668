"""Full collections happen when the server says so, are short, and let no dead cycle stay for good."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from ivrcore.collecting import uncollected
from ivrcore.lab.bench_scrape import MOST_PIECE, Site
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.figures import Figures
from ivrcore.service import cycles as cycles_module
from ivrcore.service.cycles import BACKSTOP, BURST, DUE, FIRST, GROWN, LOOK, OF_A_CONTACT, QUIET, Cycles

OF_CALLS = 10_000
"""Containers that callers inside are made of."""


class Ring:
    """A cycle: only the collector frees it."""

    alive = 0

    def __init__(self) -> None:
        self.me = self
        Ring.alive += 1

    def __del__(self) -> None:
        Ring.alive -= 1


class Beside:
    """The collector beside a clock, and how many contacts are inside."""

    def __init__(self) -> None:
        self.clock, self.inside = Clock(), 0
        self.cycles = Cycles(self.clock, lambda: self.inside)

    def full(self) -> int:
        """Count the full collections."""
        return self.cycles.pauses[2].count

    def made(self, collections: int) -> list[list[int]]:
        """Make so much that lasts that the middle generation is collected so many times."""
        new, middle, _ = gc.get_threshold()
        there, lasting = gc.get_count()[2], []
        while gc.get_count()[2] < there + collections:
            lasting += [[n] for n in range(new * middle)]
        return lasting


@pytest.fixture
def beside() -> Iterator[Beside]:
    beside = Beside()
    beside.cycles.start()
    yield beside
    beside.cycles.stop()
    assert not beside.clock.getDelayedCalls()


def test_python_begins_no_full_collection_and_the_server_has_one_when_it_is_due(beside: Beside) -> None:
    before = beside.full()
    lasting = beside.made(DUE)
    assert beside.full() == before
    beside.clock.advance(LOOK)
    assert beside.full() == before + 1
    beside.clock.advance(LOOK)
    assert beside.full() == before + 1, "nothing came since"
    assert lasting


def test_a_dead_cycle_is_freed_by_the_next_one(beside: Beside) -> None:
    ring = Ring()
    lasting, dead = beside.made(1), weakref.ref(ring)
    del ring
    lasting += beside.made(DUE)
    beside.clock.advance(LOOK)
    assert dead() is None


def test_what_is_left_of_a_long_collection_is_looked_at_no_more(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycles_module, "LONG", 0.0)
    lasting = beside.made(DUE)
    frozen = gc.get_freeze_count()
    beside.clock.advance(LOOK)
    assert gc.get_freeze_count() >= frozen + len(lasting)
    frozen = gc.get_freeze_count()
    del lasting
    assert gc.get_freeze_count() < frozen - 10_000, "what is frozen is freed as all else"


def test_what_came_in_a_burst_is_not_looked_at_at_all(beside: Beside) -> None:
    before, frozen = beside.full(), gc.get_freeze_count()
    lasting = beside.made(BURST)
    beside.clock.advance(LOOK)
    assert beside.full() == before
    assert gc.get_freeze_count() >= frozen + len(lasting)


def test_what_came_while_callers_are_inside_is_looked_at_and_only_what_stays_of_much_is_frozen(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycles_module, "LONG", 0.0)
    beside.inside, frozen = OF_CALLS // OF_A_CONTACT, gc.get_freeze_count()
    calls = [Ring() for _ in range(OF_CALLS)]
    lasting = beside.made(BURST)
    del lasting
    beside.clock.advance(LOOK)
    assert gc.get_freeze_count() <= frozen, "they end soon"
    del calls
    made = beside.made(BURST)
    beside.clock.advance(LOOK)
    assert Ring.alive == 0
    assert gc.get_freeze_count() > frozen + len(made) // 2, "far more than callers come to"


def test_a_cycle_that_dies_frozen_is_freed_once_nobody_is_inside(beside: Beside) -> None:
    ring = Ring()
    dead, lasting = weakref.ref(ring), beside.made(BURST)
    beside.clock.advance(LOOK)
    beside.inside = 1
    del ring
    beside.clock.advance(QUIET)
    assert dead() is not None
    beside.inside = 0
    beside.clock.advance(LOOK)
    assert dead() is None
    assert lasting


def test_dead_cycles_of_a_server_that_is_never_quiet_do_not_pile_up(beside: Beside) -> None:
    beside.inside = 1
    kept = gc.get_freeze_count() + GROWN  # those that are alive while all is looked at
    most = max(GROWN, kept // 2) + 2 * GROWN
    for _ in range(2 * most // GROWN):
        rings = [Ring() for _ in range(GROWN)]
        beside.clock.advance(LOOK)
        del rings
        assert Ring.alive < most


def test_what_the_start_left_is_freed_soon_but_not_while_somebody_waits_to_be_heard_again() -> None:
    ring, beside = Ring(), Beside()
    dead, beside.inside = weakref.ref(ring), 1
    beside.cycles.start()
    try:
        del ring
        assert beside.full() == 0, "a start does not wait for a collection"
        beside.clock.advance(FIRST)
        assert dead() is not None
        beside.inside = 0
        beside.clock.advance(LOOK)
        assert dead() is None
    finally:
        beside.cycles.stop()


def test_nothing_is_collected_while_a_dialplan_is_read(beside: Beside) -> None:
    lasting, before = beside.made(DUE), beside.full()
    with uncollected():
        beside.clock.advance(LOOK)
    assert beside.full() == before
    beside.clock.advance(LOOK)
    assert beside.full() == before + 1
    assert lasting


def test_it_is_left_to_python_again_at_the_end() -> None:
    before = gc.get_threshold()
    beside = Beside()
    beside.cycles.stop()
    beside.cycles.start()
    assert gc.get_threshold() == (*before[:2], BACKSTOP)
    beside.cycles.stop()
    beside.cycles.stop()
    assert gc.get_threshold() == before
    seen = beside.full()
    gc.collect()
    assert beside.full() == seen


def test_the_pauses_are_told(beside: Beside) -> None:
    gc.collect()
    collector = FiguresCollector(Figures(), lambda: 0.0, pauses=beside.cycles.pauses)
    text = Exposition(collector).render("")[0].decode()
    assert f'ivrcore_collector_pause_seconds_count{{generation="2"}} {beside.full()}.0' in text
    assert 'ivrcore_collector_pause_seconds_bucket{generation="0",le="+Inf"}' in text


def test_no_piece_of_a_large_sites_scrape_has_a_full_collection_inside(beside: Beside) -> None:
    """Everything changes each time, which made Python look through 35,000 containers in one piece."""
    beside.inside, site, longest = 1, Site(), 0.0
    for _ in range(10):
        site.serve(1)
        beside.clock.advance(LOOK)
        full = beside.full()
        longest = max(longest, site.scrape().longest)
        assert beside.full() == full
    assert longest < 5 * MOST_PIECE  # a ceiling that a loaded machine keeps
    containers = len(gc.get_objects())
    assert containers < 40_000, "full collections are kept short"
