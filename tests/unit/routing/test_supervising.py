"""Supervisors move, prioritise, withdraw and hand over single contacts."""

from __future__ import annotations

import pytest
from router_desk import Desk

from ivrcore.errors import RequestRefused
from ivrcore.model.events import ContactPlaced, ContactQueued, NeedRelaxed, OfferEnded, VisitLeft
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, OverflowFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentLogout,
    AgentPause,
    AgentReady,
    HandOver,
    Input,
    LoadRoster,
    MoveContact,
    OfferFailed,
    Prioritise,
    ReturnContact,
    TalkOver,
    WithdrawContact,
)
from ivrcore.routing.router import next_deadline

LOANS, CARDS = QueueFacts(name="loans"), QueueFacts(name="cards", priority=2)
ANN = AgentFacts(name="ann", endpoint="PJSIP/ann", queues=("loans", "cards"))
BOB = AgentFacts(name="bob", endpoint="PJSIP/bob", queues=("cards",))


def desk(*agents: AgentFacts, busy: bool = True) -> Desk:
    """Two queues; the agents are paused if busy."""
    made = Desk([LOANS, CARDS], agents or (ANN, BOB))
    for agent in agents or (ANN, BOB):
        if busy:
            made.give(AgentPause(agent.name))
    return made


def refused(made: Desk, given: Input) -> tuple[int, str]:
    """Status and message of a refusal, after which nothing has changed."""
    before, events = made.state.snapshot(), len(made.events)
    with pytest.raises(RequestRefused) as found:
        made.give(given)
    assert (made.state.snapshot(), len(made.events)) == (before, events)
    return found.value.status, found.value.message


def check(made: Desk) -> None:
    """Replay gives the same state."""
    assert made.replayed().snapshot() == made.state.snapshot()
    assert next_deadline(made.replayed()) == next_deadline(made.state)


def test_moved_it_keeps_its_time_and_takes_the_other_queues_priority() -> None:
    made = desk()
    made.call("c1", priority=1)
    made.call("c2", "cards", priority=1)
    made.now += 30
    made.give(MoveContact("c1", "cards", "sue"))
    left, queued = made.last(VisitLeft), made.last(ContactQueued)
    assert (left.why, left.by, left.waited) == (LeftQueue.MOVED, "sue", 30.0)
    assert (queued.queue, queued.since, queued.priority, queued.through) == ("cards", 1000.0, 3, ("loans",))
    assert not made.ordered(ReturnContact)
    check(made)
    made.give(AgentReady("bob"))
    assert made.offers() == [("c1", "bob")]


def test_moved_while_a_phone_rings_the_offer_is_withdrawn() -> None:
    made = desk(ANN, BOB, busy=False)
    made.call("c1")
    made.give(MoveContact("c1", "cards", "sue"))
    assert made.last(OfferEnded).how is OfferEnd.WITHDRAWN
    assert made.offers()[0] == ("c1", "ann")
    assert len(made.offers()) == 2
    check(made)


def test_it_may_be_moved_back() -> None:
    made = desk()
    made.call("c1")
    made.give(MoveContact("c1", "cards", "sue"))
    made.give(MoveContact("c1", "loans", "sue"))
    assert made.last(ContactQueued).through == ("loans", "cards")
    check(made)


def test_prioritised_it_goes_first() -> None:
    made = desk()
    made.call("c1")
    made.call("c2")
    made.give(Prioritise("c2", 5, "sue"))
    placed = made.last(ContactPlaced)
    assert (placed.priority, placed.by) == (5, "sue")
    assert made.state.position("c2.v1") == 1
    check(made)
    made.give(Prioritise("c2", 5, "sue"))
    assert made.all(ContactPlaced) == [placed]


def test_withdrawn_it_goes_back_to_the_dialplan_for_a_reason() -> None:
    made = desk()
    made.call("c1")
    made.call("c2")
    made.give(WithdrawContact("c1", "sue"))
    made.give(WithdrawContact("c2", "sue", LeftQueue.TIMED_OUT))
    assert [(one.contact, one.why) for one in made.ordered(ReturnContact)] == [
        ("c1", LeftQueue.WITHDRAWN),
        ("c2", LeftQueue.TIMED_OUT),
    ]
    assert {left.by for left in made.all(VisitLeft)} == {"sue"}
    check(made)


