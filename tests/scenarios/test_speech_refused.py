"""Callers who cannot be listened to for lack of room, or of engines: they are told so, and keys serve."""

from __future__ import annotations

import pytest

from ivrcore.dialplan.commands import Spoken
from ivrcore.dialplan.world import HearingNow
from ivrcore.model import events
from ivrcore.model.names import ChosenBy, SpeechRefusal, Verdict
from ivrcore.session.listening import Began, GaveUp
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import PLAN, Floor

KEYS = "Please use the keys."
INSTEAD = (Spoken(KEYS, "en"),)
BUSY = HearingNow(SpeechRefusal.BUSY, INSTEAD, streams=50, cores=1.5, budget=1.5)
OUT = HearingNow(SpeechRefusal.OUT, INSTEAD)
ASKS = "Cards, loans or opening hours?"

SPOKEN_ONLY = PLAN.replace(', keys: "1"', "").replace(', keys: "2"', "").replace(', keys: "3"', "")
WITH_A_PERSON = SPOKEN_ONLY.replace(
    "menus:", 'universals:\n  agent: {keys: "0", go: [{queue: loans}]}\nmenus:'
)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def leaves(floor: Floor, caller: FakeLeg) -> None:
    """The caller hangs up, and nothing is left of the call."""
    caller.hang_up()
    floor.settle()
    floor.check()


