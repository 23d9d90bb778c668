"""Whole calls, in memory, under a clock of the test's own."""

from __future__ import annotations

from typing import Any

import pytest

from ivrcore.config import QueueVoice
from ivrcore.dialplan import interpreter
from ivrcore.dialplan.commands import CallerGone, KeyIn, Spoken
from ivrcore.dialplan.model import Plan
from ivrcore.model import events
from ivrcore.model.names import AgentState, By, Cause, LeftQueue, OfferEnd, Outcome, Owner, Verdict
from ivrcore.routing import commands as routing
from ivrcore.telephony import leg as legs
from ivrcore.testing import NEVER_ANSWERS, UNREACHABLE, Phone
from tests.scenarios.floor import PLAN, Floor

ANSWERS = Phone(answers_after=2.0)
TALKS_20S = Phone(answers_after=2.0, hangs_up_after=20.0)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def outcome(floor: Floor) -> Outcome:
    (closed,) = floor.happened(events.ContactClosed)
    assert isinstance(closed, events.ContactClosed)
    return closed.outcome


def test_given_an_agent_with_the_skill_when_the_caller_says_it_then_they_talk(floor: Floor) -> None:
    floor.phone("bob", TALKS_20S)
    floor.ready("ann", "bob", "cho")
    caller = floor.call()
    floor.wait(1.5)
    floor.say("loans")
    assert [dial.endpoint for dial in floor.switch.dials] == ["PJSIP/bob"]
    floor.wait(3)
    assert caller.bridge is not None
    assert floor.agent_leg("bob").bridge == caller.bridge
    (answered,) = floor.happened(events.VisitAnswered)
    assert isinstance(answered, events.VisitAnswered)
    assert answered.waited == pytest.approx(2.0, abs=0.2)
    assert answered.in_threshold
    floor.wait(20)
    (talk,) = floor.happened(events.TalkEnded)
    assert isinstance(talk, events.TalkEnded)
    assert talk.by is By.AGENT
    assert talk.talked == pytest.approx(20, abs=0.3)
    assert outcome(floor) is Outcome.QUEUED
    floor.check()


def test_given_a_menu_when_a_key_is_pressed_during_the_prompt_then_the_prompt_stops(floor: Floor) -> None:
    caller = floor.call()
    floor.wait(1.5)
    floor.press(caller, "3")
    assert floor.heard(caller)[-1] == "Nine to five."
    assert any(isinstance(c, legs.StopPlay) for c in caller.commands)
    floor.wait(3)
    assert outcome(floor) is Outcome.SELF_SERVED
    floor.check()


def test_given_a_prompt_when_speech_begins_then_the_prompt_stops_at_once(floor: Floor) -> None:
    caller = floor.call()
    floor.wait(1.5)
    floor.say("", verdict=Verdict.REJECT)
    assert any(isinstance(c, legs.StopPlay) for c in caller.commands)
    assert floor.heard(caller)[-1] == "I did not understand."
    caller.hang_up()
    floor.settle()
    assert outcome(floor) is Outcome.LEFT_IN_MENU
    floor.check()


def test_given_a_doubtful_word_when_confirmed_by_key_then_it_is_the_choice(floor: Floor) -> None:
    floor.ready("ann")
    caller = floor.call()
    floor.wait(1.5)
    floor.say("cards", confidence=0.8, verdict=Verdict.CONFIRM)
    floor.wait(2)
    assert "cards" in floor.heard(caller)[-1].lower()
    floor.press(caller, "1")
    assert [dial.endpoint for dial in floor.switch.dials] == ["PJSIP/ann"]
    caller.hang_up()
    floor.settle()
    floor.check()


def test_given_silence_when_three_times_then_the_default_is_taken(floor: Floor) -> None:
    caller = floor.call()
    floor.wait(40)
    said = floor.heard(caller)
    assert "I did not hear you." in said
    assert "Please say cards or loans." in said
    (queued,) = floor.happened(events.ContactQueued)
    assert isinstance(queued, events.ContactQueued)
    assert queued.queue == "general"
    assert caller.music == "default"
    caller.hang_up()
    floor.settle()
    floor.check()


