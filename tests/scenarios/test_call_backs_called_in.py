"""Customers who call in while their call-back waits: who is known, and what becomes of the place."""

from __future__ import annotations

import pytest
from msgspec import structs

from ivrcore.config import CallBackConfig
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd, LeftQueue
from ivrcore.routing.commands import AgentPause, LoadRoster, MoveContact, Prioritise
from ivrcore.testing import NEVER_ANSWERS, FakeLeg, Phone
from tests.scenarios.floor import AGENTS, QUEUES, Floor
from tests.scenarios.test_call_backs_kept import CUSTOMER, OTHER, PLAN, SITE, VOICES, ended, places

ELSEWHERE = PLAN.replace("call_back: general}", 'call_back: general, number: "+82311111111"}')
"""The caller leaves another number than the one of the call."""


def put_off(floor: Floor, caller_number: str) -> None:
    """A caller waits for half a minute, and asks to be called back."""
    caller = floor.call("6000", caller_number)
    floor.wait(30.0)
    floor.press(caller, "1")
    floor.wait(5.0)
    assert caller.ended


@pytest.mark.parametrize("shared", ["anonymous", "+8225550000"])
def test_given_a_number_that_many_share_when_a_stranger_calls_from_it_then_the_place_is_kept(
    shared: str,
) -> None:
    floor = Floor(ELSEWHERE, rules=SITE, voices=VOICES)
    put_off(floor, shared)
    stranger = floor.call("6000", shared)
    floor.wait(2.0)
    assert ended(floor) == []
    assert places(floor)[-1] is None
    assert "We kept your place." not in floor.heard(stranger)
    assert floor.exchange.routing.waiting_in("general") == 2


def test_given_another_number_was_left_when_the_customer_calls_from_it_then_the_place_is_theirs() -> None:
    floor = Floor(ELSEWHERE, rules=SITE, voices=VOICES)
    put_off(floor, OTHER)
    floor.call("6000", "+82 31 111 1111")
    floor.wait(2.0)
    assert ended(floor) == [CallBackEnd.GOES_ON]
    assert floor.exchange.routing.waiting_in("general") == 1


def test_given_a_site_that_trusts_no_number_when_the_customer_calls_in_then_the_call_back_goes_on() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(recognise=False))
    put_off(floor, "+82212345678")
    floor.call("6000", "+82212345678")
    floor.wait(2.0)
    assert ended(floor) == []
    assert places(floor)[-1] is None


def roster(floor: Floor, **facts: object) -> None:
    """Every queue gets these facts."""
    queues = tuple(structs.replace(one, **facts) for one in QUEUES)
    floor.exchange.order(LoadRoster(queues, AGENTS))


CUSTOMERS = "+82212345678"
TALKS = Phone(answers_after=1.0, hangs_up_after=20.0)


def test_given_a_queue_that_nobody_serves_now_when_the_customer_calls_in_then_the_call_back_holds() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    roster(floor, join_empty=False)
    caller = floor.call("6000", CUSTOMERS)
    floor.wait(2.0)
    assert len(floor.happened(events.JoinRefused)) == 1
    assert ended(floor) == []
    caller.hang_up()
    floor.switch.phones[CUSTOMER] = TALKS
    floor.phone("ann", TALKS)
    floor.ready("ann")
    floor.wait(60.0)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def test_given_a_full_queue_when_the_customer_calls_in_then_the_promised_place_is_theirs() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    roster(floor, join_waiting=1)
    floor.call("6000", CUSTOMERS)
    floor.wait(2.0)
    assert floor.happened(events.JoinRefused) == []
    assert ended(floor) == [CallBackEnd.GOES_ON]
    assert floor.exchange.routing.waiting_in("general") == 1


def rung(phone: Phone) -> Floor:
    """Ann has taken the call-back, and the customer's phone rings."""
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(gap=30.0, ring=10.0))
    put_off(floor, CUSTOMERS)
    for agent in ("ann", "bob"):
        floor.phone(agent, TALKS)
    floor.switch.phones[CUSTOMER] = phone
    floor.ready("ann")
    floor.wait(2.0)
    assert len(floor.happened(events.CallBackDialled)) == 1
    return floor


