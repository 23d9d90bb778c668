"""Engines that hang while they are loaded: the others are not held up, and the late one may come yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from ivrcore.session.loading import PATIENCE
from ivrcore.speech.recogniser import Engine
from tests.support.engines import ScriptedEngine, Stall
from tests.support.hearing_bench import Bench

WORDS = "1" * 20 + "0" * 30


class Slow(Bench):
    """A service whose first engine hangs in its loading, in front of a second one."""

    def __init__(self) -> None:
        self.stall = Stall()
        self.fault: Exception | None = None
        super().__init__(ScriptedEngine("sales", name="slow"), ScriptedEngine("billing", name="second"))

    def _load(self, name: str, language: str, options: Mapping[str, str]) -> Engine:
        engine = super()._load(name, language, options)
        if engine.name == "slow":
            self.stall()
            if self.fault is not None:
                raise self.fault
        return engine

    @property
    def now(self) -> tuple[str, list[str]]:
        status = self.service.status()["en"]
        return status.engine, [problem.message for problem in status.problems]


@pytest.fixture
def slow() -> Iterator[Slow]:
    bench = Slow()
    done = bench.service.load()
    assert bench.stall.entered.acquire(timeout=60)
    bench.clock.advance(PATIENCE - 1)
    assert bench.service.status()["en"].loading
    bench.clock.advance(1)
    bench.pump(lambda: done.called)
    yield bench
    bench.stall.released.set()
    assert bench.service.stop()
    bench.pump(bench.back.empty)
    assert not bench.clock.getDelayedCalls()


def test_the_next_one_is_loaded_when_the_first_takes_too_long(slow: Slow) -> None:
    assert slow.now == ("second", ["the recogniser scripted was not loaded within 120 s"])
    slow.say(slow.listen(), WORDS)
    assert slow.decided().engine == "second"


def test_one_that_comes_after_all_hears(slow: Slow) -> None:
    slow.stall.released.set()
    slow.pump(lambda: slow.now == ("slow", []))


def test_one_that_fails_after_all_says_why(slow: Slow) -> None:
    slow.fault = ValueError("no model of mine")
    slow.stall.released.set()
    slow.pump(lambda: "could not be loaded" in "".join(slow.now[1]))
    assert slow.now[0] == "second"
    assert len(slow.now[1]) == len(slow.reports) == 1


def test_what_waits_behind_a_load_is_not_begun_once_the_service_stops() -> None:
    bench = Slow()
    done = bench.service.load()
    assert bench.stall.entered.acquire(timeout=60)
    bench.stall.released.set()
    assert bench.service.stop()
    bench.pump(bench.back.empty)
    assert not done.called
    assert not bench.clock.getDelayedCalls()
