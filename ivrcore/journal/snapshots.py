"""Snapshots of what a journal comes to, so that a start need not read all of it: files beside the journal.

Each is sealed with the journal's key, which is its checksum too, and names the record after which it was
made. Made by a process of its own and deleted only when newer ones are there; a lost one costs time at the
next start, never more. Must not know what is in one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ivrcore.errors import JournalError
from ivrcore.journal import rows
from ivrcore.journal.store import reading
from ivrcore.sealed import SealedFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
KEPT = 3
"""Snapshots that are kept of each release's and configuration's kind."""
KEPT_OF_OTHERS = 2
"""And of all other kinds together: whoever goes back to the release of before starts quickly too."""
MAGIC = b"IVRCSNAP"
ENDING = ".snapshot"
FORM = re.compile(r"\d{15}-[0-9a-f]{8}")


class _Head(msgspec.Struct, frozen=True):
    format: int
    seq: int
    record: str
    about: dict[str, Any]
    notes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frozen:
    """One snapshot: what it is ``about`` tells whether ``data`` can be taken up; ``notes`` help with it."""

    seq: int
    about: dict[str, Any]
    notes: dict[str, Any]
    data: bytes


class Snapshots:
    """Those of the journal ``path``. ``key`` is 32 bytes. Everything here blocks."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._journal = path
        self._files = SealedFolder(
            path.with_name(f"{path.name}.snapshots"),
            key,
            what="snapshot",
            ending=ENDING,
            magic=MAGIC,
            form=FORM,
        )

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._files.folder

    def newest_first(self) -> list[str]:
        """Give their names; none where the folder cannot be read."""
        try:
            return self._files.ids()[::-1]
        except JournalError:
            return []

    def size(self, name: str) -> int:
        """Give a snapshot's bytes on the disk."""
        return self._files.size(name)

    def made(self, seq: int) -> float:
        """Give when one after this record was made last, UTC seconds; 0 if there is none."""
        of_it = (name for name in self.newest_first() if name.startswith(f"{seq:015d}-"))
        return max(map(self._files.written, of_it), default=0.0)

    def read(self, name: str) -> Frozen:
        """Read one; raises :class:`JournalError` for one that is damaged, of another format, or of a journal
        that this one is not, or not yet."""
        found = self._files.read(name)
        if found is None:
            raise JournalError(f"the snapshot {name} is gone")
        try:
            head = msgspec.json.decode(found[0], type=_Head)
        except msgspec.DecodeError as error:
            raise JournalError(f"the snapshot {name} cannot be read: {error}") from error
        if head.format != FORMAT:
            raise JournalError(f"the snapshot {name} has format {head.format}, this release reads {FORMAT}")
        if record_mark(self._journal, head.seq) != head.record:
            raise JournalError(f"the snapshot {name} is of another journal, or of a later copy of this one")
        return Frozen(head.seq, head.about, head.notes, found[1])

    def write(self, seq: int, about: Mapping[str, Any], notes: Mapping[str, Any], data: bytes) -> str:
        """Keep one, and let go of the oldest, and of all that this journal cannot use; gives its name. Raises
        :class:`JournalError`."""
        record = record_mark(self._journal, seq)
        if not record:
            raise JournalError(f"the journal {self._journal} has no record {seq}")
        kind = _kind(about)
        name = f"{seq:015d}-{kind}"
        head = _Head(FORMAT, seq, record, dict(about), dict(notes))
        self._files.write(name, msgspec.json.encode(head), data)
        # Those of a journal that was moved away, or restored, are of no use, but may have higher numbers:
        # counted along, they would push out every new one.
        names = [one for one in self.newest_first() if one != name and self._is_of_use(one)]
        own = [one for one in names if one.endswith(kind)]
        others = [one for one in names if not one.endswith(kind)]
        keep = {name, *own[: KEPT - 1], *others[:KEPT_OF_OTHERS]}
        for old in self.newest_first():
            if old not in keep:
                self._files.delete(old)
        return name

    def _is_of_use(self, name: str) -> bool:
        """Tell whether it is of this journal, and can be opened. Only its head is read."""
        try:
            found = self._files.head(name)
            head = None if found is None else msgspec.json.decode(found, type=_Head)
        except (JournalError, msgspec.DecodeError):
            return False
        return head is not None and record_mark(self._journal, head.seq) == head.record

    def clear_drafts(self) -> None:
        """Delete what a crash left half written; raises :class:`JournalError`."""
        self._files.clear_drafts()


def record_mark(path: Path, seq: int) -> str:
    """Give what tells one record from every other; empty if the journal does not have it."""
    with reading(path) as connection:
        found = rows.row_at(connection, seq)
    return "" if found is None else hashlib.sha256(repr(found[1:5]).encode()).hexdigest()[:16]


def _kind(about: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(about, order="deterministic")).hexdigest()[:8]
