"""A server dies under call-backs: who asked goes on where they were, and no customer is rung twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ivrcore.answerers.adopted_call_back import AdoptedCallBack
from ivrcore.answerers.call_backs import CallBacks
from ivrcore.config import CallBackConfig
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, AgentState, By, CallBackEnd, Told
from ivrcore.routing import commands as routing
from ivrcore.testing import FakeLeg, Phone
from ivrcore.tollguard import Rules
from tests.scenarios.floor import RULES, Floor
from tests.scenarios.test_adopted import where
from tests.scenarios.test_adopted_outside import OUTSIDE

BACK = """
name: back
language: en
numbers: {"6000": {start: wait}}
blocks:
  wait:
    - queue: general
      keys: {"1": [{call_back: general}, {say: We will call you.}, {hang_up: normal}]}
    - say: Good bye.
"""
TALK = """
name: talk
language: en
numbers: {"6000": {start: ask}}
blocks:
  ask:
    - call_back: general
      failed: [{say: We cannot.}]
    - say: We will call you.
    - menu: more
menus:
  more:
    prompt: Anything else?
    choices:
      hours: {keys: "1", go: [{say: Nine to five.}, {pause: 30s}]}
      queue: {keys: "2", go: [{queue: general}]}
"""


def ended(floor: Floor) -> list[CallBackEnd]:
    return [one.how for one in floor.journal.events if isinstance(one, events.CallBackEnded)]


def dialled(floor: Floor) -> list[str]:
    return [dial.endpoint for dial in floor.switch.dials]


def customer_of(floor: Floor) -> FakeLeg:
    (leg,) = [one for one in floor.switch.legs.values() if ".b" in one.id]
    return leg


@pytest.fixture(params=[False, True], ids=["by ARI", "by AGI"])
def by_agi(request: pytest.FixtureRequest) -> bool:
    """How who asks to be called back comes; their own phone is rung by ARI in any case."""
    return bool(request.param)


def called_back(hangs_up: float, slow: float = 0.0, rules: Rules = RULES, *, by_agi: bool = False) -> Floor:
    """A customer is called back, and talks with ann."""
    floor = Floor(BACK, slow=slow, rules=rules, agi=by_agi)
    caller = floor.call("6000")
    floor.wait(1)
    floor.press(caller, "1")
    floor.wait(5)
    floor.switch.phones[OUTSIDE] = Phone(answers_after=1.0, hangs_up_after=hangs_up)
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    while not floor.happened(events.VisitAnswered):
        floor.steady.advance(0.05)
    return floor


@pytest.mark.parametrize("gone", ["", "agent", "customer"])
def test_given_a_called_back_customer_who_is_just_being_joined_then_they_talk(
    gone: str, *, by_agi: bool
) -> None:
    floor = called_back(100.0, slow=0.2, by_agi=by_agi)
    agent = floor.agent_leg("ann")
    customer = floor.switch.legs[next(one.leg for one in floor.switch.dials if "trunk" in one.endpoint)]
    for leg in {"agent": [agent], "customer": [customer]}.get(gone, []):
        leg.hang_up()
    floor = floor.replaced(away=1, kept=0.0)
    floor.wait(2)
    assert len(floor.happened(events.VisitAnswered)) == (gone == "")
    if gone == "agent":  # the customer is on the line, and waits for the next one
        assert customer.music == "default"
        floor.ready("ann")
        floor.wait(3)
        assert len(floor.happened(events.VisitAnswered)) == 1
        agent = floor.agent_leg("ann")
    agent.hang_up()
    floor.wait(10)
    assert agent.ended
    assert customer.ended
    assert dialled(floor).count(OUTSIDE) == 1
    assert ended(floor) == [CallBackEnd.HUNG_UP if gone == "customer" else CallBackEnd.TALKED]
    floor.check()


@pytest.mark.parametrize("who", ["customer", "agent"])
def test_given_a_customer_who_was_called_back_and_talks_then_they_talk_on(who: str, *, by_agi: bool) -> None:
    floor = called_back(10.0 if who == "customer" else 100.0, by_agi=by_agi)
    agent = floor.agent_leg("ann")
    floor = floor.replaced(away=2)
    assert where(floor) == [AdoptedIn.TALK]
    floor.call("6000", "+82287654321").hang_up()
    floor.wait(1)
    assert floor.exchange.routing.agent_state("ann") is AgentState.TALKING
    floor = floor.replaced(away=2)
    assert not agent.ended
    assert not floor.happened(events.TalkEnded)
    if who == "agent":
        agent.hang_up()
    floor.wait(6)
    (talk,) = [one for one in floor.journal.events if isinstance(one, events.TalkEnded)]
    assert talk.by is (By.CALLER if who == "customer" else By.AGENT)
    assert talk.talked > 5
    assert ended(floor) == [CallBackEnd.TALKED]
    assert not floor.happened(events.CallBackMissed)
    floor.wait(10)
    floor.check()


@pytest.mark.parametrize("gone", ["customer", "agent", "both"])
def test_given_a_called_back_customer_or_agent_who_left_meanwhile_then_nobody_is_left(
    gone: str, *, by_agi: bool
) -> None:
    floor = called_back(100.0, by_agi=by_agi)
    customer = floor.switch.legs[next(one.leg for one in floor.switch.dials if "trunk" in one.endpoint)]
    agent = floor.agent_leg("ann")
    for leg in [customer] * (gone != "agent") + [agent] * (gone != "customer"):
        leg.hang_up()
    floor = floor.replaced(away=2)
    floor.wait(10)
    assert customer.ended
    assert agent.ended
    assert len(floor.happened(events.TalkEnded)) == 1
    assert len(floor.happened(events.CallBackEnded)) == 1
    floor.check()


def test_given_a_called_back_customer_who_cannot_be_taken_up_by_a_fault_then_the_call_is_ended(
    monkeypatch: pytest.MonkeyPatch,
    *,
    by_agi: bool,
) -> None:
    floor = called_back(100.0, by_agi=by_agi)

    def fails(*_: Any) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(AdoptedCallBack, "take_up", fails)
    floor = floor.replaced(away=1)
    floor.wait(10)
    assert not floor.switch.legs
    assert ended(floor) == [CallBackEnd.TALKED]
    assert not floor.desk.state.open
    assert len(floor.happened(events.ContactClosed)) == 1


# --- the caller is on the line still -------------------------------------------------------------


@pytest.mark.parametrize("slow", [0.0, 0.2])
@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("tick", range(12))
def test_given_any_moment_of_the_asking_when_the_server_dies_then_the_caller_goes_on_and_is_called_once(
    tick: int, kept: float, slow: float
) -> None:
    floor = Floor(TALK, slow=slow)
    caller = floor.call("6000")
    for _ in range(tick):
        floor.steady.advance(0.11)
    floor = floor.replaced(away=0.3, slow=slow, kept=kept)
    if caller.id in floor.switch.orphans:  # nobody knew of the call yet
        caller.hang_up()
        return
    floor.wait(5)
    assert "We cannot." not in floor.heard(caller)
    assert floor.heard(caller)[-1] == "Anything else?"
    assert len(floor.happened(events.CallBackAsked)) == 1
    floor.press(caller, "1")
    floor.wait(2)
    assert floor.heard(caller)[-1] == "Nine to five."
    floor = floor.replaced(away=0.3, slow=slow)
    assert not ended(floor)
    caller.hang_up()
    floor.wait(2)
    assert floor.exchange.routing.waiting_in("general") == 1
    serve(floor)
    floor.wait(30)
    assert dialled(floor).count(OUTSIDE) == 1
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def serve(floor: Floor) -> None:
    floor.switch.phones[OUTSIDE] = Phone(answers_after=2.0, hangs_up_after=8.0)
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")


def test_given_who_asked_and_then_queued_when_the_server_dies_then_who_talks_is_called_back_no_more() -> None:
    floor = Floor(TALK)
    caller = floor.call("6000")
    floor.wait(4)
    floor.press(caller, "2")
    floor.wait(2)
    floor = floor.replaced(away=1)
    assert where(floor) == [AdoptedIn.QUEUE]
    serve(floor)
    floor.wait(4)
    assert len(floor.happened(events.VisitAnswered)) == 1
    floor = floor.replaced(away=1)
    assert ended(floor) == [CallBackEnd.CALLED_IN]
    caller.hang_up()
    floor.wait(30)
    assert dialled(floor) == ["PJSIP/ann"]
    floor.check()


def test_given_a_number_that_was_erased_meanwhile_then_only_the_call_goes_on() -> None:
    floor = Floor(TALK)
    caller = floor.call("6000")
    floor.wait(4)
    floor.subjects.erase(next(iter(floor.call_backs.open.values())).subject)
    floor = floor.replaced(away=1)
    assert ended(floor) == [CallBackEnd.NUMBER_ERASED]
    assert not caller.ended
    caller.hang_up()
    floor.wait(2)
    floor.check()


def test_given_a_caller_who_left_meanwhile_then_the_place_is_taken_at_the_start() -> None:
    floor = Floor(TALK)
    caller = floor.call("6000")
    floor.wait(4)
    caller.hang_up()
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert floor.exchange.routing.waiting_in("general") == 1
    serve(floor)
    floor.wait(30)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def test_given_a_caller_who_cannot_be_taken_up_by_a_fault_then_the_promise_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = Floor(TALK)
    caller = floor.call("6000")
    floor.wait(4)

    def fails(*_: Any) -> None:
        raise ValueError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(CallBacks, "stand_by", fails)
        floor = floor.replaced(away=1)
    floor.wait(1)
    assert caller.ended
    assert floor.exchange.routing.waiting_in("general") == 1
    serve(floor)
    floor.wait(30)
    assert ended(floor) == [CallBackEnd.TALKED]


# --- the customer's phone is in use --------------------------------------------------------------


def asked(floor: Floor, slow: float = 0.0) -> Floor:
    """Somebody is to be called back, and their phone answers after two seconds."""
    caller = floor.call("6000")
    floor.wait(1)
    floor.press(caller, "1")
    floor.wait(5)
    assert caller.ended
    return floor


@pytest.mark.parametrize("slow", [0.0, 0.2])
@pytest.mark.parametrize("kept", [0.0, 0.4, 0.7, 1.0])
@pytest.mark.parametrize("tick", range(0, 60, 3))
def test_given_any_moment_of_a_call_back_when_the_server_dies_then_they_talk_once(
    tick: int, kept: float, slow: float, *, by_agi: bool
) -> None:
    floor = asked(Floor(BACK, slow=slow, agi=by_agi))
    serve(floor)
    for _ in range(tick):
        floor.steady.advance(0.11)
    rung = dialled(floor).count(OUTSIDE)
    floor = floor.replaced(away=0.3, slow=slow, kept=kept)
    for orphan in list(floor.switch.orphans.values()):  # a phone of which nothing is known is ended
        orphan.hang_up()
    if tick < 3:  # that she is ready may not have been durable
        floor.ready("ann")
    floor.wait(100)
    assert ended(floor) == [CallBackEnd.TALKED]
    assert len(floor.happened(events.VisitAnswered)) == 1
    lost = [one for one in floor.journal.events if isinstance(one, events.CallBackMissed)]
    assert dialled(floor).count(OUTSIDE) == 1 + bool(rung and lost)
    # rung when it was not durable that it was, or never rung though it was to be: nobody can know
    assert not lost or slow
    floor.check()


def test_given_a_customer_who_rings_when_the_server_dies_then_nobody_is_rung_again(*, by_agi: bool) -> None:
    floor = asked(Floor(BACK, agi=by_agi))
    floor.switch.phones[OUTSIDE] = Phone(answers_after=6.0, hangs_up_after=8.0)
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    floor.wait(3)
    customer = customer_of(floor)
    floor = floor.replaced(away=1)
    assert where(floor) == [AdoptedIn.OFFERED]
    floor = floor.replaced(away=1)
    floor.wait(3)
    assert customer.bridge is not None
    assert dialled(floor) == ["PJSIP/ann", OUTSIDE]
    floor.wait(20)
    assert ended(floor) == [CallBackEnd.TALKED]
    assert not floor.happened(events.CallBackMissed)
    floor.check()


def test_given_a_customer_who_answered_meanwhile_then_the_agent_who_waits_is_joined(*, by_agi: bool) -> None:
    floor = asked(Floor(BACK, agi=by_agi))
    serve(floor)
    floor.wait(2)
    customer = customer_of(floor)
    floor = floor.replaced(away=4)
    floor.wait(1)
    assert customer.bridge is not None
    assert len(floor.happened(events.CallBackReached)) == 1
    floor.wait(20)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.05])
def test_given_a_customer_who_was_not_reached_meanwhile_then_that_was_one_try(
    slow: float, *, by_agi: bool
) -> None:
    floor = asked(Floor(BACK, slow=slow, agi=by_agi))
    floor.switch.phones[OUTSIDE] = Phone(rejects_after=3.0)
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    floor.wait(3)
    floor = floor.replaced(away=4, slow=slow)
    floor.wait(1)
    (missed,) = [one for one in floor.journal.events if isinstance(one, events.CallBackMissed)]
    assert (missed.attempt, missed.how) == (1, Told.FAILED)
    floor.wait(5)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    serve(floor)
    floor.wait(90)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


@pytest.mark.parametrize("away", [0.5, 4.0])
def test_given_an_agent_who_left_a_ringing_customer_when_the_server_dies_then_it_rings_no_more(
    away: float,
    *,
    by_agi: bool,
) -> None:
    floor = asked(Floor(BACK, agi=by_agi))
    floor.switch.phones[OUTSIDE] = Phone(answers_after=9.0)
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    floor.wait(3)
    customer = customer_of(floor)
    floor.exchange.stop()
    floor.agent_leg("ann").hang_up()
    floor = floor.replaced(away=away)
    floor.wait(2)
    assert customer.ended
    assert len(floor.happened(events.CallBackMissed)) == 1
    serve(floor)
    floor.wait(90)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


@pytest.mark.parametrize("answers", [1.0, 8.0])
def test_given_a_customer_who_is_rung_first_when_the_server_dies_then_an_agent_comes(
    answers: float, *, by_agi: bool
) -> None:
    first = CallBackConfig(customer_first=True, ring=10.0, tries=2, gap=60.0, longest_wait=600.0)
    floor = Floor(BACK, call_back=first, agi=by_agi)
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=6.0))
    floor.ready("ann")
    other = floor.call("6000", "+82287654321")
    floor.wait(3)
    floor.switch.phones[OUTSIDE] = Phone(answers_after=answers, hangs_up_after=40.0)
    asked(floor)
    for _ in range(400):
        if OUTSIDE in dialled(floor):
            break
        floor.wait(0.1)
    customer = customer_of(floor)
    floor.wait(2)
    assert floor.exchange.routing.waiting_in("general") == 1
    floor = floor.replaced(away=1)
    assert customer.music == ("default" if answers < 2 else None)
    floor.wait(60)
    assert dialled(floor).count(OUTSIDE) == 1
    assert ended(floor) == [CallBackEnd.TALKED]
    other.hang_up()
    floor.wait(10)
    floor.check()


def test_given_the_longest_call_when_the_server_died_in_it_then_it_holds(*, by_agi: bool) -> None:
    floor = called_back(200.0, rules=replace(RULES, longest_call=60.0), by_agi=by_agi)
    floor.wait(20)
    floor = floor.replaced(away=20)
    floor.wait(15)
    assert not ended(floor)
    floor.wait(12)
    assert ended(floor) == [CallBackEnd.TALKED]
    (outside,) = [one for one in floor.journal.events if isinstance(one, events.OutboundEnded)]
    assert (outside.talked, outside.inferred) == (pytest.approx(60.0, abs=0.5), False)
    floor.check()


# --- only an agent's phone is in use --------------------------------------------------------------


@pytest.mark.parametrize("away", [0.3, 4.0])
def test_given_an_agent_who_is_rung_for_a_call_back_when_the_server_dies_then_that_phone_rings_on(
    away: float,
    *,
    by_agi: bool,
) -> None:
    floor = asked(Floor(BACK, agi=by_agi))
    floor.switch.phones[OUTSIDE] = Phone(answers_after=2.0, hangs_up_after=8.0)
    floor.phone("ann", Phone(answers_after=3.0))
    floor.ready("ann")
    floor.wait(1)
    agent = floor.agent_leg("ann")
    assert dialled(floor) == ["PJSIP/ann"]
    floor = floor.replaced(away=away)
    assert not agent.ended
    floor.wait(8)
    assert dialled(floor) == ["PJSIP/ann", OUTSIDE]
    assert len(floor.happened(events.VisitAnswered)) == 1
    floor.wait(30)
    assert ended(floor) == [CallBackEnd.TALKED]
    assert not floor.happened(events.CallBackMissed)
    floor.check()


def test_given_a_number_that_was_erased_while_an_agent_rings_then_that_phone_is_let_go(
    *, by_agi: bool
) -> None:
    floor = asked(Floor(BACK, agi=by_agi))
    floor.phone("ann", Phone(answers_after=30.0))
    floor.ready("ann")
    floor.wait(1)
    agent = floor.agent_leg("ann")
    floor.subjects.erase(next(iter(floor.call_backs.open.values())).subject)
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert agent.ended
    assert ended(floor) == [CallBackEnd.NUMBER_ERASED]
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    assert not floor.exchange.sessions
    floor.check()


def test_given_an_agent_rung_for_a_call_back_who_refuses_meanwhile_then_the_next_one_is_rung(
    *, by_agi: bool
) -> None:
    floor = asked(Floor(BACK, agi=by_agi))
    floor.switch.phones[OUTSIDE] = Phone(answers_after=2.0, hangs_up_after=8.0)
    floor.phone("ann", Phone(rejects_after=2.0))
    floor.ready("ann")
    floor.wait(1)
    floor = floor.replaced(away=4)
    floor.wait(1)
    assert [one.agent for one in floor.journal.events if isinstance(one, events.OfferEnded)] == ["ann"]
    floor.phone("bob", Phone(answers_after=1.0))
    floor.ready("bob")
    floor.wait(30)
    assert dialled(floor) == ["PJSIP/ann", "PJSIP/bob", OUTSIDE]
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def test_given_customers_who_are_rung_first_when_the_agent_left_then_the_next_turn_is_seen(
    *, by_agi: bool
) -> None:
    first = CallBackConfig(customer_first=True, ring=10.0, tries=2, gap=60.0, longest_wait=600.0)
    floor = Floor(BACK, call_back=first, agi=by_agi)
    floor.phone("bob", Phone(answers_after=1.0, hangs_up_after=25.0))
    floor.ready("bob")
    floor.call("6000", "+82287654321")
    floor.wait(3)
    asked(floor)
    floor.switch.phones[OUTSIDE] = Phone(answers_after=1.0, hangs_up_after=40.0)
    floor.phone("ann", Phone(rejects_after=2.0))
    floor.ready("ann")
    floor.wait(1)
    assert dialled(floor) == ["PJSIP/bob", "PJSIP/ann"]
    floor = floor.replaced(away=3)
    floor.exchange.order(routing.AgentLogout("ann"))
    for _ in range(400):
        if len(dialled(floor)) == 3:
            break
        floor.wait(0.1)
    assert dialled(floor)[2] == OUTSIDE, "before bob is free"
    floor.wait(60)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def test_given_a_call_back_that_is_just_over_when_the_server_dies_then_the_agents_phone_is_hung_up(
    *, by_agi: bool
) -> None:
    floor = called_back(100.0, slow=0.2, by_agi=by_agi)
    floor.wait(2)
    agent = floor.agent_leg("ann")
    customer_of(floor).hang_up()
    floor.settle()
    assert floor.happened(events.ContactClosed)
    assert not agent.ended
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert agent.ended
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.wait(10)
    floor.check()
