"""Where what happens goes beside metrics and plugins: the history database, traces of contacts, snapshots;
and what keeps the journal small, and personal values no longer than wanted."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from ivrcore.journal.forgetting import told
from ivrcore.model.events import SubjectsForgotten
from ivrcore.service.compaction import LiveCompaction
from ivrcore.service.history import LiveHistory
from ivrcore.service.keys_first import LONGEST
from ivrcore.service.snapshots import LiveSnapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ivrcore.config import Config
    from ivrcore.journal.forgetting import Untold
    from ivrcore.journal.local import LocalJournal
    from ivrcore.service.traces import LiveTraces
    from ivrcore.watch import Family

log = logging.getLogger("ivrcore")


def _nothing() -> None:
    """Nobody waits for a mark."""


class Outlets:
    """Started and stopped with the server; each only where it is configured. Made on the running loop."""

    def __init__(self, config: Config, journal: LocalJournal, now: Callable[[], float]) -> None:
        self._journal = journal
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._stopped = False
        self._history = LiveHistory(config.history, config.journal.path, after=LONGEST)
        self.snapshots = LiveSnapshots(config, lambda: journal.last_seq)
        self._compaction = LiveCompaction(config, now, self._forgotten)
        self._traces: LiveTraces | None = None
        if config.traces is not None:
            from ivrcore.service.traces import LiveTraces

            try:
                self._traces = LiveTraces(config.traces, config.app)
            except ImportError as error:
                log.error("contacts are not traced: %s", error)  # noqa: TRY400 - `check` says what to do

    def start(self) -> None:
        """Begin; returns at once."""
        self._history.start()
        self.snapshots.start()
        self._compaction.start()
        if self._traces is not None:
            self._journal.subscribe(self._traces.observe)

    def stopping(self) -> None:
        """Write nothing more to the journal, which is closed soon."""
        self._stopped = True

    def stop(self) -> None:
        """End, once the journal is closed (blocks, some seconds at most)."""
        self.stopping()
        self._compaction.stop()
        self.snapshots.stop()
        self._history.stop()
        if self._traces is not None:
            self._traces.stop()

    def _forgotten(self, them: Untold) -> None:
        """Write down that personal values were removed; told on another thread.

        Where the journal is not ours any more, the next server does.
        """

        def write() -> None:
            if not self._stopped:
                event = SubjectsForgotten(at=self._now(), count=them.subjects, before=them.before)
                self._journal.append([event])
                self._journal.writer.submit(told(them), _nothing, urgent=False)

        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(write)

    def families(self, watched: Callable[[], Iterable[Family]]) -> list[Family]:
        """Give the metrics of watches, and those of snapshots, the journal's file and the history."""
        of_files = (*self.snapshots.families(), *self._compaction.families())
        return [*watched(), *of_files, *self._history.families(self._journal.last_seq)]