def queues(floor: Floor) -> list[str]:
    return [event.queue for event in floor.happened(events.ContactQueued)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("now", [BUSY, OUT], ids=["busy", "out"])
def test_given_nobody_to_listen_when_a_menu_begins_then_the_caller_is_told_and_keys_serve(
    floor: Floor, now: HearingNow
) -> None:
    floor.speech.now = now
    caller = floor.call()
    floor.wait(1.5)
    assert floor.heard(caller)[-2:] == [KEYS, ASKS]
    assert floor.speech.ears == []
    (refused,) = floor.happened(events.SpeechRefused)
    assert isinstance(refused, events.SpeechRefused)
    assert (refused.menu, refused.language, refused.why) == ("main", "en", now.refused)
    assert (refused.streams, refused.cores, refused.budget) == (now.streams, now.cores, now.budget)
    floor.press(caller, "1")
    (chosen,) = floor.happened(events.ChoiceMade)
    assert isinstance(chosen, events.ChoiceMade)
    assert (chosen.choice, chosen.by) == ("cards", ChosenBy.KEY)
    leaves(floor, caller)


def test_given_no_room_when_there_is_some_again_then_the_next_turn_listens(floor: Floor) -> None:
    floor.speech.now = BUSY
    caller = floor.call()
    floor.wait(2)
    floor.speech.now = HearingNow()
    floor.wait(8)
    assert floor.heard(caller)[-1] == "I did not hear you."
    floor.say("loans")
    assert queues(floor) == ["loans"]
    leaves(floor, caller)


def test_given_a_caller_who_is_listened_to_when_the_room_is_used_up_then_they_are_heard(floor: Floor) -> None:
    caller = floor.call()
    floor.wait(1.5)
    floor.speech.now = BUSY
    floor.say("loans")
    assert queues(floor) == ["loans"]
    assert not floor.happened(events.SpeechRefused)
    leaves(floor, caller)


def test_given_a_doubtful_word_when_the_room_is_used_up_then_it_is_confirmed_by_key(floor: Floor) -> None:
    caller = floor.call()
    floor.wait(1.5)
    floor.speech.now = BUSY
    floor.say("loans", confidence=0.8, verdict=Verdict.CONFIRM)
    floor.wait(1)
    assert KEYS in floor.heard(caller)
    floor.press(caller, "1")
    assert queues(floor) == ["loans"]
    leaves(floor, caller)


@pytest.mark.parametrize("spoke", [False, True])
def test_given_engines_that_all_fail_in_a_turn_when_none_is_left_then_the_caller_is_told_at_once(
    floor: Floor, spoke: bool
) -> None:
    caller = floor.call()
    floor.wait(1.2)
    ear = floor.speech.ears[-1]
    if spoke:
        ear.on_event(Began(ear.turn))
    floor.speech.now = OUT
    ear.on_event(GaveUp(ear.turn, "vosk", "IVR402"))
    floor.settle()
    assert floor.heard(caller)[-2:] == [KEYS, ASKS]
    assert len(floor.happened(events.RecogniserGaveUp)) == len(floor.happened(events.SpeechRefused)) == 1
    assert len(floor.speech.ears) == 1
    floor.press(caller, "2")
    assert queues(floor) == ["loans"]
    leaves(floor, caller)


@pytest.mark.parametrize(("text", "queue"), [(SPOKEN_ONLY, "general"), (WITH_A_PERSON, "loans")])
def test_given_a_menu_without_keys_when_nobody_can_listen_then_the_caller_gets_a_person(
    text: str, queue: str
) -> None:
    floor = Floor(text)
    floor.speech.now = BUSY
    caller = floor.call()
    floor.wait(1.5)
    assert queues(floor) == [queue]
    assert ASKS not in floor.heard(caller)
    leaves(floor, caller)


def test_given_a_menu_without_keys_when_all_engines_fail_in_the_turn_then_the_caller_gets_a_person() -> None:
    floor = Floor(SPOKEN_ONLY)
    caller = floor.call()
    floor.wait(1.5)
    ear = floor.speech.ears[-1]
    ear.on_event(Began(ear.turn))
    floor.speech.now = OUT
    ear.on_event(GaveUp(ear.turn, "vosk", "IVR402"))
    floor.settle()
    assert queues(floor) == ["general"]
    leaves(floor, caller)


@pytest.mark.parametrize("spoke", [False, True])
def test_given_a_turn_that_is_not_heard_when_the_next_might_be_then_the_caller_is_told_at_once(
    floor: Floor, spoke: bool
) -> None:
    floor.speech.now = HearingNow(instead=INSTEAD)
    caller = floor.call()
    floor.wait(1.2 if spoke else 4)
    ear = floor.speech.ears[-1]
    if spoke:
        ear.on_event(Began(ear.turn))
    ear.on_event(GaveUp(ear.turn, "vosk", "IVR404"))
    floor.settle()
    assert floor.heard(caller)[-2:] == [KEYS, ASKS]
    assert len(floor.speech.ears) == 1, "so that it cannot go on for ever"
    assert not floor.happened(events.SpeechRefused)
    floor.wait(10)
    assert floor.heard(caller)[-1] == "I did not hear you."
    floor.say("loans")
    assert queues(floor) == ["loans"]
    leaves(floor, caller)


def test_given_a_menu_without_keys_when_one_turn_is_not_heard_then_it_is_asked_again_at_once() -> None:
    floor = Floor(SPOKEN_ONLY)
    floor.speech.now = HearingNow(instead=INSTEAD)
    caller = floor.call()
    floor.wait(1.5)
    ear = floor.speech.ears[-1]
    ear.on_event(Began(ear.turn))
    ear.on_event(GaveUp(ear.turn, "vosk", "IVR402"))
    floor.settle()
    assert floor.heard(caller)[-1] == "I did not hear you."
    floor.say("loans")
    assert queues(floor) == ["loans"]
    leaves(floor, caller)


def test_given_a_key_of_a_longer_sequence_when_the_engines_fail_then_the_question_goes_on() -> None:
    floor = Floor(PLAN.replace('keys: "1"', 'keys: "12"'))
    caller = floor.call()
    floor.wait(1.2)
    ear = floor.speech.ears[-1]
    floor.press(caller, "1")
    heard = floor.heard(caller)
    floor.speech.now = OUT
    ear.on_event(GaveUp(ear.turn, "vosk", "IVR402"))
    floor.settle()
    assert floor.heard(caller) == heard
    floor.press(caller, "2")
    (chosen,) = floor.happened(events.ChoiceMade)
    assert isinstance(chosen, events.ChoiceMade)
    assert (chosen.choice, chosen.by) == ("cards", ChosenBy.KEY)
    leaves(floor, caller)


def test_given_audio_that_broke_then_no_stream_is_made_for_nobody_and_the_next_turn_has_one(
    floor: Floor,
) -> None:
    caller = floor.call()
    floor.wait(1.5)
    caller.lose_audio()
    floor.settle()
    assert caller.sink is None
    for _ in range(20):  # nothing is pressed, so it is asked again
        if len(floor.speech.ears) == 1:
            floor.wait(1)
    assert caller.sink is not None
    leaves(floor, caller)