def test_handed_over_to_a_busy_agent_it_waits_for_that_one() -> None:
    cy = AgentFacts(name="cy", endpoint="PJSIP/cy", queues=("loans",))
    made = desk(ANN, cy, busy=False)
    made.call("c1")
    made.answer("c1.v1.o1")
    made.give(AgentPause("cy"))
    made.call("c2")
    made.give(HandOver("c2", "ann", 60.0, "sue"))
    check(made)
    made.give(AgentReady("cy"), after=5)
    assert made.offers() == [("c1", "ann")]
    made.give(TalkOver("c1.v1.o1", By.CALLER), after=5)
    made.pass_time(15)
    assert made.offers() == [("c1", "ann"), ("c2", "ann")]
    relaxed = made.last(NeedRelaxed)
    assert (relaxed.by, relaxed.why) == ("sue", "handed over to ann")


def test_handed_over_in_vain_it_needs_the_usual_again() -> None:
    made = desk()
    made.call("c1", law=1)
    made.give(HandOver("c1", "ann", 60.0, "sue"))
    need = made.state.waiting.visits["c1.v1"].need
    assert need == (("agents", ("ann",)),)
    made.pass_time(61)
    assert made.state.waiting.visits["c1.v1"].need == (("skills", (("law", 1),)),)
    assert made.last(NeedRelaxed).why == "handed over in vain"
    assert not made.state.rulebook.take_failures()
    check(made)


def test_handed_over_to_one_who_logs_out_it_needs_the_usual_at_once() -> None:
    made = desk()
    made.call("c1")
    made.give(HandOver("c1", "ann", 600.0, "sue"))
    made.give(AgentLogout("ann"), after=5)
    assert made.state.waiting.visits["c1.v1"].need == ()
    check(made)


def test_handed_over_while_others_ring_their_phones_stop() -> None:
    made = desk(ANN, AgentFacts(name="cy", endpoint="x", queues=("loans",)), busy=False)
    made.call("c1")
    made.give(HandOver("c1", "cy", 60.0, "sue"))
    assert made.offers() == [("c1", "ann"), ("c1", "cy")]
    check(made)


def waiting_for_ann(**loans: object) -> Desk:
    """A contact of loans handed over to ann, who is paused, 50 s after it came; bob of cards is free."""
    made = Desk([QueueFacts(name="loans", **loans), CARDS], [ANN, BOB])
    made.give(AgentPause("ann"))
    made.call("c1")
    made.give(HandOver("c1", "ann", 60.0, "sue"), after=50)
    return made


def test_handed_over_it_does_not_overflow_until_that_time_is_over() -> None:
    made = waiting_for_ann(overflow=(OverflowFacts(to="cards", after=60.0),))
    made.pass_time(59)
    assert made.all(VisitLeft) == []
    check(made)
    made.pass_time(2)
    assert [(left.why, left.waited) for left in made.all(VisitLeft)] == [(LeftQueue.MOVED, 110.0)]
    assert made.offers() == [("c1", "bob")]


def test_handed_over_the_agent_gets_it_however_long_it_waits_already() -> None:
    made = waiting_for_ann(overflow=(OverflowFacts(to="cards", after=60.0),), max_wait=60.0)
    made.pass_time(40)
    made.give(AgentReady("ann"))
    assert made.offers() == [("c1", "ann")]
    made.give(OfferFailed("c1.v1.o1", OfferEnd.NO_ANSWER), after=10)
    assert made.all(VisitLeft) == []
    check(made)
    made.pass_time(10)
    assert made.offers() == [("c1", "ann"), ("c1", "ann")]  # and meanwhile the time is over
    assert [left.why for left in made.all(VisitLeft)] == [LeftQueue.TIMED_OUT]


def test_handed_over_the_longest_wait_counts_on_afterwards_as_if_nothing_had_been() -> None:
    made = waiting_for_ann(max_wait=120.0)
    made.pass_time(69)
    assert made.all(VisitLeft) == []
    made.pass_time(2)
    assert [left.waited for left in made.all(VisitLeft)] == [120.0]
    late = waiting_for_ann(max_wait=60.0)
    late.pass_time(61)
    assert [left.waited for left in late.all(VisitLeft)] == [110.0]


