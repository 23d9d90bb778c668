"""Calls in which everything happens that can happen: events of every kind, their fields by chance.

A round is four contacts: one is answered, one gives up, one leaves the queue otherwise, one waits on; with
every other event once, in any order. Events that are added later come by themselves.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from ivrcore.model import events as e
from ivrcore.model.canary_names import CanaryStage
from ivrcore.model.event import EVENTS, Event
from ivrcore.model.roster import AgentFacts, QueueFacts

QUEUES = (QueueFacts(name="loans", threshold=20.0), QueueFacts(name="cards", threshold=30.0))
AGENTS = tuple(AgentFacts(name=name, endpoint=f"PJSIP/{name}") for name in ("ann", "bob", "cho"))
MENUS = ("main", "cards")

APART = {
    e.ContactArrived, e.ContactClosed, e.ContactQueued, e.RosterLoaded, e.ServerStarted, e.ServerStopped,
    e.VisitAbandoned, e.VisitAnswered, e.VisitLeft, e.ClockJumped, e.ClockSetBack,
}  # fmt: skip
"""What a round has in its place, or what would take away what was counted."""

GIVEN: dict[type[Event], dict[str, Any]] = {
    e.CanaryCalled: {"took": {stage.value: 0.1 for stage in CanaryStage}},
}
"""What chance would leave out."""

Fill = Callable[[random.Random], Any]
NAMED: dict[str, Fill] = {
    "agent": lambda by_chance: by_chance.choice(AGENTS).name,
    "queue": lambda by_chance: by_chance.choice(QUEUES).name,
    "menu": lambda by_chance: by_chance.choice(MENUS),
    "engine": lambda by_chance: by_chance.choice(("vosk", "pocketsphinx")),
    "language": lambda _: "en",
    "driver": lambda _: "ari",
    "plan": lambda _: "bank",
    "plan_version": lambda by_chance: by_chance.choice("12"),
    "number": lambda _: "5000",
    "code": lambda _: "IVR303",
    "expected": lambda by_chance: by_chance.uniform(5, 60),
}
OF_TYPE: dict[type, Fill] = {
    bool: lambda by_chance: by_chance.random() < 0.5,
    int: lambda by_chance: by_chance.randint(1, 9),
    float: lambda by_chance: by_chance.uniform(0.1, 60),
    str: lambda by_chance: by_chance.choice(("one", "two")),
}


def any_event(kind: type[Event], by_chance: random.Random, **given: Any) -> Event:
    """Make one; a field with a default keeps it, unless it is known by name or one of a set of words."""
    for field in msgspec.structs.fields(kind):
        plain = _without_none(field.type)
        if field.name in given or not (field.required or field.name in NAMED or _words(plain)):
            continue
        given[field.name] = _value(field.name, plain, by_chance)
    return kind(**given)


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return next(one for one in get_args(kind) if one is not NoneType)
    return kind


def _words(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _value(name: str, kind: Any, by_chance: random.Random) -> Any:
    if _words(kind):
        return by_chance.choice(list(kind))
    if name in NAMED:
        return NAMED[name](by_chance)
    if kind in OF_TYPE:
        return OF_TYPE[kind](by_chance)
    return (get_origin(kind) or kind)()


class Calls:
    """Makes rounds; contacts get new ids in each. ``seed`` decides what chance brings."""

    def __init__(self, seed: int = 7) -> None:
        self._chance = random.Random(seed)
        self._contacts = 0

    def opening(self, at: float) -> list[Event]:
        """Give what stands before the first round."""
        return [
            e.ServerStarted(at=at, node="n1", app="n1-a", version="0.1.0"),
            e.LinkCameUp(at=at, driver="ari", peer="Asterisk 22", away=0.0),
            e.RosterLoaded(at=at, queues=QUEUES, agents=AGENTS),
        ]

    def round(self, at: float) -> Iterator[Event]:
        """Give the events of four contacts."""
        for end in (e.VisitAnswered, e.VisitAbandoned, e.VisitLeft, None):
            self._contacts += 1
            contact, queue = f"c{self._contacts}", self._chance.choice(QUEUES).name
            yield self._one(e.ContactArrived, at=at, contact=contact)
            if end is e.VisitAnswered:
                yield from self._everything(at, contact)
            yield self._one(e.ContactQueued, at=at, contact=contact, queue=queue)
            if end is not None:
                yield self._one(end, at=at, contact=contact, queue=queue)
                yield self._one(e.ContactClosed, at=at, contact=contact)

    def content(self, at: float) -> Iterator[Event]:
        """Give the events of a contact whose caller is known again, was served, and was content with it."""
        self._contacts += 1
        contact, queue = f"c{self._contacts}", QUEUES[0].name
        yield self._one(e.ContactArrived, at=at, contact=contact)
        yield self._one(e.ContactQueued, at=at, contact=contact, queue=queue, caller=f"known {contact}")
        yield self._one(e.VisitAnswered, at=at, contact=contact, queue=queue)
        for word in ("csat_5", "nps_9"):
            yield self._one(e.DispositionSet, at=at, contact=contact, disposition=word)
        yield self._one(e.ContactClosed, at=at, contact=contact)

    def _everything(self, at: float, contact: str) -> Iterator[Event]:
        kinds = [kind for kind in EVENTS.values() if kind not in APART]
        self._chance.shuffle(kinds)
        for kind in kinds:
            yield self._one(kind, at=at, **_contact(kind, contact), **GIVEN.get(kind, {}))

    def _one(self, kind: type[Event], **given: Any) -> Event:
        return any_event(kind, self._chance, **given)


def _contact(kind: type[Event], contact: str) -> dict[str, str]:
    return {"contact": contact} if "contact" in {field.name for field in msgspec.structs.fields(kind)} else {}
