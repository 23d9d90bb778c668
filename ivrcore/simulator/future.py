"""The virtual clock: what is to happen and when. Nothing waits for real time."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")


class Future(Generic[T]):
    """Future events in the order of their times; those of one time in the order in which they were added."""

    __slots__ = ("_added", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._added = 0

    def add(self, at: float, what: T) -> None:
        """Let something happen at a time."""
        self._added += 1
        heappush(self._heap, (at, self._added, what))

    @property
    def next_at(self) -> float:
        """Give when the next one happens; infinity if none does."""
        return self._heap[0][0] if self._heap else float("inf")

    def take(self) -> T:
        """Take out the next one; raise IndexError where there is none."""
        return heappop(self._heap)[2]
