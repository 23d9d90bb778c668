"""Several offers of one contact at once: ring all and progressive, through the router."""

from __future__ import annotations

import pytest
from router_desk import Desk, agent_facts, built_in, names
from strategy_bench import queue

from ivrcore.api import Choice, Order
from ivrcore.model.events import (
    MoreOffersPlanned,
    OfferAccepted,
    OfferEnded,
    OfferMade,
    PluginFailed,
    StrategyRemembered,
    VisitAbandoned,
    VisitAnswered,
)
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentLogout,
    AgentPause,
    AgentReady,
    Bridged,
    CallerLeft,
    ConnectAgent,
    CustomerMissed,
    Enqueue,
    LeaveQueue,
    LoadRoster,
    OfferFailed,
    RingAgent,
    TalkOver,
    Tick,
    WithdrawOffer,
)
from ivrcore.routing.router import next_deadline

RING_ALL = queue("ring_all")
PROGRESSIVE = queue("progressive", every=5, most=2)
O1, O2, O3 = "c1.v1.o1", "c1.v1.o2", "c1.v1.o3"


def ended(desk: Desk) -> list[tuple[str, OfferEnd]]:
    return [(event.agent, event.how) for event in desk.all(OfferEnded)]


def idle_since(desk: Desk, agent: str) -> float | None:
    view = desk.state.agent_view(agent)
    assert view is not None
    return view.idle_since


def check(desk: Desk) -> None:
    """Replay gives the same state."""
    assert desk.replayed().snapshot() == desk.state.snapshot()
    assert next_deadline(desk.replayed()) == next_deadline(desk.state)


def test_given_ring_all_when_a_call_comes_then_all_free_agents_ring_in_one_decision() -> None:
    desk = Desk([RING_ALL], ["ann", "bob", "cho"])
    desk.give(AgentPause("cho"))
    decision = desk.call("c1")
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")]
    assert [command.offer for command in decision.commands] == [O1, O2]
    made = desk.all(OfferMade)
    assert made[0].why == made[1].why == "ring_all: all at once; 2 of 2 free (1 paused)"
    assert names(decision.events)[:2] == ["ContactQueued", "OfferMade"]
    assert {desk.agent("ann"), desk.agent("bob")} == {AgentState.OFFERED}
    check(desk)


def test_given_all_ring_when_one_answers_then_the_others_stop_and_keep_their_idle_time() -> None:
    desk = Desk([RING_ALL], ["ann", "bob", "cho"])
    desk.now += 50
    desk.call("c1")
    desk.give(AgentAnswered(O2), after=3)
    assert ended(desk) == [("ann", OfferEnd.TAKEN), ("cho", OfferEnd.TAKEN)]
    assert [command.offer for command in desk.ordered(WithdrawOffer)] == [O1, O3]
    assert [command.offer for command in desk.ordered(ConnectAgent)] == [O2]
    for agent in ("ann", "cho"):
        assert desk.agent(agent) is AgentState.READY
        assert idle_since(desk, agent) == 1000
        view = desk.state.agent_view(agent)
        assert view is not None
        assert (view.resting, view.missed) == (False, 0)
    desk.call("c2")
    assert desk.offers()[3:] == [("c2", "ann"), ("c2", "cho")]
    check(desk)


def test_given_one_answered_when_another_answers_late_then_that_one_is_withdrawn() -> None:
    desk = Desk([RING_ALL], ["ann", "bob"])
    desk.call("c1")
    desk.give(AgentAnswered(O1))
    decision = desk.give(AgentAnswered(O2))
    assert decision.commands == (WithdrawOffer(O2, OfferEnd.WITHDRAWN),)
    desk.give(Bridged(O1, "b"))
    late = desk.give(Bridged(O2, "b2"))
    assert late.commands == (WithdrawOffer(O2, OfferEnd.WITHDRAWN),)
    assert [event.offer for event in desk.all(OfferAccepted)] == [O1]
    assert [event.agent for event in desk.all(VisitAnswered)] == ["ann"]
    check(desk)


def test_given_all_ring_when_a_bridge_is_told_before_any_answer_then_it_counts_as_the_answer() -> None:
    desk = Desk([RING_ALL], ["ann", "bob"])
    desk.call("c1")
    desk.give(Bridged(O2, "b"))
    assert ended(desk) == [("ann", OfferEnd.TAKEN)]
    assert desk.agent("bob") is AgentState.TALKING
    check(desk)


