"""Transfers to outside numbers, in memory: joined and back, busy, refused, withdrawn at any moment."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from ivrcore.model import events
from ivrcore.model.names import By, Cause, OutboundRefusal, Owner, Service, Told
from ivrcore.session.session import Session
from ivrcore.telephony.leg import Dial, HangUp, LegEvent
from ivrcore.testing import NEVER_ANSWERS, UNREACHABLE, FakeLeg, Phone
from ivrcore.tollguard import Rules
from tests.scenarios.floor import RULES, Floor

NUMBER = "02-1234-5678"
OUTSIDE = "PJSIP/+82212345678@trunk"
SITE = Rules(
    allowed=RULES.allowed,
    denied=RULES.denied,
    trunk=RULES.trunk,
    caller_ids={"main": "+8215880000"},
    caller_id="main",
    country="82",
    at_once=2,
    per_caller=3,
    longest_call=60.0,
)


@pytest.fixture
def floor() -> Floor:
    return Floor(rules=SITE)


def caller_of(session: Session) -> FakeLeg:
    assert isinstance(session.leg, FakeLeg)
    return session.leg


def outside(floor: Floor) -> FakeLeg:
    (leg,) = [leg for leg in floor.switch.legs.values() if leg.dialled]
    return leg


def test_given_an_allowed_number_when_it_answers_then_they_talk_and_he_comes_back(
    floor: Floor,
) -> None:
    floor.switch.phones[OUTSIDE] = Phone(answers_after=3.0, hangs_up_after=20.0)
    caller = floor.call()
    floor.wait(1)
    told = floor.ask(caller, Service.TRANSFER, number=NUMBER, ring=30)
    floor.wait(1)
    assert caller.music == "default"
    floor.wait(5)
    assert caller.bridge == outside(floor).bridge != None  # noqa: E711
    assert told == []
    floor.wait(20)
    assert floor.how(told) is Told.DONE
    assert not caller.ended
    assert caller.bridge is None
    (dial,) = floor.switch.dials
    assert (dial.endpoint, dial.caller_number, dial.time_out) == (OUTSIDE, "+8215880000", 30.0)
    owners = [one.owner for one in floor.happened(events.LegHandedOver)]  # type: ignore[attr-defined]
    assert owners == [Owner.SERVICE, Owner.SESSION]
    (ended,) = floor.happened(events.OutboundEnded)
    assert ended.talked == pytest.approx(20.0, abs=0.3)  # type: ignore[attr-defined]
    assert "1234" not in str(floor.happened(events.OutboundAllowed))
    caller.hang_up()
    floor.check()


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        (Phone(rejects_after=1.0, cause=Cause.BUSY), Told.BUSY),
        (Phone(rejects_after=1.0), Told.BUSY),
        (NEVER_ANSWERS, Told.NO_ANSWER),
        (UNREACHABLE, Told.FAILED),
        (Phone(rejects_after=1.0, cause=Cause.CONGESTION), Told.FAILED),
    ],
)
def test_given_nobody_there_when_transferred_then_the_call_goes_on(
    floor: Floor, phone: Phone, expected: Told
) -> None:
    floor.switch.phones[OUTSIDE] = phone
    caller = floor.call()
    told = floor.ask(caller, Service.TRANSFER, number=NUMBER, ring=5)
    floor.wait(8)
    assert floor.how(told) is expected
    assert caller.music is None
    assert floor.exchange.sessions["c1"].owner is None
    caller.hang_up()
    floor.check()


def broken_dial(_dial: Dial, _owner: Callable[[LegEvent], None]) -> FakeLeg:
    raise RuntimeError("no sockets left")


def failed_dials(floor: Floor) -> list[tuple[str, str, str]]:
    failed = [one for one in floor.journal.events if isinstance(one, events.CommandFailed)]
    return [(one.contact, one.command, one.code) for one in failed]


def test_given_a_fault_in_the_dialling_when_transferred_then_it_failed_and_the_call_goes_on(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = floor.call()
    monkeypatch.setattr(floor.switch, "dial", broken_dial)
    told = floor.ask(caller, Service.TRANSFER, number=NUMBER, ring=5)
    assert floor.how(told) is Told.FAILED
    assert caller.music is None
    assert floor.exchange.sessions["c1"].owner is None
    assert failed_dials(floor) == [("c1", "dial", "IVR900")]
    assert floor.desk.state.open == {}
    assert floor.exchange.faults == 1
    caller.hang_up()
    floor.settle()
    assert not floor.exchange.sessions


def test_given_a_fault_in_the_dialling_and_a_caller_who_is_gone_then_the_line_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = Floor(rules=SITE, slow=0.3)
    caller = floor.call()
    floor.wait(1)
    monkeypatch.setattr(floor.switch, "dial", broken_dial)
    floor.ask(caller, Service.TRANSFER, number=NUMBER, ring=5)
    caller.hang_up()
    floor.wait(2)
    assert len(floor.happened(events.OutboundEnded)) == 1
    assert not floor.exchange.sessions


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("060-700-1234", OutboundRefusal.DENIED),
        ("+1 900 123", OutboundRefusal.NOT_ALLOWED),
        ("kim", OutboundRefusal.NO_NUMBER),
        ("", OutboundRefusal.NO_NUMBER),
    ],
)
def test_given_a_forbidden_number_then_nothing_is_dialled(
    floor: Floor, number: str, why: OutboundRefusal
) -> None:
    caller = floor.call()
    assert floor.how(floor.ask(caller, Service.TRANSFER, number=number)) is Told.REFUSED
    assert floor.switch.dials == []
    (refused,) = floor.happened(events.OutboundRefused)
    assert refused.why is why  # type: ignore[attr-defined]
    caller.hang_up()
    floor.check()


def test_given_limits_when_they_are_reached_then_the_guard_refuses(floor: Floor) -> None:
    floor.switch.phones[OUTSIDE] = Phone(answers_after=1.0)
    callers = [floor.call() for _ in range(3)]
    told = [floor.ask(caller, Service.TRANSFER, number=NUMBER) for caller in callers]
    assert [len(one) for one in told] == [0, 0, 1]
    assert floor.how(told[2]) is Told.REFUSED
    callers[0].hang_up()
    floor.wait(1)
    again = floor.ask(callers[2], Service.TRANSFER, number=NUMBER)
    callers[1].hang_up()
    floor.wait(1)
    assert again == []
    callers[2].hang_up()
    floor.wait(1)
    fourth = floor.call()
    assert floor.how(floor.ask(fourth, Service.TRANSFER, number=NUMBER)) is Told.REFUSED
    assert [one.why for one in floor.happened(events.OutboundRefused)] == [  # type: ignore[attr-defined]
        OutboundRefusal.AT_ONCE,
        OutboundRefusal.PER_CALLER,
    ]
    fourth.hang_up()
    floor.check()


def test_given_a_conversation_when_it_is_too_long_then_it_ends_and_the_call_goes_on(floor: Floor) -> None:
    floor.switch.phones[OUTSIDE] = Phone(answers_after=1.0)
    caller = floor.call()
    told = floor.ask(caller, Service.TRANSFER, number=NUMBER)
    floor.wait(65)
    assert floor.how(told) is Told.DONE
    assert not caller.ended
    caller.hang_up()
    floor.check()


def test_given_the_caller_hangs_up_in_conversation_then_the_outside_is_hung_up(floor: Floor) -> None:
    floor.switch.phones[OUTSIDE] = Phone(answers_after=1.0)
    caller = floor.call()
    told = floor.ask(caller, Service.TRANSFER, number=NUMBER)
    floor.wait(3)
    caller.hang_up()
    floor.wait(1)
    assert told == []
    ended = [one for one in floor.happened(events.LegEnded) if one.leg.endswith("s1.l")]  # type: ignore[attr-defined]
    assert ended[0].by is By.SERVER  # type: ignore[attr-defined]
    floor.check()


def test_given_the_time_is_up_while_it_rings_when_it_answers_late_then_it_is_hung_up(floor: Floor) -> None:
    caller = floor.call()
    told = floor.ask(caller, Service.TRANSFER, number=NUMBER, timeout=2.0)
    floor.wait(1)
    late = outside(floor)
    floor.switch.go_away()
    late.answer()
    floor.wait(3)
    floor.switch.come_back()
    floor.wait(1)
    assert floor.how(told) is Told.TIMED_OUT
    assert late.ended
    assert any(isinstance(command, HangUp) for command in late.commands)
    assert not caller.ended
    caller.hang_up()
    floor.check()


def test_given_joining_fails_then_the_outside_is_hung_up_and_the_call_goes_on(floor: Floor) -> None:
    floor.switch.phones[OUTSIDE] = Phone(answers_after=1.0)
    floor.switch.joins_fail = True
    caller = floor.call()
    told = floor.ask(caller, Service.TRANSFER, number=NUMBER)
    floor.wait(3)
    assert floor.how(told) is Told.FAILED
    assert not caller.ended
    caller.hang_up()
    floor.check()


def test_given_a_call_that_was_not_answered_then_it_is_when_it_is_transferred(floor: Floor) -> None:
    floor.switch.phones[OUTSIDE] = Phone(answers_after=1.0, hangs_up_after=1.0)
    caller = floor.call("5001")
    told = floor.ask(caller, Service.TRANSFER, number=NUMBER)
    floor.wait(5)
    assert caller.answered
    assert floor.how(told) is Told.DONE
    caller.hang_up()
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(25))
def test_given_any_order_of_what_may_happen_then_nothing_is_left(seed: int, slow: float) -> None:
    chance = random.Random(seed)
    floor = Floor(rules=SITE, slow=slow)
    talks = Phone(answers_after=0.5, hangs_up_after=1.0)
    phones = [talks, Phone(answers_after=0.2), UNREACHABLE, NEVER_ANSWERS]
    callers: list[FakeLeg] = []
    for _ in range(40):
        floor.switch.phones[OUTSIDE] = chance.choice(phones)
        floor.switch.joins_fail = chance.random() < 0.1
        match chance.randrange(7):
            case 0 if floor.switch.connected:
                callers.append(floor.call())
            case 1 | 2:
                free = [
                    one for one in floor.exchange.sessions.values() if one.owner is None and not one.ended
                ]
                for session in free[:1]:
                    floor.ask(
                        caller_of(session), Service.TRANSFER, "", chance.choice([1.0, 30.0]), number=NUMBER
                    )
            case 3:
                for caller in chance.sample(callers, min(1, len(callers))):
                    caller.hang_up()
            case 4:
                for leg in [one for one in floor.switch.legs.values() if one.dialled][:1]:
                    leg.hang_up()
            case 5 if floor.switch.connected:
                floor.switch.go_away()
            case 6 if not floor.switch.connected:
                floor.switch.come_back()
        floor.wait(chance.choice([0.0, 0.1, 0.5, 2.0]))
    if not floor.switch.connected:
        floor.switch.come_back()
    for caller in callers:
        caller.hang_up()
    floor.wait(5)
    floor.check()


LISTENING = """
name: listening
language: en
numbers:
  "5000": {start: hello}
blocks:
  hello: [{menu: main}]
  out: [{transfer: "02-1234-5678", failed: [hang_up]}, hang_up]
  left: [{record: complaints, longest: 60s, failed: [hang_up]}, hang_up]
universals: {agent: {goto: hello}}
menus:
  main:
    prompt: Out or message?
    choices:
      out: {say: [out], keys: "1", go: [{goto: out}]}
      message: {say: [message], keys: "2", go: [{goto: left}]}
    otherwise: [hang_up]
"""


@pytest.mark.parametrize("choice", ["out", "message"])
def test_given_a_menu_by_speech_when_others_are_talked_with_then_nobody_of_us_hears_it(choice: str) -> None:
    floor = Floor(LISTENING, rules=SITE)
    floor.switch.phones[OUTSIDE] = Phone(answers_after=1.0, hangs_up_after=600.0)
    caller = floor.call()
    floor.wait(1.5)
    assert caller.sink is not None
    floor.say(choice)
    floor.wait(3)
    assert caller.bridge is not None or caller.recording is not None
    assert caller.sink is None
    caller.hang_up()
    floor.check()
