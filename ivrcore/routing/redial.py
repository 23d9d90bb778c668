"""Callers who hung up while waiting and may have their place again, if they call again soon.

They are told apart by a random name, never by a number; who calls without a number has none, and no claim.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

LONGEST = 3600.0
"""Seconds for which a place may be kept at most."""


class Dropped(NamedTuple):
    """A place: from when it counts, and when its caller hung up (UTC seconds)."""

    since: float
    at: float


class Redials:
    """The places of one server, by queue and caller, latest last; none is kept for longer than `LONGEST`."""

    def __init__(self) -> None:
        self.places: OrderedDict[tuple[str, str], Dropped] = OrderedDict()

    def drop(self, queue: str, caller: str, place: Dropped) -> None:
        """Keep a place."""
        self.places.pop((queue, caller), None)
        self.places[queue, caller] = place
        while next(iter(self.places.values())).at < place.at - LONGEST:
            self.places.popitem(last=False)

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        for key, place in self.places.items():
            self.places[key] = Dropped(place.since - seconds, place.at - seconds)

    def since(self, queue: str, caller: str, earliest: float) -> float | None:
        """Give from when a caller's place counts who did not hang up before ``earliest``."""
        place = self.places.get((queue, caller))
        return place.since if place and place.at >= earliest else None

    def taken(self, queue: str, caller: str) -> None:
        """The caller is back: a place is given once."""
        self.places.pop((queue, caller), None)