def test_given_all_ring_when_the_caller_leaves_then_all_stop_and_nobody_missed_anything() -> None:
    desk = Desk([RING_ALL], ["ann", "bob"])
    desk.now += 5
    desk.call("c1")
    desk.give(CallerLeft("c1"))
    assert ended(desk) == [("ann", OfferEnd.CALLER_LEFT), ("bob", OfferEnd.CALLER_LEFT)]
    assert len(desk.all(VisitAbandoned)) == 1
    assert [idle_since(desk, agent) for agent in ("ann", "bob")] == [1000, 1000]
    assert next_deadline(desk.state) is None
    check(desk)


def test_given_all_ring_when_the_visit_leaves_then_all_are_withdrawn() -> None:
    desk = Desk([RING_ALL], ["ann", "bob"])
    desk.call("c1")
    desk.give(LeaveQueue("c1", LeftQueue.BY_KEY))
    assert ended(desk) == [("ann", OfferEnd.WITHDRAWN), ("bob", OfferEnd.WITHDRAWN)]
    check(desk)


@pytest.mark.parametrize("stop", [AgentPause, AgentLogout])
def test_given_all_ring_when_one_goes_then_the_others_ring_on(
    stop: type[AgentPause | AgentLogout],
) -> None:
    desk = Desk([RING_ALL], ["ann", "bob"])
    desk.call("c1")
    desk.give(stop("ann"))
    assert ended(desk) == [("ann", OfferEnd.AGENT_LEFT)]
    assert list(desk.state.offers) == [O2]
    desk.give(AgentReady("ann"))
    assert list(desk.state.offers) == [O2]
    desk.pass_time(5)
    assert list(desk.state.offers) == [O2, O3]
    assert desk.last(OfferMade).why.startswith("ring_all: too, came free; first of 1 free")
    desk.answer(O2)
    assert [agent for agent, how in ended(desk) if how is OfferEnd.TAKEN] == ["ann"]
    check(desk)


def test_given_nobody_answers_then_all_rest_and_then_all_ring_again() -> None:
    desk = Desk([RING_ALL], ["ann", "bob"])
    desk.call("c1")
    desk.pass_time(22)
    assert ended(desk) == [("ann", OfferEnd.NO_ANSWER), ("bob", OfferEnd.NO_ANSWER)]
    assert desk.state.position("c1.v1") == 1
    desk.pass_time(5)
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")] * 2
    check(desk)


def test_given_all_ring_when_one_rejects_then_the_rest_ring_on_and_the_wait_goes_on_after_the_last() -> None:
    desk = Desk([RING_ALL], ["ann", "bob"])
    desk.call("c1")
    desk.give(OfferFailed(O1, OfferEnd.REJECTED))
    assert not desk.state.waiting.visits["c1.v1"].waiting
    desk.give(OfferFailed(O2, OfferEnd.UNREACHABLE))
    assert desk.state.waiting.visits["c1.v1"].waiting
    check(desk)


def test_given_ring_all_with_tiers_then_only_the_lowest_rings_and_the_next_when_that_is_not_free() -> None:
    desk = Desk([RING_ALL], [tiered("ann", 1), tiered("bob", 2), tiered("cho", 1), tiered("dan", 2)])
    desk.call("c1")
    assert desk.offers() == [("c1", "ann"), ("c1", "cho")]
    desk.pass_time(10)
    assert len(desk.offers()) == 2
    desk.pass_time(12.5)
    assert desk.offers()[2:] == [("c1", "bob"), ("c1", "dan")]
    desk.pass_time(5)
    # who rested is of a lower tier than those who ring
    assert desk.offers()[4:] == [("c1", "ann"), ("c1", "cho")]
    check(desk)


def tiered(name: str, tier: int, capacity: int = 1) -> AgentFacts:
    members = {"loans": MemberFacts(tier=tier)}
    return AgentFacts(name=name, endpoint=f"PJSIP/{name}", members=members, capacity=capacity)


# --- progressive ---


