"""Looks through a whole journal and tells everything that is wrong with it, not only the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.errors import JournalError
from ivrcore.journal import rows
from ivrcore.journal.blocks import unpacked
from ivrcore.journal.store import reading
from ivrcore.journal.stored import event_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import Any

TELL_EVERY = 100_000
"""Records after which it is told how far it is."""


def _nobody(_read: int) -> None:
    """Nobody wants to know."""


def check(path: Path, tell: Callable[[int], object] = _nobody) -> Iterator[str]:
    """Give what is wrong with each record or block, in order. Also of a journal that a server is writing.

    ``tell`` hears how many records were read, now and then. Raise :class:`JournalError` for a file that
    cannot be read at all.
    """
    with reading(path) as connection:
        packed, read = rows.packed_to(connection), 0
        expected = 0
        if packed:
            for block in rows.blocks(connection):
                yield from _gap(expected, block.first)
                expected = block.last + 1
                yield from _wrong(lambda block=block: unpacked(block))  # type: ignore[misc]
                read += block.records
                if read % TELL_EVERY < block.records:
                    tell(read)
        for seq, row in _behind(connection, packed):
            yield from _gap(expected, seq)
            expected = seq + 1
            yield from _wrong(lambda row=row: [row])  # type: ignore[misc]
            read += 1
            if not read % TELL_EVERY:
                tell(read)
        marked = connection.execute("SELECT seq FROM mark WHERE name = 'last'").fetchone()
        yield from _gap(expected, marked[0] + 1 if marked else 0)


def _behind(connection: sqlite3.Connection, packed: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for row in connection.execute(rows.SELECT_ROWS + rows.FORWARD, (packed, rows.NEVER)):
        yield row[0], row


def _gap(expected: int, seq: int) -> Iterator[str]:
    if expected and seq > expected:
        yield f"records {expected} to {seq - 1} are missing"


def _wrong(read: Callable[[], Iterable[Any]]) -> Iterator[str]:
    """Give what is wrong with some rows: all that can be read of them."""
    try:
        found = list(read())
    except JournalError as error:
        yield error.message
        return
    for row in found:
        try:
            event_of(row)
        except JournalError as error:
            yield error.message
