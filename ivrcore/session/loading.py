"""Loads one thing after another on a thread; one that hangs does not hold the next ones up.

Nobody can end a thread: what is not loaded in time goes on beside the next, and counts if it comes after all.
Must not know what is loaded. Reactor's thread only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.session.clock import Timer
from ivrcore.session.workers import Workers

if TYPE_CHECKING:
    from ivrcore.session.clock import SteadyTime
    from ivrcore.session.workers import Lane

Job = Callable[[], Callable[[], None]]
"""Takes its time, and gives what is to be done with what came of it."""
PATIENCE = 120.0
"""Seconds after which the next one begins. A large model loads in some 20 s; one may have to be fetched."""
MOST_HANGING = 8
"""Threads that may hang in loads before no more are made."""


def _nothing() -> None:
    """Tell nobody."""


class Loader:
    """Jobs run on the thread, and must not raise; what they give is called on the reactor's."""

    def __init__(self, clock: SteadyTime, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._threads = Workers(1, spares=MOST_HANGING, name="ivrcore-speech-load")
        self._timer = Timer(clock)
        self._jobs: deque[tuple[Job, Callable[[], None]]] = deque()
        self._lane: Lane | None = None

    def submit(self, job: Job, overdue: Callable[[], None] = _nothing) -> None:
        """Have it done after what was submitted before; ``overdue`` is told if it takes too long."""
        self._jobs.append((job, overdue))
        self._next()

    def stop(self) -> bool:
        """Begin nothing more, and end the thread (waits at most 2 s); False if it still loads something."""
        self._timer.clear()
        self._jobs.clear()
        return self._threads.stop()

    def _next(self) -> None:
        if self._lane is not None or not self._jobs:
            return
        job, overdue = self._jobs.popleft()
        lane = self._lane = self._threads.lane()

        def run() -> None:
            then = job()
            self._call_soon(lambda: self._ended(lane, then))

        lane.submit(run)
        self._timer.set(PATIENCE, lambda: self._late(lane, overdue))

    def _ended(self, lane: Lane, then: Callable[[], None]) -> None:
        if lane is self._lane:
            self._timer.clear()
            self._lane = None
            self._next()
        then()

    def _late(self, lane: Lane, overdue: Callable[[], None]) -> None:
        lane.write_off()
        self._lane = None
        overdue()
        self._next()