def test_given_progressive_then_one_rings_and_another_besides_each_time_up_to_the_most() -> None:
    desk = Desk([PROGRESSIVE], ["ann", "bob", "cho"])
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]
    desk.pass_time(4.9)
    assert len(desk.state.offers) == 1
    desk.pass_time(0.1)
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")]
    desk.pass_time(10)
    assert list(desk.state.offers) == [O1, O2]
    desk.give(AgentAnswered(O1))
    assert ended(desk) == [("bob", OfferEnd.TAKEN)]
    assert desk.state.plans.first() is None
    check(desk)


def test_given_progressive_when_one_of_the_most_gives_up_then_another_takes_the_room() -> None:
    desk = Desk([PROGRESSIVE], ["ann", "bob", "cho"])
    desk.call("c1")
    desk.pass_time(6)
    desk.give(OfferFailed(O1, OfferEnd.REJECTED))
    desk.pass_time(4)
    assert desk.offers()[2:] == [("c1", "cho")]
    assert len(desk.state.offers) == 2
    check(desk)


def test_given_nobody_free_when_asked_again_then_it_is_asked_later_and_no_one_rings() -> None:
    desk = Desk([PROGRESSIVE], ["ann"])
    desk.call("c1")
    desk.pass_time(11)
    assert desk.offers() == [("c1", "ann")]
    assert [event.due for event in desk.all(MoreOffersPlanned)] == [1005, 1010, 1015]
    desk.give(OfferFailed(O1, OfferEnd.REJECTED))
    desk.pass_time(4)
    # nobody rings and nobody is free: the plan ends, and an agent who comes free is what it waits for
    assert desk.last(MoreOffersPlanned).due is None
    desk.pass_time(1)
    assert desk.offers() == [("c1", "ann")] * 2
    check(desk)


def test_given_a_waiting_contact_when_an_agent_comes_free_as_more_are_due_then_it_goes_first() -> None:
    """Who rings besides is looked at last: nobody may ring for two while another contact waits."""
    desk = Desk([PROGRESSIVE, queue("longest_idle", "cards")], ["ann", "bob"])
    desk.call("c1")
    desk.give(AgentPause("bob"))
    desk.call("c2", "cards")
    desk.now += 5
    desk.give(AgentReady("bob"))
    assert desk.offers() == [("c1", "ann"), ("c2", "bob")]
    check(desk)


def test_given_a_stall_when_more_were_due_several_times_then_it_is_asked_once() -> None:
    desk = Desk([PROGRESSIVE], ["ann", "bob", "cho"])
    desk.call("c1")
    desk.now += 17
    desk.give(Tick())
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")]
    assert [event.due for event in desk.all(MoreOffersPlanned)] == [1005, 1022]


# --- strategies that change or fail while several ring ---


@pytest.mark.parametrize("to", ["longest_idle", "random", "pull", "ring_all", "progressive"])
def test_given_a_plan_when_a_reload_changes_the_strategy_then_time_goes_on(to: str) -> None:
    agents = tuple(agent_facts(name) for name in ("ann", "bob", "cho"))
    desk = Desk([queue("progressive", every=5, most=3)], agents)
    desk.call("c1")
    desk.give(LoadRoster((queue(to),), agents), after=1)
    desk.pass_time(4)
    rung = {"ring_all": 3, "progressive": 2}.get(to, 1)
    assert len(desk.state.offers) == rung
    desk.pass_time(100)
    desk.give(CallerLeft("c1"))
    assert desk.state.offers == {}
    check(desk)


def test_given_a_plan_when_the_queue_goes_then_the_contact_returns_and_nothing_is_due() -> None:
    agents = tuple(agent_facts(name) for name in ("ann", "bob"))
    desk = Desk([PROGRESSIVE, queue("ring_all", "cards")], agents)
    desk.call("c1")
    desk.now += 9
    desk.give(LoadRoster((queue("ring_all", "cards"),), agents))
    assert ended(desk) == [("ann", OfferEnd.WITHDRAWN)]
    assert next_deadline(desk.state) is None
    check(desk)


class Whimsical:
    """Says and does what a test wants."""

    name = "whimsical"

    def __init__(self, *orders: Order) -> None:
        self.orders = list(orders)
        self.asked: list[Choice] = []

    def order(self, choice: Choice) -> Order:
        self.asked.append(choice)
        return self.orders.pop(0)


