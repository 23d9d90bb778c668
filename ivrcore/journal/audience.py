"""Who is shown which records of a journal: observers, and the events that each asks for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ivrcore.journal.record import Record
from ivrcore.model.event import Event

Observer = Callable[[Record], None]


class Audience(dict[type[Event], tuple[Observer, ...]]):
    """Event class -> who is shown it, in the order in which they subscribed.

    Filled as classes are asked for: most observers are of a few classes, and a call has some thirty events.
    """

    def __init__(self) -> None:
        super().__init__()
        self._observers: list[tuple[Observer, Collection[type[Event]] | None]] = []

    def subscribe(self, observer: Observer, of: Collection[type[Event]] | None) -> None:
        """Add an observer of events of these very classes; None: of all."""
        self._observers.append((observer, None if of is None else frozenset(of)))
        self.clear()

    def __missing__(self, kind: type[Event]) -> tuple[Observer, ...]:
        found = tuple(observer for observer, of in self._observers if of is None or kind in of)
        self[kind] = found
        return found
