"""Loading recognisers takes seconds of a core: after a start it waits until callers' keys work again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LONGEST = 2.0
"""Seconds after the start at which it begins in any case: an Asterisk that is away is not waited for."""
PAUSE = 0.1
"""Seconds from the link's standing on, in which those who are inside are taken up."""


class KeysFirst:
    """Calls ``load`` once: soon after the first `link_up`, or when it has been waited for long enough."""

    def __init__(self, reactor: Any, load: Callable[[], object]) -> None:
        self._reactor = reactor
        self._load = load
        self._waits: Any = None
        self._done = False

    def start(self, *, linked: bool) -> None:
        """Begin to wait, or where no link is to come (``linked``) load at once."""
        self._wait(0.0 if linked else LONGEST)

    def link_up(self) -> None:
        """Keys work in a moment."""
        self._wait(PAUSE)

    def stop(self) -> None:
        """Load nothing any more."""
        self._done = True
        self._cancel()

    def _wait(self, seconds: float) -> None:
        self._cancel()
        if not self._done:
            self._waits = self._reactor.callLater(seconds, self.now)

    def _cancel(self) -> None:
        if self._waits is not None and self._waits.active():
            self._waits.cancel()

    def now(self) -> None:
        """Load, unless that was done: others are about to be wanted."""
        self._cancel()
        done, self._done = self._done, True
        if not done:
            self._load()
