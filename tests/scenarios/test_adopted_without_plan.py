"""The version of a dialplan is gone when a server starts: who waits or talks is kept, nothing follows."""

from __future__ import annotations

import pytest

from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, By, LeftQueue, Outcome, Told
from ivrcore.telephony.asterisk_files import FALLBACK
from ivrcore.telephony.leg import GoOn
from ivrcore.testing import FakeLeg, Phone
from tests.scenarios.floor import Floor
from tests.scenarios.test_adopted import where
from tests.scenarios.test_adopted_outside import made, one, speak


def went_on(leg: FakeLeg) -> list[GoOn]:
    """What Asterisk was asked to go on with."""
    return [command for command in leg.commands if isinstance(command, GoOn)]


def test_given_who_waits_when_the_dialplan_is_gone_then_the_place_is_kept_and_they_talk() -> None:
    floor = Floor()
    first, second = floor.call("5001"), floor.call("5001")
    floor.wait(2)
    before = floor.exchange.routing.snapshot().visits
    floor = floor.replaced(away=1, plan_lost=True)
    assert floor.exchange.routing.snapshot().visits == before
    assert where(floor) == [AdoptedIn.QUEUE] * 2
    assert first.music == "default"
    for leg in (first, second):
        floor.press(leg, "1")
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=3.0))
    floor.ready("ann")
    floor.wait(30)
    answered = [one.contact for one in floor.journal.events if isinstance(one, events.VisitAnswered)]
    assert answered == ["c1", "c2"]
    assert first.ended
    assert not went_on(first)
    closed = floor.happened(events.ContactClosed)
    assert {event.outcome for event in closed if isinstance(event, events.ContactClosed)} == {Outcome.QUEUED}
    floor.check()


def test_given_a_pair_that_talks_when_the_dialplan_is_gone_then_it_talks_on_twice() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=10.0))
    floor.ready("ann")
    leg = floor.call("5001")
    floor.wait(4)
    floor = floor.replaced(away=2, plan_lost=True)
    floor = floor.replaced(away=1, plan_lost=True)
    assert where(floor) == [AdoptedIn.TALK] * 2
    assert leg.bridge is not None
    floor.wait(7)
    talk = one(floor, events.TalkEnded)
    assert (talk.by, talk.talked) == (By.AGENT, pytest.approx(10.0, abs=0.3))
    assert leg.ended
    floor.wait(10)
    floor.check()


def test_given_a_wait_in_vain_when_the_dialplan_is_gone_then_the_fallback_has_the_caller() -> None:
    floor = Floor()
    leg = floor.call("5001")
    floor.wait(3)
    floor = floor.replaced(away=1, plan_lost=True)
    floor.wait(120)
    assert one(floor, events.VisitLeft).why is LeftQueue.TIMED_OUT
    assert went_on(leg) == [GoOn(FALLBACK, "5001")]
    assert one(floor, events.CommandFailed).code == "DP902"
    closed = one(floor, events.ContactClosed)
    assert (closed.outcome, closed.inferred) == (Outcome.QUEUED, False)
    floor.check()


def test_given_a_wait_that_was_over_when_the_dialplan_is_gone_then_the_fallback_has_the_caller() -> None:
    floor = Floor()
    leg = floor.call("5001")
    floor.wait(3)
    floor = floor.replaced(away=130, plan_lost=True)
    floor.wait(3)
    assert went_on(leg) == [GoOn(FALLBACK, "5001")]
    floor.check()


def test_given_a_caller_in_a_menu_when_the_dialplan_is_gone_then_nobody_of_ours_has_them() -> None:
    floor = Floor()
    leg = floor.call("5000")
    floor.wait(3)
    floor = floor.replaced(away=1, plan_lost=True)
    assert list(floor.switch.orphans) == [leg.id]
    assert one(floor, events.ContactClosed).inferred
    leg.hang_up()
    floor.check()


def test_given_a_transfer_when_the_dialplan_is_gone_then_they_talk_on_and_it_ends_with_it() -> None:
    floor = made(Phone(answers_after=1.0, hangs_up_after=8.0))
    leg = floor.call("6000")
    floor.wait(3)
    floor = floor.replaced(away=1, plan_lost=True)
    assert leg.bridge is not None
    floor.wait(8)
    assert floor.answers() == [Told.DONE]
    assert leg.ended
    assert not went_on(leg)
    floor.check()


def test_given_an_outside_phone_in_vain_when_the_dialplan_is_gone_then_the_fallback_has_the_caller() -> None:
    floor = made(Phone(rejects_after=4.0))
    leg = floor.call("6000")
    floor.wait(2)
    floor = floor.replaced(away=1, plan_lost=True)
    floor.wait(4)
    assert floor.answers() == [Told.BUSY]
    assert went_on(leg) == [GoOn(FALLBACK, "6000")]
    floor.check()


def test_given_a_message_when_the_dialplan_is_gone_then_it_is_kept() -> None:
    floor = made()
    leg = floor.call("6001")
    floor.wait(2)
    speak(floor, leg, 2)
    floor = floor.replaced(away=1, plan_lost=True)
    speak(floor, leg, 2)
    floor.wait(5)
    assert len(floor.messages) == 1
    assert floor.answers() == [Told.DONE]
    assert leg.ended
    floor.check()
