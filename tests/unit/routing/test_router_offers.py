"""An offer from made to over, and every race on the way."""

import pytest
from router_desk import Desk, names

from ivrcore.model.events import (
    OfferAccepted,
    OfferEnded,
    OfferMade,
    TalkEnded,
    VisitAbandoned,
    VisitAnswered,
    VisitLeft,
)
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentReady,
    Bridged,
    CallerLeft,
    ConnectAgent,
    LeaveQueue,
    OfferFailed,
    ReturnContact,
    RingAgent,
    TalkOver,
    WithdrawOffer,
)
from ivrcore.routing.router import next_deadline

LOANS = QueueFacts(name="loans", ring_time=20, wrap_up=10, retry_after=5, threshold=20, short_abandon=5)


def test_given_a_ready_agent_when_a_caller_comes_then_the_agent_rings_at_once() -> None:
    desk = Desk([LOANS], ["ann"])
    decision = desk.call("c1")
    assert names(decision.events) == ["ContactQueued", "OfferMade", "AgentStateChanged"]
    assert decision.commands == (RingAgent("c1.v1.o1", "c1", "c1.v1", "loans", "ann", "PJSIP/ann", 20),)
    assert desk.agent("ann") is AgentState.OFFERED


def test_given_a_waiting_caller_when_an_agent_gets_ready_then_the_offer_is_in_the_same_step() -> None:
    desk = Desk([LOANS], ["ann"], ready=False)
    desk.call("c1")
    decision = desk.give(AgentReady("ann"), after=7)
    assert names(decision.events) == ["AgentStateChanged", "OfferMade", "AgentStateChanged"]


def test_a_whole_conversation() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    assert desk.give(AgentAnswered("c1.v1.o1"), after=3).commands == (ConnectAgent("c1.v1.o1", "c1", "ann"),)
    desk.give(Bridged("c1.v1.o1", "b1"), after=1)
    answered = desk.last(VisitAnswered)
    assert (answered.waited, answered.in_threshold, answered.bridge) == (4.0, True, "b1")
    assert desk.agent("ann") is AgentState.TALKING
    desk.give(TalkOver("c1.v1.o1", By.AGENT), after=60)
    assert (desk.last(TalkEnded).talked, desk.last(TalkEnded).by) == (60.0, By.AGENT)
    assert desk.changes("ann")[-1].until == desk.now + 10
    desk.pass_time(10)
    assert desk.agent("ann") is AgentState.READY
    assert next_deadline(desk.state) is None
    assert desk.state.snapshot().visits == ()


def test_given_no_answer_then_the_next_agent_rings_and_the_first_rests() -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    desk.pass_time(22)
    assert desk.last(OfferEnded).how is OfferEnd.NO_ANSWER
    assert desk.ordered(WithdrawOffer) == [WithdrawOffer("c1.v1.o1", OfferEnd.NO_ANSWER)]
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")]
    assert desk.state.agents_on("loans") == {"resting": 1, "offered": 1}


def test_given_the_only_agent_missed_it_then_the_offer_comes_again_after_the_rest() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED), after=2)
    assert len(desk.offers()) == 1
    desk.pass_time(4.9)
    assert len(desk.offers()) == 1
    desk.pass_time(0.2)
    assert desk.offers() == [("c1", "ann"), ("c1", "ann")]
    assert desk.last(OfferMade).offer == "c1.v1.o2"


def test_an_agent_who_says_ready_ends_the_rest() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED))
    desk.give(AgentReady("ann"), after=1)
    assert len(desk.offers()) == 2


@pytest.mark.parametrize(
    "how", [OfferEnd.REJECTED, OfferEnd.UNREACHABLE, OfferEnd.AGENT_HUNG_UP, OfferEnd.FAILED]
)
def test_a_failed_offer_leaves_the_visit_in_its_place(how: OfferEnd) -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.call("c2")
    desk.give(OfferFailed("c1.v1.o1", how), after=1)
    assert (desk.state.position("c1.v1"), desk.state.position("c2.v1")) == (1, 2)
    desk.pass_time(5)
    assert desk.offers()[-1] == ("c1", "ann")


def test_a_late_answer_is_undone() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(CallerLeft("c1"))
    decision = desk.give(AgentAnswered("c1.v1.o1"))
    assert decision.events == ()
    assert decision.commands == (WithdrawOffer("c1.v1.o1", OfferEnd.WITHDRAWN),)
    assert desk.give(Bridged("c1.v1.o1", "b1")).commands == decision.commands


def test_given_the_caller_hangs_up_while_it_rings_then_the_agent_is_not_punished() -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    idle_since = desk.state.agent_view("ann")
    assert idle_since is not None
    desk.call("c1")
    decision = desk.give(CallerLeft("c1"), after=4)
    assert names(decision.events) == ["VisitAbandoned", "OfferEnded", "AgentStateChanged"]
    assert decision.commands == (WithdrawOffer("c1.v1.o1", OfferEnd.CALLER_LEFT),)
    assert desk.last(VisitAbandoned).short
    now = desk.state.agent_view("ann")
    assert now is not None
    assert (now.idle_since, now.resting) == (idle_since.idle_since, False)
    desk.call("c2")
    assert desk.offers()[-1] == ("c2", "ann")


