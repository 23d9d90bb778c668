"""How many callers may be listened to at once, by what listening costs. Pure.

What an engine computes is measured as it runs: CPU seconds per second of what callers say. A stream is
counted as if its caller spoke all the time, which nobody does: a reserve for many who speak at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import exp

HORIZON = 60.0
"""Seconds of audio after which a measurement has lost most of its weight (all but 1/e)."""
TRUST = 10.0
"""Seconds of audio that the engine's own figure weighs."""
_TINY = 1e-9
"""Sums of fractions are not exact."""


class Cost:
    """One engine's cost, in cores per caller who speaks."""

    def __init__(self, start: float) -> None:
        self._cpu = start * TRUST
        self._audio = TRUST

    @property
    def cores(self) -> float:
        """Give it, smoothed."""
        return self._cpu / self._audio

    def measured(self, cpu: float, audio: float) -> None:
        """Take what was computed for so many seconds of new audio (0 for an answer, or for hearing again)."""
        fades = exp(-audio / HORIZON)
        self._cpu = self._cpu * fades + cpu
        self._audio = self._audio * fades + audio


@dataclass(frozen=True, slots=True)
class Room:
    """What may be listened to: ``cores`` of CPU, and ``streams`` at once in any case."""

    cores: float
    streams: int


class Admission:
    """Counts who is listened to; nobody is sent away who is in already."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.admitted = 0
        """How many were let in, ever."""
        self._streams: Counter[Cost] = Counter()

    @property
    def streams(self) -> int:
        """How many are listened to now."""
        return self._streams.total()

    @property
    def cores(self) -> float:
        """What they would cost if all spoke."""
        return sum(cost.cores * streams for cost, streams in self._streams.items())

    def has_room(self, cost: Cost, *, stays: bool = False) -> bool:
        """Tell whether one more may be listened to by such an engine; ``stays``: who is counted already.

        One is always let in, so that a budget which is too small for any does not end speech for good.
        """
        streams = self.streams + (0 if stays else 1)
        cores = self.cores + (0 if stays else cost.cores)
        return streams <= self.room.streams and (streams <= 1 or cores <= self.room.cores + _TINY)

    def enter(self, cost: Cost) -> None:
        """Count one more."""
        self.admitted += 1
        self._streams[cost] += 1

    def leave(self, cost: Cost) -> None:
        """Count one less."""
        self._streams[cost] -= 1
        if not self._streams[cost]:
            del self._streams[cost]
