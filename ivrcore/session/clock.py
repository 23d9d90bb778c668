"""The one place where time comes in: UTC seconds that never go back, and alarms.

`now` follows steady time from the UTC read at the start, so that setting the machine's clock can neither
fire nor starve a deadline. A jump is not followed until the next start; it is reported once, so that whoever
reads the journal can tell. See DESIGN.md, invariant 11.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

JUMP = 1.0
"""Seconds of difference between steady time and the machine's clock that count as a jump."""


class Cancellable(Protocol):
    """A call that is still to come (Twisted's IDelayedCall)."""

    def cancel(self) -> None:
        """Do not call."""


class SteadyTime(Protocol):
    """The part of Twisted's IReactorTime used here: the reactor, or ``task.Clock`` in tests."""

    def seconds(self) -> float:
        """Steady seconds."""

    def callLater(self, delay: float, callable: Callable[[], object]) -> Cancellable:  # noqa: N802
        """Call once after ``delay`` seconds."""


class Clock(Protocol):
    """What sessions and deliveries know of time."""

    def now(self) -> float:
        """UTC seconds, never decreasing."""

    def call_later(self, seconds: float, call: Callable[[], object]) -> Cancellable:
        """Call once after that many seconds (of steady time); can be cancelled."""


class UtcClock:
    """A clock over the reactor (or ``task.Clock``); ``wall`` reads the machine's UTC clock."""

    def __init__(self, reactor: SteadyTime, wall: Callable[[], float]) -> None:
        self._reactor = reactor
        self._wall = wall
        self._offset = wall() - reactor.seconds()
        self._known = 0.0

    def now(self) -> float:
        """UTC seconds, never decreasing."""
        return self._reactor.seconds() + self._offset

    def call_later(self, seconds: float, call: Callable[[], object]) -> Cancellable:
        """Call once after that many seconds."""
        return self._reactor.callLater(max(0.0, seconds), call)

    def check(self) -> float:
        """Compare with the machine's clock; give the seconds of a new jump, else 0."""
        difference = self._wall() - self.now()
        jump = difference - self._known
        if abs(jump) < JUMP:
            return 0.0
        self._known = difference
        return jump


class Alarm:
    """Calls when a deadline (UTC seconds, or None for none) has come; setting it again replaces it.

    A deadline that is put off, or dropped by `follow`, keeps the timer that it has: that looks again when it
    is due. A call's deadlines are set and dropped all the time and hardly ever come, and a timer is dear.
    """

    def __init__(self, clock: Clock, ring: Callable[[], object]) -> None:
        self._clock = clock
        self._ring = ring
        self._call: Cancellable | None = None
        self._at: float | None = None
        """When to ring."""
        self._look_at = 0.0
        """When the timer is due, if there is one."""

    def set(self, at: float | None) -> None:
        """Ring at that time; None: not at all."""
        if at is None:
            self.cancel()
            return
        self._at = at
        if self._call is None or at < self._look_at:
            self._look(at)

    def follow(self, at: float | None) -> None:
        """Ring at that time; None: not until it is set again. Who is done with it cancels it."""
        if at is None:
            self._at = None
        else:
            self.set(at)

    def cancel(self) -> None:
        """Do not ring; no timer is left."""
        if self._call is not None:
            self._call.cancel()
        self._call = self._at = None

    def _look(self, at: float) -> None:
        if self._call is not None:
            self._call.cancel()
        self._look_at = at
        self._call = self._clock.call_later(at - self._clock.now(), self._due)

    def _due(self) -> None:
        self._call = None
        if self._at is None:
            return
        if self._at > self._look_at:
            self._look(self._at)
            return
        self._at = None
        self._ring()


class Timer:
    """Calls when some steady seconds have gone by; setting it again replaces what was to be called."""

    def __init__(self, clock: SteadyTime) -> None:
        self._clock = clock
        self._call: Cancellable | None = None

    @property
    def is_set(self) -> bool:
        """Whether something is to be done yet."""
        return self._call is not None

    def set(self, delay: float, call: Callable[[], object]) -> None:
        """Have it done in ``delay`` seconds."""
        self.clear()

        def fire() -> None:
            self._call = None
            call()

        self._call = self._clock.callLater(delay, fire)

    def clear(self) -> None:
        """Have nothing done; it may be set again."""
        call, self._call = self._call, None
        if call is not None:
            call.cancel()