def test_given_a_customer_who_is_rung_when_they_call_in_then_they_talk_once_and_that_is_all() -> None:
    floor = rung(NEVER_ANSWERS)
    floor.call("6000", CUSTOMERS)
    floor.wait(1.0)
    assert ended(floor) == [CallBackEnd.GOES_ON]
    left = floor.happened(events.VisitLeft)[-1]
    assert isinstance(left, events.VisitLeft)
    assert (left.contact, left.why) == ("c1", LeftQueue.MOVED)
    floor.wait(100.0)
    assert [one.contact for one in floor.journal.events if isinstance(one, events.VisitAnswered)] == ["c2"]
    assert [one.agent for one in floor.journal.events if isinstance(one, events.VisitAnswered)] == ["ann"]
    assert len(floor.happened(events.CallBackDialled)) == 1
    floor.check()


def test_given_a_customer_who_has_answered_when_their_number_calls_in_then_they_are_not_cut_off() -> None:
    floor = rung(Phone(answers_after=0.5, hangs_up_after=20.0))
    other = floor.call("6000", CUSTOMERS)
    floor.wait(5.0)
    assert ended(floor) == []
    assert len(floor.happened(events.VisitAnswered)) == 1
    other.hang_up()
    floor.wait(60.0)
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def test_given_a_customer_who_comes_to_an_agent_by_another_way_then_nobody_calls_them_back() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    floor.call("6001", CUSTOMERS)
    floor.wait(1.0)
    assert ended(floor) == []
    floor.exchange.order(MoveContact("c2", "general", "sue"))
    floor.exchange.order(Prioritise("c2", 1000, "sue"))
    floor.phone("ann", TALKS)
    floor.ready("ann")
    floor.wait(5.0)
    assert [one.contact for one in floor.journal.events if isinstance(one, events.VisitAnswered)] == ["c2"]
    assert ended(floor) == [CallBackEnd.CALLED_IN]
    floor.wait(60.0)
    floor.check()


def moved() -> Floor:
    """A call-back of the queue general was moved to cards."""
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(gap=30.0, ring=10.0))
    put_off(floor, CUSTOMERS)
    floor.exchange.order(MoveContact("c1", "cards", "sue"))
    floor.settle()
    assert (waiting_in(floor, "general"), waiting_in(floor, "cards")) == (0, 1)
    return floor


def waiting_in(floor: Floor, queue: str) -> int:
    return floor.exchange.routing.waiting_in(queue)


@pytest.mark.parametrize("called", ["6000", "6001"])
def test_given_a_call_back_that_was_moved_when_the_customer_calls_in_then_they_are_queued_once(
    called: str,
) -> None:
    floor = moved()
    floor.call(called, CUSTOMERS)
    floor.wait(2.0)
    assert ended(floor) == [CallBackEnd.GOES_ON]
    assert waiting_in(floor, "general") + waiting_in(floor, "cards") == 1
    assert places(floor)[-1] == floor.happened(events.ContactQueued)[0].at


def test_given_a_call_back_that_was_moved_when_the_server_dies_then_it_is_where_it_was_moved_to() -> None:
    later = moved().killed()
    assert (waiting_in(later, "general"), waiting_in(later, "cards")) == (0, 1)


def test_given_a_call_back_that_was_moved_when_nobody_answers_then_it_is_tried_again_from_there() -> None:
    floor = moved()
    floor.switch.phones[CUSTOMER] = NEVER_ANSWERS
    floor.phone("ann", TALKS)
    floor.ready("ann")
    floor.wait(30.0)
    assert len(floor.happened(events.CallBackMissed)) == 1
    floor.exchange.order(AgentPause("ann", "lunch"))
    floor.wait(30.0)
    assert (waiting_in(floor, "general"), waiting_in(floor, "cards")) == (0, 1)


