"""Contacts that nobody can bring to an agent for now: parked at their place until who has the call asks."""

import pytest
from router_desk import Desk

from ivrcore.errors import RequestRefused
from ivrcore.model.events import JoinRefused, OfferEnded, OfferMade, VisitParked, VisitUnparked
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentReady,
    Bridged,
    CallerLeft,
    HandOver,
    LeaveQueue,
    OfferFailed,
    Park,
    Prioritise,
    TakeContact,
    TalkOver,
    Unpark,
    WithdrawOffer,
)
from ivrcore.routing.estimate import Outlook


def parked() -> Desk:
    """c1 was offered to ann, and parked; c2 is behind it."""
    desk = Desk(agents=["ann"])
    desk.call("c1")
    desk.call("c2")
    desk.give(Park("c1"), after=3.0)
    return desk


def test_a_parked_contact_lets_the_agent_go_to_the_next_and_keeps_its_place() -> None:
    desk = parked()
    assert desk.last(OfferEnded).how is OfferEnd.WITHDRAWN
    assert [one.offer for one in desk.ordered(WithdrawOffer)] == ["c1.v1.o1"]
    assert desk.offers() == [("c1", "ann"), ("c2", "ann")]
    assert desk.state.agent_view("ann").missed == 0  # type: ignore[union-attr]
    assert (desk.state.position("c1.v1"), desk.state.position("c2.v1")) == (1, 2)
    assert desk.state.visit_view("c1").parked  # type: ignore[union-attr]


