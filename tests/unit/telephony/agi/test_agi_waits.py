"""Waits of many sessions share timers, end in their order, and cost none where they end early."""

from __future__ import annotations

import logging
from functools import partial

import pytest
from twisted.internet.task import Clock

from ivrcore.telephony.agi.waits import Soon, Span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def span(clock: Clock) -> Span:
    return Span(0.5, clock.seconds, clock.callLater)


def test_waits_end_after_the_span_each_in_its_turn(clock: Clock, span: Span) -> None:
    over: list[tuple[str, float]] = []

    def begin(name: str) -> None:
        span.wait(lambda: over.append((name, clock.seconds())))

    for name, later in (("a", 0.125), ("b", 0.25), ("c", 1.0)):
        clock.callLater(later, begin, name)
    clock.pump([0.125] * 16)
    assert over == [("a", 0.625), ("b", 0.75), ("c", 1.5)]
    assert clock.getDelayedCalls() == []


def test_many_waits_have_one_timer_and_those_that_were_cancelled_never_end(clock: Clock, span: Span) -> None:
    over: list[int] = []
    waits = [span.wait(partial(over.append, n)) for n in range(100)]
    for wait in waits[:99]:
        wait.cancel()
    assert len(clock.getDelayedCalls()) == 1
    clock.advance(0.5)
    assert over == [99]
    assert clock.getDelayedCalls() == []


def test_a_wait_that_begins_as_another_ends_has_its_whole_span(clock: Clock, span: Span) -> None:
    over: list[float] = []
    span.wait(lambda: span.wait(lambda: over.append(clock.seconds())))
    clock.advance(0.5)
    assert over == []
    clock.advance(0.5)
    assert over == [1.0]


def test_a_closed_span_leaves_nothing(clock: Clock, span: Span) -> None:
    over: list[int] = []
    span.wait(lambda: over.append(1))
    span.close()
    span.close()
    assert clock.getDelayedCalls() == []
    clock.advance(1)
    assert over == []


def test_a_fault_in_one_call_costs_no_other_its_turn(
    clock: Clock, span: Span, caplog: pytest.LogCaptureFixture
) -> None:
    over: list[str] = []
    soon = Soon(clock.callLater)
    soon.call(lambda: 1 / 0)
    soon.call(lambda: over.append("soon"))
    span.wait(lambda: 1 / 0)
    span.wait(lambda: over.append("span"))
    assert over == []  # never before the reactor turns
    with caplog.at_level(logging.ERROR):
        clock.advance(0)
        assert over == ["soon"]
        clock.advance(0.5)
    assert over == ["soon", "span"]
    assert len(caplog.records) == 2


def test_what_is_called_soon_shares_a_timer_and_what_it_asks_for_comes_behind(clock: Clock) -> None:
    over: list[str] = []
    soon = Soon(clock.callLater)

    def first() -> None:
        over.append("first")
        soon.call(lambda: over.append("third"))

    soon.call(first)
    soon.call(lambda: over.append("second"))
    assert len(clock.getDelayedCalls()) == 1
    clock.advance(0)
    assert over == ["first", "second", "third"]
    assert clock.getDelayedCalls() == []
