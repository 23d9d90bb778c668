"""Has snapshots of the journal made while the server runs, so that the next start is quick however it ends.

On a thread of its own that mostly sleeps; the work is done by a process (`snapshot_maker`).
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ivrcore.errors import JournalError
from ivrcore.journal.snapshots import Snapshots
from ivrcore.metrics.of_snapshots import SNAPSHOTS
from ivrcore.service.snapshot_maker import Making, asked_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.config import Config
    from ivrcore.watch import Family

RECORDS = 10_000
"""New records that are worth a snapshot: about 0.2 s of a start."""
LONGEST = 900.0
"""Seconds after which fewer are, too."""
EVERY = 2.0
"""Seconds between looks."""
RETRY = (30.0, 900.0)
"""First and longest wait after one that could not be made (seconds); doubled in between."""

log = logging.getLogger("ivrcore.snapshots")


class LiveSnapshots:
    """Started and stopped with the server. ``last_seq`` gives the number of the journal's last record."""

    def __init__(
        self, config: Config, last_seq: Callable[[], int], *, every: float = EVERY, records: int = RECORDS
    ) -> None:
        self.files = Snapshots(config.journal.path, config.journal.key)
        self._asked = asked_of(config)
        self._last_seq = last_seq
        self._every = every
        self._records = records
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ivrcore snapshots", daemon=True)
        self._making: Making | None = None
        self._wait = RETRY[0]
        self.healthy = True
        """Whether the last one could be made."""
        self.seq = 0
        """The record after which the last one is; at first the one that the server began from."""
        self.made = 0.0
        """When that was made, UTC seconds; 0 where there is none."""

    def begin_from(self, seq: int) -> None:
        """Tell after which record the snapshot is that the server began from, 0 for none (blocks briefly)."""
        self.seq, self.made = seq, self.files.made(seq)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    @property
    def behind(self) -> int:
        """How many records a start would have to read."""
        return max(0, self._last_seq() - self.seq)

    def families(self) -> list[Family]:
        """Give the metrics."""
        values = (float(self.healthy), self.made, float(self.behind))
        return [replace(family, rows=(((), value),)) for family, value in zip(SNAPSHOTS, values, strict=True)]

    def stop(self) -> None:
        """End, also one that is being made (blocks for as long as that takes to be ended)."""
        with self._lock:
            self._stopping.set()
            if self._making is not None:
                self._making.stop()
        if self._thread.ident is not None:
            self._thread.join()

    # --- on its own thread ----------------------------------------------------------------------

    def _run(self) -> None:
        done, pause = time.monotonic(), self._every
        while not self._stopping.wait(pause):
            pause = self._every
            behind, late = self.behind, time.monotonic() - done >= LONGEST
            if behind >= self._records or (late and behind):
                if not self._make() and not self._stopping.is_set():
                    pause, self._wait = self._wait, min(2 * self._wait, RETRY[1])
                done = time.monotonic()

    def _make(self) -> bool:
        try:
            with self._lock:
                if self._stopping.is_set():
                    return True
                self._making = Making(self._asked)
            seq = self._making.wait()
            self.made, self.seq = time.time(), seq
        except (JournalError, ValueError) as error:
            if not self._stopping.is_set():
                log.warning("no snapshot of the journal could be made, starts take longer: %s", error)
                self.healthy = False
            return False
        finally:
            self._making = None
        self.healthy, self._wait = True, RETRY[0]
        return True
