"""How a queue stands against its service level: answered and abandoned visits of the last half hour.

Counted by the second, so that half an hour of a large site takes no more room than one of a small one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

SPAN = 1800.0
"""Seconds of the past that count."""
STEP = 1.0
"""Seconds whose visits are counted together: so much later they are forgotten at most."""


@dataclass(slots=True)
class Second:
    """Visits from ``at`` (UTC seconds, of the first) until `STEP` later."""

    at: float
    visits: int = 0
    in_threshold: int = 0


@dataclass(slots=True)
class Standing:
    """One queue's recent visits with a service-level event: answered, or abandoned after the threshold."""

    recent: deque[Second] = field(default_factory=deque)
    visits: int = 0
    in_threshold: int = 0

    def add(self, at: float, *, in_threshold: bool) -> None:
        """Count one visit (UTC seconds)."""
        if not self.recent or at - self.recent[-1].at >= STEP:
            self.recent.append(Second(at))
        for counts in (self, self.recent[-1]):
            counts.visits += 1
            counts.in_threshold += in_threshold
        self.forget(at)

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        for second in self.recent:
            second.at -= seconds

    def forget(self, now: float) -> None:
        """Drop what is too old to count."""
        while self.recent and self.recent[0].at < now - SPAN:
            gone = self.recent.popleft()
            self.visits -= gone.visits
            self.in_threshold -= gone.in_threshold
