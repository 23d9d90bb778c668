"""How late the event loop runs its timers: what every call feels when something blocks it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

INTERVAL = 0.5
KEPT = 30
"""Measurements that `worst` looks back on: 15 s, the usual time between scrapes."""

LATELY = 4
"""Measurements that `lately` looks back on."""


class LoopLag:
    """Measures every `INTERVAL` seconds from `start` to `stop`."""

    def __init__(self, clock: IReactorTime) -> None:
        # Twisted declares its interfaces' methods without self.
        self._seconds: Callable[[], float] = clock.seconds  # type: ignore[misc]
        self._due = 0.0
        self._measured: deque[float] = deque(maxlen=KEPT)
        self._loop = LoopingCall(self._measure)
        self._loop.clock = clock

    def start(self) -> None:
        """Begin to measure."""
        self._due = self._seconds() + INTERVAL
        # A LoopingCall's Deferred fires at `stop`, and fails only if `_measure` raises, which it cannot.
        self._loop.start(INTERVAL, now=False)

    def stop(self) -> None:
        """End; harmless when not started."""
        if self._loop.running:
            self._loop.stop()

    def _measure(self) -> None:
        now = self._seconds()
        self._measured.append(max(0.0, now - self._due))
        self._due = now + INTERVAL

    def lately(self) -> float:
        """Give the greatest lag of the last 2 s, what is late at this moment too, in seconds."""
        overdue = self._seconds() - self._due if self._loop.running else 0.0
        return max(overdue, *list(self._measured)[-LATELY:], 0.0)

    def worst(self) -> float:
        """Give the greatest lag of the last 15 s, in seconds."""
        return max(self._measured, default=0.0)
