"""Who waits where: visits by line in the order in which they are served. Must not know of agents."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from ivrcore.routing.deadlines import earlier
from ivrcore.routing.estimate import Promised
from ivrcore.routing.facts import VisitFacts
from ivrcore.routing.need import SKILLS, Line, Need, line_of, need_of
from ivrcore.routing.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivrcore.model.roster import QueueFacts

NOTHING_PROMISED = Promised(None, None, 1.0)
TRIED_KEPT = 20
"""How many of the agents to whom a visit was offered in vain are kept in mind."""


class Place(msgspec.Struct, frozen=True, order=True, gc=False):
    """The order of service in a queue: from when a visit counts as waiting, then its id."""

    since: float
    visit: str
    arrived: float = 0.0
    """From when the visit counts as waiting whatever the queue's contact order makes of that."""


class Visit(msgspec.Struct, gc=False):
    """One stay of a contact in one queue, until it is abandoned, left, or its conversation is over."""

    id: str
    contact: str
    facts: QueueFacts
    """The queue as last configured."""
    entry: QueueFacts
    """The queue as it was configured when the contact came: its relaxation keeps to that."""
    priority: int
    skills: dict[str, int]
    entered: float
    since: float
    """From when its order of service counts; mostly when it entered."""
    place: Place
    """Its order among the visits of its queue; kept through offers that come to nothing."""
    line: Line
    """Where it waits."""
    preferred: tuple[str, ...] = ()
    call_back: bool = False
    step: int = 0
    why: str = ""
    """Why it needs that, in words, once it was relaxed."""
    stage: int = 0
    """Which of the relaxations of its queue is at work."""
    stage_began: float | None = None
    when_nobody: bool = False
    held_until: float | None = None
    """Until when it is for one agent, by a supervisor's word (UTC seconds); nothing takes it away so long."""
    parked: bool = False
    """Nobody could bring it to an agent just now: it is offered to nobody."""
    relaxes: float | None = None
    """When its need is to be looked at again, if ever: kept while an agent has answered for it."""
    offers: int = 0
    """How many were made."""
    live: dict[str, None] = {}
    """The offers that ring, or the one that was taken."""
    taken: str = ""
    """The offer that an agent accepted, if any."""
    tried: tuple[str, ...] = ()
    answered: bool = False
    promised: Promised = NOTHING_PROMISED
    """How long it was estimated to wait when it came."""
    through: tuple[str, ...] = ()
    """The queues that it was moved through."""
    caller: str = ""

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        self.entered -= seconds
        self.since -= seconds
        self.place = Place(self.place.since - seconds, self.id, self.since)
        self.stage_began = earlier(self.stage_began, seconds)
        self.held_until = earlier(self.held_until, seconds)
        self.relaxes = earlier(self.relaxes, seconds)

    @property
    def need(self) -> Need:
        """What it needs of an agent."""
        return self.line.need

    @property
    def waiting(self) -> bool:
        """Whether it could be offered now."""
        return not self.live and not self.answered and not self.parked

    @property
    def view(self) -> VisitFacts:
        """What plugins may know of it."""
        return VisitFacts(
            contact=self.contact,
            visit=self.id,
            queue=self.facts.name,
            entered=self.entered,
            since=self.since,
            priority=self.priority,
            skills=MappingProxyType(self.skills),
            step=self.step,
            preferred=self.preferred,
            call_back=self.call_back,
            tried=self.tried,
            need=self.need,
        )


def _place(visit: Visit) -> Place:
    return visit.place


def first_need(queue: QueueFacts, skills: Mapping[str, int]) -> Need:
    """Give what a contact needs when it enters: what its queue requires, and the skills that it asks for."""
    if not (skills or queue.require):
        return ()
    asked = queue.require.get(SKILLS, {})
    merged = {skill: max(skills.get(skill, 0), asked.get(skill, 0)) for skill in {*skills, *asked}}
    return need_of({**queue.require, SKILLS: merged}) if merged or queue.require else ()


