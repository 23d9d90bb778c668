"""The built-in contact orders, case by case; that they starve nobody is in test_nobody_starves."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from router_desk import Desk, built_in

from ivrcore.api import QueueView, VisitFacts
from ivrcore.model.events import OfferMade, PluginFailed
from ivrcore.model.names import By
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.commands import AgentReady, CallerLeft, LoadRoster, TalkOver
from ivrcore.routing.rulebook import RoutingPlugins, Rulebook

SINCE = 1000.0


def visit(priority: int = 0, **skills: int) -> VisitFacts:
    return VisitFacts("c1", "c1.v1", "loans", SINCE, SINCE, priority, skills)


def queue(name: str, order: str, **options: Any) -> QueueFacts:
    assert not built_in().contact_orders[order].check(options)  # type: ignore[attr-defined]
    return QueueFacts(name=name, wrap_up=0, order=order, order_options=options)


@pytest.mark.parametrize(
    ("order", "options", "contact", "head_start"),
    [
        ("priority", {}, visit(), 0),
        ("priority", {}, visit(2), 600),
        ("priority", {"ageing": "1m"}, visit(-1), -60),
        ("priority", {"ageing": 0}, visit(9), 0),
        ("score", {}, visit(), 0),
        ("score", {}, visit(7), 7),
        ("score", {"base": 30, "skills": {"gold": 60, "law": 5}}, visit(2, gold=1), 92),
        ("score", {"point": "1m"}, visit(5), 300),
        ("score", {"point": 60, "priority": 0, "base": -1}, visit(5), -60),
        ("weights", {"weight": 9}, visit(1), 300),
        ("service_level", {"ageing": 10}, visit(2), 20),
    ],
)
def test_the_place_in_the_queue(
    order: str, options: Mapping[str, Any], contact: VisitFacts, head_start: float
) -> None:
    assert built_in().contact_orders[order].place(contact, options) == SINCE - head_start


BEHIND = QueueView("loans", threshold=20, waiting=1, answered=10, in_threshold=5)
AHEAD = QueueView("cards", threshold=20, waiting=1, answered=10, in_threshold=9)
NEW = QueueView("new", threshold=20, waiting=1, answered=0, in_threshold=0)


@pytest.mark.parametrize(
    ("order", "options", "view", "waited", "claim"),
    [
        ("priority", {}, BEHIND, 50, 50),
        ("score", {"point": 60}, BEHIND, 50, 50),
        ("weights", {}, BEHIND, 50, 50),
        ("weights", {"weight": 3}, BEHIND, 50, 150),
        ("weights", {"weight": 0.5}, BEHIND, 50, 25),
        ("weights", {"weight": 3}, BEHIND, -50, -50),
        ("service_level", {}, NEW, 50, 50),
        ("service_level", {}, BEHIND, 50, 0.3 * 86_400 + 50),
        ("service_level", {"target": 0.9}, BEHIND, 50, 0.4 * 86_400 + 50),
        ("service_level", {}, AHEAD, 50, -0.1 * 86_400 + 50),
        ("service_level", {}, AHEAD, 119, -0.1 * 86_400 + 119),
        ("service_level", {}, AHEAD, 120, 2 * 86_400 + 120),
        ("service_level", {"longest": 1}, AHEAD, 20, 2 * 86_400 + 20),
    ],
)
def test_the_claim_between_queues(
    order: str, options: Mapping[str, Any], view: QueueView, waited: float, claim: float
) -> None:
    facts = QueueFacts(name=view.name, order=order, order_options=dict(options))
    found = Rulebook(built_in()).claim(facts, SINCE, SINCE, view, SINCE + waited)
    assert found == pytest.approx(claim)


@pytest.mark.parametrize(
    ("order", "options", "said"),
    [
        ("priority", {"agein": 3}, "agein: there is no such option; did you mean 'ageing'?"),
        ("priority", {"ageing": "old"}, "ageing: seconds or a duration such as 1m30s is wanted, not 'old'"),
        ("score", {"skills": {"gold": "x"}}, "skills.gold: a number from -14400 to 14400 is wanted, not 'x'"),
        ("score", {"base": float("inf")}, "base: a number from -14400 to 14400 is wanted, not inf"),
        ("score", {"priority": -1e6}, "priority: a number from -14400 to 14400 is wanted, not -1000000.0"),
        ("service_level", {"longest": float("inf")}, "longest: a number from 1 is wanted, not inf"),
        ("score", {"skills": 3}, "skills: a mapping (skill: points) is wanted"),
        ("score", {"point": 0}, "point: a duration of at least 0.001 s is wanted, not 0"),
        ("weights", {"weight": 0}, "weight: a number from 0.01 to 100 is wanted, not 0"),
        ("service_level", {"target": 80}, "target: a number from 0.01 to 1 is wanted, not 80"),
    ],
)
def test_what_is_wrong_with_options(order: str, options: Mapping[str, Any], said: str) -> None:
    assert built_in().contact_orders[order].check(options) == [said]  # type: ignore[attr-defined]


def served(desk: Desk, contacts: int) -> list[str]:
    """Let ann take so many contacts one after another; give them in that order."""
    for _ in range(contacts):
        offer = desk.last(OfferMade).offer
        desk.answer(offer)
        desk.give(TalkOver(offer, By.AGENT))
    return [contact for contact, _ in desk.offers()]


def waiting(queues: Sequence[QueueFacts], *calls: tuple[str, str, float], ready: float = 0) -> Desk:
    """Calls (contact, queue, at) come in while nobody is there; then ann begins, ``ready`` seconds later."""
    desk = Desk(queues, ["ann"], ready=False)
    began = desk.now
    for contact, name, at in calls:
        desk.now = began + at
        desk.call(contact, name)
    desk.give(AgentReady("ann"), after=ready)
    return desk


def test_a_weight_makes_its_queue_older() -> None:
    queues = [queue("heavy", "weights", weight=3), queue("light", "weights")]
    desk = waiting(
        queues, ("l1", "light", 0), ("h1", "heavy", 60), ("l2", "light", 61), ("h2", "heavy", 89), ready=1
    )
    assert served(desk, 4) == ["l1", "h1", "l2", "h2"]
    desk = waiting(
        queues, ("l1", "light", 0), ("h1", "heavy", 59), ("l2", "light", 61), ("h2", "heavy", 88), ready=2
    )
    assert served(desk, 4) == ["h1", "l1", "l2", "h2"]


def test_a_heavy_queue_holds_nobody_back_who_does_not_serve_it() -> None:
    """asterisk#1561: there an agent waits in vain beside a queue of more weight that he is not even in."""
    heavy = QueueFacts(name="heavy", skills={"law": 1}, order="weights", order_options={"weight": 100})
    desk = Desk([heavy, queue("light", "weights")], ["ann"])
    desk.call("h1", "heavy")
    desk.now += 500
    desk.call("l1", "light")
    assert desk.offers() == [("l1", "ann")]


