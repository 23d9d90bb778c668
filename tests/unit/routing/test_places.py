"""Places are kept in order, whoever comes and goes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.routing.places import Places
from ivrcore.routing.waiting import Place

CHANGES = st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=120)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(CHANGES)
def test_given_places_come_and_go_then_they_are_as_in_a_sorted_list(changes: list[tuple[bool, int]]) -> None:
    places, kept = Places(), set[Place]()
    for front, number in changes:
        place = min(kept) if front and kept else Place(float(number), f"v{number}")
        if place in kept:
            places.remove(place)
            kept.remove(place)
        else:
            places.add(place)
            kept.add(place)
        ordered = sorted(kept)
        assert (list(places), len(places)) == (ordered, len(ordered))
        assert not ordered or places.first == ordered[0]
        between = Place(float(number), "v")
        assert places.before(between) == sum(one < between for one in ordered)
        assert list(places.since(between)) == [one for one in ordered if one >= between]


def test_given_nobody_waits_then_there_is_no_first_place() -> None:
    places = Places()
    places.add(Place(1.0, "v1"))
    places.remove(Place(1.0, "v1"))
    with pytest.raises(IndexError):
        _ = places.first
    assert list(places.since(None)) == []
