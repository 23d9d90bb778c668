"""The journal's own thread: group commit, retry, and callbacks in order on the event loop.

Loop thread: `submit`, `close`, all callbacks. Writer thread: `_run` and what it calls. They meet in
``_incoming`` and ``_outbox``, deques that one side fills and the other empties, and in what ``_wake`` guards.
Must not know what is written.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from time import monotonic, sleep
from typing import TYPE_CHECKING

from ivrcore.errors import JournalError
from ivrcore.model.histogram import Histogram

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from ivrcore.journal.store import Store, Write

GROUP_SECONDS = 0.02
"""How long a write that nobody waits for may be held back to share a commit."""

CROWD = 8
"""Writes in one commit from which on the next one is put off a little: many calls are at work then."""

PACE_SECONDS = 0.005
"""From one commit's begin to the next one's at the earliest, in a crowd. A commit costs the same for three
calls as for thirty, and two changes of threads besides; on a disk that is busy it lasts as long anyway."""

CHUNK = 500
"""Writes per transaction at most: 1,000 events in one were seen to stall for 225 ms."""

RETRY_SECONDS = (0.1, 5.0)
"""First and longest wait before a failed commit is tried again; doubled in between."""

COMMIT_EDGES = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Job:
    write: Write
    done: Callable[[], None]
    told: bool = False


class Writer:
    """Commits writes in the order of `submit`; ``done`` is called on the loop once they are durable.

    While the store fails ``done`` is called at once, the writes are kept in memory (without bound: the
    backlog is a metric to alert on) and tried again, so nothing is lost unless the process ends first.
    """

    def __init__(self, store: Store, loop: AbstractEventLoop) -> None:
        self.healthy = True
        self.commit_times = Histogram(edges=COMMIT_EDGES)
        self._store = store
        self._loop = loop
        self._wake = threading.Condition()
        self._incoming: deque[_Job] = deque()
        self._urgent = False
        self._turning = self._hurry = False
        """Whether the thread is to be told as the loop turns, and whether somebody waits then."""
        self._closing = False
        self._taken = self._durable = 0
        """Rows: counted on the loop alone, and on the thread alone."""
        self._outbox: deque[Callable[[], None]] = deque()
        self._unwritten: deque[_Job] = deque()
        self._retry_at = 0.0
        self._retry_wait = RETRY_SECONDS[0]
        self._next_at = 0.0
        """When the next commit may begin, by the monotonic clock."""
        self._thread = threading.Thread(target=self._run, name="ivrcore journal", daemon=True)
        self._thread.start()

    # --- on the loop ----------------------------------------------------------------------------

    @property
    def backlog(self) -> int:
        """How many rows are not durable yet."""
        return self._taken - self._durable

    def submit(self, write: Write, done: Callable[[], None], *, urgent: bool) -> None:
        """Take a write; ``urgent`` commits it as the loop turns, else it may wait `GROUP_SECONDS`."""
        if self._closing:
            self._refuse(done)
            return
        self._taken += len(write.rows)
        self._incoming.append(_Job(write, done))
        self._hurry = self._hurry or urgent
        if not self._turning:
            self._turning = True
            self._loop.call_soon(self._tell_thread)

    def _tell_thread(self) -> None:
        """Let the thread know of all that this turn of the loop brought; commit now if somebody waits for it.

        Nobody could be told before the turn is over anyway. With forty callers at a time three commits become
        two, and a session takes a twelfth less CPU.
        """
        hurry, self._turning, self._hurry = self._hurry, False, False
        with self._wake:
            if self._incoming:  # else the thread has it already
                self._urgent = self._urgent or hurry
                self._wake.notify()

    def _refuse(self, done: Callable[[], None]) -> None:
        if self.healthy:
            self.healthy = False
            log.error("IVR500 the journal is closed: what happens from now on is not recorded")
        self._loop.call_soon(done)

    def close(self) -> None:
        """Write what is waiting, make every callback, end the thread (blocks). Closing twice is harmless."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._deliver()

    def _deliver(self) -> None:
        while self._outbox:
            call = self._outbox.popleft()
            try:
                call()
            except Exception:  # one observer's fault must not cost the others their records
                log.exception("IVR500 a callback of the journal raised")

    # --- on the writer's thread -----------------------------------------------------------------

    def _run(self) -> None:
        closing = False
        while not closing:
            closing = self._collect()
            going_well = self._write_some()
        while self._unwritten and going_well:
            going_well = self._write_some()
        if self._unwritten:
            self._tell(partial(_log_lost, self.backlog))

    def _collect(self) -> bool:
        """Wait until there is something to do and move it over; return whether we are closing."""
        with self._wake:
            if not self._incoming and not self._closing:
                self._wake.wait(max(0.0, self._retry_at - monotonic()) if self._unwritten else None)
            if self._incoming and not self._urgent:
                self._wake.wait_for(lambda: self._urgent or self._closing, GROUP_SECONDS)
        if (wait := self._next_at - monotonic()) > 0:
            sleep(wait)
        with self._wake:
            while self._incoming:  # what comes meanwhile is told of later
                self._unwritten.append(self._incoming.popleft())
            self._urgent = False
            if self._closing:
                self._retry_at = 0.0
            return self._closing

    def _write_some(self) -> bool:
        """Commit one chunk if it is time to; tell whoever waits for it, or, failing, everybody."""
        going_well = True
        if self._unwritten and monotonic() >= self._retry_at:
            going_well = self._commit(list(islice(self._unwritten, CHUNK)))
        if not self.healthy:
            self._tell(*_untold(self._unwritten))
        return going_well

    def _commit(self, chunk: list[_Job]) -> bool:
        began = monotonic()
        self._next_at = began + PACE_SECONDS if len(chunk) >= CROWD else 0.0
        try:
            self._store.commit([job.write for job in chunk])
        except Exception as error:  # noqa: BLE001 - thread boundary: reported, kept and tried again
            self._failed(error)
            return False
        self._committed(chunk, monotonic() - began)
        return True

    def _committed(self, chunk: list[_Job], took: float) -> None:
        for _ in chunk:
            self._unwritten.popleft()
        self._durable += sum(len(job.write.rows) for job in chunk)
        self._retry_at = 0.0
        calls: list[Callable[[], None]] = [partial(self.commit_times.observe, took)]
        if not self.healthy and not self._unwritten:
            self.healthy = True
            self._retry_wait = RETRY_SECONDS[0]
            calls.append(partial(log.info, "the journal is written again, nothing is missing"))
        self._tell(*calls, *_untold(chunk))

    def _failed(self, error: Exception) -> None:
        if self.healthy:
            self.healthy = False
            self._tell(partial(_log_failure, error))
        self._retry_at = monotonic() + self._retry_wait
        self._retry_wait = min(2 * self._retry_wait, RETRY_SECONDS[1])

    def _tell(self, *calls: Callable[[], None]) -> None:
        """Have them called on the loop.

        One wake-up empties the outbox, so what belongs together comes at once: call by call, the loop would
        mostly have emptied it in between, and be woken again.
        """
        first = not self._outbox
        self._outbox.extend(calls)
        if first and calls:
            # RuntimeError: the loop has ended, then `close` empties it.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._deliver)


def _untold(jobs: Iterable[_Job]) -> list[Callable[[], None]]:
    """Give what is to be called for those of whom nobody was told yet; they count as told."""
    calls: list[Callable[[], None]] = []
    for job in jobs:
        if not job.told:
            job.told = True
            calls.append(job.done)
    return calls


def _log_failure(error: Exception) -> None:
    reason = error.message if isinstance(error, JournalError) else str(error)
    log.error(
        "IVR500 the journal cannot be written: %s. Calls go on; events are kept in memory and retried", reason
    )


def _log_lost(rows: int) -> None:
    log.error("IVR500 the journal was closed while it could not be written: %d rows are lost", rows)
