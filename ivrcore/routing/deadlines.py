"""What ends by itself and when: a heap, so that the next deadline is known at once."""

from __future__ import annotations

import math
from enum import IntEnum
from heapq import heapify, heappop, heappush

import msgspec

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


class Deadline(msgspec.Struct, frozen=True, gc=False):
    """A time (UTC seconds) and what it ends."""

    at: float
    kind: Kind
    name: str


def earlier(at: float | None, seconds: float) -> float | None:
    """Give a time, if it is one, less so many seconds."""
    return None if at is None else at - seconds


class Deadlines:
    """At most one deadline per offer, agent and visit; each change is O(log n).

    A heap in which replaced deadlines lie until they come first, or until they are more than those that hold:
    most are taken away before their time, which then costs nothing but forgetting them.
    """

    __slots__ = ("_heap", "_kept", "count", "soonest")

    def __init__(self) -> None:
        self._heap: list[tuple[float, Kind, str]] = []
        self._kept: tuple[dict[str, float], ...] = tuple({} for _ in Kind)
        """By kind: when each comes, by name."""
        self.count = 0
        """How many they are together."""
        self.soonest = math.inf
        """Before this nothing is due: when the first of the heap comes, which may be replaced since."""

    def set(self, kind: Kind, name: str, at: float | None) -> None:
        """Replace that deadline; None takes it away."""
        kept = self._kept[kind]
        if at is None:
            if name in kept:
                del kept[name]
                self.count -= 1
            return
        before = kept.get(name)
        if before == at:
            return
        self.count += before is None
        kept[name] = at
        heappush(self._heap, (at, kind, name))
        if at < self.soonest:
            self.soonest = at
        if len(self._heap) > 2 * self.count + SPARE:
            self._clear_up()

    def _clear_up(self) -> None:
        """Build the heap anew, without what was replaced."""
        self._heap = [(at, kind, name) for kind in Kind for name, at in self._kept[kind].items()]
        heapify(self._heap)
        self.soonest = self._heap[0][0] if self._heap else math.inf

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        self._kept = tuple({name: at - seconds for name, at in kept.items()} for kept in self._kept)
        self._clear_up()

    def __len__(self) -> int:
        """Give how many are kept, replaced ones included."""
        return len(self._heap)

    def get(self, kind: Kind, name: str) -> float | None:
        """Give that deadline, if it is set."""
        return self._kept[kind].get(name)

    def next_at(self) -> float | None:
        """Give when the earliest comes."""
        if not self.count:
            return None
        self._skip_replaced()
        return self._heap[0][0] if self._heap else None

    def first(self) -> Deadline | None:
        """Give the earliest."""
        self._skip_replaced()
        return Deadline(*self._heap[0]) if self._heap else None

    def _skip_replaced(self) -> None:
        """Have the heap begin with one that holds."""
        heap, kept = self._heap, self._kept
        while heap:
            at, kind, name = heap[0]
            if kept[kind].get(name) == at:
                self.soonest = at
                return
            heappop(heap)
        self.soonest = math.inf

    def due(self, now: float) -> Deadline | None:
        """Give the earliest, if its time has come."""
        if now < self.soonest:
            return None
        first = self.first()
        return first if first and first.at <= now else None