def test_nor_does_a_contact_of_the_heavy_queue_that_asks_for_somebody_else() -> None:
    queues = [queue("heavy", "weights", weight=100), queue("light", "weights")]
    agents = [AgentFacts(name="ann", endpoint="a"), AgentFacts(name="bob", endpoint="b", skills={"law": 1})]
    desk = Desk(queues, agents, ready=False)
    desk.call("h1", "heavy", law=1)
    desk.call("l1", "light")
    desk.give(AgentReady("ann"), after=500)
    assert desk.offers() == [("l1", "ann")]


@pytest.mark.parametrize(("waited", "first"), [(119, "behind"), (120, "good")])
def test_the_queue_behind_its_target_goes_first_until_another_has_waited_too_long(
    waited: float, first: str
) -> None:
    desk = waiting([queue(n, "service_level") for n in ("behind", "good")], ("b0", "behind", 0), ready=30)
    served(desk, 1)
    desk.call("g0", "good")
    served(desk, 1)
    shares = [desk.state.queue_view(name, desk.now).in_threshold for name in ("behind", "good")]
    assert shares == [0, 1]
    desk.call("g1", "good")
    desk.answer("g1.v1.o1")
    desk.call("good", "good")
    desk.now += waited
    desk.call("behind", "behind")
    desk.give(TalkOver("g1.v1.o1", By.AGENT))
    assert desk.offers()[-1] == (first, "ann")


def test_an_order_that_fails_goes_by_age_and_is_reported() -> None:
    class Broken:
        name = "broken"

        def place(self, visit: VisitFacts, options: Mapping[str, Any]) -> float:
            raise ZeroDivisionError

        def claim(self, place: float, queue: QueueView, options: Mapping[str, Any], now: float) -> float:
            return float("nan")

    rulebook = Rulebook(RoutingPlugins(contact_orders={"broken": Broken()}))
    facts = QueueFacts(name="loans", order="broken")
    assert rulebook.place(facts, visit(7)) == SINCE
    assert rulebook.claim(facts, SINCE, SINCE, NEW, SINCE + 9) == 9
    assert [one.hook for one in rulebook.take_failures()] == ["ivrcore_contact_orders"]


def test_another_order_moves_those_who_wait() -> None:
    desk = Desk([queue("loans", "priority", ageing=0)], ["ann"], ready=False)
    desk.call("old")
    desk.now += 10
    desk.call("gold", gold=1)
    desk.call("gone")
    assert desk.state.position("gold.v1") == 2
    again = queue("loans", "score", skills={"gold": 60})
    desk.give(LoadRoster((again,), (AgentFacts(name="ann", endpoint="a", skills={"gold": 1}),)))
    assert desk.state.position("gold.v1") == 1
    desk.give(CallerLeft("gone"))
    desk.give(AgentReady("ann"))
    assert desk.offers() == [("gold", "ann")]
    assert desk.all(PluginFailed) == []
    assert desk.replayed().snapshot() == desk.state.snapshot()
