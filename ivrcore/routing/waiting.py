"""Who waits where: visits by queue in the order in which they are served.

A *line* is a queue together with the extra skills that a visit asks for: all visits of a line can be served
by the same agents, so neither side ever searches past one that does not fit. Must not know of agents.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sortedcontainers import SortedList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.model.roster import QueueFacts

Skills = tuple[tuple[str, int], ...]
"""Skill and least level, sorted by skill."""


class Line(NamedTuple):
    """A queue and the extra skills asked for."""

    queue: str
    skills: Skills = ()


class Place(NamedTuple):
    """The order of service: higher priority first, then who came earlier, then the visit's id."""

    rank: int
    since: float
    visit: str


@dataclass(slots=True)
class Visit:
    """One stay of a contact in one queue, until it is abandoned, left, or its conversation is over."""

    id: str
    contact: str
    facts: QueueFacts
    """The queue as last configured."""
    priority: int
    skills: Skills
    entered: float
    since: float
    """From when its order of service counts; mostly when it entered."""
    call_back: bool = False
    offers: int = 0
    offer: str = ""
    """The live offer, if any."""
    answered: bool = False

    @property
    def line(self) -> Line:
        """Where it waits."""
        return Line(self.facts.name, self.skills)

    @property
    def place(self) -> Place:
        """Its order among all visits; kept through offers that come to nothing."""
        return Place(-self.priority, self.since, self.id)

    @property
    def waiting(self) -> bool:
        """Whether it could be offered now."""
        return not self.offer and not self.answered


def skills_of(asked: Mapping[str, int]) -> Skills:
    """Give the canonical form of asked skills."""
    return tuple(sorted(asked.items()))


class Waiting:
    """All open visits. Every change is O(log n)."""

    def __init__(self) -> None:
        self.visits: dict[str, Visit] = {}
        self.by_contact: dict[str, Visit] = {}
        self.lines: dict[Line, SortedList[Place]] = {}
        """Lines with somebody to offer; an empty one is not kept."""
        self.fresh: dict[str, None] = {}
        """Visits that began to wait since matching last looked, in that order."""
        self._places: dict[str, SortedList[Place]] = {}
        self._entered: dict[str, OrderedDict[str, float]] = {}

    def add(self, visit: Visit) -> None:
        """Take a new visit; it can be offered from now on."""
        self.visits[visit.id] = self.by_contact[visit.contact] = visit
        self._places.setdefault(visit.facts.name, SortedList()).add(visit.place)
        self._entered.setdefault(visit.facts.name, OrderedDict())[visit.id] = visit.entered
        self._open(visit)

    def offered(self, visit: Visit, offer: str) -> None:
        """Hold it for this offer; it keeps its place."""
        self._close(visit)
        visit.offers += 1
        visit.offer = offer

    def waits_again(self, visit: Visit) -> None:
        """Its offer came to nothing."""
        visit.offer = ""
        self._open(visit)

    def answered(self, visit: Visit) -> None:
        """It is in conversation: nobody waits behind it any more."""
        visit.answered = True
        self._forget_place(visit)

    def remove(self, visit: Visit) -> None:
        """It is over."""
        if visit.waiting:
            self._close(visit)
        if not visit.answered:
            self._forget_place(visit)
        del self.visits[visit.id]
        del self.by_contact[visit.contact]

    def first(self, line: Line) -> Place | None:
        """Give who is next in a line."""
        places = self.lines.get(line)
        return places[0] if places else None

    def position(self, visit: Visit) -> int:
        """Give 1 + the number of visits ahead in its queue; 0 once answered."""
        return 0 if visit.answered else self._places[visit.facts.name].bisect_left(visit.place) + 1

    def count(self, queue: str) -> int:
        """Give how many wait (those being offered included)."""
        return len(self._entered.get(queue, ()))

    def oldest(self, queue: str) -> float | None:
        """Give when the one entered who waits longest, or None where nobody waits."""
        entered = self._entered.get(queue)
        return next(iter(entered.values())) if entered else None

    def _open(self, visit: Visit) -> None:
        self.lines.setdefault(visit.line, SortedList()).add(visit.place)
        self.fresh[visit.id] = None

    def _close(self, visit: Visit) -> None:
        places = self.lines[visit.line]
        places.remove(visit.place)
        if not places:
            del self.lines[visit.line]
        self.fresh.pop(visit.id, None)

    def _forget_place(self, visit: Visit) -> None:
        queue = visit.facts.name
        self._places[queue].remove(visit.place)
        del self._entered[queue][visit.id]
        if not self._places[queue]:
            del self._places[queue], self._entered[queue]