def test_handed_over_to_one_who_logs_out_the_longest_wait_counts_at_once() -> None:
    made = waiting_for_ann(max_wait=60.0)
    made.pass_time(20)
    made.give(AgentLogout("ann"))
    made.pass_time(1)
    assert [left.waited for left in made.all(VisitLeft)] == [70.0]
    check(made)


def test_handed_over_in_a_queue_that_is_no_more_it_leaves_at_once() -> None:
    made = waiting_for_ann(max_wait=60.0)
    made.give(LoadRoster((CARDS,), (ANN, BOB)))
    assert [left.why for left in made.all(VisitLeft)] == [LeftQueue.FAILED]


def test_handed_over_and_not_joined_after_all_it_is_held_for_the_rest_of_the_time() -> None:
    cy = AgentFacts(name="cy", endpoint="x", queues=("loans",))
    made = desk(ANN, cy)
    made.call("c1")
    made.give(HandOver("c1", "ann", 60.0, "sue"))
    made.give(AgentReady("ann"))
    made.give(AgentAnswered("c1.v1.o1"), after=5)
    made.give(OfferFailed("c1.v1.o1", OfferEnd.AGENT_HUNG_UP), after=5)
    made.give(AgentPause("ann"))
    made.give(AgentReady("cy"))
    check(made)
    made.pass_time(49)
    assert made.agent("cy") is AgentState.READY
    made.pass_time(2)
    assert made.offers()[-1] == ("c1", "cy")


def test_the_relaxation_of_the_queue_goes_on_afterwards() -> None:
    steps = QueueFacts(name="loans", relaxation="preferred", relaxation_options={"wait": 20})
    made = Desk([steps], [AgentFacts(name="ann", endpoint="x"), AgentFacts(name="bob", endpoint="x")])
    made.give(AgentPause("ann"))
    made.give(AgentPause("bob"))
    made.call("c1")
    made.give(HandOver("c1", "ann", 60.0, "sue"))
    made.give(AgentReady("bob"))
    assert made.offers() == []
    made.pass_time(61)
    assert made.offers() == [("c1", "bob")]
    assert not made.state.rulebook.take_failures()


def test_what_cannot_be_is_refused_with_the_reason() -> None:
    made = desk(ANN, BOB, busy=False)
    made.call("c1")
    made.answer("c1.v1.o1")
    made.give(AgentPause("bob"))
    made.call("c2", "cards")
    status = {
        MoveContact("c9", "loans", "sue"): (404, "contact 'c9' waits in no queue"),
        MoveContact("c1", "cards", "sue"): (409, "agent 'ann' has answered for contact 'c1'"),
        MoveContact("c2", "loan", "sue"): (404, "there is no queue 'loan'"),
        MoveContact("c2", "cards", "sue"): (409, "contact 'c2' waits in cards already"),
        Prioritise("c2", 5000, "sue"): (400, "5000 is no priority"),
        Prioritise("c1", 5, "sue"): (409, "agent 'ann' has answered for contact 'c1'"),
        WithdrawContact("c1", "sue"): (409, "agent 'ann' has answered for contact 'c1'"),
        WithdrawContact("c2", "sue", LeftQueue.MOVED): (400, "nobody is sent back as moved"),
        HandOver("c2", "eve", 60.0, "sue"): (404, "there is no agent 'eve'"),
        HandOver("c2", "bob", 0.0, "sue"): (400, "0 s is no time to hand over for"),
        HandOver("c2", "bob", 5400.0, "sue"): (400, "1 h 30 min is no time to hand over for"),
    }
    assert {given: refused(made, given) for given in status} == status
    made.call("c3")
    assert refused(made, HandOver("c3", "bob", 60.0, "sue")) == (
        409,
        "agent 'bob' does not serve the queue loans",
    )
    made.give(AgentLogout("bob"))
    assert refused(made, HandOver("c2", "bob", 60.0, "sue")) == (409, "agent 'bob' is logged out")
