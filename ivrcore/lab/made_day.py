"""A day of a hotline as its journal would have it, made without one: the real router decides, under the
simulator's clock, and around it stand the events of sessions that press a key in a menu and are queued.

A contact that talks to an agent has about thirty events, as in the demo, one that the menu serves seventeen.
Times and contacts begin with `EPOCH`'s digits, so that a copy of the day at another time is the same text
with other digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

import msgspec

from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import By, ChosenBy, Outcome, PromptEnd, PublishedBy
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.simulator.chance import Exponential, Fixed, stream
from ivrcore.simulator.people import Person
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.traffic import Demand, Rate, Several

EPOCH = 1_700_000_000.0
DAY = 100_000.0
"""Seconds from one copy to the next: 27.8 h, so that only the digits `DIGITS` differ."""
DIGITS = "17000"
QUIET = 4_000.0
"""Seconds at the day's end in which nobody calls any more."""
TALK = 120.0
OCCUPANCY = 0.8
PATIENCE = 90.0
MISSED = 0.03
"""The part of offers that ring in vain."""
ANSWER = 4.0
"""Seconds that a phone rings."""
QUEUES = ("cards", "loans", "general")
SERVED = 14
"""Events of a session up to the choice in the menu."""
TIMES = ("at", "since", "place", "until", "began", "due", "deadline")
"""Fields of routing's events that are times, not durations."""
NAME = re.compile(rb'"c(\d+)(?=[".])')


def day(contacts: int, seed: str = "a day", served: float = 0.0) -> list[Event]:
    """Give the events of a day with about so many contacts, all over at its end.

    The menu serves the part ``served`` of them, the others are queued.
    """
    queued = contacts * (1.0 - served)
    rate = queued / (DAY - QUIET) / len(QUEUES)
    agents = max(3, round(queued / (DAY - QUIET) * (TALK + 10.0) / OCCUPANCY) + 1)
    facts = tuple(
        AgentFacts(name=f"a{n}", endpoint=f"PJSIP/a{n}", display=f"Agent {n}") for n in range(agents)
    )
    floor = Floor(
        queues=tuple(QueueFacts(name=name, threshold=20.0, wrap_up=10.0) for name in QUEUES),
        agents=facts,
        traffic=Several(
            tuple(
                Demand(
                    name, (Rate(20.0, rate), Rate(DAY - QUIET, 0.0)), Exponential(TALK), Exponential(PATIENCE)
                )
                for name in QUEUES
            )
        ),
        end=DAY - 10.0,
        people={agent.name: Person(answer=Fixed(ANSWER), misses=MISSED) for agent in facts},
    )
    happened: list[Event] = []
    simulate(floor, seed, load_plugins().routing(), watch=happened.extend)
    told = [(event.at, event) for event in (*_told(happened), *_served(round(contacts * served), seed))]
    return [*_opening(), *(event for _, event in sorted(told, key=itemgetter(0)))]


def _opening() -> Iterator[Event]:
    yield e.ServerStarted(at=EPOCH, node="n1", app="hotline", version="0.1.0")
    yield e.DialplanPublished(
        at=EPOCH, name="bank", version="1", before="", author="ops", how=PublishedBy.START
    )


def _told(happened: list[Event]) -> list[Event]:
    """Put the events of sessions around those of the router, and all at the day's time."""
    queued = {event.contact: event.at for event in happened if isinstance(event, e.ContactQueued)}
    names = {name: f"c-{EPOCH + at - 14.0:.2f}.{name[1:]}" for name, at in queued.items()}
    told: list[tuple[float, int, Event]] = []
    legs: dict[str, str] = {}
    for number, event in enumerate(happened):
        moved = _moved(event, names)
        before, after = _around(moved, legs)
        told += [(one.at, number, one) for one in (*before, moved, *after)]
    return [event for _, _, event in sorted(told, key=lambda one: one[:2])]


def _moved(event: Event, names: dict[str, str]) -> Event:
    times = {
        name: EPOCH + getattr(event, name)
        for name in TIMES
        if isinstance(getattr(event, name, None), float) and name in event.__struct_fields__
    }
    data = msgspec.json.encode(msgspec.structs.replace(event, **times))
    named = NAME.sub(lambda found: b'"' + names["c" + found[1].decode()].encode(), data)
    return msgspec.json.decode(named, type=type(event))


