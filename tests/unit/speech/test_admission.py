"""How many callers are listened to at once."""

from __future__ import annotations

import pytest

from ivrcore.speech.admission import Admission, Cost, Room


def filled(room: Room, cost: Cost) -> Admission:
    admission = Admission(room)
    while admission.has_room(cost):
        admission.enter(cost)
    return admission


def test_streams_are_let_in_until_the_budget_is_used() -> None:
    admission = filled(Room(1.5, 1000), Cost(0.03))
    assert (admission.streams, admission.cores) == (50, pytest.approx(1.5))


def test_a_plain_maximum_holds_as_well() -> None:
    assert filled(Room(1.5, 7), Cost(0.03)).streams == 7
    assert filled(Room(1.5, 0), Cost(0.03)).streams == 0


def test_who_leaves_makes_room() -> None:
    cost = Cost(0.5)
    admission = filled(Room(1.0, 10), cost)
    admission.leave(cost)
    assert admission.has_room(cost)


def test_who_is_listened_to_already_stays_where_nobody_else_comes_in() -> None:
    cost = Cost(0.5)
    admission = filled(Room(1.0, 10), cost)
    assert not admission.has_room(cost)
    assert admission.has_room(cost, stays=True)


def test_one_is_let_in_whatever_it_costs() -> None:
    assert filled(Room(0.1, 10), Cost(2.0)).streams == 1


def test_engines_of_different_cost_share_the_budget() -> None:
    cheap, dear = Cost(0.1), Cost(0.6)
    admission = Admission(Room(1.0, 10))
    admission.enter(dear)
    assert not admission.has_room(dear)
    assert admission.has_room(cheap)


def test_a_cost_is_what_was_measured_last() -> None:
    cost = Cost(0.03)
    for _ in range(300):
        cost.measured(0.1, 1.0)
    assert cost.cores == pytest.approx(0.1, rel=0.02)
    for _ in range(300):
        cost.measured(0.02, 1.0)
    assert cost.cores == pytest.approx(0.02, rel=0.05)


def test_hearing_again_counts_as_cost_and_not_as_audio() -> None:
    cost = Cost(0.02)
    for _ in range(300):
        cost.measured(0.02, 1.0)
        cost.measured(0.02, 0.0)
    assert cost.cores == pytest.approx(0.04, rel=0.02)


def test_a_dearer_engine_leaves_those_in_who_are_in() -> None:
    cost = Cost(0.1)
    admission = filled(Room(1.0, 100), cost)
    for _ in range(300):
        cost.measured(0.4, 1.0)
    assert admission.streams == 10
    assert admission.cores == pytest.approx(4.0, rel=0.02)
    assert not admission.has_room(cost, stays=True)
