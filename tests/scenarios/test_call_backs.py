"""Call-backs, in memory: the whole way, customers who are not there, agents who leave, limits, any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from ivrcore.config import CallBackConfig, QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.model import events
from ivrcore.model.names import (
    AgentState,
    CallBackEnd,
    Cause,
    LeftQueue,
    OfferEnd,
    OutboundRefusal,
    PromptEnd,
    Told,
)
from ivrcore.routing import commands as routing
from ivrcore.telephony.leg import Dial, LegEvent
from ivrcore.testing import NEVER_ANSWERS, UNREACHABLE, FakeLeg, Phone
from ivrcore.tollguard import Rules
from tests.scenarios.floor import Floor

CUSTOMER = "PJSIP/+82212345678@trunk"
SITE = Rules(allowed=("+82",), denied=("+8260",), trunk="PJSIP/{number}@trunk", at_once=2, per_caller=4)
PLAN = """
name: back
language: en
numbers:
  "6000": {start: back}
  "6001": {start: forbidden}
  "6002": {start: wait}
blocks:
  back:
    - call_back: general
      failed: [{say: We cannot.}]
    - say: We will call you.
  forbidden:
    - call_back: general
      number: "+82607001234"
      failed: [{say: We cannot.}]
  wait:
    - queue: general
