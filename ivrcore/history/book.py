"""The open rows of the history, and which changed: what the fold works on. Pure.

The open rows are all that is remembered: a `History` made of those that a database has goes on as if it had
never stopped. Must not know of databases or clocks, nor what an event means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ivrcore.history.rows import Row
from ivrcore.model.event import Event

R = TypeVar("R", bound=Row)
Change = Callable[["History", int, Any], None]
"""Changes rows by an event; the number is its place in the journal."""

CHANGES: dict[type[Event], Change] = {}
"""Event class -> what it changes; filled by the modules ``of_*``."""


def changes(event: type[Event]) -> Callable[[Change], Change]:
    """Name the event that a function takes into the history."""

    def enter(change: Change) -> Change:
        CHANGES[event] = change
        return change

    return enter


class History:
    """The open rows, and those that changed since `take`."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._open: dict[type[Row], dict[str, Row]] = {}
        self._changed: dict[tuple[type[Row], str], Row] = {}
        self._of_contact: dict[tuple[type[Row], str], set[str]] = {}
        for row in rows:
            self._enter(row)

    def take(self) -> list[Row]:
        """Give the rows that changed since the last time, and forget those of them that are closed."""
        taken = list(self._changed.values())
        self._changed.clear()
        return taken

    def keep(self, row: R) -> R:
        """Have a new or changed row written; a closed one is not remembered."""
        self._changed[type(row), row.id] = row
        if row.open:
            self._enter(row)
        else:
            self._leave(row)
        return row

    def find(self, kind: type[R], key: str) -> R | None:
        """Give an open row."""
        found = self._open.get(kind, {}).get(key)
        assert found is None or isinstance(found, kind), "kept by its kind"
        return found

    def all(self, kind: type[R]) -> list[R]:
        """Give all open rows of a kind."""
        return [row for row in self._open.get(kind, {}).values() if isinstance(row, kind)]

    def of_contact(self, kind: type[R], contact: str) -> Iterator[R]:
        """Give a contact's open rows of a kind."""
        for key in sorted(self._of_contact.get((kind, contact), ())):
            row = self.find(kind, key)
            if row is not None:
                yield row

    def _enter(self, row: Row) -> None:
        self._open.setdefault(type(row), {})[row.id] = row
        contact = getattr(row, "contact", "")
        if contact:
            self._of_contact.setdefault((type(row), contact), set()).add(row.id)

    def _leave(self, row: Row) -> None:
        self._open.get(type(row), {}).pop(row.id, None)
        mark = (type(row), getattr(row, "contact", ""))
        known = self._of_contact.get(mark)
        if known is not None:
            known.discard(row.id)
            if not known:
                del self._of_contact[mark]

    def open_rows(self) -> list[Row]:
        """Give every open row."""
        return [row for rows in self._open.values() for row in rows.values()]

    def set_back(self, seconds: float) -> None:
        """Take this off the times of open rows: they were told by a clock that was ahead."""
        for row in self.open_rows():
            for name in row.TIMES:
                at = getattr(row, name)
                if at is not None:
                    setattr(row, name, at - seconds)
                    self._changed[type(row), row.id] = row