@pytest.mark.parametrize("number", [CUSTOMERS, "anonymous"])
def test_given_a_caller_who_asks_for_a_call_back_and_waits_on_when_they_talk_then_that_was_it(
    number: str,
) -> None:
    keys = 'keys: {"1": [{call_back: general, number: "+82311111111"}, {queue: general}]}'
    plan = PLAN.replace(
        'keys: {"1": [{call_back: general}, {say: We will call you.}, {hang_up: normal}]}', keys
    )
    floor = Floor(plan, rules=SITE, voices=VOICES)
    caller = floor.call("6000", number)
    floor.wait(10.0)
    floor.press(caller, "1")
    floor.wait(1.0)
    assert len(floor.happened(events.CallBackAsked)) == 1
    floor.phone("ann", TALKS)
    floor.ready("ann")
    floor.wait(10.0)
    assert len(floor.happened(events.VisitAnswered)) == 1
    caller.hang_up()
    floor.wait(30.0)
    assert ended(floor) == [CallBackEnd.CALLED_IN]
    assert floor.happened(events.CallBackDialled) == []
    floor.check()


def talks_on(queue: str) -> tuple[Floor, FakeLeg]:
    """A caller has asked to be called back, waits on in a queue, and is through to an agent in it."""
    keys = f'keys: {{"1": [{{call_back: general}}, {{queue: {queue}}}, {{say: Good bye.}}]}}'
    plan = PLAN.replace(
        'keys: {"1": [{call_back: general}, {say: We will call you.}, {hang_up: normal}]}', keys
    )
    floor = Floor(plan, rules=SITE, voices=VOICES)
    floor.phone("bob", Phone(answers_after=1.0, hangs_up_after=5.0))
    caller = floor.call("6000", CUSTOMERS)
    floor.wait(5.0)
    floor.press(caller, "1")
    floor.wait(1.0)
    floor.ready("bob")
    floor.wait(3.0)
    assert len(floor.happened(events.VisitAnswered)) == 1
    return floor, caller


@pytest.mark.parametrize("seconds", [0.0, 3.5], ids=["while they talk", "after the talk, in the same call"])
def test_given_a_caller_who_asked_and_talked_in_one_call_when_the_server_dies_then_that_was_it(
    seconds: float,
) -> None:
    floor, caller = talks_on("general")
    floor.wait(seconds)
    assert not caller.ended
    assert bool(floor.happened(events.TalkEnded)) is bool(seconds)
    later = floor.killed()
    assert ended(later) == [CallBackEnd.CALLED_IN]
    later.ready("bob")
    later.wait(60.0)
    assert later.happened(events.CallBackDialled) == []
    later.check()


def test_given_a_caller_who_talks_about_something_else_when_the_server_dies_then_they_are_called_back() -> (
    None
):
    later = talks_on("cards")[0].killed()
    assert ended(later) == []
    assert waiting_in(later, "general") == 1


def test_given_a_customer_who_called_in_while_rung_when_they_ask_anew_then_the_new_wish_holds() -> None:
    floor = rung(NEVER_ANSWERS)
    floor.exchange.order(AgentPause("bob", "lunch"))
    caller = floor.call("6000", CUSTOMERS)
    floor.press(caller, "1")
    floor.wait(5.0)
    assert len(floor.happened(events.CallBackAsked)) == 2
    assert ended(floor) == [CallBackEnd.GOES_ON]
    assert list(floor.call_backs.open) == ["c2"]


def test_given_a_call_back_that_is_over_with_the_call_when_it_is_asked_for_anew_then_it_holds() -> None:
    keys = 'keys: {"1": [{call_back: general}, {queue: general}, {call_back: general}]}'
    plan = PLAN.replace(
        'keys: {"1": [{call_back: general}, {say: We will call you.}, {hang_up: normal}]}', keys
    )
    floor = Floor(plan, rules=SITE, voices=VOICES)
    caller = floor.call("6000", CUSTOMERS)
    floor.wait(5.0)
    floor.press(caller, "1")
    floor.wait(1.0)
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=5.0))
    floor.ready("ann")
    floor.wait(4.0)
    floor.exchange.order(AgentPause("ann", "lunch"))
    floor.wait(10.0)
    assert len(floor.happened(events.VisitAnswered)) == 1
    caller.hang_up()
    floor.wait(5.0)
    assert list(floor.call_backs.open) == ["c1"]
    assert waiting_in(floor, "general") == 1


