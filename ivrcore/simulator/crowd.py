"""Reads a scenario's agents: their habits are read here, the rest is left for configuration's own reader."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ivrcore.fields import Fields
from ivrcore.problems import Problems, quoted
from ivrcore.simulator import keys
from ivrcore.simulator.chance import AT_ONCE
from ivrcore.simulator.merging import with_text, without
from ivrcore.simulator.people import Person, Shift, Span, shifts_of
from ivrcore.simulator.values import DAY, midnights, read_duration, read_spans
from ivrcore.yamltree import Entry, MapNode, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Crowd(NamedTuple):
    """Agents: what configuration reads of them, and their habits by name."""

    node: Node | None
    people: dict[str, Person]


def read_crowd(node: Node | None, begins: float, end: float, problems: Problems) -> Crowd:
    """Read habits, and write out groups; ``begins`` is the time of day (s) at the simulation's 0, ``end`` how
    long it lasts."""
    if not isinstance(node, MapNode):
        return Crowd(node, {})
    entries: list[Entry] = []
    people: dict[str, Person] = {}
    for entry in node.entries:
        if not isinstance(entry.value, MapNode):
            entries.append(entry)
            continue
        fields = Fields(entry.value, problems, f"agent {quoted(entry.key)}")
        person = _person(fields, begins, end)
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


def _person(fields: Fields, begins: float, end: float) -> Person:
    spans, pauses = (_daily(read_spans(fields, key), begins, end) for key in ("shift", "pauses"))
    shifts: tuple[Shift, ...] | None = None
    if spans or pauses:
        whole = shifts_of(spans or [(0.0, math.inf)], pauses)
        shifts = tuple(left for shift in whole if (left := shift.since(0.0)))
    return Person(
        answer=read_duration(fields, "answer", AT_ONCE),
        misses=fields.number("misses", 0.0, least=0.0, most=1.0),
        shifts=shifts,
    )


def _daily(spans: Sequence[Span], begins: float, end: float) -> list[Span]:
    """Give spans of a day on each day of the run, and the day before, in seconds of the simulation."""
    first, *others = midnights(begins, end)
    days = (first - DAY, first, *others)
    return [(since + day, until + day) for day in days for since, until in spans]
