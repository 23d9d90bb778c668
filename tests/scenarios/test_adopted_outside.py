"""A server dies under transfers and messages: who talk talk on, what is said is kept."""

from __future__ import annotations

from typing import Any

import pytest

from ivrcore.answerers.adopted_transfer import AdoptedTransfer
from ivrcore.answerers.recording import seconds_of
from ivrcore.model import events
from ivrcore.model.names import Cause, Outcome, Told
from ivrcore.testing import FakeLeg, Phone
from ivrcore.tollguard import Rules
from tests.scenarios.floor import RULES, Floor

SECOND = b"\x00\x10" * 16000
OUTSIDE = "PJSIP/+82212345678@trunk"
SITE = Rules(allowed=RULES.allowed, trunk=RULES.trunk, country="82", at_once=1, longest_call=60.0)
PLAN = """
name: outside
language: en
numbers:
  "6000": {start: transfer}
  "6001": {start: record}
  "6002": {start: early, answer: early_media}
blocks:
  transfer:
    - transfer: "02-1234-5678"
      ring: 20s
      failed: [{say: Nobody is there.}]
    - say: Thank you.
    - pause: 60s
  early:
    - transfer: "02-1234-5678"
    - pause: 60s
  record:
    - record: complaints
      prompt: Please speak.
      longest: 10s
      silence: 2s
      failed: [{say: Nothing was left.}]
    - say: Thank you.
    - pause: 60s
"""


TALKS = Phone(answers_after=3.0, hangs_up_after=10.0)


def made(phone: Phone = TALKS, slow: float = 0.0) -> Floor:
    floor = Floor(PLAN, rules=SITE, slow=slow)
    floor.switch.phones[OUTSIDE] = phone
    return floor


def outside(floor: Floor) -> FakeLeg:
    (leg,) = [leg for leg in floor.switch.legs.values() if leg.dialled]
    return leg


def one(floor: Floor, kind: type[Any]) -> Any:
    (event,) = floor.happened(kind)
    return event


def test_given_a_transfer_that_talks_when_the_server_dies_then_they_talk_on_and_he_comes_back() -> None:
    floor = made()
    caller = floor.call("6000")
    floor.wait(5)
    bridge = caller.bridge
    floor = floor.replaced(away=2)
    floor = floor.replaced(away=1)
    assert bridge is not None
    assert caller.bridge == outside(floor).bridge == bridge
    assert list(floor.desk.state.open) == ["c1.s1"]
    floor.wait(8)
    assert floor.answers() == [Told.DONE]
    assert floor.heard(caller) == ["Thank you."]
    ended = one(floor, events.OutboundEnded)
    assert (ended.how, ended.inferred) == (Told.DONE, False)
    assert ended.talked == pytest.approx(10.0, abs=0.3)
    assert len(floor.switch.dials) == 1
    caller.hang_up()
    floor.check()


@pytest.mark.parametrize("away", [1.0, 4.0])
@pytest.mark.parametrize("number", ["6000", "6002"])
def test_given_an_outside_phone_that_rings_when_the_server_dies_then_its_answer_counts(
    away: float, number: str
) -> None:
    floor = made()
    caller = floor.call(number)
    floor.wait(1)
    floor = floor.replaced(away=away)
    if away < 3:
        assert caller.music == "default"
    floor.wait(3)
    assert caller.bridge == outside(floor).bridge == "c1.s1.b"
    floor.wait(10)
    assert floor.answers() == [Told.DONE]
    caller.hang_up()
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.2])
@pytest.mark.parametrize("kept", [0.0, 0.4, 0.7, 1.0])
@pytest.mark.parametrize("tick", range(12))
def test_given_any_moment_of_a_transfer_when_the_server_dies_then_the_caller_talks(
    tick: int, kept: float, slow: float
) -> None:
    floor = made(Phone(answers_after=0.5, hangs_up_after=4.0), slow)
    caller = floor.call("6000")
    for _ in range(tick):
        floor.steady.advance(0.11)
    floor = floor.replaced(away=0.3, slow=slow, kept=kept)
    if caller.id in floor.switch.orphans:  # nobody knew of the call yet
        caller.hang_up()
    floor.wait(9)
    if not caller.ended:
        how = floor.answers()[-1]
        # dialled, and killed before it was: whether it was dialled nobody knows
        assert how is Told.DONE or not floor.switch.dials
    caller.hang_up()
    floor.wait(2)
    floor.check()


def test_given_who_was_not_reached_when_nobody_looked_then_the_dialplan_goes_on() -> None:
    floor = made(Phone(rejects_after=3.0, cause=Cause.BUSY))
    caller = floor.call("6000")
    floor.wait(2)
    floor = floor.replaced(away=3)
    floor.wait(3)
    assert floor.heard(caller) == ["Nobody is there.", "Thank you."]
    assert floor.answers() == [Told.FAILED]
    assert not floor.desk.state.open
    caller.hang_up()
    floor.check()


