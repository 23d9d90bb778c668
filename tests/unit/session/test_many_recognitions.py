"""Recognition after recognition in one call: nothing of them is left."""

from __future__ import annotations

import gc
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from ivrcore.session.attempt import Attempt
from ivrcore.session.listening import Began, Decided, GaveUp, Listening
from ivrcore.session.relay import Relay
from ivrcore.session.utterance import Utterance
from ivrcore.session.workers import Lane
from ivrcore.speech.recogniser import Grammar, Hypothesis
from tests.support.hearing_bench import Bench, Make, benches

RECOGNITIONS = 2000
WARM_UP = 400
MOST_GROWTH = 40_000
"""Bytes that 1,600 recognitions may leave: 25 each, so not one object."""


@pytest.fixture
def bench() -> Iterator[Make]:
    with benches() as make:
        yield make


class Light:
    """An engine that keeps nothing; each 50th utterance raises."""

    language = "en"
    waits = 0
    cost = 0.02

    def __init__(self, name: str, *, faulty: bool = False) -> None:
        self.name = name
        self.faulty = faulty
        self.count = 0

    def recogniser(self, grammar: Grammar) -> Light:
        self.count += 1
        return self

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        return frozenset()

    def feed(self, pcm: bytes) -> None:
        if self.faulty and self.count % 50 == 0:
            raise KeyError("on purpose")

    def partial(self) -> str:
        return ""

    def finish(self) -> Sequence[Hypothesis]:
        return (Hypothesis("billing", 0.95),)


def recognise(given: Bench, turn: int) -> str:
    """Have one utterance, or a turn that ends in some other way; say how it ended."""
    given.events.clear()
    given.reports.clear()
    given.changes.clear()
    listening = given.listen(turn)
    given.say(listening, "0" * 3 + "1" * 8)
    if turn % 7 == 0:
        listening.stop()  # a key, or the caller hung up
        return "stopped"
    if turn % 11 == 0:
        listening.audio_lost("IVR301")
        return "lost"
    given.say(listening, "0" * 23)
    given.pump(lambda: any(isinstance(event, Decided | GaveUp) for event in given.events))
    assert given.events[0] == Began(turn)
    last = given.events[-1]
    return last.engine if isinstance(last, Decided) else "gave up"


def left() -> Counter[str]:
    """Count what belongs to an utterance."""
    gc.collect()
    kinds = (Listening, Relay, Attempt, Utterance, Lane)
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, kinds))


@pytest.mark.slow
def test_two_thousand_recognitions_leave_nothing(bench: Make) -> None:
    given = bench(Light("best", faulty=True), Light("next"))
    before = left()
    ends: Counter[str] = Counter()
    tracemalloc.start()
    try:
        for turn in range(RECOGNITIONS):
            if turn == WARM_UP:
                given.pump(given.back.empty)
                gc.collect()
                at_first, threads = tracemalloc.get_traced_memory()[0], threading.active_count()
            ends[recognise(given, turn)] += 1
        given.pump(given.back.empty)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - at_first
    finally:
        tracemalloc.stop()
    given.events.clear()
    assert set(ends) == {"best", "next", "stopped", "lost"}
    assert ends["best"] > ends["next"] > 10
    assert grown < MOST_GROWTH, f"{grown} bytes more after {RECOGNITIONS - WARM_UP} recognitions"
    given.pump(lambda: left() == before)
    assert threading.active_count() == threads
    assert given.service.admission.streams == 0
