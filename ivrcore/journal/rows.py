"""The rows of a journal's file in their order, wherever they lie: in blocks as far as it is packed, in the
table of events behind that.

Whoever reads more than one statement has to do so within `ivrcore.journal.store.reading`: then all is of one
moment, and no record is missed that is packed meanwhile.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ivrcore.errors import JournalError
from ivrcore.journal.blocks import Block, unpacked
from ivrcore.journal.stored import event_of
from ivrcore.model.events import ClockSetBack

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator

NEVER = 2**63 - 1
"""Greater than the number of any record."""
SELECT_ROWS = "SELECT seq, at, name, version, data, crc FROM event WHERE seq > ? AND seq < ? "
SELECT_ROW = "SELECT seq, at, name, version, data, crc FROM event WHERE seq = ?"
NAMED = "AND name IN (SELECT value FROM json_each(?)) "
MARKED = "AND instr(CAST(data AS TEXT), ?) > 0 "
FORWARD = "ORDER BY seq"
BACK = "ORDER BY seq DESC"
SELECT_BLOCKS = (
    "SELECT first, last, records, begins, ends, names, crc, data FROM block WHERE last > ? AND first < ? "
    "ORDER BY first {}"
)
SELECT_HAS_BLOCKS = "SELECT 1 FROM main.sqlite_schema WHERE name = 'block'"
SELECT_SINCE = "SELECT min(seq) FROM event WHERE seq >= ? AND seq < ? AND at >= ?"
SELECT_BLOCKS_SINCE = (
    "SELECT first, last, records, begins, ends, names, crc, data FROM block "
    "WHERE last >= ? AND first < ? AND ends >= ? ORDER BY first"
)

_Row = tuple[Any, ...]


def packed_to(connection: sqlite3.Connection) -> int:
    """Give the last record that is in a block; 0 where nothing is packed."""
    if connection.execute(SELECT_HAS_BLOCKS).fetchone() is None:
        return 0
    last: int = connection.execute("SELECT coalesce(max(last), 0) FROM block").fetchone()[0]
    return last


def last_seq(connection: sqlite3.Connection) -> int:
    """Give the number of the last record; 0 without any."""
    last: int | None = connection.execute("SELECT max(seq) FROM event").fetchone()[0]
    return packed_to(connection) if last is None else last


def ascending(
    connection: sqlite3.Connection,
    after: int = 0,
    end: int = NEVER,
    names: Collection[str] | None = None,
    mark: str = "",
) -> Iterator[_Row]:
    """Give the rows behind ``after`` and before ``end``: all, or those of some names and with ``mark`` in
    their text.

    Raise :class:`JournalError` for a damaged block and, where all are wanted, for a record that is missing.
    """
    packed = packed_to(connection)
    expected = after + 1 if after > 0 else None
    if packed and after < packed:
        for block in blocks(connection, after, end):
            _check(connection, expected, block.first)
            expected = block.last + 1
            for row in unpacked(block, names, mark.encode()):
                if after < row[0] < end:
                    yield row
    every = names is None and not mark
    for row in _whole(connection, max(after, packed), end, names, mark):
        if every:
            _check(connection, expected, row[0])
            expected = row[0] + 1
        yield row


def _whole(
    connection: sqlite3.Connection, after: int, end: int, names: Collection[str] | None, mark: str
) -> Iterator[_Row]:
    values: list[int | str] = [after, end]
    sql = SELECT_ROWS
    if names is not None:
        sql += NAMED
        values.append(json.dumps(list(names)))
    if mark:
        sql += MARKED
        values.append(mark)
    return connection.execute(sql + FORWARD, values)


def _check(connection: sqlite3.Connection, expected: int | None, seq: int) -> None:
    if expected is not None and seq > expected:
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        raise JournalError(
            f"the journal {path} lacks the records {expected} to {seq - 1}",
            hint="the file was changed by something else than ivrcore; restore a copy",
        )


def descending(connection: sqlite3.Connection, before: int, names: Collection[str]) -> Iterator[_Row]:
    """Give the rows of some names before a record, the last one first."""
    packed = packed_to(connection)
    values = (packed, before, json.dumps(list(names)))
    yield from connection.execute(SELECT_ROWS + NAMED + BACK, values)
    if packed:
        for block in blocks(connection, 0, before, back=True):
            found = [row for row in unpacked(block, names) if row[0] < before]
            yield from reversed(found)


def blocks(
    connection: sqlite3.Connection, after: int = 0, end: int = NEVER, *, back: bool = False
) -> Iterator[Block]:
    """Give the blocks with records behind ``after`` and before ``end``; of a journal that has some."""
    order = "DESC" if back else "ASC"
    return map(Block._make, connection.execute(SELECT_BLOCKS.format(order), (after, end)))


def row_at(connection: sqlite3.Connection, seq: int) -> _Row | None:
    """Give the row of one record; None if the journal does not have it."""
    packed = packed_to(connection)
    if not packed or seq > packed:
        found: _Row | None = connection.execute(SELECT_ROW, (seq,)).fetchone()
        return found
    for block in blocks(connection, seq - 1, seq + 1):
        for row in unpacked(block):
            if row[0] == seq:
                return row
    return None


def first_row(connection: sqlite3.Connection) -> _Row | None:
    """Give the first row that there is; None in an empty journal."""
    return next(ascending(connection), None)


def set_backs(connection: sqlite3.Connection) -> list[tuple[int, float]]:
    """Give where in the journal the clock was set back, and by how much."""
    found: list[tuple[int, float]] = []
    for row in ascending(connection, names=(ClockSetBack.__name__,)):
        event = event_of(row)
        assert isinstance(event, ClockSetBack), "by its name"
        found.append((row[0], event.seconds))
    return found


def first_since(connection: sqlite3.Connection, since: float) -> int:
    """Give the number of the first record then (UTC seconds, by the clock now) or later; `NEVER` if there is
    none."""
    moves = set_backs(connection)
    ahead, begin = sum(seconds for _, seconds in moves), 0
    for end, seconds in (*moves, (NEVER, 0.0)):
        found = _first_within(connection, begin, end, since + ahead)
        if found is not None:
            return found
        begin, ahead = end, ahead - seconds
    return NEVER


def _first_within(connection: sqlite3.Connection, begin: int, end: int, since: float) -> int | None:
    packed = packed_to(connection)
    if packed and begin <= packed:
        for block in map(Block._make, connection.execute(SELECT_BLOCKS_SINCE, (begin, end, since))):
            for row in unpacked(block):
                if begin <= row[0] < end and row[1] >= since:
                    return int(row[0])
    (found,) = connection.execute(SELECT_SINCE, (max(begin, packed + 1), end, since)).fetchone()
    return None if found is None else int(found)