def test_given_the_caller_hangs_up_as_the_agent_answers_then_it_is_abandoned() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"), after=25)
    decision = desk.give(CallerLeft("c1"))
    assert names(decision.events) == ["VisitAbandoned", "OfferEnded", "AgentStateChanged"]
    assert decision.commands == (WithdrawOffer("c1.v1.o1", OfferEnd.CALLER_LEFT),)
    abandoned = desk.last(VisitAbandoned)
    assert (abandoned.waited, abandoned.in_threshold, abandoned.short) == (25.0, False, False)
    assert desk.agent("ann") is AgentState.READY


def test_given_the_agent_hangs_up_in_the_whisper_then_the_visit_waits_on() -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"))
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.AGENT_HUNG_UP))
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")]


def test_given_no_bridge_in_time_then_the_reservation_ends() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"))
    assert desk.last(OfferAccepted).deadline == desk.now + 30 == next_deadline(desk.state)
    desk.pass_time(30)
    assert desk.last(OfferEnded).how is OfferEnd.FAILED
    assert desk.ordered(WithdrawOffer)[-1].how is OfferEnd.FAILED
    assert desk.state.position("c1.v1") == 1


def test_the_caller_ends_the_conversation() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.answer("c1.v1.o1")
    decision = desk.give(CallerLeft("c1"), after=30)
    assert names(decision.events) == ["TalkEnded", "AgentStateChanged"]
    assert desk.last(TalkEnded).by is By.CALLER
    assert desk.agent("ann") is AgentState.WRAP_UP


def test_what_comes_twice_is_taken_once() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"))
    assert desk.give(AgentAnswered("c1.v1.o1")).commands == ()
    desk.give(Bridged("c1.v1.o1", "b1"))
    assert desk.give(Bridged("c1.v1.o1", "b1")).events == ()
    desk.give(TalkOver("c1.v1.o1", By.AGENT))
    for again in (
        TalkOver("c1.v1.o1", By.CALLER),
        CallerLeft("c1"),
        OfferFailed("c1.v1.o1", OfferEnd.FAILED),
    ):
        assert desk.give(again).events == ()


def test_a_bridge_that_overtook_the_answer_counts_as_both() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    decision = desk.give(Bridged("c1.v1.o1", "b1"))
    assert names(decision.events) == ["OfferAccepted", "VisitAnswered", "AgentStateChanged"]


def test_an_agents_leg_that_fails_in_conversation_ends_it() -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.answer("c1.v1.o1")
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.AGENT_HUNG_UP))
    assert desk.last(TalkEnded).by is By.AGENT


@pytest.mark.parametrize(
    ("by", "how"),
    [(By.CALLER, OfferEnd.CALLER_LEFT), (By.AGENT, OfferEnd.AGENT_HUNG_UP), (By.SERVER, OfferEnd.FAILED)],
)
def test_a_conversation_that_ends_before_it_began(by: By, how: OfferEnd) -> None:
    desk = Desk([LOANS], ["ann"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"))
    desk.give(TalkOver("c1.v1.o1", by))
    assert desk.last(OfferEnded).how is how
    assert bool(desk.all(VisitAbandoned)) is (by is By.CALLER)


def test_given_the_longest_wait_is_over_while_it_rings_then_the_contact_goes_back() -> None:
    desk = Desk([QueueFacts(name="loans", max_wait=10)], ["ann"])
    desk.call("c1")
    desk.pass_time(10)
    assert desk.last(OfferEnded).how is OfferEnd.WITHDRAWN
    assert (desk.last(VisitLeft).why, desk.last(VisitLeft).waited) == (LeftQueue.TIMED_OUT, 10.0)
    assert desk.commands[-2:] == [
        WithdrawOffer("c1.v1.o1", OfferEnd.WITHDRAWN),
        ReturnContact("c1", "c1.v1", LeftQueue.TIMED_OUT),
    ]
    assert desk.agent("ann") is AgentState.READY


def test_given_the_agent_answered_then_the_longest_wait_no_longer_ends_the_visit() -> None:
    desk = Desk([QueueFacts(name="loans", max_wait=10)], ["ann"])
    desk.call("c1")
    desk.give(AgentAnswered("c1.v1.o1"), after=9)
    desk.pass_time(5)
    assert desk.all(VisitLeft) == []
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.AGENT_HUNG_UP))
    assert desk.last(VisitLeft).why is LeftQueue.TIMED_OUT


def test_leaving_by_key_takes_back_a_ringing_offer_but_not_an_accepted_one() -> None:
    desk = Desk([LOANS], ["ann", "bob"])
    desk.call("c1")
    desk.call("c2")
    desk.give(LeaveQueue("c1", LeftQueue.BY_KEY))
    assert desk.last(VisitLeft).why is LeftQueue.BY_KEY
    assert ReturnContact("c1", "c1.v1", LeftQueue.BY_KEY) in desk.commands
    desk.give(AgentAnswered("c2.v1.o1"))
    assert desk.give(LeaveQueue("c2", LeftQueue.BY_KEY)).events == ()
    assert desk.give(LeaveQueue("nobody", LeftQueue.BY_KEY)).commands == ()
