"""How a queue stands against its service level: answered and abandoned visits of the last half hour."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

SPAN = 1800.0
"""Seconds of the past that count."""


@dataclass(slots=True)
class Standing:
    """One queue's recent visits with a service-level event: answered, or abandoned after the threshold."""

    recent: deque[tuple[float, bool]] = field(default_factory=deque)
    in_threshold: int = 0

    def add(self, at: float, *, in_threshold: bool) -> None:
        """Count one visit (UTC seconds)."""
        self.recent.append((at, in_threshold))
        self.in_threshold += in_threshold
        self.forget(at)

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        self.recent = deque((at - seconds, in_threshold) for at, in_threshold in self.recent)

    def forget(self, now: float) -> None:
        """Drop what is too old to count."""
        while self.recent and self.recent[0][0] < now - SPAN:
            self.in_threshold -= self.recent.popleft()[1]
