"""What an agent did lately: contacts begun, time at work, time logged in; folded from events.

Nothing older than `KEPT` is kept, nor more than `MOST` of a kind, so windows are at most that long.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 4 * 3600.0
"""Seconds of the past that a window may reach back."""
MOST = 500
"""Spans of a kind that are kept of an agent: four hours of a conversation every half minute. Who has more has
shorter windows, so that no haste makes a server grow."""


@dataclass(frozen=True, slots=True)
class Window:
    """The last seconds of one agent; all but the first and last in seconds."""

    contacts: int
    """Conversations begun."""
    talk: float
    work: float
    """Conversation and wrap-up."""
    staffed: float
    """Logged in and not paused, whatever else."""
    changes_at: float | None
    """When the earliest contact leaves the window (UTC seconds); None if there is none."""

    @property
    def occupancy(self) -> float:
        """Give work ÷ staffed time, 0 to 1; 0 for one who was not there."""
        return min(1.0, self.work / self.staffed) if self.staffed > 0 else 0.0


EMPTY = Window(0, 0.0, 0.0, 0.0, None)


class Spans:
    """Times from when to when something was so; at most one open, the last. Times come in order."""

    __slots__ = ("_closed", "_open", "complete_from")

    def __init__(self) -> None:
        self.complete_from = 0.0
        """From when on (UTC seconds) all spans that began are known, back to `KEPT` ago."""
        self._closed = array("d")
        """When each began and ended, by turns: 16 bytes a span, and nothing for the collector of cycles."""
        self._open: float | None = None

    def set(self, on: bool, at: float) -> None:
        """Begin or end a span; what is so already stays so."""
        if on and self._open is None:
            self._open = at
        elif not on and self._open is not None:
            closed = self._closed
            closed.append(self._open)
            closed.append(at)
            self._open = None
            old = 0
            while closed[old + 1] < at - KEPT:
                old += 2
            if len(closed) - old > 2 * MOST:
                old += 2
                self.complete_from = closed[old - 1]
            if old:
                del closed[:old]

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        self._closed = array("d", (at - seconds for at in self._closed))
        self.complete_from -= seconds
        if self._open is not None:
            self._open -= seconds

    @property
    def opened(self) -> float | None:
        """Since when it is so (UTC seconds), or None."""
        return self._open

    def _latest_first(self) -> Iterator[tuple[float, float]]:
        backwards = reversed(self._closed)
        return ((began, ended) for ended, began in zip(backwards, backwards, strict=True))

    def within(self, start: float, now: float) -> float:
        """Give the seconds of spans that lie between two times."""
        total = 0.0 if self._open is None else max(0.0, now - max(self._open, start))
        for began, ended in self._latest_first():
            if ended <= start:
                break
            total += ended - max(began, start)
        return total

    def begun(self, start: float) -> tuple[int, float | None]:
        """Give how many spans began after a time, and when the earliest of them did."""
        count, earliest = (1, self._open) if self._open is not None and self._open > start else (0, None)
        for began, _ in self._latest_first():
            if began <= start:
                break
            count, earliest = count + 1, began
        return count, earliest


class Workload:
    """One agent's recent past."""

    __slots__ = ("staffed", "talk", "work")

    def __init__(self) -> None:
        self.talk = Spans()
        self.work = Spans()
        self.staffed = Spans()

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        for spans in (self.talk, self.work, self.staffed):
            spans.set_back(seconds)

    def window(self, seconds: float, now: float) -> Window:
        """Look back so many seconds: at most `KEPT`, and no further than all is known."""
        known = max(spans.complete_from for spans in (self.talk, self.work, self.staffed))
        seconds = min(seconds, KEPT)
        start = max(now - seconds, known)
        contacts, earliest = self.talk.begun(start)
        return Window(
            contacts=contacts,
            talk=self.talk.within(start, now),
            work=self.work.within(start, now),
            staffed=self.staffed.within(start, now),
            changes_at=None if earliest is None else earliest + seconds,
        )
