"""Holds and transfers from the agent's own phone, in memory."""

from __future__ import annotations

import pytest

from ivrcore.config import QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.model import events
from ivrcore.model.names import AgentState
from ivrcore.testing import FakeLeg, Phone
from tests.scenarios.floor import Floor


def talking() -> tuple[Floor, FakeLeg, FakeLeg]:
    """A floor on which ann talks with a caller; the caller's leg and hers."""
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(2)
    return floor, caller, floor.agent_leg("ann")


def held(floor: Floor) -> list[float]:
    happened = floor.happened(events.ContactResumed)
    return [round(one.held, 1) for one in happened if isinstance(one, events.ContactResumed)]


def test_given_a_conversation_when_held_twice_then_each_hold_is_counted_and_the_talk_includes_them() -> None:
    floor, _caller, ann = talking()
    for seconds in (3.0, 5.0):
        ann.hold(True)
        ann.hold(True)
        floor.wait(seconds)
        ann.hold(False)
        ann.hold(False)
        floor.wait(1)
    ann.hang_up()
    floor.settle()
    assert len(floor.happened(events.ContactHeld)) == 2
    assert held(floor) == [3.0, 5.0]
    (talk,) = floor.happened(events.TalkEnded)
    assert isinstance(talk, events.TalkEnded)
    assert talk.talked > 10
    floor.wait(30)
    floor.check()


@pytest.mark.parametrize("who", ["caller", "agent"])
def test_given_a_hold_when_somebody_hangs_up_then_it_ends_before_the_conversation(who: str) -> None:
    floor, caller, ann = talking()
    ann.hold(True)
    floor.wait(4)
    (caller if who == "caller" else ann).hang_up()
    floor.settle()
    assert held(floor) == [4.0]
    kinds = [type(record.event) for record in floor.journal.records]
    assert kinds.index(events.ContactResumed) < kinds.index(events.TalkEnded)
    floor.wait(30)
    floor.check()


@pytest.mark.parametrize("answers_after", [5.0, 0.5], ids=["while it rings", "while the whisper is heard"])
def test_given_nobody_to_hold_yet_when_a_phone_says_hold_or_transfer_then_nothing_comes_of_it(
    answers_after: float,
) -> None:
    floor = Floor(voices={"general": QueueVoice(whisper=(Spoken("General enquiry", "en"),))})
    floor.phone("ann", Phone(answers_after=answers_after))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(0.7)
    ann = floor.agent_leg("ann")
    assert bool(floor.happened(events.OfferAccepted)) is (answers_after < 1.0)
    assert not floor.happened(events.VisitAnswered)
    ann.hold(True)
    ann.refer()
    ann.hold(False)
    floor.wait(0.1)
    assert not floor.happened(events.ContactHeld)
    assert not floor.happened(events.ContactSentOn)
    floor.wait(25)
    assert len(floor.happened(events.VisitAnswered)) == 1
    caller.hang_up()
    floor.wait(30)
    floor.check()


def test_given_hold_pressed_before_anybody_is_there_then_the_conversation_begins_on_hold() -> None:
    floor = Floor(voices={"general": QueueVoice(whisper=(Spoken("General enquiry", "en"),))})
    floor.phone("ann", Phone(answers_after=0.5))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(0.7)
    ann = floor.agent_leg("ann")
    ann.hold(True)
    floor.settle()
    assert not floor.happened(events.ContactHeld)
    while not floor.happened(events.VisitAnswered):
        floor.wait(0.5)
    (answered,) = floor.happened(events.VisitAnswered)
    (on_hold,) = floor.happened(events.ContactHeld)
    assert on_hold.at == answered.at
    floor.wait(3)
    ann.hold(False)
    floor.settle()
    assert held(floor)[0] >= 3.0
    caller.hang_up()
    floor.wait(30)
    floor.check()


def test_given_a_conversation_when_the_agents_phone_sends_it_on_then_agent_free_and_they_talk_on() -> None:
    floor, caller, ann = talking()
    bridge = caller.bridge
    ann.hold(True)
    floor.wait(2)
    ann.refer()
    floor.settle()
    assert floor.exchange.routing.agent_state("ann") is AgentState.WRAP_UP
    assert len(floor.happened(events.ContactSentOn)) == 1
    assert held(floor) == [2.0]
    floor.wait(10)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    assert caller.bridge == bridge
    caller.hang_up()
    floor.settle()
    assert ann.ended
    assert len(floor.happened(events.TalkEnded)) == 1
    floor.check()


def test_given_a_conversation_sent_on_when_the_other_one_hangs_up_then_the_dialplan_goes_on() -> None:
    floor, caller, ann = talking()
    ann.refer()
    floor.wait(10)
    ann.hang_up()
    floor.settle()
    assert floor.heard(caller)[-1] == "Good bye."
    floor.wait(5)
    assert caller.ended
    floor.check()


def test_given_a_conversation_sent_on_when_the_agent_is_ready_again_then_the_next_caller_comes() -> None:
    floor, first, ann = talking()
    ann.refer()
    floor.wait(10)
    second = floor.call("5001")
    floor.wait(2)
    again = floor.agent_leg("ann")
    assert again is not ann
    assert second.bridge is not None
    assert first.bridge not in (None, second.bridge)
    for leg in (first, second):
        leg.hang_up()
    floor.wait(30)
    floor.check()
