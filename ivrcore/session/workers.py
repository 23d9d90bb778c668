"""A small pool of threads for code that may block or never come back: engines and voices.

Twisted's own pool cannot write a stuck thread off. Work goes through lanes: one lane's jobs run one after
another, in order, on whichever thread is free (a recogniser is never on two threads at once); lanes take
turns job by job, so a long one does not hold the others up; those in which somebody waits for a job come
first. Knows nothing of speech, calls or the reactor.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

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
        self._jobs: deque[tuple[Job, bool]] = deque()
        self._awaited = 0
        self._scheduled = False
        self._closed = False
        self._thread: _Thread | None = None

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for one of its jobs."""
        return self._awaited > 0

    def submit(self, job: Job, *, awaited: bool = False) -> None:
        """Queue a job; a closed lane drops it. For an ``awaited`` one, this lane goes before others."""
        with self._lock:
            if self._closed:
                return
            self._jobs.append((job, awaited))
            self._awaited += awaited
            scheduled, self._scheduled = self._scheduled, True
        if not scheduled:
            self._pool.schedule(self)
        elif awaited:
            self._pool.prefer(self)

    def close(self) -> int:
        """Drop what has not begun, and say how many; the job that runs now runs on. No more is taken."""
        with self._lock:
            self._closed = True
            dropped = len(self._jobs)
            self._jobs.clear()
            self._awaited = 0
            return dropped

    def write_off(self, came_back: Callable[[], None] = _nothing) -> bool:
        """Close, and if a job is stuck, replace its thread; True if a thread was lost.

        ``came_back`` is called on that thread, should the job ever return.
        """
        lost = self.give_up(came_back)
        self._pool.fill_up()
        return lost

    def give_up(self, came_back: Callable[[], None] = _nothing) -> bool:
        """Do the same, but leave the thread's place empty until :meth:`Workers.fill_up`."""
        self.close()
        with self._lock:  # until it is given up: a thread that has just finished its job is free, and stays
            return self._thread is not None and self._pool.lose(self._thread, came_back)

    def run_one(self, thread: _Thread) -> bool:
        """Run the next job on this thread (the pool's part); False when there is no more to do."""
        with self._lock:
            if not self._jobs:
                self._scheduled = False
                return False
            job, awaited = self._jobs.popleft()
            self._awaited -= awaited
            self._thread = thread
        try:
            job()
        finally:
            with self._lock:
                self._thread = None
        return True


class _Turns:
    """The lanes that have something to do, in order; None ends a thread."""

    def __init__(self) -> None:
        self._some = threading.Condition()
        self._first: deque[Lane | None] = deque()
        self._others: deque[Lane | None] = deque()

    def put(self, lane: Lane | None) -> None:
        with self._some:
            (self._first if lane is not None and lane.awaited else self._others).append(lane)
            self._some.notify()

    def prefer(self, lane: Lane) -> None:
        """Put a lane before others, if it is not being served (it is put again then)."""
        with self._some:
            if lane in self._others:
                self._others.remove(lane)
                self._first.append(lane)

    def get(self) -> Lane | None:
        with self._some:
            while not (self._first or self._others):
                self._some.wait()
            return (self._first or self._others).popleft()


class _Thread(threading.Thread):
    """A daemon, so that an engine that never returns cannot keep the process."""

    def __init__(self, name: str, lanes: _Turns, came_back: Callable[[_Thread], None]) -> None:
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
        self._lanes = _Turns()
        self._name = name
        self._lock = threading.Lock()
        self._made = 0
        self._threads = threads
        self._spares = spares
        self._live: set[_Thread] = set()
        self._lost: dict[_Thread, Callable[[], None]] = {}
        self._stopped = False
        self.fill_up()

    @property
    def threads(self) -> int:
        """Threads that are not written off."""
        with self._lock:
            return len(self._live)

    def allow(self, spares: int) -> None:
        """Replace so many more that get stuck, beside those that are stuck now."""
        with self._lock:
            self._spares = spares + len(self._lost)
        self.fill_up()

    def lane(self) -> Lane:
        """Make a queue of jobs of its own."""
        return Lane(self)

    def schedule(self, lane: Lane) -> None:
        """Let a lane have a turn (the lane's part)."""
        self._lanes.put(lane)

    def prefer(self, lane: Lane) -> None:
        """Let a lane have its turn before others (the lane's part)."""
        self._lanes.prefer(lane)

    def lose(self, thread: _Thread, came_back: Callable[[], None] = _nothing) -> bool:
        """Give a stuck thread up; True unless that was done before. It ends when its job returns."""
        with self._lock:
            if thread not in self._live:
                return False
            self._live.discard(thread)
            self._lost[thread] = came_back
            thread.lost = True
        return True

    def _returned(self, thread: _Thread) -> None:
        """Take note, on a thread that was given up, that its job has returned."""
        with self._lock:
            came_back = self._lost.pop(thread)
        self.fill_up()
        came_back()

    def fill_up(self) -> None:
        """Start the threads that are missing, as far as spares allow; from any thread."""
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
