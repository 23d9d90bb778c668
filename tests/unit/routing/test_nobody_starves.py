"""Bounded overtaking: whatever orders queues have, nobody waits for ever behind those who come later."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from router_desk import Desk, built_in

from ivrcore.api import QueueView, VisitFacts
from ivrcore.model.events import OfferMade, VisitAnswered
from ivrcore.model.names import By
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.commands import TalkOver
from ivrcore.routing.rulebook import LONGEST_HELD_BACK, Rulebook

ORDERS = sorted(built_in().contact_orders)
PRIORITY = st.integers(-3, 3)
TIME = st.floats(0, 20_000)
SETTINGS = settings(max_examples=150, deadline=None, database=None, derandomize=True)
OPTIONS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "priority": st.fixed_dictionaries({}, optional={"ageing": st.integers(0, 900)}),
    "score": st.fixed_dictionaries(
        {},
        optional={
            "point": st.sampled_from([1, 60]),
            "base": st.integers(-9, 9),
            "priority": st.integers(-5, 5),
        },
    ),
    "weights": st.fixed_dictionaries({"weight": st.floats(0.01, 100)}),
    "service_level": st.fixed_dictionaries(
        {}, optional={"target": st.floats(0.01, 1), "longest": st.integers(1, 50)}
    ),
}
WORTH = {"priority": 3 * 900, "score": 60 * (9 + 3 * 5), "weights": 900, "service_level": 900}
"""The most seconds that a contact's priority (from -3 to 3) and points can be worth, either way."""


@st.composite
def queues(draw: st.DrawFn) -> QueueFacts:
    order = draw(st.sampled_from(ORDERS))
    return QueueFacts(name=draw(st.sampled_from("ab")), order=order, order_options=draw(OPTIONS[order]))


@st.composite
def views(draw: st.DrawFn) -> QueueView:
    answered = draw(st.integers(0, 50))
    return QueueView("a", draw(st.floats(1, 300)), 1, answered, draw(st.integers(0, answered)))


def visit(since: float, priority: int) -> VisitFacts:
    return VisitFacts("c", "c.v1", "a", since, since, priority)


def test_every_order_is_looked_at_here() -> None:
    assert set(ORDERS) == set(OPTIONS) == set(WORTH)


@SETTINGS
@given(queues(), TIME, TIME, PRIORITY, PRIORITY)
def test_in_a_queue_only_those_overtake_who_come_within_what_their_points_are_worth(
    queue: QueueFacts, first: float, second: float, one: int, other: int
) -> None:
    rulebook = Rulebook(built_in())
    places = [rulebook.place(queue, visit(since, p)) for since, p in ((first, one), (second, other))]
    assert abs(places[0] - first) <= WORTH[queue.order]
    if second > first + 2 * WORTH[queue.order]:
        assert places[0] < places[1]
    assert rulebook.take_failures() == []


@SETTINGS
@given(queues(), views(), TIME, TIME, TIME)
def test_of_one_queue_the_earlier_place_has_the_higher_claim(
    queue: QueueFacts, view: QueueView, first: float, second: float, now: float
) -> None:
    rulebook = Rulebook(built_in())
    early, late = sorted((first, second))
    assert rulebook.claim(queue, early, view, now) >= rulebook.claim(queue, late, view, now)
    assert rulebook.take_failures() == []


@SETTINGS
@given(queues(), queues(), views(), views(), TIME, st.floats(0.001, 20_000), TIME)
def test_who_has_waited_for_the_bound_is_overtaken_by_nobody_of_a_later_place(
    queue: QueueFacts,
    other: QueueFacts,
    view: QueueView,
    others: QueueView,
    place: float,
    later: float,
    waited: float,
) -> None:
    rulebook, now = Rulebook(built_in()), place + LONGEST_HELD_BACK + waited
    claim = rulebook.claim(queue, place, view, now)
    assert claim > rulebook.claim(other, place + later, others, now)
    assert rulebook.take_failures() == []


FAVOURED = [
    ("weights", {"weight": 100}),
    ("service_level", {"longest": 100}),
    ("priority", {}),
    ("score", {"point": "1m"}),
]


@pytest.mark.parametrize(("order", "options"), FAVOURED, ids=[order for order, _ in FAVOURED])
@pytest.mark.parametrize("poor", [("weights", {"weight": 0.01}), ("priority", {}), ("service_level", {})])
def test_under_constant_load_of_a_favoured_queue_the_poor_one_is_served(
    order: str, options: dict[str, Any], poor: tuple[str, dict[str, Any]]
) -> None:
    """Given more calls of the favoured queue than the one agent can take, then the other comes through."""
    favoured = QueueFacts(name="rich", wrap_up=0, threshold=5, priority=3, order=order, order_options=options)
    desk = Desk([favoured, QueueFacts(name="poor", wrap_up=0, order=poor[0], order_options=poor[1])], ["ann"])
    head_start = 900.0
    for number in range(90):
        desk.call(f"rich{number}", "rich")
        if number == 6:
            desk.call("poor", "poor")
        talking = desk.last(OfferMade).offer
        if talking in desk.state.offers and not desk.state.offers[talking].bridged_at:
            desk.answer(talking)
        desk.pass_time(50)
        if number % 6:  # 60 s a contact, one every 50 s
            desk.give(TalkOver(desk.last(OfferMade).offer, By.AGENT))
    answered = {event.contact: event.waited for event in desk.all(VisitAnswered)}
    assert answered["poor"] <= LONGEST_HELD_BACK + head_start
    assert desk.state.waiting_in("rich") > 5
