"""Says in the journal that calls are looked after, as long as they are: a server that dies cannot say when.

Where little happens the journal's last event is old. Who leaves while no server is there is counted to the
last moment of which the journal knows (`ivrcore.session.looked_after`), so that is to be a few seconds old at
most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from ivrcore.model import events
from ivrcore.model.event import Event

EVERY = 5.0
"""Seconds between two times: by so much a wait that nobody saw the end of may be counted too short."""


class Watching:
    """From `start` to `stop`, while ``watched`` says that there are contacts, and a link to see some by."""

    def __init__(
        self,
        clock: IReactorTime,
        record: Callable[[Sequence[Event]], object],
        now: Callable[[], float],
        watched: Callable[[], bool],
    ) -> None:
        self._record = record
        self._now = now
        self._watched = watched
        self._loop = LoopingCall(self._say)
        self._loop.clock = clock

    def start(self) -> None:
        """Begin."""
        # A LoopingCall's Deferred fires at `stop`, and fails only if `_say` raises: appending does not.
        self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        """Say no more; harmless when not started."""
        if self._loop.running:
            self._loop.stop()

    def _say(self) -> None:
        if self._watched():
            self._record([events.CallsWatched(at=self._now())])
