"""Removes personal values that nothing of late refers to, beside the server that writes the journal.

Kept is what a contact refers to that came, or closed, after a moment, and of others what the asker says. All
else goes: also what was put down for a contact that never came to the journal. The journal's records are left
as they are. Blocking throughout.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivrcore.journal import rows
from ivrcore.journal.ages import latest
from ivrcore.journal.store import PART, Write, reading
from ivrcore.journal.stored import event_of
from ivrcore.journal.subjects import sealed_of
from ivrcore.model.events import CallBackAsked, ContactArrived, ContactClosed

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from ivrcore.journal.compaction import Compaction
    from ivrcore.model.event import Event

NAMES = (ContactArrived.__name__, CallBackAsked.__name__, ContactClosed.__name__)
SETTLED = 5.0
"""Seconds between a look at the values and one at the journal: who is put down in between is referred to by
then."""
TOGETHER = 64
"""Rows that are removed in one transaction."""
MARK = "forgotten"
"""Of the record up to which every contact is closed, and its values are gone."""
REMOVED, BEFORE, TOLD = "removed", "removed before", "removed and told"
"""Not of records: how many subjects' values were removed in all, of contacts that closed before when, and how
many of them events tell of. Written with each removal, so that one that is ended is told of too."""

SELECT_IDS = "SELECT id FROM subject"
SELECT_ALL = "SELECT id, nonce, sealed FROM subject"
SELECT_MARK = "SELECT seq FROM mark WHERE name = ?"
INSERT_MARK = "INSERT OR REPLACE INTO mark VALUES (?, ?)"
ADD_MARK = "INSERT INTO mark VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = seq + excluded.seq"
DELETE = "DELETE FROM subject WHERE id = ? AND nonce = ?"
"""The very writing that was judged: who calls meanwhile is put down anew, with another nonce."""

UPDATE = "UPDATE subject SET nonce = ?, sealed = ? WHERE id = ? AND nonce = ?"

Writing = tuple[str, bytes]
"""A row as it was written once: its id and its nonce."""
Stays = Callable[[dict[str, str]], dict[str, str] | None]
"""Gives values to which no event refers as they stay, changed perhaps; None where they go."""


def forget(
    one: Compaction,
    path: Path,
    key: bytes,
    now: float,
    before: float,
    stays: Stays,
    settle: Callable[[float], object] = time.sleep,
) -> int:
    """Remove the values of contacts that closed before ``before`` (``now`` and it: UTC seconds, by the clock
    now); gives how many that were.

    ``stays`` is asked of those that no event names. Between two transactions it rests, as a compaction does;
    ended anywhere, the next one goes on. Raise :class:`ivrcore.errors.JournalError`.
    """
    there = one.idly(_ids, path)
    settle(SETTLED)
    referred, done = one.idly(_referred, path, now, before)
    old, anew = one.idly(_judged, path, there - referred, AESGCM(key), stays)
    gone: dict[int, int] = {}

    def remove(first: int, connection: sqlite3.Connection) -> None:  # perhaps more than once
        gone[first] = connection.executemany(DELETE, old[first : first + TOGETHER]).rowcount
        connection.execute(ADD_MARK, (REMOVED, gone[first]))
        connection.execute(INSERT_MARK, (BEFORE, int(before)))

    for first in range(0, len(old), TOGETHER):
        one.transaction(partial(remove, first))
    for first in range(0, len(anew), TOGETHER):
        one.transaction(partial(_write_anew, anew[first : first + TOGETHER]))
    one.transaction(lambda connection: connection.execute(INSERT_MARK, (MARK, done)))
    return sum(gone.values())


def _ids(path: Path) -> set[str]:
    with reading(path) as connection:
        return {subject for (subject,) in connection.execute(SELECT_IDS)}


def _referred(path: Path, now: float, before: float) -> tuple[set[str], int]:
    """Give the subjects of contacts that were open then, or came later; and the record up to which all are
    closed."""
    with reading(path) as connection:
        marked = connection.execute(SELECT_MARK, (MARK,)).fetchone()
        begin, last = marked[0] if marked else 0, rows.last_seq(connection)
        moves = rows.set_backs(connection)
    end = last + 1
    open_then: dict[str, tuple[int, set[str]]] = {}
    later: set[str] = set()
    for seq, event in _events(path, begin, last):
        if seq < end and latest(moves, seq, event.at, now) >= before:
            end = seq
        if seq >= end:
            later.update(_subjects(event))
        elif isinstance(event, ContactClosed):
            open_then.pop(event.contact, None)
        elif isinstance(event, ContactArrived | CallBackAsked):
            open_then.setdefault(event.contact, (seq, set()))[1].update(_subjects(event))
    done = min((first - 1 for first, _ in open_then.values()), default=end - 1)
    return later.union(*(subjects for _, subjects in open_then.values())), max(begin, done)


def _events(path: Path, begin: int, last: int) -> Iterator[tuple[int, Event]]:
    """Read the events that matter, part by part: who reads for long has the write-ahead log grow."""
    for after in range(begin, last, PART):
        with reading(path) as connection:
            found = list(rows.ascending(connection, after, min(after + PART, last) + 1, names=NAMES))
        for row in found:
            yield row[0], event_of(row)


def _subjects(event: Event) -> list[str]:
    match event:
        case ContactArrived(subject=subject):
            return [subject]
        case CallBackAsked(subject=subject, contact_subject=of_contact):
            return [subject, of_contact]
        case _:
            return []


class Untold(NamedTuple):
    """Values were removed of which no event tells yet: of how many subjects, of contacts that closed before
    when (UTC seconds), and of how many with those that were told before."""

    subjects: int
    before: float
    in_all: int


def untold(path: Path) -> Untold | None:
    """Give what no event tells of yet, None where all is told. Raise
    :class:`ivrcore.errors.JournalError`."""
    with reading(path) as connection:
        removed, before, told = (
            found[0] if (found := connection.execute(SELECT_MARK, (name,)).fetchone()) else 0
            for name in (REMOVED, BEFORE, TOLD)
        )
    return Untold(removed - told, float(before), removed) if removed > told else None


def told(them: Untold) -> Write:
    """Give what is to be written right behind the event that tells of them."""
    return Write(INSERT_MARK, [(TOLD, them.in_all)])


def _write_anew(rows: list[tuple[bytes, bytes, str, bytes]], connection: sqlite3.Connection) -> None:
    connection.executemany(UPDATE, rows)


def _judged(
    path: Path, unnamed: set[str], cipher: AESGCM, stays: Stays
) -> tuple[list[Writing], list[tuple[bytes, bytes, str, bytes]]]:
    """Give what goes, and what stays with other values, as `UPDATE` takes it; what cannot be read, being of
    another key, goes."""
    old: list[Writing] = []
    anew = []
    with reading(path) as connection:
        for subject, nonce, sealed in connection.execute(SELECT_ALL):
            if subject not in unnamed:
                continue
            values = _values(cipher, subject, nonce, sealed)
            stay = stays(values)
            if stay is None:
                old.append((subject, nonce))
            elif stay != values:
                anew.append((*sealed_of(cipher, subject, stay), subject, nonce))
    return old, anew


def _values(cipher: AESGCM, subject: str, nonce: bytes, sealed: bytes) -> dict[str, str]:
    try:
        plain = cipher.decrypt(nonce, sealed, subject.encode())
        return msgspec.json.decode(plain, type=dict[str, str])
    except (InvalidTag, msgspec.DecodeError):
        return {}
