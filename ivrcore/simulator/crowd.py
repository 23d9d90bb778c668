"""Reads a scenario's agents: their habits are read here, the rest is left for configuration's own reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ivrcore.fields import Fields
from ivrcore.problems import Problems, quoted
from ivrcore.simulator import keys
from ivrcore.simulator.chance import AT_ONCE
from ivrcore.simulator.merging import with_text, without
from ivrcore.simulator.people import Person, Shift
from ivrcore.simulator.values import read_duration, read_spans
from ivrcore.yamltree import Entry, MapNode, Node

if TYPE_CHECKING:
    from collections.abc import Iterator


class Crowd(NamedTuple):
    """Agents: what configuration reads of them, and their habits by name."""

    node: Node | None
    people: dict[str, Person]


def read_crowd(node: Node | None, begins: float, problems: Problems) -> Crowd:
    """Read habits, and write out groups; ``begins`` is the time of day (s) at the simulation's 0."""
    if not isinstance(node, MapNode):
        return Crowd(node, {})
    entries: list[Entry] = []
    people: dict[str, Person] = {}
    for entry in node.entries:
        if not isinstance(entry.value, MapNode):
            entries.append(entry)
            continue
        fields = Fields(entry.value, problems, f"agent {quoted(entry.key)}")
        person = _person(fields, begins)
        for name in _names(fields, entry.key):
            rest = without(entry.value, keys.OWN_OF_AGENT)
            if name != entry.key:
                rest = without(rest, ("endpoint",))
            entries.append(
                Entry(entry.location, name, with_text(rest, "endpoint", f"PJSIP/simulated-{name}"))
            )
            people[name] = person
    return Crowd(MapNode(node.location, tuple(entries)), people)


def _names(fields: Fields, name: str) -> Iterator[str]:
    if fields.entry("count") is None:
        yield name
    else:
        for number in range(1, 1 + fields.integer("count", 1, least=0, most=10_000)):
            yield f"{name}-{number}"


def _person(fields: Fields, begins: float) -> Person:
    pauses = tuple((since - begins, until - begins) for since, until in read_spans(fields, "pauses"))
    shifts: tuple[Shift, ...] | None = None
    spans = read_spans(fields, "shift")
    if spans or pauses:
        shifts = tuple(_shift(since - begins, until - begins, pauses) for since, until in spans)
        shifts = shifts or (_shift(0.0, float("inf"), pauses),)
    return Person(
        answer=read_duration(fields, "answer", AT_ONCE),
        misses=fields.number("misses", 0.0, least=0.0, most=1.0),
        shifts=shifts,
    )


def _shift(begin: float, end: float, pauses: tuple[tuple[float, float], ...]) -> Shift:
    """Make a shift; what lies before the simulation's 0 began by then."""
    within = tuple((max(0.0, s), u) for s, u in pauses if begin <= s and u <= end and u > 0)
    return Shift(max(0.0, begin), max(0.0, end), within)
