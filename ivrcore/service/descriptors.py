"""Says when file descriptors run out, before the last is gone, and when there are enough again.

A new caller's audio, a browser and a scrape need one each; calls that are there have theirs. Twisted and
libraries refuse what they cannot open one by one, so nobody else sees the whole.
"""

from __future__ import annotations

import logging
import os
import resource
from errno import EMFILE, ENFILE
from typing import TYPE_CHECKING, Any

from twisted.internet.task import LoopingCall

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("ivrcore")

LOOK_EVERY = 2.0
"""Seconds."""
FEW, ENOUGH = 0.9, 0.8
"""Of the limit: from where on it is told, and below which it is over."""
FOLDER = "/proc/self/fd"


def used_and_limit() -> tuple[int, int]:
    """Give how many are open and how many may be; as many as may be where not even that can be looked up."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        return len(os.listdir(FOLDER)), limit
    except OSError as error:
        return (limit if error.errno in (EMFILE, ENFILE) else 0), limit


class Descriptors:
    """Looks every `LOOK_EVERY` seconds from `start` to `stop`."""

    def __init__(self, reactor: Any, look: Callable[[], tuple[int, int]] = used_and_limit) -> None:
        self.few = False
        self._look_up = look
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor

    def start(self) -> None:
        """Begin."""
        self._looking.start(LOOK_EVERY)

    def stop(self) -> None:
        """End; harmless when not started."""
        if self._looking.running:
            self._looking.stop()

    def _look(self) -> None:
        used, limit = self._look_up()
        if not self.few and used >= FEW * limit:
            self.few = True
            log.error(
                "file descriptors run out: %d of %d are open. Calls that are there go on; new callers may not"
                " be heard, web and metrics may not answer\n  hint: a higher limit: LimitNOFILE= of the"
                " systemd unit, or ulimit -n",
                used,
                limit,
            )
        elif self.few and used < ENOUGH * limit:
            self.few = False
            log.warning("there are enough file descriptors again: %d of %d are open", used, limit)
