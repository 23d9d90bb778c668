"""What the rest of ivrcore knows of a journal, whatever stores it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from ivrcore.model.event import Event


class Record(Struct, frozen=True, gc=False):
    """An event in its place; ``seq`` counts from 1 without gaps."""

    seq: int
    event: Event


class Journal(Protocol):
    """Append-only. All methods are called on the reactor's thread, callbacks arrive there too."""

    def append(self, events: Sequence[Event], then: Callable[[], None] | None = None) -> None:
        """Take events in order. With ``then``: commit now and call it once they are durable.

        Without it they may wait for the next group commit (20 ms at most). Callbacks and observers are
        called in the order of the appends, the observers of an append before its ``then``. When the store
        fails, both are called all the same and `healthy` turns false: a call in progress is worth more
        than its record. The events are kept and written once the store is back.
        """

    def subscribe(
        self, observer: Callable[[Record], None], of: Collection[type[Event]] | None = None
    ) -> None:
        """Show every record to this observer from now on, once durable; with ``of`` those of events of these
        very classes. Observers are shown a record in the order in which they subscribed."""

    def read(self, after: int = 0) -> Iterator[Record]:
        """Give the stored records whose seq is greater, in order (blocks; not for a busy reactor).

        Raise :class:`ivrcore.errors.JournalError` for a record that cannot be read or is missing.
        """

    def close(self) -> None:
        """Write and show what is still waiting, then let go of the store; blocks while it does."""

    @property
    def healthy(self) -> bool:
        """Whether the last commit reached the store."""

    @property
    def last_seq(self) -> int:
        """The number of the last event appended, 0 before the first."""