"""
ANSWERS = Phone(answers_after=2.0)


@pytest.fixture
def floor() -> Floor:
    return Floor(PLAN, rules=SITE)


def ended(floor: Floor) -> list[CallBackEnd]:
    return [one.how for one in floor.journal.events if isinstance(one, events.CallBackEnded)]


def dialled(floor: Floor) -> list[str]:
    return [dial.endpoint for dial in floor.switch.dials]


def asked(floor: Floor, number: str = "6000") -> FakeLeg:
    """A caller asks to be called back, and the server says goodbye."""
    caller = floor.call(number)
    floor.wait(3)
    assert caller.ended
    return caller


def state(floor: Floor, agent: str) -> AgentState | None:
    return floor.exchange.routing.agent_state(agent)


def test_given_a_call_back_when_an_agent_takes_it_then_the_customer_is_rung_and_they_talk(
    floor: Floor,
) -> None:
    caller = asked(floor)
    assert floor.heard(caller) == ["We will call you."]
    assert floor.happened(events.ContactClosed) == []
    assert floor.exchange.routing.waiting_in("general") == 1
    floor.switch.phones[CUSTOMER] = Phone(answers_after=3.0, hangs_up_after=20.0)
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(3)
    assert dialled(floor) == ["PJSIP/ann", CUSTOMER]
    floor.wait(4)
    agent = floor.agent_leg("ann")
    assert agent.bridge is not None
    floor.wait(20)
    assert ended(floor) == [CallBackEnd.TALKED]
    assert len(floor.happened(events.VisitAnswered)) == 1
    assert len(floor.happened(events.CallBackReached)) == 1
    assert "1234" not in str(
        [one for one in floor.journal.events if not isinstance(one, events.RosterLoaded)]
    )
    floor.wait(6)
    floor.check()


def test_given_a_place_in_the_queue_then_a_call_back_keeps_it_before_later_callers(floor: Floor) -> None:
    asked(floor)
    later = floor.call("6002", "+82287654321")
    floor.switch.phones[CUSTOMER] = Phone(answers_after=1.0)
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(5)
    assert dialled(floor) == ["PJSIP/ann", CUSTOMER]
    floor.wait(130)
    assert len(floor.happened(events.VisitLeft)) == 1
    later.hang_up()
    floor.agent_leg("ann").hang_up()
    floor.wait(2)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.wait(6)
    floor.check()


def test_given_nobody_at_home_then_the_agent_wraps_up_and_it_is_tried_again_until_given_up(
    floor: Floor,
) -> None:
    asked(floor)
    floor.switch.phones[CUSTOMER] = NEVER_ANSWERS
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(14)
    assert state(floor, "ann") is AgentState.WRAP_UP
    (missed,) = floor.happened(events.CallBackMissed)
    assert (missed.how, missed.attempt) == (Told.NO_ANSWER, 1)  # type: ignore[attr-defined]
    assert floor.exchange.routing.waiting_in("general") == 0
    floor.wait(50)
    assert dialled(floor).count(CUSTOMER) == 1
    floor.wait(30)
    assert dialled(floor).count(CUSTOMER) == 2
    assert ended(floor) == [CallBackEnd.NOT_REACHED]
    left = [one.why for one in floor.journal.events if isinstance(one, events.VisitLeft)]
    assert left == [LeftQueue.NOT_REACHED] * 2
    floor.wait(6)
    assert state(floor, "ann") is AgentState.READY
    floor.wait(6)
    floor.check()


def test_given_a_fault_in_the_dialling_then_that_was_a_try_and_the_agent_is_free_again(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(floor)
    dial = floor.switch.dial

    def broken(order: Dial, owner: Callable[[LegEvent], None]) -> FakeLeg:
        if order.endpoint == CUSTOMER:
            raise RuntimeError("no sockets left")
        return dial(order, owner)

    monkeypatch.setattr(floor.switch, "dial", broken)
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(80)
    assert [one.how for one in floor.journal.events if isinstance(one, events.CallBackMissed)] == [
        Told.FAILED,
        Told.FAILED,
    ]
    assert ended(floor) == [CallBackEnd.NOT_REACHED]
    assert floor.call_backs.open == {}
    floor.wait(6)
    assert state(floor, "ann") is AgentState.READY


@pytest.mark.parametrize(
    ("phone", "how"), [(Phone(rejects_after=1.0, cause=Cause.BUSY), Told.BUSY), (UNREACHABLE, Told.FAILED)]
)
def test_given_a_customer_who_is_busy_or_away_then_the_try_is_counted(
    floor: Floor, phone: Phone, how: Told
) -> None:
    asked(floor)
    floor.switch.phones[CUSTOMER] = phone
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(80)
    assert [one.how for one in floor.journal.events if isinstance(one, events.CallBackMissed)] == [how, how]
    assert ended(floor) == [CallBackEnd.NOT_REACHED]
    floor.wait(6)
    floor.check()


def test_given_the_agent_hangs_up_while_it_rings_then_that_was_a_try_and_the_next_one_waits(
    floor: Floor,
) -> None:
    asked(floor)
    floor.switch.phones[CUSTOMER] = Phone(answers_after=4.0, hangs_up_after=5.0)
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=2.0))
    floor.ready("ann")
    floor.wait(3.5)
    floor.phone("bob", ANSWERS)
    floor.ready("bob")
    floor.wait(30)
    assert dialled(floor) == ["PJSIP/ann", CUSTOMER]
    (missed,) = floor.happened(events.CallBackMissed)
    assert (missed.how, missed.attempt) == (Told.FAILED, 1)  # type: ignore[attr-defined]
    assert [one.how for one in floor.journal.events if isinstance(one, events.OfferEnded)] == [
        OfferEnd.AGENT_HUNG_UP
    ]
    floor.exchange.order(routing.AgentPause("ann"))
    floor.wait(60)
    assert dialled(floor) == ["PJSIP/ann", CUSTOMER, "PJSIP/bob", CUSTOMER]
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.wait(6)
    floor.check()


def test_given_agents_who_hang_up_while_it_rings_again_and_again_then_the_tries_are_limited() -> None:
    floor = Floor(PLAN, rules=SITE, call_back=CallBackConfig(tries=3, gap=60.0, ring=30.0))
    asked(floor)
    floor.switch.phones[CUSTOMER] = NEVER_ANSWERS
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=4.0))
    floor.ready("ann")
    floor.wait(400)
    rung = [one.at for one in floor.journal.events if isinstance(one, events.CallBackDialled)]
    assert len(rung) == 3
    assert all(later - before >= 60.0 for before, later in pairwise(rung))
    assert ended(floor) == [CallBackEnd.NOT_REACHED]
    floor.check()


def test_given_a_customer_who_answers_as_the_ringing_is_ended_then_another_try_follows() -> None:
    floor = Floor(PLAN, rules=SITE, slow=0.3)
    asked(floor)
    floor.switch.phones[CUSTOMER] = Phone(answers_after=1.55, hangs_up_after=20.0)
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=2.0))
    floor.ready("ann")
    floor.wait(5)
    customer = f"{floor.happened(events.CallBackDialled)[0].contact}.b1.l"  # type: ignore[attr-defined]
    assert customer in [one.leg for one in floor.journal.events if isinstance(one, events.LegAnswered)]
    assert floor.happened(events.CallBackReached) == []
    assert ended(floor) == []
    assert len(floor.happened(events.CallBackMissed)) == 1


def test_given_an_agent_in_the_whisper_when_it_becomes_too_old_then_they_talk() -> None:
    floor = Floor(
        PLAN,
        rules=SITE,
        voices={"general": QueueVoice(whisper=(Spoken("A call-back.", "en"),))},
        call_back=CallBackConfig(longest_wait=60.0),
    )
    asked(floor)
    floor.switch.phones[CUSTOMER] = Phone(answers_after=3.0, hangs_up_after=20.0)
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=50.0))
    began = floor.happened(events.CallBackAsked)[0].at
    floor.wait(began + 58.5 - floor.clock.now())
    floor.ready("ann")
    floor.wait(began + 59.9 - floor.clock.now())
    assert [one.name for one in floor.journal.events if isinstance(one, events.PromptStarted)][1:] == [
        "whisper general"
    ]
    assert not floor.happened(events.PromptEnded)[1:]
    floor.wait(40)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def test_given_an_agent_who_hangs_up_in_the_whisper_then_the_customer_is_not_rung() -> None:
    voices = {"general": QueueVoice(whisper=(Spoken("A call-back.", "en"),))}
    floor = Floor(PLAN, rules=SITE, voices=voices)
    asked(floor)
    floor.switch.phones[CUSTOMER] = Phone(answers_after=1.0)
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(2.2)
    assert floor.happened(events.PromptStarted)[-1].name == "whisper general"
    floor.agent_leg("ann").hang_up()
    floor.wait(0.1)
    assert floor.happened(events.PromptEnded)[-1].how is PromptEnd.STOPPED
    assert floor.happened(events.OfferEnded)[-1].how is OfferEnd.AGENT_HUNG_UP
    assert dialled(floor) == ["PJSIP/ann"]
    assert floor.happened(events.CallBackDialled) == []
    assert floor.exchange.routing.waiting_in("general") == 1


def test_given_the_joining_fails_then_the_customer_hears_music_until_the_next_agent(floor: Floor) -> None:
    asked(floor)
    floor.switch.phones[CUSTOMER] = Phone(answers_after=1.0)
    floor.switch.joins_fail = True
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    floor.wait(2.5)
    floor.switch.joins_fail = False
    floor.exchange.order(routing.AgentPause("ann"))
    floor.wait(1)
    (customer,) = [leg for leg in floor.switch.legs.values() if ".b" in leg.id]
    assert customer.music == "default"
    floor.phone("bob", ANSWERS)
    floor.ready("bob")
    floor.wait(3)
    assert customer.bridge is not None
    assert dialled(floor).count(CUSTOMER) == 1
    customer.hang_up()
    floor.wait(2)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.wait(6)
    floor.check()


def test_given_a_customer_who_waits_again_when_they_hang_up_then_it_is_over(floor: Floor) -> None:
    asked(floor)
    floor.switch.phones[CUSTOMER] = Phone(answers_after=1.0, hangs_up_after=4.0)
    floor.switch.joins_fail = True
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    floor.wait(2.5)
    floor.exchange.order(routing.AgentLogout("ann"))
    floor.wait(6)
    assert ended(floor) == [CallBackEnd.HUNG_UP]
    assert len(floor.happened(events.VisitAbandoned)) == 1
    floor.wait(6)
    floor.check()


def test_given_the_same_number_twice_then_it_waits_once(floor: Floor) -> None:
    asked(floor)
    asked(floor)
    assert floor.exchange.routing.waiting_in("general") == 1
    assert floor.answers() == [Told.DONE, Told.DONE]
    assert len(floor.happened(events.ContactClosed)) == 1
    floor.wait(620)
    assert ended(floor) == [CallBackEnd.TOO_OLD]
    floor.wait(6)
    floor.check()


def test_given_a_forbidden_number_then_the_caller_is_told(floor: Floor) -> None:
    caller = asked(floor, "6001")
    assert floor.heard(caller) == ["We cannot."]
    assert floor.answers() == [Told.REFUSED]
    assert len(floor.happened(events.OutboundRefused)) == 1
    floor.wait(6)
    floor.check()


def test_given_the_queues_longest_wait_then_a_call_back_waits_on(floor: Floor) -> None:
    asked(floor)
    floor.wait(200)
    assert floor.exchange.routing.waiting_in("general") == 1
    floor.wait(420)
    assert ended(floor) == [CallBackEnd.TOO_OLD]
    floor.wait(6)
    floor.check()


OPEN = replace(SITE, country="82", per_caller=2, per_number=1, per_hour_anonymous=2)
TO_ANY = """
name: back
language: en
numbers: {NUMBERS}
blocks:
BLOCKS
"""


def to_any(rules: Rules, call_back: CallBackConfig | None = None) -> Floor:
    """Number 700N calls back the customer +8230000000N."""
    blocks = "".join(f'  n{n}:\n    - call_back: general\n      number: "+8230000000{n}"\n' for n in range(4))
    numbers = ", ".join(f'"700{n}": {{start: n{n}}}' for n in range(4))
    return Floor(
        TO_ANY.replace("NUMBERS", numbers).replace("BLOCKS", blocks), rules=rules, call_back=call_back or MANY
    )


MANY = CallBackConfig(tries=1, gap=60.0, ring=10.0, most=20, longest_wait=600.0)


def ask_from(floor: Floor, number: str, caller: str) -> None:
    floor.call(number, caller)
    floor.wait(1)


def refusals(floor: Floor) -> list[OutboundRefusal]:
    return [one.why for one in floor.journal.events if isinstance(one, events.OutboundRefused)]


def served(floor: Floor) -> None:
    """Every call-back that waits is tried, in vain."""
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(60)


def test_given_one_victim_when_many_callers_ask_then_the_called_number_is_limited() -> None:
    floor = to_any(OPEN)
    ask_from(floor, "7000", "+8221")
    served(floor)
    ask_from(floor, "7000", "+8222")
    assert floor.answers() == [Told.DONE, Told.REFUSED]
    assert refusals(floor) == [OutboundRefusal.PER_NUMBER]
    floor.check()


def test_given_one_caller_who_asks_for_many_numbers_then_the_asker_is_limited() -> None:
    floor = to_any(OPEN)
    for number in ("7000", "7001", "7002"):
        ask_from(floor, number, "+8221")
    assert floor.answers() == [Told.DONE, Told.DONE, Told.REFUSED]
    served(floor)
    ask_from(floor, "7003", "021")
    assert refusals(floor) == [OutboundRefusal.PER_CALLER]
    floor.check()


@pytest.mark.parametrize("nobody", ["", "anonymous"])
def test_given_callers_without_a_number_then_each_asks_for_himself_and_all_are_limited(nobody: str) -> None:
    floor = to_any(replace(OPEN, per_caller=1))
    for number in ("7000", "7001", "7002"):
        ask_from(floor, number, nobody)
    assert floor.answers() == [Told.DONE, Told.DONE, Told.REFUSED]
    served(floor)
    ask_from(floor, "7003", nobody)
    assert refusals(floor) == [OutboundRefusal.ANONYMOUS]
    ask_from(floor, "7003", "+8221")
    assert floor.answers()[-1] is Told.DONE
    served(floor)
    floor.check()


def test_given_a_restart_then_a_call_back_counts_for_who_asked_for_it() -> None:
    floor = to_any(OPEN)
    ask_from(floor, "7000", "+8221")
    ask_from(floor, "7001", "+8221")
    floor = floor.killed(MANY)
    served(floor)
    ask_from(floor, "7002", "+8221")
    assert refusals(floor) == [OutboundRefusal.PER_CALLER]
    floor.check()


HOURS = replace(MANY, longest_wait=3 * 3600.0)


def two_asked(call_back: CallBackConfig) -> Floor:
    """Two customers wait, and the hour has one number; one was rung in vain."""
    floor = to_any(replace(OPEN, per_hour=1), call_back)
    ask_from(floor, "7000", "+8221")
    ask_from(floor, "7001", "+8222")
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(60)
    assert dialled(floor).count("PJSIP/+82300000000@trunk") == 1
    return floor


@pytest.mark.parametrize("restarted", [False, True])
def test_given_a_limit_that_is_reached_then_the_customer_is_rung_once_it_has_passed(restarted: bool) -> None:
    floor = two_asked(HOURS)
    assert ended(floor) == [CallBackEnd.NOT_REACHED]
    assert refusals(floor) == [OutboundRefusal.PER_HOUR]
    (postponed,) = floor.happened(events.CallBackPostponed)
    assert postponed.again == pytest.approx(floor.clock.now() + 3550, abs=10)  # type: ignore[attr-defined]
    offers = len(floor.happened(events.OfferMade))
    if restarted:
        floor = floor.killed(HOURS)
        floor.ready("ann")
    floor.switch.phones["PJSIP/+82300000001@trunk"] = Phone(answers_after=1.0, hangs_up_after=5.0)
    floor.wait(3500)
    assert len(floor.happened(events.OfferMade)) == offers, "no agent is offered for nothing"
    assert "PJSIP/+82300000001@trunk" not in dialled(floor)
    floor.wait(100)
    assert dialled(floor).count("PJSIP/+82300000001@trunk") == 1
    assert ended(floor) == [CallBackEnd.NOT_REACHED, CallBackEnd.TALKED]
    assert len(floor.happened(events.CallBackMissed)) == 1
    floor.check()


def test_given_a_limit_that_outlasts_the_longest_wait_then_it_is_too_old_and_not_unreachable() -> None:
    floor = two_asked(MANY)
    floor.wait(700)
    assert ended(floor) == [CallBackEnd.NOT_REACHED, CallBackEnd.TOO_OLD]
    floor.check()


def test_given_all_lines_in_use_then_nobody_is_offered_until_one_is_free() -> None:
    floor = to_any(replace(OPEN, at_once=1))
    floor.switch.phones["PJSIP/+82300000000@trunk"] = Phone(answers_after=1.0, hangs_up_after=50.0)
    ask_from(floor, "7000", "+8221")
    for agent in ("ann", "bob"):
        floor.phone(agent, ANSWERS)
    floor.ready("ann")
    floor.wait(10)
    ask_from(floor, "7001", "+8222")
    floor.ready("bob")
    floor.wait(20)
    assert "PJSIP/bob" not in dialled(floor)
    floor.wait(60)
    assert dialled(floor).count("PJSIP/+82300000001@trunk") == 1
    floor.wait(20)
    assert ended(floor) == [CallBackEnd.TALKED, CallBackEnd.NOT_REACHED]
    assert refusals(floor) == []
    floor.check()


def test_given_a_number_that_the_rules_of_today_deny_then_it_is_over_at_once() -> None:
    floor = to_any(OPEN)
    ask_from(floor, "7000", "+8221")
    floor.rules = replace(OPEN, denied=("+8230",))
    floor = floor.killed(MANY)
    floor.wait(1)
    assert ended(floor) == [CallBackEnd.REFUSED]
    floor.ready("ann")
    floor.wait(5)
    assert dialled(floor) == []
    floor.check()


@pytest.mark.parametrize("by_contact", [True, False])
@pytest.mark.parametrize("restarted", [False, True])
def test_given_a_person_who_is_erased_then_nobody_rings_them(
    floor: Floor, by_contact: bool, restarted: bool
) -> None:
    asked(floor)
    (arrived,) = floor.happened(events.ContactArrived)
    (wanted,) = floor.happened(events.CallBackAsked)
    both = {arrived.subject, wanted.subject}  # type: ignore[attr-defined]
    erased = arrived.subject if by_contact else wanted.subject  # type: ignore[attr-defined]
    if restarted:
        floor = floor.killed()
    assert floor.call_backs.same_person(erased, ()) == both
    floor.call_backs.erased(erased)
    floor.wait(1)
    assert ended(floor) == [CallBackEnd.NUMBER_ERASED]
    assert wanted.subject not in floor.subjects.kept  # type: ignore[attr-defined]
    floor.ready("ann")
    floor.wait(10)
    assert dialled(floor) == []
    floor.check()


def test_given_a_call_back_that_is_over_then_what_it_kept_of_the_person_is_gone(floor: Floor) -> None:
    asked(floor)
    (wanted,) = floor.happened(events.CallBackAsked)
    assert wanted.subject in floor.subjects.kept  # type: ignore[attr-defined]
    floor.wait(620)
    assert ended(floor) == [CallBackEnd.TOO_OLD]
    assert wanted.subject not in floor.subjects.kept  # type: ignore[attr-defined]
    floor.check()


def test_given_a_late_fault_of_the_caller_who_hung_up_then_the_call_back_stands(floor: Floor) -> None:
    caller = floor.call("6000")
    (session,) = floor.exchange.sessions.values()
    floor.wait(3)
    assert caller.ended
    session.broken()
    assert list(floor.exchange.sessions) == [session.contact]
    floor.wait(620)
    assert ended(floor) == [CallBackEnd.TOO_OLD]
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(25))
def test_given_any_order_of_what_may_happen_then_nothing_is_left(seed: int, slow: float) -> None:
    chance = random.Random(seed)
    floor = Floor(PLAN, rules=SITE, slow=slow)
    customers = [
        Phone(answers_after=1.0, hangs_up_after=2.0),
        Phone(answers_after=0.5),
        UNREACHABLE,
        NEVER_ANSWERS,
    ]
    agents = [Phone(answers_after=0.5), Phone(answers_after=0.5, hangs_up_after=1.0), NEVER_ANSWERS]
    for _ in range(40):
        floor.switch.phones[CUSTOMER] = chance.choice(customers)
        floor.switch.joins_fail = chance.random() < 0.1
        agent = chance.choice(["ann", "bob"])
        floor.phone(agent, chance.choice(agents))
        match chance.randrange(7):
            case 0 | 1 if floor.switch.connected:
                floor.call(chance.choice(["6000", "6002"]))
            case 2 | 3:
                floor.ready(agent)
            case 4:
                for leg in list(floor.switch.legs.values())[:1]:
                    leg.hang_up()
            case 5 if floor.switch.connected and chance.random() < 0.4:
                floor.switch.go_away()
            case _ if not floor.switch.connected:
                floor.switch.come_back()
        floor.wait(chance.choice([0.1, 0.5, 2.0, 10.0]))
    if not floor.switch.connected:
        floor.switch.come_back()
    floor.switch.joins_fail = False
    for leg in list(floor.switch.legs.values()):
        leg.hang_up()
    for agent in ("ann", "bob"):
        floor.exchange.order(routing.AgentLogout(agent))
    floor.wait(800)
    for leg in list(floor.switch.legs.values()):
        leg.hang_up()
    floor.wait(20)
    floor.wait(6)
    floor.check()