def test_given_a_strategy_that_fails_when_asked_again_then_nobody_rings_besides() -> None:
    desk = Desk([queue("whimsical")], ["ann", "bob"], [Whimsical(Order(("ann",), "first", again=1003.0))])
    desk.call("c1")
    desk.pass_time(3)
    assert [event.plugin for event in desk.all(PluginFailed)] == ["whimsical"]
    assert desk.offers() == [("c1", "ann")]
    desk.give(OfferFailed(O1, OfferEnd.REJECTED))
    # with nobody ringing, the one who is idle for longest is tried
    assert desk.offers()[-1] == ("c1", "bob")
    check(desk)


def test_given_a_strategy_that_wants_to_wait_then_the_next_contact_is_asked_about_and_it_later() -> None:
    waits = Whimsical(
        Order((), "not yet", again=1004.0),
        Order(("ann",), "you", memory={"n": 1}),
        Order((), "not yet", again=1002.0),
        Order(("bob",), "now", memory={"n": 2}),
    )
    desk = Desk([queue("whimsical")], ["ann", "bob"], [waits])
    desk.call("c1")
    desk.call("c2")
    assert desk.offers() == [("c2", "ann")]
    desk.pass_time(4)
    assert desk.offers() == [("c2", "ann")]
    desk.pass_time(0.2)
    assert desk.offers() == [("c2", "ann"), ("c1", "bob")]
    assert [event.memory for event in desk.all(StrategyRemembered)] == [{"n": 1}, {"n": 2}]
    assert [dict(choice.memory) for choice in waits.asked] == [{}, {}, {"n": 1}, {"n": 1}]
    assert desk.state.plans.first() is None
    check(desk)


def test_given_a_strategy_that_names_a_time_gone_by_then_it_is_asked_at_most_ten_times_a_second() -> None:
    spins = Whimsical(*[Order((), "not yet", again=0.0)] * 100)
    desk = Desk([queue("whimsical")], ["ann"], [spins])
    desk.call("c1")
    desk.pass_time(1)
    assert 9 <= len(spins.asked) <= 12


def test_given_a_strategy_that_knows_who_rings_and_of_which_tier() -> None:
    asks = Whimsical(Order(("bob",), "two", again=1001.0), Order((), "enough"))
    desk = Desk([queue("whimsical")], [tiered("bob", 3), tiered("cho", 3)], [asks])
    desk.call("c1")
    desk.pass_time(1)
    assert [(tuple(one.ringing), one.ringing_tier) for one in asks.asked] == [((), None), (("bob",), 3)]


# --- agents with room for two ---


def test_given_room_for_two_then_a_talking_agent_rings_too_and_never_for_three() -> None:
    desk = Desk([RING_ALL], [tiered("ann", 1, 2), tiered("bob", 1, 2)])
    desk.call("c1")
    desk.answer(O1)
    desk.call("c2")
    assert desk.offers()[2:] == [("c2", "ann"), ("c2", "bob")]
    desk.call("c3")
    assert len(desk.offers()) == 4
    desk.answer("c2.v1.o1")
    # ann has two; c3 is for bob, who lost both races
    assert desk.offers()[4:] == [("c3", "bob")]
    assert idle_since(desk, "bob") == 1000
    desk.give(TalkOver(O1, By.CALLER))
    assert desk.agent("ann") is AgentState.TALKING
    check(desk)


def test_given_a_talking_agent_who_misses_another_contact_then_that_agent_rests_from_more() -> None:
    desk = Desk([queue("longest_idle")], [tiered("ann", 1, 2)])
    desk.call("c1")
    desk.answer(O1)
    desk.call("c2")
    desk.give(OfferFailed("c2.v1.o1", OfferEnd.REJECTED))
    assert desk.offers() == [("c1", "ann"), ("c2", "ann")]
    desk.pass_time(4.9)
    assert len(desk.offers()) == 2
    desk.pass_time(0.1)
    assert desk.offers()[2:] == [("c2", "ann")]
    desk.give(OfferFailed("c2.v1.o2", OfferEnd.REJECTED))
    desk.give(AgentReady("ann"))
    assert desk.offers()[3:] == [("c2", "ann")]
    assert desk.agent("ann") is AgentState.TALKING
    check(desk)


