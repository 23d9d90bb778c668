"""Places in the order of service, kept in order: most come behind all others, and most go from the front.

Must not know what has a place, or where.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivrcore.routing.waiting import Place


class Places:
    """A list in order, whose first ones may be gone already: then what is left begins at a later index.

    To add behind all others and to take the first away costs the same however many there are. In between the
    list is moved by one: 8 bytes a place, some microseconds for tens of thousands of them.
    """

    __slots__ = ("_begin", "_places", "first")

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._begin = 0
        self.first: Place | None = None
        """None where there is none."""

    def add(self, place: Place) -> None:
        """Take a place in."""
        places = self._places
        if not places or places[-1] < place:
            places.append(place)
        else:
            insort(places, place, self._begin)
        self.first = places[self._begin]

    def remove(self, place: Place) -> None:
        """Take a place out, which must be there."""
        places, begin = self._places, self._begin
        if places[begin] == place:
            self._begin = begin = begin + 1
            if 2 * begin >= len(places):
                del places[:begin]
                self._begin = 0
        else:
            del places[bisect_left(places, place, begin)]
        self.first = places[self._begin] if self._begin < len(places) else None

    def __len__(self) -> int:
        """Give how many there are."""
        return len(self._places) - self._begin

    def __iter__(self) -> Iterator[Place]:
        """Give all, the first one first."""
        return self._from(self._begin)

    def before(self, place: Place) -> int:
        """Give how many are before a place, whether anybody has that one or not."""
        places = self._places
        if not places or places[-1] < place:
            return len(places) - self._begin
        return bisect_left(places, place, self._begin) - self._begin

    def since(self, place: Place | None) -> Iterator[Place]:
        """Give those from a place on; None for all."""
        begin = self._begin if place is None else bisect_left(self._places, place, self._begin)
        return self._from(begin)

    def _from(self, begin: int) -> Iterator[Place]:
        # By number: islice() would walk over all that come before.
        places = self._places
        for at in range(begin, len(places)):
            yield places[at]
