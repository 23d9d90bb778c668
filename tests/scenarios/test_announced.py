"""Announcements and the emergency switch under calls in progress: who hears what, when, and once."""

from __future__ import annotations

import pytest

from ivrcore.announcements.drafts import Draft
from ivrcore.config import QueueVoice
from ivrcore.model import events as e
from ivrcore.telephony import leg as legs
from ivrcore.testing import FakeLeg, Phone
from tests.scenarios.floor import Floor

WARNING = "We never ask for your PIN."
PLACE = "You are number 1."


@pytest.fixture
def floor() -> Floor:
    voice = QueueVoice(position="You are number {position}.", announce_first=20.0, announce_every=30.0)
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
