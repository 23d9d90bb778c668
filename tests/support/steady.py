"""Event loops whose time stands still while the test's process gets no time itself.

On a busy machine a process is held up for a second now and then. When it goes on, every time-out of up to a
second would be over, although what was waited for had no chance to happen: it fails a test in which nothing
is wrong. On these loops time is what the thread ran plus what it waited for with nothing to do, and a wait
that took longer than was asked for counts as long as asked.

Only for time taken from a loop: a time-out that another thread or process has to keep must be long enough.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Mapping
from typing import Any

SLICE = 0.02
"""A wait is cut into pieces of so many seconds: a stall within one counts no longer than that."""


class _Waits(selectors.BaseSelector):
    """A selector that counts how long it was waited at, without what came on top of that."""

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()
        self.waited = 0.0
        """Seconds in all."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; what is so at once was not waited for."""
        ready = self._inner.select(0)
        left = float("inf") if timeout is None else timeout
        while not ready and left > 0:
            began = time.monotonic(), time.thread_time()
            piece = min(left, SLICE)
            ready = self._inner.select(piece)
            took = (time.monotonic() - began[0]) - (time.thread_time() - began[1])
            self.waited += min(took, piece) if ready else piece
            left -= piece
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        found = self._inner.get_map()
        assert found is not None, "the selector is closed"
        return found

    def close(self) -> None:
        self._inner.close()


class SteadyLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is what its thread ran and waited; it may be asked for on any thread."""

    def __init__(self) -> None:
        self._waits = _Waits()
        self._ran: int | None = None
        """The clock of the thread that runs it, while it is run."""
        self._before = time.monotonic()
        """Its time when it was last begun, less what the thread had run by then; else its time."""
        super().__init__(self._waits)

    def run_forever(self) -> None:
        ran = time.pthread_getcpuclockid(threading.get_ident())
        self._before -= time.clock_gettime(ran)
        self._ran = ran
        try:
            super().run_forever()
        finally:
            self._before += time.clock_gettime(ran)
            self._ran = None

    def time(self) -> float:
        """Seconds; as `time.monotonic` when the loop was made, and behind it from then on."""
        ran = 0.0 if self._ran is None else time.clock_gettime(self._ran)
        return self._before + ran + self._waits.waited


class SteadyPolicy(asyncio.DefaultEventLoopPolicy):
    """Every new event loop is a steady one."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return SteadyLoop()
