"""Plugins that give anything at all, by whim: the same to the same question, so that runs can be repeated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zlib import crc32

from router_desk import built_in

from ivrcore.api import Candidate, Choice, Member, Order, Ranked, Relaxed
from ivrcore.routing.rulebook import RoutingPlugins


class Float(float):
    """As numpy's is."""


HALF = "\ud800"
NUMBERS = (0.0, 5.0, True, Float(3), math.nan, math.inf, -math.inf, 10**400, 1e300, -7, None, "x", HALF, [])
NEEDS: tuple[Any, ...] = (
    {},
    {"skills": {"law": 1}},
    {"skills": ["law"]},
    {"skills": [("law", "b2")]},
    {"skills": {"law": Float(2)}},
    {"tier": [1, 2]},
    {"tier": 3},
    {"agents": ["a", "b"]},
    {"agents": "ab"},
    {"expression": object()},
    {"expression": "law > 0"},
    {"odd": math.inf},
    {"odd": 1},
    {1: 2},
    {HALF: 1},
    ["tier"],
)
MEMORIES: tuple[Any, ...] = ({}, {"x": 1}, {"x": True}, {1: 2}, {"x": math.nan}, {"x": HALF}, 5, None)


def pick(choices: Any, *asked: Any) -> Any:
    """Choose by what was asked."""
    return choices[crc32(repr(asked).encode()) % len(choices)]


class OddKey:
    name = "odd_key"

    def key(self, candidate: Candidate, options: object, now: float) -> Any:
        part = pick(NUMBERS, candidate.agent, candidate.contacts_taken, candidate.idle_since)
        until = pick((*NUMBERS[:6], now + 9), candidate.agent, now)
        return Ranked((part, candidate.agent), until) if now % 2 < 1 else (part, candidate.load > 0)

    def explain(self, candidate: Candidate, options: object, now: float) -> Any:
        return pick(("so", HALF, None, 5), candidate.agent, now)

    def start(self, memory: Mapping[str, Any]) -> Any:
        return (memory["x"],) if "x" in memory else None

    def remember(self, memory: Any, candidate: Candidate, key: object) -> Any:
        if candidate.contacts_taken % 3 == 2:
            memory["x"] = 9
        return pick(MEMORIES, candidate.agent, candidate.idle_since)

    def reordered(self, memory: Any, before: Any, now: Any) -> Any:
        return pick(MEMORIES, before, *now)


class OddOrder:
    name = "odd_order"

    def order(self, choice: Choice) -> Any:
        there = [one.agent for one in choice.candidates]
        answers = (
            Order((), "none"),
            Order((), "never", again=math.inf),
            Order((), "later", again=choice.now + 4),
            Order((name for name in there), "all"),  # type: ignore[arg-type]
            Order(there[:1], HALF),
            Order(there[:1], "one", memory=pick(MEMORIES, choice.now)),
            Order(there[:2], "two", again=pick(NUMBERS, choice.now)),
            Order(["nobody"], "a ghost"),
            Order([[]], "a list"),  # type: ignore[list-item]
            None,
        )
        return answers[int(choice.draw() * len(answers))]


class OddRelaxation:
    name = "odd"

    def relax(self, visit: Any, need: Any, floor: Any, options: object, now: float) -> Any:
        need["tier"] = [9, 9]
        until = pick((now + 7, now + 30, math.inf, math.nan, None, "x"), visit.visit, now)
        why = pick(("so", "so", HALF), visit.visit, visit.step)
        return Relaxed(
            pick(NEEDS, visit.visit, visit.step), why, until, visit.step % 2 == 1, visit.step % 3 == 2
        )


class OddRule:
    name = "odd"

    def misfit(self, member: Member, asked: object) -> Any:
        return {"a": "", "b": "moody", "c": HALF, "d": 5}.get(member.agent)


class OddPlaces:
    name = "odd"

    def place(self, visit: Any, options: object) -> Any:
        return pick((*NUMBERS, -visit.since, visit.since), visit.visit, visit.priority)

    def claim(self, place: float, queue: Any, options: object, now: float) -> Any:
        return pick((*NUMBERS, now - place), place, now)


def wild() -> RoutingPlugins:
    """Give those built in, and odd ones."""
    found = built_in()
    return replace(
        found,
        strategies={**found.strategies, "odd_key": OddKey(), "odd_order": OddOrder()},
        eligibility={**found.eligibility, "odd": OddRule()},
        relaxations={**found.relaxations, "odd": OddRelaxation()},
        contact_orders={**found.contact_orders, "odd": OddPlaces()},
    )
