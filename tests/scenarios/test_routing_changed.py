"""A new configuration of routing under calls, in memory, under a clock of the test's own."""

from __future__ import annotations

from typing import Any

from ivrcore.model import events
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts
from ivrcore.routing import commands as routing
from ivrcore.testing import Phone
from tests.scenarios.floor import PLAN, Floor

ANN = AgentFacts(name="ann", endpoint="PJSIP/ann")
BOB = AgentFacts(name="bob", endpoint="PJSIP/bob", members={"general": MemberFacts(tier=2)})
SLOW = {"rings": [{"for": 30}]}


def load(floor: Floor, relaxation: str = "", options: dict[str, Any] | None = None, **facts: Any) -> None:
    queue = QueueFacts(
        name="general",
        wrap_up=5.0,
        ring_time=10.0,
        relaxation=relaxation,
        relaxation_options=options or {},
        **facts,
    )
    floor.exchange.order(routing.LoadRoster((queue,), (ANN, BOB)))


def offered(floor: Floor) -> list[tuple[str, str, str]]:
    made = [event for event in floor.happened(events.OfferMade) if isinstance(event, events.OfferMade)]
    return [(event.contact, event.agent, event.strategy) for event in made]


def test_given_callers_wait_when_rings_and_strategy_change_then_they_keep_their_rings() -> None:
    floor = Floor()
    load(floor, "bullseye", SLOW)
    for agent in ("ann", "bob"):
        floor.phone(agent, Phone(answers_after=1.0, hangs_up_after=60.0))
    floor.ready("ann", "bob")
    floor.call("5001")
    floor.wait(2)
    assert offered(floor) == [("c1", "ann", "longest_idle")]
    floor.call("5001")
    floor.wait(5)
    load(floor, strategy="random", order="score", order_options={"point": "1m"})
    floor.wait(5)
    assert len(offered(floor)) == 1, "the second caller came under rings of 30 s, and waits for ann"
    floor.call("5001")
    floor.wait(1)
    assert offered(floor)[1:] == [("c3", "bob", "random")], "the third came when there were none"
    floor.wait(58)
    assert offered(floor)[2:] == [("c2", "ann", "random")]
    floor.wait(120)
    assert len(floor.happened(events.VisitAnswered)) == 3
    floor.check()


def test_given_nobody_of_the_first_ring_is_there_then_the_next_opens_in_its_time() -> None:
    floor = Floor()
    load(floor, "bullseye", SLOW)
    floor.phone("bob", Phone(answers_after=1.0, hangs_up_after=5.0))
    floor.ready("bob")
    floor.call("5001")
    floor.wait(29)
    assert offered(floor) == []
    floor.wait(2)
    assert offered(floor) == [("c1", "bob", "longest_idle")]
    relaxed = [event for event in floor.happened(events.NeedRelaxed) if isinstance(event, events.NeedRelaxed)]
    assert [event.why for event in relaxed] == ["ring 1 of 2", "all rings"]
    floor.wait(30)
    floor.check()


STICKY = PLAN.replace("- queue: general\n    - say", "- queue: general\n      prefer: bob, ann\n    - say", 1)


def test_given_a_dialplan_prefers_an_agent_then_the_caller_waits_for_him_first() -> None:
    floor = Floor(STICKY)
    load(floor, "preferred", {"for": 20})
    for agent in ("ann", "bob"):
        floor.phone(agent, Phone(answers_after=1.0, hangs_up_after=15.0))
    floor.ready("bob")
    floor.call("5001")
    floor.wait(3)
    floor.ready("ann")
    floor.call("5001")
    floor.wait(1)
    assert offered(floor) == [("c1", "bob", "longest_idle")], "ann is free, but bob is waited for"
    floor.wait(40)
    assert offered(floor)[1:] == [("c2", "bob", "longest_idle")]
    floor.wait(60)
    floor.check()
