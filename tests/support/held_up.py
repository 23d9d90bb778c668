"""How long the machine kept this process from running, for tests of how soon something happens."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

TURN = 0.01


class HeldUp:
    """Use with `with`: a thread sleeps again and again, and notes by how much it overslept.

    What takes longer than promised by no more than this is the machine's doing, not the server's: both want a
    processor at the same time.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        """In all, so far."""
        self.longest = 0.0
        """At once."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            time.sleep(TURN)
            late = time.monotonic() - began - TURN
            self.seconds += late
            self.longest = max(self.longest, late)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
