"""What ends by itself and when: one sorted list, so that the next deadline is known at once."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from sortedcontainers import SortedList


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
    """At most one deadline per offer, agent and visit; each change is O(log n)."""

    def __init__(self) -> None:
        self._sorted: SortedList[Deadline] = SortedList()
        self._at: dict[tuple[Kind, str], float] = {}

    def set(self, kind: Kind, name: str, at: float | None) -> None:
        """Replace that deadline; None takes it away."""
        before = self._at.pop((kind, name), None)
        if before is not None:
            self._sorted.remove(Deadline(before, kind, name))
        if at is not None:
            self._at[(kind, name)] = at
            self._sorted.add(Deadline(at, kind, name))

    def get(self, kind: Kind, name: str) -> float | None:
        """Give that deadline, if it is set."""
        return self._at.get((kind, name))

    def first(self) -> Deadline | None:
        """Give the earliest."""
        return self._sorted[0] if self._sorted else None
