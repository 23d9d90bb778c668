"""The server dies under calls of AGI, which Asterisk's dialplan hands over again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.config import QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, AgentState, By, CallBackEnd, OfferEnd
from ivrcore.session.adoption import BACK
from ivrcore.testing import Phone
from tests.scenarios.floor import Floor
from tests.scenarios.test_adopted import DAY, VOICES, WARY
from tests.scenarios.test_adopted_call_backs import TALK, dialled, ended, serve
from tests.scenarios.test_adopted_outside import OUTSIDE


def let_go(floor: Floor) -> None:
    """Asterisk lets go of the phones that the dead server rang."""
    for leg in [one for one in floor.switch.orphans.values() if one.dialled]:
        leg.hang_up()
    floor.settle()


def test_given_callers_in_menu_and_queue_when_they_are_handed_over_again_then_they_go_on() -> None:
    floor = Floor()
    waits, menu = floor.call("5001"), floor.call("5000")
    floor.wait(3)
    before = floor.exchange.routing.snapshot().visits
    floor = floor.replaced(away=3, returning=True)
    assert floor.exchange.routing.snapshot().visits == before
    adopted = [one.where for one in floor.journal.events if isinstance(one, events.ContactAdopted)]
    assert adopted == [AdoptedIn.QUEUE, AdoptedIn.DIALPLAN]
    assert waits.music == "default"
    assert floor.heard(menu)[-1] == "Cards, loans or opening hours?"
    waits.hang_up()
    menu.hang_up()
    floor.wait(2)
    floor.check()


def test_given_a_phone_that_rings_then_its_offer_failed_and_the_caller_waits_on_at_the_place() -> None:
    floor = Floor()
    floor.phone("ann", Phone())
    floor.ready("ann")
    floor.call("5001")
    floor.wait(2)
    rung = floor.agent_leg("ann")
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=3.0))
    floor = floor.replaced(away=1, returning=True)
    let_go(floor)
    (ended,) = [one for one in floor.journal.events if isinstance(one, events.OfferEnded)]
    assert ended.how is OfferEnd.FAILED
    assert rung.ended
    assert floor.exchange.routing.position("c1.v1") == 1 or floor.exchange.deliveries
    floor.wait(30)
    assert len(floor.happened(events.VisitAnswered)) == 1
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    floor.check()


def test_given_who_talks_then_they_talk_on_and_the_agent_has_nobody_else_until_that_is_over() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(4)
    floor = floor.replaced(away=1, returning=True, linked=False)
    assert floor.exchange.routing.agent_state("ann") is AgentState.TALKING
    behind = floor.call("5001")
    floor.wait(6)
    assert floor.exchange.routing.agent_state("ann") is AgentState.TALKING
    floor.switch.come_back()
    floor.wait(3)
    assert [one.where for one in floor.journal.events if isinstance(one, events.ContactAdopted)] == [
        AdoptedIn.TALK
    ]
    assert len(floor.happened(events.OfferMade)) == 1
    floor.agent_leg("ann").hang_up()
    floor.wait(1)
    (talk,) = [one for one in floor.journal.events if isinstance(one, events.TalkEnded)]
    assert talk.by is By.AGENT
    assert 11 < talk.talked < 14
    assert floor.exchange.routing.agent_state("ann") is AgentState.WRAP_UP
    assert floor.heard(caller)[-1] == "Good bye."
    floor.wait(1)
    behind.hang_up()
    floor.wait(10)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    floor.check()


def test_given_a_talk_whose_caller_has_gone_meanwhile_then_it_ends_and_the_agent_wraps_up() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(4)
    floor = floor.replaced(away=1, returning=True, linked=False)
    caller.hang_up()
    floor.wait(2)
    floor.switch.come_back()
    floor.wait(1)
    (talk,) = [one for one in floor.journal.events if isinstance(one, events.TalkEnded)]
    assert talk.by is By.CALLER
    (closed,) = [one for one in floor.journal.events if isinstance(one, events.ContactClosed)]
    assert closed.inferred
    assert floor.exchange.routing.agent_state("ann") is AgentState.WRAP_UP
    floor.wait(10)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    floor.check()


def test_given_a_pair_that_is_just_being_joined_then_it_is_and_talks() -> None:
    floor = Floor(slow=0.2)
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    while not floor.happened(events.BridgeRequested):
        floor.steady.advance(0.01)
    assert not floor.happened(events.VisitAnswered)
    floor = floor.replaced(returning=True)
    floor.wait(1)
    assert len(floor.happened(events.VisitAnswered)) == len(floor.happened(events.OfferMade)) == 1
    assert floor.exchange.routing.agent_state("ann") is AgentState.TALKING
    caller.hang_up()
    floor.wait(10)
    floor.check()


def test_given_an_agent_who_is_free_while_a_caller_is_still_expected_then_nobody_is_rung_in_vain() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=3.0))
    first = floor.call("5001")
    floor.wait(3)
    floor = floor.replaced(away=1, returning=True, linked=False)
    floor.ready("ann")
    floor.wait(8)
    assert not floor.happened(events.OfferMade)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    assert floor.exchange.routing.position("c1.v1") == 1
    floor.switch.come_back()
    floor.settle()
    floor.wait(3)
    answered = floor.happened(events.VisitAnswered)[-1]
    assert isinstance(answered, events.VisitAnswered)
    assert answered.contact == first.id.removesuffix(".l1")
    assert 12 < answered.waited < 16
    floor.wait(5)
    first.hang_up()
    floor.wait(10)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    floor.check()


def test_given_several_who_are_expected_then_whom_one_sets_free_is_not_offered_the_other() -> None:
    floor = Floor()
    floor.phone("ann", Phone())
    floor.ready("ann")
    calls = [floor.call("5001") for _ in range(3)]
    floor.wait(2)
    floor = floor.replaced(away=1, returning=True, linked=False)
    let_go(floor)
    floor.wait(4)
    assert len(floor.happened(events.OfferMade)) == 1
    assert [one.contact for one in floor.exchange.routing.snapshot().visits if one.parked] == [
        "c1",
        "c2",
        "c3",
    ]
    floor.switch.come_back()
    floor.wait(12)
    made = [one.contact for one in floor.journal.events if isinstance(one, events.OfferMade)]
    assert made[:2] == ["c1", "c1"]
    for call in calls:
        call.hang_up()
    floor.wait(20)
    floor.check()


def test_given_an_agent_who_took_the_caller_then_the_caller_is_offered_to_nobody_until_it_is_there() -> None:
    floor = Floor(voices={"general": QueueVoice(whisper=(Spoken("A call.", "en"),))})
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=30.0))
    floor.ready("ann", "bob")
    caller = floor.call("5001")
    while not floor.happened(events.OfferAccepted):
        floor.wait(0.1)
    assert not floor.happened(events.BridgeRequested)
    floor = floor.replaced(returning=True, linked=False)
    let_go(floor)
    floor.wait(3)
    assert len(floor.happened(events.OfferMade)) == 1
    floor.switch.come_back()
    floor.wait(3)
    assert len(floor.happened(events.OfferMade)) == 2
    caller.hang_up()
    floor.wait(20)
    floor.check()


def test_given_a_second_death_before_they_are_back_then_they_are_offered_once_they_are() -> None:
    floor = Floor()
    caller = floor.call("5001")
    floor.wait(2)
    floor = floor.replaced(away=1, returning=True, linked=False)
    floor.ready("ann")
    floor = floor.replaced(away=1, returning=True)
    floor.wait(1)
    assert len(floor.happened(events.OfferMade)) == 1
    assert len(floor.happened(events.VisitParked)) == len(floor.happened(events.VisitUnparked)) == 1
    caller.hang_up()
    floor.wait(20)
    floor.check()


def expected_for(floor: Floor) -> float:
    """How long the one caller is waited for."""
    (leg,) = [one for one in floor.switch.legs.values() if one.remembered is not None]
    assert leg.remembered is not None
    return leg.remembered.returns


def test_given_a_hand_over_when_a_caller_takes_long_to_come_back_then_the_place_is_kept() -> None:
    floor = Floor()
    caller = floor.call("5001")
    floor.wait(2)
    now = floor.clock.now()
    floor.journal.append([events.ServerHandedOver(at=now, node="n", to="9", since=now)])
    floor = floor.replaced(returning=True, linked=False)
    assert expected_for(floor) == BACK
    floor.wait(BACK - 1)
    floor.switch.come_back()
    assert not floor.happened(events.ContactClosed)
    caller.hang_up()
    floor.wait(5)
    floor.check()


@pytest.mark.parametrize("kept", [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
def test_given_an_agent_who_has_just_hung_up_then_the_caller_goes_on_whatever_is_durable_of_it(
    kept: float,
) -> None:
    floor = Floor(slow=0.2)
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(4)
    assert floor.happened(events.VisitAnswered)
    floor.agent_leg("ann").hang_up()
    floor.settle()
    floor = floor.replaced(away=1, kept=kept, returning=True)
    floor.wait(3)
    assert not floor.happened(events.ContactClosed) or floor.heard(caller)[-1] == "Good bye."
    assert len(floor.happened(events.ContactAdopted)) == 1
    (talk,) = [one for one in floor.journal.events if isinstance(one, events.TalkEnded)]
    assert talk.by is By.AGENT
    assert floor.heard(caller)[-1] == "Good bye."
    floor.wait(20)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    floor.check()


@pytest.mark.parametrize("back", [True, False])
def test_given_who_asked_to_be_called_back_and_is_on_the_line_then_they_go_on_and_are_called_once(
    back: bool,
) -> None:
    floor = Floor(TALK)
    caller = floor.call("6000")
    floor.wait(4)
    floor = floor.replaced(away=1, returning=True, linked=False)
    if not back:
        caller.hang_up()
    floor.wait(2)
    assert floor.exchange.routing.waiting_in("general") == 0
    floor.switch.come_back()
    floor.wait(2)
    assert len(floor.happened(events.ContactAdopted)) == back
    if back:
        floor.press(caller, "1")
        floor.wait(1)
        assert floor.heard(caller)[-1] == "Nine to five."
        caller.hang_up()
        floor.wait(1)
    assert floor.exchange.routing.waiting_in("general") == 1
    serve(floor)
    floor.wait(30)
    assert dialled(floor).count(OUTSIDE) == 1
    assert ended(floor) == [CallBackEnd.TALKED]
    floor.check()


def offered_while_expected(floor: Floor) -> list[str]:
    """The offers of contacts whose callers were still to come."""
    parked: set[str] = set()
    found = []
    for one in floor.journal.events:
        if isinstance(one, events.VisitParked):
            parked.add(one.visit)
        elif isinstance(one, events.VisitUnparked):
            parked.discard(one.visit)
        elif isinstance(one, events.OfferMade) and one.visit in parked:
            found.append(one.offer)
    return found


@settings(max_examples=60, deadline=None)
@given(
    kills=st.lists(
        st.tuples(
            st.integers(0, 60),
            st.sampled_from([0.0, 0.3, 2.0]),
            st.sampled_from([0.0, 0.5, 1.0]),
            st.sampled_from([0, 1, 8]),
        ),
        max_size=4,
    ),
    slow=st.sampled_from([0.0, 0.05, 0.25]),
    calls=st.lists(
        st.tuples(st.sampled_from(["5000", "5001", "5003", "6001"]), st.integers(0, 30), st.integers(1, 120)),
        min_size=1,
        max_size=5,
    ),
    phones=st.lists(
        st.tuples(st.sampled_from([0.3, 2.0, 9.0, None]), st.sampled_from([0.5, 5.0, None])),
        min_size=1,
        max_size=3,
    ),
    keys=st.lists(st.tuples(st.integers(0, 60), st.sampled_from("123")), max_size=4),
)
def test_a_server_killed_at_any_moment_under_calls_of_agi_loses_and_doubles_nothing(
    kills: list[tuple[int, float, float, int]],
    slow: float,
    calls: list[tuple[str, int, int]],
    phones: list[tuple[float | None, float | None]],
    keys: list[tuple[int, str]],
) -> None:
    floor = Floor(DAY, VOICES, slow=slow, agents=WARY)
    floor.switch.phones["PJSIP/+82212345678@trunk"] = Phone(answers_after=1.0, hangs_up_after=6.0)
    agents = ("ann", "bob", "cho")[: len(phones)]
    for agent, (answers, hangs_up) in zip(agents, phones, strict=True):
        floor.phone(agent, Phone(answers_after=answers, hangs_up_after=hangs_up))
    floor.ready(*agents)
    live = []
    deaths = {at: more for at, *more in kills}
    back: int | None = None
    for tick in range(75):
        for number, begins, lasts in calls:
            if begins == tick:
                live.append((floor.call(number), tick + lasts))
        for at, key in keys:
            if at == tick and live:
                for leg in [*floor.switch.legs.values()]:
                    floor.press(leg, key)
        for leg, until in live:
            if until == tick:
                leg.hang_up()
        floor.steady.advance(0.07)
        if tick in deaths:
            away, kept, ticks = deaths[tick]
            floor = floor.replaced(float(away), slow, kept=float(kept), returning=True, linked=False)
            for orphan in floor.switch.orphans.values():
                orphan.hang_up()
            back = tick + int(ticks)
        if tick == back:
            floor.switch.come_back()
            back = None
        floor.wait(0.4)
        bridged = [leg for legs in floor.switch.bridges.values() for leg in legs]
        assert len({leg.id for leg in bridged}) == len(bridged)
    for leg, _ in live:
        leg.hang_up()
    floor.wait(40)
    floor.check()
    assert not offered_while_expected(floor)
    offers = [one.offer for one in floor.journal.events if isinstance(one, events.OfferMade)]
    assert len(set(offers)) == len(offers)
    talks = [one.visit for one in floor.journal.events if isinstance(one, events.TalkEnded)]
    assert len(set(talks)) == len(talks) == len(floor.happened(events.VisitAnswered))


def test_given_callers_who_are_given_back_then_nobody_is_rung_for_them_until_they_are_back() -> None:
    floor = Floor()
    caller = floor.call("5001")
    floor.wait(2)
    floor.exchange.set_aside(frozenset(floor.switch.legs))
    floor.ready("ann")
    floor.wait(1)
    assert not floor.happened(events.OfferMade)
    floor = floor.replaced(away=1, returning=True)
    floor.wait(1)
    assert len(floor.happened(events.OfferMade)) == 1
    assert len(floor.happened(events.VisitParked)) == len(floor.happened(events.VisitUnparked)) == 1
    floor.exchange.set_aside(frozenset(floor.switch.legs))
    floor.wait(1)
    assert not floor.happened(events.OfferEnded)  # Asterisk rings on
    caller.hang_up()
    floor.wait(20)
    floor.check()
