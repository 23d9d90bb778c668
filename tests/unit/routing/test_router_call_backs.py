"""Call-backs in the router: they keep their place, wait on, and cost the agent nothing but wrap-up."""

from __future__ import annotations

from router_desk import built_in

from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing import commands as routing
from ivrcore.routing.router import RouterState, apply, step

ROSTER = routing.LoadRoster(
    (QueueFacts(name="q", max_wait=60.0, wrap_up=5.0, ring_time=10.0),),
    (AgentFacts(name="ann", endpoint="PJSIP/ann"),),
)


class Desk:
    def __init__(self) -> None:
        self.state = RouterState(built_in())
        self.events: list[Event] = []
        self.give(ROSTER, 0.0)

    def give(self, given: routing.Input, now: float) -> tuple[routing.Command, ...]:
        decision = step(self.state, given, now)
        self.events += decision.events
        return decision.commands

    def replayed(self) -> None:
        again = RouterState(built_in())
        for event in self.events:
            apply(again, event)
        assert again.snapshot() == self.state.snapshot()


def test_a_call_back_is_served_by_when_it_was_asked_for() -> None:
    desk = Desk()
    desk.give(routing.Enqueue("c1", "c1.v1", "q"), 10.0)
    desk.give(routing.Enqueue("c2", "c2.v1", "q", call_back=True, since=5.0), 20.0)
    desk.give(routing.Enqueue("c3", "c3.v1", "q", call_back=True, since=15.0), 25.0)
    assert [desk.state.position(f"c{n}.v1") for n in (2, 1, 3)] == [1, 2, 3]
    assert desk.state.longest_wait("q", 30.0) == 20.0
    (ring,) = desk.give(routing.AgentReady("ann"), 30.0)
    assert isinstance(ring, routing.RingAgent)
    assert ring.contact == "c2"
    desk.replayed()


def test_a_call_back_outlives_the_queues_longest_wait() -> None:
    desk = Desk()
    desk.give(routing.Enqueue("c1", "c1.v1", "q"), 0.0)
    desk.give(routing.Enqueue("c2", "c2.v1", "q", call_back=True), 0.0)
    gone = desk.give(routing.Tick(), 1000.0)
    assert gone == (routing.ReturnContact("c1", "c1.v1", LeftQueue.TIMED_OUT),)
    desk.replayed()


def test_a_customer_who_is_missed_ends_the_visit_and_the_agent_wraps_up() -> None:
    desk = Desk()
    desk.give(routing.Enqueue("c1", "c1.v1", "q", call_back=True), 0.0)
    desk.give(routing.AgentReady("ann"), 1.0)
    desk.give(routing.AgentAnswered("c1.v1.o1"), 2.0)
    assert desk.state.offers["c1.v1.o1"].deadline == 92.0
    commands = desk.give(routing.CustomerMissed("c1"), 40.0)
    assert commands == (
        routing.WithdrawOffer("c1.v1.o1", OfferEnd.CUSTOMER_MISSED),
        routing.ReturnContact("c1", "c1.v1", LeftQueue.NOT_REACHED),
    )
    assert desk.state.agent_state("ann") is AgentState.WRAP_UP
    assert desk.give(routing.CustomerMissed("c1"), 41.0) == ()
    desk.give(routing.Tick(), 45.0)
    assert desk.state.agent_state("ann") is AgentState.READY
    desk.replayed()


def test_a_customer_who_is_missed_while_an_agent_is_rung_costs_that_agent_nothing() -> None:
    desk = Desk()
    desk.give(routing.Enqueue("c1", "c1.v1", "q", call_back=True), 0.0)
    desk.give(routing.AgentReady("ann"), 1.0)
    commands = desk.give(routing.CustomerMissed("c1"), 5.0)
    assert commands[0] == routing.WithdrawOffer("c1.v1.o1", OfferEnd.WITHDRAWN)
    ann = desk.state.agent_view("ann")
    assert ann is not None
    assert (ann.state, ann.missed, ann.idle_since) == (AgentState.READY, 0, 1.0)
    desk.replayed()


def test_an_agent_who_took_a_call_back_in_vain_missed_nothing() -> None:
    desk = Desk()
    for turn in range(3):
        at, contact = 100.0 * turn, f"c{turn}"
        desk.give(routing.Enqueue(contact, f"{contact}.v1", "q", call_back=True), at)
        desk.give(routing.AgentReady("ann"), at + 1.0)
        desk.give(routing.AgentAnswered(f"{contact}.v1.o1"), at + 2.0)
        desk.give(routing.CustomerMissed(contact), at + 40.0)
    ann = desk.state.agent_view("ann")
    assert ann is not None
    assert ann.missed == 0
    desk.replayed()


def test_an_agent_who_hangs_up_on_the_ringing_is_told_so_and_the_visit_is_over() -> None:
    desk = Desk()
    desk.give(routing.Enqueue("c1", "c1.v1", "q", call_back=True), 0.0)
    desk.give(routing.AgentReady("ann"), 1.0)
    desk.give(routing.AgentAnswered("c1.v1.o1"), 2.0)
    commands = desk.give(routing.CustomerMissed("c1", agent_left=True), 5.0)
    assert commands[0] == routing.WithdrawOffer("c1.v1.o1", OfferEnd.AGENT_HUNG_UP)
    ann = desk.state.agent_view("ann")
    assert ann is not None
    assert ann.missed == 1
    assert desk.state.waiting_in("q") == 0
    desk.replayed()


def test_a_call_back_may_leave_though_an_agent_waits_for_the_customer() -> None:
    desk = Desk()
    desk.give(routing.Enqueue("c1", "c1.v1", "q", call_back=True), 0.0)
    desk.give(routing.AgentReady("ann"), 1.0)
    desk.give(routing.AgentAnswered("c1.v1.o1"), 2.0)
    desk.give(routing.LeaveQueue("c1", LeftQueue.MOVED), 5.0)
    assert desk.state.waiting_in("q") == 0
    assert desk.state.agent_state("ann") is AgentState.READY
    desk.replayed()
