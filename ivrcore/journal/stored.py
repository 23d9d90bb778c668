"""One record as a row of the journal's file: its checksum, and what is said of one that is damaged.

SQLite's write-ahead log has checksums of its own; the main file, into which it is copied, has none.
A row is read as seq, at, name, version, data, crc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from ivrcore.errors import JournalError
from ivrcore.journal.record import Record
from ivrcore.model.event import Event, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivrcore.journal.store import Row

HINT = "a disk or a copy damaged the file: restore a copy"


def row_of(record: Record) -> Row:
    """Give the row of a record."""
    return rows_of((record,))[0]


def rows_of(records: Iterable[Record]) -> list[Row]:
    """Give the rows of records."""
    rows: list[Row] = []
    last, said = None, ""
    for record in records:
        event = record.event
        at, name, version, data = float(event.at), type(event).__name__, event.VERSION, encode(event)
        if at is not last:  # what is decided together has one time, and saying it takes a third of the sum
            last, said = at, repr(at)
        about = f"{record.seq} {said} {name} {version} ".encode()
        rows.append((record.seq, at, name, version, data, crc32(about + data)))
    return rows


def record_of(row: tuple[Any, ...]) -> Record:
    """Give the record of a row; raises :class:`JournalError`, with its number, for one that is damaged."""
    return Record(row[0], event_of(row))


def event_of(row: tuple[Any, ...]) -> Event:
    """Give the event alone; see `record_of`."""
    seq, _, name, version, data, crc = row
    if crc is not None and crc != checksum(*row[:5]):
        raise JournalError(f"record {seq} of the journal is damaged", hint=HINT)
    try:
        return decode(name, version, data)
    except JournalError as error:
        raise JournalError(f"record {seq} of the journal: {error.message}", hint=error.hint) from error


def checksum(seq: object, at: object, name: object, version: object, data: object) -> int:
    """Give the CRC-32 of a row, whatever is in it, as `rows_of` does; one of records that were written
    before there were any is None."""
    about = crc32(f"{seq} {at!r} {name} {version} ".encode(errors="replace"))
    return crc32(data, about) if isinstance(data, bytes) else -1
