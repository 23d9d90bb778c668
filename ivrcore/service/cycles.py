"""When Python's collector of cycles looks, and how long it holds everything up.

A full collection stops every thread while it looks at every container there is: 0.3 ms for a thousand of
them. So the server has them at moments of its own, between other work, not inside it, and what a large site
is made of is looked at once: whatever is left of a collection that took long is frozen, which is to say that
later ones spare it.

Frozen objects that nobody refers to any more are freed at once, as all are; only a cycle among them is not.
Those are found by thawing, which looks at everything: while nobody is inside, or when that many were frozen
that it would not do to wait.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from ivrcore.collecting import settle
from ivrcore.model.histogram import Histogram

LOOK = 1.0
"""Seconds between looks whether a full collection is due."""
DUE = 3
"""Collections of the middle generation after which it is: some 20,000 containers more than before."""
BURST = 8
"""From so many on what came while nobody is inside is frozen unseen: a roster was read, and stays."""
LONG = 0.004
"""Seconds of processor time; what is left of a collection that took longer is frozen, unless it is calls."""
SPARED, OF_A_CONTACT = 10_000, 200
"""Containers left that are worth freezing, beside so many for each contact inside: those die soon."""
BACKSTOP = 100
"""As `DUE`, for Python itself: it collects all only where the event loop has stood for long."""
GROWN = 100_000
"""Containers frozen since all was looked at last, from which on that is done whoever is inside."""
QUIET = 600.0
"""Seconds between looks at everything while nobody is inside."""
FIRST = 5.0
"""The same after the start: what making the server has left is freed then."""
EDGES = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5)


class Cycles:
    """From `start` to `stop` full collections happen when this says so; ``inside`` counts live contacts."""

    def __init__(self, clock: IReactorTime, inside: Callable[[], int]) -> None:
        # Twisted declares its interfaces' methods without self.
        self._seconds: Callable[[], float] = clock.seconds  # type: ignore[misc]
        self._inside = inside
        self._loop = LoopingCall(self.look)
        self._loop.clock = clock
        self._began = self._began_work = self._took = 0.0
        self._thresholds = gc.get_threshold()
        self._kept = 0
        self._young = self._unsure = 0  # at most so many came since the last freeze, and before it
        self._frozen = False
        self._thawed = 0.0
        self.pauses = tuple(Histogram(edges=EDGES) for _ in range(3))
        """Seconds that collections took, by generation; 2 is a full one."""

    def start(self) -> None:
        """Begin; what there is now is looked at by no collection before the next thaw.

        That is soon, if nobody is inside: after a restart callers are, who wait to be heard again.
        """
        gc.callbacks.append(self._measure)
        self._thresholds = gc.get_threshold()
        gc.set_threshold(*self._thresholds[:2], BACKSTOP)
        gc.freeze()
        self._kept = gc.get_freeze_count()
        self._frozen, self._thawed = True, self._seconds() + FIRST - QUIET
        # A LoopingCall's Deferred fires at `stop`, and fails only if `look` raises, which it cannot.
        self._loop.start(LOOK, now=False)

    def stop(self) -> None:
        """Leave it to Python again; harmless when not started."""
        if self._loop.running:
            self._loop.stop()
            gc.set_threshold(*self._thresholds)
            gc.callbacks.remove(self._measure)

    def look(self) -> None:
        """Collect if that is due, freeze what took long, and thaw when it is time."""
        if not gc.isenabled():  # a dialplan is being read
            return
        new, middle, due = *gc.get_threshold()[:2], gc.get_count()[2]
        self._young += due * new * middle if due >= DUE else 0
        if due >= BURST and not self._inside():
            self._freeze()
        elif due >= DUE:
            gc.collect()
            self._young = len(gc.get_objects(2))
            if self._took > LONG and self._young > SPARED + OF_A_CONTACT * self._inside():
                self._freeze()
        if self._frozen and not self._inside() and self._seconds() >= self._thawed + QUIET:
            self._thaw()

    def _freeze(self) -> None:
        gc.freeze()
        self._frozen = True
        self._unsure += self._young
        self._young = 0
        if self._unsure < GROWN:  # to count them takes half as long as to collect them
            return
        self._unsure = 0
        if gc.get_freeze_count() > self._kept + max(GROWN, self._kept // 2):
            self._thaw()

    def _thaw(self) -> None:
        gc.unfreeze()
        settle()
        self._kept, self._frozen = gc.get_freeze_count(), False
        self._young = self._unsure = 0
        self._thawed = self._seconds()

    def _measure(self, phase: str, told: Mapping[str, Any]) -> None:
        if phase == "start":
            self._began, self._began_work = time.perf_counter(), time.thread_time()
        else:
            self._took = time.thread_time() - self._began_work  # not what others took
            self.pauses[told["generation"]].observe(time.perf_counter() - self._began)
