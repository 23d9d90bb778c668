"""Announcements and the emergency switch under calls in progress: who hears what, when, and once."""

from __future__ import annotations

from functools import reduce

import pytest

from ivrcore.announcements.drafts import Draft, SwitchDraft
from ivrcore.config import QueueVoice
from ivrcore.dialplan import interpreter
from ivrcore.dialplan.commands import Spoken
from ivrcore.model import events as e
from ivrcore.model.names import Cause, EmergencyAction, OfferEnd, Outcome, PromptEnd, Service, Told
from ivrcore.telephony import leg as legs
from ivrcore.testing import FakeLeg, Phone
from tests.scenarios.floor import Floor

WARNING = "We never ask for your PIN."
PLACE = "You are number 1."


@pytest.fixture
def floor() -> Floor:
    voice = QueueVoice(
        position={"en": "You are number {position}."}, announce_first=20.0, announce_every=30.0
    )
    return Floor(voices={"general": voice})


def post(floor: Floor, text: str = WARNING, name: str = "fraud", **more: object) -> None:
    floor.board.post(Draft(name, {"en": text}, **more), "kim")
    floor.settle()


def waiting(floor: Floor) -> FakeLeg:
    """A caller who hears the music of a queue."""
    leg = floor.call("5001")
    floor.wait(1.0)
    assert isinstance(leg.commands[-1], legs.StartMusic)
    return leg


def switch(
    floor: Floor, action: EmergencyAction, text: str = "", scope: str = "all", number: str = ""
) -> None:
    floor.board.switch(SwitchDraft(scope, action, {"en": text} if text else {}, number), "kim")
    floor.settle()


def last_kinds(leg: FakeLeg, count: int) -> list[str]:
    return [type(one).__name__ for one in leg.commands[-count:]]


def test_given_a_caller_who_waits_when_something_is_announced_then_the_music_is_interrupted_once(
    floor: Floor,
) -> None:
    leg = waiting(floor)
    post(floor)
    floor.wait(1.0)
    assert floor.heard(leg) == [WARNING]
    assert last_kinds(leg, 2) == ["StopMusic", "Play"]
    floor.wait(5.0)
    assert last_kinds(leg, 1) == ["StartMusic"]
    floor.wait(120.0)
    assert floor.heard(leg).count(WARNING) == 1
    assert PLACE in floor.heard(leg)
    [played] = floor.happened(e.AnnouncementPlayed)
    assert (played.announcement, played.version, played.prompt) == ("fraud", 1, 0)
    leg.hang_up()
    floor.check()


def test_given_it_is_on_when_a_caller_comes_to_a_queue_then_it_is_heard_there(floor: Floor) -> None:
    post(floor)
    leg = floor.call("5001")
    floor.wait(6.0)
    assert floor.heard(leg) == [WARNING]
    leg.hang_up()
    floor.check()


def test_given_two_and_a_new_version_then_each_is_heard_once_in_order(floor: Floor) -> None:
    leg = waiting(floor)
    post(floor, "One.", "one")
    post(floor, "Two.", "two")
    floor.wait(15.0)
    post(floor, "One again.", "one")
    floor.wait(15.0)
    heard = [text for text in floor.heard(leg) if text != PLACE]
    assert heard == ["One.", "Two.", "One again."]
    leg.hang_up()
    floor.check()


def test_given_it_is_for_another_number_or_withdrawn_at_once_then_it_is_not_heard(floor: Floor) -> None:
    leg = waiting(floor)
    post(floor, "Other.", "other", numbers=("5000",))
    post(floor)
    floor.board.withdraw("fraud", "lee")
    floor.wait(10.0)
    assert floor.heard(leg) == []
    leg.hang_up()
    floor.check()


def test_given_it_begins_later_then_waiting_callers_hear_it_then(floor: Floor) -> None:
    leg = waiting(floor)
    post(floor, starts=floor.clock.now() + 10.0)
    floor.wait(9.0)
    assert floor.heard(leg) == []
    floor.wait(2.5)
    assert floor.heard(leg) == [WARNING]
    leg.hang_up()
    floor.check()


