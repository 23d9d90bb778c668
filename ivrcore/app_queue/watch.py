"""The watch of one app_queue: its link's news come to the reactor's thread, into the ledger."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable

from ivrcore.app_queue import keep
from ivrcore.app_queue.families import METRICS, Shown
from ivrcore.app_queue.figures import Figures
from ivrcore.app_queue.frames import Odd
from ivrcore.app_queue.ledger import Ledger
from ivrcore.app_queue.link import Asked, Came, Greeted, Lost, ManagerLink, News, Oddities, Opened
from ivrcore.app_queue.options import Options
from ivrcore.watch import Family, Standing

log = logging.getLogger("ivrcore.app_queue")

MOST_PENDING = 100_000
"""News that wait for the reactor; beyond, they are dropped, counted, and a status tells what they said."""
AT_ONCE = 200
"""News taken at once: about 2 ms."""
KEEP_EVERY = 30.0
"""Seconds between writings of what is kept."""


class AppQueueWatch:
    """See :class:`ivrcore.watch.Watch`. ``now`` gives UTC seconds."""

    def __init__(self, name: str, options: Options, now: Callable[[], float]) -> None:
        self.name = name
        self._options = options
        self._now = now
        self.ledger = Ledger()
        self._link = ManagerLink(name, options, self._told)
        self._pending: deque[News] = deque()
        self._lock = threading.Lock()
        self._scheduled = False
        self._dropped = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._why = ""
        """Why there is no link, as it was logged."""
        self._since = 0.0
        self._error = ""
        self._error_at = 0.0

    def start(self) -> None:
        """Begin; see :class:`ivrcore.watch.Watch`."""
        self._loop = asyncio.get_running_loop()
        self._since = self._now()
        self.ledger = Ledger(self._kept())
        self._link.start()
        self._keeping = self._loop.create_task(self._keep())

    async def stop(self) -> None:
        """End the link and its threads, and keep the figures."""
        assert self._loop is not None, "not started"
        self._link.stop()
        self._stopping.set()
        if not await asyncio.to_thread(self._link.join, 2 * self._options.patience):
            log.error("watch %s: its link did not end", self.name)
        while self._pending:
            self._take()
        if self._keeping is not None:
            await self._keeping
        await self._save()

    def families(self, now: float) -> Iterable[Family]:
        """Give the metrics."""
        shown = Shown(self.name, self.ledger, now)
        return [metric.family(shown) for metric in METRICS]

    def standing(self) -> Standing:
        """Say how it does; see :class:`ivrcore.watch.TellsStanding`."""
        here = sum(not queue.absent for queue in self.ledger.figures.queues.values())
        sees = f"{here} {'queue' if here == 1 else 'queues'}" if self.ledger.up else ""
        return Standing(self.ledger.up, self._since, sees, self._error, self._error_at)

    # --- from the link's threads to the reactor's -----------------------------------------------------------

    def _told(self, news: News) -> None:
        with self._lock:
            if len(self._pending) >= MOST_PENDING and isinstance(news, Came):
                self._dropped += 1
                return
            self._pending.append(news)
            scheduled, self._scheduled = self._scheduled, True
        if not scheduled:
            self._schedule()

    def _schedule(self) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._take)
        except RuntimeError:
            return  # the loop has ended: nobody looks any more

    def _take(self) -> None:
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            self.ledger.odd({Odd.TOO_MANY: dropped})
        for _ in range(AT_ONCE):
            with self._lock:
                if not self._pending:
                    self._scheduled = False
                    break
                news = self._pending.popleft()
            self._apply_one(news)
        else:
            self._schedule()
        while self.ledger.complaints:
            odd = self.ledger.complaints.pop(0)
            log.warning("watch %s: not believed: %s (told once)", self.name, odd)
            self._note(f"not believed: {odd}")
        if self.ledger.doubt:
            self.ledger.doubt = False
            self._link.status_wanted()

    def _apply_one(self, news: News) -> None:
        try:
            self._apply(news)
        except Exception:  # one message must not end the watch: it is reported, and a status tells the rest
            log.exception("watch %s: a message failed", self.name)
            self.ledger.doubt = True

    def _apply(self, news: News) -> None:
        at, ledger = self._now(), self.ledger
        match news:
            case Came(frame):
                was_up = ledger.up
                ledger.heard(frame, at)
                if ledger.up and not was_up:
                    self._why, self._since = "", at
                    log.info("watch %s: %d queues are watched", self.name, len(ledger.figures.queues))
            case Opened():
                ledger.opened(at)
            case Greeted(started):
                ledger.greeted(started, at)
            case Asked(action):
                ledger.asked(action)
            case Oddities(counts):
                ledger.odd(counts)
            case Lost(why):
                self._since = at if ledger.up else self._since
                ledger.lost(at)
                self._note(f"no link: {why}")
                if why != self._why:
                    self._why = why
                    log.warning("watch %s: no link: %s", self.name, why)

    def _note(self, error: str) -> None:
        self._error, self._error_at = error, self._now()

    # --- over a restart -------------------------------------------------------------------------------------

    def _kept(self) -> Figures | None:
        if self._options.kept is None:
            return None
        try:
            return keep.load(self._options.kept)
        except (OSError, ValueError) as error:
            log.error("watch %s: its figures begin anew: %s", self.name, error)  # noqa: TRY400 - says all
            return None

    async def _keep(self) -> None:
        """Write now and then; a write that runs is waited for, since the next one uses the same file."""
        while True:
            try:
                await asyncio.wait_for(self._stopping.wait(), KEEP_EVERY)
            except TimeoutError:
                await self._save()
            else:
                return

    async def _save(self) -> None:
        if self._options.kept is None:
            return
        data = keep.encoded(self.ledger.figures, self._now())
        try:
            await asyncio.to_thread(keep.write, self._options.kept, data)
        except OSError as error:
            log.error("watch %s: its figures are not kept: %s", self.name, error)  # noqa: TRY400 - says all
