"""Call-backs keep the time at which the caller came, and end when the customer calls in."""

from __future__ import annotations

from msgspec import structs

from ivrcore.config import CallBackConfig, QueueVoice
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd, LeftQueue
from ivrcore.routing.commands import LoadRoster
from ivrcore.testing import NEVER_ANSWERS, Phone
from ivrcore.tollguard import Rules
from tests.scenarios.floor import AGENTS, QUEUES, Floor

SITE = Rules(allowed=("+82",), trunk="PJSIP/{number}@trunk", at_once=2, per_caller=4)
PLAN = """
name: back
language: en
numbers: {"6000": {start: wait}, "6001": {start: cards}}
blocks:
  wait:
    - queue: general
      keys: {"1": [{call_back: general}, {say: We will call you.}, {hang_up: normal}]}
  cards:
    - queue: cards
"""
VOICES = {"general": QueueVoice(welcome_back={"en": "We kept your place."})}
CUSTOMER = "PJSIP/+82212345678@trunk"
OTHER = "+82287654321"


def put_off(floor: Floor) -> None:
    """A caller waits for half a minute, and asks to be called back."""
    caller = floor.call("6000")
    floor.wait(30.0)
    floor.press(caller, "1")
    floor.wait(5.0)
    assert caller.ended


def places(floor: Floor) -> list[float | None]:
    return [one.since for one in floor.journal.events if isinstance(one, events.ContactQueued)]


def ended(floor: Floor) -> list[CallBackEnd]:
    return [one.how for one in floor.journal.events if isinstance(one, events.CallBackEnded)]


def test_given_a_caller_who_waited_when_he_asks_to_be_called_back_then_his_time_counts() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor)
    first, second = floor.happened(events.ContactQueued)
    assert isinstance(first, events.ContactQueued)
    assert isinstance(second, events.ContactQueued)
    assert (second.call_back, second.since) == (True, first.at)
    floor.switch.phones["PJSIP/+82212345678@trunk"] = Phone(answers_after=3.0, hangs_up_after=20.0)
    floor.phone("ann", Phone(answers_after=2.0))
    floor.ready("ann")
    floor.wait(60.0)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def test_given_a_call_back_when_the_customer_calls_in_then_he_has_its_place_and_is_told() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor)
    came = floor.happened(events.ContactQueued)[0].at
    floor.wait(60.0)
    caller = floor.call("6000")
    floor.wait(2.0)
    assert ended(floor) == [CallBackEnd.GOES_ON]
    assert places(floor)[-1] == came
    assert floor.heard(caller)[-1] == "We kept your place."
    left = floor.happened(events.VisitLeft)[-1]
    assert isinstance(left, events.VisitLeft)
    assert left.why is LeftQueue.MOVED
    assert floor.exchange.routing.waiting_in("general") == 1
    caller.hang_up()
    floor.wait(1.0)
    assert floor.exchange.routing.waiting_in("general") == 1  # the number alone may be faked
    floor.switch.phones["PJSIP/+82212345678@trunk"] = Phone(answers_after=3.0, hangs_up_after=20.0)
    floor.phone("ann", Phone(answers_after=2.0))
    floor.ready("ann")
    floor.wait(60.0)
    assert ended(floor) == [CallBackEnd.GOES_ON, CallBackEnd.TALKED]
    floor.check()


def test_given_a_call_back_when_somebody_else_or_for_another_queue_calls_then_it_goes_on() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor)
    others = [floor.call("6000", OTHER), floor.call("6000", "anonymous"), floor.call("6001")]
    floor.wait(2.0)
    assert ended(floor) == []
    assert places(floor)[-3:] == [None, None, None]
    for leg in others:
        leg.hang_up()
    floor.switch.phones["PJSIP/+82212345678@trunk"] = Phone(answers_after=3.0, hangs_up_after=20.0)
    floor.phone("ann", Phone(answers_after=2.0))
    floor.ready("ann")
    floor.wait(60.0)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def early(answers_after: float | None) -> Floor:
    """A call-back waits, and ann's wrap-up (20 s) after another call has just begun."""
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(customer_first=True, ring=10.0))
    queues = tuple(structs.replace(one, wrap_up=20.0) for one in QUEUES)
    floor.exchange.order(LoadRoster(queues, AGENTS))
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=60.0))
    customer = (
        NEVER_ANSWERS if answers_after is None else Phone(answers_after=answers_after, hangs_up_after=200.0)
    )
    floor.switch.phones[CUSTOMER] = customer
    floor.ready("ann")
    other = floor.call("6000", OTHER)
    floor.wait(5.0)
    put_off(floor)
    other.hang_up()
    floor.wait(0.5)
    assert CUSTOMER not in [dial.endpoint for dial in floor.switch.dials]
    return floor


def test_given_customer_first_when_wrap_up_is_ending_then_the_customer_is_rung_and_waits_a_moment() -> None:
    floor = early(3.0)
    floor.wait(18.0)
    assert [dial.endpoint for dial in floor.switch.dials][1:] == [CUSTOMER]
    floor.wait(4.0)
    assert [dial.endpoint for dial in floor.switch.dials][1:] == [CUSTOMER, "PJSIP/ann"]
    floor.wait(100.0)
    assert ended(floor) == [CallBackEnd.TALKED]
    assert len(floor.happened(events.CallBackDialled)) == 1
    floor.wait(120.0)
    floor.check()


def test_given_customer_first_when_nobody_answers_then_it_is_tried_again_later() -> None:
    floor = early(None)
    floor.wait(60.0)
    [missed] = floor.happened(events.CallBackMissed)
    assert isinstance(missed, events.CallBackMissed)
    assert missed.again is not None
    assert ended(floor) == []
    floor.wait(1500.0)
    assert ended(floor) == [CallBackEnd.NOT_REACHED]
    floor.wait(60.0)
    floor.check()
