"""Whether one more caller is let in: measures against limits. Pure.

The measures are what those inside would feel: how many they are, how late the event loop is, how many are
listened to; and the calls that came lately, by a bucket of tokens. Must not know how anything is measured,
nor what becomes of who is turned away.

And whether it drains, as its journal says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.overload_names import TurnedAway

if TYPE_CHECKING:
    from ivrcore.model.event import Event


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on new callers are turned away; None: never for that."""

    calls_per_second: float | None = None
    burst: float = 1.0
    """Calls that may come at once, after a time with fewer."""
    contacts: int | None = None
    lag: float | None = None
    """Seconds."""
    streams: int | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """What is so at one moment: contacts inside, seconds of lag, callers listened to."""

    contacts: int = 0
    lag: float = 0.0
    streams: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Calls that may still come at once, as of a time (seconds); a new one is full."""

    tokens: float = float("inf")
    at: float = 0.0

    def filled(self, rate: float, burst: float, now: float) -> Bucket:
        """Give it as it is now; a clock that was set back fills nothing."""
        return Bucket(min(burst, self.tokens + rate * max(0.0, now - self.at)), now)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Let in, or ``why`` not, with the measure and the limit that decided it."""

    bucket: Bucket
    why: TurnedAway | None = None
    measured: float = 0.0
    limit: float = 0.0


def decide(limits: Limits, measures: Measures, bucket: Bucket, now: float) -> Verdict:
    """Judge one caller; ``now`` in seconds. Who is turned away for another reason costs no token."""
    for why, measured, limit in (
        (TurnedAway.CONTACTS, measures.contacts, limits.contacts),
        (TurnedAway.STREAMS, measures.streams, limits.streams),
        (TurnedAway.LAG, measures.lag, limits.lag),
    ):
        if limit is not None and measured >= limit:
            return Verdict(bucket, why, measured, limit)
    rate = limits.calls_per_second
    if rate is None:
        return Verdict(bucket)
    bucket = bucket.filled(rate, limits.burst, now)
    if bucket.tokens < 1.0:
        return Verdict(bucket, TurnedAway.RATE, rate, rate)
    return Verdict(Bucket(bucket.tokens - 1.0, bucket.at))


@dataclass(frozen=True, slots=True)
class DrainState:
    """Whether a server takes no new calls, and is to end then; ``until`` in UTC seconds."""

    on: bool = False
    then_stop: bool = False
    until: float | None = None


TAKES = DrainState()
"""A server that takes new calls."""


def apply(state: DrainState, event: Event) -> DrainState:
    """Fold a server's journal: a drain ends by being undone, or in order. One that died goes on with it."""
    match event:
        case events.DrainChanged(draining=True):
            return DrainState(True, event.then_stop, event.until)
        case events.DrainChanged() | events.ServerStopped():
            return TAKES
        case events.ClockSetBack(seconds=seconds) if state.until is not None:
            return replace(state, until=state.until - seconds)
        case _:
            return state
