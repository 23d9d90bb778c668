"""Strategies by place in the configuration: round robin with memory, linear, ordered."""

import pytest
from router_desk import Desk, agent_facts, built_in
from strategy_bench import queue, ranking, talk, words

from ivrcore.api import Candidate
from ivrcore.model.events import StrategyRemembered
from ivrcore.model.names import OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts
from ivrcore.routing.commands import AgentPause, AgentReady, LoadRoster, OfferFailed

FOUR = ("dan", "ann", "cho", "bob")


@pytest.mark.parametrize("strategy", ["linear", "ordered", "round_robin"])
def test_the_order_is_that_of_the_configuration(strategy: str) -> None:
    found = [Candidate("ann", 0.0, position=2), Candidate("bob", 9.0, position=0), Candidate("cho", 5.0)]
    assert ranking(strategy, found) == "bob cho ann"


def test_the_words() -> None:
    assert words("linear", Candidate("ann", 0.0, position=2)) == "number 3 in the configuration"
    assert words("round_robin", Candidate("ann", 0.0, position=2)) == "next in turn, number 3"


def test_linear_always_begins_at_the_first() -> None:
    desk = Desk([queue("linear")], FOUR)
    assert [talk(desk, f"c{number}", 5) for number in range(3)] == ["dan"] * 3
    desk.give(AgentPause("dan"))
    assert talk(desk, "c9", 5) == "ann"


@pytest.mark.parametrize("strategy", ["round_robin", "ordered"])
def test_round_robin_goes_on_behind_the_last_one_and_begins_anew_at_the_end(strategy: str) -> None:
    desk = Desk([queue(strategy)], FOUR)
    took = [talk(desk, f"c{number}", 5) for number in range(6)]
    assert took == ["dan", "ann", "cho", "bob", "dan", "ann"]
    assert [event.memory for event in desk.all(StrategyRemembered)][:2] == [{"last": 0}, {"last": 1}]


def test_round_robin_passes_who_is_not_free_and_comes_back_to_them_in_turn() -> None:
    desk = Desk([queue("round_robin")], FOUR)
    talk(desk, "c1", 5)
    desk.give(AgentPause("ann"))
    assert talk(desk, "c2", 5) == "cho"
    desk.give(AgentReady("ann"))
    assert [talk(desk, f"c{number}", 5) for number in range(3, 6)] == ["bob", "dan", "ann"]


def test_round_robin_moves_past_one_who_was_tried_in_vain() -> None:
    desk = Desk([queue("round_robin")], FOUR)
    desk.call("c1")
    desk.give(OfferFailed("c1.v1.o1", OfferEnd.REJECTED))
    assert desk.offers() == [("c1", "dan"), ("c1", "ann")]
    desk.pass_time(10)
    desk.call("c2")
    assert desk.offers()[-1] == ("c2", "cho")


def test_each_queue_has_its_own_memory_and_a_reload_keeps_it_unless_the_strategy_changed() -> None:
    agents = tuple(agent_facts(name) for name in FOUR)
    queues = (queue("round_robin"), queue("round_robin", "cards"))
    desk = Desk(queues, agents)
    assert [talk(desk, "c1", 5), talk(desk, "c2", 5)] == ["dan", "ann"]
    assert talk(desk, "c3", 5, "cards") == "dan"
    desk.give(LoadRoster(queues, agents))
    assert talk(desk, "c4", 5) == "cho"
    desk.give(LoadRoster((queue("linear"), queues[1]), agents))
    desk.give(LoadRoster(queues, agents))
    assert talk(desk, "c5", 5) == "dan"
    assert talk(desk, "c6", 5, "cards") == "ann"


@pytest.mark.parametrize(
    ("names", "then"),
    [
        ("eve dan ann cho bob", "cho bob eve"),  # one more in front
        ("bob cho ann dan", "dan bob cho"),  # turned round
        ("dan cho bob", "cho bob dan"),  # the last one tried is gone: behind who was before
        ("cho bob eve", "cho bob eve"),  # and nobody of those before is left
        ("eve fay", "eve fay eve"),
    ],
)
def test_in_another_roster_the_turn_goes_on_behind_the_same_agent(names: str, then: str) -> None:
    queues = (queue("round_robin"),)
    desk = Desk(queues, FOUR)
    assert [talk(desk, "c1", 5), talk(desk, "c2", 5)] == ["dan", "ann"]
    desk.give(LoadRoster(queues, tuple(agent_facts(name) for name in names.split())))
    for name in names.split():
        desk.give(AgentReady(name))
    assert [talk(desk, f"d{number}", 5) for number in range(3)] == then.split()
    assert desk.replayed().snapshot() == desk.state.snapshot()


def test_a_turn_is_kept_over_a_roster_that_comes_after_a_restart() -> None:
    queues = (queue("round_robin"),)
    desk = Desk(queues, FOUR)
    assert talk(desk, "c1", 5) == "dan"
    desk.state = desk.replayed()
    desk.state.rulebook.plugins = built_in()
    desk.give(LoadRoster(queues, tuple(agent_facts(name) for name in ("eve", *FOUR))))
    assert talk(desk, "c2", 5) == "ann"


def test_within_a_tier_the_turn_goes_round_and_a_lower_tier_always_comes_first() -> None:
    def facts(name: str, tier: int) -> AgentFacts:
        return AgentFacts(name=name, endpoint=f"PJSIP/{name}", members={"loans": MemberFacts(tier=tier)})

    desk = Desk([queue("round_robin")], [facts("dan", 2), facts("ann", 1), facts("cho", 2), facts("bob", 1)])
    assert [talk(desk, f"c{number}", 5) for number in range(4)] == ["ann", "bob", "ann", "bob"]
    desk.give(AgentPause("ann"))
    desk.give(AgentPause("bob"))
    assert [talk(desk, f"d{number}", 5) for number in range(3)] == ["dan", "cho", "dan"]
