"""Has the journal compacted from time to time while the server runs, and tells how large it is.

On a thread of its own that mostly sleeps; the work is done by a process (`packing`).
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ivrcore.errors import JournalError
from ivrcore.journal.blocks import BLOCK
from ivrcore.journal.compaction import packed_to, sizes
from ivrcore.journal.local import time_of
from ivrcore.metrics.of_compaction import COMPACTION
from ivrcore.service.packing import Packing, asked_of

if TYPE_CHECKING:
    from ivrcore.config import Config
    from ivrcore.watch import Family

EVERY = 60.0
"""Seconds between looks at the journal's size."""
PACKED_EVERY = 3600.0
"""Seconds between compactions."""
FIRST = 300.0
"""And from the start to the first one: whoever starts has other things to do."""

log = logging.getLogger("ivrcore.journal")


class LiveCompaction:
    """Started and stopped with the server; compacts nothing where the configuration says ``never``."""

    def __init__(
        self,
        config: Config,
        *,
        every: float = EVERY,
        packed_every: float = PACKED_EVERY,
        first: float = FIRST,
    ) -> None:
        self._path = config.journal.path
        self._pack_after = config.journal.pack_after
        self._asked = asked_of(config)
        self._every = every
        self._packed_every = packed_every
        self._first = first
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ivrcore compaction", daemon=True)
        self._packing: Packing | None = None
        self._sizes = (0, 0, 0, 0)
        self.healthy = True
        """Whether the last one went well."""

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def families(self) -> list[Family]:
        """Give the metrics."""
        values = (*map(float, self._sizes), float(self.healthy))
        each = zip(COMPACTION, values, strict=True)
        return [replace(family, rows=(((), value),)) for family, value in each]

    def stop(self) -> None:
        """End, also one that is under way (blocks for as long as that takes to be ended)."""
        with self._lock:
            self._stopping.set()
            if self._packing is not None:
                self._packing.stop()
        if self._thread.ident is not None:
            self._thread.join()

    # --- on its own thread ----------------------------------------------------------------------

    def _run(self) -> None:
        due = time.monotonic() + self._first
        while not self._stopping.is_set():
            try:
                if time.monotonic() >= due:
                    due = time.monotonic() + self._packed_every
                    self._pack()
                self._sizes = sizes(self._path)
            except (JournalError, OSError) as error:
                self._failed(error)
            self._stopping.wait(self._every)

    def _old_enough(self) -> bool:
        """Tell whether there is a block to be packed, by the clock as it is."""
        at = time_of(self._path, packed_to(self._path) + BLOCK)
        return at is not None and at < time.time() - self._pack_after  # never: infinity

    def _pack(self) -> None:
        if not self._old_enough():
            self.healthy = True
            return
        try:
            with self._lock:
                if self._stopping.is_set():
                    return
                packing = self._packing = Packing(self._asked)
            packing.wait()
        finally:
            with self._lock:
                self._packing = None
        self.healthy = True

    def _failed(self, error: Exception) -> None:
        if self._stopping.is_set():
            return
        if self.healthy:
            log.warning("the journal could not be compacted, it grows on: %s", error)
        self.healthy = False
