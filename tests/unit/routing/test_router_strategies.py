"""Strategies that go wrong: named, and the contact still finds an agent."""

from collections.abc import Mapping

import pytest
from router_desk import Desk

from ivrcore.api import Candidate, Key
from ivrcore.model.events import OfferMade, PluginFailed
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.commands import AgentReady
from ivrcore.routing.rulebook import Rank, RoutingPlugins, Rulebook

Options = Mapping[str, str | int | float | bool]
BROKEN = QueueFacts(name="loans", strategy="broken")


class Broken:
    """Gives keys from a table by agent; raises for those not in it."""

    name = "broken"

    def __init__(self, keys: Mapping[str, Key] | None = None) -> None:
        self.keys = keys or {}

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        return self.keys[candidate.agent]

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        raise ZeroDivisionError("a caller's name")


def test_given_a_strategy_raises_then_idle_time_decides_and_it_is_reported_once_a_step() -> None:
    desk = Desk([BROKEN], ["bob", "ann"], [Broken()], ready=False)
    desk.give(AgentReady("bob"), after=1)
    desk.give(AgentReady("ann"), after=1)
    decision = desk.call("c1")
    assert desk.offers() == [("c1", "bob")]
    assert desk.last(OfferMade).why.startswith("broken: idle for 1 s; the strategy failed")
    failed = [event for event in decision.events if isinstance(event, PluginFailed)]
    assert [(event.plugin, event.hook) for event in failed] == [("broken", "ivrcore_strategies")]
    assert "ZeroDivisionError in explain" in failed[0].error
    assert "caller" not in failed[0].error


def test_equal_idle_times_go_by_name() -> None:
    desk = Desk([BROKEN], ["bob", "ann"], [Broken()])
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]


def test_agents_that_the_strategy_did_rank_come_before_those_it_failed_on() -> None:
    desk = Desk([BROKEN], ["ann", "bob", "cho"], [Broken({"bob": (2,), "cho": (1,)})])
    for contact in ("c1", "c2", "c3"):
        desk.call(contact)
    assert [agent for _, agent in desk.offers()] == ["cho", "bob", "ann"]


@pytest.mark.parametrize("key", [(float("nan"),), (None,), 7, ((1,),)])
def test_a_key_that_cannot_be_ordered_is_a_failure(key: Key) -> None:
    ranking = Rulebook(RoutingPlugins(strategies={"broken": Broken({"ann": key})}))
    assert ranking.rank(BROKEN, Candidate("ann", 5.0), 5.0) == (Rank(1, 1, ((0, 5.0),), "ann"), None)
    assert [failure.plugin for failure in ranking.take_failures()] == ["broken"]
    assert ranking.take_failures() == []


def test_numbers_and_words_in_one_place_have_an_order() -> None:
    ranking = Rulebook(RoutingPlugins(strategies={"broken": Broken({"ann": ("x", 1), "bob": (3, "y")})}))
    ranks = [ranking.rank(BROKEN, Candidate(name, 0.0), 0.0)[0] for name in ("ann", "bob")]
    assert min(ranks).agent == "bob"
    assert ranking.take_failures() == []


def test_a_strategy_that_is_no_longer_installed_fails_the_same_way() -> None:
    ranking = Rulebook(RoutingPlugins())
    assert ranking.rank(BROKEN, Candidate("ann", 5.0), 5.0)[0].failed == 1
    assert ranking.explain(BROKEN, Candidate("ann", 5.0), 8.0) == "idle for 3 s; the strategy failed"


class Asked:
    """Sorts by name, and notes in which queues it was asked."""

    name = "asked"

    def __init__(self, *, steady: bool) -> None:
        self.steady = steady
        self.queues: list[object] = []

    def key(self, candidate: Candidate, options: Options, now: float) -> Key:
        self.queues.append(options["queue"])
        return (candidate.agent,)

    def explain(self, candidate: Candidate, options: Options, now: float) -> str:
        return "by name"


@pytest.mark.parametrize(("steady", "asked_in"), [(True, ["q1"]), (False, ["q0", "q1", "q2"])])
def test_steady_keys_are_asked_for_only_where_a_contact_is_offered(steady: bool, asked_in: list[str]) -> None:
    strategy = Asked(steady=steady)
    queues = [QueueFacts(name=f"q{n}", strategy="asked", options={"queue": f"q{n}"}) for n in range(3)]
    desk = Desk(queues, ["ann"], [strategy])
    desk.call("c1", "q1")
    assert desk.offers() == [("c1", "ann")]
    assert strategy.queues == asked_in


def test_a_steady_key_is_asked_for_once_for_queues_that_are_alike() -> None:
    strategy = Asked(steady=True)
    queues = [QueueFacts(name=name, strategy="asked", options={"queue": "any"}) for name in ("q0", "q1")]
    desk = Desk(queues, ["ann", "bob"], [strategy])
    desk.call("c1", "q0")
    desk.call("c2", "q1")
    assert desk.offers() == [("c1", "ann"), ("c2", "bob")]
    assert len(strategy.queues) == 2