def test_given_a_talking_agent_when_the_customer_of_a_call_back_is_missed_then_the_talk_goes_on() -> None:
    desk = Desk([queue("longest_idle", wrap_up=10)], [tiered("ann", 1, 2)])
    desk.call("c1")
    desk.answer(O1)
    desk.give(Enqueue("c2", "c2.v1", "loans", call_back=True))
    desk.give(AgentAnswered("c2.v1.o1"))
    desk.give(CustomerMissed("c2"))
    assert desk.agent("ann") is AgentState.TALKING
    desk.give(TalkOver(O1, By.AGENT))
    assert desk.agent("ann") is AgentState.WRAP_UP
    check(desk)


def test_given_a_talk_that_ends_while_another_contact_rings_when_that_is_taken_then_wrap_up_follows() -> None:
    desk = Desk([queue("ring_all", wrap_up=10)], [tiered("ann", 1, 2), tiered("bob", 1)])
    desk.give(AgentPause("bob"))
    desk.call("c1")
    desk.answer(O1)
    desk.give(AgentReady("bob"))
    desk.call("c2")
    desk.give(TalkOver(O1, By.CALLER))
    assert desk.agent("ann") is AgentState.OFFERED
    desk.give(AgentAnswered("c2.v1.o2"))
    assert desk.agent("ann") is AgentState.WRAP_UP
    desk.pass_time(10)
    assert desk.agent("ann") is AgentState.READY
    check(desk)


def test_given_an_agent_no_longer_configured_who_talks_when_another_contact_rings_then_it_goes_on() -> None:
    agents = [tiered("ann", 1, 2), tiered("bob", 2)]
    desk = Desk([queue("longest_idle")], agents)
    desk.call("c1")
    desk.answer(O1)
    desk.call("c2")
    assert desk.offers()[-1] == ("c2", "ann")
    desk.give(LoadRoster((queue("longest_idle"),), (agents[1],)))
    assert desk.offers()[-1] == ("c2", "bob")
    desk.pass_time(60)
    assert desk.agent("ann") is AgentState.TALKING
    desk.give(TalkOver(O1, By.CALLER))
    assert desk.agent("ann") is None
    check(desk)


# --- every strategy, within tiers ---


def strategies() -> list[str]:
    return sorted(name for name in built_in().strategies if name not in ("pull",))


@pytest.mark.parametrize("strategy", strategies())
def test_rank_with_a_second_strategy_inside_the_lowest_tier_comes_first_whatever_the_strategy(
    strategy: str,
) -> None:
    agents = [
        AgentFacts(
            name=name,
            endpoint=f"PJSIP/{name}",
            skills={"law": 9 if tier == 2 else 1},
            members={"loans": MemberFacts(tier=tier, weight=9.0 if tier == 2 else 0.1)},
        )
        for name, tier in (("abe", 2), ("ann", 3), ("bob", 1), ("cho", 1), ("dan", 2))
    ]
    facts = QueueFacts(name="loans", strategy=strategy, skills={"law": 1}, wrap_up=0)
    desk = Desk([facts], agents, ready=False)
    for name in ("abe", "ann", "dan", "bob", "cho"):
        desk.give(AgentReady(name), after=10)
    desk.call("c1")
    rung = [agent for _, agent in desk.offers()]
    assert set(rung) <= {"bob", "cho"}
    for name in ("bob", "cho"):
        desk.give(AgentPause(name))
    later = [agent for _, agent in desk.offers()[len(rung) :]]
    assert later
    assert set(later) - {"bob", "cho"} <= {"abe", "dan"}
    check(desk)


def test_every_ring_command_pairs_with_its_own_offer() -> None:
    desk = Desk([RING_ALL], ["ann", "bob"])
    desk.call("c1")
    assert [(one.offer, one.agent) for one in desk.ordered(RingAgent)] == [(O1, "ann"), (O2, "bob")]


def test_who_talks_and_has_room_is_not_counted_as_left_out() -> None:
    desk = Desk(agents=[AgentFacts(name="a", endpoint="PJSIP/a", capacity=2), "b"])
    desk.give(AgentPause("b"))
    desk.call("c1")
    desk.answer(O1)
    desk.call("c2")
    decided = desk.last(OfferMade).decided
    assert decided is not None
    assert (decided.free, decided.excluded) == (1, {"paused": 1})
