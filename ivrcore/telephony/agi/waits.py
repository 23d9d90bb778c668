"""Waits of many sessions for few timers: nearly all of them end before their time, and cost nothing then."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

CallLater = Callable[[float, Callable[[], object]], Any]
"""Calls back after so many seconds; what it gives has `active()` and `cancel()`."""


class Wait:
    """One wait; :meth:`cancel` ends it."""

    __slots__ = ("action", "at")

    def __init__(self, at: float, action: Callable[[], object]) -> None:
        self.at = at
        self.action: Callable[[], object] | None = action

    def cancel(self) -> None:
        """Do not call."""
        self.action = None


class Span:
    """Waits that all last as long: they end in the order in which they began, so one timer serves them."""

    def __init__(self, seconds: float, now: Callable[[], float], call_later: CallLater) -> None:
        self._seconds = seconds
        self._now = now
        self._call_later = call_later
        self._waits: deque[Wait] = deque()
        self._timer: Any = None

    def wait(self, action: Callable[[], object]) -> Wait:
        """Call when the span is over."""
        wait = Wait(self._now() + self._seconds, action)
        self._waits.append(wait)
        if self._timer is None:
            self._timer = self._call_later(self._seconds, self._look)
        return wait

    def _look(self) -> None:
        now = self._now()
        while self._waits and (self._waits[0].action is None or self._waits[0].at <= now):
            wait = self._waits.popleft()
            if wait.action is not None:
                _call(wait.action)
        self._timer = self._call_later(self._waits[0].at - now, self._look) if self._waits else None

    def close(self) -> None:
        """End all waits without a call."""
        self._waits.clear()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


class Soon:
    """Calls back as the reactor turns, in order: what one turn of it brings shares a timer."""

    def __init__(self, call_later: CallLater) -> None:
        self._call_later = call_later
        self._actions: list[Callable[[], object]] = []

    def call(self, action: Callable[[], object]) -> None:
        """Call as soon as the reactor turns."""
        self._actions.append(action)
        if len(self._actions) == 1:
            self._call_later(0, self._run)

    def _run(self) -> None:
        actions, self._actions = self._actions, []
        for action in actions:
            _call(action)


def _call(action: Callable[[], object]) -> None:
    try:
        action()
    except Exception:  # one session's fault must not cost the others their turn
        log.exception("a call of the AGI driver failed by a fault of ours")
