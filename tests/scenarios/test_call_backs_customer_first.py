"""Customers who are rung before an agent is asked: however the ringing ends, nobody else pays for it."""

from __future__ import annotations

from msgspec import structs

from ivrcore.config import CallBackConfig, QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd, LeftQueue, OfferEnd, OutboundRefusal
from ivrcore.routing import commands as routing
from ivrcore.testing import NEVER_ANSWERS, Phone
from ivrcore.tollguard import Rules
from tests.scenarios.floor import AGENTS, QUEUES, Floor
from tests.scenarios.test_call_backs_kept import CUSTOMER, OTHER, PLAN, SITE, VOICES, ended, put_off

FIRST = CallBackConfig(customer_first=True, ring=10.0, gap=30.0)
WHISPER = {"general": QueueVoice(whisper=(Spoken("A call-back.", "en"),))}
ANSWERS = Phone(answers_after=1.0, hangs_up_after=600.0)
SECOND = "PJSIP/+82299999999@trunk"


def wrapping_up(floor: Floor) -> Floor:
    """Wrap-up takes 20 s from now on."""
    queues = tuple(structs.replace(one, wrap_up=20.0, max_wait=None) for one in QUEUES)
    floor.exchange.order(routing.LoadRoster(queues, AGENTS))
    return floor


def early(customer: Phone, voices: dict[str, QueueVoice]) -> Floor:
    """A call-back waits, ann's wrap-up is ending, and the customer's phone has just begun to ring."""
    floor = wrapping_up(Floor(PLAN, rules=SITE, voices=voices, call_back=FIRST))
    floor.phone("ann", ANSWERS)
    floor.switch.phones[CUSTOMER] = customer
    floor.ready("ann")
    other = floor.call("6000", OTHER)
    floor.wait(5.0)
    put_off(floor)
    other.hang_up()
    until(floor, lambda: bool(floor.happened(events.CallBackDialled)))
    return floor


def until(floor: Floor, holds: object, within: float = 60.0) -> None:
    """Let time pass until something holds."""
    assert callable(holds)
    for _ in range(round(within * 10)):
        if holds():
            return
        floor.wait(0.1)
    raise AssertionError("it did not happen")


def count(floor: Floor, kind: type) -> int:
    return len(floor.happened(kind))


def test_given_an_agent_in_the_whisper_when_the_early_ringing_ends_then_the_next_try_waits() -> None:
    floor = early(NEVER_ANSWERS, WHISPER)
    until(floor, lambda: count(floor, events.OfferAccepted) > 1)
    (ringing,) = [leg for name, leg in floor.switch.legs.items() if ".b1" in name]
    floor.switch.phones[CUSTOMER] = Phone(answers_after=2.0, hangs_up_after=40.0)
    ringing.hang_up()
    floor.settle()
    missed_at = floor.happened(events.CallBackMissed)[0].at
    assert floor.exchange.routing.waiting_in("general") == 0
    floor.wait(25.0)
    assert count(floor, events.CallBackDialled) == 1, "a missed customer is not rung again at once"
    floor.wait(80.0)
    _, second = floor.happened(events.CallBackDialled)
    assert second.at >= missed_at + FIRST.gap
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.wait(60.0)
    floor.check()


def test_given_an_agent_who_is_rung_when_the_early_ringing_ends_then_the_agent_is_not_to_blame() -> None:
    floor = early(NEVER_ANSWERS, VOICES)
    floor.phone("ann", NEVER_ANSWERS)
    until(floor, lambda: count(floor, events.CallBackMissed) > 0)
    floor.settle()
    last = floor.happened(events.OfferEnded)[-1]
    assert isinstance(last, events.OfferEnded)
    assert last.how is OfferEnd.WITHDRAWN
    ann = floor.exchange.routing.agent_view("ann")
    assert ann is not None
    assert (ann.state, ann.missed) == ("ready", 0)
    left = floor.happened(events.VisitLeft)[-1]
    assert isinstance(left, events.VisitLeft)
    assert left.why is LeftQueue.NOT_REACHED


def two_wait(at_once: int) -> Floor:
    """Two call-backs wait, ann and bob have just begun to wrap up; so many lines lead outside."""
    rules = Rules(allowed=("+82",), trunk="PJSIP/{number}@trunk", at_once=at_once, per_caller=4)
    floor = wrapping_up(Floor(PLAN, rules=rules, voices=VOICES, call_back=FIRST))
    for agent in ("ann", "bob"):
        floor.phone(agent, ANSWERS)
    floor.ready("ann", "bob")
    others = [floor.call("6000", OTHER), floor.call("6000", "+82287654322")]
    floor.wait(5.0)
    for number in ("+82212345678", "+82299999999"):
        caller = floor.call("6000", number)
        floor.wait(2.0)
        floor.press(caller, "1")
        floor.wait(5.0)
    for other in others:
        other.hang_up()
    return floor


def test_given_a_limit_when_the_customer_is_to_be_rung_early_then_it_is_postponed_once_and_kept() -> None:
    floor = two_wait(at_once=1)
    floor.switch.phones[CUSTOMER] = Phone(answers_after=3.0, hangs_up_after=200.0)
    floor.switch.phones[SECOND] = Phone(answers_after=3.0, hangs_up_after=15.0)
    until(floor, lambda: count(floor, events.CallBackPostponed) > 0)
    second = floor.happened(events.CallBackPostponed)[0].contact  # type: ignore[attr-defined]
    dialled = [one.contact for one in floor.journal.events if isinstance(one, events.CallBackDialled)]
    assert second not in dialled, "the guard did not let it ring"
    for agent in ("ann", "bob"):
        floor.exchange.order(routing.AgentPause(agent, "lunch"))
    floor.wait(25.0)
    refused = [one.why for one in floor.journal.events if isinstance(one, events.OutboundRefused)]
    assert refused == [OutboundRefusal.AT_ONCE], "it is not looked at again before its time"
    floor.wait(60.0)
    assert floor.exchange.faults == 0
    assert CallBackEnd.FAILED not in ended(floor)
    assert floor.call_backs.open[second].dials == 0
    floor.ready("ann", "bob")
    floor.wait(300.0)
    assert second in [one.contact for one in floor.journal.events if isinstance(one, events.CallBackReached)]
    floor.wait(600.0)
    floor.check()


def test_given_an_agent_of_two_queues_when_a_call_back_waits_in_each_then_one_customer_is_rung() -> None:
    plan = PLAN.replace(
        "    - queue: cards\n", '    - queue: cards\n      keys: {"1": [{call_back: cards}]}\n'
    )
    rules = Rules(allowed=("+82",), trunk="PJSIP/{number}@trunk", at_once=5, per_caller=4)
    floor = wrapping_up(Floor(plan, rules=rules, voices=VOICES, call_back=FIRST))
    floor.phone("ann", ANSWERS)
    for customer in (CUSTOMER, SECOND):
        floor.switch.phones[customer] = Phone(answers_after=3.0, hangs_up_after=500.0)
    floor.ready("ann")
    other = floor.call("6000", OTHER)
    floor.wait(5.0)
    for called, number in (("6000", "+82212345678"), ("6001", "+82299999999")):
        caller = floor.call(called, number)
        floor.wait(2.0)
        floor.press(caller, "1")
        floor.wait(5.0)
    other.hang_up()
    floor.wait(100.0)
    assert count(floor, events.VisitAnswered) == 2
    assert [one.contact for one in floor.journal.events if isinstance(one, events.CallBackDialled)] == ["c2"]
