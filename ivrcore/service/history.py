"""Keeps the history database up to date while the server runs, on a thread of its own.

The thread reads the journal's file, so nothing waits for the database, and while that is away the journal is
the buffer. It works in short steps with rests between them: the interpreter belongs to calls first.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ivrcore.errors import HistoryMoved, IvrError
from ivrcore.metrics.of_history import HISTORY

if TYPE_CHECKING:
    from pathlib import Path

    from ivrcore.config import HistoryConfig
    from ivrcore.history.projection import Projection
    from ivrcore.watch import Family

STEP = 200
"""Records of one step: some milliseconds of computing."""
EVERY = 1.0
"""Seconds between looks at the journal."""
RETRY = (1.0, 60.0)
"""First and longest wait before a database that failed is tried again; doubled in between."""
PRUNE_EVERY = 3600.0
STOP_SECONDS = 3.0
"""The thread is waited for no longer when the server stops: what it does then is undone by the database."""

log = logging.getLogger("ivrcore.history")


class LiveHistory:
    """Started and stopped with the server; does nothing where the configuration has no live history.

    ``after`` is for how long it waits first (seconds): to import SQLAlchemy takes as long as half a start.
    """

    def __init__(self, config: HistoryConfig, journal: Path, after: float = 0.0) -> None:
        self._config = config
        self._journal = journal
        self._after = after
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ivrcore history", daemon=True)
        self._pruned: float | None = None
        self._wait = RETRY[0]
        self.healthy = True
        """Whether the last step went well."""
        self.seq = 0
        """The last record that is in the database, as far as is known."""

    @property
    def live(self) -> bool:
        """Whether it is to run."""
        return self._config.live

    @property
    def pruned(self) -> bool:
        """Whether what is too old was deleted since the start."""
        return self._pruned is not None

    def start(self) -> None:
        """Begin; returns at once."""
        if self.live:
            self._thread.start()

    def stop(self) -> None:
        """Take in another step, if that goes well, then end (blocks, `STOP_SECONDS` at most).

        What is left of a long journal is taken in after the next start.
        """
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def families(self, last_seq: int) -> list[Family]:
        """Give its metrics; ``last_seq`` is the number of the journal's last record."""
        if not self.live:
            return []
        behind = float(max(0, last_seq - self.seq))
        values = (float(self.healthy), behind)
        return [replace(family, rows=(((), value),)) for family, value in zip(HISTORY, values, strict=True)]

    # --- on its own thread ----------------------------------------------------------------------

    def _run(self) -> None:
        self._stopping.wait(self._after)
        from ivrcore.history.database import Database  # SQLAlchemy takes a while to import
        from ivrcore.history.projection import Projection

        try:
            database = Database(self._config.url)
        except IvrError as error:
            self.healthy = False
            log.error("%s", error)  # noqa: TRY400 - says all
            return
        projection = Projection(self._journal, database)
        last = False
        while not last:
            last = self._stopping.is_set()
            pause = self._work(projection)
            self._stopping.wait(0.0 if last else pause)
        database.close()

    def _work(self, projection: Projection) -> float:
        """Take in what there is; give how long to rest (seconds)."""
        try:
            self._take_in(projection)
            self._prune(projection)
        except Exception as error:  # noqa: BLE001 - thread boundary: reported, and tried again
            return self._failed(error)
        if not self.healthy:
            log.info("the history database is written again, nothing is missing")
        self.healthy, self._wait = True, RETRY[0]
        return EVERY

    def _take_in(self, projection: Projection) -> None:
        while True:
            begun = time.monotonic()
            try:
                taken = projection.step(STEP)
            except HistoryMoved:  # a report took records in meanwhile
                continue
            self.seq = projection.place.seq
            if taken < STEP or self._stopping.is_set():
                return
            self._stopping.wait(time.monotonic() - begun)

    def _prune(self, projection: Projection) -> None:
        if self._pruned is not None and time.monotonic() < self._pruned + PRUNE_EVERY:
            return
        while not self._stopping.is_set() and projection.prune(time.time() - self._config.keep):
            self._stopping.wait(0.1)
        self._pruned = time.monotonic()

    def _failed(self, error: Exception) -> float:
        if self.healthy:
            what = str(error) if isinstance(error, IvrError) else f"{type(error).__name__}: {error}"
            log.error("the history falls behind, the journal keeps what it lacks: %s", what)
        self.healthy = False
        pause, self._wait = self._wait, min(2 * self._wait, RETRY[1])
        return pause
