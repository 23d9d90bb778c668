"""Has the journal compacted, and old personal values removed, from time to time while the server runs; tells
how large the journal is.

On a thread of its own that mostly sleeps; the work is done by processes (`packing`, `forgetting`).
"""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ivrcore.durations import DAY
from ivrcore.errors import IvrError
from ivrcore.journal.ages import LIVED
from ivrcore.journal.blocks import BLOCK
from ivrcore.journal.compaction import packed_to, sizes
from ivrcore.journal.forgetting import Untold, untold
from ivrcore.journal.local import time_of
from ivrcore.metrics.of_compaction import COMPACTION
from ivrcore.service import forgetting
from ivrcore.service.forgetting import Forgetting
from ivrcore.service.known_callers import day_of
from ivrcore.service.packing import Packing, asked_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivrcore.config import Config
    from ivrcore.service.beside import Beside
    from ivrcore.watch import Family

EVERY = 60.0
"""Seconds between looks at the journal's size."""
PACKED_EVERY = 3600.0
"""Seconds between compactions."""
FIRST = 300.0
"""And from the start to the first one: whoever starts has other things to do."""

P = TypeVar("P", bound="Beside")

log = logging.getLogger("ivrcore.journal")


def _nobody(_them: Untold) -> None:
    """Nobody wants to know."""


class Work:
    """One of the things that are done: each fails, is told and is well again by itself, whatever the others
    do. ``could_not`` and ``again`` are the log's words."""

    def __init__(self, do: Callable[[], None], could_not: str, again: str) -> None:
        self._do = do
        self._could_not = could_not
        self._again = again
        self.healthy = True
        """Whether it went well the last time."""

    def tried(self, stopping: Callable[[], bool]) -> None:
        """Do it; the log is told once that it could not be done, and once that it can be again. What fails
        since all ends is no failure."""
        try:
            self._do()
        except Exception as error:  # thread boundary: reported, and tried again
            if stopping():
                return
            if self.healthy and isinstance(error, (IvrError, OSError)):
                log.warning("%s: %s", self._could_not, error)
            elif self.healthy:
                log.exception("%s", self._could_not)
            self.healthy = False
            return
        if not self.healthy:
            log.info("%s", self._again)
        self.healthy = True


class LiveCompaction:
    """Started and stopped with the server; does nothing where the configuration says ``never``.

    ``now`` gives the server's time (UTC seconds; called on its thread), ``machine`` that of the machine's
    clock. After ``sure_after`` seconds the server's is right whatever the journal says. ``forgotten`` is told
    on its thread what was removed, also by others: by the command, or by a server that was ended then.
    """

    def __init__(
        self,
        config: Config,
        now: Callable[[], float],
        forgotten: Callable[[Untold], object] = _nobody,
        *,
        machine: Callable[[], float] = time.time,
        sure_after: float = LIVED,
        every: float = EVERY,
        packed_every: float = PACKED_EVERY,
        first: float = FIRST,
    ) -> None:
        self._config = config
        self._now = now
        self._machine = machine
        self._sure_after = sure_after
        self._begun = time.monotonic()
        self._doubted = False
        """Whether the log was told that the clock may be wrong."""
        self._forgotten = forgotten
        self._told = 0
        """How many it was told of, with those of before."""
        self._forgot_on = ""
        """The day on which values were removed last since the start."""
        self._path = config.journal.path
        self._pack_after = config.journal.pack_after
        self._asked = asked_of(config)
        self._every = every
        self._packed_every = packed_every
        self._first = first
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ivrcore compaction", daemon=True)
        self._process: Beside | None = None
        self._sizes = (0, 0, 0, 0)
        self._forgetting = Work(
            self._forget, "old personal values could not be removed", "old personal values are removed again"
        )
        self._packing = Work(
            self._pack,
            "the journal could not be compacted, it grows on",
            "the journal is compacted again",
        )
        self._measuring = Work(
            self._measure, "the journal's size could not be told", "the journal's size is told again"
        )

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def families(self) -> list[Family]:
        """Give the metrics."""
        values = map(float, (*self._sizes, self._packing.healthy, self._forgetting.healthy))
        each = zip(COMPACTION, values, strict=True)
        return [replace(family, rows=(((), value),)) for family, value in each]

    def stop(self) -> None:
        """End, also one that is under way (blocks for as long as that takes to be ended)."""
        with self._lock:
            self._stopping.set()
            if self._process is not None:
                self._process.stop()
        if self._thread.ident is not None:
            self._thread.join()

    # --- on its own thread ----------------------------------------------------------------------

    def _run(self) -> None:
        due = time.monotonic() + self._first
        while not self._stopping.is_set():
            if time.monotonic() >= due:
                due = time.monotonic() + self._packed_every
                self._forgetting.tried(self._stopping.is_set)
                self._packing.tried(self._stopping.is_set)
            self._measuring.tried(self._stopping.is_set)
            self._stopping.wait(self._every)

    def _measure(self) -> None:
        self._sizes = sizes(self._path)

    def _old_enough(self) -> bool:
        """Tell whether there is a block to be packed, by the clock as it is."""
        at = time_of(self._path, packed_to(self._path) + BLOCK)
        return at is not None and at < time.time() - self._pack_after  # never: infinity

    def _pack(self) -> None:
        if not self._old_enough():
            return
        with self._beside(lambda: Packing(self._asked)) as packing:
            if packing is not None:
                packing.wait()

    def _forget(self) -> None:
        """Remove old values, once a day: then what was put down on the day before is old.

        What is gone does not come back, so neither the machine's clock, which may jump, nor ours, which is
        what that was at the start, is believed alone; and none of them before the journal has lived with it.
        """
        self._tell()
        now = min(self._now(), self._machine())
        if math.isinf(self._config.journal.forget_after) or day_of(now) == self._forgot_on:
            return
        sure = time.monotonic() - self._begun >= self._sure_after
        asked = forgetting.asked_of(self._config, now, sure=sure)
        with self._beside(lambda: Forgetting(asked)) as process:
            if process is None:
                return
            done = process.wait()
        if done.ahead:
            self._doubt(done.ahead)
            return
        self._forgot_on = day_of(now)
        if done.removed:
            log.info("the personal values of %d subjects were removed: they were old enough", done.removed)
        self._tell()

    def _tell(self) -> None:
        them = untold(self._path)
        if them is not None and them.in_all > self._told:
            self._told = them.in_all
            self._forgotten(them)

    def _doubt(self, ahead: float) -> None:
        if not self._doubted:
            log.warning(
                "no personal values are removed for now: the clock is %.0f days ahead of the journal. It is "
                "believed after a day of running, or at once with `ivrcore journal forget --now-is-right`",
                ahead / DAY,
            )
        self._doubted = True

    @contextmanager
    def _beside(self, make: Callable[[], P]) -> Iterator[P | None]:
        """Give a process that is ended with us; None if we end already."""
        with self._lock:
            process = self._process = None if self._stopping.is_set() else make()
        try:
            yield process
        finally:
            with self._lock:
                self._process = None
