"""A journal in memory, with the same contract: for scenarios under a clock of their own, and simulations."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence

from ivrcore.journal.audience import Audience
from ivrcore.journal.record import Record
from ivrcore.model.event import Event


def at_once(call: Callable[[], None]) -> None:
    """Run it now: the default schedule."""
    call()


class MemoryJournal:
    """A :class:`ivrcore.journal.record.Journal` that keeps everything and writes nothing.

    ``schedule`` decides when callbacks run, by default before `append` returns; an append made inside a
    callback is shown after the present one, so the order of appends holds. Setting `healthy` to False plays
    a failing store: everything goes on.
    """

    def __init__(self, schedule: Callable[[Callable[[], None]], None] = at_once) -> None:
        self.healthy = True
        self.records: list[Record] = []
        self._schedule = schedule
        self._audience = Audience()
        self._outbox: deque[tuple[list[Record], Callable[[], None] | None]] = deque()
        """What was appended and not confirmed."""
        self._delivering = False
        self._due = 0

    @property
    def last_seq(self) -> int:
        """The number of the last event appended, 0 before the first."""
        return len(self.records)

    @property
    def events(self) -> list[Event]:
        """Every event so far, for assertions."""
        return [record.event for record in self.records]

    def append(self, events: Sequence[Event], then: Callable[[], None] | None = None) -> None:
        """Take events in order; see :meth:`ivrcore.journal.record.Journal.append`."""
        records = [Record(self.last_seq + n, event) for n, event in enumerate(events, 1)]
        self.records.extend(records)
        self._outbox.append((records, then))
        self._schedule(self._deliver)

    def _deliver(self) -> None:
        """Confirm the oldest append that is not: each in its own time, also those made meanwhile."""
        self._due += 1
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._due and self._outbox:
                self._due -= 1
                self._show(*self._outbox.popleft())
        finally:
            self._delivering = False

    def _show(self, records: list[Record], then: Callable[[], None] | None) -> None:
        for record in records:
            for observer in self._audience[type(record.event)]:
                observer(record)
        if then is not None:
            then()

    def subscribe(
        self, observer: Callable[[Record], None], of: Collection[type[Event]] | None = None
    ) -> None:
        """See :meth:`ivrcore.journal.record.Journal.subscribe`. What it raises comes out of `append`."""
        self._audience.subscribe(observer, of)

    def read(self, after: int = 0) -> Iterator[Record]:
        """Give the records whose seq is greater, in order."""
        return iter(self.records[after:])

    def crash(self, kept: float) -> None:
        """Confirm nothing any more; of the appends that were not, the first ``kept`` (0 to 1) are in it."""
        lost = list(self._outbox)[round(kept * len(self._outbox)) :]
        count = sum(len(records) for records, _ in lost)
        del self.records[len(self.records) - count :]
        self._outbox.clear()

    def close(self) -> None:
        """Show what is still waiting."""
        while self._outbox:
            self._deliver()
