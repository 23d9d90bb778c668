"""Old records packed together: a block of rows of the journal as bytes, and back.

Records stay as they are, to the last byte; they lie in the order of their numbers, since what happens to one
contact stands near together and is told in a few words then. Of a block there is one checksum, over what is
stored. Must not know of files, nor what an event means.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from typing import Any, NamedTuple

import msgspec

from ivrcore.errors import JournalError
from ivrcore.journal.stored import HINT

BLOCK = 4096
"""Numbers of records that a block is for: some 50 kB on the disk, and 5 ms to read. A part has eight."""
LEVEL = 6
"""Of zlib. 9 takes twice the time for 2 % less; so do other codecs for 10 %."""
AT = b'{"at":'
"""How an event's JSON begins, if its time need not be kept beside it."""
LINE = b"\n"
"""Stands between events: JSON has none of it."""


class Block(NamedTuple):
    """A row of the table ``block``: records ``first`` to ``last``, ``begins`` and ``ends`` their first and
    last times (UTC seconds, as recorded), ``names`` the events' names as JSON."""

    first: int
    last: int
    records: int
    begins: float
    ends: float
    names: str
    crc: int
    data: bytes


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """What is in a block: each record's kind, and its number and time where those do not follow by
    themselves."""

    kinds: list[tuple[str, int]]
    of: bytes
    seqs: bytes
    times: bytes


def packed(rows: Sequence[tuple[Any, ...]], first: int, last: int) -> Block:
    """Pack rows whose checksums were looked at; raises :class:`JournalError` for what would not come back."""
    stored = list(rows)
    kinds = list(dict.fromkeys((row[2], row[3]) for row in stored))
    number = {kind: n for n, kind in enumerate(kinds)}
    count = len(stored)
    gapless = count == last - first + 1
    derived = all(_derived(row[4]) == row[1] for row in stored)
    head = _Head(
        kinds,
        struct.pack(f"<{count}H", *(number[row[2], row[3]] for row in stored)),
        b"" if gapless else struct.pack(f"<{count}I", *(row[0] - first for row in stored)),
        b"" if derived else struct.pack(f"<{count}d", *(row[1] for row in stored)),
    )
    above = zlib.compress(msgspec.msgpack.encode(head), LEVEL)
    data = struct.pack("<I", len(above)) + above
    data += zlib.compress(LINE.join(row[4] for row in stored), LEVEL)
    times = [row[1] for row in stored] or [0.0]
    names = json.dumps(sorted({kind[0] for kind in kinds}))
    about = (first, last, count, min(times), max(times), names)
    block = Block(*about, checksum(about, data), data)
    if any(LINE in row[4] for row in stored) or [row[:5] for row in unpacked(block)] != [
        row[:5] for row in stored
    ]:
        raise JournalError(f"records {first} to {last} of the journal cannot be packed, and stay as they are")
    return block


def _derived(data: bytes) -> float | None:
    """Give the time that stands in an event's own text; None for one that is not at its begin."""
    try:
        return float(data[len(AT) : data.find(b",")]) if data.startswith(AT) else None
    except ValueError:
        return None


def unpacked(
    block: Block, names: Collection[str] | None = None, mark: bytes = b""
) -> Iterator[tuple[Any, ...]]:
    """Give a block's rows, without checksums of their own: all, or those of some names and with ``mark`` in
    their text. Raise :class:`JournalError` for a block that is damaged."""
    if names is not None and not any(json.dumps(name) in block.names for name in names):
        return
    if block.crc != checksum(block[:6], block.data):
        raise damaged(block)
    try:
        size: int = struct.unpack_from("<I", block.data)[0]
        head = msgspec.msgpack.decode(zlib.decompress(block.data[4 : 4 + size]), type=_Head)
        body = zlib.decompress(block.data[4 + size :])
        if mark not in body:
            return
        count = block.records
        kinds = [head.kinds[n] for n in struct.unpack(f"<{count}H", head.of)]
        seqs: Sequence[int] = range(block.first, block.last + 1)
        if head.seqs:
            seqs = [block.first + n for n in struct.unpack(f"<{count}I", head.seqs)]
        texts = body.split(LINE) if count else []
        times = struct.unpack(f"<{count}d", head.times) if head.times else map(_derived, texts)
        found = zip(seqs, times, kinds, texts, strict=True)
        rows = [(seq, at, *kind, text) for seq, at, kind, text in found]
    except (struct.error, zlib.error, msgspec.DecodeError, ValueError, IndexError) as error:
        raise damaged(block) from error
    wanted = [(names is None or row[2] in names) and mark in row[4] for row in rows]
    for row in compress(rows, wanted):
        yield (*row, None)  # as of a record that was written without


def damaged(block: Block) -> JournalError:
    """Give what is raised for a damaged block."""
    return JournalError(f"records {block.first} to {block.last} of the journal are damaged", hint=HINT)


def checksum(about: tuple[object, ...], data: object) -> int:
    """Give the CRC-32 of a block: of what is stored about it, and of its data."""
    before = zlib.crc32(f"{about!r} ".encode(errors="replace"))
    return zlib.crc32(data, before) if isinstance(data, bytes) else -1