def test_given_two_agents_when_calls_come_then_the_longest_idle_is_first(floor: Floor) -> None:
    floor.phone("ann", TALKS_20S)
    floor.phone("bob", TALKS_20S)
    floor.ready("bob")
    floor.wait(5)
    floor.ready("ann")
    floor.wait(5)
    first, second = floor.call("5001"), floor.call("5001")
    assert [dial.endpoint for dial in floor.switch.dials] == ["PJSIP/bob", "PJSIP/ann"]
    floor.wait(40)
    assert first.ended
    assert second.ended
    floor.check()


def test_given_nobody_answers_when_ring_time_is_over_then_the_next_agent_rings(floor: Floor) -> None:
    floor.phone("ann", NEVER_ANSWERS)
    floor.phone("bob", ANSWERS)
    floor.ready("ann")
    floor.wait(1)
    floor.ready("bob")
    caller = floor.call()
    floor.wait(1.5)
    floor.press(caller, "1")
    assert floor.switch.dials[-1].endpoint == "PJSIP/ann"
    floor.wait(12)
    assert floor.switch.dials[-1].endpoint == "PJSIP/bob"
    floor.wait(3)
    assert caller.bridge is not None
    (missed,) = floor.happened(events.OfferEnded)
    assert isinstance(missed, events.OfferEnded)
    assert missed.how is OfferEnd.NO_ANSWER
    caller.hang_up()
    floor.settle()
    floor.wait(6)
    floor.check()


@pytest.mark.parametrize(
    ("phone", "how"),
    [(Phone(rejects_after=1.0), OfferEnd.REJECTED), (UNREACHABLE, OfferEnd.UNREACHABLE)],
)
def test_given_an_agent_who_cannot_be_had_when_offered_then_the_next_is_tried(
    floor: Floor, phone: Phone, how: OfferEnd
) -> None:
    floor.phone("ann", phone)
    floor.phone("bob", ANSWERS)
    floor.ready("ann")
    floor.wait(1)
    floor.ready("bob")
    caller = floor.call()
    floor.wait(1.5)
    floor.press(caller, "1")
    floor.wait(5)
    assert caller.bridge is not None
    (missed,) = floor.happened(events.OfferEnded)
    assert isinstance(missed, events.OfferEnded)
    assert missed.how is how
    caller.hang_up()
    floor.wait(6)
    floor.check()


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.5, 4.0])
def test_given_a_menu_when_the_caller_leaves_then_nothing_is_left(floor: Floor, seconds: float) -> None:
    caller = floor.call()
    floor.wait(seconds)
    caller.hang_up()
    floor.settle()
    assert outcome(floor) is Outcome.LEFT_IN_MENU
    floor.check()


def test_given_a_ringing_trunk_when_the_caller_leaves_before_the_answer_then_nothing_is_left(
    floor: Floor,
) -> None:
    caller = floor.call("5003")
    assert caller.ringing
    assert not caller.answered
    floor.wait(1)
    caller.hang_up()
    floor.settle()
    assert outcome(floor) is Outcome.LEFT_IN_MENU
    floor.check()


def test_given_a_waiting_caller_when_they_leave_then_the_visit_is_abandoned(floor: Floor) -> None:
    caller = floor.call("5001")
    floor.wait(8)
    caller.hang_up()
    floor.settle()
    (left,) = floor.happened(events.VisitAbandoned)
    assert isinstance(left, events.VisitAbandoned)
    assert left.waited == pytest.approx(8, abs=0.2)
    assert left.in_threshold
    assert not left.short
    assert outcome(floor) is Outcome.QUEUED
    floor.check()


@pytest.mark.parametrize("seconds", [0.0, 1.0, 1.9, 2.0])
def test_given_a_ringing_agent_when_the_caller_leaves_then_the_agent_is_free_again(
    floor: Floor, seconds: float
) -> None:
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(seconds)
    caller.hang_up()
    floor.wait(6)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    floor.check()


def test_given_a_whisper_when_the_agent_answers_then_it_is_played_before_the_bridge() -> None:
    floor = Floor(voices={"general": QueueVoice(whisper=(Spoken("General enquiry", "en"),))})
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(2.5)
    assert floor.heard(floor.agent_leg("ann")) == ["General enquiry"]
    assert caller.bridge is None
    floor.wait(1)
    assert caller.bridge is not None
    caller.hang_up()
    floor.wait(6)
    floor.check()