def test_given_a_caller_who_talks_then_the_conversation_is_left_in_peace(floor: Floor) -> None:
    floor.phone("ann", Phone(answers_after=2.0))
    floor.ready("ann")
    leg = waiting(floor)
    floor.wait(10.0)
    assert floor.happened(e.VisitAnswered)
    post(floor)
    floor.wait(20.0)
    assert floor.heard(leg) == []
    leg.hang_up()
    floor.wait(10.0)
    floor.check()


def test_given_an_agent_takes_the_caller_in_the_middle_of_it_then_it_ends(floor: Floor) -> None:
    leg = waiting(floor)
    post(floor)
    floor.wait(1.0)
    floor.phone("ann", Phone(answers_after=2.0))
    floor.ready("ann")
    floor.wait(20.0)
    assert floor.happened(e.VisitAnswered)
    assert floor.heard(leg) == [WARNING]
    leg.hang_up()
    floor.wait(10.0)
    floor.check()


# --- in menus -----------------------------------------------------------------------------------

QUESTION = "Cards, loans or opening hours?"


def test_given_a_caller_in_a_menu_when_something_is_announced_then_it_comes_before_the_next_prompt_once(
    floor: Floor,
) -> None:
    leg = floor.call()
    floor.wait(5.0)
    assert floor.heard(leg) == ["Welcome.", QUESTION]
    post(floor)
    assert floor.heard(leg)[-1] == QUESTION, "what is heard now is not interrupted"
    floor.wait(30.0)
    assert floor.heard(leg)[2:4] == [WARNING, "I did not hear you."]
    assert floor.heard(leg).count(WARNING) == 1
    played = floor.happened(e.AnnouncementPlayed)
    assert [(one.announcement, one.version) for one in played] == [("fraud", 1)]
    assert played[0].prompt > 0
    assert floor.happened(e.ContactQueued), "the menu's default came all the same"
    floor.wait(30.0)
    assert floor.heard(leg).count(WARNING) == 1, "not again in the queue"
    leg.hang_up()
    floor.check()


def test_given_a_new_version_then_who_heard_the_old_one_in_a_menu_hears_the_new_one_in_the_queue(
    floor: Floor,
) -> None:
    post(floor)
    leg = floor.call()
    floor.wait(3.0)
    assert floor.heard(leg)[0] == WARNING
    floor.wait(30.0)
    post(floor, "Worse than that.")
    floor.wait(5.0)
    assert "Worse than that." in floor.heard(leg)
    leg.hang_up()
    floor.check()


# --- the emergency switch -----------------------------------------------------------------------


def test_given_the_hotline_is_closed_then_a_caller_hears_why_and_is_let_go_until_it_opens(
    floor: Floor,
) -> None:
    switch(floor, EmergencyAction.CLOSE, "We are closed.")
    leg = floor.call()
    floor.wait(10.0)
    assert floor.heard(leg) == ["We are closed."]
    [wanted] = floor.happened(e.HangUpRequested)
    assert wanted.cause == Cause.NORMAL
    [met] = floor.happened(e.EmergencyMet)
    assert (met.action, met.scope) == (EmergencyAction.CLOSE, "all")
    switch(floor, EmergencyAction.OPEN)
    again = floor.call()
    floor.wait(3.0)
    assert floor.heard(again)[0] == "Welcome."
    again.hang_up()
    floor.check()


def test_given_it_is_closed_while_a_caller_is_in_a_menu_then_no_queue_is_joined(floor: Floor) -> None:
    leg = floor.call()
    floor.wait(3.0)
    switch(floor, EmergencyAction.CLOSE, "We are closed.")
    floor.press(leg, "1")
    floor.wait(10.0)
    assert floor.heard(leg)[-1] == "We are closed."
    assert not floor.happened(e.ContactQueued)
    assert floor.happened(e.ContactClosed)[0].outcome is not Outcome.QUEUED
    floor.check()


def test_given_only_one_number_is_closed_then_the_others_are_open(floor: Floor) -> None:
    switch(floor, EmergencyAction.CLOSE, "We are closed.", scope="5001")
    closed, opened = floor.call("5001"), floor.call("5000")
    floor.wait(10.0)
    assert floor.heard(closed) == ["We are closed."]
    assert floor.heard(opened)[0] == "Welcome."
    opened.hang_up()
    floor.check()


