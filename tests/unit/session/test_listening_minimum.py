"""Barge-in with a minimum: a cough neither stops a prompt nor counts, words do. Real threads, one clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivrcore.model.names import Verdict
from ivrcore.session.listening import Began, Decided, GaveUp
from ivrcore.speech.endpointing import TurnTaking
from tests.support.engines import ScriptedEngine, Stall, broken
from tests.support.hearing_bench import Make, benches

LONG = TurnTaking(after=0.3)
ONE_WORD = TurnTaking(words=1)
COUGH, PAUSE, WORDS = "1" * 10, "0" * 40, "1" * 20


@pytest.fixture
def bench() -> Iterator[Make]:
    with benches() as make:
        yield make


def kinds(events: list[object]) -> list[type]:
    return [type(event) for event in events]


def test_a_cough_is_nothing_and_the_words_after_it_are_heard(bench: Make) -> None:
    engine = ScriptedEngine("", "billing")
    given = bench(engine)
    listening = given.listen(taking=LONG, prompted=True)
    given.say(listening, COUGH + PAUSE)
    given.pump(given.back.empty)
    assert given.events == []
    given.say(listening, WORDS)
    assert given.events == [Began(1)]
    given.say(listening, PAUSE)
    assert given.decided().choice == "b"
    assert kinds([*given.events]) == [Began, Decided]
    assert not engine.recognisers[1].audio.startswith(engine.recognisers[0].audio)


@pytest.mark.parametrize(("confidence", "counts"), [(0.95, True), (0.8, False)])
def test_a_short_answer_counts_if_it_is_sure(bench: Make, confidence: float, counts: bool) -> None:
    given = bench(ScriptedEngine("sales", confidence=confidence))
    listening = given.listen(taking=LONG, prompted=True)
    given.say(listening, COUGH + PAUSE)
    if counts:
        decided = given.decided()
        assert (decided.verdict, decided.choice, decided.engine) == (Verdict.ACCEPT, "s", "scripted")
        assert given.events == [decided]
    else:
        given.pump(given.back.empty)
        assert given.events == []
        listening.stop()


def test_a_sound_after_a_short_yes_does_not_lose_it(bench: Make) -> None:
    stall = Stall()
    given = bench(ScriptedEngine("billing", "", on_finish=stall), threads=1)
    listening = given.listen(taking=LONG, prompted=True)
    given.say(listening, COUGH + "0" * 25)
    assert stall.entered.acquire(timeout=60)
    given.say(listening, COUGH + "0" * 25)
    stall.released.set()
    assert given.decided().choice == "b"


def test_of_many_sounds_whose_answers_do_not_come_the_last_few_are_waited_for(bench: Make) -> None:
    stall = Stall()
    engine = ScriptedEngine("", on_finish=stall, waits=9)
    given = bench(engine)
    listening = given.listen(taking=LONG, prompted=True)
    for _ in range(6):  # more, and the engine is out: it does not answer three of them
        given.say(listening, "1" * 6 + "0" * 23)
        assert stall.entered.acquire(timeout=60)
    assert given.events == []
    listening.stop()
    stall.released.set()


def test_after_the_prompt_a_cough_is_an_utterance_like_any(bench: Make) -> None:
    given = bench(ScriptedEngine(""))
    listening = given.listen(taking=LONG, prompted=True)
    listening.prompt_over()
    given.say(listening, COUGH + PAUSE)
    assert given.decided().verdict is Verdict.REJECT
    assert given.events[0] == Began(1)


def test_without_a_prompt_there_is_no_minimum(bench: Make) -> None:
    given = bench(ScriptedEngine(""))
    given.say(given.listen(taking=LONG), COUGH + PAUSE)
    assert given.decided().verdict is Verdict.REJECT


def test_who_speaks_when_the_prompt_ends_has_begun_then(bench: Make) -> None:
    given = bench(ScriptedEngine("billing"))
    listening = given.listen(taking=LONG, prompted=True)
    given.say(listening, "1" * 8)
    assert given.events == []
    listening.prompt_over()
    assert given.events == [Began(1)]
    given.say(listening, PAUSE)
    assert given.decided().choice == "b"


def test_words_stop_the_prompt_when_they_are_there_twice(bench: Make) -> None:
    engine = ScriptedEngine("sales support", partials=["", "sales", "", "sales", "sales support"])
    given = bench(engine)
    listening = given.listen(taking=ONE_WORD, prompted=True)
    for _ in range(30):
        given.say(listening, "1")
        given.pump(given.back.empty)
    given.pump(lambda: given.events == [Began(1)])
    given.say(listening, PAUSE)
    assert given.decided().choice == "ss"


def test_words_that_nobody_may_say_here_stop_nothing(bench: Make) -> None:
    given = bench(ScriptedEngine("good morning", partials=["good morning [unk]"]))
    listening = given.listen(taking=ONE_WORD, prompted=True)
    given.say(listening, WORDS * 2 + PAUSE)
    given.pump(given.back.empty)
    assert given.events == []
    listening.stop()


def test_an_engine_that_cannot_tell_before_the_end_is_asked_in_the_first_pause(bench: Make) -> None:
    given = bench(ScriptedEngine("billing", confidence=0.8))
    listening = given.listen(taking=ONE_WORD, prompted=True)
    given.say(listening, WORDS + "0" * 11)
    given.pump(lambda: given.events == [Began(1)])
    given.say(listening, PAUSE)
    assert given.decided().verdict is Verdict.CONFIRM


def test_a_wrong_phrase_of_known_words_is_judged_as_ever(bench: Make) -> None:
    given = bench(ScriptedEngine("billing support", partials=["billing"]))
    given.say(given.listen(taking=ONE_WORD, prompted=True), WORDS + PAUSE)
    assert given.decided().verdict is Verdict.REJECT


def test_a_cough_at_which_the_engine_fails_is_no_failure_of_the_turn(bench: Make) -> None:
    engine = ScriptedEngine("billing", on_finish=broken)
    given = bench(engine)
    listening = given.listen(taking=LONG, prompted=True)
    given.say(listening, COUGH + PAUSE)
    given.pump(lambda: given.reports)
    assert given.events == []
    listening.stop()


def test_an_engine_that_tells_rubbish_so_far_is_reported(bench: Make) -> None:
    engine = ScriptedEngine("billing", partials=[None])  # type: ignore[list-item]
    given = bench(engine)
    given.say(given.listen(taking=ONE_WORD, prompted=True), WORDS * 2)
    assert isinstance(given.gave_up(), GaveUp)
    assert given.reports[0][:2] == ("scripted", "partial")


def test_an_engine_that_stalls_at_a_cough_keeps_nothing(bench: Make) -> None:
    stall = Stall()
    engine = ScriptedEngine("billing", on_finish=stall)
    given = bench(engine, threads=1)
    listening = given.listen(taking=LONG, prompted=True)
    given.say(listening, COUGH + PAUSE)
    assert stall.entered.acquire(timeout=60)
    given.clock.pump([0.1] * 25)
    assert given.events == []
    listening.stop()
    stall.released.set()


def test_stopped_while_a_cough_is_judged_is_silent(bench: Make) -> None:
    stall = Stall()
    given = bench(ScriptedEngine("billing", on_finish=stall))
    listening = given.listen(taking=LONG, prompted=True)
    given.say(listening, COUGH + PAUSE)
    assert stall.entered.acquire(timeout=60)
    listening.stop()
    stall.released.set()
    given.clock.pump([0.1] * 25)
    given.pump(given.back.empty)
    assert given.events == []


def test_many_coughs_leave_nothing_behind(bench: Make) -> None:
    engine = ScriptedEngine("")
    given = bench(engine)
    listening = given.listen(taking=LONG, prompted=True)
    for number in range(1, 31):
        given.say(listening, COUGH + PAUSE)
        given.pump(lambda number=number: len(engine.recognisers) == number)  # type: ignore[misc]
    assert given.events == []
    listening.stop()


def test_a_phone_that_falls_silent_after_a_short_word_is_understood_by_the_clock(bench: Make) -> None:
    given = bench(ScriptedEngine("billing"))
    given.say(given.listen(taking=LONG, prompted=True), COUGH)
    given.clock.pump([0.1] * 11)
    assert given.decided().choice == "b"


def test_a_question_has_its_own_end_of_speech_and_longest_utterance(bench: Make) -> None:
    given = bench(ScriptedEngine("sales", "sales support"))
    listening = given.listen(taking=TurnTaking(end_silence=1.0))
    given.say(listening, WORDS + "0" * 40)
    given.pump(given.back.empty)
    assert given.events == [Began(1)]
    given.say(listening, WORDS + "0" * 50)
    assert given.decided().choice == "ss"
    given.events.clear()
    given.say(given.listen(2, taking=TurnTaking(longest=1.0)), "1" * 51)
    assert given.decided().turn == 2


def test_audio_that_comes_in_drops_ends_by_the_clock(bench: Make) -> None:
    given = bench(ScriptedEngine("sales"))
    listening = given.listen(taking=TurnTaking(longest=2.0))
    for _ in range(8):
        given.say(listening, "1")
    for _ in range(8):
        given.clock.advance(0.5)
        given.say(listening, "1")
    assert given.decided().choice == "s"
