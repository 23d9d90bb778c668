"""Another strategy, relaxation or order while contacts wait: new decisions go by it, and replay agrees."""

from typing import Any

import pytest
from router_desk import Desk

from ivrcore.errors import PluginError
from ivrcore.model.events import NeedRelaxed, OfferMade, RosterLoaded, StrategyRemembered
from ivrcore.model.names import By, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts, RelaxationFacts
from ivrcore.routing.commands import AgentReady, CallerLeft, LoadRoster, OfferFailed, TalkOver

AGENTS = tuple(
    AgentFacts(name=name, endpoint=name, skills={"law": level}, members={"loans": MemberFacts(tier=tier)})
    for name, level, tier in (("ann", 1, 1), ("bob", 9, 2), ("cho", 5, 1))
)


def loans(**facts: Any) -> QueueFacts:
    return QueueFacts(name="loans", **{"wrap_up": 0, "retry_after": 0, **facts})


def load(desk: Desk, *queues: QueueFacts) -> None:
    desk.give(LoadRoster(queues, AGENTS))


def same_when_replayed(desk: Desk) -> None:
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_another_strategy_takes_the_next_decision_in_tiers_and_forgets_what_the_old_one_remembered() -> None:
    desk = Desk([loans(strategy="round_robin")], AGENTS)
    desk.call("c1")
    assert desk.all(StrategyRemembered)
    assert desk.state.memories
    load(desk, loans(strategy="best_skill"))
    assert desk.state.memories == {}
    desk.call("c2")
    desk.call("c3")
    assert desk.offers() == [("c1", "ann"), ("c2", "cho"), ("c3", "bob")]
    assert [event.strategy for event in desk.all(OfferMade)] == ["round_robin", "best_skill", "best_skill"]
    same_when_replayed(desk)


def test_one_that_rings_several_takes_over_a_contact_that_rings_one() -> None:
    desk = Desk([loans()], AGENTS)
    desk.call("c1")
    load(desk, loans(strategy="ring_all", options={"every": 0}))
    assert desk.offers() == [("c1", "ann")]
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED))
    assert {agent for contact, agent in desk.offers()[1:]} == {"ann", "cho"}
    load(desk, loans())
    desk.give(CallerLeft("c1"))
    desk.call("c2")
    assert len([1 for contact, _ in desk.offers() if contact == "c2"]) == 1
    same_when_replayed(desk)


def test_new_options_of_a_strategy_sort_the_free_agents_anew() -> None:
    desk = Desk([loans()], [], ready=False)
    load(desk, loans(strategy="best_skill", options={"skill": "law"}))
    for agent in ("ann", "cho"):
        desk.give(AgentReady(agent))
    load(desk, loans(strategy="least_skilled"))
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]


def test_a_relaxation_is_for_those_who_come_from_now_on() -> None:
    desk = Desk([loans(require={"tier": [None, 0]})], AGENTS)
    desk.call("old")
    rules = {"rules": [{"after": 5, "max": 1}, {"after": 10, "max": 9}]}
    load(desk, loans(require={"tier": [None, 0]}, relaxation="penalty_rules", relaxation_options=rules))
    desk.call("new")
    desk.pass_time(60)
    assert {event.contact for event in desk.all(NeedRelaxed)} == {"new"}
    assert {contact for contact, _ in desk.offers()} == {"new"}
    same_when_replayed(desk)


def test_who_waits_goes_on_with_the_relaxation_that_the_queue_no_longer_has() -> None:
    rings = {"rings": [{"for": 10}]}
    desk = Desk([loans(relaxation="bullseye", relaxation_options=rings)], AGENTS[1:2])
    desk.call("old")
    load(desk, loans())
    desk.pass_time(9)
    assert "old" not in {contact for contact, _ in desk.offers()[1:]}
    desk.pass_time(1)
    assert "old" in {contact for contact, _ in desk.offers()}
    same_when_replayed(desk)


def test_a_contact_that_comes_back_from_an_agent_keeps_its_stage() -> None:
    steps = RelaxationFacts(name="steps", options={"steps": [{"skills": {"law": 9}, "for": 1000}]})
    first = {"rings": [{"for": 10}]}
    desk = Desk([loans(relaxation="bullseye", relaxation_options=first, relaxation_next=(steps,))], AGENTS)
    for contact in ("c1", "c2", "c3"):
        desk.call(contact)
    for offer in ("c1.v1.o1", "c2.v1.o1"):
        desk.answer(offer)
    desk.pass_time(10)
    assert desk.offers()[-1] == ("c3", "bob")
    load(desk, loans())
    desk.give(OfferFailed("c3.v1.o1", OfferEnd.FAILED))
    for offer in ("c1.v1.o1", "c2.v1.o1"):
        desk.give(TalkOver(offer, By.AGENT))
    assert [agent for contact, agent in desk.offers() if contact == "c3"] == ["bob", "bob"]
    same_when_replayed(desk)


def test_orders_are_mixed_and_changed_queue_by_queue() -> None:
    cards = QueueFacts(name="cards", wrap_up=0, order="weights", order_options={"weight": 3})
    anyone = AgentFacts(name="ann", endpoint="ann")
    desk = Desk([loans(), cards], [anyone], ready=False)
    desk.call("l1")
    desk.now += 60
    desk.call("k1", "cards")
    desk.call("l2")
    desk.now += 20
    light = QueueFacts(name="cards", wrap_up=0, order="weights", order_options={"weight": 0.5})
    desk.give(LoadRoster((loans(order="score"), light), (anyone,)))
    desk.give(AgentReady("ann"))
    for _ in range(2):
        offer = desk.last(OfferMade).offer
        desk.answer(offer)
        desk.give(TalkOver(offer, By.AGENT))
    assert [contact for contact, _ in desk.offers()] == ["l1", "l2", "k1"]
    same_when_replayed(desk)


@pytest.mark.parametrize(
    "facts",
    [
        {"strategy": "logest_idle"},
        {"order": "scor"},
        {"relaxation": "tears"},
        {"relaxation": "tiers", "relaxation_next": (RelaxationFacts(name="tears"),)},
        {"require": {"skils": 1}},
    ],
)
def test_a_roster_that_names_what_no_plugin_gives_changes_nothing(facts: dict[str, Any]) -> None:
    desk = Desk([loans()], AGENTS)
    with pytest.raises(PluginError, match="no plugin provides the"):
        load(desk, loans(**facts))
    assert len(desk.all(RosterLoaded)) == 1