def test_given_a_message_then_it_is_heard_first_and_all_is_as_usual(floor: Floor) -> None:
    switch(floor, EmergencyAction.MESSAGE, "A storm is coming.")
    leg = floor.call()
    floor.wait(5.0)
    assert floor.heard(leg) == ["A storm is coming.", "Welcome.", QUESTION]
    leg.hang_up()
    floor.check()


def test_given_calls_are_forwarded_then_a_transfer_is_asked_for(floor: Floor) -> None:
    switch(floor, EmergencyAction.FORWARD, "Please hold.", number="+82212345678")
    leg = floor.call()
    floor.wait(5.0)
    assert floor.heard(leg)[0] == "Please hold."
    [asked] = floor.happened(e.ServiceAsked)
    assert asked.service is Service.TRANSFER
    leg.hang_up()
    floor.check()


def test_given_a_warning_that_is_not_spoken_yet_when_it_is_due_then_the_voice_is_waited_for(
    floor: Floor,
) -> None:
    leg = floor.call()
    floor.wait(1.0)
    floor.prompts.unspoken, floor.prompts.slow = {WARNING}, []
    post(floor)
    floor.press(leg, "9")
    before = floor.heard(leg)
    assert WARNING not in before
    (voice,) = floor.prompts.slow
    voice.callback((f"sound:{WARNING}", "sound:again"))
    floor.settle()
    assert floor.heard(leg)[len(before) :] == [WARNING, "again"]


# --- the emergency switch and who waits already ---------------------------------------------------

CLOSED = "We are closed."
OUTSIDE = "+82212345678"


def left(floor: Floor) -> list[str]:
    return [str(one.why) for one in floor.happened(e.VisitLeft)]


def replays(floor: Floor, leg: FakeLeg) -> bool:
    """Whether the journal alone gives the state that the live call has."""
    live = floor.exchange.sessions[leg.id.removesuffix(".l1")].state
    return reduce(interpreter.apply, floor.journal.events, interpreter.State(live.contact, leg.id)) == live


def test_given_a_caller_who_waits_when_the_hotline_is_closed_then_the_queue_is_left_and_the_call_ended(
    floor: Floor,
) -> None:
    leg = waiting(floor)
    switch(floor, EmergencyAction.CLOSE, CLOSED)
    floor.wait(1.0)
    assert left(floor) == ["emergency"]
    assert floor.heard(leg) == [CLOSED]
    assert replays(floor, leg)
    floor.wait(10.0)
    [met] = floor.happened(e.EmergencyMet)
    assert (met.action, met.block, met.index) == (EmergencyAction.CLOSE, "straight", 0)
    assert floor.happened(e.ContactClosed)[0].outcome is Outcome.QUEUED
    assert not floor.happened(e.VisitAbandoned)
    floor.check()


def test_given_the_position_is_being_said_when_the_hotline_is_closed_then_it_is_heard_out_first(
    floor: Floor,
) -> None:
    leg = waiting(floor)
    floor.wait(19.1)
    assert floor.heard(leg) == [PLACE]
    switch(floor, EmergencyAction.CLOSE, CLOSED)
    assert left(floor) == []
    floor.wait(10.0)
    assert floor.heard(leg) == [PLACE, CLOSED]
    first, *_ = floor.happened(e.PromptEnded)
    assert first.how is PromptEnd.FINISHED
    floor.check()


def test_given_who_waits_is_forwarded_then_the_number_is_dialled_and_who_it_fails_for_waits_on_unasked(
    floor: Floor,
) -> None:
    floor.switch.phones[f"PJSIP/{OUTSIDE}@trunk"] = Phone(rejects_after=1.0)
    leg = waiting(floor)
    switch(floor, EmergencyAction.FORWARD, "Please hold.", number=OUTSIDE)
    floor.wait(30.0)
    assert left(floor) == ["emergency"]
    assert floor.heard(leg)[0] == "Please hold."
    assert floor.answers() == [Told.BUSY]
    assert len(floor.happened(e.ContactQueued)) == 2, "so the caller waits again"
    assert replays(floor, leg)
    floor.wait(60.0)
    assert len(floor.happened(e.EmergencyMet)) == 1, "and is not sent in circles"
    switch(floor, EmergencyAction.CLOSE, CLOSED)
    floor.wait(10.0)
    assert left(floor) == ["emergency", "emergency"], "another switch is another matter"
    assert floor.heard(leg)[-1] == CLOSED
    floor.check()


