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
    from ivrcore.journal.store import Row

HINT = "a disk or a copy damaged the file: restore a copy"


def row_of(record: Record) -> Row:
    """Give the row of a record."""
    event = record.event
    kept = (record.seq, float(event.at), type(event).__name__, event.VERSION, encode(event))
    return (*kept, checksum(*kept))


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
    """Give the CRC-32 of a row, whatever is in it; one of records that were written before is None."""
    about = crc32(f"{seq} {at!r} {name} {version} ".encode(errors="replace"))
    return crc32(data, about) if isinstance(data, bytes) else -1
