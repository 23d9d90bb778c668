"""A server dies when a message is said and in no box yet: the next one finds it, and keeps it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from twisted.internet.defer import fail

from ivrcore.answerers.left_messages import AGAIN
from ivrcore.answerers.messages import Messages
from ivrcore.answerers.recording import seconds_of
from ivrcore.model import events
from ivrcore.model.message_ids import message_of
from ivrcore.model.names import Told
from ivrcore.session.unkept import UnkeptMessages
from ivrcore.telephony.leg import Record
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import Floor
from tests.scenarios.test_adopted_outside import PLAN, one, speak
from tests.scenarios.test_erased import erasing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ivrcore.model.event import Event

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


def kept_after_all(floor: Floor) -> None:
    """See that what could not be had so far is kept once it can be, and is erased then."""
    assert floor.left.on_the_way.requests == set(), "who ends the server does not wait for it"
    assert floor.switch.recordings
    assert not floor.messages
    floor.switch.fetches_fail = False
    floor.wait(AGAIN)
    assert [seconds_of(audio) for audio in floor.messages] == [2.0]
    assert one(floor, events.MessageRecorded).message == message_of("c1.s1")
    assert floor.switch.recordings == {}
    assert floor.left.on_the_way.requests == set()
    floor.check()


def test_given_a_start_that_cannot_fetch_it_then_it_is_left_in_asterisk_and_tried_again() -> None:
    floor, caller = said()
    caller.hang_up()
    floor.wait(0.2)
    floor.switch.fetches_fail = True
    floor = floor.replaced(away=1)
    floor.wait(AGAIN)
    kept_after_all(floor)


@pytest.mark.parametrize("hangs_up", [True, False])
def test_given_a_message_that_cannot_be_fetched_then_the_dialplan_goes_on_and_it_is_tried_again(
    *, hangs_up: bool
) -> None:
    floor, caller = said()
    floor.switch.fetches_fail = True
    if hangs_up:
        caller.hang_up()
    else:
        floor.press(caller, "#")
    floor.wait(3)
    assert floor.answers() == ([] if hangs_up else [Told.FAILED])
    assert floor.heard(caller)[1:] == ([] if hangs_up else ["Nothing was left.", "Thank you."])
    caller.hang_up()
    kept_after_all(floor)


def test_given_a_message_that_could_not_be_fetched_when_the_server_dies_then_the_next_one_keeps_it() -> None:
    floor, caller = said()
    floor.switch.fetches_fail = True
    caller.hang_up()
    floor.wait(3)
    floor.switch.fetches_fail = False
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert [seconds_of(audio) for audio in floor.messages] == [2.0]
    assert floor.switch.recordings == {}
    floor.check()


def test_given_a_message_over_meanwhile_that_cannot_be_fetched_then_nothing_is_recorded_over_it() -> None:
    floor, caller = said()
    floor.press(caller, "#")
    floor.switch.fetches_fail = True
    asked = sum(isinstance(command, Record) for command in caller.commands)
    floor = floor.replaced(away=1)
    floor.wait(3)
    assert sum(isinstance(command, Record) for command in caller.commands) == asked
    assert floor.answers() == [Told.FAILED]
    caller.hang_up()
    kept_after_all(floor)


@pytest.mark.parametrize("again", [True, False])
def test_given_a_box_that_takes_nothing_then_it_is_told_without_values_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, again: bool
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Floor, "_keep", lambda *_: fail(ValueError("+82212345678")))
        floor, caller = said()
        caller.hang_up()
        floor.wait(0.2)
        if again:
            floor = floor.replaced(away=1)
        floor.wait(3)
        assert "a message for complaints was not kept: ValueError" in caplog.text
        assert "+82212345678" not in caplog.text
        assert floor.left.on_the_way.requests == set()
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert [seconds_of(audio) for audio in floor.messages] == [2.0]
    floor.check()


def test_given_a_journal_that_does_not_take_what_was_kept_then_nobody_waits_for_that_message() -> None:
    floor, caller = said()
    caller.hang_up()
    floor.wait(0.2)
    floor = floor.replaced(away=1)
    append = floor.journal.append

    def broken(happened: Sequence[Event], *more: object) -> None:
        raise ValueError("a fault")

    floor.left.take_up(UnkeptMessages(), (), (), broken)
    floor.wait(1)
    assert floor.left.on_the_way.requests == set()
    assert not floor.happened(events.MessageRecorded)
    floor.left.take_up(UnkeptMessages(), (), (), append)
    floor.wait(AGAIN + 1)
    assert floor.happened(events.MessageRecorded)
    assert len(floor.messages) == 1
    floor.check()


@pytest.mark.parametrize("trying", [True, False])
def test_given_a_message_that_is_put_off_when_its_caller_is_erased_then_it_is_deleted_unheard(
    tmp_path: Path, *, trying: bool
) -> None:
    floor, caller = said()
    floor.switch.fetches_fail = True
    caller.hang_up()
    floor.wait(3)
    if trying:
        floor.wait(AGAIN - 2.3)
        assert floor.left.on_the_way.requests == {"c1.s1"}
    floor.switch.fetches_fail = False
    erasing(floor, Messages(tmp_path, b"k" * 32)).erase(one(floor, events.ContactArrived).subject)
    floor.wait(AGAIN + 1)
    assert (floor.messages, floor.switch.recordings) == ([], {})
    assert not floor.happened(events.MessageRecorded)
    floor.check()