def test_given_the_outside_hung_up_when_nobody_looked_then_they_have_talked() -> None:
    floor = made(Phone(answers_after=1.0, hangs_up_after=4.0))
    caller = floor.call("6000")
    floor.wait(3)
    floor = floor.replaced(away=6)
    floor.wait(3)
    assert floor.heard(caller) == ["Thank you."]
    assert floor.answers() == [Told.DONE]
    assert caller.bridge is None
    caller.hang_up()
    floor.check()


@pytest.mark.parametrize("who", ["caller", "both"])
def test_given_callers_who_left_meanwhile_then_nobody_is_left_on_the_line(who: str) -> None:
    floor = made(Phone(answers_after=1.0, hangs_up_after=100.0))
    caller = floor.call("6000")
    floor.wait(3)
    other = outside(floor)
    caller.hang_up()
    if who == "both":
        other.hang_up()
    floor = floor.replaced(away=2)
    floor.wait(3)
    assert other.ended
    closed = one(floor, events.ContactClosed)
    assert (closed.outcome, closed.inferred) == (Outcome.LEFT_IN_MENU, True)
    assert one(floor, events.OutboundEnded).outbound == "c1.s1"
    floor.check()


def test_given_the_longest_call_when_the_server_died_in_it_then_it_holds() -> None:
    floor = made(Phone(answers_after=1.0))
    caller = floor.call("6000")
    floor.wait(21)
    floor = floor.replaced(away=20)
    floor.wait(15)
    assert caller.bridge is not None
    floor.wait(7)
    assert floor.heard(caller) == ["Thank you."]
    assert one(floor, events.OutboundEnded).talked == pytest.approx(60.0, abs=0.5)
    caller.hang_up()
    floor.check()


def test_given_a_transfer_that_cannot_be_taken_up_by_a_fault_then_the_dialplan_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = made(Phone(answers_after=1.0))
    caller = floor.call("6000")
    floor.wait(3)
    other = outside(floor)

    def fails(*_: Any) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(AdoptedTransfer, "take_up", fails)
    floor = floor.replaced(away=1)
    floor.wait(3)
    assert floor.heard(caller) == ["Nobody is there.", "Thank you."]
    assert other.ended
    assert not floor.desk.state.open
    caller.hang_up()
    floor.wait(2)
    floor.check()


def speak(floor: Floor, caller: FakeLeg, seconds: int) -> None:
    for _ in range(seconds):
        caller.speak(SECOND)
        floor.wait(1)


@pytest.mark.parametrize("end", ["silence", "key", "hang up"])
def test_given_a_message_under_way_when_the_server_dies_then_all_of_it_is_kept(end: str) -> None:
    floor = made()
    caller = floor.call("6001")
    floor.wait(2)
    speak(floor, caller, 2)
    floor = floor.replaced(away=1)
    speak(floor, caller, 2)
    if end == "key":
        floor.press(caller, "#")
    if end == "hang up":
        caller.hang_up()
    floor.wait(4)
    assert [seconds_of(audio) for audio in floor.messages] == [4.0]
    assert one(floor, events.MessageRecorded).mailbox == "complaints"
    assert floor.switch.recordings == {}
    if end != "hang up":
        assert floor.answers() == [Told.DONE]
        assert floor.heard(caller) == ["Please speak.", "Thank you."]
        caller.hang_up()
    floor.check()


@pytest.mark.parametrize("end", ["silence", "hang up"])
def test_given_a_message_that_ended_when_nobody_looked_then_it_is_kept(end: str) -> None:
    floor = made()
    caller = floor.call("6001")
    floor.wait(2)
    speak(floor, caller, 2)
    floor.journal.crash(1.0)
    if end == "hang up":
        caller.hang_up()
    floor = floor.replaced(away=30)
    floor.wait(3)
    assert [seconds_of(audio) for audio in floor.messages] == [2.0]
    assert len(floor.happened(events.MessageRecorded)) == 1
    assert floor.switch.recordings == {}
    if end == "silence":
        assert floor.heard(caller) == ["Please speak.", "Thank you."]
        caller.hang_up()
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.2])
@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("tick", range(10, 28))
def test_given_any_moment_of_a_message_when_the_server_dies_then_one_is_kept(
    tick: int, kept: float, slow: float
) -> None:
    floor = made(slow=slow)
    caller = floor.call("6001")
    for at in range(tick):
        floor.steady.advance(0.11)
        if at % 5 == 0:
            caller.speak(SECOND)
    floor = floor.replaced(away=0.3, slow=slow, kept=kept)
    for _ in range(12):
        caller.speak(SECOND)
        floor.wait(0.5)
    floor.wait(6)
    assert floor.answers()[-1] is Told.DONE
    assert len(floor.happened(events.MessageRecorded)) == 1
    assert floor.heard(caller)[-1] == "Thank you."
    caller.hang_up()
    floor.wait(2)
    floor.check()
