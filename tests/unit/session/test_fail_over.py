"""An engine that fails, and what stands in its stead: the next one hears the same words, or keys are left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import pytest

from ivrcore.config import SpeechConfig
from ivrcore.errors import ModelMissing, SpeechBusy
from ivrcore.model.names import SpeechRefusal
from ivrcore.session.listening import Began, Decided, GaveUp
from ivrcore.speech.endpointing import USUAL, TurnTaking
from ivrcore.speech.recogniser import HeardWord, Hypothesis
from tests.support.engines import ScriptedEngine, Stall, broken, ends_the_process, panics
from tests.support.hearing_bench import Bench, Make, benches

WORDS = "1" * 20 + "0" * 30
STEPS = ["on_create", "on_feed", "on_finish"]


@pytest.fixture
def bench() -> Iterator[Make]:
    with benches() as make:
        yield make


def first(*texts: str, **steps: Any) -> ScriptedEngine:
    return ScriptedEngine(*texts or ("sales",), name="first", **steps)


def second(*texts: str, **steps: Any) -> ScriptedEngine:
    return ScriptedEngine(*texts or ("billing",), name="second", **steps)


def heard_by(given: Bench, turn: int) -> str:
    """Say a word and pump; name the engine whose answer was decided on, or the code of giving up."""
    seen = len(given.events)
    given.say(given.listen(turn), WORDS)
    given.pump(lambda: any(not isinstance(event, Began) for event in given.events[seen:]))
    last = given.events[-1]
    return last.engine if isinstance(last, Decided) else str(getattr(last, "code", ""))


@pytest.mark.parametrize("where", STEPS)
@pytest.mark.parametrize("fault", [broken, ends_the_process, panics])
def test_the_next_engine_hears_the_words_that_the_first_raised_on(
    bench: Make, where: str, fault: Callable[[], None]
) -> None:
    behind = second()
    given = bench(first(**{where: fault}), behind)
    given.say(given.listen(), WORDS)
    decided = given.decided()
    assert (decided.choice, decided.engine) == ("b", "second")
    assert given.changes == [("first", "out raised")]
    assert given.reports[0][0] == "first"
    # The caller need not repeat: all from the pre-roll on was heard.
    assert len(behind.recognisers[0].audio) >= 20 * 640


def full() -> None:
    raise SpeechBusy("no more streams")


def test_an_engine_that_is_full_is_passed_over_and_asked_again(bench: Make) -> None:
    engine = first(on_feed=full)
    given = bench(engine, second())
    assert [heard_by(given, turn) for turn in (1, 2, 3)] == ["second"] * 3
    engine.on_feed = lambda: None
    given.clock.advance(1)
    assert heard_by(given, 4) == "first"
    assert given.changes == given.reports == []


def test_an_engine_that_is_full_is_asked_by_nobody_for_a_second(bench: Make) -> None:
    engine, behind = first(on_create=full), second()
    given = bench(engine, behind)
    callers = [given.listen(turn) for turn in range(5)]
    given.say(callers[0], "1" * 8)
    given.pump(lambda: behind.recognisers)
    for count, caller in enumerate(callers[1:], 2):
        given.say(caller, "1" * 8)
        given.pump(lambda count=count: len(behind.recognisers) == count)  # type: ignore[misc]
    assert len(engine.asked) == 1
    for caller in callers:
        caller.stop()


def test_where_all_that_hear_are_full_callers_are_told_that_there_is_no_room(bench: Make) -> None:
    given = bench(first(on_feed=full), second(on_feed=full))
    given.say(given.listen(), WORDS)
    assert given.gave_up() == GaveUp(1, "second", "IVR404")
    assert given.service.hearing("en").refused is SpeechRefusal.BUSY
    given.listen(2)
    given.clock.advance(0)
    assert given.events[-1] == GaveUp(2, "", "IVR404")
    given.clock.advance(1)
    assert given.service.hearing("en").refused is None


def test_one_that_fails_behind_one_that_is_full_is_told_as_what_it_is(bench: Make) -> None:
    given = bench(first(on_feed=full), second(on_finish=broken))
    given.say(given.listen(), WORDS)
    assert given.gave_up().code == "IVR402"


@pytest.mark.parametrize("where", STEPS)
def test_the_next_engine_hears_the_words_that_the_first_hangs_in(bench: Make, where: str) -> None:
    stall = Stall()
    given = bench(first(**{where: stall}), second(), threads=1)
    given.say(given.listen(), WORDS)
    assert stall.entered.acquire(timeout=60)
    began = given.clock.seconds()
    while not given.changes:
        given.clock.advance(0.05)
    decided = given.decided()
    assert decided.engine == "second"
    assert given.clock.seconds() - began <= 1.0, "half of the patience is left to the second"
    assert given.changes == [("first", "out stalled")]
    stall.released.set()


def test_patience_is_not_longer_for_two_engines_that_hang(bench: Make) -> None:
    stall = Stall()
    given = bench(first(on_finish=stall), second(on_finish=stall), threads=1)
    given.say(given.listen(), WORDS)
    ended = given.clock.seconds()
    for _ in range(2):
        assert stall.entered.acquire(timeout=60)
        given.clock.pump([0.05] * 21)
    assert given.gave_up() == GaveUp(1, "second", "IVR402")
    assert given.clock.seconds() - ended <= 2.15
    stall.released.set()


LIES: list[Any] = [
    5,
    None,
    "billing",
    [None],
    [Hypothesis("billing", "sure")],  # type: ignore[arg-type]
    [Hypothesis("billing", float("nan"))],
    [Hypothesis("billing", 1.5)],
    [Hypothesis("billing", -0.1)],
    [Hypothesis(7, 0.5)],  # type: ignore[arg-type]
    [Hypothesis("billing", 0.5, 7)],  # type: ignore[arg-type]
    [Hypothesis("billing", 0.5, ("billing",))],  # type: ignore[arg-type]
    [Hypothesis("billing", 0.5, (HeardWord(7, 0.5, 0.0, 1.0),))],  # type: ignore[arg-type]
    [Hypothesis("billing", 0.5, (HeardWord("billing", 1.5, 0.0, 1.0),))],
    [Hypothesis("billing", 0.5, (HeardWord("billing", 0.5, float("nan"), 1.0),))],
    [Hypothesis("billing", 0.5, (HeardWord("billing", 0.5, 0.0, "1"),))],  # type: ignore[arg-type]
    [Hypothesis("word " * 401, 0.5)],
    [Hypothesis("billing", 0.5)] * 21,
    repeat(Hypothesis("billing", 0.5)),
    [Hypothesis("billing", 0.5, (HeardWord("b", 0.5, 0.0, 1.0),) * 501)],
    [Hypothesis("billing", 0.5, (HeardWord("b" * 41, 0.5, 0.0, 1.0),) * 49)],
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: repr(lie)[:100])
def test_a_lying_engine_is_taken_out(bench: Make, lie: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = first()
    monkeypatch.setattr(engine, "answer", lambda: lie)
    given = bench(engine, second())
    given.say(given.listen(), WORDS)
    assert given.decided().engine == "second"
    assert given.changes == [("first", "out lied")]


def test_one_that_lies_about_what_was_heard_so_far_is_taken_out(bench: Make) -> None:
    given = bench(first(partials=["word " * 401]), second())
    listening = given.listen(taking=TurnTaking(words=1), prompted=True)
    given.say(listening, WORDS)
    given.pump(lambda: given.changes)
    assert given.changes == [("first", "out lied")]
    listening.stop()


def test_as_much_as_may_be_is_no_lie(bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = first()
    words = (HeardWord("abcd", 1.0, 0.0, 1.0),) * 500
    monkeypatch.setattr(engine, "answer", lambda: [Hypothesis("a" * 2000, 1.0, words)] * 20)
    given = bench(engine)
    given.say(given.listen(), WORDS)
    assert given.decided().engine == "first"
    assert given.changes == []


def test_words_outside_the_grammar_are_no_lie(bench: Make) -> None:
    given = bench(first("blah"), second())
    for turn in range(30):
        assert heard_by(given, turn) == "first"
    assert given.changes == []


def test_an_engine_that_is_out_is_not_asked_until_its_time_then_once_then_again(bench: Make) -> None:
    engine = first(on_finish=broken)
    given = bench(engine, second())
    assert heard_by(given, 1) == "second"
    engine.on_finish = lambda: None
    assert heard_by(given, 2) == "second"
    given.clock.advance(5)
    assert heard_by(given, 3) == "first"
    assert heard_by(given, 4) == "first"
    assert [change for _, change in given.changes] == ["out raised", "tried", "back"]


def test_while_one_utterance_tries_it_others_go_to_the_next(bench: Make) -> None:
    engine = first(on_finish=broken)
    given = bench(engine, second())
    assert heard_by(given, 1) == "second"
    given.clock.advance(5)
    trial = given.listen(2)
    given.say(trial, "1" * 10)
    assert heard_by(given, 3) == "second"
    trial.stop()
    given.pump(lambda: given.back.empty())


def test_a_failed_trial_costs_the_caller_nothing_and_doubles_the_time(bench: Make) -> None:
    given = bench(first(on_finish=broken), second())
    assert heard_by(given, 1) == "second"
    given.clock.advance(5)
    assert heard_by(given, 2) == "second"
    given.clock.advance(9)
    assert heard_by(given, 3) == "second"
    assert [change for _, change in given.changes] == ["out raised", "tried", "out raised"]


def test_a_trial_that_is_hung_up_on_is_tried_by_the_next_caller(bench: Make) -> None:
    engine = first(on_finish=broken)
    given = bench(engine, second())
    heard_by(given, 1)
    engine.on_finish = lambda: None
    given.clock.advance(5)
    trial = given.listen(2)
    given.say(trial, "1" * 10)
    trial.stop()
    given.pump(lambda: given.service.status()["en"].engine == "first")
    assert heard_by(given, 3) == "first"


def test_a_trial_that_is_hung_up_on_ends_even_if_the_engine_came_back_at_the_last_moment(bench: Make) -> None:
    stall = Stall()
    engine = first(on_finish=broken)
    given = bench(engine, second(), threads=1)
    heard_by(given, 1)
    given.pump(given.back.empty)
    engine.on_finish, engine.on_feed = (lambda: None), stall
    given.clock.advance(5)
    trial = given.listen(2)
    given.say(trial, "1" * 10)
    assert stall.entered.acquire(timeout=60)
    trial.stop()
    other = given.listen(3)
    given.say(other, "1" * 10)
    stall.released.set()
    returned = given.back.get(timeout=60)  # known to the reactor after its timer only
    given.back.get(timeout=60)()  # the other's: the only thread has done with the trial
    other.stop()
    given.clock.advance(2)
    returned()
    given.clock.advance(5)
    assert given.changes[1:] == [("first", "tried")]
    assert heard_by(given, 4) == "first"


def test_an_engine_that_stands_behind_is_tried_too_and_is_back(bench: Make) -> None:
    engine, behind = first(on_feed=full), second(on_finish=broken)
    given = bench(engine, behind)
    heard_by(given, 1)
    engine.on_feed = behind.on_finish = lambda: None
    given.clock.advance(5)
    assert [heard_by(given, turn) for turn in (2, 3)] == ["second", "first"]
    assert given.changes == [("second", "out raised"), ("second", "tried"), ("second", "back")]


def test_an_engine_that_is_out_is_no_substitute_though_it_may_be_tried(bench: Make) -> None:
    engine = first(on_feed=full)
    given = bench(engine, second(on_finish=broken))
    heard_by(given, 1)
    engine.on_feed, engine.on_finish = (lambda: None), broken
    given.clock.advance(4.3)
    given.say(given.listen(2), "1" * 50 + "0" * 30)  # from the middle of it on the second may be tried
    given.pump(lambda: len([1 for event in given.events if isinstance(event, GaveUp)]) == 2)
    assert [name for name, _ in given.changes[:2]] == ["second", "second"]
    assert ("first", "out raised") not in given.changes


def test_all_engines_failing_leaves_keys(bench: Make) -> None:
    given = bench(first(on_finish=broken), second(on_finish=broken))
    given.say(given.listen(), WORDS)
    assert given.gave_up() == GaveUp(1, "second", "IVR402")
    assert [name for name, _, _ in given.reports] == ["first", "second"]


def test_an_engine_that_cannot_keep_up_is_left_in_mid_speech(bench: Make) -> None:
    stall = Stall()
    given = bench(first(on_feed=stall), second(), threads=1)
    listening = given.listen()
    given.say(listening, "1" * 20)
    assert stall.entered.acquire(timeout=60)
    given.say(listening, "1" * 80)
    assert given.changes == [("first", "out stalled")]
    given.say(listening, "0" * 30)
    assert given.decided().engine == "second"
    stall.released.set()


@pytest.mark.parametrize("at_first", [0.5, 5.0])
def test_late_answers_take_it_out(bench: Make, at_first: float) -> None:
    """Answers wait here until the clock has been turned, so each takes 0.6 s."""
    given = bench(first("billing"), second(), late=at_first)
    given.service.tune(SpeechConfig(late=0.5))
    for turn in range(20):
        seen = len(given.events)
        given.say(given.listen(turn), "1" * 20 + "0" * 10)
        given.clock.advance(0.6)
        given.pump(lambda seen=seen: len(given.events) >= seen + 2)  # type: ignore[misc]
    assert given.changes == [("first", "out late")]
    assert heard_by(given, 99) == "second"


def test_the_second_engine_comes_later_and_the_first_is_missing(bench: Make) -> None:
    given = bench(ModelMissing("no model here"), second())
    assert heard_by(given, 1) == "second"
    status = given.service.status()["en"]
    assert (status.engine, status.loading, len(status.problems)) == ("second", False, 1)
    assert [(each.name, each.rank) for each in status.engines] == [("second", 2)]


def test_threads_that_come_back_are_counted_so(bench: Make) -> None:
    stall = Stall()
    given = bench(first(on_finish=stall), second(), threads=1)
    wait = 6.0
    for turn in (1, 2, 3):
        given.say(given.listen(turn), WORDS)
        assert stall.entered.acquire(timeout=60)
        given.clock.pump([0.1] * 25)
        given.clock.advance(wait)
        wait *= 2
    given.pump(given.back.empty)
    assert given.service.status()["en"].engine == "second", "three threads hang in it: it is not tried"
    stall.released.set()
    given.pump(lambda: given.service.status()["en"].engine == "first")


@pytest.mark.parametrize(
    ("judge", "said", "taking", "prompted"),
    [
        ("decide", WORDS, USUAL, False),
        ("decide_early", "1" * 20 + "0" * 15, USUAL, False),
        ("decide", "1" * 6 + "0" * 30, TurnTaking(after=0.3), True),
    ],
    ids=["at the end", "in a pause", "under a prompt"],
)
def test_a_fault_in_judging_ends_the_turn_at_once_and_is_no_engines(
    bench: Make,
    monkeypatch: pytest.MonkeyPatch,
    judge: str,
    said: str,
    taking: TurnTaking,
    prompted: bool,
) -> None:
    def overflows(*given: object, **named: object) -> None:
        raise OverflowError("caller said 123")

    monkeypatch.setattr(f"ivrcore.session.turn.{judge}", overflows)
    given = bench(first(), second())
    given.say(given.listen(taking=taking, prompted=prompted), said)
    assert given.gave_up() == GaveUp(1, "first", "IVR900")
    assert given.reports[0][:2] == ("ivrcore", "judging what was heard")
    given.clock.advance(10)
    assert given.changes == []
    assert not given.clock.getDelayedCalls()