def test_one_whose_offers_are_lost_is_parked_even_if_an_agent_took_it_and_is_offered_to_nobody_then() -> None:
    desk = Desk(agents=["ann", "bob"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"))
    assert desk.give(Park("c1")).events == ()
    desk.give(Park("c1", lost=True))
    assert desk.last(OfferEnded).how is OfferEnd.FAILED
    assert desk.state.agent_view("ann").missed == 0  # type: ignore[union-attr]
    assert desk.state.agent_view("ann").until is not None  # type: ignore[union-attr]  # a rest: it may ring on
    assert [one.offer for one in desk.ordered(WithdrawOffer)] == ["c1.v1.o1"]
    assert desk.offers() == [("c1", "ann")]
    desk.call("c2")
    assert desk.offers() == [("c1", "ann"), ("c2", "bob")]
    assert desk.give(Park("c1", lost=True)).events == ()
    desk.give(Bridged("c2.v1.o1", "b"))
    assert desk.give(Park("c2", lost=True)).events == ()


def test_an_agent_whose_offer_is_lost_has_missed_nothing_and_is_not_paused_for_it() -> None:
    desk = Desk([QueueFacts(name="loans", pause_after=1, retry_after=5.0)], agents=["ann"])
    desk.call("c1")
    desk.give(Park("c1", lost=True))
    assert desk.agent("ann") is not AgentState.PAUSED
    desk.give(Unpark("c1"), after=5.0)
    assert desk.offers() == [("c1", "ann"), ("c1", "ann")]
    desk.give(OfferFailed("c1.v1.o2", OfferEnd.NO_ANSWER))
    assert desk.agent("ann") is AgentState.PAUSED


def test_it_is_offered_again_before_those_behind_it_once_it_is_unparked() -> None:
    desk = parked()
    desk.call("c3")
    desk.give(Unpark("c1"), after=10.0)
    desk.give(CallerLeft("c2"))
    assert desk.offers()[-1] == ("c1", "ann")
    assert desk.give(Unpark("c1")).events == ()
    assert len(desk.all(VisitUnparked)) == 1


def test_who_is_offered_to_nobody_can_be_parked_too_and_nothing_is_parked_twice() -> None:
    desk = Desk(agents=["ann"], ready=False)
    desk.call("c1")
    desk.give(Park("c1"))
    assert desk.give(Park("c1")).events == ()
    desk.give(AgentReady("ann"))
    assert desk.offers() == []
    desk.give(Unpark("c1"))
    assert desk.offers() == [("c1", "ann")]
    assert desk.give(Park("nobody")).events == desk.give(Unpark("nobody")).events == ()


def test_who_has_answered_is_not_parked() -> None:
    desk = Desk(agents=["ann"])
    desk.call("c1")
    desk.answer("c1.v1.o1")
    assert desk.give(Park("c1")).events == ()


def test_a_parked_contact_cannot_be_taken() -> None:
    desk = parked()
    desk.give(CallerLeft("c2"))
    assert desk.agent("ann") is AgentState.READY
    with pytest.raises(RequestRefused, match="cannot be brought"):
        desk.give(TakeContact("ann", "c1"))
    with pytest.raises(RequestRefused, match="nobody waits"):
        desk.give(TakeContact("ann"))


def test_a_supervisor_may_hand_a_parked_contact_over_and_the_agent_gets_it_then() -> None:
    desk = parked()
    desk.give(CallerLeft("c2"))
    desk.give(HandOver("c1", "ann", 60.0, "sue"))
    assert len(desk.offers()) == 2
    desk.give(Unpark("c1"))
    assert desk.offers()[-1] == ("c1", "ann")


def test_all_that_ring_for_it_stop_and_nobody_more_is_rung() -> None:
    queue = QueueFacts(name="loans", strategy="ring_all", ring_time=20.0)
    desk = Desk([queue], ["ann", "bob"])
    desk.call("c1")
    desk.give(Park("c1"))
    assert [one.agent for one in desk.all(OfferEnded)] == ["ann", "bob"]
    desk.pass_time(100.0)
    assert len(desk.offers()) == 2


def test_an_agent_who_was_held_for_it_was_not_asked_in_vain() -> None:
    assert parked().state.waiting.visits["c1.v1"].tried == ()


@pytest.mark.parametrize("end", [CallerLeft("c1"), LeaveQueue("c1", LeftQueue.WITHDRAWN)])
def test_it_can_go_while_it_is_parked(end: CallerLeft | LeaveQueue) -> None:
    desk = parked()
    desk.give(end)
    assert desk.state.position("c2.v1") == 1
    assert "c1" not in desk.state.waiting.by_contact


def test_a_clock_that_is_set_back_leaves_it_parked() -> None:
    desk = parked()
    desk.set_back(3600.0)
    desk.give(CallerLeft("c2"))
    assert len(desk.offers()) == 2
    assert len(desk.all(VisitParked)) == 1
    desk.give(Unpark("c1"))
    assert desk.offers()[-1] == ("c1", "ann")


def served(desk: Desk) -> None:
    """Enough contacts for an expected wait."""
    for number in range(6):
        desk.call(f"w{number}")
        desk.answer(desk.last(OfferMade).offer)
        desk.give(TalkOver(desk.last(OfferMade).offer, By.AGENT), after=90.0)
        desk.pass_time(30.0)


def test_who_is_parked_is_ahead_of_nobody_so_with_a_free_agent_there_is_no_wait() -> None:
    desk = Desk([QueueFacts(name="loans", join_expected=60.0)], ["ann"])
    served(desk)
    for contact in ("c1", "c2"):
        desk.call(contact)
        desk.give(Park(contact))
    assert desk.agent("ann") is AgentState.READY
    assert desk.state.outlook("loans") == Outlook(0.0, None)
    desk.call("c3")
    assert desk.all(JoinRefused) == []
    assert desk.offers()[-1] == ("c3", "ann")


def test_an_expected_wait_counts_nobody_who_is_parked_whatever_becomes_of_them() -> None:
    desk = Desk(agents=["ann"])
    for contact in ("c0", "c1", "c2", "c3", "c4"):
        desk.call(contact)

    def ahead() -> int:
        waiting, queue = desk.state.waiting, "loans"
        places = sorted(visit.place for visit in waiting.visits.values() if visit.waiting)
        found = [waiting.ahead(queue, place) for place in places]
        assert found == [*range(len(places))]
        assert waiting.ahead(queue) == len(places)
        return len(places)

    assert ahead() == 4
    desk.give(Park("c1"))
    desk.give(Park("c0"))  # while it rings: ann gets c2
    assert ahead() == 2
    desk.give(Prioritise("c1", 5, "sue"))
    desk.give(Prioritise("c4", 5, "sue"))
    assert ahead() == 2
    desk.set_back(3600.0)
    assert ahead() == 2
    desk.give(Unpark("c1"))
    assert ahead() == 3
    desk.give(CallerLeft("c0"))
    assert ahead() == 3
    desk.give(CallerLeft("c1"))
    desk.give(CallerLeft("c2"))
    assert ahead() == 1
