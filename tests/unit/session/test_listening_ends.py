"""Every state of a listening ends: at once when the caller hangs up, and by itself when no audio comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ivrcore.model.names import Verdict
from ivrcore.session.listening import Began, Decided, GaveUp, Listening
from ivrcore.speech.endpointing import TurnTaking
from ivrcore.speech.recogniser import Grammar, Phrase
from ivrcore.speech.slots import Slot, SlotKind
from tests.support.engines import ScriptedEngine, Stall, broken
from tests.support.hearing_bench import VOICED, Bench, Make, benches

LONGEST_WAIT = 1.0 + 2.0 + 0.1
"""Seconds from the last audio to the end: a dry stream, then patience with engines, then a tick."""


@pytest.fixture
def bench() -> Iterator[Make]:
    with benches() as make:
        yield make


class State:
    """A listening brought to a state; ``stall`` is where an engine hangs in it."""

    def __init__(self, make: Make, said: str, *, engines: int = 1, **first: Any) -> None:
        self.stall = Stall()
        steps = {where: self.stall if what == "hangs" else what for where, what in first.items()}
        self.engine = ScriptedEngine("sales", name="first", **steps)
        others = [ScriptedEngine("billing", name="second") for _ in range(engines - 1)]
        self.given: Bench = make(self.engine, *others, threads=1)
        self.listening: Listening = self.given.listen()
        self.given.say(self.listening, said)
        if "hangs" in first.values():
            assert self.stall.entered.acquire(timeout=60)

    def pump_for(self, seconds: float) -> None:
        """Let the clock go on, with what threads have to tell."""
        for _ in range(round(seconds / 0.1)):
            self.given.clock.advance(0.1)
            self.given.pump(self.given.back.empty)


STATES: dict[str, Callable[[Make], State]] = {
    "nothing said": lambda make: State(make, "0" * 30),
    "not one frame": lambda make: State(make, ""),
    "speaking": lambda make: State(make, "1" * 20),
    "pausing, asked early": lambda make: State(make, "1" * 20 + "0" * 11),
    "asked at the end": lambda make: State(make, "1" * 20 + "0" * 24, on_finish="hangs"),
    "engine hangs as it is begun": lambda make: State(make, "1" * 10, on_create="hangs"),
    "engine hangs in what is said": lambda make: State(make, "1" * 10, on_feed="hangs"),
    "engine hangs in an early answer": lambda make: State(make, "1" * 20 + "0" * 11, on_finish="hangs"),
    "the second engine hears": lambda make: State(make, "1" * 20, engines=2, on_feed=broken),
    "a second engine waits": lambda make: State(make, "1" * 10, engines=2, on_feed="hangs"),
}
BEGUN = [name for name in STATES if name not in ("nothing said", "not one frame")]


@pytest.mark.parametrize("name", STATES)
def test_hanging_up_is_seen_at_once(bench: Make, name: str) -> None:
    state = STATES[name](bench)
    before = list(state.given.events)
    state.listening.stop()
    assert state.given.service.admission.streams == 0, "the room is free before any engine has let go"
    state.listening.audio(VOICED)
    state.listening.audio_lost("IVR301")
    state.pump_for(LONGEST_WAIT)
    state.stall.released.set()
    state.pump_for(0.2)
    assert state.given.events == before, "nobody is told anything any more"
    assert not state.given.clock.getDelayedCalls()
    # The next caller is heard.
    state.engine.on_create = state.engine.on_feed = state.engine.on_finish = lambda: None
    state.given.clock.advance(10)
    state.given.say(state.given.listen(2), "1" * 20 + "0" * 30)
    assert state.given.decided().turn == 2


@pytest.mark.parametrize("name", BEGUN)
def test_what_was_begun_ends_by_itself_when_no_audio_comes_any_more(bench: Make, name: str) -> None:
    state = STATES[name](bench)
    ended = state.given.clock.seconds()
    while not state.listening.over:
        assert state.given.clock.seconds() - ended < LONGEST_WAIT
        state.pump_for(0.1)
    last = state.given.events[-1]
    assert isinstance(last, Decided | GaveUp)
    assert state.given.events[:-1] == [Began(1)]
    assert state.given.service.admission.streams == 0
    state.stall.released.set()
    state.pump_for(LONGEST_WAIT)


def test_an_utterance_that_comes_in_drops_ends_by_the_clock(bench: Make) -> None:
    """A frame each 0.9 s is no dry stream, and 10 s of such audio would take 450 s."""
    given = bench(ScriptedEngine("sales"))
    listening = given.listen()
    given.say(listening, "1" * 10)
    for _ in range(13):
        given.clock.advance(0.9)
        listening.audio(VOICED)
    assert given.decided().choice == "s"


def test_a_stream_that_never_brings_anything_holds_no_engine_and_no_timer(bench: Make) -> None:
    """The turn's own time-out ends it: the interpreter's no-input."""
    state = STATES["not one frame"](bench)
    state.pump_for(60)
    assert state.given.events == []
    assert not state.given.clock.getDelayedCalls()
    assert state.engine.recognisers == []
    state.listening.stop()


def digits(least: int, most: int) -> Grammar:
    slot = Slot(SlotKind.DIGITS, "en", least, most)
    return Grammar("en", (Phrase("@agent", "agent"),), network=slot.network, slot=slot)


@pytest.mark.parametrize(
    ("said", "least", "verdict"),
    [
        ("four two", 1, Verdict.CONFIRM),
        ("four two seven", 3, Verdict.ACCEPT),  # nothing can follow
        ("agent", 1, Verdict.ACCEPT),
    ],
)
@pytest.mark.parametrize("how", ["cut off", "dried up", "in drops"])
def test_a_value_that_no_silence_ended_is_asked_about_unless_it_is_whole(
    bench: Make, how: str, said: str, least: int, verdict: Verdict
) -> None:
    given = bench(ScriptedEngine(said))
    listening = given.listen(grammar=digits(least, 3), taking=TurnTaking(longest=1.0))
    given.say(listening, "1" * (60 if how == "cut off" else 20))
    for tenth in range({"cut off": 0, "dried up": 11, "in drops": 21}[how]):
        given.clock.advance(0.1)
        if how == "in drops" and not tenth % 5:
            given.say(listening, "1")
    assert given.decided().verdict is verdict


def test_a_value_that_silence_ended_is_taken(bench: Make) -> None:
    given = bench(ScriptedEngine("four two"))
    given.say(given.listen(grammar=digits(1, 3)), "1" * 20 + "0" * 30)
    assert (given.decided().verdict, given.decided().value) == (Verdict.ACCEPT, "42")
