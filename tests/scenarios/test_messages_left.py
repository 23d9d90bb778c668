"""Messages that callers leave, in memory: kept whatever ends them, refused where there is no room."""

from __future__ import annotations

import pytest

from ivrcore.answerers.recording import seconds_of
from ivrcore.model import events
from ivrcore.model.names import Outcome, Told
from ivrcore.telephony.leg import Record
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import Floor

SECOND = b"\x00\x10" * 16000
PLAN = """
name: messages
language: en
numbers:
  "6000": {start: complain}
  "6001": {start: praise}
  "6002": {start: early, answer: early_media}
blocks:
  complain:
    - record: complaints
      longest: 60s
      silence: 2s
      terminator: "*"
      failed: [{say: Nothing was left.}]
    - say: Thank you.
    - pause: 60s
  praise:
    - record: praise
      failed: [{say: Nothing was left.}]
    - pause: 60s
  early:
    - record: complaints
"""


@pytest.fixture
def floor() -> Floor:
    return Floor(PLAN)


def say(floor: Floor, caller: FakeLeg, seconds: int) -> None:
    for _ in range(seconds):
        caller.speak(SECOND)
        floor.wait(1)


def test_given_a_message_when_it_ends_with_silence_then_it_is_kept_and_the_call_goes_on(floor: Floor) -> None:
    caller = floor.call("6000")
    (record,) = [command for command in caller.commands if isinstance(command, Record)]
    assert record == Record("c1.s1", 10.0, 2.0, "*")
    say(floor, caller, 3)
    floor.wait(3)
    assert floor.answers() == [Told.DONE]
    (recorded,) = floor.happened(events.MessageRecorded)
    assert (recorded.mailbox, recorded.seconds) == ("complaints", 3.0)  # type: ignore[attr-defined]
    assert [seconds_of(audio) for audio in floor.messages] == [3.0]
    assert floor.switch.recordings == {}
    assert floor.heard(caller) == ["Thank you."]
    caller.hang_up()
    floor.check()


@pytest.mark.parametrize("how", ["key", "longest", "hang up"])
def test_given_a_message_when_it_ends_otherwise_then_what_was_said_is_kept(floor: Floor, how: str) -> None:
    caller = floor.call("6000")
    say(floor, caller, 3)
    match how:
        case "key":
            floor.press(caller, "*")
        case "longest":
            say(floor, caller, 9)
        case _:
            caller.hang_up()
    floor.wait(1)
    assert len(floor.messages) == len(floor.happened(events.MessageRecorded)) == 1
    assert floor.answers() == ([Told.DONE] if how in ("key", "longest") else [])
    caller.hang_up()
    floor.check()


def test_given_the_time_is_up_then_what_was_said_is_kept(floor: Floor) -> None:
    caller = floor.call("6002")
    floor.wait(0.5)
    session = floor.exchange.sessions["c1"]
    say(floor, caller, 2)
    session.asking.stop("c1.s1")
    floor.wait(1)
    assert [seconds_of(audio) for audio in floor.messages] == [2.0]
    assert session.owner is None
    caller.hang_up()
    floor.check()


def test_given_nobody_speaks_then_no_message_is_kept(floor: Floor) -> None:
    caller = floor.call("6000")
    floor.wait(4)
    assert floor.answers() == [Told.NO_ANSWER]
    assert (floor.messages, floor.switch.recordings) == ([], {})
    assert floor.heard(caller) == ["Nothing was left.", "Thank you."]
    caller.hang_up()
    floor.check()


def test_given_a_full_mailbox_then_nothing_is_recorded(floor: Floor) -> None:
    floor.messages += [b""] * 3
    caller = floor.call("6000")
    assert floor.answers() == [Told.REFUSED]
    assert not [command for command in caller.commands if isinstance(command, Record)]
    caller.hang_up()
    floor.check()


def test_given_an_unknown_mailbox_then_the_call_goes_on(floor: Floor) -> None:
    caller = floor.call("6001")
    assert floor.answers() == [Told.FAILED]
    caller.hang_up()
    floor.check()


def test_given_asterisk_cannot_record_then_the_call_goes_on(floor: Floor) -> None:
    floor.switch.refuse[("c1.l1", Record)] = ("IVR303", 500)
    caller = floor.call("6000")
    (answered,) = floor.happened(events.ServiceAnswered)
    assert (answered.how, answered.code) == (Told.FAILED, "IVR303")  # type: ignore[attr-defined]
    caller.hang_up()
    floor.check()


def test_given_a_call_that_is_not_answered_then_it_is_to_record(floor: Floor) -> None:
    caller = floor.call("6002")
    assert caller.answered
    say(floor, caller, 1)
    caller.hang_up()
    floor.settle()
    (closed,) = floor.happened(events.ContactClosed)
    assert closed.outcome is not Outcome.FAILED  # type: ignore[attr-defined]
    floor.check()
