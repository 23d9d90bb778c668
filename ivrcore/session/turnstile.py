"""One thing at a time: what happens inside an exchange is taken in order, never nested.

A driver or a journal may call back at once, in the middle of what we are doing. Through the turnstile such
a call waits until the present one is done, so that every decision sees a finished state.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)


class Turnstile:
    """Runs calls in the order in which they came; a call that raises is reported, the next ones run."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Callable[[], object], Callable[[], object] | None]] = deque()
        self._busy = False
        self.failures = 0

    def enter(self, call: Callable[[], object], on_fault: Callable[[], object] | None = None) -> None:
        """Run ``call`` now, or after what is running; if it raises, ``on_fault`` clears up after it."""
        self._waiting.append((call, on_fault))
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting:
                self._run(*self._waiting.popleft())
        finally:
            self._busy = False

    def _run(self, call: Callable[[], object], on_fault: Callable[[], object] | None) -> None:
        try:
            call()
        except Exception:  # a fault in one call must not stop the others; it is reported
            self.failures += 1
            log.exception("A step of a call failed; the other calls go on")
            if on_fault is not None:
                self._waiting.appendleft((on_fault, None))
