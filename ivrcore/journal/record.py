"""What the rest of ivrcore knows of a journal, whatever stores it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ivrcore.model.event import Event


@dataclass(frozen=True, slots=True)
class Record:
    """An event in its place; ``seq`` counts from 1 without gaps."""

    seq: int
    event: Event


class Journal(Protocol):
    """Append-only. All methods are called on the reactor's thread, callbacks arrive there too."""

    def append(self, events: Sequence[Event], then: Callable[[], None] | None = None) -> None:
        """Take events in order. With ``then``: commit now and call it once they are durable.

        Without it they may wait for the next group commit (20 ms at most). Callbacks and observers are
        called in the order of the appends. When the store fails, ``then`` is called all the same and
        `healthy` turns false: a call in progress is worth more than its record.
        """

    def subscribe(self, observer: Callable[[Record], None]) -> None:
        """Show every record to this observer from now on, once durable."""

    def read(self, after: int = 0) -> Iterator[Record]:
        """Give the stored records whose seq is greater, in order (blocks; not for a busy reactor)."""

    @property
    def healthy(self) -> bool:
        """Whether the last commit reached the store."""
