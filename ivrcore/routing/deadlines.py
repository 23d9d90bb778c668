"""What ends by itself and when: a heap, so that the next deadline is known at once."""

from __future__ import annotations

from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import NamedTuple

SPARE = 64
"""So many replaced deadlines are no reason to clear up."""


class Kind(IntEnum):
    """Whose deadline it is; of several at one time the lesser is taken first."""

    OFFER = 0
    AGENT = 1
    VISIT = 2
    RELAX = 3
    MORE = 4
    LOOK = 5


class Deadline(NamedTuple):
    """A time (UTC seconds) and what it ends."""

    at: float
    kind: Kind
    name: str


class Deadlines:
    """At most one deadline per offer, agent and visit; each change is O(log n).

    A heap in which replaced deadlines lie until they come first, or until they are more than those that hold:
    most are taken away before their time, which then costs nothing but forgetting them.
    """

    __slots__ = ("_at", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, Kind, str]] = []
        self._at: dict[tuple[Kind, str], float] = {}

    def set(self, kind: Kind, name: str, at: float | None) -> None:
        """Replace that deadline; None takes it away."""
        if at is None:
            if self._at:
                self._at.pop((kind, name), None)
        elif self._at.get((kind, name)) != at:
            self._at[(kind, name)] = at
            heappush(self._heap, (at, kind, name))
            if len(self._heap) > 2 * len(self._at) + SPARE:
                self._heap = [(at, *key) for key, at in self._at.items()]
                heapify(self._heap)

    def __len__(self) -> int:
        """Give how many are kept, replaced ones included."""
        return len(self._heap)

    def get(self, kind: Kind, name: str) -> float | None:
        """Give that deadline, if it is set."""
        return self._at.get((kind, name))

    def next_at(self) -> float | None:
        """Give when the earliest comes."""
        heap, kept = self._heap, self._at
        if not kept:
            return None
        while True:
            at, kind, name = heap[0]
            if kept.get((kind, name)) == at:
                return at
            heappop(heap)

    def first(self) -> Deadline | None:
        """Give the earliest."""
        heap = self._heap
        while heap:
            at, kind, name = heap[0]
            if self._at.get((kind, name)) == at:
                return Deadline(at, kind, name)
            heappop(heap)
        return None

    def may_be_due(self, now: float) -> bool:
        """Tell whether it is worth asking what is `due`: a replaced deadline may be all there is."""
        heap = self._heap
        return bool(heap) and heap[0][0] <= now

    def due(self, now: float) -> Deadline | None:
        """Give the earliest, if its time has come."""
        if not self._heap or self._heap[0][0] > now:
            return None
        first = self.first()
        return first if first and first.at <= now else None
