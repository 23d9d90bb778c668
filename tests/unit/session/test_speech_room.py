"""Who is listened to while there is room, and what it is measured to cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivrcore.config import SpeechConfig
from ivrcore.dialplan.commands import Spoken
from ivrcore.errors import ModelMissing
from ivrcore.model.names import SpeechRefusal
from ivrcore.service.ears import speech_now, words_of
from ivrcore.session.listening import GaveUp
from tests.support.engines import ScriptedEngine, broken
from tests.support.hearing_bench import Bench, Make, benches

WORDS = "1" * 20 + "0" * 30
KEYS = (Spoken("Please use the keys.", "en"),)


@pytest.fixture
def bench() -> Iterator[Make]:
    with benches() as make:
        yield make


def refused(given: Bench) -> SpeechRefusal | None:
    return given.service.hearing("en").refused


def test_above_the_budget_nobody_new_is_listened_to_and_nobody_is_cut(bench: Make) -> None:
    given = bench(ScriptedEngine("billing", cost=0.1), budget=0.3)
    calls = [given.listen(turn) for turn in (1, 2, 3)]
    now = given.service.hearing("en")
    assert (now.refused, now.streams, now.cores, now.budget) == (SpeechRefusal.BUSY, 3, 0.3, 0.3)
    given.listen(4)
    given.clock.advance(0)
    assert given.events == [GaveUp(4, "", "IVR404", for_good=False)]
    assert speech_now(given.service).admitted == 3
    given.say(calls[0], WORDS)
    assert given.decided().turn == 1
    assert refused(given) is None
    for call in calls:
        call.stop()
    assert given.service.admission.streams == 0


def test_a_plain_maximum(bench: Make) -> None:
    given = bench(ScriptedEngine(), streams=1)
    listening = given.listen()
    assert refused(given) is SpeechRefusal.BUSY
    assert given.service.hearing("en", stays=True).refused is None
    listening.stop()
    listening.stop()
    assert refused(given) is None


def test_other_bounds_hold_for_whoever_comes_then(bench: Make) -> None:
    given = bench(ScriptedEngine("billing", cost=0.1), budget=1.0)
    calls = [given.listen(1), given.listen(2)]
    given.service.tune(SpeechConfig(streams=2, end_silence=1.0))
    assert refused(given) is SpeechRefusal.BUSY
    assert given.service.admission.streams == 2  # nobody is sent away
    given.say(calls[0], WORDS)
    assert given.decided().turn == 1  # as it was when the turn began
    given.events.clear()
    given.service.tune(SpeechConfig(streams=2, end_silence=1.0))
    later = given.listen(3)
    given.say(later, "1" * 20 + "0" * 8)
    given.say(later, "0" * 30)
    assert not given.events[1:]
    given.say(later, "0" * 20)
    assert given.decided().turn == 3
    for call in (*calls, later):
        call.stop()


def test_speech_may_be_switched_off_by_a_maximum_of_nobody(bench: Make) -> None:
    assert refused(bench(ScriptedEngine(), streams=0)) is SpeechRefusal.BUSY


@pytest.mark.parametrize("end", ["decided", "raised", "lost", "stopped"])
def test_whoever_is_not_listened_to_any_more_makes_room(bench: Make, end: str) -> None:
    given = bench(ScriptedEngine("billing", on_finish=broken if end == "raised" else lambda: None))
    listening = given.listen()
    assert given.service.admission.streams == 1
    given.say(listening, "1" * 20)
    if end == "lost":
        listening.audio_lost("IVR301")
    elif end == "stopped":
        listening.stop()
    else:
        given.say(listening, "0" * 30)
        given.pump(lambda: listening.over)
    assert given.service.admission.streams == 0


def test_cost_is_measured_while_callers_speak(bench: Make) -> None:
    spent = iter(range(100_000))
    given = bench(ScriptedEngine("billing", cost=0.02), cpu=lambda: next(spent) * 0.05)
    for turn in range(20):  # each job takes 0.05 s of CPU; at most 10 of them for about 1 s of audio
        seen = len(given.events)
        given.say(given.listen(turn), WORDS)
        given.pump(lambda seen=seen: len(given.events) >= seen + 2)  # type: ignore[misc]
    now = speech_now(given.service)
    (engine,) = now.engines
    assert now.threads == 2
    assert 0.2 < engine.cost < 1.0


def test_an_engine_that_is_out_or_loading_is_told_from_no_room(bench: Make) -> None:
    given = Bench(ScriptedEngine("billing", on_finish=broken))
    assert refused(given) is SpeechRefusal.LOADING
    given.load()
    for turn in (1, 2, 3):
        assert refused(given) is None
        given.say(given.listen(turn), WORDS)
        given.pump(lambda turn=turn: given.events[-1] == GaveUp(turn, "scripted", "IVR402"))  # type: ignore[misc]
    assert refused(given) is SpeechRefusal.OUT
    assert given.service.stop()


def test_where_no_engine_could_be_loaded_callers_are_told_to_use_the_keys(bench: Make) -> None:
    for why in (ModelMissing("no model here"), ValueError("whatever")):
        now = bench(why, keys_only=KEYS).service.hearing("en")
        assert (now.refused, now.instead) == (SpeechRefusal.OUT, KEYS)


def test_where_no_engine_is_meant_to_be_the_listening_tells(bench: Make) -> None:
    assert refused(bench()) is None
    assert bench(ScriptedEngine()).service.hearing("fr").refused is None


def test_what_is_said_instead_is_the_languages_own(bench: Make) -> None:
    given = bench(ScriptedEngine(), streams=0, keys_only=KEYS)
    assert given.service.hearing("en-GB").instead == KEYS


def test_the_status_page_shows_how_many_are_listened_to(bench: Make) -> None:
    given = bench(ScriptedEngine(cost=0.1), budget=1.5)
    listening = given.listen()
    assert words_of(given.service) == {
        "en": "scripted",
        "callers listened to": "1 (0.10 of 1.50 cores if all spoke, 500 at most)",
    }
    listening.stop()
