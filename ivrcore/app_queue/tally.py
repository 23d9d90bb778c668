"""A count that never goes back, beside Asterisk's own count of the same, which does. Pure.

Asterisk's events are counted as they come. Its own count (``Completed: 17`` of a queue's status) tells what
happened while nobody listened, and when somebody has reset the statistics. A status and the events around it
overtake each other inside Asterisk, so a difference is believed only as far as three statuses in a row show
it, and only beyond the events that came between them: each of these the status before it may have counted.

Asterisk does not count all that it tells: a conversation whose member has begun another one meanwhile
(``ringinuse = yes``) is complete by its event, and no part of ``Completed`` (`update_queue` of app_queue.c).
"""

from __future__ import annotations

import msgspec

AGREE = 3
"""So many statuses must show a difference."""


class Tally(msgspec.Struct, kw_only=True):
    """One count. What was there before it was first looked at belongs to nobody and is not in ``total``."""

    total: int = 0
    """Those of the events, and the unseen."""
    unseen: int = 0
    """Of the total, those that only Asterisk's own count tells of."""
    uncounted: int = 0
    """Of the total, those that Asterisk told of and did not count."""
    resets: int = 0
    """Times Asterisk's own count was set back while Asterisk ran."""
    mirror: int | None = None
    """What Asterisk's own count should be; None before it is known, also after a reset."""
    last: int | None = None
    """What it was when told last."""
    since: int = 0
    """Events since the link was up last."""
    settled: bool = False
    """Whether Asterisk's count was understood since then."""
    owed: bool = False
    """Whether what Asterisk counts beyond ``since`` happened while nobody listened, after a reset."""
    differences: list[int] = []
    """Of the last statuses: Asterisk's count less ours."""
    heard: list[int] = []
    """``since`` at each of these."""

    def event(self) -> None:
        """Count one."""
        self.total += 1
        self.since += 1
        if self.mirror is not None:
            self.mirror += 1

    def opened(self) -> None:
        """Take it that the link is new: events before it may have been missed."""
        self.since, self.settled = 0, False
        self._look_anew()

    def began_anew(self) -> None:
        """Take it that Asterisk started again and counts from 0, what was heard on this link among it."""
        if self.mirror is not None:
            self.mirror = self.since
        self.last = None
        self._look_anew()

    def logged_in(self, count: int) -> None:
        """Take it that from now on Asterisk counts on from there, as it does for a member who logs in."""
        self.mirror, self.last, self.owed = count, None, False
        self._look_anew()

    def told(self, count: int) -> None:
        """Take Asterisk's own count."""
        last, self.last = self.last, count
        if last is not None and count < last and self.mirror is not None:
            self.resets += 1
            self.mirror, self.owed = None, not self.settled
            self._look_anew()
        if self.mirror is None:
            self._first(count)
            return
        if not self._agree(count - self.mirror):
            return
        between = self._between()
        self._missed(max(0, min(self.differences) - between))
        self._not_counted(max(0, -max(self.differences) - between))
        self.settled = self.settled or not between

    def _first(self, count: int) -> None:
        if not self._agree(count - self.since):
            return
        before = min(self.differences)
        if self.owed:
            unseen = max(0, before - self._between())
            self.total += unseen
            self.unseen += unseen
        self.mirror, self.owed, self.settled = before + self.since, False, True
        self._look_anew()

    def _agree(self, difference: int) -> bool:
        """Take a status; whether there are enough of them."""
        self.differences = [*self.differences, difference][-AGREE:]
        self.heard = [*self.heard, self.since][-AGREE:]
        return len(self.differences) == AGREE

    def _between(self) -> int:
        """Give the events that came between these statuses."""
        return self.heard[-1] - self.heard[0]

    def _look_anew(self) -> None:
        self.differences, self.heard = [], []

    def _missed(self, many: int) -> None:
        self.total += many
        self.unseen += many
        self._shift(many)

    def _not_counted(self, many: int) -> None:
        self.uncounted += many
        self._shift(-many)

    def _shift(self, difference: int) -> None:
        assert self.mirror is not None
        self.mirror += difference
        self.differences = [one - difference for one in self.differences]
