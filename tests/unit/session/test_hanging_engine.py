"""An engine that hangs under many callers at once costs no other engine its threads, and no caller a word."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from queue import Empty

import pytest

from ivrcore.config import EngineChoice, LanguageSpeech, SpeechConfig
from ivrcore.session.listening import Decided, GaveUp, SpeechService
from ivrcore.speech.recogniser import Engine, Grammar, Phrase
from tests.support.engines import ScriptedEngine, Stall
from tests.support.hearing_bench import SILENT, VOICED, Bench, Make, benches

WORDS = "1" * 20 + "0" * 30


@pytest.fixture
def bench() -> Iterator[Make]:
    with benches() as make:
        yield make


@pytest.fixture
def stall() -> Iterator[Stall]:
    hangs = Stall()
    yield hangs
    hangs.released.set()


def ended(given: Bench) -> list[Decided | GaveUp]:
    return [event for event in given.events if isinstance(event, Decided | GaveUp)]


def all_say(given: Bench, turns: range) -> None:
    ears = [given.listen(turn) for turn in turns]
    for char in WORDS:
        for ear in ears:
            ear.audio(VOICED if char == "1" else SILENT)
        given.clock.advance(0.02)


def pump_until_ended(given: Bench, count: int) -> None:
    """Let the clock run as fast as threads do their work, not faster: else they were late for nothing."""
    deadline = time.monotonic() + 10
    while len(ended(given)) < count:
        assert time.monotonic() < deadline, "somebody waits for ever"
        try:
            given.back.get(timeout=0.02)()
        except Empty:
            given.clock.advance(0.1)


@pytest.mark.parametrize("callers", [8, 12, 24])
@pytest.mark.parametrize("where", ["on_create", "on_feed", "on_finish"])
def test_all_whom_it_hung_under_are_heard_by_the_next(
    bench: Make, stall: Stall, callers: int, where: str
) -> None:
    hangs = ScriptedEngine("sales", name="hangs", **{where: stall})  # type: ignore[arg-type]
    given = bench(hangs, ScriptedEngine("billing", name="healthy"), budget=64.0)
    all_say(given, range(callers))
    pump_until_ended(given, callers)
    assert {getattr(event, "choice", "") for event in ended(given)} == {"b"}
    assert given.changes == [("hangs", "out stalled")]
    assert given.service.threads == 2


def test_it_holds_no_more_threads_than_there_are_and_none_after_they_come_back(
    bench: Make, stall: Stall
) -> None:
    hangs = ScriptedEngine("sales", name="hangs", on_finish=stall)
    given = bench(hangs, ScriptedEngine("billing", name="healthy"), budget=64.0)
    for at in range(3):
        all_say(given, range(24 * at, 24 * at + 24))
        pump_until_ended(given, 24 * at + 24)
        given.clock.advance(60)
    assert stall.entered.acquire(timeout=0)
    assert sum(stall.entered.acquire(timeout=0) for _ in range(99)) < 4
    assert given.service.threads == 2
    stall.released.set()
    given.pump(lambda: given.service.status()["en"].engine == "hangs")


class Two:
    """A language whose only engine hangs, and another one's, which does not."""

    def __init__(self, korean: Engine, english: Engine, threads: int = 2) -> None:
        engines = {"ko": korean, "en": english}
        self.bench = Bench()
        self.changes: list[str] = []
        config = SpeechConfig(
            languages={tag: LanguageSpeech(recognisers=(EngineChoice(tag),)) for tag in engines},
            threads=threads,
            budget=64.0,
        )

        def load(name: str, language: str, options: Mapping[str, str]) -> Engine:
            return engines[name]

        self.bench.service = SpeechService(
            self.bench.clock,
            self.bench.back.put,
            load,
            config,
            make_gate=lambda: lambda frame: frame[0] == 1,
            report=lambda *what: self.bench.reports.append(what),
            changed=lambda language, rank, engine, change: self.changes.append(f"{engine} {change.change}"),
        )
        self.bench.load()

    def say(self, turns: range, language: str, words: str = WORDS) -> None:
        grammar = Grammar(language, (Phrase("b", "billing"),))
        given = self.bench
        ears = [given.service.listen(turn, grammar, 0.9, 0.7, given.events.append) for turn in turns]
        for char in words:
            for ear in ears:
                ear.audio(VOICED if char == "1" else SILENT)
            given.clock.advance(0.02)


@pytest.mark.parametrize("callers", [8, 24])
def test_another_languages_engine_keeps_its_threads(stall: Stall, callers: int) -> None:
    both = Two(ScriptedEngine("billing", name="hangs", on_finish=stall), ScriptedEngine("billing"))
    given = both.bench
    for at in range(3):
        both.say(range(callers * at, callers * at + callers), "ko")
        pump_until_ended(given, callers * at + callers)
    assert {type(event) for event in ended(given)} == {GaveUp}
    given.events.clear()
    both.say(range(500, 508), "en")
    pump_until_ended(given, 8)
    assert {type(event) for event in ended(given)} == {Decided}
    assert both.changes == ["hangs out"]
    assert given.service.threads == 2
    stall.released.set()
    assert given.service.stop()


def test_an_engine_that_gets_no_thread_is_not_taken_out_for_it(stall: Stall) -> None:
    both = Two(ScriptedEngine("billing", name="hangs", on_create=stall), ScriptedEngine("billing"), threads=1)
    given = both.bench
    both.say(range(1), "ko", "1" * 10)
    assert stall.entered.acquire(timeout=60)
    both.say(range(1, 5), "en", "1" * 20 + "0" * 23)
    pump_until_ended(given, 5)  # these a little before it is known of the first one, whose stream dries up
    assert {type(event) for event in ended(given)} == {GaveUp}
    assert [str(error) for _, _, error in given.reports].count("no thread was free in time (IVR402)") == 4
    assert both.changes == []
    given.events.clear()
    both.say(range(5, 9), "en")
    pump_until_ended(given, 4)
    assert {type(event) for event in ended(given)} == {Decided}
    stall.released.set()
    assert given.service.stop()
