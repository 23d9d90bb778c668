"""Places are kept in order, whoever comes and goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import SupportsIndex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.model.roster import QueueFacts
from ivrcore.routing.need import line_of
from ivrcore.routing.places import Places
from ivrcore.routing.waiting import Place, Visit, Waiting

CHANGES = st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=120)


@pytest.mark.slow
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
    assert places.first is None
    assert list(places.since(None)) == []


class Looked(list[Place]):
    """A list that counts how many of its places are looked at."""

    number = 0

    def __iter__(self) -> Iterator[Place]:
        for place in super().__iter__():
            self.number += 1
            yield place

    def __getitem__(self, at: SupportsIndex) -> Place:  # type: ignore[override]  # no slices are asked for
        self.number += 1
        return super().__getitem__(at)


def test_given_many_went_from_the_front_then_the_first_ones_are_given_without_a_look_at_those() -> None:
    places = Places()
    waits = [Place(float(number), f"v{number:05}") for number in range(10_000)]
    for place in waits:
        places.add(place)
    for place in waits[:4_990]:  # not yet half: they are still in the list
        places.remove(place)
    places._places = looked = Looked(places._places)
    assert next(iter(places)) == waits[4_990]
    assert looked.number <= 2
    assert next(places.since(waits[9_000])) == waits[9_000]
    assert looked.number <= 40, "besides, it was looked for by halves"


def cpu(call: Callable[[], object]) -> float:
    """Give the least CPU seconds of 100 calls."""
    took = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(100):
            call()
        took.append(time.process_time() - began)
    return min(took)


def waiting_of(numbers: int, left: int) -> Waiting:
    facts, waiting = QueueFacts(name="loans"), Waiting()
    visits = [
        Visit(
            f"v{at:05}",
            f"c{at}",
            facts,
            facts,
            priority=0,
            skills={},
            entered=float(at),
            since=float(at),
            place=Place(float(at), f"v{at:05}"),
            line=line_of("loans", ()),
        )
        for at in range(numbers)
    ]
    for visit in visits:
        waiting.add(visit)
    for visit in visits[:left]:
        waiting.remove(visit)
    return waiting


@pytest.mark.slow
def test_given_many_left_then_who_waits_longest_is_as_soon_told() -> None:
    few, many = waiting_of(10, 0), waiting_of(30_000, 29_990)
    assert (few.oldest("loans"), many.oldest("loans")) == (0.0, 29_990.0)
    assert cpu(lambda: many.oldest("loans")) < 20 * cpu(lambda: few.oldest("loans"))
