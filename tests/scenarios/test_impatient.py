"""Callers who lose patience, in whole calls: they are served before those who waited longer."""

from __future__ import annotations

import pytest

from ivrcore.dialplan.grammars import IMPATIENT
from ivrcore.model import events
from ivrcore.model.names import Impatient, Verdict
from ivrcore.testing import Phone
from tests.scenarios.floor import PLAN, Floor

ANSWERS = Phone(answers_after=2.0)
TEXT = PLAN.replace(
    "menus:",
    "universals:\n  agent: {go: [{queue: general}]}\nimpatience: {priority: 30}\nmenus:",
)


@pytest.fixture
def floor() -> Floor:
    return Floor(TEXT)


def served_first(floor: Floor) -> str:
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(3)
    (answered,) = floor.happened(events.VisitAnswered)
    assert isinstance(answered, events.VisitAnswered)
    return answered.contact


def why(floor: Floor) -> list[tuple[str, Impatient]]:
    told = floor.happened(events.CallerImpatient)
    return [(one.contact, one.why) for one in told if isinstance(one, events.CallerImpatient)]


def test_given_one_who_waits_when_another_swears_then_that_one_is_served_first(floor: Floor) -> None:
    waiting = floor.call("5001")
    floor.wait(30)
    angry = floor.call()
    floor.wait(1.5)
    floor.say(IMPATIENT)
    ((contact, reason),) = why(floor)
    assert reason is Impatient.WORDS
    assert served_first(floor) == contact
    assert angry.bridge is not None
    assert waiting.bridge is None
    angry.hang_up()
    waiting.hang_up()
    floor.settle()
    floor.wait(10)
    floor.check()


def test_given_a_caller_when_misheard_three_times_then_a_person_is_next(floor: Floor) -> None:
    waiting = floor.call("5001")
    floor.wait(30)
    unlucky = floor.call()
    floor.wait(1.5)
    floor.say("", verdict=Verdict.REJECT)
    floor.wait(2)
    floor.say("cards", confidence=0.8, verdict=Verdict.CONFIRM)
    floor.wait(2)
    floor.press(unlucky, "2")
    floor.wait(2)
    assert why(floor) == []
    floor.say("", verdict=Verdict.REJECT)
    ((contact, reason),) = why(floor)
    assert reason is Impatient.MISHEARD
    assert served_first(floor) == contact
    unlucky.hang_up()
    waiting.hang_up()
    floor.settle()
    floor.wait(10)
    floor.check()
