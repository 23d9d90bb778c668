"""A server dies when a message is said and in no box yet: the next one finds it, and keeps it once."""

from __future__ import annotations

import pytest

from ivrcore.answerers.recording import seconds_of
from ivrcore.model import events
from ivrcore.model.message_ids import message_of
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import Floor
from tests.scenarios.test_adopted_outside import PLAN, one, speak

SLOW_FETCH = 0.5
"""Seconds that Asterisk takes to give a recording."""


def said(*, slow: float = 0.0) -> tuple[Floor, FakeLeg]:
    """Have a caller say something for two seconds."""
    floor = Floor(PLAN, slow=slow)
    floor.switch.fetch_seconds = SLOW_FETCH
    caller = floor.call("6001")
    floor.wait(2)
    speak(floor, caller, 2)
    return floor, caller


@pytest.mark.parametrize("slow", [0.0, 0.2])
@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("tick", range(16))
def test_given_any_moment_after_the_hang_up_when_the_server_dies_then_the_message_is_kept_once(
    tick: int, kept: float, slow: float
) -> None:
    floor, caller = said(slow=slow)
    caller.hang_up()
    for _ in range(tick):
        floor.steady.advance(0.07)
    before = len(floor.messages)
    floor = floor.replaced(away=1, slow=slow, kept=kept)
    floor.wait(3)
    assert before + len(floor.messages) == len(floor.boxes) == 1
    assert one(floor, events.MessageRecorded).message == message_of("c1.s1")
    assert floor.switch.recordings == {}
    floor = floor.replaced(away=1)
    floor.wait(3)
    assert floor.messages == []
    assert len(floor.happened(events.MessageRecorded)) == 1
    floor.check()


def test_given_a_death_after_the_caller_was_forgotten_then_all_that_was_said_is_kept() -> None:
    floor, caller = said()
    caller.hang_up()
    floor.wait(0.2)
    assert floor.happened(events.ContactClosed)
    assert not floor.happened(events.MessageRecorded)
    floor = floor.replaced(away=5)
    floor.wait(1)
    assert [seconds_of(audio) for audio in floor.messages] == [2.0]
    told = one(floor, events.MessageRecorded)
    assert (told.mailbox, told.seconds) == ("complaints", 2.0)
    floor.check()


@pytest.mark.parametrize("lives", [1, 2])
def test_given_servers_that_die_before_they_have_fetched_it_then_a_later_one_does(lives: int) -> None:
    floor, caller = said()
    caller.hang_up()
    floor.wait(0.2)
    for _ in range(lives):
        floor = floor.replaced(away=1)
        assert floor.messages == []
    floor.wait(1)
    assert len(floor.messages) == 1
    floor.check()


def test_given_a_recording_that_is_gone_from_asterisk_then_nobody_looks_for_ever() -> None:
    floor, caller = said()
    caller.hang_up()
    floor.wait(0.2)
    floor.switch.recordings.clear()
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert not floor.happened(events.MessageRecorded)
    assert floor.left.on_the_way.requests == set()
    floor.check()


def test_given_a_message_in_its_box_when_the_server_dies_before_it_is_erased_then_it_is_erased() -> None:
    floor, caller = said()
    caller.hang_up()
    floor.wait(0.2)
    lies = dict(floor.switch.recordings)
    floor.wait(1)
    assert floor.happened(events.MessageRecorded)
    floor.switch.recordings.update(lies)
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert floor.switch.recordings == {}
    assert len(floor.happened(events.MessageRecorded)) == 1
    floor.check()


def test_given_a_caller_who_had_themselves_erased_then_what_they_said_is_deleted_unheard() -> None:
    floor, caller = said()
    caller.hang_up()
    floor.wait(0.2)
    arrived = one(floor, events.ContactArrived)
    assert arrived.subject
    floor.journal.append([events.SubjectErased(at=floor.clock.now(), subject=arrived.subject)])
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert floor.messages == []
    assert floor.switch.recordings == {}
    assert not floor.happened(events.MessageRecorded)
    floor.check()


def test_given_a_message_under_way_at_a_death_then_only_who_took_it_up_keeps_it() -> None:
    floor, caller = said()
    floor = floor.replaced(away=1)
    speak(floor, caller, 1)
    caller.hang_up()
    floor.wait(2)
    assert [seconds_of(audio) for audio in floor.messages] == [3.0]
    assert len(floor.happened(events.MessageRecorded)) == 1
    floor.check()
