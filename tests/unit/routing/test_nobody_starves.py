"""Bounded overtaking: whatever orders queues have, nobody waits for ever behind those who come later."""

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from router_desk import Desk, built_in

from ivrcore.api import QueueView, VisitFacts
from ivrcore.model.events import ContactQueued, OfferMade, VisitAnswered
from ivrcore.model.names import By
from ivrcore.model.roster import QueueFacts
from ivrcore.routing import rulebook as module
from ivrcore.routing.commands import TalkOver
from ivrcore.routing.rulebook import LONGEST_HELD_BACK, MOST_AHEAD, MOST_CLAIMED, Rulebook

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


@pytest.mark.slow
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


@pytest.mark.slow
@SETTINGS
@given(queues(), views(), TIME, TIME, TIME)
def test_of_one_queue_the_earlier_place_has_the_higher_claim(
    queue: QueueFacts, view: QueueView, first: float, second: float, now: float
) -> None:
    rulebook = Rulebook(built_in())
    early, late = sorted((first, second))
    claims = [rulebook.claim(queue, place, place, view, now) for place in (early, late)]
    assert claims[0] >= claims[1]
    assert rulebook.take_failures() == []


@pytest.mark.slow
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
    claim = rulebook.claim(queue, place, place, view, now)
    assert claim > rulebook.claim(other, place + later, place + later, others, now)
    assert rulebook.take_failures() == []


@pytest.mark.slow
@SETTINGS
@given(queues(), views(), TIME, st.floats(0, LONGEST_HELD_BACK - 1), st.floats(0, MOST_AHEAD))
def test_a_head_start_is_no_waiting(
    queue: QueueFacts, view: QueueView, since: float, waited: float, ahead: float
) -> None:
    """Given a high priority, then the order of its queue says the claim until half an hour is over."""
    rulebook, place, now = Rulebook(built_in()), since - ahead, since + waited
    order = built_in().contact_orders[queue.order]
    asked = getattr(order, "claim", lambda place, view, options, now: now - place)
    claim = rulebook.claim(queue, since, place, view, now)
    assert claim == asked(place, view, queue.order_options, now) < MOST_CLAIMED


# --- orders that would starve somebody ---

WILD = st.sampled_from([math.inf, -math.inf, math.nan, 1e300, -1e300, 0.0, True, None, "x", Fraction(1, 3)])


class Hostile:
    """A contact order by whim: the same for the same contact, as far as it is a number at all."""

    name = "hostile"

    def __init__(self, whim: int, places: list[Any], claims: list[Any]) -> None:
        self.whim, self.places, self.claims = whim, places, claims

    def place(self, visit: VisitFacts, options: object) -> Any:
        given = self.places[self._draw(visit.visit) % len(self.places)]
        return given(visit.since) if callable(given) else given

    def claim(self, place: float, queue: QueueView, options: object, now: float) -> Any:
        given = self.claims[self._draw(f"{queue.name}{place}{now}") % len(self.claims)]
        return given(place) if callable(given) else given

    def _draw(self, text: str) -> int:
        return crc32(f"{self.whim}{text}".encode())


def latest_first(since: float) -> float:
    return -1000 * since


def earliest_last(since: float) -> float:
    return since * 1e9


@pytest.mark.slow
@SETTINGS
@given(st.integers(), WILD, WILD, TIME, st.floats(1, 4000), st.floats(0, LONGEST_HELD_BACK - 1), st.data())
def test_whatever_an_order_says_places_are_near_and_who_waited_for_long_goes_first(
    whim: int, place: Any, claim: Any, since: float, waited: float, less: float, data: st.DataObject
) -> None:
    plugins = replace(built_in(), contact_orders={"hostile": Hostile(whim, [place], [claim])})
    rulebook, queue = Rulebook(plugins), QueueFacts(name="a", order="hostile")
    now, view = since + LONGEST_HELD_BACK + waited, data.draw(views())
    long = rulebook.place(queue, visit(since, 0))
    short = rulebook.place(queue, visit(now - less, 0))
    assert abs(long - since) <= MOST_AHEAD + 1e-6
    assert abs(short - (now - less)) <= MOST_AHEAD + 1e-6
    most = rulebook.claim(queue, now - less, short, view, now)
    assert math.isfinite(most)
    assert rulebook.claim(queue, since, long, view, now) > most


@pytest.mark.slow
@settings(SETTINGS, max_examples=40)
@given(
    st.integers(),
    st.lists(WILD | st.sampled_from([latest_first, earliest_last]), min_size=1, max_size=3),
    st.lists(WILD | st.sampled_from([latest_first, earliest_last]), min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-9, 9)), min_size=40, max_size=60),
)
def test_whatever_an_order_says_nobody_is_overtaken_for_longer_than_the_bounds(
    whim: int, places: list[Any], claims: list[Any], callers: list[tuple[str, int]]
) -> None:
    """Given more calls than the one agent can take, then who came too long after goes after."""
    hostile = Hostile(whim, places, claims)
    plugins = replace(built_in(), contact_orders={**built_in().contact_orders, "hostile": hostile})
    kinds = {"a": "hostile", "b": "hostile", "c": "weights"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_AHEAD", 60.0)
        patch.setattr(module, "LONGEST_HELD_BACK", 90.0)
        desk = Desk(
            [QueueFacts(name=n, order=o, wrap_up=0) for n, o in kinds.items()], ["ann"], plugins=plugins
        )
        for number, (queue, priority) in enumerate(callers):
            desk.call(f"c{number}", queue, priority)
            held = desk.last(OfferMade).offer
            if not desk.state.offers[held].bridged_at:
                desk.answer(held)
            desk.pass_time(10)
            if number % 3:  # 15 s a contact, one every 10 s
                desk.give(TalkOver(held, By.AGENT))
    came = {event.contact: event.at for event in desk.all(ContactQueued)}
    offered = list(dict.fromkeys(contact for contact, _ in desk.offers()))
    offered += [contact for contact in came if contact not in offered]
    latest = 0.0
    for contact in offered:
        assert latest <= came[contact] + 2 * 60 + 90
        latest = max(latest, came[contact]) if contact in dict(desk.offers()) else latest


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