@pytest.mark.parametrize(
    ("prefer", "heard"),
    [("ann", "Yours, once more"), ("bob", "General enquiry")],
)
def test_given_a_caller_who_should_rather_have_an_agent_when_that_one_answers_then_the_agent_is_told(
    prefer: str, heard: str
) -> None:
    voice = QueueVoice(
        whisper=(Spoken("General enquiry", "en"),), whisper_known=(Spoken("Yours, once more", "en"),)
    )
    plan = PLAN.replace("- queue: general\n", f"- queue: general\n      prefer: {prefer}\n", 1)
    floor = Floor(plan, voices={"general": voice})
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(2.5)
    assert floor.heard(floor.agent_leg("ann")) == [heard]
    floor.wait(1)
    assert caller.bridge is not None
    caller.hang_up()
    floor.wait(6)
    floor.check()


def test_given_a_whisper_when_the_caller_leaves_during_it_then_it_counts_as_abandoned() -> None:
    floor = Floor(voices={"general": QueueVoice(whisper=(Spoken("General enquiry", "en"),))})
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(2.5)
    caller.hang_up()
    floor.wait(1)
    assert len(floor.happened(events.VisitAbandoned)) == 1
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    floor.check()


def test_given_a_whisper_when_the_agent_hangs_up_during_it_then_the_caller_waits_on() -> None:
    floor = Floor(voices={"general": QueueVoice(whisper=(Spoken("General enquiry", "en"),))})
    floor.phone("ann", Phone(answers_after=2.0, hangs_up_after=0.5))
    floor.phone("bob", ANSWERS)
    floor.ready("ann")
    floor.wait(1)
    floor.ready("bob")
    caller = floor.call("5001")
    floor.wait(8)
    assert caller.bridge is not None
    assert [dial.endpoint for dial in floor.switch.dials] == ["PJSIP/ann", "PJSIP/bob"]
    caller.hang_up()
    floor.wait(6)
    floor.check()


def test_given_a_joining_that_fails_when_tried_then_the_caller_keeps_waiting(floor: Floor) -> None:
    floor.phone("ann", ANSWERS)
    floor.switch.joins_fail = True
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(3)
    assert not caller.ended
    assert caller.music == "default"
    owners = [e.owner for e in floor.happened(events.LegHandedOver)]  # type: ignore[attr-defined]
    assert owners == [Owner.DELIVERY, Owner.SESSION]
    floor.switch.joins_fail = False
    floor.wait(10)
    assert caller.bridge is not None
    caller.hang_up()
    floor.wait(6)
    floor.check()


def test_given_an_early_media_number_when_an_agent_takes_it_then_only_then_it_is_answered(
    floor: Floor,
) -> None:
    floor.phone("ann", ANSWERS)
    caller = floor.call("5001")
    floor.wait(3)
    assert not caller.answered
    floor.ready("ann")
    floor.wait(3)
    assert caller.answered
    assert caller.bridge is not None
    caller.hang_up()
    floor.wait(6)
    floor.check()


def test_given_a_busy_number_when_called_then_refused_with_its_cause(floor: Floor) -> None:
    caller = floor.call("5002")
    assert caller.ended
    assert legs.HangUp(Cause.BUSY) in caller.commands
    assert outcome(floor) is Outcome.REFUSED
    floor.check()


def test_given_an_unknown_number_when_called_then_unallocated(floor: Floor) -> None:
    caller = floor.call("9999")
    assert legs.HangUp(Cause.UNALLOCATED) in caller.commands
    assert outcome(floor) is Outcome.REFUSED
    floor.check()


def test_given_a_recogniser_that_fails_when_asked_then_keys_serve(floor: Floor) -> None:
    floor.speech.broken = "IVR402"
    caller = floor.call()
    floor.wait(1.5)
    assert len(floor.happened(events.RecogniserGaveUp)) == 1
    floor.press(caller, "3")
    floor.wait(3)
    assert outcome(floor) is Outcome.SELF_SERVED
    floor.check()


def test_given_an_audio_stream_that_breaks_when_asked_then_keys_serve(floor: Floor) -> None:
    floor.switch.audio_fails = True
    caller = floor.call()
    floor.wait(1.5)
    floor.press(caller, "3")
    floor.wait(3)
    assert outcome(floor) is Outcome.SELF_SERVED
    floor.check()