def test_given_who_waits_is_forwarded_and_the_far_end_answers_then_they_talk(floor: Floor) -> None:
    floor.switch.phones[f"PJSIP/{OUTSIDE}@trunk"] = Phone(answers_after=2.0, hangs_up_after=5.0)
    leg = waiting(floor)
    switch(floor, EmergencyAction.FORWARD, number=OUTSIDE)
    floor.wait(30.0)
    assert floor.answers() == [Told.DONE]
    assert leg.ended
    floor.check()


def test_given_a_phone_rings_for_the_caller_when_the_hotline_is_closed_then_the_offer_is_withdrawn(
    floor: Floor,
) -> None:
    leg = waiting(floor)
    floor.phone("ann", Phone(answers_after=5.0))
    floor.ready("ann")
    floor.wait(1.0)
    switch(floor, EmergencyAction.CLOSE, CLOSED)
    floor.wait(2.0)
    [ended] = floor.happened(e.OfferEnded)
    assert ended.how is OfferEnd.WITHDRAWN
    assert floor.heard(leg) == [CLOSED]
    floor.wait(10.0)
    assert not floor.happened(e.VisitAnswered)
    floor.check()


@pytest.mark.parametrize("hangs_up", [None, 1.0])
def test_given_an_agent_has_answered_when_the_hotline_is_closed_then_the_conversation_comes_first(
    hangs_up: float | None,
) -> None:
    floor = Floor(voices={"general": QueueVoice(whisper=(Spoken("A long whisper.", "en"),))})
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=hangs_up))
    leg = waiting(floor)
    floor.ready("ann")
    floor.wait(1.2)
    assert floor.happened(e.OfferAccepted)
    assert not floor.happened(e.VisitAnswered), "the whisper is being heard"
    switch(floor, EmergencyAction.CLOSE, CLOSED)
    floor.wait(20.0)
    if hangs_up is None:
        assert floor.happened(e.VisitAnswered)
        assert left(floor) == []
        assert floor.heard(leg) == []
        leg.hang_up()
    else:
        assert left(floor) == ["emergency"], "an agent who goes again leaves the caller to the emergency"
        assert floor.heard(leg) == [CLOSED]
    floor.wait(10.0)
    floor.check()


def test_given_a_message_then_who_waits_hears_it_once_and_waits_on_at_the_same_place(floor: Floor) -> None:
    leg = waiting(floor)
    switch(floor, EmergencyAction.MESSAGE, "A storm is coming.")
    post(floor)
    floor.wait(60.0)
    assert [text for text in floor.heard(leg) if text != PLACE] == ["A storm is coming.", WARNING]
    assert len(floor.happened(e.ContactQueued)) == 1
    assert left(floor) == []
    assert len(floor.happened(e.EmergencyMet)) == 1
    assert replays(floor, leg)
    leg.hang_up()
    floor.check()


def test_given_a_caller_in_a_menu_then_a_message_comes_before_the_next_prompt_once(floor: Floor) -> None:
    leg = floor.call()
    floor.wait(5.0)
    switch(floor, EmergencyAction.MESSAGE, "A storm is coming.")
    floor.wait(30.0)
    assert floor.heard(leg)[2:4] == ["A storm is coming.", "I did not hear you."]
    assert floor.heard(leg).count("A storm is coming.") == 1
    assert replays(floor, leg)
    leg.hang_up()
    floor.check()


def test_given_it_is_open_again_before_the_caller_has_left_then_the_caller_queues_again() -> None:
    floor = Floor(slow=1.0)
    leg = floor.call("5001")
    floor.wait(5.0)
    switch(floor, EmergencyAction.CLOSE, CLOSED)
    floor.wait(0.8)
    assert left(floor) == ["emergency"]
    switch(floor, EmergencyAction.OPEN)
    floor.wait(5.0)
    assert floor.heard(leg) == []
    assert len(floor.happened(e.ContactQueued)) == 2
    leg.hang_up()
    floor.wait(5.0)
    floor.check()


def test_given_another_number_is_closed_then_who_waits_is_left_alone(floor: Floor) -> None:
    leg = waiting(floor)
    switch(floor, EmergencyAction.CLOSE, CLOSED, scope="5000")
    floor.wait(30.0)
    assert left(floor) == []
    leg.hang_up()
    floor.check()