def given_up(floor: Floor, minutes: float = 1.0) -> FakeLeg:
    """Somebody with the customer's number joins the queue, and hangs up before an agent is there."""
    caller = floor.call("6000", CUSTOMERS)
    floor.wait(60.0 * minutes)
    caller.hang_up()
    floor.wait(2.0)
    return caller


def serve_all(floor: Floor) -> None:
    """Ann is there for a minute, and the customer answers."""
    floor.switch.phones[CUSTOMER] = TALKS
    floor.phone("ann", TALKS)
    floor.ready("ann")
    floor.wait(60.0)


def test_given_somebody_with_the_number_who_hangs_up_then_the_customer_is_called_back_in_their_place() -> (
    None
):
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    first = floor.happened(events.ContactQueued)[0].at
    other = floor.call("6000", OTHER)
    assert floor.heard(given_up(floor))[-1] == "We kept your place."
    assert ended(floor) == [CallBackEnd.GOES_ON]
    assert places(floor)[-1] == first
    other.hang_up()
    serve_all(floor)
    assert ended(floor) == [CallBackEnd.GOES_ON, CallBackEnd.TALKED]
    assert floor.subjects.kept.keys() == {one.subject for one in floor.happened(events.ContactArrived)}
    floor.check()


@pytest.mark.parametrize("dies", [False, True])
def test_given_who_called_in_talks_in_whatever_queue_then_nobody_is_called_back(dies: bool) -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    caller = floor.call("6000", CUSTOMERS)
    floor.wait(2.0)
    floor.exchange.order(MoveContact("c2", "cards", "sue"))
    floor.phone("ann", TALKS)
    floor.ready("ann")
    floor.wait(5.0)
    assert [one.contact for one in floor.journal.events if isinstance(one, events.VisitAnswered)] == ["c2"]
    if dies:
        assert floor.killed().call_backs.open == {}
        return
    caller.hang_up()
    floor.wait(60.0)
    assert ended(floor) == [CallBackEnd.GOES_ON, CallBackEnd.CALLED_IN]
    assert floor.happened(events.CallBackDialled) == []
    floor.check()


def test_given_the_server_dies_while_who_called_in_waits_then_the_customer_is_called_back() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    floor.call("6000", CUSTOMERS)
    floor.wait(2.0)
    later = floor.killed()
    assert waiting_in(later, "general") == 1
    (one,) = later.call_backs.open.values()
    assert (one.contact, one.place) == ("c2", floor.happened(events.ContactQueued)[0].at)
    serve_all(later)
    assert ended(later) == [CallBackEnd.GOES_ON, CallBackEnd.TALKED]
    later.check()


def test_given_a_second_one_with_the_number_then_the_place_is_given_once() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES)
    put_off(floor, CUSTOMERS)
    floor.call("6000", CUSTOMERS)
    floor.wait(2.0)
    second = floor.call("6000", CUSTOMERS)
    floor.wait(2.0)
    assert places(floor)[-1] is None
    assert "We kept your place." not in floor.heard(second)
    assert len(floor.call_backs.open) == 1


def test_given_tries_in_vain_when_somebody_calls_in_and_hangs_up_then_they_count_on() -> None:
    floor = rung(NEVER_ANSWERS)
    floor.wait(20.0)
    floor.exchange.order(AgentPause("ann", "lunch"))
    floor.wait(40.0)
    given_up(floor)
    (one,) = floor.call_backs.open.values()
    assert (one.contact, one.missed, one.attempt) == ("c2", 1, 2)
    later = floor.killed()
    (kept,) = later.call_backs.open.values()
    assert (kept.contact, kept.missed) == ("c2", 1)


def test_given_a_place_that_is_too_old_when_who_called_in_hangs_up_then_that_was_it() -> None:
    floor = Floor(PLAN, rules=SITE, voices=VOICES, call_back=CallBackConfig(longest_wait=300.0))
    put_off(floor, CUSTOMERS)
    for _ in range(5):
        given_up(floor, 2.0)
    assert floor.call_backs.open == {}
    assert len(floor.happened(events.CallBackAsked)) <= 4