class Waiting:
    """All open visits. Every change is O(log n)."""

    def __init__(self) -> None:
        self.visits: dict[str, Visit] = {}
        self.by_contact: dict[str, Visit] = {}
        self.lines: dict[Line, Places] = {}
        """Lines with somebody to offer; an empty one is not kept."""
        self.fresh: dict[str, None] = {}
        """Visits that began to wait since matching last looked, in that order."""
        self._places: dict[str, Places] = {}
        self._aside: dict[str, list[Place]] = {}
        """Of these, those who are not `waiting`, in order: a phone rings for them or was picked up (at most
        as many as agents), or they are parked."""
        self._entered: dict[str, OrderedDict[str, float]] = {}
        """By who came first: a plain dict would look at all who left since, each time for its first one."""

    def add(self, visit: Visit) -> None:
        """Take a new visit; it can be offered from now on."""
        self.visits[visit.id] = self.by_contact[visit.contact] = visit
        queue = visit.facts.name
        places = self._places.get(queue)
        if places is None:
            places = self._places[queue] = Places()
            self._entered[queue] = OrderedDict()
        places.add(visit.place)
        self._entered[queue][visit.id] = visit.entered
        self._open(visit)

    def offered(self, visit: Visit, offer: str) -> None:
        """Hold it for this offer; it keeps its place."""
        if visit.waiting:
            self._close(visit)
            self._put_aside(visit)
        visit.offers += 1
        visit.live[offer] = None

    def offer_over(self, visit: Visit, offer: str) -> None:
        """One of its offers came to nothing; with none left it waits on."""
        del visit.live[offer]
        if visit.taken == offer:
            visit.taken = ""
        if visit.waiting:
            self._take_back(visit)
            self._open(visit)

    def park(self, visit: Visit, parked: bool) -> None:
        """Offer it to nobody, or let it be offered again; it keeps its place."""
        if parked is visit.parked:
            return
        if visit.waiting:
            self._close(visit)
            self._put_aside(visit)
        visit.parked = parked
        if visit.waiting:
            self._take_back(visit)
            self._open(visit)

    def answered(self, visit: Visit) -> None:
        """It is in conversation: nobody waits behind it any more."""
        self._forget_place(visit)
        visit.answered = True

    def remove(self, visit: Visit) -> None:
        """It is over."""
        if visit.waiting:
            self._close(visit)
        if not visit.answered:
            self._forget_place(visit)
        del self.visits[visit.id]
        del self.by_contact[visit.contact]

    def relaxed(self, visit: Visit, need: Need) -> None:
        """It needs something else from now on."""
        if visit.waiting:
            self._close(visit)
        visit.line = line_of(visit.facts.name, need)
        if visit.waiting:
            self._open(visit)

    def placed(self, visit: Visit, place: Place) -> None:
        """It gets another place in its queue."""
        if visit.waiting:
            self._close(visit)
        if not visit.answered:
            self._places[visit.facts.name].remove(visit.place)
            self._places[visit.facts.name].add(place)
            if not visit.waiting:
                self._take_back(visit)
                insort(self._aside[visit.facts.name], place)
        visit.place = place
        if visit.waiting:
            self._open(visit)

    def of(self, queue: str) -> Iterator[Visit]:
        """Give the visits of a queue that are not in conversation, in the order of service."""
        for place in self._places.get(queue, ()):
            yield self.visits[place.visit]

    def position(self, visit: Visit) -> int:
        """Give 1 + the number of visits ahead in its queue; 0 once answered."""
        return 0 if visit.answered else self._places[visit.facts.name].before(visit.place) + 1

    def count(self, queue: str) -> int:
        """Give how many wait (those being offered included)."""
        return len(self._entered.get(queue, ()))

    def ahead(self, queue: str, place: Place | None = None) -> int:
        """Give how many who could be offered now are ahead of who gets that place (None: the last)."""
        places = self._places.get(queue)
        if places is None:
            return 0
        aside = self._aside.get(queue, ())
        if place is None:
            return len(places) - len(aside)
        return places.before(place) - bisect_left(aside, place)

    def oldest(self, queue: str) -> float | None:
        """Give when the one entered who waits longest, or None where nobody waits."""
        entered = self._entered.get(queue)
        return next(iter(entered.values())) if entered else None

    def set_back(self, seconds: float) -> None:
        """Take so much off every time: O(everything). Whatever order there was stays, ties by rounding
        apart."""
        for visit in self.visits.values():
            visit.set_back(seconds)
        in_order = sorted((visit for visit in self.visits.values() if not visit.answered), key=_place)
        self._places = {queue: Places() for queue in self._places}
        self._aside = {queue: [] for queue in self._aside}
        self.lines = {line: Places() for line in self.lines}
        for visit in in_order:
            self._places[visit.facts.name].add(visit.place)
            if visit.waiting:
                self.lines[visit.line].add(visit.place)
            else:
                self._aside[visit.facts.name].append(visit.place)
        for entered in self._entered.values():
            for name in entered:
                entered[name] = self.visits[name].entered

    def _open(self, visit: Visit) -> None:
        line = visit.line
        places = self.lines.get(line)
        if places is None:
            places = self.lines[line] = Places()
        places.add(visit.place)
        self.fresh[visit.id] = None

    def _close(self, visit: Visit) -> None:
        line = visit.line
        places = self.lines[line]
        places.remove(visit.place)
        if places.first is None:
            del self.lines[line]
        self.fresh.pop(visit.id, None)

    def _forget_place(self, visit: Visit) -> None:
        queue = visit.facts.name
        places = self._places[queue]
        places.remove(visit.place)
        del self._entered[queue][visit.id]
        if not visit.waiting:
            self._take_back(visit)
        if places.first is None:
            del self._places[queue], self._entered[queue]
            self._aside.pop(queue, None)

    def _put_aside(self, visit: Visit) -> None:
        aside = self._aside.get(visit.facts.name)
        if aside is None:
            aside = self._aside[visit.facts.name] = []
        insort(aside, visit.place)

    def _take_back(self, visit: Visit) -> None:
        aside = self._aside[visit.facts.name]
        del aside[bisect_left(aside, visit.place)]