def _around(event: Event, legs: dict[str, str]) -> tuple[Iterable[Event], Iterable[Event]]:
    match event:
        case e.ContactQueued():
            return _in_the_menu(event.contact, event.at), ()
        case e.OfferMade():
            leg = event.offer.replace(".o", ".a")
            told: dict[str, Any] = {"contact": event.contact, "leg": leg}
            dialled = e.LegDialled(at=event.at, channel=leg, agent=event.agent, offer=event.offer, **told)
            return (), [dialled]
        case e.OfferEnded():
            leg = event.offer.replace(".o", ".a")
            return (), [e.LegEnded(at=event.at, contact=event.contact, leg=leg, cause=16, by=By.SERVER)]
        case e.VisitAnswered():
            legs[event.contact] = event.offer.replace(".o", ".a")
            both = f"{event.contact}.l1", legs[event.contact]
            bridged = e.BridgeRequested(
                at=event.at, contact=event.contact, bridge=f"{event.offer}.b", legs=both
            )
            return [bridged], ()
        case e.TalkEnded():
            leg = legs.pop(event.contact)
            ended = e.LegEnded(at=event.at, contact=event.contact, leg=leg, cause=16, by=By.SERVER)
            return (), [ended, *_gone(event.contact, event.at)]
        case e.VisitAbandoned():
            return (), _gone(event.contact, event.at)
        case _:
            return (), ()


def _gone(contact: str, at: float) -> list[Event]:
    return [
        e.LegEnded(at=at, contact=contact, leg=f"{contact}.l1", cause=16, by=By.CALLER),
        e.ContactClosed(at=at, contact=contact, outcome=Outcome.QUEUED),
    ]


def _served(contacts: int, seed: str) -> Iterator[Event]:
    """Give those whom the menu serves."""
    chance = stream(seed, "served")
    for number in range(contacts):
        at = EPOCH + 20.0 + chance.random() * (DAY - QUIET)
        contact = f"c-{at:.2f}.m{number}"
        yield from _in_the_menu(contact, at + 14.0)[:SERVED]
        yield e.CallerServed(at=at + 19.0, contact=contact, block="cards", index=0)
        yield e.LegEnded(at=at + 20.0, contact=contact, leg=f"{contact}.l1", cause=16, by=By.CALLER)
        yield e.ContactClosed(at=at + 20.0, contact=contact, outcome=Outcome.SELF_SERVED)


def _in_the_menu(contact: str, queued: float) -> list[Event]:
    """Give what happens to a caller who presses a key in the menu, before he is queued."""
    one: dict[str, Any] = {"contact": contact}
    at, leg = queued - 14.0, f"{contact}.l1"
    return [
        e.ContactArrived(
            at=at, leg=leg, channel=contact, number="5000", plan="bank", plan_version="1", subject="", **one
        ),
        e.AnswerRequested(at=at, leg=leg, **one),
        e.LegAnswered(at=at + 0.1, leg=leg, **one),
        e.DialplanEntered(at=at + 0.1, number="5000", block="start", answer="at_once", **one),
        e.StepStarted(at=at + 0.1, block="start", index=0, verb="play", prompt=1, **one),
        e.PromptStarted(at=at + 0.2, leg=leg, playback=f"{contact}.p1", name="welcome", **one),
        e.PromptEnded(at=at + 3.2, playback=f"{contact}.p1", how=PromptEnd.FINISHED, **one),
        e.StepStarted(at=at + 3.2, block="start", index=1, verb="menu", **one),
        e.MenuEntered(at=at + 3.2, menu="main", **one),
        e.TurnStarted(at=at + 3.2, menu="main", turn=1, attempt=1, prompt=2, **one),
        e.PromptStarted(at=at + 3.3, leg=leg, playback=f"{contact}.p2", name="main", **one),
        e.KeyPressed(at=at + 9.0, leg=leg, turn=1, **one),
        e.PromptEnded(at=at + 9.0, playback=f"{contact}.p2", how=PromptEnd.STOPPED, **one),
        e.ChoiceMade(at=at + 9.0, menu="main", turn=1, choice="cards", by=ChosenBy.KEY, **one),
        e.StepStarted(at=at + 9.0, block="cards", index=0, verb="play", prompt=3, **one),
        e.PromptStarted(at=at + 9.1, leg=leg, playback=f"{contact}.p3", name="wait", **one),
        e.PromptEnded(at=at + 14.0, playback=f"{contact}.p3", how=PromptEnd.FINISHED, **one),
        e.StepStarted(at=queued, block="cards", index=1, verb="queue", **one),
    ]
