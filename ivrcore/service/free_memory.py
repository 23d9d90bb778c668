"""Gives the machine back what the C library keeps of memory that was freed.

Under calls pieces of a message's size and of a scrape's come and go by the thousand. What is left free
between two that stay glibc keeps for later, and under steady load the process grows by some hundred kB a
minute, though what is in use does not. ``malloc_trim(3)`` gives whole free pages back: 0.1 ms where there is
little to give, 3 ms for 25 MB. Other C libraries have none, and give back by themselves.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

EVERY = 60.0
"""Seconds between two times."""


class FreeMemory:
    """From `start` to `stop` free memory goes back every minute."""

    def __init__(self, clock: IReactorTime) -> None:
        self._give: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
        self._loop = LoopingCall(self.give)
        self._loop.clock = clock

    def start(self) -> None:
        """Begin, where the C library can."""
        if self._give is not None:
            # A LoopingCall's Deferred fires at `stop`, and fails only if `give` raises, which it cannot.
            self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        """Leave it to the C library; harmless when not started."""
        if self._loop.running:
            self._loop.stop()

    def give(self) -> None:
        """Give back what is free, all of it."""
        if self._give is not None:
            self._give(0)