def test_given_a_missing_prompt_when_played_then_the_call_goes_on(floor: Floor) -> None:
    floor.switch.missing = {"sound:Welcome.", "sound:Cards, loans or opening hours?"}
    caller = floor.call()
    floor.wait(1)
    floor.press(caller, "3")
    floor.wait(3)
    assert outcome(floor) is Outcome.SELF_SERVED
    floor.check()


def test_given_a_lost_socket_when_the_caller_leaves_meanwhile_then_it_is_found_out(floor: Floor) -> None:
    caller = floor.call("5001")
    floor.wait(2)
    floor.switch.go_away()
    caller.hang_up()
    floor.wait(5)
    assert floor.exchange.sessions
    floor.switch.come_back()
    floor.wait(1)
    (closed,) = floor.happened(events.ContactClosed)
    assert isinstance(closed, events.ContactClosed)
    assert closed.inferred
    floor.check()


def test_given_a_lost_socket_when_it_returns_then_the_call_goes_on(floor: Floor) -> None:
    floor.phone("ann", ANSWERS)
    caller = floor.call()
    floor.wait(1.2)
    floor.switch.go_away()
    floor.wait(5)
    floor.switch.come_back()
    floor.wait(0.5)
    floor.press(caller, "1")
    floor.ready("ann")
    floor.wait(4)
    assert caller.bridge is not None
    caller.hang_up()
    floor.wait(6)
    floor.check()


def test_given_a_full_wait_when_it_is_too_long_then_the_dialplan_goes_on(floor: Floor) -> None:
    caller = floor.call("5001")
    floor.wait(121)
    (left,) = floor.happened(events.VisitLeft)
    assert isinstance(left, events.VisitLeft)
    assert left.why is LeftQueue.TIMED_OUT
    floor.wait(3)
    assert floor.heard(caller) == ["Good bye."]
    assert caller.ended
    floor.check()


def test_given_announcements_when_waiting_then_position_and_music_alternate() -> None:
    voice = QueueVoice(announce_first=2.0, announce_every=10.0, position={"en": "You are number {position}."})
    floor = Floor(voices={"general": voice})
    first, second = floor.call("5001"), floor.call("5001")
    floor.wait(5)
    assert floor.heard(second) == ["You are number 2."]
    assert second.music == "default"
    first.hang_up()
    floor.wait(10)
    assert floor.heard(second) == ["You are number 2.", "You are number 1."]
    second.hang_up()
    floor.settle()
    floor.check()


def test_given_a_pause_in_mid_talk_when_it_ends_then_the_agent_is_paused(floor: Floor) -> None:
    floor.phone("ann", TALKS_20S)
    floor.ready("ann")
    floor.call("5001")
    floor.wait(5)
    floor.exchange.order(routing.AgentPause("ann", "lunch"))
    assert floor.exchange.routing.agent_state("ann") is AgentState.TALKING
    floor.wait(30)
    assert floor.exchange.routing.agent_state("ann") is AgentState.PAUSED
    floor.check()


def test_given_personal_values_when_journalled_then_only_the_subject_stands_there(floor: Floor) -> None:
    caller = floor.call()
    caller.hang_up()
    floor.settle()
    assert floor.subjects.kept["s1"]["caller_number"] == "+82212345678"
    assert "82212345678" not in repr(floor.journal.events)
    assert "Kim" not in repr(floor.journal.events)
    floor.check()


def test_given_the_agents_phone_when_it_rings_then_caller_queue_and_number_are_shown(floor: Floor) -> None:
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    caller = floor.call("5001")
    (dial,) = floor.switch.dials
    assert dial.caller_number == "+82212345678"
    assert dial.caller_name == "general: Kim"
    assert "5001" in dial.variables.values()
    assert "general" in dial.variables.values()
    caller.hang_up()
    floor.wait(6)
    floor.check()


# --- faults of our own, and things that come at the wrong moment ---------------------------------


def test_given_an_answer_step_after_a_queue_when_the_talk_is_over_then_the_call_goes_on() -> None:
    floor = Floor(ANSWER_LATER)
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=2.0))
    floor.ready("ann")
    caller = floor.call("5000")
    floor.wait(10)
    assert floor.heard(caller) == ["Good bye."]
    assert caller.ended
    floor.wait(6)
    floor.check()


ANSWER_LATER = """
name: later
language: en
numbers:
  "5000": {start: main, answer: early_media}
blocks:
  main: [{queue: general}, answer, {say: Good bye.}]
"""


