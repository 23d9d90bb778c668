"""One turn of listening: real threads, a clock that is turned by hand, an engine that does as told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ivrcore.errors import ModelMissing, RecogniserFailed
from ivrcore.model.names import Verdict
from ivrcore.session.listening import Began, Decided, GaveUp, Listening
from ivrcore.session.turn import NO_HURRY
from ivrcore.speech.recogniser import Grammar, HeardWord, Hypothesis
from ivrcore.speech.slots import Slot, SlotKind
from tests.support.engines import ScriptedEngine, Stall, broken, ends_the_process
from tests.support.hearing_bench import GRAMMAR, SILENT, VOICED, Bench, Make, benches


@pytest.fixture
def bench() -> Iterator[Make]:
    with benches() as make:
        yield make


def test_a_phrase_is_begun_and_decided_on(bench: Make) -> None:
    given = bench(ScriptedEngine("billing", confidence=0.8))
    listening = given.listen()
    given.say(listening, "0" * 30 + "1" * 20 + "0" * 30)
    decided = given.decided()
    assert given.events == [Began(1), decided]
    assert (decided.verdict, decided.choice, decided.engine) == (Verdict.CONFIRM, "b", "scripted")
    assert decided.confidence == 0.8


def test_speech_is_noticed_within_120_ms(bench: Make) -> None:
    given = bench(ScriptedEngine("billing"))
    listening = given.listen()
    given.say(listening, "0" * 30 + "101011")
    assert given.events == [Began(1)]
    listening.stop()


def test_a_sure_phrase_is_decided_in_the_first_short_pause(bench: Make) -> None:
    given = bench(ScriptedEngine("billing"))
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 10)
    decided = given.decided()
    assert decided.verdict is Verdict.ACCEPT
    assert decided.took == pytest.approx(0.22, abs=0.021)


def test_silence_may_be_kept_back_until_somebody_seems_to_speak(bench: Make) -> None:
    listening = bench(ScriptedEngine("billing")).listen()
    assert [listening.audio(SILENT) for _ in range(3)] == [NO_HURRY] * 3
    assert listening.audio(VOICED) == 0.0
    assert [listening.audio(SILENT) for _ in range(6)] == [0.0] * 5 + [NO_HURRY], "it was a click"
    assert [listening.audio(VOICED) for _ in range(10)] == [0.0] * 10
    assert [listening.audio(SILENT) for _ in range(5)] == [0.0] * 5
    listening.stop()
    assert listening.audio(VOICED) == NO_HURRY


def test_nothing_is_kept_back_while_there_is_a_prompt_to_be_stopped(bench: Make) -> None:
    listening = bench(ScriptedEngine("billing")).listen(prompted=True)
    assert listening.audio(SILENT) == 0.0
    listening.prompt_over()
    assert listening.audio(SILENT) == NO_HURRY
    listening.stop()


def test_the_answer_is_there_when_the_pause_is_long_enough_and_counts_then_at_once(bench: Make) -> None:
    engine = ScriptedEngine("billing")
    given = bench(engine)
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 9)
    given.pump_answer(engine)
    assert given.events == [Began(1)], "it may go on"
    given.say(listening, "0")
    assert given.events[1:] == [given.decided()], "no thread is waited for"


def test_an_answer_that_no_pause_needs_any_more_is_dropped(bench: Make) -> None:
    engine = ScriptedEngine("billing", "")
    given = bench(engine)
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 8)
    given.pump_answer(engine)
    given.say(listening, "1" * 10 + "0" * 30)
    assert given.decided().verdict is Verdict.REJECT
    assert len(engine.recognisers) == 2


def test_what_was_answered_in_a_pause_is_not_asked_for_again_at_the_end(bench: Make) -> None:
    engine = ScriptedEngine("billing support")
    given = bench(engine)
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 8)
    given.pump_answer(engine)
    given.say(listening, "0" * 15)
    assert [type(event) for event in given.events] == [Began, Decided]


def test_a_phrase_that_may_go_on_is_waited_for(bench: Make) -> None:
    engine = ScriptedEngine("sales", "sales support")
    given = bench(engine)
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 12)
    given.pump(lambda: given.back.empty())
    given.say(listening, "1" * 20 + "0" * 12)
    assert given.decided().choice == "ss"
    # The second recogniser heard everything again, from the start.
    assert len(engine.recognisers) == 2
    assert engine.recognisers[1].audio.startswith(engine.recognisers[0].audio)


def test_a_phrase_that_does_not_go_on_is_taken_after_the_hang_over(bench: Make) -> None:
    engine = ScriptedEngine("sales")
    given = bench(engine)
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 25)
    assert given.decided().choice == "s"
    assert len(engine.recognisers) == 1


def test_an_early_answer_that_speech_overtook_does_not_count(bench: Make) -> None:
    stall = Stall()
    engine = ScriptedEngine("billing", "", on_finish=stall)
    given = bench(engine)
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 10 + "1" * 10)
    stall.released.set()
    given.say(listening, "0" * 25)
    assert given.decided().verdict is Verdict.REJECT


def test_other_words_are_rejected(bench: Make) -> None:
    given = bench(ScriptedEngine("billing support"))
    given.say(given.listen(), "1" * 20 + "0" * 30)
    assert (given.decided().verdict, given.decided().choice) == (Verdict.REJECT, "")


FREE = replace(GRAMMAR, free=True)


def test_words_that_come_near_to_a_phrase_are_taken_where_anything_may_be_said(bench: Make) -> None:
    engine = ScriptedEngine("i need the sales support please")
    given = bench(engine)
    given.say(given.listen(grammar=FREE), "1" * 20 + "0" * 30)
    assert (given.decided().verdict, given.decided().choice) == (Verdict.ACCEPT, "ss")
    assert engine.asked == [FREE]


def test_pauses_are_not_decoded_where_anything_may_follow(bench: Make) -> None:
    engine = ScriptedEngine("i need the sales support please")
    given = bench(engine)
    given.say(given.listen(grammar=FREE), ("1" * 20 + "0" * 15) * 3 + "0" * 20)
    assert given.decided().choice == "ss"
    assert len(engine.recognisers) == 1, "nothing was heard twice"


class NeverSure(ScriptedEngine):
    unmeasured = True


def test_pauses_are_not_decoded_where_the_value_is_asked_about_whatever_it_is(bench: Make) -> None:
    slot = Slot(SlotKind.DIGITS, "en", 4, 4)
    engine = NeverSure("four three two one")
    given = bench(engine)
    digits = replace(GRAMMAR, network=slot.network, slot=slot)
    given.say(given.listen(grammar=digits), ("1" * 20 + "0" * 15) * 3 + "0" * 20)
    assert given.decided().value == "4321"
    assert len(engine.recognisers) == 1, "nothing was heard twice"


def test_an_engine_that_hears_phrases_only_listens_for_them_instead(bench: Make) -> None:
    def refuse() -> None:
        if engine.asked[-1].free:
            raise RecogniserFailed("phrases only")

    engine = ScriptedEngine("billing please", on_create=refuse)
    given = bench(engine)
    given.say(given.listen(grammar=FREE), "1" * 20 + "0" * 30)
    assert (given.decided().verdict, given.decided().choice) == (Verdict.ACCEPT, "b")
    assert engine.asked == [FREE, GRAMMAR]
    assert given.reports == []


def test_nothing_follows_a_decision(bench: Make) -> None:
    given = bench(ScriptedEngine("billing"))
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 30)
    given.decided()
    given.say(listening, "1" * 20 + "0" * 30)
    listening.audio_lost("IVR301")
    listening.stop()
    assert len(given.events) == 2


def test_stopped_in_mid_speech_is_silent_for_ever(bench: Make) -> None:
    given = bench(ScriptedEngine("billing"))
    listening = given.listen()
    given.say(listening, "1" * 20)
    listening.stop()
    given.say(listening, "0" * 30)
    given.clock.advance(10)
    given.service.stop()
    given.pump(given.back.empty)
    assert given.events == [Began(1)]


def test_stopped_by_the_owner_on_began(bench: Make) -> None:
    given = bench(ScriptedEngine("billing"))
    made: list[Listening] = []
    made.append(given.service.listen(1, GRAMMAR, 0.9, 0.7, lambda event: made[0].stop()))
    given.say(made[0], "1" * 20 + "0" * 30)
    assert made[0].over


def test_a_stream_that_dries_up_after_the_words_is_decided_on(bench: Make) -> None:
    given = bench(ScriptedEngine("sales"))
    given.say(given.listen(), "1" * 20)
    given.clock.pump([0.1] * 11)
    assert given.decided().choice == "s"


def test_a_lost_stream_gives_up_with_its_code(bench: Make) -> None:
    given = bench(ScriptedEngine("sales"))
    listening = given.listen()
    given.say(listening, "1" * 20)
    listening.audio_lost("IVR301")
    assert given.events == [Began(1), GaveUp(1, "scripted", "IVR301")]


@pytest.mark.parametrize("where", ["on_create", "on_feed", "on_finish"])
@pytest.mark.parametrize("fault", [broken, ends_the_process])
def test_an_engine_that_raises_is_reported_and_given_up(
    bench: Make, where: str, fault: Callable[[], None]
) -> None:
    given = bench(ScriptedEngine("billing", **{where: fault}))  # type: ignore[arg-type]
    given.say(given.listen(), "1" * 20 + "0" * 30)
    assert given.gave_up() == GaveUp(1, "scripted", "IVR402")
    assert given.reports[0][0] == "scripted"


@pytest.mark.parametrize("rubbish", [5, "billing", [None], [Hypothesis("billing", "sure")]])  # type: ignore[arg-type]
def test_an_engine_that_gives_rubbish_is_reported_and_given_up(
    bench: Make, rubbish: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ScriptedEngine("billing")
    monkeypatch.setattr(engine, "answer", lambda: rubbish)
    given = bench(engine)
    given.say(given.listen(), "1" * 20 + "0" * 30)
    assert given.gave_up() == GaveUp(1, "scripted", "IVR402")
    assert given.reports[0][0] == "scripted"


@pytest.mark.parametrize("where", ["on_create", "on_feed", "on_finish"])
def test_an_engine_that_stalls_is_given_up_and_others_go_on(bench: Make, where: str) -> None:
    stall = Stall()
    engine = ScriptedEngine("billing", **{where: stall})  # type: ignore[arg-type]
    given = bench(engine, threads=1)
    given.say(given.listen(), "1" * 20 + "0" * 30)
    assert stall.entered.acquire(timeout=60)
    given.clock.pump([0.1] * 25)
    assert given.gave_up() == GaveUp(1, "scripted", "IVR402")
    assert str(given.reports[0][2]).startswith("no answer in time")
    # The only thread is stuck for good; the next caller is understood all the same.
    setattr(engine, where, lambda: None)
    given.say(given.listen(2), "1" * 20 + "0" * 30)
    assert given.decided().turn == 2
    stall.released.set()


def test_an_engine_that_waits_for_others_has_threads_of_its_own(bench: Make) -> None:
    stall = Stall()
    given = bench(ScriptedEngine("billing", on_finish=stall, waits=3), threads=1)
    for turn in (1, 2, 3):
        given.say(given.listen(turn), "1" * 10 + "0" * 12)
        assert stall.entered.acquire(timeout=60)  # all at once, though one thread computes
    stall.released.set()
    given.pump(lambda: {each.turn for each in given.events if isinstance(each, Decided)} == {1, 2, 3})


def test_a_thread_that_hangs_when_nobody_waits_any_more_is_replaced_too(bench: Make) -> None:
    stall = Stall()
    engine = ScriptedEngine("billing", on_finish=stall)
    given = bench(engine, threads=1)
    listening = given.listen()
    given.say(listening, "1" * 20 + "0" * 30)
    assert stall.entered.acquire(timeout=60)
    listening.stop()  # a key was pressed, or the caller hung up
    given.clock.pump([0.1] * 25)
    assert str(given.reports[0][2]).startswith("no answer in time")
    engine.on_finish = lambda: None
    given.say(given.listen(2), "1" * 20 + "0" * 30)
    assert given.decided().turn == 2
    stall.released.set()


def test_a_backlog_is_noticed_before_the_end_of_speech(bench: Make) -> None:
    stall = Stall()
    given = bench(ScriptedEngine("billing", on_feed=stall))
    given.say(given.listen(), "1" * 200)
    assert given.gave_up().code == "IVR402"
    stall.released.set()


def test_the_only_engine_is_taken_out_when_it_stalls_for_the_third_time(bench: Make) -> None:
    stall = Stall()
    given = bench(ScriptedEngine("billing", on_finish=stall), threads=1)
    for turn in (1, 2, 3):
        assert given.service.ready("en") is not None
        given.say(given.listen(turn), "1" * 20 + "0" * 30)
        assert stall.entered.acquire(timeout=60)
        given.clock.pump([0.1] * 25)
    assert given.service.ready("en") is None
    assert given.changes == [("scripted", "out stalled")]
    given.listen(4)
    given.clock.advance(0)
    assert given.events[-1] == GaveUp(4, "", "IVR402", for_good=False)
    stall.released.set()


def test_no_engine_is_told_from_the_next_turn_of_the_reactor(bench: Make) -> None:
    given = bench(ModelMissing("no model here"))
    given.listen()
    assert given.events == []
    given.clock.advance(0)
    assert given.events == [GaveUp(1, "", "IVR401", for_good=True)]
    assert given.service.status()["en"].problems[0].message == "no model here"


def test_no_engine_and_stopped_at_once_is_silent(bench: Make) -> None:
    given = bench(ModelMissing("no model here"))
    given.listen().stop()
    given.clock.advance(1)
    assert given.events == []


def test_a_language_that_nobody_configured(bench: Make) -> None:
    given = bench(ScriptedEngine("x"))
    given.service.listen(1, Grammar("ko", ()), 0.9, 0.7, given.events.append)
    given.clock.advance(0)
    assert given.events == [GaveUp(1, "", "IVR401", for_good=True)]


def test_still_loading_is_for_this_turn_only() -> None:
    given = Bench(ScriptedEngine("x"))
    given.listen()
    given.clock.advance(0)
    assert given.events == [GaveUp(1, "", "IVR400", for_good=False)]
    assert given.service.stop()


def test_a_plugin_that_raises_while_loading_is_reported_and_the_server_goes_on(bench: Make) -> None:
    given = bench(RuntimeError("broken plugin"))
    assert given.reports[0][:2] == ("scripted", "ivrcore_recogniser")
    assert given.service.ready("en") is None


def test_a_region_uses_the_language(bench: Make) -> None:
    given = bench(ScriptedEngine("x"))
    assert given.service.ready("en-GB") is not None


def test_many_calls_at_once_on_two_threads(bench: Make) -> None:
    given = bench(ScriptedEngine("billing"))
    calls = [given.listen(turn) for turn in range(30)]
    for char in "1" * 20 + "0" * 30:
        for call in calls:
            call.audio(VOICED if char == "1" else SILENT)
        given.clock.advance(0.02)
    given.pump(lambda: sum(isinstance(event, Decided) for event in given.events) == 30)
    assert not [event for event in given.events if isinstance(event, GaveUp)]


class PartlyHeard(ScriptedEngine):
    """Finds a phrase of 0.3 s in whatever is said, and is sure of it."""

    def answer(self) -> Sequence[Hypothesis]:
        return (Hypothesis("billing", 1.0, (HeardWord("billing", 1.0, 0.3, 0.6),)),)


@pytest.mark.parametrize(
    ("voiced", "verdict"), [(20, Verdict.ACCEPT), (60, Verdict.CONFIRM)], ids=["all", "a part"]
)
def test_a_phrase_found_in_a_part_of_what_is_said_is_asked_about(
    bench: Make, voiced: int, verdict: Verdict
) -> None:
    given = bench(PartlyHeard())
    listening = given.listen()
    given.say(listening, "1" * voiced + "0" * 30)
    assert given.decided().verdict is verdict
