"""A small pool of threads for code that may block or never come back: engines and voices.

Twisted's own pool cannot write a stuck thread off. Work goes through lanes: one lane's jobs run one after
another, in order, on whichever thread is free (a recogniser is never on two threads at once); lanes take
turns job by job, so a long one does not hold the others up. Knows nothing of speech, calls or the reactor.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)

Job = Callable[[], None]
"""Must not raise: it reports its own failure (it knows whose plugin it runs)."""


def _nothing() -> None:
    """Tell nobody."""


class Lane:
    """A queue of jobs that run one at a time; made by :meth:`Workers.lane`."""

    def __init__(self, pool: Workers) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._jobs: deque[Job] = deque()
        self._scheduled = False
        self._closed = False
        self._thread: _Thread | None = None

    def submit(self, job: Job) -> None:
        """Queue a job; a closed lane drops it."""
        with self._lock:
            if self._closed:
                return
            self._jobs.append(job)
            if self._scheduled:
                return
            self._scheduled = True
        self._pool.schedule(self)

    def close(self) -> int:
        """Drop what has not begun, and say how many; the job that runs now runs on. No more is taken."""
        with self._lock:
            self._closed = True
            dropped = len(self._jobs)
            self._jobs.clear()
            return dropped

    def write_off(self, came_back: Callable[[], None] = _nothing) -> bool:
        """Close, and if a job is stuck, replace its thread; True if a thread was lost.

        ``came_back`` is called on that thread, should the job ever return.
        """
        self.close()
        with self._lock:  # until it is given up: a thread that has just finished its job is free, and stays
            return self._thread is not None and self._pool.replace(self._thread, came_back)

    def run_one(self, thread: _Thread) -> bool:
        """Run the next job on this thread (the pool's part); False when there is no more to do."""
        with self._lock:
            if not self._jobs:
                self._scheduled = False
                return False
            job = self._jobs.popleft()
            self._thread = thread
        try:
            job()
        finally:
            with self._lock:
                self._thread = None
        return True


class _Thread(threading.Thread):
    """A daemon, so that an engine that never returns cannot keep the process."""

    def __init__(
        self, name: str, lanes: SimpleQueue[Lane | None], came_back: Callable[[_Thread], None]
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.lost = False
        self._lanes = lanes
        self._came_back = came_back

    def run(self) -> None:
        while not self.lost:
            lane = self._lanes.get()
            if lane is None:
                return
            if self._run_one(lane):
                self._lanes.put(lane)
            del lane  # what a thread did last must not stay for its sake while it waits
        self._came_back(self)

    def _run_one(self, lane: Lane) -> bool:
        try:
            return lane.run_one(self)
        except BaseException as error:  # noqa: BLE001 - told; else the thread would be gone, and still counted
            log.critical("IVR900 a job on %s raised: %s", self.name, type(error).__name__)
            return True  # the lane may have more to do


class Workers:
    """``threads`` threads; up to ``spares`` that are stuck at the same time are replaced."""

    def __init__(self, threads: int = 2, *, spares: int = 8, name: str = "ivrcore-speech") -> None:
        self._lanes: SimpleQueue[Lane | None] = SimpleQueue()
        self._name = name
        self._lock = threading.Lock()
        self._made = 0
        self._threads = threads
        self._spares = spares
        self._live: set[_Thread] = set()
        self._lost: dict[_Thread, Callable[[], None]] = {}
        self._stopped = False
        self._fill_up()

    @property
    def threads(self) -> int:
        """Threads that are not written off."""
        with self._lock:
            return len(self._live)

    def allow(self, spares: int) -> None:
        """Replace so many more that get stuck, beside those that are stuck now."""
        with self._lock:
            self._spares = spares + len(self._lost)
        self._fill_up()

    def lane(self) -> Lane:
        """Make a queue of jobs of its own."""
        return Lane(self)

    def schedule(self, lane: Lane) -> None:
        """Let a lane have a turn (the lane's part)."""
        self._lanes.put(lane)

    def replace(self, thread: _Thread, came_back: Callable[[], None] = _nothing) -> bool:
        """Give a stuck thread up; True unless that was done before. It ends when its job returns."""
        with self._lock:
            if thread not in self._live:
                return False
            self._live.discard(thread)
            self._lost[thread] = came_back
            thread.lost = True
        self._fill_up()
        return True

    def _returned(self, thread: _Thread) -> None:
        """Take note, on a thread that was given up, that its job has returned."""
        with self._lock:
            came_back = self._lost.pop(thread)
        self._fill_up()
        came_back()

    def _fill_up(self) -> None:
        """Start the threads that are missing, as far as spares allow."""
        with self._lock:
            wanted = self._threads - max(0, len(self._lost) - self._spares)
            missing = 0 if self._stopped else wanted - len(self._live)
            new = [self._thread() for _ in range(missing)]
            self._live.update(new)
            for thread in new:  # under the lock: `stop` joins all that are listed, and only what was started
                thread.start()

    def _thread(self) -> _Thread:
        self._made += 1
        return _Thread(f"{self._name}-{self._made}", self._lanes, self._returned)

    def end(self) -> list[_Thread]:
        """End every thread once it is free, and wait for none; from any thread, also one of these."""
        with self._lock:
            self._stopped = True
            live = list(self._live)
        for _ in live:
            self._lanes.put(None)
        return live

    def stop(self, timeout: float = 2.0) -> bool:
        """End every thread once it is free; True if all ended (waits ``timeout`` seconds for each)."""
        live = self.end()
        for thread in live:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in live)