def test_given_a_fault_in_a_step_when_it_happens_then_that_call_ends_and_others_go_on(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.call()
    other = floor.call()
    floor.wait(1.2)
    real = interpreter.step

    def faulty(plan: Plan, state: interpreter.State, *rest: Any) -> interpreter.Stepped:
        if state.contact == "c1" and isinstance(rest[0], KeyIn | CallerGone):
            raise ZeroDivisionError
        return real(plan, state, *rest)

    monkeypatch.setattr(interpreter, "step", faulty)
    first = floor.switch.legs["c1.l1"]
    floor.press(first, "1")
    assert first.ended, "a call that nobody is in charge of is ended"
    floor.press(other, "3")
    floor.wait(3)
    outcomes = {e.contact: e.outcome for e in floor.journal.events if isinstance(e, events.ContactClosed)}
    assert outcomes == {"c1": Outcome.FAILED, "c2": Outcome.SELF_SERVED}
    assert not floor.exchange.sessions
    assert floor.exchange.faults == 2


def test_given_a_fault_at_the_arrival_when_it_happens_then_the_trunk_is_told(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(_values: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(floor.subjects, "put", faulty)
    caller = floor.call()
    assert caller.ended
    assert legs.HangUp(Cause.TEMPORARY_FAILURE) in caller.commands
    assert not floor.exchange.sessions


@pytest.mark.parametrize("slow", [0.05, 0.2, 0.5])
def test_given_a_slow_disk_when_the_caller_leaves_in_a_whisper_then_nothing_is_set_up(slow: float) -> None:
    voice = QueueVoice(whisper=(Spoken("General enquiry", "en"),), announce={"en": (Spoken("Wait.", "en"),)})
    floor = Floor(voices={"general": voice}, slow=slow)
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(1)
    caller = floor.call("5001")
    while not any(leg.playing for leg in floor.switch.legs.values() if leg.dialled):
        floor.wait(0.1)
    floor.wait(0.9)  # the whisper lasts 1 s: it ends before the end of the offer is durable
    caller.hang_up()
    floor.wait(30)
    assert not floor.happened(events.BridgeRequested)
    closed = next(n for n, e in enumerate(floor.journal.events) if isinstance(e, events.ContactClosed))
    after = {type(e) for e in floor.journal.events[closed + 1 :]}
    assert after <= {
        events.HangUpRequested,
        events.PromptEnded,
        events.LegEnded,
        events.AgentStateChanged,
    }
    floor.check()


def test_given_waiting_callers_when_the_machines_clock_is_set_then_nobody_is_timed_out(floor: Floor) -> None:
    caller = floor.call("5001")
    floor.wait(2)
    floor.wall_jump = 3600.0
    assert floor.clock.check() == 3600.0
    floor.wait(2)
    floor.ready("cho")
    floor.wait(1)
    assert not caller.ended
    assert not floor.happened(events.VisitLeft)
    caller.hang_up()
    floor.wait(6)
    floor.check()


TONGUES = """
name: tongues
languages: [en, ko]
numbers:
  "5001": {start: straight, answer: early_media}
  "5002": {start: straight, answer: early_media, language: ko}
blocks:
  straight: [{queue: general}]
"""


@pytest.mark.parametrize(
    ("number", "place", "comfort"), [("5001", "You are 1.", "Please hold."), ("5002", "1번째.", "잠시만요.")]
)
def test_given_a_call_in_its_language_then_the_place_and_the_comfort_are_in_it_and_the_whisper_in_the_agents(
    number: str, place: str, comfort: str
) -> None:
    voice = QueueVoice(
        position={"en": "You are {position}.", "ko": "{position}번째."},
        announce={"en": (Spoken("Please hold.", "en"),), "ko": (Spoken("잠시만요.", "ko"),)},
        whisper=(Spoken("General enquiry", "en"),),
        announce_first=1.0,
        announce_every=60.0,
    )
    floor = Floor(TONGUES, voices={"general": voice})
    leg = floor.call(number)
    floor.wait(3.0)
    assert floor.heard(leg) == [place, comfort]
    floor.phone("ann", Phone(answers_after=0.5))
    floor.ready("ann")
    floor.wait(2.0)
    assert floor.heard(floor.agent_leg("ann")) == ["General enquiry"]
    floor.wait(5.0)
    leg.hang_up()
    floor.wait(10.0)
    floor.check()
