"""Supervisors steer callers who wait; the callers notice nothing but what was meant."""

from __future__ import annotations

from ivrcore.config import QueueVoice
from ivrcore.model import events
from ivrcore.model.names import LeftQueue
from ivrcore.routing.commands import HandOver, MoveContact, WithdrawContact
from ivrcore.telephony import leg as legs
from ivrcore.testing import Phone
from tests.scenarios.floor import PLAN, Floor

VOICES = {"general": QueueVoice(music="calm"), "loans": QueueVoice(music="gold")}


def test_given_a_waiting_caller_when_moved_then_other_music_plays_and_an_agent_there_answers() -> None:
    floor = Floor(voices=VOICES)
    floor.phone("bob", Phone(answers_after=2.0, hangs_up_after=60.0))
    caller = floor.call("5001")
    floor.wait(3.0)
    contact = caller.id.removesuffix(".l1")
    assert caller.commands[-1] == legs.StartMusic("calm")
    floor.exchange.order(MoveContact(contact, "loans", "sue"))
    floor.wait(1.0)
    assert caller.commands[-1] == legs.StartMusic("gold")
    floor.ready("bob")
    floor.wait(4.0)
    assert caller.bridge == floor.agent_leg("bob").bridge
    answered = floor.happened(events.VisitAnswered)[-1]
    assert isinstance(answered, events.VisitAnswered)
    assert answered.queue == "loans"
    floor.wait(100.0)
    floor.check()


def test_given_a_waiting_caller_when_withdrawn_then_the_dialplan_goes_on() -> None:
    floor = Floor(voices=VOICES)
    caller = floor.call("5001")
    floor.wait(3.0)
    floor.exchange.order(WithdrawContact(caller.id.removesuffix(".l1"), "sue"))
    floor.wait(1.0)
    assert floor.heard(caller)[-1] == "Good bye."
    left = floor.happened(events.VisitLeft)[-1]
    assert isinstance(left, events.VisitLeft)
    assert (left.why, left.by) == (LeftQueue.WITHDRAWN, "sue")
    floor.wait(10.0)
    floor.check()


KEYS = PLAN.replace(
    '    - queue: general\n    - say: "Good bye."\n',
    '    - queue: general\n      keys: {"1": [{say: You pressed.}]}\n      failed: [{say: Nobody came.}]\n',
)


def test_given_steps_for_keys_when_withdrawn_as_by_key_then_those_for_failed_are_taken() -> None:
    floor = Floor(KEYS)
    caller = floor.call("5001")
    floor.wait(3.0)
    floor.exchange.order(WithdrawContact("c1", "sue", LeftQueue.BY_KEY))
    floor.wait(1.0)
    assert floor.heard(caller)[-1] == "Nobody came."
    floor.wait(10.0)
    floor.check()


def test_given_a_ringing_phone_when_handed_over_then_it_stops_and_the_other_one_rings() -> None:
    floor = Floor(voices=VOICES)
    floor.phone("ann", Phone(answers_after=15.0, hangs_up_after=30.0))
    floor.phone("bob", Phone(answers_after=2.0, hangs_up_after=30.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(3.0)
    floor.ready("bob")
    floor.exchange.order(HandOver(caller.id.removesuffix(".l1"), "bob", 30.0, "sue"))
    floor.wait(4.0)
    assert caller.bridge == floor.agent_leg("bob").bridge
    floor.wait(100.0)
    floor.check()
